//! Replies that speak against their own end: of none of them is a run complete, whatever the connector.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::tests::facts;
use super::{Limits, PageOutcome, PageReply, PageScan, Profile, Run, Step, Verdict};
use crate::domain::call::Call;
use crate::domain::operation::Operation;
use crate::envelope::{Envelope, Reading};
use crate::json::document::Document;

static LISTS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let all = crate::catalog::DEFINITIONS
        .iter()
        .flat_map(crate::catalog::Definition::operations);
    all.filter(|operation| operation.action == "list").collect()
});

fn records(from: usize, to: usize) -> Value {
    (from..to)
        .map(|at| json!({"id": format!("r{at}"), "n": at}))
        .collect()
}

fn body(result: Value, metadata: Value) -> Value {
    json!({"status": "success", "result": result, "connector_metadata": metadata, "execution_metadata": {}})
}

/// Takes replies in turn until there is a verdict; the last one comes again and again.
fn run(operation: Option<&Operation>, bodies: &[Value]) -> (Option<Verdict>, Vec<String>, usize) {
    let mut run = Run::new(
        operation.cloned(),
        Profile::of(operation),
        Limits::default(),
    );
    let mut call = Call::new("c", "things", "list");
    let mut received = Vec::new();
    for calls in 0..bodies.len() + 60 {
        let body = bodies.get(calls).or(bodies.last()).unwrap().to_string();
        let reading = Reading::of("list", operation);
        let reply = Envelope::read_as(Arc::new(Document::parse(Bytes::from(body))), reading);
        let scan = PageScan::of(&reply);
        let taken = run.take(
            &call,
            PageReply {
                envelope: &reply,
                scan: &scan,
                reply: &facts(),
                elapsed: Duration::ZERO,
            },
        );
        if let PageOutcome::Page(new) = &taken.outcome {
            let new = scan.records.iter().zip(new).filter(|(_, new)| **new);
            received.extend(new.map(|(record, _)| reply.document.text(*record).into_owned()));
        }
        match taken.step {
            Step::Ended(verdict) => return (Some(verdict), received, calls + 1),
            Step::Ask(next) => call = *next,
        }
    }
    (None, received, bodies.len() + 60)
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
        json!({"next_cursor": null, "done": 0}),
        json!({"next_cursor": null, "complete": "false"}),
        json!({"next_cursor": null, "incomplete_results": "true"}),
        json!({"next_cursor": null, "exceededTransferLimit": true}),
        json!({"next_cursor": null, "remainingItemCount": 32}),
        json!({"next_cursor": null, "Paging": {"HasMore": true}}),
        json!({"next_cursor": null, "Pagination": {"TotalCount": 57}}),
        json!({"next_cursor": null, "_links": {"next": [{"href": "/x?page=2"}]}}),
        json!({"next_cursor": null, "link": [{"relation": "next", "url": "/x?page=2"}]}),
        json!({"next_cursor": null, "Link": "</x?page=2>; rel=\"next\""}),
        json!({"end_cursor": null, "pagination_token": "x"}),
        json!({"next": null, "nbHits": 57}),
        json!({"next": null, "number_of_pages": 3}),
        json!({"has_more": {"value": true}, "next": null}),
    ];
    for value in [
        json!("1"),
        json!("yes"),
        json!("Y"),
        json!(32),
        json!(2),
        json!("maybe"),
    ] {
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
        json!({"data": records(0, 25), "records": records(25, 40), "has_more": false}),
        json!({"items": records(0, 5), "results": records(5, 30), "next": null}),
        json!({"id": "L", "items": records(0, 25), "has_more": true}),
        json!({"id": "L", "items": ["a", "b"], "has_more": true, "total": 57}),
        json!({"id": "L", "items": [], "has_more": true, "next_cursor": "x"}),
        json!({"data": records(0, 25), "pages": {"next": {"starting_after": "x"}, "total_pages": 3}}),
    ]
}

