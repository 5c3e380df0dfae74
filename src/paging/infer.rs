//! Ways that nobody declared: from the operation's parameters and a reply, by the names that
//! services commonly use.

use super::profile::{Profile, Stride, Way, takes_numbers};
use super::step::{Trap, is_empty, link_at, query_value};
use crate::domain::call::{Call, JsonText};
use crate::domain::operation::{Operation, ParameterKind};
use crate::envelope::Envelope;
use crate::json::document::{Kind, NodeId};

/// Flags that are true while there is more.
const MORE: [&str; 5] = ["has_next_page", "hasNextPage", "has_more", "hasMore", "more_records"];
/// Flags that are true at the end.
const END: [&str; 4] = ["isLast", "is_last", "done", "last_page"];
/// Keys that hold a token for the next page.
const TOKENS: [&str; 12] = [
    "end_cursor",
    "endCursor",
    "next_cursor",
    "nextCursor",
    "nextPageToken",
    "next_page_token",
    "next_token",
    "nextToken",
    "cursor",
    "after",
    "next_offset",
    "offset",
];
/// Keys that hold the URL of the next page.
const LINKS: [&str; 8] = ["next", "next_page", "next_link", "next_url", "next_page_url", "nextPage", "next_page_uri", "nextRecordsUrl"];
/// Request parameters that take a token, best first.
const PARAMS: [&str; 14] = [
    "cursor",
    "after",
    "starting_after",
    "start_cursor",
    "pageToken",
    "page_token",
    "page.token",
    "nextPageToken",
    "next_page_token",
    "nextToken",
    "next_token",
    "bookmark",
    "page[after]",
    "offset",
];
/// Request parameters that take the id of a record.
const IDS: [&str; 4] = ["starting_after", "since_id", "after_id", "last_id"];
/// Request parameters that count records.
const OFFSETS: [&str; 6] = ["offset", "skip", "startAt", "start", "startIndex", "start_index"];
/// Request parameters that count pages.
const PAGES: [&str; 4] = ["page", "page_number", "pageNumber", "page_num"];

/// What a reply lets one infer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inferred {
    /// This may be the way; the next page proves or refutes it.
    Way(Box<Profile>),
    /// There is nothing more.
    End(String),
    /// There may be more, and nothing to ask for it with.
    Stuck(Trap, String),
}

/// Finds how to go on from a page. Ways in `tried` are not offered again.
pub(super) fn infer(operation: Option<&Operation>, sent: &Call, reply: &Envelope, tried: &[Profile]) -> Inferred {
    let signs = Signs::of(reply);
    if let Some((place, false)) = &signs.more {
        return Inferred::End(format!("`{place}` is false"));
    }
    if let Some((place, true)) = &signs.end {
        return Inferred::End(format!("`{place}` is true"));
    }
    if let Some(way) = candidates(operation, sent, reply).into_iter().find(|way| !tried.iter().any(|tried| tried.is_like(way))) {
        return Inferred::Way(Box::new(way));
    }
    if let Some((place, _)) = signs.first(&LINKS).filter(|(_, node)| link_at(reply, *node).is_some()) {
        let why = format!("`{place}` points to a next page, but nothing in it is a parameter that can be sent");
        return Inferred::Stuck(Trap::NoWayOn, why);
    }
    if signs.more.is_some() || signs.end.is_some() {
        let why = "the service says that there is more, but the reply holds nothing to ask for it with";
        return Inferred::Stuck(Trap::MissingToken, why.to_owned());
    }
    match full_page(operation, sent, reply) {
        Some(param) => Inferred::Stuck(
            Trap::NoWayOn,
            format!("the page is full, and nothing in the reply says whether there is more: raise `{param}`, or narrow the request"),
        ),
        None => Inferred::End("nothing in the reply speaks of another page".to_owned()),
    }
}

