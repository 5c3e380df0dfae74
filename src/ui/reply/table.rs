//! Draws the records as a table, and the selected record beside it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::effect::Direction;
use crate::app::reply::names::ShownNames;
use crate::app::reply::page::Page;
use crate::app::reply::views::table::Column;
use crate::app::reply::views::tree::Tree;
use crate::app::widgets::focus::Pane;
use crate::json::document::{Document, Kind, NodeId};
use crate::json::find::Needle;
use crate::json::fold::Folds;
use crate::json::rows::{self, Role};
use crate::json::table::cell;
use crate::text;
use crate::ui::Theme;
use crate::ui::reply::add_name;
use crate::ui::reply::matches::marked;
use crate::ui::reply::row::{RowLook, tree_row};
use crate::ui::widgets::{highlight, mark, pad};

pub(super) fn draw(
    app: &App,
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
    page: &Page,
    tree: &Tree,
) {
    let table = &page.table;
    let (columns, rows) = table.room(usize::from(area.width), usize::from(area.height));
    let own = Rect {
        width: columns as u16,
        height: (rows as u16 + 1).min(area.height),
        ..area
    };
    draw_rows(app, theme, frame, own, page, tree);
    if table.beside && area.height > 0 {
        let line = |rect: Rect| {
            Line::from(Span::styled(
                if rect.width == 1 {
                    "│".to_owned()
                } else {
                    "─".repeat(usize::from(rect.width))
                },
                theme.dim(),
            ))
        };
        let (edge, beside) = if own.width < area.width {
            let x = area.x + own.width;
            (
                Rect {
                    x,
                    width: 1,
                    ..area
                },
                Rect {
                    x: x + 2,
                    width: (area.width - own.width).saturating_sub(2),
                    ..area
                },
            )
        } else {
            let y = area.y + own.height;
            (
                Rect {
                    y,
                    height: 1.min(area.height - own.height),
                    ..area
                },
                Rect {
                    y: y + 1,
                    height: (area.height - own.height).saturating_sub(1),
                    ..area
                },
            )
        };
        for row in 0..edge.height {
            frame.render_widget(
                line(edge),
                Rect {
                    y: edge.y + row,
                    height: 1,
                    ..edge
                },
            );
        }
        let names = app.reply.names.of(page);
        draw_record(
            theme,
            frame,
            beside,
            (tree, names),
            app.reply.search.needle.as_ref(),
        );
    }
}

fn draw_rows(app: &App, theme: Theme, frame: &mut Frame, area: Rect, page: &Page, tree: &Tree) {
    let (focused, needle) = (
        app.focus.pane == Pane::Reply,
        app.reply.search.needle.as_ref(),
    );
    let table = &page.table;
    let names = app.reply.names.of(page);
    let width = usize::from(area.width);
    let mut end = 3;
    // Only what is seen, however many columns there are.
    let shown: Vec<(usize, &Column)> = table
        .in_window()
        .take_while(|(_, column)| {
            let begin = end;
            end += column.room() + 2;
            begin < width
        })
        .collect();
    let mut header = vec![Span::raw("   ")];
    for (at, column) in &shown {
        let arrow = match table.order_of(tree) {
            Some(order) if order.path == column.path => {
                if order.direction == Direction::Descending {
                    "↓"
                } else {
                    "↑"
                }
            }
            Some(_) | None => "",
        };
        let style = if *at == table.at {
            theme.strong()
        } else {
            theme.dim()
        };
        let name = format!("{arrow}{}", text::safe(&column.path));
        let name = pad(&cell_text(&name, column), column.room());
        header.push(Span::styled(name, style));
        header.push(Span::raw("  "));
    }
    if area.height > 0 {
        frame.render_widget(Line::from(header), Rect { height: 1, ..area });
    }
    let document = tree.document();
    for line in 1..area.height {
        let row = table.top + u32::from(line) - 1;
        let Some(record) = table.record(tree, row) else {
            break;
        };
        let place = Rect {
            y: area.y + line,
            height: 1,
            ..area
        };
        let selected = row == table.row;
        let mut spans = vec![
            mark(theme, selected, focused),
            sign_of(
                theme,
                page.marks.contains(&record) || app.reply.is_in_range(record),
            ),
            Span::raw(" "),
        ];
        let mut left = width.saturating_sub(3);
        for (at, column) in &shown {
            if left == 0 {
                break;
            }
            let value = table.cell(document, record, column);
            let (words, style) = value.map_or((String::new(), Style::default()), |value| {
                shown_cell(theme, document, value)
            });
            let padded = cell_text(&words, column);
            let own = padded.trim_end();
            // Where only blanks are cut, nothing is hidden.
            let words = if text::width(own) <= left {
                pad(own, left.min(text::width(&padded)))
            } else {
                text::cut_end(&padded, left).into_owned()
            };
            left = left.saturating_sub(text::width(&words));
            let here = selected && *at == table.at;
            let seen = |style: Style| match (selected && focused, here) {
                (true, true) => theme.cell(),
                (true, false) => style.patch(theme.selected()),
                (false, _) => style,
            };
            let style = seen(style);
            spans.extend(marked(theme, style, &words, needle));
            if column.names > 0 {
                let name = value.and_then(|value| names?.beside(document, record, value));
                let name = name.map(|name| format!(" · {name}")).unwrap_or_default();
                let room = column.names.min(left);
                let name = pad(&text::cut_end(&name, room), room);
                left = left.saturating_sub(text::width(&name));
                spans.push(Span::styled(name, seen(theme.role(Role::Note))));
            }
            left = left.saturating_sub(2);
            spans.push(Span::raw("  "));
        }
        frame.render_widget(Line::from(spans), place);
    }
}

