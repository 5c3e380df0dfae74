//! How work is run: the one place where tasks are started, counted, cancelled and finished.
//!
//! What the work is, and what its messages mean, is not known here.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;

use futures_util::FutureExt as _;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::app::ids::TaskId;
use crate::domain::failure::{Failure, FailureKind};

/// How much lower than the loop's priority that of the tasks is, as a nice value.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// Counts the work whose result the loop has not taken yet. A script waits for it to be none,
/// instead of sleeping.
#[derive(Debug, Clone, Default)]
pub struct Activity(Arc<AtomicUsize>);

impl Activity {
    /// Returns whether nothing runs and no result waits.
    pub fn is_quiet(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }

    fn begin(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn end(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs work and hands its messages, of type `M`, to the loop.
///
/// Whatever kind of work it is: it counts from its start until the loop takes its result or cancels it, exactly once,
/// and a panic in it becomes a [`Failure`]. The threads are started with the first work.
pub(super) struct Tasks<M> {
    runtime: Option<Runtime>,
    /// What can be cancelled and whose result was not taken yet.
    running: HashMap<TaskId, CancellationToken>,
    queue: Queue,
    sender: UnboundedSender<Sent<M>>,
    receiver: UnboundedReceiver<Sent<M>>,
    activity: Activity,
}

/// A message on its way to the loop.
enum Sent<M> {
    /// The work continues.
    Progress(M),
    /// The result of a task, or of detached work.
    Finished(Option<TaskId>, M),
}

/// A message that the loop has taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Received<M> {
    pub(super) message: M,
    /// The task whose result it is.
    pub(super) finished: Option<TaskId>,
}

/// Sends progress of running work to the loop.
pub(super) struct Reporter<M>(UnboundedSender<Sent<M>>);

impl<M> Clone for Reporter<M> {
    fn clone(&self) -> Reporter<M> {
        Reporter(self.0.clone())
    }
}

impl<M> Reporter<M> {
    pub(super) fn report(&self, message: M) {
        // The one silent case: the loop has ended.
        let _ = self.0.send(Sent::Progress(message));
    }
}

impl<M: Send + 'static> Tasks<M> {
    /// Starts no thread yet.
    pub(super) fn new() -> Tasks<M> {
        let (sender, receiver) = unbounded_channel();
        Tasks {
            runtime: None,
            running: HashMap::new(),
            queue: Queue::default(),
            sender,
            receiver,
            activity: Activity::default(),
        }
    }

    /// Returns the count of running work.
    pub(super) fn activity(&self) -> Activity {
        self.activity.clone()
    }

    /// Returns what sends progress to the loop.
    pub(super) fn reporter(&self) -> Reporter<M> {
        Reporter(self.sender.clone())
    }

    /// Runs a future. If it is cancelled it is dropped where it awaits.
    pub(super) fn start<T: Send + 'static>(
        &mut self,
        task: TaskId,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
        message: impl FnOnce(Result<T, Failure>) -> M + Send + 'static,
    ) {
        let token = self.register(task);
        let finish = self.finish(Some(task), message);
        match self.handle() {
            Ok(handle) => drop(handle.spawn(async move {
                let work = AssertUnwindSafe(work).catch_unwind();
                if let Some(result) = token.run_until_cancelled(work).await {
                    finish(result.unwrap_or_else(|_| Err(panicked())));
                }
            })),
            Err(failure) => finish(Err(failure)),
        }
    }

