//! Evidence: what may be taken for proof that everything came. A closed list, so that the absence of a sign of more can
//! never be taken for a sign of the end.

use crate::text;

/// Why a run is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The reply says so: a flag, or the key of the way to the next page that is empty, or gone after it was there.
    Stated(String),
    /// As many records came as the service states in all.
    Total(u64),
    /// As many pages came as the service states in all; where that stands, and how many.
    Pages {
        /// Where it stands.
        from: String,
        /// How many.
        stated: u64,
    },
    /// For ways that count: a page without records.
    EmptyPage,
    /// For ways that count: a page, not the first, that is shorter than the longest page of the run.
    ShortPage {
        /// How many records it has.
        came: u64,
        /// How many the longest page has.
        longest: u64,
    },
    /// The definition of the operation says that everything comes in one reply.
    Declared(String),
    /// The definition says that the reply is all there is within the parameters that bound it.
    Window(Vec<String>),
    /// The user says that everything comes in one reply.
    User,
    /// Evidence from before an interruption, as it was written down.
    Written(String),
}

impl Evidence {
    /// Returns the word for it in the written ledger.
    pub fn name(&self) -> &'static str {
        match self {
            Evidence::Stated(_) => "stated",
            Evidence::Total(_) => "total",
            Evidence::Pages { .. } => "page_total",
            Evidence::EmptyPage => "empty_page",
            Evidence::ShortPage { .. } => "short_page",
            Evidence::Declared(_) => "declared",
            Evidence::Window(_) => "window",
            Evidence::User => "user",
            Evidence::Written(_) => "written",
        }
    }

    /// Returns it in words.
    pub fn words(&self) -> String {
        match self {
            Evidence::Stated(words) | Evidence::Declared(words) | Evidence::Written(words) => {
                words.clone()
            }
            Evidence::Total(stated) => format!(
                "equals the {} that the service states",
                text::count(*stated)
            ),
            Evidence::Pages { from, stated } => {
                format!("this is page {stated} of `{}` {stated}", text::safe(from))
            }
            Evidence::EmptyPage => "this page has no records".to_owned(),
            Evidence::ShortPage { came, longest } => {
                format!(
                    "the last page is shorter ({}) than the longest one ({})",
                    text::count(*came),
                    text::count(*longest)
                )
            }
            Evidence::Window(bounds) if bounds.is_empty() => {
                "complete within what was asked: the reply is one bounded whole".to_owned()
            }
            Evidence::Window(bounds) => {
                let names: Vec<String> = bounds
                    .iter()
                    .map(|name| format!("`{}`", text::safe(name)))
                    .collect();
                format!(
                    "complete within what was asked: bounded by {}",
                    names.join(", ")
                )
            }
            Evidence::User => "everything in one reply, as you said".to_owned(),
        }
    }
}
