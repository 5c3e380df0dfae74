//! `airscope describe`: the operations of a connector.

use std::collections::HashMap;

use clap::Args;
use serde_json::{Map, Value, json};

use super::print::ErrorFormat;
use super::resolve::{operations_of, resolve};
use super::service::{self, RunOptions};
use super::session::Session;
use super::{Invocation, ShellCommand};
use crate::domain::failure::Failure;
use crate::domain::operation::{Operation, Parameter};
use crate::text::safe;

/// Tell what a connector can do: entities, actions, parameters.
#[derive(Debug, Args)]
pub(super) struct DescribeArgs {
    /// The connector.
    connector: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl ShellCommand for DescribeArgs {
    fn error_format(&self) -> ErrorFormat {
        if self.json {
            ErrorFormat::Json
        } else {
            ErrorFormat::Text
        }
    }

    fn run(&self, invocation: &Invocation<'_>) -> Result<u8, Failure> {
        service::run(invocation, RunOptions::default(), async |session| {
            self.describe(session).await.map(|()| 0)
        })
    }
}

impl DescribeArgs {
    async fn describe(&self, session: &Session<'_>) -> Result<(), Failure> {
        let connector = resolve(session, &self.connector).await?;
        let operations = operations_of(session.client, &connector).await?;
        let entities = by_entity(&operations);
        if self.json {
            let entities: Vec<Value> = entities
                .iter()
                .map(|(name, operations)| {
                    let actions: Vec<Value> = operations.iter().copied().map(action).collect();
                    json!({"name": name, "actions": actions})
                })
                .collect();
            let about = json!({"id": connector.id, "name": connector.name, "template": connector.template, "slug": connector.slug, "definition_id": connector.definition_id});
            return session.print_json(&json!({"connector": about, "entities": entities}));
        }
        // Printed at once: of some services it is many thousands of lines.
        let mut lines = vec![format!("{}  {}", safe(&connector.name), connector.id)];
        for (name, operations) in entities {
            lines.push(format!("\n{}", safe(name)));
            lines.extend(operations.into_iter().map(signature));
        }
        session.print(&lines.join("\n"))
    }
}

/// Groups operations by entity; both keep their order.
fn by_entity(operations: &[Operation]) -> Vec<(&str, Vec<&Operation>)> {
    let mut entities: Vec<(&str, Vec<&Operation>)> = Vec::new();
    let mut positions: HashMap<&str, usize> = HashMap::new();
    for operation in operations {
        let at = *positions.entry(&operation.entity).or_insert(entities.len());
        match entities.get_mut(at) {
            Some((_, own)) => own.push(operation),
            None => entities.push((&operation.entity, vec![operation])),
        }
    }
    entities
}

fn signature(operation: &Operation) -> String {
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
    format!("  {}({})", safe(&operation.action), parameters.join(", "))
}

fn action(operation: &Operation) -> Value {
    json!({
        "name": operation.action, "description": operation.description, "source": operation.source.label(),
        "params": operation.parameters.iter().map(parameter).collect::<Vec<_>>(),
    })
}

fn parameter(parameter: &Parameter) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
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
    Value::Object(members)
}
