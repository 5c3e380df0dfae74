//! The life of a call: sent, answered, failed or cancelled; and how one page leads to the next.

use std::sync::Arc;
use std::time::Duration;

use super::page::{Page, Tab};
use super::{Fetching, ReplyPane, Shown, Waiting};
use crate::app::context::Context;
use crate::app::effect::{DownloadEffect, Effect, ReplyEffect};
use crate::app::requests::{
    Confirm, FormRequest, PopupRequest, Prefill, ReplyRequest, Request, RequestKind, SelectedRow,
    SessionRequest,
};
use crate::app::session::Session;
use crate::app::source::LoadedReply;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::notice::Notice;
use crate::attachments::Lead;
use crate::domain::call::Call;
use crate::domain::download::{Known, NamePattern, Wanted};
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::operation::only_reads;
use crate::domain::reply::PageOrigin;
use crate::envelope::Reading;
use crate::paging::{
    Blocker, Evidence, Limits, Next, PageOutcome, PageReply, Profile, Remembered, Run, Step,
    StepResult, Verdict, stuck_verdict,
};
use crate::text;

use super::each::EACH_IS_RUNNING;

const IS_RUNNING: &str = "A call is running already: Esc cancels it";

/// What a reply leads to.
#[derive(Debug, Clone, Default)]
struct FollowUp {
    /// A call to send for the page that was not received: by another profile, or once more.
    instead: Option<Call>,
    /// The call for the page after it.
    next: Option<Call>,
    /// The profile that was proved.
    proved: Option<Profile>,
    /// What is said of it.
    said: Option<String>,
}

impl ReplyPane {
    /// Sends a call. One that runs is cancelled; beyond the limit of calls nothing is sent.
    pub fn send(&mut self, call: Call, kind: RequestKind, context: &mut Context<'_>) {
        if self.is_asking_each() {
            return context.info(EACH_IS_RUNNING);
        }
        if context.session.is_spent() {
            let fetching = self.fetching.take();
            if fetching.is_some() {
                self.verdict = Some(Verdict::Stopped("by --max-calls".to_owned()));
            }
            return ask_for_more_calls(call, kind, fetching, context);
        }
        self.cancel(context);
        let is_download = call.action == "download";
        let kind = if is_download { RequestKind::File } else { kind };
        let task = context.start(&mut self.load);
        self.wait_for(PageOrigin::Call(call.clone()), kind);
        // While all pages are fetched one may be in any pane.
        if self.fetching.is_none() {
            context.request(Request::Focus(Pane::Reply));
        }
        if is_download {
            let wanted = Box::new(wanted_of(call, context.session));
            return context.effect(Effect::Download(DownloadEffect::Fetch { task, wanted }));
        }
        let operation = context.session.operation_of(&call);
        context.effect(Effect::Reply(ReplyEffect::Call {
            task,
            reading: Reading::of(&call.action, operation.as_ref()),
            call,
            streams: self.fetching.is_none() && self.all_pages.is_none(),
        }));
    }

    pub(super) fn wait_for(&mut self, origin: PageOrigin, kind: RequestKind) {
        self.partial = None;
        let is_new = matches!(kind, RequestKind::First | RequestKind::File);
        let sent_from = origin.call().filter(|_| is_new);
        let sent_from = sent_from.map(|_| Box::new(self.trail.sent_from()));
        self.waiting = Some(Waiting {
            origin,
            kind,
            progress: None,
            have: 0,
            pause: None,
            sent_from,
        });
    }

    /// Begins the reply to what was sent, unless it was begun when its first part arrived.
    pub(super) fn begin_sent(&mut self, context: &mut Context<'_>) {
        let waiting = self.waiting.as_mut();
        let sent = waiting.and_then(|own| Some((own.sent_from.take()?, own.call()?.clone())));
        if let Some((sent, call)) = sent {
            self.begin_reply(*sent, &call, context);
        }
    }

