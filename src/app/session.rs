//! What several panes need to know: settings of this run, connectors, the chosen connector's catalog, what was
//! learned of paging, how many calls were sent. Only [`App`](super::App) writes it; panes read it through
//! [`Context`](super::context::Context).

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::effect::Mouse;
use super::keymap::Keymap;
use crate::attachments::Finder;
use crate::catalog::{self, Definition, Relation};
use crate::domain::call::{Call, Params};
use crate::domain::change;
use crate::domain::connection::is_local;
use crate::domain::connector::{
    Connector, EntityReadiness, Organization, StoreState, Workspace, store_fault,
};
use crate::domain::operation::Operation;
use crate::domain::scrub::Scrubber;
use crate::json::document::Document;
use crate::paging::Remembered;
use crate::text;

/// Why nothing of a service is possible while a file is read.
pub const NO_SERVICE: &str = "This is a file: there is no service behind it";

/// What the program was started with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Setup {
    /// The workspace whose connectors are listed.
    pub workspace: String,
    /// The service's URL, for curl.
    pub host: String,
    /// The organization's UUID.
    pub organization: Option<String>,
    /// Where replies and downloads are saved.
    pub folder: PathBuf,
    /// Whether calls that could change data are refused.
    pub read_only: bool,
    /// Whether the service is the sandbox.
    pub sandbox: bool,
    /// The request to fill in.
    pub preset: Option<Preset>,
    /// The limit of calls of this run.
    pub max_calls: Option<u64>,
    /// The limit of memory for pages, in bytes; [`PAGE_BUDGET`](super::reply::spill::PAGE_BUDGET) unless set.
    pub page_budget: Option<usize>,
    /// Whether what is learned of paging is kept between runs.
    pub keeps_profiles: bool,
    /// The file that is read in place of a service.
    pub file: Option<OpenFile>,
    /// Whose the mouse is.
    pub mouse: Mouse,
    /// What takes the secrets of the session out of copied text.
    pub scrubber: Scrubber,
}

/// A file that is read in place of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenFile {
    /// Its name as it is shown.
    pub name: String,
    /// Whether it can be read again.
    pub again: bool,
}

impl OpenFile {
    /// Returns why a file that cannot be read again is not.
    pub fn once(&self) -> String {
        let name = text::safe(&self.name);
        format!("What was read stays: `{name}` cannot be read again")
    }
}

/// A request to fill in, not to send.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preset {
    /// The connector's id or name.
    pub connector: String,
    /// The entity.
    pub entity: Option<String>,
    /// The action.
    pub action: Option<String>,
    /// Parameters as typed.
    pub pairs: Vec<(String, String)>,
    /// Parameters as JSON.
    pub params: Params,
    /// The shell command that the connector's name is similar to.
    pub similar_command: Option<String>,
}

/// Workspaces and organizations.
pub type WorkspaceList = (Vec<Workspace>, Vec<Organization>);

/// The operations of a connector and the relations between its entities.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConnectorCatalog {
    /// The operations, in the order of the catalog.
    pub operations: Vec<Operation>,
    /// Which parameters take the ids of which entities.
    pub relations: Vec<Relation>,
}

impl ConnectorCatalog {
    /// Returns what the bundled catalog knows of a connector; empty for an unknown definition.
    pub fn of(connector: &Connector) -> ConnectorCatalog {
        catalog::definition_of(connector)
            .map(ConnectorCatalog::of_kind)
            .unwrap_or_default()
    }

    /// Returns what the bundled catalog knows of a kind of connectors.
    pub fn of_kind(definition: &Definition) -> ConnectorCatalog {
        ConnectorCatalog {
            operations: definition.operations(),
            relations: definition.relations(),
        }
    }

    /// Returns an operation.
    pub fn operation(&self, entity: &str, action: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.entity == entity && operation.action == action)
    }
}

/// The connector in the form, with what is known of it by now.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The connector; it may have left the list since.
    pub connector: Connector,
    /// Its catalog, united with what the connector itself describes.
    pub catalog: Arc<ConnectorCatalog>,
    /// What is known of its Context Store, by entity.
    pub stores: Vec<EntityReadiness>,
}

/// What is known of how operations page, by definition, entity and action.
#[derive(Debug, Clone, Default)]
pub struct Profiles(HashMap<(String, String, String), Remembered>);

impl Profiles {
    /// Adds what an earlier run stored. What was learned in this run is newer and stays.
    pub fn add_stored(&mut self, definition_id: &str, profiles: Vec<(String, String, Remembered)>) {
        for (entity, action, remembered) in profiles {
            self.0
                .entry((definition_id.to_owned(), entity, action))
                .or_insert(remembered);
        }
    }

    /// Replaces what is known of an operation.
    pub fn set(&mut self, definition_id: &str, call: &Call, remembered: Remembered) {
        let key = (
            definition_id.to_owned(),
            call.entity.clone(),
            call.action.clone(),
        );
        self.0.insert(key, remembered);
    }

    fn get(&self, definition_id: &str, call: &Call) -> Remembered {
        let key = (
            definition_id.to_owned(),
            call.entity.clone(),
            call.action.clone(),
        );
        self.0.get(&key).cloned().unwrap_or_default()
    }
}

