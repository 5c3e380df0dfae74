//! Cuts lists into pages with the paging strategy that the catalog states for each connector.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::data::text;
use super::definitions::items;
use super::errors::{Refusal, refuse};
use super::records::number;

/// Returns the parameter that sets the page size.
pub(super) fn size_parameter(action: &Value) -> Option<&Value> {
    let role = items(&action["pagination"]["request"])
        .iter()
        .find(|request| request["role"] == "size");
    let name = action["pagination"]["next"]["size_param"]
        .as_str()
        .or_else(|| role?["param"].as_str())?;
    items(&action["params"])
        .iter()
        .find(|parameter| parameter["name"] == name)
}

/// Makes a token of an offset. It looks like those of real connectors.
pub(super) fn token(offset: usize) -> String {
    STANDARD.encode(format!("cursor:v2:{offset:05}"))
}

/// Reads the offset of a token.
pub(super) fn offset_of(token: &str) -> Result<usize, Refusal> {
    let bytes = STANDARD
        .decode(token)
        .or_else(|_| URL_SAFE_NO_PAD.decode(token))
        .unwrap_or_default();
    let text = String::from_utf8(bytes).unwrap_or_default();
    text.strip_prefix("cursor:v2:")
        .and_then(|offset| offset.parse().ok())
        .ok_or_else(|| {
            refuse(
                400,
                "invalid_cursor",
                &format!("The cursor `{token}` is not valid or has expired"),
            )
        })
}

/// How lists are cut into pages, and which faults their pages have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// The number of records of every page, whatever is requested.
    pub always: Option<usize>,
    /// Whether the connector's own key for the next page is known.
    pub own_key: bool,
    /// Whether the generic `cursor` of the API's own documentation works beside it.
    pub generic_cursor: bool,
    /// Whether page numbers start at 0.
    pub from_zero: bool,
    /// How pages lead back, if they do.
    pub round: Option<Round>,
    /// What becomes of lists that declare no next page.
    pub wholes: Wholes,
    /// The total that the metadata states.
    pub total: StatedTotal,
    /// Whether each page repeats a record of the page before.
    pub repeats_record: bool,
    /// A fault of some pages.
    pub page_fault: Option<(AffectedPages, PageFault)>,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            always: None,
            own_key: true,
            generic_cursor: true,
            from_zero: false,
            round: None,
            wholes: Wholes::Whole,
            total: StatedTotal::Declared,
            repeats_record: false,
            page_fault: None,
        }
    }
}

/// The total that the metadata of a page states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatedTotal {
    /// What the connector declares.
    Declared,
    /// A wrong number under `total`.
    Wrong,
    /// The right number under `total`, as text.
    Text,
    /// The right number under `row_count`, for lists that declare no next page.
    RowCount,
}

/// The pages that have a fault. They are numbered from 1, by their first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AffectedPages {
    /// Every page.
    All,
    /// Every page after this one.
    After(usize),
    /// This page.
    Number(usize),
    /// The third page, or the one before the last.
    Middle,
}

/// A fault of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageFault {
    /// Its key for the next page is changed, and the sign that there are more records.
    Signs(Key, Sign),
    /// A record was inserted at the front after page one, so that each later page starts with the last record of the page
    /// before.
    Shifted,
    /// It has no records and states that there are more.
    Empty,
    /// Its token has expired.
    CursorExpired,
    /// It is refused with 429 the first time.
    RateLimitedOnce,
    /// The connection breaks the first time.
    CutOnce,
}

/// Where a page is in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// It is the second page, or the only one.
    SecondOrOnly,
    /// It is another page, or no page at all.
    Other,
}

impl Position {
    /// Returns whether it is the second page, or the only one.
    pub(super) fn is_second_or_only(self) -> bool {
        self == Position::SecondOrOnly
    }
}

/// What becomes of lists that declare no next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wholes {
    /// They are sent whole.
    Whole,
    /// They are cut into pages, which `page` and `limit` select.
    Paged,
    /// They are cut off after this number of records.
    Cut(usize),
}

/// How pages lead back to earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// The page of this number, or the last one, leads to the first.
    ToFirst(usize),
    /// The page of this number, or the last one, leads to the one before it.
    ToBefore(usize),
}

impl Round {
    /// Returns the number of the page that leads back.
    fn last(self, pages: usize) -> usize {
        let (Round::ToFirst(last) | Round::ToBefore(last)) = self;
        last.min(pages)
    }

