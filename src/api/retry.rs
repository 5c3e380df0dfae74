//! When a request is repeated, and how long to wait before: exponential backoff with jitter, in one policy for calls and
//! downloads.

use std::time::{Duration, SystemTime};

/// A call is repeated at most this often.
pub(super) const MAX_REPETITIONS: u32 = 3;

/// A wait asked for by the service is taken as it is up to here; beyond, the call fails and says so.
pub const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// The shortest wait that the service can ask for: repeating at once would flood it.
const SHORTEST_ASKED: Duration = Duration::from_secs(1);

/// The longest wait that is read from a header; longer ones are taken for this one, so that times can be added to it.
const LONGEST_ASKED: Duration = Duration::from_secs(365 * 24 * 3600);

/// The wait doubles at most this often.
const MAX_DOUBLINGS: u32 = 6;

/// How long to wait before repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The longest wait before the first repetition; it doubles with each further one.
    pub first_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            first_wait: Duration::from_secs(1),
        }
    }
}

impl RetryPolicy {
    /// Returns how long to wait before the repetition of that number (from 1).
    ///
    /// What the service asks for (`Retry-After`) is a minimum and is waited for exactly, at least one second. Without it the
    /// wait has equal jitter: between half of 1, 2, 4 … times the first wait and all of it, so that clients that failed
    /// together do not return together. `random` is a number from 0 to 1.
    pub fn wait(
        self,
        repetition: u32,
        retry_after: Option<Duration>,
        random: &mut dyn FnMut() -> f64,
    ) -> Duration {
        match retry_after {
            Some(asked) => asked.max(SHORTEST_ASKED),
            None => {
                let doublings = repetition.saturating_sub(1).min(MAX_DOUBLINGS);
                let longest = self.first_wait * (1 << doublings);
                longest / 2 + (longest / 2).mul_f64(random().clamp(0.0, 1.0))
            }
        }
    }
}

/// Returns whether a status may pass by itself.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
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
