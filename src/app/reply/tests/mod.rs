//! Unit tests of the reply pane, without a runtime, a screen or the rest of the state: an action goes in, and effects,
//! requests, the notice and the state of the pane are compared.

mod attachments;
mod calls;
mod commands;
mod copies;
mod each;
mod failures;
mod files;
mod filter;
mod marks;
mod names;
mod pages;
mod search;
mod spill;
mod streaming;
mod trail;
mod views;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::ReplyPane;
use super::page::Tab;
use crate::app::command::{CopyCommand, ReplyCommand, ViewCommand};
use crate::app::context::{Context, Step};
use crate::app::effect::{DocumentEffect, Effect};
use crate::app::ids::{TaskId, TaskIds};
use crate::app::msg::{DocumentMsg, ReplyMsg};
use crate::app::requests::{Request, RequestKind};
use crate::app::session::{Chosen, ConnectorCatalog, OpenFile, Session};
use crate::app::source::LoadedReply;
use crate::app::widgets::focus::KeyContext;
use crate::app::widgets::notice::{Notice, Tone};
use crate::domain::call::{Call, JsonText};
use crate::domain::connector::Connector;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reply::Reply;
use crate::envelope::Envelope;
use crate::json::document::{Document, NodeId};
use crate::json::feed::Feeder;
use crate::json::find::{self, Needle};
use crate::json::path;

/// Metadata that lead on to the page of a cursor.
const MORE: &str = r#"{"has_next_page":true,"end_cursor":"c2"}"#;
/// Metadata of the last page.
const LAST: &str = r#"{"has_next_page":false,"end_cursor":null}"#;

/// What came of an action.
#[derive(Debug, Default)]
struct Acted {
    effects: Vec<Effect>,
    requests: Vec<Request>,
    notice: Option<Notice>,
    failure: Option<Failure>,
    prefix: Option<KeyContext>,
}

impl Acted {
    /// Returns the notice with the sign of its tone; empty if there is none.
    fn said(&self) -> String {
        self.notice.as_ref().map_or_else(String::new, |notice| {
            let sign = match notice.tone {
                Tone::Done => '+',
                Tone::Info => ' ',
                Tone::Warning => '!',
                Tone::Error => 'x',
            };
            format!("{sign}{}", notice.text)
        })
    }

    /// Returns the requests as text.
    fn asked(&self) -> Vec<String> {
        let requests = self.requests.iter();
        requests.map(|request| format!("{request:?}")).collect()
    }

    /// Returns whether nothing is to be done outside or by other parts.
    fn is_quiet(&self) -> bool {
        self.effects.is_empty() && self.requests.is_empty()
    }

    /// Returns the search for a text that is to be run.
    fn find(&self) -> &DocumentEffect {
        match self.effects.last() {
            Some(Effect::Document(find @ DocumentEffect::Find { .. })) => find,
            other => panic!("no search but {other:?}"),
        }
    }
}

/// A pane with what it acts in.
struct Bench {
    session: Session,
    tasks: TaskIds,
    pane: ReplyPane,
}

impl Bench {
    /// Makes an empty pane; GitHub is the connector `1`.
    fn new() -> Bench {
        let github = Connector {
            id: "1".to_owned(),
            name: "My GitHub".to_owned(),
            slug: Some("github".to_owned()),
            ..Connector::default()
        };
        let session = Session {
            chosen: Some(Chosen {
                catalog: Arc::new(ConnectorCatalog::of(&github)),
                connector: github.clone(),
                stores: Vec::new(),
            }),
            connectors: vec![github],
            ..Session::default()
        };
        Bench {
            session,
            tasks: TaskIds::default(),
            pane: ReplyPane::default(),
        }
    }

    /// Makes a pane that shows the first page of a list of issues.
    fn with_page(records: &str, metadata: &str) -> Bench {
        let mut bench = Bench::new();
        bench.send(issues(), RequestKind::First);
        bench.receive(&body(records, metadata));
        bench
    }