/// Returns the sign of a record that is marked.
fn sign_of<'a>(theme: Theme, marked: bool) -> Span<'a> {
    if marked {
        Span::styled("●", theme.strong())
    } else {
        Span::raw(" ")
    }
}

/// Pads a cell to its column: numbers stand on the right.
fn cell_text(words: &str, column: &Column) -> String {
    if column.numbers {
        let cut = text::cut_end(words, column.width);
        let gap = column.width.saturating_sub(text::width(&cut));
        return format!("{}{cut}", " ".repeat(gap));
    }
    pad(words, column.width)
}

/// Returns the text of a cell, no longer than can be seen, and its style.
fn shown_cell(theme: Theme, document: &Document, value: NodeId) -> (String, Style) {
    match document.kind(value) {
        Kind::Object | Kind::Array => {
            let count = document.child_count(value);
            let (open, close) = if document.kind(value) == Kind::Array {
                ('[', ']')
            } else {
                ('{', '}')
            };
            (
                if count == 0 {
                    format!("{open}{close}")
                } else {
                    format!("{open}{count}{close}")
                },
                theme.role(Role::Note),
            )
        }
        Kind::String => {
            let raw = document.raw_string(value).unwrap_or_default();
            let words = if raw.len() > 400 {
                String::from_utf8_lossy(&raw[..400])
            } else {
                cell(document, value)
            };
            (text::safe(&words).into_owned(), Style::default())
        }
        Kind::Null => ("·".to_owned(), theme.dim()),
        Kind::Number => (
            text::safe(&String::from_utf8_lossy(
                document
                    .scalar(value)
                    .map_or(&[][..], |raw| &raw[..raw.len().min(60)]),
            ))
            .into_owned(),
            theme.role(Role::Number),
        ),
        Kind::Boolean => (
            cell(document, value).into_owned(),
            theme.role(Role::Literal),
        ),
    }
}

/// Draws the selected record, its selected field in sight.
fn draw_record(
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
    (tree, names): (&Tree, Option<ShownNames<'_>>),
    needle: Option<&Needle>,
) {
    let document = tree.document();
    let cursor = tree.cursor();
    let record = tree.outermost(cursor);
    let mut folds = Folds::new(record, 2);
    folds.reveal(document, cursor);
    let height = usize::from(area.height);
    let first = folds.first(document);
    let until = std::iter::successors(Some(first), |row| folds.next(document, *row))
        .take(height)
        .collect::<Vec<_>>();
    let top = if cursor == record || until.contains(&cursor) {
        first
    } else {
        folds.step(document, cursor, -(height as i64) / 2)
    };
    let seen = std::iter::successors(Some(top), |row| folds.next(document, *row)).take(height);
    for (line, node) in seen.enumerate() {
        let place = Rect {
            y: area.y + line as u16,
            height: 1,
            ..area
        };
        let mut row = rows::row(document, &folds, node, usize::from(area.width));
        add_name(names, tree, &mut row);
        let mut words = tree_row(
            theme,
            row,
            usize::from(area.width),
            RowLook {
                needle,
                ..RowLook::default()
            },
        );
        if node == cursor {
            words = highlight(theme, words);
        }
        frame.render_widget(words, place);
    }
}
