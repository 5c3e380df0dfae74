//! `airscope pages`: all pages of a list, with a verdict.

use std::io::{BufWriter, IsTerminal as _, Read as _, Write};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use serde_json::{Value, json};

use super::call::{CallRequest, prepared};
use super::progress::Progress;
use super::{Session, resolve};
use crate::api::Answer;
use crate::domain::call::{Call, JsonText};
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::Operation;
use crate::envelope::{Envelope, Reading};
use crate::export::{
    Checkpoint, Format, Formulas, Later, Reader, Records, Restored, TableOptions, Writer, beside,
    ledger,
};
use crate::files::{self, Replaces};
use crate::json::document::Document;
use crate::paging::{
    Finding, Limits, Next, Outcome, PageOutcome, PageReply, PageScan, Profile, Remembered, Run,
    Step, Verdict, size_param, stuck_verdict,
};
use crate::store::Key;
use crate::text;

/// What to page through, and where to.
pub struct PagesRequest<'a> {
    /// The operation.
    pub operation: CallRequest<'a>,
    /// How records are written.
    pub format: Format,
    /// The columns of a table, in place of those that the records have.
    pub columns: &'a [String],
    /// Whether a field that is left out of a table, without columns that were named, is a failure.
    pub strict_columns: bool,
    /// What becomes of formulas in a table.
    pub formulas: Formulas,
    /// The file; standard output unless given.
    pub output: Option<&'a Path>,
    /// Whether an interrupted export goes on.
    pub resume: bool,
    /// Whether records that came before are left out.
    pub dedupe: bool,
    /// The page size to ask for.
    pub page_size: Option<u64>,
    /// Whether the user says that everything comes in one reply.
    pub whole: Whole,
    /// When to stop.
    pub limits: Limits,
    /// Where the ledger goes.
    pub ledger: Option<&'a Path>,
    /// What the ledger may take the place of.
    pub force: Replaces,
    /// Whether nothing but the verdict is said.
    pub quiet: bool,
}

/// Whether the user says that everything comes in one reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// The user says so.
    Told,
    /// Nothing is said: the evidence decides.
    Unknown,
}

/// So many turns of its task bring a request from its making to the wire.
const TURNS: usize = 3;

/// So many fields that are left out are told one by one.
const MOST_TOLD: usize = 50;

/// A call that runs.
type Asked<'a> = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send + 'a>>;

/// Where records go.
type Out = Writer<BufWriter<Box<dyn Write + Send>>>;

/// How an export ended before its verdict.
enum Broken {
    /// Whoever read has gone away.
    Pipe,
    /// Something could not be written.
    Write(Failure),
    /// All records were written, but the table could not be given all of its columns.
    Columns(Failure),
}

/// An export that runs.
struct Export<'a> {
    session: &'a Session<'a>,
    request: &'a PagesRequest<'a>,
    connector: Connector,
    remembered: Remembered,
    run: Run,
    writer: Out,
    checkpoint: Option<Checkpoint>,
    reading: Reading,
    began: Instant,
    /// How many strings went out repaired.
    repaired: u64,
    /// The signal that ended it.
    signal: Option<Signal>,
}

/// A signal that asks to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    Interrupt,
    Terminate,
}

impl Signal {
    fn words(self) -> &'static str {
        match self {
            Signal::Interrupt => "by you",
            Signal::Terminate => "by SIGTERM",
        }
    }

    /// Returns 128 and the number of the signal, as shells do.
    fn exit_code(self) -> u8 {
        match self {
            Signal::Interrupt => 130,
            Signal::Terminate => 143,
        }
    }
}

/// Waits for a signal that asks to end. One that cannot be waited for ends the process as usual.
async fn signalled() -> Signal {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = async |kind: SignalKind| match signal(kind) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => Signal::Interrupt,
        () = wait(SignalKind::terminate()) => Signal::Terminate,
    }
}

