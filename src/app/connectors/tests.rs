//! Unit tests of the pane, without a runtime and without a screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;

use super::ConnectorsPane;
use crate::app::command::{Command, ConnectorsCommand, Movement};
use crate::app::effect::{Effect, LookupEffect};
use crate::app::ids::{TaskId, TaskIds};
use crate::app::requests::{FormRequest, PopupRequest, Request};
use crate::app::session::Session;
use crate::app::testing::{Acted, act, act_with, connector, session_of};
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::load::Load;
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};

/// Returns a session with `a` Support desk (Zendesk), `b` Zen (GitHub), `c` Mail (Gmail).
fn three() -> Session {
    session_of(&[
        connector("a", "Support desk", "zendesk-support"),
        connector("b", "Zen", "github"),
        connector("c", "Mail", "gmail"),
    ])
}

/// Returns a session with connectors `0`, `1`, `2` and so on.
fn many(count: usize) -> Session {
    let connectors: Vec<Connector> = (0..count)
        .map(|index| connector(&index.to_string(), &format!("Number {index}"), "github"))
        .collect();
    session_of(&connectors)
}

/// Returns a pane that has loaded the connectors of a session.
fn loaded(session: &Session) -> ConnectorsPane {
    let mut pane = ConnectorsPane::default();
    act(session, |context| {
        pane.load(context);
        pane.loaded(TaskId(1), Ok(()), context);
    });
    pane
}

fn ids(pane: &ConnectorsPane, session: &Session) -> Vec<String> {
    let shown = pane.shown(session).into_iter();
    shown.map(|connector| connector.id.clone()).collect()
}

fn selected<'a>(pane: &ConnectorsPane, session: &'a Session) -> Option<&'a str> {
    pane.selected(session)
        .map(|connector| connector.id.as_str())
}

fn press(pane: &mut ConnectorsPane, session: &Session, code: KeyCode) -> Acted {
    let event = KeyEvent::new(code, KeyModifiers::NONE);
    act(session, |context| pane.key_in_filter(event, context))
}

/// Opens the field and types a filter.
fn type_filter(pane: &mut ConnectorsPane, session: &Session, filter: &str) {
    act(session, |context| {
        pane.perform(ConnectorsCommand::Filter, context)
    });
    for character in filter.chars() {
        assert_eq!(
            press(pane, session, KeyCode::Char(character)),
            Acted::default()
        );
    }
}

fn list_of_default(task: u64) -> Effect {
    Effect::Lookup(LookupEffect::Connectors {
        task: TaskId(task),
        workspace: "default".to_owned(),
    })
}

fn store_states_of(task: u64, connector_id: &str) -> Effect {
    Effect::Lookup(LookupEffect::StoreStates {
        task: TaskId(task),
        connector_id: connector_id.to_owned(),
    })
}

fn broken() -> Failure {
    Failure::new(FailureKind::Network, "Could not list the connectors")
}

#[test]
fn a_load_asks_for_the_connectors_of_the_workspace() {
    let mut pane = ConnectorsPane::default();
    let acted = act(&three(), |context| pane.load(context));
    assert_eq!(
        acted,
        Acted {
            effects: vec![list_of_default(1)],
            ..Acted::default()
        }
    );
    assert_eq!(pane.load.task(), Some(TaskId(1)));
}

#[test]
fn a_second_load_cancels_the_first() {
    let mut pane = ConnectorsPane::default();
    let acted = act(&three(), |context| {
        pane.load(context);
        pane.load(context);
    });
    assert_eq!(
        acted.effects,
        [
            list_of_default(1),
            Effect::Cancel(TaskId(1)),
            list_of_default(2)
        ]
    );
}

#[test]
fn nothing_is_shown_before_the_first_load() {
    let pane = ConnectorsPane::default();
    assert_eq!((pane.count(), pane.selected(&three())), (0, None));
    assert!(pane.shown(&three()).is_empty());
}

