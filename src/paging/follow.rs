//! What follows a page, with all its signs weighed: the profile's own step, and what else the reply
//! states for or against it.
//!
//! An end needs evidence ([`Evidence`]). Where the reply claims more and the profile has no value
//! for it, other strategies are tried: each candidate once, and the page it returns proves or
//! refutes it.

use super::advice;
use super::evidence::Evidence;
use super::infer::{self, candidates, is_echo, lists};
use super::ledger::Outcome;
use super::profile::{Origin, Profile, Strategy, Stride};
use super::run::{Proof, Run};
use super::step::{Blocker, Next, Past, next};
use crate::domain::call::{Call, Params};
use crate::envelope::signs::{Pointer, Signs};
use crate::envelope::{Envelope, Reading, Records, is_record};
use crate::json::document::Kind;
use crate::text;

/// At most this many other strategies are tried from one page: each is a billed call.
const MOST_TRIED: usize = 6;
/// The longest quoted value, in columns.
const LONGEST_QUOTE: usize = 40;

/// What follows a page.
pub(super) struct Followed {
    /// The next step.
    pub(super) next: Next,
    /// The profile that replaces the current one from here on, and why.
    pub(super) replacement: Option<(Box<Profile>, String)>,
}

impl Followed {
    fn plain(next: Next) -> Followed {
        Followed {
            next,
            replacement: None,
        }
    }
}

