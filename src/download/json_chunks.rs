//! The wrapped transport (contract 5.3): pieces of the file in JSON, each requested as a range.

use std::sync::Arc;

use base64::Engine as _;
use serde_json::Value;

use super::attempt::{Attempt, AttemptEnd, AttemptResult, interrupted, next_chunk};
use super::completeness::Continuity;
use super::fetch::off_loop;
use super::file_name::name_of;
use super::part::Part;
use super::sidecar::RemoteFile;
use crate::domain::call::JsonText;
use crate::domain::download::{DownloadEvent, Progress};
use crate::domain::failure::{Failure, FailureKind};

/// The size of a piece in bytes: the default of the service for base64.
const PIECE: u64 = 49_152;

/// The largest answer that is read as a piece, in bytes.
const LARGEST: usize = 256 << 10;

/// A piece of a file.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    bytes: Vec<u8>,
    more: bool,
}

impl Attempt<'_> {
    /// Fetches the file in pieces, from where its part ends.
    pub(super) async fn wrapped(&mut self, mut part: Option<Part>) -> (Option<Part>, AttemptEnd) {
        let ended = self
            .try_pieces(&mut part)
            .await
            .err()
            .unwrap_or(AttemptEnd::Complete);
        (part, ended)
    }

    async fn try_pieces(&mut self, slot: &mut Option<Part>) -> AttemptResult<()> {
        let name = slot.as_ref().map_or_else(
            || name_of(self.client, None, self.wanted),
            |part| part.remote.name.clone(),
        );
        let what = format!("Could not download `{name}`");
        let mut is_first = true;
        loop {
            let have = slot.as_ref().map_or(0, Part::length);
            if let Some(failure) = self.spent(have, &what) {
                return Err(failure.into());
            }
            let starts_over = std::mem::take(&mut self.from_start);
            if let Some(part) = slot.as_mut().filter(|part| {
                let is_usable = part.damaged().is_none() && part.remote.encoded.is_none();
                part.length() > 0 && (starts_over || !is_usable)
            }) {
                // Pieces are only appended, so a part with damage before its end starts over, and so does a decoded one.
                let size = part.remote.size.filter(|_| part.remote.encoded.is_none());
                let remote = RemoteFile {
                    encoded: None,
                    size,
                    ..part.remote.clone()
                };
                part.start_over(remote)?;
                continue;
            }
            let size = slot
                .as_ref()
                .and_then(|part| part.remote.size)
                .or(self.wanted.known.size);
            // The last bytes are requested again: that they are the same proves that the pieces belong together. A host
            // that ignores ranges sends the first ones each time.
            let overlap = (have / 2).min(256);
            let start = have - overlap;
            // Pieces have no validators: the beginning of the file is checked when it is complete.
            self.unvalidated |= is_first && have > 0;
            let unreadable = if is_first {
                AttemptEnd::NotWrapped
            } else {
                AttemptEnd::Failed
            };
            let piece = self.piece(start, &what, unreadable).await?;
            let length = piece.bytes.len() as u64;
            if slot.is_none() {
                let remote = RemoteFile {
                    request: self.request.clone(),
                    name: name.clone(),
                    size,
                    ..RemoteFile::default()
                };
                let (folders, folder) = (Arc::clone(&self.folders), self.wanted.folder.clone());
                *slot = Some(off_loop(move || Part::create(&folders, &folder, remote)).await??);
            }
            let Some(mut part) = slot.take() else {
                return Ok(());
            };
            if is_first {
                (self.on_event)(DownloadEvent::Began {
                    name: part.remote.name.clone(),
                    have,
                });
            }
            let tail = part
                .tail(overlap)
                .map_err(|error| super::save::io_failure(&name, &error))?;
            if !piece.bytes.starts_with(&tail) {
                (self.on_event)(DownloadEvent::StartsOver(
                    "the pieces do not continue what was received before".to_owned(),
                ));
                *slot = Some(part);
                return Err(AttemptEnd::RangesUnusable(Failure::new(
                    FailureKind::Incomplete,
                    format!("{what}: its pieces do not continue what was received before"),
                )));
            }
            let bytes = piece.bytes;
            let (part, written) = off_loop(move || {
                let written = part.append(&bytes[overlap as usize..]);
                (part, written)
            })
            .await?;
            let have = part.length();
            *slot = Some(part);
            written?;
            (self.on_event)(DownloadEvent::Received(Progress {
                written: have,
                total: size,
            }));
            is_first = false;
            let fresh = length.saturating_sub(overlap);
            match size {
                Some(size) if have == size => {
                    return self.check_complete(slot, Continuity::FromStart, &what);
                }
                Some(size) if have > size => {
                    let words = format!("{what}: {have} bytes were received, {size} were stated");
                    return Err(AttemptEnd::RangesUnusable(Failure::new(
                        FailureKind::Incomplete,
                        words,
                    )));
                }
                Some(size) if fresh == 0 => return Err(interrupted(&what, have, Some(size))),
                None if piece.more && fresh == 0 => return Err(interrupted(&what, have, None)),
                // Where the host of the file ignores ranges, `has_more` is false on every piece, so a full one is not the last.
                None if !piece.more && length < PIECE => {
                    return self.check_complete(slot, Continuity::FromStart, &what);
                }
                Some(_) | None => {}
            }
        }
    }

    /// Requests the first piece again, and returns its bytes.
    pub(super) async fn first_piece(&self, what: &str) -> AttemptResult<Vec<u8>> {
        Ok(self.piece(0, what, AttemptEnd::Failed).await?.bytes)
    }

    /// Requests a piece; `unreadable` is how the attempt ends if the answer is none.
    async fn piece(
        &self,
        start: u64,
        what: &str,
        unreadable: fn(Failure) -> AttemptEnd,
    ) -> AttemptResult<Piece> {
        let range = format!("bytes={start}-{}", start + PIECE - 1);
        let text = |text: &str| JsonText::string(text);
        let call = self
            .wanted
            .call
            .with("_airbyte_response_type", text("json"))
            .with("_airbyte_response_format", text("base64"));
        let call = call.with("range_header", text(&range));
        let mut stream = match self
            .client
            .download(&call, &|event| self.notify(event))
            .await
        {
            Ok(stream) => stream,
            Err(setback) => {
                return Err(if setback.is_passing() {
                    AttemptEnd::Interrupted(setback)
                } else {
                    AttemptEnd::Failed(setback.failure)
                });
            }
        };
        let mut body = Vec::new();
        // A service without pieces sends the file, which may be of any size.
        while body.len() < LARGEST {
            match next_chunk(&mut stream, self.silence, what).await? {
                Some(chunk) => body.extend_from_slice(&chunk),
                None => break,
            }
        }
        read_piece(&body, start).map_err(|why| {
            unreadable(Failure::new(
                FailureKind::Unreadable,
                format!("{what}: {why}"),
            ))
        })
    }
}

