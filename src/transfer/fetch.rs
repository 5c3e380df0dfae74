//! Fetching one file: streamed to a part file, verified, then given its name.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::name::{extension_for, from_disposition, harmless, is_attachment, numbered};
use super::save::word;
use crate::api::{Client, Stream, is_error_body, said};
use crate::domain::call::Call;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;
use crate::domain::transfer::{Progress, SavedFile};

/// A download without a byte for this long has failed. There is no limit in all.
const SILENCE: Duration = Duration::from_secs(60);
/// How many chunks may wait for the disk, so that memory stays flat.
const WAITING: usize = 16;
/// JSON that is larger than this is a file, whatever it looks like.
const LARGEST_ERROR: usize = 1 << 20;

/// Where a file goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The folder; it is made if it is not there.
    pub folder: PathBuf,
    /// The name, if the user chose one.
    pub name: Option<String>,
}

/// Downloads the file of a call.
///
/// The file appears under its name only when it is whole: not empty, as long as the service said,
/// and no error or sign-in page in its place. What broke off stays as `NAME.part`. An existing file
/// is never replaced; the new one gets a number.
pub async fn fetch(
    client: &Client,
    call: &Call,
    target: &Target,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<SavedFile, Failure> {
    let mut stream = client.download(call).await?;
    let name = name_of(&stream, call, target);
    let what = format!("Could not download `{name}`");
    let first = inspect(&mut stream, call, &what).await?;
    let (part, file) = open_part(&target.folder, &name)?;
    let (sender, receiver) = mpsc::channel::<Bytes>(WAITING);
    let shown = part.path.display().to_string();
    let writer = tokio::task::spawn_blocking(move || write(file, receiver, &shown));
    let total = stream.length;
    let mut written = 0;
    let mut broken = None;
    let mut next = first;
    loop {
        if let Some(chunk) = next.take() {
            written += chunk.len() as u64;
            progress(Progress { written, total });
            // A closed channel means that the disk failed; the writer says how.
            if sender.send(chunk).await.is_err() {
                break;
            }
        }
        match tokio::time::timeout(SILENCE, stream.chunk()).await {
            Ok(Ok(Some(chunk))) => next = Some(chunk),
            Ok(Ok(None)) => break,
            Ok(Err(failure)) => {
                broken = Some(failure);
                break;
            }
            Err(_) => {
                broken = Some(Failure::new(FailureKind::Timeout, format!("{what}: no byte came for {} s", SILENCE.as_secs())));
                break;
            }
        }
    }
    drop(sender);
    let outcome = writer.await.map_err(|_| Failure::new(FailureKind::Internal, format!("{what}: writing broke off")))?;
    let sha256 = match outcome {
        Ok(sha256) => sha256,
        Err(failure) => {
            part.keep();
            return Err(failure);
        }
    };
    let kept = |part: Part, failure: Failure| {
        let path = part.keep();
        failure.hint(format!("What came is in `{}`. Download it again to have it whole.", text::safe(&path.display().to_string())))
    };
    if let Some(failure) = broken {
        let counted = total.map_or_else(|| text::bytes(written), |total| format!("{} of {}", text::bytes(written), text::bytes(total)));
        let failure =
            Failure { summary: format!("{what}: the connection broke after {counted}"), kind: FailureKind::Incomplete, ..failure };
        return Err(kept(part, failure));
    }
    if written == 0 {
        // Dropping the part removes it: zero bytes are no beginning.
        return Err(Failure::new(FailureKind::Incomplete, format!("{what}: the service sent an empty file"))
            .detail("An id that the service does not know is answered like this.")
            .hint("Check the id."));
    }
    if let Some(total) = total.filter(|total| *total != written) {
        let failure = Failure::new(FailureKind::Incomplete, format!("{what}: {written} bytes came, the service said {total}"));
        return Err(kept(part, failure));
    }
    let path = tokio::task::spawn_blocking(move || part.finish(&name))
        .await
        .map_err(|_| Failure::new(FailureKind::Internal, format!("{what}: renaming broke off")))??;
    Ok(SavedFile { path, bytes: written, sha256, content_type: stream.content_type })
}

/// Chooses the name: what the user said, what the service says, what was asked for.
fn name_of(stream: &Stream, call: &Call, target: &Target) -> String {
    let said = stream.disposition.as_deref().and_then(from_disposition);
    let chosen = target.name.as_deref().and_then(harmless);
    chosen.or_else(|| said.as_deref().and_then(harmless)).unwrap_or_else(|| {
        let id =
            call.params.iter().find(|(name, _)| name.to_lowercase().contains("id")).map(|(_, value)| value.plain()).unwrap_or_default();
        let plain = format!("{}-{id}{}", call.entity, extension_for(stream.content_type.as_deref()));
        harmless(&plain).unwrap_or_else(|| "download".to_owned())
    })
}

/// Looks at what begins to come: an error or a page in the place of the file is a failure. Returns
/// the bytes that were read for that.
async fn inspect(stream: &mut Stream, call: &Call, what: &str) -> Result<Option<Bytes>, Failure> {
    if stream.disposition.as_deref().is_some_and(is_attachment) {
        return Ok(None);
    }
    let kind = stream.content_type.clone().unwrap_or_default().to_ascii_lowercase();
    // A page is the file where a page was asked for, or where it has a name.
    let wanted = call.params.iter().any(|(_, value)| value.as_str().contains("text/html"))
        || stream.disposition.as_deref().and_then(from_disposition).is_some();
    if kind.contains("html") && !wanted {
        return Err(Failure::new(FailureKind::Unreadable, format!("{what}: a web page came in place of the file"))
            .detail("It may be a sign-in page of the provider.")
            .hint("Reconnect the connector in Airbyte, then download again."));
    }
    if !kind.contains("json") {
        return Ok(None);
    }
    let mut body = Vec::new();
    while body.len() <= LARGEST_ERROR {
        match tokio::time::timeout(SILENCE, stream.chunk()).await {
            Ok(chunk) => match chunk? {
                Some(chunk) => body.extend_from_slice(&chunk),
                None => break,
            },
            Err(_) => return Err(Failure::new(FailureKind::Timeout, format!("{what}: no byte came for {} s", SILENCE.as_secs()))),
        }
    }
    if body.len() <= LARGEST_ERROR && is_error_body(&body) {
        let said = said(&body).unwrap_or_else(|| "a reply of the API came in place of the file".to_owned());
        return Err(Failure::new(FailureKind::Unreadable, format!("{what}: {}", text::cut_end(&text::safe(&said), 300))));
    }
    Ok(Some(Bytes::from(body)))
}

/// A part file. Dropping it removes it, unless it was kept or finished.
struct Part {
    path: PathBuf,
    kept: bool,
}

impl Part {
    fn keep(mut self) -> PathBuf {
        self.kept = true;
        self.path.clone()
    }

    /// Gives the part its name without replacing anything. If that fails the part stays.
    fn finish(mut self, name: &str) -> Result<PathBuf, Failure> {
        self.kept = true;
        let folder = self.path.parent().unwrap_or(Path::new(".")).to_owned();
        for number in 1..10_000 {
            let to = folder.join(numbered(name, number));
            // A hard link fails where a file is, unlike a rename.
            match std::fs::hard_link(&self.path, &to) {
                Ok(()) => {
                    self.kept = false;
                    return Ok(to);
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(_) if std::fs::symlink_metadata(&to).is_ok() => {}
                Err(_) => {
                    // Some file systems have no links; between the look and the rename is a moment.
                    let shown = self.path.display().to_string();
                    std::fs::rename(&self.path, &to).map_err(|error| {
                        word(&to.display().to_string(), &error).hint(format!("All of it is in `{}`.", text::safe(&shown)))
                    })?;
                    return Ok(to);
                }
            }
        }
        Err(Failure::new(FailureKind::File, format!("Could not save `{name}`: there are too many files of that name")))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            // It may be gone already, which is as well.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Opens a part file of its own: what is there, of an earlier try or of another program, is neither
/// replaced nor followed.
fn open_part(folder: &Path, name: &str) -> Result<(Part, File), Failure> {
    let shown = |path: &Path| text::safe(&path.display().to_string()).into_owned();
    std::fs::create_dir_all(folder).map_err(|error| word(&shown(folder), &error))?;
    let mut number = 1;
    loop {
        let path = folder.join(format!("{}.part", numbered(name, number)));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((Part { path, kept: false }, file)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 10_000 => number += 1,
            Err(error) => return Err(word(&shown(&path), &error)),
        }
    }
}

/// Writes and hashes what comes; returns the hash when the file is safely on the disk.
fn write(mut file: File, mut chunks: mpsc::Receiver<Bytes>, shown: &str) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    while let Some(chunk) = chunks.blocking_recv() {
        hash.update(&chunk);
        file.write_all(&chunk).map_err(|error| word(shown, &error))?;
    }
    file.sync_all().map_err(|error| word(shown, &error))?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
