//! From a record to its file, on the real loop: what is found, marked, asked, queued.

use std::path::Path;

use airscope::domain::download::queue::State;
use serde_json::Value;

use crate::support::Journey;

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn manifest(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The comments of a ticket with two attachments in the first one.
async fn comments(scenario: &str, folder: &Path) -> Journey {
    let mut journey = Journey::preset(
        scenario,
        "zendesk-support ticket_comments list ticket_id=1001",
        folder,
    )
    .await;
    journey.keys("<F5>").await;
    journey
}

/// The only folder inside of a folder.
fn run_of(folder: &Path) -> std::path::PathBuf {
    let folders: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders[0].clone()
}

#[tokio::test]
async fn from_the_list_of_tickets_to_the_file_in_five_keys() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey =
        Journey::preset("normal", "zendesk-support tickets list", folder.path()).await;
    journey.keys("<F5>").await;
    journey
        .keys("x")
        .await
        .sees("ticket_comments list")
        .sees("ticket_id=1001");
    journey.keys("<Enter>").await.sees("ticket_comments › list");
    journey
        .keys("a")
        .await
        .sees("2 attachments of these pages")
        .sees("Parcel photo.jpg")
        .sees("`attachments download` with attachment_id = 10010");
    journey
        .keys("d")
        .await
        .sees("Download this file")
        .sees("attachment_id = 10010");
    journey.keys("y").await.sees("Saved 971 B to");
    assert_eq!(files(folder.path()), ["Parcel photo.jpg"]);
    let call = journey.sandbox.executed().pop().unwrap();
    assert_eq!(
        (
            &call["entity"],
            &call["action"],
            &call["params"]["attachment_id"]
        ),
        (&"attachments".into(), &"download".into(), &10010.into())
    );
    journey
        .keys("w")
        .await
        .sees("Downloads · 1 of 1")
        .sees("sha256 698923125e07889bd52cfd3f5bb7c99849c0d0c1b550fbb9cd1ceb1e091a98ef");
    journey.keys("y").await.sees("Copied the path of the file");
    journey.keys("o").await.sees("Opened `");
}

#[tokio::test]
async fn the_list_stays_for_the_next_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = comments("normal", folder.path()).await;
    journey.keys("a").await.sees("2 attachments of these pages");
    journey
        .keys("dy")
        .await
        .sees("Saved 971 B to")
        .sees("✓ Parcel photo.jpg")
        .sees("2 attachments of these pages")
        .sees_not("Download this file");
    journey.keys("jdy").await.sees("✓ Invoice 2026-0312.pdf");
    assert_eq!(
        files(folder.path()),
        ["Invoice 2026-0312.pdf", "Parcel photo.jpg"]
    );
    // The queue opens above the list, and the list is there again.
    journey.keys("w").await.sees("Downloads · 2 of 2");
    journey
        .keys("<Esc>")
        .await
        .sees("2 attachments of these pages");
    // Marks go with what they were for, and the state is seen in their place.
    journey.keys("A").await.sees("2 marked").sees("● Parcel");
    journey
        .keys("dy")
        .await
        .sees_not("marked")
        .sees("✓ Parcel photo.jpg");
    journey.keys("<Esc>").await.sees_not("attachments of these");
}

#[tokio::test]
async fn the_name_and_the_folder_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = comments("normal", folder.path()).await;
    // Open the record, go to its first attachment: it is marked as a file.
    journey.keys("a<Enter>").await.sees("↓");
    journey.keys("d<Enter>").await;
    journey.keys("<C-u><C-k>evil/../photo.png<Enter>y").await;
    journey
        .keys("w")
        .await
        .sees("its content looks like image/jpeg");
    assert_eq!(files(folder.path()), ["photo.png"]);
}

