//! `airscope pages`: all pages of a list, with a verdict.

use std::io::{IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;

use super::call::{CallRequest, prepared};
use super::{Session, resolve};
use crate::catalog;
use crate::domain::call::{Call, JsonText};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::Operation;
use crate::domain::text;
use crate::envelope::Envelope;
use crate::export::{Format, Reader, Writer, ledger};
use crate::json::document::Document;
use crate::paging::{Limits, Profile, Run, Step, Verdict};

/// What to page through, and where to.
pub struct PagesRequest<'a> {
    /// The operation.
    pub operation: CallRequest<'a>,
    /// How records are written.
    pub format: Format,
    /// The file; standard output unless given.
    pub output: Option<&'a Path>,
    /// Whether records that came before are left out.
    pub dedupe: bool,
    /// The page size to ask for.
    pub page_size: Option<u64>,
    /// When to stop.
    pub limits: Limits,
    /// Where the ledger goes.
    pub ledger: Option<&'a Path>,
    /// Whether nothing but the verdict is said.
    pub quiet: bool,
}

/// Fetches all pages. The verdict is the last line of standard error; the exit code is 0 only if it
/// is `complete`.
pub async fn pages(session: &Session<'_>, request: &PagesRequest<'_>) -> Result<u8, Failure> {
    super::call::allow(session, &request.operation)?;
    let connector = resolve(session, request.operation.connector).await?;
    let mut call = prepared(session, &connector, &request.operation).await?;
    let operation = catalog::definition_of(&connector).and_then(|definition| named(definition.operations(), &call));
    size_page(&mut call, operation.as_ref(), request.page_size)?;
    let out: Box<dyn Write> = match request.output {
        Some(path) => Box::new(std::io::BufWriter::new(create(path)?)),
        None => Box::new(std::io::BufWriter::new(std::io::stdout())),
    };
    let reader = if request.output.is_none() && std::io::stdout().is_terminal() { Reader::Terminal } else { Reader::Machine };
    let mut writer = Writer::new(out, request.format, reader);
    let mut run = Run::new(operation, request.limits);
    let progress = !request.quiet && std::io::stderr().is_terminal();
    let mut first_failure = None;
    let verdict = loop {
        let answer = match session.client.execute(&call, &|_| {}).await {
            Ok(answer) => answer,
            Err(failure) => {
                let verdict = run.failed(&failure);
                if run.entries().is_empty() {
                    first_failure = Some(failure);
                }
                break verdict;
            }
        };
        let envelope = Envelope::read(Arc::new(Document::parse(answer.body)));
        let taken = run.take(&call, &envelope);
        let records = taken.records.into_iter().filter(|(_, new)| *new || !request.dedupe).map(|(record, _)| record);
        if let Err(error) = writer.write(&envelope, records) {
            // Whoever read has gone away, and wants no word of ours.
            return if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(5) } else { Err(unwritten(&error)) };
        }
        if progress {
            say(&format!("\r\x1b[Kpage {} · {}", run.entries().len(), text::plural(run.records(), "record")));
        }
        match taken.step {
            Step::Ask(next) => call = *next,
            Step::Ended(verdict) => break verdict,
        }
    };
    let written = writer.written();
    writer.finish().map_err(|error| unwritten(&error))?;
    if let Some(path) = request.ledger {
        let text = format!("{:#}\n", ledger(run.entries(), &verdict));
        std::fs::write(path, text)
            .map_err(|error| Failure::new(FailureKind::File, format!("Could not write the ledger `{}`: {error}", path.display())))?;
    }
    if progress {
        say("\r\x1b[K");
    }
    if let Some(failure) = &first_failure {
        super::print_failure(failure, false);
    }
    let pages = text::plural(run.entries().len() as u64, "page");
    say(&format!("{}: {} in {pages}; {}\n", verdict.word(), text::plural(written, "record"), text::safe(verdict.reason())));
    Ok(match (&verdict, first_failure) {
        (Verdict::Complete(_), _) => 0,
        (_, Some(failure)) => failure.kind.exit_code(),
        (Verdict::Incomplete(_) | Verdict::Stopped(_) | Verdict::Doubtful(_), None) => 5,
    })
}

fn named(operations: Vec<Operation>, call: &Call) -> Option<Operation> {
    operations.into_iter().find(|operation| operation.entity == call.entity && operation.action == call.action)
}

/// Asks for a page size by the parameter that sets it.
fn size_page(call: &mut Call, operation: Option<&Operation>, size: Option<u64>) -> Result<(), Failure> {
    let Some(size) = size else { return Ok(()) };
    let Some(param) = Profile::of(operation).size_param else {
        return Err(Failure::new(FailureKind::Input, format!("`{} {}` has no parameter for the page size", call.entity, call.action))
            .hint("Leave out --page-size, or set the parameter with -p."));
    };
    call.params.set(&param, JsonText::integer(size as i64));
    Ok(())
}

fn create(path: &Path) -> Result<std::fs::File, Failure> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
        let failure = Failure::new(FailureKind::File, format!("Could not make `{}`: {error}", path.display()));
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            failure.hint("Choose another name: existing files are never replaced.")
        } else {
            failure
        }
    })
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::File, format!("Could not write the records: {error}"))
}

/// Writes to standard error; there is nowhere to report that it is gone.
fn say(words: &str) {
    let mut out = std::io::stderr();
    let _ = out.write_all(words.as_bytes()).and_then(|()| out.flush());
}
