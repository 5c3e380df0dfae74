//! Whole screens of names beside ids.

use airscope::app::session::Preset;

use crate::screens::Stage;

/// Tickets whose people are known by their ids alone.
pub const TICKETS: &str = r#"{"status":"success","result":[
  {"id":1001,"subject":"Parcel arrived wet","assignee_id":381,"requester_id":9007199254740993,"collaborator_ids":[382,383],"status":"open"},
  {"id":1002,"subject":"Drone will not start","assignee_id":382,"requester_id":383,"collaborator_ids":[],"status":"new"},
  {"id":1003,"subject":"Where is my parcel?","assignee_id":null,"requester_id":384,"collaborator_ids":[],"status":"hold"}
],"connector_metadata":{"next_page":null},"execution_metadata":{"execution_time_ms":97}}"#;

/// What the Context Store has of them: one name is hostile, one is long, and one user is missing.
pub const USERS: &str = r#"{"status":"success","result":{"data":[
  {"id":381,"name":"Ada Byron"},
  {"id":382,"name":"\u001b[2JS\u00f8ren \u202eKoch"},
  {"id":383,"name":"Maria Antonia Josepha von und zu Liechtenstein-Hohenberg"},
  {"id":9007199254740993,"name":"\u65e5\u672c\u652f\u793e"}
],"meta":{"has_more":false,"cursor":null,"took_ms":3}},"connector_metadata":null}"#;

fn tickets() -> Stage {
    let preset = Preset {
        connector: "zendesk-support".into(),
        entity: Some("tickets".into()),
        action: Some("list".into()),
        pairs: vec![("page".to_owned(), "1".to_owned())],
        ..Preset::default()
    };
    let mut stage = Stage::open(Some(preset));
    stage.answer();
    stage.keys("<F5>").answer();
    stage
}

#[test]
fn names_beside_ids_in_the_tree_and_in_the_table() {
    let mut stage = tickets();
    stage.keys("zR#").answer().look("names_missing");
    stage.keys("xnames of").look("names_menu");
    stage.keys("<Enter>").look("names_question");
    stage.keys("y").answer().look("names_tree");
    stage.keys("v").look("names_table");
    stage.keys("ll<Enter>").look("names_table_beside");
    stage.keys("#").look("names_off");
}
