//! Evidence: what proves that all records were received. A closed list, so that the absence of a
//! sign of more can never count as a sign of the end.

use crate::text;

/// Why a run is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The reply states it: by a flag, or by the key of the next page that is empty, or missing
    /// after it was present.
    Stated(String),
    /// As many records were received as the service states in all.
    Total(u64),
    /// As many pages were received as the service states in all.
    Pages {
        /// The path of the statement.
        from: String,
        /// The stated number.
        stated: u64,
    },
    /// For strategies that count: a page without records.
    EmptyPage,
    /// For strategies that count: a page, not the first, that is shorter than the longest page of
    /// the run.
    ShortPage {
        /// How many records it has.
        received: u64,
        /// How many the longest page has.
        longest: u64,
    },
    /// The definition of the operation states that everything is in one reply.
    Declared(String),
    /// The definition states that the reply is complete within the parameters that bound it.
    Window(Vec<String>),
    /// The user states that everything is in one reply.
    User,
    /// Each of so many records for which the operation was run is complete by itself.
    Each(u64),
    /// Evidence from before an interruption, as it was recorded.
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
            Evidence::Each(_) => "each",
            Evidence::Written(_) => "written",
        }
    }

    /// Returns the evidence in words.
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
            Evidence::ShortPage { received, longest } => {
                format!(
                    "the last page is shorter ({}) than the longest one ({})",
                    text::count(*received),
                    text::count(*longest)
                )
            }
            Evidence::Window(bounds) if bounds.is_empty() => {
                "complete within the request: the reply is one bounded whole".to_owned()
            }
            Evidence::Window(bounds) => {
                let names: Vec<String> = bounds
                    .iter()
                    .map(|name| format!("`{}`", text::safe(name)))
                    .collect();
                format!(
                    "complete within the request: bounded by {}",
                    names.join(", ")
                )
            }
            Evidence::Each(1) => "its parent is complete".to_owned(),
            Evidence::Each(parents) => {
                format!("each of {} parents is complete", text::count(*parents))
            }
            Evidence::User => "everything is in one reply, as you set".to_owned(),
        }
    }
}
