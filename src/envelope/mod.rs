//! The parts of a reply: status, result, records, metadata, warning. Pure; nothing is decoded that
//! is not asked for.

use std::sync::Arc;

use crate::json::document::{Document, Kind, NodeId};

#[cfg(test)]
mod tests;

/// What a body turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The envelope of the execute endpoint.
    Envelope,
    /// JSON, but not the envelope.
    OtherJson,
    /// Begins as JSON and breaks off.
    Broken,
    /// Not JSON at all, such as HTML of a proxy.
    Text,
    /// No bytes.
    Empty,
}

/// Where the records of a reply stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// The items of an array.
    Many(NodeId),
    /// One object.
    One(NodeId),
    /// `null`, or nothing that could be a record.
    None,
}

/// A reply's document and its parts as nodes of it.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The body and its index.
    pub document: Arc<Document>,
    /// What the body is.
    pub shape: Shape,
    /// The `result`, or the whole body where there is no envelope.
    pub result: Option<NodeId>,
    /// Where the records are.
    pub records: Records,
    /// The object inside of `result` that the records stand in, where they do not stand there alone.
    pub wrapper: Option<NodeId>,
    /// `connector_metadata`, unless null.
    pub metadata: Option<NodeId>,
    /// `execution_metadata`.
    pub execution: Option<NodeId>,
    /// `warning`, unless null or empty. An object in newer services, a string in others.
    pub warning: Option<NodeId>,
}

impl Envelope {
    /// Finds the parts of a reply, in every shape that services have been seen to answer.
    pub fn read(document: Arc<Document>) -> Envelope {
        let root = document.root();
        let member = |key: &str| root.and_then(|root| document.member(root, key));
        let present = |node: Option<NodeId>| node.filter(|node| !document.is_blank(*node));
        let enveloped = member("status").is_some() || member("execution_metadata").is_some();
        let shape = match (root, document.fault()) {
            (None, _) if document.body().parts().iter().flatten().all(u8::is_ascii_whitespace) => Shape::Empty,
            (None, _) => Shape::Text,
            (Some(_), Some(_)) => Shape::Broken,
            (Some(_), None) if enveloped => Shape::Envelope,
            (Some(_), None) => Shape::OtherJson,
        };
        let result = if enveloped { member("result").or_else(|| member("data")) } else { root };
        let records = result.map_or(Records::None, |result| records_in(&document, result));
        let wrapper = result.filter(|result| matches!(records, Records::Many(node) if node != *result));
        Envelope {
            shape,
            result,
            records,
            wrapper,
            metadata: present(member("connector_metadata")),
            execution: member("execution_metadata"),
            warning: present(member("warning")),
            document,
        }
    }

    /// Returns the `status`, if there is one.
    pub fn status(&self) -> Option<String> {
        let status = self.document.member(self.document.root()?, "status")?;
        Some(self.document.plain(status).into_owned())
    }

    /// Says whether the service calls the operation a success. No status counts as one.
    pub fn succeeded(&self) -> bool {
        self.shape != Shape::Envelope || self.status().is_none_or(|status| status == "success")
    }

    /// Returns the time that the service says it took, in milliseconds.
    pub fn service_millis(&self) -> Option<i64> {
        let millis = self.document.member(self.execution?, "execution_time_ms")?;
        self.document.integer(millis)
    }

    /// Returns how many records there are.
    pub fn count(&self) -> u32 {
        match self.records {
            Records::Many(node) => self.document.child_count(node),
            Records::One(_) => 1,
            Records::None => 0,
        }
    }

    /// Returns the records, in order.
    pub fn records(&self) -> Vec<NodeId> {
        match self.records {
            Records::Many(node) => self.document.children(node).collect(),
            Records::One(node) => vec![node],
            Records::None => Vec::new(),
        }
    }

    /// Returns the records that have come whole: the last one of a body that broke off has not.
    pub fn whole_records(&self) -> Vec<NodeId> {
        let mut records = self.records();
        let document = &self.document;
        if !document.is_whole() || document.fault().is_some() {
            let open = records.last().is_some_and(|last| document.is_container(*last) && document.is_unclosed(*last));
            records.truncate(records.len() - usize::from(open));
        }
        records
    }

    /// Returns the last record.
    pub fn last_record(&self) -> Option<NodeId> {
        match self.records {
            Records::Many(node) => self.document.child_at(node, self.document.child_count(node).checked_sub(1)?),
            Records::One(node) => Some(node),
            Records::None => None,
        }
    }

    /// Looks up a dotted path of the catalog and returns the value, unless it is null or empty.
    pub fn fact(&self, path: &str) -> Option<NodeId> {
        self.place(path).filter(|node| !self.document.is_blank(*node))
    }

    /// Looks up a dotted path of the catalog: in `connector_metadata`, or from the top where it begins
    /// with `result.`. A key that holds dots itself is tried first; keys are taken in snake case and
    /// in camel case, for services have been seen to answer either; without an envelope, `result` is
    /// the whole body. What the metadata lacks may stand beside the records.
    pub fn place(&self, path: &str) -> Option<NodeId> {
        let root = self.document.root()?;
        let start = if path.starts_with("result.") { Some(root) } else { self.metadata };
        let found = start.and_then(|start| self.spelled(start, path)).or_else(|| self.spelled(self.wrapper?, path));
        found.or_else(|| self.spelled(root, path.strip_prefix("result.")?).filter(|_| self.shape == Shape::OtherJson))
    }

    fn spelled(&self, start: NodeId, path: &str) -> Option<NodeId> {
        self.document.member(start, path).or_else(|| {
            path.split('.').try_fold(start, |at, key| {
                let other = || if key.contains('_') { camel(key) } else { snake(key) };
                self.document.member(at, key).or_else(|| self.document.member(at, &other()))
            })
        })
    }
}

/// Writes `has_next_page` as `hasNextPage`.
fn camel(key: &str) -> String {
    let mut out = String::new();
    for (index, word) in key.split('_').enumerate() {
        let mut characters = word.chars();
        match characters.next() {
            Some(first) if index > 0 => out.extend(first.to_uppercase()),
            Some(first) => out.push(first),
            None => {}
        }
        out.extend(characters);
    }
    out
}

/// Writes `hasNextPage` as `has_next_page`.
fn snake(key: &str) -> String {
    let mut out = String::new();
    for character in key.chars() {
        if character.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(character.to_lowercase());
    }
    out
}

fn records_in(document: &Document, result: NodeId) -> Records {
    match document.kind(result) {
        Kind::Array => Records::Many(result),
        Kind::Object => {
            let array = |key: &&str| document.member(result, key).filter(|node| document.kind(*node) == Kind::Array);
            let inner = ["data", "records"].iter().find_map(array);
            // Providers' own names for a list; an object with an id of its own is a record that has such a field.
            let is_record = ["id", "Id", "gid"].iter().any(|key| document.member(result, key).is_some());
            let named = || ["results", "items", "values", "value", "entries"].iter().find_map(array).filter(|_| !is_record);
            inner.or_else(named).map_or(Records::One(result), Records::Many)
        }
        Kind::Null => Records::None,
        Kind::String | Kind::Number | Kind::Boolean => Records::One(result),
    }
}
