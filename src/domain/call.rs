//! A call: what is sent to the execute endpoint, with every value as the text that was typed.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::de::Deserializer;
use serde_json::value::RawValue;

use super::action::Action;
use super::operation::ParameterKind;
use crate::text;

/// A JSON value kept as text, so that `0.10`, `1E400` and `9007199254740993` are sent as typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JsonText(String);

impl JsonText {
    /// Takes a text that is JSON. The error says what is wrong and where.
    pub fn parse(text: &str) -> Result<JsonText, String> {
        let mut reader = Deserializer::from_str(text);
        match <&RawValue>::deserialize(&mut reader).and_then(|raw| reader.end().map(|()| raw)) {
            Ok(raw) => Ok(JsonText(raw.get().to_owned())),
            Err(error) => Err(wording(&error)),
        }
    }

    /// Takes any text as a JSON string.
    pub fn string(text: &str) -> JsonText {
        // Writing a string to memory cannot fail.
        JsonText(serde_json::to_string(text).unwrap_or_default())
    }

    /// Takes a whole number.
    pub fn integer(number: i64) -> JsonText {
        JsonText(number.to_string())
    }

    /// Returns JSON's `null`.
    pub fn null() -> JsonText {
        JsonText("null".to_owned())
    }

    /// Returns the JSON text without white space between its values, on one line.
    pub fn compact(&self) -> String {
        let (mut quoted, mut escaped) = (false, false);
        let stays = |character: &char| {
            let ends = quoted && !escaped && *character == '"';
            let begins = !quoted && *character == '"';
            escaped = quoted && !escaped && *character == '\\';
            let stays = quoted || !character.is_ascii_whitespace();
            quoted = (quoted || begins) && !ends;
            stays
        };
        self.0.chars().filter(stays).collect()
    }

    /// Returns one array of the items of both; `None` if either is no array.
    pub fn and(&self, other: &JsonText) -> Option<JsonText> {
        let inside = |text: &JsonText| {
            Some(
                text.0
                    .strip_prefix('[')?
                    .strip_suffix(']')?
                    .trim()
                    .to_owned(),
            )
        };
        let (one, other) = (inside(self)?, inside(other)?);
        let comma = if one.is_empty() || other.is_empty() {
            ""
        } else {
            ","
        };
        Some(JsonText(format!("[{one}{comma}{other}]")))
    }

    /// Returns the JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the items of an array, each as it is written; `None` if it is no array.
    pub fn items(&self) -> Option<Vec<String>> {
        let items: Vec<Box<RawValue>> = serde_json::from_str(&self.0).ok()?;
        Some(items.iter().map(|item| item.get().to_owned()).collect())
    }

    /// Makes an array of items that are JSON.
    pub fn array(items: &[String]) -> JsonText {
        JsonText(format!("[{}]", items.join(", ")))
    }

    /// Returns the text of a JSON string without quotes, or any other value as it is written.
    pub fn plain(&self) -> String {
        plain_text(&self.0)
    }
}

/// Writes the text as it is, not as a string of JSON.
impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<JsonText, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(JsonText(Box::<str>::from(raw).into_string()))
    }
}

/// Returns the text of a JSON string without quotes, or any other JSON as it is written.
pub fn plain_text(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

fn wording(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text);
    if error.line() <= 1 {
        format!("not JSON: {reason} (column {})", error.column())
    } else {
        format!(
            "not JSON: {reason} (line {}, column {})",
            error.line(),
            error.column()
        )
    }
}

/// Reads a typed text as a value of the declared type. The error names what is expected.
pub fn value_of(kind: ParameterKind, items: Option<&str>, text: &str) -> Result<JsonText, String> {
    let trimmed = text.trim();
    match kind {
        ParameterKind::String => Ok(JsonText::string(text)),
        ParameterKind::Integer => {
            let digits = trimmed.strip_prefix('-').unwrap_or(trimmed);
            let canonical = digits == "0" || !digits.starts_with('0');
            if !digits.is_empty() && canonical && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                Ok(JsonText(trimmed.to_owned()))
            } else {
                Err("expects a whole number such as 25".to_owned())
            }
        }
        ParameterKind::Number => match JsonText::parse(trimmed) {
            Ok(json)
                if trimmed.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) =>
            {
                Ok(json)
            }
            _ => Err("expects a number such as 0.5".to_owned()),
        },
        ParameterKind::Boolean => match trimmed {
            "true" | "false" => Ok(JsonText(trimmed.to_owned())),
            _ => Err("expects true or false".to_owned()),
        },
        ParameterKind::Object if trimmed.starts_with('{') => JsonText::parse(trimmed),
        ParameterKind::Object => {
            Err("expects a JSON object such as {\"name\": \"value\"}".to_owned())
        }
        ParameterKind::Array if trimmed.starts_with('[') => JsonText::parse(trimmed),
        ParameterKind::Array => {
            let kind = items.map_or(ParameterKind::String, ParameterKind::from_word);
            match kind {
                ParameterKind::Object | ParameterKind::Array => {
                    Err("expects a JSON array such as [{\"name\": \"value\"}]".to_owned())
                }
                ParameterKind::String
                | ParameterKind::Integer
                | ParameterKind::Number
                | ParameterKind::Boolean
                | ParameterKind::Any => {
                    let items: Result<Vec<_>, _> = trimmed
                        .split(',')
                        .map(str::trim)
                        .filter(|item| !item.is_empty())
                        .map(|item| value_of(kind, None, item).map(|json| json.0))
                        .collect();
                    Ok(JsonText(format!("[{}]", items?.join(","))))
                }
            }
        }
        ParameterKind::Any => {
            Ok(JsonText::parse(trimmed).unwrap_or_else(|_| JsonText::string(text)))
        }
    }
}

