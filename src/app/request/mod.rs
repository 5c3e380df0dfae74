//! The request: the form of the chosen connector, and the forms of those that were chosen before.

pub mod edit;
mod editor;
pub mod form;
pub mod json_editor;
pub mod prefill;
pub mod send;
mod state;
mod undo;

use std::collections::HashMap;
use std::sync::Arc;

use super::command::{Movement, RequestCommand};
use super::context::{Context, Reason};
use super::effect::{Effect, LookupEffect, ProfileEffect};
use super::ids::TaskId;
use super::requests::{DecoderRequest, FormRequest, PopupRequest, Request};
use super::session::{Chosen, NO_SERVICE, Preset, Session};
use super::widgets::focus::Pane;
use super::widgets::load::Load;
use super::widgets::notice::Notice;
use crate::domain::call::Call;
use crate::domain::connector::{Connector, Inspection};
use crate::domain::failure::Failure;
use crate::domain::operation::Operation;
use crate::text;
use form::{Form, FormLine, RowKind, Value};
use prefill::Filled;

/// The request.
#[derive(Debug, Clone, Default)]
pub struct RequestPane {
    /// The form of the chosen connector.
    pub form: Form,
    /// The forms of other connectors by id, so that nothing typed is lost by choosing another.
    forms: HashMap<String, Form>,
    /// The operations that may be sent without parameters that are required: connector, entity, action, parameters.
    accepted: Vec<(String, String, String, Vec<String>)>,
    /// The request to fill in once the connectors are known.
    preset: Option<Preset>,
}

impl RequestPane {
    /// Makes the pane of a program that was started with a request, or without.
    pub fn new(preset: Option<Preset>) -> RequestPane {
        RequestPane {
            preset,
            ..RequestPane::default()
        }
    }

    /// Returns the form of a connector, shown or left before.
    pub fn form_of(&self, connector_id: &str) -> Option<&Form> {
        let own = self.form.connector.as_ref();
        match own.filter(|own| own.id == connector_id) {
            Some(_) => Some(&self.form),
            None => self.forms.get(connector_id),
        }
    }

    /// Returns the chosen connector and its catalog, for the session.
    pub fn chosen(&self) -> Option<Chosen> {
        self.form.connector.clone().map(|connector| Chosen {
            connector,
            catalog: Arc::clone(&self.form.catalog),
            stores: self
                .form
                .inspection
                .value()
                .map(|inspection| inspection.entities.clone())
                .unwrap_or_default(),
        })
    }

    /// Shows the form of a connector: as it was left, or a new one. What the connector can do is asked for.
    pub fn choose(&mut self, connector: Connector, context: &mut Context<'_>) {
        self.show_form(connector, LookUp::Missing, context);
    }

    fn show_form(&mut self, connector: Connector, look_up: LookUp, context: &mut Context<'_>) {
        if self
            .form
            .connector
            .as_ref()
            .is_some_and(|own| own.id == connector.id)
        {
            return;
        }
        if self.form.expects(&connector) {
            // It was filled in before the connectors were loaded.
            return self.connect(connector, context);
        }
        self.cancel_loads(context);
        self.commit();
        let form = self.forms.remove(&connector.id);
        let form = form.unwrap_or_else(|| Form::of(connector.clone()));
        let former = std::mem::replace(&mut self.form, form);
        if let Some(former_id) = former.connector.as_ref().map(|own| own.id.clone()) {
            self.forms.insert(former_id, former);
        }
        self.ask(connector, look_up, context);
    }

    /// Takes the connector of a form that was filled in before the connectors were loaded.
    fn connect(&mut self, connector: Connector, context: &mut Context<'_>) {
        self.form.connect(connector.clone());
        self.ask(connector, LookUp::Missing, context);
    }

    /// Asks what the connector can do and how ready its Context Store is, unless that is known.
    fn ask(&mut self, connector: Connector, look_up: LookUp, context: &mut Context<'_>) {
        let (connector_id, definition_id) = (connector.id, connector.definition_id);
        let is_described = look_up.is_spared(&self.form.described);
        if !is_described {
            self.describe(connector_id.clone(), context);
        }
        // The inspection may have been cancelled after the description was received.
        if !is_described || !look_up.is_spared(&self.form.inspection) {
            let task = context.start(&mut self.form.inspection);
            context.effect(Effect::Lookup(LookupEffect::Inspect { task, connector_id }));
        }
        if !is_described && context.session.setup.keeps_profiles {
            context.effect(Effect::Profile(ProfileEffect::Load { definition_id }));
        }
    }

