//! Pages as effects and messages carry them: a loaded reply, where its body is, what was found in it.

use std::sync::Arc;

use super::ids::PageId;
use crate::attachments::Attachment;
use crate::domain::reply::Reply;
use crate::envelope::{Envelope, Reading};
use crate::paging::PageScan;

/// A reply with its parts located and its records scanned.
#[derive(Debug, Clone)]
pub struct LoadedReply {
    /// Status, type, times.
    pub reply: Reply,
    /// The document and its parts.
    pub envelope: Envelope,
    /// What paging needs to know of the records.
    pub scan: Arc<PageScan>,
}

impl LoadedReply {
    /// Scans the records of a reply. Takes time in proportion to its size: call it off the loop.
    pub fn new(reply: Reply, envelope: Envelope) -> LoadedReply {
        let scan = Arc::new(PageScan::of(&envelope));
        LoadedReply {
            reply,
            envelope,
            scan,
        }
    }
}

/// Where a spilled body is in the spill file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpillSlot {
    /// The offset of its first byte.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// How its reply is read.
    pub reading: Reading,
}

/// Where the body of a page can be read: in memory or in the spill file.
#[derive(Debug, Clone)]
pub enum PageSource {
    /// In memory.
    Loaded(Box<Envelope>, Arc<PageScan>),
    /// In the spill file.
    Spilled(SpillSlot),
}

impl PartialEq for PageSource {
    fn eq(&self, other: &PageSource) -> bool {
        match (self, other) {
            (PageSource::Loaded(one, _), PageSource::Loaded(other, _)) => {
                one.document == other.document
            }
            (PageSource::Spilled(one), PageSource::Spilled(other)) => one == other,
            (PageSource::Loaded(..), PageSource::Spilled(_))
            | (PageSource::Spilled(_), PageSource::Loaded(..)) => false,
        }
    }
}

/// An attachment and the page that names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The page.
    pub page: PageId,
    /// The attachment.
    pub attachment: Attachment,
}
