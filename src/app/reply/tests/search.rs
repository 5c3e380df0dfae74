//! Finding, going from match to match, and showing only what matches.

use super::{Bench, LAST, MORE, body, issues};
use crate::app::command::{ReplyCommand, ViewCommand};
use crate::app::effect::{DocumentEffect, Effect};
use crate::app::msg::DocumentMsg;
use crate::app::reply::page::Tab;
use crate::app::reply::views::View;
use crate::app::requests::{ReplyRequest, RequestKind};
use crate::json::find::Batch;
use std::sync::Arc;

const RECORDS: &str = r#"[{"name":"ann"},{"name":"bob"},{"name":"anna"},{"name":"hanna"}]"#;

fn bench() -> Bench {
    Bench::with_page(RECORDS, LAST)
}

#[test]
fn the_cursor_goes_to_the_first_match_from_where_it_is_and_round() {
    let mut bench = bench();
    bench.go_to(".result[1]");
    assert_eq!(bench.find("ann").said(), " Match 2 of 3");
    assert_eq!(bench.cursor(), ".result[2].name");
    let expected = [
        (".result[3].name", 3),
        (".result[0].name", 1),
        (".result[2].name", 2),
    ];
    for (path, place) in expected {
        let said = bench.perform(ReplyCommand::FindNext).said();
        assert_eq!(
            (bench.cursor().as_str(), said),
            (path, format!(" Match {place} of 3"))
        );
    }
    for path in [".result[0].name", ".result[3].name", ".result[2].name"] {
        bench.perform(ReplyCommand::FindPrevious);
        assert_eq!(bench.cursor(), path);
    }
    // From between two matches.
    bench.go_to(".result[1].name");
    bench.perform(ReplyCommand::FindPrevious);
    assert_eq!(bench.cursor(), ".result[0].name");
    bench.go_to(".result[1].name");
    bench.perform(ReplyCommand::FindNext);
    assert_eq!(bench.cursor(), ".result[2].name");
    assert_eq!(bench.pane.search.words().as_deref(), Some("/ann 3"));
}

#[test]
fn a_search_that_runs_says_so_and_is_replaced_by_another() {
    let mut bench = bench();
    assert_eq!(
        bench.perform(ReplyCommand::FindNext).said(),
        " Nothing is searched for: / finds"
    );
    bench.perform(ReplyCommand::Find);
    let acted = bench.type_keys("ann");
    bench.type_keys("\r");
    assert!(bench.pane.typing.is_none());
    let root = bench.node(".result");
    let from = bench.node(".result[0]");
    let task = bench.pane.search.running.task().unwrap();
    assert_eq!(
        acted.effects[1..],
        [Effect::Document(DocumentEffect::Find {
            task,
            document: Arc::clone(bench.pane.tree().unwrap().document()),
            root,
            from,
            needle: "ann".to_owned(),
        })]
    );
    assert_eq!(
        bench.perform(ReplyCommand::FindNext).said(),
        " Still searching"
    );
    let batch = Batch {
        hits: vec![bench.node(".result[2].name")],
        children: vec![bench.node(".result[2]")],
        before: false,
    };
    let found = DocumentMsg::Found {
        task,
        batch: Arc::new(batch),
        over: false,
    };
    let acted = bench.act(|pane, context| pane.document_msg(found.clone(), context));
    assert_eq!(acted.said(), " Match 1 of 1 so far");
    let acted = bench.act(|pane, context| pane.search("bob", context));
    assert_eq!(acted.effects[0], Effect::Cancel(task));
    bench.act(|pane, context| pane.document_msg(found, context));
    assert_eq!(bench.pane.search.count(), 0);
}

#[test]
fn what_is_not_found_and_what_is_no_pattern_is_said() {
    let mut bench = bench();
    assert_eq!(bench.find("zoe").said(), " `zoe` is not found here");
    assert_eq!(bench.perform(ReplyCommand::FindNext).said(), " No match");
    assert_eq!(
        bench.perform(ReplyCommand::KeepMatching).said(),
        " Nothing matches"
    );
    bench.perform(ReplyCommand::Find);
    let acted = bench.type_keys("re:(\r");
    assert!(acted.said().starts_with("!This is no regular expression: "));
    assert_eq!(bench.pane.typing.as_ref().unwrap().text(), "re:(");
    // Nothing typed ends the search.
    bench.pane.typing = None;
    bench.find("ann");
    bench.perform(ReplyCommand::Find);
    assert!(bench.type_keys("\r").effects.is_empty());
    assert!(bench.pane.search.needle.is_none());
    bench.perform(ReplyCommand::Find);
    bench.act(|pane, context| pane.paste("bo\nb", context));
    assert_eq!(bench.pane.typing.as_ref().unwrap().text(), "bo b");
}

