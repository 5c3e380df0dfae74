//! An index of the pages so far: their records, fields and order. Each new page is compared with
//! it.

use std::collections::{BTreeSet, HashMap};

use super::finding::Finding;
use super::page_scan::{Order, OrderKey, PageScan, id_of};
use crate::envelope::Envelope;

/// At most this many ids of repeated records are kept.
const MOST_IDS: usize = 8;
/// At most this many pages in a row may have the same ids in the same order, each with other
/// content: rows may carry the id of what they describe, but a service that ignores a token and
/// writes the time into its reply looks the same.
const MOST_ALIKE: u32 = 50;
/// The smallest number of records that identifies a page by their names.
const FEWEST_NAMED: usize = 3;
/// The smallest number of records on a first page that shows an order.
const FEWEST_SORTED: usize = 3;

/// An index of the pages so far.
#[derive(Debug, Clone, Default)]
pub(super) struct RecordIndex {
    /// The ids of all records, and the first page that has each.
    ids: HashMap<u64, u32>,
    /// The contents of all records, and the first page that has each.
    contents: HashMap<u64, u32>,
    /// The ids and the contents of the previous page, in order.
    last: (Vec<u64>, Vec<u64>),
    /// The names of the records without an id of the previous page.
    names: Vec<u64>,
    /// The number of pages in a row with the same ids in the same order.
    alike: u32,
    /// Whether ids have failed to identify records.
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
    /// Returns for each record whether it is new. Two equal records of one page count as two.
    ///
    /// Where all ids of a page are known and none of its contents is, ids do not identify records:
    /// daily rows may carry the id of what they describe. Only a token that `moves` on makes that
    /// credible: a service that answers page one again may well write another time into it.
    ///
    /// On the page that `proves` a strategy, records without an id that have the names of the
    /// previous ones, one by one, are not new: the difference may be a time.
    pub(super) fn mark_new(&mut self, scan: &PageScan, moves: bool, proves: bool) -> Vec<bool> {
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

    /// Returns the known identities, and the first page that has each.
    fn known(&self) -> &HashMap<u64, u32> {
        if self.by_content {
            &self.contents
        } else {
            &self.ids
        }
    }

    /// Compares a page with those before it.
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
        // An interruption keeps the identities of records, but not their fields.
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

    /// Adds a page.
    pub(super) fn remember(&mut self, scan: &PageScan, page: u32) {
        self.alike = if self.is_alike(scan) {
            self.alike + 1
        } else {
            0
        };
        self.names.clone_from(&scan.names);
        self.restore_identities(&scan.identities, &scan.contents, page);
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

    /// Adds only the identities of a page's records, as after an interruption.
    pub(super) fn restore_identities(&mut self, ids: &[u64], contents: &[u64], page: u32) {
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

    /// Restores the total that the last page before an interruption stated.
    pub(super) fn restore_stated(&mut self, stated: Option<u64>) {
        self.stated = stated;
    }

    /// Returns whether ids have failed to identify records.
    pub(super) fn is_by_content(&self) -> bool {
        self.by_content
    }

    /// Restores whether ids failed before an interruption.
    pub(super) fn by_content(&mut self, by_content: bool) {
        self.by_content |= by_content;
    }

    /// Removes the records of a page that is requested again, and the order that it ended in.
    pub(super) fn forget(&mut self, page: u32) {
        for known in [&mut self.ids, &mut self.contents] {
            known.retain(|_, first| *first != page);
        }
        self.last = (Vec::new(), Vec::new());
        self.orders.clear();
        self.pages = self.pages.saturating_sub(1);
    }

    /// Finds records of earlier pages. If all are at the front and equal the end of the previous
    /// page, the list shifted by that many.
    ///
    /// Records without an id that have the same content may be two: a single one, as at the border
    /// of a page, is no sign.
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

    /// Tracks the fields that the pages are sorted by. When none is left, the order is broken.
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

/// Returns whether a page continues the order of the pages before it.
fn goes_on(order: &Order, rises: bool, last: &OrderKey) -> bool {
    if rises {
        order.rises && *last <= order.first
    } else {
        order.falls && *last >= order.first
    }
}
