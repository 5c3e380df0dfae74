//! A document laid out over lines, as [`pretty`](super::pretty) writes it, without writing it: a row is found from its
//! neighbour, and only the rows that are seen are put into words.

use super::document::{Document, Kind, NodeId};
use super::rows::Role;
use crate::text;

/// The least room for a value beside its indent and its key, in columns.
const LEAST: usize = 4;

/// A row of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayoutRow {
    /// The value that it belongs to.
    pub node: NodeId,
    /// What of the value it shows.
    pub part: Part,
}

/// What a row shows of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The key and the value, or the opening bracket; a long value goes on in further pieces, counted from 0.
    Piece(usize),
    /// The closing bracket.
    End,
}

/// Returns whether a document can be laid out: it is JSON to its end.
pub fn is_laid_out(document: &Document) -> bool {
    document.is_whole() && document.fault().is_none() && document.root().is_some()
}

impl LayoutRow {
    fn begin(node: NodeId) -> LayoutRow {
        LayoutRow {
            node,
            part: Part::Piece(0),
        }
    }

    fn end(node: NodeId) -> LayoutRow {
        LayoutRow {
            node,
            part: Part::End,
        }
    }

    /// Returns the first row.
    pub fn first(document: &Document) -> Option<LayoutRow> {
        let root = document.root()?;
        let first = if document.is_sequence() {
            document.first_child(root)?
        } else {
            root
        };
        Some(LayoutRow::begin(first))
    }

    /// Returns the last row.
    pub fn last(document: &Document, columns: Option<usize>) -> Option<LayoutRow> {
        let root = document.root()?;
        let last = if document.is_sequence() {
            document.child_at(root, document.child_count(root).checked_sub(1)?)?
        } else {
            root
        };
        Some(last_of(document, last, columns))
    }

    /// Returns the row that a byte of the body is on. `columns` is the width at which long values are wrapped, if they are.
    pub fn of(document: &Document, offset: usize, columns: Option<usize>) -> Option<LayoutRow> {
        let first = LayoutRow::first(document)?;
        let node = document.node_at(offset).unwrap_or(first.node);
        let node = node.max(first.node);
        let begin = value_offset(document, node);
        let into = offset.saturating_sub(begin);
        let piece = match columns {
            Some(columns) => {
                let room = Room::of(document, node, columns);
                let piece = room.piece_at(into);
                // A piece begins with a whole character: the rest of the one before is not on it.
                let is_before = piece > 0 && into < room.start(document, node, piece);
                piece - usize::from(is_before)
            }
            None => 0,
        };
        let last = pieces(document, node, columns).saturating_sub(1);
        Some(LayoutRow {
            node,
            part: Part::Piece(piece.min(last)),
        })
    }

    /// Returns the offset in the body of the first byte that the row shows of its value.
    pub fn offset(self, document: &Document, columns: Option<usize>) -> usize {
        match (self.part, columns) {
            (Part::Piece(piece), Some(columns)) if piece > 0 => {
                let room = Room::of(document, self.node, columns);
                value_offset(document, self.node) + room.start(document, self.node, piece)
            }
            (Part::Piece(_) | Part::End, _) => document.offset_of(self.node),
        }
    }

    /// Returns the row for another width.
    pub fn refit(self, document: &Document, columns: Option<usize>) -> LayoutRow {
        match self.part {
            Part::End => self,
            Part::Piece(piece) => {
                let last = pieces(document, self.node, columns).saturating_sub(1);
                LayoutRow {
                    part: Part::Piece(piece.min(last)),
                    ..self
                }
            }
        }
    }

    /// Returns the row below; `None` at the end.
    pub fn after(self, document: &Document, columns: Option<usize>) -> Option<LayoutRow> {
        if let Part::Piece(piece) = self.part {
            if let Some(child) = document.first_child(self.node) {
                return Some(LayoutRow::begin(child));
            }
            if piece + 1 < pieces(document, self.node, columns) {
                return Some(LayoutRow {
                    part: Part::Piece(piece + 1),
                    ..self
                });
            }
        }
        match document.next_sibling(self.node) {
            Some(next) => Some(LayoutRow::begin(next)),
            None => around(document, self.node).map(LayoutRow::end),
        }
    }

