//! Files that are downloaded: what is requested, what happens, and what was saved.

pub mod queue;

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::call::{Call, Params};
use crate::domain::reply::Pause;
use crate::text;

/// The name of a run's manifest in its folder.
pub const MANIFEST: &str = "manifest.jsonl";

/// A file to download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The download call.
    pub call: Call,
    /// The folder; it is created if it does not exist.
    pub folder: PathBuf,
    /// Where in the folder it is saved.
    pub names: NamePattern,
    /// The name, if the user chose one.
    pub name: Option<String>,
    /// What the record that names the file states about it.
    pub known: Known,
    /// The manifest of the run, if there is one.
    pub manifest: Option<PathBuf>,
}

/// What a record states about its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The file name.
    pub name: Option<String>,
    /// The content type.
    pub content_type: Option<String>,
    /// The size in bytes.
    pub size: Option<u64>,
    /// The id of the record.
    pub record: Option<String>,
    /// The path in the reply that names the file.
    pub path: Option<String>,
    /// The values that the record was asked with, in a run over many records.
    pub parent: Option<Params>,
}

/// Where in its folder a file is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NamePattern {
    /// In the folder itself.
    #[default]
    #[serde(rename = "{name}")]
    Name,
    /// In a folder for each parent. A file without a parent is saved in the folder itself.
    #[serde(rename = "{parent}/{name}")]
    ParentAndName,
}

impl NamePattern {
    /// All of them.
    pub const ALL: [NamePattern; 2] = [NamePattern::Name, NamePattern::ParentAndName];

    /// Returns it as it is written.
    pub fn template(self) -> &'static str {
        match self {
            NamePattern::Name => "{name}",
            NamePattern::ParentAndName => "{parent}/{name}",
        }
    }
}

/// The progress of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes written so far.
    pub written: u64,
    /// Bytes expected, where the service states it.
    pub total: Option<u64>,
}

/// What happens during a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownloadEvent {
    /// A request is sent: it is billed, whatever its result.
    Sent,
    /// Its name is known, and how many bytes exist from before.
    Began {
        /// The name.
        name: String,
        /// Bytes of an earlier attempt that are kept.
        have: u64,
    },
    /// Bytes were received.
    Received(Progress),
    /// It waits before the next attempt.
    Waits(Pause),
    /// All bytes are received; the file is being named, and another download may start.
    Landed,
    /// The received bytes cannot be used; it starts over, for this reason.
    StartsOver(String),
}

/// A coding that files are decoded from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// RFC 1952.
    Gzip,
}

impl Coding {
    /// Returns its name, as `Content-Encoding` has it.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
        }
    }
}

/// How a file was received that was decoded on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded {
    /// The coding.
    pub coding: Coding,
    /// Its size as it was received.
    pub bytes: u64,
}

impl fmt::Display for Encoded {
    /// Writes both, as in `1.2 MB of gzip`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} of {}",
            text::bytes(self.bytes),
            self.coding.name()
        )
    }
}

/// A file that was downloaded completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFile {
    /// Its path.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// How it was received, if it was decoded: the service sent it compressed.
    pub encoded: Option<Encoded>,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// The service's `Content-Type`.
    pub content_type: Option<String>,
    /// The type of the content, where that contradicts the extension.
    pub looks_like: Option<String>,
    /// Whether its size was compared with what the service or the record states.
    pub measured: bool,
    /// Bytes kept from earlier attempts.
    pub resumed: u64,
    /// Whether it was resumed although only the bytes themselves show that all of it is of one
    /// version.
    pub unvalidated: bool,
    /// Whether it existed already, confirmed by the manifest and its hash.
    pub was_there: bool,
}

/// What happens when a file of that name exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// The new file gets a number: `reply (2).json`.
    KeepBoth,
    /// Saving fails, so that the user can be asked.
    Refuse,
    /// The new file replaces the old one.
    Replace,
}
