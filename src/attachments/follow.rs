//! Where a record leads: the operations that can be asked about it, their parameters filled in from it.

use super::finder::id_of;
use super::spelling::{PEOPLE, identifies, plain, singular, stem};
use crate::catalog::Relation;
use crate::domain::action::Action;
use crate::domain::call::{Call, JsonText, Params, value_of};
use crate::domain::operation::Operation;
use crate::json::document::{Document, Kind, NodeId};

/// An operation that can be asked about a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// The entity.
    pub entity: String,
    /// The action.
    pub action: String,
    /// The parameters that it takes of the record and of the call that brought it.
    pub params: Params,
    /// Those that it takes of the record, each with the field.
    pub taken: Vec<(String, String)>,
}

/// Returns the operations that a record leads to: its children first, then its parents, then the
/// record itself.
pub fn leads(
    operations: &[Operation],
    relations: &[Relation],
    call: &Call,
    document: &Document,
    record: NodeId,
) -> Vec<Lead> {
    let mut found: Vec<(u8, Lead)> = Vec::new();
    for operation in operations {
        let place = (document, record);
        let first = lead(operation, relations, call, place, None);
        let named = named(operation, call, place).into_iter();
        let others = named
            .filter(|own| {
                let taken = first.as_ref().map(|(_, lead)| &lead.taken);
                !taken.is_some_and(|taken| taken.contains(own))
            })
            .filter_map(|(param, field)| {
                lead(operation, relations, call, place, Some((&param, &field)))
            });
        let others: Vec<_> = others.collect();
        found.extend(first.into_iter().chain(others));
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, lead)| lead).collect()
}

/// Returns how an operation is asked about a record, with its rank among others: 0 for a child of the record, 1 for a
/// parent, 2 for the record itself. `instead` names a parameter and the field that it takes in place of what is derived.
pub fn lead(
    operation: &Operation,
    relations: &[Relation],
    call: &Call,
    (document, record): (&Document, NodeId),
    instead: Option<(&str, &str)>,
) -> Option<(u8, Lead)> {
    let action = Action::of(&operation.action);
    if !action.only_reads() || action.reads_store() || action.is_download() {
        return None;
    }
    let (mut params, mut taken, mut rank) = (Params::default(), Vec::new(), None);
    for parameter in operation.parameters.iter().filter(|own| own.required) {
        let name = &parameter.name;
        let of_record = match instead.filter(|(param, _)| param == name) {
            Some((_, named)) => Some((1, field(document, record, named)?)),
            None => from_record(operation, name, relations, call, document, record),
        };
        let text = of_record.map(|(own, node)| {
            rank = Some(rank.map_or(own, |rank: u8| rank.min(own)));
            let key = document.key(node).unwrap_or_default().into_owned();
            taken.push((name.clone(), key));
            document.plain(node).into_owned()
        });
        let text = text.or_else(|| call.params.get(name).map(JsonText::plain));
        let value =
            text.and_then(|text| value_of(parameter.kind, parameter.items.as_deref(), &text).ok());
        match value {
            Some(value) => params.set(name, value),
            None if parameter.scoped => {}
            None => return None,
        }
    }
    let lead = Lead {
        entity: operation.entity.clone(),
        action: operation.action.clone(),
        params,
        taken,
    };
    rank.map(|rank| (rank, lead))
}

/// Returns the fields of a record that by their names hold the id of what an operation returns one of, each with the
/// parameter that takes it: `organization_id` of `organizations`, `author_id` of `users`.
pub fn named(
    operation: &Operation,
    call: &Call,
    (document, record): (&Document, NodeId),
) -> Vec<(String, String)> {
    if Action::of(&operation.action) != Action::Get || operation.entity == call.entity {
        return Vec::new();
    }
    let mut required = operation.parameters.iter();
    let param = required.find(|own| own.required && identifies(&own.name, &operation.entity));
    let Some(param) = param else {
        return Vec::new();
    };
    let one = plain(&singular(&operation.entity));
    let is_its_id = |key: &str| {
        stem(key)
            .is_some_and(|stem| stem == one || one == "user" && PEOPLE.contains(&stem.as_str()))
    };
    let keys = document
        .children(record)
        .filter_map(|node| document.key(node));
    keys.filter(|key| is_its_id(key) && field(document, record, key).is_some())
        .map(|key| (param.name.clone(), key.into_owned()))
        .collect()
}

/// Returns a field of a record that can be the value of a parameter.
fn field(document: &Document, record: NodeId, name: &str) -> Option<NodeId> {
    document.member(record, name).filter(|node| {
        matches!(document.kind(*node), Kind::String | Kind::Number) && !document.is_blank(*node)
    })
}

/// Returns the value of a parameter from a record, and the rank of the operation: 0 for a child of
/// the record, 1 for a parent, 2 for the record itself.
fn from_record(
    operation: &Operation,
    parameter: &str,
    relations: &[Relation],
    call: &Call,
    document: &Document,
    record: NodeId,
) -> Option<(u8, NodeId)> {
    let field = |name: &str| field(document, record, name);
    let itself = operation.entity == call.entity;
    let by_id = stem(parameter).is_some_and(|stem| {
        stem.is_empty() || plain(&singular(&operation.entity)).ends_with(&stem)
    });
    let down = relations.iter().find(|relation| {
        relation.entity == operation.entity
            && relation.target == call.entity
            && relation.field == parameter
    });
    if let Some(relation) = down.filter(|_| !itself) {
        return Some((
            0,
            field(&relation.target_field).or_else(|| id_of(document, record))?,
        ));
    }
    if !itself
        && stem(parameter)
            .is_some_and(|stem| !stem.is_empty() && stem == plain(&singular(&call.entity)))
    {
        return Some((0, id_of(document, record)?));
    }
    let reads_one = Action::of(&operation.action) == Action::Get;
    let up = relations
        .iter()
        .find(|relation| relation.entity == call.entity && relation.target == operation.entity);
    if let Some(relation) = up.filter(|_| reads_one && by_id && !itself) {
        return Some((1, field(&relation.field)?));
    }
    if itself && reads_one {
        return Some((
            2,
            if by_id {
                id_of(document, record)?
            } else {
                field(parameter)?
            },
        ));
    }
    None
}
