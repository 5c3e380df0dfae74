//! Going on with a download: any cut, any answer to a range, a damaged part or none. Whatever comes, the result is the file,
//! byte for byte, or a clear failure that can be gone on with; and the number of calls is bounded.

mod sequences;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use airscope::api::Client;
use airscope::domain::call::{Call, Params};
use airscope::domain::connection::{Connection, Credentials};
use airscope::domain::download::{Known, NamePattern, SavedFile, Wanted};
use airscope::domain::failure::Failure;
use airscope::domain::secret::Secret;
use airscope::download::{Downloader, Timeouts};
use serde_json::Value;

use crate::support::origin::{Answers, Origin};

/// Most files have less than a block, so that the table is quick; some have more.
const SMALL: usize = 150_000;
const LARGE: usize = 1_300_000;

fn file(size: usize) -> Vec<u8> {
    (0..size as u32)
        .map(|place| (place.wrapping_mul(2_654_435_761) >> 23) as u8)
        .collect()
}

/// Another version of the file: of the same size, and changed at its beginning or from its middle on.
fn changed(size: usize, from: usize, to: usize) -> Vec<u8> {
    let mut file = file(size);
    file[from..to].iter_mut().for_each(|byte| *byte ^= 0x5a);
    file
}

/// What comes in place of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Right,
    NoTotal,
    WrongTotal,
    WrongStart,
    Short,
    OneByte,
    NoContentRange,
    Whole,
    OnlyTheRest,
    OnlyTheRestOfWrongLength,
    SmallJson,
    WebPage,
    RefusedWithTotal,
    Refused,
    Gone,
    Broken,
    Busy,
    Empty,
    OtherTag,
    ChangedAtBeginning,
    ChangedBehind,
    Compressed,
    OtherSize,
}

const KINDS: [Kind; 23] = [
    Kind::Right,
    Kind::NoTotal,
    Kind::WrongTotal,
    Kind::WrongStart,
    Kind::Short,
    Kind::OneByte,
    Kind::NoContentRange,
    Kind::Whole,
    Kind::OnlyTheRest,
    Kind::OnlyTheRestOfWrongLength,
    Kind::SmallJson,
    Kind::WebPage,
    Kind::RefusedWithTotal,
    Kind::Refused,
    Kind::Gone,
    Kind::Broken,
    Kind::Busy,
    Kind::Empty,
    Kind::OtherTag,
    Kind::ChangedAtBeginning,
    Kind::ChangedBehind,
    Kind::Compressed,
    Kind::OtherSize,
];

#[derive(Debug, Clone, Copy)]
struct Row {
    kind: Kind,
    size: usize,
    cut: usize,
    states_length: bool,
    has_tag: bool,
}

impl Row {
    /// The file that the service has after the cut.
    fn now(self) -> Vec<u8> {
        match self.kind {
            Kind::ChangedAtBeginning => changed(self.size, 0, 40),
            Kind::ChangedBehind => changed(
                self.size,
                self.cut.saturating_sub(300).min(self.size - 1000),
                self.size,
            ),
            Kind::OtherTag => changed(self.size, 0, self.size),
            Kind::OtherSize => file(self.size)[..self.size - 5000].to_vec(),
            _ => file(self.size),
        }
    }
}

fn head(status: &str, headers: &str, length: Option<usize>) -> Vec<u8> {
    let length = length
        .map(|length| format!("Content-Length: {length}\r\n"))
        .unwrap_or_default();
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/octet-stream\r\n{length}{headers}\r\n").into_bytes()
}

const NAMED: &str = "Content-Disposition: attachment; filename=\"f.bin\"\r\n";

fn start_of(call: &Value) -> Option<usize> {
    call["params"]["range_header"]
        .as_str()?
        .strip_prefix("bytes=")?
        .split('-')
        .next()?
        .parse()
        .ok()
}

fn end_of(call: &Value, size: usize) -> usize {
    let end = call["params"]["range_header"]
        .as_str()
        .and_then(|range| range.split('-').nth(1)?.parse::<usize>().ok());
    end.map_or(size, |end| (end + 1).min(size))
}

fn tag(row: Row, version: &str) -> String {
    if row.has_tag {
        format!("{NAMED}ETag: \"{version}\"\r\n")
    } else {
        NAMED.to_owned()
    }
}

