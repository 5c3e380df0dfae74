//! Finds the connector that a word names, and the operations that a connector has.

use super::session::Session;
use crate::api::{Client, described_operations};
use crate::catalog;
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::Operation;
use crate::text::similar::did_you_mean;

/// Which connectors are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Only connectors of this definition.
    pub(super) definition_id: Option<String>,
}

/// Returns the filter that the flags ask for. A type is looked up in the catalog, then at the service.
pub(super) async fn definition_filter(
    client: &Client,
    kind: Option<&str>,
    definition_id: Option<&str>,
) -> Result<Filter, Failure> {
    let definition_id = match (definition_id, kind) {
        (Some(id), _) => Some(id.to_owned()),
        (None, Some(kind)) => match catalog::by_name(kind) {
            Some(definition) => Some(definition.definition_id.to_owned()),
            None => Some(
                client
                    .definition_id(kind)
                    .await
                    .map_err(|failure| unknown_kind(failure, kind))?,
            ),
        },
        (None, None) => None,
    };
    Ok(Filter { definition_id })
}

/// Names the kind of the catalog that an unknown one is similar to.
fn unknown_kind(mut failure: Failure, kind: &str) -> Failure {
    if failure.kind == FailureKind::NotFound {
        failure.summary += &did_you_mean(kind, catalog::names());
    }
    failure
}

/// Finds the one connector that a word names. An id is also found outside of the workspace.
pub(super) async fn resolve(session: &Session<'_>, word: &str) -> Result<Connector, Failure> {
    let connectors = session
        .client
        .connectors(session.workspace, session.filter.definition_id.as_deref())
        .await?;
    // Secrets are scrubbed from the names that were received; a word that names one loses them too.
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
                "There is no connector `{word}` in workspace `{}`{}",
                session.workspace,
                did_you_mean(word, connectors.iter().flat_map(Connector::names))
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

/// Returns the operations of a connector: those of the catalog united with the answer of the service.
///
/// Fails if the service does not describe a connector that the catalog does not know either.
pub(super) async fn operations_of(
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
