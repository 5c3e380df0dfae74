//! One step: from the call that was sent and its reply to the call for the next page.

use super::evidence::Evidence;
use super::infer;
use super::profile::{Origin, Profile, Strategy, Stride};
use crate::domain::call::{Call, JsonText};
use crate::domain::operation::{Operation, ParameterKind, Whole};
use crate::envelope::signs::{self, Signs};
use crate::envelope::{Envelope, Records};
use crate::json::document::{Kind, NodeId};

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Request the next page by setting one parameter.
    Send {
        /// The parameter.
        param: String,
        /// Its value.
        value: JsonText,
    },
    /// This was the last page, by this evidence.
    End(Evidence),
    /// There may be more records, and no call would return them.
    Stuck {
        /// What prevents the next page.
        blocker: Blocker,
        /// The reason, in words the user can act on.
        why: String,
    },
}

/// What prevents the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocker {
    /// The reply is no page, or is incomplete.
    NoPage,
    /// The service states that there is more, but the token for it is missing.
    MissingToken,
    /// The token does not change, or returns to one that was sent before.
    Repeats,
    /// No request would return the next page.
    NoWayOn,
    /// Nothing states whether there is more.
    Unproven,
}

/// What earlier pages of a run established.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past<'a> {
    /// The values that the paging parameter had, so that a loop is detected before it is entered.
    pub sent: &'a [JsonText],
    /// Whether an earlier reply had the key that leads to the next page.
    pub had_key: bool,
}

/// The numbers of records that count as a full page where no size was requested: the default sizes
/// of services.
const FULL_PAGES: [u32; 10] = [10, 20, 25, 30, 50, 100, 200, 250, 500, 1000];

impl Next {
    pub(super) fn stuck(blocker: Blocker, why: impl Into<String>) -> Next {
        Next::Stuck {
            blocker,
            why: why.into(),
        }
    }
}

/// Returns what follows a page by the profile alone. Other signs of the reply that contradict it
/// are weighed by the run.
///
/// `sent` is the call that returned the page; `past` is what the pages before it established.
pub fn next(
    profile: &Profile,
    operation: Option<&Operation>,
    sent: &Call,
    reply: &Envelope,
    past: Past<'_>,
) -> Next {
    if let Some(why) = reply.no_page() {
        return Next::stuck(Blocker::NoPage, why);
    }
    let step = Step {
        profile,
        operation,
        sent,
        reply,
        past,
    };
    if profile.strategy == Strategy::Single {
        return step.single();
    }
    let flag = |path: &Option<String>| {
        let path = path.as_ref()?;
        let node = reply.place(path)?;
        Some((path.clone(), signs::flag_at(&reply.document, node)?))
    };
    let (more, end) = (flag(&profile.more), flag(&profile.end));
    // Where the two disagree, the run reports it; neither is believed here.
    let agree = !matches!(
        (&more, &end),
        (Some((_, true)), Some((_, true))) | (Some((_, false)), Some((_, false)))
    );
    if let Some((path, false)) = &more
        && agree
    {
        return Next::End(Evidence::Stated(format!("`{path}` is false")));
    }
    if let Some((path, true)) = &end
        && agree
    {
        return Next::End(Evidence::Stated(format!("`{path}` is true")));
    }
    // "Not the end" states as plainly as "more" that something follows.
    let claimed = more.is_some() || end.is_some();
    let found = match &profile.strategy {
        Strategy::Token { param, from } => step.token(param, from, claimed),
        Strategy::UrlQuery { param, from } => step.url_query(param, from, claimed),
        Strategy::PageUrl { param, from, first } => step.page_url(param, from, *first, claimed),
        Strategy::Page { param, first } => step.page(param, *first, claimed),
        Strategy::Offset {
            param,
            from,
            stride,
        } => step.offset(param, from.as_deref(), *stride, claimed),
        Strategy::LastId { param, from } => step.last_id(param, from.as_deref(), claimed),
        Strategy::Sql { param } => step.sql(param, claimed),
        Strategy::Unfollowable { from } => step.unfollowable(from.as_deref(), claimed),
        Strategy::Generic
            if operation.is_some_and(|operation| operation.returns_object)
                && matches!(reply.records, Records::One(_)) =>
        {
            Next::End(Evidence::Declared(
                "the definition returns one object".to_owned(),
            ))
        }
        Strategy::Generic | Strategy::Single => Next::stuck(
            Blocker::Unproven,
            "nothing is declared about its pages, and the reply states nothing",
        ),
    };
    guard(found, sent, past.sent)
}

