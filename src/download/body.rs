//! The body of a download as the file has it: what is sent compressed is decoded while it is received, within a bound.

use std::time::Duration;

use bytes::Bytes;

use super::attempt::{AttemptResult, interrupted, next_chunk};
use super::gunzip::{Gunzip, GzipFault};
use crate::api::Stream;
use crate::domain::download::{Coding, Encoded};
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// How much is decoded at a time, in bytes: it may become a thousand times as much.
const SLICE: usize = 1 << 10;
/// How many decoded bytes are passed on at least, unless none are left.
const ENOUGH: usize = 64 << 10;
/// Endings of files that are gzip themselves.
const GZIP_NAMES: [&str; 4] = [".gz", ".tgz", ".gzip", ".svgz"];

/// Returns the coding that a body is decoded from; none if it is the file. Fails if it is in a coding that is not decoded.
///
/// A file that is gzip itself, by its name, is not decoded: for those the header only says once more what they are.
pub(super) fn coding_of(
    encoding: Option<&str>,
    name: &str,
    what: &str,
) -> Result<Option<Coding>, Failure> {
    let encoding = encoding.unwrap_or_default();
    let codings: Vec<&str> = encoding
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
        .collect();
    let is_gzip = |coding: &&str| {
        coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip")
    };
    match codings.as_slice() {
        [] => Ok(None),
        [only] if is_gzip(only) => {
            let name = name.to_ascii_lowercase();
            let is_named_gzip = GZIP_NAMES.iter().any(|ending| name.ends_with(ending));
            Ok((!is_named_gzip).then_some(Coding::Gzip))
        }
        _ => Err(Failure::new(
            FailureKind::Unreadable,
            format!(
                "{what}: the service sent it compressed ({encoding}), though it was asked not to"
            ),
        )
        .hint("Fetch it from where it is stored: of compressed files only gzip is decoded here.")),
    }
}

/// How large a decoded file may become by what its record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// As large as the record says.
    File(u64),
    /// The size of the record may be that of the file, or of what is received: the service does not state how much it sends.
    Either(u64),
    /// The record does not say.
    None,
}

/// The room for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Room {
    bytes: u64,
    /// The folder, as it is shown.
    folder: String,
}

/// A body that is received.
pub(super) struct Body {
    stream: Stream,
    decoder: Option<Decoder>,
}

struct Decoder {
    gunzip: Gunzip,
    /// What was received and is not decoded yet.
    waiting: Bytes,
    received: u64,
    decoded: u64,
    bound: Bound,
    room: Option<Room>,
    has_ended: bool,
}

impl Body {
    /// Takes a body as it is.
    pub(super) fn plain(stream: Stream) -> Body {
        Body {
            stream,
            decoder: None,
        }
    }

    /// Decodes a body.
    pub(super) fn decoded(stream: Stream, coding: Coding, bound: Bound) -> Body {
        let gunzip = match coding {
            Coding::Gzip => Gunzip::new(),
        };
        Body {
            stream,
            decoder: Some(Decoder {
                gunzip,
                waiting: Bytes::new(),
                received: 0,
                decoded: 0,
                bound,
                room: None,
                has_ended: false,
            }),
        }
    }

    /// Returns the headers.
    pub(super) fn headers(&self) -> &Stream {
        &self.stream
    }

    /// Returns how it is received, if it is decoded, and how much of it was received so far.
    pub(super) fn encoded(&self) -> Option<Encoded> {
        self.decoder.as_ref().map(|decoder| Encoded {
            coding: Coding::Gzip,
            bytes: decoder.received,
        })
    }

    /// Bounds what is decoded by the free space of its folder, if the record does not. Some of it stays free: what
    /// becomes as large as the disk is hardly a file.
    pub(super) fn limit_to_room(&mut self, free: Option<u64>, folder: String) {
        if let Some(decoder) = &mut self.decoder {
            decoder.room = free.map(|free| Room {
                bytes: free - free / 16,
                folder,
            });
        }
    }

    /// Returns the next bytes of the file; `None` at its end.
    pub(super) async fn next(
        &mut self,
        silence: Duration,
        what: &str,
    ) -> AttemptResult<Option<Bytes>> {
        let Some(decoder) = &mut self.decoder else {
            return next_chunk(&mut self.stream, silence, what).await;
        };
        loop {
            if let Some(bytes) = decoder.decode(what)? {
                return Ok(Some(bytes));
            }
            if decoder.has_ended {
                return Ok(None);
            }
            match next_chunk(&mut self.stream, silence, what).await? {
                Some(chunk) => {
                    decoder.received += chunk.len() as u64;
                    decoder.waiting = chunk;
                }
                None => decoder.end(self.stream.length, what)?,
            }
        }
    }
}

impl Decoder {
    /// Decodes some of what waits, until there is enough of it.
    fn decode(&mut self, what: &str) -> AttemptResult<Option<Bytes>> {
        while !self.waiting.is_empty() && self.gunzip.ready() < ENOUGH {
            let slice = self.waiting.split_to(SLICE.min(self.waiting.len()));
            self.gunzip
                .put(&slice)
                .map_err(|fault| unreadable(fault, what))?;
        }
        let decoded = self.gunzip.take();
        self.decoded += decoded.len() as u64;
        if let Some(failure) = self.exceeded(what) {
            return Err(failure.into());
        }
        Ok((!decoded.is_empty()).then(|| decoded.into()))
    }

