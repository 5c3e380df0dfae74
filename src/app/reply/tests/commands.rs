//! Why a command does nothing now, one step back after the other, tabs, other programs.

use super::{Bench, LAST, MORE, body};
use crate::app::command::{ReplyCommand, ViewCommand};
use crate::app::effect::{Effect, Outside, Program};
use crate::app::reply::Shown;
use crate::app::reply::page::Tab;
use crate::app::requests::{PopupRequest, ReplyRequest, Request, RequestKind};
use crate::domain::call::Call;
use std::sync::Arc;

/// Asserts why commands do nothing.
fn check(bench: &mut Bench, reason: &str, commands: &[ReplyCommand]) {
    for command in commands {
        let refused = bench.pane.can(*command, &bench.session);
        assert_eq!(refused, Err(reason.to_owned().into()), "{command:?}");
        assert!(bench.perform(*command).is_quiet());
    }
}

const OF_PAGES: [ReplyCommand; 25] = [
    ReplyCommand::NextPage,
    ReplyCommand::PreviousPage,
    ReplyCommand::FirstPage,
    ReplyCommand::FetchAll,
    ReplyCommand::Profile,
    ReplyCommand::Decode,
    ReplyCommand::AllPages,
    ReplyCommand::Export,
    ReplyCommand::Editor,
    ReplyCommand::Pager,
    ReplyCommand::Fields,
    ReplyCommand::GoToPath,
    ReplyCommand::Uncut,
    ReplyCommand::Filter,
    ReplyCommand::Find,
    ReplyCommand::FindNext,
    ReplyCommand::FindPrevious,
    ReplyCommand::FindValue,
    ReplyCommand::KeepMatching,
    ReplyCommand::Attachments,
    ReplyCommand::MarkAttachments,
    ReplyCommand::Mark,
    ReplyCommand::MarkRange,
    ReplyCommand::Save,
    ReplyCommand::NextTab,
];

const OF_VIEWS: [ViewCommand; 10] = [
    ViewCommand::NextView,
    ViewCommand::Toggle,
    ViewCommand::Fold,
    ViewCommand::Unfold,
    ViewCommand::SetRoot,
    ViewCommand::RestoreRoot,
    ViewCommand::Parent,
    ViewCommand::FoldPrefix,
    ViewCommand::Columns,
    ViewCommand::Sort,
];

#[test]
fn without_a_reply_there_is_nothing_to_do() {
    let mut bench = Bench::new();
    let reason = "There is no reply yet: F5 sends the request";
    check(&mut bench, reason, &OF_PAGES);
    check(
        &mut bench,
        reason,
        &[ReplyCommand::Open, ReplyCommand::CopyPrefix],
    );
    for command in OF_VIEWS {
        assert_eq!(bench.pane.can_view(command), Err(reason.into()));
    }
    assert!(bench.pane.can_reload(&bench.session).is_ok());
    assert!(bench.act(|pane, context| pane.reload(context)).is_quiet());
}

#[test]
fn a_downloaded_file_is_not_a_page() {
    let mut bench = Bench::with_two_pages();
    bench.pane.shown = Shown::File(super::calls::saved_file());
    let pages = [ReplyCommand::Export, ReplyCommand::AllPages];
    check(&mut bench, "This is a file, not pages", &pages);
    let saved = [
        ReplyCommand::Save,
        ReplyCommand::SaveAs,
        ReplyCommand::NextTab,
    ];
    check(&mut bench, "The file is saved already", &saved);
    let reason = "There is no reply yet: F5 sends the request";
    check(
        &mut bench,
        reason,
        &[
            ReplyCommand::Find,
            ReplyCommand::Mark,
            ReplyCommand::NextPage,
        ],
    );
    assert_eq!(
        bench.view(ViewCommand::Toggle).said(),
        " The file is on the disk: o opens it, y y copies its path"
    );
    for command in [ReplyCommand::Open, ReplyCommand::CopyPrefix] {
        assert!(bench.pane.can(command, &bench.session).is_ok());
    }
}

