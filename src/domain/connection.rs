//! The address of the service and the credentials for it.

use super::secret::Secret;

/// Everything needed to talk to the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The service's URL without a slash at the end, `https://api.airbyte.ai` by default.
    pub host: String,
    /// The credentials.
    pub credentials: Credentials,
    /// The organization's UUID, sent as `X-Organization-Id`.
    pub organization: Option<String>,
    /// The name of the workspace whose connectors are listed.
    pub workspace: String,
}

/// The credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A client id and its secret, from which tokens are made.
    Pair {
        /// The client id.
        id: String,
        /// The client secret.
        secret: Secret,
    },
    /// A token made elsewhere. It cannot be renewed.
    Token(Secret),
}

/// Returns whether a host name is this machine.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
