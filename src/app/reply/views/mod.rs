//! How a tab of a page is looked at: as a tree, a table, or text, with one cursor.

pub mod commands;
pub mod pretty;
pub mod table;
pub mod text;
pub mod tree;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::page::{Content, Page, Tab};
use crate::json::document::{Document, Kind, NodeId};
use crate::json::table as records;
use table::Table;
use text::TextView;
use tree::Tree;

/// What a view does, whichever it is: the same keys and clicks move in all of them.
pub trait Viewer {
    /// Moves the cursor by lines.
    fn step(&mut self, lines: i64);

    /// Moves the window by lines.
    fn scroll(&mut self, lines: i64) {
        self.step(lines);
    }

    /// Moves the cursor to an end.
    fn jump(&mut self, end: End);

    /// Moves the cursor or the window to a side; the reason if that does nothing.
    fn sideways(&mut self, side: Side) -> Result<(), &'static str>;

    /// Opens what is under the cursor.
    fn toggle(&mut self) -> Toggled;

    /// Selects the row of the window.
    fn click(&mut self, row: usize);

    /// Keeps the cursor in a window of so many cells.
    fn fit(&mut self, width: usize, height: usize);
}

/// An end of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The first line.
    First,
    /// The last line.
    Last,
}

/// A side of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

impl Side {
    fn sign(self) -> i64 {
        match self {
            Side::Left => -1,
            Side::Right => 1,
        }
    }
}

/// What opening the value under the cursor came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toggled {
    /// It was done.
    Done,
    /// The value is a scalar, which is read in a popup.
    Scalar(NodeId),
}

/// How a tab is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// Rows that fold.
    #[default]
    Tree,
    /// A record a row.
    Table,
    /// The body as text.
    Text,
}

impl Page {
    /// Returns how a tab is looked at: as text where there is no tree, as a table where there are records.
    pub fn view(&self, tab: Tab) -> View {
        match (self.views[tab as usize], self.tree(tab)) {
            (_, None) => View::Text,
            (View::Table, Some(tree)) if !is_list(tree) => View::Tree,
            (view, Some(_)) => view,
        }
    }

    /// Returns whether a tab can be looked at as a table.
    pub fn has_table(&self, tab: Tab) -> bool {
        tab == Tab::Result && self.tree(tab).is_some_and(is_list)
    }

    /// Returns the document and the window of a tab as text; `None` while the body is spilled.
    pub fn text(&self, tab: Tab) -> Option<(&Arc<Document>, &TextView)> {
        match tab {
            Tab::Request => self
                .request
                .as_ref()
                .map(|tree| (tree.document(), &self.request_text_view)),
            Tab::Result | Tab::Metadata => self
                .envelope()
                .map(|envelope| (&envelope.document, &self.text_view)),
            Tab::Body => self
                .envelope()
                .map(|envelope| (&envelope.document, &self.body_text_view)),
        }
    }

    /// Returns the same to change the window.
    pub fn text_mut(&mut self, tab: Tab) -> Option<(Arc<Document>, &mut TextView)> {
        let document = self.text(tab).map(|(document, _)| Arc::clone(document))?;
        Some((
            document,
            match tab {
                Tab::Request => &mut self.request_text_view,
                Tab::Result | Tab::Metadata => &mut self.text_view,
                Tab::Body => &mut self.body_text_view,
            },
        ))
    }

    /// Returns the tree of the result and the table over it.
    pub fn table_mut(&mut self) -> Option<(&mut Tree, &mut Table)> {
        match &mut self.content {
            Content::Loaded {
                result: Some(tree), ..
            } => Some((tree, &mut self.table)),
            Content::Loaded { result: None, .. } | Content::Spilled { .. } => None,
        }
    }

    /// Returns the order of the table that is seen, unless it is the body's.
    fn sorted(&self) -> Option<&table::Order> {
        let tree = self
            .tree(Tab::Result)
            .filter(|_| self.view(Tab::Result) == View::Table)?;
        self.table.order_of(tree)
    }

