//! Searching a reply: matches come in while the search runs, and the cursor goes to the first of them.

use std::sync::Arc;

use super::App;
use super::effect::Effect;
use super::input::{Input, Lines};
use super::load::TaskId;
use super::notice::Notice;
use super::reply::{Search, Tab, View};
use crate::json::document::{Document, NodeId};
use crate::json::find::{Batch, Needle};
use crate::text;

impl App {
    /// Returns what is searched: a document, inside of which value, and where the cursor stands.
    fn searched(&self) -> Option<(Arc<Document>, NodeId, NodeId)> {
        if let Some(tree) = self.reply.tree() {
            let root = tree.root();
            let at = if tree.holds(tree.cursor()) {
                tree.cursor()
            } else {
                root
            };
            return Some((Arc::clone(tree.document()), root, at));
        }
        let (document, raw) = self.reply.page()?.text(self.reply.tab())?;
        let root = document.root()?;
        Some((
            Arc::clone(document),
            root,
            document.node_at(raw.at.start).unwrap_or(root),
        ))
    }

    /// Begins a search for what was typed.
    pub(super) fn search(&mut self, typed: &str) -> Vec<Effect> {
        let mut effects = self.end_search();
        if typed.is_empty() {
            return effects;
        }
        match Needle::parse(typed) {
            Ok(needle) => {
                self.reply.search.needle = Some(needle);
                effects.extend(self.run_search(false));
            }
            Err(reason) => {
                // What was typed is to be mended, not typed again.
                self.reply.typing = Some(Input::new(typed, Lines::One));
                self.notice = Some(Notice::warning(format!(
                    "This is no regular expression: {}",
                    text::safe(&reason)
                )));
            }
        }
        effects
    }

    /// Runs the search that is set from the cursor on. `has_jumped` leaves the cursor where it is.
    pub(super) fn run_search(&mut self, has_jumped: bool) -> Vec<Effect> {
        let Some((document, root, from)) = self.searched() else {
            self.notice = Some(Notice::info("There are no values to find anything in"));
            return Vec::new();
        };
        let task = self.next_task();
        let place = self.reply.place();
        let search = &mut self.reply.search;
        let Some(needle) = &search.needle else {
            return Vec::new();
        };
        let typed = needle.text().to_owned();
        let mut effects: Vec<Effect> = search
            .running
            .cancel()
            .map(Effect::Cancel)
            .into_iter()
            .collect();
        (search.before, search.after, search.children) =
            (Vec::new(), Vec::new(), (Vec::new(), Vec::new()));
        search.owner = place;
        search.running.start(task);
        search.has_jumped = has_jumped;
        effects.push(Effect::Find {
            task,
            document,
            root,
            from,
            needle: typed,
        });
        effects
    }

    /// Takes matches that have come.
    pub(super) fn found(&mut self, task: TaskId, batch: Batch, over: bool) {
        let is_here = self.reply.search_is_here();
        let search = &mut self.reply.search;
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
        children.extend(
            batch
                .children
                .into_iter()
                .filter(|child| Some(*child) != known),
        );
        if over {
            search.running.finish(task, Ok(()));
        }
        let needle = search
            .needle
            .as_ref()
            .map(|needle| text::safe(needle.text()).into_owned())
            .unwrap_or_default();
        if !search.has_jumped && search.count() > 0 {
            search.has_jumped = true;
            let first = search.before.len() % search.count();
            self.go_to_match(first);
        } else if over && search.count() == 0 {
            self.notice = Some(Notice::info(format!("`{needle}` is not found here")));
        } else if over && !search.keeps {
            self.say_match();
        }
        if self.reply.search.keeps {
            self.keep_matches();
        }
    }

    /// Goes to the next or the former match, round the ends.
    pub(super) fn find_step(&mut self, direction: i64) {
        let Some((_, _, at)) = self.searched() else {
            return;
        };
        if !self.reply.search_is_here() {
            self.notice = Some(Notice::info("The search was made elsewhere: / finds here"));
            return;
        }
        let search = &self.reply.search;
        let count = search.count();
        if count == 0 {
            let running = search.running.task().is_some();
            self.notice = Some(Notice::info(if running {
                "Still searching"
            } else {
                "No match"
            }));
            return;
        }
        let place = if direction > 0 {
            search.passed(at, true) % count
        } else {
            (search.passed(at, false) + count - 1) % count
        };
        self.go_to_match(place);
    }

