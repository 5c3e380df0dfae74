//! The path of a value, as jq writes it.

use std::fmt::Write as _;

use super::document::{Document, Kind, NodeId};
use super::steps::push_quoted;

/// Returns the values on the path to a value, outermost first.
fn steps(document: &Document, node: NodeId) -> Vec<NodeId> {
    let mut steps = Vec::new();
    let mut at = node;
    while let Some(parent) = document.parent(at) {
        steps.push(at);
        at = parent;
    }
    steps.reverse();
    steps
}

/// Returns the path of a value from the top of the body, as jq takes it: `.result[3].user.id`, with
/// quotes where a key needs them; `.` for the top.
pub fn path(document: &Document, node: NodeId) -> String {
    let mut out = String::new();
    for step in steps(document, node) {
        match document.key(step) {
            Some(key) if is_word(&key) => {
                out.push('.');
                out.push_str(&key);
            }
            key => {
                if out.is_empty() {
                    out.push('.');
                }
                push_brackets(&mut out, document, step, key.as_deref());
            }
        }
    }
    if out.is_empty() { ".".to_owned() } else { out }
}

/// Returns the path of a value for people, with the keys unquoted: `.result[3].first name`.
pub fn plain(document: &Document, node: NodeId) -> String {
    let mut out = String::new();
    for step in steps(document, node) {
        match document.key(step) {
            Some(key) => {
                out.push('.');
                out.push_str(&key);
            }
            None => push_brackets(&mut out, document, step, None),
        }
    }
    if out.is_empty() { ".".to_owned() } else { out }
}

/// Returns the path of a value as programs index it: `["result"][3]["user"]["id"]`; empty for the top.
pub fn brackets(document: &Document, node: NodeId) -> String {
    let mut out = String::new();
    for step in steps(document, node) {
        let key = document.key(step);
        push_brackets(&mut out, document, step, key.as_deref());
    }
    out
}

/// Finds the value of a path from the top of the body, in any of the notations of this module.
pub fn find(document: &Document, path: &str) -> Option<NodeId> {
    let mut at = document.root()?;
    let mut rest = path.trim();
    if !rest.starts_with(['.', '[']) {
        return None;
    }
    while !rest.is_empty() && rest != "." {
        if let Some(inside) = rest.strip_prefix('[').or_else(|| rest.strip_prefix(".[")) {
            if inside.starts_with('"') {
                let end = super::value::string_end(inside.as_bytes(), 0);
                let key: String = serde_json::from_str(inside.get(..end)?).ok()?;
                at = document.member(at, &key)?;
                rest = inside.get(end..)?.strip_prefix(']')?;
            } else {
                let (index, after) = inside.split_once(']')?;
                at = document
                    .child_at(at, index.trim().parse().ok()?)
                    .filter(|_| document.kind(at) == Kind::Array)?;
                rest = after;
            }
        } else {
            let keys = rest.strip_prefix('.')?;
            let end = keys.find(['.', '[']).unwrap_or(keys.len());
            at = document.member(at, &keys[..end])?;
            rest = &keys[end..];
        }
    }
    Some(at)
}

fn push_brackets(out: &mut String, document: &Document, step: NodeId, key: Option<&str>) {
    match key {
        Some(key) => push_quoted(out, key),
        // Writing to a String cannot fail.
        None => drop(write!(out, "[{}]", document.index_in_parent(step))),
    }
}

/// Returns whether jq takes a key without quotes.
fn is_word(key: &str) -> bool {
    let mut characters = key.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|other| other.is_ascii_alphanumeric() || other == '_')
}

#[cfg(test)]
mod tests {
    use super::{brackets, path, plain};
    use crate::json::document::{Document, NodeId};
    use bytes::Bytes;

    #[test]
    fn a_path_is_written_in_three_ways() {
        let document = Document::parse(Bytes::from_static(
            br#"{"result":[0,{"user":{"first name":"Ada","id":1}}],"":[2]}"#,
        ));
        let check = |keys: &[&str], index: Option<u32>, expected: [&str; 3]| {
            let at = document.follow(document.root().unwrap(), keys).unwrap();
            let at: NodeId = index.map_or(at, |index| document.child_at(at, index).unwrap());
            assert_eq!(
                [
                    plain(&document, at),
                    path(&document, at),
                    brackets(&document, at)
                ],
                expected
            );
        };
        check(&[], None, [".", ".", ""]);
        check(
            &["result"],
            Some(1),
            [".result[1]", ".result[1]", r#"["result"][1]"#],
        );
        check(&[""], Some(0), [".[0]", r#".[""][0]"#, r#"[""][0]"#]);
        let user = document
            .child_at(
                document
                    .follow(document.root().unwrap(), &["result"])
                    .unwrap(),
                1,
            )
            .unwrap();
        let name = document.follow(user, &["user", "first name"]).unwrap();
        assert_eq!(plain(&document, name), ".result[1].user.first name");
        assert_eq!(path(&document, name), r#".result[1].user["first name"]"#);
        assert_eq!(
            brackets(&document, name),
            r#"["result"][1]["user"]["first name"]"#
        );
    }

    #[test]
    fn a_path_that_was_written_is_found_again() {
        let document = Document::parse(Bytes::from_static(
            br#"{"result":[0,{"user":{"first name":"Ada","id":1}}],"":[2],"a]\"b":{"c":3}}"#,
        ));
        for number in 0..document.len() {
            let node = document.nth(number).unwrap();
            assert_eq!(
                super::find(&document, &path(&document, node)),
                Some(node),
                "{}",
                path(&document, node)
            );
            let brackets = brackets(&document, node);
            assert!(
                brackets.is_empty() || super::find(&document, &brackets) == Some(node),
                "{brackets}"
            );
        }
        for wrong in [
            "",
            "result",
            ".result[9]",
            ".result.x",
            ".[0]",
            "[",
            ".result[",
            ".result[x]",
            r#"["result"#,
        ] {
            assert_eq!(super::find(&document, wrong), None, "{wrong}");
        }
    }
}
