//! `airscope download --from`: the files that records name, or that lines ask for, some at a time.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::bars::{Bar, Bars};
use super::download::line;
use super::lines::{self, Record};
use super::{Session, operations_of, resolve};
use crate::attachments::Finder;
use crate::catalog;
use crate::domain::call::{Call, Params, value_of};
use crate::domain::connector::Connector;
use crate::domain::download::queue::{ItemId, Queue, State};
use crate::domain::download::{DownloadEvent, Known, MANIFEST, SavedFile, Wanted};
use crate::domain::failure::{Failure, FailureCode, FailureKind};
use crate::domain::operation::Operation;
use crate::download::Downloader;
use crate::json::document::{Document, Kind};
use crate::text;

/// The exit code of a run in which some files failed.
const INCOMPLETE: u8 = 5;
/// So many failures are listed; the manifest has them all.
const MOST_LISTED: usize = 50;

/// What to download.
pub struct DownloadsRequest<'a> {
    /// The connector's id or name.
    pub connector: &'a str,
    /// The file of lines; `-` for standard input.
    pub from: &'a Path,
    /// The entity whose records the lines are.
    pub entity: Option<&'a str>,
    /// The folder.
    pub folder: &'a Path,
    /// How many files at a time.
    pub jobs: usize,
    /// The manifest, if not the one in the folder.
    pub manifest: Option<&'a Path>,
}

/// Why there is nothing to fetch for a line: which line, what it names, why not.
struct Unreachable {
    what: String,
    why: String,
}

/// Downloads them and returns the exit code.
pub async fn downloads(
    session: &Session<'_>,
    request: &DownloadsRequest<'_>,
) -> Result<u8, Failure> {
    let connector = resolve(session, request.connector).await?;
    let mut reader = LineReader::new(session, &connector, request).await?;
    let (wanted, unreachable) = reader.read(lines::read(request.from)?).await?;
    let mut queue = Queue::new(request.jobs);
    queue.add(wanted);
    match (queue.items().is_empty(), unreachable.is_empty()) {
        (true, true) => {
            session.say("There is nothing to download: no record names a file\n");
            return Ok(0);
        }
        // Nothing is written where nothing comes.
        (true, false) => return Ok(on_event(session, &queue, &unreachable, None)),
        (false, _) => {}
    }
    let manifest = request
        .manifest
        .map_or_else(|| request.folder.join(MANIFEST), Path::to_owned);
    let downloader = Arc::new(Downloader::default().scrubbing(session.client.scrubber().clone()));
    downloader.open(&manifest)?;
    let bars = Bars::new(queue.items().len() as u64, session.client.scrubber());
    let failed = run(session, &downloader, &mut queue, &bars, unreachable.len()).await?;
    bars.finish();
    Ok(on_event(session, &queue, &unreachable, failed))
}

