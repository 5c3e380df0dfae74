//! The lines of a checkpoint: how they are written and read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Restored;
use crate::domain::call::JsonText;
use crate::export::ledger::Row;
use crate::export::records::WriteNote;
use crate::export::table::Layout;
use crate::files::{Identity, lenient};
use crate::paging::{Blocker, Evidence, Next, Origin, Parts};

/// The version of the checkpoint's form.
const VERSION: u64 = 4;

/// How every checkpoint starts.
pub(super) const START: &[u8] = br#"{"airscope_resume":"#;

/// A line of a checkpoint, as far as its members show what it is.
pub(super) enum Line {
    /// A write to the export.
    Write(WriteNote),
    /// A file beside the export that is to replace it.
    Beside(BesideLine),
    /// The export was written again with all of its columns.
    Widened(WidenedLine),
    /// The head, a page, or anything else: the place of the line decides.
    Other(Value),
}

impl Line {
    /// Reads a line; `None` if it is not JSON.
    pub(super) fn read(text: &[u8]) -> Option<Line> {
        let value: Value = serde_json::from_slice(text).ok()?;
        Some(if let Some(note) = lenient::from_value(&value) {
            Line::Write(note)
        } else if let Some(line) =
            lenient::from_value(&value).filter(|line: &BesideLine| is_own_name(&line.beside))
        {
            Line::Beside(line)
        } else if let Some(line) = lenient::from_value(&value) {
            Line::Widened(line)
        } else {
            Line::Other(value)
        })
    }
}

/// The first line: which file the export is, and for which request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    #[serde(deserialize_with = "lenient::member")]
    airscope_resume: Option<u64>,
    #[serde(deserialize_with = "lenient::member")]
    device: Option<u64>,
    #[serde(deserialize_with = "lenient::member")]
    inode: Option<u64>,
    pub(super) request: Value,
}

impl Head {
    pub(super) fn new(identity: Identity, request: &Value) -> Head {
        Head {
            airscope_resume: Some(VERSION),
            device: Some(identity.device),
            inode: Some(identity.inode),
            request: request.clone(),
        }
    }

    /// Returns whether the checkpoint has the form that this version writes.
    pub(super) fn is_current(&self) -> bool {
        self.airscope_resume == Some(VERSION)
    }

    /// Returns whether the line is the head of a checkpoint of any version.
    pub(super) fn is_any_version(&self) -> bool {
        self.airscope_resume.is_some() && self.request.is_object()
    }

    pub(super) fn identity(&self) -> Option<Identity> {
        identity(self.device, self.inode)
    }
}

/// The name of a file beside the export, and which file it is; no identity before it is created.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BesideLine {
    pub(super) beside: String,
    #[serde(
        default,
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    device: Option<u64>,
    #[serde(
        default,
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    inode: Option<u64>,
}

impl BesideLine {
    pub(super) fn new(name: &str, identity: Option<Identity>) -> BesideLine {
        BesideLine {
            beside: name.to_owned(),
            device: identity.map(|identity| identity.device),
            inode: identity.map(|identity| identity.inode),
        }
    }

    pub(super) fn identity(&self) -> Option<Identity> {
        identity(self.device, self.inode)
    }
}

/// The file that holds the export since it was written again, its length and the hash of its end.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WidenedLine {
    widened: bool,
    #[serde(default, deserialize_with = "lenient::member")]
    device: Option<u64>,
    #[serde(default, deserialize_with = "lenient::member")]
    inode: Option<u64>,
    #[serde(default, deserialize_with = "lenient::member")]
    pub(super) bytes: Option<u64>,
    #[serde(default, deserialize_with = "lenient::member")]
    pub(super) tail: Option<String>,
}

impl WidenedLine {
    pub(super) fn new(identity: Identity, bytes: u64, tail: String) -> WidenedLine {
        WidenedLine {
            widened: true,
            device: Some(identity.device),
            inode: Some(identity.inode),
            bytes: Some(bytes),
            tail: Some(tail),
        }
    }

    pub(super) fn identity(&self) -> Option<Identity> {
        identity(self.device, self.inode)
    }
}

fn identity(device: Option<u64>, inode: Option<u64>) -> Option<Identity> {
    Some(Identity {
        device: device?,
        inode: inode?,
    })
}