    /// Returns the row above; `None` at the start.
    pub fn before(self, document: &Document, columns: Option<usize>) -> Option<LayoutRow> {
        match self.part {
            Part::Piece(0) => {
                let index = document.index_in_parent(self.node).checked_sub(1);
                let parent = document.parent(self.node);
                let previous = parent
                    .zip(index)
                    .and_then(|(parent, index)| document.child_at(parent, index));
                match previous {
                    Some(previous) => Some(last_of(document, previous, columns)),
                    None => around(document, self.node).map(LayoutRow::begin),
                }
            }
            Part::Piece(piece) => Some(LayoutRow {
                part: Part::Piece(piece - 1),
                ..self
            }),
            Part::End => {
                let last = document.child_count(self.node).checked_sub(1)?;
                let last = document.child_at(self.node, last)?;
                Some(last_of(document, last, columns))
            }
        }
    }

    /// Returns whether the row stands above another.
    pub fn is_above(self, other: LayoutRow, document: &Document) -> bool {
        self.order(document) < other.order(document)
    }

    /// Closing brackets come after the last value inside, the innermost first.
    fn order(self, document: &Document) -> (usize, bool, usize) {
        match self.part {
            Part::Piece(piece) => (self.node.number(), false, piece),
            Part::End => {
                let last = document.after(self.node).number() - 1;
                (last, true, usize::MAX - self.node.number())
            }
        }
    }

    /// Puts a row into words of at most about `columns` columns. `left` columns are hidden where values are not wrapped.
    pub fn words(
        self,
        document: &Document,
        wrap: Option<usize>,
        columns: usize,
        left: usize,
    ) -> Vec<(Role, String)> {
        let mut pieces: Vec<(Role, String)> = Vec::new();
        let room = Room::of(document, self.node, wrap.unwrap_or(columns));
        let is_last_sibling =
            around(document, self.node).is_none() || document.next_sibling(self.node).is_none();
        let comma = if is_last_sibling { "" } else { "," };
        let indent = |columns: usize| (Role::Punctuation, " ".repeat(columns));
        let (open, close) = match document.kind(self.node) {
            Kind::Array => ("[", "]"),
            Kind::Object | Kind::String | Kind::Number | Kind::Boolean | Kind::Null => ("{", "}"),
        };
        let piece = match self.part {
            Part::End => {
                pieces.push(indent(room.indent));
                pieces.push((Role::Punctuation, format!("{close}{comma}")));
                return skip(pieces, left);
            }
            Part::Piece(piece) => piece,
        };
        if piece == 0 {
            pieces.push(indent(room.indent));
            if let Some(key) = key_words(document, self.node, wrap.or(Some(columns))) {
                pieces.push((Role::Key, key));
                pieces.push((Role::Punctuation, ": ".to_owned()));
            }
        } else {
            pieces.push(indent(room.indent + 2));
        }
        let Some(raw) = document.scalar(self.node) else {
            let words = match document.child_count(self.node) {
                0 => format!("{open}{close}{comma}"),
                _ => open.to_owned(),
            };
            pieces.push((Role::Punctuation, words));
            return skip(pieces, left);
        };
        let role = match document.kind(self.node) {
            Kind::Number => Role::Number,
            Kind::Boolean | Kind::Null => Role::Literal,
            Kind::String | Kind::Object | Kind::Array => Role::String,
        };
        let (begin, end) = match wrap {
            Some(_) => (
                room.start(document, self.node, piece),
                room.start(document, self.node, piece + 1),
            ),
            // No more is read than can be seen.
            None => {
                let begin = whole_character(raw, left.saturating_sub(room.indent + room.key));
                (begin, (begin + (columns + 1) * 4).min(raw.len()))
            }
        };
        let ends_here = end >= raw.len();
        let shown = raw.get(begin..end).unwrap_or_default();
        let words = harmless(shown);
        // The key is hidden before the value is.
        let hidden = if wrap.is_some() {
            0
        } else {
            left.min(room.indent + room.key)
        };
        let mut pieces = skip(pieces, hidden);
        pieces.push((role, words));
        if ends_here && !comma.is_empty() {
            pieces.push((Role::Punctuation, comma.to_owned()));
        }
        pieces
    }
}