/// Fetches all pages. The verdict is the last line of standard error; the exit code is 0 only if it
/// is `complete`, and 130 after an interruption.
pub async fn pages(session: &Session<'_>, request: &PagesRequest<'_>) -> Result<u8, Failure> {
    super::call::allow(session, &request.operation)?;
    if request.resume && request.output.is_none_or(files::is_stream) {
        return Err(Failure::new(
            FailureKind::Input,
            "--resume needs --output: only a file can go on",
        )
        .hint("Add --output FILE."));
    }
    request
        .ledger
        .map_or(Ok(()), |path| allow_ledger(path, request.force))?;
    let of_tables = [
        (
            "--columns",
            !request.columns.is_empty(),
            "Use --select to choose fields of JSON.",
        ),
        (
            "--strict-columns",
            request.strict_columns,
            "Leave it out: nothing is left out of JSON.",
        ),
        (
            "--csv-safe",
            request.formulas == Formulas::Guarded,
            "Leave it out: JSON is not read by spreadsheets.",
        ),
    ];
    if let Some((flag, _, hint)) = of_tables
        .iter()
        .find(|(_, is_given, _)| *is_given && request.format != Format::Csv)
    {
        return Err(
            Failure::new(FailureKind::Input, format!("{flag} goes with --format csv")).hint(*hint),
        );
    }
    let mut interrupted = Box::pin(signalled());
    let begun = async {
        let connector = resolve(session, request.operation.connector).await?;
        let (call, operation) = prepared(session, &connector, &request.operation).await?;
        Ok::<_, Failure>((connector, call, operation))
    };
    let (connector, mut call, operation) = tokio::select! {
        begun = begun => begun?,
        signal = interrupted.as_mut() => return Ok(signal.exit_code()),
    };
    size_page(&mut call, operation.as_ref(), request.page_size)?;
    if !request.quiet {
        super::call::remark_on(session, operation.as_ref(), &call);
    }
    let key = Key {
        definition_id: &connector.definition_id,
        entity: &call.entity,
        action: &call.action,
    };
    let remembered = session.store.load(&key);
    let profile = match request.whole {
        Whole::Told => Profile::whole(),
        Whole::Unknown => remembered.choose(operation.as_ref()),
    };
    let declared = declared_fields(operation.as_ref()).to_vec();
    // As it is written down: the same secrets leave the same text.
    let identity = session
        .client
        .scrubber()
        .scrub_json(&identity(session, request, &call).to_string())
        .parse()
        .unwrap_or_default();
    let (writer, checkpoint, restored) = open(request, &identity, &declared)?;
    if request.resume && restored.is_none() && !request.quiet {
        session
            .say("airscope: there was nothing to go on with, so the export begins with page 1\n");
    }
    let reading = Reading::of(&call.action, operation.as_ref());
    let checkpoint =
        checkpoint.map(|checkpoint| checkpoint.scrubbing(session.client.scrubber().clone()));
    let mut run = Run::new(
        operation,
        restored
            .as_ref()
            .map_or(profile, |restored| restored.profile.clone()),
        request.limits,
    );
    let mut ended = None;
    if let Some(restored) = restored {
        for (entry, ids, contents) in restored.pages {
            run.restore(entry, &ids, &contents);
        }
        run.tell_by_content(restored.by_content);
        run.restore_stated(restored.stated);
        match restored.next {
            Next::Send { param, value } => call.params.set(&param, value),
            Next::End(why) => ended = Some(run.conclude(why)),
            Next::Stuck { blocker, why } => ended = Some(stuck_verdict(blocker, why)),
        }
    }
    let mut export = Export {
        session,
        request,
        connector,
        remembered,
        run,
        writer,
        checkpoint,
        reading,
        began: Instant::now(),
        repaired: 0,
        signal: None,
    };
    let outcome = match ended {
        Some(verdict) => Ok((verdict, None)),
        None => export.all(call, interrupted).await,
    };
    export.end(outcome)
}

