//! The form: entity, action, parameters, options.

use std::collections::HashMap;
use std::sync::Arc;

use super::undo::Former;
use crate::app::session::ConnectorCatalog;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::load::Load;
use crate::app::widgets::text_field::TextField;
use crate::catalog::{self, Definition};
use crate::domain::call::{Call, JsonText, Params, value_of};
use crate::domain::connector::{Connector, Inspection};
use crate::domain::operation::{Operation, Parameter, ParameterKind, Source};
use crate::domain::remark;

/// What a row is for.
#[derive(Debug, Clone, PartialEq)]
pub enum RowKind {
    /// The entity.
    Entity,
    /// The action.
    Action,
    /// A parameter.
    Parameter(Box<Parameter>),
    /// Adds a parameter that nobody declared.
    AddParameter,
    /// Fields to keep.
    SelectFields,
    /// Fields to leave out.
    ExcludeFields,
    /// Whether long strings stay whole.
    SkipTruncation,
    /// A reason for the audit log.
    Intent,
}

/// The value of a row. Unset is not sent; an empty text is not unset; null is a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Value {
    /// Nothing is sent.
    #[default]
    Unset,
    /// `null` is sent.
    Null,
    /// What was typed. Kept even when it does not fit.
    Text(String),
}

/// A row of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is for.
    pub kind: RowKind,
    /// Its value.
    pub value: Value,
}

impl Row {
    /// Returns the name shown.
    pub fn name(&self) -> &str {
        match &self.kind {
            RowKind::Entity => "entity",
            RowKind::Action => "action",
            RowKind::Parameter(parameter) => &parameter.name,
            RowKind::AddParameter => "+ parameter",
            RowKind::SelectFields => "select_fields",
            RowKind::ExcludeFields => "exclude_fields",
            RowKind::SkipTruncation => "skip_truncation",
            RowKind::Intent => "intent",
        }
    }

    /// Returns whether another row is for the same thing. Names alone do not tell: a parameter may be called `action`
    /// or `intent`.
    pub(super) fn is_same_as(&self, other: &Row) -> bool {
        match (&self.kind, &other.kind) {
            (RowKind::Parameter(own), RowKind::Parameter(other)) => own.name == other.name,
            (own, other) => std::mem::discriminant(own) == std::mem::discriminant(other),
        }
    }

    /// Returns whether the row is one of the options, which stand in a group of their own.
    pub fn is_option(&self) -> bool {
        matches!(
            self.kind,
            RowKind::SelectFields
                | RowKind::ExcludeFields
                | RowKind::SkipTruncation
                | RowKind::Intent
        )
    }

    /// Returns whether its text is JSON, so that line breaks in it mean nothing.
    pub fn is_json(&self) -> bool {
        matches!(&self.kind, RowKind::Parameter(parameter)
            if matches!(parameter.kind, ParameterKind::Object | ParameterKind::Array))
    }

    /// Returns whether its text may have line breaks.
    pub fn takes_breaks(&self) -> bool {
        match &self.kind {
            RowKind::Parameter(parameter) => match parameter.kind {
                ParameterKind::String
                | ParameterKind::Any
                | ParameterKind::Object
                | ParameterKind::Array => true,
                ParameterKind::Integer | ParameterKind::Number | ParameterKind::Boolean => false,
            },
            // The value of a parameter that nobody declared may be any text.
            RowKind::AddParameter => true,
            RowKind::Entity
            | RowKind::Action
            | RowKind::SelectFields
            | RowKind::ExcludeFields
            | RowKind::SkipTruncation
            | RowKind::Intent => false,
        }
    }

