//! Popups: what is over the panes. Each has its state and its keys in a file of its own; this one has what they have
//! in common, and the only match over them.

pub mod actions;
pub mod attachments;
pub mod body;
pub mod check_list;
pub mod confirm;
pub mod decoder;
pub mod details;
pub mod dialog;
pub mod download;
pub mod downloads;
pub mod each;
pub mod each_ledger;
pub mod export;
pub mod fetch_all;
pub mod fields;
pub mod ledger;
pub mod open;
pub mod paths;
pub mod picker;
pub mod profile;
pub mod save_as;
pub mod text;
pub mod workspaces;

use crossterm::event::{KeyCode, KeyEvent};

use super::connectors::ConnectorsPane;
use super::context::Context;
use super::downloads::Downloads;
use super::ids::TaskId;
use super::msg::DocumentMsg;
use super::reply::ReplyPane;
use super::request::RequestPane;
use super::requests::Request;
use super::session::Session;
use super::widgets::cursor::Cursor;
use super::widgets::focus::{KeyContext, Pane};
use super::widgets::load::Timed;
use super::widgets::notice::Notice;
use crate::domain::connector::Inspection;
use crate::domain::failure::Failure;

/// The panes as popups see them: to read.
#[derive(Clone, Copy)]
pub struct Panes<'a> {
    /// The connector list.
    pub connectors: &'a ConnectorsPane,
    /// The form.
    pub request: &'a RequestPane,
    /// The reply.
    pub reply: &'a ReplyPane,
    /// The downloads.
    pub downloads: &'a Downloads,
    /// The pane that has the keys when the popups are closed.
    pub focus: Pane,
    /// The contexts of the keys that hold there, the nearest first.
    pub contexts: &'a [KeyContext],
    /// The last message and the last failure.
    pub messages: (Option<&'a Notice>, Option<&'a Failure>),
}

/// A key and what it does in a popup, for the footer; the most useful first.
pub type Hint = (&'static str, &'static str);

