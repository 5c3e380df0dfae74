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
        let (name, source, again) = if is_stdin(&self.file) {
            check_stdin()?;
            ("standard input".to_owned(), Source::Input, false)
        } else {
            (
                self.file.to_string_lossy().into_owned(),
                Source::Path(self.file.clone()),
                check_file(&self.file)?,
            )
        };
        let setup = Setup {
            workspace: "a file, no service".to_owned(),
            folder: invocation.folder.to_owned(),
            file: Some(OpenFile { name, again }),
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

/// So many links are followed to find out whether a path stands for standard input.
const MOST_LINKS: usize = 40;

/// Returns whether a path stands for standard input. Behind these names is the terminal, once the screen is open.
fn is_stdin(path: &Path) -> bool {
    let is_name = |path: &Path| {
        let names = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
        names.iter().any(|name| path.as_os_str() == *name)
    };
    let target = |path: &PathBuf| {
        let target = std::fs::read_link(path).ok()?;
        Some(match path.parent() {
            Some(folder) => folder.join(target),
            None => target,
        })
    };
    // A link may lead there, too, over some others.
    std::iter::successors(Some(path.to_owned()), target)
        .take(MOST_LINKS)
        .any(|path| is_name(&path))
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

/// Fails if there is no such file: a mistyped name is reported in the shell, where it can be typed again. Returns whether it
/// can be read again: a pipe cannot, such as that of a process substitution.
fn check_file(path: &Path) -> Result<bool, Failure> {
    let shown = text::safe(&path.to_string_lossy()).into_owned();
    let refused = |words: String| Err(Failure::new(FailureKind::Input, words));
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => refused(format!("`{shown}` is a folder")),
        Ok(metadata) => Ok(metadata.is_file()),
        Err(error) => refused(format!("Could not read `{shown}`: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_file, is_stdin};
    use std::path::Path;

    #[test]
    fn what_is_no_file_cannot_be_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        std::fs::write(&file, "1").unwrap();
        assert_eq!(check_file(&file).ok(), Some(true));
        assert_eq!(check_file(Path::new("/dev/null")).ok(), Some(false));
        assert!(check_file(folder.path()).is_err());
        assert!(is_stdin(Path::new("/dev/stdin")) && is_stdin(Path::new("-")));
        assert!(!is_stdin(Path::new("/dev/fd/63")));
        let link = |name: &str, target: &Path| {
            let link = folder.path().join(name);
            std::os::unix::fs::symlink(target, &link).unwrap();
            link
        };
        let one = link("one", Path::new("/dev/stdin"));
        assert!(is_stdin(&one) && is_stdin(&link("two", Path::new("one"))));
        assert!(!is_stdin(&link("file", &file)) && !is_stdin(&link("circle", Path::new("circle"))));
    }
}
