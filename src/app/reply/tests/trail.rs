//! Going back and forward through requests: what a reply looks like when one comes back to it, and what runs meanwhile.

use super::{Acted, Bench, LAST, MORE, body, broken, issues};
use crate::app::command::{ReplyCommand, ViewCommand};
use crate::app::effect::{DocumentEffect, Effect};
use crate::app::reply::Shown;
use crate::app::reply::trail::Direction;
use crate::app::reply::views::View;
use crate::app::request_state::RequestState;
use crate::app::requests::RequestKind;
use crate::domain::call::{Call, Params};
use crate::paging::{Limits, Verdict};

fn go(bench: &mut Bench, direction: Direction) -> Acted {
    match bench.pane.can_go(direction) {
        Ok(()) => bench.act(|pane, context| pane.go(direction, context)),
        Err(reason) => super::refused(&reason),
    }
}

fn comments() -> Call {
    Call::new("1", "comments", "list")
}

/// Sends a list of comments after what is shown, and receives it.
fn comments_after(bench: &mut Bench) {
    bench.send(comments(), RequestKind::First);
    bench.receive(&body(r#"[{"id":70},{"id":71}]"#, LAST));
}

#[test]
fn one_comes_back_to_pages_cursor_folds_marks_and_verdict_without_a_call() {
    let mut bench = Bench::with_two_pages();
    bench.perform(ReplyCommand::PreviousPage);
    bench.view(ViewCommand::UnfoldAll);
    bench.go_to(".result[1].title");
    bench.perform(ReplyCommand::Mark);
    bench.go_to(".result[0].title");
    let rows = |bench: &Bench| bench.pane.tree().unwrap().rows(20, 80).len();
    let open = rows(&bench);
    comments_after(&mut bench);
    assert_eq!(bench.pane.pages.len(), 1);
    assert_eq!(bench.pane.trail.labels(), ["issues", "comments"]);

    assert!(go(&mut bench, Direction::Back).is_quiet());
    assert_eq!((bench.pane.pages.len(), bench.pane.current), (2, 0));
    assert_eq!(bench.cursor(), ".result[0].title");
    assert_eq!(bench.marked(), [r#"{"id":2,"title":"two"}"#]);
    assert_eq!(rows(&bench), open);
    assert!(matches!(bench.pane.verdict, Some(Verdict::Complete(_))));
    assert_eq!(bench.pane.run.as_ref().unwrap().pages(), 2);
    assert_eq!(bench.pane.trail.labels(), ["issues"]);

    assert!(go(&mut bench, Direction::Forward).is_quiet());
    assert_eq!(bench.pane.call().unwrap().entity, "comments");
    assert_eq!(
        go(&mut bench, Direction::Forward).said(),
        " There is no request to go forward to"
    );
}

#[test]
fn view_tab_search_and_filter_come_back() {
    let mut bench = Bench::with_two_pages();
    bench.view(ViewCommand::NextView);
    bench.find("three");
    comments_after(&mut bench);
    assert_eq!(bench.pane.search.count(), 0);
    bench.perform(ReplyCommand::NextTab);
    go(&mut bench, Direction::Back);
    assert_eq!(bench.pane.view(), View::Table);
    assert_eq!(bench.pane.search.count(), 1);
    assert!(bench.pane.search_is_here());
    go(&mut bench, Direction::Forward);
    assert_eq!(bench.pane.tab, crate::app::reply::page::Tab::Metadata);
}

#[test]
fn a_search_that_was_left_while_it_ran_is_made_again() {
    let mut bench = Bench::with_page("[1]", LAST);
    bench.act(|pane, context| pane.search("1", context));
    let task = bench.pane.search.running.task().unwrap();
    bench.send(comments(), RequestKind::First);
    let acted = bench.receive(&body("[2]", LAST));
    assert!(acted.effects.contains(&Effect::Cancel(task)));
    let acted = go(&mut bench, Direction::Back);
    assert!(matches!(acted.find(), DocumentEffect::Find { .. }));
}

#[test]
fn a_request_that_fails_leaves_the_reply_before_in_its_place() {
    let mut bench = Bench::with_page("[1]", LAST);
    bench.send(comments(), RequestKind::First);
    bench.fail(broken());
    bench.act(|pane, context| assert!(pane.back(context)));
    assert_eq!(bench.pane.trail.labels(), ["issues"]);
    assert_eq!(
        go(&mut bench, Direction::Back).said(),
        " There is no request before this one to go back to"
    );
    assert_eq!(bench.pane.call().unwrap().entity, "issues");
}

#[test]
fn a_failure_is_a_step_until_another_request_is_sent_from_it() {
    let mut bench = Bench::with_page("[1]", LAST);
    comments_after(&mut bench);
    bench.send(Call::new("1", "users", "list"), RequestKind::First);
    bench.fail(broken());
    assert!(bench.pane.failed_request().is_some());
    assert_eq!(bench.pane.trail.place(), (3, 3));
    // Nothing between is left out, and the failure is there to come back to.
    go(&mut bench, Direction::Back);
    assert_eq!(bench.pane.call().unwrap().entity, "comments");
    assert_eq!(bench.pane.trail.place(), (2, 3));
    go(&mut bench, Direction::Forward);
    let failed = bench.pane.failed_request().unwrap();
    assert_eq!(failed.call.as_ref().unwrap().entity, "users");
    // What is sent from there takes its place, whatever comes of it.
    bench.send(Call::new("1", "users", "list"), RequestKind::First);
    bench.fail(broken());
    assert_eq!(bench.pane.trail.place(), (3, 3));
    bench.send(issues(), RequestKind::First);
    bench.receive(&body("[2]", LAST));
    assert_eq!(bench.pane.trail.place(), (3, 3));
    go(&mut bench, Direction::Back);
    assert_eq!(bench.pane.call().unwrap().entity, "comments");
}

#[test]
fn going_back_from_a_request_that_failed_shows_the_reply_before() {
    let mut bench = Bench::with_page("[1]", LAST);
    bench.pane.leave(Some(RequestState::default()));
    bench.send(comments(), RequestKind::First);
    bench.fail(broken());
    assert!(bench.pane.page().is_none());
    go(&mut bench, Direction::Back);
    assert_eq!(bench.pane.call().unwrap().entity, "issues");
}

#[test]
fn a_call_that_only_reads_is_cancelled_by_going_back() {
    let mut bench = Bench::with_page("[1]", LAST);
    comments_after(&mut bench);
    bench.send(issues(), RequestKind::First);
    let task = bench.task();
    let acted = go(&mut bench, Direction::Back);
    assert_eq!(acted.effects, [Effect::Cancel(task)]);
    assert_eq!(bench.pane.call().unwrap().entity, "issues");
    assert!(bench.pane.waiting.is_none());
}

#[test]
fn what_must_not_be_lost_is_not_cancelled_by_going_back() {
    let mut bench = Bench::with_page("[1]", LAST);
    comments_after(&mut bench);
    bench.send(Call::new("1", "issues", "create"), RequestKind::First);
    let said = go(&mut bench, Direction::Back).said();
    assert!(
        said.starts_with(" A call that changes data is running"),
        "{said}"
    );
    bench.act(|pane, context| pane.cancel(context));
    let download = Call::download("1", "files", Params::default());
    bench.send(download, RequestKind::First);
    let said = go(&mut bench, Direction::Back).said();
    assert!(said.starts_with(" A download is running"), "{said}");

    let mut bench = Bench::with_page("[1]", LAST);
    bench.send(comments(), RequestKind::First);
    bench.receive(&body("[2]", MORE));
    bench.act(|pane, context| pane.fetch_all(Limits::default(), context));
    let said = go(&mut bench, Direction::Back).said();
    assert!(said.starts_with(" All pages are being fetched"), "{said}");
}

#[test]
fn a_reply_that_is_shown_while_it_arrives_is_a_step_of_its_own() {
    let mut bench = Bench::with_page("[1]", LAST);
    bench.send(comments(), RequestKind::First);
    bench.grow(r#"{"status":"success","result":[5,6"#, false);
    bench.grow(r#"{"status":"success","result":[5,6,7"#, true);
    assert_eq!(bench.pane.trail.labels(), ["issues", "comments"]);
    bench.receive(&body("[5,6,7]", LAST));
    assert_eq!(bench.pane.trail.labels(), ["issues", "comments"]);
    go(&mut bench, Direction::Back);
    assert_eq!(bench.pane.page().unwrap().count(), 1);
    go(&mut bench, Direction::Forward);
    assert_eq!(bench.pane.page().unwrap().count(), 3);
    // What was received of one that is given up is kept with its request.
    bench.send(comments(), RequestKind::First);
    bench.grow(r#"{"status":"success","result":[8,9"#, false);
    go(&mut bench, Direction::Back);
    assert_eq!(bench.pane.page().unwrap().count(), 3);
    go(&mut bench, Direction::Forward);
    assert!(!bench.pane.page().unwrap().reply.whole);
}

#[test]
fn a_page_that_is_asked_for_again_is_no_step() {
    let mut bench = Bench::with_page("[1]", LAST);
    bench.act(|pane, context| pane.reload(context));
    bench.receive(&body("[1,2]", LAST));
    assert!(bench.pane.can_go(Direction::Back).is_err());
    assert_eq!(bench.pane.pages.len(), 1);
}

#[test]
fn a_file_is_a_step_that_esc_goes_back_from() {
    let mut bench = Bench::with_page("[1]", LAST);
    let download = Call::download("1", "files", Params::default());
    bench.send(download, RequestKind::First);
    let task = bench.task();
    let file = super::calls::saved_file();
    bench.act(|pane, context| {
        pane.download_finished(task, Ok(file), context);
    });
    assert!(matches!(bench.pane.shown, Shown::File(_)));
    bench.act(|pane, context| assert!(pane.back(context)));
    assert!(bench.pane.page().is_some());
    go(&mut bench, Direction::Forward);
    assert!(matches!(bench.pane.shown, Shown::File(_)));
}
