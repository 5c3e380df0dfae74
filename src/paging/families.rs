//! Families of paging that nobody declares: each is followed to its end from the reply and the declared parameters alone,
//! or ends with a reason. And the rule behind all of them: where a sign of more stands last, no run ends complete.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::tests::facts;
use super::{Limits, PageOutcome, PageReply, PageScan, Profile, Run, Step, Verdict};
use crate::domain::call::Call;
use crate::domain::operation::{Operation, Parameter, ParameterKind, Source};
use crate::envelope::{Envelope, Reading};
use crate::json::document::Document;

const SIZE: usize = 25;

/// How a family says that it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Null,
    Missing,
    Empty,
    /// The last page is full, and the sign is null.
    Full,
}

const ENDINGS: [Ending; 4] = [Ending::Null, Ending::Missing, Ending::Empty, Ending::Full];

/// A page that a family answers.
struct Page {
    start: usize,
    end: usize,
    total: usize,
    ending: Ending,
}

impl Page {
    fn more(&self) -> bool {
        self.end < self.total
    }

    fn records(&self) -> Value {
        (self.start..self.end)
            .map(|at| json!({"id": format!("r{at}"), "n": at}))
            .collect()
    }

    /// An object with a key that leads on, or with what the ending puts there.
    fn key(&self, key: &str, next: Value) -> Map<String, Value> {
        let mut object = Map::new();
        match (self.more(), self.ending) {
            (true, _) => drop(object.insert(key.to_owned(), next)),
            (false, Ending::Null | Ending::Full) => {
                drop(object.insert(key.to_owned(), Value::Null))
            }
            (false, Ending::Empty) => drop(object.insert(key.to_owned(), json!(""))),
            (false, Ending::Missing) => {}
        }
        object
    }

    fn token(&self) -> Value {
        json!(format!("t{}", self.end))
    }

    fn number(&self, first: usize) -> usize {
        self.start / SIZE + first
    }
}

type Answer = fn(&Page) -> (Value, Value);

/// A family: its name, the declared parameters, which of them says where a page begins and how, and what it answers.
struct Family {
    name: &'static str,
    declared: &'static [(&'static str, ParameterKind, &'static [&'static str])],
    start: fn(&Map<String, Value>) -> usize,
    answer: Answer,
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Where a page begins by a token of any of some names.
fn by_token(params: &Map<String, Value>, names: &[&str]) -> usize {
    let token = names
        .iter()
        .find_map(|name| params.get(*name))
        .map(plain)
        .unwrap_or_default();
    token.trim_start_matches(['t', 'r']).parse().unwrap_or(0)
}

fn by_page(params: &Map<String, Value>, name: &str, first: usize) -> usize {
    params
        .get(name)
        .map(plain)
        .and_then(|page| page.parse::<usize>().ok())
        .map_or(0, |page| page.saturating_sub(first) * SIZE)
}

