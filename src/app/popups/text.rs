//! A text to read.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Hint, Panes, PopupState, move_or_close};
use crate::app::context::Context;
use crate::app::requests::{Layout, Request, TextRequest};
use crate::app::session::Session;
use crate::text;

/// A text to read.
#[derive(Debug, Clone)]
pub struct TextPopup {
    /// The title.
    pub title: String,
    /// The text; harmless already.
    pub text: String,
    /// How its lines are shown.
    pub layout: Layout,
    /// The first line that is shown.
    pub top: usize,
}

impl TextPopup {
    /// Opens a text at its beginning.
    pub fn new(request: TextRequest) -> TextPopup {
        TextPopup {
            title: request.title,
            text: request.text,
            layout: request.layout,
            top: 0,
        }
    }

    /// Opens the last message with all of its details, and the last failure if something was said since.
    pub fn message(panes: &Panes<'_>) -> Option<TextPopup> {
        let (Some(last), failure) = panes.messages else {
            return None;
        };
        let is_shown = last.failure.as_deref() == failure;
        // Where the failure is shown elsewhere the status line only points to it.
        let summary = last.failure.as_ref().map(|failure| &failure.summary);
        let mut parts = vec![summary.unwrap_or(&last.text).clone()];
        if let Some(failure) = failure.filter(|_| is_shown) {
            parts.extend(failure.detail.clone());
        }
        let of_failure = failure
            .filter(|_| is_shown)
            .and_then(|own| own.hint.clone());
        parts.extend(last.hint.clone().or(of_failure));
        if let Some(failure) = failure.filter(|_| !is_shown) {
            parts.push(format!("The last failure: {}", failure.summary));
            parts.extend(failure.detail.clone());
            parts.extend(failure.hint.clone());
        }
        Some(TextPopup::new(TextRequest {
            title: "Last message".to_owned(),
            text: parts.join("\n\n"),
            layout: Layout::Wrapped,
        }))
    }

    /// Opens the calls of this session, by connector.
    pub fn calls(session: &Session) -> TextPopup {
        let calls = &session.calls;
        let names = calls.by_connector.keys();
        let widths = names.map(|name| text::width(&text::safe(name)));
        let columns = widths.max().unwrap_or(0).max(20);
        let mut out = String::new();
        for (name, count) in &calls.by_connector {
            let name = text::safe(name);
            let gap = " ".repeat(columns.saturating_sub(text::width(&name)));
            out.push_str(&format!("{name}{gap}  {:>9}\n", text::count(*count)));
        }
        let total = text::count(calls.total);
        out.push_str(&format!("{:columns$}  {total:>9}\n\n", "in all"));
        out.push_str("Each call is billed as one agent operation.\n");
        if let Some(most) = session.setup.max_calls {
            out.push_str(&format!("--max-calls allows {}.\n", text::count(most)));
        }
        TextPopup::new(TextRequest {
            title: "Calls of this session".to_owned(),
            text: out,
            layout: Layout::Table,
        })
    }
}

impl PopupState for TextPopup {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        match event.code {
            KeyCode::Enter => context.request(Request::Close),
            _ => move_or_close(self, event, None, context, panes),
        }
    }

    fn scroll(&mut self, lines: i64, _: &Panes<'_>) {
        let most = i64::from(u32::MAX);
        self.top = (self.top as i64).saturating_add(lines).clamp(0, most) as usize;
    }

    fn fit(&mut self, height: usize, length: usize, _: &Panes<'_>) {
        self.top = self.top.min(length.saturating_sub(height));
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        vec![("Esc", "close"), ("j k", "scroll")]
    }
}
