//! The one key table: what each key does, in which context, and in which words.
//!
//! The footer, the help, the palette, the menu and the page of keys are made from it. Adding a key: a variant in
//! [`command`](super::command), a row here, and its arm beside `can` and `perform` in the pane.

use std::borrow::Cow;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::command::Command::{self, Copy, Global, Move, View};
use super::command::{
    ConnectorsCommand, CopyCommand, CopyRequest, GlobalCommand, Movement, ReplyCommand,
    RequestCommand, ViewCommand,
};
use super::widgets::focus::KeyContext::{
    self, Always, Connectors, CopyPrefix, Everywhere, FoldPrefix, Reply, Request,
};
use super::widgets::focus::Pane;

/// A key as it is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    modifier: Modifier,
}

/// What is held with a key. Shift is in the character already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Modifier {
    None,
    Control,
    Alt,
}

const fn key(character: char) -> Key {
    Key {
        code: KeyCode::Char(character),
        modifier: Modifier::None,
    }
}

const fn control(character: char) -> Key {
    Key {
        code: KeyCode::Char(character),
        modifier: Modifier::Control,
    }
}

const fn code(code: KeyCode) -> Key {
    Key {
        code,
        modifier: Modifier::None,
    }
}

const fn alt(code: KeyCode) -> Key {
    Key {
        code,
        modifier: Modifier::Alt,
    }
}

impl Key {
    /// Returns the event of the key being pressed.
    pub fn event(self) -> KeyEvent {
        let modifiers = match self.modifier {
            Modifier::None => KeyModifiers::NONE,
            Modifier::Control => KeyModifiers::CONTROL,
            Modifier::Alt => KeyModifiers::ALT,
        };
        KeyEvent::new(self.code, modifiers)
    }

    /// Returns whether a key event is this key. Shift is in the character already.
    fn is(self, event: KeyEvent) -> bool {
        let is_held = |modifier| event.modifiers.contains(modifier);
        event.code == self.code
            && is_held(KeyModifiers::CONTROL) == (self.modifier == Modifier::Control)
            && is_held(KeyModifiers::ALT) == (self.modifier == Modifier::Alt)
    }

    /// Writes the key as the manual does.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    pub fn name(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(character) if self.modifier == Modifier::Control => {
                character.to_uppercase().to_string()
            }
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
        match self.modifier {
            Modifier::None => name,
            Modifier::Control => format!("Ctrl-{name}"),
            Modifier::Alt => format!("Alt-{name}"),
        }
    }
}

/// Returns the key that is written like this, if it is a single one that can be pressed for somebody.
pub fn key_named(name: &str) -> Option<KeyEvent> {
    let mut letters = name.chars();
    let code = match (name, letters.next(), letters.next()) {
        ("Enter", ..) => KeyCode::Enter,
        ("Esc", ..) => KeyCode::Esc,
        ("Tab", ..) => KeyCode::Tab,
        ("Space", ..) => KeyCode::Char(' '),
        ("Backspace", ..) => KeyCode::Backspace,
        (_, Some('F'), Some(_)) => KeyCode::F(name.get(1..)?.parse().ok()?),
        (_, Some(letter), None) => KeyCode::Char(letter),
        (_, _, _) => return None,
    };
    Some(KeyEvent::new(code, KeyModifiers::NONE))
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it holds.
    pub context: KeyContext,
    /// The keys, the usual one first.
    pub keys: &'static [Key],
    /// What they do.
    pub command: Command,
    /// A word or two for the footer.
    pub label: &'static str,
    /// A sentence for help, palette and page of keys.
    pub about: &'static str,
    /// How much it deserves a place in the footer; 0: never there.
    pub weight: u8,
}

impl Binding {
    /// Returns the keys as the manual writes them, with their prefix.
    pub fn written(&self) -> String {
        let prefix = match self.context {
            CopyPrefix => "y ",
            FoldPrefix => "z",
            Always | Everywhere | Connectors | Request | Reply => "",
        };
        let keys = self
            .keys
            .iter()
            .map(|key| format!("{prefix}{}", key.name()));
        keys.collect::<Vec<_>>().join(" ")
    }
}

