//! The reply: its pages, its tabs and views, what runs for it.

pub mod all_pages;
pub mod attachments;
pub mod commands;
pub mod copy;
pub mod each;
pub mod export;
pub mod failed;
mod field_filter;
pub mod filter;
pub mod kept;
pub mod names;
pub mod page;
pub mod paging;
pub mod remark;
pub mod save;
pub mod search;
pub mod selection;
pub mod spill;
pub mod streaming;
pub mod trail;
pub mod views;

use std::collections::HashSet;
use std::time::Instant;

use super::context::Context;
use super::effect::{Effect, ReplyEffect};
use super::ids::{PageId, TaskId};
use super::msg::{DocumentMsg, ReplyMsg};
use super::requests::{
    Confirm, ConfirmedAction, DownloadsRequest, FormRequest, PopupRequest, ReplyRequest, Request,
    RequestKind, SessionRequest,
};
use super::widgets::load::Load;
use super::widgets::notice::Notice;
use super::widgets::text_field::TextField;
use crate::domain::call::Call;
use crate::domain::download::{DownloadEvent, Progress, SavedFile};
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::reply::{PageOrigin, Pause};
use crate::json::document::NodeId;
use crate::paging::{Limits, Run, Verdict};
use crate::text;
use all_pages::RowRef;
use attachments::AttachmentSearch;
use each::EachRun;
use export::Exporting;
use failed::FailedRequest;
use filter::Filter;
use page::{Page, Tab};
use save::Saving;
use search::Search;
use spill::SpillState;
use streaming::PartialPage;
use trail::{SentFrom, Trail};
use views::View;
use views::tree::Tree;

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
    /// A request that failed; the pages before it stay.
    Failed(Box<FailedRequest>),
    /// Pages of a reply that were dropped to save memory.
    Dropped,
}

/// The call that runs, or the file that is read.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Where the page will come from.
    pub origin: PageOrigin,
    /// What it was sent for.
    pub kind: RequestKind,
    /// How much was received.
    pub progress: Option<Progress>,
    /// How much of a downloaded file was there before, in bytes.
    pub have: u64,
    /// Why it waits before its next try.
    pub pause: Option<Pause>,
    /// The step of the trail that it was sent from, until its reply takes the place of the one that is shown.
    pub sent_from: Option<Box<SentFrom>>,
}

impl Waiting {
    /// Returns the call that runs.
    pub fn call(&self) -> Option<&Call> {
        self.origin.call()
    }
}

/// All pages are being fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetching {
    /// When the first tick saw it.
    pub since: Option<Instant>,
    /// How many records were there before.
    pub records: u64,
    /// How many pages were there before.
    pub pages: u64,
    /// When it stops by itself.
    pub limits: Limits,
    /// How many records the list has, where the service states it.
    pub total: Option<u64>,
}

/// A tab of a page.
pub type PageTab = (PageId, Tab);

/// The reply pane.
#[derive(Debug, Clone, Default)]
pub struct ReplyPane {
    /// What is shown.
    pub shown: Shown,
    /// The pages, first to last.
    pub pages: Vec<Page>,
    /// The page that is shown.
    pub current: usize,
    /// The page that is still arriving.
    pub partial: Option<Box<PartialPage>>,
    /// The tab that is shown.
    pub tab: Tab,
    /// The run over the pages: its ledger and findings.
    pub run: Option<Run>,
    /// Whether the data is complete, once that is known.
    pub verdict: Option<Verdict>,
    /// The run over many records whose records are shown, or are on their way.
    pub each: Option<Box<EachRun>>,
    /// Set while page after page is fetched.
    pub fetching: Option<Fetching>,
    /// The first line of all pages as one list; `None` while a single page is shown.
    pub all_pages: Option<RowRef>,
    /// Where a range of marks began.
    pub range: Option<(PageTab, NodeId)>,
    /// A spilled page whose last row is selected once its body is loaded.
    pub from_end: Option<PageId>,
    /// The call that runs.
    pub load: Load<()>,
    /// What the call that runs is for.
    pub waiting: Option<Waiting>,
    /// The search.
    pub search: Search,
    /// The field in which the text to find is typed.
    pub typing: Option<TextField>,
    /// What the search that is typed began from.
    find_start: Option<search::FindStart>,
    /// The jq filter that is typed, or whose result is shown.
    pub filter: Option<Box<Filter>>,
    /// The filters that were kept, the last one last.
    filter_history: Vec<String>,
    /// The search for attachments that runs.
    pub attachments: Option<AttachmentSearch>,
    /// The export that runs.
    pub exporting: Exporting,
    /// The save that runs.
    saving: Option<Saving>,
    /// The pages that the export writes whole.
    exporting_pages: Vec<PageId>,
    /// The pages that were saved or exported.
    kept: HashSet<PageId>,
    /// Which bodies are being spilled.
    spill: SpillState,
    /// The names beside ids.
    pub names: names::Names,
    /// The requests that one came along, with their replies.
    pub trail: Trail,
}

