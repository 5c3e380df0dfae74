//! The lists to choose from, and the texts to read.

use super::App;
use super::command::Command;
use super::cursor::Cursor;
use super::effect::Effect;
use super::focus::KeyContext;
use super::form::{Editing, RowKind, Value};
use super::input::{Input, Lines};
use super::keys::{BINDINGS, written};
use super::picker::{Choice, FreeText, Item, Picker};
use super::popup::{Layout, Popup, Text};
use crate::domain::connector::{Connector, StoreState};
use crate::domain::operation::{ParameterKind, about_action};
use crate::paging::Outcome;
use crate::text;

/// The title of the workspace list.
pub(super) const WORKSPACES: &str = "Workspace and organization";

impl App {
    /// Enter on a row of the form: a list where there is something to choose from, else a field.
    pub(super) fn edit(&mut self) {
        let at = self.form.cursor.at;
        let Some(row) = self.form.rows.get(at).cloned() else {
            return;
        };
        let current = match &row.value {
            Value::Text(text) => text.clone(),
            Value::Unset | Value::Null => String::new(),
        };
        let choices = |choices: &[(&str, &str)]| -> Vec<Item> {
            choices
                .iter()
                .map(|(label, about)| Item {
                    label: (*label).to_owned(),
                    about: (*about).to_owned(),
                    choice: Choice::Value(row.name().to_owned(), (*label).to_owned()),
                })
                .collect()
        };
        match &row.kind {
            RowKind::Entity => {
                let items = self.form.entities().into_iter().map(|entity| {
                    let actions: Vec<_> = self
                        .form
                        .actions(entity)
                        .iter()
                        .map(|operation| operation.action.clone())
                        .collect();
                    Item {
                        label: entity.to_owned(),
                        about: actions.join(" "),
                        choice: Choice::Entity(entity.to_owned()),
                    }
                });
                let mut picker =
                    Picker::new("Entity", items.collect(), &current).with_free(FreeText::Entity);
                picker.empty = "Nothing matches: Enter takes what you typed.".to_owned();
                self.popups.push(Popup::Picker(picker));
            }
            RowKind::Action => {
                let items = self
                    .form
                    .actions(self.form.entity())
                    .into_iter()
                    .map(|operation| {
                        let about = operation
                            .description
                            .clone()
                            .unwrap_or_else(|| about_action(&operation.action).to_owned());
                        let about =
                            format!("{} · {}", text::safe(&about), operation.source.label());
                        Item {
                            label: operation.action.clone(),
                            about,
                            choice: Choice::Action(operation.action.clone()),
                        }
                    });
                let mut picker =
                    Picker::new("Action", items.collect(), &current).with_free(FreeText::Action);
                picker.empty = "Nothing matches: Enter takes what you typed.".to_owned();
                self.popups.push(Popup::Picker(picker));
            }
            RowKind::Parameter(parameter) if parameter.kind == ParameterKind::Boolean => {
                let picker = Picker::new(
                    &parameter.name,
                    choices(&[("true", ""), ("false", "")]),
                    &current,
                );
                self.popups.push(Popup::Picker(picker));
            }
            RowKind::Parameter(parameter)
                if !parameter.choices.is_empty() && parameter.kind != ParameterKind::Array =>
            {
                let labels: Vec<String> = parameter
                    .choices
                    .iter()
                    .map(|choice| {
                        crate::domain::call::JsonText::parse(choice)
                            .map(|json| json.plain())
                            .unwrap_or_else(|_| choice.clone())
                    })
                    .collect();
                let pairs: Vec<(&str, &str)> =
                    labels.iter().map(|label| (label.as_str(), "")).collect();
                let picker = Picker::new(&parameter.name, choices(&pairs), &current)
                    .with_free(FreeText::Value(row.name().to_owned()));
                self.popups.push(Popup::Picker(picker));
            }
            RowKind::SkipTruncation => {
                let pairs = [
                    ("true", "strings come whole"),
                    ("false", "strings are cut after 200 characters"),
                ];
                self.popups.push(Popup::Picker(Picker::new(
                    "skip_truncation",
                    choices(&pairs),
                    &current,
                )));
            }
            RowKind::Parameter(parameter)
                if matches!(parameter.kind, ParameterKind::Object | ParameterKind::Array) =>
            {
                let input = match (current.is_empty(), parameter.kind) {
                    (false, _) => Input::new(&current, Lines::Many),
                    (true, ParameterKind::Array) => Input::inside(&template_of_array(parameter)),
                    (true, _) => Input::inside("{\n  \n}"),
                };
                self.form.editing = Some(Editing {
                    row: at,
                    input,
                    json: true,
                    touched: false,
                });
            }
            RowKind::Parameter(_)
            | RowKind::AddParameter
            | RowKind::SelectFields
            | RowKind::ExcludeFields
            | RowKind::Intent => {
                self.form.editing = Some(Editing {
                    row: at,
                    input: Input::new(&current, Lines::One),
                    json: false,
                    touched: false,
                });
            }
        }
    }

