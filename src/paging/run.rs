//! A run over all pages: what each page brought, and the verdict at the end.
//!
//! The run asks for nothing itself. Pages go in one after the other, the next call comes out, until
//! there is a verdict. The screen and the command share it.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use super::profile::{Profile, Way};
use super::step::{Next, next};
use crate::domain::call::{Call, JsonText};
use crate::domain::failure::Failure;
use crate::domain::operation::Operation;
use crate::domain::text;
use crate::envelope::{Envelope, Records};
use crate::json::document::NodeId;

/// Fields that identify a record, best first. A record without one is told by all that it holds.
const IDS: [&str; 6] = ["id", "Id", "ID", "_id", "gid", "uuid"];

/// What was noticed about a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Fewer records than asked for, and still more to come.
    ShortPage,
    /// More or fewer records than the page size that was asked for.
    SizeIgnored {
        /// What was asked for.
        asked: u64,
    },
    /// Records that an earlier page brought already.
    SeenBefore {
        /// How many.
        count: u32,
    },
    /// Another number than the service states in all.
    TotalDiffers {
        /// What it states.
        stated: u64,
        /// What came.
        came: u64,
    },
    /// No records, though there are said to be more; asked once more.
    EmptyWithMore,
}

impl Finding {
    /// Says what it means, in words one can act on.
    pub fn words(&self) -> String {
        match self {
            Finding::ShortPage => "fewer records than a page holds, with more to come".to_owned(),
            Finding::SizeIgnored { asked } => format!("not the page size asked for ({asked})"),
            Finding::SeenBefore { count } => {
                format!("{} had come before: the list may have moved while it was read", text::plural(u64::from(*count), "record"))
            }
            Finding::TotalDiffers { stated, came } => {
                format!("the service states {} in all, {} came", text::count(*stated), text::count(*came))
            }
            Finding::EmptyWithMore => "no records, though the service says there is more".to_owned(),
        }
    }

    /// Says whether the data is to be doubted for it.
    pub fn is_doubtful(&self) -> bool {
        match self {
            Finding::SeenBefore { .. } | Finding::TotalDiffers { .. } => true,
            Finding::ShortPage | Finding::SizeIgnored { .. } | Finding::EmptyWithMore => false,
        }
    }
}

/// A row of the ledger: one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The page's number, from 1.
    pub page: u32,
    /// What was sent to get it: parameter and value.
    pub sent: Option<(String, JsonText)>,
    /// How many records it has.
    pub records: u32,
    /// How many of them are new.
    pub new: u32,
    /// The id of the first record.
    pub first: Option<String>,
    /// The id of the last record.
    pub last: Option<String>,
    /// The size of the body.
    pub bytes: u64,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

/// Whether the data is all there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything came; the text is the evidence.
    Complete(String),
    /// Something is missing; the text says why and what to do.
    Incomplete(String),
    /// It was stopped; the text says by what.
    Stopped(String),
    /// It ended well, but a finding gives reason to doubt.
    Doubtful(String),
}

impl Verdict {
    /// Returns the word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Complete(_) => "complete",
            Verdict::Incomplete(_) => "incomplete",
            Verdict::Stopped(_) => "stopped",
            Verdict::Doubtful(_) => "doubtful",
        }
    }

    /// Returns evidence or reason.
    pub fn reason(&self) -> &str {
        match self {
            Verdict::Complete(reason) | Verdict::Incomplete(reason) | Verdict::Stopped(reason) | Verdict::Doubtful(reason) => reason,
        }
    }
}

/// When a run is to stop by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// After so many pages.
    pub pages: Option<u64>,
    /// After so many records.
    pub records: Option<u64>,
    /// After so many bytes of replies.
    pub bytes: Option<u64>,
    /// After so many calls.
    pub calls: Option<u64>,
}

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The next page is asked for with this call.
    Ask(Box<Call>),
    /// The run has ended.
    Ended(Verdict),
}

/// What a page gave: its records, and what comes after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The records in order, and whether each is new. None of a page that only repeats what came:
    /// it refutes the way that led to it.
    pub records: Vec<(NodeId, bool)>,
    /// What comes after.
    pub step: Step,
}

