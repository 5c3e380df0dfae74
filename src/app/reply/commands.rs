//! What can be done with a reply, and doing it.

use std::sync::Arc;

use super::kept::Uncovered;
use super::page::{Page, Tab};
use super::search::Towards;
use super::trail::Direction;
use super::{ReplyPane, Shown};
use crate::app::command::{Command, ReplyCommand, RequestCommand};
use crate::app::context::{Context, Reason};
use crate::app::effect::{Effect, Outside, Program};
use crate::app::requests::{DecoderRequest, PopupRequest, Request};
use crate::app::session::{NO_SERVICE, Session};
use crate::app::widgets::focus::{KeyContext, Pane};
use crate::domain::operation::only_reads;
use crate::json::document::{Document, Kind, NodeId};
use crate::json::steps::{Step, steps};
use crate::json::{path, table};
use crate::paging::{Next, Verdict};
use crate::text;

/// Why nothing can be done with pages that were dropped.
pub const DROPPED: &str = "The pages were dropped to save memory: F5 sends the request again";

/// So many records are searched for one that has a field.
const MOST_RECORDS: usize = 5000;

impl ReplyPane {
    /// Returns the page that is shown, or why there is none.
    pub(super) fn can_page(&self) -> Result<&Page, Reason> {
        let leads_back = !self.pages.is_empty() || self.trail.leads(Direction::Back);
        let reason = match (self.failed_request(), leads_back) {
            (None, _) if matches!(self.shown, Shown::Dropped) => DROPPED,
            (None, _) => "There is no reply yet: F5 sends the request",
            (Some(_), false) => "There is no reply: the request failed",
            (Some(_), true) => {
                "There is no reply: the request failed. Esc goes back to the one before"
            }
        };
        self.page().ok_or(Reason::Borrowed(reason))
    }

    pub(super) fn can_tree(&self) -> Result<(), Reason> {
        self.can_page()?;
        match self.tree() {
            Some(_) => Ok(()),
            None => Err("This is text, not a tree: t shows another tab".into()),
        }
    }

    /// Returns whether pages are shown, not a file.
    pub(super) fn can_pages(&self, otherwise: &'static str) -> Result<(), Reason> {
        match self.shown {
            Shown::File(_) => Err(otherwise.into()),
            Shown::Nothing | Shown::Pages | Shown::Failed(_) | Shown::Dropped => {
                self.can_page().map(drop)
            }
        }
    }

    /// Returns whether a command would do something now; if not, why not.
    pub fn can(&self, command: ReplyCommand, session: &Session) -> Result<(), Reason> {
        if session.is_file() && is_for_services(command) {
            return Err(NO_SERVICE.into());
        }
        if self.filtered().is_some() && is_for_pages(command) {
            return Err("This is the result of a filter: Esc goes back".into());
        }
        if self.streaming().is_some() && is_for_whole_replies(command) {
            return Err("The reply is still arriving".into());
        }
        match command {
            ReplyCommand::NextPage => self.can_next_page(),
            ReplyCommand::PreviousPage | ReplyCommand::FirstPage => self.can_previous_page(),
            ReplyCommand::FetchAll => self.can_fetch_all(),
            ReplyCommand::Export | ReplyCommand::AllPages => {
                self.can_pages("This is a file, not pages")
            }
            ReplyCommand::Save | ReplyCommand::SaveAs | ReplyCommand::NextTab => {
                self.can_pages("The file is saved already")
            }
            ReplyCommand::Open | ReplyCommand::CopyPrefix
                if matches!(self.shown, Shown::File(_)) =>
            {
                Ok(())
            }
            ReplyCommand::CopyPrefix if self.failed_request().is_some() => Ok(()),
            ReplyCommand::CopyPrefix
            | ReplyCommand::Profile
            | ReplyCommand::Editor
            | ReplyCommand::Pager
            | ReplyCommand::Fields
            | ReplyCommand::Find
            | ReplyCommand::Attachments
            | ReplyCommand::MarkAttachments => self.can_page().map(drop),
            ReplyCommand::Open
            | ReplyCommand::Decode
            | ReplyCommand::GoToPath
            | ReplyCommand::FindValue
            | ReplyCommand::Mark
            | ReplyCommand::MarkRange
            | ReplyCommand::MarkAll => self.can_tree(),
            ReplyCommand::ParentRecord => self.can_go_to_parent(),
            ReplyCommand::Names => self.can_show_names(),
            ReplyCommand::FetchNames => self.can_fetch_names(),
            ReplyCommand::Uncut => self.can_uncut(),
            ReplyCommand::Filter => self.can_filter(),
            ReplyCommand::FindNext | ReplyCommand::FindPrevious => {
                self.can_page()?;
                match self.search.needle {
                    Some(_) => Ok(()),
                    None => Err("Nothing is searched for: / finds".into()),
                }
            }
            ReplyCommand::KeepMatching => self.can_keep_matching(),
            // Without a reply it is the download in the form.
            ReplyCommand::Download => Ok(()),
        }
    }

