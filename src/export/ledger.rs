//! The ledger as JSON.

use serde_json::{Value, json};

use crate::paging::{Entry, Next, Outcome, Run, Verdict};

/// Writes the ledger: the verdict, the profile and what speaks for it, a row a page.
pub fn ledger(run: &Run, verdict: &Verdict) -> Value {
    let pages: Vec<Value> = run.entries().iter().map(row).collect();
    json!({
        "verdict": verdict.word(), "reason": verdict.reason(), "records": run.records(), "profile": run.profile().parts().to_json(),
        "proof": match verdict { Verdict::Complete(evidence) => Some(evidence.name()), _ => None }, "profile_words": run.profile().words(), "evidence": run.evidence(), "pages": pages,
    })
}

/// Writes one row.
pub(super) fn row(entry: &Entry) -> Value {
    let pair = |param: &str, value: &crate::domain::call::JsonText| json!({"param": param, "value": value.plain()});
    let sent = entry.sent.as_ref().map(|(param, value)| pair(param, value));
    let next = match &entry.next {
        Next::Send { param, value } => pair(param, value),
        Next::End(evidence) => json!({"end": evidence.words(), "evidence": evidence.name()}),
        Next::Stuck { why, .. } => json!({"stuck": why}),
    };
    let findings: Vec<Value> = entry
        .findings
        .iter()
        .map(|finding| json!({"finding": finding.name(), "weight": finding.weight().name(), "words": finding.words()}))
        .collect();
    let outcome = match entry.outcome {
        Outcome::Page => "page",
        Outcome::Refuted => "refuted",
        Outcome::NoPage => "no_page",
    };
    json!({
        "page": entry.page, "outcome": outcome, "sent": sent, "next": next,
        "records": entry.records, "new": entry.new, "seen_before": if entry.outcome == Outcome::NoPage { 0 } else { entry.records - entry.new }, "first": entry.first, "last": entry.last,
        "bytes": entry.bytes, "ms": entry.took.as_millis() as u64, "received_at": entry.received_at, "source": "live", "findings": findings,
    })
}