/// Reads a piece. The error says what is wrong with it.
fn read_piece(body: &[u8], start: u64) -> Result<Piece, String> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|_| "the service does not wrap it in JSON".to_owned())?;
    let result = &body["result"];
    let content = result["content"]
        .as_str()
        .ok_or("the service does not wrap it in JSON")?;
    let bytes = match result["encoding"].as_str() {
        Some("base64") | None => base64::engine::general_purpose::STANDARD
            .decode(content)
            .map_err(|_| "a piece of it is not base64".to_owned())?,
        Some("utf-8") => content.as_bytes().to_vec(),
        Some(_) => return Err("a piece of it has an unknown encoding".to_owned()),
    };
    if result["bytes_returned"]
        .as_u64()
        .is_some_and(|stated| stated != bytes.len() as u64)
    {
        return Err("a piece of it is not as long as it says".to_owned());
    }
    let asked = result["range_requested"].as_str().and_then(|range| {
        range
            .strip_prefix("bytes=")?
            .split('-')
            .next()?
            .parse::<u64>()
            .ok()
    });
    if asked.is_some_and(|asked| asked != start) {
        return Err("another piece of it was received than the one requested".to_owned());
    }
    if bytes.len() as u64 > PIECE {
        return Err("a piece of it is longer than was asked for".to_owned());
    }
    Ok(Piece {
        bytes,
        more: result["has_more"].as_bool().unwrap_or(false),
    })
}

#[cfg(test)]
mod tests {
    use super::{Piece, read_piece};

    #[test]
    fn pieces_are_believed_only_if_they_fit() {
        let check = |json: &str, expected: Result<(&[u8], bool), &str>| {
            let expected = expected
                .map(|(bytes, more)| Piece {
                    bytes: bytes.to_vec(),
                    more,
                })
                .map_err(str::to_owned);
            assert_eq!(read_piece(json.as_bytes(), 9), expected, "{json}");
        };
        check(
            r#"{"status":"success","result":{"content":"JVBERg==","encoding":"base64","bytes_returned":4,"range_requested":"bytes=9-12","has_more":true}}"#,
            Ok((b"%PDF", true)),
        );
        check(
            r#"{"result":{"content":"aé","encoding":"utf-8","bytes_returned":3,"has_more":false}}"#,
            Ok(("aé".as_bytes(), false)),
        );
        check(
            r#"{"result":{"content":"a\ufffd","encoding":"utf-8","bytes_returned":2}}"#,
            Err("a piece of it is not as long as it says"),
        );
        check(
            r#"{"result":{"content":"JVBERg==","range_requested":"bytes=0-8"}}"#,
            Err("another piece of it was received than the one requested"),
        );
        check(
            r#"{"result":{"content":"?","encoding":"base64"}}"#,
            Err("a piece of it is not base64"),
        );
        check(
            r#"{"result":[]}"#,
            Err("the service does not wrap it in JSON"),
        );
        check("%PDF", Err("the service does not wrap it in JSON"));
    }
}
