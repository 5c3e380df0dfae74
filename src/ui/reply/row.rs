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

pub(super) fn tree_row<'a>(theme: Theme, row: Row, columns: usize, view: RowLook<'_>) -> Line<'a> {
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
    let style = |style: Style| {
        if chosen {
            style.patch(theme.selected())
        } else {
            style
        }
    };
    let edge = match (view.marked, view.selected) {
        (true, true) => Span::styled("●", theme.cell()),
        (true, false) => Span::styled("●", theme.strong()),
        (false, _) => mark(theme, view.selected, view.focused),
    };
    let mut spans = vec![
        edge,
        Span::styled(guides, theme.dim()),
        Span::styled(sign, style(theme.dim())),
    ];
    let room = columns.saturating_sub(indent + 4 + if view.names_file { 2 } else { 0 });
    let widths: Vec<usize> = row
        .pieces
        .iter()
        .map(|(_, words)| text::width(words))
        .collect();
    let width: usize = widths.iter().sum();
    spans.reserve(row.pieces.len() + 1);
    // What does not fit ends in `…`, also where it is cut between two pieces.
    let mut left = if width > room {
        room.saturating_sub(1)
    } else {
        room
    };
    for ((role, words), width) in row.pieces.into_iter().zip(widths) {
        let is_whole = width <= left;
        let shown = if is_whole {
            words
        } else {
            // What follows makes sure that it is cut. One `…` is enough.
            let cut = text::cut_end(&format!("{words}  "), left + 1).into_owned();
            format!("{}…", cut.trim_end_matches('…'))
        };
        left = left.saturating_sub(width);
        // Our own words are not what is searched.
        let needle = view
            .needle
            .filter(|_| !matches!(role, Role::Index | Role::Punctuation | Role::Note));
        let own = style(theme.role(role));
        match needle {
            Some(_) => spans.extend(marked(theme, own, &shown, needle)),
            None => spans.push(Span::styled(shown, own)),
        }
        if !is_whole {
            break;
        }
    }
    if view.names_file {
        spans.push(Span::styled(" ↓", style(theme.strong())));
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::{RowLook, tree_row};
    use crate::json::document::Document;
    use crate::json::fold::Folds;
    use crate::json::rows::row;
    use crate::text;
    use crate::ui::Theme;

    #[test]
    fn a_closed_row_that_is_cut_ends_in_an_ellipsis_at_every_width() {
        let body = r#"[{"id":1,"名前":"x\u001b字","list":[1,2],"user":{"a":1},"last":"end"},[1,2,3,4,5,6]]"#;
        let document = Document::parse(bytes::Bytes::from(body.as_bytes()));
        let root = document.root().unwrap();
        let folds = Folds::new(root, 0);
        for node in document.children(root) {
            let whole = row(&document, &folds, node, 400);
            let whole: usize = whole
                .pieces
                .iter()
                .map(|(_, words)| text::width(words))
                .sum();
            for columns in 5..120 {
                let row = row(&document, &folds, node, columns);
                let line = tree_row(Theme::Plain, row, columns, RowLook::default());
                let shown = line.to_string();
                assert!(text::width(&shown) <= columns, "{columns}: {shown}");
                let is_cut = columns - 4 < whole;
                assert_eq!(
                    shown.trim_end().ends_with('…'),
                    is_cut,
                    "{columns}: {shown}"
                );
            }
        }
    }
}
