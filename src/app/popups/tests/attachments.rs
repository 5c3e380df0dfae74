//! Attachments that pages name.

use std::sync::Arc;

use super::{Fixture, assert_effects, assert_requests, attachment, body, option, said};
use crate::app::effect::Effect;
use crate::app::ids::TaskId;
use crate::app::msg::DocumentMsg;
use crate::app::popups::PopupState;
use crate::app::popups::attachments::{Attachments, Scope};
use crate::app::requests::{PopupRequest, ReplyRequest, Request, SpentMarks};
use crate::app::source::Found;
use crate::app::widgets::focus::Pane;
use crate::domain::download::queue::State;

/// Makes a page whose two records are files, the second with an address, and the list of them.
fn two_files() -> (Fixture, Attachments, Vec<Found>) {
    let mut fixture = Fixture::new();
    fixture.add_pages(&[&body(&[1, 2], "null")]);
    let tree = fixture.reply.tree().unwrap();
    let records = tree.document().children(tree.root());
    let page = fixture.reply.pages[0].id;
    let mut found: Vec<Found> = records
        .zip(["a.txt", "b.txt"])
        .map(|(record, name)| Found {
            page,
            attachment: attachment(record, name, vec![option("file")]),
        })
        .collect();
    found[1].attachment.url = Some("https://example.com/b".to_owned());
    let list = Attachments::of_record(Arc::new(found.clone()), "1".to_owned());
    (fixture, list, found)
}

fn download(files: &[&Found], marks: SpentMarks) -> Request {
    Request::Open(PopupRequest::Download {
        connector_id: "1".to_owned(),
        files: files.iter().map(|own| own.attachment.clone()).collect(),
        marks,
    })
}

fn marks_of(files: &[&Found]) -> SpentMarks {
    let files = files.iter().map(|own| (own.page, own.attachment.clone()));
    SpentMarks::Of(files.collect())
}

#[test]
fn a_search_fills_the_list_that_waits_for_it() {
    let (_, _, found) = two_files();
    let mut popup = Attachments::searching(TaskId(7), "1".to_owned());
    assert_eq!((popup.scope, popup.is_empty()), (Scope::Pages, true));
    let running = popup.loads().iter().find_map(|load| load.running());
    assert_eq!(running, Some(TaskId(7)));
    let msg = |task| DocumentMsg::AttachmentsFound {
        task,
        found: Arc::new(found.clone()),
    };
    popup.document_msg(&msg(TaskId(6)));
    assert!(popup.is_empty(), "those are of another search");
    popup.document_msg(&msg(TaskId(7)));
    assert_eq!(popup.len(), 2);
    assert!(popup.loads().iter().all(|load| load.running().is_none()));
}

#[test]
fn space_marks_and_goes_on_to_the_next() {
    let (mut fixture, mut popup, found) = two_files();
    let toggle = |own: &Found| {
        let file = Box::new(own.attachment.clone());
        Request::Reply(ReplyRequest::ToggleMark(own.page, file))
    };
    let outcome = fixture.keys(&mut popup, "  ");
    assert_requests(&outcome, vec![toggle(&found[0]), toggle(&found[1])]);
    assert_eq!(popup.cursor.at, 1);
}

#[test]
fn all_are_marked_at_once() {
    let (mut fixture, mut popup, found) = two_files();
    let outcome = fixture.keys(&mut popup, "A");
    let files = found.iter().map(|own| (own.page, own.attachment.clone()));
    let mark = ReplyRequest::Mark(files.collect());
    assert_requests(&outcome, vec![Request::Reply(mark)]);
    assert_eq!(said(&outcome), "2 files marked: d downloads");
}

#[test]
fn the_marked_ones_are_downloaded_else_the_selected_one() {
    let (mut fixture, mut popup, found) = two_files();
    let outcome = fixture.keys(&mut popup, "d");
    assert_requests(&outcome, vec![download(&[&found[0]], SpentMarks::None)]);
    fixture.reply.pages[0].mark_file(&found[1].attachment);
    let outcome = fixture.keys(&mut popup, "d");
    assert_requests(
        &outcome,
        vec![download(&[&found[1]], marks_of(&[&found[1]]))],
    );
    fixture.reply.pages[0].mark_file(&found[0].attachment);
    let outcome = fixture.keys(&mut popup, "d");
    assert_requests(
        &outcome,
        vec![download(
            &[&found[0], &found[1]],
            marks_of(&[&found[0], &found[1]]),
        )],
    );
}

#[test]
fn the_list_knows_what_became_of_its_files() {
    let (mut fixture, mut popup, found) = two_files();
    assert!(popup.download_of(&found[0], &fixture.downloads).is_none());
    let words = |popup: &Attachments, fixture: &mut Fixture| {
        let session = fixture.session.clone();
        fixture.with(|_, panes| popup.hints(&session, panes)).0
    };
    assert!(!words(&popup, &mut fixture).contains(&("w", "downloads")));
    let option = found[0].attachment.option().unwrap();
    let wanted = found[0].attachment.wanted(option, "1", "out".as_ref());
    fixture.downloads.queue.add(vec![wanted]);
    let state = popup.download_of(&found[0], &fixture.downloads);
    assert!(matches!(
        state.map(|item| &item.state),
        Some(State::Waiting)
    ));
    assert!(words(&popup, &mut fixture).contains(&("w", "downloads")));
    let outcome = fixture.keys(&mut popup, "w");
    assert_requests(&outcome, vec![Request::Open(PopupRequest::Downloads)]);
}

#[test]
fn an_address_is_opened_where_there_is_one() {
    let (mut fixture, mut popup, _) = two_files();
    let outcome = fixture.keys(&mut popup, "o");
    assert_effects(&outcome, vec![]);
    assert!(said(&outcome).starts_with("This file has no address"));
    let outcome = fixture.keys(&mut popup, "jo");
    let open = Effect::Open("https://example.com/b".to_owned());
    assert_effects(&outcome, vec![open]);
}

#[test]
fn enter_goes_to_where_the_file_is_named() {
    let (mut fixture, mut popup, found) = two_files();
    let outcome = fixture.keys(&mut popup, "j\r");
    let (page, node) = (found[1].page, found[1].attachment.node);
    let expected = vec![
        Request::Close,
        Request::Focus(Pane::Reply),
        Request::Reply(ReplyRequest::GoToValue(page, node)),
    ];
    assert_requests(&outcome, expected);
}

#[test]
fn an_empty_list_does_nothing_and_the_key_that_opens_it_closes_it() {
    let mut fixture = Fixture::new();
    let mut popup = Attachments::of_record(Arc::default(), "1".to_owned());
    let outcome = fixture.keys(&mut popup, " o\rj");
    assert_requests(&outcome, vec![]);
    assert_requests(
        &fixture.keys(&mut popup, "d"),
        vec![download(&[], SpentMarks::None)],
    );
    for key in ["a", "q"] {
        assert_requests(&fixture.keys(&mut popup, key), vec![Request::Close]);
    }
}
