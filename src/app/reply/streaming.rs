//! A reply that is shown while it arrives, and files that are read in place of one.

use std::sync::Arc;

use super::page::{Page, Tab};
use super::{ReplyPane, Shown};
use crate::app::context::Context;
use crate::app::effect::{Effect, ReplyEffect};
use crate::app::requests::RequestKind;
use crate::app::source::LoadedReply;
use crate::app::widgets::notice::Notice;
use crate::domain::call::Call;
use crate::domain::reply::{PageOrigin, Reply};
use crate::envelope::Envelope;
use crate::paging::{Blocker, Evidence, Next, PageScan, Verdict};
use crate::text;

/// A page that is still arriving.
#[derive(Debug, Clone)]
pub struct PartialPage {
    /// What was received so far.
    pub page: Page,
    /// The stated size of the body, in bytes.
    pub expected: Option<u64>,
    /// Whether it is shown; a whole page may be read meanwhile.
    pub is_shown: bool,
}

/// A snapshot of a body that is arriving.
#[derive(Debug, Clone)]
pub struct Grown {
    /// What was received so far.
    pub envelope: Envelope,
    /// Status, type, times so far.
    pub reply: Reply,
    /// The stated size of the body, in bytes.
    pub expected: Option<u64>,
    /// Whether the body starts over since the last snapshot.
    pub restarted: bool,
}

/// What is kept of a call that broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The part that was received.
    Part,
    /// Nothing.
    Nothing,
}

impl ReplyPane {
    /// Returns the page that is still arriving, if it is the one shown.
    pub fn streaming(&self) -> Option<&PartialPage> {
        self.partial.as_deref().filter(|partial| partial.is_shown)
    }

    /// Returns how far the page that is shown has arrived; nothing if it is whole.
    pub fn loading_words(&self) -> Option<String> {
        let partial = self.streaming()?;
        let envelope = partial.page.envelope();
        if envelope.is_some_and(|envelope| envelope.document.is_whole()) {
            return Some("looking at the records".to_owned());
        }
        let bytes = partial.page.reply.bytes;
        Some(match partial.expected.filter(|expected| *expected > 0) {
            Some(expected) => format!("still loading {} %", (bytes * 100 / expected).min(99)),
            None => "still loading".to_owned(),
        })
    }

    fn is_first(&self) -> bool {
        let kind = self.waiting.as_ref().map(|waiting| waiting.kind);
        kind == Some(RequestKind::First)
    }

    /// Takes a snapshot of the body that is arriving.
    pub(super) fn grew(&mut self, grown: Grown, context: &mut Context<'_>) {
        let Some(waiting) = &self.waiting else {
            return;
        };
        let is_page = matches!(waiting.kind, RequestKind::First | RequestKind::Next);
        if self.fetching.is_some() || self.all_pages.is_some() || !is_page {
            return;
        }
        if let Some(partial) = self.partial.as_mut().filter(|_| !grown.restarted) {
            partial.page.grow(grown.envelope);
            partial.page.reply = grown.reply;
            partial.expected = grown.expected;
            return;
        }
        let origin = waiting.origin.clone();
        let finder = Arc::new(finder_of(origin.call(), context));
        let is_shown = self.partial.as_ref().is_none_or(|partial| partial.is_shown);
        let loaded = LoadedReply {
            reply: grown.reply,
            envelope: grown.envelope,
            scan: Arc::new(PageScan::default()),
        };
        let next = Next::End(Evidence::EmptyPage);
        let mut page = Page::new(context.next_page(), origin, loaded, next);
        page.finder = Some(finder);
        if let Some(former) = self.pages.first().filter(|_| context.session.is_file()) {
            page.views = former.views;
        }
        self.begin_sent(context);
        self.end_search(context);
        if self.is_first() {
            self.tab = Tab::Result;
        }
        self.shown = Shown::Pages;
        self.partial = Some(Box::new(PartialPage {
            page,
            expected: grown.expected,
            is_shown,
        }));
    }

    /// Keeps what was received of a first page whose call broke off. A further page that is not whole is dropped:
    /// those before it stay.
    pub(super) fn keep_partial(&mut self, why: &str) -> Kept {
        let is_first = self.is_first();
        let Some(partial) = self.partial.take().filter(|_| is_first) else {
            return Kept::Nothing;
        };
        let mut page = partial.page;
        page.reply.whole = false;
        page.next = Next::Stuck {
            blocker: Blocker::NoPage,
            why: format!("this reply is not whole: {why}"),
        };
        self.pages = vec![page];
        self.current = 0;
        self.run = None;
        self.verdict = Some(Verdict::Stopped(why.to_owned()));
        Kept::Part
    }

    /// Reads the file that is open.
    pub fn read_file(&mut self, context: &mut Context<'_>) {
        context.cancel(&mut self.load);
        self.end_search(context);
        if let Some(filter) = &mut self.filter {
            filter.input = None;
        }
        self.end_filter(context);
        let task = context.start(&mut self.load);
        self.wait_for(PageOrigin::File, RequestKind::First);
        context.effect(Effect::Reply(ReplyEffect::ReadFile { task }));
    }

    /// Takes the file that was read. It is shown as it was while it arrived, or as before it was read again.
    pub(super) fn file_read(&mut self, loaded: LoadedReply, context: &mut Context<'_>) {
        // Asked before the partial page is replaced: its matches are those of the whole file.
        let searches = self.search_is_here();
        let partial = self.partial.take().map(|partial| partial.page);
        let next = Next::End(Evidence::EmptyPage);
        let mut page = Page::new(context.next_page(), PageOrigin::File, loaded, next);
        page.finder = Some(Arc::new(finder_of(None, context)));
        match (partial, self.pages.first()) {
            (Some(partial), _) => page.continue_from(partial),
            (None, Some(former)) => page.views = former.views,
            (None, None) => {}
        }
        self.pages = vec![page];
        self.current = 0;
        self.shown = Shown::Pages;
        if let Some(remark) = self.remark() {
            context.notify(Notice::warning(text::safe(&remark).into_owned()));
        }
        if searches {
            self.run_search(super::search::Jump::Done, context);
        }
    }
}

/// Returns what finds the attachments of a page; in a file only spelling tells them.
fn finder_of(call: Option<&Call>, context: &Context<'_>) -> crate::attachments::Finder {
    match call {
        Some(call) => context.session.finder_of(call),
        None => context.session.finder_of(&Call::new("", "", "")),
    }
}
