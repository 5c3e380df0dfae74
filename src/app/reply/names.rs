//! Names beside ids: known from records that are here, and fetched from the Context Store when that is asked for.
//!
//! Pages are scanned by the worker, each once, while names are shown. Drawing only looks them up.

mod fetch;
mod gaps;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use self::fetch::{Fetched, NamesFetch};
use self::gaps::{Gaps, Source, places};
use super::ReplyPane;
use super::page::Page;
use crate::app::context::{Context, Reason};
use crate::app::effect::{DocumentEffect, Effect, NamesOf};
use crate::app::ids::{PageId, TaskId};
use crate::app::session::Session;
use crate::app::widgets::load::Load;
use crate::domain::call::{Call, JsonText};
use crate::json::document::{Document, NodeId};
use crate::names::{ForeignKeys, NameIndex, PageNames, SEARCH, Target};
use crate::text;

/// So many ids without a name are kept by page; beyond that they are not offered to be fetched.
const MOST_KEPT: usize = 200_000;

/// Whether names are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NamesShown {
    /// They are not.
    #[default]
    No,
    /// They are, where they are known.
    Yes,
}

/// The names of records that ids lead to.
#[derive(Debug, Clone, Default)]
pub struct Names {
    shown: NamesShown,
    index: NameIndex,
    /// The foreign keys by connector and entity.
    keys: HashMap<String, HashMap<String, Arc<ForeignKeys>>>,
    /// The entities that the Context Store holds, by connector, each with the fields that are known of it.
    stored: HashMap<String, HashMap<String, Vec<String>>>,
    /// The pages that were scanned, or are being scanned.
    pages: HashMap<PageId, ScannedPage>,
    scans: Vec<Scan>,
    /// What is missing in the reply that is shown.
    gaps: Gaps,
    /// The calls for missing names that run.
    fetch: Option<Box<NamesFetch>>,
}

/// What is kept of a page that was scanned.
#[derive(Debug, Clone, Default)]
struct ScannedPage {
    /// The ids that had no name then.
    unnamed: Vec<(Target, Vec<JsonText>)>,
    /// How many ids in it lead to other records.
    ids: usize,
}

/// A scan that runs.
#[derive(Debug, Clone)]
struct Scan {
    task: TaskId,
    reason: ScanReason,
}

/// Why pages are scanned.
#[derive(Debug, Clone)]
enum ScanReason {
    /// Names were switched on, so what is missing is said.
    SwitchedOn,
    /// Further pages came.
    MorePages,
    /// The records of ids came.
    Fetched(Box<Fetched>),
}

/// The names to draw in the records of one page.
#[derive(Debug, Clone, Copy)]
pub struct ShownNames<'a> {
    index: &'a NameIndex,
    keys: &'a ForeignKeys,
}

impl<'a> ShownNames<'a> {
    /// Returns the name that stands beside a value of a record.
    pub fn beside(self, document: &Document, record: NodeId, node: NodeId) -> Option<&'a str> {
        let target = self.keys.target_of(document, record, node)?;
        let id = document.plain(node);
        self.index.name(&self.keys.connector_id, target, &id)
    }
}

impl Names {
    /// Returns what is drawn beside the ids of a page; nothing while names are not shown.
    pub fn of(&self, page: &Page) -> Option<ShownNames<'_>> {
        let call = page.call()?;
        let keys = self.keys.get(&call.connector_id)?.get(&call.entity)?;
        (self.shown == NamesShown::Yes).then_some(ShownNames {
            index: &self.index,
            keys,
        })
    }

    fn keys_of(&mut self, connector_id: &str, entity: &str, session: &Session) -> Arc<ForeignKeys> {
        let stored = &mut self.stored;
        let by_entity = self.keys.entry(connector_id.to_owned()).or_default();
        let keys = by_entity.entry(entity.to_owned()).or_insert_with(|| {
            let catalog = session.catalog_of(connector_id);
            let searches = catalog.operations.iter();
            let searches = searches.filter(|operation| operation.action == SEARCH);
            let entities = searches.map(|own| (own.entity.clone(), own.fields.clone()));
            stored.insert(connector_id.to_owned(), entities.collect());
            let (operations, relations) = (&catalog.operations, &catalog.relations);
            Arc::new(ForeignKeys::of(operations, relations, connector_id, entity))
        });
        Arc::clone(keys)
    }

    /// Returns the call for names that runs, to be told the time.
    pub fn load(&mut self) -> Option<&mut Load<()>> {
        self.fetch.as_mut().map(|fetch| &mut fetch.load)
    }

    /// Returns whether names of a page may still be missing in the index.
    fn is_scanning(&self) -> bool {
        !self.scans.is_empty()
    }
}

