//! A body laid out over lines: its window and its row. Rows are found from the index; nothing is written out.

use crate::json::document::Document;
use crate::json::layout::LayoutRow;

/// What is seen of a body that is laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PrettyView {
    /// The selected row; `None` before anything was laid out.
    at: Option<LayoutRow>,
    /// The first row seen.
    top: Option<LayoutRow>,
}

impl PrettyView {
    /// Returns the selected row.
    pub fn at(&self, document: &Document) -> Option<LayoutRow> {
        self.at.or_else(|| LayoutRow::first(document))
    }

    /// Returns the first row seen.
    pub fn top(&self, document: &Document) -> Option<LayoutRow> {
        self.top.or_else(|| self.at(document))
    }

    /// Shows the row of a byte of the body.
    pub(super) fn show(&mut self, document: &Document, offset: usize, wrap: Option<usize>) {
        self.at = LayoutRow::of(document, offset, wrap);
    }

    /// Forgets where it was: the body is shown otherwise.
    pub(super) fn forget(&mut self) {
        *self = PrettyView::default();
    }

    /// Returns whether it was shown.
    pub(super) fn is_shown(&self) -> bool {
        self.at.is_some()
    }

    /// Moves by some rows.
    pub(super) fn step(&mut self, document: &Document, rows: i64, wrap: Option<usize>) {
        self.at = self
            .at(document)
            .map(|at| stepped(document, at, rows, wrap));
    }

    /// Moves to the first or the last row.
    pub(super) fn jump(&mut self, document: &Document, direction: i64, wrap: Option<usize>) {
        self.at = if direction < 0 {
            LayoutRow::first(document)
        } else {
            LayoutRow::last(document, wrap)
        };
    }

    /// Selects the row that is so many below the first one seen.
    pub(super) fn click(&mut self, document: &Document, row: usize, wrap: Option<usize>) {
        self.at = self
            .top(document)
            .map(|top| stepped(document, top, row as i64, wrap));
    }

    /// Moves the window so that it holds the row and wastes no line.
    pub(super) fn fit(&mut self, document: &Document, height: usize, wrap: Option<usize>) {
        let Some(at) = self.at(document).map(|at| at.refit(document, wrap)) else {
            return;
        };
        let height = height.max(1);
        let mut top = match self.top {
            Some(top) => top.refit(document, wrap),
            // What is around is seen, too.
            None => stepped(document, at, -(height as i64 / 3), wrap),
        };
        let rows = |from: LayoutRow| {
            std::iter::successors(Some(from), move |row| row.after(document, wrap)).take(height)
        };
        let back = |lines: usize| -(i64::try_from(lines).unwrap_or(i64::MAX));
        if at.is_above(top, document) {
            top = at;
        } else if !rows(top).any(|row| row == at) {
            top = stepped(document, at, back(height - 1), wrap);
        }
        let seen = rows(top).count();
        top = stepped(document, top, back(height - seen), wrap);
        (self.at, self.top) = (Some(at), Some(top));
    }
}

fn stepped(document: &Document, from: LayoutRow, rows: i64, wrap: Option<usize>) -> LayoutRow {
    let step = |row: &LayoutRow| {
        if rows > 0 {
            row.after(document, wrap)
        } else {
            row.before(document, wrap)
        }
    };
    let count = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
    std::iter::successors(Some(from), step)
        .take(count.saturating_add(1))
        .last()
        .unwrap_or(from)
}
