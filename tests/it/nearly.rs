//! Files that are nearly JSON: what they are is named, what can be read is shown, what is odd is marked and counted.

use std::io::Write as _;

use airscope::app::session::{OpenFile, Setup};
use tempfile::TempDir;

use crate::support::{Journey, opened};

async fn open(name: &str, bytes: &[u8]) -> (TempDir, Journey) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    let setup = Setup {
        folder: folder.path().join("out"),
        ..Setup::default()
    };
    let journey = opened(&file, setup).await;
    (folder, journey)
}

#[tokio::test]
async fn nan_and_infinity_are_named_and_shown_and_filtered() {
    let text = br#"[{"a":NaN,"b":Infinity,"c":-Infinity,"d":nan},{"a":2}]"#;
    let (folder, mut journey) = open("nan.json", text).await;
    journey
        .sees("Not quite JSON: NaN or Infinity at line 1, column 7 (4 times)")
        .sees("! not quite JSON")
        .sees("2 records")
        .sees(r#"{a: NaN, b: Infinity, c: -Infinity, d: nan}"#)
        .sees("{a: 2}");
    journey
        .keys("|map(.a)<Enter>")
        .await
        .sees("null")
        .sees("2")
        .keys("<Esc>")
        .await;
    // What is exported is JSON.
    journey.keys("E").await.keys("y").await.sees("Exported");
    let out = std::fs::read_dir(folder.path().join("out"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let written = std::fs::read_to_string(out.path()).unwrap();
    assert!(
        written.contains(
            r#"{"a":null,"b":1.7976931348623157e308,"c":-1.7976931348623157e308,"d":null}"#
        ),
        "{written}"
    );
}

#[tokio::test]
async fn commas_and_single_quotes_are_named_and_what_follows_is_shown() {
    let (_folder, mut journey) = open("comma.json", br#"{"a":[1,2,3,],"b":2}"#).await;
    journey
        .sees("a comma before a closing bracket at line 1, column 13")
        .sees("b: 2");
    journey.keys("yr").await.sees_not("cannot");
    let (_folder, mut journey) =
        open("python.json", b"{'id': 1,\n 'name': 'it', 'ok': True}").await;
    journey
        .sees(
            "single quotes at line 1, column 2 (4 times); None, True or False at line 2, column 22",
        )
        .sees("name: \"it\"")
        .sees("ok: True");
}

#[tokio::test]
async fn what_cannot_be_read_on_is_named_by_line_and_column() {
    let (_folder, mut journey) = open("comma.json", b"[1,\n 2,, 3]").await;
    journey
        .sees("The body breaks off: expected a value at line 2, column 4")
        .sees("2");
    let (_folder, mut journey) = open("key.json", b"{a: 1}").await;
    journey.sees("expected a key in quotes at line 1, column 2");
}

#[tokio::test]
async fn a_bad_line_is_a_marked_row_and_the_rest_is_there() {
    let text = b"{\"a\":1}\n{\"a\":2}\nstarting worker...\n{\"a\":3}\n{\"a\":4}\n";
    let (_folder, mut journey) = open("log.ndjson", text).await;
    journey
        .sees("a line that is no JSON at line 3, column 1")
        .sees("5 records")
        .sees("2  ! starting worker...")
        .sees("3  {a: 3}")
        .sees("4  {a: 4}");
    journey.keys("/starting<Enter>").await.sees("/starting 1 ");
    journey.keys("v").await.sees("starting worker...");
    journey.keys("|map(.a?)<Enter>").await.sees("4 values");
}

#[tokio::test]
async fn marks_of_joined_files_separators_and_padding_are_read() {
    let (_folder, mut journey) = open(
        "bom.ndjson",
        b"\xef\xbb\xbf{\"a\":1}\n\xef\xbb\xbf{\"a\":2}\n{\"a\":3}\n",
    )
    .await;
    journey.sees("3 records").sees("{a: 3}").sees_not("!");
    let (_folder, mut journey) = open("rs.json", b"\x1e{\"a\":1}\n\x1e{\"a\":2}\n").await;
    journey.sees("2 records").sees("{a: 2}").sees_not("!");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"{\"a\":1}").unwrap();
    let zipped = encoder.finish().unwrap();
    let padded = [zipped.as_slice(), &[0; 512]].concat();
    let (_folder, mut journey) = open("trail.json.gz", &padded).await;
    journey
        .sees("a: 1")
        .sees_not("damaged")
        .sees_not("not whole");
    let two = [padded.as_slice(), &zipped].concat();
    let (_folder, mut journey) = open("two.json.gz", &two).await;
    journey.sees("2 records").sees_not("damaged");
    let garbage = [zipped.as_slice(), b"garbage!!"].concat();
    let (_folder, mut journey) = open("garb.json.gz", &garbage).await;
    journey
        .sees("a: 1")
        .sees("What follows the gzip data in the file is no gzip, and is left out")
        .sees_not("not whole");
    let (_folder, mut journey) = open("cut.json.gz", &zipped[..zipped.len() - 3]).await;
    journey.sees("could not be read to its end");
}

#[tokio::test]
async fn strings_that_hold_what_json_forbids_are_marked_and_counted_in_the_border() {
    let (_folder, mut journey) = open(
        "odd.json",
        b"[\"a\\qb\", \"tab\there\", \"\\ud800\", \"fine\\n\"]",
    )
    .await;
    journey
        .sees("! 3 strings hold what JSON forbids")
        .sees(r#""a\qb""#)
        .sees(r#""tab\there""#)
        .sees(r#""\ud800""#);
    journey.keys("|.[1]<Enter>").await.sees("\"tab\\there\"");
    let (_folder, mut journey) = open("one.json", b"[\"a\\qb\"]").await;
    journey.sees("! 1 string holds what JSON forbids");
    let (_folder, mut journey) = open("none.json", b"[\"a\\nb\"]\n").await;
    journey.sees_not("forbids");
}

#[tokio::test]
async fn text_is_found_as_it_is_shown() {
    let text = "[\"one\\ntwo\", \"evil\u{202e}txt\", \"bell\\u0007\", \"C:\\\\new\", \"plain\"]";
    let (_folder, mut journey) = open("shown.json", text.as_bytes()).await;
    journey.keys("/one\\ntwo<Enter>").await.sees("ntwo 1 ");
    journey.keys("/\\u202e<Enter>").await.sees("u202e 1 ");
    journey.keys("/\\u0007<Enter>").await.sees("u0007 1 ");
    journey.keys("/C:\\\\new<Enter>").await.sees("new 1 ");
    // As it is in the text, too.
    journey.keys("/C:\\new<Enter>").await.sees("new 1 ");
}

#[tokio::test]
async fn what_joins_letters_is_shown_as_it_is() {
    let text = "[{\"fa\": \"می\u{200c}خواهم\", \"fam\": \"👨\u{200d}👩\u{200d}👧 family\", \"x\": \"pay\u{200d}pal\"}]";
    let (_folder, mut journey) = open("zwj.json", text.as_bytes()).await;
    journey
        .keys("l")
        .await
        .sees("می\u{200c}خواهم")
        .sees("👨\u{200d}👩\u{200d}👧")
        .sees("pay\\u200dpal");
}

#[tokio::test]
async fn what_cannot_be_read_again_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.json");
    std::fs::write(&file, "[1,2]").unwrap();
    let begin = async |again| {
        let setup = Setup {
            file: Some(OpenFile {
                name: "log.json".to_owned(),
                again,
            }),
            ..Setup::default()
        };
        opened(&file, setup).await
    };
    let mut journey = begin(false).await;
    let said = "What was read stays: `log.json` cannot be read again";
    journey
        .sees("2 records")
        .keys("<F5>")
        .await
        .sees(said)
        .sees("2 records");
    journey.keys("R").await.sees(said).sees("2 records");
    // A file that is gone meanwhile.
    let mut journey = begin(true).await;
    std::fs::remove_file(&file).unwrap();
    journey
        .keys("<F5>")
        .await
        .sees("✗ the file could not be read again; this was read before")
        .sees("1  2");
}
