//! A body as lines of a width, without counting or listing them.
//!
//! A row is found from its neighbour. Work that grows with the length of a line is skipped part by
//! part: a part knows the number of its breaks.

use super::document::Document;

/// A row of a body: a line, or a piece of one where it is wrapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextRow {
    /// Its offset in the body.
    pub start: usize,
    /// The offset of its line.
    pub line_start: usize,
    /// The number of its line, counted from 0.
    pub line: usize,
}

impl TextRow {
    /// Returns the row that a byte is on. `columns` is the width at which lines are wrapped, if they are.
    pub fn of(document: &Document, offset: usize, columns: Option<usize>) -> TextRow {
        let offset = offset.min(document.size().saturating_sub(1));
        let line_start = line_start(document, offset);
        let start = columns.map_or(line_start, |columns| {
            wrapped(document, line_start, offset, columns)
        });
        TextRow {
            start,
            line_start,
            line: document.line_of(offset),
        }
    }

    /// Returns the row below; `None` at the end.
    pub fn after(self, document: &Document, columns: Option<usize>) -> Option<TextRow> {
        let limit = columns.map_or(document.size(), |columns| {
            self.wrapped(columns) + columns.max(1)
        });
        match next_break(document, self.start, limit) {
            Some(end) => (end + 1 < document.size()).then_some(TextRow {
                start: end + 1,
                line_start: end + 1,
                line: self.line + 1,
            }),
            None => {
                let start = whole_character(document, self.line_start, limit);
                // The break itself needs no row of its own.
                let bare = document.slice(start, start + 2).first() == Some(&b'\n');
                if bare && start + 1 < document.size() {
                    return Some(TextRow {
                        start: start + 1,
                        line_start: start + 1,
                        line: self.line + 1,
                    });
                }
                (start < document.size() && !bare).then_some(TextRow { start, ..self })
            }
        }
    }

    /// Returns the row above; `None` at the start.
    pub fn before(self, document: &Document, columns: Option<usize>) -> Option<TextRow> {
        if self.start == 0 {
            return None;
        }
        let last = self.start - 1;
        if self.start > self.line_start {
            let start = columns.map_or(self.line_start, |columns| {
                wrapped(document, self.line_start, last, columns)
            });
            return Some(TextRow { start, ..self });
        }
        let line_start = line_start(document, last);
        let start = columns.map_or(line_start, |columns| {
            wrapped(document, line_start, last, columns)
        });
        Some(TextRow {
            start,
            line_start,
            line: self.line - 1,
        })
    }

    /// Returns the multiple of the width at which the row starts; its actual start may be a few
    /// bytes further.
    fn wrapped(self, columns: usize) -> usize {
        self.line_start + (self.start - self.line_start) / columns.max(1) * columns.max(1)
    }
}

/// Returns the line and the column of a byte, counted from 1, as editors do. Reads the line up to it.
pub fn place_of(document: &Document, offset: usize) -> (usize, usize) {
    let start = line_start(document, offset);
    let mut column = 1;
    let mut at = start;
    while at < offset {
        let Some(segment) = document.segment_at(at).filter(|segment| at < segment.end()) else {
            break;
        };
        let end = offset.min(segment.end());
        let part = &segment.body[at - segment.start..end - segment.start];
        // The further bytes of a character have no column.
        column += part
            .iter()
            .filter(|byte| **byte & 0b1100_0000 != 0b1000_0000)
            .count();
        at = end;
    }
    (document.line_of(offset) + 1, column)
}

/// Returns the number of lines of a body.
pub fn line_count(document: &Document) -> usize {
    document
        .segments
        .last()
        .map_or(0, |segment| segment.lines_before + segment.lines)
        + 1
}

/// Returns where the line of a byte begins.
fn line_start(document: &Document, offset: usize) -> usize {
    let passed = document
        .segments
        .partition_point(|segment| segment.start < offset);
    document.segments[..passed]
        .iter()
        .rev()
        .filter(|segment| segment.lines > 0)
        .find_map(|segment| {
            let before = &segment.body[..(offset - segment.start).min(segment.body.len())];
            memchr::memrchr(b'\n', before).map(|at| segment.start + at + 1)
        })
        .unwrap_or(0)
}

