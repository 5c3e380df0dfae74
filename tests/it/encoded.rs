//! Files that are sent compressed although they were asked for as they are: gzip is decoded while it is received, within a
//! bound, and anything that is wrong with it leaves no file.

use std::io::Write as _;
use std::path::Path;
use std::process::Output;
use std::sync::Mutex;

use airscope::domain::call::JsonText;
use airscope::domain::download::{Coding, DownloadEvent, Encoded, Known, SavedFile, Wanted};
use airscope::domain::failure::{Failure, FailureKind};
use airscope::download::{RateGate, Room, fetch};
use airscope::sandbox::Sandbox;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::Value;

use crate::downloads::{download, gate, manual, names, origin_client, sha256, wanted};
use crate::exports::airscope;
use crate::support::origin::Origin;
use crate::support::{client, sandbox};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn sized(folder: &Path, id: u64, size: u64) -> Wanted {
    Wanted {
        known: Known {
            size: Some(size),
            ..Known::default()
        },
        ..wanted(folder, id)
    }
}

/// An answer with headers of its own.
fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/octet-stream\r\n{headers}\r\n"
    );
    [head.into_bytes(), body.to_vec()].concat()
}

/// The headers of a file that is sent as gzip.
fn named(name: &str, length: Option<usize>) -> String {
    let length = length
        .map(|length| format!("Content-Length: {length}\r\n"))
        .unwrap_or_default();
    format!(
        "Content-Encoding: gzip\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n{length}"
    )
}

async fn from_origin(
    wanted: &Wanted,
    answers: impl Fn(usize, &Value) -> Vec<u8> + Send + Sync + 'static,
) -> (Result<SavedFile, Failure>, Vec<DownloadEvent>, Vec<Value>) {
    let (origin, told) = (Origin::scripted(Box::new(answers)), Mutex::new(Vec::new()));
    let outcome = fetch(&origin_client(&origin), wanted, &gate(), &|step| {
        told.lock().unwrap().push(step)
    })
    .await;
    (outcome, told.into_inner().unwrap(), origin.requests())
}

fn starts_over(told: &[DownloadEvent]) -> usize {
    told.iter()
        .filter(|step| matches!(step, DownloadEvent::StartsOver(_)))
        .count()
}

#[tokio::test]
async fn a_file_that_is_sent_as_gzip_is_saved_decoded() {
    let whole = manual();
    let packed = |scenario: &str, content: &[u8]| {
        let (first, second) = content.split_at(content.len() / 2);
        if scenario == "download-gzip-members" {
            [gzip(first), gzip(second)].concat()
        } else {
            gzip(content)
        }
    };
    // One that comes at once, and one that does not: 784 bytes, and 400 times as much.
    for (id, content) in [(9000, whole.clone()), (10_809, whole[..784].to_vec())] {
        for scenario in ["download-gzip", "download-gzip-members"] {
            let folder = tempfile::tempdir().unwrap();
            let (outcome, _) = download(&sandbox(scenario).await, &wanted(folder.path(), id)).await;
            let file = outcome.unwrap_or_else(|failure| panic!("{scenario}: {failure:?}"));
            assert!(
                std::fs::read(&file.path).unwrap() == content,
                "{scenario}, {id}"
            );
            let received = packed(scenario, &content).len() as u64;
            assert_eq!(
                (file.bytes, file.sha256, file.measured, file.resumed),
                (content.len() as u64, sha256(&content), true, 0)
            );
            let encoded = Encoded {
                coding: Coding::Gzip,
                bytes: received,
            };
            assert_eq!(file.encoded, Some(encoded), "{scenario}, {id}");
            assert_eq!(names(folder.path()), ["Flight manual.pdf"]);
        }
    }
}

