//! A request as it stands in the form, kept so that it can be shown again.

use super::widgets::cursor::Cursor;

/// A request as it stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestState {
    /// The connector's id.
    pub connector_id: String,
    /// The entity.
    pub entity: String,
    /// The action.
    pub action: String,
    /// The rows that have a value, in their order. What was typed is kept even where it does not fit.
    pub values: Vec<(RowName, KeptValue)>,
    /// Where the cursor is.
    pub cursor: Cursor,
}

impl RequestState {
    /// Returns whether another state asks for the same; the cursor does not matter.
    pub fn asks_the_same(&self, other: &RequestState) -> bool {
        let own = (&self.connector_id, &self.entity, &self.action, &self.values);
        own == (
            &other.connector_id,
            &other.entity,
            &other.action,
            &other.values,
        )
    }
}

/// Which row of the form a value stands in. A parameter may have the name of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowName {
    /// A parameter.
    Parameter(String),
    /// The row that adds a parameter.
    AddParameter,
    /// Fields to keep.
    SelectFields,
    /// Fields to leave out.
    ExcludeFields,
    /// Whether long strings stay whole.
    SkipTruncation,
    /// A reason for the audit log.
    Intent,
}

/// The value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptValue {
    /// `null`.
    Null,
    /// What was typed.
    Text(String),
}
