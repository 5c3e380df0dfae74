//! Draws what is over the panes: as large as its content, in the middle.

mod attachments;
mod check_list;
mod confirm;
mod decoder;
mod dialog;
mod downloads;
mod each_ledger;
mod fields;
mod ledger;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Theme;
use super::widgets::{Drawn, WIDEST, clear_with_margin, draw_field, draw_selected, open_box, pad};
use crate::app::App;
use crate::app::popups::Popup;
use crate::app::popups::dialog::DialogState;
use crate::app::popups::picker::{Offer, Picker, PickerRow};
use crate::app::popups::save_as::SaveAs;
use crate::app::popups::text::TextPopup;
use crate::app::requests::Layout;
use crate::app::sizes::Target;
use crate::app::widgets::focus::KeyContext;
use crate::json::rows::Role;
use crate::text;

/// Draws a popup. Returns what was drawn where.
pub(super) fn draw(app: &App, popup: &Popup, theme: Theme, frame: &mut Frame, body: Rect) -> Drawn {
    match popup {
        Popup::Picker(picker) => draw_picker(picker, theme, frame, body),
        Popup::CheckList(list) => check_list::draw(list, theme, frame, body),
        Popup::Paths(paths) => draw_picker(&paths.picker, theme, frame, body),
        Popup::Workspaces(workspaces) => draw_picker(&workspaces.picker, theme, frame, body),
        Popup::Text(text) => draw_text(text, Dots::Text, theme, frame, body),
        Popup::Details(details) => draw_text(&details.shown, Dots::Signs, theme, frame, body),
        Popup::Body(popup) => confirm::draw_body(popup, theme, frame, body),
        Popup::Confirm(confirm) => confirm::draw(confirm, theme, frame, body),
        Popup::SaveAs(save_as) => draw_save_as(save_as, theme, frame, body),
        Popup::Ledger(ledger) => ledger::draw(app, ledger.cursor, theme, frame, body),
        Popup::Profile(popup) => draw_dialog(&**popup, theme, frame, body),
        Popup::FetchAll(popup) => draw_dialog(&**popup, theme, frame, body),
        Popup::Each(popup) => draw_dialog(&**popup, theme, frame, body),
        Popup::EachLedger(popup) => each_ledger::draw(app, popup.cursor, theme, frame, body),
        Popup::Export(popup) => draw_dialog(&**popup, theme, frame, body),
        Popup::Download(popup) => draw_dialog(&**popup, theme, frame, body),
        Popup::Decoder(decoder) => decoder::draw(decoder, theme, frame, body),
        Popup::Fields(fields) => fields::draw(app, fields, theme, frame, body),
        Popup::Attachments(popup) => attachments::draw(app, popup, theme, frame, body),
        Popup::Downloads(popup) => downloads::draw(app, popup.cursor, theme, frame, body),
    }
}

fn draw_dialog(popup: &impl DialogState, theme: Theme, frame: &mut Frame, body: Rect) -> Drawn {
    dialog::draw(popup.dialog(), popup.answers(), theme, frame, body)
}