    fn can_next_page(&self) -> Result<(), Reason> {
        let page = self.can_page()?;
        if self.current + 1 < self.pages.len() {
            return Ok(());
        }
        if page.call().is_some_and(|call| !only_reads(&call.action)) {
            return Err("This call changed data: it is not sent again for another page".into());
        }
        match &page.next {
            Next::Send { .. } => Ok(()),
            Next::End(evidence) => {
                Err(format!("This is the last page: {}", evidence.words()).into())
            }
            Next::Stuck { why, .. } => Err(format!("No next page: {why}").into()),
        }
    }

    fn can_previous_page(&self) -> Result<(), Reason> {
        // A further page that is arriving has whole ones before it.
        let has_previous = match self.streaming() {
            Some(_) => !self.pages.is_empty() && self.is_next_page(),
            None => {
                self.can_page()?;
                self.current > 0
            }
        };
        if has_previous {
            Ok(())
        } else {
            Err("This is the first page".into())
        }
    }

    fn is_next_page(&self) -> bool {
        let kind = self.waiting.as_ref().map(|waiting| waiting.kind);
        kind == Some(crate::app::requests::RequestKind::Next)
    }

    fn can_fetch_all(&self) -> Result<(), Reason> {
        let page = self.can_page()?;
        let is_read = page.call().is_some_and(|call| only_reads(&call.action));
        match (&self.verdict, self.pages.last().map(|last| &last.next)) {
            _ if self.fetching.is_some() => {
                Err("All pages are being fetched already: Esc stops it".into())
            }
            (Some(Verdict::Stopped(_)) | None, Some(Next::Send { .. })) if is_read => Ok(()),
            (Some(verdict), _) => Err(format!(
                "This is over already, {}: {}",
                verdict.word(),
                verdict.reason()
            )
            .into()),
            (None, _) => Err("There are no further pages to ask for".into()),
        }
    }

    fn can_uncut(&self) -> Result<(), Reason> {
        self.can_page()?;
        match self.call() {
            None => Err(NO_SERVICE.into()),
            Some(_) if self.each.is_some() => {
                Err("These are the records of many calls: they are not sent again".into())
            }
            Some(call) if call.skip_truncation => Err(
                "Strings were received whole already: skip_truncation is sent unless the form says false"
                    .into(),
            ),
            Some(call) if !only_reads(&call.action) => {
                Err("This call changed data: it is not sent again".into())
            }
            Some(_) => Ok(()),
        }
    }

    fn can_filter(&self) -> Result<(), Reason> {
        self.can_page()?;
        if self.tab == Tab::Request {
            return Err("This is for the reply: t shows it".into());
        }
        if self.is_asking_each() {
            return Err("The run is on its way: what is filtered would not be all of it".into());
        }
        match self.filter {
            Some(_) => Ok(()),
            None => self.can_tree(),
        }
    }

    fn can_keep_matching(&self) -> Result<(), Reason> {
        self.can_tree()?;
        if self.all_pages.is_some() {
            return Err("This is for one page: u shows it".into());
        }
        match self.search.needle {
            Some(_) if !self.search_is_here() => {
                Err("The search was made elsewhere: / finds here".into())
            }
            Some(_) if self.search.count() > 0 || self.search.keeps => Ok(()),
            Some(_) => Err("Nothing matches".into()),
            None => Err("Nothing is searched for: / finds".into()),
        }
    }

    /// Returns whether the page can be asked for again, or the file be read again; if not, why not.
    pub fn can_reload(&self, session: &Session) -> Result<(), Reason> {
        if self.filtered().is_some() {
            return Err("This is the result of a filter: | changes it, Esc goes back".into());
        }
        // A file that is read again starts over.
        if self.streaming().is_some() && !session.is_file() {
            return Err("The reply is still arriving".into());
        }
        if self.failed_request().is_some() {
            return Ok(());
        }
        self.can_repeat_each()
    }

