//! Help, palette and menu.

use super::{Fixture, body};
use crate::app::command::{Command, GlobalCommand, Movement, ReplyCommand, RequestCommand};
use crate::app::popups::actions::{help, menu, palette};
use crate::app::popups::picker::Picker;
use crate::app::reply::page::Tab;
use crate::app::requests::{Choices, Item, ReplyRequest, Request};
use crate::app::widgets::focus::Pane;

/// Returns the labels and the commands of a list.
fn commands(choices: &Choices) -> Vec<(&str, Command)> {
    let command = |request: &Request| {
        let Request::Perform(command) = request else {
            panic!("{request:?}");
        };
        *command
    };
    let items = choices.items.iter();
    items
        .map(|item| (item.label.as_str(), command(&item.request)))
        .collect()
}

fn palette_in(pane: Pane) -> Choices {
    let mut fixture = Fixture::new();
    fixture.focus = pane;
    let session = fixture.session.clone();
    fixture.with(|_, panes| palette(&session, panes)).0
}

#[test]
fn help_begins_with_quitting_and_lists_the_nearest_keys_first() {
    let mut fixture = Fixture::new();
    fixture.focus = Pane::Connectors;
    let session = fixture.session.clone();
    let (choices, _) = fixture.with(|_, panes| help(&session, panes));
    assert_eq!(choices.title, "Keys in Connectors");
    let all = commands(&choices);
    assert_eq!(all[0], ("q", Command::Global(GlobalCommand::Quit)));
    let place = |label: &str| all.iter().position(|(own, _)| *own == label).unwrap();
    assert_eq!(place("Enter l →"), 1);
    assert!(place("i") < place("? F1"));
    assert!(place("Tab") < place("F5") && place("F5") < place("y y"));
    assert!(
        all.iter().all(|(label, _)| *label != "]"),
        "a key of the reply"
    );
}

#[test]
fn the_palette_lists_each_command_once_and_ends_with_quitting() {
    let palette = palette_in(Pane::Reply);
    let all = commands(&palette);
    for (at, (_, command)) in all.iter().enumerate() {
        let first = all.iter().position(|(_, own)| own == command);
        assert_eq!(first, Some(at), "{command:?}");
    }
    let is_quit = |command: &Command| {
        matches!(
            command,
            Command::Global(GlobalCommand::Quit | GlobalCommand::QuitNow)
        )
    };
    let quits: Vec<usize> = (0..all.len()).filter(|at| is_quit(&all[*at].1)).collect();
    assert_eq!(quits, [all.len() - 2, all.len() - 1]);
    let itself = Command::Global(GlobalCommand::Palette);
    assert!(all.iter().all(|(_, command)| *command != itself));
}

#[test]
fn of_commands_of_one_name_the_palette_lists_that_of_the_pane() {
    let profiles = |pane| {
        let palette = palette_in(pane);
        let all = commands(&palette).into_iter();
        let all = all.map(|(_, command)| command);
        all.filter(|command| {
            matches!(
                command,
                Command::Request(RequestCommand::Profile) | Command::Reply(ReplyCommand::Profile)
            )
        })
        .collect::<Vec<_>>()
    };
    let of_request = Command::Request(RequestCommand::Profile);
    let of_reply = Command::Reply(ReplyCommand::Profile);
    assert_eq!(profiles(Pane::Reply), [of_reply]);
    assert_eq!(profiles(Pane::Request), [of_request]);
    assert_eq!(profiles(Pane::Connectors), [of_request, of_reply]);
}

#[test]
fn the_menu_lists_what_is_possible_by_weight_and_no_movement() {
    let mut fixture = Fixture::new();
    let session = fixture.session.clone();
    let save = Command::Reply(ReplyCommand::Save);
    let export = Command::Reply(ReplyCommand::Export);
    let next = Command::Reply(ReplyCommand::FindNext);
    let down = Command::Move(Movement::Down);
    let is_possible = |command| [save, export, next, down].contains(&command);
    let (choices, _) = fixture.with(|_, panes| menu(&session, panes, &is_possible));
    assert_eq!(commands(&choices), [("save", save), ("export", export)]);
    assert_eq!(choices.empty, "There is no action of that name here.");
}

#[test]
fn a_line_divides_where_the_record_leads_from_the_commands() {
    let mut fixture = Fixture::new();
    fixture.choose_github();
    fixture.add_pages(&[&body(&[1], "null")]);
    let session = fixture.session.clone();
    let save = Command::Reply(ReplyCommand::Save);
    let menu_of = |fixture: &mut Fixture| {
        let is_possible = |command| command == save;
        fixture
            .with(|_, panes| menu(&session, panes, &is_possible))
            .0
    };
    let choices = menu_of(&mut fixture);
    assert_eq!((choices.divided_after, choices.items.len()), (Some(1), 2));
    let mut picker = Picker::new(choices);
    assert_eq!(picker.divider(), Some(1));
    fixture.keys(&mut picker, "s");
    assert_eq!(picker.divider(), None, "what matches is one list");
    fixture.reply.tab = Tab::Body;
    assert_eq!(
        menu_of(&mut fixture).divided_after,
        None,
        "no record, no line"
    );
}

#[test]
fn the_menu_begins_with_where_the_record_leads() {
    let mut fixture = Fixture::new();
    fixture.choose_github();
    fixture.add_pages(&[&body(&[1], "null")]);
    let leads = |fixture: &mut Fixture| {
        let session = fixture.session.clone();
        let (choices, _) = fixture.with(|_, panes| menu(&session, panes, &|_| false));
        choices.items
    };
    let of_issue = leads(&mut fixture);
    let [
        Item {
            label,
            about,
            request,
        },
    ] = of_issue.as_slice()
    else {
        panic!("{of_issue:?}")
    };
    assert_eq!((&**label, &**about), ("comments list", "number=1"));
    assert!(matches!(
        request,
        Request::Reply(ReplyRequest::Follow(lead)) if lead.entity == "comments"
    ));
    fixture.reply.tab = Tab::Body;
    assert!(
        leads(&mut fixture).is_empty(),
        "only the result has records"
    );
    fixture.reply.tab = Tab::Result;
    fixture.focus = Pane::Request;
    assert!(leads(&mut fixture).is_empty(), "only in the reply");
}

#[test]
fn the_palette_lists_names() {
    let palette = palette_in(Pane::Reply);
    let labels: Vec<&str> = palette
        .items
        .iter()
        .map(|item| item.label.as_str())
        .collect();
    for name in [
        "next page",
        "ledger",
        "save as",
        "unfold four levels",
        "quit now",
    ] {
        assert!(labels.contains(&name), "{name}: {labels:?}");
    }
    assert!(palette.sections.is_empty());
}

#[test]
fn help_has_sections_and_what_holds_here_comes_first() {
    let mut fixture = Fixture::new();
    let session = fixture.session.clone();
    let (help, _) = fixture.with(|_, panes| help(&session, panes));
    assert_eq!(help.sections.len(), help.items.len());
    let mut sections = help.sections;
    sections.dedup();
    let expected = [
        "Everywhere",
        "Reply",
        "Everywhere",
        "Always",
        "Copy",
        "Folds",
    ];
    assert_eq!(sections, expected);
}
