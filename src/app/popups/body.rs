//! The body of a request, before it is sent: pretty-printed, to be scrolled.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::{Hint, Panes, PopupState, move_or_close};
use crate::app::context::Context;
use crate::app::requests::{BodyRequest, Request};
use crate::app::session::Session;
use crate::domain::call::Call;
use crate::domain::operation::only_reads;
use crate::json::document::Document;
use crate::text;

/// The body of a request.
#[derive(Debug, Clone)]
pub struct BodyPopup {
    /// What it is the body of.
    pub title: String,
    /// Whether the call changes data.
    pub effect: CallEffect,
    /// The body, without the secrets of the session.
    pub body: Arc<Document>,
    /// What is left out of it, and why; may be empty.
    pub note: String,
    /// The first line that is shown.
    pub top: usize,
}

/// What sending a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEffect {
    /// It reads.
    Reads,
    /// It changes data, or may.
    Changes,
}

impl CallEffect {
    /// Returns what sending a call does.
    pub fn of(call: &Call) -> CallEffect {
        if only_reads(&call.action) {
            CallEffect::Reads
        } else {
            CallEffect::Changes
        }
    }
}

impl BodyPopup {
    /// Opens the body of a call at its beginning.
    pub fn open(request: BodyRequest, session: &Session) -> BodyPopup {
        let call = &request.call;
        let effect = CallEffect::of(call);
        let words = "the body that will be sent";
        let title = match effect {
            CallEffect::Reads => format!(
                "`{} {}`: {words}",
                text::safe(&call.entity),
                text::safe(&call.action)
            ),
            CallEffect::Changes => format!("{}: {words}", session.describe_change(call)),
        };
        BodyPopup {
            title,
            effect,
            body: session.body_of(call),
            note: request.note,
            top: 0,
        }
    }
}

impl PopupState for BodyPopup {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        match event.code {
            KeyCode::Enter => context.request(Request::Close),
            _ => move_or_close(self, event, Some('b'), context, panes),
        }
    }

    fn scroll(&mut self, lines: i64, _: &Panes<'_>) {
        self.top = scrolled(self.top, lines);
    }

    fn fit(&mut self, height: usize, length: usize, _: &Panes<'_>) {
        self.top = self.top.min(length.saturating_sub(height));
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        vec![("Esc", "close"), ("j k", "scroll")]
    }
}

/// Returns the first line after scrolling; the window is kept full when it is measured.
pub(super) fn scrolled(top: usize, lines: i64) -> usize {
    let most = i64::from(u32::MAX);
    (top as i64).saturating_add(lines).clamp(0, most) as usize
}
