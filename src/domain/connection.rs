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

/// Returns whether a URL is one of this machine.
pub fn is_local(url: &str) -> bool {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    let place = place.split(['/', '?', '#']).next().unwrap_or_default();
    let place = place.rsplit('@').next().unwrap_or_default();
    let host = match place.split_once(']') {
        Some((host, _)) => host,
        None => place.split(':').next().unwrap_or_default(),
    };
    is_loopback(host)
}

/// Returns whether a host name is this machine.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn a_url_of_this_machine_is_told_from_others() {
        for url in [
            "http://127.0.0.1:8080/api",
            "http://localhost",
            "http://[::1]:80/",
            "http://user@localhost:1?x",
        ] {
            assert!(is_local(url), "{url}");
        }
        for url in [
            "",
            "https://api.airbyte.ai",
            "https://localhost.example",
            "http://[::2]/",
        ] {
            assert!(!is_local(url), "{url}");
        }
    }
}
