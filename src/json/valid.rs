//! Repair of strings that JSON forbids, so that other programs can read what is written for them.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;

use super::compact::compact;
use super::document::{Document, Kind, NodeId};
use super::pretty::{Part, brackets, walk};
use super::rows::{Piece, piece};
use super::segment::Segment;
use super::value::{quote_or_slash, string_end};

/// What a JSON parser shows in place of bytes that are no character.
const NO_CHARACTER: &str = "\u{fffd}";

/// A JSON text that every program can read.
#[derive(Debug, PartialEq, Eq)]
pub struct Valid<'a> {
    /// The text, without the white space between its values. Borrows where nothing had to be changed.
    pub text: Cow<'a, [u8]>,
    /// The number of strings and keys that were rewritten.
    pub repaired: u64,
}

/// Returns a JSON value without white space between its values and with strings that JSON allows:
/// raw control characters are escaped, and invalid characters (bad UTF-8, unknown escapes, lone
/// surrogates) become U+FFFD. Everything else is unchanged.
pub fn valid(raw: &[u8]) -> Valid<'_> {
    let text = compact(raw);
    if is_valid(&text) {
        return Valid { text, repaired: 0 };
    }
    let mut out = Vec::with_capacity(text.len() + 16);
    let (mut at, mut repaired) = (0, 0);
    while let Some(quote) = memchr::memchr(b'"', &text[at..]) {
        out.extend_from_slice(&text[at..at + quote]);
        let end = string_end(&text, at + quote).min(text.len());
        let string = &text[at + quote..end];
        if is_valid(string) {
            out.extend_from_slice(string);
        } else {
            repaired += 1;
            let inside = string.strip_prefix(b"\"").unwrap_or(string);
            repair(inside.strip_suffix(b"\"").unwrap_or(inside), &mut out);
        }
        at = end;
    }
    out.extend_from_slice(&text[at..]);
    Valid {
        text: Cow::Owned(out),
        repaired,
    }
}

/// Returns a value as JSON that every program can read, as [`valid`] does; where the document deviates from JSON, as
/// [`rewritten`] does.
pub fn valid_value(document: &Document, node: NodeId) -> Valid<'_> {
    if !document.deviations().is_empty() {
        return rewritten(document, node);
    }
    match document.raw(node) {
        Cow::Borrowed(raw) => valid(raw),
        Cow::Owned(raw) => {
            let Valid { text, repaired } = valid(&raw);
            let text = Cow::Owned(text.into_owned());
            Valid { text, repaired }
        }
    }
}

/// Returns a value as JSON that every program can read, written anew from what was read of it: brackets are closed, single
/// quotes are double ones, a line without JSON is a string. As in jq, NaN is null and Infinity the largest number.
pub fn rewritten(document: &Document, node: NodeId) -> Valid<'static> {
    let (mut out, mut repaired) = (Vec::new(), 0);
    let mut string = |raw: &[u8], out: &mut Vec<u8>| {
        let start = out.len();
        out.push(b'"');
        out.extend_from_slice(raw);
        out.push(b'"');
        if !is_valid(&out[start..]) {
            out.truncate(start);
            repaired += 1;
            repair(raw, out);
        }
    };
    let mut others = 0;
    let Ok(()) = walk::<Infallible>(document, node, &mut |part| {
        match part {
            Part::Key(member) => {
                if document.is_key_quoted(member) {
                    string(document.raw_key(member).unwrap_or_default(), &mut out);
                } else {
                    others += 1;
                    quote(&document.key(member).unwrap_or_default(), &mut out);
                }
                out.push(b':');
            }
            Part::Start(container, _) => out.extend_from_slice(brackets(document, container).0),
            Part::Comma(_) => out.push(b','),
            Part::End(container, _) => out.extend_from_slice(brackets(document, container).1),
            Part::Value(value) => match document.kind(value) {
                Kind::Object => out.extend_from_slice(b"{}"),
                Kind::Array => out.extend_from_slice(b"[]"),
                Kind::String if document.is_quoted(value) => {
                    string(document.raw_string(value).unwrap_or_default(), &mut out);
                }
                Kind::String => {
                    others += 1;
                    quote(&document.plain(value), &mut out);
                }
                Kind::Number | Kind::Boolean | Kind::Null => {
                    let raw = document.scalar(value).unwrap_or_default();
                    let word = json_word(raw);
                    others += u64::from(word != raw);
                    out.extend_from_slice(word);
                }
            },
        }
        Ok(())
    });
    Valid {
        text: Cow::Owned(out),
        repaired: repaired + others,
    }
}

fn quote(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
}

