//! x
pub mod domain;
pub mod json;
