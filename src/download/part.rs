//! A file that is not complete yet: `NAME.part`; beside it the sidecar `NAME.part.json` and the block hashes
//! `NAME.part.blocks` ([`super::block_hashes`]).
//!
//! They outlive the process. A later request for the same file finds them, verifies what was written, and resumes. The file
//! gets its name only when it is complete, by a rename that replaces nothing.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::block_hashes::{self, Block, BlockHashes};
use super::disk::{
    create_new, free_space, is_held, open_part, rename_new, shown, sync_folder, write_at,
};
use super::folder_index::{FolderIndex, MOST};
use super::hasher::Hasher;
use super::request::Request;
use super::save::io_failure;
use super::sidecar::{RemoteFile, Sidecar, SidecarContent, Whole};
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// A file with more bytes than this is hashed by a thread of its own.
const LARGE: usize = 4 << 20;
/// How many bytes at the beginning are read to recognize the type of a file.
pub(super) const HEAD_LENGTH: usize = 8192;

/// What an earlier attempt left.
pub(super) enum Leftover {
    /// A part to resume.
    Part(Box<Part>),
    /// The complete file, named already: the process ended before that was recorded. Its path, what is recorded of it, and its
    /// sidecar.
    Whole(PathBuf, Whole, Sidecar),
    /// Nothing.
    Nothing,
}

/// An open part. When it is dropped its files stay, to be resumed, unless that is impossible: it is empty, or was decoded.
pub(super) struct Part {
    folders: Arc<FolderIndex>,
    folder: PathBuf,
    /// The name without `.part`.
    stem: String,
    file: File,
    hashes: BlockHashes,
    length: u64,
    /// Blocks whose bytes were changed since they were written.
    damaged: Vec<Block>,
    /// The first bytes, where they are still in memory.
    first: Bytes,
    pub(super) remote: RemoteFile,
    /// The name of the complete file that the sidecar records.
    known_name: Option<String>,
    /// Whether it is the complete file, which only lacks its name.
    is_whole: bool,
    ended: bool,
}

impl Part {
    /// Looks in a folder for what an earlier attempt of the same request left. Reads and hashes all of it.
    pub(super) fn find(folders: &Arc<FolderIndex>, folder: &Path, request: &Request) -> Leftover {
        for stem in folders.parts(folder, request) {
            let sidecar = folder.join(format!("{stem}.part.json"));
            let read = || SidecarContent::read(&sidecar).filter(|own| own.request == *request);
            let Some(content) = read() else {
                folders.gone(folder, &stem, request);
                continue;
            };
            match open_part(&folder.join(format!("{stem}.part"))) {
                Ok(Some(file)) => {
                    if let Ok(part) =
                        Part::hashed(folders, folder, &stem, file, content.remote_file())
                    {
                        return Leftover::Part(Box::new(part));
                    }
                }
                Ok(None) => {
                    folders.gone(folder, &stem, request);
                    // Another download may have completed the file meanwhile.
                    let Some(content) = read() else {
                        continue;
                    };
                    if let Some((path, whole)) = content.finished(folder) {
                        return Leftover::Whole(path, whole, Sidecar(sidecar));
                    }
                    // The file that it records does not exist any more.
                    Sidecar(sidecar).remove();
                }
                // It is locked by another download, or no plain file.
                Err(_) => {}
            }
        }
        Leftover::Nothing
    }

    /// Creates a part. Existing files are neither replaced nor followed. The folder is created if it does not exist.
    pub(super) fn create(
        folders: &Arc<FolderIndex>,
        folder: &Path,
        remote: RemoteFile,
    ) -> Result<Part, Failure> {
        Part::make(folders, folder, remote, None)
    }

    /// Creates a part with all bytes of a file. If the disk does not take all of them the rest can be fetched later.
    pub(super) fn of_all(
        folders: &Arc<FolderIndex>,
        folder: &Path,
        remote: RemoteFile,
        bytes: &Bytes,
    ) -> Result<(Part, Result<(), Failure>), Failure> {
        let mut whole = BlockHashes::new(PathBuf::new());
        whole.only_whole();
        whole.update(bytes);
        let mut part = Part::make(
            folders,
            folder,
            remote,
            Some((whole.sha256(), bytes.len() as u64)),
        )?;
        part.first = bytes.slice(..bytes.len().min(HEAD_LENGTH));
        let (written, outcome) = part.put(bytes);
        if outcome.is_ok() {
            part.hashes = whole;
        } else {
            part.hashes.update(&bytes[..written]);
            part.hashes.pause();
        }
        Ok((part, outcome))
    }

