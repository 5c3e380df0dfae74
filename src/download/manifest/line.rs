//! A line of the manifest: what it holds, how it is written and read, and which file it is of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::domain::call::{Call, JsonText, Params};
use crate::domain::download::{Coding, Encoded, Known, NamePattern, Wanted};
use crate::domain::timestamp::utc;
use crate::download::place;
use crate::files::lenient;

/// How the line of a saved file ends, and how it ends while the file is being named. The first is written over the
/// second once the file has its name.
pub(super) const DONE: &str = r#""outcome":"done"}"#;
pub(super) const NAMING: &str = r#""outcome":"waiting"}"#;

/// A line of a manifest as text. It is parsed only when its content is needed: a manifest may have very many.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) is_done: bool,
    /// The line that was written before the file was named.
    naming: Option<String>,
}

/// The members of a line, in the order in which they are written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LineContent {
    #[serde(deserialize_with = "lenient::member")]
    connector: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    entity: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    params: Option<Params>,
    /// The values that the record was asked with, in a run over many records.
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    parent: Option<Params>,
    #[serde(deserialize_with = "lenient::member")]
    record: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    path: Option<String>,
    /// The path of the file in the folder of the run, with `/` before its name.
    #[serde(deserialize_with = "lenient::member")]
    file: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    pub(super) bytes: Option<u64>,
    #[serde(rename = "type", deserialize_with = "lenient::member")]
    pub(super) content_type: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    pub(super) sha256: Option<String>,
    /// The coding that the file was decoded from, and its size in that.
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    encoding: Option<Coding>,
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    received: Option<u64>,
    #[serde(deserialize_with = "lenient::member")]
    started: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    ended: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    outcome: Option<OutcomeName>,
    /// Waiting files are resumed in this order: nanoseconds since 1970.
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    order: Option<u64>,
    #[serde(
        deserialize_with = "lenient::object_member",
        skip_serializing_if = "Option::is_none"
    )]
    known: Option<KnownContent>,
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    reason: Option<String>,
}

/// What is known of a file that waits.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct KnownContent {
    #[serde(deserialize_with = "lenient::member")]
    name: Option<String>,
    #[serde(rename = "type", deserialize_with = "lenient::member")]
    content_type: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    size: Option<u64>,
    /// The name that the user chose.
    #[serde(deserialize_with = "lenient::member")]
    chosen: Option<String>,
    #[serde(
        deserialize_with = "lenient::member",
        skip_serializing_if = "Option::is_none"
    )]
    names: Option<NamePattern>,
}

/// An [`Outcome`] by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutcomeName {
    Waiting,
    Done,
    Failed,
    Cancelled,
}

impl Outcome<'_> {
    fn name(self) -> OutcomeName {
        match self {
            Outcome::Waiting => OutcomeName::Waiting,
            Outcome::Done(_) => OutcomeName::Done,
            Outcome::Failed(_) => OutcomeName::Failed,
            Outcome::Cancelled => OutcomeName::Cancelled,
        }
    }
}

impl LineContent {
    fn new(wanted: &Wanted, started: Option<SystemTime>, outcome: Outcome<'_>) -> LineContent {
        let known = &wanted.known;
        let now = SystemTime::now();
        let content = LineContent {
            connector: Some(wanted.call.connector_id.clone()),
            entity: Some(wanted.call.entity.clone()),
            params: Some(wanted.call.params.compact()),
            parent: known.parent.as_ref().map(Params::compact),
            record: known.record.clone(),
            path: known.path.clone(),
            started: started.map(stamp),
            ended: (outcome != Outcome::Waiting).then(|| stamp(now)),
            outcome: Some(outcome.name()),
            ..LineContent::default()
        };
        match outcome {
            Outcome::Waiting => LineContent {
                order: now
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .ok()
                    .and_then(|since| u64::try_from(since.as_nanos()).ok()),
                known: Some(KnownContent {
                    name: known.name.clone(),
                    content_type: known.content_type.clone(),
                    size: known.size,
                    chosen: wanted.name.clone(),
                    names: Some(wanted.names).filter(|names| *names != NamePattern::Name),
                }),
                ..content
            },
            Outcome::Done(file) => LineContent {
                file: place::relative(&wanted.folder, &file.path),
                bytes: Some(file.bytes),
                content_type: file.content_type.clone(),
                sha256: Some(file.sha256.clone()),
                encoding: file.encoded.map(|encoded| encoded.coding),
                received: file.encoded.map(|encoded| encoded.bytes),
                ..content
            },
            Outcome::Failed(failure) => LineContent {
                reason: Some(failure.summary.clone()),
                ..content
            },
            Outcome::Cancelled => content,
        }
    }

