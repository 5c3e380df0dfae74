//! What is known of a reply besides its body: status, times, size.

use std::time::Duration;

/// A reply that arrived whole. The body itself is in the document that was indexed from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The size of the body in bytes.
    pub bytes: u64,
    /// From sending the request to the last byte.
    pub took: Duration,
    /// Whether the body came whole, as far as the connection tells.
    pub whole: bool,
    /// When it was received, `YYYY-MM-DD HH:MM:SS` UTC.
    pub received_at: String,
}

/// Why a call is waiting instead of running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Which attempt comes next, counted from 2.
    pub attempt: u32,
    /// How long it waits.
    pub wait: Duration,
    /// What the last attempt got, such as `429`.
    pub reason: String,
}
