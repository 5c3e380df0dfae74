//! Fetching one file: streamed to its part, resumed after an interruption, verified, then named.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;

use super::attempt::{Attempt, AttemptEnd, AttemptResult, OVERLAP, Transport};
use super::disk::shown;
use super::file_name::name_of;
use super::folder_index::FolderIndex;
use super::manifest::Naming;
use super::part::{Leftover, Part};
use super::rate_gate::RateGate;
use super::request::Request;
use super::sidecar::{RemoteFile, Sidecar, Whole};
use super::small_file::write_named;
use super::verify::looks_like;
use crate::api::Client;
use crate::domain::download::{DownloadEvent, SavedFile, Wanted};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reply::{Pause, PauseReason};

/// How many failed attempts in a row end a download; what was received is kept.
const MAX_FAILED: u32 = 5;
/// How often the beginning of a file is checked whose version nothing else proves.
const MAX_CHECKS: u32 = 3;
/// An attempt that received fewer bytes than this, and not the end, counts as failed.
const PROGRESS: u64 = 16 << 10;

/// Receives the events of a download.
pub type OnEvent<'a> = &'a (dyn Fn(DownloadEvent) + Send + Sync);

/// Downloads a file.
///
/// It appears under its name only when it is complete: not empty unless its record says so, as long as the service and the record
/// state, and no error or sign-in page in its place. After an interruption it is resumed: at most five times in a row, and by a later request
/// for the same file. An existing file is never replaced; the new one gets a number.
pub async fn fetch(
    client: &Client,
    wanted: &Wanted,
    rate_gate: &RateGate,
    on_event: OnEvent<'_>,
) -> Result<SavedFile, Failure> {
    let fetched = fetch_file(client, wanted, rate_gate, on_event)
        .await
        .map_err(|failure| client.scrubbed(failure))?;
    off_loop(move || {
        let (file, sidecar) = fetched.finish(None)?;
        if let Some(sidecar) = sidecar {
            sidecar.remove();
        }
        Ok(file)
    })
    .await?
}

/// A file that was received completely.
pub(super) enum Fetched {
    /// It was named by an earlier run.
    Named(SavedFile, Sidecar),
    /// It is in its part; how many bytes of it an earlier run received; and whether nothing but the bytes themselves shows
    /// that all of it is of one version.
    InPart(Box<Part>, u64, bool),
    /// It is small and in memory.
    AtOnce(Arc<FolderIndex>, PathBuf, RemoteFile, Bytes),
}

impl Fetched {
    /// Names the file. Returns its sidecar too, which is the proof that it is complete; `None` if `naming` has recorded the
    /// file already. Blocks.
    pub(super) fn finish(
        self,
        naming: Option<&Naming<'_>>,
    ) -> Result<(SavedFile, Option<Sidecar>), Failure> {
        let (part, resumed, unvalidated) = match self {
            Fetched::Named(file, sidecar) => return Ok((file, Some(sidecar))),
            Fetched::InPart(part, resumed, unvalidated) => (*part, resumed, unvalidated),
            Fetched::AtOnce(folders, folder, remote, bytes) => {
                if let Some(file) = naming
                    .and_then(|naming| write_named(&folders, &folder, &remote, &bytes, naming))
                {
                    return Ok((file?, None));
                }
                let (part, outcome) = Part::of_all(&folders, &folder, remote, &bytes)?;
                if let Err(failure) = outcome {
                    return Err(kept_hint(failure, Some(part)));
                }
                (part, 0, false)
            }
        };
        let (bytes, content_type, encoded, measured) = (
            part.length(),
            part.remote.headers.content_type.clone(),
            part.remote.encoded,
            part.remote.size.is_some(),
        );
        let (path, sha256, head, sidecar) = part.finish()?;
        let looks_like = path
            .file_name()
            .and_then(|name| looks_like(&head, &name.to_string_lossy()));
        let file = SavedFile {
            path,
            bytes,
            sha256,
            content_type,
            looks_like,
            encoded,
            measured,
            resumed: resumed.min(bytes),
            unvalidated,
            was_there: false,
        };
        Ok((file, Some(sidecar)))
    }
}