    /// Returns how the file was received, if it was decoded.
    pub(super) fn encoded(&self) -> Option<Encoded> {
        Some(Encoded {
            coding: self.encoding?,
            bytes: self.received?,
        })
    }

    /// Returns whether the file waits to be fetched.
    pub(super) fn is_waiting(&self) -> bool {
        self.outcome == Some(OutcomeName::Waiting)
    }

    /// Returns the place of a waiting file among the others.
    pub(super) fn order(&self) -> Option<u64> {
        self.order
    }

    /// Returns the path of the recorded file; `None` if it may lead out of the folder.
    pub(super) fn path_in(&self, folder: &Path) -> Option<PathBuf> {
        place::path_in(folder, self.file.as_deref()?)
    }

    fn call(&self) -> Option<Call> {
        Some(Call::download(
            self.connector.as_ref()?,
            self.entity.as_ref()?,
            self.params.clone()?,
        ))
    }

    /// Returns the download that the line is of.
    pub(super) fn wanted(self, folder: &Path, manifest: &Path) -> Option<Wanted> {
        let call = self.call()?;
        let known = self.known.unwrap_or_default();
        Some(Wanted {
            call,
            folder: folder.to_owned(),
            names: known.names.unwrap_or_default(),
            name: known.chosen,
            known: Known {
                name: known.name,
                content_type: known.content_type,
                size: known.size,
                record: self.record,
                path: self.path,
                parent: self.parent,
            },
            manifest: Some(manifest.to_owned()),
        })
    }
}

impl Line {
    /// Makes the line of an outcome; `started` is when the download began.
    pub(super) fn new(wanted: &Wanted, started: Option<SystemTime>, outcome: Outcome<'_>) -> Line {
        let content = LineContent::new(wanted, started, outcome);
        Line {
            // Writing to memory cannot fail.
            text: serde_json::to_string(&content).unwrap_or_default(),
            is_done: content.outcome == Some(OutcomeName::Done),
            naming: None,
        }
    }

    /// Reads a line and the key of its file; `None` if it is no line of a manifest.
    pub(super) fn read(bytes: &[u8]) -> Option<(String, Line)> {
        let text = std::str::from_utf8(bytes).ok()?;
        let content: LineContent = lenient::from_text(text)?;
        let is_done = content.outcome == Some(OutcomeName::Done);
        let naming = (!is_done && content.sha256.is_some()).then(|| text.to_owned());
        let line = Line {
            text: text.to_owned(),
            is_done,
            naming,
        };
        Some((key(&content.call()?), line))
    }

    /// Takes a later line of the same file. What an earlier one says of a waiting file is kept.
    pub(super) fn follow(&mut self, later: &Line) {
        match later.naming {
            Some(_) if !self.is_done => self.naming.clone_from(&later.naming),
            Some(_) | None => self.clone_from(later),
        }
    }

    /// Returns whether the line says that the file was saved, or was about to be named.
    pub(super) fn records_file(&self) -> bool {
        self.is_done || self.naming.is_some()
    }

    /// Returns the content of the line that records the saved file, if there is one.
    pub(super) fn file_content(&self) -> Option<LineContent> {
        match &self.naming {
            Some(text) => lenient::from_text(text),
            None => self.is_done.then(|| self.content()),
        }
    }

    /// Returns the content.
    pub(super) fn content(&self) -> LineContent {
        // The line was read or written as an object before.
        lenient::from_text(&self.text).unwrap_or_default()
    }

    /// Returns whether the recorded file exists, judged by its size alone.
    pub(super) fn has_file(&self, folder: &Path) -> bool {
        let Some(content) = self.file_content() else {
            return false;
        };
        let size = content
            .path_in(folder)
            .and_then(|path| std::fs::symlink_metadata(path).ok())
            .map(|metadata| metadata.len());
        size.is_some() && size == content.bytes
    }
}

