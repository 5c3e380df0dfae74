//! The sidecar of a part: of which request it is, how large the file will be, and of which version it is.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::disk::hash_of;
use super::file_name::{harmless, stays};
use super::request::Request;
use super::verify::ContentHeaders;
use crate::api::Validators;
use crate::domain::download::{Coding, Encoded};
use crate::files::{lenient, read_small};

/// The version of the sidecar's form.
const VERSION: u64 = 1;
/// The largest file that is read as a sidecar, in bytes.
const LARGEST_SIDECAR: u64 = 1 << 20;

/// What is known of the file that is downloaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RemoteFile {
    /// The request.
    pub(super) request: Request,
    /// The name that it gets.
    pub(super) name: String,
    /// Its size in bytes, where the service states it.
    pub(super) size: Option<u64>,
    /// Its version, where the service states it.
    pub(super) validators: Validators,
    /// What the service states it to be.
    pub(super) headers: ContentHeaders,
    /// How it is received, if it is decoded, and how much of it was received when that was last recorded.
    pub(super) encoded: Option<Encoded>,
}

/// A sidecar as it is in its file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SidecarContent {
    #[serde(deserialize_with = "lenient::member")]
    airscope: u64,
    #[serde(deserialize_with = "lenient::member")]
    pub(super) request: Request,
    #[serde(deserialize_with = "lenient::member")]
    name: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    size: Option<u64>,
    #[serde(deserialize_with = "lenient::member")]
    etag: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    last_modified: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    content_type: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    attachment: bool,
    #[serde(deserialize_with = "lenient::member")]
    named: bool,
    /// The coding that the part was decoded from: the service has no ranges of what was decoded.
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    encoding: Option<Coding>,
    #[serde(
        deserialize_with = "lenient::object_member",
        skip_serializing_if = "Option::is_none"
    )]
    whole: Option<Whole>,
}

/// The file that a complete part becomes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Whole {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) bytes: u64,
    /// The coding that it was decoded from, and its size in that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<Coding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) received: Option<u64>,
}

impl Whole {
    /// Describes a file.
    pub(super) fn new(name: &str, sha256: &str, bytes: u64, encoded: Option<Encoded>) -> Whole {
        Whole {
            name: name.to_owned(),
            sha256: sha256.to_owned(),
            bytes,
            encoding: encoded.map(|encoded| encoded.coding),
            received: encoded.map(|encoded| encoded.bytes),
        }
    }

    /// Returns how it was received, if it was decoded.
    pub(super) fn encoded(&self) -> Option<Encoded> {
        Some(Encoded {
            coding: self.encoding?,
            bytes: self.received?,
        })
    }
}

impl SidecarContent {
    /// Returns the content of a new sidecar; `whole` once the part is complete.
    pub(super) fn new(remote: &RemoteFile, whole: Option<Whole>) -> SidecarContent {
        SidecarContent {
            airscope: VERSION,
            request: remote.request.clone(),
            name: Some(remote.name.clone()),
            size: remote.size,
            etag: remote.validators.etag.clone(),
            last_modified: remote.validators.last_modified.clone(),
            content_type: remote.headers.content_type.clone(),
            attachment: remote.headers.is_attachment,
            named: remote.headers.is_named,
            encoding: remote.encoded.map(|encoded| encoded.coding),
            whole,
        }
    }

    /// Reads a sidecar; `None` if the file is no sidecar of this program.
    pub(super) fn read(path: &Path) -> Option<SidecarContent> {
        let value: Value = serde_json::from_str(&read_small(path, LARGEST_SIDECAR)?).ok()?;
        lenient::from_value(&value).filter(|content: &SidecarContent| content.airscope == VERSION)
    }

    /// Writes the sidecar to the disk.
    pub(super) fn write(&self, mut file: File) -> std::io::Result<()> {
        file.write_all(format!("{}\n", serde_json::to_string(self)?).as_bytes())?;
        file.sync_all()
    }

    /// Returns what is known of the file.
    pub(super) fn remote_file(self) -> RemoteFile {
        RemoteFile {
            request: self.request,
            // A sidecar could be edited: the name is made harmless again.
            name: self
                .name
                .as_deref()
                .and_then(harmless)
                .unwrap_or_else(|| "download".to_owned()),
            size: self.size,
            validators: Validators {
                etag: self.etag,
                last_modified: self.last_modified,
            },
            headers: ContentHeaders {
                content_type: self.content_type,
                is_attachment: self.attachment,
                is_named: self.named,
            },
            encoded: self.encoding.map(|coding| Encoded { coding, bytes: 0 }),
        }
    }

    /// Returns the path of the whole file, and what is recorded of it, if it is in the folder and has the recorded hash.
    pub(super) fn finished(&self, folder: &Path) -> Option<(PathBuf, Whole)> {
        let whole = self.whole.as_ref().filter(|whole| stays(&whole.name))?;
        let path = folder.join(&whole.name);
        (hash_of(&path, whole.bytes).as_ref() == Some(&whole.sha256)).then(|| (path, whole.clone()))
    }
}

