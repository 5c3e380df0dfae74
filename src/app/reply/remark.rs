//! What is unusual about a reply, in one sentence.

use super::ReplyPane;
use crate::envelope::Shape;
use crate::json::deviation;
use crate::json::document::FaultKind;

impl ReplyPane {
    /// Returns what is unusual about the current page, also where the result of a filter is shown in its place.
    pub fn remark(&self) -> Option<String> {
        let page = self.pages.get(self.current)?;
        let is_file = page.call().is_none();
        let envelope = page.envelope()?;
        let document = &envelope.document;
        let fault = |words: &str| {
            let place = document
                .fault()
                .map(|fault| deviation::fault_words(document, fault))
                .unwrap_or_default();
            format!("{words}: {place}")
        };
        match envelope.shape {
            Shape::Empty if is_file => Some("The file is empty".to_owned()),
            Shape::Empty => Some(format!(
                "The service answered {} with an empty body",
                page.reply.status
            )),
            Shape::Text
                if document.slice(0, 2).as_ref() == b"\xff\xfe"
                    || document.slice(0, 2).as_ref() == b"\xfe\xff" =>
            {
                Some("The text is UTF-16: only UTF-8 is read".to_owned())
            }
            Shape::Text if is_file => Some(fault("This is not JSON")),
            Shape::Text => Some(format!(
                "The body is not JSON but {}",
                page.reply
                    .content_type
                    .as_deref()
                    .unwrap_or("of an unknown type")
            )),
            Shape::Broken
                if document
                    .fault()
                    .is_some_and(|fault| fault.kind == FaultKind::TextAfterEnd) =>
            {
                Some(fault("Not all of it is JSON"))
            }
            Shape::Broken => Some(fault("The body breaks off")),
            _ if !page.reply.whole && is_file => {
                Some("The file could not be read to its end: it is damaged or cut".to_owned())
            }
            _ if !page.reply.whole => {
                Some("The connection broke before the body was whole".to_owned())
            }
            Shape::Envelope | Shape::OtherJson if page.scan.no_page.is_some() => {
                let why = page.scan.no_page.as_deref().unwrap_or_default();
                Some(match page.call() {
                    Some(call) => format!("{}: {why}", call.failed_to()),
                    None => format!("This is no success: {why}"),
                })
            }
            Shape::Envelope | Shape::OtherJson if page.scan.partial.is_some() => {
                let why = page.scan.partial.as_deref().unwrap_or_default();
                Some(format!("This is only a part of what was asked for: {why}"))
            }
            Shape::Envelope | Shape::OtherJson if !document.deviations().is_empty() => {
                let what = deviation::sentence(document).unwrap_or_default();
                Some(format!("Not quite JSON: {what}"))
            }
            Shape::Envelope | Shape::OtherJson if is_file => page.scan.warning.clone(),
            Shape::OtherJson => Some("The body is JSON without the usual envelope".to_owned()),
            Shape::Envelope => page
                .scan
                .warning
                .as_ref()
                .map(|warning| format!("Warning of the service: {warning}")),
        }
    }
}
