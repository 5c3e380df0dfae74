//! Taking back changes of the form: a row, an editor, a reset, another operation, a request that was filled in.

use std::collections::HashMap;

use super::RequestPane;
use super::form::{Form, Row, Value};

/// So many changes of a form can be taken back.
const MOST: usize = 100;
/// What is kept for them has so many bytes of text, or is one change.
const MOST_BYTES: usize = 16 << 20;

/// What a form held before a change. Rows are made anew from the catalog, so that what the connector describes
/// meanwhile stays.
#[derive(Debug, Clone)]
pub(super) struct Former {
    entity: String,
    action: String,
    /// The rows with a value.
    rows: Vec<Row>,
    /// Those of the other operations.
    kept: HashMap<(String, String), Vec<Row>>,
}

impl Former {
    fn of(form: &Form) -> Former {
        let rows = form.rows.iter().skip(2);
        Former {
            entity: form.entity().to_owned(),
            action: form.action().to_owned(),
            rows: rows
                .filter(|row| row.value != Value::Unset)
                .cloned()
                .collect(),
            kept: form.kept.clone(),
        }
    }

    /// Returns how many bytes its texts have.
    fn bytes(&self) -> usize {
        let rows = self.kept.values().flatten().chain(&self.rows);
        let texts = rows.map(|row| match &row.value {
            Value::Text(text) => text.len(),
            Value::Unset | Value::Null => 0,
        });
        texts.sum()
    }

    fn holds_the_same_as(&self, other: &Former) -> bool {
        (&self.entity, &self.action, &self.rows) == (&other.entity, &other.action, &other.rows)
    }
}

impl RequestPane {
    /// Makes a change of the form that can be taken back.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut RequestPane) -> T) -> T {
        let former = Former::of(&self.form);
        let changed = change(self);
        if !former.holds_the_same_as(&Former::of(&self.form)) {
            let past = &mut self.form.past;
            past.push(former);
            let mut bytes = 0;
            let newest = past.iter().rev().take(MOST).enumerate();
            let kept = newest.take_while(|(age, former)| {
                bytes += former.bytes();
                *age == 0 || bytes <= MOST_BYTES
            });
            let kept = kept.count();
            past.drain(..past.len() - kept);
        }
        changed
    }

    /// Takes the last change back and selects what it was made in. Returns what is to be said.
    pub(super) fn take_back(&mut self) -> Option<String> {
        let form = &mut self.form;
        let former = form.past.pop()?;
        let before = std::mem::take(&mut form.rows);
        let operation = |rows: &[Row]| (rows.first().cloned(), rows.get(1).cloned());
        form.kept = former.kept;
        let place = (former.entity.clone(), former.action.clone());
        form.kept.insert(place, former.rows);
        form.rebuild(&former.entity, &former.action);
        if operation(&form.rows) != operation(&before) {
            return Some(format!(
                "Taken back: the operation is `{} {}` again",
                former.entity, former.action
            ));
        }
        let value_in = |rows: &[Row], row: &Row| {
            let mut rows = rows.iter().filter(|other| other.is_same_as(row));
            rows.next().map(|other| other.value.clone())
        };
        let differs = |row: &&Row| {
            let (own, other) = (value_in(&form.rows, row), value_in(&before, row));
            own.unwrap_or_default() != other.unwrap_or_default()
        };
        let gone = before
            .iter()
            .filter(|row| value_in(&form.rows, row).is_none());
        let changed: Vec<&Row> = form.rows.iter().chain(gone).filter(differs).collect();
        let words = match changed.as_slice() {
            [row] => format!("Taken back: the change of `{}`", row.name()),
            many => format!("Taken back: the change of {} values", many.len()),
        };
        if let Some(at) = form.rows.iter().position(|row| differs(&row)) {
            form.cursor.at = at;
        }
        Some(words)
    }
}
