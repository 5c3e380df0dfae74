//! The client of the service.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use url::Url;

use super::answer::{Event, Notify, Sink};
use super::error::{refused, unsent};
use super::http::{Http, Redirects, base_url, header};
use super::token::{Keeper, Minted};
use super::{retry, wire};
use crate::domain::call::escape_segment;
use crate::domain::connection::{Connection, Credentials};
use crate::domain::connector::{Connector, Inspection, Organization, StoreState, Workspace};
use crate::domain::failure::{Failure, FailureCode, FailureKind};
use crate::domain::scrub::Scrubber;
use crate::domain::secret::Secret;
use crate::text;

/// How long a JSON call may take in all.
pub(super) const LIMIT: Duration = Duration::from_secs(300);
/// Bodies of errors and tokens are read up to this size, in bytes.
pub(super) const SMALL: u64 = 1 << 20;
/// The size limit of lists of connectors, badges, and the replies to `inspect` and `describe`, in
/// bytes.
pub(super) const LARGE: u64 = 64 << 20;
/// The time limit for optional replies, such as badges.
const BEST_EFFORT: Duration = Duration::from_secs(10);
/// How many pages of workspaces are followed, so that a service that never ends does not hold us.
const MOST_PAGES: usize = 200;

/// The client. One serves all calls of a run; making it does nothing yet.
pub struct Client {
    connection: Connection,
    base: Result<Url, Failure>,
    place: String,
    organization: Mutex<Option<String>>,
    http: Arc<Http>,
    tokens: Keeper,
    scrubber: Scrubber,
    /// How many operations were sent, and how many may be.
    calls: AtomicU64,
    most_calls: AtomicU64,
    /// How large a reply to an operation may be.
    pub(super) most_bytes: Option<u64>,
}

/// What happens to a body that is larger than its limit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Over<'a> {
    /// It is cut: only its beginning is read.
    Cut,
    /// A failure of the deed.
    Fail(&'a str),
}

/// Reads a body to its end, to where the connection broke, or up to a size in bytes.
pub(super) async fn read_capped(
    mut response: Response,
    most: u64,
    over: Over<'_>,
) -> (Bytes, Result<(), Failure>) {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return (body.freeze(), Ok(())),
            Err(error) => {
                let url = response.url().clone();
                return (
                    body.freeze(),
                    Err(unsent("Could not read the answer", &url, &error)),
                );
            }
        }
        if body.len() as u64 > most {
            body.truncate(most as usize);
            let whole = match over {
                Over::Cut => Ok(()),
                Over::Fail(what) => {
                    // Of several pages, the last one exceeds the rest of the limit.
                    let words = format!(
                        "{what}: the answer is larger than {}",
                        text::bytes(if most > SMALL { LARGE } else { most })
                    );
                    Err(Failure::new(FailureKind::TooLarge, words)
                        .hint("Check AIRBYTE_API_HOST: another service may have answered."))
                }
            };
            return (body.freeze(), whole);
        }
    }
}

/// Waits for an optional reply, within its time limit.
async fn best_effort<T>(
    what: &str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(BEST_EFFORT, work)
        .await
        .unwrap_or_else(|_| {
            Err(Failure::new(
                FailureKind::Timeout,
                format!("{what}: no answer within {} s", BEST_EFFORT.as_secs()),
            ))
        })
}

fn unmade(what: &str, error: &reqwest::Error) -> Failure {
    Failure::new(
        FailureKind::Internal,
        format!("{what}: the request could not be made"),
    )
    .detail(error.to_string())
}

impl Client {
    /// Makes a client. Nothing is read, resolved or connected before the first call; a host that
    /// cannot be used is reported by that call.
    pub fn new(connection: Connection) -> Client {
        Client::scrubbing(connection, Scrubber::default())
    }

    /// Makes a client that adds its secrets, and each token when it is made, to the scrubber.
    pub fn scrubbing(connection: Connection, scrubber: Scrubber) -> Client {
        match &connection.credentials {
            Credentials::Token(secret) | Credentials::Pair { secret, .. } => scrubber.learn(secret),
        }
        scrubber.learn_url(&connection.host);
        let base = base_url(&connection.host);
        // A user in a URL is private.
        let place = base
            .as_ref()
            .map(|url| format!("{}{}", url.origin().ascii_serialization(), url.path()))
            .unwrap_or_default();
        let organization = Mutex::new(connection.organization.clone());
        Client {
            connection,
            base,
            place,
            organization,
            http: Arc::default(),
            tokens: Keeper::default(),
            scrubber,
            calls: AtomicU64::new(0),
            most_calls: AtomicU64::new(u64::MAX),
            most_bytes: None,
        }
    }

