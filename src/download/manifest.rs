//! The record of a run: a line of JSON for each file, appended when something comes of it. Running again skips
//! what a line and the hash of the file vouch for.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::disk::{hash_of, open_inside, open_plain, open_to_read, shown, write_at};
use super::file_name::stays;
use super::save::word;
use crate::domain::call::{Call, ObjectText, Params};
use crate::domain::download::{Known, MANIFEST, SavedFile, Wanted};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::scrub::Scrubber;
use crate::domain::timestamp::utc;
use crate::files::taken;

/// What came of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// It waits: whoever opens the manifest later may go on with it.
    Waiting,
    /// It is there.
    Done(&'a SavedFile),
    /// It failed.
    Failed(&'a Failure),
    /// It is not wanted any more.
    Cancelled,
}

/// A manifest that is written to.
#[derive(Debug)]
pub(super) struct Manifest {
    path: PathBuf,
    file: Mutex<File>,
    /// The same file, to be written to in the middle; none where it could not be had.
    inside: Option<File>,
    scrubber: Scrubber,
    /// Whether the last line may be half of one.
    torn: AtomicBool,
    /// The last line of each file.
    lines: Mutex<HashMap<String, Line>>,
}

impl Manifest {
    /// Opens a manifest, or begins one. A link is not followed. What a crash left half-written is passed over.
    pub(super) fn open(path: &Path) -> Result<Manifest, Failure> {
        let failed = |error: &std::io::Error| word(&shown(path), error);
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|error| word(&shown(folder), &error))?;
        }
        if std::fs::symlink_metadata(path).is_ok_and(|about| !about.is_file()) {
            return Err(Failure::new(
                FailureKind::Input,
                format!("`{}` is no plain file", shown(path)),
            )
            .hint("Name another with --manifest."));
        }
        let mut file = open_plain(path).map_err(|error| failed(&error))?;
        // A file system without locks is one that cannot tell.
        if let Err(std::fs::TryLockError::WouldBlock) = file.try_lock() {
            let writer = writer_of(&file).map_or_else(
                || "another airscope".to_owned(),
                |id| format!("process {id}"),
            );
            let words = format!("`{}` is being written by {writer}", shown(path));
            return Err(Failure::new(FailureKind::Input, words)
                .hint("Wait until it has ended, or choose another folder."));
        }
        let lines = Manifest::lines_of(path, &file)?;
        let mut ends = true;
        // The next line must not be written behind half of one.
        if let Ok(length @ 1..) = file.metadata().map(|about| about.len()) {
            let mut last = [0];
            file.seek(std::io::SeekFrom::Start(length - 1))
                .map_err(|error| failed(&error))?;
            std::io::Read::read_exact(&mut file, &mut last).map_err(|error| failed(&error))?;
            ends = last[0] == b'\n';
        }
        if !ends {
            file.write_all(b"\n").map_err(|error| failed(&error))?;
        }
        let inside = open_inside(path, &file);
        Ok(Manifest {
            path: path.to_owned(),
            file: Mutex::new(file),
            inside,
            scrubber: Scrubber::default(),
            torn: AtomicBool::new(false),
            lines: Mutex::new(lines),
        })
    }

    /// Reads a manifest that somebody may be writing.
    fn read(path: &Path) -> Result<Manifest, Failure> {
        let file = open_to_read(path).map_err(|error| word(&shown(path), &error))?;
        let lines = Manifest::lines_of(path, &file)?;
        Ok(Manifest {
            path: path.to_owned(),
            file: Mutex::new(file),
            inside: None,
            scrubber: Scrubber::default(),
            torn: AtomicBool::new(false),
            lines: Mutex::new(lines),
        })
    }

    /// Returns the last line of each file. Fails if the first line is none of a manifest.
    fn lines_of(path: &Path, file: &File) -> Result<HashMap<String, Line>, Failure> {
        let mut lines = HashMap::new();
        let mut is_first = true;
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        while reader
            .read_until(b'\n', &mut line)
            .map_err(|error| word(&shown(path), &error))?
            > 0
        {
            if std::mem::take(&mut is_first) && !is_ours(&line) {
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

    /// Takes secrets out of what is written from now on.
    pub(super) fn scrubbing(self, scrubber: Scrubber) -> Manifest {
        Manifest { scrubber, ..self }
    }

    fn line(&self, wanted: &Wanted, started: Option<SystemTime>, outcome: Outcome<'_>) -> Line {
        let line = Line::new(wanted, started, outcome);
        Line {
            text: self.scrubber.scrub_json(&line.text).into_owned(),
            ..line
        }
    }

    /// Returns what tells a file from others, as its line tells it.
    fn key(&self, call: &Call) -> String {
        self.scrubber.scrub_json(&key(call)).into_owned()
    }

    /// Returns whether a line speaks of the file as done, or as being named; whether it is there is to be seen.
    pub(super) fn may_vouch(&self, wanted: &Wanted) -> bool {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .get(&self.key(&wanted.call))
            .is_some_and(|line| line.vouches().is_some())
    }

    /// Returns the file that a line and its hash vouch for. Hashes it: costs time.
    pub(super) fn vouched(&self, wanted: &Wanted) -> Option<SavedFile> {
        let line = self
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&self.key(&wanted.call))
            .cloned()?;
        let members = line.vouches()?;
        let path = wanted
            .folder
            .join(member(&members, "file").filter(|name| stays(name))?);
        let (bytes, sha256) = (count(&members, "bytes")?, member(&members, "sha256")?);
        if hash_of(&path, bytes).as_ref() != Some(&sha256) {
            return None;
        }
        let content_type = member(&members, "type");
        let file = SavedFile {
            path,
            bytes,
            sha256,
            content_type,
            looks_like: None,
            measured: true,
            resumed: bytes,
            unvalidated: false,
            was_there: true,
        };
        if !line.is_done {
            // It is there all the same; what cannot be written now, the next run finds out again.
            let _ = self.sidecar(wanted, None, Outcome::Done(&file));
        }
        Some(file)
    }

    /// Appends what came of a file.
    pub(super) fn sidecar(
        &self,
        wanted: &Wanted,
        started: Option<SystemTime>,
        outcome: Outcome<'_>,
    ) -> Result<(), Failure> {
        let line = self.line(wanted, started, outcome);
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // One write a line, so that lines of two programs do not mix.
        self.append(&mut file, &format!("{}\n", line.text))?;
        lines.insert(self.key(&wanted.call), line);
        Ok(())
    }

    /// Writes down that a file is about to get its name: it waits until [`Manifest::named`] says that it has it. If the
    /// program ends in between, what is found under the name tells how far it came. `None` if that cannot be done here.
    fn naming(&self, wanted: &Wanted, started: SystemTime, done: &SavedFile) -> Option<Told> {
        self.inside.as_ref()?;
        let before = self
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&self.key(&wanted.call))
            .map(|line| line.text.clone());
        let line = self.line(wanted, Some(started), Outcome::Done(done));
        let text = line.text.strip_suffix(DONE)?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
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
        Some(Told {
            place: end.checked_sub(NAMING.len() as u64 + 1)?,
            line,
            before,
        })
    }

    /// Writes down that the file of a line has its name.
    fn named(&self, wanted: &Wanted, recorded: Told) -> Result<(), Failure> {
        let key = self.key(&wanted.call);
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let done = format!("{DONE:<0$}", NAMING.len());
        let written = self.inside.as_ref().map_or(Ok(()), |inside| {
            write_at(inside, done.as_bytes(), recorded.place)
        });
        written
            .and_then(|()| file.sync_data())
            .map_err(|error| word(&shown(&self.path), &error))?;
        if lines.get(&key).map(|line| &line.text) != recorded.before.as_ref() {
            // It was given up or put back meanwhile: that it is there has the last word.
            self.append(&mut file, &format!("{}\n", recorded.line.text))?;
        }
        lines.insert(key, recorded.line);
        Ok(())
    }

    /// Appends that files wait, or are not wanted any more, in one go. What is there already does not wait.
    pub(super) fn note_all(&self, all: &[&Wanted], outcome: Outcome<'_>) -> Result<(), Failure> {
        // Held until all is written: a file that comes meanwhile has the last word.
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut text, mut added) = (String::new(), Vec::new());
        for wanted in all {
            let key = self.key(&wanted.call);
            let is_there = lines
                .get(&key)
                .is_some_and(|line| line.is_there(&wanted.folder));
            if outcome != Outcome::Waiting || !is_there {
                let line = self.line(wanted, None, outcome);
                text.push_str(&line.text);
                text.push('\n');
                added.push((key, line));
            }
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        self.append(&mut file, &text)?;
        lines.extend(added);
        Ok(())
    }

    /// Appends text. What a full disk broke off is ended before the next line.
    fn append(&self, file: &mut File, text: &str) -> Result<(), Failure> {
        let torn = self.torn.swap(false, Ordering::SeqCst)
            && file.metadata().is_ok_and(|about| about.len() > 0);
        let text = if torn {
            format!("\n{text}")
        } else {
            text.to_owned()
        };
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_data())
            .map_err(|error| {
                self.torn.store(true, Ordering::SeqCst);
                word(&shown(&self.path), &error)
            })
    }

    /// Returns what was wanted and is not there yet, failed or cancelled: how far it had come is no matter.
    pub(super) fn unfinished(&self, folder: &Path) -> Vec<Wanted> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let members = lines
            .values()
            .filter(|line| !line.is_done && !line.is_there(folder))
            .map(Line::members);
        let mut left: Vec<Params> = members
            .filter(|members| member(members, "outcome").is_some_and(|is| is == "waiting"))
            .collect();
        left.sort_by_key(|members| count(members, "order"));
        left.iter()
            .filter_map(|members| wanted(members, folder, &self.path))
            .collect()
    }
}

