//! Faults of the form of a reply: they act where the records of a page become a reply.

use serde_json::{Value, json};

use crate::sandbox::paging::Position;

faults! {
    /// A fault of the form of a reply.
    EnvelopeFault {
        CamelMetadata = "camel-metadata": "connector_metadata in camelCase, whatever the connector",
        UrlPaging = "url-paging": "only a URL under `next` says where the next page is",
        WrappedResult = "wrapped-result": "`result` is an object with `data` and `meta`",
        NoEnvelope = "no-envelope": "replies are bare `{data, meta}`",
        Warning = "warning": "a warning object beside the result",
        WarningText = "warning-text": "a warning that is a plain string",
        WarningOnPageTwo = "warning-on-page-two": "a warning beside page two, or beside the only one",
        PartialSuccessPage = "partial-success-page":
            "page two, or the only one, is `partial_success` and holds half of its records",
        GraphqlErrors = "graphql-errors":
            "page two, or the only one, is `{\"data\": null, \"errors\": [...]}`",
    }
}

/// The form of a reply.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct ReplyForm {
    pub metadata: MetadataForm,
    pub result: ResultForm,
    pub addition: Option<Addition>,
}

/// The form of the metadata of a page.
#[derive(Debug, Default)]
pub(in crate::sandbox) enum MetadataForm {
    /// The keys that the connector declares.
    #[default]
    Declared,
    /// `hasNextPage` and `endCursor`.
    CamelCase,
    /// A URL under `next`.
    Url,
}

/// The form of the result of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum ResultForm {
    /// The records, or the object that the operation declares.
    #[default]
    Declared,
    /// `{data, meta}` inside of the envelope.
    WithMeta,
    /// `{data, meta}` without the envelope. Replies that are no pages have no envelope either.
    Bare,
}

/// What stands beside the result, or in its place.
#[derive(Debug)]
pub(in crate::sandbox) enum Addition {
    /// A warning.
    Warning(Value),
    /// `partial_success` with a message, and half of the records.
    PartialSuccess,
    /// GraphQL's errors in place of data.
    GraphqlErrors,
}

impl EnvelopeFault {
    /// Returns the form of the reply with a page of this position.
    pub(in crate::sandbox) fn form(self, position: Position) -> ReplyForm {
        let mut form = ReplyForm::default();
        match self {
            EnvelopeFault::CamelMetadata => form.metadata = MetadataForm::CamelCase,
            EnvelopeFault::UrlPaging => form.metadata = MetadataForm::Url,
            EnvelopeFault::WrappedResult => form.result = ResultForm::WithMeta,
            EnvelopeFault::NoEnvelope => form.result = ResultForm::Bare,
            EnvelopeFault::Warning => {
                form.addition = Some(Addition::Warning(
                    json!({"code": "context_store_reactivated", "message": "The Context Store was paused for inactivity; data may be stale", "stale_since": "2026-05-01T06:00:00Z"}),
                ));
            }
            EnvelopeFault::WarningText => {
                form.addition = Some(Addition::Warning(json!("some fields were left out")));
            }
            EnvelopeFault::WarningOnPageTwo => {
                form.addition = position.is_second_or_only().then(|| {
                    Addition::Warning(
                        json!({"code": "stale", "message": "The provider answered slowly; this page may be stale"}),
                    )
                });
            }
            EnvelopeFault::PartialSuccessPage => {
                form.addition = position
                    .is_second_or_only()
                    .then_some(Addition::PartialSuccess);
            }
            EnvelopeFault::GraphqlErrors => {
                form.addition = position
                    .is_second_or_only()
                    .then_some(Addition::GraphqlErrors);
            }
        }
        form
    }
}
