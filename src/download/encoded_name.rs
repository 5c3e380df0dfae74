//! Names of files as services send them: values of RFC 8187, words of RFC 2047, percent-encoding where nothing else makes
//! sense. What is decoded is as foreign as before: it is made harmless afterwards.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode;

/// Base64 as mail programs write it: with padding or without.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What Windows has where ISO 8859-1 has controls, which are in no name.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A charset that names are decoded from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Latin1,
}

impl Charset {
    /// Returns the charset of a name, `None` for one that is not decoded.
    fn by_name(name: &[u8]) -> Option<Charset> {
        match name.to_ascii_lowercase().as_slice() {
            b"utf-8" | b"utf8" | b"us-ascii" | b"ascii" => Some(Charset::Utf8),
            b"iso-8859-1" | b"iso8859-1" | b"iso_8859-1" | b"latin1" | b"windows-1252"
            | b"cp1252" => Some(Charset::Latin1),
            _ => None,
        }
    }

    /// Returns the text; `None` if the bytes are none of the charset.
    fn text(self, bytes: Vec<u8>) -> Option<String> {
        match self {
            Charset::Utf8 => String::from_utf8(bytes).ok(),
            Charset::Latin1 => Some(bytes.into_iter().map(latin).collect()),
        }
    }
}

fn latin(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// Reads a value of RFC 8187: `UTF-8''%E2%82%AC.pdf`.
pub(super) fn extended(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let charset = Charset::by_name(parts.next()?.trim_ascii())?;
    let language = parts.next()?;
    let is_language = language
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let text = parts.next().filter(|_| is_language)?;
    charset.text(percent_decode(text).collect())
}

/// Decodes a name that does not say how it is encoded. One layer only: what is encoded twice may be meant so.
pub(super) fn decoded(name: &str) -> Cow<'_, str> {
    let value = extended(name.as_bytes())
        .or_else(|| words(name))
        .or_else(|| percent(name));
    value.map_or(Cow::Borrowed(name), Cow::Owned)
}

/// Decodes percent-encoding, where each `%` begins some, and nothing is in the name that an encoded one has not.
fn percent(name: &str) -> Option<String> {
    let is_encoded = name.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !is_encoded || !name.contains('%') || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    String::from_utf8(percent_decode(name.as_bytes()).collect()).ok()
}