    /// Follows a relation of a record: fills in the form and sends it.
    pub(super) fn follow(&mut self, lead: Lead, context: &mut Context<'_>) {
        if self.is_asking_each() {
            return context.info(EACH_IS_RUNNING);
        }
        let Some(call) = self.call() else {
            return;
        };
        context.request(Request::Form(FormRequest::FillAndSend(Box::new(Prefill {
            connector_id: call.connector_id.clone(),
            entity: lead.entity,
            action: lead.action,
            params: lead.params,
            typed: None,
            row: SelectedRow::Same,
            notice: None,
        }))));
    }

    /// Shows a page that is here.
    pub(super) fn go_to_page(&mut self, page: usize, context: &mut Context<'_>) {
        self.end_search(context);
        self.current = page;
        if let Some(partial) = &mut self.partial {
            partial.is_shown = false;
        }
        self.shown = Shown::Pages;
    }

    /// Shows the next page: one that is here, one that is arriving, or one that is asked for.
    pub(super) fn next_page(&mut self, context: &mut Context<'_>) {
        if self.current + 1 < self.pages.len() {
            return self.go_to_page(self.current + 1, context);
        }
        if let Some(partial) = &mut self.partial {
            partial.is_shown = true;
            return self.end_search(context);
        }
        self.ask_for_next_page(context);
    }

    /// Shows the previous page; the last whole one while a further one arrives.
    pub(super) fn previous_page(&mut self, context: &mut Context<'_>) {
        let page = match self.streaming() {
            Some(_) => self.current,
            None => self.current.saturating_sub(1),
        };
        self.go_to_page(page, context);
    }

    fn ask_for_next_page(&mut self, context: &mut Context<'_>) {
        if self.load.task().is_some() {
            return context.info(IS_RUNNING);
        }
        if let (None, Some(run)) = (&self.fetching, &mut self.run) {
            run.limit(Limits::default());
        }
        let Some(page) = self.pages.last() else {
            return;
        };
        let (Some(former), Next::Send { param, value }) = (page.call(), &page.next) else {
            return;
        };
        let call = match &self.run {
            Some(run) => run.call_for(former, param, value.clone()),
            None => former.with(param, value.clone()),
        };
        if !only_reads(&call.action) {
            return context.info("This call changed data: it is not sent again for another page");
        }
        self.send(call, RequestKind::Next, context);
    }

    /// Fetches page after page until the end or a limit.
    pub(super) fn fetch_all(&mut self, limits: Limits, context: &mut Context<'_>) {
        if self.load.task().is_some() {
            return context.info(IS_RUNNING);
        }
        let Some(run) = &mut self.run else {
            return;
        };
        let envelope = self.pages.last().and_then(Page::envelope);
        let total = envelope.and_then(|envelope| run.stated_total(envelope));
        run.limit(limits);
        self.verdict = None;
        self.fetching = Some(Fetching {
            since: None,
            records: run.records(),
            pages: run.pages(),
            limits,
            total,
        });
        self.ask_for_next_page(context);
        if self.load.task().is_none() {
            self.fetching = None;
        }
    }

    /// Fetches page after page from the first one on. The pages that are here stay until it was received.
    pub(super) fn fetch_anew(&mut self, call: Call, limits: Limits, context: &mut Context<'_>) {
        if self.load.task().is_some() {
            return context.info(IS_RUNNING);
        }
        self.verdict = None;
        self.fetching = Some(Fetching {
            since: None,
            records: 0,
            pages: 0,
            limits,
            total: None,
        });
        self.send(call, RequestKind::First, context);
        if self.load.task().is_none() {
            self.fetching = None;
        }
    }

    /// Returns for how long all pages have been fetched.
    pub fn fetched_for(&self, session: &Session) -> Duration {
        let since = self.fetching.and_then(|fetching| fetching.since);
        since
            .zip(session.now)
            .map_or(Duration::ZERO, |(since, now)| {
                now.saturating_duration_since(since)
            })
    }

