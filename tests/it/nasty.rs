//! Services that answer what no service should: each ends in the file, or in a failure that keeps the part.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use airscope::api::Client;
use airscope::domain::connection::{Connection, Credentials};
use airscope::domain::download::SavedFile;
use airscope::domain::failure::Failure;
use airscope::domain::secret::Secret;
use airscope::download::{Downloader, Timeouts};
use serde_json::Value;

use crate::downloads::wanted;
use crate::support::origin::{Answers, Origin};

const TOKEN: &str = "tok-SECRET-123";

fn client(origin: &Origin) -> Client {
    let credentials = Credentials::Token(Secret::new(TOKEN));
    Client::new(Connection {
        host: origin.url(),
        credentials,
        organization: None,
        workspace: "default".to_owned(),
    })
}

fn file() -> Vec<u8> {
    (0..300_000_u32)
        .map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

/// Makes an answer: status, headers, body; its length is stated unless the headers say how it comes.
fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = if headers.contains("Chunked") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let headers = headers.replace("Chunked", "Transfer-Encoding: chunked");
    let headers: String = headers
        .lines()
        .map(|line| format!("{}\r\n", line.trim()))
        .collect();
    let mut out =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\n{length}{headers}\r\n").into_bytes();
    out.extend_from_slice(body);
    out
}

/// Wraps bytes as one chunk and the end.
fn chunked(body: &[u8]) -> Vec<u8> {
    let mut out = format!("{:x}\r\n", body.len()).into_bytes();
    out.extend_from_slice(body);
    out.extend_from_slice(b"\r\n0\r\n\r\n");
    out
}

const ATTACHED: &str = "Content-Disposition: attachment; filename=\"f.bin\"";

/// Half of the file, of which all was promised.
fn cut() -> Vec<u8> {
    let whole = answer("200 OK", ATTACHED, &file());
    whole[..whole.len() - 150_000].to_vec()
}

fn start_of(call: &Value) -> Option<usize> {
    call["params"]["range_header"]
        .as_str()?
        .strip_prefix("bytes=")?
        .split('-')
        .next()?
        .parse()
        .ok()
}

/// The range that is asked for, honestly.
fn rest(call: &Value) -> Vec<u8> {
    match start_of(call) {
        Some(start) => answer(
            "206 Partial Content",
            &format!("{ATTACHED}\nContent-Range: bytes {start}-299999/300000"),
            &file()[start..],
        ),
        None => answer("200 OK", ATTACHED, &file()),
    }
}

