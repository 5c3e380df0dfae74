//! An index of the folders that files are saved in: which names are taken, also where they differ only in case, and which
//! parts can be resumed. A folder is read once for many files.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::file_name::{fold, numbered};
use super::request::Request;
use super::sidecar::SidecarContent;

/// A listing older than this is read again: other processes write to the folder, too.
const FRESH: Duration = Duration::from_secs(5);
/// How many files of one name are numbered.
pub(super) const MOST: u32 = 10_000;

/// The listings of folders.
#[derive(Debug, Default)]
pub(super) struct FolderIndex(Mutex<HashMap<PathBuf, Listing>>);

#[derive(Debug)]
struct Listing {
    read: Instant,
    /// The names in it, with their case folded.
    names: HashSet<String>,
    /// The parts in it by their request: their names without `.part`.
    parts: HashMap<String, Vec<String>>,
}

impl Listing {
    fn of(folder: &Path) -> Listing {
        let mut listing = Listing {
            read: Instant::now(),
            names: HashSet::new(),
            parts: HashMap::new(),
        };
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_leftover(&name, &entry.path()) {
                // A crash while a sidecar was replaced left it: it is of no use.
                let _ = std::fs::remove_file(entry.path());
                continue;
            }
            if let Some(stem) = name.strip_suffix(".part.json") {
                match SidecarContent::read(&entry.path()) {
                    Some(sidecar) => listing
                        .parts
                        .entry(sidecar.request.as_str().to_owned())
                        .or_default()
                        .push(stem.to_owned()),
                    None if is_debris(&entry.path(), &folder.join(format!("{stem}.part"))) => {
                        // It would block the name for ever; if it cannot be removed, it does.
                        let _ = std::fs::remove_file(entry.path());
                        continue;
                    }
                    None => {}
                }
            }
            listing.names.insert(fold(&name));
        }
        listing
            .parts
            .values_mut()
            .for_each(|stems| stems.sort_unstable());
        listing
    }

    fn is_taken(&self, name: &str) -> bool {
        let has = |name: &str| self.names.contains(&fold(name));
        has(name)
            || ["part", "part.json", "part.blocks"]
                .iter()
                .any(|ending| has(&format!("{name}.{ending}")))
    }
}

/// Returns whether a sidecar was left by a crash before it was written: empty, without a part, and not new.
fn is_debris(sidecar: &Path, part: &Path) -> bool {
    let Ok(metadata) = std::fs::symlink_metadata(sidecar) else {
        return false;
    };
    let old = metadata
        .modified()
        .is_ok_and(|then| then.elapsed().is_ok_and(|age| age > FRESH));
    metadata.is_file() && metadata.len() == 0 && old && std::fs::symlink_metadata(part).is_err()
}

/// Returns whether a file was left by a crash while a sidecar was replaced, and is not new.
fn is_leftover(name: &str, path: &Path) -> bool {
    if !(name.starts_with(".airscope-") && name.ends_with(".sidecar")) {
        return false;
    }
    let Ok(metadata) = std::fs::symlink_metadata(path) else {
        return false;
    };
    let old = metadata
        .modified()
        .is_ok_and(|then| then.elapsed().is_ok_and(|age| age > FRESH));
    let ours = metadata.len() == 0 || SidecarContent::read(path).is_some();
    metadata.is_file() && old && ours
}

impl FolderIndex {
    /// Returns the listing of a folder; reads the folder if there is none, or an old one.
    fn listing<'a>(
        &self,
        all: &'a mut MutexGuard<'_, HashMap<PathBuf, Listing>>,
        folder: &Path,
    ) -> &'a mut Listing {
        let fresh = all
            .get(folder)
            .is_some_and(|listing| listing.read.elapsed() < FRESH);
        if !fresh {
            all.insert(folder.to_owned(), Listing::of(folder));
        }
        all.entry(folder.to_owned())
            .or_insert_with(|| Listing::of(folder))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Listing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether a recent listing shows, without reading anything, that a folder has no part of a request.
    pub(super) fn has_none(&self, folder: &Path, request: &Request) -> bool {
        let all = self.lock();
        let known = all
            .get(folder)
            .filter(|listing| listing.read.elapsed() < FRESH);
        known.is_some_and(|listing| !listing.parts.contains_key(request.as_str()))
    }

    /// Returns the names of the parts of a request. Blocks.
    pub(super) fn parts(&self, folder: &Path, request: &Request) -> Vec<String> {
        let mut all = self.lock();
        self.listing(&mut all, folder)
            .parts
            .get(request.as_str())
            .cloned()
            .unwrap_or_default()
    }

    /// Reserves a name for a part, with a number if it is taken. Blocks.
    pub(super) fn take(&self, folder: &Path, name: &str, request: &Request) -> Option<String> {
        let mut all = self.lock();
        let listing = self.listing(&mut all, folder);
        let stem = (1..MOST)
            .map(|number| numbered(name, number))
            .find(|name| !listing.is_taken(name))?;
        listing.names.insert(fold(&format!("{stem}.part")));
        listing
            .parts
            .entry(request.as_str().to_owned())
            .or_default()
            .push(stem.clone());
        Some(stem)
    }

    /// Reserves the final name of a file: that of its part, if nothing else has it. Blocks.
    pub(super) fn take_final(&self, folder: &Path, name: &str, stem: &str) -> Option<String> {
        let mut all = self.lock();
        let listing = self.listing(&mut all, folder);
        let is_free = |name: &String| {
            if name == stem {
                !listing.names.contains(&fold(name))
            } else {
                !listing.is_taken(name)
            }
        };
        let name = (1..MOST)
            .map(|number| numbered(name, number))
            .find(is_free)?;
        listing.names.insert(fold(&name));
        Some(name)
    }

    /// Releases a reserved name that is not used.
    pub(super) fn give_back(&self, folder: &Path, name: &str) {
        if let Some(listing) = self.lock().get_mut(folder) {
            listing.names.remove(&fold(name));
        }
    }

    /// Records that a name is taken by a file of another process.
    pub(super) fn is_there(&self, folder: &Path, name: &str) {
        let mut all = self.lock();
        self.listing(&mut all, folder).names.insert(fold(name));
    }

    /// Records that a part does not exist any more.
    pub(super) fn gone(&self, folder: &Path, stem: &str, request: &Request) {
        if let Some(listing) = self.lock().get_mut(folder) {
            listing.names.remove(&fold(&format!("{stem}.part")));
            listing.names.remove(&fold(&format!("{stem}.part.json")));
            if let Some(stems) = listing.parts.get_mut(request.as_str()) {
                stems.retain(|own| own != stem);
                if stems.is_empty() {
                    listing.parts.remove(request.as_str());
                }
            }
        }
    }
}
