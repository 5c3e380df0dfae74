//! What was noticed about a page, and what it means for the whole.

use super::step::Blocker;
use crate::text;

/// So many names or ids are spelled out.
const SPELLED: usize = 5;

/// The name of [`Finding::Refuted`] in the written ledger.
const REFUTED: &str = "profile_refuted";

/// What was noticed about a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Fewer records than asked for, and still more to come.
    ShortPage {
        /// What was asked for.
        asked: u64,
        /// What came.
        came: u64,
    },
    /// The page size that was asked for is not what came on the first page, with more to come.
    SizeIgnored {
        /// What was asked for.
        asked: u64,
        /// What came.
        came: u64,
    },
    /// A token came along with the word that there is no more.
    TokenWithoutMore {
        /// Where the token stands.
        from: String,
    },
    /// The records are not sorted any more by the field they seemed sorted by.
    OrderBroken {
        /// The field.
        field: String,
    },
    /// Every record has fields that none had before.
    FieldsAppeared(Vec<String>),
    /// No record has fields that every one had before.
    FieldsVanished(Vec<String>),
    /// A field that is no column of the table that is written.
    NewColumns(Vec<String>),
    /// Strings that JSON forbids, written so that it allows them.
    Repaired(u64),
    /// Records that an earlier page brought already.
    SeenBefore {
        /// How many.
        count: u32,
        /// Some of their ids.
        ids: Vec<String>,
        /// The first page that brought one of them.
        page: u32,
    },
    /// Records of one page that have the same id.
    EqualIds {
        /// How many have the id of one before them.
        count: u32,
        /// Some of the ids.
        ids: Vec<String>,
        /// Whether they hold the same, too: then they are one record that came twice.
        are_same: bool,
    },
    /// The page begins with the last records of the page before: the list moved on meanwhile.
    Moved {
        /// By how many records.
        by: u32,
    },
    /// The stated total is another than an earlier page stated.
    TotalMoved {
        /// What was stated before.
        before: u64,
        /// What is stated now.
        now: u64,
    },
    /// The page is not the same when it is asked for again.
    ChangedMeanwhile(String),
    /// Another number than the service states in all.
    TotalDiffers {
        /// What it states.
        stated: u64,
        /// What came.
        came: u64,
    },
    /// The stated number of pages is another than an earlier page stated.
    PagesMoved {
        /// What was stated before.
        before: u64,
        /// What is stated now.
        now: u64,
    },
    /// Another number of pages than the service states.
    PagesDiffer {
        /// What it states.
        stated: u64,
        /// What came.
        came: u64,
    },
    /// Other lists that stand beside the records, and are not among them.
    ListsBeside(Vec<String>),
    /// Records without an id that hold the same as records before them.
    Alike {
        /// How many.
        count: u32,
    },
    /// No records, though there are said to be more; asked once more.
    EmptyWithMore,
    /// No records, also when asked once more, and the token that came along leads on.
    EmptyPassed,
    /// The way to this page was wrong.
    Refuted(String),
    /// The profile has no way on from here, and the reply claims more: another way is tried.
    Turned(String),
    /// The service calls the reply a part of what was asked for.
    Partial(String),
    /// The service warns beside the result.
    Warned(String),
    /// There is no way on from here.
    Trapped(Blocker, String),
    /// A finding of before an interruption, as it was written down.
    Told {
        /// Its name.
        name: String,
        /// What it means for the whole.
        weight: Weight,
        /// What it is.
        words: String,
    },
}

/// What a finding means for the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Good to know; everything may still have come.
    Note,
    /// What came may not be what is there.
    Doubt,
    /// Something is missing.
    Missing,
}

impl Weight {
    /// Returns the word for it in the written ledger.
    pub fn name(self) -> &'static str {
        match self {
            Weight::Note => "note",
            Weight::Doubt => "doubtful",
            Weight::Missing => "incomplete",
        }
    }

    /// Reads the word of a written ledger. A word that nobody knows is taken for the worst.
    pub fn by_name(name: &str) -> Weight {
        [Weight::Note, Weight::Doubt]
            .into_iter()
            .find(|weight| weight.name() == name)
            .unwrap_or(Weight::Missing)
    }
}

