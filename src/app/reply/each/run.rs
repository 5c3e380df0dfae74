//! The state of a run over many records: what was asked for, what came of each parent, the ledger, the verdict over all of it.

use std::sync::Arc;
use std::time::Duration;

use crate::app::ids::TaskId;
use crate::app::msg::EachPage;
use crate::app::parents::{EachPlan, Parent, ParentEnd, ParentOutcome};
use crate::app::widgets::notice::Notice;
use crate::domain::call::Call;
use crate::domain::reply::Pause;
use crate::paging::{Evidence, Verdict};
use crate::text;

/// A run over many records.
#[derive(Debug, Clone)]
pub struct EachRun {
    /// What was asked for.
    pub plan: Arc<EachPlan>,
    /// The calls of the parents' first pages.
    pub(super) calls: Vec<Call>,
    /// What came of each parent.
    pub status: Vec<ParentStatus>,
    /// The ledger.
    pub rows: Vec<LedgerRow>,
    /// Which records are whose: the place of the first record of each page, and the parent, in order.
    pub(super) spans: Vec<(u64, u64)>,
    /// How many records were received.
    pub records: u64,
    /// How many calls this run has sent.
    pub sent: u64,
    /// How many parents were asked for since it was started or repeated, and how many of them have ended.
    pub(super) asked: (u64, u64),
    /// Whether the user has stopped it, so that its end is waited for.
    pub(super) is_stopping: bool,
    /// Why it waits.
    pub pause: Option<Pause>,
    /// The id of the task, while it runs.
    pub(super) task: Option<TaskId>,
}

/// What came of a parent.
#[derive(Debug, Clone, PartialEq)]
pub enum ParentStatus {
    /// It was not asked for, or its pages are on their way.
    Open,
    /// It has ended.
    Ended(Box<ParentEnd>),
}

impl ParentStatus {
    pub(super) fn end(&self) -> Option<&ParentEnd> {
        match self {
            ParentStatus::Open => None,
            ParentStatus::Ended(end) => Some(end),
        }
    }

    /// Returns whether asking again may help.
    pub(super) fn is_failed(&self) -> bool {
        self.end()
            .is_none_or(|end| end.outcome == ParentOutcome::Failed)
    }
}

/// A row of the ledger: a page of a parent, or why a parent is not complete.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerRow {
    /// The parent's number.
    pub parent: u64,
    /// The page; `None` where none was received.
    pub page: Option<EachPage>,
    /// The place of its first record.
    pub first: u64,
    /// What came of the parent, in the row of its last page.
    pub end: Option<ParentEnd>,
}

impl EachRun {
    pub(super) fn new(plan: EachPlan) -> EachRun {
        let calls = plan.parents.iter().map(|parent| Call {
            params: parent.params.clone(),
            ..plan.call.clone()
        });
        EachRun {
            calls: calls.collect(),
            status: vec![ParentStatus::Open; plan.parents.len()],
            rows: Vec::new(),
            spans: Vec::new(),
            records: 0,
            sent: 0,
            asked: (plan.parents.len() as u64, 0),
            is_stopping: false,
            pause: None,
            task: None,
            plan: Arc::new(plan),
        }
    }

    /// Returns a parent by its number.
    pub fn parent(&self, number: u64) -> Option<&Parent> {
        self.plan.parents.get(number as usize)
    }

    /// Returns the number of the parent of a record, by the record's place.
    pub fn parent_at(&self, place: u64) -> Option<u64> {
        let after = self.spans.partition_point(|(first, _)| *first <= place);
        let (_, parent) = self.spans.get(after.checked_sub(1)?)?;
        Some(*parent)
    }

    /// Returns the parent whose records begin with a record, and how many of them stand together.
    pub fn begins_at(&self, place: u64) -> Option<(u64, u64)> {
        let at = self.spans.binary_search_by_key(&place, |(first, _)| *first);
        let at = at.ok()?;
        let (_, parent) = *self.spans.get(at)?;
        let before = at.checked_sub(1).and_then(|before| self.spans.get(before));
        if before.is_some_and(|(_, own)| *own == parent) {
            return None;
        }
        let rest = self.spans.get(at..).unwrap_or_default();
        let next = rest.iter().find(|(_, own)| *own != parent);
        Some((
            parent,
            next.map_or(self.records, |(first, _)| *first) - place,
        ))
    }

    /// Returns how many parents have ended, and how many there are.
    pub fn done(&self) -> (u64, u64) {
        let all = self.status.len() as u64;
        let (asks, ended) = self.asked;
        ((all + ended).saturating_sub(asks), all)
    }

    /// Returns about how long the rest takes, after a time.
    pub fn left(&self, elapsed: Duration) -> Option<Duration> {
        let (asks, ended) = self.asked;
        let left = asks.saturating_sub(ended);
        (ended > 0).then(|| elapsed.mul_f64(left as f64 / ended as f64))
    }

    /// Returns the verdict over all parents: that of the worst.
    pub(super) fn verdict(&self) -> Verdict {
        let verdict = self.verdict_of_asked();
        match (self.plan.left_out, &verdict) {
            (0, _) | (_, Verdict::Incomplete(_) | Verdict::Stopped(_)) => verdict,
            (left_out, _) => Verdict::Incomplete(format!(
                "{} of {} had no value to ask with",
                text::count(left_out),
                text::plural(self.plan.records, "record")
            )),
        }
    }

