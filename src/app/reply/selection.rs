//! Which records and files are marked, and which records are exported.

use std::sync::Arc;

use super::ReplyPane;
use super::page::{Page, Tab};
use super::views::View;
use crate::app::context::Context;
use crate::app::ids::PageId;
use crate::app::parents::Marked;
use crate::app::source::PageSource;
use crate::attachments::Attachment;
use crate::json::document::{Kind, NodeId};
use crate::json::steps::list_item;
use crate::text;

/// A page to export and the records of it; all unless set.
type Exported = (PageSource, Option<Arc<Vec<NodeId>>>);

impl ReplyPane {
    /// Returns what an export writes: the result of a filter, else the marked records, else what one page shows of its
    /// records, else all.
    pub fn exported(&self) -> Vec<Exported> {
        let own = |page: &Page| (page.source(), page.picked());
        if let Some(page) = self.filtered() {
            return vec![own(page)];
        }
        let marked = self.pages.iter().filter(|page| page.has_marked_records());
        let marked: Vec<_> = marked.map(own).collect();
        if !marked.is_empty() {
            return marked;
        }
        match self.page() {
            Some(page) if self.all_pages.is_none() && page.picked().is_some() => vec![own(page)],
            Some(_) | None => self
                .pages
                .iter()
                .map(|page| (page.source(), None))
                .collect(),
        }
    }

    /// Returns how many records an export writes.
    pub fn exported_count(&self) -> u64 {
        let count = |page: &Page| u64::from(page.count());
        if let Some(page) = self.filtered() {
            let picked = page.picked().map(|picked| picked.len() as u64);
            return picked.unwrap_or_else(|| count(page));
        }
        let picked: u64 = self
            .exported()
            .iter()
            .filter_map(|(_, picked)| picked.as_ref())
            .map(|picked| picked.len() as u64)
            .sum();
        if picked > 0 {
            picked
        } else {
            self.pages.iter().map(count).sum()
        }
    }

    /// Returns the columns of the table as a list, if somebody arranged them; an export takes them over.
    pub fn arranged_columns(&self) -> String {
        let Some(page) = self.page().filter(|_| self.view() == View::Table) else {
            return String::new();
        };
        let table = &page.table;
        if !table.is_arranged() {
            return String::new();
        }
        let columns = table.shown().map(|column| list_item(&column.path));
        columns.collect::<Vec<_>>().join(", ")
    }

    /// Returns where the range of marks began, if that is in what is shown.
    pub fn range_start(&self) -> Option<NodeId> {
        self.range
            .filter(|(place, _)| Some(*place) == self.page_tab())
            .map(|(_, node)| node)
    }

    /// Returns whether a row is in the range of marks that is being chosen.
    pub fn is_in_range(&self, node: NodeId) -> bool {
        let (Some(from), Some(tree)) = (self.range_start(), self.tree()) else {
            return false;
        };
        let to = tree.outermost(tree.cursor());
        let is_record = tree.document().parent(node) == Some(tree.root());
        let has_order = |page: &Page| page.table.order_of(tree).is_some();
        // In another order the range is what lies between in that order; its ends are enough to see it.
        let is_sorted = self.view() == View::Table && self.page().is_some_and(has_order);
        is_record
            && if is_sorted {
                node == from || node == to
            } else {
                (from.min(to)..=from.max(to)).contains(&node)
            }
    }

    /// Marks the record or the file under the cursor, or takes the mark away; ends a range.
    pub(super) fn mark(&mut self, context: &mut Context<'_>) {
        let Some(record) = self.record_at_cursor(context) else {
            return;
        };
        if let Some(from) = self.range_start() {
            self.range = None;
            return self.mark_records(from, record, context);
        }
        let file = self.file_at_cursor();
        let Some(page) = self.page_mut() else {
            return;
        };
        match &file {
            Some(file) => {
                if !page.unmark_file(file) {
                    page.mark_file(file);
                }
            }
            None => page.toggle(record),
        }
        self.say_marks(context);
        // What one marks next is the next record, or the next file.
        let marked = file.map_or(record, |file| file.node);
        match self.view() {
            View::Tree => {
                if let Some(tree) = self.tree_mut() {
                    tree.select(marked);
                    tree.to_next_sibling();
                }
            }
            View::Table => self.step(1),
            View::Text => {}
        }
    }

    /// Returns the file that the cursor is in: its description, or a value of it.
    fn file_at_cursor(&self) -> Option<Attachment> {
        let tree = self.tree().filter(|_| self.view() == View::Tree)?;
        let (document, record) = (tree.document(), tree.record_of(tree.cursor()));
        let finder = self.page()?.finder.as_ref()?;
        let ancestors = std::iter::successors(Some(tree.cursor()), |node| document.parent(*node));
        // Something deeper is no part of a description of a file.
        ancestors
            .take_while(|node| *node != record)
            .take(4)
            .find_map(|node| finder.look(document, node, record))
    }

