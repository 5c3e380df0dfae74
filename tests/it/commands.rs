//! The commands, as a shell runs them: output, errors, exit codes.

use std::process::{Command, Output};

use serde_json::Value;

/// Runs the program with `--demo` in a folder of its own and without the user's settings.
fn run(words: &[&str]) -> Output {
    run_with(&[&["--demo"], words].concat(), &[])
}

fn run_with(words: &[&str], variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_airscope"));
    command
        .args(words)
        .current_dir(folder.path())
        .env_clear()
        .env("HOME", folder.path())
        .envs(variables.iter().copied());
    command.output().unwrap()
}

fn check(words: &[&str], code: i32, out: &str, error: &str) {
    let output = run(words);
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(
        output.status.code(),
        Some(code),
        "{words:?}\n{stdout}\n{stderr}"
    );
    assert!(stdout.contains(out), "{words:?}\n{stdout}");
    assert!(stderr.contains(error), "{words:?}\n{stderr}");
}

fn json(words: &[&str]) -> Value {
    let output = run(words);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{words:?}: {error}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

#[test]
fn connectors_are_listed() {
    check(
        &["connectors"],
        0,
        "Support desk  zendesk-support  Ready",
        "",
    );
    assert_eq!(
        json(&["connectors", "--json"]).as_array().map(Vec::len),
        Some(12)
    );
    assert_eq!(
        json(&["connectors", "--json", "--type", "GitHub"])[0]["slug"],
        "github"
    );
    check(
        &["connectors", "--type", "no such type"],
        3,
        "",
        "There is no connector type `no such type`",
    );
    check(
        &["connectors", "--workspace", "nowhere"],
        3,
        "",
        "There is no workspace `nowhere`",
    );
}

#[test]
fn calls_print_the_envelope_as_it_came() {
    let page = json(&[
        "call",
        "GITHUB",
        "issues",
        "list",
        "-p",
        "per_page=3",
        "--select",
        "id,author.login",
    ]);
    assert_eq!(
        (
            page["status"].as_str(),
            page["result"].as_array().map(Vec::len)
        ),
        (Some("success"), Some(3))
    );
    assert_eq!(
        page["result"][0].as_object().map(|record| record.len()),
        Some(2)
    );
    let page = json(&[
        "call",
        "github",
        "issues",
        "list",
        "--params",
        r#"{"per_page": 2}"#,
    ]);
    assert_eq!(page["result"].as_array().map(Vec::len), Some(2));
    check(
        &["call", "github", "nonsense", "list"],
        4,
        "",
        "Entity 'nonsense' not found",
    );
    check(
        &["call", "github", "issues", "read", "--yes"],
        4,
        "",
        "call it `list` or `get`",
    );
    // An id is found in whatever workspace it is.
    check(
        &[
            "--workspace",
            "staging",
            "call",
            "c7b1f1de-6a0a-4f25-b8a0-3b8f9be8a001",
            "issues",
            "list",
            "-p",
            "per_page=1",
        ],
        0,
        "success",
        "",
    );
    check(
        &[
            "call",
            "c7b1f1de-6a0a-4f25-b8a0-000000000000",
            "issues",
            "list",
        ],
        3,
        "",
        "Connector not found (404)",
    );
    check(
        &["call", "nothing", "issues", "list"],
        3,
        "",
        "There is no connector `nothing`",
    );
    check(
        &["call", "github", "issues", "list", "-p", "per_page=ten"],
        4,
        "",
        "expects a whole number",
    );
    check(
        &["call", "github", "issues", "get", "-p", "number=99999"],
        3,
        "",
        "no such record",
    );
    check(
        &[
            "--demo-scenario",
            "status-error",
            "call",
            "github",
            "issues",
            "list",
        ],
        1,
        "\"status\":\"error\"",
        "Could not list `issues`: the service answered `error`: ",
    );
    check(
        &[
            "--demo-scenario",
            "forbidden",
            "call",
            "github",
            "issues",
            "list",
        ],
        2,
        "",
        "no Airbyte Agents subscription (403)",
    );
}

#[test]
fn writes_need_a_word() {
    let create = ["call", "intercom", "tags", "create", "-p", "name=x"];
    check(&create, 4, "", "--yes");
    check(&[&create[..], &["--yes"]].concat(), 0, "\"name\":\"x\"", "");
    check(
        &[&create[..], &["--yes", "--read-only"]].concat(),
        4,
        "",
        "--read-only",
    );
}

#[test]
fn errors_are_json_when_asked() {
    let output = run(&["call", "nothing", "issues", "list", "--json"]);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(
        (&error["type"], output.status.code()),
        (&Value::from("not_found"), Some(3))
    );
}

#[test]
fn a_download_leaves_one_file_and_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let line = json(&[
        "download",
        "zendesk-support",
        "attachments",
        "-p",
        "attachment_id=9000",
        "--dir",
        dir,
        "--name",
        "my.pdf",
    ]);
    let path = line["path"].as_str().unwrap();
    assert_eq!(
        std::fs::metadata(path).unwrap().len(),
        line["bytes"].as_u64().unwrap()
    );
    assert_eq!(
        (
            line["content_type"].as_str(),
            line["sha256"].as_str().map(str::len)
        ),
        (Some("application/pdf"), Some(64))
    );
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 1);
    check(
        &[
            "--demo-scenario",
            "download-empty",
            "download",
            "zendesk-support",
            "attachments",
            "-p",
            "attachment_id=1",
            "--dir",
            dir,
        ],
        5,
        "",
        "empty file",
    );
}

