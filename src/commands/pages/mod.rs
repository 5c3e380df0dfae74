//! `airscope pages`: all pages of a list, with a verdict.

mod destination;
mod export;
mod ledger_file;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::arguments::{OperationArguments, fields};
use super::operation::{Consent, OperationRequest, check_allowed, print_remarks};
use super::output_files::{OutputFiles, StdoutUse};
use super::resolve::resolve;
use super::service::{self, OnInterrupt, RunOptions};
use super::session::Session;
use super::signal::signalled;
use super::{Invocation, ShellCommand};
use crate::domain::call::{Call, JsonText};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::Operation;
use crate::export::{Format, Formulas};
use crate::files::{self, Replaces};
use crate::paging::{Limits, size_param};
use crate::text::size::parse_size;
use export::{Export, Request};

/// A run stops behind the page that reaches its limit of bytes. A single reply may be this large in any case, in bytes.
const LEAST_REPLY_LIMIT: u64 = 64 << 20;

/// Fetch all pages of a list; records on standard output, the verdict on standard error.
///
/// Exits with 0 only if the data is complete, with 5 if it is incomplete, stopped, doubtful or unproven.
#[derive(Debug, Args)]
pub(super) struct PagesArgs {
    #[command(flatten)]
    operation: OperationArguments,
    /// Fields to keep, as dotted paths with commas.
    #[arg(long, value_name = "A,B.C")]
    select: Vec<String>,
    /// How records are written.
    #[arg(long, value_enum, default_value = "ndjson")]
    format: PagesFormat,
    /// With --format csv: the columns, as dotted paths with commas, in place of all; other fields are left out.
    /// A key that holds a dot is ["a.b"].
    #[arg(long, value_name = "A,B.C")]
    columns: Vec<String>,
    /// With --format csv on a stream: exit with 5 if a field was first seen after the columns were fixed by the first page.
    /// With --output FILE none is left out.
    #[arg(long)]
    strict_columns: bool,
    /// With --format csv: put an apostrophe before cells that a spreadsheet takes for formulas.
    #[arg(long)]
    csv_safe: bool,
    /// Write to FILE, which must not exist, in place of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Go on with an export to FILE that was interrupted.
    #[arg(long)]
    resume: bool,
    /// Leave out records whose id was received before; those without an id all stay.
    #[arg(long)]
    dedupe: bool,
    /// The page size to ask for.
    #[arg(long, value_name = "N")]
    page_size: Option<u64>,
    /// Take one reply for all of the list, unless it says that there is more.
    #[arg(long)]
    whole: bool,
    /// Stop after so many pages.
    #[arg(long, value_name = "N")]
    max_pages: Option<u64>,
    /// Stop after the page that reaches so many records.
    #[arg(long, value_name = "N")]
    max_records: Option<u64>,
    /// Stop after the page that reaches so many bytes of replies, such as 500MB or 1GiB; no reply may be larger.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_bytes: Option<u64>,
    /// Stop after the page during which so many seconds have passed.
    #[arg(long, value_name = "SECONDS")]
    max_time: Option<u64>,
    /// Let --ledger replace a ledger of before.
    #[arg(long, requires = "ledger")]
    force: bool,
    /// Write the ledger of pages as JSON to FILE, which must not exist.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Send unknown actions and those that change data.
    #[arg(long)]
    yes: bool,
    /// Say nothing but the verdict.
    #[arg(long)]
    quiet: bool,
}

/// How `pages` writes records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PagesFormat {
    /// A record a line.
    Ndjson,
    /// One JSON array.
    Json,
    /// A table, nested values under dotted paths; all columns with --output, those of the first page on a stream.
    Csv,
}

impl From<PagesFormat> for Format {
    fn from(format: PagesFormat) -> Format {
        match format {
            PagesFormat::Ndjson => Format::Ndjson,
            PagesFormat::Json => Format::Json,
            PagesFormat::Csv => Format::Csv,
        }
    }
}

