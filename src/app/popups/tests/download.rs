//! Where files are downloaded to.

use std::path::PathBuf;

use super::{Fixture, assert_requests, attachment, body, option, params, said, some_node};
use crate::app::context::Step;
use crate::app::ids::PageId;
use crate::app::popups::dialog::DialogState;
use crate::app::popups::download::{Asked, DownloadDialog, Field};
use crate::app::popups::open::open;
use crate::app::requests::{
    DownloadsRequest, FormRequest, PopupRequest, ReplyRequest, Request, SpentMarks,
};
use crate::app::widgets::focus::Pane;
use crate::attachments::{Attachment, DownloadOption};
use crate::domain::download::{NamePattern, Wanted};

fn dialog(fixture: &mut Fixture, files: Vec<Attachment>) -> DownloadDialog {
    dialog_with(fixture, files, SpentMarks::None)
}

fn dialog_with(fixture: &mut Fixture, files: Vec<Attachment>, marks: SpentMarks) -> DownloadDialog {
    let session = fixture.session.clone();
    let asked = fixture
        .with(|_, panes| DownloadDialog::open("1".to_owned(), files, marks, &session, panes))
        .0;
    match asked {
        Some(Asked::Dialog(dialog)) => *dialog,
        Some(Asked::Instead(_) | Asked::Said(_)) | None => panic!("no dialog"),
    }
}

/// Returns the files that are added, and checks what is asked for around them.
#[track_caller]
fn enqueued(steps: &[Step], before: &[Request]) -> Vec<Wanted> {
    let [
        first @ ..,
        Step::Request(Request::Downloads(DownloadsRequest::Enqueue(wanted))),
    ] = steps
    else {
        panic!("{steps:?}")
    };
    let before: Vec<Step> = before.iter().cloned().map(Step::Request).collect();
    assert_eq!(format!("{first:?}"), format!("{before:?}"));
    wanted.clone()
}

fn text(name: &str) -> Attachment {
    attachment(some_node(), name, vec![option("file")])
}

#[test]
fn a_yes_downloads_the_file_under_the_name_of_the_service() {
    let mut fixture = Fixture::new();
    let mut popup = dialog(&mut fixture, vec![text("a.txt")]);
    let outcome = fixture.keys(&mut popup, "y");
    let wanted = enqueued(&outcome.steps, &[Request::CloseDownload]);
    let [file] = wanted.as_slice() else {
        panic!("{wanted:?}")
    };
    assert_eq!(file.folder, PathBuf::from("/saved"));
    assert_eq!((&file.name, &file.manifest), (&None, &None));
    assert_eq!(file.known.name.as_deref(), Some("a.txt"));
    assert_eq!(file.call.connector_id, "1");
    assert_eq!(file.call.action, "download");
}

#[test]
fn a_name_that_is_typed_is_taken() {
    let mut fixture = Fixture::new();
    let mut popup = dialog(&mut fixture, vec![text("a.txt")]);
    let outcome = fixture.keys(&mut popup, "\u{8}\rb.txt\rj\u{8}\r/other\ry");
    let wanted = enqueued(&outcome.steps, &[Request::CloseDownload]);
    assert_eq!(wanted[0].name.as_deref(), Some("b.txt"));
    assert_eq!(wanted[0].folder, PathBuf::from("/other"));
}

#[test]
fn a_file_needs_a_folder() {
    let mut fixture = Fixture::new();
    let mut popup = dialog(&mut fixture, vec![text("a.txt")]);
    assert_requests(&fixture.keys(&mut popup, "j\u{8}y"), vec![]);
    let fault = popup.dialog().fault.as_deref();
    assert_eq!(fault, Some("folder expects a name"));
}