impl Export<'_> {
    /// Fetches page after page until there is a verdict. Beside it stands the failure of the first call,
    /// or the mark of an interruption.
    async fn all(
        &mut self,
        mut call: Call,
        mut interrupted: Pin<Box<impl Future<Output = Signal>>>,
    ) -> Result<(Verdict, Option<Failure>), Broken> {
        let progress = Progress::new(!self.request.quiet && std::io::stderr().is_terminal());
        let notify = |event| progress.event(event);
        let client = self.session.client;
        let ask = |call: Call| -> Asked<'_> {
            let notify = &notify;
            Box::pin(async move { client.execute(&call, notify).await })
        };
        // The call that runs while the page before it is looked at.
        let mut running = None;
        loop {
            let asked = match running.take() {
                Some((ahead, asked)) if ahead == call => asked,
                _ if client.is_spent() => return Ok((self.spent(), None)),
                _ => ask(call.clone()),
            };
            let answer = tokio::select! {
                answer = asked => answer,
                signal = interrupted.as_mut() => {
                    self.signal = Some(signal);
                    return Ok((Verdict::Stopped(signal.words().to_owned()), None));
                }
            };
            let answer = match answer {
                Ok(answer) => answer,
                // Only a call that was not let through is stopped; one that was has failed by itself.
                Err(failure)
                    if client.is_spent()
                        && failure.kind == FailureKind::Refused
                        && failure.status.is_none() =>
                {
                    return Ok((self.spent(), None));
                }
                Err(failure) => match self.run.failed(&failure) {
                    Step::Ask(other) => {
                        call = *other;
                        continue;
                    }
                    Step::Ended(verdict) => {
                        return Ok((verdict, Some(failure).filter(|_| self.run.pages() == 0)));
                    }
                },
            };
            let envelope = Envelope::read_as(Arc::new(Document::parse(answer.body)), self.reading);
            if let Some(ahead) = self
                .run
                .ahead(&call, &envelope, self.began.elapsed())
                .filter(|_| !client.is_spent())
            {
                running = Some((ahead.clone(), set_off(ask(ahead)).await));
            }
            let scan = PageScan::of(&envelope);
            let arrived = PageReply {
                envelope: &envelope,
                scan: &scan,
                reply: &answer.reply,
                elapsed: self.began.elapsed(),
            };
            let taken = self.run.take(&call, arrived);
            if let Some(profile) = taken.proved {
                self.remember(&call, profile, &answer.reply.received_at);
            }
            if let PageOutcome::Page(new) = taken.outcome {
                self.write(&envelope, &scan, &new)?;
            }
            progress.page(
                &self.run,
                self.run.stated_total(&envelope),
                self.began.elapsed(),
            );
            match taken.step {
                Step::Ask(next) => call = *next,
                Step::Ended(verdict) => return Ok((verdict, None)),
            }
        }
    }

    /// Writes the records of a page, then its line of the checkpoint.
    fn write(&mut self, envelope: &Envelope, scan: &PageScan, new: &[bool]) -> Result<(), Broken> {
        self.go_on()?;
        let records = if self.request.dedupe {
            scan.once_each(new)
        } else {
            scan.records.clone()
        };
        let wrote = self
            .writer
            .write(envelope, &records)
            .map_err(|error| self.unwritten(&error))?;
        if !wrote.left_out.is_empty() {
            self.run.add(Finding::NewColumns(wrote.left_out));
        }
        if wrote.repaired > 0 {
            self.repaired += wrote.repaired;
            self.run.add(Finding::Repaired(wrote.repaired));
        }
        if let Some(checkpoint) = &mut self.checkpoint {
            let (bytes, written) = (self.writer.bytes(), self.writer.written());
            checkpoint
                .page(&self.run, scan, bytes, written, self.writer.layout())
                .map_err(Broken::Write)?;
        }
        Ok(())
    }

    fn go_on(&mut self) -> Result<(), Broken> {
        self.checkpoint
            .as_mut()
            .map_or(Ok(()), Checkpoint::go_on)
            .map_err(Broken::Write)
    }

    /// Ends the format of what was written. An export of before that nothing was added to stays as it is, unless it is over.
    fn finish(&mut self, verdict: &Verdict) -> Result<(), Broken> {
        if !is_over(verdict)
            && self
                .checkpoint
                .as_ref()
                .is_some_and(Checkpoint::is_untouched)
        {
            return Ok(());
        }
        self.go_on()?;
        self.writer
            .finish()
            .map_err(|error| self.unwritten(&error))?;
        self.widen()
    }

    /// Gives a table of which later pages had more columns than the header its full header.
    fn widen(&mut self) -> Result<(), Broken> {
        let (Some(checkpoint), Some(path), Some(layout)) = (
            &mut self.checkpoint,
            self.request.output,
            self.writer.layout(),
        ) else {
            return Ok(());
        };
        if layout.names.len() == layout.header {
            return Ok(());
        }
        let written = (self.writer.bytes(), self.writer.written());
        checkpoint
            .widen(path, layout, self.request.formulas, written)
            .map_err(Broken::Columns)
    }

    fn unwritten(&self, error: &std::io::Error) -> Broken {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Broken::Pipe;
        }
        let failure = Failure::new(
            FailureKind::File,
            format!("Could not write the records: {error}"),
        );
        Broken::Write(if self.checkpoint.is_some() {
            failure.hint("Free some space, then go on with --resume.")
        } else {
            failure
        })
    }

    /// Remembers a way that was proved, if it is news.
    fn remember(&mut self, call: &Call, profile: Profile, at: &str) {
        if self
            .remembered
            .proved
            .as_ref()
            .is_some_and(|own| own.parts() == profile.parts())
        {
            return;
        }
        self.remembered.proved = Some(profile);
        self.remembered.proved_at = Some(at.to_owned());
        let key = Key {
            definition_id: &self.connector.definition_id,
            entity: &call.entity,
            action: &call.action,
        };
        if let Err(error) = self.session.store.save(&key, &self.remembered) {
            (self.session.log)(&format!(
                "how `{} {}` pages could not be remembered: {error}",
                call.entity, call.action
            ));
        }
    }

    fn spent(&self) -> Verdict {
        Verdict::Stopped(format!("by --max-calls {}", self.session.client.calls()))
    }

    /// Ends the files and says the verdict.
    fn end(mut self, outcome: Result<(Verdict, Option<Failure>), Broken>) -> Result<u8, Failure> {
        // What could not be cut, because something was added to it, cannot be gone on with.
        let is_refused = matches!(outcome, Err(Broken::Write(_)))
            && self
                .checkpoint
                .as_ref()
                .is_some_and(Checkpoint::is_untouched);
        let finished = match outcome {
            Ok(ended) => self.finish(&ended.0).map(|()| ended),
            Err(broken) => Err(broken),
        };
        let (verdict, failure, code) = match finished {
            // Whoever read has gone away: what was to come after is not known to be there.
            Err(Broken::Pipe) => (
                Verdict::Stopped("by whoever read the records: the pipe was closed".to_owned()),
                None,
                5,
            ),
            Err(Broken::Write(failure)) => {
                let verdict = Verdict::Incomplete(format!(
                    "the records of page {} could not be written",
                    self.run.pages()
                ));
                let code = failure.kind.exit_code();
                (verdict, Some(failure), code)
            }
            Err(Broken::Columns(failure)) => {
                let verdict =
                    Verdict::Incomplete("columns of later pages are not in the header".to_owned());
                let code = failure.kind.exit_code();
                (verdict, Some(failure), code)
            }
            Ok((verdict, failure)) => {
                let code = self
                    .signal
                    .map_or_else(|| exit_code(&verdict, failure.as_ref()), Signal::exit_code);
                (verdict, failure, code)
            }
        };
        let is_untouched = self
            .checkpoint
            .as_ref()
            .is_some_and(Checkpoint::is_untouched);
        let goes_on = self.checkpoint.is_some()
            && !is_over(&verdict)
            && (self.run.pages() > 0 || is_untouched);
        let leads_on = leads_on(&self.run);
        match (self.checkpoint.take(), self.request.output) {
            (Some(checkpoint), _) if is_over(&verdict) => checkpoint.finish()?,
            // A file that holds nothing of a page would only be in the way of the next try.
            (Some(checkpoint), Some(path)) if !goes_on => checkpoint.remove_all(path)?,
            (Some(_) | None, _) => {}
        }
        if let Some(path) = self.request.ledger {
            let text = format!("{:#}\n", ledger(&self.run, &verdict));
            let text = self
                .session
                .client
                .scrubber()
                .scrub_json(&text)
                .into_owned();
            write_ledger(path, &text, self.request.force)?;
        }
        if let Some(failure) = &failure {
            self.session.fail(failure);
        }
        if goes_on && !is_refused && !self.request.quiet {
            self.session.say(match leads_on {
                true => "airscope: --resume goes on from here\n",
                false => "airscope: there is nothing that --resume could go on with: it begins with page 1, or says this verdict again\n",
            });
        }
        if self.repaired > 0 && !self.request.quiet {
            self.session.say(&format!(
                "airscope: {}\n",
                Finding::Repaired(self.repaired).words()
            ));
        }
        let is_strict = self.request.strict_columns && !self.writer.left_out().is_empty();
        if is_strict || !self.request.quiet {
            self.session.say(&self.words_of_columns());
        }
        let (records, pages) = (
            text::plural(self.writer.written(), "record"),
            text::plural(self.run.pages(), "page"),
        );
        let warning = self
            .run
            .warning()
            .map(|warning| format!("; {}", text::safe(&warning)))
            .unwrap_or_default();
        self.session.say(&format!(
            "{}: {records} in {pages}; {}{warning}\n",
            verdict.word(),
            text::safe(&verdict.reason())
        ));
        Ok(if is_strict && code == 0 { 5 } else { code })
    }

    /// Says which fields are not in the table, and which columns have nothing in them.
    fn words_of_columns(&self) -> String {
        let mut words = String::new();
        let left_out = self.writer.left_out();
        for field in left_out.iter().take(MOST_TOLD) {
            let (path, records) = (
                text::safe(&field.path),
                text::plural(field.records, "record"),
            );
            words.push_str(&format!("airscope: `{path}` of {records} is left out: it came after the columns were fixed\n"));
        }
        if let Some(more) = left_out
            .len()
            .checked_sub(MOST_TOLD)
            .filter(|more| *more > 0)
        {
            words.push_str(&format!(
                "airscope: so are {}\n",
                text::plural(more as u64, "more field")
            ));
        }
        if !left_out.is_empty() {
            words.push_str(
                "airscope: --output FILE keeps all fields, --columns those that it names\n",
            );
        }
        let unseen = self
            .writer
            .layout()
            .filter(|_| self.writer.written() > 0)
            .map_or(&[][..], |layout| &layout.unseen);
        for name in unseen {
            words.push_str(&format!(
                "airscope: no record has the column `{}`\n",
                text::safe(name)
            ));
        }
        words
    }
}

