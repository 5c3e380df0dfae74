//! The results of a call: events while it runs, the body while it is received, and the final reply.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::retry;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reply::{Pause, Reply};

/// An event of a running call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A request for an operation is sent: it is billed, whatever its result.
    Sent,
    /// The call waits before it is repeated.
    Waiting(Pause),
    /// The number of body bytes received, and their total if that is known.
    Received(u64, Option<u64>),
}

/// Takes events while a call runs.
pub type Notify<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// Takes a body while it is received.
pub trait Sink: Sync {
    /// A body starts; the bytes before are void. Given are the status, the type, and the size if it
    /// is known.
    fn begin(&self, status: u16, content_type: Option<String>, expected: Option<u64>);
    /// The next bytes of the body.
    fn take(&self, chunk: Bytes);
    /// Returns after how many bytes somebody is to be asked whether the rest is wanted.
    fn question_at(&self) -> Option<u64> {
        None
    }
    /// Waits until the rest is wanted. Whoever does not want it ends the call.
    fn ask(&self) -> BoxFuture<'_, ()> {
        std::future::ready(()).boxed()
    }
}

/// Collects a body in one piece.
#[derive(Default)]
pub(super) struct Collected(Mutex<BytesMut>);

impl Collected {
    /// Returns the bytes received so far.
    pub(super) fn body(self) -> Bytes {
        self.0
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .freeze()
    }
}

impl Sink for Collected {
    fn begin(&self, _: u16, _: Option<String>, expected: Option<u64>) {
        let room = expected.unwrap_or(0).min(64 << 20) as usize;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = BytesMut::with_capacity(room);
    }

    fn take(&self, chunk: Bytes) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(&chunk);
    }
}

/// A reply as it was received.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status, type, times.
    pub reply: Reply,
    /// The body.
    pub body: Bytes,
}

/// The body of a download, not yet read.
#[derive(Debug)]
pub struct Stream {
    /// The HTTP status, 200 or 206.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Disposition`, unchanged.
    pub disposition: Option<Vec<u8>>,
    /// `Content-Length`.
    pub length: Option<u64>,
    /// `Content-Range`, unchanged.
    pub range: Option<String>,
    /// `Content-Encoding`, unless it is `identity`.
    pub encoding: Option<String>,
    /// What identifies a version of the file.
    pub validators: Validators,
    pub(super) response: reqwest::Response,
}

/// What identifies a version of a file, where the service states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Returns whether both are of one version, as far as both say anything.
    pub fn agree(&self, other: &Validators) -> bool {
        let agree = |one: &Option<String>, other: &Option<String>| {
            one.is_none() || other.is_none() || one == other
        };
        agree(&self.etag, &other.etag) && agree(&self.last_modified, &other.last_modified)
    }

    /// Returns whether at least one validator is present on both sides and equal, and none differs.
    pub fn prove(&self, other: &Validators) -> bool {
        let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        self.agree(other)
            && (same(&self.etag, &other.etag) || same(&self.last_modified, &other.last_modified))
    }
}

/// A download that did not start.
#[derive(Debug)]
pub struct Setback {
    /// The failure.
    pub failure: Failure,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
}

impl Setback {
    /// Returns whether it may pass by itself: a busy or failing service, a broken connection.
    pub fn is_passing(&self) -> bool {
        self.failure
            .status
            .map_or(self.failure.kind == FailureKind::Network, retry::is_passing)
    }
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Setback {
        Setback {
            failure,
            retry_after: None,
        }
    }
}

impl Stream {
    /// Returns the next bytes; `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        self.response.chunk().await.map_err(|error| {
            Failure::new(FailureKind::Network, "The connection broke")
                .detail(error.to_string())
                .hint("Download it again.")
        })
    }
}
