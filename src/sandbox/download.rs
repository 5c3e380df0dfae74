//! The `download` action: bytes instead of the envelope.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::answers::cut;
use super::content::Content;
use super::errors::{Refusal, answer, refuse};
use super::execute::{LoadedReply, Operation};
use super::scenario::Scenario;
use super::{files, records};

/// Attachments with ids from here on are as large as is asked for when the sandbox starts.
const FIRST_BIG: u64 = 5_000_000;
/// Attachments with smaller ids belong to no ticket: scenarios serve them a few hundred times as long.
const FIRST_OF_TICKETS: u64 = 10_000;

/// A file that is served.
struct Served {
    content: Content,
    name: String,
    kind: String,
    /// Whether scenarios may make it longer: no record states its size.
    is_sample: bool,
}

/// A range of bytes: its first, and the one behind its last.
type Range = (u64, u64);

impl Operation<'_> {
    /// Sends the file that the parameters name, as its bytes.
    pub(super) async fn download(&self) -> Result<Response, Refusal> {
        let scenario = self.world.scenario();
        let mut served = self.file()?;
        let asked = self.world.ask_for(&self.which());
        let pieces = self
            .params
            .get("_airbyte_response_type")
            .is_some_and(|kind| kind == "json");
        self.bend_file(&mut served, asked);
        match scenario {
            Scenario::DownloadError => {
                let error = json!({"message": "Value error, the file is gone", "errors": [{"field": "body", "message": "Value error, the file is gone", "error_code": "value_error", "details": null}]});
                return Ok(axum::Json(error).into_response());
            }
            Scenario::DownloadHtml => return Ok(sign_in()),
            Scenario::DownloadSignedOut if asked > 0 => return Ok(sign_in()),
            Scenario::DownloadBusy if asked.is_multiple_of(3) => {
                let mut refusal = answer(429, json!({"message": "Too many requests"}));
                refusal
                    .0
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                return Err(refusal);
            }
            Scenario::DownloadUnavailable if asked < 2 => {
                return Err(answer(503, json!({"message": "Service unavailable"})));
            }
            _ => {}
        }
        let total = served.content.length();
        let range = self
            .params
            .get("range_header")
            .and_then(Value::as_str)
            .map(|range| parse_range(range, total))
            .transpose()?;
        if pieces {
            return Ok(self.piece(&served.content, range));
        }
        let range = match scenario {
            Scenario::DownloadRangeRefused if range.is_some() => {
                return Err(refuse(
                    422,
                    "invalid_parameter",
                    "Parameter 'range_header' is not supported by the file host",
                ));
            }
            Scenario::DownloadRangeIgnored | Scenario::DownloadOnlyPieces => None,
            Scenario::DownloadRangeShifted => {
                range.map(|(start, end)| (start.saturating_sub(1000), end))
            }
            _ => range,
        };
        let (start, end) = range.unwrap_or((0, total));
        let mut response = self.send(&served.content, (start, end), asked);
        let headers = response.headers_mut();
        if range.is_some() {
            if let Ok(value) =
                HeaderValue::from_str(&format!("bytes {start}-{}/{total}", end.saturating_sub(1)))
            {
                headers.insert(header::CONTENT_RANGE, value);
            }
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        let headers = response.headers_mut();
        if let Ok(kind) = HeaderValue::from_str(&served.kind) {
            headers.insert(header::CONTENT_TYPE, kind);
        }
        if scenario == Scenario::DownloadChanged {
            headers.insert(
                header::ETAG,
                HeaderValue::from_static(if asked == 0 {
                    "\"first\""
                } else {
                    "\"second\""
                }),
            );
        }
        if scenario == Scenario::DownloadCompressed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let disposition = match scenario {
            Scenario::DownloadNoName => None,
            Scenario::DownloadQuotedName => Some(r#"attachment; filename="a \"quoted\" name.pdf""#.to_owned()),
            Scenario::DownloadEncodedName => {
                Some("attachment; filename=\"fallback.pdf\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%20%C3%BCber.pdf".to_owned())
            }
            Scenario::DownloadTraversal => Some(r#"attachment; filename="../../etc/evil.sh""#.to_owned()),
            _ => Some(disposition(&served.name)),
        };
        if let Some(value) = disposition.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        Ok(response)
    }

    /// Makes the file what the scenario wants.
    fn bend_file(&self, served: &mut Served, asked: u32) {
        let longer = |content: &Content| match content {
            Content::Here(bytes) => Content::Here(Bytes::from(bytes.repeat(400))),
            Content::Made { .. } => content.clone(),
        };
        match self.world.scenario() {
            Scenario::DownloadEmpty => served.content = Content::Here(Bytes::new()),
            Scenario::DownloadJsonFile => {
                served.content = Content::Here(Bytes::from_static(files::stored_content(5)))
            }
            Scenario::DownloadChanged | Scenario::DownloadChangedSilently if served.is_sample => {
                // Of the same length, and different in every byte.
                let mut bytes = served.content.bytes(0, served.content.length()).repeat(400);
                if asked > 0 {
                    bytes
                        .iter_mut()
                        .for_each(|byte| *byte = byte.wrapping_add(1));
                }
                served.content = Content::Here(Bytes::from(bytes));
            }
            Scenario::DownloadSlow
            | Scenario::DownloadCut
            | Scenario::DownloadStall
            | Scenario::DownloadNoLength
            | Scenario::DownloadCutOnce
            | Scenario::DownloadCutAnywhere
            | Scenario::DownloadNoLengthCut
            | Scenario::DownloadRangeIgnored
            | Scenario::DownloadRangeLying
            | Scenario::DownloadRangeShifted
            | Scenario::DownloadRangeRefused
            | Scenario::DownloadOnlyPieces
            | Scenario::DownloadSignedOut
                if served.is_sample =>
            {
                served.content = longer(&served.content);
            }
            _ => {}
        }
    }

    /// Sends bytes as the scenario wants them sent.
    fn send(&self, content: &Content, (start, end): Range, asked: u32) -> Response {
        let length = end - start;
        let first =
            |count: u64| Response::new(cut(content.bytes(start, start + count.min(length))));
        let whole = || Response::new(Body::from_stream(content.clone().stream(start, end)));
        let mut response = match self.world.scenario() {
            Scenario::DownloadCut => first(length.div_ceil(2)),
            Scenario::DownloadOnlyPieces => first(length / 3),
            Scenario::DownloadRangeIgnored if asked < 1 => first(length / 2),
            Scenario::DownloadCutOnce
            | Scenario::DownloadRangeLying
            | Scenario::DownloadRangeShifted
            | Scenario::DownloadRangeRefused
            | Scenario::DownloadChanged
            | Scenario::DownloadChangedSilently
            | Scenario::DownloadSignedOut
                if asked == 0 =>
            {
                first(length / 2)
            }
            Scenario::DownloadCutAnywhere if asked < 4 => {
                first(u64::from(asked + 1) * 7919 % length.max(1))
            }
            Scenario::DownloadNoLengthCut if asked == 0 => return first(length / 2),
            Scenario::DownloadRangeLying if start > 0 => {
                Response::new(Body::from(content.bytes(0, length)))
            }
            Scenario::DownloadWrongLength => {
                return Response::new(Body::from(content.bytes(start, start + length.div_ceil(2))));
            }
            Scenario::DownloadStall => {
                let first = stream::iter([Ok::<_, std::io::Error>(
                    content.bytes(start, start + length.min(100)),
                )]);
                Response::new(Body::from_stream(first.chain(stream::pending())))
            }
            Scenario::DownloadSlow => {
                let pieces = stream::unfold(content.bytes(start, end), |rest| async move {
                    if rest.is_empty() {
                        return None;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    let size = rest.len().min(8192);
                    Some((
                        Ok::<_, std::io::Error>(rest.slice(..size)),
                        rest.slice(size..),
                    ))
                });
                Response::new(Body::from_stream(pieces))
            }
            Scenario::DownloadNoLength | Scenario::DownloadNoLengthCut => return whole(),
            _ => whole(),
        };
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        response
    }

    /// Wraps a piece into JSON (`_airbyte_response_type=json`).
    fn piece(&self, content: &Content, range: Option<Range>) -> Response {
        let total = content.length();
        let as_text = self
            .params
            .get("_airbyte_response_format")
            .is_some_and(|format| format == "text");
        let (start, end) = range.unwrap_or((0, total.min(if as_text { 15_360 } else { 49_152 })));
        let end = end.min(start + 65_536);
        let part = content.bytes(start, end);
        let encoded = if as_text {
            String::from_utf8_lossy(&part).into_owned()
        } else {
            base64::engine::general_purpose::STANDARD.encode(&part)
        };
        // A host that ignores ranges sends all of it: the service cuts the piece itself and knows of no more.
        let ignored = matches!(
            self.world.scenario(),
            Scenario::DownloadRangeIgnored | Scenario::DownloadOnlyPieces
        );
        let more = end < total && !ignored;
        let next = more.then(|| format!("bytes={end}-{}", end + (end - start) - 1));
        let result = json!({
            "content": encoded, "encoding": if as_text { "utf-8" } else { "base64" }, "bytes_returned": part.len(),
            "range_requested": format!("bytes={start}-{}", end.saturating_sub(1)), "next_range_header": next, "has_more": more, "content_type": null,
        });
        self.write(LoadedReply::of(result))
    }

    /// Tells files apart.
    fn which(&self) -> String {
        let mut params = self.params.clone();
        params.retain(|name, _| name != "range_header" && !name.starts_with("_airbyte_"));
        format!(
            "{} {} {}",
            self.connector.slug,
            self.name(),
            Value::Object(params)
        )
    }

    /// Finds the file that is asked for. An unknown id gives no bytes, as the service does.
    fn file(&self) -> Result<Served, Refusal> {
        let id = |name: &str| self.params.get(name).cloned().unwrap_or(Value::Null);
        let served = |bytes: &'static [u8], name: String, kind: String| Served {
            content: Content::Here(Bytes::from_static(bytes)),
            name,
            kind,
            is_sample: false,
        };
        let stored = |index: usize| {
            let (name, kind) = files::stored(index);
            served(files::stored_content(index), name, kind)
        };
        let nothing = || {
            served(
                b"",
                "unknown".to_owned(),
                "application/octet-stream".to_owned(),
            )
        };
        Ok(match (self.connector.slug.as_str(), self.name().as_str()) {
            ("google-drive", entity) => {
                let Some(index) = tail(&id("fileId"), 18, 16) else {
                    return Err(self.not_there());
                };
                let kind = id("mimeType");
                if entity == "files_export" {
                    let kind = kind.as_str().unwrap_or_default();
                    let (content, name) = files::export(index, kind).ok_or_else(|| {
                        refuse(
                            400,
                            "bad_request",
                            &format!("The requested conversion to {kind} is not supported"),
                        )
                    })?;
                    Served {
                        content: Content::Here(Bytes::from(content.into_owned())),
                        name,
                        kind: kind.to_owned(),
                        is_sample: false,
                    }
                } else {
                    let content = files::content(index).ok_or_else(|| {
                        refuse(
                            403,
                            "fileNotDownloadable",
                            "Only files with binary content can be downloaded. Use files_export with Docs Editors files",
                        )
                    })?;
                    let (name, kind) = files::entry(index);
                    served(content, name, kind)
                }
            }
            ("gong", entity) => {
                let call = &self.params.get("filter").cloned().unwrap_or(Value::Null)["callIds"][0];
                match call
                    .as_str()
                    .map(|id| !id.is_empty())
                    .or(call.as_u64().map(|_| true))
                {
                    Some(true) => stored(if entity == "call_video" { 8 } else { 7 }),
                    _ => return Err(refuse(422, "missing_parameter", "Missing filter.callIds")),
                }
            }
            ("salesforce", _) => tail(&id("id"), 13, 10).map_or_else(nothing, stored),
            ("greenhouse", _) => records::number(&id("ids")[0])
                .map_or_else(nothing, |number| stored(number as usize)),
            ("asana", _) => records::number(&id("attachment_gid"))
                .map_or_else(nothing, |number| stored(number as usize)),
            _ => match (
                records::number(&id("attachment_id")),
                self.world.options.big,
            ) {
                (Some(number), Some(length))
                    if (FIRST_BIG..FIRST_BIG + 1_000_000).contains(&number) =>
                {
                    Served {
                        content: Content::Made { length, number },
                        name: format!("big {number}.bin"),
                        kind: "application/octet-stream".to_owned(),
                        is_sample: false,
                    }
                }
                (Some(number), _) => match number
                    .checked_sub(files::FIRST_ODD)
                    .and_then(|odd| files::odd(odd as usize))
                {
                    Some((name, kind, content)) => served(content, name, kind),
                    None if number < 1_000_000 => Served {
                        is_sample: number < FIRST_OF_TICKETS,
                        ..stored(number as usize)
                    },
                    None => nothing(),
                },
                (None, _) => nothing(),
            },
        })
    }
}

fn sign_in() -> Response {
    (
        [(header::CONTENT_TYPE, "text/html")],
        "<html><title>Sign in</title></html>",
    )
        .into_response()
}

/// Reads the number at the end of an id, counted from 1, as an index.
fn tail(id: &Value, digits: usize, base: u32) -> Option<usize> {
    let id = id.as_str()?;
    let number = usize::from_str_radix(id.get(id.len().checked_sub(digits)?..)?, base).ok()?;
    (number < 100_000).then_some(number.checked_sub(1)?)
}

fn parse_range(range: &str, total: u64) -> Result<Range, Refusal> {
    let bad = || {
        refuse(
            422,
            "invalid_parameter",
            &format!("Parameter 'range_header' is not a byte range: {range}"),
        )
    };
    let (first, last) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .ok_or_else(bad)?;
    let start: u64 = first.parse().map_err(|_| bad())?;
    let end = if last.is_empty() {
        total
    } else {
        last.parse::<u64>().map_err(|_| bad())?.saturating_add(1)
    };
    if start >= total || end <= start {
        return Err(refuse(
            416,
            "range_not_satisfiable",
            "The range lies outside of the file",
        ));
    }
    Ok((start, end.min(total)))
}

fn disposition(name: &str) -> String {
    if name.is_ascii()
        && !name.contains(['"', '\\'])
        && !name.contains(|character: char| character.is_ascii_control())
    {
        format!("attachment; filename=\"{name}\"")
    } else {
        let encoded =
            percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        format!("attachment; filename*=UTF-8''{encoded}")
    }
}
