//! An operation named on the command line, made into a call: consent, parameters, remarks.

use super::arguments::{OperationArguments, ParameterArguments};
use super::resolve::operations_of;
use super::session::Session;
use crate::catalog;
use crate::domain::action::Action;
use crate::domain::call::Call;
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, only_reads};
use crate::domain::remark::{on_action, on_call, on_entity};
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

/// A call that is ready to be sent.
pub(super) struct Prepared {
    pub(super) call: Call,
    /// The operation, if it is known.
    pub(super) operation: Option<Operation>,
    /// What is unusual about its name.
    remark: Option<String>,
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

    /// Makes the call, its parameters in the types that the operation declares. An unknown operation can be called all the
    /// same.
    pub(super) async fn prepare(
        &self,
        session: &Session<'_>,
        connector: &Connector,
    ) -> Result<Prepared, Failure> {
        // The catalog needs no call.
        let bundled = catalog::definition_of(connector)
            .and_then(|definition| self.find_in(&definition.operations()));
        let mut remark = None;
        let operation = match bundled {
            Some(operation) => Some(operation),
            None => {
                let known = operations_of(session.client, connector).await;
                let known = known.unwrap_or_default();
                let found = self.find_in(&known);
                if found.is_none() {
                    remark = self.remark_on_name(&known);
                }
                found
            }
        };
        let mut call = Call::new(&connector.id, self.entity, self.action);
        call.params = self.parameters.read(operation.as_ref())?;
        call.select_fields = self
            .select
            .iter()
            .filter(|field| !field.is_empty())
            .cloned()
            .collect();
        Ok(Prepared {
            call,
            operation,
            remark,
        })
    }

    /// Returns the remark on an operation that is not known, if its name is similar to a known one.
    fn remark_on_name(&self, known: &[Operation]) -> Option<String> {
        let (entity, action) = (self.entity, self.action);
        let on_entity = on_entity(known, entity).map(|words| format!("`{entity}` {words}"));
        let on_action = || on_action(known, entity, action);
        on_entity.or_else(|| on_action().map(|words| format!("`{action}` {words}")))
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
        Consent::NotGiven => {
            let hint = match Action::of(action).similar() {
                Some(similar) => {
                    format!("Did you mean `{similar}`? Add --yes to send `{action}` all the same.")
                }
                None => "Add --yes to send it.".to_owned(),
            };
            let words = format!("{what}, so it is not sent without --yes");
            Err(refused(words).hint(hint))
        }
    }
}

/// Writes what is unusual about a call to standard error, before it is sent.
pub(super) fn print_remarks(session: &Session<'_>, prepared: &Prepared) {
    let on_parameters = prepared
        .operation
        .as_ref()
        .map(|operation| on_call(operation, &prepared.call.params));
    for words in prepared.remark.iter().chain(on_parameters.iter().flatten()) {
        session.say(&format!(
            "airscope: {}\n",
            text::cut_end(&text::safe(words), LONGEST_REMARK)
        ));
    }
}
