//! Properties of a run: whatever the kind of paging, the page size, the total, and where it was
//! interrupted; and whatever a service may answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{
    Entry, Kind, Limits, Origin, PageOutcome, PageReply, PageScan, Parts, Profile, Run, Step,
    Verdict,
};
use crate::domain::call::{Call, JsonText};
use crate::domain::reply::Reply;
use crate::envelope::Envelope;
use crate::json::document::Document;

fn facts() -> Reply {
    Reply {
        status: 200,
        content_type: None,
        bytes: 0,
        took: Duration::ZERO,
        whole: true,
        received_at: String::new(),
    }
}

fn envelope(body: &str) -> Envelope {
    Envelope::read(Arc::new(Document::parse(Bytes::copy_from_slice(
        body.as_bytes(),
    ))))
}

/// A service that pages in one of the ways, with the habits that services differ in.
#[derive(Debug, Clone)]
struct Service {
    kind: Kind,
    total: usize,
    size: usize,
    /// Counts pages from here.
    first: i64,
    /// Says `has_more` beside what its kind says.
    flag: bool,
    /// States the total.
    states: bool,
    /// What stands where a token would stand at the end: null, an empty text, nothing.
    ending: u8,
    /// Takes and gives numbers where others take text.
    numeric: bool,
}

impl Service {
    fn profile(&self) -> Profile {
        let param = match self.kind {
            Kind::Sql => "sql",
            _ => "p",
        };
        let from = if matches!(self.kind, Kind::Token | Kind::UrlQuery | Kind::PageUrl) {
            "next"
        } else {
            ""
        };
        let parts = Parts {
            kind: self.kind,
            param: param.into(),
            from: from.into(),
            first: self.first,
            more: if self.flag {
                "has_more".into()
            } else {
                String::new()
            },
            end: String::new(),
            size_param: "size".into(),
            numeric: self.numeric,
        };
        parts.profile(Origin::Catalog).unwrap()
    }

    fn call(&self) -> Call {
        let mut call = Call::new("c", "things", "list");
        call.params.set("size", JsonText::integer(self.size as i64));
        if self.kind == Kind::Sql {
            call.params.set(
                "sql",
                JsonText::string(&format!("SELECT * FROM things LIMIT {}", self.size)),
            );
        }
        call
    }

    /// Answers a call as such a service does: strictly, so that a value of the wrong type is seen.
    fn answer(&self, call: &Call) -> Envelope {
        let sent = call
            .params
            .get("p")
            .map(|value| serde_json::from_str::<Value>(value.as_str()).unwrap());
        let number = |value: &Value| value.as_i64().expect("counts are sent as numbers");
        let text = |value: &Value| -> usize {
            assert_eq!(value.is_number(), self.numeric, "the value keeps its type");
            value.as_str().map_or_else(
                || value.as_u64().unwrap() as usize,
                |text| text.trim_start_matches('t').parse().unwrap(),
            )
        };
        let start = match (self.kind, &sent) {
            (Kind::Token | Kind::UrlQuery, Some(value)) => text(value),
            (Kind::LastId, Some(value)) => text(value) + 1,
            (Kind::Page | Kind::PageUrl, Some(value)) => {
                (number(value) - self.first) as usize * self.size
            }
            (Kind::Offset | Kind::OffsetBySize, Some(value)) => number(value) as usize,
            (Kind::Sql, _) => {
                let statement = call.params.get("sql").unwrap().plain();
                statement
                    .split_once(" OFFSET ")
                    .map_or(0, |(_, offset)| offset.parse().unwrap())
            }
            _ => 0,
        };
        let end = (start + self.size).min(self.total);
        let more = end < self.total;
        let id = |at: usize| {
            if self.numeric {
                json!(at)
            } else {
                json!(format!("t{at}"))
            }
        };
        let records: Vec<Value> = (start..end.max(start))
            .map(|at| json!({"id": id(at), "name": "same"}))
            .collect();
        let mut metadata = Map::new();
        if self.flag {
            metadata.insert("has_more".into(), json!(more));
        }
        if self.states {
            metadata.insert("total".into(), json!(self.total));
        }
        let plain = id(end)
            .as_str()
            .map_or_else(|| end.to_string(), str::to_owned);
        let page = start / self.size.max(1) + 1;
        let next = match self.kind {
            Kind::Token if more => id(end),
            Kind::UrlQuery if more => json!(format!("/things?size={}&p={plain}", self.size)),
            Kind::PageUrl if more => json!(format!(
                "https://x.example/things?p={}",
                page as i64 + self.first
            )),
            _ if self.ending == 0 => Value::Null,
            _ => json!(""),
        };
        if matches!(self.kind, Kind::Token | Kind::UrlQuery | Kind::PageUrl)
            && (more || self.ending < 2)
        {
            metadata.insert("next".into(), next);
        }
        envelope(
            &json!({"status": "success", "result": records, "connector_metadata": metadata})
                .to_string(),
        )
    }
}

