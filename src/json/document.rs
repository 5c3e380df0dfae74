//! A document: the bytes of a body and the index of its values, both in sealed parts.
//!
//! A document that still grows is seen through snapshots: each is a list of the sealed parts and
//! the state of the containers that are open.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::body::Body;
use super::deviation::{Deviation, DeviationKind};
use super::segment::{ANCHOR_STEP, Late, Node, OPEN, Segment};

/// A value of a document. Ids follow the order of the values in the body, and stay the same while a
/// document grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// Returns the number of values that start before it.
    pub fn number(self) -> usize {
        self.0 as usize
    }
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// A number, as text.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`
    Null,
}

/// Where and why a body stops being JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The offset in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub kind: FaultKind,
}

/// The ways in which a body is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It holds nothing but white space.
    Empty,
    /// It is larger than an index of 32 bits can address.
    TooLarge,
    /// It ends inside an array or object, before a member or its end.
    EndsInContainer,
    /// It ends inside an object, where a key is expected.
    EndsInObject,
    /// It ends between a key and its colon.
    EndsAfterKey,
    /// It ends where a value is expected.
    EndsBeforeValue,
    /// It ends inside a string.
    EndsInString,
    /// Something other than a string stands where a key is expected.
    NoKey,
    /// Something other than a colon follows a key.
    NoColon,
    /// Something other than a comma or the end follows a member.
    NoComma,
    /// The text where a value is expected is no value.
    NoValue,
    /// It looks like a number and violates JSON's grammar for numbers.
    NoNumber,
    /// Something that is not JSON follows the end of a whole value.
    TextAfterEnd,
}

impl FaultKind {
    /// Returns the words shown to the user.
    pub fn reason(self) -> &'static str {
        match self {
            FaultKind::Empty => "the body is empty",
            FaultKind::TooLarge => "the body is larger than 4 GiB",
            FaultKind::EndsInContainer => "the body ends inside a container",
            FaultKind::EndsInObject => "the body ends inside an object",
            FaultKind::EndsAfterKey => "the body ends after a key",
            FaultKind::EndsBeforeValue => "the body ends where a value is expected",
            FaultKind::EndsInString => "the body ends inside a string",
            FaultKind::NoKey => "expected a key in quotes",
            FaultKind::NoColon => "expected a colon after the key",
            FaultKind::NoComma => "expected a comma or a closing bracket",
            FaultKind::NoValue => "expected a value",
            FaultKind::NoNumber => "not a number",
            FaultKind::TextAfterEnd => "unexpected text after the end",
        }
    }
}

/// Where the parts start, to find the part of an id without a search.
#[derive(Debug, Default)]
struct Places {
    firsts: Vec<u32>,
    coarse: Vec<u32>,
}

/// The number of ids that share an entry, as a power of two.
const COARSE: u32 = 10;

impl Places {
    fn new(segments: &[Arc<Segment>], count: u32) -> Places {
        if segments.len() < 2 {
            return Places::default();
        }
        let firsts: Vec<u32> = segments.iter().map(|segment| segment.first).collect();
        let mut coarse = Vec::with_capacity((count >> COARSE) as usize + 1);
        let mut at = 0;
        for step in 0..=count >> COARSE {
            while firsts
                .get(at + 1)
                .is_some_and(|first| *first <= step << COARSE)
            {
                at += 1;
            }
            coarse.push(at as u32);
        }
        Places { firsts, coarse }
    }

    fn of(&self, id: u32) -> usize {
        let mut at = self.coarse[(id >> COARSE) as usize] as usize;
        while self.firsts.get(at + 1).is_some_and(|first| *first <= id) {
            at += 1;
        }
        at
    }
}

/// What JSON forbids and was read all the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Oddities {
    /// Each kind once.
    pub(super) deviations: Vec<Deviation>,
    /// The values that are lines without JSON, sorted.
    pub(super) bad_lines: Vec<u32>,
}

/// A body and the index of its values. Cheap to share, never changed.
#[derive(Debug)]
pub struct Document {
    pub(super) segments: Vec<Arc<Segment>>,
    /// The first ids of the parts, contiguous, and for every block of ids the part that contains
    /// the first of them.
    places: Places,
    /// Containers that ended in a later part than they started in, or have not ended; sorted by id.
    pub(super) late: Vec<(u32, Late)>,
    pub(super) count: u32,
    pub(super) size: usize,
    pub(super) fault: Option<Fault>,
    /// What JSON forbids and was read all the same.
    pub(super) oddities: Oddities,
    /// Whether the first value is a synthetic root array of all values of the body.
    pub(super) sequence: bool,
    pub(super) whole: bool,
    /// The number of strings that hold what JSON forbids, once it was counted.
    forbidden: OnceLock<u64>,
}

