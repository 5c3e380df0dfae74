//! Unit tests of the pane, without a runtime and without a screen.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;

use super::Downloads;
use crate::app::effect::{DownloadEffect, Effect, ManifestStatus};
use crate::app::ids::{TaskId, TaskIds};
use crate::app::requests::{Confirm, ConfirmedAction, DownloadsRequest, PopupRequest, Request};
use crate::app::session::{Session, Setup};
use crate::app::testing::{Acted, act_with, github, session_of};
use crate::app::widgets::load::Load;
use crate::app::widgets::notice::Notice;
use crate::domain::call::{Call, JsonText};
use crate::domain::download::queue::{ItemId, JOBS, State};
use crate::domain::download::{
    Coding, DownloadEvent, Encoded, Known, NamePattern, Progress, SavedFile, Wanted,
};
use crate::domain::failure::{Failure, FailureCode, FailureKind};
use crate::domain::reply::{Pause, PauseReason};

/// The pane and what hands out its tasks.
struct Bench {
    pane: Downloads,
    tasks: TaskIds,
    session: Session,
}

impl Bench {
    fn new() -> Bench {
        let session = session_of(&[github()]);
        let setup = Setup {
            folder: "out".into(),
            ..session.setup.clone()
        };
        Bench {
            pane: Downloads::default(),
            tasks: TaskIds::default(),
            session: Session { setup, ..session },
        }
    }

    /// Returns a pane with files of some ids in the queue: the tasks are 1 and 2.
    fn with(ids: &[i64]) -> Bench {
        let mut bench = Bench::new();
        bench.enqueue(ids);
        bench
    }

    fn handle(&mut self, request: DownloadsRequest) -> Acted {
        act_with(&self.session, &mut self.tasks, |context| {
            self.pane.handle(request, context)
        })
    }

    fn enqueue(&mut self, ids: &[i64]) -> Acted {
        let wanted = ids.iter().map(|id| wanted(*id)).collect();
        self.handle(DownloadsRequest::Enqueue(wanted))
    }

    fn event(&mut self, task: u64, event: DownloadEvent) -> (bool, Acted) {
        let mut is_own = false;
        let acted = act_with(&self.session, &mut self.tasks, |context| {
            is_own = self.pane.event(TaskId(task), &event, context)
        });
        (is_own, acted)
    }

    fn finish(&mut self, task: u64, result: Result<SavedFile, Failure>) -> Acted {
        act_with(&self.session, &mut self.tasks, |context| {
            self.pane.finished(TaskId(task), result, context)
        })
    }

    fn unfinished(&mut self, task: u64, result: Result<Vec<Wanted>, Failure>) -> Acted {
        act_with(&self.session, &mut self.tasks, |context| {
            self.pane.unfinished_loaded(TaskId(task), result, context)
        })
    }

    /// Returns how many files wait, run, are done, have failed, are cancelled.
    fn counts(&self) -> [usize; 5] {
        let counts = self.pane.queue.counts();
        [
            counts.waiting,
            counts.running,
            counts.done,
            counts.failed,
            counts.cancelled,
        ]
    }
}

fn wanted(id: i64) -> Wanted {
    let call =
        Call::new("1", "attachments", "download").with("attachment_id", JsonText::integer(id));
    Wanted {
        call,
        folder: "out".into(),
        names: NamePattern::Name,
        name: None,
        known: Known::default(),
        manifest: None,
    }
}

fn recorded(id: i64) -> Wanted {
    Wanted {
        manifest: Some("out/manifest.jsonl".into()),
        ..wanted(id)
    }
}

fn fetch(task: u64, wanted: Wanted) -> Effect {
    Effect::Download(DownloadEffect::Fetch {
        task: TaskId(task),
        wanted: Box::new(wanted),
    })
}

fn record(wanted: &[Wanted], status: ManifestStatus) -> Effect {
    Effect::Download(DownloadEffect::RecordStatus {
        wanted: wanted.to_vec(),
        status,
    })
}