/// Takes columns away at the left.
fn skip(pieces: Vec<(Role, String)>, left: usize) -> Vec<(Role, String)> {
    let mut left = left;
    let mut rest = Vec::with_capacity(pieces.len());
    for (role, words) in pieces {
        let width = text::width(&words);
        if left >= width {
            left -= width;
            continue;
        }
        rest.push((role, text::skip_columns(&words, left).to_owned()));
        left = 0;
    }
    rest
}

/// Returns the container around a value, if it has rows of its own: that of a sequence of values has none.
fn around(document: &Document, node: NodeId) -> Option<NodeId> {
    let parent = document.parent(node)?;
    (!document.is_sequence() || Some(parent) != document.root()).then_some(parent)
}

fn last_of(document: &Document, node: NodeId, columns: Option<usize>) -> LayoutRow {
    if document.child_count(node) > 0 {
        return LayoutRow::end(node);
    }
    LayoutRow {
        node,
        part: Part::Piece(pieces(document, node, columns).saturating_sub(1)),
    }
}

/// Returns the offset of a value in the body, behind its key.
fn value_offset(document: &Document, node: NodeId) -> usize {
    document.start_of(node)
}

/// Returns how many rows a scalar takes.
fn pieces(document: &Document, node: NodeId, columns: Option<usize>) -> usize {
    match (document.scalar(node), columns) {
        (Some(raw), Some(columns)) => Room::of(document, node, columns).piece_at(raw.len()) + 1,
        (Some(_) | None, _) => 1,
    }
}

/// The words of a key with its quotes; a long one is cut.
fn key_words(document: &Document, node: NodeId, columns: Option<usize>) -> Option<String> {
    let raw = document.raw_key(node)?;
    let most = columns.map_or(usize::MAX, |columns| (columns / 3).max(8));
    let seen = &raw[..raw.len().min(most.saturating_mul(4))];
    let words = format!("\"{}\"", harmless(seen));
    Some(text::cut_end(&words, most).into_owned())
}

/// Shows harmful characters by a sign that is one cell wide, so that a row never takes more columns than bytes.
fn harmless(raw: &[u8]) -> String {
    let sign = |character: char| match character {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        character if text::is_harmless(character) => character,
        _ => '\u{fffd}',
    };
    String::from_utf8_lossy(raw).chars().map(sign).collect()
}

/// How the bytes of a scalar are shared out over rows: so many on the first one, so many on each further one.
#[derive(Debug, Clone, Copy)]
struct Room {
    indent: usize,
    key: usize,
    first: usize,
    further: usize,
}

impl Room {
    fn of(document: &Document, node: NodeId, columns: usize) -> Room {
        let parents = std::iter::successors(around(document, node), |node| around(document, *node));
        // A deep value is still to be read, and so is one of a long key.
        let most = columns / 3;
        let depth = parents.take(most).count();
        let indent = (depth * 2).min(most);
        let key = key_words(document, node, Some(columns)).map_or(0, |key| text::width(&key) + 2);
        // A character may be wider than its first byte, and a comma may follow.
        let room = columns.saturating_sub(indent + 2);
        Room {
            indent,
            key,
            first: room.saturating_sub(key).max(LEAST),
            further: room.saturating_sub(2).max(LEAST),
        }
    }

    fn piece_at(self, byte: usize) -> usize {
        match byte.checked_sub(self.first) {
            None => 0,
            // The end of a value stands on the row of its last byte.
            Some(0) => 0,
            Some(rest) => 1 + (rest - 1) / self.further,
        }
    }

    fn start(self, document: &Document, node: NodeId, piece: usize) -> usize {
        let raw = document.scalar(node).unwrap_or_default();
        match piece {
            0 => 0,
            piece => whole_character(raw, self.first + (piece - 1) * self.further),
        }
    }
}

/// Returns the first offset from `at` on that is not inside of a character.
fn whole_character(raw: &[u8], at: usize) -> usize {
    let at = at.min(raw.len());
    let inside = raw[at..].iter().take(3);
    at + inside
        .take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000)
        .count()
}

#[cfg(test)]
mod tests {
    use super::{LayoutRow, Part};
    use crate::json::document::Document;
    use crate::json::feed::Feeder;
    use crate::json::pretty;
    use crate::text;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn rows(document: &Document, columns: Option<usize>) -> Vec<LayoutRow> {
        let first = LayoutRow::first(document);
        std::iter::successors(first, |row| row.after(document, columns)).collect()
    }

