//! Connectors, workspaces, organizations, and the readiness of a connector's Context Store.

/// A configured connector of a workspace, as `GET /api/v1/integrations/connectors` lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connector {
    /// The UUID that execute calls name.
    pub id: String,
    /// The name that its owner gave it.
    pub name: String,
    /// The template's display name, such as `Zendesk Support`.
    pub template: String,
    /// The slug (`connector_name`), such as `zendesk-support`; older services leave it out.
    pub slug: Option<String>,
    /// The connector type (`actor_definition_id`).
    pub definition_id: String,
    /// `DIRECT`, `REPLICATION` or `MULTI`.
    pub mode: Option<String>,
    /// `direct_only`, `context_store_only` or `direct_and_context_store`.
    pub runtime_mode: Option<String>,
    /// When it was made, as the service writes it.
    pub created_at: Option<String>,
    /// The badge of its Context Store. Best effort: `None` until known.
    pub store: Option<StoreState>,
}

impl Connector {
    /// Returns whether a word names this connector: its id, instance name, template name or slug,
    /// in any letter case.
    pub fn is_called(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        self.names()
            .chain([self.id.as_str()])
            .any(|name| name.to_lowercase() == word)
    }

    /// Returns what it is called besides its id: its slug, instance name and template name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = [self.name.as_str(), self.template.as_str()];
        self.slug.as_deref().into_iter().chain(names)
    }
}

/// The badge of a connector's Context Store, as the service's own screens name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreState {
    /// Nothing has been read yet.
    Loading,
    /// The first rows are being read.
    Building,
    /// Some rows can be searched.
    Preview,
    /// Everything can be searched.
    Ready,
    /// A word that this program does not know.
    Other(String),
}

impl StoreState {
    /// Reads the service's word (`loading | building | preview | ready`).
    pub fn from_word(word: &str) -> StoreState {
        match word.to_lowercase().as_str() {
            "loading" => StoreState::Loading,
            "building" | "building_preview" => StoreState::Building,
            "preview" => StoreState::Preview,
            "ready" => StoreState::Ready,
            _ => StoreState::Other(crate::text::safe(word).into_owned()),
        }
    }

    /// Returns the label that the service's screens show.
    pub fn label(&self) -> &str {
        match self {
            StoreState::Loading => "Loading",
            StoreState::Building => "Building Preview",
            StoreState::Preview => "Preview",
            StoreState::Ready => "Ready",
            StoreState::Other(word) => word,
        }
    }

    /// Returns whether a search is expected to work now.
    pub fn is_searchable(&self) -> bool {
        match self {
            StoreState::Loading | StoreState::Building => false,
            StoreState::Preview | StoreState::Ready | StoreState::Other(_) => true,
        }
    }
}

/// What `inspect` returns for a connector.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// The display name of the definition.
    pub definition_name: Option<String>,
    /// The workspace's UUID.
    pub workspace_id: Option<String>,
    /// The organization's UUID.
    pub organization_id: Option<String>,
    /// The id under which `skills/docs` documents the connector.
    pub docs_skill_id: Option<String>,
    /// Readiness of the Context Store, entity by entity.
    pub entities: Vec<EntityReadiness>,
    /// The warnings of the service.
    pub warnings: Vec<String>,
}

/// Readiness of one entity in the Context Store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityReadiness {
    /// The entity.
    pub entity: String,
    /// The service's own word, such as `READY`.
    pub status: String,
    /// Whether a search is answered now. This decides, not the word.
    pub ready_for_search: bool,
    /// The number of rows held, if stated.
    pub count: Option<u64>,
}

/// Returns the state of the Context Store of an entity, if it is known not to be ready: by what is known of the entity,
/// else by the badge of its connector.
pub fn store_fault<'a>(
    entity: Option<&'a EntityReadiness>,
    badge: Option<&'a StoreState>,
) -> Option<&'a str> {
    let badge = badge.filter(|state| !state.is_searchable());
    let badge = badge.map(StoreState::label);
    match entity {
        Some(entity) if entity.ready_for_search => None,
        Some(entity) => Some(badge.unwrap_or(&entity.status)),
        None => badge,
    }
}

/// A workspace of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its UUID.
    pub id: String,
    /// Its name, by which connectors are listed.
    pub name: String,
    /// `active` or `inactive`.
    pub status: Option<String>,
}

/// An organization that the credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its UUID, sent as `X-Organization-Id`.
    pub id: String,
    /// Its display name.
    pub name: String,
}
