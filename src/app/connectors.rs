//! The connector list.

use super::cursor::Cursor;
use super::input::Input;
use super::load::{Load, TaskId};
use super::picker::filter;
use crate::domain::connector::{Connector, StoreState};
use crate::domain::failure::Failure;

/// The connector list and its filter.
#[derive(Debug, Clone, Default)]
pub struct Connectors {
    /// The connectors of the workspace.
    pub list: Load<Vec<Connector>>,
    /// The selected one among those that match.
    pub cursor: Cursor,
    /// What the list is filtered by; empty for nothing.
    pub filter: String,
    /// The filter while it is typed.
    pub typing: Option<Input>,
    /// The places of those that match the filter, best first.
    matches: Vec<usize>,
}

impl Connectors {
    /// Returns all connectors that have come.
    pub fn all(&self) -> &[Connector] {
        self.list.value().map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the connectors that match the filter.
    pub fn shown(&self) -> Vec<&Connector> {
        let all = self.all();
        self.matches
            .iter()
            .filter_map(|index| all.get(*index))
            .collect()
    }

    /// Takes a list that was loaded. Returns whether it was waited for.
    pub fn loaded(&mut self, task: TaskId, result: Result<Vec<Connector>, Failure>) -> bool {
        let is_expected = self.list.finish(task, result);
        self.find_matches();
        is_expected
    }

    fn find_matches(&mut self) {
        let lines = self.all().iter().map(|connector| {
            (
                connector.name.as_str(),
                connector.slug.as_deref().unwrap_or(&connector.template),
            )
        });
        self.matches = filter(&self.filter, lines);
    }

    /// Returns the selected connector.
    pub fn selected(&self) -> Option<&Connector> {
        self.shown().get(self.cursor.at).copied()
    }

    /// Sets the filter and begins at the first match.
    pub fn set_filter(&mut self, filter: String) {
        if self.filter != filter {
            self.filter = filter;
            self.cursor = Cursor::default();
            self.find_matches();
        }
    }

    /// Selects a connector by id, if it is shown.
    pub fn select(&mut self, id: &str) {
        if let Some(at) = self.shown().iter().position(|connector| connector.id == id) {
            self.cursor.at = at;
        }
    }

    /// Writes the badges beside the connectors.
    pub fn badge(&mut self, badges: &[(String, StoreState)]) {
        for connector in self.list.value_mut().into_iter().flatten() {
            if let Some((_, state)) = badges.iter().find(|(id, _)| *id == connector.id) {
                connector.store = Some(state.clone());
            }
        }
    }
}
