//! `airscope call`: one operation, its envelope as it was received.

use std::sync::Arc;

use bytes::Bytes;
use clap::Args;

use super::arguments::{OperationArguments, fields};
use super::operation::{Consent, OperationRequest, check_allowed, print_remarks};
use super::print::{ErrorFormat, print_body};
use super::progress::Progress;
use super::resolve::resolve;
use super::service::{self, RunOptions};
use super::session::Session;
use super::{Invocation, ShellCommand};
use crate::api::{Answer, Event};
use crate::domain::call::Call;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::only_reads;
use crate::envelope::{Envelope, Shape};
use crate::json::deviation;
use crate::json::document::Document;
use crate::json::valid::forbidden;
use crate::text;
use crate::text::size::parse_size;

/// Run an operation and print the envelope unchanged.
#[derive(Debug, Args)]
pub(super) struct CallArgs {
    #[command(flatten)]
    pub(super) operation: OperationArguments,
    /// Fields to keep, as dotted paths with commas.
    #[arg(long, value_name = "A,B.C")]
    select: Vec<String>,
    /// Refuse a reply that is larger, such as 500MB or 1GiB.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_bytes: Option<u64>,
    /// Send calls that change data, and unknown actions.
    #[arg(long)]
    yes: bool,
    /// Print errors as JSON.
    #[arg(long)]
    json: bool,
}

impl ShellCommand for CallArgs {
    fn error_format(&self) -> ErrorFormat {
        if self.json {
            ErrorFormat::Json
        } else {
            ErrorFormat::Text
        }
    }

    fn run(&self, invocation: &Invocation<'_>) -> Result<u8, Failure> {
        let options = RunOptions {
            max_reply_bytes: self.max_bytes,
            ..RunOptions::default()
        };
        service::run(invocation, options, async |session| {
            self.call(session).await.map(|()| 0)
        })
    }
}

impl CallArgs {
    async fn call(&self, session: &Session<'_>) -> Result<(), Failure> {
        let request = OperationRequest::of(&self.operation, fields("--select", &self.select)?);
        let consent = if self.yes {
            Consent::Given
        } else {
            Consent::NotGiven
        };
        check_allowed(session, &self.operation, consent)?;
        let connector = resolve(session, &self.operation.connector).await?;
        let prepared = request.prepare(session, &connector).await?;
        print_remarks(session, &prepared);
        let call = prepared.call;
        let answer = execute(session, &call).await?;
        print_body(&answer.body)?;
        let is_whole = answer.reply.whole;
        let envelope = readable_envelope(session, answer.body.clone());
        print_warnings(session, &envelope, &answer.body);
        match envelope.shape {
            Shape::Broken => Err(cut(&call, "The reply breaks off: it is not whole")),
            _ if !is_whole => Err(cut(
                &call,
                "The connection broke before the reply was whole",
            )),
            Shape::Text | Shape::Empty | Shape::Envelope | Shape::OtherJson => {
                check_success(&call, &envelope)
            }
        }
    }
}

/// Sends a call. A terminal shows how much of the reply has arrived; waits are always reported.
async fn execute(session: &Session<'_>, call: &Call) -> Result<Answer, Failure> {
    let progress = Progress::new();
    let notify = |event: Event| {
        if let Event::Waiting(pause) = event {
            let line = format!(
                "{}: waiting {} before try {}",
                pause.reason,
                text::duration(pause.wait),
                pause.attempt
            );
            progress.suspend(|| {
                session.print_failure(&Failure::new(FailureKind::RateLimited, line));
            });
        } else {
            progress.event(event);
        }
    };
    session.client.execute(call, &notify).await
}

/// Returns the envelope of a body, without secrets if a message will quote it.
fn readable_envelope(session: &Session<'_>, body: Bytes) -> Envelope {
    let envelope = Envelope::read(Arc::new(Document::parse(body.clone())));
    if envelope
        .no_page()
        .or_else(|| envelope.partial())
        .or_else(|| envelope.warning_words())
        .is_none()
    {
        return envelope;
    }
    // Scrubbed before a quotation is cut: half of a token would not be recognized any more.
    let body = session.client.scrubber().scrub_bytes(&body).to_vec();
    Envelope::read(Arc::new(Document::parse(body.into())))
}

/// Writes to standard error what the body holds that JSON forbids, and what the service warns of.
fn print_warnings(session: &Session<'_>, envelope: &Envelope, body: &Bytes) {
    let forbidden = forbidden([&body[..]]);
    if forbidden > 0 && envelope.shape != Shape::Text {
        let count = text::plural(forbidden, "string");
        let hold = if forbidden == 1 { "holds" } else { "hold" };
        session.say(&format!(
            "airscope: {count} of the reply {hold} what JSON forbids; the reply is unchanged\n"
        ));
    }
    if let Some(what) = deviation::sentence(&envelope.document) {
        session.say(&format!(
            "airscope: the reply is not quite JSON, and is unchanged: {what}\n"
        ));
    }
    if let Some(warning) = envelope.warning_words() {
        session.say(&format!("airscope: the service warns: {warning}\n"));
    }
}

/// Fails if a whole reply is no success: it is empty, or has a status of failure, errors in place of data, or only a part of the data.
fn check_success(call: &Call, envelope: &Envelope) -> Result<(), Failure> {
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

/// Returns the failure of a reply that is not whole. Only a call that reads is worth sending again.
fn cut(call: &Call, words: &str) -> Failure {
    let failure = Failure::new(FailureKind::Incomplete, words);
    if only_reads(&call.action) {
        failure.hint("Try again.")
    } else {
        failure.outcome_unknown()
    }
}
