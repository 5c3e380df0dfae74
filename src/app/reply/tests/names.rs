//! Names beside ids: from records that are here, and from the Context Store after a question.

use std::sync::Arc;

use super::{Acted, Bench, LAST, MORE, body, read, reply};
use crate::app::command::ReplyCommand;
use crate::app::context::Context;
use crate::app::effect::{DocumentEffect, Effect, NamesOf, ReplyEffect};
use crate::app::ids::TaskId;
use crate::app::msg::{DocumentMsg, ReplyMsg};
use crate::app::reply::page::Tab;
use crate::app::requests::{
    Confirm, ConfirmedAction, PopupRequest, ReplyRequest, Request, RequestKind,
};
use crate::app::session::{Chosen, ConnectorCatalog};
use crate::app::source::{LoadedReply, PageSource};
use crate::domain::call::Call;
use crate::domain::connector::{Connector, EntityReadiness, StoreState};
use crate::domain::failure::{Failure, FailureKind};
use crate::names::{Stop, scan};

const TICKETS: &str = r#"[
    {"id":1,"subject":"Printer","assignee_id":381,"requester_id":382,"problem_id":381},
    {"id":2,"subject":"Scanner","assignee_id":381,"requester_id":383,"via":{"author_id":381}}]"#;
const USERS: &str = r#"[{"id":381,"name":"Ada Byron"},{"id":382,"name":"Eve\u001b[31m"}]"#;
const USERS_ONLY: &str = r#"[{"id":1,"assignee_id":381}]"#;

/// Makes a pane with the connector Zendesk, which is `1`, too.
fn zendesk() -> Bench {
    let mut bench = Bench::new();
    let zendesk = Connector {
        id: "1".to_owned(),
        name: "Support desk".to_owned(),
        slug: Some("zendesk-support".to_owned()),
        ..Connector::default()
    };
    bench.session.chosen = Some(Chosen {
        catalog: Arc::new(ConnectorCatalog::of(&zendesk)),
        connector: zendesk.clone(),
        stores: Vec::new(),
    });
    bench.session.connectors = vec![zendesk];
    bench
}

impl Bench {
    /// Sends a list and receives its page. What follows at the end of an update is done, too.
    fn list(&mut self, entity: &str, records: &str) -> Acted {
        self.send(Call::new("1", entity, "list"), RequestKind::First);
        self.receive(&body(records, LAST));
        self.end_update()
    }

    /// Does what the state does at the end of each update, and what the worker answers at once.
    fn end_update(&mut self) -> Acted {
        let acted = self.act(|pane, context| pane.enforce_memory_budget(20, context));
        self.scan(acted)
    }

    /// Answers the scans of pages as the worker does. Returns what the last one leads to.
    fn scan(&mut self, acted: Acted) -> Acted {
        let Some((task, pages)) = acted.effects.iter().find_map(scan_of) else {
            return acted;
        };
        let found = pages.iter().map(|page| match &page.source {
            PageSource::Loaded(envelope, _) => {
                (page.page, scan(&page.keys, envelope, &|| Stop::No))
            }
            PageSource::Spilled(_) => panic!("it is in memory"),
        });
        let pages = Arc::new(found.collect());
        let msg = DocumentMsg::NamesFound { task, pages };
        self.act(|pane, context| pane.document_msg(msg, context))
    }

    /// Presses the key that shows names, and hides them.
    fn toggle(&mut self) -> Acted {
        let acted = self.perform(ReplyCommand::Names);
        self.scan(acted)
    }

    /// Returns the name that is drawn beside a value of the page.
    fn beside(&self, path: &str) -> Option<String> {
        let page = self.pane.page().unwrap();
        let tree = page.tree(Tab::Result).unwrap();
        let node = self.node(path);
        let names = self.pane.names.of(page)?;
        let name = names.beside(tree.document(), tree.record_of(node), node);
        name.map(str::to_owned)
    }

