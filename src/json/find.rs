//! Searching text in keys and values, part by part, from the cursor on.

use std::borrow::Cow;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use super::document::{Document, NodeId};
use super::rows::shown_text;
use super::segment::Segment;
use super::value::decode;

/// The number of values searched before the matches are reported.
const STRETCH: usize = 1 << 15;
/// From twice this many values on, two threads share the work.
const SHARED: usize = 4 * STRETCH;
/// Bytes by their frequency in JSON, the most frequent first: a rare one is searched first.
const FREQUENT: &[u8] =
    b"\"eatoinrs,:l_dcumphgb.fyv/wk-x{}10 ET2AISORN3LCDP54867MU9BHGFqzjVWYKXJQZ[]";

/// What is searched for.
#[derive(Debug, Clone)]
pub struct Needle {
    text: String,
    any_case: bool,
    pattern: Option<regex_lite::Regex>,
    /// The search for the exact text.
    exact: Option<memchr::memmem::Finder<'static>>,
    /// The positions of its two rarest bytes.
    rare: (usize, usize),
}

/// The matches in a range of the document.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The values that match, in order.
    pub hits: Vec<NodeId>,
    /// The children of the root that contain them, in order.
    pub children: Vec<NodeId>,
    /// Whether they are before the place where the search started.
    pub before: bool,
}

/// Returns whether a regular expression has capital letters that are text: those of escapes (`\S`,
/// `\p{Greek}`) and of groups (`(?P<Name>`) are not.
fn has_capitals(pattern: &str) -> bool {
    let mut rest = pattern;
    loop {
        rest = match rest.find(|character: char| {
            character == '\\' || character == '(' || character.is_uppercase()
        }) {
            None => return false,
            Some(at) => &rest[at..],
        };
        let skipped = if let Some(group) = rest.strip_prefix("(?") {
            2 + group.find([':', '>', ')']).unwrap_or(group.len())
        } else if rest.starts_with('(') {
            1
        } else if let Some(escape) = rest.strip_prefix('\\') {
            let length = escape.chars().next().map_or(0, char::len_utf8);
            let braced = if escape[length..].starts_with('{') {
                escape[length..].find('}').map_or(0, |end| end + 1)
            } else {
                0
            };
            1 + length + braced
        } else {
            return true;
        };
        rest = &rest[skipped..];
    }
}

impl Needle {
    /// Reads the typed text: plain text, or a regular expression after `re:`. Without capital
    /// letters, case does not matter. The error says why a pattern cannot be read.
    pub fn parse(typed: &str) -> Result<Needle, String> {
        let any_case = !typed.chars().any(char::is_uppercase);
        let pattern = match typed.strip_prefix("re:") {
            Some(pattern) => {
                let any_case = !has_capitals(pattern);
                let built = regex_lite::RegexBuilder::new(pattern)
                    .case_insensitive(any_case)
                    .build();
                Some(built.map_err(|error| error.to_string())?)
            }
            None => None,
        };
        let rank = |byte: u8| {
            FREQUENT
                .iter()
                .position(|own| *own == byte)
                .unwrap_or(FREQUENT.len())
        };
        let mut places: Vec<usize> = (0..typed.len()).collect();
        places.sort_by_key(|place| std::cmp::Reverse(rank(typed.as_bytes()[*place])));
        let rare = (
            places.first().copied().unwrap_or(0),
            places.get(1).or(places.first()).copied().unwrap_or(0),
        );
        let exact = (!any_case).then(|| memchr::memmem::Finder::new(typed).into_owned());
        Ok(Needle {
            text: typed.to_owned(),
            any_case,
            pattern,
            exact,
            rare,
        })
    }

    /// Returns what was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether a text is found by its bytes alone: no pattern, and no case beyond ASCII.
    fn is_plain(&self) -> bool {
        self.pattern.is_none() && (self.text.is_ascii() || !self.any_case)
    }

    /// Returns the matches in a text.
    pub fn spans(&self, text: &str) -> Vec<Range<usize>> {
        if self.text.is_empty() {
            return Vec::new();
        }
        if let Some(pattern) = &self.pattern {
            return pattern
                .find_iter(text)
                .map(|found| found.range())
                .filter(|range| !range.is_empty())
                .collect();
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
        // The case of other scripts changes lengths: each position is compared by itself.
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

    /// Returns whether it may be text as it is shown, with escapes in it.
    fn is_shown(&self) -> bool {
        self.pattern.is_none() && self.text.contains('\\')
    }

    fn holds(&self, text: &str) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.is_match(text),
            None if self.is_plain() => self.find_bytes(text.as_bytes(), 0).is_some(),
            None => !self.spans(text).is_empty(),
        }
    }

