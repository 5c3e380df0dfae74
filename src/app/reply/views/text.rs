//! A body as text: its window, its line, whether lines are wrapped.

use std::sync::Arc;

use super::pretty::PrettyView;
use super::{End, Side, Toggled, Viewer};
use crate::json::document::{Document, NodeId};
use crate::json::layout::is_laid_out;
use crate::json::lines::{TextRow, line_count};

/// How a body is looked at as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextView {
    /// The selected row.
    pub at: TextRow,
    /// The place in that row which is meant: that of the value that was gone to.
    meant: usize,
    /// The first row seen.
    pub top: TextRow,
    /// Whether long lines go on to the right instead of below.
    pub unwrapped: bool,
    /// How many bytes of each line are hidden on the left, where lines are not wrapped.
    pub left: usize,
    /// The width that the rows were made for.
    columns: usize,
    /// Whether the row was chosen here, and not by where the tree stands.
    moved: bool,
    /// How the body is written.
    pub layout: Layout,
    /// What is seen of it where it is laid out.
    pub pretty: PrettyView,
}

/// How a body is written as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Layout {
    /// Laid out over lines and coloured, if it is JSON to its end.
    #[default]
    Pretty,
    /// As it was received.
    Received,
}

/// The columns left of a body that is laid out.
pub const MARGIN: usize = 2;

/// Returns how many columns the numbers of lines take, the gap behind them included.
pub fn gutter(document: &Document) -> usize {
    line_count(document).to_string().len().max(3) + 2
}

impl TextView {
    /// Makes the view of a body that is shown as it was received.
    pub fn received() -> TextView {
        TextView {
            layout: Layout::Received,
            ..TextView::default()
        }
    }

    /// Returns the width at which lines are wrapped, if they are.
    pub fn width(&self) -> Option<usize> {
        (!self.unwrapped).then_some(self.columns.max(4))
    }

    /// Returns whether the body is laid out over lines: only what is JSON to its end can be.
    pub fn is_pretty(&self, document: &Document) -> bool {
        self.layout == Layout::Pretty && is_laid_out(document)
    }

    /// Returns the place of the selected row in the body.
    pub fn place(&self, document: &Document) -> usize {
        match self.pretty.at(document) {
            Some(row) if self.is_pretty(document) && self.pretty.is_shown() => {
                row.offset(document, self.width())
            }
            Some(_) | None => self.meant,
        }
    }

    /// Writes the body laid out, or as it was received; the place stays.
    pub fn toggle_layout(&mut self, document: &Document) {
        let (moved, place) = (self.moved, self.place(document));
        self.layout = match self.layout {
            Layout::Pretty => Layout::Received,
            Layout::Received => Layout::Pretty,
        };
        self.left = 0;
        self.pretty.forget();
        self.show(document, place);
        self.top = self.at;
        self.moved = moved;
    }

    /// Returns the row below another.
    pub fn after(&self, document: &Document, row: TextRow) -> Option<TextRow> {
        row.after(document, self.width())
    }

    /// Shows the row of a value.
    pub fn show(&mut self, document: &Document, offset: usize) {
        self.at = TextRow::of(document, offset, self.width());
        self.meant = offset;
        self.moved = false;
        if self.is_pretty(document) {
            return self.pretty.show(document, offset, self.width());
        }
        if self.unwrapped {
            // The value is seen a third of the way in, unless it is seen anyhow.
            let inside = offset.saturating_sub(self.at.start);
            if inside < self.left || inside >= self.left + self.columns {
                self.left = inside.saturating_sub(self.columns / 3);
            }
        }
    }

    /// Takes the row for one that was chosen here.
    pub fn stay(&mut self) {
        self.moved = true;
    }

    /// Returns the value that the row stands for; `None` if the row was not chosen here.
    pub fn chosen(&self, document: &Document) -> Option<NodeId> {
        if !self.moved {
            return None;
        }
        if self.is_pretty(document) {
            return self.pretty.at(document).map(|row| row.node);
        }
        let end = self
            .after(document, self.at)
            .map_or(document.size(), |row| row.start);
        let around = document.node_at(self.at.start)?;
        let next = document
            .nth(around.number() + 1)
            .filter(|next| document.offset_of(*next) < end);
        let begins_here = document.offset_of(around) >= self.at.start;
        Some(if begins_here {
            around
        } else {
            next.unwrap_or(around)
        })
    }

    /// Moves by some rows.
    pub fn step(&mut self, document: &Document, rows: i64) {
        if self.is_pretty(document) {
            let width = self.width();
            self.moved |= rows != 0;
            return self.pretty.step(document, rows, width);
        }
        for _ in 0..rows.unsigned_abs() {
            let moved = if rows > 0 {
                self.at.after(document, self.width())
            } else {
                self.at.before(document, self.width())
            };
            let Some(row) = moved else { break };
            self.at = row;
            self.meant = row.start;
            self.moved = true;
        }
    }