fn families() -> Vec<Family> {
    use ParameterKind::{Integer, Object, String};
    const CURSOR: &[(&str, ParameterKind, &[&str])] = &[("cursor", String, &[])];
    const NONE: &[(&str, ParameterKind, &[&str])] = &[];
    fn cursor(params: &Map<std::string::String, Value>) -> usize {
        by_token(params, &["cursor"])
    }
    vec![
        Family {
            name: "response_metadata.next_cursor",
            declared: CURSOR,
            start: cursor,
            answer: |page| {
                (
                    page.records(),
                    json!({"response_metadata": page.key("next_cursor", page.token())}),
                )
            },
        },
        Family {
            name: "meta.next_cursor",
            declared: NONE,
            start: cursor,
            answer: |page| {
                (
                    page.records(),
                    json!({"meta": page.key("next_cursor", page.token())}),
                )
            },
        },
        Family {
            name: "meta.nextCursor",
            declared: CURSOR,
            start: cursor,
            answer: |page| {
                (
                    page.records(),
                    json!({"meta": page.key("nextCursor", page.token())}),
                )
            },
        },
        Family {
            name: "next_page.offset",
            declared: &[("offset", String, &[])],
            start: |params| by_token(params, &["offset"]),
            answer: |page| {
                (
                    page.records(),
                    Value::Object(page.key(
                        "next_page",
                        json!({"offset": page.token(), "path": "/x", "uri": "https://x/y"}),
                    )),
                )
            },
        },
        Family {
            name: "paging.next.after",
            declared: &[("after", String, &[])],
            start: |params| by_token(params, &["after"]),
            answer: |page| {
                (
                    page.records(),
                    json!({"paging": page.key("next", json!({"after": page.token(), "link": "https://x/y?after=zz"}))}),
                )
            },
        },
        Family {
            name: "pagination.next_token",
            declared: &[("next_token", String, &[])],
            start: |params| by_token(params, &["next_token"]),
            answer: |page| {
                (
                    page.records(),
                    json!({"pagination": page.key("next_token", page.token())}),
                )
            },
        },
        Family {
            name: "NextToken",
            declared: &[("NextToken", String, &[])],
            start: |params| by_token(params, &["NextToken"]),
            answer: |page| {
                (
                    page.records(),
                    Value::Object(page.key("NextToken", page.token())),
                )
            },
        },
        Family {
            name: "nextToken",
            declared: NONE,
            start: |params| by_token(params, &["nextToken"]),
            answer: |page| {
                (
                    page.records(),
                    Value::Object(page.key("nextToken", page.token())),
                )
            },
        },
        Family {
            name: "continuation_token",
            declared: NONE,
            start: |params| by_token(params, &["continuation_token"]),
            answer: |page| {
                (
                    page.records(),
                    Value::Object(page.key("continuation_token", page.token())),
                )
            },
        },
        Family {
            name: "next_marker",
            declared: &[("marker", String, &[])],
            start: |params| by_token(params, &["marker"]),
            answer: |page| {
                (
                    page.records(),
                    Value::Object(page.key("next_marker", page.token())),
                )
            },
        },
        Family {
            name: "bookmark",
            declared: NONE,
            start: |params| by_token(params, &["bookmark"]),
            answer: |page| {
                (
                    page.records(),
                    Value::Object(page.key("bookmark", page.token())),
                )
            },
        },
        Family {
            name: "scroll_id",
            declared: &[("scroll_id", String, &[])],
            start: |params| by_token(params, &["scroll_id"]),
            answer: |page| {
                (
                    page.records(),
                    Value::Object(page.key("scroll_id", page.token())),
                )
            },
        },
        Family {
            name: "a cursor that is an object",
            declared: &[("cursor", Object, &[])],
            start: |params| {
                params
                    .get("cursor")
                    .and_then(|cursor| cursor["at"].as_u64())
                    .unwrap_or(0) as usize
            },
            answer: |page| {
                (
                    page.records(),
                    Value::Object(page.key("next_cursor", json!({"at": page.end, "dir": "asc"}))),
                )
            },
        },
        Family {
            name: "links.next, absolute",
            declared: CURSOR,
            start: cursor,
            answer: |page| {
                (
                    page.records(),
                    json!({"links": page.key("next", json!(format!("https://api.example/x?limit=25&cursor=t{}", page.end)))}),
                )
            },
        },
        Family {
            name: "links: [{rel: next}]",
            declared: CURSOR,
            start: cursor,
            answer: |page| {
                let mut links = vec![json!({"rel": "self", "href": "/x"})];
                if page.more() {
                    links.push(json!({"rel": "next", "href": format!("/x?cursor=t{}", page.end)}));
                }
                (page.records(), json!({"links": links}))
            },
        },
        Family {
            name: "_links.next, relative",
            declared: CURSOR,
            start: cursor,
            answer: |page| {
                (
                    page.records(),
                    json!({"_links": page.key("next", json!(format!("/x?cursor=t{}", page.end)))}),
                )
            },
        },
        Family {
            name: "_links.next.href",
            declared: &[("after", String, &[])],
            start: |params| by_token(params, &["after"]),
            answer: |page| {
                (
                    page.records(),
                    json!({"_links": page.key("next", json!({"href": format!("https://elsewhere.example/x?after=t{}", page.end)}))}),
                )
            },
        },
        Family {
            name: "@odata.nextLink",
            declared: NONE,
            start: |params| by_token(params, &["$skiptoken"]),
            answer: |page| {
                (
                    page.records(),
                    Value::Object(page.key(
                        "@odata.nextLink",
                        json!(format!(
                            "https://graph.example/v1/users?$top=25&$skiptoken=t{}",
                            page.end
                        )),
                    )),
                )
            },
        },
        Family {
            name: "paging.next, a URL",
            declared: CURSOR,
            start: cursor,
            answer: |page| {
                (
                    page.records(),
                    json!({"paging": page.key("next", json!(format!("https://x.example/y?cursor=t{}", page.end)))}),
                )
            },
        },
        Family {
            name: "pages from 1 with totals",
            declared: &[("page", Integer, &[])],
            start: |params| by_page(params, "page", 1),
            answer: |page| {
                (
                    page.records(),
                    json!({"page": page.number(1), "totalPages": page.total.div_ceil(SIZE), "totalElements": page.total}),
                )
            },
        },
        Family {
            name: "pages from 0 with totals",
            declared: &[("page", Integer, &[])],
            start: |params| by_page(params, "page", 0),
            answer: |page| {
                (
                    page.records(),
                    json!({"number": page.number(0), "totalPages": page.total.div_ceil(SIZE), "totalElements": page.total}),
                )
            },
        },
        Family {
            name: "pages from 0, nothing stated",
            declared: &[("page", Integer, &[])],
            start: |params| by_page(params, "page", 0),
            answer: |page| (page.records(), Value::Null),
        },
        Family {
            name: "pages from 1, nothing stated",
            declared: &[("page", Integer, &[])],
            start: |params| by_page(params, "page", 1),
            answer: |page| (page.records(), Value::Null),
        },
        Family {
            name: "page as text",
            declared: &[("page", String, &[])],
            start: |params| {
                assert!(params.get("page").is_none_or(Value::is_string));
                by_page(params, "page", 1)
            },
            answer: |page| {
                (
                    page.records(),
                    json!({"page": page.number(1), "total_pages": page.total.div_ceil(SIZE)}),
                )
            },
        },
        Family {
            name: "page inside an object",
            declared: &[("page", Object, &["number", "size"])],
            start: |params| {
                params
                    .get("page")
                    .map_or(0, |page| by_page(page.as_object().unwrap(), "number", 1))
            },
            answer: |page| (page.records(), json!({"has_more": page.more()})),
        },
        Family {
            name: "offset, limit and total",
            declared: NONE,
            start: |params| by_page(params, "offset", 0) / SIZE,
            answer: |page| {
                (
                    page.records(),
                    json!({"offset": page.start, "limit": SIZE, "total": page.total}),
                )
            },
        },
        Family {
            name: "offset declared, nothing stated",
            declared: &[("offset", Integer, &[])],
            start: |params| by_page(params, "offset", 0) / SIZE,
            answer: |page| (page.records(), Value::Null),
        },
        Family {
            name: "the last id",
            declared: &[("starting_after", String, &[])],
            start: |params| {
                params
                    .get("starting_after")
                    .map_or(0, |id| plain(id)[1..].parse::<usize>().unwrap() + 1)
            },
            answer: |page| (page.records(), json!({"has_more": page.more()})),
        },
        Family {
            name: "the last id, a number",
            declared: &[("since_id", Integer, &[])],
            start: |params| {
                params
                    .get("since_id")
                    .map_or(0, |id| id.as_u64().unwrap() as usize + 1)
            },
            answer: |page| {
                (
                    (page.start..page.end).map(|at| json!({"id": at})).collect(),
                    json!({"has_more": page.more()}),
                )
            },
        },
        Family {
            name: "the last sid",
            declared: &[("after_id", String, &[])],
            start: |params| {
                params
                    .get("after_id")
                    .map_or(0, |id| plain(id)[2..].parse::<usize>().unwrap() + 1)
            },
            answer: |page| {
                (
                    (page.start..page.end)
                        .map(|at| json!({"sid": format!("SM{at}")}))
                        .collect(),
                    json!({"has_more": page.more()}),
                )
            },
        },
        Family {
            name: "the last id, nested",
            declared: &[("last_id", String, &[])],
            start: |params| {
                params
                    .get("last_id")
                    .map_or(0, |id| plain(id)[1..].parse::<usize>().unwrap() + 1)
            },
            answer: |page| {
                (
                    (page.start..page.end)
                        .map(|at| json!({"node": {"gid": format!("g{at}")}}))
                        .collect(),
                    json!({"has_more": page.more()}),
                )
            },
        },
        Family {
            name: "result.nodes with pageInfo",
            declared: &[("after", String, &[])],
            start: |params| by_token(params, &["after"]),
            answer: |page| {
                let mut info = page.key("endCursor", page.token());
                info.insert("hasNextPage".to_owned(), json!(page.more()));
                (
                    json!({"nodes": page.records(), "pageInfo": info}),
                    Value::Null,
                )
            },
        },
        Family {
            name: "records under a name of their own",
            declared: CURSOR,
            start: cursor,
            answer: |page| {
                let mut result = page.key("next_cursor", page.token());
                result.insert("contacts".to_owned(), page.records());
                (Value::Object(result), Value::Null)
            },
        },
        Family {
            name: "nodes inside of a named object",
            declared: CURSOR,
            start: cursor,
            answer: |page| {
                (
                    json!({"issues": {"nodes": page.records(), "pageInfo": page.key("endCursor", page.token())}}),
                    Value::Null,
                )
            },
        },
    ]
}

