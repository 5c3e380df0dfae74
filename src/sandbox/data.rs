//! Credentials, organizations, workspaces, connectors, and the texts of the invented company.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::{World, definitions, unlisted};

/// The client id that the sandbox accepts.
pub const CLIENT_ID: &str = "ci_sandbox";
/// The client secret that the sandbox accepts. It protects nothing.
pub const CLIENT_SECRET: &str = "cs_sandbox_is_not_secret";
/// The organization of the credentials.
pub const ORGANIZATION_ID: &str = "5f0c6d1e-8d2b-4c0e-9f53-0b6a8f0f7a11";
/// Another organization, to switch to.
pub const OTHER_ORGANIZATION_ID: &str = "7b2d1c40-3f5e-4d0a-8f4c-1a2b3c4d5e6f";

/// Returns the texts of the invented company.
pub(super) fn company() -> &'static Value {
    static COMPANY: OnceLock<Value> = OnceLock::new();
    COMPANY.get_or_init(|| {
        serde_json::from_str(include_str!("../../assets/sandbox/company.json"))
            .unwrap_or(Value::Null)
    })
}

/// Returns the organizations.
pub(super) fn organizations() -> Vec<(&'static str, &'static str, String)> {
    vec![
        (ORGANIZATION_ID, "Rocket Inc", workspace_id(0)),
        (OTHER_ORGANIZATION_ID, "Rocket Labs", workspace_id(2)),
    ]
}

fn workspace_id(index: usize) -> String {
    format!("9a3186f0-1c0b-4a0f-8f6c-0c2d4d0b7e{:02x}", 0x55 + index)
}

/// Returns the workspaces: more than one page of them.
pub(super) fn workspaces() -> Vec<Value> {
    let valleys = [
        "Aosta",
        "Baltoro",
        "Cuillin",
        "Davos",
        "Engadin",
        "Fann",
        "Gastein",
        "Hunza",
        "Isère",
        "Jotunheimen",
        "Khumbu",
        "Langtang",
    ];
    let towers = ["north", "south"];
    let mut names = vec![
        "default".to_owned(),
        "staging".to_owned(),
        "empty".to_owned(),
    ];
    names.extend(
        valleys
            .iter()
            .flat_map(|valley| towers.iter().map(move |tower| format!("{valley} {tower}"))),
    );
    names
        .into_iter()
        .enumerate()
        .map(|(index, name)| {
            json!({
                "id": workspace_id(index), "name": name, "organization_id": ORGANIZATION_ID,
                "status": if index == 5 { "inactive" } else { "active" },
                "cache_enabled": null, "tombstone": false, "visibility": "shared", "color": null,
                "created_at": "2026-03-02T09:15:00Z", "updated_at": "2026-03-02T09:15:00Z",
            })
        })
        .collect()
}

/// Returns the id of the connector of a kind in the default workspace.
pub(super) fn connector_id(slug: &str) -> String {
    // The kind that no catalog knows follows all others.
    let index = definitions::all()
        .iter()
        .position(|definition| definition["slug"] == slug)
        .unwrap_or(definitions::all().len());
    format!("c7b1f1de-6a0a-4f25-b8a0-3b8f9be8a{:03x}", index + 1)
}

/// A connector of the sandbox.
pub(super) struct Configured {
    pub id: String,
    pub name: String,
    pub slug: String,
    pub template: String,
    pub definition_id: String,
    pub workspace: usize,
    /// `loading`, `building`, `preview` or `ready`.
    pub store: &'static str,
}

/// Returns the connectors: the first twelve kinds, or all and the one that no catalog knows, and one more in `staging`.
pub(super) fn connectors(world: &World) -> Vec<Configured> {
    let all = world.options.all_connectors;
    let count = if all {
        definitions::all().len()
    } else {
        definitions::FIRST
    };
    let unlisted =
        (all || world.account_rules().lists_unknown_connector).then(unlisted::definition);
    let mut connectors: Vec<Configured> = definitions::all()[..count]
        .iter()
        .chain(unlisted)
        .map(|definition| {
            let slug = text(&definition["slug"]);
            Configured {
                id: connector_id(&slug),
                name: instance_name(&slug).map_or_else(|| text(&definition["name"]), str::to_owned),
                template: text(&definition["name"]),
                definition_id: text(&definition["definition_id"]),
                workspace: 0,
                store: store_state(&slug),
                slug,
            }
        })
        .collect();
    if let Some(github) = definitions::by_slug("github") {
        connectors.push(Configured {
            id: "c7b1f1de-6a0a-4f25-b8a0-3b8f9be8b001".to_owned(),
            name: format!("GitHub - {}", workspace_id(1)),
            slug: "github".to_owned(),
            template: "GitHub".to_owned(),
            definition_id: text(&github["definition_id"]),
            workspace: 1,
            store: "ready",
        });
    }
    connectors
}

fn instance_name(slug: &str) -> Option<&'static str> {
    Some(match slug {
        "zendesk-support" => "Support desk",
        "google-drive" => "Shared drive",
        "slack" => "Rocket Slack",
        "stripe" => "Billing",
        _ => return None,
    })
}

/// Returns the badge of a kind. Each of the four badges occurs among the first twelve kinds.
fn store_state(slug: &str) -> &'static str {
    match slug {
        "linear" | "jira" => "preview",
        "slack" => "loading",
        "stripe" | "notion" => "building",
        _ => "ready",
    }
}

/// Returns a connector as the list shows it.
pub(super) fn listed(connector: &Configured) -> Value {
    let template = json!({
        "id": template_id(connector), "name": connector.template,
        "icon": format!("https://connectors.airbyte.com/files/metadata/airbyte/source-{}/latest/icon.svg", connector.slug),
        "connector_name": connector.slug, "organization_id": null, "actor_definition_id": connector.definition_id,
        "tags": [], "customization": null, "mode": "MULTI", "runtime_mode": "direct_and_context_store",
        "supports_context_store": true, "created_at": null, "updated_at": null,
    });
    json!({
        "id": connector.id, "name": connector.name, "summarized_source_template": template,
        "created_at": "2026-04-20T21:57:20Z", "updated_at": "2026-04-20T21:57:20Z",
    })
}

/// Returns the id of a connector's template.
pub(super) fn template_id(connector: &Configured) -> String {
    format!(
        "0d0f2c2e{}",
        connector.definition_id.get(8..).unwrap_or_default()
    )
}

/// Returns the text of a JSON string; empty for any other value.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
