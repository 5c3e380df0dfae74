//! Properties of the index and of folding.

use std::ops::ControlFlow;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::document::{Document, Kind, NodeId};
use super::feed::Feeder;
use super::find::{Needle, scan};
use super::fold::Folds;
use super::{path, rows};

fn document(text: &str) -> Document {
    Document::parse(Bytes::copy_from_slice(text.as_bytes()))
}

/// Finds all at once, as the search tells it piece by piece.
fn found(document: &Document, root: NodeId, from: NodeId, needle: &str) -> Vec<NodeId> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    scan(document, root, from, &Needle::parse(needle).unwrap(), &mut |batch| {
        if batch.before {
            before.extend(batch.hits)
        } else {
            after.extend(batch.hits)
        }
        ControlFlow::Continue(())
    });
    before.extend(after);
    before
}

/// Feeds a body in chunks, with a snapshot after each.
fn fed(bytes: &[u8], cuts: &[usize], sequence: bool) -> (Document, Vec<Document>) {
    let mut feeder = if sequence { Feeder::any_values() } else { Feeder::one_value() };
    let mut snapshots = Vec::new();
    let mut at = 0;
    for cut in cuts.iter().cycle() {
        if at == bytes.len() {
            break;
        }
        let end = (at + cut.max(&1)).min(bytes.len());
        if cut % 2 == 0 {
            feeder.feed(&bytes[at..end])
        } else {
            feeder.feed_shared(Bytes::copy_from_slice(&bytes[at..end]))
        }
        at = end;
        if snapshots.len() < 40 {
            snapshots.push(feeder.snapshot());
        }
    }
    (feeder.finish(), snapshots)
}

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
            document.children(node).map(|child| (document.key(child).unwrap().into_owned(), rebuild(document, child))).collect(),
        ),
        Kind::Array => Value::Array(document.children(node).map(|child| rebuild(document, child)).collect()),
        Kind::String => Value::from(document.string(node).unwrap().into_owned()),
        Kind::Number | Kind::Boolean | Kind::Null => serde_json::from_slice(&document.raw(node)).unwrap(),
    }
}

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
            prop::collection::vec((any::<String>(), inner), 0..8).prop_map(|members| Value::Object(members.into_iter().collect())),
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
                prop_assert!(row.pieces.iter().all(|(_, text)| text.chars().all(crate::text::is_harmless)));
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
        bytes in prop::collection::vec(prop_oneof![Just(b'{'), Just(b'"'), Just(b'['), Just(b':'), Just(b','), Just(b'}'), Just(b'\\'), Just(b']'), Just(b'1'), Just(b' '), any::<u8>()], 0..120),
        cuts in prop::collection::vec(1usize..9, 1..6),
        sequence in any::<bool>(),
    ) {
        let (whole, _) = fed(&bytes, &[bytes.len().max(1)], sequence);
        let (document, snapshots) = fed(&bytes, &cuts, sequence);
        prop_assert_eq!(told(&document), told(&whole));
        prop_assert_eq!(document.fault(), whole.fault());
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
            .filter(|node| document.key(*node).is_some_and(|key| holds(&key)) || (!document.is_container(*node) && holds(&document.plain(*node))))
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

#[test]
fn numbers_keep_their_text_and_keys_their_order() {
    let document = document(r#"{"b":0.10,"a":1E400,"b":9007199254740993}"#);
    let root = document.root().unwrap();
    let texts: Vec<_> = document.children(root).map(|child| document.text(child).into_owned()).collect();
    assert_eq!(texts, ["0.10", "1E400", "9007199254740993"]);
    assert_eq!(document.member(root, "b").map(|node| document.text(node).into_owned()).as_deref(), Some("9007199254740993"));
}

#[test]
fn a_broken_body_shows_what_was_read_and_where_it_broke() {
    let check = |text: &str, values: usize, offset: usize| {
        let document = document(text);
        assert_eq!((document.len(), document.fault().map(|fault| fault.offset)), (values, Some(offset)), "{text}");
    };
    check("", 0, 0);
    check("<html>", 0, 0);
    check(r#"{"a":[1,2,"#, 4, 10);
    check(r#"{"a":1}x"#, 2, 7);
    check(r#"[1,01]"#, 2, 3);
    check(r#"["abc"#, 1, 5);
    check(r#"["abc\"]"#, 1, 8);
}

#[test]
fn depth_costs_no_stack() {
    let text = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let document = document(&text);
    assert_eq!(document.len(), 20_000);
    assert_eq!(document.fault(), None);
    let folds = Folds::new(document.root().unwrap(), u32::MAX);
    assert_eq!(folds.depth_of(&document, folds.last(&document)), 19_998);
}

#[test]
fn paths_are_what_jq_takes() {
    let document = document(r#"{"result":[{"user":{"id":7},"a b":[1]}]}"#);
    let all: Vec<_> = (0..document.len() as u32).map(|id| path::path(&document, NodeId(id))).collect();
    assert_eq!(
        all,
        [".", ".result", ".result[0]", ".result[0].user", ".result[0].user.id", r#".result[0]["a b"]"#, r#".result[0]["a b"][0]"#]
    );
}

#[test]
fn a_closed_record_is_shown_by_what_it_holds() {
    let document = document(r#"[{"number":41,"title":"say \"hi\"\u001b[2J","labels":["a"],"user":{"id":1},"none":null,"odd":"\ud800"}]"#);
    let folds = Folds::new(document.root().unwrap(), 0);
    let row = rows::row(&document, &folds, folds.first(&document), 200);
    let text: String = row.pieces.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(text, r#"0  {number: 41, title: "say \"hi\"\u001b[2J", labels: [1], user: {…}, none: null, odd: "\ud800"}"#);
}

#[test]
fn finds_in_keys_and_decoded_values_with_smart_case() {
    let document = document(r#"{"Title":"Crash","x":"caf\u00e9","n":1042}"#);
    let root = document.root().unwrap();
    let check = |needle: &str, expected: &[&str]| {
        let found: Vec<_> = found(&document, root, root, needle).into_iter().map(|node| path::path(&document, node)).collect();
        assert_eq!(found, expected, "{needle}");
    };
    check("crash", &[".Title"]);
    check("CRASH", &[]);
    check("title", &[".Title"]);
    check("café", &[".x"]);
    check("042", &[".n"]);
    check("", &[]);
    check("re:^c", &[".Title", ".x"]);
    check("re:[0-9]{4}", &[".n"]);
    check("cafÉ", &[]);
    check("u00e9", &[]);
}

#[test]
fn values_one_after_the_other_are_a_list() {
    let (document, snapshots) = fed(b"{\"a\":1}\n[2,3]\n\n\"x\"\n", &[8], true);
    assert!(document.is_sequence());
    let root = document.root().unwrap();
    let children: Vec<_> = document.children(root).map(|child| document.text(child).into_owned()).collect();
    assert_eq!(children, [r#"{"a":1}"#, "[2,3]", r#""x""#]);
    assert_eq!(path::path(&document, NodeId(2)), ".[0].a");
    assert_eq!(document.fault(), None);
    // As long as there is one value, the document is that value.
    let first = &snapshots[0];
    assert_eq!((first.root().map(|root| first.kind(root)), first.is_sequence()), (Some(Kind::Object), false));
    assert_eq!(path::path(first, NodeId(2)), ".a");
    let (alone, _) = fed(b" {\"a\":1} ", &[3], true);
    assert_eq!(alone.root().map(|root| alone.text(root).into_owned()).as_deref(), Some(r#"{"a":1}"#));
    let (none, _) = fed(b" \n", &[1], true);
    assert_eq!((none.root(), none.fault().map(|fault| fault.reason)), (None, Some("the body is empty")));
}

#[test]
fn parts_are_cut_between_values_and_joined_again_when_small() {
    let records = (0..40_000).map(|id| format!(r#"{{"id":{id},"name":"record {id}"}}"#)).collect::<Vec<_>>().join(",");
    let text = format!("[{records}]");
    let mut feeder = Feeder::one_value();
    for chunk in text.as_bytes().chunks(1000) {
        feeder.feed(chunk);
        feeder.snapshot();
    }
    let document = feeder.finish();
    assert!((2..60).contains(&document.body().parts().len()), "{}", document.body().parts().len());
    let root = document.root().unwrap();
    assert_eq!(document.child_count(root), 40_000);
    let last = document.child_at(root, 39_999).unwrap();
    assert_eq!(
        (document.index_in_parent(last), document.text(last).into_owned()),
        (39_999, r#"{"id":39999,"name":"record 39999"}"#.to_owned())
    );
    assert_eq!(document.raw(root).len(), text.len());
}

#[test]
fn chunks_that_are_shared_give_the_same_index() {
    let records = (0..30_000)
        .map(|id| format!(r#"{{"id":{id},"name":"rec\"ord {id}","long":"{}"}}"#, "x".repeat(id % 700)))
        .collect::<Vec<_>>()
        .join(", ");
    let text = format!("[{records}]");
    let whole = document(&text);
    for size in [70_001, 200_003, 1 << 20, 3 << 20] {
        let mut feeder = Feeder::one_value();
        for (number, chunk) in Bytes::from(text.clone()).chunks(size).enumerate() {
            feeder.feed_shared(Bytes::copy_from_slice(chunk));
            if number % 3 == 0 {
                let snapshot = feeder.snapshot();
                assert_eq!(snapshot.kind(NodeId(snapshot.len() as u32 - 1)), whole.kind(NodeId(snapshot.len() as u32 - 1)));
            }
        }
        let parts = feeder.finish();
        assert_eq!((parts.len(), parts.fault(), parts.body() == whole.body()), (whole.len(), None, true), "{size}");
        let root = whole.root().unwrap();
        for index in [0, 1, 63, 64, 65, 9_999, 29_999] {
            let (one, other) = (parts.child_at(root, index).unwrap(), whole.child_at(root, index).unwrap());
            assert_eq!((one, parts.raw(one)), (other, whole.raw(other)));
        }
    }
}

#[test]
fn finds_what_escapes_hide_and_nothing_that_they_only_look_like() {
    let text = format!(r#"["\u0061bcdef","A\/b","x\npath","path","\\u0062","{}","b\u00e9b"]"#, "long ".repeat(40));
    for size in [1, 3, 7, 1000] {
        let (document, _) = fed(text.as_bytes(), &[size], false);
        let root = document.root().unwrap();
        let check = |needle: &str, expected: &[u32]| {
            let found: Vec<u32> = found(&document, root, root, needle).into_iter().map(|node| document.index_in_parent(node)).collect();
            assert_eq!(found, expected, "{needle} in chunks of {size}");
        };
        check("abcd", &[0]);
        check("bcdef", &[0]);
        check("a/b", &[1]);
        check("npath", &[]);
        check("path", &[2, 3]);
        check("u0062", &[4]);
        check("LONG", &[]);
        check("long long", &[5]);
        check("béb", &[6]);
    }
}

#[test]
fn an_escape_at_a_seam_is_found() {
    let first = format!(r#"["{}"#, "x".repeat(70_000));
    let second = format!(r#"end","\u0061bc {}"]"#, "y".repeat(200_000));
    let mut feeder = Feeder::one_value();
    feeder.feed_shared(Bytes::from(first));
    feeder.feed_shared(Bytes::from(second));
    let document = feeder.finish();
    let root = document.root().unwrap();
    assert_eq!((document.len(), document.fault()), (3, None));
    assert_eq!(found(&document, root, root, "abc y"), [NodeId(2)]);
}

#[test]
fn keys_with_dots_have_their_column() {
    let document = document(r#"{"example.com":{"hits":5},"a":{"b.c":{"d":6}}}"#);
    let root = document.root().unwrap();
    let at = |path: &str| super::table::follow(&document, root, path).map(|node| document.text(node).into_owned());
    assert_eq!((at("example.com.hits").as_deref(), at("a.b.c.d").as_deref(), at("a.b")), (Some("5"), Some("6"), None));
}
