//! A form in a popup: facts, rows of values, and an answer. Each dialog is a struct of its own with its fields.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Clicked, Hint, Panes, PopupState, move_by_key};
use crate::app::context::Context;
use crate::app::requests::Request;
use crate::app::session::Session;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::text_field::{Lines, TextField};

/// The facts and the rows of a dialog; `F` names its rows.
#[derive(Debug, Clone)]
pub struct Dialog<F> {
    /// The title.
    pub title: String,
    /// What one should know before one answers.
    pub facts: Vec<String>,
    /// The rows.
    pub rows: Vec<Row<F>>,
    /// The selected row.
    pub cursor: Cursor,
    /// The field in which the selected row is typed.
    pub editing: Option<TextField>,
    /// What is wrong with the values.
    pub fault: Option<String>,
}

/// A row of a dialog.
#[derive(Debug, Clone)]
pub struct Row<F> {
    /// Which one it is.
    pub field: F,
    /// What it is called.
    pub label: &'static str,
    /// Its value.
    pub value: String,
    /// A few words about it.
    pub about: String,
    /// What it can be, each with a few words; empty: any text.
    choices: Vec<(String, String)>,
}

impl<F> Row<F> {
    /// Makes a row for any text.
    pub fn text(
        field: F,
        label: &'static str,
        value: impl Into<String>,
        about: impl Into<String>,
    ) -> Row<F> {
        Row {
            field,
            label,
            value: value.into(),
            about: about.into(),
            choices: Vec::new(),
        }
    }

    /// Makes a row for one of several values, each with a few words; `at` is the place of the current one.
    pub fn choice(
        field: F,
        label: &'static str,
        at: usize,
        choices: Vec<(String, String)>,
    ) -> Row<F> {
        let (value, about) = choices.get(at).cloned().unwrap_or_default();
        Row {
            field,
            label,
            value,
            about,
            choices,
        }
    }

    fn chosen(&self) -> usize {
        let mut choices = self.choices.iter();
        choices
            .position(|(value, _)| *value == self.value)
            .unwrap_or(0)
    }
}

impl<F: Copy + PartialEq> Dialog<F> {
    /// Opens a dialog.
    pub fn new(title: impl Into<String>, facts: Vec<String>, rows: Vec<Row<F>>) -> Dialog<F> {
        Dialog {
            title: title.into(),
            facts,
            rows,
            cursor: Cursor::default(),
            editing: None,
            fault: None,
        }
    }

    fn row(&self, field: F) -> Option<&Row<F>> {
        self.rows.iter().find(|row| row.field == field)
    }

    /// Returns the value of a row; empty if there is no such row.
    pub fn value(&self, field: F) -> &str {
        self.row(field).map_or("", |row| row.value.trim())
    }

    /// Returns the place of the value of a row among its choices.
    pub fn chosen(&self, field: F) -> usize {
        self.row(field).map_or(0, Row::chosen)
    }

    /// Returns the value of a row as a number above 0; `None` if it is empty.
    pub fn number(&self, field: F) -> Result<Option<u64>, String> {
        let digits = self.value(field).replace([',', ' '], "");
        if digits.is_empty() {
            return Ok(None);
        }
        match digits.parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            Ok(_) | Err(_) => {
                let label = self.row(field).map_or("", |row| row.label);
                Err(format!(
                    "{label} expects a whole number such as 100, or nothing for no limit"
                ))
            }
        }
    }

    fn selected(&self) -> Option<&Row<F>> {
        self.rows.get(self.cursor.at)
    }

    fn set(&mut self, value: String) {
        if let Some(row) = self.rows.get_mut(self.cursor.at) {
            row.value = value;
        }
    }

    /// Chooses a further value of the selected row. Returns whether it has choices.
    fn turn(&mut self, turn: Turn) -> bool {
        let at = self.cursor.at;
        let row = self.rows.get_mut(at);
        let Some(row) = row.filter(|row| !row.choices.is_empty()) else {
            return false;
        };
        let length = row.choices.len();
        let step = match turn {
            Turn::Next => 1,
            Turn::Previous => length - 1,
        };
        (row.value, row.about) = row.choices[(row.chosen() + step) % length].clone();
        true
    }

    /// Begins to type into the selected row, in place of its value.
    fn begin_with(&mut self, digit: char) {
        if self.selected().is_some_and(|row| row.choices.is_empty()) {
            self.editing = Some(TextField::new(&digit.to_string(), Lines::One));
        }
    }

    /// Takes a key as every dialog does. Returns what came of it.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent) -> Keyed {
        if let Some(field) = &mut self.editing {
            let lines = match event.code {
                KeyCode::Enter => 0,
                KeyCode::Tab => 1,
                KeyCode::BackTab => -1,
                _ => {
                    field.key(event);
                    return Keyed::Done;
                }
            };
            let value = field.text().trim().to_owned();
            self.editing = None;
            self.set(value);
            let before = self.cursor.at;
            self.cursor.step(lines, self.rows.len());
            if self.cursor.at != before {
                self.edit();
            }
            return Keyed::Changed;
        }
        let turn = match event.code {
            KeyCode::Enter | KeyCode::Char(' ' | 'l') | KeyCode::Right => Turn::Next,
            KeyCode::Char('h') | KeyCode::Left => Turn::Previous,
            KeyCode::Backspace if self.selected().is_some_and(|row| row.choices.is_empty()) => {
                self.set(String::new());
                return Keyed::Changed;
            }
            KeyCode::Char('n' | 'q') => return Keyed::Closed,
            _ => return Keyed::Other,
        };
        if self.turn(turn) {
            return Keyed::Changed;
        }
        if event.code == KeyCode::Enter {
            self.edit();
        }
        Keyed::Done
    }

    /// Opens the field of the selected row, unless it has choices.
    fn edit(&mut self) {
        let row = self.selected().filter(|row| row.choices.is_empty());
        self.editing = row.map(|row| TextField::new(&row.value, Lines::One));
    }
}

