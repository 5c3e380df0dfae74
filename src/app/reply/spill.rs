//! The memory budget of pages: bodies beyond it are written to a spill file, and loaded when they are shown.

use std::collections::HashSet;

use super::ReplyPane;
use super::page::{Page, Tab};
use crate::app::context::Context;
use crate::app::effect::{Effect, SpillEffect};
use crate::app::ids::PageId;
use crate::app::msg::SpillMsg;
use crate::app::source::SpillSlot;
use crate::app::widgets::notice::Notice;
use crate::domain::failure::Failure;
use crate::envelope::Envelope;
use crate::text;

/// How many bytes of memory the bodies of pages may take unless set otherwise.
pub const PAGE_BUDGET: usize = 64 << 20;

/// How many times the budget the replies of other requests may hold, in memory and in the spill file together.
const KEPT_BUDGETS: u64 = 16;

/// Which bodies are being spilled.
#[derive(Debug, Clone, Default)]
pub struct SpillState {
    storing: HashSet<PageId>,
    /// Whether the spill file holds bodies.
    is_in_use: bool,
    /// Whether pages were added since the budget was enforced.
    pub is_due: bool,
}

impl ReplyPane {
    /// Loads the bodies that are shown, and spills those that are too many: the farthest from the current page first.
    pub fn enforce_memory_budget(&mut self, height: usize, context: &mut Context<'_>) {
        let shown = self.shown_pages(height);
        for at in &shown {
            if let Some(page) = self.pages.get_mut(*at)
                && let Some(slot) = page.request_restore()
            {
                let page = page.id;
                context.effect(Effect::Spill(SpillEffect::Load { page, slot }));
            }
        }
        if !std::mem::take(&mut self.spill.is_due) {
            return;
        }
        self.note_names(context);
        let budget = context.session.setup.page_budget.unwrap_or(PAGE_BUDGET);
        self.drop_farthest(budget as u64 * KEPT_BUDGETS, context);
        self.spill_hidden(budget, &shown, context);
    }

    /// Spills bodies that are not shown until the rest is within the budget: those of other requests first.
    fn spill_hidden(&mut self, budget: usize, shown: &[usize], context: &mut Context<'_>) {
        let own: usize = self.pages.iter().map(Page::cost).sum();
        let others: usize = self.trail.pages().map(Page::cost).sum();
        let mut cost = own + others;
        for (_, reply) in self.trail.replies_mut() {
            cost += reply.filter_cost();
        }
        for (_, reply) in self.trail.replies_mut() {
            if cost > budget {
                cost -= reply.filter_cost();
                reply.drop_filter();
            }
        }
        let current = self.current;
        let kept = self.trail.pages_mut();
        let kept = kept.map(|(away, page)| ((true, away), page));
        let own = self.pages.iter_mut().enumerate();
        let own = own.filter(|(at, _)| !shown.contains(at));
        let own = own.map(|(at, page)| ((false, at.abs_diff(current)), page));
        let mut hidden: Vec<_> = kept.chain(own).collect();
        hidden.sort_by_key(|(away, _)| std::cmp::Reverse(*away));
        for (_, page) in hidden {
            if cost <= budget {
                break;
            }
            let Some(envelope) = page.envelope() else {
                continue;
            };
            let (body, reading) = (envelope.document.body(), envelope.reading);
            cost = cost.saturating_sub(page.cost());
            match page.slot {
                Some(slot) => page.move_to_spill(slot),
                None if self.spill.storing.insert(page.id) => {
                    let page = page.id;
                    context.effect(Effect::Spill(SpillEffect::Store {
                        page,
                        body,
                        reading,
                    }));
                }
                None => {}
            }
        }
    }

    /// Drops the pages of other requests, the farthest first, until what they hold is within a limit.
    fn drop_farthest(&mut self, limit: u64, context: &mut Context<'_>) {
        let mut replies: Vec<_> = self.trail.replies_mut().collect();
        replies.sort_by_key(|(away, _)| *away);
        let mut held = 0;
        for (_, reply) in replies {
            held += reply.size();
            if held > limit {
                held -= reply.size();
                reply.drop_pages();
            }
        }
        let mut pages = self.pages.iter().chain(self.trail.pages());
        let is_used = !self.spill.storing.is_empty() || pages.any(|page| page.slot.is_some());
        if self.spill.is_in_use && !is_used {
            self.spill.is_in_use = false;
            context.effect(Effect::Spill(SpillEffect::Clear));
        }
    }

    /// Takes the end of storing or loading a body.
    pub fn spill_msg(&mut self, msg: SpillMsg, height: usize, context: &mut Context<'_>) {
        match msg {
            SpillMsg::Stored { page, result } => self.spill_stored(page, result, height, context),
            SpillMsg::Loaded { page, result } => self.spill_loaded(page, result, context),
        }
    }

    fn spill_stored(
        &mut self,
        id: PageId,
        result: Result<SpillSlot, Failure>,
        height: usize,
        context: &mut Context<'_>,
    ) {
        self.spill.storing.remove(&id);
        let slot = match result {
            Ok(slot) => slot,
            Err(failure) => return context.fail(&failure),
        };
        self.spill.is_in_use = true;
        let shown = self.shown_pages(height);
        let mut shown = shown.iter().filter_map(|at| self.pages.get(*at));
        let is_shown = shown.any(|page| page.id == id);
        if let Some(page) = self.by_id(id) {
            page.slot = Some(slot);
            if !is_shown {
                page.move_to_spill(slot);
            }
        }
    }

    fn spill_loaded(
        &mut self,
        id: PageId,
        result: Result<Box<Envelope>, Failure>,
        context: &mut Context<'_>,
    ) {
        let is_from_end = self.from_end == Some(id);
        let Some(page) = self.by_id(id) else {
            return;
        };
        match result {
            Ok(envelope) => {
                page.restore(*envelope);
                if let Some(tree) = page.tree_mut(Tab::Result).filter(|_| is_from_end) {
                    tree.to_last();
                }
                if is_from_end {
                    self.from_end = None;
                }
                self.spill.is_due = true;
            }
            Err(failure) => context.notify(Notice {
                hint: Some("R asks the service for the page again".to_owned()),
                ..Notice::warning(text::safe(&failure.summary).into_owned())
            }),
        }
    }
}
