//! The checkpoint beside an export that is not finished: one line for the request, then a line for each write, made before
//! it, and a line for each page, made after its writes.
//!
//! A table whose later pages brought columns is written again at the end ([`widen`]): a line then says which file it is in.
//!
//! The checkpoint is only appended to. When an export is resumed ([`resume`]), a line that a crash cut off is skipped, and the
//! data behind the last page is cut off when the first new page is received, if the lines of the writes show that this
//! program wrote it. Nothing is synced to the disk page by page: a kill loses nothing that was handed to the system.

mod line;
mod parents;
mod resume;
mod widen;

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use self::parents::{KnownParent, ParentState, RestoredParents};

use self::line::{Head, PageLine, StepLine, marks_to_text};
use super::ledger::Row;
use super::records::{Records, WriteNote, are_own};
use super::table::Layout;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::scrub::Scrubber;
use crate::files::{self, Identity, lenient};
use crate::paging::{Entry, Next, Origin, PageScan, Profile, Run};
use crate::text;

/// How much of the end of an export is hashed to recognize it, in bytes.
const TAIL: u64 = 64 << 10;

/// Returns the path of the checkpoint of an export.
pub fn checkpoint_path(export: &Path) -> PathBuf {
    let mut name = export.as_os_str().to_owned();
    name.push(".airscope-resume");
    PathBuf::from(name)
}

/// An open checkpoint.
#[derive(Debug)]
pub struct Checkpoint {
    file: File,
    /// The export, to recognize it by its end.
    export: File,
    path: PathBuf,
    /// How many rows of the ledger are in it.
    rows: usize,
    /// How many columns of a table are in it.
    columns: usize,
    /// Whether a column held a secret, so that its name was not written exactly.
    is_spoilt: bool,
    /// A file beside the export that an earlier run left behind.
    stray: Option<widen::Beside>,
    /// What to cut off before anything is written; `None` in an export that is new or was continued already.
    cut: Option<Cut>,
    scrubber: Scrubber,
}

/// The lengths to which an export and its checkpoint are cut, in bytes.
#[derive(Debug)]
struct Cut {
    export: u64,
    checkpoint: u64,
    /// The notes describe what is in the export from this offset on.
    checked: u64,
    notes: Vec<WriteNote>,
}

/// What an interrupted export is resumed from.
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
    /// The rows of the ledger, and for each page the hashes of its records' ids and contents.
    pub pages: Vec<(Entry, Vec<u64>, Vec<u64>)>,
    /// Whether records are distinguished by their contents, because their ids were not unique.
    pub by_content: bool,
    /// The total that the last page stated, and whether the key `count` was the size of each page.
    pub stated: (Option<u64>, bool),
    /// The parameter and value of the next page, or why there is none.
    pub next: Next,
}

impl Checkpoint {
    /// Creates the checkpoint for a request whose records go to a file that was just created. An existing checkpoint is
    /// left alone, unless it is of an export of that name that no longer exists and cannot be resumed.
    ///
    /// If that fails the new file, which is empty, is removed, unless another run has continued it already.
    pub fn begin(export: &Path, file: &File, request: &Value) -> Result<Checkpoint, Failure> {
        let mut checkpoint = Checkpoint::create(export, file)
            .inspect_err(|_| drop(files::remove_own(export, file)))?;
        // Another run that takes the lock first writes to the file that was created here.
        hold(&checkpoint.file)?;
        let identity = Identity::of(file).map_err(|error| failed(export, "inspected", &error))?;
        checkpoint.append(&Head::new(identity, request))?;
        Ok(checkpoint)
    }

