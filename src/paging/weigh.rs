//! Weighing what came: what is odd about a page, what speaks for the profile, the verdict at the end.

use super::finding::{Finding, Weight};
use super::ledger::{Outcome, Verdict};
use super::profile::Way;
use super::run::{Proof, Run};
use super::step::Next;
use super::survey::Survey;
use crate::domain::call::Call;
use crate::domain::text;
use crate::envelope::Envelope;

impl Run {
    /// Says what speaks for the profile, in plain words.
    pub fn evidence(&self) -> String {
        let param = self.profile.param().map_or_else(String::new, |param| format!(" of `{param}`"));
        match (self.proof, self.pages()) {
            (Proof::Proved, _) => {
                let new = self.entries.iter().find(|entry| entry.page == 2 && entry.outcome == Outcome::Page).map_or(0, |entry| entry.new);
                format!("Page 2 proved it: the value{param} brought {}.", text::plural(u64::from(new), "new record"))
            }
            (Proof::Open, 0) => "No page has come yet.".to_owned(),
            (Proof::Open, _) => "One page says nothing about the way to the next: page 2 will prove or refute it.".to_owned(),
        }
    }

    /// Says what is odd about a page, before it is remembered.
    pub(super) fn findings(&mut self, call: &Call, reply: &Envelope, survey: &Survey, found: &Next) -> Vec<Finding> {
        let more = matches!(found, Next::Send { .. });
        let mut findings = Vec::new();
        let asked = self.profile.size_param.as_ref().and_then(|param| call.params.get(param)?.plain().parse::<u64>().ok());
        let came = survey.records.len() as u64;
        let is_first = self.spent.pages == 1;
        match asked {
            Some(asked) if came > asked || came < asked && more && came > 0 && is_first => {
                findings.push(Finding::SizeIgnored { asked, came });
            }
            Some(asked) if came < asked && more && came > 0 && !self.is_capped_at(came) => {
                findings.push(Finding::ShortPage { asked, came })
            }
            Some(_) | None => {}
        }
        if came == 0 && more {
            findings.push(Finding::EmptyWithMore);
        }
        if let Way::Token { from, .. } = &self.profile.way
            && matches!(found, Next::End(_))
            && let Some(flag) = self.profile.more.as_ref().or(self.profile.end.as_ref())
            && reply.fact(from).is_some()
            && reply.place(flag).is_some()
        {
            findings.push(Finding::TokenWithoutMore { from: from.clone() });
        }
        let stated = self.stated_total(reply);
        findings.extend(self.seen.compare(reply, survey, stated));
        findings
    }

    /// Says whether the first page was of this size too, so that it is the service's own page size.
    fn is_capped_at(&self, came: u64) -> bool {
        self.entries.iter().find(|entry| entry.outcome == Outcome::Page).is_some_and(|entry| u64::from(entry.records) == came)
    }

    /// Weighs the evidence when the service says that this was all.
    pub(super) fn ended(&mut self, reply: &Envelope, why: &str) -> Verdict {
        let stated = self.stated_total(reply);
        if let Some(stated) = stated.filter(|stated| *stated != self.spent.records) {
            let came = self.spent.records;
            self.add(Finding::TotalDiffers { stated, came });
        }
        match stated.filter(|stated| *stated == self.spent.records) {
            Some(stated) => self.conclude(&format!("equals the {} that the service states", text::count(stated))),
            None => self.conclude(why),
        }
    }

    /// Returns the verdict at the end: complete, unless something that was found speaks against it.
    pub fn conclude(&self, why: &str) -> Verdict {
        let mut all = self.entries.iter().flat_map(|entry| entry.findings.iter().map(|finding| (entry.page, finding)));
        match all.find(|(_, finding)| finding.weight() == Weight::Doubt) {
            Some((page, finding)) => Verdict::Doubtful(format!("page {page}: {}", finding.words())),
            None => Verdict::Complete(why.to_owned()),
        }
    }

    /// Follows whether the key `count` states the size of each page: it does as long as it never differs.
    pub(super) fn follow_count(&mut self, reply: &Envelope) {
        let count = reply.fact("count").and_then(|count| reply.document.integer(count));
        let is_size = count.is_some_and(|count| count == i64::from(reply.count()));
        self.counts_pages = is_size && (self.counts_pages || self.spent.pages <= 1);
    }

    /// Returns the number of records in all, where the service states it.
    pub fn stated_total(&self, reply: &Envelope) -> Option<u64> {
        // Where there is an offset beside it, `count` is the size of the page; so it is where it never
        // differs from what a page brought.
        let is_offset = matches!(self.profile.way, Way::Offset { .. });
        let number = |key: &str| reply.document.integer(reply.fact(key)?);
        let stated = ["total", "total_count", "total_items", "total_records", "totalSize"].into_iter().find_map(number);
        let counted = || number("count").filter(|_| !is_offset && !self.counts_pages);
        let paged = || number("page_info.total_number");
        stated.or_else(paged).or_else(counted).and_then(|total| u64::try_from(total).ok())
    }
}