/// All of it, or the range that is asked for, honestly.
fn honest(row: Row, call: &Value, file: &[u8], version: &str) -> Vec<u8> {
    match start_of(call) {
        Some(start) if start < file.len() => {
            let end = end_of(call, file.len());
            let range = format!(
                "{}Content-Range: bytes {start}-{}/{}\r\n",
                tag(row, version),
                end - 1,
                file.len()
            );
            [
                head("206 Partial Content", &range, Some(end - start)),
                file[start..end].to_vec(),
            ]
            .concat()
        }
        Some(_) => head("416 Range Not Satisfiable", "", Some(0)),
        None => [
            head("200 OK", &tag(row, version), Some(file.len())),
            file.to_vec(),
        ]
        .concat(),
    }
}

/// The first answer: cut off behind some bytes.
fn first(row: Row) -> Vec<u8> {
    let cut = &file(row.size)[..row.cut];
    if row.states_length {
        return [
            head("200 OK", &tag(row, "one"), Some(row.size)),
            cut.to_vec(),
        ]
        .concat();
    }
    let chunked = format!("{}Transfer-Encoding: chunked\r\n", tag(row, "one"));
    let size = format!("{:x}\r\n", cut.len()).into_bytes();
    [
        head("200 OK", &chunked, None),
        size,
        cut.to_vec(),
        b"\r\n".to_vec(),
    ]
    .concat()
}

/// What the service answers after the cut.
fn answer(row: Row, call: &Value) -> Vec<u8> {
    let file = row.now();
    let size = row.size;
    let version = if row.now() == self::file(size) {
        "one"
    } else {
        "two"
    };
    let Some(start) = start_of(call) else {
        return honest(row, call, &file, version);
    };
    let end = end_of(call, file.len());
    let part = file.get(start..end).unwrap_or_default().to_vec();
    let with = |range: String, body: &[u8]| {
        [
            head(
                "206 Partial Content",
                &format!("{}{range}", tag(row, version)),
                Some(body.len()),
            ),
            body.to_vec(),
        ]
        .concat()
    };
    match row.kind {
        Kind::Right
        | Kind::OtherTag
        | Kind::ChangedAtBeginning
        | Kind::ChangedBehind
        | Kind::OtherSize => honest(row, call, &file, version),
        Kind::NoTotal => with(
            format!("Content-Range: bytes {start}-{}/*\r\n", end - 1),
            &part,
        ),
        Kind::WrongTotal => with(
            format!("Content-Range: bytes {start}-{}/{}\r\n", end - 1, size + 7),
            &part,
        ),
        Kind::WrongStart => with(
            format!("Content-Range: bytes {}-{}/{size}\r\n", start + 1, size - 1),
            &part[1..],
        ),
        Kind::Short => {
            let some = &part[..part.len().min(90_000)];
            with(
                format!(
                    "Content-Range: bytes {start}-{}/{size}\r\n",
                    start + some.len() - 1
                ),
                some,
            )
        }
        Kind::OneByte => with(
            format!(
                "Content-Range: bytes {start}-{}/*\r\n",
                start + 256.min(part.len() - 1)
            ),
            &part[..257.min(part.len())],
        ),
        Kind::NoContentRange => with(String::new(), &part),
        Kind::Whole => [head("200 OK", &tag(row, version), Some(size)), file].concat(),
        Kind::OnlyTheRest => [head("200 OK", &tag(row, version), Some(part.len())), part].concat(),
        Kind::OnlyTheRestOfWrongLength => [
            head("200 OK", &tag(row, version), Some(part.len() - 9)),
            part[9..].to_vec(),
        ]
        .concat(),
        Kind::SmallJson => {
            let body = br#"{"busy": true}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            [head.into_bytes(), body.to_vec()].concat()
        }
        Kind::WebPage => {
            let body = b"<html><title>Sign in</title></html>";
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            [head.into_bytes(), body.to_vec()].concat()
        }
        Kind::RefusedWithTotal => head(
            "416 Range Not Satisfiable",
            &format!("Content-Range: bytes */{size}\r\n"),
            Some(0),
        ),
        Kind::Refused => head("416 Range Not Satisfiable", "", Some(0)),
        Kind::Gone => head("404 Not Found", "", Some(0)),
        Kind::Broken => head("500 Internal Server Error", "", Some(0)),
        Kind::Busy => head("429 Too Many Requests", "Retry-After: 3000\r\n", Some(0)),
        Kind::Empty => head("200 OK", &tag(row, version), Some(0)),
        Kind::Compressed => [
            head(
                "206 Partial Content",
                "Content-Encoding: gzip\r\n",
                Some(part.len()),
            ),
            part,
        ]
        .concat(),
    }
}

