//! The export that runs.

use super::ReplyPane;
use super::save::{Became, written_notice};
use crate::app::context::Context;
use crate::app::effect::{Effect, Export, FileEffect};
use crate::app::ids::TaskId;
use crate::app::msg::Written;
use crate::app::widgets::load::Load;
use crate::domain::failure::Failure;
use crate::text;

/// The export that runs.
pub type Exporting = Load<()>;

impl ReplyPane {
    /// Starts an export.
    pub(super) fn start_export(&mut self, export: Box<Export>, context: &mut Context<'_>) {
        let task = context.next_task();
        self.exporting.start(task);
        let is_whole = export.pages.iter().all(|(_, picked)| picked.is_none());
        self.exporting_pages = if is_whole && export.pages.len() == self.pages.len() {
            self.pages.iter().map(|page| page.id).collect()
        } else {
            Vec::new()
        };
        context.effect(Effect::File(FileEffect::Export { task, export }));
    }

    /// Takes the end of an export.
    pub fn exported_to(
        &mut self,
        task: TaskId,
        result: Result<Written, Failure>,
        context: &mut Context<'_>,
    ) {
        if self.exporting.task() != Some(task) {
            return;
        }
        match &result {
            Ok(written) => {
                self.kept.extend(self.exporting_pages.drain(..));
                let path = written.path.display().to_string();
                let records = text::plural(written.count, "record");
                let words = format!("Exported {records} to `{}`", text::safe(&path));
                context.notify(written_notice(words, written.forbidden, Became::Repaired));
            }
            Err(failure) => context.fail(failure),
        }
        self.exporting.finish(task, result.map(drop));
    }
}
