//! Texts to read, questions, and the name of a body.

use std::path::PathBuf;

use super::{Fixture, assert_effects, assert_requests, github, said};
use crate::app::effect::{Effect, LookupEffect};
use crate::app::ids::TaskId;
use crate::app::popups::PopupState;
use crate::app::popups::body::{BodyPopup, CallEffect};
use crate::app::popups::confirm::ConfirmPopup;
use crate::app::popups::details::Details;
use crate::app::popups::save_as::SaveAs;
use crate::app::popups::text::TextPopup;
use crate::app::requests::{
    BodyRequest, Confirm, ConfirmedAction, FormRequest, Layout, ReplyRequest, Request, TextRequest,
};
use crate::app::session::Session;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::load::Load;
use crate::app::widgets::notice::Notice;
use crate::domain::call::{Call, JsonText};
use crate::domain::connector::{Inspection, StoreState};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::secret::Secret;
use crate::json::body::Body;

fn text() -> TextPopup {
    TextPopup::new(TextRequest {
        title: "A text".to_owned(),
        text: "words".to_owned(),
        layout: Layout::Wrapped,
    })
}

#[test]
fn enter_and_q_close_a_text() {
    let mut fixture = Fixture::new();
    for key in ["\r", "q"] {
        let outcome = fixture.keys(&mut text(), key);
        assert_requests(&outcome, vec![Request::Close]);
    }
    assert_requests(&fixture.keys(&mut text(), "xL!y"), vec![]);
}

#[test]
fn a_text_scrolls_by_the_keys_of_lists_and_stops_at_its_ends() {
    let mut fixture = Fixture::new();
    let mut popup = text();
    let mut top_after = |keys: &str| {
        fixture.keys(&mut popup, keys);
        fixture.fit(&mut popup, 10, 100);
        popup.top
    };
    assert_eq!(top_after("jjk"), 1);
    assert_eq!(top_after("G"), 90);
    assert_eq!(top_after("j"), 90);
    assert_eq!(top_after("g"), 0);
    assert_eq!(top_after("k"), 0);
    assert_eq!(top_after("↓↓"), 2);
}

#[test]
fn a_failure_is_shown_with_its_details_and_not_twice() {
    let mut fixture = Fixture::new();
    let (none, _) = fixture.with(|_, panes| TextPopup::message(panes));
    assert!(none.is_none(), "nothing was said");
    let failure = Failure {
        detail: Some("the details".to_owned()),
        hint: Some("the hint".to_owned()),
        ..Failure::new(FailureKind::Network, "no connection")
    };
    fixture.last = Some(Notice::failure(&failure));
    fixture.failure = Some(failure);
    let (popup, _) = fixture.with(|_, panes| TextPopup::message(panes).unwrap());
    assert_eq!(popup.text, "no connection\n\nthe details\n\nthe hint");
    // Where the status line only points to the pane, this is whole all the same.
    let last = fixture.last.clone().unwrap();
    fixture.last = Some(Notice {
        text: "The pane shows why".to_owned(),
        hint: None,
        ..last
    });
    let (popup, _) = fixture.with(|_, panes| TextPopup::message(panes).unwrap());
    assert_eq!(popup.text, "no connection\n\nthe details\n\nthe hint");
    fixture.last = Some(Notice::info("Copied"));
    let (popup, _) = fixture.with(|_, panes| TextPopup::message(panes).unwrap());
    assert_eq!(
        popup.text,
        "Copied\n\nThe last failure: no connection\n\nthe details\n\nthe hint"
    );
}

#[test]
fn calls_are_counted_by_connector_and_in_all() {
    let mut fixture = Fixture::new();
    fixture.session.count_call(Some("1"));
    fixture.session.count_call(Some("1"));
    fixture.session.count_call(None);
    fixture.session.setup.max_calls = Some(5);
    let text = TextPopup::calls(&fixture.session).text;
    let counts: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, count)| (name.trim(), count))
        .take(3)
        .collect();
    assert_eq!(
        counts,
        [("Hub", "2"), ("no longer known", "1"), ("in all", "3")]
    );
    assert!(text.ends_with("--max-calls allows 5.\n"), "{text}");
}

fn details(fixture: &mut Fixture) -> Option<Details> {
    fixture.with(Details::open).0
}

fn refresh(fixture: &mut Fixture, details: &mut Details) {
    let session = fixture.session.clone();
    fixture.with(|_, panes| details.refresh(&session, panes));
}

#[test]
fn details_are_those_of_the_connector_under_the_cursor() {
    let mut fixture = Fixture::new();
    fixture.choose_github();
    let details = details(&mut fixture).unwrap();
    assert_eq!(details.shown.title, "Hub");
    assert!(details.shown.text.contains("definition    d1\n"));
    assert!(details.shown.text.contains("mode          not known\n"));
    assert!(details.shown.text.contains("is being inspected"));
    fixture.session.connectors.clear();
    assert!(self::details(&mut fixture).is_none());
}