    /// Returns what is wrong with a text for this row.
    pub fn fault_of(&self, text: &str) -> Option<String> {
        match &self.kind {
            RowKind::Parameter(parameter) => {
                let value = match value_of(parameter.kind, parameter.items.as_deref(), text) {
                    Ok(value) => value,
                    Err(fault) => return Some(fault),
                };
                let allowed =
                    parameter.kind != ParameterKind::Array && !parameter.choices.is_empty();
                (allowed
                    && !parameter
                        .choices
                        .iter()
                        .any(|choice| choice == value.as_str()))
                .then(|| {
                    let choices: Vec<_> = parameter
                        .choices
                        .iter()
                        .map(|choice| choice.trim_matches('"'))
                        .collect();
                    format!("expects one of {}", choices.join(", "))
                })
            }
            RowKind::Intent => {
                let length = text.chars().count();
                (length > 512).then(|| format!("is {length} characters long, 512 are allowed"))
            }
            RowKind::SkipTruncation => {
                (!matches!(text, "true" | "false")).then(|| "expects true or false".to_owned())
            }
            RowKind::AddParameter => {
                let name = text.split_once('=').map_or("", |(name, _)| name);
                name.trim()
                    .is_empty()
                    .then(|| "is no name=value".to_owned())
            }
            RowKind::Entity | RowKind::Action | RowKind::SelectFields | RowKind::ExcludeFields => {
                None
            }
        }
    }

    /// Returns what is wrong with the row's value.
    pub fn fault(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => self.fault_of(text),
            Value::Unset | Value::Null => None,
        }
    }

    /// Returns whether a value is missing that the definition requires and the service does not fill by itself.
    fn lacks_value(&self) -> bool {
        matches!(&self.kind, RowKind::Parameter(parameter) if parameter.required && !parameter.scoped)
            && self.value == Value::Unset
    }
}

/// A line of the form as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormLine {
    /// A row, by its place.
    Row(usize),
    /// Stands for options without a value; the cursor opens them when it comes to the first of them.
    More {
        /// The place of the first row of the group.
        first: usize,
        /// How many rows are not shown.
        hidden: usize,
    },
}

/// A row while its text is typed.
#[derive(Debug, Clone)]
pub struct Editing {
    /// The row.
    pub row: usize,
    /// The text.
    pub input: TextField,
    /// How it is edited.
    pub editor: Editor,
    /// Whether anything was typed. If not, the value stays as it was.
    pub touched: bool,
}

/// How a value is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Editor {
    /// In the row itself.
    Line,
    /// As text, in an editor of several lines.
    Text,
    /// As JSON, in an editor of several lines.
    Json,
}

/// The form of one connector.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// The connector.
    pub connector: Option<Connector>,
    /// The kind of the connector while the connectors are still to be loaded.
    pub expected: Option<&'static Definition>,
    /// Its operations and relations, as far as they are known.
    pub catalog: Arc<ConnectorCatalog>,
    /// Whether the connector was asked for its operations.
    pub described: Load<()>,
    /// Its Context Store by entity.
    pub inspection: Load<Inspection>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The selected row.
    pub cursor: Cursor,
    /// The row that is being edited.
    pub editing: Option<Editing>,
    /// Rows with a value by entity and action, so that nothing typed is lost by looking elsewhere.
    pub(super) kept: HashMap<(String, String), Vec<Row>>,
    /// What the form held before its last changes, the last one at the end.
    pub(super) past: Vec<Former>,
}

impl Form {
    /// Makes the form of a connector: what the catalog knows is there at once.
    pub fn of(connector: Connector) -> Form {
        let catalog = Arc::new(ConnectorCatalog::of(&connector));
        Form {
            connector: Some(connector),
            catalog,
            ..Form::default()
        }
        .at_first_entity()
    }

    /// Makes the form of a kind of connectors: which connector it is will be known when they are loaded.
    pub fn of_kind(definition: &'static Definition) -> Form {
        Form {
            expected: Some(definition),
            catalog: Arc::new(ConnectorCatalog::of_kind(definition)),
            ..Form::default()
        }
        .at_first_entity()
    }

    fn at_first_entity(self) -> Form {
        let mut form = self;
        let entity = form
            .catalog
            .operations
            .first()
            .map(|operation| operation.entity.clone())
            .unwrap_or_default();
        form.set_entity(&entity);
        form
    }

