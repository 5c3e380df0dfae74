//! The shapes of lists and of `inspect` on the wire, read tolerantly: a missing key is a missing
//! fact, never a failure.

use serde_json::Value;

use crate::domain::connector::{
    Connector, EntityReadiness, Inspection, Organization, StoreState, Workspace,
};

/// Reads an item of `GET /api/v1/integrations/connectors`.
pub(super) fn connector(item: &Value) -> Option<Connector> {
    let template = &item["summarized_source_template"];
    Some(Connector {
        id: text(&item["id"])?,
        name: text(&item["name"]).unwrap_or_default(),
        template: text(&template["name"]).unwrap_or_default(),
        slug: text(&template["connector_name"]),
        definition_id: text(&template["actor_definition_id"])
            .or_else(|| text(&template["source_definition_id"]))
            .unwrap_or_default(),
        mode: text(&template["mode"]),
        runtime_mode: text(&template["runtime_mode"]),
        created_at: text(&item["created_at"]),
        store: None,
    })
}

/// Reads `GET /api/v1/integrations/connectors/{id}`, whose template is shaped otherwise.
pub(super) fn single_connector(body: &Value) -> Option<Connector> {
    let template = &body["source_template"];
    Some(Connector {
        id: text(&body["id"])?,
        name: text(&body["name"]).unwrap_or_default(),
        template: text(&template["name"]).unwrap_or_default(),
        slug: text(&template["connector_name"]),
        definition_id: text(&template["source_definition_id"])
            .or_else(|| text(&template["actor_definition_id"]))
            .unwrap_or_default(),
        mode: text(&template["mode"]),
        runtime_mode: text(&template["runtime_mode"]),
        created_at: text(&body["created_at"]),
        store: None,
    })
}

/// Reads an item of the workspaces. An older client read `workspace_id` for `id`.
pub(super) fn workspace(item: &Value) -> Option<Workspace> {
    let id = text(&item["id"]).or_else(|| text(&item["workspace_id"]))?;
    Some(Workspace {
        id,
        name: text(&item["name"])?,
        status: text(&item["status"]),
    })
}

/// Reads the organizations: `organizations` or `data`, `organization_name` or `name`.
pub(super) fn organizations(body: &Value) -> Vec<Organization> {
    let list = if body["organizations"].is_array() {
        &body["organizations"]
    } else {
        &body["data"]
    };
    items(list)
        .filter_map(|item| {
            let id = text(&item["id"]).or_else(|| text(&item["organization_id"]))?;
            let name = text(&item["organization_name"])
                .or_else(|| text(&item["name"]))
                .unwrap_or_else(|| id.clone());
            Some(Organization { id, name })
        })
        .collect()
}

/// Reads `inspect`.
pub(super) fn inspection(body: &Value) -> Inspection {
    let entities =
        items(&body["context_store_readiness"]["configured_cache_entities"]).filter_map(|item| {
            Some(EntityReadiness {
                entity: text(&item["entity"])?,
                status: text(&item["status"]).unwrap_or_default(),
                ready_for_search: item["ready_for_search"] == true,
                count: item["entity_count"].as_u64(),
            })
        });
    Inspection {
        definition_name: text(&body["source_definition_name"]),
        workspace_id: text(&body["workspace_id"]),
        organization_id: text(&body["organization_id"]),
        docs_skill_id: text(&body["docs_skill_id"]),
        entities: entities.collect(),
        warnings: items(&body["warnings"])
            .map(|warning| text(warning).unwrap_or_else(|| warning.to_string()))
            .collect(),
    }
}

/// Reads the badges: connector ids and states.
pub(super) fn badges(body: &Value) -> Vec<(String, StoreState)> {
    items(&body["data"])
        .filter_map(|item| {
            let word = text(&item["context_store_badge_status"])
                .or_else(|| text(&item["context_store_status"]))?;
            Some((text(&item["id"])?, StoreState::from_word(&word)))
        })
        .collect()
}

/// Returns a string that is not empty.
pub(super) fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// Iterates over an array; over nothing if it is none.
pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
}
