//! The records that an operation is run for once each: what is asked of each of them, and what came of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ids::PageId;
use crate::attachments::{Lead, lead, named};
use crate::catalog::Relation;
use crate::domain::call::{Call, Params};
use crate::domain::failure::Failure;
use crate::domain::operation::Operation;
use crate::json::document::{Document, Kind, NodeId};
use crate::names::name_of;
use crate::paging::Verdict;
use crate::text;

/// The least room for a name beside the values of a parent, what is between them included, in columns.
const LEAST_NAME: usize = 6;

/// How many calls of a run are sent at a time at most.
pub const MOST_JOBS: usize = 4;

/// So many records are looked at to find where marked records lead.
const SAMPLE: usize = 50;

/// Marked records of a page that one call has brought.
#[derive(Debug, Clone)]
pub struct Marked {
    /// The page.
    pub page: PageId,
    /// Its document.
    pub document: Arc<Document>,
    /// The call.
    pub call: Call,
    /// The records, in their order.
    pub records: Vec<NodeId>,
}

/// A record for which an operation is run; records with the same values stand for one another.
#[derive(Debug, Clone, PartialEq)]
pub struct Parent {
    /// All parameters that it is asked with.
    pub params: Params,
    /// Those that are taken from it.
    pub values: Params,
    /// What the record is called, if it has a name.
    pub name: Option<String>,
    /// Where the record is.
    pub place: (PageId, NodeId),
}

impl Parent {
    /// Returns its words in so many columns: of the name the end is cut, and of the values, which tell it from the others, the
    /// middle.
    pub fn words_in(&self, columns: usize) -> String {
        let values = self.values_words();
        // A letter or two of a name say nothing.
        if text::width(&values) + LEAST_NAME <= columns {
            text::cut_end(&self.words(), columns).into_owned()
        } else {
            text::cut_middle(&values, columns).into_owned()
        }
    }

    /// Returns the values that it is asked with and its name, for people: `ticket_id=1003 · The propeller hums`.
    pub fn words(&self) -> String {
        match &self.name {
            Some(name) => format!("{} · {name}", self.values_words()),
            None => self.values_words(),
        }
    }

    fn values_words(&self) -> String {
        let words = self
            .values
            .iter()
            .map(|(name, value)| format!("{}={}", text::safe(name), text::safe(&value.plain())));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// What there is to ask of marked records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parents {
    /// Those that are asked, in the order of their records.
    pub list: Vec<Parent>,
    /// How many records have the values of one before.
    pub repeated: u64,
    /// How many records have no value to ask with.
    pub without: u64,
}

/// A run of an operation, once for each of several records.
#[derive(Debug, Clone, PartialEq)]
pub struct EachPlan {
    /// The operation, without parameters.
    pub call: Call,
    /// What is asked.
    pub parents: Vec<Parent>,
    /// How many records were marked.
    pub records: u64,
    /// How many of them are not asked for, because they have no value to ask with or are not here any more.
    pub left_out: u64,
    /// How many pages of each are asked for; all unless set.
    pub pages: Option<u64>,
    /// How many calls are sent at a time.
    pub jobs: usize,
}

/// What came of a parent, over all of its pages.
#[derive(Debug, Clone, PartialEq)]
pub struct ParentEnd {
    /// What it counts as.
    pub outcome: ParentOutcome,
    /// Whether its data is complete.
    pub verdict: Verdict,
    /// The failure of the call that ended it, if one did.
    pub failure: Option<Failure>,
    /// What the service warned of.
    pub warning: Option<String>,
}

impl ParentEnd {
    /// Returns why it is not complete, for people.
    pub fn reason(&self) -> String {
        match &self.failure {
            Some(failure) => match failure.status {
                Some(status) => format!("{status}: {}", failure.summary),
                None => failure.summary.clone(),
            },
            None => format!("{}: {}", self.verdict.word(), self.verdict.reason()),
        }
    }
}

/// What a parent counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParentOutcome {
    /// All of it was received.
    Complete,
    /// It ended by itself, but is not known to be complete; asking again would give the same.
    Ended,
    /// A call failed, gave no page or was not sent: asking again may help.
    Failed,
}

/// An operation to which several records lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedLead {
    /// The entity.
    pub entity: String,
    /// The action.
    pub action: String,
    /// The parameters that take a value of each record, each with the field.
    pub taken: Vec<(String, String)>,
    /// The one of them that takes it by the field's name alone.
    pub named: Option<(String, String)>,
}

