//! The faults of a filter: a message and a place.

use jaq_core::compile;
use jaq_core::load::lex::Token;
use jaq_core::load::{lex, parse};
use jaq_json::Val;
use serde_json::{Value, json};

use super::write;

/// The longest message, in characters: an error may hold the value that it is about.
const LONGEST: usize = 200;

/// A fault of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The message.
    pub words: String,
    /// Where in the filter, in bytes, if it is at a place.
    pub place: Option<usize>,
}

impl Fault {
    /// Makes a fault that has no place.
    pub fn new(words: impl Into<String>) -> Fault {
        let words: String = words.into();
        let cut: String = words.chars().take(LONGEST).collect();
        Fault {
            words: if cut.len() < words.len() {
                format!("{cut}…")
            } else {
                words
            },
            place: None,
        }
    }

    /// Says which part of the filter it is about.
    pub(super) fn at_part(self, program: &str, part: &str) -> Fault {
        Fault {
            place: offset(program, part),
            ..self
        }
    }

    /// Writes it as JSON on one line.
    pub fn to_json(&self) -> String {
        json!({"words": self.words, "place": self.place}).to_string()
    }

    /// Reads what [`Fault::to_json`] wrote; what is no such line is the message itself.
    pub fn from_json(line: &str) -> Fault {
        match serde_json::from_str::<Value>(line) {
            Ok(value) if value["words"].is_string() => {
                let fault = Fault::new(value["words"].as_str().unwrap_or_default());
                Fault {
                    place: value["place"].as_u64().map(|place| place as usize),
                    ..fault
                }
            }
            Ok(_) | Err(_) => Fault::new(line.trim()),
        }
    }
}

/// Returns where a part of the filter begins; `None` for a text that is no part of it.
fn offset(program: &str, part: &str) -> Option<usize> {
    (part.as_ptr() as usize)
        .checked_sub(program.as_ptr() as usize)
        .filter(|offset| *offset <= program.len())
}

/// Returns the beginning of the text at the place.
fn found(part: &str) -> String {
    let shown: String = part.chars().take(20).collect();
    if shown.is_empty() {
        "the end".to_owned()
    } else {
        format!("`{shown}`")
    }
}

/// Words what has no tokens of a filter.
pub(super) fn lex_fault(program: &str, errors: &[lex::Error<&str>]) -> Fault {
    match errors.first() {
        Some((expected, part)) => {
            let words = format!("expected {}, found {}", expected.as_str(), found(part));
            Fault::new(words).at_part(program, part)
        }
        None => Fault::new("the filter cannot be read"),
    }
}

/// Words what has no grammar of a filter.
pub(super) fn parse_fault(
    program: &str,
    errors: &[parse::Error<&str, Option<&Token<&str>>>],
) -> Fault {
    let is_module = ["import", "include", "module"]
        .iter()
        .any(|word| program.split_whitespace().next() == Some(word));
    match errors.first() {
        Some(_) if is_module => Fault::new(MODULES),
        Some((expected, token)) => {
            let part = Token::opt_as_str(*token, program);
            let words = format!("expected {}, found {}", expected.as_str(), found(part));
            Fault::new(words).at_part(program, part)
        }
        None => Fault::new("the filter cannot be read"),
    }
}

/// Words what names something that is not there.
pub(super) fn compile_fault(program: &str, errors: &compile::Errors<&str, ()>) -> Fault {
    let first = errors.first().and_then(|(_, errors)| errors.first());
    match first {
        Some((name, what)) => {
            let words = match missing(name) {
                Some(instead) => format!("there is no `{name}` here: {instead}"),
                None => format!("there is no {} `{name}`", what.as_str()),
            };
            Fault::new(words).at_part(program, name)
        }
        None => Fault::new("the filter names something that is not there"),
    }
}

/// Words the error that ended a filter.
pub(super) fn runtime_fault(error: jaq_json::Error) -> Fault {
    match error.into_val() {
        Val::TStr(words) | Val::BStr(words) => Fault::new(String::from_utf8_lossy(&words)),
        other @ (Val::Null | Val::Bool(_) | Val::Num(_) | Val::Arr(_) | Val::Obj(_)) => {
            Fault::new(write::text(&other))
        }
    }
}

/// Why modules are missing, and what to write instead.
const MODULES: &str = "modules cannot be loaded here: write the definitions into the filter";
/// The same for the environment.
const ENVIRONMENT: &str =
    "the environment holds secrets and is not given to a filter: write the value into the filter";

/// Returns what to write instead of a name of jq that is not there.
fn missing(name: &str) -> Option<&'static str> {
    Some(match name {
        "env" | "$ENV" => ENVIRONMENT,
        "$ARGS" | "$__prog_args" => "a filter has no arguments: write the value into the filter",
        "input" | "inputs" => "all of the input is in `.`, and .[] gives one value after the other",
        "input_filename" => "all of the input is in `.`",
        "input_line_number" => "the row of the tree says where a value is",
        "modulemeta" | "get_search_list" => MODULES,
        "builtins" => "docs/jq.md lists what differs from jq",
        "lgamma_r" => "lgamma gives the value without the sign",
        _ => return None,
    })
}
