//! Tree, table and text, and their commands.

use super::{Bench, LAST, issues};
use crate::app::command::{Movement, ReplyCommand, ViewCommand};
use crate::app::effect::{Direction, DocumentEffect, Effect};
use crate::app::reply::page::Tab;
use crate::app::reply::views::View;
use crate::app::reply::views::text::Layout as TextLayout;
use crate::app::requests::{Layout, PopupRequest, ReplyRequest, Request, RequestKind};
use crate::app::widgets::focus::KeyContext;

const RECORDS: &str =
    r#"[{"id":3,"name":"c","of":{"deep":[1]}},{"id":1,"name":"a"},{"id":2,"name":"b"}]"#;

fn bench() -> Bench {
    Bench::with_page(RECORDS, LAST)
}

/// Shows the records as a table that was measured.
fn table() -> Bench {
    let mut bench = bench();
    bench.view(ViewCommand::NextView);
    bench.pane.fit(80, 10);
    bench
}

fn columns(bench: &Bench) -> Vec<String> {
    let table = &bench.pane.page().unwrap().table;
    table.shown().map(|column| column.path.clone()).collect()
}

#[test]
fn the_views_follow_each_other_and_keep_the_cursor() {
    let mut bench = bench();
    bench.go_to(".result[1].name");
    assert!(
        bench
            .view(ViewCommand::NextView)
            .said()
            .starts_with(" Table: ")
    );
    assert_eq!(bench.pane.view(), View::Table);
    assert!(
        bench
            .view(ViewCommand::NextView)
            .said()
            .starts_with(" Text: z p shows it as it was received")
    );
    assert_eq!(bench.pane.view(), View::Text);
    assert_eq!(bench.view(ViewCommand::NextView).said(), " Tree");
    assert_eq!(bench.cursor(), ".result[1].name");
    // Where there is no list there is no table.
    bench.pane.tab = Tab::Metadata;
    bench.view(ViewCommand::NextView);
    assert_eq!(bench.pane.view(), View::Text);
    // All pages are left for the view of one.
    bench.perform(ReplyCommand::AllPages);
    bench.view(ViewCommand::NextView);
    assert!(bench.pane.all_pages.is_none());
}

#[test]
fn a_tree_is_walked_and_folded() {
    let mut bench = bench();
    bench.view(ViewCommand::Unfold);
    bench.view(ViewCommand::Unfold);
    assert_eq!(bench.cursor(), ".result[0].id");
    bench.view(ViewCommand::NextSibling);
    assert_eq!(bench.cursor(), ".result[0].name");
    bench.view(ViewCommand::PreviousSibling);
    let said = bench.view(ViewCommand::PreviousSibling).said();
    assert_eq!(said, " There is no previous sibling");
    bench.view(ViewCommand::Parent);
    assert_eq!(bench.cursor(), ".result[0]");
    bench.view(ViewCommand::Fold);
    bench.pane.move_cursor(Movement::Down, 10);
    assert_eq!(bench.cursor(), ".result[1]");
    bench.view(ViewCommand::UnfoldAll);
    bench.pane.move_cursor(Movement::Top, 10);
    bench.pane.step(5);
    assert_eq!(bench.cursor(), ".result[0].of.deep[0]");
    bench.view(ViewCommand::UnfoldTo(1));
    assert_eq!(bench.cursor(), ".result[0].of");
    bench.view(ViewCommand::FoldAll);
    assert_eq!(bench.cursor(), ".result[0]");
    bench.pane.move_cursor(Movement::Bottom, 10);
    assert_eq!(bench.cursor(), ".result[2]");
    let said = bench.view(ViewCommand::NextSibling).said();
    assert_eq!(said, " There is no next sibling");
    let prefix = bench.view(ViewCommand::FoldPrefix).prefix;
    assert_eq!(prefix, Some(KeyContext::FoldPrefix));
    bench.pane.click(0);
    assert_eq!(bench.cursor(), ".result[0]");
}