/// Returns whether a name is one that a file beside an export may have.
fn is_own_name(name: &str) -> bool {
    let number = name
        .strip_prefix(".airscope-")
        .and_then(|rest| rest.strip_suffix(".part"));
    number.is_some_and(|number| {
        number.len() == 16 && number.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// A page: its row of the ledger, and what is needed to continue after it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PageLine {
    #[serde(deserialize_with = "lenient::object_member")]
    pub(super) row: Option<Row>,
    #[serde(deserialize_with = "lenient::object_member")]
    pub(super) sent: Option<StepLine>,
    #[serde(deserialize_with = "lenient::object_member")]
    pub(super) next: Option<StepLine>,
    /// Hashes of the ids of the records, as [`marks_to_text`] writes them.
    #[serde(deserialize_with = "lenient::member")]
    pub(super) ids: Option<String>,
    /// Hashes of the contents of the records.
    #[serde(deserialize_with = "lenient::member")]
    pub(super) contents: Option<String>,
    /// The length of the export after the page.
    #[serde(deserialize_with = "lenient::member")]
    pub(super) bytes: Option<u64>,
    /// The hash of the end of the export.
    #[serde(deserialize_with = "lenient::member")]
    pub(super) tail: Option<String>,
    /// How many records the export holds.
    #[serde(deserialize_with = "lenient::member")]
    pub(super) written: Option<u64>,
    /// The columns of a table that the page added.
    #[serde(deserialize_with = "lenient::strings")]
    pub(super) columns: Vec<String>,
    /// How many columns the header of a table has.
    #[serde(deserialize_with = "lenient::member")]
    pub(super) header: Option<u64>,
    #[serde(deserialize_with = "some_strings")]
    pub(super) unseen: Option<Vec<String>>,
    /// The paging profile, in the form of [`Parts`].
    pub(super) profile: Value,
    /// Whether the user set the profile.
    #[serde(deserialize_with = "lenient::member")]
    pub(super) user: bool,
    #[serde(deserialize_with = "lenient::member")]
    pub(super) by_content: bool,
    #[serde(deserialize_with = "lenient::member")]
    pub(super) stated: Option<u64>,
    #[serde(deserialize_with = "lenient::member")]
    pub(super) count_is_size: bool,
}

fn some_strings<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    lenient::strings(deserializer).map(Some)
}

impl PageLine {
    /// Reads a line that is in the place of a page. What is damaged is missing in it.
    pub(super) fn read(value: &Value) -> PageLine {
        lenient::from_value(value).unwrap_or_default()
    }
}

/// A parameter to send with the exact text of its value, or why there is none.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StepLine {
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    param: Option<String>,
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    json: Option<String>,
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    end: Option<String>,
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    stuck: Option<String>,
}

impl StepLine {
    pub(super) fn sent(param: &str, value: &JsonText) -> StepLine {
        StepLine {
            param: Some(param.to_owned()),
            json: Some(value.as_str().to_owned()),
            ..StepLine::default()
        }
    }

    pub(super) fn stuck(why: &str) -> StepLine {
        StepLine {
            stuck: Some(why.to_owned()),
            ..StepLine::default()
        }
    }

    pub(super) fn next(next: &Next) -> StepLine {
        match next {
            Next::Send { param, value } => StepLine::sent(param, value),
            Next::End(evidence) => StepLine {
                end: Some(evidence.words()),
                ..StepLine::default()
            },
            Next::Stuck { why, .. } => StepLine::stuck(why),
        }
    }

    /// Returns the parameter and its value, if the line has both.
    fn parameter(&self) -> Option<(String, JsonText)> {
        let value = JsonText::parse(self.json.as_ref()?).ok()?;
        Some((self.param.clone().unwrap_or_default(), value))
    }

    fn to_next(&self) -> Next {
        match (self.parameter(), &self.end) {
            (Some((param, value)), _) => Next::Send { param, value },
            (None, Some(why)) => Next::End(Evidence::Written(why.clone())),
            (None, None) => Next::Stuck {
                blocker: Blocker::NoWayOn,
                why: self.stuck.clone().unwrap_or_default(),
            },
        }
    }
}