/// Returns the ways that an operation's parameters and a reply suggest, best first.
fn candidates(operation: Option<&Operation>, sent: &Call, reply: &Envelope) -> Vec<Profile> {
    let document = &reply.document;
    let signs = Signs::of(reply);
    let mut ways: Vec<(Way, bool)> = Vec::new();
    let scalar = |node: &NodeId| matches!(document.kind(*node), Kind::String | Kind::Number);
    if let Some((from, node)) = signs.first(&TOKENS).filter(|(_, node)| scalar(node)) {
        let number = document.kind(node) == Kind::Number;
        for param in params_of(operation, &PARAMS) {
            ways.push((Way::Token { param, from: from.clone() }, number));
        }
    }
    if let Some((from, node)) = signs.first(&LINKS)
        && let Some(link) = link_at(reply, node)
    {
        // Some services call a token a page: it goes back under a parameter that takes text.
        if !link.contains(['/', '?', '=']) && !link.bytes().all(|byte| byte.is_ascii_digit()) {
            let params = params_of(operation, &PARAMS);
            let page = declares(operation, "page").then(|| "page".to_owned());
            let undeclared = params.first().is_some_and(|param| !declares(operation, param));
            let params = page.into_iter().filter(|_| undeclared).chain(params);
            ways.extend(params.map(|param| (Way::Token { param, from: from.clone() }, false)));
        } else {
            for param in in_link(operation, sent, &link) {
                ways.push((Way::UrlQuery { param, from: from.clone() }, false));
            }
            if query_value(&link, "page").is_some_and(|page| page.parse::<i64>().is_ok()) {
                ways.push((Way::PageUrl { param: "page".to_owned(), from, first: 1 }, true));
            }
        }
    }
    // Counting needs no token: only a sign that there is more, or an operation that nobody knows.
    let flagged = signs.more.is_some() || signs.end.is_some();
    let unknown = operation.is_some_and(|operation| operation.paging.is_none() && matches!(operation.action.as_str(), "list" | "search"));
    if !is_empty(reply) && (flagged || unknown || full_page(operation, sent, reply).is_some()) {
        let counting = |names: &[&str]| names.iter().copied().find(|name| takes_numbers(operation, name)).map(str::to_owned);
        if let Some(param) = counting(&PAGES) {
            let first = declared_first(operation, &param).unwrap_or(1);
            ways.push((Way::Page { param, first }, true));
        }
        if let Some(param) = counting(&OFFSETS) {
            ways.push((Way::Offset { param, from: None, stride: Stride::Received }, true));
        }
        if let Some(param) = IDS.iter().find(|name| declares(operation, name)).filter(|_| flagged || unknown) {
            let number = takes_numbers(operation, param);
            for numeric in [number, !number] {
                ways.push((Way::LastId { param: (*param).to_owned(), from: None }, numeric));
            }
        }
    }
    let size_param = operation.and_then(|operation| operation.paging.as_ref()?.size_param.clone());
    let place = |sign: &Option<(String, bool)>| sign.as_ref().map(|(place, _)| place.clone());
    let (more, end) = (place(&signs.more), place(&signs.end));
    ways.into_iter()
        .map(|(way, number)| {
            let mut profile = Profile { size_param: size_param.clone(), more: more.clone(), end: end.clone(), ..Profile::inferred(way) };
            profile.numeric = number || profile.param().is_some_and(|param| takes_numbers(operation, param));
            profile
        })
        .collect()
}

/// Returns the declared ones of some names, then `cursor`, which the API's own documentation names
/// for all connectors.
fn params_of(operation: Option<&Operation>, names: &[&str]) -> Vec<String> {
    let mut params: Vec<String> = names.iter().filter(|name| declares(operation, name)).map(|name| (*name).to_owned()).collect();
    if !params.iter().any(|param| param == "cursor") {
        params.push("cursor".to_owned());
    }
    params
}

/// Returns the parameters of a URL's query that can be sent: those that the operation declares, but
/// for the page size and what was sent just so; then those that commonly take a token.
pub(super) fn in_link(operation: Option<&Operation>, sent: &Call, link: &str) -> Vec<String> {
    let declared = operation.map(|operation| operation.parameters.as_slice()).unwrap_or_default();
    let size = operation.and_then(|operation| operation.paging.as_ref()?.size_param.as_deref());
    let names = PARAMS.iter().copied().filter(|name| declares(operation, name));
    let names = names.chain(declared.iter().map(|parameter| parameter.name.as_str()).filter(|name| !looks_like_size(name)));
    let undeclared = PARAMS.iter().copied().filter(|name| *name != "offset" || operation.is_none());
    let mut found: Vec<String> = Vec::new();
    for name in names.chain(undeclared) {
        let Some(value) = query_value(link, name) else { continue };
        let moves = sent.params.get(name).is_none_or(|sent| sent.plain() != value);
        let counts_pages = PAGES.contains(&name);
        if moves && Some(name) != size && !counts_pages && !found.iter().any(|own| own == name) {
            found.push(name.to_owned());
        }
    }
    found
}

