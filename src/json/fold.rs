//! What is open and what is closed: a default depth and the exceptions to it.
//!
//! Rows are never counted or listed. The next row and the one before are found from a row by
//! following the index, so that a move costs the same in a document of any size.

use std::collections::HashSet;
use std::sync::Arc;

use super::document::{Document, NodeId};

/// The part of a document that is shown, and what of it is folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    root: NodeId,
    depth: u32,
    exceptions: HashSet<NodeId>,
    /// The children of the root that are shown, sorted; all of them unless set.
    kept: Option<Arc<Vec<NodeId>>>,
}

impl Folds {
    /// Shows what is inside `root`, open down to `depth` levels.
    pub fn new(root: NodeId, depth: u32) -> Folds {
        Folds {
            root,
            depth,
            exceptions: HashSet::new(),
            kept: None,
        }
    }

    /// Shows only some of the root's children, which must be sorted; or all of them.
    pub fn keep(&mut self, kept: Option<Arc<Vec<NodeId>>>) {
        self.kept = kept;
    }

    /// Returns the children of the root that are shown, unless all are.
    pub fn kept(&self) -> Option<&Arc<Vec<NodeId>>> {
        self.kept.as_ref()
    }

    /// Returns the first child of the root that is shown, from a value on.
    fn kept_from(&self, node: NodeId) -> Option<NodeId> {
        match &self.kept {
            None => Some(node),
            Some(kept) => kept.get(kept.partition_point(|own| *own < node)).copied(),
        }
    }

    /// Returns the last child of the root that is shown and begins before a value.
    fn kept_before(&self, node: NodeId) -> Option<NodeId> {
        let kept = self.kept.as_ref()?;
        kept.partition_point(|own| *own < node)
            .checked_sub(1)
            .map(|at| kept[at])
    }

    /// Returns the last row of what a child of the root shows.
    fn end_of(&self, document: &Document, child: NodeId) -> NodeId {
        self.row_over(document, NodeId(document.after(child).0 - 1))
    }

    /// Returns the value whose inside is shown.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Shows what is inside of another value. What was opened and closed stays so.
    pub fn set_root(&mut self, root: NodeId) {
        self.root = root;
        self.kept = None;
    }

    /// Returns whether a value is inside of the root.
    pub fn holds(&self, document: &Document, node: NodeId) -> bool {
        node > self.root && node < document.after(self.root)
    }

    /// Opens everything down to `depth` levels and forgets exceptions. Costs the same for any size.
    pub fn fold_to(&mut self, depth: u32) {
        self.depth = depth;
        self.exceptions.clear();
    }

    /// Returns whether the inside of a container is shown.
    pub fn is_open(&self, document: &Document, node: NodeId) -> bool {
        self.is_shallow(document, node) != self.exceptions.contains(&node)
    }

    /// Returns whether a value stands less than the default depth below the root. Climbs no further
    /// than that depth.
    fn is_shallow(&self, document: &Document, node: NodeId) -> bool {
        if self.depth == u32::MAX {
            return true;
        }
        let mut at = node;
        for _ in 0..self.depth {
            match document.parent(at) {
                Some(parent) if parent == self.root => return true,
                Some(parent) => at = parent,
                None => return true,
            }
        }
        false
    }

    /// Opens a container.
    pub fn open(&mut self, document: &Document, node: NodeId) {
        if !self.is_open(document, node) {
            self.flip(node);
        }
    }

    /// Closes a container.
    pub fn close(&mut self, document: &Document, node: NodeId) {
        if self.is_open(document, node) {
            self.flip(node);
        }
    }

    fn flip(&mut self, node: NodeId) {
        if !self.exceptions.remove(&node) {
            self.exceptions.insert(node);
        }
    }

    /// Opens whatever hides a value.
    pub fn reveal(&mut self, document: &Document, node: NodeId) {
        let mut at = node;
        while at != self.root
            && let Some(parent) = document.parent(at)
        {
            if parent != self.root {
                self.open(document, parent);
            }
            at = parent;
        }
    }

    /// Returns how deep a value stands below the root; its children are at 0.
    pub fn depth_of(&self, document: &Document, node: NodeId) -> usize {
        let mut depth = 0;
        let mut at = node;
        while let Some(parent) = document.parent(at) {
            if parent == self.root {
                break;
            }
            depth += 1;
            at = parent;
        }
        depth
    }

    /// Returns the first row: the root's first child, or the root itself where it has none.
    pub fn first(&self, document: &Document) -> NodeId {
        document
            .first_child(self.root)
            .and_then(|first| self.kept_from(first))
            .unwrap_or(self.root)
    }

    /// Returns the last row.
    pub fn last(&self, document: &Document) -> NodeId {
        let end = document.after(self.root);
        match self.kept_before(end) {
            Some(child) => self.end_of(document, child),
            None if self.kept.is_some() => self.root,
            None => self.visible(document, NodeId(end.0 - 1)),
        }
    }

    /// Returns the row that a value is on: itself, or the outermost closed container around it.
    pub fn visible(&self, document: &Document, node: NodeId) -> NodeId {
        if node <= self.root || node >= document.after(self.root) {
            return self.first(document);
        }
        if let Some(kept) = &self.kept {
            let around = kept
                .partition_point(|own| *own <= node)
                .checked_sub(1)
                .map(|at| kept[at]);
            match around.filter(|around| node < document.after(*around)) {
                Some(_) => {}
                // What is left out is stood for by what comes after it, or else before.
                None => return self.kept_from(node).or(around).unwrap_or(self.root),
            }
        }
        self.row_over(document, node)
    }

    /// Returns the row that a value inside of the root is on: itself, or the outermost closed container
    /// around it.
    fn row_over(&self, document: &Document, node: NodeId) -> NodeId {
        let mut row = node;
        let mut at = node;
        while let Some(parent) = document.parent(at) {
            if parent == self.root {
                break;
            }
            if !self.is_open(document, parent) {
                row = parent;
            }
            at = parent;
        }
        row
    }

    /// Returns the row below.
    pub fn next(&self, document: &Document, node: NodeId) -> Option<NodeId> {
        if node == self.root {
            return None;
        }
        let next = match document.first_child(node) {
            Some(child) if self.is_open(document, node) => child,
            _ => document.after(node),
        };
        if next >= document.after(self.root) {
            return None;
        }
        match &self.kept {
            Some(_) if document.parent(next) == Some(self.root) => self.kept_from(next),
            Some(_) | None => Some(next),
        }
    }

    /// Returns the row above.
    pub fn previous(&self, document: &Document, node: NodeId) -> Option<NodeId> {
        if node <= self.first(document) {
            return None;
        }
        if self.kept.is_some() && document.parent(node) == Some(self.root) {
            return self
                .kept_before(node)
                .map(|child| self.end_of(document, child));
        }
        let before = NodeId(node.0 - 1);
        // Only what is closed between the common container and the value before can hide it.
        let common = document.parent(node);
        if common == Some(before) {
            return Some(before);
        }
        let mut row = before;
        let mut at = before;
        while let Some(parent) = document.parent(at) {
            if Some(parent) == common {
                break;
            }
            if !self.is_open(document, parent) {
                row = parent;
            }
            at = parent;
        }
        Some(row)
    }

    /// Moves by a number of rows, as far as there are any.
    pub fn step(&self, document: &Document, node: NodeId, rows: i64) -> NodeId {
        let mut at = node;
        for _ in 0..rows.unsigned_abs() {
            let moved = if rows > 0 {
                self.next(document, at)
            } else {
                self.previous(document, at)
            };
            match moved {
                Some(row) => at = row,
                None => break,
            }
        }
        at
    }
}
