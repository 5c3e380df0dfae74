//! Looking at a reply: tree, table or text, what is the root, which columns, which records are marked.

use std::sync::Arc;

use super::App;
use super::command::Command;
use super::effect::{Effect, Outside, PageSource, Program};
use super::notice::Notice;
use super::picker::{Choice, Item, Picker};
use super::popup::Popup;
use super::reply::{Page, ReplyPane, Tab, View};
use crate::attachments::Attachment;
use crate::json::document::NodeId;
use crate::json::steps::list_item;
use crate::text;

impl ReplyPane {
    /// Returns what `E` writes: the result of a filter, what is marked or kept, or all pages.
    pub fn exported(&self) -> Vec<(PageSource, Option<Arc<Vec<NodeId>>>)> {
        let own = |page: &Page| (page.source(), page.picked());
        if let Some(page) = self.filtered() {
            return vec![own(page)];
        }
        let marked: Vec<_> = self
            .pages
            .iter()
            .filter(|page| page.has_marked_records())
            .map(own)
            .collect();
        if !marked.is_empty() {
            return marked;
        }
        match self.page() {
            // What one page shows of its records is what is written, as long as it is not all of them.
            Some(page) if self.all_pages.is_none() && page.picked().is_some() => vec![own(page)],
            Some(_) | None => self
                .pages
                .iter()
                .map(|page| (page.source(), None))
                .collect(),
        }
    }

    /// Returns whether a record stands in the range that is being marked.
    pub fn is_in_range(&self, node: NodeId) -> bool {
        let (Some(from), Some(tree)) = (self.range_start(), self.tree()) else {
            return false;
        };
        // In another order the range is what lies between in that order; its ends are enough to see it.
        let to = tree.outermost(tree.cursor());
        let top = tree.document().parent(node) == Some(tree.root());
        let sorted = self.view() == View::Table
            && self
                .page()
                .is_some_and(|page| page.table.order_of(tree).is_some());
        top && if sorted {
            node == from || node == to
        } else {
            node >= from.min(to) && node <= from.max(to)
        }
    }

    /// Returns how many records `E` writes.
    pub fn exported_count(&self) -> u64 {
        if let Some(page) = self.filtered() {
            return page
                .picked()
                .map_or_else(|| u64::from(page.count()), |picked| picked.len() as u64);
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
            self.pages.iter().map(|page| u64::from(page.count())).sum()
        }
    }

