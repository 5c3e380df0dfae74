//! Fetching all pages: what it will cost as far as is known, and where it stops by itself.

use std::time::Duration;

use super::dialog::{Answered, Dialog, DialogState, Row};
use super::{Hint, Panes};
use crate::app::context::Context;
use crate::app::requests::{ReplyRequest, Request};
use crate::paging::Limits;
use crate::text;

/// How many pages are fetched unless the limit is changed.
const MOST_PAGES: u64 = 100;

/// A row of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The limit of pages.
    Pages,
    /// The limit of records.
    Records,
    /// The limit of megabytes.
    Megabytes,
    /// The limit of seconds.
    Seconds,
}

/// The limits of fetching all pages.
#[derive(Debug, Clone)]
pub struct FetchAllDialog {
    dialog: Dialog<Field>,
}

impl FetchAllDialog {
    /// Opens the limits for the run over the pages that are here.
    pub fn open(panes: &Panes<'_>) -> Option<FetchAllDialog> {
        let page = panes.reply.pages.last()?;
        let run = panes.reply.run.as_ref()?;
        let size = u64::from(page.count()).max(1);
        let stated = page
            .envelope()
            .and_then(|envelope| run.stated_total(envelope));
        let estimate = match stated {
            Some(total) => {
                let calls = total.saturating_sub(run.records()).div_ceil(size);
                format!(
                    "The service states {} records: about {} more.",
                    text::count(total),
                    text::plural(calls, "call")
                )
            }
            None => "How many there are is not known.".to_owned(),
        };
        let facts = vec![
            format!("{estimate} Each page is a call, one at a time."),
            "It stops by itself at the limits below; Esc stops it earlier. What was received is kept."
                .to_owned(),
        ];
        let no_limit = "empty: no limit";
        let pages = MOST_PAGES.to_string();
        let rows = vec![
            Row::text(Field::Pages, "pages at most", pages, no_limit),
            Row::text(Field::Records, "records at most", "", no_limit),
            Row::text(Field::Megabytes, "megabytes at most", "", no_limit),
            Row::text(Field::Seconds, "seconds at most", "", no_limit),
        ];
        Some(FetchAllDialog {
            dialog: Dialog::new("Fetch all pages?", facts, rows),
        })
    }

    fn limits(&self) -> Result<Limits, String> {
        let bytes = |megabytes: u64| megabytes.saturating_mul(1_000_000);
        Ok(Limits {
            pages: self.dialog.number(Field::Pages)?,
            records: self.dialog.number(Field::Records)?,
            bytes: self.dialog.number(Field::Megabytes)?.map(bytes),
            calls: None,
            time: self.dialog.number(Field::Seconds)?.map(Duration::from_secs),
        })
    }
}

impl DialogState for FetchAllDialog {
    type Field = Field;

    fn dialog(&self) -> &Dialog<Field> {
        &self.dialog
    }

    fn dialog_mut(&mut self) -> &mut Dialog<Field> {
        &mut self.dialog
    }

    fn answers(&self) -> &'static [Hint] {
        &[("y", "fetch"), ("n", "no"), ("Enter", "change")]
    }

    fn answer(&mut self, key: char, context: &mut Context<'_>, _: &Panes<'_>) -> Answered {
        if key != 'y' {
            return Answered::No;
        }
        match self.limits() {
            Ok(limits) => {
                context.request(Request::Close);
                context.request(Request::Reply(ReplyRequest::FetchAll(limits)));
            }
            Err(fault) => self.dialog.fault = Some(fault),
        }
        Answered::Yes
    }
}
