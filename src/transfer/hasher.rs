//! Hashing beside the writing: each takes about as long as the other.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// So many chunks may wait to be hashed, so that memory stays flat.
const WAITING: usize = 4;

/// A hash that is made beside the writing.
pub(super) struct Hasher {
    chunks: std::sync::mpsc::SyncSender<Bytes>,
    thread: std::thread::JoinHandle<Sha256>,
}

impl Hasher {
    /// Goes on with a hash in a thread of its own.
    pub(super) fn start(mut hash: Sha256) -> Hasher {
        let (chunks, receiver) = std::sync::mpsc::sync_channel::<Bytes>(WAITING);
        let thread = std::thread::spawn(move || {
            receiver.into_iter().for_each(|chunk| hash.update(&chunk));
            hash
        });
        Hasher { chunks, thread }
    }

    /// Takes the next chunk.
    pub(super) fn take(&self, chunk: Bytes) {
        // The thread ends only with the channel; if it panicked, its end tells.
        let _ = self.chunks.send(chunk);
    }

    /// Returns the hash of all that came; nothing if the thread panicked.
    pub(super) fn end(self) -> Option<Sha256> {
        drop(self.chunks);
        self.thread.join().ok()
    }
}
