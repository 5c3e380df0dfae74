//! Keys: to the popup on top, to the text field, or to the key table.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::App;
use super::command::Command;
use super::effect::Effect;
use super::focus::{Pane, Place};
use super::form::{RowKind, Value};
use super::keys::lookup;
use super::notice::Notice;
use super::picker::Choice;
use super::popup::{Deed, Popup};
use super::reply::{Purpose, Search};
use crate::domain::text;
use crate::domain::transfer::Existing;

impl App {
    /// Takes a key.
    pub(super) fn key(&mut self, event: KeyEvent) -> Vec<Effect> {
        if let Some(place) = self.prefix.take() {
            return match lookup(&[place, Place::Always], event) {
                // Esc takes back the first key, and nothing else.
                Some(Command::Back) => Vec::new(),
                Some(command) => self.perform(command),
                None => {
                    self.notice =
                        Some(Notice::info(format!("That key means nothing after {}", if place == Place::CopyPrefix { "y" } else { "z" })));
                    Vec::new()
                }
            };
        }
        // Two keys of ours work everywhere, whatever is open.
        match lookup(&[Place::Always], event) {
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
                let elsewhere =
                    [Place::Reply, Place::Request, Place::Connectors].into_iter().find_map(|place| Some((place, lookup(&[place], event)?)));
                if let Some((place, _)) = elsewhere {
                    self.notice = Some(Notice::info(format!("This key works in {}", place.name())));
                }
                Vec::new()
            }
        }
    }

    /// Esc: what is running goes first, then what is open, innermost first.
    fn leave(&mut self) -> Vec<Effect> {
        if self.popups.pop().is_some() {
            return Vec::new();
        }
        if self.is_typing() {
            self.commit();
            if self.connectors.typing.take().is_some() {
                self.connectors.set_filter(String::new());
            }
            self.reply.typing = None;
            return Vec::new();
        }
        self.perform(Command::Back)
    }

    /// Takes pasted text into what is being typed.
    pub(super) fn paste(&mut self, text: &str) {
        match self.popups.last_mut() {
            Some(Popup::Picker(picker)) => {
                picker.input.paste(text);
                picker.refresh();
            }
            Some(Popup::Prompt(prompt)) => prompt.input.paste(text),
            Some(Popup::Text(_) | Popup::Confirm(_)) => {}
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
                }
            }
        }
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
                    self.connectors.cursor.step(if event.code == KeyCode::Down { 1 } else { -1 }, length);
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
                return self.find(needle);
            }
            input.key(event);
        }
        Vec::new()
    }

    fn find(&mut self, needle: String) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.reply.search.hits.task().map(Effect::Cancel).into_iter().collect();
        self.reply.search = Search::default();
        let Some(tree) = self.reply.tree().filter(|_| !needle.is_empty()) else { return effects };
        let (document, root) = (std::sync::Arc::clone(tree.document()), tree.root());
        let task = self.next_task();
        self.reply.search.needle.clone_from(&needle);
        self.reply.search.hits.start(task);
        effects.push(Effect::Find { task, document, root, needle });
        effects
    }

    /// Takes what was typed into the row. It stays as typed, fitting or not.
    pub(super) fn commit(&mut self) {
        let Some(editing) = self.form.editing.take() else { return };
        // Looking at a value does not change it.
        if !editing.touched {
            return;
        }
        let text = editing.input.text();
        let Some(row) = self.form.rows.get_mut(editing.row) else { return };
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
            RowKind::SelectFields | RowKind::ExcludeFields | RowKind::Intent if text.trim().is_empty() => row.value = Value::Unset,
            RowKind::Parameter(_) if editing.json && text.trim().is_empty() => row.value = Value::Unset,
            // A number that was emptied is unset; an emptied text is an empty text only if it had one.
            RowKind::Parameter(parameter) if text.is_empty() && parameter.kind != crate::domain::operation::ParameterKind::String => {
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

    fn key_in_popup(&mut self, event: KeyEvent) -> Vec<Effect> {
        match self.popups.last_mut() {
            Some(Popup::Picker(_)) => self.key_in_picker(event),
            Some(Popup::Text(_)) => {
                match event.code {
                    KeyCode::Char('q') | KeyCode::Enter => {
                        self.popups.pop();
                    }
                    _ => {
                        let lines = self.lines_of(event);
                        self.move_in_popup(lines);
                    }
                }
                Vec::new()
            }
            Some(Popup::Confirm(_)) => self.key_in_confirm(event),
            Some(Popup::Prompt(prompt)) => {
                if event.code == KeyCode::Enter {
                    let name = prompt.input.text();
                    self.popups.pop();
                    return if name.trim().is_empty() {
                        Vec::new()
                    } else {
                        self.save(self.setup.folder.join(name.trim()), Existing::Refuse)
                    };
                }
                prompt.input.key(event);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn lines_of(&self, event: KeyEvent) -> i64 {
        let window = self.sizes.popup.0.max(2) as i64 - 1;
        match lookup(&[Place::Everywhere], event) {
            Some(Command::Down) => 1,
            Some(Command::Up) => -1,
            Some(Command::HalfDown) => window / 2,
            Some(Command::HalfUp) => -window / 2,
            Some(Command::PageDown) => window,
            Some(Command::PageUp) => -window,
            Some(Command::Top) => -1_000_000_000,
            Some(Command::Bottom) => 1_000_000_000,
            _ => 0,
        }
    }

    /// Moves in the popup on top.
    pub(super) fn move_in_popup(&mut self, lines: i64) {
        match self.popups.last_mut() {
            Some(Popup::Picker(picker)) => picker.cursor.step(lines, picker.matches.len()),
            Some(Popup::Text(text)) => text.top = (text.top as i64).saturating_add(lines).clamp(0, i64::from(u32::MAX)) as usize,
            Some(Popup::Confirm(_) | Popup::Prompt(_)) | None => {}
        }
    }

    fn key_in_picker(&mut self, event: KeyEvent) -> Vec<Effect> {
        let window = self.sizes.popup.0.max(2) as i64 - 1;
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let lines = match event.code {
            KeyCode::Down => 1,
            KeyCode::Up => -1,
            KeyCode::PageDown => window,
            KeyCode::PageUp => -window,
            KeyCode::Char('n') if control => 1,
            KeyCode::Char('p') if control => -1,
            KeyCode::Enter => return self.choose_item(),
            _ => {
                if let Some(Popup::Picker(picker)) = self.popups.last_mut() {
                    let before = picker.input.text();
                    picker.input.key(event);
                    if picker.input.text() != before {
                        picker.refresh();
                    }
                }
                return Vec::new();
            }
        };
        self.move_in_popup(lines);
        Vec::new()
    }

    fn choose_item(&mut self) -> Vec<Effect> {
        let Some(Popup::Picker(picker)) = self.popups.last() else { return Vec::new() };
        let Some(choice) = picker.chosen() else { return Vec::new() };
        self.popups.pop();
        match choice {
            Choice::Entity(entity) => {
                self.form.set_entity(&entity);
                self.form.cursor.at = 1;
            }
            Choice::Action(action) => {
                self.form.set_action(&action);
                self.form.cursor.at = 2.min(self.form.rows.len().saturating_sub(1));
            }
            Choice::Value(name, value) => {
                if let Some(row) = self.form.rows.iter_mut().find(|row| row.name() == name) {
                    row.value = Value::Text(value);
                }
            }
            Choice::Workspace(name) => {
                self.setup.workspace = name;
                return self.start_over();
            }
            Choice::Organization(id, name) => {
                self.setup.organization = Some(id.clone());
                self.organization = Some(name.clone());
                self.notice = Some(Notice::info(format!("Organization {}", text::safe(&name))));
                let mut effects = vec![Effect::ChooseOrganization(id)];
                effects.extend(self.start_over());
                return effects;
            }
            Choice::Run(command) => return self.perform(command),
        }
        Vec::new()
    }

    /// Begins anew in another workspace. Replies stay to be read.
    fn start_over(&mut self) -> Vec<Effect> {
        self.connectors = super::connectors::Connectors { list: std::mem::take(&mut self.connectors.list), ..Default::default() };
        let mut effects: Vec<Effect> = self.connectors.list.cancel().map(Effect::Cancel).into_iter().collect();
        effects.extend([self.form.described.task(), self.form.inspection.task()].into_iter().flatten().map(Effect::Cancel));
        self.connectors.list = super::load::Load::Idle;
        self.form = super::form::Form::default();
        self.forms.clear();
        self.focus = Pane::Connectors;
        effects.extend(self.load_connectors());
        effects
    }

    fn asks_to_overwrite(&self) -> bool {
        matches!(self.popups.last(), Some(Popup::Confirm(confirm)) if matches!(confirm.deed, Deed::Overwrite(..)))
    }

    fn key_in_confirm(&mut self, event: KeyEvent) -> Vec<Effect> {
        match event.code {
            // The question to overwrite comes by itself: an Enter meant for something else is no yes.
            KeyCode::Enter if self.asks_to_overwrite() => Vec::new(),
            KeyCode::Enter | KeyCode::Char('y') => {
                let Some(Popup::Confirm(confirm)) = self.popups.pop() else { return Vec::new() };
                match confirm.deed {
                    Deed::Send(call) => self.dispatch(*call, Purpose::First),
                    Deed::Quit => vec![Effect::Quit(0)],
                    Deed::AllPages => self.fetch_all(),
                    Deed::Overwrite(to, body) => self.save_body(body, to, Existing::Replace),
                }
            }
            KeyCode::Char('n' | 'q') => {
                self.popups.pop();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}
