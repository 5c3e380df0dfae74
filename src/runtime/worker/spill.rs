//! Bodies spilled to a file that has no name: it is gone when the program is, however that ends.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::app::page::SpillSlot;
use crate::domain::failure::{Failure, FailureKind};
use crate::envelope::{Envelope, Reading};
use crate::json::body::Body;
use crate::json::document::Document;

/// The file, once something was spilled, and where its content ends.
#[derive(Default)]
struct Held {
    file: Option<Arc<File>>,
    end: u64,
}

/// What was spilled.
#[derive(Clone, Default)]
pub(super) struct Spill(Arc<Mutex<Held>>);

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
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let file = match &held.file {
                Some(file) => Arc::clone(file),
                None => Arc::clone(
                    held.file
                        .insert(Arc::new(tempfile::tempfile().map_err(failed)?)),
                ),
            };
            let offset = held.end;
            held.end += length;
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

    /// Gets a body back and finds its parts. Blocks.
    pub(super) fn get(&self, spill_slot: SpillSlot) -> Result<Box<Envelope>, Failure> {
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
        let mut body = vec![0; usize::try_from(spill_slot.length).unwrap_or_default()];
        file.read_exact_at(&mut body, spill_slot.offset)
            .map_err(|error| failed(error.to_string()))?;
        Ok(Box::new(Envelope::read_as(
            Arc::new(Document::parse(Bytes::from(body))),
            spill_slot.reading,
        )))
    }

    /// Forgets everything. What is being read still can be.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Held::default();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::Spill;
    use crate::envelope::Reading;
    use bytes::Bytes;

    #[test]
    fn what_was_put_aside_comes_back_until_it_is_forgotten() {
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
        let about = spill
            .0
            .lock()
            .unwrap()
            .file
            .as_ref()
            .unwrap()
            .metadata()
            .unwrap();
        assert_eq!(about.nlink(), 0, "it has no name");
        spill.forget();
        assert!(
            spill
                .get(slots[0])
                .unwrap_err()
                .summary
                .contains("it is gone")
        );
    }
}
