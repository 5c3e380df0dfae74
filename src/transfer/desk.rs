//! Where all downloads of a program come together: one gate, one manifest a run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::fetch::{Tell, fetch_noted, off_loop};
use super::gate::{Gate, Patience};
use super::manifest::{Manifest, Outcome};
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
        let Some(path) = wanted.manifest.clone() else {
            let (file, note) = fetch_noted(client, wanted, &self.gate, tell).await?;
            note.done();
            return Ok(file);
        };
        let (desk, asked) = (Arc::clone(self), wanted.clone());
        let (manifest, vouched) = off_loop(move || {
            let manifest = desk.manifest(&path)?;
            let vouched = manifest.vouched(&asked);
            Ok::<_, Failure>((manifest, vouched))
        })
        .await??;
        if let Some(file) = vouched {
            return Ok(file);
        }
        let started = SystemTime::now();
        let fetched = fetch_noted(client, wanted, &self.gate, tell).await;
        let asked = wanted.clone();
        off_loop(move || match fetched {
            Ok((file, note)) => {
                manifest.note(&asked, Some(started), Outcome::Done(&file))?;
                // Only now: until the line is written the note vouches for the file.
                note.done();
                Ok(file)
            }
            Err(failure) => {
                manifest.note(&asked, Some(started), Outcome::Failed(&failure))?;
                Err(failure)
            }
        })
        .await?
    }

    /// Records that files wait, or that they are not wanted any more. Blocks.
    pub fn record(&self, wanted: &[Wanted], outcome: Outcome<'_>) -> Result<(), Failure> {
        for wanted in wanted {
            if let Some(path) = &wanted.manifest {
                let manifest = self.manifest(path)?;
                // What is there already does not wait.
                if outcome != Outcome::Waiting || manifest.vouched(wanted).is_none() {
                    manifest.note(wanted, None, outcome)?;
                }
            }
        }
        Ok(())
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
