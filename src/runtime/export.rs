//! Pages of the screen written to a file.

use std::collections::HashSet;
use std::io::BufWriter;

use super::aside::Aside;
use crate::app::effect::{Export, PageSource};
use crate::app::msg::Written;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::transfer::Existing;
use crate::envelope::Envelope;
use crate::export::{Format, Reader, TableOptions, Writer};
use crate::paging::Survey;
use crate::transfer::save_with;

/// Writes the pages. Returns where to, and how many records. Blocks.
pub(super) fn export(export: &Export, aside: &Aside) -> Result<Written, Failure> {
    let format = Format::by_name(&export.format).unwrap_or(Format::Ndjson);
    let (path, (count, forbidden)) = save_with(&export.to, Existing::KeepBoth, |file| {
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
                let (envelope, survey) = surveyed(page, aside)?;
                writer.look_ahead(&envelope, picked.as_deref().unwrap_or(&survey.records));
            }
        }
        let (mut seen, mut ids_fail, mut forbidden) = (HashSet::new(), false, 0);
        for (page, picked) in &export.pages {
            let (envelope, survey) = surveyed(page, aside)?;
            // Where records of one id differ, the id does not identify them.
            ids_fail |= survey.ids_fail;
            let marks = if ids_fail {
                &survey.contents
            } else {
                &survey.identities
            };
            let new: Vec<bool> = marks.iter().map(|mark| !seen.contains(mark)).collect();
            seen.extend(survey.identities.iter().chain(&survey.contents).copied());
            if let Some(picked) = picked {
                forbidden += writer.write(&envelope, picked).map_err(failed)?.repaired;
                continue;
            }
            let kept = if export.dedupe {
                survey.once_each(&new)
            } else {
                survey.records
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
fn surveyed(page: &PageSource, aside: &Aside) -> Result<(Envelope, Survey), Failure> {
    match page {
        PageSource::Here(envelope, survey) => {
            // What was not surveyed while it came is surveyed now.
            let survey = if survey.records.is_empty() {
                Survey::of(envelope)
            } else {
                (**survey).clone()
            };
            Ok(((**envelope).clone(), survey))
        }
        PageSource::Aside(slot) => {
            let envelope = *aside.get(*slot)?;
            let survey = Survey::of(&envelope);
            Ok((envelope, survey))
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
    use crate::paging::Survey;
    use crate::runtime::aside::Aside;

    #[test]
    fn a_table_has_the_columns_of_all_pages_unless_they_are_named() {
        let page = |text: &'static str| {
            let envelope = Envelope::read(Arc::new(Document::parse(Bytes::from_static(
                text.as_bytes(),
            ))));
            (
                PageSource::Here(Box::new(envelope), Arc::new(Survey::default())),
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
                &Aside::default(),
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
