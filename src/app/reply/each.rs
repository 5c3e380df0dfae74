//! A run of an operation, once for each of several records, as the pane starts, takes and stops it, and
//! the way back to the records that were asked for.
//!
//! The records of all parents are one page, in the order of the parents; each carries the values that it was asked
//! with as its first member.

mod run;

use std::sync::Arc;

pub use run::{EachRun, LedgerRow, ParentStatus};

use super::page::{Page, Tab};
use super::streaming::PartialPage;
use super::trail::Direction;
use super::{ReplyPane, Shown, Waiting};
use crate::app::context::{Context, Reason};
use crate::app::effect::{EachCalls, EachEffect, Effect};
use crate::app::ids::TaskId;
use crate::app::msg::EachMsg;
use crate::app::parents::{EachPlan, Parent};
use crate::app::requests::{
    Confirm, PopupRequest, ReplyRequest, Request, RequestKind, SessionRequest,
};
use crate::app::source::LoadedReply;
use crate::app::widgets::notice::Notice;
use crate::domain::call::Call;
use crate::domain::failure::Failure;
use crate::domain::reply::{PageOrigin, Reply};
use crate::envelope::Envelope;
use crate::json::document::{Document, Kind, NodeId};
use crate::paging::{Evidence, Next, PageScan, Remembered, Verdict};
use crate::text;

/// Why nothing else is asked for meanwhile.
pub(super) const EACH_IS_RUNNING: &str =
    "A run over many records is on its way: Esc stops that first";

impl ReplyPane {
    /// Returns the call that brought a record of a page.
    pub fn call_for<'a>(&'a self, page: &'a Page, record: NodeId) -> Option<&'a Call> {
        let own = page.call()?;
        let of_parent = || {
            let each = self.each.as_ref()?;
            let tree = page.tree(Tab::Result)?;
            let parent = each.parent_at(place_of(tree.document(), tree.base_root(), record))?;
            each.calls.get(parent as usize)
        };
        Some(of_parent().unwrap_or(own))
    }

    /// Returns whether a run over many records is on its way.
    pub fn is_asking_each(&self) -> bool {
        let task = self.each.as_ref().and_then(|each| each.task);
        task.is_some() && self.load.task() == task
    }

    /// Starts a run over many records, in place of the reply that is shown.
    pub(super) fn start_each(&mut self, plan: EachPlan, context: &mut Context<'_>) {
        if self.is_asking_each() {
            return context.info(EACH_IS_RUNNING);
        }
        if context.session.is_spent() {
            return ask_for_more_calls(ReplyRequest::Each(Box::new(plan)), context);
        }
        self.cancel(context);
        let sent_from = self.trail.sent_from();
        let through = text::plural(plan.records, "record");
        self.begin_reply(sent_from, &plan.call, context);
        self.trail.name_way(through);
        self.all_pages = None;
        self.shown = Shown::Pages;
        let run = EachRun::new(plan);
        let all = (0..).zip(run.plan.parents.iter().cloned()).collect();
        self.each = Some(Box::new(run));
        self.send_each(all, None, context);
    }

    /// Repeats the parents that failed; what was received of the others stays.
    pub(super) fn repeat_each(&mut self, context: &mut Context<'_>) {
        if context.session.is_spent() {
            return ask_for_more_calls(ReplyRequest::EachAgain, context);
        }
        self.end_search(context);
        // A filter's result would stay as it was, and pass for the whole.
        self.end_filter(context);
        let page = self.pages.first();
        let tree = page.and_then(|page| page.tree(Tab::Result));
        let records: Vec<NodeId> = tree.map_or_else(Vec::new, |tree| {
            let (document, root) = (tree.document(), tree.base_root());
            match document.kind(root) {
                Kind::Array => document.children(root).collect(),
                Kind::Object | Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {
                    vec![root]
                }
            }
        });
        let document = tree.map(|tree| Arc::clone(tree.document()));
        let Some(each) = &mut self.each else {
            return;
        };
        let (failed, kept) = each.begin_again();
        let kept = kept.iter().filter_map(|at| records.get(*at as usize));
        let kept: Vec<NodeId> = kept.copied().collect();
        let parent = |number: &u64| Some((*number, each.parent(*number)?.clone()));
        let parents = failed.iter().filter_map(parent).collect();
        let kept = document.map(|document| (document, kept));
        self.send_each(parents, kept, context);
    }