/// Writes the ledger. What it may take the place of was looked at before the first call.
fn write_ledger(path: &Path, text: &str, force: Replaces) -> Result<(), Failure> {
    if files::is_stream(path) {
        let failed = |error: std::io::Error| {
            Failure::new(
                FailureKind::File,
                format!("Could not write the ledger: {error}"),
            )
        };
        let mut out = files::open_stream(path)?;
        return out
            .write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(failed);
    }
    if std::fs::symlink_metadata(path).is_ok() {
        allow_ledger(path, force)?;
    }
    files::write_whole(path, text, force)
}

/// Refuses a ledger where a file is that is not one of ours, or is one and is not to be replaced.
fn allow_ledger(path: &Path, force: Replaces) -> Result<(), Failure> {
    if files::is_stream(path) || std::fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let mut text = String::new();
    let mut file = files::open_plain(path, std::fs::OpenOptions::new().read(true))?;
    let is_ours = file.read_to_string(&mut text).is_ok()
        && serde_json::from_str::<Value>(&text).is_ok_and(|own| {
            own["verdict"].is_string() && own["profile"].is_object() && own["pages"].is_array()
        });
    match (is_ours, force) {
        (true, Replaces::Own) => Ok(()),
        (true, Replaces::Nothing) => {
            Err(files::taken(path).hint("It is a ledger: --force replaces it."))
        }
        (false, _) => Err(files::taken(path)),
    }
}

