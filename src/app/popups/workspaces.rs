//! Workspaces and organizations to choose from.

use crossterm::event::KeyEvent;

use super::picker::Picker;
use super::{Clicked, Hint, Panes, PopupState};
use crate::app::context::Context;
use crate::app::effect::{Effect, LookupEffect};
use crate::app::ids::TaskId;
use crate::app::requests::{Choices, FreeText, Item, Request, SessionRequest};
use crate::app::session::Session;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::load::{Load, Timed};
use crate::domain::failure::Failure;
use crate::text;

/// Workspaces and organizations.
#[derive(Debug, Clone)]
pub struct Workspaces {
    /// The list.
    pub picker: Picker,
    load: Load<()>,
}

impl Workspaces {
    /// Opens the list as it is known, and loads it.
    pub fn open(context: &mut Context<'_>) -> Workspaces {
        let choices = Choices::new("Workspace and organization", items(context.session))
            .at(&context.session.setup.workspace)
            .with_free(FreeText::Workspace)
            .or_else("Loading …");
        let mut popup = Workspaces {
            picker: Picker::new(choices),
            load: Load::Idle,
        };
        let task = context.start(&mut popup.load);
        context.effect(Effect::Lookup(LookupEffect::Workspaces { task }));
        popup
    }
}

fn items(session: &Session) -> Vec<Item> {
    let Some((workspaces, organizations)) = &session.workspaces else {
        return Vec::new();
    };
    let mut items: Vec<Item> = workspaces
        .iter()
        .map(|workspace| {
            let status = workspace.status.as_deref();
            let status = status
                .filter(|status| *status != "active")
                .unwrap_or_default();
            let about = format!("workspace {}", text::safe(status));
            let name = workspace.name.clone();
            Item {
                label: text::safe(&workspace.name).into_owned(),
                about: about.trim_end().to_owned(),
                request: Request::Session(SessionRequest::UseWorkspace(name)),
            }
        })
        .collect();
    // A single organization is no choice.
    if organizations.len() > 1 || workspaces.is_empty() {
        items.extend(organizations.iter().map(|organization| {
            let (id, name) = (organization.id.clone(), organization.name.clone());
            let is_chosen = session.setup.organization.as_deref() == Some(&*id);
            let about = if is_chosen {
                "organization, chosen now"
            } else {
                "organization"
            };
            Item {
                label: text::safe(&organization.name).into_owned(),
                about: about.to_owned(),
                request: Request::Session(SessionRequest::UseOrganization(id, name)),
            }
        }));
    }
    items
}

impl PopupState for Workspaces {
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        self.picker.key(event, context, panes);
    }

    fn paste(&mut self, text: &str) {
        self.picker.paste(text);
    }

    fn list(&mut self, panes: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        self.picker.list(panes)
    }

    fn select_row(&mut self, row: usize, panes: &Panes<'_>) -> Clicked {
        self.picker.select_row(row, panes)
    }

    fn hints(&self, session: &Session, panes: &Panes<'_>) -> Vec<Hint> {
        self.picker.hints(session, panes)
    }

    fn loads(&mut self) -> Vec<&mut dyn Timed> {
        vec![&mut self.load]
    }

    fn workspaces_loaded(
        &mut self,
        task: TaskId,
        result: Result<(), Failure>,
        session: &Session,
    ) -> bool {
        if !self.load.finish(task, result) {
            return false;
        }
        self.picker.empty = "Nothing matches.";
        self.picker.fill(items(session));
        if self.picker.input.text().is_empty() {
            self.picker.select(&text::safe(&session.setup.workspace));
        }
        true
    }
}
