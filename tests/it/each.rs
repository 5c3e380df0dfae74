//! `airscope each` as a shell runs it: an operation once for each record, interruptions, changes, the pipe to files.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use airscope::sandbox::{Options, RequestKind, Sandbox, Scenario};
use serde_json::{Value, json};

use crate::exports::{airscope, kill_when_held};
use crate::support::{sandbox, wait_until_held};

const COMMENTS: [&str; 6] = [
    "each",
    "zendesk-support",
    "ticket_comments",
    "list",
    "-p",
    "ticket_id=@id",
];

/// Runs the program with records on standard input.
async fn run(sandbox: &Sandbox, home: &Path, words: &[&str], records: &[u8]) -> Output {
    let mut command = airscope(sandbox, home, words);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let records = records.to_vec();
    let write = std::thread::spawn(move || drop(input.write_all(&records)));
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .unwrap();
    write.join().unwrap();
    output
}

async fn comments(sandbox: &Sandbox, home: &Path, words: &[&str], records: &[u8]) -> Output {
    run(sandbox, home, &[&COMMENTS[..], words].concat(), records).await
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn assert_ends(output: &Output, code: i32, verdict: &str) {
    let error = error(output);
    assert_eq!(output.status.code(), Some(code), "{error}");
    let last = error.lines().last().unwrap_or_default();
    assert!(last.starts_with(verdict), "{error}");
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn tickets(ids: &[i64]) -> Vec<u8> {
    let lines = ids.iter().map(|id| format!("{{\"id\":{id}}}\n"));
    lines.collect::<String>().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_record_comes_with_the_values_it_was_asked_with() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let records = tickets(&[1001, 1002, 1001]);
    let output = comments(&sandbox, home, &["--ledger", "ledger"], &records).await;
    assert_ends(
        &output,
        0,
        "complete: 114 records of 2 parents in 6 calls; every parent is complete",
    );
    assert!(error(&output).contains("1 record had the values of one before"));
    let out = lines(&output.stdout);
    let of = |id: i64| {
        out.iter()
            .filter(move |line| line["_parent"] == json!({"ticket_id": id}))
    };
    assert_eq!((of(1001).count(), of(1002).count()), (57, 57));
    let ledger = lines(&std::fs::read(home.join("ledger")).unwrap());
    assert_eq!(ledger.len(), 2);
    assert!(
        ledger
            .iter()
            .all(|line| line["outcome"] == "complete" && line["pages"] == 3)
    );
    // As they are, and only some pages of each.
    let words = ["--bare", "--max-pages", "1"];
    let output = comments(&sandbox, home, &words, &tickets(&[1001])).await;
    assert_ends(
        &output,
        5,
        "incomplete: 25 records of 1 parent in 1 call; 1 not known to be complete",
    );
    assert!(
        lines(&output.stdout)
            .iter()
            .all(|line| line["_parent"].is_null())
    );
    // One array, and a value that takes nothing from the record.
    let words = [
        "each",
        "zendesk-support",
        "tickets",
        "get",
        "-p",
        "ticket_id=@id",
    ];
    let output = run(&sandbox, home, &words, br#"[{"id":"1001"},{"id":1002}]"#).await;
    assert_ends(&output, 0, "complete: 2 records of 2 parents in 2 calls");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_reads_in_pages_is_followed_to_its_end() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    // The Context Store answers in pages, as a list does.
    let words = [
        "each",
        "github",
        "issues",
        "context_store_search",
        "--params",
        r#"{"query":{},"limit":25}"#,
        "-p",
        "reason=@id",
    ];
    let output = run(&sandbox, home.path(), &words, &tickets(&[1])).await;
    assert_ends(&output, 0, "complete: 67 records of 1 parent in 3 calls");
    let first = [&words[..], &["--max-pages", "1"]].concat();
    let output = run(&sandbox, home.path(), &first, &tickets(&[1])).await;
    assert_ends(&output, 5, "incomplete: 25 records of 1 parent in 1 call");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_refused_or_listed() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let records = b"{\"id\":1001}\n{\"no\":1}\n{\"id\":null}\nnot json\n";
    let output = comments(&sandbox, home, &[], records).await;
    assert_ends(
        &output,
        5,
        "incomplete: 57 records of 4 parents in 3 calls; 3 failed",
    );
    let said = error(&output);
    for line in [
        "line 2: it has no `id`",
        "line 3: its `id` is null",
        "line 4: ",
    ] {
        assert!(said.contains(line), "{said}");
    }
    // What is mistyped is said, and sent as it is.
    let words = [
        "each",
        "zendesk-support",
        "ticket_comments",
        "list",
        "-p",
        "tickt_id=@idd",
    ];
    let output = run(&sandbox, home, &words, &tickets(&[1001])).await;
    let said = error(&output);
    for line in [
        "airscope: `tickt_id` is not declared; did you mean `ticket_id`?",
        "airscope: line 1: it has no `idd`; did you mean `id`?",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let before = sandbox.executed().len();
    for (words, summary) in [
        (
            &[
                "each",
                "zendesk-support",
                "ticket_comments",
                "list",
                "-p",
                "ticket_id=1",
            ][..],
            "No parameter takes a value from the records",
        ),
        (
            &[
                "each",
                "zendesk-support",
                "attachments",
                "download",
                "-p",
                "attachment_id=@id",
            ],
            "`each` reads replies, and a download is none",
        ),
        (
            &["each", "intercom", "tags", "create", "-p", "name=@id"],
            "can change data, so it is not sent without --yes",
        ),
        (
            &[
                "each", "intercom", "tags", "create", "-p", "name=@id", "--yes",
            ],
            "nothing would record what came of each call",
        ),
        (
            &[
                "each",
                "intercom",
                "tags",
                "create",
                "-p",
                "name=@id",
                "--yes",
                "--ledger",
                "l",
                "--read-only",
            ],
            "--read-only is set",
        ),
    ] {
        let output = run(&sandbox, home, words, &tickets(&[1])).await;
        assert!(error(&output).contains(summary), "{}", error(&output));
        assert_eq!(output.status.code(), Some(4), "{summary}");
    }
    assert_eq!(sandbox.executed().len(), before);
    // The bodies alone.
    let words = ["-p", "page_size=@@x", "--dry-run"];
    let output = comments(&sandbox, home, &words, &tickets(&[1, 2])).await;
    assert_ends(&output, 0, "dry run: 2 calls; nothing was sent");
    let bodies = lines(&output.stdout);
    assert_eq!(
        bodies[1]["params"],
        json!({"page_size": "@x", "ticket_id": 2})
    );
    assert_eq!(sandbox.executed().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_recorded_and_never_made_twice() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let words = [
        "each",
        "intercom",
        "tags",
        "create",
        "-p",
        "name=@name",
        "--yes",
        "--jobs",
        "8",
        "--output",
        "out",
        "--ledger",
        "ledger",
    ];
    let names = (0..20).map(|at| format!("{{\"name\":\"tag {at}\"}}\n"));
    let records = names.collect::<String>().into_bytes();
    let gate = sandbox.hold_after(RequestKind::Execute, 6);
    let mut command = airscope(&sandbox, home, &words);
    std::fs::write(home.join("records"), &records).unwrap();
    command.args(["--from", "records"]).stderr(Stdio::null());
    kill_when_held(&gate, command.spawn().unwrap()).await;
    let words = [&words[..], &["--resume"]].concat();
    let output = run(&sandbox, home, &words, &records).await;
    assert_ends(&output, 5, "incomplete: ");
    let said = error(&output);
    let unknown = said
        .matches("it was sent, and its answer is not known")
        .count();
    assert!((1..=2).contains(&unknown), "two at a time at most: {said}");
    let mut made: Vec<String> = sandbox
        .executed()
        .iter()
        .map(|call| call["params"]["name"].as_str().unwrap().to_owned())
        .collect();
    made.sort();
    let count = made.len();
    made.dedup();
    assert_eq!(count, made.len(), "no change is sent twice");
    // One that was about to be sent may not have been.
    assert!((20 - unknown..=20).contains(&count), "{count}");
    let written = lines(&std::fs::read(home.join("out")).unwrap());
    assert_eq!(written.len(), 20 - unknown);
    let ledger = lines(&std::fs::read(home.join("ledger")).unwrap());
    let of = |outcome: &str| {
        ledger
            .iter()
            .filter(|line| line["outcome"] == outcome)
            .count()
    };
    assert_eq!(of("complete"), 20 - unknown, "a line after each call");
    // A kill may come between the lines of the checkpoint and of the ledger.
    assert!((20 - unknown..=20).contains(&of("sent")), "and one before");
}

/// Five hundred tickets of which forty fail and ten have three pages, with one call too many in the middle.
async fn uneven() -> Sandbox {
    let scenario = Scenario::by_name("uneven-parents").unwrap();
    Sandbox::start(Options {
        scenario,
        ..Options::default()
    })
    .await
    .unwrap()
}

/// The records of the parents of [`uneven`] that do not fail: 450 lists of three, and ten of 57.
const RECORDS: usize = 450 * 3 + 10 * 57;
/// A call for each, two more for each of three pages, and one that was too many.
const CALLS: usize = 500 + 2 * 10 + 1;

fn keys(lines: &[Value]) -> BTreeSet<(i64, i64)> {
    let key = |line: &Value| {
        let parent = line["_parent"]["ticket_id"].as_i64().unwrap();
        (parent, line["id"].as_i64().unwrap())
    };
    let keys: BTreeSet<_> = lines.iter().map(key).collect();
    assert_eq!(keys.len(), lines.len(), "each record once");
    keys
}

fn failed(output: &Output) -> Vec<i64> {
    let said = error(output);
    let ids = said
        .lines()
        .filter_map(|line| line.strip_prefix("airscope: ticket_id="));
    let mut ids: Vec<i64> = ids
        .map(|line| line.split(':').next().unwrap().parse().unwrap())
        .collect();
    ids.sort_unstable();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_parents_killed_at_any_moment_are_all_there_once() {
    let sandbox = uneven().await;
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let records = tickets(&(1001..=1500).collect::<Vec<_>>());
    std::fs::write(home.join("records"), &records).unwrap();
    let expected: Vec<i64> = (1..=40).map(|at| 1000 + 12 * at).collect();
    let whole = comments(&sandbox, home, &[], &records).await;
    assert_ends(
        &whole,
        5,
        &format!("incomplete: {} records of 500 parents in", text(RECORDS)),
    );
    assert_eq!(failed(&whole), expected);
    assert_eq!(sandbox.executed().len(), CALLS);
    let whole = keys(&lines(&whole.stdout));
    assert_eq!(whole.len(), RECORDS);
    // The same with kills in between, the records given again each time.
    let words = ["--output", "out", "--from", "records", "--jobs", "3"];
    let before = sandbox.executed().len();
    let kills = [0, 3, 120, 41, 7, 200];
    for (at, replies) in kills.into_iter().enumerate() {
        let gate = sandbox.hold_after(RequestKind::Execute, replies);
        let mut command = airscope(&sandbox, home, &[&COMMENTS[..], &words].concat());
        if at > 0 {
            command.arg("--resume");
        }
        command.stderr(Stdio::null());
        kill_when_held(&gate, command.spawn().unwrap()).await;
    }
    let words = [&words[..], &["--resume"]].concat();
    let output = comments(&sandbox, home, &words, &[]).await;
    assert_ends(
        &output,
        5,
        &format!("incomplete: {} records of 500 parents in", text(RECORDS)),
    );
    assert_eq!(failed(&output), expected);
    let out = lines(&std::fs::read(home.join("out")).unwrap());
    assert!(keys(&out) == whole, "the same records");
    // A kill costs at most the parents that were being asked for, three at a time with three pages; what had failed is asked
    // for again each time.
    let spent = sandbox.executed().len() - before;
    let again = kills.len() * (3 * 3 + 40);
    assert!(spent <= CALLS + again, "{spent} calls");
}

fn text(number: usize) -> String {
    airscope::text::count(number as u64)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_and_the_limit_of_calls_leave_what_can_be_gone_on_with() {
    let sandbox = uneven().await;
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::write(
        home.join("records"),
        tickets(&[1001, 1002, 1003, 1004, 1005]),
    )
    .unwrap();
    let words = ["--from", "records", "--output", "out", "--jobs", "1"];
    let limited = [&words[..], &["--max-calls", "2"]].concat();
    let output = comments(&sandbox, home, &limited, &[]).await;
    assert_ends(&output, 5, "stopped: 6 records of ");
    assert!(
        error(&output).contains("by --max-calls 2"),
        "{}",
        error(&output)
    );
    // Without --resume nothing is replaced.
    let output = comments(&sandbox, home, &words, &[]).await;
    assert_eq!(output.status.code(), Some(4));
    assert!(error(&output).contains("go on with --resume"));
    let resumed = [&words[..], &["--resume"]].concat();
    let gate = sandbox.hold_after(RequestKind::Execute, 1);
    let mut command = airscope(&sandbox, home, &[&COMMENTS[..], &resumed].concat());
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    wait_until_held(&gate).await;
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .unwrap();
    gate.release();
    assert_ends(&output, 130, "stopped: 9 records of ");
    let other = [&resumed[..], &["--bare"]].concat();
    let output = comments(&sandbox, home, &other, &[]).await;
    assert!(
        error(&output).contains("of another request"),
        "{}",
        error(&output)
    );
    let output = comments(&sandbox, home, &resumed, &[]).await;
    assert_ends(&output, 0, "complete: 15 records of 5 parents in 2 calls");
    assert!(!home.join("out.airscope-resume").exists());
    assert_eq!(
        keys(&lines(&std::fs::read(home.join("out")).unwrap())).len(),
        15
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_credentials_end_the_run_at_once() {
    let scenario = Scenario::by_name("connector-unauthorized").unwrap();
    let options = Options {
        scenario,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let records = tickets(&(1001..=1100).collect::<Vec<_>>());
    let output = comments(&sandbox, home.path(), &[], &records).await;
    assert_ends(&output, 2, "incomplete: 0 records");
    assert!(sandbox.executed().len() <= 4, "nothing more can succeed");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_become_comments_and_comments_become_files_in_one_pipe() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let program = env!("CARGO_BIN_EXE_airscope");
    let line = format!(
        "'{program}' pages zendesk-support tickets list --max-records 10 \
         | '{program}' each zendesk-support ticket_comments list -p ticket_id=@id \
         | '{program}' download zendesk-support ticket_comments --from - --dir files"
    );
    let mut shell = airscope(&sandbox, home, &[]);
    let variables: Vec<_> = shell
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &line]).current_dir(home).env_clear();
    shell = command;
    shell
        .envs(variables)
        .env("PATH", std::env::var_os("PATH").unwrap());
    let output = tokio::task::spawn_blocking(move || shell.output().unwrap())
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    let files = lines(&output.stdout);
    assert!(files.len() >= 2, "{files:?}");
    for file in &files {
        let path = home.join(file["path"].as_str().unwrap());
        assert_eq!(
            std::fs::metadata(path).unwrap().len(),
            file["bytes"].as_u64().unwrap()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_read_does_not_tell_whether_a_change_was_made() {
    for (scenario, outcome) in [
        ("html", "unknown"),
        ("empty-body", "unknown"),
        ("status-error", "failed"),
    ] {
        let sandbox = sandbox(scenario).await;
        let home = tempfile::tempdir().unwrap();
        let words = [
            "each",
            "intercom",
            "tags",
            "create",
            "-p",
            "name=@name",
            "--yes",
            "--ledger",
            "ledger",
        ];
        let records = b"{\"name\":\"a\"}\n{\"name\":\"b\"}\n";
        let output = run(&sandbox, home.path(), &words, records).await;
        assert_ends(&output, 5, "incomplete: 0 records of 2 parents in 2 calls");
        let ledger = lines(&std::fs::read(home.path().join("ledger")).unwrap());
        let outcomes = ledger.iter().filter(|line| line["outcome"] == outcome);
        assert_eq!(outcomes.count(), 2, "{scenario}");
        // What may have been made is not made again, with the ledger alone.
        let output = run(&sandbox, home.path(), &words, records).await;
        assert_eq!(output.status.code(), Some(5));
        let again = if outcome == "unknown" { 2 } else { 4 };
        assert_eq!(sandbox.executed().len(), again, "{scenario}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_run_is_complete_only_with_the_records_of_before() {
    let sandbox = uneven().await;
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let records = tickets(&[1001, 1002, 1003, 1004]);
    let first = ["--output", "out", "--max-calls", "2"];
    let output = comments(&sandbox, home, &first, &records).await;
    assert_ends(&output, 5, "stopped: ");
    let again = ["--output", "out", "--resume"];
    for fewer in [&[][..], &[1001]] {
        let output = comments(&sandbox, home, &again, &tickets(fewer)).await;
        assert_ends(&output, 5, "incomplete: ");
        let said = error(&output);
        assert!(
            said.contains("were not given again: give the same records"),
            "{said}"
        );
        assert!(home.join("out.airscope-resume").exists());
    }
    let output = comments(&sandbox, home, &again, &records).await;
    assert_ends(&output, 0, "complete: 12 records of 4 parents");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_warns_of_is_said_with_the_verdict() {
    let (sandbox, home) = (sandbox("warning").await, tempfile::tempdir().unwrap());
    let words = ["--ledger", "ledger"];
    let output = comments(&sandbox, home.path(), &words, b"{\"id\":1001}\n{}\n").await;
    assert_ends(&output, 5, "incomplete: ");
    let said = error(&output);
    assert!(
        said.contains("airscope: ticket_id=1001: page 1: the service warns: "),
        "{said}"
    );
    assert!(
        said.trim_end().ends_with("; the service warns of 1 parent"),
        "{said}"
    );
    let ledger = lines(&std::fs::read(home.path().join("ledger")).unwrap());
    let of = |outcome: &str| {
        ledger
            .iter()
            .find(|line| line["outcome"] == outcome)
            .unwrap()
    };
    assert!(of("complete")["warning"].is_string());
    assert_eq!(
        (&of("failed")["place"], &of("failed")["parent"]),
        (&json!("line 2"), &Value::Null)
    );
}

/// Returns the most memory that a process has used, in KiB.
#[cfg(target_os = "linux")]
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let number = line.split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_grow_with_the_parents() {
    let options = Options {
        records: Some(3),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let records = tickets(&(1001..=4000).collect::<Vec<_>>());
    std::fs::write(home.path().join("records"), records).unwrap();
    let words = [&COMMENTS[..], &["--from", "records", "--output", "out"]].concat();
    let early = sandbox.hold_after(RequestKind::Execute, 300);
    let mut command = airscope(&sandbox, home.path(), &words);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    wait_until_held(&early).await;
    let before = peak(child.id());
    // Closing the gate again releases those that were held.
    let late = sandbox.hold_after(RequestKind::Execute, 2500);
    wait_until_held(&late).await;
    let after = peak(child.id());
    late.release();
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap())
        .await
        .unwrap();
    assert!(status.success());
    // What is kept of each is the hash of its values; a MiB more is what an allocator does.
    assert!(after <= before + 1024, "{before} KiB, then {after} KiB");
}
