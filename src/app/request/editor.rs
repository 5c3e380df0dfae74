//! A row of the form while it is edited: its keys, pasted text, and how one leaves it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::RequestPane;
use super::form::{Editor, RowKind, Value};
use crate::app::context::Context;
use crate::domain::operation::ParameterKind;

/// A text with a break that is longer than this, in characters, is not edited in its row.
const LONG: usize = 80;
/// A text with more breaks than this is not edited in its row.
const MANY: usize = 4;

/// Returns whether a text is better edited in an editor of several lines than in its row. One without breaks never
/// is: Enter keeps it, and in an editor would break it.
pub(super) fn is_long(text: &str) -> bool {
    let breaks = text.matches('\n').count();
    breaks > MANY || breaks > 0 && text.chars().count() > LONG
}

/// Which row is edited next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Neighbour {
    /// The one below.
    Next,
    /// The one above.
    Previous,
}

impl RequestPane {
    /// Takes a key while a row is edited.
    pub fn key_in_editor(&mut self, event: KeyEvent, context: &mut Context<'_>) {
        let Some(editing) = &mut self.form.editing else {
            return;
        };
        let is_control = event.modifiers.contains(KeyModifiers::CONTROL);
        match (editing.editor, event.code) {
            (Editor::Line, KeyCode::Enter) => self.commit(),
            (Editor::Line, KeyCode::Char('m')) if is_control => self.commit(),
            (Editor::Line, KeyCode::Tab) => self.edit_neighbour(Neighbour::Next, context),
            (Editor::Line, KeyCode::BackTab) => self.edit_neighbour(Neighbour::Previous, context),
            _ => {
                editing.touched |= editing.input.key(event);
                self.grow();
            }
        }
    }

    /// Keeps what was typed and edits the row beside it; at the end of the form only keeps it.
    fn edit_neighbour(&mut self, neighbour: Neighbour, context: &mut Context<'_>) {
        self.commit();
        let before = self.form.cursor.at;
        let lines = match neighbour {
            Neighbour::Next => 1,
            Neighbour::Previous => -1,
        };
        self.form.cursor.step(lines, self.form.rows.len());
        if self.form.cursor.at != before {
            self.edit(context);
        }
    }

    /// Takes pasted text while a row is edited.
    pub fn paste(&mut self, text: &str) {
        if let Some(editing) = &mut self.form.editing {
            editing.input.paste(text);
            editing.touched = true;
            self.grow();
        }
    }

    /// Goes on in an editor of several lines once the text is too long for its row.
    fn grow(&mut self) {
        let editing = self.form.editing.as_mut();
        if let Some(editing) = editing.filter(|editing| editing.editor == Editor::Line)
            && is_long(&editing.input.text())
        {
            editing.editor = Editor::Text;
        }
    }

    /// Leaves by Esc: an editor keeps what was typed, a row gets its former value back.
    pub fn leave_editor(&mut self) {
        match self.form.editing.as_ref().map(|editing| editing.editor) {
            Some(Editor::Line) => self.form.editing = None,
            Some(Editor::Text | Editor::Json) => self.commit(),
            None => {}
        }
    }

    /// Keeps what was typed and leaves the editor. A row that was only looked at does not change.
    pub fn commit(&mut self) {
        self.change(RequestPane::commit_typed);
    }

    fn commit_typed(&mut self) {
        let Some(editing) = self.form.editing.take().filter(|editing| editing.touched) else {
            return;
        };
        let text = editing.input.text();
        let Some(row) = self.form.rows.get_mut(editing.row) else {
            return;
        };
        let is_blank = text.trim().is_empty();
        match &row.kind {
            RowKind::AddParameter => match text.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => {
                    let (name, value) = (name.trim().to_owned(), value.to_owned());
                    row.value = Value::Unset;
                    self.form.set_parameter(&name, Value::Text(value));
                }
                Some(_) | None if is_blank => row.value = Value::Unset,
                Some(_) | None => row.value = Value::Text(text),
            },
            RowKind::SelectFields | RowKind::ExcludeFields | RowKind::Intent if is_blank => {
                row.value = Value::Unset;
            }
            RowKind::Parameter(_) if editing.editor == Editor::Json && is_blank => {
                row.value = Value::Unset;
            }
            // A number that was emptied is unset; a string that was emptied is the empty string.
            RowKind::Parameter(parameter)
                if text.is_empty() && parameter.kind != ParameterKind::String =>
            {
                row.value = Value::Unset;
            }
            RowKind::Entity
            | RowKind::Action
            | RowKind::Parameter(_)
            | RowKind::SelectFields
            | RowKind::ExcludeFields
            | RowKind::SkipTruncation
            | RowKind::Intent => row.value = Value::Text(text),
        }
    }
}
