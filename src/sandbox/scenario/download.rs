//! Faults of downloads: a fault is a plan of how a request for a file is answered, which `download` carries out.

use axum::http::header;
use serde_json::json;

use crate::sandbox::errors::{Refusal, answer};

faults! {
    /// A fault of downloads.
    DownloadFault {
        NoLength = "download-no-length": "a download without Content-Length",
        Cut = "download-cut": "a download that is cut off half-way",
        Slow = "download-slow": "a download that drips for some seconds",
        Stall = "download-stall": "a download that stalls after its first bytes",
        Empty = "download-empty": "a download of zero bytes",
        Error = "download-error": "a JSON error with status 200 in place of the file",
        JsonFile = "download-json-file": "a file that is itself JSON and looks like an envelope",
        Html = "download-html": "a sign-in page in place of the file",
        NoName = "download-no-name": "a download without a file name",
        QuotedName = "download-quoted-name": "a quoted file name with escapes",
        EncodedName = "download-encoded-name": "a file name in `filename*`",
        WordsName = "download-words-name": "a file name in words of mail (RFC 2047)",
        PercentName = "download-percent-name":
            "a file name in percent-encoding, that would leave its folder",
        WindowsPath = "download-windows-path": "a path of Windows in place of a file name",
        Traversal = "download-traversal": "a file name that would leave its folder",
        CutOnce = "download-cut-once": "the first try for a file is cut off half-way",
        CutAnywhere = "download-cut-anywhere":
            "four tries for a file are cut off, each somewhere else",
        NoLengthCut = "download-no-length-cut":
            "a download without Content-Length that is cut off once",
        WrongLength = "download-wrong-length":
            "half of a file comes, and Content-Length says that it is all",
        RangeIgnored = "download-range-ignored": "a try is cut off, and ranges are ignored",
        RangeLying = "download-range-lying":
            "a try is cut off, and a range brings the bytes of the beginning",
        RangeShifted = "download-range-shifted":
            "a try is cut off, and another range comes than the one asked for",
        RangeRefused = "download-range-refused":
            "a try is cut off, and ranges are refused (422)",
        OnlyPieces = "download-only-pieces":
            "streams are always cut off and ranges ignored; pieces in JSON work",
        Changed = "download-changed":
            "a try is cut off, and then the file has changed, as its ETag says",
        ChangedSilently = "download-changed-silently":
            "a try is cut off, and then the file has changed, and nothing says so",
        Busy = "download-busy": "every third request for a file is refused with 429",
        Unavailable = "download-unavailable": "two tries for a file are refused with 503",
        SignedOut = "download-signed-out":
            "a try is cut off, and then a sign-in page comes",
        Compressed = "download-compressed":
            "a file that is compressed (br), though it was not requested",
        Gzip = "download-gzip":
            "a file that is stored as gzip, and sent so, though it was not requested",
        GzipCut = "download-gzip-cut": "the same; the first try is cut off half-way",
        GzipMembers = "download-gzip-members": "a file that is sent as gzip of two members",
        GzipTruncated = "download-gzip-truncated":
            "a file that is sent as gzip, which is stored without its end",
        GzipTrailed = "download-gzip-trailed":
            "a file that is sent as gzip, and something else follows it",
        GzipDamaged = "download-gzip-damaged":
            "a file that is sent as gzip, and its checksum differs",
        GzipBomb = "download-gzip-bomb": "4 MB of gzip in place of a file, which become 4 GB",
    }
}

/// How a request for a file is answered.
#[derive(Default)]
pub(in crate::sandbox) struct DownloadPlan {
    /// The answer in place of the file.
    pub instead: Option<Refusal>,
    pub content: FileContent,
    pub ranges: Ranges,
    pub sending: Sending,
    pub name: FileName,
    pub etag: Option<&'static str>,
    pub encoding: ContentEncoding,
}

/// How the content is encoded, and what `Content-Encoding` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum ContentEncoding {
    /// As it is.
    #[default]
    Identity,
    /// As it is, and the header names another encoding.
    Named(&'static str),
    /// As gzip. Ranges are of that.
    Gzip(Gzip),
}

/// Gzip, and what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Gzip {
    /// Nothing.
    Whole,
    /// It has two members.
    Members,
    /// Its last bytes are missing.
    Truncated,
    /// Something else follows.
    Trailed,
    /// Its checksum differs.
    Damaged,
    /// It is of zeros, and of a thousand times its own size.
    Bomb,
}

