//! Keeping memory flat: bodies beyond a budget are put aside in a file, and come back when they are
//! looked at.

use super::App;
use super::effect::Effect;
use super::focus::Pane;
use super::notice::Notice;
use super::page::{Serial, Slot, Tab};
use crate::domain::failure::Failure;
use crate::domain::text;
use crate::envelope::Envelope;

/// Bodies and their indexes may take so many bytes of memory, unless it is set.
pub const PAGE_BUDGET: usize = 64 << 20;

impl App {
    /// Asks for the bodies that are seen and not here, and puts those aside that are too many.
    pub(super) fn keep_house(&mut self) -> Vec<Effect> {
        let height = usize::from(self.sizes.pane(Pane::Reply).height);
        let seen = self.reply.seen_pages(height);
        let mut effects = Vec::new();
        for at in &seen {
            let Some(page) = self.reply.pages.get_mut(*at) else {
                continue;
            };
            if let Some(slot) = page.ask_back() {
                effects.push(Effect::Recall {
                    serial: page.serial,
                    slot,
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
            match page.slot {
                Some(slot) => page.leave(slot),
                None if self.putting.insert(page.serial) => effects.push(Effect::PutAside {
                    serial: page.serial,
                    body,
                    reading,
                }),
                None => {}
            }
        }
        effects
    }

    /// Takes the word that a body was put aside.
    pub(super) fn put_aside(&mut self, serial: Serial, result: Result<Slot, Failure>) {
        self.putting.remove(&serial);
        match result {
            Ok(slot) => {
                let height = usize::from(self.sizes.pane(Pane::Reply).height);
                let seen = self.reply.seen_pages(height);
                if let Some(at) = self
                    .reply
                    .pages
                    .iter()
                    .position(|page| page.serial == serial)
                {
                    let page = &mut self.reply.pages[at];
                    page.slot = Some(slot);
                    if !seen.contains(&at) {
                        page.leave(slot);
                    }
                }
            }
            Err(failure) => self.fail(&failure),
        }
    }

    /// Takes a body back.
    pub(super) fn recalled(&mut self, serial: Serial, result: Result<Box<Envelope>, Failure>) {
        let Some(page) = self.reply.by_serial(serial) else {
            return;
        };
        match result {
            Ok(envelope) => {
                page.come_back(*envelope);
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
