//! What the lists and details need from the service: each puts some calls of the API together.

use crate::api::Client;
use crate::app::WorkspaceList;
use crate::catalog;
use crate::domain::connector::{Connector, StoreState};
use crate::domain::failure::Failure;

/// Lists the connectors of a workspace, of one type if that is named.
pub(super) async fn connectors(
    client: &Client,
    workspace: &str,
    kind: Option<String>,
    definition_id: Option<String>,
) -> Result<Vec<Connector>, Failure> {
    let definition_id = match (definition_id, kind) {
        (Some(id), _) => Some(id),
        (None, Some(kind)) => match catalog::by_name(&kind) {
            Some(definition) => Some(definition.definition_id.to_owned()),
            None => Some(client.definition_id(&kind).await?),
        },
        (None, None) => None,
    };
    client.connectors(workspace, definition_id.as_deref()).await
}

/// Loads the badges and the organization's name; best effort, through any connector if the
/// organization is not known.
pub(super) async fn badges(
    client: &Client,
    connector_id: &str,
) -> (Vec<(String, StoreState)>, Option<String>) {
    let organization = match client.organization() {
        Some(organization) => Some(organization),
        None => client
            .inspect(connector_id)
            .await
            .ok()
            .and_then(|inspection| inspection.organization_id),
    };
    let Some(organization) = organization else {
        return (Vec::new(), None);
    };
    let (badges, organizations) =
        tokio::join!(client.badges(&organization), client.organizations());
    let named = organizations
        .unwrap_or_default()
        .into_iter()
        .find(|own| own.id == organization);
    (badges.unwrap_or_default(), named.map(|own| own.name))
}

/// Loads workspaces and organizations. Where an organization must be chosen first, there are no
/// workspaces yet; where organizations cannot be listed, the workspaces serve alone.
pub(super) async fn places(client: &Client) -> Result<WorkspaceList, Failure> {
    let (workspaces, organizations) = tokio::join!(client.workspaces(), client.organizations());
    match (workspaces, organizations) {
        (Ok(workspaces), organizations) => Ok((workspaces, organizations.unwrap_or_default())),
        (Err(_), Ok(organizations)) if !organizations.is_empty() => Ok((Vec::new(), organizations)),
        (Err(failure), _) => Err(failure),
    }
}
