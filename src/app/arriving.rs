//! A reply that is still arriving: it can be read, found in and folded like any other, and becomes the
//! page that it grows into.

use std::sync::Arc;

use super::App;
use super::effect::Effect;
use super::load::TaskId;
use super::notice::Notice;
use super::page::{LoadedReply, Page, PageId};
use super::reply::{ReplyPane, RequestKind, Shown};
use crate::domain::call::Call;
use crate::domain::reply::Reply;
use crate::envelope::Envelope;
use crate::paging::{Blocker, Evidence, Next, PageScan, Verdict};

/// A page that still arrives.
#[derive(Debug, Clone)]
pub struct PartialPage {
    /// The page so far.
    pub page: Page,
    /// How many bytes there will be, if that is known.
    pub expected: Option<u64>,
    /// Whether it is the one that is seen.
    pub is_seen: bool,
}

impl ReplyPane {
    /// Returns the page that still arrives, if it is the one that is seen.
    pub fn arriving(&self) -> Option<&PartialPage> {
        self.partial.as_deref().filter(|partial| partial.is_seen)
    }

    /// Says how much of the reply that is seen has come; `None` if it is all there.
    pub fn loading_words(&self) -> Option<String> {
        let partial = self.arriving()?;
        if partial
            .page
            .envelope()
            .is_some_and(|envelope| envelope.document.is_whole())
        {
            return Some("looking at the records".to_owned());
        }
        let bytes = partial.page.reply.bytes;
        Some(match partial.expected.filter(|expected| *expected > 0) {
            Some(expected) => format!("still loading {} %", (bytes * 100 / expected).min(99)),
            None => "still loading".to_owned(),
        })
    }
}

impl App {
    /// Takes what has come of a reply so far.
    pub(super) fn grown(
        &mut self,
        task: TaskId,
        envelope: Envelope,
        reply: Reply,
        expected: Option<u64>,
        fresh: bool,
    ) -> Vec<Effect> {
        let Some(waiting) = self
            .reply
            .waiting
            .as_ref()
            .filter(|_| self.reply.load.task() == Some(task))
        else {
            return Vec::new();
        };
        if self.reply.all.is_some()
            || self.reply.all_pages.is_some()
            || !matches!(waiting.purpose, RequestKind::First | RequestKind::Next)
        {
            return Vec::new();
        }
        if let Some(partial) = &mut self.reply.partial
            && !fresh
        {
            partial.page.grow(envelope);
            partial.page.reply = reply;
            partial.expected = expected;
            return Vec::new();
        }
        let call = waiting.call.clone();
        let finder = std::sync::Arc::new(self.finder_of(&call));
        let is_seen = self
            .reply
            .partial
            .as_ref()
            .is_none_or(|partial| partial.is_seen);
        let serial = PageId(self.next_task().0);
        let answered = LoadedReply {
            reply,
            envelope,
            scan: Arc::new(PageScan::default()),
        };
        let mut page = Page::new(serial, call, answered, Next::End(Evidence::EmptyPage));
        page.finder = Some(finder);
        if let Some(before) = self
            .reply
            .pages
            .first()
            .filter(|_| self.setup.file.is_some())
        {
            page.views = before.views;
        }
        let effects = self.end_search();
        if waiting_is_first(self) {
            self.reply.tab = 0;
        }
        self.reply.shown = Shown::Pages;
        self.reply.partial = Some(Box::new(PartialPage {
            page,
            expected,
            is_seen,
        }));
        effects
    }

    /// Keeps what has come of a reply that will not come whole. Returns whether there is anything.
    pub(super) fn keep_part(&mut self, why: &str) -> bool {
        let first = waiting_is_first(self);
        let Some(partial) = self.reply.partial.take().filter(|_| first) else {
            return false;
        };
        let mut page = partial.page;
        page.reply.whole = false;
        page.next = Next::Stuck {
            blocker: Blocker::NoPage,
            why: format!("this reply is not whole: {why}"),
        };
        self.reply.pages = vec![page];
        self.reply.current = 0;
        self.reply.run = None;
        self.reply.verdict = Some(Verdict::Stopped(why.to_owned()));
        true
    }

    /// Begins to read the file that was opened.
    pub(super) fn read_file(&mut self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self
            .reply
            .load
            .cancel()
            .map(Effect::Cancel)
            .into_iter()
            .collect();
        effects.extend(self.end_search());
        if let Some(filter) = &mut self.reply.filter {
            filter.input = None;
        }
        effects.extend(self.end_filter());
        self.reply.partial = None;
        let task = self.next_task();
        self.reply
            .start(task, Call::new("", "", ""), RequestKind::First);
        effects.push(Effect::ReadFile { task });
        effects
    }

    /// Takes the file that was read.
    pub(super) fn file_read(&mut self, answered: LoadedReply) -> Vec<Effect> {
        let serial = PageId(self.next_task().0);
        // Asked before the page that grew goes: its matches are those of the whole file.
        let searches = self.reply.search_is_here();
        let before = self.reply.partial.take().map(|partial| partial.page);
        self.reply.waiting = None;
        let mut page = Page::new(
            serial,
            Call::new("", "", ""),
            answered,
            Next::End(Evidence::EmptyPage),
        );
        page.finder = Some(Arc::new(self.finder_of(&page.call)));
        match before {
            Some(before) => page.adopt_view(before),
            None => {
                page.views = self
                    .reply
                    .pages
                    .first()
                    .map(|page| page.views)
                    .unwrap_or_default()
            }
        }
        self.reply.pages = vec![page];
        self.reply.current = 0;
        self.reply.shown = Shown::Pages;
        if let Some(remark) = self.reply.remark(true) {
            self.notice = Some(Notice::warning(crate::text::safe(&remark).into_owned()));
        }
        if searches {
            self.run_search(true)
        } else {
            Vec::new()
        }
    }
}

fn waiting_is_first(app: &App) -> bool {
    app.reply
        .waiting
        .as_ref()
        .is_some_and(|waiting| waiting.purpose == RequestKind::First)
}