fn two_options() -> Attachment {
    let pdf = DownloadOption {
        becomes: Some(("pdf", "application/pdf")),
        params: params(r#"{"id":8}"#),
        ..option("PDF")
    };
    attachment(some_node(), "a", vec![option("as it is"), pdf])
}

#[test]
fn another_option_changes_facts_and_name_but_no_name_that_was_typed() {
    let mut fixture = Fixture::new();
    let mut popup = dialog(&mut fixture, vec![two_options()]);
    assert_eq!(popup.dialog().value(Field::Option), "as it is");
    fixture.keys(&mut popup, "l");
    assert_eq!(popup.dialog().value(Field::Option), "PDF");
    assert_eq!(popup.dialog().value(Field::Name), "a.pdf");
    let facts = popup.dialog().facts.join("\n");
    assert!(facts.contains("id = 8"), "{facts}");
    let outcome = fixture.keys(&mut popup, "y");
    let wanted = enqueued(&outcome.steps, &[Request::CloseDownload]);
    assert_eq!(wanted[0].call.params, params(r#"{"id":8}"#));
    let mut popup = dialog(&mut fixture, vec![two_options()]);
    fixture.keys(&mut popup, "j\rx\rkl");
    assert_eq!(popup.dialog().value(Field::Name), "ax");
}

#[test]
fn many_files_are_recorded_in_a_folder_of_their_own() {
    let mut fixture = Fixture::new();
    fixture.add_pages(&[&body(&[1], "null")]);
    let lost = attachment(some_node(), "c.txt", Vec::new());
    let files = vec![text("a.txt"), text("b.txt"), lost];
    let mut popup = dialog_with(&mut fixture, files, SpentMarks::All);
    let facts = popup.dialog().facts.join("\n");
    // Both are of one id, which is one file.
    assert!(
        facts.starts_with(
            "1 file. Each is a call.\nThey are named 1 more time: each is fetched once.\n"
        ),
        "{facts}"
    );
    assert!(facts.contains("1 more cannot be fetched"), "{facts}");
    let outcome = fixture.keys(&mut popup, "y");
    let unmark = Request::Reply(ReplyRequest::UnmarkAll);
    let wanted = enqueued(&outcome.steps, &[Request::CloseDownload, unmark]);
    let folder = PathBuf::from("/saved/github-issues-2026-05-01");
    assert_eq!(wanted.len(), 2);
    for file in &wanted {
        assert_eq!((&file.name, &file.folder), (&None, &folder));
        let manifest = file.manifest.as_deref();
        assert_eq!(manifest, Some(folder.join("manifest.jsonl").as_path()));
    }
}

#[test]
fn files_of_parents_may_be_saved_by_parent() {
    let mut fixture = Fixture::new();
    fixture.add_pages(&[&body(&[1], "null")]);
    let plain = vec![text("a.txt"), text("b.txt")];
    let popup = dialog(&mut fixture, plain.clone());
    assert_eq!(
        popup.dialog().rows.len(),
        1,
        "without parents nothing is asked"
    );
    let mut files = plain;
    files[0].known.parent = Some(params(r#"{"ticket_id":7}"#));
    for (keys, names) in [
        ("y", NamePattern::Name),
        ("jly", NamePattern::ParentAndName),
    ] {
        let mut popup = dialog(&mut fixture, files.clone());
        assert_eq!(popup.dialog().value(Field::Names), "{name}");
        let outcome = fixture.keys(&mut popup, keys);
        let wanted = enqueued(&outcome.steps, &[Request::CloseDownload]);
        let folder = PathBuf::from("/saved/github-issues-2026-05-01");
        for file in &wanted {
            assert_eq!((file.names, &file.folder), (names, &folder));
        }
        assert_eq!(wanted[0].known.parent, files[0].known.parent);
    }
}

#[test]
fn only_the_marks_of_what_is_downloaded_go() {
    let mut fixture = Fixture::new();
    let files = [text("a.txt"), text("b.txt")];
    let marked: Vec<_> = files.iter().map(|file| (PageId(3), file.clone())).collect();
    for count in [1, 2] {
        let marks = SpentMarks::Of(marked[..count].to_vec());
        let mut popup = dialog_with(&mut fixture, files[..count].to_vec(), marks);
        let outcome = fixture.keys(&mut popup, "y");
        let unmark = Request::Reply(ReplyRequest::Unmark(marked[..count].to_vec()));
        let wanted = enqueued(&outcome.steps, &[Request::CloseDownload, unmark]);
        assert_eq!(wanted.len(), count);
    }
}

fn open_files(
    fixture: &mut Fixture,
    files: Vec<Attachment>,
) -> (bool, crate::app::context::Outcome) {
    let request = PopupRequest::Download {
        connector_id: "1".to_owned(),
        files,
        marks: SpentMarks::None,
    };
    let (popup, outcome) = fixture.with(|context, panes| open(request, context, panes));
    (popup.is_some(), outcome)
}

#[test]
fn what_lacks_a_parameter_is_filled_into_the_form() {
    let mut fixture = Fixture::new();
    let incomplete = DownloadOption {
        missing: vec!["owner".to_owned()],
        ..option("file")
    };
    let file = attachment(some_node(), "a.txt", vec![incomplete]);
    let (is_open, outcome) = open_files(&mut fixture, vec![file]);
    assert!(!is_open);
    let [
        Step::Request(Request::CloseAll),
        Step::Request(Request::Focus(Pane::Request)),
        Step::Request(Request::Form(FormRequest::Fill(prefill))),
    ] = outcome.steps.as_slice()
    else {
        panic!("{:?}", outcome.steps)
    };
    assert_eq!(prefill.entity, "attachments");
    assert_eq!(prefill.action, "download");
    assert_eq!(prefill.params, params(r#"{"id":7}"#));
    let notice = prefill.notice.as_ref().map(|notice| notice.text.as_str());
    assert_eq!(notice, Some("Fill in owner, then F5 downloads"));
}

#[test]
fn what_cannot_be_downloaded_is_said() {
    let mut fixture = Fixture::new();
    let mut file = attachment(some_node(), "a.txt", Vec::new());
    let (is_open, outcome) = open_files(&mut fixture, vec![file.clone()]);
    assert!(!is_open && outcome.steps.is_empty());
    assert_eq!(said(&outcome), "The connector cannot download this");
    file.url = Some("https://example.com/a".to_owned());
    let (_, outcome) = open_files(&mut fixture, vec![file]);
    assert!(said(&outcome).contains("o opens its address"));
    let (is_open, outcome) = open_files(&mut fixture, Vec::new());
    assert!(!is_open && outcome.steps.is_empty() && outcome.notice.is_none());
}
