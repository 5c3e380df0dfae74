//! Where `each` writes: records to standard output or a file with its checkpoint, lines of the ledger.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

use super::EachArgs;
use super::spool::Spool;
use crate::domain::call::Params;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::scrub::Scrubber;
use crate::export::{Checkpoint, KnownParent, ParentState, RestoredParents, checkpoint_path};
use crate::files;
use crate::text::safe;

/// The records, opened.
pub(super) struct Output {
    out: BufWriter<Box<dyn Write + Send>>,
    reader: Reader,
    /// How many bytes the file has.
    bytes: u64,
    /// None on a stream, which cannot be resumed.
    checkpoint: Option<Checkpoint>,
    /// What an interrupted run had done.
    pub(super) restored: RestoredParents,
}

/// Who reads the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Terminal,
    Machine,
}

/// Why records could not be written.
#[derive(Debug)]
pub(super) enum Unwritten {
    /// Whoever reads them has closed the pipe.
    Pipe,
    Failed(Failure),
}

impl Output {
    /// Opens the destination that the arguments name; `identity` tells whether an interrupted run can be resumed.
    pub(super) fn open(
        arguments: &EachArgs,
        identity: &Value,
        scrubber: &Scrubber,
    ) -> Result<Output, Failure> {
        let path = arguments.output.as_deref();
        let Some(path) = path.filter(|path| !files::is_stream(path)) else {
            return Output::stream(path.unwrap_or(Path::new("-")));
        };
        let exists = std::fs::symlink_metadata(path).is_ok();
        let (checkpoint, restored) = if arguments.resume && exists {
            Checkpoint::resume_parents(path, identity)?
        } else {
            let file = files::create_new(path).map_err(|failure| {
                if checkpoint_path(path).exists() {
                    failure.hint("A run of that name was interrupted: go on with --resume, or choose another name.")
                } else {
                    failure
                }
            })?;
            let checkpoint = Checkpoint::begin(path, &file, identity)?;
            (checkpoint, RestoredParents::default())
        };
        let records = checkpoint.records(restored.bytes)?;
        Ok(Output {
            out: BufWriter::with_capacity(64 << 10, Box::new(records)),
            reader: Reader::Machine,
            bytes: restored.bytes,
            checkpoint: Some(checkpoint.scrubbing(scrubber.clone())),
            restored,
        })
    }

    fn stream(path: &Path) -> Result<Output, Failure> {
        let is_terminal = files::is_stdout(path) && std::io::stdout().is_terminal();
        Ok(Output {
            out: BufWriter::new(files::open_stream(path)?),
            reader: if is_terminal {
                Reader::Terminal
            } else {
                Reader::Machine
            },
            bytes: 0,
            checkpoint: None,
            restored: RestoredParents::default(),
        })
    }

    /// Returns whether a later run can go on with it.
    pub(super) fn can_resume(&self) -> bool {
        self.checkpoint.is_some()
    }

    /// Writes the records of a parent, and then its line of the checkpoint.
    pub(super) fn parent(
        &mut self,
        hash: u128,
        known: &KnownParent,
        records: Option<Spool>,
    ) -> Result<(), Unwritten> {
        if let Some(checkpoint) = &mut self.checkpoint {
            checkpoint.truncate().map_err(Unwritten::Failed)?;
        }
        if let Some(records) = records {
            self.write(records)
                .map_err(|error| self.unwritten(&error))?;
        }
        match &mut self.checkpoint {
            Some(checkpoint) => checkpoint
                .parent(hash, known, self.bytes)
                .map_err(Unwritten::Failed),
            None => Ok(()),
        }
    }

    /// Writes lines that are no records.
    pub(super) fn print(&mut self, lines: Spool) -> io::Result<()> {
        self.write(lines)
    }

    fn write(&mut self, records: Spool) -> io::Result<()> {
        let (out, reader) = (&mut self.out, self.reader);
        let mut bytes = 0;
        records.drain(|piece| {
            bytes += piece.len() as u64;
            match reader {
                Reader::Machine => out.write_all(piece),
                Reader::Terminal => {
                    for line in piece.split_inclusive(|byte| *byte == b'\n') {
                        let text = line.strip_suffix(b"\n");
                        let shown = String::from_utf8_lossy(text.unwrap_or(line)).into_owned();
                        out.write_all(safe(&shown).as_bytes())?;
                        if text.is_some() {
                            out.write_all(b"\n")?;
                        }
                    }
                    Ok(())
                }
            }
        })?;
        self.bytes += bytes;
        self.out.flush()
    }

