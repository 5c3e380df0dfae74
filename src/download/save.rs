//! Saving a body that is in memory.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::file_name::numbered;
use crate::domain::download::OnConflict;
use crate::domain::failure::{Failure, FailureCode, FailureKind};
use crate::text;

/// Writes a body, in parts, to a file and returns its path. Either the whole file exists afterwards, or none of it.
/// Blocks.
pub fn save(parts: &[Bytes], to: &Path, on_conflict: OnConflict) -> Result<PathBuf, Failure> {
    save_with(to, on_conflict, |file| {
        parts
            .iter()
            .try_for_each(|part| file.write_all(part))
            .map_err(|error| io_failure(&text::safe(&to.to_string_lossy()), &error))
    })
    .map(|(path, ())| path)
}

/// Writes content piece by piece to a file, as [`save`] does. Returns the path, and what `write` returned.
pub fn save_with<T>(
    to: &Path,
    on_conflict: OnConflict,
    write: impl FnOnce(&mut std::fs::File) -> Result<T, Failure>,
) -> Result<(PathBuf, T), Failure> {
    let shown = text::safe(&to.to_string_lossy()).into_owned();
    let failed = |error: std::io::Error| io_failure(&shown, &error);
    let folder = to
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = to
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    if name.is_empty() {
        return Err(Failure::new(
            FailureKind::Input,
            format!("`{shown}` is no name for a file"),
        ));
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut file = tempfile::Builder::new()
        .prefix(".airscope-")
        .suffix(".part")
        .tempfile_in(folder)
        .map_err(failed)?;
    let outcome = write(file.as_file_mut())?;
    file.as_file().sync_all().map_err(failed)?;
    let mut number = 1;
    loop {
        let path = folder.join(numbered(&name, number));
        let persisted = match on_conflict {
            OnConflict::Replace => file
                .persist(&path)
                .map_err(|error| (error.file, error.error)),
            OnConflict::KeepBoth | OnConflict::Refuse => file
                .persist_noclobber(&path)
                .map_err(|error| (error.file, error.error)),
        };
        match persisted {
            Ok(_) => return Ok((path, outcome)),
            Err((back, error))
                if error.kind() == std::io::ErrorKind::AlreadyExists
                    && on_conflict == OnConflict::KeepBoth
                    && number < 10_000 =>
            {
                file = back;
                number += 1;
            }
            Err((_, error)) => return Err(failed(error)),
        }
    }
}

/// Returns the failure of an error of the file system.
pub(super) fn io_failure(shown: &str, error: &std::io::Error) -> Failure {
    let failed = |why: &str| {
        Failure::new(
            FailureKind::File,
            format!("Could not save `{shown}`: {why}"),
        )
        .caused_by(error)
    };
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => failed("a file of that name is there already")
            .code(FailureCode::FileExists)
            .hint("Choose another name."),
        std::io::ErrorKind::PermissionDenied => failed(&error.to_string())
            .hint("Choose a folder that you may write to, with --dir or S."),
        std::io::ErrorKind::StorageFull => {
            failed(&error.to_string()).hint("Free some space, then try again.")
        }
        _ => failed(&error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::save;
    use crate::domain::download::OnConflict;
    use bytes::Bytes;

    #[test]
    fn never_overwrites_and_leaves_nothing_behind() {
        let parts = |text: &'static str| [Bytes::from(&text[..2]), Bytes::from(&text[2..])];
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("a").join("reply.json");
        assert_eq!(save(&parts("one"), &to, OnConflict::KeepBoth).unwrap(), to);
        assert!(save(&parts("two"), &to, OnConflict::Refuse).is_err());
        assert_eq!(
            save(&parts("two"), &to, OnConflict::KeepBoth).unwrap(),
            to.with_file_name("reply (2).json")
        );
        assert_eq!(std::fs::read(&to).unwrap(), b"one");
        save(&parts("three"), &to, OnConflict::Replace).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"three");
        assert_eq!(std::fs::read_dir(to.parent().unwrap()).unwrap().count(), 2);
    }
}
