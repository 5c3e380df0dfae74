//! Remarks on the parameters of a call. They never stop it: the service decides, and may accept
//! more than is declared.

use serde_json::Value;

use super::action::Action;
use super::call::{JsonText, Params};
use super::operation::{Operation, Parameter, ParameterKind};
use super::store_query::{odd_query, odd_semantic};
use crate::text::similar::{did_you_mean, nearest};

/// At most this many allowed values are listed.
const SPELLED: usize = 12;

/// Returns a sentence for each odd parameter: one that is not declared, a value out of its range or
/// not among the allowed ones, a query of unknown fields or operators.
pub fn on_call(operation: &Operation, params: &Params) -> Vec<String> {
    let declared = |name: &str| {
        operation
            .parameters
            .iter()
            .find(|parameter| parameter.name == name)
    };
    let on = |(name, value): (&str, &JsonText)| match declared(name) {
        Some(parameter) => {
            let set = |other: &str| params.get(other).is_some();
            Some(format!(
                "`{name}` {}",
                on_value(parameter, value).or_else(|| on_search(
                    operation,
                    name,
                    value.as_str(),
                    &set
                ))?
            ))
        }
        None if is_understood(name, &Action::of(&operation.action)) => None,
        None => Some(format!("`{name}` {}", on_name(operation, name))),
    };
    params.iter().filter_map(on).collect()
}

/// Returns the remark on an entity that is not among the operations, if it is similar to one of them.
pub fn on_entity(operations: &[Operation], entity: &str) -> Option<String> {
    // The operations of an entity stand together, so its name is compared once.
    let groups = operations.chunk_by(|one, next| one.entity == next.entity);
    let entities = groups.filter_map(|group| group.first());
    let similar = nearest(entity, entities.map(|operation| operation.entity.as_str()))?;
    Some(format!("is not declared; did you mean `{similar}`?"))
}

/// Returns the remark on an action that the entity does not have among the operations, if it is similar to one that it has.
pub fn on_action(operations: &[Operation], entity: &str, action: &str) -> Option<String> {
    let own = operations
        .iter()
        .filter(|operation| operation.entity == entity);
    let similar = nearest(action, own.map(|operation| operation.action.as_str()))?;
    Some(format!(
        "is not declared of `{entity}`; did you mean `{similar}`?"
    ))
}

/// Returns the remark on a parameter that an operation does not declare, if it is similar to one that it declares.
pub fn on_parameter(operation: &Operation, name: &str) -> Option<String> {
    let names = operation
        .parameters
        .iter()
        .map(|parameter| parameter.name.as_str());
    let similar = nearest(name, names)?;
    Some(format!("is not declared; did you mean `{similar}`?"))
}

/// Returns the remark on a parameter that an operation does not declare.
fn on_name(operation: &Operation, name: &str) -> String {
    let names = operation
        .parameters
        .iter()
        .map(|parameter| parameter.name.as_str());
    let nearest = did_you_mean(name, names);
    format!(
        "is no parameter that `{} {}` declares, and is sent all the same{nearest}",
        operation.entity, operation.action
    )
}

/// Returns whether the service takes a parameter that no definition declares (contract 3.2, 5.3).
fn is_understood(name: &str, action: &Action) -> bool {
    name.starts_with("_airbyte_")
        || name == "range_header" && action.is_download()
        || name == "id" && *action != Action::List
}

/// Returns what is odd about a value of a declared parameter.
pub fn on_value(parameter: &Parameter, value: &JsonText) -> Option<String> {
    let value: Value = serde_json::from_str(value.as_str()).ok()?;
    match &value {
        Value::Null => None,
        Value::Array(items) if parameter.kind == ParameterKind::Array => {
            items.iter().find_map(|item| not_allowed(parameter, item))
        }
        other => not_allowed(parameter, other).or_else(|| out_of_range(parameter, other)),
    }
}

fn not_allowed(parameter: &Parameter, value: &Value) -> Option<String> {
    let is_allowed = |choice: &String| {
        serde_json::from_str::<Value>(choice).is_ok_and(|choice| choice == *value)
    };
    if parameter.choices.is_empty() || parameter.choices.iter().any(is_allowed) {
        return None;
    }
    let some: Vec<&str> = parameter
        .choices
        .iter()
        .take(SPELLED)
        .map(|choice| choice.trim_matches('"'))
        .collect();
    let rest = parameter.choices.len().saturating_sub(SPELLED);
    let rest = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    let shown = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    Some(format!(
        "holds `{shown}`, which is none of {}{rest}",
        some.join(", ")
    ))
}

