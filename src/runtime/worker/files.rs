//! Effects on files of the user and of this program: saved bodies, exported pages, remembered profiles.

use std::collections::HashSet;
use std::io::BufWriter;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::Worker;
use super::spill::Spill;
use crate::app::effect::Export;
use crate::app::effect::{ExportFormat, FileEffect, ProfileEffect, Repeated};
use crate::app::ids::TaskId;
use crate::app::msg::{FileMsg, Msg, ProfileMsg, Written};
use crate::app::source::PageSource;
use crate::domain::download::OnConflict;
use crate::domain::failure::{Failure, FailureKind};
use crate::download::{save, save_with};
use crate::envelope::Envelope;
use crate::export::{Format, Reader, TableOptions, Writer};
use crate::json::body::Body;
use crate::json::valid::forbidden;
use crate::paging::{PageScan, Remembered};
use crate::store::Key;

impl Worker {
    pub(super) fn start_file(&mut self, effect: FileEffect) {
        match effect {
            FileEffect::Save {
                task,
                body,
                to,
                on_conflict,
            } => self.save(task, body, to, on_conflict),
            FileEffect::Export { task, export } => self.export(task, export),
        }
    }

    pub(super) fn start_profile(&mut self, effect: ProfileEffect) {
        match effect {
            ProfileEffect::Load { definition_id } => self.load_profiles(definition_id),
            ProfileEffect::Store {
                definition_id,
                entity,
                action,
                remembered,
            } => self.remember(definition_id, entity, action, remembered),
        }
    }

    pub(super) fn save(&mut self, task: TaskId, body: Body, to: PathBuf, existing: OnConflict) {
        let work = move |_: &_| {
            let path = save(body.parts(), &to, existing)?;
            let forbidden = forbidden(body.parts().iter().map(AsRef::as_ref));
            Ok(Written {
                path,
                count: body.len() as u64,
                forbidden,
            })
        };
        self.tasks.start_blocking(task, work, move |result| {
            Msg::File(FileMsg::Saved { task, result })
        });
    }

    pub(super) fn export(&mut self, task: TaskId, pages: Box<Export>) {
        let spill = self.spill.clone();
        let work = move |token: &CancellationToken| export(&pages, &spill, token);
        self.tasks.start_blocking(task, work, move |result| {
            Msg::File(FileMsg::Exported { task, result })
        });
    }

    /// Loads how the operations of a kind of connector page.
    pub(super) fn load_profiles(&mut self, definition_id: String) {
        let (store, id) = (self.setup.store.clone(), definition_id.clone());
        let work = move || Ok(store.load_all(&id));
        self.tasks.start_detached(work, move |result| {
            Msg::Profile(ProfileMsg::Loaded {
                definition_id,
                profiles: result.unwrap_or_default(),
            })
        });
    }

    /// Remembers how an operation pages.
    pub(super) fn remember(
        &mut self,
        definition_id: String,
        entity: String,
        action: String,
        remembered: Box<Remembered>,
    ) {
        let store = self.setup.store.clone();
        let work = move || {
            let key = Key {
                definition_id: &definition_id,
                entity: &entity,
                action: &action,
            };
            // Nothing depends on it: a disk that refuses it is no failure of the user's work.
            if let Err(error) = store.save(&key, &remembered) {
                tracing::info!("how `{entity} {action}` pages could not be remembered: {error}");
            }
            Ok(())
        };
        self.tasks
            .start_detached(work, |_| Msg::Profile(ProfileMsg::Stored));
    }
}

