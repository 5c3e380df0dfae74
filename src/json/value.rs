//! The text of values: keys, strings, numbers, as they are in the body.

use std::borrow::Cow;

use bytes::Bytes;

use super::document::{Document, Kind, NodeId};

impl Document {
    /// Returns whether this is the synthetic root array of a body with several values (NDJSON).
    fn is_ours(&self, id: NodeId) -> bool {
        self.sequence && id.0 == 0
    }

    /// Returns the bytes from the start of a value or its key to the end of the part.
    pub(super) fn unit(&self, id: NodeId) -> (usize, &[u8]) {
        let segment = self.segment_of(id.0);
        let start = segment.nodes[(id.0 - segment.first) as usize].start as usize;
        (start, &segment.body[start - segment.start..])
    }

    /// Returns the offset of the value itself, behind its key if it has one, and the bytes from
    /// there.
    fn value(&self, id: NodeId) -> (usize, &[u8]) {
        let (start, unit) = self.unit(id);
        // Only a quote is ambiguous: it starts a key, or a string in an array. The container
        // decides.
        if !matches!(unit.first(), Some(b'"' | b'\'')) || !self.is_member(id) {
            return (start, unit);
        }
        let behind = behind_key(unit);
        (start + behind, unit.get(behind..).unwrap_or_default())
    }

    /// Returns the offset of a value in the body, behind its key if it has one.
    pub fn start_of(&self, id: NodeId) -> usize {
        self.value(id).0
    }

    /// Returns `{` or `[` of a container: the byte after the key's colon, or the first byte.
    fn container_byte(&self, id: NodeId) -> u8 {
        if self.is_ours(id) {
            return b'[';
        }
        let (_, unit) = self.unit(id);
        match unit.first() {
            Some(b'"' | b'\'') => unit.get(behind_key(unit)).copied().unwrap_or_default(),
            Some(bracket) => *bracket,
            None => 0,
        }
    }

    /// Returns whether a value is a member of an object.
    pub fn is_member(&self, id: NodeId) -> bool {
        self.parent(id)
            .is_some_and(|parent| self.container_byte(parent) == b'{')
    }

    /// Returns the kind of a value.
    pub fn kind(&self, id: NodeId) -> Kind {
        if self.is_ours(id) {
            return Kind::Array;
        }
        if self.is_bad_line(id) {
            return Kind::String;
        }
        let value = self.value(id).1;
        match value.first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"' | b'\'') => Kind::String,
            Some(b't' | b'f' | b'T' | b'F') => Kind::Boolean,
            // The others are `nan` and `NaN`.
            Some(b'n' | b'N') if value.get(1) != Some(&b'a') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// Returns whether a value can have children.
    pub fn is_container(&self, id: NodeId) -> bool {
        self.is_ours(id)
            || matches!(self.value(id).1.first(), Some(b'{' | b'[')) && !self.is_bad_line(id)
    }

    /// Returns the bytes of a member's key between its quotes.
    pub fn raw_key(&self, id: NodeId) -> Option<&[u8]> {
        if !self.is_member(id) {
            return None;
        }
        let (_, unit) = self.unit(id);
        unit.get(1..string_end(unit, 0).checked_sub(1)?)
    }

    /// Returns whether a member's key stands in double quotes, as in JSON.
    pub(super) fn is_key_quoted(&self, id: NodeId) -> bool {
        self.unit(id).1.first() == Some(&b'"')
    }

    /// Returns whether a value stands in double quotes, as in JSON.
    pub(super) fn is_quoted(&self, id: NodeId) -> bool {
        self.value(id).1.first() == Some(&b'"') && !self.is_bad_line(id)
    }

    /// Returns a member's key, decoded.
    pub fn key(&self, id: NodeId) -> Option<Cow<'_, str>> {
        self.raw_key(id).map(decode)
    }

    /// Returns whether a member has that key.
    pub fn key_is(&self, id: NodeId, key: &str) -> bool {
        match self.raw_key(id) {
            Some(raw) if memchr::memchr(b'\\', raw).is_none() => raw == key.as_bytes(),
            Some(raw) => decode(raw) == key,
            None => false,
        }
    }

    /// Returns the bytes of a scalar as they were received; of a container the opening bracket and
    /// what follows it in the part. Never copies.
    pub(super) fn raw_scalar(&self, id: NodeId) -> &[u8] {
        let value = self.value(id).1;
        let length = self.entry(id.0).extra as usize;
        &value[..length.min(value.len())]
    }

