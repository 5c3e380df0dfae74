//! The HTTP client underneath: TLS, redirects, the host's URL, headers.

use std::time::Duration;

use reqwest::header::HeaderMap;
use url::Url;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::settings::is_loopback;
use crate::domain::text;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(20);

/// Builds the client for a host: loopback uses neither TLS nor a proxy.
pub(super) fn build(base: &Url) -> Result<reqwest::Client, Failure> {
    let local = base.host_str().is_some_and(is_loopback);
    let broken = |reason: String| Failure::new(FailureKind::Internal, "The HTTP client could not be made").detail(reason);
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("airscope/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .tls_backend_preconfigured(tls(local).map_err(broken)?)
        .redirect(reqwest::redirect::Policy::custom(follow));
    if local {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| broken(error.to_string()))
}

/// Follows redirects on the same host. To another host only a request without a body goes, and
/// reqwest leaves the token behind; the credentials are never sent on.
fn follow(attempt: reqwest::redirect::Attempt<'_>) -> reqwest::redirect::Action {
    let Some(from) = attempt.previous().last() else { return attempt.stop() };
    let same = from.origin() == attempt.url().origin();
    let keeps_body = matches!(attempt.status().as_u16(), 307 | 308);
    let secure = attempt.url().scheme() == "https" || attempt.url().host_str().is_some_and(is_loopback);
    if attempt.previous().len() > 5 {
        attempt.error("too many redirects")
    } else if same && !keeps_body && from.path().ends_with("/execute") {
        // The call would be sent again without its body, and another answer taken for its own.
        attempt.error("a redirect that drops the call was not followed")
    } else if same || (!keeps_body && secure && !from.path().ends_with("/token")) {
        attempt.follow()
    } else {
        attempt.error("a redirect to another host was not followed")
    }
}

/// Returns the TLS settings: the system's roots, or the bundled ones where it has none.
fn tls(local: bool) -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore::empty();
    if !local {
        for certificate in rustls_native_certs::load_native_certs().certs {
            // A single unreadable certificate must not take the others away.
            let _ = roots.add(certificate);
        }
        if roots.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Checks the host: `https://`, or `http://` on this machine.
pub(super) fn base_url(host: &str) -> Result<Url, Failure> {
    let bad = |reason: &str| {
        Failure::new(FailureKind::Input, format!("`{host}` cannot be used as the API's host: {reason}"))
            .hint("Set AIRBYTE_API_HOST or --host to a URL such as https://api.airbyte.ai.")
    };
    let url = Url::parse(host).map_err(|error| bad(&error.to_string()))?;
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Ok(url),
        ("http", Some(name)) if is_loopback(name) => Ok(url),
        ("http", _) => Err(bad("plain http:// would show the token on the way; only this machine may be reached so")),
        _ => Err(bad("it is no https:// URL")),
    }
}

/// Returns a header as harmless text.
pub(super) fn header(headers: &HeaderMap, name: reqwest::header::HeaderName) -> Option<String> {
    headers.get(name).map(|value| text::safe(&String::from_utf8_lossy(value.as_bytes())).into_owned())
}
