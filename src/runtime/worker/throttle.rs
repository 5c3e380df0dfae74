//! Limits how often progress is reported.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lets one report through per interval; the first at once. Callbacks of several threads may share it.
pub(super) struct Throttle {
    interval: Duration,
    last: Mutex<Option<Instant>>,
}

impl Throttle {
    pub(super) fn new(interval: Duration) -> Throttle {
        Throttle {
            interval,
            last: Mutex::default(),
        }
    }

    /// Returns whether a report is due at `now`. If it is, the next interval starts there.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| now.saturating_duration_since(last) >= self.interval);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Throttle;

    #[test]
    fn one_report_is_due_per_interval_and_the_first_at_once() {
        let interval = Duration::from_millis(50);
        let throttle = Throttle::new(interval);
        let start = Instant::now();
        let at = |quarters| throttle.is_due(start + interval * quarters / 4);
        assert_eq!(
            [0, 1, 3, 4, 7, 9, 12].map(at),
            [true, false, false, true, false, true, false]
        );
    }
}
