//! JSON text laid out over lines, for programs that show it to people.

use std::convert::Infallible;
use std::io::{self, Write};

use unicode_width::UnicodeWidthChar;

use super::document::{Document, Kind, NodeId};
use super::rows::{Piece, Role, pieces_in_context};
use crate::text::{is_safe, push_safe, push_safe_between};

/// A piece of a line, with the role that decides its colour.
pub type LinePiece = (Role, String);

/// Writes a value over several lines, two spaces a level. Characters that could drive a terminal
/// are written as JSON escapes, which mean the same. Uses no recursion, whatever the depth.
pub fn write(document: &Document, node: NodeId, out: &mut dyn Write) -> io::Result<()> {
    lay_out(document, node, &mut Plain { out: &mut *out })?;
    out.write_all(b"\n")
}

/// Returns a value over several lines as [`write()`] writes it, none wider than `columns`: a long string continues on
/// the next line. All of it is laid out at once, so it is for requests, not for replies.
pub fn lines(document: &Document, node: NodeId, columns: usize) -> Vec<Vec<LinePiece>> {
    let mut lines = Lines {
        done: Vec::new(),
        line: Vec::new(),
        used: 0,
        indent: 0,
        columns: columns.max(2),
    };
    let Ok(()) = lay_out(document, node, &mut lines);
    lines.done.push(lines.line);
    lines.done
}

/// What takes the pieces of a value in their order.
trait Sink {
    /// Why a piece could not be taken.
    type Fault;

    fn piece(&mut self, role: Role, text: &[u8]) -> Result<(), Self::Fault>;
    fn newline(&mut self, depth: usize) -> Result<(), Self::Fault>;
}

/// Writes the pieces as they are.
struct Plain<'a> {
    out: &'a mut dyn Write,
}

impl Sink for Plain<'_> {
    type Fault = io::Error;

    fn piece(&mut self, _: Role, text: &[u8]) -> io::Result<()> {
        self.out.write_all(text)
    }

    fn newline(&mut self, depth: usize) -> io::Result<()> {
        // A deeper value differs by its brackets.
        let spaces = [b' '; 80];
        self.out.write_all(b"\n")?;
        self.out.write_all(&spaces[..(depth * 2).min(spaces.len())])
    }
}

/// Makes lines of a width.
struct Lines {
    done: Vec<Vec<LinePiece>>,
    line: Vec<LinePiece>,
    used: usize,
    indent: usize,
    columns: usize,
}

impl Lines {
    fn begin_line(&mut self, indent: usize) {
        if !self.line.is_empty() {
            self.done.push(std::mem::take(&mut self.line));
        }
        self.used = indent;
        if indent > 0 {
            self.line.push((Role::Punctuation, " ".repeat(indent)));
        }
    }

    fn push(&mut self, role: Role, character: char) {
        match self.line.last_mut() {
            Some((last, text)) if *last == role => text.push(character),
            Some(_) | None => self.line.push((role, character.to_string())),
        }
    }
}

impl Sink for Lines {
    type Fault = Infallible;

    fn piece(&mut self, role: Role, text: &[u8]) -> Result<(), Infallible> {
        for character in String::from_utf8_lossy(text).chars() {
            let wide = character.width().unwrap_or(0);
            if self.used + wide > self.columns {
                self.begin_line((self.indent + 2).min(self.columns / 2));
            }
            self.push(role, character);
            self.used += wide;
        }
        Ok(())
    }

    fn newline(&mut self, depth: usize) -> Result<(), Infallible> {
        self.indent = (depth * 2).min(self.columns / 2);
        self.begin_line(self.indent);
        Ok(())
    }
}

fn lay_out<S: Sink>(document: &Document, node: NodeId, out: &mut S) -> Result<(), S::Fault> {
    walk(document, node, &mut |part| match part {
        Part::Key(member) => {
            key(document, member, out)?;
            out.piece(Role::Punctuation, b": ")
        }
        Part::Start(container, depth) => {
            out.piece(Role::Punctuation, brackets(document, container).0)?;
            out.newline(depth + 1)
        }
        Part::Comma(depth) => {
            out.piece(Role::Punctuation, b",")?;
            out.newline(depth)
        }
        Part::End(container, depth) => {
            out.newline(depth)?;
            out.piece(Role::Punctuation, brackets(document, container).1)
        }
        Part::Value(value) => match document.kind(value) {
            Kind::Object => out.piece(Role::Punctuation, b"{}"),
            Kind::Array => out.piece(Role::Punctuation, b"[]"),
            Kind::String if document.is_quoted(value) => {
                let raw = document.raw_string(value).unwrap_or_default();
                string(Role::String, raw, out)
            }
            Kind::String => quoted(Role::String, &document.plain(value), out),
            kind @ (Kind::Number | Kind::Boolean | Kind::Null) => {
                let role = if kind == Kind::Number {
                    Role::Number
                } else {
                    Role::Literal
                };
                out.piece(role, document.scalar(value).unwrap_or_default())
            }
        },
    })
}

