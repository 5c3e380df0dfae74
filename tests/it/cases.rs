//! Answers to a list that were told wrongly once: what `airscope pages` says of each, on standard error, by its exit code and
//! in the ledger.

use std::path::Path;
use std::process::{Command, Output};

use airscope::sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::origin::Origin;

const SAID: &str = "The GitHub token of this connector lacks the scope `repo`";

/// Serves GitHub; a list answers the pages in turn, each a status and a body.
fn service(pages: Vec<(u16, String)>) -> (Origin, String) {
    let id = Sandbox::connector_id("github");
    let listed = json!({"data": [{"id": id, "name": "GitHub", "summarized_source_template": {
        "connector_name": "github", "actor_definition_id": "ef69ef6e-aa7f-4af1-a01d-ef775033524e",
    }}]})
    .to_string();
    let origin = Origin::scripted(Box::new(move |_, body| {
        let page = body["params"]["after"]
            .as_str()
            .map_or(0, |after| after.trim_start_matches('c').parse().unwrap());
        let (status, text) = if body["entity"].is_string() {
            &pages[page]
        } else {
            &(200, listed.clone())
        };
        let kind = if text.starts_with('<') {
            "text/html"
        } else {
            "application/json"
        };
        let head = format!(
            "HTTP/1.1 {status} Answer\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            text.len()
        );
        [head.as_bytes(), text.as_bytes()].concat()
    }));
    (origin, id)
}

fn run(origin: &Origin, id: &str, home: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airscope"));
    command
        .args([
            "pages", id, "issues", "list", "-p", "owner=a", "-p", "repo=b", "--ledger", "ledger",
        ])
        .args(words)
        .current_dir(home);
    command
        .env_clear()
        .env("HOME", home)
        .env("AIRBYTE_API_HOST", origin.url())
        .env("AIRBYTE_APPLICATION_TOKEN", "a-token-of-the-test");
    command.output().unwrap()
}

/// A page of records, with more behind it or none.
fn page(records: Value, more: bool) -> Value {
    let metadata =
        json!({"has_next_page": more, "end_cursor": if more { json!("c1") } else { Value::Null }});
    json!({"status": "success", "result": records, "connector_metadata": metadata})
}

fn with(mut page: Value, more: Value) -> Value {
    page.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    page
}

/// Runs a case; returns standard output, standard error and the ledger.
fn case(pages: &[(u16, String)], words: &[&str], code: i32) -> (String, String, Value) {
    let (origin, id) = service(pages.to_vec());
    let home = tempfile::tempdir().unwrap();
    let output = run(&origin, &id, home.path(), words);
    let (out, error) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert_eq!(output.status.code(), Some(code), "{error}");
    let ledger =
        serde_json::from_slice(&std::fs::read(home.path().join("ledger")).unwrap()).unwrap();
    (out, error, ledger)
}

fn ok(page: &Value) -> (u16, String) {
    (200, page.to_string())
}

#[test]
fn what_is_no_page_says_why_and_is_a_row_of_the_ledger() {
    let failed =
        json!({"status": "error", "result": null, "message": "rate limited by the provider"});
    let errors = page(
        json!({"data": null, "errors": [{"message": "Something went wrong"}]}),
        false,
    );
    let html = (
        200,
        "<html><title>502 Bad Gateway</title></html>".to_owned(),
    );
    for (answer, words) in [
        (ok(&failed), "rate limited by the provider"),
        (ok(&errors), "errors in place of data: Something went wrong"),
        (
            html,
            "a web page was received instead of a reply: `502 Bad Gateway`",
        ),
        ((200, String::new()), "the reply is empty"),
        (
            (200, "{\"status\":\"success\",\"result\":[".to_owned()),
            "the reply is not whole",
        ),
    ] {
        let (out, error, ledger) = case(std::slice::from_ref(&answer), &[], 5);
        assert!(
            error.contains("incomplete: 0 records in 0 pages") && error.contains(words),
            "{error}"
        );
        assert!(
            out.is_empty() && ledger["pages"].as_array().unwrap().len() == 1,
            "{ledger:#}"
        );
        // The same on page two: what came before stays.
        let first = ok(&page(json!([{"id": 1}]), true));
        let (out, error, ledger) = case(&[first, answer], &[], 5);
        assert!(
            error.contains("incomplete: 1 record in 1 page") && error.contains(words),
            "{error}"
        );
        assert_eq!(
            (out.as_str(), ledger["pages"].as_array().unwrap().len()),
            ("{\"id\":1}\n", 2)
        );
    }
}

