//! The parts of a reply: status, result, records, metadata, warning. Pure; a part is decoded only
//! when it is requested.

use std::borrow::Cow;
use std::sync::Arc;

use crate::domain::action::Action;
use crate::domain::operation::Operation;
use crate::json::deviation::fault_words;
use crate::json::document::{Document, Kind, NodeId};
use crate::text;

pub mod signs;
#[cfg(test)]
mod tests;

/// The longest status and line, in columns, and the longest beginning that is searched for a title,
/// in bytes.
const LONGEST_STATUS: usize = 40;
const LONGEST_LINE: usize = 200;
const LONGEST_TITLE: usize = 4096;
/// At most this many errors are listed.
const MOST_ERRORS: usize = 3;

/// Names under which services return a list inside of an object, best first.
const LISTS: [&str; 11] = [
    "data",
    "records",
    "results",
    "items",
    "nodes",
    "values",
    "value",
    "entries",
    "edges",
    "campaigns",
    "searchRecords",
];
/// Fields that identify an object as a record.
const IDS: [&str; 7] = ["id", "Id", "ID", "_id", "gid", "sid", "uuid"];
/// The greatest depth of a list inside of the result.
const DEEPEST_LIST: usize = 5;
/// Names of arrays and objects beside a list, as [`signs::plain_name`] writes them: none of them is
/// the list.
const BESIDE: [&str; 20] = [
    "links",
    "link",
    "errors",
    "warnings",
    "notices",
    "facets",
    "facetcounts",
    "included",
    "includes",
    "order",
    "orderby",
    "sort",
    "aggregations",
    "aggs",
    "schema",
    "dimensionheaders",
    "metricheaders",
    "extensions",
    "shards",
    "highlights",
];
/// Further names of lists, accepted only where the operation lists.
const OTHER_LISTS: [&str; 7] = [
    "rows", "content", "hits", "docs", "objects", "entry", "result",
];

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The envelope of the execute endpoint.
    Envelope,
    /// JSON, but not the envelope.
    OtherJson,
    /// Starts as JSON and breaks off.
    Broken,
    /// Not JSON at all, such as HTML of a proxy.
    Text,
    /// No bytes.
    Empty,
}

/// How the records of a reply are found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reading {
    /// A list where the API or a provider's usual names declare one; otherwise one record.
    #[default]
    Plain,
    /// For an operation that lists: the only list in an object that is no record is unwrapped, too.
    List,
    /// A body of several values, such as NDJSON: each is a record.
    Sequence,
}

impl Reading {
    /// Returns how the replies of an operation are read. If its definition returns an object, the
    /// reply is one record.
    pub fn of(action: &str, operation: Option<&Operation>) -> Reading {
        let action = Action::of(action);
        let lists = action == Action::List || action.is_provider_search();
        let one = operation.is_some_and(|operation| operation.returns_object);
        if lists && !one {
            Reading::List
        } else {
            Reading::Plain
        }
    }
}

/// The records of a reply, as nodes of its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// The items of an array.
    Many(NodeId),
    /// One object.
    One(NodeId),
    /// `null`, or a value that cannot be a record.
    None,
}

/// A reply's document and its parts as nodes of it.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The body and its index.
    pub document: Arc<Document>,
    /// What the body is.
    pub shape: Shape,
    /// How it was read for its records.
    pub reading: Reading,
    /// The `result`, or the whole body where there is no envelope.
    pub result: Option<NodeId>,
    /// Where the records are.
    pub records: Records,
    /// The object inside of `result` that contains the records and other members.
    pub wrapper: Option<NodeId>,
    /// `connector_metadata`, unless null.
    pub metadata: Option<NodeId>,
    /// `execution_metadata`.
    pub execution: Option<NodeId>,
    /// `warning`, unless null or empty. An object in newer services, a string in older ones.
    pub warning: Option<NodeId>,
}

