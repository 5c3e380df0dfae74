//! What changed between two answers to the same request.

use std::collections::HashMap;

use super::page_scan::PageScan;
use crate::text;

/// What changed between two answers to the same request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// Records that came in.
    pub added: u32,
    /// Records that are gone.
    pub gone: u32,
    /// Records of the same id that hold something else.
    pub changed: u32,
    /// Whether the records that are in both stand in another order.
    pub reordered: bool,
}

impl Changes {
    /// Compares an answer with the one before.
    pub fn between(before: &PageScan, now: &PageScan) -> Changes {
        let by_content = before.ids_fail || now.ids_fail;
        let was: HashMap<u64, (usize, u64)> = before
            .marks(by_content)
            .iter()
            .zip(&before.contents)
            .enumerate()
            .map(|(at, (mark, content))| (*mark, (at, *content)))
            .collect();
        let mut changes = Changes::default();
        let mut met = 0;
        let mut last = None;
        for (mark, content) in now.marks(by_content).iter().zip(&now.contents) {
            let Some((at, held)) = was.get(mark) else {
                changes.added += 1;
                continue;
            };
            met += 1;
            changes.changed += u32::from(held != content);
            changes.reordered |= last.is_some_and(|last| last > *at);
            last = Some(*at);
        }
        changes.gone = (before.records.len() as u32).saturating_sub(met);
        changes
    }

    /// Returns whether nothing changed.
    pub fn is_empty(&self) -> bool {
        *self == Changes::default()
    }

    /// Returns whether other records came, or in another order.
    pub fn moves(&self) -> bool {
        self.added > 0 || self.gone > 0 || self.reordered
    }

    /// Says what changed.
    pub fn words(&self) -> String {
        let count = |number: u32, word: &str| {
            (number > 0).then(|| format!("{} {word}", text::plural(u64::from(number), "record")))
        };
        let parts: Vec<String> = [
            count(self.added, "new"),
            count(self.gone, "gone"),
            count(self.changed, "changed"),
        ]
        .into_iter()
        .flatten()
        .chain(self.reordered.then(|| "another order".to_owned()))
        .collect();
        if parts.is_empty() {
            "nothing changed".to_owned()
        } else {
            parts.join(", ")
        }
    }
}
