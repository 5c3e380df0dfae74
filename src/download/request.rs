//! What identifies the request for a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::api::Client;
use crate::domain::call::Call;

/// A request as JSON text with its members in a fixed order, without the parameters that only choose the transport.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Request(Arc<str>);

impl Request {
    /// Returns the request of a call.
    pub(super) fn new(client: &Client, call: &Call) -> Request {
        let own = call
            .params
            .iter()
            .filter(|(name, _)| !name.starts_with("_airbyte_response_"));
        let request = Members {
            host: client.place(),
            connector_id: &call.connector_id,
            entity: &call.entity,
            action: &call.action,
            params: own.map(|(name, value)| (name, value.as_str())).collect(),
        };
        // Strings alone: writing them to memory cannot fail.
        let request = serde_json::to_string(&request).unwrap_or_default();
        // It is written into sidecars. The same secrets are replaced in the same way, so that requests stay comparable.
        Request(client.scrubber().scrub_json(&request).as_ref().into())
    }

    /// Returns the JSON text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The members of a request, in their order; the parameters are sorted by name, each value as its JSON text.
#[derive(Serialize)]
struct Members<'a> {
    host: &'a str,
    connector_id: &'a str,
    entity: &'a str,
    action: &'a str,
    params: BTreeMap<&'a str, &'a str>,
}

/// Writes the text as it is.
impl Serialize for Request {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Request, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Request(raw.get().into()))
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