/// Sets a call off, so that it is on its way while something else is done.
async fn set_off(mut asked: Asked<'_>) -> Asked<'_> {
    // The connection has to give its last answer back and take the request: some turns of its task.
    for _ in 0..TURNS {
        if let Poll::Ready(answer) =
            std::future::poll_fn(|context| Poll::Ready(asked.as_mut().poll(context))).await
        {
            return Box::pin(std::future::ready(answer));
        }
        tokio::task::yield_now().await;
    }
    asked
}

/// Returns whether an interrupted export knows its next page. One page alone tells nothing of how to go on.
fn leads_on(run: &Run) -> bool {
    let last = run
        .entries()
        .iter()
        .rfind(|entry| entry.outcome == Outcome::Page);
    run.pages() > 1 && last.is_some_and(|entry| matches!(entry.next, Next::Send { .. }))
}

/// Returns whether an export ended by itself, so that there is nothing to go on with.
fn is_over(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Complete(_) | Verdict::Doubtful(_) | Verdict::Unproven(_)
    )
}

/// Returns the exit code of a verdict. What is wrong with the request or the credentials has its own.
fn exit_code(verdict: &Verdict, failure: Option<&Failure>) -> u8 {
    match (verdict, failure) {
        (Verdict::Complete(_), _) => 0,
        (_, Some(failure)) if failure.kind.exit_code() != 1 => failure.kind.exit_code(),
        (
            Verdict::Incomplete(_)
            | Verdict::Stopped(_)
            | Verdict::Doubtful(_)
            | Verdict::Unproven(_),
            _,
        ) => 5,
    }
}

/// Returns the fields that an operation's records are declared to have.
fn declared_fields(operation: Option<&Operation>) -> &[String] {
    // The catalog declares those of the Context Store, which a live list need not have.
    let stored = operation.filter(|operation| operation.action == "context_store_search");
    stored
        .map(|operation| operation.fields.as_slice())
        .unwrap_or_default()
}

