//! What tells of a part, beside it: which request it is of, how large it will be, which version.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::disk::{hash_of, read_plain};
use super::name::{harmless, stays};
use super::verify::Claim;
use crate::api::Validators;

/// A larger file that tells of a part is none of ours, in bytes.
const LARGEST_NOTE: u64 = 1 << 20;

/// What is known of the file that a part is of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct About {
    /// What was asked for.
    pub(super) request: Value,
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
    /// Reads what a note tells.
    pub(super) fn of(note: &Value) -> About {
        let text = |key: &str| note[key].as_str().map(str::to_owned);
        About {
            request: note["request"].clone(),
            // A note could be edited: the name is made harmless again.
            name: text("name").as_deref().and_then(harmless).unwrap_or_else(|| "download".to_owned()),
            size: note["size"].as_u64(),
            validators: Validators { etag: text("etag"), last_modified: text("last_modified") },
            claim: Claim { content_type: text("content_type"), is_attachment: note["attachment"] == true, is_named: note["named"] == true },
        }
    }
}

/// What is left of a file that has its name: it vouches for it until somebody has taken notice.
pub(super) struct Note(pub(super) PathBuf);

impl Note {
    /// Removes it.
    pub(super) fn done(self) {
        // It may be gone already, which is as well.
        let _ = std::fs::remove_file(self.0);
    }
}

/// Writes a note: what a part is of and, once it is whole, the name, the hash and the size it has.
pub(super) fn write_note(mut file: File, about: &About, done: Option<(&str, &str, u64)>) -> std::io::Result<()> {
    let mut note = json!({
        "airscope": 1,
        "request": about.request,
        "name": about.name,
        "size": about.size,
        "etag": about.validators.etag,
        "last_modified": about.validators.last_modified,
        "content_type": about.claim.content_type,
        "attachment": about.claim.is_attachment,
        "named": about.claim.is_named,
    });
    if let Some((name, sha256, bytes)) = done {
        note["whole"] = json!({"name": name, "sha256": sha256, "bytes": bytes});
    }
    file.write_all(format!("{note}\n").as_bytes())?;
    file.sync_all()
}

/// Reads a note; `None` if it is none of ours.
pub(super) fn read_note(path: &Path) -> Option<Value> {
    let text = read_plain(path, LARGEST_NOTE)?;
    serde_json::from_str(&text).ok().filter(|note: &Value| note["airscope"] == 1)
}

/// Returns the whole file that a note tells of, if it is there and its hash is the one told.
pub(super) fn finished(folder: &Path, note: &Value) -> Option<(PathBuf, u64, String)> {
    let name = note["whole"]["name"].as_str().filter(|name| stays(name))?;
    let (sha256, bytes) = (note["whole"]["sha256"].as_str()?, note["whole"]["bytes"].as_u64()?);
    let path = folder.join(name);
    (hash_of(&path, bytes).as_deref() == Some(sha256)).then(|| (path, bytes, sha256.to_owned()))
}
