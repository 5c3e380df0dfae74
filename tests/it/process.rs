//! The real program in a real pseudo-terminal: it paints, it ends, it gives the terminal back.

use std::io::{Read as _, Write as _};
use std::time::Instant;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::support::pty::{LIMIT, Pty};

#[test]
fn a_session_from_start_to_end() {
    let mut pty = Pty::demo(&[
        "github",
        "issues",
        "list",
        "-p",
        "owner=acme",
        "-p",
        "repo=rocket",
        "-p",
        "per_page=10",
    ]);
    pty.sees("per_page");
    pty.sees("catalog + service");
    pty.types(b"\x1b[15~");
    pty.sees("page 1 · 10 records");
    pty.types(b"]");
    pty.sees("page 2 · 10 records");
    pty.types(b"[");
    pty.sees("page 2 is here");
    pty.master
        .resize(PtySize {
            rows: 3,
            cols: 8,
            ..PtySize::default()
        })
        .unwrap();
    pty.master
        .resize(PtySize {
            rows: 36,
            cols: 120,
            ..PtySize::default()
        })
        .unwrap();
    pty.types(b"?");
    pty.sees("Keys in Reply");
    pty.types(b"\x1b");
    pty.sees_not("Keys in Reply");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn a_new_size_is_seen_without_a_key() {
    let mut pty = Pty::demo(&[]);
    pty.sees("┬ Request");
    pty.master
        .resize(PtySize {
            rows: 12,
            cols: 40,
            ..PtySize::default()
        })
        .unwrap();
    pty.sees_not("┬ Request");
    pty.master
        .resize(PtySize {
            rows: 36,
            cols: 120,
            ..PtySize::default()
        })
        .unwrap();
    pty.sees("┬ Request");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn a_flood_of_keys_is_taken_whole() {
    let mut pty = Pty::demo(&[]);
    pty.sees("GitHub");
    // More than are taken at once, in one write: the last of them must not wait for a further key.
    pty.types(format!("/{}gong", "x\x7f".repeat(1500)).as_bytes());
    pty.wait("the connectors without GitHub", |screen| {
        screen.contains("/gong") && !screen.contains("GitHub")
    });
    pty.types(b"\x1b\x1b");
    pty.sees("GitHub");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn signals_end_it_and_the_terminal_is_given_back() {
    for (signal, code) in [
        ("-INT", 130),
        ("-TERM", 143),
        ("-HUP", 129),
        ("-QUIT", 131),
        ("-ABRT", 134),
        ("-USR1", 138),
    ] {
        let pty = Pty::demo(&[]);
        pty.sees("GitHub");
        pty.signal(signal);
        assert_eq!(pty.ends(), code, "{signal}");
    }
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let pair = native_pty_system()
        .openpty(PtySize {
            rows: 36,
            cols: 120,
            ..PtySize::default()
        })
        .unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_airscope"));
    command.arg("--demo");
    command.env("TERM", "xterm-256color");
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    drop(pair.slave);
    let (mut seen, mut chunk) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&seen).contains("GitHub") {
        let length = reader.read(&mut chunk).unwrap();
        seen.extend_from_slice(&chunk[..length]);
    }
    drop((reader, pair.master));
    let (sender, ended) = std::sync::mpsc::channel();
    let mut killer = child.clone_killer();
    std::thread::spawn(move || sender.send(child.wait().unwrap().exit_code()));
    let code = ended.recv_timeout(LIMIT);
    // It must not outlive a test that fails.
    let _ = killer.kill();
    assert_eq!(code, Ok(129), "there is nobody left to panic to");
}

#[test]
fn a_reply_is_read_while_it_arrives() {
    let mut pty = Pty::demo(&[
        "--demo-scenario",
        "stalled-reply",
        "github",
        "issues",
        "list",
        "-p",
        "per_page=100",
    ]);
    pty.sees("catalog + service");
    pty.types(b"\x1b[15~");
    pty.sees("still loading 4");
    pty.sees("next: not known until all has arrived");
    pty.sees("Crash on empty");
    pty.types(b"/dark mode\r");
    pty.sees("Match 1 of 1");
    pty.types(b"vs");
    pty.sees("The reply is still arriving");
    pty.sees("databaseId");
    pty.types(b"\x1b");
    pty.sees("Cancelled: this is what was received");
    pty.sees("not whole");
    // It is asked for again, for there is no page to compare it with.
    pty.types(b"R");
    pty.sees("2 calls");
    pty.sees("still loading 4");
    pty.types(b"\x1b");
    pty.sees("Cancelled: this is what was received");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn a_reply_grows_into_its_page() {
    let mut pty = Pty::demo(&[
        "--demo-scenario",
        "slow-reply",
        "github",
        "issues",
        "list",
        "-p",
        "per_page=100",
    ]);
    pty.sees("catalog + service");
    pty.types(b"\x1b[15~");
    pty.sees("still loading");
    pty.types(b"jjl");
    pty.sees("databaseId: 15");
    pty.sees("complete, 67 records");
    // What was opened while it came is open, and the cursor is where it was.
    pty.sees("databaseId: 15");
    pty.sees("3/67");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

/// An editor that shows what it was given, asks for a line and writes that to a file.
fn editor(folder: &std::path::Path) -> (String, std::path::PathBuf) {
    let (editor, said) = (folder.join("editor"), folder.join("said"));
    let script = format!(
        "#!/bin/sh\ncat \"$1\"\necho ASKS\nread line\necho \"$line\" > '{}'\n",
        said.display()
    );
    std::fs::write(&editor, script).unwrap();
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    (editor.to_string_lossy().into_owned(), said)
}

#[test]
fn another_program_gets_every_key_and_gives_the_terminal_back() {
    let folder = tempfile::tempdir().unwrap();
    let (editor, said) = editor(folder.path());
    let words = ["--demo", "github", "issues", "list", "-p", "per_page=10"];
    let mut pty = Pty::start(
        env!("CARGO_BIN_EXE_airscope"),
        &words,
        &[("EDITOR", &editor), ("VISUAL", "")],
    );
    pty.sees("catalog + service");
    pty.types(b"\x1b[15~");
    pty.sees("page 1 · 10 records");
    pty.types(b"e");
    pty.sees("\"title\": \"Crash on empty config\"");
    pty.sees("ASKS");
    pty.types(b"jjqq\r");
    pty.sees("Back from");
    pty.sees("page 1 · 10 records");
    assert_eq!(std::fs::read_to_string(&said).unwrap(), "jjqq\n");
    pty.types(b"j");
    pty.sees("2/10");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn a_value_is_edited_by_the_users_editor() {
    let folder = tempfile::tempdir().unwrap();
    let editor = folder.path().join("editor");
    let script = "#!/bin/sh\ncase \"$(cat \"$1\")\" in\n\
        acme) printf 'from\\noutside\\n' > \"$1.new\"; mv \"$1.new\" \"$1\";;\n\
        *) echo spoilt > \"$1\"; exit 1;;\nesac\n";
    std::fs::write(&editor, script).unwrap();
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let words = ["--demo", "github", "issues", "list", "-p", "owner=acme"];
    let mut pty = Pty::start(
        env!("CARGO_BIN_EXE_airscope"),
        &words,
        &[("EDITOR", editor.to_str().unwrap()), ("VISUAL", "")],
    );
    pty.sees("catalog + service");
    pty.types(b"jj\r\x0f");
    pty.sees("from⏎outside");
    pty.types(b"\x0f");
    pty.sees("The editor ended with an error: the text is as it was");
    // What is no text cannot be taken either.
    std::fs::write(&editor, "#!/bin/sh\nprintf '\\377' > \"$1\"\n").unwrap();
    pty.types(b"\x0f");
    pty.sees("The text is as it was: what the editor left could not be read");
    pty.types(b"\rb");
    pty.sees(r#""owner": "from\noutside""#);
    pty.types(b"qq");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn half_of_an_input_sequence_holds_nothing_and_no_key_is_taken_from_another_program() {
    let folder = tempfile::tempdir().unwrap();
    let (editor, said) = editor(folder.path());
    for half in [&b"\x1b["[..], b"\x1bO", b"\xe9"] {
        let words = [
            "--demo",
            "--demo-scenario",
            "slow-reply",
            "github",
            "issues",
            "list",
            "-p",
            "per_page=100",
        ];
        let mut pty = Pty::start(
            env!("CARGO_BIN_EXE_airscope"),
            &words,
            &[("EDITOR", &editor), ("VISUAL", "")],
        );
        pty.sees("catalog + service");
        pty.types(b"\x1b[15~");
        pty.sees("still loading");
        pty.types(half);
        // What comes is drawn, though the sequence is not over.
        pty.sees("complete, 67 records");
        // Whatever ends it, the next key is heard.
        pty.types(b"~jjj");
        pty.sees("4/67");
        pty.types(b"e");
        pty.sees("ASKS");
        pty.types(b"every key\r");
        pty.sees("Back from");
        assert_eq!(
            std::fs::read_to_string(&said).unwrap(),
            "every key\n",
            "{half:?}"
        );
        pty.types(b"q");
        assert_eq!(pty.ends(), 0, "{half:?}");
    }
}

#[test]
fn a_signal_is_heard_while_half_of_a_sequence_waits() {
    let mut pty = Pty::demo(&[]);
    pty.sees("GitHub");
    pty.types(b"\x1b[");
    pty.signal("-TERM");
    assert_eq!(pty.ends(), 143);
}

#[test]
fn the_key_to_quit_is_for_the_program_that_has_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (editor, _) = editor(folder.path());
    // An editor that lives through it, as editors do.
    let wrapper = folder.path().join("wrapper");
    std::fs::write(
        &wrapper,
        format!("#!/bin/sh\ntrap '' QUIT\nexec '{editor}' \"$1\"\n"),
    )
    .unwrap();
    std::fs::set_permissions(
        &wrapper,
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    let words = ["--demo", "github", "issues", "list", "-p", "per_page=10"];
    let mut pty = Pty::start(
        env!("CARGO_BIN_EXE_airscope"),
        &words,
        &[("EDITOR", wrapper.to_str().unwrap()), ("VISUAL", "")],
    );
    pty.sees("catalog + service");
    pty.types(b"\x1b[15~");
    pty.sees("page 1 · 10 records");
    pty.types(b"e");
    pty.sees("ASKS");
    pty.signal("-QUIT");
    pty.types(b"on\r");
    pty.sees("Back from");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn stopped_and_continued_from_outside_it_takes_the_terminal_again() {
    let mut pty = Pty::demo(&[]);
    pty.sees("GitHub");
    pty.signal("-STOP");
    // What a shell writes meanwhile.
    let before = pty.output.0.lock().unwrap().bytes.len();
    pty.signal("-CONT");
    pty.wait("the screen is taken again", |_| true);
    let began = Instant::now();
    let mut written = pty.output.0.lock().unwrap();
    while !String::from_utf8_lossy(&written.bytes[before..]).contains("GitHub") {
        let left = LIMIT
            .checked_sub(began.elapsed())
            .expect("it is painted again");
        written = pty.output.1.wait_timeout(written, left).unwrap().0;
    }
    assert!(String::from_utf8_lossy(&written.bytes[before..]).contains("\x1b[?1049h"));
    drop(written);
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn a_signal_is_heard_while_the_terminal_takes_no_output() {
    let pair = native_pty_system()
        .openpty(PtySize {
            rows: 200,
            cols: 400,
            ..PtySize::default()
        })
        .unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_airscope"));
    command.args([
        "--demo",
        "--demo-scenario",
        "large-reply",
        "github",
        "issues",
        "list",
    ]);
    command.env("TERM", "xterm-256color");
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut writer = pair.master.take_writer().unwrap();
    let (mut seen, mut chunk) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&seen).contains("GitHub") {
        let length = reader.read(&mut chunk).unwrap();
        seen.extend_from_slice(&chunk[..length]);
    }
    // From here on nobody reads: what is painted fills the terminal, and the loop waits in the middle of it.
    let stuck = |id: u32| {
        std::fs::read_to_string(format!("/proc/{id}/task/{id}/syscall"))
            .unwrap_or_default()
            .starts_with("1 ")
    };
    let id = child.process_id().unwrap();
    let began = Instant::now();
    while !stuck(id) && began.elapsed() < LIMIT {
        // Help and back: each paints the whole screen.
        if writer.write_all(b"?\x1b").is_err() {
            break;
        }
        std::thread::yield_now();
    }
    assert!(
        !cfg!(target_os = "linux") || stuck(id),
        "the terminal was never full"
    );
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .unwrap()
            .success()
    );
    let (sender, ended) = std::sync::mpsc::channel();
    let mut killer = child.clone_killer();
    std::thread::spawn(move || sender.send(child.wait().unwrap().exit_code()));
    let code = ended.recv_timeout(LIMIT);
    // It must not outlive a test that fails.
    let _ = killer.kill();
    assert_eq!(code, Ok(143));
}

#[test]
fn a_size_beyond_sense_is_drawn_on_in_its_corner() {
    let mut pty = Pty::demo(&[]);
    pty.sees("GitHub");
    pty.master
        .resize(PtySize {
            rows: 65_535,
            cols: 65_535,
            ..PtySize::default()
        })
        .unwrap();
    pty.types(b"?");
    pty.master
        .resize(PtySize {
            rows: 36,
            cols: 120,
            ..PtySize::default()
        })
        .unwrap();
    pty.sees("Keys in Connectors");
    pty.types(b"\x1b");
    pty.sees_not("Keys in Connectors");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn the_screen_needs_a_terminal_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_airscope"));
    let output = command
        .arg("--demo")
        .env("HOME", home.path())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(4) && error.contains("The screen needs a terminal"),
        "{error}"
    );
}

#[test]
fn programs_that_are_started_inherit_no_secret_and_no_core_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (editor, said) = (folder.path().join("editor"), folder.path().join("said"));
    let script = format!(
        "#!/bin/sh\nenv > '{0}'\nstat -c 'MODE %a %n' \"$1\" >> '{0}'\nulimit -c >> '{0}'\necho SEEN\n",
        said.display()
    );
    std::fs::write(&editor, script).unwrap();
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let body = folder.path().join("body.json");
    std::fs::write(&body, "[1,2]").unwrap();
    let variables = [
        ("EDITOR", editor.to_str().unwrap()),
        ("VISUAL", ""),
        ("AIRBYTE_CLIENT_ID", "an-id-of-a-client"),
        ("AIRBYTE_CLIENT_SECRET", "a-secret-of-a-client"),
        ("AIRBYTE_APPLICATION_TOKEN", "a-token-of-somebody"),
    ];
    let mut pty = Pty::start(
        env!("CARGO_BIN_EXE_airscope"),
        &["open", body.to_str().unwrap()],
        &variables,
    );
    pty.sees("2 records");
    pty.types(b"e");
    pty.sees("Back from");
    let said = std::fs::read_to_string(&said).unwrap();
    assert!(
        said.contains("an-id-of-a-client")
            && !said.contains("a-secret-of")
            && !said.contains("a-token-of"),
        "{said}"
    );
    assert_eq!(said.lines().last(), Some("0"), "cores");
    let value = said
        .lines()
        .find_map(|line| line.strip_prefix("MODE 600 "))
        .expect("nobody else can read what the editor is given");
    assert!(
        !std::path::Path::new(value).exists(),
        "{value} is still there"
    );
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn a_filter_sees_no_environment() {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json");
    std::fs::write(&body, "[1,2]").unwrap();
    let variables = [
        ("AIRBYTE_CLIENT_SECRET", "a-secret-of-a-client"),
        ("AIRSCOPE_TEST_SEEN", "a-value-of-the-environment"),
    ];
    let mut pty = Pty::start(
        env!("CARGO_BIN_EXE_airscope"),
        &["open", body.to_str().unwrap()],
        &variables,
    );
    pty.sees("2 records");
    for filter in ["env", "$ENV"] {
        pty.types(format!("|\x15{filter}\r").as_bytes());
        pty.sees(&format!("there is no `{filter}` here"));
    }
    pty.types(b"|\x15{seen: ([.. | tojson] | add), here: (1 + 1)}\r");
    pty.sees("here: 2");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn another_program_gets_keys_where_we_read_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let (editor, said) = editor(folder.path());
    let command = format!(
        "printf '[{{\"a\":1}},2]' | '{}' open -",
        env!("CARGO_BIN_EXE_airscope")
    );
    let mut pty = Pty::start(
        "sh",
        &["-c", &command],
        &[("EDITOR", &editor), ("VISUAL", "")],
    );
    pty.sees("2 records");
    pty.types(b"e");
    pty.sees("ASKS");
    pty.types(b"typed\r");
    pty.sees("Back from");
    assert_eq!(std::fs::read_to_string(&said).unwrap(), "typed\n");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn standard_input_is_read_and_keys_come_from_the_terminal() {
    let program = env!("CARGO_BIN_EXE_airscope");
    let mut pty = Pty::start(
        "sh",
        &[
            "-c",
            &format!("printf '[{{\"a\":1}},2,3]' | '{program}' open -"),
        ],
        &[],
    );
    pty.sees("standard input");
    pty.sees("3 records");
    pty.types(b"j");
    pty.sees(".[1]");
    pty.types(b"\x1b[15~");
    pty.sees("What was read stays: `standard input` cannot be read again");
    pty.types(b"q");
    assert_eq!(pty.ends(), 0);
}

/// Runs in a child of the next test; on its own it does nothing.
#[test]
fn panicking_child() {
    if std::env::var_os("AIRSCOPE_TEST_PANICS").is_some() {
        let _ = airscope::runtime::terminal::with_terminal(|| panic!("on purpose"));
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_told_after() {
    let this = std::env::current_exe().unwrap();
    let pty = Pty::start(
        this.to_str().unwrap(),
        &["process::panicking_child", "--exact", "--nocapture"],
        &[("AIRSCOPE_TEST_PANICS", "1")],
    );
    pty.sees("on purpose");
    assert_ne!(pty.ends(), 0);
}
