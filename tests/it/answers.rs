//! What `airscope call` says of replies with status 200 that are no success, or not all of one.

use std::process::{Command, Output};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};

const ID: &str = "c7b1f1de-6a0a-4f25-b8a0-3b8f9be8a001";

/// Serves one connector that no catalog knows, whose every operation answers with a body.
async fn service(content_type: &'static str, body: &'static str) -> String {
    let connectors = format!(
        r#"{{"data":[{{"id":"{ID}","name":"Own","summarized_source_template":{{"name":"Own"}}}}]}}"#
    );
    let app = Router::new()
        .route(
            "/api/v1/integrations/connectors",
            get(move || async move { ([(CONTENT_TYPE, "application/json")], connectors) }),
        )
        .route(
            "/api/v1/integrations/connectors/{id}/execute",
            post(move |asked: String| async move {
                let described = asked.contains(r#""action":"describe""#);
                let (content_type, body) = if described {
                    ("application/json", r#"{"entities":[]}"#)
                } else {
                    (content_type, body)
                };
                ([(CONTENT_TYPE, content_type)], body)
            }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    host
}

async fn run(content_type: &'static str, body: &'static str, words: &[&str]) -> Output {
    let host = service(content_type, body).await;
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let child = move || {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_airscope"));
        command
            .args(words)
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path());
        command
            .env("AIRBYTE_API_HOST", host)
            .env("AIRBYTE_APPLICATION_TOKEN", "tok-of-this-test")
            .output()
            .unwrap()
    };
    tokio::task::spawn_blocking(child).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_success_fails_and_says_why() {
    let json = "application/json";
    let cases = [
        (
            json,
            r#"{"data":null,"errors":[{"message":"Field 'x' is unknown"}]}"#,
            1,
            "Could not list `items`: the service answered errors in place of data: Field 'x' is unknown",
        ),
        (
            json,
            r#"{"status":"success","result":{"data":null,"errors":[{"message":"no scope"}]}}"#,
            1,
            "errors in place of data: no scope",
        ),
        (
            json,
            r#"{"status":"error","result":null,"error":{"message":"the token lacks `repo`"}}"#,
            1,
            "Could not list `items`: the service answered `error`: the token lacks `repo`",
        ),
        (
            json,
            r#"{"status":"failed","result":null}"#,
            1,
            "the service answered `failed` without a reason",
        ),
        (
            json,
            r#"{"status":"partial_success","result":[{"id":1}],"message":"one shard timed out"}"#,
            5,
            "The reply is only a part of what was asked for: one shard timed out",
        ),
        (
            json,
            r#"{"status":"success","result":{"data":{"items":[1]},"errors":[{"message":"one is hidden"}]}}"#,
            5,
            "errors beside the data: one is hidden",
        ),
        (
            "text/html",
            "<html><title>Sign in</title></html>",
            1,
            "Could not list `items`: a web page was received instead of a reply: `Sign in`",
        ),
        (json, "", 1, "Could not list `items`: the reply is empty"),
        (
            json,
            "Internal fault",
            1,
            "the reply is not JSON: `Internal fault`",
        ),
        (
            json,
            r#"{"status":"success","result":[1"#,
            5,
            "it is not whole",
        ),
        (json, r#"{"status":"success","result":[1]}"#, 0, ""),
        (json, r#"{"id":1,"errors":[]}"#, 0, ""),
    ];
    for (content_type, body, code, words) in cases {
        let output = run(content_type, body, &["call", ID, "items", "list"]).await;
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{body}\n{error}");
        assert!(
            if words.is_empty() {
                error.is_empty()
            } else {
                error.contains(words)
            },
            "{body}\n{error}"
        );
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            format!("{body}\n"),
            "the body goes out as it came"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_is_said_on_standard_error() {
    for (warning, words) in [
        (
            r#"{"code":"c","message":"data may be stale"}"#,
            "data may be stale",
        ),
        (r#""left out""#, "left out"),
    ] {
        let body: &'static str = Box::leak(
            format!(r#"{{"status":"success","result":[1],"warning":{warning}}}"#).into_boxed_str(),
        );
        let output = run("application/json", body, &["call", ID, "items", "list"]).await;
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), error.as_ref()),
            (
                Some(0),
                format!("airscope: the service warns: {words}\n").as_str()
            )
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_answered_with_a_web_page_has_an_unknown_outcome() {
    let output = run(
        "text/html",
        "<html>busy</html>",
        &["call", ID, "items", "create", "--yes"],
    )
    .await;
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(1) && error.contains("Outcome unknown"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_only_reads() {
    for action in ["sql_select", "context_store_sql_query"] {
        let words = ["call", ID, "x", action, "-p", "sql=SELECT 1", "--read-only"];
        let output = run(
            "application/json",
            r#"{"status":"success","result":{"data":[{"1":1}]}}"#,
            &words,
        )
        .await;
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let output = run(
        "application/json",
        "{}",
        &[
            "call",
            ID,
            "x",
            "sql_insert",
            "-p",
            "sql=INSERT",
            "--read-only",
        ],
    )
    .await;
    assert_eq!(
        output.status.code(),
        Some(4),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
