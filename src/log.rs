//! The log file, when asked for. It holds requests without headers and bodies, and failures.
//!
//! Events are recorded with `tracing`. They are dropped unless a log was started.

use std::fmt::{Debug, Write as _};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, layer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::scrub::Scrubber;
use crate::files;
use crate::text;

/// Starts the log of this process: every event of the program is appended to a file as a line, without secrets.
///
/// Fails if the file cannot be opened or is no log, or if a log was started before.
pub fn start(path: &Path, scrubber: Scrubber) -> Result<(), Failure> {
    let out: Box<dyn Write + Send> = if files::is_stream(path) {
        files::open_stream(path)?
    } else {
        Box::new(files::append(path, is_log_line)?)
    };
    tracing::subscriber::set_global_default(subscriber(out, scrubber)).map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("The log could not be started: {error}"),
        )
    })
}

fn subscriber(
    out: Box<dyn Write + Send>,
    scrubber: Scrubber,
) -> impl Subscriber + Send + Sync + 'static {
    let lines = layer()
        .event_format(Lines { scrubber })
        .with_writer(Mutex::new(out))
        // A log that cannot be written must not stop the work that it records, nor draw over the screen.
        .log_internal_errors(false)
        // Libraries record events too, which may hold anything.
        .with_filter(Targets::new().with_target("airscope", LevelFilter::INFO));
    tracing_subscriber::registry().with(lines)
}

/// Writes an event as one line: the time and the message.
struct Lines {
    scrubber: Scrubber,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let mut message = Message(String::new());
        event.record(&mut message);
        let now = httpdate::fmt_http_date(SystemTime::now());
        let message = self.scrubber.scrub(&text::safe(&message.0)).into_owned();
        writeln!(writer, "{now}  {message}")
    }
}

/// The message of an event.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to a string does not fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}

/// Returns whether a line is one of a log: it starts with a time.
fn is_log_line(line: &str) -> bool {
    line.get(..29)
        .is_some_and(|date| httpdate::parse_http_date(date).is_ok())
        && line.get(29..31) == Some("  ")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::{is_log_line, subscriber};
    use crate::domain::scrub::Scrubber;
    use crate::domain::secret::Secret;

    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<Vec<u8>>>);

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_has_a_time_and_a_harmless_message_of_this_program_alone() {
        let out = Out::default();
        let scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("cs_very_private_indeed"));
        let subscriber = subscriber(Box::new(out.clone()), scrubber);
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("a\x1b[31m {} b", "cs_very_private_indeed");
            tracing::info!(target: "hyper", "authorization: Bearer x");
            tracing::debug!("detail");
        });
        let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(is_log_line(&text) && text.ends_with(" b\n"), "{text}");
        for word in ["\x1b", "cs_very", "Bearer"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}