#[test]
fn loaded_connectors_are_shown_in_their_order_and_their_store_states_asked_for() {
    let (session, mut tasks) = (three(), TaskIds::default());
    let mut pane = ConnectorsPane::default();
    act_with(&session, &mut tasks, |context| pane.load(context));
    let acted = act_with(&session, &mut tasks, |context| {
        pane.loaded(TaskId(1), Ok(()), context)
    });
    assert_eq!(
        acted,
        Acted {
            effects: vec![store_states_of(2, "a")],
            ..Acted::default()
        }
    );
    assert_eq!(ids(&pane, &session), ["a", "b", "c"]);
    assert_eq!(pane.load, Load::Ready(()));
}

#[test]
fn an_empty_workspace_has_no_store_states_to_ask_for() {
    let session = session_of(&[]);
    let mut pane = ConnectorsPane::default();
    let acted = act(&session, |context| {
        pane.load(context);
        pane.loaded(TaskId(1), Ok(()), context);
    });
    assert_eq!(acted.effects, [list_of_default(1)]);
    assert_eq!(pane.count(), 0);
}

#[test]
fn a_failed_load_keeps_the_former_list() {
    let (session, mut tasks) = (three(), TaskIds::default());
    let mut pane = ConnectorsPane::default();
    act_with(&session, &mut tasks, |context| pane.load(context));
    act_with(&session, &mut tasks, |context| {
        pane.loaded(TaskId(1), Ok(()), context)
    });
    act_with(&session, &mut tasks, |context| pane.load(context));
    let acted = act_with(&session, &mut tasks, |context| {
        pane.loaded(TaskId(3), Err(broken()), context)
    });
    assert_eq!(acted, Acted::default());
    assert_eq!(ids(&pane, &session), ["a", "b", "c"]);
    assert_eq!(
        pane.load,
        Load::Failed {
            failure: broken(),
            previous: Some(())
        }
    );
}

#[test]
fn store_states_are_expected_once() {
    let session = three();
    let mut pane = loaded(&session);
    assert!(!pane.store_states_loaded(TaskId(1)), "the list's task");
    assert!(pane.store_states_loaded(TaskId(2)));
    assert!(!pane.store_states_loaded(TaskId(2)), "they are here");
}

#[test]
fn store_states_of_a_former_list_are_not_waited_for() {
    let (session, mut tasks) = (three(), TaskIds::default());
    let mut pane = ConnectorsPane::default();
    act_with(&session, &mut tasks, |context| pane.load(context));
    act_with(&session, &mut tasks, |context| {
        pane.loaded(TaskId(1), Ok(()), context)
    });
    act_with(&session, &mut tasks, |context| pane.load(context));
    let acted = act_with(&session, &mut tasks, |context| {
        pane.loaded(TaskId(3), Ok(()), context)
    });
    assert_eq!(
        acted.effects,
        [Effect::Cancel(TaskId(2)), store_states_of(4, "a")]
    );
    let acted = act_with(&session, &mut tasks, |context| pane.start_over(context));
    assert_eq!(
        acted.effects,
        [Effect::Cancel(TaskId(4)), list_of_default(5)]
    );
    assert!(!pane.store_states_loaded(TaskId(4)));
}

#[test]
fn another_workspace_begins_without_filter_and_cursor() {
    let session = many(5);
    let mut pane = loaded(&session);
    type_filter(&mut pane, &session, "Number");
    pane.move_cursor(Movement::Down, 3);
    pane.store_states_loaded(TaskId(2));
    let acted = act(&session_of(&[]), |context| pane.start_over(context));
    assert_eq!(acted.effects, [list_of_default(1)]);
    assert_eq!((pane.filter.as_str(), pane.count()), ("", 0));
    assert_eq!(pane.cursor, Cursor::default());
    assert!(pane.typing.is_none());
}

#[test]
fn another_workspace_cancels_the_load_that_runs() {
    let mut pane = ConnectorsPane::default();
    let acted = act(&three(), |context| {
        pane.load(context);
        pane.start_over(context);
    });
    assert_eq!(
        acted.effects,
        [
            list_of_default(1),
            Effect::Cancel(TaskId(1)),
            list_of_default(2)
        ]
    );
}

