//! The signals that ask an export to end. It still reports its verdict.

/// A signal that asks to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Interrupt,
    Terminate,
}

impl Signal {
    /// Returns who stopped the export, as its verdict states it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Signal::Interrupt => "by you",
            Signal::Terminate => "by SIGTERM",
        }
    }

    /// Returns 128 and the number of the signal, as shells do.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Signal::Interrupt => 130,
            Signal::Terminate => 143,
        }
    }
}

/// Waits for a signal that asks to end. A signal that cannot be caught ends the process as usual.
pub(super) async fn signalled() -> Signal {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = async |kind: SignalKind| match signal(kind) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => Signal::Interrupt,
        () = wait(SignalKind::terminate()) => Signal::Terminate,
    }
}
