//! The reply: its pages, its tabs, what comes next.

use std::sync::Arc;

use bytes::Bytes;

use super::input::Input;
use super::load::{Load, TaskId};
use super::tree::Tree;
use crate::domain::call::{Call, JsonText};
use crate::domain::operation::Operation;
use crate::domain::reply::{Pause, Reply};
use crate::domain::transfer::{Progress, SavedFile};
use crate::envelope::{Envelope, Records, Shape};
use crate::json::document::{Document, NodeId};
use crate::paging::{Limits, Next, Profile, Run, Step, Verdict, next};

/// A reply that came, with its parts found.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Status, type, times.
    pub reply: Reply,
    /// The document and its parts.
    pub envelope: Envelope,
}

/// The tabs of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// The result, or the whole body where there is no envelope.
    Result,
    /// Everything but the result: metadata, times, warning.
    Metadata,
    /// The body as it came.
    Body,
    /// The request as it was sent.
    Request,
}

impl Tab {
    /// The tabs in their order.
    pub const ALL: [Tab; 4] = [Tab::Result, Tab::Metadata, Tab::Body, Tab::Request];

    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Tab::Result => "result",
            Tab::Metadata => "metadata",
            Tab::Body => "body",
            Tab::Request => "request",
        }
    }
}

/// A page: what was sent, what came, how it is looked at.
#[derive(Debug, Clone)]
pub struct Page {
    /// The call that brought it.
    pub call: Call,
    /// Status, type, times.
    pub reply: Reply,
    /// The document and its parts.
    pub envelope: Envelope,
    /// What comes after it.
    pub next: Next,
    /// The trees of the tabs; the body's tab has none.
    trees: [Option<Tree>; 4],
    /// The first byte seen of the body.
    pub raw_top: usize,
}

impl Page {
    fn new(call: Call, answered: Answered, operation: Option<&Operation>, before: &[Page]) -> Page {
        let Answered { reply, envelope } = answered;
        let profile = Profile::of(operation);
        let step = next(&profile, operation, &call, &envelope, &[]);
        // A value that an earlier page was asked for with would go round in a loop.
        let next = match &step {
            Next::Send { param, .. } => {
                let values: Vec<JsonText> = before.iter().filter_map(|page| page.call.params.get(param).cloned()).collect();
                next(&profile, operation, &call, &envelope, &values)
            }
            Next::End(_) | Next::Stuck(_) => step,
        };
        let document = &envelope.document;
        let records = match envelope.records {
            Records::Many(node) => Some(node),
            Records::One(_) | Records::None => envelope.result,
        };
        let result = records.or(document.root()).map(|root| Tree::new(Arc::clone(document), root, 0));
        let metadata = document.root().map(|root| {
            let mut tree = Tree::new(Arc::clone(document), root, 2);
            if let Some(result) = envelope.result.filter(|result| *result != root) {
                tree.reveal(result);
                tree.fold();
                tree.to_first();
            }
            tree
        });
        let sent = Arc::new(Document::parse(Bytes::from(call.body())));
        let request = sent.root().map(|root| Tree::new(Arc::clone(&sent), root, 9));
        Page { call, reply, next, trees: [result, metadata, None, request], raw_top: 0, envelope }
    }

    /// Returns the tree of a tab; the body's tab, and a body that is not JSON, have none.
    pub fn tree(&self, tab: Tab) -> Option<&Tree> {
        self.trees[tab as usize].as_ref()
    }
}

/// What the pane shows.
#[derive(Debug, Clone, Default)]
pub enum Shown {
    /// Nothing was asked for yet.
    #[default]
    Nothing,
    /// Pages of a reply.
    Pages,
    /// A file that was downloaded.
    File(SavedFile),
}

/// What is being waited for.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The call.
    pub call: Call,
    /// Whether it goes on with the pages that are there.
    pub purpose: Purpose,
    /// How much has come.
    pub progress: Option<Progress>,
    /// Why it waits instead of running.
    pub pause: Option<Pause>,
}

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It begins anew.
    First,
    /// It asks for the page after the last one.
    Next,
    /// It asks for a page again.
    Again(usize),
    /// It streams a file.
    File,
}

/// A search in the tree.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What is looked for; empty for nothing.
    pub needle: String,
    /// The values that match, in order.
    pub hits: Load<Vec<NodeId>>,
}

/// The reply pane.
#[derive(Debug, Clone, Default)]
pub struct ReplyPane {
    /// What is shown.
    pub shown: Shown,
    /// The pages, first to last.
    pub pages: Vec<Page>,
    /// The page that is seen.
    pub current: usize,
    /// The tab that is seen.
    pub tab: usize,
    /// The run over the pages: ledger and findings.
    pub run: Option<Run>,
    /// Whether the data is all there, once that is known.
    pub verdict: Option<Verdict>,
    /// Whether page after page is asked for.
    pub all: bool,
    /// The call that runs.
    pub load: Load<()>,
    /// What the call that runs is for.
    pub waiting: Option<Waiting>,
    /// The search.
    pub search: Search,
    /// The needle while it is typed.
    pub typing: Option<Input>,
}

impl ReplyPane {
    /// Returns the page that is seen.
    pub fn page(&self) -> Option<&Page> {
        match self.shown {
            Shown::Pages => self.pages.get(self.current),
            Shown::Nothing | Shown::File(_) => None,
        }
    }

    /// Returns the tab that is seen.
    pub fn tab(&self) -> Tab {
        Tab::ALL[self.tab]
    }

    /// Returns the tree that is seen.
    pub fn tree(&self) -> Option<&Tree> {
        self.page()?.tree(self.tab())
    }

