//! The ledger of pages: what was sent, what was received, and the verdict. Its rows grow while it is open.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Hint, Panes, PopupState, move_or_close};
use crate::app::context::Context;
use crate::app::requests::{DecoderRequest, PopupRequest, ReplyRequest, Request};
use crate::app::session::Session;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::focus::Pane;
use crate::paging::{Entry, Next, Outcome};
use crate::text;

/// The ledger of pages.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The selected row.
    pub cursor: Cursor,
}

impl Ledger {
    /// Opens the ledger at the page that is shown.
    pub fn open(panes: &Panes<'_>) -> Option<Ledger> {
        let entries = panes.reply.run.as_ref()?.entries();
        let page = panes.reply.current + 1;
        let is_shown =
            |entry: &Entry| entry.outcome == Outcome::Page && entry.page as usize == page;
        let at = entries.iter().position(is_shown).unwrap_or(0);
        Some(Ledger {
            cursor: Cursor { at, top: 0 },
        })
    }

    fn entry<'a>(&self, panes: &Panes<'a>) -> Option<&'a Entry> {
        panes.reply.run.as_ref()?.entries().get(self.cursor.at)
    }

    fn go_to_page(&self, context: &mut Context<'_>, panes: &Panes<'_>) {
        let Some(entry) = self.entry(panes) else {
            return;
        };
        let page = (entry.page as usize).saturating_sub(1);
        if entry.outcome != Outcome::Page || page >= panes.reply.pages.len() {
            return context.info("This call brought no page");
        }
        context.request(Request::Close);
        context.request(Request::Focus(Pane::Reply));
        context.request(Request::Reply(ReplyRequest::GoToPage(page)));
    }

    /// Decodes the token that came with the page, else the one that was sent for it.
    fn decode(&self, context: &mut Context<'_>, panes: &Panes<'_>) {
        let Some(entry) = self.entry(panes) else {
            return;
        };
        let page = (entry.page as usize).saturating_sub(1);
        let call = panes.reply.pages.get(page).and_then(|page| page.call());
        let page = entry.page;
        let (title, token) = match (&entry.next, &entry.sent) {
            (Next::Send { param, value }, _) => (
                format!("`{param}` returned with page {page}"),
                value.plain(),
            ),
            (Next::End(_) | Next::Stuck { .. }, Some((param, value))) => (
                format!("`{param}` that was sent for page {page}"),
                value.plain(),
            ),
            (Next::End(_) | Next::Stuck { .. }, None) => {
                return context.info("This page has no token, and none was sent for it");
            }
        };
        context.open(PopupRequest::Decoder(DecoderRequest {
            title: text::safe(&title).into_owned(),
            token,
            call: call.cloned(),
        }));
    }
}

impl PopupState for Ledger {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        match event.code {
            KeyCode::Enter | KeyCode::Char('l') => self.go_to_page(context, panes),
            KeyCode::Char('D') => self.decode(context, panes),
            _ => move_or_close(self, event, Some('L'), context, panes),
        }
    }

    fn list(&mut self, panes: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        let run = panes.reply.run.as_ref();
        let length = run.map_or(0, |run| run.entries().len());
        Some((&mut self.cursor, length))
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        vec![
            ("Enter", "go to the page"),
            ("D", "decode the token"),
            ("j k", "move"),
            ("Esc", "close"),
        ]
    }
}
