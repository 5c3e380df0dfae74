//! The log file, when asked for. It holds requests without headers and bodies, and failures.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::scrub::Scrubber;
use crate::domain::text;

/// Takes a line.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// Returns a log that forgets everything.
pub fn silent() -> Log {
    Arc::new(|_| {})
}

/// Opens a log that appends to a file. Secrets are taken out of each line.
pub fn open(path: &Path, scrubber: Scrubber) -> Result<Log, Failure> {
    let file = OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
        Failure::new(FailureKind::File, format!("Could not open the log `{}`: {error}", path.display()))
            .hint("Choose another file with --log.")
    })?;
    let file = Mutex::new(file);
    Ok(Arc::new(move |line| {
        let now = httpdate::fmt_http_date(std::time::SystemTime::now());
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written must not stop the work it tells of.
        let _ = writeln!(file, "{now}  {}", scrubber.scrub(&text::safe(line)));
    }))
}
