//! Names beside ids: which fields of a record are foreign keys, what counts as a record's name, and the names that are
//! known. Pure.
//!
//! The facts come from the catalog's relations. Where those are silent the name of a field decides, as far as it names an
//! entity of the connector.

mod index;
mod keys;
mod name;
mod scan;
mod search;
#[cfg(test)]
mod tests;

pub use index::NameIndex;
pub use keys::{ForeignKeys, Target};
pub use name::{NAME_KEYS, name_of};
pub use scan::{PageNames, Stop, scan};
pub use search::{MOST_IDS, SEARCH, has_more, search_for};