    fn describe(&mut self, connector_id: String, context: &mut Context<'_>) {
        let task = context.start(&mut self.form.described);
        context.effect(Effect::Lookup(LookupEffect::Describe {
            task,
            connector_id,
        }));
    }

    fn cancel_loads(&mut self, context: &mut Context<'_>) {
        context.cancel(&mut self.form.described);
        context.cancel(&mut self.form.inspection);
    }

    /// Forgets all forms: another workspace is used.
    pub fn start_over(&mut self, context: &mut Context<'_>) {
        self.cancel_loads(context);
        // What was filled in for a connector that is still to be found is not of the former workspace.
        if self.preset.is_none() || self.form.expected.is_none() {
            self.form = Form::default();
        }
        self.forms.clear();
    }

    /// Returns whether a request is filled in, or will be, when the connectors are loaded.
    pub fn waits_for_connectors(&self) -> bool {
        self.preset.is_some()
    }

    /// Asks the connector again for what it can do.
    pub fn reload(&mut self, context: &mut Context<'_>) {
        if let Some(connector) = &self.form.connector {
            let id = connector.id.clone();
            self.describe(id, context);
        }
    }

    /// Takes the operations that the connector describes.
    pub fn described(
        &mut self,
        task: TaskId,
        result: Result<Vec<Operation>, Failure>,
        context: &mut Context<'_>,
    ) {
        match result {
            Ok(operations) => {
                if self.form.described.finish(task, Ok(())) {
                    self.form.described(operations);
                }
            }
            Err(failure) => {
                let summary = failure.summary.clone();
                // The catalog serves where the connector does not answer; only both missing matters.
                if self.form.described.finish(task, Err(failure))
                    && self.form.catalog.operations.is_empty()
                {
                    context.notify(Notice::warning(format!(
                        "{summary}. Type entity and action yourself"
                    )));
                }
            }
        }
    }

    /// Takes the Context Store of the connector.
    pub fn inspected(&mut self, task: TaskId, result: Result<Inspection, Failure>) {
        self.form.inspection.finish(task, result);
    }

    /// Changes the form as another part of the state asks.
    pub fn handle(&mut self, request: FormRequest, context: &mut Context<'_>) {
        match request {
            FormRequest::Choose(id) => {
                if let Some(connector) = context.session.connector(&id).cloned() {
                    self.choose(connector, context);
                }
            }
            FormRequest::Fill(prefill) => {
                self.fill(*prefill, context);
            }
            FormRequest::FillAndSend(prefill) => {
                if self.fill(*prefill, context) == Filled::Yes {
                    self.send_unasked(context);
                }
            }
            FormRequest::SendDownload(otherwise) => match self.form.action() {
                "download" => self.send(context),
                _ => context.info(otherwise),
            },
            FormRequest::GoToRow {
                connector_id,
                entity,
                action,
                row,
            } => {
                if let Some(connector) = context.session.connector(&connector_id).cloned() {
                    self.choose_and_select(connector, context);
                    self.show_operation(&entity, &action);
                    self.form.select_row(&row);
                }
            }
            FormRequest::AcceptMissing(call, missing) => {
                let Call {
                    connector_id,
                    entity,
                    action,
                    ..
                } = *call;
                self.accepted.push((connector_id, entity, action, missing));
            }
            FormRequest::SetEntity(entity) => {
                self.change(|pane| pane.form.set_entity(&entity));
                self.form.cursor.at = 1;
            }
            FormRequest::SetAction(action) => {
                self.change(|pane| pane.form.set_action(&action));
                self.form.cursor.at = 2.min(self.form.rows.len().saturating_sub(1));
            }
            FormRequest::SetValue(name, value) => {
                self.change(|pane| pane.form.set_value(&name, value))
            }
            FormRequest::SetItems(name, items) => self.set_items(&name, &items),
            FormRequest::EditAsJson(name) => self.edit_as_json(&name),
            FormRequest::EditNeighbour(neighbour) => self.edit_neighbour(neighbour, context),
            FormRequest::SelectFields(fields) => {
                self.change(|pane| pane.select_fields(&fields, context))
            }
            FormRequest::Restore(state) => self.restore(*state, context),
        }
    }

