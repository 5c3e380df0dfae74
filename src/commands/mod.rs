//! The same operations without a screen: connectors, describe, call, pages, download.

mod bars;
mod call;
mod connectors;
mod describe;
mod download;
mod downloads;
mod lines;
mod output;
mod pages;
mod progress;
mod resolve;

pub use call::{CallRequest, ReadParams, call};
pub use connectors::connectors;
pub use describe::describe;
pub use download::{DownloadRequest, download};
pub use downloads::{DownloadsRequest, downloads};
pub use output::{print_failure, print_line};
pub use pages::{PagesRequest, Whole, pages};
pub use resolve::{Filter, definition_filter, operations_of, resolve};

use crate::api::{Client, Log};
use crate::domain::failure::Failure;
use crate::store::Store;

/// What every command needs.
pub struct Session<'a> {
    /// The client.
    pub client: &'a Client,
    /// The workspace whose connectors are meant.
    pub workspace: &'a str,
    /// Whether calls that could change data are refused.
    pub read_only: bool,
    /// Which connectors are listed.
    pub filter: Filter,
    /// What is remembered of how operations page.
    pub store: &'a Store,
    /// Takes lines about what went on.
    pub log: &'a Log,
}

/// What a command itself says never holds a secret of the session.
impl Session<'_> {
    /// Prints a line of our own making.
    fn print(&self, line: &str) -> Result<(), Failure> {
        print_line(&self.client.scrubber().scrub(line))
    }

    /// Prints JSON of our own making on a line.
    fn print_json(&self, value: &serde_json::Value) -> Result<(), Failure> {
        print_line(&self.client.scrubber().scrub_json(&value.to_string()))
    }

    /// Prints a failure to standard error.
    fn fail(&self, failure: &Failure) {
        print_failure(&self.client.scrubbed(failure.clone()), false);
    }

    /// Writes words to standard error.
    fn say(&self, words: &str) {
        progress::say(&self.client.scrubber().scrub(words));
    }
}
