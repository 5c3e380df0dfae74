//! `airscope call`: one operation, the envelope as it came.

use std::io::IsTerminal as _;
use std::sync::Arc;

use super::output::print_body;
use super::progress::Progress;
use super::{Session, operations_of, resolve};
use crate::api::Event;
use crate::domain::call::{Call, Params};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, only_reads};
use crate::domain::remark::on_call;
use crate::envelope::{Envelope, Shape};
use crate::json::document::Document;
use crate::json::valid::forbidden;
use crate::text;

/// A remark on a parameter is no longer, in columns.
const LONGEST_REMARK: usize = 300;

/// Reads the parameters once the operation is known.
pub type ReadParams<'a> = &'a dyn Fn(Option<&Operation>) -> Result<Params, Failure>;

/// What to call.
pub struct CallRequest<'a> {
    /// The connector's id or name.
    pub connector: &'a str,
    /// The entity.
    pub entity: &'a str,
    /// The action.
    pub action: &'a str,
    /// Reads the parameters.
    pub params: ReadParams<'a>,
    /// Fields to keep.
    pub select: &'a [String],
    /// Whether calls that change data are meant.
    pub yes: bool,
}

/// Runs an operation and prints its envelope.
pub async fn call(session: &Session<'_>, request: &CallRequest<'_>) -> Result<(), Failure> {
    allow(session, request)?;
    let connector = resolve(session, request.connector).await?;
    let (call, operation) = prepared(session, &connector, request).await?;
    remark_on(session, operation.as_ref(), &call);
    let progress = Progress::new(std::io::stderr().is_terminal());
    let notify = |event: Event| {
        if let Event::Waiting(pause) = event {
            let line = format!(
                "{}: waiting {} before try {}",
                pause.reason,
                crate::text::duration(pause.wait),
                pause.attempt
            );
            session.fail(&Failure::new(FailureKind::RateLimited, line));
        } else {
            progress.event(event);
        }
    };
    let answer = session.client.execute(&call, &notify).await;
    progress.clear();
    let answer = answer?;
    print_body(&answer.body)?;
    let whole = answer.reply.whole;
    let body = answer.body.clone();
    let mut envelope = Envelope::read(Arc::new(Document::parse(answer.body)));
    if envelope
        .no_page()
        .or_else(|| envelope.partial())
        .or_else(|| envelope.warning_words())
        .is_some()
    {
        // It is quoted, and cut: half of a token would not be found any more.
        let body = session.client.scrubber().scrub_bytes(&body).to_vec();
        envelope = Envelope::read(Arc::new(Document::parse(body.into())));
    }
    let forbidden = forbidden([&body[..]]);
    if forbidden > 0 && envelope.shape != Shape::Text {
        let count = text::plural(forbidden, "string");
        session.say(&format!(
            "airscope: {count} of the reply hold what JSON forbids; the reply is as it came\n"
        ));
    }
    if let Some(warning) = envelope.warning_words() {
        session.say(&format!("airscope: the service warns: {warning}\n"));
    }
    match envelope.shape {
        Shape::Broken => Err(cut(&call, "The reply breaks off: it is not whole")),
        _ if !whole => Err(cut(
            &call,
            "The connection broke before the reply was whole",
        )),
        Shape::Text | Shape::Empty | Shape::Envelope | Shape::OtherJson => judge(&call, &envelope),
    }
}

/// Fails if a whole reply is no success: no reply at all, a status that is none, errors in place of data, or a part only.
fn judge(call: &Call, envelope: &Envelope) -> Result<(), Failure> {
    if let Some(why) = envelope.no_page() {
        let failure = |kind| Failure::new(kind, format!("{}: {why}", call.failed_to()));
        return Err(match envelope.shape {
            Shape::Text | Shape::Empty | Shape::Broken if only_reads(&call.action) => {
                failure(FailureKind::Unreadable)
                    .hint("Check AIRBYTE_API_HOST: a proxy may have answered.")
            }
            Shape::Text | Shape::Empty | Shape::Broken => {
                failure(FailureKind::Unreadable).outcome_unknown()
            }
            Shape::Envelope | Shape::OtherJson => failure(FailureKind::Service),
        });
    }
    match envelope.partial() {
        Some(why) => Err(Failure::new(
            FailureKind::Incomplete,
            format!("The reply is only a part of what was asked for: {why}"),
        )),
        None => Ok(()),
    }
}

/// Words a reply that is not whole. Only what reads is worth sending again.
fn cut(call: &Call, words: &str) -> Failure {
    let failure = Failure::new(FailureKind::Incomplete, words);
    if only_reads(&call.action) {
        failure.hint("Try again.")
    } else {
        failure.outcome_unknown()
    }
}

/// Says what is odd about the parameters of a call that is going to be sent.
pub(super) fn remark_on(session: &Session<'_>, operation: Option<&Operation>, call: &Call) {
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

/// Refuses what could change data, unless it is meant.
pub(super) fn allow(session: &Session<'_>, request: &CallRequest<'_>) -> Result<(), Failure> {
    if only_reads(request.action) {
        return Ok(());
    }
    let known = matches!(request.action, "create" | "update" | "delete");
    let deed = format!(
        "`{} {}` {}",
        request.entity,
        request.action,
        if known {
            "can change data"
        } else {
            "is no known action and may change data"
        }
    );
    if session.read_only {
        return Err(Failure::new(
            FailureKind::Refused,
            format!("{deed}, and --read-only is set"),
        )
        .hint("Leave out --read-only to send it."));
    }
    if !request.yes {
        return Err(Failure::new(
            FailureKind::Refused,
            format!("{deed}, so it is not sent without --yes"),
        )
        .hint("Add --yes to send it."));
    }
    Ok(())
}

/// Makes the call, its parameters in the types that the operation declares, and returns both.
pub(super) async fn prepared(
    session: &Session<'_>,
    connector: &crate::domain::connector::Connector,
    request: &CallRequest<'_>,
) -> Result<(Call, Option<Operation>), Failure> {
    // The catalog is at hand; only what it does not know is worth a call.
    let named = |operations: &[Operation]| {
        operations
            .iter()
            .find(|operation| {
                operation.entity == request.entity && operation.action == request.action
            })
            .cloned()
    };
    let bundled = crate::catalog::definition_of(connector)
        .and_then(|definition| named(&definition.operations()));
    let operation = match bundled {
        Some(operation) => Some(operation),
        // What nobody knows can be called all the same.
        None => named(
            &operations_of(session.client, connector)
                .await
                .unwrap_or_default(),
        ),
    };
    let mut call = Call::new(&connector.id, request.entity, request.action);
    call.params = (request.params)(operation.as_ref())?;
    call.select_fields = request
        .select
        .iter()
        .filter(|field| !field.is_empty())
        .cloned()
        .collect();
    Ok((call, operation))
}