/// Returns what JSON has for a number or literal.
fn json_word(raw: &[u8]) -> &[u8] {
    match raw {
        b"NaN" | b"-NaN" | b"nan" | b"-nan" | b"None" => b"null",
        b"Infinity" => b"1.7976931348623157e308",
        b"-Infinity" => b"-1.7976931348623157e308",
        b"True" => b"true",
        b"False" => b"false",
        _ => raw,
    }
}

/// Counts the strings and keys of a document that JSON forbids.
pub(super) fn forbidden_in(document: &Document) -> u64 {
    // A quote that is none of JSON's would turn the text around it inside out.
    if document.fault().is_some() || !document.deviations().is_empty() {
        let is_odd = |inside: &[u8]| u64::from(!is_valid(inside));
        return (0..document.len())
            .filter_map(|number| document.nth(number))
            .map(|node| {
                let key = document.raw_key(node).map_or(0, is_odd);
                let is_text = !document.is_bad_line(node);
                key + document
                    .raw_string(node)
                    .filter(|_| is_text)
                    .map_or(0, is_odd)
            })
            .sum();
    }
    // No string goes over two parts.
    let count = |segments: &[Arc<Segment>]| -> u64 {
        segments
            .iter()
            .map(|segment| forbidden_in_part(&segment.body))
            .sum()
    };
    let (first, second) = document.segments.split_at(document.segments.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| count(first));
        let own = count(second);
        own + other.join().unwrap_or_default()
    })
}

/// Counts the strings of a part. Most parts have none, which is seen without looking at each string.
fn forbidden_in_part(part: &[u8]) -> u64 {
    let has_controls = part.iter().any(|byte| *byte < b' ');
    if std::str::from_utf8(part).is_err() || !has_valid_escapes(part) {
        return forbidden([part]);
    }
    if !has_controls {
        return 0;
    }
    let (mut count, mut at) = (0, 0);
    while let Some(quote) = memchr::memchr(b'"', part.get(at..).unwrap_or_default()) {
        let start = at + quote;
        at = string_end(part, start);
        count += u64::from(part[start..at].iter().any(|byte| *byte < b' '));
    }
    count
}

fn has_valid_escapes(text: &[u8]) -> bool {
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &text[at..]) {
        at += found;
        match piece(&text[at..]) {
            (Piece::Character(_), length) => at += length,
            (Piece::Control(_) | Piece::Bad(_), _) => return false,
        }
    }
    true
}

/// Counts the strings and keys of a JSON text that JSON forbids. The text may be given in parts.
pub fn forbidden<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let mut count = 0;
    // The string that the previous part ended in.
    let mut open: Vec<u8> = Vec::new();
    for part in parts {
        let mut at = 0;
        if !open.is_empty() {
            let torn = open.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
            let end = closed(part, usize::from(torn));
            open.extend_from_slice(&part[..end.unwrap_or(part.len())]);
            let Some(end) = end else { continue };
            count += u64::from(!is_valid(&open));
            open.clear();
            at = end;
        }
        while let Some(quote) = memchr::memchr(b'"', part.get(at..).unwrap_or_default()) {
            let start = at + quote;
            let Some(end) = closed(part, start + 1) else {
                open.extend_from_slice(&part[start..]);
                break;
            };
            count += u64::from(!is_valid(&part[start..end]));
            at = end;
        }
    }
    count + u64::from(!open.is_empty() && !is_valid(&open))
}

/// Returns the end of a string that continues from an offset; `None` if it is beyond the text.
fn closed(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let found = quote_or_slash(text, at)?;
        if text[found] == b'"' {
            return Some(found + 1);
        }
        at = found + 2;
    }
}

/// Returns whether a text without white space between its values has no string that JSON forbids.
fn is_valid(text: &[u8]) -> bool {
    let has_controls = text.iter().any(|byte| *byte < b' ');
    if has_controls || std::str::from_utf8(text).is_err() {
        return false;
    }
    has_valid_escapes(text)
}

