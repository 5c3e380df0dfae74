//! A run of `each`: records are read and made parents, what comes of them is written, in the order in which they end.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::EachArgs;
use super::ending::{Ending, Totals};
use super::output::{LedgerFile, LedgerLine, Output, Unwritten, hash_of};
use super::spool::Spool;
use crate::api::Event;
use crate::commands::operation::Prepared;
use crate::commands::progress::Progress;
use crate::commands::records::Record;
use crate::commands::session::Session;
use crate::commands::signal::Signal;
use crate::domain::call::Call;
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};
use crate::each::{
    EachEvent, EachPlan, EachRun, Outcome, Parent, ParentEnd, Template, with_parent,
};
use crate::export::{KnownParent, ParentState};
use crate::json::document::Document;
use crate::paging::{Finding, Remembered};
use crate::store::Key;

/// Records as they are read.
type Input = mpsc::Receiver<Result<Record, Failure>>;

/// Why a run ends before its input does.
#[derive(Debug)]
pub(super) enum Cause {
    Signal(Signal),
    /// Whoever reads the records has closed the pipe.
    Pipe,
    /// Something could not be read or written.
    Failed(Failure),
}

/// A parent that is being asked for.
#[derive(Debug)]
struct Running {
    parent: Parent,
    /// Its records so far.
    records: Spool,
    state: Sending,
}

/// Whether a call for a parent was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    Waits,
    Sent,
}

/// A run.
pub(super) struct Runner<'a> {
    session: &'a Session<'a>,
    arguments: &'a EachArgs,
    connector: Connector,
    call: Call,
    template: Template,
    remembered: Remembered,
    run: EachRun<'a>,
    output: Output,
    ledger: Option<LedgerFile>,
    progress: Progress,
    /// The parents that are being asked for, by their numbers.
    running: HashMap<u64, Running>,
    /// The parents that were met, by their hashes.
    met: HashSet<u128>,
    totals: Totals,
    /// How many parents of an interrupted run were not given again.
    not_given: u64,
    began: Instant,
}

/// Why the outcome of a change is unknown that was sent.
const NOT_ANSWERED: &str = "it was sent, and its answer is not known";

