//! What a pane may use while it handles an event: the session to read, and a list of what is to be done.

use std::borrow::Cow;

use super::effect::Effect;
use super::ids::{PageId, TaskId, TaskIds};
use super::requests::{PopupRequest, Request, TextRequest};
use super::session::Session;
use super::widgets::load::Load;
use super::widgets::notice::Notice;
use crate::domain::failure::Failure;

/// Why a command does nothing now.
pub type Reason = Cow<'static, str>;

/// What a pane may use while it handles an event.
pub struct Context<'a> {
    /// What several panes need to know.
    pub session: &'a Session,
    tasks: &'a mut TaskIds,
    outcome: Outcome,
}

/// What came of an event, in the order in which it is to be done.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What is to be done outside, and by other parts of the state.
    pub steps: Vec<Step>,
    /// What the status line says now.
    pub notice: Option<Notice>,
    /// What failed, to be read with its details.
    pub failure: Option<Failure>,
}

/// Something that is to be done.
#[derive(Debug)]
pub enum Step {
    /// Outside of the state.
    Effect(Effect),
    /// By another part of the state.
    Request(Request),
}

impl<'a> Context<'a> {
    /// Begins the handling of an event.
    pub fn new(session: &'a Session, tasks: &'a mut TaskIds) -> Context<'a> {
        Context {
            session,
            tasks,
            outcome: Outcome::default(),
        }
    }

    /// Returns what came of the event.
    pub fn finish(self) -> Outcome {
        self.outcome
    }

    /// Returns the id of a new task.
    pub fn next_task(&mut self) -> TaskId {
        self.tasks.next_task()
    }

    /// Returns the id of a new page.
    pub fn next_page(&mut self) -> PageId {
        self.tasks.next_page()
    }

    /// Has something done outside.
    pub fn effect(&mut self, effect: Effect) {
        self.outcome.steps.push(Step::Effect(effect));
    }

    /// Asks another part of the state for something.
    pub fn request(&mut self, request: Request) {
        self.outcome.steps.push(Step::Request(request));
    }

    /// Opens a popup.
    pub fn open(&mut self, popup: PopupRequest) {
        self.request(Request::Open(popup));
    }

    /// Opens a text to read.
    pub fn open_text(&mut self, text: TextRequest) {
        self.open(PopupRequest::Text(text));
    }

    /// Starts loading: what runs is cancelled. Returns the task.
    pub fn start<T>(&mut self, load: &mut Load<T>) -> TaskId {
        self.cancel(load);
        let task = self.next_task();
        load.start(task);
        task
    }

    /// Cancels what runs; what was loaded before stays.
    pub fn cancel<T>(&mut self, load: &mut Load<T>) {
        if let Some(task) = load.cancel() {
            self.effect(Effect::Cancel(task));
        }
    }

    /// Shows a notice in the status line.
    pub fn notify(&mut self, notice: Notice) {
        self.outcome.notice = Some(notice);
    }

    /// Shows something to know.
    pub fn info(&mut self, text: impl Into<String>) {
        self.notify(Notice::info(text));
    }

    /// Shows a failure, and keeps its details.
    pub fn fail(&mut self, failure: &Failure) {
        self.notify(Notice::failure(failure));
        self.keep_failure(failure);
    }

    /// Keeps a failure and its details without a notice.
    pub fn keep_failure(&mut self, failure: &Failure) {
        self.outcome.failure = Some(failure.clone());
    }
}