    /// Returns marked records in the order that is seen.
    pub fn in_order(&self, marks: &BTreeSet<NodeId>) -> Vec<NodeId> {
        match self.sorted() {
            Some(order) => order
                .records
                .iter()
                .copied()
                .filter(|record| marks.contains(record))
                .collect(),
            None => marks.iter().copied().collect(),
        }
    }

    /// Returns the records that are picked out: those that are marked, or those that are kept and in which order;
    /// `None` for all as they came.
    pub fn picked(&self) -> Option<Arc<Vec<NodeId>>> {
        if self.has_marked_records() {
            return Some(Arc::new(self.in_order(&self.marked_records())));
        }
        let sorted = self.sorted();
        let kept = self
            .tree(Tab::Result)
            .filter(|tree| !tree.has_own_root())
            .and_then(Tree::kept);
        sorted
            .map(|order| Arc::clone(&order.records))
            .or_else(|| kept.cloned())
    }

    /// Writes the table as tab-separated values, with all columns but those that are hidden: the records given, or all that
    /// are seen. Returns how many rows there are, too.
    pub fn tsv(&self, records: Option<&[NodeId]>) -> (String, u64) {
        let Some(tree) = self.tree(Tab::Result) else {
            return (String::new(), 0);
        };
        let document = tree.document();
        let shown: Vec<&str> = self
            .table
            .shown()
            .map(|column| column.path.as_str())
            .collect();
        let hidden: Vec<&str> = self
            .table
            .all()
            .filter(|column| column.hidden)
            .map(|column| column.path.as_str())
            .collect();
        let records = match (records, self.picked()) {
            (Some(records), _) => records.to_vec(),
            (None, Some(picked)) => picked.to_vec(),
            (None, None) => document.children(tree.root()).collect(),
        };
        (
            records::tsv(document, &records, &shown, &hidden),
            records.len() as u64,
        )
    }

    /// Returns the records that are seen: all, or those that are kept.
    pub fn shown_records(&self) -> Vec<NodeId> {
        let Some(tree) = self.tree(Tab::Result) else {
            // A page whose body is on the disk.
            return self.scan.records.clone();
        };
        match tree.kept() {
            Some(kept) => kept.to_vec(),
            None => tree.document().children(tree.root()).collect(),
        }
    }

    /// Returns the records between two, in the order that is seen.
    pub fn range(&self, from: NodeId, to: NodeId) -> Vec<NodeId> {
        let Some(tree) = self.tree(Tab::Result) else {
            return Vec::new();
        };
        let sorted = self.sorted();
        match (sorted, tree.kept()) {
            (Some(order), _) => {
                let place = |record: NodeId| {
                    order
                        .records
                        .iter()
                        .position(|own| *own == record)
                        .unwrap_or(0)
                };
                let (one, two) = (place(from), place(to));
                order.records[one.min(two)..=one.max(two)].to_vec()
            }
            (None, Some(kept)) => kept
                .iter()
                .copied()
                .filter(|record| *record >= from.min(to) && *record <= from.max(to))
                .collect(),
            (None, None) => {
                let document = tree.document();
                let records = std::iter::successors(Some(from.min(to)), |record| {
                    document.next_sibling(*record)
                });
                records
                    .take_while(|record| *record <= from.max(to))
                    .collect()
            }
        }
    }

    /// Looks at a tab otherwise; the record and the field stay the same.
    pub fn next_view(&mut self, tab: Tab) {
        let from = self.view(tab);
        let to = match from {
            View::Tree if self.has_table(tab) => View::Table,
            View::Tree | View::Table => View::Text,
            View::Text => View::Tree,
        };
        let Some(cursor) = self.tree(tab).map(Tree::cursor) else {
            return;
        };
        match to {
            View::Text => {
                if let Some((document, raw)) = self.text_mut(tab) {
                    let offset = document.offset_of(cursor);
                    raw.show(&document, offset);
                }
            }
            View::Tree | View::Table => {
                let chosen = if from == View::Text {
                    self.text(tab)
                        .and_then(|(document, raw)| raw.chosen(document))
                } else {
                    None
                };
                if let Some(tree) = self.tree_mut(tab) {
                    // Text outside of what the tree shows has no row there.
                    if !chosen.is_some_and(|chosen| tree.go_to(chosen)) && tree.holds(cursor) {
                        tree.reveal(cursor);
                    }
                }
            }
        }
        self.views[tab as usize] = to;
    }
}

