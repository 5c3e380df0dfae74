//! Pages written out: records as lines, as one array or as a table; the ledger; the checkpoint that
//! lets an interrupted export go on.

mod checkpoint;
mod ledger;
mod table;
#[cfg(test)]
mod tests;
mod writer;

pub use checkpoint::{Checkpoint, Restored, beside, reopen};
pub use ledger::ledger;
pub use writer::{Format, Reader, Writer};
