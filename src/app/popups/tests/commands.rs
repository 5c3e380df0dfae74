//! Commands that are chosen from a list: they may be those of a pane that has not the keys.

use super::stacked::app;
use super::{Fixture, body};
use crate::app::App;
use crate::app::command::{
    Command, ConnectorsCommand, CopyCommand, CopyRequest, ReplyCommand, RequestCommand,
};
use crate::app::session::{OpenFile, Setup};
use crate::app::widgets::focus::Pane;

#[test]
fn what_is_typed_through_the_palette_is_typed_where_it_is_seen() {
    let mut app = app();
    app.focus.pane = Pane::Reply;
    assert_eq!(app.perform(Command::Request(RequestCommand::Edit)), []);
    assert_eq!(app.focus.pane, Pane::Request);
    let mut app = super::stacked::app();
    app.focus.pane = Pane::Reply;
    let filter = Command::Connectors(ConnectorsCommand::Filter);
    assert_eq!(app.perform(filter), []);
    assert!(app.connectors.typing.is_some());
    assert_eq!(app.focus.pane, Pane::Connectors);
    let mut fixture = Fixture::new();
    fixture.add_pages(&[&body(&[1], "null")]);
    let mut app = super::stacked::app();
    app.reply = fixture.reply;
    app.focus.pane = Pane::Request;
    assert_eq!(app.perform(Command::Reply(ReplyCommand::Find)), []);
    assert!(app.reply.typing.is_some());
    assert_eq!(app.focus.pane, Pane::Reply);
}

#[test]
fn a_file_has_no_connectors_to_filter() {
    let setup = Setup {
        file: Some(OpenFile::default()),
        ..Setup::default()
    };
    let (mut app, _) = App::start(setup);
    let filter = Command::Connectors(ConnectorsCommand::Filter);
    assert_eq!(app.perform(filter), []);
    assert!(app.connectors.typing.is_none());
    assert_eq!(app.focus.pane, Pane::Reply);
}

#[test]
fn without_a_reply_only_a_download_operation_can_be_downloaded() {
    let mut app = app();
    app.focus.pane = Pane::Reply;
    let download = Command::Reply(ReplyCommand::Download);
    assert!(app.can(download).is_err());
    app.request.form.set_entity("repositories");
    app.request.form.set_action("download");
    assert_eq!(app.can(download), Ok(()));
}

#[test]
fn a_request_that_cannot_be_sent_cannot_be_copied() {
    let mut app = app();
    let curl = Command::Copy(CopyCommand::Request(CopyRequest::Curl));
    assert_eq!(app.can(curl), Ok(()));
    app.request.form.set_entity("");
    app.request.form.set_action("");
    assert_eq!(app.can(curl), Err("Choose an entity first".into()));
}