/// What tells a file of a run from others.
fn key(call: &Call) -> String {
    let mut params: Vec<_> = call.params.iter().collect();
    params.sort_unstable_by_key(|(name, _)| *name);
    let mut key = ObjectText::default();
    key.text("connector", &call.connector_id)
        .text("entity", &call.entity);
    for (name, value) in params {
        key.json(name, &value.compact());
    }
    key.end()
}

/// Writes parameters on one line.
fn compact(params: &Params) -> String {
    let mut object = ObjectText::default();
    for (name, value) in params.iter() {
        object.json(name, &value.compact());
    }
    object.end()
}

/// How the line of a file ends that is there, and how it ends while it gets its name. The one takes the place of the
/// other.
const DONE: &str = r#""outcome":"done"}"#;
const NAMING: &str = r#""outcome":"waiting"}"#;

/// What was written down of a file that gets its name: where its line ends, what it will be, and what stood last.
struct Told {
    place: u64,
    line: Line,
    before: Option<String>,
}

/// A file that gets its name.
pub(super) struct Naming<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) wanted: &'a Wanted,
    pub(super) started: SystemTime,
}

impl Naming<'_> {
    /// Gives a file its name by `name`, and writes it down: nobody who asks later asks in vain, or twice. `None` if that
    /// cannot be written down here; then `name` was not called. The inner failure is that of `name`, after which the file
    /// waits still; the outer one is the manifest's, and the file has its name.
    pub(super) fn give(
        &self,
        file: &SavedFile,
        name: impl FnOnce() -> std::io::Result<()>,
    ) -> Option<Result<std::io::Result<()>, Failure>> {
        let line = self.manifest.naming(self.wanted, self.started, file)?;
        Some(match name() {
            Ok(()) => self.manifest.named(self.wanted, line).map(Ok),
            Err(error) => Ok(Err(error)),
        })
    }
}

