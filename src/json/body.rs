//! A body as it was received: a list of parts, cheap to share.

use bytes::{Bytes, BytesMut};

/// The bytes of a body, in order.
#[derive(Debug, Clone, Default)]
pub struct Body {
    parts: Vec<Bytes>,
    size: usize,
}

impl Body {
    /// Makes a body from parts.
    pub fn of(parts: Vec<Bytes>) -> Body {
        let size = parts.iter().map(Bytes::len).sum();
        Body { parts, size }
    }

    /// Returns how many bytes there are.
    pub fn len(&self) -> usize {
        self.size
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// Returns the parts.
    pub fn parts(&self) -> &[Bytes] {
        &self.parts
    }

    /// Returns all bytes in one piece; copies them unless they are one already.
    pub fn joined(&self) -> Bytes {
        match self.parts.as_slice() {
            [] => Bytes::new(),
            [only] => only.clone(),
            parts => {
                let mut all = BytesMut::with_capacity(self.size);
                for part in parts {
                    all.extend_from_slice(part);
                }
                all.freeze()
            }
        }
    }
}

impl From<Bytes> for Body {
    fn from(body: Bytes) -> Body {
        Body::of(vec![body])
    }
}

impl PartialEq for Body {
    /// Two bodies are equal if their bytes are, however they are cut.
    fn eq(&self, other: &Body) -> bool {
        self.size == other.size && self.parts.iter().flatten().eq(other.parts.iter().flatten())
    }
}
