//! The fields of the records that have come: what is in them, compared with what is declared; and going to a path.

use std::collections::BTreeSet;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::App;
use super::cursor::Cursor;
use super::effect::{Effect, PageSource};
use super::form::Value;
use super::load::{Load, TaskId};
use super::notice::Notice;
use super::page::Page;
use super::picker::{Choice, FreeText, Item, Picker};
use super::popup::Popup;
use crate::json::document::{Document, Kind, NodeId};
use crate::json::fields::Fields;
use crate::json::steps::{Step, dotted, steps};
use crate::json::{path, table};
use crate::text;

/// The title of the list of paths.
pub(super) const PATHS: &str = "Go to a path";
/// So many records are looked through for one that has the field.
const MOST_RECORDS: usize = 5000;

/// The fields of records.
#[derive(Debug, Clone, Default)]
pub struct FieldsView {
    /// What was counted.
    pub fields: Load<Arc<Fields>>,
    /// The selected field.
    pub cursor: Cursor,
    /// The fields that are marked, by path.
    pub marks: BTreeSet<String>,
    /// The fields that the operation declares.
    pub declared: Vec<String>,
}

impl FieldsView {
    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        self.fields.value().map_or(0, |fields| fields.fields.len())
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether a field is declared: `None` if the operation declares nothing.
    pub fn is_declared(&self, path: &str) -> Option<bool> {
        if self.declared.is_empty() {
            return None;
        }
        let top = match steps(path).unwrap_or_default().into_iter().next() {
            Some(Step::Key(key)) => key.into_owned(),
            Some(Step::Items) | None => path.to_owned(),
        };
        let dotted = dotted(path);
        Some(
            self.declared
                .iter()
                .any(|own| *own == dotted || *own == top),
        )
    }

    /// Returns the declared fields that no record has.
    pub fn missing(&self) -> Vec<&str> {
        let Some(fields) = self.fields.value() else {
            return Vec::new();
        };
        let has = |own: &str| {
            fields
                .fields
                .iter()
                .any(|field| field.path == own || dotted(&field.path) == own)
        };
        self.declared
            .iter()
            .map(String::as_str)
            .filter(|own| !has(own))
            .collect()
    }
}

impl App {
    /// `F`: counts the fields over the pages that have come, or over the result of a filter.
    pub(super) fn open_fields(&mut self) -> Vec<Effect> {
        let pages: Vec<PageSource> = match self
            .reply
            .filtered()
            .or(self.reply.arriving().map(|partial| &partial.page))
        {
            Some(page) => vec![page.source()],
            None => self.reply.pages.iter().map(Page::source).collect(),
        };
        let call = self.reply.page().map(|page| page.call.clone());
        let declared = call
            .and_then(|call| self.operation_of(&call))
            .map(|operation| operation.fields)
            .unwrap_or_default();
        let task = self.next_task();
        let mut view = FieldsView {
            declared,
            ..FieldsView::default()
        };
        view.fields.start(task);
        self.popups.push(Popup::Fields(Box::new(view)));
        vec![Effect::CountFields { task, pages }]
    }

    /// `@`: a list of the paths there are, to go to one.
    pub(super) fn open_paths(&mut self) -> Vec<Effect> {
        let Some(page) = self.reply.page() else {
            return Vec::new();
        };
        let source = page.source();
        let mut picker = Picker::new(PATHS, Vec::new(), "").with_free(FreeText::Path);
        picker.empty = "Enter goes to what you type, such as .result[3].user.id".to_owned();
        self.popups.push(Popup::Picker(picker));
        let mut effects: Vec<Effect> = self
            .paths
            .cancel()
            .map(Effect::Cancel)
            .into_iter()
            .collect();
        let task = self.next_task();
        self.paths.start(task);
        effects.push(Effect::CountFields {
            task,
            pages: vec![source],
        });
        effects
    }

    /// Takes the fields that were counted, for whoever waits for them.
    pub(super) fn fields_counted(&mut self, task: TaskId, fields: Arc<Fields>) {
        if self.paths.finish(task, Ok(())) {
            let picker = self.popups.iter_mut().find_map(|popup| match popup {
                Popup::Picker(picker) if picker.title == PATHS => Some(picker),
                _ => None,
            });
            if let Some(picker) = picker {
                picker.fill(fields.fields.iter().map(item).collect());
            }
            return;
        }
        for popup in &mut self.popups {
            if let Popup::Fields(view) = popup {
                view.fields.finish(task, Ok(Arc::clone(&fields)));
            }
        }
    }

