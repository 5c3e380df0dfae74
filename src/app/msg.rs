//! What has happened: past participles.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::{KeyEvent, MouseEvent};

use super::attached::Found;
use super::load::TaskId;
use super::page::{LoadedReply, PageId, SpillSlot};
use crate::domain::connector::{Connector, Inspection, Organization, StoreState, Workspace};
use crate::domain::download::{DownloadEvent, Progress, SavedFile, Wanted};
use crate::domain::failure::Failure;
use crate::domain::operation::Operation;
use crate::domain::reply::{Pause, Reply};
use crate::envelope::Envelope;
use crate::json::document::NodeId;
use crate::json::fields::Fields;
use crate::json::find::Batch;
use crate::paging::Remembered;

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// How much was written: bytes of a body, records of an export.
    pub count: u64,
    /// How many strings in it held what JSON forbids. A body keeps them as they came; an export has them repaired.
    pub forbidden: u64,
}

/// Something that has happened outside of the state.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// Text was pasted.
    Pasted(String),
    /// The terminal has another size; the next draw measures it.
    Resized,
    /// Time has passed. Sent only while something runs.
    Tick(Instant),
    /// The connectors have come.
    ConnectorsLoaded {
        /// The work.
        task: TaskId,
        /// What came of it.
        result: Result<Vec<Connector>, Failure>,
    },
    /// The Context Store badges have come; an empty list if they could not be had.
    BadgesLoaded {
        /// The work.
        task: TaskId,
        /// Connector ids and states.
        badges: Vec<(String, StoreState)>,
        /// The organization's name, if it could be had too.
        organization: Option<String>,
    },
    /// A connector has told what it can do.
    Described {
        /// The work.
        task: TaskId,
        /// What came of it.
        result: Result<Vec<Operation>, Failure>,
    },
    /// A connector was inspected.
    Inspected {
        /// The work.
        task: TaskId,
        /// What came of it.
        result: Result<Inspection, Failure>,
    },
    /// The workspaces have come.
    WorkspacesLoaded {
        /// The work.
        task: TaskId,
        /// What came of it.
        result: Result<(Vec<Workspace>, Vec<Organization>), Failure>,
    },
    /// What is remembered of a kind of connector has come: entity, action, what of them.
    ProfilesLoaded {
        /// The connector type's UUID.
        definition_id: String,
        /// What is remembered.
        profiles: Vec<(String, String, Remembered)>,
    },
    /// The body of a page was spilled, or could not be.
    PageSpilled {
        /// The page.
        serial: PageId,
        /// Where it is.
        result: Result<SpillSlot, Failure>,
    },
    /// The body of a page is back, or could not be got.
    SpilledLoaded {
        /// The page.
        serial: PageId,
        /// Its parts.
        result: Result<Box<Envelope>, Failure>,
    },
    /// Pages were written, or could not be.
    Exported {
        /// The work.
        task: TaskId,
        /// Where to, how many records; or why not.
        result: Result<Written, Failure>,
    },
    /// A reply has become large, and the rest of it waits for an answer.
    ReplyIsLarge {
        /// The work.
        task: TaskId,
        /// How many bytes have come.
        bytes: u64,
    },
    /// A request for an operation went out.
    CallSent {
        /// The work.
        task: TaskId,
    },
    /// A call waits before it is repeated.
    CallPaused {
        /// The work.
        task: TaskId,
        /// Why and for how long.
        pause: Pause,
    },
    /// A part of a reply or a file has come.
    Progressed {
        /// The work.
        task: TaskId,
        /// How much.
        progress: Progress,
    },
    /// A reply has begun to come, or has grown.
    Grown {
        /// The work.
        task: TaskId,
        /// What has come so far.
        envelope: Box<Envelope>,
        /// Status, type, size so far.
        reply: Reply,
        /// How large it will be, if that is known.
        expected: Option<u64>,
        /// Whether it started over since the last time.
        fresh: bool,
    },
    /// A reply has come, or failed to.
    CallFinished {
        /// The work.
        task: TaskId,
        /// What came of it.
        result: Result<Box<LoadedReply>, Failure>,
    },
    /// Something has happened to a file on its way.
    Stepped {
        /// The work.
        task: TaskId,
        /// What.
        step: DownloadEvent,
    },
    /// What runs left unfinished is known.
    UnfinishedLoaded {
        /// The work.
        task: TaskId,
        /// What they left.
        result: Result<Vec<Wanted>, Failure>,
    },
    /// What becomes of files was written down, or could not be.
    StatusRecorded {
        /// What came of it.
        result: Result<(), Failure>,
    },
    /// Files were found in pages.
    AttachmentsFound {
        /// The work.
        task: TaskId,
        /// The files.
        found: Arc<Vec<Found>>,
    },
    /// A file or an address was handed to the system's program, or could not be.
    Opened {
        /// What it was, or why not.
        result: Result<String, Failure>,
    },
    /// A file has come, or failed to.
    Downloaded {
        /// The work.
        task: TaskId,
        /// What came of it.
        result: Result<SavedFile, Failure>,
    },
    /// A reply was saved, or could not be.
    Saved {
        /// The work.
        task: TaskId,
        /// Where, or why not.
        result: Result<Written, Failure>,
    },
    /// How an operation pages was written down, or could not be, which the log tells.
    ProfileSaved,
    /// Text was copied, or could not be.
    Copied {
        /// What it was.
        what: String,
        /// Which ways worked, or why none did.
        result: Result<String, Failure>,
    },
    /// Another program has ended that had the terminal, or could not be run.
    CameBack {
        /// What was run, or why not.
        result: Result<String, Failure>,
    },
    /// Fields were counted.
    FieldsCounted {
        /// The work.
        task: TaskId,
        /// What there is.
        fields: Arc<Fields>,
    },
    /// A filter has given its result, or what is wrong with it, and where, in bytes.
    Filtered {
        /// The work.
        task: TaskId,
        /// What came of it.
        result: Result<Box<Envelope>, (String, Option<usize>)>,
    },
    /// Records were sorted.
    Sorted {
        /// The work.
        task: TaskId,
        /// The page.
        serial: PageId,
        /// The value that they stand in.
        root: NodeId,
        /// The records in their order.
        records: Arc<Vec<NodeId>>,
    },
    /// A search has found something, or has ended.
    Found {
        /// The work.
        task: TaskId,
        /// What it found since the last time.
        batch: Arc<Batch>,
        /// Whether it has ended.
        over: bool,
    },
}
