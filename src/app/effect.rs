//! What must be done outside of the state: requests, files, other programs. Plain data that a test can compare;
//! the worker does it and answers with a [`Msg`](super::msg::Msg).

use std::path::PathBuf;
use std::sync::Arc;

use super::ids::{PageId, TaskId};
use super::parents::Parent;
use super::source::{PageSource, SpillSlot};
use crate::attachments::Finder;
use crate::domain::call::Call;
use crate::domain::download::{OnConflict, Wanted};
use crate::domain::operation::Operation;
use crate::envelope::Reading;
use crate::json::body::Body;
use crate::json::document::{Document, NodeId};
use crate::names::ForeignKeys;
use crate::paging::{Profile, Remembered};

/// Something to be done outside of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the service about connectors and workspaces.
    Lookup(LookupEffect),
    /// Read or write what was learned of paging.
    Profile(ProfileEffect),
    /// Run an operation, or read a file in place of a reply.
    Reply(ReplyEffect),
    /// Run an operation once for each of several records.
    Each(EachEffect),
    /// Work on documents that are in memory or spilled.
    Document(DocumentEffect),
    /// Move bodies between memory and the spill file.
    Spill(SpillEffect),
    /// Write a file of records or of a body.
    File(FileEffect),
    /// Download files.
    Download(DownloadEffect),
    /// Copy a text.
    Copy {
        /// The text.
        text: String,
        /// What it is, for the notice.
        what: String,
    },
    /// Open an address or a file with the system's program.
    Open(String),
    /// Give the terminal to another program until it ends.
    Outside(Box<Outside>),
    /// Have a text edited by the user's editor.
    EditText(Draft),
    /// Let so many calls be sent in all.
    AllowCalls(u64),
    /// Stop work whose result is no longer expected.
    Cancel(TaskId),
    /// Give the terminal back and stop until the user continues the program.
    Suspend,
    /// Clear the screen and draw all of it again.
    Repaint,
    /// Take the mouse, or leave it to the terminal.
    Mouse(Mouse),
    /// End the program with an exit code.
    Quit(u8),
}

/// Whose the mouse is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mouse {
    /// The program's: clicks and the wheel act on the screen.
    #[default]
    Taken,
    /// The terminal's: it selects text.
    Left,
}

impl Effect {
    /// Returns whether it runs an operation.
    pub fn is_call(&self) -> bool {
        matches!(self, Effect::Reply(ReplyEffect::Call { .. }))
    }
}

/// Asks the service about connectors and workspaces.
#[derive(Debug, Clone, PartialEq)]
pub enum LookupEffect {
    /// List the connectors of a workspace.
    Connectors {
        /// The id of the task.
        task: TaskId,
        /// The workspace's name.
        workspace: String,
    },
    /// Load the Context Store states of all connectors, and the organization's name.
    StoreStates {
        /// The id of the task.
        task: TaskId,
        /// A connector that names the organization.
        connector_id: String,
    },
    /// Ask a connector for its operations.
    Describe {
        /// The id of the task.
        task: TaskId,
        /// The connector.
        connector_id: String,
    },
    /// Ask for the Context Store of a connector by entity.
    Inspect {
        /// The id of the task.
        task: TaskId,
        /// The connector.
        connector_id: String,
    },
    /// List workspaces and organizations.
    Workspaces {
        /// The id of the task.
        task: TaskId,
    },
    /// Send further requests for another organization.
    UseOrganization(String),
}

/// Reads or writes what was learned of paging.
#[derive(Debug, Clone, PartialEq)]
pub enum ProfileEffect {
    /// Load what is stored of a definition.
    Load {
        /// The definition's id.
        definition_id: String,
    },
    /// Store what was learned of an operation.
    Store {
        /// The definition's id.
        definition_id: String,
        /// The entity.
        entity: String,
        /// The action.
        action: String,
        /// What was learned.
        remembered: Box<Remembered>,
    },
}

/// Runs an operation, or reads a file in place of a reply.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplyEffect {
    /// Run an operation.
    Call {
        /// The id of the task.
        task: TaskId,
        /// The operation with its parameters.
        call: Call,
        /// How the reply is read.
        reading: Reading,
        /// Whether the reply is shown while it arrives.
        streams: bool,
    },
    /// Read the file that is open.
    ReadFile {
        /// The id of the task.
        task: TaskId,
    },
    /// Read the rest of a large reply.
    ReadOn(TaskId),
}

/// Runs an operation once for each of several records.
#[derive(Debug, Clone, PartialEq)]
pub enum EachEffect {
    /// Start a run.
    Start {
        /// The id of the task.
        task: TaskId,
        /// The run.
        run: Box<EachCalls>,
    },
    /// Send no further call of a run; what was received is handed over.
    Stop(TaskId),
}

/// A run of an operation, once for each of several records.
#[derive(Debug, Clone, PartialEq)]
pub struct EachCalls {
    /// The operation, without parameters.
    pub call: Call,
    /// What is known of it.
    pub operation: Option<Operation>,
    /// How it pages, as far as is known.
    pub profile: Profile,
    /// How many pages of each are asked for; all unless set.
    pub pages: Option<u64>,
    /// How many calls are sent at a time.
    pub jobs: usize,
    /// Who is asked for, each with its number in the run.
    pub parents: Vec<(u64, Parent)>,
    /// Records of an earlier run that stay before those of this one.
    pub kept: Option<(Arc<Document>, Vec<NodeId>)>,
}

