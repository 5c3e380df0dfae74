//! An operation named on the command line, made into a call: consent, parameters, remarks.

use super::arguments::{OperationArguments, ParameterArguments};
use super::resolve::operations_of;
use super::session::Session;
use crate::catalog;
use crate::domain::call::Call;
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, only_reads};
use crate::domain::remark::on_call;
use crate::text;

/// The greatest length of a remark on a parameter, in columns.
const LONGEST_REMARK: usize = 300;

/// An operation as it is named on the command line.
pub(super) struct OperationRequest<'a> {
    pub(super) entity: &'a str,
    pub(super) action: &'a str,
    pub(super) parameters: &'a ParameterArguments,
    /// The fields to keep; all if empty.
    pub(super) select: Vec<String>,
}

impl<'a> OperationRequest<'a> {
    /// Returns the request for an operation and the fields of its records to keep.
    pub(super) fn of(
        arguments: &'a OperationArguments,
        select: Vec<String>,
    ) -> OperationRequest<'a> {
        OperationRequest {
            entity: &arguments.entity,
            action: &arguments.action,
            parameters: &arguments.parameters,
            select,
        }
    }

    /// Makes the call, its parameters in the types that the operation declares. Returns it with the operation, if that
    /// is known: an unknown one can be called all the same.
    pub(super) async fn prepare(
        &self,
        session: &Session<'_>,
        connector: &Connector,
    ) -> Result<(Call, Option<Operation>), Failure> {
        // The catalog needs no call.
        let bundled = catalog::definition_of(connector)
            .and_then(|definition| self.find_in(&definition.operations()));
        let operation = match bundled {
            Some(operation) => Some(operation),
            None => self.find_in(
                &operations_of(session.client, connector)
                    .await
                    .unwrap_or_default(),
            ),
        };
        let mut call = Call::new(&connector.id, self.entity, self.action);
        call.params = self.parameters.read(operation.as_ref())?;
        call.select_fields = self
            .select
            .iter()
            .filter(|field| !field.is_empty())
            .cloned()
            .collect();
        Ok((call, operation))
    }

    fn find_in(&self, operations: &[Operation]) -> Option<Operation> {
        operations
            .iter()
            .find(|operation| operation.entity == self.entity && operation.action == self.action)
            .cloned()
    }
}

/// Whether the user has agreed to a call that changes data, with `--yes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    Given,
    NotGiven,
}

/// Refuses an action that could change data unless the user has agreed to it. `--read-only` refuses it in any case.
pub(super) fn check_allowed(
    session: &Session<'_>,
    operation: &OperationArguments,
    consent: Consent,
) -> Result<(), Failure> {
    let action = operation.action.as_str();
    if only_reads(action) {
        return Ok(());
    }
    let effect = if matches!(action, "create" | "update" | "delete") {
        "can change data"
    } else {
        "is no known action and may change data"
    };
    let what = format!("`{} {action}` {effect}", operation.entity);
    let refused = |words: String| Failure::new(FailureKind::Refused, words);
    if session.read_only {
        return Err(refused(format!("{what}, and --read-only is set"))
            .hint("Leave out --read-only to send it."));
    }
    match consent {
        Consent::Given => Ok(()),
        Consent::NotGiven => Err(refused(format!("{what}, so it is not sent without --yes"))
            .hint("Add --yes to send it.")),
    }
}

/// Writes what is unusual about the parameters of a call to standard error, before it is sent.
pub(super) fn print_remarks(session: &Session<'_>, operation: Option<&Operation>, call: &Call) {
    for words in operation
        .map(|operation| on_call(operation, &call.params))
        .unwrap_or_default()
    {
        session.say(&format!(
            "airscope: {}\n",
            text::cut_end(&text::safe(&words), LONGEST_REMARK)
        ));
    }
}
