//! A sealed part of a body and the index of the values that start in it.

use std::collections::HashMap;

use bytes::Bytes;

/// The number of children of an array between two anchors.
pub(super) const ANCHOR_STEP: u32 = 64;
/// The `next` of a container whose end came after its part was sealed.
pub(super) const OPEN: u32 = 0;

/// One entry of the index.
///
/// Invariant: entries are sorted by `start`; `next` is the id after the last value inside; a
/// container's first child, if any, is the entry right after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    /// The offset of the value in the body, or of its key if it is a member of an object.
    pub start: u32,
    /// The container it is in; its own id for a root.
    pub parent: u32,
    /// The id after this value and its descendants; [`OPEN`] if a [`Late`] states it.
    pub next: u32,
    /// Containers: the number of children. Scalars: the length of the value in bytes.
    pub extra: u32,
}

/// A part of a body, cut between two values, with the values that start in it.
#[derive(Debug)]
pub(super) struct Segment {
    /// The id of its first value.
    pub first: u32,
    /// Its offset in the body.
    pub start: usize,
    /// Its bytes.
    pub body: Bytes,
    /// Its values.
    pub nodes: Vec<Node>,
    /// For arrays of more than [`ANCHOR_STEP`] children that start and end here, every
    /// `ANCHOR_STEP`th child.
    pub anchors: HashMap<u32, Vec<u32>>,
    /// Whether a string in it may have an escape by number, as `\u00e9`.
    pub numbered: bool,
    /// How many lines of the body end before it.
    pub lines_before: usize,
    /// How many lines end in it.
    pub lines: usize,
}

impl Segment {
    /// Returns the offset of its end in the body.
    pub(super) fn end(&self) -> usize {
        self.start + self.body.len()
    }

    /// Merges two neighbours into one.
    pub(super) fn joined(&self, after: Segment) -> Segment {
        let mut body = bytes::BytesMut::with_capacity(self.body.len() + after.body.len());
        body.extend_from_slice(&self.body);
        body.extend_from_slice(&after.body);
        let mut nodes = Vec::with_capacity(self.nodes.len() + after.nodes.len());
        nodes.extend_from_slice(&self.nodes);
        nodes.extend_from_slice(&after.nodes);
        let mut anchors = self.anchors.clone();
        anchors.extend(after.anchors);
        Segment {
            first: self.first,
            start: self.start,
            body: body.freeze(),
            nodes,
            anchors,
            lines_before: self.lines_before,
            lines: self.lines + after.lines,
            numbered: self.numbered || after.numbered,
        }
    }

    /// Returns how many bytes of memory it takes.
    pub(super) fn cost(&self) -> usize {
        let anchors: usize = self
            .anchors
            .values()
            .map(|anchors| anchors.len() * size_of::<u32>())
            .sum();
        self.body.len() + self.nodes.len() * size_of::<Node>() + anchors
    }
}

/// What became known of a container after its part was sealed: its end, or its extent so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Late {
    /// The id after its descendants.
    pub next: u32,
    /// The number of children.
    pub count: u32,
    /// Every [`ANCHOR_STEP`]th child.
    pub anchors: Vec<u32>,
}