async fn run(folder: &Path, answers: Answers) -> (Result<SavedFile, Failure>, usize) {
    run_with(folder, answers, r#"{"id":1}"#).await
}

async fn run_with(
    folder: &Path,
    answers: Answers,
    params: &str,
) -> (Result<SavedFile, Failure>, usize) {
    run_named(folder, answers, params, "f.bin").await
}

async fn run_named(
    folder: &Path,
    answers: Answers,
    params: &str,
    name: &str,
) -> (Result<SavedFile, Failure>, usize) {
    let origin = Origin::scripted(answers);
    // What tells a part from others names the host, which is another one each time.
    let note = folder.join("f.bin.part.json");
    if let Ok(text) = std::fs::read_to_string(&note) {
        let mut value: Value = serde_json::from_str(&text).unwrap();
        value["request"]["host"] = format!("{}/", origin.url()).into();
        std::fs::write(&note, format!("{value}\n")).unwrap();
    }
    let connection = Connection {
        host: origin.url(),
        credentials: Credentials::Token(Secret::new("token-of-the-test")),
        organization: None,
        workspace: "default".to_owned(),
    };
    let client = Client::new(connection);
    let wanted = Wanted {
        call: Call::download("c", "files", Params::parse(params).unwrap()),
        folder: folder.to_owned(),
        names: NamePattern::Name,
        name: Some(name.to_owned()),
        known: Known::default(),
        manifest: None,
    };
    let desk = Arc::new(Downloader::with(Timeouts {
        first_wait: Duration::ZERO,
        ..Timeouts::default()
    }));
    let outcome = desk.fetch(&client, &wanted, &|_| {}).await;
    (outcome, origin.requests().len())
}

/// Fails if what is there under the file's name is not the file.
fn judge(what: &str, row: Row, outcome: &Result<SavedFile, Failure>, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.contains(".part") {
            continue;
        }
        let content = std::fs::read(&path).unwrap();
        let right = content == row.now();
        assert!(
            right,
            "{what}, {row:?}: `{name}` of {} bytes is not the file",
            content.len()
        );
    }
    match outcome {
        Ok(saved) => assert!(saved.path.exists(), "{what}, {row:?}"),
        Err(failure) => assert!(
            !failure.summary.is_empty() && !folder.join("f.bin").exists(),
            "{what}, {row:?}: {failure:?}"
        ),
    }
}