/// The content that is served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum FileContent {
    /// The file's own.
    #[default]
    Own,
    /// The file's own, 400 times, for files whose size no record states.
    Repeated,
    /// As long as that, and different in every byte.
    RepeatedAndChanged,
    /// No bytes.
    Empty,
    /// JSON that looks like an envelope.
    Json,
}

/// What becomes of a range that is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum Ranges {
    /// It is sent.
    #[default]
    Served,
    /// The whole file is sent.
    Ignored,
    /// It is refused with 422.
    Refused,
    /// It begins 1,000 bytes earlier.
    Shifted,
}

/// How the bytes are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum Sending {
    /// All of them.
    #[default]
    Whole,
    /// All of them, without Content-Length.
    NoLength,
    /// The connection breaks after a portion.
    Cut(Portion),
    /// The connection breaks after half, without Content-Length.
    CutNoLength,
    /// As many bytes as were asked for, but those of the beginning of the file.
    Beginning,
    /// The first half, whose length is stated as that of all.
    HalfAsAll,
    /// The first 100 bytes, and then nothing.
    Stalled,
    /// 8 KB every 100 ms.
    Slow,
}

/// A portion of the bytes to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Portion {
    /// Half, rounded up.
    HalfRoundedUp,
    /// Half, rounded down.
    Half,
    /// A third, rounded down.
    Third,
    /// A number of bytes, modulo the length.
    Bytes(u64),
}

impl Portion {
    /// Returns how many bytes of a length the portion is.
    pub(in crate::sandbox) fn of(self, length: u64) -> u64 {
        match self {
            Portion::HalfRoundedUp => length.div_ceil(2),
            Portion::Half => length / 2,
            Portion::Third => length / 3,
            Portion::Bytes(bytes) => bytes % length.max(1),
        }
    }
}

/// The file name that is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum FileName {
    /// The file's own.
    #[default]
    Own,
    /// None.
    Missing,
    /// This Content-Disposition.
    Header(&'static str),
}

impl DownloadPlan {
    /// Sends the repeated content.
    fn repeated(sending: Sending) -> DownloadPlan {
        DownloadPlan {
            content: FileContent::Repeated,
            sending,
            ..DownloadPlan::default()
        }
    }

    /// Cuts the first try for a file after half of the repeated content, and sends it whole after that.
    fn cut_first(earlier: u32) -> DownloadPlan {
        DownloadPlan::repeated(match earlier {
            0 => Sending::Cut(Portion::Half),
            _ => Sending::Whole,
        })
    }

    /// Cuts the first try for a file, which is another one after that.
    fn changed(earlier: u32) -> DownloadPlan {
        DownloadPlan {
            content: match earlier {
                0 => FileContent::Repeated,
                _ => FileContent::RepeatedAndChanged,
            },
            ..DownloadPlan::cut_first(earlier)
        }
    }

    fn instead(refusal: Refusal) -> DownloadPlan {
        DownloadPlan {
            instead: Some(refusal),
            ..DownloadPlan::default()
        }
    }

    fn content(content: FileContent) -> DownloadPlan {
        DownloadPlan {
            content,
            ..DownloadPlan::default()
        }
    }

    fn name(name: FileName) -> DownloadPlan {
        DownloadPlan {
            name,
            ..DownloadPlan::default()
        }
    }

    fn packed(self, gzip: Gzip) -> DownloadPlan {
        DownloadPlan {
            encoding: ContentEncoding::Gzip(gzip),
            ..self
        }
    }

    fn with_ranges(self, ranges: Ranges) -> DownloadPlan {
        DownloadPlan { ranges, ..self }
    }
}