impl Run {
    /// Returns what the pages so far established.
    pub(super) fn past(&self) -> Past<'_> {
        Past {
            sent: &self.sent,
            had_key: self.had_key,
        }
    }

    /// Returns what follows a page. `received` is the number of records received so far, this page
    /// included.
    pub(super) fn follow(&self, call: &Call, reply: &Envelope, received: u64) -> Followed {
        let found = next(
            &self.profile,
            self.operation.as_ref(),
            call,
            reply,
            self.past(),
        );
        if !lists(
            self.operation
                .as_ref()
                .map_or(&call.action, |operation| &operation.action),
        ) {
            return Followed::plain(found);
        }
        let signs = Signs::of(reply);
        let followed = self.followed(found, call, reply, &signs, received);
        // A sign that is not understood may state more; what is not recognised as a list may be
        // none.
        let goes_on = matches!(followed.next, Next::Send { .. });
        match followed.next {
            Next::End(_)
                if self.profile.strategy != Strategy::Single
                    || self.profile.origin != Origin::User =>
            {
                match unclear(&signs).or_else(|| unrecognised(reply)) {
                    Some(why) => {
                        self.other_way(call, reply, &signs, received, Blocker::Unproven, why)
                    }
                    None => followed,
                }
            }
            Next::Send { .. } | Next::Stuck { .. }
                if goes_on && self.counts() && self.spent.pages > 0 =>
            {
                match unrecognised(reply) {
                    Some(why) => Followed::plain(Next::stuck(
                        Blocker::Unproven,
                        format!("{why}: {}", prove(self.operation.as_ref())),
                    )),
                    None => followed,
                }
            }
            Next::End(_) | Next::Send { .. } | Next::Stuck { .. } => followed,
        }
    }

    fn followed(
        &self,
        found: Next,
        call: &Call,
        reply: &Envelope,
        signs: &Signs,
        received: u64,
    ) -> Followed {
        match found {
            Next::Stuck {
                blocker: Blocker::NoPage,
                ..
            } => Followed::plain(found),
            Next::Stuck {
                blocker: Blocker::Repeats,
                ..
            } => match self.total_reached(signs, reply, received) {
                // Behind the last record, some services return the same offset or token for ever.
                Some(total) => Followed::plain(Next::End(total)),
                None => Followed::plain(found),
            },
            Next::Send { .. } => {
                // The stated total was received and the page behind it is empty: the token leads
                // nowhere.
                let behind = || {
                    self.total_reached(signs, reply, received)
                        .filter(|_| reply.count() == 0)
                };
                let end = self
                    .flagged_end(signs, reply)
                    .or_else(|| self.short_end(signs, reply, received))
                    .or_else(behind);
                Followed::plain(end.map_or(found, Next::End))
            }
            Next::End(evidence) => self.contradicted(evidence, call, reply, signs, received),
            Next::Stuck {
                blocker: Blocker::Unproven,
                why,
            } => self.unproven(why, call, reply, signs, received),
            Next::Stuck {
                blocker: blocker @ (Blocker::MissingToken | Blocker::NoWayOn),
                why,
            } => self.other_way(call, reply, signs, received, blocker, why),
        }
    }

    /// Returns the flag that outranks the profile's next step: one that states the end in the same
    /// object as the token or link, or, for a strategy that only counts, anywhere.
    fn flagged_end(&self, signs: &Signs, reply: &Envelope) -> Option<Evidence> {
        if signs.more().is_some() {
            return None;
        }
        let own = self.own_key().and_then(|from| reply.place(from));
        let own = signs
            .tokens
            .iter()
            .chain(&signs.links)
            .find(|pointer| Some(pointer.node) == own);
        let end = match own {
            Some(pointer) => signs
                .flags
                .iter()
                .find(|flag| !flag.more && flag.place.object == pointer.place.object),
            None => signs.end().filter(|_| self.counts()),
        };
        end.map(|flag| {
            Evidence::Stated(format!(
                "`{}` is {}",
                text::safe(&flag.place.path),
                text::safe(&flag.written)
            ))
        })
    }

    /// Returns the evidence that a page is the last one although the profile has a next step for
    /// it.
    fn short_end(&self, signs: &Signs, reply: &Envelope, received: u64) -> Option<Evidence> {
        let by_number =
            matches!(self.profile.strategy, Strategy::Token { .. }) && self.profile.numeric;
        if signs.more().is_some() || !(self.counts() || by_number) {
            return None;
        }
        if let Some(total) = self.total_reached(signs, reply, received) {
            return Some(total);
        }
        let count = u64::from(reply.count());
        // A provider that filters after it limits the page returns short pages that are not the
        // last: a page is compared with the earlier ones, and a stated total outweighs it.
        let longest = self.longest();
        let may_be_short = self.counts()
            && !matches!(
                self.profile.strategy,
                Strategy::Offset {
                    stride: Stride::PageSize,
                    ..
                }
            );
        let more = self
            .claim(signs, reply, &Params::default(), received, Totals::Count)
            .is_some();
        (may_be_short && !more && count > 0 && count < longest).then_some(Evidence::ShortPage {
            received: count,
            longest,
        })
    }

    /// Returns whether the strategy counts pages or records, so that an empty page is its end.
    pub(super) fn counts(&self) -> bool {
        match &self.profile.strategy {
            Strategy::Page { .. }
            | Strategy::Offset { .. }
            | Strategy::LastId { .. }
            | Strategy::Sql { .. } => true,
            Strategy::PageUrl { .. } => !self.had_key,
            Strategy::Token { .. }
            | Strategy::UrlQuery { .. }
            | Strategy::Unfollowable { .. }
            | Strategy::Single
            | Strategy::Generic => false,
        }
    }

    /// Returns the number of records of the longest page of the run.
    fn longest(&self) -> u64 {
        let pages = self
            .entries
            .iter()
            .filter(|entry| entry.outcome == Outcome::Page);
        pages
            .map(|entry| u64::from(entry.records))
            .max()
            .unwrap_or(0)
    }

    fn total_reached(&self, signs: &Signs, reply: &Envelope, received: u64) -> Option<Evidence> {
        let stated = self
            .stated_in(signs, reply)
            .filter(|stated| *stated == received && Run::totals_agree(signs, reply))?;
        Some(Evidence::Total(stated))
    }

    /// Checks an end against everything else that the reply states.
    fn contradicted(
        &self,
        evidence: Evidence,
        call: &Call,
        reply: &Envelope,
        signs: &Signs,
        received: u64,
    ) -> Followed {
        let by_flag = signs.end().is_some() && matches!(evidence, Evidence::Stated(_));
        if let (true, Some(more), Some(end)) = (by_flag, signs.more(), signs.end()) {
            let says = |flag: &crate::envelope::signs::Flag| {
                format!(
                    "`{}` is {}",
                    text::safe(&flag.place.path),
                    text::safe(&flag.written)
                )
            };
            let why = format!("{}, but {}: records may be missing", says(end), says(more));
            return Followed::plain(Next::stuck(Blocker::NoWayOn, why));
        }
        let totals = match evidence {
            // A total that differs from the received number is reported as a doubt.
            Evidence::Stated(_) | Evidence::Total(_) | Evidence::Pages { .. } => Totals::Ignore,
            Evidence::EmptyPage => Totals::Pages,
            Evidence::Declared(_)
            | Evidence::Window(_)
            | Evidence::User
            | Evidence::Each(_)
            | Evidence::ShortPage { .. }
            | Evidence::Written(_) => Totals::Count,
        };
        match self.claim(signs, reply, &call.params, received, totals) {
            None => Followed::plain(Next::End(evidence)),
            Some(claim) => {
                let why = match &self.profile.strategy {
                    Strategy::Single => {
                        format!("{claim}, though everything is said to be in one reply")
                    }
                    _ => format!("{claim}, though {}", evidence.words()),
                };
                self.other_way(call, reply, signs, received, Blocker::NoWayOn, why)
            }
        }
    }

    /// Looks for evidence where the profile's own key gives none.
    fn unproven(
        &self,
        why: String,
        call: &Call,
        reply: &Envelope,
        signs: &Signs,
        received: u64,
    ) -> Followed {
        let end = |evidence| Followed::plain(Next::End(evidence));
        if let Some(claim) = self.claim(signs, reply, &call.params, received, Totals::Count) {
            return match (signs.more(), signs.end()) {
                (Some(_), Some(_)) => self.contradicted(
                    Evidence::Stated(String::new()),
                    call,
                    reply,
                    signs,
                    received,
                ),
                _ => self.other_way(call, reply, signs, received, Blocker::NoWayOn, claim),
            };
        }
        if let Some(flag) = signs.end() {
            return end(Evidence::Stated(format!(
                "`{}` is {}",
                text::safe(&flag.place.path),
                text::safe(&flag.written)
            )));
        }
        if let Some(total) = self.total_reached(signs, reply, received) {
            return end(total);
        }
        if reply.count() == 0
            && matches!(reply.records, Records::Many(_))
            && infer::declares_counting(self.operation.as_ref())
        {
            return end(Evidence::EmptyPage);
        }
        if let Some(blank) = signs.blanks.first() {
            return end(Evidence::Stated(format!(
                "`{}` is empty",
                text::safe(&blank.path)
            )));
        }
        if let Some(pages) = Run::stated_pages(signs)
            .filter(|pages| pages.number <= Run::page_number(signs, self.spent.pages + 1))
        {
            return end(Evidence::Pages {
                from: pages.place.path.clone(),
                stated: pages.number,
            });
        }
        self.other_way(call, reply, signs, received, Blocker::Unproven, why)
    }

    /// Returns the first sign of more in the reply that is being taken, quoted.
    pub(super) fn claim(
        &self,
        signs: &Signs,
        reply: &Envelope,
        sent: &Params,
        received: u64,
        totals: Totals,
    ) -> Option<String> {
        self.claim_on(self.spent.pages + 1, signs, reply, sent, received, totals)
    }

    /// Returns the first sign of more that no flag outranks, quoted. `page` is the number of pages
    /// received, this one included; a number that only echoes a parameter of `sent` is no sign.
    pub(super) fn claim_on(
        &self,
        page: u64,
        signs: &Signs,
        reply: &Envelope,
        sent: &Params,
        received: u64,
        totals: Totals,
    ) -> Option<String> {
        if let Some(flag) = signs.more() {
            return Some(format!(
                "the service says that there is more (`{}` is {})",
                text::safe(&flag.place.path),
                text::safe(&flag.written)
            ));
        }
        let points = |pointer: &&Pointer| !is_echo(reply, sent, pointer);
        if let Some(pointer) = signs.pointers().find(points) {
            return Some(format!(
                "there is more (`{}` leads to it)",
                text::safe(&pointer.place.path)
            ));
        }
        if totals == Totals::Count
            && let Some(total) = self
                .stated_in(signs, reply)
                .filter(|total| *total > received)
        {
            return Some(format!(
                "the service states {} in all, {} received",
                text::count(total),
                text::count(received)
            ));
        }
        if totals == Totals::Count
            && let Some(bound) = signs.bounds.iter().find(|bound| bound.number > received)
        {
            return Some(format!(
                "the service states at least {}, {} received",
                text::count(bound.number),
                text::count(received)
            ));
        }
        let at = Run::page_number(signs, page);
        if totals != Totals::Ignore
            && let Some(pages) = Run::stated_pages(signs).filter(|pages| pages.number > at)
        {
            let (path, number) = (text::safe(&pages.place.path), pages.number);
            return Some(format!(
                "the service states {number} pages (`{path}`), this is page {at}"
            ));
        }
        None
    }

    /// Tries another strategy from a page: the first candidate that leads to a call and was not
    /// tried yet.
    fn other_way(
        &self,
        call: &Call,
        reply: &Envelope,
        signs: &Signs,
        received: u64,
        blocker: Blocker,
        why: String,
    ) -> Followed {
        if let Some(next) = self.under_own_parameter(call, reply, signs, received) {
            return Followed::plain(next);
        }
        if let Some((profile, next)) = self.candidate(call, reply, signs, received) {
            let param = profile.param().unwrap_or_default();
            let words = format!("{why}; `{}` is tried", text::safe(param));
            return Followed {
                next,
                replacement: Some((profile, words)),
            };
        }
        let operation = self.operation.as_ref();
        let advice = match blocker {
            Blocker::Unproven => prove(operation),
            Blocker::MissingToken | Blocker::NoWayOn | Blocker::NoPage | Blocker::Repeats => {
                advice::get_more(operation, self.profile.param())
            }
        };
        Followed::plain(Next::stuck(blocker, format!("{why}: {advice}")))
    }

    /// Sends the value of another key of the reply under the profile's own parameter, where the
    /// profile's key was never present: the definition may be newer or older than the service.
    fn under_own_parameter(
        &self,
        call: &Call,
        reply: &Envelope,
        signs: &Signs,
        received: u64,
    ) -> Option<Next> {
        let (Strategy::Token { param, .. } | Strategy::UrlQuery { param, .. }) =
            &self.profile.strategy
        else {
            return None;
        };
        if self.had_key
            || self.has_key(reply)
            || self.tried.iter().any(|tried| tried.is_like(&self.profile))
        {
            return None;
        }
        let (strategy, found) = self.candidate(call, reply, signs, received)?;
        match (strategy.strategy, found) {
            (Strategy::Token { .. } | Strategy::UrlQuery { .. }, Next::Send { value, .. })
                if !self.sent.contains(&value) =>
            {
                Some(Next::Send {
                    param: param.clone(),
                    value,
                })
            }
            _ => None,
        }
    }

    /// Returns the first strategy that was not tried from a page and leads to a call.
    pub(super) fn candidate(
        &self,
        call: &Call,
        reply: &Envelope,
        signs: &Signs,
        received: u64,
    ) -> Option<(Box<Profile>, Next)> {
        if self.tried.len() >= MOST_TRIED {
            return None;
        }
        let operation = self.operation.as_ref();
        // A parameter that is known to take a token is not counted up.
        let takes_token = |strategy: &Profile| {
            matches!(self.profile.strategy, Strategy::Token { .. })
                && self.profile.param() == strategy.param()
        };
        let known = |strategy: &Profile| {
            let counts = matches!(
                strategy.strategy,
                Strategy::Page { .. } | Strategy::Offset { .. }
            );
            counts && takes_token(strategy)
                || strategy.is_like(&self.profile)
                || self.tried.iter().any(|tried| tried.is_like(strategy))
        };
        // Behind the first page, only a value of the reply itself states where the next one starts
        // or how many were counted.
        let first = received == u64::from(reply.count());
        let counted = match &self.profile.strategy {
            Strategy::PageUrl { param, .. }
            | Strategy::Page { param, .. }
            | Strategy::Offset { param, .. }
            | Strategy::LastId { param, .. } => Some(param),
            Strategy::Token { .. }
            | Strategy::UrlQuery { .. }
            | Strategy::Sql { .. }
            | Strategy::Unfollowable { .. }
            | Strategy::Single
            | Strategy::Generic => None,
        };
        candidates(operation, call, reply, signs, received)
            .into_iter()
            .filter(|strategy| !known(strategy))
            .find_map(|strategy| {
                let counts = matches!(
                    strategy.strategy,
                    Strategy::Page { .. } | Strategy::Offset { .. } | Strategy::LastId { .. }
                );
                let found = next(
                    &strategy,
                    operation,
                    call,
                    reply,
                    Past {
                        sent: &self.sent,
                        had_key: false,
                    },
                );
                let goes_on = first || !counts || counted.map(String::as_str) == strategy.param();
                (matches!(found, Next::Send { .. }) && goes_on).then(|| (Box::new(strategy), found))
            })
    }

    /// Returns the step when every strategy from a page is refuted.
    pub(super) fn refuted_end(&self, call: &Call, reply: &Envelope, why: &str) -> Next {
        let signs = Signs::of(reply);
        match self.claim_on(
            self.spent.pages,
            &signs,
            reply,
            &call.params,
            self.spent.records,
            Totals::Count,
        ) {
            Some(claim) => {
                let advice = advice::get_more(self.operation.as_ref(), self.profile.param());
                Next::stuck(
                    Blocker::NoWayOn,
                    format!("{claim}, and {why}: records are missing; {advice}"),
                )
            }
            None => {
                let single = Profile {
                    strategy: Strategy::Single,
                    ..self.profile.clone()
                };
                let declared = infer::is_undeclared(self.operation.as_ref());
                match next(
                    &single,
                    self.operation.as_ref(),
                    call,
                    reply,
                    Past::default(),
                ) {
                    Next::End(evidence) if declared => Next::End(evidence),
                    Next::End(_) | Next::Send { .. } | Next::Stuck { .. } => Next::stuck(
                        Blocker::Unproven,
                        format!(
                            "{why}, and nothing else says whether there is more: {}",
                            prove(self.operation.as_ref())
                        ),
                    ),
                }
            }
        }
    }

    /// Returns whether the key of the profile's strategy is in a reply.
    pub(super) fn has_key(&self, reply: &Envelope) -> bool {
        self.own_key()
            .is_some_and(|from| reply.place(from).is_some())
    }

    /// Returns the key that holds the profile's next value, or the sign of one.
    fn own_key(&self) -> Option<&String> {
        match &self.profile.strategy {
            Strategy::Token { from, .. }
            | Strategy::UrlQuery { from, .. }
            | Strategy::PageUrl { from, .. } => Some(from),
            Strategy::Offset { from, .. }
            | Strategy::LastId { from, .. }
            | Strategy::Unfollowable { from } => from.as_ref(),
            Strategy::Page { .. } | Strategy::Sql { .. } | Strategy::Single | Strategy::Generic => {
                None
            }
        }
    }

    /// Lets the first reply decide where nothing is declared, if it leads to a next page or leaves
    /// that open.
    pub(super) fn settle(&mut self, call: &Call, reply: &Envelope) {
        if self.profile.strategy != Strategy::Generic || reply.no_page().is_some() {
            return;
        }
        let signs = Signs::of(reply);
        let received = self.spent.records + u64::from(reply.count());
        let claims = self
            .claim(&signs, reply, &call.params, received, Totals::Count)
            .is_some();
        let ends = signs.end().is_some()
            || !signs.blanks.is_empty()
            || self.total_reached(&signs, reply, received).is_some();
        if (claims && signs.end().is_none() || !ends)
            && let Some((profile, _)) = self.candidate(call, reply, &signs, received)
        {
            self.profile = *profile;
            self.proof = Proof::Open;
        }
    }
}