/// Returns the next line break between two offsets.
fn next_break(document: &Document, from: usize, limit: usize) -> Option<usize> {
    let first = document
        .segments
        .partition_point(|segment| segment.end() <= from);
    document.segments[first..]
        .iter()
        .take_while(|segment| segment.start < limit)
        .filter(|segment| segment.lines > 0)
        .find_map(|segment| {
            let begin = from.saturating_sub(segment.start);
            let end = (limit - segment.start).min(segment.body.len());
            let rest = segment.body.get(begin..end)?;
            memchr::memchr(b'\n', rest).map(|at| segment.start + begin + at)
        })
}

/// Returns where the row of a byte begins, in a line that is wrapped. The break at the end of a line has no
/// row of its own.
fn wrapped(document: &Document, line_start: usize, offset: usize, columns: usize) -> usize {
    let columns = columns.max(1);
    let mut piece = (offset - line_start) / columns;
    while piece > 0 {
        let start = whole_character(document, line_start, line_start + piece * columns);
        if start <= offset && document.slice(start, start + 1).first() != Some(&b'\n') {
            return start;
        }
        piece -= 1;
    }
    line_start
}

/// Returns the first offset from `at` on that is not inside of a character, and not before the line.
fn whole_character(document: &Document, line_start: usize, at: usize) -> usize {
    let mut at = at.max(line_start);
    // A character has at most three further bytes; more are no character.
    for _ in 0..3 {
        match document.slice(at, at + 1).first() {
            Some(byte) if byte & 0b1100_0000 == 0b1000_0000 => at += 1,
            _ => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{TextRow, line_count, place_of};
    use crate::json::document::Document;
    use crate::json::feed::Feeder;
    use proptest::prelude::*;

    fn rows(document: &Document, columns: Option<usize>) -> Vec<TextRow> {
        let first = TextRow::of(document, 0, columns);
        std::iter::successors(Some(first), |row| row.after(document, columns)).collect()
    }

    #[test]
    fn a_place_is_a_line_and_a_column() {
        let document = Document::parse(bytes::Bytes::from_static("[1,\n \"é字\", x]".as_bytes()));
        let offset = document.fault().unwrap().offset;
        assert_eq!(place_of(&document, offset), (2, 8));
        assert_eq!(place_of(&document, 0), (1, 1));
    }

    proptest! {
        #[test]
        fn rows_lead_down_and_up_and_lose_no_byte(text in "[a-zé字 \n]{1,120}", columns in 1usize..12, wraps in any::<bool>(), cut in 1usize..40) {
            let mut feeder = Feeder::one_value();
            for chunk in text.as_bytes().chunks(cut) {
                feeder.feed(chunk);
                feeder.snapshot();
            }
            let document = feeder.finish();
            let columns = wraps.then_some(columns.max(4));
            let down = rows(&document, columns);
            let mut up: Vec<TextRow> = std::iter::successors(down.last().copied(), |row| row.before(&document, columns)).collect();
            up.reverse();
            prop_assert_eq!(&down, &up);
            prop_assert!(down.len() >= line_count(&document) - usize::from(text.ends_with('\n')));
            for pair in down.windows(2) {
                prop_assert!(pair[0].start < pair[1].start);
                prop_assert!(text.is_char_boundary(pair[1].start));
                prop_assert_eq!(pair[1].line, text[..pair[1].start].matches('\n').count());
                let between = &text[pair[0].start..pair[1].start];
                prop_assert!(!between.trim_end_matches('\n').contains('\n'));
                prop_assert!(columns.is_none_or(|columns| between.trim_end_matches('\n').len() <= columns + 3));
            }
            for (offset, _) in text.char_indices() {
                let row = TextRow::of(&document, offset, columns);
                let expected = down.iter().rev().find(|row| row.start <= offset).copied().unwrap();
                prop_assert_eq!(row, expected);
            }
        }
    }
}
