//! Whole screens at three sizes, made from fixed facts.

use std::sync::Arc;
use std::time::Duration;

use airscope::app::App;
use airscope::app::effect::{Effect, FilterInput, LookupEffect, ReplyEffect};
use airscope::app::ids::TaskId;
use airscope::app::msg::{LookupMsg, Msg, ReplyMsg};
use airscope::app::session::{OpenFile, Preset, Setup};
use airscope::app::source::LoadedReply;
use airscope::domain::call::Call;
use airscope::domain::connector::{Connector, StoreState};
use airscope::domain::download::Wanted;
use airscope::domain::failure::{Failure, FailureKind};
use airscope::domain::reply::Reply;
use airscope::envelope::Envelope;
use airscope::json::document::Document;
use airscope::json::feed::Feeder;
use airscope::ui::{Theme, draw};
use bytes::Bytes;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use crate::screens_each::{self, TICKETS};
use crate::screens_files::{self, COMMENTS};
use crate::screens_names::{self, USERS};
use crate::support::fake_worker::{FakeWorker, Fixture, Outcome};
use crate::support::{keys, text_of};

const SIZES: [(u16, u16); 3] = [(120, 36), (80, 24), (40, 12)];

/// The state, and a worker whose answers are always the same.
pub struct Stage {
    app: App,
    effects: Vec<Effect>,
    worker: FakeWorker<FixedAnswers>,
}

/// The answers that the screens show.
#[derive(Default)]
struct FixedAnswers {
    /// How many downloads were started.
    downloads: usize,
}

impl Fixture for FixedAnswers {
    fn connectors(&self) -> Vec<Connector> {
        connectors()
    }

    fn badges(&self) -> (Vec<(String, StoreState)>, Option<String>) {
        let badges = vec![
            ("1".into(), StoreState::Ready),
            ("2".into(), StoreState::Preview),
            ("3".into(), StoreState::Loading),
            ("4".into(), StoreState::Building),
        ];
        (badges, Some("Rocket Inc".into()))
    }

    fn call(&mut self, task: TaskId, call: &Call) -> Vec<Msg> {
        let ticket = call.params.get("ticket_id").map(|id| id.as_str());
        if ticket == Some("1002") {
            let result = Err(screens_each::refused());
            return vec![
                Msg::Reply(ReplyMsg::Sent { task }),
                Msg::Reply(ReplyMsg::Finished { task, result }),
            ];
        }
        let page = match call.params.get("after") {
            _ if call.entity == "tickets" && call.params.get("page").is_some() => {
                screens_names::TICKETS
            }
            _ if call.entity == "tickets" => TICKETS,
            _ if call.entity == "ticket_comments" => COMMENTS,
            _ if call.action == "context_store_search" => USERS,
            Some(_) => LAST,
            None => FIRST,
        };
        let result = Ok(Box::new(answered(page)));
        vec![
            Msg::Reply(ReplyMsg::Sent { task }),
            Msg::Reply(ReplyMsg::Finished { task, result }),
        ]
    }

    fn reply(&mut self, _: TaskId) -> Box<LoadedReply> {
        Box::new(answered(FIRST))
    }

    fn cancelled(&mut self, _: TaskId) -> Vec<Msg> {
        Vec::new()
    }

    fn download(&mut self, task: TaskId, _: &Wanted, _: Outcome) -> Vec<Msg> {
        self.downloads += 1;
        screens_files::download(task, self.downloads)
    }

    fn filter(
        &mut self,
        text: &str,
        _: &FilterInput,
        _: Outcome,
    ) -> Result<Box<Envelope>, (String, Option<usize>)> {
        if text.contains("nope") {
            return Err(("there is no filter `nope`".to_owned(), Some(6)));
        }
        let body = Bytes::from_static(br#"[{"number":41},{"number":40}]"#);
        Ok(Box::new(Envelope::read(Arc::new(Document::parse(body)))))
    }
}

impl Stage {
    pub fn open(preset: Option<Preset>) -> Stage {
        let setup = Setup {
            workspace: "default".into(),
            host: "https://api.airbyte.ai".into(),
            sandbox: true,
            preset,
            folder: "/tmp".into(),
            ..Setup::default()
        };
        Stage::start(setup)
    }

    fn start(setup: Setup) -> Stage {
        let (app, effects) = App::start(setup);
        Stage {
            app,
            effects,
            worker: FakeWorker::new(FixedAnswers::default()),
        }
    }