    fn words(document: &Document, row: LayoutRow, wrap: Option<usize>, columns: usize) -> String {
        let pieces = row.words(document, wrap, columns, 0);
        pieces.into_iter().map(|(_, words)| words).collect()
    }

    const TEXT: &str = r#"{"a":[1,{"b":[]},{},"xé字\n \" y"],"long":"0123456789 0123456789 字字字字字字 0123456789","n":-0.10,"t":null,"o":{"p":true}}"#;

    #[test]
    fn rows_are_the_lines_that_other_programs_are_given() {
        let document = Document::parse(Bytes::from_static(TEXT.as_bytes()));
        let mut out = Vec::new();
        pretty::write(&document, document.root().unwrap(), &mut out).unwrap();
        let expected = String::from_utf8(out).unwrap();
        let rows = rows(&document, None);
        let lines: Vec<String> = rows
            .iter()
            .map(|row| words(&document, *row, None, 200))
            .collect();
        assert_eq!(lines.join("\n") + "\n", expected);
    }

    #[test]
    fn values_one_after_the_other_have_no_brackets_around_them() {
        let mut feeder = Feeder::any_values();
        feeder.feed(b"{\"a\":1}\n2\n[]\n");
        let document = feeder.finish();
        let lines: Vec<String> = rows(&document, None)
            .iter()
            .map(|row| words(&document, *row, None, 80))
            .collect();
        assert_eq!(lines, ["{", "  \"a\": 1", "}", "2", "[]"]);
        assert_eq!(
            LayoutRow::last(&document, None),
            rows(&document, None).pop()
        );
    }

    #[test]
    fn what_could_drive_a_terminal_is_shown_by_a_sign() {
        let document = Document::parse(Bytes::from("[\"a\u{9b}\u{202e}\"]"));
        let row = rows(&document, None)[1];
        let shown = words(&document, row, None, 80);
        assert!(
            !shown.contains('\u{9b}') && !shown.contains('\u{202e}'),
            "{shown}"
        );
    }

    #[test]
    fn a_byte_inside_of_a_character_is_on_the_row_of_that_character() {
        let document = Document::parse(Bytes::from_static(TEXT.as_bytes()));
        for offset in 0..TEXT.len() {
            let row = LayoutRow::of(&document, offset, Some(48)).unwrap();
            let is_first = matches!(row.part, Part::Piece(0));
            assert!(
                is_first || row.offset(&document, Some(48)) <= offset,
                "{offset}"
            );
        }
    }

    proptest! {
        #[test]
        fn rows_lead_down_and_up_fit_their_width_and_lose_no_byte(columns in 24usize..60, wraps in any::<bool>(), offset in 0usize..150) {
            let document = Document::parse(Bytes::from_static(TEXT.as_bytes()));
            let wrap = wraps.then_some(columns);
            let down = rows(&document, wrap);
            let mut up: Vec<LayoutRow> = std::iter::successors(LayoutRow::last(&document, wrap), |row| row.before(&document, wrap)).collect();
            up.reverse();
            prop_assert_eq!(&down, &up);
            for pair in down.windows(2) {
                prop_assert!(pair[0].is_above(pair[1], &document));
                prop_assert!(!pair[1].is_above(pair[0], &document));
            }
            let row = LayoutRow::of(&document, offset, wrap).unwrap();
            prop_assert!(down.contains(&row));
            prop_assert!(row.offset(&document, wrap) <= offset || matches!(row.part, Part::Piece(0)));
            if wraps {
                for row in &down {
                    prop_assert!(text::width(&words(&document, *row, wrap, columns)) <= columns);
                }
                let long = document.member(document.root().unwrap(), "long").unwrap();
                let of_long = down.iter().filter(|row| row.node == long);
                let shown: String = of_long.map(|row| words(&document, *row, wrap, columns).trim_start().to_owned()).collect();
                let value = TEXT[TEXT.find("\"0123").unwrap()..].split(",\"n").next().unwrap();
                let plain = |text: &str| text.replace(' ', "");
                prop_assert!(plain(&shown).ends_with(&plain(&format!("{value},"))), "{}", shown);
            }
        }
    }
}
