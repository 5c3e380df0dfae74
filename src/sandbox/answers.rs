//! How an answer looks on the wire, with the faults that the scenario plays on it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::World;
use super::errors::{Refusal, answer, detail, refuse};
use super::execute::{LoadedReply, Operation};
use super::objects;
use super::paging::{self, Page};
use super::scenario::Scenario;

/// Plays the faults that strike before the operation is looked at.
pub(super) async fn fault(world: &World) -> Result<(), Refusal> {
    let page = "<html><body><h1>Back soon</h1></body></html>";
    let html =
        |status: StatusCode| Refusal::with((status, [(header::CONTENT_TYPE, "text/html")], page));
    match world.scenario() {
        Scenario::Html => Err(html(StatusCode::OK)),
        Scenario::Html503 => Err(html(StatusCode::SERVICE_UNAVAILABLE)),
        Scenario::BadGateway if world.strike() < 2 => Err(html(StatusCode::BAD_GATEWAY)),
        Scenario::RateLimited if world.strike() > 0 => Ok(()),
        Scenario::RateLimited | Scenario::RateLimitedForever => {
            let mut refusal = refuse(429, "rate_limited", "Too many requests");
            refusal
                .0
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            Err(refusal)
        }
        Scenario::Unprocessable => Err(refuse(
            422,
            "value_error",
            "Value error, one connector identifier is needed",
        )),
        Scenario::UnprocessableDetail => Err(answer(
            422,
            json!({"detail": [{"loc": ["body", "params", "per_page"], "msg": "Input should be a valid integer", "type": "int_type"}]}),
        )),
        Scenario::DetailText => Err(detail(400, "The connector is being set up")),
        Scenario::ConnectorUnauthorized => Err(refuse(401, "unauthorized", "Bad credentials")),
        Scenario::StatusError => Err(answer(
            200,
            json!({"status": "error", "result": null, "connector_metadata": null, "error": "The provider answered 500",
                "execution_metadata": {"connector_instance_id": "source_id:sandbox", "execution_time_ms": 77}}),
        )),
        Scenario::EmptyBody => Err(Refusal::with(StatusCode::OK)),
        Scenario::RedirectElsewhere => Err(Refusal::with((
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, "http://127.0.0.2:9/elsewhere")],
        ))),
        Scenario::Slow => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Makes a body that breaks off after its bytes, once they are on their way.
pub(super) fn cut(content: Bytes) -> Body {
    let broken = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(std::io::Error::new(
            std::io::ErrorKind::ConnectionReset,
            "cut by the scenario",
        ))
    };
    Body::from_stream(stream::iter([Ok(content)]).chain(stream::once(broken)))
}

/// A body that comes in forty pieces over two seconds.
fn slow(content: Bytes) -> Body {
    let size = content.len().div_ceil(40).max(1);
    let pieces = stream::unfold(content, move |rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        let size = size.min(rest.len());
        Some((
            Ok::<_, std::io::Error>(rest.slice(..size)),
            rest.slice(size..),
        ))
    });
    Body::from_stream(pieces)
}

