//! The checkpoint beside an export that is not finished: one line for the request, then a line for
//! each write, made before it, and a line for each page, made after its writes.
//!
//! A table whose later pages brought columns is written again at the end ([`widen`]): a line then tells which file it is in.
//!
//! It is only ever appended to: a line that was cut off by a crash is passed over, and the data behind
//! the last page is cut away when the first new page comes, if the lines of the writes say that it is ours. Nothing is synced to the disk page by page,
//! for a kill loses nothing that was handed to the system.

mod widen;

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::ledger::row;
use super::records::{Records, are_own, is_note};
use super::table::Layout;
use crate::domain::call::JsonText;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::scrub::Scrubber;
use crate::files::{self, Identity};
use crate::paging::{
    Blocker, Entry, Evidence, Finding, Next, Origin, Outcome, PageScan, Parts, Profile, Run, Weight,
};
use crate::text;

/// The version of the checkpoint's form.
const VERSION: u64 = 4;
/// So much of the end of an export tells that it is the one that was written, in bytes.
const TAIL: u64 = 64 << 10;

/// Returns the path of the checkpoint of an export.
pub fn beside(export: &Path) -> PathBuf {
    let mut name = export.as_os_str().to_owned();
    name.push(".airscope-resume");
    PathBuf::from(name)
}

/// A checkpoint that is written.
#[derive(Debug)]
pub struct Checkpoint {
    file: File,
    /// The export, to know it by its end.
    export: File,
    path: PathBuf,
    /// How many rows of the ledger are in it.
    rows: usize,
    /// How many columns of a table are in it.
    columns: usize,
    /// Whether a column was not written down as it is.
    is_spoilt: bool,
    /// A file beside the export that a run left behind.
    stray: Option<widen::Beside>,
    /// What is to be cut before anything is written; nothing in an export that is new or was gone on with.
    cut: Option<Cut>,
    scrubber: Scrubber,
}

/// The bytes that stay of an export and of its checkpoint; and from where on the notes tell what stands in the export.
#[derive(Debug)]
struct Cut {
    export: u64,
    checkpoint: u64,
    checked: u64,
    notes: Vec<Value>,
}

/// What an interrupted export goes on with.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// How many bytes of the export count.
    pub bytes: u64,
    /// How many records they hold.
    pub written: u64,
    /// The columns of a table.
    pub layout: Option<Layout>,
    /// How the operation pages.
    pub profile: Profile,
    /// The rows of the ledger, and what tells each page's records from others: ids, and what they hold.
    pub pages: Vec<(Entry, Vec<u64>, Vec<u64>)>,
    /// Whether ids had failed to tell records apart.
    pub by_content: bool,
    /// The total that the last page stated, and whether the key `count` was the size of each page.
    pub stated: (Option<u64>, bool),
    /// The parameter and value of the next page; why there is none.
    pub next: Next,
}

impl Checkpoint {
    /// Begins a checkpoint for a request whose records go to a file that was just made. One that is there already is
    /// not touched, but one of an export of that name that is gone, which has nothing that it could go on with.
    ///
    /// If that fails the new file, which holds nothing, is removed, unless another run goes on with it already.
    pub fn begin(export: &Path, file: &File, request: &Value) -> Result<Checkpoint, Failure> {
        let mut checkpoint = Checkpoint::create(export, file)
            .inspect_err(|_| drop(files::remove_own(export, file)))?;
        // Whoever was quicker to take it writes to the file that was made here.
        hold(&checkpoint.file)?;
        let identity = Identity::of(file).map_err(|error| failed(export, "looked at", &error))?;
        checkpoint.append(&head(identity, request))?;
        Ok(checkpoint)
    }

    fn create(export: &Path, file: &File) -> Result<Checkpoint, Failure> {
        let path = beside(export);
        if let Some(stale) = stale(&path) {
            hold(&stale)?;
            files::remove_own(&path, &stale).map_err(|error| failed(&path, "removed", &error))?;
        }
        drop(files::create_new(&path)?);
        let own = files::open_plain(&path, OpenOptions::new().read(true).append(true))?;
        let export = file
            .try_clone()
            .map_err(|error| failed(export, "opened", &error))?;
        Ok(Checkpoint::over(own, export, path))
    }

    fn over(file: File, export: File, path: PathBuf) -> Checkpoint {
        Checkpoint {
            file,
            export,
            path,
            rows: 0,
            columns: 0,
            is_spoilt: false,
            stray: None,
            cut: None,
            scrubber: Scrubber::default(),
        }
    }