impl Finding {
    /// Returns what it means for the whole.
    pub fn weight(&self) -> Weight {
        match self {
            Finding::ShortPage { .. }
            | Finding::SizeIgnored { .. }
            | Finding::TokenWithoutMore { .. }
            | Finding::OrderBroken { .. }
            | Finding::FieldsAppeared(_)
            | Finding::FieldsVanished(_)
            | Finding::NewColumns(_)
            | Finding::Repaired(_)
            | Finding::Alike { .. }
            | Finding::EmptyWithMore
            | Finding::Refuted(_)
            | Finding::Turned(_)
            | Finding::Warned(_) => Weight::Note,
            Finding::EqualIds {
                are_same: false, ..
            } => Weight::Note,
            Finding::SeenBefore { .. }
            | Finding::EqualIds { are_same: true, .. }
            | Finding::Moved { .. }
            | Finding::TotalMoved { .. }
            | Finding::ChangedMeanwhile(_)
            | Finding::Partial(_)
            | Finding::EmptyPassed
            | Finding::ListsBeside(_)
            | Finding::PagesMoved { .. }
            | Finding::PagesDiffer { .. }
            | Finding::TotalDiffers { .. } => Weight::Doubt,
            Finding::Trapped(..) => Weight::Missing,
            Finding::Told { weight, .. } => *weight,
        }
    }

    /// Returns the word for it in the written ledger.
    pub fn name(&self) -> &str {
        match self {
            Finding::ShortPage { .. } => "short_page",
            Finding::SizeIgnored { .. } => "page_size_ignored",
            Finding::TokenWithoutMore { .. } => "token_without_more",
            Finding::OrderBroken { .. } => "order_broken",
            Finding::FieldsAppeared(_) => "fields_appeared",
            Finding::FieldsVanished(_) => "fields_vanished",
            Finding::NewColumns(_) => "new_columns",
            Finding::Repaired(_) => "strings_repaired",
            Finding::SeenBefore { .. } => "records_seen_before",
            Finding::EqualIds { .. } => "equal_ids",
            Finding::Moved { .. } => "list_moved",
            Finding::TotalMoved { .. } => "total_moved",
            Finding::ChangedMeanwhile(_) => "page_changed",
            Finding::TotalDiffers { .. } => "total_differs",
            Finding::PagesDiffer { .. } => "pages_differ",
            Finding::PagesMoved { .. } => "page_total_moved",
            Finding::Alike { .. } => "alike_records",
            Finding::EmptyWithMore => "empty_page_with_more",
            Finding::EmptyPassed => "empty_page_passed",
            Finding::ListsBeside(_) => "lists_beside",
            Finding::Refuted(_) => REFUTED,
            Finding::Turned(_) => "profile_changed",
            Finding::Partial(_) => "partial",
            Finding::Warned(_) => "warning",
            Finding::Trapped(Blocker::Unproven, _) => "unproven",
            Finding::Trapped(Blocker::NoPage, _) => "no_page",
            Finding::Trapped(Blocker::MissingToken, _) => "more_without_token",
            Finding::Trapped(Blocker::Repeats, _) => "repeated_token",
            Finding::Trapped(Blocker::NoWayOn, _) => "no_way_on",
            Finding::Told { name, .. } => name,
        }
    }

    /// Returns whether it refutes the profile that led to the page; also one read back from a checkpoint.
    pub fn refutes_profile(&self) -> bool {
        matches!(self, Finding::Refuted(_))
            || matches!(self, Finding::Told { name, .. } if name == REFUTED)
    }

