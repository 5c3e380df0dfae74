//! The one line that says what has just happened.

use crate::domain::download::SavedFile;
use crate::domain::failure::Failure;
use crate::text;

/// What has just happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// The line.
    pub text: String,
    /// The next step.
    pub hint: Option<String>,
    /// The failure that it reports, if it reports one.
    pub failure: Option<Box<Failure>>,
}

/// How a notice is meant. A sign goes with each, so that nothing rests on colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Done,
    /// Something to know.
    Info,
    /// Something to mind.
    Warning,
    /// Something failed.
    Error,
}

impl Notice {
    /// Says that something was done.
    pub fn done(text: impl Into<String>) -> Notice {
        Notice {
            tone: Tone::Done,
            text: text.into(),
            hint: None,
            failure: None,
        }
    }

    /// Says something to know.
    pub fn info(text: impl Into<String>) -> Notice {
        Notice {
            tone: Tone::Info,
            text: text.into(),
            hint: None,
            failure: None,
        }
    }

    /// Says something to mind.
    pub fn warning(text: impl Into<String>) -> Notice {
        Notice {
            tone: Tone::Warning,
            text: text.into(),
            hint: None,
            failure: None,
        }
    }

    /// Says that a file was downloaded, and what is odd about it.
    pub fn saved(file: &SavedFile) -> Notice {
        let path = file.path.display().to_string();
        let path = text::safe(&path);
        if file.was_there {
            return Notice::done(format!("`{path}` is there already, and whole"));
        }
        let received = file
            .encoded
            .map(|encoded| format!(", received as {encoded},"))
            .unwrap_or_default();
        let words = format!("Saved {}{received} to `{path}`", text::bytes(file.bytes));
        match &file.looks_like {
            Some(looks_like) => Notice::warning(format!(
                "{words}; its content looks like {}",
                text::safe(looks_like)
            )),
            None => Notice::done(words),
        }
    }

    /// Says that something failed.
    pub fn failure(failure: &Failure) -> Notice {
        Notice {
            tone: Tone::Error,
            text: failure.summary.clone(),
            hint: failure.hint.clone(),
            failure: Some(Box::new(failure.clone())),
        }
    }
}