    /// Begins a range of marks, or ends it.
    pub(super) fn mark_range(&mut self, context: &mut Context<'_>) {
        let Some(record) = self.record_at_cursor(context) else {
            return;
        };
        match self.range_start() {
            Some(from) => {
                self.range = None;
                self.mark_records(from, record, context);
            }
            None => {
                self.range = self.page_tab().map(|place| (place, record));
                context.info(
                    "Move to the other end, then V or Space marks the range; Esc gives it up",
                );
            }
        }
    }

    fn mark_records(&mut self, from: NodeId, to: NodeId, context: &mut Context<'_>) {
        if let Some(page) = self.page_mut() {
            let records = page.range(from, to);
            page.marks.extend(records);
            self.say_marks(context);
        }
    }

    /// Marks all records that are shown, of all pages where they are one list; takes the marks away if all are marked.
    pub(super) fn mark_all(&mut self, context: &mut Context<'_>) {
        if self.record_at_cursor(context).is_none() {
            return;
        }
        if self
            .tree()
            .is_some_and(|tree| tree.document().kind(tree.root()) != Kind::Array)
        {
            return context.info("This is one record: there is no list to mark");
        }
        self.range = None;
        let is_list = self.all_pages.is_some();
        let mut pages: Vec<&mut Page> = match is_list {
            true => self.pages.iter_mut().collect(),
            false => self.page_mut().into_iter().collect(),
        };
        let records: Vec<Vec<NodeId>> = pages.iter().map(|page| page.shown_records()).collect();
        let has_all = |(page, records): (&&mut Page, &Vec<NodeId>)| {
            records.iter().all(|record| page.marks.contains(record))
        };
        if pages.iter().zip(&records).all(has_all) {
            pages.iter_mut().for_each(|page| page.unmark_all());
        } else {
            for (page, records) in pages.iter_mut().zip(records) {
                page.marks.extend(records);
            }
        }
        self.say_marks(context);
    }

    fn say_marks(&self, context: &mut Context<'_>) {
        let count_of = |page: &Page| {
            let records = page.marked_records().len();
            (records, page.marks.len() - records)
        };
        let (records, files) = match self.all_pages {
            Some(_) => self
                .pages
                .iter()
                .map(count_of)
                .fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1)),
            None => self.page().map_or((0, 0), count_of),
        };
        let count = |count: usize, what: &str| text::plural(count as u64, what);
        context.info(match (records, files) {
            (0, 0) => "Nothing is marked".to_owned(),
            (records, 0) => format!(
                "{} marked: x leads on, y r copies, E exports them",
                count(records, "record")
            ),
            (0, files) => format!("{} marked: d downloads", count(files, "file")),
            (records, files) => format!(
                "{} and {} marked: d downloads, E exports",
                count(records, "record"),
                count(files, "file")
            ),
        });
    }

    fn record_at_cursor(&self, context: &mut Context<'_>) -> Option<NodeId> {
        let tree = self.tree().filter(|tree| {
            tree.holds(tree.cursor()) && !tree.has_own_root() && self.tab == Tab::Result
        });
        let record = tree.map(|tree| tree.outermost(tree.cursor()));
        if record.is_none() {
            context.info("Marks are for the records of a result");
        }
        record
    }

    /// Returns the marked records, by page and by the call that brought them, and how many are left out because their page
    /// is on the disk.
    pub fn marked(&self) -> (Vec<Marked>, u64) {
        let (mut found, mut unread) = (Vec::new(), 0);
        if self.filtered().is_some() {
            return (found, unread);
        }
        for page in self
            .pages
            .iter()
            .chain(self.streaming().map(|own| &own.page))
        {
            let Some(tree) = page.tree(Tab::Result) else {
                unread += page.marked_records().len() as u64;
                continue;
            };
            let root = tree.base_root();
            let document = tree.document();
            if document.kind(root) != Kind::Array {
                continue;
            }
            for record in page.in_order(&page.marked_records()) {
                let Some(call) = self.call_for(page, record) else {
                    continue;
                };
                match found.last_mut() {
                    Some(Marked {
                        page: own,
                        call: last,
                        records,
                        ..
                    }) if *own == page.id && last == call => {
                        records.push(record);
                    }
                    Some(_) | None => found.push(Marked {
                        page: page.id,
                        document: Arc::clone(document),
                        call: call.clone(),
                        records: vec![record],
                    }),
                }
            }
        }
        (found, unread)
    }

    /// Marks files of pages.
    pub(super) fn mark_files(&mut self, files: &[(PageId, Attachment)]) {
        for (page, file) in files {
            if let Some(page) = self.by_id(*page) {
                page.mark_file(file);
            }
        }
    }

    /// Takes the marks of files away.
    pub(super) fn unmark_files(&mut self, files: &[(PageId, Attachment)]) {
        for (page, file) in files {
            if let Some(page) = self.by_id(*page) {
                page.unmark_file(file);
            }
        }
    }
}
