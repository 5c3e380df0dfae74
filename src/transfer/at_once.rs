//! Small files that come at once: they are gathered, looked at, and written in one go.

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::disk::{create_unnamed, hexadecimal, name_unnamed, sync_folder};
use super::fetch::Vouch;
use super::folders::Folders;
use super::job::{Ended, Job, Tried, broken, next_chunk};
use super::note::About;
use super::part::LOOKED_AT;
use super::stream::Fault;
use super::verify::looks_like;
use crate::api::Stream;
use crate::domain::transfer::{Progress, SavedFile, Step};

/// A file that comes within this time is written in one go.
const AT_ONCE: Duration = Duration::from_millis(20);
/// A larger one is not, in bytes.
const LARGEST_AT_ONCE: usize = 512 << 10;

/// What came at once.
pub(super) enum Gathered {
    /// All of it.
    All(Bytes),
    /// A part of it, and what broke it off.
    Begun(Bytes, Option<Ended>),
}

impl Job<'_> {
    /// Gathers a file that comes at once. What takes longer, or is larger, goes to its part while it comes, so that
    /// nothing of it can be lost.
    pub(super) async fn at_once(&self, stream: &mut Stream, first: Bytes, what: &str) -> Gathered {
        let mut length = first.len();
        let mut chunks = vec![first];
        let gathering = async {
            while length <= LARGEST_AT_ONCE {
                match next_chunk(stream, self.silence, what).await {
                    Ok(Some(chunk)) => {
                        length += chunk.len();
                        chunks.push(chunk);
                    }
                    Ok(None) => return Some(Ok(())),
                    Err(ended) => return Some(Err(ended)),
                }
            }
            None
        };
        let ended = tokio::time::timeout(AT_ONCE, gathering).await.unwrap_or(None);
        chunks.retain(|chunk| !chunk.is_empty());
        // Mostly it is one chunk, which need not be copied.
        let gathered = match chunks.as_slice() {
            [] => Bytes::new(),
            [only] => only.clone(),
            _ => Bytes::from(chunks.concat()),
        };
        match ended {
            Some(Ok(())) => Gathered::All(gathered),
            Some(Err(cut)) => Gathered::Begun(gathered, Some(cut)),
            None => Gathered::Begun(gathered, None),
        }
    }

    /// Says whether a body that ended is shorter than it should be: then its part is worth keeping.
    pub(super) fn is_short(&self, about: &About, length: usize) -> bool {
        length > 0 && about.size.max(self.recorded()).is_some_and(|size| (length as u64) < size)
    }

    /// Takes a file that came at once.
    pub(super) fn all_came(&mut self, about: About, bytes: Bytes, what: &str) -> Tried<()> {
        let wants = about.claim.doubt().wants().min(bytes.len());
        self.measure(&about, bytes.len() as u64, &bytes[..wants], what).map_err(|fault| match fault {
            Fault::Short(size) => broken(what, bytes.len() as u64, Some(size)),
            Fault::Long(failure) | Fault::Wrong(failure) => failure.into(),
        })?;
        (self.tell)(Step::Began { name: about.name.clone(), have: 0 });
        (self.tell)(Step::Came(Progress { written: bytes.len() as u64, total: Some(bytes.len() as u64) }));
        self.all = Some((about, bytes));
        Ok(())
    }
}

/// Writes a file that came at once without a part, and gives it its name, after `vouch` has written down that it is
/// there. Until it has its name the file has none at all, so that nothing is left if the program ends: whoever asks
/// again finds no file where the record tells of one, and fetches it. `None` if this is not to be had here: then
/// nothing has happened but that the record may tell of a file that is not there. Blocks.
pub(super) fn write_named(folders: &Folders, folder: &Path, about: &About, bytes: &Bytes, vouch: Vouch<'_>) -> Option<SavedFile> {
    let mut file = create_unnamed(folder)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).ok()?;
    let sha256 = hexadecimal(&Sha256::digest(bytes));
    while let Some(name) = folders.take_final(folder, &about.name, "") {
        let path = folder.join(&name);
        let saved = SavedFile {
            path,
            bytes: bytes.len() as u64,
            sha256: sha256.clone(),
            content_type: about.claim.content_type.clone(),
            looks_like: looks_like(&bytes[..bytes.len().min(LOOKED_AT)], &name),
            measured: about.size.is_some(),
            resumed: 0,
            was_there: false,
        };
        let named = vouch(&saved).ok().map(|()| name_unnamed(&file, &saved.path));
        match named {
            Some(Ok(())) => {
                sync_folder(folder);
                return Some(saved);
            }
            // Somebody else has made a file of that name meanwhile.
            Some(Err(error)) if error.kind() == ErrorKind::AlreadyExists => {}
            Some(Err(_)) | None => {
                folders.give_back(folder, &name);
                return None;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::write_named;
    use crate::domain::failure::{Failure, FailureKind};
    use crate::domain::transfer::SavedFile;
    use crate::transfer::disk::create_unnamed;
    use crate::transfer::folders::Folders;
    use crate::transfer::note::About;
    use bytes::Bytes;
    use std::path::Path;
    use std::sync::Mutex;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn write(folder: &Path, folders: &Folders, vouch: &dyn Fn(&SavedFile) -> Result<(), Failure>) -> Option<SavedFile> {
        let about = About { name: "a.txt".to_owned(), size: Some(3), ..About::default() };
        write_named(folders, folder, &about, &Bytes::from_static(b"new"), vouch)
    }

    #[test]
    fn a_file_is_written_down_before_it_has_its_name() {
        let (folder, folders) = (tempfile::tempdir().unwrap(), Folders::default());
        let folder = folder.path();
        std::fs::write(folder.join("a.txt"), "old").unwrap();
        let vouched = Mutex::new(Vec::new());
        let vouch = |file: &SavedFile| {
            let name = file.path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(!file.path.exists(), "{name}");
            // Somebody else is quicker once.
            if name == "a (2).txt" {
                std::fs::write(&file.path, "other").unwrap();
            }
            vouched.lock().unwrap().push(name);
            Ok(())
        };
        let saved = write(folder, &folders, &vouch);
        if create_unnamed(folder).is_none() {
            // Where no file can be without a name it is not tried.
            assert!(saved.is_none() && vouched.into_inner().unwrap().is_empty());
            return;
        }
        let saved = saved.unwrap();
        assert_eq!(vouched.into_inner().unwrap(), ["a (2).txt", "a (3).txt"]);
        assert_eq!((saved.path.file_name().unwrap().to_str(), saved.bytes, saved.measured), (Some("a (3).txt"), 3, true));
        assert_eq!(saved.sha256, "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437");
        assert_eq!(names(folder), ["a (2).txt", "a (3).txt", "a.txt"]);
        assert_eq!(std::fs::read(folder.join("a (2).txt")).unwrap(), b"other");
        assert_eq!(std::fs::read(&saved.path).unwrap(), b"new");
    }

    #[test]
    fn what_cannot_be_written_down_leaves_nothing() {
        let (folder, folders) = (tempfile::tempdir().unwrap(), Folders::default());
        let refuses = |_: &SavedFile| Err(Failure::new(FailureKind::File, "Could not save"));
        assert_eq!(write(folder.path(), &folders, &refuses), None);
        assert!(names(folder.path()).is_empty());
        assert_eq!(folders.take_final(folder.path(), "a.txt", "").as_deref(), Some("a.txt"), "its name is free again");
    }
}
