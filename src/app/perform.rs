//! Doing what the user asks for.

use super::App;
use super::command::Command;
use super::effect::{Effect, Program};
use super::focus::{KeyContext, Pane};
use super::form::Value;
use super::input::{Input, Lines};
use super::notice::Notice;
use super::popup::{Confirm, ConfirmedAction, Layout, Popup, Prompt, Text};
use super::reply::{Shown, Tab, View};
use crate::decode::decode;
use crate::domain::call::Call;
use crate::domain::connector::Connector;
use crate::domain::download::OnConflict;
use crate::domain::failure::Failure;
use crate::json::body::Body;
use crate::json::document::Kind;
use crate::json::rows::reading_text;
use crate::text;

/// A string that is longer is not taken apart: it is text.
const LONGEST_TOKEN: usize = 20_000;
/// So much of a layer is shown, in characters.
const LAYER: usize = 2_000;

/// Writes what is wrapped in a value, layer by layer; nothing where nothing is.
fn layers(value: &str) -> String {
    let mut out = String::new();
    // The first layer is the value itself.
    for layer in decode(value).iter().skip(1) {
        let note = if layer.note.is_empty() {
            String::new()
        } else {
            format!(", {}", text::safe(&layer.note))
        };
        out.push_str(&format!("\n\n── {}{note} ──\n", text::safe(&layer.name)));
        let shown: Vec<String> = layer
            .text
            .lines()
            .map(|line| text::safe(line).into_owned())
            .collect();
        out.extend(shown.join("\n").chars().take(LAYER));
    }
    out
}

/// A string that is longer is shown up to here, in bytes: laying it out takes time.
const LONGEST_TEXT: usize = 100_000;

/// Keeps what stands in a file's name anywhere.
pub(super) fn harmless_name(name: &str) -> String {
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() || "-_.".contains(character) {
            character
        } else {
            '_'
        }
    };
    name.trim_start_matches(['.', '-'])
        .chars()
        .map(plain)
        .collect()
}

