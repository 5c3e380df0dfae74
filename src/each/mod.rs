//! One operation once for each record: what the parameters take from a record, which call is sent next, and the pages
//! of each.
//!
//! [`Template`] and [`Schedule`] are pure. [`EachRun`] sends the calls and is asked for one [`EachEvent`] after the other;
//! the command and the screen share it.

mod parent;
mod run;
mod schedule;
mod template;

pub use parent::{Outcome, Parent, ParentEnd};
pub use run::{EachEvent, EachPlan, EachRun};
pub use schedule::{Schedule, Turn};
pub use template::{Template, with_parent};
