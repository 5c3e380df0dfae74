//! The file or standard input that is opened in place of a service: read, unpacked and indexed while it arrives.

use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use bytes::Bytes;

use super::calls::reply_of;
use super::streaming::{FIRST, Grown, Piece, Progress, index};
use super::{Worker, blocking};
use crate::app::load::TaskId;
use crate::app::msg::Msg;
use crate::app::page::LoadedReply;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reply::Reply;
use crate::envelope::{Envelope, Reading};
use crate::json::document::Document;
use crate::json::feed::Feeder;
use crate::runtime::keyboard;
use crate::text;

/// So many bytes of a file are read at once.
const CHUNK: usize = 256 << 10;
/// So many chunks of a file wait to be indexed.
const AHEAD: usize = 2;

/// What a file is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of that path.
    Path(PathBuf),
    /// Standard input.
    Input,
}

impl Worker {
    /// Reads the file that was opened and tells of it as it comes.
    pub(super) fn read_file(&mut self, task: TaskId) {
        let Some(source) = self.setup.file.clone() else {
            return;
        };
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, told) = (self.teller(task, Reading::Plain, true), Arc::clone(&stop));
        let work = async move {
            blocking(move || {
                let began = Instant::now();
                let (document, whole) = read(&source, &told, &tell)?;
                let reply = Reply {
                    whole,
                    ..reply_of(0, None, document.size(), began)
                };
                // Nothing pages here: nobody asks for a scan of the records.
                Ok(Box::new(LoadedReply {
                    reply,
                    envelope: Envelope::read(Arc::new(document)),
                    scan: Arc::default(),
                }))
            })
            .await?
        };
        self.spawn_with(task, work, stop, move |result| Msg::CallFinished {
            task,
            result,
        });
    }
}

/// Reads a file or standard input, opens it if it is gzip, and indexes it as it comes. Returns whether it could be read
/// to its end: what came before a fault is still worth reading. Blocks.
pub(super) fn read(
    source: &Source,
    stop: &Arc<AtomicBool>,
    tell: &dyn Fn(Grown),
) -> Result<(Document, bool), Failure> {
    match source {
        Source::Path(path) => {
            let failed = |error| unreadable(&path.to_string_lossy(), &error);
            let file = std::fs::File::open(path).map_err(failed)?;
            let about = file.metadata().map_err(failed)?;
            if about.is_dir() {
                return Err(Failure::new(
                    FailureKind::Input,
                    format!("`{}` is a folder", text::safe(&path.to_string_lossy())),
                ));
            }
            // A pipe may keep one waiting for its next bytes; a file does not.
            if !about.is_file() {
                return follow(Box::new(file), &path.to_string_lossy(), stop, tell);
            }
            let (mut input, zipped) = unzipped(Box::new(file)).map_err(failed)?;
            let mut progress = Progress::new(Feeder::any_values(), tell);
            progress.head.2 = Some(about.len()).filter(|_| !zipped);
            let mut chunk = vec![0; CHUNK];
            while !stop.load(Ordering::Relaxed) {
                match input.read(&mut chunk) {
                    Ok(0) => break,
                    Ok(read) => progress.take(&chunk[..read]),
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(_) if progress.feeder.size() > 0 => {
                        return Ok((progress.feeder.finish(), false));
                    }
                    Err(error) => return Err(failed(error)),
                }
            }
            Ok((progress.feeder.finish(), true))
        }
        Source::Input => {
            let input = keyboard::piped().map_err(|error| {
                Failure::new(
                    FailureKind::File,
                    format!("Could not read standard input: {error}"),
                )
            })?;
            follow(input, "standard input", stop, tell)
        }
    }
}

/// Reads what may keep one waiting in a thread of its own, so that what has come is shown meanwhile.
fn follow(
    input: Box<dyn Read + Send>,
    name: &str,
    stop: &Arc<AtomicBool>,
    tell: &dyn Fn(Grown),
) -> Result<(Document, bool), Failure> {
    let (sender, receiver) = sync_channel(AHEAD);
    let told = Arc::clone(stop);
    let reader = std::thread::spawn(move || send(input, &sender, &told));
    let document = index(&receiver, Feeder::any_values, tell);
    let sent = reader
        .join()
        .unwrap_or_else(|_| Err(std::io::Error::other("the thread that reads it panicked")));
    match sent {
        Ok(()) => Ok((document, true)),
        Err(_) if document.size() > 0 => Ok((document, false)),
        Err(error) => Err(unreadable(name, &error)),
    }
}

/// Opens what is gzip. Returns whether it is.
fn unzipped(input: Box<dyn Read + Send>) -> std::io::Result<(Box<dyn Read>, bool)> {
    let mut input = BufReader::with_capacity(FIRST, input);
    let zipped = input.fill_buf()?.starts_with(b"\x1f\x8b");
    Ok((
        if zipped {
            Box::new(flate2::bufread::MultiGzDecoder::new(input))
        } else {
            Box::new(input)
        },
        zipped,
    ))
}

fn send(
    input: Box<dyn Read + Send>,
    sender: &SyncSender<Piece>,
    stop: &AtomicBool,
) -> std::io::Result<()> {
    let (mut input, _) = unzipped(input)?;
    let mut chunk = vec![0; CHUNK];
    while !stop.load(Ordering::Relaxed) {
        match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => {
                if sender
                    .send(Piece::Bytes(Bytes::copy_from_slice(&chunk[..read])))
                    .is_err()
                {
                    break;
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    let failure = Failure::new(
        FailureKind::File,
        format!("Could not read `{}`: {error}", text::safe(name)),
    );
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            failure.hint("Look at the path; - stands for standard input.")
        }
        std::io::ErrorKind::PermissionDenied => failure.hint("You may not read it."),
        _ => failure,
    }
}
