//! The path of a value, as jq writes it.

use std::fmt::Write as _;

use super::document::{Document, NodeId};

/// Returns the path of a value from the top of the body: `.result[3].user.id`; `.` for the top.
pub fn path(document: &Document, node: NodeId) -> String {
    let mut steps = Vec::new();
    let mut at = node;
    while let Some(parent) = document.parent(at) {
        steps.push(at);
        at = parent;
    }
    let mut out = String::new();
    for step in steps.into_iter().rev() {
        match document.key(step) {
            Some(key) if is_word(&key) => {
                out.push('.');
                out.push_str(&key);
            }
            Some(key) => {
                if out.is_empty() {
                    out.push('.');
                }
                let _ = write!(out, "[{}]", serde_json::Value::from(key.as_ref()));
            }
            None => {
                if out.is_empty() {
                    out.push('.');
                }
                let _ = write!(out, "[{}]", document.index_in_parent(step));
            }
        }
    }
    if out.is_empty() { ".".to_owned() } else { out }
}

/// Says whether jq takes a key without quotes.
fn is_word(key: &str) -> bool {
    let mut characters = key.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|other| other.is_ascii_alphanumeric() || other == '_')
}
