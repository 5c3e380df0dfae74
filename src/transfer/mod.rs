//! Files from the service to the disk: names made harmless, parts that outlive a cut, verification, a manifest.

mod at_once;
mod desk;
mod disk;
mod fetch;
mod folders;
mod hasher;
mod job;
mod manifest;
mod name;
mod note;
mod part;
mod request;
mod save;
mod shared;
mod stream;
mod sums;
mod verify;
mod wrapped;

pub use desk::Desk;
pub use fetch::{Tell, fetch};
pub use manifest::{Outcome, unfinished};
pub use name::harmless;
pub use save::{save, save_with};
pub use shared::{Patience, Shared};
