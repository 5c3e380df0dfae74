//! Draws all pages as one list: a head for each page, then its rows.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::reply::all_pages::RowRef;
use crate::app::reply::page::Tab;
use crate::app::widgets::focus::Pane;
use crate::paging::Outcome;
use crate::text;
use crate::ui::Theme;
use crate::ui::reply::row::{RowLook, tree_row};
use crate::ui::reply::{add_name, names_file};

pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame, area: Rect, top: RowRef) {
    let focused = app.focus.pane == Pane::Reply;
    let at = app.reply.row();
    let width = usize::from(area.width);
    for (line, row_ref) in app
        .reply
        .rows_from(top)
        .take(usize::from(area.height))
        .enumerate()
    {
        let place = Rect {
            y: area.y + line as u16,
            height: 1,
            ..area
        };
        match row_ref {
            RowRef::Head(page) => frame.render_widget(head(app, page, theme, width), place),
            RowRef::Gap(_) => frame.render_widget(
                Span::styled("  is read from the disk …", theme.dim()),
                place,
            ),
            RowRef::Row(page, node) => {
                if let Some(tree) = app
                    .reply
                    .pages
                    .get(page)
                    .and_then(|page| page.tree(Tab::Result))
                {
                    let mut row = tree.row(node, width);
                    let own = app.reply.pages.get(page);
                    let view = RowLook {
                        selected: row_ref == at,
                        focused,
                        marked: own.is_some_and(|page| page.marks.contains(&node)),
                        names_file: own
                            .and_then(|page| page.finder.as_deref())
                            .is_some_and(|finder| names_file(finder, tree, &row)),
                        needle: app.reply.search.needle.as_ref(),
                    };
                    let names = own.and_then(|page| app.reply.names.of(page));
                    add_name(names, tree, &mut row);
                    frame.render_widget(tree_row(theme, row, width, view), place);
                }
            }
        }
    }
}

/// Returns the line between two pages: which one begins, how many records it has, how it was asked for.
fn head<'a>(app: &App, at: usize, theme: Theme, width: usize) -> Line<'a> {
    let Some(page) = app.reply.pages.get(at) else {
        return Line::default();
    };
    let entries = app
        .reply
        .run
        .as_ref()
        .map(|run| run.entries())
        .unwrap_or_default();
    let sent = entries
        .iter()
        .find(|entry| entry.outcome == Outcome::Page && entry.page as usize == at + 1)
        .and_then(|entry| entry.sent.as_ref());
    let sent = sent.map(|(param, value)| {
        format!(
            " · {}={}",
            text::safe(param),
            text::cut_middle(&text::safe(&value.plain()), 24)
        )
    });
    let words = format!(
        "── page {} · {}{} ",
        at + 1,
        text::plural(u64::from(page.count()), "record"),
        sent.unwrap_or_default()
    );
    let words = text::cut_end(&words, width).into_owned();
    let rest = "─".repeat(width.saturating_sub(text::width(&words)));
    Line::from(Span::styled(format!("{words}{rest}"), theme.dim()))
}
