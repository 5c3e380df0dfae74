//! Replies of requests that one has left: put away with all that is seen of them, and shown again without a call.

use super::all_pages::RowRef;
use super::each::EachRun;
use super::filter::Filter;
use super::page::{Page, Tab};
use super::search::{Jump, Search};
use super::trail::{Direction, SentFrom};
use super::{PageTab, ReplyPane, Shown};
use crate::app::context::{Context, Reason};
use crate::app::request_state::RequestState;
use crate::app::requests::{FormRequest, Request};
use crate::app::widgets::load::Load;
use crate::domain::action::Action;
use crate::domain::call::Call;
use crate::domain::operation::{Operation, only_reads};
use crate::json::document::NodeId;
use crate::paging::{Run, Verdict};
use crate::text;

/// A reply that is not shown: its pages, and how they are looked at.
#[derive(Debug, Clone, Default)]
pub struct KeptReply {
    /// What is shown of it.
    pub shown: Shown,
    /// The pages.
    pub pages: Vec<Page>,
    /// The page that is shown.
    pub current: usize,
    /// The tab that is shown.
    pub tab: Tab,
    /// The run over the pages.
    pub run: Option<Run>,
    /// The run over many records.
    pub each: Option<Box<EachRun>>,
    /// Whether the data is complete.
    pub verdict: Option<Verdict>,
    /// The first line of all pages as one list.
    pub all_pages: Option<RowRef>,
    /// Where a range of marks began.
    pub range: Option<(PageTab, NodeId)>,
    /// The search.
    pub search: Search,
    /// Whether the search had seen everything.
    pub search_end: SearchEnd,
    /// The jq filter whose result is shown.
    pub filter: Option<Box<Filter>>,
}

/// Whether pages were shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Uncovered {
    /// They were behind a request that failed.
    Yes,
    /// There are none, or they were seen.
    No,
}

/// How a search ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SearchEnd {
    /// It had seen everything, or there is none.
    #[default]
    Whole,
    /// It was left while it ran.
    Left,
}

impl KeptReply {
    /// Returns how many bytes it holds, in memory or in the spill file.
    pub fn size(&self) -> u64 {
        let pages = self.pages.iter().map(Page::size).sum::<u64>();
        pages + self.filter_cost() as u64
    }

    /// Returns how many bytes of memory the result of its filter takes.
    pub fn filter_cost(&self) -> usize {
        let page = self
            .filter
            .as_ref()
            .and_then(|filter| filter.page.as_deref());
        page.map_or(0, Page::cost)
    }

    /// Gives up the result of its filter.
    pub fn drop_filter(&mut self) {
        if let Some(filter) = self.filter.take() {
            self.tab = filter.tab();
            self.search = Search::default();
        }
    }

    /// Drops the pages. What was asked for is known still.
    pub fn drop_pages(&mut self) {
        *self = KeptReply {
            shown: Shown::Dropped,
            ..KeptReply::default()
        };
    }
}