#[tokio::test]
async fn marks_are_queued_with_a_record_and_the_same_again_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = comments("normal", folder.path()).await;
    journey.keys("A").await.sees("2 files marked: d downloads");
    journey
        .keys("d")
        .await
        .sees("Download these files")
        .sees("2 files, 1.7 kB as far as is stated. Each is a call.");
    journey.keys("y").await.sees("2 files downloaded, 1.7 kB");
    let run = run_of(folder.path());
    assert_eq!(
        files(&run),
        [
            "Invoice 2026-0312.pdf",
            "Parcel photo.jpg",
            "manifest.jsonl"
        ]
    );
    let lines = manifest(&run);
    let done: Vec<&Value> = lines
        .iter()
        .filter(|line| line["outcome"] == "done")
        .collect();
    assert_eq!(
        (lines.len(), done.len()),
        (4, 2),
        "each waits, then is there"
    );
    let photo = done
        .iter()
        .find(|line| line["file"] == "Parcel photo.jpg")
        .unwrap();
    assert_eq!(
        (
            &photo["entity"],
            &photo["params"]["attachment_id"],
            &photo["record"]
        ),
        (&"attachments".into(), &10010.into(), &"1001".into())
    );
    assert_eq!(
        (&photo["path"], &photo["bytes"], &photo["type"]),
        (
            &".result[0].attachments[0]".into(),
            &971.into(),
            &"image/jpeg".into()
        )
    );
    assert!(photo["started"].as_str().unwrap() <= photo["ended"].as_str().unwrap());
    // Another session, the same run: nothing is asked for again.
    drop(journey);
    let mut again = comments("normal", folder.path()).await;
    let before = again.sandbox.executed().len();
    again.keys("Ady").await;
    again
        .keys("w")
        .await
        .sees("was there already")
        .sees("Downloads · 2 of 2");
    assert_eq!(again.sandbox.executed().len(), before);
    // A file that was changed is not vouched for.
    drop(again);
    std::fs::write(run.join("Parcel photo.jpg"), "x".repeat(971)).unwrap();
    let mut once_more = comments("normal", folder.path()).await;
    once_more.keys("Ady").await;
    assert_eq!(
        files(&run),
        [
            "Invoice 2026-0312.pdf",
            "Parcel photo (2).jpg",
            "Parcel photo.jpg",
            "manifest.jsonl"
        ]
    );
}

#[tokio::test]
async fn a_queue_is_paused_goes_on_and_outlives_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = comments("download-stall", folder.path()).await;
    journey.keys("A").await;
    journey.keys("d").await;
    // The downloads stall: nothing waits for them.
    journey
        .hurry("yw<Space>")
        .await
        .sees("paused")
        .sees("Downloads · 0 of 2");
    journey.hurry("<Esc>q").await;
    journey.assert_ended(0);
    drop(journey);
    let run = run_of(folder.path());
    assert!(
        !files(&run)
            .iter()
            .any(|name| name.ends_with(".jpg") || name.ends_with(".pdf")),
        "{:?}",
        files(&run)
    );
    let mut next = Journey::preset("normal", "zendesk-support tickets list", folder.path()).await;
    next.keys("w")
        .await
        .sees("2 files left unfinished before: Space continues")
        .sees("paused");
    next.keys("<Space>").await.sees("Downloads · 2 of 2");
    assert_eq!(
        files(&run)
            .iter()
            .filter(|name| !name.contains(".part"))
            .count(),
        3,
        "{:?}",
        files(&run)
    );
    // What is there does not wait any more.
    drop(next);
    let mut last = Journey::preset("normal", "zendesk-support tickets list", folder.path()).await;
    last.keys("w").await.sees("No downloads yet");
}

#[tokio::test]
async fn quitting_asks_while_downloads_run_and_cancelling_ends_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = comments("download-stall", folder.path()).await;
    journey.keys("A").await;
    journey.keys("d").await;
    journey.hurry("yqw<Esc>wcjc").await;
    let states: Vec<_> = journey
        .app
        .downloads
        .queue
        .items()
        .iter()
        .map(|item| &item.state)
        .collect();
    assert!(
        states.iter().all(|state| matches!(state, State::Cancelled)),
        "{states:?}\n{}",
        journey.screen()
    );
    let outcomes: Vec<Value> = manifest(&run_of(folder.path()))
        .into_iter()
        .map(|line| line["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["waiting", "waiting", "cancelled", "cancelled"]);
    let mut asking = comments("download-stall", folder.path()).await;
    asking.keys("A").await;
    asking.keys("d").await;
    asking.hurry("yqy").await;
    asking.assert_ended(0);
}

#[tokio::test]
async fn what_failed_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = comments("download-html", folder.path()).await;
    journey.keys("A").await;
    journey
        .keys("dy")
        .await
        .sees("a web page was received in place of the file");
    journey
        .keys("w")
        .await
        .sees("2 failed")
        .sees("Reconnect the connector");
    let before = journey.sandbox.executed().len();
    journey.keys("R").await.sees("2 failed");
    assert_eq!(journey.sandbox.executed().len(), before + 2);
}

