//! Turning pages: the next one, all of them, and what becomes of each.

use std::time::Duration;

use super::App;
use super::all_pages::RowRef;
use super::effect::Effect;
use super::focus::Pane;
use super::load::TaskId;
use super::notice::Notice;
use super::page::PageId;
use super::popup::{Confirm, ConfirmedAction, Popup};
use super::reply::{Context, Fetching, FollowUp, LoadedReply, RequestKind, Shown};
use crate::domain::call::Call;
use crate::domain::operation::{Operation, only_reads};
use crate::paging::{Limits, Next, Run, Verdict};
use crate::text;

impl App {
    /// Asks for the page after the last one.
    pub(super) fn ask_for_next_page(&mut self) -> Vec<Effect> {
        if self.reply.load.task().is_some() {
            self.notice = Some(Notice::info("A call is running already: Esc cancels it"));
            return Vec::new();
        }
        if let (None, Some(run)) = (&self.reply.all, &mut self.reply.run) {
            run.limit(Limits::default());
        }
        let Some(page) = self.reply.pages.last() else {
            return Vec::new();
        };
        let Next::Send { param, value } = &page.next else {
            return Vec::new();
        };
        let call = match &self.reply.run {
            Some(run) => run.call_for(&page.call, param, value.clone()),
            None => page.call.with(param, value.clone()),
        };
        if !only_reads(&call.action) {
            self.notice = Some(Notice::info(
                "This call changed data: it is not sent again for another page",
            ));
            return Vec::new();
        }
        self.dispatch(call, RequestKind::Next)
    }

    /// Asks for page after page, from the last one on.
    pub(super) fn fetch_all(&mut self, limits: Limits) -> Vec<Effect> {
        let Some(run) = &mut self.reply.run else {
            return Vec::new();
        };
        run.limit(limits);
        self.reply.verdict = None;
        self.reply.all = Some(Fetching {
            since: None,
            records: run.records(),
            pages: run.pages(),
            limits,
        });
        let effects = self.ask_for_next_page();
        if effects.is_empty() {
            self.reply.all = None;
        }
        effects
    }

    /// Takes the reply of the call that was waited for.
    pub(super) fn answered(&mut self, answered: LoadedReply) -> Vec<Effect> {
        let Some((call, purpose)) = self
            .reply
            .waiting
            .as_ref()
            .map(|waiting| (waiting.call.clone(), waiting.purpose))
        else {
            return Vec::new();
        };
        // The pages that were spilled go when others take their place, not before.
        let forgets = matches!(purpose, RequestKind::First | RequestKind::File)
            && self
                .reply
                .pages
                .iter()
                .any(|page| page.spill_slot.is_some());
        let operation = self.operation_of(&call);
        let remembered = self.remembered_of(&call);
        let at = answered.reply.received_at.clone();
        let context = Context {
            profile: remembered.choose(operation.as_ref()),
            operation: operation.as_ref(),
            serial: PageId(self.next_task().0),
            elapsed: self.fetched_for(),
        };
        let searches = self.reply.partial.is_some() && self.reply.search_is_here();
        let mut effects = Vec::new();
        if self.reply.all.is_none() {
            if !searches {
                effects.extend(self.end_search());
            }
            // A filter that is being typed goes on over what has come.
            if self
                .reply
                .filter
                .as_ref()
                .is_some_and(|filter| filter.input.is_none())
            {
                effects.extend(self.end_filter());
            }
        }
        let finder = std::sync::Arc::new(self.finder_of(&call));
        let came = self.reply.answered(answered, context);
        for page in self
            .reply
            .pages
            .iter_mut()
            .filter(|page| page.finder.is_none())
        {
            page.finder = Some(std::sync::Arc::clone(&finder));
        }
        self.over_budget = true;
        effects.extend(forgets.then_some(Effect::DropSpill));
        effects.extend(match came.proved.clone() {
            Some(proved) if remembered.proved.as_ref() != Some(&proved) => self.remember(
                &call,
                crate::paging::Remembered {
                    proved: Some(proved),
                    proved_at: Some(at),
                    ..remembered
                },
            ),
            Some(_) | None => Vec::new(),
        });
        effects.extend(self.go_on(came));
        if searches {
            effects.extend(self.run_search(true));
        }
        if self.reply.all.is_none()
            && self
                .reply
                .filter
                .as_ref()
                .is_some_and(|filter| filter.input.is_some())
        {
            effects.extend(self.run_filter());
        }
        effects
    }

    /// Returns for how long all pages have been fetched.
    pub fn fetched_for(&self) -> Duration {
        let since = self.reply.all.and_then(|all| all.since);
        since.zip(self.now).map_or(Duration::ZERO, |(since, now)| {
            now.saturating_duration_since(since)
        })
    }

