//! A run of an operation, once for each of several records. Its records are one body, a value a line, which is indexed
//! while it grows.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tokio::sync::Notify;

use super::Worker;
use super::tasks::{Reporter, blocking};
use crate::api::Client;
use crate::app::effect::{EachCalls, EachEffect};
use crate::app::ids::TaskId;
use crate::app::msg::{EachMsg, EachPage, Msg};
use crate::app::parents::{Parent, ParentEnd, ParentOutcome};
use crate::app::source::LoadedReply;
use crate::domain::call::Params;
use crate::domain::failure::Failure;
use crate::domain::reply::Reply;
use crate::domain::timestamp::utc;
use crate::each::{self, EachEvent, EachPlan, EachRun, Outcome, Template, with_parent};
use crate::envelope::{Envelope, Reading};
use crate::json::document::NodeId;
use crate::json::feed::Feeder;
use crate::json::valid::valid_value;
use crate::paging::{Limits, Verdict};
use crate::text;

impl Worker {
    pub(super) fn start_each(&mut self, effect: EachEffect) {
        match effect {
            EachEffect::Start { task, run } => {
                let client = Arc::clone(&self.client);
                let records = Records {
                    task,
                    feeder: Feeder::any_values(),
                    reporter: self.tasks.reporter(),
                    order: VecDeque::new(),
                    parents: HashMap::new(),
                    pages: HashMap::new(),
                    held: HashMap::new(),
                    most: self.setup.question_at,
                };
                let stop = Arc::new(Notify::new());
                // Of a run that has ended by itself nobody else holds one.
                self.stops.retain(|_, stop| Arc::strong_count(stop) > 1);
                self.stops.insert(task, Arc::clone(&stop));
                let work = async move { records.run(&client, *run, &stop).await };
                self.tasks.start(task, work, move |result| {
                    Msg::Each(EachMsg::Over { task, result })
                });
            }
            EachEffect::Stop(task) => {
                if let Some(stop) = self.stops.remove(&task) {
                    stop.notify_one();
                }
            }
        }
    }
}

/// The records of a run, and what reports them.
struct Records {
    task: TaskId,
    feeder: Feeder,
    reporter: Reporter<Msg>,
    /// The parents that have not ended, in their order.
    order: VecDeque<u64>,
    /// The parents by their number.
    parents: HashMap<u64, Parent>,
    /// How many pages of a parent were received.
    pages: HashMap<u64, u64>,
    /// What was received of parents before which others stand that have not ended.
    held: HashMap<u64, Vec<Held>>,
    /// No further call is sent once the records have this size, in bytes.
    most: u64,
}

/// What was received of a parent and not reported.
enum Held {
    /// A page with its records.
    Page(EachPage, Arc<Envelope>, Vec<NodeId>),
    /// The end.
    Ended(ParentEnd),
}

impl Records {
    async fn run(
        mut self,
        client: &Client,
        calls: EachCalls,
        stop: &Notify,
    ) -> Result<Box<LoadedReply>, Failure> {
        let started = Instant::now();
        let plan = EachPlan {
            call: calls.call,
            template: Template::new(Params::default()),
            operation: calls.operation,
            profile: calls.profile,
            limits: Limits {
                pages: calls.pages,
                ..Limits::default()
            },
            jobs: calls.jobs,
        };
        let mut run = EachRun::new(client, plan);
        for (number, parent) in calls.parents {
            run.add(each::Parent {
                number,
                params: parent.params.clone(),
            });
            self.parents.insert(number, parent);
            self.order.push_back(number);
        }
        if let Some((document, kept)) = calls.kept {
            for record in kept {
                self.feeder.feed(&valid_value(&document, record).text);
                self.feeder.feed(b"\n");
            }
            let reply = Box::new(self.reply(started));
            let grown = self.snapshot();
            let task = self.task;
            self.report(EachMsg::Kept { task, grown, reply });
        }
        while !run.is_over() {
            tokio::select! {
                biased;
                () = stop.notified() => break,
                event = run.next() => self.happened(event),
            }
            if self.feeder.size() as u64 >= self.most {
                let most = text::bytes(self.most);
                run.stop(Verdict::Stopped(format!("at the limit of {most}")), None);
            }
        }
        self.report_all();
        let reply = self.reply(started);
        let document = self.feeder.finish();
        blocking(move || {
            document.count_forbidden();
            let envelope = Envelope::read_as(Arc::new(document), Reading::Sequence);
            Box::new(LoadedReply::new(reply, envelope))
        })
        .await
    }

