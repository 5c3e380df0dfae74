//! Fetching missing names: one call of the Context Store for the records of an entity, one after the other.

use super::gaps::{place, reasons};
use super::{NamesShown, ReplyPane, ScanReason};
use crate::app::context::{Context, Reason};
use crate::app::effect::{Effect, NamesOf, ReplyEffect};
use crate::app::ids::TaskId;
use crate::app::requests::{Confirm, ConfirmedAction, PopupRequest, ReplyRequest, Request};
use crate::app::source::{LoadedReply, PageSource};
use crate::app::widgets::load::Load;
use crate::app::widgets::notice::Notice;
use crate::domain::call::{Call, JsonText};
use crate::domain::failure::Failure;
use crate::envelope::Reading;
use crate::names::{MOST_IDS, SEARCH, Target, has_more, search_for};
use crate::text;

/// The calls for missing names.
#[derive(Debug, Clone)]
pub(super) struct NamesFetch {
    /// The call that runs.
    pub(super) load: Load<()>,
    /// What it asks for.
    pub(super) sent: Search,
    /// What is asked for after it, the next one last.
    rest: Vec<Search>,
    /// How many names were asked for, and how many came.
    asked: usize,
    came: usize,
}

/// A search for the records of ids.
#[derive(Debug, Clone)]
pub(super) struct Search {
    pub(super) call: Call,
    target: Target,
    ids: Vec<JsonText>,
}

/// A search that was answered.
#[derive(Debug, Clone)]
pub(super) struct Fetched {
    search: Search,
    rest: Rest,
}

/// What a reply says of records that it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// There are none.
    Absent,
    /// There are more, which it left out.
    LeftOut,
}

impl ReplyPane {
    /// Returns whether missing names can be fetched; if not, why not.
    pub(in crate::app::reply) fn can_fetch_names(&self) -> Result<(), Reason> {
        let (there, not_there) = self.names.gaps.split();
        match self.names.shown {
            NamesShown::No => Err("Names beside ids are not shown: # shows them".into()),
            NamesShown::Yes if self.names.fetch.is_some() => {
                Err("Names are being fetched already: Esc stops it".into())
            }
            NamesShown::Yes if !there.is_empty() => Ok(()),
            NamesShown::Yes if not_there.is_empty() => Err("No names are missing here".into()),
            NamesShown::Yes => Err(format!("Not to be had: {}", reasons(&not_there)).into()),
        }
    }

    /// Asks whether missing names are fetched.
    pub(in crate::app::reply) fn ask_for_names(&self, context: &mut Context<'_>) {
        let (there, not_there) = self.names.gaps.split();
        let asked = there.iter();
        let asked = asked.map(|gap| place(&gap.target, gap.ids.len().min(MOST_IDS)));
        let mut body = format!(
            "{} in the Context Store, read-only. The names stand beside the ids; the reply stays as it is.",
            text::plural(there.len() as u64, "call")
        );
        let more = there.iter().filter(|gap| gap.ids.len() > MOST_IDS);
        let more: Vec<String> = more
            .map(|gap| place(&gap.target, gap.ids.len() - MOST_IDS))
            .collect();
        if !more.is_empty() {
            body.push_str(&format!("\nLeft for another time: {}.", more.join(", ")));
        }
        if !not_there.is_empty() {
            body.push_str(&format!("\nNot to be had: {}.", reasons(&not_there)));
        }
        context.open(PopupRequest::Confirm(Confirm {
            question: format!(
                "Fetch the names of {}?",
                asked.collect::<Vec<_>>().join(", ")
            ),
            body,
            action: ConfirmedAction::FetchNames,
        }));
    }

    /// Fetches missing names.
    pub(in crate::app::reply) fn fetch_names(&mut self, context: &mut Context<'_>) {
        if let Err(reason) = self.can_fetch_names() {
            return context.info(reason);
        }
        let gaps = &self.names.gaps;
        let catalog = context.session.catalog_of(&gaps.connector_id);
        let (there, _) = gaps.split();
        let searches = there.into_iter().rev().filter_map(|gap| {
            let operation = catalog.operation(&gap.target.entity, SEARCH)?;
            let ids = &gap.ids[..gap.ids.len().min(MOST_IDS)];
            Some(Search {
                call: search_for(&gaps.connector_id, operation, &gap.target, ids),
                target: gap.target.clone(),
                ids: ids.to_vec(),
            })
        });
        let mut rest: Vec<Search> = searches.collect();
        let asked = rest.iter().map(|search| search.ids.len()).sum();
        if let Some(sent) = rest.pop() {
            let fetch = NamesFetch {
                load: Load::Idle,
                sent,
                rest,
                asked,
                came: 0,
            };
            self.send_for_names(Box::new(fetch), context);
        }
    }

