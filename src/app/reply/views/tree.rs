//! A document as a tree: the cursor, the window, the folds.
//!
//! The window is a value, not a line number: nothing here counts the lines of a document.

use std::ops::Range;
use std::sync::Arc;

use super::{End, Side, Toggled, Viewer};
use crate::json::document::{Document, Kind, NodeId};
use crate::json::fold::Folds;
use crate::json::{path, rows};

/// A tree and what of it is seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    document: Arc<Document>,
    folds: Folds,
    cursor: NodeId,
    top: NodeId,
    /// What was shown before a value was made the root, outermost first: its folds and its cursor.
    before: Vec<(Folds, NodeId)>,
}

/// What of a tree is seen, without its document.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeState {
    folds: Folds,
    cursor: NodeId,
    top: NodeId,
    before: Vec<(Folds, NodeId)>,
}

impl TreeState {
    /// Shows the same of the same document again.
    pub fn of(self, document: Arc<Document>) -> Tree {
        let TreeState {
            folds,
            cursor,
            top,
            before,
        } = self;
        Tree {
            document,
            folds,
            cursor,
            top,
            before,
        }
    }
}

impl Tree {
    /// Lets the document go and keeps what of it is seen.
    pub fn into_state(self) -> TreeState {
        TreeState {
            folds: self.folds,
            cursor: self.cursor,
            top: self.top,
            before: self.before,
        }
    }

    /// Returns the children of the root that are shown, unless all are.
    pub fn kept(&self) -> Option<&Arc<Vec<NodeId>>> {
        self.folds.kept()
    }

    /// Shows only some of the root's children, which must be sorted; or all of them.
    pub fn keep(&mut self, kept: Option<Arc<Vec<NodeId>>>) {
        if kept.is_none() {
            self.before
                .iter_mut()
                .for_each(|(folds, _)| folds.keep(None));
        }
        self.folds.keep(kept);
        self.cursor = self.folds.visible(&self.document, self.cursor);
        self.top = self.folds.visible(&self.document, self.top);
    }

    /// Shows the same of a document that has grown, and whose records may turn out to stand elsewhere.
    pub fn grow(&mut self, document: Arc<Document>, root: NodeId) {
        self.document = document;
        match self.before.first_mut() {
            Some((folds, _)) if folds.root() != root => folds.set_root(root),
            None if self.folds.root() != root => self.folds.set_root(root),
            Some(_) | None => {}
        }
        // A container that was empty was its own only row.
        if self.cursor == self.root() || !self.holds(self.cursor) {
            self.to_first();
        }
        self.cursor = self.folds.visible(&self.document, self.cursor);
        self.top = self.folds.visible(&self.document, self.top);
    }

    /// Returns the root that is shown when no value was made the root.
    pub fn base_root(&self) -> NodeId {
        self.before
            .first()
            .map_or(self.root(), |(folds, _)| folds.root())
    }

    /// Makes the selected container the root. Returns whether it is one.
    pub fn set_root(&mut self) -> bool {
        if !self.is_container() {
            return false;
        }
        let folds = std::mem::replace(&mut self.folds, Folds::new(self.cursor, 0));
        self.before.push((folds, self.cursor));
        self.to_first();
        self.top = self.cursor;
        true
    }

    /// Goes back to what was shown before a value was made the root. Returns whether there was anything.
    pub fn restore_root(&mut self) -> bool {
        let Some((folds, cursor)) = self.before.pop() else {
            return false;
        };
        self.folds = folds;
        self.cursor = self.folds.visible(&self.document, cursor);
        self.top = self.cursor;
        true
    }

    /// Returns whether a value was made the root.
    pub fn has_own_root(&self) -> bool {
        !self.before.is_empty()
    }

    /// Goes to a value wherever it stands: what was made the root gives way.
    pub fn go_to(&mut self, node: NodeId) -> bool {
        while !self.holds(node) && self.restore_root() {}
        if !self.holds(node) {
            return false;
        }
        if self
            .kept()
            .is_some_and(|kept| kept.binary_search(&self.outermost(node)).is_err())
        {
            self.keep(None);
        }
        self.reveal(node);
        true
    }

    /// Returns the row below another; `None` at the end.
    pub fn row_after(&self, node: NodeId) -> Option<NodeId> {
        self.folds.next(&self.document, node)
    }

    /// Returns the row above another; `None` at the top.
    pub fn row_before(&self, node: NodeId) -> Option<NodeId> {
        self.folds.previous(&self.document, node)
    }

    /// Returns the first row.
    pub fn first_row(&self) -> NodeId {
        self.folds.first(&self.document)
    }

    /// Returns the last row.
    pub fn last_row(&self) -> NodeId {
        self.folds.last(&self.document)
    }

    /// Returns the row that a value is on.
    pub fn row_of(&self, node: NodeId) -> NodeId {
        self.folds.visible(&self.document, node)
    }

    /// Selects a row.
    pub fn select(&mut self, node: NodeId) {
        self.cursor = node;
    }

