//! A question with a yes and a no.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Hint, Panes, PopupState};
use crate::app::context::Context;
use crate::app::requests::{Confirm, ConfirmedAction, ReplyRequest, Request};
use crate::app::session::Session;

/// A question.
#[derive(Debug, Clone)]
pub struct ConfirmPopup {
    /// The question.
    pub question: String,
    /// What it is about.
    pub body: String,
    action: ConfirmedAction,
}

impl ConfirmPopup {
    /// Opens a question.
    pub fn new(confirm: Confirm) -> ConfirmPopup {
        ConfirmPopup {
            question: confirm.question,
            body: confirm.body,
            action: confirm.action,
        }
    }

    /// Returns whether it opens without a key of the user's, so that an Enter meant for something else must not
    /// answer it.
    fn opens_by_itself(&self) -> bool {
        match self.action {
            ConfirmedAction::Overwrite(..) | ConfirmedAction::ReadOn(_) => true,
            ConfirmedAction::Send(_) | ConfirmedAction::Quit => false,
        }
    }
}

impl PopupState for ConfirmPopup {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, _: &Panes<'_>) {
        match event.code {
            KeyCode::Enter if self.opens_by_itself() => {}
            KeyCode::Enter | KeyCode::Char('y') => {
                context.request(Request::Close);
                context.request(Request::Confirmed(self.action.clone()));
            }
            KeyCode::Char('n' | 'q') => {
                self.declined(context);
                context.request(Request::Close);
            }
            _ => {}
        }
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        vec![("y", "yes"), ("n", "no")]
    }

    fn declined(&mut self, context: &mut Context<'_>) {
        match self.action {
            // The rest of the reply is not wanted: the call ends here.
            ConfirmedAction::ReadOn(_) => {
                context.request(Request::Reply(ReplyRequest::Cancel));
            }
            ConfirmedAction::Send(_) | ConfirmedAction::Quit | ConfirmedAction::Overwrite(..) => {}
        }
    }

    fn is_stale(&self, panes: &Panes<'_>) -> bool {
        match self.action {
            ConfirmedAction::ReadOn(task) => panes.reply.load.task() != Some(task),
            ConfirmedAction::Send(_) | ConfirmedAction::Quit | ConfirmedAction::Overwrite(..) => {
                false
            }
        }
    }
}
