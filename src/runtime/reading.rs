//! Work on documents, in threads of their own: searching, sorting.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::aside::Aside;
use super::worker::Sent;
use crate::app::effect::PageSource;
use crate::app::load::TaskId;
use crate::app::msg::Msg;
use crate::json::document::{Document, NodeId};
use crate::json::fields::Fields;
use crate::json::find::{Batch, Needle, scan};
use crate::json::table;

/// What a search has found is told this often.
const TOLD: Duration = Duration::from_millis(20);

/// Searches a document and tells of matches as they come. Blocks.
pub(super) fn find(
    sender: &UnboundedSender<Sent>,
    task: TaskId,
    (document, root, from): (Arc<Document>, NodeId, NodeId),
    needle: &str,
    stop: &AtomicBool,
) -> Batch {
    // It was read before, when it was typed.
    let Ok(needle) = Needle::parse(needle) else { return Batch::default() };
    let tell = |batch: Batch| {
        // The one silent case: the loop has ended.
        let _ = sender.send(Sent::Progress(Msg::Found { task, batch: Arc::new(batch), over: false }));
    };
    let mut waiting = Batch::default();
    let mut told: Option<Instant> = None;
    scan(&document, root, from, &needle, &mut |batch| {
        if stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        let turned = batch.before != waiting.before;
        if turned && !waiting.hits.is_empty() {
            tell(std::mem::take(&mut waiting));
        }
        waiting.before = batch.before;
        let known = waiting.children.last().copied();
        waiting.hits.extend(batch.hits);
        waiting.children.extend(batch.children.into_iter().filter(|child| Some(*child) != known));
        // The first match is told at once.
        if !waiting.hits.is_empty() && told.is_none_or(|told| told.elapsed() > TOLD) {
            let before = waiting.before;
            told = Some(Instant::now());
            tell(std::mem::replace(&mut waiting, Batch { before, ..Batch::default() }));
        }
        ControlFlow::Continue(())
    });
    waiting
}

/// Counts the fields of the records of pages. Blocks.
pub(super) fn count_fields(pages: &[PageSource], aside: &Aside, stop: &AtomicBool) -> Arc<Fields> {
    let mut fields = Fields::default();
    for page in pages {
        let envelope = match page {
            PageSource::Here(envelope, _) => (**envelope).clone(),
            PageSource::Aside(slot) => match aside.get(*slot) {
                Ok(envelope) => *envelope,
                // A page that cannot be got back says so when it is looked at.
                Err(_) => continue,
            },
        };
        for record in envelope.whole_records() {
            if stop.load(Ordering::Relaxed) {
                return Arc::new(fields);
            }
            fields.look(&envelope.document, record);
        }
    }
    Arc::new(fields)
}

/// Sorts records by a column. Blocks.
pub(super) fn sort(document: &Document, root: NodeId, kept: Option<&Vec<NodeId>>, path: &str, descending: bool) -> Arc<Vec<NodeId>> {
    let records = kept.map_or_else(|| document.children(root).collect(), Vec::clone);
    Arc::new(table::sorted(document, &records, path, descending))
}
