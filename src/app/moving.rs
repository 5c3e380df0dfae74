//! Moving: the cursor, the window, from match to match, in whatever the pane shows.

use super::App;
use super::focus::Pane;
use super::notice::Notice;
use super::reply::View;
use super::tree::Tree;

impl App {
    pub(super) fn on_tree(&mut self, change: impl FnOnce(&mut Tree)) {
        if let Some(tree) = self.reply.tree_mut() {
            change(tree);
        }
    }

    pub(super) fn sibling(&mut self, change: impl FnOnce(&mut Tree) -> bool) {
        if !self.reply.tree_mut().is_some_and(change) {
            self.notice = Some(Notice::info("There is none beside it"));
        }
    }

    /// Returns the lines of a window.
    pub(super) fn window(&self) -> i64 {
        i64::from(self.sizes.pane(self.focus).height.max(2)) - 1
    }

    pub(super) fn scroll_cursor(&mut self, lines: i64) {
        match self.focus {
            Pane::Connectors => {
                let length = self.connectors.shown().len();
                self.connectors.cursor.step(lines, length);
            }
            Pane::Request => self.form.cursor.step(lines, self.form.rows.len()),
            Pane::Reply if self.reply.all_pages.is_some() => self.reply.step_joined(lines),
            Pane::Reply => match self.reply.view() {
                View::Tree => self.on_tree(|tree| tree.step(lines)),
                View::Table => self.on_table(|tree, table| {
                    let row = i64::from(table.row).saturating_add(lines);
                    table.select_row(tree, row);
                }),
                View::Raw => self.on_raw(|document, raw| raw.step(document, lines)),
            },
        }
    }

    /// Moves what is seen of a pane, as a wheel does.
    pub(super) fn scroll(&mut self, pane: Pane, lines: i64) {
        let focus = std::mem::replace(&mut self.focus, pane);
        match pane {
            Pane::Reply if self.reply.view() == View::Tree && self.reply.all_pages.is_none() => {
                self.on_tree(|tree| tree.scroll(lines))
            }
            Pane::Connectors | Pane::Request | Pane::Reply => self.scroll_cursor(lines),
        }
        self.focus = focus;
    }

    /// Moves to the first line or the last.
    pub(super) fn jump(&mut self, direction: i64) {
        match (self.focus, self.reply.view()) {
            (Pane::Reply, _) if self.reply.all_pages.is_some() => self.reply.jump_joined(direction),
            (Pane::Reply, View::Raw) => self.on_raw(|document, raw| raw.jump(document, direction)),
            (Pane::Reply, View::Tree) if direction < 0 => self.on_tree(Tree::to_first),
            (Pane::Reply, View::Tree) => self.on_tree(Tree::to_last),
            (Pane::Reply, View::Table) | (Pane::Connectors | Pane::Request, _) => {
                self.scroll_cursor(direction * i64::from(u32::MAX))
            }
        }
    }

    /// Left and right: folds in a tree, columns in a table, sideways in text.
    pub(super) fn sideways(&mut self, direction: i64) {
        match self.reply.view() {
            View::Tree if direction < 0 => self.on_tree(Tree::fold),
            View::Tree => self.on_tree(Tree::unfold),
            View::Table => self.on_table(|tree, table| table.step_column(tree, direction)),
            View::Raw
                if self
                    .reply
                    .page()
                    .and_then(|page| page.text(self.reply.tab()))
                    .is_some_and(|(_, raw)| raw.unwrapped) =>
            {
                self.on_raw(|_, raw| raw.shift(direction));
            }
            View::Raw => {
                self.notice = Some(Notice::info(
                    "Lines are wrapped: Enter lets them go on to the right",
                ))
            }
        }
    }

    pub(super) fn on_table(&mut self, change: impl FnOnce(&mut Tree, &mut super::table::Table)) {
        if let Some((tree, table)) = self.reply.page_mut().and_then(|page| page.table_mut()) {
            change(tree, table);
        }
    }

    pub(super) fn on_raw(
        &mut self,
        change: impl FnOnce(&crate::json::document::Document, &mut super::raw::Raw),
    ) {
        let tab = self.reply.tab();
        if let Some((document, raw)) = self.reply.page_mut().and_then(|page| page.text_mut(tab)) {
            change(&document, raw);
        }
    }

    /// Keeps the reply's selection in its window, for a height and a width.
    pub(super) fn fit_reply(&mut self, height: usize, width: usize) {
        if self.reply.all_pages.is_some() {
            return self.reply.fit_joined(height);
        }
        match self.reply.view() {
            View::Tree => self.on_tree(|tree| tree.fit(height)),
            View::Table => self.on_table(|tree, table| {
                let (columns, rows) = table.room(width, height);
                table.fit(tree, rows, columns);
            }),
            View::Raw => {
                let tab = self.reply.tab();
                let gutter = self
                    .reply
                    .page()
                    .and_then(|page| page.text(tab))
                    .map_or(0, |(document, _)| super::raw::gutter(document));
                self.on_raw(|document, raw| {
                    raw.fit(document, height, width.saturating_sub(gutter))
                });
            }
        }
    }

    /// Selects the row of the reply that is so many below the first one seen.
    pub(super) fn click_reply(&mut self, row: usize) {
        if self.reply.all_pages.is_some() {
            return self.reply.click_joined(row);
        }
        match self.reply.view() {
            View::Tree => self.on_tree(|tree| {
                let before = tree.cursor();
                tree.click(row);
                if tree.cursor() == before {
                    tree.toggle();
                }
            }),
            View::Table => self.on_table(|tree, table| {
                if let Some(line) = row.checked_sub(1) {
                    let row = i64::from(table.top) + line as i64;
                    table.select_row(tree, row);
                }
            }),
            View::Raw => self.on_raw(|document, raw| raw.click(document, row)),
        }
    }
}
