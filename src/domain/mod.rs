//! The data types of the program, and pure rules about them.
//!
//! Nothing here does I/O, waits, or knows of screens. Every other module may import from here;
//! this module imports nothing from the crate but [`crate::text`].

pub mod action;
pub mod call;
pub mod change;
pub mod connection;
pub mod connector;
mod decoded;
pub mod download;
pub mod failure;
pub mod operation;
pub mod remark;
pub mod reply;
pub mod scrub;
pub mod secret;
pub mod store_query;
pub mod timestamp;
