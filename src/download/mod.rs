//! Downloads: harmless names, parts that survive interruptions, verification, and the manifest of a run.

mod attempt;
mod block_hashes;
mod body;
mod completeness;
mod disk;
mod downloader;
mod encoded_name;
mod fetch;
mod file_name;
mod folder_index;
mod gunzip;
mod hasher;
mod json_chunks;
mod manifest;
mod part;
mod place;
mod range;
mod rate_gate;
mod request;
mod save;
mod sidecar;
mod small_file;
mod stream;
mod verify;

pub use downloader::Downloader;
pub use fetch::{OnEvent, fetch};
pub use file_name::harmless;
pub use manifest::{Outcome, unfinished};
pub use rate_gate::{RateGate, Room, Timeouts};
pub use save::{save, save_with};
