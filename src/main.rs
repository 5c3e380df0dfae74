//! Parses the command line, starts the sandbox if asked, hands over to the screen or to a command,
//! and turns the outcome into an exit code.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use airscope::api::Client;
use airscope::app::{App, OpenFile, Preset, Setup};
use airscope::cli::{self, Arguments, Command};
use airscope::commands::{self, Session};
use airscope::domain::connection::{Connection, Credentials};
use airscope::domain::failure::{Failure, FailureKind};
use airscope::domain::scrub::Scrubber;
use airscope::domain::secret::Secret;
use airscope::export::{Format, Formulas};
use airscope::files::{self, Replaces};
use airscope::jq;
use airscope::log::{self, Log};
use airscope::paging::Limits;
use airscope::runtime::{LARGE_REPLY, Source, Worker, WorkerSetup, terminal};
use airscope::sandbox::{self, SCENARIOS, Sandbox, Scenario};
use airscope::settings::{self, Sources};
use airscope::store::Store;
use airscope::text;
use clap::Parser as _;

fn main() -> ExitCode {
    // The process that runs a filter is this program too; it takes no arguments of users.
    if let Some(code) = filter_process() {
        return code;
    }
    // A core file would hold the secrets that come next. Where it cannot be forbidden the system says so by keeping it.
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    let scrubber = Scrubber::default();
    scrubber.learn_variables(&settings::variable);
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let words = error.render().to_string();
            let _ = match scrubber.scrub(&words) {
                // Help and version go to standard output and are no fault.
                Cow::Borrowed(_) => error.print(),
                Cow::Owned(scrubbed) => std::io::stderr().write_all(scrubbed.as_bytes()),
            };
            return if error.use_stderr() {
                ExitCode::from(4)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let as_json = wants_json(&arguments);
    if let Some(host) = &arguments.common.host {
        scrubber.learn_url(host);
    }
    match run(arguments, &scrubber) {
        Ok(code) => code,
        Err(failure) => {
            let failure = scrubber.failure(failure);
            commands::print_failure(&failure, as_json);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

/// Runs a filter if that is what this process was started for.
fn filter_process() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != jq::COMMAND {
        return None;
    }
    let slurps = arguments.next()? == "slurp";
    let program = arguments.next()?.into_string().ok()?;
    Some(ExitCode::from(jq::serve(&program, slurps)))
}

fn wants_json(arguments: &Arguments) -> bool {
    match &arguments.command {
        Some(
            Command::Connectors { json }
            | Command::Describe { json, .. }
            | Command::Call { json, .. }
            | Command::Download { json, .. },
        ) => *json,
        Some(Command::Pages { .. } | Command::Open { .. } | Command::Sandbox { .. }) | None => {
            false
        }
    }
}

/// Refuses outputs that are one file, before any of them is made.
fn distinct_outputs(arguments: &Arguments) -> Result<(), Failure> {
    let log = arguments.common.log.as_deref();
    let (output, ledger, manifest) = match &arguments.command {
        Some(Command::Pages { output, ledger, .. }) => (output.as_deref(), ledger.as_deref(), None),
        Some(Command::Download { manifest, .. }) => (None, None, manifest.as_deref()),
        Some(
            Command::Connectors { .. }
            | Command::Describe { .. }
            | Command::Call { .. }
            | Command::Open { .. }
            | Command::Sandbox { .. },
        )
        | None => (None, None, None),
    };
    let checkpoint = output.map(airscope::export::beside);
    let named = [
        ("--output", output),
        ("the checkpoint of --output", checkpoint.as_deref()),
        ("--ledger", ledger),
        ("--manifest", manifest),
        ("--log", log),
    ];
    let named: Vec<(&str, &Path)> = named
        .into_iter()
        .filter_map(|(flag, path)| Some((flag, path?)))
        .collect();
    // Whoever reads standard output reads one thing.
    let prints = match &arguments.command {
        Some(Command::Pages { .. }) => output.is_none_or(files::is_stdout),
        Some(Command::Open { .. }) | None => false,
        Some(
            Command::Connectors { .. }
            | Command::Describe { .. }
            | Command::Call { .. }
            | Command::Download { .. }
            | Command::Sandbox { .. },
        ) => true,
    };
    if let Some((flag, _)) = [("--ledger", ledger), ("--log", log)]
        .iter()
        .find(|(_, path)| prints && path.is_some_and(files::is_stdout))
    {
        return Err(Failure::new(
            FailureKind::Input,
            format!("{flag} and what is printed are both standard output"),
        )
        .hint("Give it a file of its own, or /dev/stderr."));
    }
    files::all_distinct(&named)
}

fn run(arguments: Arguments, scrubber: &Scrubber) -> Result<ExitCode, Failure> {
    distinct_outputs(&arguments)?;
    // Set before the program began ([`assets/closed_stdout.c`]): what is printed would be lost without a word.
    let prints = !matches!(arguments.command, Some(Command::Open { .. }) | None);
    if prints && std::env::var_os("AIRSCOPE_STDOUT_CLOSED").is_some() {
        return Err(Failure::new(FailureKind::File, "Standard output is closed")
            .hint("Send it to a file, or to /dev/null."));
    }
    let log = match &arguments.common.log {
        Some(path) => log::open(path, scrubber.clone())?,
        None => log::silent(),
    };
    match arguments.command {
        Some(Command::Sandbox {
            port,
            ref scenario,
            latency,
            all_connectors,
            records,
            big,
            list_scenarios,
        }) => {
            if list_scenarios {
                for (_, name, about) in SCENARIOS {
                    commands::print_line(&format!("{name:<27}{about}"))?;
                }
                return Ok(ExitCode::SUCCESS);
            }
            let options = sandbox::Options {
                port,
                scenario: scenario_named(scenario)?,
                latency: Duration::from_millis(latency),
                all_connectors,
                records,
                big,
            };
            runtime()?.block_on(serve(options))
        }
        Some(Command::Open { ref file }) => open(&arguments, file, log, scrubber),
        // With a service elsewhere there is one thing to do at a time: threads would only pass it around.
        Some(_) if arguments.common.demo => runtime()?.block_on(command(&arguments, log, scrubber)),
        Some(_) => one_thread()?.block_on(command(&arguments, log, scrubber)),
        None => screen(&arguments, log, scrubber),
    }
}

/// Opens the screen on a file. No service is asked for anything.
fn open(
    arguments: &Arguments,
    file: &Path,
    log: Log,
    scrubber: &Scrubber,
) -> Result<ExitCode, Failure> {
    let input = file.as_os_str() == "-";
    if input && std::io::stdin().is_terminal() {
        return Err(Failure::new(
            FailureKind::Input,
            "Standard input is the terminal: there is nothing to read",
        )
        .hint("Pipe something in: curl … | airscope open -"));
    }
    // A name that was mistyped is told in the shell, where it can be typed again.
    if !input {
        let shown = text::safe(&file.to_string_lossy()).into_owned();
        match std::fs::metadata(file) {
            Ok(about) if about.is_dir() => {
                return Err(Failure::new(
                    FailureKind::Input,
                    format!("`{shown}` is a folder"),
                ));
            }
            Err(error) => {
                return Err(Failure::new(
                    FailureKind::Input,
                    format!("Could not read `{shown}`: {error}"),
                ));
            }
            Ok(_) => {}
        }
    }
    let connection = Connection {
        host: String::new(),
        credentials: Credentials::Token(Secret::new("")),
        organization: None,
        workspace: String::new(),
    };
    let name = if input {
        "standard input".to_owned()
    } else {
        file.to_string_lossy().into_owned()
    };
    let setup = Setup {
        workspace: "a file, no service".to_owned(),
        folder: arguments.dir.clone(),
        file: Some(OpenFile {
            name,
            again: !input,
        }),
        scrubber: scrubber.clone(),
        ..Setup::default()
    };
    let mut worker = Worker::new(WorkerSetup {
        store: Store::open(None, "", airscope::catalog::VERSION),
        connection,
        kind: None,
        definition_id: None,
        log,
        max_calls: Some(0),
        question_at: LARGE_REPLY,
        scrubber: scrubber.clone(),
        file: Some(if input {
            Source::Input
        } else {
            Source::Path(file.to_owned())
        }),
        program: None,
        opener: None,
    });
    let (mut app, first) = App::start(setup);
    let code = terminal::screen(&mut app, first, &mut worker)?;
    Ok(ExitCode::from(code))
}

/// Opens the screen.
fn screen(arguments: &Arguments, log: Log, scrubber: &Scrubber) -> Result<ExitCode, Failure> {
    let common = &arguments.common;
    let request = &arguments.request;
    // The sandbox of --demo lives in a runtime of its own, which ends with this function.
    let demo = if common.demo {
        let runtime = runtime()?;
        let started = runtime.block_on(demo(arguments))?;
        Some((started, runtime))
    } else {
        None
    };
    let connection = match &demo {
        Some(((_, connection), _)) => connection.clone(),
        None => configured(arguments)?,
    };
    let preset = match &request.connector {
        Some(connector) => Some(Preset {
            connector: connector.clone(),
            entity: request.entity.clone(),
            action: request.action.clone(),
            pairs: cli::pairs(&request.param)?,
            params: cli::params(&[], request.params.as_deref(), None)?,
        }),
        None => None,
    };
    let setup = Setup {
        workspace: connection.workspace.clone(),
        host: connection.host.clone(),
        organization: connection.organization.clone(),
        folder: arguments.dir.clone(),
        read_only: common.read_only,
        sandbox: common.demo,
        preset,
        max_calls: common.max_calls,
        page_budget: Some(arguments.page_memory.saturating_mul(1 << 20)),
        keeps_profiles: !common.demo,
        file: None,
        scrubber: scrubber.clone(),
    };
    let store = store_of(&connection, common.demo).scrubbing(scrubber.clone());
    let mut worker = Worker::new(WorkerSetup {
        connection,
        kind: common.kind.clone(),
        definition_id: common.definition_id.clone(),
        log,
        max_calls: common.max_calls,
        question_at: LARGE_REPLY,
        store,
        scrubber: scrubber.clone(),
        file: None,
        program: None,
        opener: None,
    });
    let (mut app, first) = App::start(setup);
    let code = terminal::screen(&mut app, first, &mut worker)?;
    Ok(ExitCode::from(code))
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                FailureKind::Internal,
                format!("The runtime could not be started: {error}"),
            )
        })
}

