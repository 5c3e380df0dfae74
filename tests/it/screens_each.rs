//! Whole screens of a run over many records: where marked records lead, the question, the records, the ledger.

use airscope::app::effect::{EachEffect, Effect};
use airscope::app::msg::{EachMsg, Msg};
use airscope::app::session::Preset;
use airscope::domain::failure::{Failure, FailureKind};
use airscope::domain::reply::{Pause, PauseReason};
use std::time::{Duration, Instant};

use crate::screens::Stage;

/// Three tickets; the comments of the second one are refused.
pub const TICKETS: &str = r#"{"status":"success","result":[
  {"id":1001,"subject":"The propeller hums","assignee_id":381,"organization_id":5},
  {"id":1002,"subject":"A parcel is late","assignee_id":381,"organization_id":6},
  {"id":1003,"subject":"Thank you","assignee_id":382,"organization_id":5}
],"connector_metadata":{"has_more":false},"execution_metadata":{"execution_time_ms":97}}"#;

/// Returns why the comments of a ticket are not there.
pub fn refused() -> Failure {
    let words = "Could not list `ticket_comments`: The ticket is private (403)";
    Failure::new(FailureKind::Service, words)
        .status(403)
        .detail("HTTP 403\nThe ticket is private")
        .hint("Ask who may read it.")
}

fn tickets() -> Stage {
    let preset = Preset {
        connector: "zendesk-support".into(),
        entity: Some("tickets".into()),
        action: Some("list".into()),
        ..Preset::default()
    };
    let mut stage = Stage::open(Some(preset));
    stage.answer();
    stage.keys("<F5>").answer();
    stage
}

#[test]
fn where_marked_records_lead_and_the_question() {
    let mut stage = tickets();
    stage.keys("%x").look("each_menu");
    stage.keys("<Enter>").look("each_question");
    stage.keys("<Esc>xusers<Enter>").look("each_question_fewer");
}

#[test]
fn the_records_of_all_parents() {
    let mut stage = tickets();
    stage.keys("%x<Enter><Enter>").answer();
    stage.look("each_tree");
    stage.keys("L").look("each_ledger");
    stage.keys("j").look("each_ledger_failed");
    stage.keys("<Esc>v").look("each_table");
}

#[test]
fn a_run_on_its_way() {
    let mut stage = tickets();
    stage.keys("%x<Enter><Enter>");
    let task = stage.task_of_run();
    let began = Instant::now();
    stage.update(Msg::Tick(began));
    stage.update(Msg::Tick(began + Duration::from_secs(4)));
    stage.look("each_began");
    stage.update(Msg::Each(EachMsg::Sent {
        task,
        calls: 4,
        ended: 2,
    }));
    stage.look("each_running");
    let pause = Pause {
        attempt: 2,
        wait: Duration::from_secs(5),
        reason: PauseReason::Status(429),
    };
    stage.update(Msg::Each(EachMsg::Paused { task, pause }));
    stage.look("each_waits");
}

impl Stage {
    /// Returns the task of the run that was started.
    fn task_of_run(&mut self) -> airscope::app::ids::TaskId {
        let effects = self.take_effects();
        let mut started = effects.iter().filter_map(|effect| match effect {
            Effect::Each(EachEffect::Start { task, .. }) => Some(*task),
            _ => None,
        });
        started.next().expect("no run was started")
    }
}