    /// Returns what a page is asked for again as.
    fn kind_of_repetition(&self) -> RequestKind {
        // A page that is not whole has no run to compare it with.
        match self.run {
            Some(_) if self.failed_request().is_none() => RequestKind::Again(self.current),
            Some(_) | None => RequestKind::First,
        }
    }

    /// Asks for the page again, or reads the file again.
    pub fn reload(&mut self, context: &mut Context<'_>) {
        if self.each.is_some() && self.failed_request().is_none() {
            return self.repeat_each(context);
        }
        match self.call().cloned() {
            Some(call) if only_reads(&call.action) => {
                self.send(call, self.kind_of_repetition(), context);
            }
            Some(_) => context.info("This call changed data: F5 asks before it is sent again"),
            None => {}
        }
    }

    /// Asks for the page again with strings uncut.
    pub(super) fn ask_uncut(&mut self, context: &mut Context<'_>) {
        if let Some(mut call) = self.call().cloned() {
            call.skip_truncation = true;
            self.send(call, self.kind_of_repetition(), context);
        }
    }

    /// Takes the reply to the call that was waited for, or the file that was read.
    pub(super) fn loaded(&mut self, loaded: LoadedReply, context: &mut Context<'_>) {
        self.begin_sent(context);
        let Some(waiting) = self.waiting.take() else {
            return;
        };
        match waiting.origin {
            PageOrigin::Call(call) => self.answered(call, waiting.kind, loaded, context),
            PageOrigin::File | PageOrigin::Filter => self.file_read(loaded, context),
        }
    }

    fn answered(
        &mut self,
        call: Call,
        kind: RequestKind,
        loaded: LoadedReply,
        context: &mut Context<'_>,
    ) {
        let searches = self.partial.is_some() && self.search_is_here();
        if self.fetching.is_none() {
            if !searches {
                self.end_search(context);
            }
            // A filter that is being typed continues over the new reply.
            if self
                .filter
                .as_ref()
                .is_some_and(|filter| filter.input.is_none())
            {
                self.end_filter(context);
            }
        }
        let received_at = loaded.reply.received_at.clone();
        let remembered = context.session.remembered(&call);
        let finder = Arc::new(context.session.finder_of(&call));
        let follow_up = match kind {
            RequestKind::Again(index) if index < self.pages.len() => {
                self.replace_page(index, call.clone(), loaded, context)
            }
            RequestKind::First | RequestKind::Next | RequestKind::Again(_) | RequestKind::File => {
                self.add_page(&call, kind, loaded, context)
            }
        };
        for page in self.pages.iter_mut().filter(|page| page.finder.is_none()) {
            page.finder = Some(Arc::clone(&finder));
        }
        self.spill.is_due = true;
        if let Some(proved) = &follow_up.proved
            && remembered.proved.as_ref() != Some(proved)
        {
            let remembered = Remembered {
                proved: Some(proved.clone()),
                proved_at: Some(received_at),
                ..remembered
            };
            context.request(Request::Session(SessionRequest::Remember(
                Box::new(call),
                Box::new(remembered),
            )));
        }
        self.follow_up(follow_up, context);
        if searches {
            self.run_search(super::search::Jump::Done, context);
        }
        if self.fetching.is_none()
            && self
                .filter
                .as_ref()
                .is_some_and(|filter| filter.input.is_some())
        {
            self.run_filter(context);
        }
    }

