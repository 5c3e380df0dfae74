//! The manifest of a run: a line of JSON for each file, appended whenever its state changes. A later run skips the files
//! whose line and hash prove that they are complete.

mod line;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use self::line::{DONE, Line, LineContent, NAMING, is_own, key};
use super::disk::{hash_of, lock_holder, open_inside, open_plain, open_to_read, shown, write_at};
use super::save::io_failure;
use crate::domain::call::Call;
use crate::domain::download::{MANIFEST, SavedFile, Wanted};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::scrub::Scrubber;
use crate::files::taken;

/// The state of a file that a manifest records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// It waits: a later run may fetch it.
    Waiting,
    /// It was saved.
    Done(&'a SavedFile),
    /// It failed.
    Failed(&'a Failure),
    /// The user cancelled it.
    Cancelled,
}

/// An open manifest.
#[derive(Debug)]
pub(super) struct Manifest {
    path: PathBuf,
    file: Mutex<File>,
    /// The same file, opened to be written in the middle; `None` where that failed.
    inside: Option<File>,
    scrubber: Scrubber,
    /// Whether the last line may be incomplete.
    torn: AtomicBool,
    /// The last line of each file.
    lines: Mutex<HashMap<String, Line>>,
}

impl Manifest {
    /// Opens a manifest, or creates one. Links are not followed. An incomplete last line of a crash is skipped.
    pub(super) fn open(path: &Path) -> Result<Manifest, Failure> {
        let failed = |error: &std::io::Error| io_failure(&shown(path), error);
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|error| io_failure(&shown(folder), &error))?;
        }
        if std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Failure::new(
                FailureKind::Input,
                format!("`{}` is no plain file", shown(path)),
            )
            .hint("Name another with --manifest."));
        }
        let mut file = open_plain(path).map_err(|error| failed(&error))?;
        // Where the file system has no locks, other writers cannot be detected.
        if let Err(std::fs::TryLockError::WouldBlock) = file.try_lock() {
            let writer = lock_holder(&file).map_or_else(
                || "another airscope".to_owned(),
                |id| format!("process {id}"),
            );
            let words = format!("`{}` is being written by {writer}", shown(path));
            return Err(Failure::new(FailureKind::Input, words)
                .hint("Wait until it has ended, or choose another folder."));
        }
        let lines = read_lines(path, &file)?;
        end_last_line(&mut file).map_err(|error| failed(&error))?;
        let inside = open_inside(path, &file);
        Ok(Manifest {
            inside,
            ..Manifest::new(path, file, lines)
        })
    }

    /// Reads a manifest that another process may be writing.
    fn read(path: &Path) -> Result<Manifest, Failure> {
        let file = open_to_read(path).map_err(|error| io_failure(&shown(path), &error))?;
        let lines = read_lines(path, &file)?;
        Ok(Manifest::new(path, file, lines))
    }

    fn new(path: &Path, file: File, lines: HashMap<String, Line>) -> Manifest {
        Manifest {
            path: path.to_owned(),
            file: Mutex::new(file),
            inside: None,
            scrubber: Scrubber::default(),
            torn: AtomicBool::new(false),
            lines: Mutex::new(lines),
        }
    }

    /// Removes secrets from what is written from now on.
    pub(super) fn scrubbing(self, scrubber: Scrubber) -> Manifest {
        Manifest { scrubber, ..self }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<String, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, wanted: &Wanted, started: Option<SystemTime>, outcome: Outcome<'_>) -> Line {
        let mut line = Line::new(wanted, started, outcome);
        line.text = self.scrubber.scrub_json(&line.text).into_owned();
        line
    }

    /// Returns the key of a file as its scrubbed line has it.
    fn key(&self, call: &Call) -> String {
        self.scrubber.scrub_json(&key(call)).into_owned()
    }

    /// Returns whether a line records the file as saved, or as being named. The file itself is not checked.
    pub(super) fn records_file(&self, wanted: &Wanted) -> bool {
        self.lines()
            .get(&self.key(&wanted.call))
            .is_some_and(Line::records_file)
    }

    /// Returns the saved file, if a line records it and its hash is the recorded one. Hashes the whole file.
    pub(super) fn verified_file(&self, wanted: &Wanted) -> Option<SavedFile> {
        let line = self.lines().get(&self.key(&wanted.call)).cloned()?;
        let content = line.file_content()?;
        let encoded = content.encoded();
        let path = content.path_in(&wanted.folder)?;
        let (bytes, sha256) = (content.bytes?, content.sha256?);
        if hash_of(&path, bytes).as_ref() != Some(&sha256) {
            return None;
        }
        let file = SavedFile {
            path,
            bytes,
            sha256,
            content_type: content.content_type,
            looks_like: None,
            encoded,
            measured: true,
            resumed: bytes,
            unvalidated: false,
            was_there: true,
        };
        if !line.is_done {
            // The file is complete whether or not this can be written; the next run would verify it again.
            let _ = self.record(wanted, None, Outcome::Done(&file));
        }
        Some(file)
    }

    /// Appends the state of a file.
    pub(super) fn record(
        &self,
        wanted: &Wanted,
        started: Option<SystemTime>,
        outcome: Outcome<'_>,
    ) -> Result<(), Failure> {
        let line = self.line(wanted, started, outcome);
        let mut lines = self.lines();
        let mut file = self.file();
        // One write per line, so that lines of two processes do not mix.
        self.append(&mut file, &format!("{}\n", line.text))?;
        lines.insert(self.key(&wanted.call), line);
        Ok(())
    }

    /// Records that a file is about to be named: its line says `waiting` until [`Manifest::end_naming`] changes it to
    /// `done`. After a crash in between, the file under the recorded name shows how much was done. `None` if this cannot be
    /// recorded.
    fn begin_naming(
        &self,
        wanted: &Wanted,
        started: SystemTime,
        done: &SavedFile,
    ) -> Option<PendingLine> {
        self.inside.as_ref()?;
        let before = self
            .lines()
            .get(&self.key(&wanted.call))
            .map(|line| line.text.clone());
        let line = self.line(wanted, Some(started), Outcome::Done(done));
        let text = line.text.strip_suffix(DONE)?;
        let mut file = self.file();
        if self.torn.load(Ordering::SeqCst) {
            return None;
        }
        if file
            .write_all(format!("{text}{NAMING}\n").as_bytes())
            .is_err()
        {
            self.torn.store(true, Ordering::SeqCst);
            return None;
        }
        let end = file.stream_position().ok()?;
        Some(PendingLine {
            offset: end.checked_sub(NAMING.len() as u64 + 1)?,
            line,
            before,
        })
    }

    /// Records that the file of a line has its name.
    fn end_naming(&self, wanted: &Wanted, pending: PendingLine) -> Result<(), Failure> {
        let key = self.key(&wanted.call);
        let mut lines = self.lines();
        let mut file = self.file();
        let done = format!("{DONE:<0$}", NAMING.len());
        let written = self.inside.as_ref().map_or(Ok(()), |inside| {
            write_at(inside, done.as_bytes(), pending.offset)
        });
        written
            .and_then(|()| file.sync_data())
            .map_err(|error| io_failure(&shown(&self.path), &error))?;
        if lines.get(&key).map(|line| &line.text) != pending.before.as_ref() {
            // It was cancelled or queued again meanwhile; the last line must say that the file is there.
            self.append(&mut file, &format!("{}\n", pending.line.text))?;
        }
        lines.insert(key, pending.line);
        Ok(())
    }

    /// Appends that files wait or were cancelled, in one write. Files that exist already are not set to wait.
    pub(super) fn record_all(&self, all: &[&Wanted], outcome: Outcome<'_>) -> Result<(), Failure> {
        // Held until all is written, so that the line of a file that is saved meanwhile comes last.
        let mut lines = self.lines();
        let (mut text, mut added) = (String::new(), Vec::new());
        for wanted in all {
            let key = self.key(&wanted.call);
            let has_file = lines
                .get(&key)
                .is_some_and(|line| line.has_file(&wanted.folder));
            if outcome != Outcome::Waiting || !has_file {
                let line = self.line(wanted, None, outcome);
                text.push_str(&line.text);
                text.push('\n');
                added.push((key, line));
            }
        }
        let mut file = self.file();
        self.append(&mut file, &text)?;
        lines.extend(added);
        Ok(())
    }

    /// Appends text. A line that a full disk cut off is ended first.
    fn append(&self, file: &mut File, text: &str) -> Result<(), Failure> {
        let torn = self.torn.swap(false, Ordering::SeqCst)
            && file.metadata().is_ok_and(|metadata| metadata.len() > 0);
        let text = if torn {
            format!("\n{text}")
        } else {
            text.to_owned()
        };
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_data())
            .map_err(|error| {
                self.torn.store(true, Ordering::SeqCst);
                io_failure(&shown(&self.path), &error)
            })
    }

    /// Returns the files that wait and do not exist yet, in the order in which they were requested.
    pub(super) fn unfinished(&self, folder: &Path) -> Vec<Wanted> {
        let lines = self.lines();
        let mut waiting: Vec<LineContent> = lines
            .values()
            .filter(|line| !line.is_done && !line.has_file(folder))
            .map(Line::content)
            .filter(LineContent::is_waiting)
            .collect();
        waiting.sort_by_key(LineContent::order);
        waiting
            .into_iter()
            .filter_map(|content| content.wanted(folder, &self.path))
            .collect()
    }
}