impl Envelope {
    /// Finds the parts of a reply, in every shape that services are known to return.
    pub fn read(document: Arc<Document>) -> Envelope {
        let root = document.root();
        let member = |key: &str| root.and_then(|root| document.member(root, key));
        let present = |node: Option<NodeId>| node.filter(|node| !document.is_blank(*node));
        let enveloped = member("status").is_some() || member("execution_metadata").is_some();
        let shape = match (root, document.fault()) {
            (None, _)
                if document
                    .body()
                    .parts()
                    .iter()
                    .flatten()
                    .all(u8::is_ascii_whitespace) =>
            {
                Shape::Empty
            }
            (None, _) => Shape::Text,
            (Some(_), Some(_)) => Shape::Broken,
            (Some(_), None) if enveloped => Shape::Envelope,
            (Some(_), None) => Shape::OtherJson,
        };
        let result = if enveloped {
            member("result").or_else(|| member("data"))
        } else {
            root
        };
        let records = result.map_or(Records::None, |result| records_in(&document, result));
        let wrapper = wrapper(&document, result, records);
        Envelope {
            shape,
            reading: Reading::Plain,
            result,
            records,
            wrapper,
            metadata: present(member("connector_metadata")),
            execution: member("execution_metadata"),
            warning: present(member("warning")),
            document,
        }
    }

    /// Finds the parts of a reply, with its records read as `reading` says.
    pub fn read_as(document: Arc<Document>, reading: Reading) -> Envelope {
        let read = Envelope {
            reading,
            ..Envelope::read(document)
        };
        let (Reading::List, Records::One(object)) = (reading, read.records) else {
            return read;
        };
        match list_in(&read.document, object, DEEPEST_LIST) {
            Some(list) => {
                let records = Records::Many(list);
                Envelope {
                    wrapper: wrapper(&read.document, read.result, records),
                    records,
                    ..read
                }
            }
            None => read,
        }
    }

    /// Returns the `status`, if there is one.
    pub fn status(&self) -> Option<String> {
        let status = self.document.member(self.document.root()?, "status")?;
        Some(self.document.plain(status).into_owned())
    }

    /// Returns whether the service reports success. A missing status counts as success.
    pub fn succeeded(&self) -> bool {
        self.shape != Shape::Envelope || self.status().is_none_or(|status| status == "success")
    }

    /// Returns why the records of the reply cannot be trusted; `None` if it is a page. A
    /// `partial_success` keeps its records ([`Envelope::partial`]).
    pub fn no_page(&self) -> Option<String> {
        match self.shape {
            Shape::Broken => Some(match self.document.fault() {
                Some(fault) if fault.offset < self.document.size() => {
                    format!(
                        "the reply is not JSON throughout ({}), so its records may be incomplete",
                        fault_words(&self.document, fault)
                    )
                }
                Some(_) | None => {
                    "the reply is not whole, so its records may not be all of this page".to_owned()
                }
            }),
            Shape::Empty => Some("the reply is empty".to_owned()),
            Shape::Text => Some(self.text_words()),
            Shape::Envelope if !self.succeeded() && !self.is_partial() => {
                let status = self.status().unwrap_or_default();
                let status = text::cut_end(&text::safe(&status), LONGEST_STATUS).into_owned();
                Some(match self.message() {
                    Some(message) => format!("the service answered `{status}`: {message}"),
                    None => format!("the service answered `{status}` without a reason"),
                })
            }
            Shape::Envelope | Shape::OtherJson => {
                let (data, errors) = self.graphql()?;
                data.is_none()
                    .then(|| format!("the service answered errors in place of data: {errors}"))
            }
        }
    }

    /// Returns what the service states about a reply that has only a part of what was requested;
    /// `None` if it states nothing of that kind.
    pub fn partial(&self) -> Option<String> {
        if self.is_partial() {
            let status = self.status().unwrap_or_default();
            return Some(self.message().unwrap_or(format!(
                "the service calls the reply `{}`",
                text::safe(&status)
            )));
        }
        self.graphql()
            .map(|(_, errors)| format!("errors beside the data: {errors}"))
    }

    fn is_partial(&self) -> bool {
        self.status()
            .is_some_and(|status| matches!(status.as_str(), "partial" | "partial_success"))
    }

