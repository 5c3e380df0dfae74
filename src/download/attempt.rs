//! What all tries for a file share, and how a try ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::fetch::OnEvent;
use super::folder_index::FolderIndex;
use super::part::Part;
use super::request::Request;
use super::sidecar::RemoteFile;
use crate::api::{Client, Event, Setback, Stream};
use crate::domain::download::{DownloadEvent, Wanted};
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// So many bytes before a cut are asked for again: that they are the same proves that the rest belongs to them,
/// whatever the service says about ranges and versions.
pub(super) const OVERLAP: u64 = 256;
/// No file takes more calls than these, and one for so many bytes of it.
const MOST_CALLS: u64 = 16;
const BYTES_A_CALL: u64 = 32 << 10;

/// How a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// As its bytes.
    Streamed,
    /// In pieces, wrapped in JSON (contract 5.3).
    Wrapped,
}

/// What all tries for a file have in common.
pub(super) struct Attempt<'a> {
    pub(super) client: &'a Client,
    pub(super) wanted: &'a Wanted,
    pub(super) on_event: OnEvent<'a>,
    /// Without a byte for this long it has failed.
    pub(super) silence: Duration,
    /// What tells the request from others.
    pub(super) request: Request,
    /// How the file is requested next.
    pub(super) transport: Transport,
    /// How many bytes before the end of the part are requested again.
    pub(super) overlap: u64,
    /// What is known of folders.
    pub(super) folders: Arc<FolderIndex>,
    /// The file, if all of it came at once.
    pub(super) all: Option<(RemoteFile, Bytes)>,
    /// Whether ranges are asked for.
    pub(super) ranges: bool,
    /// Whether the try has had an answer that goes on.
    pub(super) continued: bool,
    /// Whether the next try begins at the beginning.
    pub(super) from_start: bool,
    /// How often a range was ignored.
    pub(super) ignored: u32,
    /// Whether it may be handed back to go on wrapped in JSON.
    pub(super) may_switch: bool,
    /// Whether some of the file came by a range that nothing proves to be of the same version.
    pub(super) unvalidated: bool,
    /// How many requests went out for it.
    pub(super) calls: AtomicU64,
}

/// How a try ended.
pub(super) enum AttemptEnd {
    /// All is there.
    Complete,
    /// It ended, and nobody says whether there is more.
    Unclear(Failure),
    /// It broke off; going on may help.
    Interrupted(Setback),
    /// What is there is of another version, as it seems: it starts over.
    Changed(Failure),
    /// The service cannot be asked for ranges: it starts over, and again after each cut.
    RangesUnusable(Failure),
    /// The service sends all again, whatever range is asked for. What is there was not touched.
    RangeIgnored(Failure),
    /// Something came in place of the range that only a request without one can tell of. What is there was not touched.
    Unexpected(Failure),
    /// The service does not wrap files in JSON.
    NotWrapped(Failure),
    /// No further try helps.
    Failed(Failure),
}

impl From<Failure> for AttemptEnd {
    fn from(failure: Failure) -> AttemptEnd {
        AttemptEnd::Failed(failure)
    }
}

/// What goes wrong inside of a try.
pub(super) type AttemptResult<T> = Result<T, AttemptEnd>;

impl Attempt<'_> {
    /// Tells that a request goes out.
    pub(super) fn notify(&self, event: Event) {
        if event == Event::Sent {
            self.calls.fetch_add(1, Ordering::Relaxed);
            (self.on_event)(DownloadEvent::Sent);
        }
    }

    /// Returns why no further request may go out for a file of which so much is there: each is billed, and a service that
    /// sends next to nothing for each could ask for any number of them.
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

/// Removes what cannot be a part of the file.
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

/// Returns the next bytes. A connection that breaks may be gone on with; one that falls silent fails.
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
            let words = format!("{what}: no byte came for {} s", silence.as_secs());
            Err(Failure::new(FailureKind::Timeout, words).into())
        }
    }
}
