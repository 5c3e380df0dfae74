//! Runs a command that talks to the service: finds the connection, makes the session, ends with an interruption.

use super::Invocation;
use super::demo::Demo;
use super::resolve::definition_filter;
use super::session::Session;
use super::tokio_runtime::{multi_thread, single_thread};
use crate::api::Client;
use crate::catalog;
use crate::domain::connection::Connection;
use crate::domain::failure::Failure;
use crate::settings::{self, Sources};
use crate::store::Store;

/// The exit code after an interruption by Ctrl-C.
pub(super) const INTERRUPTED: u8 = 130;

/// What distinguishes one command's run from another's.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RunOptions {
    /// How large a reply may be, in bytes.
    pub(super) max_reply_bytes: Option<u64>,
    pub(super) on_interrupt: OnInterrupt,
}

/// Who handles an interruption by Ctrl-C.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum OnInterrupt {
    /// The command is aborted.
    #[default]
    Abort,
    /// The command itself waits for it, because it has something to do before its end.
    LeaveToCommand,
}

/// Connects to the service, or to the sandbox of `--demo`, and does a command's work there. Returns the exit code.
pub(super) fn run(
    invocation: &Invocation<'_>,
    options: RunOptions,
    work: impl AsyncFnOnce(&Session<'_>) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    if invocation.common.demo {
        return multi_thread()?.block_on(async {
            let demo = Demo::start(invocation.common).await?;
            run_connected(invocation, &demo.connection, options, work).await
        });
    }
    let connection = configured(invocation)?;
    // A remote service needs one thread: calls are sequential.
    single_thread()?.block_on(run_connected(invocation, &connection, options, work))
}

async fn run_connected(
    invocation: &Invocation<'_>,
    connection: &Connection,
    options: RunOptions,
    work: impl AsyncFnOnce(&Session<'_>) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    let Invocation {
        common, scrubber, ..
    } = invocation;
    let work = async {
        let client = Client::scrubbing(connection.clone(), (*scrubber).clone())
            .at_most(common.max_calls)
            .no_larger_than(options.max_reply_bytes);
        let store = open_store(invocation, connection);
        let filter = definition_filter(
            &client,
            common.kind.as_deref(),
            common.definition_id.as_deref(),
        )
        .await?;
        let session = Session {
            client: &client,
            workspace: &connection.workspace,
            read_only: common.read_only,
            filter,
            store: &store,
        };
        work(&session).await
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        _ = tokio::signal::ctrl_c(), if options.on_interrupt == OnInterrupt::Abort => Ok(INTERRUPTED),
    };
    if let Err(failure) = &outcome {
        tracing::info!("{}", failure.summary);
    }
    outcome
}

/// Returns the connection that flags, environment and settings file describe.
pub(super) fn configured(invocation: &Invocation<'_>) -> Result<Connection, Failure> {
    settings::connection(&invocation.common.overrides(), &Sources::of_process())
}

/// Opens the store of how operations page. The sandbox of `--demo` leaves no trace.
pub(super) fn open_store(invocation: &Invocation<'_>, connection: &Connection) -> Store {
    let state = Store::state_folder(
        settings::variable("XDG_STATE_HOME").as_deref(),
        settings::variable("HOME").as_deref(),
    );
    Store::open(
        state.as_deref().filter(|_| !invocation.common.demo),
        &connection.host,
        catalog::VERSION,
    )
    .scrubbing(invocation.scrubber.clone())
}