/// Returns the last line of each file. Fails if the first line is none of a manifest.
fn read_lines(path: &Path, file: &File) -> Result<HashMap<String, Line>, Failure> {
    let mut lines = HashMap::new();
    let mut is_first = true;
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .map_err(|error| io_failure(&shown(path), &error))?
        > 0
    {
        if std::mem::take(&mut is_first) && !is_own(&line) {
            return Err(taken(path));
        }
        if let Some((key, line)) = Line::read(&line) {
            lines
                .entry(key)
                .and_modify(|before: &mut Line| before.follow(&line))
                .or_insert(line);
        }
        line.clear();
    }
    Ok(lines)
}

/// Ends a last line that a crash cut off: the next one must not be appended to it.
fn end_last_line(file: &mut File) -> std::io::Result<()> {
    // Where the size cannot be read, nothing is known of the last line.
    let Ok(length @ 1..) = file.metadata().map(|metadata| metadata.len()) else {
        return Ok(());
    };
    let mut last = [0];
    file.seek(std::io::SeekFrom::Start(length - 1))?;
    std::io::Read::read_exact(file, &mut last)?;
    if last[0] == b'\n' {
        Ok(())
    } else {
        file.write_all(b"\n")
    }
}

/// The line of a file that is being named.
struct PendingLine {
    /// Where the end of the line that changes is in the manifest.
    offset: u64,
    /// The line once the file has its name.
    line: Line,
    /// The text of the last line of the file before.
    before: Option<String>,
}

