//! How one page leads to the next: the next call, a page again, all pages, and the verdict at the end.

use super::{Bench, LAST, MORE, body, broken, issues, issues_after};
use crate::app::command::ReplyCommand;
use crate::app::effect::{Effect, ReplyEffect};
use crate::app::reply::all_pages::RowRef;
use crate::app::reply::page::Tab;
use crate::app::requests::{ReplyRequest, Request, RequestKind, SessionRequest};
use crate::domain::call::Call;
use crate::envelope::Reading;
use crate::paging::{Evidence, Limits, Next, Profile, Verdict};

#[test]
fn the_next_page_is_asked_for_by_the_cursor_of_the_last() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    assert_eq!(bench.pane.verdict, None);
    let acted = bench.perform(ReplyCommand::NextPage);
    assert_eq!(
        acted.effects,
        [Effect::Reply(ReplyEffect::Call {
            task: bench.task(),
            call: issues_after("c2"),
            reading: Reading::List,
            streams: true,
        })]
    );
    // Once more does not send it twice.
    let acted = bench.perform(ReplyCommand::NextPage);
    assert!(acted.is_quiet());
    assert_eq!(acted.said(), " A call is running already: Esc cancels it");

    let acted = bench.receive(&body(r#"[{"id":2}]"#, LAST));
    assert!(acted.effects.is_empty() && acted.notice.is_none());
    assert_eq!((bench.pane.pages.len(), bench.pane.current), (2, 1));
    assert_eq!(bench.pane.call(), Some(&issues_after("c2")));
    let [Request::Session(SessionRequest::Remember(call, remembered))] = acted.requests.as_slice()
    else {
        panic!("{acted:?}");
    };
    assert_eq!(**call, issues_after("c2"));
    assert!(remembered.proved.is_some() && remembered.user.is_none());
    assert_eq!(remembered.proved_at.as_deref(), Some("2024-05-06 07:08:09"));
}

#[test]
fn a_profile_that_is_proved_already_is_not_remembered_again() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    bench.perform(ReplyCommand::NextPage);
    let acted = bench.receive(&body(r#"[{"id":2}]"#, LAST));
    let Some(Request::Session(SessionRequest::Remember(call, remembered))) =
        acted.requests.into_iter().next()
    else {
        panic!("nothing is remembered");
    };
    bench.session.profiles.set("", &call, *remembered);
    bench.send(issues(), RequestKind::First);
    bench.receive(&body(r#"[{"id":1}]"#, MORE));
    bench.perform(ReplyCommand::NextPage);
    let acted = bench.receive(&body(r#"[{"id":2}]"#, LAST));
    assert!(acted.requests.is_empty(), "{acted:?}");
}

#[test]
fn pages_that_are_here_are_shown_without_a_call() {
    let mut bench = Bench::with_two_pages();
    let acted = bench.perform(ReplyCommand::PreviousPage);
    assert!(acted.is_quiet() && bench.pane.current == 0);
    assert_eq!(
        bench.perform(ReplyCommand::PreviousPage).said(),
        " This is the first page"
    );
    let acted = bench.perform(ReplyCommand::NextPage);
    assert!(acted.is_quiet() && bench.pane.current == 1);
    bench.perform(ReplyCommand::FirstPage);
    assert_eq!(bench.pane.current, 0);
    bench.act(|pane, context| pane.handle(ReplyRequest::GoToPage(1), context));
    assert_eq!(bench.pane.current, 1);
    assert_eq!(
        bench.perform(ReplyCommand::NextPage).said(),
        " This is the last page: `has_next_page` is false"
    );
}

#[test]
fn a_page_again_takes_the_place_of_the_former_one() {
    let mut bench = Bench::with_two_pages();
    let complete = bench.pane.verdict.clone();
    assert!(matches!(complete, Some(Verdict::Complete(_))));
    bench.perform(ReplyCommand::PreviousPage);
    let acted = bench.act(|pane, context| pane.reload(context));
    assert_eq!(acted.effects.len(), 1);
    let waiting = bench.pane.waiting.as_ref().unwrap();
    assert_eq!(
        (waiting.call(), waiting.kind),
        (Some(&issues()), RequestKind::Again(0))
    );
    // The other page may be read meanwhile.
    bench.perform(ReplyCommand::NextPage);
    let acted = bench.receive(&body(r#"[{"id":1,"title":"one"}]"#, MORE));
    assert!(
        acted.said().starts_with(" Page 1 again: "),
        "{}",
        acted.said()
    );
    assert_eq!((bench.pane.pages.len(), bench.pane.current), (2, 0));
    assert_eq!(bench.pane.pages[0].count(), 1);
    // A record left the page: what followed it may have moved.
    assert!(matches!(bench.pane.verdict, Some(Verdict::Doubtful(_))));
}

#[test]
fn the_last_page_again_may_lead_on() {
    let mut bench = Bench::with_two_pages();
    bench.act(|pane, context| pane.reload(context));
    let third = r#"{"has_next_page":true,"end_cursor":"c3"}"#;
    bench.receive(&body(r#"[{"id":3,"title":"three"}]"#, third));
    assert_eq!(bench.pane.verdict, None);
    bench.perform(ReplyCommand::NextPage);
    assert_eq!(
        bench.pane.waiting.as_ref().unwrap().call(),
        Some(&issues_after("c3"))
    );
}

#[test]
fn a_page_again_that_fails_leaves_verdict_and_pages() {
    let mut bench = Bench::with_two_pages();
    let complete = bench.pane.verdict.clone();
    bench.act(|pane, context| pane.reload(context));
    bench.fail(broken());
    assert_eq!(bench.pane.verdict, complete);
    assert_eq!(bench.pane.pages.len(), 2);
}

#[test]
fn a_call_that_changed_data_is_not_repeated() {
    let mut bench = Bench::new();
    let mut create = Call::new("1", "issues", "create");
    create.skip_truncation = false;
    bench.send(create, RequestKind::First);
    bench.receive(&body(r#"[{"id":1}]"#, MORE));
    let acted = bench.act(|pane, context| pane.reload(context));
    assert!(acted.is_quiet());
    assert_eq!(
        acted.said(),
        " This call changed data: F5 asks before it is sent again"
    );
    assert_eq!(
        bench.perform(ReplyCommand::NextPage).said(),
        " This call changed data: it is not sent again for another page"
    );
    assert_eq!(
        bench.perform(ReplyCommand::Uncut).said(),
        " This call changed data: it is not sent again"
    );
    // Also where nothing asked whether it can be.
    let acted = bench.act(|pane, context| pane.next_page(context));
    assert!(acted.is_quiet());
}

#[test]
fn a_page_is_asked_for_again_with_strings_uncut() {
    let mut bench = Bench::new();
    let mut cut = issues();
    cut.skip_truncation = false;
    bench.send(cut, RequestKind::First);
    bench.receive(&body(r#"[{"id":1}]"#, MORE));
    bench.perform(ReplyCommand::Uncut);
    let waiting = bench.pane.waiting.as_ref().unwrap();
    assert!(waiting.call().unwrap().skip_truncation);
    assert_eq!(waiting.kind, RequestKind::Again(0));
    bench.receive(&body(r#"[{"id":1}]"#, MORE));
    assert!(
        bench
            .perform(ReplyCommand::Uncut)
            .said()
            .starts_with(" Strings were received whole already")
    );
}

#[test]
fn verdicts_at_the_end() {
    let check = |metadata: &str| {
        let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
        bench.perform(ReplyCommand::NextPage);
        bench.receive(&body(r#"[{"id":2}]"#, metadata));
        let refused = bench.perform(ReplyCommand::NextPage).said();
        let refused_all = bench.perform(ReplyCommand::FetchAll).said();
        (bench.pane.verdict.unwrap(), refused, refused_all)
    };
    let (verdict, refused, refused_all) = check(LAST);
    assert_eq!(
        verdict,
        Verdict::Complete(Evidence::Stated("`has_next_page` is false".to_owned()))
    );
    assert_eq!(refused, " This is the last page: `has_next_page` is false");
    assert_eq!(
        refused_all,
        " This is over already, complete: `has_next_page` is false"
    );
    // The cursor leads back to a page that was received.
    let (verdict, refused, _) = check(MORE);
    assert!(matches!(&verdict, Verdict::Incomplete(_)), "{verdict:?}");
    assert_eq!(refused, format!(" No next page: {}", verdict.reason()));
    let (verdict, ..) = check(r#"{"has_next_page":true,"end_cursor":null}"#);
    assert!(matches!(&verdict, Verdict::Incomplete(_)), "{verdict:?}");
}

#[test]
fn all_pages_are_fetched_one_after_the_other() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    let acted = bench.perform(ReplyCommand::FetchAll);
    assert_eq!(acted.asked(), ["Open(FetchAll)"]);
    let limits = Limits::default();
    let acted = bench.act(|pane, context| pane.handle(ReplyRequest::FetchAll(limits), context));
    let call = |task, cursor| {
        Effect::Reply(ReplyEffect::Call {
            task,
            call: issues_after(cursor),
            reading: Reading::List,
            streams: false,
        })
    };
    assert_eq!(acted.effects, [call(bench.task(), "c2")]);
    // One may be in another pane, and read another page.
    assert!(acted.requests.is_empty());
    let fetching = bench.pane.fetching.unwrap();
    assert_eq!((fetching.pages, fetching.records), (1, 1));
    assert_eq!(
        bench.perform(ReplyCommand::FetchAll).said(),
        " All pages are being fetched already: Esc stops it"
    );
    let third = r#"{"has_next_page":true,"end_cursor":"c3"}"#;
    let acted = bench.receive(&body(r#"[{"id":2}]"#, third));
    assert_eq!(acted.effects, [call(bench.task(), "c3")]);
    assert_eq!(bench.pane.current, 0);
    let acted = bench.receive(&body(r#"[{"id":3}]"#, LAST));
    assert!(acted.effects.is_empty());
    assert_eq!(
        acted.said(),
        "+Complete: 3 records in 3 pages: `has_next_page` is false"
    );
    assert_eq!((bench.pane.current, bench.pane.fetching), (0, None));
}

#[test]
fn fetching_all_is_stopped_by_the_user_or_a_limit() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    let limits = Limits {
        pages: Some(1),
        ..Limits::default()
    };
    bench.act(|pane, context| pane.handle(ReplyRequest::FetchAll(limits), context));
    let third = r#"{"has_next_page":true,"end_cursor":"c3"}"#;
    let acted = bench.receive(&body(r#"[{"id":2}]"#, third));
    assert!(acted.effects.is_empty());
    assert!(
        acted
            .said()
            .starts_with("!Not to be taken for all, stopped: 2 records in 2 pages: "),
        "{}",
        acted.said()
    );
    assert_eq!(bench.pane.fetching, None);
    // It can be continued, and a single page counts for no limit.
    bench.act(|pane, context| {
        pane.handle(ReplyRequest::FetchAll(Limits::default()), context);
    });
    let task = bench.task();
    let acted = bench.act(|pane, context| pane.cancel(context));
    assert_eq!(acted.effects, [Effect::Cancel(task)]);
    assert_eq!(
        bench.pane.verdict,
        Some(Verdict::Stopped("by you, after 2 pages".to_owned()))
    );
    assert_eq!(bench.pane.fetching, None);
    assert!(
        bench
            .pane
            .can(ReplyCommand::FetchAll, &bench.session)
            .is_ok()
    );
}

#[test]
fn fetching_all_ends_where_a_page_fails() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    bench.act(|pane, context| {
        pane.handle(ReplyRequest::FetchAll(Limits::default()), context);
    });
    let acted = bench.fail(broken());
    assert!(acted.is_quiet());
    assert_eq!(bench.pane.fetching, None);
    assert!(matches!(bench.pane.verdict, Some(Verdict::Incomplete(_))));
}

#[test]
fn a_profile_that_is_set_leads_on_from_the_last_page() {
    let things = || Call::new("1", "things", "list");
    let mut bench = Bench::new();
    bench.send(things(), RequestKind::First);
    bench.receive(&body(r#"[{"id":1}]"#, "null"));
    assert!(matches!(bench.pane.verdict, Some(Verdict::Unproven(_))));
    bench.act(|pane, context| {
        let request = ReplyRequest::SetProfile(Box::new(things()), Box::new(Profile::whole()));
        pane.handle(request, context);
    });
    assert_eq!(bench.pane.pages[0].next, Next::End(Evidence::User));
    assert_eq!(bench.pane.verdict, Some(Verdict::Complete(Evidence::User)));
    // Another operation's profile is nothing to these pages.
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    bench.act(|pane, context| {
        let call = Call::new("1", "repositories", "list");
        let request = ReplyRequest::SetProfile(Box::new(call), Box::new(Profile::whole()));
        pane.handle(request, context);
    });
    assert!(matches!(bench.pane.pages[0].next, Next::Send { .. }));
    assert_eq!(bench.pane.verdict, None);
}

#[test]
fn all_pages_as_one_list_pass_from_page_to_page() {
    let mut bench = Bench::with_two_pages();
    bench.pane.tab = Tab::Metadata;
    let acted = bench.perform(ReplyCommand::AllPages);
    assert_eq!(acted.asked(), ["Focus(Reply)"]);
    assert_eq!(bench.pane.tab, Tab::Result);
    assert_eq!(bench.pane.all_pages, Some(RowRef::Head(1)));
    bench.pane.step(-1);
    assert_eq!(
        (bench.pane.current, bench.cursor().as_str()),
        (0, ".result[1]")
    );
    bench.pane.step(1);
    assert_eq!(
        (bench.pane.current, bench.cursor().as_str()),
        (1, ".result[0]")
    );
    let rows: Vec<RowRef> = bench.pane.rows_from(RowRef::Head(0)).collect();
    assert_eq!(rows.len(), 5);
    assert_eq!((rows[0], rows[3]), (RowRef::Head(0), RowRef::Head(1)));
    bench.perform(ReplyCommand::AllPages);
    assert_eq!(bench.pane.all_pages, None);
}

#[test]
fn all_pages_are_not_fetched_while_a_call_runs() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    bench.perform(ReplyCommand::NextPage);
    let acted = bench.act(|pane, context| {
        pane.handle(ReplyRequest::FetchAll(Limits::default()), context);
    });
    assert!(acted.is_quiet());
    assert_eq!(acted.said(), " A call is running already: Esc cancels it");
    assert_eq!(bench.pane.fetching, None);
    let third = r#"{"has_next_page":true,"end_cursor":"c3"}"#;
    let acted = bench.receive(&body(r#"[{"id":2}]"#, third));
    assert!(acted.effects.is_empty(), "{acted:?}");
    assert_eq!(bench.pane.current, 1);
}
