//! The connector list.

use super::cursor::Cursor;
use super::input::Input;
use super::load::Load;
use super::picker::filter;
use crate::domain::connector::{Connector, StoreState};

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
}

impl Connectors {
    /// Returns all connectors that have come.
    pub fn all(&self) -> &[Connector] {
        self.list.value().map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the connectors that match the filter.
    pub fn shown(&self) -> Vec<&Connector> {
        let all = self.all();
        let lines = all.iter().map(|connector| (connector.name.as_str(), connector.slug.as_deref().unwrap_or(&connector.template)));
        filter(&self.filter, lines).into_iter().map(|index| &all[index]).collect()
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