    /// Opens the list of GitHub's issues, not sent.
    pub fn issues() -> Stage {
        let mut stage = Stage::loading_issues();
        stage.answer();
        stage
    }

    /// Opens the list of GitHub's issues while the connectors are loaded.
    fn loading_issues() -> Stage {
        let pairs = [("owner", "acme"), ("repo", "rocket"), ("per_page", "2")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        let preset = Preset {
            connector: "github".into(),
            entity: Some("issues".into()),
            action: Some("list".into()),
            pairs,
            ..Preset::default()
        };
        Stage::open(Some(preset))
    }

    pub fn update(&mut self, msg: Msg) {
        let effects = self.app.update(msg);
        self.effects.extend(effects);
    }

    pub fn keys(&mut self, text: &str) -> &mut Stage {
        // The window must have been measured for keys to move in it.
        self.paint(SIZES[0]);
        for key in keys(text) {
            self.update(Msg::Key(key));
        }
        self
    }

    /// Returns the effects that were not answered.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Answers the effects, and those that the answers lead to, until none is left.
    pub fn answer(&mut self) -> &mut Stage {
        while !self.effects.is_empty() {
            for effect in std::mem::take(&mut self.effects) {
                for msg in self.worker.answer(effect) {
                    self.update(msg);
                }
            }
        }
        self
    }

    pub fn paint(&mut self, size: (u16, u16)) -> TestBackend {
        self.paint_in(Theme::Sixteen, size)
    }

    pub fn paint_in(&mut self, theme: Theme, size: (u16, u16)) -> TestBackend {
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        for _ in 0..2 {
            let mut sizes = None;
            terminal
                .draw(|frame| sizes = Some(draw(&self.app, theme, frame)))
                .unwrap();
            self.app.measured(sizes.unwrap());
        }
        terminal.backend().clone()
    }

    fn look_at(&mut self, name: &str, size: (u16, u16)) {
        let text = text_of(&self.paint(size));
        insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), text);
        });
    }

    /// Compares the screen at three sizes with what was seen before.
    pub fn look(&mut self, name: &str) {
        for size in SIZES {
            self.look_at(name, size);
        }
    }
}

fn connectors() -> Vec<Connector> {
    let rows = [
        ("1", "GitHub", "github"),
        (
            "2",
            "Support desk with a rather long name",
            "zendesk-support",
        ),
        ("3", "Rocket Slack", "slack"),
        ("4", "日本支社 Notion", "notion"),
    ];
    rows.map(|(id, name, slug)| Connector {
        id: id.into(),
        name: name.into(),
        template: name.into(),
        slug: Some(slug.into()),
        ..Connector::default()
    })
    .to_vec()
}

const FIRST: &str = r#"{"status":"success","result":[
  {"number":41,"title":"Crash on empty config","state":"OPEN","author":{"login":"ada"},"labels":["bug","battery"],"comments":3,"closed":false,"milestone":null},
  {"number":40,"title":"Docs typo \u001b[31m and a very long title that goes on and on until it is wider than any window that one may have","state":"CLOSED","author":{"login":"søren"},"labels":[],"comments":0,"closed":true,"milestone":{"title":"4.2"}}
],"connector_metadata":{"has_next_page":true,"end_cursor":"Y3Vyc29yOnYyOpHOAA=="},"execution_metadata":{"connector_instance_id":"source_id:1","execution_time_ms":812}}"#;
const LAST: &str = r#"{"status":"success","result":[{"number":39,"title":"The last one","state":"OPEN"}],"connector_metadata":{"has_next_page":false,"end_cursor":null},"execution_metadata":{"execution_time_ms":97}}"#;

pub fn answered(body: &str) -> LoadedReply {
    let reply = Reply {
        status: 200,
        content_type: Some("application/json".into()),
        bytes: body.len() as u64,
        took: Duration::from_millis(1234),
        received_at: "2026-05-01 19:12:03".into(),
        whole: true,
    };
    LoadedReply::new(
        reply,
        Envelope::read(Arc::new(Document::parse(Bytes::copy_from_slice(
            body.as_bytes(),
        )))),
    )
}

#[test]
fn the_first_screen() {
    Stage::open(None).answer().look("start");
}

#[test]
fn while_the_connectors_load() {
    Stage::open(None).look("loading");
}

#[test]
fn a_request_that_is_sent_when_the_connectors_are_loaded() {
    let mut stage = Stage::loading_issues();
    stage.keys("<F5>").look("kept");
    // It is seen after further keys, too.
    stage.keys("jj").look("kept_on");
}

