//! Draws a body as text: line numbers, the selected row, matches, and nothing that could drive a terminal.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::reply::views::text::{MARGIN, TextView, gutter};
use crate::json::document::Document;
use crate::json::find::Needle;
use crate::json::rows::Role;
use crate::text;
use crate::ui::Theme;
use crate::ui::reply::matches::marked;
use crate::ui::widgets::{highlight, mark};

pub(super) fn draw(
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
    (document, raw): (&Document, &TextView),
    focused: bool,
    needle: Option<&Needle>,
) {
    if raw.is_pretty(document) {
        return draw_pretty(theme, frame, area, (document, raw), focused, needle);
    }
    let gutter = gutter(document);
    let width = usize::from(area.width).saturating_sub(gutter);
    let mut at = Some(raw.top);
    for line in 0..area.height {
        let Some(row) = at else { break };
        let next = raw.after(document, row);
        let place = Rect {
            y: area.y + line,
            height: 1,
            ..area
        };
        let selected = row == raw.at;
        let number = if row.start == row.line_start {
            (row.line + 1).to_string()
        } else {
            String::new()
        };
        let style = if selected && focused {
            theme.selected()
        } else {
            Style::default()
        };
        let mut spans = vec![
            Span::styled(
                format!("{number:>columns$}", columns = gutter - 2),
                theme.dim(),
            ),
            mark(theme, selected, focused),
            Span::raw(" "),
        ];
        let end = next.map_or(document.size(), |next| next.start);
        // Where lines go on to the right, no more is read than can be seen.
        let begin = row.start + raw.left;
        let end = end.min(begin + width * 4 + 4);
        let bytes = document.slice(begin, end);
        // What is hidden may end inside of a character.
        let inside = if raw.left == 0 {
            0
        } else {
            bytes
                .iter()
                .take(3)
                .take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000)
                .count()
        };
        let words = harmless(&String::from_utf8_lossy(&bytes[inside..]));
        let seen = text::cut_end(&words, width).into_owned();
        spans.extend(marked(theme, style, &seen, needle));
        frame.render_widget(Line::from(spans), place);
        at = next;
    }
}

/// Draws a body that is laid out over lines.
fn draw_pretty(
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
    (document, view): (&Document, &TextView),
    focused: bool,
    needle: Option<&Needle>,
) {
    let columns = usize::from(area.width).saturating_sub(MARGIN);
    let wrap = view.width();
    let at = view.pretty.at(document);
    let rows = std::iter::successors(view.pretty.top(document), |row| row.after(document, wrap));
    for (line, row) in rows.take(usize::from(area.height)).enumerate() {
        let place = Rect {
            y: area.y + line as u16,
            height: 1,
            ..area
        };
        let selected = Some(row) == at;
        let chosen = selected && focused;
        let mut spans = vec![mark(theme, selected, focused), Span::raw(" ")];
        let mut left = columns;
        for (role, words) in row.words(document, wrap, columns, view.left) {
            let shown = text::cut_end(&words, left).into_owned();
            left = left.saturating_sub(text::width(&shown));
            let needle = needle.filter(|_| role != Role::Punctuation);
            spans.extend(marked(theme, theme.role(role), &shown, needle));
        }
        let line = Line::from(spans);
        if chosen {
            frame.render_widget(highlight(theme, line), place);
        } else {
            frame.render_widget(line, place);
        }
    }
}

/// Shows controls by their pictures and other harmful characters by a sign, each as wide as one cell, so that
/// a row never holds more than it has bytes.
fn harmless(words: &str) -> String {
    let words = words.trim_end_matches(['\n', '\r']);
    text::masked(words, |character| match character {
        '\t' => ' ',
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        character if text::is_harmless(character) => character,
        _ => '\u{fffd}',
    })
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn nothing_that_drives_a_terminal_is_left() {
        assert_eq!(
            harmless("a\u{1b}[2J\u{202e}b\u{9b}c\u{7f}\t\u{200b}\r\n"),
            "a␛[2J\u{fffd}b\u{fffd}c␡ \u{fffd}"
        );
    }
}
