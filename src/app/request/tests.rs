//! Unit tests of the pane, without a runtime and without a screen.

mod typing;
mod undo;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;

use super::form::{Editor, Form, FormLine, Row, RowKind, Value};
use super::{HadFocus, RequestPane};
use crate::app::command::{Movement, RequestCommand};
use crate::app::effect::{Effect, LookupEffect, ProfileEffect};
use crate::app::ids::{TaskId, TaskIds};
use crate::app::requests::{
    BodyRequest, Confirm, ConfirmedAction, DecoderRequest, FormRequest, FreeText, PopupRequest,
    Prefill, ReplyRequest, Request, RequestKind, SelectedRow, SessionRequest,
};
use crate::app::session::{NO_SERVICE, OpenFile, Preset, Session, Setup};
use crate::app::testing::{Acted, act, act_with, connector, github, session, session_of};
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::load::Load;
use crate::app::widgets::notice::Notice;
use crate::domain::call::{Call, Params};
use crate::domain::connector::{Connector, EntityReadiness, Inspection, StoreState};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, Parameter, ParameterKind, Source};

/// Returns a pane with the operation of GitHub (connector `1`) in the form.
fn pane_at(entity: &str, action: &str) -> RequestPane {
    let mut pane = RequestPane {
        form: Form::of(github()),
        ..RequestPane::default()
    };
    pane.form.set_entity(entity);
    pane.form.set_action(action);
    pane
}

fn issues() -> RequestPane {
    pane_at("issues", "list")
}

/// Returns a session with GitHub (`1`), Linear (`2`) and a connector that the catalog does not know (`3`).
fn three() -> Session {
    session_of(&[
        github(),
        connector("2", "Linear", "linear"),
        connector("3", "Homemade", "homemade"),
    ])
}

fn handle(pane: &mut RequestPane, session: &Session, request: FormRequest) -> Acted {
    act(session, |context| pane.handle(request, context))
}

fn choose(pane: &mut RequestPane, session: &Session, tasks: &mut TaskIds, id: &str) -> Acted {
    act_with(session, tasks, |context| {
        pane.handle(FormRequest::Choose(id.to_owned()), context)
    })
}

fn perform(pane: &mut RequestPane, command: RequestCommand) -> Acted {
    act(&session(), |context| pane.perform(command, context))
}

fn send(pane: &mut RequestPane, session: &Session) -> Acted {
    act(session, |context| pane.send(context))
}

fn row<'a>(pane: &'a RequestPane, name: &str) -> &'a Row {
    let mut rows = pane.form.rows.iter();
    rows.find(|row| row.name() == name).unwrap()
}

/// Puts the cursor on the row of a name.
fn go_to(pane: &mut RequestPane, name: &str) {
    let mut rows = pane.form.rows.iter();
    pane.form.cursor.at = rows.position(|row| row.name() == name).unwrap();
}

