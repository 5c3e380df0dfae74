//! Downloads: a verified file, or a clear failure and no file of that name; a part that can go on is never lost.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use airscope::api::Client;
use airscope::domain::call::{Call, Params};
use airscope::domain::connection::{Connection, Credentials};
use airscope::domain::download::{DownloadEvent, Known, NamePattern, SavedFile, Wanted};
use airscope::domain::failure::{Failure, FailureKind};
use airscope::domain::secret::Secret;
use airscope::download::{RateGate, Timeouts, fetch};
use airscope::sandbox::Sandbox;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::support::origin::Origin;
use crate::support::{client, sandbox};

/// A download of a Zendesk attachment.
pub fn wanted(folder: &Path, id: u64) -> Wanted {
    let params = Params::parse(&format!(r#"{{"attachment_id":{id}}}"#)).unwrap();
    let call = Call::download(
        &Sandbox::connector_id("zendesk-support"),
        "attachments",
        params,
    );
    Wanted {
        call,
        folder: folder.to_owned(),
        names: NamePattern::Name,
        name: None,
        known: Known::default(),
        manifest: None,
    }
}

/// A gate behind which nobody waits between tries.
pub fn gate() -> RateGate {
    RateGate::new(Timeouts {
        first_wait: Duration::ZERO,
        ..Timeouts::default()
    })
}

/// Downloads the flight manual; returns what came of it, and what was told.
pub async fn download(
    sandbox: &Sandbox,
    wanted: &Wanted,
) -> (Result<SavedFile, Failure>, Vec<DownloadEvent>) {
    let told = Mutex::new(Vec::new());
    let outcome = fetch(&client(sandbox), wanted, &gate(), &|step| {
        told.lock().unwrap().push(step)
    })
    .await;
    let asked = sandbox.requests();
    assert!(
        asked
            .iter()
            .filter(|asked| asked.path.ends_with("/execute"))
            .all(|asked| asked.headers["accept-encoding"] == "identity")
    );
    (outcome, told.into_inner().unwrap())
}

pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The flight manual as scenarios serve it.
pub fn manual() -> Vec<u8> {
    include_bytes!("../../assets/sandbox/files/manual.pdf").repeat(400)
}

#[tokio::test]
async fn names_are_taken_and_made_harmless() {
    let cases = [
        ("normal", "Flight manual.pdf"),
        ("download-no-name", "attachments-9000.pdf"),
        ("download-quoted-name", "a _quoted_ name.pdf"),
        ("download-encoded-name", "日本 über.pdf"),
        ("download-words-name", "Über März.pdf"),
        ("download-percent-name", "Über uns.pdf"),
        ("download-windows-path", "report.pdf"),
        ("download-traversal", "evil.sh"),
        ("download-no-length", "Flight manual.pdf"),
        ("download-slow", "Flight manual.pdf"),
        ("download-json-file", "Flight manual.pdf"),
    ];
    for (scenario, name) in cases {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        let file = download(&sandbox(scenario).await, &wanted(&inside, 9000))
            .await
            .0
            .unwrap_or_else(|failure| panic!("{scenario}: {failure:?}"));
        assert_eq!(names(&inside), [name], "{scenario}");
        assert_eq!(
            names(folder.path()),
            ["inside"],
            "{scenario} wrote outside of its folder"
        );
        let content = std::fs::read(&file.path).unwrap();
        assert_eq!(
            (content.len() as u64, sha256(&content)),
            (file.bytes, file.sha256),
            "{scenario}"
        );
    }
}

#[tokio::test]
async fn the_name_of_the_record_is_decoded_and_that_of_the_user_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox("download-no-name").await;
    let of = |name: Option<&str>| Wanted {
        name: name.map(str::to_owned),
        known: Known {
            name: Some("=?UTF-8?Q?..=2F=C3=9Cber_uns.pdf?=".to_owned()),
            ..Known::default()
        },
        ..wanted(folder.path(), 9000)
    };
    for (name, expected) in [(None, "Über uns.pdf"), (Some("50%25.pdf"), "50%25.pdf")] {
        let file = download(&sandbox, &of(name)).await.0.unwrap();
        assert_eq!(file.path, folder.path().join(expected));
    }
}

#[tokio::test]
async fn what_breaks_off_is_gone_on_with() {
    // How often it is asked for, and whether it starts over.
    let cases = [
        ("download-cut-once", 2, false),
        ("download-cut-anywhere", 5, false),
        ("download-no-length-cut", 2, false),
        ("download-unavailable", 3, false),
        ("download-range-ignored", 3, true),
        ("download-range-lying", 3, true),
        ("download-range-shifted", 3, true),
        ("download-range-refused", 3, false),
    ];
    for (scenario, tries, starts_over) in cases {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = sandbox(scenario).await;
        let (outcome, told) = download(&sandbox, &wanted(folder.path(), 9000)).await;
        let file = outcome.unwrap_or_else(|failure| panic!("{scenario}: {failure:?}"));
        assert_eq!(names(folder.path()), ["Flight manual.pdf"], "{scenario}");
        let content = std::fs::read(&file.path).unwrap();
        let expected = if scenario == "download-unavailable" {
            manual()[..784].to_vec()
        } else {
            manual()
        };
        assert!(content == expected, "{scenario} brought another file");
        assert_eq!(file.sha256, sha256(&expected), "{scenario}");
        let asked = sandbox.executed();
        // Where nothing else tells that it is of one version, its beginning is asked for again.
        assert_eq!(
            asked.len(),
            tries + usize::from(file.unvalidated),
            "{scenario}"
        );
        let has = |wanted: fn(&DownloadEvent) -> bool| told.iter().any(wanted);
        assert_eq!(
            has(|step| matches!(step, DownloadEvent::StartsOver(_))),
            starts_over,
            "{scenario}: {told:?}"
        );
    }
}

#[tokio::test]
async fn a_file_that_has_changed_begins_anew() {
    for scenario in ["download-changed", "download-changed-silently"] {
        let folder = tempfile::tempdir().unwrap();
        let (outcome, told) =
            download(&sandbox(scenario).await, &wanted(folder.path(), 9000)).await;
        let second: Vec<u8> = manual().iter().map(|byte| byte.wrapping_add(1)).collect();
        assert!(
            std::fs::read(outcome.unwrap().path).unwrap() == second,
            "{scenario} mixed two versions"
        );
        assert!(
            told.iter()
                .any(|step| matches!(step, DownloadEvent::StartsOver(_))),
            "{scenario}"
        );
    }
}

#[tokio::test]
async fn pieces_in_json_are_a_second_way() {
    let folder = tempfile::tempdir().unwrap();
    let only_pieces = sandbox("download-only-pieces").await;
    let (outcome, _) = download(&only_pieces, &wanted(folder.path(), 9000)).await;
    assert!(std::fs::read(outcome.unwrap().path).unwrap() == manual());
    assert!(
        only_pieces
            .executed()
            .iter()
            .any(|call| call["params"]["_airbyte_response_type"] == "json")
    );
    // It can be asked for, too, and then nobody tells the size.
    let folder = tempfile::tempdir().unwrap();
    let mut asked = wanted(folder.path(), 9000);
    asked.call = asked.call.with(
        "_airbyte_response_type",
        airscope::domain::call::JsonText::string("json"),
    );
    let (outcome, _) = download(&sandbox("download-cut").await, &asked).await;
    let file = outcome.unwrap();
    assert!(std::fs::read(&file.path).unwrap() == manual() && !file.measured);
}

#[tokio::test]
async fn what_is_no_whole_file_leaves_none() {
    let part = || {
        vec![
            "Flight manual.pdf.part",
            "Flight manual.pdf.part.blocks",
            "Flight manual.pdf.part.json",
        ]
    };
    let cases = [
        (
            "download-empty",
            FailureKind::Incomplete,
            "an empty file",
            vec![],
        ),
        (
            "download-cut",
            FailureKind::Network,
            "the connection broke",
            part(),
        ),
        (
            "download-error",
            FailureKind::Unreadable,
            "the file is gone",
            vec![],
        ),
        (
            "download-html",
            FailureKind::Unreadable,
            "a web page was received",
            vec![],
        ),
        (
            "download-signed-out",
            FailureKind::Unreadable,
            "a web page was received",
            part(),
        ),
        (
            "download-compressed",
            FailureKind::Unreadable,
            "compressed (br)",
            vec![],
        ),
        (
            "connector-unauthorized",
            FailureKind::Credentials,
            "Could not download `attachments`: Bad credentials (401)",
            vec![],
        ),
    ];
    for (scenario, kind, words, left) in cases {
        let folder = tempfile::tempdir().unwrap();
        let failure = download(&sandbox(scenario).await, &wanted(folder.path(), 9000))
            .await
            .0
            .unwrap_err();
        assert_eq!(failure.kind, kind, "{scenario}");
        assert!(
            failure.summary.contains(words),
            "{scenario}: {}",
            failure.summary
        );
        assert_eq!(names(folder.path()), left, "{scenario}");
        let says_where = failure
            .hint
            .unwrap_or_default()
            .contains("Flight manual.pdf.part");
        assert_eq!(says_where, !left.is_empty(), "{scenario}");
    }
}

#[tokio::test]
async fn an_empty_file_is_a_success_where_its_record_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let of = |size| Wanted {
        known: Known {
            size,
            ..Known::default()
        },
        ..wanted(folder.path(), 9000)
    };
    let sandbox = sandbox("download-empty").await;
    for size in [None, Some(1)] {
        let failure = download(&sandbox, &of(size)).await.0.unwrap_err();
        assert!(failure.summary.contains("an empty file"), "{failure:?}");
        assert!(
            names(folder.path()).is_empty(),
            "{:?}",
            names(folder.path())
        );
    }
    let file = download(&sandbox, &of(Some(0))).await.0.unwrap();
    assert_eq!((file.bytes, file.measured), (0, true));
    assert_eq!(std::fs::metadata(&file.path).unwrap().len(), 0);
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(file.sha256, empty);
    assert_eq!(names(folder.path()).len(), 1, "no part is left");
}

