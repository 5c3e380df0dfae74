//! Operations that are declared to return one object, which may hold a list.

use serde_json::{Value, json};

use super::execute::Operation;
use super::paging::{self, Page};

/// Returns whether an action answers one object that is no page of a list.
pub(super) fn is_one(action: &Value) -> bool {
    returns_object(action)
        && paging::is_whole(action)
        && action["pagination"]["declared_unpaginated"] == true
}

fn returns_object(action: &Value) -> bool {
    action["returns"] == "object"
}

/// Returns the records of a page in the form that the operation declares: an array, or one object.
pub(super) fn shaped(operation: &Operation<'_>, records: Vec<Value>, page: &Page<'_>) -> Value {
    if !returns_object(operation.declared) {
        return Value::from(records);
    }
    if is_one(operation.declared) {
        return records.into_iter().next().unwrap_or_else(|| json!({}));
    }
    let slug = operation.connector.slug.as_str();
    let mut object = match slug {
        "stripe" => {
            let next = page.next.map(|_| (page.number() + 1).to_string());
            json!({"object": "search_result", "has_more": next.is_some(), "next_page": next})
        }
        "jira" => {
            json!({"startAt": page.start, "total": page.total, "isLast": page.next.is_none()})
        }
        _ => json!({}),
    };
    object[wrapper(slug, &operation.name())] = Value::from(records);
    object
}

/// Returns the key under which such an object of a provider holds its records.
fn wrapper(slug: &str, entity: &str) -> String {
    let own = match slug {
        "salesforce" => "searchRecords",
        "stripe" | "snowflake" => "data",
        "hubspot" => "results",
        "jira" => "values",
        _ => {
            return camel(
                ["sponsored_product_", "sponsored_brands_", "list_"]
                    .iter()
                    .find_map(|head| entity.strip_prefix(head))
                    .unwrap_or(entity),
            );
        }
    };
    own.to_owned()
}

/// Writes `ad_groups` as `adGroups`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| {
        let (head, tail) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        format!("{all}{}{tail}", head.to_uppercase())
    })
}

/// Changes every record of a result, at any of the places where results hold them, or the result itself if it is a record.
pub(super) fn each_record(
    result: &mut Value,
    operation: &Operation<'_>,
    mut change: impl FnMut(&mut Value),
) {
    let inner = wrapper(&operation.connector.slug, &operation.name());
    let has_data = result
        .as_object()
        .is_some_and(|fields| fields.get("data").is_some_and(Value::is_array));
    let result = if has_data {
        &mut result["data"]
    } else {
        result
    };
    let lists = matches!(operation.declared["name"].as_str(), Some("list" | "search"));
    let holds = lists
        && returns_object(operation.declared)
        && result
            .as_object()
            .is_some_and(|fields| fields.contains_key(&inner));
    match if holds {
        &mut result[inner.as_str()]
    } else {
        result
    } {
        Value::Array(list) => list.iter_mut().for_each(change),
        record @ Value::Object(_) => change(record),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
