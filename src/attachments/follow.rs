//! Where a record leads: the operations that can be asked about it, their parameters filled in from it.

use super::finder::id_of;
use super::spelling::{plain, singular, stem};
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
    for operation in operations.iter().filter(|operation| {
        let action = Action::of(&operation.action);
        action.only_reads() && !action.reads_store() && !action.is_download()
    }) {
        let mut params = Params::default();
        let (mut rank, mut complete) = (None, true);
        for parameter in operation
            .parameters
            .iter()
            .filter(|parameter| parameter.required)
        {
            let of_record = from_record(
                operation,
                &parameter.name,
                relations,
                call,
                document,
                record,
            );
            let text = of_record.map(|(own, node)| {
                rank = Some(rank.map_or(own, |rank: u8| rank.min(own)));
                document.plain(node).into_owned()
            });
            let text = text.or_else(|| call.params.get(&parameter.name).map(JsonText::plain));
            match text
                .and_then(|text| value_of(parameter.kind, parameter.items.as_deref(), &text).ok())
            {
                Some(value) => params.set(&parameter.name, value),
                None if parameter.scoped => {}
                None => complete = false,
            }
        }
        if let Some(rank) = rank.filter(|_| complete) {
            found.push((
                rank,
                Lead {
                    entity: operation.entity.clone(),
                    action: operation.action.clone(),
                    params,
                },
            ));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, lead)| lead).collect()
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
    let field = |name: &str| {
        document.member(record, name).filter(|node| {
            matches!(document.kind(*node), Kind::String | Kind::Number) && !document.is_blank(*node)
        })
    };
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
