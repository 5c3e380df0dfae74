//! One row of a document as pieces of text, each with its role.
//!
//! A row costs as much as its width: long strings and large containers are read only as far as they
//! are visible.

use unicode_width::UnicodeWidthChar;

use super::document::{Document, Kind, NodeId};
use super::fold::Folds;
use crate::text::{bytes, is_plain, push_safe, push_safe_between, safe};

/// A string of more bytes is shown with its size.
const LONG: usize = 200;

/// The role of a piece of a row, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The key of a member.
    Key,
    /// The number of an array's item.
    Index,
    /// A string with its quotes.
    String,
    /// A number.
    Number,
    /// `true`, `false`, `null`.
    Literal,
    /// Brackets, commas, colons.
    Punctuation,
    /// Words of the program, such as a count.
    Note,
    /// Bytes that are not valid JSON text.
    Bad,
    /// The mark of a string that the service has truncated.
    Cut,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The value shown.
    pub node: NodeId,
    /// Its depth below the shown root.
    pub depth: usize,
    /// `Some(true)` for an open container, `Some(false)` for a closed one.
    pub open: Option<bool>,
    /// The text, harmless, in pieces.
    pub pieces: Vec<(Role, String)>,
}

/// Lays out one row in at most about `columns` columns (the last piece may be cut by the caller).
pub fn row(document: &Document, folds: &Folds, node: NodeId, columns: usize) -> Row {
    let container = document.is_container(node) && document.child_count(node) > 0;
    let open = (container && node != folds.root()).then(|| folds.is_open(document, node));
    let mut line = Line {
        pieces: Vec::new(),
        left: columns,
    };
    if node != folds.root() {
        match document.raw_key(node) {
            Some(raw) => {
                line.text(Role::Key, raw, false);
                line.push(Role::Punctuation, ": ");
            }
            None => {
                // As wide as the last number, so that what follows is aligned.
                let last = document
                    .parent(node)
                    .map_or(0, |parent| document.child_count(parent))
                    .saturating_sub(1);
                let digits = last.checked_ilog10().unwrap_or(0) as usize + 1;
                line.push(
                    Role::Index,
                    &format!("{:>digits$}  ", document.index_in_parent(node)),
                );
            }
        }
    }
    if open == Some(true) {
        let count = document.child_count(node);
        match document.kind(node) {
            Kind::Array => line.push(Role::Note, &format!("[{count}]")),
            Kind::Object | Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {
                line.push(Role::Note, &format!("{{{count}}}"))
            }
        }
    } else {
        line.measure(document, node);
        line.value(document, node);
    }
    Row {
        node,
        depth: folds.depth_of(document, node),
        open,
        pieces: line.pieces,
    }
}

struct Line {
    pieces: Vec<(Role, String)>,
    left: usize,
}

impl Line {
    fn push(&mut self, role: Role, text: &str) {
        self.left = self.left.saturating_sub(columns(text));
        self.pieces.push((role, text.to_owned()));
    }

    /// Writes the size of a value that is not shown whole: a long string, a closed array.
    fn measure(&mut self, document: &Document, node: NodeId) {
        match document.kind(node) {
            Kind::String => {
                let size = document.raw_string(node).map_or(0, <[u8]>::len);
                if size > LONG {
                    self.push(Role::Note, &format!("{} ", bytes(size as u64)));
                }
            }
            Kind::Array if document.child_count(node) > 0 => {
                let count = document.child_count(node);
                self.push(Role::Note, &format!("[{count}] "));
            }
            Kind::Array | Kind::Object | Kind::Number | Kind::Boolean | Kind::Null => {}
        }
    }

    /// Writes a value; a container as a preview of its content.
    fn value(&mut self, document: &Document, node: NodeId) {
        match document.kind(node) {
            Kind::String if document.is_bad_line(node) => {
                let raw = document.raw_scalar(node);
                let shown = &raw[..raw.len().min(self.left * 4 + 64)];
                let text = safe(&String::from_utf8_lossy(shown)).into_owned();
                // Marked without colour, too.
                self.push(Role::Bad, &format!("! {text}"));
            }
            Kind::String => {
                let raw = document.raw_string(node).unwrap_or_default();
                self.text(Role::String, raw, true);
            }
            Kind::Number => self.plain(Role::Number, document.raw_scalar(node)),
            Kind::Boolean | Kind::Null => self.plain(Role::Literal, document.raw_scalar(node)),
            Kind::Object => self.preview(document, node, "{", "}"),
            Kind::Array => self.preview(document, node, "[", "]"),
        }
    }

