//! `airscope sandbox`: the sandbox alone, for other clients.

use std::time::Duration;

use clap::Args;

use super::demo::scenario_named;
use super::print::print_line;
use super::service::INTERRUPTED;
use super::tokio_runtime::multi_thread;
use super::{Invocation, ShellCommand};
use crate::domain::failure::{Failure, FailureKind};
use crate::sandbox::{CLIENT_ID, CLIENT_SECRET, ORGANIZATION_ID, Options, Sandbox, Scenario};
use crate::text::size::parse_size;

/// Run the sandbox alone: a local server that imitates the API.
#[derive(Debug, Args)]
pub(super) struct SandboxArgs {
    /// The port on 127.0.0.1; a free one unless given.
    #[arg(long, default_value_t = 0, value_name = "N")]
    port: u16,
    /// The fault to play.
    #[arg(long, default_value = "normal", value_name = "NAME")]
    scenario: String,
    /// How long every answer waits, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    latency: u64,
    /// Serve all 56 kinds of connectors, not only twelve, and one that no catalog knows.
    #[arg(long)]
    all_connectors: bool,
    /// How many records every list has.
    #[arg(long, value_name = "N")]
    records: Option<usize>,
    /// Serve attachments of Zendesk Support of this size: ids 5000000 to 5999999. They are made while they are sent.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    big: Option<u64>,
    /// Explain the scenarios and end.
    #[arg(long)]
    list_scenarios: bool,
}

impl ShellCommand for SandboxArgs {
    fn run(&self, _: &Invocation<'_>) -> Result<u8, Failure> {
        if self.list_scenarios {
            let rows = Scenario::all();
            let widest = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
            for row in rows {
                print_line(&format!("{:<widest$}  {}", row.name, row.explanation))?;
            }
            return Ok(0);
        }
        let options = Options {
            port: self.port,
            scenario: scenario_named(&self.scenario)?,
            latency: Duration::from_millis(self.latency),
            all_connectors: self.all_connectors,
            records: self.records,
            big: self.big,
        };
        multi_thread()?.block_on(serve(options))
    }
}

/// Serves until it is interrupted.
async fn serve(options: Options) -> Result<u8, Failure> {
    let port = options.port;
    let mut sandbox = Sandbox::start(options).await.map_err(|error| {
        Failure::new(
            FailureKind::Network,
            format!("Could not listen on port {port}: {error}"),
        )
        .hint("Choose another with --port.")
    })?;
    print_line(&format!("Listening on {}", sandbox.url()))?;
    print_line(&format!("export AIRBYTE_API_HOST={}", sandbox.url()))?;
    print_line(&format!("export AIRBYTE_CLIENT_ID={CLIENT_ID}"))?;
    print_line(&format!("export AIRBYTE_CLIENT_SECRET={CLIENT_SECRET}"))?;
    print_line(&format!("export AIRBYTE_ORGANIZATION_ID={ORGANIZATION_ID}"))?;
    tokio::select! {
        () = sandbox.wait() => Ok(0),
        _ = tokio::signal::ctrl_c() => Ok(INTERRUPTED),
    }
}