    /// Checks that all was received and decoded.
    fn end(&mut self, stated: Option<u64>, what: &str) -> AttemptResult<()> {
        self.has_ended = true;
        if stated.is_some_and(|stated| self.received < stated) {
            return Err(interrupted(what, self.received, stated));
        }
        match self.gunzip.end() {
            Ok(()) => Ok(()),
            // Where the service does not state how much it sends, the connection may have ended early.
            Err(GzipFault::Truncated) if stated.is_none() => {
                Err(interrupted(what, self.received, None))
            }
            Err(fault) => Err(unreadable(fault, what).into()),
        }
    }

    /// Returns why no more is decoded.
    fn exceeded(&self, what: &str) -> Option<Failure> {
        let most = match self.bound {
            Bound::File(size) => Some(size),
            Bound::Either(size) => (self.received > size).then_some(size),
            Bound::None => None,
        };
        if let Some(most) = most.filter(|most| self.decoded > *most) {
            let words = format!(
                "{what}: it is sent as gzip, and more than the {} bytes that its record says came out",
                text::count(most)
            );
            return Some(
                Failure::new(FailureKind::Incomplete, words)
                    .detail(self.so_far())
                    .hint("The file may have changed since it was listed: list it again."),
            );
        }
        let room = self
            .room
            .as_ref()
            .filter(|room| self.decoded > room.bytes)?;
        let words = format!(
            "{what}: it is sent as gzip, and more came out than the {} that are free in `{}`",
            text::bytes(room.bytes),
            room.folder
        );
        Some(
            Failure::new(FailureKind::File, words)
                .detail(self.so_far())
                .hint("Free some space, or choose another folder, then try again."),
        )
    }

    fn so_far(&self) -> String {
        format!(
            "{} became {} so far.",
            text::bytes(self.received),
            text::bytes(self.decoded)
        )
    }
}

fn unreadable(fault: GzipFault, what: &str) -> Failure {
    Failure::new(
        FailureKind::Unreadable,
        format!("{what}: {}", fault.words()),
    )
}

#[cfg(test)]
mod tests {
    use super::{Bound, Coding, Decoder, Gunzip, coding_of};
    use crate::download::attempt::AttemptEnd;
    use bytes::Bytes;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    #[test]
    fn only_gzip_is_decoded_and_only_what_is_none_by_its_name() {
        let check = |encoding: &str, name: &str, expected: Result<Option<Coding>, ()>| {
            let coding = coding_of(Some(encoding), name, "Could not");
            assert_eq!(coding.map_err(drop), expected, "{encoding}, {name}");
        };
        check("gzip", "a.csv", Ok(Some(Coding::Gzip)));
        check("X-GZIP", "a.csv", Ok(Some(Coding::Gzip)));
        check("identity, gzip", "a", Ok(Some(Coding::Gzip)));
        check("identity", "a.csv", Ok(None));
        check("", "a.csv", Ok(None));
        check("gzip", "a.tar.GZ", Ok(None));
        check("x-gzip", "a.tgz", Ok(None));
        for other in ["br", "deflate", "zstd", "gzip, gzip", "br, gzip", "a b"] {
            check(other, "a.csv", Err(()));
        }
    }

    fn decoder(bound: Bound, waiting: Vec<u8>) -> Decoder {
        Decoder {
            gunzip: Gunzip::new(),
            received: waiting.len() as u64,
            waiting: Bytes::from(waiting),
            decoded: 0,
            bound,
            room: None,
            has_ended: false,
        }
    }

    /// Decodes all; returns how many bytes came out, and whether the bound held it up.
    fn run(mut decoder: Decoder) -> (u64, bool) {
        loop {
            match decoder.decode("Could not") {
                Ok(Some(bytes)) => {
                    assert!(bytes.len() <= 2 << 20, "{} at a time", bytes.len());
                }
                Ok(None) if decoder.has_ended => return (decoder.decoded, false),
                Ok(None) => {
                    let ended = decoder.end(Some(decoder.received), "Could not");
                    assert!(ended.is_ok());
                }
                Err(_) => return (decoder.decoded, true),
            }
        }
    }

    #[test]
    fn what_is_decoded_stays_within_its_bound() {
        let zeros = vec![0; 30 << 20];
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&zeros).unwrap();
        let (size, bomb) = (zeros.len() as u64, encoder.finish().unwrap());
        let packed = bomb.len() as u64;
        let of = |bound| decoder(bound, bomb.clone());
        assert_eq!(run(of(Bound::None)), (size, false));
        assert_eq!(run(of(Bound::File(size))), (size, false));
        let (decoded, held) = run(of(Bound::File(1000)));
        assert!(held && decoded < 3 << 20, "{decoded}");
        assert!(run(of(Bound::File(size - 1))).1);
        // The record may mean what is received.
        assert_eq!(run(of(Bound::Either(packed))), (size, false));
        assert!(run(of(Bound::Either(packed - 1))).1);
        let mut in_room = of(Bound::None);
        in_room.room = Some(super::Room {
            bytes: 5 << 20,
            folder: "here".to_owned(),
        });
        let failure = loop {
            if let Err(ended) = in_room.decode("Could not save it") {
                break ended;
            }
        };
        let AttemptEnd::Failed(failure) = failure else {
            panic!("another try would not help");
        };
        assert_eq!(
            failure.summary,
            "Could not save it: it is sent as gzip, and more came out than the 5.2 MB that are free in `here`"
        );
        assert!(in_room.decoded < 8 << 20);
    }
}
