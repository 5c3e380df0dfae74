//! Draws the ledger of pages: the verdict, a row a page, and all of the selected one.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::notice::Tone;
use crate::domain::scrub::Scrubber;
use crate::paging::{Entry, Outcome, Verdict, Weight};
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::pad;
use crate::ui::widgets::{Drawn, draw_selected, open_box};

/// The columns, the most wanted first: name, the least width, whether numbers stand in it.
const COLUMNS: [(&str, usize, bool); 11] = [
    ("page", 4, true),
    ("sent", 14, false),
    ("records", 7, true),
    ("new", 4, true),
    ("seen", 4, true),
    ("returned", 14, false),
    ("first … last", 15, false),
    ("ms", 5, true),
    ("bytes", 8, true),
    ("received", 8, false),
    ("from", 6, false),
];
/// The order in which the columns are shown.
const ORDER: [&str; 11] = [
    "page",
    "sent",
    "returned",
    "records",
    "new",
    "seen",
    "first … last",
    "bytes",
    "ms",
    "received",
    "from",
];
/// So many lines are kept for the selected row at most.
const DETAIL: usize = 6;

/// Draws it. Returns what was drawn where.
pub(super) fn draw(
    app: &App,
    cursor: Cursor,
    theme: Theme,
    frame: &mut Frame,
    body: Rect,
) -> Drawn {
    let Some(run) = &app.reply.run else {
        return Drawn::default();
    };
    let (entries, scrubber) = (run.entries(), &app.session.setup.scrubber);
    let columns = usize::from(body.width).saturating_sub(4).max(1);
    let (tone, verdict) = match &app.reply.verdict {
        Some(Verdict::Complete(evidence)) => (
            Tone::Done,
            format!("complete: {}", text::safe(&evidence.words())),
        ),
        Some(verdict) => (
            Tone::Warning,
            format!("{}: {}", verdict.word(), verdict.reason()),
        ),
        None if app.reply.fetching.is_some() => {
            (Tone::Info, "all pages are being fetched".to_owned())
        }
        None if run.is_tentative() => (
            Tone::Warning,
            "unproven: nothing says whether there is more; ] asks for the next page, } for all"
                .to_owned(),
        ),
        None => (
            Tone::Info,
            "not at its end yet: ] asks for the next page, } for all".to_owned(),
        ),
    };
    let (sign, style) = theme.tone(tone);
    let sign = if tone == Tone::Info {
        String::new()
    } else {
        format!("{sign} ")
    };
    let inner_columns = columns.saturating_sub(2);
    let head = format!(
        "{} in {} · {sign}{}",
        text::plural(run.records(), "record"),
        text::plural(run.pages(), "page"),
        text::safe(&scrubber.scrub(&verdict))
    );
    let head = text::wrap(&head, inner_columns);
    let head = &head[..head.len().min(3)];
    let detail = entries
        .get(cursor.at)
        .map(|entry| detail(scrubber, entry, inner_columns))
        .unwrap_or_default();
    let room = usize::from(body.height).saturating_sub(2);
    // As many lines as the richest row in sight needs, so that moving does not make the box jump. Where
    // there are more rows than can be seen, the box has all of the height anyway.
    let richest = entries
        .iter()
        .skip(cursor.top)
        .take(room)
        .map(|entry| 2 + 2 * entry.findings.len())
        .max()
        .unwrap_or(2)
        .min(DETAIL);
    let detail_rows = if room > head.len() + richest + 6 {
        richest
    } else {
        0
    };
    let list_rows = entries.len().max(1).min(
        room.saturating_sub(head.len() + 2 + if detail_rows > 0 { detail_rows + 1 } else { 0 })
            .max(1),
    );
    let rows = head.len() + 2 + list_rows + if detail_rows > 0 { detail_rows + 1 } else { 0 };
    let below = format!(
        "{} of {}",
        (cursor.at + 1).min(entries.len()),
        entries.len()
    );
    let inner = open_box(
        theme,
        frame,
        body,
        "Ledger of pages",
        inner_columns,
        rows,
        &below,
        columns,
    );
    let mut lines = Lines {
        frame,
        area: inner,
        at: 0,
    };
    for words in head {
        lines.put(Line::from(Span::styled(words.clone(), style)));
    }
    lines.put(Line::default());
    let shown = fitting(usize::from(inner.width));
    lines.put(header(&shown, theme));
    for (at, entry) in entries.iter().enumerate().skip(cursor.top).take(list_rows) {
        let line = row(app, entry, &shown, theme);
        if at == cursor.at {
            lines.put_selected(theme, line);
        } else {
            lines.put(line);
        }
    }
    if detail_rows > 0 {
        lines.put(Line::default());
        for (words, style) in detail.into_iter().take(detail_rows) {
            lines.put(Line::from(Span::styled(
                words,
                if style == Weight::Note {
                    theme.dim()
                } else {
                    theme.warning()
                },
            )));
        }
    }
    Drawn::box_of(inner).with_list(inner, head.len() + 2, list_rows, entries.len())
}

/// Puts one line under the other.
struct Lines<'a, 'b> {
    frame: &'a mut Frame<'b>,
    area: Rect,
    at: u16,
}

impl Lines<'_, '_> {
    fn put(&mut self, line: Line<'_>) {
        if self.at < self.area.height {
            let place = Rect {
                y: self.area.y + self.at,
                height: 1,
                ..self.area
            };
            self.frame.render_widget(line, place);
        }
        self.at += 1;
    }