    /// Returns the number of the page that a page leads to.
    fn after(self, number: usize, pages: usize) -> usize {
        if number < self.last(pages) {
            return number + 1;
        }
        match self {
            Round::ToFirst(_) => 1,
            Round::ToBefore(_) => (self.last(pages) - 1).max(1),
        }
    }

    /// Returns the number of the page that is sent where the client counts up to a number.
    fn counted(self, number: usize, pages: usize) -> usize {
        let last = self.last(pages);
        if number <= last {
            return number;
        }
        match self {
            Round::ToFirst(_) => (number - 1) % last + 1,
            Round::ToBefore(_) if (number - last) % 2 == 1 => (last - 1).max(1),
            Round::ToBefore(_) => last,
        }
    }
}

/// The value under the connector's own key for the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The next page, if there is one.
    Next,
    /// Null.
    Null,
    /// The key is left out.
    LeftOut,
}

/// The sign by which a page states that there are more records, apart from the connector's own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The connector's own signs, whichever it has.
    Own,
    /// The connector's own flag, or `has_more` where it has none.
    Flag,
    /// Only the total: flags are left out.
    Total,
}

/// A page: its records, and how the reply refers to the next one.
pub(super) struct Page<'a> {
    pub start: usize,
    pub end: usize,
    /// Where the next page starts; `None` after the last one.
    pub next: Option<usize>,
    pub key: Key,
    pub sign: Sign,
    /// The number of records of the list.
    pub total: usize,
    /// Where the page was requested to start, and the number of records of a page.
    at: usize,
    size: usize,
    facts: &'a Value,
    entity: &'a str,
    param: &'a str,
    first: u64,
    numeric: bool,
    /// Whether the reply states the number of the page, though the connector itself does not.
    states_number: bool,
}

/// Returns the kind of the paging strategy that an action declares; empty where it declares none.
fn kind(action: &Value) -> &str {
    action["pagination"]["next"]["kind"]
        .as_str()
        .unwrap_or_default()
}

/// Returns whether an action declares no next page, so that its list is sent whole.
pub(super) fn is_whole(action: &Value) -> bool {
    kind(action).is_empty()
}

/// Cuts the page that the parameters select.
pub(super) fn page<'a>(
    action: &'a Value,
    entity: &'a str,
    params: &Map<String, Value>,
    records: &[Value],
    id_field: &str,
    rules: Rules,
) -> Result<Page<'a>, Refusal> {
    let facts = &action["pagination"];
    let next = &facts["next"];
    let kind = kind(action);
    let total = records.len();
    let paged = rules.wholes == Wholes::Paged && kind.is_empty();
    // A list that declares no next page is sent whole.
    let size = match size_parameter(action).filter(|_| !kind.is_empty()) {
        Some(parameter) => {
            let asked = params
                .get(parameter["name"].as_str().unwrap_or_default())
                .and_then(number);
            let size = asked
                .or_else(|| parameter["default"].as_u64())
                .unwrap_or(25);
            // Services limit the size, whatever they declare.
            size.min(parameter["maximum"].as_u64().unwrap_or(1000))
                .clamp(1, 1000) as usize
        }
        None if paged => params
            .get("limit")
            .and_then(number)
            .unwrap_or(25)
            .clamp(1, 1000) as usize,
        None if kind.is_empty() => match rules.wholes {
            Wholes::Cut(most) => most,
            Wholes::Whole | Wholes::Paged => total.max(1),
        },
        None => 25,
    };
    // A whole list stays whole: no key could refer to its rest.
    let size = rules.always.filter(|_| !kind.is_empty()).unwrap_or(size);
    let param = if paged {
        "page"
    } else {
        next["param"].as_str().unwrap_or_default()
    };
    let parameter = items(&action["params"])
        .iter()
        .find(|parameter| parameter["name"] == param)
        .unwrap_or(&Value::Null);
    let counts_pages = paged || matches!(kind, "page_url" | "page_increment");
    let first = match parameter["default"]
        .as_u64()
        .or_else(|| parameter["minimum"].as_u64())
    {
        _ if rules.from_zero && counts_pages => 0,
        declared => declared.unwrap_or(1),
    };
    let sent = params
        .get(param)
        .filter(|value| rules.own_key && !value.is_null() && **value != json!(""));
    let mut start = match (kind, sent) {
        ("cursor" | "url_query", Some(value)) if parameter["type"] == "integer" => {
            number(value).unwrap_or(0) as usize
        }
        ("cursor" | "url_query", Some(value)) => offset_of(value.as_str().unwrap_or_default())?,
        (_, Some(value)) if counts_pages => {
            (number(value).unwrap_or(first).saturating_sub(first)) as usize * size
        }
        ("offset_increment", Some(value)) => number(value).unwrap_or(0) as usize,
        ("last_id", Some(value)) => position_after(records, id_field, value)?,
        _ => 0,
    };
    let mut size = size;
    if let Some(cursor) = params
        .get("cursor")
        .and_then(Value::as_str)
        .filter(|_| param != "cursor" && rules.generic_cursor)
        && !cursor.is_empty()
    {
        start = offset_of(cursor)?;
    }
    if let Some(query) = params
        .get("q")
        .and_then(Value::as_str)
        .filter(|_| kind == "unfollowable")
    {
        size = clause(query, "limit").unwrap_or(25);
        start = clause(query, "offset").unwrap_or(0);
    }
    let pages = total.div_ceil(size);
    let round = rules.round.filter(|_| pages > 1 && !kind.is_empty());
    if let Some(round) = round
        && matches!(
            kind,
            "page_url" | "page_increment" | "offset_increment" | "last_id"
        )
    {
        start = (round.counted(start / size + 1, pages) - 1) * size;
    }
    let start = start.min(total);
    let end = (start + size).min(total);
    let next = match round {
        Some(round) => Some((round.after(start / size + 1, pages) - 1) * size),
        None => (end < total).then_some(end),
    };
    let silent = facts["whole"] == "undeclared";
    Ok(Page {
        start,
        end,
        next,
        key: Key::Next,
        sign: if paged && !silent || round.is_some() || !rules.own_key && !kind.is_empty() {
            Sign::Flag
        } else {
            Sign::Own
        },
        total,
        at: start,
        size,
        facts,
        entity,
        param,
        first,
        numeric: parameter["type"] == "integer",
        states_number: counts_pages && (rules.from_zero || paged && !silent),
    })
}

