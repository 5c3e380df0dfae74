//! The `download` action: bytes instead of the envelope.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};

use super::answers::cut;
use super::errors::{Refusal, refuse};
use super::execute::Operation;
use super::scenario::Scenario;
use super::{files, records};

impl Operation<'_> {
    /// Sends the file that the parameters name, as its bytes.
    pub(super) async fn download(&self) -> Result<Response, Refusal> {
        let found = self.file()?;
        let (content, name, kind) = found;
        let content: Cow<'static, [u8]> = match self.world.scenario() {
            Scenario::DownloadEmpty => Cow::Borrowed(b""),
            Scenario::DownloadError => {
                let error = json!({"message": "Value error, the file is gone", "errors": [{"field": "body", "message": "Value error, the file is gone", "error_code": "value_error", "details": null}]});
                return Ok(axum::Json(error).into_response());
            }
            Scenario::DownloadHtml => {
                return Ok(([(header::CONTENT_TYPE, "text/html")], "<html><title>Sign in</title></html>").into_response());
            }
            Scenario::DownloadJsonFile => Cow::Borrowed(files::stored_content(5)),
            Scenario::DownloadSlow | Scenario::DownloadCut | Scenario::DownloadStall | Scenario::DownloadNoLength => {
                Cow::Owned(content.repeat(400))
            }
            _ => content,
        };
        let total = content.len();
        let range = self.params.get("range_header").and_then(Value::as_str).map(|range| parse_range(range, total)).transpose()?;
        if self.params.get("_airbyte_response_type").is_some_and(|kind| kind == "json") {
            return Ok(self.chunk(&content, range));
        }
        let (start, end) = range.unwrap_or((0, total));
        let part = Bytes::copy_from_slice(&content[start..end]);
        let mut response = self.send(part);
        let headers = response.headers_mut();
        if range.is_some() {
            if let Ok(value) = HeaderValue::from_str(&format!("bytes {start}-{}/{total}", end.saturating_sub(1))) {
                headers.insert(header::CONTENT_RANGE, value);
            }
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        let headers = response.headers_mut();
        if let Ok(kind) = HeaderValue::from_str(&kind) {
            headers.insert(header::CONTENT_TYPE, kind);
        }
        let disposition = match self.world.scenario() {
            Scenario::DownloadNoName => None,
            Scenario::DownloadQuotedName => Some(r#"attachment; filename="a \"quoted\" name.pdf""#.to_owned()),
            Scenario::DownloadEncodedName => {
                Some("attachment; filename=\"fallback.pdf\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%20%C3%BCber.pdf".to_owned())
            }
            Scenario::DownloadTraversal => Some(r#"attachment; filename="../../etc/evil.sh""#.to_owned()),
            _ => Some(disposition(&name)),
        };
        if let Some(value) = disposition.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        Ok(response)
    }

    /// Sends bytes as the scenario wants them sent.
    fn send(&self, content: Bytes) -> Response {
        let total = content.len();
        let mut response = match self.world.scenario() {
            Scenario::DownloadCut => Response::new(cut(content.slice(..total / 2))),
            Scenario::DownloadStall => {
                let first = stream::iter([Ok::<_, std::io::Error>(content.slice(..total.min(100)))]);
                Response::new(Body::from_stream(futures_util::StreamExt::chain(first, stream::pending())))
            }
            Scenario::DownloadSlow => {
                let pieces = stream::unfold(content, |rest| async move {
                    if rest.is_empty() {
                        return None;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    let size = rest.len().min(8192);
                    Some((Ok::<_, std::io::Error>(rest.slice(..size)), rest.slice(size..)))
                });
                Response::new(Body::from_stream(pieces))
            }
            Scenario::DownloadNoLength => return Response::new(Body::from_stream(stream::iter([Ok::<_, std::io::Error>(content)]))),
            _ => return Response::new(Body::from(content)),
        };
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(total));
        response
    }

    /// Wraps a chunk into JSON (`_airbyte_response_type=json`).
    fn chunk(&self, content: &[u8], range: Option<(usize, usize)>) -> Response {
        let as_text = self.params.get("_airbyte_response_format").is_some_and(|format| format == "text");
        let (start, end) = range.unwrap_or((0, content.len().min(if as_text { 15_360 } else { 49_152 })));
        let end = end.min(start + 65_536);
        let part = &content[start..end];
        let encoded =
            if as_text { String::from_utf8_lossy(part).into_owned() } else { base64::engine::general_purpose::STANDARD.encode(part) };
        let more = end < content.len();
        let next = more.then(|| format!("bytes={end}-{}", end + (end - start) - 1));
        let result = json!({
            "content": encoded, "encoding": if as_text { "utf-8" } else { "base64" }, "bytes_returned": part.len(),
            "range_requested": format!("bytes={start}-{}", end.saturating_sub(1)), "next_range_header": next, "has_more": more, "content_type": null,
        });
        self.write(result, Value::Null)
    }

    /// Finds the file that is asked for: content, name, type. An unknown id gives no bytes, as the
    /// service does.
    fn file(&self) -> Result<(Cow<'static, [u8]>, String, String), Refusal> {
        let id = |name: &str| self.params.get(name).cloned().unwrap_or(Value::Null);
        let stored = |index: usize| {
            let (name, kind) = files::stored(index);
            (Cow::Borrowed(files::stored_content(index)), name, kind)
        };
        let nothing = || (Cow::Borrowed(b"".as_slice()), "unknown".to_owned(), "application/octet-stream".to_owned());
        Ok(match (self.connector.slug.as_str(), self.name().as_str()) {
            ("google-drive", entity) => {
                let Some(index) = tail(&id("fileId"), 18, 16) else { return Err(self.not_there()) };
                let kind = id("mimeType");
                if entity == "files_export" {
                    let kind = kind.as_str().unwrap_or_default();
                    let (content, name) = files::export(index, kind)
                        .ok_or_else(|| refuse(400, "bad_request", &format!("The requested conversion to {kind} is not supported")))?;
                    (content, name, kind.to_owned())
                } else {
                    let content = files::content(index).ok_or_else(|| {
                        refuse(
                            403,
                            "fileNotDownloadable",
                            "Only files with binary content can be downloaded. Use files_export with Docs Editors files",
                        )
                    })?;
                    let (name, kind) = files::entry(index);
                    (Cow::Borrowed(content), name, kind)
                }
            }
            ("gong", entity) => {
                let call = &self.params.get("filter").cloned().unwrap_or(Value::Null)["callIds"][0];
                match call.as_str().map(|id| !id.is_empty()).or(call.as_u64().map(|_| true)) {
                    Some(true) => stored(if entity == "call_video" { 8 } else { 7 }),
                    _ => return Err(refuse(422, "missing_parameter", "Missing filter.callIds")),
                }
            }
            ("salesforce", _) => tail(&id("id"), 13, 10).map_or_else(nothing, stored),
            ("greenhouse", _) => records::number(&id("ids")[0]).map_or_else(nothing, |number| stored(number as usize)),
            ("asana", _) => records::number(&id("attachment_gid")).map_or_else(nothing, |number| stored(number as usize)),
            _ => match records::number(&id("attachment_id")) {
                Some(number) if number < 1_000_000 => stored(number as usize),
                _ => nothing(),
            },
        })
    }
}

/// Reads the number at the end of an id, counted from 1, as an index.
fn tail(id: &Value, digits: usize, base: u32) -> Option<usize> {
    let id = id.as_str()?;
    let number = usize::from_str_radix(id.get(id.len().checked_sub(digits)?..)?, base).ok()?;
    (number < 100_000).then_some(number.checked_sub(1)?)
}

fn parse_range(range: &str, total: usize) -> Result<(usize, usize), Refusal> {
    let bad = || refuse(422, "invalid_parameter", &format!("Parameter 'range_header' is not a byte range: {range}"));
    let (first, last) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')).ok_or_else(bad)?;
    let start: usize = first.parse().map_err(|_| bad())?;
    let end = if last.is_empty() { total } else { last.parse::<usize>().map_err(|_| bad())? + 1 };
    if start >= total || end <= start {
        return Err(refuse(416, "range_not_satisfiable", "The range lies outside of the file"));
    }
    Ok((start, end.min(total)))
}

fn disposition(name: &str) -> String {
    if name.is_ascii() && !name.contains(['"', '\\']) {
        format!("attachment; filename=\"{name}\"")
    } else {
        let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        format!("attachment; filename*=UTF-8''{encoded}")
    }
}
