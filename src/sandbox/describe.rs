//! The operations of a connector, in the forms that `describe` is known or assumed to answer, and the skill documentation.

use serde_json::{Map, Value, json};

use super::data::{Configured, text};
use super::definitions::{self, items};
use super::errors::{Refusal, refuse};
use super::scenario::DescribeFault;

/// Answers `describe`: the live operations, not the Context Store's.
pub(super) fn answer(definition: &Value, fault: Option<DescribeFault>) -> Result<Value, Refusal> {
    let entities = items(&definition["entities"]);
    let all = |form: fn(&Value) -> Value| entities.iter().map(form).collect::<Vec<_>>();
    Ok(match fault {
        None | Some(DescribeFault::Envelope) => envelope(json!({"entities": all(plain)})),
        Some(DescribeFault::Bare) => json!({"entities": all(by_names)}),
        Some(DescribeFault::Schema) => json!({"schema": {"entities": all(by_schema)}}),
        Some(DescribeFault::Keyed) => envelope(Value::from(all(keyed))),
        Some(DescribeFault::Introspection) => json!({"entities": all(introspected)}),
        Some(DescribeFault::Missing) => {
            return Err(refuse(
                422,
                "unknown_action",
                "Action 'describe' is not supported",
            ));
        }
    })
}

fn envelope(result: Value) -> Value {
    let execution = json!({"connector_instance_id": "source_id:sandbox", "execution_time_ms": 12});
    json!({"status": "success", "result": result, "connector_metadata": null, "execution_metadata": execution})
}

/// Returns the parameters as `describe` lists them: without defaults and without `range_header`.
fn parameters(action: &Value) -> Vec<Value> {
    items(&action["params"])
        .iter()
        .filter(|parameter| parameter["name"] != "range_header")
        .map(|parameter| {
            let mut listed = json!({"name": parameter["name"], "type": parameter["type"], "required": parameter["required"]});
            for key in ["enum", "items", "properties"] {
                if !parameter[key].is_null() {
                    listed[key] = parameter[key].clone();
                }
            }
            listed
        })
        .collect()
}

fn plain(entity: &Value) -> Value {
    let actions: Vec<_> = items(&entity["actions"])
        .iter()
        .map(|action| json!({"name": action["name"], "description": about(entity, action), "params": parameters(action)}))
        .collect();
    json!({"name": entity["name"], "actions": actions})
}

fn by_names(entity: &Value) -> Value {
    let actions = items(&entity["actions"]);
    let names: Vec<_> = actions
        .iter()
        .map(|action| action["name"].clone())
        .collect();
    let listed: Map<String, Value> = actions
        .iter()
        .map(|action| (text(&action["name"]), json!(parameters(action))))
        .collect();
    json!({"name": entity["name"], "actions": names, "parameters": listed})
}

fn by_schema(entity: &Value) -> Value {
    let actions: Vec<_> = items(&entity["actions"])
        .iter()
        .map(|action| {
            let listed = parameters(action);
            let required: Vec<_> = listed.iter().filter(|one| one["required"] == true).map(|one| one["name"].clone()).collect();
            let properties: Map<String, Value> = listed
                .iter()
                .map(|one| {
                    let mut schema = json!({"type": one["type"]});
                    if !one["enum"].is_null() {
                        schema["enum"] = one["enum"].clone();
                    }
                    (text(&one["name"]), schema)
                })
                .collect();
            json!({"action": action["name"], "input_schema": {"type": "object", "properties": properties, "required": required}})
        })
        .collect();
    json!({"entity": entity["name"], "actions": actions})
}

fn keyed(entity: &Value) -> Value {
    let actions: Map<String, Value> = items(&entity["actions"])
        .iter()
        .map(|action| {
            (
                text(&action["name"]),
                json!({"parameters": parameters(action)}),
            )
        })
        .collect();
    json!({"entity": entity["name"], "actions": actions})
}

fn introspected(entity: &Value) -> Value {
    let actions = items(&entity["actions"]);
    let names: Vec<_> = actions
        .iter()
        .map(|action| action["name"].clone())
        .collect();
    let listed: Map<String, Value> = actions
        .iter()
        .map(|action| (text(&action["name"]), json!(parameters(action))))
        .collect();
    json!({"entity_name": entity["name"], "description": format!("The {} of this connector", text(&entity["name"])),
        "available_actions": names, "parameters": listed})
}

fn about(entity: &Value, action: &Value) -> String {
    let entity = text(&entity["name"]).replace('_', " ");
    match action["name"].as_str().unwrap_or_default() {
        "list" => format!("Lists {entity}, a page at a time"),
        "get" => format!("Gets one of the {entity}"),
        "search" => format!("Searches {entity} at the provider"),
        "create" => format!("Creates one of the {entity}"),
        "update" => format!("Updates one of the {entity}"),
        "delete" => format!("Deletes one of the {entity}"),
        "download" => format!("Downloads the file of one of the {entity}"),
        other => format!("Runs {other} on {entity}"),
    }
}

/// Answers `skills/docs` for a connector: an outline and blocks of prose.
pub(super) fn docs(connector: &Configured, section: Option<&str>) -> Option<Value> {
    let definition = definitions::by_slug(&connector.slug)?;
    let entities = items(&definition["entities"]);
    let outline: Vec<_> =
        entities.iter().map(|entity| json!({"id": entity["name"], "title": entity["name"], "summary": null, "available": true})).collect();
    let mut content = vec![json!({"type": "heading", "level": 1, "text": connector.template})];
    for entity in entities
        .iter()
        .filter(|entity| section.is_none_or(|section| entity["name"] == section))
    {
        content.push(json!({"type": "heading", "level": 2, "text": entity["name"]}));
        let lines: Vec<_> = items(&entity["actions"])
            .iter()
            .map(|action| {
                let listed: Vec<_> = parameters(action)
                    .iter()
                    .map(|one| {
                        format!(
                            "{}{}: {}",
                            text(&one["name"]),
                            if one["required"] == true { "" } else { "?" },
                            text(&one["type"])
                        )
                    })
                    .collect();
                json!(format!("{}({})", text(&action["name"]), listed.join(", ")))
            })
            .collect();
        content.push(json!({"type": "list", "items": lines}));
    }
    if section.is_some() && content.len() == 1 {
        return None;
    }
    let metadata = json!({
        "id": format!("connector-source:{}", connector.id), "kind": "connector_source", "title": connector.template, "summary": null,
        "tags": [], "provenance": "sandbox", "version": "1", "freshness": {"state": "live", "checked_at": null}, "warnings": [],
    });
    Some(
        json!({"metadata": metadata, "outline": outline, "section_id": section, "content": content}),
    )
}