#[test]
fn a_mistyped_name_is_listed_with_the_one_that_was_meant() {
    let mut stage = Stage::issues();
    stage.keys("<Enter>isssues").look("mistyped");
}

#[test]
fn when_the_connectors_cannot_be_loaded() {
    let mut stage = Stage::open(None);
    let Effect::Lookup(LookupEffect::Connectors { task, .. }) = stage.effects.remove(0) else {
        panic!("nothing is loaded")
    };
    let failure = Failure::new(
        FailureKind::Network,
        "Could not list the connectors of workspace `default`: `https://api.airbyte.ai` cannot be reached",
    )
    .hint("Check the network and AIRBYTE_API_HOST, then try again.");
    stage.update(Msg::Lookup(LookupMsg::Connectors {
        task,
        result: Err(failure),
    }));
    stage.look("failed");
}

#[test]
fn a_request_that_failed() {
    let mut stage = Stage::issues();
    stage.keys("<F5>");
    let Some(Effect::Reply(ReplyEffect::Call { task, .. })) = stage.effects.pop() else {
        panic!("nothing is sent")
    };
    let words = "Missing required parameter 'repo' for list";
    let mut failure = Failure::new(
        FailureKind::Input,
        format!("Could not list `issues`: {words} (422)"),
    )
    .status(422)
    .detail(format!("HTTP 422\n{words}"));
    failure.names = ["repo".to_owned()].into();
    let result = Err(failure);
    stage.update(Msg::Reply(ReplyMsg::Finished { task, result }));
    stage.look("request_failed");
}

#[test]
fn a_form_filled_in() {
    Stage::issues().look("form");
}

#[test]
fn a_field_with_a_fault() {
    Stage::issues().keys("jjjjj<Enter><BS>ten").look("field");
}

#[test]
fn the_json_editor() {
    let mut stage = Stage::issues();
    stage.keys("jjjjjjj<Enter>\"id").look("editor");
    stage.keys("<C-e>,").look("editor_broken");
}

#[test]
fn the_names_that_a_search_may_have() {
    let mut stage = Stage::issues();
    stage
        .keys("j<Enter>context<Enter>gg")
        .keys("jj<Enter><Tab>{<Enter>")
        .look("editor_names");
}

#[test]
fn a_text_of_several_lines() {
    let mut stage = Stage::issues();
    stage.keys("jj<Enter>one<C-j>two").look("field_of_lines");
    let long = "A line that goes on and on until it is wider than any editor that one may have on a screen. ";
    stage.update(Msg::Pasted(format!("{long}\n\n{long}{long}")));
    stage.look("text_editor");
}

#[test]
fn the_allowed_items_of_an_array() {
    let mut stage = Stage::issues();
    stage.keys("jjjj<Enter>").look("check_list");
    stage.keys("<Space>").look("check_list_checked");
}

#[test]
fn the_list_of_entities() {
    Stage::issues().keys("<Enter>re").look("entities");
}

#[test]
fn a_page_and_the_next() {
    let mut stage = Stage::issues();
    stage.keys("<F5>").answer().keys("ljj").look("page");
    stage.keys("]").answer().look("last_page");
}

#[test]
fn a_search_in_the_reply() {
    Stage::issues()
        .keys("<F5>")
        .answer()
        .keys("/ada<Enter>")
        .answer()
        .look("find");
}

#[test]
fn the_other_tabs() {
    let mut stage = Stage::issues();
    stage.keys("<F5>").answer().keys("t").look("metadata");
    stage.keys("t").look("body");
    stage.keys("t").look("request");
}

#[test]
fn three_views_of_a_reply() {
    let mut stage = Stage::issues();
    stage
        .keys("<F5>")
        .answer()
        .keys("f")
        .keys("ljl")
        .look("tree");
    stage.keys("v").look("table");
    stage.keys("<Enter>").look("table_beside");
    stage.keys("<Enter>v").look("raw");
    stage.keys("<Enter>").look("raw_unwrapped");
    stage.keys("<Enter>zp").look("raw_received");
}

#[test]
fn filters_fields_and_paths() {
    let mut stage = Stage::issues();
    stage
        .keys("<F5>")
        .answer()
        .keys("f")
        .keys("|.[]")
        .answer()
        .look("filter");
    stage.keys(" | nope").answer().look("filter_fault");
    stage.keys("<Esc>F").answer().look("fields");
    stage.keys("jjl").look("field_values");
    stage.keys("<Enter>").answer().look("filtered_by_value");
    stage.keys("<Esc>@").answer().look("paths");
}

