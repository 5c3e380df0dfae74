//! Which fields of a record are foreign keys, and whose records they lead to.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::attachments::spelling::{PEOPLE, plain, singular, stem};
use crate::catalog::Relation;
use crate::domain::operation::Operation;
use crate::json::document::{Document, Kind, NodeId};

/// The entity of users.
const USERS: &str = "users";
/// The field of a user's id that says no more, as in Slack's messages.
const USER: &str = "user";
/// The field that identifies a record unless a relation names another one.
const ID: &str = "id";
/// A longer value is no id, in bytes.
const LONGEST_ID: usize = 200;
/// A longer key is no foreign key, in bytes.
const LONGEST_FIELD: usize = 100;

/// The records that ids identify: an entity, and its field that holds the id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The entity.
    pub entity: String,
    /// The field.
    pub field: String,
}

/// The foreign keys of the records of an entity, and what those records are known by.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignKeys {
    /// The connector.
    pub connector_id: String,
    /// By field, as the relations state it; `None` where a field leads to records of several entities.
    by_field: HashMap<String, Option<Target>>,
    /// By what the name of a field says it identifies.
    by_stem: HashMap<String, Target>,
    /// The records themselves, by each field that identifies them.
    own: Vec<Target>,
}

impl ForeignKeys {
    /// Collects the foreign keys of an entity. Goes through all operations: call it once an entity, not a frame.
    pub fn of(
        operations: &[Operation],
        relations: &[Relation],
        connector_id: &str,
        entity: &str,
    ) -> ForeignKeys {
        let relations = || relations.iter().filter(|relation| is_unique(relation));
        let target = |relation: &Relation| Target {
            entity: relation.target.clone(),
            field: relation.target_field.clone(),
        };
        let mut by_field: HashMap<String, Option<Target>> = HashMap::new();
        for relation in relations().filter(|relation| relation.entity == entity) {
            match by_field.entry(relation.field.clone()) {
                Entry::Vacant(place) => {
                    place.insert(Some(target(relation)));
                }
                // The id alone does not say whose it is: no name is better than a wrong one.
                Entry::Occupied(mut place) if *place.get() != Some(target(relation)) => {
                    place.insert(None);
                }
                Entry::Occupied(_) => {}
            }
        }
        let usual = |entity: &str| {
            relations()
                .find(|relation| relation.target == entity)
                .map_or_else(
                    || Target {
                        entity: entity.to_owned(),
                        field: ID.to_owned(),
                    },
                    target,
                )
        };
        let mut by_stem = HashMap::new();
        for operation in operations {
            let stem = plain(&singular(&operation.entity));
            by_stem
                .entry(stem)
                .or_insert_with(|| usual(&operation.entity));
        }
        if operations.iter().any(|operation| operation.entity == USERS) {
            for stem in PEOPLE {
                by_stem
                    .entry(stem.to_owned())
                    .or_insert_with(|| usual(USERS));
            }
        }
        let mut own = vec![usual(entity)];
        for relation in relations().filter(|relation| relation.target == entity) {
            let target = target(relation);
            if !own.contains(&target) {
                own.push(target);
            }
        }
        ForeignKeys {
            connector_id: connector_id.to_owned(),
            by_field,
            by_stem,
            own,
        }
    }

    /// Returns whose records a field of a record leads to.
    pub fn target(&self, field: &str) -> Option<&Target> {
        match self.by_field.get(field) {
            Some(target) => target.as_ref(),
            None if field == USER => self.by_stem.get(USER),
            None => self.by_stem.get(&stem(field)?),
        }
    }

    /// Returns whose record a value identifies: a field of the record, or an item of an array that is one.
    pub fn target_of(&self, document: &Document, record: NodeId, node: NodeId) -> Option<&Target> {
        if !is_id(document, node) || node == record {
            return None;
        }
        let parent = document.parent(node)?;
        let member = if parent == record {
            node
        } else {
            let is_list = document.kind(parent) == Kind::Array;
            let holds = is_list && document.parent(parent) == Some(record);
            holds.then_some(parent)?
        };
        self.target(&field_of(document, member)?)
    }

    /// Returns the records themselves, by each field that identifies them.
    pub(super) fn own(&self) -> &[Target] {
        &self.own
    }
}

/// Returns whether a value can be an id. This runs for each row that is drawn, so what is long is not looked at.
pub(super) fn is_id(document: &Document, node: NodeId) -> bool {
    let is_short = document
        .scalar(node)
        .is_some_and(|raw| raw.len() <= LONGEST_ID);
    is_short
        && matches!(document.kind(node), Kind::String | Kind::Number)
        && !document.is_blank(node)
}

/// Returns the key of a value that can be the name of a foreign key.
pub(super) fn field_of(document: &Document, member: NodeId) -> Option<Cow<'_, str>> {
    let is_short = document.raw_key(member)?.len() <= LONGEST_FIELD;
    document.key(member).filter(|_| is_short)
}

/// Returns whether the field of a relation tells records of the whole connector apart. A number counts only inside of
/// what holds the record, such as the repository of an issue.
fn is_unique(relation: &Relation) -> bool {
    !relation.target_field.is_empty() && relation.target_field != "number"
}
