//! Popups without a runtime and without a screen: a key in, what is asked for out.

mod actions;
mod attachments;
mod check_list;
mod commands;
mod decoder;
mod dialogs;
mod download;
mod downloads;
mod each;
mod fields;
mod ledger;
mod picker;
mod stacked;
mod texts;
mod workspaces;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Panes, PopupState};
use crate::app::connectors::ConnectorsPane;
use crate::app::context::{Context, Outcome, Step};
use crate::app::downloads::Downloads;
use crate::app::effect::Effect;
use crate::app::ids::TaskIds;
use crate::app::reply::page::Page;
use crate::app::reply::{ReplyPane, Shown};
use crate::app::request::RequestPane;
use crate::app::request::form::Form;
use crate::app::requests::Request;
use crate::app::session::{Session, Setup};
use crate::app::source::LoadedReply;
use crate::app::widgets::focus::{KeyContext, Pane};
use crate::app::widgets::notice::Notice;
use crate::attachments::{Attachment, DownloadOption};
use crate::domain::call::{Call, Params};
use crate::domain::connector::Connector;
use crate::domain::download::Known;
use crate::domain::failure::Failure;
use crate::domain::reply::{PageOrigin, Reply};
use crate::envelope::Envelope;
use crate::json::document::{Document, NodeId};
use crate::paging::{Kind, Limits, Origin, PageReply, Parts, Profile, Run};

/// A session and panes, and what a popup under test may use of them.
struct Fixture {
    session: Session,
    connectors: ConnectorsPane,
    request: RequestPane,
    reply: ReplyPane,
    downloads: Downloads,
    focus: Pane,
    last: Option<Notice>,
    failure: Option<Failure>,
    tasks: TaskIds,
}

impl Fixture {
    /// Makes a session with the connector GitHub, and panes as they are at the start.
    fn new() -> Fixture {
        let mut fixture = Fixture {
            session: Session {
                setup: Setup {
                    workspace: "default".to_owned(),
                    folder: PathBuf::from("/saved"),
                    ..Setup::default()
                },
                connectors: vec![github()],
                popup_height: 11,
                ..Session::default()
            },
            connectors: ConnectorsPane::default(),
            request: RequestPane::default(),
            reply: ReplyPane::default(),
            downloads: Downloads::default(),
            focus: Pane::Reply,
            last: None,
            failure: None,
            tasks: TaskIds::default(),
        };
        // Filtering by anything and by nothing again lists the connectors.
        fixture
            .connectors
            .set_filter("x".to_owned(), &fixture.session);
        fixture
            .connectors
            .set_filter(String::new(), &fixture.session);
        fixture
    }

    /// Puts GitHub into the form.
    fn choose_github(&mut self) {
        self.request.form = Form::of(github());
        self.session.chosen = self.request.chosen();
    }

    /// Adds pages of a list of issues whose token is `after`.
    fn add_pages(&mut self, bodies: &[&str]) {
        let mut run = Run::new(None, token_profile(), Limits::default());
        let mut call = issues();
        for body in bodies {
            let loaded = loaded(body);
            let step = run.take(
                &call,
                PageReply {
                    envelope: &loaded.envelope,
                    scan: &loaded.scan,
                    reply: &loaded.reply,
                    elapsed: Duration::ZERO,
                },
            );
            let next = run.entries().last().unwrap().next.clone();
            let origin = PageOrigin::Call(call.clone());
            let id = self.tasks.next_page();
            self.reply.pages.push(Page::new(id, origin, loaded, next));
            if let crate::paging::Step::Ask(next) = step.step {
                call = *next;
            }
        }
        self.reply.shown = Shown::Pages;
        self.reply.run = Some(run);
    }

    /// Lets something happen with a context and the panes.
    fn with<T>(&mut self, act: impl FnOnce(&mut Context<'_>, &Panes<'_>) -> T) -> (T, Outcome) {
        let contexts = [
            self.focus.key_context(),
            KeyContext::Everywhere,
            KeyContext::Always,
        ];
        let panes = Panes {
            connectors: &self.connectors,
            request: &self.request,
            reply: &self.reply,
            downloads: &self.downloads,
            focus: self.focus,
            contexts: &contexts,
            messages: (self.last.as_ref(), self.failure.as_ref()),
        };
        let mut context = Context::new(&self.session, &mut self.tasks);
        let result = act(&mut context, &panes);
        (result, context.finish())
    }

