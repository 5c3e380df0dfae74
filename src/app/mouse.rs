//! The mouse: the wheel scrolls, a click selects and opens.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::context::Context;
use super::effect::Effect;
use super::popups::{Panes, Popup};
use super::request::HadFocus;
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
            Some(Pane::Request) => {
                let rows = self.request.form.rows.len();
                self.request.form.cursor.step(lines, rows);
            }
            Some(Pane::Reply) => self.reply.scroll(lines),
            None => {}
        }
        Vec::new()
    }

    fn click(&mut self, column: u16, row: u16) -> Vec<Effect> {
        if !self.popups.is_empty() || self.is_typing() {
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
        act!(self, |context| match pane {
            Pane::Connectors => self.connectors.click(row, &mut context),
            Pane::Request => self.request.click(row, had_focus, &mut context),
            Pane::Reply => self.reply.click(row),
        })
    }
}
