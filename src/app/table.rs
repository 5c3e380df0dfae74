//! Records as a table: columns, rows, what of them is seen. The cursor is the tree's own.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::load::Load;
use super::tree::Tree;
use crate::domain::text;
use crate::json::document::{Document, Kind, NodeId};
use crate::json::table::{SCALAR, each, follow};

/// A column is no wider than this, in cells.
const WIDEST: usize = 36;
/// So many fields of a record are looked at: what comes behind them has no column.
const MOST_FIELDS: usize = 400;
/// There are no more columns than this.
const MOST_COLUMNS: usize = 300;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The path of its values, as [`each`] writes it.
    pub path: String,
    /// Its width in cells.
    pub width: usize,
    /// Whether all values seen are numbers.
    pub numbers: bool,
    /// Whether it is left out.
    pub hidden: bool,
}

/// An order of the rows other than the body's.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The column that it follows.
    pub path: String,
    /// Whether the largest stands first.
    pub descending: bool,
    /// The records.
    pub records: Arc<Vec<NodeId>>,
    /// The value that they stand in.
    pub root: NodeId,
}

/// The table of a page's records.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// All columns, in their order.
    pub columns: Vec<Column>,
    /// The order of the rows, unless it is the body's.
    pub order: Option<Order>,
    /// The sort that runs, and what it sorts by.
    pub sorting: Load<()>,
    /// The column and direction of that sort.
    pub wanted: Option<(String, bool)>,
    /// The place of the selected column among those that are shown.
    pub at: usize,
    /// The first column seen behind the fixed one.
    pub left: usize,
    /// The number of the selected row and of the first one seen.
    pub row: u32,
    /// The number of the first row seen.
    pub top: u32,
    /// Whether the record is seen beside the table.
    pub beside: bool,
    known: BTreeSet<String>,
}

impl Table {
    /// Returns the columns of the first records.
    pub fn columns_of(tree: &Tree) -> Vec<String> {
        let mut table = Table::default();
        tree.document().children(tree.root()).take(50).for_each(|record| table.learn(tree.document(), record));
        table.columns.into_iter().map(|column| column.path).collect()
    }

    /// Returns the order of what a tree shows, unless it is the body's.
    pub fn order_of(&self, tree: &Tree) -> Option<&Order> {
        self.order.as_ref().filter(|order| order.root == tree.root())
    }

    /// Forgets the order, and the one that is being made.
    pub fn forget_order(&mut self) {
        (self.order, self.sorting, self.wanted) = (None, Load::Idle, None);
    }