impl Operation<'_> {
    /// Bends a page into the shape that the scenario wants.
    pub(super) fn bend(&self, mut slice: Vec<Value>, page: &Page<'_>) -> LoadedReply {
        let (token, struck) = (page.token(), page.is_second_or_only());
        let mut metadata = page.metadata();
        match self.world.scenario() {
            Scenario::CamelMetadata => {
                metadata = json!({"hasNextPage": token.is_some(), "endCursor": token})
            }
            Scenario::UrlPaging => {
                let link = token.as_ref().map(|token| {
                    let query = url::form_urlencoded::Serializer::new(String::new())
                        .append_pair("cursor", token)
                        .finish();
                    format!("https://api.rocket.example/v2/list?{query}")
                });
                metadata = json!({"next": link});
            }
            Scenario::WrappedResult | Scenario::NoEnvelope => {
                let meta = json!({"has_more": token.is_some(), "cursor": token, "took_ms": 38});
                let mut result = objects::shaped(self, slice, page);
                match &mut result {
                    Value::Object(object) => drop(object.insert("meta".to_owned(), meta)),
                    list => *list = json!({"data": list.take(), "meta": meta}),
                }
                return LoadedReply {
                    result,
                    metadata: Value::Null,
                    struck,
                };
            }
            Scenario::LyingTotal => metadata["total"] = json!(9999),
            Scenario::TotalAsText => metadata["total"] = json!(page.total.to_string()),
            Scenario::RowCount if paging::is_whole(self.declared) => {
                metadata["row_count"] = json!(page.total)
            }
            Scenario::PartialSuccessPage if struck => slice.truncate(slice.len() / 2),
            Scenario::LargeReply => {
                let filler = "wind, snow, wind again; ".repeat(40);
                let template = slice.clone();
                slice = (0..10_000)
                    .map(|index| {
                        let mut record = template
                            .get(index % template.len().max(1))
                            .cloned()
                            .unwrap_or_else(|| json!({}));
                        record["remark"] = json!(format!("{index}: {filler}"));
                        record
                    })
                    .collect();
            }
            Scenario::WideUnicode => {
                for (index, record) in slice.iter_mut().enumerate() {
                    record["title"] = json!(
                        [
                            "日本語の題名と😀👩‍👩‍👧",
                            "עברית ועוד",
                            "Zażółć gęślą jaźń",
                            "हिन्दी पाठ",
                            "e\u{301}\u{327} combining",
                            "ﷺ wide ligature",
                            "👍🏽 skin tone"
                        ][index % 7]
                    );
                }
            }
            Scenario::HostileText => {
                for (index, record) in slice.iter_mut().enumerate() {
                    record["title"] = json!(
                        [
                            "\u{1b}[2J\u{1b}[31mred",
                            "\u{9b}5mC1",
                            "right\u{202e}tfel",
                            "zero\u{200b}width\u{feff}",
                            "\u{1b}]0;title\u{7}",
                            "nul\u{0}tab\tline\nend\r",
                            "\u{1b}P+q\u{1b}\\"
                        ][index % 7]
                    );
                    record["\u{1b}[31mkey"] = json!("\u{8}\u{7f}");
                }
            }
            _ => {}
        }
        LoadedReply {
            result: objects::shaped(self, slice, page),
            metadata,
            struck,
        }
    }

    /// Writes the envelope around a result.
    pub(super) fn write(&self, answered: LoadedReply) -> Response {
        let scenario = self.world.scenario();
        let LoadedReply {
            result,
            metadata,
            struck,
        } = answered;
        if scenario == Scenario::NoEnvelope {
            return axum::Json(result).into_response();
        }
        let execution = json!({"connector_instance_id": format!("source_id:{}", self.connector.id), "execution_time_ms": self.began.elapsed().as_millis() as u64});
        let mut reply = json!({"status": "success", "result": result, "connector_metadata": metadata, "execution_metadata": execution});
        match scenario {
            Scenario::Warning => {
                reply["warning"] = json!({"code": "context_store_reactivated", "message": "The Context Store was paused for inactivity; data may be stale", "stale_since": "2026-05-01T06:00:00Z"});
            }
            Scenario::WarningText => reply["warning"] = json!("some fields were left out"),
            Scenario::WarningOnPageTwo if struck => {
                reply["warning"] = json!({"code": "stale", "message": "The provider answered slowly; this page may be stale"});
            }
            Scenario::PartialSuccessPage if struck => {
                reply["status"] = json!("partial_success");
                reply["message"] = json!("1 of 2 shards of the provider did not answer");
            }
            Scenario::GraphqlErrors if struck => {
                let error = json!({"message": "Something went wrong while executing the query", "path": [self.name()]});
                reply["result"] = json!({"data": null, "errors": [error]});
                reply["connector_metadata"] = Value::Null;
            }
            _ => {}
        }
        let mut text = reply.to_string();
        if scenario == Scenario::DeepReply {
            text = format!(
                r#"{{"status":"success","result":{}1{},"connector_metadata":null,"execution_metadata":{{}}}}"#,
                "[".repeat(5000),
                "]".repeat(5000)
            );
        }
        let json = [(header::CONTENT_TYPE, "application/json")];
        if scenario == Scenario::CutReply {
            let half = Bytes::from(text[..text.len() / 2].to_owned());
            return (json, cut(half)).into_response();
        }
        match scenario {
            Scenario::StalledReply => {
                let half = Bytes::from(text[..text.len() / 2].to_owned());
                let length = [(header::CONTENT_LENGTH, text.len().to_string())];
                (
                    json,
                    length,
                    Body::from_stream(
                        stream::iter([Ok::<_, std::io::Error>(half)]).chain(stream::pending()),
                    ),
                )
                    .into_response()
            }
            Scenario::SlowReply => {
                let length = [(header::CONTENT_LENGTH, text.len().to_string())];
                (json, length, slow(Bytes::from(text))).into_response()
            }
            _ => (json, text).into_response(),
        }
    }
}
