//! Records as a table: columns, rows, what of them is seen. The cursor is the tree's own.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Weak};

use super::tree::Tree;
use super::{End, Side, Toggled, Viewer};
use crate::app::effect::Direction;
use crate::app::widgets::load::Load;
use crate::json::document::{Document, Kind, NodeId};
use crate::json::table::{SCALAR, each, follow, path_of};
use crate::text;

/// A column is no wider than this, in cells.
const WIDEST: usize = 36;
/// The names beside the values of a column are no wider than this, with what sets them off, in cells.
const WIDEST_NAME: usize = 24;
/// There are no more columns than this; fields without one are counted.
const MOST_COLUMNS: usize = 20_000;
/// So many fields of a record are counted.
const MOST_COUNTED: usize = 200_000;
/// So many fields are looked at for the list of columns.
const MOST_LEARNED: usize = 2_000_000;
/// Paths of columns have no more keys than this.
const DEEPEST: usize = 9;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The path of its values, as [`each`] writes it.
    pub path: String,
    /// Its width in cells.
    pub width: usize,
    /// The width of the names beside its values; 0 where none are shown.
    pub names: usize,
    /// Whether all values seen are numbers.
    pub numbers: bool,
    /// Whether it is left out.
    pub hidden: bool,
    /// Its place among the columns that are shown.
    place: usize,
}

impl Column {
    /// Returns how wide its values are with the names beside them.
    pub fn room(&self) -> usize {
        self.width + self.names
    }
}

/// An order of the rows other than the body's.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The column that it follows.
    pub path: String,
    /// Whether the largest stands first.
    pub direction: Direction,
    /// The records.
    pub records: Arc<Vec<NodeId>>,
    /// The value that they stand in.
    pub root: NodeId,
}

/// The table of a page's records.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// All columns, in the order in which they were found.
    columns: Vec<Column>,
    /// Their numbers by their paths.
    numbers: HashMap<String, usize>,
    /// Their numbers in the order in which they stand.
    arranged: Vec<usize>,
    /// The numbers of those that are shown, in that order.
    shown: Vec<usize>,
    /// Whether the user has moved one.
    is_moved: bool,
    /// The most fields of a record that have no column.
    left_out: usize,
    /// The document and value of which the rows below are.
    source: (Weak<Document>, Option<NodeId>),
    /// The rows of the window, each with its cells by the numbers of their columns.
    rows: Vec<Laid>,
    /// Whether a column has room for names.
    has_names: bool,
    /// How many records were looked at for the list of columns, and whether that is not all.
    learned: (usize, bool),
    /// The order of the rows, unless it is the body's.
    pub order: Option<Order>,
    /// The sort that runs, and what it sorts by.
    pub sorting: Load<()>,
    /// The column and direction of that sort.
    pub wanted: Option<(String, Direction)>,
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
}

/// A row of the window.
#[derive(Debug, Clone)]
struct Laid {
    record: NodeId,
    cells: Vec<Option<NodeId>>,
}

impl Table {
    /// Returns the order of what a tree shows, unless it is the body's.
    pub fn order_of(&self, tree: &Tree) -> Option<&Order> {
        self.order
            .as_ref()
            .filter(|order| order.root == tree.root())
    }

    /// Forgets the order, and the one that is being made.
    pub fn forget_order(&mut self) {
        (self.order, self.sorting, self.wanted) = (None, Load::Idle, None);
    }

    /// Returns the columns that are shown.
    pub fn shown(&self) -> impl Iterator<Item = &Column> {
        self.shown
            .iter()
            .filter_map(|number| self.columns.get(*number))
    }

    /// Returns the columns that stand in the window, each with its place: the first one, and from the first one seen on.
    pub fn in_window(&self) -> impl Iterator<Item = (usize, &Column)> {
        let left = self.left.clamp(1, self.shown.len().max(1));
        let places = self
            .shown
            .iter()
            .take(1)
            .chain(self.shown.get(left..).unwrap_or_default());
        places
            .filter_map(|number| self.columns.get(*number))
            .map(|column| (column.place, column))
    }