impl App {
    /// Does what the user asks for and returns what must be done outside. What cannot be done now
    /// says why.
    #[must_use = "what must be done is not done by itself"]
    pub fn perform(&mut self, command: Command) -> Vec<Effect> {
        if let Err(reason) = self.can(command) {
            self.notice = Some(Notice::info(reason));
            return Vec::new();
        }
        match command {
            Command::Send if self.setup.file.is_some() => return self.read_file(),
            Command::Download if self.focus == Pane::Reply && self.reply.page().is_some() => {
                return self.download_here();
            }
            Command::Send | Command::Download => return self.send(),
            Command::Attachments => return self.open_attachments(),
            Command::MarkAttachments => return self.mark_attachments(),
            Command::Downloads => return self.open_downloads(),
            Command::OpenOutside => return self.open_with_system(),
            Command::Menu => self.open_menu(),
            Command::Back => return self.back(),
            Command::QuitNow => return vec![Effect::Quit(130)],
            Command::Suspend => return vec![Effect::Suspend],
            Command::Quit => return self.quit(),
            Command::NextPane => self.move_focus(1),
            Command::PreviousPane => self.move_focus(Pane::ALL.len() - 1),
            Command::GoToConnectors => self.focus = Pane::Connectors,
            Command::GoToRequest => self.focus = Pane::Request,
            Command::GoToReply => self.focus = Pane::Reply,
            Command::Zoom => self.zoomed = !self.zoomed,
            Command::Help => self.open_help(),
            Command::Palette => self.open_palette(),
            Command::Workspaces => return self.open_workspaces(),
            Command::Reload => return self.reload(),
            Command::Down => self.scroll_cursor(1),
            Command::Up => self.scroll_cursor(-1),
            Command::HalfDown => self.scroll_cursor(self.window() / 2),
            Command::HalfUp => self.scroll_cursor(-self.window() / 2),
            Command::PageDown => self.scroll_cursor(self.window()),
            Command::PageUp => self.scroll_cursor(-self.window()),
            Command::Top => self.jump(-1),
            Command::Bottom => self.jump(1),
            Command::Find => self.open_find(),
            Command::FindNext => self.find_step(1),
            Command::FindPrevious => self.find_step(-1),
            Command::Edit => return self.show_outside(Program::Editor),
            Command::PageOut => return self.show_outside(Program::Pager),
            Command::Filter => self.open_filter(),
            Command::Fields => return self.open_fields(),
            Command::GoToPath => return self.open_paths(),
            Command::Uncut => return self.ask_uncut(),
            Command::FindHere => return self.find_here(),
            Command::KeepMatching => self.toggle_keep(),
            Command::Open => return self.open(),
            Command::Details => return self.open_details(),
            Command::Unset => self.set_row(Value::Unset),
            Command::SetNull => self.set_row(Value::Null),
            Command::ShowBody => self.show_body(),
            Command::ResetForm => {
                self.form.reset();
                self.notice = Some(Notice::done("The form is empty"));
            }
            Command::NextPage => return self.next_page(),
            Command::PreviousPage if self.reply.arriving().is_some() => {
                return self.go_to_page(self.reply.current);
            }
            Command::PreviousPage => return self.go_to_page(self.reply.current.saturating_sub(1)),
            Command::FirstPage => return self.go_to_page(0),
            Command::AllPages => self.ask_for_all(),
            Command::Ledger => self.open_ledger(),
            Command::Profile => self.open_profile(),
            Command::Decode => self.open_decoder(),
            Command::Join => self.join(),
            Command::Export => self.open_export(),
            Command::CallsByConnector => self.open_calls(),
            Command::Fold => self.sideways(-1),
            Command::Unfold => self.sideways(1),
            Command::NextView => return self.next_view(),
            Command::ToggleWrap => self.on_raw(|document, raw| raw.toggle_wrap(document)),
            Command::SetRoot => self.set_root(),
            Command::RestoreRoot => self.restore_root(),
            Command::Mark => self.mark(),
            Command::MarkRange => self.begin_range(),
            Command::ColumnLeft | Command::ColumnRight | Command::HideColumn => {
                self.change_columns(command)
            }
            Command::PickColumns => self.pick_columns(),
            Command::Sort => return self.sort(),
            Command::NextSibling => self.sibling(super::tree::Tree::to_next_sibling),
            Command::PreviousSibling => self.sibling(super::tree::Tree::to_previous_sibling),
            Command::Parent => self.on_tree(super::tree::Tree::to_parent),
            Command::FoldPrefix => self.prefix = Some(KeyContext::FoldPrefix),
            Command::OpenAll => self.on_tree(|tree| tree.fold_to(u32::MAX)),
            Command::CloseAll => self.on_tree(|tree| tree.fold_to(0)),
            Command::OpenTo(depth) => self.on_tree(|tree| tree.fold_to(u32::from(depth))),
            Command::NextTab => {
                let effects = self.end_search();
                self.reply.tab = (self.reply.tab + 1) % Tab::ALL.len();
                self.reply.all_pages = None;
                return effects;
            }
            Command::Save => {
                return self.save(
                    self.setup.folder.join(self.default_name()),
                    OnConflict::KeepBoth,
                );
            }
            Command::SaveAs => {
                let input = Input::new(&self.default_name(), Lines::One);
                self.popups.push(Popup::Prompt(Prompt {
                    title: "Save the body as".to_owned(),
                    input,
                }));
            }
            Command::CopyPrefix => self.prefix = Some(KeyContext::CopyPrefix),
            Command::CopyValue
            | Command::CopyText
            | Command::CopyPath
            | Command::CopyJqPath
            | Command::CopyBracketPath
            | Command::CopyKey
            | Command::CopyRecord
            | Command::CopyTable
            | Command::CopyCurl
            | Command::CopyBody => return self.copy(command),
            Command::ShowMessage => self.show_message(),
        }
        Vec::new()
    }

    fn move_focus(&mut self, by: usize) {
        let at = Pane::ALL
            .iter()
            .position(|pane| *pane == self.focus)
            .unwrap_or(0);
        self.focus = Pane::ALL[(at + by) % Pane::ALL.len()];
    }

