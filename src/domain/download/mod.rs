//! A file on its way from the service to the disk.

pub mod queue;

use std::path::PathBuf;

use crate::domain::call::Call;
use crate::domain::reply::Pause;

/// The name that the record of a run has in its folder.
pub const MANIFEST: &str = "manifest.jsonl";

/// A file that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The download call.
    pub call: Call,
    /// The folder; it is made if it is not there.
    pub folder: PathBuf,
    /// The name, if the user chose one.
    pub name: Option<String>,
    /// What the record that names the file says about it.
    pub known: Known,
    /// The file that keeps a record of the run, if there is one.
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

/// What happens while a file is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownloadEvent {
    /// A request for it goes out: it is billed, whatever comes of it.
    Sent,
    /// It has a name, and so many bytes are there from before.
    Began {
        /// The name.
        name: String,
        /// Bytes of an earlier try that are gone on with.
        have: u64,
    },
    /// Bytes have come.
    Received(Progress),
    /// It waits before the next try.
    Waits(Pause),
    /// All of it has come; it is given its name, and another one may be asked for.
    Landed,
    /// What had come is of no use; it starts over, for this reason.
    StartsOver(String),
}

/// A file that arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFile {
    /// Where it is.
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
    /// Bytes that were there from earlier tries.
    pub resumed: u64,
    /// Whether it was resumed though nothing but the bytes themselves tells that all of it is of one version.
    pub unvalidated: bool,
    /// Whether it was there already, vouched for by the manifest and its hash.
    pub was_there: bool,
}

/// What happens when a file of that name is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// The new one gets a number: `reply (2).json`.
    KeepBoth,
    /// Saving fails, so that the user can be asked.
    Refuse,
    /// The new one takes its place.
    Replace,
}
