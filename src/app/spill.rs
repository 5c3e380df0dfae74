//! Keeping memory flat: bodies beyond a budget are spilled to a file, and come back when they are
//! looked at.

use super::App;
use super::effect::Effect;
use super::focus::Pane;
use super::notice::Notice;
use super::page::{PageId, SpillSlot, Tab};
use crate::domain::failure::Failure;
use crate::envelope::Envelope;
use crate::text;

/// Bodies and their indexes may take so many bytes of memory, unless it is set.
pub const PAGE_BUDGET: usize = 64 << 20;

impl App {
    /// Asks for the bodies that are seen and not here, and spills those that are too many.
    pub(super) fn enforce_memory_budget(&mut self) -> Vec<Effect> {
        let height = usize::from(self.sizes.pane(Pane::Reply).height);
        let seen = self.reply.seen_pages(height);
        let mut effects = Vec::new();
        for at in &seen {
            let Some(page) = self.reply.pages.get_mut(*at) else {
                continue;
            };
            if let Some(spill_slot) = page.request_restore() {
                effects.push(Effect::LoadSpilled {
                    serial: page.serial,
                    spill_slot,
                });
            }
        }
        if !self.over_budget {
            return effects;
        }
        self.over_budget = false;
        let mut cost: usize = self.reply.pages.iter().map(super::page::Page::cost).sum();
        let mut order: Vec<usize> = (0..self.reply.pages.len())
            .filter(|at| !seen.contains(at))
            .collect();
        order.sort_by_key(|at| std::cmp::Reverse(at.abs_diff(self.reply.current)));
        for at in order {
            if cost <= self.setup.page_budget.unwrap_or(PAGE_BUDGET) {
                break;
            }
            let page = &mut self.reply.pages[at];
            let Some(envelope) = page.envelope() else {
                continue;
            };
            let (body, reading) = (envelope.document.body(), envelope.reading);
            cost = cost.saturating_sub(page.cost());
            match page.spill_slot {
                Some(spill_slot) => page.move_to_spill(spill_slot),
                None if self.putting.insert(page.serial) => effects.push(Effect::SpillPage {
                    serial: page.serial,
                    body,
                    reading,
                }),
                None => {}
            }
        }
        effects
    }

    /// Takes the word that a body was spilled.
    pub(super) fn page_spilled(&mut self, serial: PageId, result: Result<SpillSlot, Failure>) {
        self.putting.remove(&serial);
        match result {
            Ok(spill_slot) => {
                let height = usize::from(self.sizes.pane(Pane::Reply).height);
                let seen = self.reply.seen_pages(height);
                if let Some(at) = self
                    .reply
                    .pages
                    .iter()
                    .position(|page| page.serial == serial)
                {
                    let page = &mut self.reply.pages[at];
                    page.spill_slot = Some(spill_slot);
                    if !seen.contains(&at) {
                        page.move_to_spill(spill_slot);
                    }
                }
            }
            Err(failure) => self.fail(&failure),
        }
    }

    /// Takes a body back.
    pub(super) fn spilled_loaded(
        &mut self,
        serial: PageId,
        result: Result<Box<Envelope>, Failure>,
    ) {
        let Some(page) = self.reply.by_serial(serial) else {
            return;
        };
        match result {
            Ok(envelope) => {
                page.restore(*envelope);
                if self.reply.from_end == Some(serial) {
                    self.reply.from_end = None;
                    if let Some(tree) = self
                        .reply
                        .by_serial(serial)
                        .and_then(|page| page.tree_mut(Tab::Result))
                    {
                        tree.to_last();
                    }
                }
                self.over_budget = true;
            }
            Err(failure) => {
                let words = text::safe(&failure.summary).into_owned();
                self.notice = Some(Notice {
                    hint: Some("R asks the service for the page again".to_owned()),
                    ..Notice::warning(words)
                });
            }
        }
    }
}
