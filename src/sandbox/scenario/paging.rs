//! Faults of paging: they act where a list is cut into pages, each within the connector's own paging strategy.
//!
//! Whatever withholds records leaves a sign that there are more: the connector's own flag, `has_more`, or a total. A lost
//! token without any such sign is the end of a list, and no fault.

use crate::sandbox::paging::{
    AffectedPages, Key, PageFault, Round, Rules, Sign, StatedTotal, Wholes,
};

faults! {
    /// A fault of paging.
    PagingFault {
        MissingToken = "missing-token":
            "there is more, as a flag says, but no token, link or key for the next page",
        NullTokenWithMore = "null-token-with-more":
            "the key for the next page is null, though a flag says that there is more",
        MoreButNoToken = "more-but-no-token":
            "page one leads on; from page two on a flag says that there is more, and the key for it is gone",
        RepeatedToken = "repeated-token":
            "the way to the next page never moves: page one comes again and again",
        LoopOfThree = "loop-of-three": "page three, or the last one, leads back to the first page",
        TokenGoesBack = "token-goes-back":
            "page three, or the last one, leads back to the page before it",
        Duplicates = "duplicates": "each page repeats a record of the page before",
        Drift = "drift": "the list moves by a record while it is paged through",
        OwnKeyIgnored = "own-key-ignored":
            "the connector's own key for the next page is ignored; only `cursor` works",
        GenericCursorIgnored = "generic-cursor-ignored":
            "the generic `cursor` is ignored; only the connector's own key for the next page works",
        UndeclaredPages = "undeclared-pages":
            "lists that declare no pages come in pages of 25, by `page` and `limit`; `has_more` says so, save where the provider says nothing",
        RowCount = "row-count":
            "lists that come in one reply break off after 10 rows, and `row_count` says how many there are",
        TotalAsText = "total-as-text":
            "no token and no flag: only `total`, written as text, says that there is more",
        ZeroBasedPages = "zero-based-pages":
            "pages are numbered from 0, whatever is declared, and the reply states its number",
        SizeIgnored = "size-ignored": "pages hold five records, whatever is asked for",
        LyingTotal = "lying-total": "the total that is stated is wrong",
        EmptyMiddle = "empty-middle":
            "page three, or the last but one, is empty, though there is more",
        CursorExpires = "cursor-expires": "the token for page three has expired (400)",
        LimitOnPageFour = "limit-on-page-four": "page four is refused once with 429",
        CutOnPageFive = "cut-on-page-five": "the connection breaks once on page five",
    }
}

impl PagingFault {
    /// Returns how lists are cut into pages, and which pages are changed.
    pub(in crate::sandbox) fn rules(self) -> Rules {
        let mut rules = Rules::default();
        let mut change = |pages, fault| rules.page_fault = Some((pages, fault));
        match self {
            PagingFault::MissingToken => change(
                AffectedPages::All,
                PageFault::Signs(Key::LeftOut, Sign::Flag),
            ),
            PagingFault::NullTokenWithMore => {
                change(AffectedPages::All, PageFault::Signs(Key::Null, Sign::Flag));
            }
            PagingFault::MoreButNoToken => change(
                AffectedPages::After(1),
                PageFault::Signs(Key::LeftOut, Sign::Flag),
            ),
            PagingFault::TotalAsText => {
                change(
                    AffectedPages::All,
                    PageFault::Signs(Key::LeftOut, Sign::Total),
                );
                rules.total = StatedTotal::Text;
            }
            PagingFault::RepeatedToken => rules.round = Some(Round::ToFirst(1)),
            PagingFault::LoopOfThree => rules.round = Some(Round::ToFirst(3)),
            PagingFault::TokenGoesBack => rules.round = Some(Round::ToBefore(3)),
            PagingFault::Duplicates => rules.repeats_record = true,
            PagingFault::Drift => change(AffectedPages::All, PageFault::Shifted),
            PagingFault::OwnKeyIgnored => rules.own_key = false,
            PagingFault::GenericCursorIgnored => rules.generic_cursor = false,
            PagingFault::UndeclaredPages => rules.wholes = Wholes::Paged,
            PagingFault::RowCount => {
                rules.wholes = Wholes::Cut(10);
                rules.total = StatedTotal::RowCount;
            }
            PagingFault::ZeroBasedPages => rules.from_zero = true,
            PagingFault::SizeIgnored => rules.always = Some(5),
            PagingFault::LyingTotal => rules.total = StatedTotal::Wrong,
            PagingFault::EmptyMiddle => change(AffectedPages::Middle, PageFault::Empty),
            PagingFault::CursorExpires => {
                change(AffectedPages::Number(3), PageFault::CursorExpired);
            }
            PagingFault::LimitOnPageFour => {
                change(AffectedPages::Number(4), PageFault::RateLimitedOnce);
            }
            PagingFault::CutOnPageFive => change(AffectedPages::Number(5), PageFault::CutOnce),
        }
        rules
    }
}
