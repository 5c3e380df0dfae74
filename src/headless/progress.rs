//! The line of progress on standard error, when it is a terminal.

use std::io::Write as _;
use std::time::Duration;

use crate::api::Event;
use crate::domain::text;
use crate::paging::Run;

/// Draws the line of progress over itself; nothing if nobody sees it.
pub(super) struct Progress {
    shown: bool,
}

impl Progress {
    /// Makes a line that is shown or not.
    pub(super) fn new(shown: bool) -> Progress {
        Progress { shown }
    }

    /// Tells of a wait.
    pub(super) fn event(&self, event: Event) {
        if let (true, Event::Waiting(pause)) = (self.shown, event) {
            say(&format!("\r\x1b[K{}: waiting {} before try {}", pause.reason, text::duration(pause.wait), pause.attempt));
        }
    }

    /// Tells how far a run has come: with the time left where the service states a total.
    pub(super) fn page(&self, run: &Run, total: Option<u64>, elapsed: Duration) {
        if !self.shown {
            return;
        }
        let rate = run.records() as f64 / elapsed.as_secs_f64().max(0.001);
        let of = total.map(|total| format!(" of {}", text::count(total))).unwrap_or_default();
        let left = total.filter(|_| rate > 0.0).map(|total| {
            let seconds = total.saturating_sub(run.records()) as f64 / rate;
            format!(" · {} left", text::duration(Duration::from_secs_f64(seconds.min(1e6))))
        });
        let pages = text::plural(run.pages(), "page");
        say(&format!("\r\x1b[K{pages} · {}{of} records · {rate:.0}/s{}", text::count(run.records()), left.unwrap_or_default()));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            say("\r\x1b[K");
        }
    }
}

/// Writes to standard error; there is nowhere to report that it is gone.
pub(super) fn say(words: &str) {
    let mut out = std::io::stderr();
    let _ = out.write_all(words.as_bytes()).and_then(|()| out.flush());
}
