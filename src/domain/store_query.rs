//! What a search of the Context Store accepts: the operators and fields of its `query`, and the
//! members of a search by meaning.
//!
//! The service decides, and may accept more: these remarks warn and stop nothing.

use serde_json::{Map, Value};

/// Operators that take fields, and those that combine conditions.
const OPERATORS: [&str; 17] = [
    "eq",
    "neq",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "startswith",
    "endswith",
    "fuzzy",
    "keyword",
    "contains",
    "array_contains",
    "any",
    "and",
    "or",
    "not",
];
const QUERY: [&str; 2] = ["filter", "sort"];
const SEMANTIC: [&str; 7] = [
    "prompt",
    "field",
    "filter",
    "fields",
    "context_size",
    "min_similarity",
    "dedup",
];
/// The greatest depth of conditions that are checked.
const DEEPEST: usize = 32;

/// Returns the names that may stand in an object of a `query` or a `semantic`: the one at a path, in which `None` is an
/// item of an array.
pub fn names_at<'a>(parameter: &str, path: &[Option<&str>], fields: &'a [String]) -> Vec<&'a str> {
    let fields = || fields.iter().map(String::as_str).collect();
    match (parameter, path) {
        ("query", []) => QUERY.to_vec(),
        ("query", [Some("sort"), None]) => fields(),
        ("semantic", []) => SEMANTIC.to_vec(),
        ("query" | "semantic", [Some("filter"), path @ ..]) => {
            let mut path = path;
            loop {
                path = match path {
                    [] => return OPERATORS.to_vec(),
                    [Some("and" | "or"), None, inner @ ..]
                    | [Some("not"), inner @ ..]
                    | [Some("any"), Some(_), inner @ ..] => inner,
                    [Some("and" | "or")] => return Vec::new(),
                    [Some(_)] => return fields(),
                    _ => return Vec::new(),
                };
            }
        }
        _ => Vec::new(),
    }
}

/// Returns what is odd about a `query`, with what is known instead. Without declared fields every
/// field is accepted.
pub fn odd_query(query: &str, fields: &[String]) -> Option<String> {
    let query: Map<String, Value> = serde_json::from_str(query).ok()?;
    let filter = || odd_filter(query.get("filter")?, fields);
    unknown("key", query.keys(), &QUERY)
        .or_else(filter)
        .or_else(|| odd_sort(query.get("sort")?, fields))
}

/// Returns what is odd about a `semantic`, with what is known instead. `semantic` are the fields
/// that are searched by meaning.
pub fn odd_semantic(text: &str, fields: &[String], semantic: &[String]) -> Option<String> {
    let search: Map<String, Value> = serde_json::from_str(text).ok()?;
    if let Some(odd) = unknown("key", search.keys(), &SEMANTIC) {
        return Some(odd);
    }
    let prompt = search
        .get("prompt")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if prompt.trim().is_empty() {
        return Some("needs a `prompt`".to_owned());
    }
    let by_meaning = || {
        let field = search.get("field")?.as_str()?;
        (!semantic.is_empty() && !semantic.iter().any(|own| own == field)).then(|| {
            format!(
                "does not search `{field}` by meaning: {}",
                semantic.join(", ")
            )
        })
    };
    by_meaning().or_else(|| odd_filter(search.get("filter")?, fields))
}

fn odd_filter(filter: &Value, fields: &[String]) -> Option<String> {
    match filter {
        Value::Object(operators) if operators.is_empty() => {
            Some("has an empty `filter`, which is refused: leave it out".to_owned())
        }
        other => odd_condition(other, fields, 0),
    }
}

fn odd_condition(condition: &Value, fields: &[String], depth: usize) -> Option<String> {
    let Value::Object(operators) = condition else {
        return Some("has a condition that is no object with an operator".to_owned());
    };
    if depth > DEEPEST {
        return None;
    }
    let inner = |(operator, operand): (&String, &Value)| match (operator.as_str(), operand) {
        ("and" | "or", Value::Array(conditions)) => conditions
            .iter()
            .find_map(|own| odd_condition(own, fields, depth + 1)),
        ("and" | "or", _) => Some(format!("gives `{operator}` no array of conditions")),
        ("not", condition) => odd_condition(condition, fields, depth + 1),
        (_, Value::Object(named)) => named.iter().find_map(|(field, operand)| {
            // The fields inside of the records of an array are not declared.
            let nested = || {
                if operator == "any" {
                    odd_condition(operand, &[], depth + 1)
                } else {
                    None
                }
            };
            odd_field(field, fields).or_else(nested)
        }),
        (_, _) => Some(format!("gives `{operator}` no object with a field")),
    };
    unknown("operator", operators.keys(), &OPERATORS).or_else(|| operators.iter().find_map(inner))
}

fn odd_sort(sort: &Value, fields: &[String]) -> Option<String> {
    let Value::Array(keys) = sort else {
        return Some("has a `sort` that is no array such as [{\"field\": \"desc\"}]".to_owned());
    };
    keys.iter().find_map(|key| {
        let (field, direction) = key
            .as_object()
            .filter(|key| key.len() == 1)
            .and_then(|key| key.iter().next())?;
        let odd = || {
            (!matches!(direction.as_str(), Some("asc" | "desc")))
                .then(|| format!("sorts `{field}` by neither asc nor desc"))
        };
        odd_field(field, fields).or_else(odd)
    })
}

