//! A run over many records: what is sent, what arrives, the verdict, stopping, repeating, and the way back.

use super::{Acted, Bench, MORE, body, broken, issues, reply};
use crate::app::command::ReplyCommand;
use crate::app::effect::{EachCalls, EachEffect, Effect};
use crate::app::ids::TaskId;
use crate::app::msg::{EachMsg, EachPage};
use crate::app::parents::{EachPlan, Parent, ParentEnd, ParentOutcome, parents, shared_leads};
use crate::app::reply::page::Tab;
use crate::app::requests::{ReplyRequest, Request, RequestKind};
use crate::app::source::LoadedReply;
use crate::catalog;
use crate::domain::call::Call;
use crate::envelope::Envelope;
use crate::json::feed::Feeder;
use crate::paging::{Evidence, Verdict};
use std::sync::Arc;

/// Starts a run for the issues 7, 8 and 9, which are marked.
fn started() -> (Bench, Acted) {
    let records = r#"[{"number":7},{"number":8},{"number":9}]"#;
    let mut bench = Bench::with_page(records, MORE);
    bench.perform(ReplyCommand::MarkAll);
    let plan = plan(&bench);
    let start = ReplyRequest::Each(Box::new(plan));
    let acted = bench.act(|pane, context| pane.handle(start, context));
    (bench, acted)
}

