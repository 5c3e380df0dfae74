//! Draws the queue of downloads: a row a file, all of the selected one below.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::notice::Tone;
use crate::domain::download::queue::{Item, Running, State};
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::{Drawn, draw_selected, open_box};
use crate::ui::widgets::{pad, spinner};

/// The widest box.
const WIDEST: u16 = 104;
/// So many rows at the bottom tell of the selected file, the gap above them included.
const DETAILS: usize = 5;
/// The columns of a bar, where there is room for one.
const BAR: usize = 12;

/// Draws it. Returns what was drawn where.
pub(super) fn draw(
    app: &App,
    cursor: Cursor,
    theme: Theme,
    frame: &mut Frame,
    body: Rect,
) -> Drawn {
    let queue = &app.downloads.queue;
    let items = queue.items();
    let widest = usize::from(body.width.min(WIDEST)).saturating_sub(4);
    if items.is_empty() {
        let words = if app.downloads.unfinished.task().is_some() {
            "Looking for what was left from before …"
        } else {
            "No downloads yet. In a reply, d downloads the file under the cursor."
        };
        let lines = text::wrap(words, widest);
        let columns = lines
            .iter()
            .map(|line| text::width(line))
            .max()
            .unwrap_or(0);
        let inner = open_box(
            theme,
            frame,
            body,
            "Downloads",
            columns,
            lines.len(),
            "",
            widest,
        );
        for (at, line) in lines
            .into_iter()
            .enumerate()
            .take(usize::from(inner.height))
        {
            frame.render_widget(
                Span::styled(line, theme.dim()),
                Rect {
                    y: inner.y + at as u16,
                    height: 1,
                    ..inner
                },
            );
        }
        return Drawn::box_of(inner);
    }
    let room = usize::from(body.height).saturating_sub(2);
    let details = if room > DETAILS + 3 { DETAILS } else { 0 };
    let rows = items.len().min(room.saturating_sub(details)).max(1);
    let inner = open_box(
        theme,
        frame,
        body,
        &title(app),
        widest,
        rows + details,
        &below(app, cursor, rows),
        widest,
    );
    let width = usize::from(inner.width);
    for (line, item) in items
        .iter()
        .enumerate()
        .skip(cursor.top)
        .take(rows.min(usize::from(inner.height)))
    {
        let place = Rect {
            y: inner.y + (line - cursor.top) as u16,
            height: 1,
            ..inner
        };
        let words = row(app, theme, item, width);
        if line == cursor.at {
            draw_selected(theme, frame, place, words);
        } else {
            frame.render_widget(words, place);
        }
    }
    if let Some(item) = items.get(cursor.at).filter(|_| details > 0) {
        for (at, (words, style)) in about(app, theme, item, width).into_iter().enumerate() {
            let y = rows + 1 + at;
            if y < usize::from(inner.height) {
                frame.render_widget(
                    Span::styled(text::cut_end(&words, width).into_owned(), style),
                    Rect {
                        y: inner.y + y as u16,
                        height: 1,
                        ..inner
                    },
                );
            }
        }
    }
    Drawn::box_of(inner).with_list(inner, 0, rows, items.len())
}

/// Says how many files are how.
fn title(app: &App) -> String {
    let counts = app.downloads.queue.counts();
    let all = app.downloads.queue.items().len() - counts.cancelled;
    let mut parts = vec![format!("Downloads · {} of {all}", counts.done)];
    if app.downloads.queue.is_paused() && counts.waiting > 0 {
        parts.push("paused".to_owned());
    }
    if counts.failed > 0 {
        parts.push(format!("{} failed", counts.failed));
    }
    parts.push(text::bytes(counts.bytes));
    parts.join(" · ")
}

fn below(app: &App, cursor: Cursor, rows: usize) -> String {
    let all = app.downloads.queue.items().len();
    if all > rows {
        format!("{} of {all}", cursor.at + 1)
    } else {
        String::new()
    }
}

