//! The checkpoint of an operation that is run once for each record: a line for each parent, after its records were written.
//!
//! Parents are known by the hash of the values that they were asked with, so that the checkpoint holds none of them.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::resume::{Contents, unreadable};
use super::{Checkpoint, Cut, failed, tail_of};
use crate::domain::failure::Failure;
use crate::files::lenient;

/// What is known of a parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParentState {
    /// A call that changes data is about to be sent.
    Sent,
    /// All of it was received and written.
    Complete,
    /// It ended by itself and was written, but is not known to be complete.
    Ended,
    /// A call failed or was not sent; nothing of it was written.
    Failed,
    /// A call that changes data failed in a way that does not tell whether it took effect.
    Unknown,
}

/// A parent as the checkpoint has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownParent {
    /// What is known of it.
    pub state: ParentState,
    /// How many records of it were written.
    pub records: u64,
    /// Why it is not complete.
    pub reason: String,
}

/// What an interrupted run is resumed from.
#[derive(Debug, Default)]
pub struct RestoredParents {
    /// The parents by the hash of their values; the last line of each counts.
    pub parents: HashMap<u128, KnownParent>,
    /// How many bytes of the export count.
    pub bytes: u64,
}

/// The line of a parent.
#[derive(Debug, Serialize, Deserialize)]
struct ParentLine {
    /// The hash of its values, in hexadecimal digits.
    parent: String,
    state: ParentState,
    #[serde(default, deserialize_with = "lenient::member")]
    records: u64,
    #[serde(default, deserialize_with = "lenient::member")]
    reason: String,
    /// The length of the export after its records, and the hash of its end.
    bytes: u64,
    tail: String,
}

impl Checkpoint {
    /// Opens the checkpoint of a run and reads what it is resumed from. Fails if it is of another request.
    pub fn resume_parents(
        export: &Path,
        request: &Value,
    ) -> Result<(Checkpoint, RestoredParents), Failure> {
        let (mut checkpoint, identity) = Checkpoint::open(export)?;
        let mut written = Vec::new();
        checkpoint
            .file
            .read_to_end(&mut written)
            .map_err(|error| failed(&checkpoint.path, "read", &error))?;
        let contents = Contents::read(&written, identity);
        checkpoint.check_head(export, &contents, &written, identity, request)?;
        let (bytes, tail) = contents.export_state();
        let bytes = bytes.ok_or_else(|| unreadable(export))?;
        checkpoint.check_export(export, bytes, tail, &contents.notes)?;
        let mut restored = RestoredParents {
            bytes,
            ..RestoredParents::default()
        };
        for line in contents.lines.iter().skip(1) {
            let line: ParentLine = lenient::from_value(line).ok_or_else(|| unreadable(export))?;
            let hash = u128::from_str_radix(&line.parent, 16).map_err(|_| unreadable(export))?;
            let known = KnownParent {
                state: line.state,
                records: line.records,
                reason: line.reason,
            };
            restored.parents.insert(hash, known);
        }
        checkpoint.cut = contents.ends.last().map(|end| Cut {
            export: bytes,
            checkpoint: *end,
            checked: bytes,
            notes: contents.notes,
        });
        Ok((checkpoint, restored))
    }

    /// Adds what is known of a parent, after its records were handed to the system. `bytes` is the length of the export.
    pub fn parent(&mut self, hash: u128, known: &KnownParent, bytes: u64) -> Result<(), Failure> {
        self.truncate()?;
        let tail =
            tail_of(&self.export, bytes).map_err(|error| failed(&self.path, "read", &error))?;
        self.append(&ParentLine {
            parent: format!("{hash:032x}"),
            state: known.state,
            records: known.records,
            reason: known.reason.clone(),
            bytes,
            tail,
        })
    }
}
