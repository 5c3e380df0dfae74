//! Workspaces and organizations.

use super::{Fixture, assert_effects, assert_requests};
use crate::app::effect::{Effect, LookupEffect};
use crate::app::ids::TaskId;
use crate::app::popups::PopupState;
use crate::app::popups::workspaces::Workspaces;
use crate::app::requests::{Request, SessionRequest};
use crate::domain::connector::{Organization, Workspace};
use crate::domain::failure::{Failure, FailureKind};

fn workspace(name: &str, status: &str) -> Workspace {
    Workspace {
        id: format!("id of {name}"),
        name: name.to_owned(),
        status: Some(status.to_owned()),
    }
}

fn organization(id: &str) -> Organization {
    Organization {
        id: id.to_owned(),
        name: format!("Organization {id}"),
    }
}

fn open(fixture: &mut Fixture) -> (Workspaces, TaskId) {
    let (mut popup, outcome) = fixture.with(|context, _| Workspaces::open(context));
    let task = popup.loads().iter().find_map(|load| load.running());
    let task = task.unwrap();
    let load = Effect::Lookup(LookupEffect::Workspaces { task });
    assert_effects(&outcome, vec![load]);
    (popup, task)
}

fn items(popup: &Workspaces) -> Vec<(&str, &str)> {
    let items = popup.picker.items.iter();
    items
        .map(|item| (item.label.as_str(), item.about.as_str()))
        .collect()
}

#[test]
fn the_list_is_filled_when_it_is_loaded_and_the_workspace_selected() {
    let mut fixture = Fixture::new();
    let (mut popup, task) = open(&mut fixture);
    assert_eq!((items(&popup), popup.picker.empty), (vec![], "Loading …"));
    let workspaces = vec![workspace("a", "inactive"), workspace("default", "active")];
    fixture.session.workspaces = Some((workspaces, vec![organization("o1")]));
    assert!(!popup.workspaces_loaded(TaskId(task.0 + 1), Ok(()), &fixture.session));
    assert!(popup.workspaces_loaded(task, Ok(()), &fixture.session));
    // A single organization is no choice.
    let expected = [("a", "workspace inactive"), ("default", "workspace")];
    assert_eq!(items(&popup), expected);
    assert_eq!(popup.picker.cursor.at, 1);
    assert_eq!(popup.picker.empty, "Nothing matches.");
    let outcome = fixture.keys(&mut popup, "↑\r");
    let other = SessionRequest::UseWorkspace("a".to_owned());
    assert_requests(&outcome, vec![Request::Close, Request::Session(other)]);
}

#[test]
fn what_is_typed_meanwhile_still_filters() {
    let mut fixture = Fixture::new();
    let (mut popup, task) = open(&mut fixture);
    fixture.keys(&mut popup, "bet");
    let names = ["alpha", "beta", "default"];
    let workspaces = names.map(|name| workspace(name, "active")).to_vec();
    fixture.session.workspaces = Some((workspaces, Vec::new()));
    assert!(popup.workspaces_loaded(task, Ok(()), &fixture.session));
    assert_eq!(popup.picker.matches, [1]);
    let outcome = fixture.keys(&mut popup, "\r");
    let beta = SessionRequest::UseWorkspace("beta".to_owned());
    assert_requests(&outcome, vec![Request::Close, Request::Session(beta)]);
}

#[test]
fn several_organizations_are_a_choice() {
    let mut fixture = Fixture::new();
    let organizations = vec![organization("o1"), organization("o2")];
    fixture.session.setup.organization = Some("o2".to_owned());
    fixture.session.workspaces = Some((vec![workspace("default", "active")], organizations));
    let (mut popup, _) = open(&mut fixture);
    let expected = [
        ("default", "workspace"),
        ("Organization o1", "organization"),
        ("Organization o2", "organization, chosen now"),
    ];
    assert_eq!(items(&popup), expected, "what is known is listed at once");
    let outcome = fixture.keys(&mut popup, "↓\r");
    let (id, name) = ("o1".to_owned(), "Organization o1".to_owned());
    let other = SessionRequest::UseOrganization(id, name);
    assert_requests(&outcome, vec![Request::Close, Request::Session(other)]);
}

#[test]
fn a_workspace_that_is_not_listed_can_be_typed() {
    let mut fixture = Fixture::new();
    let (mut popup, _) = open(&mut fixture);
    popup.paste("other");
    let outcome = fixture.keys(&mut popup, "\r");
    let other = SessionRequest::UseWorkspace("other".to_owned());
    assert_requests(&outcome, vec![Request::Close, Request::Session(other)]);
}

#[test]
fn a_load_that_fails_has_ended() {
    let mut fixture = Fixture::new();
    let (mut popup, task) = open(&mut fixture);
    let failure = Failure::new(FailureKind::Network, "no connection");
    assert!(popup.workspaces_loaded(task, Err(failure), &fixture.session));
    assert!(popup.loads().iter().all(|load| load.running().is_none()));
    assert!(!popup.workspaces_loaded(task, Ok(()), &fixture.session));
}
