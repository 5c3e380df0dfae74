//! Parses the command line, runs the command and turns its outcome into an exit code.

use std::borrow::Cow;
use std::io::Write as _;
use std::process::ExitCode;

use airscope::commands::{Arguments, print_failure};
use airscope::domain::scrub::Scrubber;
use airscope::{jq, settings};

/// The exit code of a command line that cannot be parsed.
const USAGE: u8 = 4;

fn main() -> ExitCode {
    // The process that runs a jq filter is this program too. It takes no arguments from users.
    if let Some(code) = jq::filter_process(std::env::args_os()) {
        return ExitCode::from(code);
    }
    forbid_core_files();
    let scrubber = Scrubber::default();
    scrubber.learn_variables(&settings::variable);
    let arguments = match Arguments::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => return print_usage(&error, &scrubber),
    };
    if let Some(host) = arguments.host() {
        scrubber.learn_url(host);
    }
    match arguments.run(&scrubber) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let failure = scrubber.failure(failure);
            print_failure(&failure, arguments.error_format());
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

/// Keeps the system from writing core files, which would hold secrets. Where the limit cannot be set there is nothing
/// else to do.
fn forbid_core_files() {
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}

/// Prints help or version to standard output, or a usage error to standard error.
fn print_usage(error: &clap::Error, scrubber: &Scrubber) -> ExitCode {
    let text = error.render().to_string();
    // There is nowhere to report that an output is closed.
    let _ = match scrubber.scrub(&text) {
        Cow::Borrowed(_) => error.print(),
        Cow::Owned(scrubbed) => std::io::stderr().write_all(scrubbed.as_bytes()),
    };
    if error.use_stderr() {
        ExitCode::from(USAGE)
    } else {
        ExitCode::SUCCESS
    }
}
