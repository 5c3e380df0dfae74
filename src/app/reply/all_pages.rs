//! All pages as one list: a head for each page, then its rows as its own tree shows them.
//!
//! The window begins at a [`RowRef`]. Rows are never counted: the one before and the one after are found
//! from a row, so that a move costs the same with one page and with two hundred.

use super::ReplyPane;
use super::page::Tab;
use super::views::tree::Tree;
use super::views::{End, Side, Toggled, Viewer};
use crate::app::context::Context;
use crate::app::requests::Request;
use crate::app::widgets::focus::Pane;
use crate::json::document::NodeId;

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowRef {
    /// The head of a page.
    Head(usize),
    /// A row of a page's tree.
    Row(usize, NodeId),
    /// The place of a page whose body is spilled.
    Gap(usize),
}

impl RowRef {
    /// Returns the page that the line belongs to.
    pub fn page(self) -> usize {
        match self {
            RowRef::Head(page) | RowRef::Row(page, _) | RowRef::Gap(page) => page,
        }
    }

    fn order(self) -> (usize, u32, Option<NodeId>) {
        match self {
            RowRef::Head(page) => (page, 0, None),
            RowRef::Gap(page) => (page, 1, None),
            RowRef::Row(page, node) => (page, 2, Some(node)),
        }
    }
}

impl ReplyPane {
    /// Returns the tree of a page's records, if it has rows.
    fn rows_of(&self, page: usize) -> Option<&Tree> {
        let tree = self.pages.get(page)?.tree(Tab::Result)?;
        (tree.document().child_count(tree.root()) > 0).then_some(tree)
    }

    fn is_away(&self, page: usize) -> bool {
        self.pages
            .get(page)
            .is_some_and(|page| page.envelope().is_none())
    }

    fn first_of(&self, page: usize) -> Option<RowRef> {
        if self.is_away(page) {
            return Some(RowRef::Gap(page));
        }
        self.rows_of(page)
            .map(|tree| RowRef::Row(page, tree.first_row()))
    }

    fn last_of(&self, page: usize) -> RowRef {
        if self.is_away(page) {
            return RowRef::Gap(page);
        }
        self.rows_of(page).map_or(RowRef::Head(page), |tree| {
            RowRef::Row(page, tree.last_row())
        })
    }

    /// Returns the line below.
    pub fn row_after(&self, row: RowRef) -> Option<RowRef> {
        let page = row.page();
        let within = match row {
            RowRef::Head(_) => self.first_of(page),
            RowRef::Row(_, node) => self
                .rows_of(page)
                .and_then(|tree| tree.row_after(node))
                .map(|node| RowRef::Row(page, node)),
            RowRef::Gap(_) => None,
        };
        within.or_else(|| (page + 1 < self.pages.len()).then_some(RowRef::Head(page + 1)))
    }

    /// Returns the line above.
    pub fn row_before(&self, row: RowRef) -> Option<RowRef> {
        let page = row.page();
        match row {
            RowRef::Head(0) => None,
            RowRef::Head(_) => Some(self.last_of(page - 1)),
            RowRef::Gap(_) => Some(RowRef::Head(page)),
            RowRef::Row(_, node) => {
                let before = self.rows_of(page).and_then(|tree| tree.row_before(node));
                Some(before.map_or(RowRef::Head(page), |node| RowRef::Row(page, node)))
            }
        }
    }

    /// Returns the line that is selected.
    pub fn row(&self) -> RowRef {
        match self.rows_of(self.current) {
            Some(tree) => RowRef::Row(self.current, tree.row_of(tree.cursor())),
            None if self.is_away(self.current) => RowRef::Gap(self.current),
            None => RowRef::Head(self.current),
        }
    }