/// Writes pages to a file. Returns where to, and how many records. Blocks. If it is cancelled no file remains.
fn export(export: &Export, spill: &Spill, token: &CancellationToken) -> Result<Written, Failure> {
    let format = match export.format {
        ExportFormat::Ndjson => Format::Ndjson,
        ExportFormat::Json => Format::Json,
        ExportFormat::Csv => Format::Csv,
    };
    let (path, (count, forbidden)) = save_with(&export.to, OnConflict::KeepBoth, |file| {
        let failed = |error: std::io::Error| {
            Failure::new(
                FailureKind::File,
                format!("Could not write the records: {error}"),
            )
        };
        let table = TableOptions {
            named: &export.columns,
            ..TableOptions::default()
        };
        let mut writer = Writer::new(BufWriter::new(file), format, Reader::Machine, &table);
        if format == Format::Csv && export.columns.is_empty() {
            // All pages are there: the header has the columns of all of them.
            for (page, picked) in &export.pages {
                check(token)?;
                let (envelope, scan) = scanned(page, spill)?;
                writer.look_ahead(&envelope, picked.as_deref().unwrap_or(&scan.records));
            }
        }
        let (mut known, mut ids_fail, mut forbidden) = (HashSet::new(), false, 0);
        for (page, picked) in &export.pages {
            check(token)?;
            let (envelope, scan) = scanned(page, spill)?;
            // Where records of one id differ, the id does not identify them.
            ids_fail |= scan.ids_fail;
            let marks = if ids_fail {
                &scan.contents
            } else {
                &scan.identities
            };
            let new: Vec<bool> = marks.iter().map(|mark| !known.contains(mark)).collect();
            known.extend(scan.identities.iter().chain(&scan.contents).copied());
            if let Some(picked) = picked {
                forbidden += writer.write(&envelope, picked).map_err(failed)?.repaired;
                continue;
            }
            let kept = match export.repeated {
                Repeated::LeftOut => scan.once_each(&new),
                Repeated::Kept => scan.records,
            };
            forbidden += writer.write(&envelope, &kept).map_err(failed)?.repaired;
        }
        writer.finish().map_err(failed)?;
        Ok((writer.written(), forbidden))
    })?;
    Ok(Written {
        path,
        count,
        forbidden,
    })
}

fn check(token: &CancellationToken) -> Result<(), Failure> {
    if token.is_cancelled() {
        return Err(Failure::new(FailureKind::File, "The export was cancelled"));
    }
    Ok(())
}

/// Returns a page with its scan.
fn scanned(page: &PageSource, spill: &Spill) -> Result<(Envelope, PageScan), Failure> {
    match page {
        PageSource::Loaded(envelope, scan) => {
            // A page that was not scanned when it was received is scanned now.
            let scan = if scan.records.is_empty() {
                PageScan::of(envelope)
            } else {
                (**scan).clone()
            };
            Ok(((**envelope).clone(), scan))
        }
        PageSource::Spilled(slot) => {
            let envelope = *spill.get(*slot)?;
            let scan = PageScan::of(&envelope);
            Ok((envelope, scan))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use tokio_util::sync::CancellationToken;

    use super::export;
    use crate::app::effect::{Export, ExportFormat, Repeated};
    use crate::app::source::PageSource;
    use crate::envelope::Envelope;
    use crate::json::document::Document;
    use crate::paging::PageScan;
    use crate::runtime::worker::spill::Spill;

    #[test]
    fn a_table_has_the_columns_of_all_pages_unless_they_are_named() {
        let page = |text: &'static str| {
            let envelope = Envelope::read(Arc::new(Document::parse(Bytes::from_static(
                text.as_bytes(),
            ))));
            (
                PageSource::Loaded(Box::new(envelope), Arc::new(PageScan::default())),
                None,
            )
        };
        let folder = tempfile::tempdir().unwrap();
        let check = |columns: &[&str], expected: &str| {
            let columns = columns.iter().map(|name| (*name).to_owned()).collect();
            let pages = vec![
                page(r#"{"status":"success","result":[{"id":1}]}"#),
                page(r#"{"status":"success","result":[{"late":2}]}"#),
            ];
            let written = export(
                &Export {
                    pages,
                    format: ExportFormat::Csv,
                    columns,
                    repeated: Repeated::Kept,
                    to: folder.path().join("o"),
                },
                &Spill::default(),
                &CancellationToken::new(),
            )
            .unwrap();
            assert_eq!(
                (
                    written.count,
                    std::fs::read_to_string(written.path).unwrap().as_str()
                ),
                (2, expected)
            );
        };
        check(&[], "id,late\n1,\n,2\n");
        check(&["late"], "late\n\"\"\n2\n");
    }

    #[test]
    fn an_export_that_is_cancelled_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let token = CancellationToken::new();
        token.cancel();
        let envelope = Envelope::read(Arc::new(Document::parse(Bytes::from_static(b"[1]"))));
        let page = PageSource::Loaded(Box::new(envelope), Arc::default());
        let pages = Export {
            pages: vec![(page, None)],
            format: ExportFormat::Ndjson,
            columns: Vec::new(),
            repeated: Repeated::Kept,
            to: folder.path().join("o"),
        };
        assert!(export(&pages, &Spill::default(), &token).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
