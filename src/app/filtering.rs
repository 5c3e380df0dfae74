//! A jq filter over a page or all pages: typed, run off the loop, its result read like any reply.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::App;
use super::effect::{Effect, FilterInput};
use super::input::{Input, Lines};
use super::load::{Load, TaskId};
use super::notice::Notice;
use super::page::{LoadedReply, Page, PageId};
use super::reply::ReplyPane;
use crate::domain::call::Call;
use crate::domain::reply::Reply;
use crate::envelope::Envelope;
use crate::paging::{Evidence, Next, PageScan};
use crate::text;

/// A filter that is typed, or whose result is seen.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What is typed; `None` once it is kept.
    pub input: Option<Input>,
    /// The filter whose result is seen.
    pub text: String,
    /// Whether it goes over the records of all pages, and not over what is seen of one.
    pub all: bool,
    /// The filter that gave the result that is seen.
    pub shown: String,
    /// The tab that is filtered.
    tab: usize,
    /// The run.
    pub running: Load<()>,
    /// What is wrong with it, and where, in bytes.
    pub fault: Option<(String, Option<usize>)>,
    /// Its result.
    pub page: Option<Box<Page>>,
    /// The result that was kept before this one is typed; Esc goes back to it.
    kept: Option<Box<Filter>>,
    /// Which of the former filters was fetched back, counted from the last.
    back: usize,
}

impl ReplyPane {
    /// Returns the result of a filter, if one is seen.
    pub fn filtered(&self) -> Option<&Page> {
        self.filter.as_ref()?.page.as_deref()
    }
}

impl App {
    /// `|`: begins a filter, or changes the one whose result is seen.
    pub(super) fn open_filter(&mut self) {
        let text = self
            .reply
            .filter
            .as_ref()
            .map(|filter| filter.text.clone())
            .unwrap_or_default();
        self.reply.all_pages = None;
        let kept = self
            .reply
            .filter
            .clone()
            .filter(|filter| filter.page.is_some());
        let kept = kept.map(|filter| {
            Box::new(Filter {
                running: Load::Idle,
                ..*filter
            })
        });
        let tab = self.reply.tab;
        let filter = self.reply.filter.get_or_insert_with(|| {
            Box::new(Filter {
                tab,
                ..Filter::default()
            })
        });
        filter.kept = kept;
        filter.input = Some(Input::new(&text, Lines::One));
        filter.back = 0;
    }

    /// Takes a key while a filter is typed.
    pub(super) fn key_in_filter(&mut self, event: KeyEvent) -> Vec<Effect> {
        let history = self.filters.len();
        let Some(filter) = &mut self.reply.filter else {
            return Vec::new();
        };
        let Some(input) = &mut filter.input else {
            return Vec::new();
        };
        match event.code {
            KeyCode::Enter => return self.keep_filter(),
            KeyCode::Tab => {
                filter.all = !filter.all;
                return self.run_filter();
            }
            KeyCode::Up | KeyCode::Down => {
                let back = if event.code == KeyCode::Up {
                    (filter.back + 1).min(history)
                } else {
                    filter.back.saturating_sub(1)
                };
                filter.back = back;
                let text = back
                    .checked_sub(1)
                    .and_then(|back| self.filters.iter().rev().nth(back))
                    .cloned()
                    .unwrap_or_default();
                *input = Input::new(&text, Lines::One);
                return self.run_filter();
            }
            _ => {}
        }
        let before = input.text();
        input.key(event);
        if input.text() == before {
            Vec::new()
        } else {
            self.run_filter()
        }
    }

    /// Takes pasted text into the filter.
    pub(super) fn paste_in_filter(&mut self, pasted: &str) -> Vec<Effect> {
        if let Some(input) = self
            .reply
            .filter
            .as_mut()
            .and_then(|filter| filter.input.as_mut())
        {
            input.paste(pasted);
            return self.run_filter();
        }
        Vec::new()
    }

