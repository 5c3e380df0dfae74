//! Effects become tasks, tasks become messages. Cancelling ends the task.
//!
//! The threads are started with the first effect, after the first frame. A task that panics gives a
//! failure, not a dead screen.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

use super::arriving::Source;
use super::clipboard::Clipboard;
use super::lookup::{badges, connectors, places};
use super::scrubbing::scrubbed;
use super::spill::Spill;
use super::transfers::ManifestWriter;
use crate::api::{Client, Event, described_operations};
use crate::app::effect::Effect;
use crate::app::load::TaskId;
use crate::app::msg::{Msg, Written};
use crate::domain::connection::Connection;
use crate::domain::download::Progress;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::scrub::Scrubber;
use crate::download::{Downloader, save};
use crate::json::valid::forbidden;
use crate::store::{Key, Store};

/// Progress is told at most this often.
pub(super) const PROGRESS: Duration = Duration::from_millis(50);

/// How far the work stands behind the loop.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 5;

/// A reply larger than this is not read on without asking, in bytes.
pub const LARGE_REPLY: u64 = 1 << 30;

/// What the worker is made of.
#[derive(Clone)]
pub struct WorkerSetup {
    /// Where the service is and who we are.
    pub connection: Connection,
    /// Only connectors of this type are listed (name or slug).
    pub kind: Option<String>,
    /// Only connectors of this definition are listed.
    pub definition_id: Option<String>,
    /// No more operations than this are sent.
    pub max_calls: Option<u64>,
    /// The user is asked whether the rest is wanted when so many bytes of a reply have come.
    pub question_at: u64,
    /// What is remembered of how operations page.
    pub store: Store,
    /// What takes the secrets of the session out of what is shown and written down.
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
    pub(super) setup: WorkerSetup,
    pub(super) client: Arc<Client>,
    runtime: Option<Runtime>,
    tasks: HashMap<TaskId, Running>,
    /// Calls whose reply may wait for an answer of the user.
    pub(super) questions: HashMap<TaskId, Arc<Notify>>,
    pub(super) sender: UnboundedSender<Sent>,
    receiver: UnboundedReceiver<Sent>,
    clipboard: Arc<Mutex<Clipboard>>,
    pub(super) spill: Spill,
    pub(super) downloader: Arc<Downloader>,
    pub(super) manifest_writer: Option<ManifestWriter>,
    pub(super) activity: Activity,
}

/// Work that runs.
struct Running {
    handle: AbortHandle,
    /// Tells work that blocks to stop.
    stop: Arc<AtomicBool>,
}

/// A message on its way to the loop.
pub(super) enum Sent {
    /// Work goes on after it.
    Progress(Msg),
    /// It is the last of its work.
    Last(Option<TaskId>, Msg),
}

/// Counts the work whose result the loop has not taken yet. A script waits for it to be none,
/// instead of sleeping.
#[derive(Debug, Clone, Default)]
pub struct Activity(Arc<AtomicUsize>);

impl Activity {
    /// Returns whether nothing runs and no result waits.
    pub fn is_quiet(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }

