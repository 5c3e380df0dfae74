//! The HTTP client underneath: TLS, proxies, redirects, the host's URL, headers.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, LOCATION};
use reqwest::{Method, Request, Response};
use url::Url;

use super::error::unsent;
use crate::domain::connection::is_loopback;
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(20);
/// So many redirects of one request are followed.
const MOST_HOPS: usize = 5;
/// The variable that names a file of certificates to trust.
const CERTIFICATES: &str = "SSL_CERT_FILE";

/// Where a request may be redirected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirects {
    /// Within its own origin, if its body is sent again.
    Within,
    /// Anywhere, by a GET without credentials and without a body: the file of a download may be on a storage host.
    ToFile,
}

/// The HTTP clients of a run, each built when it is first needed: reading roots takes longer than a frame.
#[derive(Default)]
pub(super) struct Http {
    plain: OnceLock<reqwest::Client>,
    direct: OnceLock<reqwest::Client>,
    proxied: OnceLock<reqwest::Client>,
}

/// How a host is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Without TLS, on this machine.
    Plain,
    /// With TLS, without a proxy.
    Direct,
    /// With TLS, through the proxy of the environment or the system.
    Proxied,
}

impl Reach {
    fn of(url: &Url) -> Reach {
        let local = url.host_str().is_some_and(is_loopback);
        match url.scheme() {
            "http" => Reach::Plain,
            _ if local || bypasses_proxy(url, &no_proxy()) => Reach::Direct,
            _ => Reach::Proxied,
        }
    }
}

impl Http {
    /// Returns the client that reaches a URL.
    pub(super) fn client(&self, url: &Url) -> Result<&reqwest::Client, Failure> {
        let reach = Reach::of(url);
        let spill_slot = match reach {
            Reach::Plain => &self.plain,
            Reach::Direct => &self.direct,
            Reach::Proxied => &self.proxied,
        };
        if let Some(client) = spill_slot.get() {
            return Ok(client);
        }
        let client = build(reach)?;
        Ok(spill_slot.get_or_init(|| client))
    }

    /// Sends a request and follows its redirects. `what` is the deed as in ``Could not load `customers` ``.
    ///
    /// Once it has left its first origin no token, no organization, no body and no `Referer` is sent, on that or any later hop. It
    /// is never led from https to http. A request that would lose its body, or would take it or the token to another host, is
    /// refused; so no write becomes a read, and no other host's answer is taken for the call's.
    pub(super) async fn send(
        &self,
        what: &str,
        request: Request,
        redirects: Redirects,
    ) -> Result<Response, Failure> {
        let first = request.url().clone();
        let mut has_left = false;
        let mut request = request;
        for hop in 0..=MOST_HOPS {
            let again = request.try_clone();
            let (method, from) = (request.method().clone(), request.url().clone());
            let response = self
                .client(&from)?
                .execute(request)
                .await
                .map_err(|error| unsent(what, &from, &error))?;
            let status = response.status().as_u16();
            let location = response.headers().get(LOCATION).and_then(|location| {
                from.join(&String::from_utf8_lossy(location.as_bytes()))
                    .ok()
            });
            let (true, Some(mut to)) = (matches!(status, 301 | 302 | 303 | 307 | 308), location)
            else {
                return Ok(response);
            };
            if hop == MOST_HOPS {
                return Err(refuse(
                    what,
                    status,
                    &from,
                    &to,
                    "there are more than five redirects",
                ));
            }
            // What a URL holds of a user would be sent as credentials, which are not ours to send.
            let _ = (to.set_username(""), to.set_password(None));
            let within = !has_left && to.origin() == first.origin();
            let is_secure = to.scheme() == "https"
                || to.scheme() == "http"
                    && from.scheme() == "http"
                    && to.host_str().is_some_and(is_loopback);
            if !is_secure {
                return Err(refuse(
                    what,
                    status,
                    &from,
                    &to,
                    "it leads to where anybody on the way could read along",
                ));
            }
            let keeps_body = matches!(status, 307 | 308) || method == Method::GET;
            request = match (within, keeps_body, redirects) {
                (true, true, _) => {
                    let Some(mut again) = again else {
                        return Err(refuse(
                            what,
                            status,
                            &from,
                            &to,
                            "the request cannot be sent twice",
                        ));
                    };
                    *again.url_mut() = to;
                    again
                }
                (true, false, Redirects::ToFile) => {
                    let mut bare = bare_get(to);
                    if let Some(again) = again {
                        // The host is the service's own: it may know who asks.
                        for name in [
                            reqwest::header::AUTHORIZATION,
                            reqwest::header::HeaderName::from_static("x-organization-id"),
                        ] {
                            bare.headers_mut().extend(
                                again
                                    .headers()
                                    .get(&name)
                                    .map(|value| (name.clone(), value.clone())),
                            );
                        }
                    }
                    bare
                }
                (true, false, Redirects::Within) => {
                    return Err(refuse(
                        what,
                        status,
                        &from,
                        &to,
                        "the call would be sent again without its body",
                    ));
                }
                (false, _, Redirects::ToFile) if keeps_body && method != Method::GET => {
                    return Err(refuse(
                        what,
                        status,
                        &from,
                        &to,
                        "the call would go along to another host",
                    ));
                }
                (false, _, Redirects::ToFile) => {
                    has_left = true;
                    bare_get(to)
                }
                (false, _, Redirects::Within) => {
                    return Err(refuse(
                        what,
                        status,
                        &from,
                        &to,
                        "another host's answer is not the call's own",
                    ));
                }
            };
        }
        Err(Failure::new(
            FailureKind::Internal,
            format!("{what}: the redirects did not end"),
        ))
    }
}