    /// Searches the text of a string as it is in the body.
    fn holds_raw(&self, raw: &[u8]) -> bool {
        if self.is_plain() && !self.is_shown() && memchr::memchr(b'\\', raw).is_none() {
            return self.find_bytes(raw, 0).is_some();
        }
        let text: Cow<'_, str> = decode(raw);
        self.holds(&text) || self.is_shown() && self.holds(&shown_text(raw))
    }

    fn holds_node(&self, document: &Document, node: NodeId) -> bool {
        document
            .raw_key(node)
            .is_some_and(|raw| self.holds_raw(raw))
            || (!document.is_container(node)
                && self.holds_raw(
                    document
                        .raw_string(node)
                        .unwrap_or_else(|| document.raw_scalar(node)),
                ))
    }

    /// Returns the offset of the match in the body, in a value that matches; where escapes hide it,
    /// the offset of the value.
    pub fn place_in(&self, document: &Document, node: NodeId) -> usize {
        if node.number() >= document.len() {
            return document.size();
        }
        let (start, unit) = document.unit(node);
        let behind = document.start_of(node) - start + document.scalar(node).map_or(0, <[u8]>::len);
        let unit = &unit[..behind.min(unit.len())];
        let place = match &self.pattern {
            None if self.is_plain() => self.find_bytes(unit, 0),
            Some(_) | None => std::str::from_utf8(unit)
                .ok()
                .and_then(|text| self.spans(text).first().map(|span| span.start)),
        };
        start + place.unwrap_or(0)
    }

    /// Returns whether an escape other than a number could stand for a part of the needle.
    fn may_be_escaped(&self) -> bool {
        self.text.contains(|character: char| {
            character.is_control() || matches!(character, '"' | '\\' | '/')
        })
    }

    /// Finds the bytes of a plain needle from a place on.
    fn find_bytes(&self, body: &[u8], from: usize) -> Option<usize> {
        match &self.exact {
            Some(finder) => finder.find(body.get(from..)?).map(|step| from + step),
            None => self.find_any_case(body, from),
        }
    }

    /// Finds ASCII text of any case: its two rarest bytes at once, eight positions at a time.
    fn find_any_case(&self, body: &[u8], from: usize) -> Option<usize> {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGHS: u64 = 0x8080_8080_8080_8080;
        // The bit that distinguishes small from capital letters.
        const CASE: u8 = 0x20;
        let needle = self.text.as_bytes();
        let (one, two) = self.rare;
        let places = (body.len() + 1)
            .checked_sub(needle.len() + from)
            .filter(|places| *places > 0)?;
        let ones = &body[from + one..from + one + places];
        let twos = &body[from + two..from + two + places];
        let (first, second) = (
            ONES * u64::from(needle.get(one)? | CASE),
            ONES * u64::from(needle.get(two)? | CASE),
        );
        let case = ONES * u64::from(CASE);
        let is_here = |place: usize| {
            body[from + place..from + place + needle.len()].eq_ignore_ascii_case(needle)
        };
        // A byte is zero where both match; the sign of such a byte may also be set behind it, never
        // before it.
        let signs_of = |one: &[u8; 8], two: &[u8; 8]| {
            let apart = ((u64::from_le_bytes(*one) | case) ^ first)
                | ((u64::from_le_bytes(*two) | case) ^ second);
            apart.wrapping_sub(ONES) & !apart & HIGHS
        };
        let (ones, ones_left) = ones.as_chunks::<8>();
        let (twos, _) = twos.as_chunks::<8>();
        let (ones, few) = ones.as_chunks::<4>();
        let (twos, few_twos) = twos.as_chunks::<4>();
        let look = |number: usize, mut signs: u64| {
            while signs != 0 {
                let place = number * 8 + signs.trailing_zeros() as usize / 8;
                if is_here(place) {
                    return Some(from + place);
                }
                signs &= signs - 1;
            }
            None
        };
        for (number, (ones, twos)) in ones.iter().zip(twos).enumerate() {
            let signs = [0, 1, 2, 3].map(|lane| signs_of(&ones[lane], &twos[lane]));
            if signs[0] | signs[1] | signs[2] | signs[3] != 0 {
                let found = signs
                    .into_iter()
                    .enumerate()
                    .find_map(|(lane, signs)| look(number * 4 + lane, signs));
                if found.is_some() {
                    return found;
                }
            }
        }
        let passed = ones.len() * 4;
        let found = few
            .iter()
            .zip(few_twos)
            .enumerate()
            .find_map(|(number, (one, two))| look(passed + number, signs_of(one, two)));
        found.or_else(|| {
            (places - ones_left.len()..places)
                .find(|place| is_here(*place))
                .map(|place| from + place)
        })
    }
}

