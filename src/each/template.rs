//! What the parameters take from a record: `@id` a field, `@.a.b` a path, `@@x` the text `@x`.

use crate::domain::call::{JsonText, Params, plain_text, value_of};
use crate::domain::operation::{Operation, ParameterKind};
use crate::json::document::{Document, Kind, NodeId};
use crate::json::path;
use crate::json::valid::valid_value;
use crate::text::similar::nearest;

/// So many fields of a record are compared with one that it lacks.
const MOST_KEYS: usize = 500;

/// The parameters of an operation, some of which take their value from a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// The parameters that are the same for all records.
    pub fixed: Params,
    /// The others, each with the field or path it takes.
    pub taken: Vec<Taken>,
}

/// A parameter that takes its value from a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The parameter.
    pub param: String,
    /// The field, or a path that begins with a dot.
    pub from: String,
    kind: ParameterKind,
    items: Option<String>,
}

impl Template {
    /// Makes a template with parameters that are the same for all records.
    pub fn new(fixed: Params) -> Template {
        Template {
            fixed,
            taken: Vec::new(),
        }
    }

    /// Returns what a typed value of a parameter takes from a record; `None` if it is a text.
    ///
    /// `@@x` is the text `@x`, which [`Template::text_of`] returns.
    pub fn source_of(typed: &str) -> Option<&str> {
        typed
            .strip_prefix('@')
            .filter(|from| !from.starts_with('@') && !from.is_empty())
    }

    /// Returns the text that a typed value stands for if it takes nothing from a record.
    pub fn text_of(typed: &str) -> &str {
        match typed.strip_prefix('@') {
            Some(text) if text.starts_with('@') => text,
            Some(_) | None => typed,
        }
    }

    /// Has a parameter take a field or a path of each record, in the type that the operation declares.
    pub fn take(&mut self, param: &str, from: &str, operation: Option<&Operation>) {
        let declared = operation.and_then(|operation| {
            let mut parameters = operation.parameters.iter();
            parameters.find(|parameter| parameter.name == param)
        });
        self.fixed.remove(param);
        self.taken.retain(|taken| taken.param != param);
        self.taken.push(Taken {
            param: param.to_owned(),
            from: from.to_owned(),
            kind: declared.map_or(ParameterKind::Any, |parameter| parameter.kind),
            items: declared.and_then(|parameter| parameter.items.clone()),
        });
    }

    /// Returns the values that a record gives. The error says what it lacks.
    pub fn values(&self, record: &Document) -> Result<Params, String> {
        let mut params = Params::default();
        for taken in &self.taken {
            params.set(&taken.param, taken.value(record)?);
        }
        Ok(params)
    }

    /// Returns all parameters for the values of a record.
    pub fn filled(&self, values: &Params) -> Params {
        let mut params = self.fixed.clone();
        for (name, value) in values.iter() {
            params.set(name, value.clone());
        }
        params
    }
}

impl Taken {
    /// Returns the value of a record. The error says what it lacks.
    fn value(&self, record: &Document) -> Result<JsonText, String> {
        let shown = &self.from;
        let found = find(record, shown).ok_or_else(|| lacking(record, shown))?;
        let text = valid_value(record, found).text;
        let json = String::from_utf8_lossy(&text).into_owned();
        let is_whole = match record.kind(found) {
            Kind::Null => return Err(format!("its `{shown}` is null")),
            Kind::String if plain_text(&json).is_empty() => {
                return Err(format!("its `{shown}` is empty"));
            }
            Kind::Object => self.kind == ParameterKind::Object,
            Kind::Array => self.kind == ParameterKind::Array,
            Kind::String | Kind::Number | Kind::Boolean => true,
        };
        if !is_whole && self.kind != ParameterKind::Any {
            return Err(format!("its `{shown}` is no single value"));
        }
        let own = || JsonText::parse(&json).map_err(|reason| format!("its `{shown}` is {reason}"));
        if self.kind == ParameterKind::Any {
            return own();
        }
        // A value that does not fit is sent as it is: the service has the last word.
        match value_of(self.kind, self.items.as_deref(), &plain_text(&json)) {
            Ok(value) => Ok(value),
            Err(_) => own(),
        }
    }
}

/// Says that a record lacks a field, and which of its fields may be meant.
fn lacking(record: &Document, from: &str) -> String {
    let members = record
        .root()
        .into_iter()
        .flat_map(|root| record.children(root));
    let keys: Vec<_> = members
        .take(MOST_KEYS)
        .filter_map(|node| record.key(node))
        .collect();
    match nearest(from, keys.iter().map(|key| key.as_ref())) {
        Some(key) => format!("it has no `{from}`; did you mean `{key}`?"),
        None => format!("it has no `{from}`"),
    }
}

/// Finds a field of a record, by its name or as a path from the record.
fn find(record: &Document, from: &str) -> Option<NodeId> {
    if from.starts_with(['.', '[']) {
        return path::find(record, from);
    }
    let root = record.root()?;
    record
        .member(root, from)
        .or_else(|| path::find(record, &format!(".{from}")))
}

/// The name under which a record carries the values that it was asked with.
const PARENT: &str = "_parent";

