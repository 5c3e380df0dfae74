//! What a pane or a popup asks the rest of the state to do. [`App`](super::App) does it when the pane has returned.

use std::path::PathBuf;

use super::command::Command;
use super::effect::Export;
use super::ids::{PageId, TaskId};
use super::parents::{EachPlan, SharedLead};
use super::request_state::RequestState;
use super::widgets::focus::Pane;
use super::widgets::notice::Notice;
use crate::attachments::{Attachment, Lead};
use crate::domain::call::{Call, Params};
use crate::domain::download::queue::ItemId;
use crate::domain::download::{SavedFile, Wanted};
use crate::domain::failure::Failure;
use crate::json::body::Body;
use crate::json::document::NodeId;
use crate::paging::{Limits, Profile, Remembered};
use crate::text;

/// Something that is done by another part of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Do what a key does.
    Perform(Command),
    /// Give the keys to a pane.
    Focus(Pane),
    /// Open a popup.
    Open(PopupRequest),
    /// Close the popup on top.
    Close,
    /// Close all popups.
    CloseAll,
    /// Close the dialog of a download. The list of attachments that it was opened from stays.
    CloseDownload,
    /// Do what was asked about in a question, after a yes.
    Confirmed(ConfirmedAction),
    /// Change the connector list or the session.
    Session(SessionRequest),
    /// Change the form.
    Form(FormRequest),
    /// Change the reply.
    Reply(ReplyRequest),
    /// Change the downloads.
    Downloads(DownloadsRequest),
}

/// A change of the downloads.
#[derive(Debug, Clone, PartialEq)]
pub enum DownloadsRequest {
    /// Add files.
    Enqueue(Vec<Wanted>),
    /// Pause all, or continue.
    PauseOrContinue,
    /// Cancel a file.
    Cancel(ItemId),
    /// Start the failed ones again.
    RetryFailed,
    /// List what earlier runs left unfinished, once.
    LoadUnfinished,
    /// Add a file whose download has ended already.
    AddEnded(Box<Wanted>, Box<Result<SavedFile, Failure>>),
}

/// A change of the connector list or of what all panes know.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionRequest {
    /// Select a connector in the list.
    Select(String),
    /// Filter the connector list.
    FilterConnectors(String),
    /// Use another workspace.
    UseWorkspace(String),
    /// Use another organization: its UUID and name.
    UseOrganization(String, String),
    /// Let so many calls be sent in all.
    AllowCalls(u64),
    /// Keep what was learned of how an operation pages.
    Remember(Box<Call>, Box<Remembered>),
}

/// A change of the form.
#[derive(Debug, Clone, PartialEq)]
pub enum FormRequest {
    /// Show the form of a connector, by id.
    Choose(String),
    /// Fill in a request.
    Fill(Box<Prefill>),
    /// Fill in a request and send it.
    FillAndSend(Box<Prefill>),
    /// Send what is in the form if it is a download; else say this.
    SendDownload(&'static str),
    /// Show the form of an operation, and select the row of a name. Values that were typed stay.
    GoToRow {
        /// The connector's id.
        connector_id: String,
        /// The entity.
        entity: String,
        /// The action.
        action: String,
        /// The name of the row.
        row: String,
    },
    /// Do not ask again before a call is sent without these parameters.
    AcceptMissing(Box<Call>, Vec<String>),
    /// Choose an entity.
    SetEntity(String),
    /// Choose an action.
    SetAction(String),
    /// Set the row of a name to a text.
    SetValue(String, String),
    /// Set the array of a name to items, each as JSON; without items it is unset.
    SetItems(String, Vec<String>),
    /// Edit the row beside the selected one.
    EditNeighbour(Neighbour),
    /// Edit the array of a name as JSON.
    EditAsJson(String),
    /// Set `select_fields` to fields.
    SelectFields(Vec<String>),
    /// Show a request that one comes back to.
    Restore(Box<RequestState>),
}

impl FormRequest {
    /// Returns whether it leads to another request, from which one may go back to the one before.
    pub fn is_step(&self) -> bool {
        match self {
            FormRequest::Choose(_)
            | FormRequest::Fill(_)
            | FormRequest::FillAndSend(_)
            | FormRequest::SetEntity(_) => true,
            FormRequest::SendDownload(_)
            | FormRequest::GoToRow { .. }
            | FormRequest::AcceptMissing(..)
            | FormRequest::SetAction(_)
            | FormRequest::SetValue(..)
            | FormRequest::SetItems(..)
            | FormRequest::EditAsJson(_)
            | FormRequest::EditNeighbour(_)
            | FormRequest::SelectFields(_)
            | FormRequest::Restore(_) => false,
        }
    }
}

/// A request to fill in.
#[derive(Debug, Clone, PartialEq)]
pub struct Prefill {
    /// The connector's id.
    pub connector_id: String,
    /// The entity.
    pub entity: String,
    /// The action.
    pub action: String,
    /// The parameters.
    pub params: Params,
    /// A parameter as somebody would type it; it goes over `params`.
    pub typed: Option<(String, String)>,
    /// The row to select.
    pub row: SelectedRow,
    /// What is said when the form is filled in.
    pub notice: Option<Notice>,
}

/// The row of the form that is selected after it was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectedRow {
    /// The one that was selected.
    Same,
    /// The first required one without a value.
    FirstMissing,
    /// The one of this name.
    Named(String),
}

