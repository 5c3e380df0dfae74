//! What has happened: keys, ticks, and the answers to effects.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::{KeyEvent, MouseEvent};

use super::ids::{PageId, TaskId};
use super::parents::ParentEnd;
use super::session::WorkspaceList;
use super::source::{Found, LoadedReply, SpillSlot};
use crate::domain::connector::{Connector, Inspection, StoreState};
use crate::domain::download::{DownloadEvent, Progress, SavedFile, Wanted};
use crate::domain::failure::Failure;
use crate::domain::operation::Operation;
use crate::domain::reply::{Pause, Reply};
use crate::envelope::Envelope;
use crate::json::document::NodeId;
use crate::json::fields::Fields;
use crate::json::find::Batch;
use crate::names::PageNames;
use crate::paging::{Profile, Remembered};

/// Something that has happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// Text was pasted.
    Pasted(String),
    /// The window has another size, or must be drawn again.
    Resized,
    /// Time has passed while something runs.
    Tick(Instant),
    /// The service answered about connectors or workspaces.
    Lookup(LookupMsg),
    /// What an earlier run learned of paging was loaded, or it was stored.
    Profile(ProfileMsg),
    /// The call that runs has news.
    Reply(ReplyMsg),
    /// The run over many records has news.
    Each(EachMsg),
    /// Work on documents has a result.
    Document(DocumentMsg),
    /// A body was spilled or loaded.
    Spill(SpillMsg),
    /// A file was written.
    File(FileMsg),
    /// A download has news.
    Download(DownloadMsg),
    /// A text was copied: the result tells how, or why not.
    Copied {
        /// What was copied.
        what: String,
        /// How it was copied.
        result: Result<String, Failure>,
    },
    /// An address or a file was opened: the result names it.
    Opened {
        /// What was opened.
        result: Result<String, Failure>,
    },
    /// The user's editor has ended: the result is the text, or nothing if the editor ended with an error.
    EditedText {
        /// The text.
        result: Result<Option<String>, Failure>,
    },
    /// The program that had the terminal has ended: the result names it.
    CameBack {
        /// The program.
        result: Result<String, Failure>,
    },
}

/// The service answered about connectors or workspaces.
#[derive(Debug, Clone)]
pub enum LookupMsg {
    /// The connectors of the workspace.
    Connectors {
        /// The id of the task.
        task: TaskId,
        /// The connectors.
        result: Result<Vec<Connector>, Failure>,
    },
    /// The Context Store states by connector id, and the organization's name.
    StoreStates {
        /// The id of the task.
        task: TaskId,
        /// The states.
        states: Vec<(String, StoreState)>,
        /// The organization's name, if it is known.
        organization: Option<String>,
    },
    /// The operations that a connector describes.
    Described {
        /// The id of the task.
        task: TaskId,
        /// The operations.
        result: Result<Vec<Operation>, Failure>,
    },
    /// The Context Store of a connector by entity.
    Inspected {
        /// The id of the task.
        task: TaskId,
        /// The entities.
        result: Result<Inspection, Failure>,
    },
    /// The workspaces and organizations.
    Workspaces {
        /// The id of the task.
        task: TaskId,
        /// Both lists.
        result: Result<WorkspaceList, Failure>,
    },
}

/// What was learned of paging was loaded or stored.
#[derive(Debug, Clone)]
pub enum ProfileMsg {
    /// It was loaded.
    Loaded {
        /// The definition's id.
        definition_id: String,
        /// By entity and action.
        profiles: Vec<(String, String, Remembered)>,
    },
    /// It was stored; a failure is in the log.
    Stored,
}

/// The call that runs has news.
#[derive(Debug, Clone)]
pub enum ReplyMsg {
    /// A request of the call was sent.
    Sent {
        /// The id of the task.
        task: TaskId,
    },
    /// The call waits before its next try.
    Paused {
        /// The id of the task.
        task: TaskId,
        /// For how long, and why.
        pause: Pause,
    },
    /// A part of the body was received.
    Progressed {
        /// The id of the task.
        task: TaskId,
        /// How much.
        progress: Progress,
    },
    /// The reply is larger than is read without asking.
    IsLarge {
        /// The id of the task.
        task: TaskId,
        /// How much was received.
        bytes: u64,
    },
    /// More of the body was received: a snapshot to show.
    Grew {
        /// The id of the task.
        task: TaskId,
        /// What was received so far.
        envelope: Box<Envelope>,
        /// Status, type, times so far.
        reply: Reply,
        /// The stated size of the body.
        expected: Option<u64>,
        /// Whether the body starts over since the last snapshot.
        restarted: bool,
    },
    /// The call has ended.
    Finished {
        /// The id of the task.
        task: TaskId,
        /// The reply.
        result: Result<Box<LoadedReply>, Failure>,
    },
}