    /// Says what it is and what one can do about it.
    pub fn words(&self) -> String {
        match self {
            Finding::ShortPage { asked, came } => {
                format!("{} came where {asked} were asked for, with more to come: the service filters after it cuts", text::count(*came))
            }
            Finding::SizeIgnored { asked, came } if came < asked => {
                format!("the page size is capped: {asked} were asked for, {} came; ask for no more than that", text::count(*came))
            }
            Finding::SizeIgnored { asked, came } => {
                format!("the page size is ignored: {asked} were asked for, {} came", text::count(*came))
            }
            Finding::TokenWithoutMore { from } => format!("`{from}` came along, though the service says no more; the service is believed"),
            Finding::OrderBroken { field } => {
                format!("not sorted by `{field}` any more, as the pages before were: ask for an order, if the operation takes one")
            }
            Finding::FieldsAppeared(names) => format!("fields that no record had before: {}", spell(names)),
            Finding::FieldsVanished(names) => format!("fields are missing that every record had before: {}", spell(names)),
            Finding::NewColumns(names) => {
                format!("fields that are no columns and were left out: {}; name them with --columns", spell(names))
            }
            Finding::Repaired(count) => {
                format!(
                    "{} held what JSON forbids and went out repaired: controls escaped, U+FFFD for what is no character",
                    text::plural(*count, "string")
                )
            }
            Finding::SeenBefore { count, ids, page } => {
                let ids = if ids.is_empty() { String::new() } else { format!(" ({})", spell(ids)) };
                format!(
                    "{} had come before{ids}, first on page {page}: --dedupe leaves them out",
                    text::plural(u64::from(*count), "record")
                )
            }
            Finding::EqualIds { count, ids, are_same } => {
                let records = text::plural(u64::from(*count), "record");
                let what = if *are_same { "holds the same: --dedupe leaves it out" } else { "differs: the id does not identify a record" };
                format!("{records} of this page with the id of another ({}), which {what}", spell(ids))
            }
            Finding::Moved { by } => format!(
                "the list moved by {} while it was read: this page begins where the last one was not yet over; others may have slipped by",
                text::plural(u64::from(*by), "record")
            ),
            Finding::TotalMoved { before, now } => {
                let (before, now) = (text::count(*before), text::count(*now));
                format!("the stated total moved from {before} to {now} while the list was read: read it again when it is at rest")
            }
            Finding::ChangedMeanwhile(what) => format!("asked for again, this page had changed: {what}"),
            Finding::TotalDiffers { stated, came } => {
                format!("the service states {} in all, {} came", text::count(*stated), text::count(*came))
            }
            Finding::ListsBeside(names) => format!("other lists stand beside the records and are not among them: {}", spell(names)),
            Finding::PagesMoved { before, now } => {
                format!("the stated number of pages moved from {before} to {now} while the list was read: read it again when it is at rest")
            }
            Finding::PagesDiffer { stated, came } => {
                format!("the service states {}, {} came", text::plural(*stated, "page"), text::count(*came))
            }
            Finding::Alike { count } => format!(
                "{} without an id hold the same as earlier ones: they may be the same, and none is left out",
                text::plural(u64::from(*count), "record")
            ),
            Finding::EmptyWithMore => "no records, though the service says there is more; asked once more".to_owned(),
            Finding::EmptyPassed => {
                "no records, also when asked once more, though its token leads on: what it should hold may be missing".to_owned()
            }
            Finding::Partial(words) => format!("the service calls this page a part: {words}"),
            Finding::Warned(words) => format!("the service warns: {words}"),
            Finding::Refuted(words) | Finding::Turned(words) | Finding::Trapped(_, words) | Finding::Told { words, .. } => words.clone(),
        }
    }
}

/// Writes some names in backticks, and how many more there are.
fn spell(names: &[String]) -> String {
    let some: Vec<String> = names
        .iter()
        .take(SPELLED)
        .map(|name| format!("`{}`", text::cut_middle(&text::safe(name), 24)))
        .collect();
    let rest = names.len().saturating_sub(SPELLED);
    if rest > 0 {
        format!("{} and {rest} more", some.join(", "))
    } else {
        some.join(", ")
    }
}
