//! The file or standard input that is opened in place of a service: read, unpacked and indexed while it arrives.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use tokio_util::sync::CancellationToken;

use super::Worker;
use super::calls::reply_so_far;
use super::streaming::{Head, Indexer, Part, PartialBody, index};
use crate::app::ids::TaskId;
use crate::app::msg::{Msg, ReplyMsg};
use crate::app::source::LoadedReply;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reply::Reply;
use crate::envelope::{Envelope, Reading};
use crate::json::document::Document;
use crate::json::feed::Feeder;
use crate::paging::PageScan;
use crate::runtime::keyboard;
use crate::text;

/// How much of a file is read at once, in bytes.
const CHUNK: usize = 256 << 10;
/// How much of a packed file is read at once, in bytes.
const BUFFER: usize = 64 << 10;
/// How many chunks may wait to be indexed.
const CHUNKS_AHEAD: usize = 2;

/// What is opened in place of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The file with this path.
    Path(PathBuf),
    /// Standard input.
    Input,
}

/// How reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// All was read.
    Whole,
    /// All was read, but for bytes behind the packed data.
    Trailing,
    /// Reading failed behind the first byte.
    Cut,
}

impl Ending {
    fn of(error: &std::io::Error) -> Ending {
        let is_trailing = error
            .get_ref()
            .is_some_and(|inner| inner.is::<TrailingBytes>());
        if is_trailing {
            Ending::Trailing
        } else {
            Ending::Cut
        }
    }
}

/// What is said of bytes behind the packed data.
const TRAILING: &str = "What follows the gzip data in the file is no gzip, and is left out";

/// There are bytes behind the packed data that are neither packed nor zeros.
#[derive(Debug)]
struct TrailingBytes;

impl std::fmt::Display for TrailingBytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(TRAILING)
    }
}

impl std::error::Error for TrailingBytes {}

/// Unpacks gzip data, also of several members; zeros behind them are padding, as of tapes and blocks.
struct Unpacker<R> {
    member: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Read for Unpacker<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let Some(member) = &mut self.member else {
                return Ok(0);
            };
            let length = member.read(out)?;
            if length > 0 || out.is_empty() {
                return Ok(length);
            }
            let mut input = match self.member.take() {
                Some(member) => member.into_inner(),
                None => return Ok(0),
            };
            let next = loop {
                let rest = input.fill_buf()?;
                let zeros = rest.iter().take_while(|byte| **byte == 0).count();
                if zeros == 0 || zeros < rest.len() {
                    break rest.get(zeros).map(|byte| (zeros, *byte));
                }
                input.consume(zeros);
            };
            match next {
                None => return Ok(0),
                Some((zeros, 0x1f)) => {
                    input.consume(zeros);
                    self.member = Some(GzDecoder::new(input));
                }
                Some(_) => return Err(std::io::Error::other(TrailingBytes)),
            }
        }
    }
}

impl Worker {
    /// Reads the opened file and reports it while it arrives.
    pub(super) fn read_file(&mut self, task: TaskId) {
        let Some(source) = self.setup.file.clone() else {
            return;
        };
        let on_partial = self.on_partial(task, Reading::Plain);
        let work = move |token: &CancellationToken| {
            let started = Instant::now();
            let (document, ending) = read(&source, token, &on_partial)?;
            let reply = Reply {
                whole: ending != Ending::Cut,
                ..reply_so_far(0, None, document.size(), started)
            };
            document.count_forbidden();
            // A file has no further pages, so its records need no scan.
            let scan = PageScan {
                warning: (ending == Ending::Trailing).then(|| TRAILING.to_owned()),
                ..PageScan::default()
            };
            Ok(Box::new(LoadedReply {
                reply,
                envelope: Envelope::read(Arc::new(document)),
                scan: Arc::new(scan),
            }))
        };
        self.tasks.start_blocking(task, work, move |result| {
            Msg::Reply(ReplyMsg::Finished { task, result })
        });
    }
}

