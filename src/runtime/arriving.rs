//! Bodies that arrive: indexed in a thread of their own while they come, and told of as they grow.

use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::api::Sink;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;
use crate::json::document::Document;
use crate::json::feed::Feeder;

/// As soon as so many bytes have come they are shown.
const FIRST: usize = 64 << 10;
/// What has come is shown after this time, even if it is less.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often a body that grows is shown.
const TOLD: Duration = Duration::from_millis(50);
/// So many bytes of a file are read at once.
const CHUNK: usize = 256 << 10;
/// So many chunks of a file wait to be indexed.
const AHEAD: usize = 2;

/// What a file is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of that path.
    Path(PathBuf),
    /// Standard input.
    Input,
}

/// A step of a body that comes.
pub(super) enum Piece {
    /// It begins: status, type, size. What came before is void.
    Begin(u16, Option<String>, Option<u64>),
    /// Its next bytes.
    Bytes(Bytes),
}

/// What has come of a body so far.
pub(super) struct Grown {
    pub document: Document,
    pub status: u16,
    pub content_type: Option<String>,
    pub expected: Option<u64>,
    /// Whether it began anew since the last time.
    pub fresh: bool,
}

/// Hands a reply's body to the thread that indexes it.
pub(super) struct Pipe(Sender<Piece>);

impl Pipe {
    /// Makes a pipe and its end.
    pub(super) fn new() -> (Pipe, Receiver<Piece>) {
        let (sender, receiver) = channel();
        (Pipe(sender), receiver)
    }
}

impl Sink for Pipe {
    fn begin(&self, status: u16, content_type: Option<String>, expected: Option<u64>) {
        // The indexing ends before the reply only if the reply is not wanted any more.
        let _ = self.0.send(Piece::Begin(status, content_type, expected));
    }

    fn take(&self, chunk: Bytes) {
        let _ = self.0.send(Piece::Bytes(chunk));
    }
}

/// Indexes a body as it comes, until its sender is gone, and tells of it as it grows. Blocks.
pub(super) fn index(pieces: &Receiver<Piece>, fresh: fn() -> Feeder, tell: &dyn Fn(Grown)) -> Document {
    let mut feeder = fresh();
    let mut head = (0, None, None);
    let mut due: Option<Instant> = None;
    let mut told = false;
    loop {
        let piece = match due {
            None => pieces.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => pieces.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        match piece {
            Ok(Piece::Begin(status, content_type, expected)) => {
                head = (status, content_type, expected);
                (feeder, due) = (fresh(), None);
                // What was shown of it is not so any more.
                if !std::mem::take(&mut told) {
                    continue;
                }
            }
            Ok(Piece::Bytes(chunk)) => {
                feeder.feed(&chunk);
                let first = !told && feeder.size() >= FIRST;
                let due = *due.get_or_insert_with(|| Instant::now() + if told { TOLD } else { PATIENCE });
                if !first && Instant::now() < due {
                    continue;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return feeder.finish(),
        }
        let fresh = !told;
        (due, told) = (None, feeder.size() > 0);
        let (status, content_type, expected) = head.clone();
        tell(Grown { document: feeder.snapshot(), status, content_type, expected, fresh });
    }
}

/// Reads a file or standard input, opens it if it is gzip, and indexes it as it comes. Blocks.
pub(super) fn read(source: &Source, stop: &Arc<AtomicBool>, tell: &dyn Fn(Grown)) -> Result<Document, Failure> {
    let (sender, receiver) = sync_channel(AHEAD);
    let (input, size): (Box<dyn Read + Send>, _) = match source {
        Source::Path(path) => {
            let failed = |error| unreadable(&path.to_string_lossy(), &error);
            let file = std::fs::File::open(path).map_err(failed)?;
            let about = file.metadata().map_err(failed)?;
            if about.is_dir() {
                return Err(Failure::new(FailureKind::Input, format!("`{}` is a folder", text::safe(&path.to_string_lossy()))));
            }
            (Box::new(file), about.is_file().then_some(about.len()))
        }
        Source::Input => (Box::new(std::io::stdin()), None),
    };
    let name = match source {
        Source::Path(path) => path.to_string_lossy().into_owned(),
        Source::Input => "standard input".to_owned(),
    };
    let told = Arc::clone(stop);
    let reader = std::thread::spawn(move || send(input, size, &sender, &told).map_err(|error| unreadable(&name, &error)));
    let document = index(&receiver, Feeder::any_values, tell);
    reader.join().unwrap_or_else(|_| Err(Failure::new(FailureKind::Internal, "The thread that reads the file panicked")))?;
    Ok(document)
}

fn send(input: Box<dyn Read + Send>, size: Option<u64>, sender: &SyncSender<Piece>, stop: &AtomicBool) -> std::io::Result<()> {
    let mut input = BufReader::with_capacity(FIRST, input);
    let zipped = input.fill_buf()?.starts_with(b"\x1f\x8b");
    let mut input: Box<dyn Read> = if zipped { Box::new(flate2::bufread::MultiGzDecoder::new(input)) } else { Box::new(input) };
    let mut sent = sender.send(Piece::Begin(0, None, size.filter(|_| !zipped))).is_ok();
    let mut room = FIRST;
    while sent && !stop.load(Ordering::Relaxed) {
        let mut chunk = vec![0; room];
        let read = match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        chunk.truncate(read);
        sent = sender.send(Piece::Bytes(Bytes::from(chunk))).is_ok();
        room = CHUNK;
    }
    Ok(())
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    let failure = Failure::new(FailureKind::File, format!("Could not read `{}`: {error}", text::safe(name)));
    match error.kind() {
        std::io::ErrorKind::NotFound => failure.hint("Look at the path; - stands for standard input."),
        std::io::ErrorKind::PermissionDenied => failure.hint("You may not read it."),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::{Pipe, index};
    use crate::api::Sink as _;
    use crate::json::feed::Feeder;
    use bytes::Bytes;
    use std::cell::RefCell;

    #[test]
    fn what_came_before_a_body_began_again_is_void() {
        let (pipe, pieces) = Pipe::new();
        pipe.begin(200, None, None);
        pipe.take(Bytes::from_static(b"[1,2"));
        pipe.begin(200, None, Some(70_005));
        pipe.take(Bytes::from(format!("[{}", "3,".repeat(35_000))));
        pipe.take(Bytes::from_static(b"4]"));
        drop(pipe);
        let seen = RefCell::new(Vec::new());
        let document =
            index(&pieces, Feeder::one_value, &|grown| seen.borrow_mut().push((grown.document.len(), grown.expected, grown.fresh)));
        assert_eq!((document.len(), document.fault()), (35_002, None));
        assert_eq!(*seen.borrow(), [(35_001, Some(70_005), true)]);
    }
}