/// A change of the reply.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplyRequest {
    /// Send a call.
    Send(Box<Call>, RequestKind),
    /// Show a page, counted from 0.
    GoToPage(usize),
    /// Show a record of a run over many records, by its place.
    GoToRecord(u64),
    /// Show a value of a page.
    GoToValue(PageId, NodeId),
    /// Go to a path of the body or of a record.
    GoToPath(String),
    /// Go to a field of the records.
    GoToField(String),
    /// Show only the records one of whose values of a field meets a condition of jq.
    FilterByField {
        /// The path of the field.
        path: String,
        /// The condition, with `.` for the value.
        condition: String,
    },
    /// Show or hide a column of the table.
    ToggleColumn(String),
    /// Follow a relation from the record under the cursor.
    Follow(Box<Lead>),
    /// Go on with another profile.
    SetProfile(Box<Call>, Box<Profile>),
    /// Fetch all pages within limits.
    FetchAll(Limits),
    /// Fetch all pages within limits from the first one on, which is asked for by a call.
    FetchAnew(Box<Call>, Limits),
    /// Run an operation once for each of several records.
    Each(Box<EachPlan>),
    /// Run it again for those that failed.
    EachAgain,
    /// Export pages.
    Export(Box<Export>),
    /// Save the body under a name that must not be taken.
    SaveAs(PathBuf),
    /// Mark an attachment of a page, or take its mark away.
    ToggleMark(PageId, Box<Attachment>),
    /// Mark attachments of pages.
    Mark(Vec<(PageId, Attachment)>),
    /// Take the marks of attachments of pages away.
    Unmark(Vec<(PageId, Attachment)>),
    /// Take all marks away.
    UnmarkAll,
    /// Fetch the names that are missing beside ids.
    FetchNames,
    /// Give up the call that runs.
    Cancel,
}

/// What a call is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// A new reply in place of the one that is shown.
    First,
    /// The page after the last one.
    Next,
    /// A page again, counted from 0: it takes the place of the former one.
    Again(usize),
    /// A file, which is streamed to disk.
    File,
}

/// A popup to open.
#[derive(Debug, Clone, PartialEq)]
pub enum PopupRequest {
    /// The keys of where one is.
    Help,
    /// All commands.
    Palette,
    /// Workspaces and organizations.
    Workspaces,
    /// The last message, whole.
    Message,
    /// The connector under the cursor.
    Details,
    /// The calls of this session.
    Calls,
    /// A text to read.
    Text(TextRequest),
    /// The body of a request.
    Body(BodyRequest),
    /// A question.
    Confirm(Confirm),
    /// A list to choose from.
    Choices(Choices),
    /// The allowed items of an array, to be checked.
    CheckList(CheckListRequest),
    /// A name to save the body under.
    SaveAs,
    /// The ledger of pages.
    Ledger,
    /// How an operation pages.
    Profile(Box<Call>),
    /// The limits of fetching all pages.
    FetchAll,
    /// What is asked of marked records, by an operation to which they lead.
    Each(SharedLead),
    /// The format and the name of an export.
    Export,
    /// The paths of the reply.
    Paths,
    /// The fields of the records.
    Fields,
    /// The layers of a token.
    Decoder(DecoderRequest),
    /// Attachments: those that `task` finds.
    Attachments {
        /// The work that looks for them.
        task: TaskId,
        /// The connector of the pages.
        connector_id: String,
    },
    /// The attachments of one record.
    RecordAttachments {
        /// What was found.
        found: std::sync::Arc<Vec<super::source::Found>>,
        /// The connector of the page.
        connector_id: String,
    },
    /// Where files are downloaded to.
    Download {
        /// The connector that downloads them.
        connector_id: String,
        /// The files.
        files: Vec<Attachment>,
        /// The marks that go with the download.
        marks: SpentMarks,
    },
    /// The downloads.
    Downloads,
}

/// The marks that a download takes away: they have done their work.
#[derive(Debug, Clone, PartialEq)]
pub enum SpentMarks {
    /// None: it is for something that need not be marked.
    None,
    /// Those of some files.
    Of(Vec<(PageId, Attachment)>),
    /// All.
    All,
}

/// A text to read in a popup.
#[derive(Debug, Clone, PartialEq)]
pub struct TextRequest {
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
    /// How its lines are shown.
    pub layout: Layout,
}

/// How the lines of a text are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Long lines are wrapped.
    Wrapped,
    /// Long lines are cut, so that columns stay aligned.
    Table,
}

/// The body of a request to read.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyRequest {
    /// The request.
    pub call: Box<Call>,
    /// What is left out of it, and why; may be empty.
    pub note: String,
}

/// A question with a yes and a no.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    /// The question.
    pub question: String,
    /// What it is about; may be empty.
    pub body: String,
    /// What a yes does.
    pub action: ConfirmedAction,
}

