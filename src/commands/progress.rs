//! The line of progress of a reply or an export on standard error. Nothing is drawn where that is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::api::Event;
use crate::paging::Run;
use crate::text;

/// Replies that are smaller, in bytes, arrive too fast for a line of progress.
const LARGE_REPLY: u64 = 4 << 20;

/// A line that is drawn over itself and removed in the end.
pub(super) struct Progress {
    line: ProgressBar,
}

impl Progress {
    /// Makes the line. It is empty at first.
    pub(super) fn new() -> Progress {
        let line = ProgressBar::no_length();
        line.set_style(style("{wide_msg}"));
        Progress { line }
    }

    /// Makes a line that is never drawn.
    pub(super) fn hidden() -> Progress {
        Progress {
            line: ProgressBar::hidden(),
        }
    }

    /// Shows a wait, or how much of a large reply has arrived.
    pub(super) fn event(&self, event: Event) {
        match event {
            Event::Sent => {}
            Event::Waiting(pause) => {
                self.line.set_message(format!(
                    "{}: waiting {} before try {}",
                    pause.reason,
                    text::duration(pause.wait),
                    pause.attempt
                ));
                // Nothing else is drawn during the wait, which could make up for a draw that was left out.
                self.line.force_draw();
            }
            Event::Received(bytes, expected) if bytes >= LARGE_REPLY => {
                let of = expected
                    .map(|expected| format!(" of {}", text::bytes(expected)))
                    .unwrap_or_default();
                self.line
                    .set_message(format!("{}{of} of the reply", text::bytes(bytes)));
            }
            Event::Received(..) => {}
        }
    }

    /// Shows how many pages and records a run has, with the time left where the service states a total.
    pub(super) fn page(&self, run: &Run, total: Option<u64>, elapsed: Duration) {
        if self.line.is_hidden() {
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
        self.line.set_message(format!(
            "{pages} · {}{of} records · {rate:.0}/s{}",
            text::count(run.records()),
            left.unwrap_or_default()
        ));
    }

    /// Shows how far a run over many parents is.
    pub(super) fn parents(&self, words: &str, elapsed: Duration) {
        if !self.line.is_hidden() {
            let elapsed = text::duration(elapsed);
            self.line.set_message(format!("{words} · {elapsed}"));
        }
    }

    /// Removes the line.
    pub(super) fn clear(&self) {
        self.line.finish_and_clear();
    }

    /// Removes the line while something else is written.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        self.line.suspend(write);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}

/// Returns the style of a template, which must be valid.
pub(super) fn style(template: &str) -> ProgressStyle {
    // An invalid template shows in the first test that draws it.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━━─")
}
