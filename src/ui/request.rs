//! Draws the form and its fields.

pub(super) mod editor;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Theme;
use super::widgets::{
    draw_field, draw_scroll_bar, draw_sentence, draw_titles, highlight, mark, named, pad, spinner,
    title_columns, window,
};
use crate::app::App;
use crate::app::request::form::{Editing, Editor, FormLine, Row, RowKind, Value};
use crate::app::widgets::focus::Pane;
use crate::app::widgets::load::Load;
use crate::domain::operation::{Parameter, about_action, only_reads};
use crate::paging::{Profile, Strategy};
use crate::text;

/// So many lines below the form tell of the selected row.
const DESCRIPTION: u16 = 2;
/// Below so many rows a form has no room for them.
const LEAST_ROWS: u16 = 8;
/// Below so many columns types stand at the right of the values, as far as they fit.
const LEAST_COLUMNS: usize = 56;

/// Returns the rows at which nothing of the form is left out, walls included.
pub(super) fn wanted_height(app: &App) -> u16 {
    let description = if app.focus.pane == Pane::Request {
        DESCRIPTION
    } else {
        0
    };
    app.request.form.lines().len().max(3) as u16 + description + 2
}

/// Returns a value on one line: the breaks of JSON mean nothing, those of a text are shown.
pub(super) fn one_line(row: &Row, typed: &str) -> String {
    if !row.is_json() {
        return text::on_one_line(typed).into_owned();
    }
    let lines: Vec<_> = typed.lines().map(str::trim).collect();
    text::safe(&lines.join(" ")).into_owned()
}

/// Returns where the request goes: connector, entity, action.
pub(super) fn place(app: &App) -> String {
    let form = &app.request.form;
    let words = form
        .name()
        .into_iter()
        .chain([form.entity(), form.action()])
        .filter(|word| !word.is_empty());
    words.map(text::safe).collect::<Vec<_>>().join(" › ")
}

/// Returns who described the operation, or that it is asked for.
pub(super) fn source(app: &App) -> String {
    let form = &app.request.form;
    match &form.described {
        Load::Idle if app.request.waits_for_connectors() => match app.connectors.load {
            Load::Running { .. } => {
                let elapsed = app.connectors.load.elapsed(app.session.now);
                format!("{} connectors", spinner(app, elapsed.unwrap_or_default()))
            }
            Load::Idle | Load::Ready(()) | Load::Failed { .. } => "no connectors".to_owned(),
        },
        Load::Running { .. } => {
            let elapsed = form.described.elapsed(app.session.now);
            format!("{} describe", spinner(app, elapsed.unwrap_or_default()))
        }
        Load::Idle | Load::Ready(()) | Load::Failed { .. } => form
            .operation()
            .map(|operation| operation.source.label().to_owned())
            .unwrap_or_default(),
    }
}

pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame, area: Rect) -> Rect {
    let form = &app.request.form;
    let source = match title_columns(area) {
        // In a narrow window the operation is worth more.
        ..50 => String::new(),
        _ => source(app),
    };
    let titles = named(app, theme, area, Pane::Request, &place(app), &source);
    let inner = draw_titles(frame, area, titles);
    if form.rows.is_empty() {
        draw_sentence(
            theme,
            frame,
            inner,
            "Here the request is filled in. Choose a connector with Enter.",
        );
        return inner;
    }
    let focused = app.focus.pane == Pane::Request;
    let list = if focused && inner.height >= LEAST_ROWS + DESCRIPTION {
        let list = Rect {
            height: inner.height - DESCRIPTION,
            ..inner
        };
        draw_description(app, theme, frame, inner);
        list
    } else {
        draw_facts(app, theme, frame, area);
        inner
    };
    let lines = form.lines();
    let columns = Columns::of(app, usize::from(list.width));
    let seen = lines.iter().skip(form.cursor.top);
    for (line, shown) in seen.take(usize::from(list.height)).enumerate() {
        let place = Rect {
            y: list.y + line as u16,
            height: 1,
            ..list
        };
        match shown {
            FormLine::Row(index) => draw_row(app, theme, frame, place, columns, *index),
            FormLine::More { first, hidden } => {
                frame.render_widget(more(app, theme, *first, *hidden, list.width), place);
            }
        }
    }
    let part = window(form.cursor.top, usize::from(list.height), lines.len());
    draw_scroll_bar(theme, frame, list, part);
    list
}

