//! The life of a call: sent, answered, failed, cancelled.

use super::{Bench, LAST, MORE, body, broken, issues, issues_after};
use crate::app::command::ReplyCommand;
use crate::app::effect::{DownloadEffect, Effect, ReplyEffect};
use crate::app::msg::ReplyMsg;
use crate::app::reply::Shown;
use crate::app::reply::page::Tab;
use crate::app::requests::{
    ConfirmedAction, DownloadsRequest, PopupRequest, ReplyRequest, Request, RequestKind,
    SessionRequest,
};
use crate::domain::call::{Call, JsonText, Params};
use crate::domain::download::{DownloadEvent, Progress, SavedFile};
use crate::domain::failure::{Failure, FailureCode, FailureKind};
use crate::domain::reply::{Pause, PauseReason};
use crate::envelope::Reading;
use crate::paging::Verdict;
use std::time::Duration;

#[test]
fn a_call_takes_the_focus_and_replaces_the_one_that_runs() {
    let mut bench = Bench::new();
    let acted = bench.send(issues(), RequestKind::First);
    let first = bench.task();
    let sent = |task| {
        Effect::Reply(ReplyEffect::Call {
            task,
            call: issues(),
            reading: Reading::List,
            streams: true,
        })
    };
    assert_eq!(acted.effects, [sent(first)]);
    assert_eq!(acted.asked(), ["Focus(Reply)"]);
    let acted = bench.send(issues(), RequestKind::First);
    assert_eq!(acted.effects, [Effect::Cancel(first), sent(bench.task())]);
    // Nothing of the first call counts any more.
    let late = |result| ReplyMsg::Finished {
        task: first,
        result,
    };
    let acted = bench.act(|pane, context| pane.reply_msg(late(Err(broken())), context));
    assert!(acted.is_quiet() && acted.notice.is_none() && acted.failure.is_none());
    assert!(bench.pane.load.task().is_some() && bench.pane.waiting.is_some());
}

#[test]
fn news_of_the_call_that_runs_are_kept_until_the_next_news() {
    let mut bench = Bench::new();
    bench.send(issues(), RequestKind::First);
    let task = bench.task();
    let pause = Pause {
        attempt: 2,
        wait: Duration::from_secs(1),
        reason: PauseReason::Status(429),
    };
    bench.act(|pane, context| {
        let pause = pause.clone();
        pane.reply_msg(ReplyMsg::Paused { task, pause }, context);
    });
    assert_eq!(bench.pane.waiting.as_ref().unwrap().pause, Some(pause));
    let progress = Progress {
        written: 10,
        total: None,
    };
    bench.act(|pane, context| pane.reply_msg(ReplyMsg::Progressed { task, progress }, context));
    let waiting = bench.pane.waiting.as_ref().unwrap();
    assert_eq!((&waiting.pause, waiting.progress), (&None, Some(progress)));
    let large = ReplyMsg::IsLarge { task, bytes: 2_000 };
    let acted = bench.act(|pane, context| pane.reply_msg(large, context));
    let [Request::Open(PopupRequest::Confirm(asked))] = acted.requests.as_slice() else {
        panic!("{acted:?}");
    };
    assert_eq!(asked.action, ConfirmedAction::ReadOn(task));
    let action = asked.action.clone();
    let acted = bench.act(|pane, context| pane.confirmed(action, context));
    assert_eq!(acted.effects, [Effect::Reply(ReplyEffect::ReadOn(task))]);
}

#[test]
fn cancelling_says_what_may_have_happened() {
    let cancel =
        |bench: &mut Bench| bench.act(|pane, context| pane.handle(ReplyRequest::Cancel, context));
    let mut bench = Bench::new();
    assert!(cancel(&mut bench).notice.is_none());
    bench.send(issues(), RequestKind::First);
    let task = bench.task();
    let acted = cancel(&mut bench);
    assert_eq!(acted.effects, [Effect::Cancel(task)]);
    assert_eq!(acted.said(), " Cancelled");
    assert!(bench.pane.waiting.is_none() && !bench.pane.is_working());

    bench.send(Call::new("1", "issues", "create"), RequestKind::First);
    assert_eq!(
        cancel(&mut bench).said(),
        "!Cancelled after it was sent: outcome unknown. Look before you send it again"
    );

    let download = Call::download("1", "files", Params::default());
    bench.send(download.clone(), RequestKind::First);
    assert_eq!(cancel(&mut bench).said(), " Cancelled");
    bench.send(download, RequestKind::First);
    let task = bench.task();
    let received = DownloadEvent::Received(Progress::default());
    bench.act(|pane, context| pane.download_event(task, received, context));
    assert_eq!(
        cancel(&mut bench).said(),
        " Cancelled: what was received is kept, the same download resumes there"
    );
}

