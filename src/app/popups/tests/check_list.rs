//! The allowed items of an array.

use super::{Fixture, assert_requests};
use crate::app::popups::PopupState;
use crate::app::popups::check_list::{CheckList, ItemOrigin};
use crate::app::requests::{CheckListRequest, FormRequest, Request};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn list(chosen: &[&str]) -> CheckList {
    CheckList::open(CheckListRequest {
        name: "states".to_owned(),
        choices: words(&["1", "2", "3"]),
        chosen: words(chosen),
    })
}

#[test]
fn what_the_array_holds_is_checked_and_what_is_not_declared_comes_last() {
    let list = list(&["9", "2"]);
    let items: Vec<_> = list
        .items
        .iter()
        .map(|item| (item.json.as_str(), item.origin))
        .collect();
    assert_eq!(
        items,
        [
            ("1", ItemOrigin::Declared),
            ("2", ItemOrigin::Declared),
            ("3", ItemOrigin::Declared),
            ("9", ItemOrigin::Typed),
        ]
    );
    assert_eq!(list.checked(), ["2", "9"]);
}

#[test]
fn space_checks_and_goes_on_and_a_checks_all_or_none() {
    for (keys, checked) in [
        (" ", &["1", "2"][..]),
        ("j ", &[]),
        ("  j ", &["1", "3"]),
        ("  ", &["1"]),
        ("a", &["1", "2", "3"]),
        ("aa", &[]),
    ] {
        let mut list = list(&["2"]);
        assert_requests(&Fixture::new().keys(&mut list, keys), vec![]);
        assert_eq!(list.checked(), checked, "{keys:?}");
    }
}

#[test]
fn enter_keeps_and_e_goes_on_in_the_json_editor() {
    let form = |request| vec![Request::Close, Request::Form(request)];
    let mut fixture = Fixture::new();
    assert_requests(
        &fixture.keys(&mut list(&["2"]), " \r"),
        form(FormRequest::SetItems(
            "states".to_owned(),
            words(&["1", "2"]),
        )),
    );
    assert_requests(
        &fixture.keys(&mut list(&[]), "e"),
        form(FormRequest::EditAsJson("states".to_owned())),
    );
    assert_requests(&fixture.keys(&mut list(&[]), "q"), vec![Request::Close]);
    assert!(
        !list(&[]).leave_field(),
        "Esc closes it and changes nothing"
    );
}
