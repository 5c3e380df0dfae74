//! Error bodies, in the forms that the service documents and in others that are known.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer in place of the reply. Boxed, since a response is much larger than the other results.
pub(super) struct Refusal(pub Box<Response>);

impl Refusal {
    /// Returns any response as a refusal.
    pub(super) fn with(response: impl IntoResponse) -> Refusal {
        Refusal(Box::new(response.into_response()))
    }

    /// Adds `Retry-After: 1`.
    pub(super) fn retry_after_a_second(mut self) -> Refusal {
        let headers = self.0.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// Returns a refusal with the documented body: a message and a list of errors.
pub(super) fn refuse(status: u16, code: &str, message: &str) -> Refusal {
    let error = json!({"field": "body", "message": message, "error_code": code, "details": null});
    answer(status, json!({"message": message, "errors": [error]}))
}

/// Returns 429 with the documented body and `Retry-After: 1`.
pub(super) fn rate_limited() -> Refusal {
    refuse(429, "rate_limited", "Too many requests").retry_after_a_second()
}

/// Returns a refusal with FastAPI's body: `detail` as text.
pub(super) fn detail(status: u16, text: &str) -> Refusal {
    answer(status, json!({"detail": text}))
}

/// Returns any JSON with a status.
pub(super) fn answer(status: u16, body: Value) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Refusal::with((status, axum::Json(body)))
}