/// Fetches a file until it is complete; it is not named yet.
pub(super) async fn fetch_file(
    client: &Client,
    wanted: &Wanted,
    rate_gate: &RateGate,
    on_event: OnEvent<'_>,
) -> Result<Fetched, Failure> {
    let request = Request::new(client, &wanted.call);
    let mut part = match find_leftover(wanted, rate_gate, &request).await? {
        Leftover::Whole(path, whole, sidecar) => {
            return Ok(Fetched::Named(already_saved(path, whole), sidecar));
        }
        Leftover::Part(part) => Some(*part),
        Leftover::Nothing => None,
    };
    let resumed = part
        .as_ref()
        .filter(|part| part.is_resumable())
        .map_or(0, Part::length);
    let own = |name: &str| wanted.call.params.get(name).map(|value| value.plain());
    let mut job = Attempt {
        client,
        wanted,
        on_event,
        silence: rate_gate.timeouts.silence,
        request,
        transport: match own("_airbyte_response_type").as_deref() {
            Some("json") => Transport::Wrapped,
            _ => Transport::Streamed,
        },
        overlap: OVERLAP,
        room: rate_gate.room,
        folders: Arc::clone(&rate_gate.folders),
        all: None,
        continued: false,
        // A range that the user chose is requested as it is.
        ranges: own("range_header").is_none(),
        from_start: false,
        ignored: 0,
        may_switch: true,
        unvalidated: false,
        calls: AtomicU64::new(0),
    };
    let mut repetition = 0;
    loop {
        rate_gate
            .pass(&|wait| {
                on_event(DownloadEvent::Waits(pause(
                    repetition,
                    wait,
                    PauseReason::RateGate,
                )))
            })
            .await;
        let had = part.as_ref().map_or(0, Part::length);
        let (kept, ended) = match job.transport {
            Transport::Streamed => job.stream(part).await,
            Transport::Wrapped => job.wrapped(part).await,
        };
        part = kept;
        let have = part.as_ref().map_or(0, Part::length);
        // What starts from the beginning each time comes no further, however much of it was received.
        let resumes = part.as_ref().is_none_or(Part::is_resumable);
        let progress = if have >= had + PROGRESS && resumes {
            // An attempt that made progress does not count as failed.
            repetition = 0;
            AttemptProgress::Enough
        } else {
            AttemptProgress::Little
        };
        let (failure, wait) = match job
            .after(ended, &mut part, rate_gate, repetition, progress)
            .await
        {
            Next::Done => break,
            Next::Fail(failure) => return Err(kept_hint(failure, part)),
            Next::Retry(failure, wait) => (failure, wait),
        };
        let what = format!(
            "Could not download `{}`",
            part.as_ref().map_or_else(
                || name_of(client, None, wanted),
                |part| part.remote.name.clone()
            )
        );
        if let Some(spent) = job.spent(have, &what) {
            return Err(kept_hint(spent.detail(failure.summary), part));
        }
        let Some(wait) = wait.filter(|_| repetition < MAX_FAILED) else {
            return Err(kept_hint(failure, part));
        };
        repetition += 1;
        if !wait.is_zero() {
            let reason = failure.status.into();
            on_event(DownloadEvent::Waits(pause(repetition, wait, reason)));
            tokio::time::sleep(wait).await;
        }
    }
    let unvalidated = job.unvalidated;
    match (job.all.take(), part) {
        (Some((remote, bytes)), _) => Ok(Fetched::AtOnce(
            Arc::clone(&rate_gate.folders),
            wanted.folder.clone(),
            remote,
            bytes,
        )),
        (None, Some(part)) => {
            let resumed = if part.remote.encoded.is_none() {
                resumed
            } else {
                0
            };
            Ok(Fetched::InPart(Box::new(part), resumed, unvalidated))
        }
        (None, None) => Err(Failure::new(
            FailureKind::Internal,
            "A download ended without its file",
        )),
    }
}

/// Looks for what an earlier run left of a request.
async fn find_leftover(
    wanted: &Wanted,
    rate_gate: &RateGate,
    request: &Request,
) -> Result<Leftover, Failure> {
    if rate_gate.folders.has_none(&wanted.folder, request) {
        return Ok(Leftover::Nothing);
    }
    let folders = Arc::clone(&rate_gate.folders);
    let (folder, sought) = (wanted.folder.clone(), request.clone());
    off_loop(move || Part::find(&folders, &folder, &sought)).await
}

/// Returns the pause after so many failed attempts.
fn pause(repetition: u32, wait: Duration, reason: PauseReason) -> Pause {
    Pause {
        attempt: repetition + 1,
        wait,
        reason,
    }
}

/// Whether an attempt received enough not to count as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AttemptProgress {
    Enough,
    Little,
}

/// What follows an attempt.
enum Next {
    /// The file is complete.
    Done,
    /// Another attempt, after a wait; without one no further attempt is worth waiting for.
    Retry(Failure, Option<Duration>),
    /// The download has failed.
    Fail(Failure),
}

