//! JSON's grammar for numbers and literals.

use super::document::FaultKind;

/// What became of looking for the end of a scalar.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    /// It ends there.
    Ends(usize),
    /// More must come before one can tell.
    Open,
    /// It is none.
    Bad(FaultKind),
}

/// Returns the length of a literal at the beginning of a text.
pub(super) fn scalar(rest: &[u8], last: bool) -> Scalar {
    for word in [&b"true"[..], b"false", b"null"] {
        if rest.starts_with(word) {
            return Scalar::Ends(word.len());
        }
        if !last && word.starts_with(rest) {
            return Scalar::Open;
        }
    }
    Scalar::Bad(FaultKind::NoValue)
}

/// Returns the end of a number that begins at `start` and whose bytes up to `from` were looked at before.
pub(super) fn number(body: &[u8], start: usize, from: usize, last: bool) -> Scalar {
    let rest = &body[from..];
    match rest
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
    {
        None if !last => Scalar::Open,
        length => {
            let end = from + length.unwrap_or(rest.len());
            if is_number(&body[start..end]) {
                Scalar::Ends(end)
            } else {
                Scalar::Bad(FaultKind::NoNumber)
            }
        }
    }
}

/// Checks JSON's grammar for numbers.
fn is_number(text: &[u8]) -> bool {
    fn digits(text: &[u8]) -> usize {
        text.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let places = digits(fraction);
        if places == 0 {
            return false;
        }
        rest = &fraction[places..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', digits @ ..] => digits,
            _ => exponent,
        };
        let places = digits(exponent);
        if places == 0 {
            return false;
        }
        rest = &exponent[places..];
    }
    rest.is_empty()
}