#[test]
fn describe_tells_every_live_operation_in_every_answer_shape() {
    for scenario in [
        "normal",
        "describe-bare",
        "describe-envelope",
        "describe-schema",
        "describe-keyed",
        "describe-introspection",
        "describe-missing",
    ] {
        let told = json(&["--demo-scenario", scenario, "describe", "github", "--json"]);
        let count = |told: &Value| {
            told["entities"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entity| entity["actions"].as_array().unwrap().len())
                .sum::<usize>()
        };
        let github = airscope::catalog::by_name("github")
            .unwrap()
            .operations()
            .len();
        assert_eq!(count(&told), github, "{scenario}");
        assert_eq!(told["connector"]["slug"], "github");
    }
}

#[test]
fn usage_and_credentials_have_their_codes() {
    assert_eq!(run_with(&["--no-such-flag"], &[]).status.code(), Some(4));
    assert_eq!(run_with(&["--help"], &[]).status.code(), Some(0));
    let output = run_with(&["connectors"], &[]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    for word in ["AIRBYTE_CLIENT_ID", "settings.json", "airscope --demo"] {
        assert!(error.contains(word), "{error}");
    }
    let scenarios = run_with(&["sandbox", "--list-scenarios"], &[]);
    assert_eq!(
        String::from_utf8_lossy(&scenarios.stdout).lines().count(),
        airscope::sandbox::Scenario::all().len()
    );
}

#[test]
fn a_log_holds_requests_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let output = run(&[
        "--log",
        log.to_str().unwrap(),
        "call",
        "github",
        "issues",
        "list",
    ]);
    assert!(output.status.success());
    let text = std::fs::read_to_string(log).unwrap();
    assert!(text.contains("/execute -> 200"), "{text}");
    assert!(
        !text.contains(airscope::sandbox::CLIENT_SECRET) && !text.contains("sbx."),
        "{text}"
    );
}

#[test]
fn a_file_that_cannot_be_opened_is_told_in_the_shell() {
    for (file, words) in [
        ("/no/such/file.json", "Could not read `/no/such/file.json`"),
        ("/", "`/` is a folder"),
    ] {
        let output = run(&["open", file]);
        assert_eq!(output.status.code(), Some(4));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn what_is_odd_about_parameters_is_said_on_standard_error() {
    let pages = ["pages", "hubspot", "contacts", "list"];
    let odd = |words: &[&str], expected: &str| {
        check(&[&pages[..], words].concat(), 0, "\"id\"", expected)
    };
    odd(
        &["-p", "limti=3"],
        "`limti` is no parameter that `contacts list` declares, and is sent all the same; did you mean `limit`?",
    );
    odd(
        &["--page-size", "500"],
        "`limit` is above 100, the most that is declared",
    );
    let quiet = run(&[&pages[..], &["-p", "limti=3", "--quiet"]].concat());
    assert_eq!(String::from_utf8_lossy(&quiet.stderr).lines().count(), 1);
    check(
        &["call", "github", "issues", "list", "-p", "staets=OPEN"],
        0,
        "result",
        "did you mean `states`?",
    );
    check(
        &[
            "call", "github", "issues", "list", "-p", "owner=a", "-p", "owner=b",
        ],
        4,
        "",
        "`-p owner` is given twice, and takes one value",
    );
}

#[test]
fn a_mistyped_name_is_answered_with_the_one_that_was_meant() {
    for (words, code, meant) in [
        (
            "call githbu issues list",
            3,
            "There is no connector `githbu` in workspace `default`; did you mean `github`?",
        ),
        (
            "connectors --type githbu",
            3,
            "There is no connector type `githbu`; did you mean `github`?",
        ),
        (
            "call github isseus list",
            4,
            "airscope: `isseus` is not declared; did you mean `issues`?",
        ),
        (
            "call github issues lits",
            4,
            "Did you mean `list`? Add --yes to send `lits` all the same.",
        ),
        (
            "call github issues lits --yes",
            4,
            "airscope: `lits` is not declared of `issues`; did you mean `list`?",
        ),
        (
            "call github issues list -p per_pgae=2",
            0,
            "did you mean `per_page`?",
        ),
        (
            "connectors --demo-scenario normla",
            4,
            "There is no scenario `normla`; did you mean `normal`?",
        ),
        (
            "pages github issues list --format csv --columns id,titel --max-pages 1",
            5,
            "airscope: no record has the column `titel`; did you mean `title`?",
        ),
        ("conectors --json", 4, "'connectors'"),
        (
            "conectors",
            4,
            "Did you mean the command `airscope connectors`?",
        ),
    ] {
        check(&words.split(' ').collect::<Vec<_>>(), code, "", meant);
    }
}

#[test]
fn a_first_word_that_is_no_command_makes_a_request_for_the_screen() {
    for words in [
        "notion pages list",
        "zendesk-support attachments download -p attachment_id=1",
    ] {
        let words: Vec<_> = words.split(' ').collect();
        check(&words, 4, "", "The screen needs a terminal");
    }
}

#[test]
fn the_names_of_scenarios_stand_apart_from_their_explanations() {
    let output = run_with(&["sandbox", "--list-scenarios"], &[]);
    let text = String::from_utf8_lossy(&output.stdout);
    let column = |line: &str| {
        let name = line.split(' ').next().unwrap_or_default();
        let rest = &line[name.len()..];
        (
            name.len() + rest.len() - rest.trim_start().len(),
            rest.starts_with("  "),
        )
    };
    let columns: std::collections::BTreeSet<_> = text.lines().map(column).collect();
    assert_eq!(columns.len(), 1, "{text}");
    assert!(columns.iter().all(|(_, is_apart)| *is_apart), "{text}");
}
