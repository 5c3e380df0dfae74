//! Which containers are open and which are closed: a default depth and the exceptions to it.
//!
//! Rows are never counted or listed. The next and the previous row are found by following the
//! index, so that a move costs the same in a document of any size.

use std::collections::HashSet;
use std::sync::Arc;

use super::document::{Document, NodeId};

/// The part of a document that is shown, and its folds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    root: NodeId,
    depth: u32,
    exceptions: HashSet<NodeId>,
    /// The children of the root that are shown, sorted; all of them unless set.
    kept: Option<Arc<Vec<NodeId>>>,
}

impl Folds {
    /// Shows the descendants of `root`, open down to `depth` levels.
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

    /// Returns the last child of the root that is shown and starts before a value.
    fn kept_before(&self, node: NodeId) -> Option<NodeId> {
        let kept = self.kept.as_ref()?;
        kept.partition_point(|own| *own < node)
            .checked_sub(1)
            .map(|at| kept[at])
    }

    /// Returns the last row of a shown child of the root.
    fn end_of(&self, document: &Document, child: NodeId) -> NodeId {
        self.row_over(document, NodeId(document.after(child).0 - 1))
    }

    /// Returns the root: the value whose descendants are shown.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Shows the descendants of another value. Opened and closed containers stay so.
    pub fn set_root(&mut self, root: NodeId) {
        self.root = root;
        self.kept = None;
    }

    /// Returns whether a value is a descendant of the root.
    pub fn holds(&self, document: &Document, node: NodeId) -> bool {
        node > self.root && node < document.after(self.root)
    }

    /// Opens everything down to `depth` levels and forgets exceptions. Costs the same for any size.
    pub fn fold_to(&mut self, depth: u32) {
        self.depth = depth;
        self.exceptions.clear();
    }

    /// Returns whether the children of a container are shown.
    pub fn is_open(&self, document: &Document, node: NodeId) -> bool {
        self.is_shallow(document, node) != self.exceptions.contains(&node)
    }

    /// Returns whether a value is less deep below the root than the default depth. Climbs no
    /// further than that depth.
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

    /// Opens every container that hides a value.
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

    /// Returns the depth of a value below the root; its children are at 0.
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

    /// Returns the row of a value: itself, or the outermost closed container around it.
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
                // A value that is left out is represented by the one after it, or else before it.
                None => return self.kept_from(node).or(around).unwrap_or(self.root),
            }
        }
        self.row_over(document, node)
    }

    /// Returns the row of a descendant of the root: itself, or the outermost closed container
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
        // Only a closed container between the common container and the previous value can hide it.
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
