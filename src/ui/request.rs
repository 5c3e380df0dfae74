//! Draws the form and its fields.

pub(super) mod editor;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Theme;
use super::widgets::draw_field;
use super::widgets::{Title, draw_border, draw_sentence, mark, pad, spinner};
use crate::app::App;
use crate::app::request::form::{Editing, Editor, Row, RowKind, Value};
use crate::app::widgets::focus::Pane;
use crate::app::widgets::load::Load;
use crate::domain::operation::{Parameter, about_action, only_reads};
use crate::paging::{Profile, Strategy};
use crate::text;

pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame, area: Rect) -> Rect {
    let mut title = Title::new(Pane::Request);
    if let Some(name) = app.request.form.name() {
        let words = [name, app.request.form.entity(), app.request.form.action()];
        let words: Vec<_> = words
            .into_iter()
            .filter(|word| !word.is_empty())
            .map(|word| text::safe(word).into_owned())
            .collect();
        title.about = words.join(" › ");
    }
    title.facts = match &app.request.form.described {
        Load::Idle if app.request.waits_for_connectors() => match app.connectors.load {
            Load::Running { .. } => {
                let elapsed = app.connectors.load.elapsed(app.session.now);
                format!("{} connectors", spinner(app, elapsed.unwrap_or_default()))
            }
            Load::Idle | Load::Ready(()) | Load::Failed { .. } => "no connectors".to_owned(),
        },
        Load::Running { .. } => format!(
            "{} describe",
            spinner(
                app,
                app.request
                    .form
                    .described
                    .elapsed(app.session.now)
                    .unwrap_or_default()
            )
        ),
        Load::Idle | Load::Ready(()) | Load::Failed { .. } => app
            .request
            .form
            .operation()
            .map(|operation| operation.source.label().to_owned())
            .unwrap_or_default(),
    };
    if !app.request.form.rows.is_empty() {
        if edited_in_row(app).is_none() {
            title.below = app
                .request
                .form
                .selected()
                .map(about_row)
                .unwrap_or_default();
        }
        // The row that is edited needs the border for what is wrong with it.
        if edited_in_row(app).is_none()
            && app.request.form.rows.len() > usize::from(area.height.saturating_sub(2))
        {
            let words = format!(
                " {} of {} ",
                app.request.form.cursor.at + 1,
                app.request.form.rows.len()
            );
            title.below_right = Line::from(Span::styled(words, theme.dim()));
        }
    }
    let inner = draw_border(app, theme, frame, area, title);
    if app.request.form.rows.is_empty() {
        draw_sentence(
            theme,
            frame,
            inner,
            "Here the request is filled in. Choose a connector with Enter.",
        );
        return inner;
    }
    let focused = app.focus.pane == Pane::Request;
    let name_columns = app
        .request
        .form
        .rows
        .iter()
        .map(|row| text::width(&text::safe(row.name())) + 2)
        .max()
        .unwrap_or(10)
        .clamp(10, usize::from(inner.width) * 2 / 5);
    if let Some((row, editing)) = edited_in_row(app) {
        let typed = editing.input.text();
        // What stands beside the text is not said twice.
        let most = note_columns(inner.width, name_columns);
        let wrong = wrong_with(app, row, &typed).map(|words| text::safe(&words).into_owned());
        let wrong = wrong.filter(|words| text::width(words) > usize::from(most));
        draw_facts(theme, frame, area, row, wrong);
    }
    let rows = app
        .request
        .form
        .rows
        .iter()
        .enumerate()
        .skip(app.request.form.cursor.top)
        .take(usize::from(inner.height));
    for (line, (index, row)) in rows.enumerate() {
        let place = Rect {
            y: inner.y + line as u16,
            height: 1,
            ..inner
        };
        let editing = app
            .request
            .form
            .editing
            .as_ref()
            .filter(|editing| editing.row == index && editing.editor == Editor::Line);
        let selected = index == app.request.form.cursor.at;
        let painter = Painter {
            app,
            theme,
            row,
            name_columns,
            selected,
            focused,
        };
        match editing {
            Some(editing) => {
                let (typed, column) = editing.input.one_line();
                painter.draw_field(frame, place, &typed, column);
            }
            None => frame.render_widget(painter.line(usize::from(place.width)), place),
        }
    }
    inner
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

/// Returns how many columns there are for what is said beside a text that is typed.
fn note_columns(width: u16, name_columns: usize) -> u16 {
    width.saturating_sub(name_columns as u16 + 3) * 3 / 5
}

/// Writes into the lower border what is known of the row that is edited: its type and range, what it may hold, what it
/// is for; and first what is wrong, where there is no room for it beside the text.
fn draw_facts(theme: Theme, frame: &mut Frame, area: Rect, row: &Row, wrong: Option<String>) {
    let columns = usize::from(area.width).saturating_sub(4);
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
    let wrong = wrong.map(|words| text::cut_end(&words, columns).into_owned());
    let wrong_columns = wrong.as_deref().map_or(0, |words| text::width(words) + 3);
    let left = columns.saturating_sub(wrong_columns + 2);
    let words = text::cut_end(&words.join(" · "), left).into_owned();
    let mut spans = Vec::new();
    if let Some(wrong) = wrong {
        spans.push(Span::styled(format!(" {wrong} "), theme.warning()));
        if !words.is_empty() {
            spans.push(Span::styled("·", theme.dim()));
        }
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
            format!("{}{}{about}", parameter.source.label(), text::safe(&inside))
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
        (Some(_), None) | (None, None) => words,
    }
}

struct Painter<'a> {
    app: &'a App,
    theme: Theme,
    row: &'a Row,
    name_columns: usize,
    selected: bool,
    focused: bool,
}

