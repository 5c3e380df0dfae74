//! Statistics of the records' fields: what is in them, compared with what is declared.

use std::collections::BTreeSet;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::{Hint, Panes, PopupState, move_or_close};
use crate::app::context::Context;
use crate::app::effect::{DocumentEffect, Effect};
use crate::app::msg::DocumentMsg;
use crate::app::reply::page::Page;
use crate::app::requests::{FormRequest, ReplyRequest, Request};
use crate::app::session::Session;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::load::{Load, Timed};
use crate::json::fields::{Field, Fields};
use crate::json::steps::{Step, dotted, steps};

/// The fields of the records.
#[derive(Debug, Clone, Default)]
pub struct FieldsPopup {
    /// The statistics.
    pub fields: Load<Arc<Fields>>,
    /// The selected field.
    pub cursor: Cursor,
    /// The fields that are marked, by path.
    pub marks: BTreeSet<String>,
    /// The fields that the operation declares.
    pub declared: Vec<String>,
    /// Whether the records carry what they were asked with, which is no field of the operation.
    has_parents: bool,
    /// The selected value of the field.
    pub value: Cursor,
    /// Where the keys move.
    pub side: Side,
}

/// A side of the popup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Side {
    /// The list of fields.
    #[default]
    Fields,
    /// The values of the selected field.
    Values,
}

impl FieldsPopup {
    /// Counts the fields of all pages, or of the result of a filter, or of the part that has arrived.
    pub fn open(context: &mut Context<'_>, panes: &Panes<'_>) -> FieldsPopup {
        let reply = panes.reply;
        let partial = reply.streaming().map(|partial| &partial.page);
        let pages = match reply.filtered().or(partial) {
            Some(page) => vec![page.source()],
            None => reply.pages.iter().map(Page::source).collect(),
        };
        let operation = reply
            .call()
            .and_then(|call| context.session.operation_of(call));
        let mut popup = FieldsPopup {
            declared: operation.map(|own| own.fields).unwrap_or_default(),
            has_parents: reply.each.is_some(),
            ..FieldsPopup::default()
        };
        let task = context.start(&mut popup.fields);
        context.effect(Effect::Document(DocumentEffect::CountFields {
            task,
            pages,
        }));
        popup
    }