fn operation(family: &Family) -> Operation {
    let parameter = |(name, kind, properties): &(&str, ParameterKind, &[&str])| {
        let mut parameter = Parameter::new(*name, *kind, Source::Service);
        parameter.properties = properties.iter().map(|name| (*name).to_owned()).collect();
        parameter
    };
    Operation {
        entity: "things".to_owned(),
        action: "list".to_owned(),
        description: None,
        parameters: family.declared.iter().map(parameter).collect(),
        source: Source::Service,
        paging: None,
        fields: Vec::new(),
        semantic: Vec::new(),
        returns_object: false,
    }
}

/// Pages through a family. Returns the received ids, the verdict and the number of calls.
fn collect(family: &Family, ending: Ending) -> (Vec<String>, Verdict, usize) {
    let operation = operation(family);
    let total = if ending == Ending::Full { 2 * SIZE } else { 57 };
    let mut run = Run::new(
        Some(operation.clone()),
        Profile::of(Some(&operation)),
        Limits::default(),
    );
    let mut call = Call::new("c", "things", "list");
    let mut received = Vec::new();
    for calls in 1..30 {
        let params: Map<String, Value> = serde_json::from_str(&call.params.to_json()).unwrap();
        let start = (family.start)(&params).min(total);
        let page = Page {
            start,
            end: (start + SIZE).min(total),
            total,
            ending,
        };
        let (result, metadata) = (family.answer)(&page);
        let body = json!({"status": "success", "result": result, "connector_metadata": metadata, "execution_metadata": {}}).to_string();
        let reply = Envelope::read_as(Arc::new(Document::parse(Bytes::from(body))), Reading::List);
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
            Step::Ended(verdict) => return (received, verdict, calls),
            Step::Ask(next) => call = *next,
        }
    }
    panic!("{} does not end: {:?}", family.name, run.entries());
}

