//! A failure: a kind to branch on, words to show, a hint for the next step.

use std::error::Error;
use std::fmt;

/// The kinds of failure that the program distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The command line, a setting or a parameter is wrong; also HTTP 400 and 422.
    Input,
    /// No credentials, or they were refused (HTTP 401).
    Credentials,
    /// Authenticated, but not allowed (HTTP 403).
    Forbidden,
    /// A workspace, connector or file that does not exist (HTTP 404).
    NotFound,
    /// Too many requests, or an allowance used up (HTTP 402, 429).
    RateLimited,
    /// The service failed (HTTP 5xx).
    Service,
    /// No connection, or it broke.
    Network,
    /// No reply within the time allowed.
    Timeout,
    /// A reply that is not what was requested.
    Unreadable,
    /// A reply that is larger than allowed.
    TooLarge,
    /// Data that is known to be incomplete: a short download, a list that cannot be paged.
    Incomplete,
    /// A file that could not be written or read.
    File,
    /// Refused by a setting of this program, such as `--read-only`.
    Refused,
    /// A fault of this program.
    Internal,
}

impl FailureKind {
    /// Returns the exit code that commands end with: 0 is success, 130 an interruption.
    pub fn exit_code(self) -> u8 {
        match self {
            FailureKind::Credentials | FailureKind::Forbidden => 2,
            FailureKind::NotFound => 3,
            FailureKind::Input | FailureKind::Refused => 4,
            FailureKind::Incomplete => 5,
            FailureKind::RateLimited
            | FailureKind::Service
            | FailureKind::Network
            | FailureKind::Timeout
            | FailureKind::Unreadable
            | FailureKind::TooLarge
            | FailureKind::File
            | FailureKind::Internal => 1,
        }
    }

    /// Returns the word used for this kind in JSON errors.
    pub fn word(self) -> &'static str {
        match self {
            FailureKind::Input => "validation_error",
            FailureKind::Credentials => "unauthorized",
            FailureKind::Forbidden => "forbidden",
            FailureKind::NotFound => "not_found",
            FailureKind::RateLimited => "rate_limited",
            FailureKind::Service => "server_error",
            FailureKind::Network => "network_error",
            FailureKind::Timeout => "timeout",
            FailureKind::Unreadable => "unreadable_reply",
            FailureKind::TooLarge => "too_large",
            FailureKind::Incomplete => "incomplete",
            FailureKind::File => "file_error",
            FailureKind::Refused => "refused",
            FailureKind::Internal => "internal_error",
        }
    }
}

/// What exactly failed, where the program acts on more than the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureCode {
    /// The credentials belong to several organizations, and none was chosen.
    OrganizationNotChosen,
    /// A file of that name exists.
    FileExists,
    /// The number of calls that `--max-calls` allows is used up.
    CallLimit,
}

/// A chain of causes is cut after so many.
const LONGEST_CHAIN: usize = 16;

/// A failure as it is shown: one summary line, and what helps to continue.
///
/// Texts from outside are made harmless when a failure is made, so that no place that shows one has
/// to do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind to branch on.
    pub kind: FailureKind,
    /// What failed and with which thing; names in backticks, no final period.
    pub summary: String,
    /// The service's own words, a body excerpt, a chain of causes.
    pub detail: Option<String>,
    /// One imperative sentence with the next step.
    pub hint: Option<String>,
    /// The HTTP status, where one was answered.
    pub status: Option<u16>,
    /// What exactly failed, where the program acts on it. Never derived from the words.
    pub code: Option<FailureCode>,
    /// The names in the service's answer that may be those of the parameters concerned, the surest first.
    pub names: Box<[String]>,
    /// Whether the change may have been made although the call failed.
    pub outcome_unknown: bool,
    /// The error of a library or of the system that it was made from.
    pub cause: Option<Box<Cause>>,
}

/// A cause of a failure, and the causes of that.
///
/// Only the texts are kept: a failure is cloned and compared, and a scrubber must be able to remove secrets from every
/// text in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    message: String,
    source: Option<Box<Cause>>,
}

impl Cause {
    /// Keeps the texts of an error and of its sources, as many as `most`.
    fn new(error: &(dyn Error + 'static), most: usize) -> Cause {
        let source = error.source().filter(|_| most > 1);
        Cause {
            message: crate::text::safe(&error.to_string()).into_owned(),
            source: source.map(|source| Box::new(Cause::new(source, most - 1))),
        }
    }

    /// Returns the cause with every text changed.
    #[must_use]
    pub fn map(self, change: &dyn Fn(String) -> String) -> Cause {
        Cause {
            message: change(self.message),
            source: self.source.map(|source| Box::new(source.map(change))),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl Failure {
    /// Makes a failure of a kind with its summary.
    pub fn new(kind: FailureKind, summary: impl AsRef<str>) -> Failure {
        let summary = crate::text::safe(summary.as_ref()).into_owned();
        Failure {
            kind,
            summary,
            detail: None,
            hint: None,
            status: None,
            code: None,
            names: Box::default(),
            outcome_unknown: false,
            cause: None,
        }
    }

    /// Adds the detail. Line breaks stay, everything else harmful is escaped.
    pub fn detail(mut self, detail: impl AsRef<str>) -> Failure {
        let lines: Vec<_> = detail
            .as_ref()
            .lines()
            .map(|line| crate::text::safe(line).into_owned())
            .collect();
        self.detail = Some(lines.join("\n"));
        self
    }

    /// Adds the hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// States that the change may have been made although the call failed: sending it again could
    /// do it twice.
    pub fn outcome_unknown(mut self) -> Failure {
        self.outcome_unknown = true;
        self.hint("Outcome unknown: look whether it took effect.")
    }

    /// Adds the code.
    pub fn code(mut self, code: FailureCode) -> Failure {
        self.code = Some(code);
        self
    }

    /// Adds the error that the failure was made from.
    pub fn caused_by(mut self, error: &(dyn Error + 'static)) -> Failure {
        self.cause = Some(Box::new(Cause::new(error, LONGEST_CHAIN)));
        self
    }

    /// Adds the HTTP status.
    pub fn status(mut self, status: u16) -> Failure {
        self.status = Some(status);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, FailureKind};
    use crate::domain::scrub::Scrubber;
    use crate::domain::secret::Secret;
    use std::error::Error;

    #[test]
    fn the_causes_of_a_failure_are_kept_without_secrets() {
        let inner = Failure::new(FailureKind::File, "no room for t0ken-t0ken-t0ken");
        let middle = std::io::Error::other(inner);
        let outer = Failure::new(FailureKind::File, "Could not save")
            .caused_by(&Failure::new(FailureKind::File, "middle\u{1b}[2J").caused_by(&middle));
        let scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("t0ken-t0ken-t0ken"));
        let failure = scrubber.failure(outer);
        let mut chain = Vec::new();
        let mut next: Option<&(dyn Error + 'static)> = failure.source();
        while let Some(error) = next {
            chain.push(error.to_string());
            next = error.source();
        }
        assert_eq!(chain.len(), 2, "{chain:?}");
        assert!(chain[0].starts_with("middle") && !chain[0].contains('\u{1b}'));
        assert_eq!(chain[1], "no room for …");
        assert!(!format!("{failure:?}").contains("t0ken-t0ken"));
        assert_eq!(failure.clone(), failure);
    }
}
