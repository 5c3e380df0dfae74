//! The end of a run: what is not complete, and the verdict as the last line of standard error.

use super::output::Output;
use super::runner::{Cause, repaired_words};
use crate::commands::session::Session;
use crate::domain::failure::Failure;
use crate::paging::Verdict;
use crate::text;

/// How many parents that are not complete are listed at most.
const MOST_LISTED: usize = 100;

/// How many warnings of the service are listed at most.
const MOST_WARNINGS: usize = 5;

/// The exit code of a run that is not complete.
const INCOMPLETE: u8 = 5;

/// What came of the parents so far.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// How many records were read.
    pub(super) read: u64,
    /// How many of them had values that were not met before.
    pub(super) parents: u64,
    /// How many had the values of one before.
    pub(super) repeated: u64,
    /// How many parents an interrupted run had done.
    pub(super) before: u64,
    pub(super) complete: u64,
    /// How many ended by themselves without being complete.
    ended: u64,
    failed: u64,
    /// How many changes may have been made or not.
    unknown: u64,
    /// How many records were written, those of before included.
    pub(super) records: u64,
    pub(super) calls: u64,
    /// How many strings were repaired.
    pub(super) repaired: u64,
    /// Those that are not complete, with the reason, up to a number.
    listed: Vec<String>,
    /// How many parents the service warned of.
    warned: u64,
    /// The first of them, with the warning.
    warnings: Vec<String>,
}

impl Totals {
    /// Counts a record that gives no values, so that nothing can be asked about it.
    pub(super) fn unasked(&mut self, place: &str, why: &str) {
        self.parents += 1;
        self.failed(place, why);
    }

    /// Counts a parent of which the service warned.
    pub(super) fn warned(&mut self, parent: &str, warning: &str) {
        self.warned += 1;
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings
                .push(format!("{parent}: {}", text::safe(warning)));
        }
    }

    /// Counts a parent that ended by itself without being complete.
    pub(super) fn ended(&mut self, parent: &str, why: &str) {
        self.ended += 1;
        self.list(parent, why);
    }

    /// Counts a parent that failed.
    pub(super) fn failed(&mut self, parent: &str, why: &str) {
        self.failed += 1;
        self.list(parent, why);
    }

    /// Counts a change of which it is not known whether it was made.
    pub(super) fn unknown(&mut self, parent: &str, why: &str) {
        self.unknown += 1;
        self.list(parent, why);
    }

    fn list(&mut self, parent: &str, why: &str) {
        if self.listed.len() < MOST_LISTED {
            self.listed.push(format!("{parent}: {}", text::safe(why)));
        }
    }

    fn incomplete(&self) -> u64 {
        self.ended + self.failed + self.unknown
    }

    /// Returns how far the run is, for a line of progress.
    pub(super) fn words(&self) -> String {
        let failed = match self.incomplete() {
            0 => String::new(),
            count => format!(" · {} not complete", text::count(count)),
        };
        format!(
            "{} · {}{failed}",
            text::plural(self.complete + self.incomplete(), "parent"),
            text::plural(self.records, "record"),
        )
    }

    /// Returns how many parents of each kind are not complete.
    fn kinds(&self) -> String {
        let kinds = [
            (self.failed, "failed"),
            (self.ended, "not known to be complete"),
            (self.unknown, "with an unknown outcome"),
        ];
        let kinds = kinds.iter().filter(|(count, _)| *count > 0);
        let kinds = kinds.map(|(count, word)| format!("{} {word}", text::count(*count)));
        kinds.collect::<Vec<_>>().join(", ")
    }
}

/// How a run ended.
pub(super) struct Ending<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) totals: Totals,
    /// What ended it before its input.
    pub(super) cause: Option<Cause>,
    /// Why no further call was sent.
    pub(super) stopped: Option<(Verdict, Option<Failure>)>,
    /// How many parents were being asked for.
    pub(super) running: u64,
    /// How many parents of an interrupted run were not given again.
    pub(super) not_given: u64,
    /// Whether all records were read.
    pub(super) is_read: bool,
    pub(super) is_quiet: bool,
    pub(super) is_dry: bool,
}

