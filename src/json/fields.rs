//! Statistics of the fields of records: how often, of which types, how many distinct values.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::distribution::{Distribution, MOST_NAMED_IN_ALL, Tally};
use super::document::{Document, Kind, NodeId};
use super::steps::{push_items, push_key};

/// The greatest depth of objects and arrays that are followed.
const DEEPEST: usize = 8;
/// The greatest number of fields; further ones are not counted.
const MOST_FIELDS: usize = 2000;
/// The greatest number of distinct values that are counted.
pub const MOST_DISTINCT: usize = 10_000;
/// The number of examples kept of a field, and the length of each in characters.
const EXAMPLES: (usize, usize) = (5, 60);

/// A field over all records: its path ([`super::steps`]), with `[]` for the items of an array.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The path from the record.
    pub path: String,
    /// The number of records that have it, also as null.
    pub records: u64,
    /// The number of values.
    pub values: u64,
    /// The number of nulls.
    pub nulls: u64,
    /// The number of values of each kind, null among them.
    pub kinds: Vec<(Kind, u64)>,
    /// The smallest and the largest number, as written.
    pub numbers: Option<(String, String)>,
    /// The length of the shortest and of the longest text, in characters; of arrays and objects,
    /// the number of items.
    pub lengths: Option<(u64, u64)>,
    /// Distinct example values, in order of appearance.
    pub examples: Vec<String>,
    /// How its values are distributed, once all records were added ([`Fields::conclude`]).
    pub distribution: Distribution,
    tally: Tally,
    distinct: HashSet<u64>,
    last_record: u64,
}

impl Field {
    /// Returns the number of distinct values; `None` if more than [`MOST_DISTINCT`].
    pub fn distinct(&self) -> Option<usize> {
        (self.distinct.len() <= MOST_DISTINCT).then_some(self.distinct.len())
    }
}

/// The fields of records, in order of appearance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields {
    /// The number of records added.
    pub records: u64,
    /// The fields.
    pub fields: Vec<Field>,
    /// Whether there are more fields than are counted.
    pub cut: bool,
    places: HashMap<String, usize>,
    /// How many distinct values are counted by name so far.
    named: usize,
}

impl Fields {
    /// Concludes how the values are distributed: all records were added.
    pub fn conclude(&mut self) {
        for field in &mut self.fields {
            field.distribution = std::mem::take(&mut field.tally).conclude();
        }
    }

    /// Adds a record.
    pub fn look(&mut self, document: &Document, record: NodeId) {
        self.records += 1;
        let mut path = String::new();
        match document.kind(record) {
            Kind::Object | Kind::Array => self.inside(document, record, &mut path, 0),
            Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {
                self.value(document, record, super::table::SCALAR)
            }
        }
    }

    fn inside(&mut self, document: &Document, container: NodeId, path: &mut String, depth: usize) {
        let length = path.len();
        let is_object = document.kind(container) == Kind::Object;
        for child in document.children(container) {
            if is_object {
                push_key(path, &document.key(child).unwrap_or_default());
            } else {
                push_items(path);
            }
            self.value(document, child, path);
            if depth < DEEPEST && document.is_container(child) {
                self.inside(document, child, path, depth + 1);
            }
            path.truncate(length);
        }
    }

    fn value(&mut self, document: &Document, node: NodeId, path: &str) {
        let place = match self.places.get(path) {
            Some(place) => *place,
            None if self.fields.len() == MOST_FIELDS => {
                self.cut = true;
                return;
            }
            None => {
                self.places.insert(path.to_owned(), self.fields.len());
                self.fields.push(Field {
                    path: path.to_owned(),
                    records: 0,
                    values: 0,
                    nulls: 0,
                    kinds: Vec::new(),
                    numbers: None,
                    lengths: None,
                    examples: Vec::new(),
                    distribution: Distribution::Empty,
                    tally: Tally::default(),
                    distinct: HashSet::new(),
                    last_record: 0,
                });
                self.fields.len() - 1
            }
        };
        let records = self.records;
        let field = &mut self.fields[place];
        field.values += 1;
        if field.last_record != records {
            field.last_record = records;
            field.records += 1;
        }
        let kind = document.kind(node);
        match field.kinds.iter_mut().find(|(own, _)| *own == kind) {
            Some((_, count)) => *count += 1,
            None => field.kinds.push((kind, 1)),
        }
        let length = match kind {
            Kind::Null => {
                field.nulls += 1;
                return;
            }
            Kind::Object | Kind::Array => {
                field.measure(u64::from(document.child_count(node)));
                return;
            }
            Kind::String => document.raw_string(node).map(characters),
            Kind::Number | Kind::Boolean => None,
        };
        if let Some(length) = length {
            field.measure(length);
        }
        let raw = document.scalar(node).unwrap_or_default();
        if kind == Kind::Number {
            field.compare(&String::from_utf8_lossy(raw));
        }
        let mut hasher = DefaultHasher::new();
        raw.hash(&mut hasher);
        let hash = hasher.finish();
        let mut left = MOST_NAMED_IN_ALL.saturating_sub(self.named);
        let before = left;
        field.tally.count(hash, raw, &mut left);
        self.named += before - left;
        if field.distinct.len() <= MOST_DISTINCT
            && field.distinct.insert(hash)
            && field.examples.len() < EXAMPLES.0
        {
            // Only as much as is shown: a value may be huge.
            let seen = &raw[..raw.len().min(EXAMPLES.1 * 6)];
            let text = String::from_utf8_lossy(seen);
            field
                .examples
                .push(text.trim_matches('"').chars().take(EXAMPLES.1).collect());
        }
    }
}

