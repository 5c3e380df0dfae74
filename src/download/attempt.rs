//! What all attempts to fetch a file share, and how an attempt ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::fetch::OnEvent;
use super::folder_index::FolderIndex;
use super::part::Part;
use super::rate_gate::Room;
use super::request::Request;
use super::sidecar::RemoteFile;
use crate::api::{Client, Event, Setback, Stream};
use crate::domain::download::{DownloadEvent, Wanted};
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// How many bytes before a cut are requested again: that they are the same proves that the rest belongs to them,
/// whatever the service says about ranges and versions.
pub(super) const OVERLAP: u64 = 256;
/// A file takes at most so many calls, and one more for each so many bytes of it.
const MOST_CALLS: u64 = 16;
const BYTES_A_CALL: u64 = 32 << 10;

/// How a file is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// As its bytes.
    Streamed,
    /// In pieces, wrapped in JSON (contract 5.3).
    Wrapped,
}

/// What all attempts to fetch a file have in common.
pub(super) struct Attempt<'a> {
    pub(super) client: &'a Client,
    pub(super) wanted: &'a Wanted,
    pub(super) on_event: OnEvent<'a>,
    /// An attempt that receives no byte for this long has failed.
    pub(super) silence: Duration,
    /// What identifies the request in sidecars.
    pub(super) request: Request,
    /// How the file is requested next.
    pub(super) transport: Transport,
    /// How many bytes before the end of the part are requested again.
    pub(super) overlap: u64,
    /// What bounds a file of unknown size that is decoded.
    pub(super) room: Room,
    /// The folder index of all downloads.
    pub(super) folders: Arc<FolderIndex>,
    /// The whole file, if it is small and was received at once.
    pub(super) all: Option<(RemoteFile, Bytes)>,
    /// Whether ranges are requested.
    pub(super) ranges: bool,
    /// Whether the attempt has received the rest of a part.
    pub(super) continued: bool,
    /// Whether the next attempt starts at the beginning of the file.
    pub(super) from_start: bool,
    /// How often a requested range was ignored.
    pub(super) ignored: u32,
    /// Whether the transport may be switched to wrapped.
    pub(super) may_switch: bool,
    /// Whether some of the file was received by a range that no validator proves to be of the same version.
    pub(super) unvalidated: bool,
    /// How many requests were sent.
    pub(super) calls: AtomicU64,
}

/// How an attempt ended.
pub(super) enum AttemptEnd {
    /// The file is complete.
    Complete,
    /// The body ended, and the service does not say whether there is more.
    Unclear(Failure),
    /// It was interrupted; another attempt may help.
    Interrupted(Setback),
    /// The part seems to be of another version: it starts over.
    Changed(Failure),
    /// The service does not answer ranges usefully: the file starts over, and again after each cut.
    RangesUnusable(Failure),
    /// The service sends the whole file again, whatever range is requested. The part was not changed.
    RangeIgnored(Failure),
    /// The answer is not the range; a request without one must show what it is. The part was not changed.
    Unexpected(Failure),
    /// The service does not wrap files in JSON.
    NotWrapped(Failure),
    /// No further attempt helps.
    Failed(Failure),
}

impl From<Failure> for AttemptEnd {
    fn from(failure: Failure) -> AttemptEnd {
        AttemptEnd::Failed(failure)
    }
}

/// The result of a step of an attempt.
pub(super) type AttemptResult<T> = Result<T, AttemptEnd>;

impl Attempt<'_> {
    /// Counts and reports a request that is sent.
    pub(super) fn notify(&self, event: Event) {
        if event == Event::Sent {
            self.calls.fetch_add(1, Ordering::Relaxed);
            (self.on_event)(DownloadEvent::Sent);
        }
    }

    /// Returns why no further request may be sent for a file of which `have` bytes were received: each is billed, and a
    /// service that sends next to nothing for each could cause any number of them.
    pub(super) fn spent(&self, have: u64, what: &str) -> Option<Failure> {
        let most = MOST_CALLS + have / BYTES_A_CALL;
        (self.calls.load(Ordering::Relaxed) >= most).then(|| {
            Failure::new(
                FailureKind::Incomplete,
                format!(
                    "{what}: {} brought only {}",
                    text::plural(most, "call"),
                    text::bytes(have)
                ),
            )
        })
    }
}

/// Removes a part that cannot be one of the file.
pub(super) fn discarded(slot: &mut Option<Part>, failure: Failure) -> AttemptEnd {
    if let Some(part) = slot.take() {
        part.discard();
    }
    AttemptEnd::Failed(failure)
}

pub(super) fn lost_part() -> Failure {
    Failure::new(FailureKind::Internal, "The part of a download was lost")
}

pub(super) fn interrupted(what: &str, length: u64, size: Option<u64>) -> AttemptEnd {
    let counted = size.map_or_else(
        || text::bytes(length),
        |size| format!("{} of {}", text::bytes(length), text::bytes(size)),
    );
    let failure = Failure::new(
        FailureKind::Network,
        format!("{what}: the connection broke after {counted}"),
    );
    AttemptEnd::Interrupted(Setback {
        failure,
        retry_after: None,
    })
}

/// Returns the next bytes. After a connection that breaks another attempt may help; one that falls silent fails.
pub(super) async fn next_chunk(
    stream: &mut Stream,
    silence: Duration,
    what: &str,
) -> AttemptResult<Option<Bytes>> {
    match tokio::time::timeout(silence, stream.chunk()).await {
        Ok(Ok(chunk)) => Ok(chunk),
        Ok(Err(failure)) => Err(AttemptEnd::Interrupted(Setback {
            failure: Failure {
                summary: format!("{what}: the connection broke"),
                ..failure
            },
            retry_after: None,
        })),
        Err(_) => {
            let words = format!("{what}: no byte was received for {} s", silence.as_secs());
            Err(Failure::new(FailureKind::Timeout, words).into())
        }
    }
}