fn position_after(records: &[Value], id_field: &str, id: &Value) -> Result<usize, Refusal> {
    let plain = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let wanted = plain(id);
    match records
        .iter()
        .position(|record| plain(&record[id_field]) == wanted)
    {
        Some(at) => Ok(at + 1),
        None => Err(refuse(
            400,
            "resource_missing",
            &format!("No such object: {wanted}"),
        )),
    }
}

/// Reads `LIMIT 10` or `OFFSET 20` from a query.
fn clause(query: &str, word: &str) -> Option<usize> {
    let mut words = query.split_whitespace();
    words.find(|found| found.eq_ignore_ascii_case(word))?;
    words.next()?.trim_end_matches(';').parse().ok()
}

impl Page<'_> {
    /// Returns the number of the page, by where it was requested to start; the first is 1.
    pub(super) fn number(&self) -> usize {
        self.at / self.size + 1
    }

    /// Returns where the page is in its list.
    pub(super) fn position(&self) -> Position {
        if self.number() == 2 || self.number() == 1 && self.next.is_none() {
            Position::SecondOrOnly
        } else {
            Position::Other
        }
    }

    /// Returns whether the page is one of these.
    pub(super) fn is_among(&self, pages: AffectedPages) -> bool {
        match pages {
            AffectedPages::All => true,
            AffectedPages::After(number) => self.number() > number,
            AffectedPages::Number(number) => self.number() == number,
            AffectedPages::Middle => {
                let middle = self.total.div_ceil(self.size).saturating_sub(1).min(3);
                self.number() == middle
            }
        }
    }

    /// Returns the token for the next page, for replies that hold it under another key.
    pub(super) fn token(&self) -> Option<String> {
        self.next.map(token)
    }

    fn more(&self) -> bool {
        self.next.is_some()
    }

    /// Returns the metadata, with the keys of this connector.
    pub(super) fn metadata(&self) -> Value {
        let mut metadata = Map::new();
        for (key, path) in self.facts["metadata"].as_object().into_iter().flatten() {
            metadata.extend(
                self.fact(key, &text(path))
                    .map(|value| (key.clone(), value)),
            );
        }
        let next = &self.facts["next"];
        let has = |name: &str| {
            next[name]
                .as_str()
                .is_some_and(|key| metadata.contains_key(key))
        };
        let has_key = self.key == Key::Next && has("from");
        if self.sign == Sign::Flag && !has_key && !has("more_if_true") && !has("end_if_true") {
            metadata.insert("has_more".to_owned(), json!(self.more()));
        }
        if self.states_number
            && !metadata.contains_key("page")
            && !metadata.contains_key("page_info")
        {
            metadata.insert("page".to_owned(), json!(self.page_number()));
        }
        if metadata.is_empty() && !self.facts["metadata"].is_object() {
            Value::Null
        } else {
            Value::Object(metadata)
        }
    }

    /// Returns the value of a key of the metadata; `None` where the key is left out.
    fn fact(&self, key: &str, path: &str) -> Option<Value> {
        let next = &self.facts["next"];
        let from = next["from"].as_str().unwrap_or_default();
        let inner = from
            .strip_prefix(key)
            .is_some_and(|rest| rest.starts_with('.'));
        if from == key || inner || key == "next_link" {
            return match self.key {
                Key::Next if from == key => {
                    Some(self.signal(next["kind"].as_str().unwrap_or_default(), path))
                }
                Key::Next => Some(self.beside(from, inner)),
                Key::Null => Some(Value::Null),
                Key::LeftOut => None,
            };
        }
        if next["more_if_true"] == *key {
            return (self.sign != Sign::Total).then(|| json!(self.more()));
        }
        if next["end_if_true"] == *key {
            return (self.sign != Sign::Total).then(|| json!(!self.more()));
        }
        Some(if next["echo_key"] == *key {
            json!(self.at)
        } else {
            self.other(key, path)
        })
    }

    /// Returns the object around the token for the next page, or the link beside it.
    fn beside(&self, from: &str, inner: bool) -> Value {
        let Some(token) = self.token() else {
            return Value::Null;
        };
        if !inner {
            return json!(self.link(&token));
        }
        let leaf = from.rsplit('.').next().unwrap_or_default();
        json!({leaf: token, "path": format!("/{}", self.entity), "uri": self.link(&token)})
    }

    /// Returns the value of the key for the next page.
    fn signal(&self, kind: &str, path: &str) -> Value {
        let Some(next) = self.next else {
            // Some providers write an empty text, the others null.
            return if path.contains("response_metadata") {
                json!("")
            } else {
                Value::Null
            };
        };
        let page = next / self.size + self.first as usize;
        match kind {
            "cursor" if self.numeric => json!(next),
            "cursor" => json!(token(next)),
            "url_query" if path == "$.links" => {
                json!([{"rel": "next", "href": self.link(&token(next))}])
            }
            "url_query" => json!(self.link(&token(next))),
            "page_url" if path == "$.links" => {
                json!([{"rel": "self", "href": self.link("1")}, {"rel": "next", "href": self.link(&page.to_string())}])
            }
            "page_url" => json!(self.link(&page.to_string())),
            "offset_increment" => json!(self.link(&next.to_string())),
            _ => json!(self.link(&token(next))),
        }
    }

    /// Returns the number of this page as the connector counts.
    fn page_number(&self) -> usize {
        self.at / self.size
            + if self.states_number {
                self.first as usize
            } else {
                1
            }
    }

    fn other(&self, key: &str, path: &str) -> Value {
        let pages = self.total.div_ceil(self.size);
        let page = self.page_number();
        match key {
            "total" | "count" | "total_count" | "total_items" | "total_records" | "totalSize"
            | "resultSizeEstimate" | "row_count" => {
                if path.contains("paging.count") {
                    json!(self.size)
                } else {
                    json!(self.total)
                }
            }
            "page_count" | "total_pages" => json!(pages),
            "page" | "current_page_number" => json!(page),
            "previous_page" if self.at > 0 => json!(self.link(&page.saturating_sub(1).to_string())),
            "max_results" | "limit" | "per_page" => json!(self.size),
            "size" => json!(self.end - self.start),
            "start" | "offset" => json!(self.at),
            "page_info" => {
                json!({"page": page, "page_size": self.size, "total_number": self.total, "total_page": pages})
            }
            "links" => json!([{"rel": "self", "href": self.link("0")}]),
            "has_more" => json!(self.more()),
            _ => Value::Null,
        }
    }

    fn link(&self, value: &str) -> String {
        let mut url = url::form_urlencoded::Serializer::new(String::new());
        url.append_pair(
            if self.param.is_empty() {
                "page"
            } else {
                self.param
            },
            value,
        );
        format!(
            "https://api.rocket.example/v2/{}?{}",
            self.entity,
            url.finish()
        )
    }
}
