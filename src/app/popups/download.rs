//! Where files are downloaded to, and as what.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::dialog::{Answered, Dialog, DialogState, Row};
use super::{Hint, Panes};
use crate::app::context::Context;
use crate::app::reply::save::harmless_name;
use crate::app::requests::{
    DownloadsRequest, FormRequest, Prefill, ReplyRequest, Request, SelectedRow, SpentMarks,
};
use crate::app::session::Session;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::notice::Notice;
use crate::attachments::{Attachment, DownloadOption};
use crate::domain::download::{MANIFEST, NamePattern, Wanted};
use crate::text;

/// A row of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// How the file is downloaded.
    Option,
    /// The file's name.
    Name,
    /// The folder.
    Folder,
    /// Where in the folder files of several parents are saved.
    Names,
}

/// Where files are downloaded to.
#[derive(Debug, Clone)]
pub struct DownloadDialog {
    dialog: Dialog<Field>,
    connector_id: String,
    files: Vec<Attachment>,
    marks: SpentMarks,
}

/// What asking for files comes to.
pub enum Asked {
    /// The dialog.
    Dialog(Box<DownloadDialog>),
    /// The file cannot be downloaded at once: this is done instead.
    Instead(Vec<Request>),
    /// This is said instead.
    Said(&'static str),
}

impl DownloadDialog {
    /// Asks where files are downloaded to; a single one that cannot be is dealt with otherwise.
    pub fn open(
        connector_id: String,
        files: Vec<Attachment>,
        marks: SpentMarks,
        session: &Session,
        panes: &Panes<'_>,
    ) -> Option<Asked> {
        match files.as_slice() {
            [] => None,
            [file] => Some(match file.option().cloned() {
                Some(option) => {
                    let dialog = dialog_of_one(file, &option, session);
                    Asked::Dialog(Box::new(DownloadDialog {
                        dialog,
                        connector_id,
                        files,
                        marks,
                    }))
                }
                None => instead_of(file, &connector_id),
            }),
            _ => Some(Asked::Dialog(Box::new(DownloadDialog {
                dialog: dialog_of_many(&connector_id, &files, session, panes),
                connector_id,
                files,
                marks,
            }))),
        }
    }

    fn is_for_many(&self) -> bool {
        self.files.len() > 1
    }

    /// Returns how a file is downloaded: as was chosen, else by the first option that is ready.
    fn option_of<'a>(&self, file: &'a Attachment) -> Option<&'a DownloadOption> {
        let label = self.dialog.value(Field::Option);
        let mut options = file.options.iter();
        let chosen = options.find(|option| !self.is_for_many() && option.label == label);
        chosen.or_else(|| file.option())
    }

    /// Returns where in the folder files are saved: in the folder itself, unless something else was chosen.
    fn names(&self) -> NamePattern {
        let chosen = self.dialog.value(Field::Names);
        let mut all = NamePattern::ALL.into_iter();
        all.find(|pattern| pattern.template() == chosen)
            .unwrap_or_default()
    }

    fn wanted(&self) -> Vec<Wanted> {
        let folder = PathBuf::from(self.dialog.value(Field::Folder));
        let typed = self.dialog.value(Field::Name).to_owned();
        let wanted = self.files.iter().filter_map(|file| {
            let option = self.option_of(file)?;
            let known = file.known_by(option);
            // A name that only repeats the record's gives way to the service's own.
            let is_own = !self.is_for_many() && !typed.is_empty();
            let name = Some(&typed).filter(|name| is_own && Some(*name) != known.name.as_ref());
            Some(Wanted {
                names: self.names(),
                name: name.cloned(),
                manifest: self.is_for_many().then(|| folder.join(MANIFEST)),
                ..file.wanted(option, &self.connector_id, &folder)
            })
        });
        wanted.collect()
    }
}

const FOLDER_ABOUT: &str = "it is created if it does not exist";