/// The parameters of a call, in the order in which they are sent. Names are unique.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, JsonText)>);

impl Params {
    /// Reads a JSON object; later duplicates win.
    pub fn parse(text: &str) -> Result<Params, String> {
        JsonText::parse(text)?;
        serde_json::from_str(text).map_err(|_| "expects a JSON object of parameters".to_owned())
    }

    /// Returns them as a JSON object.
    pub fn to_json(&self) -> String {
        // Every value is JSON, so writing them to memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns them with every value on one line.
    pub fn compact(&self) -> Params {
        let compact =
            |(name, value): &(String, JsonText)| (name.clone(), JsonText(value.compact()));
        Params(self.0.iter().map(compact).collect())
    }

    /// Returns the value of a parameter.
    pub fn get(&self, name: &str) -> Option<&JsonText> {
        self.0
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value)
    }

    /// Sets a parameter in its place, or at the end when it is new.
    pub fn set(&mut self, name: &str, value: JsonText) {
        match self.0.iter_mut().find(|(own, _)| own == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Removes a parameter.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(own, _)| own != name);
    }

    /// Iterates over names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &JsonText)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the number of parameters.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Writes an object in the order of the parameters.
impl Serialize for Params {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Reads an object; later duplicates win.
impl<'de> Deserialize<'de> for Params {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Params, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Params;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a JSON object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Params, A::Error> {
                let mut params = Params::default();
                while let Some((name, value)) = map.next_entry::<String, JsonText>()? {
                    params.set(&name, value);
                }
                Ok(params)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// The members of a call's body that are no parameters.
pub const OPTIONS: [&str; 6] = [
    "entity",
    "action",
    "select_fields",
    "exclude_fields",
    "skip_truncation",
    "intent",
];

/// One call of the execute endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The connector's UUID; it goes into the path.
    pub connector_id: String,
    /// The entity; empty only for `describe`.
    pub entity: String,
    /// The action.
    pub action: String,
    /// The parameters.
    pub params: Params,
    /// Allow-list of dotted paths; not sent when empty.
    pub select_fields: Vec<String>,
    /// Block-list of dotted paths; not sent when empty.
    pub exclude_fields: Vec<String>,
    /// Whether the service leaves long strings whole. Sent always: sources differ on the default.
    pub skip_truncation: bool,
    /// A reason for the audit log, at most 512 characters; not sent when empty.
    pub intent: String,
}

impl Call {
    /// Makes a call without parameters and with the default options.
    pub fn new(connector_id: &str, entity: &str, action: &str) -> Call {
        Call {
            connector_id: connector_id.to_owned(),
            entity: entity.to_owned(),
            action: action.to_owned(),
            params: Params::default(),
            select_fields: Vec::new(),
            exclude_fields: Vec::new(),
            skip_truncation: true,
            intent: String::new(),
        }
    }

    /// Returns the call with one parameter set.
    pub fn with(&self, param: &str, value: JsonText) -> Call {
        let mut call = self.clone();
        call.params.set(param, value);
        call
    }

    /// Makes the call that downloads a file of an entity.
    pub fn download(connector_id: &str, entity: &str, params: Params) -> Call {
        Call {
            params,
            ..Call::new(connector_id, entity, "download")
        }
    }

    /// Returns the beginning of the summary of its failure, as in ``Could not list `issues` ``.
    pub fn failed_to(&self) -> String {
        let entity = text::safe(&self.entity);
        let action = text::safe(&self.action);
        if entity.is_empty() {
            return if Action::of(&self.action) == Action::Describe {
                "Could not describe the connector".to_owned()
            } else {
                format!("Could not run `{action}`")
            };
        }
        match Action::of(&self.action) {
            Action::List
            | Action::Get
            | Action::Search
            | Action::Create
            | Action::Update
            | Action::Delete
            | Action::Download => format!("Could not {action} `{entity}`"),
            Action::Read
            | Action::ApiSearch
            | Action::ContextStoreSearch
            | Action::ContextStoreSqlQuery
            | Action::SqlSelect
            | Action::Describe
            | Action::Other(_) => format!("Could not run `{entity} {action}`"),
        }
    }

    /// Returns the path of the endpoint, below the host. The id is escaped: it may be typed.
    pub fn path(&self) -> String {
        format!(
            "/api/v1/integrations/connectors/{}/execute",
            escape_segment(&self.connector_id)
        )
    }