impl<'a> Runner<'a> {
    /// Opens the outputs.
    pub(super) fn new(
        session: &'a Session<'a>,
        arguments: &'a EachArgs,
        connector: Connector,
        prepared: Prepared,
        template: Template,
    ) -> Result<Runner<'a>, Failure> {
        let Prepared {
            call, operation, ..
        } = prepared;
        let remembered = session.store.load(&key(&connector, &call));
        let scrubber = session.client.scrubber();
        let identity = identity(session, arguments, &call, &template);
        let of = (call.entity.as_str(), call.action.as_str());
        let of = Some(of).filter(|_| arguments.changes_data());
        let ledger = arguments.ledger.as_deref();
        let ledger = ledger.map(|path| LedgerFile::open(path, scrubber, of));
        // Lines can be added to a ledger later; a file of records would be in the way of the next run.
        let ledger = ledger.transpose()?;
        let output = Output::open(arguments, &identity, scrubber)?;
        let plan = EachPlan {
            call: call.clone(),
            template: template.clone(),
            profile: remembered.choose(operation.as_ref()),
            operation,
            limits: arguments.limits(),
            jobs: arguments.jobs(),
        };
        let progress = if arguments.quiet || arguments.dry_run {
            Progress::hidden()
        } else {
            Progress::new()
        };
        Ok(Runner {
            session,
            arguments,
            connector,
            call,
            template,
            remembered,
            run: EachRun::new(session.client, plan),
            output,
            ledger,
            progress,
            running: HashMap::new(),
            met: HashSet::new(),
            totals: Totals::default(),
            not_given: 0,
            began: Instant::now(),
        })
    }

    /// Runs until every record was asked for, or until something ends it. Returns the exit code.
    pub(super) async fn run(
        mut self,
        mut input: Input,
        mut interrupted: Pin<Box<impl Future<Output = Signal>>>,
    ) -> Result<u8, Failure> {
        let mut is_read = false;
        let cause = loop {
            if (is_read || self.run.stopped().is_some()) && self.run.is_over() {
                break None;
            }
            let needs_parents = !is_read && self.run.needs_parents();
            let taken = tokio::select! {
                biased;
                signal = interrupted.as_mut() => break Some(Cause::Signal(signal)),
                record = input.recv(), if needs_parents => match record {
                    Some(Ok(record)) => self.take(&record),
                    Some(Err(failure)) => Err(Unwritten::Failed(failure)),
                    None => {
                        is_read = true;
                        Ok(())
                    }
                },
                event = self.run.next() => self.event(event),
            };
            match taken {
                Ok(()) => {}
                Err(Unwritten::Pipe) => break Some(Cause::Pipe),
                Err(Unwritten::Failed(failure)) => break Some(Cause::Failed(failure)),
            }
        };
        self.progress.clear();
        if self.arguments.changes_data() {
            self.give_up_sent();
        }
        self.count_not_given();
        let stopped = self.run.stopped();
        let ending = Ending {
            session: self.session,
            totals: self.totals,
            cause,
            stopped: stopped.map(|(verdict, failure)| (verdict.clone(), failure.cloned())),
            running: self.running.len() as u64,
            not_given: self.not_given,
            is_read,
            is_quiet: self.arguments.quiet,
            is_dry: self.arguments.dry_run,
        };
        ending.report(self.output)
    }

    /// Makes a record a parent, unless one with the same values was met.
    fn take(&mut self, record: &Record) -> Result<(), Unwritten> {
        let document = Document::parse(record.text.clone());
        let values = match document.fault() {
            Some(fault) => Err(crate::json::deviation::fault_words(&document, fault)),
            None => self.template.values(&document),
        };
        self.totals.read += 1;
        let params = match values {
            Ok(params) => params,
            Err(why) => {
                self.totals.unasked(&record.place, &why);
                return self.note_unasked(&record.place, &why);
            }
        };
        let hash = hash_of(&params);
        if !self.met.insert(hash) {
            self.totals.repeated += 1;
            return Ok(());
        }
        let parent = Parent {
            number: self.totals.read,
            params,
        };
        self.totals.parents += 1;
        if self.arguments.dry_run {
            return self.print_body(&parent);
        }
        let known = self.output.restored.parents.get(&hash);
        let known = known.or_else(|| self.ledger.as_ref()?.known.get(&hash));
        match known {
            Some(known) => self.met_before(&parent, &known.clone()),
            None => self.begin(parent),
        }
        Ok(())
    }

    fn begin(&mut self, parent: Parent) {
        let running = Running {
            parent: parent.clone(),
            records: Spool::default(),
            state: Sending::Waits,
        };
        self.running.insert(parent.number, running);
        self.run.add(parent);
    }

    /// Counts the changes that were sent and whose answers are not waited for any more.
    fn give_up_sent(&mut self) {
        let running = std::mem::take(&mut self.running);
        let (sent, waiting): (HashMap<_, _>, HashMap<_, _>) = running
            .into_iter()
            .partition(|(_, running)| running.state == Sending::Sent);
        self.running = waiting;
        for running in sent.into_values() {
            let parent = running.parent;
            self.totals.unknown(&parent.words(), NOT_ANSWERED);
            let end = ParentEnd::unanswered();
            // What could not be written is said already; that the outcome is unknown is said here.
            drop(self.note(&parent, &end, "unknown", NOT_ANSWERED));
        }
    }

    /// Counts what an interrupted run knows and what was not given again: it is not known to be done.
    fn count_not_given(&mut self) {
        let known = self.output.restored.parents.iter();
        let missing = known.filter(|(hash, _)| !self.met.contains(hash));
        self.not_given = missing.count() as u64;
    }

    /// Takes a parent that the interrupted run knew.
    fn met_before(&mut self, parent: &Parent, known: &KnownParent) {
        match known.state {
            ParentState::Failed => return self.begin(parent.clone()),
            ParentState::Complete => self.totals.complete += 1,
            ParentState::Ended => self.totals.ended(&parent.words(), &known.reason),
            ParentState::Sent | ParentState::Unknown => {
                let why = match known.reason.as_str() {
                    "" => NOT_ANSWERED,
                    reason => reason,
                };
                self.totals.unknown(&parent.words(), why);
            }
        }
        self.totals.before += 1;
        self.totals.records += known.records;
    }

    fn print_body(&mut self, parent: &Parent) -> Result<(), Unwritten> {
        let mut call = self.call.clone();
        call.params = self.template.filled(&parent.params);
        let body = self
            .session
            .client
            .scrubber()
            .scrub_json(&call.body())
            .into_owned();
        let mut line = Spool::default();
        line.line(body.as_bytes())
            .and_then(|()| self.output.print(line))
            .map_err(|error| self.output.unwritten(&error))
    }

    fn event(&mut self, event: EachEvent) -> Result<(), Unwritten> {
        match event {
            EachEvent::Begins(parent) => {
                if let Some(running) = self.running.get_mut(&parent.number) {
                    running.state = Sending::Sent;
                }
                if !self.arguments.changes_data() {
                    return Ok(());
                }
                // A kill before the answer must not lead to a second change.
                let known = KnownParent {
                    state: ParentState::Sent,
                    records: 0,
                    reason: String::new(),
                };
                self.output.parent(hash_of(&parent.params), &known, None)?;
                self.note(&parent, &ParentEnd::unanswered(), "sent", "")
            }
            EachEvent::Page {
                parent,
                envelope,
                records,
                ..
            } => {
                let Some(running) = self.running.get_mut(&parent.number) else {
                    return Ok(());
                };
                for record in records {
                    let (line, repaired) = if self.arguments.bare {
                        let valid = crate::json::valid::valid_value(&envelope.document, record);
                        (valid.text.into_owned(), valid.repaired)
                    } else {
                        with_parent(&envelope.document, record, &parent.params)
                    };
                    self.totals.repaired += repaired;
                    running.records.line(&line).map_err(|error| {
                        let words = format!("Could not keep the records of a parent: {error}");
                        Unwritten::Failed(Failure::new(FailureKind::File, words))
                    })?;
                }
                Ok(())
            }
            EachEvent::Ended(parent, end) => self.ended(&parent, &end),
            EachEvent::Waits(pause) => {
                self.progress.event(Event::Waiting(pause));
                Ok(())
            }
            EachEvent::Proved(profile, at) => {
                let key = key(&self.connector, &self.call);
                self.session
                    .remember(&key, &mut self.remembered, (*profile, &at));
                Ok(())
            }
        }
    }

    /// Writes the records of a parent that has ended. Of one that failed they are written only where a later run cannot ask
    /// again: a file never holds half of a parent.
    fn ended(&mut self, parent: &Parent, end: &ParentEnd) -> Result<(), Unwritten> {
        let running = self.running.remove(&parent.number);
        let spool = running.map(|running| running.records);
        if let Some(warning) = &end.warning {
            let warning = self.scrubbed(warning);
            self.totals.warned(&parent.words(), &warning);
        }
        let (words, reason) = (parent.words(), self.scrubbed(&end.reason()));
        let state = match end.outcome {
            Outcome::Complete => ParentState::Complete,
            Outcome::Ended => ParentState::Ended,
            Outcome::Failed => ParentState::Failed,
            Outcome::Unknown => ParentState::Unknown,
        };
        let is_kept = match end.outcome {
            Outcome::Complete | Outcome::Ended => true,
            Outcome::Failed | Outcome::Unknown => !self.output.can_resume(),
        };
        let records = if is_kept { end.records } else { 0 };
        match end.outcome {
            Outcome::Complete => self.totals.complete += 1,
            Outcome::Ended => self.totals.ended(&words, &reason),
            Outcome::Failed => self.totals.failed(&words, &reason),
            Outcome::Unknown => self.totals.unknown(&words, &reason),
        }
        self.totals.records += records;
        self.totals.calls += end.calls;
        let is_complete = end.outcome == Outcome::Complete;
        let known = KnownParent {
            state,
            records,
            reason: if is_complete {
                String::new()
            } else {
                reason.clone()
            },
        };
        let spool = spool.filter(|_| is_kept);
        self.output.parent(hash_of(&parent.params), &known, spool)?;
        let outcome = match end.outcome {
            Outcome::Complete => "complete",
            Outcome::Ended => end.verdict.word(),
            Outcome::Failed => "failed",
            Outcome::Unknown => "unknown",
        };
        self.note(parent, end, outcome, &known.reason)?;
        self.progress
            .parents(&self.totals.words(), self.began.elapsed());
        Ok(())
    }

    fn note(
        &mut self,
        parent: &Parent,
        end: &ParentEnd,
        outcome: &str,
        reason: &str,
    ) -> Result<(), Unwritten> {
        let Some(ledger) = &mut self.ledger else {
            return Ok(());
        };
        ledger
            .add(&LedgerLine {
                parent: Some(&parent.params),
                key: format!("{:032x}", hash_of(&parent.params)),
                place: "",
                entity: &self.call.entity,
                action: &self.call.action,
                outcome,
                records: end.records,
                pages: end.pages,
                calls: end.calls,
                reason,
                warning: end.warning.as_deref().unwrap_or_default(),
            })
            .map_err(Unwritten::Failed)
    }

    /// Adds the line of a record that cannot be asked about.
    fn note_unasked(&mut self, place: &str, reason: &str) -> Result<(), Unwritten> {
        let Some(ledger) = &mut self.ledger else {
            return Ok(());
        };
        ledger
            .add(&LedgerLine {
                parent: None,
                key: String::new(),
                place,
                entity: &self.call.entity,
                action: &self.call.action,
                outcome: "failed",
                records: 0,
                pages: 0,
                calls: 0,
                reason,
                warning: "",
            })
            .map_err(Unwritten::Failed)
    }

    fn scrubbed(&self, words: &str) -> String {
        self.session.client.scrubber().scrub(words).into_owned()
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

/// Returns what two runs have in common if one can go on with the other, as the checkpoint keeps it.
fn identity(
    session: &Session<'_>,
    arguments: &EachArgs,
    call: &Call,
    template: &Template,
) -> Value {
    let body: Value = serde_json::from_str(&call.body()).unwrap_or_default();
    let taken: Vec<_> = template
        .taken
        .iter()
        .map(|taken| format!("{}=@{}", taken.param, taken.from))
        .collect();
    let identity = json!({
        "host": session.client.host(), "connector": call.connector_id, "body": body, "each": taken,
        "max_pages": arguments.max_pages, "bare": arguments.bare,
    });
    // Scrubbed as the checkpoint is: the same secrets leave the same text.
    session
        .client
        .scrubber()
        .scrub_json(&identity.to_string())
        .parse()
        .unwrap_or_default()
}

/// Names what was repaired.
pub(super) fn repaired_words(repaired: u64) -> String {
    Finding::Repaired(repaired).words()
}
