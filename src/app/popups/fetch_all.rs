//! Fetching all pages: what it will cost as far as is known, and where it stops by itself.

use std::time::Duration;

use super::dialog::{Answered, Dialog, DialogState, OnEnter, Row};
use super::{Hint, Panes};
use crate::app::context::Context;
use crate::app::requests::{FormRequest, ReplyRequest, Request};
use crate::app::session::Session;
use crate::domain::call::{Call, JsonText};
use crate::paging::Limits;
use crate::text;

/// How many pages are fetched unless the limit is changed.
const MOST_PAGES: u64 = 100;

/// A row of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// How many records a page has.
    PageSize,
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
    /// The call for the first page with more records a page, where that can be asked for.
    larger: Option<Larger>,
}

/// A call that asks for more records a page.
#[derive(Debug, Clone)]
struct Larger {
    call: Call,
    /// The parameter, and its value.
    param: String,
    size: u64,
}

/// The page size that a call can ask for.
struct PageSize {
    param: String,
    /// How many records a page has now.
    now: u64,
    /// The largest that is declared.
    most: u64,
}

impl PageSize {
    /// Returns the page size of a call if a larger one than that of its page is declared.
    fn of(call: &Call, count: u64, session: &Session) -> Option<PageSize> {
        let operation = session.operation_of(call)?;
        let param = operation.paging.as_ref()?.size_param.clone()?;
        let mut parameters = operation.parameters.iter();
        let declared = parameters.find(|parameter| parameter.name == param)?;
        let number = |text: &str| text.parse::<u64>().ok();
        let most = declared.maximum.as_deref().and_then(number)?;
        let sent = call
            .params
            .get(&param)
            .and_then(|value| number(value.as_str()));
        let now = sent.unwrap_or(count);
        (now > 0 && now < most).then_some(PageSize { param, now, most })
    }

    /// Returns the row: as it is now, or begun again with the largest.
    fn row(&self, stated: Option<u64>, left: u64) -> Row<Field> {
        let most = text::count(self.most);
        let (stays, changes) = match stated {
            Some(total) => {
                let calls = text::plural(total.div_ceil(self.most), "call");
                let own = text::count(left);
                (
                    format!("now; {most} would need {calls} instead of {own}"),
                    format!("from the first page again: {calls} instead of {own}"),
                )
            }
            None => (
                format!("now; {most} is the most"),
                "from the first page again".to_owned(),
            ),
        };
        let choices = vec![
            (self.now.to_string(), stays),
            (self.most.to_string(), changes),
        ];
        Row::choice(Field::PageSize, "records a page", 0, choices)
    }
}

impl FetchAllDialog {
    /// Opens the limits for the run over the pages that are here.
    pub fn open(session: &Session, panes: &Panes<'_>) -> Option<FetchAllDialog> {
        let page = panes.reply.pages.last()?;
        let run = panes.reply.run.as_ref()?;
        let size = u64::from(page.count()).max(1);
        let stated = page
            .envelope()
            .and_then(|envelope| run.stated_total(envelope));
        let left = |total: u64| total.saturating_sub(run.records()).div_ceil(size);
        let estimate = match stated {
            Some(total) => format!(
                "The service states {} records: about {} more.",
                text::count(total),
                text::plural(left(total), "call")
            ),
            None => "How many there are is not known.".to_owned(),
        };
        let facts = vec![
            format!("{estimate} Each page is a call, one at a time."),
            "It stops by itself at the limits below; Esc stops it earlier. What was received is kept."
                .to_owned(),
        ];
        let no_limit = "empty: no limit";
        let pages = MOST_PAGES.to_string();
        let mut rows = vec![
            Row::text(Field::Pages, "pages at most", pages, no_limit),
            Row::text(Field::Records, "records at most", "", no_limit),
            Row::text(Field::Megabytes, "megabytes at most", "", no_limit),
            Row::text(Field::Seconds, "seconds at most", "", no_limit),
        ];
        let first = panes.reply.pages.first();
        let first = first.and_then(|first| Some((first.call()?, first.count())));
        let larger = first.and_then(|(call, count)| {
            let size = PageSize::of(call, u64::from(count), session)?;
            rows.insert(0, size.row(stated, stated.map_or(0, left)));
            Some(Larger {
                call: call.with(&size.param, JsonText::integer(size.most as i64)),
                param: size.param,
                size: size.most,
            })
        });
        Some(FetchAllDialog {
            dialog: Dialog::new("Fetch all pages?", facts, rows),
            larger,
        })
    }

    /// Returns the call for the first page if a larger page size was chosen.
    fn chosen_larger(&self) -> Option<Larger> {
        let is_chosen = self.dialog.chosen(Field::PageSize) > 0;
        self.larger.clone().filter(|_| is_chosen)
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
        &[("Enter", "start"), ("n", "no"), ("Space", "change")]
    }

    fn on_enter(&self) -> OnEnter {
        OnEnter::Answer('y')
    }

    fn answer(&mut self, key: char, context: &mut Context<'_>, panes: &Panes<'_>) -> Answered {
        if key != 'y' {
            return Answered::No;
        }
        match self.limits() {
            Ok(limits) => {
                context.request(Request::Close);
                let fetch = match self.chosen_larger() {
                    Some(larger) => {
                        // What is sent is what stands in the form: the ledger says so of its first page.
                        if panes.request.form.is_of(&larger.call) {
                            let set = FormRequest::SetValue(larger.param, larger.size.to_string());
                            context.request(Request::Form(set));
                        }
                        ReplyRequest::FetchAnew(Box::new(larger.call), limits)
                    }
                    None => ReplyRequest::FetchAll(limits),
                };
                context.request(Request::Reply(fetch));
            }
            Err(fault) => self.dialog.fault = Some(fault),
        }
        Answered::Yes
    }
}
