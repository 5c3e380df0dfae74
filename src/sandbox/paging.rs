//! Cutting records into pages, each connector in the way that the catalog says.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::data::text;
use super::definitions::items;
use super::errors::{Refusal, refuse};
use super::records::number;

/// A page: which records, and what `connector_metadata` says.
pub(super) struct Page {
    pub start: usize,
    pub end: usize,
    pub metadata: Value,
    /// The token for the next page, for replies that carry it elsewhere.
    pub token: Option<String>,
}

/// Returns the parameter that sets the page size.
pub(super) fn size_parameter(action: &Value) -> Option<&Value> {
    let role = items(&action["pagination"]["request"]).iter().find(|request| request["role"] == "size");
    let name = action["pagination"]["next"]["size_param"].as_str().or_else(|| role?["param"].as_str())?;
    items(&action["params"]).iter().find(|parameter| parameter["name"] == name)
}

/// Makes a token of an offset. It looks like what connectors hand out.
pub(super) fn token(offset: usize) -> String {
    STANDARD.encode(format!("cursor:v2:{offset:05}"))
}

/// Reads a token back.
pub(super) fn offset_of(token: &str) -> Result<usize, Refusal> {
    let bytes = STANDARD.decode(token).or_else(|_| URL_SAFE_NO_PAD.decode(token)).unwrap_or_default();
    let text = String::from_utf8(bytes).unwrap_or_default();
    text.strip_prefix("cursor:v2:")
        .and_then(|offset| offset.parse().ok())
        .ok_or_else(|| refuse(400, "invalid_cursor", &format!("The cursor `{token}` is not valid or has expired")))
}

/// How large pages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    /// As large as was asked for.
    AsAsked,
    /// So large, whatever was asked for. The connector's own keys lead on from there.
    Always(usize),
}

/// Cuts the page that the parameters ask for.
pub(super) fn page(
    action: &Value,
    entity: &str,
    params: &Map<String, Value>,
    records: &[Value],
    id_field: &str,
    sizes: Sizes,
) -> Result<Page, Refusal> {
    let facts = &action["pagination"];
    let next = &facts["next"];
    let kind = next["kind"].as_str().unwrap_or_default();
    let total = records.len();
    // Where no way on is declared, everything comes at once.
    let size = match size_parameter(action).filter(|_| !kind.is_empty()) {
        Some(parameter) => {
            let asked = params.get(parameter["name"].as_str().unwrap_or_default()).and_then(number);
            let size = asked.or_else(|| parameter["default"].as_u64()).unwrap_or(25);
            // Services cap what one may ask for, whatever they declare.
            size.min(parameter["maximum"].as_u64().unwrap_or(1000)).clamp(1, 1000) as usize
        }
        None if kind.is_empty() => total.max(1),
        None => 25,
    };
    let size = match sizes {
        Sizes::AsAsked => size,
        // What comes at once stays whole: no key says where the rest of it is.
        Sizes::Always(_) if kind.is_empty() => size,
        Sizes::Always(always) => always,
    };
    let param = next["param"].as_str().unwrap_or_default();
    let parameter = items(&action["params"]).iter().find(|parameter| parameter["name"] == param).unwrap_or(&Value::Null);
    let first = parameter["default"].as_u64().or_else(|| parameter["minimum"].as_u64()).unwrap_or(1);
    let sent = params.get(param).filter(|value| !value.is_null() && **value != json!(""));
    let mut start = match (kind, sent) {
        ("cursor" | "url_query", Some(value)) if parameter["type"] == "integer" => number(value).unwrap_or(0) as usize,
        ("cursor" | "url_query", Some(value)) => offset_of(value.as_str().unwrap_or_default())?,
        ("page_url" | "page_increment", Some(value)) => (number(value).unwrap_or(first).saturating_sub(first)) as usize * size,
        ("offset_increment", Some(value)) => number(value).unwrap_or(0) as usize,
        ("last_id", Some(value)) => position_after(records, id_field, value)?,
        _ => 0,
    };
    let mut size = size;
    // The generic `cursor` of the API's own documentation works beside each connector's own key.
    if let Some(cursor) = params.get("cursor").and_then(Value::as_str).filter(|_| param != "cursor")
        && !cursor.is_empty()
    {
        start = offset_of(cursor)?;
    }
    if let Some(query) = params.get("q").and_then(Value::as_str).filter(|_| kind == "unfollowable") {
        size = clause(query, "limit").unwrap_or(25);
        start = clause(query, "offset").unwrap_or(0);
    }
    let start = start.min(total);
    let end = (start + size).min(total);
    let more = end < total;
    let cut = Cut { facts, entity, param, start, end, size, total, first, numeric: parameter["type"] == "integer" };
    Ok(Page { start, end, metadata: cut.metadata(), token: more.then(|| token(end)) })
}