    /// Answers the question whether names are fetched. Returns the call that is sent.
    fn agree(&mut self) -> (TaskId, Call) {
        let acted = self.act(|pane, context| {
            pane.confirmed(ConfirmedAction::FetchNames, context);
        });
        sent(&acted)
    }

    /// Ends the call for names, and the scan of its reply. Returns what that leads to.
    fn answer_names(&mut self, task: TaskId, body: &str) -> Acted {
        let result = Ok(Box::new(LoadedReply::new(reply(body), read(body))));
        let msg = ReplyMsg::Finished { task, result };
        let acted = self.act(|pane, context| pane.reply_msg(msg, context));
        self.scan(acted)
    }
}

fn scan_of(effect: &Effect) -> Option<(TaskId, Vec<NamesOf>)> {
    if let Effect::Document(DocumentEffect::FindNames { task, pages }) = effect {
        return Some((*task, pages.clone()));
    }
    None
}

fn sent(acted: &Acted) -> (TaskId, Call) {
    match acted.effects.last() {
        Some(Effect::Reply(ReplyEffect::Call { task, call, .. })) => (*task, call.clone()),
        _ => panic!("{acted:?}"),
    }
}

fn question(acted: &Acted) -> &Confirm {
    match acted.requests.as_slice() {
        [Request::Open(PopupRequest::Confirm(confirm))] => confirm,
        _ => panic!("{acted:?}"),
    }
}

/// A reply of the Context Store.
fn found(records: &str, more: &str) -> String {
    format!(
        r#"{{"status":"success","result":{{"data":{records},"meta":{{"has_more":{more}}}}},"connector_metadata":null}}"#
    )
}

#[test]
fn names_come_from_former_replies_of_the_trail() {
    let mut bench = zendesk();
    bench.list("users", USERS);
    bench.list("tickets", TICKETS);
    assert_eq!(
        bench.beside(".result[0].assignee_id"),
        None,
        "not asked for"
    );
    let acted = bench.toggle();
    assert_eq!(
        acted.said(),
        " Names are missing, x fetches them in 1 call: 1 user"
    );
    let check = |path: &str, expected: Option<&str>| {
        assert_eq!(bench.beside(path).as_deref(), expected, "{path}");
    };
    check(".result[0].assignee_id", Some("Ada Byron"));
    check(".result[1].assignee_id", Some("Ada Byron"));
    check(".result[0].requester_id", Some("Eve\\u001b[31m"));
    check(".result[1].requester_id", None);
    // An id that only happens to be the same leads nowhere.
    check(".result[0].problem_id", None);
    check(".result[1].via.author_id", None);
    assert_eq!(bench.toggle().said(), " Names beside ids are off");
    assert_eq!(bench.beside(".result[0].assignee_id"), None);
    // What was scanned is known still.
    let acted = bench.perform(ReplyCommand::Names);
    assert!(acted.effects.is_empty(), "{acted:?}");
    assert!(bench.beside(".result[0].assignee_id").is_some());
}

#[test]
fn each_page_is_scanned_once_when_it_comes() {
    let mut bench = zendesk();
    bench.send(Call::new("1", "users", "list"), RequestKind::First);
    bench.receive(&body(USERS, MORE));
    let acted = bench.end_update();
    assert!(acted.effects.is_empty(), "names are not shown: {acted:?}");
    let acted = bench.perform(ReplyCommand::Names);
    let (_, pages) = scan_of(acted.effects.last().unwrap()).unwrap();
    assert_eq!(pages.len(), 1);
    let acted = bench.scan(acted);
    assert_eq!(
        acted.said(),
        " No field here is known to lead to records of another entity"
    );
    bench.list("tickets", TICKETS);
    assert!(bench.beside(".result[0].assignee_id").is_some());
    // The page is not scanned again.
    let acted = bench.act(|pane, context| pane.note_names(context));
    assert!(acted.effects.is_empty(), "{acted:?}");
    assert_eq!(bench.pane.names_to_fetch(), Some(("1 user".to_owned(), 1)));
}

