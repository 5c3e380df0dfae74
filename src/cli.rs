//! The command line: its flags, commands and parameters.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::domain::call::{JsonText, Params, value_of};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, ParameterKind};
use crate::json::steps::split_list;
use crate::settings::Overrides;
use crate::text::size::parse_size;

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
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,
    /// Pages of a reply may take so many MiB of memory before they are spilled to a file.
    #[arg(long, value_name = "N", default_value_t = 64, hide_short_help = true)]
    pub page_memory: usize,
    /// The request to fill in.
    #[command(flatten)]
    pub request: RequestArguments,
    /// Folder for saved replies and downloads.
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// The command, if not the screen.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Explore a sandbox that runs inside the program; no account is needed.
    #[arg(long, global = true)]
    pub demo: bool,
    /// With --demo: the fault that the sandbox plays (`airscope sandbox --list-scenarios`).
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        requires = "demo",
        hide_short_help = true
    )]
    pub demo_scenario: Option<String>,
    /// Refuse every call that could change data.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Append a log of requests to FILE; it never holds secrets or bodies.
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// The service's URL [env: AIRBYTE_API_HOST] [default: <https://api.airbyte.ai>].
    #[arg(long, global = true, value_name = "URL")]
    pub host: Option<String>,
    /// The organization's UUID [env: AIRBYTE_ORGANIZATION_ID].
    #[arg(long, global = true, value_name = "UUID")]
    pub organization: Option<String>,
    /// The workspace's name [env: AIRBYTE_WORKSPACE] [default: default].
    #[arg(long, global = true, value_name = "NAME")]
    pub workspace: Option<String>,
    /// List only connectors of this type (name or slug).
    #[arg(
        long = "type",
        global = true,
        value_name = "TYPE",
        conflicts_with = "definition_id"
    )]
    pub kind: Option<String>,
    /// Send no more than N calls: each is billed as an agent operation.
    #[arg(long, global = true, value_name = "N")]
    pub max_calls: Option<u64>,
    /// List only connectors of this definition.
    #[arg(long, global = true, value_name = "UUID")]
    pub definition_id: Option<String>,
}

impl Common {
    /// Returns the settings that are given as flags.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            host: self.host.clone(),
            organization: self.organization.clone(),
            workspace: self.workspace.clone(),
        }
    }
}