/// A part of a name with encoded words.
enum Piece<'a> {
    /// Text between words.
    Text(&'a str),
    /// A word that is left as it is.
    Kept(&'a str),
    /// The bytes of a word.
    Word(Charset, Vec<u8>, &'a str),
}

/// Decodes the words of RFC 2047 in a name; `None` if it has none. White space between two words goes, and a character may
/// be divided between them.
fn words(name: &str) -> Option<String> {
    let mut pieces = Vec::new();
    let mut rest = name;
    while let Some(start) = rest.find("=?") {
        match Word::read(&rest[start..]) {
            Some(word) => {
                if start > 0 {
                    pieces.push(Piece::Text(&rest[..start]));
                }
                let raw = &rest[start..start + word.length];
                pieces.push(match (word.charset, word.bytes) {
                    (Some(charset), Some(bytes)) => Piece::Word(charset, bytes, raw),
                    (None, _) | (_, None) => Piece::Kept(raw),
                });
                rest = &rest[start + word.length..];
            }
            None => {
                let (before, after) = rest.split_at(start + 2);
                pieces.push(Piece::Text(before));
                rest = after;
            }
        }
    }
    if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        return None;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Some(joined(pieces))
}

fn joined(pieces: Vec<Piece<'_>>) -> String {
    let mut out = String::new();
    // The words in a row of one charset: their bytes, and what they and the white space between them are as they are.
    let mut open: Option<(Charset, Vec<u8>, String)> = None;
    let mut space = "";
    let close = |out: &mut String, open: &mut Option<(Charset, Vec<u8>, String)>| {
        if let Some((charset, bytes, raw)) = open.take() {
            out.push_str(&charset.text(bytes).unwrap_or_else(|| kept(&raw)));
        }
    };
    for piece in pieces {
        match piece {
            Piece::Text(text) if open.is_some() && text.trim().is_empty() => space = text,
            Piece::Text(text) => {
                close(&mut out, &mut open);
                out.push_str(text);
            }
            Piece::Kept(raw) => {
                close(&mut out, &mut open);
                out.push_str(std::mem::take(&mut space));
                out.push_str(&kept(raw));
            }
            Piece::Word(charset, bytes, raw) => match &mut open {
                Some((own, all, raws)) if *own == charset => {
                    all.extend(bytes);
                    raws.push_str(std::mem::take(&mut space));
                    raws.push_str(raw);
                }
                Some(_) | None => {
                    close(&mut out, &mut open);
                    space = "";
                    open = Some((charset, bytes, raw.to_owned()));
                }
            },
        }
    }
    close(&mut out, &mut open);
    out.push_str(space);
    out
}

/// Returns a word as it is. A slash of base64 is none of a path.
fn kept(raw: &str) -> String {
    raw.replace('/', "_")
}

/// An encoded word.
struct Word {
    /// `None` for a charset that is not decoded.
    charset: Option<Charset>,
    /// `None` for text that cannot be decoded.
    bytes: Option<Vec<u8>>,
    length: usize,
}

impl Word {
    /// Reads the word that a text begins with: `=?UTF-8?Q?a=C3=A4?=`.
    fn read(text: &str) -> Option<Word> {
        let mut parts = text.strip_prefix("=?")?.splitn(3, '?');
        let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let content = &rest[..rest.find("?=")?];
        let is_token =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let bytes = match encoding {
            "B" | "b" => LENIENT.decode(content.trim()).ok(),
            "Q" | "q" => Some(quoted(content.as_bytes())),
            _ => return None,
        };
        if !is_token(charset) {
            return None;
        }
        // A language may follow (RFC 2231).
        let name = charset.split('*').next().unwrap_or_default();
        Some(Word {
            charset: Charset::by_name(name.as_bytes()),
            bytes,
            length: 2 + charset.len() + 1 + encoding.len() + 1 + content.len() + 2,
        })
    }
}

/// Decodes the text of a `Q` word.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let digits = text.get(at + 1..at + 3).filter(|_| *byte == b'=');
        let decoded = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        at += if decoded.is_some() { 3 } else { 1 };
        out.push(decoded.unwrap_or(if *byte == b'_' { b' ' } else { *byte }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{decoded, extended};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    #[test]
    fn words_of_mail_are_decoded() {
        let check = |name: &str, expected: &str| assert_eq!(decoded(name), expected, "{name}");
        check("=?UTF-8?B?w5xiZXIucGRm?=", "Über.pdf");
        check("=?utf-8?q?=C3=9Cber_uns.pdf?=", "Über uns.pdf");
        check("=?ISO-8859-1?Q?=DCber.pdf?=", "Über.pdf");
        check("=?windows-1252?Q?5_=80.pdf?=", "5 €.pdf");
        check("=?us-ascii*en?Q?plain.pdf?=", "plain.pdf");
        // The white space between words goes, and so do line breaks; a character may be in two of them.
        check("=?UTF-8?B?w5xi?= =?UTF-8?B?ZXIucGRm?=", "Über.pdf");
        check("=?UTF-8?B?5pel5g==?=\r\n\t=?UTF-8?B?nKw=?=.pdf", "日本.pdf");
        check("=?UTF-8?Q?a?= =?ISO-8859-1?Q?=E4?=", "aä");
        check("my =?UTF-8?Q?=C3=9C?= two.pdf", "my Ü two.pdf");
        check("=?UTF-8?B?w5xiZXI?= .pdf", "Über .pdf");
        check("=?UTF-8?Q?a?=  ", "a  ");
        // What is not decoded stays, and no slash of it leads elsewhere.
        check("=?GB2312?B?yNW/vA==?=.pdf", "=?GB2312?B?yNW_vA==?=.pdf");
        check("=?x?B?YQ==?= =?UTF-8?Q?b?=", "=?x?B?YQ==?= b");
        check("=?UTF-8?B?/w==?=", "=?UTF-8?B?_w==?=");
        check("=?UTF-8?Q?a?= =?x?Q?b?=", "a =?x?Q?b?=");
        check("=?UTF-8?B?***?=.pdf", "=?UTF-8?B?***?=.pdf");
        for plain in [
            "a=?b",
            "=?",
            "=?=",
            "=?UTF-8?X?a?=",
            "=?UTF-8?B?abc",
            "=? ?Q?a?=",
            "a?=b",
        ] {
            check(plain, plain);
        }
    }

    #[test]
    fn percent_signs_are_decoded_where_nothing_else_makes_sense() {
        let check = |name: &str, expected: &str| assert_eq!(decoded(name), expected, "{name}");
        check("Bericht%20M%C3%A4rz.pdf", "Bericht März.pdf");
        check("%E6%97%A5%E6%9C%AC.pdf", "日本.pdf");
        check("..%2f..%2Fevil", "../../evil");
        // Once only.
        check("a%2520b.pdf", "a%20b.pdf");
        for plain in [
            "100%.pdf",
            "50%25 off.pdf",
            "a%2.pdf",
            "a%zz%20.pdf",
            "%FF%FE.pdf",
            "ä%20b.pdf",
            "%",
            "a%20\u{7}",
        ] {
            check(plain, plain);
        }
    }

    #[test]
    fn extended_values_are_read_where_they_do_not_belong() {
        let check = |name: &str, expected: &str| assert_eq!(decoded(name), expected, "{name}");
        check("UTF-8''%E2%82%AC.pdf", "€.pdf");
        check("utf8''%E2%82%AC%20rates.pdf", "€ rates.pdf");
        check("UTF8'en-GB'a b.pdf", "a b.pdf");
        check("iso-8859-1''%A3.txt", "£.txt");
        for plain in [
            "It's Ada's.pdf",
            "utf8' x'a.pdf",
            "UTF-8''%FF.pdf",
            "koi8-r''%C1.pdf",
        ] {
            check(plain, plain);
        }
        assert_eq!(extended(b"utf8''a").as_deref(), Some("a"));
        assert_eq!(extended(b"a.pdf"), None);
    }

    /// Writes bytes as words of some bytes each.
    fn as_words(bytes: &[u8], size: usize, base64: bool) -> String {
        let words: Vec<String> = bytes
            .chunks(size)
            .map(|piece| {
                let quoted = || piece.iter().map(|byte| format!("={byte:02X}")).collect();
                let (kind, text) = if base64 {
                    ("B", STANDARD.encode(piece))
                } else {
                    ("q", quoted())
                };
                format!("=?UTF-8?{kind}?{text}?=")
            })
            .collect();
        words.join(" ")
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(name in "\\PC{1,40}", size in 1..20usize, base64 in any::<bool>()) {
            let words = as_words(name.as_bytes(), size, base64);
            prop_assert_eq!(decoded(&words), name.as_str());
            // What looks like a name of another kind is none of these.
            let percent = utf8_percent_encode(&name, NON_ALPHANUMERIC).to_string();
            prop_assert_eq!(decoded(&percent), name.as_str());
            let value = format!("utf8''{percent}");
            prop_assert_eq!(decoded(&value), name.as_str());
        }

        #[test]
        fn names_of_every_day_stay(name in "[A-Za-zäöü0-9 ()_.,&+'-]{1,40}\\.pdf") {
            prop_assert_eq!(decoded(&name), name.as_str());
        }

        #[test]
        fn any_name_is_decoded_without_a_panic(name in prop_oneof![any::<String>(), "[=?UTF8QqBb%a-f0-9_ */'é-]{0,40}"]) {
            decoded(&name);
        }
    }
}