/// Refuses a step that would request a page a second time.
fn guard(found: Next, sent: &Call, before: &[JsonText]) -> Next {
    let Next::Send { param, value } = &found else {
        return found;
    };
    let shown = value.plain();
    if sent.params.get(param) == Some(value) {
        return Next::stuck(
            Blocker::Repeats,
            format!(
                "the service repeats `{param}` ({}), which would return this page again",
                short(&shown)
            ),
        );
    }
    if before.contains(value) {
        return Next::stuck(
            Blocker::Repeats,
            format!(
                "`{param}` returns to {}, which was sent before: a loop",
                short(&shown)
            ),
        );
    }
    found
}

fn short(text: &str) -> String {
    crate::text::cut_middle(&crate::text::safe(text), 20).into_owned()
}

struct Step<'a> {
    profile: &'a Profile,
    operation: Option<&'a Operation>,
    sent: &'a Call,
    reply: &'a Envelope,
    past: Past<'a>,
}

impl Step<'_> {
    /// Returns the end of a list that is declared, by the definition or the user, to be one reply.
    fn single(&self) -> Next {
        if self.profile.origin == Origin::User {
            return Next::End(Evidence::User);
        }
        let all = || {
            Next::End(Evidence::Declared(
                "the definition says that everything is in one reply".to_owned(),
            ))
        };
        let facts = self
            .operation
            .and_then(|operation| operation.paging.as_ref());
        match facts.and_then(|facts| facts.whole.as_ref()) {
            Some(Whole::Window { bounded_by }) => Next::End(Evidence::Window(bounded_by.clone())),
            Some(Whole::Undeclared | Whole::CallerCounts) => self.undeclared(),
            Some(Whole::All) | None => all(),
        }
    }

    /// Returns what follows where the provider pages and the definition does not say how: a full
    /// page may be one of many.
    fn undeclared(&self) -> Next {
        let count = self.reply.count();
        if is_full(self.operation, self.sent, count) {
            let why = format!(
                "{count} records are a full page, and neither the definition nor the reply says whether there are more"
            );
            return Next::stuck(Blocker::Unproven, why);
        }
        Next::End(Evidence::Declared(format!(
            "the definition declares no pages, and {count} records are not a full page"
        )))
    }

    fn send(&self, param: &str, value: JsonText) -> Next {
        match self.nested(param) {
            Some((outer, inner)) => {
                let own = self
                    .sent
                    .params
                    .get(outer)
                    .and_then(|text| serde_json::from_str(text.as_str()).ok());
                let mut object: serde_json::Map<String, serde_json::Value> =
                    own.unwrap_or_default();
                object.insert(
                    inner.to_owned(),
                    serde_json::from_str(value.as_str()).unwrap_or_default(),
                );
                let value = JsonText::parse(&serde_json::Value::Object(object).to_string())
                    .unwrap_or(value);
                Next::Send {
                    param: outer.to_owned(),
                    value,
                }
            }
            None => Next::Send {
                param: param.to_owned(),
                value,
            },
        }
    }

    /// Splits the name of a property of an object parameter: `page.number`, where `page` is
    /// declared as an object.
    fn nested<'n>(&self, param: &'n str) -> Option<(&'n str, &'n str)> {
        let (outer, inner) = param.split_once('.')?;
        let declared = |name: &str| {
            self.operation?
                .parameters
                .iter()
                .find(|parameter| parameter.name == name)
        };
        (declared(param).is_none() && declared(outer)?.kind == ParameterKind::Object)
            .then_some((outer, inner))
    }

    /// Returns what follows an empty or missing key. It is the end, unless a flag claims more or
    /// the key was never present.
    fn ended(&self, from: &str, claimed: bool) -> Next {
        match self.key_state(from) {
            _ if claimed => missing_token(from),
            KeyState::Empty => Next::End(Evidence::Stated(format!("`{from}` is empty"))),
            KeyState::Gone => Next::End(Evidence::Stated(format!(
                "`{from}`, which earlier pages had, is missing"
            ))),
            KeyState::NeverSeen => unseen(from),
        }
    }

    /// Returns the state of the key that leads to the next page.
    fn key_state(&self, from: &str) -> KeyState {
        if self.reply.place(from).is_some() {
            KeyState::Empty
        } else if self.past.had_key {
            KeyState::Gone
        } else {
            KeyState::NeverSeen
        }
    }

    fn token(&self, param: &str, from: &str, claimed: bool) -> Next {
        match self
            .reply
            .place(from)
            .filter(|node| !signs::is_empty(&self.reply.document, *node))
        {
            Some(node) => self.send(param, self.value(node)),
            None => self.ended(from, claimed),
        }
    }

    fn url_query(&self, param: &str, from: &str, claimed: bool) -> Next {
        let Some(url) = self.link(from) else {
            return self.ended(from, claimed);
        };
        match query_value(&url, param) {
            Some(value) => self.send(param, self.typed(&value)),
            None => Next::stuck(
                Blocker::NoWayOn,
                format!("the link in `{from}` has no `{param}` to send back"),
            ),
        }
    }

    fn page_url(&self, param: &str, from: &str, first: i64, claimed: bool) -> Next {
        let Some(url) = self.link(from) else {
            return match self.key_state(from) {
                // Without this sign, pages can still be counted.
                KeyState::NeverSeen if !claimed => self.page(param, first, claimed),
                KeyState::NeverSeen | KeyState::Gone | KeyState::Empty => self.ended(from, claimed),
            };
        };
        let current = self.current(param);
        let stated = query_value(&url, param).and_then(|page| page.parse::<i64>().ok());
        // Where no number was sent, the link shows how the service counts, whatever is declared.
        let stated = stated.filter(|page| current.is_none_or(|current| *page > current));
        self.send(
            param,
            self.number(
                param,
                stated.unwrap_or(current.unwrap_or(first).saturating_add(1)),
            ),
        )
    }

    fn page(&self, param: &str, first: i64, claimed: bool) -> Next {
        let first = self.echoed_page(param).unwrap_or(first);
        let current = self.current(param).unwrap_or(first);
        let signs = Signs::of(self.reply);
        let at = u64::try_from(current.saturating_sub(first))
            .unwrap_or(0)
            .saturating_add(1);
        match super::run::Run::stated_pages(&signs) {
            Some(total) if !claimed && super::run::Run::page_number(&signs, at) >= total.number => {
                Next::End(Evidence::Pages {
                    from: total.place.path.clone(),
                    stated: total.number,
                })
            }
            _ if self.reply.count() == 0 && !claimed => Next::End(Evidence::EmptyPage),
            _ => self.send(param, self.number(param, current.saturating_add(1))),
        }
    }

    /// Returns the page number that the reply states, if none was sent: some services count from 0,
    /// whatever is declared.
    fn echoed_page(&self, param: &str) -> Option<i64> {
        if self.current(param).is_some() {
            return None;
        }
        Signs::of(self.reply)
            .page_numbers
            .first()
            .and_then(|page| i64::try_from(page.number).ok())
            .filter(|page| matches!(page, 0 | 1))
    }

    fn offset(&self, param: &str, from: Option<&str>, stride: Stride, claimed: bool) -> Next {
        let current = self.current(param).unwrap_or(0);
        let received = i64::from(self.reply.count());
        let size = self
            .profile
            .size_param
            .as_deref()
            .and_then(|size| self.current(size));
        let step = match stride {
            Stride::Received => received,
            Stride::PageSize => size.filter(|size| *size > 0).unwrap_or(received),
        };
        let signs = Signs::of(self.reply);
        // A key that echoes the offset just sent is no next offset: only the number of received
        // records moves it.
        let total = signs
            .totals
            .iter()
            .map(|total| total.number)
            .max()
            .and_then(|total| i64::try_from(total).ok());
        match (total, from) {
            // A flag that states more is believed before a total, which may be an estimate.
            (Some(total), _)
                if !claimed
                    && super::run::Run::totals_agree(&signs, self.reply)
                    && current.saturating_add(step) >= total =>
            {
                Next::End(Evidence::Stated(format!(
                    "{} of {total} records received",
                    current.saturating_add(received)
                )))
            }
            (None, Some(from))
                if self.link(from).is_none()
                    && !claimed
                    && self.key_state(from) != KeyState::NeverSeen =>
            {
                self.ended(from, claimed)
            }
            _ if received == 0 && !claimed => Next::End(Evidence::EmptyPage),
            _ => self.send(
                param,
                self.number(param, current.saturating_add(step.max(1))),
            ),
        }
    }

    /// Sends the statement again with an offset behind the records received so far.
    fn sql(&self, param: &str, claimed: bool) -> Next {
        let received = i64::from(self.reply.count());
        let Some(statement) = self.sent.params.get(param).map(JsonText::plain) else {
            return Next::stuck(
                Blocker::NoWayOn,
                format!("there is no statement in `{param}` to send again"),
            );
        };
        if received == 0 && !claimed {
            return Next::End(Evidence::EmptyPage);
        }
        let received = received.max(1);
        let (bare, limit, offset) = super::sql::split(&statement);
        let limit = limit.unwrap_or(received);
        self.send(
            param,
            JsonText::string(&format!(
                "{bare} LIMIT {limit} OFFSET {}",
                offset.saturating_add(received)
            )),
        )
    }

    fn last_id(&self, param: &str, from: Option<&str>, claimed: bool) -> Next {
        if let Some(from) = from
            && self.link(from).is_none()
            && !claimed
            && self.key_state(from) != KeyState::NeverSeen
        {
            return self.ended(from, claimed);
        }
        let Some(last) = self.reply.last_record() else {
            return if claimed {
                Next::stuck(
                    Blocker::MissingToken,
                    "the page is empty, so there is no last id to continue from",
                )
            } else {
                Next::End(Evidence::EmptyPage)
            };
        };
        match last_id(self.reply, last) {
            Some(id) => self.send(param, self.value(id)),
            None => Next::stuck(
                Blocker::MissingToken,
                "the last record has no `id` to continue from",
            ),
        }
    }

    /// Returns what follows where no parameter is declared for paging: only a parameter in the
    /// reply's link that the operation declares can lead on.
    fn unfollowable(&self, from: Option<&str>, claimed: bool) -> Next {
        let link = from.and_then(|from| Some((from, self.link(from)?)));
        if let Some((_, link)) = &link
            && let Some(param) = infer::in_link(self.operation, self.sent, link)
                .into_iter()
                .find(|param| infer::declares(self.operation, param))
            && let Some(value) = query_value(link, &param)
        {
            let numeric = super::profile::takes_numbers(self.operation, &param);
            let number = value
                .parse()
                .ok()
                .filter(|_| numeric)
                .map(JsonText::integer);
            return self.send(&param, number.unwrap_or_else(|| JsonText::string(&value)));
        }
        match (link, from) {
            (Some((from, _)), _) => Next::stuck(
                Blocker::NoWayOn,
                format!(
                    "there is more (`{from}`), but this operation has no parameter to request it"
                ),
            ),
            (None, _) if claimed => Next::stuck(
                Blocker::NoWayOn,
                "the service says there is more, but this operation has no parameter to request it",
            ),
            (None, Some(from)) => self.ended(from, claimed),
            (None, None) => Next::stuck(
                Blocker::Unproven,
                "nothing in the reply says whether there is more",
            ),
        }
    }

    /// Returns the number that was sent for a parameter.
    fn current(&self, param: &str) -> Option<i64> {
        match self.nested(param) {
            Some((outer, inner)) => {
                let object: serde_json::Value =
                    serde_json::from_str(self.sent.params.get(outer)?.as_str()).ok()?;
                let value = object.get(inner)?;
                value.as_i64().or_else(|| value.as_str()?.parse().ok())
            }
            None => self.sent.params.get(param)?.plain().parse().ok(),
        }
    }

    /// Returns a number in the parameter's type: some services count pages in text.
    fn number(&self, param: &str, number: i64) -> JsonText {
        let declared = self.operation.and_then(|operation| {
            operation
                .parameters
                .iter()
                .find(|parameter| parameter.name == param)
        });
        match declared.map(|parameter| parameter.kind) {
            Some(ParameterKind::String) => JsonText::string(&number.to_string()),
            _ => JsonText::integer(number),
        }
    }

    fn value(&self, node: NodeId) -> JsonText {
        let document = &self.reply.document;
        let text = document.plain(node);
        // Some services return a token that is an object; it is sent back unchanged.
        if document.is_container(node) {
            return JsonText::parse(&text).unwrap_or_else(|_| JsonText::string(&text));
        }
        let number = document.kind(node) == Kind::Number;
        if number && self.profile.numeric {
            JsonText::parse(&text).unwrap_or_else(|_| JsonText::string(&text))
        } else {
            self.typed(&text)
        }
    }

    fn typed(&self, text: &str) -> JsonText {
        match text.parse::<i64>() {
            Ok(number) if self.profile.numeric => JsonText::integer(number),
            _ => JsonText::string(text),
        }
    }

    /// Returns the URL at a path: a string, or the `next` of a list of links.
    fn link(&self, from: &str) -> Option<String> {
        let node = self.reply.fact(from)?;
        link_at(self.reply, node)
    }
}