    /// Records a line about a request: path, status, time. Never a token, a header or a body.
    fn record(&self, line: &str) {
        tracing::info!("{}", self.scrubber.scrub(line));
    }

    /// Limits the number of operations that may be sent.
    pub fn at_most(self, calls: Option<u64>) -> Client {
        self.allow(calls.unwrap_or(u64::MAX));
        self
    }

    /// Changes the number of operations that may be sent in all.
    pub fn allow(&self, calls: u64) {
        self.most_calls.store(calls, Ordering::SeqCst);
    }

    /// Limits the size of a reply to an operation, in bytes.
    pub fn no_larger_than(self, bytes: Option<u64>) -> Client {
        Client {
            most_bytes: bytes,
            ..self
        }
    }

    /// Returns how many operations were sent, repetitions included and `describe` left out.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Returns whether no further operation may be sent.
    pub fn is_spent(&self) -> bool {
        self.calls() >= self.most_calls.load(Ordering::SeqCst)
    }

    /// Returns the service's URL.
    pub fn host(&self) -> &str {
        &self.connection.host
    }

    /// Returns the service's URL without its user.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Counts an operation that is about to be sent. Fails if no more may be.
    pub(super) fn count(&self, what: &str) -> Result<(), Failure> {
        let counted = self
            .calls
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |calls| {
                (calls < self.most_calls.load(Ordering::SeqCst)).then_some(calls + 1)
            });
        counted.map(|_| ()).map_err(|calls| {
            Failure::new(
                FailureKind::Refused,
                format!("{what}: --max-calls {calls} is reached"),
            )
            .code(FailureCode::CallLimit)
            .hint("Start again with a larger --max-calls.")
        })
    }

    /// Returns the organization that is sent along.
    pub fn organization(&self) -> Option<String> {
        self.organization
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Chooses another organization. Tokens are bound to one, so the current one is forgotten.
    pub fn choose_organization(&self, id: Option<String>) {
        *self
            .organization
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = id;
        self.tokens.reset();
    }

    /// Takes our own secrets out of what the service says: one that echoes them must not have them shown or written
    /// down.
    pub fn scrubbed(&self, failure: Failure) -> Failure {
        self.scrubber.failure(failure)
    }

    /// Returns the scrubber of the session's secrets.
    pub fn scrubber(&self) -> &Scrubber {
        &self.scrubber
    }

    /// Takes our own secrets out of a text of the service.
    pub(super) fn scrub(&self, text: &str) -> String {
        self.scrubber.scrub(text).into_owned()
    }

    /// Lists the connectors of a workspace, of one type if its `definition_id` is given.
    pub async fn connectors(
        &self,
        workspace: &str,
        definition_id: Option<&str>,
    ) -> Result<Vec<Connector>, Failure> {
        let what = format!("Could not list the connectors of workspace `{workspace}`");
        let mut query = vec![("workspace_name", workspace)];
        query.extend(definition_id.map(|id| ("definition_id", id)));
        let url = self.url("/api/v1/integrations/connectors", &query)?;
        let body = self
            .get(url, &what)
            .await
            .map_err(|failure| match failure.status {
                Some(404) => Failure::new(
                    FailureKind::NotFound,
                    format!("There is no workspace `{workspace}`"),
                )
                .status(404)
                .hint("Press W to choose one, or set AIRBYTE_WORKSPACE or --workspace."),
                _ => failure,
            })?;
        if !body["data"].is_array() {
            return Err(Failure::new(
                FailureKind::Unreadable,
                format!("{what}: the answer holds no list `data`"),
            ));
        }
        Ok(wire::items(&body["data"])
            .filter_map(wire::connector)
            .collect())
    }

    /// Gets one connector by its id, in whatever workspace it is.
    pub async fn connector(&self, id: &str) -> Result<Connector, Failure> {
        let what = format!("Could not get the connector `{id}`");
        let url = self.url(
            &format!("/api/v1/integrations/connectors/{}", escape_segment(id)),
            &[],
        )?;
        let body = self.get(url, &what).await?;
        wire::single_connector(&body).ok_or_else(|| {
            Failure::new(
                FailureKind::Unreadable,
                format!("{what}: the answer has no `id`"),
            )
        })
    }

    /// Lists all workspaces, following `next` only on the same scheme and host.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, Failure> {
        self.workspaces_by(100).await
    }

    /// Lists all workspaces, this many at a time (1 to 100).
    pub async fn workspaces_by(&self, limit: u32) -> Result<Vec<Workspace>, Failure> {
        let what = "Could not list the workspaces";
        let late = |_| {
            Err(Failure::new(
                FailureKind::Timeout,
                format!("{what}: no end within {} s", LIMIT.as_secs()),
            ))
        };
        tokio::time::timeout(LIMIT, self.all_workspaces(limit, what))
            .await
            .unwrap_or_else(late)
    }

    async fn all_workspaces(&self, limit: u32, what: &str) -> Result<Vec<Workspace>, Failure> {
        let mut left = LARGE;
        let mut url = self.url("/api/v1/workspaces", &[("limit", &limit.to_string())])?;
        let mut workspaces = Vec::new();
        for _ in 0..MOST_PAGES {
            let body = self.get_within(url.clone(), what, &mut left).await?;
            workspaces.extend(wire::items(&body["data"]).filter_map(wire::workspace));
            let Some(next) = wire::text(&body["next"]) else {
                return Ok(workspaces);
            };
            let next = url.join(&next).map_err(|_| {
                Failure::new(
                    FailureKind::Unreadable,
                    format!("{what}: the link to the next page is no URL"),
                )
            })?;
            if next.origin() != url.origin() {
                return Err(Failure::new(
                    FailureKind::Refused,
                    format!("{what}: the link to the next page leads to another host"),
                )
                .detail(format!(
                    "It leads to {}. The token would have gone along.",
                    next.origin().ascii_serialization()
                )));
            }
            if next == url {
                return Err(Failure::new(
                    FailureKind::Unreadable,
                    format!("{what}: the link to the next page leads to the same page"),
                ));
            }
            url = next;
        }
        Err(Failure::new(
            FailureKind::Incomplete,
            format!("{what}: there are more than {MOST_PAGES} pages"),
        ))
    }

    /// Lists the organizations of the credentials.
    pub async fn organizations(&self) -> Result<Vec<Organization>, Failure> {
        let url = self.url("/api/v1/internal/account/organizations", &[])?;
        Ok(wire::organizations(
            &self.get(url, "Could not list the organizations").await?,
        ))
    }

    /// Inspects a connector, above all its Context Store.
    pub async fn inspect(&self, connector_id: &str) -> Result<Inspection, Failure> {
        let what = "Could not inspect the connector";
        let url = self.url(
            &format!(
                "/api/v1/integrations/connectors/{}/inspect",
                escape_segment(connector_id)
            ),
            &[],
        )?;
        Ok(wire::inspection(
            &best_effort(what, self.get(url, what)).await?,
        ))
    }

    /// Returns the Context Store badges of an organization's connectors, page by page.
    pub async fn badges(
        &self,
        organization_id: &str,
    ) -> Result<Vec<(String, StoreState)>, Failure> {
        best_effort(
            "Could not load the Context Store badges",
            self.all_badges(organization_id),
        )
        .await
    }

    async fn all_badges(
        &self,
        organization_id: &str,
    ) -> Result<Vec<(String, StoreState)>, Failure> {
        const PAGE: usize = 200;
        let path = format!(
            "/api/v1/organizations/{}/credentials",
            escape_segment(organization_id)
        );
        let mut badges = Vec::new();
        let (mut seen, mut left) = (0, LARGE);
        for _ in 0..MOST_PAGES {
            let offset = seen.to_string();
            let url = self.url(&path, &[("limit", "200"), ("offset", &offset)])?;
            let body = self
                .get_within(url, "Could not load the Context Store badges", &mut left)
                .await?;
            badges.extend(wire::badges(&body));
            let received = wire::items(&body["data"]).count();
            seen += received;
            // Pages may be shorter than requested: while the total states more, there is more.
            let more = body["total"]
                .as_u64()
                .map_or(received >= PAGE, |total| (seen as u64) < total);
            if !more || received == 0 {
                break;
            }
        }
        Ok(badges)
    }

    /// Finds the `definition_id` of a connector type by its display name.
    pub async fn definition_id(&self, name: &str) -> Result<String, Failure> {
        let url = self.url(
            "/api/v1/integrations/definitions/sources",
            &[("name", name)],
        )?;
        let body = self
            .get(
                url,
                &format!("Could not look up the connector type `{name}`"),
            )
            .await?;
        let found: Vec<(String, String)> = wire::items(&body["definitions"])
            .filter_map(|item| {
                Some((
                    wire::text(&item["name"])?,
                    wire::text(&item["sourceDefinitionId"])?,
                ))
            })
            .collect();
        let exact: Vec<_> = found
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .collect();
        match (exact.as_slice(), found.as_slice()) {
            ([(_, id)], _) | ([], [(_, id)]) => Ok(id.clone()),
            ([], []) => Err(Failure::new(
                FailureKind::NotFound,
                format!("There is no connector type `{name}`"),
            )),
            _ => Err(Failure::new(
                FailureKind::Input,
                format!("The connector type `{name}` is ambiguous"),
            )
            .detail(
                found
                    .into_iter()
                    .map(|(name, id)| format!("{name}  {id}"))
                    .collect::<Vec<_>>()
                    .join("\n"),
            )
            .hint("Name one of them, or its id with --definition-id.")),
        }
    }

    /// Passes a body on while it is received, up to a size in bytes. Returns the number of bytes,
    /// and what ended it.
    pub(super) async fn read_into(
        &self,
        mut response: Response,
        expected: Option<u64>,
        most: Option<u64>,
        notify: Notify<'_>,
        sink: &dyn Sink,
    ) -> (u64, Result<(), Failure>) {
        let mut bytes = 0;
        let mut has_asked = false;
        loop {
            if let Some(most) = most.filter(|most| bytes > *most) {
                let words = format!("The reply is larger than {}", text::bytes(most));
                return (
                    bytes,
                    Err(Failure::new(FailureKind::TooLarge, words)
                        .hint("Ask for less at once, or allow more with --max-bytes.")),
                );
            }
            if !has_asked && sink.question_at().is_some_and(|question| bytes >= question) {
                has_asked = true;
                sink.ask().await;
            }
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    bytes += chunk.len() as u64;
                    sink.take(chunk);
                    notify(Event::Received(bytes, expected));
                }
                Ok(None) => return (bytes, Ok(())),
                Err(error) => {
                    let url = response.url().clone();
                    return (
                        bytes,
                        Err(unsent("Could not read the answer", &url, &error)),
                    );
                }
            }
        }
    }

    /// Gets JSON of at most [`LARGE`] bytes.
    async fn get(&self, url: Url, what: &str) -> Result<Value, Failure> {
        self.get_within(url, what, &mut LARGE.clone()).await
    }

    /// Gets JSON of at most so many bytes, and subtracts those received from the limit: the pages of a list share one.
    async fn get_within(&self, url: Url, what: &str, left: &mut u64) -> Result<Value, Failure> {
        let most = *left;
        let answer = async {
            let response = self
                .authorized(
                    what,
                    Redirects::Within,
                    || Ok(()),
                    |http| {
                        http.request(Method::GET, url.clone())
                            .header(ACCEPT, "application/json")
                    },
                )
                .await?;
            let status = response.status().as_u16();
            let retry_after = header(response.headers(), RETRY_AFTER)
                .and_then(|header| retry::retry_after(&header, SystemTime::now()));
            let (most, over) = if status >= 400 {
                (SMALL, Over::Cut)
            } else {
                (most, Over::Fail(what))
            };
            let (body, whole) = read_capped(response, most, over).await;
            *left = left.saturating_sub(body.len() as u64);
            if status >= 400 {
                // Before it is cut: half of a token is not found any more.
                return Err(self.refused(
                    what,
                    status,
                    retry_after.map(|wait| wait.as_secs()),
                    &self.scrubber.scrub_bytes(&body),
                ));
            }
            whole?;
            // These answers are read for names, which are shown and written down.
            let body = self.scrubber.scrub_names(&body);
            serde_json::from_slice(&body).map_err(|error| {
                Failure::new(
                    FailureKind::Unreadable,
                    format!("{what}: the answer is not JSON ({error})"),
                )
                .detail(String::from_utf8_lossy(&body[..body.len().min(200)]))
                .hint("Check AIRBYTE_API_HOST: a proxy or another service may have answered.")
            })
        };
        match tokio::time::timeout(LIMIT, answer).await {
            Ok(outcome) => outcome.map_err(|failure| self.scrubbed(failure)),
            Err(_) => Err(Failure::new(
                FailureKind::Timeout,
                format!("{what}: no answer within {} s", LIMIT.as_secs()),
            )),
        }
    }

    /// Sends a request with the token. On a 401 of the service itself the token is renewed once, if it is still the
    /// current one, and the request repeated once. `sends` is called before each time that it is sent, and may refuse.
    pub(super) async fn authorized(
        &self,
        what: &str,
        redirects: Redirects,
        sends: impl Fn() -> Result<(), Failure>,
        make: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Response, Failure> {
        let base = self.base.clone()?;
        let http = self.http.client(&base)?;
        let mut renewed = false;
        loop {
            let (secret, number) = match &self.connection.credentials {
                Credentials::Token(secret) => (secret.clone(), None),
                Credentials::Pair { .. } => {
                    let token = self
                        .tokens
                        .get(|| self.mint())
                        .await
                        .map_err(|failure| self.scrubbed(failure))?;
                    (token.secret, Some(token.number))
                }
            };
            let mut request =
                make(http).header(AUTHORIZATION, format!("Bearer {}", secret.reveal()));
            if let Some(organization) = self.organization() {
                request = request.header("X-Organization-Id", organization);
            }
            let request = request.build().map_err(|error| unmade(what, &error))?;
            sends()?;
            let began = Instant::now();
            let response = self
                .http
                .send(what, request, redirects)
                .await
                .inspect_err(|_| {
                    self.record(&format!(
                        "{what}: no answer after {} ms",
                        began.elapsed().as_millis()
                    ));
                })?;
            self.record(&format!(
                "{} -> {} in {} ms",
                response.url().path(),
                response.status().as_u16(),
                began.elapsed().as_millis()
            ));
            if response.status().as_u16() != 401 {
                return Ok(response);
            }
            match number {
                // Another host, which a redirect led to, knows nothing of tokens.
                Some(number) if !renewed && response.url().origin() == base.origin() => {
                    self.tokens.refused(number);
                    renewed = true;
                }
                // A ready token cannot be renewed.
                Some(_) | None => return Ok(response),
            }
        }
    }

    /// Words an answer that refuses a request made with the token.
    pub(super) fn refused(
        &self,
        what: &str,
        status: u16,
        retry_after: Option<u64>,
        body: &[u8],
    ) -> Failure {
        let failure = refused(what, status, retry_after, body);
        match (&self.connection.credentials, status) {
            (Credentials::Token(_), 401) => failure.hint(
                "Set a new AIRBYTE_APPLICATION_TOKEN, which lives for about 15 minutes, or AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET.",
            ),
            (Credentials::Token(_) | Credentials::Pair { .. }, _) => failure,
        }
    }

    /// Returns the credentials that requests are made with.
    pub(super) fn credentials(&self) -> &Credentials {
        &self.connection.credentials
    }

    /// Makes a token. The future owns what it needs: it outlives the call that started it.
    fn mint(&self) -> impl Future<Output = Minted> + Send + 'static {
        let what = "Could not get a token";
        let prepared = self.prepare_mint();
        let http = Arc::clone(&self.http);
        let scrubber = self.scrubber.clone();
        async move {
            let request = prepared?.build().map_err(|error| unmade(what, &error))?;
            let exchange = async {
                let response = http.send(what, request, Redirects::Within).await?;
                let status = response.status().as_u16();
                let over = if status >= 300 {
                    Over::Cut
                } else {
                    Over::Fail(what)
                };
                let (body, whole) = read_capped(response, SMALL, over).await;
                whole?;
                Ok::<_, Failure>((status, body))
            };
            let (status, body) = tokio::time::timeout(Duration::from_secs(60), exchange)
                .await
                .map_err(|_| {
                    Failure::new(
                        FailureKind::Timeout,
                        format!("{what}: no answer within 60 s"),
                    )
                })??;
            if status >= 300 {
                return Err(refused(what, status, None, &scrubber.scrub_bytes(&body)));
            }
            let body: Value = serde_json::from_slice(&body).map_err(|_| {
                Failure::new(
                    FailureKind::Unreadable,
                    format!("{what}: the answer is not JSON"),
                )
                .hint("Check AIRBYTE_API_HOST.")
            })?;
            let Some(token) = wire::text(&body["access_token"]) else {
                return Err(Failure::new(
                    FailureKind::Unreadable,
                    format!("{what}: the answer holds no `access_token`"),
                ));
            };
            // Before it is used for the first time: what it is sent to may answer with it.
            let token = Secret::new(token);
            scrubber.learn(&token);
            Ok((
                token,
                Duration::from_secs(body["expires_in"].as_u64().unwrap_or(900).min(86_400)),
            ))
        }
    }

    fn prepare_mint(&self) -> Result<RequestBuilder, Failure> {
        let Credentials::Pair { id, secret } = &self.connection.credentials else {
            return Err(Failure::new(
                FailureKind::Internal,
                "There is no client id to make a token from",
            ));
        };
        let url = self.url("/api/v1/account/applications/token", &[])?;
        let body =
            serde_json::json!({"client_id": id, "client_secret": secret.reveal()}).to_string();
        let mut request = self
            .http
            .client(&url)?
            .request(Method::POST, url)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body);
        if let Some(organization) = self.organization() {
            request = request.header("X-Organization-Id", organization);
        }
        Ok(request)
    }

    /// Returns the URL of a path of the API.
    pub(super) fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, Failure> {
        let mut url = self.base.clone()?;
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}
