//! The ledger of a run over many records: a row for each page of each parent, and why parents are not complete. Its rows
//! grow while it is open.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Hint, Panes, PopupState, move_or_close};
use crate::app::context::Context;
use crate::app::reply::each::LedgerRow;
use crate::app::requests::{Layout, PopupRequest, ReplyRequest, Request, TextRequest};
use crate::app::session::Session;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::focus::Pane;
use crate::domain::failure::Failure;

/// The ledger of a run over many records.
#[derive(Debug, Clone, Default)]
pub struct EachLedger {
    /// The selected row.
    pub cursor: Cursor,
}

impl EachLedger {
    /// Opens the ledger at the page of the record under the cursor.
    pub fn open(panes: &Panes<'_>) -> EachLedger {
        let at = panes.reply.ledger_row_here().unwrap_or(0);
        EachLedger {
            cursor: Cursor { at, top: 0 },
        }
    }

    fn row<'a>(&self, panes: &Panes<'a>) -> Option<&'a LedgerRow> {
        panes.reply.each.as_ref()?.rows.get(self.cursor.at)
    }

    /// Goes to the first record of the page, or shows why there is none.
    fn go(&self, context: &mut Context<'_>, panes: &Panes<'_>) {
        let Some(row) = self.row(panes) else {
            return;
        };
        if row.page.as_ref().is_some_and(|page| page.records > 0) {
            context.request(Request::Close);
            context.request(Request::Focus(Pane::Reply));
            return context.request(Request::Reply(ReplyRequest::GoToRecord(row.first)));
        }
        match row.end.as_ref().and_then(|end| end.failure.as_ref()) {
            Some(failure) => context.open(PopupRequest::Text(TextRequest {
                title: "Why this parent failed".to_owned(),
                text: report(failure),
                layout: Layout::Wrapped,
            })),
            None => context.info("This page has no record"),
        }
    }
}

fn report(failure: &Failure) -> String {
    let parts = [
        Some(&failure.summary),
        failure.detail.as_ref(),
        failure.hint.as_ref(),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join("\n\n")
}

impl PopupState for EachLedger {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        match event.code {
            KeyCode::Enter | KeyCode::Char('l') => self.go(context, panes),
            KeyCode::Char('R') => match panes.reply.can_repeat_each() {
                Ok(()) => context.request(Request::Reply(ReplyRequest::EachAgain)),
                Err(reason) => context.info(reason),
            },
            _ => move_or_close(self, event, Some('L'), context, panes),
        }
    }

    fn list(&mut self, panes: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        let each = panes.reply.each.as_ref();
        let length = each.map_or(0, |each| each.rows.len());
        Some((&mut self.cursor, length))
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        vec![
            ("Enter", "go to the records"),
            ("R", "repeat the failed"),
            ("j k", "move"),
            ("Esc", "close"),
        ]
    }

    fn is_stale(&self, panes: &Panes<'_>) -> bool {
        panes.reply.each.is_none()
    }
}