fn is_list(tree: &Tree) -> bool {
    tree.document().kind(tree.root()) == Kind::Array && tree.document().child_count(tree.root()) > 0
}

#[cfg(test)]
mod tests {
    use super::View;
    use crate::app::ids::PageId;
    use crate::app::reply::page::{Page, Tab};
    use crate::app::source::LoadedReply;
    use crate::domain::reply::PageOrigin;
    use crate::domain::reply::Reply;
    use crate::envelope::Envelope;
    use crate::json::document::NodeId;
    use crate::json::feed::Feeder;
    use crate::paging::{Evidence, Next, PageScan};
    use proptest::prelude::*;
    use std::sync::Arc;
    use std::time::Duration;

    fn page(envelope: Envelope) -> Page {
        let reply = Reply {
            status: 200,
            content_type: None,
            bytes: 0,
            took: Duration::ZERO,
            whole: true,
            received_at: String::new(),
        };
        let answered = LoadedReply {
            reply,
            envelope,
            scan: Arc::new(PageScan::default()),
        };
        Page::new(
            PageId(1),
            PageOrigin::Filter,
            answered,
            Next::End(Evidence::EmptyPage),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn the_cursor_stays_on_its_value(
            records in 2usize..30,
            cut in 0.3f64..1.0,
            place in any::<prop::sample::Index>(),
            deeds in prop::collection::vec(0u8..8, 1..14),
            height in 1usize..12,
            width in 4usize..90,
        ) {
            let list: Vec<String> =
                (0..records).map(|id| format!(r#"{{"id":{id},"user":{{"name":"n{id}","tags":["a",{{"deep":[{id}]}}]}},"none":null}}"#)).collect();
            let text = format!(r#"{{"status":"success","result":[{}],"connector_metadata":{{"next":"x"}}}}"#, list.join(", "));
            let first = 30 + ((text.len() - 30) as f64 * cut) as usize;
            let mut feeder = Feeder::one_value();
            feeder.feed(&text.as_bytes()[..first]);
            let mut page = page(Envelope::read(Arc::new(feeder.snapshot())));
            feeder.feed(&text.as_bytes()[first..]);
            let mut rest = Some(feeder);
            let node = {
                let tree = page.tree_mut(Tab::Result).unwrap();
                let document = Arc::clone(tree.document());
                let inside: Vec<NodeId> = (0..document.len()).filter_map(|number| document.nth(number)).filter(|node| tree.holds(*node)).collect();
                prop_assume!(!inside.is_empty());
                let node = inside[place.index(inside.len())];
                tree.go_to(node);
                node
            };
            for deed in deeds {
                let tree = page.tree_mut(Tab::Result).unwrap();
                match deed {
                    // All views in turn, each measured.
                    0..=2 => {
                        for _ in 0..3 {
                            page.next_view(Tab::Result);
                            match page.view(Tab::Result) {
                                View::Tree => page.tree_mut(Tab::Result).unwrap().fit(height),
                                View::Table => {
                                    let (tree, table) = page.table_mut().unwrap();
                                    table.fit(tree, height, width);
                                }
                                View::Text => {
                                    let (document, raw) = page.text_mut(Tab::Result).unwrap();
                                    raw.fit(&document, height, width);
                                }
                            }
                        }
                    }
                    3 => {
                        tree.fold_to(0);
                        tree.go_to(node);
                    }
                    4 => tree.fold_to(u32::MAX),
                    // A filter that keeps the record, and all records again.
                    5 => {
                        let record = tree.outermost(node);
                        tree.keep(Some(Arc::new(vec![record])));
                    }
                    6 => tree.keep(None),
                    _ => {
                        if let Some(feeder) = rest.take() {
                            page.grow(Envelope::read(Arc::new(feeder.finish())));
                        }
                    }
                }
                prop_assert_eq!(page.tree(Tab::Result).unwrap().cursor(), node, "after {}", deed);
            }
        }
    }
}
