//! What tells of a part, beside it: which request it is of, how large it will be, which version.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::disk::hash_of;
use super::file_name::{harmless, stays};
use super::request::Request;
use super::verify::Claim;
use crate::api::Validators;
use crate::domain::call::ObjectText;
use crate::files::read_small;

/// A larger file that tells of a part is none of ours, in bytes.
const LARGEST_SIDECAR: u64 = 1 << 20;

/// What is known of the file that a part is of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct About {
    /// What was asked for.
    pub(super) request: Request,
    /// The name that it is to have.
    pub(super) name: String,
    /// Its size, where the service says.
    pub(super) size: Option<u64>,
    /// Its version, where the service says.
    pub(super) validators: Validators,
    /// What the service claims it to be.
    pub(super) claim: Claim,
}

impl About {
    /// Reads what a sidecar tells.
    pub(super) fn of(sidecar: &Value) -> About {
        let text = |key: &str| sidecar[key].as_str().map(str::to_owned);
        About {
            request: Request::of(sidecar),
            // A sidecar could be edited: the name is made harmless again.
            name: text("name")
                .as_deref()
                .and_then(harmless)
                .unwrap_or_else(|| "download".to_owned()),
            size: sidecar["size"].as_u64(),
            validators: Validators {
                etag: text("etag"),
                last_modified: text("last_modified"),
            },
            claim: Claim {
                content_type: text("content_type"),
                is_attachment: sidecar["attachment"] == true,
                is_named: sidecar["named"] == true,
            },
        }
    }
}

/// What is left of a file that has its name: it vouches for it until somebody has taken notice.
pub(super) struct Sidecar(pub(super) PathBuf);

impl Sidecar {
    /// Removes it.
    pub(super) fn done(self) {
        // They may be gone already, which is as well.
        if let Some(part) = self.0.to_str().and_then(|path| path.strip_suffix(".json")) {
            super::block_hashes::remove(Path::new(&format!("{part}.blocks")));
        }
        let _ = std::fs::remove_file(self.0);
    }
}

/// Writes a sidecar: what a part is of and, once it is whole, the name, the hash and the size it has.
pub(super) fn write_sidecar(
    mut file: File,
    about: &About,
    done: Option<(&str, &str, u64)>,
) -> std::io::Result<()> {
    let flag = |is: bool| if is { "true" } else { "false" };
    let mut sidecar = ObjectText::default();
    sidecar
        .json("airscope", "1")
        .json("request", about.request.as_str())
        .text("name", &about.name)
        .maybe_count("size", about.size);
    sidecar.maybe_text("etag", about.validators.etag.as_deref());
    sidecar.maybe_text("last_modified", about.validators.last_modified.as_deref());
    sidecar.maybe_text("content_type", about.claim.content_type.as_deref());
    sidecar
        .json("attachment", flag(about.claim.is_attachment))
        .json("named", flag(about.claim.is_named));
    if let Some((name, sha256, bytes)) = done {
        let mut whole = ObjectText::default();
        whole
            .text("name", name)
            .text("sha256", sha256)
            .maybe_count("bytes", Some(bytes));
        sidecar.json("whole", &whole.end());
    }
    file.write_all(format!("{}\n", sidecar.end()).as_bytes())?;
    file.sync_all()
}

/// Reads a sidecar; `None` if it is none of ours.
pub(super) fn read_sidecar(path: &Path) -> Option<Value> {
    let text = read_small(path, LARGEST_SIDECAR)?;
    serde_json::from_str(&text)
        .ok()
        .filter(|sidecar: &Value| sidecar["airscope"] == 1)
}

/// Returns the whole file that a sidecar tells of, if it is there and its hash is the one told.
pub(super) fn finished(folder: &Path, sidecar: &Value) -> Option<(PathBuf, u64, String)> {
    let name = sidecar["whole"]["name"]
        .as_str()
        .filter(|name| stays(name))?;
    let (sha256, bytes) = (
        sidecar["whole"]["sha256"].as_str()?,
        sidecar["whole"]["bytes"].as_u64()?,
    );
    let path = folder.join(name);
    (hash_of(&path, bytes).as_deref() == Some(sha256)).then(|| (path, bytes, sha256.to_owned()))
}
