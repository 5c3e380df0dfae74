//! Resuming an export from its checkpoint: which lines count, and whether the export is what they say.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::line::{Head, Line, PageLine, START, WidenedLine, restore};
use super::widen::Beside;
use super::{Checkpoint, Cut, Restored, checkpoint_path, failed, hold, tail_of};
use crate::domain::failure::{Failure, FailureKind};
use crate::export::records::{WriteNote, are_own};
use crate::files::{self, Identity, lenient};
use crate::text;

/// The whole lines of a checkpoint.
#[derive(Default)]
pub(super) struct Contents {
    /// The head and the pages.
    pub(super) lines: Vec<Value>,
    /// Where each of them, and each line of a widened export, ends in the checkpoint.
    pub(super) ends: Vec<u64>,
    /// The writes behind the last of them.
    pub(super) notes: Vec<WriteNote>,
    /// The line of the file that the export is in since it was written again, and how many lines precede it.
    widened: Option<(WidenedLine, usize)>,
    /// A file beside the export that is to be removed.
    stray: Option<Beside>,
}

impl Contents {
    /// Reads a checkpoint up to its first damaged line; `export` is the file that has the name of the export.
    pub(super) fn read(written: &[u8], export: Identity) -> Contents {
        let mut contents = Contents::default();
        let mut read = 0;
        for text in written
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|text| text.ends_with(b"\n"))
        {
            let Some(line) = Line::read(text) else { break };
            read += text.len() as u64;
            match line {
                Line::Write(note) => {
                    contents.notes.push(note);
                    continue;
                }
                Line::Beside(line) => {
                    contents.stray = Some(Beside::new(&line));
                    continue;
                }
                // The file never replaced the export: it is to be removed.
                Line::Widened(line) if line.identity() != Some(export) => continue,
                Line::Widened(line) => {
                    // The previous export may have its name, if the program crashed right after the two were exchanged.
                    let previous = contents.export_before();
                    contents.stray = contents
                        .stray
                        .take()
                        .zip(previous)
                        .map(|(beside, previous)| beside.exchanged(previous));
                    contents.widened = Some((line, contents.lines.len()));
                }
                Line::Other(value) => contents.lines.push(value),
            }
            contents.ends.push(read);
            contents.notes.clear();
        }
        contents
    }

    fn head(&self) -> Option<Head> {
        self.lines
            .first()
            .map(|head| lenient::from_value(head).unwrap_or_default())
    }

    /// Returns which file the export was, as far as the lines say.
    fn export_before(&self) -> Option<Identity> {
        match &self.widened {
            Some((line, _)) => line.identity(),
            None => self.head()?.identity(),
        }
    }

    /// Returns the length of the export that the last line states and the hash of its end. The length is missing in a
    /// damaged line.
    pub(super) fn export_state(&self) -> (Option<u64>, Option<String>) {
        if self.lines.len() < 2 {
            return (Some(0), None);
        }
        match (self.widened_last(), self.lines.last()) {
            (Some(line), _) => (line.bytes, line.tail.clone()),
            (None, Some(last)) => {
                let page = PageLine::read(last);
                (page.bytes, page.tail)
            }
            (None, None) => (Some(0), None),
        }
    }

    /// Returns the line of the widened export, if no page follows it.
    fn widened_last(&self) -> Option<&WidenedLine> {
        self.widened
            .as_ref()
            .filter(|(_, preceding)| *preceding == self.lines.len())
            .map(|(line, _)| line)
    }
}

impl Checkpoint {
    /// Opens the checkpoint of an export and reads what it is resumed from; `None` if no page was written yet. Fails if it
    /// is of another request.
    pub fn resume(
        export: &Path,
        request: &Value,
    ) -> Result<(Checkpoint, Option<Restored>), Failure> {
        let (mut checkpoint, identity) = Checkpoint::open(export)?;
        let mut written = Vec::new();
        checkpoint
            .file
            .read_to_end(&mut written)
            .map_err(|error| failed(&checkpoint.path, "read", &error))?;
        let mut contents = Contents::read(&written, identity);
        checkpoint.stray = contents.stray.take();
        checkpoint.check_head(export, &contents, &written, identity, request)?;
        let (bytes, tail) = contents.export_state();
        let bytes = bytes.ok_or_else(|| unreadable(export))?;
        checkpoint.check_export(export, bytes, tail, &contents.notes)?;
        let mut restored =
            restore(contents.lines.get(1..).unwrap_or_default()).map_err(|_| unreadable(export))?;
        if let (Some(restored), Some(_)) = (&mut restored, contents.widened_last()) {
            restored.bytes = bytes;
            if let Some(layout) = &mut restored.layout {
                layout.header = layout.names.len();
            }
        }
        // What cannot be resumed starts from the beginning.
        let kept = if restored.is_some() {
            contents.ends.last()
        } else {
            contents.ends.first()
        };
        checkpoint.cut = kept.copied().map(|end| Cut {
            export: restored.as_ref().map_or(0, |restored| restored.bytes),
            checkpoint: end,
            checked: bytes,
            notes: contents.notes,
        });
        checkpoint.rows = restored.as_ref().map_or(0, |restored| restored.pages.len());
        checkpoint.columns = restored
            .as_ref()
            .and_then(|restored| restored.layout.as_ref())
            .map_or(0, |layout| layout.names.len());
        Ok((checkpoint, restored))
    }

