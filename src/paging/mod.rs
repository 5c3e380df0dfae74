//! How the next page is asked for. Pure: what was sent and what came back go in, the next step
//! comes out.

mod advice;
mod changes;
mod finding;
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
pub use finding::{Finding, Weight};
pub use ledger::{Entry, Limits, Outcome, Spent, Verdict};
pub use parts::{Kind, Parts};
pub use profile::{Origin, Profile, Remembered, Stride, Way};
pub use retake::Retaken;
pub use run::{Arrived, Given, Run, Step, Taken};
pub use step::{Next, Trap, next};
pub use survey::Survey;
