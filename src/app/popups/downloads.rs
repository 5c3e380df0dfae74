//! The downloads: running, done, failed. The queue itself is in [`Downloads`](crate::app::downloads::Downloads).

use crossterm::event::{KeyCode, KeyEvent};

use super::{Hint, Panes, PopupState, move_or_close};
use crate::app::context::Context;
use crate::app::effect::Effect;
use crate::app::requests::{DownloadsRequest, Request};
use crate::app::session::Session;
use crate::app::widgets::cursor::Cursor;
use crate::domain::download::SavedFile;
use crate::domain::download::queue::{Item, State};

/// The list of downloads.
#[derive(Debug, Clone)]
pub struct DownloadsPopup {
    /// The selected one.
    pub cursor: Cursor,
}

impl DownloadsPopup {
    /// Opens the list at the first download that runs or waits, else at the last one.
    pub fn open(context: &mut Context<'_>, panes: &Panes<'_>) -> DownloadsPopup {
        let items = panes.downloads.queue.items();
        let is_open = |item: &Item| matches!(item.state, State::Running(_) | State::Waiting);
        let at = items.iter().position(is_open);
        let at = at.unwrap_or(items.len().saturating_sub(1));
        context.request(Request::Downloads(DownloadsRequest::LoadUnfinished));
        DownloadsPopup {
            cursor: Cursor { at, top: 0 },
        }
    }
}

fn file_of(item: &Item) -> Option<&SavedFile> {
    match &item.state {
        State::Done(file) => Some(file),
        State::Waiting | State::Running(_) | State::Failed(_) | State::Cancelled => None,
    }
}

impl PopupState for DownloadsPopup {
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        let item = panes.downloads.queue.items().get(self.cursor.at);
        let path = |file: &SavedFile| file.path.to_string_lossy().into_owned();
        let request = match (event.code, item) {
            (KeyCode::Char(' '), _) => DownloadsRequest::PauseOrContinue,
            (KeyCode::Char('R'), _) => DownloadsRequest::RetryFailed,
            (KeyCode::Char('c'), Some(item)) => DownloadsRequest::Cancel(item.id),
            (KeyCode::Char('o'), Some(item)) => {
                return match file_of(item) {
                    Some(file) => context.effect(Effect::Open(path(file))),
                    None => context.info("This file is not there yet"),
                };
            }
            (KeyCode::Char('y'), Some(item)) => {
                return match file_of(item) {
                    Some(file) => context.effect(Effect::Copy {
                        text: path(file),
                        what: "the path of the file".to_owned(),
                    }),
                    None => context.info("This file is not there yet"),
                };
            }
            (KeyCode::Char('c' | 'o' | 'y'), None) => {
                return context.info("There is no download here");
            }
            _ => return move_or_close(self, event, Some('w'), context, panes),
        };
        context.request(Request::Downloads(request));
    }

    fn list(&mut self, panes: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        let length = panes.downloads.queue.items().len();
        Some((&mut self.cursor, length))
    }

    fn hints(&self, _: &Session, panes: &Panes<'_>) -> Vec<Hint> {
        let queue = &panes.downloads.queue;
        if queue.items().is_empty() {
            return vec![("Esc", "close")];
        }
        let ends = [("o", "open"), ("y", "copy path")];
        let (retry, close) = (("R", "retry failed"), ("Esc", "close"));
        if queue.is_idle() {
            return vec![ends[0], ends[1], retry, close];
        }
        let space = if queue.is_paused() {
            "continue"
        } else {
            "pause"
        };
        let running = [("Space", space), ("c", "cancel"), retry];
        running.into_iter().chain(ends).chain([close]).collect()
    }
}
