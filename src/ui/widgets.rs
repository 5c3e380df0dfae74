//! Parts that panes and popups are drawn with: borders, boxes, fields, spinners.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use super::Theme;
use crate::app::App;
use crate::app::keymap::key_named;
use crate::app::popups::Hint;
use crate::app::sizes::Target;
use crate::app::widgets::focus::Pane;
use crate::text;

/// What was drawn of a popup, for the mouse and for scrolling.
#[derive(Debug, Clone, Default)]
pub(in crate::ui) struct Drawn {
    /// How many lines it can show, and how many it has.
    pub(in crate::ui) lines: (usize, usize),
    /// The whole of it with its border.
    pub(in crate::ui) area: Rect,
    /// The rows of its list that are shown.
    pub(in crate::ui) list: Rect,
    /// The words that do something when they are clicked.
    pub(in crate::ui) targets: Vec<(Rect, Target)>,
}

impl Drawn {
    /// Returns what was drawn into the inside of a box, without a list.
    pub(in crate::ui) fn box_of(inner: Rect) -> Drawn {
        Drawn {
            area: Rect {
                x: inner.x.saturating_sub(2),
                y: inner.y.saturating_sub(1),
                width: inner.width + 4,
                height: inner.height + 2,
            },
            ..Drawn::default()
        }
    }

    /// Adds a list that begins in a row of the inside: how many rows it shows, and how many there are.
    pub(in crate::ui) fn with_list(
        self,
        inner: Rect,
        row: usize,
        shown: usize,
        all: usize,
    ) -> Drawn {
        let row = (row as u16).min(inner.height);
        Drawn {
            lines: (shown, all),
            list: Rect {
                y: inner.y + row,
                height: (shown.min(all) as u16).min(inner.height - row),
                ..inner
            },
            ..self
        }
    }
}

/// Returns the places of keys and their words that are written one after the other, for a click on them.
pub(in crate::ui) fn hint_targets(area: Rect, hints: &[Hint], gap: usize) -> Vec<(Rect, Target)> {
    let mut x = usize::from(area.x);
    let mut targets = Vec::new();
    for (key, words) in hints {
        let width = text::width(key) + 1 + text::width(words);
        if let Some(event) = key_named(key) {
            let place = Rect {
                x: x as u16,
                width: width as u16,
                height: 1,
                ..area
            };
            targets.push((place, Target::Key(event)));
        }
        x += width + gap;
    }
    targets
}

/// The widest popup.
pub(in crate::ui) const WIDEST: u16 = 84;

/// Draws a line that is being typed, moved so that the cursor is seen.
pub(in crate::ui) fn draw_field(
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
    prompt: &str,
    typed: &str,
    column: usize,
) {
    let columns = usize::from(area.width).saturating_sub(text::width(prompt) + 1);
    let before: String = typed.chars().take(column).collect();
    let safe_before = text::on_one_line(&before);
    let at = text::width(&safe_before);
    let skipped = at.saturating_sub(columns);
    let whole = text::on_one_line(typed);
    let seen = text::cut_end(text::skip_columns(&whole, skipped), columns + 1).into_owned();
    let mut line = Line::from(Span::styled(prompt.to_owned(), theme.hint()));
    for piece in seen.split_inclusive('⏎') {
        let words = piece.strip_suffix('⏎');
        line.push_span(Span::raw(words.unwrap_or(piece).to_owned()));
        if words.is_some() {
            line.push_span(Span::styled("⏎", theme.hint()));
        }
    }
    frame.render_widget(Clear, area);
    frame.render_widget(line, area);
    if area.width > 0 && area.height > 0 {
        let x = area.x + (text::width(prompt) + at - skipped) as u16;
        frame.set_cursor_position(Position::new(x.min(area.x + area.width - 1), area.y));
    }
}

/// Draws an empty box for so many columns and rows of content, no wider than for `widest`; returns its
/// inside.
#[expect(
    clippy::too_many_arguments,
    reason = "a box has a place, a size and two titles"
)]
pub(in crate::ui) fn open_box(
    theme: Theme,
    frame: &mut Frame,
    body: Rect,
    title: &str,
    columns: usize,
    rows: usize,
    below: &str,
    widest: usize,
) -> Rect {
    let width = (columns as u16 + 4)
        .max(text::width(title) as u16 + 6)
        .min(body.width.min(widest as u16 + 4));
    let height = (rows as u16 + 2).min(body.height);
    let area = Rect {
        x: body.x + (body.width - width) / 2,
        y: body.y + (body.height - height) / 2,
        width,
        height,
    };
    let title =
        text::cut_end(&text::safe(title), usize::from(width).saturating_sub(4)).into_owned();
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.accent())
        .title_top(Line::from(Span::styled(
            format!(" {title} "),
            theme.title(true),
        )));
    if !below.is_empty() {
        block = block.title_bottom(
            Line::from(Span::styled(format!(" {below} "), theme.dim())).right_aligned(),
        );
    }
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    Rect {
        x: inner.x + 1.min(inner.width),
        width: inner.width.saturating_sub(2),
        ..inner
    }
}

/// What stands in the border of a pane.
pub(in crate::ui) struct Title<'a> {
    pub(in crate::ui) pane: Pane,
    /// What it is, right of the name.
    pub(in crate::ui) about: String,
    /// Facts, right in the upper border.
    pub(in crate::ui) facts: String,
    /// Left in the lower border.
    pub(in crate::ui) below: String,
    /// Right in the lower border.
    pub(in crate::ui) below_right: Line<'a>,
}

impl<'a> Title<'a> {
    pub(in crate::ui) fn new(pane: Pane) -> Title<'a> {
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
pub(in crate::ui) fn draw_border(
    app: &App,
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
    title: Title<'_>,
) -> Rect {
    let focused = app.focus.pane == title.pane && app.popups.is_empty();
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
pub(in crate::ui) fn draw_sentence(theme: Theme, frame: &mut Frame, area: Rect, sentence: &str) {
    let lines: Vec<Line> = text::wrap(sentence, usize::from(area.width.saturating_sub(2)))
        .into_iter()
        .take(usize::from(area.height))
        .map(|line| Line::from(Span::styled(format!(" {line}"), theme.dim())))
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// Returns the mark at the left of a row: filled rows have none, selected ones elsewhere have one.
pub(in crate::ui) fn mark(selected: bool, focused: bool) -> &'static str {
    if selected && !focused { "▌" } else { " " }
}

/// Pads a text to a number of columns, or cuts it.
pub(in crate::ui) fn pad(words: &str, columns: usize) -> String {
    let cut = text::cut_end(words, columns);
    let gap = columns.saturating_sub(text::width(&cut));
    format!("{cut}{}", " ".repeat(gap))
}

/// Returns the sign of something that runs.
pub(in crate::ui) fn spinner(app: &App, elapsed: std::time::Duration) -> &'static str {
    const SIGNS: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", "⠏", "⠹"];
    if app.session.now.is_none() {
        return SIGNS[0];
    }
    SIGNS[(elapsed.as_millis() / 100) as usize % SIGNS.len()]
}