    /// Creates a part. If hash and size of the whole file are known, the sidecar records them at once.
    fn make(
        folders: &Arc<FolderIndex>,
        folder: &Path,
        remote: RemoteFile,
        all: Option<(String, u64)>,
    ) -> Result<Part, Failure> {
        let many = || {
            Failure::new(
                FailureKind::File,
                format!(
                    "Could not save `{}`: there are too many files of that name",
                    remote.name
                ),
            )
        };
        for _ in 0..MOST {
            let stem = folders
                .take(folder, &remote.name, &remote.request)
                .ok_or_else(many)?;
            let (sidecar, path) = (
                folder.join(format!("{stem}.part.json")),
                folder.join(format!("{stem}.part")),
            );
            let whole = all
                .as_ref()
                .map(|(sha256, bytes)| Whole::new(&stem, sha256, *bytes, remote.encoded));
            let known_name = whole.as_ref().map(|whole| whole.name.clone());
            let content = SidecarContent::new(&remote, whole);
            // The sidecar first: a part without one could not be resumed.
            let mut created = create_new(&sidecar);
            if created
                .as_ref()
                .is_err_and(|error| error.kind() != ErrorKind::AlreadyExists)
            {
                // Usually the folder exists, and need not be created.
                if let Err(error) = std::fs::create_dir_all(folder) {
                    folders.gone(folder, &stem, &remote.request);
                    return Err(io_failure(&shown(folder), &error));
                }
                created = create_new(&sidecar);
            }
            let made = created.and_then(|file| {
                let made = content.write(file).and_then(|()| create_new(&path));
                // Only what was created here is removed again.
                made.inspect_err(|_| drop(std::fs::remove_file(&sidecar)))
            });
            match made {
                // Another process has resumed the part that was just created.
                Ok(file) if is_held(&file) => folders.is_there(folder, &format!("{stem}.part")),
                Ok(file) => {
                    let folders = Arc::clone(folders);
                    let hashes = BlockHashes::new(blocks(folder, &stem));
                    return Ok(Part {
                        folders,
                        folder: folder.to_owned(),
                        stem,
                        file,
                        hashes,
                        length: 0,
                        damaged: Vec::new(),
                        first: Bytes::new(),
                        remote,
                        known_name,
                        is_whole: false,
                        ended: false,
                    });
                }
                Err(error) => {
                    folders.gone(folder, &stem, &remote.request);
                    if error.kind() != ErrorKind::AlreadyExists {
                        return Err(io_failure(&shown(&path), &error));
                    }
                    folders.is_there(folder, &format!("{stem}.part"));
                }
            }
        }
        Err(many())
    }

    fn hashed(
        folders: &Arc<FolderIndex>,
        folder: &Path,
        stem: &str,
        mut file: File,
        remote: RemoteFile,
    ) -> std::io::Result<Part> {
        let (hashes, length, damaged) = block_hashes::check(&mut file, &blocks(folder, stem))?;
        // What was written behind the last hash is not trusted, and is fetched again.
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        let (folders, folder, stem) = (Arc::clone(folders), folder.to_owned(), stem.to_owned());
        Ok(Part {
            folders,
            folder,
            stem,
            file,
            hashes,
            length,
            damaged,
            first: Bytes::new(),
            remote,
            known_name: None,
            is_whole: false,
            ended: false,
        })
    }

    /// Returns the first damaged block.
    pub(super) fn damaged(&self) -> Option<Block> {
        self.damaged.first().copied()
    }

    /// Rewrites a damaged block, with the bytes that it had.
    pub(super) fn repair(&mut self, block: &Block, bytes: &[u8]) -> Result<(), Failure> {
        write_at(&self.file, bytes, block.start)
            .map_err(|error| io_failure(&shown(&self.path()), &error))?;
        self.damaged.retain(|own| own != block);
        if self.damaged.is_empty() {
            // The hash of the whole file includes the damaged bytes.
            self.file
                .rewind()
                .map_err(|error| io_failure(&shown(&self.path()), &error))?;
            let blocks = self.blocks();
            let (hashes, length, damaged) = block_hashes::check(&mut self.file, &blocks)
                .map_err(|error| io_failure(&shown(&self.path()), &error))?;
            (self.hashes, self.length, self.damaged) = (hashes, length, damaged);
            self.file
                .seek(SeekFrom::Start(length))
                .map_err(|error| io_failure(&shown(&self.path()), &error))?;
        }
        Ok(())
    }