    /// Takes secrets out of what is written from now on. A way on that held one is not kept: the export ends there.
    pub fn scrubbing(self, scrubber: Scrubber) -> Checkpoint {
        Checkpoint { scrubber, ..self }
    }

    /// Opens the checkpoint of an export and reads what it goes on with; `None` if no page was written
    /// yet. Fails if it belongs to another request.
    pub fn resume(
        export: &Path,
        request: &Value,
    ) -> Result<(Checkpoint, Option<Restored>), Failure> {
        let path = beside(export);
        let shown = text::safe(&export.to_string_lossy()).into_owned();
        if std::fs::symlink_metadata(&path).is_err() {
            let words = format!(
                "`{shown}` has no checkpoint beside it, so it is finished or not an export"
            );
            return Err(Failure::new(FailureKind::Input, words).hint(
                "Leave out --resume and choose another name to export it from the beginning.",
            ));
        }
        let file = files::open_plain(&path, OpenOptions::new().read(true).append(true))?;
        let records = files::open_plain(export, OpenOptions::new().read(true).write(true))?;
        let identity =
            Identity::of(&records).map_err(|error| failed(export, "looked at", &error))?;
        let mut checkpoint = Checkpoint::over(file, records, path);
        hold(&checkpoint.file)?;
        // Another run may have ended, or started again, before it was held.
        let leads = |path: &Path, file: &File| files::leads_to(path, file).unwrap_or(false);
        if !leads(&checkpoint.path, &checkpoint.file) || !leads(export, &checkpoint.export) {
            let words = format!("`{shown}` or its checkpoint was replaced by another run");
            return Err(
                Failure::new(FailureKind::File, words).hint("Try again; nothing was changed.")
            );
        }
        let mut written = Vec::new();
        checkpoint
            .file
            .read_to_end(&mut written)
            .map_err(|error| failed(&checkpoint.path, "read", &error))?;
        // Where the head and each page end in the checkpoint.
        let (mut read, mut ends) = (0, Vec::new());
        // The line of the file that the export is in since it was written again, and how many lines stand before it.
        let mut widened: Option<(Value, usize)> = None;
        let (mut lines, mut notes) = (Vec::new(), Vec::new());
        for line in written
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| line.ends_with(b"\n"))
        {
            let Ok(value) = serde_json::from_slice::<Value>(line) else {
                break;
            };
            read += line.len() as u64;
            if is_note(&value) {
                notes.push(value);
                continue;
            }
            if let Some(beside) = widen::Beside::of(&value) {
                checkpoint.stray = Some(beside);
                continue;
            }
            if let Some(is_here) = widen::is_of(&value, identity) {
                // It was not put in the place of the export: what it tells of is to be removed.
                if !is_here {
                    continue;
                }
                // The one before may stand there, if the kill came as soon as the two were exchanged.
                let before = widened
                    .as_ref()
                    .map(|(line, _)| line)
                    .or(lines.first())
                    .and_then(widen::identity_in);
                checkpoint.stray = checkpoint
                    .stray
                    .take()
                    .zip(before)
                    .map(|(beside, before)| beside.exchanged(before));
                widened = Some((value, lines.len()));
            } else {
                lines.push(value);
            }
            ends.push(read);
            notes.clear();
        }
        let unreadable = || {
            Failure::new(
                FailureKind::File,
                format!(
                    "The checkpoint `{}` cannot be understood",
                    text::safe(&beside(export).to_string_lossy())
                ),
            )
            .hint("Choose another --output; nothing was changed.")
        };
        let foreign = || {
            Failure::new(
                FailureKind::Input,
                format!("The checkpoint beside `{shown}` is not of this file, which may be yours"),
            )
            .hint("Choose another --output; nothing was changed.")
        };
        let is_empty = checkpoint
            .export
            .metadata()
            .is_ok_and(|about| about.len() == 0);
        match lines.first() {
            Some(head) if head["airscope_resume"] != VERSION => return Err(unreadable()),
            Some(head) if widened.is_none() && !widen::names(head, identity) => {
                return Err(foreign());
            }
            Some(head) if head["request"] != *request => {
                return Err(Failure::new(
                    FailureKind::Input,
                    "The checkpoint is of another request, so the export cannot go on with this one",
                )
                .detail(difference(&head["request"], request))
                .hint("Ask just as before, or choose another --output."));
            }
            Some(_) => {}
            // A crash before the head was whole: nothing stands in the export that could be lost.
            None if is_empty
                && (written.is_empty() || written.starts_with(br#"{"airscope_resume":"#)) =>
            {
                checkpoint
                    .file
                    .set_len(0)
                    .map_err(|error| failed(&checkpoint.path, "cut", &error))?;
                checkpoint.append(&head(identity, request))?;
            }
            None => return Err(foreign()),
        }
        // What stands before the last whole line is what was written then.
        let widened = widened
            .filter(|(_, before)| *before == lines.len())
            .map(|(line, _)| line);
        let (bytes, tail) = match widened.as_ref().or(lines.last()) {
            Some(last) if lines.len() > 1 => (
                last["bytes"].as_u64().ok_or_else(unreadable)?,
                last["tail"].as_str().map(str::to_owned),
            ),
            Some(_) | None => (0, None),
        };
        let length = checkpoint
            .export
            .metadata()
            .map_err(|error| failed(export, "looked at", &error))?
            .len();
        if length < bytes {
            return Err(Failure::new(
                FailureKind::File,
                format!("`{shown}` is shorter than its checkpoint says: it was changed since"),
            )
            .hint("Choose another --output; nothing was changed."));
        }
        if bytes > 0
            && tail
                != Some(
                    tail_of(&checkpoint.export, bytes)
                        .map_err(|error| failed(export, "read", &error))?,
                )
        {
            return Err(Failure::new(
                FailureKind::File,
                format!("`{shown}` is not what its checkpoint says: it was changed since"),
            )
            .hint("Choose another --output; nothing was changed."));
        }
        if !are_own(&checkpoint.export, bytes, &notes)
            .map_err(|error| failed(export, "read", &error))?
        {
            let words =
                format!("`{shown}` holds more than its checkpoint says: something was added since");
            return Err(Failure::new(FailureKind::File, words)
                .hint("Choose another --output; nothing was changed."));
        }
        let mut restored =
            restore(lines.get(1..).unwrap_or_default()).map_err(|()| unreadable())?;
        if let (Some(restored), Some(_)) = (&mut restored, &widened) {
            restored.bytes = bytes;
            if let Some(layout) = &mut restored.layout {
                layout.header = layout.names.len();
            }
        }
        // What cannot be resumed starts from the beginning.
        let kept = if restored.is_some() {
            ends.last()
        } else {
            ends.first()
        };
        checkpoint.cut = kept.map(|end| Cut {
            export: restored.as_ref().map_or(0, |restored| restored.bytes),
            checkpoint: *end,
            checked: bytes,
            notes,
        });
        checkpoint.rows = restored.as_ref().map_or(0, |restored| restored.pages.len());
        checkpoint.columns = restored
            .as_ref()
            .and_then(|restored| restored.layout.as_ref())
            .map_or(0, |layout| layout.names.len());
        Ok((checkpoint, restored))
    }

    /// Returns the export, to be written on from a place in bytes.
    pub fn records(&self, at: u64) -> Result<Records, Failure> {
        let clone = |file: &File| {
            file.try_clone()
                .map_err(|error| failed(&self.path, "opened", &error))
        };
        Ok(Records::new(clone(&self.export)?, clone(&self.file)?, at))
    }

    /// Returns whether an export is as an interruption left it: nothing of it was cut yet.
    pub fn is_untouched(&self) -> bool {
        self.cut.is_some()
    }

    /// Cuts what stands behind the last page, before anything is written. The export comes first: a crash in between
    /// leaves nothing in it that is not noted.
    pub fn go_on(&mut self) -> Result<(), Failure> {
        let Some(cut) = &self.cut else { return Ok(()) };
        // While the first page was on its way, somebody may have added to it.
        if !are_own(&self.export, cut.checked, &cut.notes)
            .map_err(|error| failed(&self.path, "read", &error))?
        {
            let words = "Something was added to the export while its next page was on its way";
            return Err(Failure::new(FailureKind::File, words)
                .hint("Choose another --output; nothing was changed."));
        }
        if let Some(stray) = self.stray.take() {
            stray.remove(&self.path)?;
        }
        self.export
            .set_len(cut.export)
            .map_err(|error| failed(&self.path, "cut", &error))?;
        self.file
            .set_len(cut.checkpoint)
            .map_err(|error| failed(&self.path, "cut", &error))?;
        self.cut = None;
        Ok(())
    }

    /// Adds the rows that are new, after their records were handed to the system.
    pub fn page(
        &mut self,
        run: &Run,
        scan: &PageScan,
        bytes: u64,
        written: u64,
        layout: Option<&Layout>,
    ) -> Result<(), Failure> {
        let tail =
            tail_of(&self.export, bytes).map_err(|error| failed(&self.path, "read", &error))?;
        let entries = run.entries();
        let last = entries.len().saturating_sub(1);
        let profile = run.profile().parts().to_json();
        // Without its secrets this would lead elsewhere, or leave a column empty.
        let mut columns = layout
            .and_then(|layout| layout.names.get(self.columns..))
            .unwrap_or_default();
        self.columns += columns.len();
        self.is_spoilt |= columns.iter().any(|name| self.holds_a_secret(name));
        let is_spoilt = self.is_spoilt || self.holds_a_secret(&profile.to_string());
        for (at, entry) in entries.iter().enumerate().skip(self.rows) {
            let write = |marks: &[u64]| -> String {
                let bytes: Vec<u8> = marks.iter().flat_map(|mark| mark.to_le_bytes()).collect();
                STANDARD.encode(if at == last { bytes } else { Vec::new() })
            };
            let next = match &entry.next {
                Next::Send { param, value }
                    if is_spoilt
                        || self.holds_a_secret(param)
                        || self.holds_a_secret(value.as_str()) =>
                {
                    json!({"stuck": "what the next page needs holds a secret of the session, so it was not written down"})
                }
                Next::Send { param, value } => json!({"param": param, "json": value.as_str()}),
                Next::End(evidence) => json!({"end": evidence.words()}),
                Next::Stuck { why, .. } => json!({"stuck": why}),
            };
            let sent = entry
                .sent
                .as_ref()
                .map(|(param, value)| json!({"param": param, "json": value.as_str()}));
            let columns = std::mem::take(&mut columns);
            self.append(&json!({
                "row": row(entry), "sent": sent, "next": next, "ids": write(&scan.identities), "contents": write(&scan.contents), "bytes": bytes, "tail": tail, "written": written,
                "columns": columns, "header": layout.map(|layout| layout.header), "unseen": layout.map(|layout| &layout.unseen), "profile": profile,
                "user": run.profile().origin == Origin::User, "by_content": run.is_by_content(),
                "stated": run.stated_so_far().0, "count_is_size": run.stated_so_far().1,
            }))?;
        }
        self.rows = entries.len();
        Ok(())
    }

    fn holds_a_secret(&self, text: &str) -> bool {
        matches!(self.scrubber.scrub(text), Cow::Owned(_))
    }

    fn append(&mut self, line: &Value) -> Result<(), Failure> {
        let line = line.to_string();
        // One write a line, so that a crash cuts at most the last one.
        self.file
            .write_all(format!("{}\n", self.scrubber.scrub_json(&line)).as_bytes())
            .map_err(|error| failed(&self.path, "written", &error))
    }

    /// Removes the checkpoint: the export is finished.
    pub fn finish(self) -> Result<(), Failure> {
        files::remove_own(&self.path, &self.file)
            .map_err(|error| failed(&self.path, "removed", &error))
    }

    /// Removes the export, which holds nothing, and the checkpoint. What took the place of either stays.
    pub fn remove_all(self, export: &Path) -> Result<(), Failure> {
        files::remove_own(export, &self.export)
            .map_err(|error| failed(export, "removed", &error))?;
        self.finish()
    }
}

/// Makes sure that no other process writes an export, by its checkpoint.
fn hold(checkpoint: &File) -> Result<(), Failure> {
    match checkpoint.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Err(Failure::new(
            FailureKind::File,
            "Another airscope is writing this export",
        )
        .hint("Wait until it has ended.")),
        // Where a file system knows no locks there is nothing to wait for.
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(()),
    }
}

