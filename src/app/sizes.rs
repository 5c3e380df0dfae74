//! What the last draw measured, as plain numbers.

use super::widgets::focus::Pane;

/// What the last draw measured, in cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The insides of the panes that are visible.
    pub panes: Vec<(Pane, Area)>,
    /// How many lines the popup on top can show, and how many it has.
    pub popup: (usize, usize),
}

/// A part of the screen, in cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Area {
    /// Its left column.
    pub x: u16,
    /// Its first row.
    pub y: u16,
    /// Its columns.
    pub width: u16,
    /// Its rows.
    pub height: u16,
}

impl Sizes {
    /// Returns the inside of a pane; an empty area if it is not visible.
    pub fn pane(&self, pane: Pane) -> Area {
        self.panes
            .iter()
            .find(|(own, _)| *own == pane)
            .map(|(_, area)| *area)
            .unwrap_or_default()
    }

    /// Returns the pane at a cell of the screen, and the row inside of it.
    pub fn hit(&self, column: u16, row: u16) -> Option<(Pane, usize)> {
        let is_inside = |area: &Area| {
            (area.x..area.x + area.width).contains(&column)
                && (area.y..area.y + area.height).contains(&row)
        };
        self.panes
            .iter()
            .find(|(_, area)| is_inside(area))
            .map(|(pane, area)| (*pane, usize::from(row - area.y)))
    }
}