    fn create(export: &Path, file: &File) -> Result<Checkpoint, Failure> {
        let path = checkpoint_path(export);
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

    /// Removes secrets from what is written from now on. A next page whose parameters hold one is not written: the export
    /// cannot be resumed from there.
    pub fn scrubbing(self, scrubber: Scrubber) -> Checkpoint {
        Checkpoint { scrubber, ..self }
    }

    /// Returns the export, to be written from an offset on.
    pub fn records(&self, at: u64) -> Result<Records, Failure> {
        let clone = |file: &File| {
            file.try_clone()
                .map_err(|error| failed(&self.path, "opened", &error))
        };
        Ok(Records::new(clone(&self.export)?, clone(&self.file)?, at))
    }

    /// Returns whether an export is as an interruption left it: nothing was cut off yet.
    pub fn is_untouched(&self) -> bool {
        self.cut.is_some()
    }

    /// Cuts off what is behind the last page, before anything is written. The export is cut first, so that a crash in
    /// between leaves nothing in it that has no note.
    pub fn truncate(&mut self) -> Result<(), Failure> {
        let Some(cut) = &self.cut else { return Ok(()) };
        // Somebody may have added to it while the first page was requested.
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
        let mut columns = layout
            .and_then(|layout| layout.names.get(self.columns..))
            .unwrap_or_default();
        self.columns += columns.len();
        self.is_spoilt |= columns.iter().any(|name| self.holds_a_secret(name));
        let is_spoilt = self.is_spoilt || self.holds_a_secret(&profile.to_string());
        let (stated, count_is_size) = run.stated_so_far();
        for (at, entry) in entries.iter().enumerate().skip(self.rows) {
            let marks = |marks| marks_to_text(if at == last { marks } else { &[] });
            let sent = entry.sent.as_ref();
            self.append(&PageLine {
                row: Some(Row::new(entry)),
                sent: sent.map(|(param, value)| StepLine::sent(param, value)),
                next: Some(self.next_line(&entry.next, is_spoilt)),
                ids: Some(marks(&scan.identities)),
                contents: Some(marks(&scan.contents)),
                bytes: Some(bytes),
                tail: Some(tail.clone()),
                written: Some(written),
                columns: std::mem::take(&mut columns).to_vec(),
                header: layout.map(|layout| layout.header as u64),
                unseen: layout.map(|layout| layout.unseen.clone()),
                profile: profile.clone(),
                user: run.profile().origin == Origin::User,
                by_content: run.is_by_content(),
                stated,
                count_is_size,
            })?;
        }
        self.rows = entries.len();
        Ok(())
    }

    /// Returns how the next page is recorded. Without its secrets it would be another page, or leave a column empty.
    fn next_line(&self, next: &Next, is_spoilt: bool) -> StepLine {
        match next {
            Next::Send { param, value }
                if is_spoilt
                    || self.holds_a_secret(param)
                    || self.holds_a_secret(value.as_str()) =>
            {
                StepLine::stuck(
                    "what the next page needs holds a secret of the session, so it was not written down",
                )
            }
            Next::Send { .. } | Next::End(_) | Next::Stuck { .. } => StepLine::next(next),
        }
    }

    fn holds_a_secret(&self, text: &str) -> bool {
        matches!(self.scrubber.scrub(text), Cow::Owned(_))
    }

    fn append(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        // One write per line, so that a crash cuts off at most the last one.
        serde_json::to_string(line)
            .map_err(std::io::Error::from)
            .and_then(|line| {
                let line = self.scrubber.scrub_json(&line);
                self.file.write_all(format!("{line}\n").as_bytes())
            })
            .map_err(|error| failed(&self.path, "written", &error))
    }

    /// Removes the checkpoint: the export is finished.
    pub fn finish(self) -> Result<(), Failure> {
        files::remove_own(&self.path, &self.file)
            .map_err(|error| failed(&self.path, "removed", &error))
    }

    /// Removes the export, which is empty, and the checkpoint. Files that replaced either of them stay.
    pub fn remove_all(self, export: &Path) -> Result<(), Failure> {
        files::remove_own(export, &self.export)
            .map_err(|error| failed(export, "removed", &error))?;
        self.finish()
    }
}

/// Locks a checkpoint, so that no other process writes the export.
fn hold(checkpoint: &File) -> Result<(), Failure> {
    match checkpoint.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Err(Failure::new(
            FailureKind::File,
            "Another airscope is writing this export",
        )
        .hint("Wait until it has ended.")),
        // Where the file system has no locks, other writers cannot be detected.
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(()),
    }
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

/// Opens an existing file, if it is a checkpoint of this program.
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
    lenient::from_value(&head)
        .is_some_and(|head: Head| head.is_any_version())
        .then_some(file)
}

fn failed(path: &Path, deed: &str, error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::File,
        format!(
            "`{}` could not be {deed}: {error}",
            text::safe(&path.to_string_lossy())
        ),
    )
    .caused_by(error)
}