    /// Makes a pane that shows the second of two pages.
    fn with_two_pages() -> Bench {
        let mut bench =
            Bench::with_page(r#"[{"id":1,"title":"one"},{"id":2,"title":"two"}]"#, MORE);
        bench.perform(ReplyCommand::NextPage);
        bench.receive(&body(r#"[{"id":3,"title":"three"}]"#, LAST));
        bench
    }

    /// Makes a pane in a program that reads a file.
    fn of_file() -> Bench {
        let mut bench = Bench::new();
        bench.session = Session::default();
        bench.session.setup.file = Some(OpenFile {
            name: "dir/my data.json".to_owned(),
            again: true,
        });
        bench.act(|pane, context| pane.read_file(context));
        bench
    }

    fn act(&mut self, action: impl FnOnce(&mut ReplyPane, &mut Context<'_>)) -> Acted {
        let mut context = Context::new(&self.session, &mut self.tasks);
        action(&mut self.pane, &mut context);
        let outcome = context.finish();
        let mut acted = Acted {
            notice: outcome.notice,
            failure: outcome.failure,
            ..Acted::default()
        };
        for step in outcome.steps {
            match step {
                Step::Effect(effect) => acted.effects.push(effect),
                Step::Request(request) => acted.requests.push(request),
            }
        }
        acted
    }

    /// Does what a command asks for, or says why not, as the rest of the state does.
    fn perform(&mut self, command: ReplyCommand) -> Acted {
        if let Err(reason) = self.pane.can(command, &self.session) {
            return refused(&reason);
        }
        let mut prefix = None;
        let acted = self.act(|pane, context| prefix = pane.perform(command, context));
        Acted { prefix, ..acted }
    }

    /// Does what a command of the view asks for, or says why not.
    fn view(&mut self, command: ViewCommand) -> Acted {
        if let Err(reason) = self.pane.can_view(command) {
            return refused(&reason);
        }
        let mut prefix = None;
        let acted = self.act(|pane, context| prefix = pane.perform_view(command, context));
        Acted { prefix, ..acted }
    }

    /// Returns what is copied and its name, or why nothing is.
    fn copy(&mut self, command: CopyCommand) -> (String, String) {
        if let Err(reason) = self.pane.can_copy(command) {
            return (String::new(), reason.into_owned());
        }
        let acted = self.act(|pane, context| pane.copy(command, context));
        match <[Effect; 1]>::try_from(acted.effects) {
            Ok([Effect::Copy { text, what }]) => (text, what),
            other => panic!("no copy but {other:?}"),
        }
    }

    fn send(&mut self, call: Call, kind: RequestKind) -> Acted {
        self.act(|pane, context| pane.send(call, kind, context))
    }

    /// Returns the task of the call that runs.
    fn task(&self) -> TaskId {
        self.pane.load.task().unwrap()
    }

    /// Ends the call that runs with a body.
    fn receive(&mut self, body: &str) -> Acted {
        let result = Ok(Box::new(LoadedReply::new(reply(body), read(body))));
        let task = self.task();
        self.act(|pane, context| pane.reply_msg(ReplyMsg::Finished { task, result }, context))
    }

    /// Ends the call that runs with a failure.
    fn fail(&mut self, failure: Failure) -> Acted {
        let (task, result) = (self.task(), Err(failure));
        self.act(|pane, context| pane.reply_msg(ReplyMsg::Finished { task, result }, context))
    }

    /// Reports that so much of a body was received.
    fn grow(&mut self, part: &str, restarted: bool) -> Acted {
        let mut feeder = Feeder::one_value();
        feeder.feed(part.as_bytes());
        let msg = ReplyMsg::Grew {
            task: self.task(),
            envelope: Box::new(Envelope::read(Arc::new(feeder.snapshot()))),
            reply: reply(part),
            expected: Some(part.len() as u64 * 4),
            restarted,
        };
        self.act(|pane, context| pane.reply_msg(msg, context))
    }

    /// Searches for a text and reports the matches as the worker does.
    fn find(&mut self, text: &str) -> Acted {
        let acted = self.act(|pane, context| pane.search(text, context));
        self.answer(acted.find())
    }

    /// Runs a search and reports its matches. Returns what the last report leads to that says something.
    fn answer(&mut self, find: &DocumentEffect) -> Acted {
        let DocumentEffect::Find {
            task,
            document,
            root,
            from,
            needle,
        } = find
        else {
            panic!("no search but {find:?}");
        };
        let mut batches = Vec::new();
        let needle = Needle::parse(needle).unwrap();
        find::scan(document, *root, *from, &needle, &mut |batch| {
            batches.push(batch);
            ControlFlow::Continue(())
        });
        batches.push(find::Batch::default());
        let last = batches.len() - 1;
        let mut acted = Acted::default();
        for (at, batch) in batches.into_iter().enumerate() {
            let msg = DocumentMsg::Found {
                task: *task,
                batch: Arc::new(batch),
                over: at == last,
            };
            acted = self.act(|pane, context| pane.document_msg(msg, context));
        }
        acted
    }

    /// Types keys into the field that is open: `\r` is Enter, `\t` Tab, `↑` and `↓` the arrows.
    fn type_keys(&mut self, keys: &str) -> Acted {
        let mut acted = Acted::default();
        for key in keys.chars() {
            let code = match key {
                '\r' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                '\u{8}' => KeyCode::Backspace,
                '↑' => KeyCode::Up,
                '↓' => KeyCode::Down,
                other => KeyCode::Char(other),
            };
            let event = KeyEvent::new(code, KeyModifiers::NONE);
            acted = self.act(|pane, context| pane.key_in_field(event, context));
        }
        acted
    }

    /// Moves the cursor to a path of the tree that is shown.
    fn go_to(&mut self, typed: &str) {
        let node = self.node(typed);
        self.pane.tree_mut().unwrap().go_to(node);
    }

    /// Returns the value of a path in the tree that is shown.
    fn node(&self, typed: &str) -> NodeId {
        path::find(self.pane.tree().unwrap().document(), typed).unwrap()
    }

    /// Returns the path of the cursor.
    fn cursor(&self) -> String {
        self.pane.tree().unwrap().path()
    }

    /// Returns the records that are marked, as JSON.
    fn marked(&self) -> Vec<String> {
        let page = self.pane.page().unwrap();
        let document = page.tree(Tab::Result).unwrap().document();
        let marks = page.marks.iter();
        marks
            .map(|mark| document.text(*mark).into_owned())
            .collect()
    }
}

fn refused(reason: &str) -> Acted {
    Acted {
        notice: Some(Notice::info(reason)),
        ..Acted::default()
    }
}

/// Returns a list of issues with an empty form.
fn issues() -> Call {
    Call::new("1", "issues", "list")
}

/// Returns the list of issues that continues at a cursor.
fn issues_after(cursor: &str) -> Call {
    issues().with("after", JsonText::string(cursor))
}

/// Returns a body in the service's envelope.
fn body(records: &str, metadata: &str) -> String {
    format!(r#"{{"status":"success","result":{records},"connector_metadata":{metadata}}}"#)
}

fn read(body: &str) -> Envelope {
    Envelope::read(Arc::new(Document::parse(Bytes::from(body.to_owned()))))
}

fn reply(body: &str) -> Reply {
    Reply {
        status: 200,
        content_type: Some("application/json".to_owned()),
        bytes: body.len() as u64,
        took: Duration::from_millis(5),
        whole: true,
        received_at: "2024-05-06 07:08:09".to_owned(),
    }
}

fn broken() -> Failure {
    Failure::new(FailureKind::Network, "The connection broke")
}
