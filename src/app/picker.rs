//! A fuzzy list to choose from: entities, actions, values, workspaces, commands.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::command::Command;
use super::cursor::Cursor;
use super::input::{Input, Lines};
use crate::attachments::Lead;
use crate::text;

/// A list to choose from. Typing filters it.
#[derive(Debug, Clone)]
pub struct Picker {
    /// What is chosen.
    pub title: String,
    /// Everything there is.
    pub items: Vec<Item>,
    /// What was typed.
    pub input: Input,
    /// The items that match, best first.
    pub matches: Vec<usize>,
    /// The selected match.
    pub cursor: Cursor,
    /// What Enter does with a text that matches nothing.
    pub free: Option<FreeText>,
    /// A sentence for when there is nothing to choose from.
    pub empty: String,
    /// How many columns the widest name takes, and the widest of what is said beside one.
    pub widths: (usize, usize),
}

/// A line of a picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub label: String,
    /// What is said beside it.
    pub about: String,
    /// What choosing it means.
    pub choice: Choice,
}

/// What choosing means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Take the entity.
    Entity(String),
    /// Take the action.
    Action(String),
    /// Set the value of the row of that name to a text.
    Value(String, String),
    /// List another workspace.
    Workspace(String),
    /// Send another organization along: its id and name.
    Organization(String, String),
    /// Run the command.
    Run(Command),
    /// Show or hide the column of that path.
    Column(String),
    /// Go to the path that was typed.
    Path(String),
    /// Go to the field of that path.
    Field(String),
    /// Go where the record leads.
    Lead(Box<Lead>),
}

/// What a free text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreeText {
    /// It is an entity.
    Entity,
    /// It is an action.
    Action,
    /// It is the value of the row of that name.
    Value(String),
    /// It is a workspace.
    Workspace,
    /// It is a path.
    Path,
}

impl Picker {
    /// Makes a picker with the item selected that is current.
    pub fn new(title: impl Into<String>, items: Vec<Item>, current: &str) -> Picker {
        let at = items
            .iter()
            .position(|item| item.label == current)
            .unwrap_or(0);
        let mut picker = Picker {
            matches: Vec::new(),
            widths: (0, 0),
            title: title.into(),
            items: Vec::new(),
            input: Input::new("", Lines::One),
            cursor: Cursor::default(),
            free: None,
            empty: "Nothing matches.".to_owned(),
        };
        picker.fill(items);
        picker.cursor.at = at;
        picker
    }

    /// Takes other items to choose from.
    pub fn fill(&mut self, items: Vec<Item>) {
        let widest = |width: &dyn Fn(&Item) -> usize| items.iter().map(width).max();
        let label = widest(&|item| text::width(&text::safe(&item.label))).unwrap_or(20);
        self.widths = (label, widest(&|item| text::width(&item.about)).unwrap_or(0));
        self.items = items;
        self.refresh();
    }

    /// Lets a text that matches nothing be taken as it is.
    pub fn with_free(mut self, free: FreeText) -> Picker {
        self.free = Some(free);
        self
    }

    /// Filters again, after something was typed.
    pub fn refresh(&mut self) {
        self.matches = filter(
            &self.input.text(),
            self.items
                .iter()
                .map(|item| (item.label.as_str(), item.about.as_str())),
        );
        self.cursor = Cursor::default();
    }

    /// Returns what Enter takes.
    pub fn chosen(&self) -> Option<Choice> {
        let text = self.input.text();
        let text = text.trim();
        let selected = self
            .matches
            .get(self.cursor.at)
            .map(|index| &self.items[*index]);
        // A place in the body is meant, not a field like it.
        if self.free == Some(FreeText::Path) && text.starts_with(['.', '[']) {
            return Some(Choice::Path(text.to_owned()));
        }
        // What was typed in full is meant, whatever the filter thinks is better.
        let exact = self
            .items
            .iter()
            .find(|item| !text.is_empty() && item.label == text);
        match (exact.or(selected), &self.free) {
            (Some(item), _) => Some(item.choice.clone()),
            (None, Some(_)) if text.is_empty() => None,
            (None, Some(FreeText::Entity)) => Some(Choice::Entity(text.to_owned())),
            (None, Some(FreeText::Action)) => Some(Choice::Action(text.to_owned())),
            (None, Some(FreeText::Value(row))) => Some(Choice::Value(row.clone(), text.to_owned())),
            (None, Some(FreeText::Path)) => Some(Choice::Path(text.to_owned())),
            (None, Some(FreeText::Workspace)) => Some(Choice::Workspace(text.to_owned())),
            (None, None) => None,
        }
    }
}

/// Returns the indices of the lines that match a text, best first; all in order if it is empty.
/// A match in the label counts more than one in what is said beside it.
pub fn filter<'a>(text: &str, lines: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<usize> {
    let text = text.trim();
    if text.is_empty() {
        return lines.enumerate().map(|(index, _)| index).collect();
    }
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
    let mut found: Vec<(u32, usize)> = lines
        .enumerate()
        .filter_map(|(index, (label, about))| {
            let points = score(label)
                .map(|points| points * 2 + 1000)
                .or_else(|| score(about))?;
            Some((points, index))
        })
        .collect();
    found.sort_by_key(|(points, index)| (std::cmp::Reverse(*points), *index));
    found.into_iter().map(|(_, index)| index).collect()
}
