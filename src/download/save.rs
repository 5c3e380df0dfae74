//! Saving a body that is in memory.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::file_name::numbered;
use crate::domain::download::OnConflict;
use crate::domain::failure::{Cause, Failure, FailureKind};
use crate::text;

/// Writes a body, in parts, to a file and returns its path. Either the whole file is there afterwards, or
/// nothing is. Blocks: call it off the loop.
pub fn save(parts: &[Bytes], to: &Path, existing: OnConflict) -> Result<PathBuf, Failure> {
    save_with(to, existing, |file| {
        parts
            .iter()
            .try_for_each(|part| file.write_all(part))
            .map_err(|error| word(&text::safe(&to.to_string_lossy()), &error))
    })
    .map(|(path, ())| path)
}

/// The same for content that is written piece by piece. Returns what the writing returned, too.
pub fn save_with<T>(
    to: &Path,
    existing: OnConflict,
    write: impl FnOnce(&mut std::fs::File) -> Result<T, Failure>,
) -> Result<(PathBuf, T), Failure> {
    let shown = text::safe(&to.to_string_lossy()).into_owned();
    let failed = |error: std::io::Error| word(&shown, &error);
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
        let persisted = match existing {
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
                    && existing == OnConflict::KeepBoth
                    && number < 10_000 =>
            {
                file = back;
                number += 1;
            }
            Err((_, error)) => return Err(failed(error)),
        }
    }
}

/// Words a failure of the file system.
pub(super) fn word(shown: &str, error: &std::io::Error) -> Failure {
    let failure = Failure::new(
        FailureKind::File,
        format!("Could not save `{shown}`: {error}"),
    );
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::new(
            FailureKind::File,
            format!("Could not save `{shown}`: a file of that name is there already"),
        )
        .cause(Cause::FileExists)
        .hint("Choose another name."),
        std::io::ErrorKind::PermissionDenied => {
            failure.hint("Choose a folder that you may write to, with --dir or S.")
        }
        std::io::ErrorKind::StorageFull => failure.hint("Free some space, then try again."),
        _ => failure,
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
