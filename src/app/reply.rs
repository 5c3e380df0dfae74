//! The reply: its pages, its tabs, what comes next.

use std::time::{Duration, Instant};

use super::all_pages::RowRef;
use super::arriving::PartialPage;
use super::filtering::Filter;
use super::input::Input;
use super::load::{Load, TaskId};
pub use super::page::{LoadedReply, Page, PageId, SpillSlot, Tab, View};
use super::tree::Tree;
use crate::domain::call::Call;
use crate::domain::download::{Progress, SavedFile};
use crate::domain::operation::Operation;
use crate::domain::reply::Pause;
use crate::envelope::Shape;
use crate::json::document::{FaultKind, NodeId};
use crate::json::find::Needle;
use crate::paging::{
    Blocker, Evidence, Limits, Next, PageOutcome, PageReply, Profile, Run, Step, StepResult,
    Verdict,
};

/// What the pane shows.
#[derive(Debug, Clone, Default)]
pub enum Shown {
    /// Nothing was asked for yet.
    #[default]
    Nothing,
    /// Pages of a reply.
    Pages,
    /// A file that was downloaded.
    File(SavedFile),
}

/// What is being waited for.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The call.
    pub call: Call,
    /// Whether it goes on with the pages that are there.
    pub purpose: RequestKind,
    /// How much has come.
    pub progress: Option<Progress>,
    /// How much of a file was there from before.
    pub have: u64,
    /// Why it waits instead of running.
    pub pause: Option<Pause>,
}

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// It starts over.
    First,
    /// It asks for the page after the last one.
    Next,
    /// It asks for a page again.
    Again(usize),
    /// It streams a file.
    File,
}

/// A search in the tree.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The page and the tab that it is made in.
    pub owner: Option<(PageId, usize)>,
    /// What is looked for.
    pub needle: Option<Needle>,
    /// The values that match and stand before the place where the search began, in order.
    pub before: Vec<NodeId>,
    /// Those from that place on.
    pub after: Vec<NodeId>,
    /// The values directly inside of the root that the matches stand in: before and from that place on.
    pub children: (Vec<NodeId>, Vec<NodeId>),
    /// The search that runs.
    pub running: Load<()>,
    /// Whether the cursor has gone to a match.
    pub has_jumped: bool,
    /// Whether only what matches is shown.
    pub keeps: bool,
}

impl Search {
    /// Returns how many values match so far.
    pub fn count(&self) -> usize {
        self.before.len() + self.after.len()
    }

    /// Returns a match by its place.
    pub fn hit(&self, place: usize) -> Option<NodeId> {
        match place.checked_sub(self.before.len()) {
            Some(place) => self.after.get(place).copied(),
            None => self.before.get(place).copied(),
        }
    }

    /// Returns how many matches stand before a value, or on it if `and_on` is set.
    pub fn passed(&self, node: NodeId, and_on: bool) -> usize {
        let passed =
            |hits: &[NodeId]| hits.partition_point(|hit| *hit < node || and_on && *hit == node);
        passed(&self.before) + passed(&self.after)
    }

    /// Returns the values directly inside of the root that hold matches, sorted.
    pub fn kept(&self) -> Vec<NodeId> {
        let mut kept = self.children.0.clone();
        kept.extend(
            self.children
                .1
                .iter()
                .filter(|child| self.children.0.last() != Some(child)),
        );
        kept
    }
}

/// All pages are being fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetching {
    /// When the first tick saw it.
    pub since: Option<Instant>,
    /// How many records had come before.
    pub records: u64,
    /// How many pages had come before.
    pub pages: u64,
    /// When it stops by itself.
    pub limits: Limits,
}

/// What a reply led to.
#[derive(Debug, Clone, Default)]
pub struct FollowUp {
    /// A call that must be sent for the page that did not come: another way, or once more.
    pub instead: Option<Call>,
    /// The call for the page after it.
    pub next: Option<Call>,
    /// The way that was proved.
    pub proved: Option<Profile>,
    /// What is to be said of it.
    pub said: Option<String>,
}

