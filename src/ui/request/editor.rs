//! Draws the editor of several lines over the panes: a text, or JSON in colours, what is known of it, and what is wrong.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use super::type_words;
use crate::app::App;
use crate::app::request::form::{Editing, Editor, Row, RowKind};
use crate::app::request::json_editor::{Broken, broken, pieces};
use crate::json::rows::Role;
use crate::text;
use crate::ui::widgets::{clear_with_margin, dim_all};
use crate::ui::{NARROW, Theme};

/// The widest editor.
const WIDEST: u16 = 90;
/// The least height, so that a short text does not look like a field.
const LOWEST: u16 = 8;

/// Draws the editor, if it is open.
pub(in crate::ui) fn draw(app: &App, theme: Theme, frame: &mut Frame, body: Rect) {
    let form = &app.request.form;
    let editing = form.editing.as_ref();
    let Some(editing) = editing.filter(|editing| editing.editor != Editor::Line) else {
        return;
    };
    let Some(row) = form.rows.get(editing.row) else {
        return;
    };
    // Where it fills the screen, nothing sticks out beside it.
    let beside = if body.width < NARROW { 0 } else { 4 };
    let width = body.width.saturating_sub(beside).min(WIDEST);
    let inner_columns = usize::from(width.saturating_sub(4));
    let shown = shown(editing, inner_columns);
    let facts = facts(app, theme, row, inner_columns);
    let facts_rows = u16::from(!facts.spans.is_empty()) * 2;
    let height = (shown.rows.len() as u16)
        .saturating_add(3 + facts_rows)
        .max(LOWEST)
        .min(body.height);
    let area = Rect {
        x: body.x + (body.width - width) / 2,
        y: body.y + (body.height - height) / 2,
        width,
        height,
    };
    let typed = editing.input.text();
    let wrong = wrong(app, row, editing.editor, &typed);
    let columns = usize::from(width).saturating_sub(4);
    let below = match (&wrong, editing.editor) {
        (Some((words, _)), _) => Span::styled(
            format!(" {} ", text::cut_end(&text::safe(words), columns)),
            theme.warning(),
        ),
        (None, Editor::Json) => Span::styled(" valid ", theme.dim()),
        (None, Editor::Line | Editor::Text) => {
            let lines = text::plural(editing.input.view().0.len() as u64, "line");
            Span::styled(format!(" {lines} "), theme.dim())
        }
    };
    let title = format!("{} · {}", text::safe(row.name()), kind(row));
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.accent())
        .title_top(Line::from(Span::styled(
            format!(" {} ", text::cut_end(&title, columns)),
            theme.title(true),
        )))
        .title_bottom(Line::from(below));
    let inner = block.inner(area);
    dim_all(theme, frame, body);
    clear_with_margin(frame, body, area);
    frame.render_widget(block, area);
    let inner = Rect {
        x: inner.x + 1.min(inner.width),
        width: inner.width.saturating_sub(2),
        ..inner
    };
    // The text has the right of way.
    let facts_rows = if inner.height > facts_rows + 2 {
        facts_rows
    } else {
        0
    };
    let place = Rect {
        height: inner.height - facts_rows,
        ..inner
    };
    let broken_at = wrong.and_then(|(_, place)| place);
    let broken_at = broken_at.map(|broken| shown_place(editing, broken));
    draw_rows(editing.editor, &shown, broken_at, theme, frame, place);
    if facts_rows > 0 {
        let place = Rect {
            y: inner.y + inner.height - 1,
            height: 1,
            ..inner
        };
        frame.render_widget(facts, place);
    }
}

/// What is typed, as rows of the screen.
struct Shown {
    rows: Vec<ShownRow>,
    /// The row and the column of the cursor.
    cursor: (usize, usize),
}

struct ShownRow {
    /// The line of the text, from 0.
    line: usize,
    text: String,
}

/// Lays what is typed out: a text is wrapped, JSON is moved sideways.
fn shown(editing: &Editing, columns: usize) -> Shown {
    let (lines, (cursor_line, cursor_column)) = editing.input.view();
    // A cell is left for the cursor behind the end.
    let wraps = editing.editor == Editor::Text;
    let mut rows = Vec::new();
    let mut cursor = (0, 0);
    for (line, typed) in lines.iter().enumerate() {
        let whole = text::safe(typed);
        let parts = if wraps {
            text::pieces(&whole, columns.saturating_sub(1).max(1))
        } else {
            vec![whole.as_ref()]
        };
        if line == cursor_line {
            let before: String = typed.chars().take(cursor_column).collect();
            let mut column = text::width(&text::safe(&before));
            let mut row = rows.len();
            for part in &parts[..parts.len() - 1] {
                if column < text::width(part) {
                    break;
                }
                column -= text::width(part);
                row += 1;
            }
            cursor = (row, column);
        }
        let part = |text: &str| ShownRow {
            line,
            text: text.to_owned(),
        };
        rows.extend(parts.into_iter().map(part));
    }
    Shown { rows, cursor }
}

