//! Draws the state. Reads only; what it measured goes back as [`Sizes`].

mod all_pages;
mod attachments;
mod connectors;
mod decoder;
mod dialog;
mod downloads;
mod fields;
mod filter;
mod footer;
mod form;
mod ledger;
mod matches;
mod popup;
mod raw;
mod reply;
mod row;
mod table;
mod theme;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph};

use crate::app::focus::Pane;
use crate::app::{App, Area, Sizes};
use crate::text;

pub use theme::Theme;

/// Below this size one sentence is shown.
const SMALLEST: (u16, u16) = (30, 8);
/// Below this width one pane is shown at a time.
const NARROW: u16 = 70;
/// From this width request and reply stand side by side.
const WIDE: u16 = 160;

/// Draws a frame and returns what it measured.
pub fn draw(app: &App, theme: Theme, frame: &mut Frame) -> Sizes {
    let whole = frame.area();
    if whole.width < SMALLEST.0 || whole.height < SMALLEST.1 {
        let words = text::cut_end(
            "This window is too small for airscope.",
            usize::from(whole.width),
        )
        .into_owned();
        let middle = Rect {
            y: whole.y + whole.height / 2,
            height: whole.height.min(1),
            ..whole
        };
        frame.render_widget(
            Paragraph::new(words)
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
    for (pane, area) in panes(app, body) {
        let inner = match pane {
            Pane::Connectors => connectors::draw(app, theme, frame, area),
            Pane::Request => form::draw(app, theme, frame, area),
            Pane::Reply => reply::draw(app, theme, frame, area),
        };
        sizes.panes.push((
            pane,
            Area {
                x: inner.x,
                y: inner.y,
                width: inner.width,
                height: inner.height,
            },
        ));
    }
    footer::draw(app, theme, frame, footer);
    form::draw_editor(app, theme, frame, body);
    for popup in &app.popups {
        sizes.popup = popup::draw(app, popup, theme, frame, body);
    }
    if let Some(place) = app.prefix {
        popup::draw_prefix(place, theme, frame, body);
    }
    sizes
}

/// Divides the body among the panes that are shown.
fn panes(app: &App, body: Rect) -> Vec<(Pane, Rect)> {
    if app.zoomed || body.width < NARROW {
        return vec![(app.focus, body)];
    }
    let list = connectors::wanted_width(app)
        .max(22)
        .min((body.width / 4).max(22));
    let [left, right] =
        Layout::horizontal([Constraint::Length(list), Constraint::Min(0)]).areas(body);
    if body.width >= WIDE {
        let [request, reply] =
            Layout::horizontal([Constraint::Percentage(42), Constraint::Min(0)]).areas(right);
        return vec![
            (Pane::Connectors, left),
            (Pane::Request, request),
            (Pane::Reply, reply),
        ];
    }
    let rows = app.form.rows.len().max(3) as u16 + 2;
    // The form takes what it needs, up to a share that depends on where one works.
    let share = if app.focus == Pane::Request {
        body.height * 6 / 10
    } else {
        body.height * 4 / 10
    };
    let height = rows.min(share.max(5));
    let [request, reply] =
        Layout::vertical([Constraint::Length(height), Constraint::Min(0)]).areas(right);
    vec![
        (Pane::Connectors, left),
        (Pane::Request, request),
        (Pane::Reply, reply),
    ]
}

fn draw_header(app: &App, theme: Theme, frame: &mut Frame, area: Rect) {
    let organization = app
        .organization
        .as_ref()
        .map(|name| format!(" · {}", text::safe(name)))
        .unwrap_or_default();
    let mut facts = Vec::new();
    facts.extend(download_words(app));
    match (app.calls, app.setup.max_calls) {
        (0, None) => {}
        (calls, None) => facts.push(text::plural(calls, "call")),
        (calls, Some(most)) => facts.push(format!(
            "{} of {}",
            text::count(calls),
            text::plural(most, "call")
        )),
    }
    if app.setup.read_only {
        facts.push("read only".to_owned());
    }
    if app.setup.sandbox {
        facts.push("sandbox".to_owned());
    }
    let right = facts.join(" · ");
    let left_columns = usize::from(area.width).saturating_sub(text::width(&right) + 14);
    let place = text::cut_end(
        &format!("{}{organization}", text::safe(&app.setup.workspace)),
        left_columns,
    )
    .into_owned();
    let gap =
        usize::from(area.width).saturating_sub(12 + text::width(&place) + text::width(&right));
    let line = Line::from(vec![
        Span::styled(" airscope  ", theme.title(true)),
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

/// What stands in the border of a pane.
struct Title<'a> {
    pane: Pane,
    /// What it is, right of the name.
    about: String,
    /// Facts, right in the upper border.
    facts: String,
    /// Left in the lower border.
    below: String,
    /// Right in the lower border.
    below_right: Line<'a>,
}

impl<'a> Title<'a> {
    fn new(pane: Pane) -> Title<'a> {
        Title {
            pane,
            about: String::new(),
            facts: String::new(),
            below: String::new(),
            below_right: Line::default(),
        }
    }
}

/// Draws a pane's border and returns its inside.
fn draw_border(app: &App, theme: Theme, frame: &mut Frame, area: Rect, title: Title<'_>) -> Rect {
    let focused = app.focus == title.pane && app.popups.is_empty();
    let border = theme.border(focused);
    let columns = usize::from(area.width).saturating_sub(4);
    let name = title.pane.name();
    let facts =
        text::cut_end(&title.facts, columns.saturating_sub(text::width(name) + 3)).into_owned();
    let left = columns.saturating_sub(
        text::width(name) + 2 + text::width(&facts) + if facts.is_empty() { 0 } else { 3 },
    );
    let about = text::cut_end(&title.about, left).into_owned();
    let mut upper = vec![Span::styled(format!(" {name} "), theme.title(focused))];
    if !about.is_empty() {
        upper.push(Span::styled(format!(" {about} "), Style::new()));
    }
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .title_top(Line::from(upper));
    if !facts.is_empty() {
        block = block
            .title_top(Line::from(Span::styled(format!(" {facts} "), theme.dim())).right_aligned());
    }
    let right_columns = title.below_right.width();
    let below = text::cut_end(&title.below, columns.saturating_sub(right_columns + 3)).into_owned();
    if !below.is_empty() {
        block = block.title_bottom(Line::from(Span::styled(format!(" {below} "), theme.dim())));
    }
    if right_columns > 0 {
        block = block.title_bottom(title.below_right.right_aligned());
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// Writes a sentence into an empty place.
fn draw_sentence(theme: Theme, frame: &mut Frame, area: Rect, sentence: &str) {
    let lines: Vec<Line> = text::wrap(sentence, usize::from(area.width.saturating_sub(2)))
        .into_iter()
        .take(usize::from(area.height))
        .map(|line| Line::from(Span::styled(format!(" {line}"), theme.dim())))
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// Returns the mark at the left of a row: filled rows have none, selected ones elsewhere have one.
fn mark(selected: bool, focused: bool) -> &'static str {
    if selected && !focused { "▌" } else { " " }
}

/// Pads a text to a number of columns, or cuts it.
fn pad(words: &str, columns: usize) -> String {
    let cut = text::cut_end(words, columns);
    let gap = columns.saturating_sub(text::width(&cut));
    format!("{cut}{}", " ".repeat(gap))
}

/// Returns the sign of something that runs.
fn spinner(app: &App, elapsed: std::time::Duration) -> &'static str {
    const SIGNS: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", "⠏", "⠹"];
    if app.now.is_none() {
        return SIGNS[0];
    }
    SIGNS[(elapsed.as_millis() / 100) as usize % SIGNS.len()]
}
