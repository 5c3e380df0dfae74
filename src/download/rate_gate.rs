//! What all downloads share: their timeouts, the folder index, and a gate that each passes before a request. When the service
//! answers that there are too many requests, all of them wait.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::disk::free_space;
use super::folder_index::FolderIndex;
use crate::api::{LONGEST_WAIT, RetryPolicy};

/// How long downloads wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The longest wait before the first repetition; it doubles with each further one.
    pub first_wait: Duration,
    /// A download that receives no byte for this long has failed. There is no limit for the whole of it.
    pub silence: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            first_wait: RetryPolicy::default().first_wait,
            silence: Duration::from_secs(60),
        }
    }
}

/// Returns how many bytes are free in a folder, where the system tells.
#[derive(Debug, Clone, Copy)]
pub struct Room(pub fn(&Path) -> Option<u64>);

impl Default for Room {
    fn default() -> Room {
        Room(free_space)
    }
}

/// What all downloads share, and a gate that can be closed for a while.
#[derive(Debug, Default)]
pub struct RateGate {
    until: Mutex<Option<Instant>>,
    /// How often the service asked for a longer wait than is accepted.
    slowed: AtomicU32,
    /// How long downloads wait.
    pub timeouts: Timeouts,
    /// What bounds a file of unknown size that is decoded.
    pub room: Room,
    pub(super) folders: Arc<FolderIndex>,
}

impl RateGate {
    /// Makes a gate for downloads with other timeouts.
    pub fn new(timeouts: Timeouts) -> RateGate {
        RateGate {
            timeouts,
            ..RateGate::default()
        }
    }

    /// Returns how long to wait before the repetition of that number (from 1); `None` if that is longer than is accepted.
    pub(super) fn backoff(
        &self,
        repetition: u32,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        let policy = RetryPolicy {
            first_wait: self.timeouts.first_wait,
        };
        Some(policy.wait(repetition, retry_after, &mut fastrand::f64))
            .filter(|wait| *wait <= LONGEST_WAIT)
    }

    /// Slows all downloads after the service asked for a longer wait than is accepted: each time twice as long, up to the
    /// longest wait.
    pub(super) fn slow_down(&self) {
        let times = self.slowed.fetch_add(1, Ordering::Relaxed).min(6);
        self.block_for((self.timeouts.first_wait * (4 << times)).min(LONGEST_WAIT));
    }

    /// Closes the gate for a while, from now on.
    pub fn block_for(&self, wait: Duration) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = Instant::now() + wait;
        *until = Some(until.map_or(wanted, |until| until.max(wanted)));
    }

    /// Returns how long the gate stays closed, if it is.
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

    /// Waits until the gate is open; `on_event` is called for each wait.
    pub async fn pass(&self, on_event: &(dyn Fn(Duration) + Send + Sync)) {
        while let Some(wait) = self.wait() {
            on_event(wait);
            tokio::time::sleep(wait).await;
        }
    }
}
