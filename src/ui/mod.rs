//! Draws the state. Reads only; what it measured goes back as [`Sizes`].

mod connectors;
mod folded;
mod footer;
mod popups;
mod reply;
mod request;
mod theme;
mod welcome;
mod widgets;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect, Spacing};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::App;
use crate::app::command::{Command, ReplyCommand};
use crate::app::sizes::{Area, Sizes, Target};
use crate::app::widgets::focus::Pane;
use crate::text;
use widgets::{dim_all, draw_walls};

pub use theme::Theme;

/// Below this size one sentence is shown.
const SMALLEST: (u16, u16) = (30, 8);
/// Below this width one pane is shown at a time.
const NARROW: u16 = 70;
/// From this width the three panes stand side by side.
const WIDE: u16 = 180;

/// Draws a frame and returns what it measured.
pub fn draw(app: &App, theme: Theme, frame: &mut Frame) -> Sizes {
    let whole = frame.area();
    if whole.width < SMALLEST.0 || whole.height < SMALLEST.1 {
        let lines = too_small(usize::from(whole.width), usize::from(whole.height));
        let rows = (lines.len() as u16).min(whole.height);
        let middle = Rect {
            y: whole.y + (whole.height - rows) / 2,
            height: rows,
            ..whole
        };
        let lines: Vec<Line> = lines.into_iter().map(Line::from).collect();
        frame.render_widget(
            Paragraph::new(lines)
                .style(theme.dim())
                .alignment(Alignment::Center),
            middle,
        );
        return Sizes::default();
    }
    let [header, body, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(whole);
    draw_header(app, theme, frame, header);
    let mut sizes = Sizes::default();
    let panes = panes(app, body);
    let reply_area = panes.iter().find(|(pane, _)| *pane == Pane::Reply);
    let reply_area = reply_area.map(|(_, area)| *area);
    draw_walls(app, theme, frame, &panes);
    if is_folded(app, body) {
        sizes.folded = Some(Pane::Request);
    }
    for (pane, area) in panes {
        let inner = match pane {
            Pane::Connectors => connectors::draw(app, theme, frame, area),
            Pane::Request if sizes.folded == Some(pane) => folded::draw(app, theme, frame, area),
            Pane::Request => request::draw(app, theme, frame, area),
            Pane::Reply => reply::draw(app, theme, frame, area),
        };
        sizes.panes.push((pane, area_of(inner)));
    }
    let mut targets = footer::draw(app, theme, frame, footer);
    let footer_targets = targets.len();
    // The title of the reply names its tab.
    if let Some(area) = reply_area.filter(|_| app.reply.page().is_some()) {
        let next = Command::Reply(ReplyCommand::NextTab);
        targets.push((Rect { height: 1, ..area }, Target::Command(next)));
    }
    request::editor::draw(app, theme, frame, body);
    for popup in &app.popups {
        dim_all(theme, frame, body);
        let drawn = popups::draw(app, popup, theme, frame, body);
        sizes.popup = drawn.lines;
        sizes.popup_area = area_of(drawn.area);
        sizes.popup_list = area_of(drawn.list);
        sizes.popup_divider = drawn.divider;
        targets.truncate(footer_targets);
        targets.extend(drawn.targets);
    }
    if let Some(context) = app.focus.prefix {
        dim_all(theme, frame, body);
        targets.extend(popups::draw_prefix(app, context, theme, frame, body));
    }
    sizes.targets = targets
        .into_iter()
        .map(|(place, target)| (area_of(place), target))
        .collect();
    sizes
}

/// Returns a part of the screen as plain numbers.
fn area_of(rect: Rect) -> Area {
    Area {
        x: rect.x,
        y: rect.y,
        width: rect.width,
        height: rect.height,
    }
}

/// Says that the window is too small and which size is wanted, in as many words as fit.
fn too_small(columns: usize, rows: usize) -> Vec<String> {
    let wanted = format!("{}x{}", SMALLEST.0, SMALLEST.1);
    let longest = [
        format!("This window is too small for airscope. It takes {wanted} cells."),
        format!("Too small: airscope takes {wanted}"),
        format!("Too small: {wanted}"),
    ];
    let fits = |words: &&String| {
        words.split(' ').all(|word| text::width(word) <= columns)
            && text::wrap(words, columns).len() <= rows
    };
    match longest.iter().find(fits) {
        Some(words) => text::wrap(words, columns),
        None => vec![text::cut_end(&wanted, columns).into_owned()],
    }
}

/// Divides the body among the panes that are shown.
fn panes(app: &App, body: Rect) -> Vec<(Pane, Rect)> {
    if app.focus.zoomed || body.width < NARROW {
        return vec![(app.focus.pane, body)];
    }
    let list = connectors::wanted_width(app)
        .max(22)
        .min((body.width / 4).max(22));
    // Neighbours overlap by the wall that they share.
    let shared = Spacing::Overlap(1);
    let [left, right] = Layout::horizontal([Constraint::Length(list), Constraint::Min(0)])
        .spacing(shared.clone())
        .areas(body);
    if body.width >= WIDE {
        let [request, reply] = Layout::horizontal([Constraint::Percentage(36), Constraint::Min(0)])
            .spacing(shared)
            .areas(right);
        return vec![
            (Pane::Connectors, left),
            (Pane::Request, request),
            (Pane::Reply, reply),
        ];
    }
    let height = if is_folded(app, body) {
        3
    } else {
        // The form takes what it needs, up to a share that depends on where one works.
        let rows = request::wanted_height(app);
        let share = if app.focus.pane == Pane::Request {
            body.height * 6 / 10
        } else {
            body.height * 4 / 10
        };
        rows.min(share.max(5))
    };
    let [request, reply] = Layout::vertical([Constraint::Length(height), Constraint::Min(0)])
        .spacing(shared)
        .areas(right);
    vec![
        (Pane::Connectors, left),
        (Pane::Request, request),
        (Pane::Reply, reply),
    ]
}

/// Returns whether the request is a line: while one reads, where it stands above the reply.
fn is_folded(app: &App, body: Rect) -> bool {
    app.focus.pane == Pane::Reply
        && !app.focus.zoomed
        && (NARROW..WIDE).contains(&body.width)
        && app.request.form.connector.is_some()
}

fn draw_header(app: &App, theme: Theme, frame: &mut Frame, area: Rect) {
    let organization = app
        .session
        .organization
        .as_ref()
        .map(|name| format!(" · {}", text::safe(name)))
        .unwrap_or_default();
    let mut facts = Vec::new();
    facts.extend(download_words(app));
    match (app.session.calls.total, app.session.setup.max_calls) {
        (0, None) => {}
        (calls, None) => facts.push(text::plural(calls, "call")),
        (calls, Some(most)) => facts.push(format!(
            "{} of {}",
            text::count(calls),
            text::plural(most, "call")
        )),
    }
    if app.session.setup.read_only {
        facts.push("read only".to_owned());
    }
    if app.session.setup.sandbox {
        facts.push("sandbox".to_owned());
    }
    let right = facts.join(" · ");
    let left_columns = usize::from(area.width).saturating_sub(text::width(&right) + 14);
    let place = text::cut_end(
        &format!("{}{organization}", text::safe(&app.session.setup.workspace)),
        left_columns,
    )
    .into_owned();
    let gap =
        usize::from(area.width).saturating_sub(12 + text::width(&place) + text::width(&right));
    let line = Line::from(vec![
        Span::styled(" airscope  ", theme.strong()),
        Span::raw(place),
        Span::raw(" ".repeat(gap)),
        Span::styled(right, theme.dim()),
    ]);
    frame.render_widget(line, area);
}

/// Says how far the downloads have come, while any are on their way.
fn download_words(app: &App) -> Option<String> {
    let queue = &app.downloads.queue;
    let counts = queue.counts();
    if queue.is_idle() {
        return None;
    }
    let all = queue.items().len() - counts.cancelled;
    let paused = if queue.is_paused() { " paused" } else { "" };
    Some(format!("↓ {} of {all}{paused}", counts.done))
}

#[cfg(test)]
mod tests {
    use super::too_small;

    #[test]
    fn a_window_that_is_too_small_says_which_size_is_wanted_in_words_that_fit() {
        let check = |columns, rows, expected: &[&str]| {
            assert_eq!(too_small(columns, rows), expected, "{columns}x{rows}");
        };
        check(
            120,
            5,
            &["This window is too small for airscope. It takes 30x8 cells."],
        );
        check(
            28,
            8,
            &[
                "This window is too small for",
                "airscope. It takes 30x8",
                "cells.",
            ],
        );
        check(28, 2, &["Too small: airscope takes", "30x8"]);
        check(20, 1, &["Too small: 30x8"]);
        check(8, 3, &["Too", "small:", "30x8"]);
        check(4, 1, &["30x8"]);
        check(3, 1, &["30…"]);
    }
}