impl Ending<'_> {
    /// Reports the end on standard error, the verdict last. Returns the exit code.
    pub(super) fn report(self, output: Output) -> Result<u8, Failure> {
        let (verdict, reason, code) = self.verdict();
        let is_over = self.cause.is_none()
            && self.stopped.is_none()
            && self.totals.failed + self.totals.unknown + self.not_given == 0;
        let can_resume = output.can_resume() && !is_over;
        if let Some(Cause::Failed(failure)) = &self.cause {
            self.session.print_failure(failure);
        }
        if is_over {
            output.finish()?;
        }
        self.list();
        if !self.is_quiet {
            self.notes(can_resume);
        }
        let totals = &self.totals;
        let what = if self.is_dry {
            text::plural(totals.parents - totals.failed, "call")
        } else {
            format!(
                "{} of {} in {}",
                text::plural(totals.records, "record"),
                text::plural(totals.parents, "parent"),
                text::plural(totals.calls, "call"),
            )
        };
        let warned = match totals.warned {
            0 => String::new(),
            count => format!("; the service warns of {}", text::plural(count, "parent")),
        };
        self.session.say(&format!(
            "{verdict}: {what}; {}{warned}\n",
            text::safe(&reason)
        ));
        Ok(code)
    }

    /// Lists the parents that are not complete.
    fn list(&self) {
        for line in &self.totals.listed {
            self.session.say(&format!("airscope: {line}\n"));
        }
        let more = self.totals.incomplete() - self.totals.listed.len() as u64;
        if more > 0 {
            let more = text::plural(more, "more parent");
            self.session.say(&format!(
                "airscope: and {more}; --ledger FILE records all of them\n"
            ));
        }
        for line in &self.totals.warnings {
            self.session.say(&format!("airscope: {line}\n"));
        }
    }

    fn notes(&self, can_resume: bool) {
        let totals = &self.totals;
        let mut notes = Vec::new();
        if totals.repaired > 0 {
            notes.push(repaired_words(totals.repaired));
        }
        if totals.repeated > 0 {
            let records = text::plural(totals.repeated, "record");
            notes.push(format!(
                "{records} had the values of one before, which is asked for once"
            ));
        }
        if totals.before > 0 {
            let parents = text::plural(totals.before, "parent");
            notes.push(format!("{parents} were done by an earlier run"));
        }
        if can_resume {
            notes.push(
                "--resume with the same records goes on from here, and asks again for what failed"
                    .to_owned(),
            );
        }
        for note in notes {
            self.session.say(&format!("airscope: {note}\n"));
        }
    }

    /// Returns the verdict's word, its reason and the exit code.
    fn verdict(&self) -> (&'static str, String, u8) {
        let totals = &self.totals;
        let left = if self.running > 0 {
            format!("; {} not ended", text::plural(self.running, "parent"))
        } else {
            String::new()
        };
        match &self.cause {
            Some(Cause::Signal(signal)) => {
                let why = format!("{}{left}", signal.words());
                return ("stopped", why, signal.exit_code());
            }
            Some(Cause::Pipe) => {
                let why = "by whoever read the records: the pipe was closed";
                return ("stopped", why.to_owned(), INCOMPLETE);
            }
            Some(Cause::Failed(failure)) => {
                let why = "what was to be read or written could not be";
                return ("incomplete", why.to_owned(), failure.kind.exit_code());
            }
            None => {}
        }
        match &self.stopped {
            Some((_, Some(failure))) => {
                let code = failure.kind.exit_code();
                return ("incomplete", failure.summary.clone(), code);
            }
            Some((verdict, None)) => {
                let unread = if self.is_read {
                    ""
                } else {
                    "; the records behind were not read"
                };
                let why = format!("{}{unread}", verdict.reason());
                return (verdict.word(), why, INCOMPLETE);
            }
            None => {}
        }
        if self.not_given > 0 {
            let parents = text::plural(self.not_given, "parent");
            let others = match totals.incomplete() {
                0 => String::new(),
                _ => format!("{}; ", totals.kinds()),
            };
            let why = format!(
                "{others}{parents} of the interrupted run were not given again: give the same records"
            );
            return ("incomplete", why, INCOMPLETE);
        }
        match totals.incomplete() {
            0 if self.is_dry => ("dry run", "nothing was sent".to_owned(), 0),
            0 if totals.read == 0 => ("complete", "there were no records".to_owned(), 0),
            0 => ("complete", "every parent is complete".to_owned(), 0),
            _ => ("incomplete", totals.kinds(), INCOMPLETE),
        }
    }
}
