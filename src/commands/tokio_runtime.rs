//! Builds the asynchronous runtimes that commands run on.

use tokio::runtime::{Builder, Runtime};

use crate::domain::failure::{Failure, FailureKind};

/// Builds a runtime of two threads: one can serve the sandbox while the other one calls it.
pub(super) fn multi_thread() -> Result<Runtime, Failure> {
    build(Builder::new_multi_thread().worker_threads(2))
}

/// Builds a runtime that runs on the current thread.
pub(super) fn single_thread() -> Result<Runtime, Failure> {
    build(&mut Builder::new_current_thread())
}

fn build(builder: &mut Builder) -> Result<Runtime, Failure> {
    builder.enable_all().build().map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("The runtime could not be started: {error}"),
        )
    })
}
