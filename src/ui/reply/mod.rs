//! Draws the reply. Only the rows that are seen are laid out.

mod all_pages;
mod failed;
mod filter;
mod matches;
mod row;
mod table;
mod text_view;
mod title;
mod trail;

use std::ops::Range;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::app::App;
use crate::app::connectors::kept::Kept;
use crate::app::reply::all_pages::RowRef;
use crate::app::reply::commands::DROPPED;
use crate::app::reply::names::ShownNames;
use crate::app::reply::page::{Page, Tab};
use crate::app::reply::views::View;
use crate::app::reply::views::tree::Tree;
use crate::app::reply::{Fetching, Shown, Waiting};
use crate::app::requests::RequestKind;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::load::Load;
use crate::attachments::Finder;
use crate::domain::download::SavedFile;
use crate::domain::operation::only_reads;
use crate::json::document::NodeId;
use crate::json::rows::{Role, Row};
use crate::text;
use crate::ui::Theme;
use crate::ui::reply::row::{RowLook, tree_row};
use crate::ui::welcome;
use crate::ui::widgets::{draw_scroll_bar, draw_sentence, draw_titles, window};

/// Rows that are deeper are not looked at for files.
const DEEPEST: usize = 24;

pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame, area: Rect) -> Rect {
    let elapsed = app.reply.load.elapsed(app.session.now);
    let inner = draw_titles(frame, area, title::titles(app, theme, area));
    if let Some(input) = &app.reply.typing {
        let (lines, (_, column)) = input.view();
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
            frame.buffer_mut().set_style(rest, theme.behind());
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
    if let Some(part) = part_seen(app, usize::from(area.height)) {
        draw_scroll_bar(theme, frame, area, part);
    }
    if let (Shown::Pages, Some(top)) = (&app.reply.shown, app.reply.all_pages) {
        all_pages::draw(app, theme, frame, area, top);
        return;
    }
    match (&app.reply.shown, app.reply.tree(), app.reply.page()) {
        (Shown::Pages, None, Some(page))
            if app
                .reply
                .each
                .as_ref()
                .is_some_and(|each| each.records == 0)
                && app.reply.filtered().is_none()
                && page.envelope().is_some() =>
        {
            draw_sentence(
                theme,
                frame,
                area,
                "No record was received. L shows what was asked.",
            );
        }
        (Shown::File(file), ..) => draw_file(theme, frame, area, file),
        (Shown::Failed(failed), ..) => failed::draw(theme, frame, area, failed),
        (_, Some(tree), _) if tree.rows(1, 0).is_empty() => {}
        (_, Some(tree), Some(page))
            if page.count() == 0
                && app.reply.tab == Tab::Result
                && app.reply.filtered().is_none()
                && tree.document().child_count(tree.root()) == 0 =>
        {
            let changed = page.call().filter(|call| !only_reads(&call.action));
            let words = match changed {
                Some(call) => format!(
                    "The service answered that `{}` was done. t shows metadata and body.",
                    text::safe(&call.action)
                ),
                None => "This page has no records. t shows metadata and body.".to_owned(),
            };
            draw_sentence(theme, frame, area, &words);
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
        (Shown::Pages, _, None) if app.reply.each.is_some() => {
            draw_sentence(
                theme,
                frame,
                area,
                "Nothing was received yet. L shows what was asked.",
            );
        }
        (_, _, None) if app.reply.waiting.is_some() => {}
        (_, _, None) if is_first_screen(app) => welcome::draw(app, theme, frame, area),
        (_, _, None) => draw_sentence(theme, frame, area, empty_words(app)),
    }
}

/// Returns about which part of all is seen. Rows of a tree are never counted: its values stand for them.
fn part_seen(app: &App, height: usize) -> Option<Range<f64>> {
    if let (Shown::Pages, Some(top)) = (&app.reply.shown, app.reply.all_pages) {
        let place = |row: RowRef| row.page() as f64 / app.reply.pages.len().max(1) as f64;
        let below = app.reply.rows_from(top).nth(height);
        let begin = match top {
            RowRef::Head(0) => 0.0,
            RowRef::Head(_) | RowRef::Row(..) | RowRef::Gap(_) => place(top),
        };
        return Some(begin..below.map_or(1.0, place));
    }
    let page = app.reply.page()?;
    match page.view(app.reply.tab) {
        View::Table => {
            let all = page.table.count(page.tree(Tab::Result)?) as usize;
            Some(window(
                page.table.top as usize,
                height.saturating_sub(1),
                all,
            ))
        }
        View::Tree => app.reply.tree().map(|tree| tree.part_seen(height)),
        View::Text => {
            let (document, text) = page.text(app.reply.tab)?;
            let last = (1..height).try_fold(text.top, |row, _| text.after(document, row));
            let end = last.and_then(|row| text.after(document, row));
            let size = document.size().max(1) as f64;
            let end = end.map_or(1.0, |row| row.start as f64 / size);
            Some(text.top.start as f64 / size..end)
        }
    }
}

/// Returns whether nothing was chosen or sent yet.
fn is_first_screen(app: &App) -> bool {
    app.request.form.connector.is_none()
        && !app.request.waits_for_connectors()
        && app.connectors.kept.is_empty()
        && app.session.setup.file.is_none()
        && matches!(app.reply.load, Load::Idle)
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
pub(super) fn fetching_words(app: &App, all: &Fetching) -> String {
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

pub(super) fn waiting_words(waiting: &Waiting, elapsed: Duration) -> String {
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
        Span::styled("━".repeat(filled), theme.strong()),
        Span::styled("─".repeat(columns - filled), theme.dim()),
        Span::styled(words, theme.dim()),
    ]);
    frame.render_widget(line, area);
}

fn draw_file(theme: Theme, frame: &mut Frame, area: Rect, file: &SavedFile) {
    let received = file.encoded.map(|encoded| encoded.to_string());
    let rows = [
        Some(("file", file.path.display().to_string())),
        Some(("size", size_words(file))),
        received.map(|received| ("received", received)),
        Some((
            "type",
            file.content_type
                .clone()
                .unwrap_or_else(|| "not stated".to_owned()),
        )),
        Some(("sha256", file.sha256.clone())),
        Some(("", odd_words(file))),
        Some((
            "",
            "o opens it, y y copies its path, Esc goes back".to_owned(),
        )),
    ];
    for (line, (name, value)) in rows
        .iter()
        .flatten()
        .enumerate()
        .take(usize::from(area.height))
    {
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

/// Says the size of a file.
fn size_words(file: &SavedFile) -> String {
    if file.bytes < 1000 {
        text::bytes(file.bytes)
    } else {
        format!(
            "{}, {} bytes",
            text::bytes(file.bytes),
            text::count(file.bytes)
        )
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
    let names = page.and_then(|page| app.reply.names.of(page));
    for (line, mut row) in tree
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
        add_name(names, tree, &mut row);
        let node = row.node;
        frame.render_widget(tree_row(theme, row, usize::from(area.width), view), place);
        if page.is_some() && app.reply.filtered().is_none() {
            draw_boundary(app, theme, frame, place, tree, node);
        }
    }
}

/// Adds the name of the record that a row's id leads to.
pub(super) fn add_name(names: Option<ShownNames<'_>>, tree: &Tree, row: &mut Row) {
    let record = || tree.record_of(row.node);
    let name = names.filter(|_| row.depth <= DEEPEST);
    if let Some(name) = name.and_then(|names| names.beside(tree.document(), record(), row.node)) {
        row.pieces.push((Role::Note, format!(" · {name}")));
    }
}

/// Draws at the right of a row which parent's records begin with it, in a run over many records.
fn draw_boundary(app: &App, theme: Theme, frame: &mut Frame, row: Rect, tree: &Tree, node: NodeId) {
    let boundary = app.reply.boundary(tree.document(), tree.base_root(), node);
    let Some((parent, count)) = boundary else {
        return;
    };
    // Of what answers once each record is a parent's: its count would only take the room.
    let count = match count {
        1 => String::new(),
        _ => format!(" · {}", text::plural(count, "record")),
    };
    let half = usize::from(row.width) / 2;
    let left = half.saturating_sub(text::width(&count)).max(half / 2);
    let words = format!("{}{count}", parent.words_in(left));
    let words = format!(" ── {} ", text::cut_end(&words, half));
    let columns = (text::width(&words) as u16).min(row.width);
    let place = Rect {
        x: row.x + row.width - columns,
        width: columns,
        ..row
    };
    frame.render_widget(Clear, place);
    frame.render_widget(Span::styled(words, theme.dim()), place);
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
