//! A kind of connector that no catalog knows. Each of its lists has another paging strategy, which only its replies and the
//! parameters that `describe` lists reveal.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

/// The slug of the kind.
const SLUG: &str = "warehouse-inventory";
/// The number of records of a page, unless `limit` or `per_page` sets another.
const SIZE: usize = 25;
/// The number of records of a list, unless an option of the sandbox sets another: three pages, the last one short.
const RECORDS: usize = 57;

type Params = Map<String, Value>;

/// A page of a list.
struct Page {
    start: usize,
    end: usize,
    total: usize,
    size: usize,
}

/// A list: its entity, its declared parameters with their types, the start of the page that they select, and the result and
/// metadata that it answers.
struct List {
    entity: &'static str,
    params: &'static [(&'static str, &'static str)],
    start: fn(&Params, usize) -> usize,
    answer: fn(&Page) -> (Value, Value),
}

impl Page {
    fn more(&self) -> bool {
        self.end < self.total
    }

    fn records(&self) -> Value {
        (self.start..self.end).map(record).collect()
    }

    /// Makes records whose id has another key than `id`, or is inside an object.
    fn known_by(&self, make: fn(usize) -> Value) -> Value {
        (self.start..self.end).map(make).collect()
    }

    /// Returns the value for the next page, or null on the last page.
    fn next(&self, next: Value) -> Value {
        if self.more() { next } else { Value::Null }
    }

    fn token(&self) -> Value {
        self.next(json!(token(self.end)))
    }

    /// Returns a link to the next page that carries its token under a name.
    fn link(&self, to: &str, name: &str) -> Value {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair(name, &token(self.end))
            .finish();
        self.next(json!(format!("{to}?{query}")))
    }

    fn number(&self, first: usize) -> usize {
        self.start / self.size + first
    }

    fn pages(&self) -> usize {
        self.total.div_ceil(self.size)
    }
}

fn record(at: usize) -> Value {
    const GOODS: [&str; 8] = [
        "rope, 60 m",
        "ice axe",
        "stove",
        "map case",
        "avalanche probe",
        "sleeping bag",
        "head torch",
        "first aid kit",
    ];
    let shelf = format!("{}{}", ['A', 'B', 'C'][at % 3], at / 3);
    json!({"id": format!("item-{at:04}"), "name": GOODS[at % GOODS.len()], "shelf": shelf, "quantity": (at * 7) % 41})
}

