//! Finding text in keys and values.

use super::document::{Document, NodeId, decode};

/// Returns the values inside `root` whose key or own text holds the needle, in order.
///
/// Smart case: a needle without capitals matches any case. Strings are compared decoded.
pub fn find(document: &Document, root: NodeId, needle: &str) -> Vec<NodeId> {
    if needle.is_empty() {
        return Vec::new();
    }
    let any_case = !needle.chars().any(char::is_uppercase);
    let finder = memchr::memmem::Finder::new(needle.as_bytes());
    let holds = |raw: &[u8]| -> bool {
        if memchr::memchr(b'\\', raw).is_none() {
            if !any_case {
                return finder.find(raw).is_some();
            }
            if raw.is_ascii() {
                return ascii_find(raw, needle.as_bytes());
            }
        }
        let text = decode(raw);
        if any_case { text.to_lowercase().contains(needle) } else { text.contains(needle) }
    };
    let range = root.0..document.after(root).0;
    range
        .map(NodeId)
        .filter(|node| {
            let in_key = document.raw_key(*node).is_some_and(holds);
            in_key || (!document.is_container(*node) && holds(document.raw_string(*node).unwrap_or_else(|| document.raw(*node))))
        })
        .collect()
}

/// Finds an already lower-case needle in ASCII text of any case.
fn ascii_find(text: &[u8], needle: &[u8]) -> bool {
    text.len() >= needle.len() && text.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
}