/// The state of the key that leads to the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyState {
    /// It is present and empty.
    Empty,
    /// Earlier pages had it.
    Gone,
    /// No page of the run had it.
    NeverSeen,
}

/// Returns the id of a record that the next page starts behind: its own, or that of the only object
/// in it.
fn last_id(reply: &Envelope, record: NodeId) -> Option<NodeId> {
    let document = &reply.document;
    let own = |node: NodeId| {
        let found = ["id", "Id", "ID", "_id", "gid", "sid", "uuid"]
            .into_iter()
            .find_map(|key| document.member(node, key))?;
        (!document.is_blank(found) && !document.is_container(found)).then_some(found)
    };
    own(record).or_else(|| {
        let mut objects = document
            .children(record)
            .filter(|member| document.kind(*member) == Kind::Object);
        let only = objects.next().filter(|_| objects.next().is_none())?;
        own(only)
    })
}

/// Returns whether a page is full: it has as many records as requested, or one of the default sizes
/// of services.
pub(super) fn is_full(operation: Option<&Operation>, sent: &Call, count: u32) -> bool {
    let size = infer::size_of(operation, sent);
    size.map_or(FULL_PAGES.contains(&count), |size| {
        size > 0 && u64::from(count) >= size
    })
}

/// Returns the URL of a node: the string itself, or of an array of links the one called `next`.
pub(super) fn link_at(reply: &Envelope, node: NodeId) -> Option<String> {
    let document = &reply.document;
    match document.kind(node) {
        Kind::Array => {
            let next = document.children(node).find(|link| {
                document
                    .member(*link, "rel")
                    .is_some_and(|rel| document.plain(rel) == "next")
            })?;
            document
                .member(next, "href")
                .map(|href| document.plain(href).into_owned())
        }
        Kind::Object => {
            let url = ["href", "url", "link", "uri"]
                .into_iter()
                .find_map(|key| document.member(node, key));
            url.filter(|url| !signs::is_empty(document, *url))
                .map(|url| document.plain(url).into_owned())
        }
        Kind::Boolean if document.boolean(node) == Some(false) => None,
        Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {
            Some(document.plain(node).into_owned())
        }
    }
}

/// Returns a parameter of a URL's query, decoded. The URL may be relative.
pub(super) fn query_value(url: &str, param: &str) -> Option<String> {
    let base = url::Url::parse("http://relative.invalid").ok()?;
    let url = base.join(url).ok()?;
    url.query_pairs()
        .find(|(name, _)| name == param)
        .map(|(_, value)| value.into_owned())
        .filter(|value| !value.is_empty())
}

fn unseen(from: &str) -> Next {
    Next::stuck(
        Blocker::Unproven,
        format!(
            "the reply has no `{from}` for the next page, and nothing else says whether there is more"
        ),
    )
}

fn missing_token(from: &str) -> Next {
    Next::stuck(
        Blocker::MissingToken,
        format!("`{from}` is empty, though the service says there is more"),
    )
}

/// Returns whether a reply has no records.
pub(super) fn is_empty(reply: &Envelope) -> bool {
    matches!(reply.records, Records::None) || reply.count() == 0
}
