//! Effects of downloads: fetching files and recording their status in manifests.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::throttle::Throttle;
use super::{PROGRESS_INTERVAL, Worker};
use crate::app::downloads::ManifestStatus;
use crate::app::load::TaskId;
use crate::app::msg::Msg;
use crate::domain::download::{DownloadEvent, Wanted};
use crate::download::{Outcome, unfinished};

impl Worker {
    pub(super) fn fetch(&mut self, task: TaskId, wanted: Box<Wanted>) {
        let (downloader, client) = (Arc::clone(&self.downloader), Arc::clone(&self.client));
        let (reporter, throttle) = (self.tasks.reporter(), Throttle::new(PROGRESS_INTERVAL));
        let on_event = move |step| {
            let is_progress = matches!(step, DownloadEvent::Received(_));
            if !is_progress || throttle.is_due(Instant::now()) {
                reporter.report(Msg::Stepped { task, step });
            }
        };
        let work = async move { downloader.fetch(&client, &wanted, &on_event).await };
        self.tasks
            .start(task, work, move |result| Msg::Downloaded { task, result });
    }

    /// Records the status of files in their manifests, after what was recorded before.
    pub(super) fn record_status(&mut self, wanted: Vec<Wanted>, status: ManifestStatus) {
        let downloader = Arc::clone(&self.downloader);
        let outcome = match status {
            ManifestStatus::Waits => Outcome::Waiting,
            ManifestStatus::Cancelled => Outcome::Cancelled,
        };
        let work = move || downloader.record(&wanted, outcome);
        self.tasks
            .start_in_order(work, |result| Msg::StatusRecorded { result });
    }

    /// Lists the downloads that earlier runs have left unfinished in a folder.
    pub(super) fn load_unfinished(&mut self, task: TaskId, folder: PathBuf) {
        let work = move |_: &_| unfinished(&folder);
        self.tasks
            .start_blocking(task, work, move |result| Msg::UnfinishedLoaded {
                task,
                result,
            });
    }
}
