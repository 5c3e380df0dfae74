//! Records as rows of a table: nested objects under paths of their own, arrays as JSON in one cell.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::ControlFlow;

use super::document::{Document, Kind, NodeId};
use super::steps::{Step, push_key, steps};
use super::valid::valid_value;

/// The greatest depth of objects that are followed; deeper ones stay JSON in one cell.
const DEEPEST: usize = 8;
/// The name of the column for records that are no objects.
pub const SCALAR: &str = "value";

/// Finds a value by the path of its column, as [`each`] writes it; `None` where exactly that path
/// leads to nothing.
pub fn follow(document: &Document, node: NodeId, path: &str) -> Option<NodeId> {
    steps(path)?
        .into_iter()
        .try_fold(node, |at, step| match step {
            Step::Key(key) => document.member(at, &key),
            Step::Items => None,
        })
}

/// Returns the path of a value from its record; `None` where it is in an array of the record, or
/// elsewhere.
pub fn path_of(document: &Document, record: NodeId, node: NodeId) -> Option<String> {
    let mut keys = Vec::new();
    let mut at = node;
    while at != record {
        keys.push(document.key(at)?);
        at = document.parent(at)?;
    }
    let mut path = String::new();
    keys.iter().rev().for_each(|key| push_key(&mut path, key));
    Some(path)
}

/// Finds a value by a typed path: as [`follow`] does, else by dotted text of which any dot may
/// belong to a key.
pub fn find(document: &Document, node: NodeId, typed: &str) -> Option<NodeId> {
    follow(document, node, typed).or_else(|| find_dotted(document, node, typed))
}

fn find_dotted(document: &Document, node: NodeId, typed: &str) -> Option<NodeId> {
    document.member(node, typed).or_else(|| {
        typed.match_indices('.').find_map(|(at, _)| {
            find_dotted(
                document,
                document.member(node, &typed[..at])?,
                &typed[at + 1..],
            )
        })
    })
}

/// Visits every value that has a cell of its own, with its path ([`super::steps`]), until the visit
/// stops it.
pub fn each(
    document: &Document,
    record: NodeId,
    visit: &mut dyn FnMut(&str, NodeId) -> ControlFlow<()>,
) {
    if document.kind(record) != Kind::Object {
        let _ = visit(SCALAR, record);
        return;
    }
    let _ = inside(document, record, &mut String::new(), 0, visit);
}

fn inside(
    document: &Document,
    object: NodeId,
    path: &mut String,
    depth: usize,
    visit: &mut dyn FnMut(&str, NodeId) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for member in document.children(object) {
        let length = path.len();
        push_key(path, &document.key(member).unwrap_or_default());
        if document.kind(member) == Kind::Object
            && document.child_count(member) > 0
            && depth < DEEPEST
        {
            inside(document, member, path, depth + 1, visit)?;
        } else {
            visit(path, member)?;
        }
        path.truncate(length);
    }
    ControlFlow::Continue(())
}

/// Writes a value as a cell: a string without quotes, nothing for null, JSON for the rest.
pub fn cell(document: &Document, node: NodeId) -> Cow<'_, str> {
    match document.kind(node) {
        Kind::Null => Cow::Borrowed(""),
        Kind::String | Kind::Number | Kind::Boolean => document.plain(node),
        Kind::Object | Kind::Array => {
            Cow::Owned(String::from_utf8_lossy(&valid_value(document, node).text).into_owned())
        }
    }
}

/// Writes records as tab-separated values with a header: the given columns, and behind them those
/// that only the records have and that are not hidden. Tabs and breaks inside of a value become
/// spaces, as spreadsheets expect of pasted text.
pub fn tsv(document: &Document, records: &[NodeId], columns: &[&str], left_out: &[&str]) -> String {
    let mut places: HashMap<String, Option<usize>> = left_out
        .iter()
        .map(|path| ((*path).to_owned(), None))
        .collect();
    let mut names: Vec<String> = columns.iter().map(|path| (*path).to_owned()).collect();
    places.extend(
        names
            .iter()
            .enumerate()
            .map(|(place, path)| (path.clone(), Some(place))),
    );
    for record in records {
        each(document, *record, &mut |path, _| {
            if !places.contains_key(path) {
                places.insert(path.to_owned(), Some(names.len()));
                names.push(path.to_owned());
            }
            ControlFlow::Continue(())
        });
    }
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = Cow<'_, str>>| {
        for (index, cell) in cells.enumerate() {
            if index > 0 {
                out.push('\t');
            }
            out.extend(cell.chars().map(|character| {
                if matches!(character, '\t' | '\n' | '\r') {
                    ' '
                } else {
                    character
                }
            }));
        }
        out.push('\n');
    };
    line(&mut names.iter().map(|name| Cow::Borrowed(name.as_str())));
    for record in records {
        let mut cells = vec![Cow::Borrowed(""); names.len()];
        each(document, *record, &mut |path, node| {
            if let Some(Some(place)) = places.get(path) {
                cells[*place] = cell(document, node);
            }
            ControlFlow::Continue(())
        });
        line(&mut cells.into_iter());
    }
    out
}

/// What a row is sorted by.
#[derive(Debug)]
enum Key<'a> {
    Boolean(bool),
    Number(f64, Option<i128>),
    Text(Cow<'a, str>),
    Count(u32),
    Nothing,
}

