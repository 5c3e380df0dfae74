//! Finding in a reply: matches arrive while the search runs, and the cursor goes to the first of them.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::page::Tab;
use super::views::View;
use super::{PageTab, ReplyPane};
use crate::app::context::Context;
use crate::app::effect::{DocumentEffect, Effect};
use crate::app::ids::{PageId, TaskId};
use crate::app::widgets::load::Load;
use crate::app::widgets::notice::Notice;
use crate::app::widgets::text_field::{Lines, TextField};
use crate::json::document::{Document, NodeId};
use crate::json::find::{Batch, Needle};
use crate::text;

/// A search in the tree.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The page and the tab that it is made in.
    pub owner: Option<PageTab>,
    /// What is looked for.
    pub needle: Option<Needle>,
    /// The values that match and stand before the place where the search began, in order.
    pub before: Vec<NodeId>,
    /// Those from that place on.
    pub after: Vec<NodeId>,
    /// The values directly inside of the root that the matches stand in: before and from that place on.
    pub children: (Vec<NodeId>, Vec<NodeId>),
    /// The search that runs.
    pub running: Load<()>,
    /// Whether the cursor has gone to a match.
    pub jump: Jump,
    /// Whether only what matches is shown.
    pub keeps: bool,
}

impl Search {
    /// Returns how many values match so far.
    pub fn count(&self) -> usize {
        self.before.len() + self.after.len()
    }

    /// Returns a match by its place.
    pub fn hit(&self, place: usize) -> Option<NodeId> {
        match place.checked_sub(self.before.len()) {
            Some(place) => self.after.get(place).copied(),
            None => self.before.get(place).copied(),
        }
    }

    /// Returns how many matches stand before a value.
    pub fn count_before(&self, node: NodeId) -> usize {
        let count = |hits: &[NodeId]| hits.partition_point(|hit| *hit < node);
        count(&self.before) + count(&self.after)
    }

    /// Returns how many matches stand before a value or on it.
    pub fn count_up_to(&self, node: NodeId) -> usize {
        let count = |hits: &[NodeId]| hits.partition_point(|hit| *hit <= node);
        count(&self.before) + count(&self.after)
    }

    /// Returns the values directly inside of the root that hold matches, sorted.
    pub fn kept(&self) -> Vec<NodeId> {
        let mut kept = self.children.0.clone();
        kept.extend(
            self.children
                .1
                .iter()
                .filter(|child| self.children.0.last() != Some(child)),
        );
        kept
    }
}

/// What there was before a search is typed, for when it is given up.
#[derive(Debug, Clone)]
pub(super) struct FindStart {
    /// The page and the tab.
    owner: Option<PageTab>,
    /// Where the cursor was.
    at: NodeId,
    /// What was looked for, and whether only that was shown; set when another text is looked for.
    former: Option<(Option<Needle>, bool)>,
}

/// Whether the cursor goes to the first match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Jump {
    /// It has still to go there.
    #[default]
    Due,
    /// It has gone, or stays where it is.
    Done,
}

/// Whether a search has further matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// These were the last ones.
    None,
    /// Others may follow.
    Follows,
}

/// A direction of going from match to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// To the next one.
    Next,
    /// To the previous one.
    Previous,
}

impl Search {
    /// Returns what is looked for and how often it was found; nothing if nothing is looked for.
    pub fn words(&self) -> Option<String> {
        let needle = self.needle.as_ref()?;
        let more = if self.running.task().is_some() {
            "…"
        } else {
            ""
        };
        Some(format!(
            "/{} {}{more}",
            text::cut_end(&text::safe(needle.text()), 24),
            text::count(self.count() as u64)
        ))
    }
}

impl ReplyPane {
    /// Returns whether the search was made in the page and the tab that are shown.
    pub fn search_is_here(&self) -> bool {
        self.search.owner.is_some() && self.search.owner == self.page_tab()
    }

