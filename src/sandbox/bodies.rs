//! Bodies that break off, stop without an end, or arrive slowly.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

/// Makes a body that breaks off after its bytes, once they were sent.
pub(super) fn cut(content: Bytes) -> Body {
    let broken = async {
        // Without the wait the connection is reset before its bytes are sent.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(std::io::Error::new(
            std::io::ErrorKind::ConnectionReset,
            "cut by the scenario",
        ))
    };
    Body::from_stream(stream::iter([Ok(content)]).chain(stream::once(broken)))
}

/// Makes a body that never ends after its bytes.
pub(super) fn stalled(content: Bytes) -> Body {
    let content = stream::iter([Ok::<_, std::io::Error>(content)]);
    Body::from_stream(content.chain(stream::pending()))
}

/// Makes a body of pieces of a size in bytes, with a wait before each.
pub(super) fn in_pieces(content: Bytes, size: usize, wait: Duration) -> Body {
    let pieces = stream::unfold(content, move |rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(wait).await;
        let size = size.min(rest.len());
        Some((
            Ok::<_, std::io::Error>(rest.slice(..size)),
            rest.slice(size..),
        ))
    });
    Body::from_stream(pieces)
}
