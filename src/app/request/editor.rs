//! A row of the form while it is edited: its keys, pasted text, and how one leaves it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::RequestPane;
use super::form::{Editor, Form, Row, RowKind, Value};
use super::json_editor::{self, Naming};
use crate::app::context::Context;
use crate::app::effect::{Draft, DraftFormat, Effect};
use crate::app::requests::Neighbour;
use crate::app::widgets::notice::Notice;
use crate::app::widgets::text_field::Change;
use crate::domain::call::{JsonText, value_of};
use crate::domain::failure::Failure;
use crate::domain::operation::{ParameterKind, reads_store};
use crate::domain::store_query;
use crate::json::steps::Step;
use crate::text;

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

impl RequestPane {
    /// Takes a key while a row is edited.
    pub fn key_in_editor(&mut self, event: KeyEvent, context: &mut Context<'_>) {
        let is_control = event.modifiers.contains(KeyModifiers::CONTROL);
        let Some(editor) = self.form.editing.as_ref().map(|editing| editing.editor) else {
            return;
        };
        match (editor, event.code) {
            (_, KeyCode::Char('o')) if is_control => self.open_outside(context),
            (Editor::Text | Editor::Json, KeyCode::Char('t')) if is_control => {
                self.lay_out(context)
            }
            (Editor::Line, KeyCode::Enter) => self.commit(),
            (Editor::Line, KeyCode::Char('m')) if is_control => self.commit(),
            (Editor::Line, KeyCode::Tab) => self.edit_neighbour(Neighbour::Next, context),
            (Editor::Line, KeyCode::BackTab) => self.edit_neighbour(Neighbour::Previous, context),
            (Editor::Line | Editor::Text | Editor::Json, _) => {
                let change = self.change_of_key(event);
                let Some(editing) = &mut self.form.editing else {
                    return;
                };
                match change {
                    Some(change) => {
                        editing.input.change(&change);
                        editing.touched = true;
                    }
                    None => editing.touched |= editing.input.key(event),
                }
                self.grow();
            }
        }
    }

    /// Returns the change that a key makes where it does more than type itself: it indents, closes, completes.
    fn change_of_key(&self, event: KeyEvent) -> Option<Change> {
        let editing = self.form.editing.as_ref()?;
        let input = &editing.input;
        let (before, after) = input.line_around();
        let is_plain = !event
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        let is_control = event.modifiers == KeyModifiers::CONTROL;
        match (editing.editor, event.code) {
            (Editor::Line, _) => None,
            (Editor::Text, KeyCode::Tab) => Some(json_editor::indent(before)),
            (Editor::Json, KeyCode::Tab) => match self.naming() {
                Some(naming) => {
                    let completed = naming.complete(after);
                    // A blank inside of quotes would belong to the name.
                    completed.or_else(|| (!naming.is_quoted()).then(|| json_editor::indent(before)))
                }
                None => Some(json_editor::indent(before)),
            },
            (Editor::Text | Editor::Json, KeyCode::BackTab) => {
                Some(json_editor::outdent(before, after))
            }
            (Editor::Json, KeyCode::Enter) => Some(json_editor::line_break(before, after)),
            (Editor::Json, KeyCode::Char('j' | 'm')) if is_control => {
                Some(json_editor::line_break(before, after))
            }
            (Editor::Json, KeyCode::Char(typed)) if is_plain => {
                json_editor::character(typed, before, after)
            }
            (Editor::Json, KeyCode::Backspace) if is_plain => json_editor::backspace(before, after),
            (Editor::Text | Editor::Json, _) => None,
        }
    }

    /// Returns the name that is typed in the JSON editor.
    pub fn naming(&self) -> Option<Naming> {
        let editing = self.form.editing.as_ref();
        let editing = editing.filter(|editing| editing.editor == Editor::Json)?;
        let row = self.form.rows.get(editing.row)?;
        let (before, after) = editing.input.around();
        json_editor::naming(&before, &after, &|path| self.form.names_at(row, path))
    }