const fn row(
    context: KeyContext,
    keys: &'static [Key],
    command: Command,
    label: &'static str,
    about: &'static str,
    weight: u8,
) -> Binding {
    Binding {
        context,
        keys,
        command,
        label,
        about,
        weight,
    }
}

#[rustfmt::skip]
const BINDINGS: &[Binding] = &[
    row(Always, &[code(KeyCode::F(5))], Global(GlobalCommand::Send), "send", "send the request (a download streams to disk)", 90),
    row(Always, &[code(KeyCode::Esc)], Global(GlobalCommand::Back), "back", "cancel what runs; else leave the field, close the popup, step back", 0),
    row(Always, &[control('c')], Global(GlobalCommand::QuitNow), "quit now", "quit at once", 0),
    row(Always, &[control('z')], Global(GlobalCommand::Suspend), "suspend", "suspend the program", 0),
    row(Always, &[control('l')], Global(GlobalCommand::Repaint), "repaint", "draw the whole screen again", 0),
    // Without a key: found by its name in the palette.
    row(Everywhere, &[], Global(GlobalCommand::ToggleMouse), "mouse", "leave the mouse to the terminal, to select text; and take it back", 0),
    row(Everywhere, &[key('q')], Global(GlobalCommand::Quit), "quit", "quit; asks where work or pages would be lost", 20),
    row(Everywhere, &[control('r')], Global(GlobalCommand::Send), "send", "send the request", 0),
    row(Everywhere, &[code(KeyCode::Tab)], Global(GlobalCommand::NextPane), "pane", "next pane", 30),
    row(Everywhere, &[code(KeyCode::BackTab)], Global(GlobalCommand::PreviousPane), "previous pane", "previous pane", 0),
    row(Everywhere, &[key('1')], Global(GlobalCommand::Focus(Pane::Connectors)), "connectors", "go to the connectors", 0),
    row(Everywhere, &[key('2')], Global(GlobalCommand::Focus(Pane::Request)), "request", "go to the request", 0),
    row(Everywhere, &[key('3')], Global(GlobalCommand::Focus(Pane::Reply)), "reply", "go to the reply", 0),
    row(Everywhere, &[key('f')], Global(GlobalCommand::Zoom), "full", "show the pane alone, and all again", 0),
    row(Everywhere, &[alt(KeyCode::Left), key('(')], Global(GlobalCommand::PreviousRequest), "request before", "back to the request before, with its reply, without a call", 0),
    row(Everywhere, &[alt(KeyCode::Right), key(')')], Global(GlobalCommand::NextRequest), "request after", "forward to the request that one came back from, without a call", 0),
    row(Everywhere, &[key('?'), code(KeyCode::F(1))], Global(GlobalCommand::Help), "help", "keys that hold here; typing filters, Enter runs the line", 100),
    row(Everywhere, &[key(':'), control('p')], Global(GlobalCommand::Palette), "commands", "find a command by name", 0),
    row(Everywhere, &[key('W')], Global(GlobalCommand::Workspaces), "workspace", "switch workspace or organization", 0),
    row(Everywhere, &[key('R')], Global(GlobalCommand::Reload), "reload", "load this pane's contents again; a page says what changed", 0),
    row(Everywhere, &[key('w')], Global(GlobalCommand::Downloads), "downloads", "downloads: running, done, failed; pause, cancel, retry", 0),
    row(Everywhere, &[key('x')], Global(GlobalCommand::Menu), "actions", "actions that are possible here; in a reply, where the record leads first", 40),
    row(Everywhere, &[key('!')], Global(GlobalCommand::ShowMessage), "message", "show all of the last message", 0),
    row(Everywhere, &[key('j'), code(KeyCode::Down)], Move(Movement::Down), "down", "a line down", 0),
    row(Everywhere, &[key('k'), code(KeyCode::Up)], Move(Movement::Up), "up", "a line up", 0),
    row(Everywhere, &[control('d')], Move(Movement::HalfDown), "half down", "half a window down", 0),
    row(Everywhere, &[control('u')], Move(Movement::HalfUp), "half up", "half a window up", 0),
    row(Everywhere, &[control('f'), code(KeyCode::PageDown)], Move(Movement::PageDown), "window down", "a window down", 0),
    row(Everywhere, &[control('b'), code(KeyCode::PageUp)], Move(Movement::PageUp), "window up", "a window up", 0),
    row(Everywhere, &[key('g'), code(KeyCode::Home)], Move(Movement::Top), "first", "first line", 0),
    row(Everywhere, &[key('G'), code(KeyCode::End)], Move(Movement::Bottom), "last", "last line", 0),
    row(Everywhere, &[key('m')], Global(GlobalCommand::Calls), "calls", "calls of this session, by connector", 0),
    row(Everywhere, &[key('L')], Global(GlobalCommand::Ledger), "ledger", "ledger of pages: what was sent, what was received, the verdict", 38),
    row(Connectors, &[code(KeyCode::Enter), key('l'), code(KeyCode::Right)], Command::Connectors(ConnectorsCommand::Choose), "choose", "choose the connector and go to its request", 80),
    row(Connectors, &[key('/')], Command::Connectors(ConnectorsCommand::Filter), "filter", "filter the list", 60),
    row(Connectors, &[key('i')], Command::Connectors(ConnectorsCommand::Details), "details", "ids, definition, Context Store by entity", 50),
    row(Request, &[code(KeyCode::Enter)], Command::Request(RequestCommand::Edit), "edit", "edit or choose the row's value; Enter and Tab keep what was typed, Esc gives the old value back", 80),
    row(Request, &[code(KeyCode::Backspace)], Command::Request(RequestCommand::Unset), "unset", "take the value out: it is not sent", 60),
    row(Request, &[key('0')], Command::Request(RequestCommand::SetNull), "null", "set the value to null", 0),
    row(Request, &[key('b')], Command::Request(RequestCommand::ShowBody), "body", "the JSON body that will be sent", 50),
    row(Request, &[key('r')], Command::Request(RequestCommand::Reset), "reset", "empty the form", 0),
    row(Request, &[key('Z')], Command::Request(RequestCommand::Undo), "undo", "undo: take back the last change of the form, and again the one before", 45),
    row(Request, &[key('d')], Command::Request(RequestCommand::Download), "download", "run the download operation in the form", 0),
    row(Request, &[key('P')], Command::Request(RequestCommand::Profile), "paging", "how this operation pages, and why; every part can be changed", 0),
    row(Request, &[key('D')], Command::Request(RequestCommand::Decode), "decode", "decode the value: base64, JSON, URL, JWT, hex, times", 0),
    row(Reply, &[key(']')], Command::Reply(ReplyCommand::NextPage), "next page", "next page, by the connector's own paging", 85),
    row(Reply, &[key('[')], Command::Reply(ReplyCommand::PreviousPage), "previous page", "previous page, without a call", 70),
    row(Reply, &[key('{')], Command::Reply(ReplyCommand::FirstPage), "first page", "first page, without a call", 0),
    row(Reply, &[key('}')], Command::Reply(ReplyCommand::FetchAll), "all pages", "all pages, after a question; Esc stops and keeps what was received", 68),
    row(Reply, &[key('P')], Command::Reply(ReplyCommand::Profile), "paging", "how this operation pages, and why; every part can be changed", 35),
    row(Reply, &[key('D')], Command::Reply(ReplyCommand::Decode), "decode", "decode the token or value: base64, JSON, URL, JWT, hex, times", 0),
    row(Reply, &[key('u')], Command::Reply(ReplyCommand::AllPages), "one list", "all pages as one list, and page by page again", 0),
    row(Reply, &[key('E')], Command::Reply(ReplyCommand::Export), "export", "export the pages: NDJSON, JSON, CSV", 42),
    row(Reply, &[code(KeyCode::Enter)], View(ViewCommand::Toggle), "fold", "fold or unfold; a string opens whole; in a table the record opens beside it; text wraps", 0),
    row(Reply, &[key('h'), code(KeyCode::Left)], View(ViewCommand::Fold), "fold", "fold the value, or go to its parent; in a table the previous column, in text to the left", 0),
    row(Reply, &[key('l'), code(KeyCode::Right)], View(ViewCommand::Unfold), "unfold", "unfold the value, or go into it; in a table the next column, in text to the right", 0),
    row(Reply, &[key('v')], View(ViewCommand::NextView), "view", "next of tree, table, text; the record and the field stay", 60),
    row(Reply, &[key('.')], View(ViewCommand::SetRoot), "root", "make the value the root", 0),
    row(Reply, &[code(KeyCode::Backspace)], View(ViewCommand::RestoreRoot), "root back", "go back to the former root", 0),
    row(Reply, &[key(' ')], Command::Reply(ReplyCommand::Mark), "mark", "mark the record or the attachment, or take the mark away", 0),
    row(Reply, &[key('V')], Command::Reply(ReplyCommand::MarkRange), "mark range", "begin a range of marks, and end it", 0),
    row(Reply, &[key('#')], Command::Reply(ReplyCommand::Names), "names", "names beside ids, from records that are here; again hides them", 0),
    // Without a key: in the menu and the palette.
    row(Reply, &[], Command::Reply(ReplyCommand::FetchNames), "fetch names", "fetch the names that are missing beside ids from the Context Store, after a question", 0),
    row(Reply, &[key('%')], Command::Reply(ReplyCommand::MarkAll), "mark all", "mark all records of the page, or of all pages as one list; again takes the marks away", 0),
    row(Reply, &[key('^')], Command::Reply(ReplyCommand::ParentRecord), "parent record", "in a run over many records: go to the record that this one was asked for", 0),
    row(Reply, &[key('<')], View(ViewCommand::ColumnLeft), "column left", "table: move the column to the left", 0),
    row(Reply, &[key('>')], View(ViewCommand::ColumnRight), "column right", "table: move the column to the right", 0),
    row(Reply, &[key('-')], View(ViewCommand::HideColumn), "hide", "table: hide the column", 0),
    row(Reply, &[key('+')], View(ViewCommand::Columns), "columns", "table: choose the columns", 0),
    row(Reply, &[key('O')], View(ViewCommand::Sort), "sort", "table: sort by the column; again reverses it, then the order of the body", 0),
    row(Reply, &[key('J')], View(ViewCommand::NextSibling), "next sibling", "next sibling", 0),
    row(Reply, &[key('K')], View(ViewCommand::PreviousSibling), "previous sibling", "previous sibling", 0),
    row(Reply, &[key('H')], View(ViewCommand::Parent), "parent", "parent", 0),
    row(Reply, &[key('z')], View(ViewCommand::FoldPrefix), "folds", "fold to a depth: z1 … z9, zM all, zR none; text: zw wraps, zp as received", 0),
    row(Reply, &[key('/')], Command::Reply(ReplyCommand::Find), "find", "find in keys and values; a regular expression after re:", 50),
    row(Reply, &[key('n')], Command::Reply(ReplyCommand::FindNext), "next match", "next match", 0),
    row(Reply, &[key('N')], Command::Reply(ReplyCommand::FindPrevious), "previous match", "previous match", 0),
    row(Reply, &[key('|')], Command::Reply(ReplyCommand::Filter), "jq", "filter with jq as you type: this page, or with Tab all pages; Enter keeps, Esc goes back", 48),
    row(Reply, &[key('e')], Command::Reply(ReplyCommand::Editor), "editor", "the value in $EDITOR", 0),
    row(Reply, &[key('p')], Command::Reply(ReplyCommand::Pager), "pager", "the value in $PAGER", 0),
    row(Reply, &[key('F')], Command::Reply(ReplyCommand::Fields), "fields", "field statistics: presence, types, values; marks become select_fields", 0),
    row(Reply, &[key('@')], Command::Reply(ReplyCommand::GoToPath), "go to", "go to a path", 0),
    row(Reply, &[key('T')], Command::Reply(ReplyCommand::Uncut), "uncut", "send again with skip_truncation: strings are received whole", 0),
    row(Reply, &[key('*')], Command::Reply(ReplyCommand::FindValue), "find this", "find the text of the value elsewhere", 0),
    row(Reply, &[key('&')], Command::Reply(ReplyCommand::KeepMatching), "only matches", "show only the records that match, and all again", 0),
    row(Reply, &[key('t')], Command::Reply(ReplyCommand::NextTab), "tab", "next of result, metadata, body, request", 55),
    row(Reply, &[key('s')], Command::Reply(ReplyCommand::Save), "save", "save the body as it was received", 65),
    row(Reply, &[key('S')], Command::Reply(ReplyCommand::SaveAs), "save as", "save the body under a name", 0),
    row(Reply, &[key('a')], Command::Reply(ReplyCommand::Attachments), "attachments", "attachments that these pages name", 44),
    row(Reply, &[key('A')], Command::Reply(ReplyCommand::MarkAttachments), "mark files", "mark all attachments that these pages name", 0),
    row(Reply, &[key('d')], Command::Reply(ReplyCommand::Download), "download", "download the marked files, or the one under the cursor", 0),
    row(Reply, &[key('o')], Command::Reply(ReplyCommand::Open), "open", "open the address or the downloaded file with the system's program", 0),
    row(Reply, &[key('y')], Command::Reply(ReplyCommand::CopyPrefix), "copy", "copy: a second key says what", 45),
    row(CopyPrefix, &[key('y')], Copy(CopyCommand::Value), "value", "copy the value as JSON", 90),
    row(CopyPrefix, &[key('s')], Copy(CopyCommand::Text), "text", "copy the string without quotes", 80),
    row(CopyPrefix, &[key('k')], Copy(CopyCommand::Key), "key", "copy the key", 78),
    row(CopyPrefix, &[key('r')], Copy(CopyCommand::Record), "record", "copy the record of the value, or what is marked", 76),
    row(CopyPrefix, &[key('p')], Copy(CopyCommand::Path), "path", "copy the path", 70),
    row(CopyPrefix, &[key('j')], Copy(CopyCommand::JqPath), "jq path", "copy the path as jq takes it", 68),
    row(CopyPrefix, &[key('b')], Copy(CopyCommand::BracketPath), "bracket path", "copy the path as programs index it", 66),
    row(CopyPrefix, &[key('t')], Copy(CopyCommand::Table), "table", "copy the records as a table with tabs: the marked ones, or all", 64),
    row(CopyPrefix, &[key('c')], Copy(CopyCommand::Request(CopyRequest::Curl)), "curl", "copy the request as curl, without the token", 60),
    row(CopyPrefix, &[key('u')], Copy(CopyCommand::Request(CopyRequest::Body)), "request body", "copy the body of the request", 50),
    row(CopyPrefix, &[key('a')], Copy(CopyCommand::Request(CopyRequest::CommandLine)), "command line", "copy the request as an airscope command line", 55),
    row(FoldPrefix, &[key('R')], View(ViewCommand::UnfoldAll), "unfold all", "unfold everything", 90),
    row(FoldPrefix, &[key('M')], View(ViewCommand::FoldAll), "fold all", "fold everything", 80),
    row(FoldPrefix, &[key('w')], View(ViewCommand::ToggleWrap), "wrap", "text: wrap long lines, or scroll them sideways", 10),
    row(FoldPrefix, &[key('p')], View(ViewCommand::ToggleLayout), "as received", "text: as it was received, or laid out and coloured", 9),
    row(FoldPrefix, &[key('1')], View(ViewCommand::UnfoldTo(1)), "1 deep", "unfold one level", 70),
    row(FoldPrefix, &[key('2')], View(ViewCommand::UnfoldTo(2)), "2 deep", "unfold two levels", 60),
    row(FoldPrefix, &[key('3')], View(ViewCommand::UnfoldTo(3)), "3 deep", "unfold three levels", 50),
    row(FoldPrefix, &[key('4')], View(ViewCommand::UnfoldTo(4)), "", "unfold four levels", 0),
    row(FoldPrefix, &[key('5')], View(ViewCommand::UnfoldTo(5)), "", "unfold five levels", 0),
    row(FoldPrefix, &[key('6')], View(ViewCommand::UnfoldTo(6)), "", "unfold six levels", 0),
    row(FoldPrefix, &[key('7')], View(ViewCommand::UnfoldTo(7)), "", "unfold seven levels", 0),
    row(FoldPrefix, &[key('8')], View(ViewCommand::UnfoldTo(8)), "", "unfold eight levels", 0),
    row(FoldPrefix, &[key('9')], View(ViewCommand::UnfoldTo(9)), "", "unfold nine levels", 0),
];

