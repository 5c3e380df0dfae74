//! Draws the reply. Only the rows that are seen are laid out.

mod all_pages;
mod failed;
mod filter;
mod matches;
mod row;
mod table;

mod text_view;
mod trail;

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::connectors::kept::Kept;
use crate::app::reply::commands::DROPPED;
use crate::app::reply::filter::Scope;
use crate::app::reply::page::{Page, Tab};
use crate::app::reply::views::View;
use crate::app::reply::views::tree::Tree;
use crate::app::reply::{Fetching, Shown, Waiting};
use crate::app::requests::RequestKind;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::notice::Tone;
use crate::attachments::Finder;
use crate::domain::download::SavedFile;
use crate::envelope::Shape;
use crate::json::path;
use crate::json::rows::Row;
use crate::paging::{Blocker, Next, Run, Verdict};
use crate::text;
use crate::ui::Theme;
use crate::ui::reply::row::{RowLook, tree_row};
use crate::ui::widgets::{Title, draw_border, draw_sentence, spinner};

/// Rows that are deeper are not looked at for files.
const DEEPEST: usize = 24;

pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame, area: Rect) -> Rect {
    let mut title = Title::new(Pane::Reply);
    let elapsed = app.reply.load.elapsed(app.session.now);
    if let Some(page) = app.reply.page() {
        title.facts = facts(app, page, usize::from(area.width));
        title.about = about(app, page, title_room(area, &title.facts));
        if let Some(tree) = app.reply.tree() {
            title.below = text::safe(&tree.path()).into_owned();
        }
        if page.view(app.reply.tab) == View::Text
            && app.reply.all_pages.is_none()
            && let Some((document, raw)) = page.text(app.reply.tab)
            && let Some(node) = raw.chosen(document)
        {
            title.below = text::safe(&path::path(document, node)).into_owned();
        }
        if app.reply.range_start().is_some() {
            title.below.push_str(" · marking: V ends, Esc gives up");
        }
        if let Some(words) = app.reply.search.words() {
            title.below = format!("{} · {words}", title.below);
        }
        title.below_right = if app.reply.filtered().is_some() {
            Line::from(Span::styled(" Esc goes back ", theme.dim()))
        } else if app.reply.streaming().is_some() {
            Line::from(Span::styled(
                " next: not known until all has arrived ",
                theme.dim(),
            ))
        } else if app.session.setup.file.is_some() {
            Line::default()
        } else {
            what_is_next(app, theme, page)
        };
        if page.forbidden > 0 && app.reply.filtered().is_none() {
            let words = format!(" ! {} ", forbidden_words(page.forbidden));
            title
                .below_right
                .spans
                .insert(0, Span::styled(words, theme.warning()));
        }
    }
    if matches!(app.reply.shown, Shown::Dropped) {
        title.about = trail::words(&app.reply.trail.labels(), title_room(area, ""));
    }
    if matches!(
        app.reply.load,
        crate::app::widgets::load::Load::Failed { .. }
    ) && app.reply.page().is_some()
    {
        title.about = match app.session.setup.file {
            Some(_) => "✗ the file could not be read again; this was read before".to_owned(),
            None => "✗ the last request failed; this is the reply before".to_owned(),
        };
    }
    if let Some(failed) = app.reply.failed_request() {
        title.about = failed::about(failed);
        title.below = failed::position(failed, area.height.saturating_sub(2));
    }
    if let (Some(elapsed), Some(waiting)) = (elapsed, &app.reply.waiting) {
        let words = match &app.reply.fetching {
            Some(all) if waiting.pause.is_none() => fetching_words(app, all),
            Some(_) | None => waiting_words(waiting, elapsed),
        };
        let words = match app.reply.loading_words() {
            Some(loading) => format!("{} · {loading}", title.about),
            None => words,
        };
        title.about = format!("{} {words}", spinner(app, elapsed));
        title.facts = if app.reply.fetching.is_some() {
            "Esc stops".to_owned()
        } else {
            "Esc cancels".to_owned()
        };
    }
    if let Some(input) = &app.reply.typing {
        title.below = String::new();
        let (lines, (_, column)) = input.view();
        let inner = draw_border(app, theme, frame, area, title);
        let field = Rect {
            y: inner.y + inner.height.saturating_sub(1),
            height: inner.height.min(1),
            ..inner
        };
        let rest = Rect {
            height: inner.height.saturating_sub(1),
            ..inner
        };
        draw_content(app, theme, frame, rest);
        crate::ui::widgets::draw_field(
            theme,
            frame,
            field,
            "/",
            lines.first().map(String::as_str).unwrap_or_default(),
            column,
        );
        return rest;
    }
    let inner = draw_border(app, theme, frame, area, title);
    if let Some((filter, input)) = app
        .reply
        .filter
        .as_deref()
        .and_then(|filter| Some((filter, filter.input.as_ref()?)))
    {
        let rows = filter::ROWS.min(inner.height);
        let rest = Rect {
            height: inner.height - rows,
            ..inner
        };
        draw_content(app, theme, frame, rest);
        if filter.fault.is_some() {
            // What is seen is not what is typed.
            frame.buffer_mut().set_style(rest, theme.dim());
        }
        filter::draw(
            app,
            theme,
            frame,
            Rect {
                y: rest.y + rest.height,
                height: rows,
                ..inner
            },
            filter,
            input,
        );
        return rest;
    }
    let progress = match &app.reply.fetching {
        Some(all) => Some(fetched(app, all)),
        None => app
            .reply
            .waiting
            .as_ref()
            .and_then(|waiting| waiting.progress)
            .map(|progress| (progress.written, progress.total)),
    };
    let content = match progress {
        Some((done, total)) if elapsed.is_some() && app.reply.streaming().is_none() => {
            let bar = Rect {
                height: inner.height.min(1),
                ..inner
            };
            draw_bar(theme, frame, bar, done, total);
            Rect {
                y: inner.y + bar.height,
                height: inner.height - bar.height,
                ..inner
            }
        }
        _ => inner,
    };
    draw_content(app, theme, frame, content);
    content
}

