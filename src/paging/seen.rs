//! What the pages so far held: which records, which fields, in which order. A new page is held
//! against it.

use std::collections::{BTreeSet, HashMap};

use super::finding::Finding;
use super::survey::{Order, OrderKey, Survey, id_of};
use crate::envelope::Envelope;

/// So many ids of repeated records are kept.
const MOST_IDS: usize = 8;
/// A first page shows an order only if it has so many records.
const FEWEST_SORTED: usize = 3;

/// What the pages so far held.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// What tells each record from others, and the first page that brought it.
    marks: HashMap<u64, u32>,
    /// The marks of the page before, in order.
    last: Vec<u64>,
    /// Whether ids have failed to tell records apart.
    by_content: bool,
    /// The fields that every record had, and that any had.
    always: BTreeSet<String>,
    ever: BTreeSet<String>,
    /// The fields that the pages are sorted by so far: name, whether rising, the last value.
    orders: Vec<(String, bool, OrderKey)>,
    stated: Option<u64>,
    pages: u32,
}

impl Seen {
    /// Returns what tells the records of a page from others.
    pub(super) fn marks_of<'a>(&self, survey: &'a Survey) -> &'a [u64] {
        survey.marks(self.by_content)
    }

    /// Says of each record whether it is new. Two records of one page that look alike are two.
    pub(super) fn sort_out(&mut self, survey: &Survey) -> Vec<bool> {
        self.by_content |= survey.ids_fail;
        survey.marks(self.by_content).iter().map(|mark| !self.marks.contains_key(mark)).collect()
    }

    /// Holds a page against those before it.
    pub(super) fn compare(&mut self, reply: &Envelope, survey: &Survey, stated: Option<u64>) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.pages > 0 {
            findings.extend(self.repeats(reply, survey));
            findings.extend(self.fields(survey));
            findings.extend(self.order(survey));
            if let (Some(before), Some(now)) = (self.stated, stated)
                && before != now
            {
                findings.push(Finding::TotalMoved { before, now });
            }
        }
        self.stated = stated.or(self.stated);
        findings
    }

    /// Takes a page in.
    pub(super) fn remember(&mut self, survey: &Survey, page: u32) {
        let marks = survey.marks(self.by_content);
        self.take_back(marks, page);
        if survey.records.is_empty() {
            return;
        }
        if self.pages == 0 {
            self.always.clone_from(&survey.always);
            let sorted = survey.orders.iter().filter(|order| survey.records.len() >= FEWEST_SORTED && order.rises != order.falls);
            self.orders = sorted.map(|order| (order.field.clone(), order.rises, order.last.clone())).collect();
        } else {
            self.always = self.always.intersection(&survey.always).cloned().collect();
        }
        self.ever.extend(survey.ever.iter().cloned());
        self.pages += 1;
    }

    /// Takes in only which records a page had, as after an interruption.
    pub(super) fn take_back(&mut self, marks: &[u64], page: u32) {
        for mark in marks {
            self.marks.entry(*mark).or_insert(page);
        }
        self.last = marks.to_vec();
    }

    /// Forgets the records of a page that is asked for again.
    pub(super) fn forget(&mut self, page: u32) {
        self.marks.retain(|_, first| *first != page);
        self.last.clear();
    }

    /// Finds records that came before: all at the front, and just those that the last page ended with,
    /// mean that the list moved on by so many.
    fn repeats(&self, reply: &Envelope, survey: &Survey) -> Option<Finding> {
        let marks = survey.marks(self.by_content);
        let repeated: Vec<usize> = (0..marks.len()).filter(|at| self.marks.contains_key(&marks[*at])).collect();
        let first = *repeated.first()?;
        let by = repeated.len();
        if by < marks.len() && first == 0 && repeated[by - 1] == by - 1 && self.last.ends_with(&marks[..by]) && self.last.len() > by {
            return Some(Finding::Moved { by: by as u32 });
        }
        let ids = repeated.iter().take(MOST_IDS).filter_map(|at| id_of(reply, survey.records[*at])).collect();
        let page = repeated.iter().filter_map(|at| self.marks.get(&marks[*at])).min().copied().unwrap_or(1);
        Some(Finding::SeenBefore { count: by as u32, ids, page })
    }

    fn fields(&self, survey: &Survey) -> Vec<Finding> {
        if survey.records.is_empty() {
            return Vec::new();
        }
        let appeared: Vec<String> = survey.always.difference(&self.ever).cloned().collect();
        let vanished: Vec<String> = self.always.difference(&survey.ever).cloned().collect();
        let some = |names: Vec<String>, finding: fn(Vec<String>) -> Finding| (!names.is_empty()).then(|| finding(names));
        [some(appeared, Finding::FieldsAppeared), some(vanished, Finding::FieldsVanished)].into_iter().flatten().collect()
    }

    /// Follows the fields that the pages are sorted by. When the last one breaks, the order is broken.
    fn order(&mut self, survey: &Survey) -> Option<Finding> {
        if survey.records.is_empty() {
            return None;
        }
        let mut broken = None;
        self.orders.retain_mut(|(field, rises, last)| {
            let Some(order) = survey.orders.iter().find(|order| order.field == *field) else { return false };
            let holds = goes_on(order, *rises, last);
            *last = order.last.clone();
            if !holds {
                broken.get_or_insert(field.clone());
            }
            holds
        });
        let field = broken.filter(|_| self.orders.is_empty())?;
        Some(Finding::OrderBroken { field })
    }
}

/// Says whether a page goes on in the order that the pages before it had.
fn goes_on(order: &Order, rises: bool, last: &OrderKey) -> bool {
    if rises { order.rises && *last <= order.first } else { order.falls && *last >= order.first }
}