    /// Writes a closed container on one line. Inner containers are shown by their counts, so that
    /// this neither recurses nor reads further than the line is wide.
    fn preview(&mut self, document: &Document, node: NodeId, opening: &str, closing: &str) {
        self.push(Role::Punctuation, opening);
        let mut first = true;
        for child in document.children(node) {
            if !first {
                self.push(Role::Punctuation, ", ");
            }
            first = false;
            if self.left == 0 {
                self.push(Role::Punctuation, "…");
                return;
            }
            if let Some(raw) = document.raw_key(child) {
                self.text(Role::Key, raw, false);
                self.push(Role::Punctuation, ": ");
            }
            match document.kind(child) {
                Kind::Object if document.child_count(child) > 0 => self.push(Role::Note, "{…}"),
                Kind::Array if document.child_count(child) > 0 => {
                    let count = document.child_count(child);
                    self.push(Role::Note, &format!("[{count}]"));
                }
                Kind::Object
                | Kind::Array
                | Kind::String
                | Kind::Number
                | Kind::Boolean
                | Kind::Null => self.value(document, child),
            }
        }
        self.push(Role::Punctuation, closing);
    }

    fn plain(&mut self, role: Role, raw: &[u8]) {
        let shown = &raw[..raw.len().min(self.left + 1)];
        let text = String::from_utf8_lossy(shown).into_owned();
        self.push(role, &text);
    }

    /// Writes the text of a string, decoded where that is harmless, up to the columns left.
    fn text(&mut self, role: Role, raw: &[u8], quoted: bool) {
        let mut out = String::new();
        if quoted {
            out.push('"');
        }
        let prefix = &raw[..raw.len().min(self.left + 1)];
        if is_plain(prefix) && memchr::memchr2(b'"', b'\\', prefix).is_none() {
            // Most strings are this simple: a byte, a column.
            out.push_str(std::str::from_utf8(prefix).unwrap_or_default());
            if quoted && prefix.len() == raw.len() {
                out.push('"');
            }
            self.left = self
                .left
                .saturating_sub(prefix.len() + 2 * usize::from(quoted));
            self.finish(role, out, quoted && is_cut(raw));
            return;
        }
        let mut used = 0;
        let mut whole = true;
        // Zero-width characters must not make a row cost more than its width either.
        let seen = &raw[..raw.len().min(self.left * 16 + 64)];
        for (previous, piece, next) in pieces_in_context(seen) {
            if used > self.left {
                whole = false;
                break;
            }
            let before = out.len();
            match piece {
                Piece::Character('"') if quoted => out.push_str("\\\""),
                Piece::Character('\\') if quoted => out.push_str("\\\\"),
                Piece::Character(character) => {
                    push_safe_between(&mut out, previous, character, next)
                }
                Piece::Control(_) | Piece::Bad(_) => {
                    if !out.is_empty() {
                        self.pieces.push((role, std::mem::take(&mut out)));
                    }
                    let marked = shown_bad(&piece);
                    used += columns(&marked);
                    self.pieces.push((Role::Bad, marked));
                    continue;
                }
            }
            used += columns(&out[before..]);
        }
        if quoted && whole && seen.len() == raw.len() {
            out.push('"');
        }
        self.left = self.left.saturating_sub(used + 2 * usize::from(quoted));
        self.finish(role, out, quoted && is_cut(raw));
    }

    /// Adds the text of a string. A truncation by the service is marked differently from one by the
    /// row.
    fn finish(&mut self, role: Role, text: String, cut: bool) {
        if cut {
            self.pieces.push((Role::Cut, "✂ ".to_owned()));
        }
        self.pieces.push((role, text));
    }
}

/// Returns whether the service has truncated a string (it ends in `... [truncated` and its former
/// length: API contract 4.1).
pub fn is_cut(raw: &[u8]) -> bool {
    let end = &raw[raw.len().saturating_sub(80)..];
    raw.ends_with(b"]") && memchr::memmem::find(end, b"... [truncated").is_some()
}

/// Returns the inside of a string as rows show it.
pub(super) fn shown_text(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    for (before, piece, after) in pieces_in_context(raw) {
        match piece {
            Piece::Character('"') => out.push_str("\\\""),
            Piece::Character('\\') => out.push_str("\\\\"),
            Piece::Character(character) => push_safe_between(&mut out, before, character, after),
            Piece::Control(_) | Piece::Bad(_) => out.push_str(&shown_bad(&piece)),
        }
    }
    out
}

