//! The parser: one pass over the received bytes, without recursion and without decoding a value.

use super::deviation::{self, DeviationKind, Word};
use super::document::{Fault, FaultKind};
use super::feed::{Feeder, Open, State};
use super::grammar::{Scalar, number, scalar};
use super::segment::{ANCHOR_STEP, Late, Node, OPEN};
use super::value::{quote_or_slash, single_quoted_end, skip_space};

/// Offsets and ids are 32 bits wide.
const LARGEST_BODY: usize = u32::MAX as usize - 1;

/// The mark of UTF-8 at the beginning of a file, which is also where files were joined.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// Begins a record in RFC 7464.
const RECORD: u8 = 0x1e;

/// Why reading stops: the chunk is used up, or the body is broken.
enum Stop {
    More,
    Fault(usize, FaultKind),
}

impl Feeder {
    /// Reads on in the buffer as far as values are complete.
    pub(super) fn read(&mut self, buffer: &[u8], last: bool) {
        if self.nodes.is_empty() {
            // About as many as the previous part had, so that the index need not grow by copies.
            let likely = self.segments.last().map_or(0, |last| {
                buffer.len() * (last.nodes.len() + 8) / (last.body.len() + 1)
            });
            self.nodes.reserve(likely + likely / 16);
        }
        while let Err(Stop::Fault(at, kind)) = self.run(buffer, last) {
            match self.pass_line(buffer, at, last) {
                Ok(()) => {}
                Err(Stop::More) => return,
                Err(Stop::Fault(..)) => {
                    self.fault = Some(Fault {
                        offset: self.base + at,
                        kind,
                    });
                    self.state = State::Broken;
                }
            }
        }
        if self.state == State::Broken {
            self.at = buffer.len();
        }
    }

    /// Returns what the end of the buffer means: a fault in the last chunk, otherwise more to come.
    fn ended(buffer: &[u8], last: bool, kind: FaultKind) -> Stop {
        if last {
            Stop::Fault(buffer.len(), kind)
        } else {
            Stop::More
        }
    }

    fn run(&mut self, buffer: &[u8], last: bool) -> Result<(), Stop> {
        if self.base + buffer.len() > LARGEST_BODY {
            return Err(Stop::Fault(0, FaultKind::TooLarge));
        }
        if self.base == 0 && self.at == 0 && !buffer.is_empty() {
            if buffer.starts_with(MARK) {
                self.at = 3;
            } else if !last && MARK.starts_with(buffer) {
                return Err(Stop::More);
            }
        }
        loop {
            match self.state {
                State::Value | State::Between => self.value(buffer, last)?,
                State::First => {
                    self.at = skip_space(buffer, self.at);
                    match (buffer.get(self.at), self.open.last()) {
                        (None, _) => {
                            return Err(Self::ended(buffer, last, FaultKind::EndsInContainer));
                        }
                        (Some(byte), Some(open)) if *byte == open.closing => self.close_at(),
                        (Some(_), _) => self.state = State::Value,
                    }
                }
                State::After => {
                    self.at = skip_space(buffer, self.at);
                    match (buffer.get(self.at), self.open.last()) {
                        (_, None) => self.state = State::Over,
                        (_, Some(open)) if open.closing == 0 => self.state = State::Between,
                        (None, _) => {
                            return Err(Self::ended(buffer, last, FaultKind::EndsInContainer));
                        }
                        (Some(b','), _) => {
                            self.at += 1;
                            self.state = State::Value;
                        }
                        (Some(byte), Some(open)) if *byte == open.closing => self.close_at(),
                        (Some(_), _) => {
                            return Err(Stop::Fault(self.at, FaultKind::NoComma));
                        }
                    }
                }
                State::Over => {
                    self.at = skip_space(buffer, self.at);
                    return if self.at == buffer.len() {
                        Ok(())
                    } else {
                        Err(Stop::Fault(self.at, FaultKind::TextAfterEnd))
                    };
                }
                State::Broken => return Ok(()),
            }
        }
    }

