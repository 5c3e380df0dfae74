//! Hashing in parallel with writing: each takes about as long as the other.

use bytes::Bytes;

use super::block_hashes::BlockHashes;

/// How many chunks may wait to be hashed, so that memory stays flat.
const WAITING: usize = 4;

/// Hashes a file in a thread of its own.
pub(super) struct Hasher {
    chunks: std::sync::mpsc::SyncSender<Bytes>,
    thread: std::thread::JoinHandle<BlockHashes>,
}

impl Hasher {
    /// Continues hashes in a new thread.
    pub(super) fn start(mut hashes: BlockHashes) -> Hasher {
        let (chunks, receiver) = std::sync::mpsc::sync_channel::<Bytes>(WAITING);
        let thread = std::thread::spawn(move || {
            receiver.into_iter().for_each(|chunk| hashes.update(&chunk));
            hashes
        });
        Hasher { chunks, thread }
    }

    /// Adds the next chunk, which is written already.
    pub(super) fn update(&self, chunk: Bytes) {
        // The thread ends only with the channel; if it panicked, joining it shows that.
        let _ = self.chunks.send(chunk);
    }

    /// Returns the hashes of all chunks; `None` if the thread panicked.
    pub(super) fn end(self) -> Option<BlockHashes> {
        drop(self.chunks);
        self.thread.join().ok()
    }
}