fn list_unfinished(task: u64) -> Effect {
    Effect::Download(DownloadEffect::LoadUnfinished {
        task: TaskId(task),
        folder: "out".into(),
    })
}

fn file() -> SavedFile {
    SavedFile {
        path: PathBuf::from("out/x.pdf"),
        bytes: 3,
        sha256: String::new(),
        content_type: None,
        looks_like: None,
        encoded: None,
        measured: true,
        resumed: 0,
        unvalidated: false,
        was_there: false,
    }
}

fn broken() -> Failure {
    Failure::new(FailureKind::Network, "The connection broke")
}

/// Returns that something is said, and nothing else.
fn only_info(text: &str) -> Acted {
    Acted {
        notice: Some(Notice::info(text)),
        ..Acted::default()
    }
}

#[test]
fn a_file_is_fetched_at_once() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.enqueue(&[7]),
        Acted {
            effects: vec![fetch(1, wanted(7))],
            ..only_info("Downloading `attachments 7`: w shows it")
        }
    );
    assert_eq!(bench.counts(), [0, 1, 0, 0, 0]);
}

#[test]
fn the_notice_names_the_file_as_far_as_it_is_known() {
    let named = |name: Option<&str>, known: Option<&str>| Wanted {
        name: name.map(str::to_owned),
        known: Known {
            name: known.map(str::to_owned),
            ..Known::default()
        },
        ..wanted(1)
    };
    for (wanted, expected) in [
        (named(None, None), "attachments 1"),
        (named(None, Some("plan.pdf")), "plan.pdf"),
        (named(Some("mine.pdf"), Some("plan.pdf")), "mine.pdf"),
        (named(None, Some("a\u{1b}[2Jb")), "a\\u001b[2Jb"),
    ] {
        let acted = Bench::new().handle(DownloadsRequest::Enqueue(vec![wanted]));
        assert_eq!(
            acted.said(),
            format!("Downloading `{expected}`: w shows it"),
            "{expected}"
        );
    }
}

#[test]
fn only_so_many_files_run_at_a_time() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.enqueue(&[1, 2, 3]),
        Acted {
            effects: vec![fetch(1, wanted(1)), fetch(2, wanted(2))],
            ..only_info("3 files in the queue: w shows it")
        }
    );
    assert_eq!(bench.counts(), [1, 2, 0, 0, 0]);
}

#[test]
fn what_runs_or_waits_is_not_added_again() {
    let mut bench = Bench::with(&[1, 2, 3]);
    assert_eq!(
        bench.enqueue(&[1, 3]),
        only_info("That is in the queue already: w shows it")
    );
    assert_eq!(bench.counts(), [1, 2, 0, 0, 0]);
}

#[test]
fn of_several_files_the_only_new_one_is_named() {
    let mut bench = Bench::with(&[1]);
    assert_eq!(
        bench.enqueue(&[1, 2]).said(),
        "Downloading `attachments 2`: w shows it"
    );
}

#[test]
fn a_manifest_records_its_files_before_they_are_fetched() {
    let mut bench = Bench::new();
    let acted = bench.handle(DownloadsRequest::Enqueue(vec![
        recorded(1),
        wanted(2),
        recorded(3),
    ]));
    assert_eq!(
        acted.effects,
        [
            record(&[recorded(1), recorded(3)], ManifestStatus::Waits),
            fetch(1, recorded(1)),
            fetch(2, wanted(2)),
        ]
    );
}

#[test]
fn adding_a_file_continues_a_paused_queue() {
    let mut bench = Bench::with(&[1]);
    bench.handle(DownloadsRequest::PauseOrContinue);
    let acted = bench.enqueue(&[2]);
    assert_eq!(acted.effects, [fetch(2, wanted(1)), fetch(3, wanted(2))]);
    assert!(!bench.pane.queue.is_paused());
}