/// Which of the choices of a row is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The next one.
    Next,
    /// The previous one.
    Previous,
}

/// What came of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keyed {
    /// It has done something that does not matter elsewhere.
    Done,
    /// A value has changed.
    Changed,
    /// The dialog is to be closed.
    Closed,
    /// It means nothing to every dialog.
    Other,
}

/// A dialog: what its rows are, and what its answers do.
pub trait DialogState {
    /// Names the rows.
    type Field: Copy + PartialEq;

    /// Returns the facts and the rows.
    fn dialog(&self) -> &Dialog<Self::Field>;

    /// Returns the same to change it.
    fn dialog_mut(&mut self) -> &mut Dialog<Self::Field>;

    /// Returns the keys that answer it, with their words.
    fn answers(&self) -> &'static [Hint];

    /// Returns what Enter does outside of a field.
    fn on_enter(&self) -> OnEnter {
        OnEnter::Change
    }

    /// Takes a change of a value.
    fn changed(&mut self, _context: &mut Context<'_>) {
        self.dialog_mut().fault = None;
    }

    /// Takes a key that is its own: the answer, above all.
    fn answer(&mut self, key: char, context: &mut Context<'_>, panes: &Panes<'_>) -> Answered;
}

/// What Enter does outside of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnEnter {
    /// It changes the selected row.
    Change,
    /// It is the answer of this key. Space changes the selected row, and a digit is typed into it.
    Answer(char),
}

/// Whether a key was an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// It was.
    Yes,
    /// It was not.
    No,
}

impl<T: DialogState> PopupState for T {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        let event = match (self.on_enter(), event.code) {
            _ if self.dialog().editing.is_some() => event,
            (OnEnter::Answer(key), KeyCode::Enter) => {
                self.answer(key, context, panes);
                return;
            }
            (OnEnter::Answer(_), KeyCode::Char(' ')) => {
                KeyEvent::new(KeyCode::Enter, event.modifiers)
            }
            (OnEnter::Answer(_), KeyCode::Char(digit)) if digit.is_ascii_digit() => {
                self.dialog_mut().begin_with(digit);
                return;
            }
            (OnEnter::Answer(_) | OnEnter::Change, _) => event,
        };
        match self.dialog_mut().key(event) {
            Keyed::Done => {}
            Keyed::Changed => self.changed(context),
            Keyed::Closed => context.request(Request::Close),
            Keyed::Other => {
                let answered = match event.code {
                    KeyCode::Char(key) => self.answer(key, context, panes),
                    _ => Answered::No,
                };
                if answered == Answered::No {
                    move_by_key(self, event, context, panes);
                }
            }
        }
    }

    fn paste(&mut self, text: &str) {
        if let Some(field) = &mut self.dialog_mut().editing {
            field.paste(text);
        }
    }

    fn select_row(&mut self, row: usize, _: &Panes<'_>) -> Clicked {
        let dialog = self.dialog_mut();
        let was_selected = dialog.cursor.at == row;
        // The row that is typed stays until its value is kept or left.
        if dialog.editing.is_some() || row >= dialog.rows.len() {
            return Clicked::Selects;
        }
        dialog.cursor.at = row;
        match self.on_enter() {
            _ if !was_selected => Clicked::Selects,
            OnEnter::Answer(_) => Clicked::Changes,
            OnEnter::Change => Clicked::Opens,
        }
    }

    fn leave_field(&mut self) -> bool {
        self.dialog_mut().editing.take().is_some()
    }

    fn list(&mut self, _: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        let dialog = self.dialog_mut();
        let length = dialog.rows.len();
        Some((&mut dialog.cursor, length))
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        if self.dialog().editing.is_some() {
            return vec![("Enter", "keep"), ("Tab", "next row"), ("Esc", "old value")];
        }
        let (enter, change) = match self.on_enter() {
            OnEnter::Change => (None, "Enter"),
            OnEnter::Answer(_) => (Some(("Enter", "start")), "Space"),
        };
        let hints = [
            ("↑ ↓", "move"),
            (change, "change"),
            ("Backspace", "empty"),
            ("Esc", "close"),
        ];
        enter.into_iter().chain(hints).collect()
    }
}
