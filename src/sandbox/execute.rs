//! The execute endpoint: checks the request and runs the operation on the records.

use std::time::Instant;

use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::World;
use super::data::{Configured, text};
use super::definitions::{self, items};
use super::errors::{Refusal, answer, refuse};
use super::paging::Position;
use super::{describe, objects, paging, paging_faults, records, store, unlisted};

/// Runs one execute call.
pub(super) async fn run(
    world: &World,
    connector: &Configured,
    body: &Value,
) -> Result<Response, Refusal> {
    // `describe` works also where operations are slow or refused.
    if body["action"] != "describe"
        && let Some(fault) = world.scenario().answer()
    {
        fault.apply_fault(world, body).await?;
    }
    let entity = body["entity"].as_str().ok_or_else(|| missing("entity"))?;
    let action = body["action"].as_str().ok_or_else(|| missing("action"))?;
    let params = match &body["params"] {
        Value::Null => Map::new(),
        Value::Object(params) => params.clone(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(refuse(
                422,
                "dict_type",
                "Value error, params should be an object",
            ));
        }
    };
    if body["intent"]
        .as_str()
        .is_some_and(|intent| intent.chars().count() > 512)
    {
        return Err(refuse(
            422,
            "string_too_long",
            "intent: String should have at most 512 characters",
        ));
    }
    let definition = definitions::by_slug(&connector.slug)
        .ok_or_else(|| refuse(500, "internal", "no definition"))?;
    if action == "describe" {
        let described = describe::answer(definition, world.scenario().describe())?;
        return Ok(axum::Json(described).into_response());
    }
    let operation = Operation::find(world, connector, definition, entity, action, params)?;
    if operation.action == "download" {
        return operation.download();
    }
    Ok(operation.write(operation.result(body)?))
}

fn missing(field: &str) -> Refusal {
    answer(
        422,
        json!({"detail": [{"loc": ["body", field], "msg": "Field required", "type": "missing"}]}),
    )
}

/// The reply of an operation before its envelope is written.
pub(super) struct LoadedReply {
    pub result: Value,
    pub metadata: Value,
    /// Where the page is in its list; [`Position::Other`] for a reply that is no page.
    pub position: Position,
}

impl LoadedReply {
    /// Returns the reply with a result that is no page and has no metadata.
    pub(super) fn of(result: Value) -> LoadedReply {
        LoadedReply {
            result,
            metadata: Value::Null,
            position: Position::Other,
        }
    }
}

/// A declared operation with valid parameters.
pub(super) struct Operation<'a> {
    pub world: &'a World,
    pub connector: &'a Configured,
    definition: &'a Value,
    entity: &'a Value,
    /// The action that is run: `context_store_search` for a `search` with a `query` object.
    action: String,
    pub declared: &'a Value,
    pub params: Map<String, Value>,
    pub started: Instant,
}