#[test]
fn events_of_other_tasks_are_not_of_the_queue() {
    let mut bench = Bench::with(&[1]);
    assert_eq!(
        bench.event(9, DownloadEvent::Sent),
        (false, Acted::default())
    );
    assert_eq!(
        bench.event(1, DownloadEvent::Sent),
        (true, Acted::default())
    );
}

#[test]
fn a_file_that_has_landed_lets_the_next_one_start() {
    let mut bench = Bench::with(&[1, 2, 3]);
    let (_, acted) = bench.event(2, DownloadEvent::Landed);
    assert_eq!(acted.effects, [fetch(3, wanted(3))]);
}

#[test]
fn progress_is_that_of_the_task_s_file() {
    let mut bench = Bench::with(&[1, 2]);
    let progress = Progress {
        written: 5,
        total: Some(8),
    };
    bench.event(2, DownloadEvent::Received(progress));
    let item = bench.pane.item(TaskId(2)).unwrap();
    assert!(
        matches!(&item.state, State::Running(running) if item.wanted == wanted(2) && running.progress == progress)
    );
    assert_eq!(bench.pane.queue.counts().bytes, 5);
}

#[test]
fn a_service_that_asks_for_fewer_requests_gets_one_at_a_time() {
    for (reason, started) in [
        (PauseReason::Status(429), vec![]),
        (PauseReason::RateGate, vec![]),
        (PauseReason::Status(503), vec![fetch(3, wanted(3))]),
    ] {
        let mut bench = Bench::with(&[1, 2, 3]);
        let pause = Pause {
            attempt: 2,
            wait: Duration::from_secs(1),
            reason,
        };
        bench.event(1, DownloadEvent::Waits(pause));
        assert_eq!(
            bench.finish(2, Err(broken())).effects,
            started,
            "{reason:?}"
        );
    }
}

#[test]
fn a_task_has_a_file_only_while_it_runs() {
    let mut bench = Bench::with(&[1]);
    assert_eq!(
        bench.pane.item(TaskId(1)).map(|item| item.id),
        Some(ItemId(1))
    );
    bench.finish(1, Ok(file()));
    assert!(bench.pane.item(TaskId(1)).is_none());
}

#[test]
fn the_end_of_a_single_file_has_its_own_notice() {
    let odd = SavedFile {
        looks_like: Some("HTML".to_owned()),
        ..file()
    };
    let decoded = SavedFile {
        encoded: Some(Encoded {
            coding: Coding::Gzip,
            bytes: 2,
        }),
        ..file()
    };
    let was_there = SavedFile {
        was_there: true,
        ..file()
    };
    for (saved, notice) in [
        (file(), Notice::done("Saved 3 B to `out/x.pdf`")),
        (
            odd,
            Notice::warning("Saved 3 B to `out/x.pdf`; its content looks like HTML"),
        ),
        (
            decoded,
            Notice::done("Saved 3 B, received as 2 B of gzip, to `out/x.pdf`"),
        ),
        (
            was_there,
            Notice::done("`out/x.pdf` is there already, and whole"),
        ),
    ] {
        let mut bench = Bench::with(&[1]);
        assert_eq!(
            bench.finish(1, Ok(saved)),
            Acted {
                notice: Some(notice),
                ..Acted::default()
            }
        );
        assert_eq!(bench.counts(), [0, 0, 1, 0, 0]);
    }
}

#[test]
fn every_failure_is_shown_and_kept() {
    for ids in [&[1][..], &[1, 2], &[1, 2, 3]] {
        let mut bench = Bench::with(ids);
        let acted = bench.finish(1, Err(broken()));
        assert_eq!(acted.notice, Some(Notice::failure(&broken())), "{ids:?}");
        assert_eq!(acted.failure, Some(broken()), "{ids:?}");
    }
}

