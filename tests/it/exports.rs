//! `airscope pages` as a shell runs it: formats, limits, interruptions, and going on after them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use airscope::sandbox::{self, Gate, Options, RequestKind, Sandbox, Scenario};
use serde_json::Value;

use crate::support::{sandbox, wait_until_held};

/// Returns the program with a sandbox as its service.
pub fn airscope(sandbox: &Sandbox, home: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airscope"));
    command
        .args(words)
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("AIRBYTE_API_HOST", sandbox.url());
    command
        .env("AIRBYTE_CLIENT_ID", sandbox::CLIENT_ID)
        .env("AIRBYTE_CLIENT_SECRET", sandbox::CLIENT_SECRET);
    command
        .env("AIRBYTE_ORGANIZATION_ID", sandbox::ORGANIZATION_ID)
        .stdin(Stdio::null());
    command
}

const ISSUES: [&str; 6] = ["pages", "github", "issues", "list", "--page-size", "10"];

async fn run(sandbox: &Sandbox, home: &Path, words: &[&str]) -> Output {
    let mut command = airscope(sandbox, home, &[&ISSUES[..], words].concat());
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap()
}

/// Runs `pages` and compares exit code and the last line of standard error.
async fn check(sandbox: &Sandbox, home: &Path, words: &[&str], code: i32, verdict: &str) -> String {
    let output = run(sandbox, home, words).await;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{words:?}: {error}");
    let last = error.lines().last().unwrap_or_default();
    assert!(last.starts_with(verdict), "{words:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_holds_every_record_once() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let lines = check(
        &sandbox,
        home,
        &["--quiet"],
        0,
        "complete: 67 records in 7 pages",
    )
    .await;
    assert_eq!(lines.lines().count(), 67);
    assert!(
        lines
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).unwrap()["id"].is_string())
    );
    let array = check(
        &sandbox,
        home,
        &["--format", "json"],
        0,
        "complete: 67 records",
    )
    .await;
    assert_eq!(
        serde_json::from_str::<Vec<Value>>(&array).unwrap().len(),
        67
    );
    let table = check(
        &sandbox,
        home,
        &["--format", "csv", "--columns", "number,author.login"],
        0,
        "complete: 67 records",
    )
    .await;
    assert_eq!(
        (table.lines().next(), table.lines().count()),
        (Some("number,author.login"), 68)
    );
    assert!(table.lines().nth(1).unwrap().starts_with("142,"), "{table}");
    let table = check(
        &sandbox,
        home,
        &["--format", "csv", "--select", "id,title"],
        0,
        "complete: 67 records",
    )
    .await;
    assert_eq!(table.lines().next(), Some("id,title"));
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_end_with_the_verdict_stopped() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    check(
        &sandbox,
        home,
        &["--max-pages", "2"],
        5,
        "stopped: 20 records in 2 pages; by the limit of 2 pages",
    )
    .await;
    check(
        &sandbox,
        home,
        &["--max-records", "25"],
        5,
        "stopped: 30 records in 3 pages; by the limit of 25 records",
    )
    .await;
    check(
        &sandbox,
        home,
        &["--max-bytes", "1"],
        5,
        "stopped: 10 records in 1 page; by the limit of 1 B",
    )
    .await;
    check(
        &sandbox,
        home,
        &["--max-time", "0"],
        5,
        "stopped: 10 records in 1 page; by the limit of 0 ms",
    )
    .await;
    let before = sandbox.executed().len();
    check(
        &sandbox,
        home,
        &["--max-calls", "3"],
        5,
        "stopped: 30 records in 3 pages; by --max-calls 3",
    )
    .await;
    assert_eq!(sandbox.executed().len() - before, 3);
    let output = airscope(
        &sandbox,
        home,
        &["--max-calls", "0", "call", "github", "issues", "list"],
    )
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--max-calls 0 is reached"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_misleads_is_never_complete() {
    let cases = [
        ("repeated-token", "incomplete: 10 records in 1 page"),
        ("missing-token", "incomplete: 10 records in 1 page"),
        (
            "duplicates",
            "doubtful: 73 records in 7 pages; page 2: 1 record already received",
        ),
        (
            "drift",
            "doubtful: 68 records in 7 pages; page 2: the list shifted by 1 record",
        ),
        (
            "empty-middle",
            "doubtful: 57 records in 7 pages; page 3: no records, also when requested again",
        ),
        (
            "cursor-expires",
            "incomplete: 20 records in 2 pages; page 3 could not be loaded",
        ),
    ];
    for (scenario, verdict) in cases {
        let (sandbox, home) = (sandbox(scenario).await, tempfile::tempdir().unwrap());
        check(&sandbox, home.path(), &[], 5, verdict).await;
    }
    let (sandbox, home) = (sandbox("duplicates").await, tempfile::tempdir().unwrap());
    let lines = check(
        &sandbox,
        home.path(),
        &["--dedupe"],
        5,
        "doubtful: 67 records",
    )
    .await;
    assert_eq!(lines.lines().count(), 67);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refuted_way_gives_way_once_and_its_records_are_not_written() {
    let (sandbox, home) = (
        sandbox("own-key-ignored").await,
        tempfile::tempdir().unwrap(),
    );
    let lines = check(
        &sandbox,
        home.path(),
        &["--ledger", "ledger.json"],
        0,
        "complete: 67 records in 7 pages",
    )
    .await;
    let mut ids: Vec<_> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["id"]
                .clone()
                .to_string()
        })
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 67);
    assert_eq!(
        sandbox.executed().len(),
        8,
        "one call more than there are pages"
    );
    let ledger: Value =
        serde_json::from_slice(&std::fs::read(home.path().join("ledger.json")).unwrap()).unwrap();
    let rows = ledger["pages"].as_array().unwrap();
    assert_eq!(
        (&rows[1]["outcome"], &rows[1]["findings"][0]["finding"]),
        (&"refuted".into(), &"profile_refuted".into())
    );
    assert!(
        rows[1]["findings"][0]["words"]
            .as_str()
            .unwrap()
            .contains("`cursor` is tried instead")
    );
    assert_eq!(
        (&ledger["profile"]["param"], &ledger["verdict"]),
        (&"cursor".into(), &"complete".into())
    );
    assert!(
        !home.path().join(".local").exists(),
        "nothing is remembered of this machine"
    );
}

