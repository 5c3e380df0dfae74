//! Sending the form: what is checked before, and what is asked.

use super::RequestPane;
use crate::app::context::{Context, Reason};
use crate::app::requests::{
    BodyRequest, Confirm, ConfirmedAction, PopupRequest, ReplyRequest, Request, RequestKind,
};
use crate::app::session::Session;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::notice::Notice;
use crate::domain::action::Action;
use crate::domain::call::Call;
use crate::domain::connector::store_fault;
use crate::domain::operation::{only_reads, reads_store};
use crate::text;

impl RequestPane {
    /// Returns whether there is a request to send; if not, what is missing.
    pub fn can_send(&self) -> Result<(), Reason> {
        self.can_send_somewhere()?;
        if self.form.entity().is_empty() {
            return Err("Choose an entity first".into());
        }
        if self.form.action().is_empty() {
            return Err("Choose an action first".into());
        }
        Ok(())
    }

    /// Returns whether there is a connector to send anything to; if not, why not.
    pub(super) fn can_send_somewhere(&self) -> Result<(), Reason> {
        match (&self.form.connector, self.form.expected) {
            (Some(_), _) => Ok(()),
            (None, Some(_)) if self.waits_for_connectors() => {
                Err("The connectors are not loaded yet".into())
            }
            (None, _) => Err("Choose a connector first".into()),
        }
    }

    pub(super) fn can_download(&self) -> Result<(), Reason> {
        self.can_send()?;
        if self.form.action() == "download" {
            return Ok(());
        }
        let mut operations = self.form.catalog.operations.iter();
        Err(
            match operations.find(|operation| operation.action == "download") {
                Some(operation) => format!(
                    "The action is `{}`: choose `download`, for example of `{}`",
                    self.form.action(),
                    operation.entity
                )
                .into(),
                None => "This connector has no download operation".into(),
            },
        )
    }

    /// Sends the form; asks before a call that changes data or will most likely be refused.
    pub fn send(&mut self, context: &mut Context<'_>) {
        if let Some((row, fault)) = self.form.first_fault() {
            self.form.cursor.at = row;
            context.request(Request::Focus(Pane::Request));
            let name = self.form.rows[row].name();
            return context.notify(Notice::warning(format!("Not sent: {name} {fault}")));
        }
        let Some(call) = self.form.call() else {
            return;
        };
        if !only_reads(&call.action) {
            return self.ask_to_write(call, context);
        }
        let missing: Vec<String> = self.form.missing().into_iter().map(str::to_owned).collect();
        let warning = self.store_warning(&call, context.session);
        if !missing.is_empty() && !self.is_accepted(&call, &missing) {
            return context.open(PopupRequest::Confirm(Confirm {
                question: missing_question(&missing),
                body: warning.unwrap_or_default(),
                action: ConfirmedAction::SendWithout(Box::new(call), missing),
            }));
        }
        if let Some(warning) = warning {
            return context.open(PopupRequest::Confirm(Confirm {
                question: "Send it all the same?".to_owned(),
                body: warning,
                action: ConfirmedAction::Send(Box::new(call)),
            }));
        }
        if !missing.is_empty() {
            context.notify(Notice::warning(format!(
                "Sent without {}, which the definition requires",
                missing.join(", ")
            )));
        } else if let Some((name, remark)) = self.form.first_remark() {
            let remark = text::safe(&remark);
            context.notify(Notice::warning(format!(
                "Sent all the same: {name} {remark}"
            )));
        }
        send_first(call, context);
    }

    /// Sends the form without a question: a relation leads to calls that only read.
    pub(super) fn send_unasked(&mut self, context: &mut Context<'_>) {
        if let Some(call) = self.form.call() {
            send_first(call, context);
        }
    }

