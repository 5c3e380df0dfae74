//! Looking for attachments: to list, to mark, to download; and opening addresses.

use super::{Acted, Bench, LAST, MORE, body};
use crate::app::command::ReplyCommand;
use crate::app::effect::{DocumentEffect, Effect, FindScope};
use crate::app::ids::TaskId;
use crate::app::msg::DocumentMsg;
use crate::app::reply::page::Tab;
use crate::app::requests::{FormRequest, PopupRequest, ReplyRequest, Request, SpentMarks};
use crate::app::source::Found;
use std::sync::Arc;

const RECORDS: &str = r#"[
    {"id":1,"files":[{"id":10,"file_name":"a.txt","content_type":"text/plain","url":"https://files.example/a"},
                     {"id":11,"file_name":"b.txt","content_type":"text/plain","url":"https://files.example/b"}]},
    {"id":2,"link":"https://example.com/x","text":"no address"}]"#;

fn bench() -> Bench {
    Bench::with_page(RECORDS, LAST)
}

/// Returns the search that is asked for.
fn search(acted: &Acted) -> (TaskId, FindScope, usize) {
    match acted.effects.last() {
        Some(Effect::Document(DocumentEffect::FindAttachments {
            task, pages, scope, ..
        })) => (*task, scope.clone(), pages.len()),
        _ => panic!("{acted:?}"),
    }
}

/// Finds the attachments of the first record that is shown.
fn found(bench: &Bench, count: usize) -> Arc<Vec<Found>> {
    let page = bench.pane.page().unwrap();
    let record = bench.node(".result[0]");
    let document = page.tree(Tab::Result).unwrap().document();
    let files = page.finder.as_ref().unwrap().find(document, record);
    assert_eq!(files.len(), 2);
    let found = files.into_iter().take(count).map(|attachment| Found {
        page: page.id,
        attachment,
    });
    Arc::new(found.collect())
}

fn answer(bench: &mut Bench, task: TaskId, count: usize) -> Acted {
    let found = found(bench, count);
    let msg = DocumentMsg::AttachmentsFound { task, found };
    bench.act(|pane, context| pane.document_msg(msg, context))
}

#[test]
fn attachments_are_listed_in_a_popup_that_waits_for_them() {
    let mut bench = bench();
    let acted = bench.perform(ReplyCommand::Attachments);
    let (task, scope, pages) = search(&acted);
    assert_eq!((scope, pages), (FindScope::All, 1));
    let [
        Request::Open(PopupRequest::Attachments {
            task: own,
            connector_id,
        }),
    ] = acted.requests.as_slice()
    else {
        panic!("{acted:?}");
    };
    assert_eq!((*own, connector_id.as_str()), (task, "1"));
    // Looking again takes the place of the first search.
    let acted = bench.perform(ReplyCommand::Attachments);
    assert_eq!(acted.effects[0], Effect::Cancel(task));
    let (task, ..) = search(&acted);
    bench.pane.drop_attachment_search(TaskId(999));
    assert!(bench.pane.attachments.is_some());
    let acted = answer(&mut bench, task, 2);
    assert!(acted.is_quiet() && acted.notice.is_none());
    assert!(bench.pane.attachments.is_none());
}

#[test]
fn attachments_are_marked_at_once() {
    let mut bench = bench();
    let (task, ..) = search(&bench.perform(ReplyCommand::MarkAttachments));
    let acted = answer(&mut bench, task, 0);
    assert_eq!(acted.said(), " No file is named in these pages");
    let (task, ..) = search(&bench.perform(ReplyCommand::MarkAttachments));
    let acted = answer(&mut bench, task, 2);
    assert_eq!(acted.said(), " 2 files marked: d downloads");
    assert_eq!(bench.pane.page().unwrap().marks.len(), 2);
    // They are no records: an export has all of them.
    assert_eq!(bench.pane.exported_count(), 2);
    // A result that comes late changes nothing.
    bench.act(|pane, context| pane.handle(ReplyRequest::UnmarkAll, context));
    answer(&mut bench, task, 2);
    assert!(bench.pane.page().unwrap().marks.is_empty());
}

#[test]
fn a_download_that_is_asked_for_while_files_are_marked_is_of_those() {
    let mut bench = bench();
    let (task, ..) = search(&bench.perform(ReplyCommand::MarkAttachments));
    let acted = bench.perform(ReplyCommand::Download);
    assert!(acted.effects.is_empty(), "{acted:?}");
    let acted = answer(&mut bench, task, 2);
    assert_eq!(bench.pane.page().unwrap().marks.len(), 2);
    let (task, scope, _) = search(&acted);
    assert!(matches!(scope, FindScope::Marked(_)));
    let acted = answer(&mut bench, task, 2);
    assert!(matches!(
        acted.requests.as_slice(),
        [Request::Open(PopupRequest::Download { .. })]
    ));
}

