//! The file of `--ledger`. It replaces nothing but a ledger, and that only with `--force`.

use std::io::{Read as _, Write as _};
use std::path::Path;

use serde_json::Value;

use crate::domain::failure::{Failure, FailureKind};
use crate::files::{self, Replaces};

/// Writes the ledger. What it may replace is checked again: time has passed since before the first call.
pub(super) fn write(path: &Path, text: &str, force: Replaces) -> Result<(), Failure> {
    if files::is_stream(path) {
        let failed = |error: std::io::Error| {
            Failure::new(
                FailureKind::File,
                format!("Could not write the ledger: {error}"),
            )
        };
        let mut out = files::open_stream(path)?;
        return out
            .write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(failed);
    }
    if std::fs::symlink_metadata(path).is_ok() {
        check_replaceable(path, force)?;
    }
    files::write_whole(path, text, force)
}

/// Fails if the path has a file that is no ledger, or one that must not be replaced.
pub(super) fn check_replaceable(path: &Path, force: Replaces) -> Result<(), Failure> {
    if files::is_stream(path) || std::fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let mut text = String::new();
    let mut file = files::open_plain(path, std::fs::OpenOptions::new().read(true))?;
    let is_ledger = file.read_to_string(&mut text).is_ok()
        && serde_json::from_str::<Value>(&text).is_ok_and(|own| {
            own["verdict"].is_string() && own["profile"].is_object() && own["pages"].is_array()
        });
    match (is_ledger, force) {
        (true, Replaces::Own) => Ok(()),
        (true, Replaces::Nothing) => {
            Err(files::taken(path).hint("It is a ledger: --force replaces it."))
        }
        (false, _) => Err(files::taken(path)),
    }
}
