//! Effects of downloads: fetching files, their records, and the system's program that opens them.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Instant;

use super::outside::without_secrets;
use super::worker::{PROGRESS, Sent, Worker, blocking};
use crate::app::downloads::ManifestStatus;
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::domain::download::{DownloadEvent, Wanted};
use crate::domain::failure::{Failure, FailureKind};
use crate::download::{Outcome, unfinished};
use crate::text;

impl Worker {
    /// Starts work on downloads.
    pub(super) fn transfer(&mut self, effect: Effect) {
        match effect {
            Effect::Fetch { task, wanted } => {
                let (downloader, client, sender) = (
                    Arc::clone(&self.downloader),
                    Arc::clone(&self.client),
                    self.sender.clone(),
                );
                let last = Mutex::new(None::<Instant>);
                let on_event = move |step| {
                    if matches!(step, DownloadEvent::Received(_)) {
                        // Not more often than the eye can follow.
                        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                        if last.is_some_and(|last| last.elapsed() < PROGRESS) {
                            return;
                        }
                        *last = Some(Instant::now());
                    }
                    // The one silent case: the loop has ended.
                    let _ = sender.send(Sent::Progress(Msg::Stepped { task, step }));
                };
                let work = async move { downloader.fetch(&client, &wanted, &on_event).await };
                self.spawn(task, work, move |result| Msg::Downloaded { task, result });
            }
            Effect::RecordStatus { wanted, fate } => self.record(wanted, fate),
            Effect::LoadUnfinished { task, folder } => {
                let work = async move { blocking(move || unfinished(&folder)).await? };
                self.spawn(task, work, move |result| Msg::UnfinishedLoaded {
                    task,
                    result,
                });
            }
            Effect::Open(target) => {
                let opener = self.setup.opener.clone();
                self.run_blocking(
                    move || open(opener.as_deref(), &target),
                    |result| Msg::Opened { result },
                );
            }
            // The others are the worker's own.
            _ => {}
        }
    }

    /// Writes down what becomes of files.
    fn record(&mut self, wanted: Vec<Wanted>, fate: ManifestStatus) {
        let downloader = Arc::clone(&self.downloader);
        let outcome = match fate {
            ManifestStatus::Waits => Outcome::Waiting,
            ManifestStatus::Cancelled => Outcome::Cancelled,
        };
        let sender = self.sender.clone();
        self.activity.begin();
        let work = Box::new(move || {
            let result = downloader.record(&wanted, outcome);
            // The one silent case: the loop has ended.
            let _ = sender.send(Sent::Last(None, Msg::StatusRecorded { result }));
        });
        self.manifest_writer.get_or_insert_default().take(work);
    }
}

/// Writes things down one after the other, in a thread of its own: what was said last must stand last.
#[derive(Default)]
pub(super) struct ManifestWriter {
    open: Option<(mpsc::Sender<Work>, JoinHandle<()>)>,
}

type Work = Box<dyn FnOnce() + Send>;

impl ManifestWriter {
    fn take(&mut self, work: Work) {
        let (sender, _) = self.open.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel::<Work>();
            (
                sender,
                std::thread::spawn(move || receiver.into_iter().for_each(|work| work())),
            )
        });
        // The thread ends only with the channel.
        let _ = sender.send(work);
    }
}

impl Drop for ManifestWriter {
    /// Waits until all is written: it is short, and the next run counts on it.
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.open.take() {
            drop(sender);
            // A panic there has been told by the panic itself.
            let _ = thread.join();
        }
    }
}

/// Hands a file or an address to the system's program, which goes on by itself. Returns what was opened.
fn open(opener: Option<&Path>, target: &str) -> Result<String, Failure> {
    let mut child = begin(opener, target)?;
    // It is waited for so that nothing of it is left; how it ends is its own business.
    std::thread::spawn(move || child.wait());
    Ok(target.to_owned())
}

fn begin(opener: Option<&Path>, target: &str) -> Result<Child, Failure> {
    let usual = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let program = opener.unwrap_or(Path::new(usual));
    // A name that begins with a dash would be taken for an option.
    let word = if target.starts_with('-') {
        format!("./{target}")
    } else {
        target.to_owned()
    };
    let mut command = Command::new(program);
    command
        .arg(word)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    without_secrets(&mut command);
    command.spawn().map_err(|error| {
        let (shown, program) = (text::safe(target), program.display().to_string());
        Failure::new(
            FailureKind::File,
            format!(
                "Could not open `{shown}` with `{}`: {error}",
                text::safe(&program)
            ),
        )
        .hint("y copies it, to be opened elsewhere.")
    })
}

#[cfg(test)]
mod tests {
    use super::{begin, open};
    use std::path::Path;

    #[test]
    fn what_is_opened_is_one_word_and_no_option() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a b; touch c");
        assert!(
            begin(Some(Path::new("touch")), target.to_str().unwrap())
                .unwrap()
                .wait()
                .unwrap()
                .success()
        );
        assert!(target.exists() && std::fs::read_dir(folder.path()).unwrap().count() == 1);
        assert!(
            !begin(Some(Path::new("cat")), "--version")
                .unwrap()
                .wait()
                .unwrap()
                .success()
        );
        let failure = open(Some(Path::new("/no/such/program")), "https://x.example/").unwrap_err();
        assert!(
            failure
                .summary
                .starts_with("Could not open `https://x.example/` with `/no/such/program`"),
            "{}",
            failure.summary
        );
    }
}
