//! A text with its escapes decoded, where each byte knows its place in the original:
//! percent-encoding, JSON, HTML, quoted-printable.

use std::ops::Range;

/// The number of layers of escapes that are decoded.
const MOST_LAYERS: usize = 4;

/// One decoded reading of a text, in lower case.
pub(super) struct View {
    pub(super) folded: Vec<u8>,
    /// The original offset of each byte, and of the end of the last one; empty if the reading is
    /// the text itself.
    from: Option<Vec<usize>>,
}

impl View {
    /// Returns the range of the original text for a range of the reading.
    pub(super) fn source(&self, piece: Range<usize>) -> Range<usize> {
        let place = |at: usize| match &self.from {
            Some(from) => from.get(at).or(from.last()).copied().unwrap_or_default(),
            None => at,
        };
        let start = place(piece.start);
        start..place(piece.end).max(start)
    }
}

/// The beginning of an escape, and the function that reads one: its length and what it decodes to.
type Escape = (u8, fn(&[u8]) -> Option<(usize, char)>);

const PERCENT: Escape = (b'%', percent);
const BACKSLASH: Escape = (b'\\', backslash);
const ENTITY: Escape = (b'&', entity);
const QUOTED: Escape = (b'=', quoted);

/// Returns the readings of a text: as it is, and with its escapes decoded where it has some.
pub(super) fn views(text: &str) -> Vec<View> {
    let bytes = text.as_bytes();
    let mut all = vec![View {
        folded: bytes.to_ascii_lowercase(),
        from: None,
    }];
    for alone in [PERCENT, BACKSLASH, QUOTED] {
        if let Some((decoded, from)) = decode(bytes, &[alone]) {
            all.push(View {
                folded: decoded.to_ascii_lowercase(),
                from: Some(from),
            });
        }
    }
    let mut layer = decode(bytes, &[PERCENT, BACKSLASH, ENTITY]);
    for _ in 0..MOST_LAYERS {
        let Some((decoded, from)) = layer else { break };
        layer = decode(&decoded, &[PERCENT, BACKSLASH, ENTITY]).map(|(next, inner)| {
            (
                next,
                inner
                    .into_iter()
                    .map(|at| from.get(at).copied().unwrap_or_default())
                    .collect(),
            )
        });
        all.push(View {
            folded: decoded.to_ascii_lowercase(),
            from: Some(from),
        });
    }
    all
}

/// Decodes one layer of escapes; `None` if there are none.
fn decode(text: &[u8], escapes: &[Escape]) -> Option<(Vec<u8>, Vec<usize>)> {
    if !escapes
        .iter()
        .any(|(first, _)| memchr::memchr(*first, text).is_some())
    {
        return None;
    }
    let (mut out, mut from) = (
        Vec::with_capacity(text.len()),
        Vec::with_capacity(text.len() + 1),
    );
    let (mut at, mut any) = (0, false);
    while let Some(byte) = text.get(at) {
        let escape = escapes
            .iter()
            .find(|(first, _)| first == byte)
            .and_then(|(_, read)| read(&text[at..]));
        match escape {
            Some((length, character)) => {
                // Percent-encoding decodes to a byte, which may be a part of any character.
                let mut room = [0; 4];
                let encoded = match u8::try_from(u32::from(character)) {
                    Ok(byte) if matches!(text[at], b'%' | b'=') => {
                        room[0] = byte;
                        &room[..1]
                    }
                    Ok(_) | Err(_) => character.encode_utf8(&mut room).as_bytes(),
                };
                out.extend_from_slice(encoded);
                from.resize(from.len() + encoded.len(), at);
                (at, any) = (at + length, true);
            }
            None => {
                out.push(*byte);
                from.push(at);
                at += 1;
            }
        }
    }
    from.push(text.len());
    any.then_some((out, from))
}

fn percent(text: &[u8]) -> Option<(usize, char)> {
    let byte = number(text.get(1..3)?, 16)?;
    Some((3, char::from_u32(byte)?))
}

fn quoted(text: &[u8]) -> Option<(usize, char)> {
    percent(text)
}

fn backslash(text: &[u8]) -> Option<(usize, char)> {
    match text.get(1)? {
        b'u' if text.get(2) == Some(&b'{') => {
            let end = text.iter().take(12).position(|byte| *byte == b'}')?;
            Some((end + 1, char::from_u32(number(text.get(3..end)?, 16)?)?))
        }
        b'u' => {
            let unit = number(text.get(2..6)?, 16)?;
            let low = (text.get(6..8) == Some(b"\\u"))
                .then(|| text.get(8..12).and_then(|digits| number(digits, 16)))
                .flatten();
            match (unit, low) {
                (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) => Some((
                    12,
                    char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?,
                )),
                _ => Some((6, char::from_u32(unit)?)),
            }
        }
        b'x' => Some((4, char::from_u32(number(text.get(2..4)?, 16)?)?)),
        byte @ (b'"' | b'\\' | b'/' | b'\'') => Some((2, char::from(*byte))),
        _ => None,
    }
}

fn entity(text: &[u8]) -> Option<(usize, char)> {
    let end = text.iter().take(12).position(|byte| *byte == b';')?;
    let character = match text.get(1..end)? {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((end + 1, character))
}

/// Reads digits, and nothing but digits.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(digits)
        .ok()
        .filter(|text| text.bytes().all(|byte| char::from(byte).is_digit(radix)))?;
    u32::from_str_radix(text, radix).ok()
}
