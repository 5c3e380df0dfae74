//! Faults in place of a reply: they act on an execute request before its operation is inspected. `describe` is spared.

use std::time::Duration;

use axum::http::{StatusCode, header};
use serde_json::{Map, Value, json};

use crate::sandbox::World;
use crate::sandbox::errors::{Refusal, answer, detail, rate_limited, refuse};

faults! {
    /// A fault in place of the reply to an execute request.
    AnswerFault {
        StatusError = "status-error": "HTTP 200 with `status: \"error\"`",
        EmptyBody = "empty-body": "HTTP 200 without a body",
        Html = "html": "an HTML page with status 200 in place of JSON",
        Html503 = "html-503": "an HTML page with status 503",
        BadGateway = "bad-gateway": "502 twice, then the answer",
        RateLimited = "rate-limited": "429 with `Retry-After: 1` once, then the answer",
        RateLimitedForever = "rate-limited-forever": "429 with `Retry-After: 1`, always",
        Unprocessable = "unprocessable": "422 with `message` and `errors`",
        UnprocessableDetail = "unprocessable-detail": "422 with `detail` as a list of places",
        DetailText = "detail-text": "400 with `detail` as text",
        ConnectorUnauthorized = "connector-unauthorized":
            "execute answers 401 whatever the token: the connector's own credentials are bad",
        RedirectElsewhere = "redirect-elsewhere": "execute redirects to another host",
        Slow = "slow": "execute takes 30 seconds",
        UnevenParents = "uneven-parents":
            "500 tickets: the comments of 40 fail in five ways, those of ten have three pages, and one call is answered 429 at first",
    }
}

impl AnswerFault {
    /// Returns the answer in place of the reply as an error, or waits and lets the request through.
    pub(in crate::sandbox) async fn apply_fault(
        self,
        world: &World,
        body: &Value,
    ) -> Result<(), Refusal> {
        Err(match self {
            AnswerFault::StatusError => status_error(),
            AnswerFault::EmptyBody => Refusal::with(StatusCode::OK),
            AnswerFault::Html => html(StatusCode::OK),
            AnswerFault::Html503 => html(StatusCode::SERVICE_UNAVAILABLE),
            AnswerFault::BadGateway if world.count_fault() < 2 => html(StatusCode::BAD_GATEWAY),
            AnswerFault::RateLimited if world.count_fault() == 0 => rate_limited(),
            AnswerFault::BadGateway | AnswerFault::RateLimited => return Ok(()),
            AnswerFault::RateLimitedForever => rate_limited(),
            AnswerFault::Unprocessable => refuse(
                422,
                "value_error",
                "Value error, one connector identifier is needed",
            ),
            AnswerFault::UnprocessableDetail => answer(
                422,
                json!({"detail": [{"loc": ["body", "params", "per_page"], "msg": "Input should be a valid integer", "type": "int_type"}]}),
            ),
            AnswerFault::DetailText => detail(400, "The connector is being set up"),
            AnswerFault::ConnectorUnauthorized => refuse(401, "unauthorized", "Bad credentials"),
            AnswerFault::RedirectElsewhere => Refusal::with((
                StatusCode::TEMPORARY_REDIRECT,
                [(header::LOCATION, "http://127.0.0.2:9/elsewhere")],
            )),
            AnswerFault::Slow => {
                tokio::time::sleep(Duration::from_secs(30)).await;
                return Ok(());
            }
            AnswerFault::UnevenParents => return parents::check(world, body),
        })
    }

    /// Returns how many records a list has with this fault, if that depends on it.
    pub(in crate::sandbox) fn count(
        self,
        entity: &str,
        scope: &Map<String, Value>,
    ) -> Option<usize> {
        (self == AnswerFault::UnevenParents).then(|| parents::count(entity, scope))
    }
}

/// Parents whose lists fail in some ways, or are of different lengths.
mod parents {
    use serde_json::{Map, Value};

    use super::{html, status_error};
    use crate::sandbox::World;
    use crate::sandbox::errors::{Refusal, rate_limited, refuse};
    use axum::http::StatusCode;

    /// The id of the ticket before the first one.
    const BEFORE_FIRST: i64 = 1000;
    /// How many tickets there are.
    const TICKETS: usize = 500;
    /// Every so many tickets one fails, up to that number: 40 in all.
    const FAILING: (i64, i64) = (12, 480);
    /// Every so many tickets one has three pages of comments.
    const LONG: i64 = 50;
    /// The ticket whose first call is one too many.
    const TOO_MANY: i64 = 250;

    fn number(ticket: &Value) -> i64 {
        ticket.as_i64().unwrap_or_default() - BEFORE_FIRST
    }

    /// Refuses the comments of the tickets that fail.
    pub(super) fn check(world: &World, body: &Value) -> Result<(), Refusal> {
        let number = number(&body["params"]["ticket_id"]);
        if body["entity"] != "ticket_comments" || number <= 0 {
            return Ok(());
        }
        if number == TOO_MANY && world.count_fault() == 0 {
            return Err(rate_limited());
        }
        if number % FAILING.0 != 0 || number > FAILING.1 {
            return Ok(());
        }
        Err(match number / FAILING.0 % 5 {
            0 => refuse(404, "not_found", "The ticket was deleted"),
            1 => refuse(403, "forbidden", "The ticket is private"),
            2 => refuse(422, "value_error", "The ticket was merged"),
            3 => status_error(),
            _ => html(StatusCode::OK),
        })
    }

    /// Returns how many records a list has.
    pub(super) fn count(entity: &str, scope: &Map<String, Value>) -> usize {
        match entity {
            "tickets" => TICKETS,
            "ticket_comments" if number(&scope["ticket_id"]) % LONG == 7 => 57,
            _ => 3,
        }
    }
}

fn html(status: StatusCode) -> Refusal {
    let page = "<html><body><h1>Back soon</h1></body></html>";
    Refusal::with((status, [(header::CONTENT_TYPE, "text/html")], page))
}

fn status_error() -> Refusal {
    answer(
        200,
        json!({"status": "error", "result": null, "connector_metadata": null, "error": "The provider answered 500",
            "execution_metadata": {"connector_instance_id": "source_id:sandbox", "execution_time_ms": 77}}),
    )
}
