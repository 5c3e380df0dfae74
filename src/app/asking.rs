//! Asking before files are downloaded: which call, which name, which folder; and what is asked elsewhere.

use std::path::PathBuf;

use super::App;
use super::dialog::{Dialog, DialogField, DialogKind, DialogRow};
use super::effect::Effect;
use super::notice::Notice;
use super::popup::Popup;
use crate::attachments::{Attachment, DownloadOption};
use crate::domain::download::{MANIFEST, Wanted};
use crate::text;

impl App {
    /// Shows the call of one file, or what many come to, and lets one change where they go.
    pub(super) fn ask_to_download(
        &mut self,
        connector_id: String,
        files: Vec<Attachment>,
    ) -> Vec<Effect> {
        match files.as_slice() {
            [] => Vec::new(),
            [one] => self.ask_for_one(connector_id, one.clone()),
            _ => {
                self.ask_for_many(connector_id, files);
                Vec::new()
            }
        }
    }

    fn ask_for_one(&mut self, connector_id: String, file: Attachment) -> Vec<Effect> {
        let Some(option) = file.option().cloned() else {
            return self.fall_back(&connector_id, &file);
        };
        let known = file.known_by(&option);
        let labels: Vec<(String, String)> = file
            .options
            .iter()
            .filter(|option| option.missing.is_empty())
            .map(|option| (option.label.clone(), about_way(option)))
            .collect();
        let mut rows = Vec::new();
        if labels.len() > 1 {
            let choices: Vec<(&str, &str)> = labels
                .iter()
                .map(|(label, about)| (label.as_str(), about.as_str()))
                .collect();
            rows.push(DialogRow::choice(
                DialogField::DownloadOption,
                "as",
                &option.label,
                &choices,
            ));
        }
        rows.push(DialogRow::text(
            DialogField::File,
            "name",
            known.name.clone().unwrap_or_default(),
            "empty: as the service calls it",
        ));
        rows.push(DialogRow::text(
            DialogField::Folder,
            "folder",
            self.setup.folder.display().to_string(),
            "it is made if it is not there",
        ));
        let facts = facts_of(&file, &option);
        self.chosen = Some((connector_id, vec![file]));
        self.popups.push(Popup::Dialog(Box::new(Dialog::new(
            "Download this file",
            DialogKind::Download,
            facts,
            rows,
        ))));
        Vec::new()
    }

    fn ask_for_many(&mut self, connector_id: String, files: Vec<Attachment>) {
        let ready = files.iter().filter(|file| file.option().is_some()).count();
        let stated: u64 = files
            .iter()
            .filter_map(|file| file.known_by(file.option()?).size)
            .sum();
        let sizes = if stated > 0 {
            format!(", {} as far as is stated", text::bytes(stated))
        } else {
            String::new()
        };
        let mut facts = vec![format!(
            "{}{sizes}. Each is a call.",
            text::plural(ready as u64, "file")
        )];
        if ready < files.len() {
            facts.push(format!(
                "{} cannot be fetched: the connector has no download for them.",
                text::plural((files.len() - ready) as u64, "more")
            ));
        }
        facts.push("manifest.jsonl in the folder records them: with the same folder again, what is there is skipped.".to_owned());
        let folder = self.setup.folder.join(self.run_folder(&connector_id));
        let rows = vec![DialogRow::text(
            DialogField::Folder,
            "folder",
            folder.display().to_string(),
            "it is made if it is not there",
        )];
        self.chosen = Some((connector_id, files));
        self.popups.push(Popup::Dialog(Box::new(Dialog::new(
            "Download these files",
            DialogKind::DownloadMany,
            facts,
            rows,
        ))));
    }

    /// Names the folder of a run: by connector, entity and day, so that the same run goes on in it.
    fn run_folder(&self, connector_id: &str) -> String {
        let connector = self
            .connectors
            .all()
            .iter()
            .find(|own| own.id == connector_id);
        let kind = connector
            .map(|connector| {
                connector
                    .slug
                    .clone()
                    .unwrap_or_else(|| connector.name.clone())
            })
            .unwrap_or_default();
        let page = self.reply.pages.first();
        let entity = page
            .map(|page| page.call.entity.clone())
            .unwrap_or_default();
        let day = page
            .and_then(|page| page.reply.received_at.split(' ').next())
            .unwrap_or_default();
        super::perform::harmless_name(&format!("{kind}-{entity}-{day}"))
    }

