//! Records as rows of a table: nested objects under paths of their own, arrays as JSON in one cell.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::json::document::{Document, NodeId};
use crate::json::steps::{dotted, normal};
use crate::json::table::{cell, each, find, path_of};

/// The columns of a table: those that were asked for and those of the first page.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// Whether the first page was seen, or the columns were named.
    settled: bool,
    /// Whether the columns are just those that were named, so that others are meant to be left out.
    named: bool,
    /// The fields that the operation declares; they become columns before those of the first page.
    declared: Vec<String>,
    told: HashMap<String, ()>,
}

impl Columns {
    /// Takes the columns that were named; where there are none, the declared fields and the first page
    /// decide.
    pub(super) fn new(named: &[String], declared: &[String]) -> Columns {
        let mut columns = Columns { named: !named.is_empty(), declared: declared.to_vec(), ..Columns::default() };
        named.iter().for_each(|name| columns.add(name));
        columns
    }

    /// Takes the columns of before an interruption.
    pub(super) fn fixed(names: Vec<String>, named: bool) -> Columns {
        let mut columns = Columns { settled: true, named, ..Columns::default() };
        names.iter().for_each(|name| columns.add(name));
        columns
    }

    fn add(&mut self, name: &str) {
        let name = normal(name);
        if !self.places.contains_key(&name) {
            self.places.insert(name.clone(), self.names.len());
            self.names.push(name);
        }
    }

    /// Settles the columns with the first records. Says whether that was now, so that the header is due.
    pub(super) fn settle(&mut self, document: &Document, records: &[NodeId]) -> bool {
        if self.settled || records.is_empty() && !self.named {
            return false;
        }
        if !self.named {
            let mut found = Vec::new();
            for record in records {
                each(document, *record, &mut |path, _| {
                    if self.told.insert(path.to_owned(), ()).is_none() {
                        found.push(path.to_owned());
                    }
                    ControlFlow::Continue(())
                });
            }
            // A declared field that holds an object has its columns under longer paths, one with a dot its own in brackets.
            let is_split = |name: &String| {
                let goes_on = |path: &String| path.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']));
                let is_own = |path: &String| path.contains("[\"") && dotted(path) == *name;
                found.iter().any(|path| goes_on(path) || is_own(path))
            };
            let declared = std::mem::take(&mut self.declared);
            declared.iter().filter(|name| !is_split(name)).chain(&found).for_each(|name| self.add(name));
        }
        self.settled = true;
        true
    }

    /// Returns the names.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the names, once they are settled.
    pub(super) fn settled(&self) -> Option<&[String]> {
        self.settled.then_some(self.names.as_slice())
    }
}

/// Lays a record out over the columns. Fields that are no column are added to `new`, each once, unless
/// the columns were named.
pub(super) fn cells<'a>(document: &'a Document, record: NodeId, columns: &mut Columns, new: &mut Vec<String>) -> Vec<Cow<'a, str>> {
    let mut cells = vec![Cow::Borrowed(""); columns.names.len()];
    let (places, named, told) = (&columns.places, columns.named, &mut columns.told);
    each(document, record, &mut |path, node| {
        match places.get(path) {
            Some(place) => cells[*place] = cell(document, node),
            // A column may name an object whole.
            None if named => {}
            None => {
                if told.insert(path.to_owned(), ()).is_none() {
                    new.push(path.to_owned());
                }
            }
        }
        ControlFlow::Continue(())
    });
    if named {
        for (name, place) in places {
            if cells[*place].is_empty()
                && let Some(node) = find(document, record, name)
                && path_of(document, record, node).is_none_or(|path| path == *name || !places.contains_key(&path))
            {
                cells[*place] = cell(document, node);
            }
        }
    }
    cells
}
