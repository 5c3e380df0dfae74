//! The state and how it changes: no I/O, no clock, nothing of drawing.
//!
//! [`App::update`] takes what has happened and returns what must be done; [`App::perform`] takes
//! what the user asks for. Read [`msg`], [`effect`] and [`command`] first, then [`keys`].

pub mod all_pages;
pub mod arriving;
mod asking;
pub mod attached;
mod can;
pub mod command;
pub mod connectors;
mod copy;
pub mod cursor;
pub mod decoder;
pub mod dialog;
mod dialogs;
pub mod downloads;
pub mod effect;
pub mod fields;
pub mod filtering;
pub mod focus;
pub mod form;
pub mod input;
pub mod keys;
mod leading;
mod lists;
pub mod load;
mod looking;
mod mouse;
mod moving;
pub mod msg;
pub mod notice;
pub mod page;
mod perform;
pub mod picker;
pub mod popup;
mod popup_keys;
pub mod raw;
pub mod reply;
mod results;
mod searching;
mod send;
pub mod spill;
pub mod table;
#[cfg(test)]
mod tests;
pub mod tree;
mod turn;
mod typing;
pub mod view;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::time::Instant;

use crossterm::event::KeyEventKind;

use crate::attachments::Attachment;
use crate::domain::call::Params;
use crate::domain::connector::{Organization, Workspace};
use crate::domain::failure::Failure;
use crate::domain::scrub::Scrubber;
use crate::json::body::Body;
use connectors::Connectors;
use downloads::Downloads;
use effect::Effect;
use focus::{KeyContext, Pane};
use form::Form;
use load::{Load, TaskId, Timed};
use msg::Msg;
use notice::Notice;
use page::PageId;
use popup::Popup;
use reply::ReplyPane;

use crate::paging::Remembered;

/// What the program was started with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Setup {
    /// The workspace whose connectors are listed.
    pub workspace: String,
    /// The service's URL, for curl.
    pub host: String,
    /// The organization's UUID.
    pub organization: Option<String>,
    /// Where replies and downloads go.
    pub folder: PathBuf,
    /// Whether calls that could change data are refused.
    pub read_only: bool,
    /// Whether the service is the sandbox.
    pub sandbox: bool,
    /// The request to fill in.
    pub preset: Option<Preset>,
    /// No more calls than this are sent.
    pub max_calls: Option<u64>,
    /// Pages may take so many bytes of memory; [`spill::PAGE_BUDGET`] unless set.
    pub page_budget: Option<usize>,
    /// Whether what is learned of paging is kept between runs.
    pub keeps_profiles: bool,
    /// The file that is read in place of a service.
    pub file: Option<OpenFile>,
    /// What takes the secrets of the session out of what is copied.
    pub scrubber: Scrubber,
}

/// A file that is read in place of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenFile {
    /// What it is called.
    pub name: String,
    /// Whether it can be read again.
    pub again: bool,
}

/// A request to fill in, not to send.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preset {
    /// The connector's id or name.
    pub connector: String,
    /// The entity.
    pub entity: Option<String>,
    /// The action.
    pub action: Option<String>,
    /// Parameters as typed.
    pub pairs: Vec<(String, String)>,
    /// Parameters as JSON.
    pub params: Params,
}

/// Workspaces and organizations.
pub type WorkspaceList = (Vec<Workspace>, Vec<Organization>);

/// What the last draw measured, in cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The insides of the panes that are seen.
    pub panes: Vec<(Pane, Area)>,
    /// How many lines the popup on top can show, and how many it has.
    pub popup: (usize, usize),
}

/// A part of the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Area {
    /// Its left column.
    pub x: u16,
    /// Its first row.
    pub y: u16,
    /// Its columns.
    pub width: u16,
    /// Its rows.
    pub height: u16,
}

impl Sizes {
    /// Returns the inside of a pane; nothing if it is not seen.
    pub fn pane(&self, pane: Pane) -> Area {
        self.panes
            .iter()
            .find(|(own, _)| *own == pane)
            .map(|(_, area)| *area)
            .unwrap_or_default()
    }
}