    /// Esc: cancels what runs; else clears a filter or search; else steps back.
    fn back(&mut self) -> Vec<Effect> {
        if self.reply.load.task().is_some() {
            return self.cancel_call();
        }
        if self.focus == Pane::Connectors && !self.connectors.filter.is_empty() {
            self.connectors.set_filter(String::new());
            return Vec::new();
        }
        if self.focus == Pane::Reply && self.reply.search.needle.is_some() {
            return self.end_search();
        }
        if self.focus == Pane::Reply && self.reply.range.take().is_some() {
            return Vec::new();
        }
        if self.focus == Pane::Reply && self.reply.filter.is_some() {
            return self.end_filter();
        }
        if self.focus == Pane::Reply && self.reply.all_pages.take().is_some() {
            return Vec::new();
        }
        if self.focus == Pane::Reply
            && matches!(self.reply.shown, Shown::File(_))
            && !self.reply.pages.is_empty()
        {
            self.reply.shown = Shown::Pages;
            return Vec::new();
        }
        if self.setup.file.is_some() {
            self.notice = Some(Notice::info("There is nothing to go back to: q quits"));
            return Vec::new();
        }
        if self.zoomed {
            self.zoomed = false;
            return Vec::new();
        }
        self.focus = match self.focus {
            Pane::Reply => Pane::Request,
            Pane::Request | Pane::Connectors => Pane::Connectors,
        };
        Vec::new()
    }

    fn quit(&mut self) -> Vec<Effect> {
        if self.asks_about_downloads() {
            return Vec::new();
        }
        if self.reply.load.task().is_none()
            && self.saving.is_none()
            && self.exporting.task().is_none()
        {
            return vec![Effect::Quit(0)];
        }
        let question = "A call is running. Quit all the same?".to_owned();
        self.popups.push(Popup::Confirm(Confirm {
            question,
            body: String::new(),
            deed: ConfirmedAction::Quit,
        }));
        Vec::new()
    }

    fn open_find(&mut self) {
        match self.focus {
            Pane::Connectors => {
                self.connectors.typing = Some(Input::new(&self.connectors.filter, Lines::One))
            }
            Pane::Reply => self.reply.typing = Some(Input::new("", Lines::One)),
            Pane::Request => {}
        }
    }

    fn open(&mut self) -> Vec<Effect> {
        match self.focus {
            Pane::Connectors => match self.connectors.selected().cloned() {
                Some(connector) => {
                    self.focus = Pane::Request;
                    self.choose(connector)
                }
                None => Vec::new(),
            },
            Pane::Request => {
                self.edit();
                Vec::new()
            }
            Pane::Reply => {
                self.open_value();
                Vec::new()
            }
        }
    }

    /// Enter in the reply: folds a container, shows a string whole.
    fn open_value(&mut self) {
        match self.reply.view() {
            View::Tree => {}
            View::Table => return self.on_table(|_, table| table.beside = !table.beside),
            View::Raw => return self.on_raw(|document, raw| raw.toggle_wrap(document)),
        }
        let Some(tree) = self.reply.tree_mut() else {
            return;
        };
        if tree.is_container() {
            tree.toggle();
            return;
        }
        let document = std::sync::Arc::clone(tree.document());
        let short = document
            .scalar(tree.cursor())
            .is_some_and(|raw| raw.len() <= LONGEST_TOKEN);
        let unwrapped = if short {
            layers(&document.plain(tree.cursor()))
        } else {
            String::new()
        };
        if document.kind(tree.cursor()) == Kind::String || !unwrapped.is_empty() {
            let title = text::safe(&tree.path()).into_owned();
            let (mut text, more) = reading_text(&document, tree.cursor(), LONGEST_TEXT);
            if more {
                text.push_str("\n\n… cut here. After Esc, y s copies all of it, e and p show it");
            }
            text.push_str(&unwrapped);
            self.popups.push(Popup::Text(Text {
                title,
                text,
                top: 0,
                layout: Layout::Wrapped,
            }));
        }
    }

    fn set_row(&mut self, value: Value) {
        let at = self.form.cursor.at;
        if let Some(row) = self.form.rows.get_mut(at) {
            row.value = value;
        }
    }

    fn show_body(&mut self) {
        if let Some(call) = self.form.call() {
            let text = text::safe(&super::send::on_one_line(&call.body())).into_owned();
            let fault = self.form.first_fault().map(|(row, fault)| {
                format!("\n\nLeft out: {} {fault}", self.form.rows[row].name())
            });
            let text = format!("{}{}", text, fault.unwrap_or_default());
            self.popups.push(Popup::Text(Text {
                title: "The body that goes out".to_owned(),
                text,
                top: 0,
                layout: Layout::Wrapped,
            }));
        }
    }