    /// Reads a scalar with its key, or the beginning of a container.
    fn value(&mut self, buffer: &[u8], last: bool) -> Result<(), Stop> {
        let start = skip_space(buffer, self.at);
        self.at = start;
        let between = self.state == State::Between;
        if start == buffer.len() && between {
            return if last && self.open.last().is_some_and(|open| open.count == 0) {
                Err(Stop::Fault(start, FaultKind::Empty))
            } else {
                Err(Stop::More)
            };
        }
        if between {
            self.begin(start);
        }
        let mut at = start;
        let mut single = None;
        if self.open.last().is_some_and(|open| open.closing == b'}') {
            let end = match buffer.get(at) {
                Some(b'"') => self.string(buffer, at, last)?,
                Some(b'\'') => {
                    single = Some(at);
                    single_quoted(buffer, at, last)?
                }
                // A key is expected behind a comma only.
                Some(b'}') => {
                    self.deviate(DeviationKind::TrailingComma, at);
                    self.close_at();
                    return Ok(());
                }
                Some(_) => return Err(Stop::Fault(at, FaultKind::NoKey)),
                None => return Err(Self::ended(buffer, last, FaultKind::EndsInObject)),
            };
            at = skip_space(buffer, end);
            match buffer.get(at) {
                Some(b':') => {}
                Some(_) => return Err(Stop::Fault(at, FaultKind::NoColon)),
                None => return Err(Self::ended(buffer, last, FaultKind::EndsAfterKey)),
            }
            at = skip_space(buffer, at + 1);
        }
        match buffer.get(at) {
            None if self.open.is_empty() => {
                return Err(Self::ended(buffer, last, FaultKind::Empty));
            }
            None => {
                return Err(Self::ended(buffer, last, FaultKind::EndsBeforeValue));
            }
            Some(bracket @ (b'{' | b'[')) => {
                let closing = if *bracket == b'{' { b'}' } else { b']' };
                let id = self.push(start, OPEN, 0);
                self.open.push(Open {
                    id,
                    count: 0,
                    closing,
                    anchors: Vec::new(),
                });
                self.at = at + 1;
                self.state = State::First;
            }
            Some(b'"') => {
                let end = self.string(buffer, at, last)?;
                self.scalar_ended(start, at, end);
            }
            Some(b'-' | b'0'..=b'9') => {
                let from = if self.resume.0 == self.base + at {
                    self.resume.1 - self.base
                } else {
                    at
                };
                match number(buffer, at, from, last) {
                    Scalar::Ends(end) => self.scalar_ended(start, at, end),
                    Scalar::Open => {
                        self.resume = (self.base + at, self.base + buffer.len());
                        return Err(Stop::More);
                    }
                    Scalar::Bad(kind) => self.odd_value(buffer, (start, at), last, kind)?,
                }
            }
            Some(_) => match scalar(&buffer[at..], last) {
                Scalar::Ends(length) => self.scalar_ended(start, at, at + length),
                Scalar::Open => return Err(Stop::More),
                Scalar::Bad(_)
                    if between && self.open.last().is_some_and(|open| open.count > 0) =>
                {
                    self.odd_value(buffer, (start, at), last, FaultKind::TextAfterEnd)?;
                }
                Scalar::Bad(kind) => self.odd_value(buffer, (start, at), last, kind)?,
            },
        }
        if let Some(place) = single {
            self.deviate(DeviationKind::SingleQuotes, place);
        }
        Ok(())
    }

    /// Reads what is no JSON where a value is expected, if it can be understood.
    #[cold]
    fn odd_value(
        &mut self,
        buffer: &[u8],
        (start, at): (usize, usize),
        last: bool,
        kind: FaultKind,
    ) -> Result<(), Stop> {
        let rest = &buffer[at..];
        let closing = self.open.last().map_or(0, |open| open.closing);
        match rest.first() {
            // In an array, a value is expected behind a comma only.
            Some(b']') if closing == b']' => {
                self.deviate(DeviationKind::TrailingComma, at);
                self.close_at();
                return Ok(());
            }
            Some(b'\'') => {
                let end = single_quoted(buffer, at, last)?;
                self.scalar_ended(start, at, end);
                self.deviate(DeviationKind::SingleQuotes, at);
                return Ok(());
            }
            Some(&RECORD) if self.state == State::Between => {
                self.at = at + 1;
                return Ok(());
            }
            Some(_) if self.state == State::Between && rest.starts_with(MARK) => {
                self.at = at + MARK.len();
                return Ok(());
            }
            Some(_) if self.state == State::Between && !last && MARK.starts_with(rest) => {
                return Err(Stop::More);
            }
            Some(_) | None => {}
        }
        match deviation::word(rest, last) {
            Word::Found(length, kind) => {
                self.scalar_ended(start, at, at + length);
                self.deviate(kind, at);
                Ok(())
            }
            Word::Open => Err(Stop::More),
            Word::None => Err(Stop::Fault(at, kind)),
        }
    }

    fn deviate(&mut self, kind: DeviationKind, at: usize) {
        deviation::add(&mut self.oddities.deviations, kind, self.base + at);
    }

    /// Notes where a value of a sequence begins.
    fn begin(&mut self, start: usize) {
        let before = self.open.first().map_or(0, |open| open.count);
        self.begun.start = self.base + start;
        self.begun.id = self.first + self.nodes.len() as u32;
        self.begun.before = before;
        self.begun.deviations.clone_from(&self.oddities.deviations);
    }