/// A line of a manifest. It is taken apart only when it is asked.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    is_done: bool,
    /// The line that was written when the file was about to get its name.
    naming: Option<String>,
}

impl Line {
    /// Writes a line.
    fn new(wanted: &Wanted, started: Option<SystemTime>, outcome: Outcome<'_>) -> Line {
        let known = &wanted.known;
        let stamp = |time: SystemTime| format!("{}Z", utc(time).replace(' ', "T"));
        let now = SystemTime::now();
        let file = match outcome {
            Outcome::Done(file) => Some(file),
            Outcome::Waiting | Outcome::Failed(_) | Outcome::Cancelled => None,
        };
        let name = file
            .and_then(|file| file.path.file_name())
            .map(|name| name.to_string_lossy());
        let mut line = ObjectText::default();
        line.text("connector", &wanted.call.connector_id)
            .text("entity", &wanted.call.entity);
        line.json("params", &compact(&wanted.call.params));
        line.maybe_text("record", known.record.as_deref())
            .maybe_text("path", known.path.as_deref());
        line.maybe_text("file", name.as_deref())
            .maybe_count("bytes", file.map(|file| file.bytes));
        line.maybe_text("type", file.and_then(|file| file.content_type.as_deref()));
        line.maybe_text("sha256", file.map(|file| file.sha256.as_str()));
        line.maybe_text("started", started.map(stamp).as_deref());
        line.maybe_text(
            "ended",
            (outcome != Outcome::Waiting).then(|| stamp(now)).as_deref(),
        );
        match outcome {
            Outcome::Waiting => {
                let order = now
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .unwrap_or_default()
                    .as_nanos();
                let mut details = ObjectText::default();
                details
                    .maybe_text("name", known.name.as_deref())
                    .maybe_text("type", known.content_type.as_deref());
                details
                    .maybe_count("size", known.size)
                    .maybe_text("chosen", wanted.name.as_deref());
                line.text("outcome", "waiting")
                    .maybe_count("order", u64::try_from(order).ok())
                    .json("known", &details.end());
            }
            Outcome::Done(_) => drop(line.text("outcome", "done")),
            Outcome::Failed(failure) => drop(
                line.text("outcome", "failed")
                    .text("reason", &failure.summary),
            ),
            Outcome::Cancelled => drop(line.text("outcome", "cancelled")),
        }
        Line {
            text: line.end(),
            is_done: file.is_some(),
            naming: None,
        }
    }

