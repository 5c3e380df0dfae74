//! What is kept between runs: how operations page, as a second page proved it or the user set it.
//!
//! One small file an operation, below the state folder (`XDG_STATE_HOME`, else `~/.local/state`):
//! `airscope/paging/1/HOST/DEFINITION/ENTITY.ACTION.json`. A file is written whole beside its place
//! and then renamed, so that two processes at once leave one of both, never a mixture. All of it is
//! safe to delete. Nothing is ever read or written for a host that is this machine.

use std::borrow::Cow;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::call::escape_segment;
use crate::domain::connection::is_loopback;
use crate::domain::scrub::Scrubber;
use crate::files::{self, lenient};
use crate::paging::{Origin, Parts, Profile, Remembered};

/// The version of the files' form; it is a part of their path.
const VERSION: &str = "1";

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What is remembered between runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Store {
    /// The folder of the host; `None` where nothing is kept.
    folder: Option<PathBuf>,
    /// The version of the catalog: what was proved with another one is not used.
    catalog: String,
    scrubber: Scrubber,
}

/// Which operation is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    /// The connector type's UUID.
    pub definition_id: &'a str,
    /// The entity.
    pub entity: &'a str,
    /// The action.
    pub action: &'a str,
}

/// A file of the store. Profiles are in the form of [`Parts`].
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Content {
    #[serde(deserialize_with = "lenient::member")]
    catalog: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    entity: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    action: Option<String>,
    user: Value,
    proved: Value,
    #[serde(deserialize_with = "lenient::member")]
    proved_at: Option<String>,
}

impl Content {
    fn read(path: &Path) -> Option<Content> {
        let value: Value = serde_json::from_str(&files::read_small(path, LARGEST)?).ok()?;
        lenient::from_value(&value)
    }
}

impl Store {
    /// Opens the store of a host, below a state folder. Nothing is read yet. For a host that is this
    /// machine, or cannot be read, nothing is kept.
    pub fn open(state: Option<&Path>, host: &str, catalog: &str) -> Store {
        let name = url::Url::parse(host).ok().and_then(|url| {
            let name = url.host_str()?.to_owned();
            let port = url
                .port()
                .map(|port| format!("_{port}"))
                .unwrap_or_default();
            (!is_loopback(&name)).then(|| format!("{}{port}", escape_segment(&name)))
        });
        let folder = state.zip(name).map(|(state, name)| {
            state
                .join("airscope")
                .join("paging")
                .join(VERSION)
                .join(name)
        });
        Store {
            folder,
            catalog: catalog.to_owned(),
            scrubber: Scrubber::default(),
        }
    }

    /// Keeps nothing that holds a secret: without it, it would be of no use.
    pub fn scrubbing(self, scrubber: Scrubber) -> Store {
        Store { scrubber, ..self }
    }

    /// Returns the state folder by the environment's words; both may be missing.
    pub fn state_folder(xdg_state_home: Option<&str>, home: Option<&str>) -> Option<PathBuf> {
        let set = |value: Option<&str>| value.filter(|value| !value.is_empty()).map(PathBuf::from);
        // The specification says that a path that is not absolute counts as not set.
        let xdg = set(xdg_state_home).filter(|path| path.is_absolute());
        xdg.or_else(|| Some(set(home)?.join(".local").join("state")))
    }

    /// Reads all profiles of a connector type, each with its entity and action. Blocks.
    pub fn load_all(&self, definition_id: &str) -> Vec<(String, String, Remembered)> {
        let folder = self
            .folder
            .as_ref()
            .map(|folder| folder.join(escape_segment(definition_id)));
        let files = folder
            .and_then(|folder| std::fs::read_dir(folder).ok())
            .into_iter()
            .flatten()
            .flatten();
        files
            .filter(|file| {
                file.path()
                    .extension()
                    .is_some_and(|extension| extension == "json")
            })
            .filter_map(|file| {
                let content = Content::read(&file.path())?;
                let (entity, action) = (content.entity?, content.action?);
                let remembered = self.load(&Key {
                    definition_id,
                    entity: &entity,
                    action: &action,
                });
                (!remembered.is_empty()).then_some((entity, action, remembered))
            })
            .collect()
    }