fn dialog_of_one(file: &Attachment, option: &DownloadOption, session: &Session) -> Dialog<Field> {
    let ready = file.options.iter().filter(|own| own.missing.is_empty());
    let choices: Vec<_> = ready
        .map(|own| (own.label.clone(), about_option(own)))
        .collect();
    let mut rows = Vec::new();
    if choices.len() > 1 {
        let at = choices.iter().position(|(label, _)| *label == option.label);
        rows.push(Row::choice(Field::Option, "as", at.unwrap_or(0), choices));
    }
    let name = file.known_by(option).name.unwrap_or_default();
    let folder = session.setup.folder.display().to_string();
    rows.push(Row::text(
        Field::Name,
        "name",
        name,
        "empty: as the service calls it",
    ));
    rows.push(Row::text(Field::Folder, "folder", folder, FOLDER_ABOUT));
    Dialog::new("Download this file", facts_of(file, option), rows)
}

fn dialog_of_many(
    connector_id: &str,
    files: &[Attachment],
    session: &Session,
    panes: &Panes<'_>,
) -> Dialog<Field> {
    // A file that several records name is fetched once.
    let mut calls = BTreeSet::new();
    let (mut named, mut stated) = (0, 0_u64);
    for file in files {
        let Some(option) = file.option() else {
            continue;
        };
        named += 1;
        if calls.insert((&option.entity, option.params.to_json())) {
            stated = stated.saturating_add(file.known_by(option).size.unwrap_or_default());
        }
    }
    let ready = calls.len();
    let size = match stated {
        0 => String::new(),
        stated => format!(", {} as far as is stated", text::bytes(stated)),
    };
    let count = text::plural(ready as u64, "file");
    let mut facts = vec![format!("{count}{size}. Each is a call.")];
    if named > ready {
        let times = text::plural((named - ready) as u64, "more time");
        facts.push(format!("They are named {times}: each is fetched once."));
    }
    if named < files.len() {
        let more = text::plural((files.len() - named) as u64, "more");
        facts.push(format!(
            "{more} cannot be fetched: the connector has no download for them."
        ));
    }
    facts.push(
        "manifest.jsonl in the folder records them: with the same folder again, what is there is skipped."
            .to_owned(),
    );
    let folder = session
        .setup
        .folder
        .join(run_folder(connector_id, session, panes));
    let folder = folder.display().to_string();
    let mut rows = vec![Row::text(Field::Folder, "folder", folder, FOLDER_ABOUT)];
    if files.iter().any(|file| file.known.parent.is_some()) {
        let choices = NamePattern::ALL.map(|pattern| {
            let about = match pattern {
                NamePattern::Name => "all in this folder",
                NamePattern::ParentAndName => "in a folder for each parent",
            };
            (pattern.template().to_owned(), about.to_owned())
        });
        rows.push(Row::choice(Field::Names, "names", 0, choices.to_vec()));
    }
    Dialog::new("Download these files", facts, rows)
}

/// Returns the name of the folder of a run, for example `zendesk-support-tickets-2026-05-01`.
fn run_folder(connector_id: &str, session: &Session, panes: &Panes<'_>) -> String {
    let connector = session.connector(connector_id);
    let kind = connector.map_or("", |connector| {
        connector.slug.as_deref().unwrap_or(&connector.name)
    });
    let page = panes.reply.pages.first();
    let call = page.and_then(|page| page.call());
    let entity = call.map_or("", |call| call.entity.as_str());
    let day = page.and_then(|page| page.reply.received_at.split(' ').next());
    harmless_name(&format!("{kind}-{entity}-{}", day.unwrap_or_default()))
}

