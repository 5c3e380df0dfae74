//! The dialogs: what they hold, and what becomes of a change.

use std::time::Duration;

use super::App;
use super::dialog::{Dialog, DialogField, DialogKind, DialogRow};
use super::effect::{Effect, Export};
use super::notice::Notice;
use super::popup::Popup;
use crate::domain::call::Call;
use crate::domain::operation::Operation;
use crate::json::steps::split_list;
use crate::paging::{
    Kind, Limits, Next, Origin, Parts, Profile, Remembered, Verdict, stuck_verdict,
};
use crate::text;

/// All pages are fetched up to here in one go, unless another limit is set.
const MOST_PAGES: u64 = 100;

impl App {
    /// `P`: how the operation pages, and why that is believed.
    pub(super) fn open_profile(&mut self) {
        let Some((call, operation)) = self.own_operation() else {
            return;
        };
        let remembered = self.remembered_of(&call);
        let run = self.reply.run.as_ref().filter(|_| {
            self.reply
                .pages
                .iter()
                .any(|page| page.call.connector_id == call.connector_id)
        });
        let run = run.filter(|_| {
            self.reply.pages.last().is_some_and(|page| {
                page.call.entity == call.entity && page.call.action == call.action
            })
        });
        let profile = run.map_or_else(
            || remembered.choose(operation.as_ref()),
            |run| run.profile().clone(),
        );
        let source = match profile.origin {
            Origin::User => "You set this; r takes it back.".to_owned(),
            Origin::Proved => {
                let at = remembered.proved_at.as_deref().unwrap_or("before");
                format!("This machine proved it before, {at}: a second page came by it.")
            }
            Origin::Catalog => format!("The catalog that comes with the program says so (definitions {}).", crate::catalog::VERSION),
            Origin::Inferred => "Nobody declares it: it is inferred from the operation's parameters and its replies.".to_owned(),
        };
        let evidence = run.map_or_else(
            || "No page has come yet: the second one will prove or refute it.".to_owned(),
            |run| run.evidence(),
        );
        let mut facts = vec![
            text::safe(&format!("Now: {}.", profile.words())).into_owned(),
            source,
            evidence,
        ];
        let refuted = run
            .iter()
            .flat_map(|run| run.entries())
            .flat_map(|entry| &entry.findings)
            .find(|finding| finding.refutes_profile());
        facts
            .extend(refuted.map(|finding| {
                text::safe(&format!("Given up: {}.", finding.words())).into_owned()
            }));
        let title = format!(
            "How `{} {}` pages",
            text::safe(&call.entity),
            text::safe(&call.action)
        );
        self.popups.push(Popup::Dialog(Box::new(Dialog::new(
            title,
            DialogKind::Profile,
            facts,
            profile_rows(&profile),
        ))));
    }

    /// Takes a change of the profile. It holds at once, for the pages that are there too.
    pub(super) fn profile_changed(&mut self) -> Vec<Effect> {
        let Some(Popup::Dialog(dialog)) = self.popups.last_mut() else {
            return Vec::new();
        };
        let profile = match parts_of(dialog).and_then(|parts| parts.profile(Origin::User)) {
            Ok(profile) => profile,
            Err(fault) => {
                dialog.fault = Some(fault);
                return Vec::new();
            }
        };
        dialog.fault = None;
        if let Some(fact) = dialog.facts.first_mut() {
            *fact = text::safe(&format!("Now: {}.", profile.words())).into_owned();
        }
        if let Some(fact) = dialog.facts.get_mut(1) {
            *fact = "You set this; r takes it back.".to_owned();
        }
        dialog.facts.truncate(2);
        self.set_profile(Some(profile))
    }

    /// Takes the change of a profile back: what was proved or declared holds again.
    pub(super) fn reset_profile(&mut self) -> Vec<Effect> {
        self.popups.pop();
        let effects = self.set_profile(None);
        self.open_profile();
        self.notice = Some(Notice::done(
            "The profile is as it was before you changed it",
        ));
        effects
    }

    fn set_profile(&mut self, user: Option<Profile>) -> Vec<Effect> {
        let Some((call, operation)) = self.own_operation() else {
            return Vec::new();
        };
        let mut remembered = self.remembered_of(&call);
        remembered.user = user;
        let profile = remembered.choose(operation.as_ref());
        let effects = self.remember(&call, remembered);
        let same = |own: &Call| {
            own.connector_id == call.connector_id
                && own.entity == call.entity
                && own.action == call.action
        };
        if let (Some(run), Some(page)) = (&mut self.reply.run, self.reply.pages.last_mut())
            && same(&page.call)
            && let Some(envelope) = page.envelope().cloned()
        {
            let call = page.call.clone();
            page.next = run.change(profile, &call, &envelope);
            self.reply.verdict = match &page.next {
                Next::Send { .. } => None,
                Next::End(evidence) => Some(run.conclude(evidence.clone())),
                Next::Stuck { blocker, why } => Some(stuck_verdict(*blocker, why.clone())),
            };
        }
        effects
    }

