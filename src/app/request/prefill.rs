//! Filling the form in: from the command line, from a relation, from a token.

use super::RequestPane;
use super::form::{Form, RowKind, Value};
use crate::app::context::Context;
use crate::app::requests::{Prefill, Request, SelectedRow, SessionRequest};
use crate::app::session::Preset;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::notice::Notice;
use crate::catalog;
use crate::domain::call::{JsonText, Params};
use crate::domain::connector::Connector;
use crate::domain::operation::ParameterKind;
use crate::text;
use crate::text::similar::did_you_mean;

/// Whether a request was filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// It was.
    Yes,
    /// Its connector is gone: the form of another one must not be filled, nor sent.
    No,
}

impl RequestPane {
    /// Fills in a request if its connector is known.
    pub(super) fn fill(&mut self, prefill: Prefill, context: &mut Context<'_>) -> Filled {
        let connector = context.session.connector(&prefill.connector_id);
        let Some(connector) = connector.cloned() else {
            context.notify(Notice::warning(
                "This connector is not in the workspace any more",
            ));
            return Filled::No;
        };
        self.choose_and_select(connector, context);
        self.change(|pane| {
            pane.form.set_entity(&prefill.entity);
            pane.form.set_action(&prefill.action);
            pane.set_params(&prefill.params);
            if let Some((name, value)) = prefill.typed {
                pane.form.set_parameter(&name, Value::Text(value));
            }
        });
        let mut rows = self.form.rows.iter();
        match &prefill.row {
            SelectedRow::Same => {}
            SelectedRow::FirstMissing => {
                let row = rows.position(|row| self.form.is_missing(row));
                self.form.cursor.at = row.unwrap_or(0);
            }
            SelectedRow::Named(name) => {
                let row = rows.position(|row| row.name() == name);
                self.form.cursor.at = row.unwrap_or(0);
            }
        }
        if let Some(notice) = prefill.notice {
            context.notify(notice);
        }
        Filled::Yes
    }

    /// Shows an operation with the values that were typed for it.
    pub(super) fn show_operation(&mut self, entity: &str, action: &str) {
        if (self.form.entity(), self.form.action()) != (entity, action) {
            self.form.set_entity(entity);
            self.form.set_action(action);
        }
    }

    pub(super) fn choose_and_select(&mut self, connector: Connector, context: &mut Context<'_>) {
        let select = SessionRequest::Select(connector.id.clone());
        context.request(Request::Session(select));
        self.choose(connector, context);
    }

    /// Fills in what the program was started with before the connectors are known, if the catalog knows the connector's kind.
    pub fn fill_from_catalog(&mut self, context: &mut Context<'_>) {
        let Some(preset) = self.preset.clone() else {
            return;
        };
        if let Some(definition) = catalog::by_name(&preset.connector) {
            self.form = Form::of_kind(definition);
            self.fill_operation(preset, context);
        }
    }

    /// Fills in what the program was started with, now that the connectors are known. What was filled in before them stays
    /// as it is by now.
    pub fn fill_preset(&mut self, context: &mut Context<'_>) {
        let Some(preset) = self.preset.take() else {
            return;
        };
        let session = context.session;
        let found: Vec<&Connector> = session
            .connectors
            .iter()
            .filter(|connector| connector.is_called(&preset.connector))
            .collect();
        let word = text::safe(&preset.connector);
        match found.as_slice() {
            [connector] if self.form.expected.is_some() => {
                let select = SessionRequest::Select(connector.id.clone());
                context.request(Request::Session(select));
                self.connect((*connector).clone(), context);
            }
            [connector] => {
                self.choose_and_select((*connector).clone(), context);
                self.fill_operation(preset, context);
            }
            [] => {
                self.form = Form::default();
                context.request(Request::Focus(Pane::Connectors));
                let workspace = text::safe(&session.setup.workspace);
                let names = session.connectors.iter().flat_map(Connector::names);
                let similar = match &preset.similar_command {
                    Some(command) => format!("; did you mean the command `airscope {command}`?"),
                    None => did_you_mean(&preset.connector, names),
                };
                context.notify(Notice::warning(format!(
                    "There is no connector `{word}` in workspace `{workspace}`{similar}"
                )));
            }
            many => {
                context.request(Request::Focus(Pane::Connectors));
                let filter = SessionRequest::FilterConnectors(preset.connector.clone());
                context.request(Request::Session(filter));
                let names: Vec<_> = many
                    .iter()
                    .map(|own| format!("{} ({})", text::safe(&own.name), text::safe(&own.id)))
                    .collect();
                context.notify(Notice::warning(format!(
                    "`{word}` is ambiguous: {}",
                    names.join(", ")
                )));
            }
        }
    }

    fn fill_operation(&mut self, preset: Preset, context: &mut Context<'_>) {
        if let Some(entity) = &preset.entity {
            self.form.set_entity(entity);
        }
        if let Some(action) = &preset.action {
            self.form.set_action(action);
        }
        self.set_params(&preset.params);
        let mut given: Vec<String> = Vec::new();
        for (name, value) in preset.pairs {
            let is_repeated = given.contains(&name);
            let value = match self.form.text_of_array(&name).filter(|_| is_repeated) {
                Some(former) => format!("{former},{value}"),
                None => value,
            };
            if is_repeated && self.form.text_of_array(&name).is_none() {
                context.notify(Notice::warning(format!(
                    "`-p {}` is given twice: the last value counts",
                    text::safe(&name)
                )));
            }
            self.form.set_parameter(&name, Value::Text(value));
            given.push(name);
        }
    }

    fn set_params(&mut self, params: &Params) {
        for (name, value) in params.iter() {
            let value = if value.as_str() == "null" {
                Value::Null
            } else {
                Value::Text(self.typed_text(name, value))
            };
            self.form.set_parameter(name, value);
        }
    }

    /// Returns a value as somebody would type it into its row.
    fn typed_text(&self, name: &str, value: &JsonText) -> String {
        let is_string = self.form.rows.iter().any(|row| {
            matches!(&row.kind, RowKind::Parameter(parameter)
                if parameter.name == name && parameter.kind == ParameterKind::String)
        });
        // Where nothing is declared, the quotes keep a string of digits a string.
        if is_string {
            value.plain()
        } else {
            value.as_str().to_owned()
        }
    }
}