    /// Adds a page to the run, or begins a new run with it.
    fn add_page(
        &mut self,
        call: &Call,
        kind: RequestKind,
        loaded: LoadedReply,
        context: &mut Context<'_>,
    ) -> FollowUp {
        self.verdict = None;
        let partial = self.partial.take();
        if kind != RequestKind::Next {
            let operation = context.session.operation_of(call);
            let profile = context.session.remembered(call).choose(operation.as_ref());
            let limits = self.fetching.map(|fetching| fetching.limits);
            self.run = Some(Run::new(operation, profile, limits.unwrap_or_default()));
            self.pages.clear();
            self.current = 0;
            if partial.is_none() {
                self.tab = Tab::Result;
            }
        }
        let elapsed = self.fetched_for(context.session);
        let Some(run) = &mut self.run else {
            return FollowUp::default();
        };
        let reply = PageReply {
            envelope: &loaded.envelope,
            scan: &loaded.scan,
            reply: &loaded.reply,
            elapsed,
        };
        let total = run.stated_total(reply.envelope);
        let step = run.take(call, reply);
        if let Some(fetching) = &mut self.fetching {
            fetching.total = total.or(fetching.total);
        }
        let entry = run.entries().last();
        let next = entry.map(|entry| entry.next.clone());
        let finding = entry.and_then(|entry| entry.findings.last());
        let finding = finding.map(|finding| finding.words());
        self.shown = Shown::Pages;
        let follow_up = match step.outcome {
            PageOutcome::Page(_) | PageOutcome::NoPage => {
                let next = next.unwrap_or(Next::End(Evidence::EmptyPage));
                let origin = PageOrigin::Call(call.clone());
                let page = Page::new(context.next_page(), origin, loaded, next);
                self.pages.push(page);
                // While all pages are fetched one may read any of them.
                let is_elsewhere = partial.as_ref().is_some_and(|partial| !partial.is_shown);
                if self.fetching.is_none() && !is_elsewhere {
                    self.current = self.pages.len() - 1;
                }
                if let (Some(page), Some(partial)) = (self.pages.last_mut(), partial) {
                    page.continue_from(partial.page);
                }
                self.conclude(step)
            }
            PageOutcome::Again | PageOutcome::Refuted => {
                let said = finding.filter(|_| step.outcome == PageOutcome::Refuted);
                let follow_up = self.conclude(step);
                FollowUp {
                    instead: follow_up.next,
                    next: None,
                    said,
                    ..follow_up
                }
            }
        };
        self.block_next_page();
        follow_up
    }

    /// Takes the verdict of a step.
    fn conclude(&mut self, step: StepResult) -> FollowUp {
        let next = match step.step {
            Step::Ask(next) => Some(*next),
            Step::Ended(verdict) => {
                self.verdict = Some(verdict);
                None
            }
        };
        FollowUp {
            next,
            proved: step.proved,
            ..FollowUp::default()
        }
    }