    /// Does what a command asks for. Returns the context of the second key that it waits for.
    pub fn perform(
        &mut self,
        command: ReplyCommand,
        context: &mut Context<'_>,
    ) -> Option<KeyContext> {
        match command {
            ReplyCommand::NextPage => self.next_page(context),
            ReplyCommand::PreviousPage => self.previous_page(context),
            ReplyCommand::FirstPage => self.go_to_page(0, context),
            ReplyCommand::FetchAll => context.open(PopupRequest::FetchAll),
            ReplyCommand::Profile => {
                if let Some(call) = self.call().cloned() {
                    context.open(PopupRequest::Profile(Box::new(call)));
                }
            }
            ReplyCommand::Decode => self.decode(context),
            ReplyCommand::AllPages => self.toggle_all_pages(context),
            ReplyCommand::Export => {
                self.learn_columns();
                context.open(PopupRequest::Export);
            }
            ReplyCommand::Editor => self.show_outside(Program::Editor, context),
            ReplyCommand::Pager => self.show_outside(Program::Pager, context),
            ReplyCommand::Fields => context.open(PopupRequest::Fields),
            ReplyCommand::GoToPath => context.open(PopupRequest::Paths),
            ReplyCommand::Uncut => self.ask_uncut(context),
            ReplyCommand::Filter => {
                context.request(Request::Focus(Pane::Reply));
                self.open_filter();
            }
            ReplyCommand::Find => {
                // The palette may be opened in another pane.
                context.request(Request::Focus(Pane::Reply));
                self.begin_find();
            }
            ReplyCommand::FindNext => self.go_towards(Towards::Next, context),
            ReplyCommand::FindPrevious => self.go_towards(Towards::Previous, context),
            ReplyCommand::FindValue => self.find_value(context),
            ReplyCommand::KeepMatching => self.toggle_matching(context),
            ReplyCommand::NextTab => self.next_tab(context),
            ReplyCommand::Save => self.save(context),
            ReplyCommand::SaveAs => context.open(PopupRequest::SaveAs),
            ReplyCommand::Download if self.page().is_some() => self.download(context),
            ReplyCommand::Download => {
                let download = Command::Request(RequestCommand::Download);
                context.request(Request::Perform(download));
            }
            ReplyCommand::Attachments => self.open_attachments(context),
            ReplyCommand::MarkAttachments => self.mark_attachments(context),
            ReplyCommand::Open => self.open_with_system(context),
            ReplyCommand::CopyPrefix => return Some(KeyContext::CopyPrefix),
            ReplyCommand::Mark => self.mark(context),
            ReplyCommand::MarkRange => self.mark_range(context),
            ReplyCommand::Names => self.toggle_names(context),
            ReplyCommand::FetchNames => self.ask_for_names(context),
            ReplyCommand::MarkAll => self.mark_all(context),
            ReplyCommand::ParentRecord => self.go_to_parent(context),
        }
        None
    }

    /// Returns whether one request was sent for what is shown.
    pub fn has_request(&self) -> bool {
        self.call().is_some() && self.each.is_none()
    }

    fn next_tab(&mut self, context: &mut Context<'_>) {
        self.end_search(context);
        self.tab = self.tab.next();
        if self.tab == Tab::Request && !self.has_request() {
            self.tab = self.tab.next();
        }
        self.all_pages = None;
    }

    fn decode(&self, context: &mut Context<'_>) {
        let Some(tree) = self.tree() else {
            return;
        };
        context.open(PopupRequest::Decoder(DecoderRequest {
            title: text::safe(&tree.path()).into_owned(),
            token: tree.document().plain(tree.cursor()).into_owned(),
            call: self.call().cloned(),
        }));
    }

    fn show_outside(&self, program: Program, context: &mut Context<'_>) {
        let tree = self.tree().filter(|_| self.tab != Tab::Body);
        let text = self.page().and_then(|page| page.text(self.tab));
        let (document, node) = match (tree, text) {
            (Some(tree), _) => (tree.document(), Some(tree.cursor())),
            (None, Some((document, _))) => (document, document.root()),
            (None, None) => return,
        };
        context.effect(Effect::Outside(Box::new(Outside {
            program,
            document: Arc::clone(document),
            node,
        })));
    }

    /// Takes one step back. Returns whether there was one to take.
    pub fn back(&mut self, context: &mut Context<'_>) -> bool {
        // What lies behind a failure is not seen, so it is not what one steps back from.
        if self.uncover_pages() == Uncovered::Yes {
            return true;
        }
        if self.failed_request().is_some() && self.can_go(Direction::Back).is_ok() {
            self.go(Direction::Back, context);
            return true;
        }
        if self.search.needle.is_some() {
            self.end_search(context);
            return true;
        }
        if self.range.take().is_some() {
            return true;
        }
        if self.filter.is_some() {
            self.end_filter(context);
            return true;
        }
        if self.all_pages.take().is_some() {
            return true;
        }
        match self.shown {
            Shown::File(_) if self.can_go(Direction::Back).is_ok() => {
                self.go(Direction::Back, context);
                true
            }
            Shown::Nothing | Shown::Pages | Shown::File(_) | Shown::Failed(_) | Shown::Dropped => {
                false
            }
        }
    }

