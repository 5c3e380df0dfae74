//! How the next page is asked for. Pure: what was sent and what came back go in, the next step
//! comes out.

mod generic;
mod profile;
mod run;
mod step;
#[cfg(test)]
mod tests;

pub use profile::{Origin, Profile, Way};
pub use run::{Entry, Finding, Limits, Run, Step, Taken, Verdict};
pub use step::{Next, next};
