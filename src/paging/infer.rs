//! Paging strategies that are not declared: inferred from the operation's parameters and a reply, by
//! the names that services commonly use.

use super::profile::{Profile, Strategy, Stride, takes_numbers};
use super::step::{is_empty, is_full, link_at, query_value};
use crate::domain::action::Action;
use crate::domain::call::{Call, JsonText, Params};
use crate::domain::operation::{Operation, Parameter, ParameterKind, Whole};
use crate::envelope::Envelope;
use crate::envelope::signs::{Flag, Pointer, Signs, Strength, plain_name};
use crate::json::document::Kind;

/// Request parameters that take a token, best first.
const PARAMS: [&str; 19] = [
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
    "continuation_token",
    "scroll_id",
    "marker",
    "page_cursor",
    "$skiptoken",
    "offset",
];
/// Request parameters that take the id of a record.
const IDS: [&str; 10] = [
    "starting_after",
    "since_id",
    "after_id",
    "last_id",
    "sinceId",
    "afterId",
    "lastId",
    "start_after",
    "startAfter",
    "from_id",
];
/// Request parameters that count records.
const OFFSETS: [&str; 8] = [
    "offset",
    "skip",
    "startAt",
    "start",
    "startIndex",
    "start_index",
    "startRow",
    "$skip",
];
/// Request parameters that count pages.
const PAGES: [&str; 7] = [
    "page",
    "page_number",
    "pageNumber",
    "page_num",
    "pageNum",
    "pageIndex",
    "page_index",
];
/// Properties of an object parameter that count pages, count records, or take a token.
const INNER_PAGES: [&str; 4] = ["number", "page", "page_number", "pageNumber"];
const INNER_TOKENS: [&str; 4] = ["after", "cursor", "token", "next"];
/// Of the parameters above, the names that many services use for filters as well.
const FILTERS_TOO: [&str; 2] = ["after", "start"];

/// What a parameter does, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moves {
    /// It moves from page to page.
    Always,
    /// It does, unless another parameter is known to.
    Perhaps,
    /// Its name gives no sign of it.
    No,
}

/// Returns whether a parameter of this name moves from page to page.
pub(super) fn moves(name: &str) -> Moves {
    if FILTERS_TOO.contains(&name) {
        return Moves::Perhaps;
    }
    let plain = name.to_lowercase();
    let known = PARAMS.contains(&name)
        || IDS.contains(&name)
        || OFFSETS.contains(&name)
        || PAGES.contains(&name);
    let backwards = [
        "ending_before",
        "page[before]",
        "before_id",
        "until_id",
        "max_id",
        "start_id",
    ]
    .contains(&name);
    if known || backwards || plain.contains("cursor") || plain.contains("token") {
        Moves::Always
    } else {
        Moves::No
    }
}

/// Request parameters that set the page size, best first.
const SIZES: [&str; 20] = [
    "limit",
    "per_page",
    "page_size",
    "pageSize",
    "perPage",
    "first",
    "maxResults",
    "max_results",
    "PageSize",
    "page[size]",
    "page.size",
    "count",
    "size",
    "top",
    "$top",
    "rows",
    "num",
    "rowLimit",
    "take",
    "maxRecords",
];

/// Returns the strategies that an operation's parameters and a reply suggest, best first.
/// `received` is the number of records received so far. The next page proves or refutes each.
pub(super) fn candidates(
    operation: Option<&Operation>,
    sent: &Call,
    reply: &Envelope,
    signs: &Signs,
    received: u64,
) -> Vec<Profile> {
    let mut strategies = pointed(operation, sent, reply, signs);
    strategies.extend(counted(operation, sent, reply, signs, received));
    let size_param = size_param(operation);
    let place = |flag: Option<&Flag>| flag.map(|flag| flag.place.path.clone());
    // A flag is read by the name of its key: whether it states more or the end follows from its
    // value and spelling.
    let says_more = |flag: &&Flag| {
        flag.more == (flag.written.eq_ignore_ascii_case("true") || flag.written == "1")
    };
    let more = place(signs.flags.iter().find(says_more));
    let end = place(signs.flags.iter().find(|flag| !says_more(flag)));
    let profile = |(strategy, number): (Strategy, bool)| {
        let mut profile = Profile {
            size_param: size_param.clone(),
            more: more.clone(),
            end: end.clone(),
            ..Profile::inferred(strategy)
        };
        profile.numeric = number
            || profile
                .param()
                .is_some_and(|param| takes_numbers(operation, param));
        profile
    };
    strategies.into_iter().map(profile).collect()
}

