//! The hashes of a file while it is written: its SHA-256, and a hash of each block of 1 MiB, which is appended to a file
//! beside the part as soon as the block is written. When the part is resumed its blocks are checked by them: changes are
//! found, and what was written behind the last hash is not trusted.
//!
//! The block hashes are XXH3 (128 bits): they detect damage, and are no cryptographic proof.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::disk::{create_new, hexadecimal};
use crate::files::read_small;

/// The size of a block in bytes.
pub(super) const BLOCK: u64 = 1 << 20;
/// In the first `OFTEN` bytes of a file an incomplete block is recorded after each further `STEP` bytes.
const OFTEN: u64 = 64 << 20;
const STEP: u64 = 64 << 10;
/// The first line of a file of block hashes.
const HEAD: &str = "airscope blocks 1\n";
/// The largest file that is read as block hashes, in bytes: enough for a part of 200 GiB.
const LARGEST: u64 = 16 << 20;

/// A block as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Its offset in the file.
    pub(super) start: u64,
    /// Its length in bytes; only the last block is shorter than [`BLOCK`].
    pub(super) length: u64,
    /// Its hash.
    pub(super) hash: u128,
}

/// The hashes of what is written to a part.
pub(super) struct BlockHashes {
    sha256: Sha256,
    block: Box<Xxh3>,
    /// The offset of the block that is being filled, and how many bytes it has.
    start: u64,
    filled: u64,
    /// How many bytes of that block are recorded.
    reported: u64,
    /// The path of the block hashes; created when the first one is written.
    path: PathBuf,
    log: Option<File>,
    /// Whether the hashes could not be written: then what follows is fetched again when the part is resumed.
    failed: bool,
}

impl BlockHashes {
    /// Starts the hashes of a file, whose block hashes are written to a path.
    pub(super) fn new(path: PathBuf) -> BlockHashes {
        BlockHashes {
            sha256: Sha256::new(),
            block: Box::default(),
            start: 0,
            filled: 0,
            reported: 0,
            path,
            log: None,
            failed: false,
        }
    }

    /// Computes only the hash of the whole file: no block hash is written.
    pub(super) fn only_whole(&mut self) {
        self.failed = true;
    }

    /// Adds the next bytes, which are written already.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = (BLOCK - self.filled) as usize;
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.block.update(now);
            self.filled += now.len() as u64;
            if self.filled == BLOCK {
                self.write_block();
                (self.start, self.filled, self.reported) = (self.start + BLOCK, 0, 0);
                self.block.reset();
            } else if self.start < OFTEN && self.filled >= self.reported + STEP {
                // Little of a small file is lost if the process is killed.
                self.reported = self.filled;
                self.write_block();
            }
            rest = later;
        }
    }

    /// Writes the hash of the incomplete block, so that it is trusted if the writing ends here.
    pub(super) fn pause(&mut self) {
        if self.filled > 0 {
            self.write_block();
        }
    }

    /// Returns the SHA-256 of all, in hexadecimal.
    pub(super) fn sha256(&self) -> String {
        hexadecimal(&self.sha256.clone().finalize())
    }

    fn write_block(&mut self) {
        if self.failed {
            return;
        }
        let line = format!(
            "{} {} {:032x}\n",
            self.start,
            self.filled,
            self.block.digest128()
        );
        let written = match &mut self.log {
            Some(log) => log.write_all(line.as_bytes()),
            // A log of an earlier run is continued; any other file of that name is not written to.
            None => open_log(&self.path).and_then(|mut log| {
                log.write_all(line.as_bytes())?;
                self.log = Some(log);
                Ok(())
            }),
        };
        self.failed = written.is_err();
    }
}

fn open_log(path: &Path) -> std::io::Result<File> {
    if read_small(path, LARGEST).is_some_and(|text| text.starts_with(HEAD)) {
        return OpenOptions::new().append(true).open(path);
    }
    let mut log = create_new(path)?;
    log.write_all(HEAD.as_bytes())?;
    Ok(log)
}

