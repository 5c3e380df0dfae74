//! Saving a body as it was received.

use std::path::{Path, PathBuf};

use super::ReplyPane;
use super::page::Page;
use crate::app::context::Context;
use crate::app::effect::{Effect, FileEffect};
use crate::app::ids::{PageId, TaskId};
use crate::app::msg::Written;
use crate::app::requests::{Confirm, ConfirmedAction, PopupRequest};
use crate::app::session::Session;
use crate::app::widgets::notice::Notice;
use crate::domain::download::OnConflict;
use crate::domain::failure::{Failure, FailureCode};
use crate::json::body::Body;
use crate::text;

/// The save that runs.
#[derive(Debug, Clone)]
pub struct Saving {
    task: TaskId,
    page: Option<PageId>,
    to: PathBuf,
    body: Body,
}

/// Returns a name without characters that a shell or a file system takes for something else.
pub fn harmless_name(name: &str) -> String {
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() || "-_.".contains(character) {
            character
        } else {
            '_'
        }
    };
    let name = name.trim_start_matches(['.', '-']);
    name.chars().map(plain).collect()
}

/// What becomes of strings that hold what JSON forbids, when they are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Became {
    /// They are as they were received.
    Kept,
    /// They are valid.
    Repaired,
}

/// Returns the notice of a written file, with how many strings hold what JSON forbids, and what became of them.
pub(super) fn written_notice(words: String, forbidden: u64, became: Became) -> Notice {
    let became = match (forbidden, became) {
        (0, _) => return Notice::done(words),
        (1, Became::Kept) => "stayed as it was received",
        (_, Became::Kept) => "stayed as they were received",
        (1, Became::Repaired) => "was written repaired",
        (_, Became::Repaired) => "were written repaired",
    };
    Notice::warning(format!(
        "{words}; {} that JSON forbids {became}",
        text::plural(forbidden, "string")
    ))
}

impl ReplyPane {
    /// Returns the name under which the body is saved unless another is given.
    pub fn default_name(&self, session: &Session) -> String {
        let name = self.name_of_reply(session);
        if self.filtered().is_some() {
            let base = name.strip_suffix(self.ending()).unwrap_or(&name);
            return format!("{base}-filtered.json");
        }
        name
    }

    fn name_of_reply(&self, session: &Session) -> String {
        if let Some(file) = &session.setup.file {
            let stem = Path::new(&file.name).file_stem();
            let stem = stem.map(|stem| stem.to_string_lossy()).unwrap_or_default();
            return harmless_name(&format!("{stem}.json"));
        }
        let page = self.pages.get(self.current);
        let Some((page, call)) = page.and_then(|page| Some((page, page.call()?))) else {
            return "reply.json".to_owned();
        };
        // The reply's own connector: the form may show another by now.
        let connector = session.connector(&call.connector_id);
        let kind = connector.map_or("reply", |connector| {
            connector.slug.as_deref().unwrap_or(&connector.name)
        });
        let date = page.reply.received_at.split(' ').next().unwrap_or_default();
        harmless_name(&format!(
            "{kind}-{}-{}-{date}{}",
            call.entity,
            call.action,
            self.ending()
        ))
    }

    /// Returns the ending of a reply's name: the body of a run over many records has a value a line.
    fn ending(&self) -> &'static str {
        match &self.each {
            Some(_) => ".ndjson",
            None => ".json",
        }
    }

    /// Saves the body under its own name; a name that is taken gets a number.
    pub(super) fn save(&mut self, context: &mut Context<'_>) {
        let name = self.default_name(context.session);
        let to = context.session.setup.folder.join(name);
        self.save_page(to, OnConflict::KeepBoth, context);
    }

    /// Saves the body under a name that must not be taken.
    pub(super) fn save_as(&mut self, to: PathBuf, context: &mut Context<'_>) {
        self.save_page(to, OnConflict::Refuse, context);
    }

    fn save_page(&mut self, to: PathBuf, on_conflict: OnConflict, context: &mut Context<'_>) {
        let page = self.page().map(|page| page.id);
        if let Some(envelope) = self.page().and_then(Page::envelope) {
            let body = envelope.document.body();
            self.save_body(page, body, to, on_conflict, context);
        }
    }

    /// Saves a body over a file, after a yes.
    pub(super) fn overwrite(&mut self, to: PathBuf, body: Body, context: &mut Context<'_>) {
        // Another page may be shown by now.
        self.save_body(None, body, to, OnConflict::Replace, context);
    }

    fn save_body(
        &mut self,
        page: Option<PageId>,
        body: Body,
        to: PathBuf,
        on_conflict: OnConflict,
        context: &mut Context<'_>,
    ) {
        let task = context.next_task();
        self.saving = Some(Saving {
            task,
            page,
            to: to.clone(),
            body: body.clone(),
        });
        context.effect(Effect::File(FileEffect::Save {
            task,
            body,
            to,
            on_conflict,
        }));
    }

    /// Takes the end of a save. Where the name is taken it is asked whether the file is replaced.
    pub fn saved(
        &mut self,
        task: TaskId,
        result: Result<Written, Failure>,
        context: &mut Context<'_>,
    ) {
        let Some(saving) = self.saving.take_if(|saving| saving.task == task) else {
            return;
        };
        match result {
            Ok(written) => {
                self.kept.extend(saving.page);
                let path = written.path.display().to_string();
                let size = text::bytes(written.count);
                let words = format!("Saved {size} to `{}`", text::safe(&path));
                context.notify(written_notice(words, written.forbidden, Became::Kept));
            }
            Err(failure) if failure.code == Some(FailureCode::FileExists) => {
                let path = saving.to.display().to_string();
                let question = format!("`{}` is there already. Replace it?", text::safe(&path));
                context.open(PopupRequest::Confirm(Confirm {
                    question,
                    body: String::new(),
                    action: ConfirmedAction::Overwrite(saving.to, saving.body),
                }));
            }
            Err(failure) => context.fail(&failure),
        }
    }
}