    /// Returns what is searched: a document, inside of which value, and where the cursor is.
    fn searched(&self) -> Option<(Arc<Document>, NodeId, NodeId)> {
        if let Some(tree) = self.tree() {
            let root = tree.root();
            let at = if tree.holds(tree.cursor()) {
                tree.cursor()
            } else {
                root
            };
            return Some((Arc::clone(tree.document()), root, at));
        }
        let (document, view) = self.page()?.text(self.tab)?;
        let root = document.root()?;
        let at = document.node_at(view.place(document)).unwrap_or(root);
        Some((Arc::clone(document), root, at))
    }

    /// Takes a key while the text to find or the filter is typed.
    pub fn key_in_field(&mut self, event: KeyEvent, context: &mut Context<'_>) {
        let Some(field) = &mut self.typing else {
            return self.key_in_filter(event, context);
        };
        if !matches!(event.code, KeyCode::Enter | KeyCode::Tab) {
            let before = field.text();
            field.key(event);
            if field.text() != before {
                self.find_while_typing(context);
            }
            return;
        }
        let typed = field.text();
        self.typing = None;
        self.find_start = None;
        let needle = self.search.needle.as_ref();
        if needle.is_none_or(|needle| needle.text() != typed) || !self.search_is_here() {
            return self.search(&typed, context);
        }
        // It was looked for while it was typed.
        match self.search.count() {
            0 if self.search.running.task().is_some() => {}
            0 => self.say_not_found(context),
            _ => self.say_match(context),
        }
    }

    /// Opens the field for the text to find.
    pub(super) fn begin_find(&mut self) {
        self.typing = Some(TextField::new("", Lines::One));
        self.find_start = self.searched().map(|(_, _, at)| FindStart {
            owner: self.page_tab(),
            at,
            former: None,
        });
    }

    /// Looks for what is typed by now, from where the cursor was before.
    fn find_while_typing(&mut self, context: &mut Context<'_>) {
        let Some(typed) = self.typing.as_ref().map(TextField::text) else {
            return;
        };
        if let Some(start) = &mut self.find_start
            && start.former.is_none()
        {
            start.former = Some((self.search.needle.clone(), self.search.keeps));
        }
        self.end_search(context);
        self.go_to_find_start();
        // A regular expression may be whole only with its last letter.
        if let Some(needle) = Needle::parse(&typed).ok().filter(|_| !typed.is_empty()) {
            self.search.needle = Some(needle);
            self.run_search(Jump::Due, context);
        }
    }

    fn go_to_find_start(&mut self) {
        let start = self.find_start.as_ref();
        let at = start
            .filter(|start| start.owner == self.page_tab())
            .map(|start| start.at);
        if let Some(at) = at {
            self.go_to_value(at);
        }
    }

    /// Gives up the search that is typed: the cursor and the search before it come back.
    pub fn leave_find(&mut self, context: &mut Context<'_>) {
        self.typing = None;
        let former = self
            .find_start
            .as_mut()
            .and_then(|start| start.former.take());
        if let Some((needle, keeps)) = former {
            self.end_search(context);
            self.go_to_find_start();
            if needle.is_some() {
                (self.search.needle, self.search.keeps) = (needle, keeps);
                self.run_search(Jump::Done, context);
            }
        }
        self.find_start = None;
    }

    /// Takes pasted text while the text to find or the filter is typed.
    pub fn paste(&mut self, text: &str, context: &mut Context<'_>) {
        match &mut self.typing {
            Some(field) => {
                field.paste(text);
                self.find_while_typing(context);
            }
            None => self.paste_in_filter(text, context),
        }
    }

