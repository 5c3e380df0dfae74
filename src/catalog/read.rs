//! Reading one kind's facts into operations.

use serde_json::Value;

use super::Relation;
use crate::domain::action::Action;
use crate::domain::operation::{Operation, PagingFacts, Parameter, ParameterKind, Source, Whole};

/// Reads the facts of one kind. The texts are part of the program and tested to be readable, so
/// anything that does not fit is passed over instead of being reported.
pub(super) fn operations(text: &str) -> Vec<Operation> {
    let facts: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let scoping = words(&facts["scoping"]);
    let mut operations = Vec::new();
    for entity in list(&facts["entities"]) {
        let name = word(&entity["name"]);
        let stored = list(&entity["context_store"]["fields"]);
        let fields: Vec<String> = stored.iter().map(|field| word(&field["name"])).collect();
        let semantic: Vec<String> = stored
            .iter()
            .filter(|field| field["semantic"] == true)
            .map(|field| word(&field["name"]))
            .collect();
        for action in list(&entity["actions"]) {
            operations.push(Operation {
                entity: name.clone(),
                action: word(&action["name"]),
                description: None,
                parameters: list(&action["params"])
                    .iter()
                    .map(|facts| parameter(facts, &scoping))
                    .collect(),
                source: Source::Catalog,
                paging: action.get("pagination").map(paging),
                fields: fields.clone(),
                semantic: semantic.clone(),
                returns_object: action["returns"] == "object",
            });
        }
        if entity.get("context_store").is_some() {
            operations.push(context_store_search(&name, fields, semantic));
        }
    }
    operations
}

/// Reads the foreign keys of one kind.
pub(super) fn relations(text: &str) -> Vec<Relation> {
    let facts: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let relation = |facts: &Value| Relation {
        entity: word(&facts["source_entity"]),
        field: word(&facts["foreign_key"]),
        target: word(&facts["target_entity"]),
        target_field: word(&facts["target_key"]),
    };
    list(&facts["relationships"]).iter().map(relation).collect()
}

fn parameter(facts: &Value, scoping: &[String]) -> Parameter {
    let name = word(&facts["name"]);
    let properties = list(&facts["properties"])
        .iter()
        .chain(list(&facts["items_properties"]));
    let enumerated = if facts["enum"].is_array() {
        &facts["enum"]
    } else {
        &facts["items_enum"]
    };
    Parameter {
        kind: ParameterKind::from_word(facts["type"].as_str().unwrap_or_default()),
        required: facts["required"] == Value::Bool(true),
        scoped: scoping.contains(&name),
        default: json(&facts["default"]),
        choices: list(enumerated).iter().map(Value::to_string).collect(),
        minimum: json(&facts["minimum"]),
        maximum: json(&facts["maximum"]),
        format: facts["format"].as_str().map(str::to_owned),
        items: facts["items"].as_str().map(str::to_owned),
        properties: properties.map(|property| word(&property["name"])).collect(),
        description: None,
        source: Source::Catalog,
        name,
    }
}

fn paging(facts: &Value) -> PagingFacts {
    let next = &facts["next"];
    let text = |key: &str| next[key].as_str().map(str::to_owned);
    let size = list(&facts["request"])
        .iter()
        .find(|request| request["role"] == "size")
        .map(|request| word(&request["param"]));
    PagingFacts {
        kind: text("kind"),
        param: text("param"),
        from: text("from"),
        size_param: text("size_param").or(size),
        more_if_true: text("more_if_true"),
        end_if_true: text("end_if_true"),
        echo_key: text("echo_key"),
        metadata: facts["metadata"]
            .as_object()
            .map(|keys| keys.keys().cloned().collect())
            .unwrap_or_default(),
        declared_unpaginated: facts["declared_unpaginated"] == Value::Bool(true),
        whole: whole(facts),
    }
}

/// Reads what a list without declared paging really is (contract, section 10.2).
fn whole(facts: &Value) -> Option<Whole> {
    Some(match facts["whole"].as_str()? {
        "all" => Whole::All,
        "window" => Whole::Window {
            bounded_by: words(&facts["bounded_by"]),
        },
        "undeclared" => Whole::Undeclared,
        "caller_counts" => Whole::CallerCounts,
        _ => return None,
    })
}

/// Returns the Context Store's search, which is the same for every entity that the store holds
/// (in the source it is spelled out 490 times).
fn context_store_search(entity: &str, fields: Vec<String>, semantic: Vec<String>) -> Operation {
    let new = |name: &str, kind| Parameter::new(name, kind, Source::Catalog);
    let mut query = new("query", ParameterKind::Object);
    query.required = true;
    query.properties = vec!["filter".to_owned(), "sort".to_owned()];
    let mut parameters = vec![
        query,
        new("limit", ParameterKind::Integer),
        new("cursor", ParameterKind::String),
        new("fields", ParameterKind::Array),
    ];
    if !semantic.is_empty() {
        let mut by_meaning = new("semantic", ParameterKind::Object);
        by_meaning.properties = ["prompt", "field", "filter", "min_similarity"]
            .map(str::to_owned)
            .to_vec();
        parameters.push(by_meaning);
    }
    Operation {
        entity: entity.to_owned(),
        action: Action::ContextStoreSearch.as_str().to_owned(),
        description: None,
        parameters,
        source: Source::Catalog,
        paging: Some(PagingFacts {
            kind: Some("cursor".to_owned()),
            param: Some("cursor".to_owned()),
            from: Some("result.meta.cursor".to_owned()),
            size_param: Some("limit".to_owned()),
            more_if_true: Some("result.meta.has_more".to_owned()),
            ..PagingFacts::default()
        }),
        fields,
        semantic,
        returns_object: false,
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn words(value: &Value) -> Vec<String> {
    list(value).iter().map(word).collect()
}

fn json(value: &Value) -> Option<String> {
    (!value.is_null()).then(|| value.to_string())
}
