//! What is known of the records of a page: their identities, contents, fields and order.
//!
//! A scan walks over all records once, so it is made off the UI loop. Comparing pages with each
//! other afterwards costs no more than the number of their records.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::envelope::Envelope;
use crate::json::document::{Document, Kind, NodeId};

/// Fields that identify a record, best first. A record without one is identified by its whole
/// content.
const IDS: [&str; 6] = ["id", "Id", "ID", "_id", "gid", "uuid"];
/// Words in the names of fields that services sort by.
const SORTED_BY: [&str; 9] = [
    "created", "updated", "modified", "date", "time", "_at", "number", "position", "name",
];
/// At most this many fields of a page are checked for their order.
const MOST_ORDERS: usize = 8;

/// What is known of the records of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageScan {
    /// The records, in order.
    pub records: Vec<NodeId>,
    /// A hash of what identifies each record: its id, or its content.
    pub identities: Vec<u64>,
    /// A hash of the content of each record.
    pub contents: Vec<u64>,
    /// Whether each record has an id of its own; one without is identified by its content.
    pub has_id: Vec<bool>,
    /// A hash of the number, key or name of each record without an id; 0 for one that has none of
    /// these.
    pub names: Vec<u64>,
    /// Whether records with the same id differ, so that ids do not identify them.
    pub ids_fail: bool,
    /// The fields that every record has.
    pub always: BTreeSet<String>,
    /// The fields that any record has.
    pub ever: BTreeSet<String>,
    /// The fields that the page is sorted by.
    pub orders: Vec<Order>,
    /// Why the reply is no page, where it is none ([`Envelope::no_page`]).
    pub no_page: Option<String>,
    /// What the service states about a partial reply ([`Envelope::partial`]).
    pub partial: Option<String>,
    /// The warning of the service ([`Envelope::warning_words`]).
    pub warning: Option<String>,
}

/// The order of a page by one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The field.
    pub field: String,
    /// Whether the values never decrease.
    pub rises: bool,
    /// Whether the values never increase.
    pub falls: bool,
    /// The first record's value.
    pub first: OrderKey,
    /// The last record's value.
    pub last: OrderKey,
}

/// A value that records are sorted by.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum OrderKey {
    /// A number, also one written as text.
    Number(f64),
    /// Text, such as a date.
    Text(Box<str>),
}

/// Where records of one shape have their id and sort keys.
struct ShapeOf {
    keys: Vec<String>,
    id: Option<usize>,
    sorted_by: Vec<(usize, usize)>,
}

impl PageScan {
    /// Scans the records of a reply.
    pub fn of(reply: &Envelope) -> PageScan {
        let mut surveyor = PageScanner::default();
        let records = reply.records();
        let mut identities = Vec::with_capacity(records.len());
        let mut contents = Vec::with_capacity(records.len());
        let mut has_id = Vec::with_capacity(records.len());
        let mut names = Vec::new();
        for record in &records {
            let content = hash(b"all", &reply.document.raw(*record));
            let id = surveyor.look(&reply.document, *record);
            identities.push(id.map_or(content, |id| hash(b"id", plain(&reply.document, id))));
            contents.push(content);
            has_id.push(id.is_some());
            if id.is_none() {
                names.push(
                    known_by(reply, *record).map_or(0, |name| hash(b"name", name.as_bytes())),
                );
            }
        }
        let mut known: HashMap<u64, u64> = HashMap::with_capacity(records.len());
        let ids_fail = identities
            .iter()
            .zip(&contents)
            .any(|(identity, content)| *known.entry(*identity).or_insert(*content) != *content);
        let every = |shapes: &HashMap<u64, ShapeOf>| -> (BTreeSet<String>, BTreeSet<String>) {
            let mut sets = shapes
                .values()
                .map(|shape| shape.keys.iter().cloned().collect::<BTreeSet<String>>());
            let first = sets.next().unwrap_or_default();
            sets.fold((first.clone(), first), |(always, ever), keys| {
                (
                    always.intersection(&keys).cloned().collect(),
                    ever.union(&keys).cloned().collect(),
                )
            })
        };
        let (always, ever) = every(&surveyor.shapes);
        PageScan {
            records,
            identities,
            contents,
            has_id,
            names,
            ids_fail,
            always,
            ever,
            orders: surveyor.orders(),
            no_page: reply.no_page(),
            partial: reply.partial(),
            warning: reply.warning_words(),
        }
    }

