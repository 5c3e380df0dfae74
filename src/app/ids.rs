//! Identifiers that the state hands out.

/// Identifies one start of work. A result whose id is not expected is dropped: this covers
/// cancelling, being superseded, and late replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TaskId(pub u64);

/// Identifies a page as long as the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageId(pub u64);

/// Hands out ids, each once.
#[derive(Debug, Clone, Default)]
pub struct TaskIds(u64);

impl TaskIds {
    /// Returns the id of a new task.
    pub fn next_task(&mut self) -> TaskId {
        self.0 += 1;
        TaskId(self.0)
    }

    /// Returns the id of a new page.
    pub fn next_page(&mut self) -> PageId {
        self.0 += 1;
        PageId(self.0)
    }
}
