//! The wording of what the service refused and of what did not reach it.

use serde_json::Value;
use url::Url;

use super::http::proxy_of;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::{cut_end, safe};

/// How many bytes of a body that is not JSON are shown.
const EXCERPT: usize = 200;

/// Words a refused answer. `what` is the deed as in ``Could not load `customers` ``.
pub(super) fn refused(what: &str, status: u16, retry_after: Option<u64>, body: &[u8]) -> Failure {
    let said = message(body);
    let (kind, reason, hint) = match status {
        401 => (
            FailureKind::Credentials,
            "the service refused the credentials (401)".to_owned(),
            Some("Check AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET, or AIRBYTE_APPLICATION_TOKEN."),
        ),
        402 => (FailureKind::RateLimited, "the allowance is used up (402)".to_owned(), Some("Check the plan of the organization.")),
        403 => (
            FailureKind::Forbidden,
            "the service does not allow it (403)".to_owned(),
            Some(
                "Check that the organization has an Airbyte Agents subscription, and that AIRBYTE_ORGANIZATION_ID and AIRBYTE_CLIENT_ID belong together.",
            ),
        ),
        404 => (FailureKind::NotFound, "there is no such thing (404)".to_owned(), None),
        400 | 416 | 422 => (FailureKind::Input, said.clone().unwrap_or_else(|| format!("the service answered {status}")), None),
        429 => (
            FailureKind::RateLimited,
            match retry_after {
                Some(seconds) => format!("too many requests (429), free again in {seconds} s"),
                None => "too many requests (429)".to_owned(),
            },
            Some("Wait a moment, then send again."),
        ),
        _ => (FailureKind::Service, format!("the service answered {status}"), Some("Try again in a moment.")),
    };
    let mut failure = Failure::new(kind, format!("{what}: {}", cut_end(&safe(&reason), 300))).status(status);
    if let Some(said) = said {
        failure = failure.detail(format!("HTTP {status}\n{said}"));
    }
    if let Some(hint) = hint {
        failure = failure.hint(hint);
    }
    if status == 400 && String::from_utf8_lossy(body).contains("specify target organization") {
        failure.kind = FailureKind::Credentials;
        failure = failure.hint("Set AIRBYTE_ORGANIZATION_ID or --organization; on the screen, press W to choose one.");
    }
    failure
}

/// Words a request that got no answer from a URL.
pub(super) fn unsent(what: &str, url: &Url, error: &reqwest::Error) -> Failure {
    let host = url.origin().ascii_serialization();
    let chain = causes(error);
    if is_untrusted(error) {
        return Failure::new(FailureKind::Network, format!("{what}: the certificate of `{host}` is not trusted"))
            .detail(chain)
            .hint("If it is yours, set SSL_CERT_FILE to a PEM file of the certificate that issued it.");
    }
    if error.is_timeout() && !error.is_connect() {
        return Failure::new(FailureKind::Timeout, format!("{what}: no answer in time")).detail(chain).hint("Try again in a moment.");
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
    Failure::new(FailureKind::Network, format!("{what}: {reason}")).detail(chain).hint(hint)
}

/// Returns whether a request failed because the certificate of the other side is not trusted.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut at: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(cause) = at {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()).or_else(|| cause.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        at = cause.source().or_else(|| inner.map(|inner| inner as &(dyn std::error::Error + 'static)));
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
    if lines.is_empty() { "no further reason was given".to_owned() } else { lines.join("\n") }
}

/// Returns what the service says in a body, in any of the shapes seen.
pub fn message(body: &[u8]) -> Option<String> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        let text = String::from_utf8_lossy(&body[..body.len().min(EXCERPT)]).trim().to_owned();
        return (!text.is_empty()).then_some(text);
    };
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let errors: Vec<String> = items(&value["errors"])
        .filter_map(|error| {
            let message = text(&error["message"]).or_else(|| text(&error["userPresentableMessage"]))?;
            match text(&error["field"]) {
                Some(field) if field != "body" && !message.contains(&field) => Some(format!("{field}: {message}")),
                _ => Some(message),
            }
        })
        .collect();
    if !errors.is_empty() {
        return Some(errors.join("; "));
    }
    let details: Vec<String> = items(&value["detail"])
        .filter_map(|item| {
            let place: Vec<String> = items(&item["loc"]).map(|step| text(step).unwrap_or_else(|| step.to_string())).collect();
            Some(format!("{}: {}", place.join("."), text(&item["msg"])?))
        })
        .collect();
    text(&value["message"])
        .or_else(|| text(&value["detail"]))
        .or_else(|| (!details.is_empty()).then(|| details.join("; ")))
        .or_else(|| text(&value["error"]))
        .or_else(|| text(&value["error"]["message"]))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

/// Says whether a JSON body is an envelope or an error where a file should be (contract 5.2).
pub fn is_error_body(body: &[u8]) -> bool {
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else { return false };
    let has = |key: &str| fields.contains_key(key);
    has("status") && has("result") || has("message") && has("errors") || has("detail")
}