    /// Takes the line with a fault as one value that is no JSON, if the lines around are values of their own. The fault is
    /// returned if they are not.
    #[cold]
    fn pass_line(&mut self, buffer: &[u8], fault: usize, last: bool) -> Result<(), Stop> {
        let broken = Err(Stop::Fault(fault, FaultKind::NoValue));
        if !self.sequence || self.begun.before == 0 || self.begun.start < self.base {
            return broken;
        }
        let start = self.begun.start - self.base;
        let end = match memchr::memchr(b'\n', &buffer[start..]) {
            Some(length) => start + length,
            // The last line may break off, and is shown as far as it goes.
            None if last && fault >= buffer.len() => return broken,
            None if last => buffer.len(),
            None => return Err(Stop::More),
        };
        let next_begins = match buffer.get(end + 1) {
            Some(byte) => matches!(byte, b'{' | b'[' | &RECORD),
            None if last => false,
            None => return Err(Stop::More),
        };
        // A value that goes over lines, or text behind the only value, is no line between lines.
        if !next_begins && (fault > end || self.begun.before < 2) {
            return broken;
        }
        self.nodes.truncate((self.begun.id - self.first) as usize);
        let id = self.begun.id;
        self.anchors.retain(|container, _| *container < id);
        self.open.truncate(1);
        if let Some(open) = self.open.first_mut() {
            open.count = self.begun.before;
            open.anchors.retain(|anchor| *anchor < id);
        }
        self.oddities.deviations.clone_from(&self.begun.deviations);
        self.resume = (0, 0);
        let text = buffer[start..end].trim_ascii_end();
        self.scalar_ended(start, start, start + text.len().max(1));
        self.oddities.bad_lines.push(id);
        self.deviate(DeviationKind::BadLine, start);
        Ok(())
    }

    fn scalar_ended(&mut self, start: usize, at: usize, end: usize) {
        self.push(start, 1, (end - at) as u32);
        self.at = end;
        self.state = State::After;
    }

    /// Returns the end of a string that begins with a quote at `start`.
    fn string(&mut self, buffer: &[u8], start: usize, last: bool) -> Result<usize, Stop> {
        let mut at = if self.resume.0 == self.base + start {
            (self.resume.1 - self.base).max(start + 1)
        } else {
            start + 1
        };
        while let Some(found) = quote_or_slash(buffer, at) {
            at = found;
            if buffer[at] == b'"' {
                return Ok(at + 1);
            }
            self.numbered |= buffer.get(at + 1) == Some(&b'u');
            if at + 1 >= buffer.len() {
                self.resume = (self.base + start, self.base + at);
                return Err(Self::ended(buffer, last, FaultKind::EndsInString));
            }
            at += 2;
        }
        self.resume = (self.base + start, self.base + buffer.len());
        Err(Self::ended(buffer, last, FaultKind::EndsInString))
    }

    /// Adds a value to the index and to its container's count.
    fn push(&mut self, start: usize, next: u32, extra: u32) -> u32 {
        let id = self.first + self.nodes.len() as u32;
        let parent = match self.open.last_mut() {
            Some(open) => {
                open.count += 1;
                // The child numbered 64, 128, … is an anchor.
                if open.count > ANCHOR_STEP && (open.count - 1).is_multiple_of(ANCHOR_STEP) {
                    open.anchors.push(id);
                }
                open.id
            }
            None => id,
        };
        let next = if next == OPEN { OPEN } else { id + 1 };
        self.nodes.push(Node {
            start: (self.base + start) as u32,
            parent,
            next,
            extra,
        });
        id
    }

    fn close_at(&mut self) {
        self.close();
        self.at += 1;
        self.state = State::After;
    }

    /// Ends the innermost container.
    pub(super) fn close(&mut self) {
        let Some(Open {
            id, count, anchors, ..
        }) = self.open.pop()
        else {
            return;
        };
        let next = self.first + self.nodes.len() as u32;
        match id
            .checked_sub(self.first)
            .and_then(|inside| self.nodes.get_mut(inside as usize))
        {
            Some(node) => {
                node.next = next;
                node.extra = count;
                if !anchors.is_empty() {
                    self.anchors.insert(id, anchors);
                }
            }
            None => self.late.push((
                id,
                Late {
                    next,
                    count,
                    anchors,
                },
            )),
        }
    }
}

/// Returns the end of a string in single quotes that begins at `start`.
fn single_quoted(buffer: &[u8], start: usize, last: bool) -> Result<usize, Stop> {
    match single_quoted_end(buffer, start) {
        Some(end) => Ok(end),
        None => Err(Feeder::ended(buffer, last, FaultKind::EndsInString)),
    }
}
