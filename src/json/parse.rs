//! The parser: one pass over the body, no recursion, no copies.

use bytes::Bytes;

use super::document::{ANCHOR_STEP, Document, Fault, Node, skip_space};

/// Offsets and ids are 32 bits wide.
const LARGEST_BODY: usize = u32::MAX as usize - 1;

struct Parser {
    document: Document,
    /// The containers that are open, outermost first, each with the bracket that closes it.
    open: Vec<(u32, u8)>,
}

pub(super) fn parse(body: Bytes) -> Document {
    let document = Document { body, nodes: Vec::new(), anchors: Default::default(), fault: None };
    let mut parser = Parser { document, open: Vec::new() };
    let outcome = parser.run();
    let mut document = parser.document;
    if let Err(fault) = outcome {
        document.fault = Some(fault);
    }
    // Whatever a fault left open reaches to the end of what was read.
    for (id, _) in parser.open {
        document.nodes[id as usize].next = document.nodes.len() as u32;
    }
    document.nodes.shrink_to_fit();
    document
}

fn fault<T>(offset: usize, reason: &'static str) -> Result<T, Fault> {
    Err(Fault { offset, reason })
}

impl Parser {
    fn run(&mut self) -> Result<(), Fault> {
        let body = self.document.body.clone();
        if body.len() > LARGEST_BODY {
            return fault(0, "the body is larger than 4 GiB");
        }
        let mut at = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        loop {
            // A value is expected here, with its key if it is a member.
            at = skip_space(&body, at);
            let start = at;
            if let Some((_, b'}')) = self.open.last() {
                if body.get(at) != Some(&b'"') {
                    return fault(at, if at < body.len() { "expected a key in quotes" } else { "the body ends inside an object" });
                }
                at = skip_space(&body, self.string(&body, at)?);
                if body.get(at) != Some(&b':') {
                    return fault(at, if at < body.len() { "expected a colon after the key" } else { "the body ends after a key" });
                }
                at = skip_space(&body, at + 1);
            }
            match body.get(at) {
                None if self.open.is_empty() => return fault(at, "the body is empty"),
                None => return fault(at, "the body ends where a value is expected"),
                Some(b'{' | b'[') => {
                    let closing = if body[at] == b'{' { b'}' } else { b']' };
                    let id = self.push(start, 0);
                    at = skip_space(&body, at + 1);
                    if body.get(at) == Some(&closing) {
                        at += 1;
                    } else {
                        self.open.push((id, closing));
                        if at == body.len() {
                            return fault(at, "the body ends inside a container");
                        }
                        continue;
                    }
                }
                Some(_) => {
                    let end = self.scalar(&body, at)?;
                    self.push(start, (end - at) as u32);
                    at = end;
                }
            }
            // A value has ended: a comma follows, or brackets close.
            loop {
                at = skip_space(&body, at);
                let Some((container, closing)) = self.open.last().copied() else {
                    return if at == body.len() { Ok(()) } else { fault(at, "unexpected text after the end") };
                };
                match body.get(at) {
                    Some(b',') => {
                        at += 1;
                        break;
                    }
                    Some(byte) if *byte == closing => {
                        at += 1;
                        self.open.pop();
                        let next = self.document.nodes.len() as u32;
                        self.document.nodes[container as usize].next = next;
                    }
                    Some(_) => return fault(at, "expected a comma or a closing bracket"),
                    None => return fault(at, "the body ends inside a container"),
                }
            }
        }
    }

    /// Adds a value to the index and to its container's count.
    fn push(&mut self, start: usize, extra: u32) -> u32 {
        let id = self.document.nodes.len() as u32;
        let parent = self.open.last().map_or(id, |(parent, _)| *parent);
        self.document.nodes.push(Node { start: start as u32, parent, next: id + 1, extra });
        if parent != id {
            let count = &mut self.document.nodes[parent as usize].extra;
            *count += 1;
            // The child numbered 64, 128, … is an anchor.
            if *count > ANCHOR_STEP && (*count - 1).is_multiple_of(ANCHOR_STEP) {
                self.document.anchors.entry(parent).or_default().push(id);
            }
        }
        id
    }

    fn string(&self, body: &[u8], start: usize) -> Result<usize, Fault> {
        let end = super::document::string_end(body, start);
        let closed = end > start + 1 && body[end - 1] == b'"' && !ends_escaped(&body[start + 1..end - 1]);
        if closed { Ok(end) } else { fault(body.len(), "the body ends inside a string") }
    }

    /// Returns the end of a string, number or literal.
    fn scalar(&self, body: &[u8], at: usize) -> Result<usize, Fault> {
        let rest = &body[at..];
        match rest[0] {
            b'"' => self.string(body, at),
            b't' if rest.starts_with(b"true") => Ok(at + 4),
            b'f' if rest.starts_with(b"false") => Ok(at + 5),
            b'n' if rest.starts_with(b"null") => Ok(at + 4),
            b'-' | b'0'..=b'9' => {
                let length =
                    rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).unwrap_or(rest.len());
                if is_number(&rest[..length]) { Ok(at + length) } else { fault(at, "not a number") }
            }
            _ => fault(at, "expected a value"),
        }
    }
}

/// Says whether a text ends in an odd number of backslashes, so that a quote after it is escaped.
fn ends_escaped(text: &[u8]) -> bool {
    text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Checks JSON's grammar for numbers.
fn is_number(text: &[u8]) -> bool {
    fn digits(text: &[u8]) -> usize {
        text.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let places = digits(fraction);
        if places == 0 {
            return false;
        }
        rest = &fraction[places..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', digits @ ..] => digits,
            _ => exponent,
        };
        let places = digits(exponent);
        if places == 0 {
            return false;
        }
        rest = &exponent[places..];
    }
    rest.is_empty()
}