/// Finds the values inside of `root` whose key or own text contains the needle: first from a value
/// on to the end, then from the beginning on. Reports the matches of each range, until the callback
/// stops it.
pub fn scan(
    document: &Document,
    root: NodeId,
    from: NodeId,
    needle: &Needle,
    tell: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) {
    if needle.text.is_empty() || document.is_empty() {
        return;
    }
    let end = document.after(root).0;
    let begin = (root.0 + 1).min(end);
    let from = from.0.clamp(begin, end);
    for (ids, before) in [(from..end, false), (begin..from, true)] {
        let mut seeker = Seeker {
            document,
            root,
            needle,
            ids,
            before,
            child: 0..0,
        };
        if seeker.ids.len() < 2 * SHARED {
            if std::iter::from_fn(|| seeker.next())
                .try_for_each(&mut *tell)
                .is_break()
            {
                return;
            }
            continue;
        }
        // The second half is searched meanwhile.
        let middle = seeker.ids.start + seeker.ids.len() as u32 / 2;
        let mut other = Seeker {
            ids: middle..seeker.ids.end,
            child: 0..0,
            ..seeker
        };
        seeker.ids.end = middle;
        let stop = AtomicBool::new(false);
        let flow = std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                std::iter::from_fn(|| other.next())
                    .take_while(|_| !stop.load(Relaxed))
                    .collect::<Vec<Batch>>()
            });
            let flow = std::iter::from_fn(|| seeker.next()).try_for_each(&mut *tell);
            stop.store(flow.is_break(), Relaxed);
            let batches = second.join().unwrap_or_default();
            if flow.is_break() {
                flow
            } else {
                batches.into_iter().try_for_each(&mut *tell)
            }
        });
        if flow.is_break() {
            return;
        }
    }
}

/// Searches a range of values in steps.
struct Seeker<'a> {
    document: &'a Document,
    root: NodeId,
    needle: &'a Needle,
    ids: Range<u32>,
    before: bool,
    /// The child of the root that contains the last match.
    child: Range<u32>,
}

impl Seeker<'_> {
    fn next(&mut self) -> Option<Batch> {
        if self.ids.is_empty() {
            return None;
        }
        let document = self.document;
        let at = self.ids.start;
        let segment = document.segment_of(at);
        let last = segment.first + segment.nodes.len() as u32;
        let upto = self.ids.end.min(last).min(at + STRETCH as u32);
        self.ids.start = upto;
        let mut batch = Batch {
            before: self.before,
            ..Batch::default()
        };
        stretch(document, segment, at..upto, self.needle, &mut batch.hits);
        for hit in &batch.hits {
            if hit.0 >= self.child.end {
                let mut top = *hit;
                while let Some(parent) = document.parent(top).filter(|parent| *parent != self.root)
                {
                    top = parent;
                }
                self.child = top.0..document.after(top).0;
                batch.children.push(top);
            }
        }
        Some(batch)
    }
}

/// Searches the values of one part.
fn stretch(
    document: &Document,
    segment: &Segment,
    ids: Range<u32>,
    needle: &Needle,
    hits: &mut Vec<NodeId>,
) {
    // What is shown escaped may be any character in the body.
    if !needle.is_plain() || needle.is_shown() {
        hits.extend(
            ids.map(NodeId)
                .filter(|node| needle.holds_node(document, *node)),
        );
        return;
    }
    let nodes =
        &segment.nodes[(ids.start - segment.first) as usize..(ids.end - segment.first) as usize];
    let begin = nodes
        .first()
        .map_or(0, |node| node.start as usize - segment.start);
    let next = segment.nodes.get((ids.end - segment.first) as usize);
    let end = next.map_or(segment.body.len(), |node| {
        node.start as usize - segment.start
    });
    let body = &segment.body[begin..end];
    // The bytes show where to look; the value itself shows whether the match is in a key or a
    // value. Where escapes may stand for a part of the needle, the bytes do not show it.
    let mut at = 0;
    let mut passed = 0;
    let look = |place: usize, passed: &mut usize, hits: &mut Vec<NodeId>| -> usize {
        let offset = segment.start + begin + place;
        *passed += nodes[*passed..].partition_point(|node| node.start as usize <= offset);
        let node = NodeId(ids.start + *passed as u32 - 1);
        if needle.holds_node(document, node) {
            hits.push(node);
        }
        nodes.get(*passed).map_or(body.len(), |node| {
            node.start as usize - segment.start - begin
        })
    };
    let hidden = |from: usize| -> Option<usize> {
        if needle.may_be_escaped() {
            memchr::memchr(b'\\', body.get(from..)?).map(|step| from + step)
        } else if segment.numbered {
            memchr::memmem::find(body.get(from..)?, b"\\u").map(|step| from + step)
        } else {
            None
        }
    };
    let mut slash = hidden(0);
    let mut word = needle.find_bytes(body, 0);
    while let Some(place) = [slash, word].into_iter().flatten().min() {
        if place >= at {
            at = look(place, &mut passed, hits);
        }
        if slash.is_some_and(|slash| slash < at) {
            slash = hidden(at);
        }
        if word.is_some_and(|word| word < at) {
            word = needle.find_bytes(body, at);
        }
    }
}
