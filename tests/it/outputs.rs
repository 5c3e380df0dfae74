//! What is written where: every output in every state that its place can be in, alone and beside another; afterwards all that
//! was the user's is byte for byte what it was.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use airscope::sandbox::Sandbox;

use crate::exports::airscope;
use crate::support::sandbox;

/// What the user had.
const MINE: &str = "MY OWN DATA\nof two lines\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    Records,
    Checkpoint,
    Ledger,
    Log,
    Manifest,
}

const OUTPUTS: [Output; 5] = [
    Output::Records,
    Output::Checkpoint,
    Output::Ledger,
    Output::Log,
    Output::Manifest,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    OnConflict,
    Link,
    DanglingLink,
    HardLink,
    Fifo,
    Directory,
}

const STATES: [State; 7] = [
    State::New,
    State::OnConflict,
    State::Link,
    State::DanglingLink,
    State::HardLink,
    State::Fifo,
    State::Directory,
];

/// Puts the place of an output in a state. A pipe is held open, so that nobody waits for its other end.
fn prepare(path: &Path, state: State) -> Option<std::fs::File> {
    let beside = path.with_extension("users");
    match state {
        State::New => {}
        State::OnConflict => std::fs::write(path, MINE).unwrap(),
        State::Link => {
            std::fs::write(&beside, MINE).unwrap();
            std::os::unix::fs::symlink(&beside, path).unwrap();
        }
        State::DanglingLink => std::os::unix::fs::symlink(&beside, path).unwrap(),
        State::HardLink => {
            std::fs::write(&beside, MINE).unwrap();
            std::fs::hard_link(&beside, path).unwrap();
        }
        State::Fifo => {
            let made = std::process::Command::new("mkfifo")
                .arg(path)
                .status()
                .unwrap();
            assert!(made.success());
            return Some(
                std::fs::OpenOptions::new()
                    .read(true)
                    .write(true)
                    .open(path)
                    .unwrap(),
            );
        }
        State::Directory => {
            std::fs::create_dir(path).unwrap();
            std::fs::write(path.join("inside"), MINE).unwrap();
        }
    }
    None
}

/// Fails if what was put there is not what it was.
fn untouched(row: &str, path: &Path, state: State) {
    let beside = path.with_extension("users");
    let mine = |path: &Path| assert_eq!(std::fs::read_to_string(path).unwrap(), MINE, "{row}");
    match state {
        State::New => {}
        State::OnConflict => mine(path),
        State::Link => {
            mine(&beside);
            assert!(
                std::fs::symlink_metadata(path).unwrap().is_symlink(),
                "{row}: the link is gone"
            );
        }
        State::DanglingLink => {
            assert!(
                std::fs::symlink_metadata(&beside).is_err(),
                "{row}: something was written through the link"
            );
            assert!(
                std::fs::symlink_metadata(path).unwrap().is_symlink(),
                "{row}: the link is gone"
            );
        }
        State::HardLink => {
            mine(&beside);
            mine(path);
            assert_eq!(
                std::fs::metadata(path).unwrap().nlink(),
                2,
                "{row}: the link is gone"
            );
        }
        State::Fifo => {
            use std::os::unix::fs::FileTypeExt as _;
            assert!(
                std::fs::symlink_metadata(path)
                    .unwrap()
                    .file_type()
                    .is_fifo(),
                "{row}: the pipe is gone"
            );
        }
        State::Directory => mine(&path.join("inside")),
    }
}

/// Returns the words that name an output.
fn words(output: Output, path: &Path) -> Vec<String> {
    let path = path.to_str().unwrap().to_owned();
    match output {
        Output::Records => vec!["--output".into(), path],
        Output::Checkpoint => vec![
            "--output".into(),
            path.strip_suffix(".airscope-resume")
                .unwrap_or(&path)
                .to_owned(),
        ],
        Output::Ledger => vec!["--ledger".into(), path],
        Output::Log => vec!["--log".into(), path],
        Output::Manifest => vec!["--manifest".into(), path],
    }
}

