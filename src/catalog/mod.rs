//! Which operations each kind of connector has: bundled facts, united with what `describe` answered.
//!
//! The facts are packed texts in the program, one a kind, and cost nothing until a connector of that
//! kind is chosen; `build.rs` packs them and writes the table of the kinds. They come from the definitions of the official Python SDK (`airbyte-agent-sdk` 0.1.380
//! on PyPI); `assets/catalog/README.md` says how they are written.

mod read;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Read as _;

use crate::domain::connector::Connector;
use crate::domain::operation::{Operation, Parameter};

/// The version of the bundled facts.
pub const VERSION: &str = "0.1.380";

/// A kind of connector that the catalog knows.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// The slug, such as `zendesk-support`.
    pub slug: &'static str,
    /// The display name of the definition file.
    pub name: &'static str,
    /// The connector type's UUID.
    pub definition_id: &'static str,
    packed: &'static [u8],
}

/// A foreign key: a field whose values identify records of another entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The entity whose records have the field.
    pub entity: String,
    /// The field; operations that are inside of the other entity take it as a parameter.
    pub field: String,
    /// The entity that it leads to.
    pub target: String,
    /// The field there that holds the same value.
    pub target_field: String,
}

// A row of the table that the build script writes.
macro_rules! kind {
    ($slug:literal, $name:literal, $id:literal, $packed:expr) => {
        Definition {
            slug: $slug,
            name: $name,
            definition_id: $id,
            packed: $packed,
        }
    };
}

/// Every kind that the catalog knows, by slug.
pub const DEFINITIONS: &[Definition] = include!(concat!(env!("OUT_DIR"), "/kinds.rs"));

impl Definition {
    /// Unpacks the facts. They are a part of the program, tested to be whole.
    fn text(&self) -> String {
        let mut text = String::new();
        let mut unpacker = flate2::read::ZlibDecoder::new(self.packed);
        if unpacker.read_to_string(&mut text).is_err() {
            text.clear();
        }
        text
    }

    /// Returns every operation of this kind. Parses the facts: call it once a connector, not a frame.
    pub fn operations(&self) -> Vec<Operation> {
        read::operations(&self.text())
    }

    /// Returns the foreign keys of this kind. Parses the facts, too.
    pub fn relations(&self) -> Vec<Relation> {
        read::relations(&self.text())
    }
}

/// Finds the kind of a connector: by `definition_id`, then by slug. Display names never join: they
/// differ between the service and the definition files.
pub fn definition_of(connector: &Connector) -> Option<&'static Definition> {
    by_id(&connector.definition_id).or_else(|| {
        connector.slug.as_deref().and_then(|slug| {
            DEFINITIONS
                .iter()
                .find(|definition| definition.slug == slug)
        })
    })
}

/// Finds a kind by its UUID.
pub fn by_id(definition_id: &str) -> Option<&'static Definition> {
    DEFINITIONS
        .iter()
        .find(|definition| definition.definition_id.eq_ignore_ascii_case(definition_id))
}

/// Finds a kind by slug or name, whatever the case.
pub fn by_name(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|definition| {
        definition.slug.eq_ignore_ascii_case(name) || definition.name.eq_ignore_ascii_case(name)
    })
}

/// Returns the slugs and names of all kinds.
pub fn names() -> impl Iterator<Item = &'static str> {
    DEFINITIONS
        .iter()
        .flat_map(|definition| [definition.slug, definition.name])
}

/// Unites two lists field by field. Neither takes away what the other knows; where both speak, the
/// service's word counts for what it can know better (requiredness, allowed values, descriptions)
/// and the catalog's for the rest.
pub fn unite(catalog: Vec<Operation>, described: Vec<Operation>) -> Vec<Operation> {
    let mut united = catalog;
    let key = |operation: &Operation| (operation.entity.clone(), operation.action.clone());
    let mut known: HashMap<(String, String), usize> = united
        .iter()
        .enumerate()
        .map(|(at, own)| (key(own), at))
        .collect();
    let mut added: Vec<Operation> = Vec::new();
    let first_added = united.len();
    for operation in described {
        match known.entry(key(&operation)) {
            Entry::Occupied(at) => {
                let at = *at.get();
                let own = if at < first_added {
                    united.get_mut(at)
                } else {
                    added.get_mut(at - first_added)
                };
                if let Some(own) = own {
                    unite_operation(own, operation);
                }
            }
            Entry::Vacant(place) => {
                place.insert(first_added + added.len());
                added.push(operation);
            }
        }
    }
    // Keeps the catalog's order within an entity and puts new actions beside their entity.
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<Operation>> = Vec::new();
    let mut last: Option<usize> = None;
    for own in united {
        // An entity that the catalog lists in two places keeps both.
        let group = match last.filter(|at| {
            groups[*at]
                .last()
                .is_some_and(|before| before.entity == own.entity)
        }) {
            Some(at) => at,
            None => {
                groups.push(Vec::new());
                groups.len() - 1
            }
        };
        places.insert(own.entity.clone(), group);
        groups[group].push(own);
        last = Some(group);
    }
    for operation in added {
        let group = *places.entry(operation.entity.clone()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(operation);
    }
    groups.into_iter().flatten().collect()
}

fn unite_operation(own: &mut Operation, other: Operation) {
    own.source = own.source.and(other.source);
    own.description = other.description.or(own.description.take());
    let mut known: HashMap<String, usize> = own
        .parameters
        .iter()
        .enumerate()
        .map(|(at, known)| (known.name.clone(), at))
        .collect();
    for parameter in other.parameters {
        match known
            .get(&parameter.name)
            .and_then(|at| own.parameters.get_mut(*at))
        {
            Some(known) => unite_parameter(known, parameter),
            None => {
                known.insert(parameter.name.clone(), own.parameters.len());
                own.parameters.push(parameter);
            }
        }
    }
}

fn unite_parameter(own: &mut Parameter, other: Parameter) {
    use crate::domain::operation::ParameterKind;
    own.source = own.source.and(other.source);
    own.required |= other.required;
    if own.kind == ParameterKind::Any {
        own.kind = other.kind;
    }
    own.description = other.description.or(own.description.take());
    own.default = own.default.take().or(other.default);
    own.format = own.format.take().or(other.format);
    own.items = own.items.take().or(other.items);
    own.minimum = own.minimum.take().or(other.minimum);
    own.maximum = own.maximum.take().or(other.maximum);
    if !other.choices.is_empty() {
        own.choices = other.choices;
    }
    if own.properties.is_empty() {
        own.properties = other.properties;
    }
}