#[test]
fn a_late_or_unknown_end_changes_nothing() {
    let mut bench = Bench::with(&[1, 2]);
    bench.finish(1, Ok(file()));
    assert_eq!(bench.finish(1, Err(broken())), Acted::default());
    assert_eq!(bench.finish(9, Ok(file())), Acted::default());
    assert_eq!(bench.counts(), [0, 1, 1, 0, 0]);
}

#[test]
fn several_files_are_summed_up_at_the_end() {
    let mut bench = Bench::with(&[1, 2, 3]);
    assert_eq!(
        bench.finish(1, Ok(file())),
        Acted {
            effects: vec![fetch(3, wanted(3))],
            ..Acted::default()
        }
    );
    assert_eq!(bench.finish(2, Ok(file())), Acted::default());
    assert_eq!(
        bench.finish(3, Ok(file())).notice,
        Some(Notice::done("3 files downloaded, 9 B"))
    );
}

#[test]
fn the_sum_says_how_many_have_failed() {
    let mut bench = Bench::with(&[1, 2, 3]);
    bench.finish(1, Err(broken()));
    bench.finish(2, Err(broken()));
    assert_eq!(
        bench.finish(3, Ok(file())).notice,
        Some(Notice::warning(
            "1 file downloaded, 3 B, 2 failed: w shows why"
        ))
    );
}

#[test]
fn what_has_failed_takes_its_old_place_and_its_own_name() {
    let mut bench = Bench::with(&[1, 2]);
    bench.finish(1, Err(broken()));
    assert_eq!(
        bench.enqueue(&[1]),
        Acted {
            effects: vec![fetch(3, wanted(1))],
            ..only_info("Downloading `attachments 1`: w shows it")
        }
    );
    assert_eq!(bench.pane.queue.items().len(), 2);
}

#[test]
fn failed_files_are_retried_together() {
    let mut bench = Bench::with(&[1, 2]);
    bench.finish(1, Err(broken()));
    bench.finish(2, Err(broken()));
    assert_eq!(
        bench.handle(DownloadsRequest::RetryFailed),
        Acted {
            effects: vec![fetch(3, wanted(1)), fetch(4, wanted(2))],
            ..only_info("2 files once more")
        }
    );
}

#[test]
fn a_retry_continues_a_paused_queue() {
    let mut bench = Bench::with(&[1, 2]);
    bench.finish(1, Err(broken()));
    bench.handle(DownloadsRequest::PauseOrContinue);
    let acted = bench.handle(DownloadsRequest::RetryFailed);
    assert_eq!(acted.effects, [fetch(3, wanted(1)), fetch(4, wanted(2))]);
}

#[test]
fn a_retry_of_nothing_leaves_the_queue_paused() {
    let mut bench = Bench::with(&[1]);
    bench.handle(DownloadsRequest::PauseOrContinue);
    assert_eq!(
        bench.handle(DownloadsRequest::RetryFailed),
        only_info("Nothing has failed")
    );
    assert!(bench.pane.queue.is_paused());
}

#[test]
fn a_pause_stops_what_runs_and_continuing_starts_it_again() {
    let mut bench = Bench::with(&[1, 2, 3]);
    assert_eq!(
        bench.handle(DownloadsRequest::PauseOrContinue),
        Acted {
            effects: vec![Effect::Cancel(TaskId(1)), Effect::Cancel(TaskId(2))],
            ..only_info("Paused: what was received is kept, Space continues")
        }
    );
    assert_eq!(bench.counts(), [3, 0, 0, 0, 0]);
    assert_eq!(bench.finish(1, Ok(file())), Acted::default(), "too late");
    assert_eq!(
        bench.handle(DownloadsRequest::PauseOrContinue),
        Acted {
            effects: vec![fetch(3, wanted(1)), fetch(4, wanted(2))],
            ..only_info("Continued")
        }
    );
}

