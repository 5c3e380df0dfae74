//! Effects on the desktop: its clipboard, and its programs for files and addresses.

use std::sync::{Arc, PoisonError};

use super::Worker;
use crate::app::msg::Msg;
use crate::runtime::clipboard::{self, TerminalCopy};
use crate::runtime::opener;

impl Worker {
    /// Copies text to the desktop's clipboard, and reports what became of it and of the copy through the terminal.
    pub(in crate::runtime) fn copy(&mut self, text: String, what: String, terminal: TerminalCopy) {
        let clipboard = Arc::clone(&self.clipboard);
        let work = move || {
            let length = text.chars().count();
            let desktop = clipboard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .set(text.clone());
            // What neither clipboard takes is written to a file.
            let file = match (&desktop, terminal) {
                (Err(_), TerminalCopy::NotSent) => clipboard::to_file(&text).ok(),
                (Err(_), TerminalCopy::Sent) | (Ok(()), _) => None,
            };
            clipboard::outcome(length, desktop, terminal, file.as_deref())
        };
        self.tasks
            .start_detached(work, |result| Msg::Copied { what, result });
    }

    pub(super) fn open(&mut self, target: String) {
        let opener = self.setup.opener.clone();
        let work = move || opener::open(opener.as_deref(), &target);
        self.tasks
            .start_detached(work, |result| Msg::Opened { result });
    }
}
