//! The queue of downloads: what runs, what comes next, what `w` shows and does.

use std::collections::HashMap;

use crossterm::event::{KeyCode, KeyEvent};

use super::App;
use super::cursor::Cursor;
use super::effect::Effect;
use super::load::{Load, TaskId};
use super::notice::Notice;
use super::popup::{Confirm, ConfirmedAction, Popup};
use crate::domain::download::queue::{Item, ItemId, Queue, State};
use crate::domain::download::{DownloadEvent, SavedFile, Wanted};
use crate::domain::failure::Failure;
use crate::text;

/// What becomes of files in the record of their run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestStatus {
    /// They wait.
    Waits,
    /// They are not wanted any more.
    Cancelled,
}

/// The downloads of this session.
#[derive(Debug, Clone, Default)]
pub struct Downloads {
    /// The queue.
    pub queue: Queue,
    /// The work that fetches a file.
    running: HashMap<TaskId, ItemId>,
    /// What runs before this one left unfinished; asked for once.
    pub left: Load<()>,
}

impl Downloads {
    /// Returns the file that some work fetches.
    fn item(&self, task: TaskId) -> Option<ItemId> {
        self.running.get(&task).copied()
    }

    fn task(&self, id: ItemId) -> Option<TaskId> {
        self.running
            .iter()
            .find(|(_, own)| **own == id)
            .map(|(task, _)| *task)
    }
}

impl App {
    /// Adds files to the queue and begins with them. Those of a run are recorded, so that it can go on later.
    pub(super) fn enqueue(&mut self, wanted: Vec<Wanted>) -> Vec<Effect> {
        let recorded: Vec<Wanted> = wanted
            .iter()
            .filter(|wanted| wanted.manifest.is_some())
            .cloned()
            .collect();
        let asked = wanted.len();
        let added = self.downloads.queue.add(wanted);
        self.downloads.queue.go_on();
        let words = match (added, asked) {
            (0, _) => Notice::info("That is in the queue already: w shows it"),
            (1, _) => {
                let name = self
                    .downloads
                    .queue
                    .items()
                    .last()
                    .map(Item::name)
                    .unwrap_or_default();
                Notice::info(format!("Downloading `{}`: w shows it", text::safe(&name)))
            }
            (added, _) => Notice::info(format!(
                "{} in the queue: w shows it",
                text::plural(added as u64, "file")
            )),
        };
        self.notice = Some(words);
        let mut effects = if recorded.is_empty() {
            Vec::new()
        } else {
            vec![Effect::RecordStatus {
                wanted: recorded,
                fate: ManifestStatus::Waits,
            }]
        };
        effects.extend(self.start_downloads());
        effects
    }

    /// Begins with the files whose turn it is.
    fn start_downloads(&mut self) -> Vec<Effect> {
        let started = self.downloads.queue.start();
        let mut effects = Vec::new();
        for (id, wanted) in started {
            let task = self.next_task();
            self.downloads.running.insert(task, id);
            effects.push(Effect::Fetch {
                task,
                wanted: Box::new(wanted),
            });
        }
        effects
    }

    /// Takes what happens to a file on its way.
    pub(super) fn stepped(&mut self, task: TaskId, step: DownloadEvent) -> Vec<Effect> {
        if step == DownloadEvent::Sent {
            let name = self
                .downloads
                .item(task)
                .and_then(|id| self.downloads.queue.item(id))
                .map(|item| item.wanted.call.connector_id.clone());
            let waiting = self
                .reply
                .waiting
                .as_ref()
                .filter(|_| self.reply.load.task() == Some(task));
            let connector_id =
                name.or_else(|| waiting.map(|waiting| waiting.call.connector_id.clone()));
            self.count_call(connector_id.as_deref());
        }
        if let Some(id) = self.downloads.item(task) {
            self.downloads.queue.step(id, step);
            return self.start_downloads();
        }
        let Some(waiting) = self
            .reply
            .waiting
            .as_mut()
            .filter(|_| self.reply.load.task() == Some(task))
        else {
            return Vec::new();
        };
        match step {
            DownloadEvent::Sent | DownloadEvent::Landed => waiting.pause = None,
            DownloadEvent::Began { have, .. } => (waiting.pause, waiting.have) = (None, have),
            DownloadEvent::Received(progress) => {
                (waiting.pause, waiting.progress) = (None, Some(progress))
            }
            DownloadEvent::Waits(pause) => waiting.pause = Some(pause),
            DownloadEvent::StartsOver(why) => {
                self.notice = Some(Notice::warning(format!(
                    "The download starts over: {}",
                    text::safe(&why)
                )))
            }
        }
        Vec::new()
    }

