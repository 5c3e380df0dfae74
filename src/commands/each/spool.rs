//! The records of a parent until it has ended: in memory, and beyond a size in a temporary file.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write};

/// How much of a parent is kept in memory, in bytes.
const MOST: usize = 1 << 20;

/// Records that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Spool {
    memory: Vec<u8>,
    /// What was before that; nobody else can open it, and it is gone when it is closed.
    file: Option<File>,
}

impl Spool {
    /// Adds a line.
    pub(super) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.memory.extend_from_slice(line);
        self.memory.push(b'\n');
        if self.memory.len() < MOST {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile()?),
        };
        file.write_all(&self.memory)?;
        self.memory.clear();
        Ok(())
    }

    /// Gives everything to `write` in pieces, in order.
    pub(super) fn drain(
        mut self,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        if let Some(mut file) = self.file.take() {
            file.rewind()?;
            let mut piece = vec![0; 64 << 10];
            loop {
                match file.read(&mut piece)? {
                    0 => break,
                    length => write(&piece[..length])?,
                }
            }
        }
        write(&self.memory)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Spool};

    #[test]
    fn lines_come_out_as_they_went_in_whatever_their_size() {
        for length in [0, 10, MOST - 1, MOST, 3 * MOST] {
            let mut spool = Spool::default();
            let lines = [vec![b'a'; length], vec![b'b'; 7], vec![b'c'; length]];
            for line in &lines {
                spool.line(line).unwrap();
            }
            let is_in_file = spool.file.is_some();
            let mut out = Vec::new();
            spool
                .drain(|piece| {
                    out.extend_from_slice(piece);
                    Ok(())
                })
                .unwrap();
            let expected: Vec<u8> = lines
                .iter()
                .flat_map(|line| line.iter().copied().chain([b'\n']))
                .collect();
            assert!(out == expected, "{length}");
            assert_eq!(is_in_file, length >= MOST - 8, "{length}");
        }
    }
}