    /// Returns the columns that are shown.
    pub fn shown(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.hidden)
    }

    /// Returns how many columns and rows of cells the table has in a pane, without the header: the record beside
    /// it takes the rest, to the right where there is room, else below.
    pub fn room(&self, width: usize, height: usize) -> (usize, usize) {
        match (self.beside, width >= 70) {
            (false, _) => (width, height.saturating_sub(1)),
            (true, true) => (width * 11 / 20, height.saturating_sub(1)),
            (true, false) => (width, (height / 2).saturating_sub(1)),
        }
    }

    fn place_of(&self, shown: usize) -> Option<usize> {
        self.columns.iter().enumerate().filter(|(_, column)| !column.hidden).nth(shown).map(|(place, _)| place)
    }

    /// Returns the selected column.
    pub fn column(&self) -> Option<&Column> {
        self.shown().nth(self.at)
    }

    /// Returns the number of rows.
    pub fn count(&self, tree: &Tree) -> u32 {
        match (self.order_of(tree), tree.kept()) {
            (Some(order), _) => order.records.len() as u32,
            (None, Some(kept)) => kept.len() as u32,
            (None, None) => tree.document().child_count(tree.root()),
        }
    }

    /// Returns the record of a row.
    pub fn record(&self, tree: &Tree, row: u32) -> Option<NodeId> {
        match (self.order_of(tree), tree.kept()) {
            (Some(order), _) => order.records.get(row as usize).copied(),
            (None, Some(kept)) => kept.get(row as usize).copied(),
            (None, None) => tree.document().child_at(tree.root(), row),
        }
    }

    fn row_of(&self, tree: &Tree, record: NodeId) -> u32 {
        if self.record(tree, self.row) == Some(record) {
            return self.row;
        }
        match (self.order_of(tree), tree.kept()) {
            (Some(order), _) => order.records.iter().position(|own| *own == record).map_or(self.row, |row| row as u32),
            (None, Some(kept)) => kept.partition_point(|own| *own < record) as u32,
            (None, None) => tree.document().index_in_parent(record),
        }
    }

    /// Returns the value of a cell.
    pub fn cell(&self, document: &Document, record: NodeId, column: &Column) -> Option<NodeId> {
        if document.kind(record) != Kind::Object {
            return (column.path == SCALAR).then_some(record);
        }
        follow(document, record, &column.path)
    }

    /// Selects a row and keeps the column.
    pub fn select_row(&mut self, tree: &mut Tree, row: i64) {
        let last = i64::from(self.count(tree)) - 1;
        if last < 0 {
            return;
        }
        self.row = row.clamp(0, last) as u32;
        self.select_cell(tree);
    }

    /// Moves the cursor to the selected cell, or to the record where it has no such field.
    fn select_cell(&mut self, tree: &mut Tree) {
        let Some(record) = self.record(tree, self.row) else { return };
        let cell = self.column().and_then(|column| self.cell(tree.document(), record, column));
        tree.select(cell.unwrap_or(record));
    }

    /// Moves by some columns.
    pub fn step_column(&mut self, tree: &mut Tree, columns: i64) {
        let last = self.shown().count().saturating_sub(1) as i64;
        self.at = (self.at as i64).saturating_add(columns).clamp(0, last) as usize;
        self.select_cell(tree);
    }

    /// Moves the selected column by one place. Says whether it could.
    pub fn move_column(&mut self, direction: i64) -> bool {
        let other = self.at as i64 + direction;
        match (self.place_of(self.at), usize::try_from(other).ok().and_then(|other| self.place_of(other))) {
            (Some(one), Some(two)) => {
                self.columns.swap(one, two);
                self.at = other as usize;
                true
            }
            _ => false,
        }
    }

    /// Leaves the selected column out. Says which; the last one stays.
    pub fn hide_column(&mut self, tree: &mut Tree) -> Option<String> {
        if self.shown().count() < 2 {
            return None;
        }
        let place = self.place_of(self.at)?;
        self.columns[place].hidden = true;
        self.at = self.at.min(self.shown().count() - 1);
        let path = self.columns[place].path.clone();
        // The cursor goes on to the column that took its place.
        self.select_cell(tree);
        Some(path)
    }

    /// Shows or leaves out a column.
    pub fn toggle_column(&mut self, tree: &mut Tree, path: &str) {
        let alone = self.shown().count() == 1;
        if let Some(column) = self.columns.iter_mut().find(|column| column.path == path)
            && (column.hidden || !alone)
        {
            column.hidden = !column.hidden;
        }
        self.at = self.at.min(self.shown().count().saturating_sub(1));
        self.select_cell(tree);
    }

    /// Follows the cursor, learns of columns, and moves the window, for a height (without the header) and a
    /// width. Looks at the rows of the window alone.
    pub fn fit(&mut self, tree: &Tree, height: usize, width: usize) {
        let height = height.max(1) as u32;
        let document = tree.document();
        let cursor = tree.cursor();
        let count = self.count(tree);
        if count == 0 {
            return;
        }
        let record = tree.outermost(cursor);
        self.row = self.row_of(tree, record).min(count - 1);
        if cursor != record {
            let at = self.shown().position(|column| follow(document, record, &column.path) == Some(cursor));
            let around = || {
                self.shown().position(|column| {
                    let cell = follow(document, record, &column.path);
                    cell.is_some_and(|cell| document.is_inside(cursor, cell))
                })
            };
            self.at = at.or_else(around).unwrap_or(self.at);
        }
        self.top = self.top.min(count.saturating_sub(height)).min(self.row);
        if self.row >= self.top + height {
            self.top = self.row + 1 - height;
        }
        for row in self.top..(self.top + height).min(count) {
            if let Some(record) = self.record(tree, row) {
                self.learn(document, record);
            }
        }
        self.fit_columns(width.saturating_sub(3));
    }

    /// Learns the columns of a record and how wide they must be.
    fn learn(&mut self, document: &Document, record: NodeId) {
        let mut fields = 0;
        let (columns, known) = (&mut self.columns, &mut self.known);
        let mut last = 0;
        each(document, record, &mut |path, node| {
            fields += 1;
            if fields > MOST_FIELDS {
                return ControlFlow::Break(());
            }
            // Records mostly have their fields in one order, so the column is mostly the next one.
            let place = if columns.get(last).is_some_and(|column| column.path == path) {
                Some(last)
            } else if known.contains(path) {
                columns.iter().position(|column| column.path == path)
            } else {
                None
            };
            let place = match place {
                Some(place) => place,
                None if columns.len() < MOST_COLUMNS => {
                    known.insert(path.to_owned());
                    // One more for the arrow of an order.
                    let width = (text::width(&text::safe(path)) + 1).clamp(3, WIDEST);
                    columns.push(Column { path: path.to_owned(), width, numbers: true, hidden: false });
                    columns.len() - 1
                }
                None => return ControlFlow::Continue(()),
            };
            last = place + 1;
            let column = &mut columns[place];
            let kind = document.kind(node);
            column.numbers &= matches!(kind, Kind::Number | Kind::Null);
            if column.width < WIDEST {
                column.width = column.width.max(cell_width(document, node, kind));
            }
            ControlFlow::Continue(())
        });
    }

    /// Scrolls so that the selected column is seen whole beside the fixed one.
    fn fit_columns(&mut self, width: usize) {
        let widths: Vec<usize> = self.shown().map(|column| column.width + 2).collect();
        self.left = self.left.clamp(1, widths.len().max(1));
        if self.at == 0 {
            self.left = 1;
            return;
        }
        self.left = self.left.min(self.at);
        let room = width.saturating_sub(widths.first().copied().unwrap_or(0));
        while self.left < self.at && widths[self.left..=self.at].iter().sum::<usize>() > room {
            self.left += 1;
        }
    }
}

fn cell_width(document: &Document, node: NodeId, kind: Kind) -> usize {
    match kind {
        Kind::String => {
            let raw = document.raw_string(node).unwrap_or_default();
            // As much as can be seen decides.
            let seen = String::from_utf8_lossy(&raw[..raw.len().min(WIDEST * 4)]);
            text::width(&text::safe(&seen)).min(WIDEST)
        }
        Kind::Number | Kind::Boolean => document.scalar(node).map_or(0, <[u8]>::len).min(WIDEST),
        Kind::Null => 0,
        Kind::Object | Kind::Array => 12,
    }
}
