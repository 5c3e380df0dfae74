//! Draws one row of a tree: guides, sign, the pieces of its text, what matches.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::matches::marked;
use super::{Theme, mark};
use crate::domain::text;
use crate::json::find::Needle;
use crate::json::rows::{Role, Row};

/// How a row is to be seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowLook<'a> {
    /// Whether the cursor is on it.
    pub(super) selected: bool,
    /// Whether the pane has the keys.
    pub(super) focused: bool,
    /// Whether its record is marked.
    pub(super) marked: bool,
    /// Whether it names a file.
    pub(super) names_file: bool,
    /// What is searched for.
    pub(super) needle: Option<&'a Needle>,
}

pub(super) fn tree_row<'a>(theme: Theme, row: &Row, columns: usize, look: RowLook<'_>) -> Line<'a> {
    let chosen = look.selected && look.focused;
    // A deep value is still to be read: the indent takes at most half of the width.
    let indent = (row.depth * 2).min(columns / 2);
    let guides: String = (0..indent)
        .map(|column| if column % 2 == 0 { '│' } else { ' ' })
        .collect();
    let sign = match row.open {
        Some(true) => "▾ ",
        Some(false) => "▸ ",
        None => "  ",
    };
    let style = |style: Style| if chosen { theme.selected() } else { style };
    let (edge, edged) = if look.marked {
        ("●", theme.hint())
    } else {
        (mark(look.selected, look.focused), Style::default())
    };
    let mut spans = vec![
        Span::styled(edge, style(edged)),
        Span::styled(guides, style(theme.dim())),
        Span::styled(sign, style(theme.dim())),
    ];
    let mut left = columns.saturating_sub(indent + 4 + if look.names_file { 2 } else { 0 });
    for (role, words) in &row.pieces {
        let cut = text::cut_end(words, left).into_owned();
        left = left.saturating_sub(text::width(&cut));
        let whole = text::width(&cut) == text::width(words);
        // Our own words are not what is searched.
        let needle = look
            .needle
            .filter(|_| !matches!(role, Role::Index | Role::Punctuation | Role::Note));
        spans.extend(marked(theme, style(theme.role(*role)), &cut, needle));
        if !whole {
            break;
        }
    }
    if look.names_file {
        spans.push(Span::styled(" ↓", style(theme.hint())));
    }
    let line = Line::from(spans);
    if chosen {
        line.style(theme.selected())
    } else {
        line
    }
}
