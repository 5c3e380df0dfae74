//! A run over all pages: what each page contributed, and the verdict at the end.
//!
//! The run makes no requests. It takes one page after the other and returns the next call, until
//! there is a verdict. The screen and the commands share it.

use std::time::Duration;

use super::finding::{Finding, Weight};
use super::follow::{Followed, Totals};
use super::ledger::{Entry, Limits, Outcome, Spent, Verdict};
use super::page_scan::PageScan;
use super::profile::{Origin, Profile, Strategy};
use super::record_index::RecordIndex;
use super::step::{Blocker, Next, next};
use crate::domain::call::{Call, JsonText};
use crate::domain::failure::Failure;
use crate::domain::operation::Operation;
use crate::domain::reply::Reply;
use crate::envelope::Envelope;
use crate::envelope::signs::Signs;
use crate::text;

/// At most this many empty pages in a row are skipped where their tokens lead on: each is a billed
/// call.
const MOST_PASSED: u32 = 20;

/// A reply to a call of the run.
#[derive(Debug, Clone, Copy)]
pub struct PageReply<'a> {
    /// The envelope.
    pub envelope: &'a Envelope,
    /// The scan of its records.
    pub scan: &'a PageScan,
    /// Status and times.
    pub reply: &'a Reply,
    /// How long the run has lasted.
    pub elapsed: Duration,
}

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Request the next page with this call.
    Ask(Box<Call>),
    /// The run has ended.
    Ended(Verdict),
}

/// The outcome of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageOutcome {
    /// A page, with for each record whether it is new. None is new on a page that only repeats
    /// earlier ones.
    Page(Vec<bool>),
    /// An empty page although the service states more: it is requested once more.
    Again,
    /// No page but an error, or a truncated reply. Its records must not be written.
    NoPage,
    /// A page that refutes the strategy that led to it. Its records must not be shown or written.
    Refuted,
}

/// The outcome of a reply, and what comes after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepResult {
    /// The outcome.
    pub outcome: PageOutcome,
    /// What comes after.
    pub step: Step,
    /// The profile that this page proved.
    pub proved: Option<Profile>,
}

/// Whether the profile is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// The second page decides.
    Open,
    /// The second page has proved it.
    Proved,
}

/// A run over all pages of a call.
#[derive(Debug, Clone)]
pub struct Run {
    pub(super) profile: Profile,
    pub(super) operation: Option<Operation>,
    pub(super) proof: Proof,
    pub(super) tried: Vec<Profile>,
    /// The page from which a strategy is tried, until the page after it proves that strategy.
    base: Option<(Call, Envelope)>,
    /// Whether a reply of the run had the key that leads to the next page.
    pub(super) had_key: bool,
    /// The call that started the run: parameters set by strategies that were given up are not sent
    /// with another.
    origin: Option<Call>,
    /// Whether a strategy was replaced by another.
    replaced: bool,
    /// Whether the next page would be requested only because nothing states that there is none.
    tentative: bool,
    limits: Limits,
    /// What was spent before the limits were set.
    before: Spent,
    pub(super) entries: Vec<Entry>,
    pub(super) index: RecordIndex,
    /// The values that the paging parameter had.
    pub(super) sent: Vec<JsonText>,
    pub(super) spent: Spent,
    /// Whether the key `count` has stated the size of every page so far.
    pub(super) counts_pages: bool,
    /// Whether the page that is awaited was empty once already.
    again: bool,
    /// The number of empty pages in a row whose token led on.
    passed: u32,
}

impl Run {
    /// Starts a run of an operation that pages as the profile states.
    pub fn new(operation: Option<Operation>, profile: Profile, limits: Limits) -> Run {
        Run {
            profile,
            operation,
            proof: Proof::Open,
            tried: Vec::new(),
            base: None,
            had_key: false,
            origin: None,
            replaced: false,
            tentative: false,
            limits,
            before: Spent::default(),
            entries: Vec::new(),
            index: RecordIndex::default(),
            sent: Vec::new(),
            spent: Spent::default(),
            counts_pages: false,
            again: false,
            passed: 0,
        }
    }

    /// Returns the ledger: one row for each call that returned or should have returned a page.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the number of pages received.
    pub fn pages(&self) -> u64 {
        self.spent.pages
    }

    /// Returns the number of records received, each counted once.
    pub fn records(&self) -> u64 {
        self.spent.records
    }

    /// Returns whether nothing states yet whether there is another page, so that only a request can
    /// decide it.
    pub fn is_tentative(&self) -> bool {
        self.tentative
    }