    /// Lays the JSON that is edited out over lines.
    fn lay_out(&mut self, context: &mut Context<'_>) {
        let Some(editing) = &mut self.form.editing else {
            return;
        };
        let Some(row) = self.form.rows.get(editing.row) else {
            return;
        };
        let text = editing.input.text();
        match row.json_of(&text) {
            Ok(json) => {
                let laid_out = json_editor::formatted(&json);
                editing.touched |= laid_out != text;
                editing.input.replace(&laid_out);
            }
            Err(fault) => context.notify(Notice::warning(format!(
                "Not formatted: {}",
                text::safe(&fault)
            ))),
        }
    }

    /// Has the text edited by the user's own editor.
    fn open_outside(&self, context: &mut Context<'_>) {
        let Some(editing) = &self.form.editing else {
            return;
        };
        let format = match editing.editor {
            Editor::Json => DraftFormat::Json,
            Editor::Line | Editor::Text => DraftFormat::Text,
        };
        context.effect(Effect::EditText(Draft {
            text: editing.input.text(),
            format,
        }));
    }

    /// Takes the text that the user's own editor has left.
    pub fn edited_outside(
        &mut self,
        result: Result<Option<String>, Failure>,
        context: &mut Context<'_>,
    ) {
        let Some(editing) = &mut self.form.editing else {
            return;
        };
        match result {
            Ok(Some(mut text)) => {
                // Editors end the last line; what had no such end gets none.
                let former = editing.input.text();
                if text.ends_with('\n') && !former.ends_with('\n') {
                    text.pop();
                }
                if text != former {
                    editing.input.replace(&text);
                    editing.touched = true;
                    self.grow();
                }
            }
            Ok(None) => context.info("The editor ended with an error: the text is as it was"),
            Err(failure) => context.fail(&failure),
        }
    }

    /// Keeps what was typed and edits the row beside it; at the end of the form only keeps it.
    pub(super) fn edit_neighbour(&mut self, neighbour: Neighbour, context: &mut Context<'_>) {
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

impl Row {
    /// Returns a text of this row as JSON to be laid out; if it is none, why not.
    fn json_of(&self, text: &str) -> Result<JsonText, String> {
        match &self.kind {
            RowKind::Parameter(parameter) if self.is_json() => {
                value_of(parameter.kind, parameter.items.as_deref(), text)
            }
            RowKind::Parameter(parameter)
                if parameter.kind == ParameterKind::Any
                    && text.trim_start().starts_with(['{', '[']) =>
            {
                JsonText::parse(text.trim())
            }
            RowKind::Parameter(_)
            | RowKind::Entity
            | RowKind::Action
            | RowKind::AddParameter
            | RowKind::SelectFields
            | RowKind::ExcludeFields
            | RowKind::SkipTruncation
            | RowKind::Intent => Err("this is text".to_owned()),
        }
    }
}

impl Form {
    /// Returns the names that the object at a path of a row's value is known to have.
    fn names_at(&self, row: &Row, path: &[Step<'_>]) -> Vec<String> {
        let (RowKind::Parameter(parameter), Some(operation)) = (&row.kind, self.operation()) else {
            return Vec::new();
        };
        if reads_store(&operation.action) {
            let path = path.iter().map(|step| match step {
                Step::Key(key) => Some(key.as_ref()),
                Step::Items => None,
            });
            let path: Vec<_> = path.collect();
            let known = store_query::names_at(&parameter.name, &path, &operation.fields);
            return known.into_iter().map(str::to_owned).collect();
        }
        let is_at_properties = match parameter.kind {
            ParameterKind::Array => path == [Step::Items],
            ParameterKind::Object => path.is_empty(),
            ParameterKind::String
            | ParameterKind::Integer
            | ParameterKind::Number
            | ParameterKind::Boolean
            | ParameterKind::Any => false,
        };
        if is_at_properties {
            parameter.properties.clone()
        } else {
            Vec::new()
        }
    }
}
