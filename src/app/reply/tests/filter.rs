//! The jq filter: typed, run while it is typed, kept or given up.

use super::{Acted, Bench, LAST, body, issues, read};
use crate::app::command::ReplyCommand;
use crate::app::effect::{DocumentEffect, Effect, FilterInput};
use crate::app::ids::TaskId;
use crate::app::msg::DocumentMsg;
use crate::app::reply::filter::Scope;
use crate::app::reply::page::Tab;
use crate::app::requests::{ReplyRequest, RequestKind};
use crate::domain::reply::PageOrigin;
use std::sync::Arc;

fn bench() -> Bench {
    Bench::with_page(r#"[{"id":1},{"id":2}]"#, LAST)
}

fn task(bench: &Bench) -> TaskId {
    let filter = bench.pane.filter.as_ref().unwrap();
    filter.running.task().unwrap()
}

fn ended(bench: &mut Bench, result: Result<&str, (&str, Option<usize>)>) -> Acted {
    let result = result.map(|output| Box::new(read(output)));
    let msg = DocumentMsg::Filtered {
        task: task(bench),
        result: result.map_err(|(words, place)| (words.to_owned(), place)),
    };
    bench.act(|pane, context| pane.document_msg(msg, context))
}

/// Keeps a filter with a result.
fn keep(bench: &mut Bench, text: &str, output: &str) {
    bench.perform(ReplyCommand::Filter);
    bench.type_keys(text);
    ended(bench, Ok(output));
    bench.type_keys("\r");
}

#[test]
fn a_filter_runs_while_it_is_typed() {
    let mut bench = bench();
    bench.perform(ReplyCommand::Filter);
    assert!(bench.pane.is_filtering() && bench.pane.filtered().is_none());
    let acted = bench.type_keys(".");
    let first = task(&bench);
    let value = FilterInput::Value(
        Arc::clone(bench.pane.tree().unwrap().document()),
        bench.node(".result"),
    );
    let effect = |task, text: &str, input| {
        Effect::Document(DocumentEffect::Filter {
            task,
            text: text.to_owned(),
            input,
        })
    };
    assert_eq!(acted.effects, [effect(first, ".", value.clone())]);
    let acted = bench.type_keys("[");
    let second = task(&bench);
    let run = effect(second, ".[", value.clone());
    assert_eq!(acted.effects, [Effect::Cancel(first), run]);
    ended(&mut bench, Err(("unclosed [", Some(1))));
    let filter = bench.pane.filter.as_ref().unwrap();
    assert_eq!(filter.fault, Some(("unclosed [".to_owned(), Some(1))));
    assert!(bench.pane.filtered().is_none());
    bench.type_keys("]");
    ended(&mut bench, Ok("[1,2]"));
    let filter = bench.pane.filter.as_ref().unwrap();
    assert_eq!((&filter.fault, filter.shown.as_str()), (&None, ".[]"));
    assert_eq!(bench.pane.page().unwrap().origin, PageOrigin::Filter);
    // The input stays what is below the result.
    let acted = bench.type_keys("?");
    let third = task(&bench);
    assert_eq!(acted.effects, [effect(third, ".[]?", value)]);
    // All pages in place of this one.
    let acted = bench.type_keys("\t");
    let source = bench.pane.pages[0].source();
    let run = effect(task(&bench), ".[]?", FilterInput::Pages(vec![source]));
    assert_eq!(acted.effects, [Effect::Cancel(third), run]);
    assert_eq!(bench.pane.filter.as_ref().unwrap().scope, Scope::AllPages);
}

#[test]
fn an_emptied_filter_shows_what_it_filtered() {
    let mut bench = bench();
    bench.pane.tab = Tab::Metadata;
    bench.perform(ReplyCommand::Filter);
    bench.type_keys(".");
    ended(&mut bench, Ok("1"));
    assert_eq!(bench.pane.tab, Tab::Result);
    let acted = bench.type_keys("\u{8}");
    assert!(acted.effects.is_empty());
    assert!(bench.pane.filtered().is_none() && bench.pane.is_filtering());
    assert_eq!(bench.pane.tab, Tab::Metadata);
    bench.type_keys("\r");
    assert!(bench.pane.filter.is_none());
}

#[test]
fn a_filter_is_kept_and_given_up() {
    let mut bench = bench();
    keep(&mut bench, ".[0]", r#"{"id":1}"#);
    assert!(!bench.pane.is_filtering() && bench.pane.filtered().is_some());
    let for_pages = [
        ReplyCommand::NextPage,
        ReplyCommand::PreviousPage,
        ReplyCommand::FirstPage,
        ReplyCommand::FetchAll,
        ReplyCommand::AllPages,
        ReplyCommand::Profile,
        ReplyCommand::Uncut,
        ReplyCommand::Download,
        ReplyCommand::Attachments,
        ReplyCommand::MarkAttachments,
        ReplyCommand::NextTab,
    ];
    for command in for_pages {
        let said = bench.perform(command).said();
        assert_eq!(said, " This is the result of a filter: Esc goes back");
    }
    assert!(bench.pane.can_reload(&bench.session).is_err());
    // Another one is typed over it and given up: the one that was kept is back.
    bench.perform(ReplyCommand::Filter);
    bench.type_keys("x");
    ended(&mut bench, Ok("[]"));
    let result = |bench: &Bench| {
        let page = bench.pane.page().unwrap();
        let body = page.envelope().unwrap().document.body().joined();
        String::from_utf8(body.to_vec()).unwrap()
    };
    assert_eq!(result(&bench), "[]");
    bench.act(|pane, context| pane.end_filter(context));
    assert_eq!(result(&bench), r#"{"id":1}"#);
    assert_eq!(bench.pane.filter.as_ref().unwrap().text, ".[0]");
    bench.act(|pane, context| assert!(pane.back(context)));
    assert!(bench.pane.filter.is_none());
    assert_eq!(bench.pane.page().unwrap().count(), 2);
}

#[test]
fn a_filter_that_is_given_up_while_it_runs_is_cancelled() {
    let mut bench = bench();
    bench.perform(ReplyCommand::Filter);
    bench.type_keys(".");
    let running = task(&bench);
    let acted = bench.act(|pane, context| pane.end_filter(context));
    assert_eq!(acted.effects, [Effect::Cancel(running)]);
    let msg = DocumentMsg::Filtered {
        task: running,
        result: Ok(Box::new(read("1"))),
    };
    bench.act(|pane, context| pane.document_msg(msg, context));
    assert!(bench.pane.filter.is_none() && bench.pane.filtered().is_none());
}

#[test]
fn a_faulty_filter_that_is_kept_says_so() {
    let mut bench = bench();
    bench.perform(ReplyCommand::Filter);
    bench.type_keys("(");
    ended(&mut bench, Err(("unclosed (", None)));
    let acted = bench.type_keys("\r");
    assert_eq!(acted.said(), "!The filter gave no result: unclosed (");
    // It can be changed even where the tab is no tree.
    bench.pane.tab = Tab::Body;
    bench.perform(ReplyCommand::Filter);
    assert!(bench.pane.is_filtering());
}

#[test]
fn a_filter_that_turns_out_to_be_faulty_after_it_was_kept_says_so() {
    let mut bench = bench();
    bench.perform(ReplyCommand::Filter);
    bench.type_keys(".a(\r");
    let acted = ended(&mut bench, Err(("unclosed (", Some(2))));
    assert_eq!(acted.said(), "!The filter gave no result: unclosed (");
}

#[test]
fn former_filters_are_fetched_back() {
    let mut bench = bench();
    for text in [".a", ".b", ".a"] {
        keep(&mut bench, text, "1");
        bench.act(|pane, context| assert!(pane.back(context)));
    }
    bench.perform(ReplyCommand::Filter);
    let typed = |bench: &Bench| {
        let filter = bench.pane.filter.as_ref().unwrap();
        filter.input.as_ref().unwrap().text()
    };
    let expected = ["↑.a", "↑.b", "↑.b", "↓.a", "↓", "↓"];
    for step in expected {
        let (key, text) = step.split_at('↑'.len_utf8());
        bench.type_keys(key);
        assert_eq!(typed(&bench), text, "{step}");
    }
    bench.act(|pane, context| pane.paste(".c\n.d", context));
    assert_eq!(typed(&bench), ".c .d");
    task(&bench);
}

#[test]
fn a_filter_that_is_typed_runs_over_a_new_reply_and_a_kept_one_ends() {
    let mut bench = bench();
    bench.perform(ReplyCommand::Filter);
    bench.type_keys(".");
    let first = task(&bench);
    bench.send(issues(), RequestKind::First);
    let acted = bench.receive(&body(r#"[{"id":7}]"#, LAST));
    let [
        Effect::Cancel(cancelled),
        Effect::Document(DocumentEffect::Filter { input, .. }),
    ] = acted.effects.as_slice()
    else {
        panic!("{acted:?}");
    };
    assert_eq!(*cancelled, first);
    let document = Arc::clone(&bench.pane.pages[0].envelope().unwrap().document);
    assert_eq!(
        *input,
        FilterInput::Value(Arc::clone(&document), bench.node(".result"))
    );
    ended(&mut bench, Ok("1"));
    bench.type_keys("\r");
    bench.send(issues(), RequestKind::First);
    let acted = bench.receive(&body("[8]", LAST));
    assert!(acted.effects.is_empty() && bench.pane.filter.is_none());
}

#[test]
fn what_is_unusual_is_said_of_the_reply_below_a_filter() {
    let mut bench = bench();
    bench.perform(ReplyCommand::Filter);
    bench.type_keys(".");
    ended(&mut bench, Ok(""));
    bench.send(issues(), RequestKind::First);
    assert_eq!(bench.receive(&body("[1]", LAST)).said(), "");
    bench.send(issues(), RequestKind::First);
    let said = bench.receive("<html>").said();
    assert_eq!(said, "!The body is not JSON but application/json");
}

#[test]
fn a_file_that_is_read_again_drops_a_kept_filter_too() {
    let mut bench = Bench::of_file();
    bench.receive("[1]");
    keep(&mut bench, ".", "1");
    // Another one is typed over it.
    bench.perform(ReplyCommand::Filter);
    bench.type_keys("x");
    bench.act(|pane, context| pane.read_file(context));
    assert!(bench.pane.filter.is_none());
}

#[test]
fn a_value_of_a_field_makes_a_filter_that_continues_the_one_that_is_kept() {
    let by = |bench: &mut Bench, path: &str, condition: &str| {
        let request = ReplyRequest::FilterByField {
            path: path.to_owned(),
            condition: condition.to_owned(),
        };
        bench.act(|pane, context| pane.handle(request, context));
        bench.pane.filter.clone().unwrap()
    };
    let mut one = bench();
    one.pane.tab = Tab::Metadata;
    let filter = by(&mut one, "id", ". == 1");
    assert_eq!(filter.text, "map(select(.id? == 1))");
    assert_eq!((filter.scope, filter.input.is_none()), (Scope::Page, true));
    ended(&mut one, Ok(r#"[{"id":1,"tags":["a"]}]"#));
    let filter = by(&mut one, "tags[]", r#". == "a""#);
    assert_eq!(
        filter.text,
        r#"map(select(.id? == 1)) | map(select(any(.tags?[]?; . == "a")))"#
    );
    // All pages were counted, so all are filtered.
    let mut two = Bench::with_two_pages();
    assert_eq!(by(&mut two, "id", ". == 1").scope, Scope::AllPages);
}