/// The sidecar of a file that has its name. It proves that the file is complete until that is recorded elsewhere.
pub(super) struct Sidecar(pub(super) PathBuf);

impl Sidecar {
    /// Removes it, and the block hashes beside it.
    pub(super) fn remove(self) {
        // Files that no longer exist need not be removed.
        if let Some(part) = self.0.to_str().and_then(|path| path.strip_suffix(".json")) {
            super::block_hashes::remove(Path::new(&format!("{part}.blocks")));
        }
        let _ = std::fs::remove_file(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::{RemoteFile, SidecarContent, Whole};
    use crate::api::Validators;
    use crate::domain::download::{Coding, Encoded};
    use crate::download::request::Request;
    use crate::download::verify::ContentHeaders;

    fn read(text: &str) -> Option<SidecarContent> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.part.json");
        std::fs::write(&path, text).unwrap();
        SidecarContent::read(&path)
    }

    fn remote_file() -> RemoteFile {
        RemoteFile {
            request: serde_json::from_str::<Request>(r#"{"host":"h","params":{"a":"0.10"}}"#)
                .unwrap(),
            name: "a \"b\".txt".to_owned(),
            size: Some(7),
            validators: Validators {
                etag: Some("\"e\"".to_owned()),
                last_modified: None,
            },
            headers: ContentHeaders {
                content_type: None,
                is_attachment: true,
                is_named: false,
            },
            encoded: None,
        }
    }

    #[test]
    fn what_is_decoded_is_recorded_as_that() {
        let encoded = Some(Encoded {
            coding: Coding::Gzip,
            bytes: 2,
        });
        let remote = RemoteFile {
            encoded,
            ..remote_file()
        };
        let text = serde_json::to_string(&SidecarContent::new(
            &remote,
            Some(Whole::new("x", "00", 3, encoded)),
        ));
        let text = text.unwrap();
        let end = r#","encoding":"gzip","whole":{"name":"x","sha256":"00","bytes":3,"encoding":"gzip","received":2}}"#;
        assert!(text.ends_with(end), "{text}");
        let again = read(&text).unwrap();
        assert_eq!(again.whole.as_ref().and_then(Whole::encoded), encoded);
        let coding = again.remote_file().encoded.map(|encoded| encoded.coding);
        assert_eq!(coding, Some(Coding::Gzip));
        // An unknown coding is none: its part is checked like any other before it is resumed.
        assert_eq!(
            read(&text.replace("gzip", "br"))
                .unwrap()
                .remote_file()
                .encoded,
            None
        );
    }

    #[test]
    fn a_sidecar_is_written_as_ever_and_read_back() {
        let written = |whole: Option<Whole>| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("f.part.json");
            let file = std::fs::File::create(&path).unwrap();
            SidecarContent::new(&remote_file(), whole)
                .write(file)
                .unwrap();
            std::fs::read_to_string(&path).unwrap()
        };
        let members = r#"{"airscope":1,"request":{"host":"h","params":{"a":"0.10"}},"name":"a \"b\".txt","size":7,"etag":"\"e\"","last_modified":null,"content_type":null,"attachment":true,"named":false"#;
        assert_eq!(written(None), format!("{members}}}\n"));
        let text = written(Some(Whole::new("x", "00", 3, None)));
        let end = r#","whole":{"name":"x","sha256":"00","bytes":3}}"#;
        assert_eq!(text, format!("{members}{end}\n"));
        let expected = RemoteFile {
            // No file is to be given such a name.
            name: "a _b_.txt".to_owned(),
            ..remote_file()
        };
        assert_eq!(read(&text).unwrap().remote_file(), expected);
        // White space does not make it another request.
        let spaced = text.replace(":{", " : { ").replace("},", " } , ");
        assert_eq!(read(&spaced).unwrap().remote_file(), expected);
    }

    #[test]
    fn a_damaged_sidecar_is_not_trusted_more() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x"), "").unwrap();
        for none in [
            "",
            "{}",
            "[1]",
            r#"{"airscope":2}"#,
            r#"{"airscope":1.0}"#,
            r#"{"airscope":1"#,
        ] {
            assert!(read(none).is_none(), "{none}");
        }
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for (whole, is_there) in [
            (
                format!(r#"{{"name":"x","sha256":"{empty}","bytes":0}}"#),
                true,
            ),
            (format!(r#"{{"name":"x","sha256":"{empty}"}}"#), false),
            (
                format!(r#"{{"name":"../x","sha256":"{empty}","bytes":0}}"#),
                false,
            ),
            (format!(r#"["x","{empty}",0]"#), false),
            (r#"{"name":"x","sha256":"","bytes":0}"#.to_owned(), false),
        ] {
            let content = read(&format!(r#"{{"airscope":1,"size":"7","whole":{whole}}}"#)).unwrap();
            assert_eq!(
                content.finished(folder.path()).is_some(),
                is_there,
                "{whole}"
            );
            let remote = content.remote_file();
            assert_eq!((remote.name.as_str(), remote.size), ("download", None));
        }
    }
}