    /// Returns the warning in words, cut to one line.
    pub fn warning_words(&self) -> Option<String> {
        let warning = self.warning?;
        let words = ["message", "code"]
            .iter()
            .find_map(|key| self.document.member(warning, key))
            .unwrap_or(warning);
        Some(self.line(words))
    }

    /// Returns the data, unless null, and the errors of a reply in the manner of GraphQL. `None`
    /// where there are no errors.
    fn graphql(&self) -> Option<(Option<NodeId>, String)> {
        let document = &self.document;
        let object = self
            .result
            .filter(|node| document.kind(*node) == Kind::Object)?;
        let errors = document
            .member(object, "errors")
            .filter(|node| document.kind(*node) == Kind::Array)?;
        let messages: Vec<NodeId> = document
            .children(errors)
            .filter_map(|error| document.member(error, "message"))
            .take(MOST_ERRORS)
            .collect();
        let data = document.member(object, "data");
        // Only both together are a sign: a record may well have a list of errors.
        if messages.is_empty() || data.is_none() {
            return None;
        }
        let words: Vec<String> = messages
            .into_iter()
            .map(|message| self.line(message))
            .collect();
        Some((
            data.filter(|data| document.kind(*data) != Kind::Null),
            words.join("; "),
        ))
    }

    /// Returns the service's own words for the failure.
    fn message(&self) -> Option<String> {
        let document = &self.document;
        let root = document.root()?;
        let inner = |node: NodeId| {
            ["message", "detail", "error", "error_message"]
                .iter()
                .find_map(|key| document.member(node, key))
        };
        let said = |node: NodeId| {
            let found = inner(node).filter(|found| !document.is_blank(*found))?;
            Some(if document.is_container(found) {
                inner(found).unwrap_or(found)
            } else {
                found
            })
        };
        let warned = || self.warning.and_then(said);
        said(root)
            .or_else(|| {
                self.result
                    .filter(|node| document.kind(*node) == Kind::Object)
                    .and_then(said)
            })
            .or_else(warned)
            .map(|node| self.line(node))
    }

    /// Describes a body that is not JSON: a web page by its title, anything else by its beginning.
    fn text_words(&self) -> String {
        let body = self
            .document
            .slice(0, self.document.size().min(LONGEST_TITLE));
        let body = String::from_utf8_lossy(&body).into_owned();
        let lower = body.to_ascii_lowercase();
        let title = lower.find("<title>").map(|at| at + "<title>".len());
        let title = title.and_then(|at| {
            Some(
                body.get(at..at + lower.get(at..)?.find("</title>")?)?
                    .trim()
                    .to_owned(),
            )
        });
        let cut = |text: &str| text::cut_end(&text::safe(text), LONGEST_LINE).into_owned();
        match title.filter(|title| !title.is_empty()) {
            Some(title) => format!(
                "a web page was received instead of a reply: `{}`",
                cut(&title)
            ),
            None if lower.contains("<html") => {
                "a web page was received instead of a reply".to_owned()
            }
            None => format!("the reply is not JSON: `{}`", cut(body.trim())),
        }
    }

    /// Returns a value as one harmless line.
    fn line(&self, node: NodeId) -> String {
        text::cut_end(&text::safe(&self.document.plain(node)), LONGEST_LINE).into_owned()
    }

    /// Returns the duration that the service states, in milliseconds.
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

    /// Returns the records that are complete: in a truncated body the last one is not.
    pub fn whole_records(&self) -> Vec<NodeId> {
        let mut records = self.records();
        let document = &self.document;
        if !document.is_whole() || document.fault().is_some() {
            let open = records
                .last()
                .is_some_and(|last| document.is_container(*last) && document.is_unclosed(*last));
            records.truncate(records.len() - usize::from(open));
        }
        records
    }

    /// Returns the names of other lists with usual names beside the records that contain objects:
    /// these are not among the records.
    pub fn lists_beside(&self) -> Vec<String> {
        let (Some(holder), Records::Many(own)) = (self.wrapper, self.records) else {
            return Vec::new();
        };
        let document = &self.document;
        let is_other = |member: &NodeId| *member != own && is_list_of_objects(document, *member);
        let keys = document
            .children(holder)
            .filter(is_other)
            .filter_map(|member| document.key(member));
        keys.filter(|key| LISTS.contains(&key.as_ref()))
            .map(Cow::into_owned)
            .collect()
    }