impl ReplyPane {
    /// Returns the page that is shown.
    pub fn page(&self) -> Option<&Page> {
        if let (Shown::Pages, Some(page)) = (&self.shown, self.filtered()) {
            return Some(page);
        }
        match (&self.shown, self.streaming()) {
            (Shown::Pages, Some(partial)) => Some(&partial.page),
            (Shown::Pages, None) => self.pages.get(self.current),
            (Shown::Nothing | Shown::File(_) | Shown::Failed(_) | Shown::Dropped, _) => None,
        }
    }

    /// Returns the page that is shown, to change it.
    pub fn page_mut(&mut self) -> Option<&mut Page> {
        if let (Shown::Pages, true) = (&self.shown, self.filtered().is_some()) {
            return self.filter.as_mut()?.page.as_deref_mut();
        }
        let partial = self
            .partial
            .as_deref_mut()
            .filter(|partial| partial.is_shown);
        match (&self.shown, partial) {
            (Shown::Pages, Some(partial)) => Some(&mut partial.page),
            (Shown::Pages, None) => self.pages.get_mut(self.current),
            (Shown::Nothing | Shown::File(_) | Shown::Failed(_) | Shown::Dropped, _) => None,
        }
    }

    /// Returns the call of the page or of the failure that is shown; `None` for a file and for the result of a filter.
    pub fn call(&self) -> Option<&Call> {
        match self.failed_request() {
            Some(failed) => failed.call.as_ref(),
            None => {
                let page = self.page()?;
                match page.tree(Tab::Result).filter(|_| self.each.is_some()) {
                    Some(tree) => self.call_for(page, tree.record_of(tree.cursor())),
                    None => page.call(),
                }
            }
        }
    }

    /// Returns a page by its id.
    pub fn by_id(&mut self, id: PageId) -> Option<&mut Page> {
        let partial = self.partial.as_deref_mut().map(|partial| &mut partial.page);
        let filtered = self
            .filter
            .as_mut()
            .and_then(|filter| filter.page.as_deref_mut());
        let kept = self.trail.pages_mut().map(|(_, page)| page);
        let mut pages = self.pages.iter_mut().chain(partial).chain(filtered);
        pages.find(|page| page.id == id).or_else(|| {
            let mut kept = kept;
            kept.find(|page| page.id == id)
        })
    }

    /// Returns the page and the tab that are shown.
    pub fn page_tab(&self) -> Option<PageTab> {
        self.page().map(|page| (page.id, self.tab))
    }

    /// Returns the tree that is shown.
    pub fn tree(&self) -> Option<&Tree> {
        self.page()?.tree(self.tab)
    }

    /// Returns the tree that is shown, to change it.
    pub fn tree_mut(&mut self) -> Option<&mut Tree> {
        let tab = self.tab;
        self.page_mut()?.tree_mut(tab)
    }

    /// Returns the view of the tab; all pages as one list are a tree.
    pub fn view(&self) -> View {
        match self.page() {
            Some(page) if self.all_pages.is_none() => page.view(self.tab),
            Some(_) | None => View::Tree,
        }
    }

    /// Returns whether work runs that would be lost by quitting.
    pub fn is_working(&self) -> bool {
        self.load.task().is_some() || self.saving.is_some() || self.exporting.task().is_some()
    }

    /// Returns how many pages of the service were neither saved nor exported.
    pub fn unsaved_pages(&self) -> u64 {
        let is_unsaved = |page: &&Page| page.call().is_some() && !self.kept.contains(&page.id);
        self.pages.iter().filter(is_unsaved).count() as u64
    }