fn draw_content(app: &App, theme: Theme, frame: &mut Frame, area: Rect) {
    if let (Shown::Pages, Some(top)) = (&app.reply.shown, app.reply.all_pages) {
        all_pages::draw(app, theme, frame, area, top);
        return;
    }
    match (&app.reply.shown, app.reply.tree(), app.reply.page()) {
        (Shown::File(file), ..) => draw_file(theme, frame, area, file),
        (Shown::Failed(failed), ..) => failed::draw(theme, frame, area, failed),
        (_, Some(tree), _) if tree.rows(1, 0).is_empty() => {}
        (_, Some(tree), Some(page))
            if page.count() == 0
                && app.reply.tab == Tab::Result
                && app.reply.filtered().is_none()
                && tree.document().child_count(tree.root()) == 0 =>
        {
            draw_sentence(
                theme,
                frame,
                area,
                "This page has no records. t shows metadata and body.",
            );
        }
        (_, Some(tree), Some(page)) if page.view(app.reply.tab) == View::Table => {
            table::draw(app, theme, frame, area, page, tree);
        }
        (_, Some(tree), Some(page)) if page.view(app.reply.tab) == View::Tree => {
            draw_tree(app, theme, frame, area, tree)
        }
        (_, None, Some(page)) if page.envelope().is_none() => {
            draw_sentence(theme, frame, area, "This page is read from the disk …")
        }
        (_, _, Some(page)) => draw_raw(app, theme, frame, area, page),
        (_, _, None) if app.reply.waiting.is_some() => {}
        (_, _, None) => draw_sentence(theme, frame, area, empty_words(app)),
    }
}