    fn reply(&self, started: Instant) -> Reply {
        Reply {
            status: 200,
            content_type: None,
            bytes: self.feeder.size() as u64,
            took: started.elapsed(),
            whole: true,
            received_at: utc(SystemTime::now()),
        }
    }

    fn snapshot(&mut self) -> Box<Envelope> {
        let document = Arc::new(self.feeder.snapshot());
        Box::new(Envelope::read_as(document, Reading::Sequence))
    }

    fn report(&self, msg: EachMsg) {
        self.reporter.report(Msg::Each(msg));
    }

    fn sent(&self, calls: u64, ended: u64) {
        let task = self.task;
        self.report(EachMsg::Sent { task, calls, ended });
    }

    /// Takes what was received of a parent, and reports what has its turn: the records of a parent stand together, and
    /// the parents in their order.
    fn hold(&mut self, parent: u64, held: Held) {
        self.held.entry(parent).or_default().push(held);
        while let Some(first) = self.order.front().copied() {
            let held = self.held.remove(&first).unwrap_or_default();
            let has_ended = held.iter().any(|own| matches!(own, Held::Ended(_)));
            for own in held {
                self.report_held(first, own);
            }
            if !has_ended {
                break;
            }
            self.order.pop_front();
        }
    }

    /// Reports what is held still: nothing more is received.
    fn report_all(&mut self) {
        for parent in std::mem::take(&mut self.order) {
            for own in self.held.remove(&parent).unwrap_or_default() {
                self.report_held(parent, own);
            }
        }
    }

    fn report_held(&mut self, parent: u64, held: Held) {
        let task = self.task;
        match held {
            Held::Page(page, envelope, records) => {
                let values = self.parents.get(&parent);
                let values = values.map(|own| own.values.clone()).unwrap_or_default();
                for record in records {
                    let (line, _) = with_parent(&envelope.document, record, &values);
                    self.feeder.feed(&line);
                    self.feeder.feed(b"\n");
                }
                let grown = self.snapshot();
                self.report(EachMsg::Page { task, page, grown });
            }
            Held::Ended(end) => {
                let end = Box::new(end);
                self.report(EachMsg::Ended { task, parent, end });
            }
        }
    }

    /// Reports what has happened.
    fn happened(&mut self, event: EachEvent) {
        let task = self.task;
        match event {
            EachEvent::Begins(_) => {}
            EachEvent::Page {
                parent,
                page,
                envelope,
                records,
                reply,
            } => {
                self.sent(1, 0);
                *self.pages.entry(parent.number).or_default() += 1;
                let own = EachPage {
                    parent: parent.number,
                    page,
                    records: records.len() as u64,
                    reply,
                };
                self.hold(parent.number, Held::Page(own, envelope, records));
            }
            EachEvent::Ended(parent, end) => {
                let pages = self.pages.remove(&parent.number).unwrap_or_default();
                // Calls that brought no page were not told of yet.
                self.sent(end.calls.saturating_sub(pages), 1);
                self.hold(parent.number, Held::Ended(ended(end)));
            }
            EachEvent::Waits(pause) => {
                // The call is sent once more after it.
                self.sent(1, 0);
                self.report(EachMsg::Paused { task, pause });
            }
            EachEvent::Proved(profile, at) => self.report(EachMsg::Proved { task, profile, at }),
        }
    }
}

fn ended(end: each::ParentEnd) -> ParentEnd {
    ParentEnd {
        outcome: match end.outcome {
            Outcome::Complete => ParentOutcome::Complete,
            Outcome::Ended => ParentOutcome::Ended,
            // Only operations that read are run from the screen: asking again does no harm.
            Outcome::Failed | Outcome::Unknown => ParentOutcome::Failed,
        },
        verdict: end.verdict,
        failure: end.failure,
        warning: end.warning,
    }
}
