//! `airscope` without a command: the terminal interface, with a request filled in if one is named.

use clap::Args;

use super::arguments::{Common, ParameterArguments};
use super::demo::Demo;
use super::output_files::StdoutUse;
use super::service::{configured, open_store};
use super::tokio_runtime::multi_thread;
use super::{Invocation, ShellCommand};
use crate::app::App;
use crate::app::effect::Mouse;
use crate::app::session::{Preset, Setup};
use crate::domain::failure::{Failure, FailureKind};
use crate::runtime::{LARGE_REPLY, Worker, WorkerSetup, terminal};

#[derive(Debug, Args)]
pub(super) struct ScreenArgs {
    /// Pages of a reply may take so many MiB of memory before they are spilled to a file.
    #[arg(long, value_name = "N", default_value_t = 64, hide_short_help = true)]
    page_memory: usize,
    /// A connector: its id, instance name, template name or slug, whatever the case.
    pub(super) connector: Option<String>,
    /// The entity, such as `issues`.
    pub(super) entity: Option<String>,
    /// The action, such as `list`.
    pub(super) action: Option<String>,
    #[command(flatten)]
    pub(super) parameters: ParameterArguments,
    /// The command that the word for the connector is similar to.
    #[arg(skip)]
    pub(super) similar_command: Option<String>,
}

impl ShellCommand for ScreenArgs {
    fn stdout_use(&self) -> StdoutUse {
        StdoutUse::Screen
    }

    fn run(&self, invocation: &Invocation<'_>) -> Result<u8, Failure> {
        let common = invocation.common;
        // The sandbox of --demo has a runtime of its own, which ends with this function.
        let demo = if common.demo {
            let runtime = multi_thread()?;
            let started = runtime.block_on(Demo::start(common))?;
            Some((started, runtime))
        } else {
            None
        };
        let connection = match &demo {
            Some((demo, _)) => demo.connection.clone(),
            None => configured(invocation)?,
        };
        let setup = Setup {
            workspace: connection.workspace.clone(),
            host: connection.host.clone(),
            organization: connection.organization.clone(),
            folder: invocation.folder.to_owned(),
            read_only: common.read_only,
            sandbox: common.demo,
            preset: self.preset()?,
            max_calls: common.max_calls,
            page_budget: Some(self.page_memory.saturating_mul(1 << 20)),
            keeps_profiles: !common.demo,
            file: None,
            mouse: mouse_of(common),
            scrubber: invocation.scrubber.clone(),
        };
        let worker = WorkerSetup {
            store: open_store(invocation, &connection),
            connection,
            kind: common.kind.clone(),
            definition_id: common.definition_id.clone(),
            max_calls: common.max_calls,
            question_at: LARGE_REPLY,
            scrubber: invocation.scrubber.clone(),
            file: None,
            program: None,
            opener: None,
        };
        show(setup, worker).map_err(|failure| match &self.similar_command {
            Some(command) if failure.kind == FailureKind::Input => {
                failure.hint(format!("Did you mean the command `airscope {command}`?"))
            }
            Some(_) | None => failure,
        })
    }
}

impl ScreenArgs {
    /// Returns the request to fill in.
    fn preset(&self) -> Result<Option<Preset>, Failure> {
        let Some(connector) = &self.connector else {
            return Ok(None);
        };
        Ok(Some(Preset {
            connector: connector.clone(),
            entity: self.entity.clone(),
            action: self.action.clone(),
            pairs: self.parameters.pairs()?,
            params: self.parameters.whole()?,
            similar_command: self.similar_command.clone(),
        }))
    }
}

/// Returns whose the mouse is on the screen.
pub(super) fn mouse_of(common: &Common) -> Mouse {
    if common.no_mouse {
        Mouse::Left
    } else {
        Mouse::Taken
    }
}

/// Shows the terminal interface until the user leaves it. Returns the exit code.
pub(super) fn show(setup: Setup, worker: WorkerSetup) -> Result<u8, Failure> {
    let mut worker = Worker::new(worker);
    let (mut app, first) = App::start(setup);
    terminal::screen(&mut app, first, &mut worker)
}
