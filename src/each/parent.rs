//! A record for which the operation is run, and what came of it.

use crate::domain::call::Params;
use crate::domain::failure::Failure;
use crate::paging::Verdict;
use crate::text;

/// A record for which the operation is run, as the values that were taken from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// Its number, from 0, in the order in which the records came.
    pub number: u64,
    /// The parameters that take a value from it, with their values.
    pub params: Params,
}

impl Parent {
    /// Returns the values that it is asked with, for people: `ticket_id=1003`.
    pub fn words(&self) -> String {
        let words = self
            .params
            .iter()
            .map(|(name, value)| format!("{}={}", text::safe(name), text::safe(&value.plain())));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// What came of a parent, over all of its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParentEnd {
    /// What it counts as.
    pub outcome: Outcome,
    /// Whether its data is complete.
    pub verdict: Verdict,
    /// The failure of the call that ended it, if one did.
    pub failure: Option<Failure>,
    /// How many pages were received.
    pub pages: u64,
    /// How many records they have.
    pub records: u64,
    /// How many calls were sent, without the repetitions of one call.
    pub calls: u64,
    /// What the service warned of.
    pub warning: Option<String>,
}

/// What a parent counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was received.
    Complete,
    /// It ended by itself, but is not known to be complete; asking again would give the same.
    Ended,
    /// A call failed, gave no page or was not sent: asking again may help.
    Failed,
    /// A call that changes data failed in a way that does not tell whether it took effect.
    Unknown,
}

impl ParentEnd {
    /// Makes the end of a parent whose call was sent, and whose answer is not known.
    pub fn unanswered() -> ParentEnd {
        ParentEnd {
            outcome: Outcome::Unknown,
            verdict: Verdict::Unproven("no answer was received".to_owned()),
            failure: None,
            pages: 0,
            records: 0,
            calls: 1,
            warning: None,
        }
    }

    /// Returns why it is not complete, for people.
    pub fn reason(&self) -> String {
        match &self.failure {
            Some(failure) => failure.summary.clone(),
            None => format!("{}: {}", self.verdict.word(), self.verdict.reason()),
        }
    }
}