/// What is known when a reply comes.
pub struct Context<'a> {
    /// The operation that was called.
    pub operation: Option<&'a Operation>,
    /// How it pages, as far as is known before.
    pub profile: Profile,
    /// Tells the new page from others.
    pub serial: PageId,
    /// For how long all pages have been fetched.
    pub elapsed: Duration,
}

/// The reply pane.
#[derive(Debug, Clone, Default)]
pub struct ReplyPane {
    /// What is shown.
    pub shown: Shown,
    /// The pages, first to last.
    pub pages: Vec<Page>,
    /// The page that is seen.
    pub current: usize,
    /// The jq filter that is typed, or whose result is seen.
    pub filter: Option<Box<Filter>>,
    /// The page that still arrives.
    pub partial: Option<Box<PartialPage>>,
    /// The tab that is seen.
    pub tab: usize,
    /// The run over the pages: ledger and findings.
    pub run: Option<Run>,
    /// Whether the data is all there, once that is known.
    pub verdict: Option<Verdict>,
    /// Set while page after page is asked for.
    pub all: Option<Fetching>,
    /// The first line of all pages as one list; `None` while one page is seen at a time.
    pub all_pages: Option<RowRef>,
    /// Where a range of marks began.
    pub range: Option<((PageId, usize), NodeId)>,
    /// A page that is to be looked at from its end once its body is back.
    pub from_end: Option<PageId>,
    /// The call that runs.
    pub load: Load<()>,
    /// What the call that runs is for.
    pub waiting: Option<Waiting>,
    /// The search.
    pub search: Search,
    /// The needle while it is typed.
    pub typing: Option<Input>,
}

impl ReplyPane {
    /// Returns the page that is seen.
    pub fn page(&self) -> Option<&Page> {
        if let (Shown::Pages, Some(page)) = (&self.shown, self.filtered()) {
            return Some(page);
        }
        match (&self.shown, self.arriving()) {
            (Shown::Pages, Some(partial)) => Some(&partial.page),
            (Shown::Pages, None) => self.pages.get(self.current),
            (Shown::Nothing | Shown::File(_), _) => None,
        }
    }

    /// Returns the tab that is seen.
    pub fn tab(&self) -> Tab {
        Tab::ALL[self.tab]
    }

    /// Returns the tree that is seen.
    pub fn tree(&self) -> Option<&Tree> {
        self.page()?.tree(self.tab())
    }

    /// Returns the same to change it.
    pub fn tree_mut(&mut self) -> Option<&mut Tree> {
        let tab = self.tab();
        self.page_mut()?.tree_mut(tab)
    }

    /// Returns how the tab is looked at; all pages as one list are a tree.
    pub fn view(&self) -> View {
        match self.page() {
            Some(page) if self.all_pages.is_none() => page.view(self.tab()),
            Some(_) | None => View::Tree,
        }
    }

    /// Returns the page that is seen, to change it.
    pub fn page_mut(&mut self) -> Option<&mut Page> {
        if let (Shown::Pages, true) = (&self.shown, self.filtered().is_some()) {
            return self.filter.as_mut()?.page.as_deref_mut();
        }
        match (
            &self.shown,
            self.partial
                .as_deref_mut()
                .filter(|partial| partial.is_seen),
        ) {
            (Shown::Pages, Some(partial)) => Some(&mut partial.page),
            (Shown::Pages, None) => self.pages.get_mut(self.current),
            (Shown::Nothing | Shown::File(_), _) => None,
        }
    }

    /// Notes that a call was started.
    pub fn start(&mut self, task: TaskId, call: Call, purpose: RequestKind) {
        self.load.start(task);
        self.partial = None;
        self.waiting = Some(Waiting {
            call,
            purpose,
            progress: None,
            have: 0,
            pause: None,
        });
    }