    /// Returns the call that is looked at and its operation.
    fn own_operation(&self) -> Option<(Call, Option<Operation>)> {
        let call = self.own_call()?;
        let operation = self.operation_of(&call);
        Some((call, operation))
    }

    /// Returns what is remembered of how a call's operation pages.
    pub(super) fn remembered_of(&self, call: &Call) -> Remembered {
        let key = (
            self.definition_of(call),
            call.entity.clone(),
            call.action.clone(),
        );
        self.remembered.get(&key).cloned().unwrap_or_default()
    }

    /// Remembers how a call's operation pages: until the program ends, and on disk where that is allowed.
    pub(super) fn remember(&mut self, call: &Call, remembered: Remembered) -> Vec<Effect> {
        let definition_id = self.definition_of(call);
        let key = (
            definition_id.clone(),
            call.entity.clone(),
            call.action.clone(),
        );
        self.remembered.insert(key, remembered.clone());
        if !self.setup.keeps_profiles || definition_id.is_empty() {
            return Vec::new();
        }
        vec![Effect::Remember {
            definition_id,
            entity: call.entity.clone(),
            action: call.action.clone(),
            remembered: Box::new(remembered),
        }]
    }

    /// `}`: asks before all pages are fetched, with an estimate where the service states a total.
    pub(super) fn ask_for_all(&mut self) {
        let Some(page) = self.reply.pages.last() else {
            return;
        };
        let Some(run) = &self.reply.run else { return };
        let stated = page
            .envelope()
            .and_then(|envelope| run.stated_total(envelope));
        let size = u64::from(page.count()).max(1);
        let estimate = match stated {
            Some(total) => {
                let calls = total.saturating_sub(run.records()).div_ceil(size);
                format!(
                    "The service states {} records: about {} more.",
                    text::count(total),
                    text::plural(calls, "call")
                )
            }
            None => "How many there are is not known.".to_owned(),
        };
        let facts = vec![
            format!("{estimate} Each page is a call, one at a time."),
            "It stops by itself at the limits below; Esc stops it before. What came is kept."
                .to_owned(),
        ];
        let rows = vec![
            DialogRow::text(
                DialogField::Pages,
                "pages at most",
                MOST_PAGES.to_string(),
                "empty: no limit",
            ),
            DialogRow::text(
                DialogField::Records,
                "records at most",
                "",
                "empty: no limit",
            ),
            DialogRow::text(
                DialogField::Bytes,
                "megabytes at most",
                "",
                "empty: no limit",
            ),
            DialogRow::text(DialogField::Time, "seconds at most", "", "empty: no limit"),
        ];
        self.popups.push(Popup::Dialog(Box::new(Dialog::new(
            "Fetch all pages?",
            DialogKind::AllPages,
            facts,
            rows,
        ))));
    }

    /// `E`: exports the pages that are here.
    pub(super) fn open_export(&mut self) {
        let sources = self.reply.exported();
        let pages = sources.len() as u64;
        let records = self.reply.exported_count();
        let whole = match &self.reply.verdict {
            _ if self.reply.filtered().is_some() => "That is what the filter gave.".to_owned(),
            _ if sources.iter().any(|(_, picked)| picked.is_some()) => {
                "That is what is marked, or what & keeps.".to_owned()
            }
            _ if self.setup.file.is_some() => String::new(),
            Some(Verdict::Complete(_)) => "That is all of them.".to_owned(),
            Some(verdict) => format!(
                "Not to be taken for all, {}: {}.",
                verdict.word(),
                text::safe(&verdict.reason())
            ),
            None => "There are more: } fetches them first.".to_owned(),
        };
        let facts = match self.reply.filtered() {
            Some(_) => vec![format!("{}. {whole}", text::plural(records, "value"))],
            None if self.setup.file.is_some() => {
                vec![format!("{}. {whole}", text::plural(records, "record"))]
            }
            None => vec![format!(
                "{} of {} are here. {whole}",
                text::plural(records, "record"),
                text::plural(pages, "page")
            )],
        };
        let name = self.default_name();
        let name = name.strip_suffix(".json").unwrap_or(&name).to_owned();
        let formats = [
            ("ndjson", "a record a line"),
            ("json", "one JSON array"),
            ("csv", "a table, nested values under dotted paths"),
        ];
        let rows = vec![
            DialogRow::choice(DialogField::Format, "format", "ndjson", &formats),
            DialogRow::text(
                DialogField::File,
                "file",
                name,
                "the format's ending is added; no file is replaced",
            ),
            DialogRow::choice(
                DialogField::Dedupe,
                "repeated records",
                "keep",
                &[("keep", "as they came"), ("leave out", "each id once")],
            ),
            DialogRow::text(
                DialogField::Columns,
                "columns of a table",
                self.reply.shown_columns(),
                "empty: all; dotted paths with commas",
            ),
        ];
        self.popups.push(Popup::Dialog(Box::new(Dialog::new(
            "Export these pages",
            DialogKind::Export,
            facts,
            rows,
        ))));
    }

