//! From a word to a connector, and from a connector to its operations.

use super::Session;
use crate::api::{Client, described_operations};
use crate::catalog;
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::Operation;

/// Which connectors are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only connectors of this definition.
    pub definition_id: Option<String>,
}

/// Makes a filter of the flags: a type is looked up in the catalog, else at the service.
pub async fn definition_filter(
    client: &Client,
    kind: Option<&str>,
    definition_id: Option<&str>,
) -> Result<Filter, Failure> {
    let definition_id = match (definition_id, kind) {
        (Some(id), _) => Some(id.to_owned()),
        (None, Some(kind)) => match catalog::by_name(kind) {
            Some(definition) => Some(definition.definition_id.to_owned()),
            None => Some(client.definition_id(kind).await?),
        },
        (None, None) => None,
    };
    Ok(Filter { definition_id })
}

/// Finds the one connector that a word names. An id is also found outside of the workspace.
pub async fn resolve(session: &Session<'_>, word: &str) -> Result<Connector, Failure> {
    let connectors = session
        .client
        .connectors(session.workspace, session.filter.definition_id.as_deref())
        .await?;
    // Names have lost what looks like a secret of ours; so must a word that means one.
    let named = session.client.scrubber().scrub(word);
    let mut found: Vec<Connector> = connectors
        .iter()
        .filter(|connector| connector.is_called(word) || connector.is_called(&named))
        .cloned()
        .collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 if is_uuid(word) => session.client.connector(word).await,
        0 => Err(Failure::new(
            FailureKind::NotFound,
            format!(
                "There is no connector `{word}` in workspace `{}`",
                session.workspace
            ),
        )
        .detail(candidates(&connectors))
        .hint("List them with: airscope connectors")),
        _ => Err(Failure::new(
            FailureKind::Input,
            format!("The connector `{word}` is ambiguous"),
        )
        .detail(candidates(&found))
        .hint("Name it by its id.")),
    }
}

/// Returns whether a word has the form of an id.
fn is_uuid(word: &str) -> bool {
    let groups: Vec<&str> = word.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn candidates(connectors: &[Connector]) -> String {
    connectors
        .iter()
        .map(|connector| format!("{}  {}", connector.id, connector.name))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns what a connector can do: the catalog united with its own answer. A service that does not know `describe` is a
/// failure only for a connector that the catalog does not know: else nobody would know anything of it.
pub async fn operations_of(
    client: &Client,
    connector: &Connector,
) -> Result<Vec<Operation>, Failure> {
    let bundled = catalog::definition_of(connector).map(catalog::Definition::operations);
    match (client.describe(&connector.id).await, bundled) {
        (Ok(body), bundled) => Ok(catalog::unite(
            bundled.unwrap_or_default(),
            described_operations(&body),
        )),
        (Err(_), Some(bundled)) => Ok(bundled),
        (Err(failure), None) => Err(failure),
    }
}
