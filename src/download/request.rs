//! What tells one request for a file from another.

use std::sync::Arc;

use serde_json::Value;

use crate::api::Client;
use crate::domain::call::{Call, ObjectText};

/// What was asked for, as JSON text with its members in a fixed order. What only says how it is sent does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Request(Arc<str>);

impl Request {
    /// What a call asks of a service.
    pub(super) fn new(client: &Client, call: &Call) -> Request {
        let mut params: Vec<_> = call
            .params
            .iter()
            .filter(|(name, _)| !name.starts_with("_airbyte_response_"))
            .collect();
        params.sort_unstable_by_key(|(name, _)| *name);
        let mut named = ObjectText::default();
        for (name, value) in params {
            named.text(name, value.as_str());
        }
        let mut request = ObjectText::default();
        request
            .text("host", client.place())
            .text("connector_id", &call.connector_id)
            .text("entity", &call.entity);
        request
            .text("action", &call.action)
            .json("params", &named.end());
        // It is written into sidecars; the same secrets leave the same text.
        let request = request.end();
        Request(client.scrubber().scrub_json(&request).as_ref().into())
    }

    /// What a sidecar tells of.
    pub(super) fn of(sidecar: &Value) -> Request {
        Request(sidecar["request"].to_string().into())
    }

    /// Returns the JSON text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::api::Client;
    use crate::domain::call::{Call, JsonText};
    use crate::domain::connection::{Connection, Credentials};
    use crate::domain::secret::Secret;

    fn client(host: &str) -> Client {
        let credentials = Credentials::Token(Secret::new("t".to_owned()));
        let connection = Connection {
            host: host.to_owned(),
            workspace: "w".to_owned(),
            organization: None,
            credentials,
        };
        Client::new(connection)
    }

    #[test]
    fn the_order_of_parameters_and_how_it_is_sent_do_not_count() {
        let call = Call::download("c", "files", crate::domain::call::Params::default());
        let call = call
            .with("b", JsonText::string("a \"b\"\n\u{202e}é"))
            .with("a", JsonText::integer(1));
        let request = Request::new(&client("https://api.example:444/v/?key=secret"), &call);
        assert_eq!(
            request.as_str(),
            "{\"host\":\"https://api.example:444/v/\",\"connector_id\":\"c\",\"entity\":\"files\",\"action\":\"download\",\
             \"params\":{\"a\":\"1\",\"b\":\"\\\"a \\\\\\\"b\\\\\\\"\\\\n\u{202e}é\\\"\"}}"
        );
        let sidecar =
            serde_json::from_str(&format!("{{\"request\": {}}}", request.as_str())).unwrap();
        assert_eq!(
            Request::of(&sidecar),
            request,
            "what a sidecar tells is the same text again"
        );
        let wrapped = call.with("_airbyte_response_type", JsonText::string("json"));
        assert_eq!(
            Request::new(&client("https://api.example:444/v/"), &wrapped),
            request
        );
        assert_ne!(
            Request::new(&client("https://api.example:444/w/"), &wrapped),
            request
        );
    }
}
