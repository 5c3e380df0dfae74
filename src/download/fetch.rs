//! Fetching one file: streamed to its part, gone on with after a cut, verified, then given its name.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;

use super::attempt::{Attempt, AttemptEnd, AttemptResult, OVERLAP, Transport};
use super::disk::shown;
use super::file_name::{extension_for, from_disposition, harmless};
use super::folder_index::FolderIndex;
use super::manifest::Naming;
use super::part::{Leftover, Part};
use super::rate_gate::RateGate;
use super::request::Request;
use super::sidecar::{RemoteFile, Sidecar};
use super::small_file::write_named;
use super::verify::{ContentHeaders, looks_like};
use crate::api::{Client, Stream};
use crate::domain::call::JsonText;
use crate::domain::download::{DownloadEvent, SavedFile, Wanted};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reply::{Pause, PauseReason};

/// So many failed tries in a row end a download; what came is kept.
const MOST: u32 = 5;
/// So often the beginning of a file is looked at that nothing else proves to be of one version.
const MOST_LOOKS: u32 = 3;
/// A try that brought fewer bytes than this, and not the end, is a failed one.
const PROGRESS: u64 = 16 << 10;

/// Takes what happens while a file is on its way.
pub type OnEvent<'a> = &'a (dyn Fn(DownloadEvent) + Send + Sync);

/// Downloads a file.
///
/// It appears under its name only when it is whole: not empty, as long as the service and the record say, and
/// no error or sign-in page in its place. What broke off is gone on with: at once, at most five times, and by
/// whoever asks for the same later. An existing file is never replaced; the new one gets a number.
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
            sidecar.done();
        }
        Ok(file)
    })
    .await?
}

/// A file that has come whole.
pub(super) enum Fetched {
    /// It has its name since an earlier run.
    Named(SavedFile, Sidecar),
    /// It is in its part, of which so many bytes were there from before; and whether nothing but the bytes themselves
    /// tells that all of it is of one version.
    InPart(Box<Part>, u64, bool),
    /// It came at once.
    AtOnce(Arc<FolderIndex>, PathBuf, RemoteFile, Bytes),
}

impl Fetched {
    /// Gives the file its name. Returns with it the sidecar that vouches for it; none if it is written down by `naming`
    /// already. Blocks.
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
        let (bytes, content_type, measured) = (
            part.length(),
            part.remote.headers.content_type.clone(),
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
            measured,
            resumed: resumed.min(bytes),
            unvalidated,
            was_there: false,
        };
        Ok((file, Some(sidecar)))
    }
}