/// Returns the remark on a field that is not declared. Of a dotted path its first key must be
/// declared.
fn odd_field(field: &str, fields: &[String]) -> Option<String> {
    let is_known = |own: &String| {
        field
            .strip_prefix(own.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    (!fields.is_empty() && !fields.iter().any(is_known)).then(|| {
        format!(
            "names an unknown field `{field}`; known are {}",
            fields.join(", ")
        )
    })
}

fn unknown<'a>(
    what: &str,
    mut keys: impl Iterator<Item = &'a String>,
    known: &[&str],
) -> Option<String> {
    let odd = keys.find(|key| !known.contains(&key.as_str()))?;
    Some(format!(
        "has an unknown {what} `{odd}`; known are {}",
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::{names_at, odd_query, odd_semantic};

    fn fields() -> Vec<String> {
        ["id", "name", "owner"].map(str::to_owned).to_vec()
    }

    #[test]
    fn queries_of_the_contract_are_left_alone() {
        for query in [
            "{}",
            r#"{"filter":{"and":[{"gte":{"id":5000}},{"fuzzy":{"name":"renewal"}}]},"sort":[{"id":"asc"}]}"#,
            r#"{"filter":{"not":{"in":{"id":[1,2]}},"eq":{"owner.email":"x"}}}"#,
            r#"{"filter":{"any":{"owner":{"eq":{"email":"x"}}}}}"#,
            r#"{"filter":{"startswith":{"name":"a"},"endswith":{"name":"b"},"keyword":{"name":"c"},"contains":{"name":"d"},"array_contains":{"name":"e"}}}"#,
            "no JSON",
        ] {
            assert_eq!(odd_query(query, &fields()), None, "{query}");
        }
        assert_eq!(
            odd_query(r#"{"filter":{"eq":{"anything":1}}}"#, &[]),
            None,
            "nothing is declared"
        );
    }

    #[test]
    fn names_are_known_by_their_place() {
        let fields = fields();
        let at =
            |parameter: &str, path: &[Option<&str>]| names_at(parameter, path, &fields).join(" ");
        let operators = super::OPERATORS.join(" ");
        let filter = Some("filter");
        for (path, expected) in [
            (&[][..], "filter sort"),
            (&[Some("sort"), None], "id name owner"),
            (&[filter], &operators),
            (&[filter, Some("eq")], "id name owner"),
            (&[filter, Some("and")], ""),
            (&[filter, Some("and"), None], &operators),
            (&[filter, Some("not"), Some("eq")], "id name owner"),
            (&[filter, Some("any"), Some("owner")], &operators),
            (&[filter, Some("eq"), Some("id")], ""),
        ] {
            assert_eq!(at("query", path), expected, "{path:?}");
        }
        assert_eq!(at("semantic", &[]), super::SEMANTIC.join(" "));
        assert_eq!(at("limit", &[]), "");
    }

    #[test]
    fn what_is_unknown_is_said_with_the_known() {
        let check = |query: &str, expected: &str| {
            let odd = odd_query(query, &fields()).unwrap_or_default();
            assert!(odd.starts_with(expected), "{query}: {odd}");
        };
        check(
            r#"{"where":{}}"#,
            "has an unknown key `where`; known are filter, sort",
        );
        check(
            r#"{"filter":{"like":{"name":"a%"}}}"#,
            "has an unknown operator `like`; known are eq, neq, gt",
        );
        check(
            r#"{"filter":{"or":[{"eq":{"id":1}},{"not":{"equals":{"id":1}}}]}}"#,
            "has an unknown operator `equals`; known",
        );
        check(
            r#"{"filter":{"eq":{"title":1}}}"#,
            "names an unknown field `title`; known are id, name, owner",
        );
        check(
            r#"{"filter":{"eq":{"owners.email":1}}}"#,
            "names an unknown field `owners.email`",
        );
        check(
            r#"{"filter":{"any":{"owner":{"is":{"email":"x"}}}}}"#,
            "has an unknown operator `is`",
        );
        check(r#"{"filter":{}}"#, "has an empty `filter`");
        check(r#"{"filter":[]}"#, "has a condition that is no object");
        check(
            r#"{"filter":{"and":{"eq":{"id":1}}}}"#,
            "gives `and` no array",
        );
        check(r#"{"filter":{"eq":"id"}}"#, "gives `eq` no object");
        check(
            r#"{"sort":[{"title":"asc"}]}"#,
            "names an unknown field `title`",
        );
        check(r#"{"sort":[{"id":"up"}]}"#, "sorts `id` by neither");
        check(r#"{"sort":{"id":"asc"}}"#, "has a `sort` that is no array");
    }

    #[test]
    fn a_search_by_meaning_needs_a_prompt_and_fields_it_can_search() {
        let semantic = ["name".to_owned()];
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                odd_semantic(text, &fields(), &semantic).as_deref(),
                expected,
                "{text}"
            )
        };
        check(
            r#"{"prompt":"late flights","field":"name","min_similarity":0.3,"filter":{"eq":{"id":1}}}"#,
            None,
        );
        check("{}", Some("needs a `prompt`"));
        check(
            r#"{"prompt":"x","field":"id"}"#,
            Some("does not search `id` by meaning: name"),
        );
        check(
            r#"{"prompt":"x","filter":{"eq":{"nil":1}}}"#,
            Some("names an unknown field `nil`; known are id, name, owner"),
        );
        assert!(
            odd_semantic(r#"{"prompt":"x","sort":[]}"#, &fields(), &semantic)
                .unwrap()
                .starts_with("has an unknown key `sort`")
        );
    }
}
