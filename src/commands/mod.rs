//! The command line: the top-level parser and one file for each shell command, which holds its arguments and what it does.
//! What several of them share is beside them: arguments, the session with the service, checks of outputs, printing.

mod arguments;
mod call;
mod connectors;
mod demo;
mod describe;
mod download;
mod each;
mod open;
mod operation;
mod output_files;
mod pages;
mod print;
mod progress;
mod records;
mod resolve;
mod sandbox;
mod screen;
mod service;
mod session;
mod signal;
mod tokio_runtime;
mod words;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::catalog;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::scrub::Scrubber;
use crate::log;
use arguments::Common;
use output_files::{OutputFiles, StdoutUse};
pub use print::{ErrorFormat, print_failure};

/// Explore connector data through the Airbyte Agent API, in a terminal.
///
/// Without a command the screen opens; with a connector, an entity and an action the request is
/// filled in. Credentials come from AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET, from
/// AIRBYTE_APPLICATION_TOKEN, or from ~/.airbyte-agent/settings.json; no flag takes a secret.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 ok, 1 other, 2 credentials or forbidden, 3 not found, 4 bad input, 5 incomplete, 130 interrupted."
)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    screen: screen::ScreenArgs,
    /// Folder for saved replies and downloads.
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Connectors(connectors::ConnectorsArgs),
    Describe(describe::DescribeArgs),
    Call(call::CallArgs),
    Pages(pages::PagesArgs),
    Each(each::EachArgs),
    Download(download::DownloadArgs),
    Open(open::OpenArgs),
    Sandbox(sandbox::SandboxArgs),
}

/// What the dispatcher asks of every shell command.
trait ShellCommand {
    /// Returns how the failure that ends the command is printed.
    fn error_format(&self) -> ErrorFormat {
        ErrorFormat::Text
    }

    /// Returns what the command uses standard output for.
    fn stdout_use(&self) -> StdoutUse {
        StdoutUse::Result
    }

    /// Returns the files that the command is asked to write, which must differ from each other.
    fn output_files(&self) -> OutputFiles<'_> {
        OutputFiles::default()
    }

    /// Runs the command. Returns the exit code.
    fn run(&self, invocation: &Invocation<'_>) -> Result<u8, Failure>;
}

/// What every command is given besides its own arguments.
struct Invocation<'a> {
    common: &'a Common,
    /// The folder for saved replies and downloads.
    folder: &'a Path,
    scrubber: &'a Scrubber,
}

impl Arguments {
    /// Reads a command line, whose first word is the program's name.
    ///
    /// A first word that is no command makes all that follows a request, and flags count on either side of a command.
    pub fn read(words: impl Iterator<Item = OsString>) -> Result<Arguments, clap::Error> {
        let words = words::ordered(words.collect(), &Arguments::command());
        let similar = words.similar;
        let mut arguments = Arguments::try_parse_from(words.ordered).map_err(|mut error| {
            if let Some(command) = &similar {
                let names = ContextValue::Strings(vec![command.clone()]);
                error.insert(ContextKind::SuggestedSubcommand, names);
            }
            error
        })?;
        let is_kind = |word: &String| catalog::by_name(word).is_some();
        let is_connector = arguments.screen.connector.as_ref().is_some_and(is_kind);
        arguments.screen.similar_command = similar.filter(|_| !is_connector);
        Ok(arguments)
    }

    /// Returns the host given as a flag. Its URL may hold a secret.
    pub fn host(&self) -> Option<&str> {
        self.common.host.as_deref()
    }

    /// Returns how the failure that ends the program is printed.
    pub fn error_format(&self) -> ErrorFormat {
        self.selected().error_format()
    }

