//! A document: the bytes of a body and the index of its values.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;

/// How many children of an array stand between two anchors.
pub(super) const ANCHOR_STEP: u32 = 64;

/// A value of a document. Ids grow in the order in which values stand in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// One entry of the index.
///
/// Invariant: entries are sorted by `start`; `next` is the id after the last value inside; a
/// container's first child, if any, is the entry right after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// Where the value begins, or its key if it is a member of an object.
    pub start: u32,
    /// The container it is in; its own id for a root.
    pub parent: u32,
    /// The id after this value and all inside it.
    pub next: u32,
    /// Containers: the number of children. Scalars: the length of the value in bytes.
    pub extra: u32,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub reason: &'static str,
}

/// A body and the index of its values. Cheap to share, never changed.
#[derive(Debug)]
pub struct Document {
    pub(super) body: Bytes,
    pub(super) nodes: Vec<Node>,
    /// For arrays of more than [`ANCHOR_STEP`] children, every so-manieth child.
    pub(super) anchors: HashMap<u32, Vec<u32>>,
    pub(super) fault: Option<Fault>,
}

impl PartialEq for Document {
    /// Two documents are the same if their bodies are: the index follows from the body.
    fn eq(&self, other: &Document) -> bool {
        self.body == other.body
    }
}

impl Document {
    /// Indexes a body. It never fails: what is not JSON leaves a [`Fault`] behind all that was read.
    pub fn parse(body: Bytes) -> Document {
        super::parse::parse(body)
    }

    /// Returns the body as it came.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns where the body stops being JSON.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Returns the value that the whole body is; `None` if nothing was read.
    pub fn root(&self) -> Option<NodeId> {
        (!self.nodes.is_empty()).then_some(NodeId(0))
    }

    /// Returns how many bytes of memory the body and its index take.
    pub fn cost(&self) -> usize {
        let anchors: usize = self.anchors.values().map(|anchors| anchors.len() * size_of::<u32>()).sum();
        self.body.len() + self.nodes.len() * size_of::<Node>() + anchors
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Says whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// Returns the container that a value is in.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.node(id).parent;
        (parent != id.0).then_some(NodeId(parent))
    }

    /// Returns what a value is.
    pub fn kind(&self, id: NodeId) -> Kind {
        match self.body[self.value_start(id)] {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String,
            b't' | b'f' => Kind::Boolean,
            b'n' => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// Says whether a value can hold others.
    pub fn is_container(&self, id: NodeId) -> bool {
        matches!(self.body[self.value_start(id)], b'{' | b'[')
    }

    /// Returns how many values stand directly inside; 0 for scalars.
    pub fn child_count(&self, id: NodeId) -> u32 {
        if self.is_container(id) { self.node(id).extra } else { 0 }
    }

    /// Returns the first value inside.
    pub fn first_child(&self, id: NodeId) -> Option<NodeId> {
        (self.child_count(id) > 0).then_some(NodeId(id.0 + 1))
    }

    /// Returns the value after this one in the same container.
    pub fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.parent(id)?;
        let next = self.node(id).next;
        (next < self.node(parent).next).then_some(NodeId(next))
    }

    /// Returns the id after this value and all inside it, whether or not there is a value.
    pub(super) fn after(&self, id: NodeId) -> NodeId {
        NodeId(self.node(id).next)
    }

    /// Iterates over the values directly inside.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.first_child(id), |child| self.next_sibling(*child))
    }

    /// Returns the child of that index, without walking over all before it.
    pub fn child_at(&self, id: NodeId, index: u32) -> Option<NodeId> {
        if index >= self.child_count(id) {
            return None;
        }
        let anchor = (index / ANCHOR_STEP) as usize;
        let (start, passed) = match self.anchors.get(&id.0) {
            Some(anchors) if anchor > 0 => (NodeId(*anchors.get(anchor - 1)?), anchor as u32 * ANCHOR_STEP),
            _ => (self.first_child(id)?, 0),
        };
        std::iter::successors(Some(start), |child| self.next_sibling(*child)).nth((index - passed) as usize)
    }

    /// Returns the place of a value in its container, counted from 0.
    pub fn index_in_parent(&self, id: NodeId) -> u32 {
        let Some(parent) = self.parent(id) else { return 0 };
        let (mut at, mut index) = match self.anchors.get(&parent.0) {
            Some(anchors) => match anchors.partition_point(|anchor| *anchor <= id.0) {
                0 => (parent.0 + 1, 0),
                passed => (anchors[passed - 1], passed as u32 * ANCHOR_STEP),
            },
            None => (parent.0 + 1, 0),
        };
        while at < id.0 {
            at = self.nodes[at as usize].next;
            index += 1;
        }
        index
    }

    /// Returns the member of an object; the last one if the key stands there more than once, as
    /// JSON readers do.
    pub fn member(&self, id: NodeId, key: &str) -> Option<NodeId> {
        if self.kind(id) != Kind::Object {
            return None;
        }
        self.children(id).filter(|child| self.key_is(*child, key)).last()
    }

    /// Follows member names from a value.
    pub fn follow(&self, id: NodeId, keys: &[&str]) -> Option<NodeId> {
        keys.iter().try_fold(id, |at, key| self.member(at, key))
    }

    fn is_member(&self, id: NodeId) -> bool {
        match self.parent(id) {
            Some(parent) => self.container_byte(parent) == b'{',
            None => false,
        }
    }

