//! Which names are missing, and where they can be had.

use std::collections::HashSet;

use crate::app::ids::PageId;
use crate::attachments::spelling::singular;
use crate::domain::call::JsonText;
use crate::names::{NameIndex, Target};
use crate::text;

/// What is missing in a reply.
#[derive(Debug, Clone, Default)]
pub(super) struct Gaps {
    /// The first page of the reply.
    pub(super) first: Option<PageId>,
    /// Its connector.
    pub(super) connector_id: String,
    /// By what the ids lead to.
    pub(super) list: Vec<Gap>,
}

/// The missing names of the records of one entity.
#[derive(Debug, Clone)]
pub(super) struct Gap {
    /// The entity.
    pub(super) target: Target,
    /// The ids, in their order.
    pub(super) ids: Vec<JsonText>,
    known: HashSet<JsonText>,
    /// Where the names can be had.
    pub(super) source: Source,
}

/// Where missing names can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// In the Context Store.
    Store,
    /// Nowhere yet: the Context Store is in this state.
    NotReady(String),
    /// Nowhere: the Context Store does not hold the entity.
    NotStored,
}

impl Gaps {
    /// Adds ids.
    pub(super) fn add(&mut self, unnamed: &[(Target, Vec<JsonText>)]) {
        for (target, ids) in unnamed {
            let place = self.list.iter().position(|gap| gap.target == *target);
            let place = place.unwrap_or_else(|| {
                self.list.push(Gap {
                    target: target.clone(),
                    ids: Vec::new(),
                    known: HashSet::new(),
                    source: Source::Store,
                });
                self.list.len() - 1
            });
            if let Some(gap) = self.list.get_mut(place) {
                let new = ids.iter().filter(|id| gap.known.insert((*id).clone()));
                gap.ids.extend(new.cloned());
            }
        }
    }

    /// Returns whether names of records are missing.
    pub(super) fn has(&self, target: &Target) -> bool {
        self.list.iter().any(|gap| gap.target == *target)
    }

    /// Drops what is known.
    pub(super) fn close(&mut self, index: &NameIndex) {
        for gap in &mut self.list {
            let is_missing = |id: &JsonText| {
                let id = id.plain();
                !index.knows(&self.connector_id, &gap.target, &id)
            };
            gap.ids.retain(is_missing);
        }
        self.list.retain(|gap| !gap.ids.is_empty());
    }

    /// Returns what can be had, and what cannot.
    pub(super) fn split(&self) -> (Vec<&Gap>, Vec<&Gap>) {
        let gaps = self.list.iter();
        gaps.partition(|gap| gap.source == Source::Store)
    }
}

/// Says how many records of which entities: `12 users, 1 group`.
pub(super) fn places(gaps: &[&Gap]) -> String {
    let places = gaps.iter().map(|gap| place(&gap.target, gap.ids.len()));
    places.collect::<Vec<_>>().join(", ")
}

/// Says the same with the reason why names cannot be had.
pub(super) fn reasons(gaps: &[&Gap]) -> String {
    let reason = |gap: &&Gap| {
        let place = place(&gap.target, gap.ids.len());
        match &gap.source {
            Source::Store => place,
            Source::NotReady(state) => {
                format!("{place} (Context Store not ready: {})", text::safe(state))
            }
            Source::NotStored => format!("{place} (not in the Context Store)"),
        }
    };
    gaps.iter().map(reason).collect::<Vec<_>>().join(", ")
}

/// Says how many records of an entity.
pub(super) fn place(target: &Target, count: usize) -> String {
    let entity = match count {
        1 => singular(&target.entity),
        _ => target.entity.clone(),
    };
    format!("{} {}", text::count(count as u64), text::safe(&entity))
}
