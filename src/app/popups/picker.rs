//! A list one types into: what matches stays, Enter chooses.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Clicked, Hint, Panes, PopupState};
use crate::app::context::Context;
use crate::app::requests::{
    Choices, ChoicesPlace, FormRequest, FreeText, Item, Neighbour, Request,
};
use crate::app::session::Session;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::text_field::{Lines, TextField};
use crate::text::similar::nearest;
use crate::text::{self, fuzzy};

/// A list to choose from.
#[derive(Debug, Clone)]
pub struct Picker {
    /// The title.
    pub title: String,
    /// All items.
    pub items: Vec<Item>,
    /// The section of each item, by its place; empty where there are none.
    pub sections: Vec<&'static str>,
    /// What is typed.
    pub input: TextField,
    /// The items that match, by their place, the best first.
    pub matches: Vec<usize>,
    /// What is offered below them.
    pub offers: Vec<Offer>,
    /// The selected match.
    pub cursor: Cursor,
    /// What is said where nothing matches.
    pub empty: &'static str,
    /// The columns that labels and words take, over all items.
    pub widths: (usize, usize),
    free: Option<FreeText>,
    /// How many items stand above a divider, while all are shown.
    divided_after: Option<usize>,
    meant: Meant,
    place: ChoicesPlace,
}

/// What Enter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant {
    /// What was typed, if it is the whole of a label or a path; else the best match.
    Typed,
    /// The row that was clicked.
    Row,
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickerRow {
    /// The item of this place.
    Item(usize),
    /// What is offered below the items that match.
    Offer(Offer),
}

/// What is offered besides the items that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// What was typed, as it is.
    Typed,
    /// The item of this place, whose label is similar to it.
    Similar(usize),
}

impl Picker {
    /// Opens a list.
    pub fn new(choices: Choices) -> Picker {
        let Choices {
            title,
            items,
            sections,
            current,
            divided_after,
            free,
            empty,
            place,
        } = choices;
        let at = items.iter().position(|item| item.label == current);
        let mut picker = Picker {
            title,
            items: Vec::new(),
            sections,
            input: TextField::new("", Lines::One),
            matches: Vec::new(),
            offers: Vec::new(),
            cursor: Cursor::default(),
            empty,
            widths: (0, 0),
            free,
            divided_after,
            meant: Meant::Typed,
            place,
        };
        picker.fill(items);
        picker.cursor.at = at.unwrap_or(0);
        picker
    }