#[tokio::test]
async fn the_record_may_mean_the_file_or_what_is_stored() {
    let (size, packed) = (manual().len() as u64, gzip(&manual()).len() as u64);
    let sandbox = sandbox("download-gzip").await;
    for recorded in [size, packed] {
        let folder = tempfile::tempdir().unwrap();
        let (outcome, _) = download(&sandbox, &sized(folder.path(), 9000, recorded)).await;
        assert_eq!(outcome.unwrap().bytes, size, "{recorded}");
    }
    for (recorded, words) in [
        (size - 1, "more than the 313,599 bytes that its record says"),
        (size + 1, "became 313,600, its record says 313,601"),
        (packed - 1, "that its record says came out"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (outcome, _) = download(&sandbox, &sized(folder.path(), 9000, recorded)).await;
        let failure = outcome.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Incomplete);
        assert!(failure.summary.contains(words), "{}", failure.summary);
        assert!(names(folder.path()).is_empty(), "{recorded}");
    }
    // Where the service does not state how much it sends, either is possible until all was received.
    let body = gzip(&manual());
    for recorded in [size, packed] {
        let (folder, body) = (tempfile::tempdir().unwrap(), body.clone());
        let answers = move |_, _: &Value| answer("200 OK", &named("f.bin", None), &body);
        let (outcome, ..) = from_origin(&sized(folder.path(), 1, recorded), answers).await;
        assert_eq!(outcome.unwrap().bytes, size, "{recorded}");
    }
    let folder = tempfile::tempdir().unwrap();
    let answers = move |_, _: &Value| answer("200 OK", &named("f.bin", None), &body);
    let (outcome, ..) = from_origin(&sized(folder.path(), 1, packed - 1), answers).await;
    assert_eq!(outcome.unwrap_err().kind, FailureKind::Incomplete);
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn whatever_is_wrong_with_gzip_is_a_clear_failure_and_no_file() {
    let cases = [
        ("download-gzip-truncated", "ends in its middle"),
        ("download-gzip-trailed", "something else follows the gzip"),
        ("download-gzip-damaged", "its checksum differs"),
        (
            "download-gzip-bomb",
            "more than the 784 bytes that its record says",
        ),
        ("download-compressed", "compressed (br)"),
    ];
    for (scenario, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = sandbox(scenario).await;
        let (outcome, _) = download(&sandbox, &sized(folder.path(), 10_809, 784)).await;
        let failure = outcome.unwrap_err();
        assert!(
            failure.summary.contains(words),
            "{scenario}: {}",
            failure.summary
        );
        assert!(names(folder.path()).is_empty(), "{scenario}");
        assert_eq!(
            sandbox.executed().len(),
            1,
            "{scenario}: another try would not help"
        );
    }
}

#[tokio::test]
async fn what_becomes_larger_than_the_disk_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut small: RateGate = gate();
    small.room = Room(|_| Some(20 << 20));
    let sandbox = sandbox("download-gzip-bomb").await;
    let outcome = fetch(
        &client(&sandbox),
        &wanted(folder.path(), 10_809),
        &small,
        &|_| {},
    )
    .await;
    let failure = outcome.unwrap_err();
    assert_eq!(failure.kind, FailureKind::File);
    let words = "it is sent as gzip, and more came out than the 19.7 MB that are free in";
    assert!(failure.summary.contains(words), "{}", failure.summary);
    assert!(failure.hint.unwrap().starts_with("Free some space"));
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn what_was_decoded_is_never_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let cut = sandbox("download-gzip-cut").await;
    let (outcome, told) = download(&cut, &wanted(folder.path(), 9000)).await;
    let file = outcome.unwrap();
    assert!(std::fs::read(&file.path).unwrap() == manual());
    assert_eq!(
        (starts_over(&told), file.resumed, file.unvalidated),
        (1, 0, false)
    );
    let asked = cut.executed();
    assert!(
        asked.len() == 2
            && asked
                .iter()
                .all(|call| call["params"].get("range_header").is_none()),
        "{asked:?}"
    );
    // One that is cut off each time fails in the end, says so, and leaves nothing.
    let folder = tempfile::tempdir().unwrap();
    let body = gzip(
        &manual()
            .iter()
            .enumerate()
            .map(|(at, byte)| byte ^ (at >> 7) as u8)
            .collect::<Vec<_>>(),
    );
    let answers = move |number: usize, _: &Value| {
        let until = body.len() / 2 + number * 2000;
        answer(
            "200 OK",
            &named("f.bin", Some(body.len())),
            &body[..until.min(body.len() - 1)],
        )
    };
    let (outcome, told, asked) = from_origin(&wanted(folder.path(), 1), answers).await;
    let failure = outcome.unwrap_err();
    assert_eq!((failure.kind, asked.len()), (FailureKind::Network, 6));
    assert!(
        failure
            .hint
            .unwrap()
            .contains("cannot be resumed: the next download starts from the beginning")
    );
    assert!(names(folder.path()).is_empty());
    assert_eq!(starts_over(&told), 5);
}

