//! The faults that the sandbox can play, by name.

/// A way to behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// No fault.
    Normal,
    /// `connector_metadata` in camelCase.
    CamelMetadata,
    /// Only URLs say where the next page is.
    UrlPaging,
    /// `result` is `{data, meta}`.
    WrappedResult,
    /// No envelope at all.
    NoEnvelope,
    /// A warning object beside the result.
    Warning,
    /// A warning that is a plain string.
    WarningText,
    /// HTTP 200 with `status: "error"`.
    StatusError,
    /// HTTP 200 without a body.
    EmptyBody,
    /// HTML with status 200.
    Html,
    /// HTML with status 503.
    Html503,
    /// 502 twice, then the answer.
    BadGateway,
    /// 429 with `Retry-After: 1` once, then the answer.
    RateLimited,
    /// 429 for ever.
    RateLimitedForever,
    /// 422 in the service's own shape.
    Unprocessable,
    /// 422 in FastAPI's shape.
    UnprocessableDetail,
    /// 400 with `detail` as text.
    DetailText,
    /// 403 for every call.
    Forbidden,
    /// Several organizations and none chosen.
    ManyOrganizations,
    /// Organizations under `data` and `name`.
    OrganizationsAsData,
    /// Tokens die after five uses.
    TokenExpires,
    /// Execute always answers 401: the connector's own credentials are bad.
    ConnectorUnauthorized,
    /// There is more, and the key that would lead on is not there.
    MissingToken,
    /// There is more, and the key that would lead on is null.
    NullTokenWithMore,
    /// Page one leads on; from page two on there is more, and the key that would lead on is gone.
    MoreButNoToken,
    /// The way to the next page leads to the first page, always.
    RepeatedToken,
    /// Page three, or the last one, leads back to the first page.
    LoopOfThree,
    /// Page three, or the last one, leads back to the page before it.
    TokenGoesBack,
    /// Each page repeats a record of the page before.
    Duplicates,
    /// A record is put in at the front between page one and two.
    Drift,
    /// The connector's own key for the next page is not known; only `cursor` is.
    OwnKeyIgnored,
    /// The generic `cursor` is not known; only the connector's own key is.
    GenericCursorIgnored,
    /// Lists that declare no pages come in pages.
    UndeclaredPages,
    /// Lists that come in one reply break off, and `row_count` says how many rows there are.
    RowCount,
    /// Nothing but a total, written as text, says that there is more.
    TotalAsText,
    /// Pages are numbered from 0, whatever is declared.
    ZeroBasedPages,
    /// Page two, or the only one, is a part of a page.
    PartialSuccessPage,
    /// Page two, or the only one, is errors in place of data.
    GraphqlErrors,
    /// A warning beside page two, or the only one.
    WarningOnPageTwo,
    /// A connector that no catalog knows is there.
    UnknownConnector,
    /// Pages hold five records, whatever is asked for.
    SizeIgnored,
    /// The total that is stated is wrong.
    LyingTotal,
    /// Page three, or the last but one, is empty, though there is more.
    EmptyMiddle,
    /// The token for page three has expired.
    CursorExpires,
    /// Page four is refused once with 429.
    LimitOnPageFour,
    /// The connection breaks once on page five.
    CutOnPageFive,
    /// A reply of 10 MB.
    LargeReply,
    /// A reply nested 5,000 deep.
    DeepReply,
    /// Records in many scripts.
    WideUnicode,
    /// Records full of escape sequences and bidi marks.
    HostileText,
    /// The body of a reply is cut off half-way.
    CutReply,
    /// Half of the body of a list comes, and then nothing.
    StalledReply,
    /// The body of a list comes in forty pieces over two seconds.
    SlowReply,
    /// Execute takes 30 seconds.
    Slow,
    /// `describe` answers without an envelope.
    DescribeBare,
    /// `describe` answers inside the envelope.
    DescribeEnvelope,
    /// `describe` answers under `schema`, parameters as JSON Schema.
    DescribeSchema,
    /// `describe` answers an array with actions keyed by name.
    DescribeKeyed,
    /// `describe` answers as the SDK's introspection does.
    DescribeIntrospection,
    /// `describe` is unknown.
    DescribeMissing,
    /// `inspect` and badges fail.
    NoReadiness,
    /// The next page of workspaces is on another host.
    ForeignNext,
    /// Execute redirects to another host.
    RedirectElsewhere,
    /// A download without `Content-Length`.
    DownloadNoLength,
    /// A download that is cut off half-way.
    DownloadCut,
    /// A download that drips.
    DownloadSlow,
    /// A download that stalls after its first bytes.
    DownloadStall,
    /// A download of zero bytes.
    DownloadEmpty,
    /// A JSON error with status 200 in place of the file.
    DownloadError,
    /// A file that is itself JSON and looks like an envelope.
    DownloadJsonFile,
    /// A sign-in page in place of the file.
    DownloadHtml,
    /// No file name.
    DownloadNoName,
    /// A quoted file name with escapes.
    DownloadQuotedName,
    /// `filename*` with an encoding.
    DownloadEncodedName,
    /// A file name that leaves its folder.
    DownloadTraversal,
    /// The first try for a file is cut off half-way.
    DownloadCutOnce,
    /// The first four tries for a file are cut off, each somewhere else.
    DownloadCutAnywhere,
    /// A download without length that is cut off once.
    DownloadNoLengthCut,
    /// Half of a file comes, and the length says that it is all.
    DownloadWrongLength,
    /// Tries are cut off, and ranges are ignored.
    DownloadRangeIgnored,
    /// Tries are cut off, and the bytes of a range are those of the beginning.
    DownloadRangeLying,
    /// The first try is cut off, and a range is answered that nobody asked for.
    DownloadRangeShifted,
    /// The first try is cut off, and ranges are refused.
    DownloadRangeRefused,
    /// Every stream is cut off before its middle and ranges are ignored; only pieces in JSON lead to the end.
    DownloadOnlyPieces,
    /// The first try is cut off, and then the file is another one, with another ETag.
    DownloadChanged,
    /// The same without ETag, and of the same size.
    DownloadChangedSilently,
    /// Every third request for a file is refused with 429.
    DownloadBusy,
    /// The first two tries for a file are refused with 503.
    DownloadUnavailable,
    /// The first try is cut off, and then a sign-in page comes.
    DownloadSignedOut,
    /// The body is compressed, though nobody asked for that.
    DownloadCompressed,
}

