//! Draws the fields of the records: a row each, all of the selected one below.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::popups::fields::FieldsPopup;
use crate::json::document::Kind;
use crate::json::fields::{Field, Fields, MOST_DISTINCT};
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::{Drawn, draw_selected, open_box};
use crate::ui::widgets::{pad, spinner};

/// The widest box.
const WIDEST: u16 = 116;
/// So many rows at the bottom tell of the selected field, the gap above them included.
const DETAILS: usize = 4;

/// Draws them. Returns what was drawn where.
pub(super) fn draw(
    app: &App,
    view: &FieldsPopup,
    theme: Theme,
    frame: &mut Frame,
    body: Rect,
) -> Drawn {
    let widest = usize::from(body.width.min(WIDEST)).saturating_sub(4);
    let Some(fields) = view.fields.value() else {
        let inner = open_box(theme, frame, body, "Fields", 40, 1, "", widest);
        let elapsed = view.fields.elapsed(app.session.now).unwrap_or_default();
        frame.render_widget(
            Span::styled(
                format!("{} counting the fields", spinner(app, elapsed)),
                theme.dim(),
            ),
            inner,
        );
        return Drawn::box_of(inner);
    };
    let room = usize::from(body.height).saturating_sub(2);
    let details = if room > DETAILS + 6 { DETAILS } else { 0 };
    let rows = fields
        .fields
        .len()
        .min(room.saturating_sub(details + 1))
        .max(1);
    let title = format!(
        "{} of {}{}",
        plural_fields(fields),
        text::plural(fields.records, "record"),
        if fields.cut { ", cut" } else { "" }
    );
    let missing = view.missing();
    let below = if missing.is_empty() {
        if fields.fields.len() > rows {
            format!("{} of {}", view.cursor.at + 1, fields.fields.len())
        } else {
            String::new()
        }
    } else {
        format!(
            "declared, but not there: {}",
            text::safe(&missing.join(", "))
        )
    };
    let below = text::cut_end(&below, widest.saturating_sub(4)).into_owned();
    let inner = open_box(
        theme,
        frame,
        body,
        &title,
        widest,
        rows + details + 1,
        &below,
        widest,
    );
    let width = usize::from(inner.width);
    let row = |at: usize| Rect {
        y: inner.y + at as u16,
        height: 1,
        ..inner
    };
    let path_columns = fields
        .fields
        .iter()
        .map(|field| text::width(&text::safe(&field.path)))
        .max()
        .unwrap_or(4)
        .clamp(8, (width / 3).max(8));
    let header = format!(
        "  {} {:>6} {:>6} {:>8}  {:<18} values",
        pad("field", path_columns),
        "there",
        "null",
        "distinct",
        "types"
    );
    if inner.height > 0 {
        frame.render_widget(
            Span::styled(text::cut_end(&header, width).into_owned(), theme.dim()),
            row(0),
        );
    }
    for (line, field) in fields
        .fields
        .iter()
        .skip(view.cursor.top)
        .take(rows)
        .enumerate()
    {
        if line + 1 >= usize::from(inner.height) {
            break;
        }
        let selected = view.cursor.top + line == view.cursor.at;
        let mark = if view.marks.contains(&field.path) {
            "● "
        } else {
            "  "
        };
        let undeclared = view.is_declared(&field.path) == Some(false);
        let path = pad(&text::safe(&field.path), path_columns);
        let rest = format!(
            " {:>6} {:>6} {:>8}  {:<18} {}",
            percent(field.records, fields.records),
            percent(field.nulls, field.values),
            field.distinct().map_or_else(
                || format!(">{MOST_DISTINCT}"),
                |count| text::count(count as u64)
            ),
            pad(&types(field), 18),
            range(field),
        );
        let left = width.saturating_sub(2 + path_columns);
        let rest = pad(&rest, left);
        let name = if undeclared {
            theme.warning()
        } else {
            theme.role(crate::json::rows::Role::Key)
        };
        let spans = vec![
            Span::styled(mark, theme.strong()),
            Span::styled(path, name),
            Span::raw(rest),
        ];
        let words = Line::from(spans);
        if selected {
            draw_selected(theme, frame, row(line + 1), words);
        } else {
            frame.render_widget(words, row(line + 1));
        }
    }
    if let Some(field) = fields.fields.get(view.cursor.at).filter(|_| details > 0) {
        let declared = match view.is_declared(&field.path) {
            Some(true) => " · declared",
            Some(false) => " · not declared",
            None => "",
        };
        let examples: Vec<_> = field
            .examples
            .iter()
            .map(|example| text::safe(example))
            .collect();
        let lines = [
            format!("{}{declared}", text::safe(&field.path)),
            format!(
                "in {} of {} · {} · {}",
                text::count(field.records),
                text::plural(fields.records, "record"),
                text::plural(field.values, "value"),
                range(field)
            ),
            format!(
                "such as {}",
                if examples.is_empty() {
                    "nothing but null or containers".to_owned()
                } else {
                    examples.join(" · ")
                }
            ),
        ];
        for (line, words) in lines.iter().enumerate() {
            let at = rows + 2 + line;
            if at < usize::from(inner.height) {
                let style = if line == 0 {
                    theme.strong()
                } else {
                    theme.dim()
                };
                frame.render_widget(
                    Span::styled(text::cut_end(words, width).into_owned(), style),
                    row(at),
                );
            }
        }
    }
    Drawn::box_of(inner).with_list(inner, 1, rows, fields.fields.len())
}

fn plural_fields(fields: &Fields) -> String {
    text::plural(fields.fields.len() as u64, "field")
}

/// Writes a share; what is not quite all is never said to be 100 %.
fn percent(part: u64, whole: u64) -> String {
    match (part, whole) {
        (_, 0) | (0, _) => "0 %".to_owned(),
        (part, whole) if part == whole => "100 %".to_owned(),
        (part, whole) => match part * 100 / whole {
            0 => "<1 %".to_owned(),
            share => format!("{share} %"),
        },
    }
}

fn types(field: &Field) -> String {
    let name = |kind: &Kind| match kind {
        Kind::Object => "object",
        Kind::Array => "array",
        Kind::String => "string",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Null => "null",
    };
    let mut kinds: Vec<&(Kind, u64)> = field
        .kinds
        .iter()
        .filter(|(kind, _)| *kind != Kind::Null || field.kinds.len() == 1)
        .collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    kinds
        .iter()
        .map(|(kind, _)| name(kind))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Says between what the values lie: numbers by size, texts and lists by length.
fn range(field: &Field) -> String {
    let mut parts = Vec::new();
    if let Some((least, most)) = &field.numbers {
        let (least, most) = (text::safe(least), text::safe(most));
        parts.push(if least == most {
            least.into_owned()
        } else {
            format!("{least} to {most}")
        });
    }
    if let Some((least, most)) = field.lengths {
        let unit = if field.kinds.iter().any(|(kind, _)| *kind == Kind::String) {
            "character"
        } else {
            "item"
        };
        parts.push(if least == most {
            text::plural(most, unit)
        } else {
            format!("{} to {}", text::count(least), text::plural(most, unit))
        });
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_share_is_never_rounded_to_all_or_nothing() {
        assert_eq!(
            [
                percent(0, 5),
                percent(1, 1000),
                percent(999, 1000),
                percent(5, 5),
                percent(0, 0)
            ],
            ["0 %", "<1 %", "99 %", "100 %", "0 %"]
        );
    }
}