    /// `?`: the keys that hold here, nearest first.
    pub(super) fn open_help(&mut self) {
        let places = self.key_places();
        let mut items: Vec<Item> = Vec::new();
        let mut rows: Vec<_> = BINDINGS
            .iter()
            .filter(|binding| places.contains(&binding.place))
            .collect();
        rows.sort_by_key(|binding| {
            let quit = written(binding) != "q";
            (
                quit,
                places.iter().position(|place| *place == binding.place),
            )
        });
        for binding in rows {
            items.push(Item {
                label: written(binding),
                about: binding.about.to_owned(),
                choice: Choice::Run(binding.command),
            });
        }
        for place in [KeyContext::CopyPrefix, KeyContext::FoldPrefix] {
            let prefixed = BINDINGS.iter().filter(|binding| binding.place == place);
            items.extend(prefixed.map(|binding| Item {
                label: written(binding),
                about: binding.about.to_owned(),
                choice: Choice::Run(binding.command),
            }));
        }
        self.popups.push(Popup::Picker(Picker::new(
            format!("Keys in {}", self.focus.name()),
            items,
            "",
        )));
    }

    /// `:`: every command by name.
    pub(super) fn open_palette(&mut self) {
        let mut rows: Vec<_> = BINDINGS
            .iter()
            .filter(|binding| binding.command != Command::Palette)
            .collect();
        rows.dedup_by_key(|binding| binding.command);
        // What ends the program comes last, so that no word typed in haste finds it first.
        rows.sort_by_key(|binding| matches!(binding.command, Command::Quit | Command::QuitNow));
        let items = rows
            .into_iter()
            .map(|binding| Item {
                label: binding.about.to_owned(),
                about: written(binding),
                choice: Choice::Run(binding.command),
            })
            .collect();
        self.popups
            .push(Popup::Picker(Picker::new("Commands", items, "")));
    }

    /// `W`: workspaces and organizations.
    pub(super) fn open_workspaces(&mut self) -> Vec<Effect> {
        let mut picker = Picker::new(WORKSPACES, self.place_items(), &self.setup.workspace)
            .with_free(FreeText::Workspace);
        picker.empty = "Loading …".to_owned();
        self.popups.push(Popup::Picker(picker));
        let mut effects: Vec<Effect> = self.places.task().map(Effect::Cancel).into_iter().collect();
        let task = self.next_task();
        self.places.start(task);
        effects.push(Effect::LoadWorkspaces { task });
        effects
    }

    fn place_items(&self) -> Vec<Item> {
        let Some((workspaces, organizations)) = self.places.value() else {
            return Vec::new();
        };
        let mut items: Vec<Item> = workspaces
            .iter()
            .map(|workspace| {
                let status = workspace
                    .status
                    .as_deref()
                    .filter(|status| *status != "active")
                    .unwrap_or_default();
                Item {
                    label: text::safe(&workspace.name).into_owned(),
                    about: format!("workspace {}", text::safe(status))
                        .trim_end()
                        .to_owned(),
                    choice: Choice::Workspace(workspace.name.clone()),
                }
            })
            .collect();
        if organizations.len() > 1 || workspaces.is_empty() {
            items.extend(organizations.iter().map(|organization| {
                let current = self.setup.organization.as_deref() == Some(&organization.id);
                Item {
                    label: text::safe(&organization.name).into_owned(),
                    about: if current {
                        "organization, chosen now".to_owned()
                    } else {
                        "organization".to_owned()
                    },
                    choice: Choice::Organization(
                        organization.id.clone(),
                        organization.name.clone(),
                    ),
                }
            }));
        }
        items
    }

    /// Shows the workspaces that have come in the list that waits for them.
    pub(super) fn refresh_workspaces(&mut self) {
        let items = self.place_items();
        let current = self.setup.workspace.clone();
        if let Some(Popup::Picker(picker)) = self
            .popups
            .iter_mut()
            .find(|popup| matches!(popup, Popup::Picker(picker) if picker.title == WORKSPACES))
        {
            let typed = picker.input.clone();
            *picker = Picker::new(WORKSPACES, items, &current).with_free(FreeText::Workspace);
            picker.input = typed;
            if !picker.input.text().is_empty() {
                picker.refresh();
            }
        }
    }