/// Kills a program when one of its requests is held at a gate, and opens the gate.
pub async fn kill_when_held(gate: &Gate, mut child: Child) {
    wait_until_held(gate).await;
    child.kill().unwrap();
    tokio::task::spawn_blocking(move || child.wait().unwrap())
        .await
        .unwrap();
    gate.release();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_export_goes_on_to_the_same_bytes() {
    let options = Options {
        records: Some(300),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    for format in ["ndjson", "json", "csv"] {
        let home = tempfile::tempdir().unwrap();
        let words = |name: &'static str| vec!["--format", format, "--output", name, "--dedupe"];
        let whole = home.path().join("whole");
        check(
            &sandbox,
            home.path(),
            &words("whole"),
            0,
            "complete: 300 records in 30 pages",
        )
        .await;
        let whole = std::fs::read(whole).unwrap();
        let part = home.path().join("part");
        let mut resume = false;
        let before = sandbox.executed().len();
        let kills = [2, 1, 8, 8, 9];
        for replies in kills {
            let mut words = [&ISSUES[..], &words("part")].concat();
            if std::mem::replace(&mut resume, true) {
                words.push("--resume");
            }
            let gate = sandbox.hold_after(RequestKind::Execute, replies);
            let child = airscope(&sandbox, home.path(), &words)
                .stderr(Stdio::null())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            // The page of the last reply is being written while the next one is asked for.
            kill_when_held(&gate, child).await;
        }
        check(
            &sandbox,
            home.path(),
            &[&words("part")[..], &["--resume", "--ledger", "ledger"]].concat(),
            0,
            "complete: 300 records in 30 pages",
        )
        .await;
        // Each kill costs at most the page that was being written and the request that was held.
        assert!(
            sandbox.executed().len() - before <= 30 + 2 * kills.len(),
            "pages that were written are asked for again"
        );
        assert!(
            std::fs::read(&part).unwrap() == whole,
            "{format}: the bytes differ"
        );
        assert!(!home.path().join("part.airscope-resume").exists());
        let ledger: Value =
            serde_json::from_slice(&std::fs::read(home.path().join("ledger")).unwrap()).unwrap();
        assert_eq!(
            ledger["pages"].as_array().unwrap().len(),
            30,
            "the ledger has the pages of before, too"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_says_its_verdict_and_lets_one_go_on() {
    let options = Options {
        records: Some(500),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    for (signal, code, who) in [("-INT", 130, "; by you"), ("-TERM", 143, "; by SIGTERM")] {
        let home = tempfile::tempdir().unwrap();
        let mut command = airscope(
            &sandbox,
            home.path(),
            &[&ISSUES[..], &["--output", "out"]].concat(),
        );
        let gate = sandbox.hold_after(RequestKind::Execute, 5);
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        wait_until_held(&gate).await;
        let output = tokio::task::spawn_blocking(move || {
            let killed = Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status()
                .unwrap();
            assert!(killed.success());
            child.wait_with_output().unwrap()
        })
        .await
        .unwrap();
        gate.release();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{signal}: {error}");
        assert!(
            error.lines().last().unwrap().contains(who),
            "{signal}: {error}"
        );
        assert!(
            error.starts_with("airscope: --resume continues from here"),
            "{signal}: {error}"
        );
        check(
            &sandbox,
            home.path(),
            &["--output", "out"],
            4,
            "  An export of that name was interrupted: go on with --resume",
        )
        .await;
        check(
            &sandbox,
            home.path(),
            &["--output", "out", "--resume", "--dedupe"],
            4,
            "  Ask just as before",
        )
        .await;
        check(
            &sandbox,
            home.path(),
            &["--output", "out", "--resume"],
            0,
            "complete: 500 records in 50 pages",
        )
        .await;
        check(
            &sandbox,
            home.path(),
            &["--output", "out", "--resume"],
            4,
            "  Leave out --resume",
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_as_itself_and_leaves_an_export_that_can_go_on() {
    let (broken, home) = (sandbox("unprocessable").await, tempfile::tempdir().unwrap());
    let home = home.path();
    // The one call that was let through failed by itself.
    check(
        &broken,
        home,
        &["--max-calls", "1"],
        4,
        "incomplete: 0 records in 0 pages; page 1 could not be loaded",
    )
    .await;
    let service = sandbox("html-503").await;
    let resume = ["--output", "out", "--format", "json", "--resume"];
    check(
        &service,
        home,
        &[&resume[..], &["--max-calls", "2"]].concat(),
        5,
        "stopped: 0 records in 0 pages",
    )
    .await;
    assert!(
        !home.join("out").exists() && !home.join("out.airscope-resume").exists(),
        "nothing is in the way of another try"
    );
    service.play(Scenario::Normal);
    check(
        &service,
        home,
        &resume,
        0,
        "complete: 67 records in 7 pages",
    )
    .await;
    assert_eq!(
        serde_json::from_slice::<Vec<Value>>(&std::fs::read(home.join("out")).unwrap())
            .unwrap()
            .len(),
        67
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_ends_it_with_the_verdict() {
    let options = Options {
        records: Some(3000),
        scenario: Scenario::Normal,
        ..Options::default()
    };
    let (sandbox, home) = (
        Sandbox::start(options).await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let mut child = airscope(&sandbox, home.path(), &ISSUES)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(5)
            && error.starts_with("stopped: ")
            && error.ends_with("the pipe was closed\n"),
        "{error}"
    );
    assert!(sandbox.executed().len() < 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_nobody_lets_one_follow_says_what_to_do() {
    let sandbox = Sandbox::start(Options {
        all_connectors: true,
        ..Options::default()
    })
    .await
    .unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = airscope(
        &sandbox,
        home.path(),
        &[
            "pages",
            "salesforce",
            "accounts",
            "list",
            "-p",
            "q=SELECT Id FROM Account",
            "--quiet",
        ],
    );
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{error}");
    assert!(
        error.contains("no parameter to request it: put LIMIT and OFFSET into `q`"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn going_on_without_a_page_leaves_what_was_there() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    for format in ["ndjson", "json", "csv"] {
        for pages in ["1", "2"] {
            let name = format!("{pages}.{format}");
            let words = ["--output", &name, "--format", format];
            check(
                &sandbox,
                home.path(),
                &[&words[..], &["--max-pages", pages]].concat(),
                5,
                "stopped: ",
            )
            .await;
            let (path, beside) = (
                home.path().join(&name),
                home.path().join(format!("{name}.airscope-resume")),
            );
            let before = (
                std::fs::read(&path).unwrap(),
                std::fs::read(&beside).unwrap(),
            );
            check(
                &sandbox,
                home.path(),
                &[&words[..], &["--resume", "--max-calls", "0"]].concat(),
                5,
                "stopped: ",
            )
            .await;
            assert!(
                (
                    std::fs::read(&path).unwrap(),
                    std::fs::read(&beside).unwrap()
                ) == before,
                "{name}"
            );
            std::fs::OpenOptions::new()
                .append(true)
                .open(&path)
                .unwrap()
                .write_all(b"mine\n")
                .unwrap();
            let output = run(&sandbox, home.path(), &[&words[..], &["--resume"]].concat()).await;
            assert_eq!(
                output.status.code(),
                Some(1),
                "{name}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(
                std::fs::read(&path).unwrap() == [&before.0[..], b"mine\n"].concat(),
                "{name}"
            );
            std::fs::write(&path, &before.0).unwrap();
            check(
                &sandbox,
                home.path(),
                &[&words[..], &["--resume"]].concat(),
                0,
                "complete: 67 records in 7 pages",
            )
            .await;
        }
    }
}