    /// Opens and locks an export and its checkpoint.
    pub(super) fn open(export: &Path) -> Result<(Checkpoint, Identity), Failure> {
        let path = checkpoint_path(export);
        let shown = shown(export);
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
            Identity::of(&records).map_err(|error| failed(export, "inspected", &error))?;
        let checkpoint = Checkpoint::over(file, records, path);
        hold(&checkpoint.file)?;
        // Another run may have finished, or started again, before the lock was taken.
        let leads = |path: &Path, file| files::leads_to(path, file).unwrap_or(false);
        if !leads(&checkpoint.path, &checkpoint.file) || !leads(export, &checkpoint.export) {
            let words = format!("`{shown}` or its checkpoint was replaced by another run");
            return Err(
                Failure::new(FailureKind::File, words).hint("Try again; nothing was changed.")
            );
        }
        Ok((checkpoint, identity))
    }

    /// Checks that the checkpoint is of this file and of this request. A crash before the head was complete leaves an empty
    /// export: then the head is written again.
    pub(super) fn check_head(
        &mut self,
        export: &Path,
        contents: &Contents,
        written: &[u8],
        identity: Identity,
        request: &Value,
    ) -> Result<(), Failure> {
        let foreign = || {
            let words = format!(
                "The checkpoint beside `{}` is not of this file, which may be yours",
                shown(export)
            );
            Failure::new(FailureKind::Input, words)
                .hint("Choose another --output; nothing was changed.")
        };
        let is_empty = || {
            self.export
                .metadata()
                .is_ok_and(|metadata| metadata.len() == 0)
        };
        match contents.head() {
            Some(head) if !head.is_current() => Err(unreadable(export)),
            Some(head) if contents.widened.is_none() && head.identity() != Some(identity) => {
                Err(foreign())
            }
            Some(head) if head.request != *request => Err(another_request(&head.request, request)),
            Some(_) => Ok(()),
            None if is_empty() && (written.is_empty() || written.starts_with(START)) => {
                self.file
                    .set_len(0)
                    .map_err(|error| failed(&self.path, "cut", &error))?;
                self.append(&Head::new(identity, request))
            }
            None => Err(foreign()),
        }
    }

    /// Checks that the export is what the checkpoint says up to a length, and that this program wrote what is behind it.
    pub(super) fn check_export(
        &self,
        export: &Path,
        bytes: u64,
        tail: Option<String>,
        notes: &[WriteNote],
    ) -> Result<(), Failure> {
        let changed = |words: &str| {
            Failure::new(FailureKind::File, format!("`{}` {words}", shown(export)))
                .hint("Choose another --output; nothing was changed.")
        };
        let length = self
            .export
            .metadata()
            .map_err(|error| failed(export, "inspected", &error))?
            .len();
        if length < bytes {
            return Err(changed(
                "is shorter than its checkpoint says: it was changed since",
            ));
        }
        let own_tail =
            || tail_of(&self.export, bytes).map_err(|error| failed(export, "read", &error));
        if bytes > 0 && tail != Some(own_tail()?) {
            return Err(changed(
                "is not what its checkpoint says: it was changed since",
            ));
        }
        if are_own(&self.export, bytes, notes).map_err(|error| failed(export, "read", &error))? {
            Ok(())
        } else {
            Err(changed(
                "holds more than its checkpoint says: something was added since",
            ))
        }
    }
}

fn shown(export: &Path) -> String {
    text::safe(&export.to_string_lossy()).into_owned()
}

pub(super) fn unreadable(export: &Path) -> Failure {
    let words = format!(
        "The checkpoint `{}` cannot be understood",
        shown(&checkpoint_path(export))
    );
    Failure::new(FailureKind::File, words).hint("Choose another --output; nothing was changed.")
}

/// Makes the failure of a checkpoint whose request is not the present one.
fn another_request(before: &Value, now: &Value) -> Failure {
    Failure::new(
        FailureKind::Input,
        "The checkpoint is of another request, so the export cannot go on with this one",
    )
    .detail(difference(before, now))
    .hint("Ask just as before, or choose another --output.")
}

/// Names the first key in which two requests differ.
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
