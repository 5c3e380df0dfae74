//! What all transfers share: their timeouts, what is known of folders, and a rate gate that they pass before each request.
//! When the service says that there are too many, all of them wait.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::folder_index::FolderIndex;
use crate::api::LONGEST_WAIT;

/// A wait that the service asks for is at least this long: no wait at all would be a flood.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// How long transfers wait for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The wait before the first repetition; each further one is twice as long.
    pub first_wait: Duration,
    /// A transfer without a byte for this long has failed. There is no limit in all.
    pub silence: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            first_wait: Duration::from_secs(1),
            silence: Duration::from_secs(60),
        }
    }
}

/// What all transfers share, and a rate gate that can be held shut for a while.
#[derive(Debug, Default)]
pub struct RateGate {
    until: Mutex<Option<Instant>>,
    /// How often a wait was asked for that is longer than is worth waiting.
    slowed: AtomicU32,
    /// How long transfers wait for what.
    pub timeouts: Timeouts,
    pub(super) folders: Arc<FolderIndex>,
}

impl RateGate {
    /// Makes what transfers of other timeouts share.
    pub fn new(timeouts: Timeouts) -> RateGate {
        RateGate {
            timeouts,
            ..RateGate::default()
        }
    }

    /// Returns how long to wait before the repetition of that number (from 1): what the service asks for, else
    /// 1, 2, 4 … times the first wait; `None` if that is longer than is worth waiting for.
    pub(super) fn backoff(
        &self,
        repetition: u32,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        let own = self.timeouts.first_wait * (1 << (repetition.max(1) - 1).min(6));
        Some(retry_after.map_or(own, |wait| wait.max(SHORTEST_WAIT)))
            .filter(|wait| *wait <= LONGEST_WAIT)
    }

    /// Slows all down after a wait was asked for that is longer than is worth waiting: each time by twice as much, up to
    /// the longest wait.
    pub(super) fn slow_down(&self) {
        let times = self.slowed.fetch_add(1, Ordering::Relaxed).min(6);
        self.block_for((self.timeouts.first_wait * (4 << times)).min(LONGEST_WAIT));
    }

    /// Holds the rate gate shut for a while, from now on.
    pub fn block_for(&self, wait: Duration) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = Instant::now() + wait;
        *until = Some(until.map_or(wanted, |until| until.max(wanted)));
    }

    /// Returns how long the rate gate stays shut, if it is.
    pub fn wait(&self) -> Option<Duration> {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let left = (*until)?
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero());
        if left.is_none() {
            *until = None;
        }
        left
    }

    /// Waits until the rate gate is open; `on_event` is called for each wait.
    pub async fn pass(&self, on_event: &(dyn Fn(Duration) + Send + Sync)) {
        while let Some(wait) = self.wait() {
            on_event(wait);
            tokio::time::sleep(wait).await;
        }
    }
}
