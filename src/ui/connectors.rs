//! Draws the connector list.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Theme;
use super::widgets::{
    draw_scroll_bar, draw_sentence, draw_titles, highlight, mark, named, pad, spinner,
    title_columns, window,
};
use crate::app::App;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::load::Load;
use crate::domain::connector::{Connector, StoreState};
use crate::json::rows::Role;
use crate::text;

/// Returns the width at which no name is cut.
pub(super) fn wanted_width(app: &App) -> u16 {
    let widest = app
        .session
        .connectors
        .iter()
        .map(|connector| {
            text::width(&text::safe(&connector.name)) + 2 + text::width(&kind(connector))
        })
        .max();
    widest.unwrap_or(20) as u16 + 7
}

pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame, area: Rect) -> Rect {
    let shown = app.connectors.shown(&app.session);
    let all = app.session.connectors.len();
    let about = match (&app.connectors.load, shown.len() == all) {
        (Load::Running { .. }, _) => {
            let elapsed = app
                .connectors
                .load
                .elapsed(app.session.now)
                .unwrap_or_default();
            spinner(app, elapsed).to_owned()
        }
        (_, true) if all > 0 => all.to_string(),
        (_, true) => String::new(),
        (_, false) => format!("{} of {all}", shown.len()),
    };
    let typing = app.connectors.typing.as_ref();
    let mut titles = named(app, theme, area, Pane::Connectors, &about, "");
    if typing.is_none() && !app.connectors.filter.is_empty() {
        let words = format!(" /{} ", text::safe(&app.connectors.filter));
        titles.below = Line::raw(text::cut_end(&words, title_columns(area)).into_owned());
    }
    let mut inner = draw_titles(frame, area, titles);
    if let Some(input) = typing {
        let (lines, (_, column)) = input.view();
        let line = lines.first().map(String::as_str).unwrap_or_default();
        let field = Rect {
            height: inner.height.min(1),
            ..inner
        };
        super::widgets::draw_field(theme, frame, field, "/", line, column);
        inner.y += 1;
        inner.height = inner.height.saturating_sub(1);
    }
    if shown.is_empty() {
        let sentence = match &app.connectors.load {
            Load::Running { .. } => "Loading the connectors …".to_owned(),
            Load::Failed { failure, .. } => {
                format!("{}. R tries again, ! shows all of it.", failure.summary)
            }
            Load::Idle | Load::Ready(_) if all == 0 => {
                "This workspace has no connectors. W switches to another.".to_owned()
            }
            Load::Idle | Load::Ready(_) => "No connector matches. Esc shows all.".to_owned(),
        };
        draw_sentence(theme, frame, inner, &sentence);
        return inner;
    }
    let focused = app.focus.pane == Pane::Connectors;
    let top = app.connectors.cursor.top;
    let part = window(top, usize::from(inner.height), shown.len());
    draw_scroll_bar(theme, frame, inner, part);
    let rows = shown
        .iter()
        .enumerate()
        .skip(app.connectors.cursor.top)
        .take(usize::from(inner.height));
    for (line, (index, connector)) in rows.enumerate() {
        let selected = index == app.connectors.cursor.at;
        let row = Rect {
            y: inner.y + line as u16,
            height: 1,
            ..inner
        };
        frame.render_widget(
            row_of(
                app,
                theme,
                connector,
                usize::from(inner.width),
                selected,
                focused,
            ),
            row,
        );
    }
    inner
}

fn row_of<'a>(
    app: &App,
    theme: Theme,
    connector: &Connector,
    columns: usize,
    selected: bool,
    focused: bool,
) -> Line<'a> {
    let chosen = app
        .request
        .form
        .connector
        .as_ref()
        .is_some_and(|own| own.id == connector.id);
    let kind = kind(connector);
    // The name has the right of way; the kind is cut, and goes where too little of it is left.
    let name_wanted = text::width(&text::safe(&connector.name));
    let left = columns.saturating_sub(name_wanted + 5);
    let kind_columns = if left < 5 {
        0
    } else {
        text::width(&kind).min(left)
    };
    let name_columns = columns.saturating_sub(kind_columns + 5);
    let (sign, sign_style) = badge(theme, connector.store.as_ref());
    let name_style = if chosen {
        theme.strong()
    } else {
        Default::default()
    };
    let line = Line::from(vec![
        mark(theme, selected, focused),
        Span::styled(sign, sign_style),
        Span::raw(" "),
        Span::styled(pad(&text::safe(&connector.name), name_columns), name_style),
        Span::raw(" "),
        Span::styled(pad(&kind, kind_columns), theme.dim()),
        Span::raw(" "),
    ]);
    if selected && focused {
        highlight(theme, line)
    } else {
        line
    }
}

/// Returns the sign of a Context Store and its style.
pub(super) fn badge(theme: Theme, store: Option<&StoreState>) -> (&'static str, Style) {
    match store {
        Some(StoreState::Ready) => ("●", theme.role(Role::String)),
        Some(StoreState::Preview) => ("◐", theme.role(Role::String)),
        Some(StoreState::Building) => ("◔", theme.warning_sign()),
        Some(StoreState::Loading) => ("○", theme.dim()),
        Some(StoreState::Other(_)) | None => ("·", theme.dim()),
    }
}

fn kind(connector: &Connector) -> String {
    text::safe(connector.slug.as_deref().unwrap_or(&connector.template)).into_owned()
}