    /// Reads a line and what tells its file from others; `None` if it is none of ours.
    fn read(bytes: &[u8]) -> Option<(String, Line)> {
        let text = std::str::from_utf8(bytes).ok()?.to_owned();
        let members = Params::parse(&text).ok()?;
        let is_done = member(&members, "outcome").is_some_and(|outcome| outcome == "done");
        let naming = (!is_done && member(&members, "sha256").is_some()).then(|| text.clone());
        Some((
            key(&call_of(&members)?),
            Line {
                text,
                is_done,
                naming,
            },
        ))
    }

    /// Takes a later line of the same file. What an earlier one knows of a file that waits is kept.
    fn follow(&mut self, later: &Line) {
        match later.naming {
            Some(_) if !self.is_done => self.naming.clone_from(&later.naming),
            Some(_) | None => self.clone_from(later),
        }
    }

    /// Returns what the line tells of the file that is there, if it tells of one.
    fn vouches(&self) -> Option<Params> {
        match &self.naming {
            Some(text) => Params::parse(text).ok(),
            None => self.is_done.then(|| self.members()),
        }
    }

    fn members(&self) -> Params {
        // It was read before.
        Params::parse(&self.text).unwrap_or_default()
    }

    /// Returns whether the file is there, by its size alone.
    fn is_there(&self, folder: &Path) -> bool {
        let Some(members) = self.vouches() else {
            return false;
        };
        let name = member(&members, "file").filter(|name| stays(name));
        let size = name
            .and_then(|name| std::fs::symlink_metadata(folder.join(name)).ok())
            .map(|about| about.len());
        size.is_some() && size == count(&members, "bytes")
    }
}

/// Returns a member that is a string.
fn member(members: &Params, name: &str) -> Option<String> {
    serde_json::from_str(members.get(name)?.as_str()).ok()
}

/// Returns the process that holds the lock of a file, where the system tells (Linux).
fn writer_of(file: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let inode = file.metadata().ok()?.ino().to_string();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let place = words.get(5)?.rsplit(':').next()?;
        (*words.get(1)? == "FLOCK" && place == inode).then(|| words.get(4)?.parse().ok())?
    })
}

/// Returns whether a first line, with its end, is one of a manifest, or the beginning of one that a crash cut off. A file that
/// holds less than the first key may be anybody's.
fn is_ours(line: &[u8]) -> bool {
    let is_torn = || {
        line.starts_with(br#"{"connector":"#)
            && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err()
    };
    Line::read(line).is_some() || is_torn()
}

/// Returns a member that is a whole number.
fn count(members: &Params, name: &str) -> Option<u64> {
    members.get(name)?.as_str().parse().ok()
}

fn call_of(members: &Params) -> Option<Call> {
    let params = Params::parse(members.get("params")?.as_str()).ok()?;
    Some(Call::download(
        &member(members, "connector")?,
        &member(members, "entity")?,
        params,
    ))
}

fn wanted(members: &Params, folder: &Path, manifest: &Path) -> Option<Wanted> {
    let known = members
        .get("known")
        .and_then(|known| Params::parse(known.as_str()).ok())
        .unwrap_or_default();
    Some(Wanted {
        call: call_of(members)?,
        folder: folder.to_owned(),
        name: member(&known, "chosen"),
        known: Known {
            name: member(&known, "name"),
            content_type: member(&known, "type"),
            size: count(&known, "size"),
            record: member(members, "record"),
            path: member(members, "path"),
        },
        manifest: Some(manifest.to_owned()),
    })
}

/// Returns what runs left unfinished in the folders directly inside of a folder, and in itself.
pub fn unfinished(folder: &Path) -> Result<Vec<Wanted>, Failure> {
    let inside = std::fs::read_dir(folder)
        .map_err(|error| {
            Failure::new(
                FailureKind::File,
                format!("Could not read `{}`: {error}", shown(folder)),
            )
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
    use crate::domain::download::{Known, SavedFile, Wanted};

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
            measured: true,
            resumed: 0,
            unvalidated: false,
            was_there: false,
        };
        Manifest::open(&path)
            .unwrap()
            .sidecar(&wanted, None, Outcome::Waiting)
            .unwrap();
        assert_eq!(
            Manifest::open(&path).unwrap().unfinished(folder.path()),
            std::slice::from_ref(&wanted)
        );
        Manifest::open(&path)
            .unwrap()
            .sidecar(&wanted, None, Outcome::Done(&file))
            .unwrap();
        let again = Manifest::open(&path).unwrap();
        assert!(again.may_vouch(&wanted) && again.unfinished(folder.path()).is_empty());
        assert_eq!(
            again.vouched(&wanted),
            Some(SavedFile {
                was_there: true,
                ..file
            })
        );
    }
}
