//! Pages written out: records as lines or as one array, and the ledger.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::domain::text::push_safe;
use crate::envelope::Envelope;
use crate::json::compact::compact;
use crate::json::document::NodeId;
use crate::paging::{Entry, Verdict};

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A record a line.
    Ndjson,
    /// One JSON array.
    Json,
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
    out: W,
    format: Format,
    reader: Reader,
    written: u64,
}

impl<W: Write> Writer<W> {
    /// Begins to write.
    pub fn new(out: W, format: Format, reader: Reader) -> Writer<W> {
        Writer { out, format, reader, written: 0 }
    }

    /// Writes records of a page.
    pub fn write(&mut self, reply: &Envelope, records: impl Iterator<Item = NodeId>) -> io::Result<()> {
        for record in records {
            let text = compact(reply.document.raw(record));
            match (self.format, self.written) {
                (Format::Ndjson, _) => {}
                (Format::Json, 0) => self.out.write_all(b"[\n")?,
                (Format::Json, _) => self.out.write_all(b",\n")?,
            }
            match self.reader {
                Reader::Machine => self.out.write_all(&text)?,
                Reader::Terminal => {
                    let mut safe = String::new();
                    String::from_utf8_lossy(&text).chars().for_each(|character| push_safe(&mut safe, character));
                    self.out.write_all(safe.as_bytes())?;
                }
            }
            if self.format == Format::Ndjson {
                self.out.write_all(b"\n")?;
            }
            self.written += 1;
        }
        self.out.flush()
    }

    /// Ends what was begun.
    pub fn finish(mut self) -> io::Result<()> {
        match (self.format, self.written) {
            (Format::Ndjson, _) => {}
            (Format::Json, 0) => self.out.write_all(b"[]\n")?,
            (Format::Json, _) => self.out.write_all(b"\n]\n")?,
        }
        self.out.flush()
    }

    /// Returns how many records were written.
    pub fn written(&self) -> u64 {
        self.written
    }
}

/// Writes the ledger as JSON.
pub fn ledger(entries: &[Entry], verdict: &Verdict) -> Value {
    let pages: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let sent = entry.sent.as_ref().map(|(param, value)| json!({"param": param, "value": value.plain()}));
            let findings: Vec<String> = entry.findings.iter().map(|finding| finding.words()).collect();
            json!({
                "page": entry.page, "sent": sent, "records": entry.records, "new": entry.new, "first": entry.first, "last": entry.last,
                "bytes": entry.bytes, "findings": findings,
            })
        })
        .collect();
    json!({"verdict": verdict.word(), "reason": verdict.reason(), "pages": pages})
}