/// Returns the sign of a file's state.
pub(super) fn sign(app: &App, theme: Theme, item: &Item) -> (String, Style) {
    match &item.state {
        State::Waiting => ("·".to_owned(), theme.dim()),
        State::Running(running) => (
            spinner(app, elapsed(app, running)).to_owned(),
            theme.strong(),
        ),
        State::Done(_) => ("✓".to_owned(), theme.tone(Tone::Done).1),
        State::Failed(_) => ("✗".to_owned(), theme.tone(Tone::Error).1),
        State::Cancelled => ("–".to_owned(), theme.dim()),
    }
}

fn row<'a>(app: &App, theme: Theme, item: &Item, width: usize) -> Line<'a> {
    let (sign, style) = sign(app, theme, item);
    let bar_columns = if width >= 60 { BAR } else { 0 };
    let words_columns = (width / 2).clamp(12, 44);
    let name_columns =
        width.saturating_sub(2 + words_columns + if bar_columns > 0 { bar_columns + 2 } else { 1 });
    let name = pad(
        &text::cut_middle(
            &text::safe(&app.session.setup.scrubber.scrub(&item.name())),
            name_columns,
        ),
        name_columns,
    );
    let mut spans = vec![
        Span::styled(format!("{sign} "), style),
        Span::styled(name, Style::new()),
        Span::styled(" ", Style::new()),
    ];
    if bar_columns > 0 {
        let part = match &item.state {
            State::Running(running) => running
                .progress
                .total
                .filter(|total| *total > 0)
                .map(|total| running.progress.written as f64 / total as f64),
            State::Waiting | State::Done(_) | State::Failed(_) | State::Cancelled => None,
        };
        let filled = part.map(|part| (part.clamp(0.0, 1.0) * bar_columns as f64) as usize);
        match filled {
            Some(filled) => {
                spans.push(Span::styled("━".repeat(filled), theme.strong()));
                spans.push(Span::styled("─".repeat(bar_columns - filled), theme.dim()));
            }
            None => spans.push(Span::styled(" ".repeat(bar_columns), Style::new())),
        }
        spans.push(Span::styled(" ", Style::new()));
    }
    let words = pad(
        &text::cut_end(&words(app, item, words_columns), words_columns),
        words_columns,
    );
    spans.push(Span::styled(words, theme.dim()));
    Line::from(spans)
}

fn elapsed(app: &App, running: &Running) -> Duration {
    running
        .since
        .zip(app.session.now)
        .map_or(Duration::ZERO, |(since, now)| {
            now.saturating_duration_since(since)
        })
}

/// Says how far a file has come, in so many columns.
fn words(app: &App, item: &Item, columns: usize) -> String {
    match &item.state {
        State::Waiting if app.downloads.queue.is_paused() => {
            format!(
                "paused{}",
                item.size()
                    .map(|size| format!(" · {}", text::bytes(size)))
                    .unwrap_or_default()
            )
        }
        State::Waiting => format!(
            "waiting{}",
            item.size()
                .map(|size| format!(" · {}", text::bytes(size)))
                .unwrap_or_default()
        ),
        State::Running(running) => {
            let words = running_words(running, elapsed(app, running));
            let fitting = words.iter().find(|words| text::width(words) <= columns);
            fitting.or(words.last()).cloned().unwrap_or_default()
        }
        State::Done(file) if file.was_there => {
            format!("{} · was there already", text::bytes(file.bytes))
        }
        State::Done(file) => {
            format!(
                "{} · {}",
                text::bytes(file.bytes),
                text::safe(file.content_type.as_deref().unwrap_or("type not stated"))
            )
        }
        // The name stands beside it.
        State::Failed(failure) => failure
            .summary
            .split_once("`: ")
            .map_or(failure.summary.as_str(), |(_, why)| why)
            .to_owned(),
        State::Cancelled => "cancelled".to_owned(),
    }
}

