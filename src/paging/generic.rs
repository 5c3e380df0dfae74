//! The way for operations that nobody declared: by the names that services commonly use.

use super::step::{Next, is_empty, link_at, query_value};
use crate::domain::call::{Call, JsonText};
use crate::domain::operation::Operation;
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
const LINKS: [&str; 5] = ["next", "next_page", "next_link", "next_url", "next_page_url"];
/// Request parameters that take a token, best first.
const PARAMS: [&str; 13] = [
    "cursor",
    "after",
    "starting_after",
    "start_cursor",
    "pageToken",
    "page_token",
    "nextPageToken",
    "next_page_token",
    "nextToken",
    "next_token",
    "bookmark",
    "page[after]",
    "offset",
];

/// Finds what comes after a page of an undeclared operation.
pub(super) fn next(operation: Option<&Operation>, sent: &Call, reply: &Envelope) -> Next {
    let document = &reply.document;
    let places = places(reply);
    let find = |keys: &[&'static str]| -> Option<(&'static str, NodeId)> {
        keys.iter().find_map(|key| places.iter().find_map(|place| Some((*key, document.member(*place, key)?))))
    };
    let present = |keys: &[&'static str]| -> Option<(&'static str, NodeId)> {
        keys.iter().find_map(|key| {
            let node = places.iter().find_map(|place| document.member(*place, key).filter(|node| !document.is_blank(*node)))?;
            Some((*key, node))
        })
    };
    let more = find(&MORE).and_then(|(key, node)| Some((key, document.boolean(node)?)));
    let end = find(&END).and_then(|(key, node)| Some((key, document.boolean(node)?)));
    if let Some((key, false)) = more {
        return Next::End(format!("`{key}` is false"));
    }
    if let Some((key, true)) = end {
        return Next::End(format!("`{key}` is true"));
    }
    let scalar = |node: &NodeId| matches!(document.kind(*node), Kind::String | Kind::Number);
    if let Some((_, node)) = present(&TOKENS).filter(|(_, node)| scalar(node)) {
        let param = declared(operation, &PARAMS).unwrap_or("cursor");
        let text = document.text(node).into_owned();
        let value = JsonText::parse(&text).unwrap_or_else(|_| JsonText::string(&text));
        return Next::Send { param: param.to_owned(), value };
    }
    if let Some((key, node)) = present(&LINKS)
        && let Some(link) = link_at(reply, node)
    {
        // Some services call a token a page: it goes back under a parameter that takes text.
        if !link.contains(['/', '?', '=']) && !link.bytes().all(|byte| byte.is_ascii_digit()) {
            let param = declared(operation, &PARAMS).or_else(|| declared(operation, &["page"])).unwrap_or("cursor");
            return Next::Send { param: param.to_owned(), value: JsonText::string(&link) };
        }
        let token = PARAMS.iter().find_map(|param| Some((*param, query_value(&link, param)?)));
        if let Some((param, value)) = token {
            return Next::Send { param: param.to_owned(), value: JsonText::string(&value) };
        }
        let page = query_value(&link, "page").and_then(|page| page.parse::<i64>().ok());
        if let Some(page) = page {
            return Next::Send { param: "page".to_owned(), value: JsonText::integer(page) };
        }
        return Next::Stuck(format!("`{key}` points to a next page, but nothing in it is a parameter that can be sent"));
    }
    if more.is_some() || end.is_some() {
        let page = sent.params.get("page").and_then(|page| page.plain().parse::<i64>().ok());
        if takes_number(operation, "page") && !is_empty(reply) {
            return Next::Send { param: "page".to_owned(), value: JsonText::integer(page.unwrap_or(1).saturating_add(1)) };
        }
        return Next::Stuck("the service says that there is more, but the reply holds nothing to ask for it with".to_owned());
    }
    match full_page(operation, sent, reply) {
        Some(param) => Next::Stuck(format!(
            "the page is full, and nothing in the reply says whether there is more: raise `{param}`, or narrow the request"
        )),
        None => Next::End("nothing in the reply speaks of another page".to_owned()),
    }
}

/// Returns the parameter of the page size if the page holds just as many records as it sets.
fn full_page<'a>(operation: Option<&'a Operation>, sent: &Call, reply: &Envelope) -> Option<&'a str> {
    let operation = operation?;
    let param = operation.paging.as_ref()?.size_param.as_deref()?;
    let default = operation.parameters.iter().find(|parameter| parameter.name == param).and_then(|parameter| parameter.default.clone());
    let size: u32 = sent.params.get(param).map(JsonText::plain).or(default)?.parse().ok()?;
    (size > 0 && reply.count() == size).then_some(param)
}

/// Returns the places where paging facts may stand.
fn places(reply: &Envelope) -> Vec<NodeId> {
    let document = &reply.document;
    let mut places: Vec<NodeId> = reply.metadata.into_iter().collect();
    if let Some(metadata) = reply.metadata {
        places.extend(["pagination", "page_info", "pageInfo", "paging"].iter().filter_map(|key| document.member(metadata, key)));
    }
    if let Some(root) = document.root() {
        places.extend(
            [["result", "meta"].as_slice(), &["meta"], &["result", "metadata"]].iter().filter_map(|path| document.follow(root, path)),
        );
    }
    places
}

/// Says whether a reply says plainly that there is more.
pub(super) fn claims_more(reply: &Envelope) -> bool {
    let document = &reply.document;
    let flag = |keys: &[&str], wanted: bool| {
        places(reply)
            .iter()
            .any(|place| keys.iter().any(|key| document.member(*place, key).and_then(|node| document.boolean(node)) == Some(wanted)))
    };
    flag(&MORE, true) || flag(&END, false)
}

/// Says whether an operation declares a parameter.
pub(super) fn declares(operation: Option<&Operation>, name: &str) -> bool {
    operation.is_some_and(|operation| operation.parameters.iter().any(|parameter| parameter.name == name))
}

fn takes_number(operation: Option<&Operation>, name: &str) -> bool {
    use crate::domain::operation::ParameterKind;
    operation.is_some_and(|operation| {
        operation.parameters.iter().any(|parameter| parameter.name == name && parameter.kind == ParameterKind::Integer)
    })
}

fn declared(operation: Option<&Operation>, names: &[&'static str]) -> Option<&'static str> {
    let operation = operation?;
    names.iter().copied().find(|name| operation.parameters.iter().any(|parameter| parameter.name == *name))
}
