//! Small files that are received at once: they are collected, checked, and written in one step.

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::attempt::{Attempt, AttemptEnd, AttemptResult, interrupted};
use super::body::Body;
use super::completeness::Mismatch;
use super::disk::{create_unnamed, hexadecimal, name_unnamed, sync_folder};
use super::folder_index::FolderIndex;
use super::manifest::Naming;
use super::part::HEAD_LENGTH;
use super::sidecar::RemoteFile;
use super::verify::looks_like;
use crate::domain::download::{DownloadEvent, Progress, SavedFile};
use crate::domain::failure::Failure;

/// A file that is received within this time is written in one step.
const AT_ONCE: Duration = Duration::from_millis(20);
/// The largest file that is written in one step, in bytes.
const LARGEST_AT_ONCE: usize = 512 << 10;

/// What was received at once.
pub(super) enum SmallReply {
    /// All of it.
    All(Bytes),
    /// The beginning of it, and what interrupted it.
    Begun(Bytes, Option<AttemptEnd>),
}

impl Attempt<'_> {
    /// Collects a file that is received at once. A file that takes longer, or is larger, is written to its part while it is
    /// received, so that nothing of it can be lost.
    pub(super) async fn at_once(&self, body: &mut Body, first: Bytes, what: &str) -> SmallReply {
        let mut length = first.len();
        let mut chunks = vec![first];
        let gathering = async {
            while length <= LARGEST_AT_ONCE {
                match body.next(self.silence, what).await {
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
        let ended = tokio::time::timeout(AT_ONCE, gathering)
            .await
            .unwrap_or(None);
        chunks.retain(|chunk| !chunk.is_empty());
        // Usually it is one chunk, which need not be copied.
        let gathered = match chunks.as_slice() {
            [] => Bytes::new(),
            [only] => only.clone(),
            _ => Bytes::from(chunks.concat()),
        };
        match ended {
            Some(Ok(())) => SmallReply::All(gathered),
            Some(Err(cut)) => SmallReply::Begun(gathered, Some(cut)),
            None => SmallReply::Begun(gathered, None),
        }
    }

    /// Returns whether a body that ended is shorter than its stated size: then it is kept as a part. What was decoded has
    /// shown that it is complete.
    pub(super) fn is_short(&self, remote: &RemoteFile, length: usize) -> bool {
        length > 0
            && remote.encoded.is_none()
            && remote
                .size
                .max(self.recorded())
                .is_some_and(|size| (length as u64) < size)
    }

    /// Checks and takes a file that was received at once.
    pub(super) fn all_came(
        &mut self,
        remote: RemoteFile,
        bytes: Bytes,
        what: &str,
    ) -> AttemptResult<()> {
        let wants = remote.headers.doubt().wants().min(bytes.len());
        self.check_content(&remote, bytes.len() as u64, &bytes[..wants], what)
            .map_err(|fault| match fault {
                Mismatch::Short(size) => interrupted(what, bytes.len() as u64, Some(size)),
                Mismatch::Long(failure) | Mismatch::Wrong(failure) => failure.into(),
            })?;
        (self.on_event)(DownloadEvent::Began {
            name: remote.name.clone(),
            have: 0,
        });
        (self.on_event)(DownloadEvent::Received(Progress {
            written: bytes.len() as u64,
            total: Some(bytes.len() as u64),
        }));
        self.all = Some((remote, bytes));
        Ok(())
    }
}

/// Writes a file that was received at once without a part: until it is named it has no name at all. `None` if the system
/// cannot do this; then the manifest still says that the file waits. Blocks.
pub(super) fn write_named(
    folders: &FolderIndex,
    folder: &Path,
    remote: &RemoteFile,
    bytes: &Bytes,
    naming: &Naming<'_>,
) -> Option<Result<SavedFile, Failure>> {
    let mut file = create_unnamed(folder)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).ok()?;
    let sha256 = hexadecimal(&Sha256::digest(bytes));
    while let Some(name) = folders.take_final(folder, &remote.name, "") {
        let saved = SavedFile {
            path: folder.join(&name),
            bytes: bytes.len() as u64,
            sha256: sha256.clone(),
            content_type: remote.headers.content_type.clone(),
            looks_like: looks_like(&bytes[..bytes.len().min(HEAD_LENGTH)], &name),
            encoded: remote.encoded,
            measured: remote.size.is_some(),
            resumed: 0,
            unvalidated: false,
            was_there: false,
        };
        let given = naming.give(&saved, || {
            name_unnamed(&file, &saved.path)?;
            // Before the manifest records that it exists.
            sync_folder(folder);
            Ok(())
        });
        match given {
            Some(Ok(Ok(()))) => return Some(Ok(saved)),
            Some(Err(failure)) => return Some(Err(failure)),
            // Another process has created a file of that name meanwhile.
            Some(Ok(Err(error))) if error.kind() == ErrorKind::AlreadyExists => {}
            Some(Ok(Err(_))) | None => {
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
    use crate::domain::call::{Call, Params};
    use crate::domain::download::{Known, NamePattern, SavedFile, Wanted};
    use crate::download::disk::create_unnamed;
    use crate::download::folder_index::FolderIndex;
    use crate::download::manifest::{Manifest, Naming, Outcome};
    use crate::download::sidecar::RemoteFile;
    use bytes::Bytes;
    use std::path::Path;
    use std::time::SystemTime;

    fn wanted(folder: &Path) -> Wanted {
        let known = Known {
            name: Some("a.txt".to_owned()),
            size: Some(3),
            ..Known::default()
        };
        let call = Call::download(
            "c",
            "files",
            Params::parse("{\"id\": {\"a\":\n [1, \"b \\\" c\"]}}").unwrap(),
        );
        Wanted {
            call,
            folder: folder.to_owned(),
            names: NamePattern::Name,
            name: None,
            known,
            manifest: Some(folder.join("manifest.jsonl")),
        }
    }

    fn write(folder: &Path, folders: &FolderIndex, manifest: &Manifest) -> Option<SavedFile> {
        let remote = RemoteFile {
            name: "a.txt".to_owned(),
            size: Some(3),
            ..RemoteFile::default()
        };
        let naming = Naming {
            manifest,
            wanted: &wanted(folder),
            started: SystemTime::UNIX_EPOCH,
        };
        write_named(
            folders,
            folder,
            &remote,
            &Bytes::from_static(b"new"),
            &naming,
        )
        .map(Result::unwrap)
    }

    fn lines(folder: &Path) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_file_gets_its_name_and_its_line() {
        let (folder, folders) = (tempfile::tempdir().unwrap(), FolderIndex::default());
        let folder = folder.path();
        std::fs::write(folder.join("a.txt"), "old").unwrap();
        let manifest = Manifest::open(&folder.join("manifest.jsonl")).unwrap();
        manifest
            .record(&wanted(folder), None, Outcome::Waiting)
            .unwrap();
        if create_unnamed(folder).is_none() {
            // Where no file can be without a name it is not tried.
            assert!(write(folder, &folders, &manifest).is_none() && lines(folder).len() == 1);
            return;
        }
        // Somebody else was quicker, after the folder was read.
        assert!(folders.take_final(folder, "b", "").is_some());
        std::fs::write(folder.join("a (2).txt"), "other").unwrap();
        let saved = write(folder, &folders, &manifest).unwrap();
        assert_eq!(
            (
                saved.path.file_name().unwrap().to_str(),
                saved.bytes,
                saved.measured
            ),
            (Some("a (3).txt"), 3, true)
        );
        assert_eq!(
            saved.sha256,
            "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"
        );
        let contents: Vec<_> = ["a.txt", "a (2).txt", "a (3).txt"]
            .iter()
            .map(|name| std::fs::read(folder.join(name)).unwrap())
            .collect();
        assert_eq!(contents, [&b"old"[..], b"other", b"new"]);
        let events: Vec<_> = lines(folder)
            .iter()
            .map(|line| (line["outcome"].clone(), line["file"].clone()))
            .collect();
        let expected = serde_json::json!([
            ["waiting", null],
            ["waiting", "a (2).txt"],
            ["done", "a (3).txt"]
        ]);
        assert_eq!(serde_json::to_value(events).unwrap(), expected);
        let is_recorded = |manifest: &Manifest| {
            assert!(manifest.unfinished(folder).is_empty());
            assert_eq!(
                manifest
                    .verified_file(&wanted(folder))
                    .map(|file| file.path),
                Some(folder.join("a (3).txt"))
            );
        };
        is_recorded(&manifest);
        assert!(
            Manifest::open(&folder.join("manifest.jsonl"))
                .err()
                .unwrap()
                .summary
                .contains("is being written by process")
        );
        drop(manifest);
        is_recorded(&Manifest::open(&folder.join("manifest.jsonl")).unwrap());
    }

    #[test]
    fn what_ends_while_a_file_gets_its_name_loses_nothing() {
        let (folder, folders) = (tempfile::tempdir().unwrap(), FolderIndex::default());
        let folder = folder.path();
        let path = folder.join("manifest.jsonl");
        let manifest = Manifest::open(&path).unwrap();
        manifest
            .record(&wanted(folder), None, Outcome::Waiting)
            .unwrap();
        let Some(saved) = write(folder, &folders, &manifest) else {
            return;
        };
        drop(manifest);
        // As it was before the file had its name, and just after.
        let text = std::fs::read_to_string(&path)
            .unwrap()
            .replace("\"done\"}   ", "\"waiting\"}");
        std::fs::write(&path, &text).unwrap();
        assert_eq!(
            lines(folder)
                .iter()
                .filter(|line| line["outcome"] == "waiting")
                .count(),
            2
        );
        let named = Manifest::open(&path).unwrap();
        assert!(
            named.records_file(&wanted(folder)) && named.unfinished(folder).is_empty(),
            "it has its name"
        );
        assert_eq!(
            named.verified_file(&wanted(folder)).map(|file| file.sha256),
            Some(saved.sha256)
        );
        assert_eq!(
            lines(folder).last().unwrap()["outcome"],
            "done",
            "and this is written down"
        );
        drop(named);
        std::fs::write(&path, &text).unwrap();
        std::fs::remove_file(&saved.path).unwrap();
        let unnamed = Manifest::open(&path).unwrap();
        let left: Vec<_> = unnamed
            .unfinished(folder)
            .into_iter()
            .map(|wanted| wanted.known)
            .collect();
        assert_eq!(left, [wanted(folder).known], "with all that is known of it");
        assert_eq!(unnamed.verified_file(&wanted(folder)), None);
    }

    #[test]
    fn that_a_file_is_there_has_the_last_word() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let open = || Manifest::open(&folder.join("manifest.jsonl")).unwrap();
        let mut manifest = open();
        let Some(saved) = write(folder, &FolderIndex::default(), &manifest) else {
            return;
        };
        let own = wanted(folder);
        for (word, outcome) in [
            ("cancelled", Outcome::Cancelled),
            ("waiting", Outcome::Waiting),
        ] {
            std::fs::remove_file(&saved.path).unwrap();
            let naming = Naming {
                manifest: &manifest,
                wanted: &own,
                started: SystemTime::UNIX_EPOCH,
            };
            let given = naming.give(&saved, || {
                manifest.record_all(&[&own], outcome).unwrap();
                std::fs::write(&saved.path, "new")
            });
            given.unwrap().unwrap().unwrap();
            let events = lines(folder);
            assert_eq!(
                (
                    events[events.len() - 2]["outcome"].as_str(),
                    events[events.len() - 1]["outcome"].as_str()
                ),
                (Some(word), Some("done"))
            );
            drop(manifest);
            manifest = open();
            assert!(
                manifest.unfinished(folder).is_empty() && manifest.records_file(&own),
                "{word}"
            );
        }
    }
}