    /// Sends keys to a popup: each character is a key, `\r` is Enter, `\u{8}` Backspace.
    fn keys(&mut self, popup: &mut impl PopupState, keys: &str) -> Outcome {
        let (_, outcome) = self.with(|context, panes| {
            for key in keys.chars() {
                popup.key(event(key), context, panes);
            }
        });
        outcome
    }

    /// Fits a popup into a window.
    fn fit(&mut self, popup: &mut impl PopupState, height: usize, length: usize) {
        self.with(|_, panes| popup.fit(height, length, panes));
    }
}

fn event(key: char) -> KeyEvent {
    let code = match key {
        '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\u{8}' => KeyCode::Backspace,
        '↓' => KeyCode::Down,
        '↑' => KeyCode::Up,
        other => KeyCode::Char(other),
    };
    KeyEvent::new(code, KeyModifiers::NONE)
}

/// Compares what was asked for, in order.
#[track_caller]
fn assert_steps(outcome: &Outcome, expected: &[Step]) {
    assert_eq!(format!("{:#?}", outcome.steps), format!("{expected:#?}"));
}

/// Compares what was asked for with requests alone, in order.
#[track_caller]
fn assert_requests(outcome: &Outcome, expected: Vec<Request>) {
    let expected: Vec<Step> = expected.into_iter().map(Step::Request).collect();
    assert_steps(outcome, &expected);
}

/// Compares what was asked for with effects alone, in order.
#[track_caller]
fn assert_effects(outcome: &Outcome, expected: Vec<Effect>) {
    let expected: Vec<Step> = expected.into_iter().map(Step::Effect).collect();
    assert_steps(outcome, &expected);
}

/// Returns what was said.
fn said(outcome: &Outcome) -> &str {
    outcome.notice.as_ref().map_or("", |notice| &notice.text)
}

fn github() -> Connector {
    Connector {
        id: "1".to_owned(),
        name: "Hub".to_owned(),
        slug: Some("github".to_owned()),
        definition_id: "d1".to_owned(),
        ..Connector::default()
    }
}

fn issues() -> Call {
    Call::new("1", "issues", "list")
}

/// Returns the profile of a token that is read in the metadata and sent as `after`.
fn token_profile() -> Profile {
    let parts = Parts {
        kind: Kind::Token,
        param: "after".to_owned(),
        from: "next".to_owned(),
        first: 1,
        more: String::new(),
        end: String::new(),
        size_param: String::new(),
        numeric: false,
    };
    parts.profile(Origin::User).unwrap()
}

/// Returns the body of a page of issues.
fn body(ids: &[u32], next: &str) -> String {
    let records: Vec<String> = ids
        .iter()
        .map(|id| format!(r#"{{"id":{id},"title":"issue {id}"}}"#))
        .collect();
    let records = records.join(",");
    format!(r#"{{"status":"success","result":[{records}],"connector_metadata":{{"next":{next}}}}}"#)
}

fn loaded(body: &str) -> LoadedReply {
    let reply = Reply {
        status: 200,
        content_type: None,
        bytes: body.len() as u64,
        took: Duration::ZERO,
        whole: true,
        received_at: "2026-05-01 10:00:00".to_owned(),
    };
    let document = Arc::new(Document::parse(Bytes::from(body.to_owned())));
    LoadedReply::new(reply, Envelope::read(document))
}

fn params(json: &str) -> Params {
    Params::parse(json).unwrap()
}

/// Returns a way to download a file, named by a label.
fn option(label: &str) -> DownloadOption {
    DownloadOption {
        label: label.to_owned(),
        entity: "attachments".to_owned(),
        params: params(r#"{"id":7}"#),
        missing: Vec::new(),
        becomes: None,
    }
}

/// Returns a file of a value of a page.
fn attachment(node: NodeId, name: &str, options: Vec<DownloadOption>) -> Attachment {
    Attachment {
        node,
        record: node,
        known: Known {
            name: Some(name.to_owned()),
            ..Known::default()
        },
        options,
        url: None,
    }
}

/// Returns a value of a document to name a file by.
fn some_node() -> NodeId {
    let document = Document::parse(Bytes::from_static(b"[1]"));
    document.root().unwrap()
}
