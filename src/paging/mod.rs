//! How the next page is asked for. Pure: what was sent and returned goes in, the next step
//! comes out.

mod advice;
mod changes;
#[cfg(test)]
mod contradictions;
mod evidence;
#[cfg(test)]
mod families;
mod finding;
mod follow;
mod infer;
mod ledger;
mod page_scan;
mod parts;
mod profile;
#[cfg(test)]
mod properties;
mod record_index;
mod refetch;
mod run;
mod sql;
mod step;
#[cfg(test)]
mod tests;
mod verdict;

pub use changes::Changes;
pub use evidence::Evidence;
pub use finding::{Finding, Weight};
pub use ledger::{Entry, Limits, Outcome, Spent, Verdict};
pub use page_scan::PageScan;
pub use parts::{Kind, Parts};
pub use profile::{Origin, Profile, Remembered, Strategy, Stride};
pub use refetch::Refetched;
pub use run::{PageOutcome, PageReply, Run, Step, StepResult, stuck_verdict};
pub use step::{Blocker, Next, Past, next};

/// Returns the parameter that sets the page size of an operation: the catalog's, else a declared one of a usual name.
pub fn size_param(operation: Option<&crate::domain::operation::Operation>) -> Option<String> {
    infer::size_param(operation)
}
