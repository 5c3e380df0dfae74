//! Pages that are taken again: one that is requested once more, and those from before an
//! interruption.

use super::changes::Changes;
use super::evidence::Evidence;
use super::finding::Finding;
use super::ledger::{Entry, Outcome};
use super::page_scan::PageScan;
use super::profile::Strategy;
use super::run::{PageOutcome, PageReply, Proof, Run, StepResult};
use super::step::{Next, Past, next};
use crate::domain::call::{Call, JsonText};

/// The result of requesting a page again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refetched {
    /// What changed.
    pub changes: Changes,
    /// What follows the page by its new reply.
    pub next: Next,
    /// For the last page: the result of taking it again.
    pub result: Option<StepResult>,
}

impl Run {
    /// Replaces a page by its new reply. The last page is taken again; for others the changes are
    /// recorded.
    pub fn refetch(
        &mut self,
        page: u32,
        before: &PageScan,
        call: &Call,
        received: PageReply<'_>,
    ) -> Refetched {
        let changes = Changes::between(before, received.scan);
        let at = self
            .entries
            .iter()
            .position(|entry| entry.page == page && entry.outcome == Outcome::Page);
        let finding = changes
            .moves()
            .then(|| Finding::ChangedMeanwhile(changes.words()));
        let last = at
            .filter(|_| u64::from(page) == self.pages())
            .map(|at| (at, true));
        let broken = || {
            self.entries
                .iter()
                .rposition(|entry| entry.page == page && entry.outcome == Outcome::NoPage)
                .map(|at| (at, false))
        };
        if let Some((at, counted)) = last.or_else(broken) {
            // Tried on a copy: a page that fails this time changes nothing.
            let mut trial = self.clone();
            let old = trial.entries.remove(at);
            trial.entries.truncate(at);
            if counted {
                trial.spent.records = trial.spent.records.saturating_sub(u64::from(old.new));
                trial.spent.pages = trial.spent.pages.saturating_sub(1);
                trial.index.forget(page);
            }
            trial
                .sent
                .retain(|value| old.sent.as_ref().is_none_or(|(_, sent)| sent != value));
            let taken = trial.take(call, received);
            if matches!(taken.outcome, PageOutcome::Page(_)) {
                *self = trial;
                let next = self
                    .entries
                    .last()
                    .map_or(Next::End(Evidence::EmptyPage), |entry| entry.next.clone());
                // A page that nothing follows yet may change freely.
                return Refetched {
                    changes,
                    next,
                    result: Some(taken),
                };
            }
        }
        let past = Past {
            sent: &[],
            had_key: self.had_key,
        };
        let found = next(
            &self.profile,
            self.operation.as_ref(),
            call,
            received.envelope,
            past,
        );
        if let Some(entry) = at.and_then(|at| self.entries.get_mut(at)) {
            entry.bytes = received.envelope.document.size() as u64;
            entry.took = received.reply.took;
            entry.received_at.clone_from(&received.reply.received_at);
            entry.next = found.clone();
            entry.findings.extend(finding);
        }
        Refetched {
            changes,
            next: found,
            result: None,
        }
    }

    /// Returns whether ids have failed to identify records.
    pub fn is_by_content(&self) -> bool {
        self.index.is_by_content()
    }

    /// Restores whether ids failed before an interruption.
    pub fn tell_by_content(&mut self, by_content: bool) {
        self.index.by_content(by_content);
    }

    /// Returns what the pages so far stated: their total, and whether the key `count` is the size
    /// of each.
    pub fn stated_so_far(&self) -> (Option<u64>, bool) {
        (self.index.stated(), self.counts_pages)
    }

    /// Restores what the pages before an interruption stated.
    pub fn restore_stated(&mut self, (stated, counts_pages): (Option<u64>, bool)) {
        self.index.restore_stated(stated);
        self.counts_pages = counts_pages;
    }

    /// Restores a page from before an interruption: its row, and the identities of its records.
    pub fn restore(&mut self, entry: Entry, ids: &[u64], contents: &[u64]) {
        if entry.outcome == Outcome::Page {
            self.spent.pages += 1;
            self.spent.records += u64::from(entry.new);
            if self.spent.pages > 1 {
                self.proof = Proof::Proved;
            }
        }
        self.spent.bytes += entry.bytes;
        self.spent.calls += 1;
        // A token or link that led on was found under its key.
        let by_key = matches!(
            self.profile.strategy,
            Strategy::Token { .. } | Strategy::UrlQuery { .. }
        );
        self.had_key |= by_key && matches!(entry.next, Next::Send { .. });
        self.sent.extend(
            entry
                .sent
                .as_ref()
                .map(|(_, value): &(String, JsonText)| value.clone()),
        );
        self.index.restore_identities(ids, contents, entry.page);
        self.entries.push(entry);
        let limits = self.limits();
        self.limit(limits);
    }
}