    /// Returns the name of the connector, or of the kind that it will be of.
    pub fn name(&self) -> Option<&str> {
        let expected = self.expected.map(|definition| definition.slug);
        let connector = self.connector.as_ref();
        connector
            .map(|connector| connector.name.as_str())
            .or(expected)
    }

    /// Returns whether it is the form that a connector of this kind was expected for.
    pub fn expects(&self, connector: &Connector) -> bool {
        let own = catalog::definition_of(connector);
        let own = own.map(|definition| definition.definition_id);
        self.expected
            .is_some_and(|expected| own == Some(expected.definition_id))
    }

    /// Takes the connector that was expected. The rows keep their values, also if it is of another kind.
    pub fn connect(&mut self, connector: Connector) {
        if !self.expects(&connector) {
            self.catalog = Arc::new(ConnectorCatalog::of(&connector));
            self.take_operations();
        }
        self.connector = Some(connector);
        self.expected = None;
    }

    /// Takes what the connector says it can do. The rows keep their values.
    pub fn described(&mut self, described: Vec<Operation>) {
        let catalog = Arc::make_mut(&mut self.catalog);
        catalog.operations = catalog::unite(std::mem::take(&mut catalog.operations), described);
        self.take_operations();
    }

    /// Makes the rows again of operations that have changed.
    fn take_operations(&mut self) {
        // What is being typed, and the cursor, stay with their rows wherever those are moved.
        let at = self.selected().cloned();
        let typed = self.editing.as_ref();
        let typed = typed.and_then(|editing| self.rows.get(editing.row).cloned());
        if self.entity().is_empty() {
            let entity = self
                .catalog
                .operations
                .first()
                .map(|operation| operation.entity.clone())
                .unwrap_or_default();
            self.set_entity(&entity);
        } else {
            self.keep();
            self.rebuild_same();
        }
        let place = |rows: &[Row], former: &Row| rows.iter().position(|row| row.is_same_as(former));
        if let Some(typed) = typed {
            // An undeclared parameter without a value is not kept, but its value is being typed.
            let row = place(&self.rows, &typed)
                .unwrap_or_else(|| self.add_parameter(typed.name(), Value::Unset));
            if let Some(editing) = &mut self.editing {
                editing.row = row;
            }
        }
        if let Some(at) = at.and_then(|at| place(&self.rows, &at)) {
            self.cursor.at = at;
        }
    }

    /// Returns whether a call is of the operation in the form.
    pub fn is_of(&self, call: &Call) -> bool {
        let connector = self.connector.as_ref();
        connector.is_some_and(|connector| connector.id == call.connector_id)
            && self.entity() == call.entity
            && self.action() == call.action
    }

    /// Returns the entity.
    pub fn entity(&self) -> &str {
        self.text_of(0)
    }

    /// Returns the action.
    pub fn action(&self) -> &str {
        self.text_of(1)
    }

    fn text_of(&self, row: usize) -> &str {
        match self.rows.get(row).map(|row| &row.value) {
            Some(Value::Text(text)) => text,
            Some(Value::Unset | Value::Null) | None => "",
        }
    }

    /// Returns the operation, if it is known.
    pub fn operation(&self) -> Option<&Operation> {
        self.catalog.operations.iter().find(|operation| {
            operation.entity == self.entity() && operation.action == self.action()
        })
    }

    /// Returns the entities, each once.
    pub fn entities(&self) -> Vec<&str> {
        let mut entities: Vec<&str> = Vec::new();
        for operation in &self.catalog.operations {
            if !entities.contains(&operation.entity.as_str()) {
                entities.push(&operation.entity);
            }
        }
        entities
    }

    /// Returns the operations of an entity.
    pub fn actions(&self, entity: &str) -> Vec<&Operation> {
        self.catalog
            .operations
            .iter()
            .filter(|operation| operation.entity == entity)
            .collect()
    }