#[tokio::test]
async fn the_records_own_size_counts() {
    let folder = tempfile::tempdir().unwrap();
    let of = |size| Wanted {
        known: Known {
            size: Some(size),
            ..Known::default()
        },
        ..wanted(folder.path(), 9000)
    };
    for (scenario, size, words) in [
        ("normal", 783, "sends 784 bytes, its record says 783"),
        ("normal", 785, "sends 784 bytes, its record says 785"),
        (
            "download-wrong-length",
            784,
            "sends 392 bytes, its record says 784",
        ),
        (
            "download-no-length",
            313_599,
            "313,600 bytes were received, its record says 313,599",
        ),
    ] {
        let failure = download(&sandbox(scenario).await, &of(size))
            .await
            .0
            .unwrap_err();
        assert!(
            failure.summary.contains(words),
            "{scenario}: {}",
            failure.summary
        );
    }
    assert!(
        names(folder.path())
            .iter()
            .all(|name| name.contains(".part")),
        "{:?}",
        names(folder.path())
    );
    assert_eq!(
        download(&sandbox("normal").await, &of(784))
            .await
            .0
            .unwrap()
            .bytes,
        784
    );
}

#[tokio::test]
async fn an_existing_file_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("FLIGHT MANUAL.pdf"), "mine").unwrap();
    let sandbox = sandbox("normal").await;
    let file = download(&sandbox, &wanted(folder.path(), 9000))
        .await
        .0
        .unwrap();
    // A file system that folds case would take the two names for one.
    assert_eq!(file.path.file_name().unwrap(), "Flight manual (2).pdf");
    assert_eq!(
        std::fs::read(folder.path().join("FLIGHT MANUAL.pdf")).unwrap(),
        b"mine"
    );
    // A link in the place of a part is not followed.
    let other = tempfile::tempdir().unwrap();
    let precious = other.path().join("precious");
    std::fs::write(&precious, "mine too").unwrap();
    let inside = other.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    for name in [
        "Flight manual.pdf",
        "Flight manual.pdf.part",
        "Flight manual.pdf.part.json",
    ] {
        std::os::unix::fs::symlink(&precious, inside.join(name)).unwrap();
    }
    let file = download(&sandbox, &wanted(&inside, 9000)).await.0.unwrap();
    assert_eq!(file.path.file_name().unwrap(), "Flight manual (2).pdf");
    assert_eq!(std::fs::read(&precious).unwrap(), b"mine too");
}

