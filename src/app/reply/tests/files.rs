//! Saving a body, and exporting records.

use super::{Acted, Bench, LAST, body, broken};
use crate::app::command::ReplyCommand;
use crate::app::effect::{Effect, Export, ExportFormat, FileEffect, Repeated};
use crate::app::ids::TaskId;
use crate::app::msg::Written;
use crate::app::requests::{ConfirmedAction, PopupRequest, ReplyRequest, Request};
use crate::domain::download::OnConflict;
use crate::domain::failure::{Failure, FailureCode, FailureKind};
use crate::json::body::Body;
use std::path::PathBuf;

fn bench() -> Bench {
    let mut bench = Bench::with_page(r#"[{"id":1}]"#, LAST);
    bench.session.setup.folder = "/replies".into();
    bench
}

/// Returns the save that is asked for.
fn save(acted: &Acted) -> (TaskId, Body, PathBuf, OnConflict) {
    match acted.effects.as_slice() {
        [
            Effect::File(FileEffect::Save {
                task,
                body,
                to,
                on_conflict,
            }),
        ] => (*task, body.clone(), to.clone(), *on_conflict),
        _ => panic!("{acted:?}"),
    }
}

fn written(count: u64, forbidden: u64) -> Written {
    Written {
        path: "/replies/a.json".into(),
        count,
        forbidden,
    }
}

#[test]
fn a_body_is_saved_under_a_name_of_its_own() {
    let mut bench = bench();
    let acted = bench.perform(ReplyCommand::Save);
    let (task, saved, to, on_conflict) = save(&acted);
    assert_eq!(saved.joined(), body(r#"[{"id":1}]"#, LAST));
    assert_eq!(
        to,
        PathBuf::from("/replies/github-issues-list-2024-05-06.json")
    );
    assert_eq!(on_conflict, OnConflict::KeepBoth);
    assert!(bench.pane.is_working());
    let acted = bench.act(|pane, context| pane.saved(TaskId(999), Ok(written(1, 0)), context));
    assert!(acted.notice.is_none() && bench.pane.is_working());
    let acted = bench.act(|pane, context| pane.saved(task, Ok(written(1_000, 0)), context));
    assert_eq!(acted.said(), "+Saved 1.0 kB to `/replies/a.json`");
    assert!(!bench.pane.is_working());
}

#[test]
fn pages_are_unsaved_until_they_are_saved_or_exported() {
    let mut bench = Bench::with_two_pages();
    assert_eq!(bench.pane.unsaved_pages(), 2);
    let acted = bench.perform(ReplyCommand::Save);
    let (task, ..) = save(&acted);
    bench.act(|pane, context| pane.saved(task, Err(broken()), context));
    assert_eq!(bench.pane.unsaved_pages(), 2);
    let acted = bench.perform(ReplyCommand::Save);
    let (task, ..) = save(&acted);
    bench.act(|pane, context| pane.saved(task, Ok(written(1, 0)), context));
    assert_eq!(bench.pane.unsaved_pages(), 1);
    let mut export = |pages: usize| {
        let export = Export {
            pages: bench.pane.exported().into_iter().take(pages).collect(),
            format: ExportFormat::Ndjson,
            columns: Vec::new(),
            repeated: Repeated::Kept,
            to: "/replies/a.ndjson".into(),
        };
        let export = ReplyRequest::Export(Box::new(export));
        bench.act(|pane, context| pane.handle(export, context));
        let task = bench.pane.exporting.task().unwrap();
        bench.act(|pane, context| pane.exported_to(task, Ok(written(3, 0)), context));
        bench.pane.unsaved_pages()
    };
    // A part of the pages is not all of them.
    assert_eq!((export(1), export(2)), (1, 0));
    let mut file = Bench::of_file();
    file.receive("[1]");
    assert_eq!(file.pane.unsaved_pages(), 0);
}

#[test]
fn what_json_forbids_is_mentioned() {
    let mut bench = bench();
    let acted = bench.perform(ReplyCommand::Save);
    let (task, ..) = save(&acted);
    let acted = bench.act(|pane, context| pane.saved(task, Ok(written(5, 2)), context));
    assert_eq!(
        acted.said(),
        "!Saved 5 B to `/replies/a.json`; 2 strings that JSON forbids stayed as they were received"
    );
}

#[test]
fn a_name_that_is_taken_is_asked_about() {
    let mut bench = bench();
    let acted = bench.perform(ReplyCommand::SaveAs);
    assert_eq!(acted.asked(), ["Open(SaveAs)"]);
    let to = PathBuf::from("/replies/mine.json");
    let acted = bench.act(|pane, context| {
        pane.handle(ReplyRequest::SaveAs("/replies/mine.json".into()), context);
    });
    let (task, saved, own, on_conflict) = save(&acted);
    assert_eq!((&own, on_conflict), (&to, OnConflict::Refuse));
    let taken = Failure::new(FailureKind::File, "whatever").code(FailureCode::FileExists);
    // Another reply may be shown by the time of the answer: the body is that of the question.
    bench.send(super::issues(), crate::app::requests::RequestKind::First);
    bench.receive(&body("[2]", LAST));
    let acted = bench.act(|pane, context| pane.saved(task, Err(taken), context));
    assert!(acted.failure.is_none());
    let [Request::Open(PopupRequest::Confirm(asked))] = acted.requests.as_slice() else {
        panic!("{acted:?}");
    };
    assert_eq!(
        asked.question,
        "`/replies/mine.json` is there already. Replace it?"
    );
    assert_eq!(
        asked.action,
        ConfirmedAction::Overwrite(to.clone(), saved.clone())
    );
    let action = asked.action.clone();
    let acted = bench.act(|pane, context| pane.confirmed(action, context));
    let (task, again, own, on_conflict) = save(&acted);
    assert_eq!((own, on_conflict), (to, OnConflict::Replace));
    assert_eq!(again, saved);
    let acted = bench.act(|pane, context| pane.saved(task, Err(broken()), context));
    assert_eq!(acted.failure, Some(broken()));
    assert!(acted.is_quiet() && !bench.pane.is_working());
}

#[test]
fn names_of_files_and_filters() {
    let mut bench = Bench::of_file();
    bench.receive("[1]");
    let name = |bench: &Bench| bench.pane.default_name(&bench.session);
    assert_eq!(name(&bench), "my_data.json");
    bench.perform(ReplyCommand::Filter);
    bench.type_keys(".");
    let task = bench.pane.filter.as_ref().unwrap().running.task().unwrap();
    let msg = crate::app::msg::DocumentMsg::Filtered {
        task,
        result: Ok(Box::new(super::read("1"))),
    };
    bench.act(|pane, context| pane.document_msg(msg, context));
    assert_eq!(name(&bench), "my_data-filtered.json");
    assert_eq!(name(&Bench::new()), "reply.json");
    let mut bench = self::bench();
    bench.session.connectors.clear();
    bench.session.chosen = None;
    assert_eq!(name(&bench), "reply-issues-list-2024-05-06.json");
}

#[test]
fn an_export_says_what_it_wrote() {
    let mut bench = bench();
    let acted = bench.perform(ReplyCommand::Export);
    assert_eq!(acted.asked(), ["Open(Export)"]);
    let export = Export {
        pages: bench.pane.exported(),
        format: ExportFormat::Ndjson,
        columns: Vec::new(),
        repeated: Repeated::Kept,
        to: "/replies/a.ndjson".into(),
    };
    let start = |bench: &mut Bench| {
        let export = Box::new(export.clone());
        let request = ReplyRequest::Export(export.clone());
        let acted = bench.act(|pane, context| pane.handle(request, context));
        let task = bench.pane.exporting.task().unwrap();
        let effect = Effect::File(FileEffect::Export { task, export });
        assert_eq!(acted.effects, [effect]);
        task
    };
    let task = start(&mut bench);
    assert!(bench.pane.is_working());
    let acted = bench.act(|pane, context| pane.exported_to(task, Ok(written(1, 0)), context));
    assert_eq!(acted.said(), "+Exported 1 record to `/replies/a.json`");
    let acted = bench.act(|pane, context| pane.exported_to(task, Ok(written(1, 0)), context));
    assert!(acted.notice.is_none());
    let task = start(&mut bench);
    let acted = bench.act(|pane, context| pane.exported_to(task, Ok(written(3, 1)), context));
    assert_eq!(
        acted.said(),
        "!Exported 3 records to `/replies/a.json`; 1 string that JSON forbids was written repaired"
    );
    let task = start(&mut bench);
    let acted = bench.act(|pane, context| pane.exported_to(task, Err(broken()), context));
    assert_eq!(acted.failure, Some(broken()));
    assert!(!bench.pane.is_working());
}
