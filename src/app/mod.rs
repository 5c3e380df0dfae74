//! The state and how it changes: no I/O, no clock, nothing of drawing.
//!
//! [`App::update`] takes what has happened and returns what must be done outside; [`App::perform`] takes what the
//! user asks for. The panes do the work: each gets a [`Context`] through which it has effects done and asks the other
//! parts for something. Read [`msg`], [`effect`] and [`command`] first, then [`context`] and [`keymap`].

#![warn(
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants
)]

pub mod command;
pub mod connectors;
pub mod context;
pub mod downloads;
pub mod effect;
pub mod ids;
mod input;
pub mod keymap;
pub mod messages;
mod mouse;
pub mod msg;
pub mod parents;
pub mod popups;
pub mod reply;
pub mod request;
pub mod request_state;
pub mod requests;
pub mod session;
pub mod sizes;
pub mod source;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod widgets;

use std::time::Instant;

use crossterm::event::KeyEventKind;

use crate::domain::call::Call;
use crate::domain::connector::Connector;
use crate::domain::download::DownloadEvent;
use crate::domain::failure::{Failure, FailureCode};
use crate::text;
use command::{Command, CopyCommand, GlobalCommand, Movement, ReplyCommand, RequestCommand};
use connectors::ConnectorsPane;
use context::{Context, Outcome, Reason, Step};
use downloads::Downloads;
use effect::{Effect, LookupEffect, Mouse, ProfileEffect};
use ids::{TaskId, TaskIds};
use messages::Messages;
use msg::{DownloadMsg, EachMsg, FileMsg, LookupMsg, Msg, ProfileMsg, ReplyMsg};
use popups::{Panes, Popup};
use reply::ReplyPane;
use reply::trail::Direction;
use request::RequestPane;
use requests::{Confirm, ConfirmedAction, FormRequest, PopupRequest, Request, SessionRequest};
use session::{NO_SERVICE, Session, Setup};
use sizes::Sizes;
use widgets::focus::{Focus, KeyContext, Pane};
use widgets::load::Timed;
use widgets::notice::Notice;

/// So many pages may be lost by quitting without a question.
const MOST_UNSAVED: u64 = 10;

/// The state of the screen.
#[derive(Debug, Clone)]
pub struct App {
    /// What several panes need to know.
    pub session: Session,
    /// Which pane has the keys.
    pub focus: Focus,
    /// The connector list.
    pub connectors: ConnectorsPane,
    /// The form.
    pub request: RequestPane,
    /// The reply.
    pub reply: ReplyPane,
    /// The downloads.
    pub downloads: Downloads,
    /// What is over the panes, the last one on top.
    pub popups: Vec<Popup>,
    /// What was said.
    pub messages: Messages,
    /// What the last draw measured.
    pub sizes: Sizes,
    tasks: TaskIds,
}

/// Lets a part of the state act with a context, and does what came of it.
macro_rules! act {
    ($app:ident, |$context:ident| $action:expr) => {{
        let mut $context = Context::new(&$app.session, &mut $app.tasks);
        $action;
        let outcome = $context.finish();
        $app.settle(outcome)
    }};
}
use act;

/// Lets the popup on top act with a context and the panes to read, and does what came of it.
macro_rules! act_in_popup {
    ($app:ident, |$popup:ident, $context:ident, $panes:ident| $action:expr) => {{
        let contexts = $app.pane_contexts();
        let $panes = &Panes {
            connectors: &$app.connectors,
            request: &$app.request,
            reply: &$app.reply,
            downloads: &$app.downloads,
            focus: $app.focus.pane,
            contexts: &contexts,
            messages: ($app.messages.last.as_ref(), $app.messages.failure.as_ref()),
        };
        let mut $context = Context::new(&$app.session, &mut $app.tasks);
        if let Some($popup) = $app.popups.last_mut().map(Popup::state_mut) {
            $action;
        }
        let outcome = $context.finish();
        $app.settle(outcome)
    }};
}
use act_in_popup;