/// Returns the line that stands for folded options: how many, and which.
fn more<'a>(app: &App, theme: Theme, first: usize, hidden: usize, width: u16) -> Line<'a> {
    let rows = app.request.form.rows.iter().skip(first);
    let rows = rows.filter(|row| row.value == Value::Unset);
    let names: Vec<&str> = rows
        .map(|row| row.name().trim_start_matches("+ "))
        .collect();
    let words = format!(" +{hidden} more   {}", names.join(" · "));
    let words = text::cut_end(&words, usize::from(width)).into_owned();
    Line::styled(words, theme.dim())
}

/// Describes the selected row in the last lines of the form: what is wrong with it, in full, whatever room there is
/// beside the value; then what it is for.
fn draw_description(app: &App, theme: Theme, frame: &mut Frame, inner: Rect) {
    let Some(row) = app.request.form.selected() else {
        return;
    };
    let columns = usize::from(inner.width).saturating_sub(2);
    let mut parts = Vec::new();
    if let Some(wrong) = wrong_now(app, row) {
        let words = format!("{} {wrong}", row.name());
        parts.push((text::safe(&words).into_owned(), theme.warning()));
    }
    let about = match edited_in_row(app) {
        Some(_) => facts(row),
        None => about_row(row),
    };
    if !about.is_empty() {
        parts.push((about, theme.dim()));
    }
    // Each part keeps a line for those after it.
    let mut left = usize::from(DESCRIPTION);
    let mut lines = Vec::new();
    let count = parts.len();
    for (at, (words, style)) in parts.into_iter().enumerate() {
        let most = left.saturating_sub(count - at - 1).max(1);
        let mut wrapped = text::wrap(&words, columns);
        if wrapped.len() > most {
            let rest = wrapped.split_off(most - 1).join(" ");
            wrapped.push(text::cut_end(&rest, columns).into_owned());
        }
        left = left.saturating_sub(wrapped.len());
        lines.extend(wrapped.into_iter().map(|line| (line, style)));
    }
    for (line, (words, style)) in lines.into_iter().enumerate() {
        let place = Rect {
            y: inner.y + inner.height - DESCRIPTION + line as u16,
            height: 1,
            ..inner
        };
        frame.render_widget(Span::styled(format!(" {words}"), style), place);
    }
}

/// Writes into the lower border what is known of the row that is edited, and first what is wrong: for a form without
/// room for a description.
fn draw_facts(app: &App, theme: Theme, frame: &mut Frame, area: Rect) {
    let Some((row, _)) = edited_in_row(app) else {
        return;
    };
    let columns = usize::from(area.width).saturating_sub(4);
    let wrong = wrong_now(app, row).map(|words| text::safe(&words).into_owned());
    let wrong = wrong.map(|words| text::cut_end(&words, columns).into_owned());
    let wrong_columns = wrong.as_deref().map_or(0, |words| text::width(words) + 3);
    let left = columns.saturating_sub(wrong_columns + 2);
    let words = text::cut_end(&facts(row), left).into_owned();
    let mut spans = Vec::new();
    if let Some(wrong) = wrong {
        spans.push(Span::styled(format!(" {wrong} "), theme.warning()));
    }
    if !words.is_empty() {
        spans.push(Span::styled(format!(" {words} "), theme.dim()));
    }
    let place = Rect {
        x: area.x + 1,
        y: area.y + area.height.saturating_sub(1),
        width: area.width.saturating_sub(2),
        height: area.height.min(1),
    };
    frame.render_widget(Line::from(spans), place);
}

/// Returns what is known of a row while it is edited: its type and range, what it may hold, what it is for.
fn facts(row: &Row) -> String {
    let mut words: Vec<String> = Vec::new();
    if let RowKind::Parameter(parameter) = &row.kind {
        words.push(type_words(parameter));
        let choices = parameter.choices.iter();
        let choices: Vec<_> = choices.map(|choice| choice.trim_matches('"')).collect();
        if !choices.is_empty() {
            words.push(format!("one of {}", text::safe(&choices.join(", "))));
        }
    }
    words.push(about_row(row));
    words.retain(|words| !words.is_empty());
    words.join(" · ")
}