    /// Sends the call of a fetch. Beyond the limit of calls nothing is sent.
    fn send_for_names(&mut self, mut fetch: Box<NamesFetch>, context: &mut Context<'_>) {
        if context.session.is_spent() {
            let most = context.session.setup.max_calls.unwrap_or_default();
            let then = Request::Reply(ReplyRequest::FetchNames);
            let notice = format!("Not sent: --max-calls {} is reached", text::count(most));
            context.notify(Notice::warning(notice));
            return context.open(PopupRequest::Confirm(Confirm::more_calls(most, then)));
        }
        let search = &fetch.sent;
        context.info(format!(
            "Fetching the names of {} …",
            place(&search.target, search.ids.len())
        ));
        let operation = context.session.operation_of(&search.call);
        let reading = Reading::of(&search.call.action, operation.as_ref());
        let call = search.call.clone();
        let task = context.start(&mut fetch.load);
        self.names.fetch = Some(fetch);
        context.effect(Effect::Reply(ReplyEffect::Call {
            task,
            call,
            reading,
            streams: false,
        }));
    }

    /// Takes the end of a call for names; that of another one is dropped.
    pub(in crate::app::reply) fn names_answered(
        &mut self,
        task: TaskId,
        result: Result<Box<LoadedReply>, Failure>,
        context: &mut Context<'_>,
    ) {
        let is_expected = self.names_call(task).is_some();
        let Some(mut fetch) = self.names.fetch.take_if(|_| is_expected) else {
            return;
        };
        let loaded = match result {
            Ok(loaded) => loaded,
            Err(failure) => return context.fail(&failure),
        };
        fetch.load.finish(task, Ok(()));
        let search = &fetch.sent;
        let (connector_id, entity) = (&search.call.connector_id, &search.target.entity);
        let keys = self.names.keys_of(connector_id, entity, context.session);
        let rest = if has_more(&loaded.envelope) {
            Rest::LeftOut
        } else {
            Rest::Absent
        };
        let search = search.clone();
        self.names.fetch = Some(fetch);
        let page = NamesOf {
            page: context.next_page(),
            keys,
            source: PageSource::Loaded(Box::new(loaded.envelope), loaded.scan),
        };
        let reason = ScanReason::Fetched(Box::new(Fetched { search, rest }));
        self.start_scan(vec![page], reason, context);
    }

    /// Takes the names that were fetched, and sends the next call.
    pub(super) fn names_fetched(&mut self, fetched: &Fetched, context: &mut Context<'_>) {
        let Fetched { search, rest } = fetched;
        let (connector_id, target) = (&search.call.connector_id, &search.target);
        let index = &mut self.names.index;
        let mut came = 0;
        for id in search.ids.iter().map(JsonText::plain) {
            match (index.name(connector_id, target, &id), rest) {
                (Some(_), _) => came += 1,
                (None, Rest::Absent) => index.set_absent(connector_id, target, &id),
                (None, Rest::LeftOut) => {}
            }
        }
        self.close_gaps();
        let Some(mut fetch) = self.names.fetch.take() else {
            return;
        };
        fetch.came += came;
        if let Some(next) = fetch.rest.pop() {
            fetch.sent = next;
            return self.send_for_names(fetch, context);
        }
        let asked = text::count(fetch.asked as u64);
        let more = self.names_to_fetch().map(|_| ": x fetches more");
        context.notify(Notice::done(match (fetch.came == fetch.asked, more) {
            (true, _) => format!("Fetched {}", text::plural(fetch.came as u64, "name")),
            (false, Some(more)) => format!("Fetched {} of {asked} names{more}", fetch.came),
            (false, None) => format!(
                "Fetched {} of {asked} names: the Context Store has no others",
                fetch.came
            ),
        }));
    }

    /// Returns whether names are being fetched.
    pub fn is_fetching_names(&self) -> bool {
        self.names.fetch.is_some()
    }

    /// Stops fetching names. Those that came stay.
    pub fn stop_fetching_names(&mut self, context: &mut Context<'_>) {
        if let Some(mut fetch) = self.names.fetch.take() {
            context.cancel(&mut fetch.load);
            context.info("Stopped fetching names; those that came are shown");
        }
    }
}
