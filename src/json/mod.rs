//! A JSON document as lines that can be folded and searched.
//!
//! The body stays as it was received; beside it is a flat index of 16 bytes a value, and both grow
//! while the body is received. There is never a tree of boxed values. Nothing here knows of
//! screens: a row is text in pieces, each with a role.

pub mod body;
pub mod compact;
pub mod deviation;
pub mod distribution;
pub mod document;
pub mod feed;
pub mod fields;
pub mod find;
pub mod fold;
mod grammar;
pub mod layout;
pub mod lines;
pub mod path;
pub mod pretty;
#[cfg(test)]
mod properties;
mod read;
pub mod rows;
mod segment;
pub mod steps;
pub mod table;
#[cfg(test)]
mod tests;
pub mod valid;
mod value;
