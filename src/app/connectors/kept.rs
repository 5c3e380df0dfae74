//! Commands that need the connectors: kept while those are loaded, and done when they are there.

use crate::app::command::{Command, ConnectorsCommand, GlobalCommand, RequestCommand};

/// A command that waits for the connectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Choose the connector under the cursor.
    Choose,
    /// Edit the row of the form.
    Edit,
    /// Send the form.
    Send,
}

impl Kept {
    /// Returns how a command is kept, if it is one of those that can wait.
    pub fn of(command: Command) -> Option<Kept> {
        match command {
            Command::Connectors(ConnectorsCommand::Choose) => Some(Kept::Choose),
            Command::Request(RequestCommand::Edit) => Some(Kept::Edit),
            Command::Global(GlobalCommand::Send) => Some(Kept::Send),
            Command::Global(_)
            | Command::Move(_)
            | Command::Connectors(_)
            | Command::Request(_)
            | Command::Reply(_)
            | Command::View(_)
            | Command::Copy(_) => None,
        }
    }

    /// Returns the command.
    pub fn command(self) -> Command {
        match self {
            Kept::Choose => Command::Connectors(ConnectorsCommand::Choose),
            Kept::Edit => Command::Request(RequestCommand::Edit),
            Kept::Send => Command::Global(GlobalCommand::Send),
        }
    }

    /// Returns what will be done.
    pub fn words(self) -> &'static str {
        match self {
            Kept::Choose => "Chooses the connector when the connectors are loaded",
            Kept::Edit => "Edits the row when the connectors are loaded",
            Kept::Send => "Sends when the connectors are loaded",
        }
    }
}