impl PartialEq for Document {
    /// Two documents are equal if their bodies are: the index follows from the body.
    fn eq(&self, other: &Document) -> bool {
        self.size == other.size && self.sequence == other.sequence && self.body() == other.body()
    }
}

impl Document {
    /// Builds a document from its parts.
    pub(super) fn of_parts(
        segments: Vec<Arc<Segment>>,
        late: Vec<(u32, Late)>,
        count: u32,
        size: usize,
        (fault, oddities): (Option<Fault>, Oddities),
        sequence: bool,
        whole: bool,
    ) -> Document {
        let places = Places::new(&segments, count);
        Document {
            segments,
            places,
            late,
            count,
            size,
            fault,
            oddities,
            sequence,
            whole,
            forbidden: OnceLock::new(),
        }
    }

    /// Counts the strings and keys that hold what JSON forbids: unknown escapes, raw control characters, lone halves of
    /// surrogate pairs, invalid UTF-8. Looks at all of the body.
    pub fn count_forbidden(&self) -> u64 {
        *self
            .forbidden
            .get_or_init(|| super::valid::forbidden_in(self))
    }

    /// Returns how many strings hold what JSON forbids; 0 while they were not counted.
    pub fn forbidden(&self) -> u64 {
        self.forbidden.get().copied().unwrap_or_default()
    }

    /// Indexes a body. Never fails: a body that is not JSON keeps the values read so far and has a
    /// [`Fault`].
    pub fn parse(body: Bytes) -> Document {
        super::feed::Feeder::one_value().finish_with(body)
    }

    /// Returns the body as it was received so far.
    pub fn body(&self) -> Body {
        Body::of(
            self.segments
                .iter()
                .map(|segment| segment.body.clone())
                .collect(),
        )
    }

    /// Returns the size of the body in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns whether the body is complete, in contrast to a snapshot of one that is still being
    /// received.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Returns where the body stops being JSON.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Returns what JSON forbids and was read all the same, each kind once.
    pub fn deviations(&self) -> &[Deviation] {
        &self.oddities.deviations
    }

    /// Returns whether a value is a line that is no JSON, between lines that are.
    pub fn is_bad_line(&self, id: NodeId) -> bool {
        let lines = &self.oddities.bad_lines;
        !lines.is_empty() && lines.binary_search(&id.0).is_ok()
    }

    /// Returns whether there are commas before closing brackets.
    pub(super) fn has_trailing_commas(&self) -> bool {
        self.oddities
            .deviations
            .iter()
            .any(|deviation| deviation.kind == DeviationKind::TrailingComma)
    }

    /// Returns whether the body holds values one after the other, as NDJSON does.
    pub fn is_sequence(&self) -> bool {
        self.sequence && !self.is_lone()
    }

    /// Returns whether a body that may contain several values contains one.
    fn is_lone(&self) -> bool {
        self.sequence && self.count > 1 && self.entry(0).extra == 1
    }

    /// Returns the value that the whole body is; `None` if nothing was read.
    pub fn root(&self) -> Option<NodeId> {
        match (self.count, self.sequence) {
            (0, _) | (1, true) => None,
            _ => Some(NodeId(u32::from(self.is_lone()))),
        }
    }

    /// Returns how many bytes of memory the body and its index take.
    pub fn cost(&self) -> usize {
        self.segments.iter().map(|segment| segment.cost()).sum()
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the part that a value starts in.
    pub(super) fn segment_of(&self, id: u32) -> &Segment {
        match self.segments.as_slice() {
            [only] => only,
            segments => &segments[self.places.of(id)],
        }
    }

    /// Returns the part that a byte belongs to.
    pub(super) fn segment_at(&self, offset: usize) -> Option<&Segment> {
        let passed = self
            .segments
            .partition_point(|segment| segment.start <= offset);
        self.segments.get(passed.checked_sub(1)?).map(Arc::as_ref)
    }

    fn late(&self, id: u32) -> Option<&Late> {
        self.late
            .binary_search_by_key(&id, |(id, _)| *id)
            .ok()
            .map(|at| &self.late[at].1)
    }

    /// Returns the entry of a value, with its end even where a later part states it.
    pub(super) fn entry(&self, id: u32) -> Node {
        let segment = self.segment_of(id);
        let node = segment.nodes[(id - segment.first) as usize];
        if node.next == OPEN {
            self.completed(id, node)
        } else {
            node
        }
    }

    #[cold]
    fn completed(&self, id: u32, node: Node) -> Node {
        match self.late(id) {
            Some(late) => Node {
                next: late.next,
                extra: late.count,
                ..node
            },
            None => Node {
                next: self.count,
                ..node
            },
        }
    }

    fn anchors(&self, id: u32) -> Option<&[u32]> {
        let segment = self.segment_of(id);
        match segment.nodes[(id - segment.first) as usize].next {
            OPEN => self.late(id).map(|late| late.anchors.as_slice()),
            _ => segment.anchors.get(&id).map(Vec::as_slice),
        }
    }

    /// Returns the container that a value is in.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let segment = self.segment_of(id.0);
        let parent = segment.nodes[(id.0 - segment.first) as usize].parent;
        (parent != id.0 && !(parent == 0 && self.is_lone())).then_some(NodeId(parent))
    }

