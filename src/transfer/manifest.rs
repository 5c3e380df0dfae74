//! The record of a run: a line of JSON for each file, appended when something comes of it. Running again skips
//! what a line and the hash of the file vouch for.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::disk::{hash_of, open_plain, shown};
use super::name::stays;
use super::save::word;
use crate::domain::call::{Call, Params};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::moment::moment;
use crate::domain::transfer::{Known, MANIFEST, SavedFile, Wanted};

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
    /// Whether the last line may be half of one.
    torn: AtomicBool,
    /// The last line of each file.
    lines: Mutex<HashMap<String, Value>>,
}

impl Manifest {
    /// Opens a manifest, or begins one. A link is not followed. What a crash left half-written is passed over.
    pub(super) fn open(path: &Path) -> Result<Manifest, Failure> {
        let failed = |error: &std::io::Error| word(&shown(path), error);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| word(&shown(folder), &error))?;
        }
        let mut file = open_plain(path).map_err(|error| failed(&error))?;
        let (mut lines, mut ends) = (HashMap::new(), true);
        for line in BufReader::new(&file).split(b'\n') {
            let line = line.map_err(|error| failed(&error))?;
            if let Some((key, value)) = read(&line) {
                lines.insert(key, value);
            }
        }
        // The next line must not be written behind half of one.
        if let Ok(length @ 1..) = file.metadata().map(|about| about.len()) {
            let mut last = [0];
            std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(length - 1)).map_err(|error| failed(&error))?;
            std::io::Read::read_exact(&mut file, &mut last).map_err(|error| failed(&error))?;
            ends = last[0] == b'\n';
        }
        if !ends {
            file.write_all(b"\n").map_err(|error| failed(&error))?;
        }
        Ok(Manifest { path: path.to_owned(), file: Mutex::new(file), torn: AtomicBool::new(false), lines: Mutex::new(lines) })
    }

    /// Says whether a line speaks of the file as done; whether it is there is to be seen.
    pub(super) fn may_vouch(&self, wanted: &Wanted) -> bool {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.get(&key(&wanted.call)).is_some_and(|line| line["outcome"] == "done")
    }

    /// Returns the file that a line and its hash vouch for. Hashes it: costs time.
    pub(super) fn vouched(&self, wanted: &Wanted) -> Option<SavedFile> {
        let line = self.lines.lock().unwrap_or_else(PoisonError::into_inner).get(&key(&wanted.call)).cloned()?;
        if line["outcome"] != "done" {
            return None;
        }
        let name = line["file"].as_str().filter(|name| stays(name))?;
        let (bytes, sha256) = (line["bytes"].as_u64()?, line["sha256"].as_str()?);
        let path = wanted.folder.join(name);
        (hash_of(&path, bytes).as_deref() == Some(sha256)).then(|| SavedFile {
            path,
            bytes,
            sha256: sha256.to_owned(),
            content_type: line["type"].as_str().map(str::to_owned),
            looks_like: None,
            measured: true,
            resumed: bytes,
            was_there: true,
        })
    }

    /// Appends what came of a file.
    pub(super) fn note(&self, wanted: &Wanted, started: Option<SystemTime>, outcome: Outcome<'_>) -> Result<(), Failure> {
        let line = line(wanted, started, outcome);
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // One write a line, so that lines of two programs do not mix.
        self.append(&mut file, &format!("{line}\n"))?;
        lines.insert(key(&wanted.call), line);
        Ok(())
    }

    /// Appends that files wait, or are not wanted any more, in one go. What is there already does not wait.
    pub(super) fn note_all(&self, all: &[&Wanted], outcome: Outcome<'_>) -> Result<(), Failure> {
        // Held until all is written: a file that comes meanwhile has the last word.
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut text, mut added) = (String::new(), Vec::new());
        for wanted in all {
            let key = key(&wanted.call);
            let is_there = lines.get(&key).is_some_and(|line| is_there(line, &wanted.folder));
            if outcome != Outcome::Waiting || !is_there {
                let line = line(wanted, None, outcome);
                text.push_str(&format!("{line}\n"));
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
        let torn = self.torn.swap(false, Ordering::SeqCst);
        let text = if torn { format!("\n{text}") } else { text.to_owned() };
        file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).map_err(|error| {
            self.torn.store(true, Ordering::SeqCst);
            word(&shown(&self.path), &error)
        })
    }

    /// Returns what was wanted and is not there yet, failed or cancelled: how far it had come is no matter.
    pub(super) fn unfinished(&self, folder: &Path) -> Vec<Wanted> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left: Vec<&Value> = lines.values().filter(|line| line["outcome"] == "waiting").collect();
        left.sort_by_key(|line| line["order"].as_u64());
        left.into_iter().filter_map(|line| wanted(line, folder, &self.path)).collect()
    }
}

