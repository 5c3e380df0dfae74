//! Draws the field of a jq filter and, under it, what is wrong with it or what may be done.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::reply::filter::{Filter, Scope};
use crate::app::widgets::text_field::TextField;
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::draw_field;

/// So many rows it takes at the bottom of the reply.
pub(super) const ROWS: u16 = 2;

pub(super) fn draw(
    app: &App,
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
    filter: &Filter,
    input: &TextField,
) {
    let (lines, (_, column)) = input.view();
    let typed = lines.first().map(String::as_str).unwrap_or_default();
    let field = Rect {
        height: area.height.min(1),
        ..area
    };
    draw_field(theme, frame, field, "| ", typed, column);
    if area.height < ROWS {
        return;
    }
    let below = Rect {
        y: area.y + 1,
        height: 1,
        ..area
    };
    let width = usize::from(area.width);
    let line = match &filter.fault {
        Some((words, place)) => {
            // The sign stands under the place, as long as the field shows it there.
            let before = place.map_or(0, |place| text::width(&typed[..floor(typed, place)]) + 2);
            let before = if before + 12 < width { before } else { 0 };
            let sign = if place.is_some() && before > 0 {
                "^ "
            } else {
                "! "
            };
            let words =
                text::cut_end(&text::safe(words), width.saturating_sub(before + 2)).into_owned();
            Line::from(Span::styled(
                format!("{}{sign}{words}", " ".repeat(before)),
                theme.warning(),
            ))
        }
        None => {
            let scope = match filter.scope {
                Scope::AllPages => "all pages as one list",
                Scope::Page => "this page",
            };
            let other = match filter.scope {
                Scope::AllPages => "this page",
                Scope::Page => "all pages",
            };
            let state = match filter.running.elapsed(app.session.now) {
                Some(elapsed) => format!("{} running", crate::ui::widgets::spinner(app, elapsed)),
                None => "jq".to_owned(),
            };
            let words = format!(
                "  {state} · {scope} · Tab {other} · ↑ former · Enter keeps · Esc goes back"
            );
            Line::from(Span::styled(
                text::cut_end(&words, width).into_owned(),
                theme.dim(),
            ))
        }
    };
    frame.render_widget(line, below);
}

fn floor(text: &str, place: usize) -> usize {
    (0..=place.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}
