//! The ledger: a row for each page that was requested, and whether the data is complete.

use std::borrow::Cow;
use std::time::Duration;

use super::evidence::Evidence;
use super::finding::Finding;
use super::step::Next;
use crate::domain::call::JsonText;
use crate::text;

/// The outcome of a call of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It returned a page.
    Page,
    /// It showed that the strategy was wrong; its records do not count.
    Refuted,
    /// It returned an error, or a truncated reply.
    NoPage,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The page's number, from 1; of a refuted call the number that it would have had.
    pub page: u32,
    /// The outcome of the call.
    pub outcome: Outcome,
    /// The parameter and value that were sent for it.
    pub sent: Option<(String, JsonText)>,
    /// What the reply states of the next page.
    pub next: Next,
    /// How many records it has.
    pub records: u32,
    /// How many of them are new.
    pub new: u32,
    /// The id of the first record.
    pub first: Option<String>,
    /// The id of the last record.
    pub last: Option<String>,
    /// The size of the body.
    pub bytes: u64,
    /// From sending the request to the last byte.
    pub took: Duration,
    /// When it was received, `YYYY-MM-DD HH:MM:SS` UTC.
    pub received_at: String,
    /// What is odd about it.
    pub findings: Vec<Finding>,
}

impl Entry {
    /// Returns what was sent, as `after=Y3Vy…`.
    pub fn sent_words(&self) -> String {
        match &self.sent {
            Some((param, value)) => format!("{}={}", text::safe(param), text::safe(&value.plain())),
            None => "as in the form".to_owned(),
        }
    }

    /// Returns the value for the next page, or why there is none.
    pub fn returned_words(&self) -> String {
        match &self.next {
            Next::Send { param, value } => {
                format!("{}={}", text::safe(param), text::safe(&value.plain()))
            }
            Next::End(evidence) => format!("end: {}", text::safe(&evidence.words())),
            Next::Stuck { why, .. } => format!("no next page: {}", text::safe(why)),
        }
    }
}

/// Whether the data is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All records were received, by this evidence.
    Complete(Evidence),
    /// Records are missing; the text says why and what to do.
    Incomplete(String),
    /// It was stopped; the text says by what.
    Stopped(String),
    /// The run ended regularly, but a finding gives reason to doubt.
    Doubtful(String),
    /// Nothing states whether there is more; the text says what would prove it.
    Unproven(String),
}

impl Verdict {
    /// Returns the word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Complete(_) => "complete",
            Verdict::Incomplete(_) => "incomplete",
            Verdict::Stopped(_) => "stopped",
            Verdict::Doubtful(_) => "doubtful",
            Verdict::Unproven(_) => "unproven",
        }
    }

    /// Returns the evidence or the reason.
    pub fn reason(&self) -> Cow<'_, str> {
        match self {
            Verdict::Complete(evidence) => Cow::Owned(evidence.words()),
            Verdict::Incomplete(reason)
            | Verdict::Stopped(reason)
            | Verdict::Doubtful(reason)
            | Verdict::Unproven(reason) => Cow::Borrowed(reason),
        }
    }
}

/// When a run stops by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// After this many pages.
    pub pages: Option<u64>,
    /// After this many records.
    pub records: Option<u64>,
    /// After this many bytes of replies.
    pub bytes: Option<u64>,
    /// After this many calls.
    pub calls: Option<u64>,
    /// After this much time.
    pub time: Option<Duration>,
}

/// What a run has used of its limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Pages.
    pub pages: u64,
    /// Records, each counted once.
    pub records: u64,
    /// Bytes of replies.
    pub bytes: u64,
    /// Calls.
    pub calls: u64,
    /// Time since it was started.
    pub time: Duration,
}

impl Limits {
    /// Returns which limit is reached, as in `by the limit of 100 pages`.
    pub fn reached(&self, spent: &Spent) -> Option<String> {
        let over = |limit: Option<u64>, spent: u64| limit.filter(|limit| spent >= *limit);
        let limit = if let Some(pages) = over(self.pages, spent.pages) {
            text::plural(pages, "page")
        } else if let Some(records) = over(self.records, spent.records) {
            text::plural(records, "record")
        } else if let Some(bytes) = over(self.bytes, spent.bytes) {
            text::bytes(bytes)
        } else if let Some(calls) = over(self.calls, spent.calls) {
            text::plural(calls, "call")
        } else {
            text::duration(self.time.filter(|time| spent.time >= *time)?)
        };
        Some(format!("by the limit of {limit}"))
    }
}