    /// Enter: the result stays and is read like any reply.
    fn keep_filter(&mut self) -> Vec<Effect> {
        let Some(filter) = &mut self.reply.filter else {
            return Vec::new();
        };
        let typed = filter
            .input
            .take()
            .map(|input| input.text())
            .unwrap_or_default();
        if typed.trim().is_empty() {
            return self.end_filter();
        }
        filter.text.clone_from(&typed);
        filter.kept = None;
        if let Some((words, _)) = &filter.fault {
            self.notice = Some(Notice::warning(format!(
                "The filter gave no result: {}",
                text::safe(words)
            )));
        }
        self.filters.retain(|own| *own != typed);
        self.filters.push(typed);
        Vec::new()
    }

    /// Esc: what was filtered is seen again.
    pub(super) fn end_filter(&mut self) -> Vec<Effect> {
        let mut effects = self.end_search();
        if let Some(mut filter) = self.reply.filter.take() {
            effects.extend(filter.running.cancel().map(Effect::Cancel));
            self.reply.tab = filter.tab;
            self.reply.filter = filter.kept.filter(|_| filter.input.is_some());
            if self.reply.filter.is_some() {
                self.reply.tab = 0;
            }
        }
        effects
    }

    /// Runs what is typed, in place of what runs.
    pub(super) fn run_filter(&mut self) -> Vec<Effect> {
        let task = self.next_task();
        let Some(filter) = &mut self.reply.filter else {
            return Vec::new();
        };
        let mut effects: Vec<Effect> = filter
            .running
            .cancel()
            .map(Effect::Cancel)
            .into_iter()
            .collect();
        filter.fault = None;
        let typed = filter.input.as_ref().map(Input::text).unwrap_or_default();
        filter.text.clone_from(&typed);
        if typed.trim().is_empty() {
            let tab = filter.tab;
            effects.extend(self.end_search());
            if let Some(filter) = &mut self.reply.filter {
                filter.page = None;
            }
            self.reply.tab = tab;
            return effects;
        }
        let all = filter.all;
        // What is filtered is what lies below the result of a filter.
        let shown = self.reply.filter.take();
        let tab = std::mem::replace(
            &mut self.reply.tab,
            shown.as_ref().map_or(0, |filter| filter.tab),
        );
        let input = if all {
            Some(FilterInput::Pages(
                self.reply.pages.iter().map(Page::source).collect(),
            ))
        } else {
            self.reply
                .tree()
                .map(|tree| FilterInput::Value(Arc::clone(tree.document()), tree.root()))
        };
        self.reply.filter = shown;
        self.reply.tab = tab;
        let (Some(input), Some(filter)) = (input, &mut self.reply.filter) else {
            return effects;
        };
        filter.running.start(task);
        effects.push(Effect::Filter {
            task,
            text: typed,
            input,
        });
        effects
    }

    /// Takes the result of a filter.
    pub(super) fn filtered(
        &mut self,
        task: TaskId,
        result: Result<Box<Envelope>, (String, Option<usize>)>,
    ) -> Vec<Effect> {
        let serial = PageId(self.next_task().0);
        let Some(filter) = &mut self.reply.filter else {
            return Vec::new();
        };
        if !filter.running.finish(task, Ok(())) {
            return Vec::new();
        }
        // What was found was found in what was seen before.
        let effects = if result.is_ok() {
            self.end_search()
        } else {
            Vec::new()
        };
        let Some(filter) = &mut self.reply.filter else {
            return effects;
        };
        match result {
            Ok(envelope) => {
                let reply = Reply {
                    status: 0,
                    content_type: None,
                    bytes: envelope.document.size() as u64,
                    took: std::time::Duration::ZERO,
                    whole: true,
                    received_at: String::new(),
                };
                let views = filter
                    .page
                    .as_ref()
                    .map(|page| page.views)
                    .unwrap_or_default();
                let answered = LoadedReply {
                    reply,
                    envelope: *envelope,
                    scan: Arc::new(PageScan::default()),
                };
                let mut page = Page::new(
                    serial,
                    Call::new("", "", ""),
                    answered,
                    Next::End(Evidence::EmptyPage),
                );
                page.views = views;
                filter.fault = None;
                filter.shown.clone_from(&filter.text);
                filter.page = Some(Box::new(page));
                self.reply.tab = 0;
            }
            Err(fault) => filter.fault = Some(fault),
        }
        effects
    }
}
