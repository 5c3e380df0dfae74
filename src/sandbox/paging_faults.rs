//! The faults of single pages. Which pages have which fault is decided in [`super::scenario::PagingFault`].

use axum::http::header;
use bytes::Bytes;

use super::World;
use super::bodies::cut;
use super::errors::{Refusal, rate_limited, refuse};
use super::paging::{Page, PageFault, Rules, Sign};

/// Changes a page as its fault wants, or returns the answer in its place.
pub(super) fn apply_fault(world: &World, rules: Rules, page: &mut Page<'_>) -> Result<(), Refusal> {
    let Some((pages, fault)) = rules.page_fault else {
        return Ok(());
    };
    if !page.is_among(pages) {
        return Ok(());
    }
    match fault {
        PageFault::Signs(key, sign) => (page.key, page.sign) = (key, sign),
        PageFault::Shifted => {
            if page.start > 0 {
                page.start -= 1;
                page.end -= usize::from(page.end < page.total);
            }
        }
        PageFault::Empty => (page.end, page.sign) = (page.start, Sign::Flag),
        PageFault::CursorExpired => {
            return Err(refuse(
                400,
                "invalid_cursor",
                "The cursor is not valid or has expired",
            ));
        }
        PageFault::RateLimitedOnce => {
            if world.count_fault() == 0 {
                return Err(rate_limited());
            }
        }
        PageFault::CutOnce => {
            if world.count_fault() == 0 {
                let start = cut(Bytes::from_static(b"{\"status\":\"success\",\"result\":["));
                let json = [(header::CONTENT_TYPE, "application/json")];
                return Err(Refusal::with((json, start)));
            }
        }
    }
    Ok(())
}
