//! The ledger of pages.

use super::{Fixture, assert_requests, body, issues, said};
use crate::app::popups::ledger::Ledger;
use crate::app::requests::{DecoderRequest, PopupRequest, ReplyRequest, Request};
use crate::app::widgets::focus::Pane;
use crate::domain::call::JsonText;
use crate::paging::Outcome;

/// Makes two pages, the first of which leads to the second by a token.
fn two_pages() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.add_pages(&[&body(&[1], r#""t2""#), &body(&[2], "null")]);
    fixture
}

fn ledger(fixture: &mut Fixture) -> Ledger {
    fixture.with(|_, panes| Ledger::open(panes)).0.unwrap()
}

fn go_to_page(page: usize) -> Vec<Request> {
    vec![
        Request::Close,
        Request::Focus(Pane::Reply),
        Request::Reply(ReplyRequest::GoToPage(page)),
    ]
}

#[test]
fn it_opens_at_the_page_that_is_shown() {
    let mut fixture = two_pages();
    for page in 0..2 {
        fixture.reply.current = page;
        assert_eq!(ledger(&mut fixture).cursor.at, page);
    }
    fixture.reply.run = None;
    let (none, _) = fixture.with(|_, panes| Ledger::open(panes));
    assert!(none.is_none(), "there is nothing to list without a run");
}

#[test]
fn enter_and_l_go_to_the_page_of_the_row() {
    let mut fixture = two_pages();
    let mut popup = ledger(&mut fixture);
    assert_requests(&fixture.keys(&mut popup, "\r"), go_to_page(0));
    assert_requests(&fixture.keys(&mut popup, "jl"), go_to_page(1));
}

#[test]
fn a_call_that_brought_no_page_leads_nowhere() {
    let mut fixture = two_pages();
    // The second page has been dropped.
    fixture.reply.pages.truncate(1);
    let mut popup = ledger(&mut fixture);
    let outcome = fixture.keys(&mut popup, "j\r");
    assert_requests(&outcome, vec![]);
    assert_eq!(said(&outcome), "This call brought no page");
    let entries = fixture.reply.run.as_ref().unwrap().entries();
    assert_eq!(entries[1].outcome, Outcome::Page);
}

#[test]
fn the_token_of_a_row_is_decoded_that_received_before_that_sent() {
    let mut fixture = two_pages();
    let mut popup = ledger(&mut fixture);
    let decoder = |title: &str, call| {
        Request::Open(PopupRequest::Decoder(DecoderRequest {
            title: title.to_owned(),
            token: "t2".to_owned(),
            call: Some(call),
        }))
    };
    let received = decoder("`after` returned with page 1", issues());
    assert_requests(&fixture.keys(&mut popup, "D"), vec![received]);
    let second = issues().with("after", JsonText::parse(r#""t2""#).unwrap());
    let sent = decoder("`after` that was sent for page 2", second);
    assert_requests(&fixture.keys(&mut popup, "jD"), vec![sent]);
    let mut single = Fixture::new();
    single.add_pages(&[&body(&[1], "null")]);
    let mut popup = ledger(&mut single);
    let outcome = single.keys(&mut popup, "D");
    assert_requests(&outcome, vec![]);
    assert!(said(&outcome).starts_with("This page has no token"));
}

#[test]
fn the_key_that_opens_it_closes_it() {
    let mut fixture = two_pages();
    let mut popup = ledger(&mut fixture);
    for key in ["L", "q"] {
        assert_requests(&fixture.keys(&mut popup, key), vec![Request::Close]);
    }
    assert_requests(&fixture.keys(&mut popup, "F"), vec![]);
}