#[test]
fn every_refusal_is_quoted_with_its_status() {
    for (status, code) in [(401, 2), (402, 5), (403, 2), (409, 5), (413, 5), (424, 5)] {
        let (_, error, ledger) = case(&[(status, json!({"detail": SAID}).to_string())], &[], code);
        assert!(
            error.contains(&format!("Could not list `issues`: {SAID} ({status})")),
            "{status}: {error}"
        );
        assert_eq!(ledger["pages"].as_array().unwrap().len(), 1, "{status}");
    }
    let (_, error, _) = case(
        &[(
            400,
            json!({"detail": {"code": "x", "message": SAID}}).to_string(),
        )],
        &[],
        4,
    );
    assert!(error.contains(&format!("{SAID} (400)")), "{error}");
    let (_, error, _) = case(&[(500, json!({"detail": SAID}).to_string())], &[], 5);
    assert!(error.contains(&format!("{SAID} (500)")), "{error}");
    let (_, error, _) = case(&[(500, String::new())], &[], 5);
    assert!(
        error.contains("Could not list `issues`: the service answered 500"),
        "{error}"
    );
}

#[test]
fn a_part_and_a_warning_are_in_the_verdict_and_the_ledger() {
    let part = with(
        page(json!([{"id": 1}]), false),
        json!({"status": "partial", "warning": {"code": "partial", "message": "2 of 5 sources failed"}}),
    );
    let (out, error, ledger) = case(&[ok(&part)], &[], 5);
    assert!(
        out == "{\"id\":1}\n"
            && error.contains("doubtful: 1 record")
            && error.contains("2 of 5 sources failed"),
        "{error}"
    );
    assert_eq!(ledger["verdict"], "doubtful");
    let stale = "the Context Store was asleep: data may be stale";
    let warned = with(
        page(json!([{"id": 1}]), false),
        json!({"warning": {"code": "stale", "message": stale}}),
    );
    let (_, error, ledger) = case(&[ok(&warned)], &[], 0);
    assert!(
        error.contains("complete: 1 record in 1 page") && error.contains(stale),
        "{error}"
    );
    assert!(
        ledger["pages"][0]["findings"].to_string().contains(stale),
        "{ledger:#}"
    );
}

#[test]
fn a_total_that_is_written_as_text_counts() {
    let mut three = page(json!([{"id": 0}, {"id": 1}, {"id": 2}]), false);
    three["connector_metadata"]["total_count"] = json!("5");
    let (_, error, ledger) = case(&[ok(&three)], &[], 5);
    assert!(
        error.contains("doubtful: 3 records") && error.contains("states 5 in all"),
        "{error}"
    );
    assert_eq!(ledger["verdict"], "doubtful");
    three["connector_metadata"]["total_count"] = json!("3");
    case(&[ok(&three)], &[], 0);
}

#[test]
fn only_records_with_an_id_are_left_out() {
    let login = json!({"event": "login", "user": "a"});
    let pages = [
        ok(&page(json!([login]), true)),
        ok(&page(
            json!([login, {"event": "logout", "user": "a"}]),
            false,
        )),
    ];
    let (out, _, _) = case(&pages, &["--dedupe"], 0);
    assert_eq!(out.lines().count(), 3, "two events that are alike are two");
    let twice = [
        ok(&page(json!([{"id": 1, "a": 1}]), true)),
        ok(&page(json!([{"id": 1, "a": 1}, {"id": 2}]), false)),
    ];
    let (out, error, _) = case(&twice, &["--dedupe"], 5);
    assert_eq!(out.lines().count(), 2, "{error}");
}

