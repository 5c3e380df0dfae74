//! Bodies that arrive: indexed in a thread of their own while they come, and told of as they grow.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::api::Sink;
use crate::json::document::Document;
use crate::json::feed::Feeder;

/// As soon as so many bytes have come they are shown.
pub(super) const FIRST: usize = 64 << 10;
/// What has come is shown after this time, even if it is less.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often a body that grows is shown.
const TOLD: Duration = Duration::from_millis(50);

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
    /// Whether it started over since the last time.
    pub fresh: bool,
}

/// Hands a reply's body to the thread that indexes it.
pub(super) struct Pipe {
    pieces: Sender<Piece>,
    question: Question,
}

/// When somebody is asked whether the rest of a body is wanted, and how.
pub(super) struct Question {
    /// After how many bytes.
    pub(super) at: u64,
    /// Asks.
    pub(super) ask: Box<dyn Fn() + Send + Sync>,
    /// Is notified when the rest is wanted.
    pub(super) answered: Arc<Notify>,
}

impl Pipe {
    /// Makes a pipe and its end.
    pub(super) fn new(question: Question) -> (Pipe, Receiver<Piece>) {
        let (pieces, receiver) = channel();
        (Pipe { pieces, question }, receiver)
    }
}

impl Sink for Pipe {
    fn begin(&self, status: u16, content_type: Option<String>, expected: Option<u64>) {
        // The indexing ends before the reply only if the reply is not wanted any more.
        let _ = self
            .pieces
            .send(Piece::Begin(status, content_type, expected));
    }

    fn take(&self, chunk: Bytes) {
        let _ = self.pieces.send(Piece::Bytes(chunk));
    }

    fn question_at(&self) -> Option<u64> {
        Some(self.question.at)
    }

    fn ask(&self) -> BoxFuture<'_, ()> {
        (self.question.ask)();
        self.question.answered.notified().boxed()
    }
}

/// What has come of a body, and when it was last told of.
pub(super) struct Progress<'a> {
    pub(super) feeder: Feeder,
    pub(super) head: (u16, Option<String>, Option<u64>),
    due: Option<Instant>,
    told: bool,
    tell: &'a dyn Fn(Grown),
}

impl<'a> Progress<'a> {
    pub(super) fn new(feeder: Feeder, tell: &'a dyn Fn(Grown)) -> Progress<'a> {
        Progress {
            feeder,
            head: (0, None, None),
            due: None,
            told: false,
            tell,
        }
    }

    /// Takes bytes, and tells of what has come if it is time for that.
    pub(super) fn take(&mut self, chunk: &[u8]) {
        self.feeder.feed(chunk);
        self.taken();
    }

    /// The same for bytes that need not be copied.
    fn share(&mut self, chunk: Bytes) {
        self.feeder.feed_shared(chunk);
        self.taken();
    }

    fn taken(&mut self) {
        let first = !self.told && self.feeder.size() >= FIRST;
        let timeouts = if self.told { TOLD } else { PATIENCE };
        let due = *self.due.get_or_insert_with(|| Instant::now() + timeouts);
        if first || Instant::now() >= due {
            self.tell();
        }
    }

    fn tell(&mut self) {
        let fresh = !self.told;
        (self.due, self.told) = (None, self.feeder.size() > 0);
        let (status, content_type, expected) = self.head.clone();
        (self.tell)(Grown {
            document: self.feeder.snapshot(),
            status,
            content_type,
            expected,
            fresh,
        });
    }

    /// Starts over: what was shown is not so any more.
    fn begin(&mut self, feeder: Feeder, head: (u16, Option<String>, Option<u64>)) {
        (self.feeder, self.head, self.due) = (feeder, head, None);
        if std::mem::take(&mut self.told) {
            self.tell();
        }
    }
}

/// Indexes a body as it comes, until its sender is gone, and tells of it as it grows. Blocks.
pub(super) fn index(
    pieces: &Receiver<Piece>,
    fresh: fn() -> Feeder,
    tell: &dyn Fn(Grown),
) -> Document {
    let mut progress = Progress::new(fresh(), tell);
    loop {
        let piece = match progress.due {
            None => pieces.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => pieces.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        match piece {
            Ok(Piece::Begin(status, content_type, expected)) => {
                progress.begin(fresh(), (status, content_type, expected))
            }
            Ok(Piece::Bytes(chunk)) => progress.share(chunk),
            Err(RecvTimeoutError::Timeout) => progress.tell(),
            Err(RecvTimeoutError::Disconnected) => return progress.feeder.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Pipe, Question, index};
    use crate::api::Sink as _;
    use crate::json::feed::Feeder;
    use bytes::Bytes;
    use futures_util::FutureExt as _;
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn question(asked: &Arc<AtomicBool>) -> Question {
        let asked = Arc::clone(asked);
        Question {
            at: 10,
            ask: Box::new(move || asked.store(true, Ordering::SeqCst)),
            answered: Arc::default(),
        }
    }

    #[test]
    fn a_large_body_waits_until_the_rest_is_wanted() {
        let asked = Arc::default();
        let (pipe, _pieces) = Pipe::new(question(&asked));
        assert_eq!(pipe.question_at(), Some(10));
        let mut waits = pipe.ask();
        assert!(asked.load(Ordering::SeqCst));
        assert!((&mut waits).now_or_never().is_none());
        pipe.question.answered.notify_one();
        assert!(waits.now_or_never().is_some());
    }

    #[test]
    fn what_came_before_a_body_began_again_is_void() {
        let (pipe, pieces) = Pipe::new(question(&Arc::default()));
        pipe.begin(200, None, None);
        pipe.take(Bytes::from_static(b"[1,2"));
        pipe.begin(200, None, Some(70_005));
        pipe.take(Bytes::from(format!("[{}", "3,".repeat(35_000))));
        pipe.take(Bytes::from_static(b"4]"));
        drop(pipe);
        let seen = RefCell::new(Vec::new());
        let document = index(&pieces, Feeder::one_value, &|grown| {
            seen.borrow_mut()
                .push((grown.document.len(), grown.expected, grown.fresh))
        });
        assert_eq!((document.len(), document.fault()), (35_002, None));
        assert_eq!(*seen.borrow(), [(35_001, Some(70_005), true)]);
    }
}
