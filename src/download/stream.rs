//! One attempt to stream a file: a request, and its body written to the part. Which attempt is next is decided in
//! [`super::fetch()`].

use std::sync::{Arc, Once};

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use super::attempt::{Attempt, AttemptEnd, AttemptResult, discarded, interrupted, lost_part};
use super::body::{Body, coding_of};
use super::completeness::{Continuity, is_doubtful, something_else};
use super::disk::shown;
use super::fetch::off_loop;
use super::file_name::name_of;
use super::part::Part;
use super::sidecar::RemoteFile;
use super::small_file::SmallReply;
use super::verify::{ContentHeaders, judge};
use crate::api::Stream;
use crate::domain::call::JsonText;
use crate::domain::download::{Coding, DownloadEvent, Progress};
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// How many chunks may wait for the disk, so that memory stays flat.
const WAITING: usize = 8;

/// How much memory is kept for chunks instead of being given back each time, in bytes.
const KEPT: usize = 16 << 20;

/// Lets the allocator keep the memory of chunks: glibc gives what is free back to the system, and takes it again page by
/// page, which for a large file takes as long as hashing it. It learns from the size of a block that is freed.
fn keep_memory() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(std::hint::black_box(Vec::<u8>::with_capacity(KEPT))));
}

impl Attempt<'_> {
    /// Streams the file, from where its part ends.
    pub(super) async fn stream(&mut self, mut part: Option<Part>) -> (Option<Part>, AttemptEnd) {
        let have = part.as_ref().map_or(0, Part::length);
        let ended = self
            .try_to_stream(&mut part)
            .await
            .err()
            .unwrap_or(AttemptEnd::Complete);
        let continued = std::mem::take(&mut self.continued);
        if continued
            && matches!(ended, AttemptEnd::Interrupted(_))
            && part.as_ref().is_some_and(|part| part.length() == have)
        {
            // Where so little is received at a time, the overlap must not take all of it.
            self.overlap /= 16;
        }
        (part, ended)
    }

    async fn try_to_stream(&mut self, slot: &mut Option<Part>) -> AttemptResult<()> {
        keep_memory();
        self.restart(slot.as_ref());
        self.repair(slot).await?;
        let (start, overlap) = self.request_start(slot.as_ref());
        let stream = self.request_from(start).await?;
        let name = slot.as_ref().map_or_else(
            || name_of(self.client, Some(&stream), self.wanted),
            |part| part.remote.name.clone(),
        );
        let what = format!("Could not download `{name}`");
        let coding = coding_of(stream.encoding.as_deref(), &name, &what)?;
        if start == 0 {
            let body = self.body(stream, coding, &what)?;
            return self.receive_all(slot, body, name, &what).await;
        }
        if let Some(coding) = coding {
            return Err(self.encoded_range(coding, &what));
        }
        if stream.status != 206 {
            // It is the range only if everything shows so; else a request without a range decides.
            let part = slot.as_mut().ok_or_else(lost_part)?;
            if !self.is_unlabelled_rest(part, &stream, start, overlap)? {
                return Err(self.range_ignored(part, &what));
            }
        }
        self.receive_rest(slot, stream, (start, overlap), &what)
            .await
    }

    /// Returns the body of a file that is requested from its beginning.
    fn body(&self, stream: Stream, coding: Option<Coding>, what: &str) -> AttemptResult<Body> {
        let Some(coding) = coding else {
            return Ok(Body::plain(stream));
        };
        if stream.status == 206 && self.has_own_range() {
            let words = format!(
                "{what}: the service sent a range of it compressed ({}), which cannot be decoded",
                coding.name()
            );
            return Err(Failure::new(FailureKind::Unreadable, words)
                .hint("Remove `range_header`: the whole file is decoded.")
                .into());
        }
        let bound = self.bound(stream.length);
        Ok(Body::decoded(stream, coding, bound))
    }

    /// Returns whether the user chose a range.
    fn has_own_range(&self) -> bool {
        self.wanted.call.params.get("range_header").is_some()
    }

    /// Lets a part of decoded bytes start over: the service has ranges only of what it was decoded from.
    fn restart(&mut self, slot: Option<&Part>) {
        if let Some(part) = slot.filter(|part| part.remote.encoded.is_some()) {
            if part.length() > 0 && !self.from_start {
                let why = "it is sent compressed, and cannot be resumed";
                (self.on_event)(DownloadEvent::StartsOver(why.to_owned()));
            }
            self.from_start = true;
        }
    }

    /// Returns from where the file is requested, and how many bytes before the end of the part that is.
    fn request_start(&self, part: Option<&Part>) -> (u64, u64) {
        let have = part.map_or(0, Part::length);
        // If the part may be complete, its last byte must be requested: there is no range behind it.
        let may_be_complete = part.is_some_and(|part| part.remote.size == Some(have));
        let overlap = self
            .overlap
            .min(have / 2)
            .max(u64::from(may_be_complete && have > 1));
        if self.ranges && !self.from_start {
            (have - overlap, overlap)
        } else {
            (0, overlap)
        }
    }

    async fn request_from(&self, start: u64) -> AttemptResult<Stream> {
        let call = match start {
            0 => self.wanted.call.clone(),
            start => self
                .wanted
                .call
                .with("range_header", JsonText::string(&format!("bytes={start}-"))),
        };
        self.client
            .download(&call, &|event| self.notify(event))
            .await
            .map_err(|setback| self.refused(setback, start))
    }

    /// Appends the rest of the file to its part.
    async fn receive_rest(
        &mut self,
        slot: &mut Option<Part>,
        mut stream: Stream,
        (start, overlap): (u64, u64),
        what: &str,
    ) -> AttemptResult<()> {
        let part = slot.as_mut().ok_or_else(lost_part)?;
        let (size, end) = match stream.status {
            206 => self.check_range(part, &stream, start, what)?,
            _ => {
                let size = part.remote.size.unwrap_or_default();
                (Some(size), size)
            }
        };
        self.unvalidated |= !part.remote.validators.prove(&stream.validators);
        self.continued = true;
        self.report_start(part);
        let first = self
            .verify_overlap(part, &mut stream, overlap, what)
            .await?;
        let before = part.length();
        let mut body = Body::plain(stream);
        self.receive(slot, &mut body, (first, None), size.or(Some(end)), what)
            .await?;
        let length = slot.as_ref().map_or(0, Part::length);
        if length < end {
            return Err(interrupted(what, length, size.or(Some(end))));
        }
        if size.is_none() && length > before {
            // Where the service does not state the size, only an end without further bytes is the end of the file.
            let words = format!(
                "{what}: the service sends little at a time, and does not say how much there is"
            );
            return Err(AttemptEnd::Unclear(Failure::new(
                FailureKind::Incomplete,
                words,
            )));
        }
        self.check_complete(slot, Continuity::Resumed, what)
    }

    /// Receives the file from its beginning.
    async fn receive_all(
        &mut self,
        slot: &mut Option<Part>,
        mut body: Body,
        name: String,
        what: &str,
    ) -> AttemptResult<()> {
        let total = if body.headers().status == 206 && !self.has_own_range() {
            Some(self.check_whole_range(body.headers(), what)?)
        } else {
            None
        };
        let stated = body.headers().length.or(total);
        let (mut first, cut) = self.read_head(&mut body, what).await?;
        if let Some(part) = slot.as_ref()
            && first.is_empty()
            && cut.is_none()
        {
            // An empty body must not replace the part.
            first = body
                .next(self.silence, what)
                .await?
                .ok_or_else(|| interrupted(what, part.length(), part.remote.size))?;
        }
        let name = if slot.is_none() {
            name
        } else {
            name_of(self.client, Some(body.headers()), self.wanted)
        };
        let mut remote = self.remote_file(body.headers(), body.encoded(), name, what)?;
        if remote.encoded.is_none() {
            remote.size = remote.size.or(total);
        }
        if let Some(part) = slot.as_ref() {
            if is_doubtful(part, &remote) {
                return Err(something_else(what));
            }
            self.check_stated_size(part, &remote, body.headers(), what)
                .map_err(|failure| discarded(slot, failure))?;
        }
        let (first, cut) = match (slot.is_none(), cut) {
            (true, None) => match self.at_once(&mut body, first, what).await {
                SmallReply::All(bytes) if self.is_short(&remote, bytes.len()) => {
                    let size = remote.size.or(self.recorded());
                    let cut = interrupted(what, bytes.len() as u64, size);
                    (bytes, Some(cut))
                }
                SmallReply::All(bytes) => {
                    self.decoded(&mut remote, body.encoded(), stated, bytes.len() as u64);
                    return self.all_came(remote, bytes, what);
                }
                SmallReply::Begun(first, cut) => (first, cut),
            },
            (_, cut) => (first, cut),
        };
        self.prepare_part(slot, remote).await?;
        let part = slot.as_ref().ok_or_else(lost_part)?;
        self.report_start(part);
        let size = part.remote.size;
        if size.is_none() {
            body.limit_to_room((self.room.0)(part.folder()), shown(part.folder()));
        }
        self.receive(slot, &mut body, (first, cut), size, what)
            .await?;
        if let Some(part) = slot.as_mut() {
            let length = part.length();
            self.decoded(&mut part.remote, body.encoded(), stated, length);
        }
        self.check_complete(slot, Continuity::FromStart, what)
    }

    fn report_start(&self, part: &Part) {
        (self.on_event)(DownloadEvent::Began {
            name: part.remote.name.clone(),
            have: part.length(),
        });
    }

    /// Reads as much as is needed to recognize an error or a page in place of the file. Returns what was read, and what
    /// interrupted it. What is too short to be judged is judged when the file has ended.
    async fn read_head(
        &self,
        body: &mut Body,
        what: &str,
    ) -> AttemptResult<(Bytes, Option<AttemptEnd>)> {
        let headers = ContentHeaders::of(body.headers());
        let wants = headers.doubt().wants();
        let mut first = BytesMut::new();
        let cut = loop {
            if first.len() >= wants {
                break None;
            }
            match body.next(self.silence, what).await {
                Ok(Some(chunk)) => first.extend_from_slice(&chunk),
                Ok(None) => break None,
                Err(ended) if first.is_empty() => return Err(ended),
                Err(ended) => break Some(ended),
            }
        };
        judge(&headers, self.wanted, &first, what)?;
        Ok((first.freeze(), cut))
    }

    /// Creates the part of a file that is received from its beginning, or empties the existing part.
    async fn prepare_part(
        &mut self,
        slot: &mut Option<Part>,
        mut remote: RemoteFile,
    ) -> AttemptResult<()> {
        let size = remote.size;
        match slot.as_mut() {
            Some(part) => {
                if self.wanted.name.is_none() {
                    // It keeps the name of its first attempt.
                    remote.name.clone_from(&part.remote.name);
                }
                part.start_over(remote)?;
                self.from_start = false;
            }
            None => {
                let (folders, folder) = (Arc::clone(&self.folders), self.wanted.folder.clone());
                *slot = Some(off_loop(move || Part::create(&folders, &folder, remote)).await??);
            }
        }
        if let (Some(part), Some(size)) = (slot.as_ref(), size) {
            part.check_space(size)?;
        }
        Ok(())
    }

    /// Writes the body to the disk while it is received. What was received is in the part, however it ends.
    async fn receive(
        &self,
        slot: &mut Option<Part>,
        body: &mut Body,
        (first, mut cut): (Bytes, Option<AttemptEnd>),
        size: Option<u64>,
        what: &str,
    ) -> AttemptResult<()> {
        let part = slot.take().ok_or_else(lost_part)?;
        let mut written = part.length();
        let (sender, receiver) = mpsc::channel::<Bytes>(WAITING);
        let writer = tokio::task::spawn_blocking(move || part.write(receiver));
        let mut first = Some(first).filter(|first| !first.is_empty());
        let ended = loop {
            let chunk = match (first.take(), cut.take()) {
                (Some(chunk), before) => {
                    cut = before;
                    chunk
                }
                (None, Some(cut)) => break Err(cut),
                (None, None) => match body.next(self.silence, what).await {
                    Ok(Some(chunk)) => chunk,
                    Ok(None) => break Ok(()),
                    Err(ended) => break Err(ended),
                },
            };
            written += chunk.len() as u64;
            if size.is_some_and(|size| written > size) {
                let size = size.unwrap_or_default();
                break Err(AttemptEnd::RangesUnusable(Failure::new(
                    FailureKind::Incomplete,
                    format!(
                        "{what}: more than its {} bytes was received",
                        text::count(size)
                    ),
                )));
            }
            // A closed channel means that the disk failed; the writer says how.
            if sender.send(chunk).await.is_err() {
                break Ok(());
            }
            (self.on_event)(DownloadEvent::Received(Progress {
                written,
                total: size,
            }));
        };
        drop(sender);
        let (part, outcome) = writer.await.map_err(|_| {
            Failure::new(FailureKind::Internal, format!("{what}: writing broke off"))
        })?;
        *slot = Some(part);
        outcome?;
        ended
    }
}