    /// Moves to the first or the last row.
    pub fn jump(&mut self, document: &Document, direction: i64) {
        if self.is_pretty(document) {
            let width = self.width();
            self.moved = true;
            return self.pretty.jump(document, direction, width);
        }
        let offset = if direction < 0 { 0 } else { document.size() };
        self.show(document, offset);
        self.moved = true;
    }

    /// Selects the row that is so many below the first one seen.
    pub fn click(&mut self, document: &Document, row: usize) {
        if self.is_pretty(document) {
            let width = self.width();
            self.moved = true;
            return self.pretty.click(document, row, width);
        }
        self.at = self.top;
        self.meant = self.top.start;
        self.step(document, row as i64);
        self.moved = true;
    }

    /// Moves the columns that are seen, where lines are not wrapped.
    pub fn shift(&mut self, direction: i64) {
        let step = (self.columns / 2).max(1) as i64;
        self.left = (self.left as i64).saturating_add(direction * step).max(0) as usize;
        self.meant = self.at.start;
    }

    /// Wraps long lines, or lets them go on to the right.
    pub fn toggle_wrap(&mut self, document: &Document) {
        if self.is_pretty(document) {
            let (moved, place) = (self.moved, self.place(document));
            self.unwrapped = !self.unwrapped;
            self.left = 0;
            self.show(document, place);
            self.moved = moved;
            return;
        }
        let end = self
            .at
            .after(document, None)
            .map_or(document.size(), |next| next.start - 1);
        let seen = self.left..self.left + self.columns;
        let is_seen = seen.contains(&self.meant.saturating_sub(self.at.start));
        let at = if self.unwrapped && !is_seen {
            (self.at.start + self.left).min(end.max(self.at.start))
        } else {
            self.meant
        };
        self.unwrapped = !self.unwrapped;
        self.left = 0;
        let moved = self.moved;
        self.show(document, at);
        self.moved = moved;
        self.top = self.at;
    }

    /// Moves the window so that it holds the row, for a height and a width.
    pub fn fit(&mut self, document: &Document, height: usize, columns: usize) {
        if self.is_pretty(document) {
            self.columns = columns;
            let width = self.width();
            if !self.pretty.is_shown() {
                // It was shown as it was received, while it arrived.
                self.pretty.show(document, self.meant, width);
            }
            return self.pretty.fit(document, height, width);
        }
        if self.columns != columns {
            self.columns = columns;
            let (moved, at) = (self.moved, self.meant);
            self.show(document, at);
            self.moved = moved;
            self.top = TextRow::of(document, self.top.start, self.width());
        }
        let height = height.max(1);
        let width = self.width();
        let rows = |from: TextRow, up: bool, count: usize| {
            let step = move |row: &TextRow| {
                if up {
                    row.before(document, width)
                } else {
                    row.after(document, width)
                }
            };
            std::iter::successors(Some(from), step).take(count)
        };
        if self.at.start < self.top.start {
            self.top = self.at;
        } else if !rows(self.top, false, height).any(|row| row == self.at) {
            self.top = rows(self.at, true, height).last().unwrap_or(self.at);
        }
        let seen = rows(self.top, false, height).count();
        self.top = rows(self.top, true, height - seen + 1)
            .last()
            .unwrap_or(self.top);
    }
}

/// A text with its document.
pub struct TextViewer<'a> {
    /// The document.
    pub document: Arc<Document>,
    /// Its window.
    pub view: &'a mut TextView,
}

impl Viewer for TextViewer<'_> {
    fn step(&mut self, lines: i64) {
        self.view.step(&self.document, lines);
    }

    fn jump(&mut self, end: End) {
        let direction = match end {
            End::First => -1,
            End::Last => 1,
        };
        self.view.jump(&self.document, direction);
    }

    fn sideways(&mut self, side: Side) -> Result<(), &'static str> {
        if !self.view.unwrapped {
            return Err("Lines are wrapped: Enter scrolls them sideways instead");
        }
        self.view.shift(side.sign());
        Ok(())
    }

    fn toggle(&mut self) -> Toggled {
        self.view.toggle_wrap(&self.document);
        Toggled::Done
    }

    fn click(&mut self, row: usize) {
        self.view.click(&self.document, row);
    }

    fn fit(&mut self, width: usize, height: usize) {
        let left = if self.view.is_pretty(&self.document) {
            MARGIN
        } else {
            gutter(&self.document)
        };
        let columns = width.saturating_sub(left);
        self.view.fit(&self.document, height, columns);
    }
}