    /// Iterates over the lines from one on.
    pub fn rows_from(&self, row: RowRef) -> impl Iterator<Item = RowRef> + '_ {
        std::iter::successors(Some(row), |row| self.row_after(*row))
    }

    /// Selects a line that was come to from below: of a page that is spilled it is the last row.
    fn select_from_below(&mut self, row: RowRef) {
        self.select_row(row);
        self.from_end = if matches!(row, RowRef::Gap(_)) {
            self.pages.get(row.page()).map(|page| page.id)
        } else {
            None
        };
    }

    /// Selects a line; the head of a page that has rows stands for its first one.
    fn select_row(&mut self, row: RowRef) {
        if self.current != row.page() {
            // What was found was found in another page's document.
            self.forget_search();
        }
        self.current = row.page();
        let row = if let RowRef::Head(page) = row {
            self.first_of(page).unwrap_or(row)
        } else {
            row
        };
        if let RowRef::Row(page, node) = row
            && let Some(tree) = self.pages[page].tree_mut(Tab::Result)
        {
            tree.select(node);
        }
    }

    /// Moves by some lines. Heads are passed over.
    pub fn step_rows(&mut self, lines: i64) {
        let mut at = self.row();
        for _ in 0..lines.unsigned_abs() {
            let mut moved = at;
            loop {
                let next = if lines > 0 {
                    self.row_after(moved)
                } else {
                    self.row_before(moved)
                };
                match next {
                    Some(next) => moved = next,
                    None => break,
                }
                let bare_head =
                    matches!(moved, RowRef::Head(page) if self.first_of(page).is_none());
                if bare_head || !matches!(moved, RowRef::Head(_)) {
                    at = moved;
                    break;
                }
            }
            if at != moved {
                break;
            }
        }
        if lines < 0 {
            self.select_from_below(at)
        } else {
            self.select_row(at)
        }
    }

    /// Moves to the first or the last line.
    pub fn jump_rows(&mut self, direction: i64) {
        let last = self.pages.len().saturating_sub(1);
        let row = if direction < 0 {
            RowRef::Head(0)
        } else {
            self.last_of(last)
        };
        if last < self.pages.len() {
            if direction < 0 {
                self.select_row(row)
            } else {
                self.select_from_below(row)
            }
        }
    }

    /// Selects the line that is so many below the first one seen.
    pub fn click_row(&mut self, row: usize) {
        let row = self.all_pages.and_then(|top| self.rows_from(top).nth(row));
        if let Some(row) = row {
            self.select_row(row);
        }
    }

    /// Moves the window so that it holds the selected line and wastes none.
    pub fn fit_rows(&mut self, height: usize) {
        let Some(top) = self.all_pages else { return };
        if self.pages.is_empty() {
            self.all_pages = None;
            return;
        }
        let height = height.max(1);
        let mut top = match top {
            RowRef::Row(page, node) if page < self.pages.len() => match self.rows_of(page) {
                Some(tree) if tree.holds(node) => RowRef::Row(page, tree.row_of(node)),
                _ => RowRef::Head(page),
            },
            RowRef::Head(page) | RowRef::Gap(page) if page < self.pages.len() => RowRef::Head(page),
            RowRef::Head(_) | RowRef::Gap(_) | RowRef::Row(..) => RowRef::Head(0),
        };
        let row = self.row();
        let back = |from: RowRef, lines: usize| {
            std::iter::successors(Some(from), |row| self.row_before(*row))
                .take(lines + 1)
                .last()
                .unwrap_or(from)
        };
        if row.order() < top.order() {
            // The head of the page comes along with its first row.
            top = self
                .row_before(row)
                .filter(|before| matches!(before, RowRef::Head(_)))
                .unwrap_or(row);
        } else if !self.rows_from(top).take(height).any(|seen| seen == row) {
            top = back(row, height - 1);
        }
        let seen = self.rows_from(top).take(height).count();
        self.all_pages = Some(back(top, height - seen));
    }

    /// Returns the pages that are seen: one, or those in the window of the list.
    pub fn shown_pages(&self, height: usize) -> Vec<usize> {
        match self.all_pages {
            None => vec![self.current],
            Some(top) => {
                let mut pages: Vec<usize> = self
                    .rows_from(top)
                    .take(height.max(1))
                    .map(RowRef::page)
                    .collect();
                pages.push(self.current);
                pages.dedup();
                pages
            }
        }
    }
}

/// All pages as one list.
pub struct AllPagesViewer<'a>(pub &'a mut ReplyPane);

impl Viewer for AllPagesViewer<'_> {
    fn step(&mut self, lines: i64) {
        self.0.step_rows(lines);
    }

    fn jump(&mut self, end: End) {
        match end {
            End::First => self.0.jump_rows(-1),
            End::Last => self.0.jump_rows(1),
        }
    }

    fn sideways(&mut self, side: Side) -> Result<(), &'static str> {
        match self.0.tree_mut() {
            Some(mut tree) => tree.sideways(side),
            None => Ok(()),
        }
    }

    fn toggle(&mut self) -> Toggled {
        match self.0.tree_mut() {
            Some(mut tree) => Viewer::toggle(&mut tree),
            None => Toggled::Done,
        }
    }

    fn click(&mut self, row: usize) {
        self.0.click_row(row);
    }

    fn fit(&mut self, _: usize, height: usize) {
        self.0.fit_rows(height);
    }
}

impl ReplyPane {
    /// Shows all pages as one list, or one page again.
    pub(super) fn toggle_all_pages(&mut self, context: &mut Context<'_>) {
        self.all_pages = match self.all_pages {
            Some(_) => None,
            None => {
                self.tab = Tab::Result;
                self.shown = super::Shown::Pages;
                context.request(Request::Focus(Pane::Reply));
                Some(RowRef::Head(self.current))
            }
        };
    }
}
