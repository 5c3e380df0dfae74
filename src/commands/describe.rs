//! `airscope describe`: what a connector can do.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{Session, operations_of, resolve};
use crate::domain::failure::Failure;
use crate::domain::operation::{Operation, Parameter};
use crate::text::safe;

/// Tells every operation of a connector.
pub async fn describe(session: &Session<'_>, word: &str, as_json: bool) -> Result<(), Failure> {
    let connector = resolve(session, word).await?;
    let operations = operations_of(session.client, &connector).await?;
    let mut entities: Vec<(&str, Vec<&Operation>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for operation in &operations {
        let at = *places.entry(&operation.entity).or_insert(entities.len());
        match entities.get_mut(at) {
            Some((_, own)) => own.push(operation),
            None => entities.push((&operation.entity, vec![operation])),
        }
    }
    if as_json {
        let entities: Vec<Value> = entities
            .iter()
            .map(|(name, operations)| json!({"name": name, "actions": operations.iter().map(|operation| action(operation)).collect::<Vec<_>>()}))
            .collect();
        let about = json!({"id": connector.id, "name": connector.name, "template": connector.template, "slug": connector.slug, "definition_id": connector.definition_id});
        return session.print_json(&json!({"connector": about, "entities": entities}));
    }
    // Printed in one go: of some services it is many thousands of lines.
    let mut lines = vec![format!("{}  {}", safe(&connector.name), connector.id)];
    for (name, operations) in entities {
        lines.push(format!("\n{}", safe(name)));
        for operation in operations {
            let parameters: Vec<String> = operation
                .parameters
                .iter()
                .map(|parameter| {
                    format!(
                        "{}{}: {}",
                        safe(&parameter.name),
                        if parameter.required { "" } else { "?" },
                        parameter.kind.word()
                    )
                })
                .collect();
            lines.push(format!(
                "  {}({})",
                safe(&operation.action),
                parameters.join(", ")
            ));
        }
    }
    session.print(&lines.join("\n"))
}

fn action(operation: &Operation) -> Value {
    json!({
        "name": operation.action, "description": operation.description, "source": operation.source.label(),
        "params": operation.parameters.iter().map(parameter).collect::<Vec<_>>(),
    })
}

fn parameter(parameter: &Parameter) -> Value {
    let mut events = Map::new();
    let mut set = |name: &str, value: Value| {
        events.insert(name.to_owned(), value);
    };
    let json =
        |text: &String| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()));
    set("name", parameter.name.as_str().into());
    set("type", parameter.kind.word().into());
    set("required", parameter.required.into());
    if parameter.scoped {
        set("filled_by_service", true.into());
    }
    for (name, text) in [
        ("default", &parameter.default),
        ("minimum", &parameter.minimum),
        ("maximum", &parameter.maximum),
    ] {
        if let Some(text) = text {
            set(name, json(text));
        }
    }
    if !parameter.choices.is_empty() {
        set("enum", parameter.choices.iter().map(json).collect());
    }
    for (name, text) in [
        ("format", &parameter.format),
        ("items", &parameter.items),
        ("description", &parameter.description),
    ] {
        if let Some(text) = text {
            set(name, text.as_str().into());
        }
    }
    Value::Object(events)
}
