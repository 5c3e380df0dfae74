//! Pages of the screen written to a file.

use std::collections::HashSet;
use std::io::BufWriter;

use super::spill::Spill;
use crate::app::effect::{Export, PageSource};
use crate::app::msg::Written;
use crate::domain::download::OnConflict;
use crate::domain::failure::{Failure, FailureKind};
use crate::download::save_with;
use crate::envelope::Envelope;
use crate::export::{Format, Reader, TableOptions, Writer};
use crate::paging::PageScan;

/// Writes the pages. Returns where to, and how many records. Blocks.
pub(super) fn export(export: &Export, spill: &Spill) -> Result<Written, Failure> {
    let format = Format::by_name(&export.format).unwrap_or(Format::Ndjson);
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
                let (envelope, scan) = scanned(page, spill)?;
                writer.look_ahead(&envelope, picked.as_deref().unwrap_or(&scan.records));
            }
        }
        let (mut seen, mut ids_fail, mut forbidden) = (HashSet::new(), false, 0);
        for (page, picked) in &export.pages {
            let (envelope, scan) = scanned(page, spill)?;
            // Where records of one id differ, the id does not identify them.
            ids_fail |= scan.ids_fail;
            let marks = if ids_fail {
                &scan.contents
            } else {
                &scan.identities
            };
            let new: Vec<bool> = marks.iter().map(|mark| !seen.contains(mark)).collect();
            seen.extend(scan.identities.iter().chain(&scan.contents).copied());
            if let Some(picked) = picked {
                forbidden += writer.write(&envelope, picked).map_err(failed)?.repaired;
                continue;
            }
            let kept = if export.dedupe {
                scan.once_each(&new)
            } else {
                scan.records
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

/// Returns a page with what was seen in it.
fn scanned(page: &PageSource, spill: &Spill) -> Result<(Envelope, PageScan), Failure> {
    match page {
        PageSource::Loaded(envelope, scan) => {
            // What was not scanned while it came is scanned now.
            let scan = if scan.records.is_empty() {
                PageScan::of(envelope)
            } else {
                (**scan).clone()
            };
            Ok(((**envelope).clone(), scan))
        }
        PageSource::Spill(spill_slot) => {
            let envelope = *spill.get(*spill_slot)?;
            let scan = PageScan::of(&envelope);
            Ok((envelope, scan))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::export;
    use crate::app::effect::{Export, PageSource};
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
                    format: "csv".into(),
                    columns,
                    dedupe: false,
                    to: folder.path().join("o"),
                },
                &Spill::default(),
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
}
