//! Records written out, page by page.

use std::io::{self, Write};

use super::table::{Columns, cells};
use crate::domain::text::push_safe;
use crate::envelope::Envelope;
use crate::json::compact::compact;
use crate::json::document::NodeId;

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A record a line.
    Ndjson,
    /// One JSON array.
    Json,
    /// A table: nested values under dotted paths.
    Csv,
}

impl Format {
    /// Every format with its name, which is also its file extension.
    pub const ALL: [(Format, &'static str); 3] = [(Format::Ndjson, "ndjson"), (Format::Json, "json"), (Format::Csv, "csv")];

    /// Returns the format's name.
    pub fn name(self) -> &'static str {
        Format::ALL.iter().find(|(own, _)| *own == self).map_or("", |(_, name)| name)
    }

    /// Finds a format by its name.
    pub fn by_name(name: &str) -> Option<Format> {
        Format::ALL.iter().find(|(_, own)| *own == name).map(|(format, _)| *format)
    }
}

/// Whether a terminal reads what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A terminal: what could drive it is escaped.
    Terminal,
    /// A file or a program: everything as it came.
    Machine,
}

/// Writes records as they come, each flushed with its page.
pub struct Writer<W: Write> {
    out: Counted<W>,
    format: Format,
    reader: Reader,
    written: u64,
    columns: Columns,
}

impl<W: Write> Writer<W> {
    /// Begins to write. A table has the columns named, or the declared ones and those of its first page.
    pub fn new(out: W, format: Format, reader: Reader, named: &[String], declared: &[String]) -> Writer<W> {
        Writer { out: Counted { out, bytes: 0 }, format, reader, written: 0, columns: Columns::new(named, declared) }
    }

    /// Goes on behind what was written before an interruption. `named` says whether the columns were named.
    pub fn resumed(out: W, format: Format, columns: Option<Vec<String>>, named: bool, bytes: u64, written: u64) -> Writer<W> {
        let columns = columns.map_or_else(|| Columns::new(&[], &[]), |names| Columns::fixed(names, named));
        Writer { out: Counted { out, bytes }, format, reader: Reader::Machine, written, columns }
    }

    /// Writes records of a page. Returns fields that are no column, each told once.
    pub fn write(&mut self, reply: &Envelope, records: &[NodeId]) -> io::Result<Vec<String>> {
        let mut new = Vec::new();
        if self.format == Format::Csv {
            let document = &reply.document;
            let header = self.columns.settle(document, records);
            if header && !self.columns.names().is_empty() {
                let names: Vec<String> = self.columns.names().to_vec();
                self.row(names.iter().map(String::as_str))?;
            }
            for record in records {
                let cells = cells(document, *record, &mut self.columns, &mut new);
                self.row(cells.iter().map(AsRef::as_ref))?;
                self.written += 1;
            }
        } else {
            for record in records {
                let raw = reply.document.raw(*record);
                let text = compact(&raw);
                match (self.format, self.written) {
                    (Format::Json, 0) => self.out.write_all(b"[\n")?,
                    (Format::Json, _) => self.out.write_all(b",\n")?,
                    (Format::Ndjson | Format::Csv, _) => {}
                }
                self.text(&text)?;
                if self.format == Format::Ndjson {
                    self.out.write_all(b"\n")?;
                }
                self.written += 1;
            }
        }
        self.out.flush()?;
        Ok(new)
    }

    fn row<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(cells)?;
        let line = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        match self.reader {
            Reader::Machine => self.out.write_all(&line),
            Reader::Terminal => {
                let end = line.strip_suffix(b"\n").unwrap_or(&line);
                self.text(end)?;
                self.out.write_all(b"\n")
            }
        }
    }

    fn text(&mut self, text: &[u8]) -> io::Result<()> {
        match self.reader {
            Reader::Machine => self.out.write_all(text),
            Reader::Terminal => {
                let mut safe = String::new();
                String::from_utf8_lossy(text).chars().for_each(|character| push_safe(&mut safe, character));
                self.out.write_all(safe.as_bytes())
            }
        }
    }

    /// Ends what was begun.
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

    /// Returns how many bytes were written, those of before an interruption included.
    pub fn bytes(&self) -> u64 {
        self.out.bytes
    }

    /// Returns the columns of a table, once its first page was written.
    pub fn columns(&self) -> Option<&[String]> {
        self.columns.settled()
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
