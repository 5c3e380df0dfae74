//! Records as rows of a table: nested objects under paths of their own, arrays as JSON in one cell.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use crate::json::document::{Document, NodeId};
use crate::json::steps::{dotted, normal};
use crate::json::table::{cell, each, find, path_of};
use crate::text::similar::nearest;

/// What decides how records become a table.
#[derive(Debug, Clone, Copy, Default)]
pub struct TableOptions<'a> {
    /// The requested columns; other fields are left out on purpose.
    pub named: &'a [String],
    /// The fields that the operation declares; where no column is named they precede those of the first page.
    pub declared: &'a [String],
    /// How other fields after the first page are handled.
    pub later: Later,
    /// How cells that a spreadsheet takes for formulas are written.
    pub formulas: Formulas,
}

/// How a field that is found after the header was written is handled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Later {
    /// It is left out, and counted.
    #[default]
    LeftOut,
    /// It becomes a column after the others: rows may be longer than the header.
    Added,
}

/// How a cell that a spreadsheet takes for a formula is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Formulas {
    /// Unchanged.
    #[default]
    Kept,
    /// With an apostrophe before it, which makes it text.
    Guarded,
}

impl Formulas {
    /// Returns a cell as it is written.
    pub(super) fn written(self, cell: Cow<'_, str>) -> Cow<'_, str> {
        let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(&cell);
        if self == Formulas::Guarded && is_formula {
            Cow::Owned(format!("'{cell}"))
        } else {
            cell
        }
    }
}

/// Returns whether a text is a number, and no word for one.
fn is_number(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && text.parse::<f64>().is_ok()
}

/// At most this many fields are compared with the name of a column that no record has.
const MOST_SEEN: usize = 2_000;

/// The columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// The columns, in their order.
    pub names: Vec<String>,
    /// How many of them the header has; no header was written for none.
    pub header: usize,
    /// Those that were named and that no record had.
    pub unseen: Vec<String>,
}

/// A field that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path.
    pub path: String,
    /// How many records had it.
    pub records: u64,
    /// The number of the last one of them.
    last: u64,
}

/// The columns of a table: the requested ones, or those of the first page and later additions.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    layout: Layout,
    places: HashMap<String, usize>,
    /// Whether the first page was seen, or the columns were named.
    settled: bool,
    /// Whether the columns are just those that were named, so that others are meant to be left out.
    named: bool,
    declared: Vec<String>,
    /// The fields that were found, until the columns are settled.
    found: Vec<String>,
    known: HashSet<String>,
    later: Later,
    left_out: Vec<LeftOut>,
    left_places: HashMap<String, usize>,
    /// Fields of records, collected while a named column was not found.
    seen: HashSet<String>,
    /// How many records were laid out.
    records: u64,
}

impl Columns {
    /// Starts with the named columns; where there are none, the declared fields and the first page
    /// decide.
    pub(super) fn new(options: &TableOptions<'_>) -> Columns {
        let named = !options.named.is_empty();
        let mut columns = Columns {
            named,
            declared: options.declared.to_vec(),
            later: options.later,
            ..Columns::default()
        };
        options
            .named
            .iter()
            .for_each(|name| columns.add(&normal(name)));
        columns.layout.unseen.clone_from(&columns.layout.names);
        columns
    }

    /// Restores the columns from before an interruption.
    pub(super) fn restored(options: &TableOptions<'_>, layout: Layout) -> Columns {
        let mut columns = Columns {
            settled: true,
            named: !options.named.is_empty(),
            later: options.later,
            ..Columns::default()
        };
        layout.names.iter().for_each(|name| columns.add(name));
        columns.layout = layout;
        columns
    }

    fn add(&mut self, name: &str) {
        if !self.places.contains_key(name) {
            self.places.insert(name.to_owned(), self.layout.names.len());
            self.layout.names.push(name.to_owned());
        }
    }

    /// Adds the fields of records to the columns, in their order, unless the columns were settled or named.
    pub(super) fn look(&mut self, document: &Document, records: &[NodeId]) {
        if self.settled || self.named {
            return;
        }
        for record in records {
            each(document, *record, &mut |path, _| {
                if !self.known.contains(path) {
                    self.known.insert(path.to_owned());
                    self.found.push(path.to_owned());
                }
                ControlFlow::Continue(())
            });
        }
    }

