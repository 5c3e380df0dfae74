//! A dialog: facts to read and a few values to change, over the panes. It serves the paging profile, the
//! question before all pages are fetched, the export, and downloads.

use super::cursor::Cursor;
use super::input::{Input, Lines};

/// A dialog.
#[derive(Debug, Clone)]
pub struct Dialog {
    /// What it is.
    pub title: String,
    /// What there is to read, a paragraph an item; harmless.
    pub facts: Vec<String>,
    /// The values.
    pub rows: Vec<DialogRow>,
    /// The selected row.
    pub cursor: Cursor,
    /// The row's text while it is typed.
    pub editing: Option<Input>,
    /// What it is for.
    pub purpose: DialogKind,
    /// What is wrong with the values.
    pub fault: Option<String>,
}

/// What a dialog is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogKind {
    /// How the operation pages; each change holds at once.
    Profile,
    /// Fetching all pages; `y` begins.
    AllPages,
    /// Exporting; `y` begins.
    Export,
    /// Downloading a file; `y` begins.
    Download,
    /// Downloading many; `y` begins.
    DownloadMany,
}

/// A value of a dialog.
#[derive(Debug, Clone)]
pub struct DialogRow {
    /// Tells it from the others.
    pub field: DialogField,
    /// The name shown.
    pub label: &'static str,
    /// The value; empty is not set.
    pub value: String,
    /// What it means, or what an empty one means.
    pub about: String,
    /// The values to choose from; empty for free text.
    pub choices: Vec<(String, String)>,
}

/// The values of the dialogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogField {
    /// The kind of way.
    Kind,
    /// The parameter that moves on.
    Param,
    /// Where its next value stands.
    From,
    /// The number of the first page.
    First,
    /// Whether it takes numbers.
    Numeric,
    /// The flag that is true while there is more.
    More,
    /// The flag that is true at the end.
    End,
    /// The page-size parameter.
    SizeParam,
    /// The most pages.
    Pages,
    /// The most records.
    Records,
    /// The most bytes.
    Bytes,
    /// The longest time.
    Time,
    /// The format.
    Format,
    /// The file.
    File,
    /// Whether repeated records are left out.
    Dedupe,
    /// The columns of a table.
    Columns,
    /// The way to fetch a file.
    DownloadOption,
    /// The folder.
    Folder,
}

impl DialogRow {
    /// Makes a row of free text.
    pub fn text(
        field: DialogField,
        label: &'static str,
        value: impl Into<String>,
        about: impl Into<String>,
    ) -> DialogRow {
        DialogRow {
            field,
            label,
            value: value.into(),
            about: about.into(),
            choices: Vec::new(),
        }
    }

    /// Makes a row with values to choose from, each with what it means.
    pub fn choice(
        field: DialogField,
        label: &'static str,
        value: &str,
        choices: &[(&str, &str)],
    ) -> DialogRow {
        let about = choices
            .iter()
            .find(|(own, _)| *own == value)
            .map(|(_, about)| (*about).to_owned())
            .unwrap_or_default();
        let choices = choices
            .iter()
            .map(|(value, about)| ((*value).to_owned(), (*about).to_owned()))
            .collect();
        DialogRow {
            field,
            label,
            value: value.to_owned(),
            about,
            choices,
        }
    }
}

impl Dialog {
    /// Makes a dialog.
    pub fn new(
        title: impl Into<String>,
        purpose: DialogKind,
        facts: Vec<String>,
        rows: Vec<DialogRow>,
    ) -> Dialog {
        Dialog {
            title: title.into(),
            facts,
            rows,
            cursor: Cursor::default(),
            editing: None,
            purpose,
            fault: None,
        }
    }

    /// Returns the value of a field; an empty text if there is none.
    pub fn value(&self, field: DialogField) -> &str {
        self.rows
            .iter()
            .find(|row| row.field == field)
            .map_or("", |row| row.value.trim())
    }

    /// Reads a number; an empty text is none. The error says what is expected.
    pub fn number(&self, field: DialogField) -> Result<Option<u64>, String> {
        let text = self.value(field).replace([',', ' '], "");
        let label = self
            .rows
            .iter()
            .find(|row| row.field == field)
            .map_or("", |row| row.label);
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(format!(
                "{label} expects a whole number such as 100, or nothing for no limit"
            )),
        }
    }

    /// Returns the selected row.
    pub fn selected(&self) -> Option<&DialogRow> {
        self.rows.get(self.cursor.at)
    }

    /// Begins to type the selected row's text.
    pub fn edit(&mut self) {
        self.editing = self
            .selected()
            .map(|row| Input::new(&row.value, Lines::One));
    }

    /// Goes to the next or the former choice of the selected row. Returns whether there are choices.
    pub fn turn(&mut self, by: usize) -> bool {
        let at = self.cursor.at;
        let Some(row) = self.rows.get_mut(at).filter(|row| !row.choices.is_empty()) else {
            return false;
        };
        let length = row.choices.len();
        let place = row
            .choices
            .iter()
            .position(|(value, _)| *value == row.value)
            .unwrap_or(0);
        let (value, about) = row.choices[(place + by) % length].clone();
        row.value = value;
        row.about = about;
        true
    }

    /// Sets the selected row's value.
    pub fn set(&mut self, value: String) {
        if let Some(row) = self.rows.get_mut(self.cursor.at) {
            row.value = value;
        }
    }
}