    /// Returns the bytes of a value as they were received. Copies only a value that crosses parts.
    pub fn raw(&self, id: NodeId) -> Cow<'_, [u8]> {
        if !self.is_container(id) {
            return Cow::Borrowed(self.raw_scalar(id));
        }
        self.slice(self.start_of(id), self.end_of(id))
    }

    /// Returns the bytes between two offsets. Copies only a range that crosses parts.
    pub fn slice(&self, start: usize, end: usize) -> Cow<'_, [u8]> {
        let end = end.min(self.size);
        let Some(segment) = self.segment_at(start).filter(|_| start < end) else {
            return Cow::Borrowed(&[]);
        };
        if end <= segment.end() {
            return Cow::Borrowed(&segment.body[start - segment.start..end - segment.start]);
        }
        let mut all = Vec::with_capacity(end - start);
        let mut at = start;
        while let Some(segment) = self
            .segment_at(at)
            .filter(|segment| at < end && at < segment.end())
        {
            let upto = end.min(segment.end());
            all.extend_from_slice(&segment.body[at - segment.start..upto - segment.start]);
            at = upto;
        }
        Cow::Owned(all)
    }

    /// Returns the bytes of a value in parts, without a copy.
    pub fn pieces(&self, id: NodeId) -> Vec<Bytes> {
        let (mut at, end) = (self.start_of(id), self.end_of(id));
        let mut pieces = Vec::new();
        while let Some(segment) = self
            .segment_at(at)
            .filter(|segment| at < end && at < segment.end())
        {
            let upto = end.min(segment.end());
            pieces.push(segment.body.slice(at - segment.start..upto - segment.start));
            at = upto;
        }
        pieces
    }

    /// Returns the offset of the next byte that is not white space, and that byte.
    fn next_byte(&self, mut at: usize) -> Option<(usize, u8)> {
        while let Some(segment) = self.segment_at(at).filter(|segment| at < segment.end()) {
            let inside = skip_space(&segment.body, at - segment.start);
            if let Some(byte) = segment.body.get(inside) {
                return Some((segment.start + inside, *byte));
            }
            at = segment.end();
        }
        None
    }

    /// Returns the offset of the end of a value in the body. That of a container is found from the
    /// end of its last value, over the brackets that are closed there.
    pub fn end_of(&self, id: NodeId) -> usize {
        if self.is_ours(id) {
            return self.size;
        }
        let start = self.start_of(id);
        if !self.is_container(id) {
            return start + self.entry(id.0).extra as usize;
        }
        let last = NodeId(self.entry(id.0).next - 1);
        let mut open = 1;
        let mut at = start + 1;
        if last != id {
            let mut climb = last;
            let mut levels = 0;
            while climb != id {
                let Some(parent) = self.parent(climb) else {
                    break;
                };
                climb = parent;
                levels += 1;
            }
            let last_start = self.start_of(last);
            (at, open) = if self.is_container(last) {
                (last_start + 1, levels + 1)
            } else {
                (last_start + self.entry(last.0).extra as usize, levels)
            };
        }
        while open > 0 {
            match self.next_byte(at) {
                Some((place, b']' | b'}')) => {
                    at = place + 1;
                    open -= 1;
                }
                Some((place, b',')) if self.has_trailing_commas() => at = place + 1,
                // A broken body ends inside; a trailing comma was read before the break.
                Some((place, _)) => return place,
                None => return self.size,
            }
        }
        at
    }

    /// Returns whether the closing bracket of a container is missing: the body is truncated, or
    /// still being received.
    pub fn is_unclosed(&self, id: NodeId) -> bool {
        // Only a container that extends to the end of what was read can be open.
        self.is_container(id)
            && !self.is_ours(id)
            && self.entry(id.0).next == self.count
            && self.ends_early(id)
    }

    /// Returns whether fewer brackets follow the last value of a container than are open there.
    fn ends_early(&self, id: NodeId) -> bool {
        let last = NodeId(self.entry(id.0).next - 1);
        let mut open = usize::from(self.is_container(last));
        let mut climb = last;
        while climb != id {
            let Some(parent) = self.parent(climb) else {
                break;
            };
            climb = parent;
            open += 1;
        }
        let mut at = if self.is_container(last) {
            self.start_of(last) + 1
        } else {
            self.end_of(last)
        };
        while open > 0 {
            match self.next_byte(at) {
                Some((place, b']' | b'}')) => {
                    at = place + 1;
                    open -= 1;
                }
                Some((place, b',')) if self.has_trailing_commas() => at = place + 1,
                Some(_) | None => return true,
            }
        }
        false
    }

    /// Returns the text of a string, decoded; `None` for other values.
    pub fn string(&self, id: NodeId) -> Option<Cow<'_, str>> {
        if self.is_bad_line(id) {
            return Some(String::from_utf8_lossy(self.raw_scalar(id)));
        }
        self.raw_string(id).map(decode)
    }

    /// Returns the bytes of a string between its quotes; `None` for other values.
    pub fn raw_string(&self, id: NodeId) -> Option<&[u8]> {
        if self.is_container(id) {
            return None;
        }
        let raw = self.raw_scalar(id);
        if self.is_bad_line(id) {
            return Some(raw);
        }
        (matches!(raw.first(), Some(b'"' | b'\'')) && raw.len() >= 2)
            .then(|| &raw[1..raw.len() - 1])
    }

    /// Returns the text of a scalar: a string without quotes, anything else as written.
    pub fn plain(&self, id: NodeId) -> Cow<'_, str> {
        self.string(id).unwrap_or_else(|| self.text(id))
    }

    /// Returns a value as JSON text; bytes that are not UTF-8 are replaced.
    pub fn text(&self, id: NodeId) -> Cow<'_, str> {
        match self.raw(id) {
            Cow::Borrowed(raw) => String::from_utf8_lossy(raw),
            Cow::Owned(raw) => Cow::Owned(String::from_utf8_lossy(&raw).into_owned()),
        }
    }

    /// Returns whether a value is `true`; `None` if it is not a boolean.
    pub fn boolean(&self, id: NodeId) -> Option<bool> {
        match self.scalar(id)? {
            b"true" | b"True" => Some(true),
            b"false" | b"False" => Some(false),
            _ => None,
        }
    }

    /// Returns a whole number that fits; `None` for anything else.
    pub fn integer(&self, id: NodeId) -> Option<i64> {
        std::str::from_utf8(self.scalar(id)?).ok()?.parse().ok()
    }

    /// Returns the bytes of a scalar as they were received; `None` for containers.
    pub fn scalar(&self, id: NodeId) -> Option<&[u8]> {
        (!self.is_container(id)).then(|| self.raw_scalar(id))
    }

    /// Returns whether a value is `null`, an empty string, or an empty container.
    pub fn is_blank(&self, id: NodeId) -> bool {
        match self.kind(id) {
            Kind::Null => true,
            Kind::String => self.entry(id.0).extra == 2,
            Kind::Object | Kind::Array => self.child_count(id) == 0,
            Kind::Number | Kind::Boolean => false,
        }
    }
}