/// The state of the screen.
#[derive(Debug, Clone)]
pub struct App {
    /// What the program was started with; workspace and organization may change.
    pub setup: Setup,
    /// The pane that has the keys.
    pub focus: Pane,
    /// Whether that pane is shown alone.
    pub zoomed: bool,
    /// What lies over the panes, last on top.
    pub popups: Vec<Popup>,
    /// The connector list.
    pub connectors: Connectors,
    /// The form.
    pub form: Form,
    /// The forms of other connectors, so that nothing typed is lost by looking elsewhere.
    forms: HashMap<String, Form>,
    /// The reply.
    pub reply: ReplyPane,
    /// Workspaces and organizations, for `W`.
    pub places: Load<WorkspaceList>,
    /// The organization's name, once it is known.
    pub organization: Option<String>,
    /// What has just happened.
    pub notice: Option<Notice>,
    /// The last thing that was said, to be read whole.
    pub said: Option<Notice>,
    /// The last failure, with its details.
    pub failure: Option<Failure>,
    /// The place of a key that waits for its second.
    pub prefix: Option<KeyContext>,
    /// How many operations were sent.
    pub calls: u64,
    /// The same by the connector's name.
    pub calls_by_connector: BTreeMap<String, u64>,
    /// What is known of how operations page: by definition, entity and action.
    remembered: HashMap<(String, String, String), Remembered>,
    /// The pages that are being spilled.
    putting: HashSet<PageId>,
    /// Whether pages have come since the budget was looked at.
    over_budget: bool,
    /// The paths that are being listed.
    paths: Load<()>,
    /// The filters that were kept, the last one last.
    filters: Vec<String>,
    /// The export that runs.
    pub exporting: Load<()>,
    /// The queue of downloads.
    pub downloads: Downloads,
    /// The files that are being looked for.
    looking: Option<attached::Looking>,
    /// The files that a dialog asks about, and their connector.
    chosen: Option<(String, Vec<Attachment>)>,
    /// The time of the last tick.
    pub now: Option<Instant>,
    /// What the last draw measured.
    pub sizes: Sizes,
    /// The save that runs, and the name of the last one, for the question to overwrite.
    saving: Option<(TaskId, PathBuf, Body)>,
    badges: Load<()>,
    preset: Option<Preset>,
    tasks: u64,
}

impl App {
    /// Makes the state of a fresh screen and what must be done first.
    pub fn start(setup: Setup) -> (App, Vec<Effect>) {
        let preset = setup.preset.clone();
        let mut app = App {
            focus: if preset.is_some() {
                Pane::Request
            } else {
                Pane::Connectors
            },
            setup,
            zoomed: false,
            popups: Vec::new(),
            connectors: Connectors::default(),
            form: Form::default(),
            forms: HashMap::new(),
            reply: ReplyPane::default(),
            places: Load::Idle,
            organization: None,
            notice: None,
            said: None,
            failure: None,
            prefix: None,
            calls: 0,
            calls_by_connector: BTreeMap::new(),
            remembered: HashMap::new(),
            putting: HashSet::new(),
            over_budget: false,
            paths: Load::Idle,
            filters: Vec::new(),
            exporting: Load::Idle,
            downloads: Downloads::default(),
            looking: None,
            chosen: None,
            now: None,
            sizes: Sizes::default(),
            saving: None,
            badges: Load::Idle,
            preset,
            tasks: 0,
        };
        let effects = if app.setup.file.is_some() {
            app.focus = Pane::Reply;
            app.zoomed = true;
            app.read_file()
        } else {
            app.load_connectors()
        };
        (app, effects)
    }

