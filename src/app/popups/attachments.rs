//! Attachments that pages name, to mark and download.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::{Hint, Panes, PopupState, move_or_close};
use crate::app::context::Context;
use crate::app::downloads::Downloads;
use crate::app::effect::Effect;
use crate::app::ids::TaskId;
use crate::app::msg::DocumentMsg;
use crate::app::requests::{PopupRequest, ReplyRequest, Request, SpentMarks};
use crate::app::session::Session;
use crate::app::source::Found;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::load::{Load, Timed};
use crate::domain::download::queue::Item;
use crate::text;

/// Attachments.
#[derive(Debug, Clone)]
pub struct Attachments {
    /// What was found.
    pub found: Load<Arc<Vec<Found>>>,
    /// The selected one.
    pub cursor: Cursor,
    /// Whose they are.
    pub scope: Scope,
    connector_id: String,
}

/// Whose attachments are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of all pages.
    Pages,
    /// Those of one record.
    Record,
}

impl Attachments {
    /// Opens the list that a search fills.
    pub fn searching(task: TaskId, connector_id: String) -> Attachments {
        let mut found = Load::Idle;
        found.start(task);
        Attachments {
            found,
            cursor: Cursor::default(),
            scope: Scope::Pages,
            connector_id,
        }
    }

    /// Opens the attachments of a record.
    pub fn of_record(found: Arc<Vec<Found>>, connector_id: String) -> Attachments {
        Attachments {
            found: Load::Ready(found),
            cursor: Cursor::default(),
            scope: Scope::Record,
            connector_id,
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.found.value().map_or(0, |found| found.len())
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn all(&self) -> &[Found] {
        self.found.value().map_or(&[], |found| found.as_slice())
    }

    fn selected(&self) -> Option<&Found> {
        self.all().get(self.cursor.at)
    }

    /// Returns the download of a file, if it is in the queue.
    pub fn download_of<'a>(&self, own: &Found, downloads: &'a Downloads) -> Option<&'a Item> {
        let mut calls = own.attachment.options.iter();
        calls.find_map(|option| downloads.queue.of_call(&option.call(&self.connector_id)))
    }

    fn mark_all(&self, context: &mut Context<'_>) {
        let all = self.all().iter();
        let files = all.map(|own| (own.page, own.attachment.clone())).collect();
        context.request(Request::Reply(ReplyRequest::Mark(files)));
        context.info(match self.len() {
            0 => "No file is named in these pages".to_owned(),
            count => format!("{} marked: d downloads", text::plural(count as u64, "file")),
        });
    }

    /// Downloads the marked ones, or the selected one.
    fn download(&self, context: &mut Context<'_>, panes: &Panes<'_>) {
        let marked = self.all().iter().filter(|own| panes.reply.is_marked(own));
        let marked: Vec<_> = marked
            .map(|own| (own.page, own.attachment.clone()))
            .collect();
        let (files, marks) = if marked.is_empty() {
            let selected = self.selected().map(|own| own.attachment.clone());
            (selected.into_iter().collect(), SpentMarks::None)
        } else {
            let files = marked.iter().map(|(_, file)| file.clone()).collect();
            (files, SpentMarks::Of(marked))
        };
        context.open(PopupRequest::Download {
            connector_id: self.connector_id.clone(),
            files,
            marks,
        });
    }
}

impl PopupState for Attachments {
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        match (event.code, self.selected()) {
            (KeyCode::Char(' '), Some(own)) => {
                let attachment = Box::new(own.attachment.clone());
                let toggle = ReplyRequest::ToggleMark(own.page, attachment);
                context.request(Request::Reply(toggle));
                self.scroll(1, panes);
            }
            (KeyCode::Char('A'), _) => self.mark_all(context),
            (KeyCode::Char('d'), _) => self.download(context, panes),
            (KeyCode::Char('w'), _) => context.open(PopupRequest::Downloads),
            (KeyCode::Char('o'), Some(own)) => match &own.attachment.url {
                Some(url) => context.effect(Effect::Open(url.clone())),
                None => context.info("This file has no address to open: d downloads it"),
            },
            (KeyCode::Enter, Some(own)) => {
                let go_to = ReplyRequest::GoToValue(own.page, own.attachment.node);
                context.request(Request::Close);
                context.request(Request::Focus(Pane::Reply));
                context.request(Request::Reply(go_to));
            }
            _ => move_or_close(self, event, Some('a'), context, panes),
        }
    }

    fn list(&mut self, _: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        let length = self.len();
        Some((&mut self.cursor, length))
    }

    fn hints(&self, _: &Session, panes: &Panes<'_>) -> Vec<Hint> {
        if self.is_empty() {
            return vec![("Esc", "close")];
        }
        // What was said of the download names this key.
        let queue = (!panes.downloads.queue.items().is_empty()).then_some(("w", "downloads"));
        let keys = [
            Some(("d", "download")),
            Some(("Space", "mark")),
            Some(("A", "mark all")),
            queue,
            Some(("Enter", "go there")),
            Some(("o", "open the address")),
            Some(("Esc", "close")),
        ];
        keys.into_iter().flatten().collect()
    }

    fn loads(&mut self) -> Vec<&mut dyn Timed> {
        vec![&mut self.found]
    }

    fn document_msg(&mut self, msg: &DocumentMsg) {
        if let DocumentMsg::AttachmentsFound { task, found } = msg {
            self.found.finish(*task, Ok(Arc::clone(found)));
        }
    }
}