    /// Takes an entity and the action that suits it best: the same as before, `list`, or the first.
    pub fn set_entity(&mut self, entity: &str) {
        let actions = self.actions(entity);
        let before = self.action();
        let action = [before, "list"]
            .into_iter()
            .find(|word| actions.iter().any(|operation| operation.action == *word))
            .or_else(|| actions.first().map(|operation| operation.action.as_str()))
            .unwrap_or(before)
            .to_owned();
        self.keep();
        self.rebuild(entity, &action);
    }

    /// Takes an action.
    pub fn set_action(&mut self, action: &str) {
        let entity = self.entity().to_owned();
        self.keep();
        self.rebuild(&entity, action);
    }

    /// Keeps the values under the operation that they are for.
    fn keep(&mut self) {
        let rows = self.rows.iter().skip(2);
        let rows = rows.filter(|row| row.value != Value::Unset).cloned();
        let rows: Vec<_> = rows.collect();
        let place = (self.entity().to_owned(), self.action().to_owned());
        self.kept.insert(place, rows);
    }

    /// Shows an operation with these values only: none is carried over from what is in the form.
    pub(super) fn take_kept(&mut self, entity: &str, action: &str, values: Vec<Row>) {
        self.keep();
        self.rows.clear();
        self.kept
            .insert((entity.to_owned(), action.to_owned()), values);
        self.rebuild(entity, action);
    }

    /// Makes the rows of the same operation again.
    fn rebuild_same(&mut self) {
        let (entity, action) = (self.entity().to_owned(), self.action().to_owned());
        self.rebuild(&entity, &action);
    }

    /// Makes the rows of an operation, with the values that were typed for it before, and those
    /// that another operation requires under the same name.
    pub(super) fn rebuild(&mut self, entity: &str, action: &str) {
        let required: Vec<(String, Value)> = self
            .rows
            .iter()
            .filter(|row| matches!(&row.kind, RowKind::Parameter(parameter) if parameter.required))
            .map(|row| (row.name().to_owned(), row.value.clone()))
            .collect();
        let kept = self
            .kept
            .get(&(entity.to_owned(), action.to_owned()))
            .cloned()
            .unwrap_or_default();
        let operation = self
            .catalog
            .operations
            .iter()
            .find(|operation| operation.entity == entity && operation.action == action);
        let mut parameters: Vec<Parameter> = operation
            .map(|operation| operation.parameters.clone())
            .unwrap_or_default();
        parameters.sort_by_key(|parameter| !parameter.required);
        let text = |text: &str| {
            if text.is_empty() {
                Value::Unset
            } else {
                Value::Text(text.to_owned())
            }
        };
        let mut rows = vec![
            Row {
                kind: RowKind::Entity,
                value: text(entity),
            },
            Row {
                kind: RowKind::Action,
                value: text(action),
            },
        ];
        for row in &kept {
            if let RowKind::Parameter(own) = &row.kind
                && !parameters
                    .iter()
                    .any(|parameter| parameter.name == own.name)
            {
                let undeclared = Parameter::new(&own.name, ParameterKind::Any, Source::Service);
                parameters.push(undeclared);
            }
        }
        let find = |row: &Row| {
            kept.iter()
                .find(|own| own.is_same_as(row))
                .map(|own| own.value.clone())
        };
        for parameter in parameters {
            let carried = || {
                required
                    .iter()
                    .find(|(own, _)| parameter.required && *own == parameter.name)
                    .map(|(_, value)| value.clone())
            };
            let carried = carried();
            let mut row = Row {
                kind: RowKind::Parameter(Box::new(parameter)),
                value: Value::Unset,
            };
            row.value = find(&row).or(carried).unwrap_or_default();
            rows.push(row);
        }
        for kind in [
            RowKind::AddParameter,
            RowKind::SelectFields,
            RowKind::ExcludeFields,
            RowKind::SkipTruncation,
            RowKind::Intent,
        ] {
            let mut row = Row {
                kind,
                value: Value::Unset,
            };
            row.value = find(&row).unwrap_or_default();
            rows.push(row);
        }
        self.rows = rows;
        self.cursor.at = self.cursor.at.min(self.rows.len() - 1);
    }

