//! What the user asks for: imperatives.

/// Something the user asks for. Each has a row in the key table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Sends the request and moves to the reply. A `download` streams to the disk.
    Send,
    /// Cancels what runs; else leaves the field, closes the popup, or steps back.
    Back,
    /// Ends the program at once.
    QuitNow,
    /// Suspends the program, as a shell's Ctrl-Z does.
    Suspend,
    /// Ends the program; asks first if work runs.
    Quit,
    /// Moves to the next pane.
    NextPane,
    /// Moves to the pane before.
    PreviousPane,
    /// Moves to the connectors.
    GoToConnectors,
    /// Moves to the request.
    GoToRequest,
    /// Moves to the reply.
    GoToReply,
    /// Shows the pane alone, and all of them again.
    Zoom,
    /// Shows the keys that hold here; typing filters, Enter runs the line.
    Help,
    /// Finds a command by name.
    Palette,
    /// Switches workspace or organization.
    Workspaces,
    /// Loads this pane's contents again.
    Reload,
    /// Moves a line down.
    Down,
    /// Moves a line up.
    Up,
    /// Moves half a window down.
    HalfDown,
    /// Moves half a window up.
    HalfUp,
    /// Moves a window down.
    PageDown,
    /// Moves a window up.
    PageUp,
    /// Moves to the first line.
    Top,
    /// Moves to the last line.
    Bottom,
    /// Finds text here; in the connectors it filters the list.
    Find,
    /// Moves to the next match.
    FindNext,
    /// Moves to the match before.
    FindPrevious,
    /// Opens, chooses, edits, folds: what Enter means in the pane.
    Open,
    /// Shows what is known of the connector.
    Details,
    /// Takes a value out, so that it is not sent.
    Unset,
    /// Sets a value to null.
    SetNull,
    /// Shows the body that will go out.
    ShowBody,
    /// Empties the form.
    ResetForm,
    /// Asks for the next page, or goes to it if it has come.
    NextPage,
    /// Goes back a page, without a call.
    PreviousPage,
    /// Goes to the first page, without a call.
    FirstPage,
    /// Fetches all pages, after asking.
    AllPages,
    /// Shows the ledger: a row a page, and the verdict.
    Ledger,
    /// Shows how the operation pages, and lets one change it.
    Profile,
    /// Takes a token or a value apart, layer by layer.
    Decode,
    /// Shows all pages as one list, and one at a time again.
    Join,
    /// Writes the pages to a file.
    Export,
    /// Shows the calls of this session by connector.
    CallsByConnector,
    /// Closes the value, or goes to the one around it.
    Fold,
    /// Opens the value, or goes into it.
    Unfold,
    /// Shows the value in the editor.
    Edit,
    /// Shows the value in the pager.
    PageOut,
    /// Counts the fields of the records.
    Fields,
    /// Goes to a path.
    GoToPath,
    /// Asks for the page again with all strings whole.
    Uncut,
    /// Filters what is seen with jq.
    Filter,
    /// Finds the text of the value elsewhere.
    FindHere,
    /// Shows only what matches, or all again.
    KeepMatching,
    /// Looks at the tab as the next of tree, table, text.
    NextView,
    /// Wraps long lines of text, or lets them go on to the right.
    ToggleWrap,
    /// Makes the selected value the root.
    SetRoot,
    /// Goes back to the root that was before.
    RestoreRoot,
    /// Marks the record, or takes the mark away.
    Mark,
    /// Begins a range of marks, and ends it.
    MarkRange,
    /// Moves the table's column to the left.
    ColumnLeft,
    /// Moves the table's column to the right.
    ColumnRight,
    /// Leaves the table's column out.
    HideColumn,
    /// Chooses the columns of the table.
    PickColumns,
    /// Sorts the table by its column.
    Sort,
    /// Moves to the next value beside this one.
    NextSibling,
    /// Moves to the value beside and before this one.
    PreviousSibling,
    /// Moves to the value around this one.
    Parent,
    /// Begins a key that folds.
    FoldPrefix,
    /// Opens everything.
    OpenAll,
    /// Closes everything.
    CloseAll,
    /// Opens down to a depth.
    OpenTo(u8),
    /// Shows the next of result, metadata, body, request.
    NextTab,
    /// Saves the body as it came.
    Save,
    /// Saves the body under a name that is asked for.
    SaveAs,
    /// Downloads what is marked, the file under the cursor, or the file of the request.
    Download,
    /// Lists the files that the pages name.
    Attachments,
    /// Marks all files that the pages name.
    MarkAttachments,
    /// Shows the queue of downloads.
    Downloads,
    /// Opens the file or the address with the system's program.
    OpenOutside,
    /// Shows what can be done here.
    Menu,
    /// Begins a key that copies.
    CopyPrefix,
    /// Copies the value.
    CopyValue,
    /// Copies a string without its quotes.
    CopyText,
    /// Copies the path of the value, its keys as they are.
    CopyPath,
    /// Copies the path of the value as jq takes it.
    CopyJqPath,
    /// Copies the path of the value as programs index it.
    CopyBracketPath,
    /// Copies the key of the value.
    CopyKey,
    /// Copies the record that the value is in.
    CopyRecord,
    /// Copies the table as tab-separated values.
    CopyTable,
    /// Copies the request as a curl command, the token named and not written.
    CopyCurl,
    /// Copies the body of the request.
    CopyBody,
    /// Shows all of the last message.
    ShowMessage,
}