    /// Returns the exact JSON body that goes out.
    pub fn body(&self) -> String {
        /// The members of the body, in the order in which they are sent.
        #[derive(Serialize)]
        struct Body<'a> {
            entity: &'a str,
            action: &'a str,
            params: &'a Params,
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            select_fields: &'a [String],
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            exclude_fields: &'a [String],
            skip_truncation: bool,
            #[serde(skip_serializing_if = "str::is_empty")]
            intent: &'a str,
        }
        let body = Body {
            entity: &self.entity,
            action: &self.action,
            params: &self.params,
            select_fields: &self.select_fields,
            exclude_fields: &self.exclude_fields,
            skip_truncation: self.skip_truncation,
            intent: &self.intent,
        };
        // Every value is JSON, so writing them to memory cannot fail.
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// Returns a curl command for the call. The token is a variable in it, never its value.
    pub fn curl(&self, host: &str, organization: Option<&str>) -> String {
        let mut lines = vec![
            format!(
                "curl -sS {}",
                quote(&format!("{}{}", host.trim_end_matches('/'), self.path()))
            ),
            "-H \"Authorization: Bearer $AIRBYTE_APPLICATION_TOKEN\"".to_owned(),
            "-H 'Content-Type: application/json'".to_owned(),
        ];
        if let Some(organization) = organization {
            lines.push(format!(
                "-H {}",
                quote(&format!("X-Organization-Id: {organization}"))
            ));
        }
        if Action::of(&self.action).is_download() {
            lines.push("-OJ".to_owned());
        }
        lines.push(format!("--data-raw {}", quote(&self.body())));
        lines.join(" \\\n  ")
    }
}

/// Escapes one segment of a URL's path.
pub fn escape_segment(text: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}

/// Returns a word as a POSIX shell takes it: quoted unless it has only characters that mean nothing to it.
pub fn shell_word(word: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "_-./,:@".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        quote(word)
    }
}

/// Quotes a word for a POSIX shell.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{Call, JsonText, Params, value_of};
    use crate::domain::operation::ParameterKind;

    fn check(kind: ParameterKind, text: &str, expected: Result<&str, &str>) {
        let got = value_of(kind, None, text);
        let got = got.as_ref().map(JsonText::as_str).map_err(String::as_str);
        assert_eq!(got, expected, "{kind:?} {text}");
    }

    #[test]
    fn values_keep_the_text_typed() {
        check(ParameterKind::Number, "0.10", Ok("0.10"));
        check(ParameterKind::Number, "1E400", Ok("1E400"));
        check(
            ParameterKind::Integer,
            "9007199254740993",
            Ok("9007199254740993"),
        );
        check(
            ParameterKind::Integer,
            "007",
            Err("expects a whole number such as 25"),
        );
        check(
            ParameterKind::Integer,
            "",
            Err("expects a whole number such as 25"),
        );
        check(ParameterKind::String, "", Ok("\"\""));
        check(ParameterKind::String, "10", Ok("\"10\""));
        check(ParameterKind::Boolean, "yes", Err("expects true or false"));
        check(
            ParameterKind::Array,
            "OPEN, CLOSED",
            Ok("[\"OPEN\",\"CLOSED\"]"),
        );
        check(ParameterKind::Any, "12", Ok("12"));
        check(ParameterKind::Any, "twelve", Ok("\"twelve\""));
    }

    #[test]
    fn faults_name_the_place() {
        assert_eq!(
            JsonText::parse("{\"a\": }").unwrap_err(),
            "not JSON: expected value (column 7)"
        );
        assert_eq!(
            JsonText::parse("{\n\"a\": x}").unwrap_err(),
            "not JSON: expected value (line 2, column 6)"
        );
    }

    #[test]
    fn the_body_is_what_was_asked_for() {
        let mut call = Call::new("c-1", "issues", "list");
        call.params =
            Params::parse(r#"{"per_page": 10, "ratio": 0.10, "empty": "", "none": null}"#).unwrap();
        call.select_fields = vec!["id".into(), "user.login".into()];
        call.intent = "it's \"why\"".into();
        assert_eq!(
            call.body(),
            r#"{"entity":"issues","action":"list","params":{"per_page":10,"ratio":0.10,"empty":"","none":null},"select_fields":["id","user.login"],"skip_truncation":true,"intent":"it's \"why\""}"#
        );
        assert_eq!(
            call.curl("http://127.0.0.1:1/", None),
            "curl -sS 'http://127.0.0.1:1/api/v1/integrations/connectors/c-1/execute' \\\n  -H \"Authorization: Bearer $AIRBYTE_APPLICATION_TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  --data-raw '".to_owned()
                + &call.body().replace('\'', "'\\''")
                + "'"
        );
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_the_path() {
        assert_eq!(
            Call::new("../../x?y", "", "").path(),
            "/api/v1/integrations/connectors/..%2F..%2Fx%3Fy/execute"
        );
    }
}