/// Returns the plan for what is marked, each record with its number.
fn plan(bench: &Bench) -> EachPlan {
    let (marked, unread) = bench.pane.marked();
    assert_eq!((marked.len(), unread), (1, 0));
    let document = &marked[0].document;
    let parent = |record: &crate::json::document::NodeId| {
        let number = document.member(*record, "number").unwrap();
        let params = format!(r#"{{"number":{}}}"#, document.text(number));
        let params = crate::domain::call::Params::parse(&params).unwrap();
        Parent {
            values: params.clone(),
            params,
            name: None,
            place: (marked[0].page, *record),
        }
    };
    EachPlan {
        call: Call::new("1", "comments", "list"),
        parents: marked[0].records.iter().map(parent).collect(),
        records: 3,
        left_out: 0,
        pages: Some(10),
        jobs: 2,
    }
}

fn run(acted: &Acted) -> (TaskId, EachCalls) {
    match acted.effects.last() {
        Some(Effect::Each(EachEffect::Start { task, run })) => (*task, (**run).clone()),
        other => panic!("no run but {other:?}"),
    }
}

fn msg(bench: &mut Bench, msg: EachMsg) -> Acted {
    bench.act(|pane, context| pane.each_msg(msg, context))
}

fn grown(lines: &str) -> Box<Envelope> {
    let mut feeder = Feeder::any_values();
    feeder.feed(lines.as_bytes());
    Box::new(Envelope::read(Arc::new(feeder.snapshot())))
}

/// Reports a page of a parent; `lines` are all records so far.
fn page(bench: &mut Bench, parent: u64, page: u64, records: u64, lines: &str) {
    let page = EachPage {
        parent,
        page,
        records,
        reply: reply(lines),
    };
    let (task, grown) = (bench.task(), grown(lines));
    msg(bench, EachMsg::Page { task, page, grown });
}

fn complete() -> ParentEnd {
    ParentEnd {
        outcome: ParentOutcome::Complete,
        verdict: Verdict::Complete(Evidence::EmptyPage),
        failure: None,
        warning: None,
    }
}

fn failed() -> ParentEnd {
    ParentEnd {
        outcome: ParentOutcome::Failed,
        verdict: Verdict::Incomplete("x".to_owned()),
        failure: Some(broken()),
        warning: None,
    }
}

fn end(bench: &mut Bench, parent: u64, end: ParentEnd) {
    let task = bench.task();
    let (calls, ended, end) = (1, 1, Box::new(end));
    msg(bench, EachMsg::Sent { task, calls, ended });
    msg(bench, EachMsg::Ended { task, parent, end });
}

fn over(bench: &mut Bench, lines: &str) -> Acted {
    let task = bench.task();
    let mut feeder = Feeder::any_values();
    feeder.feed(lines.as_bytes());
    let document = feeder.finish();
    let loaded = LoadedReply::new(reply(lines), Envelope::read(Arc::new(document)));
    let result = Ok(Box::new(loaded));
    msg(bench, EachMsg::Over { task, result })
}

const SEVEN: &str =
    "{\"_parent\":{\"number\":7},\"id\":1}\n{\"_parent\":{\"number\":7},\"id\":2}\n";
const NINE: &str = "{\"_parent\":{\"number\":9},\"id\":3}\n";

/// Runs to the end: seven has two records, eight fails, nine has one.
fn ended() -> (Bench, Acted) {
    let (mut bench, _) = started();
    page(&mut bench, 0, 1, 2, SEVEN);
    end(&mut bench, 0, complete());
    end(&mut bench, 1, failed());
    let all = format!("{SEVEN}{NINE}");
    page(&mut bench, 2, 1, 1, &all);
    end(&mut bench, 2, complete());
    let acted = over(&mut bench, &all);
    (bench, acted)
}

#[test]
fn a_run_is_sent_in_place_of_the_reply_which_is_kept() {
    let (bench, acted) = started();
    let (_, run) = run(&acted);
    let numbers: Vec<String> = run
        .parents
        .iter()
        .map(|(number, parent)| format!("{number} {}", parent.words()))
        .collect();
    assert_eq!(numbers, ["0 number=7", "1 number=8", "2 number=9"]);
    assert_eq!((run.pages, run.jobs, run.kept), (Some(10), 2, None));
    assert!(bench.pane.is_asking_each() && bench.pane.page().is_none());
    let labels = bench.pane.trail.labels();
    assert_eq!(labels, ["issues", "3 records", "comments"]);
}

#[test]
fn the_records_of_all_are_one_page_and_know_whose_they_are() {
    let (bench, acted) = ended();
    let pane = &bench.pane;
    assert_eq!(
        acted.said(),
        "!Not to be taken for all, incomplete: 3 records of 3 parents: 1 of 3 parents failed"
    );
    assert_eq!(
        (pane.pages.len(), pane.page().unwrap().count()),
        (1, 3),
        "one page with all records"
    );
    let each = pane.each.as_ref().unwrap();
    let parents: Vec<_> = (0..3).map(|place| each.parent_at(place)).collect();
    assert_eq!(parents, [Some(0), Some(0), Some(2)]);
    let begins: Vec<_> = (0..3).map(|place| each.begins_at(place)).collect();
    assert_eq!(begins, [Some((0, 2)), None, Some((2, 1))]);
    // The ledger: two pages and a failure.
    let rows: Vec<_> = each
        .rows
        .iter()
        .map(|row| (row.parent, row.page.is_some(), row.end.is_some()))
        .collect();
    assert_eq!(rows, [(0, true, true), (1, false, true), (2, true, true)]);
}

#[test]
fn the_call_of_a_record_is_that_of_its_parent() {
    let (mut bench, _) = ended();
    bench.go_to("[2]");
    let call = bench.pane.call().unwrap();
    assert_eq!(call.params.to_json(), r#"{"number":9}"#);
    assert!(!bench.pane.has_request());
    let said = bench.perform(ReplyCommand::Uncut).said();
    assert_eq!(
        said,
        " These are the records of many calls: they are not sent again"
    );
}

#[test]
fn the_body_is_saved_as_the_lines_that_it_is() {
    let (bench, _) = ended();
    let name = bench.pane.default_name(&bench.session);
    assert_eq!(name, "github-comments-list-2024-05-06.ndjson");
}

#[test]
fn the_verdict_is_that_of_the_worst_parent() {
    let other = |outcome, verdict| ParentEnd {
        outcome,
        verdict,
        failure: None,
        warning: None,
    };
    let words = |text: &str| text.to_owned();
    let ended = ParentOutcome::Ended;
    let check = |second: ParentEnd, expected: Verdict| {
        let (mut bench, _) = started();
        end(&mut bench, 0, complete());
        end(&mut bench, 1, second);
        end(&mut bench, 2, complete());
        over(&mut bench, SEVEN);
        assert_eq!(bench.pane.verdict, Some(expected));
    };
    check(complete(), Verdict::Complete(Evidence::Each(3)));
    check(
        failed(),
        Verdict::Incomplete(words("1 of 3 parents failed")),
    );
    check(
        other(ended, Verdict::Unproven(words("u"))),
        Verdict::Unproven(words("1 of 3 parents: u")),
    );
    check(
        other(ended, Verdict::Doubtful(words("d"))),
        Verdict::Doubtful(words("1 of 3 parents: d")),
    );
    check(
        other(ended, Verdict::Stopped(words("by the limit of 10 pages"))),
        Verdict::Stopped(words("1 of 3 parents: by the limit of 10 pages")),
    );
    check(
        other(
            ParentOutcome::Failed,
            Verdict::Stopped(words("by --max-calls 4")),
        ),
        Verdict::Stopped(words("1 of 3 parents were not asked, by --max-calls 4")),
    );
}

#[test]
fn news_of_another_run_is_dropped() {
    let (mut bench, _) = started();
    let (calls, ended) = (1, 0);
    let task = TaskId(bench.task().0 + 1);
    msg(&mut bench, EachMsg::Sent { task, calls, ended });
    assert_eq!(bench.pane.each.as_ref().unwrap().sent, 0);
    let task = bench.task();
    msg(&mut bench, EachMsg::Sent { task, calls, ended });
    assert_eq!(bench.pane.each.as_ref().unwrap().sent, 1);
}

#[test]
fn the_failed_ones_are_repeated_and_the_others_stay() {
    let (mut bench, _) = ended();
    assert!(bench.pane.can_reload(&bench.session).is_ok());
    let acted = bench.act(|pane, context| pane.reload(context));
    let (_, run) = run(&acted);
    let numbers: Vec<u64> = run.parents.iter().map(|(number, _)| *number).collect();
    let (document, kept) = run.kept.unwrap();
    let kept: Vec<_> = kept.iter().map(|node| document.text(*node)).collect();
    assert_eq!((numbers, kept.len()), (vec![1], 3));
    let reason = bench.pane.can_reload(&bench.session).unwrap_err();
    assert_eq!(reason, "The run is not over: Esc stops it");
    let eight = "{\"_parent\":{\"number\":8},\"id\":4}\n";
    let all = format!("{SEVEN}{NINE}{eight}");
    let task = bench.task();
    let kept = EachMsg::Kept {
        task,
        grown: grown(&format!("{SEVEN}{NINE}")),
        reply: Box::new(reply("")),
    };
    msg(&mut bench, kept);
    page(&mut bench, 1, 1, 1, &all);
    end(&mut bench, 1, complete());
    over(&mut bench, &all);
    assert_eq!(
        bench.pane.verdict,
        Some(Verdict::Complete(Evidence::Each(3)))
    );
    let each = bench.pane.each.as_ref().unwrap();
    assert_eq!((each.records, each.parent_at(3)), (4, Some(1)));
    let reason = bench.pane.can_reload(&bench.session).unwrap_err();
    assert_eq!(reason, "No parent failed: there is nothing to repeat");
}

#[test]
fn what_a_failed_parent_brought_is_asked_for_again() {
    let (mut bench, _) = started();
    page(&mut bench, 0, 1, 2, SEVEN);
    end(&mut bench, 0, failed());
    let all = format!("{SEVEN}{NINE}");
    page(&mut bench, 2, 1, 1, &all);
    end(&mut bench, 2, complete());
    end(&mut bench, 1, complete());
    over(&mut bench, &all);
    let acted = bench.act(|pane, context| pane.reload(context));
    let (document, kept) = run(&acted).1.kept.unwrap();
    let kept: Vec<_> = kept.iter().map(|node| document.text(*node)).collect();
    assert_eq!(kept, [NINE.trim_end()]);
    let each = bench.pane.each.as_ref().unwrap();
    assert_eq!((each.parent_at(0), each.done()), (Some(2), (2, 3)));
}

#[test]
fn esc_has_the_run_hand_over_what_it_has_and_a_second_one_leaves_it() {
    let (mut bench, _) = started();
    let task = bench.task();
    page(&mut bench, 0, 1, 2, SEVEN);
    end(&mut bench, 0, complete());
    let acted = bench.act(|pane, context| pane.stop(context));
    assert_eq!(acted.effects, [Effect::Each(EachEffect::Stop(task))]);
    let mut other = Bench {
        session: bench.session.clone(),
        tasks: bench.tasks.clone(),
        pane: bench.pane.clone(),
    };
    let said = "!Stopped by you: 1 of 3 parents ended before; 2 records kept, R asks for the rest";
    assert_eq!(over(&mut bench, SEVEN).said(), said);
    let acted = other.act(|pane, context| pane.stop(context));
    assert_eq!(acted.effects, [Effect::Cancel(task)]);
    assert_eq!(acted.said(), said);
    for pane in [&bench.pane, &other.pane] {
        assert_eq!(pane.page().unwrap().count(), 2);
        assert!(matches!(pane.verdict, Some(Verdict::Stopped(_))));
        assert!(pane.can_repeat_each().is_ok() && !pane.is_asking_each());
    }
}

#[test]
fn another_call_after_the_stop_leaves_the_run_with_what_it_has() {
    let (mut bench, _) = started();
    page(&mut bench, 0, 1, 2, SEVEN);
    bench.act(|pane, context| pane.stop(context));
    let acted = bench.act(|pane, context| pane.stop(context));
    assert!(matches!(acted.effects[..], [Effect::Cancel(_)]));
    bench.send(issues(), RequestKind::First);
    assert!(!bench.pane.is_asking_each());
    assert_eq!(bench.pane.page().unwrap().count(), 2);
    bench.receive(&body("[]", MORE));
    assert!(bench.pane.each.is_none());
    // The run is a step of the trail.
    let back = crate::app::reply::trail::Direction::Back;
    bench.act(|pane, context| pane.go(back, context));
    assert_eq!(bench.pane.each.as_ref().unwrap().records, 2);
}

#[test]
fn without_a_call_left_the_question_comes_first() {
    let records = r#"[{"number":7},{"number":8},{"number":9}]"#;
    let mut bench = Bench::with_page(records, MORE);
    bench.perform(ReplyCommand::MarkAll);
    bench.session.setup.max_calls = Some(0);
    let start = ReplyRequest::Each(Box::new(plan(&bench)));
    let acted = bench.act(|pane, context| pane.handle(start, context));
    assert_eq!(acted.said(), "!Not sent: --max-calls 0 is reached");
    assert!(acted.effects.is_empty() && bench.pane.each.is_none());
    assert!(matches!(acted.requests.first(), Some(Request::Open(_))));
}

#[test]
fn one_goes_to_the_record_that_was_asked_for() {
    let (mut bench, _) = ended();
    bench.go_to("[2].id");
    let acted = bench.perform(ReplyCommand::ParentRecord);
    assert_eq!(bench.cursor(), ".result[2]", "{acted:?}");
    assert!(bench.pane.each.is_none());
    assert_eq!(
        bench.perform(ReplyCommand::ParentRecord).said(),
        " This is no run over many records: x on marked records starts one"
    );
}

#[test]
fn the_ledger_opens_at_the_page_of_the_record_and_leads_to_records() {
    let (mut bench, _) = ended();
    bench.go_to("[2]");
    assert_eq!(bench.pane.ledger_row_here(), Some(2));
    let to = ReplyRequest::GoToRecord(1);
    bench.act(|pane, context| pane.handle(to, context));
    assert_eq!(bench.cursor(), ".[1]");
    assert_eq!(bench.pane.tab, Tab::Result);
}

#[test]
fn marked_records_lead_to_what_any_of_them_leads_to() {
    let definition = catalog::by_name("zendesk-support").unwrap();
    let (operations, relations) = (definition.operations(), definition.relations());
    let mut bench = Bench::new();
    bench.send(Call::new("1", "tickets", "list"), RequestKind::First);
    bench.receive(&body(
        r#"[{"id":1},{"id":2,"assignee_id":5,"organization_id":6},{"id":3,"assignee_id":5}]"#,
        MORE,
    ));
    bench.perform(ReplyCommand::MarkAll);
    let (marked, _) = bench.pane.marked();
    let leads = shared_leads(&operations, &relations, &marked);
    let told: Vec<String> = leads
        .iter()
        .map(|lead| format!("{} {} {}", lead.entity, lead.action, lead.about()))
        .collect();
    assert_eq!(
        told,
        [
            "ticket_comments list ticket_id=@id",
            "ticket_audits list ticket_id=@id",
            "users get user_id=@assignee_id",
            "organizations get organization_id=@organization_id",
            "tickets get ticket_id=@id",
        ]
    );
    // Two have the same assignee, one has none.
    let users = operations
        .iter()
        .find(|own| own.entity == "users" && own.action == "get")
        .unwrap();
    let of = parents(users, &relations, &marked, Some(("user_id", "assignee_id")));
    assert_eq!((of.list.len(), of.repeated, of.without), (1, 1, 1));
}

#[test]
fn a_run_that_is_stopped_before_anything_came_can_begin_again() {
    let (mut bench, _) = started();
    bench.act(|pane, context| pane.stop(context));
    bench.act(|pane, context| pane.stop(context));
    assert!(bench.pane.page().is_none() && bench.pane.load.task().is_none());
    assert!(bench.pane.can_reload(&bench.session).is_ok());
    let acted = bench.act(|pane, context| pane.reload(context));
    let (_, run) = run(&acted);
    assert_eq!((run.parents.len(), run.kept), (3, None));
}

#[test]
fn records_without_a_value_and_warnings_are_not_passed_over() {
    let mut bench = Bench::with_page(r#"[{"number":7},{"number":8},{"number":9}]"#, MORE);
    bench.perform(ReplyCommand::MarkAll);
    let plan = EachPlan {
        records: 5,
        left_out: 2,
        ..plan(&bench)
    };
    let start = ReplyRequest::Each(Box::new(plan));
    bench.act(|pane, context| pane.handle(start, context));
    for parent in 0..3 {
        end(&mut bench, parent, complete());
    }
    over(&mut bench, SEVEN);
    let words = "2 of 5 records had no value to ask with".to_owned();
    assert_eq!(bench.pane.verdict, Some(Verdict::Incomplete(words)));

    let (mut bench, _) = started();
    let warned = ParentEnd {
        warning: Some("some fields were left out".to_owned()),
        ..complete()
    };
    end(&mut bench, 0, warned);
    end(&mut bench, 1, complete());
    end(&mut bench, 2, complete());
    let said = over(&mut bench, SEVEN).said();
    assert!(
        said.starts_with("!Complete, but the service warns of 1 parent, see L: "),
        "{said}"
    );
}

#[test]
fn nothing_else_is_asked_for_while_a_run_is_on_its_way() {
    let (mut bench, _) = started();
    let task = bench.task();
    let said = " A run over many records is on its way: Esc stops that first";
    let call = Call::new("1", "users", "list");
    let acted = bench.act(|pane, context| pane.send(call, RequestKind::First, context));
    assert_eq!((acted.said().as_str(), acted.effects.len()), (said, 0));
    let again = ReplyRequest::Each(Box::new(EachPlan {
        parents: Vec::new(),
        ..(*bench.pane.each.as_ref().unwrap().plan).clone()
    }));
    let acted = bench.act(|pane, context| pane.handle(again, context));
    assert_eq!((acted.said().as_str(), acted.effects.len()), (said, 0));
    assert_eq!(bench.task(), task);
    page(&mut bench, 0, 1, 2, SEVEN);
    assert!(
        bench
            .perform(ReplyCommand::Filter)
            .said()
            .starts_with(" The run is on its way")
    );
}
