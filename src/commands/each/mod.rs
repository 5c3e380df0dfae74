//! `airscope each`: an operation once for each record.

mod ending;
mod output;
mod runner;
mod spool;

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;

use super::arguments::{OperationArguments, ParameterArguments, fields};
use super::operation::{Consent, OperationRequest, Prepared, check_allowed, print_remarks};
use super::output_files::{OutputFiles, StdoutUse};
use super::records;
use super::resolve::resolve;
use super::service::{self, OnInterrupt, RunOptions};
use super::session::Session;
use super::signal::signalled;
use super::{Invocation, ShellCommand};
use crate::domain::action::Action;
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, only_reads};
use crate::domain::remark::on_parameter;
use crate::each::Template;
use crate::files;
use crate::paging::Limits;
use crate::text;
use runner::Runner;

/// Calls that change data are sent at most this many at a time.
const MOST_CHANGES: usize = 2;

/// Run an operation once for each record: records in, records out, the verdict on standard error.
///
/// -p NAME=@FIELD takes a value from the record, @.a.b a path of it, and @@x is the text @x. Each record that comes out
/// carries the values it was asked with as `_parent`. Exits with 0 only if every parent is complete, else with 5 and a
/// list. Actions that change data need --yes, and --ledger to record what came of each.
#[derive(Debug, Args)]
pub(super) struct EachArgs {
    #[command(flatten)]
    operation: OperationArguments,
    /// Read records from FILE, - for standard input: one a line, or one array.
    #[arg(long, value_name = "FILE", default_value = "-")]
    from: PathBuf,
    /// How many calls are sent at a time; those that change data at most two.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
    /// Fields to keep, as dotted paths with commas.
    #[arg(long, value_name = "A,B.C")]
    select: Vec<String>,
    /// Stop each parent after so many pages.
    #[arg(long, value_name = "N")]
    max_pages: Option<u64>,
    /// Write to FILE, which must not exist, in place of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Go on with FILE of --output where it was interrupted: the same records may be given again.
    #[arg(long, requires = "output")]
    resume: bool,
    /// Add a line of JSON for each parent to FILE: its values, what came of it, and why.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Write the records as they are, without `_parent`.
    #[arg(long)]
    bare: bool,
    /// Print the body of each call, and send none.
    #[arg(long, conflicts_with_all = ["output", "ledger"])]
    dry_run: bool,
    /// Send actions that change data, and unknown ones.
    #[arg(long)]
    yes: bool,
    /// Say nothing but the verdict and what is not complete.
    #[arg(long)]
    quiet: bool,
}

impl ShellCommand for EachArgs {
    fn stdout_use(&self) -> StdoutUse {
        StdoutUse::of(self.output.as_deref())
    }

    fn output_files(&self) -> OutputFiles<'_> {
        OutputFiles {
            output: self.output.as_deref(),
            ledger: self.ledger.as_deref(),
            manifest: None,
        }
    }

    fn run(&self, invocation: &Invocation<'_>) -> Result<u8, Failure> {
        let options = RunOptions {
            max_reply_bytes: None,
            // An interrupted run still reports its verdict.
            on_interrupt: OnInterrupt::LeaveToCommand,
        };
        service::run(invocation, options, async |session| {
            self.each(session).await
        })
    }
}

/// Writes to standard error which parameters that take a value from the records are not declared.
fn print_remarks_on(session: &Session<'_>, operation: Option<&Operation>, template: &Template) {
    let Some(operation) = operation else { return };
    for taken in &template.taken {
        let name = &taken.param;
        let mut declared = operation.parameters.iter();
        if declared.any(|parameter| parameter.name == *name) {
            continue;
        }
        let words = on_parameter(operation, name).unwrap_or("is not declared".to_owned());
        let words = format!("`{name}` {words}");
        session.say(&format!("airscope: {}\n", text::safe(&words)));
    }
}

fn refused(words: impl AsRef<str>) -> Failure {
    Failure::new(FailureKind::Input, words)
}