    fn send_each(
        &mut self,
        parents: Vec<(u64, Parent)>,
        kept: Option<(Arc<Document>, Vec<NodeId>)>,
        context: &mut Context<'_>,
    ) {
        let Some(plan) = self.each.as_ref().map(|each| Arc::clone(&each.plan)) else {
            return;
        };
        self.verdict = None;
        self.run = None;
        self.partial = None;
        let task = context.start(&mut self.load);
        if let Some(each) = &mut self.each {
            each.task = Some(task);
        }
        self.waiting = Some(Waiting {
            origin: PageOrigin::Call(plan.call.clone()),
            kind: RequestKind::First,
            progress: None,
            have: 0,
            pause: None,
            sent_from: None,
        });
        let operation = context.session.operation_of(&plan.call);
        let remembered = context.session.remembered(&plan.call);
        let run = Box::new(EachCalls {
            call: plan.call.clone(),
            profile: remembered.choose(operation.as_ref()),
            operation,
            pages: plan.pages,
            jobs: plan.jobs,
            parents,
            kept,
        });
        context.effect(Effect::Each(EachEffect::Start { task, run }));
    }

    /// Takes news of the run. Those of another one are dropped.
    pub fn each_msg(&mut self, msg: EachMsg, context: &mut Context<'_>) {
        let task = msg.task();
        if !self.is_asking_each() || self.load.task() != Some(task) {
            return;
        }
        let Some(each) = self.each.as_mut() else {
            return;
        };
        match msg {
            EachMsg::Sent { calls, ended, .. } => {
                each.sent += calls;
                each.asked.1 += ended;
            }
            EachMsg::Kept { grown, reply, .. } => self.each_grew(*grown, *reply, context),
            EachMsg::Page { page, grown, .. } => {
                each.pause = None;
                let reply = Reply {
                    bytes: grown.document.size() as u64,
                    ..page.reply.clone()
                };
                each.add_page(page);
                self.each_grew(*grown, reply, context);
            }
            EachMsg::Ended { parent, end, .. } => {
                each.pause = None;
                each.add_end(parent, *end);
            }
            EachMsg::Paused { pause, .. } => each.pause = Some(pause),
            EachMsg::Proved { profile, at, .. } => {
                let call = each.plan.call.clone();
                let remembered = Remembered {
                    proved: Some(*profile),
                    proved_at: Some(at),
                    ..context.session.remembered(&call)
                };
                let remember = SessionRequest::Remember(Box::new(call), Box::new(remembered));
                context.request(Request::Session(remember));
            }
            EachMsg::Over { result, .. } => self.each_over(task, result, context),
        }
    }

    /// Takes all records so far.
    fn each_grew(&mut self, grown: Envelope, reply: Reply, context: &mut Context<'_>) {
        if let Some(partial) = self.partial.as_mut() {
            partial.page.grow(grown);
            partial.page.reply = reply;
            return;
        }
        let Some(each) = self.each.as_ref() else {
            return;
        };
        let loaded = LoadedReply {
            reply,
            envelope: grown,
            scan: Arc::new(PageScan::default()),
        };
        let page = each_page(&each.plan.call, loaded, context);
        self.partial = Some(Box::new(PartialPage {
            page,
            expected: None,
            is_shown: true,
        }));
        // Those of a run before are in it.
        self.pages.clear();
        self.current = 0;
    }

