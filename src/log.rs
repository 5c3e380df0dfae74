//! The log file, when asked for. It holds requests without headers and bodies, and failures.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::failure::Failure;
use crate::domain::scrub::Scrubber;
use crate::files;
use crate::text;

/// Takes a line.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// Returns a log that forgets everything.
pub fn silent() -> Log {
    Arc::new(|_| {})
}

/// Opens a log that appends to a file. Secrets are taken out of each line.
pub fn open(path: &Path, scrubber: Scrubber) -> Result<Log, Failure> {
    let out: Box<dyn Write + Send> = if files::is_stream(path) {
        files::open_stream(path)?
    } else {
        Box::new(files::append(path, is_ours)?)
    };
    let file = Mutex::new(out);
    Ok(Arc::new(move |line| {
        let now = httpdate::fmt_http_date(std::time::SystemTime::now());
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written must not stop the work it tells of.
        let _ = writeln!(file, "{now}  {}", scrubber.scrub(&text::safe(line)));
    }))
}

/// Returns whether a line is one of a log: it begins with when it was written.
fn is_ours(line: &str) -> bool {
    line.get(..29)
        .is_some_and(|date| httpdate::parse_http_date(date).is_ok())
        && line.get(29..31) == Some("  ")
}
