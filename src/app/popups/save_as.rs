//! The name to save a body under.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Hint, Panes, PopupState};
use crate::app::context::Context;
use crate::app::requests::{ReplyRequest, Request};
use crate::app::session::Session;
use crate::app::widgets::text_field::{Lines, TextField};

/// The name to save a body under.
#[derive(Debug, Clone)]
pub struct SaveAs {
    /// The field in which the name is typed.
    pub input: TextField,
}

impl SaveAs {
    /// The title.
    pub const TITLE: &str = "Save the body as";

    /// Opens the field with the default name.
    pub fn open(session: &Session, panes: &Panes<'_>) -> SaveAs {
        let name = panes.reply.default_name(session);
        SaveAs {
            input: TextField::new(&name, Lines::One),
        }
    }
}

impl PopupState for SaveAs {
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, _: &Panes<'_>) {
        if event.code != KeyCode::Enter {
            self.input.key(event);
            return;
        }
        let name = self.input.text();
        context.request(Request::Close);
        if !name.trim().is_empty() {
            let to = context.session.setup.folder.join(name.trim());
            context.request(Request::Reply(ReplyRequest::SaveAs(to)));
        }
    }

    fn paste(&mut self, text: &str) {
        self.input.paste(text);
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        vec![("Enter", "save"), ("Esc", "close")]
    }
}
