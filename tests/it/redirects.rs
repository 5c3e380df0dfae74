//! Where requests are led by redirects, and what goes along: every call, every status, every chain of hosts, against raw
//! sockets that write down all that reaches them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use airscope::api::Client;
use airscope::domain::call::{Call, Params};
use airscope::domain::connection::{Connection, Credentials};
use airscope::domain::failure::{Failure, FailureKind};
use airscope::domain::secret::Secret;
use serde_json::json;

/// A request as it reached a host.
#[derive(Debug, Clone)]
struct Seen {
    host: usize,
    method: String,
    path: String,
    ours: Vec<String>,
}

/// A host that answers by path: `/hop/N/…` with the Nth redirect of a chain, everything else with what the call wants.
struct Host {
    address: String,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

type Answer = Arc<dyn Fn(&str) -> String + Send + Sync>;

impl Host {
    fn start(
        number: usize,
        seen: Arc<Mutex<Vec<Seen>>>,
        answer: Arc<Mutex<Option<Answer>>>,
    ) -> Host {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let Some((method, path, ours)) = request(stream.as_ref().unwrap()) else {
                    continue;
                };
                seen.lock().unwrap().push(Seen {
                    host: number,
                    method,
                    path: path.clone(),
                    ours,
                });
                let answer = answer.lock().unwrap().clone().unwrap();
                let mut stream = stream.unwrap();
                // A client that hangs up is none of the server's business.
                let _ = stream.write_all(answer(&path).as_bytes());
                let _ = stream.shutdown(std::net::Shutdown::Write);
            }
        });
        Host {
            address,
            over,
            thread: Some(thread),
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(&self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Reads a request: method, path, and what of it is ours.
fn request(stream: &TcpStream) -> Option<(String, String, Vec<String>)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut ours, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        let name = name.to_ascii_lowercase();
        if ["authorization", "x-organization-id", "referer", "cookie"].contains(&name.as_str()) {
            ours.push(name.clone());
        }
        if name == "content-length" {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if !body.is_empty() {
        ours.push("body".to_owned());
    }
    Some((method, path, ours))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Connectors,
    Workspaces,
    Badges,
    List,
    Create,
    Download,
    Token,
}

const CALLS: [Asked; 7] = [
    Asked::Connectors,
    Asked::Workspaces,
    Asked::Badges,
    Asked::List,
    Asked::Create,
    Asked::Download,
    Asked::Token,
];

impl Asked {
    /// The part of the path by which its first request is known.
    fn path(self) -> &'static str {
        match self {
            Asked::Connectors => "/integrations/connectors?",
            Asked::Workspaces => "/workspaces",
            Asked::Badges => "/credentials",
            Asked::List | Asked::Create | Asked::Download => "/execute",
            Asked::Token => "/applications/token",
        }
    }

    fn posts(self) -> bool {
        matches!(
            self,
            Asked::List | Asked::Create | Asked::Download | Asked::Token
        )
    }
}

fn http(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Answer\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A chain of hosts that a request is led along, by number: 0 is the service; 2 is the service by another name.
const CHAINS: [&[usize]; 9] = [
    &[0],
    &[1],
    &[1, 1],
    &[1, 0],
    &[0, 1],
    &[2],
    &[2, 0],
    &[1, 1, 1, 1, 1],
    &[0, 0, 0, 0, 0, 0],
];

/// Returns whether a chain is to be followed to its end.
fn follows(asked: Asked, status: u16, chain: &[usize]) -> bool {
    let keeps = matches!(status, 307 | 308);
    let mut is_post = asked.posts();
    let mut has_left = false;
    for (hop, host) in chain.iter().enumerate() {
        if hop == 5 {
            return false;
        }
        let within = !has_left && *host == 0;
        let allowed = match (within, is_post) {
            (true, true) => keeps || asked == Asked::Download,
            (true, false) => true,
            (false, _) => asked == Asked::Download && (!is_post || !keeps),
        };
        if !allowed {
            return false;
        }
        is_post = is_post && keeps;
        has_left = has_left || !within;
    }
    true
}

async fn ask(client: &Client, asked: Asked) -> Result<String, Failure> {
    let mut call = Call::new("c1", "issues", "list");
    call.params = Params::parse(r#"{"title":"mine"}"#).unwrap();
    match asked {
        Asked::Connectors | Asked::Token => client
            .connectors("default", None)
            .await
            .map(|all| format!("{}", all.len())),
        Asked::Workspaces => client
            .workspaces()
            .await
            .map(|all| format!("{}", all.len())),
        Asked::Badges => client
            .badges("org")
            .await
            .map(|all| format!("{}", all.len())),
        Asked::List => client
            .execute(&call, &|_| {})
            .await
            .map(|answer| String::from_utf8_lossy(&answer.body).into_owned()),
        Asked::Create => {
            call.action = "create".into();
            client
                .execute(&call, &|_| {})
                .await
                .map(|answer| String::from_utf8_lossy(&answer.body).into_owned())
        }
        Asked::Download => {
            call.action = "download".into();
            let mut stream = client
                .download(&call, &|_| {})
                .await
                .map_err(|setback| setback.failure)?;
            let mut body = Vec::new();
            while let Some(chunk) = stream.chunk().await? {
                body.extend_from_slice(&chunk);
            }
            Ok(String::from_utf8_lossy(&body).into_owned())
        }
    }
}

#[tokio::test]
async fn nothing_of_ours_leaves_its_first_origin_and_no_other_answer_is_taken() {
    let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let answer: Arc<Mutex<Option<Answer>>> = Arc::default();
    let hosts: Vec<Host> = (0..2)
        .map(|number| Host::start(number, Arc::clone(&seen), Arc::clone(&answer)))
        .collect();
    let port = hosts[0].address.rsplit_once(':').unwrap().1.to_owned();
    let origins = [
        format!("http://{}", hosts[0].address),
        format!("http://{}", hosts[1].address),
        format!("http://localhost:{port}"),
    ];
    let mut rows = 0;
    for asked in CALLS {
        for status in [301_u16, 302, 303, 307, 308] {
            for chain in CHAINS {
                rows += 1;
                let row = format!("{asked:?} {status} {chain:?}");
                let (own, to) = (chain.to_vec(), origins.clone());
                let first = asked.path();
                *answer.lock().unwrap() = Some(Arc::new(move |path: &str| {
                    let hop = if let Some(rest) = path.strip_prefix("/hop/") {
                        Some(rest.split('?').next().unwrap().parse::<usize>().unwrap())
                    } else {
                        path.contains(first).then_some(0)
                    };
                    match hop {
                        Some(hop) if hop < own.len() => {
                            let location = format!("Location: {}/hop/{}?secret=query\r\n", to[own[hop]], hop + 1);
                            http(status, &location, "")
                        }
                        _ if path.contains("/applications/token") || asked == Asked::Token && path.contains("/hop/") => {
                            http(200, "", &json!({"access_token": "tok-abcdef-123456", "expires_in": 900}).to_string())
                        }
                        _ => http(200, "", &json!({"status": "success", "data": [], "result": ["theirs"], "total": 0}).to_string()),
                    }
                }));
                seen.lock().unwrap().clear();
                let connection = Connection {
                    host: origins[0].clone(),
                    credentials: Credentials::Pair {
                        id: "id".into(),
                        secret: Secret::new("secret-of-the-client"),
                    },
                    organization: Some("org".into()),
                    workspace: "default".into(),
                };
                let outcome = ask(&Client::new(connection), asked).await;
                let seen = seen.lock().unwrap().clone();
                let follows = follows(asked, status, chain);
                assert_eq!(outcome.is_ok(), follows, "{row}: {outcome:?}\n{seen:#?}");
                // What the name in front of the service is called makes another origin of it.
                let hop_of = |path: &str| {
                    path.strip_prefix("/hop/")
                        .map(|rest| rest.split('?').next().unwrap().parse::<usize>().unwrap())
                };
                for one in &seen {
                    let left = hop_of(&one.path)
                        .is_some_and(|hop| chain[..hop].iter().any(|host| *host != 0));
                    assert!(
                        !left || one.ours.is_empty(),
                        "{row}: {:?} went along to {} of host {}",
                        one.ours,
                        one.path,
                        one.host
                    );
                    assert!(
                        !one.ours.contains(&"referer".to_owned()),
                        "{row}: a referer went along"
                    );
                    assert!(
                        asked != Asked::Create || one.method == "POST",
                        "{row}: a write became a {}",
                        one.method
                    );
                }
                if let Err(failure) = outcome {
                    assert_eq!(failure.kind, FailureKind::Refused, "{row}: {failure:?}");
                    let named = origins
                        .iter()
                        .filter(|origin| failure.summary.contains(&format!("`{origin}`")))
                        .count();
                    assert!(
                        named >= 1 && failure.summary.contains("redirects to"),
                        "{row}: {failure:?}"
                    );
                    let words = format!("{failure:?}");
                    assert!(!words.contains("secret=query"), "{row}: {words}");
                }
            }
        }
    }
    assert!(rows >= 300, "{rows} rows");
}
