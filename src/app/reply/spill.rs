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

/// Which bodies are being spilled.
#[derive(Debug, Clone, Default)]
pub struct SpillState {
    storing: HashSet<PageId>,
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
        let budget = context.session.setup.page_budget.unwrap_or(PAGE_BUDGET);
        let mut cost: usize = self.pages.iter().map(Page::cost).sum();
        let mut hidden: Vec<usize> = (0..self.pages.len())
            .filter(|at| !shown.contains(at))
            .collect();
        hidden.sort_by_key(|at| std::cmp::Reverse(at.abs_diff(self.current)));
        for at in hidden {
            if cost <= budget {
                break;
            }
            let page = &mut self.pages[at];
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
        let shown = self.shown_pages(height);
        if let Some(at) = self.pages.iter().position(|page| page.id == id) {
            let page = &mut self.pages[at];
            page.slot = Some(slot);
            if !shown.contains(&at) {
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