/// A file that is being named, and the manifest that records it.
pub(super) struct Naming<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) wanted: &'a Wanted,
    pub(super) started: SystemTime,
}

impl Naming<'_> {
    /// Names a file by `name`, and records it so that a crash at any point neither loses the file nor downloads it twice.
    /// `None` if it cannot be recorded; then `name` was not called. The inner error is that of `name`, after which the file
    /// still waits; the outer one is the manifest's, and the file has its name.
    pub(super) fn give(
        &self,
        file: &SavedFile,
        name: impl FnOnce() -> std::io::Result<()>,
    ) -> Option<Result<std::io::Result<()>, Failure>> {
        let pending = self
            .manifest
            .begin_naming(self.wanted, self.started, file)?;
        Some(match name() {
            Ok(()) => self.manifest.end_naming(self.wanted, pending).map(Ok),
            Err(error) => Ok(Err(error)),
        })
    }
}

/// Returns the unfinished files of the manifests in a folder and in the folders directly inside it.
pub fn unfinished(folder: &Path) -> Result<Vec<Wanted>, Failure> {
    let inside = std::fs::read_dir(folder)
        .map_err(|error| {
            Failure::new(
                FailureKind::File,
                format!("Could not read `{}`: {error}", shown(folder)),
            )
            .caused_by(&error)
        })?
        .filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<PathBuf> = inside
        .filter(|path| path.join(MANIFEST).is_file())
        .collect();
    folders.sort_unstable();
    if folder.join(MANIFEST).is_file() {
        folders.insert(0, folder.to_owned());
    }
    let mut left = Vec::new();
    for folder in folders {
        left.extend(Manifest::read(&folder.join(MANIFEST))?.unfinished(&folder));
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::{Manifest, Outcome};
    use crate::domain::call::{Call, Params};
    use crate::domain::download::{Known, NamePattern, SavedFile, Wanted};

    #[test]
    fn a_file_is_known_again_whatever_its_parameters_look_like() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.jsonl");
        let params = Params::parse(
            r#"{"ratio": 0.10, "far": 1E400, "id": 9007199254740993, "name": "a\"b\u0007"}"#,
        )
        .unwrap();
        let call = Call::download("c", "files", params);
        let wanted = Wanted {
            call,
            folder: folder.path().into(),
            names: NamePattern::Name,
            name: None,
            known: Known::default(),
            manifest: Some(path.clone()),
        };
        std::fs::write(folder.path().join("x"), b"").unwrap();
        let sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned();
        let file = SavedFile {
            path: folder.path().join("x"),
            bytes: 0,
            sha256,
            content_type: Some("text/plain".to_owned()),
            looks_like: None,
            encoded: None,
            measured: true,
            resumed: 0,
            unvalidated: false,
            was_there: false,
        };
        Manifest::open(&path)
            .unwrap()
            .record(&wanted, None, Outcome::Waiting)
            .unwrap();
        assert_eq!(
            Manifest::open(&path).unwrap().unfinished(folder.path()),
            std::slice::from_ref(&wanted)
        );
        Manifest::open(&path)
            .unwrap()
            .record(&wanted, None, Outcome::Done(&file))
            .unwrap();
        let again = Manifest::open(&path).unwrap();
        assert!(again.records_file(&wanted) && again.unfinished(folder.path()).is_empty());
        assert_eq!(
            again.verified_file(&wanted),
            Some(SavedFile {
                was_there: true,
                ..file
            })
        );
    }
}
