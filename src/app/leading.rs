//! `x`: what can be done here, and where the record under the cursor leads.

use super::App;
use super::command::Command;
use super::effect::Effect;
use super::focus::KeyContext;
use super::form::Value;
use super::keys::{BINDINGS, written};
use super::notice::Notice;
use super::picker::{Choice, Item, Picker};
use super::popup::Popup;
use super::reply::{RequestKind, Tab};
use crate::attachments::{Lead, leads};
use crate::domain::call::Params;
use crate::text;

impl App {
    /// `x`: a menu of what can be done here; in a result, of what the record leads to first.
    pub(super) fn open_menu(&mut self) {
        let mut items: Vec<Item> = self.leads().into_iter().map(item).collect();
        let places = self.key_places();
        let place = places.first().copied().unwrap_or(KeyContext::Everywhere);
        let own = BINDINGS
            .iter()
            .filter(|binding| binding.place == place && binding.command != Command::Menu);
        let mut can: Vec<_> = own
            .filter(|binding| !is_movement(binding.command) && self.can(binding.command).is_ok())
            .collect();
        can.sort_by_key(|binding| std::cmp::Reverse(binding.weight));
        items.extend(can.into_iter().map(|binding| Item {
            label: binding.label.to_owned(),
            about: format!("{}  {}", written(binding), binding.about),
            choice: Choice::Run(binding.command),
        }));
        let mut picker = Picker::new("What can be done here", items, "");
        picker.empty = "Nothing of that name can be done here.".to_owned();
        self.popups.push(Popup::Picker(picker));
    }

    /// Returns where the record under the cursor leads.
    fn leads(&self) -> Vec<Lead> {
        let Some(page) = self
            .reply
            .page()
            .filter(|_| self.focus == super::focus::Pane::Reply && self.setup.file.is_none())
        else {
            return Vec::new();
        };
        let Some(tree) = self
            .reply
            .tree()
            .filter(|_| self.reply.tab() == Tab::Result && self.reply.filtered().is_none())
        else {
            return Vec::new();
        };
        let record = tree.record_of(tree.cursor());
        let own = self
            .form
            .connector
            .as_ref()
            .filter(|connector| connector.id == page.call.connector_id);
        if own.is_some() {
            return leads(
                &self.form.operations,
                &self.form.relations,
                &page.call,
                tree.document(),
                record,
            );
        }
        let connector = self
            .connectors
            .all()
            .iter()
            .find(|connector| connector.id == page.call.connector_id);
        let Some(definition) = connector.and_then(crate::catalog::definition_of) else {
            return Vec::new();
        };
        leads(
            &definition.operations(),
            &definition.relations(),
            &page.call,
            tree.document(),
            record,
        )
    }

    /// Goes where a record leads: the form takes the request over, and it is sent.
    pub(super) fn follow(&mut self, lead: &Lead) -> Vec<Effect> {
        let Some(connector_id) = self.reply.page().map(|page| page.call.connector_id.clone())
        else {
            return Vec::new();
        };
        let mut effects = self.fill_form(&connector_id, &lead.entity, &lead.action, &lead.params);
        let Some(call) = self.form.call() else {
            return effects;
        };
        effects.extend(self.dispatch(call, RequestKind::First));
        effects
    }

    /// Fills the form of a connector in.
    pub(super) fn fill_form(
        &mut self,
        connector_id: &str,
        entity: &str,
        action: &str,
        params: &Params,
    ) -> Vec<Effect> {
        let connector = self
            .connectors
            .all()
            .iter()
            .find(|connector| connector.id == connector_id)
            .cloned();
        let effects = match connector {
            Some(connector) => self.choose(connector),
            None => {
                self.notice = Some(Notice::warning(
                    "This connector is not in the workspace any more",
                ));
                Vec::new()
            }
        };
        self.form.set_entity(entity);
        self.form.set_action(action);
        for (name, value) in params.iter() {
            let typed = self.typed_text(name, value);
            self.form.set_parameter(name, Value::Text(typed));
        }
        effects
    }
}

fn item(lead: Lead) -> Item {
    let params: Vec<String> = lead
        .params
        .iter()
        .map(|(name, value)| format!("{name}={}", value.plain()))
        .collect();
    Item {
        label: format!("{} {}", lead.entity, lead.action),
        about: text::safe(&params.join(" ")).into_owned(),
        choice: Choice::Lead(Box::new(lead)),
    }
}

fn is_movement(command: Command) -> bool {
    matches!(
        command,
        Command::Fold
            | Command::Unfold
            | Command::NextSibling
            | Command::PreviousSibling
            | Command::Parent
            | Command::FoldPrefix
            | Command::CopyPrefix
            | Command::FindNext
            | Command::FindPrevious
    )
}