#[test]
fn a_filter_shows_the_best_match_first() {
    let session = three();
    for (filter, expected) in [
        ("", &["a", "b", "c"][..]),
        ("  ", &["a", "b", "c"]),
        ("zen", &["b", "a"]),
        ("ZENDESK", &["a"]),
        ("gmail", &["c"]),
        ("desk sup", &["a"]),
        ("nothing like it", &[]),
    ] {
        let mut pane = loaded(&session);
        pane.set_filter(filter.to_owned(), &session);
        assert_eq!(ids(&pane, &session), expected, "{filter:?}");
        assert_eq!(pane.count(), expected.len(), "{filter:?}");
    }
}

#[test]
fn a_connector_without_a_slug_is_found_by_its_template() {
    let old = Connector {
        id: "old".to_owned(),
        name: "Ours".to_owned(),
        template: "Zendesk Support".to_owned(),
        ..Connector::default()
    };
    let session = session_of(&[old]);
    let mut pane = loaded(&session);
    pane.set_filter("zendesk".to_owned(), &session);
    assert_eq!(ids(&pane, &session), ["old"]);
}

#[test]
fn a_filter_holds_for_the_connectors_of_the_next_load() {
    let mut pane = loaded(&three());
    pane.set_filter("zen".to_owned(), &three());
    let fewer = session_of(&[
        connector("c", "Mail", "gmail"),
        connector("b", "Zen", "github"),
    ]);
    act(&fewer, |context| {
        pane.load(context);
        pane.loaded(TaskId(1), Ok(()), context);
    });
    assert_eq!(ids(&pane, &fewer), ["b"]);
}

#[test]
fn only_another_filter_moves_the_cursor_to_the_first_match() {
    let session = many(5);
    let mut pane = loaded(&session);
    pane.set_filter("Number".to_owned(), &session);
    pane.move_cursor(Movement::Bottom, 3);
    pane.set_filter("Number".to_owned(), &session);
    assert_eq!(selected(&pane, &session), Some("4"));
    pane.set_filter("Numb".to_owned(), &session);
    assert_eq!(selected(&pane, &session), Some("0"));
}

#[test]
fn a_connector_is_selected_only_if_it_is_shown() {
    let session = three();
    let mut pane = loaded(&session);
    pane.select("c", &session);
    assert_eq!(selected(&pane, &session), Some("c"));
    pane.select("unknown", &session);
    assert_eq!(selected(&pane, &session), Some("c"));
    pane.set_filter("zen".to_owned(), &session);
    pane.select("c", &session);
    assert_eq!(selected(&pane, &session), Some("b"), "c is filtered out");
    pane.select("a", &session);
    assert_eq!(selected(&pane, &session), Some("a"), "in the filtered list");
}

#[test]
fn connectors_that_have_left_the_session_are_not_shown() {
    let pane = loaded(&three());
    let fewer = session_of(&[connector("a", "Support desk", "zendesk-support")]);
    assert_eq!(ids(&pane, &fewer), ["a"]);
    assert_eq!(selected(&pane, &session_of(&[])), None);
}

#[test]
fn movements_stay_in_the_list() {
    let session = many(20);
    // The window has 9 lines, one of which stays in sight.
    for (from, movement, to) in [
        (0, Movement::Up, 0),
        (0, Movement::Down, 1),
        (19, Movement::Down, 19),
        (0, Movement::HalfDown, 4),
        (19, Movement::HalfUp, 15),
        (2, Movement::HalfUp, 0),
        (0, Movement::PageDown, 8),
        (15, Movement::PageDown, 19),
        (19, Movement::PageUp, 11),
        (7, Movement::Top, 0),
        (7, Movement::Bottom, 19),
    ] {
        let mut pane = loaded(&session);
        pane.cursor.at = from;
        pane.move_cursor(movement, 9);
        assert_eq!(pane.cursor.at, to, "{movement:?} from {from}");
    }
}

#[test]
fn a_click_selects_and_chooses_the_line_of_the_window() {
    let session = many(20);
    let mut pane = loaded(&session);
    pane.cursor = Cursor { at: 12, top: 10 };
    let acted = act(&session, |context| pane.click(4, context));
    assert_eq!(acted.requests, choose("14"));
    assert_eq!(selected(&pane, &session), Some("14"));
}

