//! Draws the ledger of a run over many records: the verdict, and a row a page or failure.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::parents::ParentOutcome;
use crate::app::reply::each::{EachRun, LedgerRow};
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::notice::Tone;
use crate::paging::Verdict;
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::{Drawn, WIDEST, draw_selected, open_box, pad};

/// The width of the parent's name at most.
const WIDEST_PARENT: usize = 44;

/// So many lines are kept for the reason of the selected row.
const DETAIL: usize = 2;

/// Draws it. Returns what was drawn where.
pub(super) fn draw(
    app: &App,
    cursor: Cursor,
    theme: Theme,
    frame: &mut Frame,
    body: Rect,
) -> Drawn {
    let Some(each) = &app.reply.each else {
        return Drawn::default();
    };
    let widest = usize::from(body.width.min(WIDEST)).saturating_sub(4).max(1);
    let (tone, words) = head(app, each);
    let (sign, style) = theme.tone(tone);
    let sign = if tone == Tone::Info { "" } else { sign };
    let head = format!("{sign} {words}");
    let head = text::wrap(head.trim_start(), widest.saturating_sub(2));
    let head = &head[..head.len().min(3)];
    let room = usize::from(body.height).saturating_sub(2);
    // Room for all of the selected row's reason, so that moving does not make the box jump.
    let detail_rows = if room > head.len() + DETAIL + 7 {
        DETAIL + 1
    } else {
        0
    };
    let list_rows = each.rows.len().max(1);
    let list_rows = list_rows.min(room.saturating_sub(head.len() + 2 + detail_rows).max(1));
    let below = format!(
        "{} of {}",
        (cursor.at + 1).min(each.rows.len()),
        each.rows.len()
    );
    let inner = open_box(
        theme,
        frame,
        body,
        "Ledger of the run",
        widest,
        head.len() + 2 + list_rows + detail_rows,
        &below,
        widest,
    );
    let mut at = 0;
    let mut place = || {
        let y = inner.y + at;
        at += 1;
        (y < inner.y + inner.height).then_some(Rect {
            y,
            height: 1,
            ..inner
        })
    };
    for words in head {
        if let Some(area) = place() {
            frame.render_widget(Span::styled(words.clone(), style), area);
        }
    }
    place();
    let width = usize::from(inner.width);
    let shown = each.rows.iter().enumerate();
    let shown: Vec<_> = shown.skip(cursor.top).take(list_rows).collect();
    let names = shown.iter().filter_map(|(_, row)| each.parent(row.parent));
    let names = names.map(|parent| text::width(&parent.words())).max();
    let columns = Columns {
        parent: names
            .unwrap_or(6)
            .clamp(6, WIDEST_PARENT.min(width / 3).max(6)),
        times: width >= 70,
    };
    if let Some(area) = place() {
        let words = columns.line(["parent", "page", "records", "ms", "received", "verdict"]);
        let words = text::cut_end(&words, width).into_owned();
        frame.render_widget(Span::styled(words, theme.dim()), area);
    }
    for (at, row) in shown {
        let Some(area) = place() else { break };
        let (sign, style) = sign_of(row, theme);
        let words = cells(app, each, row, &columns);
        let words = text::cut_end(&words, width.saturating_sub(2)).into_owned();
        let words = words.strip_prefix("  ").unwrap_or(&words).to_owned();
        let line = Line::from(vec![
            Span::styled(format!("{sign} "), style),
            Span::raw(words),
        ]);
        if at == cursor.at {
            draw_selected(theme, frame, area, line);
        } else {
            frame.render_widget(line, area);
        }
    }
    if detail_rows > 0 {
        place();
        let row = each.rows.get(cursor.at);
        let reason = row.and_then(|row| reason(app, row)).unwrap_or_default();
        for words in text::wrap(&reason, width).into_iter().take(DETAIL) {
            if let Some(area) = place() {
                frame.render_widget(Span::styled(words, theme.warning()), area);
            }
        }
    }
    Drawn::box_of(inner).with_list(inner, head.len() + 2, list_rows, each.rows.len())
}

