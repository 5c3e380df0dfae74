//! Names of files: chosen from what the user, the service and the record say, read from
//! `Content-Disposition`, made harmless on every platform.

use unicode_segmentation::UnicodeSegmentation;

use super::encoded_name::{decoded, extended};
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
    // Nobody types encoded names: the user's is meant as it is.
    let recorded = wanted.known.name.as_deref().map(decoded);
    let names = [wanted.name.as_deref(), said.as_deref(), recorded.as_deref()];
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

/// Reads the file name of a `Content-Disposition` header: `filename*` first (RFC 8187), then a quoted or bare `filename`
/// (RFC 6266), in whatever else services encode it.
pub(super) fn from_disposition(header: &[u8]) -> Option<String> {
    let parameters = parameters(header);
    let find = |name: &str| {
        parameters
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    };
    let plain = |value: &[u8]| {
        let text = String::from_utf8(value.to_vec())
            .unwrap_or_else(|_| value.iter().copied().map(char::from).collect());
        decoded(&text).into_owned()
    };
    let (starred, own) = (find("filename*"), find("filename"));
    starred
        .and_then(extended)
        .or_else(|| own.map(plain))
        // A name that is only called an extended one.
        .or_else(|| starred.filter(|value| !value.contains(&b'\'')).map(plain))
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
            let is_path = is_windows_path(&header[cursor..]);
            while let Some(byte) = header.get(cursor) {
                match byte {
                    b'"' => break,
                    b'\\' if is_path && header.get(cursor + 1) != Some(&b'"') => value.push(b'\\'),
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

/// Returns whether a quoted value begins as a path of Windows whose backslashes are not escaped: `C:\Users` or `\\server`.
fn is_windows_path(value: &[u8]) -> bool {
    match value {
        [drive, b':', b'\\', next, ..] => drive.is_ascii_alphabetic() && *next != b'\\',
        [b'\\', b'\\', next, ..] => next.is_ascii_alphanumeric(),
        _ => false,
    }
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

/// Splits a name into its stem and its extension with the dot; `.tar.gz` and its like are one extension.
fn split(name: &str) -> (&str, &str) {
    let split = |end: usize| name[..end].rfind('.').filter(|dot| *dot > 0);
    let Some(dot) = split(name.len()) else {
        return (name, "");
    };
    let is_tar = |dot: usize| name[dot..].to_ascii_lowercase().starts_with(".tar.");
    let packs = [".gz", ".xz", ".bz2", ".zst"].contains(&name[dot..].to_ascii_lowercase().as_str());
    let before = split(dot).filter(|before| packs && is_tar(*before));
    name.split_at(before.unwrap_or(dot))
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
        check("attachment; filename*=UTF8''%e6%97%a5.pdf", Some("日.pdf"));
        check(
            "attachment; filename*=\"utf-8''a%20b.pdf\"",
            Some("a b.pdf"),
        );
        check(
            "attachment; filename=\"UTF8''%E6%97%A5.pdf\"",
            Some("日.pdf"),
        );
        check("attachment; filename*=report.pdf", Some("report.pdf"));
        check("attachment; filename*=koi8-r''%C1.pdf", None);
        check(
            "attachment; filename*=koi8-r''%C1.pdf; filename=a.pdf",
            Some("a.pdf"),
        );
        check(
            "attachment; filename=\"=?UTF-8?B?w5xi?=\t=?UTF-8?Q?er;_x.pdf?=\"; size=3",
            Some("Über; x.pdf"),
        );
        check(
            "attachment; filename=M%C3%A4rz%20%22x%22.pdf",
            Some("März \"x\".pdf"),
        );
        check(
            r#"attachment; filename="C:\Users\ada\My report.pdf""#,
            Some(r"C:\Users\ada\My report.pdf"),
        );
        check(
            r#"attachment; filename="C:\\Users\\report.pdf""#,
            Some(r"C:\Users\report.pdf"),
        );
        check(
            r#"attachment; filename="\\server\share\a \"b\".pdf"; size=1"#,
            Some(r#"\\server\share\a "b".pdf"#),
        );
        check(r#"attachment; filename="a\b.pdf""#, Some("ab.pdf"));
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
        for ending in [".tar.gz", ".TAR.xz", ".tar.bz2", ".tar.zst"] {
            let long = format!("{}{ending}", "backup of ".repeat(40));
            let short = harmless(&long).unwrap();
            assert!(short.len() <= 200 && short.ends_with(ending), "{short}");
            assert_eq!(numbered(&format!("a{ending}"), 2), format!("a (2){ending}"));
        }
        assert_eq!(numbered("tar.gz", 2), "tar (2).gz");
        assert_eq!(numbered("a.tar.pdf", 2), "a.tar (2).pdf");
        assert_eq!(numbered("atar.gz", 2), "atar (2).gz");
    }

    #[test]
    fn what_was_decoded_is_made_harmless() {
        let check = |name: &str, expected: Option<&str>| {
            let header = format!("attachment; filename=\"{name}\"");
            let name = from_disposition(header.as_bytes());
            assert_eq!(
                name.and_then(|name| harmless(&name)).as_deref(),
                expected,
                "{header}"
            );
        };
        check("..%2f..%2fetc%2fpasswd", Some("passwd"));
        check("..%5c..%5cevil.exe", Some("evil.exe"));
        check("%2e%2e", None);
        check("%2ebashrc", Some("bashrc"));
        check("a%00b%1b%5b2J.txt", Some("a_b_[2J.txt"));
        check("a%E2%80%AEfdp.exe", Some("a_fdp.exe"));
        check("report.pdf%2epart", Some("report.pdf.part_"));
        check("%6eul.txt", Some("_nul.txt"));
        check("=?UTF-8?Q?=2E=2E=2Fevil=2Esh?=", Some("evil.sh"));
        check("=?UTF-8?Q?a=E2=80=AEfdp.exe?=", Some("a_fdp.exe"));
        check("=?UTF-8?B?bWFuaWZlc3QuanNvbmw=?=", Some("manifest.jsonl_"));
        check("=?UTF-8?B?TlVM?=", Some("_NUL"));
        check("=?ISO-8859-1?Q?a=85=0Ab?=", Some("a…_b"));
        check(
            "=?GB2312?B?yNW/vA==?=.pdf",
            Some("=_GB2312_B_yNW_vA==_=.pdf"),
        );
        check("UTF8''..%2Fx%3Fy.pdf", Some("x_y.pdf"));
        check(r"C:\Users\ada\report.pdf", Some("report.pdf"));
        check(r"\\server\share\report.pdf", Some("report.pdf"));
        check("/home/ada/report.pdf", Some("report.pdf"));
        let long = format!("=?UTF-8?Q?{}.tar.gz?=", "=C3=BC".repeat(300));
        let short = from_disposition(format!("x; filename=\"{long}\"").as_bytes());
        let short = short.and_then(|name| harmless(&name)).unwrap();
        assert!(short.len() <= 200 && short.ends_with("ü.tar.gz"), "{short}");
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
        fn what_was_decoded_stays_in_its_folder(name in prop_oneof![any::<String>(), "[./\\\\\u{202e}a-z]{0,12}(\\.part|nul|manifest.jsonl)?"], way in 0..3u8) {
            let packed: String = name.bytes().map(|byte| format!("{}{byte:02X}", if way == 0 { '=' } else { '%' })).collect();
            let packed = match way {
                0 => format!("=?utf-8?Q?{packed}?="),
                1 => packed,
                _ => format!("UTF8''{packed}"),
            };
            let header = format!("attachment; filename=\"{packed}\"");
            let given = from_disposition(header.as_bytes()).unwrap();
            prop_assert_eq!(&given, &name);
            if let Some(given) = harmless(&given) {
                prop_assert!(super::stays(&given) && !super::is_ours(&given), "{}", given);
            }
        }

        #[test]
        fn any_header_is_read_without_a_panic(header in prop::collection::vec(any::<u8>(), 0..60)) {
            from_disposition(&header);
        }
    }
}