    /// Returns the section of a row that is shown; empty where there are none.
    pub fn section(&self, place: usize) -> &'static str {
        let item = self.matches.get(place);
        item.and_then(|item| self.sections.get(*item))
            .copied()
            .unwrap_or_default()
    }

    /// Replaces the items; what is typed stays.
    pub fn fill(&mut self, items: Vec<Item>) {
        let label = |item: &Item| text::width(&text::safe(&item.label));
        let about = |item: &Item| text::width(&item.about);
        self.widths = (
            items.iter().map(label).max().unwrap_or(20),
            items.iter().map(about).max().unwrap_or(0),
        );
        self.items = items;
        self.find_matches();
    }

    /// Selects the item of a label, if it matches.
    pub fn select(&mut self, label: &str) {
        let is_it = |index: &usize| self.items[*index].label == label;
        if let Some(at) = self.matches.iter().position(is_it) {
            self.cursor.at = at;
        }
    }

    fn find_matches(&mut self) {
        let lines = self
            .items
            .iter()
            .map(|item| (item.label.as_str(), item.about.as_str()));
        self.matches = fuzzy::filter(&self.input.text(), lines);
        self.cursor = Cursor::default();
        self.meant = Meant::Typed;
        self.offers = self.offers();
    }

    /// Returns what is offered below what matches: what was typed, where that counts, and where nothing matches a similar
    /// item.
    fn offers(&self) -> Vec<Offer> {
        let typed = self.input.text();
        let typed = typed.trim();
        let mut labels = self.items.iter().map(|item| item.label.as_str());
        if typed.is_empty() || labels.any(|label| label == typed) {
            return Vec::new();
        }
        let mut labels = self.items.iter().map(|item| item.label.as_str());
        let similar = match self.matches.as_slice() {
            [] => nearest(typed, labels.clone()),
            [_, ..] => None,
        };
        let similar = similar.and_then(|similar| labels.position(|label| label == similar));
        // Where the list has no row yet, the typed text needs none of its own.
        let is_row = self.free.is_some() && (similar.is_some() || !self.matches.is_empty());
        let own = is_row.then_some(Offer::Typed);
        own.into_iter().chain(similar.map(Offer::Similar)).collect()
    }

    /// Returns whether a line divides the items.
    pub fn is_divided(&self) -> bool {
        self.divided_after.is_some()
    }

    /// Returns before which row a line divides the list: only while all items are shown in their order.
    pub fn divider(&self) -> Option<usize> {
        self.divided_after
            .filter(|_| self.matches.len() == self.items.len() && self.input.text().is_empty())
    }

    /// Returns what stands in a row of the list.
    pub fn row(&self, at: usize) -> Option<PickerRow> {
        match self.matches.get(at) {
            Some(index) => Some(PickerRow::Item(*index)),
            None => {
                let offer = self.offers.get(at - self.matches.len());
                offer.copied().map(PickerRow::Offer)
            }
        }
    }

    /// Returns how many rows the list has.
    pub fn count(&self) -> usize {
        self.matches.len() + self.offers.len()
    }

    /// Returns what Enter does: what was typed in full is meant, whatever matches better.
    pub fn chosen(&self) -> Option<Request> {
        let typed = self.input.text();
        let typed = typed.trim();
        if let (Some(free @ FreeText::Path), Meant::Typed) = (&self.free, self.meant)
            && typed.starts_with(['.', '['])
        {
            return Some(free.request(typed.to_owned()));
        }
        let is_typed =
            |item: &&Item| self.meant == Meant::Typed && !typed.is_empty() && item.label == typed;
        let selected = match self.row(self.cursor.at) {
            Some(PickerRow::Item(index) | PickerRow::Offer(Offer::Similar(index))) => Some(index),
            Some(PickerRow::Offer(Offer::Typed)) | None => None,
        };
        let selected = selected.map(|index| &self.items[index]);
        match self.items.iter().find(is_typed).or(selected) {
            Some(item) => Some(item.request.clone()),
            None if typed.is_empty() => None,
            None => self
                .free
                .as_ref()
                .map(|free| free.request(typed.to_owned())),
        }
    }

    fn choose(&self, context: &mut Context<'_>) {
        if let Some(request) = self.chosen() {
            context.request(Request::Close);
            context.request(request);
        }
    }
}

/// Leaves the value of a row of the form as it is, and edits the row beside it.
pub(super) fn go_on(neighbour: Neighbour, context: &mut Context<'_>) {
    context.request(Request::Close);
    context.request(Request::Form(FormRequest::EditNeighbour(neighbour)));
}

impl PopupState for Picker {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        let window = context.session.popup_height.max(2) as i64 - 1;
        let is_control = event.modifiers.contains(KeyModifiers::CONTROL);
        match event.code {
            KeyCode::Enter => self.choose(context),
            KeyCode::Down => self.scroll(1, panes),
            KeyCode::Up => self.scroll(-1, panes),
            KeyCode::Tab if self.place == ChoicesPlace::Row => go_on(Neighbour::Next, context),
            KeyCode::BackTab if self.place == ChoicesPlace::Row => {
                go_on(Neighbour::Previous, context);
            }
            KeyCode::PageDown => self.scroll(window, panes),
            KeyCode::PageUp => self.scroll(-window, panes),
            KeyCode::Char('n') if is_control => self.scroll(1, panes),
            KeyCode::Char('p') if is_control => self.scroll(-1, panes),
            _ => {
                let before = self.input.text();
                self.input.key(event);
                if self.input.text() != before {
                    self.find_matches();
                }
            }
        }
    }

    fn paste(&mut self, text: &str) {
        self.input.paste(text);
        self.find_matches();
    }

    fn select_row(&mut self, row: usize, _: &Panes<'_>) -> Clicked {
        if row >= self.count() {
            return Clicked::Selects;
        }
        self.meant = Meant::Row;
        self.cursor.at = row;
        Clicked::Opens
    }

    fn list(&mut self, _: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        let count = self.count();
        Some((&mut self.cursor, count))
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        let mut hints = vec![
            ("Enter", "choose"),
            ("↑ ↓", "move"),
            ("Esc", "close"),
            ("type", "to filter"),
        ];
        if self.place == ChoicesPlace::Row {
            hints.push(("Tab", "next row"));
        }
        hints
    }
}