    /// Lays one row out.
    pub fn row(&self, node: NodeId, columns: usize) -> rows::Row {
        rows::row(&self.document, &self.folds, node, columns)
    }

    /// Shows what is inside of a value, open down to a depth.
    pub fn new(document: Arc<Document>, root: NodeId, depth: u32) -> Tree {
        let folds = Folds::new(root, depth);
        let first = folds.first(&document);
        Tree {
            document,
            folds,
            cursor: first,
            top: first,
            before: Vec::new(),
        }
    }

    /// Returns the document.
    pub fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// Returns the value whose inside is shown.
    pub fn root(&self) -> NodeId {
        self.folds.root()
    }

    /// Returns whether a value is inside of what is shown.
    pub fn holds(&self, node: NodeId) -> bool {
        self.folds.holds(&self.document, node)
    }

    /// Returns the selected value.
    pub fn cursor(&self) -> NodeId {
        self.cursor
    }

    /// Returns the value around another that stands directly inside of what is shown, such as its record.
    pub fn outermost(&self, node: NodeId) -> NodeId {
        let mut at = node;
        while let Some(parent) = self
            .document
            .parent(at)
            .filter(|parent| *parent != self.root() && at != self.root())
        {
            at = parent;
        }
        at
    }

    /// Returns the record that a value belongs to: where there is no list, the whole is one.
    pub fn record_of(&self, node: NodeId) -> NodeId {
        let root = self.base_root();
        if self.document.kind(root) != Kind::Array {
            return root;
        }
        let mut at = node;
        while let Some(parent) = self.document.parent(at).filter(|_| at != root) {
            if parent == root {
                return at;
            }
            at = parent;
        }
        root
    }

    /// Returns the path of the selected value.
    pub fn path(&self) -> String {
        path::path(&self.document, self.cursor)
    }

    /// Returns about which part of the whole a window of a height shows, by the places of its first and last value.
    pub fn part_seen(&self, height: usize) -> Range<f64> {
        let place = |node: NodeId| node.number() as f64 / self.document.len().max(1) as f64;
        let mut end = Some(self.top);
        for _ in 0..height {
            end = end.and_then(|node| self.row_after(node));
        }
        let begin = if self.top == self.first_row() {
            0.0
        } else {
            place(self.top)
        };
        begin..end.map_or(1.0, place)
    }

    /// Lays out the rows that are seen.
    pub fn rows(&self, height: usize, columns: usize) -> Vec<rows::Row> {
        let mut rows = Vec::with_capacity(height);
        let mut at = Some(self.top);
        while let Some(node) = at.filter(|_| rows.len() < height) {
            rows.push(rows::row(&self.document, &self.folds, node, columns));
            at = self.folds.next(&self.document, node);
        }
        rows
    }

    /// Moves by some rows.
    pub fn step(&mut self, rows: i64) {
        self.cursor = self.folds.step(&self.document, self.cursor, rows);
    }

    /// Moves to the first row.
    pub fn to_first(&mut self) {
        self.cursor = self.folds.first(&self.document);
    }

    /// Moves to the last row.
    pub fn to_last(&mut self) {
        self.cursor = self.folds.last(&self.document);
    }

    /// Selects the row that is so many below the first one seen.
    pub fn click(&mut self, row: usize) {
        self.cursor = self.folds.step(&self.document, self.top, row as i64);
    }

    /// Moves the window by some rows and takes the cursor along.
    pub fn scroll(&mut self, rows: i64) {
        let top = self.folds.step(&self.document, self.top, rows);
        if top != self.top {
            self.top = top;
            self.step(rows);
        }
    }

    /// Returns whether the selected value can be folded.
    pub fn is_container(&self) -> bool {
        self.cursor != self.root() && self.document.child_count(self.cursor) > 0
    }

    /// Opens what is closed and closes what is open.
    pub fn toggle(&mut self) {
        if self.is_container() {
            if self.folds.is_open(&self.document, self.cursor) {
                self.folds.close(&self.document, self.cursor);
            } else {
                self.folds.open(&self.document, self.cursor);
            }
        }
    }

    /// Closes the value, or goes to the one around it.
    pub fn fold(&mut self) {
        if self.is_container() && self.folds.is_open(&self.document, self.cursor) {
            self.folds.close(&self.document, self.cursor);
        } else {
            self.to_parent();
        }
    }

    /// Opens the value, or goes into it.
    pub fn unfold(&mut self) {
        if !self.is_container() {
            return;
        }
        if self.folds.is_open(&self.document, self.cursor) {
            self.step(1);
        } else {
            self.folds.open(&self.document, self.cursor);
        }
    }

    /// Goes to the value around this one.
    pub fn to_parent(&mut self) {
        if let Some(parent) = self
            .document
            .parent(self.cursor)
            .filter(|parent| *parent != self.root())
        {
            self.cursor = parent;
        }
    }

