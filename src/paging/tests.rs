//! Each way of paging, its end, and its traps.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Blocker, Limits, Next, Outcome, PageOutcome, PageReply, PageScan, Profile, Run, Step, Verdict,
};
use crate::catalog;
use crate::domain::call::{Call, JsonText, Params};
use crate::domain::operation::Operation;
use crate::envelope::Envelope;
use crate::json::document::Document;

fn operation(slug: &str, entity: &str, action: &str) -> Operation {
    let operations = catalog::by_name(slug).unwrap().operations();
    operations
        .into_iter()
        .find(|operation| operation.entity == entity && operation.action == action)
        .unwrap()
}

fn reply(result: &str, metadata: &str) -> Envelope {
    let body = format!(
        r#"{{"status":"success","result":{result},"connector_metadata":{metadata},"execution_metadata":{{}}}}"#
    );
    Envelope::read(Arc::new(Document::parse(Bytes::from(body))))
}

/// Writes a step as `param=value`, `end` or `stuck`.
fn step(
    operation: Option<&Operation>,
    params: &str,
    reply: &Envelope,
    before: &[JsonText],
) -> String {
    let mut call = Call::new("c", "e", "list");
    call.params = Params::parse(params).unwrap();
    let mut run = Run::new(
        operation.cloned(),
        Profile::of(operation),
        Limits::default(),
    );
    run.sent = before.to_vec();
    run.settle(&call, reply);
    match run.follow(&call, reply, u64::from(reply.count())).next {
        Next::Send { param, value } => format!("{param}={}", value.as_str()),
        Next::End(_) => "end".to_owned(),
        Next::Stuck {
            blocker: Blocker::Unproven,
            ..
        } => "unproven".to_owned(),
        Next::Stuck { .. } => "stuck".to_owned(),
    }
}