    /// Returns the same to change it.
    pub fn tree_mut(&mut self) -> Option<&mut Tree> {
        match self.shown {
            Shown::Pages => self.pages.get_mut(self.current)?.trees[self.tab].as_mut(),
            Shown::Nothing | Shown::File(_) => None,
        }
    }

    /// Says whether the body is seen as text: in its own tab, and wherever it is no JSON.
    pub fn is_raw(&self) -> bool {
        self.page().is_some_and(|page| page.tree(self.tab()).is_none())
    }

    /// Notes that a call was started.
    pub fn start(&mut self, task: TaskId, call: Call, purpose: Purpose) {
        self.load.start(task);
        self.waiting = Some(Waiting { call, purpose, progress: None, pause: None });
    }

    /// Takes a reply that was expected. Returns the call for the page after it, if there is one.
    pub fn answered(&mut self, answered: Answered, operation: Option<&Operation>) -> Option<Call> {
        let waiting = self.waiting.take()?;
        let next = self.weigh(&waiting, &answered, operation);
        if !self.all {
            self.search = Search::default();
        }
        match waiting.purpose {
            Purpose::Next => {
                let page = Page::new(waiting.call, answered, operation, &self.pages);
                self.pages.push(page);
                // While all pages are fetched one may read any of them.
                if !self.all {
                    self.current = self.pages.len() - 1;
                }
            }
            Purpose::Again(index) if index < self.pages.len() => {
                let page = Page::new(waiting.call, answered, operation, &self.pages[..index]);
                self.pages[index] = page;
                self.current = index;
            }
            Purpose::Again(_) | Purpose::First | Purpose::File => {
                self.pages = vec![Page::new(waiting.call, answered, operation, &[])];
                self.current = 0;
                self.tab = 0;
            }
        }
        self.shown = Shown::Pages;
        next
    }

    /// Adds a page to the run and takes its verdict. A page that is asked for again ends the run: what
    /// came after it may have moved.
    fn weigh(&mut self, waiting: &Waiting, answered: &Answered, operation: Option<&Operation>) -> Option<Call> {
        match waiting.purpose {
            Purpose::First | Purpose::File => self.run = Some(Run::new(operation.cloned(), Limits::default())),
            Purpose::Again(_) => self.run = None,
            Purpose::Next => {}
        }
        self.verdict = None;
        match self.run.as_mut()?.take(&waiting.call, &answered.envelope).step {
            Step::Ask(next) => Some(*next),
            Step::Ended(verdict) => {
                self.verdict = Some(verdict);
                None
            }
        }
    }

    /// Says what is unusual about the reply that is seen.
    pub fn remark(&self) -> Option<String> {
        let page = self.page()?;
        let envelope = &page.envelope;
        let document = &envelope.document;
        let fault = |words: &str| {
            let place = document.fault().map(|fault| format!("{} at byte {}", fault.reason, fault.offset)).unwrap_or_default();
            format!("{words}: {place}")
        };
        match envelope.shape {
            Shape::Empty => Some(format!("The service answered {} with an empty body", page.reply.status)),
            Shape::Text => Some(format!("The body is not JSON but {}", page.reply.content_type.as_deref().unwrap_or("of an unknown type"))),
            Shape::Broken => Some(fault("The body breaks off")),
            _ if !page.reply.whole => Some("The connection broke before the body was whole".to_owned()),
            Shape::OtherJson => Some("The body is JSON without the usual envelope".to_owned()),
            Shape::Envelope if !envelope.succeeded() => {
                let said =
                    document.root().and_then(|root| ["error", "message", "detail"].iter().find_map(|key| document.member(root, key)));
                let said =
                    said.filter(|node| !document.is_blank(*node)).map(|node| format!(": {}", document.plain(node))).unwrap_or_default();
                Some(format!("The service calls this `{}`{said}", envelope.status().unwrap_or_default()))
            }
            Shape::Envelope => envelope.warning.map(|warning| {
                let text = document.member(warning, "message").map_or_else(|| document.text(warning), |message| document.plain(message));
                format!("Warning of the service: {text}")
            }),
        }
    }

    /// Moves the body's window by some lines of a width.
    pub fn scroll_raw(&mut self, lines: i64, columns: usize) {
        let current = self.current;
        let Some(page) = self.pages.get_mut(current) else { return };
        let body = page.envelope.document.body();
        for _ in 0..lines.unsigned_abs() {
            let moved = if lines > 0 { raw_after(body, page.raw_top, columns) } else { raw_before(body, page.raw_top, columns) };
            match moved {
                Some(offset) => page.raw_top = offset,
                None => break,
            }
        }
    }
}

/// Returns where the next line of a body begins: after a break, or after as many bytes as there are
/// columns. `None` at the end.
pub fn raw_after(body: &[u8], start: usize, columns: usize) -> Option<usize> {
    let columns = columns.max(1);
    let rest = body.get(start..)?;
    let line = memchr::memchr(b'\n', &rest[..rest.len().min(columns + 1)]);
    let mut next = match line {
        Some(length) => start + length + 1,
        None => start + columns,
    };
    // Never begin inside of a character.
    while next < body.len() && body[next] & 0b1100_0000 == 0b1000_0000 {
        next += 1;
    }
    (next < body.len()).then_some(next)
}

/// Returns where the line before begins; `None` at the start.
fn raw_before(body: &[u8], start: usize, columns: usize) -> Option<usize> {
    if start == 0 {
        return None;
    }
    let line = memchr::memrchr(b'\n', &body[..start - 1]).map_or(0, |at| at + 1);
    // Lines that are wrapped begin at multiples of the width, give or take a character.
    let mut at = line + (start - 1 - line) / columns.max(1) * columns.max(1);
    while at > line && body[at] & 0b1100_0000 == 0b1000_0000 {
        at -= 1;
    }
    Some(at)
}
