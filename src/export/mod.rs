//! Pages written out: records as lines, as one array or as a table; the ledger; the checkpoint that
//! lets an interrupted export go on.

mod checkpoint;
mod ledger;
mod records;
mod row;
mod table;
#[cfg(test)]
mod tests;
mod writer;

pub use checkpoint::{Checkpoint, Restored, beside};
pub use ledger::ledger;
pub use records::Records;
pub use table::{Formulas, Later, Layout, LeftOut, TableOptions};
pub use writer::{Format, Reader, Writer, Wrote};
