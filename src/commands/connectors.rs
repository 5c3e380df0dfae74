//! `airscope connectors`: the connectors of the workspace.

use clap::Args;
use serde_json::{Value, json};

use super::print::ErrorFormat;
use super::service::{self, RunOptions};
use super::session::Session;
use super::{Invocation, ShellCommand};
use crate::domain::connector::{Connector, StoreState};
use crate::domain::failure::{Failure, FailureKind};
use crate::text::{safe, width};

/// List the connectors of the workspace.
#[derive(Debug, Args)]
pub(super) struct ConnectorsArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl ShellCommand for ConnectorsArgs {
    fn error_format(&self) -> ErrorFormat {
        if self.json {
            ErrorFormat::Json
        } else {
            ErrorFormat::Text
        }
    }

    fn run(&self, invocation: &Invocation<'_>) -> Result<u8, Failure> {
        service::run(invocation, RunOptions::default(), async |session| {
            self.list(session).await.map(|()| 0)
        })
    }
}

impl ConnectorsArgs {
    async fn list(&self, session: &Session<'_>) -> Result<(), Failure> {
        let mut connectors = session
            .client
            .connectors(session.workspace, session.filter.definition_id.as_deref())
            .await?;
        add_store_states(session, &mut connectors).await;
        if self.json {
            let list: Vec<Value> = connectors.iter().map(as_json).collect();
            return session.print_json(&json!(list));
        }
        if connectors.is_empty() {
            session.print_failure(&Failure::new(
                FailureKind::NotFound,
                format!("Workspace `{}` has no such connectors", session.workspace),
            ));
            return Ok(());
        }
        print_table(session, &connectors)
    }
}

/// Adds the states of the Context Store, on a best-effort basis: it needs the organization, and an internal path.
async fn add_store_states(session: &Session<'_>, connectors: &mut [Connector]) {
    let Some(first) = connectors.first() else {
        return;
    };
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
        for connector in connectors {
            connector.store = badges
                .iter()
                .find(|(id, _)| *id == connector.id)
                .map(|(_, state)| state.clone());
        }
    }
}

fn as_json(connector: &Connector) -> Value {
    json!({
        "id": connector.id, "name": connector.name, "template": connector.template, "slug": connector.slug,
        "definition_id": connector.definition_id, "mode": connector.mode, "runtime_mode": connector.runtime_mode,
        "created_at": connector.created_at, "context_store": connector.store.as_ref().map(StoreState::label),
    })
}

fn print_table(session: &Session<'_>, connectors: &[Connector]) -> Result<(), Failure> {
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