    /// Does what a dialog asks for. A value that does not fit is said and nothing is lost.
    pub(super) fn dialog_done(&mut self) -> Vec<Effect> {
        let Some(Popup::Dialog(dialog)) = self.popups.last_mut() else {
            return Vec::new();
        };
        match dialog.purpose {
            DialogKind::Profile => {
                self.popups.pop();
                Vec::new()
            }
            DialogKind::AllPages => match limits_of(dialog) {
                Ok(limits) => {
                    self.popups.pop();
                    self.fetch_all(limits)
                }
                Err(fault) => {
                    dialog.fault = Some(fault);
                    Vec::new()
                }
            },
            DialogKind::Download | DialogKind::DownloadMany => self.download_chosen(),
            DialogKind::Export if dialog.value(DialogField::File).is_empty() => {
                dialog.fault = Some("file expects a name".to_owned());
                Vec::new()
            }
            DialogKind::Export => {
                let format = dialog.value(DialogField::Format).to_owned();
                let name = dialog.value(DialogField::File).to_owned();
                let ending = format!(".{format}");
                let name = if name.ends_with(&ending) {
                    name
                } else {
                    format!("{name}{ending}")
                };
                let columns = split_list(dialog.value(DialogField::Columns));
                let export = Export {
                    columns: columns.into_iter().map(str::to_owned).collect(),
                    dedupe: dialog.value(DialogField::Dedupe) == "leave out",
                    to: self.setup.folder.join(name),
                    format,
                    pages: self.reply.exported(),
                };
                self.popups.pop();
                let task = self.next_task();
                self.exporting.start(task);
                vec![Effect::Export {
                    task,
                    export: Box::new(export),
                }]
            }
        }
    }
}

fn profile_rows(profile: &Profile) -> Vec<DialogRow> {
    let parts = profile.parts();
    let kinds: Vec<(&str, &str)> = Kind::ALL
        .iter()
        .map(|(_, name, about)| (*name, *about))
        .collect();
    let numeric = if parts.numeric { "number" } else { "text" };
    let place = "path in connector_metadata, or result.…";
    vec![
        DialogRow::choice(DialogField::Kind, "kind", parts.kind.name(), &kinds),
        DialogRow::text(
            DialogField::Param,
            "parameter",
            parts.param,
            "what is sent to go on",
        ),
        DialogRow::text(DialogField::From, "next value from", parts.from, place),
        DialogRow::choice(
            DialogField::Numeric,
            "value is",
            numeric,
            &[
                ("text", "sent in quotes"),
                ("number", "sent without quotes"),
            ],
        ),
        DialogRow::text(
            DialogField::First,
            "first page",
            parts.first.to_string(),
            "where pages are counted: 0 or 1",
        ),
        DialogRow::text(DialogField::More, "more while true", parts.more, place),
        DialogRow::text(DialogField::End, "end when true", parts.end, place),
        DialogRow::text(
            DialogField::SizeParam,
            "page-size parameter",
            parts.size_param,
            "what sets how many records a page has",
        ),
    ]
}

fn parts_of(dialog: &Dialog) -> Result<Parts, String> {
    let text = |field| dialog.value(field).to_owned();
    Ok(Parts {
        kind: Kind::by_name(dialog.value(DialogField::Kind))
            .ok_or("kind expects one of the kinds listed")?,
        param: text(DialogField::Param),
        from: text(DialogField::From),
        first: dialog
            .value(DialogField::First)
            .parse()
            .map_err(|_| "first page expects a whole number such as 1")?,
        more: text(DialogField::More),
        end: text(DialogField::End),
        size_param: text(DialogField::SizeParam),
        numeric: dialog.value(DialogField::Numeric) == "number",
    })
}

fn limits_of(dialog: &Dialog) -> Result<Limits, String> {
    Ok(Limits {
        pages: dialog.number(DialogField::Pages)?,
        records: dialog.number(DialogField::Records)?,
        bytes: dialog
            .number(DialogField::Bytes)?
            .map(|megabytes| megabytes.saturating_mul(1_000_000)),
        calls: None,
        time: dialog.number(DialogField::Time)?.map(Duration::from_secs),
    })
}
