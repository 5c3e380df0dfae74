//! Pages whose bodies are spilled to a temporary file. It has no name, so the system removes it however the program ends.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::Worker;
use crate::app::effect::SpillEffect;
use crate::app::ids::PageId;
use crate::app::msg::{Msg, SpillMsg};
use crate::app::source::PageSource;
use crate::app::source::SpillSlot;
use crate::domain::failure::{Failure, FailureKind};
use crate::envelope::{Envelope, Reading};
use crate::json::body::Body;
use crate::json::document::Document;
use crate::json::feed::Feeder;

#[derive(Default)]
struct SpillFile {
    /// Created with the first body.
    file: Option<Arc<File>>,
    /// Where the next body is written, in bytes.
    end: u64,
}

/// The bodies that were spilled.
#[derive(Clone, Default)]
pub(super) struct Spill(Arc<Mutex<SpillFile>>);

impl Worker {
    pub(super) fn start_spill(&mut self, effect: SpillEffect) {
        match effect {
            SpillEffect::Store {
                page,
                body,
                reading,
            } => self.spill_page(page, body, reading),
            SpillEffect::Load { page, slot } => self.load_spilled(page, slot),
            SpillEffect::Clear => self.spill.clear(),
        }
    }

    pub(super) fn spill_page(&mut self, page: PageId, body: Body, reading: Reading) {
        let spill = self.spill.clone();
        self.tasks.start_detached(
            move || spill.put(&body, reading),
            move |result| Msg::Spill(SpillMsg::Stored { page, result }),
        );
    }

    pub(super) fn load_spilled(&mut self, page: PageId, slot: SpillSlot) {
        let spill = self.spill.clone();
        self.tasks.start_detached(
            move || spill.get(slot),
            move |result| Msg::Spill(SpillMsg::Loaded { page, result }),
        );
    }
}

impl Spill {
    /// Spills a body. Blocks.
    pub(super) fn put(&self, body: &Body, reading: Reading) -> Result<SpillSlot, Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(
                FailureKind::File,
                format!("A page could not be spilled: {error}"),
            )
            .hint("Memory will grow; free some space in the temporary folder.")
        };
        let length = body.len() as u64;
        let (file, offset) = {
            let mut spilled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let file = match &spilled.file {
                Some(file) => Arc::clone(file),
                None => Arc::clone(
                    spilled
                        .file
                        .insert(Arc::new(tempfile::tempfile().map_err(failed)?)),
                ),
            };
            let offset = spilled.end;
            spilled.end += length;
            (file, offset)
        };
        let mut at = offset;
        for part in body.parts() {
            file.write_all_at(part, at).map_err(failed)?;
            at += part.len() as u64;
        }
        Ok(SpillSlot {
            offset,
            length,
            reading,
        })
    }

    /// Reads a body back and finds its records. Blocks.
    pub(super) fn get(&self, slot: SpillSlot) -> Result<Box<Envelope>, Failure> {
        let failed = |reason: String| {
            Failure::new(
                FailureKind::File,
                format!("A page that was spilled could not be read: {reason}"),
            )
        };
        let file = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .file
            .clone();
        let file = file.ok_or_else(|| failed("it is gone".to_owned()))?;
        let mut body = vec![0; usize::try_from(slot.length).unwrap_or_default()];
        file.read_exact_at(&mut body, slot.offset)
            .map_err(|error| failed(error.to_string()))?;
        let body = Bytes::from(body);
        let document = match slot.reading {
            Reading::Plain | Reading::List => Document::parse(body),
            Reading::Sequence => {
                let mut feeder = Feeder::any_values();
                feeder.feed_shared(body);
                feeder.finish()
            }
        };
        Ok(Box::new(Envelope::read_as(
            Arc::new(document),
            slot.reading,
        )))
    }

    /// Returns the envelope of a page, wherever it is. Blocks.
    pub(super) fn envelope_of(&self, page: &PageSource) -> Result<Envelope, Failure> {
        match page {
            PageSource::Loaded(envelope, _) => Ok((**envelope).clone()),
            PageSource::Spilled(slot) => self.get(*slot).map(|envelope| *envelope),
        }
    }

    /// Removes all bodies. A body that is being read remains until it was read.
    pub(super) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = SpillFile::default();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::Spill;
    use crate::envelope::Reading;
    use bytes::Bytes;

    #[test]
    fn a_spilled_body_can_be_read_until_the_spill_is_cleared() {
        let spill = Spill::default();
        let bodies = [
            r#"{"status":"success","result":[1,2]}"#,
            r#"{"status":"success","result":[3]}"#,
        ]
        .map(Bytes::from);
        let slots = bodies
            .clone()
            .map(|body| spill.put(&body.into(), Reading::Plain).unwrap());
        assert_eq!(
            (slots[1].offset, slots[1].length),
            (bodies[0].len() as u64, bodies[1].len() as u64)
        );
        assert_eq!(
            spill.get(slots[1]).unwrap().document.body().joined(),
            bodies[1]
        );
        assert_eq!(spill.get(slots[0]).unwrap().count(), 2);
        let metadata = spill
            .0
            .lock()
            .unwrap()
            .file
            .as_ref()
            .unwrap()
            .metadata()
            .unwrap();
        assert_eq!(metadata.nlink(), 0, "it has no name");
        spill.clear();
        assert!(
            spill
                .get(slots[0])
                .unwrap_err()
                .summary
                .contains("it is gone")
        );
    }
}
