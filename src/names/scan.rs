//! The names and the foreign keys of a page, collected in one pass.

use std::collections::{HashMap, HashSet};

use super::keys::{ForeignKeys, Target, field_of, is_id};
use super::name::name_of;
use crate::domain::call::JsonText;
use crate::envelope::Envelope;
use crate::json::document::{Document, Kind, NodeId};

/// So many names of a page are collected, and so many ids that lead elsewhere.
const MOST: usize = 50_000;
/// So many fields of a record, and so many items of a list of ids, are looked at.
const MOST_FIELDS: usize = 2_000;

/// Whether work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It goes on.
    No,
    /// Nobody waits for it any more.
    Now,
}

/// The names of the records of a page, and the ids in it that lead to other records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageNames {
    /// The connector.
    pub connector_id: String,
    /// The names by id; empty for a record without one.
    pub named: Vec<(Target, Vec<(String, String)>)>,
    /// The ids that lead to other records, each once.
    pub ids: Vec<(Target, Vec<JsonText>)>,
}

/// Collects the names and the foreign keys of a page. Takes time in proportion to its size: call it off the loop.
pub fn scan(keys: &ForeignKeys, envelope: &Envelope, stop: &dyn Fn() -> Stop) -> PageNames {
    let document = &envelope.document;
    let mut named: Vec<_> = keys.own().iter().map(|own| (own, Vec::new())).collect();
    let mut found = Ids::default();
    for record in envelope.whole_records() {
        if stop() == Stop::Now || named.iter().any(|(_, names)| names.len() >= MOST) {
            break;
        }
        if document.kind(record) != Kind::Object {
            continue;
        }
        let name = name_of(document, record).unwrap_or_default();
        for (own, names) in &mut named {
            let id = document.member(record, &own.field);
            if let Some(id) = id.and_then(|id| id_text(document, id)) {
                names.push((id.plain(), name.clone()));
            }
        }
        for member in document.children(record).take(MOST_FIELDS) {
            found.look(keys, document, record, member);
        }
    }
    named.retain(|(_, names)| !names.is_empty());
    let named = named.into_iter();
    PageNames {
        connector_id: keys.connector_id.clone(),
        named: named.map(|(own, names)| (own.clone(), names)).collect(),
        ids: found.into_list(),
    }
}

/// The ids that were found, by what they lead to.
#[derive(Default)]
struct Ids<'a> {
    /// What a field leads to: all records have the same ones.
    targets: HashMap<String, Option<&'a Target>>,
    found: Vec<(&'a Target, HashSet<JsonText>, Vec<JsonText>)>,
    count: usize,
}

impl<'a> Ids<'a> {
    fn look(&mut self, keys: &'a ForeignKeys, document: &Document, record: NodeId, member: NodeId) {
        let Some(key) = field_of(document, member).filter(|_| self.count < MOST) else {
            return;
        };
        let target = match self.targets.get(key.as_ref()) {
            Some(target) => *target,
            None => {
                let target = keys.target(&key);
                self.targets.insert(key.into_owned(), target);
                target
            }
        };
        let Some(target) = target else {
            return;
        };
        let items = document.kind(member) == Kind::Array;
        let items = items.then(|| document.children(member).take(MOST_FIELDS));
        for node in items.into_iter().flatten().chain([member]) {
            if keys.target_of(document, record, node).is_some()
                && let Some(id) = id_text(document, node)
            {
                self.add(target, id);
            }
        }
    }

    fn add(&mut self, target: &'a Target, id: JsonText) {
        let place = self.found.iter().position(|(own, ..)| *own == target);
        let place = place.unwrap_or_else(|| {
            self.found.push((target, HashSet::new(), Vec::new()));
            self.found.len() - 1
        });
        if let Some((_, known, ids)) = self.found.get_mut(place)
            && known.insert(id.clone())
        {
            ids.push(id);
            self.count += 1;
        }
    }

    fn into_list(self) -> Vec<(Target, Vec<JsonText>)> {
        let found = self.found.into_iter();
        found
            .map(|(target, _, ids)| (target.clone(), ids))
            .collect()
    }
}

/// Returns an id as JSON: a number, or a string.
fn id_text(document: &Document, node: NodeId) -> Option<JsonText> {
    if !is_id(document, node) {
        return None;
    }
    match document.kind(node) {
        Kind::String => Some(JsonText::string(&document.plain(node))),
        Kind::Number => JsonText::parse(&document.text(node)).ok(),
        Kind::Object | Kind::Array | Kind::Boolean | Kind::Null => None,
    }
}