/// Every scenario with its name and what it does.
pub const SCENARIOS: &[(Scenario, &str, &str)] = &[
    (Scenario::Normal, "normal", "no fault"),
    (
        Scenario::CamelMetadata,
        "camel-metadata",
        "connector_metadata in camelCase, whatever the connector",
    ),
    (
        Scenario::UrlPaging,
        "url-paging",
        "only a URL under `next` says where the next page is",
    ),
    (
        Scenario::WrappedResult,
        "wrapped-result",
        "`result` is an object with `data` and `meta`",
    ),
    (
        Scenario::NoEnvelope,
        "no-envelope",
        "replies are bare `{data, meta}`",
    ),
    (
        Scenario::Warning,
        "warning",
        "a warning object beside the result",
    ),
    (
        Scenario::WarningText,
        "warning-text",
        "a warning that is a plain string",
    ),
    (
        Scenario::StatusError,
        "status-error",
        "HTTP 200 with `status: \"error\"`",
    ),
    (Scenario::EmptyBody, "empty-body", "HTTP 200 without a body"),
    (
        Scenario::Html,
        "html",
        "an HTML page with status 200 in place of JSON",
    ),
    (
        Scenario::Html503,
        "html-503",
        "an HTML page with status 503",
    ),
    (
        Scenario::BadGateway,
        "bad-gateway",
        "502 twice, then the answer",
    ),
    (
        Scenario::RateLimited,
        "rate-limited",
        "429 with `Retry-After: 1` once, then the answer",
    ),
    (
        Scenario::RateLimitedForever,
        "rate-limited-forever",
        "429 with `Retry-After: 1`, always",
    ),
    (
        Scenario::Unprocessable,
        "unprocessable",
        "422 with `message` and `errors`",
    ),
    (
        Scenario::UnprocessableDetail,
        "unprocessable-detail",
        "422 with `detail` as a list of places",
    ),
    (
        Scenario::DetailText,
        "detail-text",
        "400 with `detail` as text",
    ),
    (Scenario::Forbidden, "forbidden", "403 for every call"),
    (
        Scenario::ManyOrganizations,
        "many-organizations",
        "400 until an organization is chosen",
    ),
    (
        Scenario::OrganizationsAsData,
        "organizations-as-data",
        "organizations under `data` with `name`",
    ),
    (
        Scenario::TokenExpires,
        "token-expires",
        "a token dies after five uses",
    ),
    (
        Scenario::ConnectorUnauthorized,
        "connector-unauthorized",
        "execute answers 401 whatever the token: the connector's own credentials are bad",
    ),
    (
        Scenario::MissingToken,
        "missing-token",
        "there is more, as a flag says, but no token, link or key for the next page",
    ),
    (
        Scenario::NullTokenWithMore,
        "null-token-with-more",
        "the key for the next page is null, though a flag says that there is more",
    ),
    (
        Scenario::MoreButNoToken,
        "more-but-no-token",
        "page one leads on; from page two on a flag says that there is more, and the key for it is gone",
    ),
    (
        Scenario::RepeatedToken,
        "repeated-token",
        "the way to the next page never moves: page one comes again and again",
    ),
    (
        Scenario::LoopOfThree,
        "loop-of-three",
        "page three, or the last one, leads back to the first page",
    ),
    (
        Scenario::TokenGoesBack,
        "token-goes-back",
        "page three, or the last one, leads back to the page before it",
    ),
    (
        Scenario::Duplicates,
        "duplicates",
        "each page repeats a record of the page before",
    ),
    (
        Scenario::Drift,
        "drift",
        "the list moves by a record while it is paged through",
    ),
    (
        Scenario::OwnKeyIgnored,
        "own-key-ignored",
        "the connector's own key for the next page is ignored; only `cursor` works",
    ),
    (
        Scenario::GenericCursorIgnored,
        "generic-cursor-ignored",
        "the generic `cursor` is ignored; only the connector's own key for the next page works",
    ),
    (
        Scenario::UndeclaredPages,
        "undeclared-pages",
        "lists that declare no pages come in pages of 25, by `page` and `limit`; `has_more` says so, save where the provider says nothing",
    ),
    (
        Scenario::RowCount,
        "row-count",
        "lists that come in one reply break off after 10 rows, and `row_count` says how many there are",
    ),
    (
        Scenario::TotalAsText,
        "total-as-text",
        "no token and no flag: only `total`, written as text, says that there is more",
    ),
    (
        Scenario::ZeroBasedPages,
        "zero-based-pages",
        "pages are numbered from 0, whatever is declared, and the reply tells its number",
    ),
    (
        Scenario::PartialSuccessPage,
        "partial-success-page",
        "page two, or the only one, is `partial_success` and holds half of its records",
    ),
    (
        Scenario::GraphqlErrors,
        "graphql-errors",
        "page two, or the only one, is `{\"data\": null, \"errors\": [...]}`",
    ),
    (
        Scenario::WarningOnPageTwo,
        "warning-on-page-two",
        "a warning beside page two, or beside the only one",
    ),
    (
        Scenario::UnknownConnector,
        "unknown-connector",
        "one more connector, which no catalog knows: each of its lists pages in another way",
    ),
    (
        Scenario::SizeIgnored,
        "size-ignored",
        "pages hold five records, whatever is asked for",
    ),
    (
        Scenario::LyingTotal,
        "lying-total",
        "the total that is stated is wrong",
    ),
    (
        Scenario::EmptyMiddle,
        "empty-middle",
        "page three, or the last but one, is empty, though there is more",
    ),
    (
        Scenario::CursorExpires,
        "cursor-expires",
        "the token for page three has expired (400)",
    ),
    (
        Scenario::LimitOnPageFour,
        "limit-on-page-four",
        "page four is refused once with 429",
    ),
    (
        Scenario::CutOnPageFive,
        "cut-on-page-five",
        "the connection breaks once on page five",
    ),
    (
        Scenario::LargeReply,
        "large-reply",
        "lists answer about 10 MB",
    ),
    (
        Scenario::DeepReply,
        "deep-reply",
        "lists answer a value nested 5,000 deep",
    ),
    (
        Scenario::WideUnicode,
        "wide-unicode",
        "records in many scripts, with emoji and combining marks",
    ),
    (
        Scenario::HostileText,
        "hostile-text",
        "records full of escape sequences, controls and bidi marks",
    ),
    (
        Scenario::CutReply,
        "cut-reply",
        "the body of a reply is cut off half-way",
    ),
    (
        Scenario::StalledReply,
        "stalled-reply",
        "half of the body of a list comes, and then nothing",
    ),
    (
        Scenario::SlowReply,
        "slow-reply",
        "the body of a list comes in forty pieces over two seconds",
    ),
    (Scenario::Slow, "slow", "execute takes 30 seconds"),
    (
        Scenario::DescribeBare,
        "describe-bare",
        "`describe` answers `{entities: [...]}`",
    ),
    (
        Scenario::DescribeEnvelope,
        "describe-envelope",
        "`describe` answers inside the envelope",
    ),
    (
        Scenario::DescribeSchema,
        "describe-schema",
        "`describe` answers under `schema`, parameters as JSON Schema",
    ),
    (
        Scenario::DescribeKeyed,
        "describe-keyed",
        "`describe` answers an array, actions keyed by name",
    ),
    (
        Scenario::DescribeIntrospection,
        "describe-introspection",
        "`describe` answers as the SDK's introspection does",
    ),
    (
        Scenario::DescribeMissing,
        "describe-missing",
        "`describe` is not known",
    ),
    (
        Scenario::NoReadiness,
        "no-readiness",
        "`inspect` and the badges fail",
    ),
    (
        Scenario::ForeignNext,
        "foreign-next",
        "the next page of workspaces is on another host",
    ),
    (
        Scenario::RedirectElsewhere,
        "redirect-elsewhere",
        "execute redirects to another host",
    ),
    (
        Scenario::DownloadNoLength,
        "download-no-length",
        "a download without Content-Length",
    ),
    (
        Scenario::DownloadCut,
        "download-cut",
        "a download that is cut off half-way",
    ),
    (
        Scenario::DownloadSlow,
        "download-slow",
        "a download that drips for some seconds",
    ),
    (
        Scenario::DownloadStall,
        "download-stall",
        "a download that stalls after its first bytes",
    ),
    (
        Scenario::DownloadEmpty,
        "download-empty",
        "a download of zero bytes",
    ),
    (
        Scenario::DownloadError,
        "download-error",
        "a JSON error with status 200 in place of the file",
    ),
    (
        Scenario::DownloadJsonFile,
        "download-json-file",
        "a file that is itself JSON and looks like an envelope",
    ),
    (
        Scenario::DownloadHtml,
        "download-html",
        "a sign-in page in place of the file",
    ),
    (
        Scenario::DownloadNoName,
        "download-no-name",
        "a download without a file name",
    ),
    (
        Scenario::DownloadQuotedName,
        "download-quoted-name",
        "a quoted file name with escapes",
    ),
    (
        Scenario::DownloadEncodedName,
        "download-encoded-name",
        "a file name in `filename*`",
    ),
    (
        Scenario::DownloadTraversal,
        "download-traversal",
        "a file name that would leave its folder",
    ),
    (
        Scenario::DownloadCutOnce,
        "download-cut-once",
        "the first try for a file is cut off half-way",
    ),
    (
        Scenario::DownloadCutAnywhere,
        "download-cut-anywhere",
        "four tries for a file are cut off, each somewhere else",
    ),
    (
        Scenario::DownloadNoLengthCut,
        "download-no-length-cut",
        "a download without Content-Length that is cut off once",
    ),
    (
        Scenario::DownloadWrongLength,
        "download-wrong-length",
        "half of a file comes, and Content-Length says that it is all",
    ),
    (
        Scenario::DownloadRangeIgnored,
        "download-range-ignored",
        "a try is cut off, and ranges are ignored",
    ),
    (
        Scenario::DownloadRangeLying,
        "download-range-lying",
        "a try is cut off, and a range brings the bytes of the beginning",
    ),
    (
        Scenario::DownloadRangeShifted,
        "download-range-shifted",
        "a try is cut off, and another range comes than the one asked for",
    ),
    (
        Scenario::DownloadRangeRefused,
        "download-range-refused",
        "a try is cut off, and ranges are refused (422)",
    ),
    (
        Scenario::DownloadOnlyPieces,
        "download-only-pieces",
        "streams are always cut off and ranges ignored; pieces in JSON work",
    ),
    (
        Scenario::DownloadChanged,
        "download-changed",
        "a try is cut off, and then the file has changed, as its ETag says",
    ),
    (
        Scenario::DownloadChangedSilently,
        "download-changed-silently",
        "a try is cut off, and then the file has changed, and nothing says so",
    ),
    (
        Scenario::DownloadBusy,
        "download-busy",
        "every third request for a file is refused with 429",
    ),
    (
        Scenario::DownloadUnavailable,
        "download-unavailable",
        "two tries for a file are refused with 503",
    ),
    (
        Scenario::DownloadSignedOut,
        "download-signed-out",
        "a try is cut off, and then a sign-in page comes",
    ),
    (
        Scenario::DownloadCompressed,
        "download-compressed",
        "a file that is compressed, though nobody asked for that",
    ),
];

impl Scenario {
    /// Finds a scenario by name.
    pub fn by_name(name: &str) -> Option<Scenario> {
        SCENARIOS
            .iter()
            .find(|(_, own, _)| *own == name)
            .map(|(scenario, ..)| *scenario)
    }
}