/// Returns the row that is edited in its place, and its text.
fn edited_in_row(app: &App) -> Option<(&Row, &Editing)> {
    let editing = app.request.form.editing.as_ref()?;
    let row = app.request.form.rows.get(editing.row)?;
    (editing.editor == Editor::Line).then_some((row, editing))
}

/// Returns what is wrong or odd about a text that is typed into a row.
fn wrong_with(app: &App, row: &Row, typed: &str) -> Option<String> {
    if typed.is_empty() {
        return None;
    }
    row.fault_of(typed)
        .or_else(|| app.request.form.remark_on(row, typed))
}

/// Returns what is wrong with the value of the selected row, as it is or as it is being typed.
fn wrong_now(app: &App, row: &Row) -> Option<String> {
    let typed = app.request.form.editing.as_ref();
    match (&row.value, typed.map(|editing| editing.input.text())) {
        (_, Some(typed)) => wrong_with(app, row, &typed),
        (Value::Text(text), None) => wrong_with(app, row, text),
        (Value::Unset | Value::Null, None) => None,
    }
}

/// The widths of the columns of names and of types; no types where there is no room for them.
#[derive(Debug, Clone, Copy)]
struct Columns {
    names: usize,
    types: usize,
}

impl Columns {
    fn of(app: &App, width: usize) -> Columns {
        let rows = &app.request.form.rows;
        let widest = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or_default();
        let names = widest(&|row| text::width(&text::safe(row.name())) + 2);
        let types = widest(&|row| text::width(&note_of(app, row)) + 2);
        Columns {
            names: names.clamp(10, (width * 2 / 5).max(10)),
            types: if width < LEAST_COLUMNS {
                0
            } else {
                types.min(width / 3)
            },
        }
    }
}

fn draw_row(
    app: &App,
    theme: Theme,
    frame: &mut Frame,
    place: Rect,
    columns: Columns,
    index: usize,
) {
    let form = &app.request.form;
    let Some(row) = form.rows.get(index) else {
        return;
    };
    let painter = Painter {
        app,
        theme,
        row,
        columns,
        selected: index == form.cursor.at,
        focused: app.focus.pane == Pane::Request,
    };
    let editing = form
        .editing
        .as_ref()
        .filter(|editing| editing.row == index && editing.editor == Editor::Line);
    match editing {
        Some(editing) => {
            let (typed, column) = editing.input.one_line();
            painter.draw_field(frame, place, &typed, column);
        }
        None => frame.render_widget(painter.line(usize::from(place.width)), place),
    }
}

/// Returns who knows of a parameter, and what it is for.
fn about_row(row: &Row) -> String {
    match &row.kind {
        RowKind::Parameter(parameter) => {
            let about = parameter
                .description
                .as_deref()
                .map(|about| format!(": {}", text::safe(about)))
                .unwrap_or_default();
            let inside = if parameter.properties.is_empty() {
                String::new()
            } else {
                format!(" {{{}}}", parameter.properties.join(", "))
            };
            // Who knows of it says nothing where nothing more is known.
            match (inside.as_str(), about.as_str()) {
                ("", "") => String::new(),
                _ => format!("{}{}{about}", parameter.source.label(), text::safe(&inside)),
            }
        }
        RowKind::Entity
        | RowKind::Action
        | RowKind::AddParameter
        | RowKind::SelectFields
        | RowKind::ExcludeFields
        | RowKind::SkipTruncation
        | RowKind::Intent => String::new(),
    }
}

