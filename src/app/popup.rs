//! What lies over the panes.

use std::path::PathBuf;

use crate::json::body::Body;

use super::attached::AttachmentsView;
use super::cursor::Cursor;
use super::decoder::DecoderView;
use super::dialog::Dialog;
use super::fields::FieldsView;
use super::input::Input;
use super::load::TaskId;
use super::picker::Picker;
use crate::domain::call::Call;

/// What lies over the panes. The last one opened has the keys.
#[derive(Debug, Clone)]
pub enum Popup {
    /// A list to choose from.
    Picker(Picker),
    /// Text to read.
    Text(Text),
    /// A question with yes and no.
    Confirm(Confirm),
    /// A line to type.
    Prompt(Prompt),
    /// Facts to read and values to change.
    Dialog(Box<Dialog>),
    /// The ledger of pages, with its selected row.
    Ledger(Cursor),
    /// A token taken apart.
    DecoderView(Box<DecoderView>),
    /// The fields of the records.
    Fields(Box<FieldsView>),
    /// The files that the pages name.
    Attachments(Box<AttachmentsView>),
    /// The queue of downloads, with its selected row.
    Downloads(Cursor),
}

/// Text to read.
#[derive(Debug, Clone)]
pub struct Text {
    /// What it is.
    pub title: String,
    /// The text; harmless, with real line breaks.
    pub text: String,
    /// The first line seen.
    pub top: usize,
    /// What becomes of lines that are too long.
    pub layout: Layout,
}

/// What becomes of lines that are too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// They go on in the next line, as prose does.
    Wrapped,
    /// They are cut, so that columns stay columns.
    Table,
}

impl Popup {
    /// Returns whether it asks if the rest of a large reply is wanted.
    pub(super) fn asks_to_read_on(&self) -> bool {
        matches!(self, Popup::Confirm(confirm) if matches!(confirm.deed, ConfirmedAction::ReadOn(_)))
    }
}

/// A question with yes and no.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What is asked.
    pub question: String,
    /// What one should see before answering.
    pub body: String,
    /// What yes does.
    pub deed: ConfirmedAction,
}

/// What yes does.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfirmedAction {
    /// Send the call.
    Send(Box<Call>),
    /// End the program.
    Quit,
    /// Save this body over the file that is there.
    Overwrite(PathBuf, Body),
    /// Read the rest of a large reply.
    ReadOn(TaskId),
}

/// A line to type.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What is asked for.
    pub title: String,
    /// What is typed.
    pub input: Input,
}
