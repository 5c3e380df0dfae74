//! Files from the service to the disk: names made harmless, part files, verification.

mod fetch;
mod name;
mod save;

pub use fetch::{Target, fetch};
pub use name::harmless;
pub use save::{save, save_with};
