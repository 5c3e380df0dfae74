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

/// No more names are taken out of an answer.
const MOST_NAMES: usize = 64;
/// No name is longer, in bytes.
const LONGEST_NAME: usize = 64;

/// Returns the names in an answer that may be those of the parameters it is about: first those that it gives as the
/// place of an error, then those in quotes, then all other words. Who knows the parameters takes the first that is one.
pub(super) fn names(body: &[u8]) -> Vec<String> {
    let mut found = Names::default();
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => found.add_value(&value, 0),
        Err(_) => found.add_words(&excerpt(body)),
    }
    let mut all = Vec::new();
    for name in [found.places, found.quoted, found.words]
        .into_iter()
        .flatten()
    {
        if all.len() < MOST_NAMES && !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// The names in an answer, by how sure they are.
#[derive(Debug, Default)]
struct Names {
    places: Vec<String>,
    quoted: Vec<String>,
    words: Vec<String>,
}

impl Names {
    fn add_value(&mut self, value: &Value, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match value {
            Value::String(text) => self.add_words(text),
            Value::Array(items) => items
                .iter()
                .for_each(|item| self.add_value(item, depth + 1)),
            Value::Object(_) => {
                // The innermost step names the parameter, unless it is a place inside of its value.
                if let Some(place) = place(value) {
                    let steps: Vec<&str> = place.split('.').collect();
                    let from = usize::from(steps[0] == "body");
                    let steps = steps[from..].iter().rev();
                    self.places.extend(steps.filter_map(|step| name_of(step)));
                }
                for key in KEYS {
                    self.add_value(&value[key], depth + 1);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn add_words(&mut self, words: &str) {
        let quoted = words.split(['\'', '"', '`']).skip(1).step_by(2);
        self.quoted.extend(quoted.filter_map(name_of));
        let is_part = |character: char| character.is_alphanumeric() || "_-$".contains(character);
        let plain = words.split(|character: char| !is_part(character));
        self.words
            .extend(plain.filter_map(name_of).take(MOST_NAMES));
    }
}

/// Returns a text that can be the name of a parameter.
fn name_of(text: &str) -> Option<String> {
    let fits =
        !text.is_empty() && text.len() <= LONGEST_NAME && !text.contains(char::is_whitespace);
    fits.then(|| text.to_owned())
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

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn what_an_answer_is_about_is_named_the_surest_first() {
        let check = |body: &str, expected: &[&str]| {
            let found = names(body.as_bytes());
            assert_eq!(
                found[..expected.len().min(found.len())],
                *expected,
                "{body}"
            );
        };
        check(
            r#"{"detail":[{"loc":["body","params","per_page"],"msg":"Input should be 'one'"}]}"#,
            &["per_page", "params", "one", "Input"],
        );
        check(
            r#"{"message":"m","errors":[{"field":"body","message":"Missing required parameter 'repo' for list"}]}"#,
            &["repo", "Missing"],
        );
        check(
            r#"{"errors":[{"field":"limit","message":"too large"}]}"#,
            &["limit", "too", "large"],
        );
        check(
            r#"{"message":"Missing filter.callIds"}"#,
            &["Missing", "filter", "callIds"],
        );
        check("no such ticket_id", &["no", "such", "ticket_id"]);
        check("[]", &[]);
    }
}
