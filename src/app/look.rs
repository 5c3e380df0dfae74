//! How a tab of a page is looked at: as a tree, a table, or text, with one cursor.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::page::{Content, Page, Tab};
use super::raw::Raw;
use super::table::Table;
use super::tree::Tree;
use crate::json::document::{Document, Kind, NodeId};
use crate::json::table;

/// How a tab is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Look {
    /// Rows that fold.
    #[default]
    Tree,
    /// A record a row.
    Table,
    /// The body as it came.
    Raw,
}

impl Page {
    /// Returns how a tab is looked at: as text where there is no tree, as a table where there are records.
    pub fn look(&self, tab: Tab) -> Look {
        match (self.looks[tab as usize], self.tree(tab)) {
            (_, None) => Look::Raw,
            (Look::Table, Some(tree)) if !is_list(tree) => Look::Tree,
            (look, Some(_)) => look,
        }
    }

    /// Says whether a tab can be looked at as a table.
    pub fn has_table(&self, tab: Tab) -> bool {
        tab == Tab::Result && self.tree(tab).is_some_and(is_list)
    }

    /// Returns the document and the window of a tab as text; `None` while the body is put aside.
    pub fn text(&self, tab: Tab) -> Option<(&Arc<Document>, &Raw)> {
        match tab {
            Tab::Request => self.request.as_ref().map(|tree| (tree.document(), &self.raw_request)),
            Tab::Result | Tab::Metadata | Tab::Body => self.envelope().map(|envelope| (&envelope.document, &self.raw)),
        }
    }

    /// Returns the same to change the window.
    pub fn text_mut(&mut self, tab: Tab) -> Option<(Arc<Document>, &mut Raw)> {
        let document = self.text(tab).map(|(document, _)| Arc::clone(document))?;
        Some((document, if tab == Tab::Request { &mut self.raw_request } else { &mut self.raw }))
    }

    /// Returns the tree of the result and the table over it.
    pub fn table_mut(&mut self) -> Option<(&mut Tree, &mut Table)> {
        match &mut self.content {
            Content::Here { result: Some(tree), .. } => Some((tree, &mut self.table)),
            Content::Here { result: None, .. } | Content::Away { .. } => None,
        }
    }

    /// Returns the order of the table that is seen, unless it is the body's.
    fn sorted(&self) -> Option<&super::table::Order> {
        let tree = self.tree(Tab::Result).filter(|_| self.look(Tab::Result) == Look::Table)?;
        self.table.order_of(tree)
    }

    /// Returns marked records in the order that is seen.
    pub fn in_order(&self, marks: &BTreeSet<NodeId>) -> Vec<NodeId> {
        match self.sorted() {
            Some(order) => order.records.iter().copied().filter(|record| marks.contains(record)).collect(),
            None => marks.iter().copied().collect(),
        }
    }

    /// Returns the records that are picked out: those that are marked, or those that are kept and in which order;
    /// `None` for all as they came.
    pub fn picked(&self) -> Option<Arc<Vec<NodeId>>> {
        if !self.marks.is_empty() {
            return Some(Arc::new(self.in_order(&self.marks)));
        }
        let sorted = self.sorted();
        let kept = self.tree(Tab::Result).filter(|tree| !tree.is_planted()).and_then(Tree::kept);
        sorted.map(|order| Arc::clone(&order.records)).or_else(|| kept.cloned())
    }

    /// Writes the table as tab-separated values, with the columns that are shown: the records given, or all that
    /// are seen. Returns how many rows there are, too.
    pub fn tsv(&self, records: Option<&[NodeId]>) -> (String, u64) {
        let Some(tree) = self.tree(Tab::Result) else { return (String::new(), 0) };
        let document = tree.document();
        let mut columns: Vec<&str> = self.table.shown().map(|column| column.path.as_str()).collect();
        let first = Table::columns_of(tree);
        if columns.is_empty() {
            columns = first.iter().map(String::as_str).collect();
        }
        let records = match (records, self.picked()) {
            (Some(records), _) => records.to_vec(),
            (None, Some(picked)) => picked.to_vec(),
            (None, None) => document.children(tree.root()).collect(),
        };
        let rows = records.len() as u64;
        (table::tsv(document, records.into_iter(), &columns), rows)
    }

    /// Returns the records between two, in the order that is seen.
    pub fn range(&self, from: NodeId, to: NodeId) -> Vec<NodeId> {
        let Some(tree) = self.tree(Tab::Result) else { return Vec::new() };
        let sorted = self.sorted();
        match (sorted, tree.kept()) {
            (Some(order), _) => {
                let place = |record: NodeId| order.records.iter().position(|own| *own == record).unwrap_or(0);
                let (one, two) = (place(from), place(to));
                order.records[one.min(two)..=one.max(two)].to_vec()
            }
            (None, Some(kept)) => kept.iter().copied().filter(|record| *record >= from.min(to) && *record <= from.max(to)).collect(),
            (None, None) => {
                let document = tree.document();
                let records = std::iter::successors(Some(from.min(to)), |record| document.next_sibling(*record));
                records.take_while(|record| *record <= from.max(to)).collect()
            }
        }
    }

    /// Looks at a tab otherwise; the record and the field stay the same.
    pub fn change_look(&mut self, tab: Tab) {
        let from = self.look(tab);
        let to = match from {
            Look::Tree if self.has_table(tab) => Look::Table,
            Look::Tree | Look::Table => Look::Raw,
            Look::Raw => Look::Tree,
        };
        let Some(cursor) = self.tree(tab).map(Tree::cursor) else { return };
        match to {
            Look::Raw => {
                if let Some((document, raw)) = self.text_mut(tab) {
                    let offset = document.offset_of(cursor);
                    raw.show(&document, offset);
                }
            }
            Look::Tree | Look::Table => {
                let chosen = if from == Look::Raw { self.text(tab).and_then(|(document, raw)| raw.chosen(document)) } else { None };
                if let Some(tree) = self.tree_mut(tab) {
                    // Text outside of what the tree shows has no row there.
                    if !chosen.is_some_and(|chosen| tree.go_to(chosen)) && tree.holds(cursor) {
                        tree.reveal(cursor);
                    }
                }
            }
        }
        self.looks[tab as usize] = to;
    }
}

fn is_list(tree: &Tree) -> bool {
    tree.document().kind(tree.root()) == Kind::Array && tree.document().child_count(tree.root()) > 0
}
