//! Pages that come again: one that is asked for once more, and those of before an interruption.

use super::changes::Changes;
use super::finding::Finding;
use super::ledger::{Entry, Outcome};
use super::run::{Arrived, Run, Taken};
use super::step::{Next, next};
use super::survey::Survey;
use crate::domain::call::{Call, JsonText};

/// What a page that was asked for again gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retaken {
    /// What changed.
    pub changes: Changes,
    /// What follows it by its new reply.
    pub next: Next,
    /// For the last page: it was taken anew, with all that follows from it.
    pub taken: Option<Taken>,
}

impl Run {
    /// Takes a page that was asked for again in place of what it was. The last page is taken anew; of
    /// others it is noted what changed.
    pub fn retake(&mut self, page: u32, before: &Survey, call: &Call, arrived: Arrived<'_>) -> Retaken {
        let changes = Changes::between(before, arrived.survey);
        let at = self.entries.iter().position(|entry| entry.page == page && entry.outcome == Outcome::Page);
        let finding = changes.moves().then(|| Finding::ChangedMeanwhile(changes.words()));
        if u64::from(page) == self.pages()
            && let Some(at) = at
        {
            let old = self.entries.remove(at);
            self.entries.truncate(at);
            self.spent.records -= u64::from(old.new);
            self.spent.pages -= 1;
            self.seen.forget(page);
            self.sent.retain(|value| old.sent.as_ref().is_none_or(|(_, sent)| sent != value));
            let taken = self.take(call, arrived);
            let next = self.entries.last().map_or(Next::End("this page has no records".to_owned()), |entry| entry.next.clone());
            // A page that nothing follows yet may change as it likes.
            return Retaken { changes, next, taken: Some(taken) };
        }
        let found = next(&self.profile, self.operation.as_ref(), call, arrived.envelope, &[]);
        if let Some(entry) = at.and_then(|at| self.entries.get_mut(at)) {
            entry.bytes = arrived.envelope.document.body().len() as u64;
            entry.took = arrived.reply.took;
            entry.received_at.clone_from(&arrived.reply.received_at);
            entry.next = found.clone();
            entry.findings.extend(finding);
        }
        Retaken { changes, next: found, taken: None }
    }

    /// Returns what tells the records of a page from others, as this run does.
    pub fn marks<'a>(&self, survey: &'a Survey) -> &'a [u64] {
        self.seen.marks_of(survey)
    }

    /// Puts back a page of before an interruption: its row, and what tells its records from others.
    pub fn restore(&mut self, entry: Entry, marks: &[u64]) {
        if entry.outcome == Outcome::Page {
            self.spent.pages += 1;
            self.spent.records += u64::from(entry.new);
        }
        self.spent.bytes += entry.bytes;
        self.spent.calls += 1;
        self.sent.extend(entry.sent.as_ref().map(|(_, value): &(String, JsonText)| value.clone()));
        self.seen.take_back(marks, entry.page);
        self.entries.push(entry);
        let limits = self.limits();
        self.limit(limits);
    }
}