/// The request to fill in.
#[derive(Debug, Clone, Default, Args)]
pub struct RequestArguments {
    /// A connector: its id, instance name, template name or slug, whatever the case.
    pub connector: Option<String>,
    /// The entity, such as `issues`.
    pub entity: Option<String>,
    /// The action, such as `list`.
    pub action: Option<String>,
    /// A parameter; the value is read as the parameter's declared type.
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUE")]
    pub param: Vec<String>,
    /// All parameters as a JSON object, or @FILE.
    #[arg(long, value_name = "JSON|@FILE")]
    pub params: Option<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the connectors of the workspace.
    Connectors {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Tell what a connector can do: entities, actions, parameters.
    Describe {
        /// The connector.
        connector: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run an operation and print the envelope as it came.
    Call {
        /// The operation.
        #[command(flatten)]
        operation: OperationArguments,
        /// Fields to keep, as dotted paths with commas.
        #[arg(long, value_name = "A,B.C")]
        select: Vec<String>,
        /// Refuse a reply that is larger, such as 500MB or 1GiB.
        #[arg(long, value_name = "SIZE", value_parser = parse_size)]
        max_bytes: Option<u64>,
        /// Send calls that change data, and unknown actions.
        #[arg(long)]
        yes: bool,
        /// Print errors as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Fetch all pages of a list; records on standard output, the verdict on standard error.
    ///
    /// Exits with 0 only if the data is complete, with 5 if it is incomplete, stopped, doubtful or unproven.
    Pages {
        /// The operation.
        #[command(flatten)]
        operation: OperationArguments,
        /// Fields to keep, as dotted paths with commas.
        #[arg(long, value_name = "A,B.C")]
        select: Vec<String>,
        /// How records are written.
        #[arg(long, value_enum, default_value = "ndjson")]
        format: PagesFormat,
        /// With --format csv: the columns, as dotted paths with commas, in place of all; other fields are left out.
        /// A key that holds a dot is ["a.b"].
        #[arg(long, value_name = "A,B.C")]
        columns: Vec<String>,
        /// With --format csv on a stream: exit with 5 if a field came after the columns were fixed by the first page.
        /// With --output FILE none is left out.
        #[arg(long)]
        strict_columns: bool,
        /// With --format csv: put an apostrophe before cells that a spreadsheet takes for formulas.
        #[arg(long)]
        csv_safe: bool,
        /// Write to FILE, which must not exist, in place of standard output.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Go on with an export to FILE that was interrupted.
        #[arg(long)]
        resume: bool,
        /// Leave out records whose id came before; those without an id all stay.
        #[arg(long)]
        dedupe: bool,
        /// The page size to ask for.
        #[arg(long, value_name = "N")]
        page_size: Option<u64>,
        /// Take one reply for all of the list, unless it says that there is more.
        #[arg(long)]
        whole: bool,
        /// Stop after so many pages.
        #[arg(long, value_name = "N")]
        max_pages: Option<u64>,
        /// Stop after the page that reaches so many records.
        #[arg(long, value_name = "N")]
        max_records: Option<u64>,
        /// Stop after the page that reaches so many bytes of replies, such as 500MB or 1GiB; no reply may be larger.
        #[arg(long, value_name = "SIZE", value_parser = parse_size)]
        max_bytes: Option<u64>,
        /// Stop after the page during which so many seconds have passed.
        #[arg(long, value_name = "SECONDS")]
        max_time: Option<u64>,
        /// Let --ledger replace a ledger of before.
        #[arg(long, requires = "ledger")]
        force: bool,
        /// Write the ledger of pages as JSON to FILE, which must not exist.
        #[arg(long, value_name = "FILE")]
        ledger: Option<PathBuf>,
        /// Send unknown actions and those that change data.
        #[arg(long)]
        yes: bool,
        /// Say nothing but the verdict.
        #[arg(long)]
        quiet: bool,
    },
    /// Download a file, or with --from all that the lines of a file name; a JSON line tells of each.
    ///
    /// What broke off goes on where it was when the same is asked for again. With --from the folder holds
    /// `manifest.jsonl`: running again skips what it and the hash of the file vouch for. Exits with 5 if some failed.
    Download {
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
        /// A parameter; the value is read as the parameter's declared type.
        #[arg(short = 'p', long = "param", value_name = "NAME=VALUE")]
        param: Vec<String>,
        /// All parameters as a JSON object, or @FILE.
        #[arg(long, value_name = "JSON|@FILE")]
        params: Option<String>,
        /// The file's name, in place of the service's.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Print errors as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Read a saved reply, NDJSON or any JSON, gzip too; no account is needed.
    Open {
        /// The file; - for standard input.
        file: PathBuf,
    },
    /// Run the sandbox alone: a local server that imitates the API.
    Sandbox {
        /// The port on 127.0.0.1; a free one unless given.
        #[arg(long, default_value_t = 0, value_name = "N")]
        port: u16,
        /// The fault to play.
        #[arg(long, default_value = "normal", value_name = "NAME")]
        scenario: String,
        /// How long every answer waits, in milliseconds.
        #[arg(long, default_value_t = 0, value_name = "MS")]
        latency: u64,
        /// Serve all 56 kinds of connectors, not only twelve, and one that no catalog knows.
        #[arg(long)]
        all_connectors: bool,
        /// How many records every list has.
        #[arg(long, value_name = "N")]
        records: Option<usize>,
        /// Serve attachments of Zendesk Support of this size: ids 5000000 to 5999999. They are made while they are sent.
        #[arg(long, value_name = "SIZE", value_parser = parse_size)]
        big: Option<u64>,
        /// Explain the scenarios and end.
        #[arg(long)]
        list_scenarios: bool,
    },
}

/// How `pages` writes records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PagesFormat {
    /// A record a line.
    Ndjson,
    /// One JSON array.
    Json,
    /// A table, nested values under dotted paths; all columns with --output, those of the first page on a stream.
    Csv,
}

/// A whole operation with its parameters.
#[derive(Debug, Clone, Args)]
pub struct OperationArguments {
    /// The connector.
    pub connector: String,
    /// The entity.
    pub entity: String,
    /// The action.
    pub action: String,
    /// A parameter; the value is read as the parameter's declared type.
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUE")]
    pub param: Vec<String>,
    /// All parameters as a JSON object, or @FILE.
    #[arg(long, value_name = "JSON|@FILE")]
    pub params: Option<String>,
}

/// Reads parameters: `--params` first, then each `-p`, in the type that the operation declares.
pub fn params(
    pairs: &[String],
    all: Option<&str>,
    operation: Option<&Operation>,
) -> Result<Params, Failure> {
    let bad = |reason: String| Failure::new(FailureKind::Input, reason);
    let mut params = match all {
        None => Params::default(),
        Some(text) => {
            let text = match text.strip_prefix('@') {
                Some(path) => std::fs::read_to_string(path)
                    .map_err(|error| bad(format!("Could not read `{path}`: {error}")))?,
                None => text.to_owned(),
            };
            Params::parse(&text).map_err(|reason| {
                bad(format!("--params: {reason}"))
                    .hint("Give a JSON object such as '{\"per_page\": 10}'.")
            })?
        }
    };
    let mut given: HashMap<String, JsonText> = HashMap::new();
    for (name, value) in self::pairs(pairs)? {
        let declared = operation.and_then(|operation| {
            operation
                .parameters
                .iter()
                .find(|parameter| parameter.name == name)
        });
        let (kind, items) = declared.map_or((ParameterKind::Any, None), |parameter| {
            (parameter.kind, parameter.items.as_deref())
        });
        let mut value = value_of(kind, items, &value)
            .map_err(|reason| bad(format!("`-p {name}={value}`: {name} {reason}")))?;
        if let Some(before) = given.get(&name) {
            value = before.and(&value).filter(|_| kind == ParameterKind::Array).ok_or_else(|| {
                bad(format!("`-p {name}` is given twice, and takes one value"))
                    .hint("Only a parameter that is declared as an array takes several; write -p name='[1, 2]' for another one.")
            })?;
        }
        given.insert(name.clone(), value.clone());
        params.set(&name, value);
    }
    Ok(params)
}

/// Splits lists of fields, as a flag takes them: at commas, without the blanks around.
pub fn fields(flag: &str, lists: &[String]) -> Result<Vec<String>, Failure> {
    let fields: Vec<String> = lists
        .iter()
        .flat_map(|list| split_list(list))
        .map(str::to_owned)
        .collect();
    if fields.is_empty() && !lists.is_empty() {
        return Err(
            Failure::new(FailureKind::Input, format!("{flag} names no field"))
                .hint(format!("Write {flag} id,title, or leave it out.")),
        );
    }
    Ok(fields)
}

/// Splits each `name=value`.
pub fn pairs(pairs: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let split = |pair: &String| match pair.split_once('=').filter(|(name, _)| !name.is_empty()) {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(Failure::new(
            FailureKind::Input,
            format!("`-p {pair}` has no name and value"),
        )
        .hint("Write -p name=value.")),
    };
    pairs.iter().map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Command, fields, params};
    use clap::Parser as _;

    #[test]
    fn commands_win_over_connectors_of_the_same_name() {
        let parse =
            |words: &[&str]| Arguments::try_parse_from([&["airscope"], words].concat()).unwrap();
        assert!(matches!(
            parse(&["connectors"]).command,
            Some(Command::Connectors { .. })
        ));
        let request = parse(&["--", "call"]);
        assert!(request.command.is_none() && request.request.connector.as_deref() == Some("call"));
        let request = parse(&[
            "--demo",
            "github",
            "issues",
            "list",
            "-p",
            "owner=acme",
            "-p",
            "per_page=10",
        ]);
        assert_eq!(request.request.param, ["owner=acme", "per_page=10"]);
        assert!(parse(&["connectors", "--demo", "--json"]).common.demo);
    }

    #[test]
    fn fields_are_trimmed_and_at_least_one_is_named() {
        let check = |lists: &[&str]| {
            let lists: Vec<String> = lists.iter().map(|list| (*list).to_owned()).collect();
            fields("--columns", &lists).map_err(|failure| failure.summary)
        };
        assert_eq!(
            check(&["id, title,", " [\"a,b\"]"]).unwrap(),
            ["id", "title", "[\"a,b\"]"]
        );
        assert_eq!(check(&[]).unwrap(), Vec::<String>::new());
        assert_eq!(check(&[" ,"]).unwrap_err(), "--columns names no field");
    }

    #[test]
    fn parameters_take_the_declared_type() {
        let issues = crate::catalog::by_name("github").unwrap().operations();
        let list = issues
            .iter()
            .find(|operation| operation.entity == "issues" && operation.action == "list");
        let check = |pairs: &[&str], all: Option<&str>, expected: Result<&str, &str>| {
            let pairs: Vec<String> = pairs.iter().map(|pair| (*pair).to_owned()).collect();
            let got = params(&pairs, all, list).map(|params| {
                params
                    .iter()
                    .map(|(name, value)| format!("{name}={}", value.as_str()))
                    .collect::<Vec<_>>()
                    .join(" ")
            });
            assert_eq!(
                got.as_deref().map_err(|failure| failure.summary.as_str()),
                expected
            );
        };
        check(
            &["per_page=10", "owner=7", "states=OPEN,CLOSED"],
            None,
            Ok(r#"per_page=10 owner="7" states=["OPEN","CLOSED"]"#),
        );
        check(
            &["per_page=20"],
            Some(r#"{"per_page":10,"x":null}"#),
            Ok("per_page=20 x=null"),
        );
        check(
            &["per_page=ten"],
            None,
            Err("`-p per_page=ten`: per_page expects a whole number such as 25"),
        );
        check(
            &["states=OPEN", "per_page=1", "states=[\"CLOSED\"]"],
            None,
            Ok(r#"states=["OPEN","CLOSED"] per_page=1"#),
        );
        check(&["states=", "states=OPEN"], None, Ok(r#"states=["OPEN"]"#));
        check(
            &["states=OPEN"],
            Some(r#"{"states":["CLOSED"]}"#),
            Ok(r#"states=["OPEN"]"#),
        );
        check(
            &["owner=a", "owner=b"],
            None,
            Err("`-p owner` is given twice, and takes one value"),
        );
        check(
            &["nobody=a", "nobody=[1]"],
            None,
            Err("`-p nobody` is given twice, and takes one value"),
        );
        check(
            &["per_page"],
            None,
            Err("`-p per_page` has no name and value"),
        );
        check(
            &[],
            Some("[1]"),
            Err("--params: expects a JSON object of parameters"),
        );
    }
}
