//! What the user asks for. Each pane has its commands; those of [`GlobalCommand`] and [`Movement`] mean the same
//! everywhere.

use super::widgets::focus::Pane;

/// Something the user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The same wherever one is.
    Global(GlobalCommand),
    /// Moves the cursor of the pane that has the keys.
    Move(Movement),
    /// For the connector list.
    Connectors(ConnectorsCommand),
    /// For the form.
    Request(RequestCommand),
    /// For the reply.
    Reply(ReplyCommand),
    /// For the view of the reply.
    View(ViewCommand),
    /// Copies something.
    Copy(CopyCommand),
}

/// Means the same wherever one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlobalCommand {
    /// Sends the request in the form; with a file, reads it again.
    Send,
    /// Cancels what runs, else takes one step back.
    Back,
    /// Goes back to the request before, with its reply.
    PreviousRequest,
    /// Goes forward to the request that one came back from.
    NextRequest,
    /// Quits at once.
    QuitNow,
    /// Suspends the program.
    Suspend,
    /// Draws the whole screen again.
    Repaint,
    /// Leaves the mouse to the terminal, or takes it back.
    ToggleMouse,
    /// Quits, after a question if work runs.
    Quit,
    /// Gives the keys to the next pane.
    NextPane,
    /// Gives the keys to the previous pane.
    PreviousPane,
    /// Gives the keys to a pane.
    Focus(Pane),
    /// Shows the pane alone, and all panes again.
    Zoom,
    /// Lists the keys of where one is.
    Help,
    /// Lists all commands.
    Palette,
    /// Lists workspaces and organizations.
    Workspaces,
    /// Loads the pane's contents again.
    Reload,
    /// Lists the downloads.
    Downloads,
    /// Lists the actions that are possible here.
    Menu,
    /// Shows the ledger of pages.
    Ledger,
    /// Shows the calls of this session.
    Calls,
    /// Shows the last message whole.
    ShowMessage,
}

/// Moves the cursor of the pane that has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movement {
    /// A line down.
    Down,
    /// A line up.
    Up,
    /// Half a window down.
    HalfDown,
    /// Half a window up.
    HalfUp,
    /// A window down.
    PageDown,
    /// A window up.
    PageUp,
    /// To the first line.
    Top,
    /// To the last line.
    Bottom,
}

impl Movement {
    /// Returns how many lines it moves in a window of a height: one line of a window is kept in sight. An end is
    /// further than any list is long.
    pub fn lines(self, height: usize) -> i64 {
        let window = height.max(2) as i64 - 1;
        match self {
            Movement::Down => 1,
            Movement::Up => -1,
            Movement::HalfDown => window / 2,
            Movement::HalfUp => -window / 2,
            Movement::PageDown => window,
            Movement::PageUp => -window,
            Movement::Top => -i64::from(u32::MAX),
            Movement::Bottom => i64::from(u32::MAX),
        }
    }
}

/// For the connector list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorsCommand {
    /// Chooses the connector and goes to its request.
    Choose,
    /// Filters the list.
    Filter,
    /// Shows ids, definition and Context Store of the connector.
    Details,
}

/// For the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestCommand {
    /// Edits or chooses the value of the row.
    Edit,
    /// Takes the value out: it is not sent.
    Unset,
    /// Sets the value to null.
    SetNull,
    /// Shows the body that will be sent.
    ShowBody,
    /// Empties the form.
    Reset,
    /// Takes back the last change of the form.
    Undo,
    /// Sends the download operation in the form.
    Download,
    /// Shows how the operation pages.
    Profile,
    /// Decodes the value of the row.
    Decode,
}

/// For the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyCommand {
    /// Shows the next page, and asks for it if it is not here.
    NextPage,
    /// Shows the previous page.
    PreviousPage,
    /// Shows the first page.
    FirstPage,
    /// Fetches all pages, after a question.
    FetchAll,
    /// Shows how the operation pages.
    Profile,
    /// Decodes the value under the cursor.
    Decode,
    /// Shows all pages as one list, and page by page again.
    AllPages,
    /// Exports pages.
    Export,
    /// Opens the value in `$EDITOR`.
    Editor,
    /// Opens the value in `$PAGER`.
    Pager,
    /// Shows statistics of the records' fields.
    Fields,
    /// Goes to a path.
    GoToPath,
    /// Sends the request again with strings uncut.
    Uncut,
    /// Filters with jq.
    Filter,
    /// Finds in keys and values.
    Find,
    /// Goes to the next match.
    FindNext,
    /// Goes to the previous match.
    FindPrevious,
    /// Finds the text of the value elsewhere.
    FindValue,
    /// Shows only the records that match, and all again.
    KeepMatching,
    /// Shows the next tab.
    NextTab,
    /// Saves the body as it was received.
    Save,
    /// Saves the body under a name.
    SaveAs,
    /// Downloads the marked attachments, or the one under the cursor.
    Download,
    /// Lists the attachments that the pages name.
    Attachments,
    /// Marks all attachments that the pages name.
    MarkAttachments,
    /// Opens the address under the cursor, or the downloaded file.
    Open,
    /// Waits for a second key that says what is copied.
    CopyPrefix,
    /// Marks the record or the attachment, or takes the mark away.
    Mark,
    /// Begins a range of marks, and ends it.
    MarkRange,
    /// Shows names beside ids, or no more.
    Names,
    /// Fetches the names that are missing, after a question.
    FetchNames,
    /// Marks all records, or takes all marks away.
    MarkAll,
    /// Goes to the record that a record was asked for.
    ParentRecord,
}

/// For the view of the reply: tree, table or text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewCommand {
    /// Shows the next view.
    NextView,
    /// Opens what is under the cursor.
    Toggle,
    /// Closes the value, or goes to its parent.
    Fold,
    /// Opens the value, or goes into it.
    Unfold,
    /// Makes the value the root.
    SetRoot,
    /// Takes the former root back.
    RestoreRoot,
    /// Goes to the next sibling.
    NextSibling,
    /// Goes to the previous sibling.
    PreviousSibling,
    /// Goes to the parent.
    Parent,
    /// Waits for a second key that says how deep.
    FoldPrefix,
    /// Opens everything.
    UnfoldAll,
    /// Closes everything.
    FoldAll,
    /// Opens so many levels.
    UnfoldTo(u8),
    /// Wraps long lines of text, or does not.
    ToggleWrap,
    /// Shows text as it was received, or laid out.
    ToggleLayout,
    /// Moves the column to the left.
    ColumnLeft,
    /// Moves the column to the right.
    ColumnRight,
    /// Hides the column.
    HideColumn,
    /// Lists the columns to choose from.
    Columns,
    /// Sorts by the column.
    Sort,
}

/// Copies something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyCommand {
    /// The value as JSON.
    Value,
    /// The string without quotes.
    Text,
    /// The key.
    Key,
    /// The record, or what is marked.
    Record,
    /// The path.
    Path,
    /// The path as jq takes it.
    JqPath,
    /// The path as programs index it.
    BracketPath,
    /// The records as a table with tabs.
    Table,
    /// Something of the request.
    Request(CopyRequest),
}

/// What is copied of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyRequest {
    /// The request as curl.
    Curl,
    /// The body.
    Body,
    /// The request as an `airscope` command line.
    CommandLine,
}
