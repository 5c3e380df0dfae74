//! The second pass of a table: it is written again beside the export, with all columns, and replaces it.
//!
//! Each step is recorded in the checkpoint before it is made, so that a crash anywhere leaves the rows in a known file, and
//! no unknown file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::line::{BesideLine, WidenedLine};
use super::{Checkpoint, failed, tail_of};
use crate::domain::failure::{Failure, FailureKind};
use crate::export::row::Row;
use crate::export::table::{Formulas, Layout};
use crate::files::{self, Identity};
use crate::text;

/// How many names are tried for the file beside.
const TRIES: u64 = 16;

/// A file beside an export that was to replace it.
#[derive(Debug)]
pub(super) struct Beside {
    name: String,
    /// Which file it is; unknown if the program crashed while it was created, so that it is empty.
    identity: Option<Identity>,
}

impl Beside {
    /// Returns the file that a line names.
    pub(super) fn new(line: &BesideLine) -> Beside {
        Beside {
            name: line.beside.clone(),
            identity: line.identity(),
        }
    }

    /// Returns the file that has the name after an exchange with the export.
    pub(super) fn exchanged(self, export: Identity) -> Beside {
        Beside {
            identity: Some(export),
            ..self
        }
    }

    /// Removes it, unless another file has its name now.
    pub(super) fn remove(&self, checkpoint: &Path) -> Result<(), Failure> {
        let path = checkpoint.with_file_name(&self.name);
        let Ok(file) = files::open_plain(&path, OpenOptions::new().read(true)) else {
            return Ok(());
        };
        let is_own = match self.identity {
            Some(identity) => Identity::of(&file).is_ok_and(|own| own == identity),
            None => file.metadata().is_ok_and(|metadata| metadata.len() == 0),
        };
        if is_own {
            files::remove_own(&path, &file).map_err(|error| failed(&path, "removed", &error))
        } else {
            Ok(())
        }
    }
}

impl Checkpoint {
    /// Writes a table again, so that its header has all columns and each row a cell for each, and replaces the export with
    /// it. `bytes` and `rows` are what was written; an export that holds anything else is left alone.
    pub fn widen(
        &mut self,
        export: &Path,
        layout: &Layout,
        formulas: Formulas,
        (bytes, rows): (u64, u64),
    ) -> Result<(), Failure> {
        self.is_still_own(export, bytes)?;
        let (path, file) = self.create_beside(export)?;
        let widened = self
            .fill(&file, layout, formulas, (bytes, rows))
            .map_err(|error| {
                failed(export, "given its columns", &error)
                    .hint("Free some space, then go on with --resume.")
            });
        let replaced = widened.and_then(|(length, tail)| {
            let identity =
                Identity::of(&file).map_err(|error| failed(&path, "inspected", &error))?;
            self.append(&WidenedLine::new(identity, length, tail))?;
            self.is_still_own(export, bytes)?;
            self.replace_export(&path, export)
        });
        if let Err(failure) = replaced {
            // The first failure is the one to report.
            drop(files::remove_own(&path, &file));
            return Err(failure);
        }
        self.export = file;
        Ok(())
    }

    /// Replaces the export with the file beside it. Where the system can exchange two files, a file that replaced the export
    /// at the last moment is put back.
    fn replace_export(&self, beside: &Path, export: &Path) -> Result<(), Failure> {
        if files::exchange(beside, export).is_err() {
            return std::fs::rename(beside, export)
                .map_err(|error| failed(export, "replaced", &error));
        }
        if files::leads_to(beside, &self.export)
            .map_err(|error| failed(beside, "inspected", &error))?
        {
            return std::fs::remove_file(beside).map_err(|error| failed(beside, "removed", &error));
        }
        files::exchange(beside, export).map_err(|error| failed(export, "replaced", &error))?;
        Err(changed(export))
    }

