//! Draws the fields of the records: a row each, and the values of the selected one beside them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::popups::fields::{FieldsPopup, Side};
use crate::json::distribution::{Bin, Distribution, ValueCount, written};
use crate::json::document::Kind;
use crate::json::fields::{Field, Fields, MOST_DISTINCT};
use crate::json::rows::Role;
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::{Drawn, draw_selected, mark, open_box, pad, spinner};

/// The widest box.
const WIDEST: u16 = 116;
/// The least width that has room for the values beside the fields, in columns.
const BESIDE: usize = 84;
/// The least width of the values beside the fields, in columns.
const LEAST_VALUES: u16 = 34;
/// The longest bar, in columns: longer ones tell no more.
const LONGEST_BAR: usize = 24;
/// So many rows tell of the selected field where its values are not beside, the gap above them included.
const DETAILS: usize = 4;
/// What the columns and the signs mean.
const LEGEND: &str =
    "there: of the records · null: of the values · ● goes to select_fields · ! not declared";

/// Draws them. Returns what was drawn where; the list is that of the side where the keys move.
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
    let beside = widest >= BESIDE;
    let details = if !beside && room > DETAILS + 7 {
        DETAILS
    } else {
        0
    };
    let legend = usize::from(room > 9);
    // Beside the fields there are the values, which want some rows, too.
    let least = if beside { 14 } else { 1 };
    let rows = (fields.fields.len().max(least))
        .min(room.saturating_sub(details + legend + 1))
        .max(1);
    let title = format!(
        "{} of {}{}",
        plural_fields(fields),
        text::plural(fields.records, "record"),
        if fields.cut { ", cut" } else { "" }
    );
    let below = below_words(view, fields, rows);
    let below = text::cut_end(&below, widest.saturating_sub(4));
    let inner = open_box(
        theme,
        frame,
        body,
        &title,
        widest,
        rows + details + legend + 1,
        &below,
        widest,
    );
    let height = usize::from(inner.height);
    let legend_line = height.saturating_sub(1);
    if legend > 0 {
        let words = text::cut_end(LEGEND, usize::from(inner.width)).into_owned();
        frame.render_widget(
            Span::styled(words, theme.dim()),
            line_of(inner, legend_line),
        );
    }
    let content = Rect {
        height: inner.height.saturating_sub(legend as u16),
        ..inner
    };
    let drawn = Drawn::box_of(inner);
    let of_fields = |area: Rect| drawn.clone().with_list(area, 1, rows, fields.fields.len());
    let of_values = |area: Rect, (top, room): (usize, usize)| {
        let all = view.field().map_or(0, |field| field.distribution.len());
        drawn.clone().with_list(area, top, room, all)
    };
    match (beside, view.side) {
        (true, side) => {
            // The list has what it needs, the values the rest, and enough to be read.
            let wanted = wanted_width(view, fields, rows, usize::from(content.width));
            let most = content
                .width
                .saturating_sub(LEAST_VALUES)
                .max(content.width / 2);
            let width = (wanted as u16).min(most);
            let list = Rect { width, ..content };
            let values = Rect {
                x: content.x + width + 2,
                width: content.width.saturating_sub(width + 2),
                ..content
            };
            draw_list(view, fields, theme, frame, list, rows);
            let place = draw_values(view, fields, theme, frame, values);
            match side {
                Side::Fields => of_fields(list),
                Side::Values => of_values(values, place),
            }
        }
        (false, Side::Values) => {
            let place = draw_values(view, fields, theme, frame, content);
            of_values(content, place)
        }
        (false, Side::Fields) => {
            draw_list(view, fields, theme, frame, content, rows);
            if details > 0 {
                let top = rows as u16 + 2;
                let area = Rect {
                    y: content.y + top.min(content.height),
                    height: content.height.saturating_sub(top),
                    ..content
                };
                draw_details(view, fields, theme, frame, area);
            }
            of_fields(content)
        }
    }
}

fn line_of(area: Rect, line: usize) -> Rect {
    Rect {
        y: area.y + line as u16,
        height: 1.min(area.height),
        ..area
    }
}

fn below_words(view: &FieldsPopup, fields: &Fields, rows: usize) -> String {
    let missing = view.missing();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return format!("declared, but not there: {}", text::safe(&missing));
    }
    if fields.fields.len() > rows {
        return format!("{} of {}", view.cursor.at + 1, fields.fields.len());
    }
    String::new()
}

/// The cells of a field, and how wide each column is.
struct Columns {
    path: usize,
    cells: [usize; 4],
}

fn cells(field: &Field, fields: &Fields) -> [String; 4] {
    [
        percent(field.records, fields.records),
        percent(field.nulls, field.values),
        field.distinct().map_or_else(
            || format!(">{MOST_DISTINCT}"),
            |count| text::count(count as u64),
        ),
        types(field),
    ]
}

