//! Exports: records written as lines, as one array or as a table; the ledger; the checkpoint from which an interrupted
//! export is resumed.

mod checkpoint;
mod ledger;
mod records;
mod row;
mod table;
#[cfg(test)]
mod tests;
mod writer;

pub use checkpoint::{
    Checkpoint, KnownParent, ParentState, Restored, RestoredParents, checkpoint_path,
};
pub use ledger::ledger;
pub use records::Records;
pub use table::{Formulas, Later, Layout, LeftOut, TableOptions};
pub use writer::{Format, Reader, Writer, Wrote};