    /// Takes what came of a file of the queue; `None` if it is none.
    pub(super) fn queue_ended(
        &mut self,
        task: TaskId,
        result: Result<SavedFile, Failure>,
    ) -> Option<Vec<Effect>> {
        let id = self.downloads.running.remove(&task)?;
        let said = match &result {
            Ok(file) => saved_words(file),
            Err(failure) => {
                self.failure = Some(failure.clone());
                Notice::failure(failure)
            }
        };
        self.downloads.queue.ended(id, result);
        let effects = self.start_downloads();
        let counts = self.downloads.queue.counts();
        // One file has its own words, many have theirs at the end; what failed is always said.
        let all = self.downloads.queue.items().len();
        if all == 1 || matches!(said.tone, super::notice::Tone::Error) {
            self.notice = Some(said);
        } else if self.downloads.queue.is_idle() {
            let failed = if counts.failed > 0 {
                format!(", {} failed: w tells", counts.failed)
            } else {
                String::new()
            };
            let words = format!(
                "{} downloaded, {}{failed}",
                text::plural(counts.done as u64, "file"),
                text::bytes(counts.bytes)
            );
            self.notice = Some(if counts.failed > 0 {
                Notice::warning(words)
            } else {
                Notice::done(words)
            });
        }
        Some(effects)
    }

    /// `w`: the queue. What an earlier run left unfinished is looked for once.
    pub(super) fn open_downloads(&mut self) -> Vec<Effect> {
        let running = self
            .downloads
            .queue
            .items()
            .iter()
            .position(|item| matches!(item.state, State::Running(_) | State::Waiting));
        let at = running.unwrap_or(self.downloads.queue.items().len().saturating_sub(1));
        self.popups.push(Popup::Downloads(Cursor {
            at,
            ..Cursor::default()
        }));
        if self.downloads.left != Load::Idle {
            return Vec::new();
        }
        let task = self.next_task();
        self.downloads.left.start(task);
        vec![Effect::LoadUnfinished {
            task,
            folder: self.setup.folder.clone(),
        }]
    }

    /// Takes what an earlier run left unfinished: it waits until one goes on.
    pub(super) fn unfinished_loaded(&mut self, task: TaskId, result: Result<Vec<Wanted>, Failure>) {
        let left = result.clone().unwrap_or_default();
        if !self.downloads.left.finish(task, result.map(|_| ())) || left.is_empty() {
            return;
        }
        let idle = self.downloads.queue.is_idle();
        let added = self.downloads.queue.add_left(left);
        if added > 0 && idle {
            self.downloads.queue.pause();
            self.notice = Some(Notice::info(format!(
                "{} left from before: Space goes on",
                text::plural(added as u64, "file")
            )));
        }
    }