#[tokio::test]
async fn what_a_kill_left_of_a_decoded_file_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let plain = sandbox("download-cut").await;
    assert!(
        download(&plain, &wanted(folder.path(), 9000))
            .await
            .0
            .is_err()
    );
    let note = folder.path().join("Flight manual.pdf.part.json");
    let text = std::fs::read_to_string(&note).unwrap();
    // As it is when what is decoded was written.
    let text = text.replace(r#""named":"#, r#""encoding":"gzip","named":"#);
    for way in ["", "json"] {
        let gzipped = sandbox("download-gzip").await;
        let text = text.replace(&format!("{}/", plain.url()), &format!("{}/", gzipped.url()));
        std::fs::write(&note, text).unwrap();
        let part = folder.path().join("Flight manual.pdf.part");
        assert!(part.exists() || way == "json");
        let mut asked = wanted(folder.path(), 9000);
        if way == "json" {
            // Pieces are none of what was decoded, either.
            std::fs::write(&part, "decoded").unwrap();
            asked.call = asked
                .call
                .with("_airbyte_response_type", JsonText::string("json"));
        }
        let (outcome, _) = download(&gzipped, &asked).await;
        let file = outcome.unwrap();
        let expected = if way == "json" {
            gzip(&manual())
        } else {
            manual()
        };
        assert!(std::fs::read(&file.path).unwrap() == expected, "{way}");
        assert_eq!(file.resumed, 0);
    }
}

#[tokio::test]
async fn a_file_that_is_gzip_itself_is_saved_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let body = gzip(b"a tar, as it were");
    let expected = body.clone();
    let answers =
        move |_, _: &Value| answer("200 OK", &named("backup.tar.gz", Some(body.len())), &body);
    let (outcome, ..) = from_origin(&wanted(folder.path(), 1), answers).await;
    let file = outcome.unwrap();
    assert_eq!((file.encoded, file.looks_like), (None, None));
    assert_eq!(std::fs::read(file.path).unwrap(), expected);
}

#[tokio::test]
async fn a_range_that_is_asked_for_is_not_decoded() {
    let (folder, body) = (tempfile::tempdir().unwrap(), gzip(&manual()));
    let answers = move |_, _: &Value| {
        let range = format!("Content-Range: bytes 0-99/{}\r\n", body.len());
        answer(
            "206 Partial Content",
            &format!("{}{range}", named("f.bin", Some(100))),
            &body[..100],
        )
    };
    let mut asked = wanted(folder.path(), 1);
    asked.call = asked
        .call
        .with("range_header", JsonText::string("bytes=0-99"));
    let (outcome, ..) = from_origin(&asked, answers).await;
    let failure = outcome.unwrap_err();
    assert!(
        failure.summary.contains("a range of it compressed (gzip)"),
        "{}",
        failure.summary
    );
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn an_error_and_an_empty_file_are_known_through_gzip() {
    let folder = tempfile::tempdir().unwrap();
    let error = gzip(br#"{"message":"the file is gone","errors":[{"field":"body","message":"the file is gone","error_code":"value_error"}]}"#);
    let answers = move |_, _: &Value| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            error.len()
        );
        [head.into_bytes(), error.clone()].concat()
    };
    let (outcome, ..) = from_origin(&wanted(folder.path(), 1), answers).await;
    assert!(outcome.unwrap_err().summary.contains("the file is gone"));
    let empty = gzip(b"");
    let stored = empty.len() as u64;
    for (recorded, is_file) in [
        (Some(0), true),
        (Some(stored), true),
        (None, false),
        (Some(7), false),
    ] {
        let (folder, empty) = (tempfile::tempdir().unwrap(), empty.clone());
        let answers =
            move |_, _: &Value| answer("200 OK", &named("f.bin", Some(empty.len())), &empty);
        let asked = Wanted {
            known: Known {
                size: recorded,
                ..Known::default()
            },
            ..wanted(folder.path(), 1)
        };
        let (outcome, ..) = from_origin(&asked, answers).await;
        assert_eq!(outcome.is_ok(), is_file, "{recorded:?}: {outcome:?}");
    }
}

