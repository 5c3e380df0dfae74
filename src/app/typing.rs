//! Keys: to the popup on top, to the text field, or to the key table.

use crossterm::event::{KeyCode, KeyEvent};

use super::App;
use super::command::Command;
use super::effect::Effect;
use super::focus::KeyContext;
use super::form::{RowKind, Value};
use super::keys::lookup;
use super::notice::Notice;
use super::popup::Popup;

impl App {
    /// Takes a key.
    pub(super) fn key(&mut self, event: KeyEvent) -> Vec<Effect> {
        if let Some(place) = self.prefix.take() {
            return match lookup(&[place, KeyContext::Always], event) {
                // Esc takes back the first key, and nothing else.
                Some(Command::Back) => Vec::new(),
                Some(command) => self.perform(command),
                None => {
                    self.notice = Some(Notice::info(format!(
                        "That key means nothing after {}",
                        if place == KeyContext::CopyPrefix {
                            "y"
                        } else {
                            "z"
                        }
                    )));
                    Vec::new()
                }
            };
        }
        // Two keys of ours work everywhere, whatever is open.
        match lookup(&[KeyContext::Always], event) {
            Some(command @ (Command::QuitNow | Command::Suspend)) => return self.perform(command),
            Some(Command::Back) => return self.leave(),
            Some(command @ Command::Send) if self.popups.is_empty() => {
                self.commit();
                self.connectors.typing = None;
                self.reply.typing = None;
                return self.perform(command);
            }
            Some(_) => return Vec::new(),
            None => {}
        }
        if !self.popups.is_empty() {
            return self.key_in_popup(event);
        }
        if self.is_typing() {
            return self.key_in_field(event);
        }
        match lookup(&self.key_places(), event) {
            Some(command) => self.perform(command),
            None => {
                // A key that means something elsewhere says where.
                let elsewhere = [
                    KeyContext::Reply,
                    KeyContext::Request,
                    KeyContext::Connectors,
                ]
                .into_iter()
                .find_map(|place| Some((place, lookup(&[place], event)?)));
                if let Some((place, _)) = elsewhere {
                    self.notice = Some(Notice::info(format!("This key works in {}", place.name())));
                }
                Vec::new()
            }
        }
    }

    /// Esc: what is running goes first, then what is open, innermost first.
    fn leave(&mut self) -> Vec<Effect> {
        // A field inside of a dialog is left before the dialog is.
        if let Some(Popup::Dialog(dialog)) = self.popups.last_mut()
            && dialog.editing.take().is_some()
        {
            return Vec::new();
        }
        if self
            .popups
            .last()
            .is_some_and(super::popup::Popup::asks_to_read_on)
        {
            self.popups.pop();
            return self.cancel_call();
        }
        if !self.popups.is_empty() {
            return self.close_popup();
        }
        if self.is_typing() {
            self.commit();
            if self.connectors.typing.take().is_some() {
                self.connectors.set_filter(String::new());
            }
            if self.reply.typing.take().is_none()
                && self
                    .reply
                    .filter
                    .as_ref()
                    .is_some_and(|filter| filter.input.is_some())
            {
                return self.end_filter();
            }
            return Vec::new();
        }
        self.perform(Command::Back)
    }

    /// Takes pasted text into what is being typed.
    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        match self.popups.last_mut() {
            Some(Popup::Picker(picker)) => {
                picker.input.paste(text);
                picker.refresh();
            }
            Some(Popup::Prompt(prompt)) => prompt.input.paste(text),
            Some(Popup::Dialog(dialog)) => {
                if let Some(input) = &mut dialog.editing {
                    input.paste(text);
                }
            }
            Some(
                Popup::Text(_)
                | Popup::Confirm(_)
                | Popup::Ledger(_)
                | Popup::DecoderView(_)
                | Popup::Fields(_)
                | Popup::Attachments(_)
                | Popup::Downloads(_),
            ) => {}
            None => {
                if let Some(editing) = &mut self.form.editing {
                    editing.input.paste(text);
                    editing.touched = true;
                } else if let Some(input) = &mut self.connectors.typing {
                    input.paste(text);
                    let filter = input.text();
                    self.connectors.set_filter(filter);
                } else if let Some(input) = &mut self.reply.typing {
                    input.paste(text);
                } else {
                    return self.paste_in_filter(text);
                }
            }
        }
        Vec::new()
    }

    fn key_in_field(&mut self, event: KeyEvent) -> Vec<Effect> {
        if let Some(editing) = &mut self.form.editing {
            if event.code == KeyCode::Enter && !editing.json {
                self.commit();
                return Vec::new();
            }
            editing.touched |= editing.input.key(event);
            return Vec::new();
        }
        if let Some(input) = &mut self.connectors.typing {
            match event.code {
                KeyCode::Enter => {
                    self.connectors.typing = None;
                    return self.perform(Command::Open);
                }
                KeyCode::Down | KeyCode::Up => {
                    let length = self.connectors.shown().len();
                    self.connectors
                        .cursor
                        .step(if event.code == KeyCode::Down { 1 } else { -1 }, length);
                }
                _ => {
                    input.key(event);
                    let filter = input.text();
                    self.connectors.set_filter(filter);
                }
            }
            return Vec::new();
        }
        if let Some(input) = &mut self.reply.typing {
            if event.code == KeyCode::Enter {
                let needle = input.text();
                self.reply.typing = None;
                return self.search(&needle);
            }
            input.key(event);
            return Vec::new();
        }
        self.key_in_filter(event)
    }

    /// Takes what was typed into the row. It stays as typed, fitting or not.
    pub(super) fn commit(&mut self) {
        let Some(editing) = self.form.editing.take() else {
            return;
        };
        // Looking at a value does not change it.
        if !editing.touched {
            return;
        }
        let text = editing.input.text();
        let Some(row) = self.form.rows.get_mut(editing.row) else {
            return;
        };
        match &row.kind {
            RowKind::AddParameter => match text.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => {
                    let (name, value) = (name.trim().to_owned(), value.to_owned());
                    row.value = Value::Unset;
                    self.form.set_parameter(&name, Value::Text(value));
                }
                _ if text.trim().is_empty() => row.value = Value::Unset,
                _ => row.value = Value::Text(text),
            },
            RowKind::SelectFields | RowKind::ExcludeFields | RowKind::Intent
                if text.trim().is_empty() =>
            {
                row.value = Value::Unset
            }
            RowKind::Parameter(_) if editing.json && text.trim().is_empty() => {
                row.value = Value::Unset
            }
            // A number that was emptied is unset; an emptied text is an empty text only if it had one.
            RowKind::Parameter(parameter)
                if text.is_empty()
                    && parameter.kind != crate::domain::operation::ParameterKind::String =>
            {
                row.value = Value::Unset;
            }
            RowKind::Entity
            | RowKind::Action
            | RowKind::Parameter(_)
            | RowKind::SelectFields
            | RowKind::ExcludeFields
            | RowKind::SkipTruncation
            | RowKind::Intent => {
                row.value = Value::Text(text);
            }
        }
    }
}