/// Returns what makes two exports the same, for the checkpoint.
fn identity(session: &Session<'_>, request: &PagesRequest<'_>, call: &Call) -> Value {
    let body: Value = serde_json::from_str(&call.body()).unwrap_or_default();
    json!({
        "host": session.client.host(), "connector": call.connector_id, "body": body, "format": request.format.name(),
        "dedupe": request.dedupe, "columns": request.columns, "csv_safe": request.formulas == Formulas::Guarded,
    })
}

/// Opens what is written to: standard output, a new file with its checkpoint, or an interrupted one.
fn open(
    request: &PagesRequest<'_>,
    identity: &Value,
    declared: &[String],
) -> Result<(Out, Option<Checkpoint>, Option<Restored>), Failure> {
    let Some(path) = request.output.filter(|path| !files::is_stream(path)) else {
        let path = request.output.unwrap_or(Path::new("-"));
        let out = files::open_stream(path)?;
        let is_stdout = path == Path::new("-") || path == Path::new("/dev/stdout");
        let reader = if is_stdout && std::io::stdout().is_terminal() {
            Reader::Terminal
        } else {
            Reader::Machine
        };
        return Ok((
            Writer::new(
                BufWriter::new(out),
                request.format,
                reader,
                &table_options(request, declared, Later::LeftOut),
            ),
            None,
            None,
        ));
    };
    // With --resume the first run of a script needs no other words than the ones after it.
    if request.resume
        && (std::fs::symlink_metadata(path).is_ok()
            || std::fs::symlink_metadata(beside(path)).is_ok())
    {
        if std::fs::symlink_metadata(path).is_err() {
            // Its export is gone, so there is nothing to go on with.
            return begin(request, path, identity, declared);
        }
        let (checkpoint, restored) = Checkpoint::resume(path, identity)?;
        let out =
            buffered(checkpoint.records(restored.as_ref().map_or(0, |restored| restored.bytes))?);
        let table = table_options(request, declared, Later::Added);
        let writer = match &restored {
            Some(restored) => Writer::resumed(
                out,
                request.format,
                &table,
                (restored.layout.clone(), restored.bytes, restored.written),
            ),
            None => Writer::new(out, request.format, Reader::Machine, &table),
        };
        return Ok((writer, Some(checkpoint), restored));
    }
    begin(request, path, identity, declared)
}

/// Makes a new export and its checkpoint. A crash between the two leaves an empty file, which says so when it is met.
fn begin(
    request: &PagesRequest<'_>,
    path: &Path,
    identity: &Value,
    declared: &[String],
) -> Result<(Out, Option<Checkpoint>, Option<Restored>), Failure> {
    let file = files::create_new(path).map_err(|failure| {
        if beside(path).exists() {
            failure.hint("An export of that name was interrupted: go on with --resume, or choose another name.")
        } else {
            failure
        }
    })?;
    let checkpoint = Checkpoint::begin(path, &file, identity)?;
    let out = buffered(checkpoint.records(0)?);
    let table = table_options(request, declared, Later::Added);
    Ok((
        Writer::new(out, request.format, Reader::Machine, &table),
        Some(checkpoint),
        None,
    ))
}

fn table_options<'a>(
    request: &PagesRequest<'a>,
    declared: &'a [String],
    later: Later,
) -> TableOptions<'a> {
    TableOptions {
        named: request.columns,
        declared,
        later,
        formulas: request.formulas,
    }
}

/// Collects small writes, of which each is noted in the checkpoint.
fn buffered(records: Records) -> BufWriter<Box<dyn Write + Send>> {
    BufWriter::with_capacity(64 << 10, Box::new(records))
}

/// Asks for a page size by the parameter that sets it.
fn size_page(
    call: &mut Call,
    operation: Option<&Operation>,
    size: Option<u64>,
) -> Result<(), Failure> {
    let Some(size) = size else { return Ok(()) };
    let Some(param) = size_param(operation) else {
        return Err(Failure::new(
            FailureKind::Input,
            format!(
                "`{} {}` has no parameter for the page size",
                call.entity, call.action
            ),
        )
        .hint("Leave out --page-size, or set the parameter with -p."));
    };
    call.params.set(
        &param,
        JsonText::integer(i64::try_from(size).unwrap_or(i64::MAX)),
    );
    Ok(())
}