    fn each_over(
        &mut self,
        task: TaskId,
        result: Result<Box<LoadedReply>, Failure>,
        context: &mut Context<'_>,
    ) {
        self.waiting = None;
        let Some(each) = self.each.as_mut() else {
            return;
        };
        each.pause = None;
        let (verdict, words) = match each.is_stopping {
            true => each.stopped(),
            false => {
                let verdict = each.verdict();
                let words = each_words(each, &verdict);
                (verdict, words)
            }
        };
        let call = each.plan.call.clone();
        match result {
            Ok(loaded) => {
                self.load.finish(task, Ok(()));
                let searches = self.search_is_here();
                let mut page = each_page(&call, *loaded, context);
                if let Some(partial) = self.partial.take() {
                    page.continue_from(partial.page);
                }
                self.pages = vec![page];
                self.current = 0;
                self.verdict = Some(verdict);
                self.spill.is_due = true;
                context.notify(words);
                if searches {
                    self.run_search(super::search::Jump::Done, context);
                }
            }
            Err(failure) => {
                self.load.finish(task, Err(failure.clone()));
                self.keep_each();
                context.fail(&failure);
            }
        }
    }

    /// Keeps what was received of the run that broke off.
    fn keep_each(&mut self) {
        if let Some(partial) = self.partial.take() {
            self.pages = vec![partial.page];
            self.current = 0;
        }
        if let Some(each) = self.each.as_mut() {
            each.pause = None;
            self.verdict = Some(each.verdict());
        }
    }

    /// Stops the run. What was received stays.
    pub(super) fn stop_each(&mut self, context: &mut Context<'_>) {
        context.cancel(&mut self.load);
        self.waiting = None;
        self.end_search(context);
        self.keep_each();
        self.spill.is_due = true;
        let Some(each) = self.each.as_ref() else {
            return;
        };
        let (verdict, words) = each.stopped();
        context.notify(words);
        self.verdict = Some(verdict);
    }

    /// Stops what runs, as somebody asks who looks at it: a run over many records hands over what it has received.
    pub fn stop(&mut self, context: &mut Context<'_>) {
        let task = self.load.task().filter(|_| self.is_asking_each());
        match (self.each.as_mut(), task) {
            (Some(each), Some(task)) if !each.is_stopping => {
                each.is_stopping = true;
                context.effect(Effect::Each(EachEffect::Stop(task)));
            }
            (Some(_) | None, _) => self.cancel(context),
        }
    }