#[test]
fn an_idle_queue_is_not_paused() {
    for mut bench in [Bench::new(), {
        let mut bench = Bench::with(&[1]);
        bench.finish(1, Ok(file()));
        bench
    }] {
        assert_eq!(
            bench.handle(DownloadsRequest::PauseOrContinue),
            only_info("Nothing runs and nothing waits")
        );
        assert!(!bench.pane.queue.is_paused());
    }
}

const CANCELLED: &str = "Cancelled: what was received is kept, the same download resumes there";

#[test]
fn cancelling_what_runs_stops_it_and_starts_the_next() {
    let mut bench = Bench::with(&[1, 2, 3]);
    assert_eq!(
        bench.handle(DownloadsRequest::Cancel(ItemId(1))),
        Acted {
            effects: vec![Effect::Cancel(TaskId(1)), fetch(3, wanted(3))],
            ..only_info(CANCELLED)
        }
    );
    assert_eq!(bench.counts(), [0, 2, 0, 0, 1]);
}

#[test]
fn cancelling_what_waits_stops_nothing() {
    let mut bench = Bench::with(&[1, 2, 3]);
    assert_eq!(
        bench.handle(DownloadsRequest::Cancel(ItemId(3))),
        only_info(CANCELLED)
    );
    assert_eq!(bench.counts(), [0, 2, 0, 0, 1]);
}

#[test]
fn a_manifest_records_what_was_cancelled() {
    let mut bench = Bench::new();
    bench.handle(DownloadsRequest::Enqueue(vec![recorded(1)]));
    let acted = bench.handle(DownloadsRequest::Cancel(ItemId(1)));
    assert_eq!(
        acted.effects,
        [
            Effect::Cancel(TaskId(1)),
            record(&[recorded(1)], ManifestStatus::Cancelled)
        ]
    );
}

#[test]
fn what_has_ended_cannot_be_cancelled() {
    let mut bench = Bench::with(&[1, 2, 3]);
    bench.finish(1, Ok(file()));
    bench.finish(2, Err(broken()));
    bench.handle(DownloadsRequest::Cancel(ItemId(3)));
    for id in 0..5 {
        assert_eq!(
            bench.handle(DownloadsRequest::Cancel(ItemId(id))),
            only_info("This download has ended already"),
            "{id}"
        );
    }
    assert_eq!(bench.counts(), [0, 0, 1, 1, 1]);
}

#[test]
fn unfinished_files_are_listed_once() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.handle(DownloadsRequest::LoadUnfinished),
        Acted {
            effects: vec![list_unfinished(1)],
            ..Acted::default()
        }
    );
    assert_eq!(
        bench.handle(DownloadsRequest::LoadUnfinished),
        Acted::default()
    );
    bench.unfinished(1, Ok(Vec::new()));
    assert_eq!(
        bench.handle(DownloadsRequest::LoadUnfinished),
        Acted::default()
    );
}

#[test]
fn unfinished_files_are_announced_and_a_new_download_does_not_continue_them() {
    let mut bench = Bench::new();
    act_with(&bench.session, &mut bench.tasks, |context| {
        bench.pane.look_for_unfinished(context)
    });
    assert_eq!(
        bench.unfinished(1, Ok(vec![recorded(1), recorded(2)])),
        only_info("2 downloads left unfinished by an earlier run: w shows what")
    );
    assert_eq!(bench.counts(), [0; 5]);
    bench.enqueue(&[3]);
    bench.finish(2, Ok(file()));
    assert_eq!(bench.counts(), [0, 0, 1, 0, 0]);
    // With the list they are there, once.
    assert_eq!(
        bench.handle(DownloadsRequest::LoadUnfinished),
        only_info("2 files left unfinished before: Space continues")
    );
    assert_eq!(bench.counts(), [2, 0, 1, 0, 0]);
    assert_eq!(
        bench.handle(DownloadsRequest::LoadUnfinished),
        Acted::default()
    );
    let acted = bench.handle(DownloadsRequest::PauseOrContinue);
    assert_eq!(
        acted.effects,
        [fetch(3, recorded(1)), fetch(4, recorded(2))]
    );
}