impl Attempt<'_> {
    /// Decides what follows an attempt, and how the next one requests the file.
    async fn after(
        &mut self,
        ended: AttemptEnd,
        part: &mut Option<Part>,
        rate_gate: &RateGate,
        repetition: u32,
        progress: AttemptProgress,
    ) -> Next {
        let at_once = Some(Duration::ZERO);
        match ended {
            AttemptEnd::Complete => match check_beginning(self, part, rate_gate).await {
                Err(AttemptEnd::Changed(failure)) => {
                    self.from_start = true;
                    self.unvalidated = false;
                    Next::Retry(failure, at_once)
                }
                // What cannot be checked stays unvalidated, and is reported as that.
                Ok(()) | Err(_) => Next::Done,
            },
            AttemptEnd::Unclear(failure) => {
                let wait = match progress {
                    AttemptProgress::Enough => at_once,
                    AttemptProgress::Little => rate_gate.backoff(repetition + 1, None),
                };
                Next::Retry(failure, wait)
            }
            AttemptEnd::Failed(failure) => Next::Fail(failure),
            AttemptEnd::Interrupted(setback) => {
                let wait = rate_gate.backoff(repetition + 1, setback.retry_after);
                if setback.failure.status == Some(429) {
                    // The service asks all downloads to slow down, not this one alone.
                    match wait {
                        Some(wait) => rate_gate.block_for(wait),
                        None => rate_gate.slow_down(),
                    }
                }
                Next::Retry(setback.failure, wait)
            }
            AttemptEnd::RangesUnusable(failure) => {
                self.ranges = false;
                match self.transport {
                    Transport::Wrapped => {
                        (self.transport, self.may_switch) = (Transport::Streamed, false);
                    }
                    Transport::Streamed => {}
                }
                Next::Retry(failure, at_once)
            }
            AttemptEnd::Changed(failure) | AttemptEnd::Unexpected(failure) => {
                self.from_start = true;
                Next::Retry(failure, at_once)
            }
            AttemptEnd::RangeIgnored(failure) => {
                self.transport = Transport::Wrapped;
                Next::Retry(failure, at_once)
            }
            AttemptEnd::NotWrapped(failure) => {
                (self.transport, self.may_switch) = (Transport::Streamed, false);
                Next::Retry(failure, at_once)
            }
        }
    }
}

/// Checks whether the file begins as before, and repeats that a few times where there is no answer.
async fn check_beginning(
    job: &mut Attempt<'_>,
    part: &mut Option<Part>,
    rate_gate: &RateGate,
) -> AttemptResult<()> {
    let mut repetition = 0;
    loop {
        let setback = match job.check_beginning(part).await {
            Err(AttemptEnd::Interrupted(setback)) => setback,
            outcome => return outcome,
        };
        repetition += 1;
        let Some(wait) = rate_gate
            .backoff(repetition, setback.retry_after)
            .filter(|_| repetition < MAX_CHECKS)
        else {
            return Err(AttemptEnd::Interrupted(setback));
        };
        let reason = PauseReason::BeginningUnconfirmed;
        (job.on_event)(DownloadEvent::Waits(pause(repetition, wait, reason)));
        tokio::time::sleep(wait).await;
    }
}

/// Returns a file that an earlier run saved without recording it.
fn already_saved(path: PathBuf, whole: Whole) -> SavedFile {
    SavedFile {
        path,
        bytes: whole.bytes,
        encoded: whole.encoded(),
        sha256: whole.sha256,
        content_type: None,
        looks_like: None,
        measured: true,
        resumed: whole.bytes,
        unvalidated: false,
        was_there: false,
    }
}

/// Adds to the hint where the received bytes are kept, if there are any.
fn kept_hint(failure: Failure, part: Option<Part>) -> Failure {
    let before = failure
        .hint
        .clone()
        .map(|hint| format!("{hint} "))
        .unwrap_or_default();
    match part.filter(|part| part.length() > 0) {
        // The part goes with this: nothing could be appended to it.
        Some(part) if !part.is_resumable() => failure.hint(format!(
            "{before}It is sent compressed, and cannot be resumed: the next download starts from the beginning."
        )),
        Some(part) => {
            let path = shown(&part.path());
            failure.hint(format!(
                "{before}What was received is in `{path}`: download it again to resume there."
            ))
        }
        None => failure,
    }
}

/// Runs blocking work in a thread for such work.
pub(super) async fn off_loop<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Failure::new(FailureKind::Internal, "Writing a file broke off").caused_by(&error)
    })
}