    /// Goes on: with another way where one was refuted, with the next page while all are fetched; or says
    /// how it ended.
    fn go_on(&mut self, came: FollowUp) -> Vec<Effect> {
        let said = came.said.map(|said| text::safe(&said).into_owned());
        if let Some(call) = came.instead.filter(|call| only_reads(&call.action)) {
            let effects = self.dispatch(call, RequestKind::Next);
            self.notice = said.map(Notice::warning);
            return effects;
        }
        if self.reply.all.is_some()
            && let Some(call) = came.next
        {
            let effects = self.dispatch(call, RequestKind::Next);
            if effects.is_empty() {
                self.reply.verdict = Some(Verdict::Stopped("by --max-calls".to_owned()));
            }
            return effects;
        }
        let was_all = self.reply.all.take().is_some();
        match (&self.reply.verdict, said) {
            (Some(verdict), None) if was_all => {
                let words = format!(
                    "{} in {}: {}",
                    text::plural(self.reply.run.as_ref().map_or(0, Run::records), "record"),
                    text::plural(self.reply.pages.len() as u64, "page"),
                    text::safe(&verdict.reason())
                );
                self.notice = Some(match verdict {
                    Verdict::Complete(_) => Notice::done(format!("Complete: {words}")),
                    Verdict::Incomplete(_)
                    | Verdict::Stopped(_)
                    | Verdict::Doubtful(_)
                    | Verdict::Unproven(_) => Notice::warning(format!(
                        "Not to be taken for all, {}: {words}",
                        verdict.word()
                    )),
                });
            }
            (_, Some(said)) => self.notice = Some(Notice::info(said)),
            (Some(_) | None, None) => {
                if let Some(remark) = self.reply.remark(false) {
                    self.notice = Some(Notice::warning(text::safe(&remark).into_owned()));
                }
            }
        }
        Vec::new()
    }

    /// Takes the failure of the call that was waited for: another way may be left to try.
    pub(super) fn call_failed(&mut self, failure: &crate::domain::failure::Failure) -> Vec<Effect> {
        self.fail(failure);
        let mut ended = if self.reply.partial.is_some() {
            self.end_search()
        } else {
            Vec::new()
        };
        self.keep_part(&failure.summary);
        self.reply.partial = None;
        let waiting = self.reply.waiting.take();
        if waiting.is_some_and(|waiting| {
            waiting.purpose == RequestKind::Next && only_reads(&waiting.call.action)
        }) && let Some(run) = &mut self.reply.run
        {
            match run.failed(failure) {
                crate::paging::Step::Ask(call) => {
                    let effects = self.dispatch(*call, RequestKind::Next);
                    self.notice = Some(Notice::warning(format!(
                        "{}; another way is tried",
                        failure.summary
                    )));
                    ended.extend(effects);
                    return ended;
                }
                crate::paging::Step::Ended(verdict) => self.reply.verdict = Some(verdict),
            }
        }
        self.reply.all = None;
        ended
    }

    /// Asks whether the rest of a large reply is wanted. Nothing more is read until it is answered.
    pub(super) fn ask_to_read_on(&mut self, task: TaskId, bytes: u64) {
        if self.reply.load.task() != Some(task) {
            return;
        }
        let question = format!(
            "This reply has {} so far and goes on: read all of it?",
            text::bytes(bytes)
        );
        let body = "More of it takes more memory. n stops and keeps what came.".to_owned();
        self.popups.push(Popup::Confirm(Confirm {
            question,
            body,
            deed: ConfirmedAction::ReadOn(task),
        }));
    }

    /// Esc while a call runs.
    pub(super) fn cancel_call(&mut self) -> Vec<Effect> {
        let Some(task) = self.reply.load.cancel() else {
            return Vec::new();
        };
        self.popups.retain(|popup| !popup.asks_to_read_on());
        let mut effects = if self.reply.partial.is_some() {
            self.end_search()
        } else {
            Vec::new()
        };
        let kept = self.keep_part("you cancelled it");
        self.reply.partial = None;
        if self.reply.all.take().is_some() {
            let pages = text::plural(self.reply.pages.len() as u64, "page");
            self.reply.verdict = Some(Verdict::Stopped(format!("by you, after {pages}")));
        }
        let waiting = self.reply.waiting.take();
        let file = waiting.as_ref().is_some_and(|waiting| {
            waiting.purpose == RequestKind::File && waiting.progress.is_some()
        });
        let wrote = waiting
            .is_some_and(|waiting| self.setup.file.is_none() && !only_reads(&waiting.call.action));
        self.notice = Some(if wrote {
            Notice::warning(
                "Cancelled after it was sent: outcome unknown. Look before you send it again",
            )
        } else if file {
            Notice::info("Cancelled: what came is kept, the same download goes on from there")
        } else if kept {
            Notice::warning("Cancelled: this is what had come")
        } else {
            Notice::info("Cancelled")
        });
        effects.push(Effect::Cancel(task));
        effects
    }

    /// `u`: all pages as one list, and one at a time again.
    pub(super) fn join(&mut self) {
        self.reply.all_pages = match self.reply.all_pages {
            Some(_) => None,
            None => {
                self.reply.tab = 0;
                self.reply.shown = Shown::Pages;
                self.focus = Pane::Reply;
                Some(RowRef::Head(self.reply.current))
            }
        };
    }

    /// Returns the operation of a call. The form may show another by now.
    pub(super) fn operation_of(&self, call: &Call) -> Option<Operation> {
        let own = self
            .form
            .connector
            .as_ref()
            .filter(|connector| connector.id == call.connector_id);
        let named = |operations: &[Operation]| {
            operations
                .iter()
                .find(|operation| {
                    operation.entity == call.entity && operation.action == call.action
                })
                .cloned()
        };
        match own {
            Some(_) => named(&self.form.operations),
            None => {
                let connector = self
                    .connectors
                    .all()
                    .iter()
                    .find(|connector| connector.id == call.connector_id)?;
                named(&crate::catalog::definition_of(connector)?.operations())
            }
        }
    }

    /// Returns the definition of a call's connector; empty if it is not known.
    pub(super) fn definition_of(&self, call: &Call) -> String {
        let own = self
            .form
            .connector
            .iter()
            .chain(self.connectors.all())
            .find(|connector| connector.id == call.connector_id);
        own.map(|connector| connector.definition_id.clone())
            .unwrap_or_default()
    }
}