fn draw_picker(picker: &Picker, theme: Theme, frame: &mut Frame, body: Rect) -> Drawn {
    let (label_columns, about_columns) = picker.widths;
    // The size follows all items, not the matches, so that typing does not make it jump.
    let sections = picker.sections.iter().map(|name| text::width(name) + 2);
    // In a narrow window the order of the items must tell.
    let section_columns = match body.width {
        ..60 => 0,
        _ => sections.max().unwrap_or(0),
    };
    let wanted = section_columns + label_columns + about_columns + 2;
    let columns = wanted.clamp(40, usize::from(WIDEST));
    let rows = picker
        .items
        .len()
        .saturating_add(usize::from(picker.is_divided()))
        .clamp(3, usize::from(body.height.saturating_sub(6)).max(3))
        + 2;
    let below = if picker.matches.len() == picker.items.len() {
        String::new()
    } else {
        format!("{} of {}", picker.matches.len(), picker.items.len())
    };
    let inner = open_box(
        theme,
        frame,
        body,
        &picker.title,
        columns,
        rows,
        &below,
        usize::from(WIDEST),
    );
    let (lines, (_, column)) = picker.input.view();
    let field = Rect {
        height: inner.height.min(1),
        ..inner
    };
    draw_field(
        theme,
        frame,
        field,
        "› ",
        lines.first().map(String::as_str).unwrap_or_default(),
        column,
    );
    let list = Rect {
        y: inner.y + 2.min(inner.height),
        height: inner.height.saturating_sub(2),
        ..inner
    };
    if picker.count() == 0 && list.height > 0 {
        let words = text::cut_end(picker.empty, usize::from(list.width)).into_owned();
        frame.render_widget(Span::styled(words, theme.dim()), Rect { height: 1, ..list });
    }
    let width = usize::from(list.width).saturating_sub(section_columns);
    let label_columns = label_columns
        .min(width * 3 / 5)
        .max(width.saturating_sub(about_columns + 2).min(label_columns));
    let typed = picker.input.text();
    let item = |index: usize| &picker.items[index];
    let row_of = |place: usize| match picker.row(place) {
        Some(PickerRow::Item(index)) => (item(index).label.as_str(), item(index).about.as_str()),
        Some(PickerRow::Offer(Offer::Similar(index))) => {
            (item(index).label.as_str(), "did you mean this?")
        }
        Some(PickerRow::Offer(Offer::Typed)) => (typed.trim(), "as you typed it"),
        None => ("", ""),
    };
    // A divider takes a row of the list.
    let rows_seen =
        usize::from(list.height).saturating_sub(usize::from(picker.divider().is_some()));
    let seen = (0..picker.count()).skip(picker.cursor.top).take(rows_seen);
    let divider = picker
        .divider()
        .filter(|at| (picker.cursor.top + 1..picker.cursor.top + rows_seen).contains(at));
    for (line, place) in seen.enumerate() {
        let (label, about) = row_of(place);
        let shift = usize::from(divider.is_some_and(|at| place >= at));
        let row = Rect {
            y: list.y + (line + shift) as u16,
            height: 1,
            ..list
        };
        if divider == Some(place) {
            let above = Rect {
                y: row.y.saturating_sub(1),
                ..row
            };
            let line = "─".repeat(width);
            frame.render_widget(Span::styled(line, theme.dim()), above);
        }
        let label = pad(&text::safe(label), label_columns);
        let about =
            text::cut_end(&text::safe(about), width.saturating_sub(label_columns + 2)).into_owned();
        let section = picker.section(place);
        let former = place.checked_sub(1).filter(|_| line > 0);
        // A section is named once, at its beginning and at the top of the window.
        let named = if former.map(|place| picker.section(place)) == Some(section) {
            ""
        } else {
            section
        };
        let (of_label, of_about) = if picker.sections.is_empty() {
            (Style::new(), theme.dim())
        } else {
            (theme.hint(), Style::new())
        };
        let spans = Line::from(vec![
            Span::styled(pad(named, section_columns), theme.dim()),
            Span::styled(label, of_label),
            Span::raw("  "),
            Span::styled(about, of_about),
        ]);
        if place == picker.cursor.at {
            draw_selected(theme, frame, row, spans);
        } else {
            frame.render_widget(spans, row);
        }
    }
    let drawn = Drawn::box_of(inner).with_list(inner, 2, rows_seen, picker.count());
    match divider {
        Some(at) => drawn.divided(at - picker.cursor.top),
        None => drawn,
    }
}

/// What a dot at the beginning of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dots {
    /// A part of the text.
    Text,
    /// The sign of what is ready, or not yet.
    Signs,
}

