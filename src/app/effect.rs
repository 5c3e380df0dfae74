//! What must be done outside of the state: plain data that a test can compare.

use std::path::PathBuf;
use std::sync::Arc;

use super::downloads::ManifestStatus;
use super::load::TaskId;
use super::page::{PageId, SpillSlot};
use crate::attachments::Finder;
use crate::domain::call::Call;
use crate::domain::download::{OnConflict, Wanted};
use crate::envelope::{Envelope, Reading};
use crate::json::body::Body;
use crate::json::document::{Document, NodeId};
use crate::paging::{PageScan, Remembered};

/// Pages to be written to a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// The pages, first to last, and which of their records; all unless set.
    pub pages: Vec<(PageSource, Option<Arc<Vec<NodeId>>>)>,
    /// The name of the format.
    pub format: String,
    /// The columns of a table; none for all.
    pub columns: Vec<String>,
    /// Whether records that came before are left out.
    pub dedupe: bool,
    /// The file.
    pub to: PathBuf,
}

/// What a filter reads.
#[derive(Debug, Clone, PartialEq)]
pub enum FilterInput {
    /// A value of a document.
    Value(Arc<Document>, NodeId),
    /// The records of pages, as one list.
    Pages(Vec<PageSource>),
}

/// Where files are looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum FindScope {
    /// In all records.
    All,
    /// In what is marked, page by page.
    Marked(Vec<(PageId, Vec<NodeId>)>),
    /// Under the cursor: the value itself, what is around it, else all of its record.
    Here {
        /// The value.
        cursor: NodeId,
        /// Its record.
        record: NodeId,
    },
}

/// A program that shows a value in our terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `$VISUAL` or `$EDITOR`.
    Editor,
    /// `$PAGER`.
    Pager,
}

/// What another program is to show.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// The program.
    pub program: Program,
    /// Where the value is.
    pub document: Arc<Document>,
    /// The value; `None` for a body that is no JSON.
    pub node: Option<NodeId>,
}

/// Where the records of a page are.
#[derive(Debug, Clone)]
pub enum PageSource {
    /// In memory.
    Loaded(Box<Envelope>, Arc<PageScan>),
    /// Spilled.
    Spill(SpillSlot),
}

impl PartialEq for PageSource {
    /// Two pages in memory are the same if their bodies are.
    fn eq(&self, other: &PageSource) -> bool {
        match (self, other) {
            (PageSource::Loaded(one, _), PageSource::Loaded(other, _)) => {
                one.document == other.document
            }
            (PageSource::Spill(one), PageSource::Spill(other)) => one == other,
            (PageSource::Loaded(..), PageSource::Spill(_))
            | (PageSource::Spill(_), PageSource::Loaded(..)) => false,
        }
    }
}

/// Something that must be done outside of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// View up how the operations of a kind of connector were seen to page.
    LoadProfiles {
        /// The connector type's UUID.
        definition_id: String,
    },
    /// Remember how an operation pages.
    Remember {
        /// The connector type's UUID.
        definition_id: String,
        /// The entity.
        entity: String,
        /// The action.
        action: String,
        /// What is to be remembered.
        remembered: Box<Remembered>,
    },
    /// Spill the body of a page.
    SpillPage {
        /// The page.
        serial: PageId,
        /// Its body.
        body: Body,
        /// How it is read for its records.
        reading: Reading,
    },
    /// Get the body of a page back.
    LoadSpilled {
        /// The page.
        serial: PageId,
        /// Where it was put.
        spill_slot: SpillSlot,
    },
    /// Forget all that was spilled: its pages are gone.
    DropSpill,
    /// Write pages to a file.
    Export {
        /// The work.
        task: TaskId,
        /// What is written, and where to.
        export: Box<Export>,
    },
    /// Load the connectors of a workspace.
    LoadConnectors {
        /// The work.
        task: TaskId,
        /// The workspace's name.
        workspace: String,
    },
    /// Load the Context Store badges. One connector is named, through which the organization can be
    /// found if it is not known.
    LoadBadges {
        /// The work.
        task: TaskId,
        /// Any connector of the workspace.
        connector_id: String,
    },
    /// Ask a connector what it can do.
    Describe {
        /// The work.
        task: TaskId,
        /// The connector.
        connector_id: String,
    },
    /// Inspect a connector.
    Inspect {
        /// The work.
        task: TaskId,
        /// The connector.
        connector_id: String,
    },
    /// Load workspaces and organizations.
    LoadWorkspaces {
        /// The work.
        task: TaskId,
    },
    /// Send another organization along from now on.
    ChooseOrganization(String),
    /// Run an operation.
    Call {
        /// The work.
        task: TaskId,
        /// The call.
        call: Call,
        /// How its reply is read for its records.
        reading: Reading,
        /// Whether its reply is to be told of while it comes.
        grows: bool,
    },
    /// Read the file that was opened.
    ReadFile {
        /// The work.
        task: TaskId,
    },
    /// Fetch a file.
    Fetch {
        /// The work.
        task: TaskId,
        /// What is wanted.
        wanted: Box<Wanted>,
    },
    /// Write down what becomes of files in the record of their run.
    RecordStatus {
        /// The files.
        wanted: Vec<Wanted>,
        /// What becomes of them.
        fate: ManifestStatus,
    },
    /// View for what runs left unfinished.
    LoadUnfinished {
        /// The work.
        task: TaskId,
        /// The folder that the runs have their folders in.
        folder: PathBuf,
    },
    /// View for the files that pages name.
    FindAttachments {
        /// The work.
        task: TaskId,
        /// The pages.
        pages: Vec<(PageId, PageSource)>,
        /// What knows them.
        finder: Arc<Finder>,
        /// Where to look.
        scope: FindScope,
    },
    /// Open a file or an address with the system's program.
    Open(String),
    /// Save a body.
    Save {
        /// The work.
        task: TaskId,
        /// The body.
        body: Body,
        /// Where to.
        to: PathBuf,
        /// What to do about a file that is there.
        existing: OnConflict,
    },
    /// Copy text.
    Copy {
        /// The text.
        text: String,
        /// What it is, for the notice.
        what: String,
    },
    /// Find text in a document.
    Find {
        /// The work.
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
        /// The work.
        task: TaskId,
        /// The page.
        serial: PageId,
        /// Where the records are.
        document: Arc<Document>,
        /// Inside of which value.
        root: NodeId,
        /// Which of them; all unless set.
        kept: Option<Arc<Vec<NodeId>>>,
        /// The column.
        path: String,
        /// Whether the largest stands first.
        descending: bool,
    },
    /// Count the fields of records.
    CountFields {
        /// The work.
        task: TaskId,
        /// The pages that the records are of.
        pages: Vec<PageSource>,
    },
    /// Run a jq filter.
    Filter {
        /// The work.
        task: TaskId,
        /// The filter.
        text: String,
        /// What it reads.
        input: FilterInput,
    },
    /// Read the rest of a large reply.
    ReadOn(TaskId),
    /// Stop work whose result is no longer expected.
    Cancel(TaskId),
    /// Give the terminal to another program until it ends.
    Outside(Box<Outside>),
    /// Give the terminal back and stop until the user brings us back.
    Suspend,
    /// End the program with an exit code.
    Quit(u8),
}
