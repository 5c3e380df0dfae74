//! What stands in the walls of the reply: its tabs and views above, facts and what comes next below.

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::reply::Shown;
use crate::app::reply::each::EachRun;
use crate::app::reply::filter::Scope;
use crate::app::reply::page::{Page, Tab};
use crate::app::reply::views::View;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::load::Load;
use crate::app::widgets::notice::Tone;
use crate::domain::operation::only_reads;
use crate::envelope::Shape;
use crate::json::document::NodeId;
use crate::json::path;
use crate::paging::{Blocker, Next, Run, Verdict};
use crate::text;
use crate::ui::Theme;
use crate::ui::reply::{failed, fetching_words, trail, waiting_words};
use crate::ui::widgets::{Titles, has_keys, named, spinner, title_columns};

/// Tabs and views give way before fewer columns than these are left for the operation.
const LEAST_ABOUT: usize = 10;
/// A path is left out before it has fewer columns than these.
const LEAST_PATH: usize = 12;
/// Below so many columns only the position is said.
const LEAST_FACTS: usize = 24;

/// Returns what stands in the walls.
pub(super) fn titles<'a>(app: &App, theme: Theme, area: Rect) -> Titles<'a> {
    let running = app.reply.load.elapsed(app.session.now);
    let page = app.reply.page();
    let mut titles = match (running, &app.reply.waiting, page) {
        (Some(elapsed), Some(waiting), _) => {
            let words = match &app.reply.fetching {
                _ if app.reply.is_asking_each() => each_words(app, elapsed),
                Some(all) if waiting.pause.is_none() => fetching_words(app, all),
                Some(_) | None => waiting_words(waiting, elapsed),
            };
            let words = match (app.reply.loading_words(), page) {
                _ if app.reply.is_asking_each() => words,
                (Some(loading), Some(page)) => {
                    let room = title_columns(area).saturating_sub(text::width(&loading) + 16);
                    format!("{} · {loading}", about(app, page, room))
                }
                (Some(_) | None, _) => words,
            };
            let words = format!("{} {words}", spinner(app, elapsed));
            let stop = match &app.reply.fetching {
                Some(_) => "Esc stops",
                None if app.reply.is_asking_each() => "Esc stops",
                None => "Esc cancels",
            };
            named(app, theme, area, Pane::Reply, &words, stop)
        }
        (_, _, Some(page)) if app.reply.filtered().is_some() => {
            let about = about(app, page, title_columns(area));
            named(app, theme, area, Pane::Reply, &about, "")
        }
        (_, _, Some(page)) => tabs(app, theme, area, page),
        (_, _, None) => match &app.reply.shown {
            Shown::Failed(failed) => {
                let about = failed::about(failed);
                Titles {
                    below: Line::styled(failed::position(failed, area), theme.dim()),
                    ..named(app, theme, area, Pane::Reply, &about, "")
                }
            }
            Shown::Dropped => {
                let room = title_columns(area).saturating_sub(text::width(Pane::Reply.name()) + 3);
                let about = trail::words(&app.reply.trail.labels(), room);
                named(app, theme, area, Pane::Reply, &about, "")
            }
            Shown::Nothing | Shown::Pages | Shown::File(_) => {
                named(app, theme, area, Pane::Reply, "", "")
            }
        },
    };
    if let Some(page) = page {
        let right = right_below(app, theme, page, area);
        // The field of a search has the last line of the pane: nothing more is said below it.
        if app.reply.typing.is_none() {
            let columns = title_columns(area).saturating_sub(right.width() + 1);
            titles.below = Line::styled(below(app, page, columns), theme.dim());
        }
        titles.below_right = right;
    }
    titles
}