#[test]
fn a_click_below_the_list_does_nothing() {
    let session = three();
    let mut pane = loaded(&session);
    pane.cursor.at = 1;
    let acted = act(&session, |context| pane.click(3, context));
    assert_eq!(acted, Acted::default());
    assert_eq!(pane.cursor.at, 1);
}

fn choose(id: &str) -> [Request; 2] {
    [
        Request::Focus(Pane::Request),
        Request::Form(FormRequest::Choose(id.to_owned())),
    ]
}

#[test]
fn choosing_goes_to_the_form_of_the_selected_connector() {
    let session = three();
    let mut pane = loaded(&session);
    pane.select("b", &session);
    let acted = act(&session, |context| {
        pane.perform(ConnectorsCommand::Choose, context)
    });
    assert_eq!(
        acted,
        Acted {
            requests: choose("b").to_vec(),
            ..Acted::default()
        }
    );
}

#[test]
fn details_change_nothing_else() {
    let session = three();
    let mut pane = loaded(&session);
    let acted = act(&session, |context| {
        pane.perform(ConnectorsCommand::Details, context)
    });
    assert_eq!(acted.requests, [Request::Open(PopupRequest::Details)]);
}

#[test]
fn only_the_filter_is_possible_without_a_connector() {
    let (empty, session) = (session_of(&[]), three());
    for (command, without) in [
        (ConnectorsCommand::Filter, Ok(())),
        (
            ConnectorsCommand::Choose,
            Err("There is no connector here".into()),
        ),
        (
            ConnectorsCommand::Details,
            Err("There is no connector here".into()),
        ),
    ] {
        assert_eq!(loaded(&empty).can(command, &empty), without, "{command:?}");
        assert_eq!(
            loaded(&session).can(command, &session),
            Ok(()),
            "{command:?}"
        );
        let mut pane = loaded(&empty);
        let acted = act(&empty, |context| pane.perform(command, context));
        let requests = match command {
            ConnectorsCommand::Filter => vec![Request::Focus(Pane::Connectors)],
            ConnectorsCommand::Choose | ConnectorsCommand::Details => Vec::new(),
        };
        let expected = Acted {
            requests,
            ..Acted::default()
        };
        assert_eq!(acted, expected, "{command:?}");
    }
}

#[test]
fn each_filter_starts_empty() {
    let session = three();
    let mut pane = loaded(&session);
    pane.set_filter("git".to_owned(), &session);
    type_filter(&mut pane, &session, "");
    assert_eq!((pane.filter.as_str(), pane.count()), ("", 3));
    type_filter(&mut pane, &session, "zen");
    assert_eq!(pane.filter, "zen");
    assert_eq!(ids(&pane, &session), ["b", "a"]);
}

#[test]
fn enter_chooses_the_best_match_and_keeps_the_filter() {
    let session = three();
    let mut pane = loaded(&session);
    type_filter(&mut pane, &session, "zen");
    let acted = press(&mut pane, &session, KeyCode::Enter);
    assert_eq!(acted.requests, choose("b"));
    assert_eq!((pane.filter.as_str(), pane.typing.is_none()), ("zen", true));
}

#[test]
fn enter_without_a_match_has_it_said_or_kept() {
    let session = three();
    let mut pane = loaded(&session);
    type_filter(&mut pane, &session, "xyz");
    let acted = press(&mut pane, &session, KeyCode::Enter);
    assert_eq!(
        acted,
        Acted {
            requests: vec![Request::Perform(Command::Connectors(
                ConnectorsCommand::Choose
            ))],
            ..Acted::default()
        }
    );
    assert!(pane.typing.is_none());
}

#[test]
fn arrows_move_the_cursor_while_the_filter_is_typed() {
    let session = three();
    let mut pane = loaded(&session);
    type_filter(&mut pane, &session, "zen");
    for (code, expected) in [
        (KeyCode::Down, "a"),
        (KeyCode::Down, "a"),
        (KeyCode::Up, "b"),
        (KeyCode::Up, "b"),
    ] {
        assert_eq!(press(&mut pane, &session, code), Acted::default());
        assert_eq!(selected(&pane, &session), Some(expected), "{code:?}");
    }
    assert_eq!(pane.filter, "zen");
}