/// Returns what is done with a file that cannot be downloaded at once.
fn instead_of(file: &Attachment, connector_id: &str) -> Asked {
    let Some(option) = file.options.first() else {
        return Asked::Said(match &file.url {
            Some(_) => {
                "The connector cannot download this: o opens its address with the system's program"
            }
            None => "The connector cannot download this",
        });
    };
    let missing = option.missing.join(", ");
    let notice = Notice::info(format!(
        "Fill in {}, then F5 downloads",
        text::safe(&missing)
    ));
    Asked::Instead(vec![
        Request::CloseAll,
        Request::Focus(Pane::Request),
        Request::Form(FormRequest::Fill(Box::new(Prefill {
            connector_id: connector_id.to_owned(),
            entity: option.entity.clone(),
            action: "download".to_owned(),
            params: option.params.clone(),
            typed: None,
            row: SelectedRow::FirstMissing,
            notice: Some(notice),
        }))),
    ])
}

fn facts_of(file: &Attachment, option: &DownloadOption) -> Vec<String> {
    let known = file.known_by(option);
    let parts = [known.content_type.clone(), known.size.map(text::bytes)];
    let about: Vec<String> = parts
        .into_iter()
        .flatten()
        .map(|part| text::safe(&part).into_owned())
        .collect();
    let about = Some(about.join(" · ")).filter(|about| !about.is_empty());
    let path = known.path.as_deref();
    let path = path.map(|path| format!("Named at {}", text::safe(path)));
    let call = option.call("");
    let params = call.params.iter();
    let params = params
        .map(|(name, value)| format!("{} = {}", text::safe(name), text::safe(value.as_str())));
    let params: Vec<String> = params.collect();
    let entity = text::safe(&option.entity);
    let call = format!("Calls `{entity} download` with {}", params.join(", "));
    [about, path, Some(call)].into_iter().flatten().collect()
}

fn about_option(option: &DownloadOption) -> String {
    match option.becomes {
        Some((extension, _)) => format!("a .{extension} file"),
        None => format!("`{} download`", option.entity),
    }
}

impl DialogState for DownloadDialog {
    type Field = Field;

    fn dialog(&self) -> &Dialog<Field> {
        &self.dialog
    }

    fn dialog_mut(&mut self) -> &mut Dialog<Field> {
        &mut self.dialog
    }

    fn answers(&self) -> &'static [Hint] {
        &[("y", "download"), ("n", "no"), ("Enter", "change")]
    }

    fn changed(&mut self, _: &mut Context<'_>) {
        self.dialog.fault = None;
        let [file] = self.files.as_slice() else {
            return;
        };
        let label = self.dialog.value(Field::Option);
        let Some(option) = file.options.iter().find(|own| own.label == label) else {
            return;
        };
        self.dialog.facts = facts_of(file, option);
        // A name that somebody typed stays.
        let names = file.options.iter().map(|own| file.known_by(own).name);
        let names: Vec<String> = names.flatten().collect();
        let name = file.known_by(option).name.unwrap_or_default();
        let mut rows = self.dialog.rows.iter_mut();
        if let Some(row) = rows.find(|row| row.field == Field::Name)
            && names.contains(&row.value)
        {
            row.value = name;
        }
    }

    fn answer(&mut self, key: char, context: &mut Context<'_>, _: &Panes<'_>) -> Answered {
        if key != 'y' {
            return Answered::No;
        }
        if self.dialog.value(Field::Folder).is_empty() {
            self.dialog.fault = Some("folder expects a name".to_owned());
            return Answered::Yes;
        }
        // Marks are taken away with what they were for. The list stays, for the next file.
        context.request(Request::CloseDownload);
        match std::mem::replace(&mut self.marks, SpentMarks::None) {
            SpentMarks::None => {}
            SpentMarks::Of(files) => context.request(Request::Reply(ReplyRequest::Unmark(files))),
            SpentMarks::All => context.request(Request::Reply(ReplyRequest::UnmarkAll)),
        }
        let wanted = self.wanted();
        context.request(Request::Downloads(DownloadsRequest::Enqueue(wanted)));
        Answered::Yes
    }
}