    /// Returns the profile in force.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Sets limits that count from now on.
    pub fn limit(&mut self, limits: Limits) {
        self.limits = limits;
        self.before = self.spent;
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Adds a finding to the last page.
    pub fn add(&mut self, finding: Finding) {
        if let Some(entry) = self.entries.last_mut() {
            entry.findings.push(finding);
        }
    }

    /// Takes a reply and returns its outcome and the next step.
    pub fn take(&mut self, call: &Call, arrived: PageReply<'_>) -> StepResult {
        let reply = arrived.envelope;
        self.spent.calls += 1;
        self.spent.bytes += reply.document.size() as u64;
        self.spent.time = arrived.elapsed;
        if self.origin.is_none() {
            self.origin = Some(call.clone());
        }
        self.settle(call, reply);
        if let Some(why) = reply.no_page() {
            // The reply may be complete when it is requested again: the records received so far
            // stay.
            let found = Next::stuck(Blocker::NoPage, why.clone());
            self.note(call, arrived, &found, 0, Outcome::NoPage);
            return StepResult {
                outcome: PageOutcome::NoPage,
                step: self.blocked(Blocker::NoPage, why),
                proved: None,
            };
        }
        let records = arrived.scan.records.len();
        let step = next(
            &self.profile,
            self.operation.as_ref(),
            call,
            reply,
            self.past(),
        );
        let moves = matches!(
            self.profile.strategy,
            Strategy::Token { .. } | Strategy::UrlQuery { .. }
        ) && !matches!(step, Next::Stuck { .. });
        let new = self
            .index
            .mark_new(arrived.scan, moves, self.is_open() && !moves);
        let count = new.iter().filter(|new| **new).count();
        let only_repeats = records > 0 && count == 0 && self.spent.pages > 0;
        if only_repeats && self.is_open() {
            let why = self.repeats_words(call);
            self.note(call, arrived, &step, 0, Outcome::Refuted);
            return self.refute(why, Blocker::Repeats);
        }
        let Followed {
            next: found,
            replacement,
        } = self.follow(call, reply, self.spent.records + count as u64);
        let more = matches!(found, Next::Send { .. });
        if records == 0 && more && !self.again {
            self.again = true;
            return StepResult {
                outcome: PageOutcome::Again,
                step: Step::Ask(Box::new(call.clone())),
                proved: None,
            };
        }
        let still_empty = std::mem::take(&mut self.again) && records == 0 && more;
        // A token that is no number leads on behind an empty page: some services filter after they
        // limit the page.
        let is_passed = still_empty
            && matches!(self.profile.strategy, Strategy::Token { .. })
            && !self.profile.numeric
            && self.passed < MOST_PASSED;
        self.passed = if records == 0 {
            self.passed + u32::from(is_passed)
        } else {
            0
        };
        let gave_up = still_empty && !is_passed;
        let replacement = replacement.filter(|_| !gave_up);
        let more = more && replacement.is_none();
        let proved = (self.is_open() && count > 0).then(|| {
            self.proof = Proof::Proved;
            self.base = None;
            self.profile.clone()
        });
        // A profile set by the user is kept as the user's: resetting it must restore the one
        // before.
        let proved = proved.filter(|proved| proved.origin != Origin::User);
        self.had_key |= self.has_key(reply);
        self.tentative = more
            && self.counts()
            && self
                .claim(
                    &Signs::of(reply),
                    reply,
                    &call.params,
                    self.spent.records + count as u64,
                    Totals::Count,
                )
                .is_none();
        self.spent.pages += 1;
        self.spent.records += count as u64;
        self.follow_count(reply);
        self.note(call, arrived, &found, count as u32, Outcome::Page);
        if is_passed {
            self.add(Finding::EmptyPassed);
        }
        self.index.remember(arrived.scan, self.spent.pages as u32);
        if let Some((profile, why)) = replacement {
            self.replace(*profile, why, call, reply);
        } else if self.spent.pages == 1 {
            self.base = Some((call.clone(), reply.clone()));
        }
        let step = match found {
            _ if gave_up => self.blocked(Blocker::NoWayOn, self.empty_again_words()),
            _ if only_repeats => {
                let why = self.repeats_words(call);
                self.blocked(Blocker::Repeats, format!("{why}: records are missing"))
            }
            Next::Stuck { blocker, why } => self.blocked(blocker, why),
            Next::End(evidence) => Step::Ended(self.ended(reply, evidence)),
            Next::Send { param, value } => match self.limits.reached(&self.since_limits()) {
                Some(limit) => Step::Ended(Verdict::Stopped(limit)),
                None => {
                    self.sent.extend(call.params.get(&param).cloned());
                    Step::Ask(Box::new(self.call_for(call, &param, value)))
                }
            },
        };
        let outcome = if only_repeats {
            PageOutcome::Page(Vec::new())
        } else {
            PageOutcome::Page(new)
        };
        StepResult {
            outcome,
            step,
            proved,
        }
    }

    /// Returns the call for the page behind that of another call.
    pub fn call_for(&self, call: &Call, param: &str, value: JsonText) -> Call {
        self.origin
            .as_ref()
            .filter(|_| self.replaced)
            .unwrap_or(call)
            .with(param, value)
    }

    /// Continues with another profile from a page.
    fn replace(&mut self, profile: Profile, why: String, call: &Call, reply: &Envelope) {
        let before = std::mem::replace(&mut self.profile, profile);
        self.tried.push(before);
        self.replaced = true;
        self.proof = Proof::Open;
        self.had_key = self.has_key(reply);
        self.base = Some((call.clone(), reply.clone()));
        self.add(Finding::StrategyChanged(why));
    }

    /// Returns the call that will follow a reply not yet taken, where no content of its records
    /// would change it: the strategy is proved, the page is not empty, no limit is near. It can be
    /// requested while the page is scanned.
    pub fn ahead(&self, call: &Call, reply: &Envelope, elapsed: Duration) -> Option<Call> {
        let records = u64::from(reply.count());
        if self.proof != Proof::Proved || records == 0 {
            return None;
        }
        let Followed {
            next: Next::Send { param, value },
            replacement: None,
        } = self.follow(call, reply, self.spent.records + records)
        else {
            return None;
        };
        let mut spent = self.since_limits();
        spent.pages += 1;
        spent.records += records;
        spent.bytes += reply.document.size() as u64;
        spent.calls += 1;
        spent.time = elapsed;
        self.limits
            .reached(&spent)
            .is_none()
            .then(|| self.call_for(call, &param, value))
    }

    /// Takes the failure of a call: another strategy is tried if this one was never proved and the
    /// service refuses it; otherwise the run ends with the records received so far.
    pub fn failed(&mut self, failure: &Failure) -> Step {
        if self.is_open() && matches!(failure.status, Some(400 | 422)) {
            let param = self.profile.param().unwrap_or_default().to_owned();
            let why = format!("`{param}` was refused: {}", failure.summary);
            let row = why.clone();
            let unclaimed = self.base.as_ref().is_some_and(|(call, reply)| {
                self.claim_on(
                    self.spent.pages,
                    &Signs::of(reply),
                    reply,
                    &call.params,
                    self.spent.records,
                    Totals::Count,
                )
                .is_none()
            });
            let refuted = self.refute(why, Blocker::NoWayOn);
            if matches!(refuted.step, Step::Ask(_)) || unclaimed {
                self.fail_row(&row);
                return refuted.step;
            }
        }
        let page = self.spent.pages + 1;
        let why = format!("page {page} could not be loaded: {}", failure.summary);
        self.fail_row(&why);
        Step::Ended(Verdict::Incomplete(why))
    }

    /// Adds the row of a call that got no reply.
    fn fail_row(&mut self, why: &str) {
        self.entries.push(Entry {
            page: self.spent.pages as u32 + 1,
            outcome: Outcome::NoPage,
            sent: None,
            next: Next::stuck(Blocker::NoPage, why),
            records: 0,
            new: 0,
            first: None,
            last: None,
            bytes: 0,
            took: Duration::ZERO,
            received_at: String::new(),
            findings: vec![Finding::Blocked(Blocker::NoPage, why.to_owned())],
        });
    }

    /// Changes the profile and returns what follows the last page by it.
    pub fn change(&mut self, profile: Profile, call: &Call, reply: &Envelope) -> Next {
        self.profile = profile;
        self.settle(call, reply);
        self.proof = Proof::Open;
        self.tried.clear();
        self.had_key = self.has_key(reply);
        self.base = Some((call.clone(), reply.clone()));
        let Followed {
            next: found,
            replacement,
        } = self.follow(call, reply, self.spent.records);
        if let Some((profile, why)) = replacement {
            self.replace(*profile, why, call, reply);
        }
        if let Some(entry) = self.entries.last_mut() {
            entry
                .findings
                .retain(|finding| finding.weight() != Weight::Missing);
            entry.next = found.clone();
        }
        found
    }

    /// Returns whether the next page would prove or refute the profile.
    fn is_open(&self) -> bool {
        self.proof == Proof::Open && self.spent.pages > 0 && self.profile.param().is_some()
    }

    /// Gives the current strategy up and tries the next candidate, each once.
    fn refute(&mut self, why: String, blocker: Blocker) -> StepResult {
        let refuted = self.profile.clone();
        let base = self.base.take();
        self.tried.push(refuted);
        let other = base.as_ref().and_then(|(call, reply)| {
            let (strategy, found) =
                self.candidate(call, reply, &Signs::of(reply), self.spent.records)?;
            let Next::Send { param, value } = found else {
                return None;
            };
            let origin = self.origin.as_ref().unwrap_or(call);
            Some((strategy, param.clone(), origin.with(&param, value)))
        });
        if let Some((strategy, param, call)) = other {
            self.add(Finding::Refuted(format!(
                "{why}; `{}` is tried instead",
                text::safe(&param)
            )));
            self.profile = *strategy;
            self.replaced = true;
            self.had_key = base.as_ref().is_some_and(|(_, reply)| self.has_key(reply));
            self.base = base;
            return StepResult {
                outcome: PageOutcome::Refuted,
                step: Step::Ask(Box::new(call)),
                proved: None,
            };
        }
        let end = base.as_ref().map_or_else(
            || Next::stuck(Blocker::NoWayOn, why.clone()),
            |(call, reply)| self.refuted_end(call, reply, &why),
        );
        let step = match end {
            Next::End(evidence) => {
                self.add(Finding::Refuted(why));
                Step::Ended(self.conclude(evidence))
            }
            Next::Stuck {
                blocker: end,
                why: words,
            } => {
                self.add(Finding::Blocked(blocker, why));
                Step::Ended(stuck_verdict(end, words))
            }
            Next::Send { .. } => Step::Ended(Verdict::Incomplete(why)),
        };
        StepResult {
            outcome: PageOutcome::Refuted,
            step,
            proved: None,
        }
    }

    fn blocked(&mut self, blocker: Blocker, why: String) -> Step {
        self.add(Finding::Blocked(blocker, why.clone()));
        Step::Ended(stuck_verdict(blocker, why))
    }

    fn since_limits(&self) -> Spent {
        Spent {
            pages: self.spent.pages.saturating_sub(self.before.pages),
            records: self.spent.records.saturating_sub(self.before.records),
            bytes: self.spent.bytes.saturating_sub(self.before.bytes),
            calls: self.spent.calls.saturating_sub(self.before.calls),
            time: self.spent.time,
        }
    }

    /// Adds a row to the ledger.
    fn note(
        &mut self,
        call: &Call,
        arrived: PageReply<'_>,
        found: &Next,
        new: u32,
        outcome: Outcome,
    ) {
        let PageReply {
            envelope,
            scan,
            reply,
            ..
        } = arrived;
        let findings = match outcome {
            Outcome::Page => self.findings(call, envelope, scan, found),
            Outcome::Refuted | Outcome::NoPage => Vec::new(),
        };
        let id = |record: Option<&crate::json::document::NodeId>| {
            record
                .and_then(|record| super::page_scan::known_by(envelope, *record))
                .map(|id| text::safe(&id).into_owned())
        };
        self.entries.push(Entry {
            page: self.spent.pages as u32 + u32::from(outcome != Outcome::Page),
            outcome,
            sent: self
                .profile
                .param()
                .and_then(|param| Some((param.to_owned(), call.params.get(param)?.clone()))),
            next: found.clone(),
            records: scan.records.len() as u32,
            new,
            first: id(scan.records.first()),
            last: id(scan.records.last()),
            bytes: envelope.document.size() as u64,
            took: reply.took,
            received_at: reply.received_at.clone(),
            findings,
        });
    }

    fn repeats_words(&self, call: &Call) -> String {
        let param = self.profile.param().map_or_else(
            || "the strategy for the next page".to_owned(),
            |param| format!("`{param}`"),
        );
        let value = self
            .profile
            .param()
            .and_then(|param| call.params.get(param))
            .map(|value| {
                let value = value.plain();
                format!(" ({})", text::cut_middle(&text::safe(&value), 20))
            });
        let page = self.spent.pages + u64::from(self.is_open());
        format!(
            "page {page} has only records already received, so {param}{} is ignored or leads into a loop",
            value.unwrap_or_default()
        )
    }

    fn empty_again_words(&self) -> String {
        let page = self.spent.pages;
        format!(
            "page {page} is empty though the service says there is more, also when requested again: narrow the request, or try again later"
        )
    }
}

/// Returns the verdict of a run that cannot go on.
pub fn stuck_verdict(blocker: Blocker, why: String) -> Verdict {
    match blocker {
        Blocker::Unproven => Verdict::Unproven(why),
        Blocker::NoPage | Blocker::MissingToken | Blocker::Repeats | Blocker::NoWayOn => {
            Verdict::Incomplete(why)
        }
    }
}
