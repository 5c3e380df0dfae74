//! Strings that JSON forbids: what goes to other programs is repaired and counted, a body stays as it came.

use std::path::Path;
use std::process::{Command, Output};

use airscope::sandbox::Sandbox;

use crate::support::origin::Origin;

/// A record with an unknown escape, one with a raw tab and a line break, one with bytes that are no UTF-8, one with half of a
/// pair; and one that only looks odd.
const RECORDS: [&[u8]; 5] = [
    br#"{"id":1,"title":"\x00"}"#,
    b"{\"id\":2,\"title\":\"tab\there\nand on\"}",
    b"{\"id\":3,\"title\":\"bad \xff\xfe\"}",
    br#"{"id":4,"ti\ud800tle":{"inner":["\ud800"]}}"#,
    br#"{"id":5,"title":"fine \u00e9 \\x \ud83d\ude00"}"#,
];

fn service() -> (Origin, String) {
    let id = Sandbox::connector_id("github");
    let listed = format!(
        "{{\"data\": [{{\"id\": \"{id}\", \"name\": \"GitHub\", \"summarized_source_template\": {{\"connector_name\": \"github\", \
         \"actor_definition_id\": \"ef69ef6e-aa7f-4af1-a01d-ef775033524e\"}}}}]}}"
    );
    let origin = Origin::scripted(Box::new(move |_, body| {
        let body = if body["entity"].is_string() {
            body_of_list()
        } else {
            listed.clone().into_bytes()
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        [head.into_bytes(), body].concat()
    }));
    (origin, id)
}

fn body_of_list() -> Vec<u8> {
    let records = RECORDS.join(&b", "[..]);
    [
        b"{\"status\":\"success\",\"result\":[",
        &records[..],
        b"],\"connector_metadata\":{\"has_next_page\":false}}",
    ]
    .concat()
}

fn run(origin: &Origin, home: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airscope"));
    command
        .args(words)
        .args(["-p", "owner=a", "-p", "repo=b"])
        .current_dir(home)
        .env_clear()
        .env("HOME", home);
    command
        .env("AIRBYTE_API_HOST", origin.url())
        .env("AIRBYTE_APPLICATION_TOKEN", "a-token-of-the-test");
    command.output().unwrap()
}

#[test]
fn what_goes_out_is_read_by_every_program() {
    let (origin, id) = service();
    let home = tempfile::tempdir().unwrap();
    let titles = |records: &[serde_json::Value]| -> Vec<String> {
        let title =
            |record: &serde_json::Value| record["title"].as_str().unwrap_or_default().to_owned();
        records.iter().map(title).collect()
    };
    let expected = [
        "\u{fffd}00",
        "tab\there\nand on",
        "bad \u{fffd}\u{fffd}",
        "",
        "fine \u{e9} \\x \u{1f600}",
    ];
    for format in ["ndjson", "json"] {
        let ledger = format!("{format}.ledger");
        let output = run(
            &origin,
            home.path(),
            &[
                "pages", &id, "issues", "list", "--format", format, "--ledger", &ledger,
            ],
        );
        let (out, error) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8_lossy(&output.stderr),
        );
        let records: Vec<serde_json::Value> = match format {
            "json" => serde_json::from_str(&out).unwrap(),
            _ => out
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        };
        assert_eq!(titles(&records), expected, "{format}");
        assert!(
            output.status.success()
                && error.contains("5 values with what JSON forbids written repaired"),
            "{error}"
        );
        let ledger: serde_json::Value =
            serde_json::from_slice(&std::fs::read(home.path().join(&ledger)).unwrap()).unwrap();
        assert!(
            ledger["pages"][0]["findings"]
                .to_string()
                .contains("strings_repaired"),
            "{ledger}"
        );
    }
    let output = run(
        &origin,
        home.path(),
        &["pages", &id, "issues", "list", "--format", "csv"],
    );
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table.contains("\n4,,\"[\"\"\u{fffd}\"\"]\"") || table.contains("[\"\"\u{fffd}\"\"]"),
        "{table}"
    );
}

#[test]
fn a_body_stays_as_it_came() {
    let (origin, id) = service();
    let home = tempfile::tempdir().unwrap();
    let output = run(&origin, home.path(), &["call", &id, "issues", "list"]);
    assert_eq!(output.stdout.strip_suffix(b"\n"), Some(&body_of_list()[..]));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success()
            && error
                .contains("5 strings of the reply hold what JSON forbids; the reply is unchanged"),
        "{error}"
    );
}