    /// Returns how many fields there are.
    pub fn len(&self) -> usize {
        self.fields.value().map_or(0, |fields| fields.fields.len())
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether a field is declared; `None` if the operation declares nothing, and for what is no field of it.
    pub fn is_declared(&self, path: &str) -> Option<bool> {
        if self.declared.is_empty() {
            return None;
        }
        let top = match steps(path).unwrap_or_default().into_iter().next() {
            Some(Step::Key(key)) => key.into_owned(),
            Some(Step::Items) | None => path.to_owned(),
        };
        if self.has_parents && top.trim_end_matches('_') == "_parent" {
            return None;
        }
        let dotted = dotted(path);
        let mut declared = self.declared.iter();
        Some(declared.any(|own| *own == dotted || *own == top))
    }

    /// Returns the declared fields that no record has.
    pub fn missing(&self) -> Vec<&str> {
        let Some(fields) = self.fields.value() else {
            return Vec::new();
        };
        let has = |own: &str| {
            let mut fields = fields.fields.iter();
            fields.any(|field| field.path == own || dotted(&field.path) == own)
        };
        let declared = self.declared.iter().map(String::as_str);
        declared.filter(|own| !has(own)).collect()
    }

    fn selected(&self) -> Option<&str> {
        self.field().map(|field| field.path.as_str())
    }

    /// Returns the selected field.
    pub fn field(&self) -> Option<&Field> {
        self.fields.value()?.fields.get(self.cursor.at)
    }

    fn bars(&self) -> usize {
        self.field().map_or(0, |field| field.distribution.len())
    }

    fn enter_values(&mut self, context: &mut Context<'_>) {
        if self.bars() == 0 {
            return context.info("This field has no values to choose from");
        }
        self.side = Side::Values;
    }

    /// Shows only the records with the selected value.
    fn filter(&self, context: &mut Context<'_>) {
        let Some(field) = self.field() else {
            return;
        };
        let Some(condition) = field.distribution.condition(self.value.at) else {
            return context.info("This value is too long to filter by: | filters with jq");
        };
        context.request(Request::Close);
        context.request(Request::Reply(ReplyRequest::FilterByField {
            path: field.path.clone(),
            condition,
        }));
    }

    fn toggle_mark(&mut self) {
        if let Some(path) = self.selected().map(str::to_owned) {
            if !self.marks.remove(&path) {
                self.marks.insert(path);
            }
            let length = self.len();
            self.cursor.step(1, length);
        }
    }

    /// Makes the marked fields `select_fields` of the request. Items of an array are selected with the array: the
    /// service takes keys with dots between.
    fn select_fields(&self, context: &mut Context<'_>) {
        if context.session.is_file() {
            return context.info("This is a file: there is no request");
        }
        let known = self.fields.value().map(|fields| fields.fields.as_slice());
        let mut names: Vec<String> = Vec::new();
        for field in known.unwrap_or_default() {
            let steps = steps(&field.path).unwrap_or_default().into_iter();
            let keys = steps.map_while(|step| match step {
                Step::Key(key) => Some(key.into_owned()),
                Step::Items => None,
            });
            let name = keys.collect::<Vec<_>>().join(".");
            if self.marks.contains(&field.path) && !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            return context.info("Nothing is marked: Space marks a field");
        }
        if context.session.chosen.is_some() {
            context.request(Request::Close);
        }
        context.request(Request::Form(FormRequest::SelectFields(names)));
    }
}

impl PopupState for FieldsPopup {
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        let before = self.cursor.at;
        match (event.code, self.selected()) {
            (KeyCode::Tab | KeyCode::Right | KeyCode::Char('l'), Some(_))
                if self.side == Side::Fields =>
            {
                self.enter_values(context);
            }
            (KeyCode::Tab | KeyCode::Left | KeyCode::Char('h'), _) => self.side = Side::Fields,
            (KeyCode::Enter, Some(_)) if self.side == Side::Values => self.filter(context),
            (KeyCode::Char(' '), Some(_)) if self.side == Side::Fields => self.toggle_mark(),
            (KeyCode::Enter, Some(path)) => {
                let path = path.to_owned();
                context.request(Request::Close);
                context.request(Request::Reply(ReplyRequest::GoToField(path)));
            }
            (KeyCode::Char('s'), _) => self.select_fields(context),
            _ => move_or_close(self, event, Some('F'), context, panes),
        }
        if self.cursor.at != before {
            self.value = Cursor::default();
        }
    }

    fn list(&mut self, _: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        match self.side {
            Side::Fields => {
                let length = self.len();
                Some((&mut self.cursor, length))
            }
            Side::Values => {
                let length = self.bars();
                Some((&mut self.value, length))
            }
        }
    }

    fn hints(&self, session: &Session, _: &Panes<'_>) -> Vec<Hint> {
        if self.side == Side::Values {
            return vec![
                ("Enter", "only these records"),
                ("j k", "move"),
                ("Tab", "fields"),
                ("Esc", "close"),
            ];
        }
        let rest = [
            ("Enter", "go to the field"),
            ("Tab", "values"),
            ("j k", "move"),
            ("Esc", "close"),
        ];
        if session.is_file() {
            return rest.to_vec();
        }
        let mut hints = vec![("Space", "mark"), ("s", "marks to select_fields")];
        hints.extend(rest);
        hints
    }

    fn loads(&mut self) -> Vec<&mut dyn Timed> {
        vec![&mut self.fields]
    }

    fn document_msg(&mut self, msg: &DocumentMsg) {
        if let DocumentMsg::FieldsCounted { task, fields } = msg {
            self.fields.finish(*task, Ok(Arc::clone(fields)));
        }
    }
}
