//! Writing to standard output and standard error.

use std::io::{IsTerminal as _, Write as _};

use crate::domain::failure::{Failure, FailureKind};
use crate::text::{cut_end, push_safe};

/// A line of a failure is no longer, in columns, and no more of them are printed.
const LONGEST: usize = 2000;
const MOST_LINES: usize = 200;

/// Prints a line of our own making. A reader that has gone away has not got it all, which is a failure.
///
/// What could drive a terminal is escaped, whoever reads: in JSON that is the same text.
pub fn print_line(line: &str) -> Result<(), Failure> {
    let mut out = String::with_capacity(line.len() + 1);
    if line.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        out.push_str(line);
        out.push('\n');
        return write(out.as_bytes());
    }
    for character in line.chars() {
        match character {
            '\n' => out.push(character),
            _ => push_safe(&mut out, character),
        }
    }
    out.push('\n');
    write(out.as_bytes())
}

/// Prints a body as it came. Where a terminal would read it, what could drive the terminal is
/// escaped; in JSON that is the same text.
pub(super) fn print_body(body: &[u8]) -> Result<(), Failure> {
    let ends = body.last() == Some(&b'\n');
    if std::io::stdout().is_terminal() {
        let mut out = String::new();
        for character in String::from_utf8_lossy(body).chars() {
            match character {
                '\n' | '\t' => out.push(character),
                _ => push_safe(&mut out, character),
            }
        }
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
pub fn print_failure(failure: &Failure, as_json: bool) {
    let mut text = String::new();
    // Names come from outside and may be of any length.
    let failure = &Failure {
        summary: cut_end(&failure.summary, LONGEST).into_owned(),
        detail: failure.detail.as_ref().map(|detail| {
            detail
                .lines()
                .take(MOST_LINES)
                .map(|line| cut_end(line, LONGEST))
                .collect::<Vec<_>>()
                .join("\n")
        }),
        hint: failure
            .hint
            .as_ref()
            .map(|hint| cut_end(hint, LONGEST).into_owned()),
        ..failure.clone()
    };
    if as_json {
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
        text = object.to_string();
    } else {
        text.push_str("airscope: ");
        text.push_str(&failure.summary);
        // A refusal by the service is explained by its words, which the summary mostly has.
        if let Some(detail) = failure
            .detail
            .as_deref()
            .filter(|_| failure.status.is_none())
        {
            for line in detail.lines() {
                text.push_str("\n  ");
                text.push_str(line);
            }
        }
        if let Some(hint) = &failure.hint {
            text.push_str("\n  ");
            text.push_str(hint);
        }
    }
    // Nowhere is left to report that standard error is gone.
    let _ = writeln!(std::io::stderr(), "{text}");
}