/// How many calls were sent.
#[derive(Debug, Clone, Default)]
pub struct CallCount {
    /// In all.
    pub total: u64,
    /// By the connector's name.
    pub by_connector: BTreeMap<String, u64>,
}

/// What several panes need to know.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// What the program was started with; workspace and organization may change.
    pub setup: Setup,
    /// The keys and what they do.
    pub keymap: Keymap,
    /// The connectors of the workspace.
    pub connectors: Vec<Connector>,
    /// The connector in the form.
    pub chosen: Option<Chosen>,
    /// The organization's name, once it is known.
    pub organization: Option<String>,
    /// Workspaces and organizations, once they were listed.
    pub workspaces: Option<WorkspaceList>,
    /// What is known of paging.
    pub profiles: Profiles,
    /// The calls of this run.
    pub calls: CallCount,
    /// The time of the last tick.
    pub now: Option<Instant>,
    /// How many lines the popup on top can show.
    pub popup_height: usize,
}

impl Session {
    /// Returns a connector of the workspace, or the chosen one.
    pub fn connector(&self, id: &str) -> Option<&Connector> {
        let chosen = self.chosen.as_ref().map(|chosen| &chosen.connector);
        self.connectors
            .iter()
            .chain(chosen)
            .find(|connector| connector.id == id)
    }

    /// Returns whether a file is read in place of a service.
    pub fn is_file(&self) -> bool {
        self.setup.file.is_some()
    }

    /// Returns whether what was received would have to be paid for again.
    pub fn is_billed(&self) -> bool {
        !self.is_file() && !self.setup.sandbox && !is_local(&self.setup.host)
    }

    /// Returns whether the limit of calls is reached.
    pub fn is_spent(&self) -> bool {
        self.setup
            .max_calls
            .is_some_and(|most| self.calls.total >= most)
    }

    /// Counts a call that was sent.
    pub fn count_call(&mut self, connector_id: Option<&str>) {
        let connector = connector_id.and_then(|id| self.connector(id));
        let name = connector.map_or("no longer known", |connector| connector.name.as_str());
        let name = name.to_owned();
        self.calls.total += 1;
        *self.calls.by_connector.entry(name).or_default() += 1;
    }

    /// Sets the Context Store states of connectors, by connector id.
    pub fn set_store_states(&mut self, states: &[(String, StoreState)]) {
        for connector in &mut self.connectors {
            if let Some((_, state)) = states.iter().find(|(id, _)| *id == connector.id) {
                connector.store = Some(state.clone());
            }
        }
    }

    /// Returns the catalog of a connector: the form's if it is the chosen one, else the bundled one.
    pub fn catalog_of(&self, connector_id: &str) -> Arc<ConnectorCatalog> {
        match &self.chosen {
            Some(chosen) if chosen.connector.id == connector_id => Arc::clone(&chosen.catalog),
            Some(_) | None => Arc::new(
                self.connector(connector_id)
                    .map(ConnectorCatalog::of)
                    .unwrap_or_default(),
            ),
        }
    }

    /// Returns the state of the Context Store of an entity, if it is known not to be ready.
    pub fn store_fault(&self, connector_id: &str, entity: &str) -> Option<String> {
        let chosen = self.chosen.as_ref();
        let stores = chosen.filter(|chosen| chosen.connector.id == connector_id);
        let inspected = stores.and_then(|chosen| {
            let mut entities = chosen.stores.iter();
            entities.find(|own| own.entity == entity)
        });
        let badge = self.connector(connector_id);
        let badge = badge.and_then(|connector| connector.store.as_ref());
        store_fault(inspected, badge).map(str::to_owned)
    }

    /// Returns the operation of a call. The form may show another by now.
    pub fn operation_of(&self, call: &Call) -> Option<Operation> {
        self.catalog_of(&call.connector_id)
            .operation(&call.entity, &call.action)
            .cloned()
    }

    /// Returns what a call that changes data does and where, as in ``Create a ticket in `Support desk` ``.
    pub fn describe_change(&self, call: &Call) -> String {
        let connector = self.connector(&call.connector_id);
        let name = connector.map_or("a connector", |connector| connector.name.as_str());
        format!("{} in `{}`", change::describe(call), text::safe(name))
    }

    /// Returns the body of a call as it is sent, without the secrets of the session.
    pub fn body_of(&self, call: &Call) -> Arc<Document> {
        let body = self.setup.scrubber.scrub_json(&call.body()).into_owned();
        Arc::new(Document::parse(Bytes::from(body)))
    }

    /// Returns what finds the attachments in the reply to a call.
    pub fn finder_of(&self, call: &Call) -> Finder {
        let catalog = self.catalog_of(&call.connector_id);
        Finder::new(&catalog.operations, &catalog.relations, call)
    }

    /// Returns the id of the definition of a call's connector; empty if the connector is not known.
    pub fn definition_of(&self, call: &Call) -> String {
        self.connector(&call.connector_id)
            .map(|connector| connector.definition_id.clone())
            .unwrap_or_default()
    }

    /// Returns what is known of how an operation pages.
    pub fn remembered(&self, call: &Call) -> Remembered {
        self.profiles.get(&self.definition_of(call), call)
    }
}