    /// Runs blocking work, which checks the token and returns early if it is cancelled; its result is dropped then.
    pub(super) fn start_blocking<T: Send + 'static>(
        &mut self,
        task: TaskId,
        work: impl FnOnce(&CancellationToken) -> Result<T, Failure> + Send + 'static,
        message: impl FnOnce(Result<T, Failure>) -> M + Send + 'static,
    ) {
        let token = self.register(task);
        let finish = self.finish(Some(task), message);
        match self.handle() {
            Ok(handle) => drop(handle.spawn_blocking(move || {
                if token.is_cancelled() {
                    return;
                }
                let result = catch(|| work(&token));
                if !token.is_cancelled() {
                    finish(result);
                }
            })),
            Err(failure) => finish(Err(failure)),
        }
    }

    /// Runs short blocking work that nothing cancels.
    pub(super) fn start_detached<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
        message: impl FnOnce(Result<T, Failure>) -> M + Send + 'static,
    ) {
        self.activity.begin();
        let finish = self.finish(None, message);
        match self.handle() {
            Ok(handle) => drop(handle.spawn_blocking(move || finish(catch(work)))),
            Err(failure) => finish(Err(failure)),
        }
    }

    /// Runs short blocking work that nothing cancels, after all that was started so before. The end of the program waits
    /// for it.
    pub(super) fn start_in_order<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
        message: impl FnOnce(Result<T, Failure>) -> M + Send + 'static,
    ) {
        self.activity.begin();
        let finish = self.finish(None, message);
        self.queue.run(Box::new(move || finish(catch(work))));
    }

    /// Cancels a task. It counts no more, even if it takes a while to notice. Nothing if its result was taken already.
    pub(super) fn cancel(&mut self, task: TaskId) {
        if let Some(token) = self.running.remove(&task) {
            token.cancel();
            self.activity.end();
        }
    }

    /// Waits for the next message. Can be dropped and called again without losing one.
    pub(super) async fn next(&mut self) -> Received<M> {
        match self.receiver.recv().await {
            Some(sent) => self.received(sent),
            // A sender is kept here, so the channel cannot end.
            None => std::future::pending().await,
        }
    }

    /// Returns the next message if one waits.
    pub(super) fn try_next(&mut self) -> Option<Received<M>> {
        let sent = self.receiver.try_recv().ok()?;
        Some(self.received(sent))
    }

    fn received(&mut self, sent: Sent<M>) -> Received<M> {
        match sent {
            Sent::Progress(message) => Received {
                message,
                finished: None,
            },
            Sent::Finished(task, message) => {
                // A task that was cancelled after it had sent its result counts no more.
                if task.is_none_or(|task| self.running.remove(&task).is_some()) {
                    self.activity.end();
                }
                Received {
                    message,
                    finished: task,
                }
            }
        }
    }

    /// Counts a task until its result is taken or it is cancelled.
    fn register(&mut self, task: TaskId) -> CancellationToken {
        let token = CancellationToken::new();
        self.cancel(task);
        self.running.insert(task, token.clone());
        self.activity.begin();
        token
    }

    /// Returns what sends the result of work.
    fn finish<T>(
        &self,
        task: Option<TaskId>,
        message: impl FnOnce(Result<T, Failure>) -> M + Send + 'static,
    ) -> impl FnOnce(Result<T, Failure>) + Send + 'static {
        let sender = self.sender.clone();
        move |result| {
            // The one silent case: the loop has ended.
            let _ = sender.send(Sent::Finished(task, message(result)));
        }
    }

    fn handle(&mut self) -> Result<Handle, Failure> {
        if let Some(runtime) = &self.runtime {
            return Ok(runtime.handle().clone());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("airscope")
            .on_thread_start(lower_priority)
            .enable_all()
            .build()
            .map_err(|error| {
                Failure::new(
                    FailureKind::Internal,
                    format!("No thread could be started: {error}"),
                )
            })?;
        Ok(self.runtime.insert(runtime).handle().clone())
    }
}

impl<M> Drop for Tasks<M> {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A blocking write may still run; quitting does not wait for it.
            runtime.shutdown_background();
        }
    }
}

/// Runs jobs one after the other, in a thread of its own: of two records of one file the later one must be written last.
#[derive(Default)]
struct Queue {
    thread: Option<(mpsc::Sender<Job>, JoinHandle<()>)>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Queue {
    fn run(&mut self, job: Job) {
        if self.thread.is_none() {
            let (sender, receiver) = mpsc::channel::<Job>();
            let thread = std::thread::Builder::new()
                .name("in order".to_owned())
                .spawn(move || receiver.into_iter().for_each(|job| job()));
            self.thread = thread.ok().map(|thread| (sender, thread));
        }
        match &self.thread {
            // The thread ends only with the channel: a job does not panic.
            Some((sender, _)) => drop(sender.send(job)),
            // The system has no thread left. Nothing was queued before, so the order is kept here, too.
            None => job(),
        }
    }
}

impl Drop for Queue {
    /// Waits until all is done: it is short, and the next run of the program relies on it.
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.thread.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

/// Starts a blocking part of a future at once. The task that the future belongs to counts it.
pub(super) fn start_part<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, Failure>> {
    tokio::task::spawn_blocking(work).map(|result| result.map_err(|_| panicked()))
}

/// Runs a blocking part of a future. The task that the future belongs to counts it.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    start_part(work).await
}

fn catch<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked()))
}

fn panicked() -> Failure {
    Failure::new(FailureKind::Internal, "A task of airscope panicked")
        .hint("Please report it with what you did.")
}

/// Lowers the priority of this thread, and of those that it starts, so that keys and frames do not wait for work where
/// all cores are busy.
fn lower_priority() {
    // On other systems this would change the whole program. Where it is refused all threads stay equal.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICE);
}

#[cfg(test)]
mod tests;
