//! A server of one file on raw sockets, independent of the client's HTTP library, with a plan of faults.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

/// Returns for each request (from 0) how many bytes of the body are sent before the connection is closed; `None` for all.
pub type Plan = Box<dyn Fn(usize) -> Option<usize> + Send + Sync>;

/// Returns for each request (from 0) the raw bytes of its response, after which the connection is closed.
pub type Answers = Box<dyn Fn(usize, &Value) -> Vec<u8> + Send + Sync>;

/// A server of one file.
pub struct Origin {
    address: String,
    requests: Arc<Mutex<Vec<Value>>>,
    sent: Arc<Mutex<Vec<(usize, usize)>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Origin {
    /// Serves a file as planned.
    pub fn start(file: Vec<u8>, plan: Plan) -> Origin {
        Origin::serving(move |stream, requests, sent| serve(stream, &file, &plan, requests, sent))
    }

    /// Answers as scripted.
    pub fn scripted(answers: Answers) -> Origin {
        Origin::serving(move |mut stream, requests, _| {
            let body = request(stream)?;
            let number = requests.lock().unwrap().len();
            let answer = answers(number, &body);
            requests.lock().unwrap().push(body);
            stream.write_all(&answer)?;
            stream.flush()?;
            stream.shutdown(std::net::Shutdown::Both)
        })
    }

    fn serving(
        serve: impl Fn(
            &TcpStream,
            &Mutex<Vec<Value>>,
            &Mutex<Vec<(usize, usize)>>,
        ) -> std::io::Result<()>
        + Send
        + 'static,
    ) -> Origin {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (requests, sent, stopped) = (
            Arc::default(),
            Arc::default(),
            Arc::new(AtomicBool::new(false)),
        );
        let shared = (
            Arc::clone(&requests),
            Arc::clone(&sent),
            Arc::clone(&stopped),
        );
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.2.load(Ordering::SeqCst) {
                    return;
                }
                // A client may close its connection at any time.
                let _ = serve(&stream.unwrap(), &shared.0, &shared.1);
            }
        });
        Origin {
            address,
            requests,
            sent,
            stopped,
            thread: Some(thread),
        }
    }

    /// Returns its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the bodies of the requests so far.
    pub fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }

    /// Returns the range of the bytes sent, for each request.
    pub fn sent(&self) -> Vec<(usize, usize)> {
        self.sent.lock().unwrap().clone()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn serve(
    mut stream: &TcpStream,
    file: &[u8],
    plan: &Plan,
    requests: &Mutex<Vec<Value>>,
    sent: &Mutex<Vec<(usize, usize)>>,
) -> std::io::Result<()> {
    let body = request(stream)?;
    let number = {
        let mut requests = requests.lock().unwrap();
        requests.push(body.clone());
        requests.len() - 1
    };
    let range = body["params"]["range_header"].as_str().map(|range| {
        let (first, last) = range
            .strip_prefix("bytes=")
            .unwrap()
            .split_once('-')
            .unwrap();
        (
            first.parse::<usize>().unwrap(),
            last.parse::<usize>().map_or(file.len(), |last| last + 1),
        )
    });
    let (first, end) = range.unwrap_or((0, file.len()));
    let mut head = String::from(if range.is_some() {
        "HTTP/1.1 206 Partial Content\r\n"
    } else {
        "HTTP/1.1 200 OK\r\n"
    });
    if range.is_some() {
        head.push_str(&format!(
            "Content-Range: bytes {first}-{}/{}\r\n",
            end - 1,
            file.len()
        ));
    }
    head.push_str(&format!(
        "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"file.bin\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        end - first
    ));
    let until = plan(number).map_or(end, |count| (first + count).min(end));
    stream.write_all(head.as_bytes())?;
    stream.write_all(&file[first..until])?;
    stream.flush()?;
    sent.lock().unwrap().push((first, until));
    stream.shutdown(std::net::Shutdown::Both)
}

/// Reads the body of a request, which is JSON or empty.
fn request(stream: &TcpStream) -> std::io::Result<Value> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).unwrap()
    })
}