#[test]
fn every_family_is_followed_to_its_end_with_each_ending() {
    let mut wrong = Vec::new();
    for family in families() {
        for ending in ENDINGS {
            let (received, verdict, calls) = collect(&family, ending);
            let total = if ending == Ending::Full { 2 * SIZE } else { 57 };
            let unique: std::collections::HashSet<&String> = received.iter().collect();
            let whole = received.len() == total && unique.len() == total;
            if !whole || !matches!(verdict, Verdict::Complete(_)) || calls > 6 {
                wrong.push(format!(
                    "{} {ending:?}: {} of {total} in {calls} calls, {verdict:?}",
                    family.name,
                    received.len()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

static LISTS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let all = crate::catalog::DEFINITIONS
        .iter()
        .flat_map(crate::catalog::Definition::operations);
    all.filter(|operation| operation.action == "list").collect()
});

/// A reply, and whether a sign of more stands in it that nothing of the same object outranks.
#[derive(Debug, Clone)]
struct Said {
    body: String,
    more: bool,
}

/// Returns replies in which flags, tokens, links and totals stand in any of the places where services put them.
fn said() -> impl Strategy<Value = Said> {
    let place = prop::sample::select(vec![
        "connector_metadata",
        "top",
        "meta",
        "paging",
        "result",
    ]);
    let sign = prop::sample::select(vec![
        "has_more",
        "hasNextPage",
        "isLast",
        "next_cursor",
        "endCursor",
        "next",
        "_links",
        "total",
        "none",
    ]);
    (0usize..30, place, sign, any::<bool>(), any::<u8>()).prop_map(|(count, place, sign, more, salt)| {
        let records: Value = (0..count).map(|at| json!({"id": format!("{salt}-{at}")})).collect();
        let link = format!("https://x.example/y?cursor=c{salt}");
        let (key, value) = match sign {
            "has_more" | "hasNextPage" => (sign, json!(more)),
            "isLast" => (sign, json!(!more)),
            "next_cursor" | "endCursor" => (sign, if more { json!(format!("c{salt}")) } else { Value::Null }),
            "next" => (sign, if more { json!(link) } else { Value::Null }),
            "_links" => (sign, if more { json!({"next": {"href": link}}) } else { json!({}) }),
            "total" => (sign, json!(if more { 1_000_000 } else { count })),
            _ => ("unrelated", json!(1)),
        };
        let has_sign = sign != "none";
        let body = match place {
            "connector_metadata" => json!({"status": "success", "result": records, "connector_metadata": {key: value}}),
            "top" => json!({"status": "success", "result": records, key: value}),
            "meta" => json!({"status": "success", "result": {"data": records, "meta": {key: value}}}),
            "paging" => json!({"status": "success", "result": records, "connector_metadata": {"paging": {key: value}}}),
            _ => json!({"status": "success", "result": {"data": records, key: value}}),
        };
        Said { body: body.to_string(), more: more && has_sign }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn where_a_sign_of_more_stands_last_no_run_ends_complete(
        replies in prop::collection::vec(said(), 1..12),
        which in 0usize..600,
    ) {
        // Known lists in all their ways, and one that nobody knows.
        let operation = LISTS.get(which % (LISTS.len() + 1)).cloned();
        let mut run = Run::new(operation.clone(), Profile::of(operation.as_ref()), Limits::default());
        let mut call = Call::new("c", "things", "list");
        for said in &replies {
            let reply = Envelope::read_as(Arc::new(Document::parse(Bytes::copy_from_slice(said.body.as_bytes()))), Reading::List);
            let scan = PageScan::of(&reply);
            let taken = run.take(&call, PageReply { envelope: &reply, scan: &scan, reply: &facts(), elapsed: Duration::ZERO });
            match taken.step {
                Step::Ended(verdict) => {
                    prop_assert!(!(said.more && matches!(verdict, Verdict::Complete(_))), "{:?} after {}", verdict, said.body);
                    break;
                }
                Step::Ask(next) => call = *next,
            }
        }
    }
}