impl App {
    /// Makes the state of a fresh screen, and what must be done first.
    pub fn start(setup: Setup) -> (App, Vec<Effect>) {
        let focus = match (&setup.file, &setup.preset) {
            (Some(_), _) => Focus {
                zoomed: true,
                ..Focus::on(Pane::Reply)
            },
            (None, Some(_)) => Focus::on(Pane::Request),
            (None, None) => Focus::on(Pane::Connectors),
        };
        let mut app = App {
            focus,
            connectors: ConnectorsPane::default(),
            request: RequestPane::new(setup.preset.clone()),
            reply: ReplyPane::default(),
            downloads: Downloads::default(),
            popups: Vec::new(),
            messages: Messages::default(),
            sizes: Sizes::default(),
            tasks: TaskIds::default(),
            session: Session {
                setup,
                ..Session::default()
            },
        };
        let effects = if app.session.is_file() {
            act!(app, |context| app.reply.read_file(&mut context))
        } else {
            act!(app, |context| {
                app.request.fill_from_catalog(&mut context);
                app.connectors.load(&mut context);
                app.downloads.look_for_unfinished(&mut context);
            })
        };
        (app, effects)
    }

    /// Takes what has happened and returns what must be done outside.
    #[must_use = "what must be done is not done by itself"]
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let reply_height = usize::from(self.sizes.pane(Pane::Reply).height);
        let mut effects = match msg {
            Msg::Key(event) if event.kind == KeyEventKind::Release => Vec::new(),
            Msg::Key(event) => {
                self.messages.notice = None;
                self.key(event)
            }
            Msg::Mouse(event) => self.mouse(event),
            Msg::Pasted(text) => self.paste(&text),
            Msg::Resized => Vec::new(),
            Msg::Tick(now) => {
                self.tick(now);
                Vec::new()
            }
            Msg::Lookup(msg) => self.lookup_msg(msg),
            Msg::Profile(msg) => {
                self.profile_msg(msg);
                Vec::new()
            }
            Msg::Reply(msg) => self.reply_msg(msg),
            Msg::Each(msg) => self.each_msg(msg),
            Msg::Document(msg) => {
                for popup in &mut self.popups {
                    popup.state_mut().document_msg(&msg);
                }
                act!(self, |context| self.reply.document_msg(msg, &mut context))
            }
            Msg::Spill(msg) => act!(self, |context| {
                self.reply.spill_msg(msg, reply_height, &mut context)
            }),
            Msg::File(msg) => act!(self, |context| match msg {
                FileMsg::Saved { task, result } => self.reply.saved(task, result, &mut context),
                FileMsg::Exported { task, result } => {
                    self.reply.exported_to(task, result, &mut context)
                }
            }),
            Msg::Download(msg) => self.download_msg(msg),
            Msg::Copied { what, result } => {
                act!(self, |context| match result {
                    Ok(how) => context.notify(Notice::done(format!("Copied {what}: {how}"))),
                    Err(failure) => context.fail(&failure),
                })
            }
            Msg::Opened { result } => act!(self, |context| match result {
                Ok(what) => {
                    let what = text::safe(&what);
                    context.notify(Notice::done(format!("Opened `{what}`")));
                }
                Err(failure) => context.fail(&failure),
            }),
            Msg::EditedText { result } => act!(self, |context| {
                self.request.edited_outside(result, &mut context)
            }),
            Msg::CameBack { result } => act!(self, |context| match result {
                Ok(program) => context.info(format!(
                    "Back from `{}`; changes made there are not kept",
                    text::safe(&program)
                )),
                Err(failure) => context.fail(&failure),
            }),
        };
        self.refresh_popups();
        self.fit();
        let height = reply_height;
        effects.extend(act!(self, |context| {
            self.reply.enforce_memory_budget(height, &mut context)
        }));
        effects
    }

    /// Takes what the last draw measured. Returns whether that changes what should be seen.
    pub fn measured(&mut self, sizes: Sizes) -> bool {
        let changed = self.sizes != sizes;
        self.session.popup_height = sizes.popup.0;
        self.sizes = sizes;
        self.fit();
        changed
    }

    /// Returns whether anything runs whose progress is shown, so that time matters.
    pub fn is_busy(&mut self) -> bool {
        let is_loading = self.loads().iter().any(|load| load.running().is_some());
        is_loading || self.reply.attachments.is_some() || self.downloads.queue.counts().running > 0
    }

    /// Returns everything that is loaded and shows for how long: [`App::is_busy`] and ticks are about the same.
    fn loads(&mut self) -> Vec<&mut dyn Timed> {
        let mut all: Vec<&mut dyn Timed> = vec![
            &mut self.connectors.load,
            &mut self.request.form.described,
            &mut self.reply.load,
            &mut self.reply.search.running,
            &mut self.reply.exporting,
        ];
        if let Some(filter) = &mut self.reply.filter {
            all.push(&mut filter.running);
        }
        all.extend(self.reply.names.load().map(|load| load as &mut dyn Timed));
        let popups = self.popups.iter_mut();
        all.extend(popups.flat_map(|popup| popup.state_mut().loads()));
        all
    }

    fn tick(&mut self, now: Instant) {
        self.session.now = Some(now);
        self.loads().into_iter().for_each(|load| load.tick(now));
        self.downloads.queue.tick(now);
        if let Some(fetching) = &mut self.reply.fetching {
            fetching.since.get_or_insert(now);
        }
    }

    /// Returns the contexts of the keys that hold in the pane, the nearest first.
    fn pane_contexts(&self) -> Vec<KeyContext> {
        let pane = self.focus.pane.key_context();
        vec![pane, KeyContext::Everywhere, KeyContext::Always]
    }

    /// Returns the contexts of the keys that hold now, the nearest first.
    pub fn key_contexts(&self) -> Vec<KeyContext> {
        match self.focus.prefix {
            Some(prefix) => vec![prefix],
            None if !self.popups.is_empty() || self.is_typing() => vec![KeyContext::Always],
            None => self.pane_contexts(),
        }
    }

    /// Returns whether a text field has the keys.
    pub fn is_typing(&self) -> bool {
        self.request.form.editing.is_some()
            || self.connectors.typing.is_some()
            || self.reply.typing.is_some()
            || self.reply.is_filtering()
    }

    /// Returns the panes to read; `contexts` are those of [`App::key_contexts`].
    pub fn panes<'a>(&'a self, contexts: &'a [KeyContext]) -> Panes<'a> {
        Panes {
            connectors: &self.connectors,
            request: &self.request,
            reply: &self.reply,
            downloads: &self.downloads,
            focus: self.focus.pane,
            contexts,
            messages: (self.messages.last.as_ref(), self.messages.failure.as_ref()),
        }
    }

    /// Does what came of an event, in order: effects are returned, requests are fulfilled.
    fn settle(&mut self, outcome: Outcome) -> Vec<Effect> {
        if let Some(failure) = outcome.failure {
            self.messages.failure = Some(failure);
        }
        if let Some(notice) = outcome.notice {
            self.messages.show(notice);
        }
        self.session.chosen = self.request.chosen();
        let mut effects = Vec::new();
        for step in outcome.steps {
            match step {
                Step::Effect(effect) => effects.push(effect),
                Step::Request(request) => effects.extend(self.fulfil(request)),
            }
        }
        effects
    }

    fn fulfil(&mut self, request: Request) -> Vec<Effect> {
        match request {
            Request::Perform(command) => return self.perform(command),
            Request::Focus(pane) => self.focus.pane = pane,
            Request::Open(popup) => return self.open(popup),
            Request::Close => return self.close_popup(),
            Request::CloseAll => {
                let mut effects = Vec::new();
                while !self.popups.is_empty() {
                    effects.extend(self.close_popup());
                }
                return effects;
            }
            Request::CloseDownload => return self.close_download(),
            Request::Confirmed(action) => {
                self.note_form();
                return act!(self, |context| self.reply.confirmed(action, &mut context));
            }
            Request::Session(request) => return self.session_request(request),
            Request::Form(request) => return self.form_request(request),
            Request::Reply(request) => {
                self.note_form();
                return act!(self, |context| self.reply.handle(request, &mut context));
            }
            Request::Downloads(request) => {
                return act!(self, |context| self.downloads.handle(request, &mut context));
            }
        }
        Vec::new()
    }

    /// Tells the trail what stands in the form.
    fn note_form(&mut self) {
        self.reply.trail.form = self.request.state();
    }

    /// Changes the form. Where that leads to another request, one can go back to the one before.
    fn form_request(&mut self, request: FormRequest) -> Vec<Effect> {
        let before = self.request.state().filter(|_| request.is_step());
        let is_step = request.is_step();
        let mut context = Context::new(&self.session, &mut self.tasks);
        self.request.handle(request, &mut context);
        let outcome = context.finish();
        let after = self.request.state();
        let is_same = match (&before, &after) {
            (Some(before), Some(after)) => before.asks_the_same(after),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_step && !is_same {
            self.reply.leave(before);
        }
        self.settle(outcome)
    }

    fn session_request(&mut self, request: SessionRequest) -> Vec<Effect> {
        match request {
            SessionRequest::Select(id) => self.connectors.select(&id, &self.session),
            SessionRequest::FilterConnectors(filter) => {
                self.connectors.set_filter(filter, &self.session);
            }
            SessionRequest::UseWorkspace(name) => {
                self.session.setup.workspace = name;
                return self.start_over();
            }
            SessionRequest::UseOrganization(id, name) => {
                let notice = Notice::info(format!("Organization {}", text::safe(&name)));
                self.messages.show(notice);
                self.session.setup.organization = Some(id.clone());
                self.session.organization = Some(name);
                let mut effects = vec![Effect::Lookup(LookupEffect::UseOrganization(id))];
                effects.extend(self.start_over());
                return effects;
            }
            SessionRequest::AllowCalls(most) => {
                self.session.setup.max_calls = Some(most);
                return vec![Effect::AllowCalls(most)];
            }
            SessionRequest::Remember(call, remembered) => {
                let definition_id = self.session.definition_of(&call);
                let profiles = &mut self.session.profiles;
                profiles.set(&definition_id, &call, (*remembered).clone());
                if self.session.setup.keeps_profiles && !definition_id.is_empty() {
                    return vec![Effect::Profile(ProfileEffect::Store {
                        definition_id,
                        entity: call.entity,
                        action: call.action,
                        remembered,
                    })];
                }
            }
        }
        Vec::new()
    }

    /// Begins with another workspace. Replies stay to be read.
    fn start_over(&mut self) -> Vec<Effect> {
        self.session.connectors.clear();
        self.focus.pane = Pane::Connectors;
        act!(self, |context| {
            self.request.start_over(&mut context);
            self.connectors.start_over(&mut context);
        })
    }

    fn open(&mut self, popup: PopupRequest) -> Vec<Effect> {
        let contexts = self.pane_contexts();
        let panes = Panes {
            connectors: &self.connectors,
            request: &self.request,
            reply: &self.reply,
            downloads: &self.downloads,
            focus: self.focus.pane,
            contexts: &contexts,
            messages: (self.messages.last.as_ref(), self.messages.failure.as_ref()),
        };
        let mut context = Context::new(&self.session, &mut self.tasks);
        let opened = popups::open::open(popup, &mut context, &panes);
        let outcome = context.finish();
        self.popups.extend(opened);
        self.settle(outcome)
    }

    /// Closes the popup on top; what it loads is cancelled.
    fn close_popup(&mut self) -> Vec<Effect> {
        match self.popups.pop() {
            Some(popup) => self.drop_popup(popup),
            None => Vec::new(),
        }
    }

    /// Closes the dialogs of downloads. The list of attachments that one was opened from stays, and so does a question that
    /// was asked meanwhile: its call waits for the answer.
    fn close_download(&mut self) -> Vec<Effect> {
        let is_for_download = |popup: &Popup| matches!(popup, Popup::Download(_));
        let popups = std::mem::take(&mut self.popups);
        let (closed, open): (Vec<_>, Vec<_>) = popups.into_iter().partition(is_for_download);
        self.popups = open;
        let closed = closed.into_iter();
        closed.flat_map(|popup| self.drop_popup(popup)).collect()
    }

    /// Returns the cancelling of what a popup loads.
    fn drop_popup(&mut self, mut popup: Popup) -> Vec<Effect> {
        let loads = popup.state_mut().loads();
        let tasks: Vec<TaskId> = loads.iter().filter_map(|load| load.running()).collect();
        for task in &tasks {
            self.reply.drop_attachment_search(*task);
        }
        tasks.into_iter().map(Effect::Cancel).collect()
    }

    fn refresh_popups(&mut self) {
        let contexts = self.pane_contexts();
        let panes = Panes {
            connectors: &self.connectors,
            request: &self.request,
            reply: &self.reply,
            downloads: &self.downloads,
            focus: self.focus.pane,
            contexts: &contexts,
            messages: (self.messages.last.as_ref(), self.messages.failure.as_ref()),
        };
        self.popups.retain(|popup| !popup.state().is_stale(&panes));
        for popup in &mut self.popups {
            popup.state_mut().refresh(&self.session, &panes);
        }
    }

    /// Takes the list of connectors, and does what waited for it.
    fn connectors_loaded(
        &mut self,
        task: TaskId,
        result: Result<Vec<Connector>, Failure>,
    ) -> Vec<Effect> {
        if self.connectors.load.task() != Some(task) {
            return Vec::new();
        }
        self.stop_saying_what_waits();
        let result = result.map(|connectors| self.session.connectors = connectors);
        let mut effects = act!(self, |context| {
            match &result {
                Ok(()) => self.request.fill_preset(&mut context),
                Err(failure) => {
                    context.fail(failure);
                    // The one thing that helps is to choose an organization.
                    if failure.code == Some(FailureCode::OrganizationNotChosen) {
                        context.open(PopupRequest::Workspaces);
                    }
                }
            }
            self.connectors.loaded(task, result, &mut context);
        });
        effects.extend(self.perform_kept());
        // A call is not to wait for a connection that is used to describe and inspect.
        effects.sort_by_key(|effect| !effect.is_call());
        effects
    }

    fn lookup_msg(&mut self, msg: LookupMsg) -> Vec<Effect> {
        match msg {
            LookupMsg::Connectors { task, result } => self.connectors_loaded(task, result),
            LookupMsg::StoreStates {
                task,
                states,
                organization,
            } => {
                if self.connectors.store_states_loaded(task) {
                    self.session.set_store_states(&states);
                    let known = self.session.organization.take();
                    self.session.organization = organization.or(known);
                }
                Vec::new()
            }
            LookupMsg::Described { task, result } => {
                act!(self, |context| {
                    self.request.described(task, result, &mut context)
                })
            }
            LookupMsg::Inspected { task, result } => {
                for popup in &mut self.popups {
                    popup.state_mut().inspected(task, &result);
                }
                self.request.inspected(task, result);
                Vec::new()
            }
            LookupMsg::Workspaces { task, result } => {
                let result = result.map(|lists| self.session.workspaces = Some(lists));
                let session = &self.session;
                let at = self.popups.iter_mut().position(|popup| {
                    let result = result.clone();
                    popup.state_mut().workspaces_loaded(task, result, session)
                });
                if let (Some(at), Err(failure)) = (at, &result) {
                    self.popups.remove(at);
                    return act!(self, |context| context.fail(failure));
                }
                Vec::new()
            }
        }
    }

    fn profile_msg(&mut self, msg: ProfileMsg) {
        match msg {
            ProfileMsg::Loaded {
                definition_id,
                profiles,
            } => self.session.profiles.add_stored(&definition_id, profiles),
            ProfileMsg::Stored => {}
        }
    }

    fn reply_msg(&mut self, msg: ReplyMsg) -> Vec<Effect> {
        if let ReplyMsg::Sent { task } = &msg {
            self.count_call(*task);
        }
        act!(self, |context| self.reply.reply_msg(msg, &mut context))
    }

    fn each_msg(&mut self, msg: EachMsg) -> Vec<Effect> {
        if let EachMsg::Sent { task, calls, .. } = &msg {
            (0..*calls).for_each(|_| self.count_call(*task));
        }
        act!(self, |context| self.reply.each_msg(msg, &mut context))
    }

    /// Counts a call for the connector of the task that sent it.
    fn count_call(&mut self, task: TaskId) {
        let waiting = self.reply.waiting.as_ref();
        let waiting = waiting.filter(|_| self.reply.load.task() == Some(task));
        let call = match self.downloads.item(task) {
            Some(item) => Some(&item.wanted.call),
            None => waiting
                .and_then(reply::Waiting::call)
                .or_else(|| self.reply.names_call(task)),
        };
        let connector_id = call.map(|call| call.connector_id.clone());
        self.session.count_call(connector_id.as_deref());
    }

    fn download_msg(&mut self, msg: DownloadMsg) -> Vec<Effect> {
        match msg {
            DownloadMsg::Event { task, event } => {
                if event == DownloadEvent::Sent {
                    self.count_call(task);
                }
                act!(self, |context| {
                    if !self.downloads.event(task, &event, &mut context) {
                        self.reply.download_event(task, event, &mut context);
                    }
                })
            }
            DownloadMsg::Finished { task, result } => act!(self, |context| {
                let of_queue = self.reply.download_finished(task, result, &mut context);
                if let Some(result) = of_queue {
                    self.downloads.finished(task, result, &mut context);
                }
            }),
            DownloadMsg::Unfinished { task, result } => act!(self, |context| {
                self.downloads.unfinished_loaded(task, result, &mut context)
            }),
            DownloadMsg::StatusRecorded { result } => act!(self, |context| {
                if let Err(failure) = result {
                    context.fail(&failure);
                }
            }),
        }
    }

    /// Returns whether a command would do something now; if not, why not.
    pub fn can(&self, command: Command) -> Result<(), Reason> {
        match command {
            Command::Global(command) => self.can_global(command),
            Command::Move(_) => Ok(()),
            Command::Connectors(command) => self.connectors.can(command, &self.session),
            Command::Request(command) => self.request.can(command, &self.session),
            // Without a reply it is the download in the form.
            Command::Reply(ReplyCommand::Download) if self.reply.page().is_none() => {
                let download = RequestCommand::Download;
                self.reply.can(ReplyCommand::Download, &self.session)?;
                self.request.can(download, &self.session)
            }
            Command::Reply(command) => self.reply.can(command, &self.session),
            Command::View(command) => self.reply.can_view(command),
            Command::Copy(CopyCommand::Request(_)) => self.can_copy_request(),
            Command::Copy(command) => self.reply.can_copy(command),
        }
    }

    fn can_copy_request(&self) -> Result<(), Reason> {
        if self.session.is_file() {
            return Err(NO_SERVICE.into());
        }
        if self.reply.filtered().is_some() {
            return Err("This is the result of a filter: Esc goes back".into());
        }
        match self.call_of_reply() {
            Some(_) => Ok(()),
            None => self.request.can_send(),
        }
    }

    /// Returns the call of the reply if that has the keys.
    fn call_of_reply(&self) -> Option<&Call> {
        self.reply.call().filter(|_| self.focus.pane == Pane::Reply)
    }

    /// Returns the call that one looks at: that of the reply if it has the keys, else that of the form.
    fn own_call(&self) -> Option<Call> {
        let of_reply = self.call_of_reply().cloned();
        of_reply.or_else(|| self.request.form.call())
    }

    fn can_global(&self, command: GlobalCommand) -> Result<(), Reason> {
        if let Some(file) = &self.session.setup.file {
            match command {
                GlobalCommand::Send | GlobalCommand::Reload if !file.again => {
                    return Err(file.once().into());
                }
                GlobalCommand::Send => return Ok(()),
                GlobalCommand::NextPane
                | GlobalCommand::PreviousPane
                | GlobalCommand::Focus(Pane::Connectors | Pane::Request)
                | GlobalCommand::Zoom
                | GlobalCommand::PreviousRequest
                | GlobalCommand::NextRequest
                | GlobalCommand::Workspaces
                | GlobalCommand::Ledger
                | GlobalCommand::Calls
                | GlobalCommand::Downloads => return Err(NO_SERVICE.into()),
                GlobalCommand::Back
                | GlobalCommand::QuitNow
                | GlobalCommand::Suspend
                | GlobalCommand::Repaint
                | GlobalCommand::ToggleMouse
                | GlobalCommand::Quit
                | GlobalCommand::Focus(Pane::Reply)
                | GlobalCommand::Help
                | GlobalCommand::Palette
                | GlobalCommand::Reload
                | GlobalCommand::Menu
                | GlobalCommand::ShowMessage => {}
            }
        }
        match command {
            GlobalCommand::Send => self.request.can_send(),
            GlobalCommand::PreviousRequest => self.reply.can_go(Direction::Back),
            GlobalCommand::NextRequest => self.reply.can_go(Direction::Forward),
            GlobalCommand::Reload if self.focus.pane == Pane::Reply => {
                self.reply.can_reload(&self.session)
            }
            GlobalCommand::Ledger if self.reply.each.is_some() => Ok(()),
            GlobalCommand::Ledger if self.reply.page().is_none() => {
                Err("There is no reply yet: F5 sends the request".into())
            }
            GlobalCommand::Ledger if self.reply.run.is_none() => {
                Err("There are no pages yet: F5 sends the request".into())
            }
            GlobalCommand::Calls if self.session.calls.by_connector.is_empty() => {
                Err("No call was made yet".into())
            }
            GlobalCommand::ShowMessage if self.messages.last.is_none() => {
                Err("Nothing was said yet".into())
            }
            GlobalCommand::Back
            | GlobalCommand::QuitNow
            | GlobalCommand::Suspend
            | GlobalCommand::Repaint
            | GlobalCommand::ToggleMouse
            | GlobalCommand::Quit
            | GlobalCommand::NextPane
            | GlobalCommand::PreviousPane
            | GlobalCommand::Focus(_)
            | GlobalCommand::Zoom
            | GlobalCommand::Help
            | GlobalCommand::Palette
            | GlobalCommand::Workspaces
            | GlobalCommand::Reload
            | GlobalCommand::Downloads
            | GlobalCommand::Menu
            | GlobalCommand::Ledger
            | GlobalCommand::Calls
            | GlobalCommand::ShowMessage => Ok(()),
        }
    }

    /// Does what the user asks for, or says why not.
    #[must_use = "what must be done is not done by itself"]
    pub fn perform(&mut self, command: Command) -> Vec<Effect> {
        if let Err(reason) = self.can(command) {
            if !self.keep(command) {
                self.messages.show(Notice::info(reason));
            }
            return Vec::new();
        }
        match command {
            Command::Global(command) => self.perform_global(command),
            Command::Move(movement) => {
                self.move_cursor(movement);
                Vec::new()
            }
            Command::Connectors(command) => {
                act!(self, |context| {
                    self.connectors.perform(command, &mut context)
                })
            }
            Command::Request(command) => {
                act!(self, |context| self.request.perform(command, &mut context))
            }
            Command::Reply(command) => {
                act!(self, |context| {
                    self.focus.prefix = self.reply.perform(command, &mut context)
                })
            }
            Command::View(command) => {
                act!(self, |context| {
                    self.focus.prefix = self.reply.perform_view(command, &mut context)
                })
            }
            Command::Copy(CopyCommand::Request(what)) => {
                let call = self.own_call();
                act!(self, |context| {
                    if let Some(call) = call {
                        reply::copy::copy_request(&call, what, &mut context);
                    }
                })
            }
            Command::Copy(command) => {
                act!(self, |context| self.reply.copy(command, &mut context))
            }
        }
    }

    fn perform_global(&mut self, command: GlobalCommand) -> Vec<Effect> {
        let open = match command {
            GlobalCommand::Send if self.session.is_file() => {
                return act!(self, |context| self.reply.read_file(&mut context));
            }
            GlobalCommand::Send => {
                return act!(self, |context| self.request.send(&mut context));
            }
            GlobalCommand::Back => return self.back(),
            GlobalCommand::PreviousRequest => return self.go(Direction::Back),
            GlobalCommand::NextRequest => return self.go(Direction::Forward),
            GlobalCommand::QuitNow => return vec![Effect::Quit(130)],
            GlobalCommand::Suspend => return vec![Effect::Suspend],
            GlobalCommand::Repaint => return vec![Effect::Repaint],
            GlobalCommand::ToggleMouse => return self.toggle_mouse(),
            GlobalCommand::Quit => return self.quit(),
            GlobalCommand::Reload => return self.reload(),
            GlobalCommand::NextPane => return self.focus_on(self.focus.pane.next()),
            GlobalCommand::PreviousPane => return self.focus_on(self.focus.pane.previous()),
            GlobalCommand::Focus(pane) => return self.focus_on(pane),
            GlobalCommand::Zoom => {
                self.focus.zoomed = !self.focus.zoomed;
                return Vec::new();
            }
            GlobalCommand::Help => PopupRequest::Help,
            GlobalCommand::Palette => PopupRequest::Palette,
            GlobalCommand::Workspaces => PopupRequest::Workspaces,
            GlobalCommand::Downloads => PopupRequest::Downloads,
            GlobalCommand::Menu => self.menu(),
            GlobalCommand::Ledger => PopupRequest::Ledger,
            GlobalCommand::Calls => PopupRequest::Calls,
            GlobalCommand::ShowMessage => PopupRequest::Message,
        };
        self.open(open)
    }

    fn go(&mut self, direction: Direction) -> Vec<Effect> {
        self.note_form();
        act!(self, |context| self.reply.go(direction, &mut context))
    }

    fn toggle_mouse(&mut self) -> Vec<Effect> {
        let (mouse, words) = match self.session.setup.mouse {
            Mouse::Taken => (
                Mouse::Left,
                "The mouse is the terminal's: it selects text. The same command takes it back",
            ),
            Mouse::Left => (Mouse::Taken, "The mouse scrolls, selects and opens"),
        };
        self.session.setup.mouse = mouse;
        self.messages.show(Notice::done(words));
        vec![Effect::Mouse(mouse)]
    }

    fn menu(&self) -> PopupRequest {
        let contexts = self.pane_contexts();
        let is_possible = |command| self.can(command).is_ok();
        let panes = self.panes(&contexts);
        PopupRequest::Choices(popups::actions::menu(&self.session, &panes, &is_possible))
    }

    fn focus_on(&mut self, pane: Pane) -> Vec<Effect> {
        self.focus.pane = pane;
        Vec::new()
    }

    fn move_cursor(&mut self, movement: Movement) {
        let height = usize::from(self.sizes.pane(self.focus.pane).height);
        match self.focus.pane {
            Pane::Connectors => self.connectors.move_cursor(movement, height),
            Pane::Request => self.request.move_cursor(movement, height),
            Pane::Reply => self.reply.move_cursor(movement, height),
        }
    }

    fn reload(&mut self) -> Vec<Effect> {
        if self.session.is_file() {
            return act!(self, |context| self.reply.read_file(&mut context));
        }
        act!(self, |context| match self.focus.pane {
            Pane::Connectors => self.connectors.load(&mut context),
            Pane::Request => self.request.reload(&mut context),
            Pane::Reply => self.reply.reload(&mut context),
        })
    }

    /// Cancels what runs, else takes one step back.
    fn back(&mut self) -> Vec<Effect> {
        if !self.connectors.kept.is_empty() {
            self.connectors.kept.clear();
            self.messages
                .show(Notice::info("Forgotten: nothing waits for the connectors"));
            return Vec::new();
        }
        if self.reply.load.task().is_some() {
            return act!(self, |context| self.reply.stop(&mut context));
        }
        if self.reply.is_fetching_names() {
            return act!(self, |context| self.reply.stop_fetching_names(&mut context));
        }
        if self.focus.pane == Pane::Connectors && !self.connectors.filter.is_empty() {
            self.connectors.set_filter(String::new(), &self.session);
            return Vec::new();
        }
        if self.focus.pane == Pane::Reply {
            let was_taken;
            self.note_form();
            let effects = act!(self, |context| {
                was_taken = self.reply.back(&mut context)
            });
            if was_taken {
                return effects;
            }
        }
        if self.session.is_file() {
            let notice = Notice::info("There is nothing to go back to: q quits");
            self.messages.show(notice);
        } else if self.focus.zoomed {
            self.focus.zoomed = false;
        } else {
            self.focus.pane = match self.focus.pane {
                Pane::Reply => Pane::Request,
                Pane::Request | Pane::Connectors => Pane::Connectors,
            };
        }
        Vec::new()
    }

    fn quit(&mut self) -> Vec<Effect> {
        if let Some(question) = self.downloads.question_to_quit() {
            return self.open(question);
        }
        let unsaved = self.unsaved_words();
        let (question, body) = match (self.reply.is_working(), unsaved) {
            (false, None) => return vec![Effect::Quit(0)],
            (false, Some(unsaved)) => (
                format!("{unsaved}. Quit all the same?"),
                "E exports them, s saves the page that is shown.".to_owned(),
            ),
            (true, unsaved) => (
                "A call is running. Quit all the same?".to_owned(),
                unsaved.unwrap_or_default(),
            ),
        };
        self.open(PopupRequest::Confirm(Confirm {
            question,
            body,
            action: ConfirmedAction::Quit,
        }))
    }

    /// Says how many pages would be lost by quitting, where fetching them again would take more than a few calls.
    fn unsaved_words(&self) -> Option<String> {
        let pages = self.reply.unsaved_pages();
        let matters = pages > MOST_UNSAVED && self.session.is_billed();
        matters.then(|| {
            format!(
                "{} pages were neither saved nor exported",
                text::count(pages)
            )
        })
    }

    /// Keeps every selection in its window.
    fn fit(&mut self) {
        let area = |pane| self.sizes.pane(pane);
        let height = |pane| usize::from(area(pane).height);
        let reply = area(Pane::Reply);
        self.connectors.fit(height(Pane::Connectors));
        if self.sizes.folded != Some(Pane::Request) {
            self.request.fit(height(Pane::Request));
        }
        self.reply
            .fit(usize::from(reply.width), usize::from(reply.height));
        let (height, length) = self.sizes.popup;
        let contexts = self.pane_contexts();
        let panes = Panes {
            connectors: &self.connectors,
            request: &self.request,
            reply: &self.reply,
            downloads: &self.downloads,
            focus: self.focus.pane,
            contexts: &contexts,
            messages: (self.messages.last.as_ref(), self.messages.failure.as_ref()),
        };
        if let Some(popup) = self.popups.last_mut() {
            popup.state_mut().fit(height, length, &panes);
        }
    }
}
