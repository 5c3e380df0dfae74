//! Runs a jq filter in a process of its own, which can be ended for certain.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::spill::Spill;
use crate::app::effect::{FilterInput, PageSource};
use crate::jq::{COMMAND, Fault, MEMORY, SECONDS};
use crate::json::document::Document;
use crate::json::feed::Feeder;
use crate::json::pretty;

/// How often one looks whether it was given up.
const LOOK: Duration = Duration::from_millis(20);
/// A result may be so large, in bytes.
const LARGEST: usize = 256 << 20;

/// Runs a filter. Returns its results as a document; a list if there are several. Blocks.
pub(super) fn filter(
    program: &Path,
    text: &str,
    input: &FilterInput,
    spill: &Spill,
    stop: &AtomicBool,
) -> Result<Document, Fault> {
    let (pieces, slurps) = pieces(input, spill, stop)?;
    let failed = |error: std::io::Error| {
        Fault::new(format!("the process for it could not be started: {error}"))
    };
    let mut child = Command::new(program)
        .args([COMMAND, if slurps { "slurp" } else { "one" }, text])
        // A filter can read the environment, where secrets are.
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let began = Instant::now();
    let (mut to, from, said) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::spawn(move || {
        if let Some(to) = &mut to {
            // A filter that ends early reads no further.
            let _ = pieces.iter().try_for_each(|piece| to.write_all(piece));
        }
    });
    let words = std::thread::spawn(move || {
        let mut words = String::new();
        let _ = said.map(|said| said.take(1 << 16).read_to_string(&mut words));
        words
    });
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut feeder = Feeder::any_values();
        let mut chunk = vec![0; 1 << 16];
        if let Some(mut from) = from {
            while let Ok(read) = from.read(&mut chunk)
                && read > 0
                && feeder.size() <= LARGEST
            {
                feeder.feed(&chunk[..read]);
            }
        }
        let _ = sender.send(feeder);
    });
    let ended = loop {
        match receiver.recv_timeout(LOOK) {
            Ok(feeder) => break Ok(feeder),
            Err(RecvTimeoutError::Disconnected) => {
                break Err(Fault::new("its result could not be read"));
            }
            Err(RecvTimeoutError::Timeout) if stop.load(Ordering::Relaxed) => {
                break Err(Fault::new("it was given up"));
            }
            Err(RecvTimeoutError::Timeout) if began.elapsed() > Duration::from_secs(SECONDS) => {
                break Err(Fault::new(format!("it ran for {SECONDS} s and was ended")));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    let too_large = ended.as_ref().is_ok_and(|feeder| feeder.size() > LARGEST);
    if ended.is_err() || too_large {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let status = child.wait().map_err(failed)?;
    let feeder = ended?;
    if too_large {
        return Err(Fault::new(format!(
            "its result is larger than {} MiB",
            LARGEST >> 20
        )));
    }
    if !status.success() {
        return Err(fault(status, &words.join().unwrap_or_default()));
    }
    Ok(feeder.finish())
}

/// Says why the process ended without a result.
fn fault(status: ExitStatus, words: &str) -> Fault {
    if let Some(line) = words.lines().find(|line| line.starts_with('{')) {
        return Fault::from_json(line);
    }
    if words.contains("memory allocation") || words.contains("capacity overflow") {
        return Fault::new(format!(
            "it needs more than {} GiB of memory and was ended",
            MEMORY >> 30
        ));
    }
    if words.contains("overflowed its stack") {
        return Fault::new("it goes too deep and was ended");
    }
    Fault::new(match status.code() {
        Some(code) => format!("it ended with code {code}"),
        None => "it was ended by the system".to_owned(),
    })
}

/// Returns what the filter reads, without a copy where the body is here, and whether it is to be read as one
/// list of values.
fn pieces(
    input: &FilterInput,
    spill: &Spill,
    stop: &AtomicBool,
) -> Result<(Vec<Bytes>, bool), Fault> {
    match input {
        // What broke off is rewritten from what could be read of it.
        FilterInput::Value(document, node)
            if document.fault().is_some() || !document.is_whole() =>
        {
            let mut out = Vec::new();
            let _ = pretty::write(document, *node, &mut out);
            Ok((vec![Bytes::from(out)], false))
        }
        FilterInput::Value(document, node) => {
            // Values that stand one after the other are no JSON array yet.
            let slurps = document.is_sequence() && document.root() == Some(*node);
            Ok((document.pieces(*node), slurps))
        }
        FilterInput::Pages(pages) => {
            let mut pieces = Vec::new();
            for page in pages {
                if stop.load(Ordering::Relaxed) {
                    return Err(Fault::new("it was given up"));
                }
                let envelope = match page {
                    PageSource::Loaded(envelope, _) => (**envelope).clone(),
                    PageSource::Spill(spill_slot) => *spill
                        .get(*spill_slot)
                        .map_err(|failure| Fault::new(failure.summary))?,
                };
                for record in envelope.whole_records() {
                    pieces.extend(envelope.document.pieces(record));
                    pieces.push(Bytes::from_static(b"\n"));
                }
            }
            Ok((pieces, true))
        }
    }
}
