//! What all downloads of the program share: one rate gate, and one open manifest per run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::fetch::{OnEvent, fetch_file, off_loop};
use super::manifest::{Manifest, Naming, Outcome};
use super::part::remove_leftovers;
use super::place::Place;
use super::rate_gate::{RateGate, Timeouts};
use super::request::Request;
use crate::api::Client;
use crate::domain::download::{DownloadEvent, SavedFile, Wanted};
use crate::domain::failure::Failure;
use crate::domain::scrub::Scrubber;

/// The slot of a manifest, which is locked while the manifest is opened.
type ManifestCell = Arc<Mutex<Option<Arc<Manifest>>>>;

/// Downloads files with a shared rate gate and shared manifests.
#[derive(Debug, Default)]
pub struct Downloader {
    rate_gate: RateGate,
    manifests: Mutex<HashMap<PathBuf, ManifestCell>>,
    scrubber: Scrubber,
}

impl Downloader {
    /// Makes a downloader with other timeouts.
    pub fn with(timeouts: Timeouts) -> Downloader {
        Downloader {
            rate_gate: RateGate::new(timeouts),
            ..Downloader::default()
        }
    }

    /// Removes secrets from what is recorded without a client.
    pub fn scrubbing(self, scrubber: Scrubber) -> Downloader {
        Downloader { scrubber, ..self }
    }

    /// Downloads a file, and records it in the manifest of its run, if there is one. A file that the manifest records and
    /// whose hash is the recorded one is not fetched again.
    pub async fn fetch(
        self: &Arc<Downloader>,
        client: &Client,
        wanted: &Wanted,
        on_event: OnEvent<'_>,
    ) -> Result<SavedFile, Failure> {
        let manifest = match wanted.manifest.clone() {
            None => None,
            Some(path) => {
                let (downloader, folders, scrubber) = (
                    Arc::clone(self),
                    Arc::clone(&self.rate_gate.folders),
                    client.scrubber().clone(),
                );
                let (wanted, request) = (wanted.clone(), Request::new(client, &wanted.call));
                let opened = off_loop(move || {
                    let manifest = downloader.manifest(&path, &scrubber)?;
                    let verified = if manifest.records_file(&wanted) {
                        manifest.verified_file(&wanted)
                    } else {
                        None
                    };
                    // The process may have ended between writing the line and removing the sidecar.
                    if let Some(folder) = verified.as_ref().and_then(|file| file.path.parent()) {
                        remove_leftovers(&folders, &request, folder);
                    }
                    Ok::<_, Failure>((manifest, verified))
                });
                match opened.await?? {
                    (_, Some(file)) => return Ok(file),
                    (manifest, None) => Some(manifest),
                }
            }
        };
        let started = SystemTime::now();
        let place = Place::of(wanted, client.scrubber());
        let fetched = match place.checked().await {
            Ok(()) => {
                let placed = Wanted {
                    folder: place.folder(),
                    ..wanted.clone()
                };
                fetch_file(client, &placed, &self.rate_gate, on_event).await
            }
            Err(failure) => Err(failure),
        }
        .map_err(|failure| client.scrubbed(failure));
        if fetched.is_ok() {
            on_event(DownloadEvent::Landed);
        }
        let (wanted, scrubber) = (wanted.clone(), client.scrubber().clone());
        off_loop(move || {
            let record = |outcome: Outcome<'_>| {
                manifest.as_ref().map_or(Ok(()), |manifest| {
                    manifest.record(&wanted, Some(started), outcome)
                })
            };
            let naming = manifest.as_ref().map(|manifest| Naming {
                manifest,
                wanted: &wanted,
                started,
            });
            match fetched.and_then(|fetched| {
                place.make()?;
                fetched
                    .finish(naming.as_ref())
                    .map_err(|failure| scrubber.failure(failure))
            }) {
                Ok((file, Some(sidecar))) => {
                    record(Outcome::Done(&file))?;
                    // Only now: until the line is written the sidecar is the only proof that the file is complete.
                    sidecar.remove();
                    Ok(file)
                }
                Ok((file, None)) => Ok(file),
                Err(failure) => {
                    record(Outcome::Failed(&failure))?;
                    Err(failure)
                }
            }
        })
        .await?
    }

    /// Opens the manifest of a run before anything is requested. Fails if the file is no manifest, or if another process writes
    /// it. Blocks.
    pub fn open(&self, manifest: &Path) -> Result<(), Failure> {
        self.manifest(manifest, &self.scrubber).map(drop)
    }

    /// Records that files wait, or that they were cancelled. Blocks.
    pub fn record(&self, wanted: &[Wanted], outcome: Outcome<'_>) -> Result<(), Failure> {
        let mut by_manifest: HashMap<&Path, Vec<&Wanted>> = HashMap::new();
        for wanted in wanted {
            if let Some(path) = &wanted.manifest {
                by_manifest.entry(path).or_default().push(wanted);
            }
        }
        by_manifest.into_iter().try_for_each(|(path, all)| {
            self.manifest(path, &self.scrubber)?
                .record_all(&all, outcome)
        })
    }

    /// Returns the manifest of a run, which is opened once, and again after its folder was removed. Blocks; while one manifest is
    /// opened the others are available.
    fn manifest(&self, path: &Path, scrubber: &Scrubber) -> Result<Arc<Manifest>, Failure> {
        let cell = Arc::clone(
            self.manifests
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(path.to_owned())
                .or_default(),
        );
        let mut open = cell.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(manifest) = open.as_ref().filter(|_| path.exists()) {
            return Ok(Arc::clone(manifest));
        }
        // The lock of a removed manifest is released first: the new one may be the same file again.
        *open = None;
        let manifest = Arc::new(Manifest::open(path)?.scrubbing(scrubber.clone()));
        *open = Some(Arc::clone(&manifest));
        Ok(manifest)
    }
}