/// Returns the strategies by the tokens and links of a reply.
fn pointed(
    operation: Option<&Operation>,
    sent: &Call,
    reply: &Envelope,
    signs: &Signs,
) -> Vec<(Strategy, bool)> {
    let document = &reply.document;
    let mut strategies: Vec<(Strategy, bool)> = Vec::new();
    let leads_on = |pointer: &&Pointer| {
        !signs.is_outranked(&pointer.place) && !is_echo(reply, &sent.params, pointer)
    };
    for token in signs.tokens.iter().filter(leads_on) {
        let number = document.kind(token.node) == Kind::Number;
        for param in params_of(operation, &token.place.path) {
            strategies.push((
                Strategy::Token {
                    param,
                    from: token.place.path.clone(),
                },
                number,
            ));
        }
    }
    for pointer in signs.links.iter().filter(leads_on) {
        let from = &pointer.place.path;
        let Some(link) = link_at(reply, pointer.node) else {
            continue;
        };
        let is_number = !link.is_empty() && link.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            // The number of the next page, or the position where it starts.
            let declared = PAGES
                .iter()
                .chain(&OFFSETS)
                .find(|name| declares(operation, name));
            let param = declared.copied().unwrap_or("page").to_owned();
            strategies.push((
                Strategy::Token {
                    param,
                    from: from.clone(),
                },
                true,
            ));
        } else if !link.contains(['/', '?', '=']) {
            // Some services call a token a page: it is sent under a parameter that takes text.
            let params = params_of(operation, from);
            let page = declares(operation, "page").then(|| "page".to_owned());
            let undeclared = params
                .first()
                .is_some_and(|param| !declares(operation, param));
            let params = page.into_iter().filter(|_| undeclared).chain(params);
            strategies.extend(params.map(|param| {
                (
                    Strategy::Token {
                        param,
                        from: from.clone(),
                    },
                    false,
                )
            }));
        } else {
            for param in in_link(operation, sent, &link) {
                strategies.push((
                    Strategy::UrlQuery {
                        param,
                        from: from.clone(),
                    },
                    false,
                ));
            }
            let counts = |name: &&&str| {
                query_value(&link, name).is_some_and(|page| page.parse::<i64>().is_ok())
            };
            if let Some(param) = PAGES.iter().find(counts) {
                strategies.push((
                    Strategy::PageUrl {
                        param: (*param).to_owned(),
                        from: from.clone(),
                        first: 1,
                    },
                    true,
                ));
            }
        }
    }
    strategies
}

/// Returns the strategies that count. They need no token: only a sign of more, or a list whose
/// paging is unknown.
fn counted(
    operation: Option<&Operation>,
    sent: &Call,
    reply: &Envelope,
    signs: &Signs,
    received: u64,
) -> Vec<(Strategy, bool)> {
    let claims = signs.flags.iter().any(|flag| flag.more)
        || signs.totals.iter().any(|total| total.number > received)
        || signs.page_totals.iter().any(|total| total.number > 1);
    let unknown =
        operation.is_some_and(|operation| operation.paging.is_none() && lists(&operation.action));
    let size_set = size_of(operation, sent).is_some();
    if is_empty(reply)
        || !(claims || unknown || size_set && is_full(operation, sent, reply.count()))
    {
        return Vec::new();
    }
    let mut strategies: Vec<(Strategy, bool)> = Vec::new();
    let echoes = |names: &[&str]| names.iter().any(|name| reply_has(reply, signs, name));
    let page = counting(operation, &PAGES).or_else(|| counting_inside(operation, &INNER_PAGES));
    let page = page.or_else(|| {
        (!signs.page_totals.is_empty() || claims && !signs.page_numbers.is_empty())
            .then(|| "page".to_owned())
    });
    let offset = counting(operation, &OFFSETS)
        .or_else(|| (claims && echoes(&["offset"])).then(|| "offset".to_owned()));
    if let Some(param) = page {
        let echoed = signs
            .page_numbers
            .first()
            .and_then(|page| i64::try_from(page.number).ok())
            .filter(|page| matches!(page, 0 | 1));
        match declared_first(operation, &param).or(echoed) {
            Some(first) => strategies.push((Strategy::Page { param, first }, true)),
            // Requested as if pages were counted from 0, a service that counts from 1 answers its
            // first page again.
            None => strategies.extend([0, 1].map(|first| {
                (
                    Strategy::Page {
                        param: param.clone(),
                        first,
                    },
                    true,
                )
            })),
        }
    }
    if let Some(param) = offset {
        let strategy = (
            Strategy::Offset {
                param,
                from: None,
                stride: Stride::Received,
            },
            true,
        );
        // Where the reply echoes an offset, the service counts in offsets.
        let at = if echoes(&["offset", "start", "skip"]) {
            0
        } else {
            strategies.len()
        };
        strategies.insert(at, strategy);
    }
    if let Some(param) = IDS.iter().find(|name| declares(operation, name)) {
        let number = takes_numbers(operation, param);
        strategies.extend([number, !number].map(|numeric| {
            (
                Strategy::LastId {
                    param: (*param).to_owned(),
                    from: None,
                },
                numeric,
            )
        }));
    }
    strategies
}