    /// Takes a key while the queue is shown.
    pub(super) fn key_in_downloads(&mut self, event: KeyEvent) -> Vec<Effect> {
        let Some(Popup::Downloads(cursor)) = self.popups.last() else {
            return Vec::new();
        };
        let item = self.downloads.queue.items().get(cursor.at).cloned();
        match (event.code, item) {
            (KeyCode::Char(' '), _) => self.pause_or_go_on(),
            (KeyCode::Char('c'), Some(item)) => self.cancel_download(&item),
            (KeyCode::Char('R'), _) => {
                let failed = self.downloads.queue.retry_failed();
                self.notice = Some(match failed {
                    0 => Notice::info("Nothing has failed"),
                    failed => {
                        Notice::info(format!("{} once more", text::plural(failed as u64, "file")))
                    }
                });
                self.downloads.queue.go_on();
                self.start_downloads()
            }
            (KeyCode::Char('o'), Some(item)) => match &item.state {
                State::Done(file) => vec![Effect::Open(file.path.to_string_lossy().into_owned())],
                State::Waiting | State::Running(_) | State::Failed(_) | State::Cancelled => {
                    self.say("This file is not there yet")
                }
            },
            (KeyCode::Char('y'), Some(item)) => match &item.state {
                State::Done(file) => {
                    vec![Effect::Copy {
                        text: file.path.to_string_lossy().into_owned(),
                        what: "the path of the file".to_owned(),
                    }]
                }
                State::Waiting | State::Running(_) | State::Failed(_) | State::Cancelled => {
                    self.say("This file is not there yet")
                }
            },
            (KeyCode::Char('c' | 'o' | 'y'), None) => self.say("There is no download here"),
            _ => self.move_or_close(event, 'w'),
        }
    }

    fn say(&mut self, words: &'static str) -> Vec<Effect> {
        self.notice = Some(Notice::info(words));
        Vec::new()
    }

    fn pause_or_go_on(&mut self) -> Vec<Effect> {
        if self.downloads.queue.is_paused() {
            self.downloads.queue.go_on();
            self.notice = Some(Notice::info("Going on"));
            return self.start_downloads();
        }
        if self.downloads.queue.is_idle() {
            return self.say("Nothing runs and nothing waits");
        }
        let stopped = self.downloads.queue.pause();
        self.notice = Some(Notice::info("Paused: what came is kept, Space goes on"));
        stopped
            .into_iter()
            .filter_map(|id| self.end_task(id))
            .collect()
    }

    fn end_task(&mut self, id: ItemId) -> Option<Effect> {
        let task = self.downloads.task(id)?;
        self.downloads.running.remove(&task);
        Some(Effect::Cancel(task))
    }

    fn cancel_download(&mut self, item: &Item) -> Vec<Effect> {
        if self.downloads.queue.cancel(item.id).is_none() {
            return self.say("This download has ended already");
        }
        let mut effects: Vec<Effect> = self.end_task(item.id).into_iter().collect();
        if item.wanted.manifest.is_some() {
            effects.push(Effect::RecordStatus {
                wanted: vec![item.wanted.clone()],
                fate: ManifestStatus::Cancelled,
            });
        }
        self.notice = Some(Notice::info(
            "Cancelled: what came is kept, the same download goes on from there",
        ));
        effects.extend(self.start_downloads());
        effects
    }

    /// Asks before the program ends while files are on their way. Returns whether it asked.
    pub(super) fn asks_about_downloads(&mut self) -> bool {
        let counts = self.downloads.queue.counts();
        if counts.running == 0 && (counts.waiting == 0 || self.downloads.queue.is_paused()) {
            return false;
        }
        let question = match counts.waiting {
            0 => format!(
                "{} running. Quit all the same?",
                text::plural(counts.running as u64, "download")
            ),
            waiting => format!(
                "{} running, {waiting} waiting. Quit all the same?",
                text::plural(counts.running as u64, "download")
            ),
        };
        let of_run = self
            .downloads
            .queue
            .items()
            .iter()
            .any(|item| item.wanted.manifest.is_some());
        let body = if of_run {
            "What came is kept. The queue can go on next time: w shows it, Space goes on."
                .to_owned()
        } else {
            "What came is kept: the same download goes on from there next time.".to_owned()
        };
        self.popups.push(Popup::Confirm(Confirm {
            question,
            body,
            deed: ConfirmedAction::Quit,
        }));
        true
    }
}

/// Says that a file was saved, and what is odd about it.
pub(super) fn saved_words(file: &SavedFile) -> Notice {
    let path = text::safe(&file.path.display().to_string()).into_owned();
    if file.was_there {
        return Notice::done(format!("`{path}` is there already, and whole"));
    }
    let words = format!("Saved {} to `{path}`", text::bytes(file.bytes));
    match &file.looks_like {
        Some(looks_like) => Notice::warning(format!(
            "{words}; its content looks like {}",
            text::safe(looks_like)
        )),
        None => Notice::done(words),
    }
}
