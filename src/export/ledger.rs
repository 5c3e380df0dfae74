//! The ledger as JSON. Its rows are also in the checkpoint, which reads them back.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::domain::call::JsonText;
use crate::files::lenient;
use crate::paging::{Entry, Evidence, Finding, Next, Outcome, Run, Verdict, Weight};

/// Returns the ledger: the verdict, the paging profile with its evidence, and a row for each call.
pub fn ledger(run: &Run, verdict: &Verdict) -> Value {
    let pages: Vec<Row> = run.entries().iter().map(Row::new).collect();
    let proof = match verdict {
        Verdict::Complete(evidence) => Some(Evidence::name(evidence)),
        Verdict::Incomplete(_)
        | Verdict::Stopped(_)
        | Verdict::Doubtful(_)
        | Verdict::Unproven(_) => None,
    };
    json!({
        "verdict": verdict.word(),
        "reason": verdict.reason(),
        "records": run.records(),
        "profile": run.profile().parts().to_json(),
        "proof": proof,
        "profile_words": run.profile().words(),
        "evidence": run.evidence(),
        "pages": pages,
    })
}

/// A row of the ledger, with its members in the order in which they are written.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row {
    page: u32,
    #[serde(default, deserialize_with = "lenient::member")]
    outcome: OutcomeName,
    #[serde(skip_deserializing)]
    sent: Option<Parameter>,
    #[serde(skip_deserializing)]
    next: Option<RowNext>,
    records: u32,
    new: u32,
    #[serde(skip_deserializing)]
    seen_before: u32,
    #[serde(default, deserialize_with = "lenient::member")]
    first: Option<String>,
    #[serde(default, deserialize_with = "lenient::member")]
    last: Option<String>,
    bytes: u64,
    ms: u64,
    #[serde(default, deserialize_with = "lenient::member")]
    received_at: String,
    #[serde(skip_deserializing)]
    source: &'static str,
    #[serde(deserialize_with = "findings")]
    findings: Vec<RowFinding>,
}

/// An [`Outcome`] by its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutcomeName {
    Page,
    /// What a damaged row counts as: its records do not count.
    #[default]
    Refuted,
    NoPage,
}

/// A parameter and its plain value.
#[derive(Debug, Serialize)]
struct Parameter {
    param: String,
    value: String,
}

impl Parameter {
    fn new(param: &str, value: &JsonText) -> Parameter {
        Parameter {
            param: param.to_owned(),
            value: value.plain(),
        }
    }
}

/// How the run continues after a row.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum RowNext {
    Send(Parameter),
    End { end: String, evidence: &'static str },
    Stuck { stuck: String },
}

/// A finding of a row.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct RowFinding {
    #[serde(deserialize_with = "lenient::member")]
    finding: String,
    #[serde(deserialize_with = "lenient::member")]
    weight: String,
    #[serde(deserialize_with = "lenient::member")]
    words: String,
}

/// Reads findings: a list is required, and each damaged one in it counts as the worst.
fn findings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RowFinding>, D::Error> {
    let findings = Vec::<Value>::deserialize(deserializer)?;
    Ok(findings
        .iter()
        .map(|finding| lenient::from_value(finding).unwrap_or_default())
        .collect())
}

impl Row {
    /// Returns the row of an entry.
    pub(super) fn new(entry: &Entry) -> Row {
        let outcome = match entry.outcome {
            Outcome::Page => OutcomeName::Page,
            Outcome::Refuted => OutcomeName::Refuted,
            Outcome::NoPage => OutcomeName::NoPage,
        };
        let next = match &entry.next {
            Next::Send { param, value } => RowNext::Send(Parameter::new(param, value)),
            Next::End(evidence) => RowNext::End {
                end: evidence.words(),
                evidence: evidence.name(),
            },
            Next::Stuck { why, .. } => RowNext::Stuck { stuck: why.clone() },
        };
        let finding = |finding: &Finding| RowFinding {
            finding: finding.name().to_owned(),
            weight: finding.weight().name().to_owned(),
            words: finding.words(),
        };
        Row {
            page: entry.page,
            outcome,
            sent: entry
                .sent
                .as_ref()
                .map(|(param, value)| Parameter::new(param, value)),
            next: Some(next),
            records: entry.records,
            new: entry.new,
            seen_before: match entry.outcome {
                Outcome::NoPage => 0,
                Outcome::Page | Outcome::Refuted => entry.records - entry.new,
            },
            first: entry.first.clone(),
            last: entry.last.clone(),
            bytes: entry.bytes,
            ms: entry.took.as_millis() as u64,
            received_at: entry.received_at.clone(),
            source: "live",
            findings: entry.findings.iter().map(finding).collect(),
        }
    }

    /// Returns the entry of a row. What was sent and what comes next are not exact in a row, so the caller has them.
    pub(super) fn entry(self, sent: Option<(String, JsonText)>, next: Next) -> Entry {
        let finding = |finding: RowFinding| Finding::Recorded {
            name: finding.finding,
            weight: Weight::by_name(&finding.weight),
            words: finding.words,
        };
        Entry {
            page: self.page,
            outcome: match self.outcome {
                OutcomeName::Page => Outcome::Page,
                OutcomeName::Refuted | OutcomeName::NoPage => Outcome::Refuted,
            },
            sent,
            next,
            records: self.records,
            new: self.new,
            first: self.first,
            last: self.last,
            bytes: self.bytes,
            took: Duration::from_millis(self.ms),
            received_at: self.received_at,
            findings: self.findings.into_iter().map(finding).collect(),
        }
    }
}
