//! How the reply to an execute request is written: the form of its page, and the envelope around it.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::execute::{LoadedReply, Operation};
use super::objects;
use super::paging::{self, Page, StatedTotal};
use super::scenario::{Addition, MetadataForm, ResultForm};

impl Operation<'_> {
    /// Makes the reply of a page from its records, with the faults of its form.
    pub(super) fn page_reply(&self, mut records: Vec<Value>, page: &Page<'_>) -> LoadedReply {
        let (token, position) = (page.token(), page.position());
        let form = self.world.reply_form(position);
        if matches!(form.addition, Some(Addition::PartialSuccess)) {
            records.truncate(records.len() / 2);
        }
        if let Some(fault) = self.world.scenario().record() {
            fault.apply_fault(&mut records);
        }
        let mut result = objects::shaped(self, records, page);
        let metadata = match form.result {
            ResultForm::Declared => self.metadata(&form.metadata, page),
            ResultForm::WithMeta | ResultForm::Bare => {
                let meta = json!({"has_more": token.is_some(), "cursor": token, "took_ms": 38});
                if let Some(object) = result.as_object_mut() {
                    object.insert("meta".to_owned(), meta);
                } else {
                    result = json!({"data": result, "meta": meta});
                }
                Value::Null
            }
        };
        LoadedReply {
            result,
            metadata,
            position,
        }
    }

    /// Returns the metadata of a page.
    fn metadata(&self, form: &MetadataForm, page: &Page<'_>) -> Value {
        let token = page.token();
        let mut metadata = match form {
            MetadataForm::Declared => page.metadata(),
            MetadataForm::CamelCase => {
                json!({"hasNextPage": token.is_some(), "endCursor": token})
            }
            MetadataForm::Url => {
                let link = token.map(|token| {
                    let query = url::form_urlencoded::Serializer::new(String::new())
                        .append_pair("cursor", &token)
                        .finish();
                    format!("https://api.rocket.example/v2/list?{query}")
                });
                json!({"next": link})
            }
        };
        match self.world.paging_rules().total {
            StatedTotal::Declared => {}
            StatedTotal::Wrong => metadata["total"] = json!(9999),
            StatedTotal::Text => metadata["total"] = json!(page.total.to_string()),
            StatedTotal::RowCount => {
                if paging::is_whole(self.declared) {
                    metadata["row_count"] = json!(page.total);
                }
            }
        }
        metadata
    }

    /// Writes the envelope around a result.
    pub(super) fn write(&self, reply: LoadedReply) -> Response {
        let LoadedReply {
            result,
            metadata,
            position,
        } = reply;
        let form = self.world.reply_form(position);
        if form.result == ResultForm::Bare {
            return axum::Json(result).into_response();
        }
        let execution = json!({"connector_instance_id": format!("source_id:{}", self.connector.id), "execution_time_ms": self.started.elapsed().as_millis() as u64});
        let mut reply = json!({"status": "success", "result": result, "connector_metadata": metadata, "execution_metadata": execution});
        match form.addition {
            None => {}
            Some(Addition::Warning(warning)) => reply["warning"] = warning,
            Some(Addition::PartialSuccess) => {
                reply["status"] = json!("partial_success");
                reply["message"] = json!("1 of 2 shards of the provider did not answer");
            }
            Some(Addition::GraphqlErrors) => {
                let error = json!({"message": "Something went wrong while executing the query", "path": [self.name()]});
                reply["result"] = json!({"data": null, "errors": [error]});
                reply["connector_metadata"] = Value::Null;
            }
        }
        let text = reply.to_string();
        match self.world.scenario().body() {
            None => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
            Some(fault) => fault.respond(text),
        }
    }
}
