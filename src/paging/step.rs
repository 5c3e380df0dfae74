//! One step: from the call that was sent and its reply to the call for the next page.

use super::infer::{self, Inferred};
use super::profile::{Profile, Stride, Way};
use crate::domain::call::{Call, JsonText};
use crate::domain::operation::Operation;
use crate::envelope::{Envelope, Records, Shape};
use crate::json::document::{Kind, NodeId};

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The next page is asked for by setting one parameter.
    Send {
        /// The parameter.
        param: String,
        /// Its value.
        value: JsonText,
    },
    /// This was the last page; the reason says how that is known.
    End(String),
    /// There may be more, and no call would get it.
    Stuck {
        /// What is in the way.
        trap: Trap,
        /// Why, in words one can act on.
        why: String,
    },
}

/// What is in the way to the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trap {
    /// The reply is no page, or not a whole one.
    NoPage,
    /// There is said to be more, but the token for it is missing.
    MissingToken,
    /// The token does not move on, or comes back to one that was sent.
    Repeats,
    /// Nothing can be sent that would bring the next page.
    NoWayOn,
}

impl Next {
    pub(super) fn stuck(trap: Trap, why: impl Into<String>) -> Next {
        Next::Stuck { trap, why: why.into() }
    }
}

/// Finds what comes after a page.
///
/// `sent` is the call that brought the page. `before` are the values that the moving parameter had
/// in the calls for the pages before it, so that a loop is seen before it is entered.
pub fn next(profile: &Profile, operation: Option<&Operation>, sent: &Call, reply: &Envelope, before: &[JsonText]) -> Next {
    if reply.shape == Shape::Broken {
        return Next::stuck(Trap::NoPage, "the reply is not whole, so its records cannot be trusted to be all of this page");
    }
    if matches!(reply.shape, Shape::Text | Shape::Empty) || !reply.succeeded() {
        return Next::stuck(Trap::NoPage, "the reply holds no page to go on from");
    }
    let step = Step { profile, sent, reply };
    if profile.way == Way::Single {
        return step.single(operation);
    }
    let flag = |path: &Option<String>| {
        let path = path.as_ref()?;
        Some((path.clone(), reply.document.boolean(reply.place(path)?)?))
    };
    let (more, end) = (flag(&profile.more), flag(&profile.end));
    if let Some((path, false)) = more {
        return Next::End(format!("`{path}` is false"));
    }
    if let Some((path, true)) = end {
        return Next::End(format!("`{path}` is true"));
    }
    // "Not the end" says as plainly as "more" that something follows.
    let more_claimed = more.is_some() || end.is_some();
    let found = match &profile.way {
        Way::Token { param, from } => step.token(param, from, more_claimed),
        Way::UrlQuery { param, from } => step.url_query(param, from, more_claimed),
        Way::PageUrl { param, from, first } => step.page_url(param, from, *first, more_claimed),
        Way::Page { param, first } => step.page(param, *first, more_claimed),
        Way::Offset { param, from, stride } => step.offset(param, from.as_deref(), *stride, more_claimed),
        Way::LastId { param, from } => step.last_id(param, from.as_deref(), more_claimed),
        Way::Sql { param } => step.sql(param, more_claimed),
        Way::Unfollowable { from } => step.unfollowable(operation, from.as_deref(), more_claimed),
        Way::Generic | Way::Single => step.inferred(operation),
    };
    guard(step.or_inferred(found, operation, more_claimed), sent, before)
}

/// Refuses a step that would ask for a page that was asked for already.
fn guard(found: Next, sent: &Call, before: &[JsonText]) -> Next {
    let Next::Send { param, value } = &found else { return found };
    let shown = value.plain();
    if sent.params.get(param) == Some(value) {
        return Next::stuck(Trap::Repeats, format!("the service repeats `{param}` ({}), which would bring this page again", short(&shown)));
    }
    if before.contains(value) {
        return Next::stuck(Trap::Repeats, format!("`{param}` comes back to {}, which was sent before: a loop", short(&shown)));
    }
    found
}

