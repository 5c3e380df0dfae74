//! The one key table: what each key does, where, and in which words.
//!
//! The footer, the help, the palette and the README come from here.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::command::Command;
use super::focus::KeyContext;

/// A key as it is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    control: bool,
}

const fn key(character: char) -> Key {
    Key {
        code: KeyCode::Char(character),
        control: false,
    }
}

const fn control(character: char) -> Key {
    Key {
        code: KeyCode::Char(character),
        control: true,
    }
}

const fn code(code: KeyCode) -> Key {
    Key {
        code,
        control: false,
    }
}

impl Key {
    /// Returns whether a key event is this key. Shift is in the character already.
    fn is(self, event: KeyEvent) -> bool {
        event.code == self.code
            && event.modifiers.contains(KeyModifiers::CONTROL) == self.control
            && !event.modifiers.contains(KeyModifiers::ALT)
    }

    /// Writes the key as the manual does.
    pub fn name(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(character) if self.control => character.to_uppercase().to_string(),
            KeyCode::Char(character) => character.to_string(),
            KeyCode::F(number) => format!("F{number}"),
            KeyCode::BackTab => "S-Tab".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            other => format!("{other}"),
        };
        if self.control {
            format!("Ctrl-{name}")
        } else {
            name
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it holds.
    pub place: KeyContext,
    /// The keys, the one to show first.
    pub keys: &'static [Key],
    /// What it does.
    pub command: Command,
    /// A word or two for the footer.
    pub label: &'static str,
    /// A sentence for help and README.
    pub about: &'static str,
    /// How much the footer wants it; 0 shows it in the help only.
    pub weight: u8,
}

const fn row(
    place: KeyContext,
    keys: &'static [Key],
    command: Command,
    label: &'static str,
    about: &'static str,
    weight: u8,
) -> Binding {
    Binding {
        place,
        keys,
        command,
        label,
        about,
        weight,
    }
}

/// The table.
#[rustfmt::skip]
pub const BINDINGS: &[Binding] = &[
    row(KeyContext::Always, &[code(KeyCode::F(5))], Command::Send, "send", "send the request (a download streams to disk)", 90),
    row(KeyContext::Always, &[code(KeyCode::Esc)], Command::Back, "back", "cancel what runs; else leave the field, close the popup, step back", 0),
    row(KeyContext::Always, &[control('c')], Command::QuitNow, "quit now", "quit at once", 0),
    row(KeyContext::Always, &[control('z')], Command::Suspend, "suspend", "suspend the program", 0),
    row(KeyContext::Everywhere, &[key('q')], Command::Quit, "quit", "quit; asks while a call runs", 20),
    row(KeyContext::Everywhere, &[control('r')], Command::Send, "send", "send the request", 0),
    row(KeyContext::Everywhere, &[code(KeyCode::Tab)], Command::NextPane, "pane", "next pane", 30),
    row(KeyContext::Everywhere, &[code(KeyCode::BackTab)], Command::PreviousPane, "pane before", "pane before", 0),
    row(KeyContext::Everywhere, &[key('1')], Command::GoToConnectors, "connectors", "go to the connectors", 0),
    row(KeyContext::Everywhere, &[key('2')], Command::GoToRequest, "request", "go to the request", 0),
    row(KeyContext::Everywhere, &[key('3')], Command::GoToReply, "reply", "go to the reply", 0),
    row(KeyContext::Everywhere, &[key('f')], Command::Zoom, "full", "show the pane alone, and all again", 0),
    row(KeyContext::Everywhere, &[key('?'), code(KeyCode::F(1))], Command::Help, "help", "keys that hold here; typing filters, Enter runs the line", 100),
    row(KeyContext::Everywhere, &[key(':'), control('p')], Command::Palette, "commands", "find a command by name", 0),
    row(KeyContext::Everywhere, &[key('W')], Command::Workspaces, "workspace", "switch workspace or organization", 0),
    row(KeyContext::Everywhere, &[key('R')], Command::Reload, "reload", "load this pane's contents again; a page says what changed", 0),
    row(KeyContext::Everywhere, &[key('w')], Command::Downloads, "downloads", "downloads: what runs, what is there, what failed; pause, cancel, retry", 0),
    row(KeyContext::Everywhere, &[key('x')], Command::Menu, "menu", "what can be done here; in a reply, where the record leads first", 40),
    row(KeyContext::Everywhere, &[key('!')], Command::ShowMessage, "message", "show all of the last message", 0),
    row(KeyContext::Everywhere, &[key('j'), code(KeyCode::Down)], Command::Down, "down", "a line down", 0),
    row(KeyContext::Everywhere, &[key('k'), code(KeyCode::Up)], Command::Up, "up", "a line up", 0),
    row(KeyContext::Everywhere, &[control('d')], Command::HalfDown, "half down", "half a window down", 0),
    row(KeyContext::Everywhere, &[control('u')], Command::HalfUp, "half up", "half a window up", 0),
    row(KeyContext::Everywhere, &[control('f'), code(KeyCode::PageDown)], Command::PageDown, "window down", "a window down", 0),
    row(KeyContext::Everywhere, &[control('b'), code(KeyCode::PageUp)], Command::PageUp, "window up", "a window up", 0),
    row(KeyContext::Everywhere, &[key('g'), code(KeyCode::Home)], Command::Top, "first", "first line", 0),
    row(KeyContext::Everywhere, &[key('G'), code(KeyCode::End)], Command::Bottom, "last", "last line", 0),
    row(KeyContext::Connectors, &[code(KeyCode::Enter), key('l'), code(KeyCode::Right)], Command::Open, "choose", "choose the connector and go to its request", 80),
    row(KeyContext::Connectors, &[key('/')], Command::Find, "filter", "filter the list", 60),
    row(KeyContext::Connectors, &[key('i')], Command::Details, "details", "ids, definition, Context Store by entity", 50),
    row(KeyContext::Request, &[code(KeyCode::Enter)], Command::Open, "edit", "edit or choose the row's value", 80),
    row(KeyContext::Request, &[code(KeyCode::Backspace)], Command::Unset, "unset", "take the value out: it is not sent", 60),
    row(KeyContext::Request, &[key('0')], Command::SetNull, "null", "set the value to null", 0),
    row(KeyContext::Request, &[key('b')], Command::ShowBody, "body", "the JSON body that will go out", 50),
    row(KeyContext::Request, &[key('r')], Command::ResetForm, "reset", "empty the form", 0),
    row(KeyContext::Request, &[key('d')], Command::Download, "download", "run the download operation in the form", 0),
    row(KeyContext::Reply, &[key(']')], Command::NextPage, "next page", "next page, in the connector's own way", 85),
    row(KeyContext::Reply, &[key('[')], Command::PreviousPage, "back", "page before, without a call", 70),
    row(KeyContext::Reply, &[key('{')], Command::FirstPage, "first page", "first page, without a call", 0),
    row(KeyContext::Reply, &[key('}')], Command::AllPages, "all pages", "all pages, after asking; Esc stops and keeps what came", 68),
    row(KeyContext::Everywhere, &[key('m')], Command::CallsByConnector, "calls", "calls of this session, by connector", 0),
    row(KeyContext::Request, &[key('P')], Command::Profile, "paging", "how this operation pages, and why; every part can be changed", 0),
    row(KeyContext::Request, &[key('D')], Command::Decode, "decode", "take the value apart: base64, JSON, URL, JWT, hex, times", 0),
    row(KeyContext::Reply, &[key('P')], Command::Profile, "paging", "how this operation pages, and why; every part can be changed", 35),
    row(KeyContext::Reply, &[key('D')], Command::Decode, "decode", "take the token or value apart: base64, JSON, URL, JWT, hex, times", 0),
    row(KeyContext::Reply, &[key('u')], Command::Join, "one list", "all pages as one list, and page by page again", 0),
    row(KeyContext::Reply, &[key('E')], Command::Export, "export", "export the pages: NDJSON, JSON, CSV", 42),
    row(KeyContext::Everywhere, &[key('L')], Command::Ledger, "ledger", "ledger of pages: what was sent, what came, the verdict", 38),
    row(KeyContext::Reply, &[code(KeyCode::Enter)], Command::Open, "fold", "fold or unfold; a string opens whole; in a table the record opens beside it; text wraps", 0),
    row(KeyContext::Reply, &[key('h'), code(KeyCode::Left)], Command::Fold, "fold", "close the value, or go to the one around it; in a table a column, in text sideways", 0),
    row(KeyContext::Reply, &[key('l'), code(KeyCode::Right)], Command::Unfold, "unfold", "open the value, or go into it; in a table a column, in text sideways", 0),
    row(KeyContext::Reply, &[key('v')], Command::NextView, "view", "next of tree, table, text; the record and the field stay", 60),
    row(KeyContext::Reply, &[key('.')], Command::SetRoot, "root", "make the value the root", 0),
    row(KeyContext::Reply, &[code(KeyCode::Backspace)], Command::RestoreRoot, "root back", "go back to the root before", 0),
    row(KeyContext::Reply, &[key(' ')], Command::Mark, "mark", "mark the record, or the attachment, or take the mark away", 0),
    row(KeyContext::Reply, &[key('V')], Command::MarkRange, "mark range", "begin a range of marks, and end it", 0),
    row(KeyContext::Reply, &[key('<')], Command::ColumnLeft, "column left", "table: move the column to the left", 0),
    row(KeyContext::Reply, &[key('>')], Command::ColumnRight, "column right", "table: move the column to the right", 0),
    row(KeyContext::Reply, &[key('-')], Command::HideColumn, "hide", "table: hide the column", 0),
    row(KeyContext::Reply, &[key('+')], Command::PickColumns, "columns", "table: choose the columns", 0),
    row(KeyContext::Reply, &[key('O')], Command::Sort, "sort", "table: sort by the column; again turns it round, then back", 0),
    row(KeyContext::Reply, &[key('J')], Command::NextSibling, "next sibling", "next value beside this one", 0),
    row(KeyContext::Reply, &[key('K')], Command::PreviousSibling, "sibling before", "value beside and before this one", 0),
    row(KeyContext::Reply, &[key('H')], Command::Parent, "parent", "value around this one", 0),
    row(KeyContext::Reply, &[key('z')], Command::FoldPrefix, "folds", "fold to a depth: z1 … z9, zM all, zR none", 0),
    row(KeyContext::Reply, &[key('/')], Command::Find, "find", "find in keys and values; a regular expression after re:", 50),
    row(KeyContext::Reply, &[key('n')], Command::FindNext, "next match", "next match", 0),
    row(KeyContext::Reply, &[key('N')], Command::FindPrevious, "match before", "match before", 0),
    row(KeyContext::Reply, &[key('|')], Command::Filter, "jq", "filter with jq as you type: this page, or with Tab all pages; Enter keeps, Esc goes back", 48),
    row(KeyContext::Reply, &[key('e')], Command::Edit, "editor", "the value in $EDITOR", 0),
    row(KeyContext::Reply, &[key('p')], Command::PageOut, "pager", "the value in $PAGER", 0),
    row(KeyContext::Reply, &[key('F')], Command::Fields, "fields", "fields of the records: presence, types, values; marks become select_fields", 0),
    row(KeyContext::Reply, &[key('@')], Command::GoToPath, "go to", "go to a path", 0),
    row(KeyContext::Reply, &[key('T')], Command::Uncut, "uncut", "ask again with skip_truncation: strings come whole", 0),
    row(KeyContext::Reply, &[key('*')], Command::FindHere, "find this", "find the text of the value elsewhere", 0),
    row(KeyContext::Reply, &[key('&')], Command::KeepMatching, "only matches", "show only the records that match, and all again", 0),
    row(KeyContext::Reply, &[key('t')], Command::NextTab, "tab", "next of result, metadata, body, request", 55),
    row(KeyContext::Reply, &[key('s')], Command::Save, "save", "save the body as it came", 65),
    row(KeyContext::Reply, &[key('S')], Command::SaveAs, "save as", "save the body under a name", 0),
    row(KeyContext::Reply, &[key('a')], Command::Attachments, "attachments", "attachments: the files that these pages name", 44),
    row(KeyContext::Reply, &[key('A')], Command::MarkAttachments, "mark files", "mark all files that these pages name", 0),
    row(KeyContext::Reply, &[key('d')], Command::Download, "download", "download the marked files, or the one under the cursor", 0),
    row(KeyContext::Reply, &[key('o')], Command::OpenOutside, "open", "open the address or the downloaded file with the system's program", 0),
    row(KeyContext::Reply, &[key('y')], Command::CopyPrefix, "copy", "copy: a second key says what", 45),
    row(KeyContext::CopyPrefix, &[key('y')], Command::CopyValue, "value", "copy the value as JSON", 90),
    row(KeyContext::CopyPrefix, &[key('s')], Command::CopyText, "text", "copy the string without quotes", 80),
    row(KeyContext::CopyPrefix, &[key('k')], Command::CopyKey, "key", "copy the key", 78),
    row(KeyContext::CopyPrefix, &[key('r')], Command::CopyRecord, "record", "copy the record that the value is in, or what is marked", 76),
    row(KeyContext::CopyPrefix, &[key('p')], Command::CopyPath, "path", "copy the path", 70),
    row(KeyContext::CopyPrefix, &[key('j')], Command::CopyJqPath, "jq path", "copy the path as jq takes it", 68),
    row(KeyContext::CopyPrefix, &[key('b')], Command::CopyBracketPath, "bracket path", "copy the path as programs index it", 66),
    row(KeyContext::CopyPrefix, &[key('t')], Command::CopyTable, "table", "copy the records as a table with tabs: the marked ones, or all", 64),
    row(KeyContext::CopyPrefix, &[key('c')], Command::CopyCurl, "curl", "copy the request as curl, without the token", 60),
    row(KeyContext::CopyPrefix, &[key('u')], Command::CopyBody, "request body", "copy the body of the request", 50),
    row(KeyContext::FoldPrefix, &[key('R')], Command::OpenAll, "open all", "open everything", 90),
    row(KeyContext::FoldPrefix, &[key('M')], Command::CloseAll, "close all", "close everything", 80),
    row(KeyContext::FoldPrefix, &[key('w')], Command::ToggleWrap, "wrap", "text: wrap long lines, or let them go on to the right", 10),
    row(KeyContext::FoldPrefix, &[key('1')], Command::OpenTo(1), "1 deep", "open one level", 70),
    row(KeyContext::FoldPrefix, &[key('2')], Command::OpenTo(2), "2 deep", "open two levels", 60),
    row(KeyContext::FoldPrefix, &[key('3')], Command::OpenTo(3), "3 deep", "open three levels", 50),
    row(KeyContext::FoldPrefix, &[key('4')], Command::OpenTo(4), "", "open four levels", 0),
    row(KeyContext::FoldPrefix, &[key('5')], Command::OpenTo(5), "", "open five levels", 0),
    row(KeyContext::FoldPrefix, &[key('6')], Command::OpenTo(6), "", "open six levels", 0),
    row(KeyContext::FoldPrefix, &[key('7')], Command::OpenTo(7), "", "open seven levels", 0),
    row(KeyContext::FoldPrefix, &[key('8')], Command::OpenTo(8), "", "open eight levels", 0),
    row(KeyContext::FoldPrefix, &[key('9')], Command::OpenTo(9), "", "open nine levels", 0),
];

/// Returns what a key does in the first of the places in which it is bound.
pub fn lookup(places: &[KeyContext], event: KeyEvent) -> Option<Command> {
    places.iter().find_map(|place| {
        let mut rows = BINDINGS.iter().filter(|binding| binding.place == *place);
        rows.find(|binding| binding.keys.iter().any(|key| key.is(event)))
            .map(|binding| binding.command)
    })
}

/// Returns every key of the table once, as the terminal sends it.
pub fn all_keys() -> Vec<KeyEvent> {
    let mut all: Vec<Key> = Vec::new();
    for key in BINDINGS.iter().flat_map(|binding| binding.keys) {
        if !all.contains(key) {
            all.push(*key);
        }
    }
    let event = |key: Key| {
        KeyEvent::new(
            key.code,
            if key.control {
                KeyModifiers::CONTROL
            } else {
                KeyModifiers::NONE
            },
        )
    };
    all.into_iter().map(event).collect()
}

/// Writes the keys of a binding, with its prefix.
pub fn written(binding: &Binding) -> String {
    let prefix = match binding.place {
        KeyContext::CopyPrefix => "y ",
        KeyContext::FoldPrefix => "z",
        KeyContext::Always
        | KeyContext::Everywhere
        | KeyContext::Connectors
        | KeyContext::Request
        | KeyContext::Reply => "",
    };
    binding
        .keys
        .iter()
        .map(|key| format!("{prefix}{}", key.name()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Writes the table as the README shows it.
pub fn manual() -> String {
    let mut out = String::new();
    for place in KeyContext::ALL {
        out.push_str(&format!(
            "**{}**\n\n| key | does |\n|---|---|\n",
            place.name()
        ));
        for binding in BINDINGS.iter().filter(|binding| binding.place == place) {
            // A bar would end the cell.
            out.push_str(&format!(
                "| `{}` | {} |\n",
                written(binding).replace('|', "\\|"),
                binding.about
            ));
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{BINDINGS, lookup};
    use crate::app::command::Command;
    use crate::app::focus::KeyContext;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    #[test]
    fn no_key_is_bound_twice_in_a_place() {
        for (at, one) in BINDINGS.iter().enumerate() {
            for other in &BINDINGS[at + 1..] {
                let both =
                    one.place == other.place && one.keys.iter().any(|key| other.keys.contains(key));
                assert!(
                    !both,
                    "{:?} and {:?} share a key",
                    one.command, other.command
                );
            }
        }
    }

    #[test]
    fn the_nearest_place_wins() {
        let press = |character, modifiers| KeyEvent::new(KeyCode::Char(character), modifiers);
        let places = [
            KeyContext::Reply,
            KeyContext::Everywhere,
            KeyContext::Always,
        ];
        assert_eq!(
            lookup(&places, press('/', KeyModifiers::NONE)),
            Some(Command::Find)
        );
        assert_eq!(
            lookup(&places, press('G', KeyModifiers::SHIFT)),
            Some(Command::Bottom)
        );
        assert_eq!(
            lookup(&places, press('c', KeyModifiers::CONTROL)),
            Some(Command::QuitNow)
        );
        assert_eq!(lookup(&places, press('q', KeyModifiers::ALT)), None);
    }
}
