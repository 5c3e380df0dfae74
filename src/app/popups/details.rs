//! The details of a connector: ids, definition, Context Store by entity. They are completed while it is open.

use crossterm::event::KeyEvent;

use super::text::TextPopup;
use super::{Hint, Panes, PopupState};
use crate::app::context::Context;
use crate::app::request::form::Form;
use crate::app::requests::{Layout, TextRequest};
use crate::app::session::Session;
use crate::app::widgets::load::Load;
use crate::domain::connector::{Connector, StoreState};
use crate::text;

/// The details of a connector.
#[derive(Debug, Clone)]
pub struct Details {
    /// The details as text.
    pub shown: TextPopup,
    connector_id: String,
}

impl Details {
    /// Opens the details of the connector under the cursor, whose form is shown.
    pub fn open(session: &Session, panes: &Panes<'_>) -> Option<Details> {
        let connector = panes.connectors.selected(session)?;
        Some(Details {
            shown: TextPopup::new(TextRequest {
                title: text::safe(&connector.name).into_owned(),
                text: details(connector, &panes.request.form),
                layout: Layout::Table,
            }),
            connector_id: connector.id.clone(),
        })
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

    fn refresh(&mut self, session: &Session, panes: &Panes<'_>) {
        let form = &panes.request.form;
        let is_own = |own: &&Connector| own.id == self.connector_id;
        if let Some(connector) = session.connector(&self.connector_id).filter(is_own)
            && form
                .connector
                .as_ref()
                .is_some_and(|own| own.id == connector.id)
        {
            self.shown.text = details(connector, form);
        }
    }
}

fn details(connector: &Connector, form: &Form) -> String {
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
    out.push_str(&line("catalog", Some(&catalog_words(form))));
    let store = connector.store.as_ref().map(StoreState::label);
    out.push_str(&line("Context Store", store));
    let Some(inspection) = form.inspection.value() else {
        out.push_str("\nThe Context Store is being inspected …\n");
        return out;
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

fn catalog_words(form: &Form) -> String {
    let entities = form.entities().len();
    let operations = text::plural(form.catalog.operations.len() as u64, "operation");
    let sources = match &form.described {
        Load::Ready(()) => "and the connector itself",
        Load::Failed { .. } => "only; the connector does not tell",
        Load::Idle | Load::Running { .. } => "so far",
    };
    format!("{entities} entities, {operations}: bundled {sources}")
}
