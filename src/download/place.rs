//! Where in the folder of its run a file is saved: in the folder itself, or in one that is named by its parent.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::disk::{shown, sync_folder};
use super::fetch::off_loop;
use super::file_name::{harmless, stays};
use super::save::io_failure;
use crate::domain::call::Params;
use crate::domain::download::{NamePattern, Wanted};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::scrub::Scrubber;

/// The name of the folder of a parent whose values make none.
const NAMELESS: &str = "parent";

/// The place of a file.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The folder of the run.
    run: PathBuf,
    /// The folder in it, if the file has one.
    parent: Option<String>,
}

impl Place {
    /// Returns the place of a file. A file without a parent is saved in the folder of the run.
    pub(super) fn of(wanted: &Wanted, scrubber: &Scrubber) -> Place {
        let parent = match wanted.names {
            NamePattern::Name => None,
            NamePattern::ParentAndName => wanted.known.parent.as_ref(),
        };
        Place {
            run: wanted.folder.clone(),
            parent: parent.map(|values| parent_folder(values, scrubber)),
        }
    }

    /// Returns the folder that the file is saved in.
    pub(super) fn folder(&self) -> PathBuf {
        match &self.parent {
            Some(name) => self.run.join(name),
            None => self.run.clone(),
        }
    }

    /// Does what [`Place::check`] does, without blocking.
    pub(super) async fn checked(&self) -> Result<(), Failure> {
        if self.parent.is_none() {
            return Ok(());
        }
        let place = self.clone();
        off_loop(move || place.check()).await?
    }

    /// Fails if something else has the name of the parent's folder. Blocks.
    fn check(&self) -> Result<(), Failure> {
        if self.parent.is_none() {
            return Ok(());
        }
        let folder = self.folder();
        let what = match std::fs::symlink_metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => return Ok(()),
            Ok(metadata) if metadata.is_symlink() => "is a link, which is not followed",
            Ok(_) => "is no folder",
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(io_failure(&shown(&folder), &error)),
        };
        let words = format!(
            "Could not save in `{}`: it {what}; nothing is overwritten",
            shown(&folder)
        );
        Err(Failure::new(FailureKind::File, words).hint("Move it away, or choose another folder."))
    }

    /// Creates the parent's folder, unless it exists. Blocks.
    pub(super) fn make(&self) -> Result<(), Failure> {
        if self.parent.is_none() {
            return Ok(());
        }
        let folder = self.folder();
        let created = std::fs::create_dir_all(&self.run).and_then(|()| {
            // This one must not be made through a link.
            std::fs::create_dir(&folder)
        });
        match created {
            Ok(()) => {
                sync_folder(&self.run);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => self.check(),
            Err(error) => Err(io_failure(&shown(&folder), &error)),
        }
    }
}

/// Returns the name of the folder of a parent: its values, joined, harmless as names of files are.
fn parent_folder(values: &Params, scrubber: &Scrubber) -> String {
    let values: Vec<String> = values.iter().map(|(_, value)| value.plain()).collect();
    let joined = values.join("-");
    // Before cutting: half of a token would not be found. An `owner/name` keeps its owner.
    let flat = scrubber.scrub(&joined).replace(['/', '\\'], "_");
    harmless(&flat).unwrap_or_else(|| NAMELESS.to_owned())
}

/// Returns the path of a saved file in the folder of its run, as the manifest has it: with `/` before the name.
pub(super) fn relative(run: &Path, file: &Path) -> Option<String> {
    let inside = file.strip_prefix(run).ok();
    let parts = inside.map(|path| path.iter().map(|part| part.to_string_lossy()));
    let parts: Option<Vec<Cow<'_, str>>> = parts.map(Iterator::collect);
    match parts.filter(|parts| !parts.is_empty()) {
        Some(parts) => Some(parts.join("/")),
        None => Some(file.file_name()?.to_string_lossy().into_owned()),
    }
}

