//! The Context Store: filters, order, fields.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::definitions::items;
use super::errors::{Refusal, refuse};

/// Answers a search over an entity's records: those that match, in order.
pub(super) fn search(records: &[Value], query: &Value) -> Result<Vec<Value>, Refusal> {
    let mut found = Vec::new();
    for record in records {
        if matches(&query["filter"], record)? {
            found.push(record.clone());
        }
    }
    for key in items(&query["sort"]).iter().rev() {
        if let Some((field, direction)) = key.as_object().and_then(|key| key.iter().next()) {
            found.sort_by(|one, other| compare(field_of(one, field), field_of(other, field)));
            if direction == "desc" {
                found.reverse();
            }
        }
    }
    Ok(found)
}

/// Returns the field at a dotted path.
pub(super) fn field_of<'a>(record: &'a Value, path: &str) -> &'a Value {
    if let Some(value) = record.get(path) {
        return value;
    }
    match path.split_once('.') {
        Some((first, rest)) => record
            .get(first)
            .map_or(&Value::Null, |inner| field_of(inner, rest)),
        None => &Value::Null,
    }
}

/// Returns whether a record meets a condition. Several operators in one object must all hold.
fn matches(condition: &Value, record: &Value) -> Result<bool, Refusal> {
    let Some(operators) = condition.as_object() else {
        return if condition.is_null() {
            Ok(true)
        } else {
            Err(refuse(
                422,
                "invalid_filter",
                "A condition is an object with an operator",
            ))
        };
    };
    for (operator, operand) in operators {
        let held = match operator.as_str() {
            "and" => items(operand)
                .iter()
                .map(|one| matches(one, record))
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .all(|held| held),
            "or" => items(operand)
                .iter()
                .map(|one| matches(one, record))
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .any(|held| held),
            "not" => !matches(operand, record)?,
            _ => {
                let fields = operand.as_object().cloned().unwrap_or_else(Map::new);
                let mut all = true;
                for (field, value) in &fields {
                    all &= holds(operator, field_of(record, field), value)?;
                }
                all
            }
        };
        if !held {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds(operator: &str, own: &Value, wanted: &Value) -> Result<bool, Refusal> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
            .to_lowercase()
    };
    Ok(match operator {
        "eq" => own == wanted,
        "neq" => own != wanted,
        "gt" => compare(own, wanted) == Ordering::Greater,
        "gte" => compare(own, wanted) != Ordering::Less,
        "lt" => compare(own, wanted) == Ordering::Less,
        "lte" => compare(own, wanted) != Ordering::Greater,
        "in" => items(wanted).contains(own),
        "like" | "fuzzy" => text(wanted)
            .replace('%', " ")
            .split_whitespace()
            .all(|word| text(own).contains(word)),
        "keyword" => text(wanted)
            .split_whitespace()
            .any(|word| text(own).contains(word)),
        "startswith" => text(own).starts_with(&text(wanted)),
        "endswith" => text(own).ends_with(&text(wanted)),
        "contains" => own.as_array().map_or_else(
            || text(own).contains(&text(wanted)),
            |items| items.contains(wanted),
        ),
        "array_contains" => items(own).contains(wanted),
        "any" => {
            for item in items(own) {
                if matches(wanted, item)? {
                    return Ok(true);
                }
            }
            false
        }
        _ => {
            return Err(refuse(
                422,
                "invalid_filter",
                &format!("Unknown operator `{operator}`"),
            ));
        }
    })
}

fn compare(one: &Value, other: &Value) -> Ordering {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => {
            let text = |value: &Value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            };
            text(one).cmp(&text(other))
        }
    }
}

/// Keeps or drops fields by dotted paths, as `select_fields` and `exclude_fields` ask.
pub(super) fn pick(record: &mut Value, select: Option<&[Value]>, exclude: &[Value]) {
    if !record.is_object() {
        return;
    }
    if let Some(select) = select {
        let mut kept = Value::Object(Map::new());
        for path in select.iter().filter_map(Value::as_str) {
            let value = field_of(record, path);
            if !value.is_null() {
                place(&mut kept, path, value.clone());
            }
        }
        *record = kept;
        return;
    }
    for path in exclude.iter().filter_map(Value::as_str) {
        match path.rsplit_once('.') {
            Some((parent, leaf)) => {
                let pointer = format!("/{}", parent.replace('.', "/"));
                if let Some(Value::Object(inner)) = record.pointer_mut(&pointer) {
                    inner.shift_remove(leaf);
                }
            }
            None => {
                if let Value::Object(fields) = record {
                    fields.shift_remove(path);
                }
            }
        }
    }
}

fn place(target: &mut Value, path: &str, value: Value) {
    let Value::Object(fields) = target else {
        return;
    };
    match path.split_once('.') {
        Some((first, rest)) => place(
            fields
                .entry(first.to_owned())
                .or_insert_with(|| Value::Object(Map::new())),
            rest,
            value,
        ),
        None => {
            fields.insert(path.to_owned(), value);
        }
    }
}

/// Cuts strings of more than 200 characters, as the service does when `skip_truncation` is false.
pub(super) fn truncate(value: &mut Value) {
    match value {
        Value::String(text) => {
            let length = text.chars().count();
            if length > 200 {
                let kept: String = text.chars().take(200).collect();
                *text = format!("{kept}... [truncated, {length} characters]");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(truncate),
        Value::Object(fields) => fields.values_mut().for_each(truncate),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