/// Writes what JSON forbids in a string.
fn shown_bad(piece: &Piece<'_>) -> String {
    let mut shown = String::new();
    match piece {
        Piece::Character(character) | Piece::Control(character) => {
            push_safe(&mut shown, *character)
        }
        Piece::Bad(bytes) => shown = bad_text(bytes),
    }
    shown
}

/// Writes what could not be decoded as its own escape or its bytes.
fn bad_text(bytes: &[u8]) -> String {
    match bytes {
        [b'\\', ..] => String::from_utf8_lossy(bytes)
            .chars()
            .filter(char::is_ascii_graphic)
            .collect(),
        _ => bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect(),
    }
}

fn columns(text: &str) -> usize {
    if is_plain(text.as_bytes()) {
        return text.len();
    }
    text.chars()
        .map(|character| character.width().unwrap_or(0))
        .sum()
}

/// A step through the inside of a string.
pub(super) enum Piece<'a> {
    /// A character, decoded.
    Character(char),
    /// A control character that is not escaped, which JSON forbids.
    Control(char),
    /// Bytes that are no character: bad UTF-8, an unknown escape, a lone surrogate.
    Bad(&'a [u8]),
}

/// Iterates over the text of a string without decoding all of it.
pub(super) fn pieces_of(raw: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = raw.get(at..).filter(|rest| !rest.is_empty())?;
        let (piece, length) = piece(rest);
        at += length;
        Some(piece)
    })
}

/// Iterates over the same with the characters before and after each piece.
pub(super) fn pieces_in_context(
    raw: &[u8],
) -> impl Iterator<Item = (Option<char>, Piece<'_>, Option<char>)> {
    let mut before = None;
    let mut pieces = pieces_of(raw).peekable();
    std::iter::from_fn(move || {
        let piece = pieces.next()?;
        let after = pieces.peek().and_then(Piece::character);
        let own = piece.character();
        Some((std::mem::replace(&mut before, own), piece, after))
    })
}

impl Piece<'_> {
    fn character(&self) -> Option<char> {
        match self {
            Piece::Character(character) => Some(*character),
            Piece::Control(_) | Piece::Bad(_) => None,
        }
    }
}

/// Returns the first piece of a string's text that is not empty, and its length in bytes.
pub(super) fn piece(rest: &[u8]) -> (Piece<'_>, usize) {
    if rest[0] == b'\\' {
        escape(rest)
    } else {
        character(rest)
    }
}

fn character(rest: &[u8]) -> (Piece<'_>, usize) {
    let window = &rest[..rest.len().min(4)];
    let valid = match std::str::from_utf8(window) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(character) if character < ' ' => (Piece::Control(character), 1),
        Some(character) => (Piece::Character(character), character.len_utf8()),
        None => (Piece::Bad(&rest[..1]), 1),
    }
}

fn escape(rest: &[u8]) -> (Piece<'_>, usize) {
    let simple = match rest.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(rest),
        _ => return (Piece::Bad(&rest[..rest.len().min(2)]), rest.len().min(2)),
    };
    (Piece::Character(simple), 2)
}

fn unicode_escape(rest: &[u8]) -> (Piece<'_>, usize) {
    let Some(unit) = hex(rest.get(2..6)) else {
        return (Piece::Bad(&rest[..2]), 2);
    };
    if let Some(character) = char::from_u32(unit) {
        return (Piece::Character(character), 6);
    }
    let low = (unit < 0xdc00 && rest.get(6..8) == Some(b"\\u"))
        .then(|| hex(rest.get(8..12)))
        .flatten();
    if let Some(low @ 0xdc00..=0xdfff) = low
        && let Some(character) = char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
    {
        return (Piece::Character(character), 12);
    }
    (Piece::Bad(&rest[..6]), 6)
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    let digits = std::str::from_utf8(digits?).ok()?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// Returns a scalar's text for reading: decoded, with real line breaks, and every other harmful
/// character escaped. At most about `most` bytes of it; the flag states whether there is more.
pub fn reading_text(document: &Document, node: NodeId, most: usize) -> (String, bool) {
    let raw = document
        .raw_string(node)
        .or_else(|| document.scalar(node))
        .unwrap_or_default();
    let mut out = String::with_capacity(raw.len().min(most));
    for (before, piece, after) in pieces_in_context(raw) {
        if out.len() >= most {
            return (out, true);
        }
        match piece {
            Piece::Character('\n') | Piece::Control('\n') => out.push('\n'),
            Piece::Character(character) => push_safe_between(&mut out, before, character, after),
            Piece::Control(character) => push_safe(&mut out, character),
            Piece::Bad(_) => out.push('\u{fffd}'),
        }
    }
    (out, false)
}
