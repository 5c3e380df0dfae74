//! The question before a run over marked records, and its ledger.

use super::{Fixture, assert_requests, loaded, params, said};
use crate::app::context::Step;
use crate::app::parents::{SharedLead, shared_leads};
use crate::app::popups::dialog::DialogState as _;
use crate::app::popups::each::{EachDialog, Field};
use crate::app::reply::Shown;
use crate::app::reply::page::Page;
use crate::app::requests::{FormRequest, ReplyRequest, Request};
use crate::app::testing::connector;
use crate::app::widgets::focus::Pane;
use crate::domain::call::Call;
use crate::domain::reply::PageOrigin;
use crate::paging::{Evidence, Next};

/// Makes a page of tickets, all of which are marked.
fn tickets(records: &str) -> Fixture {
    let mut fixture = Fixture::new();
    fixture.session.connectors = vec![connector("1", "Desk", "zendesk-support")];
    let body = format!(r#"{{"status":"success","result":[{records}]}}"#);
    let origin = PageOrigin::Call(Call::new("1", "tickets", "list"));
    let id = fixture.tasks.next_page();
    let next = Next::End(Evidence::EmptyPage);
    let mut page = Page::new(id, origin, loaded(&body), next);
    page.marks.extend(page.shown_records());
    fixture.reply.pages.push(page);
    fixture.reply.shown = Shown::Pages;
    fixture
}

/// Returns the operation to which the marked records lead.
fn lead(fixture: &Fixture, entity: &str) -> SharedLead {
    let (marked, _) = fixture.reply.marked();
    let catalog = fixture.session.catalog_of("1");
    let leads = shared_leads(&catalog.operations, &catalog.relations, &marked);
    let mut leads = leads.into_iter();
    leads.find(|lead| lead.entity == entity).unwrap()
}

fn open(fixture: &mut Fixture, entity: &str) -> EachDialog {
    let lead = lead(fixture, entity);
    let session = fixture.session.clone();
    let opened = fixture.with(|_, panes| EachDialog::open(&lead, &session, panes));
    opened.0.unwrap()
}

const TWO: &str = r#"{"id":7,"assignee_id":5},{"id":8,"assignee_id":5}"#;

#[test]
fn it_says_how_many_calls_that_takes() {
    let mut fixture = tickets(TWO);
    let popup = open(&mut fixture, "ticket_comments");
    let facts = popup.dialog().facts.join(" ");
    assert!(
        facts.starts_with("2 calls at least: one for each of 2 values."),
        "{facts}"
    );
    assert!(facts.ends_with("There is no limit of calls: --max-calls sets one."));
    fixture.session.setup.max_calls = Some(10);
    fixture.session.calls.total = 4;
    let popup = open(&mut fixture, "ticket_comments");
    assert_eq!(popup.dialog().facts[2], "6 of --max-calls 10 are left.");
    fixture.session.calls.total = 9;
    let popup = open(&mut fixture, "ticket_comments");
    let limit = "Only 1 of --max-calls 10 are left: the rest is not asked.";
    assert_eq!(popup.dialog().facts[2], limit);
}

#[test]
fn records_with_the_same_value_are_asked_once_and_those_without_are_left_out() {
    let records = format!(r#"{TWO},{{"id":9,"assignee_id":null}}"#);
    let mut fixture = tickets(&records);
    let popup = open(&mut fixture, "users");
    let facts = [
        "1 call at least: one for each of 1 value.",
        "1 record has a value that came before and is not asked again; 1 record has no value and is left out.",
        "There is no limit of calls: --max-calls sets one.",
    ];
    assert_eq!(popup.dialog().facts, facts);
    // What answers once has no pages to limit.
    assert_eq!(popup.dialog().value(Field::Pages), "");
    assert_eq!(popup.dialog().rows.len(), 2);
}

#[test]
fn enter_fills_the_form_and_starts() {
    let mut fixture = tickets(TWO);
    let mut popup = open(&mut fixture, "ticket_comments");
    let outcome = fixture.keys(&mut popup, "\r");
    let [
        Step::Request(Request::Close),
        Step::Request(Request::Form(FormRequest::Fill(form))),
        Step::Request(Request::Focus(Pane::Reply)),
        Step::Request(Request::Reply(ReplyRequest::Each(plan))),
    ] = &outcome.steps[..]
    else {
        panic!("{:?}", outcome.steps);
    };
    // The form shows the whole request for the first of them.
    assert_eq!(form.params, params(r#"{"ticket_id":7}"#));
    let asked: Vec<String> = plan.parents.iter().map(|own| own.words()).collect();
    assert_eq!(asked, ["ticket_id=7", "ticket_id=8"]);
    assert_eq!((plan.pages, plan.jobs, plan.records), (Some(10), 2, 2));
}

#[test]
fn pages_value_and_calls_at_a_time_can_be_changed() {
    let mut fixture = tickets(TWO);
    let mut popup = open(&mut fixture, "ticket_comments");
    // One digit is typed over the limit, the value is another field, and three calls are sent at a time.
    let outcome = fixture.keys(&mut popup, "3\rj j \r");
    assert_eq!(popup.dialog().value(Field::Value), "ticket_id=@assignee_id");
    let Some(Step::Request(Request::Reply(ReplyRequest::Each(plan)))) = outcome.steps.last() else {
        panic!("{:?}", outcome.steps);
    };
    let asked: Vec<String> = plan.parents.iter().map(|own| own.words()).collect();
    assert_eq!(asked, ["ticket_id=5"]);
    assert_eq!((plan.pages, plan.jobs), (Some(3), 3));
    let outcome = fixture.keys(&mut popup, "gg\u{8}\r");
    let Some(Step::Request(Request::Reply(ReplyRequest::Each(plan)))) = outcome.steps.last() else {
        panic!("{:?}", outcome.steps);
    };
    assert_eq!(plan.pages, None);
}

#[test]
fn a_no_starts_nothing() {
    let mut fixture = tickets(TWO);
    let mut popup = open(&mut fixture, "ticket_comments");
    let outcome = fixture.keys(&mut popup, "n");
    assert_requests(&outcome, vec![Request::Close]);
    assert_eq!(said(&outcome), "");
    // What is not a number is said.
    let mut popup = open(&mut fixture, "ticket_comments");
    fixture.keys(&mut popup, " x\r\r");
    let fault = popup.dialog().fault.clone().unwrap_or_default();
    assert!(fault.starts_with("pages of each expects a whole number"));
}