#[test]
fn details_are_completed_while_they_are_open() {
    let mut fixture = Fixture::new();
    fixture.choose_github();
    let mut popup = details(&mut fixture).unwrap();
    fixture.keys(&mut popup, "j");
    fixture.request.form.inspection = Load::Ready(Inspection {
        warnings: vec!["half of it".to_owned()],
        ..Inspection::default()
    });
    fixture.session.connectors[0].store = Some(StoreState::Ready);
    refresh(&mut fixture, &mut popup);
    assert!(popup.shown.text.contains("warning       half of it\n"));
    assert!(!popup.shown.text.contains("is being inspected"));
    let store = format!("Context Store {}\n", StoreState::Ready.label());
    assert!(popup.shown.text.contains(&store), "{}", popup.shown.text);
    assert_eq!(popup.shown.top, 1, "it is not scrolled back");
}

#[test]
fn details_of_a_connector_that_is_not_chosen_change_nothing_and_ask_for_its_context_store() {
    let mut fixture = Fixture::new();
    let (popup, outcome) = fixture.with(Details::open);
    let mut popup = popup.unwrap();
    let task = popup.loads()[0].running().unwrap();
    let connector_id = "1".to_owned();
    let inspect = Effect::Lookup(LookupEffect::Inspect { task, connector_id });
    assert_effects(&outcome, vec![inspect]);
    assert!(popup.shown.text.contains("bundled so far"));
    let result = Ok(Inspection {
        warnings: vec!["half of it".to_owned()],
        ..Inspection::default()
    });
    popup.inspected(TaskId(task.0 + 1), &result);
    refresh(&mut fixture, &mut popup);
    assert!(popup.shown.text.contains("is being inspected"));
    popup.inspected(task, &result);
    refresh(&mut fixture, &mut popup);
    assert!(popup.shown.text.contains("warning       half of it\n"));
}

#[test]
fn details_say_why_the_context_store_is_not_known() {
    let mut fixture = Fixture::new();
    let mut popup = details(&mut fixture).unwrap();
    let task = popup.loads()[0].running().unwrap();
    let failure = Failure::new(FailureKind::Network, "No \u{1b}answer");
    popup.inspected(task, &Err(failure));
    refresh(&mut fixture, &mut popup);
    assert!(popup.shown.text.contains("\nNo "), "{}", popup.shown.text);
    assert!(!popup.shown.text.contains('\u{1b}'));
}

#[test]
fn details_keep_their_connector_when_another_form_is_shown() {
    let mut fixture = Fixture::new();
    fixture.choose_github();
    let mut popup = details(&mut fixture).unwrap();
    let mut other = github();
    other.id = "2".to_owned();
    fixture.request.form = crate::app::request::form::Form::of(other);
    fixture.session.connectors[0].mode = Some("DIRECT".to_owned());
    refresh(&mut fixture, &mut popup);
    assert!(popup.shown.text.contains("mode          DIRECT\n"));
}

#[test]
fn details_are_closed_as_a_text() {
    let mut fixture = Fixture::new();
    fixture.choose_github();
    let mut popup = details(&mut fixture).unwrap();
    for key in ["\r", "q"] {
        let outcome = fixture.keys(&mut popup, key);
        assert_requests(&outcome, vec![Request::Close]);
    }
}

fn question(action: ConfirmedAction) -> ConfirmPopup {
    let confirm = Confirm {
        question: "Sure?".to_owned(),
        body: String::new(),
        action,
    };
    ConfirmPopup::new(confirm, &Session::default())
}

fn overwrite() -> ConfirmedAction {
    ConfirmedAction::Overwrite(
        PathBuf::from("a.json"),
        Body::from(bytes::Bytes::from_static(b"{}")),
    )
}

#[test]
fn a_yes_closes_the_question_and_does_it() {
    let mut fixture = Fixture::new();
    for key in ["y", "\r"] {
        let outcome = fixture.keys(&mut question(ConfirmedAction::Quit), key);
        let quit = Request::Confirmed(ConfirmedAction::Quit);
        assert_requests(&outcome, vec![Request::Close, quit]);
    }
}

#[test]
fn enter_answers_no_question_that_opens_by_itself() {
    let mut fixture = Fixture::new();
    for action in [overwrite(), ConfirmedAction::ReadOn(TaskId(3))] {
        let mut popup = question(action.clone());
        assert_requests(&fixture.keys(&mut popup, "\r"), vec![]);
        let outcome = fixture.keys(&mut popup, "y");
        let confirmed = Request::Confirmed(action);
        assert_requests(&outcome, vec![Request::Close, confirmed]);
    }
}

#[test]
fn a_no_closes_the_question_and_ends_a_reply_that_is_not_wanted() {
    let mut fixture = Fixture::new();
    for key in ["n", "q"] {
        let outcome = fixture.keys(&mut question(overwrite()), key);
        assert_requests(&outcome, vec![Request::Close]);
        let read_on = ConfirmedAction::ReadOn(TaskId(3));
        let outcome = fixture.keys(&mut question(read_on), key);
        let cancel = Request::Reply(ReplyRequest::Cancel);
        assert_requests(&outcome, vec![cancel, Request::Close]);
    }
}