/// Says whether the file of a line is there, by its size alone.
fn is_there(line: &Value, folder: &Path) -> bool {
    let name = line["file"].as_str().filter(|name| stays(name));
    let size = name.and_then(|name| std::fs::symlink_metadata(folder.join(name)).ok()).map(|about| about.len());
    line["outcome"] == "done" && size.is_some() && size == line["bytes"].as_u64()
}

/// What tells a file of a run from others.
fn key(call: &Call) -> String {
    let mut params: Vec<(&str, &str)> = call.params.iter().map(|(name, value)| (name, value.as_str())).collect();
    params.sort_unstable();
    json!([call.connector_id, call.entity, params]).to_string()
}

fn params_of(call: &Call) -> Value {
    let members = call.params.iter().map(|(name, value)| (name.to_owned(), serde_json::from_str(value.as_str()).unwrap_or(Value::Null)));
    Value::Object(members.collect())
}

fn line(wanted: &Wanted, started: Option<SystemTime>, outcome: Outcome<'_>) -> Value {
    let known = &wanted.known;
    let stamp = |moment_: SystemTime| format!("{}Z", moment(moment_).replace(' ', "T"));
    let now = SystemTime::now();
    let mut line = json!({
        "connector": wanted.call.connector_id,
        "entity": wanted.call.entity,
        "params": params_of(&wanted.call),
        "record": known.record,
        "path": known.path,
        "file": Value::Null,
        "bytes": Value::Null,
        "type": Value::Null,
        "sha256": Value::Null,
        "started": started.map(stamp),
        "ended": stamp(now),
    });
    match outcome {
        Outcome::Waiting => {
            line["outcome"] = "waiting".into();
            let order = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
            line["order"] = u64::try_from(order).unwrap_or_default().into();
            line["ended"] = Value::Null;
            line["known"] = json!({"name": known.name, "type": known.content_type, "size": known.size, "chosen": wanted.name});
        }
        Outcome::Done(file) => {
            line["outcome"] = "done".into();
            line["file"] = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).into();
            line["bytes"] = file.bytes.into();
            line["type"] = file.content_type.clone().into();
            line["sha256"] = file.sha256.clone().into();
        }
        Outcome::Failed(failure) => {
            line["outcome"] = "failed".into();
            line["reason"] = failure.summary.clone().into();
        }
        Outcome::Cancelled => line["outcome"] = "cancelled".into(),
    }
    line
}

fn read(line: &[u8]) -> Option<(String, Value)> {
    let value: Value = serde_json::from_slice(line).ok()?;
    let call = call_of(&value)?;
    Some((key(&call), value))
}

fn call_of(line: &Value) -> Option<Call> {
    let params = Params::parse(&line["params"].to_string()).ok()?;
    Some(Call::download(line["connector"].as_str()?, line["entity"].as_str()?, params))
}

fn wanted(line: &Value, folder: &Path, manifest: &Path) -> Option<Wanted> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let known = &line["known"];
    Some(Wanted {
        call: call_of(line)?,
        folder: folder.to_owned(),
        name: text(&known["chosen"]),
        known: Known {
            name: text(&known["name"]),
            content_type: text(&known["type"]),
            size: known["size"].as_u64(),
            record: text(&line["record"]),
            path: text(&line["path"]),
        },
        manifest: Some(manifest.to_owned()),
    })
}

/// Returns what runs left unfinished in the folders directly inside of a folder, and in itself.
pub fn unfinished(folder: &Path) -> Result<Vec<Wanted>, Failure> {
    let inside = std::fs::read_dir(folder)
        .map_err(|error| Failure::new(FailureKind::File, format!("Could not read `{}`: {error}", shown(folder))))?
        .filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<PathBuf> = inside.filter(|path| path.join(MANIFEST).is_file()).collect();
    folders.sort_unstable();
    if folder.join(MANIFEST).is_file() {
        folders.insert(0, folder.to_owned());
    }
    let mut left = Vec::new();
    for folder in folders {
        left.extend(Manifest::open(&folder.join(MANIFEST))?.unfinished(&folder));
    }
    Ok(left)
}