fn token(at: usize) -> String {
    format!("inv-{at:05}")
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns the start of the page whose token is under a name; 0 if there is none.
fn by_token(params: &Params, name: &str) -> usize {
    params
        .get(name)
        .map(plain)
        .and_then(|token| token.strip_prefix("inv-")?.parse().ok())
        .unwrap_or(0)
}

fn number(params: &Params, name: &str) -> Option<usize> {
    params.get(name).map(plain)?.parse().ok()
}

fn by_page(params: &Params, name: &str, first: usize, size: usize) -> usize {
    number(params, name).map_or(0, |page| page.saturating_sub(first) * size)
}

/// Returns the start of the page after a record. The digits at the end of its id are its number.
fn after_record(params: &Params, name: &str) -> usize {
    let id = params.get(name).map(plain);
    let digits = id
        .as_ref()
        .map(|id| id.trim_start_matches(|character: char| !character.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse::<usize>().ok())
        .map_or(0, |at| at + 1)
}

/// A list whose token is sent back as one declared parameter.
macro_rules! by_token {
    ($entity:literal, $param:literal, $answer:expr) => {
        List {
            entity: $entity,
            params: &[($param, "string")],
            start: |params, _| by_token(params, $param),
            answer: $answer,
        }
    };
}

const HERE: &str = "https://api.warehouse.example/v1/items";
const ELSEWHERE: &str = "https://mirror.warehouse.example/v1/items";

/// The lists, one for each paging strategy, by which the entities are named.
const LISTS: &[List] = &[
    by_token!("response_metadata_next_cursor", "cursor", |page| (
        page.records(),
        json!({"response_metadata": {"next_cursor": page.token()}})
    )),
    by_token!("meta_next_cursor", "cursor", |page| (
        page.records(),
        json!({"meta": {"next_cursor": page.token()}})
    )),
    by_token!("meta_next_cursor_camel", "cursor", |page| (
        page.records(),
        json!({"meta": {"nextCursor": page.token()}})
    )),
    by_token!("next_page_offset", "offset", |page| (
        page.records(),
        json!({"next_page": page.next(json!({"offset": token(page.end), "path": "/items", "uri": HERE}))})
    )),
    by_token!("paging_next_after", "after", |page| (
        page.records(),
        json!({"paging": {"next": page.next(json!({"after": token(page.end), "link": HERE}))}})
    )),
    by_token!("pagination_next_token", "next_token", |page| (
        page.records(),
        json!({"pagination": {"next_token": page.token()}})
    )),
    by_token!("next_token_capital", "NextToken", |page| (
        page.records(),
        json!({"NextToken": page.token()})
    )),
    List {
        entity: "next_token_undeclared",
        params: &[],
        start: |params, _| by_token(params, "nextToken"),
        answer: |page| (page.records(), json!({"nextToken": page.token()})),
    },
    List {
        entity: "continuation_token",
        params: &[],
        start: |params, _| by_token(params, "continuation_token"),
        answer: |page| (page.records(), json!({"continuation_token": page.token()})),
    },
    by_token!("next_marker", "marker", |page| (
        page.records(),
        json!({"next_marker": page.token()})
    )),
    List {
        entity: "bookmark",
        params: &[],
        start: |params, _| by_token(params, "bookmark"),
        answer: |page| (page.records(), json!({"bookmark": page.token()})),
    },
    by_token!("scroll_id", "scroll_id", |page| (
        page.records(),
        json!({"scroll_id": page.token()})
    )),
    List {
        entity: "cursor_object",
        params: &[("cursor", "object")],
        start: |params, _| {
            params
                .get("cursor")
                .and_then(|cursor| cursor["at"].as_u64())
                .unwrap_or(0) as usize
        },
        answer: |page| {
            (
                page.records(),
                json!({"next_cursor": page.next(json!({"at": page.end, "order": "asc"}))}),
            )
        },
    },
    by_token!("links_next", "cursor", |page| (
        page.records(),
        json!({"links": {"next": page.link(HERE, "cursor")}})
    )),
    by_token!("links_next_elsewhere", "cursor", |page| (
        page.records(),
        json!({"links": {"next": page.link(ELSEWHERE, "cursor")}})
    )),
    by_token!("links_rel_next", "cursor", |page| {
        let mut links = vec![json!({"rel": "self", "href": HERE})];
        links.extend(
            page.more()
                .then(|| json!({"rel": "next", "href": page.link(HERE, "cursor")})),
        );
        (page.records(), json!({"links": links, "total": page.total}))
    }),
    by_token!("underscore_links_next", "cursor", |page| (
        page.records(),
        json!({"_links": {"next": page.link("/v1/items", "cursor")}})
    )),
    by_token!("underscore_links_next_href", "after", |page| (
        page.records(),
        json!({"_links": {"next": page.next(json!({"href": page.link(HERE, "after")}))}})
    )),
    List {
        entity: "odata_next_link",
        params: &[],
        start: |params, _| by_token(params, "$skiptoken"),
        answer: |page| {
            (
                page.records(),
                json!({"@odata.nextLink": page.link(HERE, "$skiptoken")}),
            )
        },
    },
    by_token!("paging_next_link", "cursor", |page| (
        page.records(),
        json!({"paging": {"next": page.link(HERE, "cursor")}})
    )),
    List {
        entity: "pages_from_one",
        params: &[("page", "integer")],
        start: |params, size| by_page(params, "page", 1, size),
        answer: |page| {
            (
                page.records(),
                json!({"page": page.number(1), "totalPages": page.pages(), "totalElements": page.total}),
            )
        },
    },
    List {
        entity: "pages_from_zero",
        params: &[("page", "integer")],
        start: |params, size| by_page(params, "page", 0, size),
        answer: |page| {
            (
                page.records(),
                json!({"number": page.number(0), "totalPages": page.pages(), "totalElements": page.total}),
            )
        },
    },
    List {
        entity: "pages_from_one_silent",
        params: &[("page", "integer"), ("per_page", "integer")],
        start: |params, size| by_page(params, "page", 1, size),
        answer: |page| (page.records(), Value::Null),
    },
    List {
        entity: "pages_from_zero_silent",
        params: &[("page", "integer"), ("per_page", "integer")],
        start: |params, size| by_page(params, "page", 0, size),
        answer: |page| (page.records(), Value::Null),
    },
    List {
        entity: "page_as_text",
        params: &[("page", "string")],
        start: |params, size| by_page(params, "page", 1, size),
        answer: |page| {
            (
                page.records(),
                json!({"page": page.number(1), "total_pages": page.pages()}),
            )
        },
    },
    List {
        entity: "page_in_object",
        params: &[("page", "object")],
        start: |params, size| {
            params
                .get("page")
                .and_then(Value::as_object)
                .map_or(0, |page| by_page(page, "number", 1, size))
        },
        answer: |page| (page.records(), json!({"has_more": page.more()})),
    },
    List {
        entity: "offset_limit_total",
        params: &[],
        start: |params, _| number(params, "offset").unwrap_or(0),
        answer: |page| {
            (
                page.records(),
                json!({"offset": page.start, "limit": page.size, "total": page.total}),
            )
        },
    },
    List {
        entity: "offset_silent",
        params: &[("offset", "integer"), ("limit", "integer")],
        start: |params, _| number(params, "offset").unwrap_or(0),
        answer: |page| (page.records(), Value::Null),
    },
    List {
        entity: "last_id",
        params: &[("starting_after", "string")],
        start: |params, _| after_record(params, "starting_after"),
        answer: |page| (page.records(), json!({"has_more": page.more()})),
    },
    List {
        entity: "last_id_number",
        params: &[("since_id", "integer")],
        start: |params, _| after_record(params, "since_id"),
        answer: |page| {
            (
                page.known_by(|at| json!({"id": at, "quantity": at % 9})),
                json!({"has_more": page.more()}),
            )
        },
    },
    List {
        entity: "last_sid",
        params: &[("after_id", "string")],
        start: |params, _| after_record(params, "after_id"),
        answer: |page| {
            (
                page.known_by(|at| json!({"sid": format!("IT{at:04}"), "quantity": at % 9})),
                json!({"has_more": page.more()}),
            )
        },
    },
    List {
        entity: "last_uuid",
        params: &[("after_id", "string")],
        start: |params, _| after_record(params, "after_id"),
        answer: |page| {
            (
                page.known_by(|at| json!({"uuid": format!("u{at:04}"), "quantity": at % 9})),
                json!({"has_more": page.more()}),
            )
        },
    },
    List {
        entity: "last_id_nested",
        params: &[("last_id", "string")],
        start: |params, _| after_record(params, "last_id"),
        answer: |page| {
            (
                page.known_by(
                    |at| json!({"item": {"gid": format!("g{at:04}"), "quantity": at % 9}}),
                ),
                json!({"has_more": page.more()}),
            )
        },
    },
    by_token!("nodes_page_info", "after", |page| {
        (
            json!({"nodes": page.records(), "pageInfo": {"hasNextPage": page.more(), "endCursor": page.token()}}),
            Value::Null,
        )
    }),
    by_token!("records_of_own_name", "cursor", |page| (
        json!({"next_cursor": page.token(), "items_in_stock": page.records()}),
        Value::Null
    )),
    by_token!("nodes_in_object", "cursor", |page| (
        json!({"stock": {"nodes": page.records(), "pageInfo": {"endCursor": page.token()}}}),
        Value::Null
    )),
];

/// Returns the definition of the kind, in the form of the catalog's files.
pub(super) fn definition() -> &'static Value {
    static DEFINITION: OnceLock<Value> = OnceLock::new();
    DEFINITION.get_or_init(|| {
        let entities: Vec<Value> = LISTS
            .iter()
            .map(|list| {
                let params: Vec<Value> = list
                    .params
                    .iter()
                    .map(|(name, kind)| {
                        let mut param = json!({"name": name, "in": "query", "type": kind, "required": false});
                        if *name == "page" && *kind == "object" {
                            param["properties"] = json!({"number": {"type": "integer"}, "size": {"type": "integer"}});
                        }
                        param
                    })
                    .collect();
                json!({"name": list.entity, "actions": [{"name": "list", "params": params, "returns": "array", "pagination": {}}]})
            })
            .collect();
        json!({"name": "Warehouse inventory", "slug": SLUG, "definition_id": "5d1e7c52-90ab-4f6e-8c37-6a0f2b9d4e18", "entities": entities})
    })
}

/// Returns whether a definition is that of the kind which no catalog knows.
pub(super) fn is(definition: &Value) -> bool {
    definition["slug"] == SLUG
}

/// Answers a page of a list: its result and its metadata.
pub(super) fn list(entity: &str, params: &Params, records: Option<usize>) -> (Value, Value) {
    let Some(list) = LISTS.iter().find(|list| list.entity == entity) else {
        return (Value::Null, Value::Null);
    };
    let size = ["per_page", "limit"]
        .iter()
        .find_map(|name| number(params, name))
        .unwrap_or(SIZE)
        .clamp(1, 1000);
    let total = records.unwrap_or(RECORDS);
    let start = (list.start)(params, size).min(total);
    (list.answer)(&Page {
        start,
        end: (start + size).min(total),
        total,
        size,
    })
}

#[cfg(test)]
mod tests {
    use super::super::definitions::items;
    use super::{LISTS, definition};

    #[test]
    fn every_list_is_an_entity_of_its_own() {
        let names: std::collections::BTreeSet<_> = LISTS.iter().map(|list| list.entity).collect();
        assert_eq!(
            (names.len(), items(&definition()["entities"]).len()),
            (LISTS.len(), LISTS.len())
        );
    }
}
