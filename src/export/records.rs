//! The file of an export while it is written: every write is noted in the checkpoint before it is made.
//!
//! What is behind the last page of the checkpoint is cut off when the export is resumed. The notes show whether all of it
//! was written by the interrupted run.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::files::lenient;

/// A write that a kill cuts off ends at a multiple of this offset in the file, in bytes: a page of memory.
const PIECE: u64 = 4096;
/// The longest write, in bytes.
const LONGEST: usize = 1 << 20;

/// A note of a write, as a line of the checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct WriteNote {
    /// Where in the file it is written, in bytes.
    #[serde(rename = "write")]
    offset: u64,
    /// How many bytes.
    #[serde(default, deserialize_with = "lenient::member")]
    length: u64,
    /// The XXH3 sums of its pieces, in base64.
    #[serde(default, deserialize_with = "lenient::member")]
    sums: String,
}

/// The file of an export, each write to which is noted first.
#[derive(Debug)]
pub struct Records {
    export: File,
    checkpoint: File,
    /// The offset of the next write.
    at: u64,
    /// Whether every note was written: a line behind an incomplete one could not be read.
    is_noted: bool,
}

impl Records {
    /// Writes from an offset on. The checkpoint is only appended to.
    pub(super) fn new(export: File, checkpoint: File, at: u64) -> Records {
        Records {
            export,
            checkpoint,
            at,
            is_noted: true,
        }
    }

    fn note(&mut self, bytes: &[u8]) -> io::Result<()> {
        let sums: Vec<u8> = pieces(self.at, bytes)
            .flat_map(|piece| xxh3_64(piece).to_le_bytes())
            .collect();
        let note = WriteNote {
            offset: self.at,
            length: bytes.len() as u64,
            sums: STANDARD.encode(sums),
        };
        let line = serde_json::to_string(&note)?;
        let noted = self.checkpoint.write_all(format!("{line}\n").as_bytes());
        self.is_noted = noted.is_ok();
        noted
    }
}

impl Write for Records {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_noted {
            return Err(io::Error::other("its checkpoint could not be written"));
        }
        let bytes = &bytes[..bytes.len().min(LONGEST)];
        self.note(bytes)?;
        let written = self.export.write_at(bytes, self.at)?;
        if written < bytes.len() {
            self.note(&bytes[..written])?;
        }
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns whether everything in an export from an offset on was written as the notes say, in their order. A later note of
/// the same offset replaces the one before: less was written than was planned.
pub(super) fn are_own(export: &File, from: u64, notes: &[WriteNote]) -> io::Result<bool> {
    let end = export.metadata()?.len();
    let mut at = from;
    for (index, note) in notes.iter().enumerate() {
        if at >= end
            || notes
                .get(index + 1)
                .is_some_and(|next| next.offset == note.offset)
        {
            continue;
        }
        let sums = STANDARD.decode(&note.sums).unwrap_or_default();
        if note.offset != at || note.length > LONGEST as u64 {
            return Ok(false);
        }
        let mut bytes = vec![0; note.length.min(end - at) as usize];
        export.read_exact_at(&mut bytes, at)?;
        // A piece that is incomplete has another sum.
        if !pieces(at, &bytes)
            .zip(sums.chunks(8))
            .all(|(piece, sum)| xxh3_64(piece).to_le_bytes() == sum)
        {
            return Ok(false);
        }
        at += note.length;
    }
    Ok(at >= end)
}

/// Splits what is written at an offset at the multiples of [`PIECE`].
fn pieces(at: u64, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let first = ((PIECE - at % PIECE) as usize).min(bytes.len());
    let (first, rest) = bytes.split_at(first);
    std::iter::once(first)
        .filter(|first| !first.is_empty())
        .chain(rest.chunks(PIECE as usize))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _, Write as _};

    use super::{PIECE, Records, WriteNote, are_own};

    /// Writes in steps from a place on and returns the file and the notes.
    fn written(steps: &[usize]) -> (std::fs::File, Vec<WriteNote>) {
        let (mut export, mut checkpoint) =
            (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        export.write_all(&[b'x'; 100]).unwrap();
        let mut records = Records::new(
            export.try_clone().unwrap(),
            checkpoint.try_clone().unwrap(),
            100,
        );
        for (number, step) in steps.iter().enumerate() {
            let bytes: Vec<u8> = (0..*step).map(|at| (at * 31 + number) as u8).collect();
            records.write_all(&bytes).unwrap();
        }
        let mut text = String::new();
        checkpoint.rewind().unwrap();
        checkpoint.read_to_string(&mut text).unwrap();
        (
            export,
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        )
    }

    #[test]
    fn what_a_run_wrote_is_known_wherever_a_kill_tore_it() {
        let steps = [5, 4000, 9000, 1, 70_000];
        let (export, notes) = written(&steps);
        let ends: Vec<u64> = steps
            .iter()
            .scan(100, |at, step| {
                *at += *step as u64;
                Some(*at)
            })
            .collect();
        assert!(are_own(&export, 100, &notes).unwrap());
        for (noted, end) in ends.iter().enumerate() {
            // The last line of the checkpoint was written, and some of the records that it counts.
            let begin = end - steps[noted] as u64;
            for length in (begin..=*end)
                .filter(|length| length % PIECE == 0 || [begin, *end].contains(length))
            {
                let (export, _) = written(&steps);
                export.set_len(length).unwrap();
                assert!(
                    are_own(&export, 100, &notes[..=noted]).unwrap(),
                    "{length} bytes, {noted} notes"
                );
            }
        }
    }

    #[test]
    fn what_somebody_else_wrote_is_not() {
        let steps = [5, 4000, 9000];
        for change in [100, 104, 105, 4100, 13_104] {
            let (export, notes) = written(&steps);
            std::os::unix::fs::FileExt::write_all_at(&export, b"\xff", change).unwrap();
            assert!(
                !are_own(&export, 100, &notes).unwrap(),
                "changed at {change}"
            );
        }
        let (mut export, notes) = written(&steps);
        assert!(
            !are_own(&export, 100, &notes[..2]).unwrap(),
            "without its note"
        );
        assert!(
            !are_own(&export, 100, &notes[1..]).unwrap(),
            "without the note of its beginning"
        );
        assert!(!are_own(&export, 100, &[]).unwrap());
        export.seek(std::io::SeekFrom::End(0)).unwrap();
        export.write_all(b"mine\n").unwrap();
        assert!(
            !are_own(&export, 100, &notes).unwrap(),
            "something was added"
        );
        export.set_len(100).unwrap();
        assert!(are_own(&export, 100, &[]).unwrap());
    }

    #[test]
    fn of_a_write_that_was_short_the_later_note_counts() {
        let (export, mut notes) = written(&[3000]);
        let mut short = notes[0].clone();
        short.length = 7;
        let (other, of_seven) = written(&[7]);
        short.sums.clone_from(&of_seven[0].sums);
        notes.push(short);
        assert!(are_own(&other, 100, &notes).unwrap());
        assert!(!are_own(&export, 100, &notes).unwrap());
    }
}
