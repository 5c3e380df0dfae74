//! A body that is indexed while it is received, in chunks, and its current state as a document.
//!
//! The index is the same wherever the chunks are cut. A body is sealed part by part, each cut
//! between two values, so that a scalar and its key are always in one part.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::{Buf as _, Bytes, BytesMut};

use super::deviation::Deviation;
use super::document::{Document, Fault, Oddities};
use super::segment::{Late, Node, OPEN, Segment};

/// The approximate size of a part. A larger value makes its part larger.
const SEGMENT: usize = 1 << 20;
/// Parts that are smaller together are merged; chunks that are smaller are copied.
const SMALL: usize = 64 << 10;
/// The number of bytes of a chunk that are searched for the end of a value that started before it.
const SEAM: usize = 1 << 10;

/// What may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// A value, with its key if it is a member.
    Value,
    /// The first value of a container, or its end.
    First,
    /// A comma, or the end of a container.
    After,
    /// Another value of the sequence, or the end.
    Between,
    /// Only white space.
    Over,
    /// Nothing more is read.
    Broken,
}

/// A container that has started and not ended.
#[derive(Debug)]
pub(super) struct Open {
    pub id: u32,
    pub count: u32,
    /// The bracket that ends it; 0 for the sequence itself.
    pub closing: u8,
    pub anchors: Vec<u32>,
}

/// Where a value of a sequence begins, to return there if its line turns out to be no JSON.
#[derive(Debug, Default)]
pub(super) struct Begun {
    /// Its offset in the body.
    pub start: usize,
    /// Its id.
    pub id: u32,
    /// The number of values before it.
    pub before: u32,
    /// The deviations before it.
    pub deviations: Vec<Deviation>,
}

/// Takes a body in chunks and builds documents of it.
#[derive(Debug)]
pub struct Feeder {
    pub(super) segments: Vec<Arc<Segment>>,
    /// What is not sealed yet.
    pub(super) buffer: BytesMut,
    /// The offset of the buffer in the body.
    pub(super) base: usize,
    /// Where reading resumes, in the buffer. Never inside of a scalar.
    pub(super) at: usize,
    /// The start of an unfinished token and how far it was inspected, as offsets in the body.
    pub(super) resume: (usize, usize),
    pub(super) state: State,
    /// The values that start in the buffer, and the id of the first.
    pub(super) nodes: Vec<Node>,
    pub(super) first: u32,
    pub(super) anchors: HashMap<u32, Vec<u32>>,
    pub(super) open: Vec<Open>,
    /// Containers that ended in another part than they started in.
    pub(super) late: Vec<(u32, Late)>,
    pub(super) fault: Option<Fault>,
    pub(super) oddities: Oddities,
    /// The value of the sequence that was begun last.
    pub(super) begun: Begun,
    pub(super) sequence: bool,
    /// Whether `\u` was seen in a string that is not sealed yet.
    pub(super) numbered: bool,
}

impl Feeder {
    /// Makes a feeder for a body of one value.
    pub fn one_value() -> Feeder {
        Feeder::new(State::Value)
    }

    /// Makes a feeder for a body of several values, such as NDJSON. If the body has one value, the
    /// document equals that of [`Feeder::one_value`] except for the ids.
    pub fn any_values() -> Feeder {
        let mut feeder = Feeder::new(State::Between);
        feeder.sequence = true;
        feeder.nodes.push(Node {
            start: 0,
            parent: 0,
            next: OPEN,
            extra: 0,
        });
        feeder.open.push(Open {
            id: 0,
            count: 0,
            closing: 0,
            anchors: Vec::new(),
        });
        feeder
    }

    fn new(state: State) -> Feeder {
        Feeder {
            segments: Vec::new(),
            buffer: BytesMut::new(),
            base: 0,
            at: 0,
            resume: (0, 0),
            state,
            nodes: Vec::new(),
            first: 0,
            anchors: HashMap::new(),
            open: Vec::new(),
            late: Vec::new(),
            fault: None,
            oddities: Oddities::default(),
            begun: Begun::default(),
            sequence: false,
            numbered: false,
        }
    }

    /// Returns how many bytes were taken.
    pub fn size(&self) -> usize {
        self.base + self.buffer.len()
    }

    /// Takes the next bytes of the body.
    pub fn feed(&mut self, mut chunk: &[u8]) {
        while !chunk.is_empty() {
            let room = SEGMENT.saturating_sub(self.buffer.len());
            // A value larger than a part is taken as it is received.
            let taken = chunk.len().min(if room == 0 { SEGMENT } else { room });
            if self.buffer.capacity() == 0 {
                // A small body takes no more memory than it needs.
                self.buffer.reserve(if self.segments.is_empty() {
                    taken
                } else {
                    SEGMENT
                });
            }
            self.buffer.extend_from_slice(&chunk[..taken]);
            chunk = &chunk[taken..];
            let buffer = std::mem::take(&mut self.buffer);
            self.read(&buffer, false);
            self.buffer = buffer;
            if self.buffer.len() >= SEGMENT && self.at > 0 {
                // A value that takes more than a part is not kept together.
                self.seal_at(
                    Some(self.sealable())
                        .filter(|end| *end > 0)
                        .unwrap_or(self.at),
                );
            }
        }
    }