    /// Returns where the value itself begins, behind its key if it has one.
    pub(super) fn value_start(&self, id: NodeId) -> usize {
        // Only a quote is ambiguous: it begins a key or a string in an array. The container tells,
        // and its own bracket is found without climbing further.
        let start = self.node(id).start as usize;
        let in_object = self.parent(id).is_some_and(|parent| self.container_byte(parent) == b'{');
        if self.body[start] != b'"' || !in_object {
            return start;
        }
        let after_key = string_end(&self.body, start);
        let colon = skip_space(&self.body, after_key);
        skip_space(&self.body, colon + 1)
    }

    /// Returns `{` or `[` of a container. The
    /// bracket is the byte that follows the key's colon, or the first byte.
    pub(super) fn container_byte(&self, id: NodeId) -> u8 {
        let start = self.node(id).start as usize;
        match self.body[start] {
            b'"' => {
                let colon = skip_space(&self.body, string_end(&self.body, start));
                self.body[skip_space(&self.body, colon + 1)]
            }
            bracket => bracket,
        }
    }

    /// Returns the bytes of a member's key between its quotes.
    pub fn raw_key(&self, id: NodeId) -> Option<&[u8]> {
        if !self.is_member(id) {
            return None;
        }
        let start = self.node(id).start as usize;
        Some(&self.body[start + 1..string_end(&self.body, start) - 1])
    }

    /// Returns a member's key, decoded.
    pub fn key(&self, id: NodeId) -> Option<Cow<'_, str>> {
        self.raw_key(id).map(decode)
    }

    fn key_is(&self, id: NodeId, key: &str) -> bool {
        match self.raw_key(id) {
            Some(raw) if memchr::memchr(b'\\', raw).is_none() => raw == key.as_bytes(),
            Some(raw) => decode(raw) == key,
            None => false,
        }
    }

    /// Returns the bytes of a value as they came.
    pub fn raw(&self, id: NodeId) -> &[u8] {
        let start = self.value_start(id);
        &self.body[start..self.value_end(id)]
    }

    /// Returns where a value ends. Containers are measured from their last value's end, over as
    /// many brackets as are closed there.
    fn value_end(&self, id: NodeId) -> usize {
        let start = self.value_start(id);
        if !self.is_container(id) {
            return start + self.node(id).extra as usize;
        }
        let last = NodeId(self.node(id).next - 1);
        let (mut at, mut open) = if last == id {
            (start + 1, 1)
        } else {
            let mut levels = 0;
            let mut climb = last;
            while climb != id {
                let Some(parent) = self.parent(climb) else { break };
                climb = parent;
                levels += 1;
            }
            if self.is_container(last) { (self.value_start(last) + 1, levels + 1) } else { (self.value_end(last), levels) }
        };
        while open > 0 {
            at = skip_space(&self.body, at);
            match self.body.get(at) {
                Some(b']' | b'}') => {
                    at += 1;
                    open -= 1;
                }
                // A broken body ends inside; a trailing comma was read before the break.
                _ => return self.body.len().min(at),
            }
        }
        at
    }

    /// Returns the text of a string, decoded; `None` for other values.
    pub fn string(&self, id: NodeId) -> Option<Cow<'_, str>> {
        self.raw_string(id).map(decode)
    }

    /// Returns the bytes of a string between its quotes; `None` for other values.
    pub(super) fn raw_string(&self, id: NodeId) -> Option<&[u8]> {
        let raw = self.raw(id);
        (raw.first() == Some(&b'"') && raw.len() >= 2).then(|| &raw[1..raw.len() - 1])
    }

    /// Returns the text of a scalar: a string without quotes, anything else as it is written.
    pub fn plain(&self, id: NodeId) -> Cow<'_, str> {
        self.string(id).unwrap_or_else(|| String::from_utf8_lossy(self.raw(id)))
    }

    /// Returns a value as JSON text; bytes that are not UTF-8 are replaced.
    pub fn text(&self, id: NodeId) -> Cow<'_, str> {
        String::from_utf8_lossy(self.raw(id))
    }

    /// Says whether a value is `true`; `None` if it is not a boolean.
    pub fn boolean(&self, id: NodeId) -> Option<bool> {
        match self.raw(id) {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// Returns a whole number that fits; `None` for anything else.
    pub fn integer(&self, id: NodeId) -> Option<i64> {
        std::str::from_utf8(self.raw(id)).ok()?.parse().ok()
    }

    /// Says whether a value is `null`, an empty string, or an empty container.
    pub fn is_blank(&self, id: NodeId) -> bool {
        match self.kind(id) {
            Kind::Null => true,
            Kind::String => self.node(id).extra == 2,
            Kind::Object | Kind::Array => self.child_count(id) == 0,
            Kind::Number | Kind::Boolean => false,
        }
    }

    /// Returns the deepest value that a byte of the body belongs to.
    pub fn node_at(&self, offset: usize) -> Option<NodeId> {
        let passed = self.nodes.partition_point(|node| node.start as usize <= offset);
        passed.checked_sub(1).map(|index| NodeId(index as u32))
    }
}

/// Returns the offset behind a string that begins with a quote at `start`.
pub(super) fn string_end(body: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(step) = memchr::memchr2(b'"', b'\\', &body[at.min(body.len())..]) {
        at += step;
        if body[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    body.len()
}

/// Returns the offset of the next byte that is not white space.
pub(super) fn skip_space(body: &[u8], mut at: usize) -> usize {
    while matches!(body.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Decodes what stands between the quotes of a string. Lone surrogates and bad UTF-8 become U+FFFD.
pub(super) fn decode(raw: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw).is_none() {
        return String::from_utf8_lossy(raw);
    }
    let mut out = String::with_capacity(raw.len());
    for piece in super::rows::pieces_of(raw) {
        match piece {
            super::rows::Piece::Character(character) => out.push(character),
            super::rows::Piece::Bad(_) => out.push('\u{fffd}'),
        }
    }
    Cow::Owned(out)
}