    /// Goes to a path of the body, else of a record: the one under the cursor and those after it first.
    pub(super) fn go_to_path(&mut self, typed: &str, context: &mut Context<'_>) {
        self.go_to_first(typed, context, |document, root, record| {
            path::find(document, typed).or_else(|| find_field(document, root, record, typed))
        });
    }

    /// Goes to a field of a record: the one under the cursor and those after it first.
    pub(super) fn go_to_field(&mut self, path: &str, context: &mut Context<'_>) {
        self.go_to_first(path, context, |document, root, record| {
            find_field(document, root, record, path)
        });
    }

    fn go_to_first(
        &mut self,
        path: &str,
        context: &mut Context<'_>,
        find: impl FnOnce(&Document, NodeId, NodeId) -> Option<NodeId>,
    ) {
        let Some(tree) = self.tree() else {
            return;
        };
        let (document, root) = (Arc::clone(tree.document()), tree.root());
        let record = tree.outermost(tree.cursor());
        let Some(node) = find(&document, root, record) else {
            return context.info(format!("There is no `{}` here", text::safe(path)));
        };
        self.go_to_value(node);
        if self.tree().is_none_or(|tree| tree.cursor() != node) {
            context.info("That path is outside of what this tab shows: t shows another");
        }
    }
}

/// Returns whether a command needs a service, so that it is refused for a file.
fn is_for_services(command: ReplyCommand) -> bool {
    matches!(
        command,
        ReplyCommand::NextPage
            | ReplyCommand::FetchAll
            | ReplyCommand::AllPages
            | ReplyCommand::Profile
            | ReplyCommand::Download
            | ReplyCommand::Uncut
            | ReplyCommand::Names
            | ReplyCommand::FetchNames
    )
}

/// Returns whether a command is about pages, so that it is refused for the result of a filter.
fn is_for_pages(command: ReplyCommand) -> bool {
    matches!(
        command,
        ReplyCommand::NextPage
            | ReplyCommand::PreviousPage
            | ReplyCommand::FirstPage
            | ReplyCommand::FetchAll
            | ReplyCommand::AllPages
            | ReplyCommand::Profile
            | ReplyCommand::Uncut
            | ReplyCommand::Download
            | ReplyCommand::Attachments
            | ReplyCommand::MarkAttachments
            | ReplyCommand::ParentRecord
            | ReplyCommand::NextTab
    )
}

/// Returns whether a command needs all of a reply, so that it is refused while one arrives.
fn is_for_whole_replies(command: ReplyCommand) -> bool {
    matches!(
        command,
        ReplyCommand::NextPage
            | ReplyCommand::FetchAll
            | ReplyCommand::Save
            | ReplyCommand::SaveAs
            | ReplyCommand::Export
            | ReplyCommand::AllPages
            | ReplyCommand::Profile
            | ReplyCommand::Uncut
    )
}

/// Finds a field in the record, in those after it, then in those before it.
fn find_field(document: &Document, root: NodeId, record: NodeId, wanted: &str) -> Option<NodeId> {
    let count = document.child_count(root) as usize;
    let start = if document.is_inside(record, root) {
        document.index_in_parent(record)
    } else {
        0
    };
    let after = std::iter::successors(document.child_at(root, start), |record| {
        document.next_sibling(*record)
    });
    let all = after
        .chain(document.children(root).take(start as usize))
        .take(MOST_RECORDS.min(count));
    // A single record is searched from the root.
    all.chain([root])
        .find_map(|record| find_inside(document, record, wanted))
}

fn find_inside(document: &Document, at: NodeId, wanted: &str) -> Option<NodeId> {
    if wanted == table::SCALAR && !document.is_container(at) {
        return Some(at);
    }
    let wanted = wanted.strip_prefix('.').unwrap_or(wanted);
    let steps = steps(wanted).unwrap_or_default();
    let found = if steps.is_empty() {
        None
    } else {
        walk(document, at, &steps)
    };
    found.or_else(|| table::find(document, at, wanted))
}

fn walk(document: &Document, at: NodeId, steps: &[Step<'_>]) -> Option<NodeId> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(at);
    };
    match step {
        Step::Key(key) => walk(document, document.member(at, key)?, rest),
        Step::Items if document.kind(at) == Kind::Array => document
            .children(at)
            .find_map(|item| walk(document, item, rest)),
        Step::Items => None,
    }
}