    /// Settles the columns with the first records. Returns whether that was now, so that the header is due.
    pub(super) fn settle(&mut self, document: &Document, records: &[NodeId]) -> bool {
        if self.settled || records.is_empty() && !self.named {
            return false;
        }
        self.look(document, records);
        let found = std::mem::take(&mut self.found);
        self.known.clear();
        // A declared field that holds an object has its columns under longer paths, one with a dot its own in brackets.
        let is_split = |name: &String| {
            let goes_on = |path: &String| {
                path.strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            let is_own = |path: &String| path.contains("[\"") && dotted(path) == *name;
            found.iter().any(|path| goes_on(path) || is_own(path))
        };
        let mut declared = std::mem::take(&mut self.declared);
        declared.retain(|name| !self.named && !is_split(name));
        declared
            .iter()
            .chain(&found)
            .for_each(|name| self.add(name));
        self.settled = true;
        self.layout.header = self.layout.names.len();
        true
    }

    /// Returns the names.
    pub(super) fn names(&self) -> &[String] {
        &self.layout.names
    }

    /// Returns the columns, once they are settled.
    pub(super) fn layout(&self) -> Option<&Layout> {
        Some(&self.layout).filter(|_| self.settled)
    }

    /// Returns the field of the records that the name of a column is similar to.
    pub(super) fn similar(&self, name: &str) -> Option<&str> {
        let mut seen: Vec<&str> = self.seen.iter().map(String::as_str).collect();
        seen.sort_unstable();
        nearest(name, seen.into_iter())
    }

    /// Returns the fields that were left out, in the order in which they were found.
    pub(super) fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Lays a record out over the columns. Fields that are left out, but not by columns that were named, are added to `new`,
    /// each once.
    pub(super) fn cells<'a>(
        &mut self,
        document: &'a Document,
        record: NodeId,
        new: &mut Vec<String>,
    ) -> Vec<Cow<'a, str>> {
        self.records += 1;
        let mut cells = vec![Cow::Borrowed(""); self.layout.names.len()];
        if self.named {
            self.named_cells(document, record, &mut cells);
            return cells;
        }
        // Records usually have their fields in one order, so the column is usually the next one.
        let mut next = 0;
        each(document, record, &mut |path, node| {
            let is_next = self.layout.names.get(next).is_some_and(|name| name == path);
            match if is_next {
                Some(next)
            } else {
                self.places.get(path).copied()
            } {
                Some(place) => {
                    cells[place] = cell(document, node);
                    next = place + 1;
                }
                None if self.later == Later::Added => {
                    self.add(path);
                    cells.push(cell(document, node));
                }
                None => self.leave_out(path, new),
            }
            ControlFlow::Continue(())
        });
        cells
    }

    /// Fills the cells of columns that were named: each may be an object whole, or be written with dots alone.
    fn named_cells<'a>(
        &mut self,
        document: &'a Document,
        record: NodeId,
        cells: &mut [Cow<'a, str>],
    ) {
        let (names, places) = (&self.layout.names, &self.places);
        let mut found: Vec<Option<NodeId>> = vec![None; names.len()];
        let (seen, is_unseen) = (&mut self.seen, !self.layout.unseen.is_empty());
        each(document, record, &mut |path, node| {
            if is_unseen && seen.len() < MOST_SEEN && !seen.contains(path) {
                seen.insert(path.to_owned());
            }
            if let Some(place) = places.get(path) {
                found[*place] = Some(node);
            }
            ControlFlow::Continue(())
        });
        // What another column is named after is its own.
        let is_other = |node: NodeId, name: &str| {
            path_of(document, record, node)
                .is_some_and(|path| path != name && places.contains_key(&path))
        };
        for ((name, found), written) in names.iter().zip(found).zip(cells) {
            let found = found
                .or_else(|| find(document, record, name).filter(|node| !is_other(*node, name)));
            if let Some(node) = found {
                *written = cell(document, node);
                if !self.layout.unseen.is_empty() {
                    self.layout.unseen.retain(|unseen| unseen != name);
                }
            }
        }
    }

    fn leave_out(&mut self, path: &str, new: &mut Vec<String>) {
        let place = match self.left_places.get(path) {
            Some(place) => *place,
            None => {
                new.push(path.to_owned());
                self.left_places
                    .insert(path.to_owned(), self.left_out.len());
                self.left_out.push(LeftOut {
                    path: path.to_owned(),
                    records: 0,
                    last: 0,
                });
                self.left_out.len() - 1
            }
        };
        let left_out = &mut self.left_out[place];
        // A key may occur twice in one record.
        if left_out.last != self.records {
            (left_out.last, left_out.records) = (self.records, left_out.records + 1);
        }
    }
}
