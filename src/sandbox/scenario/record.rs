//! Faults of the records of a list: they act on the records of a page, before it is written.

use serde_json::{Value, json};

faults! {
    /// A fault of the records of a list.
    RecordFault {
        LargeReply = "large-reply": "lists answer about 10 MB",
        WideUnicode = "wide-unicode": "records in many scripts, with emoji and combining marks",
        HostileText = "hostile-text": "records full of escape sequences, controls and bidi marks",
    }
}

const SCRIPTS: [&str; 7] = [
    "日本語の題名と😀👩‍👩‍👧",
    "עברית ועוד",
    "Zażółć gęślą jaźń",
    "हिन्दी पाठ",
    "e\u{301}\u{327} combining",
    "ﷺ wide ligature",
    "👍🏽 skin tone",
];

const ESCAPES: [&str; 7] = [
    "\u{1b}[2J\u{1b}[31mred",
    "\u{9b}5mC1",
    "right\u{202e}tfel",
    "zero\u{200b}width\u{feff}",
    "\u{1b}]0;title\u{7}",
    "nul\u{0}tab\tline\nend\r",
    "\u{1b}P+q\u{1b}\\",
];

impl RecordFault {
    /// Changes the records of a page.
    pub(in crate::sandbox) fn apply_fault(self, records: &mut Vec<Value>) {
        match self {
            RecordFault::LargeReply => *records = many(records),
            RecordFault::WideUnicode => {
                for (index, record) in records.iter_mut().enumerate() {
                    record["title"] = json!(SCRIPTS[index % SCRIPTS.len()]);
                }
            }
            RecordFault::HostileText => {
                for (index, record) in records.iter_mut().enumerate() {
                    record["title"] = json!(ESCAPES[index % ESCAPES.len()]);
                    record["\u{1b}[31mkey"] = json!("\u{8}\u{7f}");
                }
            }
        }
    }
}

/// Repeats records until there are 10,000, each with a long remark.
fn many(records: &[Value]) -> Vec<Value> {
    let filler = "wind, snow, wind again; ".repeat(40);
    (0..10_000)
        .map(|index| {
            let mut record = records
                .get(index % records.len().max(1))
                .cloned()
                .unwrap_or_else(|| json!({}));
            record["remark"] = json!(format!("{index}: {filler}"));
            record
        })
        .collect()
}