/// A run over all pages of a call.
#[derive(Debug, Clone)]
pub struct Run {
    profile: Profile,
    operation: Option<Operation>,
    limits: Limits,
    entries: Vec<Entry>,
    /// Hashes of the identities of all records that came.
    seen: HashSet<u64>,
    hasher: RandomState,
    /// The values that the moving parameter had.
    sent: Vec<JsonText>,
    records: u64,
    bytes: u64,
    calls: u64,
    /// Whether the page that is waited for was empty once already.
    again: bool,
}

impl Run {
    /// Begins a run of an operation.
    pub fn new(operation: Option<Operation>, limits: Limits) -> Run {
        let profile = Profile::of(operation.as_ref());
        Run {
            profile,
            operation,
            limits,
            entries: Vec::new(),
            seen: HashSet::new(),
            hasher: RandomState::new(),
            sent: Vec::new(),
            records: 0,
            bytes: 0,
            calls: 0,
            again: false,
        }
    }

    /// Returns the ledger: a row a page.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns how many records came, each counted once.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Takes a page and says what comes after.
    pub fn take(&mut self, call: &Call, reply: &Envelope) -> Taken {
        self.calls += 1;
        self.bytes += reply.document.body().len() as u64;
        let step = next(&self.profile, self.operation.as_ref(), call, reply, &self.sent);
        let records = self.records_of(reply);
        let more = matches!(step, Next::Send { .. });
        if records.is_empty() && more && !self.again {
            self.again = true;
            return Taken { records: Vec::new(), step: Step::Ask(Box::new(call.clone())) };
        }
        let gave_up = std::mem::take(&mut self.again) && records.is_empty() && more;
        let mut sorted = self.sort_out(reply, &records);
        let new = sorted.iter().filter(|(_, new)| *new).count();
        let only_repeats = !records.is_empty() && new == 0 && !self.entries.is_empty();
        self.note(call, reply, &records, new as u32, more);
        self.records += new as u64;
        if only_repeats {
            sorted.clear();
        }
        let step = match step {
            _ if gave_up => Step::Ended(Verdict::Incomplete(format!(
                "page {} is empty though the service says there is more, also when asked once more: narrow the request, or try again later",
                self.entries.len()
            ))),
            _ if only_repeats => Step::Ended(Verdict::Incomplete(self.repeats_words(call))),
            Next::Stuck(why) => Step::Ended(Verdict::Incomplete(why)),
            Next::End(why) => Step::Ended(self.ended(reply, &why)),
            Next::Send { param, value } => match self.limit() {
                Some(limit) => Step::Ended(Verdict::Stopped(limit)),
                None => {
                    self.sent.extend(call.params.get(&param).cloned());
                    let mut next = call.clone();
                    next.params.set(&param, value);
                    Step::Ask(Box::new(next))
                }
            },
        };
        Taken { records: sorted, step }
    }

    /// Takes the failure of a call: what came before it is all there is.
    pub fn failed(&self, failure: &Failure) -> Verdict {
        Verdict::Incomplete(format!("page {} could not be had: {}", self.entries.len() + 1, failure.summary))
    }

    fn records_of(&self, reply: &Envelope) -> Vec<NodeId> {
        match reply.records {
            Records::Many(node) => reply.document.children(node).collect(),
            Records::One(node) => vec![node],
            Records::None => Vec::new(),
        }
    }

    /// Says of each record whether it is new or came with an earlier page. Two records of one page
    /// that look alike are two records.
    fn sort_out(&mut self, reply: &Envelope, records: &[NodeId]) -> Vec<(NodeId, bool)> {
        let hashes: Vec<u64> = records.iter().map(|record| self.hasher.hash_one(identity(reply, *record))).collect();
        let sorted = records.iter().zip(&hashes).map(|(record, hash)| (*record, !self.seen.contains(hash))).collect();
        self.seen.extend(hashes);
        sorted
    }

