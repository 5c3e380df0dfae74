//! The service's words in the body of an error, in any of the known shapes.

use serde_json::Value;

/// How many bytes of a body that is not JSON are shown.
const EXCERPT: usize = 200;
/// The greatest depth in a body at which words are searched.
const DEEPEST: usize = 4;
/// The keys of the words in an object, best first. Lists of errors name more than the summary
/// beside them.
const KEYS: [&str; 12] = [
    "errors",
    "message",
    "userPresentableMessage",
    "detail",
    "error_description",
    "error",
    "msg",
    "error_message",
    "description",
    "title",
    "result",
    "reason",
];

/// What the body of an error is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Words of the service.
    Words(String),
    /// A web page, such as a proxy returns: its title, and its beginning.
    Page(Option<String>, String),
    /// Anything else: its beginning.
    Other(String),
    /// Nothing.
    Nothing,
}

impl Said {
    /// Reads a body.
    pub(super) fn of(body: &[u8]) -> Said {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => match words(&value, 0) {
                Some(words) => Said::Words(words),
                None if is_blank(&value) => Said::Nothing,
                None => Said::Other(excerpt(body)),
            },
            Err(_) => text(body),
        }
    }
}

/// Reads a body that is no JSON.
fn text(body: &[u8]) -> Said {
    let whole = String::from_utf8_lossy(&body[..body.len().min(4096)]).into_owned();
    // Only ASCII is changed, so that places in the one are places in the other.
    let lower = whole.to_ascii_lowercase();
    let start = lower.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || start.starts_with("<head")
        || lower.contains("<title>")
    {
        let from = lower.find("<title>").map(|at| at + "<title>".len());
        let title = from.and_then(|from| {
            Some(
                whole
                    .get(from..from + lower.get(from..)?.find("</title>")?)?
                    .trim()
                    .to_owned(),
            )
        });
        return Said::Page(title.filter(|title| !title.is_empty()), excerpt(body));
    }
    let excerpt = excerpt(body);
    if excerpt.is_empty() {
        Said::Nothing
    } else {
        Said::Words(excerpt)
    }
}

/// Returns the beginning of a body.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(EXCERPT)]);
    // The cut may have gone through a character.
    let text = if body.len() > EXCERPT {
        text.trim_end_matches('\u{fffd}')
    } else {
        &text
    };
    text.trim().to_owned()
}

/// Returns the words in a value.
fn words(value: &Value, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    match value {
        Value::String(text) => Some(text.trim())
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        Value::Array(items) => {
            let all: Vec<String> = items
                .iter()
                .filter_map(|item| words(item, depth + 1))
                .collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Value::Object(_) => {
            let said = KEYS.iter().find_map(|key| words(&value[*key], depth + 1))?;
            Some(
                match place(value).filter(|place| place != "body" && !said.contains(place.as_str()))
                {
                    Some(place) => format!("{place}: {said}"),
                    None => said,
                },
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Returns what an error is about: a field, or the path to a place in the request.
fn place(error: &Value) -> Option<String> {
    if let Some(steps) = error["loc"].as_array() {
        let steps: Vec<String> = steps
            .iter()
            .map(|step| {
                step.as_str()
                    .map_or_else(|| step.to_string(), str::to_owned)
            })
            .collect();
        return Some(steps.join(".")).filter(|place| !place.is_empty());
    }
    error["field"]
        .as_str()
        .filter(|field| !field.is_empty())
        .map(str::to_owned)
}

/// Returns whether a value holds nothing that could be shown.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(fields) => fields.values().all(is_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