#[test]
fn without_a_field_keys_and_pasted_text_change_nothing() {
    let session = three();
    let mut pane = loaded(&session);
    for code in [KeyCode::Char('z'), KeyCode::Enter, KeyCode::Down] {
        assert_eq!(press(&mut pane, &session, code), Acted::default());
    }
    pane.paste("zen", &session);
    assert_eq!((pane.filter.as_str(), pane.cursor.at), ("", 0));
}

#[test]
fn pasted_text_is_added_to_the_filter_with_blanks_for_breaks() {
    let session = three();
    for (text, filter) in [
        ("en", "zen"),
        ("en\nmail", "zen mail"),
        ("en\r\nmail\n", "zen mail"),
        ("\nmail", "z mail"),
        ("", "z"),
    ] {
        let mut pane = loaded(&session);
        type_filter(&mut pane, &session, "z");
        pane.paste(text, &session);
        assert_eq!(pane.filter, filter, "{text:?}");
    }
}

#[test]
fn tab_keeps_the_filter_and_leaves_its_field() {
    let session = three();
    let mut pane = loaded(&session);
    type_filter(&mut pane, &session, "mail");
    let tab = KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE);
    let acted = act(&session, |context| pane.key_in_filter(tab, context));
    assert_eq!(acted, Acted::default());
    assert!(pane.typing.is_none());
    assert_eq!(ids(&pane, &session), ["c"]);
}

#[test]
fn leaving_the_field_shows_all_connectors_again() {
    let session = three();
    let mut pane = loaded(&session);
    type_filter(&mut pane, &session, "mail");
    assert_eq!(ids(&pane, &session), ["c"]);
    pane.leave_filter(&session);
    assert_eq!(ids(&pane, &session), ["a", "b", "c"]);
    assert!(pane.typing.is_none());
}

/// Something that a user does in the list.
#[derive(Debug, Clone)]
enum Step {
    Move(Movement),
    Click(usize),
    Filter(String),
    Select(usize),
    Load(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let movements = vec![
        Movement::Down,
        Movement::Up,
        Movement::HalfDown,
        Movement::HalfUp,
        Movement::PageDown,
        Movement::PageUp,
        Movement::Top,
        Movement::Bottom,
    ];
    prop_oneof![
        prop::sample::select(movements).prop_map(Step::Move),
        (0usize..12).prop_map(Step::Click),
        "[nN0-9 ]{0,3}".prop_map(Step::Filter),
        (0usize..30).prop_map(Step::Select),
        (0usize..30).prop_map(Step::Load),
    ]
}

proptest! {
    #[test]
    fn the_cursor_is_on_a_shown_connector_whatever_is_done(
        steps in prop::collection::vec(step(), 0..20),
        height in 1usize..12,
    ) {
        let mut session = many(7);
        let mut pane = loaded(&session);
        for step in steps {
            match step {
                Step::Move(movement) => pane.move_cursor(movement, height),
                Step::Click(row) => { act(&session, |context| pane.click(row, context)); }
                Step::Filter(filter) => pane.set_filter(filter, &session),
                Step::Select(index) => pane.select(&index.to_string(), &session),
                Step::Load(count) => {
                    session = many(count);
                    act(&session, |context| {
                        pane.load(context);
                        pane.loaded(TaskId(1), Ok(()), context);
                    });
                }
            }
            pane.fit(height);
            prop_assert_eq!(pane.selected(&session).is_some(), pane.count() > 0);
            let cursor = pane.cursor;
            prop_assert!(cursor.top <= cursor.at && cursor.at < cursor.top + height);
        }
    }

    #[test]
    fn a_filter_shows_each_match_once_and_an_erased_one_shows_all(filter in "[a-zA-Z ]{0,6}") {
        let session = three();
        let mut pane = loaded(&session);
        type_filter(&mut pane, &session, &filter);
        let mut shown = ids(&pane, &session);
        shown.sort();
        shown.dedup();
        prop_assert_eq!(shown.len(), pane.count());
        for _ in filter.chars() {
            press(&mut pane, &session, KeyCode::Backspace);
        }
        prop_assert_eq!(ids(&pane, &session), ["a", "b", "c"]);
    }
}
