//! Finding text in keys and values, part by part, from the cursor on.

use std::borrow::Cow;
use std::ops::{ControlFlow, Range};

use super::document::{Document, NodeId};
use super::segment::Segment;
use super::value::decode;

/// So many values are looked through before what was found is told.
const STRETCH: usize = 1 << 15;
/// How often bytes stand in JSON, the most frequent first: a rare one is looked for first.
const FREQUENT: &[u8] = b"\"eatoinrs,:l_dcumphgb.fyv/wk-x{}10 ET2AISORN3LCDP54867MU9BHGFqzjVWYKXJQZ[]";

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Needle {
    text: String,
    any_case: bool,
    pattern: Option<regex_lite::Regex>,
    /// The place of its rarest byte.
    rarest: usize,
}

/// What was found in a stretch of the document.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The values that match, in order.
    pub hits: Vec<NodeId>,
    /// The values directly inside of the root that they stand in, in order.
    pub children: Vec<NodeId>,
    /// Whether they stand before the place where the search began.
    pub before: bool,
}

impl Needle {
    /// Reads what was typed: a text, or a regular expression behind `re:`. Without capitals, case does
    /// not matter. A pattern that cannot be read gives the reason.
    pub fn parse(typed: &str) -> Result<Needle, String> {
        let any_case = !typed.chars().any(char::is_uppercase);
        let pattern = match typed.strip_prefix("re:") {
            Some(pattern) => {
                let any_case = !pattern.chars().any(char::is_uppercase);
                let built = regex_lite::RegexBuilder::new(pattern).case_insensitive(any_case).build();
                Some(built.map_err(|error| error.to_string())?)
            }
            None => None,
        };
        let rank = |byte: u8| FREQUENT.iter().position(|own| *own == byte).unwrap_or(FREQUENT.len());
        let rarest = typed.bytes().enumerate().max_by_key(|(_, byte)| rank(*byte)).map_or(0, |(at, _)| at);
        Ok(Needle { text: typed.to_owned(), any_case, pattern, rarest })
    }

    /// Returns what was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Says whether a text is found in by its bytes alone: no pattern, and no case that needs more than ASCII.
    fn is_plain(&self) -> bool {
        self.pattern.is_none() && (self.text.is_ascii() || !self.any_case)
    }

    /// Returns where it stands in a text.
    pub fn spans(&self, text: &str) -> Vec<Range<usize>> {
        if self.text.is_empty() {
            return Vec::new();
        }
        if let Some(pattern) = &self.pattern {
            return pattern.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty()).collect();
        }
        if self.is_plain() {
            let mut spans = Vec::new();
            let mut at = 0;
            while let Some(found) = self.find_bytes(text.as_bytes(), at) {
                spans.push(found..found + self.text.len());
                at = found + self.text.len();
            }
            return spans;
        }
        // The case of other scripts changes lengths: each place is compared by itself.
        let mut spans: Vec<Range<usize>> = Vec::new();
        for (start, _) in text.char_indices() {
            if spans.last().is_some_and(|last| start < last.end) {
                continue;
            }
            let mut rest = self.text.chars();
            let mut wanted = rest.next();
            for (offset, character) in text[start..].char_indices() {
                let mut matches = true;
                for lower in character.to_lowercase() {
                    matches &= wanted == Some(lower);
                    wanted = rest.next();
                }
                if !matches {
                    break;
                }
                if wanted.is_none() {
                    spans.push(start..start + offset + character.len_utf8());
                    break;
                }
            }
        }
        spans
    }

    fn holds(&self, text: &str) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.is_match(text),
            None if self.is_plain() => self.find_bytes(text.as_bytes(), 0).is_some(),
            None => !self.spans(text).is_empty(),
        }
    }

    /// Looks at the inside of a string as it stands in the body.
    fn holds_raw(&self, raw: &[u8]) -> bool {
        if self.is_plain() && memchr::memchr(b'\\', raw).is_none() {
            return self.find_bytes(raw, 0).is_some();
        }
        let text: Cow<'_, str> = decode(raw);
        self.holds(&text)
    }

    fn holds_node(&self, document: &Document, node: NodeId) -> bool {
        document.raw_key(node).is_some_and(|raw| self.holds_raw(raw))
            || (!document.is_container(node) && self.holds_raw(document.raw_string(node).unwrap_or_else(|| document.raw_scalar(node))))
    }

    /// Finds the bytes of a plain needle from a place on.
    fn find_bytes(&self, body: &[u8], from: usize) -> Option<usize> {
        let needle = self.text.as_bytes();
        let rare = *needle.get(self.rarest)?;
        let mut at = from + self.rarest;
        loop {
            let rest = body.get(at..)?;
            let (lower, upper) = (rare.to_ascii_lowercase(), rare.to_ascii_uppercase());
            let step = if self.any_case && lower != upper { memchr::memchr2(lower, upper, rest) } else { memchr::memchr(rare, rest) }?;
            let start = at + step - self.rarest;
            let candidate = body.get(start..start + needle.len())?;
            if if self.any_case { candidate.eq_ignore_ascii_case(needle) } else { candidate == needle } {
                return Some(start);
            }
            at += step + 1;
        }
    }
}

