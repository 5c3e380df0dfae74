//! What the pages so far held: which records, which fields, in which order. A new page is held
//! against it.

use std::collections::{BTreeSet, HashMap};

use super::finding::Finding;
use super::page_scan::{Order, OrderKey, PageScan, id_of};
use crate::envelope::Envelope;

/// So many ids of repeated records are kept.
const MOST_IDS: usize = 8;
/// So many pages in a row may hold the same ids in the same order, each with other content: rows may bear the id of what they are
/// about, but a service that ignores a token and writes the time into its answer looks alike.
const MOST_ALIKE: u32 = 50;
/// So many records are enough to tell a page by their names.
const FEWEST_NAMED: usize = 3;
/// A first page shows an order only if it has so many records.
const FEWEST_SORTED: usize = 3;

/// What the pages so far held.
#[derive(Debug, Clone, Default)]
pub(super) struct RecordIndex {
    /// The ids of all records, and the first page that brought each.
    ids: HashMap<u64, u32>,
    /// What all records hold, and the first page that brought it.
    contents: HashMap<u64, u32>,
    /// The marks of the page before, in order: ids, and what the records hold.
    last: (Vec<u64>, Vec<u64>),
    /// What the records of the page before are known by that have no id.
    names: Vec<u64>,
    /// How many pages in a row had the same ids in the same order.
    alike: u32,
    /// Whether ids have failed to tell records apart.
    by_content: bool,
    /// The fields that every record had, and that any had.
    always: BTreeSet<String>,
    ever: BTreeSet<String>,
    /// The fields that the pages are sorted by so far: name, whether rising, the last value.
    orders: Vec<(String, bool, OrderKey)>,
    stated: Option<u64>,
    stated_pages: Option<u64>,
    pages: u32,
}

impl RecordIndex {
    /// Says of each record whether it is new. Two records of one page that look alike are two.
    ///
    /// Where all ids of a page came before and none of what its records hold, the ids are not what tells
    /// records apart: daily rows may bear the id of what they are about. Only a token that `moves` on makes
    /// that believable: a service that answers page one again may well write another time into it.
    /// On the page that `proves` a way, records without an id that have the names of those before them, one by one, are no news:
    /// what differs may be a time.
    pub(super) fn sort_out(&mut self, scan: &PageScan, moves: bool, proves: bool) -> Vec<bool> {
        if self.is_alike(scan) && self.alike >= MOST_ALIKE || proves && self.has_same_names(scan) {
            return vec![false; scan.records.len()];
        }
        let all_ids = scan.identities.iter().all(|id| self.ids.contains_key(id));
        let no_content = !scan
            .contents
            .iter()
            .any(|content| self.contents.contains_key(content));
        self.by_content |=
            scan.ids_fail || moves && !scan.records.is_empty() && all_ids && no_content;
        let known = self.known();
        scan.marks(self.by_content)
            .iter()
            .map(|mark| !known.contains_key(mark))
            .collect()
    }

    fn is_alike(&self, scan: &PageScan) -> bool {
        !scan.records.is_empty()
            && scan.has_id.iter().all(|has| *has)
            && scan.identities == self.last.0
    }

    fn has_same_names(&self, scan: &PageScan) -> bool {
        let all: std::collections::HashSet<u64> = scan
            .names
            .iter()
            .copied()
            .filter(|name| *name != 0)
            .collect();
        let are_names = scan.names.len() == scan.records.len() && all.len() == scan.names.len();
        // One of the two may be shorter.
        let both = scan.names.len().min(self.names.len());
        are_names && both >= FEWEST_NAMED && scan.names[..both] == self.names[..both]
    }

    /// Returns what tells records apart, and the first page that brought each.
    fn known(&self) -> &HashMap<u64, u32> {
        if self.by_content {
            &self.contents
        } else {
            &self.ids
        }
    }

    /// Holds a page against those before it.
    pub(super) fn compare(
        &mut self,
        reply: &Envelope,
        scan: &PageScan,
        (stated, pages): (Option<u64>, Option<u64>),
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (equal, are_same) = scan.equal_ids();
        if !equal.is_empty() {
            let ids = equal
                .iter()
                .take(MOST_IDS)
                .filter_map(|at| id_of(reply, scan.records[*at]))
                .collect();
            findings.push(Finding::EqualIds {
                count: equal.len() as u32,
                ids,
                are_same,
            });
        }
        // What came before an interruption tells which records came, but not which fields they had.
        if !self.ids.is_empty() {
            findings.extend(self.repeats(reply, scan));
        }
        if self.pages > 0 {
            findings.extend(self.fields(scan));
            findings.extend(self.order(scan));
        }
        if let (Some(before), Some(now)) = (self.stated, stated)
            && before != now
        {
            findings.push(Finding::TotalMoved { before, now });
        }
        if let (Some(before), Some(now)) = (self.stated_pages, pages)
            && before != now
        {
            findings.push(Finding::PagesMoved { before, now });
        }
        self.stated_pages = pages.or(self.stated_pages);
        self.stated = stated.or(self.stated);
        findings
    }

