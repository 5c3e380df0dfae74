//! The downloads: a queue of files, which run, and what is said of them.

use std::collections::HashMap;

use super::context::Context;
use super::effect::{DownloadEffect, Effect, ManifestStatus};
use super::ids::TaskId;
use super::requests::{Confirm, ConfirmedAction, DownloadsRequest, PopupRequest, Request};
use super::widgets::load::Load;
use super::widgets::notice::{Notice, Tone};
use crate::domain::download::queue::{Item, ItemId, Queue};
use crate::domain::download::{DownloadEvent, SavedFile, Wanted};
use crate::domain::failure::{Failure, FailureCode};
use crate::text;

/// The downloads.
#[derive(Debug, Clone, Default)]
pub struct Downloads {
    /// The files in the order in which they were added.
    pub queue: Queue,
    running: HashMap<TaskId, ItemId>,
    /// The files that earlier runs left unfinished, until they are listed.
    pub unfinished: Load<Vec<Wanted>>,
    /// Whether the list was opened, so that they stand in it.
    is_listed: bool,
}

impl Downloads {
    /// Returns the file that a task downloads.
    pub fn item(&self, task: TaskId) -> Option<&Item> {
        self.running.get(&task).and_then(|id| self.queue.item(*id))
    }

    /// Changes the downloads as another part of the state asks.
    pub fn handle(&mut self, request: DownloadsRequest, context: &mut Context<'_>) {
        match request {
            DownloadsRequest::Enqueue(wanted) => self.enqueue(wanted, context),
            DownloadsRequest::PauseOrContinue => self.pause_or_continue(context),
            DownloadsRequest::Cancel(id) => self.cancel(id, context),
            DownloadsRequest::RetryFailed => self.retry_failed(context),
            DownloadsRequest::LoadUnfinished => self.list_unfinished(context),
            DownloadsRequest::AddEnded(wanted, result) => self.queue.add_ended(*wanted, *result),
        }
    }

    fn enqueue(&mut self, wanted: Vec<Wanted>, context: &mut Context<'_>) {
        let recorded: Vec<Wanted> = wanted
            .iter()
            .filter(|wanted| wanted.manifest.is_some())
            .cloned()
            .collect();
        let added = self.queue.add(wanted);
        self.queue.go_on();
        context.info(match added.as_slice() {
            [] => "That is in the queue already: w shows it".to_owned(),
            [id] => {
                let name = self.queue.item(*id).map(Item::name);
                let name = name.unwrap_or_default();
                format!("Downloading `{}`: w shows it", text::safe(&name))
            }
            several => format!(
                "{} in the queue: w shows it",
                text::plural(several.len() as u64, "file")
            ),
        });
        if !recorded.is_empty() {
            context.effect(Effect::Download(DownloadEffect::RecordStatus {
                wanted: recorded,
                status: ManifestStatus::Waits,
            }));
        }
        self.start(context);
    }

    /// Starts as many as may run at once.
    fn start(&mut self, context: &mut Context<'_>) {
        for (id, wanted) in self.queue.start() {
            let task = context.next_task();
            self.running.insert(task, id);
            context.effect(Effect::Download(DownloadEffect::Fetch {
                task,
                wanted: Box::new(wanted),
            }));
        }
    }

    /// Takes a step of a download. Returns whether it is one of the queue.
    pub fn event(
        &mut self,
        task: TaskId,
        event: &DownloadEvent,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(id) = self.running.get(&task).copied() else {
            return false;
        };
        self.queue.step(id, event.clone());
        self.start(context);
        true
    }

    /// Takes the end of a download of the queue.
    pub fn finished(
        &mut self,
        task: TaskId,
        result: Result<SavedFile, Failure>,
        context: &mut Context<'_>,
    ) {
        let Some(id) = self.running.remove(&task) else {
            return;
        };
        let said = match &result {
            Ok(file) => Notice::saved(file),
            Err(failure) => {
                context.keep_failure(failure);
                Notice::failure(failure)
            }
        };
        let is_spent =
            matches!(&result, Err(failure) if failure.code == Some(FailureCode::CallLimit));
        self.queue.ended(id, result);
        self.start(context);
        // Those that run have calls already: it is asked once, when no more can begin.
        if is_spent && self.queue.is_idle() {
            let most = context.session.setup.max_calls.unwrap_or_default();
            let retry = Request::Downloads(DownloadsRequest::RetryFailed);
            let question = Confirm::more_calls(most, retry);
            context.open(PopupRequest::Confirm(question));
        }
        let counts = self.queue.counts();
        // A single file has its own notice, several have one at the end; every failure is said.
        if self.queue.items().len() == 1 || said.tone == Tone::Error {
            context.notify(said);
        } else if self.queue.is_idle() {
            let done = text::plural(counts.done as u64, "file");
            let size = text::bytes(counts.bytes);
            context.notify(match counts.failed {
                0 => Notice::done(format!("{done} downloaded, {size}")),
                failed => Notice::warning(format!(
                    "{done} downloaded, {size}, {failed} failed: w shows why"
                )),
            });
        }
    }