/// Finds the values inside of `root` whose key or own text holds the needle: first from a value on to the
/// end, then from the beginning on. Tells what each stretch gave, until it is told to break off.
pub fn scan(document: &Document, root: NodeId, from: NodeId, needle: &Needle, tell: &mut dyn FnMut(Batch) -> ControlFlow<()>) {
    if needle.text.is_empty() || document.is_empty() {
        return;
    }
    let end = document.after(root).0;
    let begin = (root.0 + 1).min(end);
    let from = from.0.clamp(begin, end);
    let ranges = [(from..end, false), (begin..from, true)];
    for (range, before) in ranges {
        let mut child: Option<Range<u32>> = None;
        let mut at = range.start;
        while at < range.end {
            let segment = document.segment_of(at);
            let last = segment.first + segment.nodes.len() as u32;
            let upto = range.end.min(last).min(at + STRETCH as u32);
            let mut batch = Batch { before, ..Batch::default() };
            stretch(document, segment, at..upto, needle, &mut batch.hits);
            for hit in &batch.hits {
                if child.as_ref().is_none_or(|child| hit.0 >= child.end) {
                    let mut top = *hit;
                    while let Some(parent) = document.parent(top).filter(|parent| *parent != root) {
                        top = parent;
                    }
                    child = Some(top.0..document.after(top).0);
                    batch.children.push(top);
                }
            }
            if tell(batch).is_break() {
                return;
            }
            at = upto;
        }
    }
}

/// Looks through values of one part.
fn stretch(document: &Document, segment: &Segment, ids: Range<u32>, needle: &Needle, hits: &mut Vec<NodeId>) {
    if !needle.is_plain() {
        hits.extend(ids.map(NodeId).filter(|node| needle.holds_node(document, *node)));
        return;
    }
    let nodes = &segment.nodes[(ids.start - segment.first) as usize..(ids.end - segment.first) as usize];
    let begin = nodes.first().map_or(0, |node| node.start as usize - segment.start);
    let next = segment.nodes.get((ids.end - segment.first) as usize);
    let end = next.map_or(segment.body.len(), |node| node.start as usize - segment.start);
    let body = &segment.body[begin..end];
    // The bytes tell where to look; whether it stands in a key or a value, the value itself tells. Where
    // escapes stand, the bytes do not tell.
    let mut at = 0;
    let mut passed = 0;
    let look = |place: usize, passed: &mut usize, hits: &mut Vec<NodeId>| -> usize {
        let offset = segment.start + begin + place;
        *passed += nodes[*passed..].partition_point(|node| node.start as usize <= offset);
        let node = NodeId(ids.start + *passed as u32 - 1);
        if needle.holds_node(document, node) {
            hits.push(node);
        }
        nodes.get(*passed).map_or(body.len(), |node| node.start as usize - segment.start - begin)
    };
    let mut slash = memchr::memchr(b'\\', body);
    let mut word = needle.find_bytes(body, 0);
    while let Some(place) = [slash, word].into_iter().flatten().min() {
        if place >= at {
            at = look(place, &mut passed, hits);
        }
        if slash.is_some_and(|slash| slash < at) {
            slash = memchr::memchr(b'\\', &body[at..]).map(|step| at + step);
        }
        if word.is_some_and(|word| word < at) {
            word = needle.find_bytes(body, at);
        }
    }
}