    fn note(&mut self, call: &Call, reply: &Envelope, records: &[NodeId], new: u32, more: bool) {
        let repeated = records.len() as u32 - new;
        let mut findings = Vec::new();
        let asked = self.profile.size_param.as_ref().and_then(|param| call.params.get(param)?.plain().parse::<u64>().ok());
        let count = records.len() as u64;
        match asked {
            Some(asked) if count > asked || count < asked && more && count > 0 && self.entries.is_empty() => {
                findings.push(Finding::SizeIgnored { asked });
            }
            Some(asked) if count < asked && more => findings.push(Finding::ShortPage),
            Some(_) | None => {}
        }
        if repeated > 0 {
            findings.push(Finding::SeenBefore { count: repeated });
        }
        if records.is_empty() && more {
            findings.push(Finding::EmptyWithMore);
        }
        let id = |record: Option<&NodeId>| record.and_then(|record| id_of(reply, *record)).map(|id| text::safe(&id).into_owned());
        let sent = self.profile.param().and_then(|param| Some((param.to_owned(), call.params.get(param)?.clone())));
        self.entries.push(Entry {
            page: self.entries.len() as u32 + 1,
            sent,
            records: records.len() as u32,
            new,
            first: id(records.first()),
            last: id(records.last()),
            bytes: reply.document.body().len() as u64,
            findings,
        });
    }

    fn repeats_words(&self, call: &Call) -> String {
        let param = self.profile.param().map_or_else(|| "the way to the next page".to_owned(), |param| format!("`{param}`"));
        let value = self.profile.param().and_then(|param| call.params.get(param)).map(|value| {
            let value = value.plain();
            format!(" ({})", text::cut_middle(&text::safe(&value), 20))
        });
        format!(
            "page {} brought only records that had come before, so {param}{} is ignored or leads round in a loop: what came is not all",
            self.entries.len(),
            value.unwrap_or_default()
        )
    }

    /// Says which limit is reached.
    fn limit(&self) -> Option<String> {
        let pages = self.entries.len() as u64;
        let reached = |limit: Option<u64>, have: u64| limit.is_some_and(|limit| have >= limit);
        if reached(self.limits.pages, pages) {
            Some(format!("by the limit of {}", text::plural(pages, "page")))
        } else if reached(self.limits.records, self.records) {
            Some(format!("by the limit of {}", text::plural(self.limits.records.unwrap_or_default(), "record")))
        } else if reached(self.limits.bytes, self.bytes) {
            Some(format!("by the limit of {}", text::bytes(self.limits.bytes.unwrap_or_default())))
        } else if reached(self.limits.calls, self.calls) {
            Some(format!("by the limit of {}", text::plural(self.calls, "call")))
        } else {
            None
        }
    }

    /// Weighs the evidence when the service says that this was all.
    fn ended(&mut self, reply: &Envelope, why: &str) -> Verdict {
        let stated = self.stated_total(reply);
        if let Some(stated) = stated.filter(|stated| *stated != self.records)
            && let Some(last) = self.entries.last_mut()
        {
            last.findings.push(Finding::TotalDiffers { stated, came: self.records });
        }
        let doubt = self.entries.iter().find_map(|entry| Some((entry.page, entry.findings.iter().find(|finding| finding.is_doubtful())?)));
        match (doubt, stated) {
            (Some((page, finding)), _) => Verdict::Doubtful(format!("page {page}: {}", finding.words())),
            (None, Some(stated)) => Verdict::Complete(format!("equals the {} that the service states", text::count(stated))),
            (None, None) => Verdict::Complete(why.to_owned()),
        }
    }

    /// Returns the number of records in all, where the service states it.
    pub fn stated_total(&self, reply: &Envelope) -> Option<u64> {
        // Where there is a `total`, or an offset beside it, `count` is the size of the page.
        let count_is_size = matches!(self.profile.way, Way::Offset { .. });
        let keys = ["total", "total_count", "total_items", "total_records", "totalSize", "count"];
        keys.into_iter()
            .filter(|key| *key != "count" || !count_is_size)
            .find_map(|key| reply.document.integer(reply.fact(key)?))
            .and_then(|total| u64::try_from(total).ok())
    }
}

/// Returns what tells a record from others: its id, or all of it where it has none.
fn identity(reply: &Envelope, record: NodeId) -> String {
    id_of(reply, record).map_or_else(|| reply.document.text(record).into_owned(), |id| format!("id {id}"))
}

fn id_of(reply: &Envelope, record: NodeId) -> Option<String> {
    let document = &reply.document;
    let id = IDS.iter().find_map(|key| document.member(record, key).filter(|id| !document.is_blank(*id) && !document.is_container(*id)))?;
    Some(document.plain(id).into_owned())
}