async fn run(folder: &Path, answers: Answers) -> (Result<SavedFile, Failure>, Origin) {
    let origin = Origin::scripted(answers);
    let desk = Arc::new(Downloader::with(Timeouts {
        first_wait: Duration::ZERO,
        ..Timeouts::default()
    }));
    let outcome = desk
        .fetch(&client(&origin), &wanted(folder, 1), &|_| {})
        .await;
    (outcome, origin)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs a script that must end in the file.
async fn brings(what: &str, answers: Answers) -> Origin {
    let folder = tempfile::tempdir().unwrap();
    let (outcome, origin) = run(folder.path(), answers).await;
    let saved = outcome.unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
    assert!(
        std::fs::read(saved.path).unwrap() == file(),
        "{what} brought another file"
    );
    assert_eq!(names(folder.path()).len(), 1, "{what}");
    origin
}

/// Runs a script that must fail; returns the failure and how many bytes are kept.
async fn fails(what: &str, answers: Answers) -> (Failure, u64) {
    let folder = tempfile::tempdir().unwrap();
    let (outcome, _) = run(folder.path(), answers).await;
    let failure = outcome.expect_err(what);
    let kept = std::fs::metadata(folder.path().join("f.bin.part")).map_or(0, |facts| facts.len());
    assert!(
        !folder.path().join("f.bin").exists(),
        "{what} left a file under its name"
    );
    (failure, kept)
}

#[tokio::test]
async fn refusals_do_not_wear_the_proof_down() {
    // After three refusals the range is answered from another version of the file, of which nothing else tells.
    let origin = brings(
        "another version after refusals",
        Box::new(|number, call| match number {
            0 => cut(),
            1..=3 => answer("503 Service Unavailable", "", b"busy"),
            4 => {
                let other: Vec<u8> = file().iter().map(|byte| byte ^ 0xff).collect();
                let start = start_of(call).unwrap();
                answer(
                    "206 Partial Content",
                    &format!("{ATTACHED}\nContent-Range: bytes {start}-299999/300000"),
                    &other[start..],
                )
            }
            _ => rest(call),
        }),
    )
    .await;
    assert_eq!(start_of(&origin.requests()[4]), Some(149_744));
}

#[tokio::test]
async fn a_range_must_bring_what_it_says() {
    brings(
        "a range that ends too soon",
        Box::new(|number, call| match number {
            0 => answer(
                "200 OK",
                &format!("{ATTACHED}\nChunked"),
                &chunked(&file())[..150_000],
            ),
            1 => {
                let start = start_of(call).unwrap();
                let head = format!("{ATTACHED}\nChunked\nContent-Range: bytes {start}-299999/*");
                answer(
                    "206 Partial Content",
                    &head,
                    &chunked(&file()[start..start + 1000]),
                )
            }
            _ => rest(call),
        }),
    )
    .await;
    brings(
        "ranges that do not say how much there is",
        Box::new(|number, call| match (number, start_of(call)) {
            (0, _) => answer(
                "200 OK",
                &format!("{ATTACHED}\nChunked"),
                &chunked(&file())[..150_000],
            ),
            (_, Some(start)) => {
                let end = (start + 100_000).min(300_000);
                let head = format!(
                    "{ATTACHED}\nChunked\nContent-Range: bytes {start}-{}/*",
                    end - 1
                );
                answer("206 Partial Content", &head, &chunked(&file()[start..end]))
            }
            (_, None) => rest(call),
        }),
    )
    .await;
    let (failure, _) = fails(
        "a part that nobody asked for",
        Box::new(|_, _| {
            let head = format!("{ATTACHED}\nChunked\nContent-Range: bytes 0-299999/300000");
            answer("206 Partial Content", &head, &chunked(&file()[..1000]))
        }),
    )
    .await;
    assert!(
        failure.summary.contains("1.0 kB of 300.0 kB"),
        "{}",
        failure.summary
    );
}

#[tokio::test]
async fn what_takes_the_place_of_the_file_does_not_take_that_of_the_part() {
    for (what, other) in [
        ("nothing", answer("200 OK", "", b"")),
        (
            "another server's words",
            answer(
                "200 OK",
                "Content-Type: text/plain",
                b"upstream connect error or disconnect/reset",
            ),
        ),
    ] {
        brings(
            what,
            Box::new({
                let other = other.clone();
                move |number, call| match number {
                    0 => cut(),
                    1 => other.clone(),
                    _ => rest(call),
                }
            }),
        )
        .await;
        let (_, kept) = fails(
            what,
            Box::new(move |number, _| if number == 0 { cut() } else { other.clone() }),
        )
        .await;
        assert_eq!(kept, 150_000, "{what} took what had come");
    }
}

#[tokio::test]
async fn errors_and_pages_are_known_without_a_type() {
    for body in [
        &br#"{"status":"error","result":null,"message":"gone"}"#[..],
        b"<!-- proxy --><!doctype html><title>Sign in</title>",
        b"<?xml version=\"1.0\"?><!DOCTYPE html><html>",
    ] {
        let (failure, kept) =
            fails("no type", Box::new(move |_, _| answer("200 OK", "", body))).await;
        assert_eq!(
            (failure.kind.word(), kept),
            ("unreadable_reply", 0),
            "{failure:?}"
        );
    }
    let page = b"<!doctype html><title>Sign in</title>";
    fails(
        "a page called a document",
        Box::new(move |_, _| {
            answer(
                "200 OK",
                "Content-Type: text/html\nContent-Disposition: inline; filename=x.pdf",
                page,
            )
        }),
    )
    .await;
}

#[tokio::test]
async fn pieces_that_repeat_have_an_end() {
    // Streams are cut, ranges are ignored, and each piece is the first one.
    let (_, kept) = fails(
        "repeated pieces",
        Box::new(|_, call| {
            if call["params"]["_airbyte_response_type"] == "json" {
                use base64::Engine as _;
                let content = base64::engine::general_purpose::STANDARD.encode(&file()[..49_152]);
                let body = format!(r#"{{"status":"success","result":{{"content":"{content}","encoding":"base64","has_more":true}}}}"#);
                return answer("200 OK", "Content-Type: application/json", body.as_bytes());
            }
            cut()
        }),
    )
    .await;
    assert!(kept > 0);
    // Pieces without content do not go on for ever.
    let mut asked = wanted(Path::new("."), 1);
    asked.call = asked.call.with(
        "_airbyte_response_type",
        airscope::domain::call::JsonText::string("json"),
    );
    let folder = tempfile::tempdir().unwrap();
    asked.folder = folder.path().to_owned();
    let body =
        br#"{"status":"success","result":{"content":"","encoding":"base64","has_more":true}}"#;
    let origin = Origin::scripted(Box::new(move |_, _| {
        answer("200 OK", "Content-Type: application/json", body)
    }));
    let desk = Arc::new(Downloader::with(Timeouts {
        first_wait: Duration::ZERO,
        ..Timeouts::default()
    }));
    desk.fetch(&client(&origin), &asked, &|_| {})
        .await
        .unwrap_err();
    assert!(
        origin.requests().len() <= 7,
        "{} calls",
        origin.requests().len()
    );
}

#[tokio::test]
async fn what_waits_for_a_part_does_not_harm_the_file_that_it_becomes() {
    // Many at once for the same file, each with all that it would have in a program of its own.
    let folder = tempfile::tempdir().unwrap();
    let origin = Origin::scripted(Box::new(|_, call| match start_of(call) {
        Some(_) => answer("200 OK", ATTACHED, &file()),
        None => rest(call),
    }));
    let client = Arc::new(client(&origin));
    let runs = (0..6).map(|_| {
        let (client, asked) = (Arc::clone(&client), wanted(folder.path(), 1));
        tokio::spawn(async move {
            Arc::new(Downloader::default())
                .fetch(&client, &asked, &|_| {})
                .await
        })
    });
    for run in runs.collect::<Vec<_>>() {
        let saved = run.await.unwrap().unwrap();
        assert!(std::fs::read(saved.path).unwrap() == file());
    }
    assert!(
        names(folder.path())
            .iter()
            .all(|name| !name.contains(".part")),
        "{:?}",
        names(folder.path())
    );
}

#[tokio::test]
async fn a_token_that_is_echoed_is_not_passed_on() {
    let folder = tempfile::tempdir().unwrap();
    let words = format!("{{\"detail\":\"bad Bearer {TOKEN}\"}}");
    let told = words.clone();
    let (failure, _) = fails(
        "an echo in a refusal",
        Box::new(move |_, _| {
            answer(
                "400 Bad Request",
                "Content-Type: application/json",
                told.as_bytes(),
            )
        }),
    )
    .await;
    assert!(!format!("{failure:?}").contains(TOKEN), "{failure:?}");
    let (failure, _) = fails(
        "an echo in a success",
        Box::new(move |_, _| answer("200 OK", "Content-Type: application/json", words.as_bytes())),
    )
    .await;
    assert!(!format!("{failure:?}").contains(TOKEN), "{failure:?}");
    let head =
        format!("Content-Disposition: attachment; filename=\"{TOKEN}.bin\"\nETag: \"{TOKEN}\"");
    let (outcome, _) = run(
        folder.path(),
        Box::new(move |_, _| answer("200 OK", &head, &file()[..1000])),
    )
    .await;
    assert!(!outcome.unwrap().path.to_string_lossy().contains(TOKEN));
}

#[tokio::test]
async fn a_pipe_in_the_place_of_a_note_holds_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("f.bin.part.json");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let (outcome, _) = run(folder.path(), Box::new(|_, call| rest(call))).await;
    assert_eq!(outcome.unwrap().path.file_name().unwrap(), "f (2).bin");
}

#[tokio::test]
async fn a_cut_at_every_offset_is_gone_on_from() {
    let small: Vec<u8> = file()[..600].to_vec();
    for offset in 0..small.len() {
        let folder = tempfile::tempdir().unwrap();
        let origin = Origin::start(
            small.clone(),
            Box::new(move |number| (number == 0).then_some(offset)),
        );
        let desk = Arc::new(Downloader::with(Timeouts {
            first_wait: Duration::ZERO,
            ..Timeouts::default()
        }));
        let saved = desk
            .fetch(&client(&origin), &wanted(folder.path(), 1), &|_| {})
            .await;
        let saved = saved.unwrap_or_else(|failure| panic!("cut after {offset} bytes: {failure:?}"));
        assert!(
            std::fs::read(&saved.path).unwrap() == small,
            "cut after {offset} bytes"
        );
        let asked = 2 + usize::from(saved.unvalidated);
        assert_eq!(
            (origin.requests().len(), names(folder.path()).len()),
            (asked, 1),
            "cut after {offset} bytes"
        );
        let twice: usize = origin
            .sent()
            .iter()
            .map(|(first, end)| end - first)
            .sum::<usize>()
            - small.len();
        assert!(twice <= 512, "{twice} bytes came twice");
    }
}
