//! Draws the request as one line, while one reads.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Theme;
use super::request::{one_line, place, source};
use super::widgets::{draw_titles, named};
use crate::app::App;
use crate::app::request::form::Value;
use crate::app::widgets::focus::Pane;
use crate::text;

/// Draws it: connector, operation, and the values that are sent.
pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame, area: Rect) -> Rect {
    let titles = named(app, theme, area, Pane::Request, "", &source(app));
    let inner = draw_titles(frame, area, titles);
    let mut spans = vec![Span::raw(format!(" {} ", place(app)))];
    for row in app.request.form.rows.iter().skip(2) {
        let value = match &row.value {
            Value::Unset => continue,
            Value::Null => "null".to_owned(),
            Value::Text(typed) => one_line(row, typed),
        };
        spans.push(Span::styled(
            format!(" {}=", text::safe(row.name())),
            theme.dim(),
        ));
        spans.push(Span::raw(text::cut_end(&value, 40).into_owned()));
    }
    let line = cut_line(Line::from(spans), usize::from(inner.width));
    frame.render_widget(line, inner);
    inner
}

/// Cuts a line to so many columns; where something was cut, it says so.
fn cut_line(mut line: Line<'_>, columns: usize) -> Line<'_> {
    if line.width() <= columns {
        return line;
    }
    let mut left = columns.saturating_sub(1);
    for span in &mut line.spans {
        let whole = text::width(&span.content);
        let cut = text::cut_end(&span.content, left).into_owned();
        left = left.saturating_sub(whole);
        span.content = cut.into();
    }
    // What was cut inside of a part has its sign already.
    if !line.spans.iter().any(|span| span.content.ends_with('…')) {
        line.push_span(Span::raw("…"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::cut_line;
    use ratatui::text::{Line, Span};

    #[test]
    fn a_line_that_was_cut_says_so() {
        let line = || Line::from(vec![Span::raw("owner="), Span::raw("acme")]);
        let check = |columns, expected: &str| {
            assert_eq!(cut_line(line(), columns).to_string(), expected);
        };
        check(10, "owner=acme");
        check(9, "owner=a…");
        check(7, "owner=…");
        check(4, "ow…");
        check(0, "…");
    }
}
