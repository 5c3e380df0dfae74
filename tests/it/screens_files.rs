//! Whole screens of files: marked in a reply, listed, asked about, queued.

use std::time::{Duration, Instant};

use airscope::app::ids::TaskId;
use airscope::app::msg::{DownloadMsg, Msg};
use airscope::app::session::Preset;
use airscope::domain::download::{Coding, DownloadEvent, Encoded, Progress, SavedFile};
use airscope::domain::failure::{Failure, FailureKind};

use crate::screens::Stage;

/// Comments of a ticket with files, one of them hostile.
pub const COMMENTS: &str = r#"{"status":"success","result":[
  {"id":7001,"ticket_id":1001,"plain_body":"Here is the log.","attachments":[
    {"id":11,"file_name":"Flight log 3312.csv","content_type":"text/csv","size":48213,"content_url":"https://desk.rocket.example/a/11"},
    {"id":12,"file_name":"Parcel photo.jpg","content_type":"image/jpeg","size":2413967}]},
  {"id":7002,"ticket_id":1001,"plain_body":"And the rest.","attachments":[
    {"id":13,"file_name":"\u001b[2J\u202efdp.exe","content_type":"application/pdf","size":784},
    {"id":14,"file_name":"An inspection report with a rather long name that goes on and on.pdf","content_type":"application/pdf","size":1073741824},
    {"id":15,"file_name":"flight of 2026-03-12.mp4","content_type":"video/mp4"}]},
  {"id":7003,"ticket_id":1001,"plain_body":"Thank you.","attachments":[]}
],"connector_metadata":{"has_more":false},"execution_metadata":{"execution_time_ms":97}}"#;

/// Returns the messages of the nth download: a file, a failure, and then downloads that do not end.
pub fn download(task: TaskId, number: usize) -> Vec<Msg> {
    let file = SavedFile {
        path: "/home/ada/files/Flight log 3312.csv".into(),
        bytes: 48_213,
        sha256: "5a".repeat(32),
        content_type: Some("text/csv".to_owned()),
        looks_like: None,
        encoded: Some(Encoded {
            coding: Coding::Gzip,
            bytes: 9_127,
        }),
        measured: true,
        resumed: 0,
        unvalidated: false,
        was_there: false,
    };
    let result = match number {
        1 => Ok(file),
        2 => Err(Failure::new(
            FailureKind::Incomplete,
            "Could not download `x`: the service sent an empty file",
        )
        .hint("Check the id.")),
        _ => {
            let steps = [
                DownloadEvent::Began {
                    name: "An inspection report.pdf".to_owned(),
                    have: 0,
                },
                DownloadEvent::Received(Progress {
                    written: 402_653_184,
                    total: Some(1 << 30),
                }),
            ];
            return steps
                .map(|step| Msg::Download(DownloadMsg::Event { task, event: step }))
                .into_iter()
                .collect();
        }
    };
    vec![Msg::Download(DownloadMsg::Finished { task, result })]
}

fn comments() -> Stage {
    let preset = Preset {
        connector: "zendesk-support".into(),
        entity: Some("ticket_comments".into()),
        action: Some("list".into()),
        pairs: vec![("ticket_id".to_owned(), "1001".to_owned())],
        ..Preset::default()
    };
    let mut stage = Stage::open(Some(preset));
    stage.answer();
    stage.keys("<F5>").answer();
    stage
}

#[test]
fn files_are_seen_and_listed() {
    let mut stage = comments();
    stage.keys("jzRgjjjjj<Space>").look("files_in_a_reply");
    stage.keys("a").answer().look("files_listed");
    stage.keys("d").look("files_asked_about");
    stage
        .keys("<Esc>A")
        .keys("d")
        .look("files_asked_about_many");
}

#[test]
fn the_queue_of_downloads() {
    let mut stage = comments();
    stage.keys("w").answer().look("queue_empty");
    stage.keys("<Esc>A").answer();
    stage.keys("d").answer();
    let began = Instant::now();
    stage.update(Msg::Tick(began));
    stage.keys("y").answer();
    stage.update(Msg::Tick(began));
    stage.update(Msg::Tick(began + Duration::from_secs(3)));
    stage.keys("w").look("queue_running");
    stage.keys("g").look("queue_done_selected");
    stage.keys("j").look("queue_failed_selected");
}
