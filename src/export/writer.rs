//! Writes records, page by page.

use std::io::{self, Write};

use super::row::Row;
use super::table::{Columns, Formulas, Layout, LeftOut, TableOptions};
use crate::envelope::Envelope;
use crate::json::document::NodeId;
use crate::json::valid::valid_value;
use crate::text::safe;

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One record per line.
    Ndjson,
    /// One JSON array.
    Json,
    /// A table: nested values in columns named by their paths, with dots between keys.
    Csv,
}

impl Format {
    /// Every format with its name, which is also its file extension.
    pub const ALL: [(Format, &'static str); 3] = [
        (Format::Ndjson, "ndjson"),
        (Format::Json, "json"),
        (Format::Csv, "csv"),
    ];

    /// Returns the format's name.
    pub fn name(self) -> &'static str {
        match self {
            Format::Ndjson => "ndjson",
            Format::Json => "json",
            Format::Csv => "csv",
        }
    }

    /// Finds a format by its name.
    pub fn by_name(name: &str) -> Option<Format> {
        Format::ALL
            .iter()
            .find(|(_, own)| *own == name)
            .map(|(format, _)| *format)
    }
}

/// Who reads what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A terminal: control characters are escaped.
    Terminal,
    /// A file or a program: everything as it was received.
    Machine,
}

/// What was noticed while the records of a page were written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wrote {
    /// Fields that are no column of the table, each reported once.
    pub left_out: Vec<String>,
    /// How many strings were not valid JSON, and were repaired.
    pub repaired: u64,
}

/// Writes records as they are received, each flushed with its page.
pub struct Writer<W: Write> {
    out: Counted<W>,
    format: Format,
    reader: Reader,
    written: u64,
    columns: Columns,
    formulas: Formulas,
    row: Row,
}

impl<W: Write> Writer<W> {
    /// Starts an export.
    pub fn new(out: W, format: Format, reader: Reader, table: &TableOptions<'_>) -> Writer<W> {
        let out = Counted { out, bytes: 0 };
        Writer {
            out,
            format,
            reader,
            written: 0,
            columns: Columns::new(table),
            formulas: table.formulas,
            row: Row::default(),
        }
    }

    /// Continues after what was written before an interruption.
    pub fn resumed(
        out: W,
        format: Format,
        table: &TableOptions<'_>,
        (layout, bytes, written): (Option<Layout>, u64, u64),
    ) -> Writer<W> {
        let columns = layout.map_or_else(
            || Columns::new(table),
            |layout| Columns::restored(table, layout),
        );
        let out = Counted { out, bytes };
        Writer {
            out,
            format,
            reader: Reader::Machine,
            written,
            columns,
            formulas: table.formulas,
            row: Row::default(),
        }
    }

    /// Adds the fields of records that will be written to the columns of a table.
    pub fn look_ahead(&mut self, reply: &Envelope, records: &[NodeId]) {
        if self.format == Format::Csv {
            self.columns.look(&reply.document, records);
        }
    }

    /// Writes records of a page, as valid JSON.
    pub fn write(&mut self, reply: &Envelope, records: &[NodeId]) -> io::Result<Wrote> {
        let (mut new, mut repaired) = (Vec::new(), 0);
        if self.format == Format::Csv {
            let document = &reply.document;
            let header = self.columns.settle(document, records);
            if header && !self.columns.names().is_empty() {
                self.row.set(
                    self.columns
                        .names()
                        .iter()
                        .map(|name| self.formulas.written(name.into())),
                );
                self.write_row()?;
            }
            for record in records {
                repaired += valid_value(document, *record).repaired;
                let cells = self.columns.cells(document, *record, &mut new);
                self.row
                    .set(cells.into_iter().map(|cell| self.formulas.written(cell)));
                self.write_row()?;
                self.written += 1;
            }
        } else {
            for record in records {
                let valid = valid_value(&reply.document, *record);
                repaired += valid.repaired;
                match (self.format, self.written) {
                    (Format::Json, 0) => self.out.write_all(b"[\n")?,
                    (Format::Json, _) => self.out.write_all(b",\n")?,
                    (Format::Ndjson | Format::Csv, _) => {}
                }
                self.text(&valid.text)?;
                if self.format == Format::Ndjson {
                    self.out.write_all(b"\n")?;
                }
                self.written += 1;
            }
        }
        self.out.flush()?;
        Ok(Wrote {
            left_out: new,
            repaired,
        })
    }

    /// Writes the row that was set.
    fn write_row(&mut self) -> io::Result<()> {
        let row = std::mem::take(&mut self.row);
        let written = match self.reader {
            Reader::Machine => self.out.write_all(row.line()),
            Reader::Terminal => {
                let end = row.line().strip_suffix(b"\n").unwrap_or(row.line());
                self.text(end).and_then(|()| self.out.write_all(b"\n"))
            }
        };
        self.row = row;
        written
    }

    fn text(&mut self, text: &[u8]) -> io::Result<()> {
        match self.reader {
            Reader::Machine => self.out.write_all(text),
            Reader::Terminal => self
                .out
                .write_all(safe(&String::from_utf8_lossy(text)).as_bytes()),
        }
    }

    /// Ends the export.
    pub fn finish(&mut self) -> io::Result<()> {
        match (self.format, self.written) {
            (Format::Ndjson | Format::Csv, _) => {}
            (Format::Json, 0) => self.out.write_all(b"[]\n")?,
            (Format::Json, _) => self.out.write_all(b"\n]\n")?,
        }
        self.out.flush()
    }

    /// Returns how many records were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Returns how many bytes were written, including those before an interruption.
    pub fn bytes(&self) -> u64 {
        self.out.bytes
    }

    /// Returns the columns of a table, once its first page was written.
    pub fn layout(&self) -> Option<&Layout> {
        self.columns.layout()
    }

    /// Returns the field of the records that the name of a column is similar to.
    pub fn similar_field(&self, column: &str) -> Option<&str> {
        self.columns.similar(column)
    }

    /// Returns the fields that were left out of a table, in the order in which they were found.
    pub fn left_out(&self) -> &[LeftOut] {
        self.columns.left_out()
    }
}

/// Counts what is written.
struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
