//! The `download` action: bytes instead of the envelope.

use std::io::Write as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::content::Content;
use super::errors::{Refusal, refuse};
use super::execute::{LoadedReply, Operation};
use super::scenario::{ContentEncoding, FileContent, FileName, Gzip, Ranges, Sending};
use super::{bodies, files, records};

/// Attachments with ids from here on have the size of the option `big`.
const FIRST_BIG: u64 = 5_000_000;
/// Attachments with smaller ids belong to no ticket: some faults repeat their content.
const FIRST_OF_TICKETS: u64 = 10_000;
/// How often some faults repeat the content of a file.
const REPETITIONS: usize = 400;
/// How many members of 1 MiB of zeros a bomb has.
const BOMB_MEMBERS: usize = 4096;

/// A file that is served.
struct Served {
    content: Content,
    name: String,
    kind: String,
    /// Whether faults may repeat its content: no record states its size.
    is_sample: bool,
}

/// A range of bytes: its first, and the one after its last.
type Range = (u64, u64);

impl Operation<'_> {
    /// Sends the file that the parameters name, as its bytes.
    pub(super) fn download(&self) -> Result<Response, Refusal> {
        let mut served = self.file()?;
        let earlier = self.world.count_download(&self.identity());
        let plan = self.world.download_plan(earlier);
        if let Some(refusal) = plan.instead {
            return Err(refusal);
        }
        served.change(plan.content);
        let encoding = served.encode(plan.encoding);
        let total = served.content.length();
        let range = self
            .params
            .get("range_header")
            .and_then(Value::as_str)
            .map(|range| parse_range(range, total))
            .transpose()?;
        let as_pieces = self
            .params
            .get("_airbyte_response_type")
            .is_some_and(|kind| kind == "json");
        if as_pieces {
            return Ok(self.piece(&served.content, range, plan.ranges));
        }
        let range = match range {
            None => None,
            Some(range) => serve_range(range, plan.ranges)?,
        };
        let (start, end) = range.unwrap_or((0, total));
        let mut response = send(plan.sending, &served.content, (start, end));
        let content_range = range.map(|(start, end)| {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            format!("bytes {start}-{}/{total}", end.saturating_sub(1))
        });
        let disposition = match plan.name {
            FileName::Own => Some(disposition(&served.name)),
            FileName::Missing => None,
            FileName::Header(value) => Some(value.to_owned()),
        };
        let headers = [
            (header::CONTENT_RANGE, content_range),
            (header::CONTENT_TYPE, Some(served.kind)),
            (header::ETAG, plan.etag.map(str::to_owned)),
            (header::CONTENT_ENCODING, encoding.map(str::to_owned)),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        for (name, value) in headers {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        Ok(response)
    }

    /// Writes a piece as JSON (`_airbyte_response_type=json`).
    fn piece(&self, content: &Content, range: Option<Range>, ranges: Ranges) -> Response {
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
        // A host that ignores ranges sends the whole file: the service cuts the piece itself and knows of no more.
        let more = end < total && ranges != Ranges::Ignored;
        let next = more.then(|| format!("bytes={end}-{}", end + (end - start) - 1));
        let result = json!({
            "content": encoded, "encoding": if as_text { "utf-8" } else { "base64" }, "bytes_returned": part.len(),
            "range_requested": format!("bytes={start}-{}", end.saturating_sub(1)), "next_range_header": next, "has_more": more, "content_type": null,
        });
        self.write(LoadedReply::of(result))
    }

    /// Returns what identifies the file: its connector, entity and parameters without the range.
    fn identity(&self) -> String {
        let mut params = self.params.clone();
        params.retain(|name, _| name != "range_header" && !name.starts_with("_airbyte_"));
        format!(
            "{} {} {}",
            self.connector.slug,
            self.name(),
            Value::Object(params)
        )
    }

    /// Finds the file that is requested. An unknown id gives an empty file, as the service does.
    fn file(&self) -> Result<Served, Refusal> {
        let id = |name: &str| self.params.get(name).cloned().unwrap_or(Value::Null);
        let served = |bytes: &'static [u8], name: String, kind: String| Served {
            content: Content::Stored(Bytes::from_static(bytes)),
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
                    return Err(self.not_found());
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
                        content: Content::Stored(Bytes::from(content.into_owned())),
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
                        content: Content::Generated { length, number },
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

impl Served {
    /// Changes the content as a plan wants.
    fn change(&mut self, content: FileContent) {
        match content {
            FileContent::Own => {}
            FileContent::Empty => self.content = Content::Stored(Bytes::new()),
            FileContent::Json => {
                self.content = Content::Stored(Bytes::from_static(files::stored_content(5)));
            }
            FileContent::Repeated | FileContent::RepeatedAndChanged if self.is_sample => {
                let own = self.content.bytes(0, self.content.length());
                let mut bytes = own.repeat(REPETITIONS);
                if content == FileContent::RepeatedAndChanged {
                    for byte in &mut bytes {
                        *byte = byte.wrapping_add(1);
                    }
                }
                self.content = Content::Stored(Bytes::from(bytes));
            }
            FileContent::Repeated | FileContent::RepeatedAndChanged => {}
        }
    }
}

impl Served {
    /// Encodes the content. Returns the value of `Content-Encoding`.
    fn encode(&mut self, encoding: ContentEncoding) -> Option<&'static str> {
        let gzip = match encoding {
            ContentEncoding::Identity => return None,
            ContentEncoding::Named(name) => return Some(name),
            ContentEncoding::Gzip(gzip) => gzip,
        };
        let own = self.content.bytes(0, self.content.length());
        let (first, second) = own.split_at(own.len() / 2);
        let mut bytes = match gzip {
            Gzip::Members => [packed(first), packed(second)].concat(),
            Gzip::Bomb => packed(&[0; 1 << 20]).repeat(BOMB_MEMBERS),
            Gzip::Whole | Gzip::Truncated | Gzip::Trailed | Gzip::Damaged => packed(&own),
        };
        let length = bytes.len();
        match gzip {
            Gzip::Whole | Gzip::Members | Gzip::Bomb => {}
            Gzip::Truncated => bytes.truncate(length - length.min(20)),
            Gzip::Trailed => bytes.extend_from_slice(b"-- and more"),
            // The checksum is before the length, at the end.
            Gzip::Damaged => bytes[length - 8] ^= 1,
        }
        self.content = Content::Stored(Bytes::from(bytes));
        Some("gzip")
    }
}

/// Returns bytes as gzip.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Returns the range that is sent for a requested one; `None` for the whole file.
fn serve_range((start, end): Range, ranges: Ranges) -> Result<Option<Range>, Refusal> {
    match ranges {
        Ranges::Served => Ok(Some((start, end))),
        Ranges::Ignored => Ok(None),
        Ranges::Shifted => Ok(Some((start.saturating_sub(1000), end))),
        Ranges::Refused => Err(refuse(
            422,
            "invalid_parameter",
            "Parameter 'range_header' is not supported by the file host",
        )),
    }
}

/// Sends the bytes of a range as a plan wants.
fn send(sending: Sending, content: &Content, (start, end): Range) -> Response {
    let length = end - start;
    let first = |count: u64| content.bytes(start, start + count.min(length));
    let whole = || Body::from_stream(content.clone().stream(start, end));
    let body = match sending {
        Sending::NoLength => return Response::new(whole()),
        Sending::CutNoLength => return Response::new(bodies::cut(first(length / 2))),
        // The length of the body is stated where none is set.
        Sending::HalfAsAll => return Response::new(Body::from(first(length.div_ceil(2)))),
        Sending::Whole => whole(),
        Sending::Cut(portion) => bodies::cut(first(portion.of(length))),
        Sending::Beginning => Body::from(content.bytes(0, length)),
        Sending::Stalled => bodies::stalled(first(100)),
        Sending::Slow => bodies::in_pieces(first(length), 8192, Duration::from_millis(100)),
    };
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
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