    /// Returns all columns in the order in which they stand.
    pub fn all(&self) -> impl Iterator<Item = &Column> {
        self.arranged
            .iter()
            .filter_map(|number| self.columns.get(*number))
    }

    /// Returns whether columns were hidden or moved.
    pub fn is_arranged(&self) -> bool {
        self.is_moved || self.shown.len() < self.columns.len()
    }

    /// Returns how many fields of a record have no column.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Recalculates the column positions, after a column was hidden, shown or moved.
    fn arrange(&mut self) {
        self.shown.clear();
        for number in &self.arranged {
            let column = &mut self.columns[*number];
            if !column.hidden {
                column.place = self.shown.len();
                self.shown.push(*number);
            }
        }
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

    /// Returns the selected column.
    pub fn column(&self) -> Option<&Column> {
        self.columns.get(*self.shown.get(self.at)?)
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
            (Some(order), _) => order
                .records
                .iter()
                .position(|own| *own == record)
                .map_or(self.row, |row| row as u32),
            (None, Some(kept)) => kept.partition_point(|own| *own < record) as u32,
            (None, None) => tree.document().index_in_parent(record),
        }
    }

    /// Returns the value of a cell.
    pub fn cell(&self, document: &Document, record: NodeId, column: &Column) -> Option<NodeId> {
        // What is in the window was looked at once, however many fields a record has.
        if let (Some(row), Some(number)) = (
            self.rows.iter().find(|row| row.record == record),
            self.shown
                .get(column.place)
                .filter(|_| self.is_of(document)),
        ) {
            return row.cells.get(*number).copied().flatten();
        }
        if document.kind(record) != Kind::Object {
            return (column.path == SCALAR).then_some(record);
        }
        follow(document, record, &column.path)
    }

    fn is_of(&self, document: &Document) -> bool {
        std::ptr::eq(self.source.0.as_ptr(), document)
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
        let Some(record) = self.record(tree, self.row) else {
            return;
        };
        let cell = self
            .column()
            .and_then(|column| self.cell(tree.document(), record, column));
        tree.select(cell.unwrap_or(record));
    }

    /// Moves by some columns.
    pub fn step_column(&mut self, tree: &mut Tree, columns: i64) {
        let last = self.shown.len().saturating_sub(1) as i64;
        self.at = (self.at as i64).saturating_add(columns).clamp(0, last) as usize;
        self.select_cell(tree);
    }

    /// Moves the selected column by one place. Returns whether it could.
    pub fn move_column(&mut self, direction: i64) -> bool {
        let Some(other) = usize::try_from(self.at as i64 + direction)
            .ok()
            .filter(|other| *other < self.shown.len())
        else {
            return false;
        };
        let numbers = [self.shown[self.at], self.shown[other]];
        let places = numbers.map(|number| {
            self.arranged
                .iter()
                .position(|own| *own == number)
                .unwrap_or_default()
        });
        self.arranged.swap(places[0], places[1]);
        self.is_moved = true;
        self.at = other;
        self.arrange();
        true
    }

    /// Leaves the selected column out. Says which; the last one stays.
    pub fn hide_column(&mut self, tree: &mut Tree) -> Option<String> {
        if self.shown.len() < 2 {
            return None;
        }
        let number = *self.shown.get(self.at)?;
        self.columns[number].hidden = true;
        self.arrange();
        self.at = self.at.min(self.shown.len() - 1);
        let path = self.columns[number].path.clone();
        // The cursor goes on to the column that took its place.
        self.select_cell(tree);
        Some(path)
    }

