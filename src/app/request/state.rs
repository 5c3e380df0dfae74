//! The form as a [`RequestState`]: taken when one goes to another request, and shown again.

use super::form::{Form, Row, RowKind, Value};
use super::{LookUp, RequestPane};
use crate::app::context::Context;
use crate::app::request_state::{KeptValue, RequestState, RowName};
use crate::app::requests::{Request, SessionRequest};
use crate::app::widgets::notice::Notice;
use crate::domain::operation::{Parameter, ParameterKind, Source};

impl RequestPane {
    /// Returns the request as it stands in the form; `None` while no connector is chosen.
    pub fn state(&self) -> Option<RequestState> {
        let form = &self.form;
        let rows = form.rows.iter();
        Some(RequestState {
            connector_id: form.connector.as_ref()?.id.clone(),
            entity: form.entity().to_owned(),
            action: form.action().to_owned(),
            values: rows.filter_map(kept).collect(),
            cursor: form.cursor,
        })
    }

    /// Shows a request as it stood in the form. What stands there now stays with its operation.
    pub(super) fn restore(&mut self, state: RequestState, context: &mut Context<'_>) {
        let connector = context.session.connector(&state.connector_id).cloned();
        let Some(connector) = connector else {
            return context.notify(Notice::warning(
                "The connector of this request is not in the workspace any more",
            ));
        };
        let select = SessionRequest::Select(connector.id.clone());
        context.request(Request::Session(select));
        self.show_form(connector, LookUp::Unasked, context);
        self.form.restore(state);
    }
}

fn kept(row: &Row) -> Option<(RowName, KeptValue)> {
    let name = match &row.kind {
        RowKind::Entity | RowKind::Action => return None,
        RowKind::Parameter(parameter) => RowName::Parameter(parameter.name.clone()),
        RowKind::AddParameter => RowName::AddParameter,
        RowKind::SelectFields => RowName::SelectFields,
        RowKind::ExcludeFields => RowName::ExcludeFields,
        RowKind::SkipTruncation => RowName::SkipTruncation,
        RowKind::Intent => RowName::Intent,
    };
    match &row.value {
        Value::Unset => None,
        Value::Null => Some((name, KeptValue::Null)),
        Value::Text(text) => Some((name, KeptValue::Text(text.clone()))),
    }
}

/// Makes the row of a value; what is declared of a parameter is looked up when the form is built.
fn row((name, value): (RowName, KeptValue)) -> Row {
    let kind = match name {
        RowName::Parameter(name) => {
            let parameter = Parameter::new(name, ParameterKind::Any, Source::Service);
            RowKind::Parameter(Box::new(parameter))
        }
        RowName::AddParameter => RowKind::AddParameter,
        RowName::SelectFields => RowKind::SelectFields,
        RowName::ExcludeFields => RowKind::ExcludeFields,
        RowName::SkipTruncation => RowKind::SkipTruncation,
        RowName::Intent => RowKind::Intent,
    };
    let value = match value {
        KeptValue::Null => Value::Null,
        KeptValue::Text(text) => Value::Text(text),
    };
    Row { kind, value }
}

impl Form {
    /// Shows the values of a state, and nothing else.
    fn restore(&mut self, state: RequestState) {
        let rows = state.values.into_iter().map(row).collect();
        self.take_kept(&state.entity, &state.action, rows);
        self.cursor = state.cursor;
        // What was changed was changed in another request.
        self.past.clear();
    }
}
