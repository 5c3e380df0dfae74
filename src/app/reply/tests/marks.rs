//! Marks, ranges of marks, and which records are exported.

use super::{Bench, LAST, MORE, body};
use crate::app::command::{ReplyCommand, ViewCommand};
use crate::app::effect::{DocumentEffect, Effect};
use crate::app::msg::DocumentMsg;
use crate::app::reply::page::Tab;
use crate::app::reply::views::View;
use crate::app::requests::ReplyRequest;
use crate::json::table;
use std::sync::Arc;

const RECORDS: &str = r#"[{"id":3},{"id":1},{"id":2}]"#;

fn bench() -> Bench {
    Bench::with_page(RECORDS, LAST)
}

/// Sorts the table by `id`, as the worker does.
pub(super) fn sort(bench: &mut Bench) {
    while bench.pane.view() != View::Table {
        bench.view(ViewCommand::NextView);
    }
    bench.pane.fit(80, 10);
    let acted = bench.view(ViewCommand::Sort);
    let Some(Effect::Document(DocumentEffect::Sort {
        task,
        page,
        document,
        root,
        path,
        ..
    })) = acted.effects.last()
    else {
        panic!("{acted:?}");
    };
    let records: Vec<_> = document.children(*root).collect();
    let msg = DocumentMsg::Sorted {
        task: *task,
        page: *page,
        root: *root,
        records: Arc::new(table::sorted(document, &records, path, false)),
    };
    bench.act(|pane, context| pane.document_msg(msg, context));
}

