//! Effects of downloads: fetching files and recording their status in manifests.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::throttle::Throttle;
use super::{PROGRESS_INTERVAL, Worker};
use crate::app::effect::{DownloadEffect, ManifestStatus};
use crate::app::ids::TaskId;
use crate::app::msg::{DownloadMsg, Msg};
use crate::domain::download::{DownloadEvent, Wanted};
use crate::download::{Outcome, unfinished};

impl Worker {
    pub(super) fn start_download(&mut self, effect: DownloadEffect) {
        match effect {
            DownloadEffect::Fetch { task, wanted } => self.fetch(task, wanted),
            DownloadEffect::RecordStatus { wanted, status } => self.record_status(wanted, status),
            DownloadEffect::LoadUnfinished { task, folder } => self.load_unfinished(task, folder),
        }
    }

    pub(super) fn fetch(&mut self, task: TaskId, wanted: Box<Wanted>) {
        let (downloader, client) = (Arc::clone(&self.downloader), Arc::clone(&self.client));
        let (reporter, throttle) = (self.tasks.reporter(), Throttle::new(PROGRESS_INTERVAL));
        let on_event = move |step| {
            let is_progress = matches!(step, DownloadEvent::Received(_));
            if !is_progress || throttle.is_due(Instant::now()) {
                reporter.report(Msg::Download(DownloadMsg::Event { task, event: step }));
            }
        };
        let work = async move { downloader.fetch(&client, &wanted, &on_event).await };
        self.tasks.start(task, work, move |result| {
            Msg::Download(DownloadMsg::Finished { task, result })
        });
    }

    /// Records the status of files in their manifests, after what was recorded before.
    pub(super) fn record_status(&mut self, wanted: Vec<Wanted>, status: ManifestStatus) {
        let downloader = Arc::clone(&self.downloader);
        let outcome = match status {
            ManifestStatus::Waits => Outcome::Waiting,
            ManifestStatus::Cancelled => Outcome::Cancelled,
        };
        let work = move || downloader.record(&wanted, outcome);
        self.tasks.start_in_order(work, |result| {
            Msg::Download(DownloadMsg::StatusRecorded { result })
        });
    }

    /// Lists the downloads that earlier runs have left unfinished in a folder.
    pub(super) fn load_unfinished(&mut self, task: TaskId, folder: PathBuf) {
        let work = move |_: &_| unfinished(&folder);
        self.tasks.start_blocking(task, work, move |result| {
            Msg::Download(DownloadMsg::Unfinished { task, result })
        });
    }
}