async fn run(
    sandbox: &Sandbox,
    home: &Path,
    command: &[&str],
    words: Vec<String>,
) -> (i32, String) {
    let all: Vec<&str> = command
        .iter()
        .copied()
        .chain(words.iter().map(String::as_str))
        .collect();
    let mut command = airscope(sandbox, home, &all);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

const PAGES: [&str; 4] = ["pages", "github", "issues", "list"];

/// The place of an output in a folder: the checkpoint's follows from its export's.
fn place(folder: &Path, output: Output, name: &str) -> PathBuf {
    match output {
        Output::Checkpoint => folder.join(format!("{name}.airscope-resume")),
        Output::Records | Output::Ledger | Output::Log | Output::Manifest => folder.join(name),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_users_is_written_to_wherever_an_output_leads() {
    let sandbox = sandbox("normal").await;
    let mut rows = 0;
    for output in OUTPUTS {
        for state in STATES {
            for other in OUTPUTS {
                // A manifest belongs to downloads, everything else to pages.
                if (other == Output::Manifest) != (output == Output::Manifest)
                    && other != Output::Log
                {
                    continue;
                }
                let home = tempfile::tempdir().unwrap();
                std::fs::write(
                    home.path().join("lines"),
                    "{\"entity\": \"attachments\", \"params\": {\"attachment_id\": 9001}}\n",
                )
                .unwrap();
                let path = place(home.path(), output, "one.txt");
                let held = prepare(&path, state);
                let command: &[&str] = if output == Output::Manifest {
                    &[
                        "download",
                        "zendesk-support",
                        "--from",
                        "lines",
                        "--dir",
                        "d",
                    ]
                } else {
                    &PAGES
                };
                let row = format!("{output:?} {state:?} beside {other:?}");
                let mut all = words(output, &path);
                if other != output {
                    let already = matches!(
                        (output, other),
                        (Output::Records, Output::Checkpoint)
                            | (Output::Checkpoint, Output::Records)
                    );
                    if !already {
                        all.extend(words(other, &place(home.path(), other, "two.txt")));
                    }
                }
                let (code, error) = run(&sandbox, home.path(), command, all).await;
                rows += 1;
                drop(held);
                untouched(&row, &path, state);
                // A pipe is a stream where records, a ledger or a log go; a record of state is a file.
                let stream = state == State::Fifo
                    && matches!(output, Output::Records | Output::Ledger | Output::Log);
                let expected = if state == State::New || stream { 0 } else { 4 };
                assert_eq!(code, expected, "{row}: {error}");
            }
        }
    }
    // Two outputs that are one file, in each state.
    for (one, other) in [
        (Output::Records, Output::Ledger),
        (Output::Records, Output::Log),
        (Output::Ledger, Output::Log),
        (Output::Checkpoint, Output::Ledger),
        (Output::Checkpoint, Output::Log),
    ] {
        for state in STATES {
            for by_link in [false, true] {
                let home = tempfile::tempdir().unwrap();
                let alias = home.path().join("alias");
                std::os::unix::fs::symlink(home.path(), &alias).unwrap();
                let path = place(home.path(), one, "one.txt");
                let held = prepare(&path, state);
                let second = if by_link {
                    alias.join(path.file_name().unwrap())
                } else {
                    path.clone()
                };
                let row =
                    format!("{one:?} and {other:?} are one file, {state:?}, by a link: {by_link}");
                let (code, error) = run(
                    &sandbox,
                    home.path(),
                    &PAGES,
                    [words(one, &path), words(other, &second)].concat(),
                )
                .await;
                rows += 1;
                drop(held);
                untouched(&row, &path, state);
                let both_streams = state == State::Fifo && one != Output::Checkpoint;
                assert_eq!(code, if both_streams { 0 } else { 4 }, "{row}: {error}");
                if state == State::New {
                    assert!(
                        error.contains("are one file") && !path.exists(),
                        "{row}: {error}"
                    );
                }
            }
        }
    }
    assert!(rows >= 100, "{rows} rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_only_begins_like_one_of_ours_is_not_appended_to() {
    let sandbox = sandbox("normal").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine");
    for content in [
        "{\n  \"name\": \"mine\"\n}\n",
        "{",
        "{\"",
        "\nmy notes\n",
        "\n",
        " \n",
        "{\"connector\":\"github\",\"stars\":5}\n",
        "{\"connector\":\"github\"}",
        "{\"verdict\": \"complete\"}\n",
        "{\"airscope_resume\":3}\n",
        "Sun, 09 Sep 2001\n",
    ] {
        for output in [
            Output::Manifest,
            Output::Log,
            Output::Ledger,
            Output::Records,
        ] {
            std::fs::write(&path, content).unwrap();
            let lines = folder.path().join("lines");
            std::fs::write(
                &lines,
                "{\"entity\":\"ticket_attachments\",\"params\":{\"attachment_id\":1}}\n",
            )
            .unwrap();
            let from = [
                "download",
                "zendesk-support",
                "--from",
                lines.to_str().unwrap(),
                "--dir",
                folder.path().to_str().unwrap(),
            ];
            let command = if output == Output::Manifest {
                &from[..]
            } else {
                &PAGES[..]
            };
            let (code, error) = run(&sandbox, folder.path(), command, words(output, &path)).await;
            assert!(
                code == 4 && error.contains("is there already"),
                "{output:?} over {content:?}: {code} {error}"
            );
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                content,
                "{output:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_ours_gives_way_only_to_force_and_a_log_of_ours_grows() {
    let (sandbox, home) = (sandbox("normal").await, tempfile::tempdir().unwrap());
    let path = home.path().join("ledger.json");
    let ledger = || words(Output::Ledger, &path);
    assert_eq!(run(&sandbox, home.path(), &PAGES, ledger()).await.0, 0);
    let (code, error) = run(&sandbox, home.path(), &PAGES, ledger()).await;
    assert!(
        code == 4 && error.contains("--force replaces it"),
        "{error}"
    );
    assert_eq!(
        run(
            &sandbox,
            home.path(),
            &PAGES,
            [ledger(), vec!["--force".into()]].concat()
        )
        .await
        .0,
        0
    );
    std::fs::write(&path, MINE).unwrap();
    let (code, error) = run(
        &sandbox,
        home.path(),
        &PAGES,
        [ledger(), vec!["--force".into()]].concat(),
    )
    .await;
    assert!(
        code == 4 && std::fs::read_to_string(&path).unwrap() == MINE,
        "{error}"
    );
    let log = home.path().join("log.txt");
    for lines in [1, 2] {
        assert_eq!(
            run(&sandbox, home.path(), &PAGES, words(Output::Log, &log))
                .await
                .0,
            0
        );
        let text = std::fs::read_to_string(&log).unwrap();
        assert_eq!(
            text.matches("/integrations/connectors ->").count(),
            lines,
            "{text}"
        );
    }
}

/// Runs words of a shell in a folder, with the program as `$AIRSCOPE` and the sandbox's settings around it.
async fn shell(sandbox: &Sandbox, home: &Path, script: &str) -> (i32, String) {
    let own = airscope(sandbox, home, &[]);
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", script])
        .current_dir(home)
        .env("AIRSCOPE", own.get_program());
    own.get_envs().for_each(|(name, value)| {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_descriptor_is_written_to_where_the_shell_left_it() {
    let sandbox = sandbox("normal").await;
    let pages = r#""$AIRSCOPE" pages github issues list --max-pages 1"#;
    for flag in ["--output", "--ledger", "--log"] {
        for (redirection, kept) in [("3>>mine", true), ("3>mine", false), ("3<>mine", false)] {
            let home = tempfile::tempdir().unwrap();
            let mine = home.path().join("mine");
            std::fs::write(&mine, MINE).unwrap();
            let script = format!(
                "{{ echo first >&3; {pages} {flag} /dev/fd/3; code=$?; echo last >&3; exit $code; }} {redirection}"
            );
            let (code, error) = shell(&sandbox, home.path(), &script).await;
            let row = format!("{flag} {redirection}: {error}");
            let text = std::fs::read_to_string(&mine).unwrap();
            assert!(code == 0 || code == 5, "{row}");
            let before = if kept {
                format!("{MINE}first\n")
            } else {
                "first\n".to_owned()
            };
            assert!(
                text.starts_with(&before) && text.ends_with("\nlast\n"),
                "{row}{text}"
            );
            assert!(text.len() > before.len() + "last\n".len(), "{row}");
        }
        for (path, made) in [
            ("/dev/fd/../cwd/mine", true),
            ("/dev/fd/../cwd/new", false),
            ("/dev/fd/9", true),
            ("/dev/fd", true),
        ] {
            let home = tempfile::tempdir().unwrap();
            std::fs::write(home.path().join("mine"), MINE).unwrap();
            let (code, error) =
                shell(&sandbox, home.path(), &format!("{pages} {flag} {path} >&2")).await;
            assert_eq!(
                std::fs::read_to_string(home.path().join("mine")).unwrap(),
                MINE,
                "{flag} {path}: {error}"
            );
            assert_eq!(
                code == 0 || code == 5,
                !made,
                "{flag} {path}: {code} {error}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_output_gets_one_thing() {
    let sandbox = sandbox("normal").await;
    let folder = tempfile::tempdir().unwrap();
    let owned = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    for words in [
        &["--ledger", "-"][..],
        &["--ledger", "/dev/stdout"],
        &["--output", "-", "--ledger", "/dev/fd/1"],
        &["--log", "-"],
    ] {
        let (code, error) = run(&sandbox, folder.path(), &PAGES, owned(words)).await;
        assert!(
            code == 4 && error.contains("and what is printed are both standard output"),
            "{words:?}: {error}"
        );
    }
    let (code, error) = run(
        &sandbox,
        folder.path(),
        &PAGES,
        owned(&["--resume", "--output", "-"]),
    )
    .await;
    assert!(
        code == 4 && error.contains("--resume needs --output: only a file can go on"),
        "{error}"
    );
    for words in [
        &["--output", "o.ndjson", "--ledger", "-"][..],
        &["--ledger", "/dev/stderr"],
        &["--output", "-"],
    ] {
        let (code, error) = run(&sandbox, folder.path(), &PAGES, owned(words)).await;
        assert_eq!(code, 0, "{words:?}: {error}");
    }
    let mut command = airscope(
        &sandbox,
        folder.path(),
        &[&PAGES[..], &["--output", "-", "--quiet"]].concat(),
    );
    let output = tokio::task::spawn_blocking(move || command.stdout(Stdio::piped()).output())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).lines().count(),
        67,
        "a minus is standard output"
    );
    assert!(!folder.path().join("-").exists());
}
