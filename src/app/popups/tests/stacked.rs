//! Popups over popups: which one takes a key, which one is closed, and what is cancelled.

use std::path::PathBuf;

use super::{attachment, github, issues, option, some_node};
use crate::app::App;
use crate::app::effect::{DownloadEffect, Effect};
use crate::app::ids::TaskId;
use crate::app::msg::{Msg, ReplyMsg};
use crate::app::popups::Popup;
use crate::app::reply::Waiting;
use crate::app::request::form::Form;
use crate::app::requests::{
    Confirm, ConfirmedAction, Layout, PopupRequest, RequestKind, TextRequest,
};
use crate::app::session::Setup;
use crate::app::widgets::focus::Pane;
use crate::domain::reply::PageOrigin;

fn press(app: &mut App, key: char) -> Vec<Effect> {
    let event = match key {
        '\u{1b}' => crossterm::event::KeyCode::Esc.into(),
        other => super::event(other),
    };
    app.update(Msg::Key(event))
}

/// Makes a state with GitHub in the form.
pub(super) fn app() -> App {
    let setup = Setup {
        folder: PathBuf::from("/saved"),
        ..Setup::default()
    };
    let (mut app, _) = App::start(setup);
    app.session.connectors = vec![github()];
    app.request.form = Form::of(github());
    app
}

/// Lets a call run whose reply is so large that it is asked whether it is read on.
fn ask_to_read_on(app: &mut App) -> TaskId {
    let task = TaskId(90);
    app.reply.load.start(task);
    app.reply.waiting = Some(Waiting {
        origin: PageOrigin::Call(issues()),
        kind: RequestKind::First,
        progress: None,
        have: 0,
        pause: None,
        sent_from: None,
    });
    assert_eq!(
        app.update(Msg::Reply(ReplyMsg::IsLarge {
            task,
            bytes: 1 << 30
        })),
        []
    );
    task
}

/// Returns the names of the popups, the one on top last.
fn kinds(app: &App) -> Vec<String> {
    let kind = |popup: &Popup| {
        let shown = format!("{popup:?}");
        let name = shown.split('(').next();
        name.unwrap_or_default().to_owned()
    };
    app.popups.iter().map(kind).collect()
}

#[test]
fn a_download_leaves_a_question_below_it_open() {
    let mut app = app();
    ask_to_read_on(&mut app);
    let file = attachment(some_node(), "a.txt", vec![option("file")]);
    let download = PopupRequest::Download {
        connector_id: "1".to_owned(),
        files: vec![file],
        marks: crate::app::requests::SpentMarks::None,
    };
    assert_eq!(app.open(download), []);
    assert_eq!(kinds(&app), ["Confirm", "Download"]);
    let effects = press(&mut app, 'y');
    assert!(matches!(
        effects.as_slice(),
        [Effect::Download(DownloadEffect::Fetch { .. })]
    ));
    assert_eq!(kinds(&app), ["Confirm"]);
}

#[test]
fn a_download_leaves_the_list_that_it_was_asked_for_in() {
    let mut app = app();
    let found = crate::app::source::Found {
        page: crate::app::ids::PageId(1),
        attachment: attachment(some_node(), "a.txt", vec![option("file")]),
    };
    let list = PopupRequest::RecordAttachments {
        found: std::sync::Arc::new(vec![found]),
        connector_id: "1".to_owned(),
    };
    assert_eq!(app.open(list), []);
    assert_eq!(press(&mut app, 'd'), []);
    assert_eq!(kinds(&app), ["Attachments", "Download"]);
    press(&mut app, 'y');
    assert_eq!(kinds(&app), ["Attachments"]);
    press(&mut app, 'w');
    assert_eq!(kinds(&app), ["Attachments", "Downloads"]);
    press(&mut app, 'w');
    press(&mut app, '\u{1b}');
    assert_eq!(kinds(&app), [""; 0]);
}

#[test]
fn esc_closes_only_the_popup_on_top() {
    let mut app = app();
    let task = ask_to_read_on(&mut app);
    let text = TextRequest {
        title: "A text".to_owned(),
        text: "words".to_owned(),
        layout: Layout::Wrapped,
    };
    assert_eq!(app.open(PopupRequest::Text(text)), []);
    assert_eq!(press(&mut app, '\u{1b}'), []);
    assert_eq!(kinds(&app), ["Confirm"]);
    assert_eq!(press(&mut app, '\u{1b}'), [Effect::Cancel(task)]);
    assert_eq!(kinds(&app), [""; 0]);
    assert!(app.reply.load.task().is_none() && app.reply.waiting.is_none());
}

#[test]
fn a_question_below_others_is_closed_with_its_call() {
    let mut app = app();
    let task = ask_to_read_on(&mut app);
    let quit = Confirm {
        question: "Quit?".to_owned(),
        body: String::new(),
        action: ConfirmedAction::Quit,
    };
    assert_eq!(app.open(PopupRequest::Confirm(quit)), []);
    let failure =
        crate::domain::failure::Failure::new(crate::domain::failure::FailureKind::Network, "gone");
    let ended = Msg::Reply(ReplyMsg::Finished {
        task,
        result: Err(failure),
    });
    assert_eq!(app.update(ended), []);
    assert_eq!(kinds(&app), ["Confirm"]);
    assert_eq!(press(&mut app, 'y'), [Effect::Quit(0)]);
}

#[test]
fn closing_a_popup_cancels_what_it_loads() {
    let mut app = app();
    let effects = app.open(PopupRequest::Workspaces);
    let [Effect::Lookup(crate::app::effect::LookupEffect::Workspaces { task })] =
        effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    let task = *task;
    assert!(app.is_busy());
    assert_eq!(press(&mut app, '\u{1b}'), [Effect::Cancel(task)]);
    assert_eq!(kinds(&app), [""; 0]);
}

#[test]
fn what_a_list_asks_for_is_done_after_it_is_closed() {
    let mut app = app();
    app.focus.pane = Pane::Reply;
    assert_eq!(app.open(PopupRequest::Palette), []);
    app.session.count_call(Some("1"));
    for key in "calls of this session".chars() {
        assert_eq!(press(&mut app, key), []);
    }
    assert_eq!(press(&mut app, '\r'), []);
    assert_eq!(kinds(&app), ["Text"]);
}