/// Reads a source, unpacks it if it is gzip, and indexes it while it arrives. Blocks.
///
/// Returns how it ended: if reading fails after the first byte, what was read is still shown.
fn read(
    source: &Source,
    token: &CancellationToken,
    report: &dyn Fn(PartialBody),
) -> Result<(Document, Ending), Failure> {
    match source {
        Source::Path(path) => read_path(path, token, report),
        Source::Input => {
            let input = keyboard::standard_input().map_err(|error| {
                Failure::new(
                    FailureKind::File,
                    format!("Could not read standard input: {error}"),
                )
            })?;
            read_stream(input, "standard input", token, report)
        }
    }
}

fn read_path(
    path: &Path,
    token: &CancellationToken,
    report: &dyn Fn(PartialBody),
) -> Result<(Document, Ending), Failure> {
    let name = path.to_string_lossy();
    let failed = |error| unreadable(&name, &error);
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(Failure::new(
            FailureKind::Input,
            format!("`{}` is a folder", text::safe(&name)),
        ));
    }
    // A named pipe may have to be waited for; a file has not.
    if !metadata.is_file() {
        return read_stream(Box::new(file), &name, token, report);
    }
    let (mut input, encoding) = unpacked(Box::new(file)).map_err(failed)?;
    let size = match encoding {
        Encoding::Plain => Some(metadata.len()),
        Encoding::Gzip => None,
    };
    let head = Head {
        size,
        ..Head::default()
    };
    let mut indexer = Indexer::new(Feeder::any_values(), head, report);
    let mut chunk = vec![0; CHUNK];
    while !token.is_cancelled() {
        match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => indexer.feed(&chunk[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if indexer.size() > 0 => {
                return Ok((indexer.finish(), Ending::of(&error)));
            }
            Err(error) => return Err(failed(error)),
        }
    }
    Ok((indexer.finish(), Ending::Whole))
}

/// Reads what may have to be waited for, in a thread of its own: what was read is reported meanwhile.
fn read_stream(
    input: Box<dyn Read + Send>,
    name: &str,
    token: &CancellationToken,
    report: &dyn Fn(PartialBody),
) -> Result<(Document, Ending), Failure> {
    let (sender, receiver) = sync_channel(CHUNKS_AHEAD);
    let own_token = token.clone();
    let reader = std::thread::Builder::new()
        .name("reader".to_owned())
        .spawn(move || send(input, &sender, &own_token))
        .map_err(|error| unreadable(name, &error))?;
    let document = index(&receiver, Feeder::any_values, report);
    let sent = reader
        .join()
        .unwrap_or_else(|_| Err(std::io::Error::other("the thread that reads it panicked")));
    match sent {
        Ok(()) => Ok((document, Ending::Whole)),
        Err(error) if document.size() > 0 => Ok((document, Ending::of(&error))),
        Err(error) => Err(unreadable(name, &error)),
    }
}

enum Encoding {
    Plain,
    Gzip,
}

/// Returns a reader that unpacks the input if it is gzip.
fn unpacked(input: Box<dyn Read + Send>) -> std::io::Result<(Box<dyn Read>, Encoding)> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    Ok(if input.fill_buf()?.starts_with(b"\x1f\x8b") {
        (
            Box::new(Unpacker {
                member: Some(GzDecoder::new(input)),
            }),
            Encoding::Gzip,
        )
    } else {
        (Box::new(input), Encoding::Plain)
    })
}

fn send(
    input: Box<dyn Read + Send>,
    sender: &SyncSender<Part>,
    token: &CancellationToken,
) -> std::io::Result<()> {
    let (mut input, _) = unpacked(input)?;
    let mut chunk = vec![0; CHUNK];
    while !token.is_cancelled() {
        match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => {
                let part = Part::Bytes(Bytes::copy_from_slice(&chunk[..length]));
                if sender.send(part).is_err() {
                    break;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
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
    if error.kind() == ErrorKind::NotFound {
        failure.hint("Look at the path; - stands for standard input.")
    } else if error.kind() == ErrorKind::PermissionDenied {
        failure.hint("You may not read it.")
    } else {
        failure
    }
}
