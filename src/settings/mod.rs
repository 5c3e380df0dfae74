//! Resolves how to reach the service, from flags, environment and the official client's settings file, into one
//! [`Connection`]. The types of the command line parser are not known here.

mod file;

use std::path::{Path, PathBuf};

use crate::domain::connection::{Connection, Credentials};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::secret::Secret;

/// The default host of the service.
const HOST: &str = "https://api.airbyte.ai";

/// Values given as flags. They go before all other sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The service's URL.
    pub host: Option<String>,
    /// The organization's UUID.
    pub organization: Option<String>,
    /// The workspace's name.
    pub workspace: Option<String>,
}

/// Where settings that are not flags come from, so that tests can supply their own.
pub struct Sources<'a> {
    /// Returns a variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The official client's settings file.
    pub file: Option<PathBuf>,
}

impl Sources<'static> {
    /// Returns the environment of this process and the settings file in the user's home folder.
    pub fn of_process() -> Sources<'static> {
        Sources {
            variable: &variable,
            file: settings_file(variable("HOME").as_deref()),
        }
    }
}

impl Sources<'_> {
    /// Returns a variable without surrounding blanks; none if it is empty.
    fn set(&self, name: &str) -> Option<String> {
        (self.variable)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }
}

/// Returns a variable of the environment, if it is set and valid UTF-8.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Returns the path of the official client's settings file in a home folder.
fn settings_file(home: Option<&str>) -> Option<PathBuf> {
    home.filter(|home| !home.is_empty())
        .map(|home| Path::new(home).join(".airbyte-agent").join("settings.json"))
}

/// Resolves the connection: flags over environment over file.
///
/// The client id and secret are a pair from one source. A pair goes before a ready token, because it can
/// be renewed. Fails if there are no credentials, or half of a pair.
pub fn connection(overrides: &Overrides, sources: &Sources<'_>) -> Result<Connection, Failure> {
    let file = file::read(sources.file.as_deref());
    let stored = file.as_ref().ok().cloned().unwrap_or_default();
    let id = sources.set("AIRBYTE_CLIENT_ID");
    let secret = sources.set("AIRBYTE_CLIENT_SECRET");
    let token = sources.set("AIRBYTE_APPLICATION_TOKEN");
    let stored_pair = stored
        .credentials
        .client_id
        .zip(stored.credentials.client_secret);
    let credentials = match (id, secret, token, stored_pair) {
        (Some(id), Some(secret), _, _) => Credentials::Pair {
            id,
            secret: Secret::new(secret),
        },
        (Some(_), None, _, _) => return Err(half("AIRBYTE_CLIENT_ID", "AIRBYTE_CLIENT_SECRET")),
        (None, Some(_), _, _) => return Err(half("AIRBYTE_CLIENT_SECRET", "AIRBYTE_CLIENT_ID")),
        (None, None, Some(token), _) => Credentials::Token(Secret::new(token)),
        (None, None, None, Some((id, secret))) => Credentials::Pair { id, secret },
        // A file that cannot be read matters only where the environment has no credentials.
        (None, None, None, None) => return Err(file.err().unwrap_or_else(unconfigured)),
    };
    let first = |flag: &Option<String>, name: &str, stored: Option<String>| {
        flag.clone().or_else(|| sources.set(name)).or(stored)
    };
    Ok(Connection {
        host: first(&overrides.host, "AIRBYTE_API_HOST", None)
            .unwrap_or_else(|| HOST.to_owned())
            .trim_end_matches('/')
            .to_owned(),
        credentials,
        organization: first(
            &overrides.organization,
            "AIRBYTE_ORGANIZATION_ID",
            stored.organization_id,
        ),
        workspace: first(&overrides.workspace, "AIRBYTE_WORKSPACE", stored.workspace)
            .unwrap_or_else(|| "default".to_owned()),
    })
}

fn half(present: &str, missing: &str) -> Failure {
    Failure::new(
        FailureKind::Credentials,
        format!("{present} is set, but {missing} is not"),
    )
    .hint("Set both, or neither: they are a pair from one source.")
}

fn unconfigured() -> Failure {
    Failure::new(FailureKind::Credentials, "No credentials are configured")
        .detail(
            "Set them in the environment:\n  export AIRBYTE_CLIENT_ID=…\n  export AIRBYTE_CLIENT_SECRET=…\nor log in with the official client, which writes ~/.airbyte-agent/settings.json.",
        )
        .hint("Or look around without an account: airscope --demo")
}

#[cfg(test)]
mod tests {
    use super::{Overrides, Sources, connection};
    use crate::domain::connection::{Connection, Credentials};

    fn resolve(variables: &[(&str, &str)], file: Option<&str>) -> Result<Connection, String> {
        resolve_over(&Overrides::default(), variables, file)
    }