    /// Returns the records without duplicates: those whose id is on an earlier page (`new` is
    /// false), and those that equal an earlier record of this page. Records without an id always
    /// stay.
    pub fn once_each(&self, new: &[bool]) -> Vec<NodeId> {
        let mut here = HashSet::new();
        let alike = self.identities.iter().zip(&self.contents);
        let is_first = alike.map(|pair| here.insert(pair)).collect::<Vec<_>>();
        let stays = |at: &usize| !self.has_id[*at] || new[*at] && is_first[*at];
        (0..self.records.len())
            .filter(stays)
            .map(|at| self.records[at])
            .collect()
    }

    /// Returns the positions of records whose id an earlier record of the page has, and whether all
    /// of them have the same content.
    pub(super) fn equal_ids(&self) -> (Vec<usize>, bool) {
        let mut first = HashMap::new();
        let (mut equal, mut are_same) = (Vec::new(), true);
        for at in (0..self.records.len()).filter(|at| self.has_id[*at]) {
            match first.entry(self.identities[at]) {
                Entry::Vacant(place) => {
                    place.insert(self.contents[at]);
                }
                Entry::Occupied(before) => {
                    equal.push(at);
                    are_same &= *before.get() == self.contents[at];
                }
            }
        }
        (equal, are_same)
    }

    /// Returns what identifies the records: their ids, or their contents where ids fail.
    pub(super) fn marks(&self, by_content: bool) -> &[u64] {
        if by_content {
            &self.contents
        } else {
            &self.identities
        }
    }
}

/// Returns the id of a record, as text without quotes.
pub(super) fn id_of(reply: &Envelope, record: NodeId) -> Option<String> {
    let document = &reply.document;
    let id = IDS.iter().find_map(|key| {
        document
            .member(record, key)
            .filter(|id| !document.is_blank(*id) && !document.is_container(*id))
    })?;
    Some(document.plain(id).into_owned())
}

/// Returns what a person would identify a record by: its id, else its number, key or name.
pub(super) fn known_by(reply: &Envelope, record: NodeId) -> Option<String> {
    let document = &reply.document;
    let named = || {
        let name = ["number", "key", "name", "sha", "ts"]
            .iter()
            .find_map(|key| document.member(record, key))?;
        (!document.is_container(name)).then(|| document.plain(name).into_owned())
    };
    id_of(reply, record).or_else(named)
}

fn hash(kind: &[u8], bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(kind);
    hasher.write(bytes);
    hasher.finish()
}

/// Returns a scalar's bytes without quotes.
fn plain(document: &Document, node: NodeId) -> &[u8] {
    let raw = document.scalar(node).unwrap_or_default();
    raw.strip_prefix(b"\"")
        .and_then(|raw| raw.strip_suffix(b"\""))
        .unwrap_or(raw)
}

/// A field during the scan of a page.
struct Track<'a> {
    field: String,
    rises: bool,
    falls: bool,
    ends: Option<(Key<'a>, Key<'a>)>,
    count: usize,
}

/// A value that records are sorted by, still in the document.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Key<'a> {
    Number(f64),
    Text(Cow<'a, str>),
}

impl Key<'_> {
    fn keep(self) -> OrderKey {
        match self {
            Key::Number(number) => OrderKey::Number(number),
            Key::Text(text) => OrderKey::Text(text.into()),
        }
    }
}

#[derive(Default)]
struct PageScanner<'a> {
    /// The shapes of the records: most pages have one or a few.
    shapes: HashMap<u64, ShapeOf>,
    tracks: Vec<Track<'a>>,
    count: usize,
    /// The members of the current record, and their keys.
    members: Vec<NodeId>,
    keys: Vec<&'a [u8]>,
    /// The keys and the shape of the previous record: consecutive records are mostly alike.
    before: Vec<&'a [u8]>,
    last: u64,
}