fn out_of_range(parameter: &Parameter, value: &Value) -> Option<String> {
    let number = value.as_f64().or_else(|| {
        value
            .as_str()
            .filter(|_| parameter.kind != ParameterKind::String)?
            .parse()
            .ok()
    })?;
    let bound = |text: &Option<String>| {
        text.as_ref()
            .and_then(|text| Some((text.clone(), text.parse::<f64>().ok()?)))
    };
    let below = || {
        bound(&parameter.minimum)
            .filter(|(_, least)| number < *least)
            .map(|(least, _)| format!("is below {least}, the least"))
    };
    let above = || {
        bound(&parameter.maximum)
            .filter(|(_, most)| number > *most)
            .map(|(most, _)| format!("is above {most}, the most"))
    };
    below()
        .or_else(above)
        .map(|words| format!("{words} that is declared"))
}

/// Returns what is odd about the `query` or `semantic` of a search of the Context Store; `is_set`
/// returns whether another parameter is set.
pub fn on_search(
    operation: &Operation,
    name: &str,
    text: &str,
    is_set: &dyn Fn(&str) -> bool,
) -> Option<String> {
    if Action::of(&operation.action) != Action::ContextStoreSearch {
        return None;
    }
    let both = |other: &str| {
        is_set(other).then(|| format!("does not go together with `{other}`: unset one of them"))
    };
    match name {
        "query" => both("semantic").or_else(|| odd_query(text, &operation.fields)),
        "semantic" => {
            both("query").or_else(|| odd_semantic(text, &operation.fields, &operation.semantic))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{on_action, on_call, on_entity, on_value};
    use crate::domain::call::{JsonText, Params};
    use crate::domain::operation::{Operation, Parameter, ParameterKind, Source};

    fn operation() -> Operation {
        let mut size = Parameter::new("per_page", ParameterKind::Integer, Source::Catalog);
        (size.minimum, size.maximum) = (Some("1".into()), Some("100".into()));
        let mut states = Parameter::new("states", ParameterKind::Array, Source::Catalog);
        states.choices = vec!["\"OPEN\"".into(), "\"CLOSED\"".into()];
        let mut order = Parameter::new("order", ParameterKind::String, Source::Catalog);
        order.choices = vec!["\"asc\"".into(), "\"desc\"".into()];
        Operation {
            entity: "issues".into(),
            action: "list".into(),
            description: None,
            parameters: vec![size, states, order],
            source: Source::Catalog,
            paging: None,
            fields: Vec::new(),
            semantic: Vec::new(),
            returns_object: false,
        }
    }

    #[test]
    fn what_is_odd_is_said_and_what_is_declared_is_not() {
        let check = |params: &str, expected: &[&str]| {
            assert_eq!(
                on_call(&operation(), &Params::parse(params).unwrap()),
                expected,
                "{params}"
            );
        };
        check(r#"{"per_page":100,"states":["OPEN"],"order":"asc"}"#, &[]);
        check(r#"{"per_page":null,"states":[],"_airbyte_x":1}"#, &[]);
        check(
            r#"{"per_page":0}"#,
            &["`per_page` is below 1, the least that is declared"],
        );
        check(
            r#"{"per_page":500}"#,
            &["`per_page` is above 100, the most that is declared"],
        );
        check(
            r#"{"states":["OPEN","open"]}"#,
            &["`states` holds `open`, which is none of OPEN, CLOSED"],
        );
        check(
            r#"{"order":"up"}"#,
            &["`order` holds `up`, which is none of asc, desc"],
        );
        let undeclared = "is no parameter that `issues list` declares, and is sent all the same";
        check(
            r#"{"per_pgae":5}"#,
            &[&format!(
                "`per_pgae` {undeclared}; did you mean `per_page`?"
            )],
        );
        check(r#"{"colour":5}"#, &[&format!("`colour` {undeclared}")]);
        assert_eq!(
            on_value(&operation().parameters[0], &JsonText::integer(-1)),
            Some("is below 1, the least that is declared".into())
        );
    }

    #[test]
    fn a_mistyped_operation_is_compared_with_those_that_are_declared() {
        let all = [operation()];
        assert_eq!(
            on_entity(&all, "isseus").as_deref(),
            Some("is not declared; did you mean `issues`?")
        );
        assert_eq!(
            on_action(&all, "issues", "lits").as_deref(),
            Some("is not declared of `issues`; did you mean `list`?")
        );
        assert_eq!(on_entity(&all, "issues"), None);
        assert_eq!(on_entity(&all, "orders"), None);
        assert_eq!(on_action(&all, "issues", "merge"), None);
    }
}