    fn resolve_over(
        overrides: &Overrides,
        variables: &[(&str, &str)],
        file: Option<&str>,
    ) -> Result<Connection, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        if let Some(text) = file {
            std::fs::write(&path, text).unwrap();
        }
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(own, _)| *own == name)
                .map(|(_, value)| (*value).to_owned())
        };
        connection(
            overrides,
            &Sources {
                variable: &variable,
                file: Some(path),
            },
        )
        .map_err(|failure| format!("{failure:?}"))
    }

    fn check_failure(variables: &[(&str, &str)], file: Option<&str>, expected: &str) {
        let failure = resolve(variables, file).unwrap_err();
        assert!(
            failure.contains(expected),
            "{file:?}: {failure}, not {expected}"
        );
        assert!(!failure.contains("cs_private"), "{file:?}: {failure}");
    }

    const FILE: &str = r#"{"settings":{"credentials":{"client_id":"ci_f","client_secret":"cs_f"},"organization_id":"org","workspace":"w"}}"#;

    #[test]
    fn environment_goes_before_the_file_and_a_pair_before_a_token() {
        let found = resolve(&[], Some(FILE)).unwrap();
        assert_eq!(
            (found.workspace.as_str(), found.organization.as_deref()),
            ("w", Some("org"))
        );
        let found = resolve(
            &[
                ("AIRBYTE_CLIENT_ID", "ci_e"),
                ("AIRBYTE_CLIENT_SECRET", "cs_e"),
                ("AIRBYTE_APPLICATION_TOKEN", "t"),
            ],
            Some(FILE),
        )
        .unwrap();
        assert!(matches!(found.credentials, Credentials::Pair { id, .. } if id == "ci_e"));
        let found = resolve(
            &[
                ("AIRBYTE_APPLICATION_TOKEN", "t"),
                ("AIRBYTE_API_HOST", "http://127.0.0.1:9/"),
            ],
            Some(FILE),
        )
        .unwrap();
        assert!(matches!(found.credentials, Credentials::Token(_)));
        assert_eq!(found.host, "http://127.0.0.1:9");
    }

    #[test]
    fn flags_go_before_the_environment() {
        let overrides = Overrides {
            host: Some("http://127.0.0.1:1".to_owned()),
            organization: None,
            workspace: Some("flag".to_owned()),
        };
        let found = resolve_over(
            &overrides,
            &[
                ("AIRBYTE_API_HOST", "http://127.0.0.1:9"),
                ("AIRBYTE_ORGANIZATION_ID", "environment"),
                ("AIRBYTE_WORKSPACE", "environment"),
            ],
            Some(FILE),
        )
        .unwrap();
        assert_eq!(
            (
                found.host.as_str(),
                found.organization.as_deref(),
                found.workspace.as_str()
            ),
            ("http://127.0.0.1:1", Some("environment"), "flag")
        );
    }

    #[test]
    fn what_is_missing_is_named_and_secrets_are_not_shown() {
        check_failure(&[], None, "No credentials are configured");
        check_failure(
            &[("AIRBYTE_CLIENT_ID", "x")],
            Some(FILE),
            "AIRBYTE_CLIENT_ID is set, but AIRBYTE_CLIENT_SECRET is not",
        );
        check_failure(
            &[],
            Some(r#"{"settings":{"credentials":{"client_secret":"cs_private" x"#),
            "is not JSON (line 1, column ",
        );
    }

    #[test]
    fn a_setting_of_another_type_counts_as_missing() {
        for file in [
            r#""cs_private""#,
            r#"[{"settings":{"credentials":{"client_id":"ci","client_secret":"cs_private"}}}]"#,
            r#"{"settings":"cs_private"}"#,
            r#"{"settings":{"credentials":["ci","cs_private"]}}"#,
            r#"{"settings":{"credentials":{"client_id":7,"client_secret":"cs_private"}}}"#,
            r#"{"settings":{"credentials":{"client_id":"ci","client_secret":["cs_private"]}}}"#,
            r#"{"settings":{"credentials":{"client_id":"","client_secret":"cs_private"}}}"#,
        ] {
            check_failure(&[], Some(file), "No credentials are configured");
        }
        let found = resolve(
            &[],
            Some(
                r#"{"version":2,"settings":{"credentials":{"client_id":"ci","client_id":"ci_last","client_secret":"cs","scopes":[]},"organization_id":7,"workspace":null}}"#,
            ),
        )
        .unwrap();
        assert!(matches!(found.credentials, Credentials::Pair { id, .. } if id == "ci_last"));
        assert_eq!(
            (found.organization, found.workspace.as_str()),
            (None, "default")
        );
    }
}
