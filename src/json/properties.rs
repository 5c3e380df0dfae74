//! Properties of the index, of folding and of searching: any value, any bytes, any chunks.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::document::{Document, Kind, NodeId};
use super::fold::Folds;
use super::tests::{document, fed, found};
use super::{path, rows};

/// All that the index tells of a value: kind, text, key, parent, end, children.
type Told = (Kind, Vec<u8>, Option<Vec<u8>>, Option<NodeId>, NodeId, u32);

fn told(document: &Document) -> Vec<Told> {
    (0..document.len() as u32)
        .map(NodeId)
        .map(|node| {
            let key = document.raw_key(node).map(<[u8]>::to_vec);
            (
                document.kind(node),
                document.raw(node).into_owned(),
                key,
                document.parent(node),
                document.after(node),
                document.child_count(node),
            )
        })
        .collect()
}

/// Rebuilds a value from the index alone.
fn rebuild(document: &Document, node: NodeId) -> Value {
    match document.kind(node) {
        Kind::Object => Value::Object(
            document
                .children(node)
                .map(|child| {
                    (
                        document.key(child).unwrap().into_owned(),
                        rebuild(document, child),
                    )
                })
                .collect(),
        ),
        Kind::Array => Value::Array(
            document
                .children(node)
                .map(|child| rebuild(document, child))
                .collect(),
        ),
        Kind::String => Value::from(document.string(node).unwrap().into_owned()),
        Kind::Number | Kind::Boolean | Kind::Null => {
            serde_json::from_slice(&document.raw(node)).unwrap()
        }
    }
}