const HEADS: [&str; 4] = ["there", "null", "distinct", "types"];

impl Columns {
    /// Measures what is shown, and no more: a reply may have thousands of fields.
    fn of(shown: &[&Field], fields: &Fields, width: usize) -> Columns {
        let mut columns = Columns {
            path: "field".len(),
            cells: HEADS.map(str::len),
        };
        for field in shown {
            columns.path = columns.path.max(text::width(&text::safe(&field.path)));
            for (column, cell) in columns.cells.iter_mut().zip(cells(field, fields)) {
                *column = (*column).max(text::width(&cell));
            }
        }
        columns.path = columns.path.min((width * 2 / 5).max(8));
        columns.cells[3] = columns.cells[3].min(18);
        columns
    }

    fn line(&self, cells: [String; 4], values: &str) -> String {
        let [there, null, distinct, types] = cells;
        let [there_width, null_width, distinct_width, types_width] = self.cells;
        format!(
            "  {there:>there_width$}  {null:>null_width$}  {distinct:>distinct_width$}  {}  {values}",
            pad(&types, types_width),
        )
    }
}

/// Returns how many columns the rows of the list take that are shown, if no more than so many have to do.
fn wanted_width(view: &FieldsPopup, fields: &Fields, rows: usize, width: usize) -> usize {
    let shown: Vec<&Field> = fields
        .fields
        .iter()
        .skip(view.cursor.top)
        .take(rows)
        .collect();
    let columns = Columns::of(&shown, fields, width);
    let ranges = shown.iter().map(|field| text::width(&range(field)));
    let values = ranges.max().unwrap_or(0).max("values".len());
    let cells: usize = columns.cells.iter().sum();
    2 + columns.path + 2 * columns.cells.len() + cells + 2 + values
}

fn draw_list(
    view: &FieldsPopup,
    fields: &Fields,
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
    rows: usize,
) {
    let width = usize::from(area.width);
    let all = fields.fields.iter().skip(view.cursor.top);
    let shown: Vec<&Field> = all
        .take(rows.min(usize::from(area.height).saturating_sub(1)))
        .collect();
    let columns = Columns::of(&shown, fields, width);
    let head = columns.line(HEADS.map(str::to_owned), "values");
    let head = format!("  {}{head}", pad("field", columns.path));
    if area.height > 0 {
        let head = text::cut_end(&head, width).into_owned();
        frame.render_widget(Span::styled(head, theme.dim()), line_of(area, 0));
    }
    for (line, field) in shown.into_iter().enumerate() {
        let selected = view.cursor.top + line == view.cursor.at;
        let undeclared = view.is_declared(&field.path) == Some(false);
        let marked = if view.marks.contains(&field.path) {
            "●"
        } else {
            " "
        };
        let sign = if undeclared { "!" } else { " " };
        let rest = columns.line(cells(field, fields), &range(field));
        let rest = pad(&rest, width.saturating_sub(2 + columns.path));
        let name = if undeclared {
            theme.warning()
        } else {
            theme.role(Role::Key)
        };
        let spans = vec![
            Span::styled(marked, theme.strong()),
            Span::styled(sign, theme.warning_sign()),
            Span::styled(pad(&text::safe(&field.path), columns.path), name),
            Span::raw(rest),
        ];
        let (words, row) = (Line::from(spans), line_of(area, line + 1));
        match (selected, view.side) {
            (true, Side::Fields) => draw_selected(theme, frame, row, words),
            (true, Side::Values) => {
                frame.render_widget(words, row);
                let edge = Rect {
                    x: row.x.saturating_sub(1),
                    width: 1,
                    ..row
                };
                frame.render_widget(mark(theme, true, false), edge);
            }
            (false, _) => frame.render_widget(words, row),
        }
    }
}

/// Returns what is said of the selected field above its values.
fn head_words(view: &FieldsPopup, fields: &Fields, field: &Field) -> [String; 3] {
    let declared = match view.is_declared(&field.path) {
        Some(true) => " · declared",
        Some(false) => " · not declared",
        None => "",
    };
    [
        format!("{}{declared}", text::safe(&field.path)),
        format!(
            "in {} of {} · {}",
            text::count(field.records),
            text::plural(fields.records, "record"),
            text::plural(field.values, "value"),
        ),
        range(field),
    ]
}

fn draw_details(view: &FieldsPopup, fields: &Fields, theme: Theme, frame: &mut Frame, area: Rect) {
    let Some(field) = view.field() else {
        return;
    };
    let [name, facts, range] = head_words(view, fields, field);
    let examples: Vec<_> = field
        .examples
        .iter()
        .map(|example| text::safe(example))
        .collect();
    let examples = if examples.is_empty() {
        "nothing but null or containers".to_owned()
    } else {
        examples.join(" · ")
    };
    let lines = [
        (name, theme.strong()),
        (format!("{facts} · {range}"), theme.dim()),
        (format!("such as {examples}"), theme.dim()),
    ];
    for (line, (words, style)) in lines.into_iter().enumerate().take(usize::from(area.height)) {
        let words = text::cut_end(&words, usize::from(area.width)).into_owned();
        frame.render_widget(Span::styled(words, style), line_of(area, line));
    }
}