impl DownloadFault {
    /// Returns how a request for a file is answered that was requested `earlier` times before.
    pub(in crate::sandbox) fn plan(self, earlier: u32) -> DownloadPlan {
        use DownloadPlan as Plan;
        match self {
            DownloadFault::NoLength => Plan::repeated(Sending::NoLength),
            DownloadFault::Cut => Plan::repeated(Sending::Cut(Portion::HalfRoundedUp)),
            DownloadFault::Slow => Plan::repeated(Sending::Slow),
            DownloadFault::Stall => Plan::repeated(Sending::Stalled),
            DownloadFault::Empty => Plan::content(FileContent::Empty),
            DownloadFault::Error => Plan::instead(file_gone()),
            DownloadFault::JsonFile => Plan::content(FileContent::Json),
            DownloadFault::Html => Plan::instead(sign_in()),
            DownloadFault::NoName => Plan::name(FileName::Missing),
            DownloadFault::QuotedName => Plan::name(FileName::Header(QUOTED_NAME)),
            DownloadFault::EncodedName => Plan::name(FileName::Header(ENCODED_NAME)),
            DownloadFault::WordsName => Plan::name(FileName::Header(WORDS_NAME)),
            DownloadFault::PercentName => Plan::name(FileName::Header(PERCENT_NAME)),
            DownloadFault::WindowsPath => Plan::name(FileName::Header(WINDOWS_PATH)),
            DownloadFault::Traversal => Plan::name(FileName::Header(TRAVERSAL)),
            DownloadFault::CutOnce => Plan::cut_first(earlier),
            DownloadFault::CutAnywhere if earlier < 4 => {
                Plan::repeated(Sending::Cut(Portion::Bytes(u64::from(earlier + 1) * 7919)))
            }
            DownloadFault::CutAnywhere => Plan::repeated(Sending::Whole),
            DownloadFault::NoLengthCut if earlier == 0 => Plan::repeated(Sending::CutNoLength),
            DownloadFault::NoLengthCut => Plan::repeated(Sending::NoLength),
            DownloadFault::WrongLength => Plan {
                sending: Sending::HalfAsAll,
                ..Plan::default()
            },
            DownloadFault::RangeIgnored => Plan::cut_first(earlier).with_ranges(Ranges::Ignored),
            DownloadFault::RangeLying if earlier == 0 => Plan::cut_first(earlier),
            DownloadFault::RangeLying => Plan::repeated(Sending::Beginning),
            DownloadFault::RangeShifted => Plan::cut_first(earlier).with_ranges(Ranges::Shifted),
            DownloadFault::RangeRefused => Plan::cut_first(earlier).with_ranges(Ranges::Refused),
            DownloadFault::OnlyPieces => {
                Plan::repeated(Sending::Cut(Portion::Third)).with_ranges(Ranges::Ignored)
            }
            DownloadFault::Changed => Plan {
                etag: Some(match earlier {
                    0 => "\"first\"",
                    _ => "\"second\"",
                }),
                ..Plan::changed(earlier)
            },
            DownloadFault::ChangedSilently => Plan::changed(earlier),
            DownloadFault::Busy if earlier.is_multiple_of(3) => Plan::instead(busy()),
            DownloadFault::Unavailable if earlier < 2 => Plan::instead(unavailable()),
            DownloadFault::Busy | DownloadFault::Unavailable => Plan::default(),
            DownloadFault::SignedOut if earlier > 0 => Plan::instead(sign_in()),
            DownloadFault::SignedOut => Plan::cut_first(earlier),
            DownloadFault::Compressed => Plan {
                encoding: ContentEncoding::Named("br"),
                ..Plan::default()
            },
            DownloadFault::Gzip => Plan::repeated(Sending::Whole).packed(Gzip::Whole),
            DownloadFault::GzipCut => Plan::cut_first(earlier).packed(Gzip::Whole),
            DownloadFault::GzipMembers => Plan::repeated(Sending::Whole).packed(Gzip::Members),
            DownloadFault::GzipTruncated => Plan::default().packed(Gzip::Truncated),
            DownloadFault::GzipTrailed => Plan::default().packed(Gzip::Trailed),
            DownloadFault::GzipDamaged => Plan::default().packed(Gzip::Damaged),
            DownloadFault::GzipBomb => Plan::default().packed(Gzip::Bomb),
        }
    }
}

const QUOTED_NAME: &str = r#"attachment; filename="a \"quoted\" name.pdf""#;
const ENCODED_NAME: &str =
    "attachment; filename=\"fallback.pdf\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%20%C3%BCber.pdf";
const WORDS_NAME: &str =
    r#"attachment; filename="=?UTF-8?B?w5xiZXI=?= =?ISO-8859-1?Q?_M=E4rz?=.pdf""#;
const PERCENT_NAME: &str = r#"attachment; filename="..%2F..%2Fetc%2F%C3%9Cber%20uns.pdf""#;
const WINDOWS_PATH: &str = r#"attachment; filename="C:\Users\ada\report.pdf""#;
const TRAVERSAL: &str = r#"attachment; filename="../../etc/evil.sh""#;

fn file_gone() -> Refusal {
    let message = "Value error, the file is gone";
    answer(
        200,
        json!({"message": message, "errors": [{"field": "body", "message": message, "error_code": "value_error", "details": null}]}),
    )
}

fn sign_in() -> Refusal {
    Refusal::with((
        [(header::CONTENT_TYPE, "text/html")],
        "<html><title>Sign in</title></html>",
    ))
}

fn busy() -> Refusal {
    answer(429, json!({"message": "Too many requests"})).retry_after_a_second()
}

fn unavailable() -> Refusal {
    answer(503, json!({"message": "Service unavailable"}))
}