    /// Changes the reply as another part of the state asks.
    pub fn handle(&mut self, request: ReplyRequest, context: &mut Context<'_>) {
        match request {
            ReplyRequest::Send(call, kind) => self.send(*call, kind, context),
            ReplyRequest::GoToPage(page) => self.go_to_page(page, context),
            ReplyRequest::GoToValue(page, node) => self.go_to_page_value(page, node, context),
            ReplyRequest::GoToRecord(place) => self.go_to_record(place),
            ReplyRequest::GoToPath(path) => self.go_to_path(&path, context),
            ReplyRequest::GoToField(path) => self.go_to_field(&path, context),
            ReplyRequest::FilterByField { path, condition } => {
                self.filter_by_field(&path, &condition, context);
            }
            ReplyRequest::ToggleColumn(path) => self.toggle_column(path, context),
            ReplyRequest::Follow(lead) => self.follow(*lead, context),
            ReplyRequest::SetProfile(call, profile) => self.set_profile(&call, *profile),
            ReplyRequest::FetchAll(limits) => self.fetch_all(limits, context),
            ReplyRequest::FetchAnew(call, limits) => self.fetch_anew(*call, limits, context),
            ReplyRequest::Each(plan) => self.start_each(*plan, context),
            ReplyRequest::EachAgain => self.repeat_each(context),
            ReplyRequest::Export(export) => self.start_export(export, context),
            ReplyRequest::SaveAs(to) => self.save_as(to, context),
            ReplyRequest::ToggleMark(page, attachment) => {
                if let Some(page) = self.by_id(page)
                    && !page.unmark_file(&attachment)
                {
                    page.mark_file(&attachment);
                }
            }
            ReplyRequest::Mark(files) => self.mark_files(&files),
            ReplyRequest::Unmark(files) => self.unmark_files(&files),
            ReplyRequest::UnmarkAll => self.pages.iter_mut().for_each(Page::unmark_all),
            ReplyRequest::FetchNames => self.fetch_names(context),
            ReplyRequest::Cancel => self.cancel(context),
        }
    }

    /// Does what was asked about in a question, after a yes.
    pub fn confirmed(&mut self, action: ConfirmedAction, context: &mut Context<'_>) {
        match action {
            ConfirmedAction::Send(call) => self.send(*call, RequestKind::First, context),
            ConfirmedAction::SendWithout(call, missing) => {
                let accept = FormRequest::AcceptMissing(call.clone(), missing);
                context.request(Request::Form(accept));
                self.send(*call, RequestKind::First, context);
            }
            ConfirmedAction::Overwrite(to, body) => self.overwrite(to, body, context),
            ConfirmedAction::ReadOn(task) => {
                context.effect(Effect::Reply(ReplyEffect::ReadOn(task)))
            }
            ConfirmedAction::AllowCalls(most, then) => {
                context.request(Request::Session(SessionRequest::AllowCalls(most)));
                context.request(*then);
            }
            ConfirmedAction::FetchNames => self.fetch_names(context),
            ConfirmedAction::Quit => context.effect(Effect::Quit(0)),
        }
    }

    /// Takes news of the call that runs. Those of another call are dropped.
    pub fn reply_msg(&mut self, msg: ReplyMsg, context: &mut Context<'_>) {
        let is_expected = |task| self.load.task() == Some(task);
        match msg {
            // Counting the call is for all of the state.
            ReplyMsg::Sent { .. } => {}
            ReplyMsg::Paused { task, pause } => {
                if let Some(waiting) = self.waiting.as_mut().filter(|_| is_expected(task)) {
                    waiting.pause = Some(pause);
                }
            }
            ReplyMsg::Progressed { task, progress } => {
                if let Some(waiting) = self.waiting.as_mut().filter(|_| is_expected(task)) {
                    (waiting.pause, waiting.progress) = (None, Some(progress));
                }
            }
            ReplyMsg::IsLarge { task, bytes } if is_expected(task) => {
                ask_to_read_on(task, bytes, context);
            }
            ReplyMsg::IsLarge { .. } => {}
            ReplyMsg::Grew {
                task,
                envelope,
                reply,
                expected,
                restarted,
            } if is_expected(task) => {
                let grown = streaming::Grown {
                    envelope: *envelope,
                    reply,
                    expected,
                    restarted,
                };
                self.grew(grown, context);
            }
            ReplyMsg::Grew { .. } => {}
            ReplyMsg::Finished { task, result } if is_expected(task) => match result {
                Ok(loaded) => {
                    self.load.finish(task, Ok(()));
                    self.loaded(*loaded, context);
                }
                Err(failure) => {
                    self.load.finish(task, Err(failure.clone()));
                    self.failed(failure, context);
                }
            },
            ReplyMsg::Finished { task, result } => self.names_answered(task, result, context),
        }
    }

