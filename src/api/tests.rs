//! Wording of errors, waits, and the shapes of `describe`.

use std::time::{Duration, SystemTime};

use super::error::{is_error_body, message, refused};
use super::{RetryPolicy, described_operations, retry};
use crate::domain::failure::FailureKind;

#[test]
fn every_shape_of_an_error_is_read() {
    let check = |body: &str, expected: Option<&str>| {
        assert_eq!(message(body.as_bytes()).as_deref(), expected, "{body}")
    };
    check(
        r#"{"message":"m","errors":[{"field":"body","message":"a"},{"field":"limit","message":"too large"}]}"#,
        Some("a; limit: too large"),
    );
    check(r#"{"message":"m","errors":[]}"#, Some("m"));
    check(r#"{"detail":"text"}"#, Some("text"));
    check(
        r#"{"detail":[{"loc":["body","action"],"msg":"Field required"}]}"#,
        Some("body.action: Field required"),
    );
    check(r#"{"error":"e"}"#, Some("e"));
    check(r#"{"errors":[{"userPresentableMessage":"u"}]}"#, Some("u"));
    check(r#"{"detail":{"code":"x","message":"m"}}"#, Some("m"));
    check(r#"{"detail":{"error":{"message":"m"}}}"#, Some("m"));
    check(r#"{"detail":["a","b"]}"#, Some("a; b"));
    check(
        r#"{"message":null,"errors":[{"field":null,"message":null}],"detail":"d"}"#,
        Some("d"),
    );
    check(
        r#"{"error":"invalid_client","error_description":"d"}"#,
        Some("d"),
    );
    check(r#"{"error":"Forbidden","message":"m"}"#, Some("m"));
    check(
        r#"{"type":"about:blank","title":"t","status":409}"#,
        Some("t"),
    );
    check(r#"{"status":"error","result":{"message":"m"}}"#, Some("m"));
    check(r#"{"errors":["a",{"message":"b"}]}"#, Some("a; b"));
    check(r#"["a"]"#, Some("a"));
    check(r#"" text ""#, Some("text"));
    check(r#"{"code":7}"#, Some(r#"{"code":7}"#));
    check("upstream connect error\n", Some("upstream connect error"));
    check("<html><TITLE>Busy\u{e9}</TITLE>", Some("Busy\u{e9}"));
    check("<html>busy</html>", Some("a web page"));
    check(r#"{"message":"","errors":[],"detail":{}}"#, None);
    check("", None);
}

#[test]
fn a_refusal_quotes_the_service_and_states_the_status() {
    let bodies: [(&str, Option<&str>); 11] = [
        (
            r#"{"detail":"The GitHub token lacks the scope `repo`"}"#,
            Some("The GitHub token lacks the scope `repo`"),
        ),
        (
            r#"{"detail":{"message":"it says so","code":1}}"#,
            Some("it says so"),
        ),
        (
            r#"{"message":"m","errors":[{"field":"limit","message":"too large"}]}"#,
            Some("limit: too large"),
        ),
        (r#"{"error":{"message":"inner"}}"#, Some("inner")),
        (
            r#"[{"msg":"first"},{"msg":"second"}]"#,
            Some("first; second"),
        ),
        ("plain words", Some("plain words")),
        ("", None),
        ("{}", None),
        (r#"{"message":null,"errors":[]}"#, None),
        (r#"{"code":7}"#, None),
        ("null", None),
    ];
    let statuses = [
        400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 416, 418, 422, 424, 425, 429, 451,
        500, 501, 502, 503, 504, 520,
    ];
    for status in statuses {
        for (body, words) in bodies {
            let failure = refused("Could not list `issues`", status, None, body.as_bytes());
            let expected = match words {
                Some(words) => format!("Could not list `issues`: {words} ({status})"),
                None => format!("Could not list `issues`: the service answered {status}"),
            };
            assert_eq!(
                (failure.summary.as_str(), failure.status),
                (expected.as_str(), Some(status)),
                "{status} {body}"
            );
            assert_eq!(
                failure.detail,
                words
                    .or(Some(body).filter(|body| body.contains('7')))
                    .map(|said| format!("HTTP {status}\n{said}"))
            );
        }
        let page = refused(
            "Could not list",
            status,
            None,
            b"<!DOCTYPE html><title>Bad Gateway</title>",
        );
        assert_eq!(
            page.summary,
            format!("Could not list: the service answered {status} with a web page: `Bad Gateway`")
        );
    }
}

#[test]
fn a_refusal_has_the_kind_and_the_next_step_of_its_status() {
    let check = |status: u16, body: &str, kind: FailureKind, hint: &str| {
        let failure = refused("Could not list", status, None, body.as_bytes());
        assert_eq!(failure.kind, kind, "{status} {body}");
        let own = failure.hint.unwrap_or_default();
        assert!(
            if hint.is_empty() {
                own.is_empty()
            } else {
                own.contains(hint)
            },
            "{status} {body}: {own}"
        );
    };
    check(400, "", FailureKind::Input, "");
    check(
        400,
        r#"{"detail":"specify target organization"}"#,
        FailureKind::Credentials,
        "--organization",
    );
    check(401, "", FailureKind::Credentials, "AIRBYTE_CLIENT_SECRET");
    check(
        402,
        "",
        FailureKind::RateLimited,
        "plan of the organization",
    );
    check(403, "", FailureKind::Forbidden, "subscription");
    check(
        403,
        r#"{"detail":"This organization has no Airbyte Agents subscription"}"#,
        FailureKind::Forbidden,
        "Use an organization with",
    );
    check(
        403,
        r#"{"detail":"Actor is not enabled for Agents access."}"#,
        FailureKind::Forbidden,
        "An administrator must switch it on",
    );
    check(
        403,
        r#"{"message":"The role may not read `issues`"}"#,
        FailureKind::Forbidden,
        "role behind AIRBYTE_CLIENT_ID",
    );
    check(404, "", FailureKind::NotFound, "");
    check(405, "", FailureKind::Service, "");
    check(409, "", FailureKind::Service, "");
    check(413, "", FailureKind::Service, "Send less");
    check(424, "", FailureKind::Service, "Try again");
    check(429, "", FailureKind::RateLimited, "Wait a moment");
    check(
        429,
        "The monthly allowance is used up",
        FailureKind::RateLimited,
        "plan of the organization",
    );
    check(501, "", FailureKind::Service, "");
    check(503, "", FailureKind::Service, "Try again");
    let failure = refused("Could not list", 429, Some(7), b"Too many requests");
    assert_eq!(
        (failure.summary.as_str(), failure.hint.as_deref()),
        (
            "Could not list: Too many requests (429)",
            Some("Wait 7 s, then send again.")
        )
    );
    let failure = refused(
        "Could not list",
        400,
        None,
        br#"{"detail":"specify target organization"}"#,
    );
    assert_eq!(failure.kind.exit_code(), 2);
}

#[test]
fn what_a_refusal_quotes_is_harmless_and_short_and_keeps_its_status() {
    for status in [401, 403, 422, 503] {
        let failure = refused(
            "x",
            status,
            None,
            "{\"detail\":\"\u{1b}[31mred\"}".as_bytes(),
        );
        assert!(
            !failure.summary.contains('\u{1b}') && !failure.detail.unwrap().contains('\u{1b}'),
            "{status}"
        );
        let long = format!(r#"{{"detail":"{}"}}"#, "long ".repeat(2000));
        let failure = refused("x", status, None, long.as_bytes());
        assert!(
            failure.summary.chars().count() < 320
                && failure.summary.ends_with(&format!("… ({status})")),
            "{}",
            failure.summary
        );
    }
}

#[test]
fn waits_are_taken_as_asked() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    assert_eq!(retry::retry_after("7", now), Some(Duration::from_secs(7)));
    assert!(
        retry::retry_after("18446744073709551615", now).unwrap()
            <= Duration::from_secs(366 * 24 * 3600),
        "it can be added to"
    );
    assert_eq!(
        retry::retry_after("Sun, 09 Sep 2001 01:46:50 GMT", now),
        Some(Duration::from_secs(10))
    );
    assert_eq!(retry::retry_after("soon", now), None);
}

#[test]
fn waits_double_with_jitter_and_never_undercut_what_the_service_asks_for() {
    let policy = RetryPolicy::default();
    let waits = |random: f64| {
        [0, 1, 2, 3, 7, u32::MAX]
            .map(|repetition| policy.wait(repetition, None, &mut || random).as_millis())
    };
    assert_eq!(waits(0.0), [500, 500, 1000, 2000, 32_000, 32_000]);
    assert_eq!(waits(0.5), [750, 750, 1500, 3000, 48_000, 48_000]);
    assert_eq!(waits(1.0), [1000, 1000, 2000, 4000, 64_000, 64_000]);
    let mut seeded = fastrand::Rng::with_seed(7);
    for repetition in 1..8 {
        let longest = policy.wait(repetition, None, &mut || 1.0);
        let wait = policy.wait(repetition, None, &mut || seeded.f64());
        assert!(wait >= longest / 2 && wait <= longest, "{wait:?}");
    }
    for (asked, expected) in [(0, 1), (1, 1), (7, 7), (500, 500)] {
        let asked = Some(Duration::from_secs(asked));
        let wait = policy.wait(3, asked, &mut || 0.0);
        assert_eq!(wait, Duration::from_secs(expected));
    }
    let none = RetryPolicy {
        first_wait: Duration::ZERO,
    };
    assert_eq!(none.wait(5, None, &mut || 1.0), Duration::ZERO);
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
                    .map(|one| {
                        format!(
                            "{}{}:{}",
                            one.name,
                            if one.required { "*" } else { "" },
                            one.kind.word()
                        )
                    })
                    .collect();
                format!(
                    "{}.{}({})",
                    operation.entity,
                    operation.action,
                    parameters.join(",")
                )
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
