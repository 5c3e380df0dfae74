//! Taking results. One whose work is not expected any more is dropped.

use std::sync::Arc;

use super::App;
use super::effect::Effect;
use super::load::TaskId;
use super::msg::Msg;
use super::notice::Notice;
use super::popup::{Confirm, ConfirmedAction, Popup};
use super::reply::Shown;
use crate::domain::download::SavedFile;
use crate::domain::failure::{Failure, FailureCode, FailureKind};
use crate::text;

impl App {
    /// Takes the result of work.
    pub(super) fn result(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::ConnectorsLoaded { task, result } => {
                let failure = result.as_ref().err().cloned();
                if !self.connectors.loaded(task, result) {
                    return Vec::new();
                }
                match failure {
                    Some(failure) => {
                        self.fail(&failure);
                        // The one thing that helps then is to choose an organization.
                        return if failure.code == Some(FailureCode::OrganizationNotChosen) {
                            self.open_workspaces()
                        } else {
                            Vec::new()
                        };
                    }
                    None => {
                        let mut effects = self.fill_in();
                        if let Some(connector_id) = self
                            .connectors
                            .all()
                            .first()
                            .map(|connector| connector.id.clone())
                        {
                            let task = self.next_task();
                            self.badges.start(task);
                            effects.push(Effect::LoadBadges { task, connector_id });
                        }
                        return effects;
                    }
                }
            }
            Msg::BadgesLoaded {
                task,
                badges,
                organization,
            } => {
                if self.badges.finish(task, Ok(())) {
                    self.connectors.badge(&badges);
                    self.organization = organization.or(self.organization.take());
                }
            }
            Msg::Described { task, result } => match result {
                Ok(operations) => {
                    if self.form.described.finish(task, Ok(())) {
                        self.form.described(operations);
                    }
                }
                Err(failure) => {
                    let summary = failure.summary.clone();
                    // The catalog serves where the service does not tell; only both missing matters.
                    if self.form.described.finish(task, Err(failure))
                        && self.form.operations.is_empty()
                    {
                        self.notice = Some(Notice::warning(format!(
                            "{summary}. Type entity and action yourself"
                        )));
                    }
                }
            },
            Msg::Inspected { task, result } => {
                if self.form.inspection.finish(task, result) {
                    self.refresh_details();
                }
            }
            Msg::WorkspacesLoaded { task, result } => {
                let failure = result.as_ref().err().cloned();
                if self.places.finish(task, result) {
                    match failure {
                        Some(failure) => {
                            self.fail(&failure);
                            self.popups.retain(|popup| !matches!(popup, Popup::Picker(picker) if picker.title == super::lists::WORKSPACES));
                        }
                        None => self.refresh_workspaces(),
                    }
                }
            }
            Msg::CallPaused { task, pause } => {
                if self.reply.load.task() == Some(task)
                    && let Some(waiting) = &mut self.reply.waiting
                {
                    waiting.pause = Some(pause);
                }
            }
            Msg::Progressed { task, progress } => {
                if self.reply.load.task() == Some(task)
                    && let Some(waiting) = &mut self.reply.waiting
                {
                    waiting.pause = None;
                    waiting.progress = Some(progress);
                }
            }
            Msg::Grown {
                task,
                envelope,
                reply,
                expected,
                fresh,
            } => return self.grown(task, *envelope, reply, expected, fresh),
            Msg::CallFinished { task, result } => {
                if self.reply.load.task() != Some(task) {
                    return Vec::new();
                }
                self.popups.retain(|popup| !popup.asks_to_read_on());
                match result {
                    Ok(answered) => {
                        self.reply.load.finish(task, Ok(()));
                        return if self.setup.file.is_some() {
                            self.file_read(*answered)
                        } else {
                            self.answered(*answered)
                        };
                    }
                    Err(failure) => {
                        self.reply.load.finish(task, Err(failure.clone()));
                        return self.call_failed(&failure);
                    }
                }
            }
            Msg::ReplyIsLarge { task, bytes } => self.ask_to_read_on(task, bytes),
            Msg::CallSent { task } => {
                let waiting = self
                    .reply
                    .waiting
                    .as_ref()
                    .filter(|_| self.reply.load.task() == Some(task));
                let connector_id = waiting.map(|waiting| waiting.call.connector_id.clone());
                self.count_call(connector_id.as_deref());
            }
            Msg::ProfilesLoaded {
                definition_id,
                profiles,
            } => {
                for (entity, action, remembered) in profiles {
                    // What was learned meanwhile is newer.
                    self.remembered
                        .entry((definition_id.clone(), entity, action))
                        .or_insert(remembered);
                }
            }
            // What could not be written down stands in the log.
            Msg::ProfileSaved => {}
            Msg::PageSpilled { serial, result } => self.page_spilled(serial, result),
            Msg::SpilledLoaded { serial, result } => self.spilled_loaded(serial, result),
            Msg::Exported { task, result } => {
                let written = result.as_ref().ok().cloned();
                let failure = result.as_ref().err().cloned();
                if self.exporting.finish(task, result.map(|_| ())) {
                    if let Some(failure) = failure {
                        self.fail(&failure);
                    }
                    if let Some(written) = written {
                        let path = text::safe(&written.path.display().to_string()).into_owned();
                        let words = format!(
                            "Exported {} to `{path}`",
                            text::plural(written.count, "record")
                        );
                        self.notice = Some(with_forbidden(
                            words,
                            written.forbidden,
                            "went out repaired",
                        ));
                    }
                }
            }
            Msg::Stepped { task, step } => return self.stepped(task, step),
            Msg::UnfinishedLoaded { task, result } => self.unfinished_loaded(task, result),
            Msg::StatusRecorded { result } => {
                if let Err(failure) = result {
                    self.fail(&failure);
                }
            }
            Msg::AttachmentsFound { task, found } => return self.attachments_found(task, found),
            Msg::Opened { result } => match result {
                Ok(what) => {
                    self.notice = Some(Notice::done(format!("Opened `{}`", text::safe(&what))))
                }
                Err(failure) => self.fail(&failure),
            },
            Msg::Downloaded { task, result } => return self.downloaded(task, result),
            Msg::Saved { task, result } => {
                let Some((_, to, body)) = self.saving.take_if(|(own, ..)| *own == task) else {
                    return Vec::new();
                };
                match result {
                    Ok(written) => {
                        let path = text::safe(&written.path.display().to_string()).into_owned();
                        let words = format!("Saved {} to `{path}`", text::bytes(written.count));
                        self.notice = Some(with_forbidden(
                            words,
                            written.forbidden,
                            "stayed as they came",
                        ));
                    }
                    Err(failure)
                        if failure.kind == FailureKind::File
                            && failure.code == Some(FailureCode::FileExists) =>
                    {
                        let question = format!(
                            "`{}` is there already. Replace it?",
                            text::safe(&to.display().to_string())
                        );
                        self.popups.push(Popup::Confirm(Confirm {
                            question,
                            body: String::new(),
                            deed: ConfirmedAction::Overwrite(to, body),
                        }));
                    }
                    Err(failure) => self.fail(&failure),
                }
            }
            Msg::Copied { what, result } => match result {
                Ok(way) => self.notice = Some(Notice::done(format!("Copied {what}: {way}"))),
                Err(failure) => self.fail(&failure),
            },
            Msg::CameBack { result } => match result {
                Ok(program) => {
                    self.notice = Some(Notice::info(format!(
                        "Back from `{}`; changes made there are not kept",
                        text::safe(&program)
                    )));
                }
                Err(failure) => self.fail(&failure),
            },
            Msg::FieldsCounted { task, fields } => self.fields_counted(task, fields),
            Msg::Filtered { task, result } => return self.filtered(task, result),
            Msg::Sorted {
                task,
                serial,
                root,
                records,
            } => {
                let Some(page) = self.reply.by_serial(serial) else {
                    return Vec::new();
                };
                if page.table.sorting.finish(task, Ok(()))
                    && let Some((path, descending)) = page.table.wanted.take()
                {
                    let direction = if descending { "down" } else { "up" };
                    self.notice = Some(Notice::info(format!(
                        "Sorted by `{}`, {direction}",
                        text::safe(&path)
                    )));
                    page.table.order = Some(super::table::Order {
                        path,
                        descending,
                        records,
                        root,
                    });
                }
            }
            Msg::Found { task, batch, over } => self.found(task, Arc::unwrap_or_clone(batch), over),
            Msg::Key(_) | Msg::Mouse(_) | Msg::Pasted(_) | Msg::Resized | Msg::Tick(_) => {}
        }
        Vec::new()
    }

    /// Takes what came of a download: of the queue, or of the request.
    fn downloaded(&mut self, task: TaskId, result: Result<SavedFile, Failure>) -> Vec<Effect> {
        if self.reply.load.task() != Some(task) {
            return self.queue_ended(task, result).unwrap_or_default();
        }
        self.reply.waiting = None;
        match result {
            Ok(file) => {
                self.reply.load.finish(task, Ok(()));
                self.notice = Some(super::downloads::saved_words(&file));
                self.reply.shown = Shown::File(file);
            }
            Err(failure) => {
                self.fail(&failure);
                self.reply.load.finish(task, Err(failure));
            }
        }
        Vec::new()
    }

    /// Counts a call that went out. Also one that was given up meanwhile is billed, but nobody knows any more whose
    /// it was.
    pub(super) fn count_call(&mut self, connector_id: Option<&str>) {
        let connector =
            connector_id.and_then(|id| self.connectors.all().iter().find(|own| own.id == id));
        let name = connector
            .map_or("no longer known", |connector| connector.name.as_str())
            .to_owned();
        self.calls += 1;
        *self.calls_by_connector.entry(name).or_default() += 1;
    }
}

/// Says how a file was written, and what became of strings that JSON forbids.
fn with_forbidden(words: String, forbidden: u64, what_became: &str) -> Notice {
    match forbidden {
        0 => Notice::done(words),
        count => Notice::warning(format!(
            "{words}; {} that JSON forbids {what_became}",
            text::plural(count, "string")
        )),
    }
}
