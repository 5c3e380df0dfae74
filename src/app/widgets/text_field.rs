//! A line or a page of text that is being typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

/// Text that is being typed. All of a terminal editor's usual keys work in it.
#[derive(Debug, Clone)]
pub struct TextField {
    area: TextArea<'static>,
    lines: Lines,
}

/// How many lines a text may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// One.
    One,
    /// Any number.
    Many,
}

impl TextField {
    /// Begins with a text, the cursor at its end.
    pub fn new(text: &str, lines: Lines) -> TextField {
        let mut area = TextArea::from(text.split('\n').map(str::to_owned));
        area.set_max_histories(200);
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        TextField { area, lines }
    }

    /// Begins with a template of several lines, the cursor at the end of its second one.
    pub fn inside(template: &str) -> TextField {
        let mut input = TextField::new(template, Lines::Many);
        input.area.move_cursor(CursorMove::Jump(1, u16::MAX));
        input
    }

    /// Returns the text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Takes a key. Returns whether the text may have changed.
    pub fn key(&mut self, event: KeyEvent) -> bool {
        // A single line has no lines to add, and Ctrl-M is Enter in many terminals.
        let breaks = event.code == KeyCode::Enter
            || event.modifiers.contains(KeyModifiers::CONTROL) && event.code == KeyCode::Char('m');
        if self.lines == Lines::One && breaks {
            return false;
        }
        // What a shell's line does: everything before the cursor goes.
        if event.modifiers.contains(KeyModifiers::CONTROL) && event.code == KeyCode::Char('u') {
            return self.area.delete_line_by_head();
        }
        self.area.input(event)
    }

    /// Takes pasted text; one line keeps only what is before the first break.
    pub fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        match self.lines {
            Lines::One => self
                .area
                .insert_str(text.lines().next().unwrap_or_default()),
            Lines::Many => self.area.insert_str(&text),
        };
    }

    /// Returns the lines and where the cursor is: row, then column in characters.
    pub fn view(&self) -> (&[String], (usize, usize)) {
        let cursor = self.area.cursor();
        (self.area.lines(), (cursor.0, cursor.1))
    }
}
