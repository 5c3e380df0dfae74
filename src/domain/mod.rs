//! The words of the program: plain data and pure rules about them.
//!
//! Nothing here does I/O, waits, or knows of screens. Every other module may import from here;
//! this module imports nothing from the crate but the `text` of [`crate::json`].

pub mod call;
pub mod connector;
mod decoded;
pub mod failure;
pub mod moment;
pub mod operation;
pub mod queue;
pub mod remark;
pub mod reply;
pub mod scrub;
pub mod secret;
pub mod settings;
pub mod store_query;
pub mod transfer;

/// Which text is harmless, and how it is cut: the reader of JSON needs it too.
pub use crate::json::text;