#[test]
fn equal_ids_inside_a_page_are_found() {
    let (out, error, ledger) = case(
        &[ok(&page(json!([{"id": 1}, {"id": 1}, {"id": 2}]), false))],
        &[],
        5,
    );
    assert!(
        out.lines().count() == 3 && error.contains("doubtful: 3 records"),
        "{error}"
    );
    assert!(
        ledger["pages"][0]["findings"]
            .to_string()
            .contains("equal_ids"),
        "{ledger:#}"
    );
    let (out, _, _) = case(
        &[ok(&page(json!([{"id": 1}, {"id": 1}, {"id": 2}]), false))],
        &["--dedupe"],
        5,
    );
    assert_eq!(out, "{\"id\":1}\n{\"id\":2}\n");
    // Rows that bear the id of what they are about are no doubt, and none is left out.
    let daily = json!([{"id": 1, "day": 1}, {"id": 1, "day": 2}]);
    let (out, _, ledger) = case(&[ok(&page(daily, false))], &["--dedupe"], 0);
    assert!(
        out.lines().count() == 2
            && ledger["pages"][0]["findings"]
                .to_string()
                .contains("does not identify"),
        "{ledger:#}"
    );
}

#[test]
fn what_moved_is_found_after_an_interruption_too() {
    let ids = |from: u64, to: u64| -> Value { (from..to).map(|id| json!({"id": id})).collect() };
    let numbered = |records: Value, next: u64| json!({"status": "success", "result": records, "connector_metadata": {"has_next_page": next > 0, "end_cursor": format!("c{next}")}});
    // The third page begins with the last two records of the second.
    let pages = [
        numbered(ids(0, 10), 1),
        numbered(ids(10, 20), 2),
        numbered(ids(18, 28), 3),
        numbered(ids(28, 38), 0),
    ];
    let pages: Vec<_> = pages.iter().map(ok).collect();
    let (_, whole, _) = case(&pages, &[], 5);
    assert!(
        whole.contains("doubtful: 40 records in 4 pages; page 3: the list shifted by 2 records"),
        "{whole}"
    );
    let (origin, id) = service(pages);
    let home = tempfile::tempdir().unwrap();
    let stopped = run(
        &origin,
        &id,
        home.path(),
        &["--output", "o", "--max-pages", "2"],
    );
    assert_eq!(stopped.status.code(), Some(5));
    std::fs::remove_file(home.path().join("ledger")).unwrap();
    let resumed = run(&origin, &id, home.path(), &["--output", "o", "--resume"]);
    let error = String::from_utf8_lossy(&resumed.stderr);
    assert!(
        resumed.status.code() == Some(5) && error.ends_with(&whole),
        "{error}"
    );
}

#[test]
fn a_count_that_is_the_size_of_each_page_is_no_total_after_an_interruption_either() {
    let numbered = |from: u64, to: u64, next: u64| {
        let records: Value = (from..to).map(|id| json!({"id": id})).collect();
        let metadata = json!({"has_next_page": next > 0, "end_cursor": format!("c{next}"), "count": (to - from).to_string()});
        ok(&json!({"status": "success", "result": records, "connector_metadata": metadata}))
    };
    let pages = vec![
        numbered(0, 10, 1),
        numbered(10, 20, 2),
        numbered(20, 30, 3),
        numbered(30, 37, 0),
    ];
    case(&pages, &[], 0);
    let (origin, id) = service(pages);
    let home = tempfile::tempdir().unwrap();
    run(
        &origin,
        &id,
        home.path(),
        &["--output", "o", "--max-pages", "3"],
    );
    std::fs::remove_file(home.path().join("ledger")).unwrap();
    let resumed = run(&origin, &id, home.path(), &["--output", "o", "--resume"]);
    assert_eq!(
        resumed.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&resumed.stderr)
    );
}
