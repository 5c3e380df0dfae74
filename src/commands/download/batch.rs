//! `airscope download --from`: the files that records name, or that lines ask for, some at a time.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};

use super::bars::{Bar, Bars};
use super::planner::{Plan, Planner, Unreachable};
use super::single::describe;
use crate::commands::records;
use crate::commands::resolve::resolve;
use crate::commands::session::Session;
use crate::domain::call::Params;
use crate::domain::download::queue::{ItemId, Queue, State};
use crate::domain::download::{DownloadEvent, NamePattern, SavedFile, Wanted};
use crate::domain::failure::{Failure, FailureCode, FailureKind};
use crate::download::Downloader;
use crate::text;

/// The exit code of a run in which some files failed.
const INCOMPLETE: u8 = 5;
/// How many failures are listed at most; the manifest has all of them.
const MOST_LISTED: usize = 50;

/// What a batch downloads, and to where.
pub(super) struct Batch<'a> {
    /// The connector's id or name.
    pub(super) connector: &'a str,
    /// The file of records; `-` for standard input.
    pub(super) from: &'a Path,
    /// The entity of the records.
    pub(super) entity: Option<&'a str>,
    pub(super) folder: &'a Path,
    /// Where in the folder the files are saved.
    pub(super) names: NamePattern,
    /// How many files are fetched at a time.
    pub(super) jobs: usize,
    pub(super) manifest: PathBuf,
}

/// Downloads the files and returns the exit code.
pub(super) async fn download(batch: &Batch<'_>, session: &Session<'_>) -> Result<u8, Failure> {
    let connector = resolve(session, batch.connector).await?;
    let planner = Planner::new(session, &connector, batch).await?;
    let Plan {
        wanted,
        unreachable,
    } = planner.plan(records::read(batch.from)?).await?;
    let mut queue = Queue::new(batch.jobs);
    queue.add(wanted);
    match (queue.items().is_empty(), unreachable.is_empty()) {
        (true, true) => {
            session.say("There is nothing to download: no record names a file\n");
            return Ok(0);
        }
        // No manifest is created for a batch without downloads.
        (true, false) => return Ok(report(session, &queue, &unreachable, None)),
        (false, _) => {}
    }
    let downloader = Arc::new(Downloader::default().scrubbing(session.client.scrubber().clone()));
    downloader.open(&batch.manifest)?;
    let bars = Bars::new(queue.items().len() as u64, session.client.scrubber());
    let failed = run(session, &downloader, &mut queue, &bars, unreachable.len()).await?;
    bars.finish();
    Ok(report(session, &queue, &unreachable, failed))
}

/// Fetches the files of the queue. Returns the failure that ended it early, if one did.
async fn run(
    session: &Session<'_>,
    downloader: &Arc<Downloader>,
    queue: &mut Queue,
    bars: &Bars,
    already: usize,
) -> Result<Option<Failure>, Failure> {
    let prints = !std::io::stdout().is_terminal();
    let mut running = FuturesUnordered::new();
    let mut running_bars: HashMap<ItemId, Arc<Bar>> = HashMap::new();
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    loop {
        for (id, wanted) in queue.start() {
            let name = queue.item(id).map(|item| item.name()).unwrap_or_default();
            let bar = Arc::new(bars.begin(&name));
            running_bars.insert(id, Arc::clone(&bar));
            let (downloader, client, sender) =
                (Arc::clone(downloader), session.client, sender.clone());
            running.push(async move {
                let on_event = |step| {
                    bar.step(&step);
                    if matches!(step, DownloadEvent::Waits(_) | DownloadEvent::Landed) {
                        // The queue slows down or speeds up. It may have ended: then nothing waits for the event.
                        let _ = sender.send((id, step));
                    }
                };
                let result = downloader.fetch(client, &wanted, &on_event).await;
                (id, wanted, result)
            });
        }
        let ended = tokio::select! {
            biased;
            Some((id, step)) = events.recv() => {
                queue.step(id, step);
                continue;
            }
            ended = running.next() => ended,
        };
        let Some((id, wanted, result)) = ended else {
            return Ok(None);
        };
        if let Some(bar) = running_bars.remove(&id) {
            bar.end();
        }
        if prints {
            session.print_json(&result_line(&wanted, &result))?;
        }
        let hopeless = result
            .as_ref()
            .err()
            .filter(|failure| is_hopeless(failure))
            .cloned();
        queue.ended(id, result);
        bars.count(queue.counts().failed + already);
        if let Some(failure) = hopeless {
            return Ok(Some(failure));
        }
    }
}