/// Returns the type of a parameter in words, with its range.
fn type_words(parameter: &Parameter) -> String {
    let words = match (&parameter.items, &parameter.format) {
        (Some(items), _) => format!("array of {}", text::safe(items)),
        (None, Some(format)) => format!("{}, {}", parameter.kind.word(), text::safe(format)),
        (None, None) if !parameter.choices.is_empty() => "enum".to_owned(),
        (None, None) => parameter.kind.word().to_owned(),
    };
    match (&parameter.minimum, &parameter.maximum) {
        (Some(least), Some(most)) => format!("{words} {least}–{most}"),
        (None, Some(most)) => format!("{words} ≤ {most}"),
        (Some(least), None) => format!("{words} ≥ {least}"),
        (None, None) => words,
    }
}

struct Painter<'a> {
    app: &'a App,
    theme: Theme,
    row: &'a Row,
    columns: Columns,
    selected: bool,
    focused: bool,
}

impl Painter<'_> {
    /// Returns the name and, where there is room, the type beside it.
    fn name(&self) -> Vec<Span<'static>> {
        let theme = self.theme;
        let required = matches!(&self.row.kind, RowKind::Parameter(own) if own.required);
        let style = if self.row.is_option() || self.row.kind == RowKind::AddParameter {
            theme.dim()
        } else {
            Style::new()
        };
        // Where there is no room for types, a star says what they would.
        let star = if required && self.columns.types == 0 {
            " *"
        } else {
            ""
        };
        let columns = self.columns.names;
        let name = text::safe(self.row.name());
        let name = format!("{}{star}", text::cut_end(&name, columns.saturating_sub(2)));
        let mut spans = vec![
            mark(theme, self.selected, self.focused),
            Span::styled(pad(&name, columns), style),
            Span::raw(" "),
        ];
        if self.columns.types > 0 {
            let note = pad(&note_of(self.app, self.row), self.columns.types);
            spans.push(Span::styled(note, self.note_style()));
            spans.push(Span::raw(" "));
        }
        spans
    }

    /// Returns how the type is shown: it stands out while it says that something is missing or is changed.
    fn note_style(&self) -> Style {
        let form = &self.app.request.form;
        let changes = self.row.kind == RowKind::Action
            && !form.action().is_empty()
            && !only_reads(form.action());
        if changes {
            self.theme.danger()
        } else if form.is_missing(self.row) {
            self.theme.warning()
        } else {
            self.theme.dim()
        }
    }

    fn line(&self, columns: usize) -> Line<'static> {
        let mut spans = self.name();
        let used: usize = spans.iter().map(Span::width).sum();
        let left = columns.saturating_sub(used + 1);
        let remark = || match &self.row.value {
            Value::Text(typed) => self.app.request.form.remark_on(self.row, typed),
            Value::Unset | Value::Null => None,
        };
        let fault = self.row.fault().or_else(remark);
        let (note, note_style) = match fault {
            Some(fault) => (text::safe(&fault).into_owned(), self.theme.warning()),
            None if self.columns.types == 0 => (note_of(self.app, self.row), self.note_style()),
            None => (String::new(), Style::new()),
        };
        let value = self.value();
        let value_columns = text::width(&value.0);
        // The value has the right of way; what is beside it takes what is left.
        let note_columns =
            text::width(&note).min(left.saturating_sub(value_columns.min(left * 3 / 5) + 2));
        let value_columns = left.saturating_sub(note_columns + 1);
        spans.push(Span::styled(pad(&value.0, value_columns), value.1));
        spans.push(Span::raw(" "));
        spans.push(Span::styled(
            text::cut_end(&note, note_columns).into_owned(),
            note_style,
        ));
        let line = Line::from(spans);
        if self.selected && self.focused {
            highlight(self.theme, line)
        } else {
            line
        }
    }

    /// Returns the value as it is shown, and how.
    fn value(&self) -> (String, Style) {
        let theme = self.theme;
        match (&self.row.value, &self.row.kind) {
            (Value::Text(typed), _) if typed.is_empty() => {
                ("\"\"  empty text".to_owned(), theme.dim())
            }
            (Value::Text(typed), RowKind::Entity | RowKind::Action) => {
                (text::safe(typed).into_owned(), theme.strong())
            }
            (Value::Text(typed), _) => (one_line(self.row, typed), Style::new()),
            (Value::Null, _) => (
                "null".to_owned(),
                theme.role(crate::json::rows::Role::Literal),
            ),
            (Value::Unset, RowKind::Entity | RowKind::Action) => {
                ("Enter chooses".to_owned(), theme.dim())
            }
            (Value::Unset, RowKind::AddParameter) => (
                "Enter adds one that is not declared".to_owned(),
                theme.dim(),
            ),
            (Value::Unset, RowKind::SkipTruncation) => ("true".to_owned(), theme.dim()),
            (Value::Unset, RowKind::Parameter(parameter)) => {
                let words = if !parameter.choices.is_empty() {
                    let choices: Vec<_> = parameter
                        .choices
                        .iter()
                        .map(|choice| text::safe(choice.trim_matches('"')).into_owned())
                        .collect();
                    format!("unset   {}", choices.join(" · "))
                } else if let Some(default) = &parameter.default {
                    format!("unset   default {}", text::safe(default))
                } else if parameter.scoped {
                    "unset   filled by the connector's settings".to_owned()
                } else {
                    "unset".to_owned()
                };
                (words, theme.dim())
            }
            (Value::Unset, _) => ("unset".to_owned(), theme.dim()),
        }
    }

    fn draw_field(&self, frame: &mut Frame, area: Rect, typed: &str, column: usize) {
        let wrong = wrong_with(self.app, self.row, typed);
        let (note, style) = match wrong {
            Some(words) => (words, self.theme.warning()),
            None if self.columns.types == 0 => (note_of(self.app, self.row), self.theme.dim()),
            None => (String::new(), Style::new()),
        };
        let note = text::safe(&note).into_owned();
        let mut spans = self.name();
        if let Some(name) = spans.get_mut(1) {
            name.style = self.theme.title(true);
        }
        let start: usize = spans.iter().map(Span::width).sum();
        frame.render_widget(Line::from(spans), area);
        let start = start as u16;
        // As in the other rows, the last column stays empty.
        let room = area.width.saturating_sub(start + 1);
        let note_columns = (text::width(&note) as u16).min(room * 3 / 5);
        let field = Rect {
            x: area.x + start,
            width: room.saturating_sub(note_columns + 1),
            ..area
        };
        draw_field(self.theme, frame, field, "", typed, column);
        if note_columns > 0 {
            let place = Rect {
                x: area.x + start + room - note_columns,
                width: note_columns,
                ..area
            };
            frame.render_widget(
                Span::styled(
                    text::cut_end(&note, usize::from(note_columns)).into_owned(),
                    style,
                ),
                place,
            );
        }
    }
}