impl ReplyPane {
    /// Returns whether one can go to another request; if not, why not.
    pub fn can_go(&self, direction: Direction) -> Result<(), Reason> {
        if !self.trail.leads(direction) {
            return Err(match direction {
                Direction::Back => "There is no request before this one to go back to",
                Direction::Forward => "There is no request to go forward to",
            }
            .into());
        }
        let call = self.waiting.as_ref().and_then(super::Waiting::call);
        match call {
            Some(_) if self.is_asking_each() => Err(super::each::EACH_IS_RUNNING.into()),
            Some(_) if self.fetching.is_some() => {
                Err("All pages are being fetched: Esc stops that first".into())
            }
            Some(call) if call.action == "download" => {
                Err("A download is running: Esc cancels it first".into())
            }
            Some(call) if !only_reads(&call.action) => {
                Err("A call that changes data is running: Esc cancels it first".into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Goes to another request of the trail: the form and the reply are shown as they were left. A call that only reads
    /// and still runs is cancelled.
    pub fn go(&mut self, direction: Direction, context: &mut Context<'_>) {
        self.cancel(context);
        self.load = Load::Idle;
        let _ = self.uncover_pages();
        self.trail.keep_form();
        let mut trail = std::mem::take(&mut self.trail);
        let turned = trail.turn(direction, || self.put_away(context));
        self.trail = trail;
        let Some(turned) = turned else {
            return;
        };
        if let Some(reply) = turned.reply {
            self.show_kept(reply, context);
        }
        self.spill.is_due = true;
        if let Some(form) = turned.form {
            let (place, count) = self.trail.place();
            let sent = if self.trail.is_answered() {
                ""
            } else {
                ", not sent yet"
            };
            context.info(format!(
                "Request {place} of {count}: `{} {}`{sent}",
                text::safe(&form.entity),
                text::safe(&form.action)
            ));
            context.request(Request::Form(FormRequest::Restore(Box::new(form))));
        }
    }

    /// Leaves the request for another one, as it stood in the form.
    pub fn leave(&mut self, form: Option<RequestState>) {
        let waiting = self.waiting.as_ref();
        let is_sent = waiting.is_some_and(|own| own.sent_from.is_some());
        // What stood in the form last belongs to the call that runs, not to the reply that is shown.
        let form = if is_sent && self.trail.is_answered() {
            self.trail.current_form().cloned()
        } else {
            form
        };
        self.trail.leave(form);
    }

    /// Begins a new reply: the one that was shown is kept with its own request.
    pub(super) fn begin_reply(&mut self, sent: SentFrom, call: &Call, context: &mut Context<'_>) {
        let label = label_of(call, context.session.operation_of(call).as_ref());
        let shows_list = self.all_pages.is_some();
        // What is sent from a failure takes its place.
        let is_failure = matches!(self.shown, Shown::Failed(_)) && self.pages.is_empty();
        let former = Some(self.put_away(context)).filter(|_| !is_failure);
        self.trail.answer(sent, label, former);
        // Whoever reads all pages as one list goes on doing so.
        self.all_pages = shows_list.then_some(RowRef::Head(0));
        self.spill.is_due = true;
    }

    /// Takes the reply that is shown out of the pane. A filter that is being typed stays for the next reply.
    fn put_away(&mut self, context: &mut Context<'_>) -> KeptReply {
        let search_end = match self.search.running.task() {
            Some(_) => SearchEnd::Left,
            None => SearchEnd::Whole,
        };
        context.cancel(&mut self.search.running);
        self.cancel_attachment_search(context);
        self.from_end = None;
        let filter = match &mut self.filter {
            Some(filter) if filter.input.is_some() => None,
            Some(filter) => {
                context.cancel(&mut filter.running);
                self.filter.take()
            }
            None => None,
        };
        let _ = self.uncover_pages();
        KeptReply {
            shown: std::mem::take(&mut self.shown),
            pages: std::mem::take(&mut self.pages),
            current: std::mem::take(&mut self.current),
            tab: std::mem::take(&mut self.tab),
            run: self.run.take(),
            each: self.each.take(),
            verdict: self.verdict.take(),
            all_pages: self.all_pages.take(),
            range: self.range.take(),
            search: std::mem::take(&mut self.search),
            search_end,
            filter,
        }
    }

    /// Shows the pages again that a request which failed is shown in place of: the failure is not of these pages.
    pub(super) fn uncover_pages(&mut self) -> Uncovered {
        if matches!(self.shown, Shown::Failed(_)) && !self.pages.is_empty() {
            self.shown = Shown::Pages;
            return Uncovered::Yes;
        }
        Uncovered::No
    }

    fn show_kept(&mut self, reply: KeptReply, context: &mut Context<'_>) {
        let KeptReply {
            shown,
            pages,
            current,
            tab,
            run,
            each,
            verdict,
            all_pages,
            range,
            search,
            search_end,
            filter,
        } = reply;
        (self.shown, self.pages, self.current, self.tab) = (shown, pages, current, tab);
        (self.run, self.verdict, self.all_pages) = (run, verdict, all_pages);
        self.each = each;
        (self.range, self.search, self.filter) = (range, search, filter);
        if search_end == SearchEnd::Left {
            self.run_search(Jump::Done, context);
        }
    }
}

/// Returns what the title calls a request: the entity of a list, the id of a single record, else the operation.
fn label_of(call: &Call, operation: Option<&Operation>) -> String {
    match Action::of(&call.action) {
        Action::List | Action::Search | Action::ApiSearch | Action::ContextStoreSearch => {
            call.entity.clone()
        }
        Action::Get => id_of(call, operation).unwrap_or_else(|| call.entity.clone()),
        Action::Read
        | Action::Create
        | Action::Update
        | Action::Delete
        | Action::Download
        | Action::Describe
        | Action::SqlSelect
        | Action::ContextStoreSqlQuery
        | Action::Other(_) => format!("{} {}", call.entity, call.action),
    }
}

/// Returns the value that tells which record is asked for: of the parameters that are required the last one, as in a
/// path from the outermost to the innermost.
fn id_of(call: &Call, operation: Option<&Operation>) -> Option<String> {
    let is_required = |name: &str| {
        operation.is_none_or(|operation| {
            let mut parameters = operation.parameters.iter();
            parameters.any(|own| own.required && own.name == name)
        })
    };
    let required = call.params.iter().filter(|(name, _)| is_required(name));
    let (_, id) = required.last()?;
    let id = id.plain();
    (!id.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::label_of;
    use crate::domain::call::{Call, Params};
    use crate::domain::operation::{Operation, Parameter, ParameterKind, Source};

    #[test]
    fn a_request_is_called_by_its_entity_or_by_the_id_of_its_record() {
        let parameters = [("repo", true), ("number", true), ("fields", false)];
        let operation = Operation {
            entity: "issues".to_owned(),
            action: "get".to_owned(),
            description: None,
            parameters: parameters
                .map(|(name, required)| Parameter {
                    required,
                    ..Parameter::new(name, ParameterKind::Any, Source::Catalog)
                })
                .to_vec(),
            source: Source::Catalog,
            paging: None,
            fields: Vec::new(),
            semantic: Vec::new(),
            returns_object: false,
        };
        let check = |action: &str, params: &str, operation: Option<&Operation>, expected: &str| {
            let mut call = Call::new("1", "issues", action);
            call.params = Params::parse(params).unwrap();
            assert_eq!(label_of(&call, operation), expected, "{action} {params}");
        };
        let known = Some(&operation);
        check("list", r#"{"repo":"r"}"#, known, "issues");
        let params = r#"{"repo":"r","number":1004,"fields":"a"}"#;
        check("get", params, known, "1004");
        check("get", r#"{"id":"x 1"}"#, None, "x 1");
        check("get", r#"{"fields":"a"}"#, known, "issues");
        check("create", r#"{"repo":"r"}"#, known, "issues create");
    }
}
