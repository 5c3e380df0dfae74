//! The wording of what the service refused and of what did not reach it.

use serde_json::Value;
use url::Url;

use super::http::proxy_of;
use super::words::{Said, names};
use crate::domain::failure::{Failure, FailureCode, FailureKind};
use crate::text::{cut_end, safe};

/// A summary quotes no more of the service's words than this, in columns.
const LONGEST_QUOTE: usize = 300;

/// Words a refused answer: the deed, the service's own words, the status. `what` is the deed as in
/// ``Could not list `issues` ``. Hints come after, and say nothing that the service's words may deny.
pub(super) fn refused(what: &str, status: u16, retry_after: Option<u64>, body: &[u8]) -> Failure {
    let said = Said::of(body);
    let (words, detail) = match &said {
        Said::Words(words) => (Some(words.as_str()), Some(words.as_str())),
        Said::Other(excerpt) | Said::Page(_, excerpt) => (None, Some(excerpt.as_str())),
        Said::Nothing => (None, None),
    };
    let reason = match &said {
        Said::Words(words) => format!("{} ({status})", cut_end(&safe(words), LONGEST_QUOTE)),
        Said::Page(Some(title), _) => format!(
            "the service answered {status} with a web page: `{}`",
            cut_end(&safe(title), LONGEST_QUOTE)
        ),
        Said::Page(None, _) => format!("the service answered {status} with a web page"),
        Said::Other(_) | Said::Nothing => format!("the service answered {status}"),
    };
    let mut failure = Failure::new(kind_of(status), format!("{what}: {reason}")).status(status);
    if let Some(detail) = detail {
        failure = failure.detail(format!("HTTP {status}\n{detail}"));
    }
    if let Some(hint) = hint(status, retry_after, words.unwrap_or_default()) {
        failure = failure.hint(hint);
    }
    if matches!(failure.kind, FailureKind::Input | FailureKind::NotFound) {
        failure.names = names(body).into();
    }
    if status == 400 && words.is_some_and(|words| words.contains("specify target organization")) {
        failure.kind = FailureKind::Credentials;
        failure = failure.code(FailureCode::OrganizationNotChosen).hint(
            "Set AIRBYTE_ORGANIZATION_ID or --organization; on the screen, press W to choose one.",
        );
    }
    failure
}

fn kind_of(status: u16) -> FailureKind {
    match status {
        401 => FailureKind::Credentials,
        402 | 429 => FailureKind::RateLimited,
        403 => FailureKind::Forbidden,
        404 | 410 => FailureKind::NotFound,
        400 | 416 | 422 => FailureKind::Input,
        _ => FailureKind::Service,
    }
}

/// Returns the next step after a status, where the service's words leave one open.
fn hint(status: u16, retry_after: Option<u64>, words: &str) -> Option<String> {
    let lower = words.to_lowercase();
    let is_about = |topics: &[&str]| topics.iter().any(|topic| lower.contains(topic));
    let hint = match status {
        401 => "Check AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET, or AIRBYTE_APPLICATION_TOKEN.",
        402 => "Check the plan of the organization and what is left of it.",
        403 if is_about(&["not enabled for agents access"]) => {
            "An administrator must switch it on in the settings of the organization."
        }
        403 if lower.is_empty() || is_about(&["subscription"]) => {
            "Use an organization with an Airbyte Agents subscription: AIRBYTE_ORGANIZATION_ID, and AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET that belong to it."
        }
        403 => {
            "Check what is allowed to the role behind AIRBYTE_CLIENT_ID, and to the connector's own credentials."
        }
        413 => "Send less at once.",
        429 => match retry_after {
            Some(seconds) => return Some(format!("Wait {seconds} s, then send again.")),
            None if is_about(&["month", "allowance", "quota", "plan"]) => {
                "Check the plan of the organization and what is left of it."
            }
            None => "Wait a moment, then send again.",
        },
        408 | 424 | 425 | 500 | 502.. => "Try again in a moment.",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Words a request that got no answer from a URL.
pub(super) fn unsent(what: &str, url: &Url, error: &reqwest::Error) -> Failure {
    let host = url.origin().ascii_serialization();
    let chain = causes(error);
    if is_untrusted(error) {
        return Failure::new(
            FailureKind::Network,
            format!("{what}: the certificate of `{host}` is not trusted"),
        )
        .detail(chain)
        .hint(
            "If it is yours, set SSL_CERT_FILE to a PEM file of the certificate that issued it.",
        );
    }
    if error.is_timeout() && !error.is_connect() {
        return Failure::new(FailureKind::Timeout, format!("{what}: no answer in time"))
            .detail(chain)
            .hint("Try again in a moment.");
    }
    let proxy = proxy_of(url);
    let reason = match &proxy {
        _ if !error.is_connect() => "the connection broke".to_owned(),
        Some(proxy) => format!("`{host}` cannot be reached through the proxy `{proxy}`"),
        None => format!("`{host}` cannot be reached"),
    };
    let hint = match proxy {
        Some(_) => "Check the proxy in HTTPS_PROXY, exempt the host with NO_PROXY, then try again.",
        None => "Check the network and AIRBYTE_API_HOST, then try again.",
    };
    Failure::new(FailureKind::Network, format!("{what}: {reason}"))
        .detail(chain)
        .hint(hint)
}

/// Returns whether a request failed because the certificate of the other side is not trusted.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut at: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(cause) = at {
        let inner = cause
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        let tls = inner
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .or_else(|| cause.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        at = cause
            .source()
            .or_else(|| inner.map(|inner| inner as &(dyn std::error::Error + 'static)));
    }
    false
}

/// Writes an error and its causes, one a line, without URLs (a query may hold what is private).
fn causes(error: &reqwest::Error) -> String {
    let mut lines = Vec::new();
    let mut at: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(cause) = at {
        lines.push(cause.to_string());
        at = cause.source();
    }
    if lines.is_empty() {
        "no further reason was given".to_owned()
    } else {
        lines.join("\n")
    }
}

/// Returns what the service says in a body, in any of the shapes seen; of a web page and the like, how it begins.
pub fn message(body: &[u8]) -> Option<String> {
    match Said::of(body) {
        Said::Words(words) | Said::Other(words) => Some(words),
        Said::Page(title, _) => Some(title.unwrap_or_else(|| "a web page".to_owned())),
        Said::Nothing => None,
    }
}

/// Returns whether a JSON body is an envelope or an error where a file should be (contract 5.2).
pub fn is_error_body(body: &[u8]) -> bool {
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    let has = |key: &str| fields.contains_key(key);
    has("status") && has("result") || has("message") && has("errors") || has("detail")
}
