//! Progress of downloads on standard error: bars where it is a terminal, nothing where it is not.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::domain::text;
use crate::domain::transfer::Step;

/// The bars of a run.
pub(super) struct Bars {
    all: MultiProgress,
    total: Option<ProgressBar>,
}

/// The bar of a file.
pub(super) struct Bar {
    bar: ProgressBar,
}

fn style(template: &str) -> ProgressStyle {
    // The templates are ours and tested by being used.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─")
}

impl Bars {
    /// Makes the bars of a run of so many files. More than one get a bar for all of them.
    pub(super) fn new(files: u64) -> Bars {
        let shown = std::io::stderr().is_terminal();
        let all = MultiProgress::with_draw_target(if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
        let total = (files > 1).then(|| {
            let bar = all.add(ProgressBar::new(files));
            bar.set_style(style("{bar:30} {pos} of {len} files{msg}"));
            bar
        });
        Bars { all, total }
    }

    /// Begins the bar of a file.
    pub(super) fn begin(&self, name: &str) -> Bar {
        let bar = ProgressBar::no_length();
        bar.set_style(style("{prefix} {msg}"));
        let bar = match &self.total {
            Some(total) => self.all.insert_before(total, bar),
            None => self.all.add(bar),
        };
        bar.set_prefix(shown(name));
        bar.set_message("asks for it");
        Bar { bar }
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

    /// Takes all bars away.
    pub(super) fn finish(&self) {
        if let Some(total) = &self.total {
            total.finish_and_clear();
        }
        // There is nowhere to report that standard error is gone.
        let _ = self.all.clear();
    }
}

impl Bar {
    /// Takes what happens to the file.
    pub(super) fn step(&self, step: &Step) {
        match step {
            Step::Sent => {}
            Step::Began { name, have } => {
                self.bar.set_prefix(shown(name));
                self.bar.set_message(if *have > 0 { format!("goes on from {}", text::bytes(*have)) } else { String::new() });
                self.bar.set_position(*have);
                // The rate is that of what comes now.
                self.bar.reset_eta();
            }
            Step::Came(progress) => {
                if let Some(total) = progress.total.filter(|total| self.bar.length() != Some(*total)) {
                    self.bar.set_length(total);
                    self.bar.set_style(style(
                        "{prefix} {bar:20} {binary_bytes} of {binary_total_bytes} · {binary_bytes_per_sec} · {eta} left {msg}",
                    ));
                } else if progress.total.is_none() && self.bar.position() == 0 {
                    self.bar.set_style(style("{prefix} {spinner} {binary_bytes} · {binary_bytes_per_sec} {msg}"));
                }
                self.bar.set_position(progress.written);
            }
            Step::Waits(pause) => {
                let wait = text::duration(Duration::from_millis((pause.wait.as_millis() / 100 * 100) as u64));
                self.bar.set_message(format!("{}: try {} in {wait}", pause.reason, pause.attempt));
            }
            Step::StartsOver(why) => {
                self.bar.set_position(0);
                self.bar.set_message(format!("starts over: {}", text::safe(why)));
            }
        }
    }

    /// Ends the bar.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn shown(name: &str) -> String {
    text::cut_end(&text::safe(name), 30).into_owned()
}
