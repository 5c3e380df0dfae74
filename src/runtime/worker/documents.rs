//! Effects on documents that were received: searching, sorting, counting fields, finding attachments.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::Worker;
use super::spill::Spill;
use super::throttle::Throttle;
use crate::app::effect::FindScope;
use crate::app::effect::{Direction, DocumentEffect, NamesOf};
use crate::app::ids::PageId;
use crate::app::ids::TaskId;
use crate::app::msg::{DocumentMsg, Msg};
use crate::app::source::Found;
use crate::app::source::PageSource;
use crate::attachments::{Attachment, Finder};
use crate::json::document::{Document, NodeId};
use crate::json::fields::Fields;
use crate::json::find::{Batch, Needle, scan};
use crate::json::table;
use crate::names::{self, PageNames, Stop};

/// The shortest time between two reports of matches.
const MATCHES_INTERVAL: Duration = Duration::from_millis(20);

/// The largest number of attachments that are listed.
const MAX_ATTACHMENTS: usize = 200_000;
/// How many levels below the object that describes a file the cursor may be.
const MAX_DEPTH_BELOW: usize = 4;

/// What is sorted, and by what.
pub(super) struct Sort {
    pub(super) document: Arc<Document>,
    /// The value that holds the records.
    pub(super) root: NodeId,
    /// Which of the records; all unless set.
    pub(super) kept: Option<Arc<Vec<NodeId>>>,
    pub(super) path: String,
    pub(super) direction: Direction,
}

impl Worker {
    pub(super) fn start_document(&mut self, effect: DocumentEffect) {
        match effect {
            DocumentEffect::Find {
                task,
                document,
                root,
                from,
                needle,
            } => self.find(task, document, (root, from), needle),
            DocumentEffect::Sort {
                task,
                page,
                document,
                root,
                kept,
                path,
                direction,
            } => {
                let sort = Sort {
                    document,
                    root,
                    kept,
                    path,
                    direction,
                };
                self.sort(task, page, sort);
            }
            DocumentEffect::CountFields { task, pages } => self.count_fields(task, pages),
            DocumentEffect::Filter { task, text, input } => self.filter(task, text, input),
            DocumentEffect::FindAttachments {
                task,
                pages,
                finder,
                scope,
            } => self.find_attachments(task, pages, finder, scope),
            DocumentEffect::FindNames { task, pages } => self.find_names(task, pages),
        }
    }

    /// Searches a document for text, inside of one value and from another one on.
    pub(super) fn find(
        &mut self,
        task: TaskId,
        document: Arc<Document>,
        (root, from): (NodeId, NodeId),
        needle: String,
    ) {
        let reporter = self.tasks.reporter();
        let work = move |token: &CancellationToken| {
            let report = |batch| {
                reporter.report(Msg::Document(DocumentMsg::Found {
                    task,
                    batch: Arc::new(batch),
                    over: false,
                }));
            };
            Ok(find(&document, (root, from), &needle, token, &report))
        };
        self.tasks.start_blocking(task, work, move |result| {
            Msg::Document(DocumentMsg::Found {
                task,
                batch: Arc::new(result.unwrap_or_default()),
                over: true,
            })
        });
    }

    pub(super) fn sort(&mut self, task: TaskId, page: PageId, sort: Sort) {
        let root = sort.root;
        let work = move |_: &_| Ok(sorted(&sort));
        self.tasks.start_blocking(task, work, move |result| {
            Msg::Document(DocumentMsg::Sorted {
                task,
                page,
                root,
                records: result.unwrap_or_default(),
            })
        });
    }

    pub(super) fn count_fields(&mut self, task: TaskId, pages: Vec<PageSource>) {
        let spill = self.spill.clone();
        let work = move |token: &CancellationToken| Ok(count_fields(&pages, &spill, token));
        self.tasks.start_blocking(task, work, move |result| {
            Msg::Document(DocumentMsg::FieldsCounted {
                task,
                fields: result.unwrap_or_default(),
            })
        });
    }

    pub(super) fn find_attachments(
        &mut self,
        task: TaskId,
        pages: Vec<(PageId, PageSource)>,
        finder: Arc<Finder>,
        scope: FindScope,
    ) {
        let spill = self.spill.clone();
        let work = move |token: &CancellationToken| {
            Ok(find_attachments(&pages, &finder, &scope, &spill, token))
        };
        self.tasks.start_blocking(task, work, move |result| {
            Msg::Document(DocumentMsg::AttachmentsFound {
                task,
                found: Arc::new(result.unwrap_or_default()),
            })
        });
    }