/// Returns what is said of the whole run.
fn head(app: &App, each: &EachRun) -> (Tone, String) {
    let (done, all) = each.done();
    let counts = format!(
        "{} of {} of {}",
        text::plural(each.records, "record"),
        text::count(done),
        text::plural(all, "parent")
    );
    let scrubber = &app.session.setup.scrubber;
    let reason = |verdict: &Verdict| {
        let reason = verdict.reason();
        let reason = scrubber.scrub(&reason).into_owned();
        format!("{counts} · {}: {}", verdict.word(), text::safe(&reason))
    };
    match &app.reply.verdict {
        Some(verdict @ Verdict::Complete(_)) => (Tone::Done, reason(verdict)),
        Some(verdict) => (Tone::Warning, reason(verdict)),
        None => (Tone::Info, format!("{counts} · running")),
    }
}

fn sign_of(row: &LedgerRow, theme: Theme) -> (&'static str, Style) {
    match row.end.as_ref().map(|end| end.outcome) {
        Some(ParentOutcome::Failed) => ("✗", theme.warning_sign()),
        Some(ParentOutcome::Ended) => ("!", theme.warning_sign()),
        Some(ParentOutcome::Complete) if is_warned(row) => ("!", theme.warning_sign()),
        Some(ParentOutcome::Complete) | None => (" ", Style::new()),
    }
}

fn is_warned(row: &LedgerRow) -> bool {
    row.end.as_ref().is_some_and(|end| end.warning.is_some())
}

/// Returns why the parent of a row is not complete, or what the service warned of, if the row says it.
fn reason(app: &App, row: &LedgerRow) -> Option<String> {
    let end = row.end.as_ref()?;
    let scrubber = &app.session.setup.scrubber;
    match end.outcome {
        ParentOutcome::Complete => {
            let warning = end.warning.as_ref()?;
            Some(text::safe(&scrubber.scrub(warning)).into_owned())
        }
        ParentOutcome::Ended | ParentOutcome::Failed => {
            Some(text::safe(&scrubber.scrub(&end.reason())).into_owned())
        }
    }
}

/// How wide the columns are.
struct Columns {
    parent: usize,
    times: bool,
}

impl Columns {
    fn line(&self, [parent, page, records, ms, received, verdict]: [&str; 6]) -> String {
        let parent = pad(&text::cut_end(parent, self.parent), self.parent);
        let times = if self.times {
            format!("  {ms:>6}  {received:>8}")
        } else {
            String::new()
        };
        format!("  {parent}  {page:>4}  {records:>7}{times}  {verdict}")
    }
}

fn cells(app: &App, each: &EachRun, row: &LedgerRow, columns: &Columns) -> String {
    let scrubber = &app.session.setup.scrubber;
    let parent = each.parent(row.parent).map(|parent| {
        let words = parent.words();
        // What holds a secret is cut after it is masked.
        match scrubber.scrub(&words) {
            Cow::Borrowed(_) => parent.words_in(columns.parent),
            Cow::Owned(masked) => masked,
        }
    });
    let parent = parent.unwrap_or_default();
    let is_complete = row
        .end
        .as_ref()
        .map(|end| end.outcome == ParentOutcome::Complete);
    let verdict = match is_complete {
        Some(true) => Some(match reason(app, row) {
            Some(warning) => format!("complete; {warning}"),
            None => "complete".to_owned(),
        }),
        Some(false) | None => reason(app, row),
    };
    let (page, records, ms, received) = match &row.page {
        Some(page) => (
            page.page.to_string(),
            text::count(page.records),
            text::count(page.reply.took.as_millis() as u64),
            page.reply.received_at.split(' ').next_back(),
        ),
        None => ("–".to_owned(), "–".to_owned(), String::new(), None),
    };
    columns.line([
        &parent,
        &page,
        &records,
        &ms,
        received.unwrap_or_default(),
        verdict.as_deref().unwrap_or_default(),
    ])
}