#[test]
fn a_list_that_is_opened_while_it_is_looked_for_gets_the_files_when_they_are_found() {
    let mut bench = Bench::new();
    act_with(&bench.session, &mut bench.tasks, |context| {
        bench.pane.look_for_unfinished(context)
    });
    assert_eq!(
        bench.handle(DownloadsRequest::LoadUnfinished),
        Acted::default()
    );
    bench.unfinished(1, Ok(vec![recorded(1)]));
    assert_eq!(bench.counts(), [1, 0, 0, 0, 0]);
}

#[test]
fn a_file_that_the_form_has_downloaded_stands_in_the_list() {
    let mut bench = Bench::new();
    let add = |id, result| DownloadsRequest::AddEnded(Box::new(wanted(id)), Box::new(result));
    bench.handle(add(1, Err(broken())));
    assert_eq!(bench.counts(), [0, 0, 0, 1, 0]);
    bench.handle(add(1, Ok(file())));
    bench.handle(add(2, Ok(file())));
    assert_eq!(bench.counts(), [0, 0, 2, 0, 0]);
    // One that runs is not disturbed, and a failed one can be started again.
    bench.handle(add(3, Err(broken())));
    assert_eq!(
        bench.handle(DownloadsRequest::RetryFailed).effects,
        [fetch(1, wanted(3))]
    );
    bench.handle(add(3, Ok(file())));
    assert_eq!(bench.counts(), [0, 1, 2, 0, 0]);
}

#[test]
fn where_no_call_is_left_it_is_asked_once_for_more() {
    let spent = || {
        let failure = Failure::new(FailureKind::Refused, "--max-calls 2 is reached");
        Err(failure.code(FailureCode::CallLimit))
    };
    let mut bench = Bench::with(&[1, 2]);
    bench.session.setup.max_calls = Some(2);
    assert_eq!(bench.finish(1, spent()).requests, []);
    let retry = Request::Downloads(DownloadsRequest::RetryFailed);
    let question = Request::Open(PopupRequest::Confirm(Confirm::more_calls(2, retry)));
    assert_eq!(bench.finish(2, spent()).requests, [question]);
}

#[test]
fn unfinished_files_wait_until_the_user_continues_them() {
    let mut bench = Bench::new();
    bench.handle(DownloadsRequest::LoadUnfinished);
    assert_eq!(
        bench.unfinished(1, Ok(vec![recorded(1), recorded(2)])),
        only_info("2 files left unfinished before: Space continues")
    );
    assert_eq!(bench.counts(), [2, 0, 0, 0, 0]);
    let acted = bench.handle(DownloadsRequest::PauseOrContinue);
    assert_eq!(
        acted.effects,
        [fetch(2, recorded(1)), fetch(3, recorded(2))]
    );
}

#[test]
fn unfinished_files_do_not_pause_what_runs() {
    let mut bench = Bench::with(&[1]);
    bench.handle(DownloadsRequest::LoadUnfinished);
    assert_eq!(bench.unfinished(2, Ok(vec![wanted(2)])), Acted::default());
    assert_eq!(bench.counts(), [1, 1, 0, 0, 0]);
    assert!(!bench.pane.queue.is_paused());
}

#[test]
fn unfinished_files_that_the_queue_knows_are_not_added() {
    let mut bench = Bench::with(&[1]);
    bench.finish(1, Ok(file()));
    bench.handle(DownloadsRequest::LoadUnfinished);
    assert_eq!(bench.unfinished(2, Ok(vec![wanted(1)])), Acted::default());
    assert_eq!(bench.counts(), [0, 0, 1, 0, 0]);
    assert!(!bench.pane.queue.is_paused());
}

