//! airscope explores connector data through the Airbyte Agent API, in a terminal.
//!
//! This page lists the modules in reading order. `README.md` describes what the program does, `docs/architecture.md` how it
//! works: the loop, the rules, and how to add something.
//!
//! Pure: data and rules, without I/O and without a clock.
//!
//! - [`text`]: foreign text made safe; widths, cutting, wrapping, sizes.
//! - [`domain`]: the words of the program, as plain data with rules about them.
//! - [`json`]: a JSON document, indexed while it arrives: fold, find, rows, table, paths.
//! - [`catalog`]: which operations each kind of connector has.
//! - [`envelope`]: the parts of a reply. [`paging`]: how the next page is asked for, and the verdict.
//! - [`attachments`]: which values name a file, and the call that fetches it.
//! - [`names`]: which fields are foreign keys, and the names of the records that they lead to.
//! - [`decode`]: the layers of a token.
//!
//! Input and output.
//!
//! - [`api`]: the client. [`download`]: files to disk.
//! - [`export`]: pages written to a file. [`store`]: what is remembered between runs.
//! - [`jq`]: jq filters, in a process of their own.
//! - [`files`]: opening files for writing without overwriting anything. [`log`]: the log file.
//! - [`settings`]: flags, environment and settings file.
//!
//! The two front ends.
//!
//! - [`app`]: the state of the screen and how it changes. [`ui`] draws it. [`runtime`] runs the loop and does what the state
//!   asks for.
//! - [`commands`]: the command line, one file for each shell command.
//!
//! The other side of the wire.
//!
//! - [`sandbox`]: the simulated service, for `--demo` and for tests.
//!
//! `tests/it/architecture.rs` states which module may import which, and holds it.

pub mod api;
pub mod app;
pub mod attachments;
pub mod catalog;
pub mod commands;
pub mod decode;
pub mod domain;
pub mod download;
pub mod each;
pub mod envelope;
pub mod export;
pub mod files;
pub mod jq;
pub mod json;
pub mod log;
pub mod names;
pub mod paging;
pub mod runtime;
pub mod sandbox;
pub mod settings;
pub mod store;
pub mod text;
pub mod ui;
