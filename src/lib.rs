//! x
pub mod api;
pub mod catalog;
pub mod domain;
pub mod envelope;
pub mod json;
pub mod paging;
pub mod sandbox;
