//! The content of a served file: stored bytes, or bytes of any number that are generated while they are sent.

use std::sync::OnceLock;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream};

/// The length of the block that large files repeat, in bytes: a prime, so that bytes a round number apart differ.
const BLOCK: u64 = 1_048_573;
/// The size of the pieces in which a large file is sent, in bytes.
const PIECE: u64 = 256 << 10;

/// The content of a file.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Stored bytes.
    Stored(Bytes),
    /// Bytes that are generated, different ones for each number.
    Generated { length: u64, number: u64 },
}

impl Content {
    /// Returns its size in bytes.
    pub(super) fn length(&self) -> u64 {
        match self {
            Content::Stored(bytes) => bytes.len() as u64,
            Content::Generated { length, .. } => *length,
        }
    }

    /// Returns some of its bytes in one piece.
    pub(super) fn bytes(&self, start: u64, end: u64) -> Bytes {
        match self {
            Content::Stored(bytes) => bytes.slice(start as usize..end as usize),
            Content::Generated { .. } => {
                let mut out = BytesMut::new();
                let mut at = start;
                while at < end {
                    let piece = self.piece(at, end);
                    at += piece.len() as u64;
                    out.extend_from_slice(&piece);
                }
                out.freeze()
            }
        }
    }

    /// Returns some of its bytes as a stream.
    pub(super) fn stream(
        self,
        start: u64,
        end: u64,
    ) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
        stream::unfold(start, move |at| {
            let piece = (at < end).then(|| self.piece(at, end));
            async move { piece.map(|piece| (Ok(piece.clone()), at + piece.len() as u64)) }
        })
    }

    fn piece(&self, at: u64, end: u64) -> Bytes {
        match self {
            Content::Stored(bytes) => bytes.slice(at as usize..(at + PIECE).min(end) as usize),
            Content::Generated { number, .. } => {
                let from = (at + number.wrapping_mul(104_729)) % BLOCK;
                let length = PIECE.min(end - at).min(BLOCK - from);
                block().slice(from as usize..(from + length) as usize)
            }
        }
    }
}

/// Returns the block: pseudo-random bytes, the same ones in each run.
fn block() -> &'static Bytes {
    static MADE: OnceLock<Bytes> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut bytes = Vec::with_capacity(BLOCK as usize + 8);
        while (bytes.len() as u64) < BLOCK {
            // xorshift64
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend_from_slice(&state.to_le_bytes());
        }
        bytes.truncate(BLOCK as usize);
        Bytes::from(bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::Content;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_range_of_a_large_file_is_the_same_bytes(number in 0..9u64, start in 0..3_000_000u64, length in 1..3000u64) {
            let content = Content::Generated { length: 5 << 30, number };
            let around = content.bytes(start.saturating_sub(100), start + length + 100);
            let skipped = (start - start.saturating_sub(100)) as usize;
            prop_assert_eq!(&content.bytes(start, start + length)[..], &around[skipped..skipped + length as usize]);
        }
    }
}