fn draw_rows(
    editor: Editor,
    shown: &Shown,
    broken_at: Option<(usize, usize)>,
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
) {
    let (cursor_row, cursor_column) = shown.cursor;
    let height = usize::from(area.height).max(1);
    let width = usize::from(area.width);
    let top = (cursor_row + 1).saturating_sub(height);
    let skipped = cursor_column.saturating_sub(width.saturating_sub(1));
    for (at, row) in shown.rows.iter().enumerate().skip(top).take(height) {
        let place = Rect {
            y: area.y + (at - top) as u16,
            height: 1,
            ..area
        };
        let line = match editor {
            Editor::Json => {
                let column = broken_at.filter(|(line, _)| *line == row.line);
                let column = column.map(|(_, column)| column);
                coloured(&row.text, column, (skipped, width), theme)
            }
            Editor::Line | Editor::Text => Line::raw(row.text.clone()),
        };
        frame.render_widget(line, place);
    }
    if area.width > 0 && area.height > 0 {
        frame.set_cursor_position(Position::new(
            area.x + (cursor_column - skipped) as u16,
            area.y + (cursor_row - top) as u16,
        ));
    }
}

/// Returns the line, from 0, and the character of it as it is shown, where a text stops being JSON.
fn shown_place(editing: &Editing, broken: Broken) -> (usize, usize) {
    let (lines, _) = editing.input.view();
    let line = broken.line - 1;
    let typed = lines.get(line).map_or("", String::as_str);
    let before: String = typed.chars().take(broken.column - 1).collect();
    (line, text::safe(&before).chars().count())
}

/// Returns a line of JSON in its colours, from a column on and for a width. The character where it stops being JSON is marked.
fn coloured(
    line: &str,
    broken_at: Option<usize>,
    (skipped, width): (usize, usize),
    theme: Theme,
) -> Line<'static> {
    let begin = line.len() - text::skip_columns(line, skipped).len();
    let broken_at = broken_at.and_then(|column| line.char_indices().nth(column));
    let mut spans = Vec::new();
    // A character takes a byte at least, and rarely more than four.
    let most = begin + width * 8;
    for (role, range) in pieces(line)
        .into_iter()
        .take_while(|(_, range)| range.start < most)
    {
        let style = role.map_or(Style::new(), |role| theme.role(role));
        let bad = style
            .patch(theme.role(Role::Bad))
            .add_modifier(Modifier::UNDERLINED);
        let is_here = |at: usize| range.contains(&at);
        let parts = match broken_at.filter(|(at, _)| is_here(*at)) {
            Some((at, character)) => {
                let end = at + character.len_utf8();
                vec![
                    (range.start..at, style),
                    (at..end, bad),
                    (end..range.end, style),
                ]
            }
            None => vec![(range.clone(), style)],
        };
        for (part, style) in parts {
            let part = part.start.max(begin)..part.end.max(begin);
            if !part.is_empty() {
                spans.push(Span::styled(line[part].to_owned(), style));
            }
        }
    }
    Line::from(spans)
}

/// Returns what is wrong or odd about the text, and where it stops being JSON.
fn wrong(app: &App, row: &Row, editor: Editor, typed: &str) -> Option<(String, Option<Broken>)> {
    let is_json = editor == Editor::Json && typed.trim_start().starts_with(['{', '[']);
    if is_json && let Some(broken) = broken(typed) {
        return Some((broken.words(), Some(broken)));
    }
    let words = row
        .fault_of(typed)
        .or_else(|| app.request.form.remark_on(row, typed))?;
    Some((words, None))
}

fn kind(row: &Row) -> String {
    match &row.kind {
        RowKind::Parameter(parameter) => type_words(parameter),
        RowKind::Entity
        | RowKind::Action
        | RowKind::AddParameter
        | RowKind::SelectFields
        | RowKind::ExcludeFields
        | RowKind::SkipTruncation
        | RowKind::Intent => "text".to_owned(),
    }
}

/// Returns the line below the text: the names that may come next, else what is known of the parameter.
fn facts(app: &App, theme: Theme, row: &Row, columns: usize) -> Line<'static> {
    let RowKind::Parameter(parameter) = &row.kind else {
        return Line::default();
    };
    let naming = app.request.naming().map(|naming| naming.names);
    let join = |names: &[String]| text::safe(&names.join(" · ")).into_owned();
    match naming.as_deref() {
        Some([first, rest @ ..]) => {
            let first = text::cut_end(&text::safe(first), columns.saturating_sub(4)).into_owned();
            let left = columns.saturating_sub(4 + text::width(&first));
            let rest = if rest.is_empty() {
                String::new()
            } else {
                text::cut_end(&format!(" · {}", join(rest)), left).into_owned()
            };
            Line::from(vec![
                Span::styled("Tab ", theme.hint()),
                Span::raw(first),
                Span::styled(rest, theme.dim()),
            ])
        }
        Some([]) | None => {
            let choices: Vec<String> = parameter
                .choices
                .iter()
                .map(|choice| choice.trim_matches('"').to_owned())
                .collect();
            let words = if !choices.is_empty() {
                format!("allowed: {}", join(&choices))
            } else if !parameter.properties.is_empty() {
                format!("names: {}", join(&parameter.properties))
            } else {
                let about = parameter.description.as_deref().unwrap_or_default();
                text::safe(about).into_owned()
            };
            if words.is_empty() {
                Line::default()
            } else {
                let words = text::cut_end(&words, columns).into_owned();
                Line::from(Span::styled(words, theme.dim()))
            }
        }
    }
}