/// Writes hashes of records as text.
pub(super) fn marks_to_text(marks: &[u64]) -> String {
    let bytes: Vec<u8> = marks.iter().flat_map(|mark| mark.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

fn marks_from_text(text: Option<&String>) -> Option<Vec<u64>> {
    let bytes = STANDARD.decode(text?).ok()?;
    let marks = bytes
        .chunks_exact(8)
        .filter_map(|mark| mark.try_into().ok().map(u64::from_le_bytes));
    Some(marks.collect())
}

/// A page that cannot be read.
#[derive(Debug)]
pub(super) struct Damaged;

/// Returns what an export is resumed from; `None` if its pages are not enough for that.
pub(super) fn restore(lines: &[Value]) -> Result<Option<Restored>, Damaged> {
    if lines.len() < 2 {
        // One page does not show how to continue after it, and what it would prove is not kept.
        return Ok(None);
    }
    let mut pages = Vec::with_capacity(lines.len());
    let mut columns = Vec::new();
    let mut last = PageLine::default();
    for value in lines {
        let mut line = PageLine::read(value);
        let sent = line.sent.as_ref().and_then(StepLine::parameter);
        let next = line.next.take().unwrap_or_default().to_next();
        let row = line.row.take().ok_or(Damaged)?;
        pages.push((
            row.entry(sent, next),
            marks_from_text(line.ids.as_ref()).ok_or(Damaged)?,
            marks_from_text(line.contents.as_ref()).ok_or(Damaged)?,
        ));
        columns.append(&mut line.columns);
        last = line;
    }
    let origin = if last.user {
        Origin::User
    } else {
        Origin::Proved
    };
    let layout = last.header.map(|header| Layout {
        names: columns,
        header: header as usize,
        unseen: last.unseen.unwrap_or_default(),
    });
    Ok(Some(Restored {
        bytes: last.bytes.ok_or(Damaged)?,
        written: last.written.ok_or(Damaged)?,
        layout,
        profile: Parts::from_json(&last.profile)
            .and_then(|parts| parts.profile(origin).ok())
            .ok_or(Damaged)?,
        next: pages
            .last()
            .map(|(entry, ..)| entry.next.clone())
            .ok_or(Damaged)?,
        by_content: last.by_content,
        stated: (last.stated, last.count_is_size),
        pages,
    }))
}

#[cfg(test)]
mod tests {
    use super::{BesideLine, Head, Line, PageLine, StepLine, WidenedLine, restore};
    use crate::files::{Identity, lenient};
    use crate::paging::Profile;
    use serde_json::{Value, json};

    const IDENTITY: Identity = Identity {
        device: 5,
        inode: 6,
    };

    fn check(line: &impl serde::Serialize, expected: &str) {
        assert_eq!(serde_json::to_string(line).unwrap(), expected);
    }

    #[test]
    fn lines_are_written_as_ever() {
        check(
            &Head::new(IDENTITY, &json!({"b": 1.50, "a": []})),
            r#"{"airscope_resume":4,"device":5,"inode":6,"request":{"b":1.5,"a":[]}}"#,
        );
        check(&BesideLine::new("x", None), r#"{"beside":"x"}"#);
        check(
            &BesideLine::new("x", Some(IDENTITY)),
            r#"{"beside":"x","device":5,"inode":6}"#,
        );
        check(
            &WidenedLine::new(IDENTITY, 7, "ff".to_owned()),
            r#"{"widened":true,"device":5,"inode":6,"bytes":7,"tail":"ff"}"#,
        );
        check(
            &PageLine {
                next: Some(StepLine::stuck("why")),
                ..PageLine::default()
            },
            r#"{"row":null,"sent":null,"next":{"stuck":"why"},"ids":null,"contents":null,"bytes":null,"tail":null,"written":null,"columns":[],"header":null,"unseen":null,"profile":null,"user":false,"by_content":false,"stated":null,"count_is_size":false}"#,
        );
    }

    #[test]
    fn the_kind_of_a_line_is_known_by_its_members() {
        let kind = |text: &str| match Line::read(text.as_bytes()) {
            None => "none",
            Some(Line::Write(_)) => "write",
            Some(Line::Beside(_)) => "beside",
            Some(Line::Widened(_)) => "widened",
            Some(Line::Other(_)) => "other",
        };
        for (text, expected) in [
            (r#"{"write":7}"#, "write"),
            (r#"{"write":7.0}"#, "other"),
            (r#"{"beside":".airscope-0123456789abcdef.part"}"#, "beside"),
            (
                r#"{"beside":"../.airscope-0123456789abcdef.part"}"#,
                "other",
            ),
            (r#"{"widened":false,"bytes":"x"}"#, "widened"),
            (r#"{"widened":1}"#, "other"),
            (r#"[true,5,6,7,"ff"]"#, "other"),
            ("{}", "other"),
            ("{", "none"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
        let head = |text: &str| -> Option<Head> {
            lenient::from_value(&serde_json::from_str(text).unwrap())
        };
        assert!(
            head(r#"{"airscope_resume":3,"request":{}}"#).is_some_and(|head| {
                head.is_any_version() && !head.is_current() && head.identity().is_none()
            })
        );
        assert!(head(r#"[4,5,6,{}]"#).is_none());
    }

    #[test]
    fn a_damaged_page_is_refused() {
        let page = json!({
            "row": {"page": 1, "outcome": "page", "records": 2, "new": 2, "first": null, "bytes": 3, "ms": 4, "received_at": 7, "findings": [{"weight": "note"}, 5]},
            "next": {"param": "page", "json": "2"}, "ids": "", "contents": "", "bytes": 9, "written": 2, "profile": Profile::of(None).parts().to_json(),
        });
        assert!(restore(&[page.clone(), page.clone()]).unwrap().is_some());
        let with = |path: &str, value: Value| {
            let mut page = page.clone();
            *page.pointer_mut(path).unwrap() = value;
            restore(&[page.clone(), page]).map(drop)
        };
        for (path, value) in [
            ("/row", json!([1, "page", 2, 2])),
            ("/row/page", json!(-1)),
            ("/row/findings", json!({})),
            ("/ids", json!(7)),
            ("/contents", json!("?")),
            ("/bytes", json!("9")),
            ("/written", Value::Null),
            ("/profile", json!([])),
        ] {
            assert!(with(path, value).is_err(), "{path}");
        }
        assert!(restore(&[json!([])]).unwrap().is_none());
    }
}
