//! Paging to the end, for every operation of the catalog that lists, against all 56 connectors.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use airscope::api::Client;
use airscope::catalog::DEFINITIONS;
use airscope::domain::call::{Call, JsonText, Params};
use airscope::domain::operation::{Operation, ParameterKind};
use airscope::envelope::{Envelope, Reading};
use airscope::json::document::Document;
use airscope::paging::{Arrived, Finding, Given, Limits, Profile, Run, Step, Survey, Verdict};
use airscope::sandbox::{Options, Sandbox};

use crate::support::{client, sandbox};

/// Makes a call with something for every parameter that is required.
fn call_of(connector: &str, operation: &Operation) -> Call {
    let mut call = Call::new(connector, &operation.entity, &operation.action);
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
        let value = parameter.choices.first().cloned().unwrap_or_else(|| {
            match parameter.kind {
                ParameterKind::Integer | ParameterKind::Number => "7",
                ParameterKind::Boolean => "true",
                ParameterKind::Object => "{}",
                ParameterKind::Array => "[]",
                ParameterKind::String | ParameterKind::Any => "\"7\"",
            }
            .to_owned()
        });
        let value = if parameter.kind == ParameterKind::Array && !value.starts_with('[') { format!("[{value}]") } else { value };
        call.params.set(&parameter.name, JsonText::parse(&value).unwrap());
    }
    call
}

/// Pages to the end; returns the run, the ids of what came, and the verdict.
async fn page(client: &Client, operation: Option<Operation>, mut call: Call, limits: Limits) -> (Run, Vec<String>, Verdict) {
    let profile = Profile::of(operation.as_ref());
    let reading = Reading::of(&call.action, operation.as_ref());
    let mut run = Run::new(operation, profile, limits);
    let mut came = Vec::new();
    for _ in 0..200 {
        let answer = match client.execute(&call, &|_| {}).await {
            Ok(answer) => answer,
            Err(failure) => match run.failed(&failure) {
                Step::Ask(other) => {
                    call = *other;
                    continue;
                }
                Step::Ended(verdict) => return (run, came, verdict),
            },
        };
        let envelope = Envelope::read_as(Arc::new(Document::parse(answer.body)), reading);
        let survey = Survey::of(&envelope);
        let taken = run.take(&call, Arrived { envelope: &envelope, survey: &survey, reply: &answer.reply, elapsed: Duration::ZERO });
        if let Given::Page(new) = &taken.given {
            came.extend(survey.records.iter().zip(new).map(|(record, _)| envelope.document.text(*record).into_owned()));
        }
        match taken.step {
            Step::Ask(next) => call = *next,
            Step::Ended(verdict) => return (run, came, verdict),
        }
    }
    let last: Vec<_> = run.entries().iter().rev().take(3).collect();
    panic!("{} {} does not end: {} entries, {call:?}, {last:#?}", call.entity, call.action, run.entries().len());
}

/// Returns whether neither the catalog nor the replies of the sandbox say how an operation pages.
fn is_silent(name: &str) -> bool {
    let searches = ["salesforce ", "stripe "].iter().any(|slug| name.starts_with(slug)) && name.ends_with(" search");
    searches || name == "mailchimp tags list"
}

