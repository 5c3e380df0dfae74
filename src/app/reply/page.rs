//! A page: what was sent, what came, how it is looked at; in memory, or spilled to a file.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

pub use super::views::View;
use super::views::table::Table;
use super::views::text::TextView;
use super::views::tree::{Tree, TreeState};
use crate::app::ids::PageId;
use crate::app::source::{LoadedReply, PageSource, SpillSlot};
use crate::attachments::{Attachment, Finder};
use crate::domain::call::Call;
use crate::domain::reply::{PageOrigin, Reply};
use crate::envelope::{Envelope, Reading, Records};
use crate::json::document::{Document, NodeId};
use crate::paging::{Next, PageScan};

/// The tabs of a reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// The result, or the whole body where there is no envelope.
    #[default]
    Result,
    /// Everything but the result: metadata, times, warning.
    Metadata,
    /// The body as it was received.
    Body,
    /// The request as it was sent.
    Request,
}

impl Tab {
    /// The tabs in their order.
    pub const ALL: [Tab; 4] = [Tab::Result, Tab::Metadata, Tab::Body, Tab::Request];

    /// Returns the tab that follows.
    pub fn next(self) -> Tab {
        match self {
            Tab::Result => Tab::Metadata,
            Tab::Metadata => Tab::Body,
            Tab::Body => Tab::Request,
            Tab::Request => Tab::Result,
        }
    }

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

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Identifies it.
    pub id: PageId,
    /// Where it comes from.
    pub origin: PageOrigin,
    /// Status, type, times.
    pub reply: Reply,
    /// What there is to know of its records.
    pub scan: Arc<PageScan>,
    /// What comes after it.
    pub next: Next,
    /// How each tab is looked at.
    pub views: [View; Tab::ALL.len()],
    /// The body as text.
    pub text_view: TextView,
    /// The body as text in the tab of its own, as it was received.
    pub body_text_view: TextView,
    /// The request as text.
    pub request_text_view: TextView,
    /// The records as a table.
    pub table: Table,
    /// The number of its strings that hold what JSON forbids.
    pub forbidden: u64,
    /// The records and the files that are marked.
    pub marks: BTreeSet<NodeId>,
    /// Those of them that are files inside of records.
    inner: BTreeSet<NodeId>,
    /// Knows which of its values name a file.
    pub finder: Option<Arc<Finder>>,
    /// Where its body was spilled, once it was.
    pub slot: Option<SpillSlot>,
    pub(super) content: Content,
    /// The tree of the request, which is small and stays.
    pub(super) request: Option<Tree>,
}

/// The body of a page.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// It is in memory.
    Loaded {
        envelope: Box<Envelope>,
        result: Option<Tree>,
        metadata: Option<Tree>,
    },
    /// It was spilled.
    Spilled {
        result: Option<TreeState>,
        metadata: Option<TreeState>,
        /// Whether it is on its way back.
        asked: bool,
    },
}

/// Returns the value whose inside the first tab shows: the records, the result, or the whole body.
fn shown_root(envelope: &Envelope) -> Option<NodeId> {
    let records = match envelope.records {
        Records::Many(node) => Some(node),
        Records::One(_) | Records::None => envelope.result,
    };
    records.or(envelope.document.root())
}

fn metadata_tree(envelope: &Envelope) -> Option<Tree> {
    let document = &envelope.document;
    document.root().map(|root| {
        let mut tree = Tree::new(Arc::clone(document), root, 2);
        if let Some(result) = envelope.result.filter(|result| *result != root) {
            tree.reveal(result);
            tree.fold();
            tree.to_first();
        }
        tree
    })
}

