//! Names of files: chosen from what the user, the service and the record say, read from
//! `Content-Disposition`, made harmless on every platform.

use percent_encoding::percent_decode;
use unicode_segmentation::UnicodeSegmentation;

use crate::api::{Client, Stream};
use crate::domain::call::JsonText;
use crate::domain::download::Wanted;
use crate::text::{is_harmless, is_safe, masked};

/// The longest name in bytes; room is left for ` (2)` and `.part`.
const LONGEST: usize = 200;

/// Names that Windows reserves for devices, whatever their extension.
const DEVICES: [&str; 33] = [
    "con", "prn", "aux", "nul", "conin$", "conout$", "clock$", "com0", "lpt0", "com¹", "com²",
    "com³", "lpt¹", "lpt²", "lpt³", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Chooses the name: the user's, else the service's, else the record's, else one made from the request.
pub(super) fn name_of(client: &Client, stream: Option<&Stream>, wanted: &Wanted) -> String {
    // After decoding and before cutting: half of a token would not be found.
    let harmless = |name: &str| harmless(&client.scrubber().scrub(name));
    let said = stream
        .and_then(|stream| stream.disposition.as_deref())
        .and_then(from_disposition);
    let names = [
        wanted.name.as_deref(),
        said.as_deref(),
        wanted.known.name.as_deref(),
    ];
    names
        .into_iter()
        .flatten()
        .find_map(&harmless)
        .unwrap_or_else(|| {
            let call = &wanted.call;
            let named = |(name, value): (&str, &JsonText)| {
                let plain = value.plain();
                let bare = plain
                    .trim_start_matches('[')
                    .trim_end_matches(']')
                    .trim_matches('"')
                    .to_owned();
                (name.to_lowercase().contains("id") && !bare.contains(['{', '[', ',']))
                    .then_some(bare)
            };
            let id = call
                .params
                .iter()
                .filter_map(named)
                .last()
                .or_else(|| wanted.known.record.clone())
                .unwrap_or_default();
            let content_type = stream
                .and_then(|stream| stream.content_type.as_deref())
                .or(wanted.known.content_type.as_deref());
            let separator = if id.is_empty() { "" } else { "-" };
            harmless(&format!(
                "{}{separator}{id}{}",
                call.entity,
                extension_for(content_type)
            ))
            .unwrap_or_else(|| "download".to_owned())
        })
}

/// Reads the file name of a `Content-Disposition` header: `filename*` first (RFC 8187), then a
/// quoted or bare `filename` (RFC 6266).
pub(super) fn from_disposition(header: &[u8]) -> Option<String> {
    let parameters = parameters(header);
    let find = |name: &str| {
        parameters
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    };
    let extended = find("filename*").and_then(|value| {
        let mut parts = value.splitn(3, |byte| *byte == b'\'');
        let charset = parts.next()?.to_ascii_lowercase();
        let text: Vec<u8> = percent_decode(parts.nth(1)?).collect();
        match charset.as_slice() {
            b"utf-8" => String::from_utf8(text).ok(),
            b"iso-8859-1" => Some(text.into_iter().map(char::from).collect()),
            _ => None,
        }
    });
    extended.or_else(|| {
        find("filename").map(|value| {
            String::from_utf8(value.to_vec())
                .unwrap_or_else(|_| value.iter().copied().map(char::from).collect())
        })
    })
}

/// Returns whether a `Content-Disposition` header says that the body is a file.
pub(super) fn is_attachment(header: &[u8]) -> bool {
    header
        .split(|byte| *byte == b';')
        .next()
        .is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(b"attachment"))
}

/// Splits a header into its parameters, minding quotes and their escapes.
fn parameters(header: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut parameters = Vec::new();
    let mut at = header
        .iter()
        .position(|byte| *byte == b';')
        .unwrap_or(header.len());
    while at < header.len() {
        at += 1;
        let rest = &header[at..];
        let Some(equals) = rest.iter().position(|byte| *byte == b'=' || *byte == b';') else {
            break;
        };
        if rest[equals] == b';' {
            at += equals;
            continue;
        }
        let name = String::from_utf8_lossy(rest[..equals].trim_ascii()).into_owned();
        let mut value = Vec::new();
        let mut cursor = at + equals + 1;
        while header.get(cursor) == Some(&b' ') {
            cursor += 1;
        }
        if header.get(cursor) == Some(&b'"') {
            cursor += 1;
            while let Some(byte) = header.get(cursor) {
                match byte {
                    b'"' => break,
                    b'\\' if header.get(cursor + 1).is_some() => {
                        value.push(header[cursor + 1]);
                        cursor += 1;
                    }
                    _ => value.push(*byte),
                }
                cursor += 1;
            }
            while header.get(cursor).is_some_and(|byte| *byte != b';') {
                cursor += 1;
            }
        } else {
            while let Some(byte) = header.get(cursor).filter(|byte| **byte != b';') {
                value.push(*byte);
                cursor += 1;
            }
            value = value.trim_ascii().to_vec();
        }
        parameters.push((name, value));
        at = cursor;
    }
    parameters
}

