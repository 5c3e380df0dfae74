//! The details of a connector: ids, definition, Context Store by entity. They are completed while it is open.

use std::collections::BTreeSet;
use std::sync::Arc;

use crossterm::event::KeyEvent;

use super::text::TextPopup;
use super::{Hint, Panes, PopupState};
use crate::app::context::Context;
use crate::app::effect::{Effect, LookupEffect};
use crate::app::ids::TaskId;
use crate::app::requests::{Layout, TextRequest};
use crate::app::session::{ConnectorCatalog, Session};
use crate::app::widgets::load::{Load, Timed};
use crate::domain::connector::{Connector, Inspection, StoreState};
use crate::domain::failure::Failure;
use crate::text;

/// The details of a connector.
#[derive(Debug, Clone)]
pub struct Details {
    /// The details as text.
    pub shown: TextPopup,
    connector_id: String,
    /// What the connector says of its Context Store, where no form has asked for it.
    inspection: Load<Inspection>,
}

impl Details {
    /// Opens the details of the connector under the cursor, which need not be the chosen one. Its Context Store is asked
    /// for unless that is known, or being asked for, in its form.
    pub fn open(context: &mut Context<'_>, panes: &Panes<'_>) -> Option<Details> {
        let session = context.session;
        let connector = panes.connectors.selected(session)?;
        let mut popup = Details {
            shown: TextPopup::new(TextRequest {
                title: text::safe(&connector.name).into_owned(),
                text: String::new(),
                layout: Layout::Table,
            }),
            connector_id: connector.id.clone(),
            inspection: Load::Idle,
        };
        let form = panes.request.form_of(&connector.id);
        let is_asked = form.is_some_and(|form| {
            form.inspection.value().is_some() || form.inspection.task().is_some()
        });
        if !is_asked {
            let connector_id = connector.id.clone();
            let task = context.start(&mut popup.inspection);
            context.effect(Effect::Lookup(LookupEffect::Inspect { task, connector_id }));
        }
        popup.refresh(session, panes);
        Some(popup)
    }
}

impl PopupState for Details {
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        self.shown.key(event, context, panes);
    }

    fn scroll(&mut self, lines: i64, panes: &Panes<'_>) {
        self.shown.scroll(lines, panes);
    }

    fn fit(&mut self, height: usize, length: usize, panes: &Panes<'_>) {
        self.shown.fit(height, length, panes);
    }

    fn hints(&self, session: &Session, panes: &Panes<'_>) -> Vec<Hint> {
        self.shown.hints(session, panes)
    }

    fn loads(&mut self) -> Vec<&mut dyn Timed> {
        vec![&mut self.inspection]
    }

    fn inspected(&mut self, task: TaskId, result: &Result<Inspection, Failure>) {
        self.inspection.finish(task, result.clone());
    }

    fn refresh(&mut self, session: &Session, panes: &Panes<'_>) {
        let is_own = |own: &&Connector| own.id == self.connector_id;
        let Some(connector) = session.connector(&self.connector_id).filter(is_own) else {
            return;
        };
        let form = panes.request.form_of(&self.connector_id);
        let catalog = match form {
            Some(form) => Arc::clone(&form.catalog),
            None => session.catalog_of(&self.connector_id),
        };
        let of_form = form.map(|form| &form.inspection);
        // The one that knows; the form may have been asked for it meanwhile.
        let inspection = match (&self.inspection, of_form) {
            (Load::Idle, Some(of_form)) => of_form,
            (own, Some(of_form)) if own.value().is_none() && of_form.value().is_some() => of_form,
            (own, _) => own,
        };
        let catalog = catalog_words(&catalog, form.map(|form| &form.described));
        self.shown.text = details(connector, &catalog, inspection);
    }
}

fn details(connector: &Connector, catalog: &str, inspection: &Load<Inspection>) -> String {
    let line = |name: &str, value: Option<&str>| {
        format!(
            "{name:<14}{}\n",
            value.map_or("not known".into(), text::safe)
        )
    };
    let mut out = line("name", Some(&connector.name));
    out.push_str(&line("id", Some(&connector.id)));
    out.push_str(&line("type", Some(&connector.template)));
    out.push_str(&line("slug", connector.slug.as_deref()));
    out.push_str(&line("definition", Some(&connector.definition_id)));
    out.push_str(&line("mode", connector.mode.as_deref()));
    out.push_str(&line("runtime mode", connector.runtime_mode.as_deref()));
    out.push_str(&line("created", connector.created_at.as_deref()));
    out.push_str(&line("catalog", Some(catalog)));
    let store = connector.store.as_ref().map(StoreState::label);
    out.push_str(&line("Context Store", store));
    let inspection = match (inspection.value(), inspection) {
        (Some(inspection), _) => inspection,
        (None, Load::Failed { failure, .. }) => {
            let why = text::safe(&failure.summary);
            out.push_str(&format!("\n{why}\n"));
            return out;
        }
        (None, Load::Idle | Load::Running { .. } | Load::Ready(_)) => {
            out.push_str("\nThe Context Store is being inspected …\n");
            return out;
        }
    };
    out.push_str(&line("skill docs", inspection.docs_skill_id.as_deref()));
    for warning in &inspection.warnings {
        out.push_str(&format!("warning       {}\n", text::safe(warning)));
    }
    out.push('\n');
    for entity in &inspection.entities {
        let sign = if entity.ready_for_search {
            '●'
        } else {
            '○'
        };
        let count = entity.count.map(|count| text::plural(count, "row"));
        let count = count.unwrap_or_default();
        let (name, status) = (text::safe(&entity.entity), text::safe(&entity.status));
        out.push_str(&format!("{sign} {name:<28} {status:<18} {count}\n"));
    }
    out
}

fn catalog_words(catalog: &ConnectorCatalog, described: Option<&Load<()>>) -> String {
    let entities: BTreeSet<&str> = catalog
        .operations
        .iter()
        .map(|operation| operation.entity.as_str())
        .collect();
    let entities = entities.len();
    let operations = text::plural(catalog.operations.len() as u64, "operation");
    let sources = match described {
        Some(Load::Ready(())) => "and the connector itself",
        Some(Load::Failed { .. }) => "only; the connector does not tell",
        Some(Load::Idle | Load::Running { .. }) | None => "so far",
    };
    format!("{entities} entities, {operations}: bundled {sources}")
}