#[test]
fn pages_and_how_they_follow_each_other() {
    let mut stage = Stage::issues();
    stage.keys("<F5>").answer().keys("P").look("profile");
    stage.keys("<Esc>}").look("all_pages");
    stage.keys("y").answer().keys("L").look("ledger");
    stage.keys("kD").look("decoder");
    stage.keys("<Esc><Esc>E").look("export");
    stage.keys("<Esc>u").look("one_list");
}

#[test]
fn the_popups() {
    Stage::issues().keys("<F5>").answer().keys("?").look("help");
    Stage::issues().keys("b").look("popup_body");
    Stage::issues()
        .keys("<F5>")
        .answer()
        .keys("y")
        .look("copy_hint");
    let mut stage = Stage::issues();
    stage.keys("j<Enter>create<Enter><F5>").look("confirm");
}

#[test]
fn a_wide_window_and_a_folded_request() {
    let mut stage = Stage::issues();
    stage.keys("<F5>").answer();
    stage.look_at("wide", (200, 50));
    let text = |stage: &mut Stage| text_of(&stage.paint((120, 36)));
    let line = "│ GitHub › issues › list  owner=acme repo=rocket per_page=2 ";
    assert!(text(&mut stage).contains(line));
    assert!(!text(stage.keys("2")).contains(line));
    assert!(text(stage.keys("3")).contains(line));
}

