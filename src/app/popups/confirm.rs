//! A question with a yes and a no.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::body::{CallEffect, scrolled};
use super::{Hint, Panes, PopupState, move_by_key};
use crate::app::context::Context;
use crate::app::requests::{Confirm, ConfirmedAction, FormRequest, ReplyRequest, Request};
use crate::app::session::Session;
use crate::app::widgets::focus::Pane;
use crate::json::document::Document;

/// A question.
#[derive(Debug, Clone)]
pub struct ConfirmPopup {
    /// The question.
    pub question: String,
    /// What it is about.
    pub body: String,
    /// The body of the call that would change data, without the secrets of the session.
    pub sent: Option<Arc<Document>>,
    /// The first line that is shown.
    pub top: usize,
    action: ConfirmedAction,
}

impl ConfirmPopup {
    /// Opens a question.
    pub fn new(confirm: Confirm, session: &Session) -> ConfirmPopup {
        let sent = match &confirm.action {
            ConfirmedAction::Send(call) if CallEffect::of(call) == CallEffect::Changes => {
                Some(session.body_of(call))
            }
            ConfirmedAction::Send(_)
            | ConfirmedAction::SendWithout(..)
            | ConfirmedAction::FetchNames
            | ConfirmedAction::Quit
            | ConfirmedAction::Overwrite(..)
            | ConfirmedAction::AllowCalls(..)
            | ConfirmedAction::ReadOn(_) => None,
        };
        ConfirmPopup {
            question: confirm.question,
            body: confirm.body,
            sent,
            top: 0,
            action: confirm.action,
        }
    }

    /// Returns whether a yes changes data or a file.
    pub fn effect(&self) -> CallEffect {
        match &self.action {
            ConfirmedAction::Send(call) | ConfirmedAction::SendWithout(call, _) => {
                CallEffect::of(call)
            }
            ConfirmedAction::Overwrite(..) => CallEffect::Changes,
            ConfirmedAction::FetchNames
            | ConfirmedAction::Quit
            | ConfirmedAction::AllowCalls(..)
            | ConfirmedAction::ReadOn(_) => CallEffect::Reads,
        }
    }

    /// Returns whether Enter is a yes: not where it changes something, which is not to happen by habit.
    pub fn takes_enter(&self) -> bool {
        self.effect() == CallEffect::Reads && !self.opens_by_itself()
    }

    /// Returns whether it opens without a key of the user's, so that an Enter meant for something else must not
    /// answer it.
    fn opens_by_itself(&self) -> bool {
        match self.action {
            ConfirmedAction::Overwrite(..)
            | ConfirmedAction::AllowCalls(..)
            | ConfirmedAction::ReadOn(_) => true,
            ConfirmedAction::Send(_)
            | ConfirmedAction::SendWithout(..)
            | ConfirmedAction::FetchNames
            | ConfirmedAction::Quit => false,
        }
    }
}

impl PopupState for ConfirmPopup {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        match event.code {
            KeyCode::Enter if !self.takes_enter() => {
                context.info("y says yes, n says no");
            }
            KeyCode::Enter | KeyCode::Char('y') => {
                context.request(Request::Close);
                context.request(Request::Confirmed(self.action.clone()));
            }
            KeyCode::Char('n' | 'q') => {
                self.declined(context);
                context.request(Request::Close);
            }
            _ => move_by_key(self, event, context, panes),
        }
    }

    fn scroll(&mut self, lines: i64, _: &Panes<'_>) {
        self.top = scrolled(self.top, lines);
    }

    fn fit(&mut self, height: usize, length: usize, _: &Panes<'_>) {
        self.top = self.top.min(length.saturating_sub(height));
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        let yes = if self.takes_enter() { "Enter" } else { "y" };
        let mut hints = vec![(yes, "yes"), ("n", "no")];
        if self.sent.is_some() {
            hints.push(("j k", "scroll"));
        }
        hints
    }

    fn declined(&mut self, context: &mut Context<'_>) {
        match &self.action {
            // The rest of the reply is not wanted: the call ends here.
            ConfirmedAction::ReadOn(_) => {
                context.request(Request::Reply(ReplyRequest::Cancel));
            }
            // What is missing is filled in instead.
            ConfirmedAction::SendWithout(call, missing) => {
                if let Some(row) = missing.first() {
                    context.request(Request::Form(FormRequest::GoToRow {
                        connector_id: call.connector_id.clone(),
                        entity: call.entity.clone(),
                        action: call.action.clone(),
                        row: row.clone(),
                    }));
                    context.request(Request::Focus(Pane::Request));
                }
            }
            ConfirmedAction::Send(_)
            | ConfirmedAction::FetchNames
            | ConfirmedAction::Quit
            | ConfirmedAction::AllowCalls(..)
            | ConfirmedAction::Overwrite(..) => {}
        }
    }

    fn is_stale(&self, panes: &Panes<'_>) -> bool {
        match self.action {
            ConfirmedAction::ReadOn(task) => panes.reply.load.task() != Some(task),
            ConfirmedAction::Send(_)
            | ConfirmedAction::SendWithout(..)
            | ConfirmedAction::FetchNames
            | ConfirmedAction::Quit
            | ConfirmedAction::AllowCalls(..)
            | ConfirmedAction::Overwrite(..) => false,
        }
    }
}
