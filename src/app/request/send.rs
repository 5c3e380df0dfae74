//! Sending the form: what is checked before, and what is asked.

use super::RequestPane;
use crate::app::context::{Context, Reason};
use crate::app::requests::{
    Confirm, ConfirmedAction, Layout, PopupRequest, ReplyRequest, Request, RequestKind, TextRequest,
};
use crate::app::session::Session;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::notice::Notice;
use crate::domain::call::Call;
use crate::domain::connector::StoreState;
use crate::domain::operation::{only_reads, reads_store};
use crate::text;

/// Joins the lines of JSON, which is wrapped anyway.
fn on_one_line(json: &str) -> String {
    json.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

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
        if let Some(warning) = self.store_warning(&call, context.session) {
            return context.open(PopupRequest::Confirm(Confirm {
                question: "Send it all the same?".to_owned(),
                body: warning,
                action: ConfirmedAction::Send(Box::new(call)),
            }));
        }
        let missing = self.form.missing();
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
        let is_known = matches!(call.action.as_str(), "create" | "update" | "delete");
        let question = if is_known {
            format!("{name} changes data. Send it?")
        } else {
            format!("{name} is not a known action. Send it?")
        };
        let missing = self.form.missing();
        let missing = if missing.is_empty() {
            String::new()
        } else {
            format!("\n\nMissing, though required: {}", missing.join(", "))
        };
        context.open(PopupRequest::Confirm(Confirm {
            question,
            body: format!("{}{missing}", text::safe(&on_one_line(&call.body()))),
            action: ConfirmedAction::Send(Box::new(call)),
        }));
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
        let inspected = self.form.inspection.value().and_then(|inspection| {
            let mut entities = inspection.entities.iter();
            entities.find(|own| own.entity == call.entity)
        });
        let label = session
            .connector(&call.connector_id)
            .and_then(|connector| connector.store.as_ref())
            .filter(|state| !state.is_searchable())
            .map(StoreState::label);
        let state = match inspected {
            Some(entity) if entity.ready_for_search => return None,
            Some(entity) => label.unwrap_or(&entity.status).to_owned(),
            None => label?.to_owned(),
        };
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

    /// Shows the body that will be sent, and what is wrong with it.
    pub(super) fn show_body(&self, context: &mut Context<'_>) {
        let Some(call) = self.form.call() else {
            return;
        };
        let mut body = text::safe(&on_one_line(&call.body())).into_owned();
        if let Some((row, fault)) = self.form.first_fault() {
            let name = self.form.rows[row].name();
            body.push_str(&format!("\n\nLeft out: {name} {fault}"));
        }
        context.open_text(TextRequest {
            title: "The body that will be sent".to_owned(),
            text: body,
            layout: Layout::Wrapped,
        });
    }
}

fn send_first(call: Call, context: &mut Context<'_>) {
    let kind = RequestKind::First;
    context.request(Request::Reply(ReplyRequest::Send(Box::new(call), kind)));
}