/// Returns the offset of the value behind its key.
fn behind_key(unit: &[u8]) -> usize {
    let colon = skip_space(unit, string_end(unit, 0));
    skip_space(unit, colon + 1)
}

/// Returns the offset behind a string in single quotes that begins at `start`; `None` if it does not end.
pub(super) fn single_quoted_end(body: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr::memchr2(b'\'', b'\\', body.get(at..)?)?;
        if body[at] == b'\'' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Returns the offset behind a string that begins with a quote at `start`.
pub(super) fn string_end(body: &[u8], start: usize) -> usize {
    if body.get(start) == Some(&b'\'') {
        return single_quoted_end(body, start).unwrap_or(body.len());
    }
    let mut at = start + 1;
    while let Some(found) = quote_or_slash(body, at) {
        if body[found] == b'"' {
            return found + 1;
        }
        at = found + 2;
    }
    body.len()
}

/// Returns the next quote or backslash from an offset on. Most strings are short: their first bytes
/// are inspected eight at a time before a search that pays only for long ones.
pub(super) fn quote_or_slash(body: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    for _ in 0..4 {
        let Some(word) = body
            .get(at..at + 8)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u64::from_le_bytes)
        else {
            break;
        };
        let zero_at = |other: u64| {
            let different = word ^ other;
            different.wrapping_sub(ONES) & !different & HIGHS
        };
        let found = zero_at(ONES * u64::from(b'"')) | zero_at(ONES * u64::from(b'\\'));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    memchr::memchr2(b'"', b'\\', body.get(at..)?).map(|step| at + step)
}

/// Returns the offset of the next byte that is not white space.
pub(super) fn skip_space(body: &[u8], mut at: usize) -> usize {
    while matches!(body.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Decodes the text between the quotes of a string. Lone surrogates and bad UTF-8 become U+FFFD.
pub(super) fn decode(raw: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw).is_none() {
        return String::from_utf8_lossy(raw);
    }
    let mut out = String::with_capacity(raw.len());
    for piece in super::rows::pieces_of(raw) {
        match piece {
            super::rows::Piece::Character(character) | super::rows::Piece::Control(character) => {
                out.push(character)
            }
            super::rows::Piece::Bad(_) => out.push('\u{fffd}'),
        }
    }
    Cow::Owned(out)
}