/// Returns the tabs, the operation, and at the right the views; of tabs and views only the current ones where all do
/// not fit.
fn tabs<'a>(app: &App, theme: Theme, area: Rect, page: &Page) -> Titles<'a> {
    let room = title_columns(area);
    let about = |room| match (&app.reply.load, &app.session.setup.file) {
        (Load::Failed { .. }, Some(_)) => {
            "✗ the file could not be read again; this was read before".to_owned()
        }
        (Load::Failed { .. }, None) => {
            "✗ the last request failed; this is the reply before".to_owned()
        }
        (Load::Idle | Load::Ready(_) | Load::Running { .. }, _) => about(app, page, room),
    };
    let shown: Vec<Tab> = Tab::ALL
        .into_iter()
        .filter(|tab| *tab != Tab::Request || app.reply.has_request())
        .collect();
    let tabs: Vec<&str> = shown.iter().map(|tab| tab_name(*tab)).collect();
    let tab = shown.iter().position(|tab| *tab == app.reply.tab);
    let possible = views(page, app.reply.tab);
    let views: Vec<&str> = possible.iter().map(|view| view_name(*view)).collect();
    let view = possible.iter().position(|view| *view == app.reply.view());
    let focused = has_keys(app, Pane::Reply);
    let one = |names: &[&'static str], at: Option<usize>| {
        names
            .get(at.unwrap_or_default())
            .copied()
            .map(|name| vec![name])
            .unwrap_or_default()
    };
    let (one_tab, one_view) = (one(&tabs, tab), one(&views, view));
    let choices = [
        (&tabs, tab, &views, view),
        (&tabs, tab, &one_view, Some(0)),
        (&one_tab, Some(0), &one_view, Some(0)),
    ];
    let least = text::width(&about(room)).min(LEAST_ABOUT);
    let fits = |(tabs, _, views, _): &&(&Vec<&str>, _, &Vec<&str>, _)| {
        names_width(tabs) + names_width(views) + least + 3 <= room
    };
    let (tabs, tab, views, view) =
        choices
            .iter()
            .find(fits)
            .copied()
            .unwrap_or((&one_tab, Some(0), &one_tab, None));
    // Where even one of each does not fit, the view is left out.
    let right = match view {
        Some(_) => names(theme, views, view, focused),
        None => Line::default(),
    };
    let left = room.saturating_sub(names_width(tabs) + right.width() + 2);
    let mut above = names(theme, tabs, tab, focused);
    let about = text::cut_end(&about(left), left).into_owned();
    if !about.is_empty() {
        above.push_span(Span::raw(format!(" {about} ")));
    }
    Titles {
        above,
        above_right: right,
        ..Titles::default()
    }
}

fn names_width(names: &[&str]) -> usize {
    names.iter().map(|name| text::width(name) + 2).sum()
}

/// Writes names beside each other; that of `at` is the current one.
fn names<'a>(theme: Theme, names: &[&'static str], at: Option<usize>, focused: bool) -> Line<'a> {
    let spans = names.iter().enumerate().map(|(index, name)| {
        let style = if Some(index) != at {
            theme.dim()
        } else if focused {
            theme.title(true)
        } else {
            theme.selected()
        };
        Span::styled(format!(" {name} "), style)
    });
    Line::from(spans.collect::<Vec<_>>())
}

fn tab_name(tab: Tab) -> &'static str {
    match tab {
        Tab::Result => "Result",
        Tab::Metadata => "Metadata",
        Tab::Body => "Body",
        Tab::Request => "Request",
    }
}

fn view_name(view: View) -> &'static str {
    match view {
        View::Tree => "Tree",
        View::Table => "Table",
        View::Text => "Text",
    }
}

/// Returns the views that a tab has.
fn views(page: &Page, tab: Tab) -> Vec<View> {
    match (page.tree(tab).is_some(), page.has_table(tab)) {
        (true, true) => vec![View::Tree, View::Table, View::Text],
        (true, false) => vec![View::Tree, View::Text],
        (false, _) => vec![View::Text],
    }
}

/// Returns what this is a reply of, or what led to it, and what is wrong with it. Of a long trail the middle is left out
/// where it has no room.
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
    let mut words = Vec::new();
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
    let others: usize = words.iter().map(|word| text::width(word) + 3).sum();
    words.extend(source(app, page, room.saturating_sub(others)));
    words.extend(
        page.scan
            .warning
            .as_deref()
            .or(page.scan.partial.as_deref())
            .map(str::to_owned),
    );
    words.join(" · ")
}

