//! Bodies beyond the memory budget: written to the spill file, and loaded when they are shown.

use super::{Acted, Bench, LAST, MORE, body, broken, issues, read};
use crate::app::command::ReplyCommand;
use crate::app::effect::DocumentEffect;
use crate::app::effect::{Effect, FindScope, SpillEffect};
use crate::app::ids::PageId;
use crate::app::msg::SpillMsg;
use crate::app::reply::Shown;
use crate::app::reply::page::Page;
use crate::app::reply::trail::Direction;
use crate::app::requests::RequestKind;
use crate::app::source::{PageSource, SpillSlot};
use crate::envelope::Reading;

const SLOT: SpillSlot = SpillSlot {
    offset: 7,
    length: 9,
    reading: Reading::Plain,
};

/// Shows the second of two pages, neither of which the budget has room for.
fn bench() -> (Bench, PageId) {
    let mut bench = Bench::with_two_pages();
    bench.session.setup.page_budget = Some(0);
    let first = bench.pane.pages[0].id;
    (bench, first)
}

fn enforce(bench: &mut Bench) -> Acted {
    bench.act(|pane, context| pane.enforce_memory_budget(10, context))
}

fn stored(bench: &mut Bench, page: PageId) -> Acted {
    let result = Ok(SLOT);
    bench.act(|pane, context| pane.spill_msg(SpillMsg::Stored { page, result }, 10, context))
}

#[test]
fn a_page_that_is_not_shown_is_spilled_and_loaded_when_it_is() {
    let (mut bench, first) = bench();
    bench.perform(ReplyCommand::PreviousPage);
    bench.go_to(".result[1].title");
    bench.perform(ReplyCommand::NextPage);
    let acted = enforce(&mut bench);
    let [Effect::Spill(SpillEffect::Store { page, body, .. })] = acted.effects.as_slice() else {
        panic!("{acted:?}");
    };
    assert_eq!(*page, first);
    let body = String::from_utf8(body.joined().to_vec()).unwrap();
    // It is in memory until it is written; it is written once.
    assert!(bench.pane.pages[0].envelope().is_some());
    bench.pane.spill.is_due = true;
    assert!(enforce(&mut bench).effects.is_empty());
    stored(&mut bench, first);
    assert!(bench.pane.pages[0].envelope().is_none());
    assert_eq!(bench.pane.pages[0].source(), PageSource::Spilled(SLOT));

    bench.perform(ReplyCommand::PreviousPage);
    let load = Effect::Spill(SpillEffect::Load {
        page: first,
        slot: SLOT,
    });
    assert_eq!(enforce(&mut bench).effects, [load]);
    assert!(enforce(&mut bench).effects.is_empty(), "asked for twice");
    assert_eq!(bench.pane.pages[0].count(), 2);
    let result = Ok(Box::new(read(&body)));
    bench.act(|pane, context| {
        let msg = SpillMsg::Loaded {
            page: first,
            result,
        };
        pane.spill_msg(msg, 10, context);
    });
    assert_eq!(bench.cursor(), ".result[1].title");
    // The other page is due now; the slot of the first one stays good.
    let second = bench.pane.pages[1].id;
    enforce(&mut bench);
    stored(&mut bench, second);
    bench.perform(ReplyCommand::NextPage);
    bench.pane.spill.is_due = true;
    enforce(&mut bench);
    assert!(bench.pane.pages[0].envelope().is_none());
}

