//! Faults of the body of a reply: they act on its text, after the envelope was written.

use std::time::Duration;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

use crate::sandbox::bodies;

faults! {
    /// A fault of the body of a reply.
    BodyFault {
        DeepReply = "deep-reply": "lists answer a value nested 5,000 deep",
        CutReply = "cut-reply": "the body of a reply is cut off half-way",
        StalledReply = "stalled-reply": "half of the body of a list comes, and then nothing",
        SlowReply = "slow-reply": "the body of a list comes in forty pieces over two seconds",
    }
}

impl BodyFault {
    /// Returns the response to a request whose reply has this text.
    pub(in crate::sandbox) fn respond(self, text: String) -> Response {
        let json = [(header::CONTENT_TYPE, "application/json")];
        let length = [(header::CONTENT_LENGTH, text.len().to_string())];
        let text = Bytes::from(text);
        let half = text.slice(..text.len() / 2);
        match self {
            BodyFault::DeepReply => (json, nested()).into_response(),
            BodyFault::CutReply => (json, bodies::cut(half)).into_response(),
            BodyFault::StalledReply => (json, length, bodies::stalled(half)).into_response(),
            BodyFault::SlowReply => {
                let size = text.len().div_ceil(40).max(1);
                let body = bodies::in_pieces(text, size, Duration::from_millis(50));
                (json, length, body).into_response()
            }
        }
    }
}

fn nested() -> String {
    format!(
        r#"{{"status":"success","result":{}1{},"connector_metadata":null,"execution_metadata":{{}}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    )
}