/// Returns the first line: which export it is of, and of which request.
fn head(identity: Identity, request: &Value) -> Value {
    json!({"airscope_resume": VERSION, "device": identity.device, "inode": identity.inode, "request": request})
}

/// Returns the hash of the last bytes before an offset.
fn tail_of(export: &File, bytes: u64) -> std::io::Result<String> {
    let start = bytes.saturating_sub(TAIL);
    let mut tail = vec![0; (bytes - start) as usize];
    export.read_exact_at(&mut tail, start)?;
    Ok(Sha256::digest(&tail)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Returns a checkpoint that is one of ours.
fn stale(path: &Path) -> Option<File> {
    let mut file = files::open_plain(path, OpenOptions::new().read(true)).ok()?;
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    let head: Value = serde_json::from_str(
        text.split_inclusive('\n')
            .next()
            .filter(|line| line.ends_with('\n'))?,
    )
    .ok()?;
    (head["airscope_resume"].is_u64() && head["request"].is_object()).then_some(file)
}

fn failed(path: &Path, deed: &str, error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::File,
        format!(
            "`{}` could not be {deed}: {error}",
            text::safe(&path.to_string_lossy())
        ),
    )
}

/// Names the first thing in which two requests differ.
fn difference(before: &Value, now: &Value) -> String {
    let keys = now
        .as_object()
        .map(|now| now.keys().cloned().collect::<Vec<_>>())
        .unwrap_or_default();
    match keys.into_iter().find(|key| before[key] != now[key]) {
        Some(key) => format!("`{key}` was {}, now it is {}", before[&key], now[&key]),
        None => "They differ in what they hold.".to_owned(),
    }
}

fn restore(lines: &[Value]) -> Result<Option<Restored>, ()> {
    // One page says nothing of how to go on from it, and what could be inferred from it is not kept.
    let Some(last) = lines.last().filter(|_| lines.len() > 1) else {
        return Ok(None);
    };
    let mut pages = Vec::with_capacity(lines.len());
    for line in lines {
        let marks = |key: &str| -> Result<Vec<u64>, ()> {
            let bytes = STANDARD
                .decode(line[key].as_str().ok_or(())?)
                .map_err(|_| ())?;
            Ok(bytes
                .chunks_exact(8)
                .filter_map(|mark| mark.try_into().ok().map(u64::from_le_bytes))
                .collect())
        };
        pages.push((entry(line).ok_or(())?, marks("ids")?, marks("contents")?));
    }
    let origin = if last["user"] == true {
        Origin::User
    } else {
        Origin::Proved
    };
    let words = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(word).collect()
    };
    let layout = last["header"].as_u64().map(|header| Layout {
        names: lines
            .iter()
            .flat_map(|line| words(&line["columns"]))
            .collect(),
        header: header as usize,
        unseen: words(&last["unseen"]),
    });
    Ok(Some(Restored {
        bytes: last["bytes"].as_u64().ok_or(())?,
        written: last["written"].as_u64().ok_or(())?,
        layout,
        profile: Parts::from_json(&last["profile"])
            .and_then(|parts| parts.profile(origin).ok())
            .ok_or(())?,
        next: pages
            .last()
            .map(|(entry, ..)| entry.next.clone())
            .ok_or(())?,
        by_content: last["by_content"] == true,
        stated: (last["stated"].as_u64(), last["count_is_size"] == true),
        pages,
    }))
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn entry(line: &Value) -> Option<Entry> {
    let row = &line["row"];
    let pair = |value: &Value| {
        Some((
            word(&value["param"]),
            JsonText::parse(value["json"].as_str()?).ok()?,
        ))
    };
    let next = &line["next"];
    let next = match (pair(next), next["end"].as_str()) {
        (Some((param, value)), _) => Next::Send { param, value },
        (None, Some(why)) => Next::End(Evidence::Written(why.to_owned())),
        (None, None) => Next::Stuck {
            blocker: Blocker::NoWayOn,
            why: word(&next["stuck"]),
        },
    };
    let number = |key: &str| row[key].as_u64();
    let findings = row["findings"]
        .as_array()?
        .iter()
        .map(|finding| Finding::Recorded {
            name: word(&finding["finding"]),
            weight: Weight::by_name(finding["weight"].as_str().unwrap_or_default()),
            words: word(&finding["words"]),
        });
    Some(Entry {
        page: number("page")? as u32,
        outcome: if row["outcome"] == "page" {
            Outcome::Page
        } else {
            Outcome::Refuted
        },
        sent: pair(&line["sent"]),
        next,
        records: number("records")? as u32,
        new: number("new")? as u32,
        first: row["first"].as_str().map(str::to_owned),
        last: row["last"].as_str().map(str::to_owned),
        bytes: number("bytes")?,
        took: Duration::from_millis(number("ms")?),
        received_at: word(&row["received_at"]),
        findings: findings.collect(),
    })
}
