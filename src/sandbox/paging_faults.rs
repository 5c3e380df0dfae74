//! Pagers that mislead: loops, drift, lies, signs that are lost. They bend each connector's own way to the next page.
//!
//! Whatever withholds records leaves a sign that there are more: the connector's own flag, `has_more`, or a total. Where a
//! token is lost and nothing else tells, that is an end, and no fault to play.

use super::answers::cut;
use super::errors::{Refusal, refuse};
use super::execute::Operation;
use super::paging::{Key, Page, Round, Rules, Sign, Wholes};
use super::scenario::Scenario;
use axum::http::{HeaderValue, header};
use bytes::Bytes;

impl Operation<'_> {
    /// Returns how the scenario lets lists be cut into pages.
    pub(super) fn rules(&self) -> Rules {
        let scenario = self.world.scenario();
        Rules {
            always: (scenario == Scenario::SizeIgnored).then_some(5),
            own_key: scenario != Scenario::OwnKeyIgnored,
            generic_cursor: scenario != Scenario::GenericCursorIgnored,
            from_zero: scenario == Scenario::ZeroBasedPages,
            round: match scenario {
                Scenario::RepeatedToken => Some(Round::ToFirst(1)),
                Scenario::LoopOfThree => Some(Round::ToFirst(3)),
                Scenario::TokenGoesBack => Some(Round::ToBefore(3)),
                _ => None,
            },
            wholes: match scenario {
                Scenario::UndeclaredPages => Wholes::Paged,
                Scenario::RowCount => Wholes::Cut(10),
                _ => Wholes::Whole,
            },
        }
    }

    /// Changes a page as the scenario wants. Pages are numbered by where they begin.
    pub(super) fn mislead(&self, page: &mut Page<'_>) -> Result<(), Refusal> {
        let number = page.number();
        match self.world.scenario() {
            Scenario::MissingToken => (page.key, page.sign) = (Key::LeftOut, Sign::Flag),
            Scenario::NullTokenWithMore => (page.key, page.sign) = (Key::Null, Sign::Flag),
            Scenario::MoreButNoToken if number > 1 => {
                (page.key, page.sign) = (Key::LeftOut, Sign::Flag)
            }
            Scenario::TotalAsText => (page.key, page.sign) = (Key::LeftOut, Sign::Total),
            // A record comes in at the front after page one, so that its last one is seen again.
            Scenario::Drift if page.start > 0 => {
                page.start -= 1;
                page.end -= usize::from(page.end < page.total);
            }
            Scenario::EmptyMiddle if number == page.middle() => {
                (page.end, page.sign) = (page.start, Sign::Flag)
            }
            Scenario::CursorExpires if number == 3 => {
                return Err(refuse(
                    400,
                    "invalid_cursor",
                    "The cursor is not valid or has expired",
                ));
            }
            Scenario::LimitOnPageFour if number == 4 && self.world.strike() == 0 => {
                let mut refusal = refuse(429, "rate_limited", "Too many requests");
                refusal
                    .0
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                return Err(refusal);
            }
            Scenario::CutOnPageFive if number == 5 && self.world.strike() == 0 => {
                let begun = cut(Bytes::from_static(b"{\"status\":\"success\",\"result\":["));
                return Err(Refusal::with((
                    [(header::CONTENT_TYPE, "application/json")],
                    begun,
                )));
            }
            _ => {}
        }
        Ok(())
    }
}