#[tokio::test]
async fn every_operation_that_can_be_followed_pages_to_its_end_and_the_others_say_why() {
    let sandbox = Sandbox::start(Options { all_connectors: true, ..Options::default() }).await.unwrap();
    let client = client(&sandbox);
    let mut wrong = Vec::new();
    let mut outcomes: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for definition in &DEFINITIONS {
        let not_ready = ["slack", "stripe", "notion"].contains(&definition.slug);
        for operation in definition.operations() {
            let stored = operation.action == "context_store_search";
            if !["list", "search", "context_store_search"].contains(&operation.action.as_str()) || stored && not_ready {
                continue;
            }
            let name = format!("{} {} {}", definition.slug, operation.entity, operation.action);
            let unfollowable = operation.paging.as_ref().is_some_and(|paging| paging.kind.as_deref() == Some("unfollowable"));
            let mut call = call_of(&Sandbox::connector_id(definition.slug), &operation);
            if stored {
                call.params.set("limit", JsonText::integer(if operation.entity.len() % 2 == 0 { 400 } else { 1000 }));
            }
            let action = match operation.action.as_str() {
                "list" => "list",
                "search" => "search",
                _ => "context_store_search",
            };
            let (run, mut came, verdict) = page(&client, Some(operation), call, Limits::default()).await;
            let pages = run.entries().len();
            match (&verdict, unfollowable) {
                (Verdict::Complete(_), false) => {
                    let records = came.len();
                    came.sort();
                    came.dedup();
                    assert_eq!(came.len(), records, "{name}: a record came twice");
                }
                // Nobody says how these page, and their replies state nothing: no evidence, no verdict of completeness.
                (Verdict::Unproven(_), false) if is_silent(&name) => {}
                (Verdict::Incomplete(why), true) => assert!(why.contains("no parameter to ask for it") && pages == 1, "{name}: {why}"),
                (other, _) => wrong.push(format!("{name}: {other:?} after {pages} pages")),
            }
            *outcomes.entry((action, verdict.word())).or_default() += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let expected = [
        (("list", "complete"), 499),
        (("list", "incomplete"), 93),
        (("list", "unproven"), 1),
        (("search", "complete"), 17),
        (("search", "unproven"), 12),
    ];
    for (outcome, count) in expected {
        assert_eq!(outcomes.get(&outcome), Some(&count), "{outcomes:?}");
    }
}

#[tokio::test]
async fn adversarial_pagers_end_by_themselves_with_the_right_finding() {
    // Scenario, verdict, words of the reason, the most calls.
    let cases = [
        ("repeated-token", "incomplete", "only records that had come before", 3),
        ("loop-of-three", "incomplete", "only records that had come before", 4),
        ("token-goes-back", "incomplete", "a loop", 4),
        ("missing-token", "incomplete", "is empty, though the service says there is more", 1),
        ("duplicates", "doubtful", "had come before", 8),
        ("drift", "doubtful", "the list moved by 1 record", 9),
        ("size-ignored", "complete", "`has_next_page` is false", 14),
        ("lying-total", "doubtful", "states 9,999 in all", 4),
        ("empty-middle", "incomplete", "page 3 is empty", 4),
        ("cursor-expires", "incomplete", "page 3 could not be loaded", 3),
        ("limit-on-page-four", "complete", "`has_next_page` is false", 8),
        ("cut-on-page-five", "complete", "`has_next_page` is false", 9),
    ];
    for (scenario, word, reason, most) in cases {
        let sandbox = sandbox(scenario).await;
        let slug = if scenario == "lying-total" { "jira" } else { "github" };
        let operation = airscope::catalog::by_name(slug).unwrap().operations().into_iter().find(|one| {
            if slug == "jira" {
                one.paging.as_ref().is_some_and(|paging| paging.echo_key.is_some())
            } else {
                one.entity == "issues" && one.action == "list"
            }
        });
        let mut call = call_of(&Sandbox::connector_id(slug), operation.as_ref().unwrap());
        if slug == "github" {
            call.params = Params::parse(r#"{"per_page":10}"#).unwrap();
        }
        let (run, came, verdict) = page(&client(&sandbox), operation, call, Limits::default()).await;
        assert_eq!(verdict.word(), word, "{scenario}: {verdict:?}");
        assert!(verdict.reason().contains(reason), "{scenario}: {verdict:?}");
        let calls = sandbox.executed().len();
        assert!(calls <= most, "{scenario} was asked {calls} times");
        if word == "complete" {
            assert_eq!((came.len(), run.records()), (67, 67), "{scenario}");
        }
        if scenario == "size-ignored" {
            assert!(run.entries()[0].findings.contains(&Finding::SizeIgnored { asked: 10, came: 5 }), "{:?}", run.entries()[0]);
        }
    }
}

#[tokio::test]
async fn limits_stop_a_run_and_say_which() {
    let sandbox = sandbox("normal").await;
    let operation =
        airscope::catalog::by_name("github").unwrap().operations().into_iter().find(|one| one.entity == "issues" && one.action == "list");
    let call = || {
        let mut call = Call::new(&Sandbox::connector_id("github"), "issues", "list");
        call.params = Params::parse(r#"{"per_page":10}"#).unwrap();
        call
    };
    let cases = [
        (Limits { pages: Some(2), ..Limits::default() }, 20, "2 pages"),
        (Limits { records: Some(25), ..Limits::default() }, 30, "25 records"),
        (Limits { bytes: Some(1), ..Limits::default() }, 10, "1 B"),
        (Limits { calls: Some(3), ..Limits::default() }, 30, "3 calls"),
    ];
    for (limits, records, words) in cases {
        let (_, came, verdict) = page(&client(&sandbox), operation.clone(), call(), limits).await;
        assert_eq!((came.len(), verdict.word()), (records, "stopped"));
        assert!(verdict.reason().contains(words), "{verdict:?}");
    }
}

/// Scenarios that put the signs of more elsewhere, or take some of them away.
const SHAPES: [&str; 6] = ["camel-metadata", "wrapped-result", "no-envelope", "missing-token", "url-paging", "size-ignored"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_list_is_complete_with_fewer_records_than_there_are_whatever_shape_its_replies_have() {
    let start = |scenario: &str| {
        let scenario = airscope::sandbox::Scenario::by_name(scenario).unwrap();
        Sandbox::start(Options { all_connectors: true, scenario, records: Some(30), ..Options::default() })
    };
    let normal = Arc::new(start("normal").await.unwrap());
    let mut shapes = Vec::new();
    for name in SHAPES {
        shapes.push((name, start(name).await.unwrap()));
    }
    let shapes = Arc::new(shapes);
    let mut all = tokio::task::JoinSet::new();
    for definition in &DEFINITIONS {
        let (normal, shapes) = (Arc::clone(&normal), Arc::clone(&shapes));
        all.spawn(async move {
            let (mut wrong, mut lists, mut complete) = (Vec::new(), 0, 0);
            let (whole, clients) = (client(&normal), shapes.iter().map(|(name, sandbox)| (*name, client(sandbox))).collect::<Vec<_>>());
            for operation in definition.operations().into_iter().filter(|operation| operation.action == "list") {
                lists += 1;
                let call = call_of(&Sandbox::connector_id(definition.slug), &operation);
                let (_, came, _) = page(&whole, Some(operation.clone()), call.clone(), Limits::default()).await;
                for (name, client) in &clients {
                    let (run, other, verdict) = page(client, Some(operation.clone()), call.clone(), Limits::default()).await;
                    complete += u32::from(matches!(verdict, Verdict::Complete(_)));
                    if matches!(verdict, Verdict::Complete(_)) && other.len() < came.len() {
                        let (some, all, words) = (other.len(), came.len(), run.profile().words());
                        wrong.push(format!("{name}: {} {}: {some} of {all}, {verdict:?} by {words}", definition.slug, operation.entity));
                    }
                }
            }
            (wrong, lists, complete)
        });
    }
    let (mut wrong, mut lists, mut complete) = (Vec::new(), 0, 0);
    while let Some(done) = all.join_next().await {
        let (own, some, whole) = done.unwrap();
        wrong.extend(own);
        lists += some;
        complete += whole;
    }
    assert_eq!(lists, 593);
    assert!(complete > 2000, "{complete} runs were complete");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
