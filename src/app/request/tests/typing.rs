//! Typing in a row and in the editors.

use crossterm::event::{KeyCode, KeyModifiers};

use super::super::RequestPane;
use super::super::form::{Editor, Value};
use super::{
    body, broken, go_to, handle, issues, pane_at, perform, press, press_with, row, set, text,
};
use crate::app::command::RequestCommand;
use crate::app::effect::{Draft, DraftFormat, Effect};
use crate::app::requests::{FormRequest, PopupRequest, Request};
use crate::app::testing::{Acted, act, session};

/// Begins to edit the row of a name.
fn edit(pane: &mut RequestPane, name: &str) {
    go_to(pane, name);
    perform(pane, RequestCommand::Edit);
}

/// Returns the name of the row that is edited, and how.
fn edited(pane: &RequestPane) -> Option<(&str, Editor)> {
    let editing = pane.form.editing.as_ref()?;
    Some((pane.form.rows[editing.row].name(), editing.editor))
}

// Pasted text.

#[test]
fn a_paste_of_several_lines_is_taken_whole() {
    for pasted in [
        "SELECT Id, Name\nFROM Account\nWHERE CreatedDate = TODAY\n",
        "Hello team,\n\nthe deploy is delayed until 5.\n",
        "\nbegins with an empty line\n",
    ] {
        for sent in [pasted.to_owned(), pasted.replace('\n', "\r\n")] {
            let mut pane = pane_at("comments", "create");
            edit(&mut pane, "body");
            pane.paste(&sent);
            pane.commit();
            let expected = serde_json::json!({ "body": pasted }).to_string();
            assert_eq!(body(&pane), expected);
        }
    }
}