    /// Sets the selected row to a text if it is of that name, else the first parameter or option of that name.
    pub(super) fn set_value(&mut self, name: &str, text: String) {
        let takes_value = |row: &Row| {
            row.name() == name && !matches!(row.kind, RowKind::Entity | RowKind::Action)
        };
        let at = match self.selected() {
            Some(row) if takes_value(row) => Some(self.cursor.at),
            Some(_) | None => self.rows.iter().position(takes_value),
        };
        if let Some(row) = at.and_then(|at| self.rows.get_mut(at)) {
            row.value = Value::Text(text);
        }
    }

    /// Sets a parameter by name, adding it if nobody declared it.
    pub fn set_parameter(&mut self, name: &str, value: Value) {
        if let Some(row) = self.rows.iter_mut().find(
            |row| matches!(&row.kind, RowKind::Parameter(parameter) if parameter.name == name),
        ) {
            row.value = value;
            return;
        }
        self.add_parameter(name, value);
    }

    /// Adds a parameter that nobody declared. Returns its row.
    fn add_parameter(&mut self, name: &str, value: Value) -> usize {
        let at = self
            .rows
            .iter()
            .position(|row| row.kind == RowKind::AddParameter)
            .unwrap_or(self.rows.len());
        let parameter = Box::new(Parameter::new(name, ParameterKind::Any, Source::Service));
        self.rows.insert(
            at,
            Row {
                kind: RowKind::Parameter(parameter),
                value,
            },
        );
        at
    }

    /// Returns the text of a parameter that is declared as an array, if it is one and its items stand without brackets.
    pub fn text_of_array(&self, name: &str) -> Option<&str> {
        self.rows
            .iter()
            .find_map(|row| match (&row.kind, &row.value) {
                (RowKind::Parameter(parameter), Value::Text(text))
                    if parameter.name == name
                        && parameter.kind == ParameterKind::Array
                        && !text.trim_start().starts_with('[') =>
                {
                    Some(text.as_str())
                }
                (_, Value::Unset | Value::Null | Value::Text(_)) => None,
            })
    }

    /// Takes every value out.
    pub fn reset(&mut self) {
        for row in self.rows.iter_mut().skip(2) {
            row.value = Value::Unset;
        }
        self.keep();
        self.rebuild_same();
    }

    /// Returns the lines that are shown: options without a value are folded into one while the cursor is above them.
    pub fn lines(&self) -> Vec<FormLine> {
        let is_option = |row: &Row| row.is_option() || row.kind == RowKind::AddParameter;
        let first = self.rows.iter().position(is_option);
        let first = first.unwrap_or(self.rows.len());
        let is_shown = |at: usize, row: &Row| at < first || row.value != Value::Unset;
        let rows = self.rows.iter().enumerate();
        let shown = rows.filter(|(at, row)| self.cursor.at >= first || is_shown(*at, row));
        let mut lines: Vec<_> = shown.map(|(at, _)| FormLine::Row(at)).collect();
        let hidden = self.rows.len() - lines.len();
        if hidden > 0 {
            lines.push(FormLine::More { first, hidden });
        }
        lines
    }

    /// Returns the row that the cursor is on.
    pub fn selected(&self) -> Option<&Row> {
        self.rows.get(self.cursor.at)
    }

    /// Selects the row of a name: a parameter, else one of the other rows.
    pub fn select_row(&mut self, name: &str) {
        let is_parameter = |row: &Row| matches!(row.kind, RowKind::Parameter(_));
        let of = |row: &&Row| row.name() == name;
        let mut rows = self.rows.iter();
        let at = rows
            .position(|row| of(&row) && is_parameter(row))
            .or_else(|| self.rows.iter().position(|row| of(&row)));
        self.cursor.at = at.unwrap_or(self.cursor.at);
    }

