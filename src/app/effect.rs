//! What must be done outside of the state: plain data that a test can compare.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use super::load::TaskId;
use crate::domain::call::Call;
use crate::domain::transfer::Existing;
use crate::json::document::{Document, NodeId};

/// Something that must be done outside of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
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
    },
    /// Download a file.
    Download {
        /// The work.
        task: TaskId,
        /// The call.
        call: Call,
        /// The folder.
        folder: PathBuf,
    },
    /// Save a body.
    Save {
        /// The work.
        task: TaskId,
        /// The body.
        body: Bytes,
        /// Where to.
        to: PathBuf,
        /// What to do about a file that is there.
        existing: Existing,
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
        /// What to look for.
        needle: String,
    },
    /// Stop work whose result is no longer expected.
    Cancel(TaskId),
    /// Give the terminal back and stop until the user brings us back.
    Suspend,
    /// End the program with an exit code.
    Quit(u8),
}