/// Pieces of JSON and of what comes near it.
const TOKENS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\"",
    b"\\",
    b"'",
    b"1",
    b" ",
    b"\n",
    b"\n{",
    b"\n[",
    b"\"a\":",
    b"'b':",
    b"{}\n",
    b"[1]\n",
    b"1\n",
    b"{\"a\":1}\n",
    b"NaN",
    b"-Infinity",
    b"None",
    b"null",
    b"true",
    b",]",
    b",}",
    b"oops",
    b"\x1e",
    b"\xef\xbb\xbf",
    b"\xef",
    b"\xff",
    b"\x00",
    "é".as_bytes(),
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(5, 200, 80, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..80).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_index_agrees_with_serde(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        let document = document(&text);
        prop_assert_eq!(document.fault(), None);
        let root = document.root().unwrap();
        prop_assert_eq!(document.raw(root), text.as_bytes());
        prop_assert_eq!(rebuild(&document, root), value);
        for id in 0..document.len() as u32 {
            let node = NodeId(id);
            if let Some(parent) = document.parent(node) {
                prop_assert_eq!(document.child_at(parent, document.index_in_parent(node)), Some(node));
            }
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(prop_oneof![Just(b'{'), Just(b'"'), Just(b'['), Just(b':'), Just(b','), Just(b'}'), Just(b'\\'), Just(b']'), any::<u8>()], 0..200)) {
        let document = Document::parse(Bytes::from(bytes));
        if let Some(root) = document.root() {
            let mut folds = Folds::new(root, 9);
            let mut at = Some(folds.first(&document));
            while let Some(node) = at {
                let row = rows::row(&document, &folds, node, 40);
                prop_assert!(row.pieces.iter().all(|(_, text)| crate::text::is_safe(text)));
                document.raw(node);
                path::path(&document, node);
                at = folds.next(&document, node);
            }
            folds.reveal(&document, NodeId(document.len() as u32 - 1));
            found(&document, root, root, "a");
        }
    }

    #[test]
    fn any_bytes_in_any_chunks_give_the_same_index(
        tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..90),
        cuts in prop::collection::vec(1usize..9, 1..6),
        sequence in any::<bool>(),
    ) {
        let bytes = tokens.concat();
        let (whole, _) = fed(&bytes, &[bytes.len().max(1)], sequence);
        let (document, snapshots) = fed(&bytes, &cuts, sequence);
        prop_assert_eq!(told(&document), told(&whole));
        prop_assert_eq!(document.fault(), whole.fault());
        prop_assert_eq!(document.deviations(), whole.deviations());
        prop_assert_eq!(document.body().joined(), Bytes::from(bytes));
        for snapshot in snapshots {
            prop_assert!(snapshot.len() <= whole.len());
            for node in (0..snapshot.len() as u32).map(NodeId) {
                prop_assert_eq!(snapshot.kind(node), whole.kind(node));
                prop_assert_eq!(snapshot.key(node), whole.key(node));
                prop_assert!(snapshot.after(node) <= whole.after(node));
                snapshot.raw(node);
            }
        }
    }

    #[test]
    fn a_body_that_comes_in_parts_is_what_it_is_whole(value in any_json(), pretty in any::<bool>(), cuts in prop::collection::vec(1usize..40, 1..6)) {
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        let (document, snapshots) = fed(text.as_bytes(), &cuts, false);
        prop_assert_eq!(rebuild(&document, document.root().unwrap()), value);
        for id in 0..document.len() as u32 {
            let node = NodeId(id);
            prop_assert_eq!(document.node_at(document.offset_of(node)), Some(node));
            if let Some(parent) = document.parent(node) {
                prop_assert_eq!(document.child_at(parent, document.index_in_parent(node)), Some(node));
            }
        }
        // What is seen of a body while it comes: every snapshot can be walked.
        for snapshot in snapshots.iter().filter(|snapshot| snapshot.root().is_some()) {
            let folds = Folds::new(snapshot.root().unwrap(), 9);
            let mut at = Some(folds.first(snapshot));
            while let Some(node) = at {
                rows::row(snapshot, &folds, node, 40);
                at = folds.next(snapshot, node);
            }
            prop_assert_eq!(folds.last(snapshot).number() + 1, snapshot.len().max(1));
        }
    }

    #[test]
    fn a_search_finds_what_looking_at_each_value_finds(value in any_json(), needle in "[a-c\"\\\\/é0-9]{1,2}", from in any::<prop::sample::Index>(), cuts in prop::collection::vec(1usize..60, 1..4)) {
        let text = value.to_string();
        let (document, _) = fed(text.as_bytes(), &cuts, false);
        let root = document.root().unwrap();
        let any_case = !needle.chars().any(char::is_uppercase);
        let holds = |text: &str| if any_case { text.to_lowercase().contains(&needle) } else { text.contains(&needle) };
        let expected: Vec<NodeId> = (1..document.len() as u32)
            .map(NodeId)
            .filter(|node| document.key(*node).is_some_and(|key| holds(&key)) || (!document.is_container(*node) && holds(&document.plain(*node)))
                // What is shown escaped is found as it is shown.
                || needle.contains('\\') && [document.raw_key(*node), document.raw_string(*node)].into_iter().flatten().any(|raw| holds(&rows::shown_text(raw))))
            .collect();
        prop_assert_eq!(found(&document, root, NodeId(from.index(document.len()) as u32), &needle), expected);
    }

    #[test]
    fn rows_lead_there_and_back(value in any_json(), depth in 0u32..5, flips in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let document = document(&value.to_string());
        let mut folds = Folds::new(document.root().unwrap(), depth);
        for flip in flips {
            let node = NodeId(flip.index(document.len()) as u32);
            if folds.is_open(&document, node) { folds.close(&document, node) } else { folds.open(&document, node) }
        }
        let mut down = vec![folds.first(&document)];
        while let Some(next) = folds.next(&document, *down.last().unwrap()) {
            down.push(next);
        }
        let mut up = vec![folds.last(&document)];
        while let Some(previous) = folds.previous(&document, *up.last().unwrap()) {
            up.push(previous);
        }
        up.reverse();
        prop_assert_eq!(&down, &up);
        for row in &down {
            prop_assert_eq!(folds.visible(&document, *row), *row);
        }
    }
}
