//! A page: what was sent, what came, how it is looked at; in memory, or put aside in a file.

use std::sync::Arc;

use bytes::Bytes;

use super::effect::PageSource;
use super::tree::{Tree, View};
use crate::domain::call::Call;
use crate::domain::reply::Reply;
use crate::envelope::{Envelope, Records};
use crate::json::document::Document;
use crate::paging::{Next, Survey};

/// A reply that came, with its parts found and its records surveyed.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Status, type, times.
    pub reply: Reply,
    /// The document and its parts.
    pub envelope: Envelope,
    /// What there is to know of its records.
    pub survey: Arc<Survey>,
}

impl Answered {
    /// Surveys a reply. Costs time with its size: call it off the loop.
    pub fn new(reply: Reply, envelope: Envelope) -> Answered {
        let survey = Arc::new(Survey::of(&envelope));
        Answered { reply, envelope, survey }
    }
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

/// Tells a page from every other one, also from one that took its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Serial(pub u64);

/// Where a body that was put aside is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Where it begins in the file.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
}

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Tells it from others.
    pub serial: Serial,
    /// The call that brought it.
    pub call: Call,
    /// Status, type, times.
    pub reply: Reply,
    /// What there is to know of its records.
    pub survey: Arc<Survey>,
    /// What comes after it.
    pub next: Next,
    /// The first byte seen of the body.
    pub raw_top: usize,
    /// Where its body was put aside, once it was.
    pub slot: Option<Slot>,
    content: Content,
    /// The tree of the request, which is small and stays.
    request: Option<Tree>,
}

/// The body of a page.
#[derive(Debug, Clone)]
enum Content {
    /// It is in memory.
    Here { envelope: Box<Envelope>, result: Option<Tree>, metadata: Option<Tree> },
    /// It was put aside.
    Away {
        result: Option<View>,
        metadata: Option<View>,
        /// Whether it is on its way back.
        asked: bool,
    },
}

impl Page {
    /// Makes a page of a reply.
    pub fn new(serial: Serial, call: Call, answered: Answered, next: Next) -> Page {
        let Answered { reply, envelope, survey } = answered;
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
        let content = Content::Here { envelope: Box::new(envelope), result, metadata };
        Page { serial, call, reply, survey, next, raw_top: 0, slot: None, content, request }
    }

    /// Returns the document and its parts; `None` while the body is put aside.
    pub fn envelope(&self) -> Option<&Envelope> {
        match &self.content {
            Content::Here { envelope, .. } => Some(envelope),
            Content::Away { .. } => None,
        }
    }

    /// Returns where its records are, to be written.
    pub fn source(&self) -> PageSource {
        match (self.envelope(), self.slot) {
            (Some(envelope), _) => PageSource::Here(Box::new(envelope.clone()), Arc::clone(&self.survey)),
            // A page that is away has a slot.
            (None, slot) => PageSource::Aside(slot.unwrap_or(Slot { offset: 0, length: 0 })),
        }
    }

    /// Returns how many records it has.
    pub fn count(&self) -> u32 {
        self.survey.records.len() as u32
    }

    /// Returns the tree of a tab; the body's tab, and a body that is not JSON or not here, have none.
    pub fn tree(&self, tab: Tab) -> Option<&Tree> {
        match (tab, &self.content) {
            (Tab::Request, _) => self.request.as_ref(),
            (Tab::Result, Content::Here { result, .. }) => result.as_ref(),
            (Tab::Metadata, Content::Here { metadata, .. }) => metadata.as_ref(),
            (Tab::Body, _) | (Tab::Result | Tab::Metadata, Content::Away { .. }) => None,
        }
    }

    /// Returns the same to change it.
    pub fn tree_mut(&mut self, tab: Tab) -> Option<&mut Tree> {
        match (tab, &mut self.content) {
            (Tab::Request, _) => self.request.as_mut(),
            (Tab::Result, Content::Here { result, .. }) => result.as_mut(),
            (Tab::Metadata, Content::Here { metadata, .. }) => metadata.as_mut(),
            (Tab::Body, _) | (Tab::Result | Tab::Metadata, Content::Away { .. }) => None,
        }
    }

    /// Returns how many bytes of memory the body takes; 0 while it is put aside.
    pub fn cost(&self) -> usize {
        self.envelope().map_or(0, |envelope| envelope.document.cost())
    }

    /// Lets the body go, which was put aside.
    pub fn leave(&mut self, slot: Slot) {
        self.slot = Some(slot);
        if let Content::Here { result, metadata, .. } = &mut self.content {
            let (result, metadata) = (result.take().map(Tree::into_view), metadata.take().map(Tree::into_view));
            self.content = Content::Away { result, metadata, asked: false };
        }
    }

    /// Takes the body back, looked at as before.
    pub fn come_back(&mut self, back: Envelope) {
        if let Content::Away { result, metadata, .. } = &mut self.content {
            let document = &back.document;
            let (result, metadata) =
                (result.take().map(|view| view.of(Arc::clone(document))), metadata.take().map(|view| view.of(Arc::clone(document))));
            self.content = Content::Here { envelope: Box::new(back), result, metadata };
        }
    }

    /// Says where to get the body that is not here, once: asking again says nothing, also after it
    /// could not be got, so that a broken disk is not asked for ever.
    pub fn ask_back(&mut self) -> Option<Slot> {
        match &mut self.content {
            Content::Away { asked, .. } if !*asked => {
                *asked = true;
                self.slot
            }
            Content::Away { .. } | Content::Here { .. } => None,
        }
    }
}
