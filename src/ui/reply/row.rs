//! Draws one row of a tree: guides, sign, the pieces of its text, what matches.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::json::find::Needle;
use crate::json::rows::{Role, Row};
use crate::text;
use crate::ui::Theme;
use crate::ui::reply::matches::marked;
use crate::ui::widgets::mark;

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

pub(super) fn tree_row<'a>(theme: Theme, row: &Row, columns: usize, view: RowLook<'_>) -> Line<'a> {
    let chosen = view.selected && view.focused;
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
    let (edge, edged) = if view.marked {
        ("●", theme.hint())
    } else {
        (mark(view.selected, view.focused), Style::default())
    };
    let mut spans = vec![
        Span::styled(edge, style(edged)),
        Span::styled(guides, style(theme.dim())),
        Span::styled(sign, style(theme.dim())),
    ];
    let mut left = columns.saturating_sub(indent + 4 + if view.names_file { 2 } else { 0 });
    for (role, words) in &row.pieces {
        let cut = text::cut_end(words, left).into_owned();
        left = left.saturating_sub(text::width(&cut));
        let whole = text::width(&cut) == text::width(words);
        // Our own words are not what is searched.
        let needle = view
            .needle
            .filter(|_| !matches!(role, Role::Index | Role::Punctuation | Role::Note));
        spans.extend(marked(theme, style(theme.role(*role)), &cut, needle));
        if !whole {
            break;
        }
    }
    if view.names_file {
        spans.push(Span::styled(" ↓", style(theme.hint())));
    }
    let line = Line::from(spans);
    if chosen {
        line.style(theme.selected())
    } else {
        line
    }
}