/// Returns what a row takes: its type, whether it is required, what an action does.
fn note_of(app: &App, row: &Row) -> String {
    let form = &app.request.form;
    match &row.kind {
        RowKind::Entity => match form.entities().len() {
            0 => "free text".to_owned(),
            count => format!("one of {count}"),
        },
        RowKind::Action => action_note(app),
        RowKind::Parameter(parameter) => {
            let mut note = type_words(parameter);
            if parameter.required {
                note.push_str(", required");
            }
            text::safe(&note).into_owned()
        }
        RowKind::AddParameter => "name=value".to_owned(),
        RowKind::SelectFields => "fields: a, b.c".to_owned(),
        RowKind::ExcludeFields => "fields: a, b.c".to_owned(),
        RowKind::SkipTruncation => "long strings whole".to_owned(),
        RowKind::Intent => "for the audit log".to_owned(),
    }
}

fn action_note(app: &App) -> String {
    let action = app.request.form.action();
    if action.is_empty() {
        return String::new();
    }
    let pages = match Profile::of(app.request.form.operation()).strategy {
        Strategy::Token { .. }
        | Strategy::UrlQuery { .. }
        | Strategy::PageUrl { .. }
        | Strategy::Page { .. }
        | Strategy::Offset { .. }
        | Strategy::LastId { .. }
        | Strategy::Sql { .. } => ", pages",
        Strategy::Unfollowable { .. } => ", pages cannot be followed",
        Strategy::Single | Strategy::Generic => "",
    };
    match action {
        "list" | "search" | "context_store_search" => format!("reads{pages}"),
        _ if only_reads(action) => about_action(action).to_owned(),
        _ => format!("{} · asks first", about_action(action)),
    }
}