    /// Returns the number of direct children; 0 for scalars.
    pub fn child_count(&self, id: NodeId) -> u32 {
        if self.is_container(id) {
            self.entry(id.0).extra
        } else {
            0
        }
    }

    /// Returns the first value inside.
    pub fn first_child(&self, id: NodeId) -> Option<NodeId> {
        (self.child_count(id) > 0).then_some(NodeId(id.0 + 1))
    }

    /// Returns the next sibling: the following value in the same container.
    pub fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.parent(id)?;
        let next = self.entry(id.0).next;
        (next < self.entry(parent.0).next).then_some(NodeId(next))
    }

    /// Returns the id after this value and its descendants, whether or not there is a value.
    pub(super) fn after(&self, id: NodeId) -> NodeId {
        NodeId(self.entry(id.0).next)
    }

    /// Returns whether a value is a descendant of another.
    pub fn is_inside(&self, id: NodeId, outer: NodeId) -> bool {
        id > outer && id < self.after(outer)
    }

    /// Returns the offset of a value in the body, or of its key if it has one.
    pub fn offset_of(&self, id: NodeId) -> usize {
        let segment = self.segment_of(id.0);
        segment.nodes[(id.0 - segment.first) as usize].start as usize
    }

    /// Returns a value by its number, if there is one.
    pub fn nth(&self, number: usize) -> Option<NodeId> {
        u32::try_from(number)
            .ok()
            .filter(|number| *number < self.count)
            .map(NodeId)
    }

    /// Iterates over the direct children.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = if self.is_container(id) {
            self.entry(id.0).next
        } else {
            id.0
        };
        let mut at = id.0 + 1;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let child = at;
            at = self.entry(at).next;
            Some(NodeId(child))
        })
    }

    /// Returns the child with that index, without walking over all before it.
    pub fn child_at(&self, id: NodeId, index: u32) -> Option<NodeId> {
        if index >= self.child_count(id) {
            return None;
        }
        let anchor = (index / ANCHOR_STEP) as usize;
        let (mut at, passed) = match self.anchors(id.0) {
            Some(anchors) if anchor > 0 => (*anchors.get(anchor - 1)?, anchor as u32 * ANCHOR_STEP),
            _ => (id.0 + 1, 0),
        };
        for _ in passed..index {
            at = self.entry(at).next;
        }
        Some(NodeId(at))
    }

    /// Returns the index of a value in its container, from 0.
    pub fn index_in_parent(&self, id: NodeId) -> u32 {
        let Some(parent) = self.parent(id) else {
            return 0;
        };
        let (mut at, mut index) = match self.anchors(parent.0) {
            Some(anchors) => match anchors.partition_point(|anchor| *anchor <= id.0) {
                0 => (parent.0 + 1, 0),
                passed => (anchors[passed - 1], passed as u32 * ANCHOR_STEP),
            },
            None => (parent.0 + 1, 0),
        };
        while at < id.0 {
            at = self.entry(at).next;
            index += 1;
        }
        index
    }

    /// Returns the member of an object; of duplicate keys the last one, as JSON readers do.
    pub fn member(&self, id: NodeId, key: &str) -> Option<NodeId> {
        if self.kind(id) != Kind::Object {
            return None;
        }
        self.children(id)
            .filter(|child| self.key_is(*child, key))
            .last()
    }

    /// Follows member names from a value.
    pub fn follow(&self, id: NodeId, keys: &[&str]) -> Option<NodeId> {
        keys.iter().try_fold(id, |at, key| self.member(at, key))
    }

    /// Returns the deepest value that a byte of the body belongs to.
    pub fn node_at(&self, offset: usize) -> Option<NodeId> {
        let passed = self
            .segments
            .partition_point(|segment| segment.start <= offset);
        // A part may contain no start of a value: then the part before it decides.
        let found = self.segments[..passed].iter().rev().find_map(|segment| {
            let passed = segment
                .nodes
                .partition_point(|node| node.start as usize <= offset);
            passed
                .checked_sub(1)
                .map(|index| segment.first + index as u32)
        });
        let ours = self.is_lone() && found == Some(0);
        found.map(|id| NodeId(if ours { 1 } else { id }))
    }

    /// Returns the number of line breaks before a byte of the body. Reads at most one part.
    pub fn line_of(&self, offset: usize) -> usize {
        self.segment_at(offset).map_or(0, |segment| {
            let before = &segment.body[..(offset - segment.start).min(segment.body.len())];
            segment.lines_before + memchr::memchr_iter(b'\n', before).count()
        })
    }
}
