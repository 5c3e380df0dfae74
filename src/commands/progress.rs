//! The line of progress on standard error, when it is a terminal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::print::say;
use crate::api::Event;
use crate::paging::Run;
use crate::text;

/// A reply is told of each time it has grown by so many bytes.
const STEP: u64 = 4 << 20;

/// Draws the line of progress over itself; nothing if nobody sees it.
pub(super) struct Progress {
    shown: bool,
    /// How large the reply was when it was last told, in bytes.
    events: AtomicU64,
}

impl Progress {
    /// Makes a line that is shown or not.
    pub(super) fn new(shown: bool) -> Progress {
        Progress {
            shown,
            events: AtomicU64::new(0),
        }
    }

    /// Tells of a wait, and how a large reply grows.
    pub(super) fn event(&self, event: Event) {
        if !self.shown {
            return;
        }
        match event {
            Event::Sent => self.events.store(0, Ordering::Relaxed),
            Event::Waiting(pause) => {
                say(&format!(
                    "\r\x1b[K{}: waiting {} before try {}",
                    pause.reason,
                    text::duration(pause.wait),
                    pause.attempt
                ));
            }
            Event::Received(bytes, expected) => {
                if bytes >= self.events.load(Ordering::Relaxed) + STEP {
                    self.events.store(bytes, Ordering::Relaxed);
                    let of = expected
                        .map(|expected| format!(" of {}", text::bytes(expected)))
                        .unwrap_or_default();
                    say(&format!("\r\x1b[K{}{of} of the reply", text::bytes(bytes)));
                }
            }
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if self.shown {
            say("\r\x1b[K");
        }
    }

    /// Tells how far a run has come: with the time left where the service states a total.
    pub(super) fn page(&self, run: &Run, total: Option<u64>, elapsed: Duration) {
        if !self.shown {
            return;
        }
        let rate = run.records() as f64 / elapsed.as_secs_f64().max(0.001);
        let of = total
            .map(|total| format!(" of {}", text::count(total)))
            .unwrap_or_default();
        let left = total.filter(|_| rate > 0.0).map(|total| {
            let seconds = total.saturating_sub(run.records()) as f64 / rate;
            format!(
                " · {} left",
                text::duration(Duration::from_secs_f64(seconds.min(1e6)))
            )
        });
        let pages = text::plural(run.pages(), "page");
        say(&format!(
            "\r\x1b[K{pages} · {}{of} records · {rate:.0}/s{}",
            text::count(run.records()),
            left.unwrap_or_default()
        ));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