impl Painter<'_> {
    fn name(&self) -> Vec<Span<'static>> {
        let required =
            matches!(&self.row.kind, RowKind::Parameter(parameter) if parameter.required);
        let style = if self.row.is_option() || self.row.kind == RowKind::AddParameter {
            self.theme.dim()
        } else {
            Style::new()
        };
        let star = if required { " *" } else { "" };
        let name = format!(
            "{}{star}",
            text::cut_end(
                &text::safe(self.row.name()),
                self.name_columns.saturating_sub(2)
            )
        );
        vec![
            Span::raw(mark(self.selected, self.focused)),
            Span::styled(pad(&name, self.name_columns), style),
            Span::raw(" "),
        ]
    }

    fn line(&self, columns: usize) -> Line<'static> {
        let mut spans = self.name();
        let left = columns.saturating_sub(self.name_columns + 3);
        let remark = || match &self.row.value {
            Value::Text(typed) => self.app.request.form.remark_on(self.row, typed),
            Value::Unset | Value::Null => None,
        };
        let fault = self.row.fault().or_else(remark);
        let note = text::safe(&fault.clone().unwrap_or_else(|| self.note())).into_owned();
        let note_style = if fault.is_some() {
            self.theme.warning()
        } else {
            self.theme.dim()
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
        spans.push(Span::raw(" "));
        let mut line = Line::from(spans);
        if self.selected && self.focused {
            for span in &mut line.spans {
                span.style = self.theme.selected();
            }
            line = line.style(self.theme.selected());
        }
        line
    }

    /// Returns the value as it is shown, and how.
    fn value(&self) -> (String, Style) {
        let theme = self.theme;
        match (&self.row.value, &self.row.kind) {
            (Value::Text(typed), _) if typed.is_empty() => {
                ("\"\"  empty text".to_owned(), theme.dim())
            }
            (Value::Text(typed), RowKind::Entity | RowKind::Action) => {
                (text::safe(typed).into_owned(), theme.title(true))
            }
            (Value::Text(typed), _) if !self.row.is_json() => {
                (text::on_one_line(typed).into_owned(), Style::new())
            }
            (Value::Text(typed), _) => (
                text::safe(&typed.lines().map(str::trim).collect::<Vec<_>>().join(" "))
                    .into_owned(),
                Style::new(),
            ),
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

    /// Returns what is said at the right of a row.
    fn note(&self) -> String {
        match &self.row.kind {
            RowKind::Entity => match self.app.request.form.entities().len() {
                0 => "free text".to_owned(),
                count => format!("one of {count}"),
            },
            RowKind::Action => self.action_note(),
            RowKind::Parameter(parameter) => {
                let note = type_words(parameter);
                if self.app.request.form.is_missing(self.row) {
                    format!("required · {note}")
                } else {
                    note
                }
            }
            RowKind::AddParameter => "name=value".to_owned(),
            RowKind::SelectFields => "option · a, b.c".to_owned(),
            RowKind::ExcludeFields => "option · a, b.c".to_owned(),
            RowKind::SkipTruncation => "option · long strings whole".to_owned(),
            RowKind::Intent => "option · audit log".to_owned(),
        }
    }

    fn action_note(&self) -> String {
        let action = self.app.request.form.action();
        if action.is_empty() {
            return String::new();
        }
        let pages = match Profile::of(self.app.request.form.operation()).strategy {
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

    fn draw_field(&self, frame: &mut Frame, area: Rect, typed: &str, column: usize) {
        let wrong = wrong_with(self.app, self.row, typed);
        let style = if wrong.is_some() {
            self.theme.warning()
        } else {
            self.theme.dim()
        };
        let note = wrong.unwrap_or_else(|| self.note());
        let note = text::safe(&note).into_owned();
        let mut spans = self.name();
        for span in &mut spans {
            span.style = self.theme.accent();
        }
        frame.render_widget(Line::from(spans), area);
        let start = (self.name_columns + 2) as u16;
        // As in the other rows, the last column stays empty.
        let room = area.width.saturating_sub(start + 1);
        let note_columns =
            (text::width(&note) as u16).min(note_columns(area.width, self.name_columns));
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