/// Returns whether every further file would fail for the same reason.
fn is_hopeless(failure: &Failure) -> bool {
    failure.kind == FailureKind::Credentials || failure.code == Some(FailureCode::CallLimit)
}

/// Describes in JSON what became of a file.
fn result_line(wanted: &Wanted, result: &Result<SavedFile, Failure>) -> Value {
    let mut out = match result {
        Ok(file) => describe(file),
        Err(failure) => json!({"error": failure.summary, "type": failure.kind.word()}),
    };
    out["entity"] = wanted.call.entity.as_str().into();
    out["params"] = object(&wanted.call.params);
    if let Some(parent) = &wanted.known.parent {
        out["parent"] = object(parent);
    }
    out
}

fn object(params: &Params) -> Value {
    let members = params.iter().map(|(name, value)| {
        let value = serde_json::from_str(value.as_str()).unwrap_or_default();
        (name.to_owned(), value)
    });
    members.collect::<serde_json::Map<String, Value>>().into()
}

/// Reports the batch on standard error. Returns the exit code.
fn report(
    session: &Session<'_>,
    queue: &Queue,
    unreachable: &[Unreachable],
    ended: Option<Failure>,
) -> u8 {
    session.say(&format!("{}\n", summary(queue, unreachable.len())));
    if let Some(failure) = &ended {
        session.print_failure(failure);
    }
    let failures = failure_lines(queue, unreachable);
    for failure in failures.iter().take(MOST_LISTED) {
        session.say(&format!("{failure}\n"));
    }
    if failures.len() > MOST_LISTED {
        let manifest = if unreachable.is_empty() {
            "; the manifest has them"
        } else {
            ""
        };
        session.say(&format!(
            "  … and {} more{manifest}\n",
            failures.len() - MOST_LISTED
        ));
    }
    let counts = queue.counts();
    if counts.failed > 0 || !unreachable.is_empty() || counts.waiting > 0 {
        INCOMPLETE
    } else {
        0
    }
}

/// Returns how many files were downloaded, were there already, failed and were not tried.
fn summary(queue: &Queue, unreachable: usize) -> String {
    let counts = queue.counts();
    let (mut there, mut bytes) = (0, 0);
    for item in queue.items() {
        match &item.state {
            State::Done(file) if file.was_there => there += 1,
            State::Done(file) => bytes += file.bytes,
            State::Waiting | State::Running(_) | State::Failed(_) | State::Cancelled => {}
        }
    }
    let mut words = vec![format!(
        "{} downloaded, {}",
        text::plural((counts.done - there) as u64, "file"),
        text::bytes(bytes)
    )];
    if there > 0 {
        words.push(format!("{there} were there already"));
    }
    let failed = counts.failed + unreachable;
    if failed > 0 {
        words.push(format!("{failed} failed"));
    }
    if counts.waiting > 0 {
        words.push(format!("{} not tried", counts.waiting));
    }
    words.join(", ")
}

/// Returns the failures of downloads, then what could not be downloaded at all.
fn failure_lines(queue: &Queue, unreachable: &[Unreachable]) -> Vec<String> {
    let of_queue = queue.items().iter().filter_map(|item| match &item.state {
        State::Failed(failure) => {
            let hint = failure
                .hint
                .as_ref()
                .map(|hint| format!("\n    {hint}"))
                .unwrap_or_default();
            Some(format!(
                "  {}: {}{hint}",
                text::safe(&item.name()),
                failure.summary
            ))
        }
        State::Waiting | State::Running(_) | State::Done(_) | State::Cancelled => None,
    });
    let of_records = unreachable
        .iter()
        .map(|own| format!("  {}: {}", text::safe(&own.what), text::safe(&own.why)));
    of_queue.chain(of_records).collect()
}
