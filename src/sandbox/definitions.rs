//! The definitions of the connectors, read from `assets/catalog` at their first use.

use std::sync::OnceLock;

use serde_json::Value;

use super::unlisted;

// A row of the table that the build script writes.
macro_rules! kind {
    ($slug:literal, $name:literal, $id:literal, $packed:expr) => {
        ($slug, $packed)
    };
}

/// The slug and the packed definition of every kind, by slug.
const KINDS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/kinds.rs"));

/// The kinds that are configured without `--all-connectors`.
#[rustfmt::skip]
const ALWAYS: [&str; 12] = [
    "github", "hubspot", "linear", "slack", "zendesk-support", "stripe", "jira", "google-drive", "gong", "salesforce", "intercom", "notion",
];

/// The number of kinds that are configured without `--all-connectors`.
pub(super) const FIRST: usize = ALWAYS.len();

/// Returns all definitions: those that are always configured first, then the rest by slug.
pub(super) fn all() -> &'static [Value] {
    static PARSED: OnceLock<Vec<Value>> = OnceLock::new();
    PARSED.get_or_init(|| {
        let mut kinds = KINDS.to_vec();
        kinds.sort_by_key(|(slug, _)| {
            ALWAYS
                .iter()
                .position(|always| always == slug)
                .unwrap_or(FIRST)
        });
        let parsed = |packed| {
            serde_json::from_reader(flate2::read::ZlibDecoder::new(packed)).unwrap_or(Value::Null)
        };
        kinds
            .into_iter()
            .map(|(_, packed)| parsed(packed))
            .collect()
    })
}

/// Finds a definition by slug, including the kind that no catalog knows.
pub(super) fn by_slug(slug: &str) -> Option<&'static Value> {
    all()
        .iter()
        .chain(std::iter::once(unlisted::definition()))
        .find(|definition| definition["slug"] == slug)
}

/// Finds an entity of a definition.
pub(super) fn entity<'a>(definition: &'a Value, name: &str) -> Option<&'a Value> {
    items(&definition["entities"])
        .iter()
        .find(|entity| entity["name"] == name)
}

/// Finds an action of an entity.
pub(super) fn action<'a>(entity: &'a Value, name: &str) -> Option<&'a Value> {
    items(&entity["actions"])
        .iter()
        .find(|action| action["name"] == name)
}

/// Returns the items of an array; none for anything else.
pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