    /// Takes a key while the fields are shown.
    pub(super) fn key_in_fields(&mut self, event: KeyEvent) -> Vec<Effect> {
        let Some(Popup::Fields(view)) = self.popups.last_mut() else {
            return Vec::new();
        };
        let path = view
            .fields
            .value()
            .and_then(|fields| fields.fields.get(view.cursor.at))
            .map(|field| field.path.clone());
        match (event.code, path) {
            (KeyCode::Char(' '), Some(path)) => {
                if !view.marks.remove(&path) {
                    view.marks.insert(path);
                }
                view.cursor.step(1, view.len());
                Vec::new()
            }
            (KeyCode::Enter, Some(path)) => {
                self.popups.pop();
                self.go_to_field(&path);
                Vec::new()
            }
            (KeyCode::Char('s'), _) => {
                self.select_fields();
                Vec::new()
            }
            _ => self.move_or_close(event, 'F'),
        }
    }

    /// `s` in the fields: the marked ones become `select_fields` of the request.
    fn select_fields(&mut self) {
        let Some(Popup::Fields(view)) = self.popups.last() else {
            return;
        };
        if self.setup.file.is_some() {
            self.notice = Some(Notice::info("This is a file: there is no request"));
            return;
        }
        // Items of an array are selected with the array; the service takes keys with dots between.
        let mut names: Vec<String> = Vec::new();
        let known = view
            .fields
            .value()
            .map(|fields| fields.fields.as_slice())
            .unwrap_or_default();
        for path in known
            .iter()
            .map(|field| &field.path)
            .filter(|path| view.marks.contains(*path))
        {
            let keys = steps(path)
                .unwrap_or_default()
                .into_iter()
                .map_while(|step| match step {
                    Step::Key(key) => Some(key.into_owned()),
                    Step::Items => None,
                });
            let name = keys.collect::<Vec<_>>().join(".");
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            self.notice = Some(Notice::info("Nothing is marked: Space marks a field"));
            return;
        }
        let Some(row) = self
            .form
            .rows
            .iter_mut()
            .find(|row| row.name() == "select_fields")
        else {
            self.notice = Some(Notice::info("Choose a connector and an operation first"));
            return;
        };
        row.value = Value::Text(names.join(", "));
        self.popups.pop();
        let count = text::plural(names.len() as u64, "field");
        self.notice = Some(Notice::done(format!(
            "{count} in `select_fields` of the request: F5 sends it"
        )));
    }

    /// Goes to a path: a place in the body, or a field of a record, first of the one under the cursor.
    pub(super) fn go_to_path(&mut self, typed: &str) {
        self.go_to_first(typed, |document, root, record| {
            path::find(document, typed).or_else(|| field(document, root, record, typed))
        });
    }

    /// Goes to a field that was counted. Its path may begin as that of a place in the body does.
    pub(super) fn go_to_field(&mut self, path: &str) {
        self.go_to_first(path, |document, root, record| {
            field(document, root, record, path)
        });
    }

    /// Goes to what is found from the value that is shown and the record under the cursor.
    fn go_to_first(
        &mut self,
        path: &str,
        find: impl FnOnce(&Document, NodeId, NodeId) -> Option<NodeId>,
    ) {
        let Some(tree) = self.reply.tree() else {
            return;
        };
        let (document, root) = (Arc::clone(tree.document()), tree.root());
        let record = tree.outermost(tree.cursor());
        match find(&document, root, record) {
            Some(node) => {
                self.go_to_value(node);
                let holds = self.reply.tree().is_some_and(|tree| tree.cursor() == node);
                if !holds {
                    self.notice = Some(Notice::info(
                        "That path stands outside of what this tab shows: t shows another",
                    ));
                }
            }
            None => {
                self.notice = Some(Notice::info(format!(
                    "There is no `{}` here",
                    text::safe(path)
                )))
            }
        }
    }
}

fn item(field: &crate::json::fields::Field) -> Item {
    Item {
        label: text::safe(&field.path).into_owned(),
        about: field
            .examples
            .first()
            .map(|example| text::cut_end(&text::safe(example), 32).into_owned())
            .unwrap_or_default(),
        choice: Choice::Field(field.path.clone()),
    }
}

/// Finds a field of a record, or of the first one after it that has it, round the end.
fn field(document: &Document, root: NodeId, record: NodeId, wanted: &str) -> Option<NodeId> {
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
    // One record alone is looked at from the root.
    all.chain([root])
        .find_map(|record| inside(document, record, wanted))
}

/// Finds a field in a value: by its steps, of which `[]` is the first item that has the rest, else as it was typed.
fn inside(document: &Document, at: NodeId, wanted: &str) -> Option<NodeId> {
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