    fn ask_to_write(&self, call: Call, context: &mut Context<'_>) {
        let name = format!(
            "`{} {}`",
            text::safe(&call.entity),
            text::safe(&call.action)
        );
        if context.session.setup.read_only {
            return context.notify(Notice::warning(format!(
                "Not sent: {name} can change data, and --read-only is set"
            )));
        }
        let mut notes = Vec::new();
        if !matches!(
            Action::of(&call.action),
            Action::Create | Action::Update | Action::Delete
        ) {
            let action = text::safe(&call.action);
            notes.push(format!(
                "`{action}` is not a known action: it may change data."
            ));
        }
        let missing = self.form.missing();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            notes.push(format!(
                "Missing, though required: {}",
                text::safe(&missing)
            ));
        }
        context.open(PopupRequest::Confirm(Confirm {
            question: format!("{}?", context.session.describe_change(&call)),
            body: notes.join("\n"),
            action: ConfirmedAction::Send(Box::new(call)),
        }));
    }

    /// Returns whether an operation may be sent without these parameters: that was asked once.
    fn is_accepted(&self, call: &Call, missing: &[String]) -> bool {
        self.accepted
            .iter()
            .any(|(connector_id, entity, action, accepted)| {
                (connector_id, entity, action) == (&call.connector_id, &call.entity, &call.action)
                    && missing.iter().all(|name| accepted.contains(name))
            })
    }

    /// Returns why a call to the Context Store will most likely be refused, and what could be sent in its place.
    fn store_warning(&self, call: &Call, session: &Session) -> Option<String> {
        let is_store_search = call.action == "search"
            && call
                .params
                .get("query")
                .is_some_and(|query| query.as_str().starts_with('{'));
        if !reads_store(&call.action) && !is_store_search {
            return None;
        }
        let state = self.store_fault(&call.entity, session)?;
        let instead: Vec<&str> = self
            .form
            .actions(&call.entity)
            .iter()
            .map(|operation| operation.action.as_str())
            .filter(|action| matches!(*action, "list" | "get"))
            .collect();
        let instead = if instead.is_empty() {
            String::new()
        } else {
            format!("\n`{}` asks the provider itself.", instead.join("` or `"))
        };
        Some(format!(
            "The Context Store of `{}` is not ready: {}.\nThe call will most likely be refused.{instead}",
            text::safe(&call.entity),
            text::safe(&state)
        ))
    }

    /// Returns the state of the Context Store of an entity of the chosen connector, if it is known not to be ready.
    pub(super) fn store_fault(&self, entity: &str, session: &Session) -> Option<String> {
        let inspected = self.form.inspection.value().and_then(|inspection| {
            let mut entities = inspection.entities.iter();
            entities.find(|own| own.entity == entity)
        });
        let connector = self.form.connector.as_ref();
        let badge = connector
            .and_then(|own| session.connector(&own.id))
            .and_then(|connector| connector.store.as_ref());
        store_fault(inspected, badge).map(str::to_owned)
    }

    /// Shows the body that will be sent, and what is wrong with it.
    pub(super) fn show_body(&self, context: &mut Context<'_>) {
        let Some(call) = self.form.call() else {
            return;
        };
        let fault = self.form.first_fault();
        let note = fault.map(|(row, fault)| {
            let name = self.form.rows[row].name();
            format!("Left out: {} {}", text::safe(name), text::safe(&fault))
        });
        context.open(PopupRequest::Body(BodyRequest {
            call: Box::new(call),
            note: note.unwrap_or_default(),
        }));
    }
}

/// Asks whether a call is sent without parameters that are required.
fn missing_question(missing: &[String]) -> String {
    let names: Vec<String> = missing
        .iter()
        .map(|name| format!("`{}`", text::safe(name)))
        .collect();
    match names.split_last() {
        Some((last, [])) => {
            format!("{last} is required and the service may not know it: send all the same?")
        }
        Some((last, first)) => format!(
            "{} and {last} are required and the service may not know them: send all the same?",
            first.join(", ")
        ),
        None => String::new(),
    }
}

fn send_first(call: Call, context: &mut Context<'_>) {
    let kind = RequestKind::First;
    context.request(Request::Reply(ReplyRequest::Send(Box::new(call), kind)));
}