impl ReplyPane {
    /// Returns whether names can be shown; if not, why not.
    pub(super) fn can_show_names(&self) -> Result<(), Reason> {
        match self.names.shown {
            NamesShown::Yes => Ok(()),
            NamesShown::No => self.can_page().map(drop),
        }
    }

    /// Shows names beside ids, or no more.
    pub(super) fn toggle_names(&mut self, context: &mut Context<'_>) {
        if self.names.shown == NamesShown::Yes {
            self.names.shown = NamesShown::No;
            return context.info("Names beside ids are off");
        }
        self.names.shown = NamesShown::Yes;
        self.rebuild_gaps(context.session);
        self.scan_for_names(ScanReason::SwitchedOn, context);
        if !self.names.is_scanning() {
            self.say_what_is_missing(context);
        }
    }

    /// Makes room in the table for the names that are shown.
    pub(super) fn fit_names(&mut self, width: usize, height: usize) {
        let names = std::mem::take(&mut self.names);
        if let Some(page) = self.page_mut() {
            let shown = names.of(page);
            if let Some((tree, table)) = page.table_mut() {
                let document = Arc::clone(tree.document());
                let width_of = shown.map(|shown| {
                    move |record: NodeId, node: NodeId| {
                        let name = shown.beside(&document, record, node);
                        name.map_or(0, |name| text::width(name) + text::width(" · "))
                    }
                });
                let (columns, _) = table.room(width, height);
                let width_of = width_of.as_ref();
                table.fit_names(
                    columns,
                    width_of.map(|own| own as &dyn Fn(NodeId, NodeId) -> usize),
                );
            }
        }
        self.names = names;
    }

    /// Scans the pages that came since, while names are shown.
    pub(super) fn note_names(&mut self, context: &mut Context<'_>) {
        if self.names.shown == NamesShown::No {
            return;
        }
        if self.names.gaps.first != self.pages.first().map(|page| page.id) {
            self.rebuild_gaps(context.session);
        }
        self.scan_for_names(ScanReason::MorePages, context);
    }

    fn scan_for_names(&mut self, reason: ScanReason, context: &mut Context<'_>) {
        let names = &mut self.names;
        let mut sources = Vec::new();
        let mut present = HashSet::new();
        for page in self.pages.iter().chain(self.trail.pages()) {
            present.insert(page.id);
            if let Some(call) = page.call().filter(|_| !names.pages.contains_key(&page.id)) {
                let keys = names.keys_of(&call.connector_id, &call.entity, context.session);
                names.pages.insert(page.id, ScannedPage::default());
                sources.push(NamesOf {
                    page: page.id,
                    keys,
                    source: page.source(),
                });
            }
        }
        names.pages.retain(|page, _| present.contains(page));
        if !sources.is_empty() {
            self.start_scan(sources, reason, context);
        }
    }

    fn start_scan(&mut self, pages: Vec<NamesOf>, reason: ScanReason, context: &mut Context<'_>) {
        let task = context.next_task();
        self.names.scans.push(Scan { task, reason });
        context.effect(Effect::Document(DocumentEffect::FindNames { task, pages }));
    }

    /// Takes the names of pages.
    pub(super) fn names_found(
        &mut self,
        task: TaskId,
        found: &[(PageId, PageNames)],
        context: &mut Context<'_>,
    ) {
        let at = self.names.scans.iter().position(|scan| scan.task == task);
        let Some(scan) = at.map(|at| self.names.scans.swap_remove(at)) else {
            return;
        };
        for (_, page) in found {
            self.names.index.add(page);
        }
        match scan.reason {
            ScanReason::Fetched(fetched) => self.names_fetched(&fetched, context),
            ScanReason::MorePages => self.add_gaps(found, context.session),
            ScanReason::SwitchedOn => {
                self.add_gaps(found, context.session);
                self.say_what_is_missing(context);
            }
        }
    }

