//! An export that runs: page after page to a verdict, which is the last line of standard error.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use super::PagesArgs;
use super::destination::{self, Destination, RecordWriter};
use super::ledger_file;
use crate::api::Answer;
use crate::commands::progress::Progress;
use crate::commands::session::Session;
use crate::commands::signal::Signal;
use crate::domain::call::Call;
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::Operation;
use crate::domain::reply::Reply;
use crate::envelope::{Envelope, Reading};
use crate::export::{Checkpoint, Restored, ledger};
use crate::json::document::Document;
use crate::paging::{
    Finding, Next, Outcome, PageOutcome, PageReply, PageScan, Profile, Remembered, Run, Step,
    Verdict, stuck_verdict,
};
use crate::store::Key;
use crate::text;

/// How many times a request's task is polled until the request is on the wire.
const POLLS: usize = 3;

/// How many fields that are left out are listed at most.
const MOST_LISTED: usize = 50;

/// A call that runs.
type RunningCall<'a> = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send + 'a>>;

/// What is exported, and how.
pub(super) struct Request<'a> {
    pub(super) arguments: &'a PagesArgs,
    /// The columns of a table, in place of those that the records have.
    pub(super) columns: &'a [String],
    pub(super) connector: Connector,
    pub(super) operation: Option<Operation>,
}

/// How an export ended before its verdict.
enum Broken {
    /// The reader of the records has closed the pipe.
    Pipe,
    /// Something could not be written.
    Write(Failure),
    /// All records were written, but the table could not be given all of its columns.
    Columns(Failure),
}

/// The verdict of an export, with the failure of its first call if it has no page.
type Ended = (Verdict, Option<Failure>);

/// An export that runs.
pub(super) struct Export<'a> {
    session: &'a Session<'a>,
    request: Request<'a>,
    remembered: Remembered,
    run: Run,
    writer: RecordWriter,
    checkpoint: Option<Checkpoint>,
    reading: Reading,
    began: Instant,
    /// How many strings were repaired.
    repaired: u64,
    /// The signal that ended it.
    signal: Option<Signal>,
}