impl ShellCommand for PagesArgs {
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
            max_reply_bytes: self.max_bytes.map(|most| most.max(LEAST_REPLY_LIMIT)),
            // An interrupted export still reports its verdict.
            on_interrupt: OnInterrupt::LeaveToCommand,
        };
        service::run(invocation, options, async |session| {
            self.export(session).await
        })
    }
}

impl PagesArgs {
    /// Fetches all pages. The verdict is the last line of standard error; the exit code is 0 only if it
    /// is `complete`, and 128 plus the signal's number after an interruption.
    async fn export(&self, session: &Session<'_>) -> Result<u8, Failure> {
        let select = fields("--select", &self.select)?;
        let columns = fields("--columns", &self.columns)?;
        let consent = if self.yes {
            Consent::Given
        } else {
            Consent::NotGiven
        };
        check_allowed(session, &self.operation, consent)?;
        self.check_resume()?;
        if let Some(path) = &self.ledger {
            ledger_file::check_replaceable(path, self.ledger_replaces())?;
        }
        self.check_table_flags()?;
        let mut interrupted = Box::pin(signalled());
        let prepared = async {
            let connector = resolve(session, &self.operation.connector).await?;
            let prepared = OperationRequest::of(&self.operation, select)
                .prepare(session, &connector)
                .await?;
            Ok::<_, Failure>((connector, prepared))
        };
        let (connector, mut prepared) = tokio::select! {
            prepared = prepared => prepared?,
            signal = interrupted.as_mut() => return Ok(signal.exit_code()),
        };
        if let Some(size) = self.page_size {
            set_page_size(&mut prepared.call, prepared.operation.as_ref(), size)?;
        }
        if !self.quiet {
            print_remarks(session, &prepared);
        }
        let (call, operation) = (prepared.call, prepared.operation);
        let request = Request {
            arguments: self,
            columns: &columns,
            connector,
            operation,
        };
        Export::run(session, request, call, interrupted).await
    }

    fn check_resume(&self) -> Result<(), Failure> {
        if self.resume && self.output.as_deref().is_none_or(files::is_stream) {
            return Err(Failure::new(
                FailureKind::Input,
                "--resume needs --output: only a file can go on",
            )
            .hint("Add --output FILE."));
        }
        Ok(())
    }

    /// Fails if a flag that is about tables is given with another format.
    fn check_table_flags(&self) -> Result<(), Failure> {
        let flags = [
            (
                "--columns",
                !self.columns.is_empty(),
                "Use --select to choose fields of JSON.",
            ),
            (
                "--strict-columns",
                self.strict_columns,
                "Leave it out: nothing is left out of JSON.",
            ),
            (
                "--csv-safe",
                self.csv_safe,
                "Leave it out: JSON is not read by spreadsheets.",
            ),
        ];
        match flags.iter().find(|(_, is_given, _)| *is_given) {
            Some((flag, _, hint)) if self.format != PagesFormat::Csv => Err(Failure::new(
                FailureKind::Input,
                format!("{flag} goes with --format csv"),
            )
            .hint(*hint)),
            Some(_) | None => Ok(()),
        }
    }

    fn formulas(&self) -> Formulas {
        if self.csv_safe {
            Formulas::Guarded
        } else {
            Formulas::Kept
        }
    }

    fn ledger_replaces(&self) -> Replaces {
        if self.force {
            Replaces::Own
        } else {
            Replaces::Nothing
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            pages: self.max_pages,
            records: self.max_records,
            bytes: self.max_bytes,
            calls: None,
            time: self.max_time.map(Duration::from_secs),
        }
    }
}

/// Sets the parameter for the page size. Fails if the operation has none.
fn set_page_size(call: &mut Call, operation: Option<&Operation>, size: u64) -> Result<(), Failure> {
    let Some(param) = size_param(operation) else {
        return Err(Failure::new(
            FailureKind::Input,
            format!(
                "`{} {}` has no parameter for the page size",
                call.entity, call.action
            ),
        )
        .hint("Leave out --page-size, or set the parameter with -p."));
    };
    call.params.set(
        &param,
        JsonText::integer(i64::try_from(size).unwrap_or(i64::MAX)),
    );
    Ok(())
}
