//! `update`: keys as text in, effects out, compared whole.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::App;
use super::command::{Command, GlobalCommand, ReplyCommand};
use super::effect::{DownloadEffect, Effect, LookupEffect, Mouse, ReplyEffect};
use super::ids::TaskId;
use super::msg::{LookupMsg, Msg, ReplyMsg};
use super::popups::Popup;
use super::popups::dialog::DialogState as _;
use super::popups::fields::FieldsPopup;
use super::reply::ReplyPane;
use super::request::form::{Form, Value};
use super::requests::{FormRequest, Prefill, Request, SelectedRow};
use super::session::{Preset, Setup};
use super::sizes::{Area, Sizes, Target};
use super::source::LoadedReply;
use super::widgets::cursor::Cursor;
use super::widgets::focus::Pane;
use super::widgets::load::Load;
use crate::domain::call::{Call, JsonText, Params};
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reply::Reply;
use crate::envelope::{Envelope, Reading};
use crate::json::document::Document;

fn github() -> Connector {
    Connector {
        id: "1".into(),
        name: "GitHub".into(),
        slug: Some("github".into()),
        ..Connector::default()
    }
}

#[test]
fn a_click_on_the_folded_request_only_opens_it() {
    let mut app = issues();
    app.request.form.cursor = Cursor { at: 3, top: 2 };
    app.focus.pane = Pane::Reply;
    let line = Area {
        x: 30,
        y: 2,
        width: 80,
        height: 1,
    };
    app.measured(Sizes {
        panes: vec![(Pane::Request, line)],
        folded: Some(Pane::Request),
        ..Sizes::default()
    });
    let mouse = |kind| {
        Msg::Mouse(MouseEvent {
            kind,
            column: 40,
            row: 2,
            modifiers: KeyModifiers::NONE,
        })
    };
    assert_eq!(app.update(mouse(MouseEventKind::ScrollDown)), []);
    assert_eq!(app.focus.pane, Pane::Reply);
    let click = MouseEventKind::Down(MouseButton::Left);
    assert_eq!(app.update(mouse(click)), []);
    assert_eq!(app.focus.pane, Pane::Request);
    assert!(app.request.form.editing.is_none());
    // Its window is as it was, though a line was all that was seen of it.
    assert_eq!(app.request.form.cursor, Cursor { at: 3, top: 2 });
}

/// A state with GitHub's issues in the form.
fn issues() -> App {
    let pairs = vec![("per_page".to_owned(), "10".to_owned())];
    let preset = Preset {
        connector: "github".into(),
        entity: Some("issues".into()),
        action: Some("list".into()),
        pairs,
        ..Preset::default()
    };
    let (mut app, effects) = App::start(Setup {
        workspace: "default".into(),
        preset: Some(preset),
        ..Setup::default()
    });
    assert_eq!(
        effects,
        [
            Effect::Lookup(LookupEffect::Connectors {
                task: TaskId(1),
                workspace: "default".into()
            }),
            Effect::Download(DownloadEffect::LoadUnfinished {
                task: TaskId(2),
                folder: "".into()
            })
        ]
    );
    let effects = app.update(Msg::Lookup(LookupMsg::Connectors {
        task: TaskId(1),
        result: Ok(vec![github()]),
    }));
    assert_eq!(
        effects,
        [
            Effect::Lookup(LookupEffect::Describe {
                task: TaskId(3),
                connector_id: "1".into()
            }),
            Effect::Lookup(LookupEffect::Inspect {
                task: TaskId(4),
                connector_id: "1".into()
            }),
            Effect::Lookup(LookupEffect::StoreStates {
                task: TaskId(5),
                connector_id: "1".into()
            }),
        ]
    );
    app
}

fn call(params: &str) -> Call {
    let mut call = Call::new("1", "issues", "list");
    call.params = Params::parse(params).unwrap();
    call
}

