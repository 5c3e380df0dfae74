//! Small files that come at once: they are gathered, looked at, and written in one go.

use std::time::Duration;

use bytes::Bytes;

use super::job::{Ended, Job, Tried, broken, next_chunk};
use super::note::About;
use super::stream::Fault;
use crate::api::Stream;
use crate::domain::transfer::{Progress, Step};

/// A file that comes within this time is written in one go.
const AT_ONCE: Duration = Duration::from_millis(20);
/// A larger one is not, in bytes.
const LARGEST_AT_ONCE: usize = 512 << 10;

/// What came at once.
pub(super) enum Gathered {
    /// All of it.
    All(Bytes),
    /// A part of it, and what broke it off.
    Begun(Bytes, Option<Ended>),
}

impl Job<'_> {
    /// Gathers a file that comes at once. What takes longer, or is larger, goes to its part while it comes, so that
    /// nothing of it can be lost.
    pub(super) async fn at_once(&self, stream: &mut Stream, first: Bytes, what: &str) -> Gathered {
        let mut length = first.len();
        let mut chunks = vec![first];
        let gathering = async {
            while length <= LARGEST_AT_ONCE {
                match next_chunk(stream, self.silence, what).await {
                    Ok(Some(chunk)) => {
                        length += chunk.len();
                        chunks.push(chunk);
                    }
                    Ok(None) => return Some(Ok(())),
                    Err(ended) => return Some(Err(ended)),
                }
            }
            None
        };
        let ended = tokio::time::timeout(AT_ONCE, gathering).await.unwrap_or(None);
        chunks.retain(|chunk| !chunk.is_empty());
        // Mostly it is one chunk, which need not be copied.
        let gathered = match chunks.as_slice() {
            [] => Bytes::new(),
            [only] => only.clone(),
            _ => Bytes::from(chunks.concat()),
        };
        match ended {
            Some(Ok(())) => Gathered::All(gathered),
            Some(Err(cut)) => Gathered::Begun(gathered, Some(cut)),
            None => Gathered::Begun(gathered, None),
        }
    }

    /// Says whether a body that ended is shorter than it should be: then its part is worth keeping.
    pub(super) fn is_short(&self, about: &About, length: usize) -> bool {
        length > 0 && about.size.max(self.recorded()).is_some_and(|size| (length as u64) < size)
    }

    /// Takes a file that came at once.
    pub(super) fn all_came(&mut self, about: About, bytes: Bytes, what: &str) -> Tried<()> {
        let wants = about.claim.doubt().wants().min(bytes.len());
        self.measure(&about, bytes.len() as u64, &bytes[..wants], what).map_err(|fault| match fault {
            Fault::Short(size) => broken(what, bytes.len() as u64, Some(size)),
            Fault::Long(failure) | Fault::Wrong(failure) => failure.into(),
        })?;
        (self.tell)(Step::Began { name: about.name.clone(), have: 0 });
        (self.tell)(Step::Came(Progress { written: bytes.len() as u64, total: Some(bytes.len() as u64) }));
        self.all = Some((about, bytes));
        Ok(())
    }
}
