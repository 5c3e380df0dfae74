//! Pagers that mislead: loops, drift, lies. They strike on pages with a token.

use axum::http::{HeaderValue, header};
use bytes::Bytes;
use serde_json::json;

use super::answers::cut;
use super::errors::{Refusal, refuse};
use super::execute::Operation;
use super::paging::{Page, token};
use super::scenario::Scenario;

impl Operation<'_> {
    /// Changes a page as the scenario wants. Pages are numbered by where they begin.
    pub(super) fn mislead(&self, page: &mut Page, total: usize) -> Result<(), Refusal> {
        let size = page.end.saturating_sub(page.start).max(1);
        let number = page.start / size + 1;
        match self.world.scenario() {
            Scenario::LoopOfThree if number == 3 => redirect(page, 0),
            Scenario::TokenGoesBack if number == 3 => redirect(page, size),
            // A record comes in at the front after page one, so that its last one is seen again.
            Scenario::Drift if page.start > 0 => {
                page.start -= 1;
                page.end -= usize::from(page.end < total);
            }
            Scenario::LyingTotal => page.metadata["total"] = json!(9999),
            Scenario::EmptyMiddle if number == 3 => page.end = page.start,
            Scenario::CursorExpires if number == 3 => return Err(refuse(400, "invalid_cursor", "The cursor is not valid or has expired")),
            Scenario::LimitOnPageFour if number == 4 && self.world.strike() == 0 => {
                let mut refusal = refuse(429, "rate_limited", "Too many requests");
                refusal.0.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                return Err(refusal);
            }
            Scenario::CutOnPageFive if number == 5 && self.world.strike() == 0 => {
                let begun = cut(Bytes::from_static(b"{\"status\":\"success\",\"result\":["));
                return Err(Refusal::with(([(header::CONTENT_TYPE, "application/json")], begun)));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Lets the token of a page lead to another place.
fn redirect(page: &mut Page, offset: usize) {
    page.metadata["end_cursor"] = json!(token(offset));
    page.metadata["has_next_page"] = json!(true);
    page.token = Some(token(offset));
}