/// Types keys (`\r` is Enter, `\t` Tab, `\u{1b}` Esc, `\u{f5}` F5) and compares the effects of all.
fn check(app: &mut App, keys: &str, expected: &[Effect]) {
    let effects: Vec<Effect> = keys
        .chars()
        .flat_map(|key| {
            let code = match key {
                '\r' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                '\u{1b}' => KeyCode::Esc,
                '\u{f5}' => KeyCode::F(5),
                '\u{8}' => KeyCode::Backspace,
                other => KeyCode::Char(other),
            };
            app.update(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
        })
        .collect();
    assert_eq!(effects, expected, "{keys:?}");
}

#[test]
fn sending_again_gives_up_the_call_before() {
    let mut app = issues();
    check(
        &mut app,
        "\u{f5}",
        &[Effect::Reply(ReplyEffect::Call {
            task: TaskId(6),
            call: call(r#"{"per_page":10}"#),
            reading: Reading::List,
            streams: true,
        })],
    );
    assert_eq!(app.focus.pane, Pane::Reply);
    check(
        &mut app,
        "\u{f5}",
        &[
            Effect::Cancel(TaskId(6)),
            Effect::Reply(ReplyEffect::Call {
                task: TaskId(7),
                call: call(r#"{"per_page":10}"#),
                reading: Reading::List,
                streams: true,
            }),
        ],
    );
    // The late reply of the first is dropped.
    let failure = Failure::new(FailureKind::Network, "late");
    assert_eq!(
        app.update(Msg::Reply(ReplyMsg::Finished {
            task: TaskId(6),
            result: Err(failure)
        })),
        []
    );
    assert!(app.messages.failure.is_none() && app.reply.load.task() == Some(TaskId(7)));
    check(&mut app, "\u{1b}", &[Effect::Cancel(TaskId(7))]);
    assert!(app.reply.load.task().is_none());
}

#[test]
fn a_large_reply_is_read_on_only_if_that_is_wanted() {
    let started = Effect::Reply(ReplyEffect::Call {
        task: TaskId(6),
        call: call(r#"{"per_page":10}"#),
        reading: Reading::List,
        streams: true,
    });
    let large = || {
        Msg::Reply(ReplyMsg::IsLarge {
            task: TaskId(6),
            bytes: 1 << 30,
        })
    };
    let mut app = issues();
    check(&mut app, "\u{f5}", std::slice::from_ref(&started));
    assert_eq!(app.update(large()), []);
    // An Enter that was meant for something else is no yes.
    check(&mut app, "\r", &[]);
    check(
        &mut app,
        "y",
        &[Effect::Reply(ReplyEffect::ReadOn(TaskId(6)))],
    );
    assert!(app.popups.is_empty());
    for key in ["n", "\u{1b}"] {
        let mut app = issues();
        check(&mut app, "\u{f5}", std::slice::from_ref(&started));
        assert_eq!(app.update(large()), []);
        check(&mut app, key, &[Effect::Cancel(TaskId(6))]);
        assert!(app.popups.is_empty() && app.reply.load.task().is_none());
    }
    // The question goes with the call.
    let mut app = issues();
    check(&mut app, "\u{f5}", std::slice::from_ref(&started));
    assert_eq!(app.update(large()), []);
    assert_eq!(
        app.update(Msg::Reply(ReplyMsg::Finished {
            task: TaskId(6),
            result: Err(Failure::new(FailureKind::Network, "gone"))
        })),
        []
    );
    assert!(app.popups.is_empty());
}

#[test]
fn unset_empty_and_null_are_three_things() {
    let mut app = issues();
    // owner: an empty text; repo: null; per_page: unset.
    check(&mut app, "jj\rx\u{8}\rj0jj\u{8}", &[]);
    assert_eq!(
        app.request.form.call(),
        Some(call(r#"{"owner":"","repo":null}"#))
    );
    // A text that does not fit stays, and is not sent.
    check(&mut app, "\rten\r\u{f5}", &[]);
    assert_eq!(
        app.request.form.selected().map(|row| &row.value),
        Some(&Value::Text("ten".into()))
    );
    assert!(
        app.messages
            .notice
            .as_ref()
            .is_some_and(|notice| notice.text.contains("per_page expects"))
    );
}

#[test]
fn printable_keys_are_text_while_a_field_has_the_keys() {
    let mut app = issues();
    check(&mut app, "jj\rq?s\r", &[]);
    assert_eq!(
        app.request.form.call(),
        Some(call(r#"{"owner":"q?s","per_page":10}"#))
    );
}

#[test]
fn esc_gives_the_old_value_of_a_row_back_and_f5_keeps_and_sends() {
    let mut app = issues();
    check(&mut app, "jj\racme\u{1b}", &[]);
    assert_eq!(app.request.form.call(), Some(call(r#"{"per_page":10}"#)));
    let expected = Effect::Reply(ReplyEffect::Call {
        task: TaskId(6),
        call: call(r#"{"owner":"acme","per_page":10}"#),
        reading: Reading::List,
        streams: true,
    });
    check(&mut app, "\racme\u{f5}", &[expected]);
}

#[test]
fn values_are_kept_while_one_looks_elsewhere() {
    let mut app = issues();
    app.request
        .form
        .set_parameter("owner", Value::Text("acme".into()));
    app.request.form.set_entity("comments");
    assert_eq!(
        app.request.form.call().map(|call| call.body()).as_deref(),
        Some(
            r#"{"entity":"comments","action":"list","params":{"owner":"acme"},"skip_truncation":true}"#
        )
    );
    app.request.form.set_entity("issues");
    assert_eq!(
        app.request.form.call(),
        Some(call(r#"{"owner":"acme","per_page":10}"#))
    );
    app.request.form.described(Vec::new());
    assert_eq!(
        app.request.form.call(),
        Some(call(r#"{"owner":"acme","per_page":10}"#))
    );
}

#[test]
fn undeclared_parameters_can_be_added() {
    let mut app = issues();
    let at = app
        .request
        .form
        .rows
        .iter()
        .position(|row| row.name() == "+ parameter")
        .unwrap();
    app.request.form.cursor.at = at;
    check(&mut app, "\rcursor=abc\r", &[]);
    assert_eq!(
        app.request.form.call(),
        Some(call(r#"{"per_page":10,"cursor":"abc"}"#))
    );
}

#[test]
fn what_cannot_be_done_says_why() {
    let (mut app, _) = App::start(Setup::default());
    for (command, words) in [
        (
            Command::Global(GlobalCommand::ShowMessage),
            "Nothing was said yet",
        ),
        (
            Command::Global(GlobalCommand::Send),
            "Choose a connector first",
        ),
        (
            Command::Reply(ReplyCommand::NextPage),
            "There is no reply yet",
        ),
        (Command::Reply(ReplyCommand::Save), "There is no reply yet"),
    ] {
        assert_eq!(app.perform(command), []);
        let said = app
            .messages
            .notice
            .take()
            .map(|notice| notice.text)
            .unwrap_or_default();
        assert!(said.contains(words), "{command:?}: {said}");
    }
    let mut app = issues();
    app.focus.pane = Pane::Reply;
    check(&mut app, "d", &[]);
    assert!(
        app.messages
            .notice
            .is_some_and(|notice| notice.text.contains("download"))
    );
}

#[test]
fn quitting_asks_while_a_call_runs() {
    let started = Effect::Reply(ReplyEffect::Call {
        task: TaskId(6),
        call: call(r#"{"per_page":10}"#),
        reading: Reading::List,
        streams: true,
    });
    let question = |app: &App| match app.popups.as_slice() {
        [Popup::Confirm(confirm)] => confirm.question.clone(),
        other => format!("{other:?}"),
    };
    let mut app = issues();
    check(&mut app, "\u{f5}", std::slice::from_ref(&started));
    check(&mut app, "q", &[]);
    assert_eq!(question(&app), "A call is running. Quit all the same?");
    check(&mut app, "n", &[]);
    assert!(
        app.popups.is_empty() && app.reply.load.task().is_some(),
        "the call goes on"
    );
    check(&mut app, "qy", &[Effect::Quit(0)]);
}

/// Returns the body of a page of a list that goes on.
fn page_before(cursor: u64) -> String {
    format!(
        r#"{{"status":"success","result":[{{"id":{cursor}}}],"connector_metadata":{{"has_next_page":true,"end_cursor":"c{cursor}"}}}}"#
    )
}

#[test]
fn quitting_asks_before_many_pages_are_lost_that_were_paid_for() {
    let with_pages = |pages: u64, host: &str| {
        let mut app = issues();
        app.session.setup.host = host.to_owned();
        app.reply = ReplyPane::default();
        for page in 1..=pages {
            let key = if page == 1 {
                KeyCode::F(5)
            } else {
                KeyCode::Char(']')
            };
            drop(app.update(Msg::Key(KeyEvent::new(key, KeyModifiers::NONE))));
            let body = page_before(page);
            let reply = Reply {
                status: 200,
                content_type: None,
                bytes: 1,
                took: std::time::Duration::ZERO,
                whole: true,
                received_at: String::new(),
            };
            let document = Document::parse(body.into_bytes().into());
            let loaded = LoadedReply::new(reply, Envelope::read(std::sync::Arc::new(document)));
            let finished = ReplyMsg::Finished {
                task: app.reply.load.task().unwrap(),
                result: Ok(Box::new(loaded)),
            };
            drop(app.update(Msg::Reply(finished)));
        }
        app
    };
    let mut app = with_pages(11, "https://api.airbyte.ai");
    check(&mut app, "q", &[]);
    let [Popup::Confirm(confirm)] = app.popups.as_slice() else {
        panic!("{:?}", app.popups);
    };
    assert_eq!(
        confirm.question,
        "11 pages were neither saved nor exported. Quit all the same?"
    );
    check(&mut app, "nqy", &[Effect::Quit(0)]);
    // Ten are not many, and what the sandbox or this machine answers costs nothing.
    let mut app = with_pages(10, "https://api.airbyte.ai");
    check(&mut app, "q", &[Effect::Quit(0)]);
    let mut app = with_pages(11, "http://127.0.0.1:8080");
    check(&mut app, "q", &[Effect::Quit(0)]);
    let mut app = with_pages(11, "https://api.airbyte.ai");
    app.session.setup.sandbox = true;
    check(&mut app, "q", &[Effect::Quit(0)]);
}

#[test]
fn more_calls_are_allowed_and_what_had_none_left_is_sent() {
    let mut app = issues();
    app.session.setup.max_calls = Some(0);
    check(&mut app, "\u{f5}", &[]);
    assert!(matches!(app.popups.as_slice(), [Popup::Confirm(_)]));
    // Enter was meant for something else.
    check(&mut app, "\r", &[]);
    check(
        &mut app,
        "y",
        &[
            Effect::AllowCalls(1),
            Effect::Reply(ReplyEffect::Call {
                task: TaskId(6),
                call: call(r#"{"per_page":10}"#),
                reading: Reading::List,
                streams: true,
            }),
        ],
    );
    assert_eq!(app.session.setup.max_calls, Some(1));
}

#[test]
fn a_failure_leads_to_the_row_that_it_names_and_a_missing_value_to_its_own() {
    let mut app = issues();
    let effects = app.update(Msg::Key(KeyEvent::new(KeyCode::F(5), KeyModifiers::NONE)));
    assert_eq!(effects.len(), 1);
    let mut failure = Failure::new(FailureKind::Input, "refused");
    failure.names = ["per_page".to_owned()].into();
    let finished = ReplyMsg::Finished {
        task: app.reply.load.task().unwrap(),
        result: Err(failure),
    };
    assert_eq!(app.update(Msg::Reply(finished)), []);
    check(&mut app, "\r", &[]);
    assert_eq!(app.focus.pane, Pane::Request);
    assert_eq!(app.request.form.selected().unwrap().name(), "per_page");
    app.request.form.set_action("get");
    check(&mut app, "\u{f5}", &[]);
    assert!(matches!(app.popups.as_slice(), [Popup::Confirm(_)]));
    check(&mut app, "\u{1b}", &[]);
    assert_eq!(app.request.form.selected().unwrap().name(), "number");
}

#[test]
fn quitting_is_at_once_when_nothing_runs() {
    let mut app = issues();
    check(&mut app, "q", &[Effect::Quit(0)]);
    assert_eq!(
        app.update(Msg::Key(KeyEvent::new(
            KeyCode::Char('c'),
            KeyModifiers::CONTROL
        ))),
        [Effect::Quit(130)]
    );
}

/// A form with a search over Linear's issues, which can be searched by meaning.
fn search_of_linear() -> Form {
    let linear = Connector {
        id: "1".into(),
        name: "Linear".into(),
        slug: Some("linear".into()),
        ..Connector::default()
    };
    let mut form = Form::of(linear);
    form.set_entity("issues");
    form.set_action("context_store_search");
    form
}

#[test]
fn a_search_needs_a_query_only_without_a_meaning() {
    let mut form = search_of_linear();
    assert_eq!((form.missing(), form.first_remark()), (vec!["query"], None));
    form.set_parameter(
        "semantic",
        Value::Text(r#"{"prompt":"late flights"}"#.to_owned()),
    );
    assert_eq!((form.missing(), form.first_remark()), (vec![], None));
    form.set_parameter("query", Value::Text("{}".to_owned()));
    let both = |other: &str| format!("does not go together with `{other}`: unset one of them");
    assert_eq!(form.first_remark(), Some(("query", both("semantic"))));
    let semantic = form
        .rows
        .iter()
        .find(|row| row.name() == "semantic")
        .unwrap();
    assert_eq!(form.remark_on(semantic, "{}"), Some(both("query")));
    assert_eq!(form.first_fault(), None, "the service has the last word");
}

#[test]
fn what_a_query_names_is_compared_with_what_the_operation_declares() {
    let mut form = search_of_linear();
    let mut remark = |query: &str| {
        form.set_parameter("query", Value::Text(query.to_owned()));
        form.first_remark()
            .map(|(_, remark)| remark)
            .unwrap_or_default()
    };
    assert_eq!(remark(r#"{"filter":{"eq":{"id":"x"}}}"#), "");
    assert!(
        remark(r#"{"filter":{"eq":{"nonsense":"x"}}}"#)
            .starts_with("names an unknown field `nonsense`; known are ")
    );
    assert!(
        remark(r#"{"filter":{"like":{"id":"x"}}}"#)
            .starts_with("has an unknown operator `like`; known are eq, ")
    );
    form.set_action("list");
    form.set_parameter(
        "query",
        Value::Text(r#"{"filter":{"like":{"id":"x"}}}"#.to_owned()),
    );
    assert_eq!(
        form.first_remark(),
        None,
        "another action's `query` is its own"
    );
}

#[test]
fn what_makes_time_matter_is_told_the_time() {
    use std::time::{Duration, Instant};
    let elapsed_of: [fn(&mut App) -> &mut Load<()>; 3] = [
        |app| &mut app.connectors.load,
        |app| &mut app.reply.search.running,
        |app| &mut app.reply.exporting,
    ];
    for load in elapsed_of {
        let mut app = issues();
        let begin = Instant::now();
        load(&mut app).start(TaskId(91));
        assert!(app.is_busy());
        for second in 0..2 {
            assert_eq!(
                app.update(Msg::Tick(begin + Duration::from_secs(second))),
                []
            );
        }
        let now = app.session.now;
        assert_eq!(load(&mut app).elapsed(now), Some(Duration::from_secs(1)));
    }
    let mut app = issues();
    let begin = Instant::now();
    let mut view = FieldsPopup::default();
    view.fields.start(TaskId(91));
    app.popups.push(Popup::Fields(Box::new(view)));
    assert!(app.is_busy());
    for second in 0..2 {
        assert_eq!(
            app.update(Msg::Tick(begin + Duration::from_secs(second))),
            []
        );
    }
    let Some(Popup::Fields(view)) = app.popups.last() else {
        panic!("the fields are shown")
    };
    assert_eq!(
        view.fields.elapsed(app.session.now),
        Some(Duration::from_secs(1))
    );
}

/// A state that was started with GitHub's issues and whose connectors are still being loaded.
fn loading(connector: &str) -> App {
    let preset = Preset {
        connector: connector.into(),
        entity: Some("issues".into()),
        action: Some("list".into()),
        pairs: vec![("per_page".to_owned(), "10".to_owned())],
        ..Preset::default()
    };
    let (app, _) = App::start(Setup {
        workspace: "default".into(),
        preset: Some(preset),
        ..Setup::default()
    });
    app
}

fn loaded(app: &mut App, result: Result<Vec<Connector>, Failure>) -> Vec<Effect> {
    app.update(Msg::Lookup(LookupMsg::Connectors {
        task: TaskId(1),
        result,
    }))
}

fn said(app: &App) -> &str {
    let notice = app.messages.notice.as_ref();
    notice.map_or("", |notice| notice.text.as_str())
}

/// Returns what is asked of GitHub when it is chosen, and of the list when it is loaded.
fn lookups() -> [Effect; 3] {
    let connector_id = || "1".to_owned();
    [
        LookupEffect::Describe {
            task: TaskId(3),
            connector_id: connector_id(),
        },
        LookupEffect::Inspect {
            task: TaskId(4),
            connector_id: connector_id(),
        },
        LookupEffect::StoreStates {
            task: TaskId(5),
            connector_id: connector_id(),
        },
    ]
    .map(Effect::Lookup)
}

fn sends(task: u64, params: &str) -> Effect {
    Effect::Reply(ReplyEffect::Call {
        task: TaskId(task),
        call: call(params),
        reading: Reading::List,
        streams: true,
    })
}

#[test]
fn a_request_of_the_command_line_is_sent_as_soon_as_its_connector_is_known() {
    let mut app = loading("github");
    // The catalog knows the operation before the connectors are loaded, and its values can be changed.
    assert_eq!(app.request.form.name(), Some("github"));
    assert!(app.request.form.operation().is_some());
    let value = Value::Text("20".to_owned());
    app.request.form.set_parameter("per_page", value);
    check(&mut app, "\u{f5}", &[]);
    assert_eq!(
        said(&app),
        "Sends when the connectors are loaded: Esc forgets it"
    );
    check(&mut app, "\u{f5}", &[]);
    // The call goes first: nothing that only informs stands in its way.
    let mut expected = vec![sends(6, r#"{"per_page":20}"#)];
    expected.extend(lookups());
    assert_eq!(loaded(&mut app, Ok(vec![github()])), expected);
    assert_eq!(app.focus.pane, Pane::Reply);
    assert_eq!(app.request.form.name(), Some("GitHub"));
    assert!(!said(&app).contains("when the connectors are loaded"));
}

#[test]
fn a_connector_that_only_the_workspace_knows_is_filled_in_when_it_is_loaded() {
    let mut app = loading("Ours");
    assert!(app.request.form.rows.is_empty());
    check(&mut app, "\u{f5}", &[]);
    let ours = Connector {
        name: "Ours".into(),
        ..github()
    };
    let mut expected = vec![sends(6, r#"{"per_page":10}"#)];
    expected.extend(lookups());
    assert_eq!(loaded(&mut app, Ok(vec![ours])), expected);
}

#[test]
fn nothing_is_sent_while_a_value_is_edited_that_was_meant_to_be_sent_before() {
    let mut app = loading("github");
    check(&mut app, "\u{f5}2gjj\r", &[]);
    check(&mut app, "ne", &[]);
    let effects = loaded(&mut app, Ok(vec![github()]));
    assert!(
        effects.iter().all(|effect| !effect.is_call()),
        "{effects:?}"
    );
    assert_eq!(
        said(&app),
        "Not sent while a value is edited: F5 keeps and sends it"
    );
    assert!(app.request.form.editing.is_some());
}

#[test]
fn escape_forgets_what_waits_for_the_connectors() {
    let mut app = loading("github");
    check(&mut app, "\u{f5}\u{1b}", &[]);
    assert_eq!(said(&app), "Forgotten: nothing waits for the connectors");
    assert_eq!(app.focus.pane, Pane::Request);
    assert_eq!(loaded(&mut app, Ok(vec![github()])), lookups());
}

#[test]
fn nothing_is_sent_where_the_connectors_or_the_connector_are_missing() {
    let mut app = loading("github");
    check(&mut app, "\u{f5}", &[]);
    let failure = Failure::new(FailureKind::Network, "No network");
    assert_eq!(loaded(&mut app, Err(failure)), []);
    assert_eq!(said(&app), "No network");
    let mut app = loading("githbu");
    check(&mut app, "\u{f5}", &[]);
    let effects = loaded(&mut app, Ok(vec![github()]));
    assert!(effects.iter().all(|effect| !effect.is_call()));
    assert_eq!(
        said(&app),
        "There is no connector `githbu` in workspace `default`; did you mean `github`?"
    );
    let another = Connector {
        id: "2".into(),
        ..github()
    };
    let mut app = loading("github");
    check(&mut app, "\u{f5}", &[]);
    let effects = loaded(&mut app, Ok(vec![github(), another]));
    assert!(effects.iter().all(|effect| !effect.is_call()));
    assert!(said(&app).starts_with("`github` is ambiguous"));
    // The one that is chosen then takes what was filled in.
    check(
        &mut app,
        "\r\u{f5}",
        &[
            Effect::Lookup(LookupEffect::Describe {
                task: TaskId(4),
                connector_id: "1".into(),
            }),
            Effect::Lookup(LookupEffect::Inspect {
                task: TaskId(5),
                connector_id: "1".into(),
            }),
            sends(6, r#"{"per_page":10}"#),
        ],
    );
}

#[test]
fn enter_chooses_and_f5_sends_when_the_connectors_are_loaded() {
    let (mut app, _) = App::start(Setup::default());
    check(&mut app, "\u{f5}", &[]);
    assert_eq!(said(&app), "Choose a connector first");
    check(&mut app, "/hub\r", &[]);
    assert_eq!(
        said(&app),
        "Chooses the connector when the connectors are loaded: Esc forgets it"
    );
    let linear = Connector {
        id: "2".into(),
        name: "Linear".into(),
        slug: Some("linear".into()),
        ..Connector::default()
    };
    let effects = loaded(&mut app, Ok(vec![linear, github()]));
    assert_eq!(effects.len(), 3);
    assert_eq!(app.request.form.name(), Some("GitHub"));
    assert_eq!(app.focus.pane, Pane::Request);
    // Where there is none to choose, that is said.
    let (mut app, _) = App::start(Setup::default());
    check(&mut app, "\r", &[]);
    assert_eq!(loaded(&mut app, Ok(Vec::new())), []);
    assert_eq!(said(&app), "There is no connector here");
    // With F5 behind it, what is chosen is sent, too.
    let (mut app, _) = App::start(Setup::default());
    check(&mut app, "\r\u{f5}", &[]);
    let effects = loaded(&mut app, Ok(vec![github()]));
    assert_eq!(effects.iter().filter(|effect| effect.is_call()).count(), 1);
}

#[test]
fn enter_on_the_form_edits_the_row_when_the_connector_is_known() {
    let mut app = loading("Ours");
    check(&mut app, "\r", &[]);
    assert_eq!(
        said(&app),
        "Edits the row when the connectors are loaded: Esc forgets it"
    );
    let ours = Connector {
        name: "Ours".into(),
        ..github()
    };
    assert_eq!(loaded(&mut app, Ok(vec![ours])), lookups());
    assert!(matches!(app.popups.last(), Some(Popup::Picker(_))));
}

/// Ends the call that runs with a list of one record.
fn receive(app: &mut App, id: u32) {
    let body = format!(r#"{{"status":"success","result":[{{"id":{id}}}]}}"#);
    let document = Document::parse(bytes::Bytes::from(body));
    let reply = Reply {
        status: 200,
        content_type: None,
        bytes: 0,
        took: std::time::Duration::ZERO,
        whole: true,
        received_at: String::new(),
    };
    let loaded = LoadedReply::new(reply, Envelope::read(document.into()));
    let task = app.reply.load.task().unwrap();
    let result = Ok(Box::new(loaded));
    assert_eq!(
        app.update(Msg::Reply(ReplyMsg::Finished { task, result })),
        []
    );
}

/// Goes a step with Alt-Left or Alt-Right. Returns the effects.
fn go(app: &mut App, code: KeyCode) -> Vec<Effect> {
    app.update(Msg::Key(KeyEvent::new(code, KeyModifiers::ALT)))
}

/// Returns the request in the form and the first id of the reply that is shown.
fn seen(app: &App) -> (String, Option<String>) {
    let call = app.request.form.call().unwrap();
    let tree = app.reply.tree();
    let id = tree.map(|tree| tree.document().plain(tree.document().root().unwrap()));
    let request = format!("{} {} {}", call.entity, call.action, call.params.to_json());
    (request, id.map(|text| text.into_owned()))
}

fn fulfil(app: &mut App, request: FormRequest) -> Vec<Effect> {
    app.fulfil(Request::Form(request))
}

#[test]
fn a_connector_an_entity_and_a_relation_are_steps_that_one_comes_back_from() {
    let mut app = issues();
    let _ = app.perform(Command::Global(GlobalCommand::Send));
    receive(&mut app, 1);
    let list = seen(&app);
    assert!(list.0.starts_with("issues list"), "{list:?}");
    // An entity: the reply before stays in sight.
    fulfil(&mut app, FormRequest::SetEntity("comments".into()));
    let entity = seen(&app);
    assert!(entity.0.starts_with("comments list"), "{entity:?}");
    // A relation: filled in and sent.
    let mut params = Params::default();
    params.set("owner", JsonText::string("acme"));
    let prefill = Prefill {
        connector_id: "1".into(),
        entity: "issues".into(),
        action: "get".into(),
        params,
        typed: None,
        row: SelectedRow::Same,
        notice: None,
    };
    fulfil(&mut app, FormRequest::FillAndSend(Box::new(prefill)));
    receive(&mut app, 2);
    let record = seen(&app);
    assert!(record.0.starts_with(r#"issues get {"owner":"acme""#));
    // Another connector.
    let other = Connector {
        id: "2".into(),
        slug: Some("linear".into()),
        ..github()
    };
    app.session.connectors.push(other);
    fulfil(&mut app, FormRequest::Choose("2".into()));
    assert_eq!(app.request.form.call().unwrap().connector_id, "2");

    // Back through all of it, and forward again, by either key and without a call.
    let calls = |effects: &[Effect]| {
        let calls = effects.iter();
        calls.filter(|own| matches!(own, Effect::Reply(_))).count()
    };
    for expected in [&record, &entity, &list] {
        assert_eq!(calls(&go(&mut app, KeyCode::Left)), 0);
        assert_eq!(seen(&app), *expected);
    }
    check(&mut app, "(", &[]);
    assert_eq!(seen(&app), list, "there is nothing before it");
    let notice = app.messages.notice.as_ref().unwrap();
    assert!(notice.text.contains("no request before"), "{notice:?}");
    for expected in [&entity, &record] {
        assert_eq!(calls(&go(&mut app, KeyCode::Right)), 0);
        assert_eq!(seen(&app), *expected);
    }
    assert_eq!(calls(&go(&mut app, KeyCode::Right)), 0);
    assert_eq!(app.request.form.call().unwrap().connector_id, "2");
}

#[test]
fn what_was_typed_comes_back_with_its_request() {
    let mut app = issues();
    check(&mut app, "jj\rten\r", &[]);
    let cursor = app.request.form.cursor;
    fulfil(&mut app, FormRequest::SetEntity("comments".into()));
    // The owner is required by both and was carried over.
    check(&mut app, "(", &[]);
    assert_eq!(
        app.request.form.call(),
        Some(call(r#"{"owner":"ten","per_page":10}"#))
    );
    assert_eq!(app.request.form.cursor, cursor);
    // A parameter that the former request did not have is not carried into it.
    app.request.form.set_parameter("owner", Value::Unset);
    fulfil(&mut app, FormRequest::SetEntity("comments".into()));
    app.request
        .form
        .set_parameter("owner", Value::Text("new".into()));
    check(&mut app, "(", &[]);
    assert_eq!(app.request.form.call(), Some(call(r#"{"per_page":10}"#)));
}

#[test]
fn the_same_entity_chosen_again_is_no_step_and_a_file_has_no_way_back() {
    let mut app = issues();
    fulfil(&mut app, FormRequest::SetEntity("issues".into()));
    assert_eq!(app.reply.trail.place(), (1, 1));
    let (mut app, _) = App::start(Setup {
        file: Some(super::session::OpenFile::default()),
        ..Setup::default()
    });
    check(&mut app, "(", &[]);
    assert!(
        app.messages
            .notice
            .is_some_and(|notice| notice.text.contains("This is a file"))
    );
}

/// A popup of 40x10 cells at (20, 5) whose list of `rows` rows begins in its third line, and a word at the bottom that is Esc.
fn with_popup(app: &mut App, rows: u16) {
    let sizes = Sizes {
        popup: (usize::from(rows), usize::from(rows)),
        popup_area: Area {
            x: 20,
            y: 5,
            width: 40,
            height: 10,
        },
        popup_list: Area {
            x: 22,
            y: 8,
            width: 36,
            height: rows,
        },
        targets: vec![(
            Area {
                x: 1,
                y: 23,
                width: 9,
                height: 1,
            },
            Target::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)),
        )],
        ..Sizes::default()
    };
    app.measured(sizes);
}

fn click(app: &mut App, column: u16, row: u16) -> Vec<Effect> {
    app.update(Msg::Mouse(MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column,
        row,
        modifiers: KeyModifiers::NONE,
    }))
}

#[test]
fn a_click_in_a_list_to_choose_from_chooses_the_row() {
    let mut app = issues();
    check(&mut app, "\r", &[]);
    let Some(Popup::Picker(picker)) = app.popups.last() else {
        panic!("the entities are listed");
    };
    let labels: Vec<_> = picker.items.iter().map(|item| item.label.clone()).collect();
    with_popup(&mut app, 5);
    assert_eq!(click(&mut app, 30, 6), [], "the field is no row");
    let Some(Popup::Picker(picker)) = app.popups.last() else {
        panic!("the list stays open");
    };
    let second = labels[picker.cursor.top + 1].clone();
    assert_eq!(app.popups.len(), 1);
    assert_eq!(click(&mut app, 30, 9), []);
    assert!(app.popups.is_empty());
    assert_eq!(app.request.form.entity(), second);
}

#[test]
fn a_row_that_was_pointed_at_is_meant_whatever_is_typed() {
    let mut app = issues();
    check(&mut app, "\r", &[]);
    let names = |app: &App| match app.popups.last() {
        Some(Popup::Picker(picker)) => {
            let matches = picker.matches.iter();
            matches
                .map(|index| picker.items[*index].label.clone())
                .collect::<Vec<_>>()
        }
        Some(_) | None => Vec::new(),
    };
    check(&mut app, "issues", &[]);
    let shown = names(&app);
    let other = shown.iter().position(|name| name != "issues");
    let Some(other) = other else {
        // The catalog has one match: there is nothing else to point at.
        return;
    };
    with_popup(&mut app, 5);
    assert_eq!(click(&mut app, 30, 8 + other as u16), []);
    assert_eq!(app.request.form.entity(), shown[other]);
}

#[test]
fn a_click_outside_of_a_popup_and_one_on_its_hint_close_it() {
    for (column, row) in [(5, 10), (1, 23), (70, 6)] {
        let mut app = issues();
        check(&mut app, "?", &[]);
        with_popup(&mut app, 5);
        assert_eq!(click(&mut app, column, row), []);
        assert!(app.popups.is_empty(), "{column} {row}");
    }
}

#[test]
fn a_row_of_a_dialog_is_selected_by_the_first_click_and_changed_by_the_second() {
    let mut app = issues();
    check(&mut app, "P", &[]);
    with_popup(&mut app, 5);
    let at = |app: &App| match app.popups.last() {
        Some(Popup::Profile(popup)) => {
            let dialog = popup.dialog();
            (dialog.cursor.at, dialog.rows[1].value.clone())
        }
        Some(_) | None => panic!("the dialog is open"),
    };
    let (_, value) = at(&app);
    assert_eq!(click(&mut app, 30, 9), []);
    assert_eq!(at(&app), (1, value.clone()));
    click(&mut app, 30, 9);
    let is_typed = match app.popups.last() {
        Some(Popup::Profile(popup)) => popup.dialog().editing.is_some(),
        Some(_) | None => false,
    };
    assert!(is_typed || at(&app).1 != value);
}

#[test]
fn the_screen_is_drawn_again_whatever_is_open_or_typed() {
    let mut app = issues();
    let repaint = |app: &mut App| {
        app.update(Msg::Key(KeyEvent::new(
            KeyCode::Char('l'),
            KeyModifiers::CONTROL,
        )))
    };
    assert_eq!(repaint(&mut app), [Effect::Repaint]);
    check(&mut app, "?", &[]);
    assert_eq!(repaint(&mut app), [Effect::Repaint]);
    assert_eq!(app.popups.len(), 1);
    check(&mut app, "\u{1b}1/gi", &[]);
    assert_eq!(repaint(&mut app), [Effect::Repaint]);
    assert!(app.connectors.typing.is_some());
}

#[test]
fn the_mouse_is_left_to_the_terminal_and_taken_back_by_a_command() {
    let mut app = issues();
    let command = Command::Global(GlobalCommand::ToggleMouse);
    assert_eq!(app.perform(command), [Effect::Mouse(Mouse::Left)]);
    assert_eq!(app.perform(command), [Effect::Mouse(Mouse::Taken)]);
    // The palette has it by name, without a key.
    check(&mut app, ":mouse", &[]);
    let Some(Popup::Picker(picker)) = app.popups.last() else {
        panic!("the palette is open");
    };
    assert!(picker.items[picker.matches[0]].label.contains("mouse"));
    check(&mut app, "\r", &[Effect::Mouse(Mouse::Left)]);
}