    /// Returns of how many parents the service has warned.
    pub fn warned(&self) -> u64 {
        let ends = self.status.iter().filter_map(ParentStatus::end);
        ends.filter(|end| end.warning.is_some()).count() as u64
    }

    pub(super) fn verdict_of_asked(&self) -> Verdict {
        let all = self.status.len() as u64;
        let of_all =
            |count: u64| format!("{} of {}", text::count(count), text::plural(all, "parent"));
        let ends = || self.status.iter().filter_map(ParentStatus::end);
        let failed = || ends().filter(|end| end.outcome == ParentOutcome::Failed);
        let stopped = |end: &&ParentEnd| matches!(end.verdict, Verdict::Stopped(_));
        match (failed().find(|end| !stopped(end)), failed().find(stopped)) {
            (Some(_), _) => {
                let failed = of_all(failed().count() as u64);
                return Verdict::Incomplete(format!("{failed} failed"));
            }
            (None, Some(end)) => {
                let left = of_all(failed().count() as u64);
                let why = end.verdict.reason();
                return Verdict::Stopped(format!("{left} were not asked, {why}"));
            }
            (None, None) => {}
        }
        let rank = |verdict: &Verdict| match verdict {
            Verdict::Incomplete(_) => 4,
            Verdict::Stopped(_) => 3,
            Verdict::Unproven(_) => 2,
            Verdict::Doubtful(_) => 1,
            Verdict::Complete(_) => 0,
        };
        let worst = ends().max_by_key(|end| rank(&end.verdict));
        let Some(worst) = worst.map(|end| &end.verdict) else {
            return Verdict::Incomplete(format!("{} failed", of_all(all)));
        };
        let alike = ends().filter(|end| rank(&end.verdict) == rank(worst));
        let words = format!("{}: {}", of_all(alike.count() as u64), worst.reason());
        match worst {
            Verdict::Complete(_) => Verdict::Complete(Evidence::Each(all)),
            Verdict::Incomplete(_) => Verdict::Incomplete(words),
            Verdict::Stopped(_) => Verdict::Stopped(words),
            Verdict::Doubtful(_) => Verdict::Doubtful(words),
            Verdict::Unproven(_) => Verdict::Unproven(words),
        }
    }

    /// Returns the verdict over a run that the user has stopped, and what is said of it.
    pub(super) fn stopped(&self) -> (Verdict, Notice) {
        let ended = self.status.iter().filter_map(ParentStatus::end);
        let words = format!(
            "by you: {} of {} ended before",
            text::count(ended.count() as u64),
            text::plural(self.status.len() as u64, "parent")
        );
        let notice = Notice::warning(format!(
            "Stopped {words}; {} kept, R asks for the rest",
            text::plural(self.records, "record")
        ));
        (Verdict::Stopped(words), notice)
    }

    pub(super) fn add_page(&mut self, page: EachPage) {
        let first = self.records;
        if page.records > 0 {
            self.spans.push((first, page.parent));
        }
        self.records += page.records;
        self.rows.push(LedgerRow {
            parent: page.parent,
            page: Some(page),
            first,
            end: None,
        });
    }

    pub(super) fn add_end(&mut self, parent: u64, end: ParentEnd) {
        let last = self.rows.iter_mut().rfind(|row| row.parent == parent);
        match last {
            // A call that failed after a page is a row of its own.
            Some(row) if end.outcome != ParentOutcome::Failed => row.end = Some(end.clone()),
            Some(_) | None => self.rows.push(LedgerRow {
                parent,
                page: None,
                first: self.records,
                end: Some(end.clone()),
            }),
        }
        if let Some(status) = self.status.get_mut(parent as usize) {
            *status = ParentStatus::Ended(Box::new(end));
        }
    }

    /// Forgets what was received of the parents that failed. Returns their numbers, and which records stay.
    pub(super) fn begin_again(&mut self) -> (Vec<u64>, Vec<u64>) {
        let numbered = (0..).zip(&self.status);
        let failed: Vec<u64> = numbered
            .filter(|(_, status)| status.is_failed())
            .map(|(number, _)| number)
            .collect();
        let mut kept = Vec::new();
        let (rows, mut spans) = (std::mem::take(&mut self.rows), Vec::new());
        for mut row in rows {
            if failed.binary_search(&row.parent).is_ok() {
                continue;
            }
            let count = row.page.as_ref().map_or(0, |page| page.records);
            let first = kept.len() as u64;
            if count > 0 {
                spans.push((first, row.parent));
            }
            kept.extend(row.first..row.first + count);
            row.first = first;
            self.rows.push(row);
        }
        self.spans = spans;
        self.records = kept.len() as u64;
        for number in &failed {
            if let Some(status) = self.status.get_mut(*number as usize) {
                *status = ParentStatus::Open;
            }
        }
        (self.asked, self.sent, self.pause) = ((failed.len() as u64, 0), 0, None);
        self.is_stopping = false;
        (failed, kept)
    }
}
