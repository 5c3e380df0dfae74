//! Looking for the attachments that pages name: to list them, to mark them, to download them.

use std::sync::Arc;

use super::page::{Page, Tab};
use super::{ReplyPane, Shown};
use crate::app::context::Context;
use crate::app::effect::{DocumentEffect, Effect, FindScope};
use crate::app::ids::{PageId, TaskId};
use crate::app::requests::{FormRequest, PopupRequest, Request, SpentMarks};
use crate::app::source::{Found, PageSource};
use crate::json::document::NodeId;
use crate::text;

/// A search for attachments that runs.
#[derive(Debug, Clone, Copy)]
pub struct AttachmentSearch {
    task: TaskId,
    goal: Goal,
}

/// What is done with the attachments that are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// They are listed.
    List,
    /// They are marked.
    Mark,
    /// They are marked, and then downloaded: that was asked for meanwhile.
    MarkAndDownload,
    /// Those of what is marked are downloaded.
    DownloadMarked,
    /// The one under the cursor is downloaded; several of its record are listed.
    DownloadHere,
}

impl ReplyPane {
    /// Lists the attachments that the pages name.
    pub(super) fn open_attachments(&mut self, context: &mut Context<'_>) {
        if let Some(task) = self.find_attachments(Goal::List, context) {
            let connector_id = self.connector_id();
            context.open(PopupRequest::Attachments { task, connector_id });
        }
    }

    /// Marks all attachments that the pages name.
    pub(super) fn mark_attachments(&mut self, context: &mut Context<'_>) {
        self.find_attachments(Goal::Mark, context);
    }

    /// Downloads the attachments of what is marked, or the one under the cursor.
    pub(super) fn download(&mut self, context: &mut Context<'_>) {
        // What is being marked is what is meant.
        if let Some(search) = &mut self.attachments
            && matches!(search.goal, Goal::Mark | Goal::MarkAndDownload)
        {
            search.goal = Goal::MarkAndDownload;
            return;
        }
        let is_marked = self.pages.iter().any(|page| !page.marks.is_empty());
        let goal = if is_marked {
            Goal::DownloadMarked
        } else {
            Goal::DownloadHere
        };
        self.find_attachments(goal, context);
    }

    fn connector_id(&self) -> String {
        let call = self.call();
        call.map(|call| call.connector_id.clone())
            .unwrap_or_default()
    }

    fn find_attachments(&mut self, goal: Goal, context: &mut Context<'_>) -> Option<TaskId> {
        let page = self.page()?;
        let (id, finder) = (page.id, Arc::clone(page.finder.as_ref()?));
        let source = |page: &Page| (page.id, page.source());
        let all: Vec<(PageId, PageSource)> = match self.streaming() {
            Some(partial) => vec![source(&partial.page)],
            None => self.pages.iter().map(source).collect(),
        };
        let (pages, scope) = match goal {
            Goal::List | Goal::Mark | Goal::MarkAndDownload => (all, FindScope::All),
            Goal::DownloadMarked => {
                let marks = self.pages.iter().map(|page| {
                    let marks: Vec<NodeId> = page.marks.iter().copied().collect();
                    (page.id, marks)
                });
                let marks = marks.collect();
                (all, FindScope::Marked(marks))
            }
            Goal::DownloadHere => {
                let Some(tree) = self.tree().filter(|_| self.tab == Tab::Result) else {
                    context.info("Files are named in the result: t shows it");
                    return None;
                };
                let scope = FindScope::Here {
                    cursor: tree.cursor(),
                    record: tree.record_of(tree.cursor()),
                };
                let own = all.into_iter().filter(|(own, _)| *own == id);
                (own.collect(), scope)
            }
        };
        self.cancel_attachment_search(context);
        let task = context.next_task();
        self.attachments = Some(AttachmentSearch { task, goal });
        context.effect(Effect::Document(DocumentEffect::FindAttachments {
            task,
            pages,
            finder,
            scope,
        }));
        Some(task)
    }

    pub(super) fn cancel_attachment_search(&mut self, context: &mut Context<'_>) {
        if let Some(search) = self.attachments.take() {
            context.effect(Effect::Cancel(search.task));
        }
    }

    /// Drops a search whose result nobody waits for any more.
    pub fn drop_attachment_search(&mut self, task: TaskId) {
        self.attachments.take_if(|search| search.task == task);
    }

    /// Takes the attachments that were found. A list that is open takes them itself.
    pub(super) fn attachments_found(
        &mut self,
        task: TaskId,
        found: Arc<Vec<Found>>,
        context: &mut Context<'_>,
    ) {
        let Some(search) = self.attachments.take_if(|search| search.task == task) else {
            return;
        };
        match search.goal {
            Goal::List => {}
            Goal::Mark | Goal::MarkAndDownload => {
                let files: Vec<_> = found
                    .iter()
                    .map(|own| (own.page, own.attachment.clone()))
                    .collect();
                self.mark_files(&files);
                context.info(match found.len() {
                    0 => "No file is named in these pages".to_owned(),
                    count => format!("{} marked: d downloads", text::plural(count as u64, "file")),
                });
                if search.goal == Goal::MarkAndDownload && !found.is_empty() {
                    self.download(context);
                }
            }
            Goal::DownloadMarked if found.is_empty() => {
                context.info("What is marked names no file: a lists those of these pages");
            }
            // The form may hold the download of the file that is shown as a record.
            Goal::DownloadHere if found.is_empty() => {
                let otherwise = "Nothing here names a file: a lists those of these pages, x shows where the record leads";
                context.request(Request::Form(FormRequest::SendDownload(otherwise)));
            }
            Goal::DownloadHere if found.len() > 1 => {
                let connector_id = self.connector_id();
                context.open(PopupRequest::RecordAttachments {
                    found,
                    connector_id,
                });
            }
            Goal::DownloadMarked | Goal::DownloadHere => {
                let marks = match search.goal {
                    Goal::DownloadMarked => SpentMarks::All,
                    Goal::List | Goal::Mark | Goal::MarkAndDownload | Goal::DownloadHere => {
                        SpentMarks::None
                    }
                };
                let files = found.iter().map(|found| found.attachment.clone());
                context.open(PopupRequest::Download {
                    connector_id: self.connector_id(),
                    files: files.collect(),
                    marks,
                });
            }
        }
    }

    /// Returns whether an attachment is marked.
    pub fn is_marked(&self, found: &Found) -> bool {
        let mut pages = self.pages.iter();
        pages.any(|page| page.id == found.page && page.marks.contains(&found.attachment.node))
    }

    /// Opens the downloaded file, or the address under the cursor, with the system's program.
    pub(super) fn open_with_system(&self, context: &mut Context<'_>) {
        if let Shown::File(file) = &self.shown {
            let path = file.path.to_string_lossy().into_owned();
            return context.effect(Effect::Open(path));
        }
        match self.address() {
            Some(url) => context.effect(Effect::Open(url)),
            None => context.info("There is no http:// or https:// address under the cursor"),
        }
    }

    fn address(&self) -> Option<String> {
        let tree = self.tree()?;
        let (document, at) = (tree.document(), tree.cursor());
        let plain = document.scalar(at).map(|_| document.plain(at).into_owned());
        plain.filter(|text| is_address(text)).or_else(|| {
            let finder = self.page()?.finder.as_ref()?;
            finder.look(document, at, tree.record_of(at))?.url
        })
    }
}

fn is_address(text: &str) -> bool {
    let has_scheme = text.starts_with("https://") || text.starts_with("http://");
    has_scheme && !text.contains(char::is_whitespace)
}