/// Works on documents.
#[derive(Debug, Clone, PartialEq)]
pub enum DocumentEffect {
    /// Find a text.
    Find {
        /// The id of the task.
        task: TaskId,
        /// Where to look.
        document: Arc<Document>,
        /// Inside of which value.
        root: NodeId,
        /// Where to begin.
        from: NodeId,
        /// What to look for.
        needle: String,
    },
    /// Sort the records of a page.
    Sort {
        /// The id of the task.
        task: TaskId,
        /// The page.
        page: PageId,
        /// Where the records are.
        document: Arc<Document>,
        /// Inside of which value.
        root: NodeId,
        /// Which of them; all unless set.
        kept: Option<Arc<Vec<NodeId>>>,
        /// The column.
        path: String,
        /// Which comes first.
        direction: Direction,
    },
    /// Count the fields of records.
    CountFields {
        /// The id of the task.
        task: TaskId,
        /// The pages of the records.
        pages: Vec<PageSource>,
    },
    /// Run a jq filter.
    Filter {
        /// The id of the task.
        task: TaskId,
        /// The filter.
        text: String,
        /// Its input.
        input: FilterInput,
    },
    /// Look for the attachments that pages name.
    FindAttachments {
        /// The id of the task.
        task: TaskId,
        /// The pages.
        pages: Vec<(PageId, PageSource)>,
        /// What finds them.
        finder: Arc<Finder>,
        /// Where to look.
        scope: FindScope,
    },
    /// Collect the names of the records of pages, and the ids that lead to other records.
    FindNames {
        /// The id of the task.
        task: TaskId,
        /// The pages.
        pages: Vec<NamesOf>,
    },
}

/// A page whose names are collected.
#[derive(Debug, Clone, PartialEq)]
pub struct NamesOf {
    /// The page.
    pub page: PageId,
    /// Which of its fields lead to other records.
    pub keys: Arc<ForeignKeys>,
    /// Where its records are.
    pub source: PageSource,
}

/// The direction of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest comes first.
    Ascending,
    /// The largest comes first.
    Descending,
}

/// The input of a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum FilterInput {
    /// A value of a document.
    Value(Arc<Document>, NodeId),
    /// The results of pages, as one list.
    Pages(Vec<PageSource>),
}

/// Where attachments are looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum FindScope {
    /// In all records of the pages.
    All,
    /// In the marked values, by page.
    Marked(Vec<(PageId, Vec<NodeId>)>),
    /// At the cursor, else in its record.
    Here {
        /// The value under the cursor.
        cursor: NodeId,
        /// Its record.
        record: NodeId,
    },
}

/// Moves bodies between memory and the spill file.
#[derive(Debug, Clone, PartialEq)]
pub enum SpillEffect {
    /// Write the body of a page to the spill file.
    Store {
        /// The page.
        page: PageId,
        /// Its body.
        body: Body,
        /// How its reply is read.
        reading: Reading,
    },
    /// Load a spilled body.
    Load {
        /// The page.
        page: PageId,
        /// Where its body is.
        slot: SpillSlot,
    },
    /// Drop all spilled bodies: their pages are gone.
    Clear,
}

/// Writes a file of records or of a body.
#[derive(Debug, Clone, PartialEq)]
pub enum FileEffect {
    /// Save a body.
    Save {
        /// The id of the task.
        task: TaskId,
        /// The body.
        body: Body,
        /// The file.
        to: PathBuf,
        /// What happens if the file exists.
        on_conflict: OnConflict,
    },
    /// Export records.
    Export {
        /// The id of the task.
        task: TaskId,
        /// What is exported, and how.
        export: Box<Export>,
    },
}

/// An export.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// The pages, each with the records that are written; all unless set.
    pub pages: Vec<(PageSource, Option<Arc<Vec<NodeId>>>)>,
    /// The format.
    pub format: ExportFormat,
    /// The columns of a table; all if empty.
    pub columns: Vec<String>,
    /// What becomes of records whose id came before.
    pub repeated: Repeated,
    /// The file; it must not exist.
    pub to: PathBuf,
}

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// A record a line.
    Ndjson,
    /// One JSON array.
    Json,
    /// A table.
    Csv,
}

impl ExportFormat {
    /// Returns the name, which is also the ending of the file.
    pub fn name(self) -> &'static str {
        match self {
            ExportFormat::Ndjson => "ndjson",
            ExportFormat::Json => "json",
            ExportFormat::Csv => "csv",
        }
    }
}

/// What becomes of records whose id came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    /// They are written as they came.
    Kept,
    /// Each id is written once.
    LeftOut,
}

/// Downloads files.
#[derive(Debug, Clone, PartialEq)]
pub enum DownloadEffect {
    /// Download a file.
    Fetch {
        /// The id of the task.
        task: TaskId,
        /// The file.
        wanted: Box<Wanted>,
    },
    /// Record in their manifests that files wait or were cancelled.
    RecordStatus {
        /// The files.
        wanted: Vec<Wanted>,
        /// Their status.
        status: ManifestStatus,
    },
    /// List the files that earlier runs left unfinished in a folder.
    LoadUnfinished {
        /// The id of the task.
        task: TaskId,
        /// The folder.
        folder: PathBuf,
    },
}

/// The status of a file that does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestStatus {
    /// It waits.
    Waits,
    /// It was cancelled.
    Cancelled,
}

/// Another program to show a value in.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// The program.
    pub program: Program,
    /// The document.
    pub document: Arc<Document>,
    /// The value; the whole body unless set.
    pub node: Option<NodeId>,
}

/// A text of the user's that another program edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// What it is, so that the editor can colour it.
    pub format: DraftFormat,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftFormat {
    /// Plain text.
    Text,
    /// JSON.
    Json,
}

/// A program of the user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `$VISUAL` or `$EDITOR`.
    Editor,
    /// `$PAGER`.
    Pager,
}