#[test]
fn a_question_about_a_change_has_the_body_to_scroll_without_secrets() {
    let mut fixture = Fixture::new();
    fixture
        .session
        .setup
        .scrubber
        .learn(&Secret::new("t0ken-t0ken-t0ken"));
    let call =
        Call::new("1", "issues", "create").with("title", JsonText::string("t0ken-t0ken-t0ken"));
    let confirm = |action| {
        let confirm = Confirm {
            question: "Create an issue in `GitHub`?".to_owned(),
            body: String::new(),
            action,
        };
        ConfirmPopup::new(confirm, &fixture.session)
    };
    let mut popup = confirm(ConfirmedAction::Send(Box::new(call.clone())));
    assert_eq!(popup.effect(), CallEffect::Changes);
    let sent = popup.sent.clone().unwrap();
    assert!(sent.text(sent.root().unwrap()).contains(r#""title":"…""#));
    let read = confirm(ConfirmedAction::Send(Box::new(super::issues())));
    assert!(read.sent.is_none() && read.effect() == CallEffect::Reads);
    let body = BodyRequest {
        call: Box::new(call),
        note: String::new(),
    };
    let body = BodyPopup::open(body, &fixture.session);
    assert_eq!(body.effect, CallEffect::Changes);
    assert!(
        body.title.starts_with("Create an issue in `"),
        "{}",
        body.title
    );
    assert!(
        body.body
            .text(body.body.root().unwrap())
            .contains(r#""title":"…""#)
    );
    // Keys that move scroll, and answer nothing.
    assert_requests(&fixture.keys(&mut popup, "jj"), vec![]);
    assert_eq!(popup.top, 2);
    fixture.with(|_, panes| popup.fit(10, 11, panes));
    assert_eq!(popup.top, 1);
}

#[test]
fn a_no_to_sending_without_a_parameter_goes_to_its_row() {
    let mut fixture = Fixture::new();
    let call = super::issues();
    let without = ConfirmedAction::SendWithout(Box::new(call.clone()), vec!["owner".to_owned()]);
    let outcome = fixture.keys(&mut question(without), "n");
    let go = Request::Form(FormRequest::GoToRow {
        connector_id: call.connector_id,
        entity: call.entity,
        action: call.action,
        row: "owner".to_owned(),
    });
    assert_requests(
        &outcome,
        vec![go, Request::Focus(Pane::Request), Request::Close],
    );
}

#[test]
fn only_the_question_of_an_ended_call_is_stale() {
    let mut fixture = Fixture::new();
    fixture.reply.load.start(TaskId(3));
    let is_stale = |fixture: &mut Fixture, action| {
        let popup = question(action);
        fixture.with(|_, panes| popup.is_stale(panes)).0
    };
    assert!(!is_stale(&mut fixture, ConfirmedAction::ReadOn(TaskId(3))));
    assert!(is_stale(&mut fixture, ConfirmedAction::ReadOn(TaskId(2))));
    fixture.reply.load.cancel();
    assert!(is_stale(&mut fixture, ConfirmedAction::ReadOn(TaskId(3))));
    assert!(!is_stale(&mut fixture, ConfirmedAction::Quit));
    assert!(!is_stale(&mut fixture, overwrite()));
}

fn save_as(fixture: &mut Fixture) -> SaveAs {
    let session = fixture.session.clone();
    fixture.with(|_, panes| SaveAs::open(&session, panes)).0
}

#[test]
fn a_body_has_a_name_to_begin_with() {
    let mut fixture = Fixture::new();
    assert_eq!(save_as(&mut fixture).input.text(), "reply.json");
    fixture.add_pages(&[&super::body(&[1], "null")]);
    assert_eq!(
        save_as(&mut fixture).input.text(),
        "github-issues-list-2026-05-01.json"
    );
}

#[test]
fn enter_saves_under_the_name_in_the_folder() {
    let mut fixture = Fixture::new();
    let mut popup = save_as(&mut fixture);
    let outcome = fixture.keys(&mut popup, "l\r");
    let to = PathBuf::from("/saved/reply.jsonl");
    let save = Request::Reply(ReplyRequest::SaveAs(to));
    assert_requests(&outcome, vec![Request::Close, save]);
}

#[test]
fn a_body_without_a_name_is_not_saved() {
    let mut fixture = Fixture::new();
    let mut popup = save_as(&mut fixture);
    let erase = "\u{8}".repeat("reply.json".len());
    let outcome = fixture.keys(&mut popup, &format!("{erase} \r"));
    assert_requests(&outcome, vec![Request::Close]);
    assert_eq!(said(&outcome), "");
}

#[test]
fn a_name_can_be_pasted_and_q_is_a_letter() {
    let mut fixture = Fixture::new();
    let mut popup = save_as(&mut fixture);
    assert_requests(&fixture.keys(&mut popup, "q"), vec![]);
    popup.paste(".gz\n");
    assert_eq!(popup.input.text(), "reply.jsonq.gz");
}
