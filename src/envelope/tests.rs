//! Every shape of a reply that services have been seen to answer.

use std::sync::Arc;

use bytes::Bytes;

use super::{Envelope, Reading, Shape};
use crate::json::document::Document;

fn read(body: &str) -> Envelope {
    Envelope::read(Arc::new(Document::parse(Bytes::copy_from_slice(
        body.as_bytes(),
    ))))
}

fn check(body: &str, shape: Shape, count: u32) {
    let envelope = read(body);
    assert_eq!((envelope.shape, envelope.count()), (shape, count), "{body}");
}

#[test]
fn finds_records_in_every_shape() {
    check(
        r#"{"status":"success","result":[1,2],"connector_metadata":null,"execution_metadata":{}}"#,
        Shape::Envelope,
        2,
    );
    check(
        r#"{"status":"success","result":{"data":[{"id":1}],"meta":{"has_more":false}}}"#,
        Shape::Envelope,
        1,
    );
    check(
        r#"{"status":"success","result":{"records":[1,2,3],"record_count":3}}"#,
        Shape::Envelope,
        3,
    );
    check(
        r#"{"status":"success","result":{"id":9001}}"#,
        Shape::Envelope,
        1,
    );
    check(r#"{"status":"success","result":null}"#, Shape::Envelope, 0);
    check(r#"{"status":"success","bundle":{}}"#, Shape::Envelope, 0);
    check(
        r#"{"data":[{"id":1},{"id":2}],"meta":{}}"#,
        Shape::OtherJson,
        2,
    );
    check(r#"{"entities":[{"name":"contacts"}]}"#, Shape::OtherJson, 1);
    check("<html>busy</html>", Shape::Text, 0);
    check(" \n", Shape::Empty, 0);
    check(r#"{"status":"success","result":[1,"#, Shape::Broken, 1);
}

#[test]
fn lists_are_unwrapped_where_an_operation_lists() {
    let check = |result: &str, count: u32, wrapper: Option<&str>| {
        let body = format!(r#"{{"status":"success","result":{result}}}"#);
        let reply = Envelope::read_as(Arc::new(Document::parse(Bytes::from(body))), Reading::List);
        let own = reply
            .wrapper
            .map(|node| reply.document.text(node).into_owned());
        assert_eq!(
            (reply.count(), own.as_deref()),
            (count, wrapper),
            "{result}"
        );
    };
    check(
        r#"{"contacts":[{"a":1},{"a":2}]}"#,
        2,
        Some(r#"{"contacts":[{"a":1},{"a":2}]}"#),
    );
    check(
        r#"{"contacts":[],"total":0}"#,
        0,
        Some(r#"{"contacts":[],"total":0}"#),
    );
    check(
        r#"{"errors":[],"rows":[{"a":1}]}"#,
        1,
        Some(r#"{"errors":[],"rows":[{"a":1}]}"#),
    );
    check(
        r#"{"issues":{"nodes":[1,2,3],"pageInfo":{}},"extensions":1}"#,
        3,
        Some(r#"{"nodes":[1,2,3],"pageInfo":{}}"#),
    );
    check(
        r#"{"searchRecords":[{"Id":1}]}"#,
        1,
        Some(r#"{"searchRecords":[{"Id":1}]}"#),
    );
    // A record of its own keeps its lists.
    check(r#"{"id":1,"labels":[{"a":1}]}"#, 1, None);
    check(r#"{"series":[1,2],"other":[3]}"#, 1, None);
    // What does not list is never unwrapped by guess.
    assert_eq!(
        read(r#"{"status":"success","result":{"labels":[{"a":1},{"a":2}]}}"#).count(),
        1
    );
}

#[test]
fn reads_flags_time_and_warning() {
    let envelope = read(
        r#"{"status":"error","result":null,"connector_metadata":{"next_page":{"offset":"abc"},"a.b":1},"execution_metadata":{"execution_time_ms":812},"warning":{}}"#,
    );
    assert!(!envelope.succeeded() && envelope.warning.is_none());
    assert_eq!(envelope.service_millis(), Some(812));
    let text = |path: &str| {
        envelope
            .fact(path)
            .map(|node| envelope.document.plain(node).into_owned())
    };
    assert_eq!(text("next_page.offset").as_deref(), Some("abc"));
    assert_eq!(text("a.b").as_deref(), Some("1"));
    assert_eq!(text("missing"), None);
    assert!(
        read(r#"{"status":"success","result":1,"warning":"stale"}"#)
            .warning
            .is_some()
    );
}
