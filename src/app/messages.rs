//! What the status line says, and what is kept of it to be read whole.

use super::widgets::notice::Notice;
use crate::domain::failure::Failure;

/// What was said.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    /// What the status line says now; the next key takes it away.
    pub notice: Option<Notice>,
    /// The last notice.
    pub last: Option<Notice>,
    /// The last failure with its details.
    pub failure: Option<Failure>,
}

impl Messages {
    /// Shows a notice.
    pub fn show(&mut self, notice: Notice) {
        self.last = Some(notice.clone());
        self.notice = Some(notice);
    }
}