impl<'a> PageScanner<'a> {
    /// Adds a record. Returns its id, if it has one.
    fn look(&mut self, document: &'a Document, record: NodeId) -> Option<NodeId> {
        self.count += 1;
        if document.kind(record) != Kind::Object {
            return None;
        }
        self.members.clear();
        self.keys.clear();
        for member in document.children(record) {
            self.members.push(member);
            self.keys.push(document.raw_key(member).unwrap_or_default());
        }
        if self.shapes.is_empty() || self.keys != self.before {
            let mut hasher = DefaultHasher::new();
            self.keys.hash(&mut hasher);
            self.last = hasher.finish();
            if !self.shapes.contains_key(&self.last) {
                let shape = self.shape(document);
                self.shapes.insert(self.last, shape);
            }
            std::mem::swap(&mut self.keys, &mut self.before);
        }
        let shape = self.shapes.get(&self.last)?;
        for (at, track) in &shape.sorted_by {
            let Some(key) = order_key(document, self.members[*at]) else {
                continue;
            };
            let track = &mut self.tracks[*track];
            track.count += 1;
            track.ends = Some(match track.ends.take() {
                Some((first, last)) => {
                    track.rises = track.rises && last <= key;
                    track.falls = track.falls && last >= key;
                    (first, key)
                }
                None => (key.clone(), key),
            });
        }
        let id = self.members[shape.id?];
        (!document.is_blank(id) && !document.is_container(id)).then_some(id)
    }

    /// Derives a shape from the members of its first record.
    fn shape(&mut self, document: &Document) -> ShapeOf {
        let keys: Vec<String> = self
            .members
            .iter()
            .map(|member| {
                document
                    .key(*member)
                    .map(|key| key.into_owned())
                    .unwrap_or_default()
            })
            .collect();
        let id = IDS
            .iter()
            .find_map(|id| keys.iter().rposition(|key| key == id));
        let mut sorted_by = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            if Some(at) != id && !sorts(key) {
                continue;
            }
            let track = match self.tracks.iter().position(|track| track.field == *key) {
                Some(track) => track,
                None if self.tracks.len() < MOST_ORDERS => {
                    self.tracks.push(Track {
                        field: key.clone(),
                        rises: true,
                        falls: true,
                        ends: None,
                        count: 0,
                    });
                    self.tracks.len() - 1
                }
                None => continue,
            };
            sorted_by.push((at, track));
        }
        ShapeOf {
            keys,
            id,
            sorted_by,
        }
    }

    /// Returns the orders by fields that every record has.
    fn orders(self) -> Vec<Order> {
        let count = self.count;
        let whole = self.tracks.into_iter().filter(|track| track.count == count);
        whole
            .filter_map(|track| {
                let (first, last) = track.ends?;
                Some(Order {
                    field: track.field,
                    rises: track.rises,
                    falls: track.falls,
                    first: first.keep(),
                    last: last.keep(),
                })
            })
            .collect()
    }
}

/// Returns whether services commonly sort by a field of this name.
fn sorts(key: &str) -> bool {
    let key = key.to_lowercase();
    SORTED_BY.iter().any(|word| key.contains(word))
}

fn order_key<'a>(document: &'a Document, node: NodeId) -> Option<Key<'a>> {
    match document.kind(node) {
        Kind::Number | Kind::String => {
            let text = document.plain(node);
            // Digits alone are a number, also when written as text; a date is not.
            let number = || text.parse::<f64>().ok().filter(|number| number.is_finite());
            let may_be = text
                .bytes()
                .next_back()
                .is_some_and(|last| last.is_ascii_digit() || last == b'.');
            Some(match may_be.then(number).flatten() {
                Some(number) => Key::Number(number),
                None => Key::Text(text),
            })
        }
        Kind::Object | Kind::Array | Kind::Boolean | Kind::Null => None,
    }
}
