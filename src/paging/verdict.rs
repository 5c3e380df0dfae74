//! Weighing the pages: what is odd about each, what supports the profile, the verdict at the end.

use super::evidence::Evidence;
use super::finding::{Finding, Weight};
use super::ledger::{Outcome, Verdict};
use super::page_scan::PageScan;
use super::profile::Strategy;
use super::run::{Proof, Run};
use super::step::Next;
use crate::domain::call::Call;
use crate::envelope::Envelope;
use crate::envelope::signs::{Signs, number, plain_name};
use crate::text;

impl Run {
    /// Returns what supports the profile, in words.
    pub fn evidence(&self) -> String {
        let param = self
            .profile
            .param()
            .map_or_else(String::new, |param| format!(" of `{param}`"));
        match (self.proof, self.pages()) {
            (Proof::Proved, _) => {
                let new = self
                    .entries
                    .iter()
                    .find(|entry| entry.page == 2 && entry.outcome == Outcome::Page)
                    .map_or(0, |entry| entry.new);
                format!(
                    "Page 2 proved it: the value{param} returned {}.",
                    text::plural(u64::from(new), "new record")
                )
            }
            (Proof::Open, 0) => "No page was received yet.".to_owned(),
            (Proof::Open, _) => {
                "One page does not show how to get the next: page 2 will prove or refute it."
                    .to_owned()
            }
        }
    }

    /// Returns what is odd about a page, before it is added to the index.
    pub(super) fn findings(
        &mut self,
        call: &Call,
        reply: &Envelope,
        scan: &PageScan,
        found: &Next,
    ) -> Vec<Finding> {
        let more = matches!(found, Next::Send { .. });
        let mut findings = Vec::new();
        let asked = self
            .profile
            .size_param
            .as_ref()
            .and_then(|param| call.params.get(param)?.plain().parse::<u64>().ok());
        let received = scan.records.len() as u64;
        let is_first = self.spent.pages == 1;
        match asked {
            Some(asked)
                if received > asked || received < asked && more && received > 0 && is_first =>
            {
                findings.push(Finding::SizeIgnored { asked, received });
            }
            Some(asked)
                if received < asked && more && received > 0 && !self.is_capped_at(received) =>
            {
                findings.push(Finding::ShortPage { asked, received })
            }
            Some(_) | None => {}
        }
        if received == 0 && more {
            findings.push(Finding::EmptyWithMore);
        }
        let outranked = |from: &str| {
            let signs = Signs::of(reply);
            let node = reply.fact(from);
            let own = signs
                .tokens
                .iter()
                .chain(&signs.links)
                .find(|pointer| Some(pointer.node) == node);
            own.is_some_and(|pointer| signs.is_outranked(&pointer.place))
        };
        let flag = self.profile.more.as_ref().or(self.profile.end.as_ref());
        if let Strategy::Token { from, .. } = &self.profile.strategy
            && matches!(found, Next::End(_))
            && reply.fact(from).is_some()
            && (flag.is_some_and(|flag| reply.place(flag).is_some()) || outranked(from))
        {
            findings.push(Finding::TokenWithoutMore { from: from.clone() });
        }
        findings.extend(reply.partial().map(Finding::Partial));
        findings.extend(
            Some(reply.lists_beside())
                .filter(|names| !names.is_empty())
                .map(Finding::ListsBeside),
        );
        findings.extend(reply.warning_words().map(Finding::Warned));
        let signs = Signs::of(reply);
        let stated = (
            self.stated_in(&signs, reply),
            Run::stated_pages(&signs).map(|pages| pages.number),
        );
        findings.extend(self.index.compare(reply, scan, stated));
        findings
    }

    /// Returns whether the first page had this size too, so that it is the service's own page size.
    fn is_capped_at(&self, received: u64) -> bool {
        self.entries
            .iter()
            .find(|entry| entry.outcome == Outcome::Page)
            .is_some_and(|entry| u64::from(entry.records) == received)
    }

    /// Weighs the evidence at the end.
    pub(super) fn ended(&mut self, reply: &Envelope, evidence: Evidence) -> Verdict {
        let signs = Signs::of(reply);
        let received = self.spent.records;
        let bound = signs
            .bounds
            .iter()
            .map(|bound| bound.number)
            .max()
            .filter(|bound| *bound > received);
        let stated = self.stated_in(&signs, reply);
        if let Some(stated) = stated.filter(|stated| *stated != received).or(bound) {
            self.add(Finding::TotalDiffers { stated, received });
        }
        if let Some(pages) = Run::stated_pages(&signs)
            && pages.number > Run::page_number(&signs, self.spent.pages)
        {
            self.add(Finding::PagesDiffer {
                stated: pages.number,
                received: self.spent.pages,
            });
        }
        // A window stays a window: the total that is reached is that of the window.
        let is_window = matches!(evidence, Evidence::Window(_));
        let agree = Run::totals_agree(&signs, reply);
        match stated
            .filter(|stated| agree && *stated == self.spent.records && *stated > 0 && !is_window)
        {
            Some(stated) => self.conclude(Evidence::Total(stated)),
            None => self.conclude(evidence),
        }
    }