fn draw_text(shown: &TextPopup, dots: Dots, theme: Theme, frame: &mut Frame, body: Rect) -> Drawn {
    let widest = usize::from(body.width.min(WIDEST)).saturating_sub(4);
    let lines = match shown.layout {
        Layout::Wrapped => text::wrap(&shown.text, widest),
        Layout::Table => shown
            .text
            .lines()
            .map(|line| text::cut_end(line, widest).into_owned())
            .collect(),
    };
    let columns = lines
        .iter()
        .map(|line| text::width(line))
        .max()
        .unwrap_or(0)
        .max(24);
    let rows = lines
        .len()
        .min(usize::from(body.height.saturating_sub(4)).max(1));
    let below = if lines.len() > rows {
        format!(
            "{} of {} lines",
            (shown.top + rows).min(lines.len()),
            lines.len()
        )
    } else {
        String::new()
    };
    let inner = open_box(
        theme,
        frame,
        body,
        &shown.title,
        columns,
        rows,
        &below,
        usize::from(WIDEST),
    );
    for (line, words) in lines
        .iter()
        .skip(shown.top)
        .take(usize::from(inner.height))
        .enumerate()
    {
        let row = Rect {
            y: inner.y + line as u16,
            height: 1,
            ..inner
        };
        let words = text::cut_end(&text::safe(words), usize::from(inner.width)).into_owned();
        let is_sign = dots == Dots::Signs && words.starts_with(['●', '○']);
        let line = match words.char_indices().nth(1).filter(|_| is_sign) {
            Some((at, _)) => {
                let style = if words.starts_with('●') {
                    theme.role(Role::String)
                } else {
                    theme.dim()
                };
                let (sign, rest) = words.split_at(at);
                Line::from(vec![
                    Span::styled(sign.to_owned(), style),
                    Span::raw(rest.to_owned()),
                ])
            }
            None => Line::from(words),
        };
        frame.render_widget(line, row);
    }
    Drawn {
        lines: (usize::from(inner.height), lines.len()),
        ..Drawn::box_of(inner)
    }
}

fn draw_save_as(prompt: &SaveAs, theme: Theme, frame: &mut Frame, body: Rect) -> Drawn {
    let inner = open_box(
        theme,
        frame,
        body,
        SaveAs::TITLE,
        60,
        1,
        "",
        usize::from(WIDEST),
    );
    let (lines, (_, column)) = prompt.input.view();
    let field = Rect {
        height: inner.height.min(1),
        ..inner
    };
    draw_field(
        theme,
        frame,
        field,
        "› ",
        lines.first().map(String::as_str).unwrap_or_default(),
        column,
    );
    Drawn::box_of(inner)
}

/// Draws what may follow a key that waits for its second. Returns what a click on a row does.
pub(super) fn draw_prefix(
    app: &App,
    context: KeyContext,
    theme: Theme,
    frame: &mut Frame,
    body: Rect,
) -> Vec<(Rect, Target)> {
    let rows: Vec<_> = app
        .session
        .keymap
        .of(context)
        .filter(|binding| binding.weight > 0)
        .collect();
    let columns = rows
        .iter()
        .map(|binding| text::width(binding.about) + 6)
        .max()
        .unwrap_or(10);
    let width = (columns as u16 + 4).min(body.width);
    let height = (rows.len() as u16 + 2).min(body.height);
    let corner = Rect {
        x: body.x + body.width - width,
        y: body.y + body.height - height,
        width,
        height,
    };
    clear_with_margin(frame, body, corner);
    let inner = open_box(
        theme,
        frame,
        corner,
        context.name(),
        columns,
        rows.len(),
        "",
        usize::from(WIDEST),
    );
    let mut targets = Vec::new();
    for (line, binding) in rows.iter().enumerate().take(usize::from(inner.height)) {
        let row = Rect {
            y: inner.y + line as u16,
            height: 1,
            ..inner
        };
        let about =
            text::cut_end(binding.about, usize::from(inner.width).saturating_sub(5)).into_owned();
        let line = Line::from(vec![
            Span::styled(pad(&binding.written(), 5), theme.hint()),
            Span::raw(about),
        ]);
        frame.render_widget(line, row);
        targets.push((row, Target::Command(binding.command)));
    }
    targets
}
