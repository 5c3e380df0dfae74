//! A local server that simulates the API: for `--demo`, for `airscope sandbox`, and for tests.
//!
//! It shares no type with the client, so that the same mistake cannot be made on both sides unnoticed. It reads the same
//! `assets/`. It holds the records of one invented company in memory; writes change them until it ends.

#![warn(clippy::wildcard_enum_match_arm)]

mod answers;
mod attached;
mod bodies;
mod content;
mod data;
mod definitions;
mod describe;
mod download;
mod errors;
mod execute;
mod files;
mod gate;
mod objects;
mod paging;
mod paging_faults;
mod records;
mod routes;
mod scenario;
mod store;
mod unlisted;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use scenario::{AccountRules, DownloadPlan, ReplyForm};
use serde_json::Value;

pub use data::{CLIENT_ID, CLIENT_SECRET, ORGANIZATION_ID, OTHER_ORGANIZATION_ID};
pub use gate::{Gate, RequestKind};
pub use scenario::{
    AccountFault, AnswerFault, BodyFault, DescribeFault, DownloadFault, EnvelopeFault, PagingFault,
    RecordFault, Scenario, ScenarioRow,
};

/// How a sandbox behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The scenario that is played at first.
    pub scenario: Scenario,
    /// The delay of every answer.
    pub latency: Duration,
    /// Whether all kinds of connectors are configured, and one that no catalog knows, not only the first twelve.
    pub all_connectors: bool,
    /// The number of records of every list; enough for three pages unless set.
    pub records: Option<usize>,
    /// The size in bytes of the attachments of Zendesk Support whose ids are 5,000,000 to 5,999,999.
    pub big: Option<u64>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 0,
            scenario: Scenario::Normal,
            latency: Duration::ZERO,
            all_connectors: false,
            records: None,
            big: None,
        }
    }
}

/// A request that the sandbox received.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// The body, if it was JSON.
    pub body: Value,
}

/// The parts of a running server that its handlers share.
struct World {
    options: Options,
    scenario: Mutex<Scenario>,
    address: SocketAddr,
    state: Mutex<State>,
    gates: gate::Gates,
}

/// The parts that change while it runs.
#[derive(Default)]
struct State {
    requests: Vec<RecordedRequest>,
    tokens: HashMap<String, Token>,
    minted: u64,
    /// Records by connector and entity, made at the first request for them.
    records: HashMap<(String, String), Vec<Value>>,
    /// How often the fault of the scenario was counted.
    faults: u32,
    /// How often each file was requested.
    downloads: HashMap<String, u32>,
}

/// A token that was issued.
struct Token {
    uses: u32,
    expires: std::time::Instant,
}

impl World {
    /// Locks the state. A panic elsewhere leaves it as it was, which is sufficient here.
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn scenario(&self) -> Scenario {
        *self.scenario.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how the account behaves.
    fn account_rules(&self) -> AccountRules {
        self.scenario()
            .account()
            .map(AccountFault::rules)
            .unwrap_or_default()
    }

    /// Returns how lists are cut into pages.
    fn paging_rules(&self) -> paging::Rules {
        self.scenario()
            .paging()
            .map(PagingFault::rules)
            .unwrap_or_default()
    }

    /// Returns the form of the reply with a page of this position.
    fn reply_form(&self, position: paging::Position) -> ReplyForm {
        self.scenario()
            .envelope()
            .map(|fault| fault.form(position))
            .unwrap_or_default()
    }

    /// Returns how a request for a file is answered that was requested `earlier` times before.
    fn download_plan(&self, earlier: u32) -> DownloadPlan {
        self.scenario()
            .download()
            .map(|fault| fault.plan(earlier))
            .unwrap_or_default()
    }

    /// Counts one more request for a file and returns how many there were before.
    fn count_download(&self, file: &str) -> u32 {
        let mut state = self.state();
        let count = state.downloads.entry(file.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    /// Counts one more use of the scenario's fault and returns how many there were before.
    fn count_fault(&self) -> u32 {
        let mut state = self.state();
        state.faults += 1;
        state.faults - 1
    }
}

/// A running sandbox. It ends when this is dropped.
pub struct Sandbox {
    world: Arc<World>,
    task: tokio::task::JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox on 127.0.0.1 and returns when it listens. Fails if the port is in use.
    pub async fn start(options: Options) -> std::io::Result<Sandbox> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let scenario = Mutex::new(options.scenario);
        let world = Arc::new(World {
            options,
            scenario,
            address: listener.local_addr()?,
            state: Mutex::default(),
            gates: gate::Gates::default(),
        });
        let router = routes::router(Arc::clone(&world));
        let task = tokio::spawn(async move {
            // Serving ends only with the task; accept errors are retried inside.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Sandbox { world, task })
    }

    /// Returns its URL, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.world.address)
    }

    /// Returns every request so far.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.world.state().requests.clone()
    }

    /// Returns the bodies of the execute calls so far.
    pub fn executed(&self) -> Vec<Value> {
        self.requests()
            .into_iter()
            .filter(|request| request.path.ends_with("/execute"))
            .map(|request| request.body)
            .collect()
    }

    /// Plays another scenario from now on. Records and counts of downloads stay.
    pub fn play(&self, scenario: Scenario) {
        *self
            .world
            .scenario
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = scenario;
        self.world.state().faults = 0;
    }

    /// Answers `count` more requests of a kind and holds those that follow at the gate that is returned. They are recorded
    /// in [`Sandbox::requests`] before they are held, and processed after it.
    pub fn hold_after(&self, kind: RequestKind, count: usize) -> Gate {
        let gate = self.world.gates.of(kind);
        gate.hold_after(count);
        gate
    }

    /// Makes every token issued so far invalid.
    pub fn expire_tokens(&self) {
        self.world.state().tokens.clear();
    }

    /// Returns the id of the connector of a kind.
    pub fn connector_id(slug: &str) -> String {
        data::connector_id(slug)
    }

    /// Waits until the server ends, which it does not do by itself.
    pub async fn wait(&mut self) {
        // A join error means that the task was aborted, which is an end, too.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}