    /// Returns the columns of a table that is seen and whose columns were hidden or moved, with commas; nothing for all.
    pub fn shown_columns(&mut self) -> String {
        let is_table = self.view() == View::Table;
        let Some((tree, table)) = self
            .page_mut()
            .filter(|_| is_table)
            .and_then(|page| page.table_mut())
        else {
            return String::new();
        };
        if !table.is_arranged() {
            return String::new();
        }
        table.learn(tree);
        table
            .shown()
            .map(|column| list_item(&column.path))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl App {
    /// `e` and `p`: the value in the editor or the pager.
    pub(super) fn show_outside(&self, program: Program) -> Vec<Effect> {
        let tree = self.reply.tree().filter(|_| self.reply.tab() != Tab::Body);
        let outside = match (
            tree,
            self.reply
                .page()
                .and_then(|page| page.text(self.reply.tab())),
        ) {
            (Some(tree), _) => Outside {
                program,
                document: Arc::clone(tree.document()),
                node: Some(tree.cursor()),
            },
            (None, Some((document, _))) => Outside {
                program,
                document: Arc::clone(document),
                node: document.root(),
            },
            (None, None) => return Vec::new(),
        };
        vec![Effect::Outside(Box::new(outside))]
    }

    /// `v`: the next of tree, table, text.
    pub(super) fn next_view(&mut self) -> Vec<Effect> {
        self.reply.all_pages = None;
        let tab = self.reply.tab();
        if let Some(page) = self.reply.page_mut() {
            page.next_view(tab);
            let word = match page.view(tab) {
                View::Tree => "Tree",
                View::Table => "Table: < > move the column, - hides it, + picks, O sorts",
                View::Raw => "The body as it came: Enter wraps lines or lets them go on",
            };
            self.notice = Some(Notice::info(word));
        }
        Vec::new()
    }

    /// `.`: the selected value becomes the root.
    pub(super) fn set_root(&mut self) {
        let planted = self
            .reply
            .tree_mut()
            .is_some_and(super::tree::Tree::set_root);
        self.notice = Some(if planted {
            let tab = self.reply.tab;
            if let Some(page) = self.reply.page_mut() {
                page.views[tab] = View::Tree;
            }
            Notice::info("This is the root now: Backspace goes back")
        } else {
            Notice::info("Only an object or an array can be the root")
        });
    }

    /// Backspace: the root that was before.
    pub(super) fn restore_root(&mut self) {
        if !self
            .reply
            .tree_mut()
            .is_some_and(super::tree::Tree::restore_root)
        {
            self.notice = Some(Notice::info("This is the whole already"));
        }
    }

    /// Changes the columns of the table.
    pub(super) fn change_columns(&mut self, command: Command) {
        let mut said = None;
        self.on_table(|tree, table| match command {
            Command::ColumnLeft | Command::ColumnRight => {
                if !table.move_column(if command == Command::ColumnLeft {
                    -1
                } else {
                    1
                }) {
                    said = Some("The column is at the end already".to_owned());
                }
            }
            _ => {
                said = Some(match table.hide_column(tree) {
                    Some(path) => format!("`{}` is hidden: + shows it again", text::safe(&path)),
                    None => "One column must stay".to_owned(),
                });
            }
        });
        self.notice = said.map(Notice::info);
    }

    /// `+`: the columns to choose from.
    pub(super) fn pick_columns(&mut self) {
        let Some((tree, table)) = self.reply.page_mut().and_then(|page| page.table_mut()) else {
            return;
        };
        let mut title = match table.learn(tree) {
            Some(records) => format!(
                "Columns of the first {}: Enter shows or hides",
                text::plural(records as u64, "record")
            ),
            None => "Columns: Enter shows or hides".to_owned(),
        };
        if table.left_out() > 0 {
            title.push_str(&format!(
                "; {} left out",
                text::plural(table.left_out() as u64, "field")
            ));
        }
        let items = table.all().map(|column| Item {
            label: text::safe(&column.path).into_owned(),
            about: if column.hidden { "hidden" } else { "shown" }.to_owned(),
            choice: Choice::Column(column.path.clone()),
        });
        let picker = Picker::new(
            title,
            items.collect(),
            table.column().map_or("", |column| &column.path),
        );
        self.popups.push(Popup::Picker(picker));
    }

    /// Shows or hides a column, with the list of them open again.
    pub(super) fn toggle_column(&mut self, path: &str) {
        self.on_table(|tree, table| table.toggle_column(tree, path));
        self.pick_columns();
        if let Some(Popup::Picker(picker)) = self.popups.last_mut() {
            let at = picker
                .items
                .iter()
                .position(|item| item.choice == Choice::Column(path.to_owned()));
            picker.cursor.at = at.unwrap_or(0);
        }
    }

    /// `O`: sorts by the selected column; again the other way; again as the body has it.
    pub(super) fn sort(&mut self) -> Vec<Effect> {
        let task = self.next_task();
        let Some((serial, page)) = self.reply.page_mut().map(|page| (page.serial, page)) else {
            return Vec::new();
        };
        let Some((tree, table)) = page.table_mut() else {
            return Vec::new();
        };
        let Some(path) = table.column().map(|column| column.path.clone()) else {
            return Vec::new();
        };
        let descending = match table.order_of(tree) {
            Some(order) if order.path == path && order.descending => {
                table.forget_order();
                self.notice = Some(Notice::info("The order of the body again"));
                return Vec::new();
            }
            Some(order) if order.path == path => true,
            Some(_) | None => false,
        };
        let mut effects: Vec<Effect> = table
            .sorting
            .cancel()
            .map(Effect::Cancel)
            .into_iter()
            .collect();
        table.sorting.start(task);
        table.wanted = Some((path.clone(), descending));
        let (document, root, kept) = (
            Arc::clone(tree.document()),
            tree.root(),
            tree.kept().cloned(),
        );
        effects.push(Effect::Sort {
            task,
            serial,
            document,
            root,
            kept,
            path,
            descending,
        });
        effects
    }

    /// Space: marks the record under the cursor, or takes the mark away.
    pub(super) fn mark(&mut self) {
        let Some(record) = self.record_at_cursor() else {
            return;
        };
        if let Some(from) = self.reply.range_start() {
            self.reply.range = None;
            return self.mark_range(from, record);
        }
        let file = self.file_at_cursor();
        let Some(page) = self.reply.page_mut() else {
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
        self.say_marks();
        // The next record, or the next file, is what one marks next.
        let marked = file.map_or(record, |file| file.node);
        match self.reply.view() {
            View::Tree => self.on_tree(|tree| {
                tree.select(marked);
                tree.to_next_sibling();
            }),
            View::Table => self.scroll_cursor(1),
            View::Raw => {}
        }
    }

    /// Returns the file inside of a record that the cursor is on or in.
    fn file_at_cursor(&self) -> Option<Attachment> {
        let tree = self
            .reply
            .tree()
            .filter(|_| self.reply.view() == View::Tree)?;
        let (document, record) = (tree.document(), tree.record_of(tree.cursor()));
        let finder = self.reply.page()?.finder.as_ref()?;
        let around = std::iter::successors(Some(tree.cursor()), |node| document.parent(*node))
            .take_while(|node| *node != record);
        // Something deeper is no part of a description of a file.
        around
            .take(4)
            .find_map(|node| finder.look(document, node, record))
    }

    /// `V`: begins a range of marks, and ends it.
    pub(super) fn begin_range(&mut self) {
        let Some(record) = self.record_at_cursor() else {
            return;
        };
        match self.reply.range_start() {
            Some(from) => {
                self.reply.range = None;
                self.mark_range(from, record);
            }
            None => {
                self.reply.range = self.reply.place().map(|place| (place, record));
                self.notice = Some(Notice::info(
                    "Move to the other end, then V or Space marks the range; Esc gives it up",
                ));
            }
        }
    }

    fn mark_range(&mut self, from: NodeId, to: NodeId) {
        let Some(page) = self.reply.page_mut() else {
            return;
        };
        let records = page.range(from, to);
        page.marks.extend(records);
        self.say_marks();
    }

    fn say_marks(&mut self) {
        let (records, files) = self.reply.page().map_or((0, 0), |page| {
            let records = page.marked_records().len();
            (records, page.marks.len() - records)
        });
        let count = |count: usize, what: &str| text::plural(count as u64, what);
        self.notice = Some(Notice::info(match (records, files) {
            (0, 0) => "Nothing is marked".to_owned(),
            (records, 0) => format!(
                "{} marked: y r copies, E exports them",
                count(records, "record")
            ),
            (0, files) => format!("{} marked: d downloads", count(files, "file")),
            (records, files) => format!(
                "{} and {} marked: d downloads, E exports",
                count(records, "record"),
                count(files, "file")
            ),
        }));
    }

    /// Returns the record under the cursor; says so where there is none.
    fn record_at_cursor(&mut self) -> Option<NodeId> {
        let record = self
            .reply
            .tree()
            .filter(|tree| {
                tree.holds(tree.cursor()) && !tree.has_own_root() && self.reply.tab() == Tab::Result
            })
            .map(|tree| tree.outermost(tree.cursor()));
        if record.is_none() {
            self.notice = Some(Notice::info("Marks are for the records of a result"));
        }
        record
    }
}
