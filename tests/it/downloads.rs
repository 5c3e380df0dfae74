//! Downloads against the sandbox: a verified file, or a clear failure and no file of that name.

use std::path::Path;

use airscope::domain::call::{Call, Params};
use airscope::domain::failure::{Failure, FailureKind};
use airscope::domain::transfer::SavedFile;
use airscope::sandbox::Sandbox;
use airscope::transfer::{Target, fetch};

use crate::support::{client, sandbox};

async fn download(scenario: &str, folder: &Path) -> Result<SavedFile, Failure> {
    let sandbox = sandbox(scenario).await;
    let mut call = Call::new(&Sandbox::connector_id("zendesk-support"), "attachments", "download");
    call.params = Params::parse(r#"{"attachment_id":9000}"#).unwrap();
    let target = Target { folder: folder.to_owned(), name: None };
    let outcome = fetch(&client(&sandbox), &call, &target, &|_| {}).await;
    let identity =
        sandbox.asked().iter().filter(|asked| asked.path.ends_with("/execute")).all(|asked| asked.headers["accept-encoding"] == "identity");
    assert!(identity);
    outcome
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn names_are_taken_and_made_harmless() {
    let cases = [
        ("normal", "Flight manual.pdf"),
        ("download-no-name", "attachments-9000.pdf"),
        ("download-quoted-name", "a _quoted_ name.pdf"),
        ("download-encoded-name", "日本 über.pdf"),
        ("download-traversal", "evil.sh"),
        ("download-no-length", "Flight manual.pdf"),
        ("download-slow", "Flight manual.pdf"),
        ("download-json-file", "Flight manual.pdf"),
    ];
    for (scenario, name) in cases {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        let file = download(scenario, &inside).await.unwrap_or_else(|failure| panic!("{scenario}: {failure:?}"));
        assert_eq!(names(&inside), [name], "{scenario}");
        assert_eq!(names(folder.path()), ["inside"], "{scenario} wrote outside of its folder");
        assert_eq!(std::fs::metadata(&file.path).unwrap().len(), file.bytes);
        assert_eq!(file.sha256.len(), 64);
    }
}

#[tokio::test]
async fn what_is_no_whole_file_leaves_none() {
    let cases = [
        ("download-empty", FailureKind::Incomplete, "an empty file", vec![]),
        ("download-cut", FailureKind::Incomplete, "the connection broke after", vec!["Flight manual.pdf.part"]),
        ("download-error", FailureKind::Unreadable, "the file is gone", vec![]),
        ("download-html", FailureKind::Unreadable, "a web page came", vec![]),
    ];
    for (scenario, kind, words, left) in cases {
        let folder = tempfile::tempdir().unwrap();
        let failure = download(scenario, folder.path()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{scenario}");
        assert!(failure.summary.contains(words), "{scenario}: {}", failure.summary);
        assert_eq!(names(folder.path()), left, "{scenario}");
    }
}

#[tokio::test]
async fn an_existing_file_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Flight manual.pdf"), "mine").unwrap();
    let file = download("normal", folder.path()).await.unwrap();
    assert_eq!(file.path.file_name().unwrap(), "Flight manual (2).pdf");
    assert_eq!(std::fs::read(folder.path().join("Flight manual.pdf")).unwrap(), b"mine");
    // What an earlier try left is taken over, and a link in its place is not followed.
    let precious = folder.path().join("precious");
    std::fs::write(&precious, "mine too").unwrap();
    std::os::unix::fs::symlink(&precious, folder.path().join("Flight manual.pdf.part")).unwrap();
    download("normal", folder.path()).await.unwrap();
    assert_eq!(std::fs::read(&precious).unwrap(), b"mine too");
}

#[tokio::test]
async fn a_download_that_is_cancelled_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let sandbox = sandbox("download-stall").await;
    let client = client(&sandbox);
    let begun = std::sync::Arc::new(tokio::sync::Notify::new());
    let told = begun.clone();
    let task = tokio::spawn(async move {
        let mut call = Call::new(&Sandbox::connector_id("zendesk-support"), "attachments", "download");
        call.params = Params::parse(r#"{"attachment_id":9000}"#).unwrap();
        fetch(&client, &call, &Target { folder: path, name: None }, &|_| told.notify_one()).await
    });
    begun.notified().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(names(folder.path()), Vec::<String>::new());
}
