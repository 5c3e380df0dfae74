//! What a command that talks to the service works with.

use super::print::{ErrorFormat, print_failure, print_line, say};
use super::resolve::Filter;
use crate::api::Client;
use crate::domain::failure::Failure;
use crate::paging::{Profile, Remembered};
use crate::store::{Key, Store};

/// The client of a command and the settings that apply to all of its calls.
///
/// What is printed through it never holds a secret of the session.
pub(super) struct Session<'a> {
    pub(super) client: &'a Client,
    /// The workspace whose connectors are meant.
    pub(super) workspace: &'a str,
    /// Whether calls that could change data are refused.
    pub(super) read_only: bool,
    /// Which connectors are listed.
    pub(super) filter: Filter,
    /// What is remembered of how operations page.
    pub(super) store: &'a Store,
}

impl Session<'_> {
    /// Prints a line to standard output.
    pub(super) fn print(&self, line: &str) -> Result<(), Failure> {
        print_line(&self.client.scrubber().scrub(line))
    }

    /// Prints JSON to standard output, on one line.
    pub(super) fn print_json(&self, value: &serde_json::Value) -> Result<(), Failure> {
        print_line(&self.client.scrubber().scrub_json(&value.to_string()))
    }

    /// Prints a failure to standard error.
    pub(super) fn print_failure(&self, failure: &Failure) {
        print_failure(&self.client.scrubbed(failure.clone()), ErrorFormat::Text);
    }

    /// Remembers how an operation pages, as a page proved it at a time, if that is new.
    pub(super) fn remember(
        &self,
        key: &Key<'_>,
        remembered: &mut Remembered,
        (profile, at): (Profile, &str),
    ) {
        let known = remembered.proved.as_ref();
        if known.is_some_and(|own| own.parts() == profile.parts()) {
            return;
        }
        remembered.proved = Some(profile);
        remembered.proved_at = Some(at.to_owned());
        if let Err(error) = self.store.save(key, remembered) {
            let Key { entity, action, .. } = key;
            tracing::info!("how `{entity} {action}` pages could not be remembered: {error}");
        }
    }

    /// Writes a message to standard error.
    pub(super) fn say(&self, message: &str) {
        say(&self.client.scrubber().scrub(message));
    }
}
