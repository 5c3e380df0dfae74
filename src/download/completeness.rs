//! Whether what was received is the complete file: its stated sizes, its length and its beginning.

use super::attempt::{Attempt, AttemptEnd, AttemptResult, discarded, interrupted, lost_part};
use super::body::Bound;
use super::part::Part;
use super::sidecar::RemoteFile;
use super::verify::{ContentHeaders, Doubt, judge};
use crate::api::{Setback, Stream};
use crate::domain::download::Encoded;
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// What is wrong with a file that has ended.
pub(super) enum Mismatch {
    /// It is shorter than this.
    Short(u64),
    /// It is longer than it should be.
    Long(Failure),
    /// It is no file, or not this one.
    Wrong(Failure),
}

/// How the bytes of a part were received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Continuity {
    /// From the beginning of the file, or piece by piece.
    FromStart,
    /// In several attempts, the last one from the middle of the file.
    Resumed,
}

impl Attempt<'_> {
    /// Returns what is known of the file. Fails if the service and the record differ on its size.
    pub(super) fn remote_file(
        &self,
        stream: &Stream,
        encoded: Option<Encoded>,
        name: String,
        what: &str,
    ) -> AttemptResult<RemoteFile> {
        let (stated, recorded) = (stream.length, self.recorded());
        let size = match encoded {
            None => stated.or(recorded),
            Some(_) => match self.bound(stated) {
                Bound::File(size) => Some(size),
                Bound::Either(_) | Bound::None => None,
            },
        };
        if let (None, Some(stated), Some(recorded)) = (encoded, stated, recorded)
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
        Ok(RemoteFile {
            request: self.request.clone(),
            name,
            size,
            validators: stream.validators.clone(),
            headers: ContentHeaders::of(stream),
            encoded,
        })
    }

    /// Returns the bound of what is decoded from a body of a stated length. Records state the size of the file, or, like the
    /// storage that has it compressed, of what is sent.
    pub(super) fn bound(&self, stated: Option<u64>) -> Bound {
        match (self.recorded(), stated) {
            (None, _) => Bound::None,
            (Some(recorded), Some(stated)) if recorded == stated => Bound::None,
            (Some(recorded), Some(_)) => Bound::File(recorded),
            (Some(recorded), None) => Bound::Either(recorded),
        }
    }

    /// Completes what is known of a file when all of it is decoded: `stated` is how many bytes the service said it sends.
    pub(super) fn decoded(
        &self,
        remote: &mut RemoteFile,
        encoded: Option<Encoded>,
        stated: Option<u64>,
        length: u64,
    ) {
        if encoded.is_some() {
            remote.encoded = encoded;
            // As long as was stated, and with the checksum at its end: it is all of the file.
            if stated.or(self.recorded()).is_some() {
                remote.size = remote.size.or(Some(length));
            }
        }
    }

    /// Returns the size that the record states. It does not count for a range that the user chose.
    pub(super) fn recorded(&self) -> Option<u64> {
        self.wanted
            .known
            .size
            .filter(|_| self.wanted.call.params.get("range_header").is_none())
    }

    /// Fails if a file that starts over has another stated size than before, and nothing shows that it has changed.
    pub(super) fn check_stated_size(
        &self,
        part: &Part,
        remote: &RemoteFile,
        stream: &Stream,
        what: &str,
    ) -> Result<(), Failure> {
        let (Some(before), Some(now)) = (part.remote.size, stream.length) else {
            return Ok(());
        };
        if part.remote.encoded.is_some() || remote.encoded.is_some() {
            // The length of one and the size of the other are not comparable.
            return Ok(());
        }
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

    /// Checks that the part is the complete file, as long as the service and the record state.
    pub(super) fn check_complete(
        &self,
        slot: &mut Option<Part>,
        continuity: Continuity,
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
                // Two versions put together may be too long; a file from its beginning may not.
                Mismatch::Long(failure) if continuity == Continuity::Resumed => {
                    AttemptEnd::RangesUnusable(failure)
                }
                Mismatch::Long(failure) | Mismatch::Wrong(failure) => discarded(slot, failure),
            })
    }

    /// Checks the length and the beginning of a file that has ended. An empty one is the file only where its record
    /// says so: an id that the service does not know is answered like this, too.
    pub(super) fn check_content(
        &self,
        remote: &RemoteFile,
        length: u64,
        head: &[u8],
        what: &str,
    ) -> Result<(), Mismatch> {
        if length == 0 && self.recorded() == Some(0) && remote.size.is_none_or(|size| size == 0) {
            return Ok(());
        }
        let is_recorded = |bytes| bytes > 0 && self.recorded() == Some(bytes);
        if length == 0
            && remote
                .encoded
                .is_some_and(|encoded| is_recorded(encoded.bytes))
        {
            return Ok(());
        }
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
        // The head may have been too short to be judged.
        judge(&remote.headers, self.wanted, head, what).map_err(Mismatch::Wrong)?;
        if let Some(encoded) = remote.encoded {
            return self.check_decoded(encoded, length, what);
        }
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
                    "{what}: {} bytes were received, {who} {}",
                    text::count(length),
                    text::count(size)
                );
                return Err(Mismatch::Long(Failure::new(FailureKind::Incomplete, words)));
            }
        }
        Ok(())
    }
}

impl Attempt<'_> {
    /// Checks that a decoded file, or what it was decoded from, is as long as its record says.
    fn check_decoded(&self, encoded: Encoded, length: u64, what: &str) -> Result<(), Mismatch> {
        let Some(recorded) = self
            .recorded()
            .filter(|recorded| ![length, encoded.bytes].contains(recorded))
        else {
            return Ok(());
        };
        let words = format!(
            "{what}: {} bytes of {} were received and became {}, its record says {}",
            text::count(encoded.bytes),
            encoded.coding.name(),
            text::count(length),
            text::count(recorded)
        );
        Err(Mismatch::Wrong(
            Failure::new(FailureKind::Incomplete, words)
                .hint("The file may have changed since it was listed: list it again."),
        ))
    }
}

/// Returns whether an answer in place of a part may be another server's own: no attachment where the file is one, JSON where
/// it is none, or something of another type whose stated size is less than the part has already.
pub(super) fn is_doubtful(part: &Part, remote: &RemoteFile) -> bool {
    let (before, now) = (&part.remote.headers, &remote.headers);
    let turned_json = now.doubt() == Doubt::Error && before.doubt() != Doubt::Error;
    let is_less = before.content_type != now.content_type
        && remote.size.is_none_or(|size| size < part.length());
    part.length() > 0 && (before.is_attachment && !now.is_attachment || turned_json || is_less)
}

/// Returns the end of an attempt whose answer was not the file.
pub(super) fn something_else(what: &str) -> AttemptEnd {
    let failure = Failure::new(
        FailureKind::Network,
        format!("{what}: something else was received in place of the file"),
    );
    AttemptEnd::Interrupted(Setback {
        failure,
        retry_after: None,
    })
}
