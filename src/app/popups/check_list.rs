//! The allowed items of an array, to be checked.

use crossterm::event::{KeyCode, KeyEvent};

use super::picker::go_on;
use super::{Clicked, Hint, Panes, PopupState, move_or_close};
use crate::app::context::Context;
use crate::app::requests::{CheckListRequest, FormRequest, Neighbour, Request};
use crate::app::session::Session;
use crate::app::widgets::cursor::Cursor;

/// The items of an array, to be checked. The parameter changes only when they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckList {
    /// The parameter.
    pub name: String,
    /// The items, in the order of the definition; those that it does not declare come last.
    pub items: Vec<CheckItem>,
    /// The selected item.
    pub cursor: Cursor,
}

/// An item of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckItem {
    /// The item, as JSON.
    pub json: String,
    /// Whether it is in the array.
    pub state: CheckState,
    /// Whether the definition declares it.
    pub origin: ItemOrigin,
}

impl CheckItem {
    fn toggle(&mut self) {
        self.state = match self.state {
            CheckState::Checked => CheckState::Unchecked,
            CheckState::Unchecked => CheckState::Checked,
        };
    }
}

/// Whether an item is in the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    /// It is.
    Checked,
    /// It is not.
    Unchecked,
}

/// Where an item comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemOrigin {
    /// The definition allows it.
    Declared,
    /// It was in the array, though the definition does not name it.
    Typed,
}

impl CheckList {
    /// Opens the list with what the array holds.
    pub fn open(request: CheckListRequest) -> CheckList {
        let CheckListRequest {
            name,
            choices,
            chosen,
        } = request;
        let item = |json: &String, origin| CheckItem {
            json: json.clone(),
            state: if chosen.contains(json) {
                CheckState::Checked
            } else {
                CheckState::Unchecked
            },
            origin,
        };
        let declared = choices.iter();
        let declared = declared.map(|json| item(json, ItemOrigin::Declared));
        let others = chosen.iter().filter(|json| !choices.contains(json));
        let others = others.map(|json| item(json, ItemOrigin::Typed));
        CheckList {
            name,
            items: declared.chain(others).collect(),
            cursor: Cursor::default(),
        }
    }

    /// Returns the checked items, as JSON.
    pub fn checked(&self) -> Vec<String> {
        let items = self.items.iter();
        let checked = items.filter(|item| item.state == CheckState::Checked);
        checked.map(|item| item.json.clone()).collect()
    }

    fn toggle(&mut self) {
        if let Some(item) = self.items.get_mut(self.cursor.at) {
            item.toggle();
        }
        self.cursor.step(1, self.items.len());
    }

    /// Checks all; none if all are checked.
    fn toggle_all(&mut self) {
        let is_checked = |item: &CheckItem| item.state == CheckState::Checked;
        let state = if self.items.iter().all(is_checked) {
            CheckState::Unchecked
        } else {
            CheckState::Checked
        };
        for item in &mut self.items {
            item.state = state;
        }
    }
}

impl PopupState for CheckList {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        match event.code {
            KeyCode::Char(' ') => self.toggle(),
            KeyCode::Char('a') => self.toggle_all(),
            KeyCode::Enter => {
                let items = FormRequest::SetItems(self.name.clone(), self.checked());
                context.request(Request::Close);
                context.request(Request::Form(items));
            }
            KeyCode::Tab | KeyCode::BackTab => {
                let items = FormRequest::SetItems(self.name.clone(), self.checked());
                context.request(Request::Form(items));
                go_on(
                    if event.code == KeyCode::Tab {
                        Neighbour::Next
                    } else {
                        Neighbour::Previous
                    },
                    context,
                );
            }
            KeyCode::Char('e') => {
                context.request(Request::Close);
                context.request(Request::Form(FormRequest::EditAsJson(self.name.clone())));
            }
            _ => move_or_close(self, event, None, context, panes),
        }
    }

    fn list(&mut self, _: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        let length = self.items.len();
        Some((&mut self.cursor, length))
    }

    fn select_row(&mut self, row: usize, _: &Panes<'_>) -> Clicked {
        if let Some(item) = self.items.get_mut(row) {
            item.toggle();
            self.cursor.at = row;
        }
        Clicked::Selects
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        vec![
            ("Space", "check"),
            ("Enter", "keep"),
            ("a", "all or none"),
            ("Esc", "old value"),
            ("e", "edit as JSON"),
        ]
    }
}