    /// Takes the next bytes where they can be shared: a large chunk becomes a part without a copy;
    /// only the value across its start is copied.
    pub fn feed_shared(&mut self, mut chunk: Bytes) {
        let mut seam = SEAM;
        while !self.buffer.is_empty() {
            let left = self.buffer.len();
            if chunk.len() < SMALL || seam > chunk.len() / 2 || left > SMALL {
                return self.feed(&chunk);
            }
            self.feed(&chunk[..seam]);
            // Where the value ends in the chunk, the rest of it need not be copied.
            let end = self.sealable();
            if end >= left || self.state == State::Broken {
                let rest = self.buffer.len() - end;
                self.buffer.truncate(end);
                // The inspected start of the next value is inspected again, in its own part.
                self.resume = (0, 0);
                self.seal_at(end);
                chunk = chunk.slice(seam - rest..);
            } else {
                chunk = chunk.slice(seam..);
                seam *= 2;
            }
        }
        if chunk.len() < SMALL {
            return self.feed(&chunk);
        }
        self.read(&chunk, false);
        let end = self.sealable();
        self.at -= end;
        let rest = chunk.split_off(end);
        if !chunk.is_empty() {
            self.push_segment(chunk, &rest);
        }
        self.buffer.extend_from_slice(&rest);
    }

    /// Returns the current state: all complete values, and the open containers.
    pub fn snapshot(&mut self) -> Document {
        let end = self.sealable();
        if end > 0 {
            self.seal_at(end);
        }
        let count = self.first;
        let mut late = self.late.clone();
        // A value that is not sealed yet is not seen yet.
        let is_held = !self.nodes.is_empty();
        let seen = self.open.iter().filter(|open| open.id < count);
        late.extend(seen.map(|open| {
            let anchors = open.anchors.iter().filter(|anchor| **anchor < count);
            (
                open.id,
                Late {
                    next: count,
                    count: if is_held {
                        self.begun.before
                    } else {
                        open.count
                    },
                    anchors: anchors.copied().collect(),
                },
            )
        }));
        late.sort_unstable_by_key(|(id, _)| *id);
        Document::of_parts(
            self.segments.clone(),
            late,
            count,
            self.base,
            (self.fault.clone(), self.oddities.clone()),
            self.sequence,
            false,
        )
    }

    /// Ends the body and returns its document.
    pub fn finish(mut self) -> Document {
        let buffer = std::mem::take(&mut self.buffer);
        self.read(&buffer, true);
        self.buffer = buffer;
        self.end()
    }

    /// Takes a body as the only chunk, without a copy, and ends it.
    pub(super) fn finish_with(mut self, body: Bytes) -> Document {
        self.read(&body, true);
        self.push_segment(body, &[]);
        self.end()
    }

    fn end(mut self) -> Document {
        if !self.buffer.is_empty() || !self.nodes.is_empty() {
            self.at = self.buffer.len();
            self.seal_at(self.at);
        }
        // Open containers extend to the end of what was read.
        while !self.open.is_empty() {
            self.close();
        }
        self.late.sort_unstable_by_key(|(id, _)| *id);
        Document::of_parts(
            self.segments,
            self.late,
            self.first,
            self.base,
            (self.fault, self.oddities),
            self.sequence,
            true,
        )
    }

    /// Returns how much of the buffer was read and can be sealed. A value of a sequence behind the first is kept together
    /// while it is read: its line may turn out to be no JSON.
    fn sealable(&self) -> usize {
        let is_inside = self.sequence
            && self.state != State::Broken
            && self.open.len() > 1
            && self.begun.before > 0;
        if is_inside && self.begun.start >= self.base {
            self.begun.start - self.base
        } else {
            self.at
        }
    }

    /// Seals the buffer up to an offset in it that was read.
    fn seal_at(&mut self, at: usize) {
        self.at -= at;
        let body = if at == self.buffer.len() || at >= SEGMENT / 2 {
            let body = self.buffer.split_to(at).freeze();
            let rest = std::mem::take(&mut self.buffer);
            if !rest.is_empty() {
                self.buffer.reserve(SEGMENT.max(rest.len()));
                self.buffer.extend_from_slice(&rest);
            }
            body
        } else {
            let body = Bytes::copy_from_slice(&self.buffer[..at]);
            self.buffer.advance(at);
            body
        };
        let rest = std::mem::take(&mut self.buffer);
        self.push_segment(body, &rest);
        self.buffer = rest;
    }

    fn push_segment(&mut self, body: Bytes, rest: &[u8]) {
        let mut nodes = std::mem::take(&mut self.nodes);
        let end = self.base + body.len();
        let inside = nodes.partition_point(|node| (node.start as usize) < end);
        self.nodes = nodes.split_off(inside);
        nodes.shrink_to_fit();
        let mut anchors = std::mem::take(&mut self.anchors);
        if !self.nodes.is_empty() {
            let behind = self.first + nodes.len() as u32;
            self.anchors = anchors.extract_if(|id, _| *id >= behind).collect();
        }
        let lines_before = self
            .segments
            .last()
            .map_or(0, |segment| segment.lines_before + segment.lines);
        let lines = memchr::memchr_iter(b'\n', &body).count();
        let segment = Segment {
            first: self.first,
            start: self.base,
            nodes,
            anchors,
            numbered: self.numbered,
            lines_before,
            lines,
            body,
        };
        // The rest was inspected before, as far as it was received.
        self.numbered = self.numbered && memchr::memmem::find(rest, b"\\u").is_some();
        self.base = segment.end();
        self.first += segment.nodes.len() as u32;
        // Snapshots of a slow body must not leave a thousand small parts behind.
        match self.segments.last_mut() {
            Some(last) if last.body.len() + segment.body.len() <= SMALL => {
                *last = Arc::new(last.joined(segment))
            }
            Some(_) | None => self.segments.push(Arc::new(segment)),
        }
    }
}