#[tokio::test]
async fn two_at_once_never_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox("download-slow").await;
    let (client, gate) = (client(&sandbox), gate());
    // Another id, the same name.
    let (one, other) = (wanted(folder.path(), 9000), wanted(folder.path(), 9009));
    let (one, other) = tokio::join!(
        fetch(&client, &one, &gate, &|_| {}),
        fetch(&client, &other, &gate, &|_| {})
    );
    let mut paths = [one.unwrap().path, other.unwrap().path];
    paths.sort();
    assert_eq!(
        names(folder.path()),
        ["Flight manual (2).pdf", "Flight manual.pdf"]
    );
    assert!(
        paths
            .iter()
            .all(|path| std::fs::read(path).unwrap() == manual())
    );
}

#[tokio::test]
async fn hard_names_stay_in_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    let sandbox = sandbox("normal").await;
    for id in 700_001..700_014 {
        let file = download(&sandbox, &wanted(&inside, id)).await.0.unwrap();
        let name = file.path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(
            name.len() <= 200 && file.path.parent() == Some(&inside),
            "{name}"
        );
        assert!(airscope::text::is_safe(&name), "{name:?}");
    }
    assert_eq!(names(folder.path()), ["inside"]);
    let mut folded: Vec<String> = names(&inside)
        .iter()
        .map(|name| name.to_lowercase())
        .collect();
    folded.sort();
    folded.dedup();
    assert_eq!(folded.len(), 13, "{folded:?}");
    // An image by its record, a document by its bytes.
    let file = download(
        &sandbox,
        &Wanted {
            name: Some("photo.png".to_owned()),
            ..wanted(&inside, 700_011)
        },
    )
    .await
    .0
    .unwrap();
    assert_eq!(file.looks_like.as_deref(), Some("application/pdf"));
}