#[test]
fn a_value_is_made_the_root_and_the_former_one_restored() {
    let mut bench = bench();
    bench.go_to(".result[0].id");
    assert_eq!(
        bench.view(ViewCommand::SetRoot).said(),
        " Only an object or an array can be the root"
    );
    bench.go_to(".result[0]");
    let said = bench.view(ViewCommand::SetRoot).said();
    assert_eq!(said, " This is the root now: Backspace goes back");
    assert_eq!(bench.cursor(), ".result[0].id");
    bench.view(ViewCommand::RestoreRoot);
    assert_eq!(bench.cursor(), ".result[0]");
    assert_eq!(
        bench.view(ViewCommand::RestoreRoot).said(),
        " This is the whole already"
    );
    // A table gives way to the tree of its record.
    let mut bench = table();
    bench.go_to(".result[0]");
    bench.view(ViewCommand::SetRoot);
    assert_eq!(bench.pane.view(), View::Tree);
}

#[test]
fn a_string_and_a_token_are_shown_whole() {
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln";
    let mut bench = Bench::with_page(&format!(r#"[{{"a":"x\ny","n":1,"t":"{token}"}}]"#), LAST);
    let mut toggle = |path: &str| {
        bench.go_to(path);
        let acted = bench.view(ViewCommand::Toggle);
        match acted.requests.into_iter().next() {
            Some(Request::Open(PopupRequest::Text(text))) => Some(text),
            _ => None,
        }
    };
    let text = toggle(".result[0].a").unwrap();
    assert_eq!(
        (text.title.as_str(), text.layout),
        (".result[0].a", Layout::Wrapped)
    );
    assert!(text.text.contains("x\ny"), "{}", text.text);
    assert!(toggle(".result[0].n").is_none());
    assert!(toggle(".result[0].t").unwrap().text.contains("\n── "));
    // A container is opened in its place.
    assert!(toggle(".result[0]").is_none());
    let acted = bench.perform(ReplyCommand::Decode);
    let [Request::Open(PopupRequest::Decoder(decoder))] = acted.requests.as_slice() else {
        panic!("{acted:?}");
    };
    assert_eq!(decoder.title, ".result[0]");
    assert_eq!(decoder.call, Some(super::issues()));
}

#[test]
fn columns_are_moved_hidden_and_chosen() {
    let mut bench = table();
    assert_eq!(columns(&bench), ["id", "name", "of.deep"]);
    assert_eq!(
        bench.view(ViewCommand::ColumnLeft).said(),
        " The column is at the end already"
    );
    bench.view(ViewCommand::ColumnRight);
    assert_eq!(columns(&bench), ["name", "id", "of.deep"]);
    assert_eq!(bench.pane.arranged_columns(), "name, id, of.deep");
    let said = bench.view(ViewCommand::HideColumn).said();
    assert_eq!(said, " `id` is hidden: + shows it again");
    assert_eq!(columns(&bench), ["name", "of.deep"]);
    let choices = |acted: super::Acted| match acted.requests.into_iter().next() {
        Some(Request::Open(PopupRequest::Choices(choices))) => choices,
        other => panic!("{other:?}"),
    };
    let listed = choices(bench.view(ViewCommand::Columns));
    let labels: Vec<_> = listed
        .items
        .iter()
        .map(|item| (item.label.as_str(), item.about.as_str()))
        .collect();
    assert!(labels.contains(&("id", "hidden")) && labels.contains(&("name", "shown")));
    let acted = bench.act(|pane, context| {
        pane.handle(ReplyRequest::ToggleColumn("id".to_owned()), context);
    });
    assert_eq!(choices(acted).current, "id");
    assert_eq!(columns(&bench).len(), 3);
    for _ in 0..2 {
        bench.view(ViewCommand::HideColumn);
    }
    let said = bench.view(ViewCommand::HideColumn).said();
    assert_eq!(said, " One column must stay");
    // Text and tree have no columns.
    bench.view(ViewCommand::NextView);
    assert_eq!(
        bench.view(ViewCommand::HideColumn).said(),
        " This is for the table: v shows it"
    );
    assert_eq!(bench.pane.arranged_columns(), "");
}

#[test]
fn a_table_is_sorted_up_and_down_and_not_at_all() {
    let mut bench = table();
    let acted = bench.view(ViewCommand::Sort);
    let [
        Effect::Document(DocumentEffect::Sort {
            task,
            path,
            direction,
            kept,
            ..
        }),
    ] = acted.effects.as_slice()
    else {
        panic!("{acted:?}");
    };
    assert_eq!(
        (path.as_str(), *direction, kept),
        ("id", Direction::Ascending, &None)
    );
    // Asked for again before it is done, the first sort is cancelled.
    let first = *task;
    let acted = bench.view(ViewCommand::Sort);
    assert_eq!(acted.effects[0], Effect::Cancel(first));
    super::marks::sort(&mut bench);
    let first_row = |bench: &Bench| {
        let page = bench.pane.page().unwrap();
        let tree = page.tree(Tab::Result).unwrap();
        let record = page.table.record(tree, 0).unwrap();
        tree.document().text(record).into_owned()
    };
    assert_eq!(first_row(&bench), r#"{"id":1,"name":"a"}"#);
    let acted = bench.view(ViewCommand::Sort);
    let [
        Effect::Document(DocumentEffect::Sort {
            task,
            page,
            root,
            direction,
            ..
        }),
    ] = acted.effects.as_slice()
    else {
        panic!("{acted:?}");
    };
    assert_eq!(*direction, Direction::Descending);
    let nodes = [".result[0]", ".result[2]", ".result[1]"];
    let msg = crate::app::msg::DocumentMsg::Sorted {
        task: *task,
        page: *page,
        root: *root,
        records: std::sync::Arc::new(nodes.map(|path| bench.node(path)).to_vec()),
    };
    let acted = bench.act(|pane, context| pane.document_msg(msg, context));
    assert_eq!(acted.said(), " Sorted by `id`, down");
    assert!(first_row(&bench).starts_with(r#"{"id":3"#));
    let acted = bench.view(ViewCommand::Sort);
    assert!(acted.effects.is_empty());
    assert_eq!(acted.said(), " The order of the body again");
    assert!(bench.pane.page().unwrap().table.order.is_none());
}

#[test]
fn text_is_wrapped_or_scrolled() {
    let mut bench = bench();
    assert_eq!(
        bench.view(ViewCommand::ToggleWrap).said(),
        " Only text has lines to wrap: v shows it"
    );
    bench.pane.tab = Tab::Body;
    bench.pane.fit(20, 4);
    assert_eq!(bench.pane.view(), View::Text);
    let text_view = |bench: &Bench| *bench.pane.page().unwrap().text(Tab::Body).unwrap().1;
    let said = bench.view(ViewCommand::Unfold).said();
    assert!(said.starts_with(" Lines are wrapped"), "{said}");
    bench.view(ViewCommand::Toggle);
    assert!(text_view(&bench).unwrapped);
    bench.view(ViewCommand::Unfold);
    assert!(text_view(&bench).left > 0);
    bench.view(ViewCommand::ToggleWrap);
    assert!(!text_view(&bench).unwrapped);
    bench.pane.move_cursor(Movement::Down, 4);
    assert!(text_view(&bench).at.start > 0);
}

#[test]
fn paths_lead_to_the_body_or_to_a_record() {
    let mut bench = bench();
    let mut go = |request| {
        let said = bench
            .act(|pane, context| pane.handle(request, context))
            .said();
        (bench.cursor(), said)
    };
    let path = |path: &str| ReplyRequest::GoToPath(path.to_owned());
    let field = |path: &str| ReplyRequest::GoToField(path.to_owned());
    let at = |path: &str| (path.to_owned(), String::new());
    assert_eq!(go(path(".result[1].name")), at(".result[1].name"));
    // From the record under the cursor on, then from the first one.
    assert_eq!(go(field("id")), at(".result[1].id"));
    assert_eq!(go(field("of.deep")), at(".result[0].of.deep"));
    assert_eq!(go(field("of.deep[]")), at(".result[0].of.deep[0]"));
    let (_, said) = go(field("nothing"));
    assert_eq!(said, " There is no `nothing` here");
    let (_, said) = go(path(".status"));
    assert_eq!(
        said,
        " That path is outside of what this tab shows: t shows another"
    );
}

/// Returns the rows of the text that is seen, without their indents.
fn text_rows(bench: &Bench, height: usize) -> Vec<String> {
    let page = bench.pane.page().unwrap();
    let (document, view) = page.text(bench.pane.tab).unwrap();
    let rows = std::iter::successors(view.pretty.top(document), |row| {
        row.after(document, view.width())
    });
    let words = |row: crate::json::layout::LayoutRow| {
        let pieces = row.words(document, view.width(), 60, view.left);
        let words: String = pieces.into_iter().map(|(_, words)| words).collect();
        words.trim_start().to_owned()
    };
    rows.take(height).map(words).collect()
}

/// Shows the text of the result.
fn text() -> Bench {
    let mut bench = bench();
    while bench.pane.view() != View::Text {
        bench.view(ViewCommand::NextView);
    }
    bench.pane.fit(60, 5);
    bench
}

#[test]
fn text_is_laid_out_and_the_cursor_find_and_the_way_back_work_in_it() {
    let mut bench = text();
    bench.pane.move_cursor(Movement::Top, 5);
    bench.pane.fit(60, 5);
    let seen = text_rows(&bench, 4);
    assert_eq!(
        seen,
        ["{", r#""status": "success","#, r#""result": ["#, "{"]
    );
    // The row below the window is scrolled to.
    for _ in 0..5 {
        bench.pane.move_cursor(Movement::Down, 5);
    }
    bench.pane.fit(60, 5);
    assert_eq!(text_rows(&bench, 1), [r#""status": "success","#]);
    bench.pane.move_cursor(Movement::Bottom, 5);
    bench.pane.fit(60, 5);
    assert_eq!(text_rows(&bench, 5).last().unwrap(), "}");
    // A match is gone to, and is where the tree stands afterwards.
    bench.find("deep");
    bench.pane.fit(60, 5);
    assert!(text_rows(&bench, 5).iter().any(|row| row.contains("deep")));
    bench.view(ViewCommand::NextView);
    assert!(bench.cursor().contains("deep"), "{}", bench.cursor());
}

#[test]
fn text_as_it_was_received_is_a_key_away_and_keeps_its_place() {
    let mut bench = text();
    let layout = |bench: &Bench| {
        bench
            .pane
            .page()
            .unwrap()
            .text(bench.pane.tab)
            .unwrap()
            .1
            .layout
    };
    bench.pane.move_cursor(Movement::Top, 5);
    for _ in 0..6 {
        bench.pane.move_cursor(Movement::Down, 5);
    }
    let place = |bench: &Bench| {
        let (document, view) = bench.pane.page().unwrap().text(bench.pane.tab).unwrap();
        document.node_at(view.place(document))
    };
    let before = place(&bench);
    let said = bench.view(ViewCommand::ToggleLayout).said();
    assert_eq!(said, " As it was received: z p lays it out");
    assert_eq!(layout(&bench), TextLayout::Received);
    bench.pane.fit(60, 5);
    assert!(before.is_some());
    assert_eq!(place(&bench), before);
    // Lines that go on to the right have the place in the window.
    bench.view(ViewCommand::ToggleWrap);
    bench.pane.fit(60, 5);
    let (document, view) = bench.pane.page().unwrap().text(bench.pane.tab).unwrap();
    let inside = document.offset_of(before.unwrap()) - view.at.start;
    assert!((view.left..view.left + 60).contains(&inside));
    bench.view(ViewCommand::ToggleWrap);
    bench.view(ViewCommand::ToggleLayout);
    bench.pane.fit(60, 5);
    assert_eq!(
        (layout(&bench), place(&bench)),
        (TextLayout::Pretty, before)
    );
    // The tab of the body shows it as it was received.
    bench.pane.tab = Tab::Body;
    assert_eq!(layout(&bench), TextLayout::Received);
    bench.view(ViewCommand::ToggleLayout);
    assert_eq!(layout(&bench), TextLayout::Pretty);
}

#[test]
fn what_is_not_json_to_its_end_is_shown_as_it_was_received() {
    let mut bench = Bench::new();
    bench.send(issues(), RequestKind::First);
    bench.receive(r#"{"status":"success","result":[1,2"#);
    bench.pane.tab = Tab::Body;
    let (document, view) = bench.pane.page().unwrap().text(Tab::Result).unwrap();
    assert!(!view.is_pretty(document));
    let said = bench.view(ViewCommand::ToggleLayout).said();
    assert!(said.starts_with(" This is not JSON to its end"), "{said}");
}
