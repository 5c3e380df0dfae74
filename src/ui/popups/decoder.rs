//! Draws the cursor decoder: the layers of a token on top, all of the selected one below.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::popups::decoder::Decoder;
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::pad;
use crate::ui::widgets::{Drawn, WIDEST, draw_selected, open_box};

/// So many lines of the selected layer are shown at most.
const MOST_LINES: usize = 10;
/// A longer layer is read only so far, in bytes: the rest is copied, not read.
const LONGEST: usize = 4096;

/// Draws it. Returns what was drawn where.
pub(super) fn draw(decoder: &Decoder, theme: Theme, frame: &mut Frame, body: Rect) -> Drawn {
    let widest = usize::from(body.width.min(WIDEST)).saturating_sub(4);
    let name = |depth: usize, name: &str| format!("{}{}", "  ".repeat(depth), text::safe(name));
    let name_columns = decoder
        .layers
        .iter()
        .map(|layer| text::width(&name(layer.depth, &layer.name)))
        .max()
        .unwrap_or(0)
        .min(widest / 2);
    let selected = decoder.layers.get(decoder.cursor.at);
    let lines: Vec<String> = selected
        .map(|layer| {
            let end = (0..=layer.text.len().min(LONGEST))
                .rev()
                .find(|at| layer.text.is_char_boundary(*at))
                .unwrap_or(0);
            let shown = &layer.text[..end];
            let note = (!layer.note.is_empty()).then(|| text::safe(&layer.note).into_owned());
            let text = shown
                .lines()
                .map(text::safe)
                .flat_map(|line| text::wrap(&line, widest))
                .take(MOST_LINES);
            text.chain(note.iter().flat_map(|note| text::wrap(note, widest)))
                .collect()
        })
        .unwrap_or_default();
    let room = usize::from(body.height).saturating_sub(2);
    let list_rows = decoder.layers.len().min(room.saturating_sub(4).max(1));
    let text_rows = lines.len().min(room.saturating_sub(list_rows + 3));
    let title = format!("Layers of {}", decoder.title);
    let inner = open_box(
        theme,
        frame,
        body,
        &title,
        widest,
        list_rows + text_rows + 3,
        "",
        widest,
    );
    let width = usize::from(inner.width);
    let row = |at: usize| Rect {
        y: inner.y + at as u16,
        height: 1,
        ..inner
    };
    for (line, (at, layer)) in decoder
        .layers
        .iter()
        .enumerate()
        .skip(decoder.cursor.top)
        .take(list_rows)
        .enumerate()
    {
        let label = pad(&name(layer.depth, &layer.name), name_columns);
        let flat: String = layer.text.chars().take(width).collect();
        let value =
            text::cut_end(&text::safe(&flat), width.saturating_sub(name_columns + 2)).into_owned();
        let spans = Line::from(vec![
            Span::styled(format!("{label}  "), theme.dim()),
            Span::raw(value),
        ]);
        if line < usize::from(inner.height) {
            if at == decoder.cursor.at {
                draw_selected(theme, frame, row(line), spans);
            } else {
                frame.render_widget(spans, row(line));
            }
        }
    }
    for (line, words) in lines.iter().take(text_rows).enumerate() {
        let at = list_rows + 1 + line;
        if at < usize::from(inner.height) {
            frame.render_widget(Span::raw(text::cut_end(words, width).into_owned()), row(at));
        }
    }
    let at = list_rows + text_rows + 2;
    if at < usize::from(inner.height) {
        let pairs = [
            ("y", "copy the layer"),
            ("s", "send from here"),
            ("Esc", "close"),
        ];
        let spans = pairs.iter().flat_map(|(key, word)| {
            [
                Span::styled(*key, theme.hint()),
                Span::raw(format!(" {word}   ")),
            ]
        });
        frame.render_widget(Line::from(spans.collect::<Vec<_>>()), row(at));
    }
    Drawn::box_of(inner).with_list(inner, 0, list_rows, decoder.layers.len())
}