impl Key<'_> {
    fn rank(&self) -> u8 {
        match self {
            Key::Boolean(_) => 0,
            Key::Number(..) => 1,
            Key::Text(_) => 2,
            Key::Count(_) => 3,
            Key::Nothing => 4,
        }
    }
}

/// Returns records in the order of one column: numbers as numbers, text by letters, arrays by their
/// length. Records without a value are last, whatever the direction; the sort is stable.
pub fn sorted(
    document: &Document,
    records: &[NodeId],
    path: &str,
    descending: bool,
) -> Vec<NodeId> {
    let key = |record: NodeId| {
        let node = if document.kind(record) == Kind::Object {
            follow(document, record, path)
        } else {
            Some(record)
        };
        match node.map(|node| (node, document.kind(node))) {
            None | Some((_, Kind::Null)) => Key::Nothing,
            Some((node, Kind::Boolean)) => Key::Boolean(document.boolean(node) == Some(true)),
            Some((node, Kind::Number)) => {
                let text = document.text(node);
                Key::Number(text.parse().unwrap_or(f64::NAN), text.parse().ok())
            }
            Some((node, Kind::String)) => Key::Text(document.plain(node)),
            Some((node, Kind::Array | Kind::Object)) => Key::Count(document.child_count(node)),
        }
    };
    let mut keyed: Vec<(Key<'_>, NodeId)> = records
        .iter()
        .map(|record| (key(*record), *record))
        .collect();
    keyed.sort_by(|(one, _), (other, _)| {
        let order = match (one, other) {
            // Whole numbers keep their last digits.
            (Key::Number(_, Some(one)), Key::Number(_, Some(other))) => one.cmp(other),
            (Key::Number(one, _), Key::Number(other, _)) => one.total_cmp(other),
            (Key::Text(one), Key::Text(other)) => one.cmp(other),
            (Key::Boolean(one), Key::Boolean(other)) => one.cmp(other),
            (Key::Count(one), Key::Count(other)) => one.cmp(other),
            (Key::Nothing, Key::Nothing) => return Ordering::Equal,
            (Key::Nothing, _) => return Ordering::Greater,
            (_, Key::Nothing) => return Ordering::Less,
            _ => one.rank().cmp(&other.rank()),
        };
        if descending { order.reverse() } else { order }
    });
    keyed.into_iter().map(|(_, record)| record).collect()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::{each, follow, sorted, tsv};
    use crate::json::document::{Document, NodeId};
    use bytes::Bytes;

    fn records(text: &'static str) -> (Document, Vec<NodeId>) {
        let document = Document::parse(Bytes::from_static(text.as_bytes()));
        let records = document.children(document.root().unwrap()).collect();
        (document, records)
    }

    #[test]
    fn sorts_numbers_as_numbers_and_keeps_the_order_of_equals() {
        let (document, all) = records(
            r#"[{"n":10,"i":0},{"n":9,"i":1},{"i":2},{"n":null,"i":3},{"n":"b","i":4},{"n":9,"i":5},{"n":-1e3,"i":6}]"#,
        );
        let order = |descending| -> Vec<i64> {
            let sorted = sorted(&document, &all, "n", descending);
            sorted
                .iter()
                .map(|record| {
                    document
                        .integer(document.member(*record, "i").unwrap())
                        .unwrap()
                })
                .collect()
        };
        assert_eq!(order(false), [6, 1, 5, 0, 4, 2, 3]);
        assert_eq!(order(true), [4, 0, 1, 5, 6, 2, 3]);
    }

    #[test]
    fn every_cell_has_a_path_that_leads_back_to_it() {
        let (document, all) = records(
            r#"[{"a.b":1,"a":{"b":2,"":3,"c.d":{"e":4},"[0]":5},"":{"a":6},"q\"]":7,"back\\slash.":8,"\u0061.\u0063":9,"[\"a\"]":10}]"#,
        );
        let mut paths = Vec::new();
        each(&document, all[0], &mut |path, node| {
            assert_eq!(follow(&document, all[0], path), Some(node), "{path}");
            paths.push(path.to_owned());
            ControlFlow::Continue(())
        });
        assert_eq!(
            paths[..7],
            [
                r#"["a.b"]"#,
                "a.b",
                r#"a[""]"#,
                r#"a["c.d"].e"#,
                r#"a["[0]"]"#,
                r#"[""].a"#,
                r#"q"]"#
            ]
        );
        assert_eq!(
            paths[7..],
            [r#"["back\\slash."]"#, r#"["a.c"]"#, r#"["[\"a\"]"]"#]
        );
    }

    #[test]
    fn a_table_is_pasted_with_tabs() {
        let (document, all) = records(r#"[{"a":{"b":"x\ty"},"c":[1, 2]},{"c":null},7]"#);
        let all_columns = "a.b\tc\tvalue\nx y\t[1,2]\t\n\t\t\n\t\t7\n";
        assert_eq!(
            tsv(&document, &all, &["a.b", "c", "value"], &[]),
            all_columns
        );
        assert_eq!(
            tsv(&document, &all, &["a.b"], &[]),
            all_columns,
            "those that were not seen stand behind"
        );
        assert_eq!(
            tsv(&document, &all, &["value", "c"], &["a.b"]),
            "value\tc\n\t[1,2]\n\t\n7\t\n"
        );
    }
}
