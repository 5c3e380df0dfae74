//! The sandbox that `--demo` starts inside the program.

use super::arguments::Common;
use crate::domain::connection::{Connection, Credentials};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::secret::Secret;
use crate::sandbox::{
    AccountFault, CLIENT_ID, CLIENT_SECRET, ORGANIZATION_ID, Options, Sandbox, Scenario,
};
use crate::text::similar::did_you_mean;

/// A sandbox that runs until it is dropped.
pub(super) struct Demo {
    pub(super) connection: Connection,
    _sandbox: Sandbox,
}

impl Demo {
    /// Starts the sandbox with the scenario that was asked for.
    pub(super) async fn start(common: &Common) -> Result<Demo, Failure> {
        let scenario = common
            .demo_scenario
            .as_deref()
            .map_or(Ok(Scenario::Normal), scenario_named)?;
        let sandbox = Sandbox::start(Options {
            scenario,
            ..Options::default()
        })
        .await
        .map_err(|error| {
            Failure::new(
                FailureKind::Network,
                format!("Could not start the sandbox: {error}"),
            )
        })?;
        let many = scenario == Scenario::Account(AccountFault::ManyOrganizations);
        let connection = Connection {
            host: sandbox.url(),
            credentials: Credentials::Pair {
                id: CLIENT_ID.to_owned(),
                secret: Secret::new(CLIENT_SECRET),
            },
            organization: (!many).then(|| ORGANIZATION_ID.to_owned()),
            workspace: common
                .workspace
                .clone()
                .unwrap_or_else(|| "default".to_owned()),
        };
        Ok(Demo {
            connection,
            _sandbox: sandbox,
        })
    }
}

/// Finds a scenario by its name.
pub(super) fn scenario_named(name: &str) -> Result<Scenario, Failure> {
    Scenario::by_name(name).ok_or_else(|| {
        let names = Scenario::all().into_iter().map(|row| row.name);
        let words = format!("There is no scenario `{name}`{}", did_you_mean(name, names));
        Failure::new(FailureKind::Input, words)
            .hint("List them with: airscope sandbox --list-scenarios")
    })
}
