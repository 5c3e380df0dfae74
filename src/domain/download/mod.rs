//! Files that are downloaded: what is requested, what happens, and what was saved.

pub mod queue;

use std::path::PathBuf;

use crate::domain::call::Call;
use crate::domain::reply::Pause;

/// The name of the manifest of a run in its folder.
pub const MANIFEST: &str = "manifest.jsonl";

/// A requested file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The download call.
    pub call: Call,
    /// The folder; it is created if it does not exist.
    pub folder: PathBuf,
    /// The name, if the user chose one.
    pub name: Option<String>,
    /// What the record that names the file says about it.
    pub known: Known,
    /// The manifest of the run, if there is one.
    pub manifest: Option<PathBuf>,
}

/// What a record says about its file.
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
    /// Where in the reply the file was named.
    pub path: Option<String>,
}

/// How far a download has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes written so far.
    pub written: u64,
    /// Bytes expected, where the service says.
    pub total: Option<u64>,
}

/// What happens during a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownloadEvent {
    /// A request is sent: it is billed, whatever the answer is.
    Sent,
    /// The body starts; the name is known.
    Began {
        /// The name.
        name: String,
        /// Bytes of earlier attempts that are kept.
        have: u64,
    },
    /// Bytes were received.
    Received(Progress),
    /// It waits before the next attempt.
    Waits(Pause),
    /// All of it was received; it is being named, and the next file may be requested.
    Landed,
    /// What was received is of no use; it starts over, for this reason.
    StartsOver(String),
}

/// A file that was saved completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFile {
    /// Its path.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// The service's `Content-Type`.
    pub content_type: Option<String>,
    /// What the content looks like, where that contradicts the extension.
    pub looks_like: Option<String>,
    /// Whether its size was compared with what the service or the record states.
    pub measured: bool,
    /// Bytes that earlier attempts received.
    pub resumed: u64,
    /// Whether it was resumed though nothing but the bytes themselves shows that all of it is of one version.
    pub unvalidated: bool,
    /// Whether it existed already, as the manifest and its hash prove.
    pub was_there: bool,
}

/// What happens if a file of that name exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// The new one gets a number: `reply (2).json`.
    KeepBoth,
    /// Saving fails, so that the user can be asked.
    Refuse,
    /// The new one replaces it.
    Replace,
}