impl SharedLead {
    /// Returns which parameters take what, as the command line writes it: `ticket_id=@id`.
    pub fn about(&self) -> String {
        let taken = self.taken.iter();
        let words =
            taken.map(|(param, from)| format!("{}=@{}", text::safe(param), text::safe(from)));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Returns where records lead, judged by the first of them: children first, then parents, then the records themselves.
pub fn shared_leads(
    operations: &[Operation],
    relations: &[Relation],
    marked: &[Marked],
) -> Vec<SharedLead> {
    let mut found: Vec<(u8, SharedLead)> = Vec::new();
    let records = marked.iter().flat_map(|group| {
        let records = group.records.iter();
        records.map(move |record| (group, (group.document.as_ref(), *record)))
    });
    let sample: Vec<_> = records.take(SAMPLE).collect();
    for operation in operations {
        let mut add = |rank: u8, lead: Lead, named: Option<(String, String)>| {
            let is_known = |(_, own): &(u8, SharedLead)| {
                let is_same = own.entity == lead.entity && own.action == lead.action;
                is_same && (named.is_none() || own.taken == lead.taken)
            };
            if !found.iter().any(is_known) {
                let shared = SharedLead {
                    entity: lead.entity,
                    action: lead.action,
                    taken: lead.taken,
                    named,
                };
                found.push((rank, shared));
            }
        };
        for (group, place) in &sample {
            if let Some((rank, lead)) = lead(operation, relations, &group.call, *place, None) {
                add(rank, lead, None);
                break;
            }
        }
        for (group, place) in &sample {
            for own in named(operation, &group.call, *place) {
                let instead = Some((own.0.as_str(), own.1.as_str()));
                let lead = lead(operation, relations, &group.call, *place, instead);
                if let Some((rank, lead)) = lead {
                    add(rank, lead, Some(own));
                }
            }
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, lead)| lead).collect()
}

/// Returns what an operation is asked of marked records. `instead` names a parameter and the field that it takes in place
/// of what is derived.
pub fn parents(
    operation: &Operation,
    relations: &[Relation],
    marked: &[Marked],
    instead: Option<(&str, &str)>,
) -> Parents {
    let mut found = Parents::default();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for group in marked {
        for record in &group.records {
            let place = (group.document.as_ref(), *record);
            let lead = lead(operation, relations, &group.call, place, instead);
            let Some((_, lead)) = lead else {
                found.without += 1;
                continue;
            };
            if !known.insert(lead.params.to_json()) {
                found.repeated += 1;
                continue;
            }
            let mut values = Params::default();
            for (name, _) in &lead.taken {
                if let Some(value) = lead.params.get(name) {
                    values.set(name, value.clone());
                }
            }
            found.list.push(Parent {
                params: lead.params,
                values,
                name: name_of(place.0, place.1),
                place: (group.page, *record),
            });
        }
    }
    found
}

/// Returns the fields of the first record that can be the value of a parameter, each with its value.
pub fn fields(marked: &[Marked]) -> Vec<(String, String)> {
    let first = marked.iter().find_map(|group| {
        let record = group.records.first()?;
        Some((&group.document, *record))
    });
    let Some((document, record)) = first else {
        return Vec::new();
    };
    document
        .children(record)
        .filter(|node| {
            matches!(document.kind(*node), Kind::String | Kind::Number) && !document.is_blank(*node)
        })
        .filter_map(|node| {
            let key = document.key(node)?.into_owned();
            Some((key, document.plain(node).into_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Parent;
    use crate::domain::call::Params;
    use crate::json::document::Document;

    #[test]
    fn the_values_of_a_parent_stay_when_its_words_are_cut() {
        let document = Document::parse("{}".into());
        let parent = Parent {
            params: Params::default(),
            values: Params::parse(r#"{"ticket_id":1001}"#).unwrap(),
            name: Some("The propeller hums".to_owned()),
            place: (crate::app::ids::PageId(1), document.root().unwrap()),
        };
        for (columns, expected) in [
            (40, "ticket_id=1001 · The propeller hums"),
            (20, "ticket_id=1001 · Th…"),
            (14, "ticket_id=1001"),
            (10, "ticke…1001"),
        ] {
            assert_eq!(parent.words_in(columns), expected);
        }
    }
}
