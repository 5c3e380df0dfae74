//! One try: a request, and what comes of it written to the part. Which try comes next is for [`super::fetch()`].

use std::sync::{Arc, Once};

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use super::attempt::{
    Attempt, AttemptEnd, AttemptResult, OVERLAP, Transport, discarded, interrupted, lost_part,
    next_chunk,
};
use super::block_hashes;
use super::fetch::{name_of, off_loop, remote_file};
use super::part::Part;
use super::sidecar::RemoteFile;
use super::small_file::SmallReply;
use super::verify::{ContentHeaders, Doubt, Range, content_range, judge};
use crate::api::{Setback, Stream};
use crate::domain::call::JsonText;
use crate::domain::download::{DownloadEvent, Progress};
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// How many chunks may wait for the disk, so that memory stays flat.
const WAITING: usize = 8;
/// Remainders of so many bytes are fetched wrapped in JSON, where ranges of the stream are ignored: each piece of
/// 48 KiB is a call that is billed.
const MOST_WRAPPED: u64 = 16 << 20;

/// So much memory is kept for chunks instead of being given back each time, in bytes.
const KEPT: usize = 16 << 20;

/// Lets the allocator keep the memory of chunks: glibc gives what is free back to the system, and takes it again page by
/// page, which for a large file takes as long as hashing it. It learns by a block that is freed how large blocks are.
fn keep_memory() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(std::hint::black_box(Vec::<u8>::with_capacity(KEPT))));
}

/// What is wrong with a file that has ended.
pub(super) enum Mismatch {
    /// It is shorter than this.
    Short(u64),
    /// It is longer than it should be.
    Long(Failure),
    /// It is no file, or not this one.
    Wrong(Failure),
}