    fn put_selected(&mut self, theme: Theme, line: Line<'_>) {
        if self.at < self.area.height {
            let place = Rect {
                y: self.area.y + self.at,
                height: 1,
                ..self.area
            };
            draw_selected(theme, self.frame, place, line);
        }
        self.at += 1;
    }
}

/// Returns the columns that fit, in their order, each with its width. What is left over goes to what was
/// sent and returned.
fn fitting(width: usize) -> Vec<(&'static str, usize, bool)> {
    let mut used = 2;
    let mut chosen = Vec::new();
    for (name, least, numbers) in COLUMNS {
        if used + least + 2 > width {
            break;
        }
        used += least + 2;
        chosen.push((name, least, numbers));
    }
    let over = width.saturating_sub(used);
    let wide = chosen
        .iter()
        .filter(|(name, ..)| matches!(*name, "sent" | "returned"))
        .count()
        .max(1);
    for (name, columns, _) in &mut chosen {
        if matches!(*name, "sent" | "returned") {
            *columns += (over / wide).min(18);
        }
    }
    chosen.sort_by_key(|(name, ..)| ORDER.iter().position(|own| own == name));
    chosen
}

fn header<'a>(shown: &[(&'static str, usize, bool)], theme: Theme) -> Line<'a> {
    let cells: Vec<String> = shown
        .iter()
        .map(|(name, columns, numbers)| {
            if *numbers {
                format!("{name:>columns$}")
            } else {
                pad(name, *columns)
            }
        })
        .collect();
    Line::from(Span::styled(format!("  {}", cells.join("  ")), theme.dim()))
}

fn row<'a>(
    app: &App,
    entry: &Entry,
    shown: &[(&'static str, usize, bool)],
    theme: Theme,
) -> Line<'a> {
    let worst = entry.findings.iter().map(|finding| finding.weight()).max();
    let (sign, style) = match (entry.outcome, worst) {
        (Outcome::Refuted | Outcome::NoPage, _) | (_, Some(Weight::Missing)) => {
            ("✗", theme.warning_sign())
        }
        (_, Some(Weight::Doubt)) => ("!", theme.warning_sign()),
        (_, Some(Weight::Note)) => ("·", theme.dim()),
        (_, None) => (" ", Style::new()),
    };
    let cells: Vec<String> = shown
        .iter()
        .map(|(name, columns, numbers)| {
            let value = text::cut_middle(
                &app.session.setup.scrubber.scrub(&cell(app, entry, name)),
                *columns,
            )
            .into_owned();
            if *numbers {
                format!("{value:>columns$}")
            } else {
                pad(&value, *columns)
            }
        })
        .collect();
    Line::from(vec![
        Span::styled(format!("{sign} "), style),
        Span::raw(cells.join("  ")),
    ])
}

fn cell(app: &App, entry: &Entry, column: &str) -> String {
    match column {
        "page" if entry.outcome != Outcome::Page => "–".to_owned(),
        "page" => entry.page.to_string(),
        "sent" => entry.sent_words(),
        "returned" => entry.returned_words(),
        "records" => text::count(u64::from(entry.records)),
        "new" => text::count(u64::from(entry.new)),
        "seen" => text::count(u64::from(entry.records - entry.new)),
        "first … last" => {
            let ends = [&entry.first, &entry.last]
                .map(|id| text::cut_middle(id.as_deref().unwrap_or("no id"), 6).into_owned());
            ends.join(" … ")
        }
        "bytes" => text::bytes(entry.bytes),
        "ms" => text::count(entry.took.as_millis() as u64),
        "received" => entry
            .received_at
            .split(' ')
            .next_back()
            .unwrap_or_default()
            .to_owned(),
        _ => source(app, entry).to_owned(),
    }
}

/// Says where what one sees of a page comes from: from the call itself, or kept since.
fn source(app: &App, entry: &Entry) -> &'static str {
    let at = (entry.page as usize).saturating_sub(1);
    match app.reply.pages.get(at) {
        _ if entry.outcome != Outcome::Page => "live",
        Some(page) if page.envelope().is_none() => "disk",
        Some(_) if at + 1 == app.reply.pages.len() => "live",
        Some(_) => "memory",
        None => "live",
    }
}

/// Returns all of a row: what was sent and came, and each finding with what it means.
fn detail(scrubber: &Scrubber, entry: &Entry, columns: usize) -> Vec<(String, Weight)> {
    let one = |name: &str, value: String| {
        (
            format!(
                "{name:<10} {}",
                text::cut_middle(&scrubber.scrub(&value), columns.saturating_sub(11))
            ),
            Weight::Note,
        )
    };
    let mut lines = vec![
        one("sent", entry.sent_words()),
        one("returned", entry.returned_words()),
    ];
    for finding in &entry.findings {
        let sign = match finding.weight() {
            Weight::Note => "·",
            Weight::Doubt => "!",
            Weight::Missing => "✗",
        };
        let words = text::safe(&scrubber.scrub(&finding.words())).into_owned();
        for (at, line) in text::wrap(&words, columns.saturating_sub(2))
            .into_iter()
            .enumerate()
        {
            let sign = if at == 0 { sign } else { " " };
            lines.push((format!("{sign} {line}"), finding.weight()));
        }
    }
    lines
}
