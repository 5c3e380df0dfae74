//! Work on documents, in threads of their own: searching, sorting, looking for files.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::spill::Spill;
use super::{Sent, Worker, blocking};
use crate::app::attached::Found;
use crate::app::effect::{Effect, FindScope, PageSource};
use crate::app::load::TaskId;
use crate::app::msg::Msg;
use crate::app::page::PageId;
use crate::attachments::{Attachment, Finder};
use crate::envelope::Envelope;
use crate::json::document::{Document, NodeId};
use crate::json::fields::Fields;
use crate::json::find::{Batch, Needle, scan};
use crate::json::table;

/// What a search has found is told this often.
const TOLD: Duration = Duration::from_millis(20);

/// So many files are listed at most.
const MOST_FILES: usize = 200_000;
/// The cursor may stand so deep inside of what describes a file.
const MOST_AROUND: usize = 4;

impl Worker {
    /// Starts work on documents that are here.
    pub(super) fn read(&mut self, effect: Effect) {
        match effect {
            Effect::Find {
                task,
                document,
                root,
                from,
                needle,
            } => {
                let (sender, stop) = (self.sender.clone(), Arc::new(AtomicBool::new(false)));
                let told = Arc::clone(&stop);
                let work = async move {
                    blocking(move || find(&sender, task, (document, root, from), &needle, &told))
                        .await
                };
                self.spawn_with(task, work, stop, move |result| Msg::Found {
                    task,
                    batch: Arc::new(result.unwrap_or_default()),
                    over: true,
                });
            }
            Effect::CountFields { task, pages } => {
                let (stop, spill) = (Arc::new(AtomicBool::new(false)), self.spill.clone());
                let told = Arc::clone(&stop);
                let work =
                    async move { blocking(move || count_fields(&pages, &spill, &told)).await };
                self.spawn_with(task, work, stop, move |result| Msg::FieldsCounted {
                    task,
                    fields: result.unwrap_or_default(),
                });
            }
            Effect::FindAttachments {
                task,
                pages,
                finder,
                scope,
            } => {
                let (stop, spill) = (Arc::new(AtomicBool::new(false)), self.spill.clone());
                let told = Arc::clone(&stop);
                let work = async move {
                    blocking(move || find_attachments(&pages, &finder, &scope, &spill, &told)).await
                };
                self.spawn_with(task, work, stop, move |result| Msg::AttachmentsFound {
                    task,
                    found: Arc::new(result.unwrap_or_default()),
                });
            }
            Effect::Filter { task, text, input } => {
                let (stop, spill) = (Arc::new(AtomicBool::new(false)), self.spill.clone());
                let (told, program) = (Arc::clone(&stop), self.setup.program.clone());
                let work = async move {
                    blocking(move || {
                        let program = program
                            .or_else(|| std::env::current_exe().ok())
                            .unwrap_or_default();
                        super::jq::filter(&program, &text, &input, &spill, &told)
                            .map(|document| Box::new(Envelope::read(Arc::new(document))))
                            .map_err(|fault| (fault.words, fault.place))
                    })
                    .await
                };
                self.spawn_with(task, work, stop, move |result| {
                    let result = result.unwrap_or_else(|failure| Err((failure.summary, None)));
                    Msg::Filtered { task, result }
                });
            }
            Effect::Sort {
                task,
                serial,
                document,
                root,
                kept,
                path,
                descending,
            } => {
                let work = async move {
                    blocking(move || sort(&document, root, kept.as_deref(), &path, descending))
                        .await
                };
                self.spawn(task, work, move |result| Msg::Sorted {
                    task,
                    serial,
                    root,
                    records: result.unwrap_or_default(),
                });
            }
            // The others are the worker's own.
            _ => {}
        }
    }
}