#[test]
fn an_unexpected_or_failed_list_of_unfinished_files_adds_nothing() {
    let mut bench = Bench::new();
    assert_eq!(bench.unfinished(1, Ok(vec![wanted(1)])), Acted::default());
    bench.handle(DownloadsRequest::LoadUnfinished);
    assert_eq!(bench.unfinished(1, Err(broken())), Acted::default());
    assert!(matches!(bench.pane.unfinished, Load::Failed { .. }));
    assert_eq!(bench.counts(), [0; 5]);
}

#[test]
fn quitting_asks_only_while_something_is_under_way() {
    const ALONE: &str = "What was received is kept: the same download resumes there next time.";
    const QUEUE: &str =
        "What was received is kept. The queue can continue next time: w shows it, Space continues.";
    let question = |question: &str, body: &str| {
        Some(PopupRequest::Confirm(Confirm {
            question: question.to_owned(),
            body: body.to_owned(),
            action: ConfirmedAction::Quit,
        }))
    };
    let mut with_manifest = Bench::new();
    with_manifest.handle(DownloadsRequest::Enqueue(vec![recorded(1)]));
    let mut paused = Bench::with(&[1, 2, 3]);
    paused.handle(DownloadsRequest::PauseOrContinue);
    let mut done = Bench::with(&[1]);
    done.finish(1, Ok(file()));
    for (bench, expected) in [
        (Bench::new(), None),
        (done, None),
        (paused, None),
        (
            Bench::with(&[1]),
            question("1 download running. Quit all the same?", ALONE),
        ),
        (
            Bench::with(&[1, 2, 3]),
            question("2 downloads running, 1 waiting. Quit all the same?", ALONE),
        ),
        (
            with_manifest,
            question("1 download running. Quit all the same?", QUEUE),
        ),
    ] {
        assert_eq!(bench.pane.question_to_quit(), expected);
    }
}

/// Something that happens to the downloads.
#[derive(Debug, Clone)]
enum Step {
    Enqueue(Vec<i64>),
    Pause,
    Retry,
    Cancel(u64),
    Land(u64),
    Finish(u64),
    Fail(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop::collection::vec(0i64..6, 0..4).prop_map(Step::Enqueue),
        Just(Step::Pause),
        Just(Step::Retry),
        (0u64..8).prop_map(Step::Cancel),
        (0u64..20).prop_map(Step::Land),
        (0u64..20).prop_map(Step::Finish),
        (0u64..20).prop_map(Step::Fail),
    ]
}

proptest! {
    #[test]
    fn every_task_that_is_started_ends_or_runs(steps in prop::collection::vec(step(), 0..40)) {
        let mut bench = Bench::new();
        let mut running: HashSet<TaskId> = HashSet::new();
        for step in steps {
            let acted = match step {
                Step::Enqueue(ids) => bench.enqueue(&ids),
                Step::Pause => bench.handle(DownloadsRequest::PauseOrContinue),
                Step::Retry => bench.handle(DownloadsRequest::RetryFailed),
                Step::Cancel(id) => bench.handle(DownloadsRequest::Cancel(ItemId(id))),
                Step::Land(task) => bench.event(task, DownloadEvent::Landed).1,
                Step::Finish(task) => {
                    running.remove(&TaskId(task));
                    bench.finish(task, Ok(file()))
                }
                Step::Fail(task) => {
                    running.remove(&TaskId(task));
                    bench.finish(task, Err(broken()))
                }
            };
            for effect in acted.effects {
                if let Effect::Cancel(task) = effect {
                    prop_assert!(running.remove(&task), "{task:?} did not run");
                } else if let Effect::Download(DownloadEffect::Fetch { task, .. }) = effect {
                    prop_assert!(running.insert(task), "{task:?} runs already");
                } else {
                    prop_assert!(false, "{effect:?}");
                }
            }
            // A file that has landed is in nobody's way, so twice as many may be under way.
            prop_assert!(running.len() <= 2 * JOBS);
            prop_assert_eq!(running.len(), bench.pane.queue.counts().running);
            for task in &running {
                prop_assert!(bench.pane.item(*task).is_some());
            }
        }
    }
}
