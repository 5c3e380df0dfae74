//! Which values of a reply name a file, and the call that fetches it. Pure.
//!
//! The facts come from the catalog: which entities have a `download` action, which parameters it takes, which
//! fields are foreign keys. What it cannot tell is how providers spell a file: that is in `spelling`.

mod finder;
mod follow;
mod formats;
pub(crate) mod spelling;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use finder::{Finder, parent_of};
pub use follow::{Lead, lead, leads, named};

use crate::domain::call::{Call, Params};
use crate::domain::download::{Known, NamePattern, Wanted};
use crate::json::document::NodeId;

/// A file that a value of a reply names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The value: an object that describes the file, a record, or a foreign key.
    pub node: NodeId,
    /// The record that it belongs to, or is.
    pub record: NodeId,
    /// What the value says about the file; its path is its place in the record.
    pub known: Known,
    /// The ways to fetch it, the likeliest first; none if the connector cannot.
    pub options: Vec<DownloadOption>,
    /// A URL to open with the system's program. It is never fetched: it is not the service's.
    pub url: Option<String>,
}

/// A call that fetches a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadOption {
    /// What distinguishes it from other options, such as `call_audio` or `PDF`.
    pub label: String,
    /// The entity whose `download` it is.
    pub entity: String,
    /// The parameters, as far as they can be derived.
    pub params: Params,
    /// Required parameters that cannot be.
    pub missing: Vec<String>,
    /// The extension and the content type that the file will have, if this way changes them.
    pub becomes: Option<(&'static str, &'static str)>,
}

impl DownloadOption {
    /// Returns the call.
    pub fn call(&self, connector_id: &str) -> Call {
        Call::download(connector_id, &self.entity, self.params.clone())
    }
}

impl Attachment {
    /// Returns the way that is taken unless another is chosen; `None` if none is complete.
    pub fn option(&self) -> Option<&DownloadOption> {
        self.options.iter().find(|option| option.missing.is_empty())
    }

    /// Returns what is known of the file if it is fetched in a way.
    pub fn known_by(&self, option: &DownloadOption) -> Known {
        match option.becomes {
            Some((extension, content_type)) => Known {
                name: self
                    .known
                    .name
                    .as_ref()
                    .map(|name| format!("{name}.{extension}")),
                content_type: Some(content_type.to_owned()),
                // What is stated is the size of something else.
                size: None,
                ..self.known.clone()
            },
            None => self.known.clone(),
        }
    }

    /// Returns what is to be fetched, and where to.
    pub fn wanted(&self, option: &DownloadOption, connector_id: &str, folder: &Path) -> Wanted {
        Wanted {
            call: option.call(connector_id),
            folder: folder.to_owned(),
            names: NamePattern::Name,
            name: None,
            known: self.known_by(option),
            manifest: None,
        }
    }
}