/// Makes a runtime of one thread.
fn one_thread() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                FailureKind::Internal,
                format!("The runtime could not be started: {error}"),
            )
        })
}

fn scenario_named(name: &str) -> Result<Scenario, Failure> {
    Scenario::by_name(name).ok_or_else(|| {
        Failure::new(FailureKind::Input, format!("There is no scenario `{name}`"))
            .hint("List them with: airscope sandbox --list-scenarios")
    })
}

/// Runs the sandbox alone until it is interrupted.
async fn serve(options: sandbox::Options) -> Result<ExitCode, Failure> {
    let port = options.port;
    let mut sandbox = Sandbox::start(options).await.map_err(|error| {
        Failure::new(
            FailureKind::Network,
            format!("Could not listen on port {port}: {error}"),
        )
        .hint("Choose another with --port.")
    })?;
    commands::print_line(&format!("Listening on {}", sandbox.url()))?;
    commands::print_line(&format!("export AIRBYTE_API_HOST={}", sandbox.url()))?;
    commands::print_line(&format!("export AIRBYTE_CLIENT_ID={}", sandbox::CLIENT_ID))?;
    commands::print_line(&format!(
        "export AIRBYTE_CLIENT_SECRET={}",
        sandbox::CLIENT_SECRET
    ))?;
    commands::print_line(&format!(
        "export AIRBYTE_ORGANIZATION_ID={}",
        sandbox::ORGANIZATION_ID
    ))?;
    tokio::select! {
        () = sandbox.wait() => Ok(ExitCode::SUCCESS),
        _ = tokio::signal::ctrl_c() => Ok(ExitCode::from(130)),
    }
}

