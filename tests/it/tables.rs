//! `airscope pages --format csv`: which columns there are, what is said of those there are not, and a table that is killed.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use airscope::sandbox::Gate;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::exports::kill_when_held;

const ID: &str = "5658322c-15a6-50d2-8d77-16c02088b8b1";

/// Serves the issues of GitHub, page by page.
async fn service(pages: Vec<String>) -> String {
    service_with_gate(pages, Gate::default()).await
}

/// Serves the issues of GitHub, page by page. Each call passes a gate.
async fn service_with_gate(pages: Vec<String>, gate: Gate) -> String {
    let template =
        json!({"name": "github", "actor_definition_id": "ef69ef6e-aa7f-4af1-a01d-ef775033524e"});
    let connectors =
        json!({"data": [{"id": ID, "name": "github", "summarized_source_template": template}]})
            .to_string();
    let app = Router::new()
        .route(
            "/api/v1/integrations/connectors",
            get(move || async move { ([(CONTENT_TYPE, "application/json")], connectors) }),
        )
        .route(
            "/api/v1/integrations/connectors/{id}/execute",
            post(move |asked: String| async move {
                gate.pass().await;
                let asked: Value = serde_json::from_str(&asked).unwrap();
                let at: usize = asked["params"]["after"]
                    .as_str()
                    .map_or(0, |after| after.parse().unwrap());
                let (more, cursor) = if at + 1 < pages.len() {
                    (true, json!((at + 1).to_string()))
                } else {
                    (false, Value::Null)
                };
                let metadata = json!({"has_next_page": more, "end_cursor": cursor});
                let body = format!(
                    r#"{{"status":"success","result":{},"connector_metadata":{metadata}}}"#,
                    pages[at]
                );
                ([(CONTENT_TYPE, "application/json")], body)
            }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    host
}

fn airscope(host: &str, home: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airscope"));
    command
        .args([
            "pages", "github", "issues", "list", "-p", "owner=o", "-p", "repo=r", "--format", "csv",
        ])
        .args(words);
    command
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::null());
    command
        .env("AIRBYTE_API_HOST", host)
        .env("AIRBYTE_APPLICATION_TOKEN", "tok-of-this-test");
    command
}

async fn run(host: &str, home: &Path, words: &[&str]) -> Output {
    let mut command = airscope(host, home, words);
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap()
}

/// Runs it and compares the exit code, standard output, and standard error without the verdict, whose word it returns.
async fn check(
    host: &str,
    home: &Path,
    words: &[&str],
    code: i32,
    table: &str,
    said: &[&str],
) -> String {
    let output = run(host, home, words).await;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut lines: Vec<&str> = error.lines().collect();
    let verdict = lines.pop().unwrap_or_default().to_owned();
    assert_eq!(
        (lines.as_slice(), output.status.code()),
        (said, Some(code)),
        "{words:?}: {error}"
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), table, "{words:?}");
    verdict
}

fn late() -> Vec<String> {
    let pages = [
        r#"[{"id":1,"a":1}]"#,
        r#"[{"id":2,"a":2,"late":"x","nested":{"z":1}},{"id":3,"late":"y"}]"#,
    ];
    pages.map(str::to_owned).to_vec()
}

