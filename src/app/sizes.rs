//! What the last draw measured, as plain numbers.

use crossterm::event::KeyEvent;

use super::command::Command;
use super::widgets::focus::Pane;

/// What the last draw measured, in cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The insides of the panes that are visible.
    pub panes: Vec<(Pane, Area)>,
    /// The pane that is folded to a line: a click opens it, and its window is kept as it was.
    pub folded: Option<Pane>,
    /// How many lines the popup on top can show, and how many it has.
    pub popup: (usize, usize),
    /// The popup on top with its border; empty where there is none.
    pub popup_area: Area,
    /// The rows of its list that are shown.
    pub popup_list: Area,
    /// The row among them that only divides the list.
    pub popup_divider: Option<u16>,
    /// The words that do something when they are clicked.
    pub targets: Vec<(Area, Target)>,
}

/// What a click does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// What this key does.
    Key(KeyEvent),
    /// A command.
    Command(Command),
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

impl Area {
    /// Returns whether a cell of the screen is in it.
    pub fn contains(&self, column: u16, row: u16) -> bool {
        (self.x..self.x.saturating_add(self.width)).contains(&column)
            && (self.y..self.y.saturating_add(self.height)).contains(&row)
    }
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
        self.panes
            .iter()
            .find(|(_, area)| area.contains(column, row))
            .map(|(pane, area)| (*pane, usize::from(row - area.y)))
    }

    /// Returns what a click on a cell does, if a word that does something is there.
    pub fn target(&self, column: u16, row: u16) -> Option<Target> {
        self.targets
            .iter()
            .find(|(area, _)| area.contains(column, row))
            .map(|(_, target)| *target)
    }
}