/// Returns what this is a reply of: the connector and the operation, or the trail that led to it; or the file.
fn source(app: &App, page: &Page, room: usize) -> Option<String> {
    let Some(call) = page.call() else {
        let file = app.session.setup.file.as_ref();
        return file.map(|file| text::safe(&file.name).into_owned());
    };
    let connector = app.session.connector(&call.connector_id);
    let connector = connector.map(|connector| text::safe(&connector.name).into_owned());
    let labels = app.reply.trail.labels();
    if labels.len() > 1 {
        let whole = trail::words(&labels, usize::MAX);
        let named = connector.into_iter().chain([whole]).collect::<Vec<_>>();
        let named = named.join(" › ");
        // The way is what the title is for: the connector's name stands in the request, too.
        return Some(if text::width(&named) <= room {
            named
        } else {
            trail::words(&labels, room)
        });
    }
    let operation = [&call.entity, &call.action].map(|word| text::safe(word));
    let operation = operation.join(" › ");
    Some(
        connector
            .into_iter()
            .chain([operation])
            .collect::<Vec<_>>()
            .join(" › "),
    )
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

/// Returns what is said in the wall below: where one is, then facts of the page, as many as have room.
fn below(app: &App, page: &Page, columns: usize) -> String {
    let mut below = Below {
        parts: Vec::new(),
        left: columns.saturating_sub(2),
    };
    app.reply
        .search
        .words()
        .into_iter()
        .for_each(|words| below.put(words));
    if app.reply.range_start().is_some() {
        below.put("marking: V ends, Esc gives up".to_owned());
    }
    let position = position(app, page).unwrap_or_default();
    if below.left < LEAST_FACTS {
        // Too narrow for facts: where one is, or else how much there is.
        let _ = below.put_fitting(&position) || below.put_fitting(&count(app, page));
        return below.words(columns);
    }
    let many = app.reply.pages.len() > 1 || matches!(page.next, Next::Send { .. });
    if many && app.reply.filtered().is_none() {
        below.put(format!("page {}", app.reply.current + 1));
    }
    below.put(count(app, page));
    let path = path_of(app, page).unwrap_or_default();
    let path = text::safe(&path);
    // The path of a record says no more than its position; that of a value in it says it too.
    let is_deep = position.is_empty() || is_inside(app, page);
    let path_fits = text::width(&path) <= below.left;
    let fits_both = text::width(&position) + text::width(&path) + 3 <= below.left;
    if !is_deep || fits_both || !path_fits {
        below.put_fitting(&position);
    }
    if is_deep && below.left >= LEAST_PATH {
        below.put_fitting(&text::cut_middle(&path, below.left));
    }
    for fact in facts(app, page) {
        // Of the times, the whole is worth more than nothing.
        let short = fact.split_once(", ").map_or("", |(whole, _)| whole);
        let _ = below.put_fitting(&fact) || below.put_fitting(short);
    }
    if !is_deep {
        below.put_fitting(&path);
    }
    below.words(columns)
}

/// What is said below, and the columns that are left for more of it.
struct Below {
    parts: Vec<String>,
    left: usize,
}

impl Below {
    fn put(&mut self, part: String) {
        self.left = self.left.saturating_sub(text::width(&part) + 3);
        self.parts.push(part);
    }

    /// Returns all of it. What is always said may be too long by itself.
    fn words(&self, columns: usize) -> String {
        if self.parts.is_empty() {
            return String::new();
        }
        text::cut_end(&format!(" {} ", self.parts.join(" · ")), columns).into_owned()
    }

    /// Says a part if there is room for it. Returns whether there was.
    fn put_fitting(&mut self, part: &str) -> bool {
        let fits = !part.is_empty() && text::width(part) <= self.left;
        if fits {
            self.put(part.to_owned());
        }
        fits
    }
}

/// Returns the value that the cursor is on, in the view that is shown.
fn chosen(app: &App, page: &Page) -> Option<NodeId> {
    if app.reply.all_pages.is_none() && page.view(app.reply.tab) == View::Text {
        let (document, raw) = page.text(app.reply.tab)?;
        if let Some(node) = raw.chosen(document) {
            return Some(node);
        }
    }
    app.reply.tree().map(|tree| tree.cursor())
}

fn path_of(app: &App, page: &Page) -> Option<String> {
    let node = chosen(app, page)?;
    let document = match app.reply.tree() {
        Some(tree) => tree.document(),
        None => page.text(app.reply.tab)?.0,
    };
    Some(path::path(document, node))
}

/// Returns whether the cursor is on a value inside of a record.
fn is_inside(app: &App, page: &Page) -> bool {
    let tree = app.reply.tree();
    tree.zip(chosen(app, page))
        .is_some_and(|(tree, node)| tree.record_of(node) != node)
}

/// Says how many records there are, or values that a filter gave.
fn count(app: &App, page: &Page) -> String {
    if app.reply.filtered().is_none() {
        return text::plural(u64::from(page.count()), "record");
    }
    let one = page
        .tree(Tab::Result)
        .is_some_and(|tree| tree.document().child_count(tree.root()) == 0);
    let values = if page.count() == 0 && one {
        1
    } else {
        u64::from(page.count())
    };
    text::plural(values, "value")
}

/// Says which of the records that are shown one is in.
fn position(app: &App, page: &Page) -> Option<String> {
    if app.reply.tab != Tab::Result {
        return None;
    }
    let tree = page.tree(Tab::Result)?;
    let (at, all) = if app.reply.view() == View::Table {
        (
            u64::from(page.table.row) + 1,
            u64::from(page.table.count(tree)),
        )
    } else {
        let record = tree.record_of(chosen(app, page)?);
        if record == tree.base_root() {
            return None;
        }
        match tree.kept() {
            Some(kept) => (
                kept.binary_search(&record).ok()? as u64 + 1,
                kept.len() as u64,
            ),
            None => {
                let at = tree.document().index_in_parent(record);
                (u64::from(at) + 1, u64::from(page.count()))
            }
        }
    };
    let (at, all) = (text::count(at), text::count(all));
    // As wide as the last one, so that nothing moves when the number grows.
    Some(format!("{at:>columns$}/{all}", columns = all.len()))
}

/// Returns the facts of a page, the most wanted first: times, size, when it was received.
fn facts(app: &App, page: &Page) -> Vec<String> {
    let mut facts = Vec::new();
    let left_out = page.table.left_out();
    if left_out > 0 && app.reply.view() == View::Table {
        let fields = text::plural(left_out as u64, "field");
        facts.push(format!("{fields} without a column"));
    }
    if app.reply.filtered().is_none() {
        let millis = page
            .envelope()
            .and_then(|envelope| envelope.service_millis());
        facts.push(time_words(page.reply.took, millis));
    }
    facts.push(text::bytes(page.reply.bytes));
    if app.reply.filtered().is_none() {
        let received = page.reply.received_at.split(' ').next_back();
        facts.extend(received.map(str::to_owned));
    }
    facts
}

/// Says how long a call took, and how much of it the connector.
fn time_words(took: Duration, connector: Option<i64>) -> String {
    let all = text::duration(took);
    match connector {
        Some(millis) if millis >= 0 => {
            let own = text::duration(Duration::from_millis(millis as u64));
            // One unit for both is enough.
            let own = match (all.strip_suffix(" ms"), own.strip_suffix(" ms")) {
                (Some(_), Some(own)) => own.to_owned(),
                (Some(_) | None, _) => own,
            };
            format!("{all}, {own} of them the connector's")
        }
        Some(_) | None => all,
    }
}

/// Returns what stands at the right of the wall below: what comes next.
fn right_below<'a>(app: &App, theme: Theme, page: &Page, area: Rect) -> Line<'a> {
    let mut line = next_words(app, theme, page, area);
    if page.forbidden > 0 && app.reply.filtered().is_none() {
        let words = format!(" ! {} ", forbidden_words(page.forbidden));
        line.spans.insert(0, Span::styled(words, theme.warning()));
    }
    line
}

/// Returns how many strings hold what JSON forbids.
fn forbidden_words(count: u64) -> String {
    let hold = if count == 1 { "holds" } else { "hold" };
    format!("{} {hold} what JSON forbids", text::plural(count, "string"))
}

fn next_words<'a>(app: &App, theme: Theme, page: &Page, area: Rect) -> Line<'a> {
    if app.reply.filtered().is_some() {
        Line::styled(" Esc goes back ", theme.dim())
    } else if app.reply.is_asking_each() {
        Line::styled(" L shows what was asked ", theme.dim())
    } else if app.reply.streaming().is_some() {
        Line::styled(" next: not known until all has arrived ", theme.dim())
    } else if app.session.setup.file.is_some() {
        Line::default()
    } else {
        // In a narrow window of a token no more is seen than tells it from another.
        let columns = if area.width < 70 { 8 } else { 12 };
        what_is_next(app, theme, page, columns, area)
    }
}

/// Returns the verdict over a run over many records, with its reason where that has room.
fn each_verdict<'a>(each: &EachRun, verdict: &Verdict, theme: Theme, columns: usize) -> Line<'a> {
    let records = text::plural(each.records, "record");
    if matches!(verdict, Verdict::Complete(_)) {
        return Line::from(vec![
            Span::styled(" ✓", theme.tone(Tone::Done).1),
            Span::raw(format!(" complete, {records} ")),
        ]);
    }
    let words = format!("! {}, {records}", verdict.word());
    let reason = format!("{words}: {}", text::safe(&verdict.reason()));
    let words = if text::width(&reason) + 2 <= columns {
        reason
    } else {
        format!("{words}, L shows")
    };
    Line::styled(format!(" {words} "), theme.warning())
}

/// Says how far a run over many records has come: parents, calls, the time left; or why it waits.
fn each_words(app: &App, elapsed: Duration) -> String {
    let Some(each) = &app.reply.each else {
        return String::new();
    };
    let (done, all) = each.done();
    let done = format!("{} of {}", text::count(done), text::plural(all, "parent"));
    if let Some(pause) = &each.pause {
        let why = if pause.reason.is_rate_limit() {
            "too many requests".to_owned()
        } else {
            pause.reason.to_string()
        };
        return format!("waits {}: {why} · {done}", text::duration(pause.wait));
    }
    // Whole seconds: an estimate knows no tenths.
    let left = each.left(elapsed).map(|left| match left.as_secs() {
        seconds @ 0..60 => format!("{seconds} s left"),
        seconds => format!("{} left", text::duration(Duration::from_secs(seconds))),
    });
    let calls = text::plural(each.sent, "call");
    let parts: Vec<String> = [Some(done), left, Some(calls)]
        .into_iter()
        .flatten()
        .collect();
    parts.join(" · ")
}

/// Returns what `]` will send, or why it will not.
fn what_is_next<'a>(app: &App, theme: Theme, page: &Page, columns: usize, area: Rect) -> Line<'a> {
    if let (Some(each), Some(verdict)) = (&app.reply.each, &app.reply.verdict) {
        return each_verdict(each, verdict, theme, title_columns(area) / 2);
    }
    // What was given up half-way has no ledger.
    let count = u64::from(page.count());
    let (records, tells) = match &app.reply.run {
        // What is no page counts nothing, and what was received of it is shown all the same.
        Some(run) if run.records() == 0 && count > 0 => {
            (text::plural(count, "record"), ", L shows")
        }
        Some(run) => (text::plural(run.records(), "record"), ", L shows"),
        None => (text::plural(count, "record"), ""),
    };
    let further = if app.reply.current + 1 < app.reply.pages.len() {
        "] further · "
    } else {
        ""
    };
    // A change is no list that could be complete.
    let changes = page.call().is_some_and(|call| !only_reads(&call.action));
    match &app.reply.verdict {
        Some(Verdict::Complete(_)) if changes => {
            return Line::from(vec![
                Span::raw(" "),
                Span::styled("✓", theme.tone(Tone::Done).1),
                Span::raw(" done "),
            ]);
        }
        Some(Verdict::Complete(_)) => {
            return Line::from(vec![
                Span::styled(format!(" {further}"), theme.dim()),
                Span::styled("✓", theme.tone(Tone::Done).1),
                Span::raw(format!(" complete, {records} ")),
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
            let value = text::cut_middle(&text::safe(&value.plain()), columns).into_owned();
            Line::from(vec![
                Span::styled(" ? unproven: ] asks for ", theme.warning()),
                Span::raw(format!("{}={value} ", text::safe(param))),
            ])
        }
        Next::Send { param, value } => {
            let value = text::cut_middle(&text::safe(&value.plain()), columns).into_owned();
            Line::from(vec![
                Span::styled(" next: ", theme.dim()),
                Span::raw(format!("{}={value} ", text::safe(param))),
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

#[cfg(test)]
mod tests {
    use super::time_words;
    use std::time::Duration;

    #[test]
    fn the_time_of_the_connector_is_a_part_of_the_whole() {
        let check = |took, connector, expected: &str| {
            assert_eq!(time_words(Duration::from_millis(took), connector), expected);
        };
        check(812, Some(37), "812 ms, 37 of them the connector's");
        check(1234, Some(812), "1.2 s, 812 ms of them the connector's");
        check(1234, Some(1100), "1.2 s, 1.1 s of them the connector's");
        check(812, None, "812 ms");
        check(812, Some(-1), "812 ms");
    }
}