    /// Runs the command, or opens the terminal interface if none is named. Returns the exit code.
    ///
    /// Fails before anything is written or sent if two outputs are one file.
    pub fn run(&self, scrubber: &Scrubber) -> Result<u8, Failure> {
        let command = self.selected();
        let log = self.common.log.as_deref();
        output_files::check_distinct(&command.output_files(), log, command.stdout_use())?;
        // Set before the program began ([`assets/closed_stdout.c`]): what is printed would be lost without a word.
        if command.stdout_use() != StdoutUse::Screen
            && std::env::var_os("AIRSCOPE_STDOUT_CLOSED").is_some()
        {
            return Err(Failure::new(FailureKind::File, "Standard output is closed")
                .hint("Send it to a file, or to /dev/null."));
        }
        if let Some(path) = log {
            log::start(path, scrubber.clone())?;
        }
        command.run(&Invocation {
            common: &self.common,
            folder: &self.dir,
            scrubber,
        })
    }

    fn selected(&self) -> &dyn ShellCommand {
        match &self.command {
            Some(Command::Connectors(command)) => command,
            Some(Command::Describe(command)) => command,
            Some(Command::Call(command)) => command,
            Some(Command::Pages(command)) => command,
            Some(Command::Each(command)) => command,
            Some(Command::Download(command)) => command,
            Some(Command::Open(command)) => command,
            Some(Command::Sandbox(command)) => command,
            None => &self.screen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Command};
    use clap::CommandFactory as _;

    #[test]
    fn the_parser_is_consistent() {
        Arguments::command().debug_assert();
    }

    fn read(words: &str) -> Arguments {
        let words = ["airscope"].into_iter().chain(words.split(' '));
        Arguments::read(words.map(Into::into)).unwrap()
    }

    #[test]
    fn a_command_is_one_only_as_the_first_word() {
        assert!(matches!(
            read("connectors").command,
            Some(Command::Connectors(_))
        ));
        let check = |words: &str, request: [Option<&str>; 3], parameters: &[&str]| {
            let own = read(words);
            assert!(own.command.is_none(), "{words}");
            let screen = &own.screen;
            let named = [&screen.connector, &screen.entity, &screen.action];
            assert_eq!(named.map(Option::as_deref), request, "{words}");
            assert_eq!(screen.parameters.param, parameters, "{words}");
        };
        check("-- call", [Some("call"), None, None], &[]);
        check(
            "notion pages list",
            [Some("notion"), Some("pages"), Some("list")],
            &[],
        );
        check(
            "zendesk-support attachments download -p attachment_id=1",
            [
                Some("zendesk-support"),
                Some("attachments"),
                Some("download"),
            ],
            &["attachment_id=1"],
        );
        check(
            "--demo github issues list -p owner=acme -p per_page=10",
            [Some("github"), Some("issues"), Some("list")],
            &["owner=acme", "per_page=10"],
        );
    }

    #[test]
    fn flags_count_on_either_side_of_a_command() {
        assert!(read("connectors --demo --json").common.demo);
        assert!(read("--demo connectors --json").common.demo);
        for words in [
            "--demo --demo-scenario normal connectors",
            "--demo connectors --demo-scenario normal",
            "--demo-scenario normal connectors --demo",
        ] {
            let common = read(words).common;
            assert!(common.demo, "{words}");
            assert_eq!(common.demo_scenario.as_deref(), Some("normal"), "{words}");
        }
        let Some(Command::Call(call)) = read("-p owner=acme call github issues list").command
        else {
            panic!("call is a command");
        };
        assert_eq!(call.operation.parameters.param, ["owner=acme"]);
        assert_eq!(read("github --dir there").dir.as_os_str(), "there");
        assert_eq!(read("--dir there connectors").dir.as_os_str(), "there");
    }

    #[test]
    fn a_word_that_is_similar_to_a_command_is_remembered_unless_it_is_a_kind_of_connector() {
        let check = |words: &str, expected| {
            assert_eq!(
                read(words).screen.similar_command.as_deref(),
                expected,
                "{words}"
            );
        };
        check("conectors", Some("connectors"));
        check("notion pages", None);
        let words = ["airscope", "conectors", "--json"];
        let error = Arguments::read(words.into_iter().map(Into::into)).unwrap_err();
        let words = error.to_string();
        assert!(words.contains("'connectors'"), "{words}");
    }
}