/// Makes a name harmless everywhere; `None` if nothing is left of it.
///
/// Only the last part of a path stays. Controls, bidi marks and characters that some file system
/// refuses become `_`; leading dots, dashes and spaces and trailing dots and spaces go; device
/// names get a `_`; at most 200 bytes stay, cut on a character boundary, the extension kept.
pub fn harmless(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mapped = portable(last);
    let trimmed = mapped
        .trim_start_matches(['.', '-', ' '])
        .trim_end_matches(['.', ' ']);
    if trimmed.is_empty() || trimmed.chars().all(|character| character == '_') {
        return None;
    }
    let whole = unreserved(trimmed.to_owned());
    // What is cut may be reserved in its turn; what fits stays as it is, however often it comes here.
    let name = if whole.len() > LONGEST {
        // What joined letters may have lost one of them.
        unreserved(portable(&shorten(trimmed, LONGEST - 2)))
    } else {
        whole
    };
    Some(name).filter(|name| !name.is_empty())
}

/// Replaces the characters that some file system refuses, or that are not seen as they are.
fn portable(name: &str) -> String {
    masked(name, |character| match character {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        _ if !is_harmless(character) => '_',
        _ => character,
    })
}

/// Changes a name that only this program writes, or that is a device's.
fn unreserved(mut name: String) -> String {
    // What only this program writes, no attachment may be taken for.
    if is_ours(&name) {
        name.push('_');
    }
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_lowercase();
    if DEVICES.contains(&stem.as_str()) {
        name.insert(0, '_');
    }
    name
}

/// Returns whether a name is one that a file of ours may have: it stays in its folder and is seen there.
pub(super) fn stays(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']) && is_safe(name)
}

/// Returns whether a name is one that parts and manifests have.
fn is_ours(name: &str) -> bool {
    let folded = fold(name);
    [
        ".part",
        ".part.json",
        ".part.blocks",
        ".sidecar",
        ".airscope-resume",
    ]
    .iter()
    .any(|ending| folded.ends_with(ending))
        || folded.starts_with(".airscope")
        || folded.contains("manifest") && folded.ends_with(".jsonl")
}

/// Writes a name as file systems compare it that fold case.
pub(super) fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// Cuts a name to so many bytes, between characters, its extension kept. A cut one ends neither in a dot nor in a space.
fn shorten(name: &str, most: usize) -> String {
    if name.len() <= most {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let extension = if extension.len() <= 20 { extension } else { "" };
    let room = most.saturating_sub(extension.len());
    let mut out = String::new();
    for cluster in stem.graphemes(true) {
        if out.len() + cluster.len() > room {
            break;
        }
        out.push_str(cluster);
    }
    if out.is_empty() {
        // What is seen as one character may be longer than any name.
        out.extend(stem.chars().scan(0, |length, character| {
            *length += character.len_utf8();
            (*length <= room).then_some(character)
        }));
    }
    format!("{}{extension}", out.trim_end_matches(['.', ' ']))
}

/// Splits a name into its stem and its extension with the dot.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name, ""),
    }
}

/// Returns the name with a number before its extension: `report (2).pdf`.
pub(super) fn numbered(name: &str, number: u32) -> String {
    if number < 2 {
        return name.to_owned();
    }
    let number = format!(" ({number})");
    let shorter = shorten(name, LONGEST - 2 - number.len());
    let (stem, extension) = split(&shorter);
    // What is left of a long name may end in another extension.
    unreserved(format!("{stem}{number}{extension}"))
}