#[test]
fn an_opened_file_has_no_service_behind_it() {
    let mut bench = Bench::of_file();
    bench.receive(r#"[{"id":1}]"#);
    let refused = [
        ReplyCommand::NextPage,
        ReplyCommand::FetchAll,
        ReplyCommand::AllPages,
        ReplyCommand::Profile,
        ReplyCommand::Download,
        ReplyCommand::Uncut,
    ];
    let reason = "This is a file: there is no service behind it";
    check(&mut bench, reason, &refused);
    for command in [ReplyCommand::Find, ReplyCommand::Export, ReplyCommand::Mark] {
        assert!(bench.pane.can(command, &bench.session).is_ok());
    }
    // It was not asked for by a request.
    for tab in [Tab::Metadata, Tab::Body, Tab::Result] {
        bench.perform(ReplyCommand::NextTab);
        assert_eq!(bench.pane.tab, tab);
    }
}

#[test]
fn text_is_no_tree() {
    let mut bench = Bench::with_page("[1]", LAST);
    bench.pane.tab = Tab::Body;
    let refused = [
        ReplyCommand::Open,
        ReplyCommand::Decode,
        ReplyCommand::GoToPath,
        ReplyCommand::FindValue,
        ReplyCommand::Mark,
        ReplyCommand::MarkRange,
        ReplyCommand::Filter,
        ReplyCommand::KeepMatching,
    ];
    let reason = "This is text, not a tree: t shows another tab";
    check(&mut bench, reason, &refused);
    bench.pane.tab = Tab::Request;
    let reason = "This is for the reply: t shows it";
    check(&mut bench, reason, &[ReplyCommand::Filter]);
}

#[test]
fn without_further_pages_none_are_fetched() {
    let mut bench = Bench::with_page("[1]", MORE);
    bench.send(super::issues(), RequestKind::First);
    bench.grow(r#"{"status":"success","result":[1,"#, false);
    bench.act(|pane, context| pane.handle(ReplyRequest::Cancel, context));
    // What is left of a reply that broke off leads nowhere.
    let reason = "This is over already, stopped: you cancelled it";
    check(&mut bench, reason, &[ReplyCommand::FetchAll]);
    let reason = "No next page: this reply is not whole: you cancelled it";
    check(&mut bench, reason, &[ReplyCommand::NextPage]);
    let mut bench = Bench::new();
    bench.send(Call::new("1", "things", "create"), RequestKind::First);
    let more = r#"{"has_more":true,"next_page_token":"t2"}"#;
    bench.receive(&body(r#"[{"id":1}]"#, more));
    let reason = "There are no further pages to ask for";
    check(&mut bench, reason, &[ReplyCommand::FetchAll]);
}

#[test]
fn one_goes_back_step_by_step() {
    let mut bench = Bench::with_two_pages();
    bench.perform(ReplyCommand::AllPages);
    bench.pane.filter = Some(Box::default());
    bench.perform(ReplyCommand::MarkRange);
    bench.find("three");
    let mut back = || {
        let mut was_taken = false;
        bench.act(|pane, context| was_taken = pane.back(context));
        let pane = &bench.pane;
        let left = [
            pane.search.needle.is_some(),
            pane.range.is_some(),
            pane.filter.is_some(),
            pane.all_pages.is_some(),
        ];
        (was_taken, left)
    };
    assert_eq!(back(), (true, [false, true, true, true]));
    assert_eq!(back(), (true, [false, false, true, true]));
    assert_eq!(back(), (true, [false, false, false, true]));
    assert_eq!(back(), (true, [false, false, false, false]));
    assert_eq!(back(), (false, [false, false, false, false]));
    // A file without a reply before it is not left.
    let mut bench = Bench::new();
    bench.pane.shown = Shown::File(super::calls::saved_file());
    bench.act(|pane, context| assert!(!pane.back(context)));
}

#[test]
fn the_tabs_follow_each_other_and_end_the_search() {
    let mut bench = Bench::with_page("[1]", LAST);
    bench.act(|pane, context| pane.search("1", context));
    let task = bench.pane.search.running.task().unwrap();
    let acted = bench.perform(ReplyCommand::NextTab);
    assert_eq!(acted.effects, [Effect::Cancel(task)]);
    assert_eq!(bench.pane.tab, Tab::Metadata);
    for tab in [Tab::Body, Tab::Request, Tab::Result] {
        bench.perform(ReplyCommand::NextTab);
        assert_eq!(bench.pane.tab, tab);
    }
}

#[test]
fn values_and_bodies_are_shown_in_other_programs() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, LAST);
    bench.go_to(".result[0].id");
    let document = Arc::clone(bench.pane.tree().unwrap().document());
    let outside = |program, node| {
        let document = Arc::clone(&document);
        Effect::Outside(Box::new(Outside {
            program,
            document,
            node,
        }))
    };
    let node = Some(bench.node(".result[0].id"));
    let acted = bench.perform(ReplyCommand::Editor);
    assert_eq!(acted.effects, [outside(Program::Editor, node)]);
    bench.pane.tab = Tab::Body;
    let acted = bench.perform(ReplyCommand::Pager);
    assert_eq!(acted.effects, [outside(Program::Pager, document.root())]);
}

#[test]
fn popups_are_asked_for() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    let asked = |bench: &mut Bench, command| bench.perform(command).asked();
    assert_eq!(asked(&mut bench, ReplyCommand::Fields), ["Open(Fields)"]);
    assert_eq!(asked(&mut bench, ReplyCommand::GoToPath), ["Open(Paths)"]);
    let acted = bench.perform(ReplyCommand::Profile);
    assert!(matches!(
        acted.requests.as_slice(),
        [Request::Open(PopupRequest::Profile(call))] if **call == super::issues()
    ));
}