    /// Searches for what was typed; nothing ends the search.
    pub(super) fn search(&mut self, typed: &str, context: &mut Context<'_>) {
        self.end_search(context);
        if typed.is_empty() {
            return;
        }
        match Needle::parse(typed) {
            Ok(needle) => {
                self.search.needle = Some(needle);
                self.run_search(Jump::Due, context);
            }
            Err(reason) => {
                // The text is to be corrected, not typed again.
                self.typing = Some(TextField::new(typed, Lines::One));
                context.notify(Notice::warning(format!(
                    "This is no regular expression: {}",
                    text::safe(&reason)
                )));
            }
        }
    }

    /// Runs the search from the cursor.
    pub(super) fn run_search(&mut self, jump: Jump, context: &mut Context<'_>) {
        let Some((document, root, from)) = self.searched() else {
            return context.info("There are no values to find anything in");
        };
        let owner = self.page_tab();
        let search = &mut self.search;
        let Some(needle) = &search.needle else {
            return;
        };
        let needle = needle.text().to_owned();
        let task = context.start(&mut search.running);
        (search.before, search.after, search.children) = Default::default();
        search.owner = owner;
        search.jump = jump;
        context.effect(Effect::Document(DocumentEffect::Find {
            task,
            document,
            root,
            from,
            needle,
        }));
    }

    /// Takes matches of the search that runs.
    pub(super) fn found(
        &mut self,
        task: TaskId,
        batch: Batch,
        rest: Rest,
        context: &mut Context<'_>,
    ) {
        let is_here = self.search_is_here();
        let search = &mut self.search;
        if search.running.task() != Some(task) || !is_here {
            return;
        }
        let (hits, children) = if batch.before {
            (&mut search.before, &mut search.children.0)
        } else {
            (&mut search.after, &mut search.children.1)
        };
        hits.extend(batch.hits);
        let known = children.last().copied();
        let new = batch.children.into_iter();
        children.extend(new.filter(|child| Some(*child) != known));
        let is_over = rest == Rest::None;
        if is_over {
            search.running.finish(task, Ok(()));
        }
        if search.jump == Jump::Due && search.count() > 0 {
            search.jump = Jump::Done;
            let first = search.before.len() % search.count();
            self.go_to_match(first, context);
        } else if is_over && search.count() == 0 {
            self.say_not_found(context);
        } else if is_over && !search.keeps {
            self.say_match(context);
        }
        if self.search.keeps {
            self.keep_matches(context);
        }
    }

    /// Goes to the next or the previous match.
    pub(super) fn go_towards(&mut self, towards: Towards, context: &mut Context<'_>) {
        let Some((_, _, at)) = self.searched() else {
            return;
        };
        if !self.search_is_here() {
            return context.info("The search was made elsewhere: / finds here");
        }
        let search = &self.search;
        let count = search.count();
        if count == 0 {
            let is_running = search.running.task().is_some();
            return context.info(if is_running {
                "Still searching"
            } else {
                "No match"
            });
        }
        let place = match towards {
            Towards::Next => search.count_up_to(at) % count,
            Towards::Previous => (search.count_before(at) + count - 1) % count,
        };
        self.go_to_match(place, context);
    }

    fn go_to_match(&mut self, place: usize, context: &mut Context<'_>) {
        if let Some(hit) = self.search.hit(place) {
            self.go_to_value(hit);
            self.say_match(context);
        }
    }

    /// Moves the cursor to a value of the page that is shown; in text to the match inside of it.
    pub(super) fn go_to_value(&mut self, node: NodeId) {
        let needle = self.search.needle.as_ref();
        let needle = needle.filter(|_| self.search_is_here());
        let offset = self
            .searched()
            .zip(needle)
            .map(|((document, ..), needle)| needle.place_in(&document, node));
        if let Some(tree) = self.tree_mut() {
            tree.go_to(node);
        }
        if self.view() != View::Text {
            return;
        }
        let tab = self.tab;
        if let Some((document, view)) = self.page_mut().and_then(|page| page.text_mut(tab)) {
            let offset = offset.unwrap_or_else(|| document.offset_of(node));
            view.show(&document, offset);
            if tab == Tab::Body {
                view.stay();
            }
        }
    }

