//! When a call is repeated by itself, and how long it waits before.

use std::time::{Duration, SystemTime};

/// A call is repeated at most this often.
pub(super) const MOST: u32 = 3;

/// A wait asked for by the service is taken as it is up to here; beyond, the call fails and says so.
pub const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// A longer wait is none that anybody means; it is taken for this one.
const LONGEST_ASKED: Duration = Duration::from_secs(365 * 24 * 3600);

/// Returns whether a status may pass by itself.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// Returns how long to wait before the repetition of that number (from 1): what the service asks
/// for, else 1, 2, 4 seconds.
pub(super) fn wait(repetition: u32, retry_after: Option<Duration>) -> Duration {
    // No wait at all would be a flood.
    retry_after.map_or_else(
        || Duration::from_secs(1 << (repetition - 1).min(6)),
        |wait| wait.max(Duration::from_secs(1)),
    )
}

/// Reads `Retry-After`: seconds, or a date.
pub(super) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_ASKED));
    }
    let date = httpdate::parse_http_date(header).ok()?;
    Some(
        date.duration_since(now)
            .unwrap_or_default()
            .min(LONGEST_ASKED),
    )
}
