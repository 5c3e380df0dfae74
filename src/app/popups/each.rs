//! An operation once for each marked record: how many calls that takes, and what can be changed of it before it starts.

use std::sync::Arc;

use super::dialog::{Answered, Dialog, DialogState, OnEnter, Row};
use super::{Hint, Panes};
use crate::app::context::Context;
use crate::app::parents::{EachPlan, MOST_JOBS, Marked, Parents, SharedLead, fields, parents};
use crate::app::requests::{FormRequest, Prefill, ReplyRequest, Request, SelectedRow};
use crate::app::session::{ConnectorCatalog, Session};
use crate::app::widgets::focus::Pane;
use crate::domain::action::Action;
use crate::domain::call::Call;
use crate::domain::operation::Operation;

use crate::text;

/// How many pages of each record are asked for unless the limit is changed.
const MOST_PAGES: u64 = 10;
/// How many calls are sent at a time unless that is changed.
const JOBS: usize = 2;

/// A row of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The limit of pages of each record.
    Pages,
    /// The field that a parameter takes.
    Value,
    /// How many calls are sent at a time.
    Jobs,
}

/// A parameter and the field that it takes.
type Taken = (String, String);

/// What is asked of marked records.
#[derive(Debug, Clone)]
pub struct EachDialog {
    dialog: Dialog<Field>,
    operation: Operation,
    catalog: Arc<ConnectorCatalog>,
    marked: Vec<Marked>,
    /// What a parameter takes in place of what is derived, by the choices of the row.
    instead: Vec<Option<Taken>>,
    /// What is asked as the rows stand.
    parents: Parents,
    /// How many marked records are left out because their page is on the disk.
    unread: u64,
    /// The limit of calls of this run, and how many are left of it.
    limit: Option<(u64, u64)>,
}

impl EachDialog {
    /// Opens the question for the marked records; nothing if there are none any more.
    pub fn open(lead: &SharedLead, session: &Session, panes: &Panes<'_>) -> Option<EachDialog> {
        let (marked, unread) = panes.reply.marked();
        let first = marked.first()?;
        let catalog = session.catalog_of(&first.call.connector_id);
        let operation = catalog.operation(&lead.entity, &lead.action)?.clone();
        let (param, from) = lead.taken.last()?.clone();
        let others = fields(&marked).into_iter();
        let others = others.filter(|(field, _)| *field != from);
        let others: Vec<Taken> = others.map(|(field, _)| (param.clone(), field)).collect();
        let values = fields(&marked);
        let choice = |field: &str| {
            let value = values.iter().find(|(own, _)| own == field);
            let about = value.map_or_else(String::new, |(_, value)| {
                let value = text::cut_middle(&text::safe(value), 24).into_owned();
                format!("of each record; {value} in the first")
            });
            (format!("{param}=@{field}"), about)
        };
        let mut choices = vec![choice(&from)];
        choices.extend(others.iter().map(|(_, field)| choice(field)));
        let instead = others.into_iter().map(Some);
        let instead = [lead.named.clone()].into_iter().chain(instead).collect();
        let jobs = (1..=MOST_JOBS).map(|jobs| {
            let about = match jobs {
                1 => "call at a time",
                _ => "calls at a time",
            };
            (jobs.to_string(), about.to_owned())
        });
        let rows = vec![
            Row::text(
                Field::Pages,
                "pages of each",
                MOST_PAGES.to_string(),
                "at most; empty: no limit",
            ),
            Row::choice(Field::Value, "value", 0, choices),
            Row::choice(Field::Jobs, "at a time", JOBS - 1, jobs.collect()),
        ];
        let title = format!(
            "{} {} for {}?",
            text::safe(&lead.entity),
            text::safe(&lead.action),
            text::plural(count(&marked), "record")
        );
        let limit = session.setup.max_calls;
        let lists = has_pages(&operation);
        let rows = rows.into_iter();
        let rows = rows
            .filter(|row| lists || row.field != Field::Pages)
            .collect();
        let mut own = EachDialog {
            dialog: Dialog::new(title, Vec::new(), rows),
            operation,
            catalog,
            marked,
            instead,
            parents: Parents::default(),
            unread,
            limit: limit.map(|most| (most, most.saturating_sub(session.calls.total))),
        };
        own.derive();
        Some(own)
    }

