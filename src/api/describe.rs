//! Reading what `describe` answers. Its shape is published nowhere, so every shape that was seen or
//! is likely is read; what is none of them gives no operations, and the catalog serves.

use serde_json::{Map, Value};

use super::wire::{items, text};
use crate::domain::operation::{Operation, Parameter, ParameterKind, Source};

/// Reads operations from an answer to `describe`.
pub fn operations(body: &[u8]) -> Vec<Operation> {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let candidates = [
        &body["entities"],
        &body["result"]["entities"],
        &body["schema"]["entities"],
        &body["result"]["schema"]["entities"],
        &body["result"],
        &body,
    ];
    let Some(entities) = candidates
        .into_iter()
        .find(|candidate| candidate.is_array())
    else {
        return Vec::new();
    };
    items(entities).flat_map(entity).collect()
}

fn entity(item: &Value) -> Vec<Operation> {
    let name = ["name", "entity_name", "entity"]
        .iter()
        .find_map(|key| text(&item[*key]));
    let Some(name) = name.or_else(|| text(item)) else {
        return Vec::new();
    };
    let by_action = |action: &str| &item["parameters"][action];
    let actions = if item["actions"].is_null() {
        &item["available_actions"]
    } else {
        &item["actions"]
    };
    match actions {
        Value::Array(list) => list
            .iter()
            .filter_map(|action| {
                let word = text(action)
                    .or_else(|| text(&action["name"]))
                    .or_else(|| text(&action["action"]))?;
                Some(operation(&name, &word, action, by_action(&word)))
            })
            .collect(),
        Value::Object(keyed) => keyed
            .iter()
            .map(|(word, action)| operation(&name, word, action, by_action(word)))
            .collect(),
        _ => Vec::new(),
    }
}

fn operation(entity: &str, action: &str, item: &Value, beside: &Value) -> Operation {
    let own = ["params", "parameters", "input_schema"]
        .iter()
        .map(|key| &item[*key])
        .find(|value| !value.is_null());
    let parameters = own.unwrap_or(beside);
    Operation {
        entity: entity.to_owned(),
        action: action.to_owned(),
        description: text(&item["description"]),
        parameters: match parameters {
            Value::Array(list) => list.iter().filter_map(listed).collect(),
            Value::Object(schema) => from_schema(schema),
            _ => Vec::new(),
        },
        source: Source::Service,
        paging: None,
        fields: Vec::new(),
        semantic: Vec::new(),
        returns_object: false,
    }
}

/// Reads a parameter of a list: an object, or only its name.
fn listed(item: &Value) -> Option<Parameter> {
    let name = text(item).or_else(|| text(&item["name"]))?;
    Some(parameter(name, item, item["required"] == true))
}

/// Reads a JSON Schema, or an object keyed by parameter names.
fn from_schema(schema: &Map<String, Value>) -> Vec<Parameter> {
    let required: Vec<String> = schema
        .get("required")
        .map(|list| items(list).filter_map(text).collect())
        .unwrap_or_default();
    match schema.get("properties") {
        Some(Value::Object(properties)) => properties
            .iter()
            .map(|(name, item)| parameter(name.clone(), item, required.contains(name)))
            .collect(),
        _ => schema
            .iter()
            .filter(|(_, item)| item.is_object())
            .map(|(name, item)| parameter(name.clone(), item, item["required"] == true))
            .collect(),
    }
}

fn parameter(name: String, item: &Value, required: bool) -> Parameter {
    // A nullable type is written as a list with "null" in it.
    let word = match &item["type"] {
        Value::Array(words) => words.iter().filter_map(text).find(|word| word != "null"),
        other => text(other),
    };
    let mut parameter = Parameter::new(
        name,
        ParameterKind::from_word(&word.unwrap_or_default()),
        Source::Service,
    );
    let json = |key: &str| {
        Some(item[key].clone())
            .filter(|value| !value.is_null())
            .map(|value| value.to_string())
    };
    parameter.required = required;
    parameter.default = json("default");
    parameter.minimum = json("minimum");
    parameter.maximum = json("maximum");
    parameter.choices = items(&item["enum"]).map(Value::to_string).collect();
    parameter.format = text(&item["format"]);
    parameter.items = text(&item["items"]).or_else(|| text(&item["items"]["type"]));
    parameter.properties = match &item["properties"] {
        Value::Object(properties) => properties.keys().cloned().collect(),
        list => items(list)
            .filter_map(|property| text(&property["name"]).or_else(|| text(property)))
            .collect(),
    };
    parameter.description = text(&item["description"]);
    parameter
}
