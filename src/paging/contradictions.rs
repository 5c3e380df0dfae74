//! Replies that speak against their own end: of none of them is a run complete, whatever the connector.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::tests::facts;
use super::{Arrived, Given, Limits, Profile, Run, Step, Survey, Verdict};
use crate::domain::call::Call;
use crate::domain::operation::Operation;
use crate::envelope::{Envelope, Reading};
use crate::json::document::Document;

static LISTS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let all = crate::catalog::DEFINITIONS.iter().flat_map(crate::catalog::Definition::operations);
    all.filter(|operation| operation.action == "list").collect()
});

fn records(from: usize, to: usize) -> Value {
    (from..to).map(|at| json!({"id": format!("r{at}"), "n": at})).collect()
}

fn body(result: Value, metadata: Value) -> Value {
    json!({"status": "success", "result": result, "connector_metadata": metadata, "execution_metadata": {}})
}

/// Takes replies in turn until there is a verdict; the last one comes again and again.
fn run(operation: Option<&Operation>, bodies: &[Value]) -> (Option<Verdict>, Vec<String>, usize) {
    let mut run = Run::new(operation.cloned(), Profile::of(operation), Limits::default());
    let mut call = Call::new("c", "things", "list");
    let mut came = Vec::new();
    for calls in 0..bodies.len() + 60 {
        let body = bodies.get(calls).or(bodies.last()).unwrap().to_string();
        let reading = Reading::of("list", operation);
        let reply = Envelope::read_as(Arc::new(Document::parse(Bytes::from(body))), reading);
        let survey = Survey::of(&reply);
        let taken = run.take(&call, Arrived { envelope: &reply, survey: &survey, reply: &facts(), elapsed: Duration::ZERO });
        if let Given::Page(new) = &taken.given {
            let new = survey.records.iter().zip(new).filter(|(_, new)| **new);
            came.extend(new.map(|(record, _)| reply.document.text(*record).into_owned()));
        }
        match taken.step {
            Step::Ended(verdict) => return (Some(verdict), came, calls + 1),
            Step::Ask(next) => call = *next,
        }
    }
    (None, came, bodies.len() + 60)
}

/// Metadata beside 25 records that says, in one way or another, that there are more.
fn metadata_of_more() -> Vec<Value> {
    let mut all = vec![
        json!({"total": 25, "total_count": 57}),
        json!({"row_count": 25, "total": 57}),
        json!({"total_results": 57, "total": 25, "next": null}),
        json!({"total": {"value": 57, "relation": "gte"}, "next_cursor": null}),
        json!({"total": {"value": 57, "relation": "gte"}, "is_last": true}),
        json!({"total": {"value": 57, "relation": "gte"}}),
        json!({"total": "1,057", "has_next_page": false}),
        json!({"total": 5.7e1, "next": null}),
        json!({"total": {"count": 57}, "next": null}),
        json!({"total": "about 57"}),
        json!({"page": 1, "pages": 3, "next": null}),
        json!({"has_next_page": false, "end_cursor": null, "total_pages": 3}),
        json!({"has_next_page": false, "end_cursor": null, "total_count": 57}),
        json!({"is_last": 0}),
        json!({"has_additional": true, "next_cursor": null}),
        json!({"hasNextPages": true, "next_cursor": null}),
        json!({"next_page_available": true, "next_cursor": null}),
        json!({"is_last_batch": false, "next_cursor": null}),
        json!({"eof": false, "next_cursor": null}),
        json!({"incomplete_results": true, "next": null}),
        json!({"next": null, "page": {"size": 25, "totalElements": 57, "totalPages": 3, "number": 0}}),
        json!({"next_cursor": null, "pager": {"has_more": true}}),
        json!({"items_total": 57, "next": null}),
        json!({"has_more": {"value": true}, "next": null}),
    ];
    for value in [json!("1"), json!("yes"), json!("Y"), json!(32), json!(2), json!("maybe")] {
        all.push(json!({"has_more": value, "next": null}));
        all.push(json!({"has_next_page": value, "end_cursor": null}));
    }
    all
}

