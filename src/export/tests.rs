//! Formats, columns, and checkpoints that were cut anywhere.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Checkpoint, Format, Formulas, Later, Reader, Records, TableOptions, Writer, checkpoint_path,
};
use crate::domain::call::{Call, JsonText};
use crate::domain::failure::Failure;
use crate::domain::reply::Reply;
use crate::envelope::Envelope;
use crate::json::document::Document;
use crate::paging::{Limits, PageReply, PageScan, Profile, Run};

fn reply(result: &str) -> Envelope {
    page(result, "next")
}

fn page(result: &str, token: &str) -> Envelope {
    let body = format!(
        r#"{{"status":"success","result":{result},"connector_metadata":{{"has_next_page":true,"end_cursor":"{token}"}}}}"#
    );
    Envelope::read(Arc::new(Document::parse(Bytes::from(body))))
}

fn facts() -> Reply {
    let took = Duration::from_millis(3);
    Reply {
        status: 200,
        content_type: None,
        bytes: 0,
        took,
        whole: true,
        received_at: "2026-11-25 04:00:00".into(),
    }
}

/// Writes pages and returns the text and the fields that were left out.
fn write(
    format: Format,
    reader: Reader,
    named: &[&str],
    declared: &[&str],
    pages: &[&str],
) -> (String, Vec<String>) {
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let mut out = Vec::new();
    let mut left_out = Vec::new();
    {
        let (named, declared) = (names(named), names(declared));
        let table = TableOptions {
            named: &named,
            declared: &declared,
            ..TableOptions::default()
        };
        let mut writer = Writer::new(&mut out, format, reader, &table);
        for page in pages {
            let reply = reply(page);
            left_out.extend(writer.write(&reply, &reply.records()).unwrap().left_out);
        }
        writer.finish().unwrap();
    }
    (String::from_utf8(out).unwrap(), left_out)
}

#[test]
fn each_format_holds_what_came() {
    let pages = [
        r#"[{"id": 1, "n": 0.10}]"#,
        "[]",
        r#"[{"id": 2, "n": 1E400}]"#,
    ];
    let text = |format| write(format, Reader::Machine, &[], &[], &pages).0;
    assert_eq!(
        text(Format::Ndjson),
        "{\"id\":1,\"n\":0.10}\n{\"id\":2,\"n\":1E400}\n"
    );
    assert_eq!(
        text(Format::Json),
        "[\n{\"id\":1,\"n\":0.10},\n{\"id\":2,\"n\":1E400}\n]\n"
    );
    assert_eq!(text(Format::Csv), "id,n\n1,0.10\n2,1E400\n");
    assert_eq!(
        write(Format::Json, Reader::Machine, &[], &[], &["[]"]).0,
        "[]\n"
    );
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
    let (text, left_out) = write(
        Format::Csv,
        Reader::Machine,
        &["user", "late", "nothing"],
        &[],
        &pages,
    );
    assert!(
        text.starts_with("user,late,nothing\n\"{\"\"login\"\":"),
        "{text}"
    );
    assert!(
        left_out.is_empty(),
        "columns that were named leave the others out on purpose"
    );
    let (text, _) = write(
        Format::Csv,
        Reader::Machine,
        &[],
        &["declared", "user"],
        &pages,
    );
    assert!(
        text.starts_with("declared,id,user.login,"),
        "a declared object is split: {text}"
    );
    assert_eq!(
        write(Format::Csv, Reader::Machine, &[], &[], &["[1,\"a\"]"]).0,
        "value\n1\na\n"
    );
}

