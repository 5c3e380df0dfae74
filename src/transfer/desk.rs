//! Where all downloads of a program come together: one gate, one manifest a run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::fetch::{Tell, fetch_noted, identity, off_loop};
use super::gate::{Gate, Patience};
use super::manifest::{Manifest, Outcome};
use super::part::sweep;
use crate::api::Client;
use crate::domain::failure::Failure;
use crate::domain::transfer::{SavedFile, Wanted};

/// Where all downloads of a program come together.
#[derive(Debug, Default)]
pub struct Desk {
    gate: Gate,
    manifests: Mutex<HashMap<PathBuf, Arc<Manifest>>>,
}

impl Desk {
    /// Makes a desk whose transfers have another patience.
    pub fn with(patience: Patience) -> Desk {
        Desk { gate: Gate::new(patience), ..Desk::default() }
    }

    /// Downloads a file, and keeps a record of it where the run has one. What the record and the hash of the
    /// file vouch for is not fetched again.
    pub async fn fetch(self: &Arc<Desk>, client: &Client, wanted: &Wanted, tell: Tell<'_>) -> Result<SavedFile, Failure> {
        let (desk, asked, identity) = (Arc::clone(self), wanted.clone(), identity(client, &wanted.call));
        let (manifest, vouched) = off_loop(move || {
            let manifest = asked.manifest.as_deref().map(|path| desk.manifest(path)).transpose()?;
            let vouched = manifest.as_ref().and_then(|manifest| manifest.vouched(&asked));
            if vouched.is_some() {
                // The program may have ended between the line and the removal of the note.
                sweep(&identity, &asked.folder);
            }
            Ok::<_, Failure>((manifest, vouched))
        })
        .await??;
        if let Some(file) = vouched {
            return Ok(file);
        }
        let started = SystemTime::now();
        let fetched = fetch_noted(client, wanted, &self.gate, tell).await;
        let asked = wanted.clone();
        off_loop(move || {
            let outcome = match &fetched {
                Ok((file, _)) => Outcome::Done(file),
                Err(failure) => Outcome::Failed(failure),
            };
            if let Some(manifest) = manifest {
                manifest.note(&asked, Some(started), outcome)?;
            }
            // Only now: until the line is written the note vouches for the file.
            fetched.map(|(file, note)| {
                note.done();
                file
            })
        })
        .await?
    }

    /// Records that files wait, or that they are not wanted any more. Blocks.
    pub fn record(&self, wanted: &[Wanted], outcome: Outcome<'_>) -> Result<(), Failure> {
        let mut by_manifest: HashMap<&Path, Vec<&Wanted>> = HashMap::new();
        for wanted in wanted {
            if let Some(path) = &wanted.manifest {
                by_manifest.entry(path).or_default().push(wanted);
            }
        }
        by_manifest.into_iter().try_for_each(|(path, all)| self.manifest(path)?.note_all(&all, outcome))
    }

    fn manifest(&self, path: &Path) -> Result<Arc<Manifest>, Failure> {
        let mut manifests = self.manifests.lock().unwrap_or_else(PoisonError::into_inner);
        // A folder that was removed meanwhile begins anew.
        if let Some(manifest) = manifests.get(path).filter(|_| path.exists()) {
            return Ok(Arc::clone(manifest));
        }
        let manifest = Arc::new(Manifest::open(path)?);
        manifests.insert(path.to_owned(), Arc::clone(&manifest));
        Ok(manifest)
    }
}