#[tokio::test]
async fn the_result_is_the_file_or_a_failure_that_can_be_gone_on_with() {
    let mut rows = 0;
    for kind in KINDS {
        for (size, cut) in [
            (SMALL, 1),
            (SMALL, 70_000),
            (SMALL, 140_000),
            (LARGE, 1_200_000),
        ] {
            for (states_length, has_tag) in [(true, true), (true, false), (false, false)] {
                // What has more than a block is tried where a block decides.
                let decides = matches!(
                    kind,
                    Kind::Right | Kind::OnlyTheRest | Kind::ChangedAtBeginning | Kind::Refused
                );
                if size == LARGE && !decides {
                    continue;
                }
                for is_damaged in [false, true] {
                    if is_damaged && cut < 70_000 {
                        continue;
                    }
                    let row = Row {
                        kind,
                        size,
                        cut,
                        states_length,
                        has_tag,
                    };
                    rows += 1;
                    let folder = tempfile::tempdir().unwrap();
                    let folder = folder.path();
                    let calls = if is_damaged {
                        // A run that ends behind the cut; then something changes a byte of what is there.
                        let gone = Box::new(move |number, _: &Value| {
                            if number == 0 {
                                first(row)
                            } else {
                                head("404 Not Found", "", Some(0))
                            }
                        });
                        let (outcome, _) = run(folder, gone).await;
                        judge("the first run", row, &outcome, folder);
                        let part = folder.join("f.bin.part");
                        let mut bytes = std::fs::read(&part).unwrap();
                        let at = bytes.len() / 2;
                        bytes[at] ^= 0xff;
                        std::fs::write(&part, bytes).unwrap();
                        let (outcome, calls) =
                            run(folder, Box::new(move |_, call| answer(row, call))).await;
                        judge("with a damaged part", row, &outcome, folder);
                        calls
                    } else {
                        let (outcome, calls) = run(
                            folder,
                            Box::new(move |number, call| {
                                if number == 0 {
                                    first(row)
                                } else {
                                    answer(row, call)
                                }
                            }),
                        )
                        .await;
                        judge("in one run", row, &outcome, folder);
                        calls
                    };
                    assert!(calls <= 16 + size / 32_768, "{row:?}: {calls} calls");
                    // Whatever was left, a healthy service brings the file.
                    let healthy = Row {
                        kind: if matches!(
                            kind,
                            Kind::ChangedAtBeginning | Kind::ChangedBehind | Kind::OtherSize
                        ) {
                            kind
                        } else {
                            Kind::Right
                        },
                        ..row
                    };
                    if !folder.join("f.bin").exists() {
                        let (mut outcome, _) = run(
                            folder,
                            Box::new(move |_, call| honest(healthy, call, &healthy.now(), "three")),
                        )
                        .await;
                        if outcome.is_err() && !folder.join("f.bin.part").exists() {
                            // It said that it starts over.
                            outcome = run(
                                folder,
                                Box::new(move |_, call| {
                                    honest(healthy, call, &healthy.now(), "three")
                                }),
                            )
                            .await
                            .0;
                        }
                        judge("in the end", healthy, &outcome, folder);
                        assert!(outcome.is_ok(), "{row:?}: {outcome:?}");
                    }
                }
            }
        }
    }
    assert!(rows >= 200, "{rows} rows");
}

#[tokio::test]
async fn a_false_total_allows_no_more_calls() {
    let folder = tempfile::tempdir().unwrap();
    let answers = |number: usize, call: &Value| {
        let start = start_of(call).unwrap_or_default();
        // Whoever goes on for ever is told to stop here, and the number of calls is too high.
        if number > 200 {
            return head("404 Not Found", "", Some(0));
        }
        let range = format!(
            "{NAMED}ETag: \"one\"\r\nContent-Range: bytes {start}-{}/3000000000\r\n",
            start + 20_479
        );
        let body = vec![0; 20_480];
        match call["params"]["range_header"].as_str() {
            Some(_) => [head("206 Partial Content", &range, Some(20_480)), body].concat(),
            None => [
                head(
                    "200 OK",
                    &format!("{NAMED}ETag: \"one\"\r\n"),
                    Some(3_000_000_000),
                ),
                body,
            ]
            .concat(),
        }
    };
    let (outcome, calls) = run(folder.path(), Box::new(answers)).await;
    let failure = outcome.unwrap_err();
    assert!((10..=60).contains(&calls), "{calls} calls: {failure:?}");
    assert!(folder.path().join("f.bin.part").exists() && !folder.path().join("f.bin").exists());
}

#[tokio::test]
async fn a_body_that_ends_with_its_connection_is_not_said_to_have_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let answers = |_, _: &Value| [head("200 OK", NAMED, None), file(SMALL)].concat();
    let (outcome, _) = run(folder.path(), Box::new(answers)).await;
    let saved = outcome.unwrap();
    assert!(!saved.measured && std::fs::read(&saved.path).unwrap() == file(SMALL));
}