/// Returns whether an operation declares a parameter that counts pages or records.
pub(super) fn declares_counting(operation: Option<&Operation>) -> bool {
    PAGES
        .iter()
        .chain(&OFFSETS)
        .any(|name| declares(operation, name))
}

/// Returns whether a reply states something under a name, in one of the places of its signs.
fn reply_has(reply: &Envelope, signs: &Signs, name: &str) -> bool {
    reply.place(name).is_some()
        || signs
            .tokens
            .iter()
            .any(|token| plain_name(leaf_of(&token.place.path)) == plain_name(name))
}

fn leaf_of(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Returns whether a pointer only echoes what was sent: a number that is the offset of this page.
pub(super) fn is_echo(reply: &Envelope, sent: &Params, pointer: &Pointer) -> bool {
    let value = reply.document.plain(pointer.node);
    // The page size is sent too, and may equal the next offset.
    let is_size = |name: &str| {
        SIZES
            .iter()
            .any(|size| plain_name(size) == plain_name(name))
    };
    let was_sent = || {
        sent.iter()
            .any(|(name, own)| own.plain() == value && !is_size(name))
    };
    let is_offset = || {
        leaf_of(&pointer.place.path)
            .to_lowercase()
            .contains("offset")
    };
    match pointer.strength {
        Strength::MayEcho => value == "0" || was_sent(),
        Strength::Named => {
            is_offset()
                && (value == "0" || reply.document.kind(pointer.node) == Kind::Number && was_sent())
        }
    }
}

/// Returns whether a definition declares a paged list and no strategy for it.
pub(super) fn is_undeclared(operation: Option<&Operation>) -> bool {
    let facts = operation.and_then(|operation| operation.paging.as_ref());
    facts.is_some_and(|facts| {
        facts.kind.is_none() && matches!(facts.whole, Some(Whole::Undeclared | Whole::CallerCounts))
    })
}

/// Returns whether an action returns a list.
pub(super) fn lists(action: &str) -> bool {
    !Action::of(action).is_single()
}

/// Returns the first of the named parameters that is declared with a type that can count.
fn counting(operation: Option<&Operation>, names: &[&str]) -> Option<String> {
    let parameters = operation
        .map(|operation| operation.parameters.as_slice())
        .unwrap_or_default();
    let counts = |parameter: &Parameter| {
        let kind = parameter.kind;
        matches!(
            kind,
            ParameterKind::Integer | ParameterKind::Number | ParameterKind::Any
        ) || kind == ParameterKind::String && PAGES.contains(&parameter.name.as_str())
    };
    names
        .iter()
        .find(|name| {
            parameters
                .iter()
                .any(|parameter| parameter.name == **name && counts(parameter))
        })
        .map(|name| (*name).to_owned())
}

/// Returns a property of a declared object that counts pages, as `page.number`.
fn counting_inside(operation: Option<&Operation>, names: &[&str]) -> Option<String> {
    inside(operation, names)
}

fn inside(operation: Option<&Operation>, names: &[&str]) -> Option<String> {
    let parameters = operation
        .map(|operation| operation.parameters.as_slice())
        .unwrap_or_default();
    let paging = ["page", "pagination", "paging", "pager"];
    parameters
        .iter()
        .filter(|parameter| {
            parameter.kind == ParameterKind::Object && paging.contains(&parameter.name.as_str())
        })
        .find_map(|parameter| {
            let name = names
                .iter()
                .find(|name| parameter.properties.iter().any(|own| own == *name))?;
            Some(format!("{}.{name}", parameter.name))
        })
}

/// Returns the parameters that may take a token, best first: the declared ones, that of the token's
/// own name before the others; then, undeclared, the token's own name unless only replies use it,
/// and `cursor`, which the API's own documentation names.
fn params_of(operation: Option<&Operation>, from: &str) -> Vec<String> {
    let own = leaf_of(from);
    let parameters = operation
        .map(|operation| operation.parameters.as_slice())
        .unwrap_or_default();
    let takes = |parameter: &&Parameter| !looks_like_size(&parameter.name);
    let same = parameters
        .iter()
        .filter(takes)
        .find(|parameter| plain_name(&parameter.name) == plain_name(own))
        .map(|parameter| parameter.name.clone());
    let listed = PARAMS
        .iter()
        .filter(|name| declares(operation, name))
        .map(|name| (*name).to_owned());
    let mut params: Vec<String> = Vec::new();
    for param in same
        .into_iter()
        .chain(listed)
        .chain(inside(operation, &INNER_TOKENS))
    {
        if !params.contains(&param) {
            params.push(param);
        }
    }
    if params.is_empty() {
        let sent_back = [
            "bookmark",
            "scrollid",
            "continuationtoken",
            "nexttoken",
            "nextpagetoken",
            "marker",
            "after",
            "offset",
        ];
        params.extend(
            sent_back
                .contains(&plain_name(own).as_str())
                .then(|| own.to_owned()),
        );
        params.extend((plain_name(own) == "nextmarker").then(|| "marker".to_owned()));
    }
    if !params.iter().any(|param| param == "cursor") {
        params.push("cursor".to_owned());
    }
    params
}

/// Returns the parameter that sets the page size: the catalog's, else a declared one with a common
/// name.
pub(super) fn size_param(operation: Option<&Operation>) -> Option<String> {
    let operation = operation?;
    let named = operation
        .paging
        .as_ref()
        .and_then(|paging| paging.size_param.clone());
    named.or_else(|| {
        SIZES
            .iter()
            .find(|name| declares(Some(operation), name))
            .map(|name| (*name).to_owned())
    })
}

/// Returns the page size that was requested, or the declared default.
pub(super) fn size_of(operation: Option<&Operation>, sent: &Call) -> Option<u64> {
    let param = size_param(operation)?;
    let default = || {
        operation?
            .parameters
            .iter()
            .find(|parameter| parameter.name == param)?
            .default
            .clone()
    };
    sent.params
        .get(&param)
        .map(JsonText::plain)
        .or_else(default)?
        .parse()
        .ok()
}

/// Returns the parameters of a URL's query that can be sent: those that the operation declares,
/// except the page size and values that were just sent; then those that commonly take a token.
pub(super) fn in_link(operation: Option<&Operation>, sent: &Call, link: &str) -> Vec<String> {
    let declared = operation
        .map(|operation| operation.parameters.as_slice())
        .unwrap_or_default();
    let size = operation.and_then(|operation| operation.paging.as_ref()?.size_param.as_deref());
    let names = PARAMS
        .iter()
        .copied()
        .filter(|name| declares(operation, name));
    let names = names.chain(
        declared
            .iter()
            .map(|parameter| parameter.name.as_str())
            .filter(|name| !looks_like_size(name)),
    );
    let undeclared = PARAMS
        .iter()
        .copied()
        .filter(|name| *name != "offset" || operation.is_none());
    let mut found: Vec<String> = Vec::new();
    for name in names.chain(undeclared) {
        let Some(value) = query_value(link, name) else {
            continue;
        };
        let moves = sent
            .params
            .get(name)
            .is_none_or(|sent| sent.plain() != value);
        let counts_pages = PAGES.contains(&name);
        if moves && Some(name) != size && !counts_pages && !found.iter().any(|own| own == name) {
            found.push(name.to_owned());
        }
    }
    if found.is_empty() && operation.is_none_or(|operation| operation.paging.is_none()) {
        // In a link of an unknown list, only a parameter that differs from what was sent and is no
        // page size can lead on.
        found.extend(query_names(link).into_iter().filter(|name| {
            let moves = query_value(link, name).is_some_and(|value| {
                sent.params
                    .get(name)
                    .is_none_or(|sent| sent.plain() != value)
            });
            moves && !looks_like_size(name) && !PAGES.contains(&name.as_str())
        }));
    }
    found
}

/// Returns the parameter names of a URL's query.
fn query_names(link: &str) -> Vec<String> {
    let Some(url) = url::Url::parse("http://relative.invalid")
        .ok()
        .and_then(|base| base.join(link).ok())
    else {
        return Vec::new();
    };
    url.query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect()
}

/// Returns whether a parameter's name means the number of records of a page.
fn looks_like_size(name: &str) -> bool {
    let name = name.to_lowercase();
    [
        "limit", "size", "per_page", "perpage", "count", "max", "first", "top",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// Returns whether an operation declares a parameter.
pub(super) fn declares(operation: Option<&Operation>, name: &str) -> bool {
    operation.is_some_and(|operation| {
        operation
            .parameters
            .iter()
            .any(|parameter| parameter.name == name)
    })
}

/// Returns the declared number of the first page: the default, or the minimum.
fn declared_first(operation: Option<&Operation>, name: &str) -> Option<i64> {
    let parameter = operation?
        .parameters
        .iter()
        .find(|parameter| parameter.name == name && parameter.kind == ParameterKind::Integer)?;
    parameter
        .default
        .as_ref()
        .or(parameter.minimum.as_ref())?
        .parse()
        .ok()
}