#[tokio::test]
async fn a_download_that_is_cancelled_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let stalls = sandbox("download-stall").await;
    let stalling = client(&stalls);
    let begun = Arc::new(tokio::sync::Notify::new());
    let told = begun.clone();
    let task = tokio::spawn(async move {
        let came = |step| {
            if matches!(step, DownloadEvent::Received(_)) {
                told.notify_one();
            }
        };
        fetch(&stalling, &wanted(&path, 9000), &gate(), &came).await
    });
    begun.notified().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    // Who comes at once waits until the part is let go.
    let host = |sandbox: &Sandbox| format!("{}/", sandbox.url());
    let note = std::fs::read_to_string(folder.path().join("Flight manual.pdf.part.json")).unwrap();
    let healthy = sandbox("download-cut-once").await;
    std::fs::write(
        folder.path().join("Flight manual.pdf.part.json"),
        note.replace(&host(&stalls), &host(&healthy)),
    )
    .unwrap();
    let (outcome, told) = download(&healthy, &wanted(folder.path(), 9000)).await;
    let file = outcome.unwrap();
    assert!(std::fs::read(&file.path).unwrap() == manual());
    assert_eq!(
        (file.resumed, names(folder.path())),
        (100, vec!["Flight manual.pdf".to_owned()]),
        "{told:?}"
    );
}

#[tokio::test(flavor = "current_thread")]
async fn silence_fails_and_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox("download-stall").await;
    let impatient = RateGate::new(Timeouts {
        silence: Duration::from_millis(200),
        ..Timeouts::default()
    });
    let failure = fetch(
        &client(&sandbox),
        &wanted(folder.path(), 9000),
        &impatient,
        &|_| {},
    )
    .await
    .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert_eq!(
        names(folder.path()),
        [
            "Flight manual.pdf.part",
            "Flight manual.pdf.part.blocks",
            "Flight manual.pdf.part.json"
        ]
    );
    assert_eq!(Timeouts::default().silence, Duration::from_secs(60));
}

#[tokio::test]
async fn five_repetitions_are_enough_and_the_next_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox("download-cut").await;
    let mut runs = 0;
    let file = loop {
        runs += 1;
        let before = sandbox.executed().len();
        match download(&sandbox, &wanted(folder.path(), 9000)).await.0 {
            Ok(file) => break file,
            Err(failure) => {
                assert_eq!(failure.kind, FailureKind::Network);
                let asked = sandbox.executed().len() - before;
                assert!(
                    (6..=16).contains(&asked),
                    "a try and five repetitions in a row: {asked}"
                );
                assert!(!folder.path().join("Flight manual.pdf").exists());
            }
        }
        assert!(runs < 10, "each run must come further");
    };
    assert!(runs > 1 && std::fs::read(&file.path).unwrap() == manual());
}

pub fn origin_client(origin: &Origin) -> Client {
    let credentials = Credentials::Token(Secret::new("t"));
    Client::new(Connection {
        host: origin.url(),
        credentials,
        organization: None,
        workspace: "default".to_owned(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_cuts_give_the_same_file(
        size in 1..200_000usize,
        seed in any::<u64>(),
        cuts in prop::collection::vec(prop_oneof![0..300usize, 0..60_000usize], 0..12),
    ) {
        let mut state = seed | 1;
        let file: Vec<u8> = (0..size).map(|_| { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); (state >> 56) as u8 }).collect();
        let plan = cuts.clone();
        let origin = Origin::start(file.clone(), Box::new(move |number| plan.get(number).copied()));
        let client = origin_client(&origin);
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let saved = runtime.block_on(async {
            for _ in 0..20 {
                // A new gate, a new client: all that the next run knows is on the disk.
                match fetch(&client, &wanted(folder.path(), 1), &gate(), &|_| {}).await {
                    Ok(saved) => return saved,
                    Err(failure) => assert_eq!(failure.kind, FailureKind::Network, "{failure:?}"),
                }
            }
            panic!("each run must come further");
        });
        prop_assert!(std::fs::read(&saved.path).unwrap() == file);
        prop_assert_eq!(saved.sha256, sha256(&file));
        prop_assert_eq!(names(folder.path()), vec!["file.bin".to_owned()]);
        let fetched: usize = origin.sent().iter().map(|(first, end)| end - first).sum();
        // The overlap of each cut, and the beginning once more in the end.
        let twice = fetched - file.len();
        prop_assert!(twice <= 256 * (cuts.len() + 1), "{} bytes twice in {} cuts", twice, cuts.len());
        prop_assert!(origin.requests().len() <= cuts.len() + 1 + usize::from(saved.unvalidated));
    }
}
