//! What JSON forbids and is read all the same: each kind is named with its first place and counted.

use super::document::{Document, Fault};
use super::lines::place_of;
use crate::text;

/// A kind of deviation from JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviationKind {
    /// `NaN`, `Infinity` or `-Infinity` in place of a number.
    NotANumber,
    /// `None`, `True` or `False`, as Python writes them.
    PythonWord,
    /// A key or a string in single quotes.
    SingleQuotes,
    /// A comma before a closing bracket.
    TrailingComma,
    /// A line that is no JSON, between lines that are.
    BadLine,
}

impl DeviationKind {
    /// Returns the words shown to the user.
    pub fn words(self) -> &'static str {
        match self {
            DeviationKind::NotANumber => "NaN or Infinity",
            DeviationKind::PythonWord => "None, True or False",
            DeviationKind::SingleQuotes => "single quotes",
            DeviationKind::TrailingComma => "a comma before a closing bracket",
            DeviationKind::BadLine => "a line that is no JSON",
        }
    }
}

/// A deviation from JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    /// What it is.
    pub kind: DeviationKind,
    /// Where it is first, in bytes.
    pub first: usize,
    /// How often it is there.
    pub count: u64,
}

/// Returns what JSON forbids and was read all the same, with the first place of each kind; `None` if there is nothing.
pub fn sentence(document: &Document) -> Option<String> {
    let words = |deviation: &Deviation| {
        let (line, column) = place_of(document, deviation.first);
        let times = match deviation.count {
            1 => String::new(),
            count => format!(" ({} times)", text::count(count)),
        };
        format!(
            "{} at line {}, column {}{times}",
            deviation.kind.words(),
            text::count(line as u64),
            text::count(column as u64),
        )
    };
    let all: Vec<String> = document.deviations().iter().map(words).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Returns where and why a body stops being JSON.
pub fn fault_words(document: &Document, fault: &Fault) -> String {
    let (line, column) = place_of(document, fault.offset);
    format!(
        "{} at line {}, column {}",
        fault.kind.reason(),
        text::count(line as u64),
        text::count(column as u64)
    )
}

/// The words that are read in place of numbers and literals.
const WORDS: [(&[u8], DeviationKind); 9] = [
    (b"NaN", DeviationKind::NotANumber),
    (b"-NaN", DeviationKind::NotANumber),
    (b"nan", DeviationKind::NotANumber),
    (b"-nan", DeviationKind::NotANumber),
    (b"Infinity", DeviationKind::NotANumber),
    (b"-Infinity", DeviationKind::NotANumber),
    (b"None", DeviationKind::PythonWord),
    (b"True", DeviationKind::PythonWord),
    (b"False", DeviationKind::PythonWord),
];

/// What the beginning of a text is.
pub(super) enum Word {
    /// A word of this length.
    Found(usize, DeviationKind),
    /// More must come before one can tell.
    Open,
    /// None.
    None,
}

/// Looks for a word at the beginning of a text that is no value of JSON.
pub(super) fn word(rest: &[u8], last: bool) -> Word {
    for (word, kind) in WORDS {
        if rest.starts_with(word) {
            return Word::Found(word.len(), kind);
        }
        if !last && word.starts_with(rest) {
            return Word::Open;
        }
    }
    Word::None
}

/// Counts a deviation.
pub(super) fn add(deviations: &mut Vec<Deviation>, kind: DeviationKind, place: usize) {
    match deviations
        .iter_mut()
        .find(|deviation| deviation.kind == kind)
    {
        Some(deviation) => deviation.count += 1,
        None => deviations.push(Deviation {
            kind,
            first: place,
            count: 1,
        }),
    }
}