    /// Returns the verdict at the end: complete, unless a finding contradicts it.
    pub fn conclude(&self, evidence: Evidence) -> Verdict {
        let mut all = self
            .entries
            .iter()
            .flat_map(|entry| entry.findings.iter().map(|finding| (entry.page, finding)));
        match all.find(|(_, finding)| finding.weight() == Weight::Doubt) {
            Some((page, finding)) => Verdict::Doubtful(format!("page {page}: {}", finding.words())),
            None => Verdict::Complete(evidence),
        }
    }

    /// Returns the warnings of the service, with their pages, for the line of the verdict.
    pub fn warning(&self) -> Option<String> {
        let mut all = self
            .entries
            .iter()
            .flat_map(|entry| entry.findings.iter().map(|finding| (entry.page, finding)));
        all.find_map(|(page, finding)| {
            matches!(finding, Finding::Warned(_))
                .then(|| format!("page {page}: {}", finding.words()))
        })
    }

    /// Tracks whether the key `count` states the size of each page: it does as long as it never
    /// differs.
    pub(super) fn follow_count(&mut self, reply: &Envelope) {
        let count = reply
            .fact("count")
            .and_then(|count| number(&reply.document, count));
        let is_size = count.is_some_and(|count| count == u64::from(reply.count()));
        self.counts_pages = is_size && (self.counts_pages || self.spent.pages <= 1);
    }

    /// Returns the total number of records, where the service states it.
    pub fn stated_total(&self, reply: &Envelope) -> Option<u64> {
        self.stated_in(&Signs::of(reply), reply)
    }

    /// Returns the largest total that a reply states. Of several, one that equals the size of the
    /// page is not a total.
    pub(super) fn stated_in(&self, signs: &Signs, reply: &Envelope) -> Option<u64> {
        let paged = || {
            reply
                .fact("page_info.total_number")
                .and_then(|node| number(&reply.document, node))
        };
        // Where an offset is beside it, `count` is the size of the page; also where it never
        // differs from the number of records of a page.
        let is_offset = matches!(self.profile.strategy, Strategy::Offset { .. });
        let is_size = self.counts_pages
            || self.spent.pages == 0
                && signs
                    .counts
                    .iter()
                    .any(|count| count.number == u64::from(reply.count()));
        let counted = || {
            signs
                .counts
                .first()
                .filter(|_| !is_offset && !is_size)
                .map(|count| count.number)
        };
        signs
            .totals
            .iter()
            .map(|total| total.number)
            .max()
            .or_else(paged)
            .or_else(counted)
    }

    /// Returns whether the totals of a reply agree: only then may they prove the end.
    pub(super) fn totals_agree(signs: &Signs, reply: &Envelope) -> bool {
        let largest = signs
            .totals
            .iter()
            .map(|total| total.number)
            .max()
            .unwrap_or_default();
        let is_size = |number: u64| number == u64::from(reply.count());
        let bounds = signs.bounds.iter().all(|bound| bound.number <= largest);
        bounds
            && signs
                .totals
                .iter()
                .all(|total| total.number == largest || is_size(total.number))
    }

    /// Returns which page a reply is: the number of pages `received` with it, or the number that it
    /// states itself, which is larger where the run did not start with the first page. Beside the
    /// number of the last page, its own number counts as it is.
    pub(super) fn page_number(signs: &Signs, received: u64) -> u64 {
        let pages = Run::stated_pages(signs);
        let own = |last: &crate::envelope::signs::Stated| {
            signs
                .page_numbers
                .iter()
                .find(|page| page.place.object == last.place.object)
        };
        if let Some(last) = pages.filter(|pages| {
            plain_name(pages.place.path.rsplit('.').next().unwrap_or_default()) == "lastpage"
        }) && let Some(own) = own(last)
        {
            return own.number;
        }
        let most = pages.map_or(u64::MAX, |pages| pages.number);
        let stated = signs
            .page_numbers
            .iter()
            .map(|page| page.number)
            .filter(|number| *number <= most);
        stated.max().unwrap_or_default().max(received)
    }

    /// Returns the largest number of pages that a reply states.
    pub(super) fn stated_pages(signs: &Signs) -> Option<&crate::envelope::signs::Stated> {
        signs.page_totals.iter().max_by_key(|pages| pages.number)
    }
}