#[test]
fn what_is_behind_a_popup_is_faint_and_keeps_its_distance() {
    let mut stage = Stage::issues();
    stage.keys("<F5>").answer().keys("?");
    let screen = stage.paint((120, 36));
    let buffer = screen.buffer();
    // The box is as wide as its upper wall.
    let row = (1..35).find(|row| (1..119).any(|x| buffer[(x, *row)].symbol() == "╭"));
    let top = row.unwrap();
    let left = (1..119)
        .find(|x| buffer[(*x, top)].symbol() == "╭")
        .unwrap();
    let right = (left..119)
        .find(|x| buffer[(*x, top)].symbol() == "╮")
        .unwrap();
    let bottom = (top..35)
        .find(|row| buffer[(left, *row)].symbol() == "╰")
        .unwrap();
    for y in 1..35 {
        for x in 0..120 {
            let cell = &buffer[(x, y)];
            let is_inside = (left..=right).contains(&x) && (top..=bottom).contains(&y);
            let is_near =
                (left - 1..=right + 1).contains(&x) && (top - 1..=bottom + 1).contains(&y);
            match (is_inside, is_near) {
                (true, _) => {}
                // The second half of a wide character is not drawn.
                (false, false) if cell.symbol() == " " => {}
                (false, true) => assert_eq!(cell.symbol(), " ", "{x} {y}"),
                (false, false) => {
                    assert_eq!(
                        (cell.fg, cell.modifier),
                        (Color::Reset, Modifier::DIM),
                        "{x} {y}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_footer_ends_with_the_key_that_shows_all() {
    let mut stage = Stage::issues();
    stage.keys("<F5>").answer();
    for size in SIZES {
        let text = text_of(&stage.paint(size));
        let footer = text.lines().last().unwrap_or_default().to_owned();
        assert!(footer.starts_with(" F5 send"), "{footer}");
        assert!(footer.trim_end().ends_with("… ? all"), "{footer}");
    }
}

#[test]
fn a_thicker_part_of_the_wall_says_what_is_seen() {
    let mut stage = Stage::issues();
    let bar = |stage: &mut Stage| {
        let screen = stage.paint((40, 12));
        let column = (1..11).map(|row| screen.buffer()[(39, row)].symbol().to_owned());
        column.collect::<String>()
    };
    let above = bar(&mut stage);
    assert!(above.starts_with("│") || above.starts_with("╮"), "{above}");
    assert!(above.contains("┃") && above.ends_with("│╯"), "{above}");
    let below = bar(stage.keys("G"));
    assert!(below.contains("│┃") && below.ends_with("┃╯"), "{below}");
}

#[test]
fn one_pane_alone_and_a_window_that_is_too_small() {
    let mut stage = Stage::issues();
    stage.keys("<F5>").answer().keys("f").look("zoomed");
    assert_eq!(
        text_of(&stage.paint((20, 3))),
        " This window is too\n small for airscope.\nIt takes 30x8 cells."
    );
    assert_eq!(text_of(&stage.paint((1, 1))), "…");
}

#[test]
fn the_selection_is_seen_with_and_without_colour() {
    let mut stage = Stage::issues();
    stage.keys("<F5>").answer();
    for theme in [Theme::Sixteen, Theme::Plain] {
        let screen = stage.paint_in(theme, (120, 36));
        let cells = screen.buffer().content.windows(3);
        let marked: Vec<_> = cells.filter(|cells| cells[0].symbol() == "▌").collect();
        let of_focus = |cells: &&&[Cell]| !cells[0].modifier.contains(Modifier::DIM);
        let focused: Vec<_> = marked.iter().filter(of_focus).collect();
        assert_eq!(focused.len(), 1, "{theme:?}: one row is that of the focus");
        assert!(marked.len() > 1, "{theme:?}: the other panes keep theirs");
        let colour = match theme {
            Theme::Sixteen => Color::Cyan,
            Theme::Plain => Color::Reset,
        };
        assert_eq!(focused[0][0].fg, colour);
        assert!(focused[0][2].modifier.contains(Modifier::BOLD));
        assert!(
            screen
                .buffer()
                .content
                .iter()
                .all(|cell| cell.bg == Color::Reset)
        );
    }
}

#[test]
fn what_was_found_in_a_page_that_was_given_up_is_forgotten() {
    let mut stage = Stage::issues();
    stage.keys("<F5>").answer().keys("]");
    let Some(Effect::Reply(ReplyEffect::Call { task, .. })) = stage.effects.pop() else {
        panic!("the next page is not asked for")
    };
    let records = (0..500)
        .map(|id| format!(r#"{{"id":{id},"title":"late {id}"}}"#))
        .collect::<Vec<_>>()
        .join(",");
    let mut feeder = Feeder::one_value();
    feeder.feed(format!(r#"{{"status":"success","result":[{records}"#).as_bytes());
    let envelope = Box::new(Envelope::read(Arc::new(feeder.snapshot())));
    let reply = Reply {
        whole: true,
        ..answered(FIRST).reply
    };
    stage.update(Msg::Reply(ReplyMsg::Grew {
        task,
        envelope,
        reply,
        expected: None,
        restarted: true,
    }));
    let text = |stage: &mut Stage| text_of(&stage.paint((120, 36)));
    assert!(text(&mut stage).contains("late 0"));
    // What would send another call in its place waits.
    assert!(text(stage.keys("R")).contains("The reply is still arriving"));
    assert!(text(stage.keys("T")).contains("The reply is still arriving"));
    assert!(text(stage.keys("/late 4<Enter>").answer()).contains("Match 1 of"));
    assert!(text(stage.keys("<Esc>").answer()).contains("Crash on empty config"));
    for keys in [
        "n", "N", "&", "*", "v", "n", "v", "O", "V", "j", "V", "zR", "G",
    ] {
        let screen = text(stage.keys(keys).answer());
        assert!(!screen.contains("late"), "{keys}:\n{screen}");
    }
}

#[test]
fn a_search_in_a_file_goes_on_when_all_of_it_has_come() {
    let setup = Setup {
        file: Some(OpenFile {
            name: "all.json".into(),
            again: true,
        }),
        ..Setup::default()
    };
    let mut stage = Stage::start(setup);
    let Some(Effect::Reply(ReplyEffect::ReadFile { task })) = stage.effects.pop() else {
        panic!("the file is not read")
    };
    let mut feeder = Feeder::any_values();
    feeder.feed(br#"[{"a":"needle"},{"a":"hay"},"#);
    let reply = answered(FIRST).reply;
    let part = Box::new(Envelope::read(Arc::new(feeder.snapshot())));
    stage.update(Msg::Reply(ReplyMsg::Grew {
        task,
        envelope: part,
        reply: reply.clone(),
        expected: None,
        restarted: true,
    }));
    let text = |stage: &mut Stage| text_of(&stage.paint((120, 36)));
    assert!(text(stage.keys("/needle<Enter>").answer()).contains("Match 1 of 1"));
    feeder.feed(br#"{"a":"needle"}]"#);
    let envelope = Envelope::read(Arc::new(feeder.finish()));
    stage.update(Msg::Reply(ReplyMsg::Finished {
        task,
        result: Ok(Box::new(LoadedReply {
            reply,
            envelope,
            scan: Arc::default(),
        })),
    }));
    assert!(text(stage.answer()).contains("/needle 2"));
    assert!(text(stage.keys("n")).contains("Match 2 of 2"));
}
