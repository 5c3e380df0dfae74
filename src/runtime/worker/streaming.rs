//! Bodies that arrive: indexed in a thread of their own meanwhile, and reported as they grow.

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

/// A body is first reported when it has this size, in bytes.
const FIRST_REPORT_SIZE: usize = 64 << 10;
/// A body is first reported after this time, even if it is smaller.
const FIRST_REPORT_AFTER: Duration = Duration::from_millis(100);
/// The shortest time between two reports of a body that grows.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);

/// What is known of a body before its first byte.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    /// The size in bytes, if it is known.
    pub(super) size: Option<u64>,
}

/// A part of a body on its way to the thread that indexes it.
pub(super) enum Part {
    /// A body starts. What was received before is void.
    Start(Head),
    /// The next bytes.
    Bytes(Bytes),
}

/// The received part of a body.
pub(super) struct PartialBody {
    pub(super) document: Document,
    pub(super) head: Head,
    /// Whether this is the first report of the body: earlier reports were of one that is void.
    pub(super) is_first: bool,
}

/// Hands a reply's body to the thread that indexes it.
pub(super) struct Pipe {
    parts: Sender<Part>,
    confirmation: Confirmation,
}

/// Asks the user whether the rest of a large body is wanted.
pub(super) struct Confirmation {
    /// From which size on the user is asked, in bytes.
    pub(super) threshold: u64,
    pub(super) request: Box<dyn Fn() + Send + Sync>,
    /// Is notified when the rest is wanted.
    pub(super) confirmed: Arc<Notify>,
}

impl Pipe {
    /// Returns a pipe and its receiving end.
    pub(super) fn new(confirmation: Confirmation) -> (Pipe, Receiver<Part>) {
        let (parts, receiver) = channel();
        let pipe = Pipe {
            parts,
            confirmation,
        };
        (pipe, receiver)
    }
}

impl Sink for Pipe {
    fn begin(&self, status: u16, content_type: Option<String>, expected: Option<u64>) {
        let head = Head {
            status,
            content_type,
            size: expected,
        };
        // Indexing ends before the reply only if the reply is not wanted any more.
        let _ = self.parts.send(Part::Start(head));
    }

    fn take(&self, chunk: Bytes) {
        // As above.
        let _ = self.parts.send(Part::Bytes(chunk));
    }

    fn question_at(&self) -> Option<u64> {
        Some(self.confirmation.threshold)
    }

    fn ask(&self) -> BoxFuture<'_, ()> {
        (self.confirmation.request)();
        self.confirmation.confirmed.notified().boxed()
    }
}

/// Indexes a body while it arrives and decides when it is reported.
///
/// This is no [`Throttle`](super::throttle::Throttle): a body that stops growing is reported at the deadline, too.
pub(super) struct Indexer<'a> {
    feeder: Feeder,
    head: Head,
    /// When the next report is due; `None` if nothing was received since the last one.
    deadline: Option<Instant>,
    is_reported: bool,
    report: &'a dyn Fn(PartialBody),
}

impl<'a> Indexer<'a> {
    pub(super) fn new(feeder: Feeder, head: Head, report: &'a dyn Fn(PartialBody)) -> Indexer<'a> {
        Indexer {
            feeder,
            head,
            deadline: None,
            is_reported: false,
            report,
        }
    }

    /// Returns how many bytes were received.
    pub(super) fn size(&self) -> usize {
        self.feeder.size()
    }

    pub(super) fn finish(self) -> Document {
        self.feeder.finish()
    }

    /// Indexes bytes, and reports the body if that is due.
    pub(super) fn feed(&mut self, chunk: &[u8]) {
        self.feeder.feed(chunk);
        self.report_if_due();
    }

    /// Does the same without a copy of the bytes.
    fn feed_shared(&mut self, chunk: Bytes) {
        self.feeder.feed_shared(chunk);
        self.report_if_due();
    }

    fn report_if_due(&mut self) {
        let is_first_due = !self.is_reported && self.feeder.size() >= FIRST_REPORT_SIZE;
        let wait = if self.is_reported {
            REPORT_INTERVAL
        } else {
            FIRST_REPORT_AFTER
        };
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + wait);
        if is_first_due || Instant::now() >= deadline {
            self.report();
        }
    }

    fn report(&mut self) {
        let is_first = !self.is_reported;
        (self.deadline, self.is_reported) = (None, self.feeder.size() > 0);
        (self.report)(PartialBody {
            document: self.feeder.snapshot(),
            head: self.head.clone(),
            is_first,
        });
    }

    /// Starts with another body. If the one before was reported, its void is, too.
    fn restart(&mut self, feeder: Feeder, head: Head) {
        (self.feeder, self.head, self.deadline) = (feeder, head, None);
        if std::mem::take(&mut self.is_reported) {
            self.report();
        }
    }
}

/// Indexes a body while it arrives, until its sender is dropped, and reports it as it grows. Blocks.
pub(super) fn index(
    parts: &Receiver<Part>,
    new_feeder: fn() -> Feeder,
    report: &dyn Fn(PartialBody),
) -> Document {
    let mut indexer = Indexer::new(new_feeder(), Head::default(), report);
    loop {
        let part = match indexer.deadline {
            None => parts.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(deadline) => {
                parts.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            }
        };
        match part {
            Ok(Part::Start(head)) => indexer.restart(new_feeder(), head),
            Ok(Part::Bytes(chunk)) => indexer.feed_shared(chunk),
            Err(RecvTimeoutError::Timeout) => indexer.report(),
            Err(RecvTimeoutError::Disconnected) => return indexer.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Confirmation, Pipe, index};
    use crate::api::Sink as _;
    use crate::json::feed::Feeder;
    use bytes::Bytes;
    use futures_util::FutureExt as _;
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn confirmation(is_requested: &Arc<AtomicBool>) -> Confirmation {
        let is_requested = Arc::clone(is_requested);
        Confirmation {
            threshold: 10,
            request: Box::new(move || is_requested.store(true, Ordering::SeqCst)),
            confirmed: Arc::default(),
        }
    }

    #[test]
    fn a_large_body_waits_until_the_rest_is_wanted() {
        let is_requested = Arc::default();
        let (pipe, _parts) = Pipe::new(confirmation(&is_requested));
        assert_eq!(pipe.question_at(), Some(10));
        let mut waits = pipe.ask();
        assert!(is_requested.load(Ordering::SeqCst));
        assert!((&mut waits).now_or_never().is_none());
        pipe.confirmation.confirmed.notify_one();
        assert!(waits.now_or_never().is_some());
    }

    #[test]
    fn what_was_received_before_a_body_started_again_is_void() {
        let (pipe, parts) = Pipe::new(confirmation(&Arc::default()));
        pipe.begin(200, None, None);
        pipe.take(Bytes::from_static(b"[1,2"));
        pipe.begin(200, None, Some(70_005));
        pipe.take(Bytes::from(format!("[{}", "3,".repeat(35_000))));
        pipe.take(Bytes::from_static(b"4]"));
        drop(pipe);
        let reports = RefCell::new(Vec::new());
        let document = index(&parts, Feeder::one_value, &|partial| {
            reports.borrow_mut().push((
                partial.document.len(),
                partial.head.size,
                partial.is_first,
            ));
        });
        assert_eq!((document.len(), document.fault()), (35_002, None));
        assert_eq!(*reports.borrow(), [(35_001, Some(70_005), true)]);
    }
}