/// Writes the inside of a string with quotes; only what JSON forbids is changed.
fn repair(inside: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut at = 0;
    while at < inside.len() {
        let (what, length) = piece(&inside[at..]);
        let raw = &inside[at..at + length];
        match what {
            Piece::Bad(_) => out.extend_from_slice(NO_CHARACTER.as_bytes()),
            Piece::Control(_) => out.extend_from_slice(format!("\\u{:04x}", raw[0]).as_bytes()),
            Piece::Character(_) => out.extend_from_slice(raw),
        }
        at += length;
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::{forbidden, valid, valid_value};
    use crate::json::document::Document;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn repaired(text: &[u8]) -> (String, u64) {
        let valid = valid(text);
        (
            String::from_utf8(valid.text.into_owned()).unwrap(),
            valid.repaired,
        )
    }

    #[test]
    fn what_json_forbids_is_written_so_that_it_is_allowed() {
        let text = b"{ \"a\\x00\": \"tab\there\", \"b\": [\"bad \xff\", \"\\ud800 lone\", \"fine \\u00e9 \\\\x\", \"two\nlines\\\"\"], \"c\": 1.50 }";
        let expected = "{\"a\u{fffd}00\":\"tab\\u0009here\",\"b\":[\"bad \u{fffd}\",\"\u{fffd} lone\",\"fine \\u00e9 \\\\x\",\"two\\u000alines\\\"\"],\"c\":1.50}";
        assert_eq!(repaired(text), (expected.to_owned(), 5));
        assert_eq!(forbidden([&text[..]]), 5);
        serde_json::from_str::<serde_json::Value>(expected).unwrap();
    }

    #[test]
    fn every_string_that_json_forbids_is_counted() {
        let odd: [&[u8]; 12] = [
            b"\\x00",
            b"\\a",
            b"\\'",
            b"\\u",
            b"\\u00A",
            b"\\ud800",
            b"\\uD800\\u",
            b"\\uD834\\uDd",
            b"a\x00a",
            b"new\nline",
            b"\t",
            b"\xff",
        ];
        for inside in odd {
            let text = [&b"[\""[..], inside, b"\", \"fine\\n\"]\n"].concat();
            let count = |text: Vec<u8>| Document::parse(Bytes::from(text)).count_forbidden();
            let shown = String::from_utf8_lossy(inside).into_owned();
            assert_eq!(count(text.clone()), 1, "{shown}");
            // As a key, and in a body that deviates from JSON otherwise.
            let key = [&b"{\""[..], inside, b"\": NaN, 'b': \"\n\"}"].concat();
            assert_eq!(count(key), 2, "{shown}");
        }
    }

    #[test]
    fn what_deviates_from_json_is_written_so_that_it_is_allowed() {
        let rewritten = |text: &'static [u8]| {
            let document = Document::parse(Bytes::from_static(text));
            let valid = valid_value(&document, document.root().unwrap());
            serde_json::from_slice::<serde_json::Value>(&valid.text).unwrap();
            (
                String::from_utf8(valid.text.into_owned()).unwrap(),
                valid.repaired,
            )
        };
        assert_eq!(
            rewritten(b"[ NaN, -Infinity, None, True, 1.50,]"),
            (
                "[null,-1.7976931348623157e308,null,true,1.50]".to_owned(),
                4
            )
        );
        assert_eq!(
            rewritten(br#"{'a "b"': 'it\'s', "c": "\x", "d": {}, }"#),
            (
                "{\"a \\\"b\\\"\":\"it\u{fffd}s\",\"c\":\"\u{fffd}\",\"d\":{}}".to_owned(),
                3
            )
        );
    }

    #[test]
    fn what_json_allows_stays_as_it_came() {
        let text = "{\"a\":\"\\ud83d\\ude00 \\/ \\u0000 ü\",\"n\":-0.0e+5}";
        assert_eq!(repaired(text.as_bytes()), (text.to_owned(), 0));
        assert_eq!(forbidden([&b"[\n\t\"a\"\n]\n"[..]]), 0);
    }

    proptest! {
        #[test]
        fn every_program_reads_what_was_repaired(strings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 1..4)) {
            let mut text = b"[".to_vec();
            for (at, string) in strings.iter().enumerate() {
                if at > 0 {
                    text.push(b',');
                }
                text.push(b'"');
                let mut escaped = false;
                for byte in string {
                    // A quote that ends the string is none of its bytes.
                    if *byte == b'"' && !escaped {
                        continue;
                    }
                    escaped = *byte == b'\\' && !escaped;
                    text.push(*byte);
                }
                if escaped {
                    text.push(b'n');
                }
                text.push(b'"');
            }
            text.push(b']');
            let read = serde_json::from_slice::<serde_json::Value>(&text);
            let valid = valid(&text);
            prop_assert_eq!(valid.repaired, forbidden([&text[..]]));
            for size in 1..4 {
                prop_assert_eq!(valid.repaired, forbidden(text.chunks(size)));
            }
            prop_assert_eq!(Document::parse(Bytes::copy_from_slice(&text)).count_forbidden(), valid.repaired);
            prop_assert_eq!(valid.repaired == 0, read.is_ok());
            let value: Vec<String> = serde_json::from_slice(&valid.text).unwrap();
            // It says what the document shows, but for how many marks stand for bytes that are no character.
            let plain = |text: &str| text.replace('\u{fffd}', "");
            let document = Document::parse(Bytes::from(text));
            let shown: Vec<String> = document.children(document.root().unwrap()).map(|child| plain(&document.plain(child))).collect();
            prop_assert_eq!(value.iter().map(|text| plain(text)).collect::<Vec<_>>(), shown);
        }
    }
}