/// Fetches what is in the queue. Returns the failure that ended it before its end, if one did.
async fn run(
    session: &Session<'_>,
    downloader: &Arc<Downloader>,
    queue: &mut Queue,
    bars: &Bars,
    already: usize,
) -> Result<Option<Failure>, Failure> {
    let prints = !std::io::stdout().is_terminal();
    let mut running = FuturesUnordered::new();
    let mut steps: HashMap<ItemId, Arc<Bar>> = HashMap::new();
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    loop {
        for (id, wanted) in queue.start() {
            let name = queue.item(id).map(|item| item.name()).unwrap_or_default();
            let bar = Arc::new(bars.begin(&name));
            steps.insert(id, Arc::clone(&bar));
            let (downloader, client, sender) =
                (Arc::clone(downloader), session.client, sender.clone());
            running.push(async move {
                let heard = |step| {
                    bar.step(&step);
                    if matches!(step, DownloadEvent::Waits(_) | DownloadEvent::Landed) {
                        // The queue slows down, or goes on; if it has ended there is nothing to do for it.
                        let _ = sender.send((id, step));
                    }
                };
                let result = downloader.fetch(client, &wanted, &heard).await;
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
        if let Some(bar) = steps.remove(&id) {
            bar.end();
        }
        if prints {
            session.print_json(&line_of(&wanted, &result))?;
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

fn line_of(wanted: &Wanted, result: &Result<SavedFile, Failure>) -> Value {
    let mut out = match result {
        Ok(file) => line(file),
        Err(failure) => json!({"error": failure.summary, "type": failure.kind.word()}),
    };
    let params: serde_json::Map<String, Value> = wanted
        .call
        .params
        .iter()
        .map(|(name, value)| {
            (
                name.to_owned(),
                serde_json::from_str(value.as_str()).unwrap_or_default(),
            )
        })
        .collect();
    out["entity"] = wanted.call.entity.as_str().into();
    out["params"] = params.into();
    out
}

/// Says on standard error what came of it; returns the exit code.
fn on_event(
    session: &Session<'_>,
    queue: &Queue,
    unreachable: &[Unreachable],
    ended: Option<Failure>,
) -> u8 {
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
    let failed = counts.failed + unreachable.len();
    if failed > 0 {
        words.push(format!("{failed} failed"));
    }
    if counts.waiting > 0 {
        words.push(format!("{} not tried", counts.waiting));
    }
    session.say(&format!("{}\n", words.join(", ")));
    if let Some(failure) = &ended {
        session.fail(failure);
    }
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
    let of_lines = unreachable
        .iter()
        .map(|own| format!("  {}: {}", text::safe(&own.what), text::safe(&own.why)));
    let list: Vec<String> = of_queue.chain(of_lines).collect();
    for failure in list.iter().take(MOST_LISTED) {
        session.say(&format!("{failure}\n"));
    }
    if list.len() > MOST_LISTED {
        let manifest = if unreachable.is_empty() {
            "; the manifest has them"
        } else {
            ""
        };
        session.say(&format!(
            "  … and {} more{manifest}\n",
            list.len() - MOST_LISTED
        ));
    }
    if failed > 0 || counts.waiting > 0 {
        INCOMPLETE
    } else {
        0
    }
}

/// Makes downloads of lines.
struct LineReader<'a> {
    request: &'a DownloadsRequest<'a>,
    connector: &'a Connector,
    operations: Vec<Operation>,
    finder: Option<Finder>,
    manifest: PathBuf,
}

impl<'a> LineReader<'a> {
    async fn new(
        session: &Session<'_>,
        connector: &'a Connector,
        request: &'a DownloadsRequest<'a>,
    ) -> Result<LineReader<'a>, Failure> {
        let definition = catalog::definition_of(connector);
        // The catalog is at hand; only what it does not know is worth a call.
        let mut operations = definition
            .map(|definition| definition.operations())
            .unwrap_or_default();
        if !operations
            .iter()
            .any(|operation| operation.action == "download")
        {
            operations = operations_of(session.client, connector)
                .await
                .unwrap_or_default();
        }
        if !operations
            .iter()
            .any(|operation| operation.action == "download")
        {
            return Err(Failure::new(
                FailureKind::Input,
                format!("`{}` has no download operation", connector.name),
            ));
        }
        let finder = request.entity.map(|entity| {
            let relations = definition
                .map(|definition| definition.relations())
                .unwrap_or_default();
            Finder::new(
                &operations,
                &relations,
                &Call::new(&connector.id, entity, "list"),
            )
        });
        let manifest = request
            .manifest
            .map_or_else(|| request.folder.join(MANIFEST), Path::to_owned);
        Ok(LineReader {
            request,
            connector,
            operations,
            finder,
            manifest,
        })
    }

    /// Reads all records.
    async fn read(
        &mut self,
        mut input: mpsc::Receiver<Result<Record, Failure>>,
    ) -> Result<(Vec<Wanted>, Vec<Unreachable>), Failure> {
        let (mut wanted, mut unreachable) = (Vec::new(), Vec::new());
        while let Some(record) = input.recv().await {
            let Record { place, text } = record?;
            if let Err(why) = self.line(text, &place, &mut wanted, &mut unreachable)? {
                unreachable.push(Unreachable { what: place, why });
            }
        }
        Ok((wanted, unreachable))
    }

    /// Reads a line; the inner error says why nothing can be fetched for it.
    fn line(
        &self,
        line: Bytes,
        place: &str,
        wanted: &mut Vec<Wanted>,
        unreachable: &mut Vec<Unreachable>,
    ) -> Result<Result<(), String>, Failure> {
        let document = Document::parse(line);
        let Some(root) = document
            .root()
            .filter(|root| document.fault().is_none() && document.kind(*root) == Kind::Object)
        else {
            return Ok(Err("it is no JSON object".to_owned()));
        };
        let asks = document.member(root, "entity").zip(
            document
                .member(root, "params")
                .filter(|node| document.kind(*node) == Kind::Object),
        );
        if let Some((entity, params)) = asks.filter(|_| document.child_count(root) <= 4) {
            return Ok(self
                .asked(
                    &document.plain(entity),
                    &document.text(params),
                    document
                        .member(root, "name")
                        .map(|name| document.plain(name).into_owned()),
                )
                .map(|own| wanted.push(own)));
        }
        let Some(finder) = &self.finder else {
            return Err(Failure::new(FailureKind::Input, format!("The first record ({place}) is one of an entity that is not named"))
                .hint("Add --entity NAME, or write lines such as {\"entity\":\"attachments\",\"params\":{\"attachment_id\":1}}."));
        };
        for attachment in finder.find(&document, root) {
            match (attachment.option(), attachment.options.first()) {
                (Some(option), _) => {
                    let own = attachment.wanted(option, &self.connector.id, self.request.folder);
                    wanted.push(Wanted {
                        manifest: Some(self.manifest.clone()),
                        ..own
                    });
                }
                (None, option) => {
                    let why = match (option, &attachment.url) {
                        (Some(option), _) => {
                            format!(
                                "`{}` also needs {}",
                                option.entity,
                                option.missing.join(", ")
                            )
                        }
                        (None, Some(url)) => {
                            format!("the connector cannot download it; it is at {url}")
                        }
                        (None, None) => "the connector cannot download it".to_owned(),
                    };
                    let name = attachment
                        .known
                        .name
                        .clone()
                        .unwrap_or_else(|| attachment.known.path.clone().unwrap_or_default());
                    unreachable.push(Unreachable {
                        what: format!("{place}, {name}"),
                        why,
                    });
                }
            }
        }
        Ok(Ok(()))
    }

    /// Makes a download of a line that asks for one.
    fn asked(&self, entity: &str, params: &str, name: Option<String>) -> Result<Wanted, String> {
        let operation = self
            .operations
            .iter()
            .find(|operation| operation.entity == entity && operation.action == "download");
        let mut typed = Params::parse(params)?;
        if let Some(operation) = operation {
            // Ids come as text and as numbers: what is declared goes out.
            for (name, value) in typed.clone().iter() {
                let declared = operation
                    .parameters
                    .iter()
                    .find(|parameter| parameter.name == name);
                if let Some(value) = declared.and_then(|declared| {
                    value_of(declared.kind, declared.items.as_deref(), &value.plain()).ok()
                }) {
                    typed.set(name, value);
                }
            }
        }
        Ok(Wanted {
            call: Call::download(&self.connector.id, entity, typed),
            folder: self.request.folder.to_owned(),
            name,
            known: Known::default(),
            manifest: Some(self.manifest.clone()),
        })
    }
}
