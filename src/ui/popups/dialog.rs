//! Draws a dialog: facts to read, then values to change, one a row.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::popups::Hint;
use crate::app::popups::dialog::Dialog;
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::draw_field;
use crate::ui::widgets::pad;
use crate::ui::widgets::{Drawn, WIDEST, draw_selected, hint_targets, open_box};

/// What a value means is left out where it has fewer columns than this.
const LEAST_ABOUT: usize = 10;

/// Draws it. Returns what was drawn where.
pub(super) fn draw<F>(
    dialog: &Dialog<F>,
    answers: &[Hint],
    theme: Theme,
    frame: &mut Frame,
    body: Rect,
) -> Drawn {
    let widest = usize::from(body.width.min(WIDEST)).saturating_sub(4);
    let label_columns = dialog
        .rows
        .iter()
        .map(|row| text::width(row.label))
        .max()
        .unwrap_or(0);
    let about_columns = dialog
        .rows
        .iter()
        .map(|row| text::width(&row.about))
        .max()
        .unwrap_or(0);
    let value_columns = dialog
        .rows
        .iter()
        .map(|row| text::width(&text::safe(&row.value)))
        .max()
        .unwrap_or(0)
        .clamp(14, 30);
    let facts: Vec<String> = dialog
        .facts
        .iter()
        .flat_map(|fact| text::wrap(fact, widest))
        .collect();
    let wanted = (label_columns + value_columns + about_columns + 6).max(
        facts
            .iter()
            .map(|line| text::width(line))
            .max()
            .unwrap_or(0),
    );
    let room = usize::from(body.height).saturating_sub(2);
    // The values are what one came for: facts give way first.
    let fixed = dialog.rows.len() + 3 + usize::from(dialog.fault.is_some());
    let facts_shown = facts.len().min(room.saturating_sub(fixed));
    let gap = usize::from(facts_shown > 0);
    let rows_shown = dialog.rows.len().min(room.saturating_sub(2).max(1));
    let height = facts_shown + gap + rows_shown + 2 + usize::from(dialog.fault.is_some());
    let below = if rows_shown < dialog.rows.len() {
        format!("row {} of {}", dialog.cursor.at + 1, dialog.rows.len())
    } else {
        String::new()
    };
    let inner = open_box(
        theme,
        frame,
        body,
        &dialog.title,
        wanted.min(widest),
        height,
        &below,
        widest,
    );
    let width = usize::from(inner.width);
    let mut at = 0;
    let mut place = |rows: u16| {
        let y = inner.y + at;
        at += rows;
        (y < inner.y + inner.height).then_some(Rect {
            y,
            height: 1,
            ..inner
        })
    };
    for (at, line) in facts.iter().take(facts_shown).enumerate() {
        let goes_on = at + 1 == facts_shown && facts.len() > facts_shown;
        let line = if goes_on {
            text::cut_end(&format!("{line} …"), width).into_owned()
        } else {
            line.clone()
        };
        if let Some(area) = place(1) {
            frame.render_widget(Span::raw(line), area);
        }
    }
    if gap > 0 {
        place(1);
    }
    let label_columns = label_columns.min(width / 2);
    for (index, row) in dialog
        .rows
        .iter()
        .enumerate()
        .skip(dialog.cursor.top)
        .take(rows_shown)
    {
        let Some(area) = place(1) else { break };
        let selected = index == dialog.cursor.at;
        let label = pad(row.label, label_columns);
        if selected && let Some(input) = &dialog.editing {
            let (lines, (_, column)) = input.view();
            draw_field(
                theme,
                frame,
                area,
                &format!("{label}  "),
                lines.first().map(String::as_str).unwrap_or_default(),
                column,
            );
            continue;
        }
        let value = if row.value.is_empty() {
            "–".to_owned()
        } else {
            text::safe(&row.value).into_owned()
        };
        let value = pad(
            &text::cut_middle(&value, value_columns),
            value_columns.min(width.saturating_sub(label_columns + 2)),
        );
        let left = width.saturating_sub(label_columns + 2 + text::width(&value) + 2);
        // A word or two says nothing: better none.
        let about = if left < LEAST_ABOUT {
            String::new()
        } else {
            text::cut_end(&row.about, left).into_owned()
        };
        let line = Line::from(vec![
            Span::styled(format!("{label}  "), theme.dim()),
            Span::raw(value),
            Span::styled(format!("  {about}"), theme.dim()),
        ]);
        if selected {
            draw_selected(theme, frame, area, line);
        } else {
            frame.render_widget(line, area);
        }
    }
    if let (Some(fault), Some(area)) = (&dialog.fault, dialog.fault.as_ref().and_then(|_| place(1)))
    {
        frame.render_widget(
            Span::styled(
                text::cut_end(&format!("! {}", text::safe(fault)), width).into_owned(),
                theme.warning(),
            ),
            area,
        );
    }
    place(1);
    let mut targets = Vec::new();
    if let Some(area) = place(1) {
        frame.render_widget(answer_line(answers, theme), area);
        targets = hint_targets(area, answers, 3);
    }
    let drawn =
        Drawn::box_of(inner).with_list(inner, facts_shown + gap, rows_shown, dialog.rows.len());
    Drawn { targets, ..drawn }
}

fn answer_line<'a>(answers: &[Hint], theme: Theme) -> Line<'a> {
    let spans = answers.iter().flat_map(|(key, word)| {
        [
            Span::styled(*key, theme.hint()),
            Span::raw(format!(" {word}   ")),
        ]
    });
    Line::from(spans.collect::<Vec<_>>())
}