/// Returns an extension with its dot for a content type; empty if none is known.
pub(super) fn extension_for(content_type: Option<&str>) -> &'static str {
    let bare = content_type
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match bare.as_str() {
        "application/pdf" => ".pdf",
        "application/json" => ".json",
        "application/zip" => ".zip",
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        "image/svg+xml" => ".svg",
        "text/plain" => ".txt",
        "text/csv" => ".csv",
        "text/html" => ".html",
        "audio/mpeg" => ".mp3",
        "audio/wav" | "audio/x-wav" => ".wav",
        "video/mp4" => ".mp4",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => ".docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => ".xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => ".pptx",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{from_disposition, harmless, is_attachment, numbered};
    use proptest::prelude::*;

    #[test]
    fn reads_every_form_of_the_header() {
        let check = |header: &str, expected: Option<&str>| {
            assert_eq!(
                from_disposition(header.as_bytes()).as_deref(),
                expected,
                "{header}"
            )
        };
        check("attachment; filename=\"report.pdf\"", Some("report.pdf"));
        check("attachment; filename=report.pdf", Some("report.pdf"));
        check(
            "attachment; filename=\"a \\\"b\\\"; c.pdf\"",
            Some("a \"b\"; c.pdf"),
        );
        check(
            "attachment; filename=\"x.pdf\"; filename*=UTF-8''%E6%97%A5%20%C3%BC.pdf",
            Some("日 ü.pdf"),
        );
        check("attachment; filename*=iso-8859-1'en'%A3.txt", Some("£.txt"));
        check("attachment;FILENAME = odd.txt ; size=3", Some("odd.txt"));
        check("attachment", None);
        assert!(is_attachment(b"Attachment; filename=x") && !is_attachment(b"inline; filename=x"));
    }

    #[test]
    fn names_are_harmless_everywhere() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(harmless(name).as_deref(), expected, "{name}")
        };
        check("../../etc/passwd", Some("passwd"));
        check("C:\\Windows\\evil.exe", Some("evil.exe"));
        check("-rf", Some("rf"));
        check(".bashrc", Some("bashrc"));
        check("nul", Some("_nul"));
        check("COM1.txt", Some("_COM1.txt"));
        check("a\u{202e}fdp.exe", Some("a_fdp.exe"));
        check("line\nbreak\u{1b}[2J.txt", Some("line_break_[2J.txt"));
        check("trailing. . ", Some("trailing"));
        check("..", None);
        check("", None);
        check("report.pdf.part", Some("report.pdf.part_"));
        check("x.PART.json", Some("x.PART.json_"));
        check("manifest.jsonl", Some("manifest.jsonl_"));
        check(
            "o.ndjson.airscope-resume",
            Some("o.ndjson.airscope-resume_"),
        );
        check("o.AIRSCOPE-RESUME", Some("o.AIRSCOPE-RESUME_"));
        check("f.part.blocks", Some("f.part.blocks_"));
        check(".airscope-x", Some("airscope-x"));
        for device in [
            "COM¹",
            "com³.txt",
            "CONIN$",
            "conout$.log",
            "CLOCK$",
            "lpt0",
            "COM1 .txt",
        ] {
            assert!(harmless(device).unwrap().starts_with('_'), "{device}");
        }
        check("日本 😀.pdf", Some("日本 😀.pdf"));
        let long = format!("{}.pdf", "ü".repeat(300));
        let short = harmless(&long).unwrap();
        assert!(short.len() <= 200 && short.ends_with("ü.pdf"));
        let heap = format!("a{}.pdf", "\u{301}".repeat(300));
        assert!(
            harmless(&heap).unwrap().starts_with('a') && harmless(&heap).unwrap().ends_with(".pdf")
        );
        assert_eq!(numbered("report.pdf", 2), "report (2).pdf");
        assert_eq!(numbered("README", 3), "README (3)");
    }

    #[test]
    fn what_joins_letters_stays_in_a_name() {
        let name = "می\u{200c}خواهم.pdf";
        assert_eq!(harmless(name).as_deref(), Some(name));
        assert_eq!(
            harmless("pay\u{200d}pal\u{202e}.pdf").as_deref(),
            Some("pay_pal_.pdf")
        );
        let long = format!("{}.pdf", "م\u{200c}".repeat(100));
        let short = harmless(&long).unwrap();
        assert!(super::stays(&short) && short.len() <= 200, "{short:?}");
    }

    proptest! {
        #[test]
        fn a_harmless_name_stays_in_its_folder(
            name in prop_oneof![any::<String>(), "[a-z]{150,190}\\.(part|sidecar|airscope-resume|part\\.json)\\.[a-z]{0,30}"],
        ) {
            if let Some(name) = harmless(&name) {
                prop_assert!(super::stays(&name) && name.len() <= 200 && super::numbered(&name, 9999).len() <= 200, "{}", name);
                prop_assert!(!super::is_ours(&name) && !super::is_ours(&super::numbered(&name, 2)), "{}", super::numbered(&name, 2));
                prop_assert!(crate::text::is_safe(&name));
                prop_assert_eq!(harmless(&name), Some(name.clone()));
            }
        }

        #[test]
        fn any_header_is_read_without_a_panic(header in prop::collection::vec(any::<u8>(), 0..60)) {
            from_disposition(&header);
        }
    }
}