/// Results whose list, or whose end, is hidden.
fn results_of_more() -> Vec<Value> {
    vec![
        json!({"a": {"items": records(0, 25)}, "b": {"x": 1}, "has_more": true}),
        json!({"a": {"items": records(0, 25)}, "b": {"x": 1}, "total": 57}),
        json!({"repository": {"issues": {"nodes": records(0, 25), "pageInfo": {"hasNextPage": true}}}, "rateLimit": {"remaining": 5}}),
        json!({"ones": records(0, 25), "others": records(25, 30), "has_more": true}),
        json!({"results": [], "contacts": records(0, 25), "has_more": true}),
        json!({"id": "L", "items": records(0, 25), "has_more": true}),
        json!({"data": records(0, 25), "pages": {"next": {"starting_after": "x"}, "total_pages": 3}}),
    ]
}

#[test]
fn a_reply_that_speaks_against_its_end_is_never_complete() {
    let mut wrong = Vec::new();
    let mut rows = 0;
    let operations = || std::iter::once(None).chain(LISTS.iter().map(Some));
    let bodies = metadata_of_more().into_iter().map(|metadata| body(records(0, 25), metadata));
    let hidden = results_of_more().into_iter();
    let hidden = hidden
        .flat_map(|result| [Value::Null, json!({"end_cursor": null}), json!({"next_cursor": null})].map(|own| body(result.clone(), own)));
    for body in bodies.chain(hidden) {
        for operation in operations().filter(|operation| operation.is_none_or(|operation| !operation.returns_object)) {
            rows += 1;
            let (verdict, came, _) = run(operation, std::slice::from_ref(&body));
            if matches!(verdict, None | Some(Verdict::Complete(_))) {
                let name = operation.map_or("unknown".to_owned(), |operation| format!("{} {:?}", operation.entity, operation.paging));
                wrong.push(format!("{} of {name}: {} came, {verdict:?}", body["connector_metadata"], came.len()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {rows} wrong, such as\n{}",
        wrong.len(),
        wrong.iter().take(30).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn a_list_beside_an_empty_one_is_the_list() {
    for result in [
        json!({"results": [], "contacts": records(0, 25), "next": null}),
        json!({"data": [], "items": records(0, 25), "has_more": false}),
        json!({"items": [], "entries": records(0, 25), "has_more": false}),
        json!({"repository": {"issues": {"nodes": records(0, 25), "pageInfo": {"hasNextPage": false}}}, "rateLimit": {"remaining": 5}}),
    ] {
        let (verdict, came, _) = run(None, &[body(result.clone(), Value::Null)]);
        assert!(matches!(verdict, Some(Verdict::Complete(_))) && came.len() == 25, "{result}: {verdict:?}, {} came", came.len());
    }
    // A last page whose lists are all empty is no record.
    let last = json!({"issues": [], "errors": [], "next_cursor": null});
    let first = json!({"issues": records(0, 25), "errors": [], "next_cursor": "c"});
    let (verdict, came, _) = run(None, &[body(first, Value::Null), body(last, Value::Null)]);
    assert!(matches!(verdict, Some(Verdict::Complete(_))) && came.len() == 25, "{verdict:?}, {} came", came.len());
}

#[test]
fn an_object_that_leads_nowhere_is_an_end() {
    for (more, end) in [
        (json!({"paging": {"next": {"after": "c"}}}), json!({"paging": {"next": {"after": null}}})),
        (json!({"paging": {"next": {"after": "c"}}}), json!({"paging": {"next": {"after": ""}}})),
        (json!({"next_page": {"offset": "c", "uri": "/x?offset=c"}}), json!({"next_page": {"offset": null, "uri": null}})),
        (json!({"_links": {"next": {"href": "/x?cursor=c"}}}), json!({"_links": {"next": {"href": null}}})),
        (json!({"next": {"cursor": "c"}}), json!({"next": {"cursor": null}})),
    ] {
        let pages = [body(records(0, 25), more), body(records(25, 40), end.clone())];
        let (verdict, came, calls) = run(None, &pages);
        assert!(matches!(verdict, Some(Verdict::Complete(_))) && came.len() == 40 && calls == 2, "{end}: {verdict:?} after {calls} calls");
    }
    let asana =
        LISTS.iter().find(|operation| operation.paging.as_ref().is_some_and(|facts| facts.from.as_deref() == Some("next_page.offset")));
    let pages = [
        body(records(0, 25), json!({"next_page": {"offset": "c", "uri": "/x"}})),
        body(records(25, 40), json!({"next_page": {"offset": null, "uri": null}})),
    ];
    let (verdict, came, _) = run(asana, &pages);
    assert!(matches!(verdict, Some(Verdict::Complete(_))) && came.len() == 40, "{verdict:?}");
}

#[test]
fn what_is_never_recognised_does_not_go_on_for_ever() {
    let page = |number: usize| json!({"_embedded": {"things": []}, "_links": {"self": {"href": "x"}}, "page": {"number": number, "totalPages": 3}});
    let parameter = crate::domain::operation::Parameter::new(
        "page",
        crate::domain::operation::ParameterKind::Integer,
        crate::domain::operation::Source::Service,
    );
    let operation = Operation { parameters: vec![parameter], ..LISTS[0].clone() };
    let operation = Operation { paging: None, ..operation };
    for shape in [
        (0..80).map(|number| body(page(number), Value::Null)).collect::<Vec<_>>(),
        (0..80)
            .map(|number| body(json!({"hits": {"hits": [], "max": number}, "took": number, "aggregations": {"a": {"b": 1}}}), Value::Null))
            .collect(),
        (0..80).map(|number| body(json!({"repository": {"name": "x"}, "rateLimit": {"remaining": number}}), Value::Null)).collect(),
    ] {
        let (verdict, _, calls) = run(Some(&operation), &shape);
        assert!(verdict.is_some_and(|verdict| !matches!(verdict, Verdict::Complete(_))) && calls < 10, "{calls} calls");
    }
    // A service that ignores the token, and writes the time into what it repeats.
    let repeated = |number: usize| -> Value { (0..10).map(|at| json!({"id": at, "fetched": number * 100 + at})).collect() };
    let pages: Vec<Value> = (0..80).map(|number| body(repeated(number), json!({"next_cursor": format!("c{number}")}))).collect();
    let (verdict, _, calls) = run(None, &pages);
    assert!(matches!(verdict, Some(Verdict::Incomplete(_))) && calls <= 60, "{verdict:?} after {calls} calls");
}

#[test]
fn a_page_that_comes_again_with_another_time_proves_nothing() {
    let names = |number: usize| -> Value { (0..10).map(|at| json!({"name": format!("n{at}"), "fetched": number})).collect() };
    let parameter = crate::domain::operation::Parameter::new(
        "page",
        crate::domain::operation::ParameterKind::Integer,
        crate::domain::operation::Source::Service,
    );
    let operation = Operation { parameters: vec![parameter], paging: None, ..LISTS[0].clone() };
    for metadata in [json!({"total": 20}), json!({})] {
        let pages: Vec<Value> = (0..5).map(|number| body(names(number), metadata.clone())).collect();
        let (verdict, came, _) = run(Some(&operation), &pages);
        assert!(!matches!(verdict, Some(Verdict::Complete(_))) && came.len() == 10, "{metadata}: {verdict:?}, {} came", came.len());
    }
}

#[test]
fn an_empty_page_whose_token_is_new_is_passed() {
    let empty = json!([]);
    let pages = [
        body(records(0, 25), json!({"next_cursor": "a"})),
        body(empty.clone(), json!({"next_cursor": "b"})),
        body(empty, json!({"next_cursor": "b"})),
        body(records(25, 40), json!({"next_cursor": null})),
    ];
    let (verdict, came, _) = run(None, &pages);
    assert!(matches!(verdict, Some(Verdict::Doubtful(_))) && came.len() == 40, "{verdict:?}, {} came", came.len());
}