/// Fetches a file as far as its name.
pub(super) async fn fetch_file(
    client: &Client,
    wanted: &Wanted,
    rate_gate: &RateGate,
    on_event: OnEvent<'_>,
) -> Result<Fetched, Failure> {
    let request = Request::new(client, &wanted.call);
    let left = if rate_gate.folders.has_none(&wanted.folder, &request) {
        Leftover::Nothing
    } else {
        let (folders, folder, sought) = (
            Arc::clone(&rate_gate.folders),
            wanted.folder.clone(),
            request.clone(),
        );
        off_loop(move || Part::find(&folders, &folder, &sought)).await?
    };
    let mut part = match left {
        Leftover::Whole(path, bytes, sha256, sidecar) => {
            return Ok(Fetched::Named(already_saved(path, bytes, sha256), sidecar));
        }
        Leftover::Part(part) => Some(*part),
        Leftover::Nothing => None,
    };
    let resumed = part.as_ref().map_or(0, Part::length);
    let mut job = Attempt {
        client,
        wanted,
        on_event,
        silence: rate_gate.timeouts.silence,
        request,
        overlap: OVERLAP,
        folders: Arc::clone(&rate_gate.folders),
        all: None,
        continued: false,
        ranges: true,
        from_start: false,
        ignored: 0,
        may_switch: true,
        unvalidated: false,
        calls: AtomicU64::new(0),
    };
    let own = |name: &str| wanted.call.params.get(name).map(|value| value.plain());
    let mut transport = if own("_airbyte_response_type").as_deref() == Some("json") {
        Transport::Wrapped
    } else {
        Transport::Streamed
    };
    if own("range_header").is_some() {
        // A piece that somebody chose is asked for as it was chosen.
        job.ranges = false;
    }
    let mut repetition = 0;
    loop {
        rate_gate
            .pass(&|wait| {
                on_event(DownloadEvent::Waits(Pause {
                    attempt: repetition + 1,
                    wait,
                    reason: PauseReason::RateGate,
                }))
            })
            .await;
        let had = part.as_ref().map_or(0, Part::length);
        let (kept, ended) = match transport {
            Transport::Streamed => job.stream(part).await,
            Transport::Wrapped => job.wrapped(part).await,
        };
        part = kept;
        let have = part.as_ref().map_or(0, Part::length);
        if have >= had + PROGRESS {
            // It came further, so it is no failed try.
            repetition = 0;
        }
        let (failure, wait) = match ended {
            AttemptEnd::Complete => {
                match check_beginning(&mut job, &mut part, transport, rate_gate).await {
                    Ok(()) => break,
                    Err(AttemptEnd::Changed(failure)) => {
                        job.from_start = true;
                        job.unvalidated = false;
                        (failure, Some(Duration::ZERO))
                    }
                    // What cannot be asked stays unknown, and is told as that.
                    Err(_) => break,
                }
            }
            AttemptEnd::Unclear(failure) => (
                failure,
                if have >= had + PROGRESS {
                    Some(Duration::ZERO)
                } else {
                    rate_gate.backoff(repetition + 1, None)
                },
            ),
            AttemptEnd::Failed(failure) => return Err(kept_hint(failure, part)),
            AttemptEnd::Interrupted(setback) => {
                let wait = rate_gate.backoff(repetition + 1, setback.retry_after);
                if setback.failure.status == Some(429) {
                    // The service asks all of us to be slower, not this file alone.
                    match wait {
                        Some(wait) => rate_gate.block_for(wait),
                        None => rate_gate.slow_down(),
                    }
                }
                (setback.failure, wait)
            }
            AttemptEnd::RangesUnusable(failure) => {
                job.ranges = false;
                if transport == Transport::Wrapped {
                    (transport, job.may_switch) = (Transport::Streamed, false);
                }
                (failure, Some(Duration::ZERO))
            }
            AttemptEnd::Changed(failure) | AttemptEnd::Unexpected(failure) => {
                job.from_start = true;
                (failure, Some(Duration::ZERO))
            }
            AttemptEnd::RangeIgnored(failure) => {
                transport = Transport::Wrapped;
                (failure, Some(Duration::ZERO))
            }
            AttemptEnd::NotWrapped(failure) => {
                (transport, job.may_switch) = (Transport::Streamed, false);
                (failure, Some(Duration::ZERO))
            }
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
        let Some(wait) = wait.filter(|_| repetition < MOST) else {
            return Err(kept_hint(failure, part));
        };
        repetition += 1;
        if !wait.is_zero() {
            on_event(DownloadEvent::Waits(Pause {
                attempt: repetition + 1,
                wait,
                reason: failure.status.into(),
            }));
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
        (None, Some(part)) => Ok(Fetched::InPart(Box::new(part), resumed, unvalidated)),
        (None, None) => Err(Failure::new(
            FailureKind::Internal,
            "A download ended without its file",
        )),
    }
}

/// Looks whether the file begins as it did, and asks again a few times where no answer comes.
async fn check_beginning(
    job: &mut Attempt<'_>,
    part: &mut Option<Part>,
    transport: Transport,
    rate_gate: &RateGate,
) -> AttemptResult<()> {
    let mut repetition = 0;
    loop {
        let setback = match job.check_beginning(part, transport).await {
            Err(AttemptEnd::Interrupted(setback)) => setback,
            outcome => return outcome,
        };
        repetition += 1;
        let Some(wait) = rate_gate
            .backoff(repetition, setback.retry_after)
            .filter(|_| repetition < MOST_LOOKS)
        else {
            return Err(AttemptEnd::Interrupted(setback));
        };
        (job.on_event)(DownloadEvent::Waits(Pause {
            attempt: repetition + 1,
            wait,
            reason: PauseReason::BeginningUnconfirmed,
        }));
        tokio::time::sleep(wait).await;
    }
}

fn already_saved(path: PathBuf, bytes: u64, sha256: String) -> SavedFile {
    SavedFile {
        path,
        bytes,
        sha256,
        content_type: None,
        looks_like: None,
        measured: true,
        resumed: bytes,
        unvalidated: false,
        was_there: false,
    }
}

/// Chooses the name: what the user said, what the service says, what the record says, what was asked for.
pub(super) fn name_of(client: &Client, stream: Option<&Stream>, wanted: &Wanted) -> String {
    // When it is decoded and before it is cut: half of a token is not found any more.
    let harmless = |name: &str| harmless(&client.scrubber().scrub(name));
    let said = stream
        .and_then(|stream| stream.disposition.as_deref())
        .and_then(from_disposition);
    let names = [
        wanted.name.as_deref(),
        said.as_deref(),
        wanted.known.name.as_deref(),
    ];
    names
        .into_iter()
        .flatten()
        .find_map(&harmless)
        .unwrap_or_else(|| {
            let call = &wanted.call;
            let named = |(name, value): (&str, &JsonText)| {
                let plain = value.plain();
                let bare = plain
                    .trim_start_matches('[')
                    .trim_end_matches(']')
                    .trim_matches('"')
                    .to_owned();
                (name.to_lowercase().contains("id") && !bare.contains(['{', '[', ',']))
                    .then_some(bare)
            };
            let id = call
                .params
                .iter()
                .filter_map(named)
                .last()
                .or_else(|| wanted.known.record.clone())
                .unwrap_or_default();
            let content_type = stream
                .and_then(|stream| stream.content_type.as_deref())
                .or(wanted.known.content_type.as_deref());
            let separator = if id.is_empty() { "" } else { "-" };
            harmless(&format!(
                "{}{separator}{id}{}",
                call.entity,
                extension_for(content_type)
            ))
            .unwrap_or_else(|| "download".to_owned())
        })
}

/// Says where what came is kept, if anything is.
fn kept_hint(failure: Failure, part: Option<Part>) -> Failure {
    match part.filter(|part| part.length() > 0) {
        Some(part) => {
            let path = shown(&part.path());
            let before = failure
                .hint
                .clone()
                .map(|hint| format!("{hint} "))
                .unwrap_or_default();
            failure.hint(format!(
                "{before}What came is in `{path}`: download it again to go on from there."
            ))
        }
        None => failure,
    }
}

/// What is known of the file when its head has come.
pub(super) fn remote_file(
    request: &Request,
    stream: &Stream,
    name: String,
    size: Option<u64>,
) -> RemoteFile {
    RemoteFile {
        request: request.clone(),
        name,
        size,
        validators: stream.validators.clone(),
        headers: ContentHeaders::of(stream),
    }
}

/// Runs work that blocks in a thread for such work.
pub(super) async fn off_loop<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Failure::new(FailureKind::Internal, "Writing a file broke off").caused_by(&error)
    })
}
