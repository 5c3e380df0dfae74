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
use airscope::paging::{
    Finding, Limits, PageOutcome, PageReply, PageScan, Profile, Run, Step, Verdict,
};
use airscope::sandbox::{Options, Sandbox, Scenario};

use crate::support::{client, sandbox};

/// Makes a call with something for every parameter that is required.
fn call_of(connector: &str, operation: &Operation) -> Call {
    let mut call = Call::new(connector, &operation.entity, &operation.action);
    for parameter in operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required)
    {
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
        let value = if parameter.kind == ParameterKind::Array && !value.starts_with('[') {
            format!("[{value}]")
        } else {
            value
        };
        call.params
            .set(&parameter.name, JsonText::parse(&value).unwrap());
    }
    call
}

/// Pages to the end; returns the run, the ids of what came, and the verdict.
pub async fn page(
    client: &Client,
    operation: Option<Operation>,
    mut call: Call,
    limits: Limits,
) -> (Run, Vec<String>, Verdict) {
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
        let scan = PageScan::of(&envelope);
        let taken = run.take(
            &call,
            PageReply {
                envelope: &envelope,
                scan: &scan,
                reply: &answer.reply,
                elapsed: Duration::ZERO,
            },
        );
        if let PageOutcome::Page(new) = &taken.outcome {
            came.extend(
                scan.records
                    .iter()
                    .zip(new)
                    .map(|(record, _)| envelope.document.text(*record).into_owned()),
            );
        }
        match taken.step {
            Step::Ask(next) => call = *next,
            Step::Ended(verdict) => return (run, came, verdict),
        }
    }
    let last: Vec<_> = run.entries().iter().rev().take(3).collect();
    panic!(
        "{} {} does not end: {} entries, {call:?}, {last:#?}",
        call.entity,
        call.action,
        run.entries().len()
    );
}

/// Returns whether neither the catalog nor the replies of the sandbox say how an operation pages.
fn is_silent(name: &str) -> bool {
    name.starts_with("salesforce ") && name.ends_with(" search") || name == "mailchimp tags list"
}

