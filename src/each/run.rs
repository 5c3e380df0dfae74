//! A run: calls on their way, what came of each, and what is sent next.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::parent::{Outcome, Parent, ParentEnd};
use super::schedule::{Schedule, Turn};
use super::template::Template;
use crate::api::{Answer, Client, Event};
use crate::domain::action::Action;
use crate::domain::call::Call;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::Operation;
use crate::domain::reply::{Pause, PauseReason, Reply};
use crate::envelope::{Envelope, Reading, Shape};
use crate::json::document::{Document, NodeId};
use crate::paging::{
    Evidence, Limits, PageOutcome, PageReply, PageScan, Profile, Run, Step, Verdict,
};

/// Why a parent that was not asked for any more is not complete.
const NOT_SENT: &str = "by --max-calls";

/// What is run once for each record.
#[derive(Debug, Clone)]
pub struct EachPlan {
    /// The call, without the parameters of the template.
    pub call: Call,
    /// Its parameters.
    pub template: Template,
    /// The operation, if it is known.
    pub operation: Option<Operation>,
    /// How it pages, as far as is known.
    pub profile: Profile,
    /// The limits of each parent's pages.
    pub limits: Limits,
    /// How many calls are sent at a time.
    pub jobs: usize,
}

/// What happens during a run.
#[derive(Debug)]
pub enum EachEvent {
    /// The first call of a parent is about to be sent. It is sent when the next event is asked for.
    Begins(Arc<Parent>),
    /// A page of a parent was received.
    Page {
        /// The parent.
        parent: Arc<Parent>,
        /// The page's number, from 1.
        page: u64,
        /// Its reply.
        envelope: Arc<Envelope>,
        /// Its records.
        records: Vec<NodeId>,
        /// Status, size, times.
        reply: Reply,
    },
    /// A parent has ended.
    Ended(Arc<Parent>, ParentEnd),
    /// A call waits before it is repeated; after a 429 all calls wait.
    Waits(Pause),
    /// The second page of a parent proved how the operation pages.
    Proved(Box<Profile>, String),
}

/// A parent that is being asked for.
struct Job {
    parent: Arc<Parent>,
    /// The call that is sent next.
    call: Call,
    /// Its pages; `None` for an operation that answers once.
    run: Option<Run>,
    began: Option<Instant>,
    records: u64,
    calls: u64,
    /// What the service warned of, where that is not in the run.
    warning: Option<String>,
}

/// Returns whether the replies to an action are followed to further pages: those that only read and are not one whole by
/// their meaning.
fn has_pages(action: &str) -> bool {
    let action = Action::of(action);
    action.only_reads() && !action.is_single()
}

/// A call on its way, with its job.
type Sent<'a> = Pin<Box<dyn Future<Output = (Box<Job>, Result<Answer, Failure>)> + Send + 'a>>;

/// A run of an operation, once for each record.
pub struct EachRun<'a> {
    client: &'a Client,
    plan: EachPlan,
    reading: Reading,
    schedule: Schedule<Box<Job>>,
    sent: FuturesUnordered<Sent<'a>>,
    /// The job whose beginning was told and whose call is sent next.
    begins: Option<Box<Job>>,
    events: VecDeque<EachEvent>,
    waits: (mpsc::UnboundedSender<Pause>, mpsc::UnboundedReceiver<Pause>),
    began: Instant,
    /// Why nothing is sent any more, if it is so.
    stopped: Option<(Verdict, Option<Failure>)>,
}

