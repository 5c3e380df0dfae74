//! Reads the JSON objects of this program's own files, which a crash may have damaged and anybody may have edited.
//!
//! A member that is missing or of another type has its default value, and the rest of the object still counts. Unknown
//! members are ignored; of a member that occurs twice the last one counts. Types that are read like this have
//! `#[serde(default)]`, and [`member`], [`object_member`] or [`strings`] on their fields.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads an object whose values are parsed already; `None` if it is no object.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Option<T> {
    // A derived type would read an array, too, by the order of its fields.
    value.is_object().then_some(())?;
    T::deserialize(value).ok()
}

/// Reads an object from its text; `None` if it is no object. Members of the type [`RawValue`] keep their text, so that
/// numbers stay as they were written.
pub fn from_text<T: DeserializeOwned>(text: &str) -> Option<T> {
    let members: HashMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    T::deserialize(MapDeserializer::new(members.into_iter())).ok()
}

/// Reads a member; one of another type has the default value.
///
/// Each value must have a deserializer of its own, as under [`from_value`] and [`from_text`]: a value that was refused
/// half-way leaves a stream of text in the middle of it.
pub fn member<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(T::deserialize(deserializer).unwrap_or_default())
}

/// Reads a member that is an object; `None` for anything else.
pub fn object_member<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text: Option<Box<RawValue>> = member(deserializer)?;
    Ok(text.and_then(|text| from_text(text.get())))
}

/// Reads a list of strings; anything else in it is an empty string, and anything else in its place is an empty list.
pub fn strings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let values: Vec<Value> = member(deserializer)?;
    Ok(values
        .into_iter()
        .map(|value| value.as_str().unwrap_or_default().to_owned())
        .collect())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::{from_text, from_value};

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Outer {
        #[serde(deserialize_with = "super::member")]
        name: Option<String>,
        #[serde(deserialize_with = "super::member")]
        size: Option<u64>,
        #[serde(deserialize_with = "super::member")]
        flag: bool,
        #[serde(deserialize_with = "super::member")]
        raw: Option<Box<RawValue>>,
        #[serde(deserialize_with = "super::object_member")]
        inner: Option<Inner>,
        #[serde(deserialize_with = "super::strings")]
        list: Vec<String>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Inner {
        #[serde(deserialize_with = "super::member")]
        name: String,
    }

    fn read(text: &str) -> Option<String> {
        let words = |outer: Outer| {
            let raw = outer.raw.as_ref().map(|raw| raw.get().to_owned());
            format!(
                "{:?} {:?} {} {raw:?} {:?} {:?}",
                outer.name,
                outer.size,
                outer.flag,
                outer.inner.map(|inner| inner.name),
                outer.list
            )
        };
        let by_text = from_text::<Outer>(text).map(words);
        let by_value = serde_json::from_str(text)
            .ok()
            .and_then(|value| from_value::<Outer>(&value))
            .map(words);
        assert_eq!(by_text, by_value, "{text}");
        by_text
    }

    #[test]
    fn what_is_damaged_is_left_out_and_the_rest_counts() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        };
        check(
            r#"{"name":"a","size":7,"flag":true,"raw":[1, 2.5],"inner":{"name":"b"},"list":["x",1],"later":{}}"#
                .replace(", ", ",")
                .as_str(),
            Some(r#"Some("a") Some(7) true Some("[1,2.5]") Some("b") ["x", ""]"#),
        );
        check("{}", Some("None None false None None []"));
        check(
            r#"{"name":1,"size":-1,"flag":"true","inner":["b"],"list":"x"}"#,
            Some("None None false None None []"),
        );
        check(
            r#"{"size":1.0,"flag":1,"inner":{"name":null,"x":[{}]},"list":{}}"#,
            Some(r#"None None false None Some("") []"#),
        );
        check(
            r#"{"name":"a","name":"b","inner":{"name":"c"},"inner":{"name":"d","name":"e"}}"#,
            Some(r#"Some("b") None false None Some("e") []"#),
        );
        for none in ["", "[]", r#"["a",7,true]"#, "null", "1", "{", "{} {}"] {
            check(none, None);
        }
    }

    #[test]
    fn numbers_keep_their_text() {
        let outer: Outer = from_text(r#"{"raw": {"a": 0.10, "b": 1E400}}"#).unwrap();
        assert_eq!(outer.raw.unwrap().get(), r#"{"a": 0.10, "b": 1E400}"#);
    }
}