async fn run(sandbox: &Sandbox, home: &Path, words: &[&str]) -> Output {
    let mut command = airscope(sandbox, home, words);
    if home.join("input").exists() {
        command.stdin(std::fs::File::open(home.join("input")).unwrap());
    }
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_and_the_manifest_say_both_sizes() {
    let (gzipped, home) = (sandbox("download-gzip").await, tempfile::tempdir().unwrap());
    let home = home.path();
    let single = [
        "download",
        "zendesk-support",
        "attachments",
        "-p",
        "attachment_id=9000",
        "--dir",
        "one",
    ];
    let output = run(&gzipped, home, &single).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let check = |line: &Value| {
        let (size, received) = (manual().len(), gzip(&manual()).len());
        assert_eq!(
            (
                &line["bytes"],
                &line["received"],
                &line["encoding"],
                line["sha256"].as_str().unwrap()
            ),
            (
                &size.into(),
                &received.into(),
                &"gzip".into(),
                sha256(&manual()).as_str()
            )
        );
        assert!(line.get("size_checked").is_none(), "{line}");
    };
    check(&serde_json::from_slice(&output.stdout).unwrap());
    std::fs::write(
        home.join("input"),
        "{\"entity\":\"attachments\",\"params\":{\"attachment_id\":9000}}\n",
    )
    .unwrap();
    let many = [
        "download",
        "zendesk-support",
        "--from",
        "-",
        "--dir",
        "many",
    ];
    for again in [false, true] {
        let output = run(&gzipped, home, &many).await;
        let line: Value = serde_json::from_slice(&output.stdout).unwrap();
        check(&line);
        assert_eq!(line.get("was_there").is_some(), again);
        let manifest = std::fs::read_to_string(home.join("many/manifest.jsonl")).unwrap();
        check(&serde_json::from_str(manifest.lines().last().unwrap()).unwrap());
    }
    // What is wrong with it, and nothing of its name.
    let damaged = sandbox("download-gzip-damaged").await;
    let single = [
        "download",
        "zendesk-support",
        "attachments",
        "-p",
        "attachment_id=10809",
        "--dir",
        "bad",
    ];
    let output = run(&damaged, home, &single).await;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.code() == Some(1) && error.contains("its checksum differs"),
        "{error}"
    );
    assert!(names(&home.join("bad")).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_cuts_give_the_decoded_file_or_none(
        seed in any::<u64>(),
        size in 1..150_000usize,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        states_length in any::<bool>(),
    ) {
        let mut state = seed | 1;
        let file: Vec<u8> = (0..size).map(|at| { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); if at % 5 == 0 { (state >> 56) as u8 } else { b'x' } }).collect();
        let body = gzip(&file);
        let folder = tempfile::tempdir().unwrap();
        let plan = cuts.clone();
        let answers = move |number: usize, _: &Value| {
            let until = plan.get(number).map_or(body.len(), |cut| cut.index(body.len()));
            answer("200 OK", &named("f.bin", states_length.then_some(body.len())), &body[..until])
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (outcome, ..) = runtime.block_on(from_origin(&wanted(folder.path(), 1), answers));
        match outcome {
            Ok(saved) => {
                prop_assert!(std::fs::read(&saved.path).unwrap() == file);
                prop_assert_eq!(names(folder.path()), vec!["f.bin".to_owned()]);
            }
            // Without a length a body of nothing is an empty file, which is none.
            Err(failure) => prop_assert!(!states_length && failure.kind == FailureKind::Incomplete && names(folder.path()).is_empty(), "{:?}", failure),
        }
    }
}
