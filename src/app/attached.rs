//! Files that the pages name: the list of them, their marks, and the way from one to its download.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::App;
use super::cursor::Cursor;
use super::effect::{Effect, FindScope};
use super::load::{Load, TaskId};
use super::notice::Notice;
use super::page::{Page, PageId};
use super::popup::Popup;
use super::reply::{Shown, Tab};
use crate::attachments::{Attachment, Finder};
use crate::domain::call::Call;
use crate::json::document::NodeId;
use crate::text;

/// A file that a page names.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The page.
    pub serial: PageId,
    /// The file.
    pub attachment: Attachment,
}

/// Where files were looked for, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// To list them.
    List,
    /// To mark them all.
    Mark,
    /// To download what is marked.
    DownloadMarked,
    /// To download what is under the cursor.
    DownloadHere,
}

/// Files that are being looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looking {
    task: TaskId,
    goal: Goal,
}

impl Looking {
    /// Returns the work.
    pub(super) fn task(&self) -> TaskId {
        self.task
    }
}

/// The list of files.
#[derive(Debug, Clone, Default)]
pub struct AttachmentsView {
    /// What was found.
    pub found: Load<Arc<Vec<Found>>>,
    /// The selected one.
    pub cursor: Cursor,
    /// The connector that they are fetched from.
    pub connector_id: String,
    /// Whether there are only those of one record.
    pub of_record: bool,
}