impl Page {
    /// Makes a page of a reply.
    pub fn new(id: PageId, origin: PageOrigin, loaded: LoadedReply, next: Next) -> Page {
        let LoadedReply {
            reply,
            envelope,
            scan,
        } = loaded;
        let forbidden = envelope.document.forbidden();
        let result =
            shown_root(&envelope).map(|root| Tree::new(Arc::clone(&envelope.document), root, 0));
        let metadata = metadata_tree(&envelope);
        let request = origin.call().and_then(|call| {
            let sent = Arc::new(Document::parse(Bytes::from(call.body())));
            sent.root()
                .map(|root| Tree::new(Arc::clone(&sent), root, 9))
        });
        let content = Content::Loaded {
            envelope: Box::new(envelope),
            result,
            metadata,
        };
        Page {
            id,
            origin,
            reply,
            scan,
            next,
            views: Default::default(),
            text_view: TextView::default(),
            body_text_view: TextView::received(),
            request_text_view: TextView::default(),
            table: Table::default(),
            forbidden,
            marks: BTreeSet::new(),
            inner: BTreeSet::new(),
            finder: None,
            slot: None,
            content,
            request,
        }
    }

    /// Returns the call that it replies to; `None` for a file and for the result of a filter.
    pub fn call(&self) -> Option<&Call> {
        self.origin.call()
    }

    /// Takes what has come since. What is seen stays as it is.
    pub fn grow(&mut self, grown: Envelope) {
        let Content::Loaded {
            envelope,
            result,
            metadata,
        } = &mut self.content
        else {
            return;
        };
        let document = &grown.document;
        match (result.as_mut(), shown_root(&grown)) {
            (Some(tree), Some(root)) => {
                if tree.base_root() != root {
                    // What was marked turned out to be no record.
                    self.marks.clear();
                    self.inner.clear();
                }
                tree.grow(Arc::clone(document), root);
            }
            (None, Some(root)) => *result = Some(Tree::new(Arc::clone(document), root, 0)),
            (_, None) => {}
        }
        match (metadata.as_mut(), document.root()) {
            (Some(tree), Some(root)) => tree.grow(Arc::clone(document), root),
            (_, _) => *metadata = metadata_tree(&grown),
        }
        **envelope = grown;
    }

    /// Continues the page that grew into it: its id, and what of it is seen and marked. Whoever refers to the page that
    /// was arriving means this one.
    pub fn continue_from(&mut self, grown: Page) {
        self.id = grown.id;
        (self.views, self.text_view) = (grown.views, grown.text_view);
        (self.body_text_view, self.request_text_view) =
            (grown.body_text_view, grown.request_text_view);
        (self.table, self.marks, self.inner) = (grown.table, grown.marks, grown.inner);
        self.finder = self.finder.take().or(grown.finder);
        self.request = grown.request;
        let (
            Content::Loaded {
                envelope,
                result,
                metadata,
            },
            Content::Loaded {
                result: old,
                metadata: old_metadata,
                ..
            },
        ) = (&mut self.content, grown.content)
        else {
            return;
        };
        if let (Some(mut tree), Some(root)) = (old, shown_root(envelope)) {
            tree.grow(Arc::clone(&envelope.document), root);
            *result = Some(tree);
        }
        if let (Some(mut tree), Some(root)) = (old_metadata, envelope.document.root()) {
            tree.grow(Arc::clone(&envelope.document), root);
            *metadata = Some(tree);
        }
    }

    /// Marks a record, or takes the mark away.
    pub fn toggle(&mut self, record: NodeId) {
        if !self.marks.remove(&record) {
            self.marks.insert(record);
        }
    }

    /// Marks a file, which may be a record or stand inside of one.
    pub fn mark_file(&mut self, file: &Attachment) {
        self.marks.insert(file.node);
        if file.node != file.record {
            self.inner.insert(file.node);
        }
    }

    /// Takes the mark of a file away. Returns whether there was one.
    pub fn unmark_file(&mut self, file: &Attachment) -> bool {
        self.inner.remove(&file.node);
        self.marks.remove(&file.node)
    }

    /// Returns the records that are marked: not the files inside of records.
    pub fn marked_records(&self) -> BTreeSet<NodeId> {
        self.marks.difference(&self.inner).copied().collect()
    }

    /// Returns whether there is a record among what is marked.
    pub fn has_marked_records(&self) -> bool {
        self.marks.len() > self.inner.len()
    }

    /// Takes all marks away.
    pub fn unmark_all(&mut self) {
        self.marks.clear();
        self.inner.clear();
    }

