//! Decoding gzip (RFC 1952) while it is received: all members, each verified by its checksum and its length.

use std::io::Write as _;

use flate2::write::GzDecoder;

/// What is wrong with gzip data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GzipFault {
    /// It does not begin as gzip does.
    NoGzip,
    /// Its compressed data cannot be decoded.
    Damaged,
    /// What was decoded is not what its checksum and its length say.
    Checksum,
    /// Something that is no gzip follows it.
    Trailed,
    /// It ends before its end.
    Truncated,
}

impl GzipFault {
    /// Describes the fault, after the name of what has it.
    pub(super) fn words(self) -> &'static str {
        match self {
            GzipFault::NoGzip => "the service says that it sends gzip, and it is none",
            GzipFault::Damaged => "the gzip that the service sends is damaged",
            GzipFault::Checksum => {
                "the gzip that the service sends is damaged: its checksum differs"
            }
            GzipFault::Trailed => "something else follows the gzip that the service sends",
            GzipFault::Truncated => "the gzip that the service sends ends in its middle",
        }
    }
}

/// A decoder of gzip.
pub(super) struct Gunzip {
    member: GzDecoder<Vec<u8>>,
    /// How many bytes of the member were taken.
    taken: u64,
    /// How many members are complete.
    complete: u64,
}

impl Gunzip {
    /// Starts at the beginning of the data.
    pub(super) fn new() -> Gunzip {
        Gunzip {
            member: GzDecoder::new(Vec::new()),
            taken: 0,
            complete: 0,
        }
    }

    /// Decodes the next bytes.
    pub(super) fn put(&mut self, mut input: &[u8]) -> Result<(), GzipFault> {
        while !input.is_empty() {
            if self.taken == 0 && self.complete > 0 {
                // Zeros that fill up a block are no garbage to any program that reads gzip.
                let zeros = input.iter().take_while(|byte| **byte == 0).count();
                input = &input[zeros..];
                if input.is_empty() {
                    break;
                }
            }
            match self.member.write(input) {
                // A complete member takes no further byte.
                Ok(0) => self.end_member()?,
                Ok(taken) => {
                    self.taken += taken as u64;
                    input = &input[taken..];
                }
                Err(_) if self.member.header().is_none() => return Err(self.no_header()),
                Err(_) => return Err(GzipFault::Damaged),
            }
        }
        Ok(())
    }

    /// Checks that the data is complete. Some of it may be decoded only now.
    pub(super) fn end(&mut self) -> Result<(), GzipFault> {
        if self.taken == 0 {
            return Ok(());
        }
        if self.member.header().is_none() {
            return Err(match self.no_header() {
                GzipFault::NoGzip => GzipFault::Truncated,
                fault => fault,
            });
        }
        // One that takes a further byte is not complete.
        match self.member.write(&[0]) {
            Ok(0) => self.end_member(),
            Ok(_) | Err(_) => Err(GzipFault::Truncated),
        }
    }

    /// Returns how many bytes are decoded and not taken yet.
    pub(super) fn ready(&self) -> usize {
        self.member.get_ref().len()
    }

    /// Takes what is decoded.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.member.get_mut())
    }

    fn end_member(&mut self) -> Result<(), GzipFault> {
        self.member.try_finish().map_err(|_| GzipFault::Checksum)?;
        let decoded = self.take();
        self.member = GzDecoder::new(decoded);
        (self.taken, self.complete) = (0, self.complete + 1);
        Ok(())
    }

    fn no_header(&self) -> GzipFault {
        if self.complete > 0 {
            GzipFault::Trailed
        } else {
            GzipFault::NoGzip
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gunzip, GzipFault};
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Decodes data that comes in pieces of a size.
    fn decode(data: &[u8], size: usize) -> (Vec<u8>, Result<(), GzipFault>) {
        let (mut gunzip, mut out) = (Gunzip::new(), Vec::new());
        for piece in data.chunks(size) {
            let outcome = gunzip.put(piece);
            out.extend(gunzip.take());
            if outcome.is_err() {
                return (out, outcome);
            }
        }
        let outcome = gunzip.end();
        out.extend(gunzip.take());
        (out, outcome)
    }

    #[test]
    fn each_fault_is_named() {
        let (one, two) = (gzip(b"one, one, one"), gzip(b"two"));
        let check = |data: &[u8], expected: Result<&[u8], GzipFault>| {
            for size in [1, 3, 7, 1000] {
                let (decoded, outcome) = decode(data, size);
                assert_eq!(
                    outcome.map(|()| decoded.as_slice()),
                    expected,
                    "in pieces of {size}"
                );
            }
        };
        let changed = |at: usize| {
            let mut data = one.clone();
            data[at] ^= 0x40;
            data
        };
        check(&one, Ok(b"one, one, one"));
        check(
            &[one.clone(), two.clone()].concat(),
            Ok(b"one, one, onetwo"),
        );
        check(b"", Ok(b""));
        check(&gzip(b""), Ok(b""));
        check(b"plain text, and long enough", Err(GzipFault::NoGzip));
        for cut in [1, 5, 10, 12, one.len() - 8, one.len() - 3, one.len() - 1] {
            check(&one[..cut], Err(GzipFault::Truncated));
        }
        check(
            &[&one, &two[..two.len() - 1]].concat(),
            Err(GzipFault::Truncated),
        );
        // The checksum, and the length.
        check(&changed(one.len() - 6), Err(GzipFault::Checksum));
        check(&changed(one.len() - 2), Err(GzipFault::Checksum));
        check(&[&one, &b"x"[..]].concat(), Err(GzipFault::Trailed));
        check(&[&one, &[0; 40][..]].concat(), Ok(b"one, one, one"));
        check(&[&one, &[0, 0, 7][..]].concat(), Err(GzipFault::Trailed));
        check(
            &[one.clone(), two, b"and more of it".to_vec()].concat(),
            Err(GzipFault::Trailed),
        );
        // The first block is of no type that exists.
        let mut damaged = one.clone();
        damaged[10] |= 0b110;
        check(&damaged, Err(GzipFault::Damaged));
    }

    proptest! {
        #[test]
        fn any_members_in_any_pieces_give_what_was_packed(
            members in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 1..4),
            size in 1..2000usize,
        ) {
            let data: Vec<u8> = members.iter().flat_map(|member| gzip(member)).collect();
            prop_assert_eq!(decode(&data, size), (members.concat(), Ok(())));
        }

        #[test]
        fn no_cut_is_taken_for_the_end(bytes in prop::collection::vec(any::<u8>(), 0..2000), cut in any::<prop::sample::Index>(), size in 1..500usize) {
            let data = gzip(&bytes);
            let cut = cut.index(data.len() - 1) + 1;
            prop_assume!(cut < data.len());
            prop_assert_eq!(decode(&data[..cut], size).1, Err(GzipFault::Truncated));
        }

        #[test]
        fn any_bytes_are_taken_without_a_panic(data in prop::collection::vec(any::<u8>(), 0..300), packed in any::<bool>(), size in 1..50usize) {
            let data = if packed { [&[0x1f, 0x8b, 8, 0][..], &data].concat() } else { data };
            let _ = decode(&data, size);
        }
    }
}