impl AttachmentsView {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.found.value().map_or(0, |found| found.len())
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl App {
    /// Returns what knows the files in the replies of a call.
    pub(super) fn finder_of(&self, call: &Call) -> Finder {
        let own = self
            .form
            .connector
            .as_ref()
            .filter(|connector| connector.id == call.connector_id);
        if own.is_some() {
            return Finder::new(&self.form.operations, &self.form.relations, call);
        }
        let connector = self
            .connectors
            .all()
            .iter()
            .find(|connector| connector.id == call.connector_id);
        let definition = connector.and_then(crate::catalog::definition_of);
        let operations = definition
            .map(|definition| definition.operations())
            .unwrap_or_default();
        let relations = definition
            .map(|definition| definition.relations())
            .unwrap_or_default();
        Finder::new(&operations, &relations, call)
    }

    /// `a`: lists the files that the pages name.
    pub(super) fn open_attachments(&mut self) -> Vec<Effect> {
        let effects = self.find_attachments(Goal::List);
        if let Some(looking) = self.looking {
            let mut view = AttachmentsView {
                connector_id: self.connector_of_pages(),
                ..AttachmentsView::default()
            };
            view.found.start(looking.task);
            self.popups.push(Popup::Attachments(Box::new(view)));
        }
        effects
    }

    /// `A`: marks all files that the pages name.
    pub(super) fn mark_attachments(&mut self) -> Vec<Effect> {
        self.find_attachments(Goal::Mark)
    }

    /// `d` in the reply: downloads what is marked, or what is under the cursor; else the operation of the form.
    pub(super) fn download_here(&mut self) -> Vec<Effect> {
        let marked = self.reply.pages.iter().any(|page| !page.marks.is_empty());
        self.find_attachments(if marked {
            Goal::DownloadMarked
        } else {
            Goal::DownloadHere
        })
    }

    fn connector_of_pages(&self) -> String {
        self.reply
            .page()
            .map(|page| page.call.connector_id.clone())
            .unwrap_or_default()
    }

    fn find_attachments(&mut self, goal: Goal) -> Vec<Effect> {
        let Some(page) = self.reply.page() else {
            return Vec::new();
        };
        let (serial, call, finder) = (page.serial, page.call.clone(), page.finder.clone());
        let here = self
            .reply
            .tree()
            .filter(|_| self.reply.tab() == Tab::Result)
            .map(|tree| (tree.cursor(), tree.record_of(tree.cursor())));
        let source = |page: &Page| (page.serial, page.source());
        let all: Vec<_> = match self.reply.arriving() {
            Some(partial) => vec![source(&partial.page)],
            None => self.reply.pages.iter().map(source).collect(),
        };
        let (pages, scope) = match goal {
            Goal::List | Goal::Mark => (all, FindScope::All),
            Goal::DownloadMarked => {
                let marks: Vec<(PageId, Vec<NodeId>)> = self
                    .reply
                    .pages
                    .iter()
                    .map(|page| (page.serial, page.marks.iter().copied().collect()))
                    .collect();
                (all, FindScope::Marked(marks))
            }
            Goal::DownloadHere => {
                let Some((cursor, record)) = here else {
                    self.notice = Some(Notice::info("Files are named in the result: t shows it"));
                    return Vec::new();
                };
                (
                    all.into_iter().filter(|(own, _)| *own == serial).collect(),
                    FindScope::Here { cursor, record },
                )
            }
        };
        let mut effects: Vec<Effect> = self
            .looking
            .take()
            .map(|looking| Effect::Cancel(looking.task))
            .into_iter()
            .collect();
        let task = self.next_task();
        self.looking = Some(Looking { task, goal });
        let finder = finder.unwrap_or_else(|| Arc::new(self.finder_of(&call)));
        effects.push(Effect::FindAttachments {
            task,
            pages,
            finder,
            scope,
        });
        effects
    }

    /// Takes the files that were found, for what they were looked for.
    pub(super) fn attachments_found(
        &mut self,
        task: TaskId,
        found: Arc<Vec<Found>>,
    ) -> Vec<Effect> {
        let Some(looking) = self.looking.take_if(|looking| looking.task == task) else {
            return Vec::new();
        };
        match looking.goal {
            Goal::List => {
                for popup in &mut self.popups {
                    if let Popup::Attachments(view) = popup {
                        view.found.finish(task, Ok(Arc::clone(&found)));
                    }
                }
                Vec::new()
            }
            Goal::Mark => {
                let count = found.len();
                for own in found.iter() {
                    if let Some(page) = self.reply.by_serial(own.serial) {
                        page.mark_file(&own.attachment);
                    }
                }
                self.notice = Some(Notice::info(match count {
                    0 => "No file is named in these pages".to_owned(),
                    count => format!("{} marked: d downloads", text::plural(count as u64, "file")),
                }));
                Vec::new()
            }
            Goal::DownloadMarked if found.is_empty() => {
                self.notice = Some(Notice::info(
                    "What is marked names no file: a lists those of these pages",
                ));
                Vec::new()
            }
            Goal::DownloadHere if found.is_empty() => {
                if self.form.action() == "download" {
                    return self.send();
                }
                self.notice = Some(Notice::info(
                    "Nothing here names a file: a lists those of these pages, x tells where the record leads",
                ));
                Vec::new()
            }
            Goal::DownloadHere if found.len() > 1 => {
                let mut view = AttachmentsView {
                    connector_id: self.connector_of_pages(),
                    of_record: true,
                    ..AttachmentsView::default()
                };
                view.found = Load::Ready(found);
                self.popups.push(Popup::Attachments(Box::new(view)));
                Vec::new()
            }
            Goal::DownloadMarked | Goal::DownloadHere => {
                let connector_id = self.connector_of_pages();
                self.ask_to_download(
                    connector_id,
                    found.iter().map(|found| found.attachment.clone()).collect(),
                )
            }
        }
    }

    /// Takes a key while the files are listed.
    pub(super) fn key_in_attachments(&mut self, event: KeyEvent) -> Vec<Effect> {
        let Some(Popup::Attachments(view)) = self.popups.last() else {
            return Vec::new();
        };
        let found = view.found.value().map(Arc::clone).unwrap_or_default();
        let (at, connector_id) = (view.cursor.at, view.connector_id.clone());
        let selected = found.get(at).cloned();
        match (event.code, selected) {
            (KeyCode::Char(' '), Some(own)) => {
                if let Some(page) = self.reply.by_serial(own.serial)
                    && !page.unmark_file(&own.attachment)
                {
                    page.mark_file(&own.attachment);
                }
                self.move_in_popup(1);
                Vec::new()
            }
            (KeyCode::Char('A'), _) => {
                for own in found.iter() {
                    if let Some(page) = self.reply.by_serial(own.serial) {
                        page.mark_file(&own.attachment);
                    }
                }
                self.notice = Some(Notice::info(format!(
                    "{} marked: d downloads",
                    text::plural(found.len() as u64, "file")
                )));
                Vec::new()
            }
            (KeyCode::Char('d'), selected) => {
                let marked = found
                    .iter()
                    .filter(|own| self.is_marked(own))
                    .map(|own| own.attachment.clone());
                let marked: Vec<Attachment> = marked.collect();
                let files = if marked.is_empty() {
                    selected.map(|own| own.attachment).into_iter().collect()
                } else {
                    marked
                };
                self.ask_to_download(connector_id, files)
            }
            (KeyCode::Char('o'), Some(own)) => match own.attachment.url {
                Some(url) => vec![Effect::Open(url)],
                None => {
                    self.notice = Some(Notice::info(
                        "This file has no address to open: d downloads it",
                    ));
                    Vec::new()
                }
            },
            (KeyCode::Enter, Some(own)) => {
                self.popups.pop();
                self.go_to_attachment(&own)
            }
            _ => self.move_or_close(event, 'a'),
        }
    }

    /// Returns whether a file is marked.
    pub fn is_marked(&self, found: &Found) -> bool {
        self.reply
            .pages
            .iter()
            .any(|page| page.serial == found.serial && page.marks.contains(&found.attachment.node))
    }

    /// Goes to where the file is named.
    fn go_to_attachment(&mut self, found: &Found) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(place) = self
            .reply
            .pages
            .iter()
            .position(|page| page.serial == found.serial)
            && place != self.reply.current
        {
            effects = self.go_to_page(place);
        }
        self.focus = super::focus::Pane::Reply;
        self.reply.tab = 0;
        self.reply.all_pages = None;
        self.go_to_value(found.attachment.node);
        effects
    }

    /// `o`: opens the file, or the address under the cursor, with the system's program.
    pub(super) fn open_with_system(&mut self) -> Vec<Effect> {
        if let Shown::File(file) = &self.reply.shown {
            return vec![Effect::Open(file.path.to_string_lossy().into_owned())];
        }
        let target = self.reply.tree().and_then(|tree| {
            let (document, at) = (tree.document(), tree.cursor());
            let plain = document
                .scalar(at)
                .map(|_| document.plain(at).into_owned())
                .filter(|text| is_address(text));
            let record = tree.record_of(at);
            plain.or_else(|| {
                self.reply
                    .page()?
                    .finder
                    .as_ref()?
                    .look(document, at, record)?
                    .url
            })
        });
        match target {
            Some(url) => vec![Effect::Open(url)],
            None => {
                self.notice = Some(Notice::info(
                    "There is no http:// or https:// address under the cursor",
                ));
                Vec::new()
            }
        }
    }
}

/// Returns whether a text is an address that a browser opens.
fn is_address(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && !text.contains(char::is_whitespace)
}