/// Returns what identifies a file of a run.
pub(super) fn key(call: &Call) -> String {
    let params = call.params.compact();
    let sorted: BTreeMap<&str, &JsonText> = params.iter().collect();
    // Writing to memory cannot fail.
    serde_json::to_string(&(&call.connector_id, &call.entity, sorted)).unwrap_or_default()
}

fn stamp(time: SystemTime) -> String {
    format!("{}Z", utc(time).replace(' ', "T"))
}

/// Returns whether a first line, with its line break, is one of a manifest, or the beginning of one that a crash cut off. A
/// file that holds less than the first key may be anybody's.
pub(super) fn is_own(line: &[u8]) -> bool {
    let is_torn = || {
        line.starts_with(br#"{"connector":"#)
            && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err()
    };
    Line::read(line).is_some() || is_torn()
}

#[cfg(test)]
mod tests {
    use super::{DONE, Line, LineContent, key};
    use crate::domain::call::{Call, Params};
    use crate::domain::download::{Coding, Encoded, Known, NamePattern, SavedFile, Wanted};
    use crate::domain::failure::{Failure, FailureKind};
    use crate::download::Outcome;
    use crate::files::lenient;
    use std::time::SystemTime;

    fn wanted() -> Wanted {
        let params = Params::parse(r#"{"b": 0.10, "a": [1, "x y"]}"#).unwrap();
        Wanted {
            call: Call::download("c", "files", params),
            folder: "out".into(),
            names: NamePattern::Name,
            name: Some("mine.txt".to_owned()),
            known: Known {
                name: Some("a\"b.txt".to_owned()),
                size: Some(3),
                ..Known::default()
            },
            manifest: Some("out/manifest.jsonl".into()),
        }
    }

    /// Returns a text with the values of the clock replaced.
    fn without_clock(text: &str) -> String {
        let mut text = text.to_owned();
        for (key, end) in [("\"ended\":\"", '"'), ("\"order\":", ',')] {
            if let Some(start) = text.find(key).map(|at| at + key.len()) {
                let length = text[start..].find(end).unwrap();
                text.replace_range(start..start + length, "~");
            }
        }
        text
    }

    #[test]
    fn lines_are_written_as_ever() {
        let file = SavedFile {
            path: "out/mine.txt".into(),
            bytes: 3,
            sha256: "00ff".to_owned(),
            content_type: Some("text/plain".to_owned()),
            looks_like: None,
            encoded: None,
            measured: true,
            resumed: 0,
            unvalidated: false,
            was_there: false,
        };
        let decoded = SavedFile {
            encoded: Some(Encoded {
                coding: Coding::Gzip,
                bytes: 2,
            }),
            ..file.clone()
        };
        let failure = Failure::new(FailureKind::Network, "no \"luck\"");
        let head = r#"{"connector":"c","entity":"files","params":{"b":0.10,"a":[1,"x y"]},"record":null,"path":null,"#;
        let no_file = r#""file":null,"bytes":null,"type":null,"sha256":null,"#;
        let started = r#""started":"1970-01-01T00:00:00Z","#;
        for (outcome, expected) in [
            (
                Outcome::Waiting,
                format!(
                    r#"{head}{no_file}{started}"ended":null,"outcome":"waiting","order":~,"known":{{"name":"a\"b.txt","type":null,"size":3,"chosen":"mine.txt"}}}}"#
                ),
            ),
            (
                Outcome::Done(&file),
                format!(
                    r#"{head}"file":"mine.txt","bytes":3,"type":"text/plain","sha256":"00ff",{started}"ended":"~","outcome":"done"}}"#
                ),
            ),
            (
                Outcome::Done(&decoded),
                format!(
                    r#"{head}"file":"mine.txt","bytes":3,"type":"text/plain","sha256":"00ff","encoding":"gzip","received":2,{started}"ended":"~","outcome":"done"}}"#
                ),
            ),
            (
                Outcome::Failed(&failure),
                format!(
                    r#"{head}{no_file}{started}"ended":"~","outcome":"failed","reason":"no \"luck\""}}"#
                ),
            ),
            (
                Outcome::Cancelled,
                format!(r#"{head}{no_file}{started}"ended":"~","outcome":"cancelled"}}"#),
            ),
        ] {
            let line = Line::new(&wanted(), Some(SystemTime::UNIX_EPOCH), outcome);
            let is_done = matches!(outcome, Outcome::Done(_));
            assert_eq!(line.text.ends_with(DONE), is_done);
            assert_eq!(without_clock(&line.text), expected);
            let (own, read) = Line::read(line.text.as_bytes()).unwrap();
            assert_eq!((own, read.is_done), (key(&wanted().call), is_done));
            let encoded = match outcome {
                Outcome::Done(file) => file.encoded,
                Outcome::Waiting | Outcome::Failed(_) | Outcome::Cancelled => None,
            };
            assert_eq!(read.content().encoded(), encoded);
        }
        let line = Line::new(&wanted(), None, Outcome::Waiting);
        let again = line
            .content()
            .wanted("out".as_ref(), "out/manifest.jsonl".as_ref());
        let compact = Wanted {
            call: Call {
                params: wanted().call.params.compact(),
                ..wanted().call
            },
            ..wanted()
        };
        assert_eq!(again, Some(compact));
    }

    #[test]
    fn a_line_has_the_parent_and_the_path_in_the_folder() {
        let own = Wanted {
            names: NamePattern::ParentAndName,
            known: Known {
                parent: Some(Params::parse(r#"{"ticket_id": 1001}"#).unwrap()),
                ..Known::default()
            },
            ..wanted()
        };
        let waiting = Line::new(&own, None, Outcome::Waiting);
        let parent = r#""parent":{"ticket_id":1001},"record":null"#;
        assert!(waiting.text.contains(parent), "{}", waiting.text);
        let again = waiting
            .content()
            .wanted("out".as_ref(), "out/manifest.jsonl".as_ref())
            .unwrap();
        assert_eq!(again.names, NamePattern::ParentAndName);
        assert_eq!(
            again.known.parent.unwrap().to_json(),
            r#"{"ticket_id":1001}"#
        );
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::create_dir(folder.join("1001")).unwrap();
        std::fs::write(folder.join("1001/mine.txt"), "abc").unwrap();
        let file = SavedFile {
            path: folder.join("1001/mine.txt"),
            bytes: 3,
            sha256: "00ff".to_owned(),
            content_type: None,
            looks_like: None,
            encoded: None,
            measured: true,
            resumed: 0,
            unvalidated: false,
            was_there: false,
        };
        let own = Wanted {
            folder: folder.to_owned(),
            ..own
        };
        let done = Line::new(&own, None, Outcome::Done(&file));
        let named = done.text.contains(r#""file":"1001/mine.txt""#);
        assert!(named && done.text.contains(parent), "{}", done.text);
        assert!(done.has_file(folder));
        for stray in ["../mine.txt", "1001/../1001/mine.txt", "/mine.txt"] {
            let text = done.text.replace("1001/mine.txt", stray);
            let (_, line) = Line::read(text.as_bytes()).unwrap();
            assert_eq!(line.content().path_in(folder), None, "{stray}");
            assert!(!line.has_file(folder), "{stray}");
        }
    }

    #[test]
    fn damaged_lines_are_not_trusted_more() {
        let read = |text: &str| Line::read(text.as_bytes()).map(|(_, line)| line);
        for none in [
            "",
            "[]",
            r#"["c","files",{}]"#,
            r#"{"connector":"c","entity":"files"}"#,
            r#"{"connector":"c","entity":"files","params":[]}"#,
            r#"{"connector":7,"entity":"files","params":{}}"#,
        ] {
            assert!(read(none).is_none(), "{none}");
        }
        let head = r#"{"connector":"c","entity":"files","params":{}"#;
        let odd = read(&format!(
            r#"{head},"outcome":"finished","bytes":-1,"known":[],"later":1e999}}"#
        ));
        assert!(odd.is_some_and(|line| !line.records_file() && !line.content().is_waiting()));
        let twice = read(&format!(r#"{head},"outcome":"done","outcome":"failed"}}"#));
        assert!(
            twice.is_some_and(|line| !line.is_done),
            "the later one counts"
        );
        let content: LineContent = lenient::from_text(&format!(r#"{head},"bytes":1.0}}"#)).unwrap();
        assert_eq!(content.bytes, None);
    }
}
