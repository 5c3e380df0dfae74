//! What counts as the name of a record.

use crate::json::document::{Document, Kind, NodeId};
use crate::json::rows::reading_text;
use crate::text;

/// The keys of names, the best first. Case, `_` and `-` do not matter; a record whose best one is missing, empty or no
/// string has the next one.
pub const NAME_KEYS: [&str; 14] = [
    "name",
    "display_name",
    "full_name",
    "real_name",
    "friendly_name",
    "title",
    "subject",
    "summary",
    "label",
    "login",
    "username",
    "handle",
    "email",
    "email_address",
];
/// Where the fields of a record may stand in place of the record itself.
const INSIDE: [&str; 4] = ["properties", "fields", "attributes", "profile"];
/// So many fields of a record are looked at.
const MOST_FIELDS: usize = 500;
/// A longer key is none of a name.
const LONGEST_KEY: usize = 24;
/// A name is cut to so many columns.
const WIDEST: usize = 40;
/// So many bytes of a name are read.
const LONGEST: usize = 400;

/// Returns the name of a record: harmless, on one line, cut.
pub fn name_of(document: &Document, record: NodeId) -> Option<String> {
    let inside = || INSIDE.iter().filter_map(|key| document.member(record, key));
    best_of(document, record).or_else(|| inside().find_map(|own| best_of(document, own)))
}

fn best_of(document: &Document, object: NodeId) -> Option<String> {
    if document.kind(object) != Kind::Object {
        return None;
    }
    let mut best: Option<(usize, NodeId)> = None;
    for member in document.children(object).take(MOST_FIELDS) {
        let is_text = document.kind(member) == Kind::String && !document.is_blank(member);
        if let Some(rank) = document.raw_key(member).filter(|_| is_text).and_then(rank)
            && best.is_none_or(|(before, _)| rank < before)
        {
            best = Some((rank, member));
        }
    }
    best.and_then(|(_, node)| written(document, node))
}

/// Returns the place of a key among those of names.
fn rank(key: &[u8]) -> Option<usize> {
    if key.len() > LONGEST_KEY {
        return None;
    }
    let letters = |key: &[u8]| -> Vec<u8> {
        let letters = key.iter().filter(|byte| !matches!(byte, b'_' | b'-'));
        letters.map(u8::to_ascii_lowercase).collect()
    };
    let key = letters(key);
    NAME_KEYS
        .iter()
        .position(|name| letters(name.as_bytes()) == key)
}

/// Writes a name as it is shown.
fn written(document: &Document, node: NodeId) -> Option<String> {
    let (read, _) = reading_text(document, node, LONGEST);
    let words: Vec<&str> = read.split_whitespace().collect();
    let line = words.join(" ");
    (!line.is_empty()).then(|| text::cut_end(&text::safe(&line), WIDEST).into_owned())
}