#[test]
fn each_connector_in_its_own_way() {
    let check =
        |slug: &str, entity: &str, params: &str, result: &str, metadata: &str, expected: &str| {
            let operation = operation(slug, entity, "list");
            assert_eq!(
                step(Some(&operation), params, &reply(result, metadata), &[]),
                expected,
                "{slug} {entity} {params} {metadata}"
            );
        };
    let two = r#"[{"id":"a1"},{"id":"b2"}]"#;
    check(
        "github",
        "issues",
        "{}",
        two,
        r#"{"has_next_page":true,"end_cursor":"Y3"}"#,
        r#"after="Y3""#,
    );
    check(
        "github",
        "issues",
        "{}",
        two,
        r#"{"has_next_page":false,"end_cursor":"Y3"}"#,
        "end",
    );
    check(
        "github",
        "issues",
        "{}",
        two,
        r#"{"has_next_page":true,"end_cursor":null}"#,
        "stuck",
    );
    check(
        "github",
        "issues",
        r#"{"after":"Y3"}"#,
        two,
        r#"{"has_next_page":true,"end_cursor":"Y3"}"#,
        "stuck",
    );
    check(
        "linear",
        "issues",
        "{}",
        two,
        r#"{"hasNextPage":true,"endCursor":"b1"}"#,
        r#"after="b1""#,
    );
    check(
        "hubspot",
        "contacts",
        "{}",
        two,
        r#"{"next_cursor":"101","next_link":"x"}"#,
        r#"after="101""#,
    );
    check(
        "hubspot",
        "contacts",
        "{}",
        two,
        r#"{"next_cursor":null}"#,
        "end",
    );
    check(
        "slack",
        "channels",
        "{}",
        two,
        r#"{"next_cursor":""}"#,
        "end",
    );
    check(
        "asana",
        "tasks",
        "{}",
        two,
        r#"{"next_page":{"offset":"eyJ0","path":"/x"}}"#,
        r#"offset="eyJ0""#,
    );
    check("asana", "tasks", "{}", two, r#"{"next_page":null}"#, "end");
    check(
        "stripe",
        "customers",
        "{}",
        two,
        r#"{"has_more":true}"#,
        r#"starting_after="b2""#,
    );
    check(
        "stripe",
        "customers",
        "{}",
        two,
        r#"{"has_more":false}"#,
        "end",
    );
    check(
        "stripe",
        "customers",
        "{}",
        "[]",
        r#"{"has_more":true}"#,
        "stuck",
    );
    check(
        "zendesk-support",
        "tickets",
        "{}",
        two,
        r#"{"next_page":"https://x/api/v2/tickets.json?page=2","count":9}"#,
        "page=2",
    );
    // A link on the page that nobody asked for by its number says how the service counts: from 0, whatever is declared.
    check(
        "zendesk-support",
        "tickets",
        "{}",
        two,
        r#"{"next_page":"https://x/api/v2/tickets.json?page=1","count":9}"#,
        "page=1",
    );
    check(
        "zendesk-support",
        "tickets",
        r#"{"page":2}"#,
        two,
        r#"{"next_page":"https://x/t.json","count":9}"#,
        "page=3",
    );
    check(
        "zendesk-support",
        "tickets",
        r#"{"page":2}"#,
        two,
        r#"{"next_page":"https://x/t.json?page=1","count":9}"#,
        "page=3",
    );
    check(
        "zendesk-support",
        "tickets",
        r#"{"page":3}"#,
        two,
        r#"{"next_page":null,"count":9}"#,
        "end",
    );
    check(
        "confluence",
        "pages",
        "{}",
        two,
        r#"{"next":"/wiki/api/v2/pages?limit=2&cursor=ab%3D%3D"}"#,
        r#"cursor="ab==""#,
    );
    check(
        "outreach",
        "prospects",
        "{}",
        two,
        r#"{"next_link":"https://x?page%5Bafter%5D=q1&page%5Bsize%5D=2"}"#,
        r#"page[after]="q1""#,
    );
    check(
        "clickup-api",
        "tasks",
        "{}",
        two,
        r#"{"last_page":false}"#,
        "page=1",
    );
    check(
        "clickup-api",
        "tasks",
        r#"{"page":1}"#,
        two,
        r#"{"last_page":true}"#,
        "end",
    );
    check(
        "typeform",
        "forms",
        "{}",
        two,
        r#"{"page_count":2,"total_items":4}"#,
        "page=2",
    );
    check(
        "typeform",
        "forms",
        r#"{"page":2}"#,
        two,
        r#"{"page_count":2,"total_items":4}"#,
        "end",
    );
    check(
        "shopify",
        "orders",
        "{}",
        r#"[{"id":41},{"id":42}]"#,
        r#"{"next_page_url":"https://x?page_info=z"}"#,
        "since_id=42",
    );
    check(
        "shopify",
        "orders",
        "{}",
        r#"[{"id":41}]"#,
        r#"{"next_page_url":null}"#,
        "end",
    );
    check(
        "salesforce",
        "accounts",
        "{}",
        two,
        r#"{"done":false,"nextRecordsUrl":"/q/01-2000"}"#,
        "stuck",
    );
    check(
        "salesforce",
        "accounts",
        "{}",
        two,
        r#"{"done":true}"#,
        "end",
    );
    check("intercom", "teams", "{}", two, "null", "end");
    check(
        "airtable",
        "bases",
        "{}",
        two,
        r#"{"offset":"itr1/rec2"}"#,
        r#"offset="itr1/rec2""#,
    );
    check(
        "mailchimp",
        "campaigns",
        r#"{"offset":2}"#,
        two,
        r#"{"links":[]}"#,
        "offset=4",
    );
    check(
        "paypal-transaction",
        "list_products",
        "{}",
        two,
        r#"{"next":[{"rel":"self","href":"x"},{"rel":"next","href":"https://x?page=2"}]}"#,
        "page=2",
    );
}

#[test]
fn jira_echoes_the_offset_just_sent() {
    let comments = catalog::by_name("jira")
        .unwrap()
        .operations()
        .into_iter()
        .find(|operation| {
            operation
                .paging
                .as_ref()
                .is_some_and(|paging| paging.echo_key.is_some())
        });
    let comments = comments.unwrap();
    let page = reply(
        r#"[{"id":1},{"id":2}]"#,
        r#"{"next_offset":0,"max_results":2,"total":5}"#,
    );
    assert_eq!(step(Some(&comments), "{}", &page, &[]), "startAt=2");
    let page = reply(
        r#"[{"id":3},{"id":4}]"#,
        r#"{"next_offset":2,"max_results":2,"total":5}"#,
    );
    assert_eq!(
        step(Some(&comments), r#"{"startAt":2}"#, &page, &[]),
        "startAt=4"
    );
    let page = reply(
        r#"[{"id":5}]"#,
        r#"{"next_offset":4,"max_results":2,"total":5}"#,
    );
    assert_eq!(step(Some(&comments), r#"{"startAt":4}"#, &page, &[]), "end");
}

#[test]
fn context_store_pages_are_in_the_result() {
    let search = operation("github", "issues", "context_store_search");
    let page = reply(
        r#"{"data":[{"id":1}],"meta":{"has_more":true,"cursor":"eyJ"}}"#,
        "null",
    );
    assert_eq!(step(Some(&search), "{}", &page, &[]), r#"cursor="eyJ""#);
    let page = reply(
        r#"{"data":[{"id":1}],"meta":{"has_more":false,"cursor":"eyJ"}}"#,
        "null",
    );
    assert_eq!(step(Some(&search), "{}", &page, &[]), "end");
}

#[test]
fn a_loop_is_seen_before_it_is_entered() {
    let issues = operation("github", "issues", "list");
    let page = reply(
        r#"[{"id":1}]"#,
        r#"{"has_next_page":true,"end_cursor":"first"}"#,
    );
    let before = [JsonText::string("first"), JsonText::string("second")];
    assert_eq!(
        step(Some(&issues), r#"{"after":"third"}"#, &page, &before),
        "stuck"
    );
}

#[test]
fn undeclared_operations_follow_the_common_names() {
    let check = |metadata: &str, expected: &str| {
        assert_eq!(
            step(None, "{}", &reply("[1]", metadata), &[]),
            expected,
            "{metadata}"
        )
    };
    check(
        r#"{"has_next_page":true,"end_cursor":"abc"}"#,
        r#"cursor="abc""#,
    );
    check(r#"{"hasNextPage":false,"endCursor":"abc"}"#, "end");
    check(r#"{"has_more":true}"#, "stuck");
    check(r#"{"pagination":{"next_cursor":"n"}}"#, r#"cursor="n""#);
    check(r#"{"next":"https://x/y?cursor=q"}"#, r#"cursor="q""#);
    check(r#"{"next_page":"https://x/y?page=4"}"#, "page=4");
    check("null", "unproven");
}

#[test]
fn nothing_follows_what_is_no_page() {
    let broken = Envelope::read(Arc::new(Document::parse(Bytes::from_static(
        br#"{"status":"success","result":[1,"#,
    ))));
    assert_eq!(step(None, "{}", &broken, &[]), "stuck");
    let html = Envelope::read(Arc::new(Document::parse(Bytes::from_static(b"<html>"))));
    assert_eq!(step(None, "{}", &html, &[]), "stuck");
}

#[test]
fn replies_of_another_version_are_understood_and_never_taken_for_the_end() {
    let check = |slug: &str, entity: &str, action: &str, body: &str, expected: &str| {
        let operation = operation(slug, entity, action);
        let reply = Envelope::read(Arc::new(Document::parse(Bytes::copy_from_slice(
            body.as_bytes(),
        ))));
        assert_eq!(
            step(Some(&operation), "{}", &reply, &[]),
            expected,
            "{slug} {entity} {body}"
        );
    };
    let envelope = |metadata: &str| {
        format!(r#"{{"status":"success","result":[{{"id":1}}],"connector_metadata":{metadata}}}"#)
    };
    check(
        "github",
        "issues",
        "list",
        &envelope(r#"{"hasNextPage":true,"endCursor":"x"}"#),
        r#"after="x""#,
    );
    check(
        "github",
        "issues",
        "list",
        &envelope(r#"{"hasNextPage":false,"endCursor":"x"}"#),
        "end",
    );
    check(
        "github",
        "issues",
        "list",
        &envelope(r#"{"next_cursor":"x"}"#),
        r#"after="x""#,
    );
    check(
        "linear",
        "issues",
        "list",
        &envelope(r#"{"has_next_page":true,"end_cursor":"x"}"#),
        r#"after="x""#,
    );
    check(
        "github",
        "issues",
        "context_store_search",
        r#"{"data":[{"id":1}],"meta":{"has_more":true,"cursor":"x"}}"#,
        r#"cursor="x""#,
    );
    check(
        "github",
        "issues",
        "context_store_search",
        r#"{"data":[{"id":1}],"meta":{"has_more":false,"cursor":"x"}}"#,
        "end",
    );
    check(
        "jira",
        "issues",
        "search",
        &envelope(r#"{"isLast":false}"#),
        "stuck",
    );
    check(
        "salesforce",
        "accounts",
        "list",
        &envelope(r#"{"done":false}"#),
        "stuck",
    );
    check(
        "intercom",
        "teams",
        "list",
        &envelope(r#"{"has_next_page":true,"end_cursor":"x"}"#),
        r#"cursor="x""#,
    );
    check(
        "stripe",
        "invoices",
        "search",
        &envelope(r#"{"has_more":true,"next_page":"tok_1"}"#),
        r#"page="tok_1""#,
    );
    // A page that is declared as text may be counted all the same: the service's answer tells.
    check(
        "stripe",
        "invoices",
        "search",
        &envelope(r#"{"has_more":true}"#),
        r#"page="1""#,
    );
    check(
        "notion",
        "pages",
        "create",
        &envelope(r#"{"cursor":"x"}"#),
        "end",
    );
}

/// A run, its replies taken one after the other; what each gave and led to in words.
struct Told {
    run: Run,
    call: Call,
    operation: Operation,
}

impl Told {
    fn new(slug: &str, entity: &str, params: &str) -> Told {
        let operation = operation(slug, entity, "list");
        let mut call = Call::new("c", entity, "list");
        call.params = Params::parse(params).unwrap();
        Told {
            run: Run::new(
                Some(operation.clone()),
                Profile::of(Some(&operation)),
                Limits::default(),
            ),
            call,
            operation,
        }
    }

    fn take(&mut self, reply: &Envelope) -> String {
        let scan = PageScan::of(reply);
        let facts = facts();
        let arrived = PageReply {
            envelope: reply,
            scan: &scan,
            reply: &facts,
            elapsed: std::time::Duration::ZERO,
        };
        let taken = self.run.take(&self.call, arrived);
        let given = match taken.outcome {
            PageOutcome::Page(new) => format!("{} new", new.iter().filter(|new| **new).count()),
            PageOutcome::Again => "again".to_owned(),
            PageOutcome::NoPage => "no page".to_owned(),
            PageOutcome::Refuted => "refuted".to_owned(),
        };
        match taken.step {
            Step::Ask(call) => {
                self.call = *call;
                format!("{given}, ask")
            }
            Step::Ended(verdict) => format!("{given}, {}: {}", verdict.word(), verdict.reason()),
        }
    }
}

pub(super) fn facts() -> crate::domain::reply::Reply {
    crate::domain::reply::Reply {
        status: 200,
        content_type: None,
        bytes: 0,
        took: std::time::Duration::ZERO,
        whole: true,
        received_at: "2026-11-25 04:00:00".into(),
    }
}

const MORE: &str = r#"{"has_next_page":true,"end_cursor":"TOKEN"}"#;

fn page_of(ids: &str, token: &str) -> Envelope {
    reply(ids, &MORE.replace("TOKEN", token))
}

#[test]
fn an_error_or_a_reply_that_breaks_off_is_no_page() {
    let mut told = Told::new("github", "issues", "{}");
    assert_eq!(told.take(&page_of(r#"[{"id":1}]"#, "a")), "1 new, ask");
    assert_eq!(told.take(&page_of(r#"[{"id":2}]"#, "b")), "1 new, ask");
    let broken = Envelope::read(Arc::new(Document::parse(Bytes::from_static(
        br#"{"status":"success","result":[{"id":3},{"id":4,"#,
    ))));
    assert!(
        told.take(&broken)
            .starts_with("no page, incomplete: the reply is not whole")
    );
    assert_eq!(
        (
            told.run.pages(),
            told.run.records(),
            told.run.entries()[2].outcome
        ),
        (2, 2, Outcome::NoPage)
    );
    let error = Envelope::read(Arc::new(Document::parse(Bytes::from_static(
        br#"{"status":"error","result":{"error":"x"}}"#,
    ))));
    assert!(told.take(&error).starts_with("no page, incomplete"));
    // It may come whole when it is asked for again.
    let whole = page_of(r#"[{"id":3},{"id":4}]"#, "c");
    let (scan, facts) = (PageScan::of(&whole), facts());
    let arrived = PageReply {
        envelope: &whole,
        scan: &scan,
        reply: &facts,
        elapsed: std::time::Duration::ZERO,
    };
    let retaken = told
        .run
        .refetch(3, &PageScan::default(), &told.call.clone(), arrived);
    assert!(retaken.result.is_some());
    assert_eq!((told.run.pages(), told.run.records()), (3, 4));
}

#[test]
fn an_empty_page_with_more_is_never_the_end() {
    let check = |slug: &str, entity: &str, params: &str, metadata: &str| {
        let mut told = Told::new(slug, entity, params);
        assert_eq!(
            told.take(&reply(r#"[{"id":1},{"id":2}]"#, metadata)),
            "2 new, ask",
            "{slug}"
        );
        assert_eq!(told.take(&reply("[]", metadata)), "again, ask", "{slug}");
        let gave_up = told.take(&reply("[]", metadata));
        assert!(
            gave_up.contains("incomplete: page 2 is empty though the service says there is more"),
            "{slug}: {gave_up}"
        );
    };
    check(
        "zoho-crm",
        "leads",
        "{}",
        r#"{"more_records":true,"page":1}"#,
    );
    check("clickup-api", "tasks", "{}", r#"{"last_page":false}"#);
    // So it is where a link would lead on behind what the empty page holds back.
    let mut told = Told::new("sendgrid", "bounces", "{}");
    let linked = |offset: u32| format!(r#"{{"next":"https://x/y?offset={offset}"}}"#);
    assert_eq!(
        told.take(&reply(r#"[{"id":1},{"id":2}]"#, &linked(2))),
        "2 new, ask"
    );
    assert_eq!(told.take(&reply("[]", &linked(4))), "again, ask");
    let gave_up = told.take(&reply("[]", &linked(4)));
    assert!(
        gave_up.contains("incomplete: page 2 is empty though the service says there is more"),
        "{gave_up}"
    );
}

#[test]
fn a_way_that_counts_goes_on_where_its_link_is_lost_and_there_is_more() {
    let check = |slug: &str, entity: &str, params: &str, linked: &str, asked: &str| {
        let mut told = Told::new(slug, entity, params);
        assert_eq!(
            told.take(&reply(r#"[{"id":1},{"id":2}]"#, linked)),
            "2 new, ask",
            "{slug}"
        );
        assert_eq!(
            told.take(&reply(r#"[{"id":3},{"id":4}]"#, r#"{"has_more":true}"#)),
            "2 new, ask",
            "{slug}"
        );
        assert_eq!(told.call.params.to_json(), asked, "{slug}");
        let last = told.take(&reply(r#"[{"id":5}]"#, r#"{"has_more":false}"#));
        assert_eq!(last, "1 new, complete: `has_more` is false", "{slug}");
    };
    check(
        "zendesk-support",
        "tickets",
        "{}",
        r#"{"next_page":"https://x/t.json?page=2"}"#,
        r#"{"page":3}"#,
    );
    check(
        "sendgrid",
        "bounces",
        "{}",
        r#"{"next":"https://x/y?offset=2"}"#,
        r#"{"offset":4}"#,
    );
    check(
        "shopify",
        "orders",
        "{}",
        r#"{"next_page_url":"https://x?page_info=z"}"#,
        r#"{"since_id":4}"#,
    );
    // A token that is lost cannot be counted on.
    let mut told = Told::new("hubspot", "contacts", "{}");
    assert_eq!(
        told.take(&reply(r#"[{"id":1}]"#, r#"{"next_cursor":"a"}"#)),
        "1 new, ask"
    );
    assert!(
        told.take(&reply(r#"[{"id":2}]"#, r#"{"has_more":true}"#))
            .starts_with("1 new, incomplete: the service says that there is more")
    );
}

#[test]
fn ids_that_name_what_a_row_is_about_do_not_refute_a_right_way() {
    let mut told = Told::new("github", "issues", "{}");
    assert_eq!(
        told.take(&page_of(
            r#"[{"id":1,"day":"mon"},{"id":2,"day":"mon"}]"#,
            "a"
        )),
        "2 new, ask"
    );
    assert_eq!(
        told.take(&page_of(
            r#"[{"id":1,"day":"tue"},{"id":2,"day":"tue"}]"#,
            "b"
        )),
        "2 new, ask"
    );
    assert_eq!(
        told.take(&reply(
            r#"[{"id":1,"day":"wed"}]"#,
            r#"{"has_next_page":false}"#
        )),
        "1 new, complete: `has_next_page` is false"
    );
    // Without a token that moves on the same ids are the same page, whatever time stands in them.
    let mut told = Told::new("monday", "users", "{}");
    assert_eq!(
        told.take(&reply(r#"[{"id":1,"at":1}]"#, "null")),
        "1 new, ask"
    );
    assert!(
        told.take(&reply(r#"[{"id":1,"at":2}]"#, "null"))
            .starts_with("refuted, unproven")
    );
}

#[test]
fn a_page_that_failed_can_be_asked_for_again() {
    let mut told = Told::new("github", "issues", "{}");
    told.take(&page_of(r#"[{"id":1}]"#, "a"));
    told.take(&page_of(r#"[{"id":2}]"#, "b"));
    let failure =
        crate::domain::failure::Failure::new(crate::domain::failure::FailureKind::Timeout, "late");
    assert!(matches!(
        told.run.failed(&failure),
        Step::Ended(Verdict::Incomplete(_))
    ));
    assert_eq!(told.take(&page_of(r#"[{"id":3}]"#, "c")), "1 new, ask");
    assert!(told.operation.paging.is_some());
}

#[test]
fn the_last_page_again_and_unchanged_finds_nothing() {
    let mut told = Told::new("github", "issues", "{}");
    told.take(&page_of(r#"[{"id":1},{"id":2},{"id":3}]"#, "a"));
    let call = told.call.clone();
    let last = reply(r#"[{"id":4},{"id":5}]"#, r#"{"has_next_page":false}"#);
    told.take(&last);
    let (scan, facts) = (PageScan::of(&last), facts());
    let arrived = PageReply {
        envelope: &last,
        scan: &scan,
        reply: &facts,
        elapsed: std::time::Duration::ZERO,
    };
    let retaken = told.run.refetch(2, &scan, &call, arrived);
    assert!(retaken.changes.is_empty());
    assert_eq!(
        (
            told.run.pages(),
            told.run.records(),
            told.run.entries().len()
        ),
        (2, 5, 2)
    );
    assert!(
        told.run.entries()[1].findings.is_empty(),
        "{:?}",
        told.run.entries()[1].findings
    );
    // It comes empty, with more, when it is asked for again: nothing of the run is lost.
    let empty = page_of("[]", "z");
    let survey_of_empty = PageScan::of(&empty);
    let arrived = PageReply {
        envelope: &empty,
        scan: &survey_of_empty,
        reply: &facts,
        elapsed: std::time::Duration::ZERO,
    };
    assert!(told.run.refetch(2, &scan, &call, arrived).result.is_none());
    assert_eq!((told.run.pages(), told.run.records()), (2, 5));
}

/// Returns the names of the findings of each page.
fn findings(told: &mut Told, replies: &[Envelope]) -> Vec<Vec<String>> {
    replies.iter().for_each(|reply| {
        told.take(reply);
    });
    let names = |entry: &super::Entry| {
        entry
            .findings
            .iter()
            .map(|finding| finding.name().to_owned())
            .collect()
    };
    told.run.entries().iter().map(names).collect()
}

#[test]
fn what_is_odd_about_a_page_is_found_and_the_rest_is_left_alone() {
    let check = |params: &str, pages: &[(&str, &str)], expected: &[&[&str]]| {
        let mut told = Told::new("github", "issues", params);
        let replies: Vec<Envelope> = pages
            .iter()
            .map(|(records, metadata)| reply(records, metadata))
            .collect();
        assert_eq!(findings(&mut told, &replies), expected, "{pages:?}");
    };
    let more = |token: &str| MORE.replace("TOKEN", token);
    let (a, b, end) = (
        more("a"),
        more("b"),
        r#"{"has_next_page":false,"end_cursor":null}"#,
    );
    let three =
        r#"[{"id":9,"at":"2026-05-03"},{"id":7,"at":"2026-05-02"},{"id":5,"at":"2026-05-01"}]"#;
    check(
        "{}",
        &[(three, &a), (r#"[{"id":4,"at":"2026-04-30"}]"#, end)],
        &[&[], &[]],
    );
    // Sorted by a date and by the id, and then by neither.
    let sorted = r#"[{"id":9,"created_at":"2026-05-03"},{"id":7,"created_at":"2026-05-02"},{"id":5,"created_at":"2026-05-01"}]"#;
    check(
        "{}",
        &[
            (sorted, &a),
            (r#"[{"id":8,"created_at":"2026-05-09"}]"#, end),
        ],
        &[&[], &["order_broken"]],
    );
    check(
        "{}",
        &[
            (sorted, &a),
            (r#"[{"id":8,"created_at":"2026-04-09"}]"#, end),
        ],
        &[&[], &[]],
    );
    check(
        "{}",
        &[(three, &a), (r#"[{"id":4}]"#, end)],
        &[&[], &["fields_vanished"]],
    );
    check(
        "{}",
        &[
            (three, &a),
            (r#"[{"id":4,"at":"2026-04-30","new":1}]"#, end),
        ],
        &[&[], &["fields_appeared"]],
    );
    // A field that only some records have is nobody's business.
    check(
        "{}",
        &[
            (r#"[{"id":1,"x":1},{"id":2}]"#, &a),
            (r#"[{"id":3}]"#, &b),
            (r#"[{"id":4,"x":1}]"#, end),
        ],
        &[&[], &[], &[]],
    );
    check(
        "{}",
        &[(three, r#"{"has_next_page":false,"end_cursor":"z"}"#)],
        &[&["token_without_more"]],
    );
    check(
        r#"{"per_page":5}"#,
        &[(three, &a), (r#"[{"id":4,"at":"x"}]"#, end)],
        &[&["page_size_ignored"], &[]],
    );
    check(
        r#"{"per_page":3}"#,
        &[(three, &a), (r#"[{"id":4,"at":"2026-04-30"}]"#, &b)],
        &[&[], &["short_page"]],
    );
    check(
        "{}",
        &[
            (three, &a),
            (
                r#"[{"id":5,"at":"2026-05-01"},{"id":3,"at":"2026-04-01"}]"#,
                end,
            ),
        ],
        &[&[], &["list_moved"]],
    );
    check(
        "{}",
        &[
            (three, &a),
            (
                r#"[{"id":3,"at":"2026-04-01"},{"id":9,"at":"2026-03-01"}]"#,
                end,
            ),
        ],
        &[&[], &["records_seen_before", "order_broken"]],
    );
    let total = |token: &str, total: u32| {
        format!(r#"{{"has_next_page":true,"end_cursor":"{token}","total_count":{total}}}"#)
    };
    check(
        "{}",
        &[
            ("[{\"id\":1}]", &total("a", 3)),
            ("[{\"id\":2}]", &total("b", 4)),
        ],
        &[&[], &["total_moved"]],
    );
    let wrong = r#"{"has_next_page":false,"total_count":9}"#;
    check("{}", &[("[{\"id\":1}]", wrong)], &[&["total_differs"]]);
    check(
        "{}",
        &[(three, r#"{"has_next_page":true,"end_cursor":null}"#)],
        &[&["more_without_token"]],
    );
    check(
        "{}",
        &[(three, &a), (r#"[{"id":4,"at":"2026-04-30"}]"#, &a)],
        &[&[], &["repeated_token"]],
    );
}

#[test]
fn a_count_that_is_the_size_of_a_page_is_no_total() {
    let mut told = Told::new("zendesk-support", "tickets", "{}");
    let metadata = |next: &str, count: u32| {
        format!(r#"{{"next_page":{next},"previous_page":null,"count":{count}}}"#)
    };
    assert_eq!(
        told.take(&reply(
            r#"[{"id":1},{"id":2}]"#,
            &metadata(r#""https://x?page=2""#, 2)
        )),
        "2 new, ask"
    );
    assert_eq!(
        told.take(&reply(r#"[{"id":3}]"#, &metadata("null", 1))),
        "1 new, complete: `next_page` is empty"
    );
}
