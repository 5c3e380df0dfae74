//! Where records are written: standard output, a new file with its checkpoint, or the file of an interrupted export.

use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::export::Request;
use crate::commands::session::Session;
use crate::domain::call::Call;
use crate::domain::failure::Failure;
use crate::domain::operation::Operation;
use crate::export::{
    Checkpoint, Format, Later, Reader, Records, Restored, TableOptions, Writer, checkpoint_path,
};
use crate::files;

/// Writes the records.
pub(super) type RecordWriter = Writer<BufWriter<Box<dyn Write + Send>>>;

/// Where the records of an export are written, opened.
pub(super) struct Destination {
    pub(super) writer: RecordWriter,
    /// None on a stream, which cannot be resumed.
    pub(super) checkpoint: Option<Checkpoint>,
    /// The progress of an interrupted export that resumes.
    pub(super) restored: Option<Restored>,
}

/// Opens the destination that the arguments name. A new file must not exist, unless it resumes.
pub(super) fn open(
    session: &Session<'_>,
    request: &Request<'_>,
    call: &Call,
) -> Result<Destination, Failure> {
    let identity = identity(session, request, call);
    let output = request.arguments.output.as_deref();
    let mut destination = match output.filter(|path| !files::is_stream(path)) {
        None => open_stream(request, output.unwrap_or(Path::new("-")))?,
        Some(path) if request.arguments.resume && exists(path) => resume(request, path, &identity)?,
        // With --resume the first run of a script needs no other arguments than the later ones. A checkpoint without its
        // file has nothing to resume.
        Some(path) => create(request, path, &identity)?,
    };
    destination.checkpoint = destination
        .checkpoint
        .map(|checkpoint| checkpoint.scrubbing(session.client.scrubber().clone()));
    Ok(destination)
}

fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

fn open_stream(request: &Request<'_>, path: &Path) -> Result<Destination, Failure> {
    let out = files::open_stream(path)?;
    let is_stdout = path == Path::new("-") || path == Path::new("/dev/stdout");
    let reader = if is_stdout && std::io::stdout().is_terminal() {
        Reader::Terminal
    } else {
        Reader::Machine
    };
    Ok(Destination {
        writer: Writer::new(
            BufWriter::new(out),
            request.arguments.format.into(),
            reader,
            &table_options(request, Later::LeftOut),
        ),
        checkpoint: None,
        restored: None,
    })
}

/// Opens the file of an interrupted export behind its last whole page.
fn resume(request: &Request<'_>, path: &Path, identity: &Value) -> Result<Destination, Failure> {
    let (checkpoint, restored) = Checkpoint::resume(path, identity)?;
    let out = buffered(checkpoint.records(restored.as_ref().map_or(0, |restored| restored.bytes))?);
    let format = request.arguments.format.into();
    let table = table_options(request, Later::Added);
    let writer = match &restored {
        Some(restored) => Writer::resumed(
            out,
            format,
            &table,
            (restored.layout.clone(), restored.bytes, restored.written),
        ),
        None => Writer::new(out, format, Reader::Machine, &table),
    };
    Ok(Destination {
        writer,
        checkpoint: Some(checkpoint),
        restored,
    })
}

/// Creates the file of a new export and its checkpoint. After a crash between the two the file is empty, which the next
/// run reports.
fn create(request: &Request<'_>, path: &Path, identity: &Value) -> Result<Destination, Failure> {
    let file = files::create_new(path).map_err(|failure| {
        if checkpoint_path(path).exists() {
            failure.hint("An export of that name was interrupted: go on with --resume, or choose another name.")
        } else {
            failure
        }
    })?;
    let checkpoint = Checkpoint::begin(path, &file, identity)?;
    let out = buffered(checkpoint.records(0)?);
    Ok(Destination {
        writer: Writer::new(
            out,
            request.arguments.format.into(),
            Reader::Machine,
            &table_options(request, Later::Added),
        ),
        checkpoint: Some(checkpoint),
        restored: None,
    })
}

/// Collects small writes: each one is recorded in the checkpoint.
fn buffered(records: Records) -> BufWriter<Box<dyn Write + Send>> {
    BufWriter::with_capacity(64 << 10, Box::new(records))
}

fn table_options<'a>(request: &'a Request<'_>, later: Later) -> TableOptions<'a> {
    TableOptions {
        named: request.columns,
        declared: declared_fields(request.operation.as_ref()),
        later,
        formulas: request.arguments.formulas(),
    }
}

/// Returns the fields that an operation's records are declared to have.
fn declared_fields(operation: Option<&Operation>) -> &[String] {
    // The catalog declares those of the Context Store, which a live list need not have.
    let stored = operation.filter(|operation| operation.action == "context_store_search");
    stored
        .map(|operation| operation.fields.as_slice())
        .unwrap_or_default()
}

/// Returns what two exports have in common if one can resume the other, as the checkpoint keeps it.
fn identity(session: &Session<'_>, request: &Request<'_>, call: &Call) -> Value {
    let arguments = request.arguments;
    let body: Value = serde_json::from_str(&call.body()).unwrap_or_default();
    let identity = json!({
        "host": session.client.host(), "connector": call.connector_id, "body": body,
        "format": Format::from(arguments.format).name(), "dedupe": arguments.dedupe,
        "columns": request.columns, "csv_safe": arguments.csv_safe,
    });
    // Scrubbed as the checkpoint is: the same secrets leave the same text.
    session
        .client
        .scrubber()
        .scrub_json(&identity.to_string())
        .parse()
        .unwrap_or_default()
}
