//! A file on its way from the service to the disk.

use std::path::PathBuf;

/// How far a download has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes written so far.
    pub written: u64,
    /// Bytes expected, where the service says.
    pub total: Option<u64>,
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
}

/// What happens when a file of that name is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// The new one gets a number: `reply (2).json`.
    KeepBoth,
    /// Saving fails, so that the user can be asked.
    Refuse,
    /// The new one takes its place.
    Replace,
}
