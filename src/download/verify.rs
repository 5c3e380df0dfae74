//! Whether a body is the requested file: it may be an error or a sign-in page instead, a range other than the requested one,
//! or content that does not fit its name.

use super::file_name::{from_disposition, is_attachment};
use crate::api::{Stream, is_error_body, said};
use crate::domain::download::Wanted;
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// JSON that is larger than this is a file, whatever it holds, in bytes.
const LARGEST_ERROR: usize = 1 << 20;
/// How many bytes are enough to recognize a page.
const FIRST: usize = 512;

/// How much of a body must be read before it is taken for the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Nothing: the service states that it is a file.
    None,
    /// The first bytes: it may be a page.
    Page,
    /// All of it, up to a size: it may be an error.
    Error,
}

/// What the headers state a body to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ContentHeaders {
    /// `Content-Type`.
    pub(super) content_type: Option<String>,
    /// Whether `Content-Disposition` says `attachment`.
    pub(super) is_attachment: bool,
    /// Whether `Content-Disposition` gives it the name of a page.
    pub(super) is_named: bool,
}

impl ContentHeaders {
    /// Reads the headers of a body.
    pub(super) fn of(stream: &Stream) -> ContentHeaders {
        let disposition = stream.disposition.as_deref();
        ContentHeaders {
            content_type: stream.content_type.clone(),
            is_attachment: disposition.is_some_and(is_attachment),
            is_named: disposition
                .and_then(from_disposition)
                .is_some_and(|name| is_page_name(&name)),
        }
    }

    /// Returns what the body may be instead of the file (contract 5.2: `Content-Disposition: attachment` means a file, JSON
    /// that looks like an envelope means an error).
    pub(super) fn doubt(&self) -> Doubt {
        if self.is_attachment {
            Doubt::None
        } else if self
            .content_type
            .as_deref()
            .is_none_or(|kind| kind.to_ascii_lowercase().contains("json"))
        {
            Doubt::Error
        } else {
            Doubt::Page
        }
    }
}

impl Doubt {
    /// Returns how many bytes of a body are needed to judge it.
    pub(super) fn wants(self) -> usize {
        match self {
            Doubt::None => 0,
            Doubt::Page => FIRST,
            Doubt::Error => LARGEST_ERROR + 1,
        }
    }
}

/// Judges the beginning of a body, [`Doubt::wants`] bytes of it. `what` is the failed action as in
/// ``Could not download `report.pdf` ``.
pub(super) fn judge(
    headers: &ContentHeaders,
    wanted: &Wanted,
    first: &[u8],
    what: &str,
) -> Result<(), Failure> {
    match headers.doubt() {
        Doubt::None => Ok(()),
        Doubt::Error => {
            if first.len() > LARGEST_ERROR || !is_error_body(first) {
                return judge_page(headers, wanted, first, what);
            }
            let said = said(first).unwrap_or_else(|| {
                "a reply of the API was received in place of the file".to_owned()
            });
            let shown = text::safe(&said);
            let words = if shown.trim_start().starts_with(['{', '[']) {
                "a reply of the API was received in place of the file"
            } else {
                &shown
            };
            Err(Failure::new(
                FailureKind::Unreadable,
                format!("{what}: {}", text::cut_end(words, 300)),
            )
            .detail(shown.clone()))
        }
        Doubt::Page => judge_page(headers, wanted, first, what),
    }
}

/// Fails if the body is a page in place of the file.
fn judge_page(
    headers: &ContentHeaders,
    wanted: &Wanted,
    first: &[u8],
    what: &str,
) -> Result<(), Failure> {
    let declared = headers
        .content_type
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let is_page = declared.contains("html") || looks_like_page(first);
    if !is_page || wants_page(headers, wanted) {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Unreadable,
        format!("{what}: a web page was received in place of the file"),
    )
    .detail("It may be a sign-in page of the provider.")
    .hint("Reconnect the connector in Airbyte, then download again."))
}

/// Returns whether a page was requested: by a parameter, by its record, or because the service names it as one.
fn wants_page(headers: &ContentHeaders, wanted: &Wanted) -> bool {
    let html = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("text/html") || text.contains("xhtml") || is_page_name(&text)
    };
    let known = &wanted.known;
    wanted
        .call
        .params
        .iter()
        .any(|(_, value)| value.as_str().contains("text/html"))
        || headers.is_named
        || [&known.content_type, &known.name]
            .into_iter()
            .flatten()
            .any(|text| html(text))
}