fn empty_words(app: &App) -> &'static str {
    match &app.request.form.connector {
        _ if matches!(app.reply.shown, Shown::Dropped) => DROPPED,
        _ if app.connectors.kept.contains(&Kept::Send) => {
            "Sends when the connectors are loaded. Esc forgets it."
        }
        Some(_) => "Here the reply is read. F5 sends the request.",
        None if app.request.waits_for_connectors() => {
            "Here the reply is read. F5 sends the request."
        }
        None => "Here the reply is read. Choose a connector, then send a request with F5.",
    }
}

/// Returns how many columns of the upper border are left for what the reply is, beside facts.
fn title_room(area: Rect, facts: &str) -> usize {
    let name = text::width(Pane::Reply.name()) + 2;
    let facts = match text::width(facts) {
        0 => 0,
        columns => columns + 3,
    };
    usize::from(area.width).saturating_sub(4 + name + facts)
}

/// Returns which operation's reply this is, or what led to it, which tab, and what is wrong with it.
fn about(app: &App, page: &Page, room: usize) -> String {
    if let Some(filter) = app
        .reply
        .filter
        .as_ref()
        .filter(|filter| filter.page.is_some())
    {
        let scope = match filter.scope {
            Scope::AllPages => "all pages ",
            Scope::Page => "",
        };
        return format!("{scope}| {}", text::safe(&filter.shown));
    }
    let file = app.session.setup.file.as_ref();
    let labels = app.reply.trail.labels();
    let mut words = match (page.call(), file) {
        (Some(_), _) if labels.len() > 1 => Vec::new(),
        (Some(call), _) => vec![format!(
            "{} › {}",
            text::safe(&call.entity),
            text::safe(&call.action)
        )],
        (None, Some(file)) => vec![text::safe(&file.name).into_owned()],
        (None, None) => Vec::new(),
    };
    if app.reply.tab != Tab::Result {
        words.insert(0, app.reply.tab.name().to_owned());
    }
    if app.reply.all_pages.is_some() {
        words.insert(0, "all pages".to_owned());
    }
    let envelope = page.envelope();
    if envelope.is_some_and(|envelope| envelope.shape == Shape::Broken) || !page.reply.whole {
        words.insert(0, "! not whole".to_owned());
    } else if let Some(mark) = mark(page) {
        words.insert(0, mark.to_owned());
    } else if envelope.is_some_and(|envelope| !envelope.document.deviations().is_empty()) {
        words.insert(0, "! not quite JSON".to_owned());
    }
    if page.call().is_some() && labels.len() > 1 {
        let others: usize = words.iter().map(|word| text::width(word) + 3).sum();
        words.push(trail::words(&labels, room.saturating_sub(others)));
    }
    words.extend(
        page.scan
            .warning
            .as_deref()
            .or(page.scan.partial.as_deref())
            .map(str::to_owned),
    );
    words.join(" · ")
}

/// Returns how many strings hold what JSON forbids.
fn forbidden_words(count: u64) -> String {
    let hold = if count == 1 { "holds" } else { "hold" };
    format!("{} {hold} what JSON forbids", text::plural(count, "string"))
}

/// Returns what stays in the title while a whole page is seen with which not all is well. What was said of it below is
/// gone with the next key.
fn mark(page: &Page) -> Option<&'static str> {
    let scan = &page.scan;
    let is_json = page
        .envelope()
        .is_none_or(|envelope| matches!(envelope.shape, Shape::Envelope | Shape::OtherJson));
    match (&scan.no_page, &scan.partial, &scan.warning) {
        (Some(_), ..) if is_json => Some("! no success"),
        (_, Some(_), _) => Some("! only a part"),
        (.., Some(_)) => Some("! warning"),
        (_, None, None) => None,
    }
}

