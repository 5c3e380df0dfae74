//! All pages as one list: a head for each page, then its rows as its own tree shows them.
//!
//! The window begins at a [`RowRef`]. Rows are never counted: the one before and the one after are found
//! from a row, so that a move costs the same with one page and with two hundred.

use super::page::Tab;
use super::reply::{ReplyPane, Search};
use super::tree::Tree;
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
    pub fn spot_after(&self, spot: RowRef) -> Option<RowRef> {
        let page = spot.page();
        let within = match spot {
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
    pub fn spot_before(&self, spot: RowRef) -> Option<RowRef> {
        let page = spot.page();
        match spot {
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
    pub fn spot(&self) -> RowRef {
        match self.rows_of(self.current) {
            Some(tree) => RowRef::Row(self.current, tree.row_of(tree.cursor())),
            None if self.is_away(self.current) => RowRef::Gap(self.current),
            None => RowRef::Head(self.current),
        }
    }

    /// Iterates over the lines from one on.
    pub fn spots_from(&self, spot: RowRef) -> impl Iterator<Item = RowRef> + '_ {
        std::iter::successors(Some(spot), |spot| self.spot_after(*spot))
    }

    /// Selects a line that was come to from below: of a page that is spilled it is the last row.
    fn select_from_below(&mut self, spot: RowRef) {
        self.select_spot(spot);
        self.from_end = if matches!(spot, RowRef::Gap(_)) {
            self.pages.get(spot.page()).map(|page| page.serial)
        } else {
            None
        };
    }

    /// Selects a line; the head of a page that has rows stands for its first one.
    fn select_spot(&mut self, spot: RowRef) {
        if self.current != spot.page() {
            // What was found was found in another page's document.
            self.search = Search::default();
        }
        self.current = spot.page();
        let spot = if let RowRef::Head(page) = spot {
            self.first_of(page).unwrap_or(spot)
        } else {
            spot
        };
        if let RowRef::Row(page, node) = spot
            && let Some(tree) = self.pages[page].tree_mut(Tab::Result)
        {
            tree.select(node);
        }
    }

    /// Moves by some lines. Heads are passed over.
    pub fn step_joined(&mut self, lines: i64) {
        let mut at = self.spot();
        for _ in 0..lines.unsigned_abs() {
            let mut moved = at;
            loop {
                let next = if lines > 0 {
                    self.spot_after(moved)
                } else {
                    self.spot_before(moved)
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
            self.select_spot(at)
        }
    }

    /// Moves to the first or the last line.
    pub fn jump_joined(&mut self, direction: i64) {
        let last = self.pages.len().saturating_sub(1);
        let spot = if direction < 0 {
            RowRef::Head(0)
        } else {
            self.last_of(last)
        };
        if last < self.pages.len() {
            if direction < 0 {
                self.select_spot(spot)
            } else {
                self.select_from_below(spot)
            }
        }
    }

    /// Selects the line that is so many below the first one seen.
    pub fn click_joined(&mut self, row: usize) {
        let spot = self.all_pages.and_then(|top| self.spots_from(top).nth(row));
        if let Some(spot) = spot {
            self.select_spot(spot);
        }
    }

    /// Moves the window so that it holds the selected line and wastes none.
    pub fn fit_joined(&mut self, height: usize) {
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
        let spot = self.spot();
        let back = |from: RowRef, lines: usize| {
            std::iter::successors(Some(from), |spot| self.spot_before(*spot))
                .take(lines + 1)
                .last()
                .unwrap_or(from)
        };
        if spot.order() < top.order() {
            // The head of the page comes along with its first row.
            top = self
                .spot_before(spot)
                .filter(|before| matches!(before, RowRef::Head(_)))
                .unwrap_or(spot);
        } else if !self.spots_from(top).take(height).any(|seen| seen == spot) {
            top = back(spot, height - 1);
        }
        let seen = self.spots_from(top).take(height).count();
        self.all_pages = Some(back(top, height - seen));
    }

    /// Returns the pages that are seen: one, or those in the window of the list.
    pub fn seen_pages(&self, height: usize) -> Vec<usize> {
        match self.all_pages {
            None => vec![self.current],
            Some(top) => {
                let mut pages: Vec<usize> = self
                    .spots_from(top)
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