impl EachArgs {
    async fn each(&self, session: &Session<'_>) -> Result<u8, Failure> {
        let select = fields("--select", &self.select)?;
        self.check(session)?;
        let mut interrupted = Box::pin(signalled());
        let prepared = async {
            let connector = resolve(session, &self.operation.connector).await?;
            let (prepared, template) = self.prepare(session, &connector, select).await?;
            Ok::<_, Failure>((connector, prepared, template))
        };
        let (connector, prepared, template) = tokio::select! {
            prepared = prepared => prepared?,
            signal = interrupted.as_mut() => return Ok(signal.exit_code()),
        };
        if !self.quiet {
            print_remarks(session, &prepared);
            print_remarks_on(session, prepared.operation.as_ref(), &template);
        }
        let records = records::read(&self.from)?;
        let runner = Runner::new(session, self, connector, prepared, template)?;
        runner.run(records, interrupted).await
    }

    /// Checks what needs no call.
    fn check(&self, session: &Session<'_>) -> Result<(), Failure> {
        let action = &self.operation.action;
        if Action::of(action) == Action::Download {
            return Err(refused("`each` reads replies, and a download is none")
                .hint("Pipe the records into `airscope download CONNECTOR ENTITY --from -`."));
        }
        if !self.dry_run {
            let consent = if self.yes {
                Consent::Given
            } else {
                Consent::NotGiven
            };
            check_allowed(session, &self.operation, consent)?;
            if self.changes_data() && self.ledger.is_none() {
                return Err(refused(format!(
                    "`{action}` changes data, and nothing would record what came of each call"
                ))
                .hint("Add --ledger FILE: what it says was sent is never sent again."));
            }
        }
        if self.resume && self.output.as_deref().is_none_or(files::is_stream) {
            return Err(refused("--resume needs --output: only a file can go on")
                .hint("Add --output FILE."));
        }
        if self.from.as_os_str() == "-" && std::io::stdin().is_terminal() {
            return Err(
                refused("There are no records: standard input is the terminal").hint(
                    "Pipe them in, such as from `airscope pages`, or name a file with --from FILE.",
                ),
            );
        }
        Ok(())
    }

    fn changes_data(&self) -> bool {
        !only_reads(&self.operation.action)
    }

    /// Makes the call, and the template of the parameters that take a value from a record.
    async fn prepare(
        &self,
        session: &Session<'_>,
        connector: &Connector,
        select: Vec<String>,
    ) -> Result<(Prepared, Template), Failure> {
        let parameters = &self.operation.parameters;
        let (mut taken, mut fixed) = (Vec::new(), Vec::new());
        for (name, typed) in parameters.pairs()? {
            match Template::source_of(&typed) {
                Some(from) => taken.push((name, from.to_owned())),
                None => fixed.push(format!("{name}={}", Template::text_of(&typed))),
            }
        }
        let fixed = ParameterArguments {
            param: fixed,
            params: parameters.params.clone(),
        };
        let request = OperationRequest {
            entity: &self.operation.entity,
            action: &self.operation.action,
            parameters: &fixed,
            select,
        };
        let prepared = request.prepare(session, connector).await?;
        let operation = prepared.operation.as_ref();
        if taken.is_empty() {
            let words =
                "No parameter takes a value from the records, so every call would be the same";
            return Err(refused(words).hint(self.suggestion(operation)));
        }
        let mut template = Template::new(prepared.call.params.clone());
        for (name, from) in taken {
            let is_fixed = fixed.pairs()?.iter().any(|(own, _)| *own == name);
            if is_fixed || template.taken.iter().any(|taken| taken.param == name) {
                return Err(refused(format!(
                    "`-p {name}` is given twice, and takes one value"
                )));
            }
            template.take(&name, &from, operation);
        }
        Ok((prepared, template))
    }

    /// Returns a hint that names a parameter which the operation requires.
    fn suggestion(&self, operation: Option<&Operation>) -> String {
        let required = operation.and_then(|operation| {
            let mut parameters = operation.parameters.iter();
            parameters.find(|parameter| parameter.required)
        });
        let name = required.map_or("NAME", |parameter| parameter.name.as_str());
        format!("Write -p {name}=@id, where `id` is a field of the records.")
    }

    fn jobs(&self) -> usize {
        let jobs = usize::from(self.jobs);
        if self.changes_data() {
            jobs.min(MOST_CHANGES)
        } else {
            jobs
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            pages: self.max_pages,
            ..Limits::default()
        }
    }
}
