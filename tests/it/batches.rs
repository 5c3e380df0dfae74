//! `airscope download` as a process: one file, the files of many lines, and what a kill leaves.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use airscope::sandbox::{Options, RequestKind, Sandbox, Scenario};
use serde_json::Value;

use crate::exports::{airscope, kill_when_held};
use crate::support::{sandbox, wait_until_held};

async fn run(sandbox: &Sandbox, home: &Path, words: &[&str], input: &str) -> Output {
    let mut command = airscope(sandbox, home, words);
    std::fs::write(home.join(".input"), input).unwrap();
    command.stdin(std::fs::File::open(home.join(".input")).unwrap());
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.retain(|name| !name.starts_with('.'));
    names
}

/// Lines that ask for attachments of Zendesk Support.
fn asking(ids: impl Iterator<Item = u64>) -> String {
    ids.map(|id| format!("{{\"entity\":\"attachments\",\"params\":{{\"attachment_id\":{id}}}}}\n"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_as_pages_writes_them_are_fetched_once() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let pages = [
        "pages",
        "zendesk-support",
        "ticket_comments",
        "list",
        "-p",
        "ticket_id=1005",
        "--quiet",
    ];
    let records = text(&run(&sandbox, home, &pages, "").await.stdout);
    let words = [
        "download",
        "zendesk-support",
        "--from",
        "-",
        "--entity",
        "ticket_comments",
        "--dir",
        "out",
    ];
    let output = run(&sandbox, home, &words, &records).await;
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    // One of them is empty, and its record says so.
    assert!(
        error.contains("14 files downloaded, 9.6 kB") && !error.contains("failed"),
        "{error}"
    );
    let empty = std::fs::metadata(home.join("out/empty.pdf")).unwrap();
    assert_eq!(empty.len(), 0);
    let all = lines(&output);
    assert_eq!(
        (
            all.len(),
            all.iter().filter(|line| line["sha256"].is_string()).count()
        ),
        (14, 14)
    );
    assert!(all.iter().all(|line| line["entity"] == "attachments" && line["params"]["attachment_id"].is_u64()));
    assert_eq!(
        files(&home.join("out")).len(),
        15,
        "fourteen files and the manifest"
    );
    let before = sandbox.executed().len();
    let again = run(&sandbox, home, &words, &records).await;
    assert!(
        text(&again.stderr).contains("0 files downloaded, 0 B, 14 were there already"),
        "{}",
        text(&again.stderr)
    );
    assert_eq!(
        sandbox.executed().len() - before,
        0,
        "what is there is not asked for again"
    );
    let kept = files(&home.join("out"));
    assert_eq!(kept.len(), 15);
    // A line is written before its file has its name: one whose file is not there, or is another, vouches for nothing.
    std::fs::remove_file(home.join("out").join(&kept[0])).unwrap();
    std::fs::write(home.join("out").join(&kept[1]), "not this").unwrap();
    let again = run(&sandbox, home, &words, &records).await;
    assert!(
        text(&again.stderr).contains("12 were there already"),
        "{}",
        text(&again.stderr)
    );
    let now = files(&home.join("out"));
    assert!(
        now.len() == 16 && kept.iter().all(|name| now.contains(name)),
        "{kept:?} {now:?}"
    );
    assert_eq!(
        std::fs::read(home.join("out").join(&kept[1])).unwrap(),
        b"not this"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_ask_are_taken_as_they_are_and_bad_ones_are_named() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let input = "{\"entity\":\"attachments\",\"params\":{\"attachment_id\":\"9000\"},\"name\":\"../x.pdf\"}\n\nnope\n{\"entity\":\"attachments\",\"params\":{\"attachment_id\":9001}}\n";
    let words = [
        "download",
        "zendesk-support",
        "--from",
        "-",
        "--dir",
        "out",
        "--manifest",
        "record",
        "--jobs",
        "1",
    ];
    let output = run(&sandbox, home, &words, input).await;
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(5));
    assert!(
        error.contains("2 files downloaded, 1.4 kB, 1 failed\n  line 3: it is no JSON object"),
        "{error}"
    );
    assert_eq!(files(&home.join("out")), ["Route map Zermatt.png", "x.pdf"]);
    assert_eq!(
        text(&std::fs::read(home.join("record")).unwrap())
            .lines()
            .count(),
        2
    );
    assert_eq!(
        sandbox.executed()[0]["params"]["attachment_id"],
        9000,
        "the declared type goes out"
    );
    // A record of nobody knows which entity.
    let output = run(
        &sandbox,
        home,
        &["download", "zendesk-support", "--from", "-"],
        "{\"id\":1}\n",
    )
    .await;
    assert_eq!(output.status.code(), Some(4));
    assert!(
        text(&output.stderr).contains("(line 1) is one of an entity that is not named"),
        "{}",
        text(&output.stderr)
    );
    // What cannot be read at all leaves nothing behind.
    let output = run(
        &sandbox,
        home,
        &[
            "download",
            "zendesk-support",
            "--from",
            "-",
            "--dir",
            "none",
        ],
        &"a,b\n".repeat(60),
    )
    .await;
    let error = text(&output.stderr);
    assert!(
        output.status.code() == Some(5)
            && error.contains("60 failed")
            && error.ends_with("… and 10 more\n"),
        "{error}"
    );
    assert!(!home.join("none").exists());
    let output = run(&sandbox, home, &["download", "github", "--from", "-"], "").await;
    assert_eq!(
        (
            output.status.code(),
            text(&output.stderr).contains("has no download operation")
        ),
        (Some(4), true)
    );
    let output = run(
        &sandbox,
        home,
        &["download", "zendesk-support", "--from", "nowhere"],
        "",
    )
    .await;
    assert_eq!(
        (
            output.status.code(),
            text(&output.stderr).contains("Could not read `nowhere`")
        ),
        (Some(4), true)
    );
    // Exports of Google's own documents and files that only have an address.
    let records = "{\"id\":\"x\",\"name\":\"Plan\",\"mimeType\":\"application/vnd.google-apps.folder\"}\n{\"id\":\"1Rk00000000000000000000000001\",\"name\":\"m.pdf\",\"mimeType\":\"application/pdf\",\"size\":\"784\"}\n";
    let output = run(
        &sandbox,
        home,
        &[
            "download",
            "google-drive",
            "files",
            "--from",
            "-",
            "--dir",
            "drive",
        ],
        records,
    )
    .await;
    assert_eq!(
        (output.status.code(), files(&home.join("drive")).len()),
        (Some(0), 2),
        "{}",
        text(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_is_read_as_its_records() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let pages = [
        "pages",
        "zendesk-support",
        "ticket_comments",
        "list",
        "-p",
        "ticket_id=1005",
        "--quiet",
        "--format",
        "json",
    ];
    let records = text(&run(&sandbox, home, &pages, "").await.stdout);
    let words = [
        "download",
        "zendesk-support",
        "ticket_comments",
        "--from",
        "-",
        "--dir",
        "out",
    ];
    let output = run(&sandbox, home, &words, &records).await;
    assert!(
        text(&output.stderr).contains("14 files downloaded, 9.6 kB"),
        "{}",
        text(&output.stderr)
    );
    let case = "\n[\n{\"id\":1,\"attachments\":[{\"id\":9000,\"file_name\":\"a.pdf\"}]},\n{\"id\":2,\"attachments\":[{\"id\":9001,\"file_name\":\"b.pdf\"}]}\n]\n";
    let output = run(
        &sandbox,
        home,
        &[&words[..4], &["-", "--dir", "two"]].concat(),
        case,
    )
    .await;
    assert!(
        text(&output.stderr).starts_with("2 files downloaded"),
        "{}",
        text(&output.stderr)
    );
    let output = run(&sandbox, home, &words, "[{\"id\":1},\n oops]").await;
    assert_eq!(output.status.code(), Some(4));
    assert!(
        text(&output.stderr).contains("begins as a JSON array and is none"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn one_who_waits_for_lines_can_be_interrupted() {
    let home = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(sandbox("normal"));
    let mut command = airscope(
        &sandbox,
        home.path(),
        &[
            "download",
            "zendesk-support",
            "ticket_comments",
            "--from",
            "-",
        ],
    );
    let gate = sandbox.hold_after(RequestKind::Connectors, 0);
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Nobody types, and nobody ends what is typed.
    let _held = child.stdin.take();
    // After the list of connectors it comes to its lines; whether it waits for them yet does not matter.
    runtime.block_on(wait_until_held(&gate));
    gate.release();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_end_the_run_and_limits_do_not() {
    let home = tempfile::tempdir().unwrap();
    let words = ["download", "zendesk-support", "--from", "-", "--dir", "out"];
    let refused = sandbox("connector-unauthorized").await;
    let output = run(&refused, home.path(), &words, &asking(9000..9010)).await;
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(5));
    assert!(
        error.contains("0 files downloaded, 0 B, 1 failed, 8 not tried")
            || error.contains("1 failed, 9 not tried"),
        "{error}"
    );
    let busy = sandbox("download-busy").await;
    let output = run(&busy, home.path(), &words, &asking(9000..9003)).await;
    assert_eq!(
        (output.status.code(), files(&home.path().join("out")).len()),
        (Some(0), 4),
        "{}",
        text(&output.stderr)
    );
    let limited = sandbox("normal").await;
    let output = run(
        &limited,
        home.path(),
        &[&words[..], &["--max-calls", "2"]].concat(),
        &asking(9010..9020),
    )
    .await;
    assert_eq!(output.status.code(), Some(5));
    assert!(
        text(&output.stderr).contains("--max-calls 2 is reached"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(limited.executed().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_download_goes_on_and_has_its_name_only_when_it_is_whole() {
    let (service, home) = (
        sandbox("download-cut-anywhere").await,
        tempfile::tempdir().unwrap(),
    );
    let words = [
        "download",
        "zendesk-support",
        "attachments",
        "-p",
        "attachment_id=9000",
        "--dir",
        "out",
    ];
    let out = home.path().join("out");
    let mut before = 0;
    for _ in 0..5 {
        // What the first try brought is written when the second one is held.
        let gate = service.hold_after(RequestKind::Download, 1);
        let child = airscope(&service, home.path(), &words)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        kill_when_held(&gate, child).await;
        // From the second run on half of what is asked for is sent.
        service.play(Scenario::by_name("download-cut").unwrap());
        let left = files(&out);
        assert!(
            left.iter()
                .all(|name| name.starts_with("Flight manual.pdf.part")),
            "{left:?}"
        );
        let length = std::fs::metadata(out.join("Flight manual.pdf.part"))
            .unwrap()
            .len();
        assert!(
            length >= before,
            "what came is lost: {before} bytes were there, {length} are"
        );
        before = length;
    }
    service.play(Scenario::by_name("download-cut-once").unwrap());
    let output = run(&service, home.path(), &words, "").await;
    let line = &lines(&output)[0];
    assert_eq!(line["bytes"], 313_600, "{}", text(&output.stderr));
    assert_eq!(line["note"], "resumed without a validator", "{line}");
    // What was written behind the last hash is fetched again.
    let resumed = line["resumed_from"].as_u64().unwrap();
    assert!(
        resumed <= before && before - resumed < 2 * 65_536,
        "{resumed} of {before}"
    );
    assert_eq!(files(&out), ["Flight manual.pdf"]);
    let whole = include_bytes!("../../assets/sandbox/files/manual.pdf").repeat(400);
    assert!(std::fs::read(out.join("Flight manual.pdf")).unwrap() == whole);
}

/// The same command with files that the system lets grow to a number of blocks, 512 bytes each or 1,024.
fn limited(command: Command, blocks: u32) -> Command {
    let mut shell = Command::new("/bin/sh");
    // Without the trap the system ends the program in place of refusing what it writes.
    shell.args([
        "-c",
        &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""),
    ]);
    shell
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(command.get_current_dir().unwrap_or(Path::new(".")));
    shell
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_disk_does_not_take_goes_on_when_there_is_room() {
    let options = Options {
        big: Some(3_000_000),
        ..Options::default()
    };
    let (sandbox, home) = (
        Sandbox::start(options).await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let home = home.path();
    let out = home.join("out");
    let words = [
        "download",
        "zendesk-support",
        "attachments",
        "-p",
        "attachment_id=5000001",
        "--dir",
        "out",
    ];
    let mut full = limited(airscope(&sandbox, home, &words), 1000);
    let output = tokio::task::spawn_blocking(move || full.output())
        .await
        .unwrap()
        .unwrap();
    let error = text(&output.stderr);
    let [part, blocks, note] = files(&out).try_into().unwrap();
    assert!(
        part.ends_with(".part") && blocks.ends_with(".part.blocks") && note.ends_with(".part.json"),
        "{part} {note}"
    );
    assert!(
        error.contains("Could not save")
            && error.contains(&format!("What was received is in `out/{part}`")),
        "{error}"
    );
    assert_eq!(output.status.code(), Some(1), "{error}");
    let there = std::fs::metadata(out.join(&part)).unwrap().len();
    assert!(
        matches!(there, 512_000 | 1_024_000),
        "{there} bytes are there"
    );
    let again = run(&sandbox, home, &words, "").await;
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    let names = files(&out);
    assert_eq!(names, [part.trim_end_matches(".part")]);
    assert_eq!(
        std::fs::metadata(out.join(&names[0])).unwrap().len(),
        3_000_000
    );
    let asked = sandbox.executed();
    assert_eq!(
        asked.len(),
        3,
        "its beginning is asked for again, for nothing else tells that it is of one version"
    );
    assert_eq!(
        asked[1]["params"]["range_header"],
        format!("bytes={}-", there - 256)
    );
    // A run writes small files in one go: what does not fit stays as a part there, too.
    let sandbox = Sandbox::start(Options {
        big: Some(100_000),
        ..Options::default()
    })
    .await
    .unwrap();
    let words = [
        "download",
        "zendesk-support",
        "--from",
        ".input",
        "--dir",
        "run",
    ];
    std::fs::write(home.join(".input"), asking(5_000_001..5_000_002)).unwrap();
    let mut full = limited(airscope(&sandbox, home, &words), 50);
    let output = tokio::task::spawn_blocking(move || full.output())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", text(&output.stderr));
    assert_eq!(
        files(&home.join("run")),
        [
            "big 5000001.bin.part",
            "big 5000001.bin.part.blocks",
            "big 5000001.bin.part.json",
            "manifest.jsonl"
        ]
    );
    let mut again = airscope(&sandbox, home, &words);
    let output = tokio::task::spawn_blocking(move || again.output())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        files(&home.join("run")),
        ["big 5000001.bin", "manifest.jsonl"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_loses_nothing_and_fetches_nothing_twice() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let (words, input) = (
        [
            "download",
            "zendesk-support",
            "--from",
            "lines",
            "--dir",
            "out",
        ],
        asking(20_000..20_060),
    );
    std::fs::write(home.path().join("lines"), input).unwrap();
    let out = home.path().join("out");
    for replies in [1, 2, 7, 11, 16] {
        let gate = sandbox.hold_after(RequestKind::Download, replies);
        let child = airscope(&sandbox, home.path(), &words)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Files asked for before are still being written.
        kill_when_held(&gate, child).await;
    }
    let output = run(&sandbox, home.path(), &words, "").await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let names = files(&out);
    assert_eq!(names.len(), 61, "sixty files and the manifest: {names:?}");
    assert!(
        !names.iter().any(|name| name.contains(".part")),
        "{names:?}"
    );
    // A file whose line was not written yet is known by its note; at most three are on their way or being
    // named at each of the five kills, and are asked for again.
    let asked = sandbox.executed().len();
    assert!(
        (60..=75).contains(&asked),
        "{asked} requests for sixty files"
    );
}

/// The comments of two tickets whose files have the same name, as `each` writes them.
async fn comments_of_two(sandbox: &Sandbox, home: &Path) -> String {
    let words = [
        "each",
        "zendesk-support",
        "ticket_comments",
        "list",
        "-p",
        "ticket_id=@id",
    ];
    let output = run(sandbox, home, &words, "{\"id\":1003}\n{\"id\":1004}\n").await;
    text(&output.stdout)
}

const BY_PARENT: [&str; 9] = [
    "download",
    "zendesk-support",
    "ticket_comments",
    "--from",
    "-",
    "--names",
    "{parent}/{name}",
    "--dir",
    "out",
];

fn manifest(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_two_parents_are_saved_by_parent_and_once() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let records = comments_of_two(&sandbox, home).await;
    let out = home.join("out");
    let output = run(&sandbox, home, &BY_PARENT, &records).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(files(&out), ["1003", "1004", "manifest.jsonl"]);
    let same = "Fleet settings.json";
    assert_eq!(files(&out.join("1003")), [same, "Telemetry 3312.csv"]);
    assert_eq!(files(&out.join("1004")), [same]);
    for line in lines(&output) {
        let parent = line["parent"]["ticket_id"].as_u64().unwrap();
        let path = line["path"].as_str().unwrap();
        assert!(path.starts_with(&format!("out/{parent}/")), "{line}");
        assert!(home.join(path).is_file(), "{line}");
    }
    let recorded = manifest(&out);
    for line in &recorded {
        let parent = line["parent"]["ticket_id"].as_u64().unwrap();
        let file = line["file"].as_str().unwrap();
        assert!(file.starts_with(&format!("{parent}/")), "{line}");
    }
    assert_eq!(recorded.len(), 3);
    // What is there is skipped, wherever in the folder it is: not even its place is changed.
    for words in [&BY_PARENT[..], &[&BY_PARENT[..5], &BY_PARENT[7..]].concat()] {
        let before = sandbox.executed().len();
        let again = run(&sandbox, home, words, &records).await;
        let error = text(&again.stderr);
        assert!(
            error.contains("0 files downloaded, 0 B, 3 were there already"),
            "{error}"
        );
        assert_eq!(sandbox.executed().len(), before);
        assert_eq!(files(&out), ["1003", "1004", "manifest.jsonl"]);
    }
    // What was removed is fetched again, to its place.
    std::fs::remove_file(out.join("1004").join(same)).unwrap();
    let again = run(&sandbox, home, &BY_PARENT, &records).await;
    assert!(
        text(&again.stderr).contains("1 file downloaded"),
        "{}",
        text(&again.stderr)
    );
    assert_eq!(files(&out.join("1004")), [same]);
    // All in one folder, unless asked: the parent is recorded there, too.
    let words = [&BY_PARENT[..5], &["--dir", "flat"]].concat();
    run(&sandbox, home, &words, &records).await;
    let flat = home.join("flat");
    assert_eq!(
        files(&flat),
        [
            "Fleet settings (2).json",
            same,
            "Telemetry 3312.csv",
            "manifest.jsonl"
        ]
    );
    let is_recorded = |line: &Value| line["parent"]["ticket_id"].is_u64();
    assert!(manifest(&flat).iter().all(is_recorded));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_the_name_of_a_parents_folder_fails_its_files_alone() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let records = comments_of_two(&sandbox, home).await;
    let (out, other) = (home.join("out"), home.join("other"));
    std::fs::create_dir_all(&out).unwrap();
    std::fs::create_dir(&other).unwrap();
    std::os::unix::fs::symlink(&other, out.join("1003")).unwrap();
    std::fs::write(out.join("1004"), "mine").unwrap();
    let before = sandbox.executed().len();
    // A secret of the session, and a parent whose name leads elsewhere.
    let secret = airscope::sandbox::CLIENT_SECRET;
    let lines_of = |id: u64, parent: &str| {
        format!(
            "{{\"_parent\":{{\"a\":\"{parent}\"}},\"entity\":\"attachments\",\"params\":{{\"attachment_id\":{id}}}}}\n"
        )
    };
    let more = [lines_of(9000, secret), lines_of(9001, "../other/..")].concat();
    let output = run(&sandbox, home, &BY_PARENT, &format!("{records}{more}")).await;
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{error}");
    assert!(
        error.contains("`out/1003`: it is a link, which is not followed"),
        "{error}"
    );
    assert!(
        error.contains("`out/1004`: it is no folder; nothing is overwritten"),
        "{error}"
    );
    assert_eq!(
        sandbox.executed().len() - before,
        2,
        "no call for what cannot be saved"
    );
    assert_eq!(files(&other), [""; 0]);
    assert_eq!(std::fs::read(out.join("1004")).unwrap(), b"mine");
    let folders: Vec<String> = files(&out);
    assert!(folders.contains(&"_other_".to_owned()), "{folders:?}");
    assert_eq!(folders.len(), 5, "{folders:?}");
    let whole = format!(
        "{folders:?}{}",
        std::fs::read_to_string(out.join("manifest.jsonl")).unwrap()
    );
    assert!(
        !whole.contains(secret) && !text(&output.stdout).contains(secret),
        "{whole}"
    );
    let failed = |line: &&Value| line["outcome"] == "failed";
    assert_eq!(manifest(&out).iter().filter(failed).count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_download_goes_on_in_the_folder_of_its_parent() {
    let (service, home) = (
        sandbox("download-cut-anywhere").await,
        tempfile::tempdir().unwrap(),
    );
    let record = "{\"_parent\":{\"ticket_id\":7},\"entity\":\"attachments\",\"params\":{\"attachment_id\":9000}}\n";
    std::fs::write(home.path().join("lines"), record).unwrap();
    let words = BY_PARENT.map(|word| if word == "-" { "lines" } else { word });
    let gate = service.hold_after(RequestKind::Download, 1);
    let child = airscope(&service, home.path(), &words)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    kill_when_held(&gate, child).await;
    service.play(Scenario::by_name("download-cut-once").unwrap());
    let folder = home.path().join("out/7");
    let left = files(&folder);
    let is_part = |name: &String| name.starts_with("Flight manual.pdf.part");
    assert!(left.len() == 3 && left.iter().all(is_part), "{left:?}");
    let output = run(&service, home.path(), &words, "").await;
    let line = &lines(&output)[0];
    assert!(line["resumed_from"].as_u64() > Some(0), "{line}");
    assert_eq!(line["path"], "out/7/Flight manual.pdf");
    assert_eq!(files(&folder), ["Flight manual.pdf"]);
    assert_eq!(files(&home.path().join("out")), ["7", "manifest.jsonl"]);
}
