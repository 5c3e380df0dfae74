//! Sending: what is checked and asked before a call goes out.

use super::App;
use super::effect::Effect;
use super::focus::Pane;
use super::form::Value;
use super::notice::Notice;
use super::popup::{Confirm, ConfirmedAction, Popup};
use super::reply::RequestKind;
use crate::domain::call::Call;
use crate::domain::connector::{Connector, StoreState};
use crate::domain::download::{Known, Wanted};
use crate::domain::operation::{only_reads, reads_store};
use crate::envelope::Reading;
use crate::text;

/// Writes a JSON text that was typed on several lines on one. Its strings hold no line breaks.
pub(super) fn on_one_line(json: &str) -> String {
    json.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

impl App {
    /// Takes a connector: what the catalog knows is there at once, the rest is loaded.
    pub(super) fn choose(&mut self, connector: Connector) -> Vec<Effect> {
        let same = self
            .form
            .connector
            .as_ref()
            .is_some_and(|own| own.id == connector.id);
        if same {
            return Vec::new();
        }
        let mut effects: Vec<Effect> = [self.form.described.task(), self.form.inspection.task()]
            .into_iter()
            .flatten()
            .map(Effect::Cancel)
            .collect();
        let connector_id = connector.id.clone();
        self.connectors.select(&connector_id);
        self.commit();
        let form = self
            .forms
            .remove(&connector_id)
            .unwrap_or_else(|| super::form::Form::of(connector));
        let mut before = std::mem::replace(&mut self.form, form);
        if let Some(left) = before
            .connector
            .as_ref()
            .map(|connector| connector.id.clone())
        {
            before.described.cancel();
            before.inspection.cancel();
            self.forms.insert(left, before);
        }
        if matches!(self.form.described, super::load::Load::Ready(())) {
            return effects;
        }
        let describe = self.next_task();
        self.form.described.start(describe);
        effects.push(Effect::Describe {
            task: describe,
            connector_id: connector_id.clone(),
        });
        let inspect = self.next_task();
        self.form.inspection.start(inspect);
        effects.push(Effect::Inspect {
            task: inspect,
            connector_id,
        });
        if self.setup.keeps_profiles
            && let Some(connector) = &self.form.connector
        {
            effects.push(Effect::LoadProfiles {
                definition_id: connector.definition_id.clone(),
            });
        }
        effects
    }

    /// F5: checks the form, asks if it must, sends.
    pub(super) fn send(&mut self) -> Vec<Effect> {
        if let Some((row, fault)) = self.form.first_fault() {
            self.focus = Pane::Request;
            self.form.cursor.at = row;
            self.notice = Some(Notice::warning(format!(
                "Not sent: {} {fault}",
                self.form.rows[row].name()
            )));
            return Vec::new();
        }
        let Some(call) = self.form.call() else {
            return Vec::new();
        };
        let name = format!(
            "`{} {}`",
            text::safe(&call.entity),
            text::safe(&call.action)
        );
        if !only_reads(&call.action) {
            if self.setup.read_only {
                self.notice = Some(Notice::warning(format!(
                    "Not sent: {name} can change data, and --read-only is set"
                )));
                return Vec::new();
            }
            let known = matches!(call.action.as_str(), "create" | "update" | "delete");
            let question = if known {
                format!("{name} changes data. Send it?")
            } else {
                format!("{name} is not a known action. Send it?")
            };
            let missing = self.form.missing();
            let missing = if missing.is_empty() {
                String::new()
            } else {
                format!("\n\nMissing, though required: {}", missing.join(", "))
            };
            self.popups.push(Popup::Confirm(Confirm {
                question,
                body: format!("{}{missing}", text::safe(&on_one_line(&call.body()))),
                deed: ConfirmedAction::Send(Box::new(call)),
            }));
            return Vec::new();
        }
        if let Some(warning) = self.store_warning(&call) {
            self.popups.push(Popup::Confirm(Confirm {
                question: "Send it all the same?".to_owned(),
                body: warning,
                deed: ConfirmedAction::Send(Box::new(call)),
            }));
            return Vec::new();
        }
        let missing = self.form.missing();
        if !missing.is_empty() {
            self.notice = Some(Notice::warning(format!(
                "Sent without {}, which the definition requires",
                missing.join(", ")
            )));
        } else if let Some((name, remark)) = self.form.first_remark() {
            self.notice = Some(Notice::warning(format!(
                "Sent all the same: {name} {}",
                text::safe(&remark)
            )));
        }
        self.dispatch(call, RequestKind::First)
    }

    /// Says why a Context Store call would be refused now.
    fn store_warning(&self, call: &Call) -> Option<String> {
        let by_query = call.action == "search"
            && call
                .params
                .get("query")
                .is_some_and(|query| query.as_str().starts_with('{'));
        if !reads_store(&call.action) && !by_query {
            return None;
        }
        let inspected = self.form.inspection.value().and_then(|inspection| {
            inspection
                .entities
                .iter()
                .find(|own| own.entity == call.entity)
        });
        let badge = self
            .connectors
            .all()
            .iter()
            .find(|own| own.id == call.connector_id)
            .and_then(|connector| connector.store.as_ref());
        let badge_label = badge
            .filter(|state| !state.is_searchable())
            .map(StoreState::label);
        let state = match inspected {
            Some(entity) if entity.ready_for_search => return None,
            Some(entity) => badge_label.unwrap_or(&entity.status).to_owned(),
            None => badge_label?.to_owned(),
        };
        let instead: Vec<&str> = self
            .form
            .actions(&call.entity)
            .iter()
            .map(|operation| operation.action.as_str())
            .filter(|action| matches!(*action, "list" | "get"))
            .collect();
        let instead = if instead.is_empty() {
            String::new()
        } else {
            format!("\n`{}` asks the provider itself.", instead.join("` or `"))
        };
        Some(format!(
            "The Context Store of `{}` is not ready: {}.\nThe call will most likely be refused.{instead}",
            text::safe(&call.entity),
            text::safe(&state)
        ))
    }

    /// Sends a call. One that still runs is given up.
    pub(super) fn dispatch(&mut self, call: Call, purpose: RequestKind) -> Vec<Effect> {
        if self.setup.max_calls.is_some_and(|most| self.calls >= most) {
            self.reply.all = None;
            let words = format!(
                "Not sent: --max-calls {} is reached",
                text::count(self.calls)
            );
            self.notice = Some(Notice {
                hint: Some("Start again with a larger one.".to_owned()),
                ..Notice::warning(words)
            });
            return Vec::new();
        }
        let mut effects = if self.reply.load.task().is_some() {
            self.cancel_call()
        } else {
            Vec::new()
        };
        let task = self.next_task();
        let download = call.action == "download";
        let reading = Reading::of(&call.action, self.operation_of(&call).as_ref());
        let purpose = if download { RequestKind::File } else { purpose };
        self.reply.start(task, call.clone(), purpose);
        // While all pages are fetched one may be anywhere.
        if self.reply.all.is_none() {
            self.focus = Pane::Reply;
        }
        effects.push(if download {
            let wanted = Wanted {
                call,
                folder: self.setup.folder.clone(),
                name: None,
                known: Known::default(),
                manifest: None,
            };
            Effect::Fetch {
                task,
                wanted: Box::new(wanted),
            }
        } else {
            Effect::Call {
                task,
                call,
                reading,
                grows: self.reply.all.is_none() && self.reply.all_pages.is_none(),
            }
        });
        effects
    }

    /// `R`: loads the contents of the pane again.
    pub(super) fn reload(&mut self) -> Vec<Effect> {
        if self.setup.file.is_some() {
            return self.read_file();
        }
        match self.focus {
            Pane::Connectors => self.load_connectors(),
            Pane::Request => match self.form.connector.clone() {
                Some(connector) => {
                    let task = self.next_task();
                    let mut effects: Vec<Effect> = self
                        .form
                        .described
                        .task()
                        .map(Effect::Cancel)
                        .into_iter()
                        .collect();
                    self.form.described.start(task);
                    effects.push(Effect::Describe {
                        task,
                        connector_id: connector.id,
                    });
                    effects
                }
                None => Vec::new(),
            },
            Pane::Reply => match self.reply.page().map(|page| page.call.clone()) {
                Some(call) if only_reads(&call.action) => self.dispatch(call, self.again()),
                Some(_) => {
                    self.notice = Some(Notice::info(
                        "This call changed data: F5 asks before it is sent again",
                    ));
                    Vec::new()
                }
                None => Vec::new(),
            },
        }
    }

    /// `T`: asks for the page that is seen again, with all strings whole.
    pub(super) fn ask_uncut(&mut self) -> Vec<Effect> {
        let Some(mut call) = self.reply.page().map(|page| page.call.clone()) else {
            return Vec::new();
        };
        call.skip_truncation = true;
        self.dispatch(call, self.again())
    }

    /// A page that did not come whole has no run to go on with: it is asked for again.
    fn again(&self) -> RequestKind {
        if self.reply.run.is_some() {
            RequestKind::Again(self.reply.current)
        } else {
            RequestKind::First
        }
    }

    /// Loads the connectors of the workspace.
    pub(super) fn load_connectors(&mut self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self
            .connectors
            .list
            .task()
            .map(Effect::Cancel)
            .into_iter()
            .collect();
        let task = self.next_task();
        self.connectors.list.start(task);
        effects.push(Effect::LoadConnectors {
            task,
            workspace: self.setup.workspace.clone(),
        });
        effects
    }

    /// Fills in the request that the program was started with, once its connector is known.
    pub(super) fn fill_in(&mut self) -> Vec<Effect> {
        let Some(preset) = self.preset.take() else {
            return Vec::new();
        };
        let found: Vec<Connector> = self
            .connectors
            .all()
            .iter()
            .filter(|connector| connector.is_called(&preset.connector))
            .cloned()
            .collect();
        let word = text::safe(&preset.connector).into_owned();
        let effects = match found.as_slice() {
            [connector] => self.choose(connector.clone()),
            [] => {
                self.focus = Pane::Connectors;
                self.notice = Some(Notice::warning(format!(
                    "There is no connector `{word}` in workspace `{}`",
                    text::safe(&self.setup.workspace)
                )));
                return Vec::new();
            }
            many => {
                self.focus = Pane::Connectors;
                self.connectors.set_filter(preset.connector.clone());
                let names: Vec<_> = many
                    .iter()
                    .map(|connector| {
                        format!(
                            "{} ({})",
                            text::safe(&connector.name),
                            text::safe(&connector.id)
                        )
                    })
                    .collect();
                self.notice = Some(Notice::warning(format!(
                    "`{word}` is ambiguous: {}",
                    names.join(", ")
                )));
                return Vec::new();
            }
        };
        if let Some(entity) = &preset.entity {
            self.form.set_entity(entity);
        }
        if let Some(action) = &preset.action {
            self.form.set_action(action);
        }
        for (name, value) in preset.params.iter() {
            let value = if value.as_str() == "null" {
                Value::Null
            } else {
                Value::Text(self.typed_text(name, value))
            };
            self.form.set_parameter(name, value);
        }
        let mut given: Vec<String> = Vec::new();
        for (name, value) in preset.pairs {
            let value = match self
                .form
                .text_of_array(&name)
                .filter(|_| given.contains(&name))
            {
                Some(before) => format!("{before},{value}"),
                None => {
                    if given.contains(&name) {
                        self.notice = Some(Notice::warning(format!(
                            "`-p {}` is given twice: the last value counts",
                            text::safe(&name)
                        )));
                    }
                    value
                }
            };
            self.form.set_parameter(&name, Value::Text(value));
            given.push(name);
        }
        effects
    }

    /// Writes a JSON value as one would type it into its row.
    pub(super) fn typed_text(&self, name: &str, value: &crate::domain::call::JsonText) -> String {
        use super::form::RowKind;
        use crate::domain::operation::ParameterKind;
        let kind = self.form.rows.iter().find_map(|row| match &row.kind {
            RowKind::Parameter(parameter) if parameter.name == name => Some(parameter.kind),
            _ => None,
        });
        // Where nothing is declared, the quotes keep a string of digits a string.
        if kind == Some(ParameterKind::String) {
            value.plain()
        } else {
            value.as_str().to_owned()
        }
    }
}