/// Draws how the values of the selected field are distributed. Returns in which row the bars begin, and how many there is
/// room for.
fn draw_values(
    view: &FieldsPopup,
    fields: &Fields,
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
) -> (usize, usize) {
    let Some(field) = view.field() else {
        return (0, 0);
    };
    let width = usize::from(area.width);
    let [name, facts, range] = head_words(view, fields, field);
    let mut line = 0;
    // Where there is little room, the values are worth more than what is said of the field.
    let most = usize::from(area.height).saturating_sub(3);
    for (words, style) in [
        (name, theme.strong()),
        (facts, theme.dim()),
        (range, theme.dim()),
    ] {
        if !words.is_empty() && line < most {
            let words = text::cut_end(&words, width).into_owned();
            frame.render_widget(Span::styled(words, style), line_of(area, line));
            line += 1;
        }
    }
    line += usize::from(line > 0);
    let bars = bars_of(&field.distribution);
    let (room, others) = match &field.distribution {
        Distribution::Values { others, .. } if *others > 0 => {
            let room = usize::from(area.height).saturating_sub(line + 1);
            (room, Some(*others))
        }
        Distribution::Values { .. }
        | Distribution::Empty
        | Distribution::Numbers(_)
        | Distribution::Times(_) => (usize::from(area.height).saturating_sub(line), None),
    };
    if bars.is_empty() && room > 0 {
        let words = "Nothing but null or containers";
        frame.render_widget(Span::styled(words, theme.dim()), line_of(area, line));
    }
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(1).max(1);
    let shown = bars.iter().skip(view.value.top).take(room);
    let widths = shown.clone().map(|bar| text::width(&bar.label));
    let label_width = widths.max().unwrap_or(0).min(width / 2);
    let count_width = text::count(most).len();
    let bar_width = width
        .saturating_sub(label_width + count_width + 8)
        .min(LONGEST_BAR);
    for (at, bar) in shown.enumerate() {
        let selected = view.side == Side::Values && view.value.top + at == view.value.at;
        let share = percent(bar.count, field.values);
        let length = (bar.count as f64 / most as f64 * bar_width as f64 * 8.0).round() as usize;
        let spans = vec![
            Span::styled(pad(&bar.label, label_width), theme.role(bar.role)),
            Span::styled(
                format!(
                    " {} ",
                    pad(&drawn(length.max(usize::from(bar.count > 0))), bar_width)
                ),
                theme.role(bar.role),
            ),
            Span::raw(format!(
                "{:>count_width$} {share:>5}",
                text::count(bar.count)
            )),
        ];
        let (words, row) = (Line::from(spans), line_of(area, line + at));
        if selected {
            draw_selected(theme, frame, row, words);
        } else {
            frame.render_widget(words, row);
        }
    }
    if let Some(others) = others {
        let at = line + bars.len().min(room);
        let words = format!("and {} of other values", text::count(others));
        if at < usize::from(area.height) {
            frame.render_widget(Span::styled(words, theme.dim()), line_of(area, at));
        }
    }
    (line, room)
}

/// Draws a bar of a length in eighths of a cell.
fn drawn(eighths: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// A bar of a distribution.
struct Bar {
    label: String,
    role: Role,
    count: u64,
}

fn bars_of(distribution: &Distribution) -> Vec<Bar> {
    match distribution {
        Distribution::Empty => Vec::new(),
        Distribution::Values { top, .. } => top.iter().map(bar_of).collect(),
        Distribution::Numbers(bins) => {
            let bin = |bin: &Bin| Bar {
                label: format!("{} to {}", bin.from, bin.to),
                role: Role::Number,
                count: bin.count,
            };
            bins.iter().map(bin).collect()
        }
        Distribution::Times(bins) => {
            let bin = |bin: &Bin| Bar {
                label: written(bin.from).replace('T', " "),
                role: Role::String,
                count: bin.count,
            };
            bins.iter().map(bin).collect()
        }
    }
}

fn bar_of(value: &ValueCount) -> Bar {
    let end = if value.is_whole { "" } else { "…" };
    Bar {
        label: format!("{}{end}", text::safe(&value.json)),
        role: match value.json.bytes().next() {
            Some(b'"') => Role::String,
            Some(b'-' | b'0'..=b'9') => Role::Number,
            Some(_) | None => Role::Literal,
        },
        count: value.count,
    }
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
