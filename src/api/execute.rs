//! Running operations: JSON replies with repetition, and downloads.

use std::borrow::Cow;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, LAST_MODIFIED, RETRY_AFTER,
};

use super::answer::{Answer, Collected, Event, Notify, Setback, Sink, Stream, Validators};
use super::client::{Client, LARGE, LIMIT, Over, SMALL, read_capped};
use super::http::{Redirects, header};
use super::retry::{self, RetryPolicy};
use crate::domain::action::Action;
use crate::domain::call::Call;
use crate::domain::connection::Credentials;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reply::{Pause, Reply};
use crate::domain::timestamp::utc;

/// A download whose reply does not start within this time has failed.
const SILENCE: Duration = Duration::from_secs(60);

impl Client {
    /// Asks a connector what it can do; returns the answer's body, whose shape varies.
    pub async fn describe(&self, connector_id: &str) -> Result<Bytes, Failure> {
        let mut call = Call::new(connector_id, "", "describe");
        call.skip_truncation = true;
        let body = self.execute(&call, &|_| {}).await?.body;
        // It is read for names, which are shown and written down.
        Ok(match self.scrubber().scrub_names(&body) {
            Cow::Borrowed(_) => body,
            Cow::Owned(scrubbed) => scrubbed.into(),
        })
    }

    /// Runs an operation that answers JSON. At most 300 seconds in all; what only reads is repeated
    /// at most three times, and `notify` sees each wait.
    pub async fn execute(&self, call: &Call, notify: Notify<'_>) -> Result<Answer, Failure> {
        let collected = Collected::default();
        let reply = self.execute_into(call, notify, &collected).await?;
        Ok(Answer {
            reply,
            body: collected.body(),
        })
    }

    /// The same, with the body passed on while it is received. The body of a refusal is not passed
    /// on.
    pub async fn execute_into(
        &self,
        call: &Call,
        notify: Notify<'_>,
        sink: &dyn Sink,
    ) -> Result<Reply, Failure> {
        let what = call.failed_to();
        match tokio::time::timeout(LIMIT, self.execute_patiently(call, &what, notify, sink)).await {
            Ok(outcome) => outcome.map_err(|failure| self.scrubbed(failure)),
            Err(_) => {
                let failure = Failure::new(
                    FailureKind::Timeout,
                    format!("{what}: no whole answer within {} s", LIMIT.as_secs()),
                );
                Err(unknown_outcome(
                    call,
                    failure.hint("Ask for less at once, or try again."),
                ))
            }
        }
    }

    async fn execute_patiently(
        &self,
        call: &Call,
        what: &str,
        notify: Notify<'_>,
        sink: &dyn Sink,
    ) -> Result<Reply, Failure> {
        let mut repetition = 0;
        let began = Instant::now();
        loop {
            let (failure, retry_after) = match self.execute_once(call, what, notify, sink).await {
                Ok(reply) => return Ok(reply),
                Err(setback) => setback,
            };
            let passing = failure
                .status
                .map_or(failure.kind == FailureKind::Network, retry::is_passing);
            let wait = RetryPolicy::default().wait(repetition + 1, retry_after, &mut fastrand::f64);
            // A wait that cannot end within the time limit is not made.
            let too_late = began.elapsed() + wait >= LIMIT;
            if too_late
                || !passing
                || !Action::of(&call.action).may_repeat()
                || repetition == retry::MAX_REPETITIONS
                || wait > retry::LONGEST_WAIT
            {
                return Err(failure);
            }
            repetition += 1;
            notify(Event::Waiting(Pause {
                attempt: repetition + 1,
                wait,
                reason: failure.status.into(),
            }));
            tokio::time::sleep(wait).await;
        }
    }