    /// Lets the last page not lead on where the run has found that it does not.
    fn block_next_page(&mut self) {
        let last = self.pages.last_mut();
        let Some(last) = last.filter(|last| matches!(last.next, Next::Send { .. })) else {
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

    /// Puts a page that was asked for again in the place of the former one.
    fn replace_page(
        &mut self,
        index: usize,
        call: Call,
        loaded: LoadedReply,
        context: &mut Context<'_>,
    ) -> FollowUp {
        let before = self.verdict.take();
        self.partial = None;
        let elapsed = self.fetched_for(context.session);
        let Some(run) = &mut self.run else {
            return FollowUp::default();
        };
        let reply = PageReply {
            envelope: &loaded.envelope,
            scan: &loaded.scan,
            reply: &loaded.reply,
            elapsed,
        };
        let refetched = run.refetch(index as u32 + 1, &self.pages[index].scan, &call, reply);
        let origin = PageOrigin::Call(call);
        self.pages[index] = Page::new(context.next_page(), origin, loaded, refetched.next);
        self.current = index;
        let follow_up = match refetched.result {
            Some(step) => self.conclude(step),
            None => {
                // The verdict stays, but for what was found now.
                self.verdict = match (before, &self.run) {
                    (Some(Verdict::Complete(why)), Some(run)) => Some(run.conclude(why)),
                    (before, _) => before,
                };
                FollowUp::default()
            }
        };
        FollowUp {
            said: Some(format!(
                "Page {} again: {}",
                index + 1,
                refetched.changes.words()
            )),
            ..follow_up
        }
    }

    /// Sends what a reply leads to, or says that all pages are here.
    fn follow_up(&mut self, follow_up: FollowUp, context: &mut Context<'_>) {
        let said = follow_up.said.map(|said| text::safe(&said).into_owned());
        if let Some(call) = follow_up.instead.filter(|call| only_reads(&call.action)) {
            self.send(call, RequestKind::Next, context);
            // Beyond the limit of calls nothing was sent, which was said.
            if let Some(said) = said.filter(|_| self.load.task().is_some()) {
                context.notify(Notice::warning(said));
            }
            return;
        }
        if self.fetching.is_some()
            && let Some(call) = follow_up.next
        {
            return self.send(call, RequestKind::Next, context);
        }
        let was_fetching = self.fetching.take().is_some();
        match (&self.verdict, said) {
            (Some(verdict), None) if was_fetching => {
                context.notify(self.verdict_notice(verdict));
            }
            (_, Some(said)) => context.info(said),
            (Some(_) | None, None) => {
                if let Some(remark) = self.remark() {
                    context.notify(Notice::warning(text::safe(&remark).into_owned()));
                }
            }
        }
    }

    fn verdict_notice(&self, verdict: &Verdict) -> Notice {
        let words = format!(
            "{} in {}: {}",
            text::plural(self.run.as_ref().map_or(0, Run::records), "record"),
            text::plural(self.pages.len() as u64, "page"),
            text::safe(&verdict.reason())
        );
        match verdict {
            Verdict::Complete(_) => Notice::done(format!("Complete: {words}")),
            Verdict::Incomplete(_)
            | Verdict::Stopped(_)
            | Verdict::Doubtful(_)
            | Verdict::Unproven(_) => Notice::warning(format!(
                "Not to be taken for all, {}: {words}",
                verdict.word()
            )),
        }
    }

    /// Takes the failure of the call that was waited for: another profile may be left to try.
    pub(super) fn failed(&mut self, failure: Failure, context: &mut Context<'_>) {
        context.fail(&failure);
        if self.partial.is_some() {
            self.end_search(context);
        }
        let kept = self.keep_partial(&failure.summary);
        let waiting = self.waiting.take();
        if failure.code == Some(FailureCode::CallLimit)
            && let Some(waiting) = &waiting
            && let Some(call) = waiting.call().cloned()
        {
            let fetching = self.fetching.take();
            if fetching.is_some() {
                self.verdict = Some(Verdict::Stopped("by --max-calls".to_owned()));
            }
            return ask_for_more_calls(call, waiting.kind, fetching, context);
        }
        let was_first = waiting
            .as_ref()
            .is_some_and(|waiting| waiting.kind == RequestKind::First);
        let was_page = waiting.as_ref().is_some_and(|waiting| {
            waiting.kind == RequestKind::Next
                && waiting.call().is_some_and(|call| only_reads(&call.action))
        });
        if let Some(run) = self.run.as_mut().filter(|_| was_page) {
            match run.failed(&failure) {
                Step::Ask(call) => {
                    self.send(*call, RequestKind::Next, context);
                    // Beyond the limit of calls nothing was sent, which was said.
                    if self.load.task().is_some() {
                        context.notify(Notice::warning(format!(
                            "{}; another profile is tried",
                            failure.summary
                        )));
                    }
                    return;
                }
                Step::Ended(verdict) => self.verdict = Some(verdict),
            }
        }
        self.fetching = None;
        let (sent, call) = match waiting {
            Some(mut waiting) => (waiting.sent_from.take(), waiting.call().cloned()),
            None => (None, None),
        };
        let is_read_again = call.is_none() && self.page().is_some();
        // A further page that fails leaves those before it to be read, and so does what was received of a first one. A
        // file that cannot be read again leaves what was read.
        if was_first && kept == super::streaming::Kept::Nothing && !is_read_again {
            // A failure is what came of the request: the reply before is kept with its own.
            if let (Some(sent), Some(call)) = (sent, &call) {
                self.begin_reply(*sent, call, context);
            }
            self.show_failed(failure, call, context);
        }
    }

    /// Cancels the call that runs. What was received stays to be read.
    pub fn cancel(&mut self, context: &mut Context<'_>) {
        if self.load.task().is_none() {
            return;
        }
        if self.is_asking_each() {
            return self.stop_each(context);
        }
        if self.partial.is_some() {
            self.end_search(context);
        }
        let kept = self.keep_partial("you cancelled it");
        if self.fetching.take().is_some() {
            let pages = text::plural(self.pages.len() as u64, "page");
            self.verdict = Some(Verdict::Stopped(format!("by you, after {pages}")));
        }
        let waiting = self.waiting.take();
        let was_file = waiting
            .as_ref()
            .is_some_and(|waiting| waiting.kind == RequestKind::File && waiting.progress.is_some());
        let was_write = waiting
            .as_ref()
            .and_then(Waiting::call)
            .is_some_and(|call| !only_reads(&call.action));
        context.notify(if was_write {
            Notice::warning(
                "Cancelled after it was sent: outcome unknown. Look before you send it again",
            )
        } else if was_file {
            Notice::info("Cancelled: what was received is kept, the same download resumes there")
        } else if kept == super::streaming::Kept::Part {
            Notice::warning("Cancelled: this is what was received")
        } else {
            Notice::info("Cancelled")
        });
        context.cancel(&mut self.load);
    }

    /// Goes on with another profile from the last page, if that is one of the operation.
    pub(super) fn set_profile(&mut self, call: &Call, profile: Profile) {
        let is_same = |own: &Call| {
            own.connector_id == call.connector_id
                && own.entity == call.entity
                && own.action == call.action
        };
        let (Some(run), Some(page)) = (&mut self.run, self.pages.last_mut()) else {
            return;
        };
        let Some(last) = page.call().filter(|own| is_same(own)).cloned() else {
            return;
        };
        let Some(envelope) = page.envelope().cloned() else {
            return;
        };
        page.next = run.change(profile, &last, &envelope);
        self.verdict = match &page.next {
            Next::Send { .. } => None,
            Next::End(evidence) => Some(run.conclude(evidence.clone())),
            Next::Stuck { blocker, why } => Some(stuck_verdict(*blocker, why.clone())),
        };
    }
}

/// Returns the file that a download call of the form asks for.
pub(super) fn wanted_of(call: Call, session: &Session) -> Wanted {
    Wanted {
        call,
        folder: session.setup.folder.clone(),
        names: NamePattern::Name,
        name: None,
        known: Known::default(),
        manifest: None,
    }
}

/// Asks whether more calls may be sent than `--max-calls` says, and then does what had none left.
pub(super) fn ask_for_more_calls(
    call: Call,
    kind: RequestKind,
    fetching: Option<Fetching>,
    context: &mut Context<'_>,
) {
    let most = context.session.setup.max_calls.unwrap_or_default();
    let call = Box::new(call);
    let then = match (fetching, kind) {
        (Some(fetching), RequestKind::Next) => ReplyRequest::FetchAll(fetching.limits),
        (Some(fetching), RequestKind::First | RequestKind::Again(_) | RequestKind::File) => {
            ReplyRequest::FetchAnew(call, fetching.limits)
        }
        (None, RequestKind::File) => ReplyRequest::Send(call, RequestKind::First),
        (None, RequestKind::First | RequestKind::Next | RequestKind::Again(_)) => {
            ReplyRequest::Send(call, kind)
        }
    };
    let then = Request::Reply(then);
    let notice = format!("Not sent: --max-calls {} is reached", text::count(most));
    context.notify(Notice::warning(notice));
    context.open(PopupRequest::Confirm(Confirm::more_calls(most, then)));
}