    /// Takes what has happened and returns what must be done.
    #[must_use = "what must be done is not done by itself"]
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = match msg {
            Msg::Key(event) if event.kind == KeyEventKind::Release => Vec::new(),
            Msg::Key(event) => {
                self.notice = None;
                self.key(event)
            }
            Msg::Mouse(event) => self.mouse(event),
            Msg::Pasted(text) => self.paste(&text),
            Msg::Resized => Vec::new(),
            Msg::Tick(now) => {
                self.tick(now);
                Vec::new()
            }
            other => self.result(other),
        };
        if self.notice.is_some() {
            self.said.clone_from(&self.notice);
        }
        self.fit();
        effects.extend(self.enforce_memory_budget());
        effects
    }

    /// Takes what the last draw measured. Returns whether that changes what should be seen.
    pub fn measured(&mut self, sizes: Sizes) -> bool {
        let changed = self.sizes != sizes;
        self.sizes = sizes;
        self.fit();
        changed
    }

    /// Returns whether anything runs whose progress is shown, so that time matters.
    pub fn is_busy(&mut self) -> bool {
        let is_loading = self.loads().iter().any(|load| load.is_running());
        is_loading || self.looking.is_some() || self.downloads.queue.counts().running > 0
    }

    /// Returns everything that is loaded and shows for how long: what makes time matter is what a tick is for.
    fn loads(&mut self) -> Vec<&mut dyn Timed> {
        let mut all: Vec<&mut dyn Timed> = vec![
            &mut self.connectors.list,
            &mut self.form.described,
            &mut self.reply.load,
            &mut self.reply.search.running,
            &mut self.exporting,
            &mut self.places,
            &mut self.paths,
        ];
        all.extend(
            self.reply
                .filter
                .as_mut()
                .map(|filter| &mut filter.running as &mut dyn Timed),
        );
        match self.popups.last_mut() {
            Some(Popup::Attachments(view)) => all.push(&mut view.found),
            Some(Popup::Fields(view)) => all.push(&mut view.fields),
            Some(_) | None => {}
        }
        all
    }

    /// Returns the places whose keys hold now, nearest first.
    pub fn key_places(&self) -> Vec<KeyContext> {
        if let Some(prefix) = self.prefix {
            return vec![prefix];
        }
        if !self.popups.is_empty() || self.is_typing() {
            return vec![KeyContext::Always];
        }
        let pane = match self.focus {
            Pane::Connectors => KeyContext::Connectors,
            Pane::Request => KeyContext::Request,
            Pane::Reply => KeyContext::Reply,
        };
        vec![pane, KeyContext::Everywhere, KeyContext::Always]
    }

    /// Returns whether a text field has the keys.
    pub fn is_typing(&self) -> bool {
        self.form.editing.is_some()
            || self.connectors.typing.is_some()
            || self.reply.typing.is_some()
            || self
                .reply
                .filter
                .as_ref()
                .is_some_and(|filter| filter.input.is_some())
    }

    fn next_task(&mut self) -> TaskId {
        self.tasks += 1;
        TaskId(self.tasks)
    }

    fn fail(&mut self, failure: &Failure) {
        self.notice = Some(Notice::failure(failure));
        self.failure = Some(failure.clone());
    }

    fn tick(&mut self, now: Instant) {
        self.now = Some(now);
        self.loads().into_iter().for_each(|load| load.tick(now));
        self.downloads.queue.tick(now);
        if let Some(all) = &mut self.reply.all {
            all.since.get_or_insert(now);
        }
    }

    /// Keeps every selection in its window.
    fn fit(&mut self) {
        let height = |pane| usize::from(self.sizes.pane(pane).height);
        let (connectors, request, reply) = (
            height(Pane::Connectors),
            height(Pane::Request),
            height(Pane::Reply),
        );
        let shown = self.connectors.shown().len();
        self.connectors.cursor.fit(connectors, shown);
        let rows = self.form.rows.len();
        self.form.cursor.fit(request, rows);
        self.fit_reply(reply, usize::from(self.sizes.pane(Pane::Reply).width));
        let entries = self.reply.run.as_ref().map_or(0, |run| run.entries().len());
        let downloads = self.downloads.queue.items().len();
        let (height, length) = self.sizes.popup;
        match self.popups.last_mut() {
            Some(Popup::Picker(picker)) => picker.cursor.fit(height, picker.matches.len()),
            Some(Popup::Text(text)) => text.top = text.top.min(length.saturating_sub(height)),
            Some(Popup::Dialog(dialog)) => dialog.cursor.fit(height, dialog.rows.len()),
            Some(Popup::Ledger(cursor)) => cursor.fit(height, entries),
            Some(Popup::Fields(view)) => {
                let rows = view.len();
                view.cursor.fit(height, rows);
            }
            Some(Popup::DecoderView(decoder)) => decoder.cursor.fit(height, decoder.layers.len()),
            Some(Popup::Attachments(view)) => {
                let rows = view.len();
                view.cursor.fit(height, rows);
            }
            Some(Popup::Downloads(cursor)) => cursor.fit(height, downloads),
            Some(Popup::Confirm(_) | Popup::Prompt(_)) | None => {}
        }
    }
}
