//! What is known of a reply besides its body: status, times, size.

use std::fmt;
use std::time::Duration;

use super::call::Call;

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
    /// Whether the whole body was received, as far as the connection shows.
    pub whole: bool,
    /// When it was received, `YYYY-MM-DD HH:MM:SS` UTC.
    pub received_at: String,
}

/// Where a shown page comes from. Only a page of a call can be sent again, continued or followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageOrigin {
    /// The reply to this call.
    Call(Call),
    /// A file that was opened: no connector, no operation.
    File,
    /// The output of a jq filter over other pages.
    Filter,
}

impl PageOrigin {
    /// Returns the call that the page replies to; `None` for a file or the output of a filter.
    pub fn call(&self) -> Option<&Call> {
        match self {
            PageOrigin::Call(call) => Some(call),
            PageOrigin::File | PageOrigin::Filter => None,
        }
    }
}

/// Why a call is waiting instead of running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Which attempt comes next, counted from 2.
    pub attempt: u32,
    /// How long it waits.
    pub wait: Duration,
    /// Why it waits.
    pub reason: PauseReason,
}

/// The reason for a [`Pause`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
    /// The last attempt was answered with this HTTP status.
    Status(u16),
    /// The connection of the last attempt broke.
    ConnectionBroke,
    /// Another download was answered with 429: all of them wait.
    RateGate,
    /// The beginning of a partial file could not be compared with the service's.
    BeginningUnconfirmed,
}

impl PauseReason {
    /// Returns whether the service asks for fewer requests.
    pub fn is_rate_limit(self) -> bool {
        match self {
            PauseReason::Status(status) => status == 429,
            PauseReason::RateGate => true,
            PauseReason::ConnectionBroke | PauseReason::BeginningUnconfirmed => false,
        }
    }
}

impl From<Option<u16>> for PauseReason {
    /// Takes the status of the last attempt; `None` where no status was received.
    fn from(status: Option<u16>) -> PauseReason {
        status.map_or(PauseReason::ConnectionBroke, PauseReason::Status)
    }
}

impl fmt::Display for PauseReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PauseReason::Status(status) => write!(formatter, "{status}"),
            PauseReason::ConnectionBroke => formatter.write_str("the connection broke"),
            PauseReason::RateGate => formatter.write_str("too many requests"),
            PauseReason::BeginningUnconfirmed => {
                formatter.write_str("looking at its beginning again")
            }
        }
    }
}
