//! Ranges of a file: whether an answer is the requested one, of the same version, and belongs to what the part has.

use bytes::Bytes;

use super::attempt::{
    Attempt, AttemptEnd, AttemptResult, OVERLAP, Transport, interrupted, next_chunk,
};
use super::block_hashes;
use super::file_name::name_of;
use super::part::Part;
use super::sidecar::RemoteFile;
use super::verify::{Range, content_range};
use crate::api::{Setback, Stream};
use crate::domain::call::JsonText;
use crate::domain::download::{Coding, DownloadEvent};
use crate::domain::failure::{Failure, FailureKind};

/// The largest rest of a file that is fetched wrapped in JSON where ranges of the stream are ignored, in bytes: each piece
/// of 48 KiB is a call that is billed.
const MOST_WRAPPED: u64 = 16 << 20;

impl Attempt<'_> {
    /// Decides what to do after a refusal: the range may be what is refused.
    pub(super) fn refused(&self, setback: Setback, start: u64) -> AttemptEnd {
        match setback.failure.status {
            Some(416) if start > 0 => self.start_over(setback.failure.summary),
            Some(400 | 422) if start > 0 => AttemptEnd::RangesUnusable(setback.failure),
            _ if setback.is_passing() => AttemptEnd::Interrupted(setback),
            _ => AttemptEnd::Failed(setback.failure),
        }
    }

    /// Decides what to do after an answer without the requested range.
    pub(super) fn range_ignored(&mut self, part: &Part, what: &str) -> AttemptEnd {
        self.ignored += 1;
        let left = part
            .remote
            .size
            .map(|size| size.saturating_sub(part.length()));
        let failure = Failure::new(
            FailureKind::Incomplete,
            format!("{what}: the service ignores ranges and sends all of it again"),
        );
        if self.ignored > 1 && self.may_switch && left.is_none_or(|left| left <= MOST_WRAPPED) {
            return AttemptEnd::RangeIgnored(failure);
        }
        (self.on_event)(DownloadEvent::StartsOver(
            "the service ignores the range".to_owned(),
        ));
        AttemptEnd::Unexpected(failure)
    }

    /// Decides what to do after an answer of encoded bytes in place of a range: they are none of the part. A request without a
    /// range must show what the file is now.
    pub(super) fn encoded_range(&self, coding: Coding, what: &str) -> AttemptEnd {
        let why = format!("the service sends it compressed now ({})", coding.name());
        let failure = Failure::new(FailureKind::Incomplete, format!("{what}: {why}"));
        (self.on_event)(DownloadEvent::StartsOver(why));
        AttemptEnd::Unexpected(failure)
    }

    /// Returns whether an answer without a range header is the requested rest: as long as what is missing from a stated size,
    /// and beginning with the bytes before the cut, where the file itself begins with others.
    pub(super) fn is_unlabelled_rest(
        &self,
        part: &mut Part,
        stream: &Stream,
        start: u64,
        overlap: u64,
    ) -> AttemptResult<bool> {
        let failed = |part: &Part, error: &std::io::Error| {
            super::save::io_failure(&part.path().display().to_string(), error)
        };
        let fits = part
            .remote
            .size
            .is_some_and(|size| size > start && stream.length == Some(size - start));
        if !fits || stream.range.is_some() {
            return Ok(false);
        }
        let head = part.head(overlap).map_err(|error| failed(part, &error))?;
        let tail = part.tail(overlap).map_err(|error| failed(part, &error))?;
        // Whether it begins with them is verified while it is read.
        Ok(head != tail)
    }

    /// Checks that a range is the requested one, of the same version. Returns the size of the whole file, and where the range
    /// ends.
    pub(super) fn check_range(
        &self,
        part: &mut Part,
        stream: &Stream,
        start: u64,
        what: &str,
    ) -> AttemptResult<(Option<u64>, u64)> {
        let changed = |why: &str| self.start_over(format!("{what}: {why}"));
        let useless = |why: &str| {
            (self.on_event)(DownloadEvent::StartsOver(why.to_owned()));
            AttemptEnd::RangesUnusable(Failure::new(
                FailureKind::Incomplete,
                format!("{what}: {why}"),
            ))
        };
        if !part.remote.validators.agree(&stream.validators) {
            return Err(changed("it has changed since"));
        }
        let range = match (&stream.range, stream.length, part.remote.size) {
            (Some(header), ..) => content_range(header)
                .ok_or_else(|| useless("the service answered a range that cannot be read"))?,
            // Without the header, the lengths must prove it.
            (None, Some(length), Some(size)) if length > 0 && start + length == size => Range {
                first: start,
                last: size - 1,
                total: Some(size),
            },
            (None, ..) => return Err(useless("the service does not say which range it sends")),
        };
        if range.first != start
            || stream
                .length
                .is_some_and(|length| length != range.last - range.first + 1)
        {
            return Err(useless(
                "the service sends another range than the one asked for",
            ));
        }
        if let (Some(total), Some(size)) = (range.total, part.remote.size)
            && total != size
        {
            return Err(changed("its size has changed since"));
        }
        let size = range.total.or(part.remote.size);
        if let Some(size) = size {
            part.check_space(size.saturating_sub(part.length()))?;
        }
        // Later validators may be of another version, so the first ones are kept.
        let name = if self.wanted.name.is_some() {
            name_of(self.client, None, self.wanted)
        } else {
            part.remote.name.clone()
        };
        part.update(RemoteFile {
            size,
            name,
            ..part.remote.clone()
        })?;
        Ok((size, range.last + 1))
    }

    /// Checks that a range that was not requested is the whole file. Returns its size.
    pub(super) fn check_whole_range(&self, stream: &Stream, what: &str) -> AttemptResult<u64> {
        let range = stream.range.as_deref().and_then(content_range);
        match range {
            Some(Range {
                first: 0,
                last,
                total: Some(total),
            }) if last + 1 == total => Ok(total),
            _ => Err(Failure::new(
                FailureKind::Incomplete,
                format!("{what}: the service sent a part of it (206), though all was asked for"),
            )
            .into()),
        }
    }

    /// Reads the bytes that the part has already and compares them. Returns what was received behind them.
    pub(super) async fn verify_overlap(
        &self,
        part: &mut Part,
        stream: &mut Stream,
        overlap: u64,
        what: &str,
    ) -> AttemptResult<Bytes> {
        let tail = part
            .tail(overlap)
            .map_err(|error| super::save::io_failure(&part.path().display().to_string(), &error))?;
        let mut received: Vec<u8> = Vec::new();
        while received.len() < tail.len() {
            match next_chunk(stream, self.silence, what).await? {
                Some(chunk) => received.extend_from_slice(&chunk),
                None => return Err(interrupted(what, part.length(), part.remote.size)),
            }
        }
        if received[..tail.len()] != tail {
            return Err(self.start_over(format!(
                "{what}: what the service sends does not continue what was received before"
            )));
        }
        Ok(Bytes::from(received.split_off(tail.len())))
    }

    /// Fetches the blocks again whose bytes are not what was written. If the same bytes are received, the block was damaged
    /// on this disk; if not, the file has another version and starts over.
    pub(super) async fn repair(&mut self, slot: &mut Option<Part>) -> AttemptResult<()> {
        // What starts over need not be repaired.
        while !self.from_start
            && let Some(part) = slot.as_mut()
            && let Some(block) = part.damaged()
        {
            let what = format!("Could not download `{}`", part.remote.name);
            if let Some(failure) = self.spent(part.length(), &what) {
                return Err(failure.into());
            }
            let last = block.start + block.length - 1;
            match self.fetch_range(block.start, last).await? {
                Some(bytes) if block_hashes::is_block(&bytes, &block) => {
                    part.repair(&block, &bytes)?
                }
                Some(_) | None => {
                    let words = format!(
                        "{what}: a block of it is not what was written, and does not come again as it was"
                    );
                    return Err(self.start_over(words));
                }
            }
        }
        Ok(())
    }

    /// Requests a range of the file. `None` if the answer is not exactly that range.
    async fn fetch_range(&self, first: u64, last: u64) -> AttemptResult<Option<Vec<u8>>> {
        let call = self.wanted.call.with(
            "range_header",
            JsonText::string(&format!("bytes={first}-{last}")),
        );
        let mut stream = match self
            .client
            .download(&call, &|event| self.notify(event))
            .await
        {
            Ok(stream) => stream,
            Err(setback) if setback.is_passing() => return Err(AttemptEnd::Interrupted(setback)),
            Err(setback) if matches!(setback.failure.status, Some(400 | 416 | 422)) => {
                return Ok(None);
            }
            Err(setback) => return Err(setback.failure.into()),
        };
        let range = stream.range.as_deref().and_then(content_range);
        if stream.status != 206 || range.is_none_or(|range| range.first != first) {
            return Ok(None);
        }
        let wants = (last - first + 1) as usize;
        let mut bytes = Vec::new();
        while bytes.len() < wants {
            match next_chunk(&mut stream, self.silence, "Could not read a piece").await? {
                Some(chunk) => bytes.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
        bytes.truncate(wants);
        Ok(Some(bytes))
    }

    /// Requests the first bytes again, with the transport of the last attempt, where nothing else shows that what several
    /// attempts received is of one version.
    pub(super) async fn check_beginning(&mut self, slot: &mut Option<Part>) -> AttemptResult<()> {
        let Some(part) = slot.as_mut().filter(|_| self.unvalidated) else {
            return Ok(());
        };
        let head = part
            .head(OVERLAP)
            .map_err(|error| super::save::io_failure(&part.path().display().to_string(), &error))?;
        let what = format!("Could not download `{}`", part.remote.name);
        let now = match self.transport {
            Transport::Streamed if self.ranges => {
                self.fetch_range(0, head.len() as u64 - 1).await?
            }
            Transport::Streamed => None,
            Transport::Wrapped => Some(self.first_piece(&what).await?),
        };
        match now {
            Some(bytes) if !bytes.starts_with(&head) => {
                Err(self.start_over(format!("{what}: it has changed at its beginning")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Reports that the file starts over, for the reason after the colon.
    fn start_over(&self, summary: String) -> AttemptEnd {
        let why = summary
            .split_once(": ")
            .map_or(summary.as_str(), |(_, why)| why)
            .to_owned();
        (self.on_event)(DownloadEvent::StartsOver(why));
        AttemptEnd::Changed(Failure::new(FailureKind::Incomplete, summary))
    }
}