    pub(super) fn begin(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn end(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Worker {
    /// Makes a worker. No thread is started and nothing is connected yet.
    pub fn new(setup: WorkerSetup) -> Worker {
        let (sender, receiver) = unbounded_channel();
        let client = Client::scrubbing(setup.connection.clone(), setup.scrubber.clone());
        let client = Arc::new(client.at_most(setup.max_calls));
        let downloader = Arc::new(Downloader::default().scrubbing(setup.scrubber.clone()));
        Worker {
            setup,
            client,
            runtime: None,
            tasks: HashMap::new(),
            questions: HashMap::new(),
            sender,
            receiver,
            clipboard: Arc::default(),
            spill: Spill::default(),
            downloader,
            manifest_writer: None,
            activity: Activity::default(),
        }
    }

    /// Waits for the next message.
    pub(super) async fn next(&mut self) -> Msg {
        match self.receiver.recv().await {
            Some(sent) => self.taken(sent),
            // The worker holds a sender itself, so the channel cannot end.
            None => std::future::pending().await,
        }
    }

    /// Returns a message that waits already.
    pub(super) fn waiting(&mut self) -> Option<Msg> {
        let sent = self.receiver.try_recv().ok()?;
        Some(self.taken(sent))
    }

    fn taken(&mut self, sent: Sent) -> Msg {
        let msg = match sent {
            Sent::Progress(msg) => msg,
            Sent::Last(task, msg) => {
                // Work that was cancelled at the last timestamp has ended already.
                if task.is_none_or(|task| self.tasks.remove(&task).is_some()) {
                    self.activity.end();
                }
                msg
            }
        };
        scrubbed(msg, &self.setup.scrubber)
    }

    /// Returns the count of what runs.
    pub fn activity(&self) -> Activity {
        self.activity.clone()
    }

    /// Starts an effect.
    pub(super) fn start(&mut self, effect: Effect) {
        let client = Arc::clone(&self.client);
        match effect {
            Effect::LoadConnectors { task, workspace } => {
                let (kind, definition_id) =
                    (self.setup.kind.clone(), self.setup.definition_id.clone());
                let work =
                    async move { connectors(&client, &workspace, kind, definition_id).await };
                self.spawn(task, work, move |result| Msg::ConnectorsLoaded {
                    task,
                    result,
                });
            }
            Effect::LoadBadges { task, connector_id } => {
                let work = async move { Ok(badges(&client, &connector_id).await) };
                self.spawn(task, work, move |result| {
                    let (badges, organization) = result.unwrap_or_default();
                    Msg::BadgesLoaded {
                        task,
                        badges,
                        organization,
                    }
                });
            }
            Effect::Describe { task, connector_id } => {
                let work = async move {
                    client
                        .describe(&connector_id)
                        .await
                        .map(|body| described_operations(&body))
                };
                self.spawn(task, work, move |result| Msg::Described { task, result });
            }
            Effect::Inspect { task, connector_id } => {
                let work = async move { client.inspect(&connector_id).await };
                self.spawn(task, work, move |result| Msg::Inspected { task, result });
            }
            Effect::LoadWorkspaces { task } => {
                let work = async move { places(&client).await };
                self.spawn(task, work, move |result| Msg::WorkspacesLoaded {
                    task,
                    result,
                });
            }
            Effect::ChooseOrganization(id) => client.choose_organization(Some(id)),
            Effect::Call {
                task,
                call,
                reading,
                grows,
            } => self.call(task, call, reading, grows),
            Effect::ReadFile { task } => self.read_file(task),
            effect @ (Effect::Fetch { .. }
            | Effect::RecordStatus { .. }
            | Effect::LoadUnfinished { .. }
            | Effect::Open(_)) => self.transfer(effect),
            Effect::Save {
                task,
                body,
                to,
                existing,
            } => {
                let work = async move {
                    blocking(move || {
                        let path = save(body.parts(), &to, existing)?;
                        let forbidden = forbidden(body.parts().iter().map(AsRef::as_ref));
                        Ok(Written {
                            path,
                            count: body.len() as u64,
                            forbidden,
                        })
                    })
                    .await?
                };
                self.spawn(task, work, move |result| Msg::Saved { task, result });
            }
            effect @ (Effect::Find { .. }
            | Effect::Sort { .. }
            | Effect::Filter { .. }
            | Effect::CountFields { .. }
            | Effect::FindAttachments { .. }) => self.read(effect),
            Effect::ReadOn(task) => {
                if let Some(answered) = self.questions.remove(&task) {
                    answered.notify_one();
                }
            }
            Effect::Cancel(task) => {
                self.questions.remove(&task);
                if let Some(running) = self.tasks.remove(&task) {
                    running.stop.store(true, Ordering::Relaxed);
                    running.handle.abort();
                    self.activity.end();
                }
            }
            Effect::Export { task, export } => {
                let spill = self.spill.clone();
                let work =
                    async move { blocking(move || super::export::export(&export, &spill)).await? };
                self.spawn(task, work, move |result| Msg::Exported { task, result });
            }
            Effect::SpillPage {
                serial,
                body,
                reading,
            } => {
                let spill = self.spill.clone();
                self.run_blocking(
                    move || spill.put(&body, reading),
                    move |result| Msg::PageSpilled { serial, result },
                );
            }
            Effect::LoadSpilled { serial, spill_slot } => {
                let spill = self.spill.clone();
                self.run_blocking(
                    move || spill.get(spill_slot),
                    move |result| Msg::SpilledLoaded { serial, result },
                );
            }
            Effect::DropSpill => self.spill.forget(),
            Effect::LoadProfiles { definition_id } => {
                let store = self.setup.store.clone();
                let id = definition_id.clone();
                self.run_blocking(
                    move || Ok(store.load_all(&id)),
                    move |result| Msg::ProfilesLoaded {
                        definition_id: definition_id.clone(),
                        profiles: result.unwrap_or_default(),
                    },
                );
            }
            Effect::Remember {
                definition_id,
                entity,
                action,
                remembered,
            } => {
                let store = self.setup.store.clone();
                // A disk that does not take it is no reason to stop.
                let save = move || {
                    let key = Key {
                        definition_id: &definition_id,
                        entity: &entity,
                        action: &action,
                    };
                    if let Err(error) = store.save(&key, &remembered) {
                        tracing::info!(
                            "how `{entity} {action}` pages could not be remembered: {error}"
                        );
                    }
                    Ok(())
                };
                self.run_blocking(save, |_| Msg::ProfileSaved);
            }
            // The loop does these itself.
            Effect::Copy { .. } | Effect::Outside(_) | Effect::Suspend | Effect::Quit(_) => {}
        }
    }

    /// Returns what tells of progress, not more often than the eye can follow.
    pub(super) fn notifier(&self, task: TaskId) -> impl Fn(Event) + Send + Sync + 'static {
        let sender = self.sender.clone();
        let last = Mutex::new(None::<Instant>);
        move |event| {
            let msg = match event {
                Event::Sent => Msg::CallSent { task },
                Event::Waiting(pause) => Msg::CallPaused { task, pause },
                Event::Received(written, total) => {
                    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                    let now = Instant::now();
                    if last.is_some_and(|last| now.duration_since(last) < PROGRESS) {
                        return;
                    }
                    *last = Some(now);
                    Msg::Progressed {
                        task,
                        progress: Progress { written, total },
                    }
                }
            };
            // The one silent case: the loop has ended.
            let _ = sender.send(Sent::Progress(msg));
        }
    }

    /// Copies text with the desktop's own means, in a thread of its own; `sent` says whether the
    /// terminal was asked too.
    pub(super) fn copy(&mut self, text: String, what: String, sent: bool) {
        let clipboard = Arc::clone(&self.clipboard);
        let sender = self.sender.clone();
        self.activity.begin();
        std::thread::spawn(move || {
            let length = text.chars().count();
            let native = clipboard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .set(text.clone());
            // What no way can take is put where it can be got.
            let file = if native.is_err() && !sent {
                super::clipboard::to_file(&text).ok()
            } else {
                None
            };
            let result = super::clipboard::outcome(length, native, sent, file.as_deref());
            let _ = sender.send(Sent::Last(None, Msg::Copied { what, result }));
        });
    }

    /// Runs short work that blocks, and that nobody cancels.
    pub(super) fn run_blocking<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
        wrap: impl Fn(Result<T, Failure>) -> Msg + Send + 'static,
    ) {
        let sender = self.sender.clone();
        self.activity.begin();
        std::thread::spawn(move || {
            let result = work();
            let _ = sender.send(Sent::Last(None, wrap(result)));
        });
    }

    pub(super) fn spawn<T, F>(
        &mut self,
        task: TaskId,
        work: F,
        wrap: impl Fn(Result<T, Failure>) -> Msg + Send + 'static,
    ) where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        self.spawn_with(task, work, Arc::default(), wrap);
    }