#[test]
fn a_download_is_fetched_to_disk_and_shown_until_one_goes_back() {
    let mut bench = Bench::with_page("[1]", LAST);
    let download = Call::download("1", "files", Params::default());
    let acted = bench.send(download.clone(), RequestKind::First);
    let task = bench.task();
    let [Effect::Download(DownloadEffect::Fetch { task: own, wanted })] = acted.effects.as_slice()
    else {
        panic!("{acted:?}");
    };
    assert_eq!((own, &wanted.call), (&task, &download));
    assert_eq!(bench.pane.waiting.as_ref().unwrap().kind, RequestKind::File);
    let event = DownloadEvent::Began {
        name: "a".to_owned(),
        have: 7,
    };
    bench.act(|pane, context| pane.download_event(task, event, context));
    assert_eq!(bench.pane.waiting.as_ref().unwrap().have, 7);
    let event = DownloadEvent::StartsOver("it \u{1b}changed".to_owned());
    let acted = bench.act(|pane, context| pane.download_event(task, event, context));
    assert!(acted.said().starts_with("!The download starts over: it "));
    assert!(!acted.said().contains('\u{1b}'));
    let file = saved_file();
    let acted = bench.act(|pane, context| {
        assert!(pane.download_finished(task, Ok(file), context).is_none());
    });
    assert_eq!(acted.said(), "+Saved 3 B to `/tmp/a.txt`");
    // It stands among the downloads, too.
    let [Request::Downloads(DownloadsRequest::AddEnded(wanted, result))] =
        acted.requests.as_slice()
    else {
        panic!("{acted:?}");
    };
    assert_eq!((&wanted.call, &**result), (&download, &Ok(saved_file())));
    assert!(matches!(bench.pane.shown, Shown::File(_)) && bench.pane.page().is_none());
    let acted = bench.perform(ReplyCommand::Open);
    assert_eq!(acted.effects, [Effect::Open("/tmp/a.txt".to_owned())]);
    bench.act(|pane, context| assert!(pane.back(context)));
    assert!(bench.pane.page().is_some());
    // The result of a download that the form did not send is for the queue.
    bench.act(|pane, context| {
        assert!(
            pane.download_finished(task, Err(broken()), context)
                .is_some()
        );
    });
}