    /// Returns the document and its parts; `None` while the body is spilled.
    pub fn envelope(&self) -> Option<&Envelope> {
        match &self.content {
            Content::Loaded { envelope, .. } => Some(envelope),
            Content::Spilled { .. } => None,
        }
    }

    /// Returns where its records are, to be written.
    pub fn source(&self) -> PageSource {
        match (self.envelope(), self.slot) {
            (Some(envelope), _) => {
                PageSource::Loaded(Box::new(envelope.clone()), Arc::clone(&self.scan))
            }
            // A page that is away has a place in the spill file.
            (None, slot) => PageSource::Spilled(slot.unwrap_or(SpillSlot {
                offset: 0,
                length: 0,
                reading: Reading::Plain,
            })),
        }
    }

    /// Returns how many records it has.
    pub fn count(&self) -> u32 {
        match self.scan.records.len() {
            // What has not come whole was not scanned.
            0 => self.envelope().map_or(0, Envelope::count),
            count => count as u32,
        }
    }

    /// Returns the tree of a tab; the body's tab, and a body that is not JSON or not here, have none.
    pub fn tree(&self, tab: Tab) -> Option<&Tree> {
        match (tab, &self.content) {
            (Tab::Request, _) => self.request.as_ref(),
            (Tab::Result, Content::Loaded { result, .. }) => result.as_ref(),
            (Tab::Metadata, Content::Loaded { metadata, .. }) => metadata.as_ref(),
            (Tab::Body, _) | (Tab::Result | Tab::Metadata, Content::Spilled { .. }) => None,
        }
    }

    /// Returns the same to change it.
    pub fn tree_mut(&mut self, tab: Tab) -> Option<&mut Tree> {
        match (tab, &mut self.content) {
            (Tab::Request, _) => self.request.as_mut(),
            (Tab::Result, Content::Loaded { result, .. }) => result.as_mut(),
            (Tab::Metadata, Content::Loaded { metadata, .. }) => metadata.as_mut(),
            (Tab::Body, _) | (Tab::Result | Tab::Metadata, Content::Spilled { .. }) => None,
        }
    }

    /// Returns how many bytes of memory the body takes; 0 while it is spilled.
    pub fn cost(&self) -> usize {
        self.envelope()
            .map_or(0, |envelope| envelope.document.cost())
    }

    /// Returns how many bytes the body takes, in memory or in the spill file.
    pub fn size(&self) -> u64 {
        match (self.envelope(), self.slot) {
            (Some(envelope), _) => envelope.document.cost() as u64,
            (None, slot) => slot.map_or(0, |slot| slot.length),
        }
    }

    /// Lets the body go, which was spilled.
    pub fn move_to_spill(&mut self, slot: SpillSlot) {
        self.slot = Some(slot);
        if let Content::Loaded {
            result, metadata, ..
        } = &mut self.content
        {
            let (result, metadata) = (
                result.take().map(Tree::into_state),
                metadata.take().map(Tree::into_state),
            );
            self.content = Content::Spilled {
                result,
                metadata,
                asked: false,
            };
        }
    }

    /// Takes the body back, looked at as before.
    pub fn restore(&mut self, back: Envelope) {
        if let Content::Spilled {
            result, metadata, ..
        } = &mut self.content
        {
            let document = &back.document;
            let (result, metadata) = (
                result.take().map(|view| view.of(Arc::clone(document))),
                metadata.take().map(|view| view.of(Arc::clone(document))),
            );
            self.content = Content::Loaded {
                envelope: Box::new(back),
                result,
                metadata,
            };
        }
    }

    /// Says where to get the body that is not here, once: asking again says nothing, also after it
    /// could not be got, so that a broken disk is not asked for ever.
    pub fn request_restore(&mut self) -> Option<SpillSlot> {
        match &mut self.content {
            Content::Spilled { asked, .. } if !*asked => {
                *asked = true;
                self.slot
            }
            Content::Spilled { .. } | Content::Loaded { .. } => None,
        }
    }
}
