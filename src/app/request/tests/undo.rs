//! Taking back changes of the form.

use crossterm::event::KeyCode;
use proptest::prelude::*;

use super::super::form::Value;
use super::{
    body, fill, go_to, handle, issues, operation, perform, prefill, press, row, set, string, text,
    type_into,
};
use crate::app::command::RequestCommand;
use crate::app::request::RequestPane;
use crate::app::requests::FormRequest;
use crate::app::testing::session;

fn undo(pane: &mut RequestPane) -> String {
    perform(pane, RequestCommand::Undo).said().to_owned()
}

fn can_undo(pane: &RequestPane) -> bool {
    pane.can(RequestCommand::Undo, &session()).is_ok()
}

#[test]
fn the_last_change_is_taken_back_and_then_the_one_before() {
    let mut pane = issues();
    type_into(&mut pane, "owner", "acme");
    type_into(&mut pane, "fields", "[\"id\"]");
    go_to(&mut pane, "owner");
    perform(&mut pane, RequestCommand::SetNull);
    perform(&mut pane, RequestCommand::Reset);
    for (said, name, expected) in [
        (
            "Taken back: the change of 2 values",
            "owner",
            r#"{"owner":null,"fields":["id"]}"#,
        ),
        (
            "Taken back: the change of `owner`",
            "owner",
            r#"{"owner":"acme","fields":["id"]}"#,
        ),
        (
            "Taken back: the change of `fields`",
            "fields",
            r#"{"owner":"acme"}"#,
        ),
        ("Taken back: the change of `owner`", "owner", "{}"),
    ] {
        assert!(can_undo(&pane));
        assert_eq!(undo(&mut pane), said);
        assert_eq!(body(&pane), expected);
        assert_eq!(pane.form.selected().unwrap().name(), name);
    }
    assert_eq!(
        pane.can(RequestCommand::Undo, &session()),
        Err("There is no change of this request to take back".into())
    );
}

#[test]
fn what_is_kept_is_bounded_in_number_and_in_bytes() {
    let mut pane = issues();
    let value = |pane: &mut RequestPane, text: String| {
        let request = FormRequest::SetValue("owner".to_owned(), text);
        handle(pane, &session(), request);
    };
    for at in 0..150 {
        value(&mut pane, at.to_string());
    }
    assert_eq!(pane.form.past.len(), 100);
    for at in 0..4 {
        value(&mut pane, at.to_string().repeat(10 << 20));
    }
    assert!(pane.form.past.len() < 3);
    undo(&mut pane);
    assert_eq!(row(&pane, "owner").value, text(&"2".repeat(10 << 20)));
}

#[test]
fn what_changed_nothing_is_not_taken_back() {
    let mut pane = issues();
    type_into(&mut pane, "owner", "acme");
    go_to(&mut pane, "owner");
    perform(&mut pane, RequestCommand::Edit);
    press(&mut pane, KeyCode::Enter);
    go_to(&mut pane, "repo");
    perform(&mut pane, RequestCommand::Unset);
    undo(&mut pane);
    assert_eq!(body(&pane), "{}");
    assert!(!can_undo(&pane));
}

#[test]
fn another_operation_and_a_request_that_was_filled_in_are_taken_back() {
    let mut pane = issues();
    set(&mut pane, "owner", text("acme"));
    handle(
        &mut pane,
        &session(),
        FormRequest::SetEntity("comments".to_owned()),
    );
    go_to(&mut pane, "owner");
    perform(&mut pane, RequestCommand::Unset);
    fill(&mut pane, prefill(r#"{"number":7}"#));
    assert_eq!(
        undo(&mut pane),
        "Taken back: the operation is `comments list` again"
    );
    assert_eq!(body(&pane), "{}");
    undo(&mut pane);
    assert_eq!(body(&pane), r#"{"owner":"acme"}"#);
    assert_eq!(
        undo(&mut pane),
        "Taken back: the operation is `issues list` again"
    );
    assert_eq!(body(&pane), r#"{"owner":"acme"}"#);
}

#[test]
fn a_parameter_that_was_added_is_taken_back_and_what_was_described_meanwhile_stays() {
    let mut pane = issues();
    type_into(&mut pane, "+ parameter", "cursor=abc");
    pane.form
        .described(vec![operation("issues", "list", &[string("tenant")])]);
    assert_eq!(undo(&mut pane), "Taken back: the change of `cursor`");
    assert_eq!(body(&pane), "{}");
    assert_eq!(row(&pane, "tenant").value, Value::Unset);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_change_is_taken_back_in_turn(changes in prop::collection::vec((0usize..6, 0usize..12, "[a-z]{0,2}"), 1..12)) {
        let mut pane = issues();
        let mut calls = vec![pane.form.call()];
        for (change, at, word) in changes {
            pane.form.cursor.at = 2 + at % (pane.form.rows.len() - 2);
            match change {
                0 => drop(perform(&mut pane, RequestCommand::Unset)),
                1 => drop(perform(&mut pane, RequestCommand::Reset)),
                2 => drop(handle(&mut pane, &session(), FormRequest::SetEntity("comments".to_owned()))),
                3 => drop(handle(&mut pane, &session(), FormRequest::SetEntity("issues".to_owned()))),
                _ => {
                    let name = pane.form.selected().unwrap().name().to_owned();
                    drop(handle(&mut pane, &session(), FormRequest::SetValue(name, word)));
                }
            }
            if calls.len() <= pane.form.past.len() {
                calls.push(pane.form.call());
            }
        }
        for expected in calls.into_iter().rev().skip(1) {
            perform(&mut pane, RequestCommand::Undo);
            prop_assert_eq!(pane.form.call(), expected);
        }
        prop_assert!(!can_undo(&pane));
    }
}
