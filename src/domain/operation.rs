//! Operations: an entity, an action, and the parameters it takes.

pub use super::action::{about_action, only_reads, reads_store};

/// An operation of a connector, merged from the bundled catalog and the service's own answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The API's noun, such as `issues`.
    pub entity: String,
    /// The API's verb, such as `list`.
    pub action: String,
    /// Its description, where the service has one.
    pub description: Option<String>,
    /// Its parameters, in the order of the catalog, then of the service.
    pub parameters: Vec<Parameter>,
    /// Who declares it.
    pub source: Source,
    /// How it pages, where the catalog states it.
    pub paging: Option<PagingFacts>,
    /// The fields that its records are declared to have (Context Store only).
    pub fields: Vec<String>,
    /// The fields that can be searched by meaning.
    pub semantic: Vec<String>,
    /// Whether the definition states that it returns one object, also where the action lists.
    pub returns_object: bool,
}

/// Who declares an operation or parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Only the catalog that comes with the program.
    Catalog,
    /// Only the service's answer to `describe`.
    Service,
    /// Both.
    Both,
}

impl Source {
    /// Returns the source when another party declares the thing, too.
    pub fn and(self, other: Source) -> Source {
        if self == other { self } else { Source::Both }
    }

    /// Returns the words shown beside an operation.
    pub fn label(self) -> &'static str {
        match self {
            Source::Catalog => "catalog",
            Source::Service => "service",
            Source::Both => "catalog + service",
        }
    }
}

/// One parameter. On the wire all parameters go flat into `params`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name; case matters.
    pub name: String,
    /// Its declared type.
    pub kind: ParameterKind,
    /// Whether the definition requires it. The service may fill it from the connector's
    /// configuration all the same ([`Parameter::scoped`]), so a missing one is a warning.
    pub required: bool,
    /// Whether the service fills it from the connector's configuration when it is left out.
    pub scoped: bool,
    /// The default, as JSON text.
    pub default: Option<String>,
    /// Allowed values, as JSON texts.
    pub choices: Vec<String>,
    /// The smallest number allowed, as JSON text.
    pub minimum: Option<String>,
    /// The largest number allowed, as JSON text.
    pub maximum: Option<String>,
    /// A format such as `date-time`.
    pub format: Option<String>,
    /// The type of an array's items.
    pub items: Option<String>,
    /// The names of an object's properties (or of an array's objects').
    pub properties: Vec<String>,
    /// Its description, where the service has one.
    pub description: Option<String>,
    /// Who declares it.
    pub source: Source,
}

impl Parameter {
    /// Makes a parameter of which only name and type are known.
    pub fn new(name: impl Into<String>, kind: ParameterKind, source: Source) -> Parameter {
        Parameter {
            name: name.into(),
            kind,
            required: false,
            scoped: false,
            default: None,
            choices: Vec::new(),
            minimum: None,
            maximum: None,
            format: None,
            items: None,
            properties: Vec::new(),
            description: None,
            source,
        }
    }
}

/// The declared type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A JSON object.
    Object,
    /// A JSON array.
    Array,
    /// Nothing is declared, or several types: JSON if the text is JSON, else a string.
    Any,
}

impl ParameterKind {
    /// Reads the word of a schema. Unions (`integer|string`) and unknown words are [`ParameterKind::Any`].
    pub fn from_word(word: &str) -> ParameterKind {
        match word {
            "string" => ParameterKind::String,
            "integer" => ParameterKind::Integer,
            "number" => ParameterKind::Number,
            "boolean" => ParameterKind::Boolean,
            "object" => ParameterKind::Object,
            "array" => ParameterKind::Array,
            _ => ParameterKind::Any,
        }
    }

    /// Returns the schema's word.
    pub fn word(self) -> &'static str {
        match self {
            ParameterKind::String => "string",
            ParameterKind::Integer => "integer",
            ParameterKind::Number => "number",
            ParameterKind::Boolean => "boolean",
            ParameterKind::Object => "object",
            ParameterKind::Array => "array",
            ParameterKind::Any => "any",
        }
    }
}

/// What the catalog states about an operation's paging. Keys are dotted paths into
/// `connector_metadata`, or into the envelope where they begin with `result.`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PagingFacts {
    /// The paging strategy (`pagination.next.kind`); `None` where the catalog has no rule.
    pub kind: Option<String>,
    /// The paging parameter.
    pub param: Option<String>,
    /// The path of its next value, or of the sign that there is one.
    pub from: Option<String>,
    /// The request parameter that sets the page size.
    pub size_param: Option<String>,
    /// A flag that is true while there is more.
    pub more_if_true: Option<String>,
    /// A flag that is true at the end.
    pub end_if_true: Option<String>,
    /// A key that only echoes the offset that was sent.
    pub echo_key: Option<String>,
    /// The metadata keys of the connector's replies.
    pub metadata: Vec<String>,
    /// The definition states that everything is in one reply.
    pub declared_unpaginated: bool,
    /// What a list without declared paging actually is, where that is known.
    pub whole: Option<Whole>,
}

/// What a list without declared paging is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whole {
    /// Everything is in one reply.
    All,
    /// Complete within the parameters that bound it.
    Window {
        /// The parameters that bound it.
        bounded_by: Vec<String>,
    },
    /// The provider pages; the definition does not say how.
    Undeclared,
    /// Nothing in the reply states that there is more: the caller counts.
    CallerCounts,
}