    /// Moves the cursor to a value of any page.
    pub(super) fn go_to_page_value(
        &mut self,
        page: PageId,
        node: NodeId,
        context: &mut Context<'_>,
    ) {
        if self.page().map(|own| own.id) != Some(page) {
            match self.pages.iter().position(|own| own.id == page) {
                Some(at) => self.go_to_page(at, context),
                None => return context.info("This page was replaced by another one meanwhile"),
            }
        }
        self.tab = Tab::Result;
        self.all_pages = None;
        self.go_to_value(node);
    }

    fn say_not_found(&self, context: &mut Context<'_>) {
        let needle = self.search.needle.as_ref();
        let needle = needle.map(Needle::text).unwrap_or_default();
        context.info(format!("`{}` is not found here", text::safe(needle)));
    }

    fn say_match(&self, context: &mut Context<'_>) {
        let Some((_, _, at)) = self.searched() else {
            return;
        };
        let search = &self.search;
        let place = search.count_up_to(at);
        let is_on_match = place.checked_sub(1).and_then(|place| search.hit(place)) == Some(at);
        let more = self.so_far();
        let count = search.count() as u64;
        context.info(if is_on_match {
            let place = text::count(place as u64);
            format!("Match {place} of {}{more}", text::count(count))
        } else {
            format!("{}{more}", text::plural(count, "match"))
        });
    }

    fn so_far(&self) -> &'static str {
        match self.search.running.task() {
            Some(_) => " so far",
            None => "",
        }
    }

    /// Finds the text of the value, or the key of a container, elsewhere.
    pub(super) fn find_value(&mut self, context: &mut Context<'_>) {
        let Some(tree) = self.tree() else {
            return;
        };
        let (document, at) = (tree.document(), tree.cursor());
        let words = if document.is_container(at) {
            document.key(at)
        } else {
            Some(document.plain(at))
        };
        let words: String = words
            .iter()
            .flat_map(|words| words.chars())
            .take(200)
            .collect();
        if words.is_empty() {
            return context.info("There is no text here to find elsewhere");
        }
        self.search(&words, context);
    }

    /// Shows only the records that match, or all again.
    pub(super) fn toggle_matching(&mut self, context: &mut Context<'_>) {
        self.search.keeps = !self.search.keeps;
        if self.search.keeps {
            return self.keep_matches(context);
        }
        if let Some(tree) = self.tree_mut() {
            tree.keep(None);
        }
        self.forget_order();
        context.info("All is shown again");
    }

    fn keep_matches(&mut self, context: &mut Context<'_>) {
        if !self.search_is_here() {
            return;
        }
        let kept = Arc::new(self.search.kept());
        let count = kept.len() as u64;
        if count == 0 {
            return;
        }
        if let Some(tree) = self.tree_mut() {
            tree.keep(Some(kept));
        }
        self.forget_order();
        context.info(format!(
            "{} with a match{}: & shows all again",
            text::count(count),
            self.so_far()
        ));
    }

    /// Takes back the order of the table: other records are shown.
    fn forget_order(&mut self) {
        if let Some((_, table)) = self.page_mut().and_then(|page| page.table_mut()) {
            table.forget_order();
        }
    }

    /// Ends the search; all records are shown again.
    pub(super) fn end_search(&mut self, context: &mut Context<'_>) {
        context.cancel(&mut self.search.running);
        self.forget_search();
    }

    /// Forgets the search; all records are shown again.
    pub(super) fn forget_search(&mut self) {
        if let (true, Some((page, tab))) = (self.search.keeps, self.search.owner)
            && let Some(page) = self.by_id(page)
        {
            page.table.forget_order();
            if let Some(tree) = page.tree_mut(tab) {
                tree.keep(None);
            }
        }
        self.search = Search::default();
    }
}
