//! A line or a page of text that is being typed.

use std::borrow::Cow;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

/// Text that is being typed. All of a terminal editor's usual keys work in it.
#[derive(Debug, Clone)]
pub struct TextField {
    area: TextArea<'static>,
    lines: Lines,
}

/// A change around the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// So many characters before the cursor are taken out.
    pub before: usize,
    /// So many characters after it are taken out.
    pub after: usize,
    /// What is put in their place.
    pub text: String,
    /// The cursor is then after so many characters of the text.
    pub cursor: usize,
}

/// How many lines a text may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// One: line breaks become blanks.
    One,
    /// Any number.
    Many,
}

impl TextField {
    /// Begins with a text, the cursor at its end.
    pub fn new(text: &str, lines: Lines) -> TextField {
        let text = fitting(text, lines);
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

    /// Takes a key. Returns whether the text may have changed. Tab is left to whoever has the field.
    pub fn key(&mut self, event: KeyEvent) -> bool {
        let is_control = event.modifiers.contains(KeyModifiers::CONTROL);
        let is_plain = !is_control && !event.modifiers.contains(KeyModifiers::ALT);
        match (event.code, self.lines) {
            (KeyCode::Char(_), _) if is_plain => self.area.input(event),
            // A selection is not shown, and the next key would take out what nobody saw selected.
            _ if event.modifiers.contains(KeyModifiers::SHIFT)
                && event.code != KeyCode::BackTab =>
            {
                let modifiers = event.modifiers.difference(KeyModifiers::SHIFT);
                self.key(KeyEvent { modifiers, ..event })
            }
            (KeyCode::Tab | KeyCode::BackTab, _) => false,
            // Ctrl-J is a line feed, and Ctrl-M is Enter in many terminals.
            (KeyCode::Enter, Lines::One) => false,
            (KeyCode::Char('j' | 'm'), Lines::One) if is_control => false,
            (KeyCode::Char('j'), Lines::Many) if is_control => {
                self.area.insert_newline();
                true
            }
            // What a shell's line does: everything before the cursor goes.
            (KeyCode::Char('u'), _) if is_control => self.area.delete_line_by_head(),
            _ => self.area.input(event),
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.area.insert_str(fitting(&text, self.lines).as_ref());
    }

    /// Makes a change around the cursor.
    pub fn change(&mut self, change: &Change) {
        for _ in 0..change.before {
            self.area.move_cursor(CursorMove::Back);
        }
        self.area.delete_str(change.before + change.after);
        self.area.insert_str(&change.text);
        let behind = change.text.chars().count().saturating_sub(change.cursor);
        for _ in 0..behind {
            self.area.move_cursor(CursorMove::Back);
        }
    }

    /// Replaces the text. The cursor stays after as many characters that are no white space.
    pub fn replace(&mut self, text: &str) {
        let (before, _) = self.around();
        let count = before.chars().filter(|own| !own.is_whitespace()).count();
        *self = TextField::new(text, self.lines);
        let text = self.text();
        let mut seen = 0;
        let is_before = |own: &char| {
            seen += usize::from(!own.is_whitespace());
            seen <= count
        };
        let kept: Vec<char> = text.chars().take_while(is_before).collect();
        let row = kept.iter().filter(|own| **own == '\n').count();
        let column = kept.iter().rev().take_while(|own| **own != '\n').count();
        let place = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        self.area
            .move_cursor(CursorMove::Jump(place(row), place(column)));
    }

    /// Returns the parts of the text before and after the cursor.
    pub fn around(&self) -> (String, String) {
        let (text, at) = self.one_line();
        let split = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
        (text[..split].to_owned(), text[split..].to_owned())
    }

    /// Returns the parts of the line before and after the cursor.
    pub fn line_around(&self) -> (&str, &str) {
        let (lines, (row, column)) = self.view();
        let line = lines.get(row).map_or("", String::as_str);
        let split = line.char_indices().nth(column);
        line.split_at(split.map_or(line.len(), |(at, _)| at))
    }

    /// Returns the text as one line, breaks among its characters, and where the cursor is in it, in characters.
    pub fn one_line(&self) -> (String, usize) {
        let (lines, (row, column)) = self.view();
        let before = lines.iter().take(row);
        let before: usize = before.map(|line| line.chars().count() + 1).sum();
        (self.text(), before + column)
    }

    /// Returns the lines and where the cursor is: row, then column in characters.
    pub fn view(&self) -> (&[String], (usize, usize)) {
        let cursor = self.area.cursor();
        (self.area.lines(), (cursor.0, cursor.1))
    }
}

/// Returns the text as it fits into so many lines.
fn fitting(text: &str, lines: Lines) -> Cow<'_, str> {
    match lines {
        Lines::One if text.contains('\n') => {
            Cow::Owned(text.trim_end_matches('\n').replace('\n', " "))
        }
        Lines::One | Lines::Many => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, TextField};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    #[test]
    fn breaks_become_blanks_in_a_field_of_one_line() {
        for (pasted, one, many) in [
            ("a\nb", "a b", "a\nb"),
            ("a\r\nb\rc\n", "a b c", "a\nb\nc\n"),
            ("\na", " a", "\na"),
            ("plain", "plain", "plain"),
        ] {
            for (lines, expected) in [(Lines::One, one), (Lines::Many, many)] {
                let mut field = TextField::new("", lines);
                field.paste(pasted);
                assert_eq!(field.text(), expected, "{pasted:?} {lines:?}");
            }
        }
        assert_eq!(TextField::new("a\nb", Lines::One).text(), "a b");
    }

    #[test]
    fn ctrl_j_breaks_a_line_where_one_can_be_and_tab_types_nothing() {
        for (code, modifiers, one, many) in [
            (KeyCode::Char('j'), KeyModifiers::CONTROL, "ab", "ab\n"),
            (KeyCode::Char('m'), KeyModifiers::CONTROL, "ab", "ab\n"),
            (KeyCode::Enter, KeyModifiers::NONE, "ab", "ab\n"),
            (KeyCode::Tab, KeyModifiers::NONE, "ab", "ab"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "ab", "ab"),
            (KeyCode::Char('u'), KeyModifiers::CONTROL, "", ""),
        ] {
            for (lines, expected) in [(Lines::One, one), (Lines::Many, many)] {
                let mut field = TextField::new("ab", lines);
                field.key(KeyEvent::new(code, modifiers));
                assert_eq!(field.text(), expected, "{code:?} {lines:?}");
            }
        }
    }

    #[test]
    fn nothing_is_selected_unseen() {
        let mut field = TextField::new("ab cd", Lines::Many);
        for code in [KeyCode::Left, KeyCode::Home, KeyCode::Up, KeyCode::PageUp] {
            field.key(KeyEvent::new(code, KeyModifiers::SHIFT));
        }
        let top = KeyModifiers::SHIFT | KeyModifiers::ALT;
        field.key(KeyEvent::new(KeyCode::Char('<'), top));
        let word = KeyModifiers::SHIFT | KeyModifiers::CONTROL;
        field.key(KeyEvent::new(KeyCode::Right, word));
        field.key(KeyEvent::new(KeyCode::Char('X'), KeyModifiers::SHIFT));
        assert_eq!(field.text(), "ab Xcd");
    }

    #[test]
    fn the_cursor_is_counted_over_the_breaks_of_one_line() {
        let mut field = TextField::new("ab\ncd\n", Lines::Many);
        assert_eq!(field.one_line(), ("ab\ncd\n".to_owned(), 6));
        field.key(KeyEvent::new(KeyCode::Up, KeyModifiers::NONE));
        assert_eq!(field.one_line().1, 3);
    }
}