/// Returns a record with the values that it was asked with as its first member. A record's own `_parent` stays, and ours
/// is then `_parent_`; what is no object becomes the member `value` of one.
///
/// Also returns how many strings were not valid JSON, and were repaired.
pub fn with_parent(document: &Document, record: NodeId, values: &Params) -> (Vec<u8>, u64) {
    let valid = valid_value(document, record);
    let values = values.compact().to_json();
    let mut line = Vec::with_capacity(valid.text.len() + values.len() + 16);
    if document.kind(record) != Kind::Object {
        line.extend_from_slice(format!("{{\"{PARENT}\":{values},\"value\":").as_bytes());
        line.extend_from_slice(&valid.text);
        line.push(b'}');
        return (line, valid.repaired);
    }
    let mut name = PARENT.to_owned();
    while document.member(record, &name).is_some() {
        name.push('_');
    }
    line.extend_from_slice(format!("{{\"{name}\":{values}").as_bytes());
    let members = valid.text.get(1..).unwrap_or(b"}");
    if members != b"}" {
        line.push(b',');
    }
    line.extend_from_slice(members);
    (line, valid.repaired)
}

#[cfg(test)]
mod tests {
    use super::{Template, with_parent};
    use crate::catalog;
    use crate::domain::call::{JsonText, Params};
    use crate::domain::operation::Operation;
    use crate::json::document::Document;

    fn document(text: &str) -> Document {
        Document::parse(text.to_owned().into())
    }

    fn comments() -> Option<Operation> {
        let operations = catalog::by_name("zendesk-support")?.operations();
        operations
            .into_iter()
            .find(|operation| operation.entity == "ticket_comments" && operation.action == "list")
    }

    #[test]
    fn a_typed_value_takes_a_field_a_path_or_is_a_text() {
        for (typed, from, text) in [
            ("@id", Some("id"), "@id"),
            ("@.a.b", Some(".a.b"), "@.a.b"),
            ("@@x", None, "@x"),
            ("@@", None, "@"),
            ("@", None, "@"),
            ("x@id", None, "x@id"),
        ] {
            assert_eq!(Template::source_of(typed), from, "{typed}");
            if from.is_none() {
                assert_eq!(Template::text_of(typed), text, "{typed}");
            }
        }
    }

    #[test]
    fn values_are_taken_in_the_declared_type() {
        let operation = comments();
        let check = |from: &str, record: &str, expected: Result<&str, &str>| {
            let mut template = Template::new(Params::default());
            template.take("ticket_id", from, operation.as_ref());
            let values = template.values(&document(record));
            let values = values.map(|values| values.to_json());
            assert_eq!(
                values.as_deref().map_err(String::as_str),
                expected,
                "{from} {record}"
            );
        };
        check("id", r#"{"id":7}"#, Ok(r#"{"ticket_id":7}"#));
        check("id", r#"{"id":"7"}"#, Ok(r#"{"ticket_id":7}"#));
        check("id", r#"{"id":"x"}"#, Ok(r#"{"ticket_id":"x"}"#));
        check(".a.b", r#"{"a":{"b":9}}"#, Ok(r#"{"ticket_id":9}"#));
        check("a.b", r#"{"a":{"b":9}}"#, Ok(r#"{"ticket_id":9}"#));
        check("a.b", r#"{"a":{"b":9},"a.b":1}"#, Ok(r#"{"ticket_id":1}"#));
        check(".", "12", Ok(r#"{"ticket_id":12}"#));
        check("id", "{}", Err("it has no `id`"));
        check("id", "12", Err("it has no `id`"));
        check(
            "idd",
            r#"{"id":1,"name":2}"#,
            Err("it has no `idd`; did you mean `id`?"),
        );
        check("id", r#"{"id":null}"#, Err("its `id` is null"));
        check("id", r#"{"id":""}"#, Err("its `id` is empty"));
        check(
            "id",
            r#"{"id":{"a":1}}"#,
            Err("its `id` is no single value"),
        );
    }

    #[test]
    fn a_parameter_is_fixed_or_taken() {
        let mut fixed = Params::default();
        fixed.set("ticket_id", JsonText::integer(1));
        fixed.set("per_page", JsonText::integer(2));
        let mut template = Template::new(fixed);
        template.take("ticket_id", "id", None);
        let values = template.values(&document(r#"{"id":"a\nb"}"#)).unwrap();
        assert_eq!(
            template.filled(&values).to_json(),
            r#"{"per_page":2,"ticket_id":"a\nb"}"#
        );
    }

    #[test]
    fn a_record_carries_the_values_it_was_asked_with() {
        let mut values = Params::default();
        values.set("ticket_id", JsonText::integer(7));
        let check = |record: &str, expected: &str| {
            let document = document(record);
            let (line, _) = with_parent(&document, document.root().unwrap(), &values);
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        };
        check(r#"{"id": 1}"#, r#"{"_parent":{"ticket_id":7},"id":1}"#);
        check("{ }", r#"{"_parent":{"ticket_id":7}}"#);
        check(
            r#"{"_parent":3,"_parent_":4}"#,
            r#"{"_parent__":{"ticket_id":7},"_parent":3,"_parent_":4}"#,
        );
        check("[1]", r#"{"_parent":{"ticket_id":7},"value":[1]}"#);
    }
}
