//! Flags and arguments that several commands share, and the reading of parameters.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;

use crate::domain::call::{JsonText, Params, value_of};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, ParameterKind};
use crate::json::steps::split_list;
use crate::settings::Overrides;

/// Flags that every command takes.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Explore a sandbox that runs inside the program; no account is needed.
    #[arg(long, global = true)]
    pub(super) demo: bool,
    /// With --demo: the fault that the sandbox plays (`airscope sandbox --list-scenarios`).
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        requires = "demo",
        hide_short_help = true
    )]
    pub(super) demo_scenario: Option<String>,
    /// Refuse every call that could change data.
    #[arg(long, global = true)]
    pub(super) read_only: bool,
    /// Append a log of requests to FILE; it never holds secrets or bodies.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
    /// The service's URL [env: AIRBYTE_API_HOST] [default: <https://api.airbyte.ai>].
    #[arg(long, global = true, value_name = "URL")]
    pub(super) host: Option<String>,
    /// The organization's UUID [env: AIRBYTE_ORGANIZATION_ID].
    #[arg(long, global = true, value_name = "UUID")]
    pub(super) organization: Option<String>,
    /// The workspace's name [env: AIRBYTE_WORKSPACE] [default: default].
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) workspace: Option<String>,
    /// List only connectors of this type (name or slug).
    #[arg(
        long = "type",
        global = true,
        value_name = "TYPE",
        conflicts_with = "definition_id"
    )]
    pub(super) kind: Option<String>,
    /// Send no more than N calls: each is billed as an agent operation.
    #[arg(long, global = true, value_name = "N")]
    pub(super) max_calls: Option<u64>,
    /// On the screen, leave the mouse to the terminal, which then selects text as usual.
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) no_mouse: bool,
    /// List only connectors of this definition.
    #[arg(long, global = true, value_name = "UUID")]
    pub(super) definition_id: Option<String>,
}

impl Common {
    /// Returns the settings that are given as flags.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            host: self.host.clone(),
            organization: self.organization.clone(),
            workspace: self.workspace.clone(),
        }
    }
}

/// A whole operation with its parameters.
#[derive(Debug, Clone, Args)]
pub(super) struct OperationArguments {
    /// The connector.
    pub(super) connector: String,
    /// The entity.
    pub(super) entity: String,
    /// The action.
    pub(super) action: String,
    #[command(flatten)]
    pub(super) parameters: ParameterArguments,
}

/// The parameters of an operation.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ParameterArguments {
    /// A parameter; the value is read as the parameter's declared type.
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUE")]
    pub(super) param: Vec<String>,
    /// All parameters as a JSON object, or @FILE.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(super) params: Option<String>,
}

fn refused(reason: String) -> Failure {
    Failure::new(FailureKind::Input, reason)
}

impl ParameterArguments {
    /// Reads all parameters: `--params` first, then each `-p`, in the type that the operation declares.
    pub(super) fn read(&self, operation: Option<&Operation>) -> Result<Params, Failure> {
        let mut params = self.whole()?;
        let mut given: HashMap<String, JsonText> = HashMap::new();
        for (name, value) in self.pairs()? {
            let (kind, items) = declared(operation, &name);
            let mut value = value_of(kind, items, &value)
                .map_err(|reason| refused(format!("`-p {name}={value}`: {name} {reason}")))?;
            if let Some(before) = given.get(&name) {
                value = before.and(&value).filter(|_| kind == ParameterKind::Array).ok_or_else(|| {
                    refused(format!("`-p {name}` is given twice, and takes one value"))
                        .hint("Only a parameter that is declared as an array takes several; write -p name='[1, 2]' for another one.")
                })?;
            }
            given.insert(name.clone(), value.clone());
            params.set(&name, value);
        }
        Ok(params)
    }

    /// Reads the object of `--params`.
    pub(super) fn whole(&self) -> Result<Params, Failure> {
        let Some(text) = &self.params else {
            return Ok(Params::default());
        };
        let text = match text.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| refused(format!("Could not read `{path}`: {error}")))?,
            None => text.clone(),
        };
        Params::parse(&text).map_err(|reason| {
            refused(format!("--params: {reason}"))
                .hint("Give a JSON object such as '{\"per_page\": 10}'.")
        })
    }

    /// Splits the name from the value of each `-p`.
    pub(super) fn pairs(&self) -> Result<Vec<(String, String)>, Failure> {
        let split =
            |pair: &String| match pair.split_once('=').filter(|(name, _)| !name.is_empty()) {
                Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
                None => Err(refused(format!("`-p {pair}` has no name and value"))
                    .hint("Write -p name=value.")),
            };
        self.param.iter().map(split).collect()
    }
}

/// Returns the type of a parameter, and of its items, as an operation declares it.
fn declared<'a>(operation: Option<&'a Operation>, name: &str) -> (ParameterKind, Option<&'a str>) {
    operation
        .and_then(|operation| {
            operation
                .parameters
                .iter()
                .find(|parameter| parameter.name == name)
        })
        .map_or((ParameterKind::Any, None), |parameter| {
            (parameter.kind, parameter.items.as_deref())
        })
}

/// Splits lists of fields, as a flag takes them: at commas, without the blanks around.
pub(super) fn fields(flag: &str, lists: &[String]) -> Result<Vec<String>, Failure> {
    let fields: Vec<String> = lists
        .iter()
        .flat_map(|list| split_list(list))
        .map(str::to_owned)
        .collect();
    if fields.is_empty() && !lists.is_empty() {
        return Err(refused(format!("{flag} names no field"))
            .hint(format!("Write {flag} id,title, or leave it out.")));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::{ParameterArguments, fields};

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
            let parameters = ParameterArguments {
                param: pairs,
                params: all.map(str::to_owned),
            };
            let got = parameters.read(list).map(|params| {
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