#[test]
fn a_key_that_holds_a_dot_has_a_column_of_its_own() {
    let pages = [r#"[{"id":1,"a.b":"flat","a":{"b":"nested"}},{"id":2,"a.b":"flat2"}]"#];
    let csv = |named: &[&str]| write(Format::Csv, Reader::Machine, named, &[], &pages).0;
    assert_eq!(
        csv(&[]),
        "id,\"[\"\"a.b\"\"]\",a.b\n1,flat,nested\n2,flat2,\n"
    );
    assert_eq!(
        csv(&["a.b", r#"["a.b"]"#]),
        "a.b,\"[\"\"a.b\"\"]\"\nnested,flat\n,flat2\n",
        "each is named"
    );
    assert_eq!(
        csv(&["a.b"]),
        "a.b\nnested\nflat2\n",
        "a member goes before a key with dots"
    );
    assert_eq!(csv(&[r#"["id"]"#]), "id\n1\n2\n");
    let (text, _) = write(
        Format::Csv,
        Reader::Machine,
        &[],
        &["a.b", "id"],
        &[r#"[{"a.b":1}]"#],
    );
    assert_eq!(
        text, "id,\"[\"\"a.b\"\"]\"\n,1\n",
        "a declared field is no column twice"
    );
}

#[test]
fn columns_that_were_named_stay_so_after_an_interruption() {
    let names = ["id".to_owned(), "user".to_owned()];
    let first = reply(r#"[{"id":1,"user":{"a":1},"x":0}]"#);
    let second = reply(r#"[{"id":2,"user":{"a":2},"x":0}]"#);
    let table = TableOptions {
        named: &names,
        later: Later::Added,
        ..TableOptions::default()
    };
    let mut whole = Writer::new(Vec::new(), Format::Csv, Reader::Machine, &table);
    let mut left_out = whole.write(&first, &first.records()).unwrap().left_out;
    let (layout, bytes, written) = (whole.layout().cloned(), whole.bytes(), whole.written());
    left_out.extend(whole.write(&second, &second.records()).unwrap().left_out);
    let mut out = Vec::new();
    let mut resumed = Writer::resumed(&mut out, Format::Csv, &table, (layout, bytes, written));
    left_out.extend(resumed.write(&second, &second.records()).unwrap().left_out);
    assert_eq!(String::from_utf8(out).unwrap(), "2,\"{\"\"a\"\":2}\"\n");
    assert!(left_out.is_empty());
}

/// Pages of which each but the first brings a column.
const GROWING: [&str; 4] = [
    r#"[{"id":1,"a":"x"},{"id":2}]"#,
    r#"[{"id":3,"late":"1,\"2\""},{"id":4,"a":null,"late":"line\nbreak"}]"#,
    r#"[{"id":5,"nested":{"z":[1]},"late":"="}]"#,
    r#"[{"id":6,"a":"y","a.b":7}]"#,
];
/// The table of them.
const GROWN: &str = "id,a,late,nested.z,\"[\"\"a.b\"\"]\"\n1,x,,,\n2,,,,\n3,,\"1,\"\"2\"\"\",,\n4,,\"line\nbreak\",,\n5,,=,[1],\n6,y,,,7\n";

#[test]
fn fields_that_are_left_out_are_counted_by_records() {
    let mut writer = Writer::new(
        Vec::new(),
        Format::Csv,
        Reader::Machine,
        &TableOptions::default(),
    );
    let pages = [
        r#"[{"id":1}]"#,
        r#"[{"id":2,"late":1,"b":null,"late":2},{"id":3,"late":3}]"#,
        r#"[{"b":4}]"#,
    ];
    let told: Vec<_> = pages
        .iter()
        .map(|page| reply(page))
        .map(|page| writer.write(&page, &page.records()).unwrap().left_out)
        .collect();
    assert_eq!(
        told,
        [vec![], vec!["late".to_owned(), "b".to_owned()], vec![]]
    );
    let left_out: Vec<_> = writer
        .left_out()
        .iter()
        .map(|field| (field.path.as_str(), field.records))
        .collect();
    assert_eq!(left_out, [("late", 2), ("b", 2)]);
}

#[test]
fn a_formula_is_guarded_and_a_number_is_not() {
    let check =
        |cell: &str, expected: &str| assert_eq!(Formulas::Guarded.written(cell.into()), expected);
    for formula in [
        "=1+1", "+49 30 1", "-x", "@SUM(A1)", "\t=1", "\r=1", "-inf", "--1", "+", "-1-1",
    ] {
        check(formula, &format!("'{formula}"));
        assert_eq!(Formulas::Kept.written(formula.into()), formula);
    }
    for plain in [
        "-1", "+1", "-1.5e-3", "-0.10", "a=1", "", "'=1", "1-1", "[-1]",
    ] {
        check(plain, plain);
    }
    let table = TableOptions {
        formulas: Formulas::Guarded,
        ..TableOptions::default()
    };
    let mut out = Vec::new();
    let page = reply(r#"[{"@id":"=cmd|'/c calc'!A1","n":-1}]"#);
    Writer::new(&mut out, Format::Csv, Reader::Machine, &table)
        .write(&page, &page.records())
        .unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "'@id,n\n'=cmd|'/c calc'!A1,-1\n"
    );
}

/// An export of a table that goes on page by page, with a run that pages without end.
struct Table {
    run: Run,
    call: Call,
    checkpoint: Checkpoint,
    writer: Writer<Records>,
}

const TABLE: TableOptions<'static> = TableOptions {
    named: &[],
    declared: &[],
    later: Later::Added,
    formulas: Formulas::Kept,
};

impl Table {
    fn begin(path: &Path) -> Table {
        let file = crate::files::create_new(path).unwrap();
        let checkpoint = Checkpoint::begin(path, &file, &json!({})).unwrap();
        let writer = Writer::new(
            checkpoint.records(0).unwrap(),
            Format::Csv,
            Reader::Machine,
            &TABLE,
        );
        Table {
            run: Run::new(None, Profile::of(None), Limits::default()),
            call: Call::new("c", "issues", "list"),
            checkpoint,
            writer,
        }
    }

    /// Goes on after a kill. Returns how many pages are there.
    fn resume(path: &Path) -> (Table, usize) {
        let (checkpoint, restored) = Checkpoint::resume(path, &json!({})).unwrap();
        let restored = restored.unwrap();
        let records = checkpoint.records(restored.bytes).unwrap();
        let writer = Writer::resumed(
            records,
            Format::Csv,
            &TABLE,
            (restored.layout, restored.bytes, restored.written),
        );
        let mut run = Run::new(None, restored.profile, Limits::default());
        let pages = restored.pages.len();
        for (entry, ids, contents) in restored.pages {
            run.restore(entry, &ids, &contents);
        }
        let call =
            Call::new("c", "issues", "list").with("cursor", JsonText::string(&pages.to_string()));
        (
            Table {
                run,
                call,
                checkpoint,
                writer,
            },
            pages,
        )
    }

    fn page(&mut self, number: usize) {
        self.page_of(number, GROWING[number]);
    }

    fn page_of(&mut self, number: usize, records: &str) {
        let token = (number + 1).to_string();
        let envelope = page(records, &token);
        let scan = PageScan::of(&envelope);
        self.run.take(
            &self.call,
            PageReply {
                envelope: &envelope,
                scan: &scan,
                reply: &facts(),
                elapsed: Duration::ZERO,
            },
        );
        self.checkpoint.truncate().unwrap();
        self.writer.write(&envelope, &scan.records).unwrap();
        self.checkpoint
            .page(
                &self.run,
                &scan,
                self.writer.bytes(),
                self.writer.written(),
                self.writer.layout(),
            )
            .unwrap();
        self.call = self.call.clone().with("cursor", JsonText::string(&token));
    }

    fn widen(&mut self, path: &Path) -> Result<(), Failure> {
        self.checkpoint.truncate()?;
        let written = (self.writer.bytes(), self.writer.written());
        self.checkpoint
            .widen(path, self.writer.layout().unwrap(), Formulas::Kept, written)
    }
}

#[test]
fn a_table_that_begins_without_any_column_gets_its_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("o.csv");
    let mut table = Table::begin(&path);
    table.page_of(0, "[{}]");
    table.page_of(1, "[{}]");
    drop(table);
    let (mut table, _) = Table::resume(&path);
    table.page_of(2, r#"[{"a":1},{},{"b":2}]"#);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "\"\"\n\"\"\n1\n\"\"\n,2\n"
    );
    table.widen(&path).unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "a,b\n,\n,\n1,\n,\n,2\n"
    );
    drop(table);
    let (mut table, _) = Table::resume(&path);
    table.page_of(3, r#"[{"c":3}]"#);
    table.widen(&path).unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "a,b,c\n,,\n,,\n1,,\n,,\n,2,\n,,3\n"
    );
}

/// Returns the names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_table_has_the_columns_of_all_pages_wherever_it_broke_off() {
    // Where it is killed: before the second pass, within it, before the two files are exchanged, after it, and after the first
    // was removed.
    for (kill, pages) in (0..5).flat_map(|kill| (2..=4).map(move |pages| (kill, pages))) {
        let folder = tempfile::tempdir().unwrap();
        let (path, kept) = (folder.path().join("o.csv"), folder.path().join("kept"));
        let mut table = Table::begin(&path);
        (0..pages).for_each(|number| table.page(number));
        std::fs::hard_link(&path, &kept).unwrap();
        if kill > 0 {
            table.widen(&path).unwrap();
            let noted = std::fs::read_to_string(checkpoint_path(&path)).unwrap();
            let name = noted.lines().rev().find_map(|line| {
                Some(
                    serde_json::from_str::<Value>(line).unwrap()["beside"]
                        .as_str()?
                        .to_owned(),
                )
            });
            let spill = folder.path().join(name.unwrap());
            if kill == 3 {
                std::fs::rename(&kept, &spill).unwrap();
            }
            if kill < 3 {
                // As if it had not taken the place: the first file is there.
                std::fs::rename(&path, &spill).unwrap();
                std::fs::rename(&kept, &path).unwrap();
                if kill == 1 {
                    let noted = noted
                        .lines()
                        .filter(|line| !line.contains("widened"))
                        .map(|line| format!("{line}\n"));
                    std::fs::write(checkpoint_path(&path), noted.collect::<String>()).unwrap();
                    std::fs::OpenOptions::new()
                        .write(true)
                        .open(&spill)
                        .unwrap()
                        .set_len(9)
                        .unwrap();
                }
            }
        }
        drop(table);
        drop(std::fs::remove_file(&kept));
        let (mut table, came) = Table::resume(&path);
        assert_eq!(came, pages, "killed at {kill}");
        (pages..4).for_each(|number| table.page(number));
        let is_whole = table
            .writer
            .layout()
            .is_some_and(|layout| layout.names.len() == layout.header);
        assert_eq!(is_whole, kill >= 3 && pages == 4);
        if !is_whole {
            table.widen(&path).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            GROWN,
            "killed at {kill} after {pages} pages"
        );
        table.checkpoint.truncate().unwrap();
        table.checkpoint.finish().unwrap();
        assert_eq!(
            names(folder.path()),
            ["o.csv"],
            "killed at {kill} after {pages} pages"
        );
    }
}

#[test]
fn columns_are_completed_only_in_the_file_that_was_written() {
    let begun = || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("o.csv");
        let mut table = Table::begin(&path);
        (0..4).for_each(|number| table.page(number));
        (folder, path, table)
    };
    // Another file in its place, a link to it, and something that was added.
    let (folder, path, mut table) = begun();
    std::fs::rename(&path, folder.path().join("moved")).unwrap();
    std::fs::write(&path, "mine").unwrap();
    assert!(
        table
            .widen(&path)
            .unwrap_err()
            .summary
            .contains("was changed while it was written")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(folder.path().join("moved"), &path).unwrap();
    assert!(table.widen(&path).is_err());
    assert_eq!(
        names(folder.path()),
        ["moved", "o.csv", "o.csv.airscope-resume"]
    );
    let (folder, path, mut table) = begun();
    let text = std::fs::read_to_string(&path).unwrap() + "mine\n";
    std::fs::write(&path, &text).unwrap();
    assert!(table.widen(&path).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert_eq!(names(folder.path()), ["o.csv", "o.csv.airscope-resume"]);
    // The mode stays.
    let (_folder, path, mut table) = begun();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    table.widen(&path).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions())
            & 0o777,
        0o600
    );
}

#[test]
fn a_file_that_took_the_name_of_the_one_beside_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("o.csv");
    let mut table = Table::begin(&path);
    (0..4).for_each(|number| table.page(number));
    drop(table);
    let mine = folder.path().join(".airscope-0123456789abcdef.part");
    std::fs::write(&mine, "mine").unwrap();
    std::fs::write(folder.path().join("report"), "mine").unwrap();
    for noted in [
        r#"{"beside":".airscope-0123456789abcdef.part"}"#.to_owned(),
        r#"{"beside":".airscope-0123456789abcdef.part","device":1,"inode":2}"#.to_owned(),
        r#"{"beside":"report"}"#.to_owned(),
    ] {
        let mut checkpoint = std::fs::OpenOptions::new()
            .append(true)
            .open(checkpoint_path(&path))
            .unwrap();
        std::io::Write::write_all(&mut checkpoint, format!("{noted}\n").as_bytes()).unwrap();
        drop(checkpoint);
        if noted.contains("report") {
            assert!(
                Checkpoint::resume(&path, &json!({})).is_err(),
                "no line of ours"
            );
            continue;
        }
        let (mut table, _) = Table::resume(&path);
        table.checkpoint.truncate().unwrap();
        assert_eq!(std::fs::read_to_string(&mine).unwrap(), "mine");
    }
    assert_eq!(
        std::fs::read_to_string(folder.path().join("report")).unwrap(),
        "mine"
    );
}

#[test]
fn a_terminal_gets_nothing_that_drives_it() {
    for format in [Format::Ndjson, Format::Json, Format::Csv] {
        let (text, _) = write(
            format,
            Reader::Terminal,
            &[],
            &[],
            &["[{\"k\":\"\\u001b[2J\u{202e}\u{9b}x\"}]"],
        );
        assert!(text.lines().all(crate::text::is_safe), "{text:?}");
    }
}

/// Takes two pages of a run and writes them with a checkpoint; returns the run.
fn export(path: &std::path::Path, request: &Value) -> Run {
    let file = crate::files::create_new(path).unwrap();
    let mut checkpoint = Checkpoint::begin(path, &file, request).unwrap();
    let mut writer = Writer::new(
        checkpoint.records(0).unwrap(),
        Format::Ndjson,
        Reader::Machine,
        &TableOptions::default(),
    );
    let mut run = Run::new(None, Profile::of(None), Limits::default());
    let mut call = Call::new("c", "issues", "list");
    for (result, token) in [
        (r#"[{"id":1},{"id":2}]"#, "next"),
        (r#"[{"id":3}]"#, "other"),
    ] {
        let envelope = page(result, token);
        let scan = PageScan::of(&envelope);
        run.take(
            &call,
            PageReply {
                envelope: &envelope,
                scan: &scan,
                reply: &facts(),
                elapsed: Duration::ZERO,
            },
        );
        writer.write(&envelope, &scan.records).unwrap();
        checkpoint
            .page(
                &run,
                &scan,
                writer.bytes(),
                writer.written(),
                writer.layout(),
            )
            .unwrap();
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
    assert_eq!(
        (restored.bytes, restored.written, restored.pages.len()),
        (27, 3, 2)
    );
    let entries: Vec<_> = restored
        .pages
        .iter()
        .map(|(entry, ..)| entry.clone())
        .collect();
    assert_eq!(entries[1].first, run.entries()[1].first);
    assert_eq!(
        (&entries[1].sent, &entries[1].next),
        (&run.entries()[1].sent, &run.entries()[1].next)
    );
    assert!(
        Checkpoint::resume(&path, &request)
            .unwrap_err()
            .summary
            .contains("Another airscope")
    );
    checkpoint.finish().unwrap();
    assert!(
        Checkpoint::resume(&path, &request)
            .unwrap_err()
            .summary
            .contains("no checkpoint")
    );
}

#[test]
fn another_request_and_a_changed_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issues.ndjson");
    export(&path, &json!({"entity": "issues"}));
    let failure = Checkpoint::resume(&path, &json!({"entity": "pulls"}))
        .err()
        .unwrap();
    assert!(
        failure
            .detail
            .unwrap()
            .contains(r#"`entity` was "issues", now it is "pulls""#)
    );
    let resume = || {
        Checkpoint::resume(&path, &json!({"entity": "issues"}))
            .err()
            .unwrap()
            .summary
    };
    std::fs::write(&path, "short").unwrap();
    assert!(resume().contains("shorter"));
    std::fs::write(&path, "as long as what was there before, and more").unwrap();
    assert!(resume().contains("not what its checkpoint says"));
    assert_eq!(
        std::fs::read_to_string(&path).unwrap().len(),
        42,
        "nothing is lost"
    );
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
    assert!(
        Checkpoint::resume(&path, &request)
            .unwrap_err()
            .summary
            .contains("something was added")
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    // Behind the last page.
    let path = folder.path().join("issues.ndjson");
    export(&path, &request);
    let text = std::fs::read_to_string(&path).unwrap() + "mine\n";
    std::fs::write(&path, &text).unwrap();
    assert!(
        Checkpoint::resume(&path, &request)
            .unwrap_err()
            .summary
            .contains("something was added")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    // While the first page was on its way.
    let path = folder.path().join("later.ndjson");
    export(&path, &request);
    let (mut checkpoint, _) = Checkpoint::resume(&path, &request).unwrap();
    let text = std::fs::read_to_string(&path).unwrap() + "mine\n";
    std::fs::write(&path, &text).unwrap();
    assert!(
        checkpoint
            .truncate()
            .unwrap_err()
            .summary
            .contains("was added")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn two_that_begin_at_once_leave_the_export_of_the_one_that_goes_on() {
    let request = json!({"entity": "issues"});
    for _ in 0..200 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("o.ndjson");
        let file = crate::files::create_new(&path).unwrap();
        // One begins, and the other goes on with whatever it finds.
        let (began, resumed) = std::thread::scope(|scope| {
            let began = scope.spawn(|| Checkpoint::begin(&path, &file, &request));
            let resumed = scope.spawn(|| {
                std::iter::repeat_with(|| Checkpoint::resume(&path, &request))
                    .take(20)
                    .find_map(Result::ok)
            });
            (began.join().unwrap(), resumed.join().unwrap())
        });
        assert!(began.is_ok() != resumed.is_some(), "one of both writes");
        assert!(path.exists() && checkpoint_path(&path).exists());
        if let Some((checkpoint, _)) = &resumed {
            use std::io::Write as _;
            checkpoint.records(0).unwrap().write_all(b"x").unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), b"x");
        }
    }
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
    assert!(
        Checkpoint::begin(&path, &other, &request)
            .unwrap_err()
            .summary
            .contains("Another airscope"),
        "it is being written"
    );
    std::fs::write(&path, "mine").unwrap();
    std::fs::rename(checkpoint_path(&path), folder.path().join("checkpoint")).unwrap();
    std::fs::write(checkpoint_path(&path), "mine too").unwrap();
    checkpoint.remove_all(&path).unwrap();
    assert_eq!(
        (
            std::fs::read(&path).unwrap(),
            std::fs::read(checkpoint_path(&path)).unwrap()
        ),
        (b"mine".to_vec(), b"mine too".to_vec())
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_checkpoint_that_was_cut_anywhere_goes_on_from_its_last_whole_line(cut in 0usize..5000) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issues.ndjson");
        let request = json!({"entity": "issues"});
        export(&path, &request);
        let whole = std::fs::read(checkpoint_path(&path)).unwrap();
        std::fs::write(checkpoint_path(&path), &whole[..cut.min(whole.len())]).unwrap();
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
        // One page alone starts over.
        let pages = lines.iter().filter(|line| line["row"].is_object()).count();
        let expected = if pages > 1 { pages } else { 0 };
        prop_assert_eq!(std::fs::read(&path).unwrap().len(), 27, "nothing is cut before there is something new");
        checkpoint.truncate().unwrap();
        prop_assert_eq!(std::fs::read(&path).unwrap().len() as u64, restored.as_ref().map_or(0, |restored| restored.bytes));
        prop_assert_eq!(restored.map_or(0, |restored| restored.pages.len()), expected);
        drop(checkpoint);
        prop_assert!(Checkpoint::resume(&path, &request).is_ok(), "it can be gone on with once more");
    }
}
