//! A token and its layers.

use super::{Fixture, assert_effects, assert_requests, issues, params, said, token_profile};
use crate::app::context::{Outcome, Step};
use crate::app::effect::Effect;
use crate::app::popups::decoder::Decoder;
use crate::app::requests::{DecoderRequest, FormRequest, Request, SelectedRow};
use crate::app::widgets::focus::Pane;
use crate::domain::call::Call;
use crate::paging::Remembered;

/// `{"page":2}` in base64.
const TOKEN: &str = "eyJwYWdlIjoyfQ==";

fn open(fixture: &mut Fixture, token: &str, call: Option<Call>) -> (Decoder, Outcome) {
    let request = DecoderRequest {
        title: "A token".to_owned(),
        token: token.to_owned(),
        call,
    };
    fixture.with(|context, _| Decoder::open(request, context))
}

/// Lets the operation page by the token `after`.
fn remember_after(fixture: &mut Fixture) {
    let remembered = Remembered {
        user: Some(token_profile()),
        ..Remembered::default()
    };
    let profiles = &mut fixture.session.profiles;
    profiles.set("d1", &issues(), remembered);
}

#[test]
fn the_innermost_layer_is_selected() {
    let mut fixture = Fixture::new();
    let (popup, outcome) = open(&mut fixture, TOKEN, None);
    let deepest = popup.layers.iter().map(|layer| layer.depth).max();
    assert!(deepest > Some(0));
    assert_eq!(Some(popup.layers[popup.cursor.at].depth), deepest);
    assert!(outcome.notice.is_none());
    let (popup, outcome) = open(&mut fixture, "plain words", None);
    assert_eq!((popup.layers.len(), popup.cursor.at), (1, 0));
    assert_eq!(said(&outcome), "Nothing is encoded in this value");
}

#[test]
fn enter_and_y_copy_the_selected_layer() {
    let mut fixture = Fixture::new();
    for key in ["g\r", "gy"] {
        let (mut popup, _) = open(&mut fixture, TOKEN, None);
        let outcome = fixture.keys(&mut popup, key);
        let copy = Effect::Copy {
            text: TOKEN.to_owned(),
            what: format!("the layer {}", popup.layers[0].name),
        };
        assert_effects(&outcome, vec![copy]);
    }
}

#[test]
fn a_layer_is_filled_into_the_request_of_its_call() {
    let mut fixture = Fixture::new();
    remember_after(&mut fixture);
    let mut call = issues();
    call.params = params(r#"{"owner":"acme"}"#);
    let (mut popup, _) = open(&mut fixture, TOKEN, Some(call.clone()));
    let outcome = fixture.keys(&mut popup, "gs");
    let [
        Step::Request(Request::CloseAll),
        Step::Request(Request::Focus(Pane::Request)),
        Step::Request(Request::Form(FormRequest::Fill(prefill))),
    ] = outcome.steps.as_slice()
    else {
        panic!("{:?}", outcome.steps)
    };
    assert_eq!((&*prefill.entity, &*prefill.action), ("issues", "list"));
    assert_eq!(prefill.params, call.params);
    let typed = ("after".to_owned(), TOKEN.to_owned());
    assert_eq!(prefill.typed, Some(typed));
    assert_eq!(prefill.row, SelectedRow::Named("after".to_owned()));
    let notice = prefill.notice.as_ref().map_or("", |notice| &notice.text);
    assert!(notice.contains("F5 sends from here"), "{notice}");
}

#[test]
fn what_cannot_be_filled_in_says_why() {
    let mut fixture = Fixture::new();
    let why = |call: Option<Call>, fixture: &mut Fixture| {
        let (mut popup, _) = open(fixture, TOKEN, call);
        let outcome = fixture.keys(&mut popup, "s");
        assert_requests(&outcome, vec![]);
        said(&outcome).to_owned()
    };
    let words = why(None, &mut fixture);
    assert_eq!(words, "There is no request that this value belongs to");
    let unknown = Call::new("1", "nothing", "get");
    let words = why(Some(unknown), &mut fixture);
    assert!(words.starts_with("No parameter is known"), "{words}");
    remember_after(&mut fixture);
    fixture.session.connectors.clear();
    fixture.add_pages(&[&super::body(&[1], r#""t2""#)]);
    let words = why(Some(issues()), &mut fixture);
    assert!(words.ends_with("is not in the list any more"), "{words}");
}

#[test]
fn the_key_that_opens_it_closes_it() {
    let mut fixture = Fixture::new();
    let (mut popup, _) = open(&mut fixture, TOKEN, None);
    for key in ["D", "q"] {
        assert_requests(&fixture.keys(&mut popup, key), vec![Request::Close]);
    }
}
