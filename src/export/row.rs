//! A row of a table as a line of CSV.

use std::borrow::Cow;

/// A line of CSV; its memory is reused for each row.
pub(super) struct Row {
    writer: csv_core::Writer,
    line: Vec<u8>,
}

impl Default for Row {
    fn default() -> Row {
        Row {
            writer: csv_core::Writer::new(),
            line: Vec::new(),
        }
    }
}

impl Row {
    /// Sets the row to these cells.
    pub(super) fn set<'a>(&mut self, cells: impl Iterator<Item = Cow<'a, str>>) {
        self.begin();
        cells
            .enumerate()
            .for_each(|(place, cell)| self.add(place, cell.as_bytes()));
        self.end();
    }

    /// Begins the row.
    pub(super) fn begin(&mut self) {
        self.line.clear();
    }

    /// Adds the cell of a column.
    pub(super) fn add(&mut self, place: usize, cell: &[u8]) {
        if place > 0 {
            self.put(0, |writer, room| writer.delimiter(room).1);
        }
        self.put(cell.len(), |writer, room| writer.field(cell, room).2);
    }

    /// Ends the row.
    pub(super) fn end(&mut self) {
        self.put(0, |writer, room| writer.terminator(room).1);
    }

    /// Returns the line with its break.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    /// Calls the writer with room for a cell of so many bytes: each may be doubled, and quotes are added.
    fn put(&mut self, bytes: usize, write: impl FnOnce(&mut csv_core::Writer, &mut [u8]) -> usize) {
        let start = self.line.len();
        self.line.resize(start + 2 * bytes + 4, 0);
        let written = write(&mut self.writer, &mut self.line[start..]);
        self.line.truncate(start + written);
    }
}

#[cfg(test)]
mod tests {
    use super::Row;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_row_is_written_as_the_library_writes_it(cells in prop::collection::vec(prop_oneof![Just(String::new()), "[a\",\n\r ]{0,6}", any::<String>()], 0..5)) {
            let mut row = Row::default();
            // The one before leaves nothing.
            row.set([" \"".into(), "".into()].into_iter());
            row.set(cells.iter().map(Into::into));
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&cells).unwrap();
            prop_assert_eq!(row.line(), writer.into_inner().unwrap());
        }
    }
}
