//! Something that is loaded in the background.

use std::time::{Duration, Instant};

use crate::app::ids::TaskId;
use crate::domain::failure::Failure;

/// The states of something that is loaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Load<T> {
    /// Nobody has asked for it.
    #[default]
    Idle,
    /// It is there.
    Ready(T),
    /// It could not be had; what was there before stays.
    Failed {
        /// Why.
        failure: Failure,
        /// What was there before.
        previous: Option<T>,
    },
    /// It is being loaded.
    Running {
        /// The id of the task.
        task: TaskId,
        /// When the first tick saw it.
        since: Option<Instant>,
        /// What was there before.
        previous: Option<T>,
    },
}

/// What is told the time while it runs, so that it can be shown for how long.
pub trait Timed {
    /// Returns the work that runs.
    fn running(&self) -> Option<TaskId>;

    /// Notes when the work began, at the first tick.
    fn tick(&mut self, now: Instant);
}

impl<T> Timed for Load<T> {
    fn running(&self) -> Option<TaskId> {
        self.task()
    }

    fn tick(&mut self, now: Instant) {
        if let Load::Running { since, .. } = self {
            since.get_or_insert(now);
        }
    }
}

impl<T> Load<T> {
    /// Returns what can be shown: the thing, or what was there before.
    pub fn value(&self) -> Option<&T> {
        match self {
            Load::Idle => None,
            Load::Ready(value) => Some(value),
            Load::Failed { previous, .. } | Load::Running { previous, .. } => previous.as_ref(),
        }
    }

    /// Returns the same to change it.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Load::Idle => None,
            Load::Ready(value) => Some(value),
            Load::Failed { previous, .. } | Load::Running { previous, .. } => previous.as_mut(),
        }
    }

    /// Takes what is there out, leaving nothing.
    fn take(&mut self) -> Option<T> {
        match std::mem::take(self) {
            Load::Idle => None,
            Load::Ready(value) => Some(value),
            Load::Failed { previous, .. } | Load::Running { previous, .. } => previous,
        }
    }

    /// Starts loading; what is there stays to be seen.
    pub fn start(&mut self, task: TaskId) {
        let previous = self.take();
        *self = Load::Running {
            task,
            since: None,
            previous,
        };
    }

    /// Returns the work that runs.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Load::Running { task, .. } => Some(*task),
            Load::Idle | Load::Ready(_) | Load::Failed { .. } => None,
        }
    }

    /// Takes a result, if it is the one expected. Returns whether it was.
    pub fn finish(&mut self, task: TaskId, result: Result<T, Failure>) -> bool {
        if self.task() != Some(task) {
            return false;
        }
        let previous = self.take();
        *self = match result {
            Ok(value) => Load::Ready(value),
            Err(failure) => Load::Failed { failure, previous },
        };
        true
    }

    /// Stops waiting and shows what was there before. Returns the work to cancel.
    pub fn cancel(&mut self) -> Option<TaskId> {
        let task = self.task()?;
        *self = match self.take() {
            Some(value) => Load::Ready(value),
            None => Load::Idle,
        };
        Some(task)
    }

    /// Returns for how long the work has run.
    pub fn elapsed(&self, now: Option<Instant>) -> Option<Duration> {
        match (self, now) {
            (Load::Running { since, .. }, Some(now)) => {
                Some(since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since)))
            }
            (Load::Running { .. }, None) => Some(Duration::ZERO),
            _ => None,
        }
    }
}
