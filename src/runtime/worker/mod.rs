//! The worker: takes effects from the loop, runs them as tasks, and returns messages.
//!
//! Each file has the effects of one subject; `tasks` is how all of them are run.

mod calls;
mod desktop;
mod documents;
mod downloads;
mod each;
mod files;
mod jq;
mod scrub;
mod source;
mod spill;
mod streaming;
mod tasks;
mod throttle;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

use self::scrub::scrubbed;
use self::spill::Spill;
use self::tasks::{Received, Tasks};
use super::clipboard::Clipboard;
use crate::api::Client;
use crate::app::effect::{Draft, Effect, Mouse, Outside};
use crate::app::ids::TaskId;
use crate::app::msg::Msg;
use crate::domain::connection::Connection;
use crate::domain::scrub::Scrubber;
use crate::download::Downloader;
use crate::store::Store;

pub use self::source::Source;
pub use self::tasks::Activity;

/// The shortest time between two reports of progress.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// A reply larger than this is read further only when the user has confirmed it, in bytes.
pub const LARGE_REPLY: u64 = 1 << 30;

/// What the worker is made of.
#[derive(Clone)]
pub struct WorkerSetup {
    /// The service and the credentials for it.
    pub connection: Connection,
    /// Only connectors of this type are listed (name or slug).
    pub kind: Option<String>,
    /// Only connectors of this definition are listed.
    pub definition_id: Option<String>,
    /// No more operations than this are sent.
    pub max_calls: Option<u64>,
    /// The user is asked whether the rest is wanted when this many bytes of a reply were received.
    pub question_at: u64,
    /// What is remembered of how operations page.
    pub store: Store,
    /// Removes the secrets of the session from what is shown and written.
    pub scrubber: Scrubber,
    /// The file that is read in place of a service.
    pub file: Option<Source>,
    /// The program that runs filters; this one unless set.
    pub program: Option<PathBuf>,
    /// The program that opens files and addresses; the system's unless set.
    pub opener: Option<PathBuf>,
}

/// Runs effects.
pub struct Worker {
    setup: WorkerSetup,
    client: Arc<Client>,
    tasks: Tasks<Msg>,
    /// Calls whose reply may wait until the user confirms that the rest of it is wanted.
    confirmations: HashMap<TaskId, Arc<Notify>>,
    /// What stops the runs over many records.
    stops: HashMap<TaskId, Arc<Notify>>,
    clipboard: Arc<Mutex<Clipboard>>,
    spill: Spill,
    downloader: Arc<Downloader>,
}

/// An effect that needs the terminal: the loop carries it out, not the worker.
pub(super) enum TerminalEffect {
    /// Copy text; the second is what it is, for the notice.
    Copy(String, String),
    /// Run a program that takes over the terminal.
    RunProgram(Box<Outside>),
    /// Run the user's editor on a text.
    EditText(Draft),
    Suspend,
    /// Clear the screen and draw all of it.
    Repaint,
    /// Take the mouse, or leave it to the terminal.
    Mouse(Mouse),
    /// End with this exit code.
    Quit(u8),
}

impl Worker {
    /// Makes a worker. No thread is started and nothing is connected yet.
    pub fn new(setup: WorkerSetup) -> Worker {
        let client = Client::scrubbing(setup.connection.clone(), setup.scrubber.clone());
        let client = Arc::new(client.at_most(setup.max_calls));
        let downloader = Arc::new(Downloader::default().scrubbing(setup.scrubber.clone()));
        Worker {
            setup,
            client,
            tasks: Tasks::new(),
            confirmations: HashMap::new(),
            stops: HashMap::new(),
            clipboard: Arc::default(),
            spill: Spill::default(),
            downloader,
        }
    }

    /// Waits for the next message.
    pub(super) async fn next(&mut self) -> Msg {
        let received = self.tasks.next().await;
        self.received(received)
    }

    /// Returns the next message if one waits.
    pub(super) fn try_next(&mut self) -> Option<Msg> {
        let received = self.tasks.try_next()?;
        Some(self.received(received))
    }

    fn received(&mut self, received: Received<Msg>) -> Msg {
        if let Some(task) = received.finished {
            self.confirmations.remove(&task);
            self.stops.remove(&task);
        }
        scrubbed(received.message, &self.setup.scrubber)
    }

    /// Returns the count of running work.
    pub fn activity(&self) -> Activity {
        self.tasks.activity()
    }

    /// Starts an effect. Returns those that the loop must carry out itself.
    pub(super) fn start(&mut self, effect: Effect) -> Option<TerminalEffect> {
        match effect {
            Effect::Copy { text, what } => return Some(TerminalEffect::Copy(text, what)),
            Effect::Outside(outside) => return Some(TerminalEffect::RunProgram(outside)),
            Effect::EditText(draft) => return Some(TerminalEffect::EditText(draft)),
            Effect::Suspend => return Some(TerminalEffect::Suspend),
            Effect::Repaint => return Some(TerminalEffect::Repaint),
            Effect::Mouse(mouse) => return Some(TerminalEffect::Mouse(mouse)),
            Effect::Quit(code) => return Some(TerminalEffect::Quit(code)),
            Effect::Cancel(task) => self.cancel(task),
            Effect::Lookup(effect) => self.start_lookup(effect),
            Effect::Profile(effect) => self.start_profile(effect),
            Effect::Reply(effect) => self.start_reply(effect),
            Effect::Each(effect) => self.start_each(effect),
            Effect::Document(effect) => self.start_document(effect),
            Effect::Spill(effect) => self.start_spill(effect),
            Effect::File(effect) => self.start_file(effect),
            Effect::Download(effect) => self.start_download(effect),
            Effect::Open(target) => self.open(target),
            Effect::AllowCalls(most) => self.client.allow(most),
        }
        None
    }

    fn cancel(&mut self, task: TaskId) {
        self.confirmations.remove(&task);
        self.stops.remove(&task);
        self.tasks.cancel(task);
    }
}
