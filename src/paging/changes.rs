//! What changed between two replies to the same request.

use std::collections::HashMap;

use super::page_scan::PageScan;
use crate::text;

/// What changed between two replies to the same request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// The number of records that were added.
    pub added: u32,
    /// The number of records that were removed.
    pub gone: u32,
    /// The number of records with the same id and other content.
    pub changed: u32,
    /// Whether the records of both are in another order.
    pub reordered: bool,
}

impl Changes {
    /// Compares a reply with the one before.
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

    /// Returns whether records were added, removed or reordered.
    pub fn moves(&self) -> bool {
        self.added > 0 || self.gone > 0 || self.reordered
    }

    /// Returns the changes in words.
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
