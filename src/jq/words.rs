//! The faults of a filter: a message and a place.

use jaq_core::{compile, load};
use serde_json::{Value, json};

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

    fn at(self, place: usize) -> Fault {
        Fault {
            place: Some(place),
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

fn offset(program: &str, part: &str) -> usize {
    load::span(program, part).start.min(program.len())
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

/// Words what cannot be read as a filter.
pub(super) fn load_fault(program: &str, errors: &load::Errors<&str, ()>) -> Fault {
    let Some((_, error)) = errors.first() else {
        return Fault::new("the filter cannot be read");
    };
    match error {
        load::Error::Io(errors) => match errors.first() {
            Some((part, words)) => Fault::new(words.clone()).at(offset(program, part)),
            None => Fault::new("modules cannot be loaded here"),
        },
        load::Error::Lex(errors) => match errors.first() {
            Some((expected, part)) => Fault::new(format!(
                "expected {}, found {}",
                expected.as_str(),
                found(part)
            ))
            .at(offset(program, part)),
            None => Fault::new("the filter cannot be read"),
        },
        load::Error::Parse(errors) => match errors.first() {
            Some((expected, part)) => Fault::new(format!(
                "expected {}, found {}",
                expected.as_str(),
                found(part)
            ))
            .at(offset(program, part)),
            None => Fault::new("the filter cannot be read"),
        },
    }
}

/// Words what names something that is not there.
pub(super) fn compile_fault(program: &str, errors: &compile::Errors<&str, ()>) -> Fault {
    let first = errors.first().and_then(|(_, errors)| errors.first());
    match first {
        Some((name, what)) => {
            Fault::new(format!("there is no {} `{name}`", what.as_str())).at(offset(program, name))
        }
        None => Fault::new("the filter names something that is not there"),
    }
}
