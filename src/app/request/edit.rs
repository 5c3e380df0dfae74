//! Beginning to edit a row of the form: in place, in an editor, or by choosing from a list.

use super::RequestPane;
use super::editor::is_long;
use super::form::{Editing, Editor, Form, Row, RowKind, Value};
use crate::app::command::RequestCommand;
use crate::app::context::{Context, Reason};
use crate::app::requests::{
    CheckListRequest, Choices, FormRequest, FreeText, Item, PopupRequest, Request,
};
use crate::app::session::Session;
use crate::app::widgets::text_field::{Lines, TextField};
use crate::domain::call::{JsonText, value_of};
use crate::domain::operation::{Parameter, ParameterKind, about_action, only_reads, reads_store};
use crate::text;

const TAKES_TYPED: &str = "Nothing matches: Enter takes what you typed.";

impl RequestPane {
    pub(super) fn can_edit(&self, command: RequestCommand) -> Result<(), Reason> {
        if self.form.rows.is_empty() {
            return Err("Choose a connector first".into());
        }
        if command == RequestCommand::ShowBody {
            return self.can_send_somewhere();
        }
        let row = self.form.selected();
        let is_fixed = matches!(
            row.map(|row| &row.kind),
            Some(RowKind::Entity | RowKind::Action | RowKind::AddParameter)
        );
        let is_option = row.is_some_and(Row::is_option);
        match command {
            RequestCommand::Unset | RequestCommand::SetNull if is_fixed => {
                Err("This row has no value to take out".into())
            }
            RequestCommand::SetNull if is_option => {
                Err("An option cannot be null: Backspace takes it out".into())
            }
            RequestCommand::Undo if self.form.past.is_empty() => {
                Err("There is no change of this request to take back".into())
            }
            RequestCommand::Edit
            | RequestCommand::Undo
            | RequestCommand::Unset
            | RequestCommand::SetNull
            | RequestCommand::ShowBody
            | RequestCommand::Reset
            | RequestCommand::Download
            | RequestCommand::Profile
            | RequestCommand::Decode => Ok(()),
        }
    }

    pub(super) fn set_row(&mut self, value: Value) {
        let at = self.form.cursor.at;
        if let Some(row) = self.form.rows.get_mut(at) {
            row.value = value;
        }
    }

    /// Edits the selected row, or opens the list of what it can be.
    pub(super) fn edit(&mut self, context: &mut Context<'_>) {
        let Some(row) = self.form.selected() else {
            return;
        };
        let current = match &row.value {
            Value::Text(text) => text.clone(),
            Value::Unset | Value::Null => String::new(),
        };
        if let RowKind::Parameter(parameter) = &row.kind
            && let Some(list) = check_list(parameter, &current)
        {
            return context.open(PopupRequest::CheckList(list));
        }
        match &row.kind {
            RowKind::Entity => context.open(self.entities(current)),
            RowKind::Action => context.open(self.actions(current, context.session)),
            RowKind::SkipTruncation => {
                let pairs = [
                    ("true", "strings are received whole"),
                    ("false", "strings are cut after 200 characters"),
                ];
                context.open(values("skip_truncation", &pairs, current));
            }
            RowKind::Parameter(parameter) if parameter.kind == ParameterKind::Boolean => {
                let pairs = [("true", ""), ("false", "")];
                context.open(values(&parameter.name, &pairs, current));
            }
            RowKind::Parameter(parameter)
                if !parameter.choices.is_empty() && parameter.kind != ParameterKind::Array =>
            {
                context.open(allowed_values(parameter, current));
            }
            RowKind::Parameter(parameter) => match parameter.kind {
                ParameterKind::Object if current.is_empty() => {
                    self.begin(TextField::inside("{\n  \n}"), Editor::Json);
                }
                ParameterKind::Array if current.is_empty() => {
                    self.begin(TextField::inside("[\n  \n]"), Editor::Json);
                }
                ParameterKind::Object | ParameterKind::Array => {
                    self.begin(TextField::new(&current, Lines::Many), Editor::Json);
                }
                ParameterKind::String
                | ParameterKind::Integer
                | ParameterKind::Number
                | ParameterKind::Boolean
                | ParameterKind::Any => self.begin_line(&current),
            },
            RowKind::AddParameter
            | RowKind::SelectFields
            | RowKind::ExcludeFields
            | RowKind::Intent => self.begin_line(&current),
        }
    }

    /// Sets the array of a name to items that were checked. If they are those it holds, its text stays as it was typed.
    pub(super) fn set_items(&mut self, name: &str, items: &[String]) {
        let Some(at) = self.form.array(name) else {
            return;
        };
        let row = &self.form.rows[at];
        let held = row.items();
        let is_same = held.as_ref().is_some_and(|held| {
            held.len() == items.len() && held.iter().all(|item| items.contains(item))
        });
        if is_same && !items.is_empty() {
            return;
        }
        let value = if items.is_empty() {
            Value::Unset
        } else {
            Value::Text(JsonText::array(items).as_str().to_owned())
        };
        self.change(|pane| {
            if let Some(row) = pane.form.rows.get_mut(at) {
                row.value = value;
            }
        });
    }