const LATE: [&str; 3] = [
    "airscope: `late` of 2 records is left out: it was first seen after the columns were fixed",
    "airscope: `nested.z` of 1 record is left out: it was first seen after the columns were fixed",
    "airscope: --output FILE keeps all fields, --columns those that it names",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_comes_late_is_said_on_a_stream_and_kept_in_a_file() {
    let (host, home) = (service(late()).await, tempfile::tempdir().unwrap());
    let home = home.path();
    let first = "id,a\n1,1\n2,2\n3,\n";
    check(&host, home, &[], 0, first, &LATE).await;
    check(&host, home, &["--output", "/dev/stdout"], 0, first, &LATE).await;
    check(&host, home, &["--quiet"], 0, first, &[]).await;
    let verdict = check(
        &host,
        home,
        &["--strict-columns", "--quiet"],
        5,
        first,
        &LATE,
    )
    .await;
    assert!(verdict.starts_with("complete: 3 records"), "{verdict}");
    check(
        &host,
        home,
        &["--output", "o.csv", "--strict-columns"],
        0,
        "",
        &[],
    )
    .await;
    assert_eq!(
        std::fs::read_to_string(home.join("o.csv")).unwrap(),
        "id,a,late,nested.z\n1,1,,\n2,2,x,1\n3,,y,\n"
    );
    // What was named is meant; a name that leads nowhere is told.
    let unseen = ["airscope: no record has the column `nothing`"];
    check(
        &host,
        home,
        &["--columns", "late, nested ,nothing", "--strict-columns"],
        0,
        "late,nested,nothing\n,,\nx,\"{\"\"z\"\":1}\",\ny,,\n",
        &unseen,
    )
    .await;
    let hint = check(
        &host,
        home,
        &["--columns", " ,"],
        4,
        "",
        &["airscope: --columns names no field"],
    )
    .await;
    assert_eq!(hint, "  Write --columns id,title, or leave it out.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_was_stopped_is_whole_and_goes_on() {
    let (host, home) = (service(partial(12)).await, tempfile::tempdir().unwrap());
    let home = home.path();
    check(&host, home, &["--output", "whole.csv"], 0, "", &[]).await;
    let whole = std::fs::read_to_string(home.join("whole.csv")).unwrap();
    let columns = whole.lines().next().unwrap().split(',').count();
    assert_eq!(
        (
            columns,
            csv::Reader::from_reader(whole.as_bytes()).records().count()
        ),
        (2 + 11, 12 * 50)
    );
    for (more, pages) in [("2", 2), ("3", 5), ("4", 9)] {
        let words = ["--output", "o.csv", "--resume", "--max-pages", more];
        let begins = "airscope: there was nothing to go on with, so the export begins with page 1";
        let said: Vec<&str> = [begins, "airscope: --resume continues from here"]
            .into_iter()
            .skip(usize::from(pages > 2))
            .collect();
        check(&host, home, &words, 5, "", &said).await;
        let text = std::fs::read_to_string(home.join("o.csv")).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let lengths: Vec<usize> = reader
            .records()
            .map(|record| record.unwrap().len())
            .collect();
        assert_eq!(
            lengths,
            vec![1 + pages; pages * 50],
            "a table for any program"
        );
    }
    check(&host, home, &["--output", "o.csv", "--resume"], 0, "", &[]).await;
    assert_eq!(std::fs::read_to_string(home.join("o.csv")).unwrap(), whole);
    // A column that was seen before the interruption is not told of after it.
    let words = ["--output", "p.csv", "--columns", "late1,late11,no"];
    check(
        &host,
        home,
        &[&words[..], &["--max-pages", "3"]].concat(),
        5,
        "",
        &[
            "airscope: --resume continues from here",
            "airscope: no record has the column `late11`; did you mean `late1`?",
            "airscope: no record has the column `no`",
        ],
    )
    .await;
    check(
        &host,
        home,
        &[&words[..], &["--resume"]].concat(),
        0,
        "",
        &["airscope: no record has the column `no`"],
    )
    .await;
}

/// Returns pages of which each but the first brings a field.
fn partial(pages: usize) -> Vec<String> {
    let record = |page: usize, at: usize| {
        let mut record =
            json!({"id": page * 50 + at, "title": format!("line {at}\nof, \"{page}\"")});
        if page > 0 && at.is_multiple_of(7) {
            record[format!("late{page}")] = json!(at);
        }
        record
    };
    (0..pages)
        .map(|page| Value::from((0..50).map(|at| record(page, at)).collect::<Vec<_>>()).to_string())
        .collect()
}

fn is_beside(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(".airscope-") && name.ends_with(".part")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_killed_anywhere_goes_on_to_the_same_bytes() {
    let (gate, home) = (Gate::default(), tempfile::tempdir().unwrap());
    let host = service_with_gate(partial(120), gate.clone()).await;
    let home = home.path();
    check(&host, home, &["--output", "whole.csv"], 0, "", &[]).await;
    let whole = std::fs::read(home.join("whole.csv")).unwrap();
    let (path, checkpoint) = (home.join("part.csv"), home.join("part.csv.airscope-resume"));
    for replies in [2, 22, 30, 18] {
        gate.hold_after(replies);
        let child = airscope(&host, home, &["--output", "part.csv", "--resume"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        kill_when_held(&gate, child).await;
    }
    // In the second pass, which the system ends where the file beside becomes too long.
    let limited = |home: &Path| {
        let program = airscope(&host, home, &["--output", "part.csv", "--resume"]);
        let mut command = Command::new("sh");
        let blocks = (whole.len() / 512 - 8).to_string();
        command
            .args(["-c", r#"ulimit -f "$0"; exec "$@""#, &blocks])
            .arg(program.get_program())
            .args(program.get_args());
        command.current_dir(home).env_clear().envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command
    };
    let strays = || {
        std::fs::read_dir(home)
            .unwrap()
            .filter(|entry| is_beside(&entry.as_ref().unwrap().file_name()))
            .count()
    };
    for _ in 0..2 {
        let mut command = limited(home);
        let status = tokio::task::spawn_blocking(move || command.status())
            .await
            .unwrap()
            .unwrap();
        assert!(
            status.signal().is_some() && checkpoint.exists() && strays() == 1,
            "{status:?}, {} beside",
            strays()
        );
    }
    check(
        &host,
        home,
        &["--output", "part.csv", "--resume"],
        0,
        "",
        &[],
    )
    .await;
    assert!(std::fs::read(&path).unwrap() == whole, "the bytes differ");
    let mut names: Vec<_> = std::fs::read_dir(home)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["part.csv", "whole.csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn formulas_are_guarded_when_asked() {
    let pages = vec![
        r#"[{"id":-1,"name":"=1+1","+key":"-2"}]"#.to_owned(),
        r#"[{"id":2,"@late":"\tx"}]"#.to_owned(),
    ];
    let (host, home) = (service(pages).await, tempfile::tempdir().unwrap());
    let home = home.path();
    check(&host, home, &["--output", "plain.csv"], 0, "", &[]).await;
    assert_eq!(
        std::fs::read_to_string(home.join("plain.csv")).unwrap(),
        "id,name,+key,@late\n-1,=1+1,-2,\n2,,,\tx\n"
    );
    check(
        &host,
        home,
        &["--output", "safe.csv", "--csv-safe"],
        0,
        "",
        &[],
    )
    .await;
    assert_eq!(
        std::fs::read_to_string(home.join("safe.csv")).unwrap(),
        "id,name,'+key,'@late\n-1,'=1+1,-2,\n2,,,'\tx\n"
    );
}