/// Starts the sandbox of `--demo` and returns how to reach it.
async fn demo(arguments: &Arguments) -> Result<(Sandbox, Connection), Failure> {
    let scenario = arguments
        .common
        .demo_scenario
        .as_deref()
        .map_or(Ok(Scenario::Normal), scenario_named)?;
    let sandbox = Sandbox::start(sandbox::Options {
        scenario,
        ..sandbox::Options::default()
    })
    .await
    .map_err(|error| {
        Failure::new(
            FailureKind::Network,
            format!("Could not start the sandbox: {error}"),
        )
    })?;
    let many = scenario == Scenario::ManyOrganizations;
    let connection = Connection {
        host: sandbox.url(),
        credentials: Credentials::Pair {
            id: sandbox::CLIENT_ID.to_owned(),
            secret: Secret::new(sandbox::CLIENT_SECRET),
        },
        organization: (!many).then(|| sandbox::ORGANIZATION_ID.to_owned()),
        workspace: arguments
            .common
            .workspace
            .clone()
            .unwrap_or_else(|| "default".to_owned()),
    };
    Ok((sandbox, connection))
}

fn configured(arguments: &Arguments) -> Result<Connection, Failure> {
    settings::connection(&arguments.common.overrides(), &Sources::of_process())
}

/// Opens what is remembered of how operations page. The sandbox of --demo leaves no trace.
fn store_of(connection: &Connection, demo: bool) -> Store {
    let state = Store::state_folder(
        settings::variable("XDG_STATE_HOME").as_deref(),
        settings::variable("HOME").as_deref(),
    );
    Store::open(
        state.as_deref().filter(|_| !demo),
        &connection.host,
        airscope::catalog::VERSION,
    )
}

