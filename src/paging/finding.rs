//! What is odd about a page, and what it means for the whole.

use super::step::Blocker;
use crate::text;

/// At most this many names or ids are listed.
const SPELLED: usize = 5;

/// The name of [`Finding::Refuted`] in the written ledger.
const REFUTED: &str = "profile_refuted";

/// What is odd about a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Fewer records than requested, with more to follow.
    ShortPage {
        /// The requested number.
        asked: u64,
        /// The received number.
        received: u64,
    },
    /// The first page has another number of records than requested, with more to follow.
    SizeIgnored {
        /// The requested number.
        asked: u64,
        /// The received number.
        received: u64,
    },
    /// The reply has a token although it states that there is no more.
    TokenWithoutMore {
        /// The path of the token.
        from: String,
    },
    /// The records are no longer sorted by the field that the earlier ones seemed sorted by.
    OrderBroken {
        /// The field.
        field: String,
    },
    /// Every record has fields that no earlier record had.
    FieldsAppeared(Vec<String>),
    /// No record has fields that every earlier record had.
    FieldsVanished(Vec<String>),
    /// Fields without a column in the table that is written.
    NewColumns(Vec<String>),
    /// The number of values with what JSON forbids, which were repaired when written.
    Repaired(u64),
    /// Records that an earlier page has.
    SeenBefore {
        /// How many.
        count: u32,
        /// Some of their ids.
        ids: Vec<String>,
        /// The first page that has one of them.
        page: u32,
    },
    /// Records of one page that have the same id.
    EqualIds {
        /// How many have the id of an earlier record of the page.
        count: u32,
        /// Some of the ids.
        ids: Vec<String>,
        /// Whether they have the same content, too: then one record was sent twice.
        are_same: bool,
    },
    /// The page begins with the last records of the previous one: the list shifted meanwhile.
    Moved {
        /// By how many records.
        by: u32,
    },
    /// The stated total differs from that of an earlier page.
    TotalMoved {
        /// What was stated before.
        before: u64,
        /// What is stated now.
        now: u64,
    },
    /// The page differs when it is requested again.
    ChangedMeanwhile(String),
    /// The received number of records differs from the stated total.
    TotalDiffers {
        /// The stated number.
        stated: u64,
        /// The received number.
        received: u64,
    },
    /// The stated number of pages differs from that of an earlier page.
    PagesMoved {
        /// What was stated before.
        before: u64,
        /// What is stated now.
        now: u64,
    },
    /// The received number of pages differs from the stated number.
    PagesDiffer {
        /// The stated number.
        stated: u64,
        /// The received number.
        received: u64,
    },
    /// Other lists of the reply, which are not included in the records.
    ListsBeside(Vec<String>),
    /// Records without an id whose content equals that of earlier records.
    Alike {
        /// How many.
        count: u32,
    },
    /// No records although the service states more; requested once more.
    EmptyWithMore,
    /// No records, also when requested again, and the token that was received leads on.
    EmptyPassed,
    /// The strategy that led to this page was wrong.
    Refuted(String),
    /// The profile has no next page from here, and the reply claims more: another strategy is
    /// tried.
    StrategyChanged(String),
    /// The service calls the reply partial.
    Partial(String),
    /// The service warns beside the result.
    Warned(String),
    /// The next page cannot be requested.
    Blocked(Blocker, String),
    /// A finding from before an interruption, as it was recorded.
    Recorded {
        /// Its name.
        name: String,
        /// What it means for the whole.
        weight: Weight,
        /// The words shown for it.
        words: String,
    },
}

/// What a finding means for the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Good to know; all records may still be received.
    Note,
    /// The received records may differ from those of the service.
    Doubt,
    /// Records are missing.
    Missing,
}