#[tokio::test]
async fn every_operation_that_can_be_followed_pages_to_its_end_and_the_others_say_why() {
    let sandbox = Sandbox::start(Options {
        all_connectors: true,
        ..Options::default()
    })
    .await
    .unwrap();
    let client = client(&sandbox);
    let mut wrong = Vec::new();
    let mut outcomes: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for definition in DEFINITIONS {
        let not_ready = ["slack", "stripe", "notion"].contains(&definition.slug);
        for operation in definition.operations() {
            let stored = operation.action == "context_store_search";
            if !["list", "search", "context_store_search"].contains(&operation.action.as_str())
                || stored && not_ready
            {
                continue;
            }
            let name = format!(
                "{} {} {}",
                definition.slug, operation.entity, operation.action
            );
            let unfollowable = operation
                .paging
                .as_ref()
                .is_some_and(|paging| paging.kind.as_deref() == Some("unfollowable"));
            let mut call = call_of(&Sandbox::connector_id(definition.slug), &operation);
            if stored {
                call.params.set(
                    "limit",
                    JsonText::integer(if operation.entity.len() % 2 == 0 {
                        400
                    } else {
                        1000
                    }),
                );
            }
            let action = match operation.action.as_str() {
                "list" => "list",
                "search" => "search",
                _ => "context_store_search",
            };
            let (run, mut came, verdict) =
                page(&client, Some(operation), call, Limits::default()).await;
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
                (Verdict::Incomplete(why), true) => assert!(
                    why.contains("no parameter to request it") && pages == 1,
                    "{name}: {why}"
                ),
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
        (("search", "complete"), 20),
        (("search", "unproven"), 9),
    ];
    for (outcome, count) in expected {
        assert_eq!(outcomes.get(&outcome), Some(&count), "{outcomes:?}");
    }
}

#[tokio::test]
async fn adversarial_pagers_end_by_themselves_with_the_right_finding() {
    // Scenario, verdict, words of the reason, the most calls.
    let cases = [
        (
            "repeated-token",
            "incomplete",
            "only records already received",
            3,
        ),
        (
            "loop-of-three",
            "incomplete",
            "only records already received",
            4,
        ),
        ("token-goes-back", "incomplete", "a loop", 4),
        (
            "missing-token",
            "incomplete",
            "is empty, though the service says there is more",
            1,
        ),
        ("duplicates", "doubtful", "already received", 8),
        ("drift", "doubtful", "the list shifted by 1 record", 9),
        ("size-ignored", "complete", "`has_next_page` is false", 14),
        ("lying-total", "doubtful", "states 9,999 in all", 4),
        (
            "empty-middle",
            "doubtful",
            "page 3: no records, also when requested again",
            8,
        ),
        (
            "cursor-expires",
            "incomplete",
            "page 3 could not be loaded",
            3,
        ),
        (
            "limit-on-page-four",
            "complete",
            "`has_next_page` is false",
            8,
        ),
        (
            "cut-on-page-five",
            "complete",
            "`has_next_page` is false",
            9,
        ),
    ];
    for (scenario, word, reason, most) in cases {
        let sandbox = sandbox(scenario).await;
        let slug = if scenario == "lying-total" {
            "jira"
        } else {
            "github"
        };
        let operation = airscope::catalog::by_name(slug)
            .unwrap()
            .operations()
            .into_iter()
            .find(|one| {
                if slug == "jira" {
                    one.paging
                        .as_ref()
                        .is_some_and(|paging| paging.echo_key.is_some())
                } else {
                    one.entity == "issues" && one.action == "list"
                }
            });
        let mut call = call_of(&Sandbox::connector_id(slug), operation.as_ref().unwrap());
        if slug == "github" {
            call.params = Params::parse(r#"{"per_page":10}"#).unwrap();
        }
        let (run, came, verdict) =
            page(&client(&sandbox), operation, call, Limits::default()).await;
        assert_eq!(verdict.word(), word, "{scenario}: {verdict:?}");
        assert!(verdict.reason().contains(reason), "{scenario}: {verdict:?}");
        let calls = sandbox.executed().len();
        assert!(calls <= most, "{scenario} was asked {calls} times");
        if word == "complete" {
            assert_eq!((came.len(), run.records()), (67, 67), "{scenario}");
        }
        if scenario == "size-ignored" {
            assert!(
                run.entries()[0].findings.contains(&Finding::SizeIgnored {
                    asked: 10,
                    received: 5
                }),
                "{:?}",
                run.entries()[0]
            );
        }
    }
}

#[tokio::test]
async fn limits_stop_a_run_and_say_which() {
    let sandbox = sandbox("normal").await;
    let operation = airscope::catalog::by_name("github")
        .unwrap()
        .operations()
        .into_iter()
        .find(|one| one.entity == "issues" && one.action == "list");
    let call = || {
        let mut call = Call::new(&Sandbox::connector_id("github"), "issues", "list");
        call.params = Params::parse(r#"{"per_page":10}"#).unwrap();
        call
    };
    let cases = [
        (
            Limits {
                pages: Some(2),
                ..Limits::default()
            },
            20,
            "2 pages",
        ),
        (
            Limits {
                records: Some(25),
                ..Limits::default()
            },
            30,
            "25 records",
        ),
        (
            Limits {
                bytes: Some(1),
                ..Limits::default()
            },
            10,
            "1 B",
        ),
        (
            Limits {
                calls: Some(3),
                ..Limits::default()
            },
            30,
            "3 calls",
        ),
    ];
    for (limits, records, words) in cases {
        let (_, came, verdict) = page(&client(&sandbox), operation.clone(), call(), limits).await;
        assert_eq!((came.len(), verdict.word()), (records, "stopped"));
        assert!(verdict.reason().contains(words), "{verdict:?}");
    }
}

/// Scenarios that bend how lists page, and how many lists are complete all the same. They put the signs of more elsewhere,
/// take some of them away, lead astray, or break a page. 98 lists declare no way to a next page, of one of them nothing is
/// stated, and 93 cannot be followed.
const SHAPES: [(&str, usize); 25] = [
    ("camel-metadata", 579),
    ("wrapped-result", 579),
    ("no-envelope", 571),
    ("url-paging", 579),
    ("missing-token", 265),
    ("null-token-with-more", 265),
    ("more-but-no-token", 264),
    ("repeated-token", 97),
    ("loop-of-three", 97),
    ("token-goes-back", 103),
    ("own-key-ignored", 246),
    ("generic-cursor-ignored", 499),
    ("size-ignored", 499),
    ("undeclared-pages", 498),
    ("row-count", 408),
    ("total-as-text", 264),
    ("zero-based-pages", 499),
    ("empty-middle", 105),
    ("cursor-expires", 97),
    ("duplicates", 105),
    ("drift", 105),
    ("lying-total", 0),
    ("partial-success-page", 0),
    ("graphql-errors", 0),
    ("warning-on-page-two", 499),
];

/// A list of a kind of connector, and what a run over it gave.
struct Paged {
    name: String,
    came: usize,
    verdict: Verdict,
    way: String,
}

/// Pages through all lists of the catalog, as the sandbox plays them. A page holds 20 records where the size can be set, else
/// 25, and a list has 55, so that each that has pages has three.
async fn page_all(
    sandbox: &Arc<Sandbox>,
    operations: &Arc<Vec<(&'static str, Vec<Operation>)>>,
) -> Vec<Paged> {
    let mut all = tokio::task::JoinSet::new();
    for place in 0..operations.len() {
        let (sandbox, operations) = (Arc::clone(sandbox), Arc::clone(operations));
        all.spawn(async move {
            let (slug, operations) = &operations[place];
            let client = client(&sandbox);
            let mut paged = Vec::new();
            for operation in operations {
                let mut call = call_of(&Sandbox::connector_id(slug), operation);
                if let Some(size) = operation
                    .paging
                    .as_ref()
                    .and_then(|paging| paging.size_param.as_ref())
                {
                    call.params.set(size, JsonText::integer(20));
                }
                call.select_fields = ["id", "Id", "gid"].map(str::to_owned).to_vec();
                let (run, came, verdict) =
                    page(&client, Some(operation.clone()), call, Limits::default()).await;
                let name = format!("{slug} {} {}", operation.entity, operation.action);
                paged.push(Paged {
                    name,
                    came: came.len(),
                    verdict,
                    way: run.profile().words(),
                });
            }
            (place, paged)
        });
    }
    let mut paged: Vec<_> = all.join_all().await;
    paged.sort_by_key(|(place, _)| *place);
    paged.into_iter().flat_map(|(_, paged)| paged).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_list_is_complete_with_fewer_records_than_there_are_whatever_shape_its_replies_have() {
    let lists = |definition: &airscope::catalog::Definition| {
        let operations = definition
            .operations()
            .into_iter()
            .filter(|operation| operation.action == "list");
        (definition.slug, operations.collect::<Vec<_>>())
    };
    let operations = Arc::new(DEFINITIONS.iter().map(lists).collect::<Vec<_>>());
    let sandbox = Sandbox::start(Options {
        all_connectors: true,
        records: Some(55),
        ..Options::default()
    })
    .await
    .unwrap();
    let sandbox = Arc::new(sandbox);
    let normal = page_all(&sandbox, &operations).await;
    let complete = |paged: &[Paged]| {
        paged
            .iter()
            .filter(|paged| matches!(paged.verdict, Verdict::Complete(_)))
            .count()
    };
    assert_eq!((normal.len(), complete(&normal)), (593, 499));
    let mut wrong = Vec::new();
    for (shape, expected) in SHAPES {
        sandbox.play(Scenario::by_name(shape).unwrap());
        let paged = page_all(&sandbox, &operations).await;
        for (whole, paged) in normal.iter().zip(&paged) {
            let Paged {
                name,
                came,
                verdict,
                way,
            } = paged;
            if matches!(verdict, Verdict::Complete(_)) && *came < whole.came {
                wrong.push(format!(
                    "{shape}: {name}: {came} of {}, {verdict:?} by {way}",
                    whole.came
                ));
            }
        }
        if complete(&paged) != expected {
            wrong.push(format!(
                "{shape}: {} lists are complete, {expected} were",
                complete(&paged)
            ));
        }
        // Whatever withholds records leaves a sign of it, but for lists of which the definition itself says nothing, and for
        // single objects in which no sign is looked for.
        let told = |paged: &&Paged| {
            !matches!(paged.verdict, Verdict::Unproven(_)) || is_silent(&paged.name)
        };
        let silent: Vec<&str> = paged
            .iter()
            .filter(|paged| !told(paged))
            .map(|paged| paged.name.as_str())
            .collect();
        let as_known = match shape {
            "undeclared-pages" => silent == ["clickup-api comments list", "monday items list"],
            "no-envelope" => silent.iter().all(|name| name.starts_with("amazon-")),
            _ => silent.is_empty(),
        };
        if !as_known {
            wrong.push(format!(
                "{shape}: nothing says whether there is more of {silent:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