    /// Derives what is asked from the rows.
    fn derive(&mut self) {
        let chosen = self.instead.get(self.dialog.chosen(Field::Value));
        let instead = chosen.and_then(Option::as_ref);
        let instead = instead.map(|(param, field)| (param.as_str(), field.as_str()));
        self.parents = parents(
            &self.operation,
            &self.catalog.relations,
            &self.marked,
            instead,
        );
        self.dialog.facts = self.facts();
    }

    fn facts(&self) -> Vec<String> {
        let calls = self.parents.list.len() as u64;
        let mut facts = vec![format!(
            "{} at least: one for each of {}.",
            text::plural(calls, "call"),
            text::plural(calls, "value")
        )];
        let mut less = Vec::new();
        let mut say = |count: u64, one: &str, many: &str| {
            if count > 0 {
                let words = if count == 1 { one } else { many };
                less.push(format!("{} {words}", text::plural(count, "record")));
            }
        };
        let repeated = self.parents.repeated;
        say(
            repeated,
            "has a value that came before and is not asked again",
            "have a value that came before and are not asked again",
        );
        let without = self.parents.without;
        say(
            without,
            "has no value and is left out",
            "have no value and are left out",
        );
        let unread = self.unread;
        say(
            unread,
            "is on a page on the disk and is left out",
            "are on pages on the disk and are left out",
        );
        if !less.is_empty() {
            facts.push(format!("{}.", less.join("; ")));
        }
        if self.lists() {
            let stops = "Each further page is a call more. Esc stops; what was received is kept.";
            facts.push(stops.to_owned());
        }
        facts.push(match self.limit {
            Some((most, left)) if left < calls => format!(
                "Only {} of --max-calls {} are left: the rest is not asked.",
                text::count(left),
                text::count(most)
            ),
            Some((most, left)) => format!(
                "{} of --max-calls {} are left.",
                text::count(left),
                text::count(most)
            ),
            None => "There is no limit of calls: --max-calls sets one.".to_owned(),
        });
        facts
    }

    /// Returns whether the operation answers in pages.
    fn lists(&self) -> bool {
        has_pages(&self.operation)
    }

    fn plan(&self) -> Result<EachPlan, String> {
        let Some(first) = self.marked.first() else {
            return Err("Nothing is marked any more".to_owned());
        };
        if self.parents.list.is_empty() {
            return Err("None of the records has this value: change it".to_owned());
        }
        let connector_id = &first.call.connector_id;
        Ok(EachPlan {
            call: Call::new(connector_id, &self.operation.entity, &self.operation.action),
            parents: self.parents.list.clone(),
            records: count(&self.marked) + self.unread,
            left_out: self.parents.without + self.unread,
            pages: self.dialog.number(Field::Pages)?,
            jobs: self.dialog.chosen(Field::Jobs) + 1,
        })
    }
}

fn has_pages(operation: &Operation) -> bool {
    !Action::of(&operation.action).is_single()
}

fn count(marked: &[Marked]) -> u64 {
    let counts = marked.iter().map(|group| group.records.len() as u64);
    counts.sum()
}

impl DialogState for EachDialog {
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

    fn changed(&mut self, _: &mut Context<'_>) {
        self.dialog.fault = None;
        self.derive();
    }

    fn answer(&mut self, key: char, context: &mut Context<'_>, _: &Panes<'_>) -> Answered {
        if key != 'y' {
            return Answered::No;
        }
        match self.plan() {
            Ok(plan) => {
                context.request(Request::Close);
                // The form shows the request for the first record, which is a whole one.
                let params = plan.parents.first().map(|parent| parent.params.clone());
                context.request(Request::Form(FormRequest::Fill(Box::new(Prefill {
                    connector_id: plan.call.connector_id.clone(),
                    entity: plan.call.entity.clone(),
                    action: plan.call.action.clone(),
                    params: params.unwrap_or_default(),
                    typed: None,
                    row: SelectedRow::Same,
                    notice: None,
                }))));
                context.request(Request::Focus(Pane::Reply));
                context.request(Request::Reply(ReplyRequest::Each(Box::new(plan))));
            }
            Err(fault) => self.dialog.fault = Some(fault),
        }
        Answered::Yes
    }
}