/// Returns the path of a file that a manifest records; `None` if it may lead out of the folder of the run.
pub(super) fn path_in(run: &Path, file: &str) -> Option<PathBuf> {
    let Some((parent, name)) = file.split_once('/') else {
        return stays(file).then(|| run.join(file));
    };
    let folder = run.join(parent);
    let is_own = stays(parent)
        && stays(name)
        && std::fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_dir());
    is_own.then(|| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::{NAMELESS, Place, parent_folder, path_in, relative};
    use crate::domain::call::{Call, Params};
    use crate::domain::download::{Known, NamePattern, Wanted};
    use crate::domain::scrub::Scrubber;
    use crate::domain::secret::Secret;
    use crate::download::file_name::stays;
    use proptest::prelude::*;
    use std::path::Path;

    fn params(text: &str) -> Params {
        Params::parse(text).unwrap()
    }

    fn name_of(values: &str) -> String {
        parent_folder(&params(values), &Scrubber::default())
    }

    #[test]
    fn the_folder_of_a_parent_has_the_name_of_its_values() {
        for (values, expected) in [
            (r#"{"ticket_id":1001}"#, "1001"),
            (r#"{"owner":"ada","repo":"engine","n":7}"#, "ada-engine-7"),
            (r#"{"repository":"ada/engine"}"#, "ada_engine"),
            (r#"{"id":"a:b?"}"#, "a_b_"),
            (r#"{"id":"a\nb\u202ec"}"#, "a_b_c"),
            (r#"{"id":" .hidden. "}"#, "hidden"),
            (r#"{"id":"con"}"#, "_con"),
            (r#"{"id":"manifest.jsonl"}"#, "manifest.jsonl_"),
            (r#"{"id":"report.pdf.part"}"#, "report.pdf.part_"),
            (r#"{"id":"../../etc"}"#, "_.._etc"),
            (r#"{"id":"../.."}"#, NAMELESS),
            (r#"{"id":".."}"#, NAMELESS),
            (r#"{"id":""}"#, NAMELESS),
            ("{}", NAMELESS),
        ] {
            assert_eq!(name_of(values), expected, "{values}");
        }
        assert!(name_of(&format!(r#"{{"id":"{}"}}"#, "é".repeat(500))).len() <= 200);
        let scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("a-secret/of-the-session"));
        let hidden = parent_folder(&params(r#"{"id":"a-secret/of-the-session"}"#), &scrubber);
        assert!(!hidden.contains("secret"), "{hidden}");
    }

    proptest! {
        #[test]
        fn no_value_leads_out_of_the_folder(first in any::<String>(), second in any::<String>()) {
            let values = serde_json::json!({"a": first, "b": second}).to_string();
            let name = name_of(&values);
            prop_assert!(stays(&name) && name.len() <= 202, "{name}");
            let path = Path::new("run").join(&name);
            prop_assert_eq!(path.parent(), Some(Path::new("run")));
        }
    }

    fn place(run: &Path, parent: Option<&str>, names: NamePattern) -> Place {
        let wanted = Wanted {
            call: Call::download("c", "files", Params::default()),
            folder: run.to_owned(),
            names,
            name: None,
            known: Known {
                parent: parent.map(params),
                ..Known::default()
            },
            manifest: None,
        };
        Place::of(&wanted, &Scrubber::default())
    }

    #[test]
    fn only_a_file_with_a_parent_has_a_folder_of_its_own() {
        let (run, parent) = (Path::new("run"), Some(r#"{"id":7}"#));
        let folder = |parent: Option<&str>, names| place(run, parent, names).folder();
        assert_eq!(folder(parent, NamePattern::Name), run);
        assert_eq!(folder(None, NamePattern::ParentAndName), run);
        assert_eq!(folder(parent, NamePattern::ParentAndName), run.join("7"));
    }

    #[test]
    fn what_has_the_name_of_the_folder_is_neither_followed_nor_replaced() {
        let run = tempfile::tempdir().unwrap();
        let of = |id: &str| place(run.path(), Some(id), NamePattern::ParentAndName);
        let fine = of(r#"{"id":1}"#);
        assert!(fine.check().is_ok() && !fine.folder().exists(), "not yet");
        assert!(fine.make().is_ok() && fine.make().is_ok() && fine.folder().is_dir());
        std::fs::write(run.path().join("2"), "mine").unwrap();
        let file = of(r#"{"id":2}"#);
        for failure in [file.check().unwrap_err(), file.make().unwrap_err()] {
            assert!(failure.summary.contains("is no folder"), "{failure:?}");
        }
        assert_eq!(std::fs::read(run.path().join("2")).unwrap(), b"mine");
        #[cfg(unix)]
        for (id, target) in [("3", "1"), ("4", "nowhere")] {
            std::os::unix::fs::symlink(run.path().join(target), run.path().join(id)).unwrap();
            let link = of(&format!(r#"{{"id":{id}}}"#));
            for failure in [link.check().unwrap_err(), link.make().unwrap_err()] {
                assert!(failure.summary.contains("is a link"), "{failure:?}");
            }
            assert_eq!(path_in(run.path(), &format!("{id}/a.txt")), None);
        }
    }

    #[test]
    fn a_manifest_leads_to_files_of_its_run_alone() {
        let run = tempfile::tempdir().unwrap();
        let run = run.path();
        std::fs::create_dir_all(run.join("7/8")).unwrap();
        for file in ["a.txt", "7/a.txt"] {
            let path = path_in(run, file).unwrap();
            assert_eq!(path, run.join(file));
            assert_eq!(relative(run, &path).as_deref(), Some(file));
        }
        for none in ["", "..", "../a", "/a", "7/", "7/..", "7/8/a", "9/a", "7\\a"] {
            assert_eq!(path_in(run, none), None, "{none}");
        }
        assert_eq!(
            relative(Path::new("."), Path::new("./a")).as_deref(),
            Some("a")
        );
        assert_eq!(
            relative(Path::new("x"), Path::new("y/a")).as_deref(),
            Some("a")
        );
    }
}