impl Confirm {
    /// Asks whether as many calls again may be sent as the `most` that were allowed.
    pub fn more_calls(most: u64, then: Request) -> Confirm {
        let more = most.max(1);
        Confirm {
            question: format!(
                "--max-calls {} is reached: allow {} more {}?",
                text::count(most),
                text::count(more),
                if more == 1 { "call" } else { "calls" }
            ),
            body: "What was received is kept.".to_owned(),
            action: ConfirmedAction::AllowCalls(most.saturating_add(more), Box::new(then)),
        }
    }
}

/// What a yes does.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfirmedAction {
    /// Send a call.
    Send(Box<Call>),
    /// Send a call without parameters that the definition requires.
    SendWithout(Box<Call>, Vec<String>),
    /// Fetch the names that are missing beside ids.
    FetchNames,
    /// Quit.
    Quit,
    /// Replace a file with a body.
    Overwrite(PathBuf, Body),
    /// Read the rest of a large reply.
    ReadOn(TaskId),
    /// Let so many calls be sent in all, then do what had no call left.
    AllowCalls(u64, Box<Request>),
}

/// The allowed items of an array, to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckListRequest {
    /// The parameter.
    pub name: String,
    /// The allowed items, as JSON.
    pub choices: Vec<String>,
    /// The items that the array holds, as JSON.
    pub chosen: Vec<String>,
}

/// A list to choose from.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices {
    /// The title.
    pub title: String,
    /// The items.
    pub items: Vec<Item>,
    /// The section of each item, by its place; empty where there are none.
    pub sections: Vec<&'static str>,
    /// The label of the item that is selected first.
    pub current: String,
    /// How many items stand above a divider, if there is one.
    pub divided_after: Option<usize>,
    /// What a typed text that matches nothing stands for.
    pub free: Option<FreeText>,
    /// What is said where nothing matches.
    pub empty: &'static str,
    /// Where the list belongs.
    pub place: ChoicesPlace,
}

/// Where a list to choose from belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChoicesPlace {
    /// Nowhere else.
    #[default]
    Alone,
    /// To the selected row of the form: Tab leaves the value and goes on to the next row.
    Row,
}

/// Which row of the form is edited next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbour {
    /// The one below.
    Next,
    /// The one above.
    Previous,
}

impl Choices {
    /// Makes a list whose first item is selected.
    pub fn new(title: impl Into<String>, items: Vec<Item>) -> Choices {
        Choices {
            title: title.into(),
            items,
            sections: Vec::new(),
            current: String::new(),
            divided_after: None,
            free: None,
            empty: "Nothing matches.",
            place: ChoicesPlace::Alone,
        }
    }

    /// Makes it the list of the selected row of the form.
    pub fn of_row(self) -> Choices {
        Choices {
            place: ChoicesPlace::Row,
            ..self
        }
    }

    /// Says which section each item belongs to.
    pub fn in_sections(self, sections: Vec<&'static str>) -> Choices {
        Choices { sections, ..self }
    }

    /// Selects the item of a label first.
    pub fn at(self, current: impl Into<String>) -> Choices {
        Choices {
            current: current.into(),
            ..self
        }
    }

    /// Draws a line between the first items and the others.
    pub fn divided_after(self, first: usize) -> Choices {
        let others = self.items.len().saturating_sub(first);
        Choices {
            divided_after: Some(first).filter(|first| *first > 0 && others > 0),
            ..self
        }
    }

    /// Takes a text that matches nothing, too.
    pub fn with_free(self, free: FreeText) -> Choices {
        Choices {
            free: Some(free),
            ..self
        }
    }

    /// Says what is said where nothing matches.
    pub fn or_else(self, empty: &'static str) -> Choices {
        Choices { empty, ..self }
    }
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it is called.
    pub label: String,
    /// A few words about it.
    pub about: String,
    /// What choosing it does.
    pub request: Request,
}

/// What a typed text that matches no item stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreeText {
    /// An entity.
    Entity,
    /// An action.
    Action,
    /// The value of the row of a name.
    Value(String),
    /// A workspace.
    Workspace,
    /// A path; one that begins like a path is taken before any match.
    Path,
}

impl FreeText {
    /// Returns what the text asks for.
    pub fn request(&self, text: String) -> Request {
        match self {
            FreeText::Entity => Request::Form(FormRequest::SetEntity(text)),
            FreeText::Action => Request::Form(FormRequest::SetAction(text)),
            FreeText::Value(row) => Request::Form(FormRequest::SetValue(row.clone(), text)),
            FreeText::Workspace => Request::Session(SessionRequest::UseWorkspace(text)),
            FreeText::Path => Request::Reply(ReplyRequest::GoToPath(text)),
        }
    }
}

/// A token to take apart.
#[derive(Debug, Clone, PartialEq)]
pub struct DecoderRequest {
    /// What it is the token of.
    pub title: String,
    /// The token.
    pub token: String,
    /// The call that it belongs to.
    pub call: Option<Call>,
}
