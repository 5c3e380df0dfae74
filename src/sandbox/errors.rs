//! Error bodies, in the shapes that the service documents and the ones seen elsewhere.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer in place of the one asked for. Boxed: it is much larger than what it stands for.
pub(super) struct Refusal(pub Box<Response>);

impl Refusal {
    /// Refuses with any answer.
    pub(super) fn with(response: impl IntoResponse) -> Refusal {
        Refusal(Box::new(response.into_response()))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// The documented body: a message and a list of errors.
pub(super) fn refuse(status: u16, code: &str, message: &str) -> Refusal {
    let error = json!({"field": "body", "message": message, "error_code": code, "details": null});
    answer(status, json!({"message": message, "errors": [error]}))
}

/// A body of FastAPI's: `detail` as text.
pub(super) fn detail(status: u16, text: &str) -> Refusal {
    answer(status, json!({"detail": text}))
}

/// Any JSON with a status.
pub(super) fn answer(status: u16, body: Value) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Refusal::with((status, axum::Json(body)))
}