fn short(text: &str) -> String {
    crate::domain::text::cut_middle(&crate::domain::text::safe(text), 20).into_owned()
}

struct Step<'a> {
    profile: &'a Profile,
    sent: &'a Call,
    reply: &'a Envelope,
}

impl Step<'_> {
    /// Looks for the common names where the reply has none of the keys that the catalog speaks of:
    /// the definition may be newer or older than the service. What is found goes back under the
    /// catalog's parameter.
    fn or_inferred(&self, found: Next, operation: Option<&Operation>, more_claimed: bool) -> Next {
        let (param, from) = match &self.profile.way {
            Way::Token { param, from } | Way::UrlQuery { param, from } => (param, from),
            Way::PageUrl { .. }
            | Way::Page { .. }
            | Way::Offset { .. }
            | Way::LastId { .. }
            | Way::Sql { .. }
            | Way::Unfollowable { .. }
            | Way::Single
            | Way::Generic => {
                return found;
            }
        };
        if !matches!(found, Next::End(_)) || more_claimed || self.reply.place(from).is_some() {
            return found;
        }
        match self.inferred(operation) {
            Next::Send { value, .. } => Next::Send { param: param.clone(), value },
            Next::Stuck { trap, why } => Next::Stuck { trap, why },
            Next::End(_) => found,
        }
    }

    /// Goes on as the reply suggests.
    fn inferred(&self, operation: Option<&Operation>) -> Next {
        match infer::infer(operation, self.sent, self.reply, &[]) {
            Inferred::Way(profile) => next(&profile, operation, self.sent, self.reply, &[]),
            Inferred::End(why) => Next::End(why),
            Inferred::Stuck(trap, why) => Next::Stuck { trap, why },
        }
    }

    /// Everything is declared to come at once; a reply that speaks of more is believed all the same.
    fn single(&self, operation: Option<&Operation>) -> Next {
        let all = Next::End("everything comes in one answer".to_owned());
        let lists = operation.is_none_or(|operation| matches!(operation.action.as_str(), "list" | "search"));
        match self.inferred(operation) {
            Next::Send { param, value } if lists && infer::declares(operation, &param) => Next::Send { param, value },
            Next::Send { .. } if lists && infer::claims_more(self.reply) => Next::stuck(
                Trap::NoWayOn,
                "the service says there is more, but this operation is declared without pages: narrow the request",
            ),
            Next::Stuck { trap, why } if lists => Next::Stuck { trap, why },
            Next::Send { .. } | Next::End(_) | Next::Stuck { .. } => all,
        }
    }

    fn send(&self, param: &str, value: JsonText) -> Next {
        Next::Send { param: param.to_owned(), value }
    }

    fn token(&self, param: &str, from: &str, more_claimed: bool) -> Next {
        match self.reply.fact(from) {
            Some(node) => self.send(param, self.value(node)),
            None if more_claimed => missing_token(from),
            None => Next::End(format!("`{from}` is empty")),
        }
    }

    fn url_query(&self, param: &str, from: &str, more_claimed: bool) -> Next {
        let Some(url) = self.link(from) else {
            return if more_claimed { missing_token(from) } else { Next::End(format!("`{from}` is empty")) };
        };
        match query_value(&url, param) {
            Some(value) => self.send(param, self.typed(&value)),
            None => Next::stuck(Trap::NoWayOn, format!("the link in `{from}` has no `{param}` to send back")),
        }
    }

    fn page_url(&self, param: &str, from: &str, first: i64, more_claimed: bool) -> Next {
        let Some(url) = self.link(from) else {
            return if more_claimed { missing_token(from) } else { Next::End(format!("`{from}` is empty")) };
        };
        let current = self.current(param).unwrap_or(first);
        let stated = query_value(&url, param).and_then(|page| page.parse::<i64>().ok()).filter(|page| *page > current);
        self.send(param, JsonText::integer(stated.unwrap_or(current.saturating_add(1))))
    }

    fn page(&self, param: &str, first: i64, more_claimed: bool) -> Next {
        let first = self.echoed_page(param).unwrap_or(first);
        let current = self.current(param).unwrap_or(first);
        let last = ["page_count", "total_pages", "page_info.total_page"]
            .into_iter()
            .find_map(|key| Some((key, self.reply.document.integer(self.reply.fact(key)?)?)));
        match last {
            Some((key, pages)) if !more_claimed && current.saturating_sub(first) + 1 >= pages => {
                Next::End(format!("this is page {} of `{key}` {pages}", current.saturating_sub(first) + 1))
            }
            _ if self.reply.count() == 0 && !more_claimed => Next::End("this page has no records".to_owned()),
            _ => self.send(param, JsonText::integer(current.saturating_add(1))),
        }
    }

    /// Returns the page number that the reply states, if none was sent: some services count from 0,
    /// whatever is declared.
    fn echoed_page(&self, param: &str) -> Option<i64> {
        if self.sent.params.get(param).is_some() {
            return None;
        }
        let keys = ["page", "current_page", "current_page_number", "page_number", "page_info.page"];
        keys.into_iter().find_map(|key| self.reply.document.integer(self.reply.fact(key)?)).filter(|page| matches!(page, 0 | 1))
    }

    fn offset(&self, param: &str, from: Option<&str>, stride: Stride, more_claimed: bool) -> Next {
        let current = self.current(param).unwrap_or(0);
        let received = i64::from(self.reply.count());
        let size = self.profile.size_param.as_deref().and_then(|size| self.current(size));
        let step = match stride {
            Stride::Received => received,
            Stride::PageSize => size.filter(|size| *size > 0).unwrap_or(received),
        };
        let total = ["total", "total_items", "totalSize", "total_count"]
            .into_iter()
            .find_map(|key| self.reply.document.integer(self.reply.fact(key)?));
        // A key that echoes the offset just sent is no next offset: only what was received moves on.
        match (total, from) {
            // A flag that says more is believed before a total, which may be an estimate.
            (Some(total), _) if !more_claimed && current.saturating_add(step) >= total => {
                Next::End(format!("{} of {total} records have come", current.saturating_add(received)))
            }
            (None, Some(from)) if self.link(from).is_none() && !more_claimed => Next::End(format!("`{from}` is empty")),
            _ if received == 0 && !more_claimed => Next::End("this page has no records".to_owned()),
            _ => self.send(param, JsonText::integer(current.saturating_add(step.max(1)))),
        }
    }

    /// Asks the statement again from behind the records that have come.
    fn sql(&self, param: &str, more_claimed: bool) -> Next {
        let received = i64::from(self.reply.count());
        let Some(statement) = self.sent.params.get(param).map(JsonText::plain) else {
            return Next::stuck(Trap::NoWayOn, format!("there is no statement in `{param}` to ask again"));
        };
        if received == 0 && !more_claimed {
            return Next::End("this page has no records".to_owned());
        }
        let received = received.max(1);
        let (bare, limit, offset) = super::sql::split(&statement);
        let limit = limit.unwrap_or(received);
        self.send(param, JsonText::string(&format!("{bare} LIMIT {limit} OFFSET {}", offset.saturating_add(received))))
    }

    fn last_id(&self, param: &str, from: Option<&str>, more_claimed: bool) -> Next {
        if let Some(from) = from
            && self.link(from).is_none()
            && !more_claimed
        {
            return Next::End(format!("`{from}` is empty"));
        }
        let Some(last) = self.reply.last_record() else {
            return if more_claimed {
                Next::stuck(Trap::MissingToken, "the page is empty, so there is no last id to go on from")
            } else {
                Next::End("this page has no records".to_owned())
            };
        };
        let id = ["id", "Id", "ID", "_id", "gid", "uuid"].into_iter().find_map(|key| self.reply.document.member(last, key));
        match id.filter(|id| !self.reply.document.is_blank(*id)) {
            Some(id) => self.send(param, self.value(id)),
            None => Next::stuck(Trap::MissingToken, "the last record has no `id` to go on from"),
        }
    }

    /// Goes on where no parameter is declared for it: only by what the reply's link holds and the
    /// operation declares all the same.
    fn unfollowable(&self, operation: Option<&Operation>, from: Option<&str>, more_claimed: bool) -> Next {
        let link = from.and_then(|from| Some((from, self.link(from)?)));
        if let Some((_, link)) = &link
            && let Some(param) = infer::in_link(operation, self.sent, link).into_iter().find(|param| infer::declares(operation, param))
            && let Some(value) = query_value(link, &param)
        {
            let numeric = super::profile::takes_numbers(operation, &param);
            let number = value.parse().ok().filter(|_| numeric).map(JsonText::integer);
            return self.send(&param, number.unwrap_or_else(|| JsonText::string(&value)));
        }
        let advice = super::advice::get_more(operation);
        match link {
            Some((from, _)) => {
                Next::stuck(Trap::NoWayOn, format!("there is more (`{from}`), but this operation has no parameter to ask for it: {advice}"))
            }
            None if more_claimed => Next::stuck(
                Trap::NoWayOn,
                format!("the service says there is more, but this operation has no parameter to ask for it: {advice}"),
            ),
            None => Next::End("the service says no more".to_owned()),
        }
    }

    /// Returns the number that was sent for a parameter.
    fn current(&self, param: &str) -> Option<i64> {
        self.sent.params.get(param)?.plain().parse().ok()
    }

    fn value(&self, node: NodeId) -> JsonText {
        let document = &self.reply.document;
        let text = document.plain(node);
        let number = document.kind(node) == Kind::Number;
        if number && self.profile.numeric { JsonText::parse(&text).unwrap_or_else(|_| JsonText::string(&text)) } else { self.typed(&text) }
    }

    fn typed(&self, text: &str) -> JsonText {
        match text.parse::<i64>() {
            Ok(number) if self.profile.numeric => JsonText::integer(number),
            _ => JsonText::string(text),
        }
    }

    /// Returns the URL at a place: a string, or the `next` of a list of links.
    fn link(&self, from: &str) -> Option<String> {
        link_at(self.reply, self.reply.fact(from)?)
    }
}

