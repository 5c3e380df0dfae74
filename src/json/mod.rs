//! A JSON document as lines one can fold and find in.
//!
//! The body stays as it came; beside it stands a flat index of 16 bytes a value. There is never a
//! tree of boxed values. Nothing here knows of screens: a row is text in pieces, each with a role.

pub mod compact;
pub mod document;
pub mod find;
pub mod fold;
mod parse;
pub mod path;
pub mod rows;
#[cfg(test)]
mod tests;