    /// Shows or leaves out a column.
    pub fn toggle_column(&mut self, tree: &mut Tree, path: &str) {
        let alone = self.shown.len() == 1;
        if let Some(column) = self
            .numbers
            .get(path)
            .map(|number| &mut self.columns[*number])
            && (column.hidden || !alone)
        {
            column.hidden = !column.hidden;
            self.arrange();
        }
        self.at = self.at.min(self.shown.len().saturating_sub(1));
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
        self.top = self.top.min(count.saturating_sub(height)).min(self.row);
        if self.row >= self.top + height {
            self.top = self.row + 1 - height;
        }
        self.begin(tree);
        let mut known: HashMap<NodeId, Laid> = std::mem::take(&mut self.rows)
            .into_iter()
            .map(|row| (row.record, row))
            .collect();
        for row in self.top..(self.top + height).min(count) {
            if let Some(record) = self.record(tree, row) {
                let row = known
                    .remove(&record)
                    .unwrap_or_else(|| self.lay(document, record, Widths::Grow));
                self.rows.push(row);
            }
        }
        // A column that was found further down may be one of an object whole here.
        for place in 0..self.rows.len() {
            if self.rows[place].cells.len() < self.columns.len() {
                self.rows[place] = self.lay(document, self.rows[place].record, Widths::Stay);
            }
        }
        if cursor != record {
            self.at = self
                .place_around(document, record, cursor)
                .unwrap_or(self.at);
        }
        self.fit_columns(width.saturating_sub(3));
    }

    /// Makes room for the names beside values, which `width_of` measures; none unless it is set. Looks at the window alone.
    pub fn fit_names(&mut self, width: usize, width_of: Option<&dyn Fn(NodeId, NodeId) -> usize>) {
        let Some(width_of) = width_of else {
            if std::mem::take(&mut self.has_names) {
                self.columns.iter_mut().for_each(|column| column.names = 0);
                self.fit_columns(width.saturating_sub(3));
            }
            return;
        };
        let mut taken = 0;
        let in_window = self.in_window().take_while(|(_, column)| {
            let begin = taken;
            taken += column.room() + 2;
            begin < width
        });
        let places: Vec<usize> = in_window.map(|(place, _)| place).collect();
        for number in places.iter().filter_map(|place| self.shown.get(*place)) {
            let cells = self.rows.iter();
            let cells = cells.filter_map(|row| Some((row.record, (*row.cells.get(*number)?)?)));
            let widest = cells.map(|(record, node)| width_of(record, node)).max();
            let column = &mut self.columns[*number];
            column.names = column.names.max(widest.unwrap_or(0).min(WIDEST_NAME));
            self.has_names |= column.names > 0;
        }
        self.fit_columns(width.saturating_sub(3));
    }

    /// Forgets the rows of another document, or of another value of it.
    fn begin(&mut self, tree: &Tree) {
        if !self.is_of(tree.document()) || self.source.1 != Some(tree.root()) {
            self.source = (Arc::downgrade(tree.document()), Some(tree.root()));
            self.rows.clear();
            self.learned = (0, false);
            self.left_out = 0;
        }
    }

    /// Returns the place of the column that a value stands in.
    fn place_around(&self, document: &Document, record: NodeId, cursor: NodeId) -> Option<usize> {
        let around: Vec<NodeId> = std::iter::successors(Some(cursor), |node| {
            document.parent(*node).filter(|node| *node != record)
        })
        .collect();
        // Only the outermost have a column.
        around[around.len().saturating_sub(DEEPEST)..]
            .iter()
            .find_map(|node| {
                let column =
                    &self.columns[*self.numbers.get(&path_of(document, record, *node)?)?];
                (!column.hidden).then_some(column.place)
            })
    }

    /// Learns the columns of all records, as far as that is done in a timestamp. Returns how many records that are, if not all.
    pub fn learn(&mut self, tree: &Tree) -> Option<usize> {
        self.begin(tree);
        let document = tree.document();
        let (mut fields, records) = (
            0,
            document
                .children(tree.root())
                .skip(self.learned.0)
                .collect::<Vec<_>>(),
        );
        for record in records {
            if fields > MOST_LEARNED {
                self.learned.1 = true;
                break;
            }
            fields += self.lay(document, record, Widths::Stay).cells.len();
            self.learned.0 += 1;
        }
        self.learned.1.then_some(self.learned.0)
    }