/// Makes a request without credentials and without a body.
fn bare_get(url: Url) -> Request {
    let mut request = Request::new(Method::GET, url);
    request
        .headers_mut()
        .insert(ACCEPT, reqwest::header::HeaderValue::from_static("*/*"));
    request.headers_mut().insert(
        ACCEPT_ENCODING,
        reqwest::header::HeaderValue::from_static("identity"),
    );
    request
}

/// Refuses a redirect. Of the URLs only the hosts are named: a path or a query may hold what is private.
fn refuse(what: &str, status: u16, from: &Url, to: &Url, why: &str) -> Failure {
    let (from, to) = (
        from.origin().ascii_serialization(),
        to.origin().ascii_serialization(),
    );
    let words = format!("{what}: `{from}` redirects to `{to}`, which was not followed: {why}");
    Failure { status: Some(status), ..Failure::new(FailureKind::Refused, words) }
        .hint("Check AIRBYTE_API_HOST: it may name a host that has moved, or a sign-in page in front of the service.")
}

/// Builds a client. It follows no redirects by itself.
fn build(reach: Reach) -> Result<reqwest::Client, Failure> {
    let broken = |reason: String| {
        Failure::new(FailureKind::Internal, "The HTTP client could not be made").detail(reason)
    };
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("airscope/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .tls_backend_preconfigured(tls(reach)?)
        .referer(false)
        .redirect(reqwest::redirect::Policy::none());
    if reach != Reach::Proxied {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| broken(error.to_string()))
}

/// Returns the TLS settings: the roots in `SSL_CERT_FILE`, else the system's, else the bundled ones.
fn tls(reach: Reach) -> Result<rustls::ClientConfig, Failure> {
    let broken = |error: rustls::Error| {
        Failure::new(FailureKind::Internal, "The HTTP client could not be made")
            .detail(error.to_string())
    };
    let mut roots = rustls::RootCertStore::empty();
    if reach != Reach::Plain {
        let found = rustls_native_certs::load_native_certs();
        let own = std::env::var_os(CERTIFICATES).filter(|file| !file.is_empty());
        if let Some(file) = own.filter(|_| found.certs.is_empty()) {
            let shown = text::safe(&file.to_string_lossy()).into_owned();
            let why = match std::fs::metadata(&file) {
                Ok(_) => "holds no certificate in PEM form".to_owned(),
                Err(error) => format!("cannot be read: {error}"),
            };
            return Err(Failure::new(FailureKind::Input, format!("The file `{shown}` that {CERTIFICATES} names {why}"))
                .hint(format!("Set {CERTIFICATES} to a file of PEM certificates, or unset it to trust those of the system.")));
        }
        for certificate in found.certs {
            // A single unreadable certificate must not take the others away.
            let _ = roots.add(certificate);
        }
        if roots.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(broken)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Returns the proxy that a URL is reached through by the environment, without what it may hold of a user.
pub(super) fn proxy_of(url: &Url) -> Option<String> {
    if Reach::of(url) != Reach::Proxied {
        return None;
    }
    let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let proxy = names.iter().find_map(|name| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
    })?;
    let proxy = if proxy.contains("://") {
        proxy
    } else {
        format!("http://{proxy}")
    };
    let url = Url::parse(proxy.trim()).ok()?;
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    Some(format!("{}://{}{port}", url.scheme(), url.host_str()?))
}

fn no_proxy() -> String {
    ["NO_PROXY", "no_proxy"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_default()
}

/// Returns whether a list such as `NO_PROXY` exempts a URL: `*`, a domain with all below it, a host, an address, each also
/// with a port. (Ranges of addresses are the HTTP library's.)
fn bypasses_proxy(url: &Url, list: &str) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default();
    list.split([',', ' '])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .any(|entry| {
            if entry == "*" {
                return true;
            }
            let is_address = entry.parse::<IpAddr>().is_ok();
            let (name, own) = match entry.rsplit_once(':') {
                Some((name, own))
                    if !is_address && own.bytes().all(|byte| byte.is_ascii_digit()) =>
                {
                    (name, own.parse::<u16>().ok())
                }
                _ => (entry, None),
            };
            let name = name
                .trim_start_matches('[')
                .trim_end_matches(']')
                .trim_start_matches("*.")
                .trim_start_matches('.');
            let names = match (name.parse::<IpAddr>(), host.parse::<IpAddr>()) {
                (Ok(one), Ok(other)) => one == other,
                _ => {
                    host.eq_ignore_ascii_case(name)
                        || host
                            .to_ascii_lowercase()
                            .ends_with(&format!(".{}", name.to_ascii_lowercase()))
                }
            };
            names && (own.is_none() || own == port)
        })
}

/// Checks the host: `https://`, or `http://` on this machine, without a user.
pub(super) fn base_url(host: &str) -> Result<Url, Failure> {
    let shown = without_user(host);
    let bad = |reason: &str| {
        Failure::new(
            FailureKind::Input,
            format!("`{shown}` cannot be used as the API's host: {reason}"),
        )
        .hint("Set AIRBYTE_API_HOST or --host to a URL such as https://api.airbyte.ai.")
    };
    let url = Url::parse(host).map_err(|error| bad(&error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(
            "it holds a user or a password, which would be sent along and shown; credentials have variables of their own",
        ));
    }
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Ok(url),
        ("http", Some(name)) if is_loopback(name) => Ok(url),
        ("http", _) => Err(bad(
            "plain http:// would show the token on the way; only this machine may be reached so",
        )),
        _ => Err(bad("it is no https:// URL")),
    }
}

/// Returns a URL without what precedes its host, also where it is no URL at all.
fn without_user(host: &str) -> String {
    match (host.split_once("://"), host.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        (None, Some((_, rest))) => format!("…@{rest}"),
        (_, None) => host.to_owned(),
    }
}

/// Returns a header as harmless text.
pub(super) fn header(headers: &HeaderMap, name: reqwest::header::HeaderName) -> Option<String> {
    headers
        .get(name)
        .map(|value| text::safe(&String::from_utf8_lossy(value.as_bytes())).into_owned())
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{base_url, bypasses_proxy};

    #[test]
    fn hosts_are_exempt_from_the_proxy_in_every_form() {
        let check = |url: &str, list: &str, expected: bool| {
            assert_eq!(
                bypasses_proxy(&Url::parse(url).unwrap(), list),
                expected,
                "{url} {list}"
            );
        };
        check("https://api.example.com", "*", true);
        check("https://api.example.com", "example.com", true);
        check("https://api.example.com", ".example.com", true);
        check("https://api.example.com", "*.example.com", true);
        check("https://notexample.com", "example.com", false);
        check("https://api.example.com:8443", "api.example.com:8443", true);
        check("https://api.example.com", "api.example.com:8443", false);
        check("https://api.example.com", "api.example.com:443", true);
        check("https://10.1.2.3", "other, 10.1.2.3", true);
        check("https://10.1.2.3:9000", "10.1.2.3:9000", true);
        check("https://[2001:db8::1]", "2001:db8::1", true);
        check("https://[2001:db8::1]:9000", "[2001:db8::1]:9000", true);
        check("https://api.example.com", "", false);
    }

    #[test]
    fn a_host_with_a_user_is_refused_and_not_shown() {
        for host in [
            "https://ann:secretsecret@api.example.com",
            "https://token@api.example.com",
            "ann:secretsecret@api",
            "https://a:secretsecret@",
        ] {
            let failure = base_url(host).unwrap_err();
            let words = format!(
                "{} {:?} {:?}",
                failure.summary, failure.detail, failure.hint
            );
            assert!(
                !words.contains("secretsecret") && !words.contains("token@"),
                "{words}"
            );
        }
        assert!(
            base_url("https://api.airbyte.ai").is_ok()
                && base_url("http://127.0.0.1:1").is_ok()
                && base_url("http://x").is_err()
        );
    }
}