    /// Returns the last record.
    pub fn last_record(&self) -> Option<NodeId> {
        match self.records {
            Records::Many(node) => self
                .document
                .child_at(node, self.document.child_count(node).checked_sub(1)?),
            Records::One(node) => Some(node),
            Records::None => None,
        }
    }

    /// Looks up a dotted path of the catalog and returns the value, unless it is null or empty.
    pub fn fact(&self, path: &str) -> Option<NodeId> {
        self.place(path)
            .filter(|node| !self.document.is_blank(*node))
    }

    /// Looks up a dotted path of the catalog: in `connector_metadata`, or from the top where it
    /// begins with `result.`. A key that contains dots itself is tried first; keys are taken in
    /// snake case and in camel case, because services return either; without an envelope, `result`
    /// is the whole body. What the metadata lacks may be in any of the objects that have signs
    /// ([`signs`]).
    pub fn place(&self, path: &str) -> Option<NodeId> {
        let root = self.document.root()?;
        let start = if path.starts_with("result.") {
            Some(root)
        } else {
            self.metadata
        };
        let found = start
            .and_then(|start| self.spelled(start, path))
            .or_else(|| self.spelled(self.wrapper?, path));
        let bare = || {
            self.spelled(root, path.strip_prefix("result.")?)
                .filter(|_| self.shape == Shape::OtherJson)
        };
        found.or_else(bare).or_else(|| {
            let leaf = signs::leaf(path);
            signs::objects(self)
                .into_iter()
                .find_map(|(_, object)| self.spelled(object, leaf))
        })
    }