/// Returns how large a reply may be.
fn most_bytes(command: &Option<Command>) -> Option<u64> {
    match command {
        Some(Command::Call { max_bytes, .. }) => *max_bytes,
        // A run stops behind the page that reaches its limit; a single page without end must not pass it by much.
        Some(Command::Pages { max_bytes, .. }) => max_bytes.map(|most| most.max(64 << 20)),
        Some(
            Command::Connectors { .. }
            | Command::Describe { .. }
            | Command::Download { .. }
            | Command::Open { .. }
            | Command::Sandbox { .. },
        )
        | None => None,
    }
}

/// Runs a command, or ends with 130 when it is interrupted.
async fn command(
    arguments: &Arguments,
    log: Log,
    scrubber: &Scrubber,
) -> Result<ExitCode, Failure> {
    let sandbox_and_connection;
    let connection = if arguments.common.demo {
        sandbox_and_connection = demo(arguments).await?;
        sandbox_and_connection.1.clone()
    } else {
        configured(arguments)?
    };
    let work = async {
        let client = Client::scrubbing(connection.clone(), Arc::clone(&log), scrubber.clone())
            .at_most(arguments.common.max_calls)
            .no_larger_than(most_bytes(&arguments.command));
        let store = store_of(&connection, arguments.common.demo).scrubbing(scrubber.clone());
        let common = &arguments.common;
        let filter = commands::definition_filter(
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
            log: &log,
        };
        dispatch(arguments, &session).await
    };
    // Pages have a verdict to say when they are interrupted.
    let waits = matches!(arguments.command, Some(Command::Pages { .. }));
    let outcome = tokio::select! {
        outcome = work => outcome.map(ExitCode::from),
        _ = tokio::signal::ctrl_c(), if !waits => Ok(ExitCode::from(130)),
    };
    if let Err(failure) = &outcome {
        log(&failure.summary);
    }
    outcome
}