/// A piece wrapped in JSON, as it is asked for.
fn piece(call: &Value, file: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    let (start, end) = (start_of(call).unwrap(), end_of(call, file.len()));
    let bytes = &file[start..end];
    let content = base64::engine::general_purpose::STANDARD.encode(bytes);
    let body = serde_json::json!({"status": "success", "result": {
        "content": content, "encoding": "base64", "bytes_returned": bytes.len(), "has_more": end < file.len(),
    }});
    let body = body.to_string().into_bytes();
    let head = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

const WRAPPED: &str = r#"{"id":1,"_airbyte_response_type":"json"}"#;

#[tokio::test]
async fn a_piece_that_is_refused_is_no_end() {
    for status in [
        "400 Bad Request",
        "416 Range Not Satisfiable",
        "422 Unprocessable Content",
        "403 Forbidden",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let answers = move |number: usize, call: &Value| {
            if number < 2 {
                piece(call, &file(SMALL))
            } else {
                head(status, "", Some(0))
            }
        };
        let (outcome, _) = run_with(folder.path(), Box::new(answers), WRAPPED).await;
        assert!(
            outcome.is_err() && !folder.path().join("f.bin").exists(),
            "{status}: {outcome:?}"
        );
        let (outcome, _) = run_with(
            folder.path(),
            Box::new(|_, call| piece(call, &file(SMALL))),
            WRAPPED,
        )
        .await;
        assert!(
            std::fs::read(outcome.unwrap().path).unwrap() == file(SMALL),
            "{status}"
        );
    }
}

#[tokio::test]
async fn pieces_that_go_on_from_another_version_are_noticed_at_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let old = |number: usize, call: &Value| {
        if number < 2 {
            piece(call, &file(SMALL))
        } else {
            head("403 Forbidden", "", Some(0))
        }
    };
    assert!(
        run_with(folder.path(), Box::new(old), WRAPPED)
            .await
            .0
            .is_err()
    );
    let (outcome, _) = run_with(
        folder.path(),
        Box::new(|_, call| piece(call, &changed(SMALL, 0, 40))),
        WRAPPED,
    )
    .await;
    assert!(std::fs::read(outcome.unwrap().path).unwrap() == changed(SMALL, 0, 40));
    // What has changed elsewhere cannot be noticed, and is said to be unproven.
    let folder = tempfile::tempdir().unwrap();
    assert!(
        run_with(folder.path(), Box::new(old), WRAPPED)
            .await
            .0
            .is_err()
    );
    let (outcome, _) = run_with(
        folder.path(),
        Box::new(|_, call| piece(call, &changed(SMALL, 3000, 3040))),
        WRAPPED,
    )
    .await;
    assert!(outcome.unwrap().unvalidated);
}

#[tokio::test]
async fn a_version_that_is_told_later_proves_nothing_of_what_came_before() {
    let now = || changed(SMALL, 0, 40);
    let cut = |has_tag| Row {
        kind: Kind::Right,
        size: SMALL,
        cut: 70_000,
        states_length: true,
        has_tag,
    };
    let folder = tempfile::tempdir().unwrap();
    let gone = move |number: usize, _: &Value| {
        if number == 0 {
            first(cut(false))
        } else {
            head("404 Not Found", "", Some(0))
        }
    };
    assert!(run(folder.path(), Box::new(gone)).await.0.is_err());
    // It goes on with a version, and breaks off again.
    let torn = move |number: usize, call: &Value| {
        let mut answer = honest(cut(true), call, &now(), "two");
        answer.truncate(answer.len() - 20_000);
        if number == 0 {
            answer
        } else {
            head("404 Not Found", "", Some(0))
        }
    };
    assert!(run(folder.path(), Box::new(torn)).await.0.is_err());
    let (outcome, _) = run(
        folder.path(),
        Box::new(move |_, call| honest(cut(true), call, &now(), "two")),
    )
    .await;
    let saved = outcome.unwrap();
    assert!(std::fs::read(&saved.path).unwrap() == now(), "{saved:?}");
}

#[tokio::test]
async fn a_chosen_name_holds_no_secret_after_a_cut_either() {
    let folder = tempfile::tempdir().unwrap();
    let row = Row {
        kind: Kind::Right,
        size: SMALL,
        cut: 70_000,
        states_length: true,
        has_tag: true,
    };
    let answers = move |number: usize, call: &Value| {
        if number == 0 {
            first(row)
        } else {
            answer(row, call)
        }
    };
    let (outcome, _) = run_named(
        folder.path(),
        Box::new(answers),
        r#"{"id":1}"#,
        "report token-of-the-test.bin",
    )
    .await;
    let saved = outcome.unwrap();
    assert!(saved.resumed == 0 && std::fs::read(&saved.path).unwrap() == file(SMALL));
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains("token-of-the-test"), "{name}");
    }
}