impl<'a> EachRun<'a> {
    /// Starts a run without parents.
    pub fn new(client: &'a Client, plan: EachPlan) -> EachRun<'a> {
        EachRun {
            client,
            reading: Reading::of(&plan.call.action, plan.operation.as_ref()),
            schedule: Schedule::new(plan.jobs),
            plan,
            sent: FuturesUnordered::new(),
            begins: None,
            events: VecDeque::new(),
            waits: mpsc::unbounded_channel(),
            began: Instant::now(),
            stopped: None,
        }
    }

    /// Returns whether another parent can be begun at once.
    pub fn needs_parents(&self) -> bool {
        self.stopped.is_none() && self.schedule.needs_jobs()
    }

    /// Returns whether everything that was added has ended and was told.
    pub fn is_over(&self) -> bool {
        self.schedule.is_empty() && self.begins.is_none() && self.events.is_empty()
    }

    /// Returns why nothing is sent any more, if it is so.
    pub fn stopped(&self) -> Option<(&Verdict, Option<&Failure>)> {
        let (verdict, failure) = self.stopped.as_ref()?;
        Some((verdict, failure.as_ref()))
    }

    /// Adds a parent behind all others.
    pub fn add(&mut self, parent: Parent) {
        let mut call = self.plan.call.clone();
        call.params = self.plan.template.filled(&parent.params);
        let run = has_pages(&self.plan.call.action).then(|| {
            Run::new(
                self.plan.operation.clone(),
                self.plan.profile.clone(),
                self.plan.limits,
            )
        });
        let job = Box::new(Job {
            parent: Arc::new(parent),
            call,
            run,
            began: None,
            records: 0,
            calls: 0,
            warning: None,
        });
        match &self.stopped {
            None => self.schedule.add(job),
            Some((verdict, failure)) => {
                let (verdict, failure) = (verdict.clone(), failure.clone());
                self.end(*job, Outcome::Failed, verdict, failure);
            }
        }
    }

    /// Sends nothing any more: parents that were not begun or have further pages are ended with this verdict.
    pub fn stop(&mut self, verdict: Verdict, failure: Option<Failure>) {
        let mut waiting = self.schedule.stop();
        if let Some(job) = self.begins.take() {
            self.schedule.ended();
            waiting.insert(0, job);
        }
        for job in waiting {
            self.end(*job, Outcome::Failed, verdict.clone(), failure.clone());
        }
        self.stopped.get_or_insert((verdict, failure));
    }

    /// Returns the next event. Waits for ever where everything has ended: parents may be added between two calls, and a call
    /// can be given up at any time.
    pub async fn next(&mut self) -> EachEvent {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            if let Some(job) = self.begins.take() {
                self.send(job);
            }
            let until = match self.schedule.next(self.began.elapsed()) {
                Turn::Send(job) => {
                    if let Some(event) = self.take_turn(job) {
                        return event;
                    }
                    continue;
                }
                Turn::Wait(until) => Some(self.began + until),
                Turn::Idle => None,
            };
            let held = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                Some(pause) = self.waits.1.recv() => self.pause(pause),
                Some((job, answer)) = self.sent.next(), if !self.sent.is_empty() => {
                    self.schedule.ended();
                    self.answered(job, answer);
                }
                () = held => {}
            }
        }
    }

    /// Sends the next call of a job, or tells first that it begins.
    fn take_turn(&mut self, job: Box<Job>) -> Option<EachEvent> {
        if self.client.is_spent() {
            self.schedule.ended();
            let verdict = Verdict::Stopped(format!("{NOT_SENT} {}", self.client.calls()));
            self.end(*job, Outcome::Failed, verdict.clone(), None);
            self.stop(verdict, None);
            return None;
        }
        if job.began.is_none() {
            let parent = Arc::clone(&job.parent);
            self.begins = Some(job);
            return Some(EachEvent::Begins(parent));
        }
        self.send(job);
        None
    }

    fn send(&mut self, mut job: Box<Job>) {
        job.began.get_or_insert_with(Instant::now);
        job.calls += 1;
        let (client, waits) = (self.client, self.waits.0.clone());
        self.sent.push(Box::pin(async move {
            let notify = move |event| match event {
                // The receiver lives as long as the run.
                Event::Waiting(pause) => drop(waits.send(pause)),
                Event::Sent | Event::Received(..) => {}
            };
            let answer = client.execute(&job.call, &notify).await;
            (job, answer)
        }));
    }

    /// Holds all calls while one waits because there were too many.
    fn pause(&mut self, pause: Pause) {
        if matches!(pause.reason, PauseReason::Status(429)) {
            self.schedule.hold(self.began.elapsed() + pause.wait);
        }
        self.events.push_back(EachEvent::Waits(pause));
    }

    fn answered(&mut self, mut job: Box<Job>, answer: Result<Answer, Failure>) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => return self.failed(job, failure),
        };
        let document = Arc::new(Document::parse(answer.body));
        let envelope = Arc::new(Envelope::read_as(document, self.reading));
        let scan = PageScan::of(&envelope);
        let Some(run) = &mut job.run else {
            return self.answered_once(job, envelope, answer.reply);
        };
        let elapsed = job
            .began
            .map_or_else(Default::default, |began| began.elapsed());
        let page = PageReply {
            envelope: &envelope,
            scan: &scan,
            reply: &answer.reply,
            elapsed,
        };
        let taken = run.take(&job.call, page);
        let page = run.pages();
        if let Some(profile) = taken.proved {
            self.plan.profile = profile.clone();
            let at = answer.reply.received_at.clone();
            self.events
                .push_back(EachEvent::Proved(Box::new(profile), at));
        }
        let outcome = match taken.outcome {
            PageOutcome::Page(_) => {
                self.page(&mut job, page, &envelope, scan.records, answer.reply);
                Outcome::Ended
            }
            PageOutcome::NoPage => Outcome::Failed,
            PageOutcome::Again | PageOutcome::Refuted => Outcome::Ended,
        };
        match taken.step {
            Step::Ask(next) => self.go_on(job, *next),
            Step::Ended(verdict @ Verdict::Complete(_)) => {
                self.end(*job, Outcome::Complete, verdict, None);
            }
            Step::Ended(verdict) => self.end(*job, outcome, verdict, None),
        }
    }

    /// Takes the answer of an operation that answers once.
    fn answered_once(&mut self, mut job: Box<Job>, envelope: Arc<Envelope>, reply: Reply) {
        let words = match (envelope.no_page(), envelope.partial()) {
            (Some(why), _) => {
                // What cannot be read does not tell what was done; an envelope says that it was not.
                let is_told = envelope.shape == Shape::Envelope && reply.whole;
                let outcome = if is_told || Action::of(&job.call.action).only_reads() {
                    Outcome::Failed
                } else {
                    Outcome::Unknown
                };
                return self.end(*job, outcome, Verdict::Incomplete(why), None);
            }
            (None, partial) => partial,
        };
        job.warning = envelope.warning_words();
        let records = envelope.records();
        self.page(&mut job, 1, &envelope, records, reply);
        match words {
            Some(words) => self.end(*job, Outcome::Ended, Verdict::Doubtful(words), None),
            None if Action::of(&job.call.action).is_single() => {
                let evidence = Evidence::Declared("one reply answers it".to_owned());
                self.end(*job, Outcome::Complete, Verdict::Complete(evidence), None);
            }
            // It may change data: a second call is not sent to find out.
            None => {
                let words = "nothing says whether one reply is all of it".to_owned();
                self.end(*job, Outcome::Ended, Verdict::Unproven(words), None);
            }
        }
    }

    fn page(
        &mut self,
        job: &mut Job,
        page: u64,
        envelope: &Arc<Envelope>,
        records: Vec<NodeId>,
        reply: Reply,
    ) {
        job.records += records.len() as u64;
        self.events.push_back(EachEvent::Page {
            parent: Arc::clone(&job.parent),
            page,
            envelope: Arc::clone(envelope),
            records,
            reply,
        });
    }

    fn go_on(&mut self, mut job: Box<Job>, next: Call) {
        job.call = next;
        match &self.stopped {
            None => self.schedule.go_on(job),
            Some((verdict, failure)) => {
                let (verdict, failure) = (verdict.clone(), failure.clone());
                self.end(*job, Outcome::Failed, verdict, failure);
            }
        }
    }

    fn failed(&mut self, mut job: Box<Job>, failure: Failure) {
        // A call that --max-calls has refused was not sent.
        if self.client.is_spent()
            && failure.kind == FailureKind::Refused
            && failure.status.is_none()
        {
            let verdict = Verdict::Stopped(format!("{NOT_SENT} {}", self.client.calls()));
            job.calls = job.calls.saturating_sub(1);
            self.end(*job, Outcome::Failed, verdict.clone(), None);
            return self.stop(verdict, None);
        }
        let step = match &mut job.run {
            Some(run) => run.failed(&failure),
            None => Step::Ended(Verdict::Incomplete(failure.summary.clone())),
        };
        match step {
            Step::Ask(next) => self.go_on(job, *next),
            Step::Ended(verdict) => {
                let outcome = if failure.outcome_unknown {
                    Outcome::Unknown
                } else {
                    Outcome::Failed
                };
                let is_refused = failure.kind == FailureKind::Credentials;
                self.end(*job, outcome, verdict.clone(), Some(failure.clone()));
                // Without credentials no other call can succeed.
                if is_refused {
                    self.stop(verdict, Some(failure));
                }
            }
        }
    }

    fn end(&mut self, job: Job, outcome: Outcome, verdict: Verdict, failure: Option<Failure>) {
        let end = ParentEnd {
            outcome,
            verdict,
            failure,
            pages: job
                .run
                .as_ref()
                .map_or(u64::from(job.records > 0), Run::pages),
            records: job.records,
            calls: job.calls,
            warning: job.run.as_ref().and_then(Run::warning).or(job.warning),
        };
        self.events.push_back(EachEvent::Ended(job.parent, end));
    }
}