/// Searches a document and tells of matches as they come. Blocks.
pub(super) fn find(
    sender: &UnboundedSender<Sent>,
    task: TaskId,
    (document, root, from): (Arc<Document>, NodeId, NodeId),
    needle: &str,
    stop: &AtomicBool,
) -> Batch {
    // It was read before, when it was typed.
    let Ok(needle) = Needle::parse(needle) else {
        return Batch::default();
    };
    let tell = |batch: Batch| {
        // The one silent case: the loop has ended.
        let _ = sender.send(Sent::Progress(Msg::Found {
            task,
            batch: Arc::new(batch),
            over: false,
        }));
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
        waiting.children.extend(
            batch
                .children
                .into_iter()
                .filter(|child| Some(*child) != known),
        );
        // The first match is told at once.
        if !waiting.hits.is_empty() && told.is_none_or(|told| told.elapsed() > TOLD) {
            let before = waiting.before;
            told = Some(Instant::now());
            tell(std::mem::replace(
                &mut waiting,
                Batch {
                    before,
                    ..Batch::default()
                },
            ));
        }
        ControlFlow::Continue(())
    });
    waiting
}

/// Counts the fields of the records of pages. Blocks.
pub(super) fn count_fields(pages: &[PageSource], spill: &Spill, stop: &AtomicBool) -> Arc<Fields> {
    let mut fields = Fields::default();
    for page in pages {
        // A page that cannot be got back says so when it is looked at.
        let Some(envelope) = envelope_of(page, spill) else {
            continue;
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
pub(super) fn sort(
    document: &Document,
    root: NodeId,
    kept: Option<&Vec<NodeId>>,
    path: &str,
    descending: bool,
) -> Arc<Vec<NodeId>> {
    let records = kept.map_or_else(|| document.children(root).collect(), Vec::clone);
    Arc::new(table::sorted(document, &records, path, descending))
}

/// Looks for the files that pages name. Blocks.
pub(super) fn find_attachments(
    pages: &[(PageId, PageSource)],
    finder: &Finder,
    scope: &FindScope,
    spill: &Spill,
    stop: &AtomicBool,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (serial, page) in pages {
        let marks = match scope {
            FindScope::Marked(marks) => match marks.iter().find(|(own, _)| own == serial) {
                Some((_, marks)) if !marks.is_empty() => marks.as_slice(),
                Some(_) | None => continue,
            },
            FindScope::All | FindScope::Here { .. } => &[],
        };
        // A page that cannot be got back says so when it is looked at.
        let Some(envelope) = envelope_of(page, spill) else {
            continue;
        };
        let document = &envelope.document;
        let own = |files: Vec<Attachment>| {
            files.into_iter().map(|attachment| Found {
                serial: *serial,
                attachment,
            })
        };
        match scope {
            FindScope::All => {
                for record in envelope.whole_records() {
                    if stop.load(Ordering::Relaxed) || found.len() > MOST_FILES {
                        return found;
                    }
                    found.extend(own(finder.find(document, record)));
                }
            }
            FindScope::Marked(_) => {
                let records: HashSet<NodeId> = envelope.records().into_iter().collect();
                for node in marks {
                    if records.contains(node) {
                        found.extend(own(finder.find(document, *node)));
                    } else {
                        let around =
                            std::iter::successors(Some(*node), |node| document.parent(*node));
                        let record = around.into_iter().find(|node| records.contains(node));
                        found.extend(own(record
                            .and_then(|record| finder.look(document, *node, record))
                            .into_iter()
                            .collect()));
                    }
                }
            }
            FindScope::Here { cursor, record } => {
                let around = std::iter::successors(Some(*cursor), |node| {
                    document.parent(*node).filter(|_| node != record)
                });
                let here = around
                    .take(MOST_AROUND)
                    .find_map(|node| finder.look(document, node, *record));
                match here {
                    Some(here) => found.extend(own(vec![here])),
                    None => found.extend(own(finder.find(document, *record))),
                }
            }
        }
    }
    found
}

fn envelope_of(page: &PageSource, spill: &Spill) -> Option<Envelope> {
    match page {
        PageSource::Loaded(envelope, _) => Some((**envelope).clone()),
        PageSource::Spill(spill_slot) => spill.get(*spill_slot).ok().map(|envelope| *envelope),
    }
}