#[test]
fn the_value_under_the_cursor_is_found_elsewhere() {
    let mut bench = bench();
    bench.go_to(".result[0].name");
    let acted = bench.perform(ReplyCommand::FindValue);
    let DocumentEffect::Find { needle, from, .. } = acted.find() else {
        unreachable!("a search was asked for");
    };
    assert_eq!(
        (needle.as_str(), *from),
        ("ann", bench.node(".result[0].name"))
    );
    bench.go_to(".result[0]");
    let said = bench.perform(ReplyCommand::FindValue).said();
    assert_eq!(said, " There is no text here to find elsewhere");
}

#[test]
fn a_search_is_for_the_page_and_the_tab_it_was_made_in() {
    let mut bench = Bench::with_two_pages();
    bench.find("three");
    bench.pane.tab = Tab::Metadata;
    let elsewhere = " The search was made elsewhere: / finds here";
    assert_eq!(bench.perform(ReplyCommand::FindNext).said(), elsewhere);
    assert_eq!(bench.perform(ReplyCommand::KeepMatching).said(), elsewhere);
    bench.pane.tab = Tab::Result;
    let acted = bench.act(|pane, context| pane.search("t", context));
    let task = bench.pane.search.running.task().unwrap();
    assert_eq!(acted.effects.len(), 1);
    let acted = bench.perform(ReplyCommand::PreviousPage);
    assert_eq!(acted.effects, [Effect::Cancel(task)]);
    assert!(bench.pane.search.needle.is_none());
}

#[test]
fn only_the_records_that_match_are_shown_until_all_are_again() {
    let mut bench = bench();
    assert_eq!(
        bench.perform(ReplyCommand::KeepMatching).said(),
        " Nothing is searched for: / finds"
    );
    bench.find("ann");
    let said = bench.perform(ReplyCommand::KeepMatching).said();
    assert_eq!(said, " 3 with a match: & shows all again");
    let kept = |bench: &Bench| bench.pane.tree().unwrap().kept().map(|kept| kept.len());
    assert_eq!(kept(&bench), Some(3));
    assert_eq!(bench.pane.exported_count(), 3);
    let said = bench.perform(ReplyCommand::KeepMatching).said();
    assert_eq!((said.as_str(), kept(&bench)), (" All is shown again", None));
    bench.perform(ReplyCommand::KeepMatching);
    // A further search begins with all of them.
    bench.find("bob");
    assert_eq!(
        (kept(&bench), bench.cursor().as_str()),
        (None, ".result[1].name")
    );
    bench.perform(ReplyCommand::KeepMatching);
    bench.act(|pane, context| assert!(pane.back(context)));
    assert_eq!(kept(&bench), None);
}

#[test]
fn matches_of_a_search_that_runs_are_kept_as_they_are_found() {
    let mut bench = bench();
    bench.act(|pane, context| pane.search("ann", context));
    let task = bench.pane.search.running.task().unwrap();
    let report = |bench: &mut Bench, at: &str, over| {
        let batch = Batch {
            hits: vec![bench.node(&format!("{at}.name"))],
            children: vec![bench.node(at)],
            before: false,
        };
        let batch = Arc::new(batch);
        let msg = DocumentMsg::Found { task, batch, over };
        bench.act(|pane, context| pane.document_msg(msg, context))
    };
    report(&mut bench, ".result[0]", false);
    let said = bench.perform(ReplyCommand::KeepMatching).said();
    assert_eq!(said, " 1 with a match so far: & shows all again");
    let said = report(&mut bench, ".result[2]", true).said();
    assert_eq!(said, " 2 with a match: & shows all again");
}

#[test]
fn matches_are_shown_in_text_too() {
    let mut bench = bench();
    bench.view(ViewCommand::NextView);
    bench.view(ViewCommand::NextView);
    assert_eq!(bench.pane.view(), View::Text);
    bench.pane.fit(20, 5);
    bench.find("hanna");
    let (document, view) = bench.pane.page().unwrap().text(Tab::Result).unwrap();
    let hit = body(RECORDS, LAST).find("hanna").unwrap();
    let end = view
        .after(document, view.at)
        .map_or(document.size(), |row| row.start);
    assert!((view.at.start..end).contains(&hit), "{:?} {hit}", view.at);
}