    /// Goes to the value beside this one. Returns whether there is one.
    pub fn to_next_sibling(&mut self) -> bool {
        let next = (self.cursor != self.root())
            .then(|| self.document.next_sibling(self.cursor))
            .flatten();
        self.cursor = next.unwrap_or(self.cursor);
        next.is_some()
    }

    /// Goes to the value beside and before this one. Returns whether there is one.
    pub fn to_previous_sibling(&mut self) -> bool {
        let index = self.document.index_in_parent(self.cursor);
        let parent = self
            .document
            .parent(self.cursor)
            .filter(|_| self.cursor != self.root());
        let previous = parent
            .zip(index.checked_sub(1))
            .and_then(|(parent, index)| self.document.child_at(parent, index));
        self.cursor = previous.unwrap_or(self.cursor);
        previous.is_some()
    }

    /// Opens everything down to a depth; the cursor stays on what is still seen.
    pub fn fold_to(&mut self, depth: u32) {
        self.folds.fold_to(depth);
        self.cursor = self.folds.visible(&self.document, self.cursor);
        self.top = self.folds.visible(&self.document, self.top);
    }

    /// Goes to a value and opens whatever hides it.
    pub fn reveal(&mut self, node: NodeId) {
        self.folds.reveal(&self.document, node);
        self.cursor = node;
    }

    /// Moves the window so that it holds the cursor and wastes no line. Walks at most some windows'
    /// heights.
    pub fn fit(&mut self, height: usize) {
        let height = height.max(1);
        self.top = self.folds.visible(&self.document, self.top);
        if self.cursor < self.top {
            self.top = self.cursor;
        } else if !self.is_seen(height) {
            self.top = self
                .folds
                .step(&self.document, self.cursor, 1 - height as i64);
        }
        let mut at = self.top;
        for row in 1..height {
            match self.folds.next(&self.document, at) {
                Some(next) => at = next,
                None => {
                    // The document ends above the window's end: show more of what is before.
                    self.top =
                        self.folds
                            .step(&self.document, self.top, row as i64 - height as i64);
                    return;
                }
            }
        }
    }

    /// Returns whether the cursor is on one of the rows that are seen.
    fn is_seen(&self, height: usize) -> bool {
        let rows =
            std::iter::successors(Some(self.top), |row| self.folds.next(&self.document, *row));
        rows.take(height)
            .take_while(|row| *row <= self.cursor)
            .last()
            == Some(self.cursor)
    }
}

impl Viewer for &mut Tree {
    fn step(&mut self, lines: i64) {
        Tree::step(self, lines);
    }

    fn scroll(&mut self, lines: i64) {
        Tree::scroll(self, lines);
    }

    fn jump(&mut self, end: End) {
        match end {
            End::First => self.to_first(),
            End::Last => self.to_last(),
        }
    }

    fn sideways(&mut self, side: Side) -> Result<(), &'static str> {
        match side {
            Side::Left => self.fold(),
            Side::Right => self.unfold(),
        }
        Ok(())
    }

    fn toggle(&mut self) -> Toggled {
        if !self.is_container() {
            return Toggled::Scalar(self.cursor());
        }
        Tree::toggle(self);
        Toggled::Done
    }

    fn click(&mut self, row: usize) {
        let before = self.cursor();
        Tree::click(self, row);
        if self.cursor() == before {
            Tree::toggle(self);
        }
    }

    fn fit(&mut self, _: usize, height: usize) {
        Tree::fit(self, height);
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;
    use crate::json::document::Document;
    use bytes::Bytes;
    use proptest::prelude::*;
    use std::sync::Arc;

    proptest! {
        #[test]
        fn the_window_always_shows_the_cursor(moves in prop::collection::vec((0u8..12, -9i64..9), 0..60), height in 1usize..9) {
            let text = r#"{"a":[1,2,{"b":[3,4,[5,[6]],{}]},7],"c":{"d":{"e":{"f":null}}},"g":"h","i":[[],[1],[1,2],[1,2,3]]}"#;
            let document = Arc::new(Document::parse(Bytes::from_static(text.as_bytes())));
            let root = document.root().unwrap();
            let mut tree = Tree::new(document, root, 1);
            for (which, by) in moves {
                match which {
                    0 => tree.step(by),
                    1 => tree.fold(),
                    2 => tree.unfold(),
                    3 => tree.toggle(),
                    4 => tree.to_parent(),
                    5 => { tree.to_next_sibling(); }
                    6 => { tree.to_previous_sibling(); }
                    7 => tree.fold_to(by.unsigned_abs() as u32),
                    8 => tree.to_last(),
                    9 => tree.to_first(),
                    10 => tree.scroll(by),
                    _ => tree.click(by.unsigned_abs() as usize),
                }
                tree.fit(height);
                let rows = tree.rows(height, 40);
                prop_assert!(rows.iter().any(|row| row.node == tree.cursor()));
                let all = tree.clone();
                prop_assert!(rows.len() == height || all.rows(999, 40).len() == rows.len());
            }
        }
    }
}
