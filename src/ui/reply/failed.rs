//! Draws a request that failed: the lines that the state has laid out.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::reply::failed::{FailedRequest, Look};
use crate::app::widgets::notice::Tone;
use crate::text;
use crate::ui::Theme;

pub(super) fn draw(theme: Theme, frame: &mut Frame, area: Rect, failed: &FailedRequest) {
    let width = usize::from(area.width);
    for (at, line) in failed.seen(usize::from(area.height)).iter().enumerate() {
        let place = Rect {
            y: area.y + at as u16,
            height: 1,
            ..area
        };
        let mut left = width;
        let spans = line.iter().map(|(look, words)| {
            let cut = text::cut_end(words, left).into_owned();
            left = left.saturating_sub(text::width(&cut));
            let style = match look {
                Look::Failure => theme.tone(Tone::Error).1,
                Look::Text => Default::default(),
                Look::Label => theme.dim(),
                Look::Hint => theme.hint(),
                Look::Json(role) => theme.role(*role),
            };
            Span::styled(cut, style)
        });
        frame.render_widget(Line::from(spans.collect::<Vec<_>>()), place);
    }
}

/// Returns which lines are seen, where not all are.
pub(super) fn position(failed: &FailedRequest, area: Rect) -> String {
    let (length, height) = (failed.length(), usize::from(area.height.saturating_sub(2)));
    if length <= height {
        return String::new();
    }
    format!(" {} of {length} lines ", (failed.top + height).min(length))
}

/// Returns what failed, for the title.
pub(super) fn about(failed: &FailedRequest) -> String {
    match &failed.call {
        Some(call) => format!(
            "✗ {} › {} failed",
            text::safe(&call.entity),
            text::safe(&call.action)
        ),
        None => "✗ the file could not be read".to_owned(),
    }
}