fn is_page_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".html", ".htm", ".xhtml"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn looks_like_page(first: &[u8]) -> bool {
    let mut first = first
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(first)
        .trim_ascii_start();
    // Comments and an XML declaration may precede a page.
    for (begin, end) in [
        (&b"<?xml"[..], &b"?>"[..]),
        (b"<!--", b"-->"),
        (b"<!--", b"-->"),
    ] {
        if first.starts_with(begin)
            && let Some(at) = memchr::memmem::find(first, end)
        {
            first = first[at + end.len()..].trim_ascii_start();
        }
    }
    let begins =
        |tag: &[u8]| first.len() >= tag.len() && first[..tag.len()].eq_ignore_ascii_case(tag);
    begins(b"<!doctype html") || begins(b"<html") || begins(b"<head")
}

/// A `Content-Range`: first byte, last byte, total size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) total: Option<u64>,
}

/// Reads `bytes 0-499/1234` (RFC 9110); `None` if it is not of that form.
pub(super) fn content_range(header: &str) -> Option<Range> {
    let (unit, rest) = header.trim().split_once(' ')?;
    let (range, total) = rest.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let range = Range {
        first: first.trim().parse().ok()?,
        last: last.trim().parse().ok()?,
        total: if total.trim() == "*" {
            None
        } else {
            Some(total.trim().parse().ok()?)
        },
    };
    let sound = unit.eq_ignore_ascii_case("bytes")
        && range.first <= range.last
        && range.total.is_none_or(|total| range.last < total);
    sound.then_some(range)
}

/// Returns the MIME type of the content, if that contradicts the extension of its name.
pub(super) fn looks_like(head: &[u8], name: &str) -> Option<String> {
    let kind = infer::get(head)?;
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())?;
    // Families of formats that share their first bytes.
    const SAME: [&[&str]; 10] = [
        &["jpg", "jpeg", "jpe", "jfif"],
        &["tif", "tiff", "dng", "nef", "cr2"],
        &["html", "htm", "xhtml", "xml", "svg"],
        &["mp4", "m4a", "m4v", "mov", "3gp", "heic"],
        &[
            "zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "jar", "apk", "key",
            "numbers", "pages", "kmz", "xpi",
        ],
        &["doc", "xls", "ppt", "msi", "msg", "vsd"],
        &["mkv", "webm", "mka"],
        &["ogg", "ogv", "oga", "opus"],
        &["gz", "tgz", "bz2", "tbz", "xz", "txz"],
        &["mp3", "mp2", "mpga"],
    ];
    let own = kind.extension();
    let same = own == extension
        || SAME
            .iter()
            .any(|family| family.contains(&own) && family.contains(&extension.as_str()));
    (!same).then(|| kind.mime_type().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Range, content_range, looks_like, looks_like_page};

    #[test]
    fn ranges_are_read_strictly() {
        let check = |header: &str, expected: Option<(u64, u64, Option<u64>)>| {
            assert_eq!(
                content_range(header),
                expected.map(|(first, last, total)| Range { first, last, total }),
                "{header}"
            );
        };
        check("bytes 0-499/1234", Some((0, 499, Some(1234))));
        check("Bytes 5-5/*", Some((5, 5, None)));
        check("bytes 500-499/1234", None);
        check("bytes 0-1234/1234", None);
        check("bytes */1234", None);
        check("lines 0-4/5", None);
        check("bytes 0-99999999999999999999/*", None);
        check("", None);
    }

    #[test]
    fn content_that_its_name_does_not_fit_is_seen() {
        assert_eq!(looks_like(b"%PDF-1.7\n", "report.pdf"), None);
        assert_eq!(
            looks_like(b"%PDF-1.7\n", "report.png").as_deref(),
            Some("application/pdf")
        );
        assert_eq!(looks_like(b"\xff\xd8\xff\xe0", "photo.JPEG"), None);
        assert_eq!(looks_like(b"plain words", "photo.jpg"), None);
        assert_eq!(looks_like(b"%PDF-1.7\n", "no extension"), None);
    }

    #[test]
    fn pages_are_known_by_their_beginning() {
        assert!(looks_like_page(
            b"\xef\xbb\xbf \n<!DOCTYPE html><title>Sign in</title>"
        ));
        assert!(looks_like_page(b"<HTML lang=en>") && looks_like_page(b"<head><title>Sign in"));
        assert!(looks_like_page(
            b"<?xml version=\"1.0\"?>\n<!-- x --><!DOCTYPE html>"
        ));
        assert!(!looks_like_page(b"<svg>") && !looks_like_page(b""));
    }
}
