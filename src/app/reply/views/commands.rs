//! What can be done with the view of a reply, and doing it.

use std::sync::Arc;

use super::table::{Order, TableViewer};
use super::text::{Layout as TextLayout, TextViewer};
use super::{End, Side, Toggled, View, Viewer};
use crate::app::command::{Movement, ViewCommand};
use crate::app::context::{Context, Reason};
use crate::app::effect::{Direction, DocumentEffect, Effect};
use crate::app::ids::{PageId, TaskId};
use crate::app::reply::ReplyPane;
use crate::app::reply::all_pages::AllPagesViewer;
use crate::app::requests::{
    Choices, Item, Layout, PopupRequest, ReplyRequest, Request, TextRequest,
};
use crate::app::widgets::focus::KeyContext;
use crate::decode::decode;
use crate::json::document::{Kind, NodeId};
use crate::json::layout::is_laid_out;
use crate::json::rows::reading_text;
use crate::text;

/// No more characters of a text are shown in a popup.
const LONGEST_TEXT: usize = 100_000;
/// Longer strings are not decoded for the popup, in bytes.
const LONGEST_TOKEN: usize = 20_000;
/// No more characters of a decoded layer are shown in a popup.
const LONGEST_LAYER: usize = 2_000;

impl ReplyPane {
    /// Returns what moves in the view that is shown; nothing where there is nothing to move in.
    pub fn viewer(&mut self) -> Option<Box<dyn Viewer + '_>> {
        if self.all_pages.is_some() {
            return Some(Box::new(AllPagesViewer(self)));
        }
        let (view, tab) = (self.view(), self.tab);
        let page = self.page_mut()?;
        match view {
            View::Tree => page
                .tree_mut(tab)
                .map(|tree| Box::new(tree) as Box<dyn Viewer>),
            View::Table => page
                .table_mut()
                .map(|(tree, table)| Box::new(TableViewer { tree, table }) as Box<dyn Viewer>),
            View::Text => page
                .text_mut(tab)
                .map(|(document, view)| Box::new(TextViewer { document, view }) as Box<dyn Viewer>),
        }
    }

    /// Moves the cursor by lines.
    pub fn step(&mut self, lines: i64) {
        if let Some(mut viewer) = self.viewer() {
            viewer.step(lines);
        }
    }

    /// Moves the cursor in a window of a height.
    pub fn move_cursor(&mut self, movement: Movement, height: usize) {
        if self.move_in_failed(movement, height) {
            return;
        }
        let Some(mut viewer) = self.viewer() else {
            return;
        };
        match movement {
            Movement::Top => viewer.jump(End::First),
            Movement::Bottom => viewer.jump(End::Last),
            Movement::Down
            | Movement::Up
            | Movement::HalfDown
            | Movement::HalfUp
            | Movement::PageDown
            | Movement::PageUp => viewer.step(movement.lines(height)),
        }
    }

    /// Moves the window by lines.
    pub fn scroll(&mut self, lines: i64) {
        if self.scroll_failed(lines) {
            return;
        }
        if let Some(mut viewer) = self.viewer() {
            viewer.scroll(lines);
        }
    }

    /// Selects the row of the window.
    pub fn click(&mut self, row: usize) {
        if self.failed_request().is_some() {
            return;
        }
        if let Some(mut viewer) = self.viewer() {
            viewer.click(row);
        }
    }

    /// Keeps the cursor in the window.
    pub fn fit(&mut self, width: usize, height: usize) {
        self.fit_failed(width, height);
        if let Some(mut viewer) = self.viewer() {
            viewer.fit(width, height);
        }
        if self.view() == View::Table {
            self.fit_names(width, height);
        }
    }

    /// Returns whether a command would do something now; if not, why not.
    pub fn can_view(&self, command: ViewCommand) -> Result<(), Reason> {
        if self.streaming().is_some() && command == ViewCommand::Sort {
            return Err("The reply is still arriving".into());
        }
        match command {
            ViewCommand::NextView | ViewCommand::Fold | ViewCommand::Unfold => {
                self.can_page().map(drop)
            }
            ViewCommand::Toggle => {
                if let Some(failed) = self.failed_request() {
                    return ReplyPane::can_go_to_failed_field(failed);
                }
                self.can_pages("The file is on the disk: o opens it, y y copies its path")
            }
            ViewCommand::ToggleWrap => match self.view() {
                View::Text => self.can_page().map(drop),
                View::Tree | View::Table => Err("Only text has lines to wrap: v shows it".into()),
            },
            ViewCommand::ToggleLayout => self.can_toggle_layout(),
            // Text waits for its own second keys.
            ViewCommand::FoldPrefix => self.can_page().map(drop),
            ViewCommand::ColumnLeft
            | ViewCommand::ColumnRight
            | ViewCommand::HideColumn
            | ViewCommand::Columns
            | ViewCommand::Sort => {
                self.can_page()?;
                match self.view() {
                    View::Table => Ok(()),
                    View::Tree | View::Text => Err("This is for the table: v shows it".into()),
                }
            }
            ViewCommand::SetRoot
            | ViewCommand::RestoreRoot
            | ViewCommand::NextSibling
            | ViewCommand::PreviousSibling
            | ViewCommand::Parent
            | ViewCommand::UnfoldAll
            | ViewCommand::FoldAll
            | ViewCommand::UnfoldTo(_) => self.can_tree(),
        }
    }

    /// Does what a command asks for. Returns the context of the second key that it waits for.
    pub fn perform_view(
        &mut self,
        command: ViewCommand,
        context: &mut Context<'_>,
    ) -> Option<KeyContext> {
        match command {
            ViewCommand::NextView => self.next_view(context),
            ViewCommand::Toggle if self.failed_request().is_some() => {
                self.go_to_failed_field(context);
            }
            ViewCommand::Toggle => self.toggle(context),
            ViewCommand::Fold => self.sideways(Side::Left, context),
            ViewCommand::Unfold => self.sideways(Side::Right, context),
            ViewCommand::SetRoot => self.set_root(context),
            ViewCommand::RestoreRoot => {
                if !self.tree_mut().is_some_and(super::tree::Tree::restore_root) {
                    context.info("This is the whole already");
                }
            }
            ViewCommand::NextSibling => {
                if !self
                    .tree_mut()
                    .is_some_and(super::tree::Tree::to_next_sibling)
                {
                    context.info("There is no next sibling");
                }
            }
            ViewCommand::PreviousSibling => {
                if !self
                    .tree_mut()
                    .is_some_and(super::tree::Tree::to_previous_sibling)
                {
                    context.info("There is no previous sibling");
                }
            }
            ViewCommand::Parent => {
                if let Some(tree) = self.tree_mut() {
                    tree.to_parent();
                }
            }
            ViewCommand::FoldPrefix => return Some(KeyContext::FoldPrefix),
            ViewCommand::UnfoldAll => self.unfold_to(u32::MAX),
            ViewCommand::FoldAll => self.unfold_to(0),
            ViewCommand::UnfoldTo(depth) => self.unfold_to(u32::from(depth)),
            ViewCommand::ToggleWrap => {
                if let Some(mut viewer) = self.viewer() {
                    viewer.toggle();
                }
            }
            ViewCommand::ToggleLayout => self.toggle_layout(context),
            ViewCommand::ColumnLeft => self.move_column(Side::Left, context),
            ViewCommand::ColumnRight => self.move_column(Side::Right, context),
            ViewCommand::HideColumn => self.hide_column(context),
            ViewCommand::Columns => self.open_columns(None, context),
            ViewCommand::Sort => self.sort(context),
        }
        None
    }

    fn unfold_to(&mut self, depth: u32) {
        if let Some(tree) = self.tree_mut() {
            tree.fold_to(depth);
        }
    }

    fn next_view(&mut self, context: &mut Context<'_>) {
        self.all_pages = None;
        let tab = self.tab;
        if let Some(page) = self.page_mut() {
            page.next_view(tab);
            context.info(match page.view(tab) {
                View::Tree => "Tree",
                View::Table => "Table: < > move the column, - hides it, + picks, O sorts",
                View::Text => {
                    "Text: z p shows it as it was received, Enter wraps lines or scrolls them sideways"
                }
            });
        }
    }

    fn can_toggle_layout(&self) -> Result<(), Reason> {
        let page = self.can_page()?;
        if self.view() != View::Text {
            return Err("This is for text: v shows it".into());
        }
        match page.text(self.tab) {
            Some((document, _)) if !document.is_whole() => {
                Err("The reply is still arriving: it is shown as it was received".into())
            }
            Some((document, _)) if is_laid_out(document) => Ok(()),
            Some(_) | None => {
                Err("This is not JSON to its end: it is shown as it was received".into())
            }
        }
    }

    fn toggle_layout(&mut self, context: &mut Context<'_>) {
        let tab = self.tab;
        let Some((document, view)) = self.page_mut().and_then(|page| page.text_mut(tab)) else {
            return;
        };
        view.toggle_layout(&document);
        context.info(match view.layout {
            TextLayout::Pretty => "Laid out over lines: z p shows it as it was received",
            TextLayout::Received => "As it was received: z p lays it out",
        });
    }

    fn sideways(&mut self, side: Side, context: &mut Context<'_>) {
        let result = self.viewer().map(|mut viewer| viewer.sideways(side));
        if let Some(Err(reason)) = result {
            context.info(reason);
        }
    }

    fn toggle(&mut self, context: &mut Context<'_>) {
        let toggled = self.viewer().map(|mut viewer| viewer.toggle());
        if let Some(Toggled::Scalar(node)) = toggled {
            self.read_value(node, context);
        }
    }

    /// Shows a string whole, and any value that is a token with its layers.
    fn read_value(&self, node: NodeId, context: &mut Context<'_>) {
        let Some(tree) = self.tree() else {
            return;
        };
        let document = tree.document();
        let is_short = document
            .scalar(node)
            .is_some_and(|raw| raw.len() <= LONGEST_TOKEN);
        let layers = if is_short {
            decoded_layers(&document.plain(node))
        } else {
            String::new()
        };
        if document.kind(node) != Kind::String && layers.is_empty() {
            return;
        }
        let (mut text, is_cut) = reading_text(document, node, LONGEST_TEXT);
        if is_cut {
            text.push_str("\n\n… cut here. After Esc, y s copies all of it, e and p show it");
        }
        text.push_str(&layers);
        context.open_text(TextRequest {
            title: text::safe(&tree.path()).into_owned(),
            text,
            layout: Layout::Wrapped,
        });
    }

    fn set_root(&mut self, context: &mut Context<'_>) {
        if !self.tree_mut().is_some_and(super::tree::Tree::set_root) {
            return context.info("Only an object or an array can be the root");
        }
        let tab = self.tab;
        if let Some(page) = self.page_mut() {
            page.views[tab as usize] = View::Tree;
        }
        context.info("This is the root now: Backspace goes back");
    }

    fn move_column(&mut self, side: Side, context: &mut Context<'_>) {
        let table = self.page_mut().and_then(|page| page.table_mut());
        if let Some((_, table)) = table
            && !table.move_column(side.sign())
        {
            context.info("The column is at the end already");
        }
    }

    fn hide_column(&mut self, context: &mut Context<'_>) {
        let table = self.page_mut().and_then(|page| page.table_mut());
        if let Some((tree, table)) = table {
            match table.hide_column(tree) {
                Some(path) => context.info(format!(
                    "`{}` is hidden: + shows it again",
                    text::safe(&path)
                )),
                None => context.info("One column must stay"),
            }
        }
    }

    /// Shows or hides a column, and lists the columns again.
    pub(in crate::app::reply) fn toggle_column(&mut self, path: String, context: &mut Context<'_>) {
        let table = self.page_mut().and_then(|page| page.table_mut());
        if let Some((tree, table)) = table {
            table.toggle_column(tree, &path);
            self.open_columns(Some(&path), context);
        }
    }

    /// Sorts by the column: ascending, then descending, then in the order of the body.
    fn sort(&mut self, context: &mut Context<'_>) {
        let Some(page) = self.page_mut() else {
            return;
        };
        let id = page.id;
        let Some((tree, table)) = page.table_mut() else {
            return;
        };
        let Some(path) = table.column().map(|column| column.path.clone()) else {
            return;
        };
        let order = table.order_of(tree).filter(|order| order.path == path);
        let direction = match order.map(|order| order.direction) {
            Some(Direction::Descending) => {
                table.forget_order();
                return context.info("The order of the body again");
            }
            Some(Direction::Ascending) => Direction::Descending,
            None => Direction::Ascending,
        };
        let task = context.start(&mut table.sorting);
        table.wanted = Some((path.clone(), direction));
        context.effect(Effect::Document(DocumentEffect::Sort {
            task,
            page: id,
            document: Arc::clone(tree.document()),
            root: tree.root(),
            kept: tree.kept().cloned(),
            path,
            direction,
        }));
    }

    /// Takes records that were sorted.
    pub(in crate::app::reply) fn sorted(
        &mut self,
        task: TaskId,
        page: PageId,
        root: NodeId,
        records: Arc<Vec<NodeId>>,
        context: &mut Context<'_>,
    ) {
        let Some(page) = self.by_id(page) else {
            return;
        };
        if !page.table.sorting.finish(task, Ok(())) {
            return;
        }
        let Some((path, direction)) = page.table.wanted.take() else {
            return;
        };
        let word = match direction {
            Direction::Ascending => "up",
            Direction::Descending => "down",
        };
        context.info(format!("Sorted by `{}`, {word}", text::safe(&path)));
        page.table.order = Some(Order {
            path,
            direction,
            records,
            root,
        });
    }

    /// Lists the columns to choose from, one of them selected.
    fn open_columns(&mut self, selected: Option<&str>, context: &mut Context<'_>) {
        let Some((tree, table)) = self.page_mut().and_then(|page| page.table_mut()) else {
            return;
        };
        let mut title = match table.learn(tree) {
            Some(records) => format!(
                "Columns of the first {}: Enter shows or hides",
                text::plural(records as u64, "record")
            ),
            None => "Columns: Enter shows or hides".to_owned(),
        };
        if table.left_out() > 0 {
            let fields = text::plural(table.left_out() as u64, "field");
            title.push_str(&format!("; {fields} left out"));
        }
        let items = table.all().map(|column| Item {
            label: text::safe(&column.path).into_owned(),
            about: if column.hidden { "hidden" } else { "shown" }.to_owned(),
            request: Request::Reply(ReplyRequest::ToggleColumn(column.path.clone())),
        });
        let current = table.column().map(|column| column.path.as_str());
        let current = text::safe(selected.or(current).unwrap_or_default()).into_owned();
        let choices = Choices::new(title, items.collect()).at(current);
        context.open(PopupRequest::Choices(choices));
    }

    /// Lists all columns in the table that is shown, if somebody arranged them: an export takes them over.
    pub(in crate::app::reply) fn learn_columns(&mut self) {
        if self.view() == View::Table
            && let Some((tree, table)) = self.page_mut().and_then(|page| page.table_mut())
            && table.is_arranged()
        {
            table.learn(tree);
        }
    }
}

/// Returns the layers of a token below the value itself, as text; empty if it is none.
fn decoded_layers(value: &str) -> String {
    let mut out = String::new();
    for layer in decode(value).iter().skip(1) {
        let note = if layer.note.is_empty() {
            String::new()
        } else {
            format!(", {}", text::safe(&layer.note))
        };
        out.push_str(&format!("\n\n── {}{note} ──\n", text::safe(&layer.name)));
        let lines = layer.text.lines().map(|line| text::safe(line).into_owned());
        let shown = lines.collect::<Vec<_>>().join("\n");
        out.extend(shown.chars().take(LONGEST_LAYER));
    }
    out
}