fn set(pane: &mut RequestPane, name: &str, value: Value) {
    go_to(pane, name);
    pane.set_row(value);
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn press(pane: &mut RequestPane, code: KeyCode) -> Acted {
    press_with(pane, code, KeyModifiers::NONE)
}

fn press_with(pane: &mut RequestPane, code: KeyCode, modifiers: KeyModifiers) -> Acted {
    act(&session(), |context| {
        pane.key_in_editor(KeyEvent::new(code, modifiers), context)
    })
}

/// Edits the row of a name: its text is replaced.
fn type_into(pane: &mut RequestPane, name: &str, text: &str) {
    go_to(pane, name);
    perform(pane, RequestCommand::Edit);
    let former = pane.form.editing.as_ref().unwrap().input.text();
    // The cursor may be inside of a template.
    for _ in former.chars() {
        press(pane, KeyCode::Delete);
        press(pane, KeyCode::Backspace);
    }
    pane.paste(text);
    pane.commit();
}

fn body(pane: &RequestPane) -> String {
    pane.form.call().unwrap().params.to_json()
}

fn call(entity: &str, action: &str, params: &str) -> Call {
    Call {
        params: Params::parse(params).unwrap(),
        ..Call::new("1", entity, action)
    }
}

fn sent(call: Call) -> Request {
    Request::Reply(ReplyRequest::Send(Box::new(call), RequestKind::First))
}

fn describe(task: u64, connector_id: &str) -> Effect {
    Effect::Lookup(LookupEffect::Describe {
        task: TaskId(task),
        connector_id: connector_id.to_owned(),
    })
}

fn inspect(task: u64, connector_id: &str) -> Effect {
    Effect::Lookup(LookupEffect::Inspect {
        task: TaskId(task),
        connector_id: connector_id.to_owned(),
    })
}

fn broken() -> Failure {
    Failure::new(FailureKind::Network, "Could not describe the connector")
}

fn only_info(text: &str) -> Acted {
    Acted {
        notice: Some(Notice::info(text)),
        ..Acted::default()
    }
}

fn only_warning(text: &str) -> Acted {
    Acted {
        notice: Some(Notice::warning(text)),
        ..Acted::default()
    }
}

fn operation(entity: &str, action: &str, parameters: &[Parameter]) -> Operation {
    Operation {
        entity: entity.to_owned(),
        action: action.to_owned(),
        description: None,
        parameters: parameters.to_vec(),
        source: Source::Service,
        paging: None,
        fields: Vec::new(),
        semantic: Vec::new(),
        returns_object: false,
    }
}

fn string(name: &str) -> Parameter {
    Parameter::new(name, ParameterKind::String, Source::Service)
}

// Choosing a connector.

#[test]
fn a_chosen_connector_is_asked_what_it_can_do_and_how_ready_its_store_is() {
    let mut pane = RequestPane::default();
    let acted = choose(&mut pane, &three(), &mut TaskIds::default(), "1");
    assert_eq!(
        acted,
        Acted {
            effects: vec![describe(1, "1"), inspect(2, "1")],
            ..Acted::default()
        }
    );
    assert_eq!(
        (pane.form.entity(), pane.form.action()),
        ("repositories", "list")
    );
}

#[test]
fn what_was_learned_of_paging_is_loaded_if_it_is_kept() {
    let github = Connector {
        definition_id: "definition".to_owned(),
        ..github()
    };
    let session = session_of(&[github]);
    let setup = Setup {
        keeps_profiles: true,
        ..session.setup.clone()
    };
    let session = Session { setup, ..session };
    let acted = choose(
        &mut RequestPane::default(),
        &session,
        &mut TaskIds::default(),
        "1",
    );
    assert_eq!(
        acted.effects[2..],
        [Effect::Profile(ProfileEffect::Load {
            definition_id: "definition".to_owned()
        })]
    );
}

#[test]
fn the_chosen_or_an_unknown_connector_is_not_asked() {
    let (session, mut tasks) = (three(), TaskIds::default());
    let mut pane = RequestPane::default();
    choose(&mut pane, &session, &mut tasks, "1");
    for id in ["1", "unknown"] {
        assert_eq!(
            choose(&mut pane, &session, &mut tasks, id),
            Acted::default(),
            "{id}"
        );
        assert_eq!(pane.chosen().unwrap().connector.id, "1", "{id}");
    }
}

#[test]
fn another_connector_cancels_what_the_former_one_was_asked() {
    let (session, mut tasks) = (three(), TaskIds::default());
    let mut pane = RequestPane::default();
    choose(&mut pane, &session, &mut tasks, "1");
    assert_eq!(
        choose(&mut pane, &session, &mut tasks, "2").effects,
        [
            Effect::Cancel(TaskId(1)),
            Effect::Cancel(TaskId(2)),
            describe(3, "2"),
            inspect(4, "2")
        ]
    );
    assert_eq!(
        choose(&mut pane, &session, &mut tasks, "1").effects[2..],
        [describe(5, "1"), inspect(6, "1")],
        "it has not answered yet"
    );
}

#[test]
fn a_connector_that_has_answered_is_not_asked_again() {
    for (answer, again) in [
        (Ok(Vec::new()), vec![]),
        (Err(broken()), vec![describe(5, "1"), inspect(6, "1")]),
    ] {
        let (session, mut tasks) = (three(), TaskIds::default());
        let mut pane = RequestPane::default();
        choose(&mut pane, &session, &mut tasks, "1");
        act(&session, |context| {
            pane.described(TaskId(1), answer.clone(), context)
        });
        pane.inspected(TaskId(2), Ok(Inspection::default()));
        choose(&mut pane, &session, &mut tasks, "2");
        let acted = choose(&mut pane, &session, &mut tasks, "1");
        let cancelled = [Effect::Cancel(TaskId(3)), Effect::Cancel(TaskId(4))];
        assert_eq!(
            acted.effects,
            [cancelled.to_vec(), again].concat(),
            "{answer:?}"
        );
    }
}

#[test]
fn what_is_being_typed_is_kept_when_another_connector_is_chosen() {
    let (session, mut tasks) = (three(), TaskIds::default());
    let mut pane = issues();
    go_to(&mut pane, "owner");
    perform(&mut pane, RequestCommand::Edit);
    pane.paste("acme");
    choose(&mut pane, &session, &mut tasks, "2");
    assert!(pane.form.editing.is_none());
    choose(&mut pane, &session, &mut tasks, "1");
    assert_eq!(
        (pane.form.entity(), body(&pane).as_str()),
        ("issues", r#"{"owner":"acme"}"#)
    );
}

#[test]
fn the_session_is_given_the_chosen_connector_and_its_catalog() {
    assert!(RequestPane::default().chosen().is_none());
    let chosen = issues().chosen().unwrap();
    assert_eq!(chosen.connector, github());
    assert!(chosen.catalog.operation("issues", "list").is_some());
}

#[test]
fn another_workspace_forgets_all_forms() {
    let (session, mut tasks) = (three(), TaskIds::default());
    let mut pane = RequestPane::default();
    choose(&mut pane, &session, &mut tasks, "1");
    set(&mut pane, "per_page", text("5"));
    choose(&mut pane, &session, &mut tasks, "2");
    let acted = act_with(&session, &mut tasks, |context| pane.start_over(context));
    assert_eq!(
        acted.effects,
        [Effect::Cancel(TaskId(3)), Effect::Cancel(TaskId(4))]
    );
    assert!(pane.chosen().is_none() && pane.form.rows.is_empty());
    choose(&mut pane, &session, &mut tasks, "1");
    assert_eq!(body(&pane), "{}");
}

#[test]
fn a_reload_describes_the_chosen_connector_again() {
    let mut pane = RequestPane::default();
    assert_eq!(
        act(&three(), |context| pane.reload(context)),
        Acted::default()
    );
    let mut pane = issues();
    assert_eq!(
        act(&three(), |context| {
            pane.reload(context);
            pane.reload(context);
        })
        .effects,
        [
            describe(1, "1"),
            Effect::Cancel(TaskId(1)),
            describe(2, "1")
        ]
    );
}

// What a connector answers.

/// Returns the pane of a connector (`1` GitHub, `3` unknown to the catalog) that is being described by task 1.
fn asked(id: &str) -> RequestPane {
    let mut pane = RequestPane::default();
    choose(&mut pane, &three(), &mut TaskIds::default(), id);
    pane
}

#[test]
fn a_failed_description_matters_only_without_a_catalog() {
    for (id, expected) in [
        ("1", Acted::default()),
        (
            "3",
            only_warning("Could not describe the connector. Type entity and action yourself"),
        ),
    ] {
        let mut pane = asked(id);
        let acted = act(&three(), |context| {
            pane.described(TaskId(1), Err(broken()), context)
        });
        assert_eq!(acted, expected, "{id}");
        assert!(matches!(pane.form.described, Load::Failed { .. }), "{id}");
    }
}

#[test]
fn late_answers_are_dropped() {
    let mut pane = asked("3");
    let acted = act(&three(), |context| {
        pane.described(
            TaskId(7),
            Ok(vec![operation("things", "list", &[])]),
            context,
        );
        pane.described(TaskId(8), Err(broken()), context);
    });
    pane.inspected(TaskId(9), Ok(Inspection::default()));
    assert_eq!(acted, Acted::default());
    assert!(pane.form.entities().is_empty());
    assert_eq!(pane.form.described.task(), Some(TaskId(1)));
    assert_eq!(pane.form.inspection.task(), Some(TaskId(2)));
}

#[test]
fn the_first_operation_described_fills_an_empty_form() {
    let mut pane = asked("3");
    assert_eq!((pane.form.entity(), pane.form.action()), ("", ""));
    let operations = vec![
        operation("things", "get", &[string("id")]),
        operation("things", "list", &[]),
    ];
    act(&three(), |context| {
        pane.described(TaskId(1), Ok(operations), context)
    });
    assert_eq!((pane.form.entity(), pane.form.action()), ("things", "list"));
}

#[test]
fn described_parameters_are_added_and_values_stay() {
    let mut pane = issues();
    set(&mut pane, "owner", text("acme"));
    set(&mut pane, "repo", Value::Null);
    set(&mut pane, "intent", text("why"));
    go_to(&mut pane, "intent");
    let required = Parameter {
        required: true,
        ..string("tenant")
    };
    pane.form
        .described(vec![operation("issues", "list", &[required])]);
    assert_eq!(row(&pane, "tenant").value, Value::Unset);
    assert_eq!(body(&pane), r#"{"owner":"acme","repo":null}"#);
    assert_eq!(pane.form.call().unwrap().intent, "why");
    assert_eq!(pane.form.selected().unwrap().name(), "intent");
}

#[test]
fn what_is_being_typed_stays_with_its_row_when_rows_are_added_above() {
    let mut pane = issues();
    go_to(&mut pane, "after");
    perform(&mut pane, RequestCommand::Edit);
    pane.paste("abc");
    let required = Parameter {
        required: true,
        ..string("tenant")
    };
    pane.form
        .described(vec![operation("issues", "list", &[required])]);
    pane.commit();
    assert_eq!(body(&pane), r#"{"after":"abc"}"#);
}

// Entity and action.

#[test]
fn an_entity_takes_the_action_that_suits_it_best() {
    for (from, entity, action) in [
        (("issues", "get"), "comments", "get"),
        (("issues", "update"), "comments", "list"),
        (("issues", "list"), "file_content", "get"),
        (("issues", "list"), "nobody_knows", "list"),
        (("issues", "archive"), "nobody_knows", "archive"),
    ] {
        let mut pane = pane_at(from.0, from.1);
        let acted = handle(
            &mut pane,
            &session(),
            FormRequest::SetEntity(entity.to_owned()),
        );
        assert_eq!(acted, Acted::default());
        assert_eq!(
            (pane.form.entity(), pane.form.action()),
            (entity, action),
            "{from:?}"
        );
        assert_eq!(pane.form.selected().unwrap().name(), "action");
    }
}

#[test]
fn a_new_action_selects_the_first_parameter() {
    let mut pane = issues();
    handle(
        &mut pane,
        &session(),
        FormRequest::SetAction("get".to_owned()),
    );
    assert_eq!(pane.form.action(), "get");
    assert_eq!(pane.form.selected().unwrap().name(), "owner");
}

#[test]
fn only_required_values_are_carried_to_another_operation() {
    let mut pane = issues();
    set(&mut pane, "owner", text("acme"));
    set(&mut pane, "per_page", text("5"));
    pane.form.set_entity("comments");
    assert_eq!(body(&pane), r#"{"owner":"acme"}"#);
    pane.form.set_entity("issues");
    assert_eq!(body(&pane), r#"{"owner":"acme","per_page":5}"#);
    let mut pane = pane_at("comments", "create");
    set(&mut pane, "body", text("required here, optional there"));
    pane.form.set_entity("issues");
    assert_eq!((pane.form.action(), body(&pane).as_str()), ("create", "{}"));
}

#[test]
fn required_parameters_come_first() {
    let pane = pane_at("issues", "update");
    let is_required: Vec<bool> = pane
        .form
        .rows
        .iter()
        .filter_map(|row| {
            let RowKind::Parameter(parameter) = &row.kind else {
                return None;
            };
            Some(parameter.required)
        })
        .collect();
    assert!(is_required.is_sorted_by(|one, other| one >= other));
    assert_eq!(is_required.iter().filter(|required| **required).count(), 3);
}

#[test]
fn a_list_sets_the_value_of_the_row_that_it_names() {
    let mut pane = pane_at("issues", "update");
    for (name, value) in [
        ("state", "closed"),
        ("skip_truncation", "false"),
        ("unknown", "x"),
    ] {
        let request = FormRequest::SetValue(name.to_owned(), value.to_owned());
        assert_eq!(handle(&mut pane, &session(), request), Acted::default());
    }
    assert_eq!(body(&pane), r#"{"state":"closed"}"#);
    assert!(!pane.form.call().unwrap().skip_truncation);
}

#[test]
fn fields_are_selected_only_in_a_form() {
    let fields = || FormRequest::SelectFields(vec!["id".to_owned(), "user.login".to_owned()]);
    assert_eq!(
        handle(&mut RequestPane::default(), &session(), fields()),
        only_info("Choose a connector and an operation first")
    );
    let mut pane = issues();
    assert_eq!(
        handle(&mut pane, &session(), fields()),
        Acted {
            notice: Some(Notice::done(
                "2 fields in `select_fields` of the request: F5 sends it"
            )),
            ..Acted::default()
        }
    );
    assert_eq!(
        pane.form.call().unwrap().select_fields,
        ["id", "user.login"]
    );
}

// Editing.

/// How a row is edited.
#[derive(Debug, PartialEq)]
enum Edited {
    In(Editor, String),
    ByChoosing(String, Vec<String>, Option<FreeText>),
    ByChecking(Vec<String>),
}

fn edited(pane: &mut RequestPane, name: &str) -> Edited {
    go_to(pane, name);
    let acted = perform(pane, RequestCommand::Edit);
    match (pane.form.editing.take(), acted.requests.as_slice()) {
        (Some(editing), [Request::Focus(Pane::Request)]) => {
            Edited::In(editing.editor, editing.input.text())
        }
        (None, [_, Request::Open(PopupRequest::CheckList(list))]) => {
            assert_eq!(list.choices, ["\"OPEN\"", "\"CLOSED\""]);
            Edited::ByChecking(list.chosen.clone())
        }
        (None, [_, Request::Open(PopupRequest::Choices(choices))]) => {
            let labels = choices.items.iter().map(|item| item.label.clone());
            Edited::ByChoosing(
                choices.current.clone(),
                labels.collect(),
                choices.free.clone(),
            )
        }
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn each_row_is_edited_as_its_type_asks_for() {
    use Editor::{Json, Line};
    let choices = |current: &str, labels: &[&str], free: Option<FreeText>| {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Edited::ByChoosing(current.to_owned(), labels, free)
    };
    let input = |editor, text: &str| Edited::In(editor, text.to_owned());
    let state = || Some(FreeText::Value("state".to_owned()));
    for ((entity, action), name, value, expected) in [
        (("issues", "list"), "owner", Value::Unset, input(Line, "")),
        (("issues", "list"), "owner", Value::Null, input(Line, "")),
        (
            ("issues", "list"),
            "owner",
            text("acme"),
            input(Line, "acme"),
        ),
        (("issues", "list"), "per_page", text("5"), input(Line, "5")),
        (
            ("issues", "list"),
            "+ parameter",
            Value::Unset,
            input(Line, ""),
        ),
        (
            ("issues", "list"),
            "intent",
            text("why"),
            input(Line, "why"),
        ),
        (
            ("issues", "list"),
            "states",
            Value::Unset,
            Edited::ByChecking(vec![]),
        ),
        (
            ("issues", "list"),
            "states",
            text("OPEN, LOST"),
            Edited::ByChecking(vec!["\"OPEN\"".to_owned(), "\"LOST\"".to_owned()]),
        ),
        (
            ("issues", "list"),
            "states",
            text("[\"OPEN\""),
            input(Json, "[\"OPEN\""),
        ),
        (
            ("issues", "list"),
            "fields",
            Value::Unset,
            input(Json, "[\n  \n]"),
        ),
        (
            ("issues", "context_store_search"),
            "query",
            Value::Unset,
            input(Json, "{\n  \n}"),
        ),
        (
            ("issues", "list"),
            "skip_truncation",
            text("false"),
            choices("false", &["true", "false"], None),
        ),
        (
            ("pull_requests", "create"),
            "draft",
            Value::Unset,
            choices("", &["true", "false"], None),
        ),
        (
            ("issues", "update"),
            "state",
            text("open"),
            choices("open", &["open", "closed"], state()),
        ),
        (
            ("file_content", "get"),
            "action",
            text("get"),
            choices(
                "get",
                &["get", "context_store_search"],
                Some(FreeText::Action),
            ),
        ),
    ] {
        let mut pane = pane_at(entity, action);
        set(&mut pane, name, value);
        assert_eq!(
            edited(&mut pane, name),
            expected,
            "{entity} {action} {name}"
        );
    }
}

#[test]
fn the_list_of_entities_names_their_actions() {
    let mut pane = issues();
    go_to(&mut pane, "entity");
    let acted = perform(&mut pane, RequestCommand::Edit);
    let [_, Request::Open(PopupRequest::Choices(choices))] = acted.requests.as_slice() else {
        panic!("{acted:?}")
    };
    assert_eq!(choices.free, Some(FreeText::Entity));
    assert_eq!(choices.current, "issues");
    let item = choices.items.iter().find(|item| item.label == "comments");
    let item = item.unwrap();
    assert_eq!(item.about, "create list get context_store_search");
    assert_eq!(
        item.request,
        Request::Form(FormRequest::SetEntity("comments".to_owned()))
    );
}

#[test]
fn what_was_typed_is_kept_as_its_row_takes_it() {
    for (name, typed, value) in [
        ("owner", "acme", text("acme")),
        ("owner", " ", text(" ")),
        ("owner", "", text("")),
        ("per_page", "25", text("25")),
        ("per_page", "ten", text("ten")),
        ("per_page", "", Value::Unset),
        ("fields", "[\"id\"]", text("[\"id\"]")),
        ("fields", "[\"id\"", text("[\"id\"")),
        ("fields", " \n ", Value::Unset),
        ("select_fields", "id, name", text("id, name")),
        ("select_fields", "  ", Value::Unset),
        ("exclude_fields", "", Value::Unset),
        ("intent", "why", text("why")),
        ("intent", " ", Value::Unset),
        ("+ parameter", "novalue", text("novalue")),
        ("+ parameter", "  ", Value::Unset),
    ] {
        let mut pane = issues();
        set(&mut pane, name, text("before"));
        type_into(&mut pane, name, typed);
        assert_eq!(row(&pane, name).value, value, "{name} {typed:?}");
    }
}

#[test]
fn a_row_that_was_only_opened_keeps_its_value() {
    for value in [Value::Unset, Value::Null, text(""), text("acme")] {
        let mut pane = issues();
        set(&mut pane, "owner", value.clone());
        perform(&mut pane, RequestCommand::Edit);
        press(&mut pane, KeyCode::Enter);
        assert!(pane.form.editing.is_none());
        assert_eq!(row(&pane, "owner").value, value);
    }
}

#[test]
fn enter_ends_a_line_and_breaks_one_in_json() {
    let mut pane = issues();
    go_to(&mut pane, "owner");
    perform(&mut pane, RequestCommand::Edit);
    pane.paste("acme");
    press(&mut pane, KeyCode::Enter);
    assert_eq!(row(&pane, "owner").value, text("acme"));
    go_to(&mut pane, "fields");
    perform(&mut pane, RequestCommand::Edit);
    pane.paste("\"id\",");
    press(&mut pane, KeyCode::Enter);
    assert!(pane.form.editing.is_some());
    pane.paste("\"title\"");
    pane.commit();
    assert_eq!(
        row(&pane, "fields").value,
        text("[\n  \"id\",\n  \"title\"\n]")
    );
}

#[test]
fn keys_and_pasted_text_need_an_open_editor() {
    let mut pane = issues();
    go_to(&mut pane, "owner");
    press(&mut pane, KeyCode::Char('x'));
    pane.paste("x");
    pane.commit();
    assert_eq!(row(&pane, "owner").value, Value::Unset);
}

#[test]
fn a_parameter_is_added_by_name_and_value() {
    for (typed, params) in [
        ("cursor=abc", r#"{"cursor":"abc"}"#),
        ("cursor=12", r#"{"cursor":12}"#),
        ("cursor=\"12\"", r#"{"cursor":"12"}"#),
        ("cursor=", r#"{"cursor":""}"#),
        (" cursor =a=b", r#"{"cursor":"a=b"}"#),
        ("owner=acme", r#"{"owner":"acme"}"#),
        ("owner=12", r#"{"owner":"12"}"#),
        ("per_page=5", r#"{"per_page":5}"#),
    ] {
        let mut pane = issues();
        type_into(&mut pane, "+ parameter", typed);
        assert_eq!(body(&pane), params, "{typed}");
        assert_eq!(row(&pane, "+ parameter").value, Value::Unset, "{typed}");
        assert_eq!(pane.form.first_fault(), None, "{typed}");
    }
}

#[test]
fn unset_null_and_reset_take_values_out() {
    let mut pane = issues();
    set(&mut pane, "owner", text("acme"));
    set(&mut pane, "repo", text("site"));
    go_to(&mut pane, "owner");
    assert_eq!(
        perform(&mut pane, RequestCommand::SetNull),
        Acted::default()
    );
    assert_eq!(body(&pane), r#"{"owner":null,"repo":"site"}"#);
    perform(&mut pane, RequestCommand::Unset);
    assert_eq!(body(&pane), r#"{"repo":"site"}"#);
    type_into(&mut pane, "+ parameter", "cursor=abc");
    set(&mut pane, "intent", text("why"));
    assert_eq!(
        perform(&mut pane, RequestCommand::Reset).notice,
        Some(Notice::done("The form is empty"))
    );
    assert_eq!(pane.form.call(), Some(call("issues", "list", "{}")));
    pane.form.set_entity("comments");
    pane.form.set_entity("issues");
    assert_eq!(body(&pane), "{}", "nothing is kept elsewhere");
}

// What is possible.

#[test]
fn nothing_is_edited_before_a_connector_is_chosen() {
    let pane = RequestPane::default();
    for command in [
        RequestCommand::Edit,
        RequestCommand::Unset,
        RequestCommand::SetNull,
        RequestCommand::ShowBody,
        RequestCommand::Reset,
        RequestCommand::Undo,
        RequestCommand::Download,
        RequestCommand::Profile,
    ] {
        assert_eq!(
            pane.can(command, &session()),
            Err("Choose a connector first".into()),
            "{command:?}"
        );
    }
    assert!(pane.can(RequestCommand::Decode, &session()).is_err());
}

#[test]
fn what_a_row_allows_depends_on_its_kind() {
    use RequestCommand::{Decode, Edit, SetNull, Unset};
    const FIXED: &str = "This row has no value to take out";
    const OPTION: &str = "An option cannot be null: Backspace takes it out";
    const EMPTY: &str = "This row has no value to decode";
    for (name, command, expected) in [
        ("entity", Edit, Ok(())),
        ("entity", Unset, Err(FIXED.into())),
        ("action", SetNull, Err(FIXED.into())),
        ("+ parameter", Unset, Err(FIXED.into())),
        ("owner", Unset, Ok(())),
        ("owner", SetNull, Ok(())),
        ("intent", Unset, Ok(())),
        ("intent", SetNull, Err(OPTION.into())),
        ("select_fields", SetNull, Err(OPTION.into())),
        ("owner", Decode, Err(EMPTY.into())),
    ] {
        let mut pane = issues();
        go_to(&mut pane, name);
        assert_eq!(
            pane.can(command, &session()),
            expected,
            "{name} {command:?}"
        );
    }
}

#[test]
fn a_value_is_decoded_with_the_call_it_belongs_to() {
    let mut pane = issues();
    set(&mut pane, "after", text("dG9rZW4="));
    assert_eq!(pane.can(RequestCommand::Decode, &session()), Ok(()));
    assert_eq!(
        perform(&mut pane, RequestCommand::Decode).requests,
        [Request::Open(PopupRequest::Decoder(DecoderRequest {
            title: "`after` of the request".to_owned(),
            token: "dG9rZW4=".to_owned(),
            call: Some(call("issues", "list", r#"{"after":"dG9rZW4="}"#)),
        }))]
    );
    set(&mut pane, "after", Value::Null);
    assert_eq!(perform(&mut pane, RequestCommand::Decode), Acted::default());
}

#[test]
fn the_profile_is_that_of_the_operation_in_the_form() {
    let mut pane = issues();
    assert_eq!(pane.can(RequestCommand::Profile, &session()), Ok(()));
    assert_eq!(
        perform(&mut pane, RequestCommand::Profile).requests,
        [Request::Open(PopupRequest::Profile(Box::new(call(
            "issues", "list", "{}"
        ))))]
    );
    let setup = Setup {
        file: Some(OpenFile::default()),
        ..Setup::default()
    };
    let file = Session {
        setup,
        ..Session::default()
    };
    assert_eq!(
        pane.can(RequestCommand::Profile, &file),
        Err(NO_SERVICE.into())
    );
}

#[test]
fn a_download_needs_a_download_operation() {
    let can = |pane: &RequestPane| pane.can(RequestCommand::Download, &session());
    assert_eq!(
        can(&issues()),
        Err("This connector has no download operation".into())
    );
    let mut pane = issues();
    pane.form
        .described(vec![operation("artifacts", "download", &[])]);
    assert_eq!(
        can(&pane),
        Err("The action is `list`: choose `download`, for example of `artifacts`".into())
    );
    pane.form.set_entity("artifacts");
    assert_eq!(can(&pane), Ok(()));
}

// Sending.

#[test]
fn a_request_needs_connector_entity_and_action() {
    let mut unknown = asked("3");
    assert_eq!(
        RequestPane::default().can_send(),
        Err("Choose a connector first".into())
    );
    assert_eq!(unknown.can_send(), Err("Choose an entity first".into()));
    unknown.form.set_entity("things");
    assert_eq!(unknown.can_send(), Err("Choose an action first".into()));
    unknown.form.set_action("list");
    assert_eq!(unknown.can_send(), Ok(()));
}

#[test]
fn a_call_that_only_reads_is_sent_at_once() {
    let mut pane = issues();
    set(&mut pane, "per_page", text("5"));
    assert_eq!(
        send(&mut pane, &session()),
        Acted {
            requests: vec![sent(call("issues", "list", r#"{"per_page":5}"#))],
            ..Acted::default()
        }
    );
}

#[test]
fn what_is_odd_is_said_and_sent() {
    for ((entity, action), name, value, expected) in [
        (
            ("issues", "list"),
            "states",
            text("OPEN,LOST"),
            "Sent all the same: states ",
        ),
        (
            ("issues", "list"),
            "per_page",
            text("1000"),
            "Sent all the same: per_page ",
        ),
    ] {
        let mut pane = pane_at(entity, action);
        set(&mut pane, name, value);
        let acted = send(&mut pane, &session());
        assert!(
            acted.said().starts_with(expected),
            "{expected}: {}",
            acted.said()
        );
        assert_eq!(acted.requests, [sent(pane.form.call().unwrap())]);
    }
}

#[test]
fn a_text_that_does_not_fit_is_shown_and_nothing_is_sent() {
    let long = "x".repeat(513);
    for ((entity, action), name, value, fault) in [
        (
            ("issues", "list"),
            "per_page",
            "ten",
            "expects a whole number such as 25",
        ),
        (
            ("issues", "update"),
            "state",
            "lost",
            "expects one of open, closed",
        ),
        (
            ("issues", "list"),
            "skip_truncation",
            "maybe",
            "expects true or false",
        ),
        (
            ("issues", "list"),
            "intent",
            long.as_str(),
            "is 513 characters long, 512 are allowed",
        ),
        (("issues", "list"), "+ parameter", "abc", "is no name=value"),
    ] {
        let mut pane = pane_at(entity, action);
        set(&mut pane, name, text(value));
        pane.form.cursor.at = 0;
        assert_eq!(
            send(&mut pane, &session()),
            Acted {
                requests: vec![Request::Focus(Pane::Request)],
                ..only_warning(&format!("Not sent: {name} {fault}"))
            }
        );
        assert_eq!(pane.form.selected().unwrap().name(), name);
    }
}

#[test]
fn without_a_connector_nothing_is_sent_or_shown() {
    let mut pane = RequestPane::default();
    assert_eq!(send(&mut pane, &session()), Acted::default());
    assert_eq!(
        perform(&mut pane, RequestCommand::ShowBody),
        Acted::default()
    );
    assert_eq!(
        perform(&mut pane, RequestCommand::Profile),
        Acted::default()
    );
    let edit = perform(&mut pane, RequestCommand::Edit);
    assert_eq!((edit.effects, edit.notice), (vec![], None));
    assert_eq!(edit.requests, [Request::Focus(Pane::Request)]);
}

#[test]
fn a_call_that_changes_data_is_sent_after_a_question() {
    for (action, name, question, missing) in [
        ("create", "title", "Create an issue in `GitHub`?", ""),
        (
            "update",
            "title",
            "Update an issue in `GitHub`?",
            "Missing, though required: issue_number",
        ),
        (
            "archive",
            "",
            "Run `issues archive` in `GitHub`?",
            "`archive` is not a known action: it may change data.",
        ),
    ] {
        let mut pane = pane_at("issues", action);
        if !name.is_empty() {
            set(&mut pane, name, text("T"));
        }
        let call = pane.form.call().unwrap();
        assert_eq!(
            send(&mut pane, &session()),
            Acted {
                requests: vec![Request::Open(PopupRequest::Confirm(Confirm {
                    question: question.to_owned(),
                    body: missing.to_owned(),
                    action: ConfirmedAction::Send(Box::new(call)),
                }))],
                ..Acted::default()
            }
        );
    }
}

#[test]
fn a_read_without_required_parameters_is_asked_about_once() {
    let mut pane = pane_at("issues", "get");
    set(&mut pane, "owner", text("acme"));
    let call = pane.form.call().unwrap();
    let missing = vec!["number".to_owned()];
    let asked = Request::Open(PopupRequest::Confirm(Confirm {
        question: "`number` is required and the service may not know it: send all the same?"
            .to_owned(),
        body: String::new(),
        action: ConfirmedAction::SendWithout(Box::new(call.clone()), missing.clone()),
    }));
    // A no is asked again, a yes is not.
    for _ in 0..2 {
        let acted = send(&mut pane, &session());
        assert_eq!(
            (acted.requests.as_slice(), acted.said()),
            ([asked.clone()].as_slice(), "")
        );
    }
    let accept = FormRequest::AcceptMissing(Box::new(call.clone()), missing);
    handle(&mut pane, &session(), accept);
    set(&mut pane, "owner", text("other"));
    let acted = send(&mut pane, &session());
    assert_eq!(acted.requests, [sent(pane.form.call().unwrap())]);
    assert_eq!(
        acted.said(),
        "Sent without number, which the definition requires"
    );
    // Another operation has a question of its own.
    pane.form.set_entity("pull_requests");
    let acted = send(&mut pane, &session());
    assert!(
        matches!(
            acted.requests.as_slice(),
            [Request::Open(PopupRequest::Confirm(_))]
        ),
        "{acted:?}"
    );
}

#[test]
fn going_to_a_row_shows_its_operation_and_keeps_what_was_typed() {
    let go = |entity: &str, action: &str, row: &str| FormRequest::GoToRow {
        connector_id: "1".to_owned(),
        entity: entity.to_owned(),
        action: action.to_owned(),
        row: row.to_owned(),
    };
    let mut pane = issues();
    set(&mut pane, "per_page", text("5"));
    handle(&mut pane, &session(), go("issues", "get", "number"));
    assert_eq!((pane.form.entity(), pane.form.action()), ("issues", "get"));
    assert_eq!(pane.form.selected().unwrap().name(), "number");
    handle(&mut pane, &session(), go("issues", "list", "select_fields"));
    assert_eq!(pane.form.selected().unwrap().name(), "select_fields");
    assert_eq!(pane.form.call().unwrap().params.len(), 1);
}

#[test]
fn the_list_of_actions_marks_changes_and_stores_that_are_not_ready() {
    let github = Connector {
        store: Some(StoreState::Loading),
        ..github()
    };
    let session = session_of(&[github]);
    let mut pane = issues();
    pane.form.cursor.at = 1;
    let acted = act(&session, |context| {
        pane.perform(RequestCommand::Edit, context)
    });
    let [_, Request::Open(PopupRequest::Choices(choices))] = acted.requests.as_slice() else {
        panic!("{acted:?}");
    };
    let about = |action: &str| {
        let item = choices.items.iter().find(|item| item.label == action);
        item.unwrap().about.clone()
    };
    assert!(about("create").starts_with("! changes data · "));
    assert!(about("list").starts_with("reads a page of records"));
    let store = about("context_store_search");
    assert!(
        store.starts_with("! store not ready: Loading · "),
        "{store}"
    );
}

#[test]
fn a_read_only_session_sends_no_call_that_could_change_data() {
    let session = session();
    let setup = Setup {
        read_only: true,
        ..session.setup.clone()
    };
    let session = Session { setup, ..session };
    for action in ["create", "archive"] {
        let mut pane = pane_at("issues", action);
        assert_eq!(
            send(&mut pane, &session),
            only_warning(&format!(
                "Not sent: `issues {action}` can change data, and --read-only is set"
            ))
        );
    }
    assert_eq!(send(&mut issues(), &session).requests.len(), 1);
}

fn readiness(ready_for_search: bool) -> Inspection {
    Inspection {
        entities: vec![EntityReadiness {
            entity: "issues".to_owned(),
            status: "SYNCING".to_owned(),
            ready_for_search,
            count: None,
        }],
        ..Inspection::default()
    }
}

#[test]
fn a_search_of_a_store_that_is_not_ready_is_sent_after_a_question() {
    for (store, inspection, state) in [
        (None, None, None),
        (None, Some(readiness(true)), None),
        (None, Some(readiness(false)), Some("SYNCING")),
        (None, Some(Inspection::default()), None),
        (Some(StoreState::Ready), None, None),
        (Some(StoreState::Preview), None, None),
        (Some(StoreState::Loading), None, Some("Loading")),
        (Some(StoreState::Loading), Some(readiness(true)), None),
        (
            Some(StoreState::Building),
            Some(readiness(false)),
            Some("Building Preview"),
        ),
        (
            Some(StoreState::Ready),
            Some(readiness(false)),
            Some("SYNCING"),
        ),
    ] {
        let github = Connector { store, ..github() };
        let mut pane = pane_at("issues", "context_store_search");
        set(&mut pane, "query", text("{}"));
        if let Some(inspection) = &inspection {
            pane.form.inspection = Load::Ready(inspection.clone());
        }
        let call = pane.form.call().unwrap();
        let expected = match state {
            None => sent(call),
            Some(state) => Request::Open(PopupRequest::Confirm(Confirm {
                question: "Send it all the same?".to_owned(),
                body: format!(
                    "The Context Store of `issues` is not ready: {state}.\n\
                     The call will most likely be refused.\n`list` or `get` asks the provider itself."
                ),
                action: ConfirmedAction::Send(Box::new(call)),
            })),
        };
        let acted = send(&mut pane, &session_of(std::slice::from_ref(&github)));
        assert_eq!(
            acted.requests,
            [expected],
            "{:?} {inspection:?}",
            github.store
        );
    }
}

#[test]
fn only_a_search_with_an_object_asks_the_store() {
    let github = Connector {
        store: Some(StoreState::Loading),
        ..github()
    };
    let session = session_of(&[github]);
    let mut pane = pane_at("issues", "search");
    set(&mut pane, "query", text("is:open"));
    assert_eq!(
        send(&mut pane, &session).requests,
        [sent(pane.form.call().unwrap())]
    );
    // Where nothing is declared, an object is one.
    let mut pane = pane_at("things", "search");
    pane.form.set_parameter("query", text(r#"{"filter":{}}"#));
    assert!(matches!(
        send(&mut pane, &session).requests.as_slice(),
        [Request::Open(PopupRequest::Confirm(_))]
    ));
}

#[test]
fn the_body_is_shown_with_what_is_left_out() {
    let shown = |pane: &RequestPane, note: &str| {
        [Request::Open(PopupRequest::Body(BodyRequest {
            call: Box::new(pane.form.call().unwrap()),
            note: note.to_owned(),
        }))]
    };
    let mut pane = issues();
    set(&mut pane, "fields", text("[\n  \"id\"\n]"));
    let expected = shown(&pane, "");
    assert_eq!(
        perform(&mut pane, RequestCommand::ShowBody).requests,
        expected
    );
    set(&mut pane, "per_page", text("ten"));
    let expected = shown(
        &pane,
        "Left out: per_page expects a whole number such as 25",
    );
    assert_eq!(
        perform(&mut pane, RequestCommand::ShowBody).requests,
        expected
    );
}

#[test]
fn a_download_is_sent_only_if_it_is_in_the_form() {
    let request = || FormRequest::SendDownload("Nothing to download");
    assert_eq!(
        handle(&mut issues(), &session(), request()),
        only_info("Nothing to download")
    );
    let mut pane = pane_at("artifacts", "download");
    assert_eq!(
        handle(&mut pane, &session(), request()).requests,
        [sent(call("artifacts", "download", "{}"))]
    );
}

// Filling in.

fn prefill(params: &str) -> Prefill {
    Prefill {
        connector_id: "1".to_owned(),
        entity: "issues".to_owned(),
        action: "get".to_owned(),
        params: Params::parse(params).unwrap(),
        typed: None,
        row: SelectedRow::Same,
        notice: None,
    }
}

fn fill(pane: &mut RequestPane, prefill: Prefill) -> Acted {
    handle(pane, &three(), FormRequest::Fill(Box::new(prefill)))
}

#[test]
fn a_request_is_filled_into_the_form_of_its_connector() {
    let mut pane = RequestPane {
        form: Form::of(connector("2", "Linear", "linear")),
        ..RequestPane::default()
    };
    let notice = Notice::info("Filled in");
    let acted = fill(
        &mut pane,
        Prefill {
            typed: Some(("number".to_owned(), "7".to_owned())),
            notice: Some(notice.clone()),
            ..prefill(r#"{"owner":"acme","number":1}"#)
        },
    );
    assert_eq!(
        acted,
        Acted {
            effects: vec![describe(1, "1"), inspect(2, "1")],
            requests: vec![Request::Session(SessionRequest::Select("1".to_owned()))],
            notice: Some(notice),
            failure: None,
        }
    );
    assert_eq!(
        pane.form.call(),
        Some(call("issues", "get", r#"{"owner":"acme","number":7}"#))
    );
}

#[test]
fn values_are_filled_in_as_somebody_would_type_them() {
    for (params, name, value) in [
        (r#"{"owner":"acme"}"#, "owner", text("acme")),
        (r#"{"owner":""}"#, "owner", text("")),
        (r#"{"owner":null}"#, "owner", Value::Null),
        (r#"{"owner":12}"#, "owner", text("12")),
        (r#"{"number":12}"#, "number", text("12")),
        (r#"{"fields":["id"]}"#, "fields", text(r#"["id"]"#)),
        (r#"{"other":"12"}"#, "other", text(r#""12""#)),
        (r#"{"other":12}"#, "other", text("12")),
    ] {
        let mut pane = issues();
        fill(&mut pane, prefill(params));
        assert_eq!(row(&pane, name).value, value, "{params}");
    }
}

#[test]
fn the_row_to_look_at_is_selected() {
    for (selected, params, expected) in [
        (SelectedRow::Same, "{}", "fields"),
        (SelectedRow::FirstMissing, "{}", "number"),
        (SelectedRow::FirstMissing, r#"{"number":1}"#, "entity"),
        (SelectedRow::Named("repo".to_owned()), "{}", "repo"),
        (SelectedRow::Named("unknown".to_owned()), "{}", "entity"),
    ] {
        let mut pane = pane_at("issues", "get");
        go_to(&mut pane, "fields");
        fill(
            &mut pane,
            Prefill {
                row: selected.clone(),
                ..prefill(params)
            },
        );
        assert_eq!(
            pane.form.selected().unwrap().name(),
            expected,
            "{selected:?} {params}"
        );
    }
}

#[test]
fn a_relation_is_sent_without_a_question() {
    let mut pane = issues();
    let request = FormRequest::FillAndSend(Box::new(prefill(r#"{"number":7}"#)));
    assert_eq!(
        handle(&mut pane, &three(), request).requests,
        [
            Request::Session(SessionRequest::Select("1".to_owned())),
            sent(call("issues", "get", r#"{"number":7}"#)),
        ]
    );
}

// What the program was started with.

fn preset(connector: &str, pairs: &[(&str, &str)]) -> Preset {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Preset {
        connector: connector.to_owned(),
        entity: Some("issues".to_owned()),
        action: Some("list".to_owned()),
        pairs: pairs.iter().map(pair).collect(),
        params: Params::default(),
        similar_command: None,
    }
}

fn fill_preset(preset: Preset, session: &Session) -> (RequestPane, Acted) {
    let mut pane = RequestPane::new(Some(preset));
    let acted = act(session, |context| pane.fill_preset(context));
    (pane, acted)
}

#[test]
fn a_connector_is_preset_by_id_name_or_slug_and_only_once() {
    for word in ["1", "GITHUB", "github"] {
        let session = three();
        let (mut pane, acted) = fill_preset(preset(word, &[("owner", "acme")]), &session);
        assert_eq!(
            acted,
            Acted {
                effects: vec![describe(1, "1"), inspect(2, "1")],
                requests: vec![Request::Session(SessionRequest::Select("1".to_owned()))],
                ..Acted::default()
            }
        );
        assert_eq!(
            pane.form.call(),
            Some(call("issues", "list", r#"{"owner":"acme"}"#))
        );
        assert_eq!(
            act(&session, |context| pane.fill_preset(context)),
            Acted::default()
        );
    }
}

#[test]
fn a_preset_connector_that_is_not_one_of_the_workspace_is_said() {
    let (pane, acted) = fill_preset(preset("jira", &[]), &three());
    assert_eq!(
        acted,
        Acted {
            requests: vec![Request::Focus(Pane::Connectors)],
            ..only_warning("There is no connector `jira` in workspace `default`")
        }
    );
    assert!(pane.chosen().is_none());
}

#[test]
fn an_ambiguous_preset_filters_the_list() {
    let session = session_of(&[github(), connector("2", "Mirror", "github")]);
    let (pane, acted) = fill_preset(preset("github", &[]), &session);
    assert_eq!(
        acted,
        Acted {
            requests: vec![
                Request::Focus(Pane::Connectors),
                Request::Session(SessionRequest::FilterConnectors("github".to_owned())),
            ],
            ..only_warning("`github` is ambiguous: GitHub (1), Mirror (2)")
        }
    );
    assert!(pane.chosen().is_none());
}

#[test]
fn pairs_that_are_given_twice_are_items_of_an_array_or_the_last_one_counts() {
    const TWICE: &str = "`-p owner` is given twice: the last value counts";
    for (pairs, params, notice) in [
        (
            &[("states", "OPEN"), ("states", "CLOSED")][..],
            r#"{"states":["OPEN","CLOSED"]}"#,
            "",
        ),
        (&[("states", "OPEN")], r#"{"states":["OPEN"]}"#, ""),
        (
            &[("owner", "acme"), ("owner", "other")],
            r#"{"owner":"other"}"#,
            TWICE,
        ),
        (
            &[("per_page", "5"), ("cursor", "x")],
            r#"{"per_page":5,"cursor":"x"}"#,
            "",
        ),
    ] {
        let (pane, acted) = fill_preset(preset("github", pairs), &three());
        assert_eq!(body(&pane), params, "{pairs:?}");
        assert_eq!(acted.said(), notice, "{pairs:?}");
    }
}

#[test]
fn a_pair_goes_over_a_parameter_of_the_json() {
    let both = Preset {
        params: Params::parse(r#"{"owner":"json","per_page":7}"#).unwrap(),
        ..preset("github", &[("owner", "pair")])
    };
    let (pane, acted) = fill_preset(both, &three());
    assert_eq!(body(&pane), r#"{"owner":"pair","per_page":7}"#);
    assert_eq!(acted.notice, None, "given once each way");
}

// Cursor and mouse.

#[test]
fn a_click_edits_only_the_selected_row_of_a_pane_that_had_the_keys() {
    for (row, had_focus, at, edits) in [
        (1, HadFocus::Yes, 3, false),
        (3, HadFocus::No, 5, false),
        (3, HadFocus::Yes, 5, true),
        (90, HadFocus::Yes, 5, false),
    ] {
        let mut pane = issues();
        pane.form.cursor = Cursor { at: 5, top: 2 };
        let acted = act(&session(), |context| pane.click(row, had_focus, context));
        assert_eq!(acted, Acted::default());
        assert_eq!(pane.form.cursor.at, at, "{row} {had_focus:?}");
        assert_eq!(pane.form.editing.is_some(), edits, "{row} {had_focus:?}");
    }
}

#[test]
fn options_without_a_value_are_folded_until_the_cursor_comes_to_them() {
    let mut pane = issues();
    let all = pane.form.rows.len();
    let rows = pane.form.rows.iter();
    let first = rows
        .take_while(|row| row.kind != RowKind::AddParameter)
        .count();
    let more = |hidden| Some(FormLine::More { first, hidden });
    assert_eq!(pane.form.lines().len(), first + 1);
    assert_eq!(pane.form.lines().last().copied(), more(5));
    // One with a value is shown.
    pane.form.rows[first + 1].value = text("id, title");
    assert_eq!(pane.form.lines()[first], FormLine::Row(first + 1));
    assert_eq!(pane.form.lines().last().copied(), more(4));
    // A step down from the last parameter opens them, and a step back folds them.
    pane.form.cursor.at = first - 1;
    pane.move_cursor(Movement::Down, 20);
    assert_eq!(pane.form.cursor.at, first);
    let rows: Vec<_> = (0..all).map(FormLine::Row).collect();
    assert_eq!(pane.form.lines(), rows);
    pane.move_cursor(Movement::Up, 20);
    assert_eq!(pane.form.lines().last().copied(), more(4));
    // So does a click on the line that stands for them.
    pane.form.cursor = Cursor::default();
    act(&session(), |context| {
        pane.click(first + 1, HadFocus::Yes, context)
    });
    assert_eq!(pane.form.cursor.at, first);
    assert!(pane.form.editing.is_none());
}

/// Something that a user does with the form.
#[derive(Debug, Clone)]
enum Step {
    Move(Movement),
    Click(usize),
    Entity(&'static str),
    Action(&'static str),
    Add(String),
    Reset,
    Choose(&'static str),
    Described,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop::sample::select(vec![
            Movement::Down,
            Movement::Up,
            Movement::PageDown,
            Movement::Top,
            Movement::Bottom,
        ])
        .prop_map(Step::Move),
        (0usize..20).prop_map(Step::Click),
        prop::sample::select(vec!["issues", "viewer", "unknown"]).prop_map(Step::Entity),
        prop::sample::select(vec!["list", "update", "unknown"]).prop_map(Step::Action),
        "[a-c]=[a-z]{0,2}".prop_map(Step::Add),
        Just(Step::Reset),
        prop::sample::select(vec!["1", "2", "3"]).prop_map(Step::Choose),
        Just(Step::Described),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_cursor_is_on_a_row_whatever_is_done(
        steps in prop::collection::vec(step(), 0..16),
        height in 1usize..9,
    ) {
        let (session, mut tasks) = (three(), TaskIds::default());
        let mut pane = issues();
        for step in steps {
            match step {
                Step::Move(movement) => pane.move_cursor(movement, height),
                Step::Click(row) => {
                    act(&session, |context| pane.click(row, HadFocus::No, context));
                }
                Step::Entity(entity) => pane.form.set_entity(entity),
                Step::Action(action) => pane.form.set_action(action),
                Step::Add(pair) => type_into(&mut pane, "+ parameter", &pair),
                Step::Reset => { perform(&mut pane, RequestCommand::Reset); }
                Step::Choose(id) => { choose(&mut pane, &session, &mut tasks, id); }
                Step::Described => pane.form.described(vec![operation("issues", "list", &[string("x")])]),
            }
            prop_assert!(pane.form.selected().is_some());
            pane.fit(height);
            let cursor = pane.form.cursor;
            prop_assert!(pane.form.selected().is_some());
            prop_assert!(cursor.top <= cursor.at && cursor.at < cursor.top + height);
        }
    }

    #[test]
    fn a_line_keeps_whatever_was_typed(typed in "[ -~äß漢]{0,12}", index in 0usize..4) {
        let name = ["owner", "repo", "after", "intent"][index];
        let mut pane = issues();
        go_to(&mut pane, name);
        perform(&mut pane, RequestCommand::Edit);
        for character in typed.chars() {
            press(&mut pane, KeyCode::Char(character));
        }
        press(&mut pane, KeyCode::Enter);
        let is_left_out = typed.is_empty() || name == "intent" && typed.trim().is_empty();
        let expected = if is_left_out { Value::Unset } else { Value::Text(typed) };
        prop_assert_eq!(&row(&pane, name).value, &expected);
    }

    #[test]
    fn nothing_typed_is_lost_by_looking_elsewhere(
        values in prop::collection::vec(("[a-z]{1,3}", "[ -~]{0,6}"), 0..4),
        intent in "[a-z]{1,5}",
        elsewhere in prop::collection::vec(0usize..3, 1..4),
    ) {
        let (session, mut tasks) = (three(), TaskIds::default());
        let mut pane = issues();
        for (name, value) in &values {
            pane.form.set_parameter(name, Value::Text(value.clone()));
        }
        set(&mut pane, "intent", Value::Text(intent));
        set(&mut pane, "repo", Value::Null);
        let before = pane.form.call();
        for place in elsewhere {
            match place {
                0 => {
                    choose(&mut pane, &session, &mut tasks, "2");
                    choose(&mut pane, &session, &mut tasks, "1");
                }
                1 => {
                    pane.form.set_entity("viewer");
                    pane.form.set_entity("issues");
                    pane.form.set_action("list");
                }
                _ => pane.form.described(vec![operation("issues", "list", &[])]),
            }
            prop_assert_eq!(pane.form.call(), before.clone());
        }
    }
}

// Rows are told apart by what they are for, not by their names alone.

/// Returns the form of Jira's search of projects, which has a parameter `action`.
fn projects_of_jira() -> RequestPane {
    let mut pane = RequestPane {
        form: Form::of(connector("4", "Jira", "jira")),
        ..RequestPane::default()
    };
    pane.form.set_entity("projects");
    pane.form.set_action("search");
    pane
}

/// Puts the cursor on the row of a parameter.
fn go_to_parameter(pane: &mut RequestPane, name: &str) {
    let is_own = |row: &Row| matches!(&row.kind, RowKind::Parameter(own) if own.name == name);
    pane.form.cursor.at = pane.form.rows.iter().position(is_own).unwrap();
}

#[test]
fn an_unfinished_parameter_does_not_become_one() {
    let mut pane = issues();
    type_into(&mut pane, "+ parameter", "abc");
    pane.form.described(vec![operation("issues", "list", &[])]);
    pane.form.set_entity("comments");
    pane.form.set_entity("issues");
    assert_eq!(body(&pane), "{}");
    assert_eq!(row(&pane, "+ parameter").value, text("abc"));
}

#[test]
fn a_parameter_that_is_called_like_an_option_is_another_row() {
    let mut pane = issues();
    type_into(&mut pane, "+ parameter", "intent=abc");
    pane.form.described(vec![operation("issues", "list", &[])]);
    let call = pane.form.call().unwrap();
    assert_eq!(
        (call.params.to_json().as_str(), call.intent.as_str()),
        (r#"{"intent":"abc"}"#, "")
    );
}

#[test]
fn a_parameter_that_is_called_like_the_action_keeps_cursor_and_value() {
    let mut pane = projects_of_jira();
    go_to_parameter(&mut pane, "action");
    pane.set_row(text("browse"));
    let before = pane.form.cursor.at;
    pane.form
        .described(vec![operation("projects", "search", &[])]);
    assert_eq!(pane.form.cursor.at, before);
    assert_eq!(
        (pane.form.action(), body(&pane).as_str()),
        ("search", r#"{"action":"browse"}"#)
    );
}

#[test]
fn a_list_sets_a_parameter_that_is_called_like_the_action() {
    let mut pane = projects_of_jira();
    go_to_parameter(&mut pane, "action");
    let request = FormRequest::SetValue("action".to_owned(), "browse".to_owned());
    handle(&mut pane, &session(), request);
    assert_eq!(
        (pane.form.action(), body(&pane).as_str()),
        ("search", r#"{"action":"browse"}"#)
    );
}

#[test]
fn a_list_sets_the_selected_one_of_two_rows_of_a_name() {
    let mut pane = issues();
    pane.form.set_parameter("skip_truncation", Value::Unset);
    for (is_option, expected) in [
        (true, r#""params":{},"skip_truncation":false"#),
        (
            false,
            r#""params":{"skip_truncation":false},"skip_truncation":false"#,
        ),
    ] {
        let is_own = |row: &Row| row.name() == "skip_truncation" && row.is_option() == is_option;
        pane.form.cursor.at = pane.form.rows.iter().position(is_own).unwrap();
        let request = FormRequest::SetValue("skip_truncation".to_owned(), "false".to_owned());
        handle(&mut pane, &session(), request);
        let body = pane.form.call().unwrap().body();
        assert!(body.contains(expected), "{body}");
    }
}

// What is missing is asked for, what is gone is not mistaken for another.

#[test]
fn an_inspection_that_was_cancelled_is_asked_for_again() {
    let (session, mut tasks) = (three(), TaskIds::default());
    let mut pane = RequestPane::default();
    choose(&mut pane, &session, &mut tasks, "1");
    act(&session, |context| {
        pane.described(TaskId(1), Ok(Vec::new()), context)
    });
    let acted = choose(&mut pane, &session, &mut tasks, "2");
    assert_eq!(acted.effects[0], Effect::Cancel(TaskId(2)));
    let acted = choose(&mut pane, &session, &mut tasks, "1");
    assert_eq!(acted.effects[2..], [inspect(5, "1")]);
}

#[test]
fn a_request_of_a_connector_that_is_gone_is_not_filled_into_the_form_of_another() {
    let linear = connector("2", "Linear", "linear");
    let session = session_of(std::slice::from_ref(&linear));
    let prefill = || {
        Box::new(Prefill {
            notice: Some(Notice::info("Filled in")),
            ..prefill(r#"{"number":7}"#)
        })
    };
    for request in [
        FormRequest::Fill(prefill()),
        FormRequest::FillAndSend(prefill()),
    ] {
        let mut pane = RequestPane {
            form: Form::of(linear.clone()),
            ..RequestPane::default()
        };
        let before = pane.form.call();
        assert_eq!(
            handle(&mut pane, &session, request),
            only_warning("This connector is not in the workspace any more")
        );
        assert_eq!(pane.form.call(), before);
    }
}

#[test]
fn a_pair_without_a_name_does_not_pass_for_a_parameter() {
    for (typed, fault) in [
        ("=x", Some("is no name=value")),
        (" =x", Some("is no name=value")),
        ("=", Some("is no name=value")),
        ("x", Some("is no name=value")),
        ("a=", None),
        ("a=b", None),
    ] {
        let pane = issues();
        let fault_of = row(&pane, "+ parameter").fault_of(typed);
        assert_eq!(fault_of.as_deref(), fault, "{typed:?}");
    }
}

#[test]
fn what_is_being_typed_stays_with_its_row_when_an_empty_form_is_filled() {
    let mut pane = asked("3");
    go_to(&mut pane, "+ parameter");
    perform(&mut pane, RequestCommand::Edit);
    pane.paste("cursor=abc");
    let operations = vec![operation("things", "list", &[string("owner")])];
    act(&three(), |context| {
        pane.described(TaskId(1), Ok(operations), context)
    });
    pane.commit();
    assert_eq!(body(&pane), r#"{"cursor":"abc"}"#);
}

#[test]
fn what_is_being_typed_is_not_given_to_another_row_when_its_own_is_not_declared() {
    let mut pane = issues();
    type_into(&mut pane, "+ parameter", "cursor=abc");
    go_to(&mut pane, "cursor");
    perform(&mut pane, RequestCommand::Unset);
    perform(&mut pane, RequestCommand::Edit);
    pane.paste("def");
    let required = Parameter {
        required: true,
        ..string("tenant")
    };
    pane.form
        .described(vec![operation("issues", "list", &[required])]);
    pane.commit();
    assert_eq!(body(&pane), r#"{"cursor":"def"}"#);
}

// Mistyped names.

#[test]
fn a_mistyped_name_is_noted_beside_it_with_the_one_that_was_meant() {
    let check = |pane: &RequestPane, name: &str, expected: Option<&str>| {
        let row = row(pane, name);
        let Value::Text(text) = &row.value else {
            panic!("{name} has no text");
        };
        assert_eq!(
            pane.form.remark_on(row, text).as_deref(),
            expected,
            "{name}"
        );
    };
    let mut pane = issues();
    check(&pane, "entity", None);
    pane.form
        .set_parameter("per_pgae", Value::Text("5".to_owned()));
    check(
        &pane,
        "per_pgae",
        Some("is not declared; did you mean `per_page`?"),
    );
    pane.form.set_action("lits");
    check(
        &pane,
        "action",
        Some("is not declared of `issues`; did you mean `list`?"),
    );
    pane.form.set_entity("isseus");
    check(
        &pane,
        "entity",
        Some("is not declared; did you mean `issues`?"),
    );
}