    /// Starts work that is told by a flag to stop when it is cancelled.
    pub(super) fn spawn_with<T, F>(
        &mut self,
        task: TaskId,
        work: F,
        stop: Arc<AtomicBool>,
        wrap: impl Fn(Result<T, Failure>) -> Msg + Send + 'static,
    ) where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let sender = self.sender.clone();
        let runtime = match &self.runtime {
            Some(runtime) => runtime,
            None => match tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .thread_name("airscope")
                .on_thread_start(step_back)
                .enable_all()
                .build()
            {
                Ok(runtime) => self.runtime.insert(runtime),
                Err(error) => {
                    let failure = Failure::new(
                        FailureKind::Internal,
                        format!("No thread could be started: {error}"),
                    );
                    let _ = sender.send(Sent::Progress(wrap(Err(failure))));
                    return;
                }
            },
        };
        let inner = runtime.spawn(work);
        let handle = inner.abort_handle();
        runtime.spawn(async move {
            let result = match inner.await {
                Ok(result) => result,
                // A task that was cancelled has nobody who waits for it.
                Err(error) if error.is_cancelled() => return,
                Err(_) => Err(
                    Failure::new(FailureKind::Internal, "A task of airscope panicked")
                        .hint("Please report it with what you did."),
                ),
            };
            let _ = sender.send(Sent::Last(Some(task), wrap(result)));
        });
        self.tasks.insert(task, Running { handle, stop });
        self.activity.begin();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A blocking write may still run; quitting does not wait for it.
            runtime.shutdown_background();
        }
    }
}

/// Runs work that blocks in a thread for such work.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Failure::new(FailureKind::Internal, "A task of airscope broke off"))
}

/// Lets the thread that calls it, and those that it starts, stand behind the loop where all cores are busy: keys and
/// frames do not wait for work.
fn step_back() {
    // Elsewhere this speaks of the whole program. Where it is refused all stay equal.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(BEHIND);
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn only_the_work_steps_back() {
        use super::{BEHIND, step_back};
        let own = || rustix::process::getpriority_process(None).unwrap();
        let before = own();
        let behind = move || {
            step_back();
            (own(), std::thread::spawn(own).join().unwrap())
        };
        let expected = (before + BEHIND).min(19);
        assert_eq!(
            std::thread::spawn(behind).join().unwrap(),
            (expected, expected)
        );
        assert_eq!(own(), before, "the loop stays where it is");
    }
}
