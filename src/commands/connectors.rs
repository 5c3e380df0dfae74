//! `airscope connectors`: the list of the workspace.

use serde_json::json;

use super::Session;
use crate::domain::connector::StoreState;
use crate::domain::failure::Failure;
use crate::text::{safe, width};

/// Lists the connectors of the workspace.
pub async fn connectors(session: &Session<'_>, as_json: bool) -> Result<(), Failure> {
    let mut connectors = session
        .client
        .connectors(session.workspace, session.filter.definition_id.as_deref())
        .await?;
    // The badge is best effort: it needs the organization, and an internal path.
    if let Some(first) = connectors.first() {
        let organization = match session.client.organization() {
            Some(organization) => Some(organization),
            None => session
                .client
                .inspect(&first.id)
                .await
                .ok()
                .and_then(|inspection| inspection.organization_id),
        };
        if let Some(organization) = organization
            && let Ok(badges) = session.client.badges(&organization).await
        {
            for connector in &mut connectors {
                connector.store = badges
                    .iter()
                    .find(|(id, _)| *id == connector.id)
                    .map(|(_, state)| state.clone());
            }
        }
    }
    if as_json {
        let list: Vec<_> = connectors
            .iter()
            .map(|connector| {
                json!({
                    "id": connector.id, "name": connector.name, "template": connector.template, "slug": connector.slug,
                    "definition_id": connector.definition_id, "mode": connector.mode, "runtime_mode": connector.runtime_mode,
                    "created_at": connector.created_at, "context_store": connector.store.as_ref().map(StoreState::label),
                })
            })
            .collect();
        return session.print_json(&json!(list));
    }
    if connectors.is_empty() {
        session.fail(&Failure::new(
            crate::domain::failure::FailureKind::NotFound,
            format!("Workspace `{}` has no such connectors", session.workspace),
        ));
        return Ok(());
    }
    let rows: Vec<[String; 4]> = connectors
        .iter()
        .map(|connector| {
            let store = connector
                .store
                .as_ref()
                .map(|state| state.label().to_owned())
                .unwrap_or_default();
            [
                &connector.name,
                connector.slug.as_ref().unwrap_or(&connector.template),
                &store,
                &connector.id,
            ]
            .map(|text| safe(text).into_owned())
        })
        .collect();
    let widths: Vec<usize> = (0..3)
        .map(|column| {
            rows.iter()
                .map(|row| width(&row[column]))
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(widths.iter().chain([&0]))
            .map(|(cell, columns)| {
                format!("{cell}{}", " ".repeat(columns.saturating_sub(width(cell))))
            })
            .collect();
        session.print(cells.join("  ").trim_end())?;
    }
    Ok(())
}