    fn blocks(&self) -> PathBuf {
        blocks(&self.folder, &self.stem)
    }

    /// Returns the length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Returns whether a later attempt can use what was received. The service has no ranges of what was decoded.
    pub(super) fn is_resumable(&self) -> bool {
        self.length > 0 && (self.is_whole || self.remote.encoded.is_none())
    }

    /// Returns the folder that it is in.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns its path.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.part", self.stem))
    }

    fn sidecar(&self) -> PathBuf {
        self.folder.join(format!("{}.part.json", self.stem))
    }

    /// Returns the last `count` bytes, or all if there are fewer.
    pub(super) fn tail(&mut self, count: u64) -> std::io::Result<Vec<u8>> {
        self.read(self.length.saturating_sub(count), count.min(self.length))
    }

    /// Returns the first `count` bytes, or all if there are fewer.
    pub(super) fn head(&mut self, count: u64) -> std::io::Result<Vec<u8>> {
        self.read(0, count.min(self.length))
    }

    fn read(&mut self, from: u64, count: u64) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; count as usize];
        if count > 0 {
            self.file.seek(SeekFrom::Start(from))?;
            self.file.read_exact(&mut bytes)?;
            self.file.seek(SeekFrom::Start(self.length))?;
        }
        Ok(bytes)
    }

    /// Empties the part and updates its sidecar.
    pub(super) fn start_over(&mut self, remote: RemoteFile) -> Result<(), Failure> {
        let failed = |path: &Path, error: &std::io::Error| io_failure(&shown(path), error);
        // The hashes are removed first: without them no byte of the part is trusted.
        block_hashes::remove(&self.blocks());
        self.file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .map_err(|error| failed(&self.path(), &error))?;
        (self.hashes, self.length, self.damaged) = (BlockHashes::new(self.blocks()), 0, Vec::new());
        self.update(remote)
    }

    /// Updates what is known of the file, in the sidecar too.
    pub(super) fn update(&mut self, remote: RemoteFile) -> Result<(), Failure> {
        if self.remote != remote {
            self.remote = remote;
            self.replace_sidecar(None)
                .map_err(|error| io_failure(&shown(&self.sidecar()), &error))?;
        }
        Ok(())
    }

    /// Fails if the free space is not enough for `more` bytes.
    pub(super) fn check_space(&self, more: u64) -> Result<(), Failure> {
        let Some(free) = free_space(&self.folder).filter(|free| *free < more) else {
            return Ok(());
        };
        Err(Failure::new(
            FailureKind::File,
            format!(
                "Could not save `{}`: it takes {} more, and {} are free in `{}`",
                self.remote.name,
                text::bytes(more),
                text::bytes(free),
                shown(&self.folder)
            ),
        )
        .hint("Free some space, or choose another folder, then try again."))
    }

    /// Writes and hashes chunks until the channel is closed, and returns the part. Blocks. A large file is hashed in parallel:
    /// hashing takes about as long as writing.
    pub(super) fn write(
        mut self,
        mut chunks: mpsc::Receiver<Bytes>,
    ) -> (Part, Result<(), Failure>) {
        let mut hasher: Option<Hasher> = None;
        let mut received = 0;
        let mut outcome = Ok(());
        // All waiting chunks at once, so that the sender is not woken for each of them.
        let mut waiting = Vec::new();
        'writing: while chunks.blocking_recv_many(&mut waiting, usize::MAX) > 0 {
            for chunk in waiting.drain(..) {
                let (written, put) = self.put(&chunk);
                received += written;
                if received > LARGE {
                    let mut hashes =
                        || std::mem::replace(&mut self.hashes, BlockHashes::new(PathBuf::new()));
                    hasher
                        .get_or_insert_with(|| Hasher::start(hashes()))
                        .update(chunk.slice(..written));
                } else {
                    self.hashes.update(&chunk[..written]);
                }
                outcome = put;
                if outcome.is_err() {
                    break 'writing;
                }
            }
        }
        if let Some(hasher) = hasher {
            match hasher.end() {
                Some(hashes) => self.hashes = hashes,
                None => {
                    outcome = Err(Failure::new(
                        FailureKind::Internal,
                        "Hashing a file broke off",
                    ))
                }
            }
        }
        if self.remote.size != Some(self.length) {
            self.hashes.pause();
        }
        (self, outcome)
    }

    /// Writes and hashes bytes. What was written before the disk failed stays.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let (written, outcome) = self.put(bytes);
        self.hashes.update(&bytes[..written]);
        if outcome.is_err() {
            self.hashes.pause();
        }
        outcome
    }

    /// Writes bytes as far as the disk takes them. Returns how many were written.
    fn put(&mut self, bytes: &[u8]) -> (usize, Result<(), Failure>) {
        let mut written = 0;
        let outcome = loop {
            match self.file.write(&bytes[written..]) {
                Ok(0) if !bytes.is_empty() => {
                    break Err(io_failure(
                        &shown(&self.path()),
                        &ErrorKind::WriteZero.into(),
                    ));
                }
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(io_failure(&shown(&self.path()), &error)),
            }
            if written == bytes.len() {
                break Ok(());
            }
        };
        self.length += written as u64;
        (written, outcome)
    }

    /// Names the file, which replaces nothing. Returns its path, its hash, its first bytes, and its sidecar. If that fails the
    /// part stays.
    pub(super) fn finish(mut self) -> Result<(PathBuf, String, Bytes, Sidecar), Failure> {
        let failed = |path: &Path, error: &std::io::Error| io_failure(&shown(path), error);
        self.is_whole = true;
        self.file
            .sync_all()
            .map_err(|error| failed(&self.path(), &error))?;
        let sha256 = self.hashes.sha256();
        let mut head = std::mem::take(&mut self.first);
        if head.is_empty() {
            head = self
                .head(HEAD_LENGTH as u64)
                .map_err(|error| failed(&self.path(), &error))?
                .into();
        }
        while let Some(name) = self
            .folders
            .take_final(&self.folder, &self.remote.name, &self.stem)
        {
            // If the process ends after the rename, the next request finds by this that the file is complete.
            if self.known_name.as_ref() != Some(&name) {
                self.replace_sidecar(Some((&name, &sha256)))
                    .map_err(|error| failed(&self.sidecar(), &error))?;
                self.known_name = Some(name.clone());
            }
            let to = self.folder.join(&name);
            match rename_new(&self.path(), &to) {
                Ok(()) => {
                    self.ended = true;
                    self.folders
                        .gone(&self.folder, &self.stem, &self.remote.request);
                    block_hashes::remove(&self.blocks());
                    sync_folder(&self.folder);
                    return Ok((to, sha256, head, Sidecar(self.sidecar())));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    self.folders.is_there(&self.folder, &name)
                }
                Err(error) => {
                    return Err(failed(&to, &error)
                        .hint(format!("All of it is in `{}`.", shown(&self.path()))));
                }
            }
        }
        Err(Failure::new(
            FailureKind::File,
            format!(
                "Could not save `{}`: there are too many files of that name",
                self.remote.name
            ),
        ))
    }

    /// Removes it: it cannot be a part of the requested file.
    pub(super) fn discard(mut self) {
        self.remove();
    }

    fn remove(&mut self) {
        if !self.ended {
            self.ended = true;
            self.folders
                .gone(&self.folder, &self.stem, &self.remote.request);
            // Files that no longer exist need not be removed.
            let _ = std::fs::remove_file(self.path());
            block_hashes::remove(&self.blocks());
            let _ = std::fs::remove_file(self.sidecar());
        }
    }

    /// Replaces the sidecar in one step, so that a complete one exists at every moment.
    fn replace_sidecar(&self, done: Option<(&str, &str)>) -> std::io::Result<()> {
        let fresh = tempfile::Builder::new()
            .prefix(".airscope-")
            .suffix(".sidecar")
            .tempfile_in(&self.folder)?;
        let whole =
            done.map(|(name, sha256)| Whole::new(name, sha256, self.length, self.remote.encoded));
        SidecarContent::new(&self.remote, whole).write(fresh.reopen()?)?;
        fresh.persist(self.sidecar()).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_resumable() {
            self.remove();
        }
    }
}

/// Returns the path of the block hashes of a part.
fn blocks(folder: &Path, stem: &str) -> PathBuf {
    folder.join(format!("{stem}.part.blocks"))
}

/// Removes the sidecar that a request left although its file is recorded elsewhere.
pub(super) fn remove_leftovers(folders: &Arc<FolderIndex>, request: &Request, folder: &Path) {
    if let Leftover::Whole(_, _, sidecar) = Part::find(folders, folder, request) {
        sidecar.remove();
    }
}
