//! The mouse: the wheel scrolls, a click selects and opens.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::context::Context;
use super::effect::Effect;
use super::popups::{Clicked, Panes, Popup};
use super::request::HadFocus;
use super::sizes::Target;
use super::widgets::focus::Pane;
use super::{App, act, act_in_popup};

/// How many lines a step of the wheel scrolls.
const WHEEL: i64 = 3;

impl App {
    pub(super) fn mouse(&mut self, event: MouseEvent) -> Vec<Effect> {
        match event.kind {
            MouseEventKind::ScrollDown => self.wheel(event, WHEEL),
            MouseEventKind::ScrollUp => self.wheel(event, -WHEEL),
            MouseEventKind::Down(MouseButton::Left) => self.click(event.column, event.row),
            MouseEventKind::Down(MouseButton::Right | MouseButton::Middle)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => Vec::new(),
        }
    }

    fn wheel(&mut self, event: MouseEvent, lines: i64) -> Vec<Effect> {
        if !self.popups.is_empty() {
            return act_in_popup!(self, |popup, context, panes| {
                let _ = &mut context;
                popup.scroll(lines, panes)
            });
        }
        match self
            .sizes
            .hit(event.column, event.row)
            .map(|(pane, _)| pane)
        {
            Some(Pane::Connectors) => {
                let count = self.connectors.count();
                self.connectors.cursor.step(lines, count);
            }
            Some(pane) if self.sizes.folded == Some(pane) => {}
            Some(Pane::Request) => {
                let rows = self.request.form.rows.len();
                self.request.form.cursor.step(lines, rows);
            }
            Some(Pane::Reply) => self.reply.scroll(lines),
            None => {}
        }
        Vec::new()
    }

    /// A click outside of the popup closes it; one on a row of its list selects it, or does what Enter does.
    fn click_in_popup(&mut self, column: u16, row: u16) -> Vec<Effect> {
        if !self.sizes.popup_area.contains(column, row) {
            return self.decline_popup();
        }
        let list = self.sizes.popup_list;
        if !list.contains(column, row) {
            return Vec::new();
        }
        let line = match self.sizes.popup_divider {
            Some(divider) if row == divider => return Vec::new(),
            Some(divider) if row > divider => usize::from(row - list.y) - 1,
            Some(_) | None => usize::from(row - list.y),
        };
        act_in_popup!(self, |popup, context, panes| {
            let top = popup.list(panes).map_or(0, |(cursor, _)| cursor.top);
            let key = match popup.select_row(top + line, panes) {
                Clicked::Selects => None,
                Clicked::Opens => Some(KeyCode::Enter),
                Clicked::Changes => Some(KeyCode::Char(' ')),
            };
            if let Some(code) = key {
                let event = KeyEvent::new(code, KeyModifiers::NONE);
                popup.key(event, &mut context, panes);
            }
        })
    }

    fn click(&mut self, column: u16, row: u16) -> Vec<Effect> {
        match self.sizes.target(column, row) {
            Some(Target::Key(event)) => return self.key(event),
            Some(Target::Command(command)) => {
                self.focus.prefix = None;
                return self.perform(command);
            }
            None => {}
        }
        if self.focus.prefix.take().is_some() {
            return Vec::new();
        }
        if !self.popups.is_empty() {
            return self.click_in_popup(column, row);
        }
        if self.is_typing() {
            return Vec::new();
        }
        let Some((pane, row)) = self.sizes.hit(column, row) else {
            return Vec::new();
        };
        let had_focus = if self.focus.pane == pane {
            HadFocus::Yes
        } else {
            HadFocus::No
        };
        self.focus.pane = pane;
        if self.sizes.folded == Some(pane) {
            return Vec::new();
        }
        act!(self, |context| match pane {
            Pane::Connectors => self.connectors.click(row, &mut context),
            Pane::Request => self.request.click(row, had_focus, &mut context),
            Pane::Reply => self.reply.click(row),
        })
    }
}
