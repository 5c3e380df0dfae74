//! Decoding one layer: the wrapping of a text, and its content.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use crate::domain::timestamp::utc;

/// At most this many values inside of a JSON text are inspected.
const MOST_LEAVES: usize = 24;

/// The content of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DecodedLayer {
    /// Text that may hold more layers.
    Text(String, String),
    /// Text that is at the end of it.
    Fact(String, String),
    /// Bytes that are no text.
    Bytes(String, Vec<u8>),
}

/// Finds one wrapping; `None` where a text is not wrapped so.
type Decoder = fn(&str) -> Option<Vec<DecodedLayer>>;

/// Takes the outermost wrapping off; nothing if there is none.
pub(super) fn decode_layer(text: &str) -> Vec<DecodedLayer> {
    let text = text.trim();
    let decoders: [Decoder; 8] = [jwt, gid, url, json, epoch, percent, hex, base64];
    decoders
        .iter()
        .find_map(|way| way(text))
        .unwrap_or_default()
}

fn named(name: impl Into<String>, bytes: Vec<u8>) -> DecodedLayer {
    match String::from_utf8(bytes) {
        Ok(text) if is_text(&text) => DecodedLayer::Text(name.into(), text),
        Ok(text) => DecodedLayer::Bytes(name.into(), text.into_bytes()),
        Err(error) => DecodedLayer::Bytes(name.into(), error.into_bytes()),
    }
}

fn is_text(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|character| !character.is_control() || matches!(character, '\n' | '\t' | '\r'))
}

/// Decodes base64 of an alphabet, padded or not.
fn bytes_of(alphabet: &Alphabet, text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}

/// Three parts of base64url, the first of which is a header.
fn jwt(text: &str) -> Option<Vec<DecodedLayer>> {
    let parts: Vec<&str> = text.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return None;
    };
    let header = bytes_of(&URL_SAFE, header)?;
    let value: Value = serde_json::from_slice(&header).ok()?;
    value.get("alg")?;
    Some(vec![
        named("JWT header", header),
        named("JWT claims", bytes_of(&URL_SAFE, claims)?),
        DecodedLayer::Bytes(
            "JWT signature, not verified".to_owned(),
            bytes_of(&URL_SAFE, signature)?,
        ),
    ])
}

/// `gid://shopify/Order/123`
fn gid(text: &str) -> Option<Vec<DecodedLayer>> {
    let rest = text.strip_prefix("gid://")?;
    let names = ["gid application", "gid type", "gid id"];
    let parts: Vec<DecodedLayer> = rest
        .splitn(3, '/')
        .zip(names)
        .map(|(part, name)| DecodedLayer::Text(name.to_owned(), part.to_owned()))
        .collect();
    (parts.len() == 3).then_some(parts)
}

/// A URL, or a path with a query.
fn url(text: &str) -> Option<Vec<DecodedLayer>> {
    let relative = text.starts_with('/') && text.contains('?');
    if !relative && !text.starts_with("http://") && !text.starts_with("https://") {
        return None;
    }
    let base = url::Url::parse("http://relative.invalid").ok()?;
    let url = base.join(text).ok()?;
    let place = if relative {
        url.path().to_owned()
    } else {
        format!("{}{}", url.origin().ascii_serialization(), url.path())
    };
    let mut parts = vec![DecodedLayer::Fact("URL".to_owned(), place)];
    parts
        .extend(url.query_pairs().map(|(name, value)| {
            DecodedLayer::Text(format!("query `{name}`"), value.into_owned())
        }));
    parts.extend(
        url.fragment()
            .map(|fragment| DecodedLayer::Text("fragment".to_owned(), fragment.to_owned())),
    );
    Some(parts)
}