impl Field {
    fn measure(&mut self, length: u64) {
        self.lengths = Some(match self.lengths {
            Some((least, most)) => (least.min(length), most.max(length)),
            None => (length, length),
        });
    }

    fn compare(&mut self, number: &str) {
        let less = |one: &str, other: &str| match (one.parse::<i128>(), other.parse::<i128>()) {
            (Ok(one), Ok(other)) => one < other,
            _ => one.parse::<f64>().unwrap_or(f64::NAN) < other.parse::<f64>().unwrap_or(f64::NAN),
        };
        match &mut self.numbers {
            None => self.numbers = Some((number.to_owned(), number.to_owned())),
            Some((least, most)) => {
                if less(number, least) {
                    number.clone_into(least);
                }
                if less(most, number) {
                    number.clone_into(most);
                }
            }
        }
    }
}

/// Returns the number of characters of a string as it is in the body; an escape counts as one.
fn characters(raw: &[u8]) -> u64 {
    if memchr::memchr(b'\\', raw).is_none() {
        return raw
            .iter()
            .filter(|byte| **byte & 0b1100_0000 != 0b1000_0000)
            .count() as u64;
    }
    super::rows::pieces_of(raw).count() as u64
}

#[cfg(test)]
mod tests {
    use super::{Fields, MOST_DISTINCT};
    use crate::json::document::{Document, Kind};
    use bytes::Bytes;

    fn fields(text: String) -> Fields {
        let document = Document::parse(Bytes::from(text));
        let mut fields = Fields::default();
        document
            .children(document.root().unwrap())
            .for_each(|record| fields.look(&document, record));
        fields
    }

    #[test]
    fn counts_presence_nulls_types_and_extremes() {
        let fields = fields(
            r#"[{"id":9,"user":{"name":"ada"},"tags":["a","b"]},{"id":10,"user":null,"tags":[]},{"id":"x","user":{"name":"\u00e9va"}}]"#
                .into(),
        );
        let of = |path: &str| {
            fields
                .fields
                .iter()
                .find(|field| field.path == path)
                .unwrap()
        };
        assert_eq!(fields.records, 3);
        assert_eq!(
            (of("id").records, of("id").nulls, of("id").distinct()),
            (3, 0, Some(3))
        );
        assert_eq!(of("id").kinds, [(Kind::Number, 2), (Kind::String, 1)]);
        assert_eq!(of("id").numbers, Some(("9".into(), "10".into())));
        assert_eq!((of("user").records, of("user").nulls), (3, 1));
        assert_eq!(
            (of("user.name").records, of("user.name").lengths),
            (2, Some((3, 3)))
        );
        assert_eq!((of("tags").records, of("tags").lengths), (2, Some((0, 2))));
        assert_eq!(
            (
                of("tags[]").records,
                of("tags[]").values,
                of("tags[]").examples.clone()
            ),
            (1, 2, vec!["a".into(), "b".into()])
        );
    }

    #[test]
    fn stops_telling_values_apart_and_counting_fields_at_a_limit() {
        let many = (0..MOST_DISTINCT + 5)
            .map(|id| format!(r#"{{"id":{id}}}"#))
            .collect::<Vec<_>>()
            .join(",");
        assert_eq!(fields(format!("[{many}]")).fields[0].distinct(), None);
        let wide = (0..3000)
            .map(|id| format!(r#""f{id}":1"#))
            .collect::<Vec<_>>()
            .join(",");
        let fields = fields(format!("[{{{wide}}}]"));
        assert_eq!((fields.fields.len(), fields.cut), (2000, true));
    }
}