#[tokio::test]
async fn a_token_that_dies_half_way_through_a_queue_is_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset(
        "token-expires",
        "google-drive files list pageSize=9",
        folder.path(),
    )
    .await;
    journey.keys("<F5>A").await.sees("9 files marked");
    journey.keys("dy").await.sees("9 files downloaded");
    assert_eq!(files(&run_of(folder.path())).len(), 10);
}

#[tokio::test]
async fn a_limit_slows_the_queue_and_all_comes() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = comments("download-busy", folder.path()).await;
    journey.keys("A").await;
    journey.keys("dy").await.sees("2 files downloaded");
}

#[tokio::test]
async fn documents_are_exported_and_calls_have_two_ways() {
    let folder = tempfile::tempdir().unwrap();
    let mut drive = Journey::preset(
        "normal",
        "google-drive files list pageSize=12",
        folder.path(),
    )
    .await;
    drive.keys("<F5>").await;
    // The tenth is one of Google's own documents.
    drive
        .keys("jjjjjjjjjd")
        .await
        .sees("Checklist.pdf")
        .sees("mimeType = \"application/pdf\"");
    drive.keys("<Enter>").await.sees("Checklist.docx");
    drive.keys("y").await;
    assert_eq!(files(folder.path()), ["Checklist.docx"]);
    let mut gong = Journey::preset("normal", "gong calls list", folder.path()).await;
    gong.keys("<F5>").await;
    gong.keys("d")
        .await
        .sees("Calls `call_audio download`")
        .sees("callIds");
    gong.keys("<Enter>")
        .await
        .sees("Calls `call_video download`");
    gong.keys("y").await;
    assert_eq!(files(folder.path()), ["Checklist.docx", "Landing.mp4"]);
    let call = gong.sandbox.executed().pop().unwrap();
    assert_eq!(
        call["params"]["contentSelector"]["exposedFields"]["media"],
        true
    );
}

#[tokio::test]
async fn every_kind_of_connector_that_downloads_does() {
    for (words, name) in [
        ("asana attachments list parent=10001", "Parcel photo.jpg"),
        ("salesforce attachments list q=x", "Flight manual.pdf"),
        ("salesforce content_versions list q=x", "Flight manual.pdf"),
        ("greenhouse attachments list", "Parcel photo.jpg"),
        (
            "zendesk-support article_attachments list article_id=1001",
            "Parcel photo.jpg",
        ),
        ("google-drive files list", "Flight manual.pdf"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut journey = Journey::everything(words, folder.path()).await;
        journey.keys("<F5>").await;
        journey.keys("dy").await;
        assert_eq!(
            files(folder.path()),
            [name],
            "{words}\n{}",
            journey.screen()
        );
    }
}

#[tokio::test]
async fn what_cannot_be_derived_falls_back_to_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("normal", "slack channels list", folder.path()).await;
    journey.keys("<F5>").await;
    journey.keys("d").await.sees("Nothing here names a file");
    journey
        .keys("a")
        .await
        .sees("No file is named in these pages");
    journey
        .keys("<Esc>o")
        .await
        .sees("There is no http:// or https:// address under the cursor");
    // A record whose address can only be opened.
    let mut tickets =
        Journey::preset("normal", "zendesk-support tickets list", folder.path()).await;
    tickets.keys("<F5>l/url<Enter>").await;
    tickets.keys("o").await.sees("Opened `https://");
    assert!(files(folder.path()).is_empty());
}

#[tokio::test]
async fn marks_of_files_and_of_records_are_one_set() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = comments("normal", folder.path()).await;
    journey
        .keys("jj<Space>")
        .await
        .sees("1 record marked: x leads on, y r copies");
    // The list has the same marks; a file inside of a record is marked by itself.
    journey.keys("gga<Space><Esc>").await;
    journey
        .keys("j<Space>")
        .await
        .sees("2 records and 1 file marked: d downloads, E exports");
    // The export takes the records, not the file.
    journey.keys("E").await.sees("2 records of 1 page are here");
    journey.keys("<Esc>d").await.sees("attachment_id = 10010");
    journey.keys("y").await;
    assert_eq!(files(folder.path()), ["Parcel photo.jpg"]);
}

#[tokio::test]
async fn a_cancelled_download_of_the_form_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset(
        "download-cut-once",
        "zendesk-support attachments download attachment_id=9000",
        folder.path(),
    )
    .await;
    journey
        .keys("<F5>")
        .await
        .sees("Saved 313.6 kB to")
        .sees("o opens it, y y copies its path");
    journey.keys("o").await.sees("Opened `");
    assert_eq!(files(folder.path()), ["Flight manual.pdf"]);
}
