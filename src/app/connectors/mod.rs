//! The connector list: which of the workspace's connectors are shown, and which is selected.

pub mod kept;

use crossterm::event::{KeyCode, KeyEvent};

use super::command::{Command, ConnectorsCommand, Movement};
use super::context::{Context, Reason};
use super::effect::{Effect, LookupEffect};
use super::ids::TaskId;
use super::requests::{FormRequest, PopupRequest, Request};
use super::session::{NO_SERVICE, Session};
use super::widgets::cursor::Cursor;
use super::widgets::focus::Pane;
use super::widgets::load::Load;
use super::widgets::text_field::{Lines, TextField};
use crate::domain::connector::Connector;
use crate::domain::failure::Failure;
use crate::text::fuzzy;
use kept::Kept;

/// The connector list. The connectors themselves are in the [`Session`].
#[derive(Debug, Clone, Default)]
pub struct ConnectorsPane {
    /// Whether the connectors are being loaded.
    pub load: Load<()>,
    /// Whether their Context Store states are being loaded.
    store_states: Load<()>,
    /// The selected line of those that are shown.
    pub cursor: Cursor,
    /// What the shown ones match; empty: all.
    pub filter: String,
    /// The field in which the filter is typed.
    pub typing: Option<TextField>,
    /// The commands that are done when the connectors are loaded, in their order.
    pub kept: Vec<Kept>,
    /// The shown connectors by their place in the session's list, the best match first.
    matches: Vec<usize>,
}

