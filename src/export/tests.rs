//! Formats, columns, and checkpoints that were cut anywhere.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Checkpoint, Format, Reader, Writer, beside};
use crate::domain::call::{Call, JsonText};
use crate::domain::reply::Reply;
use crate::envelope::Envelope;
use crate::json::document::Document;
use crate::paging::{Arrived, Limits, Profile, Run, Survey};

fn reply(result: &str) -> Envelope {
    page(result, "next")
}

fn page(result: &str, token: &str) -> Envelope {
    let body = format!(r#"{{"status":"success","result":{result},"connector_metadata":{{"has_next_page":true,"end_cursor":"{token}"}}}}"#);
    Envelope::read(Arc::new(Document::parse(Bytes::from(body))))
}

fn facts() -> Reply {
    let took = Duration::from_millis(3);
    Reply { status: 200, content_type: None, bytes: 0, took, whole: true, received_at: "2026-11-25 04:00:00".into() }
}

/// Writes pages and returns the text and the fields that were left out.
fn write(format: Format, reader: Reader, named: &[&str], declared: &[&str], pages: &[&str]) -> (String, Vec<String>) {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut out = Vec::new();
    let mut left_out = Vec::new();
    {
        let mut writer = Writer::new(&mut out, format, reader, &names(named), &names(declared));
        for page in pages {
            let reply = reply(page);
            left_out.extend(writer.write(&reply, &reply.records()).unwrap());
        }
        writer.finish().unwrap();
    }
    (String::from_utf8(out).unwrap(), left_out)
}

#[test]
fn each_format_holds_what_came() {
    let pages = [r#"[{"id": 1, "n": 0.10}]"#, "[]", r#"[{"id": 2, "n": 1E400}]"#];
    let text = |format| write(format, Reader::Machine, &[], &[], &pages).0;
    assert_eq!(text(Format::Ndjson), "{\"id\":1,\"n\":0.10}\n{\"id\":2,\"n\":1E400}\n");
    assert_eq!(text(Format::Json), "[\n{\"id\":1,\"n\":0.10},\n{\"id\":2,\"n\":1E400}\n]\n");
    assert_eq!(text(Format::Csv), "id,n\n1,0.10\n2,1E400\n");
    assert_eq!(write(Format::Json, Reader::Machine, &[], &[], &["[]"]).0, "[]\n");
    assert_eq!(write(Format::Csv, Reader::Machine, &[], &[], &["[]"]).0, "");
}

#[test]
fn a_table_has_dotted_columns_and_tells_of_later_ones() {
    let pages = [
        r#"[{"id":1,"user":{"login":"ada, \"the\" first","tags":["a",{"b":1}]},"note":null},{"id":2,"extra":true}]"#,
        r#"[{"id":3,"late":"x","user":{"login":"line\nbreak"}},{"id":4,"late":"y"}]"#,
    ];
    let (text, left_out) = write(Format::Csv, Reader::Machine, &[], &[], &pages);
    assert_eq!(
        text,
        "id,user.login,user.tags,note,extra\n1,\"ada, \"\"the\"\" first\",\"[\"\"a\"\",{\"\"b\"\":1}]\",,\n2,,,,true\n3,\"line\nbreak\",,,\n4,,,,\n"
    );
    assert_eq!(left_out, ["late"], "each is told once");
    let (text, left_out) = write(Format::Csv, Reader::Machine, &["user", "late", "nothing"], &[], &pages);
    assert!(text.starts_with("user,late,nothing\n\"{\"\"login\"\":"), "{text}");
    assert!(left_out.is_empty(), "columns that were named leave the others out on purpose");
    let (text, _) = write(Format::Csv, Reader::Machine, &[], &["declared", "user"], &pages);
    assert!(text.starts_with("declared,id,user.login,"), "a declared object is split: {text}");
    assert_eq!(write(Format::Csv, Reader::Machine, &[], &[], &["[1,\"a\"]"]).0, "value\n1\na\n");
}

#[test]
fn a_key_that_holds_a_dot_has_a_column_of_its_own() {
    let pages = [r#"[{"id":1,"a.b":"flat","a":{"b":"nested"}},{"id":2,"a.b":"flat2"}]"#];
    let csv = |named: &[&str]| write(Format::Csv, Reader::Machine, named, &[], &pages).0;
    assert_eq!(csv(&[]), "id,\"[\"\"a.b\"\"]\",a.b\n1,flat,nested\n2,flat2,\n");
    assert_eq!(csv(&["a.b", r#"["a.b"]"#]), "a.b,\"[\"\"a.b\"\"]\"\nnested,flat\n,flat2\n", "each is named");
    assert_eq!(csv(&["a.b"]), "a.b\nnested\nflat2\n", "a member goes before a key with dots");
    assert_eq!(csv(&[r#"["id"]"#]), "id\n1\n2\n");
    let (text, _) = write(Format::Csv, Reader::Machine, &[], &["a.b", "id"], &[r#"[{"a.b":1}]"#]);
    assert_eq!(text, "id,\"[\"\"a.b\"\"]\"\n,1\n", "a declared field is no column twice");
}

#[test]
fn columns_that_were_named_stay_so_after_an_interruption() {
    let names = ["id".to_owned(), "user".to_owned()];
    let first = reply(r#"[{"id":1,"user":{"a":1},"x":0}]"#);
    let second = reply(r#"[{"id":2,"user":{"a":2},"x":0}]"#);
    let mut whole = Writer::new(Vec::new(), Format::Csv, Reader::Machine, &names, &[]);
    let mut left_out = whole.write(&first, &first.records()).unwrap();
    let (bytes, written) = (whole.bytes(), whole.written());
    left_out.extend(whole.write(&second, &second.records()).unwrap());
    let mut out = Vec::new();
    let mut resumed = Writer::resumed(&mut out, Format::Csv, Some(names.to_vec()), true, bytes, written);
    left_out.extend(resumed.write(&second, &second.records()).unwrap());
    assert_eq!(String::from_utf8(out).unwrap(), "2,\"{\"\"a\"\":2}\"\n");
    assert!(left_out.is_empty());
}

#[test]
fn a_terminal_gets_nothing_that_drives_it() {
    for format in [Format::Ndjson, Format::Json, Format::Csv] {
        let (text, _) = write(format, Reader::Terminal, &[], &[], &["[{\"k\":\"\\u001b[2J\u{202e}\u{9b}x\"}]"]);
        assert!(text.chars().all(|character| character == '\n' || crate::domain::text::is_harmless(character)), "{text:?}");
    }
}

/// Takes two pages of a run and writes them with a checkpoint; returns the run.
fn export(path: &std::path::Path, request: &Value) -> Run {
    let file = crate::files::create_new(path).unwrap();
    let mut checkpoint = Checkpoint::begin(path, &file, request).unwrap();
    let mut writer = Writer::new(checkpoint.records(0).unwrap(), Format::Ndjson, Reader::Machine, &[], &[]);
    let mut run = Run::new(None, Profile::of(None), Limits::default());
    let mut call = Call::new("c", "issues", "list");
    for (result, token) in [(r#"[{"id":1},{"id":2}]"#, "next"), (r#"[{"id":3}]"#, "other")] {
        let envelope = page(result, token);
        let survey = Survey::of(&envelope);
        run.take(&call, Arrived { envelope: &envelope, survey: &survey, reply: &facts(), elapsed: Duration::ZERO });
        writer.write(&envelope, &survey.records).unwrap();
        checkpoint.page(&run, &survey, writer.bytes(), writer.written(), writer.columns()).unwrap();
        call = call.with("cursor", JsonText::string(token));
    }
    run
}

#[test]
fn an_interrupted_export_knows_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issues.ndjson");
    let request = json!({"entity": "issues"});
    let run = export(&path, &request);
    let (checkpoint, restored) = Checkpoint::resume(&path, &request).unwrap();
    let restored = restored.unwrap();
    assert_eq!((restored.bytes, restored.written, restored.pages.len()), (27, 3, 2));
    let entries: Vec<_> = restored.pages.iter().map(|(entry, ..)| entry.clone()).collect();
    assert_eq!(entries[1].first, run.entries()[1].first);
    assert_eq!((&entries[1].sent, &entries[1].next), (&run.entries()[1].sent, &run.entries()[1].next));
    assert!(Checkpoint::resume(&path, &request).unwrap_err().summary.contains("Another airscope"));
    checkpoint.finish().unwrap();
    assert!(Checkpoint::resume(&path, &request).unwrap_err().summary.contains("no checkpoint"));
}

#[test]
fn another_request_and_a_changed_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issues.ndjson");
    export(&path, &json!({"entity": "issues"}));
    let failure = Checkpoint::resume(&path, &json!({"entity": "pulls"})).err().unwrap();
    assert!(failure.detail.unwrap().contains(r#"`entity` was "issues", now it is "pulls""#));
    let resume = || Checkpoint::resume(&path, &json!({"entity": "issues"})).err().unwrap().summary;
    std::fs::write(&path, "short").unwrap();
    assert!(resume().contains("shorter"));
    std::fs::write(&path, "as long as what was there before, and more").unwrap();
    assert!(resume().contains("not what its checkpoint says"));
    assert_eq!(std::fs::read_to_string(&path).unwrap().len(), 42, "nothing is lost");
    // Another file in its place, though it holds the same.
    let other = folder.path().join("other");
    std::fs::write(&other, "mine").unwrap();
    std::fs::rename(&other, &path).unwrap();
    assert!(resume().contains("is not of this file"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn what_was_added_since_is_never_cut() {
    let folder = tempfile::tempdir().unwrap();
    let request = json!({"entity": "issues"});
    // Before the first page was written.
    let path = folder.path().join("empty.ndjson");
    let file = crate::files::create_new(&path).unwrap();
    drop(Checkpoint::begin(&path, &file, &request).unwrap());
    std::fs::write(&path, "mine").unwrap();
    assert!(Checkpoint::resume(&path, &request).unwrap_err().summary.contains("something was added"));
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    // Behind the last page.
    let path = folder.path().join("issues.ndjson");
    export(&path, &request);
    let text = std::fs::read_to_string(&path).unwrap() + "mine\n";
    std::fs::write(&path, &text).unwrap();
    assert!(Checkpoint::resume(&path, &request).unwrap_err().summary.contains("something was added"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn what_took_the_place_of_an_export_or_its_checkpoint_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("o.ndjson"), folder.path().join("moved"));
    let request = json!({"entity": "issues"});
    let file = crate::files::create_new(&path).unwrap();
    let checkpoint = Checkpoint::begin(&path, &file, &request).unwrap();
    std::fs::rename(&path, &moved).unwrap();
    let other = crate::files::create_new(&path).unwrap();
    assert!(Checkpoint::begin(&path, &other, &request).unwrap_err().summary.contains("Another airscope"), "it is being written");
    std::fs::write(&path, "mine").unwrap();
    std::fs::rename(beside(&path), folder.path().join("checkpoint")).unwrap();
    std::fs::write(beside(&path), "mine too").unwrap();
    checkpoint.remove_all(&path).unwrap();
    assert_eq!((std::fs::read(&path).unwrap(), std::fs::read(beside(&path)).unwrap()), (b"mine".to_vec(), b"mine too".to_vec()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_checkpoint_that_was_cut_anywhere_goes_on_from_its_last_whole_line(cut in 0usize..5000) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issues.ndjson");
        let request = json!({"entity": "issues"});
        export(&path, &request);
        let whole = std::fs::read(beside(&path)).unwrap();
        std::fs::write(beside(&path), &whole[..cut.min(whole.len())]).unwrap();
        let head = whole.iter().position(|byte| *byte == b'\n').unwrap();
        let outcome = Checkpoint::resume(&path, &request);
        if cut <= head {
            // Without a whole head nothing says that the file is ours.
            prop_assert!(outcome.is_err());
            prop_assert_eq!(std::fs::read(&path).unwrap().len(), 27);
            return Ok(());
        }
        let kept = &whole[..cut.min(whole.len())];
        let end = kept.iter().rposition(|byte| *byte == b'\n').unwrap();
        let lines: Vec<Value> = kept[..end].split(|byte| *byte == b'\n').skip(1).map(|line| serde_json::from_slice(line).unwrap()).collect();
        // All of the export is there: what no line tells of may be the user's.
        if lines.iter().filter(|line| line["write"].is_u64()).map(|line| line["length"].as_u64().unwrap()).sum::<u64>() < 27 {
            prop_assert!(outcome.unwrap_err().summary.contains("something was added"));
            prop_assert_eq!(std::fs::read(&path).unwrap().len(), 27);
            return Ok(());
        }
        let (mut checkpoint, restored) = outcome.unwrap();
        // One page alone begins anew.
        let pages = lines.iter().filter(|line| line["row"].is_object()).count();
        let expected = if pages > 1 { pages } else { 0 };
        prop_assert_eq!(std::fs::read(&path).unwrap().len(), 27, "nothing is cut before there is something new");
        checkpoint.go_on().unwrap();
        prop_assert_eq!(std::fs::read(&path).unwrap().len() as u64, restored.as_ref().map_or(0, |restored| restored.bytes));
        prop_assert_eq!(restored.map_or(0, |restored| restored.pages.len()), expected);
        drop(checkpoint);
        prop_assert!(Checkpoint::resume(&path, &request).is_ok(), "it can be gone on with once more");
    }
}