    /// Lays a record out over the columns, learns new ones, and how wide they must be.
    fn lay(&mut self, document: &Document, record: NodeId, widths: Widths) -> Laid {
        let mut cells = vec![None; self.columns.len()];
        let (mut fields, mut left_out, mut next, mut object) = (0, 0, 0, record);
        each(document, record, &mut |path, node| {
            fields += 1;
            // The objects that it is in have a cell, too, where they are no objects in other records.
            if let Some(parent) = document
                .parent(node)
                .filter(|parent| node != record && *parent != object)
            {
                object = parent;
                let around = std::iter::successors(Some(parent), |node| document.parent(*node))
                    .take_while(|node| *node != record);
                for node in around {
                    if let Some(number) =
                        path_of(document, record, node).and_then(|path| self.numbers.get(&path))
                    {
                        cells[*number] = Some(node);
                    }
                }
            }
            // Records mostly have their fields in one order, so the column is mostly the next one.
            let is_next = self
                .columns
                .get(next)
                .is_some_and(|column| column.path == path);
            let known = if is_next {
                Some(next)
            } else {
                self.numbers.get(path).copied()
            };
            let number = match known {
                Some(number) => number,
                None if self.columns.len() < MOST_COLUMNS => {
                    cells.push(None);
                    self.add(path)
                }
                None => {
                    left_out += 1;
                    return if fields < MOST_COUNTED {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    };
                }
            };
            next = number + 1;
            cells[number] = Some(node);
            if known.is_none() || widths == Widths::Grow {
                let column = &mut self.columns[number];
                let kind = document.kind(node);
                column.numbers &= matches!(kind, Kind::Number | Kind::Null);
                if column.width < WIDEST {
                    column.width = column.width.max(cell_width(document, node, kind));
                }
            }
            ControlFlow::Continue(())
        });
        self.left_out = self.left_out.max(left_out);
        Laid { record, cells }
    }

    /// Adds a column behind the others. Returns its number.
    fn add(&mut self, path: &str) -> usize {
        let number = self.columns.len();
        // One more for the arrow of an order.
        let width = (text::width(&text::safe(path)) + 1).clamp(3, WIDEST);
        self.columns.push(Column {
            path: path.to_owned(),
            width,
            names: 0,
            numbers: true,
            hidden: false,
            place: self.shown.len(),
        });
        self.numbers.insert(path.to_owned(), number);
        self.arranged.push(number);
        self.shown.push(number);
        number
    }

    /// Scrolls so that the selected column is seen whole beside the fixed one. Looks at those of the window alone.
    fn fit_columns(&mut self, width: usize) {
        self.left = self.left.clamp(1, self.shown.len().max(1));
        if self.at == 0 {
            self.left = 1;
            return;
        }
        let width_of = |place: usize| {
            self.shown
                .get(place)
                .map_or(0, |number| self.columns[*number].room() + 2)
        };
        let room = width.saturating_sub(width_of(0));
        let (mut first, mut taken) = (self.at, width_of(self.at));
        while first > 1 && taken + width_of(first - 1) <= room {
            first -= 1;
            taken += width_of(first);
        }
        self.left = self.left.min(self.at).max(first);
    }
}

/// What becomes of the width of a column that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Widths {
    /// It grows with what is seen.
    Grow,
    /// It stays: the record is not seen.
    Stay,
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

/// A table with the tree whose cursor it shares.
pub struct TableViewer<'a> {
    /// The tree of the records.
    pub tree: &'a mut Tree,
    /// The table.
    pub table: &'a mut Table,
}

impl Viewer for TableViewer<'_> {
    fn step(&mut self, lines: i64) {
        let row = i64::from(self.table.row).saturating_add(lines);
        self.table.select_row(self.tree, row);
    }

    fn jump(&mut self, end: End) {
        let row = match end {
            End::First => 0,
            End::Last => i64::from(u32::MAX),
        };
        self.table.select_row(self.tree, row);
    }

    fn sideways(&mut self, side: Side) -> Result<(), &'static str> {
        self.table.step_column(self.tree, side.sign());
        Ok(())
    }

    fn toggle(&mut self) -> Toggled {
        self.table.beside = !self.table.beside;
        Toggled::Done
    }

    fn click(&mut self, row: usize) {
        // The first row has the names of the columns.
        if let Some(line) = row.checked_sub(1) {
            let row = i64::from(self.table.top) + line as i64;
            self.table.select_row(self.tree, row);
        }
    }

    fn fit(&mut self, width: usize, height: usize) {
        let (columns, rows) = self.table.room(width, height);
        self.table.fit(self.tree, rows, columns);
    }
}