#[test]
fn missing_names_are_fetched_after_a_question_in_one_call_an_entity() {
    let mut bench = zendesk();
    let records = r#"[{"id":1,"assignee_id":381,"requester_id":382,"group_id":7},{"id":2,"assignee_id":381}]"#;
    bench.list("tickets", records);
    assert_eq!(
        bench.perform(ReplyCommand::FetchNames).said(),
        " Names beside ids are not shown: # shows them"
    );
    let said = bench.toggle().said();
    assert_eq!(
        said,
        " Names are missing, x fetches them in 2 calls: 2 users, 1 group"
    );
    let acted = bench.perform(ReplyCommand::FetchNames);
    let asked = question(&acted);
    assert_eq!(asked.question, "Fetch the names of 2 users, 1 group?");
    assert!(asked.body.starts_with("2 calls in the Context Store"));
    assert_eq!(asked.action, ConfirmedAction::FetchNames);
    let (task, call) = bench.agree();
    assert_eq!(
        (call.entity.as_str(), call.action.as_str()),
        ("users", "context_store_search")
    );
    let query = call.params.get("query").unwrap().as_str();
    assert_eq!(query, r#"{"filter":{"in":{"id":[381, 382]}}}"#);
    assert_eq!(bench.pane.names_call(task), Some(&call), "it is counted");
    assert_eq!(
        bench.perform(ReplyCommand::FetchNames).said(),
        " Names are being fetched already: Esc stops it"
    );
    let before = bench.pane.pages.len();
    let acted = bench.answer_names(task, &found(USERS, "false"));
    assert_eq!(
        bench.beside(".result[1].assignee_id").as_deref(),
        Some("Ada Byron")
    );
    let (task, call) = sent(&acted);
    assert_eq!(call.entity, "groups");
    let acted = bench.answer_names(task, &found("[]", "false"));
    assert_eq!(
        acted.said(),
        "+Fetched 2 of 3 names: the Context Store has no others"
    );
    // Nothing of it is in the pane, and nobody asks for the group again.
    assert_eq!(
        (bench.pane.pages.len(), bench.pane.is_working()),
        (before, false)
    );
    assert_eq!(bench.pane.names_to_fetch(), None);
    assert_eq!(
        bench.perform(ReplyCommand::FetchNames).said(),
        " No names are missing here"
    );
}

#[test]
fn what_a_reply_leaves_out_is_offered_again() {
    let mut bench = zendesk();
    bench.list("tickets", TICKETS);
    bench.toggle();
    let (task, _) = bench.agree();
    let acted = bench.answer_names(task, &found(r#"[{"id":381,"name":"Ada"}]"#, "true"));
    assert_eq!(acted.said(), "+Fetched 1 of 3 names: x fetches more");
    assert_eq!(bench.pane.names_to_fetch(), Some(("2 users".to_owned(), 1)));
}

#[test]
fn a_store_that_is_not_ready_is_named_and_not_asked() {
    let mut bench = zendesk();
    bench.session.connectors[0].store = Some(StoreState::Loading);
    bench.list("tickets", USERS_ONLY);
    let reason = "1 user (Context Store not ready: Loading)";
    assert_eq!(
        bench.toggle().said(),
        format!(" Names are missing and cannot be fetched: {reason}")
    );
    assert_eq!(
        bench.perform(ReplyCommand::FetchNames).said(),
        format!(" Not to be had: {reason}")
    );
    assert_eq!(bench.pane.names_to_fetch(), None);
    // Entity by entity, where that is known.
    let ready = |ready_for_search| EntityReadiness {
        entity: "users".to_owned(),
        status: "UPDATING".to_owned(),
        ready_for_search,
        count: None,
    };
    for (stores, expected) in [(ready(true), true), (ready(false), false)] {
        bench.session.chosen.as_mut().unwrap().stores = vec![stores];
        bench.toggle();
        bench.toggle();
        assert_eq!(bench.pane.names_to_fetch().is_some(), expected);
    }
}

#[test]
fn an_entity_that_the_store_does_not_hold_is_named() {
    let mut bench = zendesk();
    let chosen = bench.session.chosen.as_mut().unwrap();
    let catalog = Arc::make_mut(&mut chosen.catalog);
    catalog
        .operations
        .retain(|own| own.entity != "users" || own.action == "list");
    bench.list("tickets", USERS_ONLY);
    assert_eq!(
        bench.toggle().said(),
        " Names are missing and cannot be fetched: 1 user (not in the Context Store)"
    );
}

#[test]
fn a_fetch_fails_stops_and_holds_the_limit_of_calls() {
    let mut bench = zendesk();
    bench.list("tickets", TICKETS);
    bench.toggle();
    let (task, _) = bench.agree();
    let result = Err(Failure::new(FailureKind::Service, "no"));
    let msg = ReplyMsg::Finished { task, result };
    let acted = bench.act(|pane, context| pane.reply_msg(msg, context));
    assert_eq!(acted.said(), "xno");
    assert!(bench.pane.names_to_fetch().is_some() && !bench.pane.is_fetching_names());
    // Esc.
    let (task, _) = bench.agree();
    let stop = |pane: &mut super::ReplyPane, context: &mut Context<'_>| {
        pane.stop_fetching_names(context);
    };
    let acted = bench.act(stop);
    assert_eq!(acted.effects, [Effect::Cancel(task)]);
    let acted = bench.answer_names(task, &found(USERS, "false"));
    assert!(acted.is_quiet(), "it is dropped: {acted:?}");
    // No call is left.
    bench.session.setup.max_calls = Some(0);
    let acted = bench.act(|pane, context| pane.confirmed(ConfirmedAction::FetchNames, context));
    assert!(acted.effects.is_empty());
    let then = Request::Reply(ReplyRequest::FetchNames);
    assert_eq!(
        question(&acted).action,
        ConfirmedAction::AllowCalls(1, Box::new(then))
    );
}

#[test]
fn a_reply_that_one_comes_back_to_has_its_own_gaps() {
    let mut bench = zendesk();
    bench.list("tickets", TICKETS);
    bench.toggle();
    assert_eq!(bench.pane.names_to_fetch(), Some(("3 users".to_owned(), 1)));
    bench.list("groups", r#"[{"id":1,"name":"general"}]"#);
    assert_eq!(bench.pane.names_to_fetch(), None);
    bench.act(|pane, context| pane.go(crate::app::reply::trail::Direction::Back, context));
    bench.end_update();
    assert_eq!(bench.pane.names_to_fetch(), Some(("3 users".to_owned(), 1)));
}

#[test]
fn the_table_makes_room_for_names_and_takes_it_back() {
    let mut bench = zendesk();
    bench.list("users", USERS);
    bench.list("tickets", TICKETS);
    bench.view(crate::app::command::ViewCommand::NextView);
    let widths = |bench: &mut Bench| -> Vec<usize> {
        bench.pane.fit(120, 20);
        let table = &bench.pane.page().unwrap().table;
        table.shown().map(|column| column.names).collect()
    };
    assert_eq!(widths(&mut bench), [0; 6]);
    bench.toggle();
    assert_eq!(widths(&mut bench)[..4], [0, 0, 12, 16]);
    bench.toggle();
    assert_eq!(widths(&mut bench), [0; 6]);
}

#[test]
fn copies_and_searches_know_nothing_of_names() {
    let mut bench = zendesk();
    bench.list("users", USERS);
    bench.list("tickets", TICKETS);
    bench.toggle();
    bench.go_to(".result[0].assignee_id");
    let (copied, _) = bench.copy(crate::app::command::CopyCommand::Value);
    assert_eq!(copied, "381");
    bench.find("Byron");
    assert_eq!(bench.pane.search.count(), 0);
}

#[test]
fn a_file_has_no_names() {
    let mut bench = Bench::of_file();
    assert!(bench.perform(ReplyCommand::Names).said().contains("file"));
}