    pub(super) fn unwritten(&self, error: &io::Error) -> Unwritten {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Unwritten::Pipe;
        }
        let failure = Failure::new(
            FailureKind::File,
            format!("Could not write the records: {error}"),
        );
        Unwritten::Failed(if self.checkpoint.is_some() {
            failure.hint("Free some space, then go on with --resume.")
        } else {
            failure
        })
    }

    /// Removes the checkpoint: there is nothing to go on with.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.checkpoint.map_or(Ok(()), Checkpoint::finish)
    }
}

/// Reads which changes of an operation a ledger says were sent, the last line of each; those that failed are left out: they
/// may be sent again. A line that a crash cut off is skipped.
fn sent_before(path: &Path, (entity, action): (&str, &str)) -> HashMap<u128, KnownParent> {
    let mut known = HashMap::new();
    let Ok(file) = File::open(path) else {
        return known;
    };
    for line in BufReader::new(file).lines().map_while(Result::ok) {
        let Some(line) = serde_json::from_str::<Value>(&line).ok() else {
            continue;
        };
        let key = line["key"].as_str();
        let Some(key) = key.and_then(|key| u128::from_str_radix(key, 16).ok()) else {
            continue;
        };
        if line["entity"] != entity || line["action"] != action {
            continue;
        }
        let state = match line["outcome"].as_str() {
            Some("sent") => ParentState::Sent,
            Some("unknown") => ParentState::Unknown,
            Some("complete") => ParentState::Complete,
            Some("failed") => {
                known.remove(&key);
                continue;
            }
            Some(_) | None => ParentState::Ended,
        };
        let known_parent = KnownParent {
            state,
            records: 0,
            reason: line["reason"].as_str().unwrap_or_default().to_owned(),
        };
        known.insert(key, known_parent);
    }
    known
}

/// Returns the hash by which a parent is known: of its values, whatever the order of their names.
pub(super) fn hash_of(params: &Params) -> u128 {
    let compact = params.compact();
    let mut pairs: Vec<(&str, &str)> = compact
        .iter()
        .map(|(name, value)| (name, value.as_str()))
        .collect();
    pairs.sort_unstable();
    let text = serde_json::to_string(&pairs).unwrap_or_default();
    xxh3_128(text.as_bytes())
}

/// A file of lines, one for each parent.
pub(super) struct LedgerFile {
    file: File,
    scrubber: Scrubber,
    /// The changes that an earlier run has sent, by the hashes of their values: they are not sent again.
    pub(super) known: HashMap<u128, KnownParent>,
}

/// A line of the ledger.
#[derive(Debug, Serialize)]
pub(super) struct LedgerLine<'a> {
    /// The values that it was asked with; none of a record that gives none.
    pub(super) parent: Option<&'a Params>,
    /// The hash of the values, by which a later run knows them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) key: String,
    /// Where a record that gives no values stood.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) place: &'a str,
    pub(super) entity: &'a str,
    pub(super) action: &'a str,
    pub(super) outcome: &'a str,
    pub(super) records: u64,
    pub(super) pages: u64,
    pub(super) calls: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) reason: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) warning: &'a str,
}

impl LedgerFile {
    /// Opens the ledger: a new file, or one of this program that lines are added to. Where an entity and an action are
    /// given that change data, what was sent of them before is read.
    pub(super) fn open(
        path: &Path,
        scrubber: &Scrubber,
        of: Option<(&str, &str)>,
    ) -> Result<LedgerFile, Failure> {
        let is_ours = |line: &str| {
            let line: Option<Value> = serde_json::from_str(line).ok();
            line.is_some_and(|own| own.get("parent").is_some() && own["outcome"].is_string())
        };
        let known = match of {
            Some(of) if !files::is_stream(path) => sent_before(path, of),
            Some(_) | None => HashMap::new(),
        };
        Ok(LedgerFile {
            file: files::append(path, is_ours)?,
            scrubber: scrubber.clone(),
            known,
        })
    }

    /// Adds a line, in one write.
    pub(super) fn add(&mut self, line: &LedgerLine<'_>) -> Result<(), Failure> {
        let text = serde_json::to_string(line).unwrap_or_default();
        let text = self.scrubber.scrub_json(&text);
        self.file
            .write_all(format!("{text}\n").as_bytes())
            .map_err(|error| {
                Failure::new(
                    FailureKind::File,
                    format!("Could not write the ledger: {error}"),
                )
            })
    }
}