    fn go_to_match(&mut self, place: usize) {
        let Some(hit) = self.reply.search.hit(place) else {
            return;
        };
        self.go_to_value(hit);
        self.say_match();
    }

    /// Goes to a value, in whatever way the tab is looked at.
    pub(super) fn go_to_value(&mut self, node: NodeId) {
        let here = self
            .reply
            .search
            .needle
            .as_ref()
            .filter(|_| self.reply.search_is_here());
        let place = self
            .searched()
            .zip(here)
            .map(|((document, ..), needle)| needle.place_in(&document, node));
        self.show_value(node, place);
    }

    fn show_value(&mut self, node: NodeId, offset: Option<usize>) {
        self.on_tree(|tree| {
            tree.go_to(node);
        });
        if self.reply.view() == View::Raw {
            let tab = self.reply.tab();
            self.on_raw(|document, raw| {
                raw.show(document, offset.unwrap_or_else(|| document.offset_of(node)));
                if tab == Tab::Body {
                    raw.stay();
                }
            });
        }
    }

    /// Says which match the cursor is on, and of how many.
    fn say_match(&mut self) {
        let Some((_, _, at)) = self.searched() else {
            return;
        };
        let search = &self.reply.search;
        let place = search.passed(at, true);
        let on_match = place.checked_sub(1).and_then(|place| search.hit(place)) == Some(at);
        let more = if search.running.task().is_some() {
            " so far"
        } else {
            ""
        };
        let count = text::count(search.count() as u64);
        self.notice = Some(Notice::info(match on_match {
            true => format!("Match {} of {count}{more}", text::count(place as u64)),
            false => format!("{}{more}", text::plural(search.count() as u64, "match")),
        }));
    }

    /// `*`: searches for the text of the value under the cursor.
    pub(super) fn find_here(&mut self) -> Vec<Effect> {
        let Some(tree) = self.reply.tree() else {
            return Vec::new();
        };
        let (document, at) = (tree.document(), tree.cursor());
        let words = if document.is_container(at) {
            document.key(at)
        } else {
            Some(document.plain(at))
        };
        let words = words
            .map(|words| words.chars().take(200).collect::<String>())
            .unwrap_or_default();
        if words.is_empty() {
            self.notice = Some(Notice::info("There is no text here to find elsewhere"));
            return Vec::new();
        }
        self.search(&words)
    }

    /// `&`: shows only what matches, or all again.
    pub(super) fn toggle_keep(&mut self) {
        if self.reply.search.keeps {
            self.reply.search.keeps = false;
            self.on_tree(|tree| tree.keep(None));
            self.forget_order();
            self.notice = Some(Notice::info("All is shown again"));
            return;
        }
        self.reply.search.keeps = true;
        self.keep_matches();
    }

    fn keep_matches(&mut self) {
        if !self.reply.search_is_here() {
            return;
        }
        let kept = Arc::new(self.reply.search.kept());
        let count = kept.len() as u64;
        if count == 0 {
            return;
        }
        self.on_tree(|tree| tree.keep(Some(kept)));
        self.forget_order();
        let more = if self.reply.search.running.task().is_some() {
            " so far"
        } else {
            ""
        };
        self.notice = Some(Notice::info(format!(
            "{} with a match{more}: & shows all again",
            text::count(count)
        )));
    }

    /// An order of rows holds for the records that it was made of.
    fn forget_order(&mut self) {
        self.on_table(|_, table| table.forget_order());
    }

    /// Forgets the search: another tree is seen.
    pub(super) fn end_search(&mut self) -> Vec<Effect> {
        if let (true, Some((serial, tab))) = (self.reply.search.keeps, self.reply.search.owner)
            && let Some(page) = self.reply.by_serial(serial)
        {
            page.table.forget_order();
            if let Some(tree) = page.tree_mut(Tab::ALL[tab]) {
                tree.keep(None);
            }
        }
        std::mem::take(&mut self.reply.search)
            .running
            .task()
            .map(Effect::Cancel)
            .into_iter()
            .collect()
    }
}

impl Search {
    /// Returns the words for the border: how many match.
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
