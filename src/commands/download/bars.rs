//! Progress of downloads on standard error: bars on a terminal, elsewhere lines about what is unusual.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar};

use crate::commands::print::say;
use crate::commands::progress::style;
use crate::domain::download::DownloadEvent;
use crate::domain::scrub::Scrubber;
use crate::text;

/// The bars of a run. They are drawn on a terminal only.
pub(super) struct Bars {
    all: MultiProgress,
    total: Option<ProgressBar>,
    scrubber: Scrubber,
}

/// The bar of a file.
pub(super) struct Bar {
    bar: ProgressBar,
    scrubber: Scrubber,
}

impl Bars {
    /// Makes the bars of a run of so many files. More than one get a bar for all of them.
    pub(super) fn new(files: u64, scrubber: &Scrubber) -> Bars {
        let all = MultiProgress::new();
        let total = (files > 1).then(|| {
            let bar = all.add(ProgressBar::new(files));
            bar.set_style(style("{bar:30} {pos} of {len} files{msg}"));
            bar.tick();
            bar
        });
        Bars {
            all,
            total,
            scrubber: scrubber.clone(),
        }
    }

    /// Adds the bar of a file.
    pub(super) fn begin(&self, name: &str) -> Bar {
        let bar = ProgressBar::no_length();
        bar.set_style(style("{prefix} {msg}"));
        let bar = match &self.total {
            Some(total) => self.all.insert_before(total, bar),
            None => self.all.add(bar),
        };
        bar.set_prefix(shown(&self.scrubber.scrub(name)));
        bar.set_message("asks for it");
        Bar {
            bar,
            scrubber: self.scrubber.clone(),
        }
    }

    /// Counts a file that has ended.
    pub(super) fn count(&self, failed: usize) {
        if let Some(total) = &self.total {
            total.inc(1);
            if failed > 0 {
                total.set_message(format!(", {failed} failed"));
            }
        }
    }

    /// Removes all bars.
    pub(super) fn finish(&self) {
        if let Some(total) = &self.total {
            total.finish_and_clear();
        }
        // There is nowhere to report that standard error is closed.
        let _ = self.all.clear();
    }
}

impl Bar {
    /// Shows what happens to the file.
    pub(super) fn step(&self, step: &DownloadEvent) {
        let words = |text: &str| text::safe(&self.scrubber.scrub(text)).into_owned();
        let bar = &self.bar;
        if bar.is_hidden() {
            // What is unusual is reported all the same.
            return match step {
                DownloadEvent::Waits(pause) => say(&format!(
                    "{}: try {} in {}\n",
                    pause.reason,
                    pause.attempt,
                    text::duration(pause.wait)
                )),
                DownloadEvent::StartsOver(why) => say(&format!("starts over: {}\n", words(why))),
                DownloadEvent::Sent
                | DownloadEvent::Began { .. }
                | DownloadEvent::Received(_)
                | DownloadEvent::Landed => {}
            };
        }
        match step {
            DownloadEvent::Sent | DownloadEvent::Landed => {}
            DownloadEvent::Began { name, have } => {
                bar.set_prefix(shown(&self.scrubber.scrub(name)));
                bar.set_message(if *have > 0 {
                    format!("resumes at {}", text::bytes(*have))
                } else {
                    String::new()
                });
                bar.set_position(*have);
                // The rate is that of the bytes which are received from now on.
                bar.reset_eta();
            }
            DownloadEvent::Received(progress) => {
                if let Some(total) = progress.total.filter(|total| bar.length() != Some(*total)) {
                    bar.set_length(total);
                    bar.set_style(style(
                        "{prefix} {bar:20} {decimal_bytes} of {decimal_total_bytes} · {decimal_bytes_per_sec} · {eta} left {msg}",
                    ));
                } else if progress.total.is_none() && bar.position() == 0 {
                    bar.set_style(style(
                        "{prefix} {spinner} {decimal_bytes} · {decimal_bytes_per_sec} {msg}",
                    ));
                }
                bar.set_position(progress.written);
            }
            DownloadEvent::Waits(pause) => {
                let wait = text::duration(Duration::from_millis(
                    (pause.wait.as_millis() / 100 * 100) as u64,
                ));
                bar.set_message(format!("{}: try {} in {wait}", pause.reason, pause.attempt));
            }
            DownloadEvent::StartsOver(why) => {
                bar.set_position(0);
                bar.set_message(format!("starts over: {}", words(why)));
            }
        }
    }

    /// Removes the bar.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn shown(name: &str) -> String {
    text::cut_end(&text::safe(name), 30).into_owned()
}
