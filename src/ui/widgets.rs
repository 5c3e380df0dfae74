//! Parts that panes and popups are drawn with: borders, boxes, fields, spinners.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::style::Style;
use ratatui::symbols::merge::MergeStrategy;
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
    /// The row of the list that only divides it.
    pub(in crate::ui) divider: Option<u16>,
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

impl Drawn {
    /// Has a row of the list only divide it: the rows from there on stand a row lower.
    pub(in crate::ui) fn divided(self, row: usize) -> Drawn {
        let list = Rect {
            height: self.list.height + 1,
            ..self.list
        };
        Drawn {
            divider: Some(list.y + row as u16),
            list,
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
    clear_with_margin(frame, body, area);
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
    frame.render_widget(block, area);
    Rect {
        x: inner.x + 1.min(inner.width),
        width: inner.width.saturating_sub(2),
        ..inner
    }
}

/// Clears the place of a box and one cell around it, so that nothing sticks out beside its border.
pub(in crate::ui) fn clear_with_margin(frame: &mut Frame, body: Rect, area: Rect) {
    let around = area.outer(Margin::new(1, 1)).intersection(body);
    frame.render_widget(Clear, around);
}

/// Makes all that was drawn so far the background of a popup.
pub(in crate::ui) fn dim_all(theme: Theme, frame: &mut Frame, area: Rect) {
    frame.buffer_mut().set_style(area, theme.behind());
}

/// Draws the walls of the panes: neighbours share one, and that of the pane with the keys is in the accent.
pub(in crate::ui) fn draw_walls(
    app: &App,
    theme: Theme,
    frame: &mut Frame,
    panes: &[(Pane, Rect)],
) {
    // Where walls meet, their symbols are merged, which takes time that one pane alone does not need.
    let merge = match panes {
        [_] => MergeStrategy::Replace,
        _ => MergeStrategy::Fuzzy,
    };
    let (own, others): (Vec<_>, Vec<_>) = panes
        .iter()
        .copied()
        .partition(|(pane, _)| has_keys(app, *pane));
    for (pane, area) in others.into_iter().chain(own) {
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .merge_borders(merge)
            .border_style(theme.border(has_keys(app, pane)));
        frame.render_widget(block, area);
    }
}

/// Returns whether the keys go to a pane.
pub(in crate::ui) fn has_keys(app: &App, pane: Pane) -> bool {
    app.focus.pane == pane && app.popups.is_empty()
}

/// What stands in the walls above and below a pane.
#[derive(Debug, Default)]
pub(in crate::ui) struct Titles<'a> {
    /// What it is.
    pub(in crate::ui) above: Line<'a>,
    /// More of it, at the right.
    pub(in crate::ui) above_right: Line<'a>,
    /// Facts, in the wall below.
    pub(in crate::ui) below: Line<'a>,
    /// More of them, at the right.
    pub(in crate::ui) below_right: Line<'a>,
}

/// Returns the columns that titles have in a wall.
pub(in crate::ui) fn title_columns(area: Rect) -> usize {
    usize::from(area.width).saturating_sub(4)
}

/// Returns a title: the name of a pane and what is in it, cut to what `right` leaves.
pub(in crate::ui) fn named<'a>(
    app: &App,
    theme: Theme,
    area: Rect,
    pane: Pane,
    about: &str,
    right: &str,
) -> Titles<'a> {
    let name = format!(" {} ", pane.name());
    let right = text::cut_end(
        right,
        title_columns(area).saturating_sub(text::width(&name)),
    );
    let right_columns = if right.is_empty() {
        0
    } else {
        text::width(&right) + 3
    };
    let left = title_columns(area).saturating_sub(text::width(&name) + right_columns + 2);
    let about = text::cut_end(about, left);
    let mut above = vec![Span::styled(name, theme.title(has_keys(app, pane)))];
    if !about.is_empty() {
        above.push(Span::raw(format!(" {about} ")));
    }
    let above_right = if right.is_empty() {
        Line::default()
    } else {
        Line::styled(format!(" {right} "), theme.dim())
    };
    Titles {
        above: Line::from(above),
        above_right,
        ..Titles::default()
    }
}

/// Writes titles into the walls of a pane and returns its inside.
pub(in crate::ui) fn draw_titles(frame: &mut Frame, area: Rect, titles: Titles<'_>) -> Rect {
    let columns = area.width.saturating_sub(2);
    let bottom = area.y + area.height.saturating_sub(1);
    let mut put = |line: Line<'_>, y: u16, at_the_right: u16| {
        let width = (line.width() as u16).min(columns);
        let place = Rect {
            x: area.x + 1 + (columns - width) * at_the_right,
            y,
            width,
            height: 1,
        };
        // Of the wall below nothing stays, or the title would be as faint as it is.
        frame.buffer_mut().set_style(place, Style::reset());
        frame.render_widget(line, place);
    };
    put(titles.above, area.y, 0);
    put(titles.above_right, area.y, 1);
    put(titles.below, bottom, 0);
    put(titles.below_right, bottom, 1);
    Rect {
        x: area.x + 1.min(area.width),
        y: area.y + 1.min(area.height),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

/// Returns the part of a list that its window shows.
pub(in crate::ui) fn window(top: usize, rows: usize, length: usize) -> Range<f64> {
    let length = length.max(1) as f64;
    top as f64 / length..((top + rows) as f64 / length).min(1.0)
}

/// Draws which part of all is seen, as a thicker part of the wall at the right; nothing where all is seen.
pub(in crate::ui) fn draw_scroll_bar(
    theme: Theme,
    frame: &mut Frame,
    list: Rect,
    part: Range<f64>,
) {
    let rows = f64::from(list.height);
    let wall = list.x + list.width;
    if (part.start <= 0.0 && part.end >= 1.0) || rows < 1.0 || wall >= frame.area().right() {
        return;
    }
    let thumb = ((part.end - part.start) * rows).round().clamp(1.0, rows);
    // At the end only what is last is shown, and at the beginning what is first.
    let begin = match (part.start <= 0.0, part.end >= 1.0) {
        (true, _) => 0.0,
        (_, true) => rows - thumb,
        (false, false) => (part.start * rows).round().clamp(0.0, rows - thumb),
    };
    for row in 0..thumb as u16 {
        let place = Rect {
            x: wall,
            y: list.y + begin as u16 + row,
            width: 1,
            height: 1,
        };
        frame.buffer_mut().set_style(place, Style::reset());
        frame.render_widget(Span::styled("┃", theme.thumb()), place);
    }
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

/// Returns the mark at the left of a row: the selected one has one, in the accent where the keys are.
pub(in crate::ui) fn mark<'a>(theme: Theme, selected: bool, focused: bool) -> Span<'a> {
    if selected {
        Span::styled("▌", theme.border(focused))
    } else {
        Span::raw(" ")
    }
}

/// Makes a row the selected one of what has the keys: bold, and nothing of it faint.
pub(in crate::ui) fn highlight(theme: Theme, line: Line<'_>) -> Line<'_> {
    let mut line = line;
    for span in &mut line.spans {
        span.style = span.style.patch(theme.selected());
    }
    line
}

/// Draws the selected row of a list in a box: its mark stands in the column before it.
pub(in crate::ui) fn draw_selected(theme: Theme, frame: &mut Frame, area: Rect, line: Line<'_>) {
    frame.render_widget(highlight(theme, line), area);
    if area.x > 0 && area.height > 0 {
        let edge = Rect {
            x: area.x - 1,
            width: 1,
            height: 1,
            ..area
        };
        frame.render_widget(mark(theme, true, true), edge);
    }
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
