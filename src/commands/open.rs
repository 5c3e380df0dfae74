//! `airscope open`: the terminal interface on a file. No service is asked for anything.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::output_files::StdoutUse;
use super::screen::{mouse_of, show};
use super::{Invocation, ShellCommand};
use crate::app::session::{OpenFile, Setup};
use crate::catalog;
use crate::domain::connection::{Connection, Credentials};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::secret::Secret;
use crate::runtime::{LARGE_REPLY, Source, WorkerSetup};
use crate::store::Store;
use crate::text;

/// Read a saved reply, NDJSON or any JSON, gzip too; no account is needed.
#[derive(Debug, Args)]
pub(super) struct OpenArgs {
    /// The file; - for standard input.
    file: PathBuf,
}

impl ShellCommand for OpenArgs {
    fn stdout_use(&self) -> StdoutUse {
        StdoutUse::Screen
    }

    fn run(&self, invocation: &Invocation<'_>) -> Result<u8, Failure> {
        let is_stdin = self.file.as_os_str() == "-";
        let (name, source) = if is_stdin {
            check_stdin()?;
            ("standard input".to_owned(), Source::Input)
        } else {
            check_file(&self.file)?;
            (
                self.file.to_string_lossy().into_owned(),
                Source::Path(self.file.clone()),
            )
        };
        let setup = Setup {
            workspace: "a file, no service".to_owned(),
            folder: invocation.folder.to_owned(),
            file: Some(OpenFile {
                name,
                again: !is_stdin,
            }),
            mouse: mouse_of(invocation.common),
            scrubber: invocation.scrubber.clone(),
            ..Setup::default()
        };
        let worker = WorkerSetup {
            store: Store::open(None, "", catalog::VERSION),
            connection: Connection {
                host: String::new(),
                credentials: Credentials::Token(Secret::new("")),
                organization: None,
                workspace: String::new(),
            },
            kind: None,
            definition_id: None,
            max_calls: Some(0),
            question_at: LARGE_REPLY,
            scrubber: invocation.scrubber.clone(),
            file: Some(source),
            program: None,
            opener: None,
        };
        show(setup, worker)
    }
}

fn check_stdin() -> Result<(), Failure> {
    if std::io::stdin().is_terminal() {
        return Err(Failure::new(
            FailureKind::Input,
            "Standard input is the terminal: there is nothing to read",
        )
        .hint("Pipe something in: curl … | airscope open -"));
    }
    Ok(())
}

/// Fails if there is no such file: a mistyped name is reported in the shell, where it can be typed again.
fn check_file(path: &Path) -> Result<(), Failure> {
    let shown = text::safe(&path.to_string_lossy()).into_owned();
    let refused = |words: String| Err(Failure::new(FailureKind::Input, words));
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => refused(format!("`{shown}` is a folder")),
        Ok(_) => Ok(()),
        Err(error) => refused(format!("Could not read `{shown}`: {error}")),
    }
}