/// Returns the recorded blocks, without a gap from the beginning; of a block that is recorded more than once the longest.
/// A line that a crash cut off is skipped.
pub(super) fn recorded(path: &Path) -> Vec<Block> {
    let Some(text) = read_small(path, LARGEST) else {
        return Vec::new();
    };
    let Some(lines) = text.strip_prefix(HEAD) else {
        return Vec::new();
    };
    let mut blocks: Vec<Block> = Vec::new();
    for line in lines
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
    {
        let mut words = line.split(' ');
        let mut number = || words.next()?.parse::<u64>().ok();
        let (Some(start), Some(length)) = (number(), number()) else {
            break;
        };
        let Some(hash) = words
            .next()
            .and_then(|hash| u128::from_str_radix(hash, 16).ok())
        else {
            break;
        };
        let (block, index) = (
            Block {
                start,
                length,
                hash,
            },
            (start / BLOCK) as usize,
        );
        if start % BLOCK != 0 || length == 0 || length > BLOCK {
            break;
        }
        // A block that is not full has none behind it.
        let follows =
            index == blocks.len() && blocks.last().is_none_or(|last| last.length == BLOCK);
        match blocks.get_mut(index) {
            Some(own) if own.length <= length => *own = block,
            Some(_) => {}
            None if follows => blocks.push(block),
            None => break,
        }
    }
    blocks
}

/// Verifies the blocks of a part. Returns the hashes up to the end of the last recorded one, the length up to there, and the
/// damaged blocks.
pub(super) fn check(
    file: &mut File,
    path: &Path,
) -> std::io::Result<(BlockHashes, u64, Vec<Block>)> {
    let mut hashes = BlockHashes::new(path.to_owned());
    let mut damaged = Vec::new();
    let mut length = 0;
    let mut buffer = vec![0; BLOCK as usize];
    let there = file.metadata()?.len();
    for block in recorded(path)
        .into_iter()
        .take_while(|block| block.start + block.length <= there)
    {
        let bytes = &mut buffer[..block.length as usize];
        file.read_exact(bytes)?;
        if xxh3_128(bytes) != block.hash {
            damaged.push(block);
        }
        // What is recorded is not written again.
        hashes.failed = true;
        hashes.update(bytes);
        hashes.failed = false;
        length = block.start + block.length;
    }
    Ok((hashes, length, damaged))
}

/// Removes a file of hashes, if it is one.
pub(super) fn remove(path: &Path) {
    if read_small(path, LARGEST).is_some_and(|text| text.is_empty() || text.starts_with(HEAD)) {
        // A file that no longer exists need not be removed.
        let _ = std::fs::remove_file(path);
    }
}

/// Returns whether bytes are those that were written to a block.
pub(super) fn is_block(bytes: &[u8], block: &Block) -> bool {
    bytes.len() as u64 == block.length && xxh3_128(bytes) == block.hash
}

#[cfg(test)]
mod tests {
    use std::io::Seek as _;

    use super::{BLOCK, BlockHashes, check, recorded};

    #[test]
    fn blocks_are_recorded_and_damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.part.blocks");
        let bytes: Vec<u8> = (0..2 * BLOCK + 500)
            .map(|at| (at * 7 % 251) as u8)
            .collect();
        let mut hashes = BlockHashes::new(path.clone());
        for chunk in bytes.chunks(70_001) {
            hashes.update(chunk);
        }
        assert_eq!(
            recorded(&path).len(),
            2,
            "so little of the last block has no hash yet"
        );
        hashes.pause();
        assert_eq!(
            recorded(&path)
                .iter()
                .map(|block| block.length)
                .sum::<u64>(),
            bytes.len() as u64
        );
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &bytes).unwrap();
        file.rewind().unwrap();
        let (again, length, damaged) = check(&mut file, &path).unwrap();
        assert_eq!(
            (again.sha256(), length, damaged.len()),
            (hashes.sha256(), bytes.len() as u64, 0)
        );
        std::os::unix::fs::FileExt::write_all_at(&file, b"x", BLOCK + 9).unwrap();
        file.rewind().unwrap();
        let (_, _, damaged) = check(&mut file, &path).unwrap();
        assert_eq!(
            damaged.iter().map(|block| block.start).collect::<Vec<_>>(),
            [BLOCK]
        );
        // What follows the last whole line does not count.
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 3]).unwrap();
        assert_eq!(recorded(&path).len(), 2);
        std::fs::write(&path, "somebody else's\n").unwrap();
        assert!(recorded(&path).is_empty());
    }
}