#[test]
fn a_reply_that_speaks_against_its_end_is_never_complete() {
    let mut wrong = Vec::new();
    let mut rows = 0;
    // One of each way in which a list is declared to page.
    let mut strategies: Vec<&Operation> = Vec::new();
    for operation in LISTS.iter() {
        let is_known = |own: &&&Operation| {
            own.paging == operation.paging && own.returns_object == operation.returns_object
        };
        if strategies.iter().find(is_known).is_none() {
            strategies.push(operation);
        }
    }
    let operations = || std::iter::once(None).chain(strategies.iter().copied().map(Some));
    let bodies = metadata_of_more()
        .into_iter()
        .map(|metadata| body(records(0, 25), metadata));
    let hidden = results_of_more().into_iter();
    let hidden = hidden.flat_map(|result| {
        [
            Value::Null,
            json!({"end_cursor": null}),
            json!({"next_cursor": null}),
        ]
        .map(|own| body(result.clone(), own))
    });
    for body in bodies.chain(hidden) {
        for operation in operations()
            .filter(|operation| operation.is_none_or(|operation| !operation.returns_object))
        {
            rows += 1;
            let (verdict, received, _) = run(operation, std::slice::from_ref(&body));
            if matches!(verdict, None | Some(Verdict::Complete(_))) {
                let name = operation.map_or("unknown".to_owned(), |operation| {
                    format!("{} {:?}", operation.entity, operation.paging)
                });
                wrong.push(format!(
                    "{} of {name}: {} received, {verdict:?}",
                    body["connector_metadata"],
                    received.len()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {rows} wrong, such as\n{}",
        wrong.len(),
        wrong
            .iter()
            .take(30)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
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
        let (verdict, received, _) = run(None, &[body(result.clone(), Value::Null)]);
        assert!(
            matches!(verdict, Some(Verdict::Complete(_))) && received.len() == 25,
            "{result}: {verdict:?}, {} received",
            received.len()
        );
    }
    // A last page whose lists are all empty is no record.
    let last = json!({"issues": [], "errors": [], "next_cursor": null});
    let first = json!({"issues": records(0, 25), "errors": [], "next_cursor": "c"});
    let (verdict, received, _) = run(None, &[body(first, Value::Null), body(last, Value::Null)]);
    assert!(
        matches!(verdict, Some(Verdict::Complete(_))) && received.len() == 25,
        "{verdict:?}, {} received",
        received.len()
    );
}

#[test]
fn an_object_that_leads_nowhere_is_an_end() {
    for (more, end) in [
        (
            json!({"paging": {"next": {"after": "c"}}}),
            json!({"paging": {"next": {"after": null}}}),
        ),
        (
            json!({"paging": {"next": {"after": "c"}}}),
            json!({"paging": {"next": {"after": ""}}}),
        ),
        (
            json!({"next_page": {"offset": "c", "uri": "/x?offset=c"}}),
            json!({"next_page": {"offset": null, "uri": null}}),
        ),
        (
            json!({"_links": {"next": {"href": "/x?cursor=c"}}}),
            json!({"_links": {"next": {"href": null}}}),
        ),
        (
            json!({"next": {"cursor": "c"}}),
            json!({"next": {"cursor": null}}),
        ),
    ] {
        let pages = [
            body(records(0, 25), more),
            body(records(25, 40), end.clone()),
        ];
        let (verdict, received, calls) = run(None, &pages);
        assert!(
            matches!(verdict, Some(Verdict::Complete(_))) && received.len() == 40 && calls == 2,
            "{end}: {verdict:?} after {calls} calls"
        );
    }
    let asana = LISTS.iter().find(|operation| {
        operation
            .paging
            .as_ref()
            .is_some_and(|facts| facts.from.as_deref() == Some("next_page.offset"))
    });
    let pages = [
        body(
            records(0, 25),
            json!({"next_page": {"offset": "c", "uri": "/x"}}),
        ),
        body(
            records(25, 40),
            json!({"next_page": {"offset": null, "uri": null}}),
        ),
    ];
    let (verdict, received, _) = run(asana, &pages);
    assert!(
        matches!(verdict, Some(Verdict::Complete(_))) && received.len() == 40,
        "{verdict:?}"
    );
}

#[test]
fn what_is_never_recognised_does_not_go_on_for_ever() {
    let page = |number: usize| json!({"_embedded": {"things": []}, "_links": {"self": {"href": "x"}}, "page": {"number": number, "totalPages": 3}});
    let parameter = crate::domain::operation::Parameter::new(
        "page",
        crate::domain::operation::ParameterKind::Integer,
        crate::domain::operation::Source::Service,
    );
    let operation = Operation {
        parameters: vec![parameter],
        ..LISTS[0].clone()
    };
    let operation = Operation {
        paging: None,
        ..operation
    };
    for shape in [
        (0..80).map(|number| body(page(number), Value::Null)).collect::<Vec<_>>(),
        (0..80)
            .map(|number| body(json!({"hits": {"hits": [], "max": number}, "took": number, "aggregations": {"a": {"b": 1}}}), Value::Null))
            .collect(),
        (0..80).map(|number| body(json!({"repository": {"name": "x"}, "rateLimit": {"remaining": number}}), Value::Null)).collect(),
    ] {
        let (verdict, received, calls) = run(Some(&operation), &shape);
        let is_empty = matches!(verdict, Some(Verdict::Complete(_))) && received.is_empty() && shape[0].to_string().contains("\"hits\":[]");
        assert!((is_empty || !matches!(verdict, None | Some(Verdict::Complete(_)))) && calls < 10, "{verdict:?} after {calls} calls");
    }
    // A service that ignores the token, and writes the time into what it repeats.
    let repeated = |number: usize| -> Value {
        (0..10)
            .map(|at| json!({"id": at, "fetched": number * 100 + at}))
            .collect()
    };
    let pages: Vec<Value> = (0..80)
        .map(|number| {
            body(
                repeated(number),
                json!({"next_cursor": format!("c{number}")}),
            )
        })
        .collect();
    let (verdict, _, calls) = run(None, &pages);
    assert!(
        matches!(verdict, Some(Verdict::Incomplete(_))) && calls <= 60,
        "{verdict:?} after {calls} calls"
    );
}

#[test]
fn a_page_that_comes_again_with_another_time_proves_nothing() {
    let names = |number: usize| -> Value {
        (0..10)
            .map(|at| json!({"name": format!("n{at}"), "fetched": number}))
            .collect()
    };
    let parameter = crate::domain::operation::Parameter::new(
        "page",
        crate::domain::operation::ParameterKind::Integer,
        crate::domain::operation::Source::Service,
    );
    let operation = Operation {
        parameters: vec![parameter],
        paging: None,
        ..LISTS[0].clone()
    };
    for metadata in [json!({"total": 20}), json!({})] {
        let pages: Vec<Value> = (0..5)
            .map(|number| body(names(number), metadata.clone()))
            .collect();
        let (verdict, received, _) = run(Some(&operation), &pages);
        assert!(
            !matches!(verdict, Some(Verdict::Complete(_))) && received.len() == 10,
            "{metadata}: {verdict:?}, {} received",
            received.len()
        );
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
    let (verdict, received, _) = run(None, &pages);
    assert!(
        matches!(verdict, Some(Verdict::Doubtful(_))) && received.len() == 40,
        "{verdict:?}, {} received",
        received.len()
    );
}

/// A healthy list: what its pages answer, from the place of the first record to that of the last, and the parameter it declares.
type Healthy = (
    &'static str,
    Option<&'static str>,
    fn(usize, usize) -> (Value, Value),
);

const ALL: usize = 57;

fn token(end: usize) -> Value {
    if end < ALL {
        json!(format!("k{end}"))
    } else {
        Value::Null
    }
}

const HEALTHY: &[Healthy] = &[
    ("the query is complete", Some("cursor"), |from, to| {
        (
            json!({"complete": true, "incomplete_results": false, "records": records(from, to), "next_cursor": token(to)}),
            Value::Null,
        )
    }),
    ("nothing is incomplete", Some("page"), |from, to| {
        (
            json!({"total_count": ALL, "incomplete_results": false, "items": records(from, to)}),
            Value::Null,
        )
    }),
    ("the wrapper has an id", Some("page"), |from, to| {
        let pages = json!({"page": from / 10 + 1, "pageSize": 10, "pageCount": 6});
        (
            json!({"Id": format!("q{from}"), "Status": "OK", "pagination": pages, "Invoices": records(from, to)}),
            Value::Null,
        )
    }),
    ("facets stand beside", Some("cursor"), |from, to| {
        (
            json!({"issues": records(from, to), "facets": [{"name": "a", "count": 3}], "next_cursor": token(to)}),
            Value::Null,
        )
    }),
    ("links stand beside", Some("cursor"), |from, to| {
        (
            json!({"things": records(from, to), "links": [{"rel": "self", "href": "/x"}], "next_cursor": token(to)}),
            Value::Null,
        )
    }),
    ("a graph of its own", Some("cursor"), |from, to| {
        let info = json!({"hasNextPage": to < ALL, "endCursor": token(to)});
        let nodes = json!({"nodes": records(from, to), "pageInfo": info});
        (
            json!({"data": {"repository": {"issues": nodes}}, "complete": true}),
            Value::Null,
        )
    }),
    ("a search with aggregations", Some("offset"), |from, to| {
        let hits = json!({"total": {"value": ALL, "relation": "eq"}, "hits": records(from, to)});
        (
            json!({"took": 5, "hits": hits, "aggregations": {"by": {"buckets": [{"key": "a"}]}}}),
            Value::Null,
        )
    }),
    ("days of the same names", Some("cursor"), |from, to| {
        let rows: Value = (from..to)
            .map(|at| json!({"name": format!("m{}", at - from), "date": from}))
            .collect();
        (rows, json!({"next_cursor": token(to)}))
    }),
    ("the next page is 0 at the end", Some("page"), |from, to| {
        (
            json!({"users": records(from, to), "next_page": if to < ALL { from / 10 + 2 } else { 0 }}),
            Value::Null,
        )
    }),
    ("the search is not incomplete", Some("page"), |from, to| {
        (
            json!({"files": records(from, to), "incompleteSearch": false}),
            Value::Null,
        )
    }),
    ("messages are the list", Some("cursor"), |from, to| {
        (
            json!({"messages": records(from, to), "next_cursor": token(to), "resultSizeEstimate": ALL}),
            Value::Null,
        )
    }),
    ("an envelope of its own", Some("page"), |from, to| {
        let info = json!({"page": from / 10 + 1, "per_page": 10, "total_pages": 6, "count": to - from, "total_count": ALL});
        (
            json!({"success": true, "errors": [], "messages": [], "result": records(from, to), "result_info": info}),
            Value::Null,
        )
    }),
    ("a sum of money", Some("cursor"), |from, to| {
        (
            json!({"invoices": records(from, to), "total": {"amount": "57.00", "currency": "USD"}, "next_cursor": token(to)}),
            Value::Null,
        )
    }),
];

#[test]
fn healthy_lists_come_whole() {
    let mut wrong = Vec::new();
    for (name, param, answer) in HEALTHY {
        let parameter = |name: &str| {
            crate::domain::operation::Parameter::new(
                name,
                if matches!(name, "page" | "offset") {
                    crate::domain::operation::ParameterKind::Integer
                } else {
                    crate::domain::operation::ParameterKind::String
                },
                crate::domain::operation::Source::Service,
            )
        };
        let operation = Operation {
            parameters: param.map(parameter).into_iter().collect(),
            paging: None,
            returns_object: false,
            ..LISTS[0].clone()
        };
        let pages: Vec<Value> = (0..ALL)
            .step_by(10)
            .chain([ALL])
            .map(|from| {
                let (result, metadata) = answer(from.min(ALL), (from + 10).min(ALL));
                body(result, metadata)
            })
            .collect();
        let (verdict, received, calls) = run(Some(&operation), &pages);
        if !matches!(verdict, Some(Verdict::Complete(_))) || received.len() != ALL || calls > 8 {
            wrong.push(format!(
                "{name}: {} of {ALL} in {calls} calls, {verdict:?}",
                received.len()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_stands_beside_an_empty_list_is_not_the_list() {
    for (result, metadata) in [
        (
            json!({"results": [], "next_cursor": null, "facets": [{"name": "a", "count": 3}]}),
            Value::Null,
        ),
        (
            json!({"issues": [], "warnings": [{"code": "w"}], "next_cursor": null}),
            Value::Null,
        ),
        (
            json!({"object": "list", "data": [], "errors": [{"code": "x"}], "has_more": false}),
            Value::Null,
        ),
        (
            json!({"data": [], "included": [{"id": "x"}], "meta": {"total": 0}}),
            Value::Null,
        ),
        (
            json!({"total_count": 0, "entries": [], "order": [{"by": "type"}]}),
            Value::Null,
        ),
        (
            json!({"QueryResponse": {"Customer": [], "maxResults": 0, "totalCount": 0}, "time": "2026-01-01"}),
            Value::Null,
        ),
        (
            json!({"success": true, "errors": [], "messages": [], "result": [], "result_info": {"total_count": 0}}),
            json!({"has_more": false}),
        ),
        (
            json!({"Id": "q", "Status": "OK", "pagination": {"page": 1, "pageCount": 0}, "Invoices": []}),
            Value::Null,
        ),
        (
            json!({"rows": [], "totalRows": 0, "schema": {"fields": [{"name": "a"}]}}),
            Value::Null,
        ),
    ] {
        let (verdict, received, _) = run(None, &[body(result.clone(), metadata)]);
        assert!(
            matches!(verdict, Some(Verdict::Complete(_))) && received.is_empty(),
            "{result}: {verdict:?}, {} received",
            received.len()
        );
    }
    // A record keeps its own empty lists.
    for result in [
        json!({"name": "W", "locale": "en", "webhooks": []}),
        json!({"workspace": {"name": "W", "plan": "pro", "limits": []}}),
    ] {
        let (_, received, _) = run(None, &[body(result.clone(), json!({"has_more": false}))]);
        assert_eq!(received.len(), 1, "{result}");
    }
}

#[test]
fn the_index_of_the_last_page_is_no_number_of_pages() {
    let page = |number: usize| {
        body(
            json!({"current_page": number, "last_page": 5, "items": records(number * 10, (number * 10 + 10).min(57))}),
            Value::Null,
        )
    };
    let parameter = crate::domain::operation::Parameter::new(
        "page",
        crate::domain::operation::ParameterKind::Integer,
        crate::domain::operation::Source::Service,
    );
    let operation = Operation {
        parameters: vec![parameter],
        paging: None,
        returns_object: false,
        ..LISTS[0].clone()
    };
    let pages: Vec<Value> = (0..6).map(page).collect();
    let (verdict, received, _) = run(Some(&operation), &pages);
    assert!(
        matches!(verdict, Some(Verdict::Complete(_))) && received.len() == 57,
        "{verdict:?}, {} received",
        received.len()
    );
    let (verdict, received, _) = run(Some(&operation), &pages[..5]);
    assert!(
        !matches!(verdict, Some(Verdict::Complete(_))) && received.len() == 50,
        "{verdict:?}"
    );
}