    /// Opens the array of a name in the JSON editor.
    pub(super) fn edit_as_json(&mut self, name: &str) {
        let Some(at) = self.form.array(name) else {
            return;
        };
        self.form.cursor.at = at;
        let input = match &self.form.rows[at].value {
            Value::Text(text) => TextField::new(text, Lines::Many),
            Value::Unset | Value::Null => TextField::inside("[\n  \n]"),
        };
        self.begin(input, Editor::Json);
    }

    /// Edits the selected row in its place, or a long text of several lines in an editor of its own.
    fn begin_line(&mut self, current: &str) {
        let takes_breaks = self.form.selected().is_some_and(Row::takes_breaks);
        let lines = if takes_breaks {
            Lines::Many
        } else {
            Lines::One
        };
        let editor = if takes_breaks && is_long(current) {
            Editor::Text
        } else {
            Editor::Line
        };
        self.begin(TextField::new(current, lines), editor);
    }

    fn begin(&mut self, input: TextField, editor: Editor) {
        self.form.editing = Some(Editing {
            row: self.form.cursor.at,
            input,
            editor,
            touched: false,
        });
    }

    fn entities(&self, current: String) -> PopupRequest {
        let items = self.form.entities().into_iter().map(|entity| {
            let actions: Vec<_> = self
                .form
                .actions(entity)
                .iter()
                .map(|operation| operation.action.clone())
                .collect();
            Item {
                label: entity.to_owned(),
                about: actions.join(" "),
                request: Request::Form(FormRequest::SetEntity(entity.to_owned())),
            }
        });
        PopupRequest::Choices(
            Choices::new("Entity", items.collect())
                .of_row()
                .at(current)
                .with_free(FreeText::Entity)
                .or_else(TAKES_TYPED),
        )
    }

    fn actions(&self, current: String, session: &Session) -> PopupRequest {
        let items = self.form.actions(self.form.entity()).into_iter();
        let items = items.map(|operation| {
            let about = operation
                .description
                .clone()
                .unwrap_or_else(|| about_action(&operation.action).to_owned());
            // What one should know before one chooses it comes first: the end may be cut.
            let mark = if !only_reads(&operation.action) {
                "! changes data · ".to_owned()
            } else if reads_store(&operation.action) {
                let fault = self.store_fault(&operation.entity, session);
                let mark = |state| format!("! store not ready: {} · ", text::safe(state));
                fault.as_deref().map(mark).unwrap_or_default()
            } else {
                String::new()
            };
            Item {
                label: operation.action.clone(),
                about: format!(
                    "{mark}{} · {}",
                    text::safe(&about),
                    operation.source.label()
                ),
                request: Request::Form(FormRequest::SetAction(operation.action.clone())),
            }
        });
        PopupRequest::Choices(
            Choices::new("Action", items.collect())
                .of_row()
                .at(current)
                .with_free(FreeText::Action)
                .or_else(TAKES_TYPED),
        )
    }
}

fn values(name: &str, pairs: &[(&str, &str)], current: String) -> PopupRequest {
    let items = pairs.iter().map(|(label, about)| Item {
        label: (*label).to_owned(),
        about: (*about).to_owned(),
        request: Request::Form(FormRequest::SetValue(name.to_owned(), (*label).to_owned())),
    });
    PopupRequest::Choices(Choices::new(name, items.collect()).of_row().at(current))
}

fn allowed_values(parameter: &Parameter, current: String) -> PopupRequest {
    let name = &parameter.name;
    let items = parameter.choices.iter().map(|choice| {
        // Strings without their quotes.
        let label = JsonText::parse(choice)
            .map(|json| json.plain())
            .unwrap_or_else(|_| choice.clone());
        Item {
            request: Request::Form(FormRequest::SetValue(name.clone(), label.clone())),
            label,
            about: String::new(),
        }
    });
    let choices = Choices::new(name, items.collect()).of_row().at(current);
    PopupRequest::Choices(choices.with_free(FreeText::Value(name.clone())))
}

/// Returns the list of the allowed items of an array with those that a text holds; `None` if nothing is declared, or the
/// text is no array, so that it is to be corrected.
fn check_list(parameter: &Parameter, text: &str) -> Option<CheckListRequest> {
    if parameter.kind != ParameterKind::Array || parameter.choices.is_empty() {
        return None;
    }
    Some(CheckListRequest {
        name: parameter.name.clone(),
        choices: parameter.choices.clone(),
        chosen: items_of(parameter, text)?,
    })
}

/// Returns the items of an array that is typed, as JSON; `None` if it is none.
fn items_of(parameter: &Parameter, text: &str) -> Option<Vec<String>> {
    let array = value_of(parameter.kind, parameter.items.as_deref(), text).ok()?;
    array.items()
}

impl Row {
    /// Returns the items of the array in the row, as JSON; `None` if it holds none.
    fn items(&self) -> Option<Vec<String>> {
        match (&self.kind, &self.value) {
            (RowKind::Parameter(parameter), Value::Text(text)) => items_of(parameter, text),
            (_, Value::Text(_) | Value::Unset | Value::Null) => None,
        }
    }
}

impl Form {
    /// Returns the row of the parameter of a name that is an array.
    fn array(&self, name: &str) -> Option<usize> {
        self.rows.iter().position(|row| {
            matches!(&row.kind, RowKind::Parameter(parameter)
                if parameter.name == name && parameter.kind == ParameterKind::Array)
        })
    }
}