    fn spelled(&self, start: NodeId, path: &str) -> Option<NodeId> {
        self.document.member(start, path).or_else(|| {
            path.split('.').try_fold(start, |at, key| {
                let other = || {
                    if key.contains('_') {
                        camel(key)
                    } else {
                        snake(key)
                    }
                };
                self.document
                    .member(at, key)
                    .or_else(|| self.document.member(at, &other()))
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
            let array = |key: &&str| {
                document
                    .member(result, key)
                    .filter(|node| document.kind(*node) == Kind::Array)
            };
            // The first two names are the API's own; the others are providers', and an object with
            // an id is a record that has such a field.
            let (own, others) = LISTS.split_at(2);
            let others = others.iter().filter(|_| !is_record(document, result));
            let named: Vec<NodeId> = own.iter().chain(others).filter_map(array).collect();
            let full = named
                .iter()
                .copied()
                .find(|list| document.child_count(*list) > 0);
            // An empty list with a usual name is the list, unless another one has the records.
            let empty = || {
                named
                    .first()
                    .copied()
                    .filter(|_| is_record(document, result) || !holds_a_list(document, result))
            };
            full.or_else(empty)
                .map_or(Records::One(result), Records::Many)
        }
        Kind::Null => Records::None,
        Kind::String | Kind::Number | Kind::Boolean => Records::One(result),
    }
}

/// Returns whether an array of an object contains objects that may be records.
fn holds_a_list(document: &Document, object: NodeId) -> bool {
    document
        .children(object)
        .any(|member| is_list_of_objects(document, member) && !stands_beside(document, member))
}

/// Returns whether a member of an object is metadata beside its list, by its name.
fn stands_beside(document: &Document, member: NodeId) -> bool {
    document
        .key(member)
        .is_some_and(|key| BESIDE.contains(&signs::plain_name(&key).as_str()))
}

fn is_list_of_objects(document: &Document, node: NodeId) -> bool {
    let first = if document.kind(node) == Kind::Array {
        document.first_child(node)
    } else {
        None
    };
    first.is_some_and(|first| document.kind(first) == Kind::Object)
}

/// Returns the object that contains the records, where the result has other members, too.
fn wrapper(document: &Document, result: Option<NodeId>, records: Records) -> Option<NodeId> {
    match records {
        Records::Many(list) if Some(list) != result => document.parent(list),
        Records::Many(_) | Records::One(_) | Records::None => None,
    }
}

/// Returns whether an object has a field that identifies a record.
pub fn is_record(document: &Document, object: NodeId) -> bool {
    IDS.iter().any(|key| document.member(object, key).is_some())
}

/// Finds the list inside of an object that is no record: the only array of objects in it, at any
/// depth; of several, the only one with a usual name; otherwise an empty array, where all are
/// empty.
fn list_in(document: &Document, object: NodeId, depth: usize) -> Option<NodeId> {
    if document.kind(object) != Kind::Object {
        return None;
    }
    // A wrapper may have an id, such as that of the request: it differs from a record by paging
    // signs beside a list.
    let is_empty = |member: NodeId| {
        document.kind(member) == Kind::Array
            && document.child_count(member) == 0
            && !stands_beside(document, member)
    };
    let is_wrapper = || match signs::describes(document, object) {
        signs::Describes::Nothing => false,
        signs::Describes::Onward => holds_a_list(document, object),
        signs::Describes::Pages => {
            holds_a_list(document, object) || document.children(object).any(is_empty)
        }
    };
    if is_record(document, object) && !is_wrapper() {
        return None;
    }
    let mut found = Lists::default();
    found.look(document, object, depth, true);
    let only = |lists: &[NodeId]| {
        if let [only] = lists {
            Some(*only)
        } else {
            None
        }
    };
    let empty = || {
        only(&found.named_empty)
            .or_else(|| found.empty.first().copied())
            .filter(|_| found.full.is_empty() && !found.others)
    };
    let plain = || only(&found.plain).filter(|_| found.full.is_empty());
    only(&found.full)
        .or_else(|| only(&found.named))
        .or_else(plain)
        .or_else(empty)
}

/// Returns whether a member is a text, a number or a boolean.
fn is_value(document: &Document, member: NodeId) -> bool {
    matches!(
        document.kind(member),
        Kind::String | Kind::Number | Kind::Boolean
    )
}

/// The arrays inside of an object.
#[derive(Default)]
struct Lists {
    /// Those that contain objects, and of them those with a usual name.
    full: Vec<NodeId>,
    named: Vec<NodeId>,
    /// Those that are empty and directly in the object, or in the only object in it; and those with
    /// a usual name.
    empty: Vec<NodeId>,
    named_empty: Vec<NodeId>,
    /// Those of texts or numbers with a usual name; and whether there are others.
    plain: Vec<NodeId>,
    others: bool,
}

impl Lists {
    fn look(&mut self, document: &Document, object: NodeId, depth: usize, is_alone: bool) {
        // An object with paging facts contains no records.
        let is_inner = |member: &NodeId| {
            document.kind(*member) == Kind::Object
                && !document
                    .key(*member)
                    .is_some_and(|key| signs::holds_signs(&key))
        };
        let has_one = document.children(object).filter(is_inner).nth(1).is_none();
        // An empty array beside other values may be a field of a record.
        let holds_lists = is_alone
            && (signs::describes(document, object) != signs::Describes::Nothing
                || !document
                    .children(object)
                    .any(|member| is_value(document, member)));
        for member in document
            .children(object)
            .filter(|member| !stands_beside(document, *member))
        {
            let is_usual = || {
                document.key(member).is_some_and(|key| {
                    LISTS.contains(&key.as_ref()) || OTHER_LISTS.contains(&key.as_ref())
                })
            };
            match document.kind(member) {
                Kind::Array if is_list_of_objects(document, member) => {
                    self.full.push(member);
                    self.named.extend(Some(member).filter(|_| is_usual()));
                }
                Kind::Array if document.child_count(member) == 0 => {
                    self.empty.extend(Some(member).filter(|_| holds_lists));
                    self.named_empty.extend(Some(member).filter(|_| is_usual()));
                }
                Kind::Array if is_usual() => self.plain.push(member),
                Kind::Array => self.others |= holds_lists,
                Kind::Object if depth > 1 && is_inner(&member) && !is_record(document, member) => {
                    self.look(document, member, depth - 1, is_alone && has_one);
                }
                Kind::Object | Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {}
            }
        }
    }
}