async fn dispatch(arguments: &Arguments, session: &Session<'_>) -> Result<u8, Failure> {
    let done = |()| 0;
    match &arguments.command {
        Some(Command::Connectors { json }) => commands::connectors(session, *json).await.map(done),
        Some(Command::Describe { connector, json }) => {
            commands::describe(session, connector, *json)
                .await
                .map(done)
        }
        Some(Command::Call {
            operation,
            select,
            yes,
            max_bytes: _,
            json: _,
        }) => {
            let select = &cli::fields("--select", select)?;
            let request = commands::CallRequest {
                connector: &operation.connector,
                entity: &operation.entity,
                action: &operation.action,
                params: &|known| cli::params(&operation.param, operation.params.as_deref(), known),
                select,
                yes: *yes,
            };
            commands::call(session, &request).await.map(done)
        }
        Some(Command::Download {
            connector,
            entity,
            from: Some(from),
            of,
            jobs,
            manifest,
            ..
        }) => {
            let request = commands::DownloadsRequest {
                connector,
                from,
                entity: of.as_deref().or(entity.as_deref()),
                folder: &arguments.dir,
                jobs: usize::from(*jobs),
                manifest: manifest.as_deref(),
            };
            commands::downloads(session, &request).await
        }
        Some(Command::Download {
            connector,
            entity,
            from: None,
            param,
            params,
            name,
            ..
        }) => {
            let request = commands::DownloadRequest {
                connector,
                entity: entity.as_deref().unwrap_or_default(),
                params: &|known| cli::params(param, params.as_deref(), known),
                folder: &arguments.dir,
                name: name.as_deref(),
            };
            commands::download(session, &request).await.map(done)
        }
        Some(Command::Pages {
            operation,
            select,
            format,
            output,
            dedupe,
            page_size,
            whole,
            max_pages,
            max_records,
            max_bytes,
            max_time,
            columns,
            strict_columns,
            csv_safe,
            resume,
            ledger,
            force,
            yes,
            quiet,
        }) => {
            let (select, columns) = (
                &cli::fields("--select", select)?,
                &cli::fields("--columns", columns)?,
            );
            let request = commands::PagesRequest {
                operation: commands::CallRequest {
                    connector: &operation.connector,
                    entity: &operation.entity,
                    action: &operation.action,
                    params: &|known| {
                        cli::params(&operation.param, operation.params.as_deref(), known)
                    },
                    select,
                    yes: *yes,
                },
                format: match format {
                    cli::PagesFormat::Ndjson => Format::Ndjson,
                    cli::PagesFormat::Json => Format::Json,
                    cli::PagesFormat::Csv => Format::Csv,
                },
                columns,
                strict_columns: *strict_columns,
                formulas: if *csv_safe {
                    Formulas::Guarded
                } else {
                    Formulas::Kept
                },
                output: output.as_deref(),
                resume: *resume,
                dedupe: *dedupe,
                page_size: *page_size,
                whole: if *whole {
                    commands::Whole::Told
                } else {
                    commands::Whole::Unknown
                },
                limits: Limits {
                    pages: *max_pages,
                    records: *max_records,
                    bytes: *max_bytes,
                    calls: None,
                    time: max_time.map(Duration::from_secs),
                },
                ledger: ledger.as_deref(),
                force: if *force {
                    Replaces::Own
                } else {
                    Replaces::Nothing
                },
                quiet: *quiet,
            };
            commands::pages(session, &request).await
        }
        Some(Command::Open { .. } | Command::Sandbox { .. }) | None => Ok(0),
    }
}
