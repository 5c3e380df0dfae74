//! airscope explores connector data through the Airbyte Agent API, in a terminal.
//!
//! The floor plan, in reading order. `README.md` tells what the program does; this tells where.
//!
//! - [`text`]: foreign text made safe, widths, cutting, sizes, counts.
//! - [`domain`]: the words of the program, plain data and pure rules about them.
//! - [`json`]: a JSON document as rows one can fold and find in.
//! - [`catalog`]: which operations each kind of connector has.
//! - [`envelope`]: the parts of a reply. [`paging`]: how the next page is asked for.
//! - [`attachments`]: which values name a file, and the call that fetches it.
//! - [`jq`]: jq filters, in a process of their own.
//! - [`api`]: the client. [`download`]: files to disk.
//! - [`export`]: pages written out.
//! - [`commands`]: the command line, one file for each shell command.
//! - [`sandbox`]: the other side of the wire, for `--demo` and every test.
//! - [`files`]: opening what is written to, so that nothing of the user's is overwritten.
//! - [`settings`]: flags, environment, settings file. [`log`]: the log file.
//!
//! Who may import whom is written in `tests/it/architecture.rs`, which also holds it.

pub mod api;
pub mod app;
pub mod attachments;
pub mod catalog;
pub mod commands;
pub mod decode;
pub mod domain;
pub mod download;
pub mod envelope;
pub mod export;
pub mod files;
pub mod jq;
pub mod json;
pub mod log;
pub mod paging;
pub mod runtime;
pub mod sandbox;
pub mod settings;
pub mod store;
pub mod text;
pub mod ui;
