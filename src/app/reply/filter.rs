//! The jq filter over a page or over all pages: typed, run while it is typed, kept or given up.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};

use super::ReplyPane;
use super::page::{Page, Tab};
use crate::app::context::Context;
use crate::app::effect::{DocumentEffect, Effect, FilterInput};
use crate::app::ids::TaskId;
use crate::app::source::LoadedReply;
use crate::app::widgets::load::Load;
use crate::app::widgets::notice::Notice;
use crate::app::widgets::text_field::{Lines, TextField};
use crate::domain::reply::{PageOrigin, Reply};
use crate::envelope::Envelope;
use crate::paging::{Evidence, Next, PageScan};
use crate::text;

/// A filter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The field in which it is typed; `None` once it is kept.
    pub input: Option<TextField>,
    /// Its text.
    pub text: String,
    /// What it filters.
    pub scope: Scope,
    /// The text whose result is shown.
    pub shown: String,
    /// The tab that it was opened in.
    tab: Tab,
    /// The run of it.
    pub running: Load<()>,
    /// Its fault, and the place of it in the text.
    pub fault: Option<(String, Option<usize>)>,
    /// Its result.
    pub page: Option<Box<Page>>,
    /// The filter that was kept before this one was typed.
    former: Option<Box<Filter>>,
    /// How far back in the history it was taken from; 0: typed.
    back: usize,
}

/// What a filter filters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// The page that is shown.
    #[default]
    Page,
    /// All pages as one list.
    AllPages,
}

impl Filter {
    /// Returns the tab that it was opened in, which is shown when it ends.
    pub fn tab(&self) -> Tab {
        self.tab
    }

    fn say_fault(&self, context: &mut Context<'_>) {
        if let Some((words, _)) = &self.fault {
            context.notify(Notice::warning(format!(
                "The filter gave no result: {}",
                text::safe(words)
            )));
        }
    }
}

impl ReplyPane {
    /// Returns the result of the filter, if there is one.
    pub fn filtered(&self) -> Option<&Page> {
        self.filter.as_ref()?.page.as_deref()
    }

    /// Returns whether a filter is being typed.
    pub fn is_filtering(&self) -> bool {
        let filter = self.filter.as_ref();
        filter.is_some_and(|filter| filter.input.is_some())
    }

    /// Opens the field of the filter, with the filter that is kept.
    pub(super) fn open_filter(&mut self) {
        self.all_pages = None;
        let kept = self.filter.clone().filter(|filter| filter.page.is_some());
        let former = kept.map(|filter| {
            Box::new(Filter {
                running: Load::Idle,
                ..*filter
            })
        });
        let tab = self.tab;
        let filter = self.filter.get_or_insert_with(|| {
            Box::new(Filter {
                tab,
                ..Filter::default()
            })
        });
        filter.former = former;
        filter.input = Some(TextField::new(&filter.text, Lines::One));
        filter.back = 0;
    }