pub(super) fn saved_file() -> SavedFile {
    SavedFile {
        path: "/tmp/a.txt".into(),
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

#[test]
fn a_failed_download_keeps_the_pages() {
    let mut bench = Bench::with_page("[1]", LAST);
    let download = Call::download("1", "files", Params::default());
    bench.send(download, RequestKind::First);
    let task = bench.task();
    let acted = bench.act(|pane, context| {
        assert!(
            pane.download_finished(task, Err(broken()), context)
                .is_none()
        );
    });
    assert_eq!(acted.failure, Some(broken()));
    assert_eq!(
        acted.said(),
        "xCould not download `files`: the reply pane shows why"
    );
    assert!(bench.pane.failed_request().is_some() && !bench.pane.is_working());
    bench.act(|pane, context| assert!(pane.back(context)));
    assert!(bench.pane.page().is_some());
}

/// Returns what a yes to the question for more calls does.
fn asked_for_more(acted: &super::Acted) -> (u64, Request) {
    let [.., Request::Open(PopupRequest::Confirm(confirm))] = acted.requests.as_slice() else {
        panic!("{acted:?}");
    };
    let ConfirmedAction::AllowCalls(most, then) = &confirm.action else {
        panic!("{confirm:?}");
    };
    (*most, (**then).clone())
}

#[test]
fn beyond_max_calls_it_is_asked_for_more() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    bench.session.setup.max_calls = Some(1);
    bench.session.calls.total = 1;
    let acted = bench.perform(ReplyCommand::NextPage);
    assert!(acted.effects.is_empty());
    let next = ReplyRequest::Send(Box::new(issues_after("c2")), RequestKind::Next);
    assert_eq!(asked_for_more(&acted), (2, Request::Reply(next.clone())));
    let [Request::Open(PopupRequest::Confirm(confirm))] = acted.requests.as_slice() else {
        panic!("{acted:?}");
    };
    assert_eq!(
        confirm.question,
        "--max-calls 1 is reached: allow 1 more call?"
    );
    assert_eq!(acted.said(), "!Not sent: --max-calls 1 is reached");
    assert!(bench.pane.load.task().is_none());
    // A yes allows more, and sends what was not sent.
    let action = confirm.action.clone();
    let acted = bench.act(|pane, context| pane.confirmed(action, context));
    let allow = Request::Session(SessionRequest::AllowCalls(2));
    assert_eq!(acted.requests, [allow, Request::Reply(next)]);
    let acted = bench.act(|pane, context| {
        pane.handle(ReplyRequest::FetchAll(Default::default()), context);
    });
    let all = Request::Reply(ReplyRequest::FetchAll(Default::default()));
    assert_eq!(asked_for_more(&acted), (2, all));
    assert_eq!(acted.said(), "!Not sent: --max-calls 1 is reached");
    assert_eq!(bench.pane.fetching, None);
    assert_eq!(
        bench.pane.verdict,
        Some(Verdict::Stopped("by --max-calls".to_owned()))
    );
}

#[test]
fn fetching_all_stops_at_max_calls() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    bench.session.setup.max_calls = Some(2);
    bench.session.calls.total = 1;
    bench.act(|pane, context| {
        pane.handle(ReplyRequest::FetchAll(Default::default()), context);
    });
    bench.session.calls.total = 2;
    let third = r#"{"has_next_page":true,"end_cursor":"c3"}"#;
    let acted = bench.receive(&body(r#"[{"id":2}]"#, third));
    assert!(acted.effects.is_empty());
    assert_eq!(acted.said(), "!Not sent: --max-calls 2 is reached");
    let all = Request::Reply(ReplyRequest::FetchAll(Default::default()));
    assert_eq!(asked_for_more(&acted), (4, all));
    assert_eq!((bench.pane.pages.len(), bench.pane.fetching), (2, None));
    assert_eq!(
        bench.pane.verdict,
        Some(Verdict::Stopped("by --max-calls".to_owned()))
    );
}

#[test]
fn a_failed_first_call_leaves_what_was_shown() {
    let mut bench = Bench::with_page("[1]", LAST);
    let verdict = bench.pane.verdict.clone();
    bench.send(Call::new("1", "repositories", "list"), RequestKind::First);
    let acted = bench.fail(broken());
    assert_eq!(acted.failure, Some(broken()));
    assert!(acted.is_quiet() && bench.pane.waiting.is_none());
    bench.act(|pane, context| assert!(pane.back(context)));
    assert_eq!(bench.pane.call(), Some(&issues()));
    assert_eq!(bench.pane.verdict, verdict);
}

#[test]
fn a_failed_further_page_makes_the_data_incomplete() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    bench.perform(ReplyCommand::NextPage);
    let acted = bench.fail(broken());
    assert!(acted.is_quiet());
    assert_eq!(
        bench.pane.verdict,
        Some(Verdict::Incomplete(
            "page 2 could not be loaded: The connection broke".to_owned()
        ))
    );
    // It can be asked for again all the same.
    let acted = bench.perform(ReplyCommand::NextPage);
    assert_eq!(
        bench.pane.waiting.as_ref().unwrap().call(),
        Some(&issues_after("c2"))
    );
    assert_eq!(acted.effects.len(), 1);
}

/// Shows a page from which an undeclared profile leads on, with another one left to try.
fn guessed_page() -> Bench {
    let mut bench = Bench::new();
    bench.send(Call::new("1", "things", "list"), RequestKind::First);
    bench.receive(&body(
        r#"[{"id":1},{"id":2}]"#,
        r#"{"has_more":true,"next_page_token":"t2","next_cursor":"k2"}"#,
    ));
    bench
}

fn bad_request() -> Failure {
    Failure::new(FailureKind::Input, "Unknown parameter").status(400)
}

#[test]
fn a_refused_page_is_asked_for_by_another_profile() {
    let mut bench = guessed_page();
    bench.perform(ReplyCommand::NextPage);
    let first = bench.pane.waiting.as_ref().unwrap().call().cloned();
    let acted = bench.fail(bad_request());
    assert_eq!(acted.said(), "!Unknown parameter; another profile is tried");
    let second = bench.pane.waiting.as_ref().unwrap().call().cloned();
    assert!(second.is_some() && second != first, "{first:?} {second:?}");
    assert_eq!(bench.pane.waiting.as_ref().unwrap().kind, RequestKind::Next);
    bench.receive(&body(r#"[{"id":3}]"#, r#"{"has_more":false}"#));
    assert_eq!(bench.pane.pages.len(), 2);
}

#[test]
fn a_new_reply_starts_at_its_result() {
    let mut bench = Bench::with_two_pages();
    bench.pane.tab = Tab::Metadata;
    bench.send(issues(), RequestKind::First);
    // Until it is here the former pages stay.
    assert_eq!(bench.pane.pages.len(), 2);
    bench.receive(&body("[9]", LAST));
    assert_eq!((bench.pane.pages.len(), bench.pane.current), (1, 0));
    assert_eq!(bench.pane.tab, Tab::Result);
    assert_eq!(bench.pane.run.as_ref().unwrap().records(), 1);
}

#[test]
fn what_is_unusual_about_a_reply_is_said() {
    let mut bench = Bench::new();
    bench.send(issues(), RequestKind::First);
    let said = bench.receive("<html>").said();
    assert_eq!(said, "!The body is not JSON but application/json");
    bench.send(issues(), RequestKind::First);
    let said = bench.receive("").said();
    assert_eq!(said, "!The service answered 200 with an empty body");
    bench.send(issues(), RequestKind::First);
    let said = bench.receive("[1,2").said();
    assert!(said.starts_with("!The body breaks off: "), "{said}");
    bench.send(issues(), RequestKind::First);
    let said = bench.receive(r#"[{"id":1}]"#).said();
    assert_eq!(said, "!The body is JSON without the usual envelope");
}

#[test]
fn another_profile_is_not_claimed_to_be_tried_beyond_max_calls() {
    let mut bench = guessed_page();
    bench.perform(ReplyCommand::NextPage);
    bench.session.setup.max_calls = Some(2);
    bench.session.calls.total = 2;
    let acted = bench.fail(bad_request());
    assert!(acted.effects.is_empty());
    assert_eq!(asked_for_more(&acted).0, 4);
    assert_eq!(acted.said(), "!Not sent: --max-calls 2 is reached");
    assert_eq!(acted.failure, Some(bad_request()));
}

#[test]
fn a_call_that_the_client_refuses_is_asked_about_too() {
    // Repetitions count: the client may have no call left before the session knows.
    let spent = || {
        Failure::new(FailureKind::Refused, "--max-calls 9 is reached").code(FailureCode::CallLimit)
    };
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    bench.session.setup.max_calls = Some(9);
    bench.send(issues(), RequestKind::First);
    let acted = bench.fail(spent());
    let again = ReplyRequest::Send(Box::new(issues()), RequestKind::First);
    assert_eq!(asked_for_more(&acted), (18, Request::Reply(again)));
    assert!(bench.pane.page().is_some(), "what was received stays");
    let download = Call::download("1", "files", Params::default());
    bench.send(download.clone(), RequestKind::First);
    let task = bench.task();
    let acted = bench.act(|pane, context| {
        assert!(
            pane.download_finished(task, Err(spent()), context)
                .is_none()
        );
    });
    let again = ReplyRequest::Send(Box::new(download), RequestKind::First);
    assert_eq!(asked_for_more(&acted), (18, Request::Reply(again)));
}

#[test]
fn all_pages_are_fetched_again_with_a_larger_page_size() {
    let mut bench = Bench::with_two_pages();
    let larger = issues().with("per_page", JsonText::integer(100));
    let limits = crate::paging::Limits {
        pages: Some(2),
        ..Default::default()
    };
    let anew = ReplyRequest::FetchAnew(Box::new(larger.clone()), limits);
    bench.act(|pane, context| pane.handle(anew, context));
    let waiting = bench.pane.waiting.as_ref().unwrap();
    assert_eq!(
        (waiting.call(), waiting.kind),
        (Some(&larger), RequestKind::First)
    );
    // Until the first page is here the former ones stay.
    assert_eq!(bench.pane.pages.len(), 2);
    let stated = r#"{"has_next_page":true,"end_cursor":"c2","total_count":9}"#;
    bench.receive(&body(r#"[{"id":1}]"#, stated));
    assert_eq!(bench.pane.pages.len(), 1);
    let next = larger.with("after", JsonText::string("c2"));
    assert_eq!(bench.pane.waiting.as_ref().unwrap().call(), Some(&next));
    assert_eq!(bench.pane.fetching.unwrap().total, Some(9));
    // A page that states nothing does not make the size unknown.
    bench.receive(&body(
        r#"[{"id":2}]"#,
        r#"{"has_next_page":true,"end_cursor":"c3"}"#,
    ));
    assert_eq!(bench.pane.pages.len(), 2);
    assert_eq!(bench.pane.fetching, None, "the limit of pages holds");
}
