//! Effects of downloads: fetching files and recording their status in manifests.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Instant;

use super::{PROGRESS, Sent, Worker, blocking};
use crate::app::downloads::ManifestStatus;
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::domain::download::{DownloadEvent, Wanted};
use crate::download::{Outcome, unfinished};
use crate::runtime::opener::open;

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