impl<'a> Operation<'a> {
    fn find(
        world: &'a World,
        connector: &'a Configured,
        definition: &'a Value,
        entity: &str,
        action: &str,
        params: Map<String, Value>,
    ) -> Result<Operation<'a>, Refusal> {
        let Some(found) = definitions::entity(definition, entity) else {
            let names: Vec<_> = items(&definition["entities"])
                .iter()
                .map(|entity| text(&entity["name"]))
                .collect();
            return Err(refuse(
                422,
                "unknown_entity",
                &format!(
                    "Entity '{entity}' not found. Available entities: {}",
                    names.join(", ")
                ),
            ));
        };
        let stored = found.get("context_store").is_some();
        let action = match action {
            "search" if params.get("query").is_some_and(Value::is_object) && stored => {
                "context_store_search"
            }
            "api_search" => "search",
            other => other,
        };
        let declared = definitions::action(found, action);
        if declared.is_none() && !(action == "context_store_search" && stored) {
            let mut names: Vec<_> = items(&found["actions"])
                .iter()
                .map(|action| text(&action["name"]))
                .collect();
            if stored {
                names.push("context_store_search".to_owned());
            }
            return Err(refuse(
                422,
                "unknown_action",
                &format!(
                    "Action '{action}' not supported for entity '{entity}'. Available actions: {}",
                    names.join(", ")
                ),
            ));
        }
        let operation = Operation {
            world,
            connector,
            definition,
            entity: found,
            action: action.to_owned(),
            declared: declared.unwrap_or(&Value::Null),
            params,
            started: Instant::now(),
        };
        operation.check()?;
        Ok(operation)
    }

    /// Checks the parameters against their declarations. Those that the connector's configuration can
    /// fill may be missing, and so may those that an `id` replaces.
    fn check(&self) -> Result<(), Refusal> {
        let scoping = items(&self.definition["scoping"]);
        let by_id = self.params.contains_key("id");
        for declared in items(&self.declared["params"]) {
            let name = text(&declared["name"]);
            let Some(value) = self.params.get(&name).filter(|value| !value.is_null()) else {
                let filled = scoping.contains(&declared["name"])
                    || by_id && matches!(declared["in"].as_str(), Some("path" | "query"));
                if declared["required"] == true && !filled && self.action != "search" {
                    return Err(refuse(
                        422,
                        "missing_parameter",
                        &format!("Missing required parameter '{name}' for {}", self.action),
                    ));
                }
                continue;
            };
            let fits = match declared["type"].as_str() {
                Some("integer") => records::number(value).is_some() || value.is_i64(),
                Some("number") => {
                    value.is_number()
                        || value
                            .as_str()
                            .is_some_and(|text| text.parse::<f64>().is_ok())
                }
                Some("boolean") => value.is_boolean(),
                Some("object") => value.is_object(),
                Some("array") => value.is_array(),
                _ => true,
            };
            if !fits {
                return Err(refuse(
                    422,
                    "invalid_parameter",
                    &format!(
                        "Parameter '{name}' should be of type {}",
                        text(&declared["type"])
                    ),
                ));
            }
            let allowed = items(&declared["enum"]);
            if !allowed.is_empty() && !allowed.contains(value) {
                return Err(refuse(
                    422,
                    "invalid_parameter",
                    &format!("Parameter '{name}' has a value that is not allowed: {value}"),
                ));
            }
        }
        Ok(())
    }

    /// Returns the entity's name.
    pub(super) fn name(&self) -> String {
        text(&self.entity["name"])
    }

    /// Returns the ids of the parents of this operation, such as the ticket of a list of comments.
    fn scope(&self) -> Map<String, Value> {
        let scoping = items(&self.definition["scoping"]);
        let inside =
            |declared: &&Value| declared["in"] == "path" && !scoping.contains(&declared["name"]);
        let names: Vec<_> =
            items(&definitions::action(self.entity, "list").unwrap_or(&Value::Null)["params"])
                .iter()
                .filter(inside)
                .map(|declared| text(&declared["name"]))
                .collect();
        names
            .into_iter()
            .filter_map(|name| {
                let value = self.params.get(&name)?;
                let value =
                    records::number(value).map_or_else(|| value.clone(), |number| json!(number));
                Some((name, value))
            })
            .collect()
    }

    /// Runs something on this entity's records, which are made at the first use.
    fn with_records<T>(&self, run: impl FnOnce(&mut Vec<Value>) -> T) -> T {
        let scope = self.scope();
        let key = (
            self.connector.id.clone(),
            format!("{} {}", self.name(), Value::Object(scope.clone())),
        );
        let fault = self.world.scenario().answer();
        let count = fault.and_then(|fault| fault.count(&self.name(), &scope));
        let mut state = self.world.state();
        let records = state.records.entry(key).or_insert_with(|| {
            records::make(
                &self.connector.slug,
                &self.name(),
                &scope,
                count.or(self.world.options.records),
            )
        });
        run(records)
    }

    fn result(&self, body: &Value) -> Result<LoadedReply, Refusal> {
        let mut reply = match self.action.as_str() {
            "list" | "search" => self.list()?,
            "context_store_search" => LoadedReply::of(self.search_store()?),
            "get" => LoadedReply::of(self.get()?),
            "create" => LoadedReply::of(self.create()),
            "update" => LoadedReply::of(self.change(merge)?),
            "delete" => {
                self.delete()?;
                LoadedReply::of(Value::Null)
            }
            other => {
                return Err(refuse(
                    422,
                    "unknown_action",
                    &format!("Action '{other}' cannot be run here"),
                ));
            }
        };
        let result = &mut reply.result;
        let select = body["select_fields"].as_array().map(Vec::as_slice);
        let exclude = items(&body["exclude_fields"]);
        let reduce = |record: &mut Value| store::pick(record, select, exclude);
        objects::each_record(result, self, reduce);
        if body["skip_truncation"] == false
            && matches!(self.action.as_str(), "list" | "context_store_search")
        {
            store::truncate(result);
        }
        Ok(reply)
    }

    fn list(&self) -> Result<LoadedReply, Refusal> {
        if unlisted::is(self.definition) {
            let (result, metadata) =
                unlisted::list(&self.name(), &self.params, self.world.options.records);
            return Ok(LoadedReply {
                result,
                metadata,
                position: Position::Other,
            });
        }
        let id_field = records::id_field(&self.connector.slug);
        let rules = self.world.paging_rules();
        let mut page = self.with_records(|records| {
            let narrowed = self.narrowed(records);
            let mut matching = narrowed.as_ref().unwrap_or(records).as_slice();
            if objects::is_one(self.declared) {
                matching = &matching[..matching.len().min(1)];
            }
            paging::page(
                self.declared,
                self.entity["name"].as_str().unwrap_or_default(),
                &self.params,
                matching,
                id_field,
                rules,
            )
        })?;
        // Faults are counted in the state that `with_records` locks, so they are applied between its two uses.
        paging_faults::apply_fault(self.world, rules, &mut page)?;
        let slice = self.with_records(|records| {
            let narrowed = self.narrowed(records);
            let matching = narrowed.as_ref().unwrap_or(records);
            let mut slice = matching[page.start..page.end].to_vec();
            // Not the last record of the page before, which a list that moves would repeat.
            if rules.repeats_record && page.start > 2 {
                slice.push(matching[page.start - 2].clone());
            }
            slice
        });
        Ok(self.page_reply(slice, &page))
    }

    /// Returns the records that the parameters narrow the list to; `None` for all of them.
    fn narrowed(&self, records: &[Value]) -> Option<Vec<Value>> {
        if let Some(Value::Array(states)) = self.params.get("states") {
            let fits = |record: &&Value| {
                states.is_empty() || record["state"].is_null() || states.contains(&record["state"])
            };
            return Some(records.iter().filter(fits).cloned().collect());
        }
        let query = self
            .params
            .get("query")
            .and_then(Value::as_str)
            .filter(|_| self.action == "search")?;
        let words: Vec<String> = query
            .to_lowercase()
            .split_whitespace()
            .filter(|word| !word.contains(':'))
            .map(str::to_owned)
            .collect();
        let fits = |record: &&Value| {
            words
                .iter()
                .all(|word| record.to_string().to_lowercase().contains(word.as_str()))
        };
        Some(records.iter().filter(fits).cloned().collect())
    }

    fn search_store(&self) -> Result<Value, Refusal> {
        if matches!(self.connector.store, "loading" | "building") {
            let label = if self.connector.store == "loading" {
                "Loading"
            } else {
                "Building Preview"
            };
            return Err(refuse(
                400,
                "context_store_not_ready",
                &format!(
                    "The Context Store of this connector is not ready for search ({label}). Wait for Preview or Ready, or use list or get"
                ),
            ));
        }
        let query = self
            .params
            .get("query")
            .cloned()
            .unwrap_or_else(|| json!({}));
        if !self.params.contains_key("query") && !self.params.contains_key("semantic") {
            return Err(refuse(
                422,
                "missing_parameter",
                "Missing required parameter 'query' for context_store_search",
            ));
        }
        let found = self.with_records(|records| store::search(records, &query))?;
        let limit = self
            .params
            .get("limit")
            .and_then(records::number)
            .unwrap_or(10)
            .clamp(1, 1000) as usize;
        let start = match self
            .params
            .get("cursor")
            .and_then(Value::as_str)
            .filter(|cursor| !cursor.is_empty())
        {
            Some(cursor) => paging::offset_of(cursor)?,
            None => 0,
        };
        let start = start.min(found.len());
        let end = (start + limit).min(found.len());
        let cursor = (end < found.len()).then(|| paging::token(end));
        let mut data = found[start..end].to_vec();
        if let Some(Value::Array(fields)) = self.params.get("fields") {
            let paths: Vec<Value> = fields
                .iter()
                .map(|field| match field.as_array() {
                    Some(keys) => json!(keys.iter().map(text).collect::<Vec<_>>().join(".")),
                    None => field.clone(),
                })
                .collect();
            data.iter_mut()
                .for_each(|record| store::pick(record, Some(&paths), &[]));
        }
        Ok(
            json!({"data": data, "meta": {"has_more": cursor.is_some(), "cursor": cursor, "took_ms": 38}}),
        )
    }

    /// Returns the parameters that identify a record: `id`, or those that the action requires and
    /// the connector's configuration does not fill.
    fn identifiers(&self) -> Vec<&Value> {
        let scoping = items(&self.definition["scoping"]);
        let declared = items(&self.declared["params"]);
        let names = declared
            .iter()
            .filter(|one| {
                one["required"] == true && (!scoping.contains(&one["name"]) || declared.len() <= 2)
            })
            .filter_map(|one| one["name"].as_str());
        std::iter::once("id")
            .chain(names.rev())
            .filter_map(|name| self.params.get(name))
            .collect()
    }

    /// Finds the record that the parameters identify, by any of its identifying fields.
    fn position_of(&self, records: &[Value]) -> Option<usize> {
        const KEYS: [&str; 12] = [
            "id", "Id", "gid", "number", "name", "login", "key", "sha", "tag", "tag_name", "slug",
            "ts",
        ];
        let plain = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
                .to_lowercase()
        };
        self.identifiers().into_iter().find_map(|wanted| {
            let wanted = plain(wanted);
            records.iter().position(|record| {
                KEYS.iter()
                    .any(|key| !record[*key].is_null() && plain(&record[*key]) == wanted)
            })
        })
    }

    fn get(&self) -> Result<Value, Refusal> {
        self.with_records(|records| match self.position_of(records) {
            Some(at) => Ok(records[at].clone()),
            None if self.identifiers().is_empty() => {
                Ok(records.first().cloned().unwrap_or(Value::Null))
            }
            None => Err(self.not_found()),
        })
    }

    /// Returns the refusal for a record that does not exist.
    pub(super) fn not_found(&self) -> Refusal {
        refuse(
            404,
            "not_found",
            &format!(
                "{} answered 404: no such record in '{}'",
                self.connector.template,
                self.name()
            ),
        )
    }

    fn create(&self) -> Value {
        let made = records::make(&self.connector.slug, &self.name(), &self.scope(), None);
        self.with_records(|records| {
            let mut record = made
                .get(records.len() % made.len().max(1))
                .cloned()
                .unwrap_or_else(|| json!({}));
            let key = records::id_field(&self.connector.slug);
            record[key] = match record[key].as_str() {
                Some(id) => json!(format!("{id}n{}", records.len())),
                None => json!(900_000 + records.len()),
            };
            merge(&mut record, &self.values());
            records.insert(0, record.clone());
            record
        })
    }

    /// Returns the values that a write sets: the parameters of the body, and the fields of the one object that holds them.
    fn values(&self) -> Map<String, Value> {
        let mut values = Map::new();
        for declared in items(&self.declared["params"])
            .iter()
            .filter(|declared| declared["in"] == "body")
        {
            let name = text(&declared["name"]);
            match self.params.get(&name) {
                Some(Value::Object(inner)) if self.name().starts_with(&name) => {
                    values.extend(inner.clone())
                }
                Some(value) => {
                    values.insert(name, value.clone());
                }
                None => {}
            }
        }
        values
    }

    fn change(
        &self,
        apply: impl FnOnce(&mut Value, &Map<String, Value>),
    ) -> Result<Value, Refusal> {
        let values = self.values();
        self.with_records(|records| {
            let at = self.position_of(records).ok_or_else(|| self.not_found())?;
            apply(&mut records[at], &values);
            Ok(records[at].clone())
        })
    }

    fn delete(&self) -> Result<(), Refusal> {
        self.with_records(|records| {
            let at = self.position_of(records).ok_or_else(|| self.not_found())?;
            records.remove(at);
            Ok(())
        })
    }
}

fn merge(record: &mut Value, values: &Map<String, Value>) {
    for (name, value) in values {
        match (&mut record[name.as_str()], value) {
            (Value::Object(own), Value::Object(new)) => own.extend(new.clone()),
            (own, new) => *own = new.clone(),
        }
    }
}