/// What all popups have in common. The footer, the spinner, cancelling on close, scrolling and the mouse follow from it.
pub trait PopupState {
    /// Takes a key. Esc is not among them: it closes the popup.
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>);

    /// Takes pasted text.
    fn paste(&mut self, _text: &str) {}

    /// Leaves a field inside of the popup. Returns whether there was one; if not, Esc closes the popup.
    fn leave_field(&mut self) -> bool {
        false
    }

    /// Returns the cursor and the length of the list in it.
    fn list(&mut self, _panes: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        None
    }

    /// Moves by lines.
    fn scroll(&mut self, lines: i64, panes: &Panes<'_>) {
        if let Some((cursor, length)) = self.list(panes) {
            cursor.step(lines, length);
        }
    }

    /// Selects a row of the list, because it was clicked. Returns whether it was selected before.
    fn select_row(&mut self, row: usize, panes: &Panes<'_>) -> Clicked {
        match self.list(panes) {
            Some((cursor, length)) if row < length => {
                let was_selected = cursor.at == row;
                cursor.at = row;
                if was_selected {
                    Clicked::Opens
                } else {
                    Clicked::Selects
                }
            }
            Some(_) | None => Clicked::Selects,
        }
    }

    /// Keeps what is selected in a window of a height; `length` is how many lines were drawn in all.
    fn fit(&mut self, height: usize, _length: usize, panes: &Panes<'_>) {
        if let Some((cursor, length)) = self.list(panes) {
            cursor.fit(height, length);
        }
    }

    /// Returns the keys that do something in it.
    fn hints(&self, session: &Session, panes: &Panes<'_>) -> Vec<Hint>;

    /// Returns what it loads: shown while it runs, cancelled when the popup is closed.
    fn loads(&mut self) -> Vec<&mut dyn Timed> {
        Vec::new()
    }

    /// Takes the result of work on documents.
    fn document_msg(&mut self, _msg: &DocumentMsg) {}

    /// Takes the end of loading the workspaces; on success the session holds them already. Returns whether it waited
    /// for them.
    fn workspaces_loaded(
        &mut self,
        _task: TaskId,
        _result: Result<(), Failure>,
        _session: &Session,
    ) -> bool {
        false
    }

    /// Takes what a connector says of its Context Store, if it waits for that.
    fn inspected(&mut self, _task: TaskId, _result: &Result<Inspection, Failure>) {}

    /// Brings what it shows up to date after the panes have changed.
    fn refresh(&mut self, _session: &Session, _panes: &Panes<'_>) {}

    /// Is closed by Esc or by a no: does what follows from that.
    fn declined(&mut self, _context: &mut Context<'_>) {}

    /// Returns whether what it asks about has ended meanwhile, so that it is closed.
    fn is_stale(&self, _panes: &Panes<'_>) -> bool {
        false
    }
}

/// What a click on a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clicked {
    /// It only selects the row.
    Selects,
    /// It does what Enter does with the row.
    Opens,
    /// It changes the row, as Space does where Enter answers the question.
    Changes,
}

/// A popup.
#[derive(Debug, Clone)]
pub enum Popup {
    /// A list to choose from.
    Picker(picker::Picker),
    /// The items of an array, to be checked.
    CheckList(check_list::CheckList),
    /// A text to read.
    Text(text::TextPopup),
    /// The details of a connector.
    Details(details::Details),
    /// The body of a request.
    Body(body::BodyPopup),
    /// A question.
    Confirm(confirm::ConfirmPopup),
    /// The name to save a body under.
    SaveAs(save_as::SaveAs),
    /// The ledger of pages.
    Ledger(ledger::Ledger),
    /// How an operation pages.
    Profile(Box<profile::ProfileDialog>),
    /// The limits of fetching all pages.
    FetchAll(Box<fetch_all::FetchAllDialog>),
    /// What is asked of marked records.
    Each(Box<each::EachDialog>),
    /// The ledger of a run over many records.
    EachLedger(each_ledger::EachLedger),
    /// The format and the name of an export.
    Export(Box<export::ExportDialog>),
    /// Where files are downloaded to.
    Download(Box<download::DownloadDialog>),
    /// The layers of a token.
    Decoder(Box<decoder::Decoder>),
    /// The fields of the records.
    Fields(Box<fields::FieldsPopup>),
    /// The paths of the reply.
    Paths(paths::Paths),
    /// Workspaces and organizations.
    Workspaces(workspaces::Workspaces),
    /// Attachments.
    Attachments(Box<attachments::Attachments>),
    /// The downloads.
    Downloads(downloads::DownloadsPopup),
}

impl Popup {
    /// Returns what it has in common with the others.
    pub fn state(&self) -> &dyn PopupState {
        match self {
            Popup::Picker(popup) => popup,
            Popup::CheckList(popup) => popup,
            Popup::Text(popup) => popup,
            Popup::Details(popup) => popup,
            Popup::Body(popup) => popup,
            Popup::Confirm(popup) => popup,
            Popup::SaveAs(popup) => popup,
            Popup::Ledger(popup) => popup,
            Popup::Profile(popup) => &**popup,
            Popup::FetchAll(popup) => &**popup,
            Popup::Each(popup) => &**popup,
            Popup::EachLedger(popup) => popup,
            Popup::Export(popup) => &**popup,
            Popup::Download(popup) => &**popup,
            Popup::Decoder(popup) => &**popup,
            Popup::Fields(popup) => &**popup,
            Popup::Paths(popup) => popup,
            Popup::Workspaces(popup) => popup,
            Popup::Attachments(popup) => &**popup,
            Popup::Downloads(popup) => popup,
        }
    }

    /// Returns the same to change it.
    pub fn state_mut(&mut self) -> &mut dyn PopupState {
        match self {
            Popup::Picker(popup) => popup,
            Popup::CheckList(popup) => popup,
            Popup::Text(popup) => popup,
            Popup::Details(popup) => popup,
            Popup::Body(popup) => popup,
            Popup::Confirm(popup) => popup,
            Popup::SaveAs(popup) => popup,
            Popup::Ledger(popup) => popup,
            Popup::Profile(popup) => &mut **popup,
            Popup::FetchAll(popup) => &mut **popup,
            Popup::Each(popup) => &mut **popup,
            Popup::EachLedger(popup) => popup,
            Popup::Export(popup) => &mut **popup,
            Popup::Download(popup) => &mut **popup,
            Popup::Decoder(popup) => &mut **popup,
            Popup::Fields(popup) => &mut **popup,
            Popup::Paths(popup) => popup,
            Popup::Workspaces(popup) => popup,
            Popup::Attachments(popup) => &mut **popup,
            Popup::Downloads(popup) => popup,
        }
    }
}

/// Moves in a popup, or closes it: `q` closes every list and text, and so does the key that opened it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a terminal has more keys than mean something here"
)]
fn move_or_close(
    popup: &mut dyn PopupState,
    event: KeyEvent,
    opened_by: Option<char>,
    context: &mut Context<'_>,
    panes: &Panes<'_>,
) {
    let closes = |key: char| key == 'q' || Some(key) == opened_by;
    match event.code {
        KeyCode::Char(key) if closes(key) => context.request(Request::Close),
        _ => move_by_key(popup, event, context, panes),
    }
}

/// Moves in a popup by the keys that move everywhere.
fn move_by_key(
    popup: &mut dyn PopupState,
    event: KeyEvent,
    context: &Context<'_>,
    panes: &Panes<'_>,
) {
    if let Some(movement) = context.session.keymap.movement(event) {
        popup.scroll(movement.lines(context.session.popup_height), panes);
    }
}

#[cfg(test)]
mod tests;