/// Says how a file is doing, in fewer and fewer words.
fn running_words(running: &Running, elapsed: Duration) -> Vec<String> {
    if let Some(pause) = &running.pause {
        // Tenths of a second are enough.
        let wait = text::duration(Duration::from_millis(
            (pause.wait.as_millis() / 100 * 100) as u64,
        ));
        return vec![format!("{}: try {} in {wait}", pause.reason, pause.attempt)];
    }
    let progress = running.progress;
    if progress.written == 0 {
        return vec!["asking for it".to_owned()];
    }
    let rate =
        progress.written.saturating_sub(running.have) as f64 / elapsed.as_secs_f64().max(0.1);
    let written = text::bytes(progress.written);
    let rate_words = format!("{}/s", text::bytes(rate as u64));
    let Some(total) = progress.total.filter(|total| *total > 0) else {
        return vec![format!("{written} · {rate_words}"), written];
    };
    let seconds = (total.saturating_sub(progress.written) as f64 / rate.max(1.0)).min(1e6) as u64;
    let left = if seconds < 60 {
        format!("{seconds} s left")
    } else {
        format!("{} left", text::duration(Duration::from_secs(seconds)))
    };
    let all = text::bytes(total);
    let percent = progress.written.min(total) * 100 / total;
    vec![
        format!("{written} of {all} · {rate_words} · {left}"),
        format!("{written} of {all} · {left}"),
        format!("{percent} % · {left}"),
        format!("{percent} %"),
    ]
}

/// Tells all of the selected file.
fn about(app: &App, theme: Theme, item: &Item, width: usize) -> Vec<(String, Style)> {
    let (call, scrubber) = (&item.wanted.call, &app.session.setup.scrubber);
    let params: Vec<String> = call
        .params
        .iter()
        .map(|(name, value)| {
            text::safe(&scrubber.scrub(&format!("{name} = {}", value.as_str()))).into_owned()
        })
        .collect();
    let mut lines = vec![(
        text::safe(&scrubber.scrub(&item.name())).into_owned(),
        theme.strong(),
    )];
    match &item.state {
        State::Done(file) => {
            let path = text::safe(&file.path.display().to_string()).into_owned();
            lines.push((
                text::cut_middle(&format!("{path}  · o opens, y copies the path"), width)
                    .into_owned(),
                Style::new(),
            ));
            lines.push((format!("sha256 {}", file.sha256), theme.dim()));
            let odd = match &file.looks_like {
                Some(looks_like) => Some((
                    format!("! its content looks like {}", text::safe(looks_like)),
                    theme.warning(),
                )),
                None if !file.measured => Some((
                    "! nobody stated its size, so it could not be checked".to_owned(),
                    theme.warning(),
                )),
                None => None,
            };
            let received = file
                .encoded
                .map(|encoded| format!("{}, received as {encoded}", text::bytes(file.bytes)));
            lines.extend(match (odd, received) {
                (Some((odd, style)), Some(received)) => {
                    Some((format!("{odd} · {received}"), style))
                }
                (Some(odd), None) => Some(odd),
                (None, received) => received.map(|received| (received, theme.dim())),
            });
        }
        State::Failed(failure) => {
            lines.push((failure.summary.clone(), theme.warning()));
            lines.extend(failure.hint.clone().map(|hint| (hint, Style::new())));
        }
        State::Running(running) => {
            let known = [
                (running.have > 0).then(|| format!("resumes at {}", text::bytes(running.have))),
                running
                    .again
                    .as_ref()
                    .map(|why| format!("started over: {}", text::safe(why))),
            ];
            let words: Vec<String> = known.into_iter().flatten().collect();
            lines.push((
                format!(
                    "`{} download` with {}",
                    text::safe(&call.entity),
                    params.join(", ")
                ),
                theme.dim(),
            ));
            if !words.is_empty() {
                lines.push((words.join(" · "), theme.dim()));
            }
        }
        State::Waiting | State::Cancelled => {
            lines.push((
                format!(
                    "`{} download` with {}",
                    text::safe(&call.entity),
                    params.join(", ")
                ),
                theme.dim(),
            ));
            lines.push((
                format!(
                    "to {}",
                    text::safe(&item.wanted.folder.display().to_string())
                ),
                theme.dim(),
            ));
        }
    }
    lines
}
