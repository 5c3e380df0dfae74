//! Writing to standard output and standard error.

use std::io::{IsTerminal as _, Write as _};

use crate::domain::failure::{Failure, FailureKind};
use crate::text::{cut_end, safe_but};

/// The greatest length of a line of a failure, in columns.
const LONGEST: usize = 2000;
/// How many lines of a failure's detail are printed at most.
const MOST_LINES: usize = 200;

/// How a failure is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorFormat {
    /// Lines for people.
    Text,
    /// One JSON object.
    Json,
}

/// Prints a line that the program itself has worded. Fails if its reader has closed standard output.
///
/// Control characters are escaped for every reader: in JSON that is the same text.
pub(super) fn print_line(line: &str) -> Result<(), Failure> {
    let mut out = String::with_capacity(line.len() + 1);
    if line.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        out.push_str(line);
        out.push('\n');
        return write(out.as_bytes());
    }
    out.push_str(&safe_but(line, &['\n']));
    out.push('\n');
    write(out.as_bytes())
}

/// Prints a body as it was received. On a terminal its control characters are escaped; in JSON that is the same text.
pub(super) fn print_body(body: &[u8]) -> Result<(), Failure> {
    let ends = body.last() == Some(&b'\n');
    if std::io::stdout().is_terminal() {
        let out = safe_but(&String::from_utf8_lossy(body), &['\n', '\t']);
        write(out.as_bytes())?;
    } else {
        write(body)?;
    }
    if ends { Ok(()) } else { write(b"\n") }
}

fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::new(
            FailureKind::File,
            "Standard output was closed before all was written",
        )),
        Err(error) => Err(Failure::new(
            FailureKind::File,
            format!("Could not write to standard output: {error}"),
        )),
        Ok(()) => Ok(()),
    }
}

/// Prints a failure to standard error: one line, then a hint; or as JSON.
pub fn print_failure(failure: &Failure, format: ErrorFormat) {
    let failure = shortened(failure);
    let text = match format {
        ErrorFormat::Text => as_text(&failure),
        ErrorFormat::Json => as_json(&failure),
    };
    say(&format!("{text}\n"));
}

/// Cuts the texts of a failure: names come from outside and may be of any length.
fn shortened(failure: &Failure) -> Failure {
    let cut = |text: &String| cut_end(text, LONGEST).into_owned();
    Failure {
        summary: cut(&failure.summary),
        detail: failure.detail.as_ref().map(|detail| {
            detail
                .lines()
                .take(MOST_LINES)
                .map(|line| cut_end(line, LONGEST))
                .collect::<Vec<_>>()
                .join("\n")
        }),
        hint: failure.hint.as_ref().map(cut),
        ..failure.clone()
    }
}

fn as_json(failure: &Failure) -> String {
    let retryable = !failure.outcome_unknown
        && matches!(
            failure.kind,
            FailureKind::RateLimited
                | FailureKind::Network
                | FailureKind::Timeout
                | FailureKind::Service
        );
    let mut object = serde_json::json!({
        "type": failure.kind.word(), "message": failure.summary, "status_code": failure.status, "retryable": retryable,
    });
    if let Some(detail) = &failure.detail {
        object["detail"] = detail.as_str().into();
    }
    if let Some(hint) = &failure.hint {
        object["hint"] = hint.as_str().into();
    }
    object.to_string()
}

fn as_text(failure: &Failure) -> String {
    let mut text = format!("airscope: {}", failure.summary);
    // The summary of a refusal by the service mostly has the service's own words already.
    let detail = failure
        .detail
        .as_deref()
        .filter(|_| failure.status.is_none());
    for line in detail
        .into_iter()
        .flat_map(str::lines)
        .chain(failure.hint.as_deref())
    {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}

/// Writes a message to standard error. There is nowhere to report that standard error is closed.
pub(super) fn say(message: &str) {
    let mut out = std::io::stderr();
    let _ = out.write_all(message.as_bytes()).and_then(|()| out.flush());
}
