//! The paths of the reply, to go to one; any path can be typed.

use crossterm::event::KeyEvent;

use super::picker::Picker;
use super::{Clicked, Hint, Panes, PopupState};
use crate::app::context::Context;
use crate::app::effect::{DocumentEffect, Effect};
use crate::app::msg::DocumentMsg;
use crate::app::requests::{Choices, FreeText, Item, ReplyRequest, Request};
use crate::app::session::Session;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::load::{Load, Timed};
use crate::json::fields::Field;
use crate::text;

/// The paths of the reply.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The list.
    pub picker: Picker,
    load: Load<()>,
}

impl Paths {
    /// Opens the list and counts the fields of the page that is shown.
    pub fn open(context: &mut Context<'_>, panes: &Panes<'_>) -> Option<Paths> {
        let source = panes.reply.page()?.source();
        let choices = Choices::new("Go to a path", Vec::new())
            .with_free(FreeText::Path)
            .or_else("Enter goes to what you type, such as .result[3].user.id");
        let mut popup = Paths {
            picker: Picker::new(choices),
            load: Load::Idle,
        };
        let task = context.start(&mut popup.load);
        let pages = vec![source];
        context.effect(Effect::Document(DocumentEffect::CountFields {
            task,
            pages,
        }));
        Some(popup)
    }
}

fn item(field: &Field) -> Item {
    let example = field.examples.first();
    let about = example.map(|example| text::cut_end(&text::safe(example), 32).into_owned());
    Item {
        label: text::safe(&field.path).into_owned(),
        about: about.unwrap_or_default(),
        request: Request::Reply(ReplyRequest::GoToField(field.path.clone())),
    }
}

impl PopupState for Paths {
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        self.picker.key(event, context, panes);
    }

    fn paste(&mut self, text: &str) {
        self.picker.paste(text);
    }

    fn list(&mut self, panes: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        self.picker.list(panes)
    }

    fn select_row(&mut self, row: usize, panes: &Panes<'_>) -> Clicked {
        self.picker.select_row(row, panes)
    }

    fn hints(&self, session: &Session, panes: &Panes<'_>) -> Vec<Hint> {
        self.picker.hints(session, panes)
    }

    fn loads(&mut self) -> Vec<&mut dyn Timed> {
        vec![&mut self.load]
    }

    fn document_msg(&mut self, msg: &DocumentMsg) {
        if let DocumentMsg::FieldsCounted { task, fields } = msg
            && self.load.finish(*task, Ok(()))
        {
            self.picker.fill(fields.fields.iter().map(item).collect());
        }
    }
}