    /// Takes a key while the filter is typed.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    pub(super) fn key_in_filter(&mut self, event: KeyEvent, context: &mut Context<'_>) {
        let history = self.filter_history.len();
        let Some(filter) = &mut self.filter else {
            return;
        };
        let Some(input) = &mut filter.input else {
            return;
        };
        match event.code {
            KeyCode::Enter => return self.keep_filter(context),
            KeyCode::Tab => {
                filter.scope = match filter.scope {
                    Scope::Page => Scope::AllPages,
                    Scope::AllPages => Scope::Page,
                };
                return self.run_filter(context);
            }
            KeyCode::Up => filter.back = (filter.back + 1).min(history),
            KeyCode::Down => filter.back = filter.back.saturating_sub(1),
            _ => {
                let before = input.text();
                input.key(event);
                if input.text() != before {
                    self.run_filter(context);
                }
                return;
            }
        }
        let mut former = self.filter_history.iter().rev();
        let text = filter.back.checked_sub(1).and_then(|back| former.nth(back));
        *input = TextField::new(text.map_or("", String::as_str), Lines::One);
        self.run_filter(context);
    }

    /// Takes pasted text while the filter is typed.
    pub(super) fn paste_in_filter(&mut self, pasted: &str, context: &mut Context<'_>) {
        let filter = self.filter.as_mut();
        if let Some(input) = filter.and_then(|filter| filter.input.as_mut()) {
            input.paste(pasted);
            self.run_filter(context);
        }
    }

    pub(super) fn keep_filter(&mut self, context: &mut Context<'_>) {
        let Some(filter) = &mut self.filter else {
            return;
        };
        let typed = filter.input.take().map(|input| input.text());
        let typed = typed.unwrap_or_default();
        if typed.trim().is_empty() {
            return self.end_filter(context);
        }
        filter.text.clone_from(&typed);
        filter.former = None;
        filter.say_fault(context);
        self.filter_history.retain(|own| *own != typed);
        self.filter_history.push(typed);
    }

    /// Ends the filter. One that was being typed gives way to the one that was kept before.
    pub fn end_filter(&mut self, context: &mut Context<'_>) {
        self.end_search(context);
        let Some(mut filter) = self.filter.take() else {
            return;
        };
        context.cancel(&mut filter.running);
        self.tab = filter.tab;
        self.filter = filter.former.filter(|_| filter.input.is_some());
        if self.filter.is_some() {
            self.tab = Tab::Result;
        }
    }

    /// Runs the filter that is typed.
    pub(super) fn run_filter(&mut self, context: &mut Context<'_>) {
        let Some(filter) = &mut self.filter else {
            return;
        };
        context.cancel(&mut filter.running);
        filter.fault = None;
        let typed = filter.input.as_ref().map(TextField::text);
        let typed = typed.unwrap_or_default();
        filter.text.clone_from(&typed);
        if typed.trim().is_empty() {
            let tab = filter.tab;
            self.end_search(context);
            if let Some(filter) = &mut self.filter {
                filter.page = None;
            }
            self.tab = tab;
            return;
        }
        let input = match filter.scope {
            Scope::AllPages => Some(FilterInput::Pages(
                self.pages.iter().map(Page::source).collect(),
            )),
            Scope::Page => self.unfiltered_value(),
        };
        let (Some(input), Some(filter)) = (input, &mut self.filter) else {
            return;
        };
        let task = context.start(&mut filter.running);
        context.effect(Effect::Document(DocumentEffect::Filter {
            task,
            text: typed,
            input,
        }));
    }

    /// Returns the value below the result of the filter: the root of the tab that it was opened in.
    fn unfiltered_value(&mut self) -> Option<FilterInput> {
        let filter = self.filter.take();
        let filter_tab = filter.as_ref().map_or(Tab::Result, |filter| filter.tab);
        let tab = std::mem::replace(&mut self.tab, filter_tab);
        let value = self
            .tree()
            .map(|tree| FilterInput::Value(Arc::clone(tree.document()), tree.root()));
        self.filter = filter;
        self.tab = tab;
        value
    }

    /// Takes the result or the fault of the filter that ran.
    pub(super) fn filter_ended(
        &mut self,
        task: TaskId,
        result: Result<Box<Envelope>, (String, Option<usize>)>,
        context: &mut Context<'_>,
    ) {
        let is_expected = |filter: &mut Box<Filter>| filter.running.finish(task, Ok(()));
        if !self.filter.as_mut().is_some_and(is_expected) {
            return;
        }
        let envelope = match result {
            Ok(envelope) => envelope,
            Err(fault) => {
                if let Some(filter) = &mut self.filter {
                    filter.fault = Some(fault);
                    // While it is typed, the fault stands under its place in the field.
                    if filter.input.is_none() {
                        filter.say_fault(context);
                    }
                }
                return;
            }
        };
        // What was found was found in what was shown before.
        self.end_search(context);
        let Some(filter) = &mut self.filter else {
            return;
        };
        let reply = Reply {
            status: 0,
            content_type: None,
            bytes: envelope.document.size() as u64,
            took: Duration::ZERO,
            whole: true,
            received_at: String::new(),
        };
        let loaded = LoadedReply {
            reply,
            envelope: *envelope,
            scan: Arc::new(PageScan::default()),
        };
        let next = Next::End(Evidence::EmptyPage);
        let mut page = Page::new(context.next_page(), PageOrigin::Filter, loaded, next);
        page.views = filter
            .page
            .as_ref()
            .map(|page| page.views)
            .unwrap_or_default();
        filter.fault = None;
        filter.shown.clone_from(&filter.text);
        filter.page = Some(Box::new(page));
        self.tab = Tab::Result;
    }
}
