//! Keys of what lies over the panes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::App;
use super::command::Command;
use super::dialog::DialogKind;
use super::effect::Effect;
use super::focus::{KeyContext, Pane};
use super::form::Value;
use super::keys::lookup;
use super::notice::Notice;
use super::picker::Choice;
use super::popup::{ConfirmedAction, Popup};
use super::reply::RequestKind;
use crate::domain::download::OnConflict;
use crate::text;

impl App {
    pub(super) fn key_in_popup(&mut self, event: KeyEvent) -> Vec<Effect> {
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
            Some(Popup::Dialog(_)) => self.key_in_dialog(event),
            Some(Popup::Ledger(_)) => match event.code {
                KeyCode::Enter | KeyCode::Char('l') => self.go_to_entry(),
                KeyCode::Char('D') => {
                    self.open_decoder_of_entry();
                    Vec::new()
                }
                _ => self.move_or_close(event, 'L'),
            },
            Some(Popup::DecoderView(_)) => match event.code {
                KeyCode::Enter | KeyCode::Char('y') => self.copy_layer(),
                KeyCode::Char('s') => self.send_from_layer(),
                _ => self.move_or_close(event, 'D'),
            },
            Some(Popup::Fields(_)) => self.key_in_fields(event),
            Some(Popup::Attachments(_)) => self.key_in_attachments(event),
            Some(Popup::Downloads(_)) => self.key_in_downloads(event),
            Some(Popup::Prompt(prompt)) => {
                if event.code == KeyCode::Enter {
                    let name = prompt.input.text();
                    self.popups.pop();
                    return if name.trim().is_empty() {
                        Vec::new()
                    } else {
                        self.save(self.setup.folder.join(name.trim()), OnConflict::Refuse)
                    };
                }
                prompt.input.key(event);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Closes what lies on top; what was being counted for it is not counted on.
    pub(super) fn close_popup(&mut self) -> Vec<Effect> {
        let task = match self.popups.pop() {
            Some(Popup::Fields(view)) => view.fields.task(),
            Some(Popup::Picker(picker)) if picker.title == super::fields::PATHS => {
                self.paths.cancel()
            }
            Some(Popup::Attachments(view)) => {
                self.looking
                    .take_if(|looking| view.found.task() == Some(looking.task()));
                view.found.task()
            }
            _ => None,
        };
        task.map(Effect::Cancel).into_iter().collect()
    }

    /// Moves in a list over the panes, or closes it by `q` or the key that opened it.
    pub(super) fn move_or_close(&mut self, event: KeyEvent, opened_by: char) -> Vec<Effect> {
        if matches!(event.code, KeyCode::Char(key) if key == 'q' || key == opened_by) {
            return self.close_popup();
        } else {
            let lines = self.lines_of(event);
            self.move_in_popup(lines);
        }
        Vec::new()
    }

    fn lines_of(&self, event: KeyEvent) -> i64 {
        let window = self.sizes.popup.0.max(2) as i64 - 1;
        match lookup(&[KeyContext::Everywhere], event) {
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
        let entries = self.reply.run.as_ref().map_or(0, |run| run.entries().len());
        let downloads = self.downloads.queue.items().len();
        match self.popups.last_mut() {
            Some(Popup::Picker(picker)) => picker.cursor.step(lines, picker.matches.len()),
            Some(Popup::Text(text)) => {
                text.top = (text.top as i64)
                    .saturating_add(lines)
                    .clamp(0, i64::from(u32::MAX)) as usize
            }
            Some(Popup::Dialog(dialog)) => dialog.cursor.step(lines, dialog.rows.len()),
            Some(Popup::Ledger(cursor)) => cursor.step(lines, entries),
            Some(Popup::Fields(view)) => {
                let rows = view.len();
                view.cursor.step(lines, rows);
            }
            Some(Popup::DecoderView(decoder)) => decoder.cursor.step(lines, decoder.layers.len()),
            Some(Popup::Attachments(view)) => {
                let rows = view.len();
                view.cursor.step(lines, rows);
            }
            Some(Popup::Downloads(cursor)) => cursor.step(lines, downloads),
            Some(Popup::Confirm(_) | Popup::Prompt(_)) | None => {}
        }
    }

    fn key_in_dialog(&mut self, event: KeyEvent) -> Vec<Effect> {
        let Some(Popup::Dialog(dialog)) = self.popups.last_mut() else {
            return Vec::new();
        };
        if let Some(input) = &mut dialog.editing {
            if event.code != KeyCode::Enter {
                input.key(event);
                return Vec::new();
            }
            let value = input.text().trim().to_owned();
            dialog.editing = None;
            dialog.set(value);
            return self.dialog_changed();
        }
        let purpose = dialog.purpose;
        let turn = match event.code {
            KeyCode::Enter | KeyCode::Char(' ' | 'l') | KeyCode::Right => 1,
            KeyCode::Char('h') | KeyCode::Left => dialog
                .selected()
                .map_or(0, |row| row.choices.len().saturating_sub(1)),
            KeyCode::Backspace if dialog.selected().is_some_and(|row| row.choices.is_empty()) => {
                dialog.set(String::new());
                return self.dialog_changed();
            }
            KeyCode::Char('y') if purpose != DialogKind::Profile => return self.dialog_done(),
            KeyCode::Char('r') if purpose == DialogKind::Profile => return self.reset_profile(),
            KeyCode::Char('n' | 'q') => {
                self.popups.pop();
                return Vec::new();
            }
            _ => {
                let lines = self.lines_of(event);
                self.move_in_popup(lines);
                return Vec::new();
            }
        };
        if dialog.turn(turn) {
            return self.dialog_changed();
        }
        if event.code == KeyCode::Enter {
            dialog.edit();
        }
        Vec::new()
    }

    /// Looks at a dialog after a value of it has changed.
    fn dialog_changed(&mut self) -> Vec<Effect> {
        match self.popups.last_mut() {
            Some(Popup::Dialog(dialog)) if dialog.purpose == DialogKind::Profile => {
                self.profile_changed()
            }
            Some(Popup::Dialog(dialog)) if dialog.purpose == DialogKind::Download => {
                dialog.fault = None;
                self.way_changed();
                Vec::new()
            }
            Some(Popup::Dialog(dialog)) => {
                dialog.fault = None;
                Vec::new()
            }
            _ => Vec::new(),
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
        let Some(Popup::Picker(picker)) = self.popups.last() else {
            return Vec::new();
        };
        let Some(choice) = picker.chosen() else {
            return Vec::new();
        };
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
            Choice::Column(path) => self.toggle_column(&path),
            Choice::Path(path) => self.go_to_path(&path),
            Choice::Field(path) => self.go_to_field(&path),
            Choice::Lead(lead) => return self.follow(&lead),
        }
        Vec::new()
    }

    /// Starts over in another workspace. Replies stay to be read.
    fn start_over(&mut self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self
            .connectors
            .list
            .cancel()
            .map(Effect::Cancel)
            .into_iter()
            .collect();
        self.connectors = super::connectors::Connectors::default();
        effects.extend(
            [self.form.described.task(), self.form.inspection.task()]
                .into_iter()
                .flatten()
                .map(Effect::Cancel),
        );
        self.form = super::form::Form::default();
        self.forms.clear();
        self.focus = Pane::Connectors;
        effects.extend(self.load_connectors());
        effects
    }

    /// Returns whether the question came by itself: an Enter meant for something else is no yes.
    fn asks_unbidden(&self) -> bool {
        matches!(self.popups.last(), Some(Popup::Confirm(confirm)) if matches!(confirm.deed, ConfirmedAction::Overwrite(..) | ConfirmedAction::ReadOn(_)))
    }

    fn key_in_confirm(&mut self, event: KeyEvent) -> Vec<Effect> {
        match event.code {
            KeyCode::Enter if self.asks_unbidden() => Vec::new(),
            KeyCode::Enter | KeyCode::Char('y') => {
                let Some(Popup::Confirm(confirm)) = self.popups.pop() else {
                    return Vec::new();
                };
                match confirm.deed {
                    ConfirmedAction::Send(call) => self.dispatch(*call, RequestKind::First),
                    ConfirmedAction::Quit => vec![Effect::Quit(0)],
                    ConfirmedAction::Overwrite(to, body) => {
                        self.save_body(body, to, OnConflict::Replace)
                    }
                    ConfirmedAction::ReadOn(task) => vec![Effect::ReadOn(task)],
                }
            }
            KeyCode::Char('n' | 'q') => match self.popups.pop() {
                Some(popup) if popup.asks_to_read_on() => self.cancel_call(),
                Some(_) | None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}
