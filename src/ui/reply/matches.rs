//! Marks what a search found inside of a text.

use ratatui::style::Style;
use ratatui::text::Span;

use crate::json::find::Needle;
use crate::ui::Theme;

/// Returns a text in spans: what matches stands out.
pub(super) fn marked<'a>(
    theme: Theme,
    style: Style,
    words: &str,
    needle: Option<&Needle>,
) -> Vec<Span<'a>> {
    let found = needle.map(|needle| needle.spans(words)).unwrap_or_default();
    let mut spans = Vec::with_capacity(found.len() * 2 + 1);
    let mut at = 0;
    for range in found {
        if range.start > at {
            spans.push(Span::styled(words[at..range.start].to_owned(), style));
        }
        spans.push(Span::styled(
            words[range.clone()].to_owned(),
            theme.matched_in(style),
        ));
        at = range.end;
    }
    if at < words.len() {
        spans.push(Span::styled(words[at..].to_owned(), style));
    }
    spans
}