impl ConnectorsPane {
    /// Returns the connectors that match the filter.
    pub fn shown<'a>(&self, session: &'a Session) -> Vec<&'a Connector> {
        self.matches
            .iter()
            .filter_map(|index| session.connectors.get(*index))
            .collect()
    }

    /// Returns how many connectors match the filter.
    pub fn count(&self) -> usize {
        self.matches.len()
    }

    /// Returns the connector under the cursor.
    pub fn selected<'a>(&self, session: &'a Session) -> Option<&'a Connector> {
        self.matches
            .get(self.cursor.at)
            .and_then(|index| session.connectors.get(*index))
    }

    /// Loads the connectors of the workspace.
    pub fn load(&mut self, context: &mut Context<'_>) {
        let task = context.start(&mut self.load);
        let workspace = context.session.setup.workspace.clone();
        context.effect(Effect::Lookup(LookupEffect::Connectors { task, workspace }));
    }

    /// Forgets filter and cursor, and loads the connectors of another workspace.
    pub fn start_over(&mut self, context: &mut Context<'_>) {
        context.cancel(&mut self.load);
        context.cancel(&mut self.store_states);
        *self = ConnectorsPane::default();
        self.load(context);
    }

    /// Returns whether the connectors are loaded for the first time, so that none are there yet.
    pub fn is_first_load(&self, session: &Session) -> bool {
        self.load.task().is_some() && session.connectors.is_empty()
    }

    /// Keeps a command until the connectors are loaded.
    pub fn keep(&mut self, command: Kept) {
        if !self.kept.contains(&command) {
            self.kept.push(command);
        }
    }

    /// Takes the end of a load; on success the session holds the connectors already. Loads their Context Store states.
    pub fn loaded(&mut self, task: TaskId, result: Result<(), Failure>, context: &mut Context<'_>) {
        let has_loaded = result.is_ok();
        self.load.finish(task, result);
        self.find_matches(context.session);
        if !has_loaded {
            return;
        }
        if let Some(connector) = context.session.connectors.first() {
            let connector_id = connector.id.clone();
            let task = context.start(&mut self.store_states);
            context.effect(Effect::Lookup(LookupEffect::StoreStates {
                task,
                connector_id,
            }));
        }
    }

    /// Takes the end of loading the Context Store states. Returns whether they were expected.
    pub fn store_states_loaded(&mut self, task: TaskId) -> bool {
        self.store_states.finish(task, Ok(()))
    }

    /// Shows only the connectors that match.
    pub fn set_filter(&mut self, filter: String, session: &Session) {
        if self.filter != filter {
            self.filter = filter;
            self.cursor = Cursor::default();
            self.find_matches(session);
        }
    }

    fn find_matches(&mut self, session: &Session) {
        let lines = session.connectors.iter().map(|connector| {
            let kind = connector.slug.as_deref().unwrap_or(&connector.template);
            (connector.name.as_str(), kind)
        });
        self.matches = fuzzy::filter(&self.filter, lines);
    }

    /// Selects a connector, if it is shown.
    pub fn select(&mut self, id: &str, session: &Session) {
        let shown = self.shown(session);
        if let Some(at) = shown.iter().position(|connector| connector.id == id) {
            self.cursor.at = at;
        }
    }

    /// Moves the cursor in a window of a height.
    pub fn move_cursor(&mut self, movement: Movement, height: usize) {
        self.cursor.step(movement.lines(height), self.count());
    }

    /// Selects the connector in a row of the window and chooses it.
    pub fn click(&mut self, row: usize, context: &mut Context<'_>) {
        let at = self.cursor.top + row;
        if at < self.count() {
            self.cursor.at = at;
            self.perform(ConnectorsCommand::Choose, context);
        }
    }

    /// Keeps the cursor in the list, and the window around it.
    pub fn fit(&mut self, height: usize) {
        self.cursor.fit(height, self.count());
    }

    /// Returns whether a command would do something now; if not, why not.
    pub fn can(&self, command: ConnectorsCommand, session: &Session) -> Result<(), Reason> {
        match command {
            ConnectorsCommand::Filter if session.is_file() => Err(NO_SERVICE.into()),
            ConnectorsCommand::Filter => Ok(()),
            ConnectorsCommand::Choose | ConnectorsCommand::Details => {
                match self.selected(session) {
                    Some(_) => Ok(()),
                    None => Err("There is no connector here".into()),
                }
            }
        }
    }

    /// Does what a command asks for.
    pub fn perform(&mut self, command: ConnectorsCommand, context: &mut Context<'_>) {
        let selected = self.selected(context.session).map(|own| own.id.clone());
        match (command, selected) {
            (ConnectorsCommand::Filter, _) => {
                // The palette may be opened in another pane.
                context.request(Request::Focus(Pane::Connectors));
                // Each filter starts empty.
                self.typing = Some(TextField::new("", Lines::One));
                self.set_filter(String::new(), context.session);
            }
            (ConnectorsCommand::Choose, Some(id)) => {
                context.request(Request::Focus(Pane::Request));
                context.request(Request::Form(FormRequest::Choose(id)));
            }
            (ConnectorsCommand::Details, Some(_)) => context.open(PopupRequest::Details),
            (ConnectorsCommand::Choose | ConnectorsCommand::Details, None) => {}
        }
    }

    /// Takes a key while the filter is typed.
    pub fn key_in_filter(&mut self, event: KeyEvent, context: &mut Context<'_>) {
        let Some(field) = &mut self.typing else {
            return;
        };
        if event.code == KeyCode::Enter {
            self.typing = None;
            let choose = ConnectorsCommand::Choose;
            match self.can(choose, context.session) {
                Ok(()) => self.perform(choose, context),
                // While the connectors are loaded it is kept.
                Err(_) => context.request(Request::Perform(Command::Connectors(choose))),
            }
        } else if event.code == KeyCode::Tab {
            // The list stays filtered, to be walked with the keys of a list.
            self.typing = None;
        } else if matches!(event.code, KeyCode::Down | KeyCode::Up) {
            let lines = if event.code == KeyCode::Down { 1 } else { -1 };
            self.cursor.step(lines, self.count());
        } else {
            field.key(event);
            let filter = field.text();
            self.set_filter(filter, context.session);
        }
    }

    /// Takes pasted text while the filter is typed.
    pub fn paste(&mut self, text: &str, session: &Session) {
        if let Some(field) = &mut self.typing {
            field.paste(text);
            let filter = field.text();
            self.set_filter(filter, session);
        }
    }

    /// Leaves the field. All connectors are shown again.
    pub fn leave_filter(&mut self, session: &Session) {
        self.typing = None;
        self.set_filter(String::new(), session);
    }
}

#[cfg(test)]
mod tests;