fn position_after(records: &[Value], id_field: &str, id: &Value) -> Result<usize, Refusal> {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let wanted = plain(id);
    match records.iter().position(|record| plain(&record[id_field]) == wanted) {
        Some(at) => Ok(at + 1),
        None => Err(refuse(400, "resource_missing", &format!("No such object: {wanted}"))),
    }
}

/// Reads `LIMIT 10` or `OFFSET 20` from a query.
fn clause(query: &str, word: &str) -> Option<usize> {
    let mut words = query.split_whitespace();
    words.find(|found| found.eq_ignore_ascii_case(word))?;
    words.next()?.trim_end_matches(';').parse().ok()
}

struct Cut<'a> {
    facts: &'a Value,
    entity: &'a str,
    param: &'a str,
    start: usize,
    end: usize,
    size: usize,
    total: usize,
    first: u64,
    numeric: bool,
}

impl Cut<'_> {
    fn more(&self) -> bool {
        self.end < self.total
    }

    /// Writes the metadata with the keys that this connector answers with.
    fn metadata(&self) -> Value {
        let Some(keys) = self.facts["metadata"].as_object() else { return Value::Null };
        let next = &self.facts["next"];
        let from = next["from"].as_str().unwrap_or_default();
        let mut metadata = Map::new();
        for (key, path) in keys {
            let value = if from == key {
                self.signal(next["kind"].as_str().unwrap_or_default(), &text(path))
            } else if from.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('.')) {
                let leaf = from.rsplit('.').next().unwrap_or_default();
                if self.more() {
                    json!({leaf: token(self.end), "path": format!("/{}", self.entity), "uri": self.link(&token(self.end))})
                } else {
                    Value::Null
                }
            } else if next["more_if_true"] == *key {
                json!(self.more())
            } else if next["end_if_true"] == *key {
                json!(!self.more())
            } else if next["echo_key"] == *key {
                json!(self.start)
            } else {
                self.other(key, &text(path))
            };
            metadata.insert(key.clone(), value);
        }
        Value::Object(metadata)
    }

    /// Returns what stands where the way to the next page stands.
    fn signal(&self, kind: &str, path: &str) -> Value {
        if !self.more() {
            // Airtable and the like leave the key out; others write an empty value.
            return if path.contains("response_metadata") { json!("") } else { Value::Null };
        }
        let page = self.start / self.size + self.first as usize + 1;
        match kind {
            "cursor" if self.numeric => json!(self.end),
            "cursor" => json!(token(self.end)),
            "url_query" if path == "$.links" => json!([{"rel": "next", "href": self.link(&token(self.end))}]),
            "url_query" => json!(self.link(&token(self.end))),
            "page_url" if path == "$.links" => {
                json!([{"rel": "self", "href": self.link("1")}, {"rel": "next", "href": self.link(&page.to_string())}])
            }
            "page_url" => json!(self.link(&page.to_string())),
            "offset_increment" => json!(self.link(&self.end.to_string())),
            _ => json!(self.link(&token(self.end))),
        }
    }

    fn other(&self, key: &str, path: &str) -> Value {
        let pages = self.total.div_ceil(self.size);
        let page = self.start / self.size + 1;
        match key {
            "total" | "count" | "total_count" | "total_items" | "total_records" | "totalSize" | "resultSizeEstimate" => {
                if path.contains("paging.count") { json!(self.size) } else { json!(self.total) }
            }
            "page_count" | "total_pages" => json!(pages),
            "page" | "current_page_number" => json!(page),
            "previous_page" if self.start > 0 => json!(self.link(&(page - 1).to_string())),
            "max_results" | "limit" | "per_page" => json!(self.size),
            "size" => json!(self.end - self.start),
            "start" | "offset" => json!(self.start),
            "page_info" => json!({"page": page, "page_size": self.size, "total_number": self.total, "total_page": pages}),
            "links" => json!([{"rel": "self", "href": self.link("0")}]),
            "has_more" => json!(self.more()),
            "next_link" if self.more() => json!(self.link(&token(self.end))),
            _ => Value::Null,
        }
    }

    fn link(&self, value: &str) -> String {
        let mut url = url::form_urlencoded::Serializer::new(String::new());
        url.append_pair(if self.param.is_empty() { "page" } else { self.param }, value);
        format!("https://api.rocket.example/v2/{}?{}", self.entity, url.finish())
    }
}