    /// Looks for what earlier runs left unfinished, to announce it.
    pub fn look_for_unfinished(&mut self, context: &mut Context<'_>) {
        let task = context.start(&mut self.unfinished);
        let folder = context.session.setup.folder.clone();
        context.effect(Effect::Download(DownloadEffect::LoadUnfinished {
            task,
            folder,
        }));
    }

    fn list_unfinished(&mut self, context: &mut Context<'_>) {
        let was_listed = std::mem::replace(&mut self.is_listed, true);
        if self.unfinished == Load::Idle {
            self.look_for_unfinished(context);
        } else if !was_listed {
            self.add_unfinished(context);
        }
    }

    /// Takes what earlier runs left unfinished. It is announced until the list is opened, so that a new download does
    /// not continue it, too.
    pub fn unfinished_loaded(
        &mut self,
        task: TaskId,
        result: Result<Vec<Wanted>, Failure>,
        context: &mut Context<'_>,
    ) {
        if !self.unfinished.finish(task, result) {
            return;
        }
        let count = self.unfinished.value().map_or(0, Vec::len);
        if self.is_listed {
            self.add_unfinished(context);
        } else if count > 0 {
            context.info(format!(
                "{} left unfinished by an earlier run: w shows what",
                text::plural(count as u64, "download")
            ));
        }
    }

    /// Adds what was left unfinished to the list. It waits until the user continues it.
    fn add_unfinished(&mut self, context: &mut Context<'_>) {
        let wanted = self.unfinished.value_mut().map(std::mem::take);
        let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
            return;
        };
        let was_idle = self.queue.is_idle();
        let added = self.queue.add_left(wanted);
        if added > 0 && was_idle {
            self.queue.pause();
            context.info(format!(
                "{} left unfinished before: Space continues",
                text::plural(added as u64, "file")
            ));
        }
    }

    fn pause_or_continue(&mut self, context: &mut Context<'_>) {
        if self.queue.is_paused() {
            self.queue.go_on();
            context.info("Continued");
            return self.start(context);
        }
        if self.queue.is_idle() {
            return context.info("Nothing runs and nothing waits");
        }
        for id in self.queue.pause() {
            self.end_task(id, context);
        }
        context.info("Paused: what was received is kept, Space continues");
    }

    fn retry_failed(&mut self, context: &mut Context<'_>) {
        match self.queue.retry_failed() {
            0 => return context.info("Nothing has failed"),
            failed => context.info(format!("{} once more", text::plural(failed as u64, "file"))),
        }
        self.queue.go_on();
        self.start(context);
    }

    fn cancel(&mut self, id: ItemId, context: &mut Context<'_>) {
        if self.queue.cancel(id).is_none() {
            return context.info("This download has ended already");
        }
        self.end_task(id, context);
        let wanted = self.queue.item(id).map(|item| item.wanted.clone());
        if let Some(wanted) = wanted.filter(|wanted| wanted.manifest.is_some()) {
            context.effect(Effect::Download(DownloadEffect::RecordStatus {
                wanted: vec![wanted],
                status: ManifestStatus::Cancelled,
            }));
        }
        context.info("Cancelled: what was received is kept, the same download resumes there");
        self.start(context);
    }

    fn end_task(&mut self, id: ItemId, context: &mut Context<'_>) {
        let running = self.running.iter().find(|(_, own)| **own == id);
        if let Some(task) = running.map(|(task, _)| *task) {
            self.running.remove(&task);
            context.effect(Effect::Cancel(task));
        }
    }

    /// Returns what is asked before the program quits; nothing if no download runs or waits to run.
    pub fn question_to_quit(&self) -> Option<PopupRequest> {
        let counts = self.queue.counts();
        if counts.running == 0 && (counts.waiting == 0 || self.queue.is_paused()) {
            return None;
        }
        let running = text::plural(counts.running as u64, "download");
        let question = match counts.waiting {
            0 => format!("{running} running. Quit all the same?"),
            waiting => format!("{running} running, {waiting} waiting. Quit all the same?"),
        };
        let has_manifest = |item: &Item| item.wanted.manifest.is_some();
        let body = if self.queue.items().iter().any(has_manifest) {
            "What was received is kept. The queue can continue next time: w shows it, Space continues."
        } else {
            "What was received is kept: the same download resumes there next time."
        };
        Some(PopupRequest::Confirm(Confirm {
            question,
            body: body.to_owned(),
            action: ConfirmedAction::Quit,
        }))
    }
}

#[cfg(test)]
mod tests;