fn services() -> impl Strategy<Value = Service> {
    let kinds = prop::sample::select(vec![
        Kind::Token,
        Kind::UrlQuery,
        Kind::PageUrl,
        Kind::Page,
        Kind::Offset,
        Kind::OffsetBySize,
        Kind::LastId,
        Kind::Sql,
    ]);
    (
        kinds,
        0usize..60,
        1usize..12,
        0i64..2,
        any::<bool>(),
        any::<bool>(),
        0u8..3,
        any::<bool>(),
    )
        .prop_map(
            |(kind, total, size, first, flag, states, ending, numeric)| {
                // Pages and offsets are numbers whatever the ids are.
                Service {
                    kind,
                    total,
                    size,
                    first,
                    flag,
                    states,
                    ending,
                    numeric,
                }
            },
        )
}

/// Pages to the end; after each page for which `stops` says so the run is ended and another resumes at
/// what was written down.
fn collect(service: &Service, stops: &mut dyn FnMut() -> bool) -> (Vec<String>, Verdict, usize) {
    let fresh = || Run::new(None, service.profile(), Limits::default());
    let mut run = fresh();
    let mut call = service.call();
    let mut written: Vec<(Entry, PageScan)> = Vec::new();
    let mut received = Vec::new();
    for calls in 1..200 {
        let reply = service.answer(&call);
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
            assert!(new.iter().all(|new| *new));
            received.extend(
                scan.records
                    .iter()
                    .map(|record| reply.document.text(*record).into_owned()),
            );
            written.push((run.entries().last().unwrap().clone(), scan.clone()));
        }
        match taken.step {
            Step::Ended(verdict) => return (received, verdict, calls),
            Step::Ask(next) => {
                if stops() {
                    run = fresh();
                    written.iter().for_each(|(entry, scan)| {
                        run.restore(entry.clone(), &scan.identities, &scan.contents)
                    });
                }
                call = *next;
            }
        }
    }
    panic!("{service:?} does not end");
}

proptest! {
    #[test]
    fn every_kind_pages_to_its_end_also_when_interrupted(service in services(), stops in prop::collection::vec(any::<bool>(), 60)) {
        // A single page whose way has left no trace, beside which nothing is stated, proves nothing.
        let silent = matches!(service.kind, Kind::Token | Kind::UrlQuery) && service.ending == 2 && !service.flag && !service.states;
        let silent = silent && service.total <= service.size;
        let right = |verdict: &Verdict| if silent { matches!(verdict, Verdict::Unproven(_)) } else { matches!(verdict, Verdict::Complete(_)) };
        let (received, verdict, calls) = collect(&service, &mut || false);
        prop_assert_eq!(received.len(), service.total, "{:?}", verdict);
        prop_assert!(right(&verdict), "{:?}", verdict);
        // One call more where only an empty page can say that it is over, and once more to make sure.
        prop_assert!(calls <= service.total.div_ceil(service.size).max(1) + 2, "{} calls", calls);
        let mut at = 0;
        let (again, verdict, _) = collect(&service, &mut || {
            at += 1;
            stops[at % stops.len()]
        });
        prop_assert_eq!(received, again);
        prop_assert!(right(&verdict), "{:?}", verdict);
    }

    #[test]
    fn no_answers_make_it_loop_or_send_what_no_profile_names(
        service in services(),
        answers in prop::collection::vec((0u8..9, 0usize..4, any::<bool>()), 1..60),
    ) {
        let first = service.call();
        let mut run = Run::new(None, service.profile(), Limits::default());
        let mut call = first.clone();
        let mut fruitless = 0;
        for (kind, which, more) in answers {
            let reply = envelope(&oddity(kind, which, more));
            let scan = PageScan::of(&reply);
            let before = run.records();
            let taken = run.take(&call, PageReply { envelope: &reply, scan: &scan, reply: &facts(), elapsed: Duration::ZERO });
            fruitless = if run.records() > before { 0 } else { fruitless + 1 };
            let Step::Ask(next) = taken.step else { break };
            prop_assert!(fruitless <= 3, "asks for ever without anything new");
            let param = run.profile().param().unwrap().to_owned();
            for (name, value) in next.params.iter() {
                prop_assert!(name == param || first.params.get(name) == Some(value), "sends {name}, which the profile does not name");
            }
            call = *next;
        }
    }
}

/// Returns an answer of some sort.
fn oddity(kind: u8, which: usize, more: bool) -> String {
    let token = ["a", "b", "", "t5"][which];
    let record = json!({"id": which, "extra": more});
    let metadata = json!({"has_more": more, "next": token, "total": which});
    match kind {
        0 => json!({"status": "success", "result": [record], "connector_metadata": metadata}).to_string(),
        1 => json!({"status": "success", "result": [], "connector_metadata": metadata}).to_string(),
        2 => json!({"status": "error", "result": null}).to_string(),
        3 => "<html>".to_owned(),
        4 => r#"{"status":"success","result":[1,"#.to_owned(),
        5 => json!({"data": [record, record], "meta": {"has_more": more, "cursor": token}}).to_string(),
        6 => json!({"status": "success", "result": [record], "connector_metadata": {"next": format!("/x?p={token}&page=7")}}).to_string(),
        7 => json!({"status": "success", "result": {"id": 1}, "connector_metadata": {"next": [{"rel": "next", "href": 3}]}}).to_string(),
        _ => json!([which, token, null, {"id": [1]}]).to_string(),
    }
}
