//! A request that failed fills the pane: what stands there, where Enter leads, and the way back.

use super::{Bench, LAST, MORE, body, broken, issues};
use crate::app::command::{CopyCommand, Movement, ReplyCommand, ViewCommand};
use crate::app::reply::failed::Look;
use crate::app::requests::{FormRequest, ReplyRequest, Request, RequestKind};
use crate::app::widgets::focus::Pane;
use crate::domain::call::{Call, JsonText};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::secret::Secret;
use crate::json::rows::Role;

/// A refusal that names the parameter `repo`, among other words.
fn refused() -> Failure {
    let mut failure = Failure::new(
        FailureKind::Input,
        "Could not list `issues`: Missing required parameter 'repo' (422)",
    )
    .status(422)
    .detail("HTTP 422\nMissing required parameter 'repo'\nA second line of the answer")
    .hint("Fill it in.");
    failure.names = ["Missing", "repo", "owner"].map(str::to_owned).into();
    failure
}

/// Returns the lines that are shown.
fn shown(bench: &mut Bench, width: usize, height: usize) -> Vec<String> {
    bench.pane.fit(width, height);
    let lines = bench.pane.failed_request().unwrap().seen(height).iter();
    lines
        .map(|line| line.iter().map(|(_, words)| words.as_str()).collect())
        .collect()
}

#[test]
fn a_failed_request_fills_the_pane_and_the_status_line_points_to_it() {
    let mut bench = Bench::new();
    bench.session.setup.host = "https://api.airbyte.ai/".to_owned();
    bench.send(
        issues().with("per_page", JsonText::integer(5)),
        RequestKind::First,
    );
    let acted = bench.fail(refused());
    assert_eq!(
        acted.said(),
        "xCould not list `issues`: the reply pane shows why"
    );
    assert_eq!(acted.failure, Some(refused()));
    let expected = [
        " ✗ Could not list `issues`: Missing required parameter 'repo' (422)",
        "",
        " A second line of the answer",
        "",
        " status   422",
        " field    repo: Enter goes there",
        " hint     Fill it in.",
        " next     F5 sends it again, Esc goes back",
        "",
        " sent     POST https://api.airbyte.ai/api/v1/integrations/connectors/1/execute",
        " {",
        "   \"entity\": \"issues\",",
        "   \"action\": \"list\",",
        "   \"params\": {",
        "     \"per_page\": 5",
        "   },",
        "   \"skip_truncation\": true",
        " }",
    ];
    assert_eq!(shown(&mut bench, 100, 40), expected);
    let failed = bench.pane.failed_request().unwrap();
    assert!(
        failed.seen(40)[11]
            .iter()
            .any(|(look, words)| *look == Look::Json(Role::Key) && words == "\"entity\"")
    );
    assert_eq!(bench.pane.call().unwrap().params.len(), 1);
}

#[test]
fn enter_goes_to_the_field_that_the_answer_names() {
    let mut bench = Bench::new();
    bench.send(issues(), RequestKind::First);
    bench.fail(refused());
    let acted = bench.view(ViewCommand::Toggle);
    let go = Request::Form(FormRequest::GoToRow {
        connector_id: "1".to_owned(),
        entity: "issues".to_owned(),
        action: "list".to_owned(),
        row: "repo".to_owned(),
    });
    assert_eq!(acted.requests, [go, Request::Focus(Pane::Request)]);
    // Options are rows, too; a name that is no row is passed over.
    for (names, expected) in [
        (vec!["x", "select_fields"], Some("select_fields")),
        (vec!["x"], None),
        (vec![], None),
    ] {
        bench.send(issues(), RequestKind::First);
        let mut failure = refused();
        failure.names = names.into_iter().map(str::to_owned).collect();
        bench.fail(failure);
        let field = bench.pane.failed_request().unwrap().field.clone();
        assert_eq!(field.as_deref(), expected);
    }
    assert_eq!(
        bench.view(ViewCommand::Toggle).said(),
        " The answer names no field of the request"
    );
}

#[test]
fn the_failure_scrolls_in_a_small_window() {
    let mut bench = Bench::new();
    bench.send(issues(), RequestKind::First);
    bench.fail(refused());
    let all = shown(&mut bench, 40, 100);
    assert!(
        all.iter().all(|line| crate::text::width(line) <= 40),
        "{all:?}"
    );
    assert_eq!(shown(&mut bench, 40, 4), all[..4]);
    bench.pane.move_cursor(Movement::Down, 4);
    assert_eq!(shown(&mut bench, 40, 4), all[1..5]);
    bench.pane.move_cursor(Movement::Bottom, 4);
    assert_eq!(shown(&mut bench, 40, 4), all[all.len() - 4..]);
    bench.pane.move_cursor(Movement::Up, 4);
    assert_eq!(shown(&mut bench, 40, 4), all[all.len() - 5..all.len() - 1]);
    bench.pane.scroll(-1000);
    assert_eq!(shown(&mut bench, 40, 4), all[..4]);
}