    /// Keeps which ids of pages have no name, and counts those of the reply that is shown as missing.
    fn add_gaps(&mut self, found: &[(PageId, PageNames)], session: &Session) {
        let names = &mut self.names;
        let mut kept: usize = names.pages.values().map(ScannedPage::len).sum();
        for (id, page) in found {
            let Some(scanned) = names.pages.get_mut(id) else {
                continue;
            };
            scanned.ids = page.ids.iter().map(|(_, ids)| ids.len()).sum();
            for (target, ids) in &page.ids {
                let is_unnamed = |id: &&JsonText| {
                    let id = id.plain();
                    !names.index.knows(&page.connector_id, target, &id)
                };
                let room = MOST_KEPT.saturating_sub(kept);
                let ids: Vec<JsonText> =
                    ids.iter().filter(is_unnamed).take(room).cloned().collect();
                kept += ids.len();
                if !ids.is_empty() {
                    scanned.unnamed.push((target.clone(), ids));
                }
            }
        }
        let shown: HashSet<PageId> = self.pages.iter().map(|page| page.id).collect();
        for (id, _) in found.iter().filter(|(id, _)| shown.contains(id)) {
            if let Some(scanned) = names.pages.get(id) {
                names.gaps.add(&scanned.unnamed);
            }
        }
        let mut named = found.iter().flat_map(|(_, page)| &page.named);
        if named.any(|(target, _)| names.gaps.has(target)) {
            self.close_gaps();
        }
        self.find_sources(session);
    }

    /// Starts again with the names that are missing, for the reply that is shown: its page that is seen first.
    fn rebuild_gaps(&mut self, session: &Session) {
        let connector_id = self.pages.first().and_then(Page::call);
        let connector_id = connector_id.map(|call| call.connector_id.clone());
        let names = &mut self.names;
        names.gaps = Gaps {
            first: self.pages.first().map(|page| page.id),
            connector_id: connector_id.unwrap_or_default(),
            list: Vec::new(),
        };
        let seen = self.pages.iter().skip(self.current);
        for page in seen.chain(self.pages.iter().take(self.current)) {
            if let Some(scanned) = names.pages.get(&page.id) {
                names.gaps.add(&scanned.unnamed);
            }
        }
        self.close_gaps();
        self.find_sources(session);
    }

    /// Drops from what is missing what is known by now.
    fn close_gaps(&mut self) {
        let names = &mut self.names;
        names.gaps.close(&names.index);
    }

    /// Looks where what is missing can be had.
    fn find_sources(&mut self, session: &Session) {
        let names = &mut self.names;
        let connector_id = &names.gaps.connector_id;
        let stored = names.stored.get(connector_id);
        for gap in &mut names.gaps.list {
            let Target { entity, field } = &gap.target;
            let fields = stored.and_then(|stored| stored.get(entity));
            // Without declared fields every field is accepted.
            let is_held = fields.is_some_and(|fields| fields.is_empty() || fields.contains(field));
            gap.source = match session.store_fault(connector_id, entity) {
                _ if !is_held => Source::NotStored,
                Some(state) => Source::NotReady(state),
                None => Source::Store,
            };
        }
    }

    /// Says which names are missing, and how they can be had.
    fn say_what_is_missing(&self, context: &mut Context<'_>) {
        let pages = self.pages.iter();
        let scanned = pages.filter_map(|page| self.names.pages.get(&page.id));
        if scanned.map(|page| page.ids).sum::<usize>() == 0 {
            return context.info("No field here is known to lead to records of another entity");
        }
        let (there, not_there) = self.names.gaps.split();
        if there.is_empty() && not_there.is_empty() {
            return context.info("Names stand beside the ids");
        }
        let calls = text::plural(there.len() as u64, "call");
        let reasons = gaps::reasons(&not_there);
        context.info(match (there.is_empty(), not_there.is_empty()) {
            (true, _) => format!("Names are missing and cannot be fetched: {reasons}"),
            (false, true) => format!(
                "Names are missing, x fetches them in {calls}: {}",
                places(&there)
            ),
            (false, false) => format!(
                "Names are missing, x fetches them in {calls}: {}; not to be had: {reasons}",
                places(&there)
            ),
        });
    }

    /// Returns whose names can be fetched, and in how many calls; `None` if there are none.
    pub fn names_to_fetch(&self) -> Option<(String, u64)> {
        let (there, _) = self.names.gaps.split();
        let is_shown = self.names.shown == NamesShown::Yes;
        let calls = there.len() as u64;
        (is_shown && !there.is_empty()).then(|| (places(&there), calls))
    }

    /// Returns the call for names that runs.
    pub fn names_call(&self, task: TaskId) -> Option<&Call> {
        let fetch = self.names.fetch.as_ref()?;
        (fetch.load.task() == Some(task)).then_some(&fetch.sent.call)
    }
}

impl ScannedPage {
    fn len(&self) -> usize {
        self.unnamed.iter().map(|(_, ids)| ids.len()).sum()
    }
}
