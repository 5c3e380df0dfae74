//! Reads records from a file or standard input: one in each line, or the members of one JSON array.

use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::domain::failure::{Failure, FailureKind};
use crate::json::deviation::fault_words;
use crate::json::document::Document;
use crate::text;

/// How many records are read ahead.
const WAITING: usize = 256;

/// A record: its place, such as `line 3`, and its text.
pub(super) struct Record {
    pub(super) place: String,
    pub(super) text: Bytes,
}

/// Reads records from a file, or from standard input for `-`, on a thread of its own: a wait for somebody to type can be
/// interrupted.
pub(super) fn read(from: &Path) -> Result<mpsc::Receiver<Result<Record, Failure>>, Failure> {
    let input: Box<dyn BufRead + Send> = if from.as_os_str() == "-" {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        let shown = text::safe(&from.to_string_lossy()).into_owned();
        let failed = |error| {
            Failure::new(
                FailureKind::Input,
                format!("Could not read `{shown}`: {error}"),
            )
        };
        Box::new(BufReader::new(std::fs::File::open(from).map_err(failed)?))
    };
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        // The receiver is dropped when the command has ended.
        if let Err(failure) = send(input, &sender) {
            let _ = sender.blocking_send(Err(failure));
        }
    });
    Ok(receiver)
}

fn send(
    mut input: Box<dyn BufRead + Send>,
    sender: &mpsc::Sender<Result<Record, Failure>>,
) -> Result<(), Failure> {
    let mut number = 0_u64;
    let mut line = Vec::new();
    loop {
        number += 1;
        line.clear();
        let failed = |error| {
            Failure::new(
                FailureKind::Input,
                format!("Could not read line {number}: {error}"),
            )
        };
        if input.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            return Ok(());
        }
        let own = line
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&line)
            .trim_ascii();
        if own.is_empty() {
            continue;
        }
        if own[0] == b'[' {
            line.drain(..line.len() - line.trim_ascii_start().len());
            input.read_to_end(&mut line).map_err(failed)?;
            return send_array(std::mem::take(&mut line), sender);
        }
        let record = Record {
            place: format!("line {number}"),
            text: Bytes::copy_from_slice(own),
        };
        if sender.blocking_send(Ok(record)).is_err() {
            return Ok(());
        }
    }
}

/// Sends the members of an array.
fn send_array(
    text: Vec<u8>,
    sender: &mpsc::Sender<Result<Record, Failure>>,
) -> Result<(), Failure> {
    let text = Bytes::from(text);
    let document = Document::parse(match text.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => text.slice_ref(rest),
        None => text.clone(),
    });
    if let Some(fault) = document.fault() {
        let words = format!(
            "What is read begins as a JSON array and is none: {}",
            fault_words(&document, fault)
        );
        return Err(Failure::new(FailureKind::Input, words)
            .hint("Write one record a line, or one whole array."));
    }
    let Some(root) = document.root() else {
        return Ok(());
    };
    for (at, member) in document.children(root).enumerate() {
        let record = Record {
            place: format!("record {}", at + 1),
            text: Bytes::copy_from_slice(&document.raw(member)),
        };
        if sender.blocking_send(Ok(record)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