    /// Shows the last message whole; of a failure also the service's own words.
    fn show_message(&mut self) {
        let Some(said) = &self.said else { return };
        let is_shown = |failure: &&Failure| said.failure.as_deref() == Some(*failure);
        let failure = self.failure.as_ref().filter(is_shown);
        let detail = failure.and_then(|failure| failure.detail.clone());
        let mut parts: Vec<String> = [Some(said.text.clone()), detail, said.hint.clone()]
            .into_iter()
            .flatten()
            .collect();
        // What was said since must not hide what failed.
        if let Some(before) = self.failure.as_ref().filter(|before| !is_shown(before)) {
            parts.push(format!("The last failure: {}", before.summary));
            parts.extend(
                [before.detail.clone(), before.hint.clone()]
                    .into_iter()
                    .flatten(),
            );
        }
        self.popups.push(Popup::Text(Text {
            title: "Last message".to_owned(),
            text: parts.join("\n\n"),
            top: 0,
            layout: Layout::Wrapped,
        }));
    }

    pub(super) fn go_to_page(&mut self, page: usize) -> Vec<Effect> {
        let effects = self.end_search();
        self.reply.current = page;
        if let Some(partial) = &mut self.reply.partial {
            partial.is_seen = false;
        }
        self.reply.shown = Shown::Pages;
        effects
    }

    fn next_page(&mut self) -> Vec<Effect> {
        if self.reply.current + 1 < self.reply.pages.len() {
            return self.go_to_page(self.reply.current + 1);
        }
        if let Some(partial) = &mut self.reply.partial {
            partial.is_seen = true;
            return self.end_search();
        }
        self.ask_for_next_page()
    }

    /// Returns the name under which a reply is saved unless another is chosen.
    pub(super) fn default_name(&self) -> String {
        if self.reply.filtered().is_some() {
            let base = self.name_of_reply();
            return format!(
                "{}-filtered.json",
                base.strip_suffix(".json").unwrap_or(&base)
            );
        }
        self.name_of_reply()
    }

    fn name_of_reply(&self) -> String {
        if let Some(file) = &self.setup.file {
            let name = std::path::Path::new(&file.name)
                .file_stem()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            return harmless_name(&format!("{name}.json"));
        }
        let Some(page) = self.reply.pages.get(self.reply.current) else {
            return "reply.json".to_owned();
        };
        // The reply's own connector: the form may show another by now.
        let own = |connector: &&Connector| connector.id == page.call.connector_id;
        let connector = self
            .form
            .connector
            .as_ref()
            .filter(own)
            .or_else(|| self.connectors.all().iter().find(own));
        let kind = connector
            .map(|connector| connector.slug.as_deref().unwrap_or(&connector.name))
            .unwrap_or("reply");
        let date = page.reply.received_at.split(' ').next().unwrap_or_default();
        let plain = format!(
            "{kind}-{}-{}-{date}.json",
            page.call.entity, page.call.action
        );
        harmless_name(&plain)
    }

    pub(super) fn save(&mut self, to: std::path::PathBuf, existing: OnConflict) -> Vec<Effect> {
        let Some(envelope) = self.reply.page().and_then(|page| page.envelope()) else {
            return Vec::new();
        };
        let body = envelope.document.body();
        self.save_body(body, to, existing)
    }

    /// Saves a body.
    pub(super) fn save_body(
        &mut self,
        body: Body,
        to: std::path::PathBuf,
        existing: OnConflict,
    ) -> Vec<Effect> {
        let task = self.next_task();
        self.saving = Some((task, to.clone(), body.clone()));
        vec![Effect::Save {
            task,
            body,
            to,
            existing,
        }]
    }

    /// Returns the call that is looked at: in the reply the one that brought it, else the form's.
    pub(super) fn own_call(&self) -> Option<Call> {
        let brought = if self.focus == Pane::Reply {
            self.reply.page().map(|page| page.call.clone())
        } else {
            None
        };
        brought.or_else(|| self.form.call())
    }
}