impl<'a> Export<'a> {
    /// Opens the outputs, fetches all pages and reports the verdict. Returns the exit code.
    pub(super) async fn run(
        session: &'a Session<'a>,
        request: Request<'a>,
        mut call: Call,
        interrupted: Pin<Box<impl Future<Output = Signal>>>,
    ) -> Result<u8, Failure> {
        let arguments = request.arguments;
        let key = key(&request.connector, &call);
        let remembered = session.store.load(&key);
        let Destination {
            writer,
            checkpoint,
            restored,
        } = destination::open(session, &request, &call)?;
        if arguments.resume && restored.is_none() && !arguments.quiet {
            session.say(
                "airscope: there was nothing to go on with, so the export begins with page 1\n",
            );
        }
        let profile = match &restored {
            Some(restored) => restored.profile.clone(),
            None if arguments.whole => Profile::whole(),
            None => remembered.choose(request.operation.as_ref()),
        };
        let mut run = Run::new(request.operation.clone(), profile, arguments.limits());
        let ended = restored.and_then(|restored| restore(&mut run, &mut call, restored));
        let mut export = Export {
            reading: Reading::of(&call.action, request.operation.as_ref()),
            session,
            request,
            remembered,
            run,
            writer,
            checkpoint,
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
}

/// Restores the run of an interrupted export, and the call of its next page. Returns its verdict if it has one already.
fn restore(run: &mut Run, call: &mut Call, restored: Restored) -> Option<Verdict> {
    for (entry, ids, contents) in restored.pages {
        run.restore(entry, &ids, &contents);
    }
    run.tell_by_content(restored.by_content);
    run.restore_stated(restored.stated);
    match restored.next {
        Next::Send { param, value } => {
            call.params.set(&param, value);
            None
        }
        Next::End(why) => Some(run.conclude(why)),
        Next::Stuck { blocker, why } => Some(stuck_verdict(blocker, why)),
    }
}

/// Returns the key under which the paging of an operation is remembered.
fn key<'a>(connector: &'a Connector, call: &'a Call) -> Key<'a> {
    Key {
        definition_id: &connector.definition_id,
        entity: &call.entity,
        action: &call.action,
    }
}

impl Export<'_> {
    /// Fetches page after page until there is a verdict.
    async fn all(
        &mut self,
        mut call: Call,
        mut interrupted: Pin<Box<impl Future<Output = Signal>>>,
    ) -> Result<Ended, Broken> {
        let progress = if self.request.arguments.quiet {
            Progress::hidden()
        } else {
            Progress::new()
        };
        let notify = |event| progress.event(event);
        let client = self.session.client;
        let ask = |call: Call| -> RunningCall<'_> {
            let notify = &notify;
            Box::pin(async move { client.execute(&call, notify).await })
        };
        // The call of the next page, which runs while this page is read.
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
                Err(failure) => match self.fail(failure) {
                    ControlFlow::Continue(other) => {
                        call = other;
                        continue;
                    }
                    ControlFlow::Break(ended) => return Ok(ended),
                },
            };
            let envelope = Envelope::read_as(Arc::new(Document::parse(answer.body)), self.reading);
            if let Some(ahead) = self
                .run
                .ahead(&call, &envelope, self.began.elapsed())
                .filter(|_| !client.is_spent())
            {
                running = Some((ahead.clone(), start(ask(ahead)).await));
            }
            let step = self.take(&call, &envelope, &answer.reply)?;
            progress.page(
                &self.run,
                self.run.stated_total(&envelope),
                self.began.elapsed(),
            );
            match step {
                Step::Ask(next) => call = *next,
                Step::Ended(verdict) => return Ok((verdict, None)),
            }
        }
    }

    /// Returns the call to send in place of one that failed, or how the export ends.
    fn fail(&mut self, failure: Failure) -> ControlFlow<Ended, Call> {
        // A call that --max-calls has refused stops the run. One that was sent has failed by itself.
        if self.session.client.is_spent()
            && failure.kind == FailureKind::Refused
            && failure.status.is_none()
        {
            return ControlFlow::Break((self.spent(), None));
        }
        match self.run.failed(&failure) {
            Step::Ask(other) => ControlFlow::Continue(*other),
            Step::Ended(verdict) => {
                ControlFlow::Break((verdict, Some(failure).filter(|_| self.run.pages() == 0)))
            }
        }
    }

    /// Takes the reply to a call, and writes its records if it is a page.
    fn take(&mut self, call: &Call, envelope: &Envelope, reply: &Reply) -> Result<Step, Broken> {
        let scan = PageScan::of(envelope);
        let page = PageReply {
            envelope,
            scan: &scan,
            reply,
            elapsed: self.began.elapsed(),
        };
        let taken = self.run.take(call, page);
        if let Some(profile) = taken.proved {
            let key = key(&self.request.connector, call);
            let proved = (profile, reply.received_at.as_str());
            self.session.remember(&key, &mut self.remembered, proved);
        }
        if let PageOutcome::Page(new) = taken.outcome {
            self.write(envelope, &scan, &new)?;
        }
        Ok(taken.step)
    }

    /// Writes the records of a page, then its line of the checkpoint.
    fn write(&mut self, envelope: &Envelope, scan: &PageScan, new: &[bool]) -> Result<(), Broken> {
        self.cut_to_checkpoint()?;
        let records = if self.request.arguments.dedupe {
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

    /// Cuts what an interrupted export has written behind its last whole page, before the first write.
    fn cut_to_checkpoint(&mut self) -> Result<(), Broken> {
        self.checkpoint
            .as_mut()
            .map_or(Ok(()), Checkpoint::truncate)
            .map_err(Broken::Write)
    }

    /// Writes the end of the format. An interrupted export to which nothing was added stays as it is, unless it is over.
    fn finish(&mut self, verdict: &Verdict) -> Result<(), Broken> {
        if !is_over(verdict) && self.is_untouched() {
            return Ok(());
        }
        self.cut_to_checkpoint()?;
        self.writer
            .finish()
            .map_err(|error| self.unwritten(&error))?;
        self.widen()
    }

    /// Rewrites the header of a table if later pages had more columns.
    fn widen(&mut self) -> Result<(), Broken> {
        let (Some(checkpoint), Some(path), Some(layout)) = (
            &mut self.checkpoint,
            self.request.arguments.output.as_deref(),
            self.writer.layout(),
        ) else {
            return Ok(());
        };
        if layout.names.len() == layout.header {
            return Ok(());
        }
        let written = (self.writer.bytes(), self.writer.written());
        checkpoint
            .widen(path, layout, self.request.arguments.formulas(), written)
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

    fn spent(&self) -> Verdict {
        Verdict::Stopped(format!("by --max-calls {}", self.session.client.calls()))
    }

    /// Finishes the files and reports the verdict. Returns the exit code.
    fn end(mut self, outcome: Result<Ended, Broken>) -> Result<u8, Failure> {
        // An interrupted export that could not be cut, because something else has written to it, cannot resume.
        let is_refused = matches!(outcome, Err(Broken::Write(_))) && self.is_untouched();
        let finished = match outcome {
            Ok(ended) => self.finish(&ended.0).map(|()| ended),
            Err(broken) => Err(broken),
        };
        let (verdict, failure, code) = self.judge(finished);
        let can_resume = self.checkpoint.is_some()
            && !is_over(&verdict)
            && (self.run.pages() > 0 || self.is_untouched());
        let arguments = self.request.arguments;
        match (self.checkpoint.take(), arguments.output.as_deref()) {
            (Some(checkpoint), _) if is_over(&verdict) => checkpoint.finish()?,
            // A file without a page would only be in the way of the next try.
            (Some(checkpoint), Some(path)) if !can_resume => checkpoint.remove_all(path)?,
            (Some(_) | None, _) => {}
        }
        if let Some(path) = &arguments.ledger {
            let text = format!("{:#}\n", ledger(&self.run, &verdict));
            let text = self.session.client.scrubber().scrub_json(&text);
            ledger_file::write(path, &text, arguments.ledger_replaces())?;
        }
        if let Some(failure) = &failure {
            self.session.print_failure(failure);
        }
        if can_resume && !is_refused && !arguments.quiet {
            self.session.say(if knows_next_page(&self.run) {
                "airscope: --resume continues from here\n"
            } else {
                "airscope: there is nothing that --resume could go on with: it begins with page 1, or says this verdict again\n"
            });
        }
        self.report(&verdict);
        let is_strict = arguments.strict_columns && !self.writer.left_out().is_empty();
        Ok(if is_strict && code == 0 { 5 } else { code })
    }

    /// Returns whether an interrupted export is still as it was left: nothing of it was cut.
    fn is_untouched(&self) -> bool {
        self.checkpoint
            .as_ref()
            .is_some_and(Checkpoint::is_untouched)
    }

    /// Returns the verdict, the failure to print and the exit code.
    fn judge(&self, finished: Result<Ended, Broken>) -> (Verdict, Option<Failure>, u8) {
        let of_failure = |words: String, failure: Failure| {
            let code = failure.kind.exit_code();
            (Verdict::Incomplete(words), Some(failure), code)
        };
        match finished {
            // The records that were to follow are not known to be the last ones.
            Err(Broken::Pipe) => (
                Verdict::Stopped("by whoever read the records: the pipe was closed".to_owned()),
                None,
                5,
            ),
            Err(Broken::Write(failure)) => of_failure(
                format!(
                    "the records of page {} could not be written",
                    self.run.pages()
                ),
                failure,
            ),
            Err(Broken::Columns(failure)) => of_failure(
                "columns of later pages are not in the header".to_owned(),
                failure,
            ),
            Ok((verdict, failure)) => {
                let code = self
                    .signal
                    .map_or_else(|| exit_code(&verdict, failure.as_ref()), Signal::exit_code);
                (verdict, failure, code)
            }
        }
    }

    /// Reports on standard error what was repaired or left out, and at last the verdict.
    fn report(&self, verdict: &Verdict) {
        let arguments = self.request.arguments;
        if self.repaired > 0 && !arguments.quiet {
            self.session.say(&format!(
                "airscope: {}\n",
                Finding::Repaired(self.repaired).words()
            ));
        }
        let is_strict = arguments.strict_columns && !self.writer.left_out().is_empty();
        if is_strict || !arguments.quiet {
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
    }

    /// Lists the fields that are not in the table, and the columns that no record has.
    fn words_of_columns(&self) -> String {
        let mut words = String::new();
        let left_out = self.writer.left_out();
        for field in left_out.iter().take(MOST_LISTED) {
            let (path, records) = (
                text::safe(&field.path),
                text::plural(field.records, "record"),
            );
            words.push_str(&format!("airscope: `{path}` of {records} is left out: it was first seen after the columns were fixed\n"));
        }
        if let Some(more) = left_out
            .len()
            .checked_sub(MOST_LISTED)
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
            let similar = self.writer.similar_field(name);
            let similar = similar
                .map(|field| format!("; did you mean `{}`?", text::safe(field)))
                .unwrap_or_default();
            words.push_str(&format!(
                "airscope: no record has the column `{}`{similar}\n",
                text::safe(name)
            ));
        }
        words
    }
}

/// Starts a call, so that its request is on the wire while something else is done.
async fn start(mut asked: RunningCall<'_>) -> RunningCall<'_> {
    // The connection has to finish its last answer and take the request, which needs several polls.
    for _ in 0..POLLS {
        if let Poll::Ready(answer) =
            std::future::poll_fn(|context| Poll::Ready(asked.as_mut().poll(context))).await
        {
            return Box::pin(std::future::ready(answer));
        }
        tokio::task::yield_now().await;
    }
    asked
}

/// Returns whether an interrupted export knows its next page. One page alone is no evidence of how to get the next one.
fn knows_next_page(run: &Run) -> bool {
    let last = run
        .entries()
        .iter()
        .rfind(|entry| entry.outcome == Outcome::Page);
    run.pages() > 1 && last.is_some_and(|entry| matches!(entry.next, Next::Send { .. }))
}

/// Returns whether an export ended by itself, so that there is nothing to resume.
fn is_over(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Complete(_) | Verdict::Doubtful(_) | Verdict::Unproven(_)
    )
}

/// Returns the exit code of a verdict. A failure of the request or the credentials has its own.
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
