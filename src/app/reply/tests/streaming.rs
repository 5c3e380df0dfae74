//! Replies that are shown while they arrive, and files that are read in place of one.

use super::{Bench, LAST, MORE, body, broken, issues, read, reply};
use crate::app::command::{ReplyCommand, ViewCommand};
use crate::app::effect::{Effect, ReplyEffect};
use crate::app::msg::ReplyMsg;
use crate::app::reply::page::Tab;
use crate::app::reply::views::View;
use crate::app::requests::RequestKind;
use crate::app::source::LoadedReply;
use crate::domain::reply::PageOrigin;
use crate::paging::{Blocker, Next, Verdict};

const PART: &str = r#"{"status":"success","result":[{"id":1},{"id":2},{"i"#;
const MORE_OF_IT: &str = r#"{"status":"success","result":[{"id":1},{"id":2},{"id":3},{"i"#;

#[test]
fn a_reply_grows_under_the_cursor_and_becomes_the_page() {
    let mut bench = Bench::new();
    bench.send(issues(), RequestKind::First);
    bench.grow(PART, false);
    assert_eq!(
        bench.pane.loading_words().as_deref(),
        Some("still loading 25 %")
    );
    bench.go_to(".result[1].id");
    bench.view(ViewCommand::NextView);
    let id = bench.pane.page().unwrap().id;
    bench.grow(MORE_OF_IT, false);
    assert_eq!(bench.pane.page().unwrap().id, id);
    assert_eq!(bench.cursor(), ".result[1].id");
    bench.receive(&body(r#"[{"id":1},{"id":2},{"id":3},{"id":4}]"#, LAST));
    assert_eq!(bench.cursor(), ".result[1].id");
    assert_eq!(bench.pane.view(), View::Table);
    assert!(bench.pane.partial.is_none() && bench.pane.loading_words().is_none());
    assert_eq!(bench.pane.pages.len(), 1);
}

#[test]
fn a_body_that_starts_over_is_another_page() {
    let mut bench = Bench::new();
    bench.send(issues(), RequestKind::First);
    bench.grow(PART, false);
    bench.go_to(".result[1]");
    let acted = bench.act(|pane, context| pane.search("id", context));
    let running = bench.pane.search.running.task().unwrap();
    assert_eq!(acted.effects.len(), 1);
    let acted = bench.grow(PART, true);
    assert_eq!(acted.effects, [Effect::Cancel(running)]);
    assert_eq!(bench.cursor(), ".result[0]");
    assert!(bench.pane.search.needle.is_none());
}

#[test]
fn what_was_received_of_a_first_page_is_kept() {
    let mut bench = Bench::with_two_pages();
    bench.send(issues(), RequestKind::First);
    bench.grow(PART, false);
    let acted = bench.act(|pane, context| pane.cancel(context));
    assert_eq!(acted.said(), "!Cancelled: this is what was received");
    assert_eq!((bench.pane.pages.len(), bench.pane.current), (1, 0));
    let page = bench.pane.page().unwrap();
    assert!(!page.reply.whole);
    assert_eq!(
        page.next,
        Next::Stuck {
            blocker: Blocker::NoPage,
            why: "this reply is not whole: you cancelled it".to_owned()
        }
    );
    assert_eq!(
        bench.pane.verdict,
        Some(Verdict::Stopped("you cancelled it".to_owned()))
    );
    // Asked for again it is a new reply: there is no run to compare it with.
    bench.act(|pane, context| pane.reload(context));
    assert_eq!(
        bench.pane.waiting.as_ref().unwrap().kind,
        RequestKind::First
    );
    bench.grow(PART, false);
    bench.fail(broken());
    assert_eq!(
        bench.pane.verdict,
        Some(Verdict::Stopped("The connection broke".to_owned()))
    );
}

#[test]
fn a_further_page_that_breaks_off_is_dropped() {
    let mut bench = Bench::with_page(r#"[{"id":0}]"#, MORE);
    bench.perform(ReplyCommand::NextPage);
    bench.grow(PART, false);
    assert!(bench.pane.streaming().is_some());
    // The whole page may be read meanwhile, and the other one again.
    bench.perform(ReplyCommand::PreviousPage);
    assert!(bench.pane.streaming().is_none() && bench.pane.current == 0);
    assert_eq!(bench.cursor(), ".result[0]");
    bench.perform(ReplyCommand::NextPage);
    assert!(bench.pane.streaming().is_some());
    let acted = bench.act(|pane, context| pane.cancel(context));
    assert_eq!(acted.said(), " Cancelled");
    assert_eq!(bench.pane.pages.len(), 1);
    assert!(bench.pane.page().unwrap().reply.whole);
    assert_eq!(bench.pane.verdict, None);
}

#[test]
fn a_further_page_that_is_not_looked_at_does_not_take_the_pane() {
    let mut bench = Bench::with_page(r#"[{"id":0}]"#, MORE);
    bench.perform(ReplyCommand::NextPage);
    bench.grow(PART, false);
    bench.perform(ReplyCommand::PreviousPage);
    bench.grow(MORE_OF_IT, false);
    bench.receive(&body(r#"[{"id":1},{"id":2}]"#, LAST));
    assert_eq!((bench.pane.pages.len(), bench.pane.current), (2, 0));
}

#[test]
fn a_search_runs_again_over_the_whole_reply() {
    let mut bench = Bench::new();
    bench.send(issues(), RequestKind::First);
    bench.grow(PART, false);
    bench.find("id");
    assert_eq!(bench.pane.search.count(), 2);
    bench.go_to(".result[1].id");
    let acted = bench.receive(&body(r#"[{"id":1},{"id":2},{"id":3}]"#, LAST));
    let find = acted.find().clone();
    bench.answer(&find);
    assert_eq!(bench.pane.search.count(), 3);
    assert_eq!(bench.cursor(), ".result[1].id");
}

#[test]
fn nothing_streams_into_all_pages_or_over_a_page_again() {
    let mut bench = Bench::with_page(r#"[{"id":0}]"#, MORE);
    bench.act(|pane, context| pane.reload(context));
    bench.grow(PART, false);
    assert!(bench.pane.partial.is_none());
    bench.receive(&body(r#"[{"id":0}]"#, MORE));
    bench.perform(ReplyCommand::AllPages);
    let acted = bench.perform(ReplyCommand::NextPage);
    let [Effect::Reply(ReplyEffect::Call { streams, .. })] = acted.effects.as_slice() else {
        panic!("{acted:?}");
    };
    assert!(!streams);
}

#[test]
fn while_a_reply_arrives_only_what_needs_all_of_it_is_refused() {
    let mut bench = Bench::new();
    bench.send(issues(), RequestKind::First);
    bench.grow(PART, false);
    let refused = [
        ReplyCommand::NextPage,
        ReplyCommand::FetchAll,
        ReplyCommand::Save,
        ReplyCommand::SaveAs,
        ReplyCommand::Export,
        ReplyCommand::AllPages,
        ReplyCommand::Profile,
        ReplyCommand::Uncut,
    ];
    for command in refused {
        let said = bench.perform(command).said();
        assert_eq!(said, " The reply is still arriving", "{command:?}");
    }
    assert_eq!(
        bench.view(ViewCommand::Sort).said(),
        " The reply is still arriving"
    );
    assert_eq!(
        bench.pane.can_reload(&bench.session),
        Err("The reply is still arriving".into())
    );
    assert_eq!(
        bench.perform(ReplyCommand::PreviousPage).said(),
        " This is the first page"
    );
    for command in [ReplyCommand::Find, ReplyCommand::Mark, ReplyCommand::Editor] {
        assert!(bench.pane.can(command, &bench.session).is_ok());
    }
}

#[test]
fn a_file_is_read_in_place_of_a_reply_and_again() {
    let mut bench = Bench::of_file();
    let task = bench.task();
    bench.grow(r#"[{"id":1},{"id"#, false);
    bench.view(ViewCommand::NextView);
    let acted = bench.receive(r#"[{"id":1},{"id":2}]"#);
    assert!(acted.is_quiet() && acted.notice.is_none());
    let page = bench.pane.page().unwrap();
    assert_eq!((&page.origin, page.count()), (&PageOrigin::File, 2));
    assert!(bench.pane.run.is_none() && bench.pane.verdict.is_none());
    bench.pane.tab = Tab::Metadata;
    let acted = bench.act(|pane, context| pane.read_file(context));
    let again = bench.task();
    assert_ne!(task, again);
    assert_eq!(
        acted.effects,
        [Effect::Reply(ReplyEffect::ReadFile { task: again })]
    );
    let said = bench.receive("").said();
    assert_eq!(said, "!The file is empty");
    bench.act(|pane, context| pane.read_file(context));
    bench.receive("[{}]");
    // The views are those of before; the tab stays.
    assert_eq!(bench.pane.page().unwrap().view(Tab::Result), View::Table);
    assert_eq!(bench.pane.tab, Tab::Metadata);
}

#[test]
fn a_file_that_is_read_again_cancels_the_reading_and_drops_the_filter() {
    let mut bench = Bench::of_file();
    bench.receive("[1]");
    bench.perform(ReplyCommand::Filter);
    bench.type_keys(".");
    let filter = bench.pane.filter.as_ref().unwrap().running.task().unwrap();
    let acted = bench.act(|pane, context| pane.read_file(context));
    let first = bench.task();
    assert_eq!(
        acted.effects,
        [
            Effect::Cancel(filter),
            Effect::Reply(ReplyEffect::ReadFile { task: first })
        ]
    );
    assert!(bench.pane.filter.is_none());
    let acted = bench.act(|pane, context| pane.read_file(context));
    assert_eq!(acted.effects[0], Effect::Cancel(first));
    let acted = bench.act(|pane, context| pane.cancel(context));
    assert_eq!(acted.said(), " Cancelled");
    assert_eq!(bench.pane.pages.len(), 1);
}

#[test]
fn a_file_that_is_cut_says_so() {
    let mut bench = Bench::of_file();
    let mut loaded = LoadedReply::new(reply("[1]"), read("[1]"));
    loaded.reply.whole = false;
    let msg = ReplyMsg::Finished {
        task: bench.task(),
        result: Ok(Box::new(loaded)),
    };
    let acted = bench.act(|pane, context| pane.reply_msg(msg, context));
    assert_eq!(
        acted.said(),
        "!The file could not be read to its end: it is damaged or cut"
    );
}