    fn path(&self, key: &Key<'_>) -> Option<PathBuf> {
        let name = format!(
            "{}.{}.json",
            escape_segment(key.entity),
            escape_segment(key.action)
        );
        // Names longer than file systems take are not worth keeping.
        (name.len() < 200 && !key.definition_id.is_empty()).then_some(())?;
        Some(
            self.folder
                .as_ref()?
                .join(escape_segment(key.definition_id))
                .join(name),
        )
    }

    /// Reads the profiles of an operation. What cannot be read, or is of another catalog, counts as
    /// missing.
    pub fn load(&self, key: &Key<'_>) -> Remembered {
        let content = self.path(key).and_then(|path| Content::read(&path));
        let Some(content) =
            content.filter(|content| content.catalog.as_ref() == Some(&self.catalog))
        else {
            return Remembered::default();
        };
        let profile = |value: &Value, origin| {
            Parts::from_json(value).and_then(|parts| parts.profile(origin).ok())
        };
        Remembered {
            user: profile(&content.user, Origin::User),
            proved: profile(&content.proved, Origin::Proved),
            proved_at: content
                .proved_at
                .map(|text| crate::text::safe(&text).into_owned()),
        }
    }

    /// Writes the profiles of an operation; without any its file is removed. Blocks.
    pub fn save(&self, key: &Key<'_>, remembered: &Remembered) -> std::io::Result<()> {
        let Some(path) = self.path(key) else {
            return Ok(());
        };
        if remembered.is_empty() {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let parts = |profile: &Option<Profile>| {
            profile
                .as_ref()
                .map_or(Value::Null, |profile| profile.parts().to_json())
        };
        let content = Content {
            catalog: Some(self.catalog.clone()),
            entity: Some(key.entity.to_owned()),
            action: Some(key.action.to_owned()),
            user: parts(&remembered.user),
            proved: parts(&remembered.proved),
            proved_at: remembered.proved_at.clone(),
        };
        let text = format!("{}\n", serde_json::to_string_pretty(&content)?);
        if matches!(self.scrubber.scrub(&text), Cow::Owned(_)) {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".")
            .suffix(".part")
            .tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(&path).map(|_| ()).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Scrubber, Store};
    use crate::catalog;
    use crate::paging::{Origin, Profile, Remembered};

    const KEY: Key<'static> = Key {
        definition_id: "d-1",
        entity: "issues",
        action: "list",
    };

    fn proved() -> Remembered {
        let operations = catalog::by_name("github").unwrap().operations();
        let issues = operations
            .iter()
            .find(|one| one.entity == "issues" && one.action == "list");
        let profile = Profile {
            origin: Origin::Proved,
            ..Profile::of(issues)
        };
        Remembered {
            user: None,
            proved: Some(profile),
            proved_at: Some("2026-11-25 04:00:00".into()),
        }
    }