/// Which stated totals count as signs of more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Totals {
    /// Those of records and of pages.
    Count,
    /// Those of pages.
    Pages,
    /// None.
    Ignore,
}

/// Returns a statement about more that is not understood, quoted.
fn unclear(signs: &Signs) -> Option<String> {
    let unclear = signs.unclear.first()?;
    let written = text::cut_end(&text::safe(&unclear.written), LONGEST_QUOTE).into_owned();
    Some(format!(
        "`{}` is `{written}`, which is not understood and may say that there is more",
        text::safe(&unclear.place.path)
    ))
}

/// Returns why the only record of a list may be none: an object that holds others and has no id.
fn unrecognised(reply: &Envelope) -> Option<String> {
    let (Reading::List, Records::One(object)) = (reply.reading, reply.records) else {
        return None;
    };
    let document = &reply.document;
    let holds = document
        .children(object)
        .any(|member| document.is_container(member) && document.child_count(member) > 0);
    (document.kind(object) == Kind::Object && holds && !is_record(document, object))
        .then(|| "the reply is one object in which no list is recognised".to_owned())
}

/// Returns what would prove whether there is more: an imperative sentence without its capital.
fn prove(operation: Option<&crate::domain::operation::Operation>) -> String {
    let size = infer::size_param(operation)
        .map(|param| format!("set `{param}`, "))
        .unwrap_or_default();
    format!("{size}try `page=2` (P offers it), or set --whole if everything is in one reply")
}
