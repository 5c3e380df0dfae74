//! Tasks started, finished, cancelled and panicking, without a clock.

use std::sync::{Arc, Mutex, mpsc};

use tokio::sync::oneshot;

use super::{Received, Tasks};
use crate::app::ids::TaskId;
use crate::domain::failure::{Failure, FailureKind};

const TASK: TaskId = TaskId(1);

type Message = Result<&'static str, Failure>;
/// Starts work and returns its task, if it has one.
type Start = fn(&mut Tasks<Message>) -> Option<TaskId>;

fn finished(task: Option<TaskId>, text: &'static str) -> Received<Message> {
    Received {
        message: Ok(text),
        finished: task,
    }
}

/// Sends when it is dropped.
struct OnDrop(Option<oneshot::Sender<()>>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        let _ = self.0.take().map(|sender| sender.send(()));
    }
}

/// Waits until a message is in the channel, without taking it.
async fn message_waits(tasks: &Tasks<Message>) {
    while tasks.receiver.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn work_of_every_kind_counts_until_its_result_is_taken() {
    let mut tasks = Tasks::new();
    let activity = tasks.activity();
    assert!(activity.is_quiet());
    let starts: [Start; 4] = [
        |tasks| {
            tasks.start(TASK, async { Ok("done") }, |result| result);
            Some(TASK)
        },
        |tasks| {
            tasks.start_blocking(TASK, |_| Ok("done"), |result| result);
            Some(TASK)
        },
        |tasks| {
            tasks.start_detached(|| Ok("done"), |result| result);
            None
        },
        |tasks| {
            tasks.start_in_order(|| Ok("done"), |result| result);
            None
        },
    ];
    for start in starts {
        let task = start(&mut tasks);
        message_waits(&tasks).await;
        assert!(!activity.is_quiet(), "a result that waits counts");
        assert_eq!(tasks.next().await, finished(task, "done"));
        assert!(activity.is_quiet());
        assert!(tasks.running.is_empty());
    }
}

#[tokio::test]
async fn progress_arrives_before_the_result_and_does_not_end_the_count() {
    let mut tasks = Tasks::new();
    let reporter = tasks.reporter();
    let work = async move {
        reporter.report(Ok("half"));
        Ok("done")
    };
    tasks.start(TASK, work, |result| result);
    assert_eq!(tasks.next().await, finished(None, "half"));
    assert!(!tasks.activity().is_quiet());
    assert_eq!(tasks.next().await, finished(Some(TASK), "done"));
    assert!(tasks.activity().is_quiet());
}

#[tokio::test]
async fn a_future_that_is_cancelled_is_dropped_and_sends_nothing() {
    let mut tasks = Tasks::<Message>::new();
    let (sender, dropped) = oneshot::channel();
    let guard = OnDrop(Some(sender));
    let (started, starts) = oneshot::channel();
    let work = async move {
        let _guard = guard;
        let _ = started.send(());
        std::future::pending().await
    };
    tasks.start(TASK, work, |result| result);
    starts.await.unwrap();
    tasks.cancel(TASK);
    assert!(tasks.activity().is_quiet(), "it counts no more at once");
    dropped.await.unwrap();
    tasks.cancel(TASK);
    assert!(tasks.activity().is_quiet(), "it is counted out once");
    assert_eq!(tasks.try_next(), None);
}

#[tokio::test]
async fn a_task_that_is_cancelled_after_its_result_was_sent_is_counted_out_once() {
    let mut tasks = Tasks::new();
    tasks.start(TASK, async { Ok("done") }, |result| result);
    message_waits(&tasks).await;
    tasks.cancel(TASK);
    assert!(tasks.activity().is_quiet());
    assert_eq!(tasks.next().await, finished(Some(TASK), "done"));
    assert!(tasks.activity().is_quiet());
    tasks.cancel(TASK);
    assert!(tasks.activity().is_quiet());
}

#[tokio::test]
async fn blocking_work_sees_that_it_is_cancelled() {
    let mut tasks = Tasks::<Message>::new();
    let (started, starts) = oneshot::channel();
    let (sender, ended) = oneshot::channel();
    let guard = OnDrop(Some(sender));
    tasks.start_blocking(
        TASK,
        move |token| {
            let _ = started.send(());
            while !token.is_cancelled() {
                std::thread::yield_now();
            }
            Ok("cancelled")
        },
        move |result| {
            drop(guard);
            result
        },
    );
    starts.await.unwrap();
    tasks.cancel(TASK);
    assert!(tasks.activity().is_quiet());
    ended.await.unwrap();
    assert_eq!(tasks.try_next(), None);
}

#[tokio::test]
async fn a_panic_becomes_a_failure() {
    let mut tasks = Tasks::<Message>::new();
    tasks.start(TASK, async { panic!("on purpose") }, |result| result);
    let by_future = tasks.next().await;
    tasks.start_blocking(TASK, |_| panic!("on purpose"), |result| result);
    let by_blocking = tasks.next().await;
    tasks.start_detached(|| panic!("on purpose"), |result| result);
    let detached = tasks.next().await;
    tasks.start_in_order(|| panic!("on purpose"), |result| result);
    let in_order = tasks.next().await;
    for (received, task) in [
        (by_future, Some(TASK)),
        (by_blocking, Some(TASK)),
        (detached, None),
        (in_order, None),
    ] {
        let failure = received.message.unwrap_err();
        assert_eq!(
            (failure.kind, received.finished),
            (FailureKind::Internal, task)
        );
    }
    assert!(tasks.activity().is_quiet());
    tasks.start_in_order(|| Ok("after it"), |result| result);
    assert_eq!(tasks.next().await, finished(None, "after it"));
}

#[test]
fn work_in_order_keeps_its_order_and_the_end_waits_for_it() {
    let mut tasks = Tasks::new();
    let done = Arc::new(Mutex::new(Vec::new()));
    let (open, gate) = mpsc::channel::<()>();
    let first = Arc::clone(&done);
    tasks.start_in_order(
        move || {
            let _ = gate.recv();
            first.lock().unwrap().push(0);
            Ok("done")
        },
        |result| result,
    );
    for number in 1..20 {
        let done = Arc::clone(&done);
        tasks.start_in_order(
            move || {
                done.lock().unwrap().push(number);
                Ok("done")
            },
            |result| result,
        );
    }
    assert!(done.lock().unwrap().is_empty());
    drop(open);
    drop(tasks);
    assert_eq!(*done.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[cfg(target_os = "linux")]
#[test]
fn only_threads_of_tasks_have_a_lower_priority() {
    use super::{NICE, lower_priority};
    let own = || rustix::process::getpriority_process(None).unwrap();
    let before = own();
    let lowered = move || {
        lower_priority();
        (own(), std::thread::spawn(own).join().unwrap())
    };
    let expected = (before + NICE).min(19);
    assert_eq!(
        std::thread::spawn(lowered).join().unwrap(),
        (expected, expected)
    );
    assert_eq!(own(), before, "the loop keeps its priority");
}