    /// Collects the names of pages.
    fn find_names(&mut self, task: TaskId, pages: Vec<NamesOf>) {
        let spill = self.spill.clone();
        let work = move |token: &CancellationToken| Ok(find_names(&pages, &spill, token));
        self.tasks.start_blocking(task, work, move |result| {
            Msg::Document(DocumentMsg::NamesFound {
                task,
                pages: Arc::new(result.unwrap_or_default()),
            })
        });
    }
}

/// Collects the names of the records of pages. Blocks.
fn find_names(
    pages: &[NamesOf],
    spill: &Spill,
    token: &CancellationToken,
) -> Vec<(PageId, PageNames)> {
    let stop = || match token.is_cancelled() {
        true => Stop::Now,
        false => Stop::No,
    };
    // A spilled page that cannot be read is reported when it is shown.
    let read = pages
        .iter()
        .filter_map(|page| Some((page, spill.envelope_of(&page.source).ok()?)));
    read.map(|(page, envelope)| (page.page, names::scan(&page.keys, &envelope, &stop)))
        .collect()
}

/// Searches a document and reports matches. Returns those that were not reported. Blocks.
fn find(
    document: &Document,
    (root, from): (NodeId, NodeId),
    needle: &str,
    token: &CancellationToken,
    report: &dyn Fn(Batch),
) -> Batch {
    // It was parsed without a fault when it was typed.
    let Ok(needle) = Needle::parse(needle) else {
        return Batch::default();
    };
    let throttle = Throttle::new(MATCHES_INTERVAL);
    let mut pending = Batch::default();
    scan(document, root, from, &needle, &mut |batch| {
        if token.is_cancelled() {
            return ControlFlow::Break(());
        }
        // A batch is on one side of where the search started.
        if batch.before != pending.before && !pending.hits.is_empty() {
            report(std::mem::take(&mut pending));
        }
        pending.before = batch.before;
        let last = pending.children.last().copied();
        pending.hits.extend(batch.hits);
        pending.children.extend(
            batch
                .children
                .into_iter()
                .filter(|child| Some(*child) != last),
        );
        if !pending.hits.is_empty() && throttle.is_due(Instant::now()) {
            let before = pending.before;
            report(std::mem::replace(
                &mut pending,
                Batch {
                    before,
                    ..Batch::default()
                },
            ));
        }
        ControlFlow::Continue(())
    });
    pending
}

/// Counts the fields of the records of pages. Blocks.
fn count_fields(pages: &[PageSource], spill: &Spill, token: &CancellationToken) -> Arc<Fields> {
    let mut fields = Fields::default();
    for page in pages {
        // A spilled page that cannot be read is reported when it is shown.
        let Ok(envelope) = spill.envelope_of(page) else {
            continue;
        };
        for record in envelope.whole_records() {
            if token.is_cancelled() {
                return Arc::new(fields);
            }
            fields.look(&envelope.document, record);
        }
    }
    fields.conclude();
    Arc::new(fields)
}

/// Sorts records by a column. Blocks.
fn sorted(sort: &Sort) -> Arc<Vec<NodeId>> {
    let document = &sort.document;
    let all = || document.children(sort.root).collect();
    let records = sort.kept.as_deref().map_or_else(all, Vec::clone);
    Arc::new(table::sorted(
        document,
        &records,
        &sort.path,
        sort.direction == Direction::Descending,
    ))
}

/// Finds the attachments that the records of pages name. Blocks.
fn find_attachments(
    pages: &[(PageId, PageSource)],
    finder: &Finder,
    scope: &FindScope,
    spill: &Spill,
    token: &CancellationToken,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (id, page) in pages {
        let marks = match scope {
            FindScope::Marked(marks) => match marks.iter().find(|(marked, _)| marked == id) {
                Some((_, marks)) if !marks.is_empty() => marks.as_slice(),
                Some(_) | None => continue,
            },
            FindScope::All | FindScope::Here { .. } => &[],
        };
        // A spilled page that cannot be read is reported when it is shown.
        let Ok(envelope) = spill.envelope_of(page) else {
            continue;
        };
        let document = &envelope.document;
        let own = |files: Vec<Attachment>| {
            files.into_iter().map(|attachment| Found {
                page: *id,
                attachment,
            })
        };
        match scope {
            FindScope::All => {
                for record in envelope.whole_records() {
                    if token.is_cancelled() || found.len() > MAX_ATTACHMENTS {
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
                    .take(MAX_DEPTH_BELOW)
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