    /// Takes the result of work on documents.
    pub fn document_msg(&mut self, msg: DocumentMsg, context: &mut Context<'_>) {
        match msg {
            DocumentMsg::Found { task, batch, over } => {
                let batch = std::sync::Arc::unwrap_or_clone(batch);
                let rest = if over {
                    search::Rest::None
                } else {
                    search::Rest::Follows
                };
                self.found(task, batch, rest, context);
            }
            DocumentMsg::Sorted {
                task,
                page,
                root,
                records,
            } => self.sorted(task, page, root, records, context),
            DocumentMsg::Filtered { task, result } => self.filter_ended(task, result, context),
            DocumentMsg::AttachmentsFound { task, found } => {
                self.attachments_found(task, found, context);
            }
            DocumentMsg::NamesFound { task, pages } => self.names_found(task, &pages, context),
            // Popups wait for these.
            DocumentMsg::FieldsCounted { .. } => {}
        }
    }

    /// Takes a step of the download that the form has sent.
    pub fn download_event(
        &mut self,
        task: TaskId,
        event: DownloadEvent,
        context: &mut Context<'_>,
    ) {
        let is_expected = self.load.task() == Some(task);
        let Some(waiting) = self.waiting.as_mut().filter(|_| is_expected) else {
            return;
        };
        match event {
            DownloadEvent::Sent | DownloadEvent::Landed => waiting.pause = None,
            DownloadEvent::Began { have, .. } => (waiting.pause, waiting.have) = (None, have),
            DownloadEvent::Received(progress) => {
                (waiting.pause, waiting.progress) = (None, Some(progress));
            }
            DownloadEvent::Waits(pause) => waiting.pause = Some(pause),
            DownloadEvent::StartsOver(why) => {
                context.notify(Notice::warning(format!(
                    "The download starts over: {}",
                    text::safe(&why)
                )));
            }
        }
    }

    /// Takes the end of the download that the form has sent. Returns the result of another one.
    pub fn download_finished(
        &mut self,
        task: TaskId,
        result: Result<SavedFile, Failure>,
        context: &mut Context<'_>,
    ) -> Option<Result<SavedFile, Failure>> {
        if self.load.task() != Some(task) {
            return Some(result);
        }
        if result.is_ok() {
            self.begin_sent(context);
        }
        let waiting = self.waiting.take();
        let call = waiting.and_then(|waiting| waiting.call().cloned());
        let is_spent =
            matches!(&result, Err(failure) if failure.code == Some(FailureCode::CallLimit));
        if let Some(call) = call.clone().filter(|_| !is_spent) {
            let wanted = Box::new(paging::wanted_of(call, context.session));
            let add = DownloadsRequest::AddEnded(wanted, Box::new(result.clone()));
            context.request(Request::Downloads(add));
        }
        match result {
            Ok(file) => {
                self.load.finish(task, Ok(()));
                context.notify(Notice::saved(&file));
                self.shown = Shown::File(file);
            }
            Err(failure) => {
                self.load.finish(task, Err(failure.clone()));
                if is_spent {
                    if let Some(call) = call {
                        paging::ask_for_more_calls(call, RequestKind::File, None, context);
                    }
                    return None;
                }
                self.show_failed(failure, call, context);
            }
        }
        None
    }
}

/// Asks whether the rest of a large reply is read. Nothing more is read until it is answered.
fn ask_to_read_on(task: TaskId, bytes: u64, context: &mut Context<'_>) {
    context.open(PopupRequest::Confirm(Confirm {
        question: format!(
            "This reply has {} so far and continues: read all of it?",
            text::bytes(bytes)
        ),
        body: "More of it takes more memory. n stops and keeps what was received.".to_owned(),
        action: ConfirmedAction::ReadOn(task),
    }));
}

#[cfg(test)]
mod tests;