#[test]
fn a_value_of_a_page_that_was_replaced_is_not_looked_for_in_another() {
    let mut bench = Bench::with_page(RECORDS, LAST);
    let (page, node) = (bench.pane.pages[0].id, bench.node(".result[1].name"));
    bench.send(issues(), RequestKind::First);
    bench.receive(&body(r#"[{"id":1},{"id":2},{"id":3}]"#, LAST));
    bench.act(|pane, context| pane.handle(ReplyRequest::GoToValue(page, node), context));
    assert_eq!(bench.cursor(), ".result[0]");
}

#[test]
fn a_value_of_another_page_is_shown_in_that_page() {
    let mut bench = Bench::with_two_pages();
    bench.perform(ReplyCommand::PreviousPage);
    let (page, node) = (bench.pane.pages[0].id, bench.node(".result[1].title"));
    bench.perform(ReplyCommand::NextPage);
    bench.pane.tab = Tab::Metadata;
    bench.act(|pane, context| pane.handle(ReplyRequest::GoToValue(page, node), context));
    assert_eq!((bench.pane.current, bench.pane.tab), (0, Tab::Result));
    assert_eq!(bench.cursor(), ".result[1].title");
    // Also where a further page was shown since, which is still arriving.
    let mut bench = Bench::with_page(RECORDS, MORE);
    let (page, node) = (bench.pane.pages[0].id, bench.node(".result[3].name"));
    bench.perform(ReplyCommand::NextPage);
    bench.grow(r#"{"status":"success","result":[{"id":1},"#, false);
    bench.act(|pane, context| pane.handle(ReplyRequest::GoToValue(page, node), context));
    assert!(bench.pane.streaming().is_none());
    assert_eq!(bench.cursor(), ".result[3].name");
}

#[test]
fn records_that_were_kept_are_all_shown_after_another_page_was_entered() {
    let mut bench = Bench::with_two_pages();
    bench.perform(ReplyCommand::PreviousPage);
    bench.find("two");
    bench.perform(ReplyCommand::KeepMatching);
    bench.perform(ReplyCommand::AllPages);
    assert_eq!(
        bench.perform(ReplyCommand::KeepMatching).said(),
        " This is for one page: u shows it"
    );
    bench.pane.step(5);
    bench.pane.step(1);
    assert!(bench.pane.search.needle.is_none(), "{}", bench.pane.current);
    assert!(
        bench.pane.pages[0]
            .tree(Tab::Result)
            .unwrap()
            .kept()
            .is_none()
    );
}

#[test]
fn matches_are_shown_while_the_text_is_typed() {
    let mut bench = bench();
    bench.go_to(".result[1]");
    bench.perform(ReplyCommand::Find);
    let first = bench.type_keys("h");
    assert_eq!(bench.answer(first.find()).said(), " Match 1 of 1");
    assert_eq!(bench.cursor(), ".result[3].name");
    // A text that matches elsewhere is looked for from where the cursor was.
    let second = bench.type_keys("\u{8}an");
    let DocumentEffect::Find { needle, from, .. } = second.find() else {
        unreachable!("a search was asked for");
    };
    assert_eq!((needle.as_str(), *from), ("an", bench.node(".result[1]")));
    bench.answer(second.find());
    assert_eq!(bench.cursor(), ".result[2].name");
    // Enter keeps what was found.
    let kept = bench.type_keys("\r");
    assert_eq!(kept.said(), " Match 2 of 3");
    assert!(kept.is_quiet());
    assert!(bench.pane.typing.is_none());
    bench.perform(ReplyCommand::FindNext);
    assert_eq!(bench.cursor(), ".result[3].name");
}

#[test]
fn a_search_that_is_given_up_leaves_cursor_and_search_as_they_were() {
    let mut bench = bench();
    bench.find("bob");
    bench.go_to(".result[0]");
    bench.perform(ReplyCommand::Find);
    let typed = bench.type_keys("hanna");
    bench.answer(typed.find());
    assert_eq!(bench.cursor(), ".result[3].name");
    let left = bench.act(|pane, context| pane.leave_find(context));
    assert_eq!(bench.cursor(), ".result[0]");
    bench.answer(left.find());
    assert_eq!(bench.cursor(), ".result[0]");
    assert_eq!(bench.pane.search.words().as_deref(), Some("/bob 1"));
    // A pattern that is not whole yet is no mistake.
    bench.perform(ReplyCommand::Find);
    let typed = bench.type_keys("re:(");
    assert_eq!(typed.said(), "");
    assert_eq!(bench.pane.search.count(), 0);
    // Where nothing is typed, the search stays.
    bench.act(|pane, context| pane.leave_find(context));
    bench.find("ann");
    bench.perform(ReplyCommand::Find);
    let left = bench.act(|pane, context| pane.leave_find(context));
    assert!(left.is_quiet());
    assert_eq!(bench.pane.search.count(), 3);
}
