//! The mouse: the wheel scrolls, a click selects and opens.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::command::Command;
use super::effect::Effect;
use super::focus::Pane;
use super::{App, Area};

impl App {
    pub(super) fn mouse(&mut self, event: MouseEvent) -> Vec<Effect> {
        let lines = match event.kind {
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::Down(MouseButton::Left) => return self.click(event.column, event.row),
            _ => return Vec::new(),
        };
        if !self.popups.is_empty() {
            self.move_in_popup(lines);
            return Vec::new();
        }
        if let Some((pane, _)) = self.hit(event.column, event.row) {
            self.scroll(pane, lines);
        }
        Vec::new()
    }

    /// Returns the pane at a place of the screen, and the row inside of it.
    fn hit(&self, column: u16, row: u16) -> Option<(Pane, usize)> {
        let inside = |area: &Area| {
            column >= area.x
                && column < area.x + area.width
                && row >= area.y
                && row < area.y + area.height
        };
        self.sizes
            .panes
            .iter()
            .find(|(_, area)| inside(area))
            .map(|(pane, area)| (*pane, usize::from(row - area.y)))
    }

    fn click(&mut self, column: u16, row: u16) -> Vec<Effect> {
        if !self.popups.is_empty() || self.is_typing() {
            return Vec::new();
        }
        let Some((pane, row)) = self.hit(column, row) else {
            return Vec::new();
        };
        let again = self.focus == pane;
        self.focus = pane;
        let selected = |at: usize, length: usize| at < length;
        match pane {
            Pane::Connectors => {
                let at = self.connectors.cursor.top + row;
                if selected(at, self.connectors.shown().len()) {
                    self.connectors.cursor.at = at;
                    return self.perform(Command::Open);
                }
            }
            Pane::Request => {
                let at = self.form.cursor.top + row;
                if selected(at, self.form.rows.len()) {
                    let same = again && self.form.cursor.at == at;
                    self.form.cursor.at = at;
                    if same {
                        return self.perform(Command::Open);
                    }
                }
            }
            Pane::Reply => self.click_reply(row),
        }
        Vec::new()
    }
}
