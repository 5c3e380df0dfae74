//! JSON text laid out over lines, for programs that show it to people.

use std::io::{self, Write};

use super::document::{Document, Kind, NodeId};
use super::rows::{Piece, pieces_of};
use crate::text::{is_harmless, push_safe};

/// Writes a value over several lines, two spaces a level. Characters that could drive a terminal
/// are written as JSON escapes, which mean the same. Uses no recursion, whatever the depth.
pub fn write(document: &Document, node: NodeId, out: &mut dyn Write) -> io::Result<()> {
    let mut open: Vec<(NodeId, u32)> = Vec::new();
    let mut at = Some(node);
    while let Some(value) = at {
        if value != node
            && let Some(raw) = document.raw_key(value)
        {
            string(raw, out)?;
            out.write_all(b": ")?;
        }
        let (start, _) = brackets(document, value);
        if document.child_count(value) > 0 {
            out.write_all(start)?;
            newline(open.len() + 1, out)?;
            open.push((value, 0));
            at = document.first_child(value);
            continue;
        }
        match document.kind(value) {
            Kind::Object => out.write_all(b"{}")?,
            Kind::Array => out.write_all(b"[]")?,
            Kind::String => string(document.raw_string(value).unwrap_or_default(), out)?,
            Kind::Number | Kind::Boolean | Kind::Null => {
                out.write_all(document.scalar(value).unwrap_or_default())?
            }
        }
        at = None;
        let mut last = value;
        while let Some((container, _)) = open.last().copied() {
            match document.next_sibling(last) {
                Some(next) => {
                    out.write_all(b",")?;
                    newline(open.len(), out)?;
                    at = Some(next);
                    break;
                }
                None => {
                    open.pop();
                    newline(open.len(), out)?;
                    out.write_all(brackets(document, container).1)?;
                    last = container;
                }
            }
        }
    }
    out.write_all(b"\n")
}

fn brackets(document: &Document, node: NodeId) -> (&'static [u8], &'static [u8]) {
    if document.kind(node) == Kind::Array {
        (b"[", b"]")
    } else {
        (b"{", b"}")
    }
}

fn newline(depth: usize, out: &mut dyn Write) -> io::Result<()> {
    // A deeper value differs by its brackets.
    let spaces = [b' '; 80];
    out.write_all(b"\n")?;
    out.write_all(&spaces[..(depth * 2).min(spaces.len())])
}

/// Writes the inside of a string with its quotes.
fn string(raw: &[u8], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    match std::str::from_utf8(raw) {
        // Existing escapes stay as they are.
        Ok(text) if text.chars().all(is_harmless) => out.write_all(raw)?,
        _ => {
            let mut safe = String::with_capacity(raw.len() + 16);
            for piece in pieces_of(raw) {
                match piece {
                    Piece::Character('"') => safe.push_str("\\\""),
                    Piece::Character('\\') => safe.push_str("\\\\"),
                    Piece::Character(character) => push_safe(&mut safe, character),
                    Piece::Bad(_) => safe.push_str("\\ufffd"),
                }
            }
            out.write_all(safe.as_bytes())?;
        }
    }
    out.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::json::document::Document;
    use bytes::Bytes;

    fn pretty(text: &[u8]) -> String {
        let document = Document::parse(Bytes::copy_from_slice(text));
        let mut out = Vec::new();
        write(&document, document.root().unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_value_is_laid_out_as_it_is_elsewhere() {
        let text = br#"{"a":[1,{"b":[]},{}],"c":"x \" \u00e9","n":0.10,"t":null}"#;
        let value: serde_json::Value = serde_json::from_slice(text).unwrap();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&pretty(text)).unwrap(),
            value
        );
        assert_eq!(
            pretty(br#"[1,{"a":2}]"#),
            "[\n  1,\n  {\n    \"a\": 2\n  }\n]\n"
        );
        assert!(pretty(text).contains("\"n\": 0.10"));
    }

    #[test]
    fn what_could_drive_a_terminal_is_escaped_and_depth_costs_no_stack() {
        assert_eq!(
            pretty("[\"a\u{9b}b\u{202e}\"]".as_bytes()),
            "[\n  \"a\\u009bb\\u202e\"\n]\n"
        );
        assert!(
            pretty(format!("{}{}", "[".repeat(20_000), "]".repeat(20_000)).as_bytes()).len()
                > 40_000
        );
    }
}