#[test]
fn breaks_become_blanks_where_no_line_can_break() {
    for (name, pasted, params) in [
        ("per_page", "25\n", r#"{"per_page":25}"#),
        ("owner", "acme\r\ninc", r#"{"owner":"acme\ninc"}"#),
        ("+ parameter", "note=a\nb", r#"{"note":"a\nb"}"#),
    ] {
        let mut pane = issues();
        edit(&mut pane, name);
        pane.paste(pasted);
        pane.commit();
        assert_eq!(body(&pane), params, "{name}");
    }
}

#[test]
fn a_longer_text_of_several_lines_has_an_editor_of_its_own() {
    let long = format!("{}\n", "x".repeat(80));
    let wide = "x".repeat(500);
    for (value, editor) in [
        ("a\nb\nc\n", Editor::Line),
        (wide.as_str(), Editor::Line),
        ("a\nb\nc\nd\ne\nf", Editor::Text),
        (long.as_str(), Editor::Text),
    ] {
        let mut pane = issues();
        edit(&mut pane, "owner");
        pane.paste(value);
        assert_eq!(edited(&pane), Some(("owner", editor)), "pasted: {value}");
        pane.leave_editor();
        set(&mut pane, "owner", text(value));
        edit(&mut pane, "owner");
        assert_eq!(edited(&pane), Some(("owner", editor)), "opened: {value}");
    }
}

// Keys.

#[test]
fn enter_and_tab_keep_and_esc_gives_the_old_value_back() {
    for (key, value, next) in [
        (KeyCode::Enter, "acme2", None),
        (KeyCode::Tab, "acme2", Some("repo")),
        (KeyCode::Esc, "acme", None),
    ] {
        let mut pane = issues();
        set(&mut pane, "owner", text("acme"));
        edit(&mut pane, "owner");
        press(&mut pane, KeyCode::Char('2'));
        if key == KeyCode::Esc {
            pane.leave_editor();
        } else {
            press(&mut pane, key);
        }
        assert_eq!(row(&pane, "owner").value, text(value), "{key:?}");
        assert_eq!(edited(&pane).map(|(name, _)| name), next, "{key:?}");
    }
}

#[test]
fn tab_goes_on_to_edit_the_next_row_and_shift_tab_the_one_before() {
    let mut pane = issues();
    edit(&mut pane, "repo");
    press_with(&mut pane, KeyCode::BackTab, KeyModifiers::SHIFT);
    assert_eq!(edited(&pane), Some(("owner", Editor::Line)));
    let acted = press_with(&mut pane, KeyCode::BackTab, KeyModifiers::SHIFT);
    assert!(edited(&pane).is_none());
    assert!(
        matches!(acted.requests.as_slice(), [Request::Open(PopupRequest::Choices(choices))]
        if choices.title == "Action")
    );
    edit(&mut pane, "intent");
    pane.paste("why");
    press(&mut pane, KeyCode::Tab);
    assert!(edited(&pane).is_none(), "there is no further row");
    assert_eq!(row(&pane, "intent").value, text("why"));
}

#[test]
fn ctrl_j_breaks_a_line_where_one_can_be() {
    for (name, value) in [("owner", text("a\nb")), ("select_fields", text("ab"))] {
        let mut pane = issues();
        edit(&mut pane, name);
        pane.paste("a");
        press_with(&mut pane, KeyCode::Char('j'), KeyModifiers::CONTROL);
        press(&mut pane, KeyCode::Char('b'));
        press_with(&mut pane, KeyCode::Char('m'), KeyModifiers::CONTROL);
        assert_eq!(row(&pane, name).value, value);
    }
}

#[test]
fn an_editor_breaks_lines_and_esc_keeps() {
    for (name, editor) in [("owner", Editor::Text), ("fields", Editor::Json)] {
        let mut pane = issues();
        edit(&mut pane, name);
        pane.paste(&"x\n".repeat(5));
        assert_eq!(edited(&pane), Some((name, editor)));
        press(&mut pane, KeyCode::Enter);
        assert_eq!(edited(&pane), Some((name, editor)));
        pane.leave_editor();
        assert!(edited(&pane).is_none());
        let Value::Text(value) = &row(&pane, name).value else {
            panic!("{name} has no text")
        };
        assert!(value.contains(&"x\n".repeat(5)), "{value:?}");
    }
}

// Arrays of allowed items.

#[test]
fn the_items_that_were_checked_are_the_array_and_none_unset_it() {
    let open = "[\"OPEN\"]";
    for (before, items, after) in [
        (Value::Unset, &["\"OPEN\""][..], text(open)),
        (text("CLOSED"), &["\"OPEN\""], text(open)),
        (text("OPEN"), &["\"OPEN\""], text("OPEN")),
        (text("OPEN"), &[], Value::Unset),
        (Value::Unset, &[], Value::Unset),
        (
            Value::Null,
            &["\"OPEN\"", "\"CLOSED\""],
            text("[\"OPEN\", \"CLOSED\"]"),
        ),
    ] {
        let mut pane = issues();
        set(&mut pane, "states", before.clone());
        let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
        let request = FormRequest::SetItems("states".to_owned(), items);
        assert_eq!(handle(&mut pane, &session(), request), Acted::default());
        assert_eq!(row(&pane, "states").value, after, "{before:?}");
        perform(&mut pane, RequestCommand::Undo);
        assert_eq!(row(&pane, "states").value, before, "taken back");
    }
}

#[test]
fn an_array_of_allowed_items_is_also_edited_as_json() {
    let mut pane = issues();
    set(&mut pane, "states", text("OPEN"));
    go_to(&mut pane, "owner");
    let request = FormRequest::EditAsJson("states".to_owned());
    handle(&mut pane, &session(), request);
    assert_eq!(edited(&pane), Some(("states", Editor::Json)));
    assert_eq!(typed(&pane), "OPEN");
}

/// Presses the keys of a text: `\n` is Enter, `\t` is Tab, `\u{8}` is Backspace.
fn type_keys(pane: &mut RequestPane, keys: &str) {
    for key in keys.chars() {
        press(
            pane,
            match key {
                '\n' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                '\u{8}' => KeyCode::Backspace,
                other => KeyCode::Char(other),
            },
        );
    }
}

fn typed(pane: &RequestPane) -> String {
    pane.form.editing.as_ref().unwrap().input.text()
}

#[test]
fn the_json_editor_indents_closes_and_completes_the_known_names() {
    let mut pane = pane_at("issues", "context_store_search");
    edit(&mut pane, "query");
    type_keys(&mut pane, "\t{\neq\u{8}\u{8}and\t[{eq\t");
    assert_eq!(
        typed(&pane),
        "{\n  \"filter\": {\n    \"and\": [{\"eq\": }]\n  }\n}"
    );
    type_keys(&mut pane, "{\"number\": 1");
    pane.leave_editor();
    let expected = r#"{"query":{"filter":{"and":[{"eq":{"number":1}}]}}}"#;
    assert_eq!(
        pane.form.call().unwrap().params.compact().to_json(),
        expected
    );
}

#[test]
fn tab_indents_where_no_name_is_typed() {
    let mut pane = issues();
    edit(&mut pane, "fields");
    type_keys(&mut pane, "\t\"id\"");
    assert_eq!(typed(&pane), "[\n    \"id\"\n]");
    press_with(&mut pane, KeyCode::BackTab, KeyModifiers::SHIFT);
    assert_eq!(typed(&pane), "[\n  \"id\"\n]");
}

#[test]
fn ctrl_t_lays_json_out_and_says_why_it_cannot() {
    let control_t = |pane: &mut RequestPane| {
        press_with(pane, KeyCode::Char('t'), KeyModifiers::CONTROL)
            .said()
            .to_owned()
    };
    let mut pane = issues();
    set(&mut pane, "fields", text("[\"id\",1.50]"));
    edit(&mut pane, "fields");
    assert_eq!(control_t(&mut pane), "");
    assert_eq!(typed(&pane), "[\n  \"id\",\n  1.50\n]");
    type_keys(&mut pane, ",");
    assert!(control_t(&mut pane).starts_with("Not formatted: not JSON: "));
    pane.leave_editor();
    let long = "line\n".repeat(6);
    set(&mut pane, "owner", text(&long));
    edit(&mut pane, "owner");
    assert_eq!(control_t(&mut pane), "Not formatted: this is text");
    assert_eq!(typed(&pane), long);
}

#[test]
fn ctrl_o_opens_the_users_editor_and_takes_what_it_leaves() {
    for (name, before, format, left, after) in [
        ("owner", "acme", DraftFormat::Text, Some("inc\n"), "inc"),
        ("owner", "a\n", DraftFormat::Text, Some("b\n"), "b\n"),
        ("owner", "acme", DraftFormat::Text, None, "acme"),
        ("fields", "[]", DraftFormat::Json, Some("[1]\n"), "[1]"),
        ("per_page", "5", DraftFormat::Text, Some("6\n\n"), "6"),
    ] {
        let mut pane = issues();
        set(&mut pane, name, text(before));
        edit(&mut pane, name);
        let acted = press_with(&mut pane, KeyCode::Char('o'), KeyModifiers::CONTROL);
        let draft = Draft {
            text: before.to_owned(),
            format,
        };
        assert_eq!(acted.effects, [Effect::EditText(draft)]);
        let acted = act(&session(), |context| {
            pane.edited_outside(Ok(left.map(str::to_owned)), context)
        });
        assert_eq!(acted.said().is_empty(), left.is_some());
        pane.commit();
        assert_eq!(row(&pane, name).value, text(after), "{name} {left:?}");
    }
}

#[test]
fn an_editor_that_failed_leaves_the_text_and_a_late_one_is_nobodys() {
    let mut pane = issues();
    edit(&mut pane, "owner");
    pane.paste("acme");
    let failed = |pane: &mut RequestPane| {
        act(&session(), |context| {
            pane.edited_outside(Err(broken()), context)
        })
    };
    assert_eq!(failed(&mut pane).failure, Some(broken()));
    assert_eq!(typed(&pane), "acme");
    pane.leave_editor();
    assert_eq!(failed(&mut pane), Acted::default());
}
