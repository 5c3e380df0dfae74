//! jq filters, each in a process of its own, which can be killed whatever the filter does.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::Worker;
use super::spill::Spill;
use crate::app::effect::FilterInput;
use crate::app::ids::TaskId;
use crate::app::msg::{DocumentMsg, Msg};
use crate::envelope::Envelope;
use crate::jq::{COMMAND, Fault, MEMORY, SECONDS};
use crate::json::document::Document;
use crate::json::feed::Feeder;
use crate::json::valid::{forbidden, rewritten};

/// How often it is checked whether the filter was cancelled.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The largest result, in bytes.
const MAX_RESULT: usize = 256 << 20;

impl Worker {
    pub(super) fn filter(&mut self, task: TaskId, text: String, input: FilterInput) {
        let (spill, program) = (self.spill.clone(), self.setup.program.clone());
        let work = move |token: &CancellationToken| {
            let program = program
                .or_else(|| std::env::current_exe().ok())
                .unwrap_or_default();
            let document = run(&program, &text, &input, &spill, token);
            Ok(document.map(|document| Box::new(Envelope::read(Arc::new(document)))))
        };
        self.tasks.start_blocking(task, work, move |result| {
            let result = match result {
                Ok(Ok(envelope)) => Ok(envelope),
                Ok(Err(fault)) => Err((fault.words, fault.place)),
                Err(failure) => Err((failure.summary, None)),
            };
            Msg::Document(DocumentMsg::Filtered { task, result })
        });
    }
}

/// Runs a filter. Returns its results as a document; a list if there are several. Blocks.
fn run(
    program: &Path,
    text: &str,
    input: &FilterInput,
    spill: &Spill,
    token: &CancellationToken,
) -> Result<Document, Fault> {
    let (pieces, slurps) = pieces(input, spill, token)?;
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
    let started = Instant::now();
    let (mut stdin, stdout, stderr) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::spawn(move || {
        if let Some(stdin) = &mut stdin {
            // A filter that ends early does not read the rest.
            let _ = pieces.iter().try_for_each(|piece| stdin.write_all(piece));
        }
    });
    let errors = std::thread::spawn(move || {
        let mut errors = String::new();
        let _ = stderr.map(|stderr| stderr.take(1 << 16).read_to_string(&mut errors));
        errors
    });
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut feeder = Feeder::any_values();
        let mut chunk = vec![0; 1 << 16];
        if let Some(mut stdout) = stdout {
            while let Ok(read) = stdout.read(&mut chunk)
                && read > 0
                && feeder.size() <= MAX_RESULT
            {
                feeder.feed(&chunk[..read]);
            }
        }
        let _ = sender.send(feeder);
    });
    let outcome = loop {
        match receiver.recv_timeout(POLL_INTERVAL) {
            Ok(feeder) => break Ok(feeder),
            Err(RecvTimeoutError::Disconnected) => {
                break Err(Fault::new("its result could not be read"));
            }
            Err(RecvTimeoutError::Timeout) if token.is_cancelled() => {
                break Err(Fault::new("it was given up"));
            }
            Err(RecvTimeoutError::Timeout) if started.elapsed() > Duration::from_secs(SECONDS) => {
                break Err(Fault::new(format!("it ran for {SECONDS} s and was ended")));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    let too_large = outcome
        .as_ref()
        .is_ok_and(|feeder| feeder.size() > MAX_RESULT);
    if outcome.is_err() || too_large {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let status = child.wait().map_err(failed)?;
    let feeder = outcome?;
    if too_large {
        return Err(Fault::new(format!(
            "its result is larger than {} MiB",
            MAX_RESULT >> 20
        )));
    }
    if !status.success() {
        return Err(fault(status, &errors.join().unwrap_or_default()));
    }
    Ok(feeder.finish())
}

/// Returns why the process ended without a result.
fn fault(status: ExitStatus, errors: &str) -> Fault {
    if let Some(line) = errors.lines().find(|line| line.starts_with('{')) {
        return Fault::from_json(line);
    }
    if errors.contains("memory allocation") || errors.contains("capacity overflow") {
        return Fault::new(format!(
            "it needs more than {} GiB of memory and was ended",
            MEMORY >> 30
        ));
    }
    if errors.contains("overflowed its stack") {
        return Fault::new("it goes too deep and was ended");
    }
    Fault::new(match status.code() {
        Some(code) => format!("it ended with code {code}"),
        None => "it was ended by the system".to_owned(),
    })
}

/// Returns the input of the filter, without a copy where the body is in memory, and whether it is to be read as one
/// list of values.
fn pieces(
    input: &FilterInput,
    spill: &Spill,
    token: &CancellationToken,
) -> Result<(Vec<Bytes>, bool), Fault> {
    match input {
        // What is no JSON, or not all of it, is written again from what could be read.
        FilterInput::Value(document, node)
            if document.fault().is_some()
                || !document.is_whole()
                || !document.deviations().is_empty()
                || forbidden(document.pieces(*node).iter().map(AsRef::as_ref)) > 0 =>
        {
            let text = rewritten(document, *node).text.into_owned();
            Ok((vec![Bytes::from(text)], false))
        }
        FilterInput::Value(document, node) => {
            // A sequence of values is no JSON array.
            let slurps = document.is_sequence() && document.root() == Some(*node);
            Ok((document.pieces(*node), slurps))
        }
        FilterInput::Pages(pages) => {
            let mut pieces = Vec::new();
            for page in pages {
                if token.is_cancelled() {
                    return Err(Fault::new("it was given up"));
                }
                let envelope = spill
                    .envelope_of(page)
                    .map_err(|failure| Fault::new(failure.summary))?;
                for record in envelope.whole_records() {
                    let own = envelope.document.pieces(record);
                    let is_json = envelope.document.deviations().is_empty()
                        && forbidden(own.iter().map(AsRef::as_ref)) == 0;
                    if is_json {
                        pieces.extend(own);
                    } else {
                        let text = rewritten(&envelope.document, record).text.into_owned();
                        pieces.push(Bytes::from(text));
                    }
                    pieces.push(Bytes::from_static(b"\n"));
                }
            }
            Ok((pieces, true))
        }
    }
}