    /// Returns whether there is something to repeat; if not, why not.
    pub fn can_repeat_each(&self) -> Result<(), Reason> {
        let Some(each) = self.each.as_ref() else {
            return Ok(());
        };
        if self.is_asking_each() {
            return Err("The run is not over: Esc stops it".into());
        }
        if !each.status.iter().any(ParentStatus::is_failed) {
            return Err("No parent failed: there is nothing to repeat".into());
        }
        match self.pages.first() {
            Some(page) if page.envelope().is_none() => {
                Err("The records are read from the disk: try again".into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Returns the parent of the record under the cursor.
    fn parent_here(&self) -> Option<&Parent> {
        let each = self.each.as_ref()?;
        let tree = self.page().filter(|page| page.call().is_some())?;
        let tree = tree.tree(Tab::Result)?;
        let record = tree.record_of(tree.cursor());
        let place = place_of(tree.document(), tree.base_root(), record);
        each.parent(each.parent_at(place)?)
    }

    /// Returns the row of the ledger with the record under the cursor.
    pub fn ledger_row_here(&self) -> Option<usize> {
        let each = self.each.as_ref()?;
        let tree = self.page()?.tree(Tab::Result)?;
        let record = tree.record_of(tree.cursor());
        let place = place_of(tree.document(), tree.base_root(), record);
        each.rows.iter().position(|row| {
            let count = row.page.as_ref().map_or(0, |page| page.records);
            (row.first..row.first + count).contains(&place)
        })
    }

    /// Goes to a record by its place.
    pub(super) fn go_to_record(&mut self, place: u64) {
        self.tab = Tab::Result;
        let record = self.page().and_then(|page| {
            let tree = page.tree(Tab::Result)?;
            let (document, root) = (tree.document(), tree.base_root());
            match document.kind(root) {
                Kind::Array => document.child_at(root, u32::try_from(place).ok()?),
                Kind::Object | Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {
                    Some(root)
                }
            }
        });
        if let Some(record) = record {
            self.go_to_value(record);
        }
    }

    /// Returns the parent whose records begin with a record, and how many they are.
    pub fn boundary(
        &self,
        document: &Document,
        root: NodeId,
        node: NodeId,
    ) -> Option<(&Parent, u64)> {
        let each = self.each.as_ref()?;
        if document.parent(node) != Some(root) || document.kind(root) != Kind::Array {
            return None;
        }
        let (parent, count) = each.begins_at(u64::from(document.index_in_parent(node)))?;
        Some((each.parent(parent)?, count))
    }

    /// Returns whether one can go to the record that the one under the cursor was asked for; if not, why not.
    pub(super) fn can_go_to_parent(&self) -> Result<(), Reason> {
        self.can_page()?;
        if self.each.is_none() {
            return Err("This is no run over many records: x on marked records starts one".into());
        }
        let Some(parent) = self.parent_here() else {
            return Err("There is no record here".into());
        };
        let (page, _) = parent.place;
        if !self.trail.pages().any(|own| own.id == page) {
            return Err("The parent record is no longer here".into());
        }
        self.can_go(Direction::Back)
    }

    /// Goes back along the trail to the record that the one under the cursor was asked for.
    pub(super) fn go_to_parent(&mut self, context: &mut Context<'_>) {
        let Some((page, record)) = self.parent_here().map(|parent| parent.place) else {
            return;
        };
        while !self.pages.iter().any(|own| own.id == page) && self.can_go(Direction::Back).is_ok() {
            self.go(Direction::Back, context);
        }
        self.tab = Tab::Result;
        self.go_to_page_value(page, record, context);
    }
}

impl EachMsg {
    /// Returns the work that it is news of.
    pub fn task(&self) -> TaskId {
        match self {
            EachMsg::Sent { task, .. }
            | EachMsg::Kept { task, .. }
            | EachMsg::Page { task, .. }
            | EachMsg::Ended { task, .. }
            | EachMsg::Paused { task, .. }
            | EachMsg::Proved { task, .. }
            | EachMsg::Over { task, .. } => *task,
        }
    }
}

fn each_page(call: &Call, loaded: LoadedReply, context: &mut Context<'_>) -> Page {
    let origin = PageOrigin::Call(call.clone());
    let next = Next::End(Evidence::Declared("the run is over".to_owned()));
    let mut page = Page::new(context.next_page(), origin, loaded, next);
    page.finder = Some(Arc::new(context.session.finder_of(call)));
    page
}

/// Returns the place of a record among those of a document.
fn place_of(document: &Document, root: NodeId, record: NodeId) -> u64 {
    if record == root {
        // Of a single record no list is made.
        return 0;
    }
    u64::from(document.index_in_parent(record))
}

fn each_words(each: &EachRun, verdict: &Verdict) -> Notice {
    let words = format!(
        "{} of {}: {}",
        text::plural(each.records, "record"),
        text::plural(each.status.len() as u64, "parent"),
        text::safe(&verdict.reason())
    );
    let warned = text::plural(each.warned(), "parent");
    match verdict {
        Verdict::Complete(_) if each.warned() > 0 => Notice::warning(format!(
            "Complete, but the service warns of {warned}, see L: {words}"
        )),
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

/// Asks whether more calls may be sent than `--max-calls` says, and then starts the run.
fn ask_for_more_calls(then: ReplyRequest, context: &mut Context<'_>) {
    let most = context.session.setup.max_calls.unwrap_or_default();
    let notice = format!("Not sent: --max-calls {} is reached", text::count(most));
    context.notify(Notice::warning(notice));
    let then = Request::Reply(then);
    context.open(PopupRequest::Confirm(Confirm::more_calls(most, then)));
}
