//! The export of pages: format, file, columns.

use super::dialog::{Answered, Dialog, DialogState, Row};
use super::{Hint, Panes};
use crate::app::context::Context;
use crate::app::effect::{Export, ExportFormat, Repeated};
use crate::app::requests::{ReplyRequest, Request};
use crate::app::session::Session;
use crate::json::steps::split_list;
use crate::paging::Verdict;
use crate::text;

/// A row of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The format.
    Format,
    /// The file's name.
    File,
    /// What becomes of repeated records.
    Repeated,
    /// The columns of a table.
    Columns,
}

const FORMATS: [(ExportFormat, &str); 3] = [
    (ExportFormat::Ndjson, "a record a line"),
    (ExportFormat::Json, "one JSON array"),
    (
        ExportFormat::Csv,
        "a table, nested values under dotted paths",
    ),
];

const REPEATED: [(Repeated, &str, &str); 2] = [
    (Repeated::Kept, "keep", "as they were received"),
    (Repeated::LeftOut, "leave out", "each id once"),
];

/// The export of pages.
#[derive(Debug, Clone)]
pub struct ExportDialog {
    dialog: Dialog<Field>,
}

impl ExportDialog {
    /// Opens the export of what is shown.
    pub fn open(session: &Session, panes: &Panes<'_>) -> ExportDialog {
        let name = panes.reply.default_name(session);
        let name = name.strip_suffix(".json").unwrap_or(&name);
        let own = |value: &str, about: &str| (value.to_owned(), about.to_owned());
        let formats = FORMATS
            .iter()
            .map(|(format, about)| own(format.name(), about));
        let repeated = REPEATED.iter().map(|(_, value, about)| own(value, about));
        let rows = vec![
            Row::choice(Field::Format, "format", 0, formats.collect()),
            Row::text(
                Field::File,
                "file",
                name,
                "the format's ending is added; no file is replaced",
            ),
            Row::choice(Field::Repeated, "repeated records", 0, repeated.collect()),
            Row::text(
                Field::Columns,
                "columns of a table",
                panes.reply.arranged_columns(),
                "empty: all; dotted paths with commas",
            ),
        ];
        ExportDialog {
            dialog: Dialog::new("Export these pages", vec![fact(session, panes)], rows),
        }
    }

    fn export(&self, context: &Context<'_>, panes: &Panes<'_>) -> Export {
        let format = FORMATS[self.dialog.chosen(Field::Format)].0;
        let ending = format!(".{}", format.name());
        let name = self.dialog.value(Field::File);
        let name = name.strip_suffix(&ending).unwrap_or(name);
        let columns = split_list(self.dialog.value(Field::Columns));
        Export {
            pages: panes.reply.exported(),
            format,
            columns: columns.into_iter().map(str::to_owned).collect(),
            repeated: REPEATED[self.dialog.chosen(Field::Repeated)].0,
            to: context.session.setup.folder.join(format!("{name}{ending}")),
        }
    }
}

/// Returns how many records are exported, and whether that is all of them.
fn fact(session: &Session, panes: &Panes<'_>) -> String {
    let reply = panes.reply;
    let count = reply.exported_count();
    if reply.filtered().is_some() {
        let values = text::plural(count, "value");
        return format!("{values}. That is what the filter gave.");
    }
    let pages = reply.exported();
    let records = text::plural(count, "record");
    let completeness = match &reply.verdict {
        _ if pages.iter().any(|(_, picked)| picked.is_some()) => {
            "That is what is marked, or what & keeps.".to_owned()
        }
        _ if session.is_file() => String::new(),
        Some(Verdict::Complete(_)) => "That is all of them.".to_owned(),
        Some(verdict) => format!(
            "Not to be taken for all, {}: {}.",
            verdict.word(),
            text::safe(&verdict.reason())
        ),
        None => "There are more: } fetches them first.".to_owned(),
    };
    if session.is_file() {
        return format!("{records}. {completeness}");
    }
    let pages = text::plural(pages.len() as u64, "page");
    format!("{records} of {pages} are here. {completeness}")
}

impl DialogState for ExportDialog {
    type Field = Field;

    fn dialog(&self) -> &Dialog<Field> {
        &self.dialog
    }

    fn dialog_mut(&mut self) -> &mut Dialog<Field> {
        &mut self.dialog
    }

    fn answers(&self) -> &'static [Hint] {
        &[("y", "export"), ("n", "no"), ("Enter", "change")]
    }

    fn answer(&mut self, key: char, context: &mut Context<'_>, panes: &Panes<'_>) -> Answered {
        if key != 'y' {
            return Answered::No;
        }
        if self.dialog.value(Field::File).is_empty() {
            self.dialog.fault = Some("file expects a name".to_owned());
            return Answered::Yes;
        }
        let export = Box::new(self.export(context, panes));
        context.request(Request::Close);
        context.request(Request::Reply(ReplyRequest::Export(export)));
        Answered::Yes
    }
}