/// Says whether a parameter's name speaks of how many records a page holds.
fn looks_like_size(name: &str) -> bool {
    let name = name.to_lowercase();
    ["limit", "size", "per_page", "perpage", "count", "max", "first"].iter().any(|word| name.contains(word))
}

/// The signs of a reply, each with the place where it stands.
struct Signs<'a> {
    reply: &'a Envelope,
    places: Vec<(&'static str, NodeId)>,
    more: Option<(String, bool)>,
    end: Option<(String, bool)>,
}

impl<'a> Signs<'a> {
    fn of(reply: &'a Envelope) -> Signs<'a> {
        let mut signs = Signs { reply, places: places(reply), more: None, end: None };
        signs.more = signs.flag(&MORE);
        signs.end = signs.flag(&END);
        signs
    }

    fn flag(&self, keys: &[&str]) -> Option<(String, bool)> {
        let document = &self.reply.document;
        keys.iter().find_map(|key| {
            let (prefix, node) = self.places.iter().find_map(|(prefix, place)| Some((prefix, document.member(*place, key)?)))?;
            Some((format!("{prefix}{key}"), document.boolean(node)?))
        })
    }

    /// Returns the first of some keys that holds something, and where.
    fn first(&self, keys: &[&str]) -> Option<(String, NodeId)> {
        let document = &self.reply.document;
        keys.iter().find_map(|key| {
            let found = |place: NodeId| document.member(place, key).filter(|node| !document.is_blank(*node));
            self.places.iter().find_map(|(prefix, place)| Some((format!("{prefix}{key}"), found(*place)?)))
        })
    }
}

/// Returns the places where paging facts may stand, with the path that leads there.
fn places(reply: &Envelope) -> Vec<(&'static str, NodeId)> {
    let document = &reply.document;
    let mut places: Vec<(&'static str, NodeId)> = reply.metadata.map(|metadata| ("", metadata)).into_iter().collect();
    if let Some(metadata) = reply.metadata {
        let inner = [("pagination.", "pagination"), ("page_info.", "page_info"), ("pageInfo.", "pageInfo"), ("paging.", "paging")];
        places.extend(inner.iter().filter_map(|(prefix, key)| Some((*prefix, document.member(metadata, key)?))));
    }
    if let Some(root) = document.root() {
        let others = [
            ("result.meta.", ["result", "meta"].as_slice()),
            ("result.meta.", &["meta"]),
            ("result.metadata.", &["result", "metadata"]),
            ("result.paging.", &["result", "paging"]),
        ];
        places.extend(others.iter().filter_map(|(prefix, path)| Some((*prefix, document.follow(root, path)?))));
    }
    places.extend(reply.wrapper.map(|wrapper| ("result.", wrapper)));
    places
}

/// Returns the parameter of the page size if the page holds just as many records as it sets.
fn full_page<'a>(operation: Option<&'a Operation>, sent: &Call, reply: &Envelope) -> Option<&'a str> {
    let operation = operation?;
    let param = operation.paging.as_ref()?.size_param.as_deref()?;
    let default = operation.parameters.iter().find(|parameter| parameter.name == param).and_then(|parameter| parameter.default.clone());
    let size: u32 = sent.params.get(param).map(JsonText::plain).or(default)?.parse().ok()?;
    (size > 0 && reply.count() == size).then_some(param)
}

/// Says whether a reply says plainly that there is more.
pub(super) fn claims_more(reply: &Envelope) -> bool {
    let signs = Signs::of(reply);
    matches!(signs.more, Some((_, true))) || matches!(signs.end, Some((_, false)))
}

/// Says whether an operation declares a parameter.
pub(super) fn declares(operation: Option<&Operation>, name: &str) -> bool {
    operation.is_some_and(|operation| operation.parameters.iter().any(|parameter| parameter.name == name))
}

/// Returns the number of the first page as it is declared: the default, or the smallest.
fn declared_first(operation: Option<&Operation>, name: &str) -> Option<i64> {
    let parameter = operation?.parameters.iter().find(|parameter| parameter.name == name && parameter.kind == ParameterKind::Integer)?;
    parameter.default.as_ref().or(parameter.minimum.as_ref())?.parse().ok()
}
