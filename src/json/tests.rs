//! The index, folding and searching by example.

use std::ops::ControlFlow;

use bytes::Bytes;

use super::document::{Document, FaultKind, Kind, NodeId};
use super::feed::Feeder;
use super::find::{Needle, scan};
use super::fold::Folds;
use super::{path, rows};

pub(super) fn document(text: &str) -> Document {
    Document::parse(Bytes::copy_from_slice(text.as_bytes()))
}

/// Finds all at once, as the search tells it piece by piece.
pub(super) fn found(document: &Document, root: NodeId, from: NodeId, needle: &str) -> Vec<NodeId> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    scan(
        document,
        root,
        from,
        &Needle::parse(needle).unwrap(),
        &mut |batch| {
            if batch.before {
                before.extend(batch.hits)
            } else {
                after.extend(batch.hits)
            }
            ControlFlow::Continue(())
        },
    );
    before.extend(after);
    before
}

/// Feeds a body in chunks, with a snapshot after each.
pub(super) fn fed(bytes: &[u8], cuts: &[usize], sequence: bool) -> (Document, Vec<Document>) {
    let mut feeder = if sequence {
        Feeder::any_values()
    } else {
        Feeder::one_value()
    };
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

#[test]
fn capitals_of_escapes_and_groups_are_no_text() {
    let document = document(r#"["joe@ACME.com","Joe@acme.com"]"#);
    let root = document.root().unwrap();
    for any_case in [
        r"re:\S+@acme",
        r"re:(?P<Name>joe)@acme",
        r"re:[\w\D]+@acme\W",
        "re:joe@acme",
    ] {
        assert_eq!(
            found(&document, root, root, any_case).len(),
            2,
            "{any_case}"
        );
    }
    for exact in [r"re:\S+@ACME", r"re:(?:J)oe@", "re:[A-M]{4}"] {
        assert_eq!(found(&document, root, root, exact).len(), 1, "{exact}");
    }
}

#[test]
fn numbers_keep_their_text_and_keys_their_order() {
    let document = document(r#"{"b":0.10,"a":1E400,"b":9007199254740993}"#);
    let root = document.root().unwrap();
    let texts: Vec<_> = document
        .children(root)
        .map(|child| document.text(child).into_owned())
        .collect();
    assert_eq!(texts, ["0.10", "1E400", "9007199254740993"]);
    assert_eq!(
        document
            .member(root, "b")
            .map(|node| document.text(node).into_owned())
            .as_deref(),
        Some("9007199254740993")
    );
}

#[test]
fn a_broken_body_shows_what_was_read_and_where_it_broke() {
    let check = |text: &str, values: usize, offset: usize| {
        let document = document(text);
        assert_eq!(
            (document.len(), document.fault().map(|fault| fault.offset)),
            (values, Some(offset)),
            "{text}"
        );
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
    let all: Vec<_> = (0..document.len() as u32)
        .map(|id| path::path(&document, NodeId(id)))
        .collect();
    assert_eq!(
        all,
        [
            ".",
            ".result",
            ".result[0]",
            ".result[0].user",
            ".result[0].user.id",
            r#".result[0]["a b"]"#,
            r#".result[0]["a b"][0]"#
        ]
    );
}

#[test]
fn a_closed_record_is_shown_by_what_it_holds() {
    let document = document(
        r#"[{"number":41,"title":"say \"hi\"\u001b[2J","labels":["a"],"user":{"id":1},"none":null,"odd":"\ud800"}]"#,
    );
    let folds = Folds::new(document.root().unwrap(), 0);
    let row = rows::row(&document, &folds, folds.first(&document), 200);
    let text: String = row.pieces.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        text,
        r#"0  {number: 41, title: "say \"hi\"\u001b[2J", labels: [1], user: {…}, none: null, odd: "\ud800"}"#
    );
}

#[test]
fn finds_in_keys_and_decoded_values_with_smart_case() {
    let document = document(r#"{"Title":"Crash","x":"caf\u00e9","n":1042}"#);
    let root = document.root().unwrap();
    let check = |needle: &str, expected: &[&str]| {
        let found: Vec<_> = found(&document, root, root, needle)
            .into_iter()
            .map(|node| path::path(&document, node))
            .collect();
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
    let children: Vec<_> = document
        .children(root)
        .map(|child| document.text(child).into_owned())
        .collect();
    assert_eq!(children, [r#"{"a":1}"#, "[2,3]", r#""x""#]);
    assert_eq!(path::path(&document, NodeId(2)), ".[0].a");
    assert_eq!(document.fault(), None);
    // As long as there is one value, the document is that value.
    let first = &snapshots[0];
    assert_eq!(
        (
            first.root().map(|root| first.kind(root)),
            first.is_sequence()
        ),
        (Some(Kind::Object), false)
    );
    assert_eq!(path::path(first, NodeId(2)), ".a");
    let (alone, _) = fed(b" {\"a\":1} ", &[3], true);
    assert_eq!(
        alone
            .root()
            .map(|root| alone.text(root).into_owned())
            .as_deref(),
        Some(r#"{"a":1}"#)
    );
    let (none, _) = fed(b" \n", &[1], true);
    assert_eq!(
        (none.root(), none.fault().map(|fault| fault.kind)),
        (None, Some(FaultKind::Empty))
    );
}

#[test]
fn parts_are_cut_between_values_and_joined_again_when_small() {
    let records = (0..40_000)
        .map(|id| format!(r#"{{"id":{id},"name":"record {id}"}}"#))
        .collect::<Vec<_>>()
        .join(",");
    let text = format!("[{records}]");
    let mut feeder = Feeder::one_value();
    for chunk in text.as_bytes().chunks(1000) {
        feeder.feed(chunk);
        feeder.snapshot();
    }
    let document = feeder.finish();
    assert!(
        (2..60).contains(&document.body().parts().len()),
        "{}",
        document.body().parts().len()
    );
    let root = document.root().unwrap();
    assert_eq!(document.child_count(root), 40_000);
    let last = document.child_at(root, 39_999).unwrap();
    assert_eq!(
        (
            document.index_in_parent(last),
            document.text(last).into_owned()
        ),
        (39_999, r#"{"id":39999,"name":"record 39999"}"#.to_owned())
    );
    assert_eq!(document.raw(root).len(), text.len());
}

#[test]
fn chunks_that_are_shared_give_the_same_index() {
    let records = (0..30_000)
        .map(|id| {
            format!(
                r#"{{"id":{id},"name":"rec\"ord {id}","long":"{}"}}"#,
                "x".repeat(id % 700)
            )
        })
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
                assert_eq!(
                    snapshot.kind(NodeId(snapshot.len() as u32 - 1)),
                    whole.kind(NodeId(snapshot.len() as u32 - 1))
                );
            }
        }
        let parts = feeder.finish();
        assert_eq!(
            (parts.len(), parts.fault(), parts.body() == whole.body()),
            (whole.len(), None, true),
            "{size}"
        );
        let root = whole.root().unwrap();
        for index in [0, 1, 63, 64, 65, 9_999, 29_999] {
            let (one, other) = (
                parts.child_at(root, index).unwrap(),
                whole.child_at(root, index).unwrap(),
            );
            assert_eq!((one, parts.raw(one)), (other, whole.raw(other)));
        }
    }
}

#[test]
fn finds_what_escapes_hide_and_nothing_that_they_only_look_like() {
    let text = format!(
        r#"["\u0061bcdef","A\/b","x\npath","path","\\u0062","{}","b\u00e9b"]"#,
        "long ".repeat(40)
    );
    for size in [1, 3, 7, 1000] {
        let (document, _) = fed(text.as_bytes(), &[size], false);
        let root = document.root().unwrap();
        let check = |needle: &str, expected: &[u32]| {
            let found: Vec<u32> = found(&document, root, root, needle)
                .into_iter()
                .map(|node| document.index_in_parent(node))
                .collect();
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
    let document = document(r#"{"example.com":{"hits":5},"a":{"b.c":{"d":6},"x":7},"a.x":8}"#);
    let root = document.root().unwrap();
    let at = |path: &str| {
        super::table::follow(&document, root, path).map(|node| document.text(node).into_owned())
    };
    let typed = |path: &str| {
        super::table::find(&document, root, path).map(|node| document.text(node).into_owned())
    };
    assert_eq!(
        (
            at(r#"["example.com"].hits"#).as_deref(),
            at(r#"a["b.c"].d"#).as_deref()
        ),
        (Some("5"), Some("6"))
    );
    assert_eq!(
        (at("example.com.hits"), at("a.b.c.d"), at("a.b")),
        (None, None, None),
        "only the path itself leads there"
    );
    assert_eq!(
        (
            typed("example.com.hits").as_deref(),
            typed("a.b.c.d").as_deref(),
            typed("a.b")
        ),
        (Some("5"), Some("6"), None)
    );
    assert_eq!(
        (typed("a.x").as_deref(), typed(r#"["a.x"]"#).as_deref()),
        (Some("7"), Some("8")),
        "members go first"
    );
}

#[test]
fn what_is_not_seen_whole_says_how_large_it_is() {
    let document = document(&format!(
        r#"{{"text":"{}","short":"abc","list":[1,2,3],"none":[]}}"#,
        "x".repeat(12_345)
    ));
    let folds = Folds::new(document.root().unwrap(), 0);
    let texts: Vec<String> = std::iter::successors(Some(folds.first(&document)), |row| {
        folds.next(&document, *row)
    })
    .map(|node| {
        rows::row(&document, &folds, node, 24)
            .pieces
            .iter()
            .map(|(_, text)| text.as_str())
            .collect()
    })
    .collect();
    assert!(texts[0].starts_with("text: 12.3 kB \"xxx"), "{}", texts[0]);
    assert_eq!(
        texts[1..],
        ["short: \"abc\"", "list: [3] [1, 2, 3]", "none: []"]
    );
}