    /// Takes a reply that was expected.
    pub fn answered(&mut self, answered: LoadedReply, context: Context<'_>) -> FollowUp {
        let Some(waiting) = self.waiting.take() else {
            return FollowUp::default();
        };
        let before = self.verdict.take();
        let grown = self.partial.take();
        if let RequestKind::Again(index) = waiting.purpose
            && index < self.pages.len()
        {
            return self.came_again(index, waiting.call, answered, context, before);
        }
        if matches!(
            waiting.purpose,
            RequestKind::First | RequestKind::File | RequestKind::Again(_)
        ) {
            self.run = Some(Run::new(
                context.operation.cloned(),
                context.profile,
                Limits::default(),
            ));
            self.pages.clear();
            self.current = 0;
            if grown.is_none() {
                self.tab = 0;
            }
        }
        let Some(run) = &mut self.run else {
            return FollowUp::default();
        };
        let arrived = PageReply {
            envelope: &answered.envelope,
            scan: &answered.scan,
            reply: &answered.reply,
            elapsed: context.elapsed,
        };
        let taken = run.take(&waiting.call, arrived);
        let next = run.entries().last().map(|entry| entry.next.clone());
        let refuted = run
            .entries()
            .last()
            .and_then(|entry| entry.findings.last())
            .map(|finding| finding.words());
        self.shown = Shown::Pages;
        match taken.outcome {
            PageOutcome::Page(_) | PageOutcome::NoPage => {
                let next = next.unwrap_or(Next::End(Evidence::EmptyPage));
                self.pages
                    .push(Page::new(context.serial, waiting.call, answered, next));
                // While all pages are fetched one may read any of them.
                let stays = grown.as_ref().is_some_and(|grown| !grown.is_seen);
                if self.all.is_none() && !stays {
                    self.current = self.pages.len() - 1;
                }
                if let (Some(page), Some(grown)) = (self.pages.last_mut(), grown) {
                    page.adopt_view(grown.page);
                }
                let came = self.judge(taken);
                self.bar();
                came
            }
            PageOutcome::Again | PageOutcome::Refuted => {
                let said = refuted.filter(|_| taken.outcome == PageOutcome::Refuted);
                let mut came = self.judge(taken);
                came.instead = came.next.take();
                came.said = said;
                self.bar();
                came
            }
        }
    }

    fn judge(&mut self, taken: StepResult) -> FollowUp {
        let next = match taken.step {
            Step::Ask(next) => Some(*next),
            Step::Ended(verdict) => {
                self.verdict = Some(verdict);
                None
            }
        };
        FollowUp {
            next,
            proved: taken.proved,
            ..FollowUp::default()
        }
    }

    /// Lets the last page lead nowhere once it is known that its way on only leads round.
    fn bar(&mut self) {
        let Some(last) = self
            .pages
            .last_mut()
            .filter(|last| matches!(last.next, Next::Send { .. }))
        else {
            return;
        };
        match &self.verdict {
            Some(Verdict::Incomplete(why)) => {
                last.next = Next::Stuck {
                    blocker: Blocker::Repeats,
                    why: why.clone(),
                }
            }
            Some(Verdict::Unproven(why)) => {
                last.next = Next::Stuck {
                    blocker: Blocker::Unproven,
                    why: why.clone(),
                }
            }
            Some(Verdict::Complete(evidence)) => last.next = Next::End(evidence.clone()),
            Some(Verdict::Stopped(_) | Verdict::Doubtful(_)) | None => {}
        }
    }

    /// Takes a page that was asked for again.
    fn came_again(
        &mut self,
        index: usize,
        call: Call,
        answered: LoadedReply,
        context: Context<'_>,
        before: Option<Verdict>,
    ) -> FollowUp {
        let Some(run) = &mut self.run else {
            return FollowUp::default();
        };
        let arrived = PageReply {
            envelope: &answered.envelope,
            scan: &answered.scan,
            reply: &answered.reply,
            elapsed: context.elapsed,
        };
        let retaken = run.refetch(index as u32 + 1, &self.pages[index].scan, &call, arrived);
        self.pages[index] = Page::new(context.serial, call, answered, retaken.next);
        self.current = index;
        let mut came = match retaken.result {
            Some(taken) => self.judge(taken),
            None => {
                // The verdict stands, but for what was found now.
                self.verdict = match (before, &self.run) {
                    (Some(Verdict::Complete(why)), Some(run)) => Some(run.conclude(why)),
                    (before, _) => before,
                };
                FollowUp::default()
            }
        };
        came.said = Some(format!(
            "Page {} again: {}",
            index + 1,
            retaken.changes.words()
        ));
        came
    }