#[test]
fn the_page_that_is_farthest_away_is_spilled_first() {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, MORE);
    bench.perform(ReplyCommand::NextPage);
    let third = r#"{"has_next_page":true,"end_cursor":"c3"}"#;
    bench.receive(&body(r#"[{"id":2}]"#, third));
    bench.perform(ReplyCommand::NextPage);
    bench.receive(&body(r#"[{"id":3}]"#, LAST));
    let all: usize = bench.pane.pages.iter().map(Page::cost).sum();
    bench.session.setup.page_budget = Some(all - 1);
    let acted = enforce(&mut bench);
    let [Effect::Spill(SpillEffect::Store { page, .. })] = acted.effects.as_slice() else {
        panic!("{acted:?}");
    };
    assert_eq!(*page, bench.pane.pages[0].id);
}

#[test]
fn nothing_is_spilled_within_the_budget_or_in_sight() {
    let mut bench = Bench::with_two_pages();
    assert!(enforce(&mut bench).effects.is_empty());
    bench.session.setup.page_budget = Some(0);
    bench.pane.spill.is_due = true;
    bench.perform(ReplyCommand::AllPages);
    bench.pane.fit(80, 10);
    assert!(enforce(&mut bench).effects.is_empty());
    // A page that is shown again before it is written stays in memory.
    let (mut bench, first) = self::bench();
    enforce(&mut bench);
    bench.perform(ReplyCommand::PreviousPage);
    stored(&mut bench, first);
    assert!(bench.pane.pages[0].envelope().is_some());
    assert_eq!(bench.pane.pages[0].slot, Some(SLOT));
}

#[test]
fn a_page_that_cannot_be_spilled_or_loaded_says_so() {
    let (mut bench, first) = bench();
    enforce(&mut bench);
    let result = Err(broken());
    let acted = bench.act(|pane, context| {
        let page = first;
        pane.spill_msg(SpillMsg::Stored { page, result }, 10, context);
    });
    assert_eq!(acted.failure, Some(broken()));
    assert!(bench.pane.pages[0].envelope().is_some());
    stored(&mut bench, first);
    bench.perform(ReplyCommand::PreviousPage);
    enforce(&mut bench);
    let result = Err(broken());
    let acted = bench.act(|pane, context| {
        let page = first;
        pane.spill_msg(SpillMsg::Loaded { page, result }, 10, context);
    });
    assert_eq!(acted.said(), "!The connection broke");
    let hint = acted.notice.unwrap().hint;
    assert_eq!(
        hint.as_deref(),
        Some("R asks the service for the page again")
    );
    assert!(enforce(&mut bench).effects.is_empty());
}

#[test]
fn the_spill_file_is_emptied_when_no_page_is_in_it_any_more() {
    let (mut bench, first) = bench();
    enforce(&mut bench);
    stored(&mut bench, first);
    bench.send(issues(), RequestKind::First);
    assert!(bench.receive(&body("[1]", LAST)).effects.is_empty());
    // Nothing fits the budget, so the former reply is dropped.
    let clear = Effect::Spill(SpillEffect::Clear);
    assert_eq!(enforce(&mut bench).effects, [clear]);
    bench.pane.spill.is_due = true;
    assert!(enforce(&mut bench).effects.is_empty());
}

#[test]
fn pages_of_other_requests_are_spilled_first_and_come_back_as_they_were() {
    let mut bench = Bench::with_page(r#"[{"id":1,"title":"one"}]"#, LAST);
    bench.go_to(".result[0].title");
    bench.send(issues(), RequestKind::First);
    bench.receive(&body(r#"[{"id":2}]"#, MORE));
    bench.perform(ReplyCommand::NextPage);
    bench.receive(&body(r#"[{"id":3}]"#, LAST));
    let own: usize = bench.pane.pages.iter().map(Page::cost).sum();
    bench.session.setup.page_budget = Some(own);
    let acted = enforce(&mut bench);
    let [
        Effect::Spill(SpillEffect::Store {
            page,
            body: stored_body,
            ..
        }),
    ] = acted.effects.as_slice()
    else {
        panic!("{acted:?}");
    };
    let (former, text) = (*page, stored_body.joined().to_vec());
    assert!(bench.pane.pages.iter().all(|page| page.id != former));
    stored(&mut bench, former);
    bench.act(|pane, context| pane.go(Direction::Back, context));
    assert!(bench.pane.pages[0].envelope().is_none());
    let load = Effect::Spill(SpillEffect::Load {
        page: former,
        slot: SLOT,
    });
    assert!(enforce(&mut bench).effects.contains(&load));
    let result = Ok(Box::new(read(std::str::from_utf8(&text).unwrap())));
    let loaded = SpillMsg::Loaded {
        page: former,
        result,
    };
    bench.act(|pane, context| pane.spill_msg(loaded, 10, context));
    assert_eq!(bench.cursor(), ".result[0].title");
}

#[test]
fn the_farthest_replies_are_dropped_when_too_much_is_kept() {
    let mut bench = Bench::new();
    for id in 0..40 {
        bench.send(issues(), RequestKind::First);
        bench.receive(&body(&format!(r#"[{{"id":{id}}}]"#), LAST));
    }
    let cost = bench.pane.pages[0].cost();
    // Sixteen times the budget may be kept.
    bench.session.setup.page_budget = Some(cost * 2);
    enforce(&mut bench);
    let kept = bench.pane.trail.pages().count();
    assert!((30..=32).contains(&kept), "{kept}");
    for _ in 0..39 {
        bench.act(|pane, context| pane.go(Direction::Back, context));
    }
    assert!(matches!(bench.pane.shown, Shown::Dropped));
    assert_eq!(
        bench.perform(ReplyCommand::Find).said(),
        " The pages were dropped to save memory: F5 sends the request again"
    );
    // The nearest ones are there.
    for _ in 0..38 {
        bench.act(|pane, context| pane.go(Direction::Forward, context));
    }
    assert!(bench.pane.page().is_some());
}

#[test]
fn a_spilled_page_is_entered_from_below_at_its_end() {
    let (mut bench, first) = bench();
    let body = String::from_utf8(
        bench.pane.pages[0]
            .envelope()
            .unwrap()
            .document
            .body()
            .joined()
            .to_vec(),
    );
    enforce(&mut bench);
    stored(&mut bench, first);
    bench.perform(ReplyCommand::AllPages);
    bench.pane.step(-1);
    assert_eq!((bench.pane.current, bench.pane.from_end), (0, Some(first)));
    let result = Ok(Box::new(read(&body.unwrap())));
    bench.act(|pane, context| {
        let page = first;
        pane.spill_msg(SpillMsg::Loaded { page, result }, 10, context);
    });
    assert_eq!(
        (bench.cursor().as_str(), bench.pane.from_end),
        (".result[1]", None)
    );
}

#[test]
fn attachments_are_looked_for_in_spilled_pages_too() {
    let (mut bench, first) = bench();
    enforce(&mut bench);
    stored(&mut bench, first);
    let acted = bench.perform(ReplyCommand::MarkAttachments);
    let [Effect::Document(DocumentEffect::FindAttachments { pages, scope, .. })] =
        acted.effects.as_slice()
    else {
        panic!("{acted:?}");
    };
    assert_eq!(*scope, FindScope::All);
    assert_eq!(pages[0], (first, PageSource::Spilled(SLOT)));
    assert!(matches!(pages[1].1, PageSource::Loaded(..)));
}