    async fn execute_once(
        &self,
        call: &Call,
        what: &str,
        notify: Notify<'_>,
        sink: &dyn Sink,
    ) -> Result<Reply, (Failure, Option<Duration>)> {
        let sends = || self.send_operation(call, what, notify);
        let began = Instant::now();
        let url = self
            .url(&call.path(), &[])
            .map_err(|failure| (failure, None))?;
        let body = Bytes::from(call.body());
        let response = self
            .authorized(what, Redirects::Within, sends, |http| {
                http.request(Method::POST, url.clone())
                    .header(ACCEPT, "application/json")
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.clone())
            })
            .await
            .map_err(|failure| (unknown_outcome(call, failure), None))?;
        let status = response.status().as_u16();
        let content_type = header(response.headers(), CONTENT_TYPE).map(|text| self.scrub(&text));
        let retry_after = header(response.headers(), RETRY_AFTER)
            .and_then(|header| retry::retry_after(&header, SystemTime::now()));
        let expected = response.content_length();
        if status >= 400 {
            let (body, _) = read_capped(response, SMALL, Over::Cut).await;
            // Before it is cut: half of a token is not found any more.
            let body = self.scrubber().scrub_bytes(&body);
            let failure = self.explain(
                call,
                self.refused(what, status, retry_after.map(|wait| wait.as_secs()), &body),
            );
            return Err((unknown_outcome(call, failure), retry_after));
        }
        if (300..400).contains(&status) {
            let words =
                format!("{what}: the service redirects elsewhere ({status}), and was not followed");
            let failure = Failure {
                status: Some(status),
                ..Failure::new(FailureKind::Refused, words)
            };
            return Err((unknown_outcome(call, failure), None));
        }
        // The descriptions of a connector have a limit of their own.
        let most = if call.entity.is_empty() {
            Some(LARGE)
        } else {
            self.most_bytes
        };
        sink.begin(status, content_type.clone(), expected);
        let (bytes, whole) = self.read_into(response, expected, most, notify, sink).await;
        // The bytes before a connection broke are still worth reading, if the rest cannot be had.
        let whole = match whole {
            Ok(()) => true,
            Err(failure) if failure.kind == FailureKind::TooLarge => {
                return Err((unknown_outcome(call, failure), None));
            }
            Err(failure) if bytes == 0 || bytes < 4096 && Action::of(&call.action).may_repeat() => {
                return Err((unknown_outcome(call, failure), None));
            }
            Err(_) => false,
        };
        Ok(Reply {
            status,
            content_type,
            bytes,
            took: began.elapsed(),
            received_at: utc(SystemTime::now()),
            whole,
        })
    }

    /// Counts an operation that is sent, and reports it. Each time is billed, also after a 401.
    fn send_operation(&self, call: &Call, what: &str, notify: Notify<'_>) -> Result<(), Failure> {
        if !call.entity.is_empty() {
            self.count(what)?;
            notify(Event::Sent);
        }
        Ok(())
    }

    /// Adds a hint to a refusal, from what is known of the call.
    fn explain(&self, call: &Call, failure: Failure) -> Failure {
        let words = failure.detail.as_deref().unwrap_or_default().to_lowercase();
        let unknown = words.contains("action")
            && (words.contains("not supported")
                || words.contains("unknown")
                || words.contains("not found"));
        let action = Action::of(&call.action);
        let others = action.other_names();
        match failure.status {
            Some(401) => {
                let own = match self.credentials() {
                    Credentials::Pair { .. } => {
                        "The token is fresh, so the connector's own credentials may be what is refused: reconnect it in Airbyte, or check AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET."
                    }
                    Credentials::Token(_) => {
                        "Set a new AIRBYTE_APPLICATION_TOKEN, which lives for about 15 minutes, or AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET; if it is new, reconnect the connector in Airbyte."
                    }
                };
                failure.hint(own)
            }
            Some(400 | 422) if unknown && !others.is_empty() => {
                let names: Vec<_> = others.iter().map(|name| format!("`{name}`")).collect();
                failure.hint(format!("Services of another version call it {}: choose that as the action.", names.join(" or ")))
            }
            Some(400 | 422) if action == Action::Search && call.params.get("query").is_some_and(|query| query.as_str().starts_with('{')) => {
                failure.hint("A `query` object is the Context Store's: choose `context_store_search` as the action.")
            }
            _ => failure,
        }
    }

    /// Starts a download: returns when the headers of the reply are received. An error status is a
    /// failure.
    pub async fn download(&self, call: &Call, notify: Notify<'_>) -> Result<Stream, Setback> {
        let what = call.failed_to();
        let sends = || self.send_operation(call, &what, notify);
        let url = self.url(&call.path(), &[])?;
        let body = Bytes::from(call.body());
        let head = self.authorized(&what, Redirects::ToFile, sends, |http| {
            http.request(Method::POST, url.clone())
                .header(ACCEPT, "*/*")
                .header(ACCEPT_ENCODING, "identity")
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone())
        });
        let silent = |_| {
            Failure::new(
                FailureKind::Timeout,
                format!("{what}: no answer for {} s", SILENCE.as_secs()),
            )
        };
        let response = tokio::time::timeout(SILENCE, head)
            .await
            .map_err(silent)??;
        let status = response.status().as_u16();
        if status >= 400 {
            let retry_after = header(response.headers(), RETRY_AFTER)
                .and_then(|header| retry::retry_after(&header, SystemTime::now()));
            let (body, _) = tokio::time::timeout(SILENCE, read_capped(response, SMALL, Over::Cut))
                .await
                .unwrap_or((Bytes::new(), Ok(())));
            let body = self.scrubber().scrub_bytes(&body);
            let failure = self.explain(
                call,
                self.refused(&what, status, retry_after.map(|wait| wait.as_secs()), &body),
            );
            return Err(Setback {
                failure: self.scrubbed(failure),
                retry_after,
            });
        }
        if status >= 300 {
            let words =
                format!("{what}: the service redirects elsewhere ({status}), and was not followed");
            return Err(Failure::new(FailureKind::Refused, words).into());
        }
        let headers = response.headers();
        Ok(Stream {
            status,
            content_type: header(headers, CONTENT_TYPE).map(|text| self.scrub(&text)),
            // Unchanged: a name is searched for secrets when it is decoded.
            disposition: headers
                .get(CONTENT_DISPOSITION)
                .map(|value| value.as_bytes().to_vec()),
            length: response.content_length(),
            range: header(headers, CONTENT_RANGE).map(|text| self.scrub(&text)),
            encoding: header(headers, CONTENT_ENCODING)
                .filter(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"))
                .map(|text| self.scrub(&text)),
            validators: Validators {
                etag: header(headers, ETAG).map(|text| self.scrub(&text)),
                last_modified: header(headers, LAST_MODIFIED).map(|text| self.scrub(&text)),
            },
            response,
        })
    }
}

/// Of a call that changes data and was sent, only a refusal is known not to have taken effect. A redirect is none: the call may
/// have been done before it.
fn unknown_outcome(call: &Call, failure: Failure) -> Failure {
    let lost = match failure.kind {
        FailureKind::Network
        | FailureKind::Timeout
        | FailureKind::Unreadable
        | FailureKind::TooLarge => true,
        // The rest below 500 are refusals: only these three mean a failure on the way.
        FailureKind::Refused => failure
            .status
            .is_some_and(|status| (300..400).contains(&status)),
        FailureKind::Service => failure
            .status
            .is_none_or(|status| status >= 500 || matches!(status, 408 | 424 | 425)),
        FailureKind::Input
        | FailureKind::Credentials
        | FailureKind::Forbidden
        | FailureKind::NotFound
        | FailureKind::RateLimited
        | FailureKind::Incomplete
        | FailureKind::File
        | FailureKind::Internal => false,
    };
    if lost && !Action::of(&call.action).only_reads() {
        failure.outcome_unknown()
    } else {
        failure
    }
}