/// Returns the URL of a node: the string itself, or of an array of links the one called `next`.
pub(super) fn link_at(reply: &Envelope, node: NodeId) -> Option<String> {
    let document = &reply.document;
    match document.kind(node) {
        Kind::Array => {
            let next =
                document.children(node).find(|link| document.member(*link, "rel").is_some_and(|rel| document.plain(rel) == "next"))?;
            document.member(next, "href").map(|href| document.plain(href).into_owned())
        }
        Kind::Object => {
            ["href", "url", "link"].into_iter().find_map(|key| document.member(node, key)).map(|url| document.plain(url).into_owned())
        }
        Kind::Boolean if document.boolean(node) == Some(false) => None,
        Kind::String | Kind::Number | Kind::Boolean | Kind::Null => Some(document.plain(node).into_owned()),
    }
}

/// Returns a parameter of a URL's query, decoded. The URL may be relative.
pub(super) fn query_value(url: &str, param: &str) -> Option<String> {
    let base = url::Url::parse("http://relative.invalid").ok()?;
    let url = base.join(url).ok()?;
    url.query_pairs().find(|(name, _)| name == param).map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
}

fn missing_token(from: &str) -> Next {
    Next::stuck(Trap::MissingToken, format!("`{from}` is empty, though the service says there is more"))
}

/// Says whether a reply has no records.
pub(super) fn is_empty(reply: &Envelope) -> bool {
    matches!(reply.records, Records::None) || reply.count() == 0
}
