//! Properties of the index and of folding.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::document::{Document, Kind, NodeId};
use super::fold::Folds;
use super::{find, path, rows};

fn document(text: &str) -> Document {
    Document::parse(Bytes::copy_from_slice(text.as_bytes()))
}

/// Rebuilds a value from the index alone.
fn rebuild(document: &Document, node: NodeId) -> Value {
    match document.kind(node) {
        Kind::Object => Value::Object(
            document.children(node).map(|child| (document.key(child).unwrap().into_owned(), rebuild(document, child))).collect(),
        ),
        Kind::Array => Value::Array(document.children(node).map(|child| rebuild(document, child)).collect()),
        Kind::String => Value::from(document.string(node).unwrap().into_owned()),
        Kind::Number | Kind::Boolean | Kind::Null => serde_json::from_slice(document.raw(node)).unwrap(),
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
                prop_assert!(row.pieces.iter().all(|(_, text)| text.chars().all(crate::domain::text::is_harmless)));
                document.raw(node);
                path::path(&document, node);
                at = folds.next(&document, node);
            }
            folds.reveal(&document, NodeId(document.len() as u32 - 1));
            find::find(&document, root, "a");
        }
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
        let found: Vec<_> = find::find(&document, root, needle).into_iter().map(|node| path::path(&document, node)).collect();
        assert_eq!(found, expected, "{needle}");
    };
    check("crash", &[".Title"]);
    check("CRASH", &[]);
    check("title", &[".Title"]);
    check("café", &[".x"]);
    check("042", &[".n"]);
    check("", &[]);
}
