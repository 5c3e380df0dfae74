//! `airscope download`: one file, or with `--from` the files that the lines of a file name.

mod bars;
mod batch;
mod planner;
mod single;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::arguments::ParameterArguments;
use super::output_files::OutputFiles;
use super::print::ErrorFormat;
use super::service::{self, RunOptions};
use super::{Invocation, ShellCommand};
use crate::domain::download::{MANIFEST, NamePattern};
use crate::domain::failure::Failure;
use batch::Batch;

/// Download a file, or with --from all files that the lines of a file name; a JSON line reports each.
///
/// An interrupted download resumes when the same command is run again. With --from the folder holds
/// `manifest.jsonl`: a second run skips the files that it lists and whose hash still matches. Exits with 5 if some failed.
#[derive(Debug, Args)]
pub(super) struct DownloadArgs {
    /// The connector.
    connector: String,
    /// The entity, such as `attachments`; with --from: the entity whose records the lines are.
    #[arg(required_unless_present = "from", conflicts_with = "of")]
    entity: Option<String>,
    /// Read lines from FILE, - for standard input: records as `airscope pages` writes them, or
    /// {"entity":…,"params":{…},"name":…}.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["param", "params", "name"])]
    from: Option<PathBuf>,
    /// With --from: the entity whose records the lines are.
    #[arg(long = "entity", id = "of", value_name = "NAME", requires = "from")]
    of: Option<String>,
    /// With --from: how many files are fetched at a time.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
    /// With --from: keep the record of the run in FILE, not in the folder.
    #[arg(long, value_name = "FILE", requires = "from")]
    manifest: Option<PathBuf>,
    /// With --from: where in the folder files are saved; a parent is what a record of `airscope each` was asked with.
    #[arg(long, value_name = "PATTERN", value_enum, default_value_t = Names::Name, requires = "from")]
    names: Names,
    #[command(flatten)]
    parameters: ParameterArguments,
    /// The file's name, in place of the service's.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Print errors as JSON.
    #[arg(long)]
    json: bool,
}

/// [`NamePattern`] as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Names {
    /// In the folder itself.
    #[value(name = "{name}")]
    Name,
    /// In a folder for each parent, named by its values.
    #[value(name = "{parent}/{name}")]
    ParentAndName,
}

impl From<Names> for NamePattern {
    fn from(names: Names) -> NamePattern {
        match names {
            Names::Name => NamePattern::Name,
            Names::ParentAndName => NamePattern::ParentAndName,
        }
    }
}

impl ShellCommand for DownloadArgs {
    fn error_format(&self) -> ErrorFormat {
        if self.json {
            ErrorFormat::Json
        } else {
            ErrorFormat::Text
        }
    }

    fn output_files(&self) -> OutputFiles<'_> {
        OutputFiles {
            manifest: self.manifest.as_deref(),
            ..OutputFiles::default()
        }
    }

    fn run(&self, invocation: &Invocation<'_>) -> Result<u8, Failure> {
        service::run(
            invocation,
            RunOptions::default(),
            async |session| match &self.from {
                Some(from) => batch::download(&self.batch(from, invocation), session).await,
                None => single::download(self, invocation, session)
                    .await
                    .map(|()| 0),
            },
        )
    }
}

impl DownloadArgs {
    fn batch<'a>(&'a self, from: &'a Path, invocation: &Invocation<'a>) -> Batch<'a> {
        Batch {
            connector: &self.connector,
            from,
            entity: self.of.as_deref().or(self.entity.as_deref()),
            folder: invocation.folder,
            names: self.names.into(),
            jobs: usize::from(self.jobs),
            manifest: self
                .manifest
                .clone()
                .unwrap_or_else(|| invocation.folder.join(MANIFEST)),
        }
    }
}
