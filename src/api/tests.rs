//! Wording of errors, waits, and the shapes of `describe`.

use std::time::{Duration, SystemTime};

use super::error::{is_error_body, message, refused};
use super::{described_operations, retry};
use crate::domain::failure::FailureKind;

#[test]
fn every_shape_of_an_error_is_read() {
    let check = |body: &str, expected: Option<&str>| assert_eq!(message(body.as_bytes()).as_deref(), expected, "{body}");
    check(
        r#"{"message":"m","errors":[{"field":"body","message":"a"},{"field":"limit","message":"too large"}]}"#,
        Some("a; limit: too large"),
    );
    check(r#"{"message":"m","errors":[]}"#, Some("m"));
    check(r#"{"detail":"text"}"#, Some("text"));
    check(r#"{"detail":[{"loc":["body","action"],"msg":"Field required"}]}"#, Some("body.action: Field required"));
    check(r#"{"error":"e"}"#, Some("e"));
    check(r#"{"errors":[{"userPresentableMessage":"u"}]}"#, Some("u"));
    check("<html>busy</html>", Some("<html>busy</html>"));
    check("", None);
}

#[test]
fn a_refusal_says_what_to_do() {
    let failure = refused("Could not list", 429, Some(7), b"");
    assert_eq!(
        (failure.kind, failure.summary.as_str()),
        (FailureKind::RateLimited, "Could not list: too many requests (429), free again in 7 s")
    );
    let failure = refused("Could not list", 400, None, br#"{"detail":"specify target organization"}"#);
    assert_eq!(failure.kind.exit_code(), 2);
    let failure = refused("x", 422, None, "{\"detail\":\"\u{1b}[31mred\"}".as_bytes());
    assert!(!failure.summary.contains('\u{1b}') && !failure.detail.unwrap().contains('\u{1b}'));
}

#[test]
fn waits_are_taken_as_asked() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    assert_eq!(retry::retry_after("7", now), Some(Duration::from_secs(7)));
    assert_eq!(retry::retry_after("Sun, 09 Sep 2001 01:46:50 GMT", now), Some(Duration::from_secs(10)));
    assert_eq!(retry::retry_after("soon", now), None);
    assert_eq!([1, 2, 3].map(|repetition| retry::wait(repetition, None).as_secs()), [1, 2, 4]);
}

#[test]
fn describe_is_read_in_every_shape() {
    let check = |body: &str, expected: &str| {
        let words: Vec<String> = described_operations(body.as_bytes())
            .iter()
            .map(|operation| {
                let parameters: Vec<_> = operation
                    .parameters
                    .iter()
                    .map(|one| format!("{}{}:{}", one.name, if one.required { "*" } else { "" }, one.kind.word()))
                    .collect();
                format!("{}.{}({})", operation.entity, operation.action, parameters.join(","))
            })
            .collect();
        assert_eq!(words.join(" "), expected, "{body}");
    };
    check(r#"{"entities":[{"name":"contacts"}]}"#, "");
    check(
        r#"{"entities":[{"name":"a","actions":["list","get"],"parameters":{"list":[{"name":"x","type":"integer","required":true}]}}]}"#,
        "a.list(x*:integer) a.get()",
    );
    check(
        r#"{"result":{"entities":[{"entity":"a","actions":[{"action":"list","params":[{"name":"x","type":"string"}]}]}]}}"#,
        "a.list(x:string)",
    );
    check(
        r#"{"schema":{"entities":[{"name":"a","actions":[{"name":"list","input_schema":{"type":"object","properties":{"x":{"type":["integer","null"]}},"required":["x"]}}]}]}}"#,
        "a.list(x*:integer)",
    );
    check(
        r#"{"status":"success","result":[{"entity_name":"a","actions":{"list":{"parameters":{"x":{"type":"boolean"}}}}}]}"#,
        "a.list(x:boolean)",
    );
    check(
        r#"{"entities":[{"entity_name":"a","available_actions":["get"],"parameters":{"get":[{"name":"id","in":"path","required":true,"type":"string"}]}}]}"#,
        "a.get(id*:string)",
    );
    check("list(limit?: integer)", "");
}

#[test]
fn a_json_file_is_told_from_an_error() {
    assert!(is_error_body(br#"{"status":"success","result":1}"#));
    assert!(is_error_body(br#"{"detail":"gone"}"#));
    assert!(!is_error_body(br#"{"fleet":["R3"]}"#));
    assert!(!is_error_body(b"[1]"));
}