impl Attempt<'_> {
    /// Tries to stream the file, from where its part ends.
    pub(super) async fn stream(&mut self, mut part: Option<Part>) -> (Option<Part>, AttemptEnd) {
        let have = part.as_ref().map_or(0, Part::length);
        let ended = self
            .try_to_stream(&mut part)
            .await
            .err()
            .unwrap_or(AttemptEnd::Complete);
        let began = std::mem::take(&mut self.continued);
        if began
            && matches!(ended, AttemptEnd::Interrupted(_))
            && part.as_ref().is_some_and(|part| part.length() == have)
        {
            // Where so little comes at a time the proof must not take all of it.
            self.overlap /= 16;
        }
        (part, ended)
    }

    async fn try_to_stream(&mut self, slot: &mut Option<Part>) -> AttemptResult<()> {
        keep_memory();
        self.repair(slot).await?;
        let have = slot.as_ref().map_or(0, Part::length);
        // All may be there: then the last byte must be asked for, for there is no range behind it.
        let all = slot
            .as_ref()
            .is_some_and(|part| part.remote.size == Some(have));
        let overlap = self.overlap.min(have / 2).max(u64::from(all && have > 1));
        let start = if self.ranges && !self.from_start {
            have - overlap
        } else {
            0
        };
        let call = match start {
            0 => self.wanted.call.clone(),
            start => self
                .wanted
                .call
                .with("range_header", JsonText::string(&format!("bytes={start}-"))),
        };
        let mut stream = self
            .client
            .download(&call, &|event| self.notify(event))
            .await
            .map_err(|setback| self.refused(setback, start))?;
        let name = slot.as_ref().map_or_else(
            || name_of(self.client, Some(&stream), self.wanted),
            |part| part.remote.name.clone(),
        );
        let what = format!("Could not download `{name}`");
        if let Some(encoding) = &stream.encoding {
            let words = format!(
                "{what}: the service sent it compressed ({encoding}), though it was asked not to"
            );
            return Err(Failure::new(FailureKind::Unreadable, words).into());
        }
        let mut resumes = start > 0 && stream.status == 206;
        let mut until = None;
        if start > 0 && !resumes {
            // It is the range only if everything says so; else a request without a range decides.
            let part = slot.as_mut().ok_or_else(lost_part)?;
            resumes = self.is_unlabelled_rest(part, &stream, start, overlap)?;
            if !resumes {
                return Err(self.range_ignored(part, &what));
            }
        }
        let (mut first, mut cut, size) = if resumes {
            let part = slot.as_mut().ok_or_else(lost_part)?;
            let (size, end) = match stream.status {
                206 => self.check_range(part, &stream, start, &what)?,
                _ => {
                    let size = part.remote.size.unwrap_or_default();
                    (Some(size), size)
                }
            };
            self.unvalidated |= !part.remote.validators.prove(&stream.validators);
            (self.continued, until) = (true, Some(end));
            (Bytes::new(), None, size)
        } else {
            let whole =
                stream.status == 206 && self.wanted.call.params.get("range_header").is_none();
            let total = if whole {
                Some(self.check_whole_range(&stream, &what)?)
            } else {
                None
            };
            let (mut first, cut) = self.read_head(&mut stream, &what).await?;
            if slot.is_some() && first.is_empty() && cut.is_none() {
                // Nothing must not take the place of what is there.
                match next_chunk(&mut stream, self.silence, &what).await? {
                    Some(chunk) => first = chunk,
                    None => {
                        return Err(interrupted(
                            &what,
                            have,
                            slot.as_ref().and_then(|part| part.remote.size),
                        ));
                    }
                }
            }
            let name = if slot.is_none() {
                name
            } else {
                name_of(self.client, Some(&stream), self.wanted)
            };
            let mut remote = self.remote_file(&stream, name, &what)?;
            remote.size = remote.size.or(total);
            if let Some(part) = slot.as_ref() {
                if is_doubtful(part, &remote) {
                    return Err(something_else(&what));
                }
                self.check_stated_size(part, &remote, &stream, &what)
                    .map_err(|failure| discarded(slot, failure))?;
            }
            let (first, cut) = match (slot.is_none(), cut) {
                (true, None) => match self.at_once(&mut stream, first, &what).await {
                    SmallReply::All(bytes) if self.is_short(&remote, bytes.len()) => {
                        let cut =
                            interrupted(&what, bytes.len() as u64, remote.size.or(self.recorded()));
                        (bytes, Some(cut))
                    }
                    SmallReply::All(bytes) => return self.all_came(remote, bytes, &what),
                    SmallReply::Begun(first, cut) => (first, cut),
                },
                (_, cut) => (first, cut),
            };
            self.prepare_part(slot, remote).await?;
            (first, cut, slot.as_ref().and_then(|part| part.remote.size))
        };
        let Some(mut part) = slot.take() else {
            return Err(lost_part().into());
        };
        (self.on_event)(DownloadEvent::Began {
            name: part.remote.name.clone(),
            have: part.length(),
        });
        if resumes {
            match self
                .verify_overlap(&mut part, &mut stream, overlap, &what)
                .await
            {
                Ok(rest) => first = rest,
                Err(ended) => {
                    *slot = Some(part);
                    return Err(ended);
                }
            }
        }
        let before = part.length();
        let (part, ended) = self
            .receive(part, stream, (first, cut.take()), size.or(until), &what)
            .await;
        *slot = part;
        ended?;
        let length = slot.as_ref().map_or(0, Part::length);
        if let Some(until) = until.filter(|until| length < *until) {
            return Err(interrupted(&what, length, size.or(Some(until))));
        }
        if until.is_some() && size.is_none() && length > before {
            // Where the service does not say how much there is, only an end that brings nothing more is one.
            let words = format!(
                "{what}: the service sends little at a time, and does not say how much there is"
            );
            return Err(AttemptEnd::Unclear(Failure::new(
                FailureKind::Incomplete,
                words,
            )));
        }
        self.check_complete(slot, resumes, &what)
    }

    /// Fetches the blocks again that are not what was written. One that comes as it was written was damaged here; one that
    /// does not is of another version of the file, which starts over.
    async fn repair(&mut self, slot: &mut Option<Part>) -> AttemptResult<()> {
        // What starts over is not mended first.
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

    /// Asks for some bytes of the file. `None` if something else comes than just those.
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

    /// Asks for the first bytes again, in the way of the last try, where nothing else tells that what came in several tries is of
    /// one version.
    pub(super) async fn check_beginning(
        &mut self,
        slot: &mut Option<Part>,
        transport: Transport,
    ) -> AttemptResult<()> {
        let Some(part) = slot.as_mut().filter(|_| self.unvalidated) else {
            return Ok(());
        };
        let head = part
            .head(OVERLAP)
            .map_err(|error| super::save::io_failure(&part.path().display().to_string(), &error))?;
        let what = format!("Could not download `{}`", part.remote.name);
        let now = match transport {
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

    /// Returns whether an answer without a range is the rest that was asked for: as long as what is left of a stated size,
    /// beginning with the bytes before the cut, where the file itself begins with others.
    fn is_unlabelled_rest(
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
        // Whether it begins with them is proved while it is read.
        Ok(head != tail)
    }

    /// What an answer without the range means.
    fn range_ignored(&mut self, part: &Part, what: &str) -> AttemptEnd {
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

    /// Fails if a file that starts over is stated to have another size than before, and nothing says that it has changed.
    fn check_stated_size(
        &self,
        part: &Part,
        remote: &RemoteFile,
        stream: &Stream,
        what: &str,
    ) -> Result<(), Failure> {
        let (Some(before), Some(now)) = (part.remote.size, stream.length) else {
            return Ok(());
        };
        let changed = !part.remote.validators.agree(&remote.validators);
        if before == now || changed {
            return Ok(());
        }
        let words = format!(
            "{what}: the service stated {} bytes, and now {}",
            text::count(before),
            text::count(now)
        );
        Err(Failure::new(FailureKind::Incomplete, words).hint("Download it again: it starts over."))
    }

    /// What a refusal means: with a range it may be the range that is refused.
    fn refused(&self, setback: Setback, start: u64) -> AttemptEnd {
        match setback.failure.status {
            Some(416) if start > 0 => self.start_over(setback.failure.summary),
            Some(400 | 422) if start > 0 => AttemptEnd::RangesUnusable(setback.failure),
            _ if setback.is_passing() => AttemptEnd::Interrupted(setback),
            _ => AttemptEnd::Failed(setback.failure),
        }
    }

    /// Checks that a range is the one asked for, of the same version. Returns the size of the whole, and where the
    /// range ends.
    fn check_range(
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
            // Without a word the lengths must speak.
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
        // Validators that come later may be of another version: those that it began with stay.
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

    /// Checks that a part that nobody asked for is all of it. Returns its size.
    fn check_whole_range(&self, stream: &Stream, what: &str) -> AttemptResult<u64> {
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

    /// Reads as much as it takes to know that this is the file and no error or page. Returns what was read, and
    /// what broke it off. What broke off too early to be judged is judged when all is there.
    async fn read_head(
        &self,
        stream: &mut Stream,
        what: &str,
    ) -> AttemptResult<(Bytes, Option<AttemptEnd>)> {
        let headers = ContentHeaders::of(stream);
        let wants = headers.doubt().wants();
        let mut first = BytesMut::new();
        let cut = loop {
            if first.len() >= wants {
                break None;
            }
            match next_chunk(stream, self.silence, what).await {
                Ok(Some(chunk)) => first.extend_from_slice(&chunk),
                Ok(None) => break None,
                Err(ended) if first.is_empty() => return Err(ended),
                Err(ended) => break Some(ended),
            }
        };
        judge(&headers, self.wanted, &first, what)?;
        Ok((first.freeze(), cut))
    }

    /// Says what the file is. Fails if the service and the record differ on its size.
    fn remote_file(&self, stream: &Stream, name: String, what: &str) -> AttemptResult<RemoteFile> {
        let (stated, recorded) = (stream.length, self.recorded());
        if let (Some(stated), Some(recorded)) = (stated, recorded)
            && stated != recorded
            && stated > 0
        {
            let words = format!(
                "{what}: the service sends {} bytes, its record says {}",
                text::count(stated),
                text::count(recorded)
            );
            return Err(Failure::new(FailureKind::Incomplete, words)
                .hint("The file may have changed since it was listed: list it again.")
                .into());
        }
        Ok(remote_file(
            &self.request,
            stream,
            name,
            stated.or(recorded),
        ))
    }

    /// Returns the size that the record states; that of a piece which somebody chose is not stated.
    pub(super) fn recorded(&self) -> Option<u64> {
        self.wanted
            .known
            .size
            .filter(|_| self.wanted.call.params.get("range_header").is_none())
    }

    /// Makes the part of a file that comes from its beginning, or lets the part that is there start over.
    async fn prepare_part(
        &mut self,
        slot: &mut Option<Part>,
        mut remote: RemoteFile,
    ) -> AttemptResult<()> {
        let size = remote.size;
        match slot.as_mut() {
            Some(part) => {
                if self.wanted.name.is_none() {
                    // It keeps the name that it was begun under.
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

    /// Reads the bytes that are there already and compares them. Returns what came behind them.
    async fn verify_overlap(
        &self,
        part: &mut Part,
        stream: &mut Stream,
        overlap: u64,
        what: &str,
    ) -> AttemptResult<Bytes> {
        let tail = part
            .tail(overlap)
            .map_err(|error| super::save::io_failure(&part.path().display().to_string(), &error))?;
        let mut came: Vec<u8> = Vec::new();
        while came.len() < tail.len() {
            match next_chunk(stream, self.silence, what).await? {
                Some(chunk) => came.extend_from_slice(&chunk),
                None => return Err(interrupted(what, part.length(), part.remote.size)),
            }
        }
        if came[..tail.len()] != tail {
            return Err(self.start_over(format!(
                "{what}: what the service sends does not follow what came before"
            )));
        }
        Ok(Bytes::from(came.split_off(tail.len())))
    }

    fn start_over(&self, summary: String) -> AttemptEnd {
        let why = summary
            .split_once(": ")
            .map_or(summary.as_str(), |(_, why)| why)
            .to_owned();
        (self.on_event)(DownloadEvent::StartsOver(why));
        AttemptEnd::Changed(Failure::new(FailureKind::Incomplete, summary))
    }

    /// Hands what comes to the disk. What came is in the part, however it ends.
    async fn receive(
        &self,
        part: Part,
        mut stream: Stream,
        (first, mut cut): (Bytes, Option<AttemptEnd>),
        size: Option<u64>,
        what: &str,
    ) -> (Option<Part>, AttemptResult<()>) {
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
                (None, None) => match next_chunk(&mut stream, self.silence, what).await {
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
                    format!("{what}: more came than its {} bytes", text::count(size)),
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
        match writer.await {
            Ok((part, Ok(()))) => (Some(part), ended),
            Ok((part, Err(failure))) => (Some(part), Err(failure.into())),
            Err(_) => (
                None,
                Err(
                    Failure::new(FailureKind::Internal, format!("{what}: writing broke off"))
                        .into(),
                ),
            ),
        }
    }

    /// Returns whether all is there, as long as the service and the record say.
    pub(super) fn check_complete(
        &self,
        slot: &mut Option<Part>,
        resumes: bool,
        what: &str,
    ) -> AttemptResult<()> {
        let Some(part) = slot.as_mut() else {
            return Err(lost_part().into());
        };
        let wants = part.remote.headers.doubt().wants() as u64;
        let head = part
            .head(wants)
            .map_err(|error| super::save::io_failure(&part.path().display().to_string(), &error))?;
        let length = part.length();
        self.check_content(&part.remote, length, &head, what)
            .map_err(|fault| match fault {
                Mismatch::Short(size) => interrupted(what, length, Some(size)),
                // Put together of two versions it may be too long; from the beginning it may not.
                Mismatch::Long(failure) if resumes => AttemptEnd::RangesUnusable(failure),
                Mismatch::Long(failure) | Mismatch::Wrong(failure) => discarded(slot, failure),
            })
    }

    /// Looks at the length and the beginning of a file that has ended.
    pub(super) fn check_content(
        &self,
        remote: &RemoteFile,
        length: u64,
        head: &[u8],
        what: &str,
    ) -> Result<(), Mismatch> {
        if length == 0 {
            return Err(Mismatch::Wrong(
                Failure::new(
                    FailureKind::Incomplete,
                    format!("{what}: the service sent an empty file"),
                )
                .detail("An id that the service does not know is answered like this.")
                .hint("Check the id."),
            ));
        }
        // What could not be judged when it began.
        judge(&remote.headers, self.wanted, head, what).map_err(Mismatch::Wrong)?;
        for (size, who) in [
            (self.recorded(), "its record says"),
            (remote.size, "the service says"),
        ] {
            let Some(size) = size else { continue };
            if length < size {
                return Err(Mismatch::Short(size));
            }
            if length > size {
                let words = format!(
                    "{what}: {} bytes came, {who} {}",
                    text::count(length),
                    text::count(size)
                );
                return Err(Mismatch::Long(Failure::new(FailureKind::Incomplete, words)));
            }
        }
        Ok(())
    }
}

/// Returns whether what comes in place of a part may be another server's own answer: no attachment where the file is one, JSON
/// where it is none, or something of another type that states less than is there already.
fn is_doubtful(part: &Part, remote: &RemoteFile) -> bool {
    let (before, now) = (&part.remote.headers, &remote.headers);
    let turned_json = now.doubt() == Doubt::Error && before.doubt() != Doubt::Error;
    let is_less = before.content_type != now.content_type
        && remote.size.is_none_or(|size| size < part.length());
    part.length() > 0 && (before.is_attachment && !now.is_attachment || turned_json || is_less)
}

fn something_else(what: &str) -> AttemptEnd {
    let failure = Failure::new(
        FailureKind::Network,
        format!("{what}: something else came in place of the file"),
    );
    AttemptEnd::Interrupted(Setback {
        failure,
        retry_after: None,
    })
}