#[test]
fn the_files_of_what_is_marked_are_downloaded() {
    let mut bench = bench();
    let record = bench.node(".result[0]");
    bench.perform(ReplyCommand::Mark);
    let (task, scope, _) = search(&bench.perform(ReplyCommand::Download));
    let page = bench.pane.page().unwrap().id;
    assert_eq!(scope, FindScope::Marked(vec![(page, vec![record])]));
    let acted = answer(&mut bench, task, 0);
    assert_eq!(
        acted.said(),
        " What is marked names no file: a lists those of these pages"
    );
    let (task, ..) = search(&bench.perform(ReplyCommand::Download));
    let acted = answer(&mut bench, task, 2);
    let [
        Request::Open(PopupRequest::Download {
            connector_id,
            files,
            marks: SpentMarks::All,
        }),
    ] = acted.requests.as_slice()
    else {
        panic!("{acted:?}");
    };
    assert_eq!((connector_id.as_str(), files.len()), ("1", 2));
}

#[test]
fn the_file_under_the_cursor_is_downloaded_and_several_are_listed() {
    let mut bench = Bench::with_page(RECORDS, MORE);
    bench.perform(ReplyCommand::NextPage);
    bench.receive(&body(r#"[{"id":3}]"#, LAST));
    bench.perform(ReplyCommand::PreviousPage);
    bench.go_to(".result[0].files[1].id");
    let (task, scope, pages) = search(&bench.perform(ReplyCommand::Download));
    let here = FindScope::Here {
        cursor: bench.node(".result[0].files[1].id"),
        record: bench.node(".result[0]"),
    };
    // Only the page that is shown is looked through.
    assert_eq!((scope, pages), (here, 1));
    let acted = answer(&mut bench, task, 1);
    assert!(matches!(
        acted.requests.as_slice(),
        [Request::Open(PopupRequest::Download { files, .. })] if files.len() == 1
    ));
    let (task, ..) = search(&bench.perform(ReplyCommand::Download));
    let acted = answer(&mut bench, task, 2);
    assert!(matches!(
        acted.requests.as_slice(),
        [Request::Open(PopupRequest::RecordAttachments { found, .. })] if found.len() == 2
    ));
    // Where nothing is named the form may hold the download.
    let (task, ..) = search(&bench.perform(ReplyCommand::Download));
    let acted = answer(&mut bench, task, 0);
    assert!(matches!(
        acted.requests.as_slice(),
        [Request::Form(FormRequest::SendDownload(_))]
    ));
    bench.pane.tab = Tab::Metadata;
    let acted = bench.perform(ReplyCommand::Download);
    assert!(acted.is_quiet());
    assert_eq!(acted.said(), " Files are named in the result: t shows it");
    // Without a reply it is the download in the form.
    let acted = Bench::new().perform(ReplyCommand::Download);
    assert_eq!(acted.asked(), ["Perform(Request(Download))"]);
}

#[test]
fn a_file_inside_of_a_record_is_marked_where_the_cursor_is() {
    let mut bench = bench();
    bench.go_to(".result[0].files[0].file_name");
    let said = bench.perform(ReplyCommand::Mark).said();
    assert_eq!(said, " 1 file marked: d downloads");
    assert_eq!(bench.cursor(), ".result[0].files[1]");
    bench.go_to(".result[1]");
    let said = bench.perform(ReplyCommand::Mark).said();
    assert_eq!(said, " 1 record and 1 file marked: d downloads, E exports");
    let found = found(&bench, 1);
    assert!(bench.pane.is_marked(&found[0]));
    let Found { page, attachment } = found[0].clone();
    let toggle = ReplyRequest::ToggleMark(page, Box::new(attachment.clone()));
    bench.act(|pane, context| pane.handle(toggle.clone(), context));
    assert!(!bench.pane.is_marked(&found[0]));
    assert_eq!(bench.marked().len(), 1);
    bench.act(|pane, context| pane.handle(toggle, context));
    assert!(bench.pane.is_marked(&found[0]));
    let unmark = ReplyRequest::Unmark(vec![(page, attachment)]);
    bench.act(|pane, context| pane.handle(unmark, context));
    assert!(!bench.pane.is_marked(&found[0]));
    assert_eq!(bench.marked().len(), 1, "the record stays marked");
}

#[test]
fn addresses_are_opened() {
    let mut bench = bench();
    let mut open = |path: &str| {
        bench.go_to(path);
        let acted = bench.perform(ReplyCommand::Open);
        (acted.effects.clone(), acted.said())
    };
    let opened = |url: &str| (vec![Effect::Open(url.to_owned())], String::new());
    assert_eq!(open(".result[1].link"), opened("https://example.com/x"));
    assert_eq!(
        open(".result[0].files[0]"),
        opened("https://files.example/a")
    );
    let nothing = " There is no http:// or https:// address under the cursor";
    assert_eq!(open(".result[1].text"), (vec![], nothing.to_owned()));
}

#[test]
fn attachments_of_a_reply_that_arrives_are_still_those_of_the_page() {
    let mut bench = Bench::new();
    bench.send(super::issues(), crate::app::requests::RequestKind::First);
    let whole = body(RECORDS, LAST);
    bench.grow(&whole[..whole.len() - 60], false);
    let (task, ..) = search(&bench.perform(ReplyCommand::MarkAttachments));
    let found = found(&bench, 2);
    bench.receive(&whole);
    let msg = DocumentMsg::AttachmentsFound { task, found };
    bench.act(|pane, context| pane.document_msg(msg, context));
    assert_eq!(bench.pane.page().unwrap().marks.len(), 2);
}
