//! Refuses outputs that are one file, before any of them is created.

use std::path::Path;

use crate::domain::failure::{Failure, FailureKind};
use crate::export::checkpoint_path;
use crate::files;

/// What a command uses standard output for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StdoutUse {
    /// The result is printed there.
    Result,
    /// The result goes to a file.
    Nothing,
    /// The terminal interface is drawn there.
    Screen,
}

impl StdoutUse {
    /// Returns the use of a command whose result goes to the file of `--output`, if one is named.
    pub(super) fn of(output: Option<&Path>) -> StdoutUse {
        match output {
            Some(path) if !files::is_stdout(path) => StdoutUse::Nothing,
            Some(_) | None => StdoutUse::Result,
        }
    }
}

/// The files that a command is asked to write.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OutputFiles<'a> {
    /// The file of `--output`. Its checkpoint is written beside it.
    pub(super) output: Option<&'a Path>,
    /// The file of `--ledger`.
    pub(super) ledger: Option<&'a Path>,
    /// The file of `--manifest`.
    pub(super) manifest: Option<&'a Path>,
}

/// Fails if two outputs are one file, or if one is mixed into what is printed.
pub(super) fn check_distinct(
    written: &OutputFiles<'_>,
    log: Option<&Path>,
    stdout: StdoutUse,
) -> Result<(), Failure> {
    // A reader of standard output expects one thing there.
    let mixed = [("--ledger", written.ledger), ("--log", log)]
        .into_iter()
        .find(|(_, path)| path.is_some_and(files::is_stdout));
    if let (StdoutUse::Result, Some((flag, _))) = (stdout, mixed) {
        return Err(Failure::new(
            FailureKind::Input,
            format!("{flag} and what is printed are both standard output"),
        )
        .hint("Give it a file of its own, or /dev/stderr."));
    }
    let checkpoint = written.output.map(checkpoint_path);
    let named: Vec<(&str, &Path)> = [
        ("--output", written.output),
        ("the checkpoint of --output", checkpoint.as_deref()),
        ("--ledger", written.ledger),
        ("--manifest", written.manifest),
        ("--log", log),
    ]
    .into_iter()
    .filter_map(|(flag, path)| Some((flag, path?)))
    .collect();
    files::all_distinct(&named)
}