/// JSON; its values are decoded where they have content.
fn json(text: &str) -> Option<Vec<DecodedLayer>> {
    if !text.starts_with(['{', '[', '"']) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    if let Value::String(inner) = &value {
        return Some(vec![DecodedLayer::Text(
            "JSON string".to_owned(),
            inner.clone(),
        )]);
    }
    let mut parts = vec![DecodedLayer::Fact("JSON".to_owned(), format!("{value:#}"))];
    let mut leaves = Vec::new();
    collect(&value, String::new(), &mut leaves);
    for (path, leaf) in leaves {
        if !decode_layer(&leaf).is_empty() {
            parts.push(DecodedLayer::Text(format!("JSON `{path}`"), leaf));
        }
    }
    Some(parts)
}

/// Collects the scalars of a JSON value with their paths.
fn collect(value: &Value, path: String, leaves: &mut Vec<(String, String)>) {
    if leaves.len() >= MOST_LEAVES {
        return;
    }
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(key, inner)| collect(inner, format!("{path}.{key}"), leaves)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, inner)| collect(inner, format!("{path}[{at}]"), leaves)),
        Value::String(text) => leaves.push((path, text.clone())),
        Value::Number(number) => leaves.push((path, number.to_string())),
        Value::Bool(_) | Value::Null => {}
    }
}

/// A time between 2001 and 2100, in seconds, milliseconds or microseconds.
fn epoch(text: &str) -> Option<Vec<DecodedLayer>> {
    let whole = text.split_once('.').map_or(
        text,
        |(whole, fraction)| if is_digits(fraction) { whole } else { text },
    );
    if !is_digits(whole) {
        return None;
    }
    let number: u64 = whole.parse().ok()?;
    let (name, seconds) = match whole.len() {
        10 => ("epoch seconds", number),
        13 => ("epoch milliseconds", number / 1_000),
        16 => ("epoch microseconds", number / 1_000_000),
        _ => return None,
    };
    (1_000_000_000..4_102_444_800).contains(&seconds).then(|| {
        let time = utc(UNIX_EPOCH + Duration::from_secs(seconds));
        vec![DecodedLayer::Fact(name.to_owned(), format!("{time} UTC"))]
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn percent(text: &str) -> Option<Vec<DecodedLayer>> {
    let escaped = text
        .as_bytes()
        .windows(3)
        .any(|three| three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit));
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(text).collect();
    (escaped && decoded != text.as_bytes()).then(|| vec![named("percent-encoded", decoded)])
}

fn hex(text: &str) -> Option<Vec<DecodedLayer>> {
    let mixed = text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let fits = text.len() >= 8
        && text.len().is_multiple_of(2)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !fits || !mixed {
        return None;
    }
    let bytes = text
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16));
    Some(vec![named("hex", bytes.collect::<Result<_, _>>().ok()?)])
}

/// base64 of either alphabet. A text that could be a word is taken for one unless it decodes to
/// text.
fn base64(text: &str) -> Option<Vec<DecodedLayer>> {
    let bare = text.trim_end_matches('=');
    let padding = text.len() - bare.len();
    if bare.len() < 6 || padding > 2 || bare.len() % 4 == 1 || is_digits(bare) {
        return None;
    }
    let standard = bare
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    let url_safe = bare
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let (name, bytes) = match (standard, url_safe) {
        (true, _) => ("base64", bytes_of(&STANDARD, text)?),
        (false, true) => ("base64url", bytes_of(&URL_SAFE, text)?),
        (false, false) => return None,
    };
    let name = if padding == 0 && !bare.len().is_multiple_of(4) {
        format!("{name} without padding")
    } else {
        name.to_owned()
    };
    let readable =
        std::str::from_utf8(&bytes).is_ok_and(|inner| is_text(inner) && inner.is_ascii());
    let wild = padding > 0
        || bare.bytes().any(|byte| byte.is_ascii_digit())
            && bare.bytes().any(|byte| byte.is_ascii_uppercase());
    (readable || wild && bare.len() >= 8).then(|| vec![named(name, bytes)])
}