#[test]
fn the_reply_before_comes_back_with_escape() {
    let mut bench = Bench::with_two_pages();
    bench.perform(ReplyCommand::AllPages);
    bench.send(Call::new("1", "repositories", "list"), RequestKind::First);
    bench.fail(broken());
    assert!(bench.pane.page().is_none());
    let reason = "There is no reply: the request failed. Esc goes back to the one before";
    assert_eq!(
        bench.perform(ReplyCommand::NextPage).said(),
        format!(" {reason}")
    );
    bench.act(|pane, context| assert!(pane.back(context)));
    assert_eq!((bench.pane.pages.len(), bench.pane.current), (2, 1));
    assert!(bench.pane.all_pages.is_some(), "as it was");
    bench.act(|pane, context| assert!(pane.back(context)));
    assert_eq!(bench.pane.call().unwrap().entity, "issues");
    bench.act(|pane, context| assert!(!pane.back(context)));
}

#[test]
fn the_request_that_failed_is_sent_again_as_it_was() {
    let mut bench = Bench::with_page("[1]", LAST);
    let call = Call::new("1", "repositories", "list");
    bench.send(call.clone(), RequestKind::First);
    bench.fail(broken());
    bench.act(|pane, context| pane.reload(context));
    let waiting = bench.pane.waiting.as_ref().unwrap();
    assert_eq!(
        (waiting.call(), waiting.kind),
        (Some(&call), RequestKind::First)
    );
    // What failed stays to be read until the answer is here.
    assert!(bench.pane.failed_request().is_some());
    bench.receive(&body("[2]", LAST));
    assert!(bench.pane.failed_request().is_none() && bench.pane.page().is_some());
}

#[test]
fn a_further_page_that_fails_leaves_the_pages() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    bench.perform(ReplyCommand::NextPage);
    assert_eq!(bench.fail(broken()).said(), "xThe connection broke");
    assert!(bench.pane.failed_request().is_none() && bench.pane.page().is_some());
    bench.act(|pane, context| pane.reload(context));
    bench.fail(broken());
    assert!(bench.pane.failed_request().is_none() && bench.pane.page().is_some());
}

#[test]
fn a_change_whose_outcome_is_unknown_is_not_advised_to_be_sent_again() {
    let next = |action: &str, failure: Failure| {
        let mut bench = Bench::new();
        bench.send(Call::new("1", "issues", action), RequestKind::First);
        bench.fail(failure);
        let lines = shown(&mut bench, 80, 40);
        lines
            .into_iter()
            .find(|line| line.contains("next "))
            .unwrap()
    };
    assert_eq!(
        next("create", broken()),
        " next     F5 asks before it is sent again, Esc goes back"
    );
    assert_eq!(
        next("create", broken().outcome_unknown()),
        " next     Esc goes back"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_said_in_its_place() {
    let mut bench = Bench::of_file();
    let acted = bench.fail(broken());
    assert_eq!(
        acted.said(),
        "xThe file could not be read: the reply pane shows why"
    );
    let lines = shown(&mut bench, 80, 40);
    assert_eq!(
        lines,
        [" ✗ The connection broke", "", " next     F5 reads it again"]
    );
}

#[test]
fn a_failure_is_copied_whole_and_without_secrets() {
    let mut bench = Bench::new();
    bench
        .session
        .setup
        .scrubber
        .learn(&Secret::new("t0ken-t0ken-t0ken"));
    let call = issues().with("owner", JsonText::string("t0ken-t0ken-t0ken"));
    bench.send(call, RequestKind::First);
    bench.fail(refused());
    let (text, what) = bench.copy(CopyCommand::Value);
    assert_eq!(what, "the failure");
    assert!(text.contains("✗ Could not list `issues`"), "{text}");
    assert!(
        text.contains("\"owner\": \"…\"") && !text.contains("t0ken"),
        "{text}"
    );
    assert_eq!(
        bench.copy(CopyCommand::Record).1,
        "This is a failure: y y copies it"
    );
    assert!(bench.perform(ReplyCommand::CopyPrefix).prefix.is_some());
    bench.act(|pane, context| pane.handle(ReplyRequest::Cancel, context));
}