    /// Returns the first row whose value does not fit, and why.
    pub fn first_fault(&self) -> Option<(usize, String)> {
        self.rows
            .iter()
            .enumerate()
            .find_map(|(index, row)| Some((index, row.fault()?)))
    }

    /// Returns the names of required values that are missing.
    pub fn missing(&self) -> Vec<&str> {
        self.rows
            .iter()
            .filter(|row| self.is_missing(row))
            .map(Row::name)
            .collect()
    }

    /// Returns whether a required value is missing. A search of the Context Store needs a `query` only without `semantic`.
    pub fn is_missing(&self, row: &Row) -> bool {
        let spared = self.action() == "context_store_search"
            && row.name() == "query"
            && self.is_set("semantic");
        row.lacks_value() && !spared
    }

    /// Returns what is odd about the text of a row, though it may be sent.
    pub fn remark_on(&self, row: &Row, text: &str) -> Option<String> {
        let operations = &self.catalog.operations;
        match &row.kind {
            RowKind::Entity | RowKind::Action if self.operation().is_some() => return None,
            RowKind::Entity => return remark::on_entity(operations, text),
            RowKind::Action => return remark::on_action(operations, self.entity(), text),
            RowKind::Parameter(_)
            | RowKind::AddParameter
            | RowKind::SelectFields
            | RowKind::ExcludeFields
            | RowKind::SkipTruncation
            | RowKind::Intent => {}
        }
        let (RowKind::Parameter(parameter), Some(operation)) = (&row.kind, self.operation()) else {
            return None;
        };
        let value = || {
            remark::on_value(
                parameter,
                &value_of(parameter.kind, parameter.items.as_deref(), text).ok()?,
            )
        };
        let on_name = remark::on_parameter(operation, &parameter.name);
        on_name
            .or_else(value)
            .or_else(|| remark::on_search(operation, row.name(), text, &|other| self.is_set(other)))
    }

    /// Returns the first row whose value is odd, though it may be sent, and why.
    pub fn first_remark(&self) -> Option<(&str, String)> {
        self.rows.iter().find_map(|row| match &row.value {
            Value::Text(text) => Some((row.name(), self.remark_on(row, text)?)),
            Value::Unset | Value::Null => None,
        })
    }

    fn is_set(&self, name: &str) -> bool {
        self.rows.iter().any(|row| {
            matches!(row.kind, RowKind::Parameter(_))
                && row.name() == name
                && row.value != Value::Unset
        })
    }

    /// Makes the call. What does not fit is left out; [`Form::first_fault`] tells.
    pub fn call(&self) -> Option<Call> {
        let mut call = Call::new(&self.connector.as_ref()?.id, self.entity(), self.action());
        let mut params = Params::default();
        let words = |text: &str| {
            text.split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        for row in &self.rows {
            match (&row.kind, &row.value) {
                (RowKind::Parameter(parameter), Value::Null) => {
                    params.set(&parameter.name, JsonText::null())
                }
                (RowKind::Parameter(parameter), Value::Text(text)) => {
                    if let Ok(value) = value_of(parameter.kind, parameter.items.as_deref(), text) {
                        params.set(&parameter.name, value);
                    }
                }
                (RowKind::SelectFields, Value::Text(text)) => call.select_fields = words(text),
                (RowKind::ExcludeFields, Value::Text(text)) => call.exclude_fields = words(text),
                (RowKind::SkipTruncation, Value::Text(text)) => {
                    call.skip_truncation = text != "false"
                }
                (RowKind::Intent, Value::Text(text)) => call.intent.clone_from(text),
                (RowKind::Entity | RowKind::Action | RowKind::AddParameter, _)
                | (_, Value::Unset | Value::Null) => {}
            }
        }
        call.params = params;
        Some(call)
    }
}