    /// Takes a page in.
    pub(super) fn remember(&mut self, scan: &PageScan, page: u32) {
        self.alike = if self.is_alike(scan) {
            self.alike + 1
        } else {
            0
        };
        self.names.clone_from(&scan.names);
        self.take_back(&scan.identities, &scan.contents, page);
        if scan.records.is_empty() {
            return;
        }
        if self.pages == 0 {
            self.always.clone_from(&scan.always);
            let sorted = scan
                .orders
                .iter()
                .filter(|order| scan.records.len() >= FEWEST_SORTED && order.rises != order.falls);
            self.orders = sorted
                .map(|order| (order.field.clone(), order.rises, order.last.clone()))
                .collect();
        } else {
            self.always = self.always.intersection(&scan.always).cloned().collect();
        }
        self.ever.extend(scan.ever.iter().cloned());
        self.pages += 1;
    }

    /// Takes in only which records a page had, as after an interruption.
    pub(super) fn take_back(&mut self, ids: &[u64], contents: &[u64], page: u32) {
        for (marks, known) in [(ids, &mut self.ids), (contents, &mut self.contents)] {
            for mark in marks {
                known.entry(*mark).or_insert(page);
            }
        }
        self.last = (ids.to_vec(), contents.to_vec());
    }

    /// Returns the total that the last page stated.
    pub(super) fn stated(&self) -> Option<u64> {
        self.stated
    }

    /// Takes over the total that the last page before an interruption stated.
    pub(super) fn restore_stated(&mut self, stated: Option<u64>) {
        self.stated = stated;
    }

    /// Returns whether ids have failed to tell records apart.
    pub(super) fn is_by_content(&self) -> bool {
        self.by_content
    }

    /// Takes over whether ids have failed before an interruption.
    pub(super) fn by_content(&mut self, by_content: bool) {
        self.by_content |= by_content;
    }

    /// Forgets the records of a page that is asked for again, and the order that it ended in.
    pub(super) fn forget(&mut self, page: u32) {
        for known in [&mut self.ids, &mut self.contents] {
            known.retain(|_, first| *first != page);
        }
        self.last = (Vec::new(), Vec::new());
        self.orders.clear();
        self.pages = self.pages.saturating_sub(1);
    }

    /// Finds records that came before: all at the front, and just those that the last page ended with,
    /// mean that the list moved on by so many.
    ///
    /// Records without an id that hold the same may be two: one alone, as at the border of a page, is no sign of anything.
    fn repeats(&self, reply: &Envelope, scan: &PageScan) -> Option<Finding> {
        let (marks, known) = (scan.marks(self.by_content), self.known());
        let last = if self.by_content {
            &self.last.1
        } else {
            &self.last.0
        };
        let repeated: Vec<usize> = (0..marks.len())
            .filter(|at| known.contains_key(&marks[*at]))
            .collect();
        if !repeated.is_empty()
            && repeated.iter().all(|at| !scan.has_id[*at])
            && (repeated.len() == 1 || repeated.len() < marks.len() / 2)
        {
            return Some(Finding::Alike {
                count: repeated.len() as u32,
            });
        }
        let first = *repeated.first()?;
        let by = repeated.len();
        if by < marks.len()
            && first == 0
            && repeated[by - 1] == by - 1
            && last.ends_with(&marks[..by])
            && last.len() > by
        {
            return Some(Finding::Moved { by: by as u32 });
        }
        let ids = repeated
            .iter()
            .take(MOST_IDS)
            .filter_map(|at| id_of(reply, scan.records[*at]))
            .collect();
        let page = repeated
            .iter()
            .filter_map(|at| known.get(&marks[*at]))
            .min()
            .copied()
            .unwrap_or(1);
        Some(Finding::SeenBefore {
            count: by as u32,
            ids,
            page,
        })
    }

    fn fields(&self, scan: &PageScan) -> Vec<Finding> {
        if scan.records.is_empty() {
            return Vec::new();
        }
        let appeared: Vec<String> = scan.always.difference(&self.ever).cloned().collect();
        let vanished: Vec<String> = self.always.difference(&scan.ever).cloned().collect();
        let some = |names: Vec<String>, finding: fn(Vec<String>) -> Finding| {
            (!names.is_empty()).then(|| finding(names))
        };
        [
            some(appeared, Finding::FieldsAppeared),
            some(vanished, Finding::FieldsVanished),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Follows the fields that the pages are sorted by. When the last one breaks, the order is broken.
    fn order(&mut self, scan: &PageScan) -> Option<Finding> {
        if scan.records.is_empty() {
            return None;
        }
        let mut broken = None;
        self.orders.retain_mut(|(field, rises, last)| {
            let Some(order) = scan.orders.iter().find(|order| order.field == *field) else {
                return false;
            };
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

/// Returns whether a page goes on in the order that the pages before it had.
fn goes_on(order: &Order, rises: bool, last: &OrderKey) -> bool {
    if rises {
        order.rises && *last <= order.first
    } else {
        order.falls && *last >= order.first
    }
}