/// Returns the facts of a page: number, records, times, size.
fn facts(app: &App, page: &Page, columns: usize) -> String {
    let took = match page
        .envelope()
        .and_then(|envelope| envelope.service_millis())
    {
        Some(millis) => format!(
            "{} of {}",
            text::duration(Duration::from_millis(millis.max(0) as u64)),
            text::duration(page.reply.took)
        ),
        None => text::duration(page.reply.took),
    };
    if app.reply.filtered().is_some() {
        let one = page
            .tree(Tab::Result)
            .is_some_and(|tree| tree.document().child_count(tree.root()) == 0);
        let values = if page.count() == 0 && one {
            1
        } else {
            u64::from(page.count())
        };
        return format!(
            "{} · {}",
            text::plural(values, "value"),
            text::bytes(page.reply.bytes)
        );
    }
    let many = app.reply.pages.len() > 1 || matches!(page.next, Next::Send { .. });
    let mut facts = Vec::new();
    if many {
        facts.push(format!("page {}", app.reply.current + 1));
    }
    facts.push(text::plural(u64::from(page.count()), "record"));
    let left_out = page.table.left_out();
    if left_out > 0 && app.reply.view() == View::Table {
        facts.push(format!(
            "{} without a column",
            text::plural(left_out as u64, "field")
        ));
    }
    facts.push(took);
    facts.push(text::bytes(page.reply.bytes));
    if columns > 80 {
        facts.push(
            page.reply
                .received_at
                .split(' ')
                .next_back()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    facts.join(" · ")
}

/// Returns what `]` will send, or why it will not.
fn what_is_next<'a>(app: &App, theme: Theme, page: &Page) -> Line<'a> {
    // What was given up half-way has no ledger.
    let (records, tells) = match &app.reply.run {
        Some(run) => (text::plural(run.records(), "record"), ", L shows"),
        None => (text::plural(u64::from(page.count()), "record"), ""),
    };
    let further = if app.reply.current + 1 < app.reply.pages.len() {
        "] further · "
    } else {
        ""
    };
    match &app.reply.verdict {
        Some(Verdict::Complete(_)) => {
            return Line::from(vec![
                Span::styled(format!(" {further}"), theme.dim()),
                Span::styled(format!("✓ complete, {records} "), theme.tone(Tone::Done).1),
            ]);
        }
        Some(verdict) => {
            return Line::from(vec![
                Span::styled(format!(" {further}"), theme.dim()),
                Span::styled(
                    format!("! {}, {records}{tells} ", verdict.word()),
                    theme.warning(),
                ),
            ]);
        }
        None => {}
    }
    if app.reply.current + 1 < app.reply.pages.len() {
        return Line::from(Span::styled(
            format!(" ] page {} is here ", app.reply.current + 2),
            theme.dim(),
        ));
    }
    match &page.next {
        Next::Send { param, value } if app.reply.run.as_ref().is_some_and(Run::is_tentative) => {
            let value = text::cut_middle(&text::safe(&value.plain()), 16).into_owned();
            Line::from(vec![
                Span::styled(" ? unproven: ] asks for ", theme.warning()),
                Span::styled(format!("{}={value} ", text::safe(param)), theme.hint()),
            ])
        }
        Next::Send { param, value } => {
            let value = text::cut_middle(&text::safe(&value.plain()), 16).into_owned();
            Line::from(vec![
                Span::styled(" next: ", theme.dim()),
                Span::styled(format!("{}={value} ", text::safe(param)), theme.hint()),
            ])
        }
        Next::End(_) if app.reply.pages.len() > 1 => {
            Line::from(Span::styled(" last page ", theme.dim()))
        }
        Next::End(_) => Line::from(Span::styled(" all in one page ", theme.dim())),
        Next::Stuck {
            blocker: Blocker::Unproven,
            ..
        } => Line::from(Span::styled(
            " ? unproven: nothing says whether there is more ",
            theme.warning(),
        )),
        Next::Stuck { .. } => {
            Line::from(Span::styled(" ! no way to the next page ", theme.warning()))
        }
    }
}

/// Returns how much of all pages has come, and of how much: of the stated records, else of the most pages.
fn fetched(app: &App, all: &Fetching) -> (u64, Option<u64>) {
    let Some(run) = &app.reply.run else {
        return (0, None);
    };
    match all.total {
        Some(total) => (run.records(), Some(total)),
        None => (run.pages() - all.pages, all.limits.pages),
    }
}

/// Says how far fetching all pages has come: records, rate, the time left.
fn fetching_words(app: &App, all: &Fetching) -> String {
    let Some(run) = &app.reply.run else {
        return String::new();
    };
    let seconds = app.reply.fetched_for(&app.session).as_secs_f64();
    let rate = (run.records() - all.records) as f64 / seconds.max(0.1);
    let page = run.pages() + 1;
    match (all.total, all.limits.pages) {
        (Some(total), _) => {
            let left = total.saturating_sub(run.records()) as f64 / rate.max(0.1);
            // Whole seconds: an estimate knows no tenths.
            let seconds = left.min(1e6) as u64;
            let left = if seconds < 60 {
                format!("{seconds} s")
            } else {
                text::duration(Duration::from_secs(seconds))
            };
            format!(
                "page {page} · {} of {} records · {rate:.0}/s · {left} left",
                text::count(run.records()),
                text::count(total)
            )
        }
        (None, Some(most)) => {
            format!(
                "page {page} · {} of at most {most} pages · {} records · {rate:.0}/s",
                run.pages() - all.pages,
                text::count(run.records())
            )
        }
        (None, None) => format!(
            "page {page} · {} records · {rate:.0}/s",
            text::count(run.records())
        ),
    }
}

fn waiting_words(waiting: &Waiting, elapsed: Duration) -> String {
    let operation = match (waiting.call(), waiting.kind) {
        (None, _) => "the file".to_owned(),
        (Some(call), RequestKind::File) => text::safe(&call.entity).into_owned(),
        (Some(call), RequestKind::First | RequestKind::Next | RequestKind::Again(_)) => {
            format!("{} {}", text::safe(&call.entity), text::safe(&call.action))
        }
    };
    let seconds = elapsed.as_secs_f64();
    // Tenths of a second are enough: more would only flicker.
    let elapsed = text::duration(Duration::from_millis(
        (elapsed.as_millis() / 100 * 100) as u64,
    ));
    if let Some(pause) = &waiting.pause {
        return format!(
            "{}: try {} in {} · {elapsed}",
            pause.reason,
            pause.attempt,
            text::duration(pause.wait)
        );
    }
    let prefix = match waiting.kind {
        RequestKind::Next => "next page of ",
        RequestKind::Again(_) => "again ",
        RequestKind::File => "downloading ",
        RequestKind::First => "",
    };
    match waiting.progress {
        Some(progress) => {
            let rate = progress.written.saturating_sub(waiting.have) as f64 / seconds.max(0.1);
            let total = progress
                .total
                .map(|total| format!(" of {}", text::bytes(total)))
                .unwrap_or_default();
            let left = progress
                .total
                .filter(|_| waiting.kind == RequestKind::File)
                .map(|total| {
                    let seconds = (total.saturating_sub(progress.written) as f64 / rate.max(1.0))
                        .min(1e6) as u64;
                    if seconds < 60 {
                        format!("{seconds} s left")
                    } else {
                        format!("{} left", text::duration(Duration::from_secs(seconds)))
                    }
                });
            let time = left.unwrap_or(elapsed);
            format!(
                "{prefix}{operation} · {}{total} · {}/s · {time}",
                text::bytes(progress.written),
                text::bytes(rate as u64)
            )
        }
        None => format!("{prefix}{operation} · {elapsed}"),
    }
}

fn draw_bar(theme: Theme, frame: &mut Frame, area: Rect, written: u64, total: Option<u64>) {
    let columns = usize::from(area.width).saturating_sub(2);
    let Some(total) = total.filter(|total| *total > 0) else {
        return;
    };
    let part = (written as f64 / total as f64).clamp(0.0, 1.0);
    let filled = (part * columns as f64) as usize;
    let words = format!(" {:>3.0} %", part * 100.0);
    let columns = columns.saturating_sub(words.len());
    let filled = filled.min(columns);
    let line = Line::from(vec![
        Span::raw(" "),
        Span::styled("━".repeat(filled), theme.accent()),
        Span::styled("─".repeat(columns - filled), theme.dim()),
        Span::styled(words, theme.dim()),
    ]);
    frame.render_widget(line, area);
}

fn draw_file(theme: Theme, frame: &mut Frame, area: Rect, file: &SavedFile) {
    let rows = [
        ("file", file.path.display().to_string()),
        (
            "size",
            if file.bytes < 1000 {
                text::bytes(file.bytes)
            } else {
                format!(
                    "{}, {} bytes",
                    text::bytes(file.bytes),
                    text::count(file.bytes)
                )
            },
        ),
        (
            "type",
            file.content_type
                .clone()
                .unwrap_or_else(|| "not stated".to_owned()),
        ),
        ("sha256", file.sha256.clone()),
        ("", odd_words(file)),
        (
            "",
            "o opens it, y y copies its path, Esc goes back".to_owned(),
        ),
    ];
    for (line, (name, value)) in rows.iter().enumerate().take(usize::from(area.height)) {
        let place = Rect {
            y: area.y + line as u16,
            height: 1,
            ..area
        };
        let value = text::cut_middle(
            &text::safe(value),
            usize::from(area.width).saturating_sub(11),
        )
        .into_owned();
        frame.render_widget(
            Line::from(vec![
                Span::styled(format!("  {name:<8} "), theme.dim()),
                Span::raw(value),
            ]),
            place,
        );
    }
}

/// Says what is odd about a file; nothing where nothing is.
fn odd_words(file: &SavedFile) -> String {
    match &file.looks_like {
        Some(looks_like) => format!("! its content looks like {looks_like}"),
        None if !file.measured => "! nobody stated its size, so it could not be checked".to_owned(),
        None => String::new(),
    }
}

fn draw_tree(app: &App, theme: Theme, frame: &mut Frame, area: Rect, tree: &Tree) {
    let focused = app.focus.pane == Pane::Reply;
    let page = app.reply.page().filter(|_| app.reply.tab == Tab::Result);
    let (marks, finder) = (
        page.map(|page| &page.marks),
        page.and_then(|page| page.finder.as_deref()),
    );
    for (line, row) in tree
        .rows(usize::from(area.height), usize::from(area.width))
        .into_iter()
        .enumerate()
    {
        let place = Rect {
            y: area.y + line as u16,
            height: 1,
            ..area
        };
        let view = RowLook {
            selected: row.node == tree.cursor(),
            focused,
            marked: marks.is_some_and(|marks| marks.contains(&row.node))
                || app.reply.is_in_range(row.node),
            names_file: finder.is_some_and(|finder| names_file(finder, tree, &row)),
            needle: app.reply.search.needle.as_ref(),
        };
        frame.render_widget(tree_row(theme, &row, usize::from(area.width), view), place);
    }
}

/// Returns whether a row names a file. What stands deeper in a record than files do is not looked at.
pub(super) fn names_file(finder: &Finder, tree: &Tree, row: &Row) -> bool {
    row.depth <= DEEPEST
        && finder
            .look(tree.document(), row.node, tree.record_of(row.node))
            .is_some()
}

fn draw_raw(app: &App, theme: Theme, frame: &mut Frame, area: Rect, page: &Page) {
    let Some((document, raw)) = page.text(app.reply.tab) else {
        return;
    };
    if document.size() == 0 {
        let filtered = app.reply.filtered().is_some();
        draw_sentence(
            theme,
            frame,
            area,
            if filtered {
                "The filter gave no value."
            } else {
                "The body is empty."
            },
        );
        return;
    }
    text_view::draw(
        theme,
        frame,
        area,
        (document, raw),
        app.focus.pane == Pane::Reply,
        app.reply.search.needle.as_ref(),
    );
}