impl Weight {
    /// Returns the word for it in the recorded ledger.
    pub fn name(self) -> &'static str {
        match self {
            Weight::Note => "note",
            Weight::Doubt => "doubtful",
            Weight::Missing => "incomplete",
        }
    }

    /// Reads the word of a recorded ledger. An unknown word counts as the worst.
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
            | Finding::StrategyChanged(_)
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
            Finding::Blocked(..) => Weight::Missing,
            Finding::Recorded { weight, .. } => *weight,
        }
    }

    /// Returns the word for it in the recorded ledger.
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
            Finding::StrategyChanged(_) => "profile_changed",
            Finding::Partial(_) => "partial",
            Finding::Warned(_) => "warning",
            Finding::Blocked(Blocker::Unproven, _) => "unproven",
            Finding::Blocked(Blocker::NoPage, _) => "no_page",
            Finding::Blocked(Blocker::MissingToken, _) => "more_without_token",
            Finding::Blocked(Blocker::Repeats, _) => "repeated_token",
            Finding::Blocked(Blocker::NoWayOn, _) => "no_way_on",
            Finding::Recorded { name, .. } => name,
        }
    }

    /// Returns whether it refutes the profile that led to the page, also where it was read from a
    /// checkpoint.
    pub fn refutes_profile(&self) -> bool {
        matches!(self, Finding::Refuted(_))
            || matches!(self, Finding::Recorded { name, .. } if name == REFUTED)
    }

    /// Returns what it is and what the user can do about it.
    pub fn words(&self) -> String {
        match self {
            Finding::ShortPage { asked, received } => {
                format!("{} of {asked} requested records received, with more to follow: the service filters after it limits the page", text::count(*received))
            }
            Finding::SizeIgnored { asked, received } if received < asked => {
                format!("the page size is capped: {asked} requested, {} received; request no more than that", text::count(*received))
            }
            Finding::SizeIgnored { asked, received } => {
                format!("the page size is ignored: {asked} requested, {} received", text::count(*received))
            }
            Finding::TokenWithoutMore { from } => format!("`{from}` is set, though the service says there is no more; the service is believed"),
            Finding::OrderBroken { field } => {
                format!("no longer sorted by `{field}`, as the earlier pages were: request an order, if the operation takes one")
            }
            Finding::FieldsAppeared(names) => format!("fields that no earlier record had: {}", spell(names)),
            Finding::FieldsVanished(names) => format!("fields are missing that every earlier record had: {}", spell(names)),
            Finding::NewColumns(names) => {
                format!("fields without a column were left out: {}; add them with --columns", spell(names))
            }
            Finding::Repaired(count) => {
                format!(
                    "{} with what JSON forbids written repaired: control characters escaped, U+FFFD for invalid characters, null for NaN",
                    text::plural(*count, "value")
                )
            }
            Finding::SeenBefore { count, ids, page } => {
                let ids = if ids.is_empty() { String::new() } else { format!(" ({})", spell(ids)) };
                format!(
                    "{} already received{ids}, first on page {page}: --dedupe leaves them out",
                    text::plural(u64::from(*count), "record")
                )
            }
            Finding::EqualIds { count, ids, are_same } => {
                let records = text::plural(u64::from(*count), "record");
                let what = if *are_same { "has the same content: --dedupe leaves it out" } else { "differs: the id does not identify a record" };
                format!("{records} of this page with the id of another ({}), which {what}", spell(ids))
            }
            Finding::Moved { by } => format!(
                "the list shifted by {} while it was read: this page repeats the end of the previous one; other records may be missing",
                text::plural(u64::from(*by), "record")
            ),
            Finding::TotalMoved { before, now } => {
                let (before, now) = (text::count(*before), text::count(*now));
                format!("the stated total changed from {before} to {now} while the list was read: read it again when it no longer changes")
            }
            Finding::ChangedMeanwhile(what) => format!("requested again, this page had changed: {what}"),
            Finding::TotalDiffers { stated, received } => {
                format!("the service states {} in all, {} received", text::count(*stated), text::count(*received))
            }
            Finding::ListsBeside(names) => format!("the reply has other lists beside the records, which are not included: {}", spell(names)),
            Finding::PagesMoved { before, now } => {
                format!("the stated number of pages changed from {before} to {now} while the list was read: read it again when it no longer changes")
            }
            Finding::PagesDiffer { stated, received } => {
                format!("the service states {}, {} received", text::plural(*stated, "page"), text::count(*received))
            }
            Finding::Alike { count } => format!(
                "{} without an id equal to earlier ones: they may be duplicates, and none is left out",
                text::plural(u64::from(*count), "record")
            ),
            Finding::EmptyWithMore => "no records, though the service says there is more; requested once more".to_owned(),
            Finding::EmptyPassed => {
                "no records, also when requested again, though its token leads to a next page: records may be missing".to_owned()
            }
            Finding::Partial(words) => format!("the service calls this page partial: {words}"),
            Finding::Warned(words) => format!("the service warns: {words}"),
            Finding::Refuted(words) | Finding::StrategyChanged(words) | Finding::Blocked(_, words) | Finding::Recorded { words, .. } => words.clone(),
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
