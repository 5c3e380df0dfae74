//! The official client's settings file. It is foreign: unknown keys are ignored, and a value of another type than
//! expected counts as missing.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::secret::Secret;

#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default, deserialize_with = "object")]
    settings: Stored,
}

/// What the official client has stored. No text in it is empty.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Stored {
    #[serde(default, deserialize_with = "object")]
    pub(super) credentials: StoredCredentials,
    #[serde(default, deserialize_with = "text")]
    pub(super) organization_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) workspace: Option<String>,
}

/// The client id and secret as they are stored.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct StoredCredentials {
    #[serde(default, deserialize_with = "text")]
    pub(super) client_id: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    pub(super) client_secret: Option<Secret>,
}

/// Reads the file. A file that does not exist stores nothing. Fails if it cannot be read or is not JSON.
pub(super) fn read(path: Option<&Path>) -> Result<Stored, Failure> {
    let Some(path) = path else {
        return Ok(Stored::default());
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Stored::default()),
        Err(error) => {
            return Err(Failure::new(
                FailureKind::Input,
                format!("Could not read `{}`: {error}", path.display()),
            ));
        }
    };
    parse(&text).map_err(|error| {
        // The file holds a secret: the reason may name a place, never the text.
        Failure::new(
            FailureKind::Input,
            format!(
                "`{}` is not JSON (line {}, column {})",
                path.display(),
                error.line(),
                error.column()
            ),
        )
        .hint("Mend the file, or set AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET.")
    })
}

fn parse(text: &str) -> Result<Stored, serde_json::Error> {
    // Read as any JSON first: of a key that is written twice the last value counts, which a struct would refuse.
    let value: Value = serde_json::from_str(text)?;
    object::<_, File>(value).map(|file| file.settings)
}

/// Reads an object; anything else counts as one without members. A struct alone would also accept an array.
fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(if value.is_object() {
        T::deserialize(value).unwrap_or_default()
    } else {
        T::default()
    })
}

/// Reads a text; anything else, and an empty one, counts as missing.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    })
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    text(deserializer).map(|secret| secret.map(Secret::new))
}
