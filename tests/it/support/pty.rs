//! A program in a real pseudo-terminal: tests type keys and wait for its screen.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long any wait may take.
pub const LIMIT: Duration = Duration::from_secs(20);

/// The output of the program, and a signal that there is more of it.
pub type Output = Arc<(Mutex<Written>, Condvar)>;

/// The bytes that were written, and whether the output ended.
#[derive(Default)]
pub struct Written {
    pub bytes: Vec<u8>,
    pub ended: bool,
}

/// The program in a pseudo-terminal of 120 by 36.
pub struct Pty {
    pub child: Box<dyn Child + Send + Sync>,
    pub master: Box<dyn MasterPty + Send>,
    pub writer: Box<dyn std::io::Write + Send>,
    pub output: Output,
}

impl Pty {
    pub fn start(program: &str, words: &[&str], variables: &[(&str, &str)]) -> Pty {
        let pair = native_pty_system()
            .openpty(PtySize {
                rows: 36,
                cols: 120,
                ..PtySize::default()
            })
            .unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(words);
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let output = Output::default();
        let filled = Arc::clone(&output);
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut chunk) {
                filled
                    .0
                    .lock()
                    .unwrap()
                    .bytes
                    .extend_from_slice(&chunk[..length]);
                filled.1.notify_all();
            }
            filled.0.lock().unwrap().ended = true;
            filled.1.notify_all();
        });
        let writer = pair.master.take_writer().unwrap();
        Pty {
            child,
            master: pair.master,
            writer,
            output,
        }
    }

    pub fn demo(words: &[&str]) -> Pty {
        // A smoke test names another build of the program.
        let program = std::env::var("AIRSCOPE_PROGRAM")
            .unwrap_or_else(|_| env!("CARGO_BIN_EXE_airscope").to_owned());
        Pty::start(&program, &[&["--demo"], words].concat(), &[])
    }

    /// Waits until the screen holds a text.
    pub fn sees(&self, text: &str) {
        self.wait(text, |screen| screen.contains(text));
    }

    /// Waits until the screen does not hold a text any more.
    pub fn sees_not(&self, text: &str) {
        self.wait(text, |screen| !screen.contains(text));
    }

    pub fn wait(&self, text: &str, holds: impl Fn(&str) -> bool) {
        let began = Instant::now();
        let mut written = self.output.0.lock().unwrap();
        loop {
            let mut parser = vt100::Parser::new(36, 120, 0);
            parser.process(&written.bytes);
            let screen = parser.screen().contents();
            if holds(&screen) {
                return;
            }
            let left = LIMIT
                .checked_sub(began.elapsed())
                .unwrap_or_else(|| panic!("`{text}` did not appear:\n{screen}"));
            written = self.output.1.wait_timeout(written, left).unwrap().0;
        }
    }

    pub fn types(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).unwrap();
        self.writer.flush().unwrap();
    }

    /// Waits for the end, checks that the terminal was restored, and returns the exit code.
    pub fn ends(mut self) -> u32 {
        let written = self.output.0.lock().unwrap();
        let (written, wait) = self
            .output
            .1
            .wait_timeout_while(written, LIMIT, |written| !written.ended)
            .unwrap();
        assert!(!wait.timed_out(), "it did not end");
        let status = self.child.wait().unwrap();
        let text = String::from_utf8_lossy(&written.bytes);
        for (on, off) in [
            ("\x1b[?1049h", "\x1b[?1049l"),
            ("\x1b[?2004h", "\x1b[?2004l"),
            ("\x1b[?1000h", "\x1b[?1000l"),
            ("\x1b[?25l", "\x1b[?25h"),
        ] {
            assert!(text.rfind(off) > text.rfind(on), "{on:?} was not undone");
        }
        assert!(
            !text.contains("\x1b]0;") && !text.contains("\x1b]2;"),
            "the title of the terminal was set"
        );
        // OSC 52, which copies, ends with the same character.
        let plain = text.split("\x1b]52;").enumerate().map(|(at, part)| {
            if at == 0 {
                part
            } else {
                part.split_once('\x07').unwrap().1
            }
        });
        assert!(
            !plain.collect::<String>().contains('\x07'),
            "the bell was rung"
        );
        status.exit_code()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(
            std::process::Command::new("kill")
                .args([name, &id])
                .status()
                .unwrap()
                .success()
        );
    }
}