    #[test]
    fn what_was_proved_comes_back_for_the_same_catalog_only() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path()), "https://api.airbyte.ai", "1");
        assert!(store.load(&KEY).is_empty());
        store.save(&KEY, &proved()).unwrap();
        assert_eq!(store.load(&KEY), proved());
        assert_eq!(
            store.load_all("d-1"),
            [("issues".to_owned(), "list".to_owned(), proved())]
        );
        assert!(store.load_all("d-2").is_empty());
        assert!(
            store
                .load(&Key {
                    entity: "../issues",
                    ..KEY
                })
                .is_empty()
        );
        assert!(
            Store::open(Some(folder.path()), "https://api.airbyte.ai", "2")
                .load(&KEY)
                .is_empty()
        );
        assert!(
            Store::open(Some(folder.path()), "https://other.example", "1")
                .load(&KEY)
                .is_empty()
        );
        store.save(&KEY, &Remembered::default()).unwrap();
        store.save(&KEY, &Remembered::default()).unwrap();
        assert!(store.load(&KEY).is_empty());
    }

    #[test]
    fn a_file_is_written_as_ever_and_damage_is_as_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path()), "https://api.airbyte.ai", "1");
        store.save(&KEY, &proved()).unwrap();
        let path = store.path(&KEY).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let profile = proved().proved.unwrap().parts().to_json();
        let value = serde_json::json!({
            "catalog": "1", "entity": "issues", "action": "list", "user": null, "proved": profile, "proved_at": "2026-11-25 04:00:00",
        });
        assert_eq!(text, format!("{value:#}\n"));
        let load = |text: &str| {
            std::fs::write(&path, text).unwrap();
            store.load(&KEY)
        };
        for none in [
            "",
            "[]",
            "{}",
            r#"["1","issues","list"]"#,
            r#"{"catalog":"1"}"#,
            &text[..text.len() - 3],
        ] {
            assert!(load(none).is_empty(), "{none}");
        }
        assert!(load(&text.replace("\"1\"", "1")).is_empty());
        let odd = text
            .replace("\"2026-11-25 04:00:00\"", "7")
            .replace("null", "[7]");
        assert_eq!(load(&odd).proved, proved().proved);
        assert_eq!((load(&odd).user, load(&odd).proved_at), (None, None));
        assert_eq!(load(&text.replacen('{', "{\"later\": [1],", 1)), proved());
    }

    #[test]
    fn nothing_that_lies_in_its_place_makes_one_wait() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path()), "https://api.airbyte.ai", "1");
        store.save(&KEY, &proved()).unwrap();
        let path = store.path(&KEY).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        assert!(store.load(&KEY).is_empty() && store.load_all("d-1").is_empty());
    }

    #[test]
    fn nothing_is_kept_for_this_machine() {
        let folder = tempfile::tempdir().unwrap();
        for host in [
            "http://127.0.0.1:8000",
            "http://localhost",
            "http://[::1]:9",
            "no url",
        ] {
            let store = Store::open(Some(folder.path()), host, "1");
            store.save(&KEY, &proved()).unwrap();
            assert!(store.load(&KEY).is_empty(), "{host}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_holds_a_secret_is_not_kept_and_nobody_else_reads_what_is() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let scrubber = Scrubber::default();
        scrubber.learn(&crate::domain::secret::Secret::new("a-secret-of-a-client"));
        let store =
            Store::open(Some(folder.path()), "https://api.airbyte.ai", "1").scrubbing(scrubber);
        store
            .save(
                &KEY,
                &Remembered {
                    proved_at: Some("at a-secret-of-a-client".into()),
                    ..proved()
                },
            )
            .unwrap();
        assert!(store.load(&KEY).is_empty());
        store.save(&KEY, &proved()).unwrap();
        let mode = std::fs::metadata(store.path(&KEY).unwrap())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!((store.load(&KEY), mode & 0o777), (proved(), 0o600));
    }

    #[test]
    fn two_at_once_leave_one_of_both_whole() {
        let folder = tempfile::tempdir().unwrap();
        let write = |at: &str| {
            let store = Store::open(Some(folder.path()), "https://api.airbyte.ai", "1");
            for _ in 0..100 {
                store
                    .save(
                        &KEY,
                        &Remembered {
                            proved_at: Some(at.repeat(500)),
                            ..proved()
                        },
                    )
                    .unwrap();
                let read = store.load(&KEY).proved_at.unwrap();
                assert!(read == "a".repeat(500) || read == "b".repeat(500), "{read}");
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| write("a"));
            scope.spawn(|| write("b"));
        });
    }
}
