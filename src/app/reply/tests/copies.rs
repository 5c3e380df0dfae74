//! Copies of every kind.

use super::{Bench, LAST, MORE};
use crate::app::command::{CopyCommand, CopyRequest, ReplyCommand};
use crate::app::effect::Effect;
use crate::app::reply::Shown;
use crate::app::reply::copy::copy_request;
use crate::app::reply::page::Tab;
use crate::app::widgets::focus::KeyContext;
use crate::domain::call::JsonText;
use crate::domain::scrub::Scrubber;
use crate::domain::secret::Secret;

fn bench() -> Bench {
    Bench::with_page(r#"[{"my key":"a\"b"},{"my key":2}]"#, LAST)
}

#[test]
fn a_value_is_copied_in_every_form() {
    let mut bench = bench();
    let prefix = bench.perform(ReplyCommand::CopyPrefix).prefix;
    assert_eq!(prefix, Some(KeyContext::CopyPrefix));
    bench.go_to(r#".result[0]["my key"]"#);
    let mut check = |command, text: &str, what: &str| {
        assert_eq!(bench.copy(command), (text.to_owned(), what.to_owned()));
    };
    check(CopyCommand::Value, r#""a\"b""#, "the value");
    check(CopyCommand::Text, r#"a"b"#, "the text");
    check(CopyCommand::Key, "my key", "the key");
    check(CopyCommand::Record, r#"{"my key":"a\"b"}"#, "the record");
    check(CopyCommand::Path, ".result[0].my key", "the path");
    check(
        CopyCommand::JqPath,
        r#".result[0]["my key"]"#,
        "the path for jq",
    );
    check(
        CopyCommand::BracketPath,
        r#"["result"][0]["my key"]"#,
        "the path in brackets",
    );
    check(CopyCommand::Table, "my key\na\"b\n2\n", "the table, 2 rows");
    bench.go_to(".result[1]");
    let (_, reason) = bench.copy(CopyCommand::Key);
    assert_eq!(reason, "This value has no key: it is in an array");
}

#[test]
fn what_is_marked_is_copied_in_the_order_that_is_seen() {
    let mut bench = Bench::with_page(r#"[{"id":3},{"id":1},{"id":2}]"#, LAST);
    bench.perform(ReplyCommand::Mark);
    bench.perform(ReplyCommand::Mark);
    let marked = |text: &str| (text.to_owned(), "2 marked records".to_owned());
    let records = bench.copy(CopyCommand::Record);
    assert_eq!(records, marked("{\"id\":3}\n{\"id\":1}"));
    let table = bench.copy(CopyCommand::Table);
    assert_eq!(
        table,
        ("id\n3\n1\n".to_owned(), "the table, 2 rows".to_owned())
    );
    super::marks::sort(&mut bench);
    let records = bench.copy(CopyCommand::Record);
    assert_eq!(records, marked("{\"id\":1}\n{\"id\":3}"));
}

#[test]
fn a_result_that_is_no_list_is_one_record() {
    let mut bench = Bench::with_page(r#"{"id":3,"of":{"a":1}}"#, LAST);
    bench.go_to(".result.of.a");
    let (record, _) = bench.copy(CopyCommand::Record);
    assert_eq!(record, r#"{"id":3,"of":{"a":1}}"#);
    let (_, reason) = bench.copy(CopyCommand::Table);
    assert_eq!(reason, "A table is made of the records of a result");
    bench.pane.tab = Tab::Metadata;
    let (_, reason) = bench.copy(CopyCommand::Record);
    assert_eq!(reason, "Records are in the result: t shows it");
}

#[test]
fn a_body_without_a_tree_is_copied_whole() {
    let mut bench = Bench::with_page("[1]", MORE);
    bench.pane.tab = Tab::Body;
    let whole = (super::body("[1]", MORE), "the body".to_owned());
    for command in [CopyCommand::Value, CopyCommand::Text, CopyCommand::Path] {
        assert_eq!(bench.copy(command), whole);
    }
    for command in [
        CopyCommand::Key,
        CopyCommand::JqPath,
        CopyCommand::BracketPath,
    ] {
        let (_, reason) = bench.copy(command);
        assert_eq!(reason, "This is text, not a tree: t shows another tab");
    }
}

#[test]
fn of_a_file_the_path_is_copied() {
    let mut bench = Bench::new();
    let (_, reason) = bench.copy(CopyCommand::Value);
    assert_eq!(reason, "There is no reply yet: F5 sends the request");
    bench.pane.shown = Shown::File(super::calls::saved_file());
    let path = ("/tmp/a.txt".to_owned(), "the path of the file".to_owned());
    for command in [CopyCommand::Value, CopyCommand::Text, CopyCommand::Path] {
        assert_eq!(bench.copy(command), path);
    }
    for command in [
        CopyCommand::Key,
        CopyCommand::Record,
        CopyCommand::JqPath,
        CopyCommand::BracketPath,
        CopyCommand::Table,
    ] {
        let (_, reason) = bench.copy(command);
        assert_eq!(reason, "This is a file: y y copies its path");
    }
}

#[test]
fn a_request_is_copied_without_secrets() {
    let mut bench = bench();
    bench.session.setup.host = "https://api.example".to_owned();
    let scrubber = Scrubber::default();
    scrubber.learn(&Secret::new("hunter2-hunter2"));
    bench.session.setup.scrubber = scrubber;
    let call = super::issues().with("token", JsonText::string("hunter2-hunter2"));
    let mut copy = |command| {
        let acted = bench.act(|_, context| copy_request(&call, command, context));
        match acted.effects.into_iter().next() {
            Some(Effect::Copy { text, what }) => (text, what),
            other => panic!("{other:?}"),
        }
    };
    let (curl, what) = copy(CopyRequest::Curl);
    assert_eq!(what, "the request as curl");
    assert!(curl.contains("https://api.example") && !curl.contains("hunter2"));
    let (body, what) = copy(CopyRequest::Body);
    assert_eq!(what, "the body of the request");
    assert!(body.contains("issues") && !body.contains("hunter2"));
}
