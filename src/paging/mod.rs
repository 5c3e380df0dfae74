//! How the next page is asked for. Pure: what was sent and what came back go in, the next step
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
mod parts;
mod profile;
#[cfg(test)]
mod properties;
mod retake;
mod run;
mod seen;
mod sql;
mod step;
mod survey;
#[cfg(test)]
mod tests;
mod weigh;

pub use changes::Changes;
pub use evidence::Evidence;
pub use finding::{Finding, Weight};
pub use ledger::{Entry, Limits, Outcome, Spent, Verdict};
pub use parts::{Kind, Parts};
pub use profile::{Origin, Profile, Remembered, Stride, Way};
pub use retake::Retaken;
pub use run::{Arrived, Given, Run, Step, Taken, stuck_verdict};
pub use step::{Next, Past, Trap, next};
pub use survey::Survey;

/// Returns the parameter that sets the page size of an operation: the catalog's, else a declared one of a usual name.
pub fn size_param(operation: Option<&crate::domain::operation::Operation>) -> Option<String> {
    infer::size_param(operation)
}