#[test]
fn a_mark_is_set_and_taken_away_and_the_next_record_is_due() {
    let mut bench = bench();
    let said = bench.perform(ReplyCommand::Mark).said();
    assert_eq!(
        said,
        " 1 record marked: x leads on, y r copies, E exports them"
    );
    assert_eq!(
        (bench.cursor().as_str(), bench.marked()),
        (".result[1]", vec![r#"{"id":3}"#.to_owned()])
    );
    // A value of a record stands for the record.
    bench.go_to(".result[0].id");
    assert_eq!(
        bench.perform(ReplyCommand::Mark).said(),
        " Nothing is marked"
    );
    assert_eq!(bench.cursor(), ".result[1]");
    assert!(bench.marked().is_empty());
}

#[test]
fn marks_are_for_records_of_the_whole_result() {
    let refusal = " Marks are for the records of a result";
    let mut bench = bench();
    bench.pane.tab = Tab::Metadata;
    assert_eq!(bench.perform(ReplyCommand::Mark).said(), refusal);
    assert_eq!(bench.perform(ReplyCommand::MarkRange).said(), refusal);
    bench.pane.tab = Tab::Result;
    bench.view(ViewCommand::SetRoot);
    assert_eq!(bench.perform(ReplyCommand::Mark).said(), refusal);
    bench.pane.tab = Tab::Body;
    assert_eq!(
        bench.perform(ReplyCommand::Mark).said(),
        " This is text, not a tree: t shows another tab"
    );
}

#[test]
fn a_range_is_marked_from_either_end() {
    for (from, to) in [(".result[0]", ".result[1]"), (".result[1]", ".result[0]")] {
        let mut bench = bench();
        bench.go_to(from);
        bench.perform(ReplyCommand::MarkRange);
        bench.go_to(to);
        let node = |path: &str| bench.node(path);
        assert!(bench.pane.is_in_range(node(".result[0]")));
        assert!(bench.pane.is_in_range(node(".result[1]")));
        assert!(!bench.pane.is_in_range(node(".result[2]")));
        assert!(!bench.pane.is_in_range(node(".result[0].id")));
        let said = bench.perform(ReplyCommand::MarkRange).said();
        assert_eq!(
            said,
            " 2 records marked: x leads on, y r copies, E exports them"
        );
        assert_eq!(bench.marked(), [r#"{"id":3}"#, r#"{"id":1}"#]);
        assert_eq!(bench.pane.range, None);
    }
}

#[test]
fn a_range_is_ended_by_a_mark_and_given_up_by_a_step_back() {
    let mut bench = bench();
    bench.perform(ReplyCommand::MarkRange);
    bench.act(|pane, context| assert!(pane.back(context)));
    assert!(bench.pane.range.is_none() && bench.marked().is_empty());
    bench.perform(ReplyCommand::MarkRange);
    bench.go_to(".result[2]");
    bench.perform(ReplyCommand::Mark);
    assert_eq!(bench.marked().len(), 3);
    // A range of another tab is not this one's.
    bench.perform(ReplyCommand::MarkRange);
    bench.pane.tab = Tab::Metadata;
    assert_eq!(bench.pane.range_start(), None);
}

#[test]
fn a_range_of_a_sorted_table_goes_by_what_is_seen() {
    let mut bench = bench();
    sort(&mut bench);
    let order = |bench: &Bench| {
        let page = bench.pane.page().unwrap();
        page.in_order(&page.marks).len()
    };
    bench.go_to(".result[1]");
    bench.perform(ReplyCommand::MarkRange);
    bench.go_to(".result[2]");
    bench.perform(ReplyCommand::MarkRange);
    // In the order 1, 2, 3 the record 3, which is first in the body, is not between.
    assert_eq!(bench.marked(), [r#"{"id":1}"#, r#"{"id":2}"#]);
    assert_eq!(order(&bench), 2);
}

#[test]
fn an_export_has_what_is_marked_else_what_is_seen_else_all() {
    let mut bench = Bench::with_page(RECORDS, MORE);
    bench.perform(ReplyCommand::NextPage);
    bench.receive(&body(r#"[{"id":4},{"id":5}]"#, LAST));
    let count = |bench: &Bench| (bench.pane.exported().len(), bench.pane.exported_count());
    assert_eq!(count(&bench), (2, 5));
    bench.perform(ReplyCommand::FirstPage);
    bench.find("2");
    bench.perform(ReplyCommand::KeepMatching);
    assert_eq!(count(&bench), (1, 1));
    bench.act(|pane, context| assert!(pane.back(context)));
    bench.perform(ReplyCommand::NextPage);
    bench.perform(ReplyCommand::Mark);
    assert_eq!(count(&bench), (1, 1));
    bench.perform(ReplyCommand::FirstPage);
    assert_eq!(count(&bench), (1, 1));
    bench.perform(ReplyCommand::Mark);
    assert_eq!(count(&bench), (2, 2));
    bench.act(|pane, context| pane.handle(ReplyRequest::UnmarkAll, context));
    assert_eq!(count(&bench), (2, 5));
}

#[test]
fn a_range_begun_while_the_reply_arrives_is_that_of_the_page() {
    let mut bench = Bench::new();
    bench.send(super::issues(), crate::app::requests::RequestKind::First);
    bench.grow(
        r#"{"status":"success","result":[{"id":1},{"id":2},{"#,
        false,
    );
    bench.perform(ReplyCommand::Mark);
    bench.perform(ReplyCommand::MarkRange);
    bench.receive(&body(r#"[{"id":1},{"id":2},{"id":3}]"#, LAST));
    bench.go_to(".result[2]");
    bench.perform(ReplyCommand::Mark);
    assert_eq!(bench.marked().len(), 3);
}

#[test]
fn all_records_are_marked_and_unmarked() {
    let mut bench = bench();
    let said = " 3 records marked: x leads on, y r copies, E exports them";
    assert_eq!(bench.perform(ReplyCommand::MarkAll).said(), said);
    assert_eq!(bench.marked().len(), 3);
    bench.perform(ReplyCommand::Mark);
    assert_eq!(bench.marked().len(), 2);
    assert_eq!(bench.perform(ReplyCommand::MarkAll).said(), said);
    assert_eq!(
        bench.perform(ReplyCommand::MarkAll).said(),
        " Nothing is marked"
    );
    // A single record is no list.
    let mut one = Bench::with_page(r#"{"id":3}"#, LAST);
    let said = one.perform(ReplyCommand::MarkAll).said();
    assert_eq!(said, " This is one record: there is no list to mark");
}

#[test]
fn all_records_of_all_pages_are_marked_where_they_are_one_list() {
    let mut bench = Bench::with_two_pages();
    bench.perform(ReplyCommand::MarkAll);
    let counts = |bench: &Bench| {
        let pages = bench.pane.pages.iter();
        pages.map(|page| page.marks.len()).collect::<Vec<_>>()
    };
    assert_eq!(counts(&bench), [0, 1]);
    bench.perform(ReplyCommand::AllPages);
    let said = bench.perform(ReplyCommand::MarkAll).said();
    assert!(said.starts_with(" 3 records marked"), "{said}");
    assert_eq!(counts(&bench), [2, 1]);
    let (marked, _) = bench.pane.marked();
    assert_eq!(marked.len(), 2, "each page has its own call");
    bench.perform(ReplyCommand::MarkAll);
    assert_eq!(counts(&bench), [0, 0]);
}
