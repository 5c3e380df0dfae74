//! A local server that imitates the API: for `--demo`, for `airscope sandbox`, and for every test.
//!
//! It is the other side of the wire and shares no type with the client, so that a mistake of ours
//! cannot hide by being made on both sides. It reads the same `assets/`. Its memory holds one
//! invented company's records; writes change them until it ends.

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
    /// The fault to play at first.
    pub scenario: Scenario,
    /// How long every answer waits.
    pub latency: Duration,
    /// Whether all kinds of connectors are there, and one that no catalog knows, not only the first twelve.
    pub all_connectors: bool,
    /// How many records every list has; enough for three pages unless given.
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

/// A request that the sandbox was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// The body, if it was JSON.
    pub body: Value,
}

/// What the running server holds.
struct World {
    options: Options,
    scenario: Mutex<Scenario>,
    address: SocketAddr,
    state: Mutex<State>,
    gates: gate::Gates,
}

/// What changes while it runs.
#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    tokens: HashMap<String, Token>,
    minted: u64,
    /// Records by connector and entity, made when first asked for.
    records: HashMap<(String, String), Vec<Value>>,
    /// How often the fault of the scenario was counted.
    faults: u32,
    /// How often each file was requested.
    downloads: HashMap<String, u32>,
}

/// A token that was handed out.
struct Token {
    uses: u32,
    expires: std::time::Instant,
}

impl World {
    /// Locks the state. A panic elsewhere leaves it as it was, which is good enough here.
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
    /// Starts a sandbox on 127.0.0.1 and returns when it listens. Fails if the port is taken.
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
    pub fn asked(&self) -> Vec<Asked> {
        self.world.state().asked.clone()
    }

    /// Returns the bodies of the execute calls so far.
    pub fn executed(&self) -> Vec<Value> {
        self.asked()
            .into_iter()
            .filter(|asked| asked.path.ends_with("/execute"))
            .map(|asked| asked.body)
            .collect()
    }

    /// Plays another scenario from here on, with the records as they are.
    pub fn play(&self, scenario: Scenario) {
        *self
            .world
            .scenario
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = scenario;
        self.world.state().faults = 0;
    }

    /// Answers so many more requests of a kind, and holds those that follow at the gate that is returned, after they were
    /// recorded in [`Sandbox::asked`] and before anything else is done with them.
    pub fn hold_after(&self, kind: RequestKind, count: usize) -> Gate {
        let gate = self.world.gates.of(kind);
        gate.hold_after(count);
        gate
    }

    /// Makes every token handed out so far invalid.
    pub fn expire_tokens(&self) {
        self.world.state().tokens.clear();
    }

    /// Returns the id of the connector of a kind.
    pub fn connector_id(slug: &str) -> String {
        data::connector_id(slug)
    }

    /// Waits until the server ends, which it does not do by itself.
    pub async fn wait(&mut self) {
        // A join error means that the task was ended, which is what is waited for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}
