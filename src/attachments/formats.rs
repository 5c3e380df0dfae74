//! Google's own documents have no bytes of their own: they are exported in a format (Google Drive API,
//! "Export MIME types for Google Workspace documents").

/// A format: what it is called, its extension, its content type.
pub(super) type Format = (&'static str, &'static str, &'static str);

const PDF: Format = ("PDF", "pdf", "application/pdf");
const TEXT: Format = ("plain text", "txt", "text/plain");
const PNG: Format = ("PNG", "png", "image/png");
const JPEG: Format = ("JPEG", "jpg", "image/jpeg");
const SVG: Format = ("SVG", "svg", "image/svg+xml");

/// What begins the type of Google's own documents.
pub(super) const GOOGLE: &str = "application/vnd.google-apps.";

/// Returns the formats of a kind of Google's own documents, the likeliest first. None for what is no document.
pub(super) fn formats(content_type: &str) -> &'static [Format] {
    match content_type.strip_prefix(GOOGLE).unwrap_or_default() {
        "document" => &[
            PDF,
            (
                "Word",
                "docx",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (
                "OpenDocument",
                "odt",
                "application/vnd.oasis.opendocument.text",
            ),
            ("rich text", "rtf", "application/rtf"),
            TEXT,
            ("Markdown", "md", "text/markdown"),
            ("HTML", "html", "text/html"),
            ("EPUB", "epub", "application/epub+zip"),
        ],
        "spreadsheet" => &[
            (
                "Excel",
                "xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
            PDF,
            ("CSV of the first sheet", "csv", "text/csv"),
            ("TSV of the first sheet", "tsv", "text/tab-separated-values"),
            (
                "OpenDocument",
                "ods",
                "application/vnd.oasis.opendocument.spreadsheet",
            ),
        ],
        "presentation" => &[
            PDF,
            (
                "PowerPoint",
                "pptx",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            ),
            (
                "OpenDocument",
                "odp",
                "application/vnd.oasis.opendocument.presentation",
            ),
            TEXT,
            PNG,
            JPEG,
            SVG,
        ],
        "drawing" => &[PDF, PNG, JPEG, SVG],
        "script" => &[("JSON", "json", "application/vnd.google-apps.script+json")],
        "vid" => &[("MP4", "mp4", "video/mp4")],
        _ => &[],
    }
}
