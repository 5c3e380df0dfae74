//! The files that the sandbox serves: small ones of real types.

use std::borrow::Cow;

use super::data::{company, text};
use super::definitions::items;

/// The stored files, in the order of the company's list.
const STORED: [&[u8]; 9] = [
    include_bytes!("../../assets/sandbox/files/manual.pdf"),
    include_bytes!("../../assets/sandbox/files/map.png"),
    include_bytes!("../../assets/sandbox/files/parcel.jpg"),
    include_bytes!("../../assets/sandbox/files/invoice.pdf"),
    include_bytes!("../../assets/sandbox/files/telemetry.csv"),
    include_bytes!("../../assets/sandbox/files/settings.json"),
    include_bytes!("../../assets/sandbox/files/customs.html"),
    include_bytes!("../../assets/sandbox/files/engine.wav"),
    include_bytes!("../../assets/sandbox/files/landing.mp4"),
];

const DOCX: &[u8] = include_bytes!("../../assets/sandbox/files/checklist.docx");
const XLSX: &[u8] = include_bytes!("../../assets/sandbox/files/budget.xlsx");

/// Files with names that are hard to store, and an empty file: name, type, and which stored file is the content.
const ODD: [(&str, &str, Option<usize>); 13] = [
    ("empty.pdf", "application/pdf", None),
    ("تقرير الرحلة.pdf", "application/pdf", Some(0)),
    ("飞行手册.pdf", "application/pdf", Some(0)),
    ("🛩️ landing 🏔️.jpg", "image/jpeg", Some(2)),
    ("../../../etc/cron.d/evil", "application/pdf", Some(0)),
    ("C:\\Windows\\System32\\evil.png", "image/png", Some(1)),
    ("cut\0here.csv", "text/csv", Some(4)),
    ("two\nlines.csv", "text/csv", Some(4)),
    (
        "\u{1b}[2J\u{1b}]0;owned\u{7}clear.json",
        "application/json",
        Some(5),
    ),
    ("photo\u{202e}gpj.exe", "application/octet-stream", Some(2)),
    ("NUL.html", "text/html", Some(6)),
    ("invoice.pdf", "image/png", Some(3)),
    ("INVOICE.pdf", "application/pdf", Some(0)),
];
/// The first id of a file with an unusual name, as an attachment.
pub(super) const FIRST_ODD: u64 = 700_000;

/// Returns name, type and content of a file with an unusual name.
pub(super) fn odd(index: usize) -> Option<(String, String, &'static [u8])> {
    if index == ODD.len() {
        return Some((
            format!("{}.pdf", "long ".repeat(60).trim_end()),
            "application/pdf".to_owned(),
            STORED[0],
        ));
    }
    let (name, kind, stored) = ODD.get(index)?;
    Some((
        (*name).to_owned(),
        (*kind).to_owned(),
        stored.map_or(b"".as_slice(), stored_content),
    ))
}

/// Returns the number of files with unusual names.
pub(super) fn odd_count() -> usize {
    ODD.len() + 1
}

/// Returns name and type of a file of the drive, Google's own documents among them.
pub(super) fn entry(index: usize) -> (String, String) {
    let files = items(&company()["files"]);
    let file = &files[index % files.len()];
    let (name, kind) = (text(&file[0]), text(&file[1]));
    let round = index / files.len();
    if round == 0 {
        (name, kind)
    } else {
        (numbered(&name, round), kind)
    }
}

/// Returns the content of a file of the drive; `None` for Google's own documents, which can only
/// be exported.
pub(super) fn content(index: usize) -> Option<&'static [u8]> {
    STORED
        .get(index % items(&company()["files"]).len())
        .copied()
}

/// Returns name and type of a stored file.
pub(super) fn stored(index: usize) -> (String, String) {
    let file = &items(&company()["files"])[index % STORED.len()];
    (text(&file[0]), text(&file[1]))
}

/// Returns the content of a stored file.
pub(super) fn stored_content(index: usize) -> &'static [u8] {
    STORED[index % STORED.len()]
}

/// Exports one of Google's own documents as a type; `None` where that type is not offered.
pub(super) fn export(index: usize, kind: &str) -> Option<(Cow<'static, [u8]>, String)> {
    let (name, _) = entry(index);
    let (content, ending): (Cow<'static, [u8]>, _) = match kind {
        "application/pdf" => (Cow::Borrowed(STORED[0]), "pdf"),
        "text/csv" => (Cow::Borrowed(STORED[4]), "csv"),
        "text/html" => (Cow::Borrowed(STORED[6]), "html"),
        "image/png" => (Cow::Borrowed(STORED[1]), "png"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => {
            (Cow::Borrowed(DOCX), "docx")
        }
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => {
            (Cow::Borrowed(XLSX), "xlsx")
        }
        "text/plain" => (
            Cow::Owned(format!("{name}\n\nWritten by hand in the hangar.\n").into_bytes()),
            "txt",
        ),
        _ => return None,
    };
    Some((content, format!("{name}.{ending}")))
}

fn numbered(name: &str, round: usize) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem} {}.{ending}", round + 1),
        None => format!("{name} {}", round + 1),
    }
}