    /// What cannot be derived: the form, filled as far as known; or the address, to be opened elsewhere.
    fn fall_back(&mut self, connector_id: &str, file: &Attachment) -> Vec<Effect> {
        let Some(option) = file.options.first() else {
            let words = match &file.url {
                Some(_) => {
                    "The connector cannot download this: o opens its address with the system's program"
                }
                None => "The connector cannot download this",
            };
            self.notice = Some(Notice::info(words));
            return Vec::new();
        };
        let missing = option.missing.join(", ");
        let effects = self.fill_form(connector_id, &option.entity, "download", &option.params);
        self.popups.clear();
        self.focus = super::focus::Pane::Request;
        let row = self
            .form
            .rows
            .iter()
            .position(|row| self.form.is_missing(row));
        self.form.cursor.at = row.unwrap_or(0);
        self.notice = Some(Notice::info(format!(
            "Fill in {}, then F5 downloads",
            text::safe(&missing)
        )));
        effects
    }

    /// Looks at the dialog of a download after the way was changed.
    pub(super) fn way_changed(&mut self) {
        let Some((_, files)) = &self.chosen else {
            return;
        };
        let Some(Popup::Dialog(dialog)) = self.popups.last_mut() else {
            return;
        };
        let (Some(file), label) = (
            files.first(),
            dialog.value(DialogField::DownloadOption).to_owned(),
        ) else {
            return;
        };
        let Some(option) = file.options.iter().find(|option| option.label == label) else {
            return;
        };
        dialog.facts = facts_of(file, option);
        // A name that somebody typed stays.
        let names: Vec<String> = file
            .options
            .iter()
            .filter_map(|option| file.known_by(option).name)
            .collect();
        let name = file.known_by(option).name.unwrap_or_default();
        if let Some(row) = dialog
            .rows
            .iter_mut()
            .find(|row| row.field == DialogField::File && names.contains(&row.value))
        {
            row.value = name;
        }
    }

    /// Takes the dialog of a download: what it names goes to the queue.
    pub(super) fn download_chosen(&mut self) -> Vec<Effect> {
        let Some(Popup::Dialog(dialog)) = self.popups.last_mut() else {
            return Vec::new();
        };
        if dialog.value(DialogField::Folder).is_empty() {
            dialog.fault = Some("folder expects a name".to_owned());
            return Vec::new();
        }
        let folder = PathBuf::from(dialog.value(DialogField::Folder));
        let (label, name) = (
            dialog.value(DialogField::DownloadOption).to_owned(),
            dialog.value(DialogField::File).to_owned(),
        );
        let many = dialog.purpose == DialogKind::DownloadMany;
        let Some((connector_id, files)) = self.chosen.take() else {
            return Vec::new();
        };
        let mut wanted = Vec::new();
        for file in &files {
            let option = file
                .options
                .iter()
                .find(|option| option.label == label)
                .filter(|_| !many)
                .or_else(|| file.option());
            let Some(option) = option else { continue };
            let known = file.known_by(option);
            // A name that only repeats the record's gives way to the service's own.
            let chosen = Some(name.clone())
                .filter(|name| !many && !name.is_empty() && Some(name) != known.name.as_ref());
            let manifest = many.then(|| folder.join(MANIFEST));
            wanted.push(Wanted {
                name: chosen,
                manifest,
                ..file.wanted(option, &connector_id, &folder)
            });
        }
        // The list has done its work; marks are taken away with what they were for.
        self.popups
            .retain(|popup| !matches!(popup, Popup::Dialog(_) | Popup::Attachments(_)));
        if many {
            for page in &mut self.reply.pages {
                page.unmark_all();
            }
        }
        self.enqueue(wanted)
    }
}

/// Says what a file is and by which call it is fetched.
fn facts_of(file: &Attachment, option: &DownloadOption) -> Vec<String> {
    let known = file.known_by(option);
    let parts = [known.content_type.clone(), known.size.map(text::bytes)];
    let about: Vec<String> = parts
        .into_iter()
        .flatten()
        .map(|part| text::safe(&part).into_owned())
        .collect();
    let place = known
        .path
        .as_deref()
        .map(|path| format!("Named at {}", text::safe(path)));
    let call = option.call("");
    let params: Vec<String> = call
        .params
        .iter()
        .map(|(name, value)| format!("{} = {}", text::safe(name), text::safe(value.as_str())))
        .collect();
    let calls = format!(
        "Calls `{} download` with {}",
        text::safe(&option.entity),
        params.join(", ")
    );
    [
        Some(about.join(" · ")).filter(|about| !about.is_empty()),
        place,
        Some(calls),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn about_way(option: &DownloadOption) -> String {
    match option.becomes {
        Some((extension, _)) => format!("a .{extension} file"),
        None => format!("`{} download`", option.entity),
    }
}