    /// Returns the page of a serial.
    pub fn by_serial(&mut self, serial: PageId) -> Option<&mut Page> {
        let partial = self.partial.as_deref_mut().map(|partial| &mut partial.page);
        let filtered = self
            .filter
            .as_mut()
            .and_then(|filter| filter.page.as_deref_mut());
        self.pages
            .iter_mut()
            .chain(partial)
            .chain(filtered)
            .find(|page| page.serial == serial)
    }

    /// Returns what tells the page and the tab that are seen from others.
    pub fn place(&self) -> Option<(PageId, usize)> {
        self.page().map(|page| (page.serial, self.tab))
    }

    /// Returns whether the search was made in what is seen: its matches are values of nothing else.
    pub fn search_is_here(&self) -> bool {
        self.search.owner.is_some() && self.search.owner == self.place()
    }

    /// Returns where a range of marks began, if that was in what is seen.
    pub fn range_start(&self) -> Option<NodeId> {
        self.range
            .filter(|(place, _)| Some(*place) == self.place())
            .map(|(_, node)| node)
    }

    /// Says what is unusual about the reply that is seen.
    pub fn remark(&self, is_file: bool) -> Option<String> {
        let page = self.page()?;
        let envelope = page.envelope()?;
        let document = &envelope.document;
        let fault = |words: &str| {
            let place = document
                .fault()
                .map(|fault| format!("{} at byte {}", fault.kind.reason(), fault.offset))
                .unwrap_or_default();
            format!("{words}: {place}")
        };
        match envelope.shape {
            Shape::Empty if is_file => Some("The file is empty".to_owned()),
            Shape::Empty => Some(format!(
                "The service answered {} with an empty body",
                page.reply.status
            )),
            Shape::Text
                if document.slice(0, 2).as_ref() == b"\xff\xfe"
                    || document.slice(0, 2).as_ref() == b"\xfe\xff" =>
            {
                Some("The text is UTF-16: only UTF-8 is read".to_owned())
            }
            Shape::Text if is_file => Some(fault("This is not JSON")),
            Shape::Text => Some(format!(
                "The body is not JSON but {}",
                page.reply
                    .content_type
                    .as_deref()
                    .unwrap_or("of an unknown type")
            )),
            Shape::Broken
                if document
                    .fault()
                    .is_some_and(|fault| fault.kind == FaultKind::TextAfterEnd) =>
            {
                Some(fault("Not all of it is JSON"))
            }
            Shape::Broken => Some(fault("The body breaks off")),
            _ if !page.reply.whole && is_file => {
                Some("The file could not be read to its end: it is damaged or cut".to_owned())
            }
            _ if !page.reply.whole => {
                Some("The connection broke before the body was whole".to_owned())
            }
            Shape::Envelope | Shape::OtherJson if page.scan.no_page.is_some() => {
                let why = page.scan.no_page.as_deref().unwrap_or_default();
                Some(if is_file {
                    format!("This is no success: {why}")
                } else {
                    format!("{}: {why}", page.call.failed_to())
                })
            }
            Shape::Envelope | Shape::OtherJson if page.scan.partial.is_some() => {
                let why = page.scan.partial.as_deref().unwrap_or_default();
                Some(format!("This is only a part of what was asked for: {why}"))
            }
            Shape::OtherJson if is_file => None,
            Shape::OtherJson => Some("The body is JSON without the usual envelope".to_owned()),
            Shape::Envelope => page
                .scan
                .warning
                .as_ref()
                .map(|warning| format!("Warning of the service: {warning}")),
        }
    }
}