/// A step through a value.
pub(super) enum Part {
    /// The key of the next value.
    Key(NodeId),
    /// A container with values begins, at that depth.
    Start(NodeId, usize),
    /// A value follows another one at that depth.
    Comma(usize),
    /// A container with values ends, at that depth.
    End(NodeId, usize),
    /// A scalar, or an empty container.
    Value(NodeId),
}

/// Steps through a value. Uses no recursion, whatever the depth.
pub(super) fn walk<F>(
    document: &Document,
    node: NodeId,
    step: &mut dyn FnMut(Part) -> Result<(), F>,
) -> Result<(), F> {
    let mut open: Vec<NodeId> = Vec::new();
    let mut at = Some(node);
    while let Some(value) = at {
        if value != node && document.raw_key(value).is_some() {
            step(Part::Key(value))?;
        }
        if document.child_count(value) > 0 {
            step(Part::Start(value, open.len()))?;
            open.push(value);
            at = document.first_child(value);
            continue;
        }
        step(Part::Value(value))?;
        at = None;
        let mut last = value;
        while let Some(container) = open.last().copied() {
            match document.next_sibling(last) {
                Some(next) => {
                    step(Part::Comma(open.len()))?;
                    at = Some(next);
                    break;
                }
                None => {
                    open.pop();
                    step(Part::End(container, open.len()))?;
                    last = container;
                }
            }
        }
    }
    Ok(())
}

/// Returns the brackets of a container.
pub(super) fn brackets(document: &Document, node: NodeId) -> (&'static [u8], &'static [u8]) {
    if document.kind(node) == Kind::Array {
        (b"[", b"]")
    } else {
        (b"{", b"}")
    }
}

fn key<S: Sink>(document: &Document, member: NodeId, out: &mut S) -> Result<(), S::Fault> {
    if document.is_key_quoted(member) {
        string(Role::Key, document.raw_key(member).unwrap_or_default(), out)
    } else {
        quoted(Role::Key, &document.key(member).unwrap_or_default(), out)
    }
}

/// Writes text that was no JSON string as one.
fn quoted<S: Sink>(role: Role, text: &str, out: &mut S) -> Result<(), S::Fault> {
    let text = serde_json::Value::from(text).to_string();
    out.piece(role, crate::text::safe(&text).as_bytes())
}

/// Writes the inside of a string with its quotes.
fn string<S: Sink>(role: Role, raw: &[u8], out: &mut S) -> Result<(), S::Fault> {
    out.piece(role, b"\"")?;
    match std::str::from_utf8(raw) {
        // Existing escapes stay as they are.
        Ok(text) if is_safe(text) => out.piece(role, raw)?,
        _ => {
            let mut safe = String::with_capacity(raw.len() + 16);
            for (before, piece, after) in pieces_in_context(raw) {
                match piece {
                    Piece::Character('"') => safe.push_str("\\\""),
                    Piece::Character('\\') => safe.push_str("\\\\"),
                    Piece::Character(character) => {
                        push_safe_between(&mut safe, before, character, after)
                    }
                    Piece::Control(character) => push_safe(&mut safe, character),
                    Piece::Bad(_) => safe.push_str("\\ufffd"),
                }
            }
            out.piece(role, safe.as_bytes())?;
        }
    }
    out.piece(role, b"\"")
}

#[cfg(test)]
mod tests {
    use super::{lines, write};
    use crate::json::document::Document;
    use crate::json::rows::Role;
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
    fn the_lines_of_a_value_are_coloured_and_no_wider_than_there_is_room() {
        let text = br#"{"a":[1,"two words of a string"],"b":null,"c":{}}"#;
        let document = Document::parse(Bytes::copy_from_slice(text));
        let root = document.root().unwrap();
        let joined = |columns| {
            let lines = lines(&document, root, columns).into_iter();
            let lines: Vec<String> = lines
                .map(|line| line.into_iter().map(|(_, text)| text).collect())
                .collect();
            lines
        };
        assert_eq!(joined(80).join("\n") + "\n", pretty(text));
        let narrow = joined(12);
        assert_eq!(
            narrow[..7],
            [
                "{",
                "  \"a\": [",
                "    1,",
                "    \"two wor",
                "      ds of ",
                "      a stri",
                "      ng\""
            ]
        );
        let roles: Vec<Role> = lines(&document, root, 80)
            .into_iter()
            .flatten()
            .filter(|(role, _)| *role != Role::Punctuation)
            .map(|(role, _)| role)
            .collect();
        let expected = [
            Role::Key,
            Role::Number,
            Role::String,
            Role::Key,
            Role::Literal,
            Role::Key,
        ];
        assert_eq!(roles, expected);
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