/// The run over many records has news.
#[derive(Debug, Clone)]
pub enum EachMsg {
    /// Calls were sent.
    Sent {
        /// The id of the task.
        task: TaskId,
        /// How many.
        calls: u64,
        /// How many parents have ended with them.
        ended: u64,
    },
    /// The records of an earlier run that stay.
    Kept {
        /// The id of the task.
        task: TaskId,
        /// The records, one value each.
        grown: Box<Envelope>,
        /// What is known of them.
        reply: Box<Reply>,
    },
    /// A page of a parent was received. The parents come in their order, each with all of its pages.
    Page {
        /// The id of the task.
        task: TaskId,
        /// The page.
        page: EachPage,
        /// All records of the run so far, one value each.
        grown: Box<Envelope>,
    },
    /// A parent has ended.
    Ended {
        /// The id of the task.
        task: TaskId,
        /// Its number in the run.
        parent: u64,
        /// What came of it.
        end: Box<ParentEnd>,
    },
    /// A call waits before its next try; after a 429 all calls wait.
    Paused {
        /// The id of the task.
        task: TaskId,
        /// For how long, and why.
        pause: Pause,
    },
    /// The second page of a parent proved how the operation pages.
    Proved {
        /// The id of the task.
        task: TaskId,
        /// How it pages.
        profile: Box<Profile>,
        /// When it was proved.
        at: String,
    },
    /// The run is over.
    Over {
        /// The id of the task.
        task: TaskId,
        /// All records of the run.
        result: Result<Box<LoadedReply>, Failure>,
    },
}

/// A page of a parent.
#[derive(Debug, Clone, PartialEq)]
pub struct EachPage {
    /// The parent's number in the run.
    pub parent: u64,
    /// The page's number, from 1.
    pub page: u64,
    /// How many records it has.
    pub records: u64,
    /// Status, size, times.
    pub reply: Reply,
}

/// Work on documents has a result.
#[derive(Debug, Clone)]
pub enum DocumentMsg {
    /// Matches were found.
    Found {
        /// The id of the task.
        task: TaskId,
        /// The matches since the last message.
        batch: Arc<Batch>,
        /// Whether these are the last ones.
        over: bool,
    },
    /// Records were sorted.
    Sorted {
        /// The id of the task.
        task: TaskId,
        /// The page.
        page: PageId,
        /// The value that holds the records.
        root: NodeId,
        /// The records in their new order.
        records: Arc<Vec<NodeId>>,
    },
    /// Fields were counted.
    FieldsCounted {
        /// The id of the task.
        task: TaskId,
        /// The fields.
        fields: Arc<Fields>,
    },
    /// A filter has ended: its results, or its fault and the place of the fault in its text.
    Filtered {
        /// The id of the task.
        task: TaskId,
        /// The results.
        result: Result<Box<Envelope>, (String, Option<usize>)>,
    },
    /// Attachments were found.
    AttachmentsFound {
        /// The id of the task.
        task: TaskId,
        /// The attachments.
        found: Arc<Vec<Found>>,
    },
    /// The names of pages were collected.
    NamesFound {
        /// The id of the task.
        task: TaskId,
        /// The names by page.
        pages: Arc<Vec<(PageId, PageNames)>>,
    },
}

/// A body was spilled or loaded.
#[derive(Debug, Clone)]
pub enum SpillMsg {
    /// A body was written to the spill file.
    Stored {
        /// The page.
        page: PageId,
        /// Where it is.
        result: Result<SpillSlot, Failure>,
    },
    /// A spilled body was loaded.
    Loaded {
        /// The page.
        page: PageId,
        /// Its parts.
        result: Result<Box<Envelope>, Failure>,
    },
}

/// A file was written.
#[derive(Debug, Clone)]
pub enum FileMsg {
    /// A body was saved.
    Saved {
        /// The id of the task.
        task: TaskId,
        /// The file.
        result: Result<Written, Failure>,
    },
    /// Records were exported.
    Exported {
        /// The id of the task.
        task: TaskId,
        /// The file.
        result: Result<Written, Failure>,
    },
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// How many bytes of a body, or records of an export, were written.
    pub count: u64,
    /// How many strings hold what JSON forbids.
    pub forbidden: u64,
}

/// A download has news.
#[derive(Debug, Clone)]
pub enum DownloadMsg {
    /// A download has made a step.
    Event {
        /// The id of the task.
        task: TaskId,
        /// The step.
        event: DownloadEvent,
    },
    /// A download has ended.
    Finished {
        /// The id of the task.
        task: TaskId,
        /// The file.
        result: Result<SavedFile, Failure>,
    },
    /// What earlier runs left unfinished was listed.
    Unfinished {
        /// The id of the task.
        task: TaskId,
        /// The files.
        result: Result<Vec<Wanted>, Failure>,
    },
    /// The status of files was recorded in their manifests.
    StatusRecorded {
        /// Whether it could be.
        result: Result<(), Failure>,
    },
}