    /// `i`: what is known of a connector. What is still being looked at comes in by itself.
    pub(super) fn open_details(&mut self) -> Vec<Effect> {
        let Some(connector) = self.connectors.selected().cloned() else {
            return Vec::new();
        };
        let effects = self.choose(connector.clone());
        let text = self.details(&connector);
        let title = text::safe(&connector.name).into_owned();
        self.popups.push(Popup::Text(Text {
            title,
            text,
            top: 0,
            layout: Layout::Table,
        }));
        effects
    }

    /// Rewrites the details if they are open.
    pub(super) fn refresh_details(&mut self) {
        let Some(connector) = self.form.connector.clone() else {
            return;
        };
        let text = self.details(&connector);
        if let Some(Popup::Text(shown)) = self.popups.last_mut()
            && shown.title == text::safe(&connector.name)
        {
            shown.text = text;
        }
    }

    fn details(&self, connector: &Connector) -> String {
        let line = |name: &str, value: Option<&str>| {
            format!(
                "{name:<14}{}\n",
                value.map_or("not known".into(), text::safe)
            )
        };
        let mut text = line("name", Some(&connector.name));
        text.push_str(&line("id", Some(&connector.id)));
        text.push_str(&line("type", Some(&connector.template)));
        text.push_str(&line("slug", connector.slug.as_deref()));
        text.push_str(&line("definition", Some(&connector.definition_id)));
        text.push_str(&line("mode", connector.mode.as_deref()));
        text.push_str(&line("runtime mode", connector.runtime_mode.as_deref()));
        text.push_str(&line("created", connector.created_at.as_deref()));
        text.push_str(&line("catalog", Some(&self.catalog_words())));
        text.push_str(&line(
            "Context Store",
            connector.store.as_ref().map(StoreState::label),
        ));
        match self.form.inspection.value() {
            Some(inspection) => {
                text.push_str(&line("skill docs", inspection.docs_skill_id.as_deref()));
                for warning in &inspection.warnings {
                    text.push_str(&format!("warning       {}\n", text::safe(warning)));
                }
                text.push('\n');
                for entity in &inspection.entities {
                    let sign = if entity.ready_for_search {
                        '●'
                    } else {
                        '○'
                    };
                    let count = entity
                        .count
                        .map(|count| text::plural(count, "row"))
                        .unwrap_or_default();
                    text.push_str(&format!(
                        "{sign} {:<28} {:<18} {count}\n",
                        text::safe(&entity.entity),
                        text::safe(&entity.status)
                    ));
                }
            }
            None => text.push_str("\nThe Context Store is being looked at …\n"),
        }
        text
    }

    /// `L`: what was sent for each page and what came, the page that is seen selected.
    pub(super) fn open_ledger(&mut self) {
        let Some(run) = &self.reply.run else { return };
        let at = run
            .entries()
            .iter()
            .position(|entry| {
                entry.outcome == Outcome::Page && entry.page as usize == self.reply.current + 1
            })
            .unwrap_or(0);
        self.popups.push(Popup::Ledger(Cursor { at, top: 0 }));
    }

    /// `m`: the calls of this session, by connector.
    pub(super) fn open_calls(&mut self) {
        let columns = self
            .calls_by_connector
            .keys()
            .map(|name| text::width(&text::safe(name)))
            .max()
            .unwrap_or(0)
            .max(20);
        let mut text = String::new();
        for (name, calls) in &self.calls_by_connector {
            let name = text::safe(name);
            let gap = " ".repeat(columns.saturating_sub(text::width(&name)));
            text.push_str(&format!("{name}{gap}  {:>9}\n", text::count(*calls)));
        }
        text.push_str(&format!(
            "{:columns$}  {:>9}\n\nEach call is billed as one agent operation.\n",
            "in all",
            text::count(self.calls)
        ));
        if let Some(most) = self.setup.max_calls {
            text.push_str(&format!(
                "--max-calls lets {} through.\n",
                text::count(most)
            ));
        }
        self.popups.push(Popup::Text(Text {
            title: "Calls of this session".to_owned(),
            text,
            top: 0,
            layout: Layout::Table,
        }));
    }

    fn catalog_words(&self) -> String {
        let entities = self.form.entities().len();
        let operations = self.form.operations.len() as u64;
        let described = match &self.form.described {
            super::load::Load::Ready(()) => "and the connector itself",
            super::load::Load::Failed { .. } => "only; the connector does not tell",
            super::load::Load::Idle | super::load::Load::Running { .. } => "so far",
        };
        format!(
            "{entities} entities, {}: bundled {described}",
            text::plural(operations, "operation")
        )
    }
}

/// Begins an array with its allowed values, where it has some, for one to strike out.
fn template_of_array(parameter: &crate::domain::operation::Parameter) -> String {
    if parameter.choices.is_empty() {
        "[\n  \n]".to_owned()
    } else {
        format!("[\n  {}\n]", parameter.choices.join(",\n  "))
    }
}
