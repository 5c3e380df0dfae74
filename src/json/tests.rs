//! The index, folding and searching by example.

use std::ops::ControlFlow;

use bytes::Bytes;

use super::deviation::DeviationKind;
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

/// Reads a body with several values in chunks of all sizes, and returns it when all agree.
fn sequence(text: &[u8]) -> Document {
    let (whole, _) = fed(text, &[text.len().max(1)], true);
    for size in 1..text.len().min(12) {
        let (parts, _) = fed(text, &[size], true);
        assert_eq!(
            (parts.len(), parts.fault(), parts.deviations()),
            (whole.len(), whole.fault(), whole.deviations()),
            "in chunks of {size}"
        );
    }
    whole
}

fn deviations(document: &Document) -> Vec<(DeviationKind, usize, u64)> {
    document
        .deviations()
        .iter()
        .map(|deviation| (deviation.kind, deviation.first, deviation.count))
        .collect()
}

/// Returns the values of a sequence as text.
fn items(document: &Document) -> Vec<String> {
    let root = document.root().unwrap();
    document
        .children(root)
        .map(|child| document.text(child).into_owned())
        .collect()
}

#[test]
fn what_is_nearly_json_is_read_and_named() {
    let text = br#"[{"a":NaN,"b":Infinity,"c":-Infinity,"d":nan},{"a":2}]"#;
    let document = sequence(text);
    assert_eq!(document.fault(), None);
    assert_eq!(deviations(&document), [(DeviationKind::NotANumber, 6, 4)]);
    let root = document.root().unwrap();
    let first = document.first_child(root).unwrap();
    for child in document.children(first) {
        assert_eq!(document.kind(child), Kind::Number);
    }
    assert_eq!(document.child_count(root), 2);

    let document = sequence(br#"{"a":[1,2,3,],"b":2,}"#);
    assert_eq!(document.fault(), None);
    assert_eq!(
        deviations(&document),
        [(DeviationKind::TrailingComma, 12, 2)]
    );
    let root = document.root().unwrap();
    let list = document.member(root, "a").unwrap();
    assert_eq!(document.raw(list).as_ref(), b"[1,2,3,]");
    assert!(!document.is_unclosed(list) && !document.is_unclosed(root));
    assert_eq!(document.end_of(root), document.size());

    let document =
        sequence(br#"{'id': 1, 'say "hi"': 'it\'s', 'none': None, 'ok': [True, False]}"#);
    assert_eq!(document.fault(), None);
    assert_eq!(
        deviations(&document),
        [
            (DeviationKind::SingleQuotes, 1, 5),
            (DeviationKind::PythonWord, 39, 3)
        ]
    );
    let root = document.root().unwrap();
    let keys: Vec<_> = document
        .children(root)
        .map(|child| document.key(child).unwrap().into_owned())
        .collect();
    assert_eq!(keys, ["id", "say \"hi\"", "none", "ok"]);
    let kinds: Vec<Kind> = document
        .children(root)
        .map(|child| document.kind(child))
        .collect();
    assert_eq!(kinds, [Kind::Number, Kind::String, Kind::Null, Kind::Array]);
    let list = document.member(root, "ok").unwrap();
    assert_eq!(
        document.boolean(document.first_child(list).unwrap()),
        Some(true)
    );
}

#[test]
fn what_cannot_be_understood_is_still_a_fault() {
    let check = |text: &[u8], expected: (usize, FaultKind)| {
        let document = sequence(text);
        let fault = document.fault().map(|fault| (fault.offset, fault.kind));
        assert_eq!(fault, Some(expected), "{}", String::from_utf8_lossy(text));
    };
    check(b"[1,,2]", (3, FaultKind::NoValue));
    check(b"[,1]", (1, FaultKind::NoValue));
    check(b"{,}", (1, FaultKind::NoKey));
    check(b"{a:1}", (1, FaultKind::NoKey));
    check(b"[NaNo]", (4, FaultKind::NoComma));
    check(b"[-Inf]", (1, FaultKind::NoNumber));
    check(b"[1] garbage", (4, FaultKind::TextAfterEnd));
    check(b"[1]\ngarbage", (4, FaultKind::TextAfterEnd));
    check(b"<html>\n</html>", (0, FaultKind::NoValue));
    check(b"{\"a\":1}\n{\"a\":\n oops}\n{}", (15, FaultKind::NoValue));
    check(
        b"{\"a\":1}\n{\"a\":2}\n{\"a\":",
        (21, FaultKind::EndsBeforeValue),
    );
    check(b"['a", (3, FaultKind::EndsInString));
}

#[test]
fn a_line_that_is_no_json_is_one_value_between_the_others() {
    let document = sequence(b"{\"a\":1}\n{\"a\":2}\nstarting worker...\n{\"a\":3}\n{\"a\":4}\n");
    assert_eq!(document.fault(), None);
    assert_eq!(deviations(&document), [(DeviationKind::BadLine, 16, 1)]);
    assert_eq!(
        items(&document),
        [
            "{\"a\":1}",
            "{\"a\":2}",
            "starting worker...",
            "{\"a\":3}",
            "{\"a\":4}"
        ]
    );
    let root = document.root().unwrap();
    let bad = document.child_at(root, 2).unwrap();
    assert!(document.is_bad_line(bad) && !document.is_container(bad));
    assert_eq!(document.plain(bad), "starting worker...");

    // What was read of the line before its fault is none of the values.
    let check = |text: &[u8], expected: &[&str]| {
        let document = sequence(text);
        assert_eq!(document.fault(), None);
        assert_eq!(items(&document), expected);
        let root = document.root().unwrap();
        let bad = document
            .children(root)
            .filter(|child| document.is_bad_line(*child));
        assert_eq!(bad.count(), 1, "{expected:?}");
    };
    check(
        b"{\"a\":1}\n{\"a\":{\"b\":[1,2,{\"c\n[3]\n",
        &["{\"a\":1}", "{\"a\":{\"b\":[1,2,{\"c", "[3]"],
    );
    check(
        b"{\"a\":1}\r\n{\"b\":NaN,'c'}\r\n{\"a\":2}\r\n",
        &["{\"a\":1}", "{\"b\":NaN,'c'}", "{\"a\":2}"],
    );
    check(b"1\n2\n{\"a\":2}}\n3", &["1", "2", "{\"a\":2}", "}", "3"]);
    check(
        b"\x1e{\"a\":1}\n\x1e{\"a\":2}\n\x1e{\"a\":\n\x1e{\"a\":4}\n",
        &["{\"a\":1}", "{\"a\":2}", "{\"a\":", "{\"a\":4}"],
    );
    check(b"1\n2\n\xff\xfe", &["1", "2", "\u{fffd}\u{fffd}"]);
    // More values than have an anchor.
    let mut text = "[1]\n".repeat(64);
    text.push_str("[[[]], oops\n");
    text.push_str(&"[2]\n".repeat(70));
    let document = sequence(text.as_bytes());
    let root = document.root().unwrap();
    assert_eq!(document.child_count(root), 135);
    let at = |index| {
        document
            .text(document.child_at(root, index).unwrap())
            .into_owned()
    };
    assert_eq!(
        [at(63), at(64), at(65), at(134)],
        ["[1]", "[[[]], oops", "[2]", "[2]"]
    );
}

#[test]
fn marks_between_values_are_passed() {
    let document =
        sequence(b"\xef\xbb\xbf{\"a\":1}\n\xef\xbb\xbf{\"a\":2}\n{\"a\":3}\n\xef\xbb\xbf");
    assert_eq!((document.fault(), document.deviations()), (None, &[][..]));
    assert_eq!(items(&document), ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"]);
    let document = sequence(b"\x1e{\"a\":1}\n\x1e\x1e{\"a\":2}\n");
    assert_eq!((document.fault(), document.deviations()), (None, &[][..]));
    assert_eq!(items(&document), ["{\"a\":1}", "{\"a\":2}"]);
    let lone = sequence(b"\x1e{\"a\":1}\n");
    assert_eq!(lone.fault(), None);
    assert!(!lone.is_sequence());
}