    /// Fails if the path does not lead to the export any more, or if somebody added to it.
    fn is_still_own(&self, export: &Path, bytes: u64) -> Result<(), Failure> {
        let is_own = || -> io::Result<bool> {
            Ok(files::leads_to(export, &self.export)? && self.export.metadata()?.len() == bytes)
        };
        if is_own().map_err(|error| failed(export, "inspected", &error))? {
            return Ok(());
        }
        Err(changed(export))
    }

    /// Creates the file beside the export, which is recorded before and after.
    fn create_beside(&mut self, export: &Path) -> Result<(PathBuf, File), Failure> {
        let own =
            Identity::of(&self.export).map_err(|error| failed(export, "inspected", &error))?;
        let length = self
            .file
            .metadata()
            .map_err(|error| failed(&self.path, "inspected", &error))?
            .len();
        let mut taken = None;
        for number in 0..TRIES {
            let mark =
                xxh3_64(format!("{}-{}-{length}-{number}", own.device, own.inode).as_bytes());
            let name = format!(".airscope-{mark:016x}.part");
            let path = export.with_file_name(&name);
            if std::fs::symlink_metadata(&path).is_ok() {
                taken = Some(files::taken(&path));
                continue;
            }
            self.append(&BesideLine::new(&name, None))?;
            let file = files::create_new(&path)?;
            let identity =
                Identity::of(&file).map_err(|error| failed(&path, "inspected", &error))?;
            if let Err(failure) = self.append(&BesideLine::new(&name, Some(identity))) {
                drop(files::remove_own(&path, &file));
                return Err(failure);
            }
            return Ok((path, file));
        }
        Err(taken
            .unwrap_or_else(|| failed(export, "replaced", &io::ErrorKind::AlreadyExists.into())))
    }

    /// Writes the table into a file, row by row. Returns its length and the hash of its end.
    fn fill(
        &self,
        file: &File,
        layout: &Layout,
        formulas: Formulas,
        (bytes, rows): (u64, u64),
    ) -> io::Result<(u64, String)> {
        let mut out = BufWriter::with_capacity(64 << 10, file);
        let written = widen(
            Section {
                file: &self.export,
                at: 0,
                end: bytes,
            },
            layout,
            formulas,
            &mut out,
        )?;
        if written != rows {
            return Err(io::Error::other(format!(
                "it holds {written} rows, not the {rows} that were written"
            )));
        }
        out.flush()?;
        drop(out);
        file.set_permissions(self.export.metadata()?.permissions())?;
        // If the name led to data that is not on the disk yet, a loss of power would lose both files.
        file.sync_all()?;
        let length = file.metadata()?.len();
        Ok((length, tail_of(file, length)?))
    }
}

fn changed(export: &Path) -> Failure {
    let shown = text::safe(&export.to_string_lossy()).into_owned();
    Failure::new(
        FailureKind::File,
        format!(
            "`{shown}` was changed while it was written, so it was not given all of its columns"
        ),
    )
    .hint("Choose another --output; nothing of it was changed.")
}

/// Writes the rows of a table with a cell for each column. Returns how many there are.
fn widen(
    table: impl Read,
    layout: &Layout,
    formulas: Formulas,
    out: &mut impl io::Write,
) -> io::Result<u64> {
    let mut row = Row::default();
    row.set(
        layout
            .names
            .iter()
            .map(|name| formulas.written(name.into())),
    );
    out.write_all(row.line())?;
    let mut table = csv::ReaderBuilder::new()
        .has_headers(layout.header > 0)
        .flexible(true)
        .from_reader(table);
    let (mut record, mut rows) = (csv::ByteRecord::new(), 0);
    while table
        .read_byte_record(&mut record)
        .map_err(|error| io::Error::other(error.to_string()))?
    {
        row.begin();
        (0..layout.names.len().max(record.len()))
            .for_each(|column| row.add(column, record.get(column).unwrap_or_default()));
        row.end();
        out.write_all(row.line())?;
        rows += 1;
    }
    Ok(rows)
}

/// Reads a range of a file at offsets of its own, whatever other readers do.
struct Section<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for Section<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into
            .len()
            .min(usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX));
        let read = self.file.read_at(&mut into[..most], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
