//! Draws the files that the pages name: a row each, all of the selected one below.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::downloads::sign;
use crate::app::App;
use crate::app::popups::attachments::{Attachments, Scope};
use crate::app::source::Found;
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::{Drawn, draw_selected, open_box};
use crate::ui::widgets::{pad, spinner};

/// The widest box.
const WIDEST: u16 = 104;
/// So many rows at the bottom tell of the selected file, the gap above them included.
const DETAILS: usize = 4;

/// Draws them. Returns what was drawn where.
pub(super) fn draw(
    app: &App,
    view: &Attachments,
    theme: Theme,
    frame: &mut Frame,
    body: Rect,
) -> Drawn {
    let widest = usize::from(body.width.min(WIDEST)).saturating_sub(4);
    let Some(found) = view.found.value() else {
        let inner = open_box(theme, frame, body, "Attachments", 40, 1, "", widest);
        let elapsed = view.found.elapsed(app.session.now).unwrap_or_default();
        frame.render_widget(
            Span::styled(
                format!("{} looking for files", spinner(app, elapsed)),
                theme.dim(),
            ),
            inner,
        );
        return Drawn::box_of(inner);
    };
    if found.is_empty() {
        let words = "No file is named in these pages. x shows where a record leads.";
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
            "Attachments",
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
    let rows = found.len().min(room.saturating_sub(details)).max(1);
    let marked = found
        .iter()
        .skip(view.cursor.top)
        .take(rows)
        .filter(|own| app.reply.is_marked(own))
        .count();
    let of = match view.scope {
        Scope::Record => "of this record",
        Scope::Pages => "of these pages",
    };
    let title = format!("{} {of}", text::plural(found.len() as u64, "attachment"));
    let below = match (found.len() > rows, marked) {
        (true, _) => format!("{} of {}", view.cursor.at + 1, found.len()),
        (false, 0) => String::new(),
        (false, marked) => format!("{marked} marked"),
    };
    let inner = open_box(
        theme,
        frame,
        body,
        &title,
        widest,
        rows + details,
        &below,
        widest,
    );
    let width = usize::from(inner.width);
    let many_pages = app.reply.pages.len() > 1;
    for (line, own) in found
        .iter()
        .enumerate()
        .skip(view.cursor.top)
        .take(rows.min(usize::from(inner.height)))
    {
        let place = Rect {
            y: inner.y + (line - view.cursor.top) as u16,
            height: 1,
            ..inner
        };
        let words = row(app, view, theme, own, width, many_pages);
        if line == view.cursor.at {
            draw_selected(theme, frame, place, words);
        } else {
            frame.render_widget(words, place);
        }
    }
    if let Some(own) = found.get(view.cursor.at).filter(|_| details > 0) {
        for (at, (words, style)) in about(theme, own).into_iter().enumerate() {
            let y = rows + 1 + at;
            if y < usize::from(inner.height) {
                let place = Rect {
                    y: inner.y + y as u16,
                    height: 1,
                    ..inner
                };
                frame.render_widget(
                    Span::styled(text::cut_end(&words, width).into_owned(), style),
                    place,
                );
            }
        }
    }
    Drawn::box_of(inner).with_list(inner, 0, rows, found.len())
}

fn row<'a>(
    app: &App,
    view: &Attachments,
    theme: Theme,
    own: &Found,
    width: usize,
    many_pages: bool,
) -> Line<'a> {
    let known = &own.attachment.known;
    // What is marked is about to be downloaded, whatever became of it before.
    let (mark, mark_style) = if app.reply.is_marked(own) {
        ("●".to_owned(), theme.strong())
    } else {
        let item = view.download_of(own, &app.downloads);
        item.map_or_else(
            || (" ".to_owned(), Style::new()),
            |item| sign(app, theme, item),
        )
    };
    let (kind_columns, size_columns) = if width >= 60 { (24, 9) } else { (0, 9) };
    let place_columns = if width >= 60 { (width / 4).min(28) } else { 0 };
    let fixed = 2
        + size_columns
        + 1
        + if kind_columns > 0 {
            kind_columns + 1 + place_columns + 1
        } else {
            0
        };
    let name_columns = width.saturating_sub(fixed);
    let name = known.name.clone().unwrap_or_else(|| {
        own.attachment
            .options
            .first()
            .map_or_else(|| "a file".to_owned(), |option| option.label.clone())
    });
    let name = pad(
        &text::cut_middle(&text::safe(&name), name_columns),
        name_columns,
    );
    let size = known.size.map(text::bytes).unwrap_or_default();
    let mut spans = vec![
        Span::styled(format!("{mark} "), mark_style),
        Span::styled(name, Style::new()),
    ];
    if kind_columns > 0 {
        let kind = text::safe(known.content_type.as_deref().unwrap_or_default()).into_owned();
        spans.push(Span::styled(
            format!(
                " {}",
                pad(&text::cut_middle(&kind, kind_columns), kind_columns)
            ),
            theme.dim(),
        ));
    }
    spans.push(Span::styled(format!(" {size:>size_columns$}"), theme.dim()));
    if place_columns > 0 {
        let page = app
            .reply
            .pages
            .iter()
            .position(|page| page.id == own.page)
            .filter(|_| many_pages);
        let page = page
            .map(|page| format!("page {} ", page + 1))
            .unwrap_or_default();
        let path = text::safe(known.path.as_deref().unwrap_or_default()).into_owned();
        let words = text::cut_middle(
            &format!("{page}{}", path.trim_start_matches(".result")),
            place_columns,
        )
        .into_owned();
        spans.push(Span::styled(
            format!(" {}", pad(&words, place_columns)),
            theme.dim(),
        ));
    }
    Line::from(spans)
}

/// Tells by which call the selected file is fetched, or why it cannot be.
fn about(theme: Theme, own: &Found) -> Vec<(String, Style)> {
    let attachment = &own.attachment;
    let name = text::safe(
        attachment
            .known
            .name
            .as_deref()
            .unwrap_or("no name is stated"),
    )
    .into_owned();
    let mut lines = vec![(name, theme.strong())];
    match (attachment.option(), attachment.options.first()) {
        (Some(option), _) => {
            let call = option.call("");
            let params: Vec<String> = call
                .params
                .iter()
                .map(|(name, value)| {
                    format!("{} = {}", text::safe(name), text::safe(value.as_str()))
                })
                .collect();
            let others = attachment.options.len() - 1;
            let others = if others > 0 {
                format!(" · d shows {}", text::plural(others as u64, "other option"))
            } else {
                String::new()
            };
            lines.push((
                format!(
                    "`{} download` with {}{others}",
                    text::safe(&option.entity),
                    params.join(", ")
                ),
                theme.dim(),
            ));
        }
        (None, Some(option)) => {
            let missing = text::safe(&option.missing.join(", ")).into_owned();
            lines.push((
                format!(
                    "`{} download` also needs {missing}: d fills the form in",
                    text::safe(&option.entity)
                ),
                theme.warning(),
            ));
        }
        (None, None) => lines.push((
            "This connector cannot download it".to_owned(),
            theme.warning(),
        )),
    }
    if let Some(url) = &attachment.url {
        lines.push((format!("o opens {}", text::safe(url)), theme.dim()));
    }
    lines
}
