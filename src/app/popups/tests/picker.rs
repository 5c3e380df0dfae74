//! A list to choose from.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Fixture, assert_requests};
use crate::app::popups::PopupState;
use crate::app::popups::picker::{Offer, Picker};
use crate::app::requests::{Choices, FormRequest, FreeText, Item, ReplyRequest, Request};

fn set(entity: &str) -> Request {
    Request::Form(FormRequest::SetEntity(entity.to_owned()))
}

fn choices(labels: &[&str]) -> Choices {
    let item = |label: &&str| Item {
        label: (*label).to_owned(),
        about: format!("about {label}"),
        request: set(label),
    };
    Choices::new("Entity", labels.iter().map(item).collect())
}

fn labels(picker: &Picker) -> Vec<&str> {
    let matches = picker.matches.iter();
    matches
        .map(|index| picker.items[*index].label.as_str())
        .collect()
}

#[test]
fn enter_closes_the_list_and_does_what_the_item_says() {
    let mut fixture = Fixture::new();
    let mut picker = Picker::new(choices(&["issues", "comments"]).at("comments"));
    let outcome = fixture.keys(&mut picker, "\r");
    assert_requests(&outcome, vec![Request::Close, set("comments")]);
    let outcome = fixture.keys(&mut picker, "↑\r");
    assert_requests(&outcome, vec![Request::Close, set("issues")]);
}

#[test]
fn typing_filters_and_selects_the_best_match() {
    let mut fixture = Fixture::new();
    let mut picker = Picker::new(choices(&["issues", "comments", "commits"]).at("commits"));
    fixture.keys(&mut picker, "co mm");
    assert_eq!(labels(&picker), ["comments", "commits"]);
    assert_eq!(picker.cursor.at, 0);
    // A key that changes nothing keeps the selection.
    fixture.keys(&mut picker, "↓");
    let end = KeyEvent::new(KeyCode::End, KeyModifiers::NONE);
    fixture.with(|context, panes| picker.key(end, context, panes));
    assert_eq!(picker.cursor.at, 1);
    let outcome = fixture.keys(&mut picker, "\r");
    assert_requests(&outcome, vec![Request::Close, set("commits")]);
}

#[test]
fn what_is_typed_in_full_is_meant() {
    let mut fixture = Fixture::new();
    let mut picker = Picker::new(choices(&["issue", "issues"]));
    fixture.keys(&mut picker, "issue");
    assert_eq!(labels(&picker), ["issue", "issues"]);
    // The arrow does not count against a name that is typed in full.
    let outcome = fixture.keys(&mut picker, "↓\r");
    assert_requests(&outcome, vec![Request::Close, set("issue")]);
}

#[test]
fn a_text_that_matches_nothing_counts_only_where_that_is_allowed() {
    let mut fixture = Fixture::new();
    let mut closed = Picker::new(choices(&["issues"]));
    assert_requests(&fixture.keys(&mut closed, "xyz\r"), vec![]);
    let mut free = Picker::new(choices(&["issues"]).with_free(FreeText::Entity));
    let outcome = fixture.keys(&mut free, " xyz \r");
    assert_requests(&outcome, vec![Request::Close, set("xyz")]);
    let mut empty = Picker::new(choices(&[]).with_free(FreeText::Entity));
    assert_requests(&fixture.keys(&mut empty, "  \r"), vec![]);
}

#[test]
fn what_begins_like_a_path_is_a_path_whatever_matches() {
    let mut fixture = Fixture::new();
    let mut picker = Picker::new(choices(&[".id", "id"]).with_free(FreeText::Path));
    let outcome = fixture.keys(&mut picker, ".id\r");
    let go_to = Request::Reply(ReplyRequest::GoToPath(".id".to_owned()));
    assert_requests(&outcome, vec![Request::Close, go_to]);
}

#[test]
fn letters_are_typed_and_control_letters_move() {
    let mut fixture = Fixture::new();
    let mut picker = Picker::new(choices(&["j1", "j2", "j3"]));
    fixture.keys(&mut picker, "j");
    assert_eq!((picker.input.text().as_str(), picker.cursor.at), ("j", 0));
    for (key, at) in [('n', 1), ('n', 2), ('n', 2), ('p', 1)] {
        let event = KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL);
        fixture.with(|context, panes| picker.key(event, context, panes));
        assert_eq!(picker.cursor.at, at);
    }
    assert_eq!(picker.input.text(), "j");
}

#[test]
fn a_window_down_keeps_a_line_in_sight() {
    let mut fixture = Fixture::new();
    let names: Vec<String> = (0..30).map(|number| format!("e{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut picker = Picker::new(choices(&names));
    let down = KeyEvent::new(KeyCode::PageDown, KeyModifiers::NONE);
    fixture.with(|context, panes| picker.key(down, context, panes));
    assert_eq!(picker.cursor.at, fixture.session.popup_height - 1);
    fixture.fit(&mut picker, 5, 30);
    assert_eq!(picker.cursor.top, 6);
}

#[test]
fn breaks_of_what_is_pasted_become_blanks() {
    let mut picker = Picker::new(choices(&["issues", "comments"]));
    picker.paste("co\nmm\n");
    assert_eq!(picker.input.text(), "co mm");
    assert_eq!(labels(&picker), ["comments"]);
}

#[test]
fn a_mistyped_name_is_offered_beside_what_was_typed() {
    let mut fixture = Fixture::new();
    let free = choices(&["issues", "comments"]).with_free(FreeText::Entity);
    let mut picker = Picker::new(free);
    fixture.keys(&mut picker, "isseus");
    assert_eq!(labels(&picker), Vec::<&str>::new());
    assert_eq!(picker.offers, [Offer::Typed, Offer::Similar(0)]);
    let outcome = fixture.keys(&mut picker, "\r");
    assert_requests(&outcome, vec![Request::Close, set("isseus")]);
    let outcome = fixture.keys(&mut picker, "↓\r");
    assert_requests(&outcome, vec![Request::Close, set("issues")]);
    // Where only the items count, the similar one is the only row.
    let mut picker = Picker::new(choices(&["issues", "comments"]));
    fixture.keys(&mut picker, "isseus");
    assert_eq!(picker.offers, [Offer::Similar(0)]);
    let outcome = fixture.keys(&mut picker, "\r");
    assert_requests(&outcome, vec![Request::Close, set("issues")]);
    fixture.keys(&mut picker, "xyz");
    assert_eq!(picker.offers, []);
}

#[test]
fn what_was_typed_can_be_taken_below_what_matches() {
    let mut fixture = Fixture::new();
    let free = choices(&["issues", "comments"]).with_free(FreeText::Entity);
    let mut picker = Picker::new(free);
    fixture.keys(&mut picker, "issue");
    assert_eq!(labels(&picker), ["issues"]);
    assert_eq!(picker.offers, [Offer::Typed]);
    let outcome = fixture.keys(&mut picker, "\r");
    assert_requests(&outcome, vec![Request::Close, set("issues")]);
    let outcome = fixture.keys(&mut picker, "↓\r");
    assert_requests(&outcome, vec![Request::Close, set("issue")]);
    // A name that is typed in full needs no second row.
    fixture.keys(&mut picker, "s");
    assert_eq!(picker.offers, []);
}