/// The keys of this run.
#[derive(Debug, Clone)]
pub struct Keymap(Cow<'static, [Binding]>);

impl Default for Keymap {
    fn default() -> Keymap {
        Keymap(Cow::Borrowed(BINDINGS))
    }
}

impl Keymap {
    /// Returns the rows in the order of the manual.
    pub fn bindings(&self) -> &[Binding] {
        &self.0
    }

    /// Returns the rows of a context.
    pub fn of(&self, context: KeyContext) -> impl Iterator<Item = &Binding> {
        self.0
            .iter()
            .filter(move |binding| binding.context == context)
    }

    /// Returns the command of a key: that of the first context that binds it.
    pub fn lookup(&self, contexts: &[KeyContext], event: KeyEvent) -> Option<Command> {
        contexts.iter().find_map(|context| {
            self.of(*context)
                .find(|binding| binding.keys.iter().any(|key| key.is(event)))
                .map(|binding| binding.command)
        })
    }

    /// Returns the movement of a key, as lists and texts in popups take it.
    pub fn movement(&self, event: KeyEvent) -> Option<Movement> {
        match self.lookup(&[Everywhere], event) {
            Some(Move(movement)) => Some(movement),
            Some(
                Global(_)
                | Command::Connectors(_)
                | Command::Request(_)
                | Command::Reply(_)
                | View(_)
                | Copy(_),
            )
            | None => None,
        }
    }

    /// Returns every key that is bound, each once.
    pub fn keys(&self) -> Vec<Key> {
        let mut all: Vec<Key> = Vec::new();
        for key in self.0.iter().flat_map(|binding| binding.keys) {
            if !all.contains(key) {
                all.push(*key);
            }
        }
        all
    }

    /// Returns the table of keys for `docs/keys.md`, as Markdown.
    pub fn manual(&self) -> String {
        let mut out = String::new();
        for context in KeyContext::ALL {
            out.push_str(&format!(
                "**{}**\n\n| key | does |\n|---|---|\n",
                context.name()
            ));
            for binding in self.of(context).filter(|row| !row.keys.is_empty()) {
                // A bar would end the cell.
                let keys = binding.written().replace('|', "\\|");
                out.push_str(&format!("| `{keys}` | {} |\n", binding.about));
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{BINDINGS, Keymap};
    use crate::app::command::Command::{Global, Move};
    use crate::app::command::{Command, GlobalCommand, Movement, ReplyCommand};
    use crate::app::widgets::focus::KeyContext;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    #[test]
    fn no_key_is_bound_twice_in_a_context() {
        for (at, one) in BINDINGS.iter().enumerate() {
            for other in &BINDINGS[at + 1..] {
                let both = one.context == other.context
                    && one.keys.iter().any(|key| other.keys.contains(key));
                assert!(
                    !both,
                    "{:?} and {:?} share a key",
                    one.command, other.command
                );
            }
        }
    }

    #[test]
    fn the_first_context_wins() {
        let keymap = Keymap::default();
        let contexts = [
            KeyContext::Reply,
            KeyContext::Everywhere,
            KeyContext::Always,
        ];
        let check = |character, modifiers, expected| {
            let event = KeyEvent::new(KeyCode::Char(character), modifiers);
            assert_eq!(keymap.lookup(&contexts, event), expected, "{character}");
        };
        check(
            '/',
            KeyModifiers::NONE,
            Some(Command::Reply(ReplyCommand::Find)),
        );
        check('G', KeyModifiers::SHIFT, Some(Move(Movement::Bottom)));
        check(
            'c',
            KeyModifiers::CONTROL,
            Some(Global(GlobalCommand::QuitNow)),
        );
        check('q', KeyModifiers::ALT, None);
    }

    #[test]
    fn every_key_is_listed_once() {
        let keys = Keymap::default().keys();
        let letters: Vec<String> = keys.iter().map(|key| key.name()).collect();
        for name in ["Ctrl-C", "Space", "↓", "S-Tab", "]"] {
            let count = letters.iter().filter(|own| *own == name).count();
            assert_eq!(count, 1, "{name}");
        }
    }
}