    fn select_fields(&mut self, fields: &[String], context: &mut Context<'_>) {
        let row = self
            .form
            .rows
            .iter_mut()
            .find(|row| row.kind == RowKind::SelectFields);
        let Some(row) = row else {
            return context.info("Choose a connector and an operation first");
        };
        row.value = Value::Text(fields.join(", "));
        let count = text::plural(fields.len() as u64, "field");
        context.notify(Notice::done(format!(
            "{count} in `select_fields` of the request: F5 sends it"
        )));
    }

    /// Moves the cursor in a window of a height.
    pub fn move_cursor(&mut self, movement: Movement, height: usize) {
        let length = self.form.rows.len();
        self.form.cursor.step(movement.lines(height), length);
    }

    /// Selects the row of the window; edits it if it was selected and the pane had the keys. What is folded opens.
    pub fn click(&mut self, row: usize, had_focus: HadFocus, context: &mut Context<'_>) {
        let lines = self.form.lines();
        let at = match lines.get(self.form.cursor.top + row) {
            Some(FormLine::Row(at)) => *at,
            Some(FormLine::More { first, .. }) => *first,
            None => return,
        };
        let was_selected = self.form.cursor.at == at;
        self.form.cursor.at = at;
        if was_selected && had_focus == HadFocus::Yes {
            self.edit(context);
        }
    }

    /// Keeps the cursor in the form, and the window around it.
    pub fn fit(&mut self, height: usize) {
        self.form.cursor.at = self
            .form
            .cursor
            .at
            .min(self.form.rows.len().saturating_sub(1));
        let length = self.form.lines().len();
        self.form.cursor.fit(height, length);
    }

    /// Returns whether a command would do something now; if not, why not.
    pub fn can(&self, command: RequestCommand, session: &Session) -> Result<(), Reason> {
        match command {
            RequestCommand::Edit
            | RequestCommand::Unset
            | RequestCommand::SetNull
            | RequestCommand::ShowBody
            | RequestCommand::Undo
            | RequestCommand::Reset => self.can_edit(command),
            RequestCommand::Download => self.can_download(),
            RequestCommand::Profile if session.is_file() => Err(NO_SERVICE.into()),
            RequestCommand::Profile => self.can_send(),
            RequestCommand::Decode => match self.form.selected().map(|row| &row.value) {
                Some(Value::Text(_)) => Ok(()),
                Some(Value::Unset | Value::Null) | None => {
                    Err("This row has no value to decode".into())
                }
            },
        }
    }

    /// Does what a command asks for.
    pub fn perform(&mut self, command: RequestCommand, context: &mut Context<'_>) {
        match command {
            RequestCommand::Edit => {
                // The palette may be opened in another pane.
                context.request(Request::Focus(Pane::Request));
                self.edit(context);
            }
            RequestCommand::Unset => self.change(|pane| pane.set_row(Value::Unset)),
            RequestCommand::SetNull => self.change(|pane| pane.set_row(Value::Null)),
            RequestCommand::ShowBody => self.show_body(context),
            RequestCommand::Reset => {
                self.change(|pane| pane.form.reset());
                context.notify(Notice::done("The form is empty"));
            }
            RequestCommand::Undo => {
                if let Some(words) = self.take_back() {
                    context.notify(Notice::done(text::safe(&words)));
                }
            }
            RequestCommand::Download => self.send(context),
            RequestCommand::Profile => {
                if let Some(call) = self.form.call() {
                    context.open(PopupRequest::Profile(Box::new(call)));
                }
            }
            RequestCommand::Decode => self.decode(context),
        }
    }

    fn decode(&self, context: &mut Context<'_>) {
        let Some(row) = self.form.selected() else {
            return;
        };
        let Value::Text(token) = &row.value else {
            return;
        };
        context.open(PopupRequest::Decoder(DecoderRequest {
            title: format!("`{}` of the request", text::safe(row.name())),
            token: token.clone(),
            call: self.form.call(),
        }));
    }
}

/// What the service is asked about a connector whose form is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LookUp {
    /// What is not known, also where an earlier question failed.
    Missing,
    /// What was not answered yet: neither well nor badly.
    Unasked,
}

impl LookUp {
    /// Returns whether there is no need to ask.
    fn is_spared<T>(self, load: &Load<T>) -> bool {
        match load {
            Load::Ready(_) => true,
            Load::Failed { .. } => self == LookUp::Unasked,
            Load::Idle | Load::Running { .. } => false,
        }
    }
}

/// Whether the pane had the keys before it was clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HadFocus {
    /// It had them.
    Yes,
    /// Another pane had them.
    No,
}

#[cfg(test)]
mod tests;
